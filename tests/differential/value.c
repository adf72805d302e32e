/* value.c - compares one of our JSON values with one of tshark's texts. */
#include "tests/differential/value.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { TRIES_MOST = 10000 };

/* Returns the next byte of a text with escapes resolved; -1 at the end. */
static int next_byte(const char **text)
{
    static const char letters[] = "abfnrtve", bytes[] = "\a\b\f\n\r\t\v\033";
    const char *p = *text;
    if (*p == '\0')
        return -1;
    *text = p + 1;
    if (*p != '\\' || p[1] == '\0')
        return (uint8_t)*p;
    *text = p + 2;
    const char *letter = strchr(letters, p[1]);
    if (letter != NULL)
        return bytes[letter - letters];
    char digits[4] = { 0 };
    if (p[1] == 'x' && p[2] != '\0' && p[3] != '\0') {
        memcpy(digits, p + 2, 2);
        *text = p + 4;
        return (int)strtoul(digits, NULL, 16);
    }
    if (p[1] >= '0' && p[1] <= '7' && p[2] != '\0' && p[3] != '\0') {
        memcpy(digits, p + 1, 3);
        *text = p + 4;
        return (int)strtoul(digits, NULL, 8) & 0xff;
    }
    if (p[1] != '\\' && p[1] != '"') /* not an escape: tshark does not always double a backslash */
        *text = p + 1;
    return p[1] == '"' ? '"' : '\\';
}

/* tshark writes U+FFFD for one to three invalid bytes; we keep the bytes. */
static bool text_matches(const char *ours, const char *theirs, unsigned *tries)
{
    static const char unknown[] = "\xef\xbf\xbd";
    while (*ours != '\0' && *theirs != '\0') {
        if (++*tries > TRIES_MOST)
            return false;
        const char *mine = ours, *other = theirs;
        int a = next_byte(&mine), b = next_byte(&other);
        if (a == '\\' && *theirs == '\\' && text_matches(mine, theirs + 1, tries))
            return true; /* a backslash that tshark did not double */
        if (a != b || strncmp(theirs, unknown, 3) == 0) {
            if (a < 0x80 || strncmp(theirs, unknown, 3) != 0)
                return false;
            for (unsigned n = 1; n <= 3 && a >= 0x80; n++, a = next_byte(&mine)) {
                if (text_matches(mine, theirs + 3, tries))
                    return true;
            }
            return false;
        }
        ours = mine;
        theirs = other;
    }
    return *ours == *theirs;
}

static bool address_equal(const char *ours, const char *theirs)
{
    uint8_t mine[16], other[16];
    if (inet_pton(AF_INET, ours, mine) == 1)
        return inet_pton(AF_INET, theirs, other) == 1 && memcmp(mine, other, 4) == 0;
    if (inet_pton(AF_INET6, ours, mine) == 1)
        return inet_pton(AF_INET6, theirs, other) == 1 && memcmp(mine, other, 16) == 0;
    return false;
}

/* Parses a number; trailing text is an error. */
static bool number_of(const char *text, int64_t *value)
{
    char *end;
    errno = 0;
    bool hex = strncmp(text, "0x", 2) == 0;
    *value = hex ? (int64_t)strtoull(text + 2, &end, 16) : strtoll(text, &end, 10);
    return errno == 0 && end != text && *end == '\0';
}

static bool truth_equal(bool ours, const char *theirs)
{
    int64_t value;
    if (strcasecmp(theirs, "true") == 0)
        return ours;
    if (strcasecmp(theirs, "false") == 0)
        return !ours;
    return number_of(theirs, &value) && (value != 0) == ours; /* tshark: the option's bytes (0402) */
}

/* "Sep 13, 2037 02:48:05.000000000 UTC" as seconds since 1970 with nine digits behind the point, as ours are. */
static bool time_equal(const char *ours, const char *theirs)
{
    struct tm when = { 0 };
    char text[64];
    const char *rest = strptime(theirs, "%b %d, %Y %H:%M:%S", &when);
    if (rest == NULL || strcmp(rest + strcspn(rest, " "), " UTC") != 0)
        return false;
    snprintf(text, sizeof text, "%lld%.*s", (long long)timegm(&when), (int)strcspn(rest, " "), rest);
    return strcmp(ours, text) == 0;
}

bool value_equal(struct json_object *ours, const char *theirs)
{
    int64_t value;
    unsigned tries = 0;
    switch (json_object_get_type(ours)) {
    case json_type_boolean:
        return truth_equal(json_object_get_boolean(ours), theirs);
    case json_type_int:
        if (json_object_get_uint64(ours) > INT64_MAX && theirs[0] != '-')
            return strtoull(theirs, NULL, 0) == json_object_get_uint64(ours);
        return number_of(theirs, &value) && value == json_object_get_int64(ours);
    case json_type_string:
        return address_equal(json_object_get_string(ours), theirs) ||
               text_matches(json_object_get_string(ours), theirs, &tries);
    case json_type_double:
        return time_equal(json_object_get_string(ours), theirs);
    default:
        return false;
    }
}
