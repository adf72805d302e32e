/*
 * smtp.c - Simple Mail Transfer Protocol (RFC 5321), submission (RFC 6409) and LMTP (RFC 2033): the two sides of a
 * session.
 */
#include "dissectors/smtp/smtp.h"

#include "dissectors/mail/mail_text.h"

static const struct tl_field fields[] = {
    [SMTP_REQ] = { "smtp.req", "Request", .type = TL_BOOL, .flags = TL_REPEATS },
    [SMTP_RSP] = { "smtp.rsp", "Response", .type = TL_BOOL, .flags = TL_REPEATS },
    [SMTP_COMMAND_LINE] = { "smtp.command_line", "Command line", .type = TL_TEXT, .flags = TL_REPEATS },
    [SMTP_REQ_COMMAND] = { "smtp.req.command", "Command", .type = TL_TEXT, .flags = TL_REPEATS },
    [SMTP_REQ_PARAMETER] = { "smtp.req.parameter", "Request parameter", .type = TL_TEXT, .flags = TL_REPEATS,
                             .help = "Of AUTH only the mechanism, unless secrets are to be shown" },
    [SMTP_RESPONSE] = { "smtp.response", "Response", .type = TL_TEXT, .flags = TL_REPEATS },
    [SMTP_RESPONSE_CODE] = { "smtp.response.code", "Response code", .type = TL_U32, .flags = TL_REPEATS },
    [SMTP_RSP_PARAMETER] = { "smtp.rsp.parameter", "Response parameter", .type = TL_TEXT, .flags = TL_REPEATS },
    [SMTP_CODE_UNEXPECTED] = { "smtp.response.code.unexpected", "Unexpected response code in multiline response",
                               .type = TL_U32, .flags = TL_REPEATS },
    [SMTP_AUTH_USERNAME] = { "smtp.auth.username", "Username", .type = TL_TEXT, .flags = TL_REPEATS,
                             .help = "Decoded" },
    [SMTP_AUTH_PASSWORD] = { "smtp.auth.password", "Password", .type = TL_TEXT, .flags = TL_REPEATS,
                             .help = "Decoded; only if secrets are to be shown", .secret = TL_SECRET_WHOLE },
    [SMTP_EOM] = { "smtp.eom", "End of message", .type = TL_BOOL, .flags = TL_REPEATS },
    [SMTP_MESSAGE_SIZE] = { "smtp.data.reassembled.length", "Message length", .type = TL_U64,
                            .flags = TL_REPEATS | TL_DERIVED, .unit = "bytes" },
};

void tl_smtp_begin_layer(struct tl_dissection *d)
{
    if (d->wanted != NULL && d->layer == TL_NO_NODE)
        tl_layer_begin(d);
}

uint32_t tl_smtp_keep_text(struct tl_dissection *d, struct tl_bytes text, bool *cut)
{
    uint32_t n = text.len < TL_SMTP_TEXT ? text.len : TL_SMTP_TEXT;
    uint32_t handle = tl_keep(d, n > 0 ? (const void *)text.data : "", n);
    *cut |= handle == 0 || n < text.len;
    return handle;
}

void tl_smtp_sure(struct tl_dissection *d, struct tl_smtp_flow *f)
{
    if (f->confirmed)
        return;
    f->confirmed = true;
    tl_confirm(d);
}

bool tl_smtp_skip_line(struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&d->c);
    const uint8_t *p = d->c.base + d->c.off, *lf = n > 0 ? memchr(p, '\n', n) : NULL;
    tl_skip(d, lf != NULL ? (uint32_t)(lf - p) + 1 : n);
    return lf != NULL;
}

/* --- roles --- */

static uint16_t port_of(const struct tl_dissection *d, unsigned side)
{
    return side == 0 ? d->flow.orig_port : d->flow.resp_port;
}

static bool is_server_port(const struct tl_dissection *d, unsigned side)
{
    return tl_protocol_is_on(d->protocol, TL_ON_TCP_PORT, port_of(d, side));
}

/* Returns whether the line begins a session or a message, whatever text follows these words. */
static bool is_opening(struct tl_bytes line)
{
    static const char *const words[] = { "ehlo ", "helo ", "lhlo ", "mail from:", "rcpt to:" };
    for (unsigned i = 0; i < TL_COUNT(words); i++) {
        uint32_t n = (uint32_t)strlen(words[i]);
        if (line.len >= n && tl_mail_is((struct tl_bytes){ line.data, n }, words[i]))
            return true;
    }
    return false;
}

/* The ports determine which side is the server. Otherwise the first line that only one of the two can send does. */
static void learn_roles(const struct tl_dissection *d, const struct tl_stream *s, struct tl_smtp_flow *f)
{
    bool home = is_server_port(d, s->side);
    if (home != is_server_port(d, s->side ^ 1)) {
        f->server_side = home ? s->side : s->side ^ 1;
    } else {
        struct tl_bytes line = tl_without_line_end(tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c)));
        bool server = tl_smtp_code(line) != 0;
        if (!server && !is_opening(line) && !tl_smtp_is_command(line, true))
            return;
        f->server_side = server ? s->side : s->side ^ 1;
    }
    f->roles_known = true;
    f->server_port = port_of(d, f->server_side);
    f->gap[0] |= f->passed[f->server_side ^ 1];
    f->gap[1] |= f->passed[f->server_side];
}

static bool is_server(const struct tl_dissection *d, const struct tl_stream *s, const struct tl_smtp_flow *f)
{
    if (d->flow.orig_port == d->flow.resp_port)
        return s->side == f->server_side;
    return port_of(d, s->side) == f->server_port;
}

static struct tl_want smtp_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct tl_smtp_flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    if (s->event == TL_EV_OPEN)
        return tl_smtp_line();
    if (!f->roles_known)
        learn_roles(d, s, f);
    if (!f->roles_known) { /* seen from the middle: the end of a line, or of a message */
        f->passed[s->side] = true;
        tl_skip(d, tl_cursor_left(&d->c));
        return tl_smtp_line();
    }
    if (is_server(d, s, f))
        return tl_smtp_server(d, s, f);
    struct tl_want want = tl_smtp_client(d, s, f);
    s->open = f->state == TL_SMTP_MESSAGE || f->state == TL_SMTP_MESSAGE_LINES || f->state == TL_SMTP_CHUNK_LINE ||
              f->state == TL_SMTP_CHUNK;
    return want;
}

static void smtp_finish(struct tl_dissection *d)
{
    struct tl_smtp_flow *f = d->flow.slot;
    if (f != NULL)
        tl_smtp_end_session(d, f);
}

/* --- detection --- */

static bool contains(struct tl_bytes text, const char *word)
{
    uint32_t n = (uint32_t)strlen(word);
    for (uint32_t i = 0; i + n <= text.len; i++)
        if (tl_mail_is((struct tl_bytes){ text.data + i, n }, word))
            return true;
    return false;
}

/* Returns whether these few bytes can become one of the words that begin a session. */
static bool may_become(struct tl_bytes text)
{
    static const char *const words[] = { "ehlo ", "helo ", "lhlo ", "mail from:", "rcpt to:", "220 ", "220-" };
    for (unsigned i = 0; i < TL_COUNT(words); i++) {
        uint32_t n = 0;
        while (n < text.len && words[i][n] != 0 && (text.data[n] | (text.data[n] >= 'A' ? 0x20 : 0)) == words[i][n])
            n++;
        if (n == text.len && words[i][n] != 0)
            return true;
    }
    return false;
}

static enum tl_probe probe_greeting(struct tl_bytes line, bool home)
{
    if (contains(line, "smtp") || contains(line, "lmtp"))
        return TL_PROBE_YES;
    if (contains(line, "ftp"))
        return home ? TL_PROBE_MAYBE : TL_PROBE_NO;
    return home ? TL_PROBE_YES : TL_PROBE_MAYBE;
}

static enum tl_probe smtp_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n), *lf = n > 0 ? memchr(p, '\n', n) : NULL;
    struct tl_bytes line = { p, lf != NULL ? (uint32_t)(lf - p) : n };
    bool home = d->flow.home;
    if (!d->flow.stream || n == 0)
        return TL_PROBE_NO;
    line = tl_without_line_end(line);
    if (lf == NULL && may_become(line))
        return TL_PROBE_MAYBE;
    unsigned code = line.len >= 4 ? tl_smtp_code(line) : 0;
    if (code == 220) /* a first segment may end within it */
        return lf != NULL ? probe_greeting(line, home) : TL_PROBE_MAYBE;
    if (home && lf != NULL && tl_smtp_is_command(line, false))
        return TL_PROBE_YES;
    if (code != 0)
        return home ? TL_PROBE_MAYBE : TL_PROBE_NO;
    if (is_opening(line)) /* other protocols begin with the same words; the rest of the line decides */
        return lf != NULL || n >= TL_STREAM_DETECT ? TL_PROBE_YES : TL_PROBE_MAYBE;
    for (uint32_t i = 0; i < line.len; i++)
        if (line.data[i] < 9 || (line.data[i] > 13 && line.data[i] < 32))
            return TL_PROBE_NO;
    return home ? TL_PROBE_MAYBE : TL_PROBE_NO;
}

/* These names never change; docs/PROTOCOLS.md lists them. */
static const struct tl_weird_name weirds[] = {
    [SMTP_WEIRD_NOT_A_REPLY] = { "smtp_not_a_reply", "A line from the server that is no reply" },
    [SMTP_WEIRD_REPLY_CODES_DIFFER] = { "smtp_reply_codes_differ",
        "The lines of one reply bear different codes; the last one counts" },
    [SMTP_WEIRD_LINE_TOO_LONG] = { "smtp_line_too_long", "A command or reply longer than what is read of it" },
    [SMTP_WEIRD_ODD_END] = { "smtp_odd_end", "The lone dot that ends a message has a bare LF before or behind it" },
    [SMTP_WEIRD_TEXT_REFUSED] = { "smtp_text_refused", "The client sent message text although DATA was refused" },
    [SMTP_WEIRD_MIME_TOO_DEEP] = { "smtp_mime_too_deep", "More multiparts within one another than are taken apart" },
};

const struct tl_protocol tl_protocol_smtp = {
    .name = "smtp",
    .title = "Simple Mail Transfer Protocol",
    .service = "smtp",
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    TL_TABLE(fields), TL_WEIRDS(weirds),
    .records = { &tl_smtp_record_def, &tl_login_record_def },
    .flow_size = sizeof(struct tl_smtp_flow),
    .on = { { TL_ON_TCP_PORT, 25 }, { TL_ON_TCP_PORT, 587 }, { TL_ON_TCP_PORT, 2525 } },
    .info = "[C: {req.command}][ {req.parameter}][S: {response.code}][ {rsp.parameter}]",
    TL_BEGINS("22EEeeHHhhLLllMMmmRRrr"), .probe = smtp_probe,
    .stream = smtp_stream,
    .finish = smtp_finish,
};
