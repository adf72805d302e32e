/* pop3.c - Post Office Protocol, version 3 (RFC 1939): fields, sides, detection. */
#include "dissectors/pop3/pop3.h"

#define TEXT(index, key, label, ...) [index] = { (key), (label), .type = TL_TEXT, .flags = TL_REPEATS, __VA_ARGS__ }
static const struct tl_field fields[] = {
    TEXT(POP3_REQUEST_COMMAND, "pop.request.command", "Request command", .help = "Only commands that are known"),
    TEXT(POP3_REQUEST_PARAMETER, "pop.request.parameter", "Request parameter",
         .help = "Of PASS, APOP and AUTH without the secret, unless secrets are to be shown"),
    TEXT(POP3_REQUEST_DATA, "pop.request.data", "Data", .secret = TL_SECRET_WHOLE,
         .help = "Responses of AUTH and lines that are no command; only if secrets are to be shown"),
    TEXT(POP3_RESPONSE_INDICATOR, "pop.response.indicator", "Response indicator", .help = "+OK, -ERR or +"),
    TEXT(POP3_RESPONSE_DESCRIPTION, "pop.response.description", "Response description"),
    TEXT(POP3_RESPONSE_DATA, "pop.response.data", "Data", .help = "A line of the reply to LIST, UIDL or CAPA"),
    [POP3_MESSAGE_SIZE] = { "pop.data.reassembled.length", "Message length", .type = TL_U32,
                            .flags = TL_REPEATS | TL_DERIVED, .unit = "bytes" },
};
#undef TEXT

void tl_pop3_begin_layer(struct tl_dissection *d)
{
    if (d->wanted != NULL && d->layer == TL_NO_NODE)
        tl_layer_begin(d);
}

static struct tl_want pop3_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct tl_pop3_flow *f = d->flow.slot;
    if (f == NULL || f->finished)
        return tl_pop3_nothing();
    if (s->event == TL_EV_OPEN)
        return tl_pop3_line();
    struct tl_bytes line = tl_without_line_end(tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c)));
    if (!f->sides.known) {
        bool server = tl_pop3_status_of(line) != TL_POP3_NO_STATUS;
        if (server || tl_pop3_command_of(line) != NULL || tl_mail_ports_tell(d))
            tl_mail_learn_sides(d, s->side, server, &f->sides);
    }
    if (!f->sides.known) { /* seen from the middle: the end of a message, or a secret */
        tl_hide(d, line);
        tl_skip(d, tl_cursor_left(&d->c));
        return s->event == TL_EV_END ? tl_pop3_nothing() : tl_pop3_line();
    }
    if (!f->begun)
        f->ts = d->frame->ts;
    f->begun = true;
    if (!tl_mail_from_server(d, s->side, &f->sides))
        return tl_pop3_client(d, s, f);
    struct tl_want want = tl_pop3_server(d, s, f);
    s->open = f->state[1] == TL_POP3_MESSAGE || f->state[1] == TL_POP3_MESSAGE_LINES;
    return want;
}

static void pop3_finish(struct tl_dissection *d)
{
    struct tl_pop3_flow *f = d->flow.slot;
    if (f == NULL || f->finished)
        return;
    tl_pop3_end_session(d, f);
    f->finished = true;
}

/* --- detection --- */

static enum tl_probe probe_status(struct tl_bytes line, bool whole, bool home)
{
    if (home)
        return whole ? TL_PROBE_YES : TL_PROBE_MAYBE;
    /* "+OK" alone is a reply of Redis, too. */
    return line.len > 4 ? TL_PROBE_YES : whole ? TL_PROBE_NO : TL_PROBE_MAYBE;
}

/* FTP has some of the commands, too: they decide on the own port only. Elsewhere the server's greeting does. */
static enum tl_probe pop3_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    static const char *const begins[] = { "+OK", "-ERR" };
    uint32_t n = tl_cursor_left(&c);
    bool home = d->flow.home;
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.stream || p == NULL || n == 0 || (!home && *p != '+' && *p != '-' && (*p | 0x20) < 'a'))
        return TL_PROBE_NO;
    const uint8_t *lf = memchr(p, '\n', n);
    struct tl_bytes line = tl_without_line_end(tl_bytes_of(p, lf != NULL ? (size_t)(lf - p) + 1 : n));
    for (unsigned i = 0; i < TL_COUNT(begins); i++) {
        uint32_t len = (uint32_t)strlen(begins[i]), both = line.len < len ? line.len : len;
        if (lf == NULL && line.len <= len && memcmp(p, begins[i], both) == 0)
            return TL_PROBE_MAYBE;
    }
    enum tl_pop3_status status = tl_pop3_status_of(line);
    if (status == TL_POP3_OK || status == TL_POP3_ERR)
        return probe_status(line, lf != NULL, home);
    if (tl_pop3_command_of(line) != NULL && lf != NULL)
        return home ? TL_PROBE_YES : TL_PROBE_MAYBE;
    if (!home && (lf != NULL || line.len > 80))
        return TL_PROBE_NO;
    for (uint32_t i = 0; i < line.len; i++)
        if (line.data[i] < ' ' && line.data[i] != '\t')
            return TL_PROBE_NO;
    return home || line.len < 5 ? TL_PROBE_MAYBE : TL_PROBE_NO;
}

/* These names never change; docs/PROTOCOLS.md lists them. */
static const struct tl_weird_name weirds[] = {
    [POP3_WEIRD_NOT_A_REPLY] = { "pop3_not_a_reply", "A line from the server that is no reply" },
    [POP3_WEIRD_NOT_A_COMMAND] = { "pop3_not_a_command", "A line from the client that is no command" },
    [POP3_WEIRD_LINE_TOO_LONG] = { "pop3_line_too_long", "A command or reply longer than what is read of it" },
    [POP3_WEIRD_CLEAR_AFTER_STLS] = { "pop3_clear_after_stls", "Commands in clear between STLS and TLS" },
};

const struct tl_protocol tl_protocol_pop3 = {
    .name = "pop",
    .title = "Post Office Protocol",
    .service = "pop3",
    .aliases = { "alpn:pop3" },
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    TL_TABLE(fields), TL_WEIRDS(weirds),
    .records = { &tl_pop3_record_def, &tl_login_record_def },
    .flow_size = sizeof(struct tl_pop3_flow),
    .on = { { TL_ON_TCP_PORT, 110 } },
    .info = "[{request.command,}][ {request.parameter,}][{response.indicator,}][ {response.description,}]",
    TL_BEGINS("++--AZaz"), .probe = pop3_probe,
    .stream = pop3_stream,
    .finish = pop3_finish,
};
