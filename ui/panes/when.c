/* when.c - the C library knows the calendar. */
#include "ui/panes/when.h"

#include <stdlib.h>
#include <time.h>

#include "core/time.h"

#define SECOND INT64_C(1000000000)

/* "12.0345" as ns; *end is after it. false: no digits, or too many. */
static bool read_seconds(const char *text, const char **end, int64_t *ns)
{
    int64_t value = 0, unit = SECOND;
    const char *p = text;
    for (; *p >= '0' && *p <= '9' && p - text < 9; p++)
        value = value * 10 + (*p - '0');
    if (p == text)
        return false;
    value *= SECOND;
    if (*p == '.') {
        for (p++; *p >= '0' && *p <= '9' && unit > 1; p++) {
            unit /= 10;
            value += unit * (*p - '0');
        }
    }
    *ns = value;
    *end = p;
    return true;
}

static bool read_since(const struct tl_store *store, const char *text, int64_t *ts)
{
    struct tl_row first;
    const char *end;
    int64_t since;
    if (!read_seconds(text, &end, &since) || *end != '\0' ||
        !tl_store_row(store, tl_store_first(store), &first) || !tl_time_fits(first.ts))
        return false;
    *ts = (int64_t)((uint64_t)first.ts + (uint64_t)since);
    return true;
}

bool tl_when(const struct tl_store *store, uint64_t packet, const char *text, int64_t *ts)
{
    struct tl_row row;
    struct tm tm;
    char *rest;
    const char *end;
    int64_t seconds = 0;
    if (text[0] == '+')
        return read_since(store, text + 1, ts);
    long hour = strtol(text, &rest, 10);
    if (rest == text || *rest != ':' || hour < 0 || hour > 23)
        return false;
    const char *minutes = rest + 1;
    long minute = strtol(minutes, &rest, 10);
    if (rest == minutes || minute < 0 || minute > 59)
        return false;
    end = rest;
    if (*rest == ':' && !read_seconds(rest + 1, &end, &seconds))
        return false;
    if (*end != '\0' || seconds > 60 * SECOND || !tl_store_row(store, packet, &row) ||
        !tl_time_fits(row.ts))
        return false;
    time_t day = (time_t)(row.ts / SECOND - (row.ts % SECOND < 0));
    if (localtime_r(&day, &tm) == NULL)
        return false;
    tm.tm_hour = (int)hour;
    tm.tm_min = (int)minute;
    tm.tm_sec = 0;
    tm.tm_isdst = -1;
    time_t then = mktime(&tm);
    *ts = (int64_t)((uint64_t)then * (uint64_t)SECOND + (uint64_t)seconds);
    return true;
}

uint64_t tl_when_row(const struct tl_store *store, int64_t ts)
{
    uint64_t low = tl_store_first(store), count = tl_store_count(store), high = count;
    struct tl_row row;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (tl_store_row(store, middle, &row) && row.ts >= ts)
            high = middle;
        else
            low = middle + 1;
    }
    return low < count || count == 0 ? low : count - 1;
}
