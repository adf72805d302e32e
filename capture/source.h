/* source.h - the interface of packet sources: files, pipes and live capture. */
#ifndef TL_CAPTURE_SOURCE_H
#define TL_CAPTURE_SOURCE_H

#include "core/packet.h"
#include "core/status.h"

struct tl_source;
struct tl_filter;

struct tl_source_stats {
    uint64_t input_bytes;   /* size of the stored input; 0: unknown (a pipe) */
    uint64_t input_done;    /* bytes of it read so far */
    uint64_t received;      /* live */
    uint64_t dropped_kernel, dropped_interface; /* live, or as recorded in the file */
    uint64_t wrong_options; /* pcapng: packets whose options exceed their block: those from there on are not read */
    uint64_t not_kept;      /* pcapng: blocks of sections and interfaces whose options are not kept: too long */
};

/* The shard parser: sets hash, and shard below workers, of n packets. Any thread. Provided by pipeline/. */
struct tl_sharding {
    void (*shard)(const void *context, struct tl_packet *packets, uint32_t n, uint32_t workers);
    const void *context; /* borrowed for the life of the source */
    uint32_t workers;
};

struct tl_source_ops {
    /*
     * Appends up to `most` packets (block->capacity allows) and the extras between them to block. Of each packet it
     * sets ts, bytes, caplen, len, interface, linktype and options_len and zeroes the rest; the feed sets numbers,
     * engine time and shards. The bytes stay valid until release(block). May be called several times for one block.
     * *end is set when no more packets follow. On damage: the block holds what could be read, *end is set, and error
     * names the fault, the file, the packet number (within this source) and the byte offset in one line. Returns
     * TL_E_DAMAGED, or TL_E_RUNTIME for a read error.
     * block->backing is NULL in a fresh block and belongs to the source afterwards.
     * Fewer than `most` packets without *end: hand the block on, more would mean waiting. A source that waits returns
     * such a short result, possibly without packets, before it waits without a time limit. Live: a block without
     * packets is returned every tenth of a second, with block->timed set and block->mark the time up to which no packet
     * arrived.
     */
    enum tl_failure (*next)(struct tl_source *source, struct tl_block *block, uint32_t most, bool *end,
                            struct tl_error *error);
    /*
     * Gets the timestamp of the packet that next() returns first. Returns false at the end of input, and if no packet
     * arrives within 150 ms. Extras before it go into the block, which needs one free packet slot. NULL: not
     * supported.
     */
    bool (*peek)(struct tl_source *source, struct tl_block *block, int64_t *ts);
    /*
     * Releases the data of a block filled by this source. Thread-safe. Files: blocks are released in the order they
     * were filled.
     */
    void (*release)(struct tl_source *source, struct tl_block *block);
    void (*stats)(struct tl_source *source, struct tl_source_stats *stats); /* any thread */
    /*
     * From now on returns only packets that match the filter. The caller owns the filter and keeps it until the next
     * one is set. NULL: the feed filters instead.
     */
    enum tl_failure (*filter)(struct tl_source *source, struct tl_filter *filter, struct tl_error *error);
    /*
     * The source calls the shard parser itself, in threads of its own, before it returns packets: see
     * struct tl_sharding. Returns false if it does not. NULL: it does not.
     */
    bool (*shards)(struct tl_source *source, const struct tl_sharding *sharding);
    /*
     * Ends reading: the feed asks for no more packets. Updates the stats and may append extras to the last block.
     * Called after next(), in its thread. May be NULL.
     */
    void (*settle)(struct tl_source *source, struct tl_block *block);
    /* Makes a blocked next() return soon with *end set. Async-signal-safe. NULL: next() never blocks. */
    void (*stop)(struct tl_source *source);
    void (*close)(struct tl_source *source);
};

/* First member of every source. */
struct tl_source {
    const struct tl_source_ops *ops;
    bool waits;     /* files: next() may wait for more packets: a pipe, or a file that is followed */
    bool live;      /* after stop() it returns earlier packets, then *end; blocks are released in any order */
    char name[256]; /* for messages; "standard input" for "-" */
};

struct tl_file_options {
    /* Bytes of buffers for 16 blocks in flight, at least 2 MiB. A block holds at most a 16th of it, or one packet. */
    size_t memory;
    uint32_t input; /* for tl_interface.input */
    bool follow;    /* wait at the end of a regular file until it grows */
    /*
     * Only these packets are read: tl_packet.place of each, in rising order. The file is not compressed. contexts are
     * the other blocks of a pcapng file, which are read before the packets after them. Both borrowed; NULL: all is
     * read.
     */
    const struct tl_places *places, *contexts;
    struct tl_places *noted; /* receives the contexts of a pcapng file; borrowed; NULL: not wanted */
};

/*
 * Opens a capture file: pcap, pcapng or snoop, plain or gzip, zstd or lz4 (detected by content, not by name), a FIFO,
 * or "-" for standard input. Interfaces are added to `interfaces` as they appear. Returns NULL and sets error on
 * failure: no such file, a directory, no permission (TL_E_PERMISSION), not a capture file or an invalid header
 * (TL_E_DAMAGED).
 */
struct tl_source *tl_file_open(const char *path, struct tl_interfaces *interfaces,
                               const struct tl_file_options *options, struct tl_error *error);

#endif
