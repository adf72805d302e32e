/* secret_name.c - tells by its name whether a value is a secret. */
#include "core/secret_name.h"

#include <string.h>

#include "core/status.h"

enum { NAME = 64 };

/* The letters and digits of the name, in lower case. */
static size_t plain_name(struct tl_bytes name, char out[NAME + 1])
{
    size_t n = 0;
    for (uint32_t i = 0; i < name.len && n < NAME; i++) {
        uint8_t c = name.data[i];
        if (c >= 'A' && c <= 'Z')
            c |= 0x20;
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            out[n++] = (char)c;
    }
    out[n] = '\0';
    return n;
}

static bool ends_with(const char *name, size_t len, const char *end)
{
    size_t n = strlen(end);
    return len >= n && memcmp(name + len - n, end, n) == 0;
}

bool tl_secret_name(struct tl_bytes name)
{
    static const char *const parts[] = { "password", "passwd", "passphrase", "secret", "apikey", "credential",
                                         "authorization", "privatekey", "accesskey" };
    static const char *const ends[] = { "pwd", "token", "passcode", "pass", "psk" };
    static const char *const whole[] = { "pw", "psw", "pswd", "pin", "otp", "auth", "jwt", "bearer", "sid",
                                         "sessionid", "cookie", "signature" };
    char plain[NAME + 1];
    size_t len = plain_name(name, plain);
    for (size_t i = 0; i < TL_COUNT(parts); i++)
        if (strstr(plain, parts[i]) != NULL)
            return true;
    for (size_t i = 0; i < TL_COUNT(ends); i++)
        if (ends_with(plain, len, ends[i]))
            return true;
    for (size_t i = 0; i < TL_COUNT(whole); i++)
        if (strcmp(plain, whole[i]) == 0)
            return true;
    return false;
}

/* --- values in texts --- */

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t skip_blanks(const uint8_t *t, size_t at, size_t len)
{
    while (at < len && is_blank(t[at]))
        at++;
    return at;
}

/* The end of a string in quotes that begins before `at`: the place of the closing quote, or len. */
static size_t end_of_string(const uint8_t *t, size_t at, size_t len, uint8_t quote)
{
    for (; at < len && t[at] != quote; at++)
        at += t[at] == '\\';
    return at < len ? at : len;
}

static void mask(uint8_t *t, size_t from, size_t to)
{
    if (to > from)
        memset(t + from, '*', to - from);
}

/* "name": "value", or a value without quotes. */
static void mask_json(uint8_t *t, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (t[i] != '"')
            continue;
        size_t end = end_of_string(t, i + 1, len, '"'), at = skip_blanks(t, end + 1 < len ? end + 1 : len, len);
        bool secret = at < len && t[at] == ':' && tl_secret_name(tl_bytes_of(t + i + 1, end - i - 1));
        i = end;
        if (!secret)
            continue;
        at = skip_blanks(t, at + 1, len);
        if (at < len && t[at] == '"') {
            i = end_of_string(t, at + 1, len, '"');
            mask(t, at + 1, i);
            continue;
        }
        size_t stop = at;
        while (stop < len && !is_blank(t[stop]) && memchr(",]}{[", t[stop], 5) == NULL)
            stop++;
        mask(t, at, stop);
        i = stop > at ? stop - 1 : at > 0 ? at - 1 : 0;
    }
}

static bool is_name(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.' || c == ':' || c == '[' || c == ']' || c == '%';
}

/* <name>value<, with attributes or without. */
static void mask_xml(uint8_t *t, size_t len)
{
    for (size_t i = 0; i + 1 < len; i++) {
        if (t[i] != '<' || !is_name(t[i + 1]))
            continue;
        size_t from = i + 1, to = from;
        while (to < len && is_name(t[to]))
            to++;
        const uint8_t *colon = memchr(t + from, ':', to - from), *close = memchr(t + to, '>', len - to);
        if (colon != NULL)
            from = (size_t)(colon - t) + 1;
        if (close == NULL)
            return;
        i = (size_t)(close - t);
        if (t[i - 1] == '/' || !tl_secret_name(tl_bytes_of(t + from, to - from)))
            continue;
        const uint8_t *next = memchr(close, '<', len - i);
        size_t end = next != NULL ? (size_t)(next - t) : len;
        mask(t, i + 1, end);
        i = end > 0 ? end - 1 : 0;
    }
}

/* name=value, up to & ; or a blank. */
static void mask_form(uint8_t *t, size_t len)
{
    size_t from = 0;
    for (size_t i = 0; i < len; i++) {
        if (!is_name(t[i]) && t[i] != '=') {
            from = i + 1;
            continue;
        }
        if (t[i] != '=')
            continue;
        size_t end = i + 1;
        bool secret = tl_secret_name(tl_bytes_of(t + from, i - from)), quoted = end < len && t[end] == '"';
        if (quoted)
            end = end_of_string(t, end + 1, len, '"');
        while (!quoted && end < len && t[end] != '&' && t[end] != ';' && !is_blank(t[end]))
            end++;
        if (secret)
            mask(t, i + 1 + quoted, end);
        from = end + 1;
        i = end < len ? end : len - 1;
    }
}

/* The next empty line from `at` on: the place after it, or len. */
static size_t after_empty_line(const uint8_t *t, size_t at, size_t len)
{
    for (; at + 1 < len; at++) {
        if (t[at] != '\n')
            continue;
        size_t next = at + 1 + (t[at + 1] == '\r');
        if (next < len && t[next] == '\n')
            return next + 1;
    }
    return len;
}

/* name="name", the rest of the head, then the value up to the next boundary. */
static void mask_parts(uint8_t *t, size_t len)
{
    static const char lead[] = "name=\"";
    const size_t n = sizeof lead - 1;
    for (size_t i = 0; i + n < len; i++) {
        if (memcmp(t + i, lead, n) != 0 || (i > 0 && is_name(t[i - 1])))
            continue;
        size_t end = end_of_string(t, i + n, len, '"');
        bool secret = tl_secret_name(tl_bytes_of(t + i + n, end - i - n));
        i = end;
        if (!secret)
            continue;
        size_t from = after_empty_line(t, end, len), to = from;
        while (to < len && !(t[to] == '\n' && to + 2 < len && t[to + 1] == '-' && t[to + 2] == '-'))
            to++;
        mask(t, from, to);
        i = to > 0 ? to - 1 : 0;
    }
}

void tl_secret_names_mask(uint8_t *text, size_t len)
{
    mask_json(text, len);
    mask_xml(text, len);
    mask_parts(text, len);
    mask_form(text, len);
}
