/* feed.h - the capture side: turns sources into blocks of packets with number, filter, engine time and shard. */
#ifndef TL_CAPTURE_FEED_H
#define TL_CAPTURE_FEED_H

#include "capture/source.h"

struct tl_feed;

struct tl_feed_options {
    struct tl_source *const *sources; /* read one after another; borrowed */
    uint32_t source_count;
    const struct tl_interfaces *interfaces;
    const char *filter;     /* BPF expression, NULL or "": everything passes */
    bool exact_filter;      /* as for tl_filter_new() */
    bool skip;              /* live: if workers are too slow, blocks skip them and capture does not wait */
    const struct tl_chosen *chosen; /* only these packets pass; borrowed; NULL: all */
    uint64_t most;          /* stop after so many packets that passed the filter; 0: no limit */
    uint32_t workers;       /* blocks have a list for each; at least 1 */
    uint32_t block_packets; /* packets per block: 1 to 4,096 */
    uint32_t block_count;   /* blocks in flight */
    struct tl_sharding sharding; /* .shard NULL: packets are not decoded */
};

/*
 * Returns NULL and sets error on failure: a filter that does not compile for the first link type (TL_E_USAGE, with
 * libpcap's message).
 */
struct tl_feed *tl_feed_new(const struct tl_feed_options *options, struct tl_error *error);
/* All blocks must have been released before. */
void tl_feed_free(struct tl_feed *feed);

/*
 * Returns the next block with one reference, or NULL at the end. The caller sets block->refs to the number it needs
 * before it shares the block. Waits while block_count blocks are in flight. The block with block->last set always
 * comes, possibly empty, and is the last. Packets before the damage in a source are returned, and reading goes on with
 * the next source; tl_feed_failure() returns the first failure.
 */
struct tl_block *tl_feed_next(struct tl_feed *feed);
/* Drops a reference. The last one frees the block for reuse. Any thread. */
void tl_feed_release(struct tl_feed *feed, struct tl_block *block);
/*
 * Live: the workers and the writer of records have finished a block that was not skipped. Others may still hold it;
 * while only they are slow, no block skips the workers. Any thread.
 */
void tl_feed_analysed(struct tl_feed *feed);
/*
 * Sets another filter for packets read from now on. It is checked at once; if it is wrong the old one stays. Any
 * thread.
 */
enum tl_failure tl_feed_set_filter(struct tl_feed *feed, const char *expression, struct tl_error *error) TL_MUST_CHECK;
/* The initial filter as tl_filter_text() returns it; NULL: none. */
const char *tl_feed_filter_text(const struct tl_feed *feed);
/* Live: the number of blocks that users other than the workers may hold without making capture wait. */
uint32_t tl_feed_spare(const struct tl_feed *feed);
/* Packets in blocks that skipped the workers. Any thread. */
uint64_t tl_feed_skipped(const struct tl_feed *feed);
/* Makes tl_feed_next() return the last block soon. Async-signal-safe, any thread. */
void tl_feed_stop(struct tl_feed *feed);
/* Returns the first failure (text in error), or TL_E_NONE. Valid after the last block, while the sources are open. */
enum tl_failure tl_feed_failure(const struct tl_feed *feed, struct tl_error *error);

#endif
