/* buffer.c - bytes that grow, and numbers and addresses as text. */
#include "core/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

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
    while (capacity - b->len < n && capacity <= SIZE_MAX / 2)
        capacity *= 2;
    uint8_t *data = capacity - b->len < n ? NULL : realloc(b->data, capacity);
    if (data == NULL) {
        b->failed = true;
        return false;
    }
    b->data = data;
    b->capacity = capacity;
    return true;
}

static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051"
                            "525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

/* Writes v so that it ends before `end`; returns where it begins. */
static uint8_t *digits_before(uint8_t *end, uint64_t v)
{
    while (v >= 100) {
        end -= 2;
        memcpy(end, pairs + v % 100 * 2, 2);
        v /= 100;
    }
    if (v >= 10) {
        end -= 2;
        memcpy(end, pairs + v * 2, 2);
    } else {
        *--end = (uint8_t)('0' + v);
    }
    return end;
}

void tl_put_u64(struct tl_buffer *b, uint64_t v)
{
    uint8_t text[20], *end = text + sizeof text, *p = digits_before(end, v);
    tl_put(b, p, (size_t)(end - p));
}

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
    uint8_t *p = tl_buffer_room(b, 32);
    if (p == NULL)
        return;
    uint64_t v = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    uint8_t text[32], *end = text + sizeof text;
    uint64_t fraction = v % 1000000000;
    for (unsigned cut = decimals; cut < 9; cut++)
        fraction /= 10;
    uint8_t *at = end - decimals;
    for (unsigned i = decimals; i > 0; i--) {
        at[i - 1] = (uint8_t)('0' + fraction % 10);
        fraction /= 10;
    }
    if (decimals > 0)
        *--at = '.';
    at = digits_before(at, v / 1000000000);
    if (ns < 0)
        *--at = '-';
    memcpy(p, at, (size_t)(end - at));
    b->len += (size_t)(end - at);
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

static uint8_t *octet(uint8_t *out, unsigned v)
{
    if (v >= 100) {
        *out++ = (uint8_t)('0' + v / 100);
        memcpy(out, pairs + v % 100 * 2, 2);
        return out + 2;
    }
    if (v >= 10) {
        memcpy(out, pairs + v * 2, 2);
        return out + 2;
    }
    *out++ = (uint8_t)('0' + v);
    return out;
}

void tl_put_ipv4(struct tl_buffer *b, const uint8_t addr[4])
{
    uint8_t *start = tl_buffer_room(b, 16), *out = start;
    if (out == NULL)
        return;
    for (unsigned i = 0; i < 4; i++) {
        if (i > 0)
            *out++ = '.';
        out = octet(out, addr[i]);
    }
    b->len += (size_t)(out - start);
}

/* The longest run of two or more zero groups (RFC 5952 section 4.2): where it begins, or 8; its length in *len. */
static unsigned zero_run(const uint16_t group[8], unsigned *len)
{
    unsigned best = 8;
    *len = 1;
    for (unsigned i = 0; i < 8;) {
        unsigned n = 0;
        while (i + n < 8 && group[i + n] == 0)
            n++;
        if (n > *len) {
            best = i;
            *len = n;
        }
        i += n + 1;
    }
    return best;
}

void tl_put_ipv6(struct tl_buffer *b, const uint8_t addr[16])
{
    uint16_t group[8];
    for (unsigned i = 0; i < 8; i++)
        group[i] = tl_load_be16(addr + i * 2);
    if (tl_load_be64(addr) == 0 && group[4] == 0 && group[5] == 0xffff) { /* RFC 5952 section 5 */
        tl_put_lit(b, "::ffff:");
        tl_put_ipv4(b, addr + 12);
        return;
    }
    unsigned run_len, run = zero_run(group, &run_len);
    for (unsigned i = 0; i < 8; i++) {
        if (i == run) {
            tl_put_lit(b, "::");
            i += run_len - 1;
            continue;
        }
        if (i > 0 && i != run + run_len)
            tl_put_char(b, ':');
        tl_put_hex(b, group[i], 1);
    }
}

void tl_put_mac(struct tl_buffer *b, const uint8_t addr[6])
{
    tl_put_hex_bytes(b, addr, 6, ':');
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
