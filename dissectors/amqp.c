/* amqp.c - Advanced Message Queuing Protocol 0-9-1: frames, methods with exchanges, queues and routing keys. */
#include "dissectors/framed.h"
#include "dissectors/text_fields.h"

enum {
    INIT, ID_MAJOR, ID_MINOR, VERSION_MAJOR, VERSION_MINOR, TYPE, CHANNEL, LENGTH, CLASS, METHOD, REPLY_CODE, REPLY_TEXT,
    EXCHANGE, ROUTING_KEY, QUEUE, CONSUMER, MECHANISM, HEADER_CLASS, BODY_SIZE, PAYLOAD, NAME, FIELDS
};

static const struct tl_name types[] = { { 1, "Method" }, { 2, "Content header" }, { 3, "Content body" }, { 8, "Heartbeat" }, { 0, NULL } };
static const struct tl_name classes[] = {
    { 10, "Connection" }, { 20, "Channel" }, { 30, "Access" }, { 40, "Exchange" }, { 50, "Queue" }, { 60, "Basic" },
    { 85, "Confirm" }, { 90, "Tx" }, { 0, NULL },
};

static const struct tl_field fields[FIELDS] = {
    [INIT] = { "amqp.init.protocol", "Protocol", .type = TL_TEXT },
    [ID_MAJOR] = { "amqp.init.id_major", "Protocol id", .type = TL_U8 },
    [ID_MINOR] = { "amqp.init.id_minor", "Protocol id, minor", .type = TL_U8 },
    [VERSION_MAJOR] = { "amqp.init.version_major", "Version", .type = TL_U8 },
    [VERSION_MINOR] = { "amqp.init.version_minor", "Version, minor", .type = TL_U8 },
    [TYPE] = { "amqp.type", "Type", .type = TL_U8, .names = types },
    [CHANNEL] = { "amqp.channel", "Channel", .type = TL_U16 },
    [LENGTH] = { "amqp.length", "Length", .type = TL_U32, .unit = "bytes" },
    [CLASS] = { "amqp.method.class", "Class", .type = TL_U16, .names = classes },
    [METHOD] = { "amqp.method.method", "Method", .type = TL_U16 },
    [REPLY_CODE] = { "amqp.method.arguments.reply_code", "Reply", .type = TL_U16 },
    [REPLY_TEXT] = { "amqp.method.arguments.reply_text", "Reply text", .type = TL_TEXT },
    [EXCHANGE] = { "amqp.method.arguments.exchange", "Exchange", .type = TL_TEXT },
    [ROUTING_KEY] = { "amqp.method.arguments.routing_key", "Routing key", .type = TL_TEXT },
    [QUEUE] = { "amqp.method.arguments.queue", "Queue", .type = TL_TEXT },
    [CONSUMER] = { "amqp.method.arguments.consumer_tag", "Consumer", .type = TL_TEXT },
    [MECHANISM] = { "amqp.method.arguments.mechanism", "Mechanism", .type = TL_TEXT },
    [HEADER_CLASS] = { "amqp.header.class", "Class of the content", .type = TL_U16, .names = classes },
    [BODY_SIZE] = { "amqp.header.body-size", "Size of the content", .type = TL_U64, .unit = "bytes" },
    [PAYLOAD] = { "amqp.payload", "Content", .type = TL_BYTES },
    [NAME] = { "amqp.line.name", "Method", .type = TL_TEXT, .flags = TL_ONLY_LINE },
};

enum { PORT = 5672, COLLECTED = 1 << 17, END = 0xce };

struct flow {
    struct tl_framed_side side[2];
    bool confirmed;
};

/* How the arguments of a method begin: r reserved (2 bytes), e exchange, k routing key, q queue, c consumer tag, d delivery
 * tag (8 bytes), b a byte, y reply code and text, t a table, m mechanism, S what is secret. */
static const struct method {
    uint16_t class, method;
    const char *name, *arguments;
} methods[] = {
    { 10, 10, "Connection.Start", "" }, { 10, 11, "Connection.Start-Ok", "tmS" }, { 10, 20, "Connection.Secure", "" },
    { 10, 21, "Connection.Secure-Ok", "S" }, { 10, 30, "Connection.Tune", "" }, { 10, 31, "Connection.Tune-Ok", "" },
    { 10, 40, "Connection.Open", "" }, { 10, 41, "Connection.Open-Ok", "" }, { 10, 50, "Connection.Close", "y" },
    { 10, 51, "Connection.Close-Ok", "" }, { 10, 60, "Connection.Blocked", "" }, { 10, 61, "Connection.Unblocked", "" },
    { 10, 70, "Connection.Update-Secret", "S" }, { 20, 10, "Channel.Open", "" }, { 20, 11, "Channel.Open-Ok", "" },
    { 20, 20, "Channel.Flow", "" }, { 20, 21, "Channel.Flow-Ok", "" }, { 20, 40, "Channel.Close", "y" },
    { 20, 41, "Channel.Close-Ok", "" }, { 40, 10, "Exchange.Declare", "re" }, { 40, 11, "Exchange.Declare-Ok", "" },
    { 40, 20, "Exchange.Delete", "re" }, { 40, 21, "Exchange.Delete-Ok", "" }, { 50, 10, "Queue.Declare", "rq" },
    { 50, 11, "Queue.Declare-Ok", "q" }, { 50, 20, "Queue.Bind", "rqek" }, { 50, 21, "Queue.Bind-Ok", "" },
    { 50, 30, "Queue.Purge", "rq" }, { 50, 31, "Queue.Purge-Ok", "" }, { 50, 40, "Queue.Delete", "rq" },
    { 50, 41, "Queue.Delete-Ok", "" }, { 50, 50, "Queue.Unbind", "rqek" }, { 50, 51, "Queue.Unbind-Ok", "" },
    { 60, 10, "Basic.Qos", "" }, { 60, 11, "Basic.Qos-Ok", "" }, { 60, 20, "Basic.Consume", "rqc" },
    { 60, 21, "Basic.Consume-Ok", "c" }, { 60, 30, "Basic.Cancel", "c" }, { 60, 31, "Basic.Cancel-Ok", "c" },
    { 60, 40, "Basic.Publish", "rek" }, { 60, 50, "Basic.Return", "yek" }, { 60, 60, "Basic.Deliver", "cdbek" },
    { 60, 70, "Basic.Get", "rq" }, { 60, 71, "Basic.Get-Ok", "dbek" }, { 60, 72, "Basic.Get-Empty", "" },
    { 60, 80, "Basic.Ack", "" }, { 60, 90, "Basic.Reject", "" }, { 60, 110, "Basic.Recover", "" },
    { 60, 120, "Basic.Nack", "" }, { 85, 10, "Confirm.Select", "" }, { 85, 11, "Confirm.Select-Ok", "" },
    { 90, 10, "Tx.Select", "" }, { 90, 11, "Tx.Select-Ok", "" }, { 90, 20, "Tx.Commit", "" }, { 90, 21, "Tx.Commit-Ok", "" },
    { 90, 30, "Tx.Rollback", "" }, { 90, 31, "Tx.Rollback-Ok", "" },
};

static void short_text(struct tl_dissection *d, unsigned field)
{
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    if (p != NULL)
        (void)tl_text_of(d, field, *p);
}

static void argument(struct tl_dissection *d, char kind)
{
    const uint8_t *p;
    switch (kind) {
    case 'r':
        tl_skip(d, 2);
        break;
    case 'b':
        tl_skip(d, 1);
        break;
    case 'd':
        tl_skip(d, 8);
        break;
    case 't':
        p = tl_cursor_take(&d->c, 4);
        tl_skip(d, p != NULL ? tl_load_be32(p) : 0);
        break;
    case 'y':
        (void)tl_u16(d, REPLY_CODE);
        short_text(d, REPLY_TEXT);
        break;
    case 'S':
        tl_hide(d, tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c)));
        break;
    default:
        short_text(d, kind == 'e' ? EXCHANGE : kind == 'k' ? ROUTING_KEY : kind == 'q' ? QUEUE : kind == 'm' ? MECHANISM : CONSUMER);
        break;
    }
}

static void method(struct tl_dissection *d)
{
    uint16_t class = tl_u16(d, CLASS), number = tl_u16(d, METHOD);
    for (unsigned i = 0; i < TL_COUNT(methods); i++) {
        if (methods[i].class != class || methods[i].method != number)
            continue;
        tl_word(d, NAME, 0, methods[i].name);
        for (const char *a = methods[i].arguments; *a != 0 && tl_ok(d); a++)
            argument(d, *a);
        return;
    }
}

static uint64_t length(struct tl_dissection *d, const struct tl_stream *s, const uint8_t *p, uint32_t n)
{
    (void)d;
    (void)s;
    (void)n;
    if (memcmp(p, "AMQP", 4) == 0)
        return 8;
    return tl_name_of(types, p[0]) != NULL && tl_load_be32(p + 3) <= 1 << 27 ? UINT64_C(8) + tl_load_be32(p + 3) : 0;
}

static struct tl_want message(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 7);
    (void)s;
    tl_message(d);
    if (!f->confirmed)
        tl_confirm(d);
    f->confirmed = true;
    if (p != NULL && p[0] == 'A') {
        (void)tl_text_of(d, INIT, 4);
        (void)tl_u8(d, ID_MAJOR);
        (void)tl_u8(d, ID_MINOR);
        (void)tl_u8(d, VERSION_MAJOR);
        (void)tl_u8(d, VERSION_MINOR);
        return tl_framed_next;
    }
    uint8_t type = tl_u8(d, TYPE);
    (void)tl_u16(d, CHANNEL);
    uint32_t len = tl_u32(d, LENGTH), left = tl_cursor_left(&d->c);
    if (type == 1) {
        method(d);
    } else if (type == 2) {
        (void)tl_u16(d, HEADER_CLASS);
        tl_skip(d, 2);
        (void)tl_u64(d, BODY_SIZE);
    } else if (type == 3 && len > 0 && left > 0) {
        (void)tl_run(d, PAYLOAD, len < left ? len : left);
    }
    return tl_framed_next;
}

/* A frame, and the end mark where its length says. */
static bool begins(const struct tl_dissection *d, const struct tl_stream *s, struct tl_bytes bytes)
{
    (void)d;
    (void)s;
    if (bytes.len < 8 || tl_name_of(types, bytes.data[0]) == NULL)
        return false;
    uint64_t end = UINT64_C(7) + tl_load_be32(bytes.data + 3);
    return end < bytes.len && bytes.data[end] == END;
}

static const struct tl_framed framed = { 7, COLLECTED, length, message, begins };

static struct tl_want amqp_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    return tl_framed_stream(d, s, &framed, &f->side[s->side]);
}

/* The protocol header of 0-9-1 and 0-9 (section 4.2.2); at home, a frame. */
static enum tl_probe amqp_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    static const char header[] = "AMQP";
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.stream || n == 0)
        return TL_PROBE_NO;
    if (p[0] == 'A') {
        if (memcmp(p, header, n < 4 ? n : 4) != 0)
            return TL_PROBE_NO;
        return n < 8 ? TL_PROBE_MAYBE : p[4] <= 1 && p[5] <= 1 && p[6] <= 9 && p[6] != 1 ? TL_PROBE_YES : TL_PROBE_NO;
    }
    return d->flow.home && begins(d, NULL, tl_bytes_of(p, n)) ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_amqp = {
    .name = "amqp",
    .title = "Advanced Message Queuing Protocol",
    .service = "amqp",
    .kind = TL_KIND_APPLICATION,
    .lifetime = TL_LIFETIME_LOGIN,
    .has_secrets = true,
    .aliases = { "service:amqp" },
    TL_TABLE(fields),
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_TCP_PORT, PORT } },
    .info = "[{init.protocol} {init.version_major}-{init.version_minor}][{line.name}][ x={method.arguments.exchange}][ "
            "rk={method.arguments.routing_key}][ q={method.arguments.queue}][ {method.arguments.reply_code}][ "
            "{method.arguments.reply_text}][Content {header.body-size} bytes]",
    TL_BEGINS("AA"), .probe = amqp_probe,
    .stream = amqp_stream,
};
