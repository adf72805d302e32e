/* framed.c - streams of messages that tell their length. */
#include "dissectors/framed.h"

static struct tl_want head_of(const struct tl_framed *kind, struct tl_framed_side *side)
{
    side->whole = 0;
    return (struct tl_want){ TL_WANT_BYTES, kind->head, NULL };
}

static struct tl_want seek(const struct tl_framed *kind, struct tl_framed_side *side)
{
    side->whole = 0;
    side->seeking = true;
    return (struct tl_want){ kind->begins != NULL ? TL_WANT_SOME : TL_WANT_NOTHING, TL_STREAM_UNIT, NULL };
}

/* The rest of a message that is passed over. */
static struct tl_want rest(const struct tl_framed *kind, struct tl_framed_side *side, uint64_t n)
{
    return n > 0 ? (struct tl_want){ TL_WANT_BODY, n, NULL } : head_of(kind, side);
}

static struct tl_want lost(const struct tl_stream *s, const struct tl_framed *kind, struct tl_framed_side *side)
{
    uint64_t of_unit = (uint64_t)s->dropped + s->gap;
    if (s->left > 0 && s->left >= s->gap)
        return rest(kind, side, s->left - s->gap);
    if (side->whole > 0 && s->left == 0 && side->whole >= of_unit)
        return rest(kind, side, side->whole - of_unit);
    return seek(kind, side);
}

/* The whole message is here, or as much of it as is collected. */
static struct tl_want read_message(struct tl_dissection *d, struct tl_stream *s, const struct tl_framed *kind,
                                   struct tl_framed_side *side)
{
    const uint32_t off = d->c.off, n = tl_cursor_left(&d->c);
    const uint64_t whole = side->whole;
    if (whole > n)
        d->c.wire_end = whole < UINT32_MAX - off ? off + (uint32_t)whole : UINT32_MAX;
    struct tl_want want = kind->message(d, s);
    d->c.off = d->c.end = off + n;
    if (d->c.wire_end < d->c.end)
        d->c.wire_end = d->c.end;
    if (want.kind != TL_WANT_BYTES || want.n != 0) {
        side->whole = 0;
        return want;
    }
    return rest(kind, side, whole - n);
}

static struct tl_want unit(struct tl_dissection *d, struct tl_stream *s, const struct tl_framed *kind,
                           struct tl_framed_side *side)
{
    uint32_t n = tl_cursor_left(&d->c);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, n);
    if (side->seeking) {
        if (!kind->begins(d, s, tl_bytes_of(p, n))) {
            tl_skip(d, n);
            return seek(kind, side);
        }
        side->seeking = false;
        return head_of(kind, side);
    }
    if (side->whole == 0) {
        uint64_t whole = kind->length(d, s, p, n);
        if ((whole & TL_FRAMED_MORE) != 0)
            return (struct tl_want){ TL_WANT_BYTES, whole & ~TL_FRAMED_MORE, NULL };
        if (whole < n) {
            tl_violate(d);
            tl_skip(d, n);
            return seek(kind, side);
        }
        side->whole = whole;
        if (n < whole && n < kind->most)
            return (struct tl_want){ TL_WANT_BYTES, whole < kind->most ? whole : kind->most, NULL };
    }
    return read_message(d, s, kind, side);
}

struct tl_want tl_framed_stream(struct tl_dissection *d, struct tl_stream *s, const struct tl_framed *kind,
                                struct tl_framed_side *side)
{
    switch (s->event) {
    case TL_EV_OPEN:
        return side->seeking ? seek(kind, side) : head_of(kind, side);
    case TL_EV_UNIT:
    case TL_EV_OVERLONG:
        return unit(d, s, kind, side);
    case TL_EV_RUN:
        if (d->protocol->has_secrets)
            tl_hide(d, tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c)));
        return head_of(kind, side);
    case TL_EV_GAP:
        return lost(s, kind, side);
    case TL_EV_END:
        break;
    }
    return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
}
