/* query.c - protocols of one line from the client and text from the server. */
#include "dissectors/query.h"

static bool from_server(const struct tl_dissection *d, unsigned side, uint16_t port)
{
    return side == (d->flow.orig_port == port && d->flow.resp_port != port ? 0 : 1);
}

static struct tl_want rest(void)
{
    return (struct tl_want){ TL_WANT_BODY, UINT64_MAX, NULL };
}

struct tl_want tl_query_stream(struct tl_dissection *d, struct tl_stream *s, uint16_t port, unsigned query,
unsigned length)
{
    uint32_t n = tl_cursor_left(&d->c);
    if (from_server(d, s->side, port)) {
        if (s->event == TL_EV_RUN) {
            tl_message(d);
            tl_add(d, length, d->c.off, 0, n);
            tl_skip(d, n);
        }
        return rest();
    }
    if (s->event == TL_EV_OPEN)
        return (struct tl_want){ TL_WANT_LINE, TL_QUERY_LINE, NULL };
    if (s->event == TL_EV_UNIT) {
        struct tl_bytes line = tl_without_line_end(tl_bytes_of(d->c.base + d->c.off, n));
        tl_confirm(d);
        tl_message(d);
        tl_add(d, query, d->c.off, line.len, 0);
        tl_skip(d, n);
    }
    return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
}

enum tl_probe tl_query_probe(struct tl_cursor c, const struct tl_dissection *d, uint16_t port)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.home || !d->flow.stream || p == NULL || n == 0)
        return TL_PROBE_NO;
    const uint8_t *lf = memchr(p, '\n', n);
    uint32_t len = lf != NULL ? (uint32_t)(lf - p) : n;
    for (uint32_t i = 0; i < len; i++)
        if (p[i] < ' ' && p[i] != '\t' && p[i] != '\r')
            return TL_PROBE_NO;
    if (lf == NULL || from_server(d, d->flow.side, port))
        return TL_PROBE_MAYBE;
    for (uint32_t i = 0; i + 5 < len; i++) /* a web request */
        if (memcmp(p + i, " HTTP", 5) == 0)
            return TL_PROBE_NO;
    return TL_PROBE_YES;
}
