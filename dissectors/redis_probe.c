/* redis_probe.c - tells the protocol of Redis by the first bytes of a side. */
#include "dissectors/redis_probe.h"

/* "*2\r\n$3\r\nGET": returns NO if the bytes cannot begin a command in an array. */
static enum tl_probe array_probe(const uint8_t *p, uint32_t n)
{
    uint32_t i = 0;
    for (unsigned part = 0; part < 2; part++) {
        uint32_t digits = 0;
        if (i == n)
            return TL_PROBE_MAYBE;
        if (p[i++] != (part == 0 ? '*' : '$'))
            return TL_PROBE_NO;
        for (; i < n && p[i] >= '0' && p[i] <= '9' && digits < 7; i++)
            digits++;
        if (i == n)
            return TL_PROBE_MAYBE;
        if (digits == 0 || p[i++] != '\r')
            return TL_PROBE_NO;
        if (i == n)
            return TL_PROBE_MAYBE;
        if (p[i++] != '\n')
            return TL_PROBE_NO;
    }
    if (i == n)
        return TL_PROBE_MAYBE;
    return (p[i] | 0x20) >= 'a' && (p[i] | 0x20) <= 'z' ? TL_PROBE_YES : TL_PROBE_NO;
}

/* At home: a whole line of a reply, or of a command. */
static enum tl_probe line_probe(const uint8_t *p, uint32_t n, bool server)
{
    const uint8_t *lf = memchr(p, '\n', n);
    uint32_t at = 0;
    while (at + 1 < n && (tl_redis_is_gap(p[at]) || p[at] == '"' || p[at] == '\''))
        at++;
    bool letter = (p[at] | 0x20) >= 'a' && (p[at] | 0x20) <= 'z';
    if (server ? !tl_redis_is_type(p[0]) : !letter)
        return TL_PROBE_NO;
    if (lf == NULL)
        return n < 64 ? TL_PROBE_MAYBE : TL_PROBE_NO;
    if (server)
        return lf > p && lf[-1] == '\r' ? TL_PROBE_YES : TL_PROBE_NO;
    for (const uint8_t *q = p; q < lf - (lf[-1] == '\r'); q++)
        if (*q < ' ' && !tl_redis_is_gap(*q))
            return TL_PROBE_NO;
    return TL_PROBE_YES;
}

/* At home: an array whose length no client should send. */
static enum tl_probe length_probe(const uint8_t *p, uint32_t n)
{
    uint32_t i = n > 1 && p[1] == '-' ? 2 : 1, from = i;
    while (i < n && p[i] >= '0' && p[i] <= '9' && i - from < 20)
        i++;
    if (i == n)
        return TL_PROBE_MAYBE;
    return i > from && p[i] == '\r' && (i + 1 == n || p[i + 1] == '\n') ? TL_PROBE_YES : TL_PROBE_NO;
}

enum tl_probe tl_redis_probe(struct tl_cursor c, bool home, bool server)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (n == 0)
        return TL_PROBE_NO;
    if (p[0] != '*')
        return home ? line_probe(p, n, server) : TL_PROBE_NO;
    enum tl_probe array = array_probe(p, n);
    return array != TL_PROBE_NO || !home ? array : length_probe(p, n);
}
