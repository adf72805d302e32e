/* buffer.c - a growing byte buffer, and numbers and addresses as text. */
#include "core/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/digits.h"

void tl_buffer_fini(struct tl_buffer *b)
{
    free(b->data);
    *b = (struct tl_buffer){ 0 };
}

bool tl_buffer_grow(struct tl_buffer *b, size_t n)
{
    if (b->failed)
        return false;
    size_t capacity = b->capacity ? b->capacity : 4096;
    while (capacity - b->len <= n && capacity <= SIZE_MAX / 2)
        capacity *= 2;
    uint8_t *data = capacity - b->len <= n ? NULL : realloc(b->data, capacity);
    if (data == NULL) {
        b->failed = true;
        return false;
    }
    b->data = data;
    b->capacity = capacity;
    return true;
}

/* tl_put_x() makes room for x and writes it. */
#define PUT(name, room, type, write)               \
    void name(struct tl_buffer *b, type v)         \
    {                                              \
        uint8_t *p = tl_buffer_room(b, (room));    \
        if (p != NULL)                             \
            b->len += (size_t)(write(p, v) - p);   \
    }
PUT(tl_put_u64, TL_ROOM_U64, uint64_t, tl_write_u64)
PUT(tl_put_ipv4, TL_ROOM_IPV4, const uint8_t *, tl_write_ipv4)
PUT(tl_put_ipv6, TL_ROOM_IPV6, const uint8_t *, tl_write_ipv6)
PUT(tl_put_mac, TL_ROOM_MAC, const uint8_t *, tl_write_mac)
#undef PUT

void tl_put_i64(struct tl_buffer *b, int64_t v)
{
    if (v < 0)
        tl_put_char(b, '-');
    tl_put_u64(b, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

static const char hex[] = "0123456789abcdef";

void tl_put_hex(struct tl_buffer *b, uint64_t v, unsigned digits)
{
    uint8_t text[16];
    unsigned n = 0;
    do {
        text[15 - n++] = (uint8_t)hex[v & 15];
        v >>= 4;
    } while (n < 16 && (v != 0 || n < digits));
    tl_put(b, text + 16 - n, n);
}

void tl_put_seconds(struct tl_buffer *b, int64_t ns, unsigned decimals)
{
    uint8_t *p = tl_buffer_room(b, TL_ROOM_SECONDS);
    if (p != NULL)
        b->len += (size_t)(tl_write_seconds(p, ns, decimals) - p);
}

void tl_put_hex_bytes(struct tl_buffer *b, const uint8_t *p, size_t n, char separator)
{
    uint8_t *out = tl_buffer_room(b, n * 3);
    if (out == NULL)
        return;
    uint8_t *start = out;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && separator != 0)
            *out++ = (uint8_t)separator;
        *out++ = (uint8_t)hex[p[i] >> 4];
        *out++ = (uint8_t)hex[p[i] & 15];
    }
    b->len += (size_t)(out - start);
}

void tl_put_format(struct tl_buffer *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char text[512];
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n > 0)
        tl_put(b, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}
