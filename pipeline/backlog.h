/*
 * backlog.h - live mode: captured packets that wait for -w. Blocks wait here while there are few. Further packets are
 * copied and take no more room than they need. Packets that find no room are left out and counted. So capture never
 * waits for a disk or a pipe. One thread puts, another takes.
 */
#ifndef TL_PIPELINE_BACKLOG_H
#define TL_PIPELINE_BACKLOG_H

#include "capture/feed.h"

struct tl_backlog;

struct tl_backlog_options {
    struct tl_feed *feed; /* receives the blocks after use */
    uint32_t blocks;      /* that may wait or be written at one time */
    size_t memory;        /* bytes for copies */
};

/* Returns NULL without memory. */
struct tl_backlog *tl_backlog_new(const struct tl_backlog_options *options);
/* Frees it and all waiting packets. */
void tl_backlog_free(struct tl_backlog *backlog);

/*
 * Takes over a reference to the block. Never waits. A block with `last` set is always passed on, possibly without
 * packets.
 */
void tl_backlog_put(struct tl_backlog *backlog, struct tl_block *block);
/* Ends the queue as if the last block had been put. */
void tl_backlog_end(struct tl_backlog *backlog);
/*
 * Waits for the oldest block and returns it. It is valid until tl_backlog_done(), which must come before the next call.
 */
const struct tl_block *tl_backlog_take(struct tl_backlog *backlog);
void tl_backlog_done(struct tl_backlog *backlog);
/* Packets left out so far. Any thread. */
uint64_t tl_backlog_left_out(const struct tl_backlog *backlog);
/*
 * Writes a message to report now into text, one line, or returns false. It reports that packets are being left out, and
 * the total when none was left out for some seconds and nothing waits. One thread only. now: monotonic, ns.
 */
bool tl_backlog_news(struct tl_backlog *backlog, int64_t now, char *text, size_t size);

#endif
