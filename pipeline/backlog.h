/*
 * backlog.h - live: what was captured and is to be written as it is (-w). Blocks wait here while there are few, then
 * copies of them, which need no more room than their packets; what finds no room is left out, and counted. So whoever
 * captures never waits for a disk or a pipe. One thread puts, another takes.
 */
#ifndef TL_PIPELINE_BACKLOG_H
#define TL_PIPELINE_BACKLOG_H

#include "capture/feed.h"

struct tl_backlog;

struct tl_backlog_options {
    struct tl_feed *feed; /* that blocks go back to */
    uint32_t blocks;      /* of them may wait, or be written, at a time */
    size_t memory;        /* bytes of copies */
};

/* NULL without memory. */
struct tl_backlog *tl_backlog_new(const struct tl_backlog_options *options);
/* With what still waits. */
void tl_backlog_free(struct tl_backlog *backlog);

/*
 * Takes over a reference to the block. Never waits. A block with `last` set is always handed on, maybe without packets.
 */
void tl_backlog_put(struct tl_backlog *backlog, struct tl_block *block);
/* As if the last block had been put. */
void tl_backlog_end(struct tl_backlog *backlog);
/* The oldest; waits for it. It is there until tl_backlog_done(), which comes before the next one is taken. */
const struct tl_block *tl_backlog_take(struct tl_backlog *backlog);
void tl_backlog_done(struct tl_backlog *backlog);
/* Packets that were left out. Any thread. */
uint64_t tl_backlog_left_out(const struct tl_backlog *backlog);
/*
 * What is to be said now, one line into text, or false: that packets are left out, and how many were once none has been
 * for some seconds and nothing waits. One thread; now: monotonic, ns.
 */
bool tl_backlog_news(struct tl_backlog *backlog, int64_t now, char *text, size_t size);

#endif
