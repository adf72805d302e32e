/* pop3_reply.c - the server's side of POP3: replies of one line, or of lines to a lone dot (RFC 1939 section 3). */
#include "dissectors/pop3/pop3.h"

enum tl_pop3_status tl_pop3_status_of(struct tl_bytes line)
{
    const uint8_t *p = line.data;
    if (line.len >= 3 && memcmp(p, "+OK", 3) == 0 && (line.len == 3 || p[3] <= ' '))
        return TL_POP3_OK;
    if (line.len >= 4 && memcmp(p, "-ERR", 4) == 0 && (line.len == 4 || p[4] <= ' '))
        return TL_POP3_ERR;
    if (line.len >= 1 && p[0] == '+' && (line.len == 1 || p[1] == ' '))
        return TL_POP3_CONTINUE;
    return TL_POP3_NO_STATUS;
}

static struct tl_bytes after_status(struct tl_bytes line, enum tl_pop3_status status)
{
    uint32_t n = status == TL_POP3_OK ? 3 : status == TL_POP3_ERR ? 4 : 1;
    while (n < line.len && line.data[n] == ' ')
        n++;
    return (struct tl_bytes){ line.data + n, line.len - n };
}

static struct tl_want skip_rest(struct tl_dissection *d, struct tl_pop3_flow *f, bool overlong)
{
    tl_skip(d, tl_cursor_left(&d->c));
    f->skip[1] = overlong;
    return overlong ? tl_pop3_some() : tl_pop3_line();
}

/* --- messages --- */

static void feed(struct tl_dissection *d, struct tl_pop3_flow *f, const uint8_t *p, uint32_t n)
{
    if (n == 0)
        return;
    tl_pop3_begin_layer(d);
    tl_mail_reading_feed(d, &f->message, p, n);
}

static struct tl_want begin_message(struct tl_dissection *d, const struct tl_stream *s, struct tl_pop3_flow *f)
{
    tl_mail_reading_begin(d, &f->message, "POP3", s->side);
    f->dot = TL_POP3_BOL;
    f->state[1] = TL_POP3_MESSAGE;
    return tl_pop3_some();
}

static struct tl_want end_message(struct tl_dissection *d, struct tl_pop3_flow *f, bool whole)
{
    uint64_t size = f->message.size;
    tl_pop3_begin_layer(d);
    tl_pop3_end_message(d, f, whole);
    tl_add(d, POP3_MESSAGE_SIZE, d->c.off, 0, size);
    f->state[1] = TL_POP3_LINES;
    return tl_pop3_line();
}

/* Reads message text without its stuffed dots. Returns true if it found the lone dot; the cursor is then after it. */
static bool message(struct tl_dissection *d, struct tl_pop3_flow *f)
{
    const uint8_t *p = d->c.base + d->c.off;
    uint32_t len = tl_cursor_left(&d->c), at = 0, from = 0;
    while (at < len) {
        if (f->dot == TL_POP3_MIDDLE) {
            const uint8_t *lf = memchr(p + at, '\n', len - at);
            at = lf != NULL ? (uint32_t)(lf - p) + 1 : len;
            f->dot = lf != NULL ? TL_POP3_BOL : TL_POP3_MIDDLE;
        } else if (f->dot == TL_POP3_BOL) {
            f->dot = TL_POP3_MIDDLE;
            if (p[at] != '.')
                continue;
            feed(d, f, p + from, at - from);
            f->dot = TL_POP3_DOT;
            from = ++at;
        } else if (p[at] == '\n') {
            tl_skip(d, at + 1);
            return true;
        } else if (f->dot == TL_POP3_DOT && p[at] == '\r') {
            f->dot = TL_POP3_DOT_CR;
            from = ++at;
        } else {
            if (f->dot == TL_POP3_DOT_CR)
                feed(d, f, (const uint8_t *)"\r", 1);
            f->dot = TL_POP3_MIDDLE;
        }
    }
    feed(d, f, p + from, len - from);
    tl_skip(d, len);
    return false;
}

/* --- replies --- */

static bool is_listing(const struct tl_pop3_command *c)
{
    return c->kind == TL_POP3_CAPA ||
           ((c->kind == TL_POP3_LIST || c->kind == TL_POP3_UIDL || c->kind == TL_POP3_AUTH) && c->alone);
}

static struct tl_want reply(struct tl_dissection *d, const struct tl_stream *s, struct tl_pop3_flow *f,
                            struct tl_bytes line, bool overlong)
{
    enum tl_pop3_status status = tl_pop3_status_of(line);
    struct tl_bytes description = after_status(line, status);
    uint32_t word = status == TL_POP3_OK ? 3 : status == TL_POP3_ERR ? 4 : 1;
    f->state[1] = TL_POP3_LINES;
    f->server_begun = true;
    f->torn = false;
    tl_pop3_begin_layer(d);
    tl_add(d, POP3_RESPONSE_INDICATOR, (uint32_t)(line.data - d->c.base), word, 0);
    if (description.len > 0)
        tl_add(d, POP3_RESPONSE_DESCRIPTION, (uint32_t)(description.data - d->c.base), description.len, 0);
    if (overlong)
        tl_weird(d, POP3_WEIRD_LINE_TOO_LONG, tl_bytes_of(line.data, word));
    if (status == TL_POP3_CONTINUE)
        return skip_rest(d, f, overlong);
    bool ok = status == TL_POP3_OK;
    bool known = tl_pop3_add_reply(d, f, ok, line, description);
    struct tl_want next = skip_rest(d, f, overlong);
    if (ok && known && (f->current.kind == TL_POP3_RETR || f->current.kind == TL_POP3_TOP)) {
        f->state[1] = TL_POP3_MESSAGE;
        next = begin_message(d, s, f);
    } else if (ok && known && is_listing(&f->current)) {
        f->state[1] = TL_POP3_LISTING;
    } else if (ok && known && f->current.kind == TL_POP3_STLS && !overlong) {
        f->state[1] = TL_POP3_PEEK;
        return (struct tl_want){ TL_WANT_BYTES, 1, NULL };
    } else if (ok && !known) { /* a greeting, or a command was not seen */
        f->state[1] = TL_POP3_UNKNOWN;
    }
    return next;
}

/* Returns whether the line can begin a message: a header field (RFC 5322 section 2.2). */
static bool is_header(struct tl_bytes line)
{
    uint32_t n = 0;
    while (n < line.len && line.data[n] > ' ' && line.data[n] < 127 && line.data[n] != ':')
        n++;
    return n > 0 && n < line.len && line.data[n] == ':';
}

/* The line after +OK to a command that was not seen: another reply, a message, or a listing. */
static struct tl_want unknown(struct tl_dissection *d, const struct tl_stream *s, struct tl_pop3_flow *f,
                              struct tl_bytes line)
{
    f->current = (struct tl_pop3_command){ .kind = TL_POP3_OTHER };
    if (is_header(line))
        return begin_message(d, s, f);
    f->state[1] = TL_POP3_LISTING;
    return tl_pop3_line();
}

static struct tl_want listing(struct tl_dissection *d, struct tl_pop3_flow *f, struct tl_bytes line, bool overlong)
{
    bool torn = f->torn;
    f->torn = false;
    if (line.len == 1 && line.data[0] == '.' && !torn) {
        tl_pop3_list_end(f);
        f->state[1] = TL_POP3_LINES;
    } else if (!torn) {
        uint32_t stuffed = line.len > 0 && line.data[0] == '.';
        struct tl_bytes text = { line.data + stuffed, line.len - stuffed };
        tl_pop3_begin_layer(d);
        tl_add(d, POP3_RESPONSE_DATA, (uint32_t)(text.data - d->c.base), text.len, 0);
        tl_pop3_list_line(d, f, text);
    }
    return skip_rest(d, f, overlong);
}

/* A message with a gap: its end may be missing. */
static struct tl_want message_line(struct tl_dissection *d, struct tl_pop3_flow *f, struct tl_bytes line, bool overlong)
{
    bool torn = f->torn;
    uint32_t n = tl_cursor_left(&d->c), stuffed = !torn && line.len > 0 && line.data[0] == '.';
    f->torn = false;
    if (stuffed && line.len == 1) {
        tl_skip(d, n);
        return end_message(d, f, true);
    }
    feed(d, f, line.data + stuffed, n - stuffed);
    tl_skip(d, n);
    f->skip[1] = overlong;
    return overlong ? tl_pop3_some() : tl_pop3_line();
}

static struct tl_want line_of(struct tl_dissection *d, struct tl_stream *s, struct tl_pop3_flow *f, bool overlong)
{
    uint32_t n = tl_cursor_left(&d->c);
    struct tl_bytes line = tl_without_line_end(tl_bytes_of(d->c.base + d->c.off, n));
    enum tl_pop3_status status = tl_pop3_status_of(line);
    bool torn = f->torn && status != TL_POP3_OK && status != TL_POP3_ERR;
    if (status != TL_POP3_NO_STATUS && !torn && (status != TL_POP3_CONTINUE || f->state[1] == TL_POP3_LINES)) {
        if (f->state[1] == TL_POP3_MESSAGE_LINES)
            end_message(d, f, false);
        return reply(d, s, f, line, overlong);
    }
    switch (f->state[1]) {
    case TL_POP3_UNKNOWN:
        return unknown(d, s, f, line);
    case TL_POP3_LISTING:
        return listing(d, f, line, overlong);
    case TL_POP3_MESSAGE_LINES:
        return message_line(d, f, line, overlong);
    default:
        /* The rest of a message whose beginning was not seen. */
        if (f->server_begun && !f->torn && f->state[1] == TL_POP3_LINES && line.len > 0)
            tl_weird(d, POP3_WEIRD_NOT_A_REPLY, (struct tl_bytes){ line.data, line.len < 64 ? line.len : 64 });
        return skip_rest(d, f, overlong);
    }
}

static struct tl_want behind_gap(struct tl_dissection *d, const struct tl_stream *s, struct tl_pop3_flow *f)
{
    f->skip[1] = false;
    f->torn = true;
    switch (f->state[1]) {
    case TL_POP3_TLS:
        return tl_upgrade(d, s, NULL, TL_MAIL_HOLD);
    case TL_POP3_MESSAGE:
    case TL_POP3_MESSAGE_LINES:
        tl_mail_reading_gap(d, &f->message, s->gap + s->dropped);
        f->state[1] = TL_POP3_MESSAGE_LINES;
        return tl_pop3_line();
    case TL_POP3_LISTING:
        f->listing_torn = true;
        return tl_pop3_line();
    default:
        f->replies_lost = true;
        f->state[1] = TL_POP3_RESYNC;
        return tl_pop3_line();
    }
}

/* Skips the rest of a line. In a message it is text. */
static struct tl_want skip_line(struct tl_dissection *d, struct tl_pop3_flow *f)
{
    const uint8_t *p = d->c.base + d->c.off;
    uint32_t from = d->c.off;
    f->skip[1] = !tl_mail_skip_line(d);
    if (f->state[1] == TL_POP3_MESSAGE_LINES)
        feed(d, f, p, d->c.off - from);
    if (f->skip[1] || f->state[1] == TL_POP3_MESSAGE)
        return tl_pop3_some();
    return tl_pop3_line();
}

struct tl_want tl_pop3_server(struct tl_dissection *d, struct tl_stream *s, struct tl_pop3_flow *f)
{
    if (s->event == TL_EV_GAP)
        return behind_gap(d, s, f);
    if (s->event == TL_EV_END) {
        struct tl_bytes rest = tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c));
        bool lines = f->state[1] != TL_POP3_TLS && f->state[1] != TL_POP3_MESSAGE && f->state[1] != TL_POP3_PEEK;
        if (lines && !f->skip[1] && rest.len > 2)
            line_of(d, s, f, false);
        return tl_pop3_nothing();
    }
    if (f->skip[1])
        return skip_line(d, f);
    switch (f->state[1]) {
    case TL_POP3_MESSAGE:
        return message(d, f) ? end_message(d, f, true) : tl_pop3_some();
    case TL_POP3_PEEK:
        f->state[1] = tl_mail_is_tls(d) ? TL_POP3_TLS : TL_POP3_LINES;
        return f->state[1] == TL_POP3_TLS ? tl_upgrade(d, s, NULL, TL_MAIL_HOLD) : tl_pop3_line();
    default:
        return line_of(d, s, f, s->event == TL_EV_OVERLONG);
    }
}
