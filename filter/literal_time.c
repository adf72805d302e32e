/* literal_time.c - absolute times in filters. */
#include "filter/literal.h"

#include <time.h>

struct reader {
    const char *p;
};

static bool read_digits(struct reader *r, unsigned least, unsigned most, int *value)
{
    unsigned n = 0;
    for (*value = 0; n < most && *r->p >= '0' && *r->p <= '9'; n++)
        *value = *value * 10 + (*r->p++ - '0');
    return n >= least;
}

static bool is_next(struct reader *r, char c)
{
    if (*r->p != c)
        return false;
    r->p++;
    return true;
}

static void skip_blanks(struct reader *r)
{
    while (*r->p == ' ')
        r->p++;
}

/* 2024-01-31, or Jan 31, 2024 */
static bool read_date(struct reader *r, struct tm *tm)
{
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    for (int i = 0; i < 12; i++) {
        if (strncmp(r->p, months[i], 3) != 0)
            continue;
        r->p += 3;
        tm->tm_mon = i + 1;
        skip_blanks(r);
        if (!read_digits(r, 1, 2, &tm->tm_mday) || !is_next(r, ','))
            return false;
        skip_blanks(r);
        return read_digits(r, 4, 4, &tm->tm_year);
    }
    return read_digits(r, 4, 4, &tm->tm_year) && is_next(r, '-') && read_digits(r, 1, 2, &tm->tm_mon) &&
           is_next(r, '-') && read_digits(r, 1, 2, &tm->tm_mday);
}

static bool read_time_of_day(struct reader *r, struct tm *tm, int *ns)
{
    if (!read_digits(r, 1, 2, &tm->tm_hour) || !is_next(r, ':') || !read_digits(r, 2, 2, &tm->tm_min))
        return false;
    if (!is_next(r, ':'))
        return true;
    if (!read_digits(r, 2, 2, &tm->tm_sec))
        return false;
    if (!is_next(r, '.'))
        return true;
    int digit;
    unsigned n = 0;
    for (; read_digits(r, 1, 1, &digit); n++)
        *ns = n < 9 ? *ns * 10 + digit : *ns;
    for (unsigned i = n; i < 9; i++)
        *ns *= 10;
    return n > 0;
}

/* Z, UTC, +hh:mm, +hhmm. Sets *local if there is none of them. */
static bool read_zone(struct reader *r, bool *local, int *offset)
{
    int hours = 0, minutes = 0;
    skip_blanks(r);
    *local = *r->p == '\0';
    if (*local || strcmp(r->p, "Z") == 0 || strcmp(r->p, "UTC") == 0)
        return true;
    bool west = *r->p == '-';
    if (!west && *r->p != '+')
        return false;
    r->p++;
    if (!read_digits(r, 2, 2, &hours))
        return false;
    (void)is_next(r, ':');
    if (!read_digits(r, 2, 2, &minutes) || *r->p != '\0')
        return false;
    *offset = (hours * 60 + minutes) * (west ? -60 : 60);
    return true;
}

static bool is_valid(const struct tm *tm)
{
    return tm->tm_mon >= 1 && tm->tm_mon <= 12 && tm->tm_mday >= 1 && tm->tm_mday <= 31 && tm->tm_hour <= 23 &&
           tm->tm_min <= 59 && tm->tm_sec <= 60 && tm->tm_year >= 1678 && tm->tm_year <= 2261;
}

bool tl_literal_time(struct tl_bytes text, int64_t *ns)
{
    char copy[64];
    struct tm tm = { .tm_isdst = -1 };
    int fraction = 0, offset = 0;
    bool local;
    struct reader r = { copy };
    if (text.len >= sizeof copy)
        return false;
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    if (!read_date(&r, &tm))
        return false;
    bool timed = is_next(&r, 'T') || is_next(&r, ' ');
    skip_blanks(&r);
    if (timed && *r.p >= '0' && *r.p <= '9' && !read_time_of_day(&r, &tm, &fraction))
        return false;
    if (!read_zone(&r, &local, &offset) || !is_valid(&tm))
        return false;
    tm.tm_year -= 1900;
    tm.tm_mon--;
    time_t seconds = local ? mktime(&tm) : timegm(&tm);
    *ns = ((int64_t)seconds - offset) * 1000000000 + fraction;
    return true;
}
