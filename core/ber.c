/* ber.c - tags and lengths of ASN.1's encoding rules (X.690 section 8.1), and the primitive types. */
#include "core/ber.h"

enum { CONSTRUCTED = 0x20, LONG_NUMBER = 0x1f, MORE = 0x80, INDEFINITE = 0x80, RESERVED = 0xff };

/*
 * Reads a tag number of 31 or more: seven bits per byte. Leading zeros and numbers below 31 are not allowed (8.1.2.4).
 */
static uint32_t long_number(struct tl_cursor *c)
{
    uint32_t number = 0;
    for (bool first = true;; first = false) {
        const uint8_t *p = tl_cursor_take(c, 1);
        if (p == NULL)
            return 0;
        if ((first && *p == MORE) || number >> 25 != 0)
            break;
        number = number << 7 | (*p & 0x7f);
        if ((*p & MORE) != 0)
            continue;
        if (number < LONG_NUMBER)
            break;
        return number;
    }
    tl_cursor_fail(c, TL_BAD);
    return 0;
}

static void read_length(struct tl_cursor *c, bool der, struct tl_ber_value *v)
{
    const uint8_t *p = tl_cursor_take(c, 1);
    if (p == NULL)
        return;
    v->len = *p;
    if (*p < INDEFINITE)
        return;
    v->indefinite = *p == INDEFINITE;
    if (v->indefinite ? der || !v->constructed : *p == RESERVED) {
        tl_cursor_fail(c, TL_BAD);
        return;
    }
    uint32_t count = *p & 0x7f;
    const uint8_t *bytes = tl_cursor_take(c, count);
    if (bytes == NULL)
        return;
    v->len = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (v->len >> 24 != 0 || (der && i == 0 && bytes[0] == 0)) {
            tl_cursor_fail(c, TL_BAD);
            return;
        }
        v->len = v->len << 8 | bytes[i];
    }
    if (der && v->len < 0x80)
        tl_cursor_fail(c, TL_BAD);
}

/* Reads tag and length. The cursor is then at the contents, or has failed. */
static void read_header(struct tl_cursor *c, bool der, struct tl_ber_value *v)
{
    *v = (struct tl_ber_value){ .start = c->off };
    const uint8_t *p = tl_cursor_take(c, 1);
    if (p == NULL)
        return;
    v->class = *p >> 6;
    v->constructed = (*p & CONSTRUCTED) != 0;
    v->number = *p & LONG_NUMBER;
    if (v->number == LONG_NUMBER)
        v->number = long_number(c);
    read_length(c, der, v);
}

static bool is_end(const struct tl_ber_value *v)
{
    return tl_ber_is(v, TL_BER_UNIVERSAL, 0) && !v->constructed && !v->indefinite && v->len == 0;
}

/*
 * Returns the length of contents that end with an end-of-contents value (8.1.5), found by skipping the values in them.
 * If the capture cuts them, all bytes left on the wire count.
 */
static uint32_t find_end(const struct tl_cursor *at, enum tl_status *status)
{
    struct tl_cursor c = *at;
    for (unsigned open = 1; open <= TL_BER_DEPTH;) {
        struct tl_ber_value v;
        read_header(&c, false, &v);
        if (c.status != TL_OK)
            break;
        if (v.indefinite) {
            open++;
        } else if (is_end(&v)) {
            if (--open == 0)
                return v.start - at->off;
        } else if (tl_cursor_take(&c, v.len) == NULL) {
            break;
        }
    }
    *status = c.status == TL_SHORT ? TL_OK : TL_BAD;
    return tl_cursor_wire_left(at);
}

bool tl_ber_next(struct tl_ber *r, struct tl_ber_value *v)
{
    struct tl_cursor *c = &r->d->c;
    if (c->status != TL_OK || tl_cursor_wire_left(c) == 0)
        return false;
    read_header(c, r->der, v);
    if (c->status != TL_OK)
        return false;
    enum tl_status status = TL_OK;
    if (v->indefinite)
        v->len = find_end(c, &status);
    if (status != TL_OK || v->len > tl_cursor_wire_left(c) || is_end(v))
        tl_cursor_fail(c, TL_BAD); /* only find_end() accepts an end-of-contents value */
    return c->status == TL_OK;
}

struct tl_part tl_ber_enter(struct tl_ber *r, const struct tl_ber_value *v)
{
    if (r->depth >= TL_BER_DEPTH)
        tl_bad(r->d);
    r->depth++;
    return tl_part_enter(r->d, v->len);
}

void tl_ber_leave(struct tl_ber *r, const struct tl_ber_value *v, struct tl_part part)
{
    r->depth--;
    tl_part_leave(r->d, part);
    if (v->indefinite)
        tl_skip(r->d, 2);
}

void tl_ber_skip(struct tl_ber *r, const struct tl_ber_value *v)
{
    tl_skip(r->d, v->len);
    if (v->indefinite)
        tl_skip(r->d, 2);
}

bool tl_ber_expect(struct tl_ber *r, enum tl_ber_class class, uint32_t number, struct tl_ber_value *v)
{
    if (!tl_ber_next(r, v)) {
        tl_bad(r->d); /* unless it failed already */
        return false;
    }
    if (!tl_ber_is(v, class, number))
        tl_bad(r->d);
    return tl_ok(r->d);
}

/* Takes the contents of a primitive value of at least `least` bytes. */
static const uint8_t *contents(struct tl_ber *r, const struct tl_ber_value *v, uint32_t least)
{
    if (v->constructed || v->len < least)
        tl_bad(r->d);
    return tl_ok(r->d) ? tl_cursor_take(&r->d->c, v->len) : NULL;
}

bool tl_ber_int64(struct tl_ber *r, const struct tl_ber_value *v, int64_t *value)
{
    const uint8_t *p = contents(r, v, 1);
    if (p == NULL)
        return false;
    bool negative = (p[0] & 0x80) != 0;
    if (!r->padded && v->len > 1 && p[0] == (negative ? 0xff : 0) && (p[1] & 0x80) == (negative ? 0x80 : 0)) {
        tl_bad(r->d); /* redundant: its first nine bits are equal */
        return false;
    }
    if (v->len > 8)
        return false;
    uint64_t all = negative ? UINT64_MAX : 0;
    for (uint32_t i = 0; i < v->len; i++)
        all = all << 8 | p[i];
    *value = (int64_t)all;
    return true;
}

bool tl_ber_boolean(struct tl_ber *r, const struct tl_ber_value *v, bool *value)
{
    if (v->len != 1)
        tl_bad(r->d);
    const uint8_t *p = contents(r, v, 1);
    if (p == NULL)
        return false;
    if (r->der && *p != 0 && *p != 0xff)
        tl_bad(r->d);
    *value = *p != 0;
    return tl_ok(r->d);
}

struct tl_bytes tl_ber_bytes(struct tl_ber *r, const struct tl_ber_value *v)
{
    if (v->constructed) {
        tl_ber_skip(r, v);
        return (struct tl_bytes){ NULL, 0 };
    }
    const uint8_t *p = contents(r, v, 0);
    return (struct tl_bytes){ p, p != NULL ? v->len : 0 };
}
