/* values.c - formats the rarer kinds of values. */
#include "core/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Puts what printf wrote, with a point in place of the locale's decimal sign. */
static void put_in_c_locale(struct tl_buffer *b, const char *text)
{
    bool other = false;
    for (; *text != '\0'; text++) {
        bool plain = strchr("0123456789+-einfa", *text) != NULL;
        if (plain)
            tl_put_char(b, *text);
        else if (!other)
            tl_put_char(b, '.');
        other = !plain;
    }
}

void tl_put_double(struct tl_buffer *b, double value)
{
    char text[64];
    int digits = 15;
    do
        snprintf(text, sizeof text, "%.*g", digits, value);
    /* NaN never compares equal and gets 17 digits, which is harmless */
    while (digits++ < 17 && strtod(text, NULL) != value);
    put_in_c_locale(b, value != value ? "nan" : text);
}

void tl_put_float(struct tl_buffer *b, float value)
{
    char text[64];
    int digits = 6;
    do
        snprintf(text, sizeof text, "%.*g", digits, (double)value);
    while (digits++ < 9 && strtof(text, NULL) != value);
    put_in_c_locale(b, value != value ? "nan" : text);
}

void tl_put_guid(struct tl_buffer *b, const uint8_t guid[16], bool little)
{
    static const uint8_t turned[8] = { 3, 2, 1, 0, 5, 4, 7, 6 };
    for (unsigned i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            tl_put_char(b, '-');
        tl_put_hex(b, guid[little && i < 8 ? turned[i] : i], 2);
    }
}

static void put_u128(struct tl_buffer *b, unsigned __int128 v)
{
    char digits[40];
    unsigned n = 0;
    do {
        digits[n++] = (char)('0' + (unsigned)(v % 10));
        v /= 10;
    } while (v != 0);
    while (n > 0)
        tl_put_char(b, digits[--n]);
}

bool tl_put_oid(struct tl_buffer *b, struct tl_bytes oid)
{
    size_t begin = b->len;
    unsigned __int128 arc = 0;
    bool first = true, open = false;
    for (uint32_t i = 0; i < oid.len; i++) {
        if ((!open && oid.data[i] == 0x80) || arc >> 121 != 0) { /* padded, or too large */
            b->len = begin;
            return false;
        }
        arc = arc << 7 | (oid.data[i] & 0x7f);
        open = (oid.data[i] & 0x80) != 0;
        if (open)
            continue;
        if (first) { /* the first two arcs share a number: 40 times the first, which is at most 2, plus the second */
            unsigned top = arc < 40 ? 0 : arc < 80 ? 1 : 2;
            tl_put_u64(b, top);
            arc -= top * 40;
            first = false;
        }
        tl_put_char(b, '.');
        put_u128(b, arc);
        arc = 0;
    }
    if (first || open)
        b->len = begin;
    return !first && !open;
}

void tl_put_utc(struct tl_buffer *b, int64_t ns)
{
    int64_t seconds = ns / 1000000000, rest = ns % 1000000000;
    if (rest < 0) {
        seconds--;
        rest += 1000000000;
    }
    struct tm tm;
    time_t t = (time_t)seconds;
    if (gmtime_r(&t, &tm) == NULL)
        return;
    tl_put_format(b, "%04d-%02d-%02d %02d:%02d:%02d.%09d UTC", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
                  tm.tm_min, tm.tm_sec, (int)rest);
}
