/*
 * lpd.c - the line printer daemon protocol (RFC 1179): commands of one byte and operands in a line; answers of one
 * byte.
 */
#include "core/dissect.h"

enum { REQUEST, PRINTER, ANSWER, ANSWER_LENGTH, PORT = 515, LINE = 1024 };

static const struct tl_name commands[] = {
    { 1, "Print any waiting jobs" }, { 2, "Receive a printer job" }, { 3, "Send queue state (short)" },
    { 4, "Send queue state (long)" }, { 5, "Remove jobs" }, { 0, NULL },
};
static const struct tl_name answers[] = { { 0, "Success" }, { 0, NULL } };

static const struct tl_field fields[] = {
    [REQUEST] = { "lpd.request", "Command", .type = TL_U8, .names = commands },
    [PRINTER] = { "lpd.printer", "Printer and operands", .type = TL_TEXT },
    [ANSWER] = { "lpd.response", "Answer", .type = TL_U8, .names = answers },
    [ANSWER_LENGTH] = { "lpd.answer_length", "Length", .type = TL_U32, .flags = TL_DERIVED, .unit = "bytes" },
};

static bool from_server(const struct tl_dissection *d, unsigned side)
{
    return side == (d->flow.orig_port == PORT && d->flow.resp_port != PORT ? 0 : 1);
}

/* The first line is read; the jobs that follow it are not. */
static struct tl_want lpd_stream(struct tl_dissection *d, struct tl_stream *s)
{
    uint32_t n = tl_cursor_left(&d->c);
    if (from_server(d, s->side)) {
        if (s->event == TL_EV_RUN) {
            tl_message(d);
            if (n == 1)
                tl_u8(d, ANSWER);
            else
                tl_add(d, ANSWER_LENGTH, d->c.off, 0, n);
            tl_skip(d, tl_cursor_left(&d->c));
        }
        return (struct tl_want){ TL_WANT_BODY, UINT64_MAX, NULL };
    }
    if (s->event == TL_EV_OPEN)
        return (struct tl_want){ TL_WANT_LINE, LINE, NULL };
    if (s->event == TL_EV_UNIT) {
        struct tl_bytes line = tl_without_line_end(tl_bytes_of(d->c.base + d->c.off, n));
        tl_confirm(d);
        tl_message(d);
        tl_u8(d, REQUEST);
        if (line.len > 1)
            tl_add(d, PRINTER, d->c.off, line.len - 1, 0);
        tl_skip(d, tl_cursor_left(&d->c));
    }
    return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
}

/* The client: a command and, up to the line end, text. */
static enum tl_probe lpd_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.home || !d->flow.stream || p == NULL || n == 0)
        return TL_PROBE_NO;
    if (from_server(d, d->flow.side))
        return TL_PROBE_MAYBE;
    if (p[0] < 1 || p[0] > 5)
        return TL_PROBE_NO;
    for (uint32_t i = 1; i < n && i < LINE; i++) {
        if (p[i] == '\n')
            return i > 1 ? TL_PROBE_YES : TL_PROBE_NO;
        if (p[i] < ' ' && p[i] != '\t' && p[i] != '\r')
            return TL_PROBE_NO;
    }
    return TL_PROBE_MAYBE;
}

const struct tl_protocol tl_protocol_lpd = {
    .name = "lpd",
    .title = "Line Printer Daemon Protocol",
    .service = "lpd",
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .on = { { TL_ON_TCP_PORT, PORT } },
    .info = "[{request}][ {printer}][answer {response}][{answer_length} bytes]",
    .only_at_home = true,
    .probe = lpd_probe,
    .stream = lpd_stream,
};
