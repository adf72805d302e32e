/* imap_reply.c - the server's side of IMAP: responses (RFC 9051 section 7), and the messages in those to FETCH. */
#include "dissectors/imap/imap.h"

static const struct tl_bytes nothing = { (const uint8_t *)"", 0 };

static struct tl_bytes rest_of(const struct tl_dissection *d)
{
    return tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c));
}

static void take_all(struct tl_dissection *d)
{
    tl_skip(d, tl_cursor_left(&d->c));
}

/* --- items of FETCH (section 7.5.2) --- */

static bool begins(struct tl_bytes text, const char *word)
{
    uint32_t n = (uint32_t)strlen(word);
    return text.len >= n && tl_imap_is((struct tl_bytes){ text.data, n }, word);
}

static void take_flags(struct tl_dissection *d, struct tl_imap_flow *f, struct tl_bytes text)
{
    const uint8_t *close = text.len > 0 ? memchr(text.data, ')', text.len) : NULL;
    if (close == NULL)
        return;
    tl_kept_clear(d, &f->flags);
    f->flags_known = tl_kept_append(d, &f->flags, text.data, (uint32_t)(close - text.data), TL_MAIL_TEXT);
}

/* Looks for the items that the record has. Quoted strings are passed over. */
static void take_items(struct tl_dissection *d, struct tl_imap_flow *f, struct tl_bytes text)
{
    uint32_t digits;
    for (uint32_t i = 0; i < text.len; i++) {
        if (text.data[i] == '"') {
            for (i++; i < text.len && text.data[i] != '"'; i++)
                i += text.data[i] == '\\';
            continue;
        }
        if (i > 0 && text.data[i - 1] != ' ' && text.data[i - 1] != '(')
            continue;
        struct tl_bytes rest = { text.data + i, text.len - i };
        if (begins(rest, "UID "))
            f->uid = tl_mail_number((struct tl_bytes){ rest.data + 4, rest.len - 4 }, &digits);
        else if (begins(rest, "RFC822.SIZE "))
            f->size = tl_mail_number((struct tl_bytes){ rest.data + 12, rest.len - 12 }, &digits);
        else if (begins(rest, "FLAGS ("))
            take_flags(d, f, (struct tl_bytes){ rest.data + 7, rest.len - 7 });
    }
}

/* Returns what the item at the end of the text is, whose literal follows. *origin: of a partial fetch. */
static enum tl_imap_section section_of(struct tl_bytes text, uint64_t *origin, bool *partial)
{
    uint32_t end = text.len, digits;
    *origin = 0;
    *partial = false;
    while (end > 0 && text.data[end - 1] == ' ')
        end--;
    if (end > 0 && text.data[end - 1] == '>') {
        uint32_t at = end - 1;
        while (at > 0 && text.data[at - 1] != '<')
            at--;
        *origin = tl_mail_number((struct tl_bytes){ text.data + at, end - 1 - at }, &digits);
        *partial = true;
        end = at > 0 ? at - 1 : 0;
    }
    uint32_t from = end;
    if (end > 0 && text.data[end - 1] == ']') {
        while (from > 0 && text.data[from - 1] != '[')
            from--;
        struct tl_bytes s = { text.data + from, end - 1 - from };
        if (from == 0)
            return TL_IMAP_NO_SECTION;
        if (s.len == 0)
            return TL_IMAP_WHOLE;
        if (tl_imap_is(s, "HEADER"))
            return TL_IMAP_HEADER;
        if (begins(s, "HEADER.FIELDS"))
            return TL_IMAP_SOME_HEADER;
        if (tl_imap_is(s, "TEXT"))
            return TL_IMAP_TEXT;
        bool header = s.len > 7 && tl_imap_is((struct tl_bytes){ s.data + s.len - 7, 7 }, ".HEADER");
        return header ? TL_IMAP_SOME_HEADER : TL_IMAP_PART;
    }
    while (from > 0 && text.data[from - 1] != ' ' && text.data[from - 1] != '(')
        from--;
    struct tl_bytes item = { text.data + from, end - from };
    return tl_imap_is(item, "RFC822")          ? TL_IMAP_WHOLE
           : tl_imap_is(item, "RFC822.HEADER") ? TL_IMAP_HEADER
           : tl_imap_is(item, "RFC822.TEXT")   ? TL_IMAP_TEXT
                                               : TL_IMAP_NO_SECTION;
}

/* --- literals --- */

static bool is_message(const struct tl_imap_flow *f)
{
    return f->section == TL_IMAP_WHOLE || f->section == TL_IMAP_HEADER || f->section == TL_IMAP_SOME_HEADER;
}

/* text: the response before the literal, or the piece of it after another literal. */
static struct tl_want begin_literal(struct tl_dissection *d, struct tl_imap_flow *f, const struct tl_stream *s,
                                    struct tl_bytes text, uint64_t n)
{
    uint64_t origin = 0;
    bool partial = false;
    f->section = f->fetch ? (uint8_t)section_of(text, &origin, &partial) : TL_IMAP_NO_SECTION;
    f->literal[1] = n;
    f->continued[1] = true;
    f->state[1] = TL_IMAP_LITERAL;
    tl_imap_begin_layer(d);
    tl_add(d, IMAP_LITERAL, (uint32_t)(text.data - d->c.base) + text.len, 0, n);
    take_all(d);
    if (f->section == TL_IMAP_NO_SECTION)
        return (struct tl_want){ TL_WANT_BODY, n, NULL };
    f->data = true;
    f->bytes += n;
    if (f->section == TL_IMAP_TEXT && f->message.open && origin == 0) { /* the text of the header before it */
        f->whole |= !partial;
    } else if (is_message(f) && origin == 0) {
        tl_mail_reading_free(d, &f->message);
        tl_mail_reading_begin(d, &f->message, "IMAP", s->side);
        f->whole = f->section == TL_IMAP_WHOLE && (!partial || (f->size > 0 && n >= f->size));
        if (f->section == TL_IMAP_SOME_HEADER)
            f->whole = false;
    } else {
        f->section = TL_IMAP_PART;
        tl_body_begin(d, &f->part, &(struct tl_body_facts){ .source = "IMAP", .name = nothing, .type = nothing,
                                                             .total = n, .side = s->side });
    }
    return (struct tl_want){ TL_WANT_BODY, n, NULL };
}

static void end_literal(struct tl_dissection *d, struct tl_imap_flow *f)
{
    f->state[1] = TL_IMAP_LINES;
    tl_body_end(d, &f->part);
    /* A header may be followed by its text: the reading goes on. */
    if (f->section != TL_IMAP_HEADER)
        tl_mail_reading_end(d, &f->message);
    f->section = TL_IMAP_NO_SECTION;
}

static struct tl_want run(struct tl_dissection *d, struct tl_imap_flow *f, const struct tl_stream *s)
{
    struct tl_bytes bytes = rest_of(d);
    if (f->section == TL_IMAP_PART) {
        tl_body_data(d, &f->part, bytes);
    } else if (f->section != TL_IMAP_NO_SECTION && bytes.len > 0) {
        tl_imap_begin_layer(d);
        tl_mail_reading_feed(d, &f->message, bytes.data, bytes.len);
    }
    if (s->left == 0)
        end_literal(d, f);
    return tl_imap_line();
}

static struct tl_want behind_gap(struct tl_dissection *d, const struct tl_stream *s, struct tl_imap_flow *f)
{
    uint64_t lost = s->gap + s->dropped, seen = s->left < lost ? s->left : lost;
    f->side_begun[1] = true;
    if (f->state[1] == TL_IMAP_TLS)
        return tl_upgrade(d, s, NULL, TL_MAIL_HOLD);
    if (f->state[1] == TL_IMAP_LITERAL) {
        if (f->section == TL_IMAP_PART)
            tl_body_gap(d, &f->part, seen);
        else if (f->section != TL_IMAP_NO_SECTION)
            tl_mail_reading_gap(d, &f->message, seen);
        if (s->left > lost)
            return (struct tl_want){ TL_WANT_BODY, s->left - lost, NULL };
        end_literal(d, f);
    }
    tl_imap_end_fetch(d, f);
    f->continued[1] = false;
    f->state[1] = TL_IMAP_RESYNC;
    return tl_imap_line();
}

/* --- responses --- */

/* A response code with capabilities (section 7.1): [CAPABILITY ..]. */
static void take_code(struct tl_dissection *d, struct tl_imap_flow *f, struct tl_bytes text)
{
    const uint8_t *close = text.len > 0 ? memchr(text.data, ']', text.len) : NULL;
    if (close != NULL && begins(text, "[CAPABILITY "))
        tl_imap_take_capabilities(d, f, tl_bytes_of(text.data + 12, (size_t)(close - text.data) - 12));
}

static void greet(struct tl_dissection *d, struct tl_imap_flow *f, char status, struct tl_bytes text)
{
    f->greeted = true;
    if (status == 'P') {
        f->auth_known = f->auth_success = true;
        tl_mail_keep_text(d, &f->auth, tl_bytes_of("PREAUTH", 7), TL_MAIL_TEXT, &f->auth_cut);
    }
    tl_mail_keep_text(d, &f->greeting, text, TL_MAIL_TEXT, &f->greeting_cut);
}

static void untagged(struct tl_dissection *d, struct tl_imap_flow *f, struct tl_bytes line)
{
    struct tl_bytes rest = { line.data + 2, line.len - 2 }, word = tl_imap_take_word(&rest);
    uint32_t digits;
    uint64_t number = tl_mail_number(word, &digits);
    char status = tl_imap_status(word);
    if (status != 0) {
        /* In a capture from the middle it may be another one, which mostly has a response code. */
        bool bye = status == 'Y' && f->waiting.len > 0;
        if (!f->greeted && !bye && (rest.len == 0 || rest.data[0] != '[' || begins(rest, "[CAPABILITY")))
            greet(d, f, status, rest);
        f->greeted = true;
        take_code(d, f, rest);
    } else if (tl_imap_is(word, "CAPABILITY")) {
        tl_imap_take_capabilities(d, f, rest);
    } else if (tl_imap_is(word, "ID")) {
        tl_imap_take_id(d, f, &f->server_id, rest);
    } else if (digits > 0 && digits == word.len) {
        struct tl_bytes text = rest;
        word = tl_imap_take_word(&text);
        f->expunged += tl_imap_is(word, "EXPUNGE");
        if (tl_imap_is(word, "EXISTS")) {
            f->exists = number;
            f->exists_known = true;
        }
        if (tl_imap_is(word, "FETCH")) {
            f->fetch = true;
            f->number = number;
            take_items(d, f, text);
        }
    }
}

/* Returns the kind of the command if it was accepted, else TL_IMAP_OTHER. */
static unsigned tagged(struct tl_dissection *d, struct tl_imap_flow *f, struct tl_bytes line)
{
    struct tl_bytes tag, rest = line;
    if (!tl_imap_take_tag(&rest, &tag))
        return TL_IMAP_OTHER;
    struct tl_bytes word = tl_imap_take_word(&rest), text = rest;
    char status = tl_imap_status(word);
    tl_imap_note(d, IMAP_RESPONSE, line, TL_SECRET_NOT);
    tl_imap_note(d, IMAP_RESPONSE_TAG, tag, TL_SECRET_NOT);
    tl_imap_note(d, IMAP_RESPONSE_STATUS, word, TL_SECRET_NOT);
    tl_imap_note(d, IMAP_RESPONSE_COMMAND, tl_imap_take_word(&rest), TL_SECRET_NOT);
    take_code(d, f, text);
    f->greeted = true;
    unsigned kind = tl_imap_add_reply(d, f, tag, status, line);
    return status == 'O' ? kind : TL_IMAP_OTHER;
}

/* A piece of a response ends: the line, or what of it fits a unit. */
static struct tl_want end_piece(struct tl_dissection *d, struct tl_imap_flow *f, const struct tl_stream *s,
                                struct tl_bytes text, bool overlong)
{
    uint64_t n;
    bool waits;
    f->continued[1] = overlong;
    if (!overlong && tl_imap_literal_at_end(&text, &n, &waits))
        return begin_literal(d, f, s, text, n);
    take_all(d);
    if (!overlong)
        tl_imap_end_fetch(d, f);
    return tl_imap_line();
}

static struct tl_want response(struct tl_dissection *d, struct tl_imap_flow *f, const struct tl_stream *s,
                               struct tl_bytes line, bool overlong)
{
    f->side_begun[1] = true;
    f->state[1] = TL_IMAP_LINES;
    if (line.data[0] == '*') {
        struct tl_bytes rest = { line.data + 2, line.len - 2 };
        tl_imap_note(d, IMAP_LINE, line, TL_SECRET_NOT);
        untagged(d, f, line);
        if (tl_imap_status(tl_imap_take_word(&rest)) == 0)
            return end_piece(d, f, s, line, overlong);
        take_all(d); /* text: it has no literal */
        f->continued[1] = overlong;
        return tl_imap_line();
    }
    unsigned kind = tagged(d, f, line);
    take_all(d);
    f->continued[1] = overlong;
    if (kind == TL_IMAP_STARTTLS && !overlong) {
        f->state[1] = TL_IMAP_PEEK;
        return (struct tl_want){ TL_WANT_BYTES, 1, NULL };
    }
    if (kind == TL_IMAP_COMPRESS && !overlong && !f->deflate[s->side].on) {
        tl_imap_deflate_begin(d, f, s->side);
        return tl_imap_some();
    }
    return tl_imap_line();
}

static struct tl_want line_of(struct tl_dissection *d, struct tl_imap_flow *f, const struct tl_stream *s, bool overlong)
{
    struct tl_bytes line = tl_without_line_end(rest_of(d));
    if (f->continued[1]) {
        if (f->fetch)
            take_items(d, f, line);
        if (line.len > 0)
            tl_imap_note(d, IMAP_LINE, line, TL_SECRET_NOT);
        return end_piece(d, f, s, line, overlong);
    }
    bool middle = f->state[1] == TL_IMAP_RESYNC || !f->side_begun[1];
    if (tl_imap_is_reply(line) || (!middle && line.len > 2 && line.data[0] == '*' && line.data[1] == ' '))
        return response(d, f, s, line, overlong);
    if (line.len > 0 && line.data[0] == '+' && (line.len == 1 || line.data[1] == ' ') && !middle)
        tl_imap_note(d, IMAP_LINE, line, TL_SECRET_NOT);
    else if (!middle && line.len > 0)
        tl_weird(d, IMAP_WEIRD_NOT_A_REPLY, (struct tl_bytes){ line.data, line.len < 64 ? line.len : 64 });
    take_all(d);
    f->continued[1] = false;
    return tl_imap_line();
}

struct tl_want tl_imap_server(struct tl_dissection *d, struct tl_stream *s, struct tl_imap_flow *f)
{
    switch (s->event) {
    case TL_EV_OPEN:
        return tl_imap_line();
    case TL_EV_GAP:
        return behind_gap(d, s, f);
    case TL_EV_RUN:
        return run(d, f, s);
    case TL_EV_END:
        if (f->state[1] == TL_IMAP_LINES && !f->continued[1] && tl_imap_is_reply(tl_without_line_end(rest_of(d))))
            line_of(d, f, s, false);
        return tl_imap_nothing();
    case TL_EV_UNIT:
    case TL_EV_OVERLONG:
        break;
    }
    if (f->state[1] != TL_IMAP_PEEK)
        return line_of(d, f, s, s->event == TL_EV_OVERLONG);
    f->state[1] = tl_mail_is_tls(d) ? TL_IMAP_TLS : TL_IMAP_LINES;
    return f->state[1] == TL_IMAP_TLS ? tl_upgrade(d, s, NULL, TL_MAIL_HOLD) : tl_imap_line();
}
