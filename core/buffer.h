/* buffer.h - a growing byte buffer: workers format into it, sinks write from it. */
#ifndef TL_CORE_BUFFER_H
#define TL_CORE_BUFFER_H

#include "core/bytes.h"
#include "core/status.h"

/* When memory runs out `failed` is set for good, and later writes are dropped. */
struct tl_buffer {
    uint8_t *data; /* owned */
    size_t len;
    size_t capacity;
    bool failed;
};

void tl_buffer_fini(struct tl_buffer *b);
/*
 * Makes room for more than n more bytes. Returns false and sets failed without memory. Call tl_buffer_room() instead.
 */
bool tl_buffer_grow(struct tl_buffer *b, size_t n);

/* Returns room for n more bytes (and one spare, so n may be 0) at the end, or NULL. The caller advances b->len. */
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

/* Appends a C string. */
static inline void tl_puts(struct tl_buffer *b, const char *s)
{
    tl_put(b, s, strlen(s));
}

/* Appends a string literal, with a constant length. */
#define tl_put_lit(b, s) tl_put((b), "" s, sizeof(s) - 1)

/* Numbers and addresses, formatted as in the C locale. */
void tl_put_u64(struct tl_buffer *b, uint64_t v);
void tl_put_i64(struct tl_buffer *b, int64_t v);
/* Lower-case hexadecimal, at least `digits` digits, no prefix. */
void tl_put_hex(struct tl_buffer *b, uint64_t v, unsigned digits);
/* Nanoseconds as seconds with `decimals` (0 to 9) decimals. Further digits are cut off, not rounded. */
void tl_put_seconds(struct tl_buffer *b, int64_t ns, unsigned decimals);
/* Pairs of hexadecimal digits, separated by `separator` unless it is 0. */
void tl_put_hex_bytes(struct tl_buffer *b, const uint8_t *p, size_t n, char separator);
void tl_put_ipv4(struct tl_buffer *b, const uint8_t *addr);
void tl_put_ipv6(struct tl_buffer *b, const uint8_t *addr); /* RFC 5952 */
void tl_put_mac(struct tl_buffer *b, const uint8_t *addr);
void tl_put_format(struct tl_buffer *b, const char *format, ...) TL_PRINTF(2, 3); /* slow: not on the fast path */

#endif
