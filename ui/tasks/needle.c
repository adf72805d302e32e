/* needle.c - plain search, byte by byte. */
#include "ui/tasks/needle.h"

#include <stdio.h>
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
    if (needle->len == 0 || from >= len)
        return len;
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
