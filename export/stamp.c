/* stamp.c - the time at the start of a packet's text. */
#include "export/stamp.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "core/time.h"

#define SECOND INT64_C(1000000000)

bool tl_stamp_is_difference(enum tl_stamp form)
{
    return form >= TL_STAMP_DELTA_CLOCK;
}

/* Appends .123456, or nine digits. */
static void put_fraction(struct tl_buffer *out, int64_t ns, unsigned decimals)
{
    if (decimals > 6)
        tl_put_format(out, ".%09" PRId64, ns);
    else
        tl_put_format(out, ".%06" PRId64, ns / 1000);
}

static void put_utc(struct tl_buffer *out, int64_t ts, unsigned decimals, bool dated)
{
    int64_t ns = (ts % SECOND + SECOND) % SECOND;
    time_t seconds = (time_t)((ts - ns) / SECOND);
    struct tm tm = { 0 };
    gmtime_r(&seconds, &tm);
    if (dated)
        tl_put_format(out, "%04d-%02d-%02d ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
    tl_put_format(out, "%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
    put_fraction(out, ns, decimals);
}

/* Before 1970 the whole seconds and the fraction count in the same direction: -1.5 is one and a half seconds before. */
static void put_seconds(struct tl_buffer *out, int64_t ns, unsigned decimals)
{
    uint64_t size = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    tl_put_format(out, "%s%" PRIu64, ns < 0 ? "-" : "", size / SECOND);
    put_fraction(out, (int64_t)(size % SECOND), decimals);
}

/* The date and time of the view, without its zone. */
static void put_local(struct tl_buffer *out, struct tl_local_zone *zone, int64_t ts, unsigned decimals)
{
    size_t before = out->len;
    tl_put_date_and_time(out, zone, ts, decimals);
    if (!out->failed && out->len > before + 6)
        out->len -= strlen(" +0000");
}

void tl_put_stamp(struct tl_buffer *out, enum tl_stamp form, struct tl_local_zone *zone, int64_t ts,
                  unsigned decimals)
{
    if (form == TL_STAMP_NONE)
        return;
    if (form == TL_STAMP_CLOCK || !tl_time_fits(ts))
        tl_put_time_of_day(out, zone, ts, decimals); /* names a time outside */
    else if (form == TL_STAMP_EPOCH)
        put_seconds(out, ts, decimals);
    else if (form == TL_STAMP_DATE)
        put_local(out, zone, ts, decimals);
    else
        put_utc(out, ts, decimals, form == TL_STAMP_UTC_DATE);
}

void tl_put_difference(struct tl_buffer *out, enum tl_stamp form, int64_t difference, unsigned decimals)
{
    if (form == TL_STAMP_DELTA || form == TL_STAMP_FIRST) {
        put_seconds(out, difference, decimals);
        return;
    }
    uint64_t size = difference < 0 ? 0 - (uint64_t)difference : (uint64_t)difference, seconds = size / SECOND;
    tl_put_format(out, "%s%02" PRIu64 ":%02" PRIu64 ":%02" PRIu64, difference < 0 ? "-" : "", seconds / 3600,
                  seconds / 60 % 60, seconds % 60);
    put_fraction(out, (int64_t)(size % SECOND), decimals);
}
