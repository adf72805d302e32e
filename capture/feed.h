/* feed.h - the capture side: sources become numbered, filtered, timed and sharded blocks. */
#ifndef TL_CAPTURE_FEED_H
#define TL_CAPTURE_FEED_H

#include "capture/source.h"

struct tl_feed;

struct tl_feed_options {
    struct tl_source *const *sources; /* read one after another; stay the caller's */
    uint32_t source_count;
    const struct tl_interfaces *interfaces;
    const char *filter;     /* BPF expression, NULL or "": everything passes */
    bool exact_filter;      /* as for tl_filter_new() */
    bool skip;              /* live: when workers are behind, blocks go past them and are not waited for */
    uint64_t most;          /* stop after so many packets that passed the filter; 0: no limit */
    uint32_t workers;       /* blocks carry a list for each; at least 1 */
    uint32_t block_packets; /* packets a block at most: 1 to 4,096 */
    uint32_t block_count;   /* blocks in flight at most */
    /* The shard parser: sets packet->hash, and packet->shard below workers. Handed in by pipeline/. */
    void (*shard)(const void *context, struct tl_packet *packet, uint32_t workers);
    const void *shard_context;
};

/*
 * NULL and error on failure: a filter that does not compile for the first link type (TL_E_USAGE, with libpcap's words).
 */
struct tl_feed *tl_feed_new(const struct tl_feed_options *options, struct tl_error *error);
/* All blocks must have been released. */
void tl_feed_free(struct tl_feed *feed);

/*
 * The next block, with one reference for the caller (who sets block->refs to what it needs before it hands it on), or
 * NULL at the end. Waits while block_count blocks are in flight. The block with block->last set is always given, maybe
 * empty, and nothing follows it. A damaged source gives its packets first; the reading goes on with the next source and
 * the first failure is what tl_feed_failure() tells.
 */
struct tl_block *tl_feed_next(struct tl_feed *feed);
/* Drops a reference; the last one gives the block back. Any thread. */
void tl_feed_release(struct tl_feed *feed, struct tl_block *block);
/*
 * Live: workers and the writer of records are done with a block that was not skipped. It may still be held by others:
 * while these are slow, no block goes past the workers. Any thread.
 */
void tl_feed_analysed(struct tl_feed *feed);
/* Another filter for what is read from now on; checked at once, the old one stays if it is wrong. Any thread. */
enum tl_failure tl_feed_set_filter(struct tl_feed *feed, const char *expression, struct tl_error *error) TL_MUST_CHECK;
/* What tl_filter_text() says of the filter the feed began with; NULL: none. */
const char *tl_feed_filter_text(const struct tl_feed *feed);
/* Live: blocks of which others than the workers may hold so many, and capture waits for nobody. */
uint32_t tl_feed_spare(const struct tl_feed *feed);
/* Packets in blocks that went past the workers. Any thread. */
uint64_t tl_feed_skipped(const struct tl_feed *feed);
/* Makes tl_feed_next() give the last block soon. Async-signal-safe, any thread. */
void tl_feed_stop(struct tl_feed *feed);
/* The first failure (text in error), or TL_E_NONE. Valid after the last block, as long as the sources are open. */
enum tl_failure tl_feed_failure(const struct tl_feed *feed, struct tl_error *error);

#endif
