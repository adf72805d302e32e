/*
 * smtp_command.c - the client's side of SMTP: commands (RFC 5321 section 4.1), message text and chunks
 * (RFC 3030).
 */
#include "dissectors/smtp/smtp.h"

#include "dissectors/mail/mail_text.h"

enum syntax { ANYTHING, ALONE, NEEDS_ARGUMENT, NEEDS_FROM, NEEDS_TO, NEEDS_NUMBER };

struct verb {
    const char *name; /* lower case */
    uint8_t kind;
    uint8_t syntax;   /* syntax that a line needs to count as a command where message text is possible */
};

static const struct verb verbs[] = {
    { "mail", TL_SMTP_MAIL, NEEDS_FROM },      { "rcpt", TL_SMTP_RCPT, NEEDS_TO },
    { "data", TL_SMTP_DATA, ALONE },           { "ehlo", TL_SMTP_HELLO, NEEDS_ARGUMENT },
    { "helo", TL_SMTP_HELLO, NEEDS_ARGUMENT }, { "quit", TL_SMTP_QUIT, ALONE },
    { "rset", TL_SMTP_RSET, ALONE },           { "bdat", TL_SMTP_BDAT, NEEDS_NUMBER },
    { "starttls", TL_SMTP_STARTTLS, ALONE },   { "auth", TL_SMTP_AUTH, NEEDS_ARGUMENT },
    { "lhlo", TL_SMTP_LHLO, NEEDS_ARGUMENT },  { "noop", TL_SMTP_OTHER, ALONE },
    { "vrfy", TL_SMTP_OTHER, ANYTHING },       { "expn", TL_SMTP_OTHER, ANYTHING },
    { "help", TL_SMTP_OTHER, ANYTHING },       { "etrn", TL_SMTP_OTHER, ANYTHING },
    { "turn", TL_SMTP_OTHER, ANYTHING },       { "atrn", TL_SMTP_OTHER, ANYTHING },
    { "send", TL_SMTP_MAIL, ANYTHING },        { "soml", TL_SMTP_MAIL, ANYTHING },
    { "saml", TL_SMTP_MAIL, ANYTHING },        { "xclient", TL_SMTP_OTHER, ANYTHING },
    { "xforward", TL_SMTP_OTHER, ANYTHING },   { "burl", TL_SMTP_OTHER, ANYTHING },
    { "x-exps", TL_SMTP_AUTH, ANYTHING },
};

enum { VERB_LONGEST = 8 }; /* bytes of the longest verbs: STARTTLS, XFORWARD */

/* A command line: its first word and the rest. */
struct request {
    const struct verb *verb; /* NULL: unknown verb */
    struct tl_bytes word, parameter;
};

static uint32_t word_length(struct tl_bytes text)
{
    uint32_t n = 0;
    while (n < text.len && text.data[n] != ' ' && text.data[n] != '\t')
        n++;
    return n;
}

static struct request split(struct tl_bytes line)
{
    struct request r = { .word = line };
    uint32_t n = word_length(line);
    r.word.len = n;
    r.parameter = tl_mail_trim((struct tl_bytes){ line.data + n, line.len - n });
    for (unsigned i = 0; i < TL_COUNT(verbs); i++)
        if (n > 3 && (line.data[0] | 0x20) == verbs[i].name[0] && tl_mail_is(r.word, verbs[i].name)) {
            r.verb = &verbs[i];
            break;
        }
    return r;
}

bool tl_smtp_begins_with(struct tl_bytes text, const char *word)
{
    uint32_t n = (uint32_t)strlen(word);
    return text.len >= n && tl_mail_is((struct tl_bytes){ text.data, n }, word);
}

bool tl_smtp_is_command(struct tl_bytes line, bool strict)
{
    /* Most lines are text: a line that begins with a longer word is not read to its end. */
    struct tl_bytes start = { line.data, line.len < VERB_LONGEST + 1 ? line.len : VERB_LONGEST + 1 };
    if (word_length(start) > VERB_LONGEST)
        return false;
    struct request r = split(line);
    if (r.verb == NULL || !strict)
        return r.verb != NULL;
    switch (r.verb->syntax) {
    case ALONE:
        return r.parameter.len == 0;
    case NEEDS_ARGUMENT:
        return r.parameter.len > 0 && word_length(r.parameter) == r.parameter.len;
    case NEEDS_FROM:
        return tl_smtp_begins_with(r.parameter, "from:");
    case NEEDS_TO:
        return tl_smtp_begins_with(r.parameter, "to:");
    case NEEDS_NUMBER:
        return r.parameter.len > 0 && r.parameter.data[0] >= '0' && r.parameter.data[0] <= '9';
    default:
        return false;
    }
}

static uint64_t number(struct tl_bytes text)
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < text.len && text.data[i] >= '0' && text.data[i] <= '9'; i++)
        value = value > UINT64_MAX / 16 ? UINT64_MAX / 16 : value * 10 + (text.data[i] - '0');
    return value;
}

struct tl_smtp_command tl_smtp_begin_command(const struct tl_dissection *d, struct tl_smtp_flow *f, unsigned kind)
{
    struct tl_smtp_command c = { .ts = d->frame->ts, .size = UINT64_MAX, .kind = (uint8_t)kind,
                                 .behind_gap = f->gap[0] };
    f->gap[0] = false;
    return c;
}

/* --- MAIL and RCPT --- */

/*
 * Returns the address in "FROM:<..> KEY=VALUE .." without its brackets and source route (RFC 5321 sections 3.3 and C).
 * *rest: the text after the address.
 */
static struct tl_bytes address(struct tl_bytes parameter, struct tl_bytes *rest)
{
    const uint8_t *colon = parameter.len > 0 ? memchr(parameter.data, ':', parameter.len) : NULL;
    struct tl_bytes a = { parameter.data, 0 };
    *rest = a;
    if (colon == NULL)
        return a;
    uint32_t skip = (uint32_t)(colon - parameter.data) + 1, n = 0;
    a = tl_mail_trim((struct tl_bytes){ parameter.data + skip, parameter.len - skip });
    bool angle = a.len > 0 && a.data[0] == '<', quoted = false;
    if (angle)
        a = (struct tl_bytes){ a.data + 1, a.len - 1 };
    for (; n < a.len && (quoted || (angle ? a.data[n] != '>' : a.data[n] != ' ')); n++) {
        if (a.data[n] == '"')
            quoted = !quoted;
        else if (a.data[n] == '\\' && quoted && n + 1 < a.len)
            n++;
    }
    *rest = (struct tl_bytes){ a.data + n, a.len - n };
    a.len = n;
    if (a.len > 0 && a.data[0] == '@') {
        const uint8_t *route = memchr(a.data, ':', a.len);
        if (route != NULL)
            a = tl_bytes_of(route + 1, a.len - (size_t)(route - a.data) - 1);
    }
    return tl_mail_trim(a);
}

static uint64_t declared_size(struct tl_bytes rest)
{
    for (uint32_t i = 0; i + 6 < rest.len; i++)
        if ((rest.data[i] == ' ' || rest.data[i] == '>') &&
            tl_mail_is((struct tl_bytes){ rest.data + i + 1, 5 }, "size="))
            return number((struct tl_bytes){ rest.data + i + 6, rest.len - i - 6 });
    return UINT64_MAX;
}

/* The line begins with a word like AUTH, as in "AUTH=PLAIN": its sender may continue as after AUTH. */
static bool is_like_auth(struct tl_bytes line)
{
    struct tl_bytes text = tl_mail_trim(line);
    return tl_smtp_begins_with(text, "auth") || tl_smtp_begins_with(text, "x-exps");
}

/*
 * After AUTH: returns whether the line cannot be a response. A lone word may be base64, so it must be a complete
 * command.
 */
static bool ends_auth(struct tl_bytes line)
{
    struct request r = split(line);
    return r.verb != NULL && (r.parameter.len > 0 || r.verb->syntax == ALONE || r.verb->syntax == ANYTHING);
}

/* --- the message --- */

/* Counts lines while the server may read them as commands, because it refused DATA. */
static void count_lines(struct tl_smtp_flow *f, const uint8_t *p, uint32_t n)
{
    const uint8_t *end = p + n;
    while (p < end && f->lines < UINT16_MAX - 1 && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
        f->lines++;
        p++;
    }
}

static struct tl_mail *mail_of(const struct tl_dissection *d, const struct tl_smtp_flow *f)
{
    return f->mail != 0 ? (struct tl_mail *)(void *)tl_kept_mine(d, f->mail) : NULL;
}

/* Drops a message that began in chunks and will not continue. */
static void drop_message(struct tl_dissection *d, struct tl_smtp_flow *f)
{
    struct tl_mail *m = mail_of(d, f);
    f->chunks = false;
    if (m == NULL)
        return;
    f->entities = m->entities;
    tl_mail_free(d, m);
    tl_forget(d, f->mail);
    f->mail = 0;
}

static void begin_message(struct tl_dissection *d, struct tl_smtp_flow *f)
{
    drop_message(d, f);
    f->dot = TL_SMTP_BOL;
    f->last_byte = '\n';
    f->text_gap = f->odd_line = f->count_lines = false;
    f->begun = true;
    f->size = 0;
    f->lines = 0;
    bool room;
    do { /* drops commands that wait for a reply, to make room */
        uint32_t spare = tl_keep(d, NULL, TL_SMTP_SPARE);
        if (f->mail == 0)
            f->mail = tl_keep(d, NULL, sizeof(struct tl_mail));
        room = spare != 0 && f->mail != 0;
        if (spare != 0)
            tl_forget(d, spare);
    } while (!room && tl_smtp_give_up_oldest(d, f));
    if (f->mail == 0)
        return;
    mail_of(d, f)->entities = f->entities;
    tl_mail_begin(mail_of(d, f), "SMTP", d->flow.side);
}

static void begin_text(struct tl_dissection *d, struct tl_smtp_flow *f)
{
    f->mail_ts = d->frame->ts;
    begin_message(d, f);
    f->count_lines = !tl_smtp_data_accepted(f);
}

static void feed(struct tl_dissection *d, struct tl_smtp_flow *f, const uint8_t *p, uint32_t n)
{
    struct tl_mail *m = mail_of(d, f);
    if (n == 0)
        return;
    if (f->count_lines)
        count_lines(f, p, n);
    tl_smtp_begin_layer(d);
    if (m != NULL)
        tl_mail_feed(d, m, (struct tl_bytes){ p, n });
    else
        f->size += n;
}

/* blind: DATA was not seen, only the end. */
static void end_message(struct tl_dissection *d, struct tl_smtp_flow *f, bool blind)
{
    struct tl_smtp_command c = tl_smtp_begin_command(d, f, TL_SMTP_END);
    struct tl_mail *m = mail_of(d, f);
    c.ts = f->mail_ts;
    c.chunks = f->chunks;
    c.text = f->mail;
    c.lost = f->mail == 0 && !blind; /* no memory for its header values */
    c.blind = blind && c.behind_gap;
    c.size = f->size;
    c.lines = f->text_gap || blind ? UINT16_MAX : (uint16_t)(f->lines + 1);
    c.behind_gap |= f->text_gap;
    tl_smtp_begin_layer(d);
    if (m != NULL) {
        tl_mail_end(d, m);
        c.size = m->size;
        f->entities = m->entities;
        if (m->too_deep)
            tl_weird(d, SMTP_WEIRD_MIME_TOO_DEEP, (struct tl_bytes){ NULL, 0 });
    }
    tl_add(d, SMTP_EOM, d->c.off, 0, 1);
    tl_add(d, SMTP_MESSAGE_SIZE, d->c.off, 0, c.size);
    f->mail = 0;
    f->chunks = false;
    f->state = TL_SMTP_COMMANDS;
    tl_smtp_add_command(d, f, &c);
}

/*
 * Reads message text without its stuffed dots (RFC 5321 section 4.5.2). Returns true if it found the lone dot; the
 * cursor is then after it.
 */
static bool text(struct tl_dissection *d, struct tl_smtp_flow *f)
{
    const uint8_t *p = d->c.base + d->c.off;
    uint32_t len = tl_cursor_left(&d->c), at = 0, from = 0;
    while (at < len) {
        if (f->dot == TL_SMTP_MIDDLE) {
            const uint8_t *dot = memchr(p + at, '.', len - at);
            at = dot != NULL ? (uint32_t)(dot - p) : len;
            if (dot == NULL || at == 0 || dot[-1] != '\n') {
                at += dot != NULL;
                continue;
            }
        }
        if (f->dot == TL_SMTP_MIDDLE || f->dot == TL_SMTP_BOL) {
            f->dot = TL_SMTP_MIDDLE;
            if (p[at] != '.')
                continue;
            feed(d, f, p + from, at - from);
            if (at > 0)
                f->odd_line = (at > 1 ? p[at - 2] : f->last_byte) != '\r';
            f->dot = TL_SMTP_DOT;
            from = ++at;
        } else if (p[at] == '\n') {
            if (f->dot == TL_SMTP_DOT || f->odd_line)
                tl_weird(d, SMTP_WEIRD_ODD_END, (struct tl_bytes){ NULL, 0 });
            tl_skip(d, at + 1);
            return true;
        } else if (f->dot == TL_SMTP_DOT && p[at] == '\r') {
            f->dot = TL_SMTP_DOT_CR;
            from = ++at;
        } else {
            if (f->dot == TL_SMTP_DOT_CR)
                feed(d, f, (const uint8_t *)"\r", 1);
            f->dot = TL_SMTP_MIDDLE;
        }
    }
    feed(d, f, p + from, len - from);
    if (f->dot == TL_SMTP_MIDDLE && len > 0) {
        uint8_t before = len > 1 ? p[len - 2] : f->last_byte;
        f->last_byte = p[len - 1];
        f->odd_line = f->last_byte == '\n' && before != '\r';
        if (f->last_byte == '\n')
            f->dot = TL_SMTP_BOL;
    }
    tl_skip(d, len);
    return false;
}

/* RFC 2033: one per recipient */
static bool text_line(struct tl_dissection *d, struct tl_smtp_flow *f, bool overlong)
{
    uint32_t n = tl_cursor_left(&d->c);
    const uint8_t *p = d->c.base + d->c.off;
    struct tl_bytes line = tl_without_line_end((struct tl_bytes){ p, n });
    bool whole = !f->torn;
    f->torn = false;
    if (whole && !overlong && line.len == 1 && p[0] == '.') {
        tl_skip(d, n);
        return true;
    }
    if (!overlong && tl_smtp_is_command(line, true))
        return true;
    uint32_t stuffed = n > 0 && p[0] == '.';
    feed(d, f, p + stuffed, n - stuffed);
    tl_skip(d, n);
    return false;
}

static bool chunk(struct tl_dissection *d, struct tl_smtp_flow *f)
{
    uint32_t n = tl_cursor_left(&d->c);
    n = n < f->chunk_left ? n : (uint32_t)f->chunk_left;
    feed(d, f, d->c.base + d->c.off, n);
    f->chunk_left -= n;
    tl_skip(d, n);
    return f->chunk_left == 0;
}

static struct tl_want end_chunk(struct tl_dissection *d, struct tl_smtp_flow *f)
{
    f->state = TL_SMTP_COMMANDS;
    if (f->last_chunk) {
        end_message(d, f, false);
    } else {
        struct tl_smtp_command c = tl_smtp_begin_command(d, f, TL_SMTP_BDAT);
        tl_smtp_add_command(d, f, &c);
    }
    return tl_smtp_line();
}

static struct tl_want begin_chunk(struct tl_dissection *d, struct tl_smtp_flow *f)
{
    if (!f->chunks)
        begin_message(d, f);
    f->chunks = true;
    f->state = TL_SMTP_CHUNK;
    return f->chunk_left == 0 ? end_chunk(d, f) : tl_smtp_some(f->chunk_left);
}

/* Reads "size" or "size LAST" (RFC 3030 section 2). Returns false if it is neither. */
static bool chunk_size(struct tl_bytes parameter, uint64_t *size, bool *last)
{
    uint32_t n = 0;
    while (n < parameter.len && parameter.data[n] >= '0' && parameter.data[n] <= '9')
        n++;
    struct tl_bytes rest = { parameter.data + n, parameter.len - n };
    *size = number(parameter);
    *last = rest.len > 0 && (rest.data[0] == ' ' || rest.data[0] == '\t') && tl_mail_is(tl_mail_trim(rest), "last");
    return n > 0 && *size < UINT64_MAX / 16 && (rest.len == 0 || *last);
}

/*
 * At the first bytes after BDAT: returns whether they can become a line that is only a command. The client sends one if
 * the server refused BDAT before the chunk.
 */
static bool may_be_refused(struct tl_bytes text)
{
    for (unsigned i = 0; i < TL_COUNT(verbs); i++) {
        uint32_t n = (uint32_t)strlen(verbs[i].name), both = text.len < n ? text.len : n;
        char start[VERB_LONGEST + 1];
        memcpy(start, verbs[i].name, both);
        start[both] = 0;
        if (verbs[i].syntax != ANYTHING && tl_mail_is((struct tl_bytes){ text.data, both }, start) &&
            (text.len <= n || text.data[n] <= ' '))
            return true;
    }
    return false;
}

/*
 * The first line after BDAT: a command or the chunk. A message cannot begin with a command, since it begins with a
 * header field. Inside a message a line may look like one: only those count that a client sends after a refusal.
 */
static bool is_refused(const struct tl_smtp_flow *f, struct tl_bytes line)
{
    if (!tl_smtp_is_command(line, true))
        return false;
    unsigned kind = split(line).verb->kind;
    return !f->chunks || kind == TL_SMTP_RSET || kind == TL_SMTP_QUIT || kind == TL_SMTP_MAIL || kind == TL_SMTP_BDAT ||
           kind == TL_SMTP_HELLO || kind == TL_SMTP_LHLO;
}

/* --- commands --- */

static void show_command(struct tl_dissection *d, const struct request *r, uint32_t whole)
{
    uint32_t off = (uint32_t)(r->word.data - d->c.base);
    bool auth = r->verb != NULL && r->verb->kind == TL_SMTP_AUTH;
    bool like_auth = r->verb == NULL && is_like_auth(r->word); /* as in "AUTH=PLAIN": only "AUTH" is shown */
    enum tl_secret word = like_auth ? TL_SECRET_VERB : TL_SECRET_NOT, parameter = TL_SECRET_NOT, line = TL_SECRET_NOT;
    if (auth)
        parameter = TL_SECRET_MECHANISM;
    if (like_auth)
        parameter = TL_SECRET_WHOLE;
    bool more = auth ? tl_sasl_name_length(r->parameter) < r->parameter.len
                     : like_auth && r->word.len + r->parameter.len > 4;
    if (more)
        line = TL_SECRET_WHOLE;
    tl_smtp_begin_layer(d);
    tl_add(d, SMTP_REQ, off, whole, 1);
    tl_add_secret(d, SMTP_COMMAND_LINE, off, whole, line);
    tl_add_secret(d, SMTP_REQ_COMMAND, off, r->word.len, word);
    if (r->parameter.len > 0)
        tl_add_secret(d, SMTP_REQ_PARAMETER, (uint32_t)(r->parameter.data - d->c.base), r->parameter.len, parameter);
}

/* Letters, digits and other characters in the names of extensions. */
static bool is_word(struct tl_bytes word)
{
    for (uint32_t i = 0; i < word.len; i++)
        if (word.data[i] <= ' ' || word.data[i] > '~')
            return false;
    return word.len > 0;
}

static void envelope_command(struct tl_dissection *d, struct tl_bytes parameter, struct tl_smtp_command *c)
{
    struct tl_bytes rest, a = address(parameter, &rest);
    c->text = tl_smtp_keep_text(d, a, &c->lost);
    c->size = c->kind == TL_SMTP_MAIL ? declared_size(rest) : UINT64_MAX;
}

/* Handles a line as a command, since it can be nothing else. */
static struct tl_want command(struct tl_dissection *d, struct tl_smtp_flow *f, struct tl_bytes line, bool cut)
{
    uint32_t n = tl_cursor_left(&d->c);
    struct request r = split(line);
    unsigned kind = r.verb != NULL ? r.verb->kind : TL_SMTP_OTHER;
    f->state = is_like_auth(line) ? TL_SMTP_RESPONSES : TL_SMTP_COMMANDS;
    f->sasl.left = 0;
    if (d->wanted != NULL && is_word(r.word))
        show_command(d, &r, n);
    if (kind != TL_SMTP_OTHER && tl_smtp_is_command(line, true))
        tl_smtp_sure(d, f);
    if (cut) { /* text that is not a command may be a secret */
        const char *name = r.verb != NULL ? r.verb->name : "";
        tl_weird(d, SMTP_WEIRD_LINE_TOO_LONG, tl_bytes_of(name, strlen(name)));
    }
    if (kind == TL_SMTP_BDAT && !cut && chunk_size(r.parameter, &f->chunk_left, &f->last_chunk)) {
        tl_skip(d, n);
        if (!f->chunks)
            f->mail_ts = d->frame->ts;
        f->state = TL_SMTP_CHUNK_START;
        return f->chunk_left == 0 ? begin_chunk(d, f) : tl_smtp_some(f->chunk_left);
    }
    struct tl_smtp_command c = tl_smtp_begin_command(d, f, kind);
    if (kind == TL_SMTP_MAIL || kind == TL_SMTP_RSET || kind == TL_SMTP_HELLO || kind == TL_SMTP_LHLO)
        drop_message(d, f);
    if (kind == TL_SMTP_MAIL || kind == TL_SMTP_RCPT)
        envelope_command(d, r.parameter, &c);
    else if (kind == TL_SMTP_HELLO || kind == TL_SMTP_LHLO)
        c.text = tl_smtp_keep_text(d, r.parameter, &c.lost);
    else if (kind == TL_SMTP_AUTH)
        tl_smtp_begin_auth(d, f, r.parameter, &c);
    tl_skip(d, n);
    f->skip[0] = cut;
    tl_smtp_add_command(d, f, &c);
    if (cut)
        return tl_smtp_some(TL_STREAM_UNIT);
    if (kind == TL_SMTP_DATA)
        f->state = TL_SMTP_FIRST_LINE;
    if (kind == TL_SMTP_STARTTLS) {
        f->state = TL_SMTP_PEEK;
        return tl_smtp_peek();
    }
    return tl_smtp_line();
}

/* The type of the bytes is unknown: accepts only lines that can only be commands. A lone dot ends a message. */
static struct tl_want resync(struct tl_dissection *d, struct tl_smtp_flow *f, struct tl_bytes line, bool overlong)
{
    if (!overlong && tl_smtp_is_command(line, true))
        return command(d, f, line, false);
    bool dot = line.len == 1 && line.data[0] == '.';
    tl_skip(d, tl_cursor_left(&d->c));
    if (dot) {
        f->mail_ts = d->frame->ts;
        f->text_gap = true;
        f->size = 0;
        end_message(d, f, true);
    }
    f->skip[0] = overlong;
    return overlong ? tl_smtp_some(TL_STREAM_UNIT) : tl_smtp_line();
}

/* BDAT was refused: it gets its reply, and no chunk follows. */
static void refuse_chunk(struct tl_dissection *d, struct tl_smtp_flow *f)
{
    struct tl_smtp_command c = tl_smtp_begin_command(d, f, TL_SMTP_BDAT);
    tl_smtp_add_command(d, f, &c);
}

static struct tl_want line_of(struct tl_dissection *d, struct tl_smtp_flow *f, bool overlong)
{
    struct tl_bytes line = tl_without_line_end(tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c)));
    switch (f->state) {
    case TL_SMTP_RESYNC:
        return resync(d, f, line, overlong);
    case TL_SMTP_FIRST_LINE:
        /* After DATA the client sends the message, whatever the reply is. But a refused client sends commands next. */
        if (!overlong && tl_smtp_is_command(line, true))
            return command(d, f, line, false);
        begin_text(d, f);
        f->state = TL_SMTP_MESSAGE;
        return tl_smtp_some(TL_STREAM_UNIT);
    case TL_SMTP_CHUNK_LINE:
        if (overlong || !is_refused(f, line))
            return begin_chunk(d, f);
        refuse_chunk(d, f);
        return command(d, f, line, false);
    case TL_SMTP_RESPONSES:
        if (!overlong && ends_auth(line))
            return command(d, f, line, false);
        tl_smtp_response(d, f, line);
        tl_skip(d, tl_cursor_left(&d->c));
        f->skip[0] = overlong;
        return overlong ? tl_smtp_some(TL_STREAM_UNIT) : tl_smtp_line();
    default:
        if (line.len == 0) {
            tl_skip(d, tl_cursor_left(&d->c));
            return tl_smtp_line();
        }
        if (!f->begun && !tl_smtp_is_command(line, false)) { /* seen from the middle: it may be message text */
            f->begun = true;
            f->state = TL_SMTP_RESYNC;
            return resync(d, f, line, overlong);
        }
        f->begun = true;
        return command(d, f, line, overlong);
    }
}

static struct tl_want behind_gap(struct tl_dissection *d, struct tl_stream *s, struct tl_smtp_flow *f)
{
    uint64_t lost = s->gap + s->dropped;
    struct tl_mail *m = mail_of(d, f);
    f->gap[0] = true;
    switch (f->state) {
    case TL_SMTP_TLS:
        return tl_smtp_upgrade(d, s);
    case TL_SMTP_FIRST_LINE:
        begin_text(d, f);
        m = mail_of(d, f);
        /* fall through */
    case TL_SMTP_MESSAGE:
    case TL_SMTP_MESSAGE_LINES:
        if (m != NULL)
            tl_mail_gap(d, m, lost);
        f->size += lost;
        f->text_gap = f->torn = true;
        f->skip[0] = false;
        f->state = TL_SMTP_MESSAGE_LINES;
        return tl_smtp_line();
    case TL_SMTP_CHUNK_START:
    case TL_SMTP_CHUNK_LINE:
        begin_chunk(d, f);
        m = mail_of(d, f);
        /* fall through */
    case TL_SMTP_CHUNK:
        if (m != NULL)
            tl_mail_gap(d, m, lost < f->chunk_left ? lost : f->chunk_left);
        if (lost < f->chunk_left) {
            f->chunk_left -= lost;
            return tl_smtp_some(f->chunk_left);
        }
        end_chunk(d, f);
        f->gap[0] = true;
        /* fall through */
    default:
        f->state = TL_SMTP_RESYNC;
        f->skip[0] = false;
        return tl_smtp_line();
    }
}

/* Skips the rest of a line whose beginning is lost or already read. In message text the rest is text. */
static struct tl_want skip_line(struct tl_dissection *d, struct tl_smtp_flow *f)
{
    const uint8_t *p = d->c.base + d->c.off;
    uint32_t from = d->c.off;
    f->skip[0] = !tl_smtp_skip_line(d);
    if (f->state == TL_SMTP_MESSAGE_LINES)
        feed(d, f, p, d->c.off - from);
    return f->skip[0] ? tl_smtp_some(TL_STREAM_UNIT) : tl_smtp_line();
}

static struct tl_want unit(struct tl_dissection *d, struct tl_stream *s, struct tl_smtp_flow *f)
{
    bool overlong = s->event == TL_EV_OVERLONG;
    if (f->skip[0])
        return skip_line(d, f);
    switch (f->state) {
    case TL_SMTP_MESSAGE:
        if (!text(d, f))
            return tl_smtp_some(TL_STREAM_UNIT);
        end_message(d, f, false);
        return tl_smtp_line();
    case TL_SMTP_MESSAGE_LINES:
        if (text_line(d, f, overlong)) {
            end_message(d, f, false);
            return tl_smtp_line();
        }
        f->skip[0] = overlong;
        return overlong ? tl_smtp_some(TL_STREAM_UNIT) : tl_smtp_line();
    case TL_SMTP_CHUNK_START:
        if (!may_be_refused(tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c))))
            return begin_chunk(d, f);
        f->state = TL_SMTP_CHUNK_LINE;
        return tl_smtp_line();
    case TL_SMTP_CHUNK:
        return chunk(d, f) ? end_chunk(d, f) : tl_smtp_some(f->chunk_left);
    case TL_SMTP_PEEK:
        f->state = tl_smtp_is_tls(d) ? TL_SMTP_TLS : TL_SMTP_COMMANDS;
        return f->state == TL_SMTP_TLS ? tl_smtp_upgrade(d, s) : tl_smtp_line();
    default:
        return line_of(d, f, overlong);
    }
}

/* The side ends in the first line after BDAT. */
static void end_in_chunk(struct tl_dissection *d, struct tl_smtp_flow *f)
{
    line_of(d, f, false);
    if (f->state == TL_SMTP_CHUNK && chunk(d, f))
        end_chunk(d, f);
}

struct tl_want tl_smtp_client(struct tl_dissection *d, struct tl_stream *s, struct tl_smtp_flow *f)
{
    if (s->event == TL_EV_GAP)
        return behind_gap(d, s, f);
    if (s->event == TL_EV_END) {
        bool command_state = f->state == TL_SMTP_COMMANDS || f->state == TL_SMTP_RESYNC || f->state == TL_SMTP_RESPONSES;
        uint32_t n = tl_cursor_left(&d->c);
        if (f->state == TL_SMTP_CHUNK_LINE && n > 0)
            end_in_chunk(d, f);
        else if (command_state && !f->skip[0] && n > 0 &&
            tl_smtp_is_command(tl_without_line_end(tl_bytes_of(d->c.base + d->c.off, n)), true))
            line_of(d, f, false);
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    }
    return unit(d, s, f);
}
