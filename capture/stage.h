/*
 * stage.h - packets read ahead from several taps, until they can be merged by time. Each tap has a stage, and a thread
 * that fills it if asked. The bytes of packets are copied once, out of the kernel's buffer: blocks share them.
 */
#ifndef TL_CAPTURE_STAGE_H
#define TL_CAPTURE_STAGE_H

#include <poll.h>

#include "capture/tap.h"

struct tl_stages;

/* taps: an array of count, borrowed. threads: tl_stages_start() starts one for each. Returns NULL without memory. */
struct tl_stages *tl_stages_new(struct tl_tap *taps, uint32_t count, bool threads);
/* Ends the threads. All blocks must have been released. */
void tl_stages_free(struct tl_stages *stages);
/* Call it once privileges are given up: threads keep those that they begin with. Later calls do nothing. */
enum tl_failure tl_stages_start(struct tl_stages *stages, struct tl_error *error) TL_MUST_CHECK;

/* Threads call the shard parser before packets are merged. Before tl_stages_start(). Returns false without threads. */
bool tl_stages_shard(struct tl_stages *stages, const struct tl_sharding *sharding);

/* Between these the tap is not read by its thread: it may be opened, closed, counted and given a filter. */
void tl_stages_lock(struct tl_stages *stages, uint32_t tap);
void tl_stages_unlock(struct tl_stages *stages, uint32_t tap);

/* Prepares a block for tl_stages_merge(): sets its backing. Returns false without memory. */
bool tl_stages_begin(struct tl_stages *stages, struct tl_block *block) TL_MUST_CHECK;
/*
 * Appends at most `most` packets in the order of their time, until the block has more than `full` bytes of packets. A
 * packet waits as long as a tap may still deliver an earlier one.
 */
void tl_stages_merge(struct tl_stages *stages, struct tl_block *block, uint32_t most, size_t full);
/* Every open tap had no more packets at this time of day, ns, or later. */
bool tl_stages_drained(const struct tl_stages *stages, int64_t since);
/* Gives back the bytes of a block. Any thread. */
void tl_stages_release(struct tl_stages *stages, struct tl_block *block);

/*
 * What to wait for: fills polled, which has room for each tap, and returns the number of entries. *ms is made shorter if
 * packets wait to be merged. Call tl_stages_woken() after poll().
 */
nfds_t tl_stages_poll(struct tl_stages *stages, struct pollfd *polled, int *ms);
void tl_stages_woken(struct tl_stages *stages);

#endif
