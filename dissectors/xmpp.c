/*
 * xmpp.c - Extensible Messaging and Presence Protocol (RFC 6120): streams of XML over TCP, the stanzas in them,
 * SASL and STARTTLS. The tags are read one after the other; text between them is not shown, since it can be a secret of
 * SASL.
 */
#include "core/channel.h"
#include "dissectors/login.h"
#include "dissectors/text_fields.h"
#include "dissectors/words.h"

enum { TAG, TO, FROM, ID, TYPE, NAMESPACE, VERSION, MECHANISM, QUERY, CONDITION, FIELDS };

static const struct tl_field fields[FIELDS] = {
    [TAG] = { "xmpp.tag", "Element", .type = TL_TEXT, .help = "Stream, stanza or element of the login" },
    [TO] = { "xmpp.to", "To", .type = TL_TEXT },
    [FROM] = { "xmpp.from", "From", .type = TL_TEXT },
    [ID] = { "xmpp.id", "Id", .type = TL_TEXT },
    [TYPE] = { "xmpp.type", "Type", .type = TL_TEXT },
    [NAMESPACE] = { "xmpp.xmlns", "Namespace", .type = TL_TEXT },
    [VERSION] = { "xmpp.version", "Version", .type = TL_TEXT },
    [MECHANISM] = { "xmpp.mechanism", "Mechanism", .type = TL_TEXT },
    [QUERY] = { "xmpp.query", "Namespace of the query", .type = TL_TEXT },
    [CONDITION] = { "xmpp.condition", "Condition", .type = TL_TEXT, .help = "Why a login failed" },
};

enum { CLIENT_PORT = 5222, SERVER_PORT = 5269, TAG_MOST = 512, RUN = 16384, HOLD = 64 << 10, DEPTH_MOST = 200 };

/* Where the reader is in the text. */
enum place { OUTSIDE, IN_TAG, IN_QUOTES, IN_APOSTROPHES };

struct side {
    uint8_t place, depth;  /* depth: elements that are open; 1: the stream */
    bool lost;             /* bytes are missing: the depth is not known */
    bool message;          /* the stanza has a layer in this packet */
    bool slash;            /* the last byte of the tag is / */
    bool failure;          /* in <failure>: the next element is the condition */
    uint16_t len;          /* of the tag so far, without <; greater than TAG_MOST: its end is not kept */
    char tag[TAG_MOST];
};

struct flow {
    struct side side[2];
    bool confirmed;
    bool starttls; /* the client asked for TLS */
    bool answering; /* the client's text is an answer of SASL */
    bool initial;  /* the initial one */
    struct tl_login_answer answer;
    uint32_t login; /* that waits for its answer; 0: none */
    struct tl_sasl sasl;
};

static struct tl_bytes kept(const struct side *s)
{
    return tl_bytes_of(s->tag, s->len < TAG_MOST ? s->len : TAG_MOST);
}

/* Returns the value of an attribute of a tag; empty: it has none. */
static struct tl_bytes attribute(struct tl_bytes tag, const char *name)
{
    uint32_t n = (uint32_t)strlen(name);
    for (uint32_t i = 1; i + n + 2 < tag.len; i++) {
        if (!tl_is_blank(tag.data[i - 1]) || memcmp(tag.data + i, name, n) != 0 || tag.data[i + n] != '=')
            continue;
        uint8_t quote = tag.data[i + n + 1];
        struct tl_bytes rest = tl_bytes_of(tag.data + i + n + 2, tag.len - i - n - 2);
        const uint8_t *end = quote == '"' || quote == '\'' ? memchr(rest.data, quote, rest.len) : NULL;
        if (end != NULL)
            return tl_bytes_of(rest.data, (size_t)(end - rest.data));
    }
    return tl_bytes_of("", 0);
}

static void show(struct tl_dissection *d, unsigned field, struct tl_bytes text, uint32_t off)
{
    if (text.len > 0 && tl_wants(d, field))
        tl_add_text(d, field, off, 1, text.data, text.len);
}

static struct tl_bytes name_of(struct tl_bytes tag)
{
    uint32_t n = 0;
    while (n < tag.len && !tl_is_blank(tag.data[n]) && (tag.data[n] != '/' || n == 0))
        n++;
    return tl_bytes_of(tag.data, n);
}

static bool is(struct tl_bytes name, const char *word)
{
    return name.len == strlen(word) && memcmp(name.data, word, name.len) == 0;
}

/* An element right inside the stream, or the stream itself. off: of the end of the tag. */
static void stanza(struct tl_dissection *d, struct side *s, struct tl_bytes tag, struct tl_bytes name, uint32_t off)
{
    tl_message(d);
    s->message = true;
    show(d, TAG, name, off);
    show(d, TO, attribute(tag, "to"), off);
    show(d, FROM, attribute(tag, "from"), off);
    show(d, ID, attribute(tag, "id"), off);
    show(d, TYPE, attribute(tag, "type"), off);
    show(d, NAMESPACE, attribute(tag, "xmlns"), off);
    show(d, VERSION, attribute(tag, "version"), off);
    show(d, MECHANISM, attribute(tag, "mechanism"), off);
    s->failure = is(name, "failure") || is(name, "stream:error");
}

/* --- the login (RFC 6120 section 6.4) --- */

/* An element right inside the stream. client: the client sent it. */
static void log_in(struct tl_dissection *d, struct flow *f, bool client, struct tl_bytes tag, struct tl_bytes name)
{
    f->answering &= !client;
    if (client && is(name, "auth")) {
        tl_login_end(d, &f->login, TL_LOGIN_UNANSWERED);
        f->login = tl_login_sasl(d, &f->sasl, "xmpp", attribute(tag, "mechanism"), tl_bytes_of("", 0));
    }
    if (client && (is(name, "auth") || is(name, "response"))) {
        f->answering = true;
        f->initial = is(name, "auth");
        f->answer.len = 0;
    } else if (!client && is(name, "success")) {
        tl_login_end(d, &f->login, TL_LOGIN_GRANTED);
    } else if (!client && is(name, "failure")) {
        tl_login_end(d, &f->login, TL_LOGIN_REFUSED);
    }
}

/* The text of the client's element is over. It can be empty: the response comes with the next one. */
static void end_answer(struct tl_dissection *d, struct flow *f)
{
    struct tl_bytes answer = tl_login_answer_of(&f->answer);
    if (f->answering && answer.len > 0)
        tl_login_response(d, f->login, &f->sasl, answer, f->initial);
    f->answering = false;
}

/* --- tags --- */

/* What an end of a tag leads to. */
enum after { GO_ON, ASKED_TLS, BEGIN_TLS, NO_TLS };

static enum after opened(struct tl_dissection *d, struct flow *f, struct side *s, struct tl_bytes tag, uint32_t off)
{
    struct tl_bytes name = name_of(tag);
    bool empty = s->slash, stream = is(name, "stream:stream");
    enum after after = GO_ON;
    if (stream) {
        s->depth = 0;
        s->lost = false;
        if (!f->confirmed)
            tl_confirm(d);
        f->confirmed = true;
    }
    if (s->depth <= 1 && !s->lost) {
        stanza(d, s, tag, name, off);
        log_in(d, f, s == &f->side[0], tag, name);
        if (is(name, "starttls"))
            after = ASKED_TLS;
        else if (is(name, "proceed"))
            after = BEGIN_TLS;
        else if (is(name, "failure") && f->starttls)
            after = NO_TLS;
    } else if (s->depth == 2 && s->message &&
               (is(name, "query") || is(name, "bind") || is(name, "session") || is(name, "ping"))) {
        show(d, QUERY, attribute(tag, "xmlns"), off);
    } else if (s->depth == 2 && s->message && s->failure) {
        s->failure = false;
        show(d, CONDITION, name, off);
    }
    if (!empty && s->depth < DEPTH_MOST)
        s->depth++;
    return after;
}

static enum after end_of_tag(struct tl_dissection *d, struct flow *f, struct side *s, uint32_t off)
{
    struct tl_bytes tag = kept(s);
    if (tag.len == 0 || tag.data[0] == '?' || tag.data[0] == '!')
        return GO_ON;
    if (tag.data[0] != '/')
        return opened(d, f, s, tag, off);
    if (s == &f->side[0])
        end_answer(d, f);
    if (s->depth > 0)
        s->depth--;
    if (s->depth == 0 && !s->lost)
        stanza(d, s, tag, name_of(tag), off);
    return GO_ON;
}

/* Takes a byte. Returns true at the end of a tag. */
static bool take(struct side *s, uint8_t c)
{
    switch ((enum place)s->place) {
    case OUTSIDE:
        if (c == '<') {
            s->place = IN_TAG;
            s->len = 0;
        }
        return false;
    case IN_TAG:
        if (c == '>') {
            s->place = OUTSIDE;
            return true;
        }
        if (c == '"' || c == '\'')
            s->place = c == '"' ? IN_QUOTES : IN_APOSTROPHES;
        break;
    case IN_QUOTES:
    case IN_APOSTROPHES:
        if (c == (s->place == IN_QUOTES ? '"' : '\''))
            s->place = IN_TAG;
        break;
    }
    s->slash = c == '/';
    if (s->len < TAG_MOST)
        s->tag[s->len] = (char)c;
    if (s->len <= TAG_MOST)
        s->len++;
    return false;
}

static uint32_t blanks(const uint8_t *p, uint32_t n)
{
    uint32_t i = 0;
    while (i < n && tl_is_blank(p[i]))
        i++;
    return i;
}

static struct tl_want unit(struct tl_dissection *d, struct flow *f, struct side *s)
{
    static const struct tl_want some = { TL_WANT_SOME, RUN, NULL };
    uint32_t n = tl_cursor_left(&d->c), i = 0;
    const uint8_t *p = d->c.base + d->c.off;
    enum after after = GO_ON;
    s->message = false;
    tl_hide(d, tl_bytes_of(p, n)); /* text between tags may be a secret of SASL */
    if (f->starttls && s == &f->side[0]) { /* clients end the line: what TLS begins with is after it */
        i = blanks(p, n);
        tl_skip(d, i);
        return i == n ? some : (struct tl_want){ TL_WANT_HOLD, HOLD, NULL };
    }
    for (; i < n && after == GO_ON; i++) {
        if (take(s, p[i]))
            after = end_of_tag(d, f, s, d->c.off + i);
        else if (f->answering && s == &f->side[0] && s->place == OUTSIDE)
            tl_login_add(&f->answer, tl_bytes_of(p + i, 1));
    }
    if (after == BEGIN_TLS)
        i += blanks(p + i, n - i);
    tl_skip(d, i);
    switch (after) {
    case ASKED_TLS:
        if (s != &f->side[0])
            break; /* of the features of a server */
        f->starttls = true;
        break;
    case BEGIN_TLS:
        if (f->starttls)
            return (struct tl_want){ TL_WANT_SWITCH, 0, NULL };
        break;
    case NO_TLS:
        f->starttls = false;
        tl_release(d);
        break;
    case GO_ON:
        break;
    }
    return some;
}

static struct tl_want xmpp_stream(struct tl_dissection *d, struct tl_stream *st)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    struct side *s = &f->side[st->side];
    switch (st->event) {
    case TL_EV_OPEN:
        return (struct tl_want){ TL_WANT_SOME, RUN, NULL };
    case TL_EV_UNIT:
        return unit(d, f, s);
    case TL_EV_GAP: /* what is open is not known: a new stream tells */
        s->lost = true;
        s->place = OUTSIDE;
        f->answering &= s != &f->side[0];
        return (struct tl_want){ TL_WANT_SOME, RUN, NULL };
    case TL_EV_OVERLONG:
    case TL_EV_RUN:
    case TL_EV_END:
        break;
    }
    return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
}

static void xmpp_finish(struct tl_dissection *d)
{
    struct flow *f = d->flow.slot;
    tl_login_end(d, &f->login, TL_LOGIN_UNANSWERED);
}

/* The declaration of XML or the stream itself; the name of the stream must be among the first bytes. */
static enum tl_probe xmpp_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    static const char stream[] = "<stream:stream", xml[] = "<?xml";
    uint32_t n = tl_cursor_left(&c), size = sizeof stream - 1, declared = sizeof xml - 1;
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.stream || n == 0)
        return TL_PROBE_NO;
    if (memcmp(p, stream, n < size ? n : size) == 0)
        return n < size ? TL_PROBE_MAYBE : TL_PROBE_YES;
    if (memcmp(p, xml, n < declared ? n : declared) != 0)
        return TL_PROBE_NO;
    const uint8_t *end = n > declared ? memchr(p, '>', n) : NULL;
    if (end == NULL)
        return n < 128 ? TL_PROBE_MAYBE : TL_PROBE_NO;
    for (end++; end < p + n && tl_is_blank(*end); end++)
        continue;
    uint32_t left = n - (uint32_t)(end - p);
    if (memcmp(end, stream, left < size ? left : size) != 0)
        return TL_PROBE_NO;
    return left < size ? TL_PROBE_MAYBE : TL_PROBE_YES;
}

const struct tl_protocol tl_protocol_xmpp = {
    .name = "xmpp",
    .title = "Extensible Messaging and Presence Protocol",
    .service = "xmpp",
    .kind = TL_KIND_APPLICATION,
    .lifetime = TL_LIFETIME_LOGIN,
    .has_secrets = true,
    TL_TABLE(fields),
    .records = { &tl_login_record_def },
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_TCP_PORT, CLIENT_PORT }, { TL_ON_TCP_PORT, SERVER_PORT } },
    .info = "{tag}[ {type}][ from {from}][ to {to}][, {query}][, {mechanism}][, {condition}]",
    TL_BEGINS("<<"), .probe = xmpp_probe,
    .stream = xmpp_stream,
    .finish = xmpp_finish,
};
