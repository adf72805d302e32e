/*
 * follow.h - what was said in one flow: read again from its packets by a task, looked at by the view while it grows,
 * without locks. Bounded: what goes beyond is left out, and it says so.
 */
#ifndef TL_UI_FOLLOW_H
#define TL_UI_FOLLOW_H

#include "pipeline/conversation.h"
#include "ui/tasks/task.h"
#include "ui/store/gone.h"
#include "ui/store/source.h"

enum { TL_FOLLOW_BYTES = 4 << 20, TL_FOLLOW_PIECES = 1 << 18 };

/* Bytes that one packet brought, or a gap. */
struct tl_follow_piece {
    uint64_t place; /* of its first byte on its side, counted from 0, gaps too */
    uint64_t gap;   /* bytes that are missing; then len is 0 */
    uint32_t at;    /* of its first byte in all of them */
    uint32_t len;
    uint32_t row;   /* the packet */
    uint8_t side;   /* 0: the originator */
};

struct tl_follow;

/* source stays the caller's. NULL without memory. */
struct tl_follow *tl_follow_new(const struct tl_packet_source *source, uint32_t flow, const struct tl_flow_id *id);
void tl_follow_free(struct tl_follow *follow);

/*
 * Reads what there is by now, in a thread; once more when packets came. last: none will come (the engine has ended).
 * Does nothing while it is on its way, or where nothing came.
 */
void tl_follow_read(struct tl_follow *follow, bool last, int news);
bool tl_follow_reads(const struct tl_follow *follow);

uint32_t tl_follow_flow(const struct tl_follow *follow);
const struct tl_flow_id *tl_follow_id(const struct tl_follow *follow);
/* Pieces there are; they and their bytes stay as they are. */
uint32_t tl_follow_count(const struct tl_follow *follow);
const struct tl_follow_piece *tl_follow_pieces(const struct tl_follow *follow);
const uint8_t *tl_follow_bytes(const struct tl_follow *follow);
/* More was said than there is room for. */
bool tl_follow_full(const struct tl_follow *follow);
/* Packets whose bytes cannot be had any more, as far as it was read. */
uint64_t tl_follow_gone(const struct tl_follow *follow);
/* Its first packets had left when it was begun. */
bool tl_follow_headless(const struct tl_follow *follow);

/* All that was said, whatever its length, handed to take() as it is read. */
struct tl_follow_all {
    const struct tl_packet_source *source;
    uint32_t flow;
    struct tl_flow_id id;
    void (*take)(void *context, const struct tl_saying *saying);
    void *context;
    _Atomic bool enough; /* take's: it wants no more */
    struct tl_gone gone; /* what came of it */
};
/* In a task's thread. false: called off, enough, or without memory. */
bool tl_follow_all(struct tl_follow_all *all, struct tl_task *task);

#endif
