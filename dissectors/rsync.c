/*
 * rsync.c - rsync's daemon protocol (rsyncd.conf(5), clientserver.c of rsync): greetings, the module that is asked for,
 * the login and the answer. The transfer that follows is not read.
 */
#include "core/channel.h"
#include "dissectors/text_fields.h"
#include "dissectors/words.h"

enum { MAGIC, HDR_VERSION, DIGESTS, QUERY, RESPONSE, MOTD, USER, ERROR, FIELDS };

static const struct tl_field fields[FIELDS] = {
    [MAGIC] = { "rsync.hdr_magic", "Greeting", .type = TL_TEXT },
    [HDR_VERSION] = { "rsync.version", "Version", .type = TL_TEXT },
    [DIGESTS] = { "rsync.digests", "Digests", .type = TL_TEXT },
    [QUERY] = { "rsync.module", "Module", .type = TL_TEXT },
    [RESPONSE] = { "rsync.answer", "Response", .type = TL_TEXT },
    [MOTD] = { "rsync.line", "Line", .type = TL_TEXT, .help = "Of the message of the day, or of the list of modules" },
    [USER] = { "rsync.user", "User", .type = TL_TEXT },
    [ERROR] = { "rsync.error", "Error", .type = TL_TEXT },
};

enum { PORT = 873, LINE = 4096, HOLD = 64 << 10 };
static const char magic[] = "@RSYNCD:";

enum state { GREETING, ASKED, LOGIN, TRANSFER };

struct flow {
    uint8_t state[2]; /* of the client, of the server */
    bool confirmed;
    bool login;       /* the server wants a user and a digest */
};

static const struct tl_want want_line = { TL_WANT_LINE, LINE, NULL };
static const struct tl_want nothing = { TL_WANT_NOTHING, 0, NULL };

static unsigned turned(const struct tl_dissection *d)
{
    return d->flow.orig_port == PORT && d->flow.resp_port != PORT;
}

/* @RSYNCD: 31.0 sha512 sha256 */
static void greeting(struct tl_dissection *d, struct flow *f, struct tl_bytes text)
{
    struct tl_bytes rest = text;
    tl_message(d);
    tl_show_text(d, MAGIC, tl_take_until(&rest, ' '));
    tl_show_text(d, HDR_VERSION, tl_take_until(&rest, ' '));
    tl_show_text(d, DIGESTS, tl_trimmed(rest));
    if (!f->confirmed)
        tl_confirm(d);
    f->confirmed = true;
}

/* The client's line: what it greets with, the module it wants, user and digest. */
static struct tl_want client(struct tl_dissection *d, struct flow *f, struct tl_bytes text)
{
    struct tl_bytes rest = text;
    switch ((enum state)f->state[0]) {
    case GREETING:
        greeting(d, f, text);
        f->state[0] = ASKED;
        return want_line;
    case ASKED:
        if (text.len > 0) { /* an empty line asks for the list of modules */
            tl_message(d);
            tl_show_text(d, QUERY, text);
        }
        f->state[0] = LOGIN;
        return (struct tl_want){ TL_WANT_HOLD, HOLD, NULL };
    case LOGIN:
        tl_message(d);
        tl_show_text(d, USER, tl_take_until(&rest, ' '));
        tl_hide(d, rest);
        f->state[0] = TRANSFER;
        break;
    case TRANSFER:
        break;
    }
    return nothing;
}

static struct tl_want server(struct tl_dissection *d, struct flow *f, struct tl_bytes text)
{
    struct tl_bytes rest = text;
    if (f->state[1] == GREETING) {
        greeting(d, f, text);
        f->state[1] = ASKED;
        return want_line;
    }
    if (text.len == 0)
        return want_line;
    tl_message(d);
    if (tl_text_begins(text, "@ERROR")) {
        tl_show_text(d, ERROR, text);
        f->state[1] = TRANSFER;
        return nothing;
    }
    if (!tl_text_begins(text, magic)) {
        tl_show_text(d, MOTD, text);
        return want_line;
    }
    (void)tl_take_until(&rest, ' ');
    struct tl_bytes word = tl_take_until(&rest, ' ');
    tl_show_text(d, RESPONSE, word);
    f->login = tl_text_is(word, "authreqd");
    if (!f->login)
        f->state[0] = f->state[1] = TRANSFER;
    tl_release(d);
    return f->login ? want_line : nothing;
}

static struct tl_want unit(struct tl_dissection *d, struct tl_stream *s, struct flow *f)
{
    uint32_t n = tl_cursor_left(&d->c);
    struct tl_bytes text = tl_without_line_end(tl_bytes_of(d->c.base + d->c.off, n));
    unsigned from = s->side ^ turned(d);
    if (f->state[from] == GREETING && !tl_text_begins(text, magic)) {
        if (!f->confirmed)
            tl_violate(d);
        tl_skip(d, n);
        return nothing;
    }
    struct tl_want next = from == 0 ? client(d, f, text) : server(d, f, text);
    tl_skip(d, n);
    return next;
}

static struct tl_want rsync_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return nothing;
    unsigned from = s->side ^ turned(d);
    switch (s->event) {
    case TL_EV_OPEN:
        return f->state[from] == TRANSFER ? nothing : want_line;
    case TL_EV_UNIT:
        return unit(d, s, f);
    case TL_EV_OVERLONG:
    case TL_EV_RUN:
    case TL_EV_GAP: /* where the transfer begins is not known any more */
        tl_hide(d, tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c)));
        f->state[0] = f->state[1] = TRANSFER;
        break;
    case TL_EV_END:
        break;
    }
    return nothing;
}

static enum tl_probe rsync_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c), size = sizeof magic - 1;
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.stream || n == 0 || memcmp(p, magic, n < size ? n : size) != 0)
        return TL_PROBE_NO;
    return n < size ? TL_PROBE_MAYBE : TL_PROBE_YES;
}

const struct tl_protocol tl_protocol_rsync = {
    .name = "rsync",
    .title = "RSYNC File Synchroniser",
    .service = "rsync",
    .kind = TL_KIND_APPLICATION,
    .lifetime = TL_LIFETIME_LOGIN,
    .has_secrets = true,
    TL_TABLE(fields),
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_TCP_PORT, PORT } },
    .info = "[Version {version}][Module {module}][{answer}][User {user}][{line}][{rsync.error}]",
    TL_BEGINS("@@"), .probe = rsync_probe,
    .stream = rsync_stream,
};
