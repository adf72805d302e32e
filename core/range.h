/*
 * range.h - puts the bytes of one direction in order: TCP segments, QUIC CRYPTO and STREAM frames, handshake fragments.
 *
 * Positions are 64-bit offsets counted by the caller. Bytes in order are handed over in place. Early bytes are copied
 * and held, up to the caller's limits. If a byte arrives twice the first copy wins. Every byte between the beginning
 * and the end is handed over once, in its place, as data or as part of a gap.
 */
#ifndef TL_CORE_RANGE_H
#define TL_CORE_RANGE_H

#include "core/bytes.h"
#include "core/slab.h"
#include "core/status.h"

struct tl_range_piece;

/* Zeroed it is empty and begins at 0. It owns its pieces, in the slab passed to each call, until tl_range_fini(). */
struct tl_range {
    uint64_t next;        /* offset of the next byte to hand over */
    struct tl_range_piece *first, *tail; /* held pieces, in order */
    uint32_t held;        /* bytes in held pieces */
    uint32_t held_count;  /* number of held pieces */
    uint32_t differs;     /* overlaps with different bytes */
    bool skip;            /* the bytes are not read: early ones are tracked without a copy */
};

/* If more is held than this, the oldest hole becomes a gap. */
struct tl_range_limits {
    uint32_t bytes, pieces;
};

/* Receives the ordered bytes. `next` of the range is already after them. Never called for zero bytes. */
struct tl_range_reader {
    void (*data)(void *context, struct tl_bytes bytes); /* valid for the call */
    /* cut: the bytes arrived but were not captured. Otherwise they never arrived. */
    void (*gap)(void *context, uint64_t n, bool cut);
    void *context;
};

struct tl_range_result {
    bool fresh;    /* some of the bytes were neither handed over nor held before */
    uint64_t lost; /* bytes that could not be held because memory ran out: they become part of a gap later */
};

/*
 * Adds the bytes at [start, end), of which the first captured.len were captured. Hands over what is in order now and
 * holds what is early. If end < start nothing is added.
 */
struct tl_range_result tl_range_add(struct tl_range *r, uint64_t start, uint64_t end, struct tl_bytes captured,
                                    const struct tl_range_limits *limits, const struct tl_range_reader *reader,
                                    struct tl_slab *slab);
/* Turns the first hole into a gap and hands over the bytes after it. Does nothing when no bytes are held. */
void tl_range_give_up(struct tl_range *r, const struct tl_range_reader *reader, struct tl_slab *slab);
/* Turns all holes before `to` into gaps and hands over the bytes held between them. */
void tl_range_missing(struct tl_range *r, uint64_t to, const struct tl_range_reader *reader, struct tl_slab *slab);
/* Hands over all held bytes, with the gaps between them. For the end of the input. */
void tl_range_flush(struct tl_range *r, const struct tl_range_reader *reader, struct tl_slab *slab);
/* Frees the held bytes without handing them over. */
void tl_range_fini(struct tl_range *r, struct tl_slab *slab);

/*
 * The fast path, for callers that hand over whole captured bytes themselves. Returns true if [start, end) is in order
 * and nothing is held, and counts the bytes as handed over.
 */
static inline bool tl_range_pass(struct tl_range *r, uint64_t start, uint64_t end)
{
    if (TL_UNLIKELY(start != r->next || r->first != NULL))
        return false;
    r->next = end;
    return true;
}

#endif
