/* members.c - reads the members of a record as the records sink wrote it. */
#include "sinks/members.h"

#include <string.h>

/* Returns what is behind the string that begins at p, or NULL. */
static const uint8_t *skip_string(const uint8_t *p, const uint8_t *end)
{
    const uint8_t *from = p + 1;
    for (;;) {
        const uint8_t *quote = from < end ? memchr(from, '"', (size_t)(end - from)) : NULL, *q = quote;
        if (quote == NULL)
            return NULL;
        while (q > p + 1 && q[-1] == '\\')
            q--;
        from = quote + 1;
        if ((quote - q) % 2 == 0)
            return from;
    }
}

/* Returns what is behind the value at p, or NULL. */
static const uint8_t *skip_value(const uint8_t *p, const uint8_t *end)
{
    unsigned depth = 0;
    while (p != NULL && p < end) {
        if (*p == '"') {
            p = skip_string(p, end);
            continue;
        }
        if (*p == '[' || *p == '{') {
            depth++;
        } else if (*p == ']' || *p == '}' || *p == ',') {
            if (depth == 0)
                return p;
            depth -= *p != ',';
        }
        p++;
    }
    return NULL;
}

bool tl_member_next(const uint8_t **p, const uint8_t *end, struct tl_member *member)
{
    const uint8_t *key = *p;
    if (key == NULL || key >= end || *key != '"')
        return false;
    const uint8_t *after = skip_string(key, end);
    if (after == NULL || after >= end || *after != ':')
        return false;
    const uint8_t *behind = skip_value(after + 1, end);
    if (behind == NULL)
        return false;
    *member = (struct tl_member){ key + 1, (size_t)(after - key) - 2, after + 1, (size_t)(behind - after) - 1 };
    *p = behind + 1;
    return true;
}

bool tl_member_is(const struct tl_member *member, const char *key)
{
    return strlen(key) == member->key_len && memcmp(key, member->key, member->key_len) == 0;
}

bool tl_member_find(const uint8_t *line, size_t len, const char *key, struct tl_member *member)
{
    const uint8_t *end = line + len;
    if (len < 2)
        return false;
    for (const uint8_t *p = line + 1; tl_member_next(&p, end, member);)
        if (tl_member_is(member, key))
            return true;
    return false;
}

/* The civil date of a number of days: eras of 400 years have 146,097 days, years begin in March. */
static void put_day(struct tl_buffer *out, int64_t days)
{
    int64_t z = days + 719468, era = z / 146097, doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365, doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153, day = doy - (153 * mp + 2) / 5 + 1, month = mp < 10 ? mp + 3 : mp - 9;
    int64_t year = yoe + era * 400 + (month <= 2);
    const int64_t parts[] = { year / 100, year % 100, month, day };
    for (unsigned i = 0; i < 4; i++) {
        if (i > 1)
            tl_put_char(out, '-');
        tl_put_char(out, (char)('0' + parts[i] / 10));
        tl_put_char(out, (char)('0' + parts[i] % 10));
    }
}

bool tl_member_put_date(struct tl_buffer *out, const struct tl_member *m, char between, const char *after)
{
    int64_t seconds = 0;
    size_t i = 0;
    for (; i < m->len && m->value[i] >= '0' && m->value[i] <= '9' && i < 13; i++)
        seconds = 10 * seconds + (m->value[i] - '0');
    if (i == 0 || seconds > INT64_C(9223372036) || (i < m->len && m->value[i] != '.'))
        return false;
    const int64_t clock[] = { seconds / 3600 % 24, seconds / 60 % 60, seconds % 60 };
    tl_put_char(out, '"');
    put_day(out, seconds / 86400);
    for (unsigned k = 0; k < 3; k++) {
        tl_put_char(out, k == 0 ? between : ':');
        tl_put_char(out, (char)('0' + clock[k] / 10));
        tl_put_char(out, (char)('0' + clock[k] % 10));
    }
    tl_put(out, m->value + i, m->len - i);
    tl_puts(out, after);
    tl_put_char(out, '"');
    return true;
}

void tl_put_nested(struct tl_buffer *out, const uint8_t *json, size_t len)
{
    tl_put_char(out, '"');
    for (size_t i = 0; i < len; i++) {
        if (json[i] == '"' || json[i] == '\\')
            tl_put_char(out, '\\');
        tl_put_char(out, (char)json[i]);
    }
    tl_put_char(out, '"');
}

bool tl_member_kind(const uint8_t *line, size_t len, const uint8_t **kind, size_t *kind_len)
{
    static const char lead[] = "{\"_path\":\"";
    size_t at = sizeof lead - 1;
    const uint8_t *end = len > at && memcmp(line, lead, at) == 0 ? memchr(line + at, '"', len - at) : NULL;
    *kind = end != NULL ? line + at : line;
    *kind_len = end != NULL ? (size_t)(end - *kind) : 0;
    return end != NULL;
}
