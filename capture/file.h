/* file.h - a capture file as a source: what pcap.c, pcapng.c and snoop.c share. */
#ifndef TL_CAPTURE_FILE_H
#define TL_CAPTURE_FILE_H

#include "capture/input.h"

#include <stdatomic.h>

enum {
    TL_RECORD_MOST = 16 << 20,   /* bytes: what claims to be longer is a fault */
    TL_PACKET_USUAL = 262144,    /* bytes captured at most, where the header does not speak of more */
};

/* What became of a call of a parser. */
enum tl_parse {
    TL_PARSE_MORE,  /* all that was asked for, or all there is now */
    TL_PARSE_ENDED, /* the input ended, cleanly or with file->failure */
};

struct tl_pcap {
    uint32_t header_len;  /* of a record */
    uint32_t caplen_most;
    uint32_t unit;        /* ns of a timestamp's fraction */
    uint32_t interface;
    uint16_t linktype;
    bool big_endian;
    bool lengths_swapped, lengths_maybe_swapped; /* caplen behind len */
    bool reserved;        /* bits are set in the header that must be 0 */
};

/* An interface of the section that is being read. */
struct tl_pcapng_interface {
    uint32_t index; /* in the list of all interfaces */
    uint32_t snaplen;
    uint64_t ticks;
    int64_t offset;
    uint16_t linktype;
    uint64_t dropped_kernel, dropped_interface; /* as its statistics said last */
};

struct tl_pcapng {
    bool big_endian;
    uint32_t section;
    struct tl_pcapng_interface *interfaces; /* owned */
    uint32_t interface_count;
    uint32_t interface_capacity;
};

struct tl_snoop {
    uint32_t interface;
    uint32_t dropped; /* as the last record said */
    uint16_t linktype;
};

struct tl_file;

/* How a kind of file is read. */
struct tl_file_format {
    bool (*knows)(const uint8_t head[4]);
    /* Reads the file header. pcapng: only looks at it, it is the first block to be parsed. */
    enum tl_failure (*begin)(struct tl_file *file, struct tl_error *error);
    /*
     * Appends up to `most` packets to the block. A fault goes into file->error. It waits as `wait` says, and TL_PAUSE
     * is used as soon as the block has something.
     */
    enum tl_parse (*parse)(struct tl_file *file, struct tl_block *block, uint32_t most, enum tl_input_wait wait);
};

struct tl_file {
    struct tl_source source;
    struct tl_input input;
    struct tl_interfaces *interfaces;
    uint32_t number;         /* for tl_interface.input */
    uint64_t packets;        /* parsed so far */
    const struct tl_file_format *format;
    bool ended;
    struct tl_error error;   /* what was wrong, once ended */
    _Atomic uint64_t dropped_kernel, dropped_interface; /* when it was captured, as the file says */
    bool has_pending;        /* a packet that was peeked at */
    struct tl_packet pending;
    struct tl_pcap pcap;
    struct tl_pcapng pcapng;
    struct tl_snoop snoop;
};

extern const struct tl_file_format tl_file_pcap, tl_file_pcapng, tl_file_snoop;

/* A link type as LINKTYPE_, where files carry a system's DLT_ instead. */
uint16_t tl_file_linktype(uint16_t value);
/* The file says of drops, counted since the capture began, that there were `now`; `last`: what it said before. */
void tl_file_dropped(_Atomic uint64_t *sum, uint64_t last, uint64_t now);
/* How the parser waits next: once the block has something, only briefly. */
enum tl_input_wait tl_file_wait(const struct tl_block *block, uint32_t count_before, enum tl_input_wait wait);

#endif
