/*
 * part.h - a range of the layer that is read on its own: an option, a TLV's value, whatever has its length in front.
 * While it is open nothing outside it can be read. Parts nest; the innermost is closed first.
 *
 * Two kinds. A lenient part (begin, end or close) holds what nothing after it depends on: a fault inside marks the
 * layer and is forgotten. A strict part (enter, leave) holds what the layer is made of: a fault inside is the layer's.
 */
#ifndef TL_CORE_PART_H
#define TL_CORE_PART_H

#include "core/dissect.h"

struct tl_part {
    uint32_t off, len;      /* of the part */
    uint32_t end, wire_end; /* of the cursor before it */
    bool open;              /* false: the cursor had failed already, or a strict part is not there */
};

/* The next len bytes, or what there is of them, become all that can be read. */
static inline struct tl_part tl_part_begin(struct tl_dissection *d, uint32_t len)
{
    struct tl_part part = { d->c.off, len, d->c.end, d->c.wire_end, tl_ok(d) };
    if (part.open && len < d->c.wire_end - d->c.off) {
        d->c.wire_end = d->c.off + len;
        if (d->c.end > d->c.wire_end)
            d->c.end = d->c.wire_end;
    }
    return part;
}

/*
 * A contradiction inside marks the layer and is forgotten. The cursor moves behind the part, as tl_skip(len) would have
 * moved it: so the outcome is the same whether the part was read or skipped.
 */
void tl_part_end(struct tl_dissection *d, struct tl_part part);
/* As tl_part_end, for a part that ends the layer: a cut is only marked too, and the cursor stays where reading did. */
void tl_part_close(struct tl_dissection *d, struct tl_part part);

/* As tl_part_begin; a length greater than what was on the wire is TL_BAD, and the part is not open. */
static inline struct tl_part tl_part_enter(struct tl_dissection *d, uint32_t len)
{
    if (TL_UNLIKELY(len > tl_cursor_wire_left(&d->c)))
        tl_bad(d);
    return tl_part_begin(d, len);
}

/* The cursor moves to the end of the part. If reading failed inside, the cursor stays failed where it is. */
static inline void tl_part_leave(struct tl_dissection *d, struct tl_part part)
{
    if (TL_UNLIKELY(!tl_ok(d)))
        return;
    d->c.off = part.off;
    d->c.end = part.end;
    d->c.wire_end = part.wire_end;
    tl_skip(d, part.len);
}

#endif
