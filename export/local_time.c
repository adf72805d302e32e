/* local_time.c - times in the local time zone. */
#include "export/local_time.h"

#include <time.h>

#include "core/time.h"

/* Zone offsets change only at multiples of a quarter of an hour, so an offset is valid for that time. */
enum { SLOT = 900, DAY = 86400, BIAS = 1 << 19 };

void tl_local_zone_init(struct tl_local_zone *zone)
{
    tzset(); /* must run before any sandbox; localtime_r() need not call it */
    atomic_init(&zone->last, 0);
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Returns the seconds to add for local time. Slot number and offset share one word, so they are read together. */
static int64_t offset_at(struct tl_local_zone *zone, int64_t seconds)
{
    int64_t slot = floor_div(seconds, SLOT);
    uint64_t last = atomic_load_explicit(&zone->last, memory_order_relaxed);
    if (TL_LIKELY(last >> 20 == ((uint64_t)slot & (UINT64_MAX >> 20)) && (last & 0xfffff) != 0))
        return (int64_t)(last & 0xfffff) - BIAS;
    time_t at = (time_t)(slot * SLOT);
    struct tm tm;
    int64_t offset = localtime_r(&at, &tm) != NULL ? tm.tm_gmtoff : 0;
    atomic_store_explicit(&zone->last, (uint64_t)slot << 20 | (uint64_t)(offset + BIAS), memory_order_relaxed);
    return offset;
}

static void two_digits(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)('0' + v / 10);
    p[1] = (uint8_t)('0' + v % 10);
}

/* local: seconds of local time; rest: nanoseconds. */
static void put_clock(struct tl_buffer *b, int64_t local, unsigned rest, unsigned decimals)
{
    uint8_t *p = tl_buffer_room(b, 32);
    if (p == NULL)
        return;
    unsigned of_day = (unsigned)(local - floor_div(local, DAY) * DAY);
    two_digits(p, of_day / 3600);
    p[2] = ':';
    two_digits(p + 3, of_day / 60 % 60);
    p[5] = ':';
    two_digits(p + 6, of_day % 60);
    p[8] = '.';
    unsigned n = decimals > 6 ? 9 : 6;
    if (n == 6)
        rest /= 1000;
    for (unsigned i = n; i > 0; i--) {
        p[8 + i] = (uint8_t)('0' + rest % 10);
        rest /= 10;
    }
    b->len += 9 + n;
}

/* Returns false for a time within the range. */
static bool put_outside(struct tl_buffer *b, int64_t ts)
{
    if (TL_LIKELY(tl_time_fits(ts)))
        return false;
    tl_put_char(b, '[');
    tl_puts(b, tl_time_outside(ts));
    tl_put_char(b, ']');
    return true;
}

void tl_put_time_of_day(struct tl_buffer *b, struct tl_local_zone *zone, int64_t ts, unsigned decimals)
{
    if (put_outside(b, ts))
        return;
    int64_t seconds = floor_div(ts, 1000000000);
    put_clock(b, seconds + offset_at(zone, seconds), (unsigned)(ts - seconds * 1000000000), decimals);
}

void tl_put_date_and_time(struct tl_buffer *b, struct tl_local_zone *zone, int64_t ts, unsigned decimals)
{
    if (put_outside(b, ts))
        return;
    int64_t seconds = floor_div(ts, 1000000000), offset = offset_at(zone, seconds);
    time_t local = (time_t)(seconds + offset);
    struct tm tm = { 0 };
    gmtime_r(&local, &tm);
    tl_put_format(b, "%04d-%02d-%02d ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
    put_clock(b, local, (unsigned)(ts - seconds * 1000000000), decimals);
    unsigned minutes = (unsigned)(offset < 0 ? -offset : offset) / 60;
    tl_put_format(b, " %c%02u%02u", offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
}
