/* imap_command.c - the client's side of IMAP: commands, their literals, responses of AUTHENTICATE. */
#include "dissectors/imap/imap.h"

#include "core/base64.h"

static struct tl_bytes rest_of(const struct tl_dissection *d)
{
    return tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c));
}

static void take_all(struct tl_dissection *d)
{
    tl_skip(d, tl_cursor_left(&d->c));
}

/* --- arguments --- */

static void take_argument(struct tl_dissection *d, struct tl_imap_flow *f, struct tl_bytes text)
{
    if (f->blind && f->kind == TL_IMAP_LOGIN) /* it can be the password */
        return;
    unsigned index = f->argument;
    f->argument = (uint8_t)(index < UINT8_MAX ? index + 1 : index);
    if (f->kind == TL_IMAP_LOGIN) {
        if (index == 0)
            tl_imap_set_text(d, f, text, false);
        else if (index == 1)
            tl_imap_set_secret(d, f, text);
        tl_imap_note(d, index == 0 ? IMAP_REQUEST_USERNAME : IMAP_REQUEST_PASSWORD, text,
                     index == 0 ? TL_SECRET_NOT : TL_SECRET_WHOLE);
        return;
    }
    bool mailbox = f->kind == TL_IMAP_SELECT || f->kind == TL_IMAP_MAILBOX || f->kind == TL_IMAP_APPEND;
    if ((mailbox && index == 0) || (f->kind == TL_IMAP_COPY && index == 1)) {
        tl_imap_note(d, IMAP_REQUEST_FOLDER, text, TL_SECRET_NOT);
        tl_imap_set_text(d, f, text, false);
    }
    f->pieces |= f->kind == TL_IMAP_APPEND && tl_imap_is(text, "CATENATE");
}

/* more: a literal follows. The only argument of a LOGIN can be the password. */
static void take_arguments(struct tl_dissection *d, struct tl_imap_flow *f, struct tl_bytes text, bool more)
{
    struct tl_bytes argument, rest, next;
    while (tl_imap_take_argument(&text, &argument)) {
        rest = text;
        if (f->kind == TL_IMAP_LOGIN && f->argument == 0 && !more && !tl_imap_take_argument(&rest, &next))
            return;
        take_argument(d, f, argument);
    }
}

/* --- AUTHENTICATE --- */

static void take_response(struct tl_dissection *d, struct tl_imap_flow *f, struct tl_bytes response, bool first)
{
    uint8_t decoded[TL_IMAP_ARGUMENT];
    struct tl_base64 state = { 0 };
    struct tl_bytes secret = { NULL, 0 };
    uint32_t len = response.len < TL_IMAP_ARGUMENT ? tl_base64_decode(&state, response, decoded) : 0;
    struct tl_bytes user = tl_sasl_user(&f->sasl, (struct tl_bytes){ decoded, len }, first, &secret);
    if (!first && tl_sasl_is(&f->sasl, "login"))
        secret = (struct tl_bytes){ decoded, len };
    tl_imap_note(d, IMAP_REQUEST_PASSWORD, response, TL_SECRET_WHOLE);
    tl_imap_set_secret(d, f, secret);
    if (user.len > 0)
        tl_imap_set_text(d, f, user, false);
}

static void begin_auth(struct tl_dissection *d, struct tl_imap_flow *f, struct tl_bytes text)
{
    uint32_t n = tl_sasl_name_length(text);
    struct tl_bytes mechanism = { text.data, n }, initial = { text.data + n, text.len - n };
    while (initial.len > 0 && initial.data[0] == ' ')
        initial = (struct tl_bytes){ initial.data + 1, initial.len - 1 };
    tl_sasl_begin(&f->sasl, mechanism, initial);
    tl_imap_set_text(d, f, tl_bytes_of(f->sasl.name, f->sasl.len), true);
    if (initial.len > 0)
        take_response(d, f, initial, true);
}

/* --- literals --- */

/* Returns whether `next` is the tag after `tag`: clients count. */
static bool follows(const struct tl_imap_tag *tag, struct tl_bytes next)
{
    uint32_t n = tag->len;
    if (n == 0 || next.len < n || next.len > n + 1u)
        return false;
    uint8_t want[TL_IMAP_TAG + 1];
    memcpy(want, tag->text, n);
    while (n > 0 && want[n - 1] == '9')
        want[--n] = '0';
    if (n == 0 || want[n - 1] < '0' || want[n - 1] > '8') { /* 99 to 100, A9 to A10 */
        if (n == tag->len || next.len != tag->len + 1u)
            return false;
        memmove(want + n + 1, want + n, tag->len - n);
        want[n] = '1';
    } else if (next.len == tag->len) {
        want[n - 1]++;
    } else {
        return false;
    }
    return memcmp(next.data, want, next.len) == 0;
}

/*
 * The first bytes after a literal was announced: a client that waits for the server sends the literal, or after a
 * refusal another command. The server's refusal is known only if it was seen before.
 */
static bool is_refused(const struct tl_imap_flow *f, struct tl_bytes text)
{
    struct tl_bytes tag, rest = text;
    if (f->refused)
        return true;
    if (!tl_imap_take_tag(&rest, &tag) || rest.len == 0 || !follows(&f->tag, tag))
        return false;
    for (uint32_t i = 0; i < rest.len && rest.data[i] > ' '; i++)
        if ((rest.data[i] | 0x20) < 'a' || (rest.data[i] | 0x20) > 'z')
            return false;
    return true;
}

static struct tl_want literal(struct tl_dissection *d, struct tl_imap_flow *f, const struct tl_stream *s)
{
    uint64_t n = f->literal[0];
    if (f->is_message) {
        tl_mail_reading_begin(d, &f->upload, "IMAP", s->side);
        f->bytes += n;
    }
    f->state[0] = TL_IMAP_LITERAL;
    return (struct tl_want){ TL_WANT_BODY, n, NULL };
}

static struct tl_want begin_literal(struct tl_dissection *d, struct tl_imap_flow *f, const struct tl_stream *s,
                                    uint64_t n, bool waits)
{
    f->literal[0] = n;
    f->continued[0] = true;
    f->is_message = f->kind == TL_IMAP_APPEND && f->argument > 0 && !f->pieces;
    tl_imap_begin_layer(d);
    tl_add(d, IMAP_LITERAL, d->c.off, 0, n);
    f->blind |= !f->is_message && n > TL_IMAP_ARGUMENT;
    if (!f->is_message && n <= TL_IMAP_ARGUMENT) {
        f->state[0] = TL_IMAP_ARGUMENT_BYTES;
        return (struct tl_want){ TL_WANT_BYTES, n, NULL };
    }
    if (!waits)
        return literal(d, f, s);
    f->state[0] = TL_IMAP_LOOKING;
    return (struct tl_want){ TL_WANT_BYTES, n < TL_IMAP_LOOK ? n : TL_IMAP_LOOK, NULL };
}

static void end_upload(struct tl_dissection *d, struct tl_imap_flow *f)
{
    tl_mail_reading_end(d, &f->upload);
    tl_mail_reading_free(d, &f->upload);
}

static struct tl_want run(struct tl_dissection *d, struct tl_imap_flow *f, const struct tl_stream *s)
{
    struct tl_bytes bytes = rest_of(d);
    if (f->secret)
        tl_hide(d, bytes);
    if (f->is_message && bytes.len > 0) {
        tl_imap_begin_layer(d);
        tl_mail_reading_feed(d, &f->upload, bytes.data, bytes.len);
    }
    if (s->left == 0) {
        if (f->is_message)
            end_upload(d, f);
        f->state[0] = TL_IMAP_LINES;
    }
    return tl_imap_line();
}

/* --- lines --- */

/* The line, or a piece of it, ends. text: its arguments; overlong: a piece follows. */
static struct tl_want end_line(struct tl_dissection *d, struct tl_imap_flow *f, const struct tl_stream *s,
                               struct tl_bytes text, bool overlong)
{
    uint64_t n;
    bool waits, has_literal = !overlong && tl_imap_literal_at_end(&text, &n, &waits);
    f->state[0] = TL_IMAP_LINES;
    if (f->kind == TL_IMAP_AUTHENTICATE && !f->continued[0])
        begin_auth(d, f, text);
    else if (!overlong && f->kind != TL_IMAP_AUTHENTICATE)
        take_arguments(d, f, text, has_literal);
    f->blind |= overlong;
    f->continued[0] = overlong;
    take_all(d);
    if (overlong)
        tl_weird(d, IMAP_WEIRD_LINE_TOO_LONG, (struct tl_bytes){ NULL, 0 });
    if (has_literal)
        return begin_literal(d, f, s, n, waits);
    if (!overlong && f->kind == TL_IMAP_STARTTLS) {
        f->state[0] = TL_IMAP_PEEK;
        return (struct tl_want){ TL_WANT_BYTES, 1, NULL };
    }
    if (!overlong && f->kind == TL_IMAP_COMPRESS) { /* the server decides what follows */
        f->state[0] = TL_IMAP_HELD;
        return (struct tl_want){ TL_WANT_WAIT, TL_MAIL_HOLD, NULL };
    }
    return tl_imap_line();
}

static struct tl_want command(struct tl_dissection *d, struct tl_imap_flow *f, const struct tl_stream *s,
                              struct tl_bytes line, bool overlong)
{
    struct tl_bytes tag, word, rest;
    bool uid;
    const struct tl_imap_verb *verb = tl_imap_verb_of(line, &tag, &word, &rest, &uid);
    f->kind = verb != NULL ? verb->kind : TL_IMAP_OTHER;
    f->secret = f->kind == TL_IMAP_LOGIN || f->kind == TL_IMAP_AUTHENTICATE || verb == NULL;
    bool inside = s == &f->deflate[s->side].inner;
    if (inside && (f->kind == TL_IMAP_COMPRESS || f->kind == TL_IMAP_STARTTLS)) /* RFC 4978 section 3: refused */
        f->kind = TL_IMAP_OTHER;
    f->tag = tl_imap_tag_of(tag);
    f->argument = 0;
    f->pieces = f->refused = f->blind = false;
    f->sasl = (struct tl_sasl){ 0 };
    tl_imap_note(d, IMAP_REQUEST, line, f->secret ? TL_SECRET_WHOLE : TL_SECRET_NOT);
    if (verb != NULL) { /* text that is no command can be a secret */
        tl_imap_note(d, IMAP_REQUEST_TAG, tag, TL_SECRET_NOT);
        tl_imap_note(d, IMAP_REQUEST_COMMAND, word, TL_SECRET_NOT);
        if (uid)
            tl_add(d, IMAP_REQUEST_UID, (uint32_t)(word.data - d->c.base), word.len, 1);
    } else {
        tl_weird(d, IMAP_WEIRD_NOT_A_COMMAND, (struct tl_bytes){ NULL, 0 });
    }
    tl_imap_add_command(d, f, verb != NULL ? word : (struct tl_bytes){ NULL, 0 }, uid);
    if (f->kind == TL_IMAP_ID && !overlong)
        tl_imap_take_id(d, f, &f->client_id, rest);
    return end_line(d, f, s, rest, overlong);
}

static struct tl_want line_of(struct tl_dissection *d, struct tl_imap_flow *f, const struct tl_stream *s, bool overlong)
{
    struct tl_bytes line = tl_without_line_end(rest_of(d)), tag, word, rest;
    bool uid, begun = f->side_begun[0];
    f->side_begun[0] = true;
    if (f->continued[0]) {
        if (line.len > 0)
            tl_imap_note(d, IMAP_LINE, line, f->secret ? TL_SECRET_WHOLE : TL_SECRET_NOT);
        return end_line(d, f, s, line, overlong);
    }
    bool sure = tl_imap_verb_of(line, &tag, &word, &rest, &uid) != NULL;
    rest = line;
    bool tagged = tl_imap_take_tag(&rest, &tag);
    if (sure || (tagged && begun && f->state[0] != TL_IMAP_RESYNC))
        return command(d, f, s, line, overlong);
    if (f->sasl.len > 0) {
        take_response(d, f, line, tl_sasl_response(&f->sasl, line));
    } else if (tl_imap_is(line, "DONE")) { /* the end of IDLE (RFC 2177) */
        tl_imap_note(d, IMAP_LINE, line, TL_SECRET_NOT);
        f->state[0] = TL_IMAP_LINES;
    } else {
        tl_hide(d, line);
        if (begun && f->state[0] != TL_IMAP_RESYNC && line.len > 0)
            tl_weird(d, IMAP_WEIRD_NOT_A_COMMAND, (struct tl_bytes){ NULL, 0 });
        if (!begun)
            f->state[0] = TL_IMAP_RESYNC;
        if (!begun && !f->confirmed && !tl_mail_ports_tell(d)) {
            tl_violate(d);
            return tl_imap_nothing();
        }
    }
    take_all(d);
    return tl_imap_line();
}

static struct tl_want behind_gap(struct tl_dissection *d, struct tl_stream *s, struct tl_imap_flow *f)
{
    uint64_t lost = s->gap + s->dropped, left = s->left;
    f->side_begun[0] = true;
    if (f->state[0] == TL_IMAP_TLS)
        return tl_upgrade(d, s, NULL, TL_MAIL_HOLD);
    if (f->state[0] == TL_IMAP_LOOKING || f->state[0] == TL_IMAP_ARGUMENT_BYTES) {
        (void)literal(d, f, s);
        left = f->literal[0];
    }
    if (f->state[0] == TL_IMAP_LITERAL && left > lost) {
        if (f->is_message)
            tl_mail_reading_gap(d, &f->upload, lost);
        return (struct tl_want){ TL_WANT_BODY, left - lost, NULL };
    }
    end_upload(d, f);
    f->state[0] = TL_IMAP_RESYNC;
    f->continued[0] = false;
    f->sasl = (struct tl_sasl){ 0 };
    return tl_imap_line();
}

static struct tl_want begin_deflate(struct tl_dissection *d, struct tl_imap_flow *f, const struct tl_stream *s)
{
    tl_imap_deflate_begin(d, f, s->side);
    return tl_imap_some();
}

/* The reply to COMPRESS was not seen: if the client goes on with a command, it was refused. */
static struct tl_want decide(struct tl_dissection *d, struct tl_imap_flow *f, const struct tl_stream *s)
{
    struct tl_bytes line = rest_of(d), tag, word, rest;
    const uint8_t *lf = line.len > 0 ? memchr(line.data, '\n', line.len) : NULL;
    bool uid;
    line = lf != NULL ? tl_bytes_of(line.data, (size_t)(lf - line.data) + 1) : line;
    f->state[0] = TL_IMAP_LINES;
    if (tl_imap_verb_of(tl_without_line_end(line), &tag, &word, &rest, &uid) != NULL)
        return tl_imap_line();
    return begin_deflate(d, f, s);
}

struct tl_want tl_imap_client(struct tl_dissection *d, struct tl_stream *s, struct tl_imap_flow *f)
{
    if (s->event == TL_EV_OPEN) { /* the server has answered COMPRESS, or the inflated bytes begin */
        f->state[0] = TL_IMAP_LINES;
        return f->compressed && s != &f->deflate[s->side].inner ? begin_deflate(d, f, s) : tl_imap_line();
    }
    if (s->event == TL_EV_GAP)
        return behind_gap(d, s, f);
    if (s->event == TL_EV_RUN)
        return run(d, f, s);
    if (s->event == TL_EV_END) {
        struct tl_bytes line = tl_without_line_end(rest_of(d)), tag, word, rest;
        bool uid, lines = f->state[0] == TL_IMAP_LINES || f->state[0] == TL_IMAP_RESYNC;
        if (lines && !f->continued[0] && tl_imap_verb_of(line, &tag, &word, &rest, &uid) != NULL)
            line_of(d, f, s, false);
        else if (f->state[0] != TL_IMAP_TLS)
            tl_hide(d, line);
        return tl_imap_nothing();
    }
    switch (f->state[0]) {
    case TL_IMAP_LOOKING:
    case TL_IMAP_ARGUMENT_BYTES:
        if (is_refused(f, rest_of(d))) {
            f->continued[0] = false;
            f->state[0] = TL_IMAP_LINES;
            return tl_imap_line();
        }
        if (f->state[0] == TL_IMAP_LOOKING)
            return literal(d, f, s);
        if (f->secret && f->argument > 0)
            tl_hide(d, rest_of(d));
        take_argument(d, f, rest_of(d));
        take_all(d);
        f->state[0] = TL_IMAP_LINES;
        return tl_imap_line();
    case TL_IMAP_HELD:
        return decide(d, f, s);
    case TL_IMAP_PEEK:
        f->state[0] = tl_mail_is_tls(d) ? TL_IMAP_TLS : TL_IMAP_LINES;
        return f->state[0] == TL_IMAP_TLS ? tl_upgrade(d, s, NULL, TL_MAIL_HOLD) : tl_imap_line();
    default:
        return line_of(d, f, s, s->event == TL_EV_OVERLONG);
    }
}
