/* cursor.h - the only access to packet bytes: a range, a position in it, and a sticky status. */
#ifndef TL_CORE_CURSOR_H
#define TL_CORE_CURSOR_H

#include "core/bytes.h"
#include "core/status.h"

/*
 * off <= end <= wire_end. [off, end) is captured and unread; [end, wire_end) was on the wire but was not captured.
 * The first read that does not fit sets status and empties the range (end = off). Every later read fails too, so a
 * decoder needs no check after each field.
 */
struct tl_cursor {
    const uint8_t *base; /* first byte of the source buffer */
    uint32_t off;        /* offset of the next byte from base */
    uint32_t end;        /* first byte that was not captured */
    uint32_t wire_end;   /* first byte after this layer on the wire */
    enum tl_status status;
};

static inline struct tl_cursor tl_cursor_on(const uint8_t *data, uint32_t captured, uint32_t wire)
{
    return (struct tl_cursor){ data, 0, captured, wire < captured ? captured : wire, TL_OK };
}

/* Captured bytes that were not read yet. */
static inline uint32_t tl_cursor_left(const struct tl_cursor *c)
{
    return c->end - c->off;
}

/* Bytes on the wire that were not read yet, captured or not. */
static inline uint32_t tl_cursor_wire_left(const struct tl_cursor *c)
{
    return c->wire_end - c->off;
}

static inline void tl_cursor_fail(struct tl_cursor *c, enum tl_status why)
{
    if (c->status == TL_OK)
        c->status = why;
    c->end = c->off;
}

/*
 * Takes the next n bytes. Returns NULL and fails when they are missing: TL_SHORT if they were on the wire, else TL_BAD.
 */
static inline const uint8_t *tl_cursor_take(struct tl_cursor *c, uint32_t n)
{
    if (TL_UNLIKELY(c->end - c->off < n)) {
        tl_cursor_fail(c, c->wire_end - c->off >= n ? TL_SHORT : TL_BAD);
        return NULL;
    }
    const uint8_t *p = c->base + c->off;
    c->off += n;
    return p;
}

/* Returns n bytes at `ahead` bytes from the position without moving it, or NULL. Never fails the cursor. */
static inline const uint8_t *tl_cursor_peek(const struct tl_cursor *c, uint32_t ahead, uint32_t n)
{
    uint32_t left = c->end - c->off;
    return left >= n && left - n >= ahead ? c->base + c->off + ahead : NULL;
}

#endif
