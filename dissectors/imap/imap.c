/* imap.c - Internet Message Access Protocol (RFC 9051, RFC 3501): fields, sides, detection. */
#include "dissectors/imap/imap.h"

#define TEXT(index, key, label, ...) [index] = { (key), (label), .type = TL_TEXT, .flags = TL_REPEATS, __VA_ARGS__ }
static const struct tl_field fields[] = {
    TEXT(IMAP_LINE, "imap.line", "Line", .help = "Responses without a tag, and lines that go on with a command"),
    TEXT(IMAP_REQUEST, "imap.request", "Request",
         .help = "Not of LOGIN and AUTHENTICATE, unless secrets are to be shown"),
    TEXT(IMAP_REQUEST_TAG, "imap.request_tag", "Request tag"),
    TEXT(IMAP_REQUEST_COMMAND, "imap.request.command", "Request command", .help = "Only commands that are known"),
    [IMAP_REQUEST_UID] = { "imap.request.command.uid", "Request is UID", .type = TL_BOOL, .flags = TL_REPEATS },
    TEXT(IMAP_REQUEST_FOLDER, "imap.request.folder", "Request folder"),
    TEXT(IMAP_REQUEST_USERNAME, "imap.request.username", "Request username"),
    TEXT(IMAP_REQUEST_PASSWORD, "imap.request.password", "Request password", .secret = TL_SECRET_WHOLE,
         .help = "Also responses of AUTHENTICATE; only if secrets are to be shown"),
    TEXT(IMAP_RESPONSE, "imap.response", "Response", .help = "With a tag"),
    TEXT(IMAP_RESPONSE_TAG, "imap.response_tag", "Response tag"),
    TEXT(IMAP_RESPONSE_STATUS, "imap.response.status", "Response status"),
    TEXT(IMAP_RESPONSE_COMMAND, "imap.response.command", "Response command", .help = "The word after the status"),
    [IMAP_LITERAL] = { "imap.literal", "Literal", .type = TL_U64, .flags = TL_REPEATS, .unit = "bytes",
                       .help = "Length of the bytes that follow the line" },
};
#undef TEXT

void tl_imap_begin_layer(struct tl_dissection *d)
{
    if (d->wanted != NULL && d->layer == TL_NO_NODE)
        tl_layer_begin(d);
}

void tl_imap_note(struct tl_dissection *d, unsigned field, struct tl_bytes text, enum tl_secret secret)
{
    if (secret != TL_SECRET_NOT)
        tl_hide(d, text);
    if (text.len == 0 || d->wanted == NULL || (secret != TL_SECRET_NOT && !tl_shows_secret(d, secret)))
        return;
    tl_imap_begin_layer(d);
    if (secret == TL_SECRET_NOT)
        tl_add(d, field, (uint32_t)(text.data - d->c.base), text.len, 0);
    else
        tl_add_secret(d, field, (uint32_t)(text.data - d->c.base), text.len, secret);
}

static struct tl_want imap_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct tl_imap_flow *f = d->flow.slot;
    struct tl_bytes tag, word, rest;
    bool uid;
    if (f == NULL || f->finished)
        return tl_imap_nothing();
    if (f->deflate[s->side].on && s != &f->deflate[s->side].inner && s->event != TL_EV_OPEN)
        return tl_imap_deflated(d, s, f, !tl_mail_from_server(d, s->side, &f->sides));
    if (s->event == TL_EV_OPEN && !f->sides.known)
        return tl_imap_line();
    struct tl_bytes line = tl_without_line_end(tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c)));
    if (!f->sides.known) {
        bool server = tl_imap_is_reply(line);
        if (server || tl_imap_verb_of(line, &tag, &word, &rest, &uid) != NULL || tl_mail_ports_tell(d))
            tl_mail_learn_sides(d, s->side, server, &f->sides);
    }
    if (!f->sides.known) { /* seen from the middle: a message, or a secret */
        tl_hide(d, line);
        tl_skip(d, tl_cursor_left(&d->c));
        return s->event == TL_EV_END ? tl_imap_nothing() : tl_imap_line();
    }
    if (s->event != TL_EV_OPEN && !f->begun) {
        f->ts = d->frame->ts;
        f->begun = true;
    }
    bool server = tl_mail_from_server(d, s->side, &f->sides);
    struct tl_want want = server ? tl_imap_server(d, s, f) : tl_imap_client(d, s, f);
    s->open = f->state[server] == TL_IMAP_LITERAL && !(f->secret && !server);
    return want;
}

static void imap_finish(struct tl_dissection *d)
{
    struct tl_imap_flow *f = d->flow.slot;
    if (f == NULL || f->finished)
        return;
    tl_imap_end_session(d, f);
    f->finished = true;
}

/* --- detection --- */

/* The greeting is "* OK", "* PREAUTH" or "* BYE"; begins: what there is of the line can become one. */
static bool is_greeting(struct tl_bytes line, bool *begins)
{
    static const char *const words[] = { "* OK", "* PREAUTH", "* BYE" };
    *begins = false;
    for (unsigned i = 0; i < TL_COUNT(words); i++) {
        uint32_t n = (uint32_t)strlen(words[i]), both = line.len < n ? line.len : n;
        if (!tl_imap_is((struct tl_bytes){ line.data, both }, words[i])) {
            char start[12];
            memcpy(start, words[i], both);
            start[both] = 0;
            *begins |= tl_imap_is((struct tl_bytes){ line.data, both }, start) && line.len <= n;
            continue;
        }
        if (line.len > n && line.data[n] == ' ')
            return true;
        *begins |= line.len == n;
    }
    return false;
}

/* Returns whether an unfinished line can become one of the commands that are IMAP's alone. */
static bool begins_command(struct tl_bytes line)
{
    static const char *const words[] = { "LOGIN", "AUTHENTICATE", "STARTTLS", "CAPABILITY" };
    struct tl_bytes tag, rest = line;
    if (line.len > 512)
        return false;
    if (!tl_imap_take_tag(&rest, &tag))
        return line.len < 8 && memchr(line.data, ' ', line.len) == NULL;
    struct tl_bytes word = tl_imap_take_word(&rest);
    for (unsigned i = 0; i < TL_COUNT(words); i++) {
        char start[16];
        uint32_t n = (uint32_t)strlen(words[i]), both = word.len < n ? word.len : n;
        memcpy(start, words[i], both);
        start[both] = 0;
        if (tl_imap_is(word, start))
            return true;
    }
    return false;
}

static enum tl_probe imap_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    bool home = d->flow.home, begins, uid;
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    struct tl_bytes tag, word, rest;
    if (!d->flow.stream || p == NULL || n == 0 || (!home && *p != '*' && (*p < '0' || *p > 'z')))
        return TL_PROBE_NO;
    const uint8_t *lf = memchr(p, '\n', n);
    struct tl_bytes line = tl_without_line_end(tl_bytes_of(p, lf != NULL ? (size_t)(lf - p) + 1 : n));
    if (is_greeting(line, &begins))
        return lf != NULL ? TL_PROBE_YES : TL_PROBE_MAYBE;
    if (begins)
        return lf != NULL ? TL_PROBE_NO : TL_PROBE_MAYBE;
    if (lf != NULL) {
        const struct tl_imap_verb *verb = tl_imap_verb_of(line, &tag, &word, &rest, &uid);
        bool sure = verb != NULL && (verb->kind == TL_IMAP_LOGIN || verb->kind == TL_IMAP_AUTHENTICATE ||
                                     verb->kind == TL_IMAP_STARTTLS || tl_imap_is(word, "CAPABILITY"));
        if (sure || (home && (verb != NULL || tl_imap_is_reply(line))))
            return TL_PROBE_YES;
        return home ? TL_PROBE_MAYBE : TL_PROBE_NO;
    }
    for (uint32_t i = 0; i < line.len; i++)
        if (line.data[i] < ' ' && line.data[i] != '\t' && line.data[i] != '\r')
            return TL_PROBE_NO;
    return home || begins_command(line) ? TL_PROBE_MAYBE : TL_PROBE_NO;
}

/* These names never change; docs/PROTOCOLS.md lists them. */
static const struct tl_weird_name weirds[] = {
    [IMAP_WEIRD_NOT_A_REPLY] = { "imap_not_a_reply", "A line from the server that is no response" },
    [IMAP_WEIRD_NOT_A_COMMAND] = { "imap_not_a_command", "A line from the client that is no command" },
    [IMAP_WEIRD_LINE_TOO_LONG] = { "imap_line_too_long", "A command longer than what is read of it" },
    [IMAP_WEIRD_CLEAR_AFTER_STARTTLS] = { "imap_clear_after_starttls", "Commands in clear between STARTTLS and TLS" },
    [IMAP_WEIRD_COMPRESSION] = { "imap_compression_wrong", "Bytes after COMPRESS that are not as compressed" },
    [IMAP_WEIRD_RATIO] = { "imap_compression_ratio", "Bytes after COMPRESS that inflate to more than is read" },
};

const struct tl_protocol tl_protocol_imap = {
    .name = "imap",
    .title = "Internet Message Access Protocol",
    .service = "imap",
    .aliases = { "alpn:imap" },
    .lifetime = TL_LIFETIME_LOGIN,
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    TL_TABLE(fields), TL_WEIRDS(weirds),
    .records = { &tl_imap_record_def, &tl_login_record_def },
    .flow_size = sizeof(struct tl_imap_flow),
    .on = { { TL_ON_TCP_PORT, 143 } },
    .info = "[{request_tag,}][ {request.command,}][{line}]"
            "[ {response_tag,}][ {response.status,}][ {response.command,}]",
    TL_BEGINS("**0z"), .probe = imap_probe,
    .stream = imap_stream,
    .finish = imap_finish,
};
