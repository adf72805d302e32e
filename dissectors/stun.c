/*
 * stun.c - Session Traversal Utilities for NAT (RFC 8489), relaying with TURN (RFC 8656, RFC 6062), and the attributes of
 * ICE (RFC 8445). What a relay carries, and what shares the flow (RFC 7983), is read on its own.
 */
#include "core/channel.h"
#include "core/part.h"

enum { TYPE, CLASS, METHOD, LENGTH, COOKIE, ID, ATTRIBUTE, ATT_TYPE, ATT_LENGTH, FAMILY, PORT_XOR, PORT, IPV4_XOR, IPV4, IPV6_XOR,
       IPV6, USERNAME, PASSWORD, HMAC, CRC, ERROR_CLASS, ERROR, REASON, REALM, NONCE, UNKNOWN, SOFTWARE, PRIORITY, TIE_BREAKER,
       LIFETIME, CHANGE_IP, CHANGE_PORT, TRANSPORT, CHANNEL_NUMBER, CACHE, RESERVE_NEXT, PW_ALG, VALUE, CHANNEL, LINE_ERROR,
       FIELDS };

#define CLASSES(method, name) \
    { (method), name " Request" }, { (method) | 0x010, name " Indication" }, { (method) | 0x100, name " Success Response" }, \
        { (method) | 0x110, name " Error Response" }
static const struct tl_name classes[] = {
    { 0, "Request" }, { 1, "Indication" }, { 0x10, "Success Response" }, { 0x11, "Error Response" }, { 0, NULL },
};
static const struct tl_name methods[] = {
    { 1, "Binding" }, { 2, "SharedSecret" }, { 3, "Allocate" }, { 4, "Refresh" }, { 6, "Send" }, { 7, "Data" },
    { 8, "CreatePermission" }, { 9, "ChannelBind" }, { 10, "Connect" }, { 11, "ConnectionBind" },
    { 12, "ConnectionAttempt" }, { 0, NULL },
};
static const struct tl_name types[] = {
    { 0x001, "Binding Request" }, { 0x002, "SharedSecret Request" }, { 0x003, "Allocate Request" }, { 0x004, "Refresh Request" },
    { 0x008, "CreatePermission Request" }, { 0x009, "ChannelBind Request" }, { 0x00a, "Connect Request" },
    { 0x00b, "ConnectionBind Request" }, { 0x011, "Binding Indication" }, { 0x016, "Send Indication" },
    { 0x017, "Data Indication" }, { 0x01c, "ConnectionAttempt Indication" }, { 0x101, "Binding Success Response" },
    { 0x102, "SharedSecret Success Response" }, { 0x103, "Allocate Success Response" }, { 0x104, "Refresh Success Response" },
    { 0x108, "CreatePermission Success Response" }, { 0x109, "ChannelBind Success Response" },
    { 0x10a, "Connect Success Response" }, { 0x10b, "ConnectionBind Success Response" }, { 0x111, "Binding Error Response" },
    { 0x112, "SharedSecret Error Response" }, { 0x113, "Allocate Error Response" }, { 0x114, "Refresh Error Response" },
    { 0x118, "CreatePermission Error Response" }, { 0x119, "ChannelBind Error Response" }, { 0x11a, "Connect Error Response" },
    { 0x11b, "ConnectionBind Error Response" }, { 0, NULL },
};
#undef CLASSES

enum { A_MAPPED = 1, A_CHANGE = 3, A_USERNAME = 6, A_PASSWORD = 7, A_INTEGRITY = 8, A_ERROR = 9, A_UNKNOWN = 10,
       A_CHANNEL = 12, A_LIFETIME = 13, A_XOR_PEER = 18, A_DATA = 19, A_REALM = 20, A_NONCE = 21, A_XOR_RELAYED = 22,
       A_EVEN_PORT = 24, A_TRANSPORT = 25, A_ACCESS_TOKEN = 27, A_INTEGRITY_256 = 28, A_PW_ALG = 29, A_XOR_MAPPED = 32,
       A_PRIORITY = 36, A_SOFTWARE = 0x8022, A_ALTERNATE = 0x8023, A_CACHE = 0x8027, A_FINGERPRINT = 0x8028,
       A_CONTROLLED = 0x8029, A_CONTROLLING = 0x802a, A_ORIGIN = 0x802b, A_OTHER = 0x802c, A_MOBILITY = 0x8030 };

static const struct tl_name attributes[] = {
    { 0x0001, "MAPPED-ADDRESS" }, { 0x0002, "RESPONSE-ADDRESS" }, { 0x0003, "CHANGE-REQUEST" }, { 0x0004, "SOURCE-ADDRESS" },
    { 0x0005, "CHANGED-ADDRESS" }, { 0x0006, "USERNAME" }, { 0x0007, "PASSWORD" }, { 0x0008, "MESSAGE-INTEGRITY" },
    { 0x0009, "ERROR-CODE" }, { 0x000a, "UNKNOWN-ATTRIBUTES" }, { 0x000b, "REFLECTED-FROM" }, { 0x000c, "CHANNEL-NUMBER" },
    { 0x000d, "LIFETIME" }, { 0x000e, "ALTERNATE-SERVER" }, { 0x0010, "BANDWIDTH" }, { 0x0012, "XOR-PEER-ADDRESS" },
    { 0x0013, "DATA" }, { 0x0014, "REALM" }, { 0x0015, "NONCE" }, { 0x0016, "XOR-RELAYED-ADDRESS" },
    { 0x0017, "REQUESTED-ADDRESS-FAMILY" }, { 0x0018, "EVEN-PORT" }, { 0x0019, "REQUESTED-TRANSPORT" },
    { 0x001a, "DONT-FRAGMENT" }, { 0x001b, "ACCESS-TOKEN" }, { 0x001c, "MESSAGE-INTEGRITY-SHA256" },
    { 0x001d, "PASSWORD-ALGORITHM" }, { 0x001e, "USERHASH" }, { 0x0020, "XOR-MAPPED-ADDRESS" },
    { 0x0022, "RESERVATION-TOKEN" }, { 0x0024, "PRIORITY" }, { 0x0025, "USE-CANDIDATE" }, { 0x0026, "PADDING" },
    { 0x0027, "RESPONSE-PORT" }, { 0x002a, "CONNECTION-ID" }, { 0x8000, "ADDITIONAL-ADDRESS-FAMILY" },
    { 0x8001, "ADDRESS-ERROR-CODE" }, { 0x8002, "PASSWORD-ALGORITHMS" }, { 0x8003, "ALTERNATE-DOMAIN" }, { 0x8004, "ICMP" },
    { 0x8020, "XOR-MAPPED-ADDRESS (old)" }, { 0x8022, "SOFTWARE" }, { 0x8023, "ALTERNATE-SERVER" },
    { 0x8025, "TRANSACTION-TRANSMIT-COUNTER" }, { 0x8027, "CACHE-TIMEOUT" }, { 0x8028, "FINGERPRINT" },
    { 0x8029, "ICE-CONTROLLED" }, { 0x802a, "ICE-CONTROLLING" }, { 0x802b, "RESPONSE-ORIGIN" }, { 0x802c, "OTHER-ADDRESS" },
    { 0x802d, "ECN-CHECK" }, { 0x802e, "THIRD-PARTY-AUTHORIZATION" }, { 0x8030, "MOBILITY-TICKET" },
    { 0xc057, "NETWORK-INFO" }, { 0, NULL },
};
static const struct tl_name families[] = { { 1, "IPv4" }, { 2, "IPv6" }, { 0, NULL } };
static const struct tl_name transports[] = { { 6, "TCP" }, { 17, "UDP" }, { 0, NULL } };
static const struct tl_name algorithms[] = { { 1, "MD5" }, { 2, "SHA-256" }, { 0, NULL } };

static const struct tl_field fields[FIELDS] = {
    [TYPE] = { "stun.type", "Type", .type = TL_U16, .base = TL_HEX, .names = types },
    [CLASS] = { "stun.type.class", "Class", .type = TL_U16, .base = TL_HEX, .mask = 0x0110, .names = classes },
    [METHOD] = { "stun.type.method", "Method", .type = TL_U16, .base = TL_HEX, .mask = 0x3eef, .names = methods },
    [LENGTH] = { "stun.length", "Length", .type = TL_U16, .unit = "bytes" },
    [COOKIE] = { "stun.cookie", "Cookie", .type = TL_BYTES },
    [ID] = { "stun.id", "Transaction id", .type = TL_BYTES },
    [ATTRIBUTE] = { "stun.attribute", "Attribute", .type = TL_GROUP, .flags = TL_REPEATS, .title = "{att.type}" },
    [ATT_TYPE] = { "stun.att.type", "Type", .type = TL_U16, .base = TL_HEX, .names = attributes, .flags = TL_REPEATS },
    [ATT_LENGTH] = { "stun.att.length", "Length", .type = TL_U16, .unit = "bytes", .flags = TL_REPEATS },
    [FAMILY] = { "stun.att.family", "Family", .type = TL_U8, .base = TL_HEX, .names = families, .flags = TL_REPEATS },
    [PORT_XOR] = { "stun.att.port-xord", "Port, as sent", .type = TL_BYTES, .flags = TL_REPEATS },
    [PORT] = { "stun.att.port", "Port", .type = TL_U16, .flags = TL_REPEATS },
    [IPV4_XOR] = { "stun.att.ipv4-xord", "Address, as sent", .type = TL_BYTES, .flags = TL_REPEATS },
    [IPV4] = { "stun.att.ipv4", "Address", .type = TL_IPV4, .flags = TL_REPEATS },
    [IPV6_XOR] = { "stun.att.ipv6-xord", "Address, as sent", .type = TL_BYTES, .flags = TL_REPEATS },
    [IPV6] = { "stun.att.ipv6", "Address", .type = TL_IPV6, .flags = TL_REPEATS },
    [USERNAME] = { "stun.att.username", "User name", .type = TL_TEXT, .flags = TL_REPEATS },
    [PASSWORD] = { "stun.att.password", "Password", .type = TL_BYTES, .flags = TL_REPEATS, .secret = TL_SECRET_WHOLE },
    [HMAC] = { "stun.att.hmac", "Integrity", .type = TL_BYTES, .flags = TL_REPEATS },
    [CRC] = { "stun.att.crc32", "Checksum", .type = TL_U32, .base = TL_HEX, .flags = TL_REPEATS },
    [ERROR_CLASS] = { "stun.att.error.class", "Hundreds of the error", .type = TL_U8, .flags = TL_REPEATS },
    [ERROR] = { "stun.att.error", "Rest of the error", .type = TL_U8, .flags = TL_REPEATS },
    [REASON] = { "stun.att.error.reason", "Reason", .type = TL_TEXT, .flags = TL_REPEATS },
    [REALM] = { "stun.att.realm", "Realm", .type = TL_TEXT, .flags = TL_REPEATS },
    [NONCE] = { "stun.att.nonce", "Nonce", .type = TL_TEXT, .flags = TL_REPEATS },
    [UNKNOWN] = { "stun.att.unknown", "Unknown attribute", .type = TL_U16, .base = TL_HEX, .names = attributes,
                  .flags = TL_REPEATS },
    [SOFTWARE] = { "stun.att.software", "Software", .type = TL_TEXT, .flags = TL_REPEATS },
    [PRIORITY] = { "stun.att.priority", "Priority", .type = TL_U32, .flags = TL_REPEATS },
    [TIE_BREAKER] = { "stun.att.tie-breaker", "Tie breaker", .type = TL_BYTES, .flags = TL_REPEATS },
    [LIFETIME] = { "stun.att.lifetime", "Lifetime", .type = TL_U32, .unit = "s", .flags = TL_REPEATS },
    [CHANGE_IP] = { "stun.att.change-ip", "Answer from another address", .type = TL_BOOL, .mask = 4, .flags = TL_REPEATS },
    [CHANGE_PORT] = { "stun.att.change-port", "Answer from another port", .type = TL_BOOL, .mask = 2, .flags = TL_REPEATS },
    [TRANSPORT] = { "stun.att.transp", "Transport", .type = TL_U8, .base = TL_HEX, .names = transports, .flags = TL_REPEATS },
    [CHANNEL_NUMBER] = { "stun.att.channelnum", "Channel", .type = TL_U16, .base = TL_HEX, .flags = TL_REPEATS },
    [CACHE] = { "stun.att.cache-timeout", "Cache time", .type = TL_U32, .unit = "s", .flags = TL_REPEATS },
    [RESERVE_NEXT] = { "stun.att.even-port.reserve-next", "Reserve the next port", .type = TL_U8, .mask = 0x80,
                       .flags = TL_REPEATS },
    [PW_ALG] = { "stun.att.pw_alg", "Password algorithm", .type = TL_U16, .names = algorithms, .flags = TL_REPEATS },
    [VALUE] = { "stun.value", "Value", .type = TL_BYTES, .flags = TL_REPEATS | TL_CARRIER },
    [CHANNEL] = { "stun.channel", "Channel", .type = TL_U16, .base = TL_HEX },
    [LINE_ERROR] = { "stun.line.error", "Error", .type = TL_U16, .flags = TL_ONLY_LINE },
};

enum { COOKIE_VALUE = 0x2112a442, PORT_TURN = 3478 };
#define CHILD_CHANNEL UINT64_C(0x100000000)
#define CHILD_PEER UINT64_C(0x200000000)
#define CHILD_OTHER UINT64_C(0x400000000)

struct flow {
    bool confirmed;
};

/* Of a message, for what it carries. */
struct message {
    struct tl_bytes data;
    uint64_t peer; /* of address and port */
    const uint8_t *id;
};

/* --- attributes --- */

/* Section 14.1 and 14.2: the address is plain, or combined with the cookie and the transaction id. */
static void address(struct tl_dissection *d, uint32_t len, bool combined, struct message *m)
{
    static const uint8_t cookie[] = { 0x21, 0x12, 0xa4, 0x42 };
    uint8_t key[16], plain[16];
    memcpy(key, cookie, 4);
    memcpy(key + 4, m->id, 12);
    tl_skip(d, 1);
    uint8_t family = tl_u8(d, FAMILY);
    uint32_t n = family == 1 ? 4 : family == 2 ? 16 : 0;
    const uint8_t *p = tl_cursor_take(&d->c, 2);
    if (p == NULL || n == 0 || len != 4 + n)
        return;
    uint16_t port = (uint16_t)(tl_load_be16(p) ^ (combined ? COOKIE_VALUE >> 16 : 0));
    if (combined)
        tl_add(d, PORT_XOR, d->c.off - 2, 2, 0);
    tl_add(d, PORT, d->c.off - 2, 2, port);
    const uint8_t *a = tl_cursor_take(&d->c, n);
    if (a == NULL)
        return;
    for (uint32_t i = 0; i < n; i++) {
        plain[i] = a[i] ^ (combined ? key[i] : 0);
        m->peer = (m->peer ^ plain[i]) * 0x01000193;
    }
    m->peer = (m->peer ^ port) & UINT32_MAX;
    unsigned field = n == 4 ? IPV4 : IPV6;
    if (combined)
        tl_add(d, n == 4 ? IPV4_XOR : IPV6_XOR, d->c.off - n, n, 0);
    tl_add_text(d, field, d->c.off - n, n, plain, n);
}

static void error(struct tl_dissection *d, uint32_t len)
{
    tl_skip(d, 2);
    uint8_t class = tl_u8(d, ERROR_CLASS), number = tl_u8(d, ERROR);
    if (tl_ok(d))
        tl_add(d, LINE_ERROR, d->c.off - 2, 2, (class & 7u) * 100u + number);
    if (len > 4)
        tl_run(d, REASON, len - 4);
}

static void run(struct tl_dissection *d, unsigned field, uint32_t len)
{
    if (len > 0)
        tl_run(d, field, len);
}

/* A number of four bytes, if it is one. */
static void four(struct tl_dissection *d, unsigned field, uint32_t len)
{
    if (len == 4)
        tl_u32(d, field);
}

static void value(struct tl_dissection *d, uint16_t type, uint32_t len, struct message *m)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, len);
    switch (type) {
    case A_MAPPED: case 2: case 4: case 5: case 11: case 14: case A_ALTERNATE: case A_ORIGIN: case A_OTHER:
        address(d, len, false, m);
        break;
    case A_XOR_PEER: case A_XOR_RELAYED: case A_XOR_MAPPED: case 0x8020: address(d, len, true, m); break;
    case A_CHANGE:
        if (p != NULL && len == 4)
            tl_add_all_bits(d, CHANGE_IP, CHANGE_PORT, d->c.off, 4, tl_load_be32(p));
        break;
    case A_USERNAME: run(d, USERNAME, len); break;
    case A_PASSWORD: run(d, PASSWORD, len); break;
    case A_INTEGRITY: case A_INTEGRITY_256: run(d, HMAC, len); break;
    case A_ERROR: error(d, len); break;
    case A_UNKNOWN:
        for (uint32_t i = 0; i + 2 <= len && tl_ok(d); i += 2)
            tl_u16(d, UNKNOWN);
        break;
    case A_CHANNEL:
        if (len == 4)
            tl_u16(d, CHANNEL_NUMBER);
        break;
    case A_LIFETIME: four(d, LIFETIME, len); break;
    case A_DATA:
        if (p != NULL)
            m->data = tl_bytes_of(p, len);
        run(d, VALUE, len);
        break;
    case A_REALM: run(d, REALM, len); break;
    case A_NONCE: run(d, NONCE, len); break;
    case 0x0017: case 0x8000: tl_u8(d, FAMILY); break;
    case A_EVEN_PORT:
        if (p != NULL && len > 0)
            tl_add_bits(d, RESERVE_NEXT, d->c.off, 1, p[0]);
        break;
    case A_TRANSPORT: tl_u8(d, TRANSPORT); break;
    case A_ACCESS_TOKEN: case A_MOBILITY:
        if (p != NULL)
            tl_hide(d, tl_bytes_of(p, len));
        tl_add_secret(d, VALUE, d->c.off, p != NULL ? len : 0, TL_SECRET_WHOLE);
        break;
    case A_PW_ALG: tl_u16(d, PW_ALG); break;
    case A_PRIORITY: four(d, PRIORITY, len); break;
    case A_SOFTWARE: run(d, SOFTWARE, len); break;
    case A_CACHE: four(d, CACHE, len); break;
    case A_FINGERPRINT: four(d, CRC, len); break;
    case A_CONTROLLED: case A_CONTROLLING: run(d, TIE_BREAKER, len); break;
    default: run(d, VALUE, len); break;
    }
}

static void attributes_of(struct tl_dissection *d, struct message *m)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) >= 4) {
        uint32_t group = tl_group(d, ATTRIBUTE);
        uint16_t type = tl_u16(d, ATT_TYPE), len = tl_u16(d, ATT_LENGTH);
        struct tl_part part = tl_part_enter(d, len);
        if (tl_ok(d))
            value(d, type, len, m);
        tl_part_end(d, part);
        uint32_t padding = (4u - len % 4u) % 4u, left = tl_cursor_wire_left(&d->c);
        if (tl_ok(d))
            tl_skip(d, padding < left ? padding : left);
        tl_group_end(d, group);
    }
}

/* --- messages --- */

static void pass_on(struct tl_dissection *d, uint64_t id, struct tl_bytes bytes)
{
    struct tl_channel *child = tl_channel_find(d, id);
    if (child == NULL)
        child = tl_channel_open(d, TL_CHANNEL_DATAGRAM, id, NULL);
    tl_channel_push(d, child, d->flow.side, bytes);
}

static void confirm(struct tl_dissection *d, bool response)
{
    struct flow *f = d->flow.slot;
    if (f == NULL || f->confirmed || d->frame->quoted || !tl_ok(d))
        return;
    if (response && d->flow.side == 0)
        tl_turn(d);
    f->confirmed = true;
    tl_confirm(d);
}

static void message(struct tl_dissection *d)
{
    struct message m = { .peer = 0 };
    uint16_t type = tl_u16(d, TYPE);
    if (tl_ok(d))
        tl_add_all_bits(d, CLASS, METHOD, d->c.off - 2, 2, type);
    uint32_t len = tl_u16(d, LENGTH);
    tl_run(d, COOKIE, 4);
    m.id = tl_run(d, ID, 12);
    if (m.id == NULL)
        return;
    struct tl_part part = tl_part_enter(d, len);
    if (tl_ok(d))
        attributes_of(d, &m);
    tl_part_leave(d, part);
    confirm(d, (type & 0x0100) != 0);
    if (m.data.len > 0 && !d->frame->quoted && tl_ok(d))
        pass_on(d, CHILD_PEER | m.peer, m.data);
}

/* RFC 8656 section 12.4. */
static void channel_data(struct tl_dissection *d)
{
    uint16_t channel = tl_u16(d, CHANNEL);
    uint32_t len = tl_u16(d, LENGTH);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, len);
    tl_skip(d, len);
    if (p == NULL || !tl_ok(d))
        return;
    uint32_t padding = tl_cursor_wire_left(&d->c);
    if (padding > 0 && padding < 4)
        tl_skip(d, padding);
    if (!d->frame->quoted)
        pass_on(d, CHILD_CHANNEL | channel, tl_bytes_of(p, len));
}

static bool is_message(const uint8_t *p)
{
    return p[0] < 4 && p[3] % 4 == 0 && tl_load_be32(p + 4) == COOKIE_VALUE;
}

static enum tl_status stun_dissect(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 4);
    uint32_t n = tl_cursor_left(&d->c);
    if (p != NULL && p[0] < 4) {
        message(d);
    } else if (p != NULL && p[0] >= 0x40 && p[0] <= 0x4f) {
        channel_data(d);
    } else if (p != NULL && d->channel != NULL && !d->frame->quoted && n == tl_cursor_wire_left(&d->c)) {
        struct tl_bytes all = tl_bytes_of(d->c.base + d->c.off, n);
        tl_skip(d, n);
        pass_on(d, CHILD_OTHER, all);
    } else {
        tl_cursor_fail(&d->c, TL_NOT_MINE);
    }
    return tl_next_none(d);
}

/* --- TCP --- */

static struct tl_want bytes(uint32_t n)
{
    return (struct tl_want){ TL_WANT_BYTES, n, NULL };
}

/* Reads the message or the channel data at the cursor, if it is whole. ChannelData is padded over TCP. */
static struct tl_want unit(struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&d->c);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 4);
    bool channel = p != NULL && p[0] >= 0x40 && p[0] <= 0x4f;
    if (p == NULL || (!channel && p[0] >= 4)) { /* something else, such as a connection of RFC 6062 */
        tl_skip(d, n);
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    }
    uint32_t whole = channel ? (4u + tl_load_be16(p + 2) + 3u) & ~3u : 20u + tl_load_be16(p + 2);
    if (n < whole)
        return bytes(whole);
    struct tl_cursor c = d->c;
    d->c.end = d->c.wire_end = d->c.off + whole;
    tl_message(d);
    if (channel)
        channel_data(d);
    else
        message(d);
    bool good = tl_ok(d);
    d->c = c;
    tl_skip(d, whole);
    return good ? bytes(4) : (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
}

static struct tl_want stun_stream(struct tl_dissection *d, struct tl_stream *s)
{
    if (d->flow.slot == NULL || s->event == TL_EV_GAP || s->event == TL_EV_END)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    return s->event == TL_EV_OPEN ? bytes(4) : unit(d);
}

/* --- detection --- */

static enum tl_probe stun_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, 8);
    if (p == NULL) {
        const uint8_t *first = tl_cursor_peek(&c, 0, 1);
        return d->flow.stream && first != NULL && first[0] < 4 && d->flow.home ? TL_PROBE_MAYBE : TL_PROBE_NO;
    }
    return is_message(p) ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_stun = {
    .name = "stun",
    .title = "Session Traversal Utilities for NAT",
    .service = "stun",
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    TL_TABLE(fields),
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_UDP_PORT, PORT_TURN }, { TL_ON_TCP_PORT, PORT_TURN } },
    .info = "[{type}][ channel {channel}][, error {line.error}][ {att.error.reason}][, user {att.username}][, {att.ipv4,}]"
            "[, {att.ipv6,}]",
    TL_BEGINS("\0\3"), .probe = stun_probe,
    .dissect = stun_dissect,
    .stream = stun_stream,
};
