/* buffer.h - bytes that grow: what a worker formats into, what a sink writes out. */
#ifndef TL_CORE_BUFFER_H
#define TL_CORE_BUFFER_H

#include "core/bytes.h"
#include "core/status.h"

/* Once memory runs out `failed` stays set and what is put goes nowhere. */
struct tl_buffer {
    uint8_t *data; /* owned */
    size_t len;
    size_t capacity;
    bool failed;
};

void tl_buffer_fini(struct tl_buffer *b);
/* Makes room for more than n more bytes; false (and failed) without memory. Not for direct use: tl_buffer_room is. */
bool tl_buffer_grow(struct tl_buffer *b, size_t n);

/* Room for n more bytes (and one, so that there is a place even for none) at the end, or NULL. Advance b->len. */
static inline uint8_t *tl_buffer_room(struct tl_buffer *b, size_t n)
{
    if (TL_UNLIKELY(b->capacity - b->len <= n) && !tl_buffer_grow(b, n))
        return NULL;
    return b->data + b->len;
}

static inline void tl_put(struct tl_buffer *b, const void *data, size_t n)
{
    uint8_t *p = tl_buffer_room(b, n);
    if (TL_LIKELY(p != NULL)) {
        memcpy(p, data, n);
        b->len += n;
    }
}

static inline void tl_put_char(struct tl_buffer *b, char c)
{
    uint8_t *p = tl_buffer_room(b, 1);
    if (TL_LIKELY(p != NULL)) {
        *p = (uint8_t)c;
        b->len++;
    }
}

/* A C string. */
static inline void tl_puts(struct tl_buffer *b, const char *s)
{
    tl_put(b, s, strlen(s));
}

/* A string literal: its length is a constant. */
#define tl_put_lit(b, s) tl_put((b), "" s, sizeof(s) - 1)

/* Numbers and addresses, always as in the C locale. */
void tl_put_u64(struct tl_buffer *b, uint64_t v);
void tl_put_i64(struct tl_buffer *b, int64_t v);
/* Lower-case hexadecimal, at least `digits` digits, no prefix. */
void tl_put_hex(struct tl_buffer *b, uint64_t v, unsigned digits);
/* Seconds with `decimals` (0 to 9) decimals from nanoseconds; what does not fit is cut off, not rounded. */
void tl_put_seconds(struct tl_buffer *b, int64_t ns, unsigned decimals);
/* Pairs of hexadecimal digits, with `separator` between them unless it is 0. */
void tl_put_hex_bytes(struct tl_buffer *b, const uint8_t *p, size_t n, char separator);
void tl_put_ipv4(struct tl_buffer *b, const uint8_t *addr);
void tl_put_ipv6(struct tl_buffer *b, const uint8_t *addr); /* RFC 5952 */
void tl_put_mac(struct tl_buffer *b, const uint8_t *addr);
void tl_put_format(struct tl_buffer *b, const char *format, ...) TL_PRINTF(2, 3); /* off the fast path only */

#endif
