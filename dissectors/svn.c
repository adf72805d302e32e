/*
 * svn.c - the protocol of a Subversion server (svn://; protocol of libsvn_ra_svn, sections 1 and 2): the greetings of
 * both
 * sides and what decides about the login. The commands that follow are not read.
 *
 * An item is a number, a word, a string (its length, ':', its bytes), or a list of items in parentheses; white space
 * separates them.
 */
#include "dissectors/words.h"

enum { STATUS, VERSION_LEAST, VERSION_MOST, VERSION, CAPABILITY, URL, AGENT, MECHANISM, TOKEN, REALM, ERROR, FIELDS };

static const struct tl_field fields[FIELDS] = {
    [STATUS] = { "svn.status", "Status", .type = TL_TEXT },
    [VERSION_LEAST] = { "svn.version_least", "Oldest version", .type = TL_U32 },
    [VERSION_MOST] = { "svn.version_most", "Newest version", .type = TL_U32 },
    [VERSION] = { "svn.version", "Version", .type = TL_U32 },
    [CAPABILITY] = { "svn.capability", "Capability", .type = TL_TEXT, .flags = TL_REPEATS },
    [URL] = { "svn.url", "Repository", .type = TL_TEXT, .secret = TL_SECRET_URI },
    [AGENT] = { "svn.user_agent", "Client", .type = TL_TEXT },
    [MECHANISM] = { "svn.mechanism", "Mechanism", .type = TL_TEXT, .flags = TL_REPEATS },
    [TOKEN] = { "svn.token", "First token", .type = TL_TEXT, .secret = TL_SECRET_WHOLE, .help = "In Base64" },
    [REALM] = { "svn.realm", "Realm", .type = TL_TEXT },
    [ERROR] = { "svn.error", "Error", .type = TL_TEXT },
};

/* A message that comes in pieces is not read, nor what follows it: only its last byte tells where it ends. */
enum { PORT = 3690, MOST = 8192, LENGTH_MOST = 1 << 16, ITEMS_MOST = 256 };

/* The messages of each side, by their order. A client's answer to a challenge is a string that stands alone. */
enum { GREETING, LOGIN };

struct flow {
    uint8_t message[2];
    bool confirmed;
};

static const struct tl_want nothing = { TL_WANT_NOTHING, 0, NULL }, some = { TL_WANT_SOME, MOST, NULL };

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* --- items --- */

enum kind { NONE, OPEN, CLOSE, WORD, NUMBER, STRING };

/* Takes the next item off a text. *value: its word, digits or string. */
static enum kind take(struct tl_bytes *rest, struct tl_bytes *value)
{
    uint32_t n = 0;
    while (rest->len > 0 && tl_is_blank(rest->data[0]))
        *rest = tl_bytes_of(rest->data + 1, rest->len - 1);
    if (rest->len == 0)
        return NONE;
    const uint8_t first = rest->data[0];
    while (n < rest->len && !tl_is_blank(rest->data[n]) && rest->data[n] != ':')
        n++;
    *value = tl_bytes_of(rest->data, n);
    uint64_t length;
    if (n < rest->len && rest->data[n] == ':' && tl_number_of(*value, LENGTH_MOST, &length) && length <= rest->len - n
        - 1) {
        *value = tl_bytes_of(rest->data + n + 1, (uint32_t)length);
        n += 1 + (uint32_t)length;
        *rest = tl_bytes_of(rest->data + n, rest->len - n);
        return STRING;
    }
    if (n == 0)
        n = 1; /* a colon without a length */
    *rest = tl_bytes_of(rest->data + n, rest->len - n);
    return first == '(' ? OPEN : first == ')' ? CLOSE : is_digit(first) ? NUMBER : WORD;
}

/* Returns the length of the list, or of the string, with which the text begins; 0: it is not whole. */
static uint32_t whole_item(struct tl_bytes text)
{
    struct tl_bytes rest = text, value;
    uint32_t depth = 0;
    for (unsigned i = 0; i < 2 * ITEMS_MOST; i++) {
        enum kind kind = take(&rest, &value);
        depth += kind == OPEN;
        if (kind == NONE || (kind == CLOSE && depth == 0))
            return 0;
        depth -= kind == CLOSE;
        if (depth == 0)
            return kind == CLOSE || kind == STRING ? text.len - rest.len : 0;
    }
    return 0;
}

/* --- messages --- */

static void number(struct tl_dissection *d, unsigned field, struct tl_bytes value)
{
    uint64_t n;
    if (tl_number_of(value, UINT32_MAX, &n))
        tl_add(d, field, (uint32_t)(value.data - d->c.base), value.len, n);
}

/* The status of a response. Returns false for what is none. */
static bool status(struct tl_dissection *d, struct tl_bytes *rest)
{
    struct tl_bytes value;
    if (take(rest, &value) != OPEN || take(rest, &value) != WORD)
        return false;
    tl_show_text(d, STATUS, value);
    return tl_text_begins(value, "success");
}

/* ( success ( LEAST MOST ( MECHANISM .. ) ( CAPABILITY .. ) ) ) */
static void server_greeting(struct tl_dissection *d, struct tl_bytes rest)
{
    struct tl_bytes value;
    unsigned lists = 0, numbers = 0;
    if (!status(d, &rest))
        return;
    for (unsigned i = 0; i < ITEMS_MOST; i++) {
        enum kind kind = take(&rest, &value);
        if (kind == NONE)
            return;
        lists += kind == OPEN;
        if (kind == NUMBER && numbers < 2)
            number(d, numbers++ == 0 ? VERSION_LEAST : VERSION_MOST, value);
        if (kind == WORD)
            tl_show_text(d, lists == 2 ? MECHANISM : CAPABILITY, value);
    }
}

/* ( VERSION ( CAPABILITY .. ) URL AGENT ( CLIENT ) ) */
static void client_greeting(struct tl_dissection *d, struct tl_bytes rest)
{
    struct tl_bytes value;
    unsigned strings = 0, numbers = 0;
    for (unsigned i = 0; i < ITEMS_MOST; i++) {
        enum kind kind = take(&rest, &value);
        if (kind == NONE)
            return;
        if (kind == NUMBER && numbers++ == 0)
            number(d, VERSION, value);
        if (kind == WORD)
            tl_show_text(d, CAPABILITY, value);
        if (kind == STRING && strings < 2)
            tl_show_text(d, strings++ == 0 ? URL : AGENT, value);
    }
}

/* ( success ( ( MECHANISM .. ) REALM ) ), or ( failure ( ( CODE MESSAGE FILE LINE ) .. ) ) */
static void server_login(struct tl_dissection *d, struct tl_bytes rest)
{
    struct tl_bytes value;
    bool right = status(d, &rest), shown = false;
    for (unsigned i = 0; i < ITEMS_MOST; i++) {
        enum kind kind = take(&rest, &value);
        if (kind == NONE)
            return;
        if (kind == WORD)
            tl_show_text(d, MECHANISM, value);
        if (kind == STRING && !shown)
            tl_show_text(d, right ? REALM : ERROR, value);
        shown = shown || kind == STRING;
    }
}

/* ( MECHANISM ( TOKEN ) ): the token is a secret. */
static void client_login(struct tl_dissection *d, struct tl_bytes rest)
{
    struct tl_bytes value;
    if (take(&rest, &value) == OPEN && take(&rest, &value) == WORD)
        tl_show_text(d, MECHANISM, value);
    tl_hide(d, rest);
    if (take(&rest, &value) == OPEN && take(&rest, &value) == STRING)
        tl_show_text(d, TOKEN, value);
}

static struct tl_want message(struct tl_dissection *d, struct flow *f, unsigned side, uint32_t n)
{
    struct tl_bytes text = tl_bytes_of(d->c.base + d->c.off, n);
    bool server = side == (d->flow.orig_port == PORT && d->flow.resp_port != PORT ? 0u : 1u);
    if (f->message[side] == GREETING) {
        tl_message(d);
        if (server)
            server_greeting(d, text);
        else
            client_greeting(d, text);
    } else {
        tl_message(d);
        if (server)
            server_login(d, text);
        else
            client_login(d, text);
    }
    tl_skip(d, n);
    f->message[side]++;
    return f->message[side] > LOGIN ? nothing : some;
}

/* Blanks stand before a message and after it. */
static struct tl_want unit(struct tl_dissection *d, struct flow *f, unsigned side)
{
    if (!f->confirmed) /* the probe has seen enough */
        tl_confirm(d);
    f->confirmed = true;
    uint32_t n = tl_cursor_left(&d->c), blanks = 0;
    const uint8_t *p = tl_cursor_peek(&d->c, 0, n);
    while (blanks < n && tl_is_blank(p[blanks]))
        blanks++;
    if (blanks > 0) {
        tl_skip(d, blanks);
        return some;
    }
    uint32_t len = n > 0 ? whole_item(tl_bytes_of(p, n)) : 0;
    if (len > 0)
        return message(d, f, side, len);
    tl_hide(d, tl_bytes_of(p, n));
    return nothing;
}

static struct tl_want svn_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return nothing;
    switch (s->event) {
    case TL_EV_OPEN:
        return some;
    case TL_EV_UNIT:
        return unit(d, f, s->side);
    default:
        return nothing;
    }
}

/* The greeting of a server, or of a client. */
static enum tl_probe svn_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    static const char server[] = "( success ( ", client[] = "( 2 ( edit-pipeline ";
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.stream || n == 0)
        return TL_PROBE_NO;
    for (unsigned i = 0; i < 2; i++) {
        const char *text = i == 0 ? server : client;
        uint32_t len = i == 0 ? sizeof server - 1 : sizeof client - 1;
        if (memcmp(p, text, n < len ? n : len) == 0)
            return n < len ? TL_PROBE_MAYBE : TL_PROBE_YES;
    }
    return TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_svn = {
    .name = "svn",
    .title = "Subversion",
    .service = "svn",
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    TL_TABLE(fields),
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_TCP_PORT, PORT } },
    .info = "[{status}][ versions {version_least}][-{version_most}][version {version}][ of {url}][ with {user_agent}]"
            "[ {mechanism,}][ in {realm}][: {error}]",
    TL_BEGINS("(("), .probe = svn_probe,
    .stream = svn_stream,
};
