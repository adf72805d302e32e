/* cql.c - Cassandra's native protocol, versions 1 to 5: headers, queries, errors. */
#include "dissectors/framed.h"
#include "dissectors/text_fields.h"

enum { VERSION, PROTOCOL_VERSION, DIRECTION, FLAGS, STREAM, OPCODE, LENGTH, QUERY, ERROR_CODE, STRING, FIELDS };

static const struct tl_name opcodes[] = {
    { 0, "ERROR" }, { 1, "STARTUP" }, { 2, "READY" }, { 3, "AUTHENTICATE" }, { 5, "OPTIONS" }, { 6, "SUPPORTED" },
    { 7, "QUERY" }, { 8, "RESULT" }, { 9, "PREPARE" }, { 10, "EXECUTE" }, { 11, "REGISTER" }, { 12, "EVENT" },
    { 13, "BATCH" }, { 14, "AUTH_CHALLENGE" }, { 15, "AUTH_RESPONSE" }, { 16, "AUTH_SUCCESS" }, { 0, NULL },
};
static const struct tl_name directions[] = { { 0, "Request" }, { 1, "Response" }, { 0, NULL } };

static const struct tl_field fields[FIELDS] = {
    [VERSION] = { "cql.version", "Version and direction", .type = TL_U8, .base = TL_HEX },
    [PROTOCOL_VERSION] = { "cql.protocol_version", "Version", .type = TL_U8, .mask = 0x7f },
    [DIRECTION] = { "cql.direction", "Direction", .type = TL_U8, .mask = 0x80, .names = directions },
    [FLAGS] = { "cql.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [STREAM] = { "cql.stream", "Stream", .type = TL_I16 },
    [OPCODE] = { "cql.opcode", "Operation", .type = TL_U8, .names = opcodes },
    [LENGTH] = { "cql.message_length", "Length", .type = TL_U32, .unit = "bytes" },
    [QUERY] = { "cql.query", "Query", .type = TL_TEXT, .secret = TL_SECRET_SQL, .help = "Literals are secret" },
    [ERROR_CODE] = { "cql.error_code", "Error", .type = TL_I32, .base = TL_HEX },
    [STRING] = { "cql.string", "Text", .type = TL_TEXT, .flags = TL_REPEATS, .help = "Of an error, an authenticator, an option" },
};

enum { PORT = 9042, COLLECTED = 1 << 16, MOST = 256 << 20 };

struct flow {
    struct tl_framed_side side[2];
    bool confirmed;
};

/* Version 5 and its direction are in the first byte; versions 1 and 2 have a shorter stream number. */
static bool is_short(uint8_t version)
{
    return (version & 0x7f) < 3;
}

static bool is_header(const uint8_t *p)
{
    uint32_t at = is_short(p[0]) ? 3 : 4;
    return (p[0] & 0x7f) >= 1 && (p[0] & 0x7f) <= 5 && (p[1] & 0xe0) == 0 && p[at] <= 16 && p[at] != 4 &&
           tl_load_be32(p + at + 1) <= MOST;
}

static uint64_t length(struct tl_dissection *d, const struct tl_stream *s, const uint8_t *p, uint32_t n)
{
    uint32_t head = is_short(p[0]) ? 8 : 9;
    (void)d;
    (void)s;
    if (n < head)
        return TL_FRAMED_MORE | head;
    return is_header(p) ? (uint64_t)head + tl_load_be32(p + head - 4) : 0;
}

static void short_text(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_take(&d->c, 2);
    if (p != NULL)
        (void)tl_text_of(d, STRING, tl_load_be16(p));
}

static void query(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_take(&d->c, 4);
    uint32_t n = p != NULL ? tl_load_be32(p) : 0, left = tl_cursor_left(&d->c);
    if (p != NULL && n > 0 && left > 0)
        (void)tl_run(d, QUERY, n < left ? n : left);
}

static void body(struct tl_dissection *d, uint8_t opcode)
{
    switch (opcode) {
    case 0:
        (void)tl_u32(d, ERROR_CODE);
        short_text(d);
        break;
    case 1: {
        const uint8_t *p = tl_cursor_take(&d->c, 2);
        for (unsigned n = p != NULL ? 2u * tl_load_be16(p) : 0; n > 0 && tl_ok(d); n--)
            short_text(d);
        break;
    }
    case 3:
        short_text(d);
        break;
    case 7: case 9:
        query(d);
        break;
    default:
        break;
    }
    tl_hide(d, tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c))); /* values, tokens */
}

static struct tl_want message(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    uint32_t off = d->c.off;
    (void)s;
    tl_message(d);
    uint8_t version = tl_u8(d, VERSION);
    tl_add_all_bits(d, PROTOCOL_VERSION, DIRECTION, off, 1, version);
    uint8_t flags = tl_u8(d, FLAGS);
    if (is_short(version)) {
        const uint8_t *p = tl_cursor_take(&d->c, 1);
        if (p != NULL)
            tl_add(d, STREAM, d->c.off - 1, 1, (uint64_t)(int64_t)(int8_t)*p);
    } else {
        (void)tl_u16(d, STREAM);
    }
    uint8_t opcode = tl_u8(d, OPCODE);
    (void)tl_u32(d, LENGTH);
    if ((flags & 1) == 0) /* not compressed */
        body(d, opcode);
    if (!f->confirmed)
        tl_confirm(d);
    f->confirmed = true;
    return tl_framed_next;
}

static bool begins(const struct tl_dissection *d, const struct tl_stream *s, struct tl_bytes bytes)
{
    (void)d;
    (void)s;
    return bytes.len >= 9 && is_header(bytes.data);
}

static const struct tl_framed framed = { 5, COLLECTED, length, message, begins };

static struct tl_want cql_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    return tl_framed_stream(d, s, &framed, &f->side[s->side]);
}

static enum tl_probe cql_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.home || !d->flow.stream || n == 0 || (p[0] & 0x7f) == 0 || (p[0] & 0x7f) > 5)
        return TL_PROBE_NO;
    if (n < (is_short(p[0]) ? 8u : 9u))
        return TL_PROBE_MAYBE;
    return is_header(p) ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_cql = {
    .name = "cql",
    .title = "Cassandra CQL Protocol",
    .service = "cassandra",
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    TL_TABLE(fields),
    .flow_size = sizeof(struct flow),
    .only_at_home = true,
    .on = { { TL_ON_TCP_PORT, PORT } },
    .info = "v{protocol_version} {opcode}[ stream {stream}][: {query}][ error {error_code}][ {string,}]",
    .probe = cql_probe,
    .stream = cql_stream,
};
