/*
 * follow.h - the bytes of one flow in order: a task reads its packets again, the view reads what there is while it
 * grows, without locks. Bounded: bytes beyond the bound are left out, and tl_follow_full() reports it.
 */
#ifndef TL_UI_FOLLOW_H
#define TL_UI_FOLLOW_H

#include "pipeline/conversation.h"
#include "ui/store/gone.h"
#include "ui/store/source.h"
#include "ui/tasks/task.h"

enum { TL_FOLLOW_BYTES = 4 << 20, TL_FOLLOW_PIECES = 1 << 18 };

/* The bytes of one packet, or a gap. */
struct tl_follow_piece {
    uint64_t place; /* offset of its first byte on its side, gaps included */
    uint64_t gap;   /* missing bytes; then len is 0 */
    uint32_t at;    /* offset of its first byte in tl_follow_bytes() */
    uint32_t len;
    uint32_t row;   /* the packet */
    uint8_t side;   /* 0: the originator */
};

struct tl_follow;

/* source stays the caller's. NULL without memory. */
struct tl_follow *tl_follow_new(const struct tl_packet_source *source, uint32_t flow, const struct tl_flow_id *id,
                                const struct tl_inside *inside);
bool tl_follow_is_of(const struct tl_follow *follow, const struct tl_inside *inside);
void tl_follow_free(struct tl_follow *follow);

/*
 * Reads the packets so far, in a thread; call it again when packets came. last: no more come (the engine has ended).
 * Does nothing while the thread runs, or if no packet came.
 */
void tl_follow_read(struct tl_follow *follow, bool last, int news);
bool tl_follow_reads(const struct tl_follow *follow);

uint32_t tl_follow_flow(const struct tl_follow *follow);
const struct tl_flow_id *tl_follow_id(const struct tl_follow *follow);
/*
 * The number of pieces; they and their bytes do not change, except that secrets of messages of several packets are
 * crossed out when the message is complete.
 */
uint32_t tl_follow_count(const struct tl_follow *follow);
const struct tl_follow_piece *tl_follow_pieces(const struct tl_follow *follow);
const uint8_t *tl_follow_bytes(const struct tl_follow *follow);
/* There are more bytes than there is room for. */
bool tl_follow_full(const struct tl_follow *follow);
/* Packets whose bytes cannot be read any more, so far. */
uint64_t tl_follow_gone(const struct tl_follow *follow);
/* Secrets are crossed out: asterisks are in their place. */
bool tl_follow_hides(const struct tl_follow *follow);
/* Its first packets were evicted before it began. */
bool tl_follow_headless(const struct tl_follow *follow);

/* All bytes of a flow, whatever the length, handed to take() as they are read. */
struct tl_follow_all {
    const struct tl_packet_source *source;
    uint32_t flow;
    struct tl_flow_id id;
    struct tl_inside inside;
    void (*take)(void *context, const struct tl_saying *saying);
    void *context;
    _Atomic bool enough; /* set by take(): it wants no more */
    struct tl_gone gone; /* the result */
};
/* In a task's thread. false: stopped, enough, or no memory. */
bool tl_follow_all(struct tl_follow_all *all, struct tl_task *task);

#endif
