/* amqp.c - Advanced Message Queuing Protocol 0-9-1: frames, methods with exchanges, queues and routing keys. */
#include "dissectors/framed.h"
#include "dissectors/login.h"
#include "dissectors/mail/mail_sasl.h"
#include "dissectors/text_fields.h"

enum {
    INIT, ID, ID_MAJOR, ID_MINOR, VERSION_MAJOR, VERSION_MINOR, REVISION, TYPE, CHANNEL, LENGTH, CLASS, METHOD, ARG_MAJOR, ARG_MINOR,
    MECHANISMS, LOCALES, MECHANISM, RESPONSE, LOCALE, CHANNEL_MAX, FRAME_MAX, HEARTBEAT, VIRTUAL_HOST, REPLY_CODE, REPLY_TEXT, CLASS_ID,
    METHOD_ID, EXCHANGE, KIND, ROUTING_KEY, QUEUE, CONSUMER, DELIVERY, MESSAGES, CONSUMERS, PREFETCH_SIZE, PREFETCH_COUNT, PASSIVE,
    DURABLE, EXCLUSIVE, AUTO_DELETE, INTERNAL, NOWAIT, IF_UNUSED, IF_EMPTY, GLOBAL, NO_LOCAL, NO_ACK, MANDATORY, IMMEDIATE, REDELIVERED,
    MULTIPLE, REQUEUE, ACTIVE, HEADER_CLASS, BODY_SIZE, PROPERTY_FLAGS, CONTENT_TYPE, CONTENT_ENCODING, DELIVERY_MODE, PRIORITY,
    CORRELATION, REPLY_TO, EXPIRATION, MESSAGE_ID, TIMESTAMP, MESSAGE_TYPE, USER, APPLICATION, PAYLOAD, NAME, FIELDS
};

static const struct tl_name types[] = { { 1, "Method" }, { 2, "Content header" }, { 3, "Content body" }, { 8, "Heartbeat" }, { 0, NULL } };
static const struct tl_name classes[] = {
    { 10, "Connection" }, { 20, "Channel" }, { 30, "Access" }, { 40, "Exchange" }, { 50, "Queue" }, { 60, "Basic" },
    { 85, "Confirm" }, { 90, "Tx" }, { 0, NULL },
};

static const struct tl_name modes[] = { { 1, "transient" }, { 2, "persistent" }, { 0, NULL } };

static const struct tl_field fields[FIELDS] = {
    [INIT] = { "amqp.init.protocol", "Protocol", .type = TL_TEXT },
    [ID] = { "amqp.init.id", "Protocol id", .type = TL_U8, .help = "Of 0-9-1 and later; before them it has two numbers" },
    [ID_MAJOR] = { "amqp.init.id_major", "Protocol id", .type = TL_U8 },
    [ID_MINOR] = { "amqp.init.id_minor", "Protocol id, minor", .type = TL_U8 },
    [VERSION_MAJOR] = { "amqp.init.version_major", "Version", .type = TL_U8 },
    [VERSION_MINOR] = { "amqp.init.version_minor", "Version, minor", .type = TL_U8 },
    [REVISION] = { "amqp.init.version_revision", "Version, revision", .type = TL_U8 },
    [TYPE] = { "amqp.type", "Type", .type = TL_U8, .names = types },
    [CHANNEL] = { "amqp.channel", "Channel", .type = TL_U16 },
    [LENGTH] = { "amqp.length", "Length", .type = TL_U32, .unit = "bytes" },
    [CLASS] = { "amqp.method.class", "Class", .type = TL_U16, .names = classes },
    [METHOD] = { "amqp.method.method", "Method", .type = TL_U16 },
    [ARG_MAJOR] = { "amqp.method.arguments.version_major", "Version", .type = TL_U8 },
    [ARG_MINOR] = { "amqp.method.arguments.version_minor", "Version, minor", .type = TL_U8 },
    [MECHANISMS] = { "amqp.method.arguments.mechanisms", "Mechanisms", .type = TL_TEXT },
    [LOCALES] = { "amqp.method.arguments.locales", "Locales", .type = TL_TEXT },
    [MECHANISM] = { "amqp.method.arguments.mechanism", "Mechanism", .type = TL_TEXT },
    [RESPONSE] = { "amqp.method.arguments.response", "Response", .type = TL_BYTES, .secret = TL_SECRET_WHOLE },
    [LOCALE] = { "amqp.method.arguments.locale", "Locale", .type = TL_TEXT },
    [CHANNEL_MAX] = { "amqp.method.arguments.channel_max", "Most channels", .type = TL_U16 },
    [FRAME_MAX] = { "amqp.method.arguments.frame_max", "Largest frame", .type = TL_U32, .unit = "bytes" },
    [HEARTBEAT] = { "amqp.method.arguments.heartbeat", "Heartbeat", .type = TL_U16, .unit = "seconds" },
    [VIRTUAL_HOST] = { "amqp.method.arguments.virtual_host", "Virtual host", .type = TL_TEXT },
    [REPLY_CODE] = { "amqp.method.arguments.reply_code", "Reply", .type = TL_U16 },
    [REPLY_TEXT] = { "amqp.method.arguments.reply_text", "Reply text", .type = TL_TEXT },
    [CLASS_ID] = { "amqp.method.arguments.class_id", "Class of the failing method", .type = TL_U16, .names = classes },
    [METHOD_ID] = { "amqp.method.arguments.method_id", "Failing method", .type = TL_U16 },
    [EXCHANGE] = { "amqp.method.arguments.exchange", "Exchange", .type = TL_TEXT },
    [KIND] = { "amqp.method.arguments.type", "Type of the exchange", .type = TL_TEXT },
    [ROUTING_KEY] = { "amqp.method.arguments.routing_key", "Routing key", .type = TL_TEXT },
    [QUEUE] = { "amqp.method.arguments.queue", "Queue", .type = TL_TEXT },
    [CONSUMER] = { "amqp.method.arguments.consumer_tag", "Consumer", .type = TL_TEXT },
    [DELIVERY] = { "amqp.method.arguments.delivery_tag", "Delivery", .type = TL_U64 },
    [MESSAGES] = { "amqp.method.arguments.message_count", "Messages in the queue", .type = TL_U32 },
    [CONSUMERS] = { "amqp.method.arguments.consumer_count", "Consumers of the queue", .type = TL_U32 },
    [PREFETCH_SIZE] = { "amqp.method.arguments.prefetch_size", "Prefetch size", .type = TL_U32, .unit = "bytes" },
    [PREFETCH_COUNT] = { "amqp.method.arguments.prefetch_count", "Prefetch count", .type = TL_U16, .unit = "messages" },
    [PASSIVE] = { "amqp.method.arguments.passive", "Passive", .type = TL_BOOL },
    [DURABLE] = { "amqp.method.arguments.durable", "Durable", .type = TL_BOOL },
    [EXCLUSIVE] = { "amqp.method.arguments.exclusive", "Exclusive", .type = TL_BOOL },
    [AUTO_DELETE] = { "amqp.method.arguments.auto_delete", "Deleted when unused", .type = TL_BOOL },
    [INTERNAL] = { "amqp.method.arguments.internal", "Internal", .type = TL_BOOL },
    [NOWAIT] = { "amqp.method.arguments.nowait", "Without an answer", .type = TL_BOOL },
    [IF_UNUSED] = { "amqp.method.arguments.if_unused", "If unused", .type = TL_BOOL },
    [IF_EMPTY] = { "amqp.method.arguments.if_empty", "If empty", .type = TL_BOOL },
    [GLOBAL] = { "amqp.method.arguments.global", "Of the connection", .type = TL_BOOL },
    [NO_LOCAL] = { "amqp.method.arguments.no_local", "Not its own", .type = TL_BOOL },
    [NO_ACK] = { "amqp.method.arguments.no_ack", "Without acknowledgements", .type = TL_BOOL },
    [MANDATORY] = { "amqp.method.arguments.mandatory", "Mandatory", .type = TL_BOOL },
    [IMMEDIATE] = { "amqp.method.arguments.immediate", "Immediate", .type = TL_BOOL },
    [REDELIVERED] = { "amqp.method.arguments.redelivered", "Redelivered", .type = TL_BOOL },
    [MULTIPLE] = { "amqp.method.arguments.multiple", "Also all before", .type = TL_BOOL },
    [REQUEUE] = { "amqp.method.arguments.requeue", "Back to the queue", .type = TL_BOOL },
    [ACTIVE] = { "amqp.method.arguments.active", "Active", .type = TL_BOOL },
    [HEADER_CLASS] = { "amqp.header.class", "Class of the content", .type = TL_U16, .names = classes },
    [BODY_SIZE] = { "amqp.header.body-size", "Size of the content", .type = TL_U64, .unit = "bytes" },
    [PROPERTY_FLAGS] = { "amqp.header.property-flags", "Properties", .type = TL_U16, .base = TL_HEX },
    [CONTENT_TYPE] = { "amqp.method.properties.content_type", "Content type", .type = TL_TEXT },
    [CONTENT_ENCODING] = { "amqp.method.properties.content_encoding", "Content encoding", .type = TL_TEXT },
    [DELIVERY_MODE] = { "amqp.method.properties.delivery_mode", "Delivery mode", .type = TL_U8, .names = modes },
    [PRIORITY] = { "amqp.method.properties.priority", "Priority", .type = TL_U8 },
    [CORRELATION] = { "amqp.method.properties.correlation_id", "Correlation id", .type = TL_TEXT },
    [REPLY_TO] = { "amqp.method.properties.reply_to", "Reply to", .type = TL_TEXT },
    [EXPIRATION] = { "amqp.method.properties.expiration", "Expiration", .type = TL_TEXT },
    [MESSAGE_ID] = { "amqp.method.properties.message_id", "Message id", .type = TL_TEXT },
    [TIMESTAMP] = { "amqp.method.properties.timestamp", "Timestamp", .type = TL_U64, .help = "Seconds since 1970" },
    [MESSAGE_TYPE] = { "amqp.method.properties.type", "Type of the message", .type = TL_TEXT },
    [USER] = { "amqp.method.properties.user_id", "User", .type = TL_TEXT },
    [APPLICATION] = { "amqp.method.properties.app_id", "Application", .type = TL_TEXT },
    [PAYLOAD] = { "amqp.payload", "Content", .type = TL_BYTES },
    [NAME] = { "amqp.line.name", "Method", .type = TL_TEXT, .flags = TL_ONLY_LINE },
};

enum { PORT = 5672, COLLECTED = 1 << 17, END = 0xce };

struct flow {
    struct tl_framed_side side[2];
    bool confirmed;
    uint32_t login; /* that waits for its answer; 0: none */
    struct tl_sasl sasl;
};

/*
 * The arguments of a method: e exchange, E its type, k routing key, q queue, c consumer tag, d delivery tag, y reply code and text,
 * C class and method, V version, L mechanisms, l locales, m mechanism, R response, s locale, x T h the numbers of Tune, v virtual
 * host, n and N numbers of messages and consumers, z prefetch, r reserved (2 bytes), t a table, S what is secret, to the end.
 * After # flags in a byte, the lowest bit first: P passive, D durable, X exclusive, A auto-delete, I internal, W no-wait,
 * U if-unused, Y if-empty, G global, O no-local, K no-ack, M mandatory, J immediate, B redelivered, Z multiple, Q requeue, F active.
 */
static const struct method {
    uint16_t class, method;
    const char *name, *arguments;
} methods[] = {
    { 10, 10, "Connection.Start", "VtLl" }, { 10, 11, "Connection.Start-Ok", "tmRs" }, { 10, 20, "Connection.Secure", "" },
    { 10, 21, "Connection.Secure-Ok", "R" }, { 10, 30, "Connection.Tune", "xTh" }, { 10, 31, "Connection.Tune-Ok", "xTh" },
    { 10, 40, "Connection.Open", "v" }, { 10, 41, "Connection.Open-Ok", "" }, { 10, 50, "Connection.Close", "yC" },
    { 10, 51, "Connection.Close-Ok", "" }, { 10, 60, "Connection.Blocked", "" }, { 10, 61, "Connection.Unblocked", "" },
    { 10, 70, "Connection.Update-Secret", "S" }, { 20, 10, "Channel.Open", "" }, { 20, 11, "Channel.Open-Ok", "" },
    { 20, 20, "Channel.Flow", "#F" }, { 20, 21, "Channel.Flow-Ok", "#F" }, { 20, 40, "Channel.Close", "yC" },
    { 20, 41, "Channel.Close-Ok", "" }, { 40, 10, "Exchange.Declare", "reE#PDAIW" }, { 40, 11, "Exchange.Declare-Ok", "" },
    { 40, 20, "Exchange.Delete", "re#UW" }, { 40, 21, "Exchange.Delete-Ok", "" }, { 50, 10, "Queue.Declare", "rq#PDXAW" },
    { 50, 11, "Queue.Declare-Ok", "qnN" }, { 50, 20, "Queue.Bind", "rqek#W" }, { 50, 21, "Queue.Bind-Ok", "" },
    { 50, 30, "Queue.Purge", "rq#W" }, { 50, 31, "Queue.Purge-Ok", "n" }, { 50, 40, "Queue.Delete", "rq#UYW" },
    { 50, 41, "Queue.Delete-Ok", "n" }, { 50, 50, "Queue.Unbind", "rqek" }, { 50, 51, "Queue.Unbind-Ok", "" },
    { 60, 10, "Basic.Qos", "z#G" }, { 60, 11, "Basic.Qos-Ok", "" }, { 60, 20, "Basic.Consume", "rqc#OKXW" },
    { 60, 21, "Basic.Consume-Ok", "c" }, { 60, 30, "Basic.Cancel", "c#W" }, { 60, 31, "Basic.Cancel-Ok", "c" },
    { 60, 40, "Basic.Publish", "rek#MJ" }, { 60, 50, "Basic.Return", "yek" }, { 60, 60, "Basic.Deliver", "cd#B;ek" },
    { 60, 70, "Basic.Get", "rq#K" }, { 60, 71, "Basic.Get-Ok", "d#B;ekn" }, { 60, 72, "Basic.Get-Empty", "" },
    { 60, 80, "Basic.Ack", "d#Z" }, { 60, 90, "Basic.Reject", "d#Q" }, { 60, 110, "Basic.Recover", "#Q" },
    { 60, 120, "Basic.Nack", "d#ZQ" }, { 85, 10, "Confirm.Select", "#W" }, { 85, 11, "Confirm.Select-Ok", "" },
    { 90, 10, "Tx.Select", "" }, { 90, 11, "Tx.Select-Ok", "" }, { 90, 20, "Tx.Commit", "" }, { 90, 21, "Tx.Commit-Ok", "" },
    { 90, 30, "Tx.Rollback", "" }, { 90, 31, "Tx.Rollback-Ok", "" },
};

static void short_text(struct tl_dissection *d, unsigned field)
{
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    if (p != NULL)
        (void)tl_text_of(d, field, *p);
}

static void long_text(struct tl_dissection *d, unsigned field)
{
    const uint8_t *p = tl_cursor_take(&d->c, 4);
    if (p != NULL)
        (void)tl_text_of(d, field, tl_load_be32(p));
}

static void table(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_take(&d->c, 4);
    tl_skip(d, p != NULL ? tl_load_be32(p) : 0);
}

static void hide(struct tl_dissection *d, uint32_t off)
{
    tl_hide(d, tl_bytes_of(d->c.base + off, off < d->c.end ? d->c.end - off : 0));
}

/* --- logins --- */

/* AMQPLAIN: a table without its length; a value is S and a long text. Returns the text of a name. */
static struct tl_bytes plain_entry(struct tl_bytes t, const char *name)
{
    uint32_t size = (uint32_t)strlen(name);
    while (t.len > 1) {
        uint32_t n = t.data[0];
        if (t.len < n + 6 || t.data[n + 1] != 'S' || tl_load_be32(t.data + n + 2) > t.len - n - 6)
            break;
        struct tl_bytes value = { t.data + n + 6, tl_load_be32(t.data + n + 2) };
        if (n == size && memcmp(t.data + 1, name, n) == 0)
            return value;
        t = (struct tl_bytes){ value.data + value.len, t.len - n - 6 - value.len };
    }
    return (struct tl_bytes){ NULL, 0 };
}

/* A response, with the mechanism if it is the first one. */
static void log_in(struct tl_dissection *d, struct flow *f, struct tl_bytes mechanism, struct tl_bytes response)
{
    struct tl_bytes user = { NULL, 0 }, secret = { NULL, 0 };
    bool first = mechanism.len > 0;
    if (first) {
        tl_login_end(d, &f->login, TL_LOGIN_UNANSWERED);
        tl_sasl_begin(&f->sasl, mechanism, response);
        f->login = tl_login_begin(d, "amqp", d->frame->ts);
        tl_login_method(d, f->login, mechanism);
    }
    if (tl_sasl_is(&f->sasl, "amqplain")) {
        user = plain_entry(response, "LOGIN");
        secret = plain_entry(response, "PASSWORD");
    } else if (!tl_sasl_is(&f->sasl, "login")) { /* not as in mail: some clients have the password in its first response */
        user = tl_sasl_user(&f->sasl, response, first, &secret);
    }
    tl_login_user(d, f->login, user);
    tl_login_secret(d, f->login, secret, false);
}

/* The server goes on after a login with Tune, or closes the connection, which is no answer but with ACCESS_REFUSED. */
static void settle(struct tl_dissection *d, struct flow *f, uint16_t number, uint16_t code)
{
    enum { TUNE = 30, CLOSE = 50, ACCESS_REFUSED = 403 };
    if (number == TUNE)
        tl_login_end(d, &f->login, TL_LOGIN_GRANTED);
    else if (number == CLOSE)
        tl_login_end(d, &f->login, code == ACCESS_REFUSED ? TL_LOGIN_REFUSED : TL_LOGIN_UNANSWERED);
}

/* --- methods --- */

/* What the arguments of a method tell about a login. */
struct told {
    struct tl_bytes mechanism, response;
    bool whole; /* the response */
    uint16_t code;
};

static void response(struct tl_dissection *d, struct told *told)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 4);
    hide(d, d->c.off);
    tl_skip(d, 4);
    uint32_t n = p != NULL ? tl_load_be32(p) : 0, off = d->c.off;
    if (n > 0)
        (void)tl_run(d, RESPONSE, n);
    told->whole = tl_ok(d);
    if (tl_ok(d))
        told->response = tl_bytes_of(d->c.base + off, n);
}

static unsigned field_of_flag(char letter)
{
    static const struct {
        char letter;
        uint8_t field;
    } rows[] = {
        { 'P', PASSIVE }, { 'D', DURABLE }, { 'X', EXCLUSIVE }, { 'A', AUTO_DELETE }, { 'I', INTERNAL }, { 'W', NOWAIT },
        { 'U', IF_UNUSED }, { 'Y', IF_EMPTY }, { 'G', GLOBAL }, { 'O', NO_LOCAL }, { 'K', NO_ACK }, { 'M', MANDATORY },
        { 'J', IMMEDIATE }, { 'B', REDELIVERED }, { 'Z', MULTIPLE }, { 'Q', REQUEUE },
    };
    for (unsigned i = 0; i < TL_COUNT(rows); i++)
        if (rows[i].letter == letter)
            return rows[i].field;
    return ACTIVE;
}

/* Returns where the letters of the flags end. */
static const char *flags(struct tl_dissection *d, const char *letters)
{
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    for (unsigned bit = 0; *letters != 0 && *letters != ';'; letters++, bit++)
        if (p != NULL)
            tl_add(d, field_of_flag(*letters), d->c.off - 1, 1, *p >> bit & 1);
    return *letters == ';' ? letters + 1 : letters;
}

static void numbers(struct tl_dissection *d, char kind)
{
    switch (kind) {
    case 'r': tl_skip(d, 2); break;
    case 'd': (void)tl_u64(d, DELIVERY); break;
    case 'x': (void)tl_u16(d, CHANNEL_MAX); break;
    case 'T': (void)tl_u32(d, FRAME_MAX); break;
    case 'h': (void)tl_u16(d, HEARTBEAT); break;
    case 'n': (void)tl_u32(d, MESSAGES); break;
    case 'N': (void)tl_u32(d, CONSUMERS); break;
    case 'V':
        (void)tl_u8(d, ARG_MAJOR);
        (void)tl_u8(d, ARG_MINOR);
        break;
    case 'z':
        (void)tl_u32(d, PREFETCH_SIZE);
        (void)tl_u16(d, PREFETCH_COUNT);
        break;
    default: /* C */
        (void)tl_u16(d, CLASS_ID);
        (void)tl_u16(d, METHOD_ID);
        break;
    }
}

static unsigned field_of_text(char kind)
{
    return kind == 'e' ? EXCHANGE : kind == 'E' ? KIND : kind == 'k' ? ROUTING_KEY : kind == 'q' ? QUEUE : kind == 'v' ? VIRTUAL_HOST :
           kind == 's' ? LOCALE : CONSUMER;
}

static void argument(struct tl_dissection *d, char kind, struct told *told)
{
    uint32_t off = d->c.off;
    switch (kind) {
    case 'e': case 'E': case 'k': case 'q': case 'c': case 'v': case 's':
        short_text(d, field_of_text(kind));
        break;
    case 'L': case 'l':
        long_text(d, kind == 'L' ? MECHANISMS : LOCALES);
        break;
    case 't':
        table(d);
        break;
    case 'y':
        told->code = tl_u16(d, REPLY_CODE);
        short_text(d, REPLY_TEXT);
        break;
    case 'm':
        short_text(d, MECHANISM);
        if (tl_ok(d))
            told->mechanism = tl_bytes_of(d->c.base + off + 1, d->c.off - off - 1);
        break;
    case 'R':
        response(d, told);
        break;
    case 'S':
        hide(d, off);
        break;
    default:
        numbers(d, kind);
        break;
    }
}

static void method(struct tl_dissection *d, struct flow *f, unsigned side)
{
    uint16_t class = tl_u16(d, CLASS), number = tl_u16(d, METHOD);
    struct told told = { .whole = false };
    uint32_t off = d->c.off;
    for (unsigned i = 0; i < TL_COUNT(methods); i++) {
        if (methods[i].class != class || methods[i].method != number)
            continue;
        tl_word(d, NAME, 0, methods[i].name);
        const char *a = methods[i].arguments;
        bool secret = strpbrk(a, "RS") != NULL;
        while (*a != 0 && tl_ok(d)) {
            char kind = *a++;
            if (kind == '#')
                a = flags(d, a);
            else
                argument(d, kind, &told);
        }
        if (secret && !tl_ok(d)) /* where it begins is not known */
            hide(d, off);
        break;
    }
    if (class != 10)
        return;
    if (side == 0 && told.whole)
        log_in(d, f, told.mechanism, told.response);
    else if (side == 1)
        settle(d, f, number, told.code);
}

/* The properties that a content header has are told by flags, the highest bit first (section 4.2.6.1). */
static void content(struct tl_dissection *d)
{
    static const uint8_t texts[] = { CONTENT_TYPE, CONTENT_ENCODING, 0, 0, 0, CORRELATION, REPLY_TO, EXPIRATION, MESSAGE_ID, 0,
                                     MESSAGE_TYPE, USER, APPLICATION };
    uint16_t class = tl_u16(d, HEADER_CLASS);
    tl_skip(d, 2);
    (void)tl_u64(d, BODY_SIZE);
    uint16_t has = tl_u16(d, PROPERTY_FLAGS);
    for (unsigned i = 0; i < TL_COUNT(texts) && class == 60 && tl_ok(d); i++) {
        if ((has & 0x8000u >> i) == 0)
            continue;
        if (texts[i] != 0)
            short_text(d, texts[i]);
        else if (i == 2)
            table(d);
        else if (i == 3 || i == 4)
            (void)tl_u8(d, i == 3 ? DELIVERY_MODE : PRIORITY);
        else
            (void)tl_u64(d, TIMESTAMP);
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

/* 0-9-1: the protocol 0, three numbers of the version; 0-9 and 0-8: two of the protocol, two of the version. */
static void protocol_header(struct tl_dissection *d, const uint8_t *id)
{
    (void)tl_text_of(d, INIT, 4);
    bool three = id != NULL && *id == 0;
    if (three) {
        (void)tl_u8(d, ID);
    } else {
        (void)tl_u8(d, ID_MAJOR);
        (void)tl_u8(d, ID_MINOR);
    }
    (void)tl_u8(d, VERSION_MAJOR);
    (void)tl_u8(d, VERSION_MINOR);
    if (three)
        (void)tl_u8(d, REVISION);
}

static struct tl_want message(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 7);
    tl_message(d);
    if (!f->confirmed)
        tl_confirm(d);
    f->confirmed = true;
    if (p != NULL && p[0] == 'A') {
        protocol_header(d, tl_cursor_peek(&d->c, 4, 1));
        return tl_framed_next;
    }
    uint8_t type = tl_u8(d, TYPE);
    (void)tl_u16(d, CHANNEL);
    uint32_t len = tl_u32(d, LENGTH), left = tl_cursor_left(&d->c);
    if (type == 1) {
        method(d, f, s->side);
    } else if (type == 2) {
        content(d);
    } else if (type == 3 && len > 0 && left > 0) {
        (void)tl_run(d, PAYLOAD, len < left ? len : left);
    } else if (type == 8) {
        tl_word(d, NAME, 0, "Heartbeat");
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

static void amqp_finish(struct tl_dissection *d)
{
    struct flow *f = d->flow.slot;
    if (f != NULL)
        tl_login_end(d, &f->login, TL_LOGIN_UNANSWERED);
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
    .records = { &tl_login_record_def },
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_TCP_PORT, PORT } },
    .info = "[{init.protocol} {init.version_major}-{init.version_minor}][-{init.version_revision}][{line.name}][ x={method.arguments.exchange}][ "
            "rk={method.arguments.routing_key}][ q={method.arguments.queue}][ vhost={method.arguments.virtual_host}]"
            "[ {method.arguments.reply_code}][ "
            "{method.arguments.reply_text}][Content {header.body-size} bytes]",
    TL_BEGINS("AA"), .probe = amqp_probe,
    .stream = amqp_stream,
    .finish = amqp_finish,
};
