/* packet.h - a captured packet, the interface it came from, and the block it travels in. */
#ifndef TL_CORE_PACKET_H
#define TL_CORE_PACKET_H

#include "core/bytes.h"

#define TL_PLACE_MOST ((UINT64_C(1) << 48) - 1)

/* One packet. Const for everyone but capture/. 64 bytes: a block's array is walked by every worker. */
struct tl_packet {
    int64_t ts;             /* ns since the epoch, as captured */
    int64_t etime;          /* engine time, ns: never goes back, but wraps; see core/time.h and capture/clock.h */
    uint64_t number;        /* 1-based, counted before the capture filter */
    const uint8_t *bytes;   /* caplen bytes, valid while the block is held */
    uint32_t caplen;        /* bytes captured */
    uint32_t len;           /* bytes on the wire; >= caplen */
    uint32_t options_len;   /* pcapng: options of the packet, at bytes + caplen rounded up to 4 */
    uint16_t linktype;      /* LINKTYPE_ value */
    uint16_t shard;         /* the worker that gets it */
    uint64_t hash;          /* of the outermost address pair and ports, from the shard parser */
    uint64_t place : 48;    /* of the bytes in the stored input; 0: they cannot be had from there again */
    uint64_t interface : 16; /* index for tl_interfaces_get() */
};

/* Where packets come from. Immutable once a block refers to it; owned by the engine's source list. */
struct tl_interface {
    uint16_t linktype;   /* LINKTYPE_ value, as in the file */
    uint8_t decimals;    /* of a timestamp's fraction: 6, or 9 where the capture has nanoseconds */
    bool big_endian;     /* byte order of the pcapng section it was described in */
    uint32_t snaplen;    /* bytes; 0: no limit */
    uint64_t ticks;      /* timestamp units a second, 0 for plain pcap */
    int64_t offset;      /* seconds added to every timestamp (if_tsoffset) */
    uint32_t section;    /* pcapng: index of its section, counted over all inputs; UINT32_MAX: not pcapng */
    uint32_t id;         /* pcapng: interface id within the section */
    uint32_t input;      /* which of the engine's inputs it was met in */
    struct tl_bytes block; /* pcapng: the whole Interface Description Block as it was read; else empty */
    char name[64];       /* if_name, or "" */
};

/* The interfaces met so far. Slots are filled by capture and never move, so a reader needs no lock. */
struct tl_interfaces;
struct tl_interfaces *tl_interfaces_new(void);
void tl_interfaces_free(struct tl_interfaces *list);
/*
 * Copies `in` (and the bytes of in->block); returns its index, or UINT32_MAX when full (65,536) or out of memory. One
 * thread at a time.
 */
uint32_t tl_interfaces_add(struct tl_interfaces *list, const struct tl_interface *in);
/* NULL if there is none with that index. */
const struct tl_interface *tl_interfaces_get(const struct tl_interfaces *list, uint32_t index);
uint32_t tl_interfaces_count(const struct tl_interfaces *list);
/* A number for the next pcapng section: 0, 1, 2, ... */
uint32_t tl_interfaces_new_section(struct tl_interfaces *list);

/* A pcapng block that is no packet (section header, names, secrets, statistics): kept for `-w`, in its place. */
struct tl_extra {
    uint32_t before;     /* index in the tl_block's packets that it stands before; count: after the last */
    uint32_t type;       /* pcapng block type */
    uint32_t section;    /* as tl_interface.section; UINT32_MAX: our own, with indexes of interfaces in place of ids */
    bool big_endian;
    struct tl_bytes block; /* the whole block, from its type to its second length */
};

/*
 * Packets in capture order with the memory they lie in: immutable once handed over, reference-counted, the unit of
 * hand-over, of -w and of scrollback. Every worker gets every block; its own packets are packets[order[k]] for
 * start[w] <= k < start[w + 1].
 */
struct tl_block {
    uint64_t sequence;          /* 0, 1, 2, ... */
    struct tl_packet *packets;
    uint32_t count;
    uint32_t capacity;
    int64_t mark;               /* engine time up to which this block speaks; live: may lie behind the last packet */
    uint64_t mark_number;       /* packets numbered so far, at the end of this block (filtered ones too) */
    const uint16_t *order;      /* count entries; NULL: one worker, in order */
    const uint32_t *start;      /* workers + 1 entries; NULL: one worker */
    struct tl_extra *extras;
    uint32_t extra_count;
    uint32_t extra_capacity;
    uint64_t file_end;          /* offset in the input behind the last packet, for progress */
    bool last;                  /* the end of the input */
    bool timed;                 /* live: `mark` is the clock's, flows may end by it */
    bool skipped;               /* live: for want of time no worker gets it */
    _Atomic uint32_t refs;
    void *backing;              /* capture's: what keeps the bytes alive */
};

#endif
