/* packet.h - a captured packet, its interface, and the block of packets that travels through the pipeline. */
#ifndef TL_CORE_PACKET_H
#define TL_CORE_PACKET_H

#include "core/bytes.h"

/* tl_interface.fcs: the length in the upper half, in units of 16 bits, is valid. */
#define TL_FCS_KNOWN 0x04
#define TL_INTERFACE_KEPT_MOST (UINT32_C(256) << 10) /* bytes of a block that are kept with an interface */
#define TL_PLACE_MOST ((UINT64_C(1) << 45) - 1)

/* Positions in a stored input. */
struct tl_places {
    uint64_t *items;
    size_t count, room;
    bool failed; /* not all are there: no memory */
};

/* A set of packets of all inputs. */
struct tl_chosen {
    const uint64_t *bits; /* bit n - 1: packet n */
    uint64_t packets;     /* bits there are */
    bool listed;          /* the source has these packets only */
};

static inline bool tl_chosen_has(const struct tl_chosen *chosen, uint64_t number)
{
    return number <= chosen->packets && (chosen->bits[(number - 1) / 64] >> ((number - 1) % 64) & 1) != 0;
}

/* What a wrong checksum means. */
enum tl_checksums {
    TL_CHECKSUMS_OFF,    /* checksums are not verified */
    TL_CHECKSUMS_AUTO,   /* damage, if that side of the flow showed a right one before; else the packet is believed */
    TL_CHECKSUMS_STRICT, /* the packet is not followed, as by Zeek; nor one whose checksum was left to a network card */
};

/* One packet. Only capture/ writes it. 64 bytes, because every worker walks the array of a block. */
struct tl_packet {
    int64_t ts;             /* ns since the epoch, as captured; may be outside: tl_time_fits(). 0 if untimed */
    int64_t etime;          /* engine time, ns: never goes back but wraps; see core/time.h and capture/clock.h */
    uint64_t number;        /* 1-based, counted before the capture filter */
    const uint8_t *bytes;   /* caplen bytes, valid while the block is held */
    uint32_t caplen;        /* bytes captured */
    uint32_t len;           /* bytes on the wire; >= caplen */
    uint32_t options_len;   /* pcapng: options of the packet, at bytes + caplen rounded up to 4 */
    uint16_t linktype;      /* LINKTYPE_ value */
    uint16_t shard;         /* index of the worker that decodes it */
    uint64_t hash;          /* of the outermost address pair and ports, from the shard parser */
    uint64_t place : 45;    /* position of the bytes in the stored input; 0: they cannot be read from there again */
    uint64_t commented : 1; /* pcapng: a comment is among the options */
    uint64_t stored_time : 1; /* pcapng: ts is outside, and the 8 bytes at bytes - 16 are the time as stored */
    uint64_t untimed : 1;   /* pcapng: it has no time (a Simple Packet Block), of interface 0 of its section */
    uint64_t interface : 16; /* index for tl_interfaces_get() */
};

/* An interface that packets come from. Immutable once a block refers to it. Owned by the engine's source list. */
struct tl_interface {
    uint16_t linktype;   /* LINKTYPE_ value, as in the file */
    uint8_t decimals;    /* of a timestamp's fraction: 9 if the capture has nanoseconds, else 6 */
    bool big_endian;     /* byte order of the file, or of the pcapng section that describes it */
    uint8_t fcs;         /* FCS length of its packets, as in the top byte of a pcap header's link type; 0: unknown */
    uint32_t snaplen;    /* bytes; 0: no limit */
    uint64_t ticks;      /* timestamp units per second; 0 for plain pcap */
    int64_t offset;      /* seconds added to every timestamp (if_tsoffset) */
    uint32_t section;    /* pcapng: index of its section, counted over all inputs; UINT32_MAX: not pcapng */
    uint32_t id;         /* pcapng: interface id within the section */
    uint32_t input;      /* index of the engine's input that it was found in */
    struct tl_bytes block; /* pcapng: the whole Interface Description Block as read; else, or too long, empty */
    bool commented;      /* pcapng: a comment is among the options of the block */
    struct tl_bytes section_block; /* pcapng: the Section Header Block if it has comments; else empty */
    char name[64];       /* if_name, or "" */
};

/* All interfaces found so far. Capture fills the slots and never moves them, so readers need no lock. */
struct tl_interfaces;
struct tl_interfaces *tl_interfaces_new(void);
void tl_interfaces_free(struct tl_interfaces *list);
/*
 * Copies `in` and the bytes of in->block and in->section_block. Of one that is longer than TL_INTERFACE_KEPT_MOST, or
 * with which all would be more than 16 MiB, no bytes are kept: it is empty in the list, and so is in->commented.
 * Returns the index, or UINT32_MAX when the list is full (65,536) or memory
 * runs out. Only one thread at a time may call it.
 */
uint32_t tl_interfaces_add(struct tl_interfaces *list, const struct tl_interface *in);
/* Returns NULL if there is no interface with that index. */
const struct tl_interface *tl_interfaces_get(const struct tl_interfaces *list, uint32_t index);
uint32_t tl_interfaces_count(const struct tl_interfaces *list);
/* Returns the number of the next pcapng section: 0, 1, 2, ... */
uint32_t tl_interfaces_new_section(struct tl_interfaces *list);

/* A pcapng block that is not a packet (section header, names, secrets, statistics), kept in its place for `-w`. */
struct tl_extra {
    uint32_t before;     /* index in the tl_block of the packet that follows it; count: after the last packet */
    uint32_t type;       /* pcapng block type */
    uint32_t section;    /* as tl_interface.section; UINT32_MAX: written by Taplight, with interface indexes for ids */
    bool big_endian;
    struct tl_bytes block; /* the whole block, from its type to its second length */
};

/*
 * Packets in capture order, and the memory that holds them. A block is immutable after capture hands it over, and
 * reference-counted. It is the unit of hand-over, of -w and of scrollback. Every worker gets every block. The packets
 * of worker w are packets[order[k]] for start[w] <= k < start[w + 1].
 */
struct tl_block {
    uint64_t sequence;          /* 0, 1, 2, ... */
    struct tl_packet *packets;
    uint32_t count;
    uint32_t capacity;
    int64_t mark;               /* engine time that this block reaches; live: may be earlier than the last packet */
    uint64_t mark_number;       /* packets numbered up to the end of this block, filtered ones included */
    const uint16_t *order;      /* count entries; NULL: one worker, capture order */
    const uint32_t *start;      /* workers + 1 entries; NULL: one worker */
    struct tl_extra *extras;
    uint32_t extra_count;
    uint32_t extra_capacity;
    uint64_t file_end;          /* offset in the input after the last packet, for progress */
    bool last;                  /* the end of the input */
    bool timed;                 /* live: `mark` comes from the clock and may end flows */
    bool waits;                 /* files: the source has no more packets now: outputs are flushed after this block */
    bool skipped;               /* live: no worker decodes it, because the workers are too slow */
    _Atomic uint32_t refs;
    void *backing;              /* capture's: keeps the bytes alive */
};

/* What a protocol carries is one stream, and has no number: tl_said(). */
#define TL_SAID_WHOLE UINT64_MAX

#endif
