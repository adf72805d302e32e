/* source.h - where packets come from: a file, a pipe; live capture takes its place beside them. */
#ifndef TL_CAPTURE_SOURCE_H
#define TL_CAPTURE_SOURCE_H

#include "core/packet.h"
#include "core/status.h"

struct tl_source;
struct tl_filter;

struct tl_source_stats {
    uint64_t input_bytes;   /* size of the input as stored; 0: not known (a pipe) */
    uint64_t input_done;    /* of those, bytes read so far */
    uint64_t received;      /* live */
    uint64_t dropped_kernel, dropped_interface; /* live, or as a file says of when it was captured */
};

struct tl_source_ops {
    /*
     * Appends up to `most` packets (block->capacity allows) and the extras among them to block: of a packet ts, bytes,
     * caplen, len, interface, linktype, options_len are set and the rest is 0; numbers, engine time and shards are the
     * feed's work. The bytes stay alive until release(block). May be called several times for one block. *end is set
     * when nothing more will come. On damage: what could be read is in the block, *end is set, and error says in one
     * line what was wrong, in which file, with packet number (within this source) and byte offset; returns
     * TL_E_DAMAGED, or TL_E_RUNTIME when reading failed. block->backing is NULL when the block is fresh and the
     * source's from then on. Less than `most` without *end: hand the block on, more would mean waiting. Live, a block
     * without packets is given every tenth of a second, with block->timed and in block->mark the time up to which none
     * came.
     */
    enum tl_failure (*next)(struct tl_source *source, struct tl_block *block, uint32_t most, bool *end,
                            struct tl_error *error);
    /*
     * The timestamp of the packet that next() will give first; false at the end of the input, and when none comes
     * within a second. Extras on the way go into the block, which needs one free packet slot. NULL: cannot tell.
     */
    bool (*peek)(struct tl_source *source, struct tl_block *block, int64_t *ts);
    /* A block filled by this source is done with. Any thread; files: blocks come back in the order they were filled. */
    void (*release)(struct tl_source *source, struct tl_block *block);
    void (*stats)(struct tl_source *source, struct tl_source_stats *stats); /* any thread */
    /*
     * From now on only packets that pass the filter are given. It is the caller's, and there until the next one is set.
     * NULL: the source does not filter, the feed does.
     */
    enum tl_failure (*filter)(struct tl_source *source, const struct tl_filter *filter, struct tl_error *error);
    /*
     * The feed has what it wants and asks for no more: brings the stats up to date, and extras may be appended to the
     * last block. After next(), in its thread. May be NULL.
     */
    void (*settle)(struct tl_source *source, struct tl_block *block);
    /* Makes a next() that waits for bytes return soon, with *end set. Async-signal-safe. NULL: it never waits. */
    void (*stop)(struct tl_source *source);
    void (*close)(struct tl_source *source);
};

/* First member of every source. */
struct tl_source {
    const struct tl_source_ops *ops;
    bool live;      /* after stop() it still gives what came before, then *end; its blocks come back in any order */
    char name[256]; /* for messages; "standard input" for "-" */
};

struct tl_file_options {
    /* Bytes of buffers for 16 blocks in flight, at least 2 MiB: a block holds no more than a 16th, or one packet. */
    size_t memory;
    uint32_t input; /* for tl_interface.input */
};

/*
 * Opens a capture file: pcap, pcapng or snoop, plain or gzip, zstd or lz4 (known by content, not by name), a FIFO or
 * "-" for standard input. Interfaces are added to `interfaces` as they are met. NULL and error on failure: no such
 * file, a directory, no permission (TL_E_PERMISSION), not a capture file or a header that cannot be (TL_E_DAMAGED).
 */
struct tl_source *tl_file_open(const char *path, struct tl_interfaces *interfaces,
                               const struct tl_file_options *options, struct tl_error *error);

#endif
