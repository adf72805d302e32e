/* nats.c - NATS (docs.nats.io, client protocol): commands in lines, messages with a length. */
#include "core/channel.h"
#include "dissectors/text_fields.h"

enum { COMMAND, SUBJECT, REPLY_TO, QUEUE, SID, SIZE, OPTIONS, ERROR, PAYLOAD, FIELDS };

static const struct tl_field fields[FIELDS] = {
    [COMMAND] = { "nats.command", "Command", .type = TL_TEXT },
    [SUBJECT] = { "nats.subject", "Subject", .type = TL_TEXT },
    [REPLY_TO] = { "nats.reply_to", "Reply to", .type = TL_TEXT },
    [QUEUE] = { "nats.queue_group", "Queue group", .type = TL_TEXT },
    [SID] = { "nats.sid", "Subscription", .type = TL_TEXT },
    [SIZE] = { "nats.size", "Size", .type = TL_U32, .unit = "bytes" },
    [OPTIONS] = { "nats.options", "Options", .type = TL_TEXT, .secret = TL_SECRET_WHOLE,
                  .help = "JSON of INFO and CONNECT; of CONNECT it is secret: it has the password" },
    [ERROR] = { "nats.error", "Error", .type = TL_TEXT },
    [PAYLOAD] = { "nats.payload", "Message", .type = TL_TEXT },
};

enum { PORT = 4222, LINE = 32768, COLLECTED = 1 << 16, WORDS = 6, HOLD = 64 << 10 };

struct side {
    uint64_t message; /* bytes of a message, and its line end, that come next */
    bool skip;
};

struct flow {
    struct side side[2];
    bool confirmed;
};

static const struct tl_want want_line = { TL_WANT_LINE, LINE, NULL };

static struct tl_bytes take_word(struct tl_bytes *text)
{
    uint32_t from = 0;
    while (from < text->len && (text->data[from] == ' ' || text->data[from] == '\t'))
        from++;
    uint32_t to = from;
    while (to < text->len && text->data[to] != ' ' && text->data[to] != '\t')
        to++;
    struct tl_bytes word = { text->data + from, to - from };
    *text = (struct tl_bytes){ text->data + to, text->len - to };
    return word;
}

static void note(struct tl_dissection *d, unsigned field, struct tl_bytes text)
{
    if (text.len > 0)
        tl_add(d, field, (uint32_t)(text.data - d->c.base), text.len, 0);
}

static bool size_of(struct tl_bytes word, uint64_t *size)
{
    *size = 0;
    for (uint32_t i = 0; i < word.len; i++) {
        if (word.data[i] < '0' || word.data[i] > '9' || i == 9)
            return false;
        *size = *size * 10 + (word.data[i] - '0');
    }
    return word.len > 0;
}

/* The words of a command that has a message: where its subject, subscription, reply subject and sizes are. */
static void with_message(struct tl_dissection *d, struct side *s, const struct tl_bytes *words, unsigned n, bool msg, bool headers)
{
    unsigned least = 2u + msg + headers;
    uint64_t size;
    if (n < least || !size_of(words[n - 1], &size))
        return;
    note(d, SUBJECT, words[0]);
    if (msg)
        note(d, SID, words[1]);
    if (n > least)
        note(d, REPLY_TO, words[1 + msg]);
    tl_add(d, SIZE, (uint32_t)(words[n - 1].data - d->c.base), words[n - 1].len, size);
    s->message = size + 2;
}

static void subscription(struct tl_dissection *d, const struct tl_bytes *words, unsigned n)
{
    if (n < 2)
        return;
    note(d, SUBJECT, words[0]);
    if (n > 2)
        note(d, QUEUE, words[1]);
    note(d, SID, words[n - 1]);
}

static bool is_command(struct tl_bytes word)
{
    static const char *const words[] = { "info", "connect", "pub", "hpub", "sub", "unsub", "msg", "hmsg", "ping", "pong",
                                         "+ok", "-err" };
    for (unsigned i = 0; i < TL_COUNT(words); i++)
        if (tl_text_is(word, words[i]))
            return true;
    return false;
}

static void read_line(struct tl_dissection *d, struct side *s)
{
    uint32_t n = tl_cursor_left(&d->c);
    struct tl_bytes rest = tl_without_line_end(tl_bytes_of(d->c.base + d->c.off, n)), words[WORDS];
    struct tl_bytes command = take_word(&rest), all = rest;
    unsigned count = 0;
    if (!is_command(command)) {
        tl_hide(d, tl_bytes_of(d->c.base + d->c.off, n));
        tl_skip(d, n);
        return;
    }
    tl_message(d);
    note(d, COMMAND, command);
    while (count < WORDS && all.len > 0) {
        words[count] = take_word(&all);
        count += words[count].len > 0;
    }
    while (rest.len > 0 && rest.data[0] == ' ')
        rest = (struct tl_bytes){ rest.data + 1, rest.len - 1 };
    if (tl_text_is(command, "connect"))
        note(d, OPTIONS, rest);
    else if (tl_text_is(command, "info") && tl_wants(d, OPTIONS) && rest.len > 0)
        tl_add_secret(d, OPTIONS, (uint32_t)(rest.data - d->c.base), rest.len, TL_SECRET_NOT);
    else if (tl_text_is(command, "-err"))
        note(d, ERROR, rest);
    else if (tl_text_is(command, "sub"))
        subscription(d, words, count);
    else if (tl_text_is(command, "unsub") && count > 0)
        note(d, SID, words[0]);
    else if (tl_text_is(command, "pub") || tl_text_is(command, "hpub"))
        with_message(d, s, words, count, false, command.len == 4);
    else if (tl_text_is(command, "msg") || tl_text_is(command, "hmsg"))
        with_message(d, s, words, count, true, command.len == 4);
    tl_skip(d, n);
}

static struct tl_want next(const struct side *s)
{
    if (s->message == 0)
        return want_line;
    return (struct tl_want){ s->message > COLLECTED ? TL_WANT_BODY : TL_WANT_BYTES, s->message, NULL };
}

static struct tl_want unit(struct tl_dissection *d, struct flow *f, struct side *s)
{
    uint32_t n = tl_cursor_left(&d->c);
    if (!f->confirmed)
        tl_confirm(d);
    f->confirmed = true;
    if (s->message > 0) {
        if (n > 2)
            tl_add(d, PAYLOAD, d->c.off, n - 2, 0);
        s->message = 0;
        tl_skip(d, n);
        return want_line;
    }
    if (s->skip) {
        s->skip = false;
        tl_skip(d, n);
        return want_line;
    }
    read_line(d, s);
    return next(s);
}

static struct tl_want nats_stream(struct tl_dissection *d, struct tl_stream *st)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    struct side *s = &f->side[st->side];
    switch (st->event) {
    case TL_EV_UNIT:
        return unit(d, f, s);
    case TL_EV_RUN:
        s->message = 0;
        return want_line;
    case TL_EV_GAP:
        if (st->left > st->gap)
            return (struct tl_want){ TL_WANT_BODY, st->left - st->gap, NULL };
        s->message = 0;
        s->skip = true;
        return want_line;
    case TL_EV_OVERLONG:
        s->skip = true;
        tl_skip(d, tl_cursor_left(&d->c));
        return want_line;
    case TL_EV_OPEN:
        return next(s);
    case TL_EV_END:
        break;
    }
    return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
}

/* The server's first line: INFO and an object. At home, a command. */
static enum tl_probe nats_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    static const char info[] = "INFO {", connect[] = "CONNECT {";
    uint32_t n = tl_cursor_left(&c), most = sizeof info - 1, longer = sizeof connect - 1;
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.stream || n == 0)
        return TL_PROBE_NO;
    if (memcmp(p, info, n < most ? n : most) == 0)
        return n < most ? TL_PROBE_MAYBE : TL_PROBE_YES;
    if (memcmp(p, connect, n < longer ? n : longer) == 0)
        return n < longer ? TL_PROBE_MAYBE : TL_PROBE_YES;
    const uint8_t *lf = d->flow.home ? memchr(p, '\n', n) : NULL;
    if (lf == NULL)
        return d->flow.home && n < 16 ? TL_PROBE_MAYBE : TL_PROBE_NO;
    struct tl_bytes line = tl_without_line_end(tl_bytes_of(p, (size_t)(lf - p) + 1));
    return is_command(take_word(&line)) ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_nats = {
    .name = "nats",
    .title = "NATS",
    .service = "nats",
    .kind = TL_KIND_APPLICATION,
    .lifetime = TL_LIFETIME_LOGIN,
    .has_secrets = true,
    TL_TABLE(fields),
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_TCP_PORT, PORT } },
    .info = "{command}[ {subject}][ sid {sid}][ {error}][ ({size} bytes)]",
    TL_BEGINS("CCII"), .probe = nats_probe,
    .stream = nats_stream,
};
