/* needle.c - plain search, byte by byte, and regular expressions of the C library. */
#include "ui/tasks/needle.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* The digits after 0x; *wrong: it begins as hexadecimal, and is incomplete. false: it is a text. */
static bool set_hex(struct tl_needle *needle, const char *text, bool *wrong)
{
    unsigned digits = 0;
    if (text[0] != '0' || (text[1] != 'x' && text[1] != 'X'))
        return false;
    for (const char *p = text + 2; *p != '\0'; p++) {
        int value = digit(*p);
        if (*p == ' ')
            continue;
        if (value < 0)
            return false;
        uint8_t *byte = &needle->bytes[digits / 2];
        *byte = (uint8_t)(*byte << 4 | value);
        digits++;
    }
    *wrong = digits == 0 || digits % 2 != 0;
    needle->len = digits / 2;
    return true;
}

bool tl_needle_set(struct tl_needle *needle, const char *text)
{
    struct tl_needle made = { .fold = true };
    bool wrong = false;
    snprintf(made.text, sizeof made.text, "%s", text);
    if (set_hex(&made, made.text, &wrong)) {
        made.fold = false;
    } else {
        memset(made.bytes, 0, sizeof made.bytes);
        made.len = strlen(made.text);
        memcpy(made.bytes, made.text, made.len);
        for (size_t i = 0; i < made.len; i++)
            made.fold = made.fold && !(made.bytes[i] >= 'A' && made.bytes[i] <= 'Z');
    }
    if (!wrong)
        *needle = made;
    return !wrong;
}

/* --- regular expressions --- */

struct tl_needle_pattern {
    struct tl_needle_pattern *next;
    regex_t compiled;
};

bool tl_needle_set_regex(struct tl_needle *needle, const char *text, struct tl_needle_pattern **list, char *why,
                         size_t room)
{
    struct tl_needle made = { .fold = true };
    struct tl_needle_pattern *regex = calloc(1, sizeof *regex);
    snprintf(made.text, sizeof made.text, "%s", text);
    made.len = strlen(made.text);
    for (size_t i = 0; i < made.len; i++)
        made.fold = made.fold && !(made.text[i] >= 'A' && made.text[i] <= 'Z');
    int wrong = regex == NULL
                    ? REG_ESPACE
                    : regcomp(&regex->compiled, made.text, REG_EXTENDED | REG_NEWLINE | (made.fold ? REG_ICASE : 0));
    if (wrong != 0) {
        (void)regerror(wrong, regex != NULL ? &regex->compiled : NULL, why, room);
        free(regex);
        return false;
    }
    regex->next = *list;
    *list = made.len > 0 ? regex : regex->next;
    made.regex = regex;
    if (made.len > 0) {
        *needle = made;
    } else {
        regfree(&regex->compiled);
        free(regex);
    }
    return true;
}

void tl_needle_patterns_free(struct tl_needle_pattern *list)
{
    while (list != NULL) {
        struct tl_needle_pattern *next = list->next;
        regfree(&list->compiled);
        free(list);
        list = next;
    }
}

/* Offset of the first match that is not empty, with its length; len: none. */
static size_t first_match(const struct tl_needle *needle, const void *hay, size_t len, size_t from, size_t *match)
{
    while (from < len) {
        regmatch_t at = { .rm_so = (regoff_t)from, .rm_eo = (regoff_t)len };
        int before = from > 0 && ((const char *)hay)[from - 1] != '\n' ? REG_NOTBOL : 0;
        if (len > INT32_MAX || regexec(&needle->regex->compiled, hay, 1, &at, REG_STARTEND | before) != 0)
            return len;
        *match = (size_t)(at.rm_eo - at.rm_so);
        if (*match > 0)
            return (size_t)at.rm_so;
        from = (size_t)at.rm_so + 1;
    }
    return len;
}

static size_t last_match(const struct tl_needle *needle, const void *hay, size_t len, size_t before)
{
    size_t last = len, match;
    for (size_t at = 0;; at++) {
        at = first_match(needle, hay, len, at, &match);
        if (at >= len || at >= before)
            return last;
        last = at;
    }
}

size_t tl_needle_length(const struct tl_needle *needle, const void *hay, size_t len, size_t at)
{
    size_t match = 0;
    if (needle->regex == NULL)
        return needle->len;
    return first_match(needle, hay, len, at, &match) == at ? match : 0;
}

/* --- text and bytes --- */

static uint8_t small(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

static bool stands_at(const struct tl_needle *needle, const uint8_t *hay)
{
    for (size_t i = 0; i < needle->len; i++) {
        if ((needle->fold ? small(hay[i]) : hay[i]) != needle->bytes[i])
            return false;
    }
    return true;
}

size_t tl_needle_first(const struct tl_needle *needle, const void *hay, size_t len, size_t from)
{
    const uint8_t *p = hay;
    size_t match;
    if (needle->len == 0 || from >= len)
        return len;
    if (needle->regex != NULL)
        return first_match(needle, hay, len, from, &match);
    if (!needle->fold) {
        const uint8_t *found = memmem(p + from, len - from, needle->bytes, needle->len);
        return found != NULL ? (size_t)(found - p) : len;
    }
    for (size_t at = from; len - at >= needle->len; at++) {
        if (small(p[at]) == needle->bytes[0] && stands_at(needle, p + at))
            return at;
    }
    return len;
}

size_t tl_needle_last(const struct tl_needle *needle, const void *hay, size_t len, size_t before)
{
    const uint8_t *p = hay;
    if (needle->regex != NULL)
        return last_match(needle, hay, len, before);
    if (needle->len == 0 || len < needle->len)
        return len;
    if (before > len - needle->len + 1)
        before = len - needle->len + 1;
    for (size_t at = before; at-- > 0;) {
        if (stands_at(needle, p + at))
            return at;
    }
    return len;
}
