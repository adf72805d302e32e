/*
 * range.h - bytes of one direction, put in order: TCP segments, QUIC CRYPTO and STREAM frames, handshake fragments.
 *
 * Places are 64-bit offsets, as the caller counts them. What comes in order is handed over where it lies; what comes
 * early is copied and held, up to the caller's limits; of two copies of a byte the first wins. Every byte between the
 * beginning and the end comes out once, in its place, as data or as part of a gap.
 */
#ifndef TL_CORE_RANGE_H
#define TL_CORE_RANGE_H

#include "core/bytes.h"
#include "core/slab.h"
#include "core/status.h"

struct tl_range_piece;

/* Zeroed, it begins at 0 and is empty. What it holds is its own, from the slab of the calls, until tl_range_fini(). */
struct tl_range {
    uint64_t next;        /* of the next byte to be handed over */
    struct tl_range_piece *first, *tail; /* that are held, in order */
    uint32_t held;        /* bytes in them */
    uint32_t held_count;  /* how many they are */
    uint32_t differs;     /* overlaps whose bytes disagreed */
    bool skip;            /* the bytes are not read: what comes early is tracked without them */
};

/* With more held than this the oldest hole is given up. */
struct tl_range_limits {
    uint32_t bytes, pieces;
};

/* Where it goes. `next` of the range is already behind what is handed over. Not called with nothing. */
struct tl_range_reader {
    void (*data)(void *context, struct tl_bytes bytes); /* valid for the call */
    /* cut: the bytes arrived and the capture does not have them. Else they never arrived. */
    void (*gap)(void *context, uint64_t n, bool cut);
    void *context;
};

struct tl_range_result {
    bool fresh;    /* some of it was neither handed over nor held before */
    uint64_t lost; /* bytes of it that could not be held for want of memory: later they are part of a gap */
};

/*
 * The bytes at [start, end), of which the capture has the first captured.len. Hands over what is in order now and
 * holds what is early. end < start is taken as nothing.
 */
struct tl_range_result tl_range_add(struct tl_range *r, uint64_t start, uint64_t end, struct tl_bytes captured,
                                    const struct tl_range_limits *limits, const struct tl_range_reader *reader,
                                    struct tl_slab *slab);
/* The first hole will not be filled: it becomes a gap, and what follows is handed over. Nothing when none is held. */
void tl_range_give_up(struct tl_range *r, const struct tl_range_reader *reader, struct tl_slab *slab);
/* What is missing before `to` will not come: it becomes gaps, and what is held between them is handed over. */
void tl_range_missing(struct tl_range *r, uint64_t to, const struct tl_range_reader *reader, struct tl_slab *slab);
/* All that is held is handed over, gaps and all: no more will come. */
void tl_range_flush(struct tl_range *r, const struct tl_range_reader *reader, struct tl_slab *slab);
/* Gives back what is held, unread. */
void tl_range_fini(struct tl_range *r, struct tl_slab *slab);

/*
 * The short way, for callers that hand over whole captured bytes themselves: true if [start, end) is in order and
 * nothing is held. Then it is counted as handed over.
 */
static inline bool tl_range_pass(struct tl_range *r, uint64_t start, uint64_t end)
{
    if (TL_UNLIKELY(start != r->next || r->first != NULL))
        return false;
    r->next = end;
    return true;
}

#endif
