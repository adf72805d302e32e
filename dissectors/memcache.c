/* memcache.c - memcached: the text protocol (protocol.txt of memcached) and the binary one. */
#include "dissectors/text_fields.h"

enum {
    MAGIC, OPCODE, KEY_LENGTH, EXTRAS_LENGTH, DATA_TYPE, RESERVED, STATUS, BODY_LENGTH, OPAQUE, CAS, COMMAND, KEY, VALUE,
    RESPONSE, VALUE_LENGTH, NOREPLY, FIELDS
};

static const struct tl_name magics[] = { { 0x80, "Request" }, { 0x81, "Response" }, { 0, NULL } };
static const struct tl_name opcodes[] = {
    { 0x00, "Get" }, { 0x01, "Set" }, { 0x02, "Add" }, { 0x03, "Replace" }, { 0x04, "Delete" }, { 0x05, "Increment" },
    { 0x06, "Decrement" }, { 0x07, "Quit" }, { 0x08, "Flush" }, { 0x09, "Get Quietly" }, { 0x0a, "NOOP" },
    { 0x0b, "Version" }, { 0x0c, "Get Key" }, { 0x0d, "Get Key Quietly" }, { 0x0e, "Append" }, { 0x0f, "Prepend" },
    { 0x10, "Statistics" }, { 0x11, "Set Quietly" }, { 0x12, "Add Quietly" }, { 0x13, "Replace Quietly" },
    { 0x14, "Delete Quietly" }, { 0x15, "Increment Quietly" }, { 0x16, "Decrement Quietly" }, { 0x17, "Quit Quietly" },
    { 0x18, "Flush Quietly" }, { 0x19, "Append Quietly" }, { 0x1a, "Prepend Quietly" }, { 0x1c, "Touch" },
    { 0x20, "List SASL Mechanisms" }, { 0x21, "SASL Authenticate" }, { 0x22, "SASL Step" }, { 0, NULL },
};
static const struct tl_name statuses[] = {
    { 0, "No error" }, { 1, "Key not found" }, { 2, "Key exists" }, { 3, "Value too big" }, { 4, "Invalid arguments" },
    { 5, "Item not stored" }, { 6, "Not a number" }, { 0x20, "Authentication error" }, { 0x21, "Authentication continue" },
    { 0x81, "Unknown command" }, { 0x82, "Out of memory" }, { 0, NULL },
};

static const struct tl_field fields[FIELDS] = {
    [MAGIC] = { "memcache.magic", "Magic", .type = TL_U8, .base = TL_HEX, .names = magics },
    [OPCODE] = { "memcache.opcode", "Operation", .type = TL_U8, .names = opcodes },
    [KEY_LENGTH] = { "memcache.key.length", "Length of the key", .type = TL_U16 },
    [EXTRAS_LENGTH] = { "memcache.extras.length", "Length of the extras", .type = TL_U8 },
    [DATA_TYPE] = { "memcache.data_type", "Type of data", .type = TL_U8 },
    [RESERVED] = { "memcache.reserved", "Reserved", .type = TL_U16 },
    [STATUS] = { "memcache.status", "Status", .type = TL_U16, .names = statuses },
    [BODY_LENGTH] = { "memcache.total_body_length", "Length of the body", .type = TL_U32, .unit = "bytes" },
    [OPAQUE] = { "memcache.opaque", "Opaque", .type = TL_U32, .base = TL_HEX },
    [CAS] = { "memcache.cas", "CAS", .type = TL_U64 },
    [COMMAND] = { "memcache.command", "Command", .type = TL_TEXT },
    [KEY] = { "memcache.key", "Key", .type = TL_TEXT, .flags = TL_REPEATS },
    [VALUE] = { "memcache.value", "Value", .type = TL_TEXT },
    [RESPONSE] = { "memcache.response", "Response", .type = TL_TEXT },
    [VALUE_LENGTH] = { "memcache.value.length", "Length of the value", .type = TL_U32, .unit = "bytes" },
    [NOREPLY] = { "memcache.noreply", "No reply", .type = TL_TEXT },
};

enum { PORT = 11211, LINE = 8192, COLLECTED = 1 << 16, HEADER = 24, KEYS = 32, BODY_MOST = 1 << 30 };

struct side {
    uint64_t value;  /* bytes of a value, and its line end, that come next */
    uint32_t packet; /* bytes of the binary packet that is collected; 0: none */
    bool skip;
};

struct flow {
    struct side side[2];
    uint16_t server_port; /* 0: not known */
    bool binary, confirmed;
};

static uint16_t port_of(const struct tl_dissection *d, unsigned side)
{
    return side == 0 ? d->flow.orig_port : d->flow.resp_port;
}

static struct tl_bytes take_word(struct tl_bytes *text)
{
    uint32_t from = 0;
    while (from < text->len && text->data[from] == ' ')
        from++;
    uint32_t to = from;
    while (to < text->len && text->data[to] != ' ')
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

static bool number_of(struct tl_bytes word, uint64_t *value)
{
    *value = 0;
    for (uint32_t i = 0; i < word.len; i++) {
        if (word.data[i] < '0' || word.data[i] > '9' || i == 9)
            return false;
        *value = *value * 10 + (word.data[i] - '0');
    }
    return word.len > 0;
}

static bool one_of(struct tl_bytes word, const char *const *words)
{
    for (; *words != NULL; words++)
        if (tl_text_is(word, *words))
            return true;
    return false;
}

static const char *const storage[] = { "set", "add", "replace", "append", "prepend", "cas", NULL };
static const char *const with_keys[] = { "get", "gets", "gat", "gats", "delete", "incr", "decr", "touch", "mg", "ms", "md", "ma", "me", NULL };
static const char *const without_keys[] = { "version", "flush_all", "stats", "quit", "verbosity", "mn", "slabs", "lru", "watch", "shutdown", NULL };
static const char *const replies[] = { "value", "end", "stored", "not_stored", "exists", "not_found", "deleted", "touched", "ok",
                                       "error", "client_error", "server_error", "version", "stat", "hd", "va", "en", "nf", "ns",
                                       "ex", "mn", "reset", NULL };

static bool is_command(struct tl_bytes word)
{
    return one_of(word, storage) || one_of(word, with_keys) || one_of(word, without_keys);
}

/* The length of a value is the fourth word of a storage command, the third of `ms` and of VALUE, the second of VA. */
static void value_follows(struct tl_dissection *d, struct side *s, struct tl_bytes rest, unsigned skip)
{
    uint64_t size;
    struct tl_bytes word = { NULL, 0 };
    for (unsigned i = 0; i <= skip; i++)
        word = take_word(&rest);
    if (!number_of(word, &size))
        return;
    tl_add(d, VALUE_LENGTH, (uint32_t)(word.data - d->c.base), word.len, size);
    s->value = size + 2;
}

static void request(struct tl_dissection *d, struct side *s, struct tl_bytes text)
{
    struct tl_bytes rest = text, command = take_word(&rest), all = rest;
    note(d, COMMAND, command);
    bool many = tl_text_is(command, "get") || tl_text_is(command, "gets");
    if (one_of(command, storage) || one_of(command, with_keys))
        note(d, KEY, take_word(&rest));
    for (unsigned i = 0; many && i < KEYS && rest.len > 0; i++)
        note(d, KEY, take_word(&rest));
    if (one_of(command, storage))
        value_follows(d, s, all, 3);
    else if (tl_text_is(command, "ms"))
        value_follows(d, s, all, 1);
    if (text.len > 8 && memcmp(text.data + text.len - 8, " noreply", 8) == 0)
        note(d, NOREPLY, tl_bytes_of(text.data + text.len - 7, 7));
}

static void response(struct tl_dissection *d, struct side *s, struct tl_bytes text)
{
    struct tl_bytes rest = text, word = take_word(&rest);
    note(d, RESPONSE, text);
    if (tl_text_is(word, "value"))
        value_follows(d, s, rest, 2);
    else if (tl_text_is(word, "va"))
        value_follows(d, s, rest, 0);
}

/* --- binary --- */

/* A packet: header, extras, key, value. SASL's values are passwords. */
static void packet(struct tl_dissection *d)
{
    uint8_t magic = tl_u8(d, MAGIC), opcode = tl_u8(d, OPCODE);
    uint16_t key = tl_u16(d, KEY_LENGTH);
    uint8_t extras = tl_u8(d, EXTRAS_LENGTH);
    (void)tl_u8(d, DATA_TYPE);
    (void)tl_u16(d, magic == 0x81 ? STATUS : RESERVED);
    uint32_t body = tl_u32(d, BODY_LENGTH);
    (void)tl_u32(d, OPAQUE);
    (void)tl_u64(d, CAS);
    tl_skip(d, extras);
    (void)tl_text_of(d, KEY, key);
    uint32_t left = tl_cursor_left(&d->c);
    if (!tl_ok(d) || body < (uint32_t)key + extras || left == 0)
        return;
    if (magic == 0x80 && opcode >= 0x21 && opcode <= 0x22)
        tl_hide(d, tl_bytes_of(d->c.base + d->c.off, left));
    else
        (void)tl_run(d, VALUE, left);
}

static bool is_packet(const uint8_t *p)
{
    return (p[0] == 0x80 || p[0] == 0x81) && tl_name_of(opcodes, p[1]) != NULL && p[5] == 0 && tl_load_be32(p + 8) <= BODY_MOST &&
           tl_load_be32(p + 8) >= (uint32_t)tl_load_be16(p + 2) + p[4];
}

static struct tl_want next(const struct flow *f, const struct side *s)
{
    if (f->binary)
        return (struct tl_want){ TL_WANT_BYTES, HEADER, NULL };
    if (s->value == 0)
        return (struct tl_want){ TL_WANT_LINE, LINE, NULL };
    return (struct tl_want){ s->value > COLLECTED ? TL_WANT_BODY : TL_WANT_BYTES, s->value, NULL };
}

static struct tl_want binary_unit(struct tl_dissection *d, const struct flow *f, struct side *s)
{
    uint32_t n = tl_cursor_left(&d->c), off = d->c.off;
    const uint8_t *p = tl_cursor_peek(&d->c, 0, HEADER);
    if (p == NULL || !is_packet(p)) {
        tl_violate(d);
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    }
    uint32_t whole = HEADER + tl_load_be32(p + 8);
    if (n < whole && n < COLLECTED)
        return (struct tl_want){ TL_WANT_BYTES, whole < COLLECTED ? whole : COLLECTED, NULL };
    tl_message(d);
    packet(d);
    d->c.off = d->c.end = off + n;
    s->value = whole - n;
    return s->value > 0 ? (struct tl_want){ TL_WANT_BODY, s->value, NULL } : next(f, s);
}

/* --- the stream --- */

static struct tl_want text_unit(struct tl_dissection *d, struct flow *f, struct side *s, bool server)
{
    uint32_t n = tl_cursor_left(&d->c);
    if (s->value > 0) {
        if (n > 2)
            tl_add(d, VALUE, d->c.off, n - 2, 0);
        s->value = 0;
        tl_skip(d, n);
        return next(f, s);
    }
    struct tl_bytes text = tl_without_line_end(tl_bytes_of(d->c.base + d->c.off, n)), rest = text, word = take_word(&rest);
    uint64_t number;
    bool known = server ? one_of(word, replies) || number_of(word, &number) : word.len > 0;
    if (s->skip && !(server ? known : is_command(word))) {
        tl_skip(d, n);
        return next(f, s);
    }
    s->skip = false;
    if (text.len > 0) {
        tl_message(d);
        if (server)
            response(d, s, text);
        else
            request(d, s, text);
    }
    tl_skip(d, n);
    return next(f, s);
}

static struct tl_want unit(struct tl_dissection *d, const struct tl_stream *st, struct flow *f)
{
    struct side *s = &f->side[st->side];
    uint32_t n = tl_cursor_left(&d->c);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, n);
    if (f->server_port == 0) {
        bool server = d->flow.orig_port == PORT && d->flow.resp_port != PORT;
        f->server_port = server ? d->flow.orig_port : d->flow.resp_port;
    }
    if (!f->confirmed)
        tl_confirm(d);
    f->confirmed = true;
    bool server = d->flow.orig_port == d->flow.resp_port ? st->side == 1 : port_of(d, st->side) == f->server_port;
    if (!f->binary && n > 0 && s->value == 0 && (p[0] == 0x80 || p[0] == 0x81)) {
        f->binary = true;
        return next(f, s);
    }
    return f->binary ? binary_unit(d, f, s) : text_unit(d, f, s, server);
}

static struct tl_want memcache_stream(struct tl_dissection *d, struct tl_stream *st)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    struct side *s = &f->side[st->side];
    switch (st->event) {
    case TL_EV_OPEN: /* a byte tells which of the two protocols it is */
        return (struct tl_want){ TL_WANT_SOME, 1, NULL };
    case TL_EV_UNIT:
        if (tl_cursor_left(&d->c) == 1 && st->want.kind == TL_WANT_SOME) {
            f->binary = *tl_cursor_peek(&d->c, 0, 1) >= 0x80;
            return next(f, s);
        }
        return unit(d, st, f);
    case TL_EV_RUN:
        s->value = 0;
        return next(f, s);
    case TL_EV_GAP:
        if (st->left > st->gap)
            return (struct tl_want){ TL_WANT_BODY, st->left - st->gap, NULL };
        s->value = 0;
        s->skip = true;
        return f->binary ? (struct tl_want){ TL_WANT_NOTHING, 0, NULL } : next(f, s);
    case TL_EV_OVERLONG:
        s->skip = true;
        tl_skip(d, tl_cursor_left(&d->c));
        return next(f, s);
    case TL_EV_END:
        break;
    }
    return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
}

static enum tl_probe memcache_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.home || !d->flow.stream || n == 0)
        return TL_PROBE_NO;
    if (p[0] == 0x80 || p[0] == 0x81)
        return n < HEADER ? TL_PROBE_MAYBE : is_packet(p) ? TL_PROBE_YES : TL_PROBE_NO;
    const uint8_t *lf = memchr(p, '\n', n);
    if (lf == NULL)
        return n < 300 && p[0] >= ' ' && p[0] < 0x7f ? TL_PROBE_MAYBE : TL_PROBE_NO;
    struct tl_bytes line = tl_without_line_end(tl_bytes_of(p, (size_t)(lf - p) + 1)), word = take_word(&line);
    return is_command(word) || (one_of(word, replies) && port_of(d, d->flow.side) == PORT) ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_memcache = {
    .name = "memcache",
    .title = "Memcache Protocol",
    .service = "memcached",
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    TL_TABLE(fields),
    .flow_size = sizeof(struct flow),
    .only_at_home = true,
    .on = { { TL_ON_TCP_PORT, PORT } },
    .info = "[{magic} {opcode}][{command}][ {key,}][{response}][ {status}]",
    .probe = memcache_probe,
    .stream = memcache_stream,
};
