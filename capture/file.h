/* file.h - a capture file as a packet source: the part shared by pcap.c, pcapng.c and snoop.c. */
#ifndef TL_CAPTURE_FILE_H
#define TL_CAPTURE_FILE_H

#include "capture/input.h"

#include <stdatomic.h>

enum {
    TL_RECORD_MOST = 16 << 20,   /* bytes: a longer record is an error */
    TL_PACKET_USUAL = 262144,    /* default limit of captured bytes, if the header has no higher one */
};

/* Result of a parser call. */
enum tl_parse {
    TL_PARSE_MORE,  /* all requested packets, or all available now */
    TL_PARSE_ENDED, /* end of input, or an error in file->failure */
};

struct tl_pcap {
    uint32_t header_len;  /* of a record */
    uint32_t caplen_most;
    uint32_t unit;        /* ns per unit of a timestamp's fraction */
    uint32_t interface;
    uint16_t linktype;
    bool big_endian;
    bool lengths_swapped;  /* caplen comes after len */
    bool lengths_doubtful; /* it does, or it may */
    bool reserved;        /* reserved header bits are set */
};

/* An interface of the current section. */
struct tl_pcapng_interface {
    uint32_t index; /* in the list of all interfaces */
    uint32_t snaplen;
    uint64_t ticks;
    int64_t offset;
    uint16_t linktype;
    uint64_t dropped_kernel, dropped_interface; /* from the last statistics block */
};

struct tl_pcapng {
    bool big_endian;
    uint32_t section;
    struct tl_pcapng_interface *interfaces; /* owned */
    uint32_t interface_count;
    uint32_t interface_capacity;
    uint8_t *header; /* owned: the section's header if it has comments */
    uint32_t header_len;
};

struct tl_snoop {
    uint32_t interface;
    uint32_t dropped; /* drop count of the last record */
    uint16_t linktype;
};

struct tl_file;

/* A file format. */
struct tl_file_format {
    bool (*knows)(const uint8_t head[4]);
    /* Reads the file header. pcapng: only peeks, since the header is the first block to parse. */
    enum tl_failure (*begin)(struct tl_file *file, struct tl_error *error);
    /*
     * Appends up to `most` packets to the block. Errors go to file->error. Blocks as `wait` says; once the block has
     * data, it uses TL_PAUSE.
     */
    enum tl_parse (*parse)(struct tl_file *file, struct tl_block *block, uint32_t most, enum tl_input_wait wait);
    /*
     * Appends the packet whose bytes are at `place`, or with `context` takes the block that begins there. Appends
     * nothing if the block is full. Else as parse().
     */
    enum tl_parse (*parse_at)(struct tl_file *file, struct tl_block *block, uint64_t place, bool context,
                              enum tl_input_wait wait);
};

struct tl_file {
    struct tl_source source;
    struct tl_input input;
    struct tl_interfaces *interfaces;
    uint32_t number;         /* for tl_interface.input */
    uint64_t packets;        /* parsed packets */
    const struct tl_file_format *format;
    bool ended;
    const struct tl_places *places, *contexts; /* only these are read; NULL: all */
    size_t place, context;   /* the next of them */
    struct tl_places *noted; /* receives contexts; NULL: not wanted */
    struct tl_error error;   /* set after the end of input */
    _Atomic uint64_t dropped_kernel, dropped_interface; /* drops recorded in the file */
    _Atomic uint64_t wrong_options; /* pcapng: packets with options that do not fit */
    _Atomic uint64_t not_kept; /* pcapng: headers and descriptions of interfaces that are too long to keep */
    bool owes;               /* a short result must be returned before next() waits: see tl_source_ops.next */
    bool has_pending;        /* the peeked packet is valid */
    struct tl_packet pending;
    struct tl_pcap pcap;
    struct tl_pcapng pcapng;
    struct tl_snoop snoop;
};

extern const struct tl_file_format tl_file_pcap, tl_file_pcapng, tl_file_snoop;

/* Returns the LINKTYPE_ value for values that are a system's DLT_. */
uint16_t tl_file_linktype(uint16_t value);
/*
 * Adds drops to *sum. The file counts drops since the start of capture: `last` is the previous count, `now` the current
 * one.
 */
void tl_file_dropped(_Atomic uint64_t *sum, uint64_t last, uint64_t now);
/* The file is not what the places were taken from. Returns TL_PARSE_ENDED. */
enum tl_parse tl_file_misplaced(struct tl_file *file, uint64_t place);
/*
 * Returns true if so many bytes were read since `from` (of tl_input_offset()) that a block has its share of the memory:
 * blocks of pcapng that are no packets fill it too.
 */
bool tl_file_has_share(const struct tl_file *file, uint64_t from);
/* Returns the wait mode for the next read: once the block has data, a short one. */
enum tl_input_wait tl_file_wait(const struct tl_block *block, uint32_t count_before, enum tl_input_wait wait);

#endif
