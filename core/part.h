/*
 * part.h - a range of the layer that is read on its own: an option, the value of a TLV, anything after a length field.
 * While a part is open, bytes outside it cannot be read. Parts nest; the innermost is closed first.
 *
 * There are two kinds. A lenient part (begin, then end or close) holds data that nothing after it depends on: an error
 * inside marks the layer and is then cleared. A strict part (enter, then leave) holds data that the layer depends on:
 * an error inside is an error of the layer.
 */
#ifndef TL_CORE_PART_H
#define TL_CORE_PART_H

#include "core/dissect.h"

struct tl_part {
    uint32_t off, len;      /* of the part */
    uint32_t end, wire_end; /* of the cursor before the part was opened */
    bool open;              /* false: the cursor had already failed, or the bytes of a strict part are missing */
};

/* Limits the cursor to the next len bytes, or to those of them that exist. */
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
 * Closes a part. A contradiction inside marks the layer and is cleared. The cursor moves to the end of the part exactly
 * as tl_skip(len) would move it, so the outcome is the same whether the part was read or skipped.
 */
void tl_part_end(struct tl_dissection *d, struct tl_part part);
/* As tl_part_end() for the last part of a layer: a cut only marks the layer too, and the cursor stays where it is. */
void tl_part_close(struct tl_dissection *d, struct tl_part part);

/* As tl_part_begin(), but a length beyond the bytes on the wire is TL_BAD, and the part is then not open. */
static inline struct tl_part tl_part_enter(struct tl_dissection *d, uint32_t len)
{
    if (TL_UNLIKELY(len > tl_cursor_wire_left(&d->c)))
        tl_bad(d);
    return tl_part_begin(d, len);
}

/* Closes a part and moves the cursor to its end. If reading failed inside, the cursor stays failed where it is. */
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
