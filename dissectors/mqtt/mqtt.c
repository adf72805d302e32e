/* mqtt.c - MQTT: versions 3.1, 3.1.1 and 5 (OASIS). Section numbers are those of version 5. */
#include "dissectors/mqtt/mqtt.h"

#include "core/part.h"
#include "core/secret_name.h"
#include "dissectors/text_fields.h"

enum {
    HDRFLAGS, MSGTYPE, DUP, QOS, RETAIN, RESERVED, LEN, PROTO_LEN, PROTONAME, VER, CONFLAGS, F_UNAME, F_PASSWD, F_RETAIN, F_QOS,
    F_WILL, F_CLEAN, F_RESERVED, KALIVE, CLIENTID_LEN, CLIENTID, WILLTOPIC_LEN, WILLTOPIC, WILLMSG_LEN, WILLMSG,
    USERNAME_LEN, USERNAME, PASSWD_LEN, PASSWD, ACK_FLAGS, SP, ACK_VAL, MSGID, TOPIC_LEN, TOPIC, MSG, MSG_TEXT, SUB_QOS,
    SUB_OPTIONS, SUB_RETAIN, SUB_RAP, SUB_NL, SUB_OPT_QOS, SUBACK_QOS, R_CONNACK, R_PUBACK, R_PUBREC, R_PUBREL, R_PUBCOMP,
    R_SUBACK, R_UNSUBACK, R_DISCONNECT, R_AUTH, PROPERTY_LEN, PROPERTY_ID, PROP_NUMBER, PROP_CONTENT_TYPE, PROP_MAX_QOS,
    PROP_ALIAS, PROP_STRING_LEN, PROP_STRING, PROP_KEY_LEN, PROP_KEY, PROP_VALUE_LEN, PROP_VALUE, LINE_PAYLOAD, FIELDS
};

static const struct tl_name types[] = {
    { 1, "Connect Command" }, { 2, "Connect Ack" }, { 3, "Publish Message" }, { 4, "Publish Ack" },
    { 5, "Publish Received" }, { 6, "Publish Release" }, { 7, "Publish Complete" }, { 8, "Subscribe Request" },
    { 9, "Subscribe Ack" }, { 10, "Unsubscribe Request" }, { 11, "Unsubscribe Ack" }, { 12, "Ping Request" },
    { 13, "Ping Response" }, { 14, "Disconnect Req" }, { 15, "Authentication Exchange" }, { 0, NULL },
};
static const struct tl_name versions[] = { { 3, "3.1" }, { 4, "3.1.1" }, { 5, "5.0" }, { 0, NULL } };
static const struct tl_name qualities[] = { { 0, "at most once" }, { 1, "at least once" }, { 2, "exactly once" }, { 0, NULL } };
static const struct tl_name returns[] = {
    { 0, "Connection Accepted" }, { 1, "Connection Refused: unacceptable protocol version" },
    { 2, "Connection Refused: identifier rejected" }, { 3, "Connection Refused: server unavailable" },
    { 4, "Connection Refused: bad user name or password" }, { 5, "Connection Refused: not authorized" }, { 0, NULL },
};
static const struct tl_name reasons[] = {
    { 0x00, "Success" }, { 0x01, "Granted QoS 1" }, { 0x02, "Granted QoS 2" }, { 0x04, "Disconnect with Will Message" },
    { 0x10, "No matching subscribers" }, { 0x11, "No subscription existed" }, { 0x18, "Continue authentication" },
    { 0x19, "Re-authenticate" }, { 0x80, "Unspecified error" }, { 0x81, "Malformed Packet" }, { 0x82, "Protocol Error" },
    { 0x83, "Implementation specific error" }, { 0x84, "Unsupported Protocol Version" }, { 0x85, "Client Identifier not valid" },
    { 0x86, "Bad User Name or Password" }, { 0x87, "Not authorized" }, { 0x88, "Server unavailable" }, { 0x89, "Server busy" },
    { 0x8a, "Banned" }, { 0x8b, "Server shutting down" }, { 0x8c, "Bad authentication method" }, { 0x8d, "Keep Alive timeout" },
    { 0x8e, "Session taken over" }, { 0x8f, "Topic Filter invalid" }, { 0x90, "Topic Name invalid" },
    { 0x91, "Packet Identifier in use" }, { 0x92, "Packet Identifier not found" }, { 0x93, "Receive Maximum exceeded" },
    { 0x94, "Topic Alias invalid" }, { 0x95, "Packet too large" }, { 0x96, "Message rate too high" }, { 0x97, "Quota exceeded" },
    { 0x98, "Administrative action" }, { 0x99, "Payload format invalid" }, { 0x9a, "Retain not supported" },
    { 0x9b, "QoS not supported" }, { 0x9c, "Use another server" }, { 0x9d, "Server moved" },
    { 0x9e, "Shared Subscriptions not supported" }, { 0x9f, "Connection rate exceeded" }, { 0xa0, "Maximum connect time" },
    { 0xa1, "Subscription Identifiers not supported" }, { 0xa2, "Wildcard Subscriptions not supported" }, { 0, NULL },
};
static const struct tl_name properties_names[] = {
    { 0x01, "Payload Format Indicator" }, { 0x02, "Publication Expiry Interval" }, { 0x03, "Content Type" },
    { 0x08, "Response Topic" }, { 0x09, "Correlation Data" }, { 0x0b, "Subscription Identifier" },
    { 0x11, "Session Expiry Interval" }, { 0x12, "Assigned Client Identifier" }, { 0x13, "Server Keep Alive" },
    { 0x15, "Authentication Method" }, { 0x16, "Authentication Data" }, { 0x17, "Request Problem Information" },
    { 0x18, "Will Delay Interval" }, { 0x19, "Request Response Information" }, { 0x1a, "Response Information" },
    { 0x1c, "Server Reference" }, { 0x1f, "Reason String" }, { 0x21, "Receive Maximum" }, { 0x22, "Topic Alias Maximum" },
    { 0x23, "Topic Alias" }, { 0x24, "Maximum QoS" }, { 0x25, "Retain Available" }, { 0x26, "User Property" },
    { 0x27, "Maximum Packet Size" }, { 0x28, "Wildcard Subscription Available" },
    { 0x29, "Subscription Identifier Available" }, { 0x2a, "Shared Subscription Available" }, { 0, NULL },
};

#define REASON(index, key) [index] = { key, "Reason", .type = TL_U8, .flags = TL_REPEATS, .names = reasons }
static const struct tl_field fields[FIELDS] = {
    [HDRFLAGS] = { "mqtt.hdrflags", "Header flags", .type = TL_U8, .base = TL_HEX },
    [MSGTYPE] = { "mqtt.msgtype", "Type", .type = TL_U8, .mask = 0xf0, .names = types },
    [DUP] = { "mqtt.dupflag", "Sent again", .type = TL_BOOL, .mask = 8 },
    [QOS] = { "mqtt.qos", "Quality", .type = TL_U8, .mask = 6, .names = qualities },
    [RETAIN] = { "mqtt.retain", "Retain", .type = TL_BOOL, .mask = 1 },
    [RESERVED] = { "mqtt.hdr_reserved", "Reserved", .type = TL_U8, .mask = 0x0f },
    [LEN] = { "mqtt.len", "Length", .type = TL_U64, .unit = "bytes" },
    [PROTO_LEN] = { "mqtt.proto_len", "Length of the name", .type = TL_U16 },
    [PROTONAME] = { "mqtt.protoname", "Protocol", .type = TL_TEXT },
    [VER] = { "mqtt.ver", "Version", .type = TL_U8, .names = versions },
    [CONFLAGS] = { "mqtt.conflags", "Flags", .type = TL_U8, .base = TL_HEX },
    [F_UNAME] = { "mqtt.conflag.uname", "User name", .type = TL_BOOL, .mask = 0x80 },
    [F_PASSWD] = { "mqtt.conflag.passwd", "Password", .type = TL_BOOL, .mask = 0x40 },
    [F_RETAIN] = { "mqtt.conflag.retain", "Retain the will", .type = TL_BOOL, .mask = 0x20 },
    [F_QOS] = { "mqtt.conflag.qos", "Quality of the will", .type = TL_U8, .mask = 0x18, .names = qualities },
    [F_WILL] = { "mqtt.conflag.willflag", "Will", .type = TL_BOOL, .mask = 4 },
    [F_CLEAN] = { "mqtt.conflag.cleansess", "Clean session", .type = TL_BOOL, .mask = 2 },
    [F_RESERVED] = { "mqtt.conflag.reserved", "Reserved", .type = TL_BOOL, .mask = 1 },
    [KALIVE] = { "mqtt.kalive", "Keep alive", .type = TL_U16, .unit = "seconds" },
    [CLIENTID_LEN] = { "mqtt.clientid_len", "Length of the client's name", .type = TL_U16 },
    [CLIENTID] = { "mqtt.clientid", "Client", .type = TL_TEXT },
    [WILLTOPIC_LEN] = { "mqtt.willtopic_len", "Length of the will's topic", .type = TL_U16 },
    [WILLTOPIC] = { "mqtt.willtopic", "Topic of the will", .type = TL_TEXT },
    [WILLMSG_LEN] = { "mqtt.willmsg_len", "Length of the will", .type = TL_U16 },
    [WILLMSG] = { "mqtt.willmsg", "Will", .type = TL_BYTES },
    [USERNAME_LEN] = { "mqtt.username_len", "Length of the user", .type = TL_U16 },
    [USERNAME] = { "mqtt.username", "User", .type = TL_TEXT },
    [PASSWD_LEN] = { "mqtt.passwd_len", "Length of the password", .type = TL_U16, .help = "Secret" },
    [PASSWD] = { "mqtt.passwd", "Password", .type = TL_TEXT, .secret = TL_SECRET_WHOLE },
    [ACK_FLAGS] = { "mqtt.conack.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [SP] = { "mqtt.conack.flags.sp", "Session present", .type = TL_BOOL, .mask = 1 },
    [ACK_VAL] = { "mqtt.conack.val", "Return code", .type = TL_U8, .names = returns },
    [MSGID] = { "mqtt.msgid", "Message id", .type = TL_U16 },
    [TOPIC_LEN] = { "mqtt.topic_len", "Length of the topic", .type = TL_U16, .flags = TL_REPEATS },
    [TOPIC] = { "mqtt.topic", "Topic", .type = TL_TEXT, .flags = TL_REPEATS },
    [MSG] = { "mqtt.msg", "Bytes of the message", .type = TL_BYTES, .flags = TL_HIDDEN },
    [MSG_TEXT] = { "mqtt.payload", "Message", .type = TL_TEXT },
    [SUB_QOS] = { "mqtt.sub.qos", "Requested quality", .type = TL_U8, .flags = TL_REPEATS, .names = qualities },
    [SUB_OPTIONS] = { "mqtt.subscription_options", "Options", .type = TL_U8, .base = TL_HEX, .flags = TL_REPEATS },
    [SUB_RETAIN] = { "mqtt.subscription_options_retain", "Retained messages", .type = TL_U8, .mask = 0x30, .flags = TL_REPEATS },
    [SUB_RAP] = { "mqtt.subscription_options_rap", "Retain as published", .type = TL_BOOL, .mask = 8, .flags = TL_REPEATS },
    [SUB_NL] = { "mqtt.subscription_options_nl", "Not one's own", .type = TL_BOOL, .mask = 4, .flags = TL_REPEATS },
    [SUB_OPT_QOS] = { "mqtt.subscription_options_qos", "Quality", .type = TL_U8, .mask = 3, .flags = TL_REPEATS, .names = qualities },
    [SUBACK_QOS] = { "mqtt.suback.qos", "Granted quality", .type = TL_U8, .flags = TL_REPEATS },
    REASON(R_CONNACK, "mqtt.connack.reason_code"), REASON(R_PUBACK, "mqtt.puback.reason_code"),
    REASON(R_PUBREC, "mqtt.pubrec.reason_code"), REASON(R_PUBREL, "mqtt.pubrel.reason_code"),
    REASON(R_PUBCOMP, "mqtt.pubcomp.reason_code"), REASON(R_SUBACK, "mqtt.suback.reason_code"),
    REASON(R_UNSUBACK, "mqtt.unsuback.reason_code"), REASON(R_DISCONNECT, "mqtt.disconnect.reason_code"),
    REASON(R_AUTH, "mqtt.auth.reason_code"),
    [PROPERTY_LEN] = { "mqtt.property_len", "Length of the properties", .type = TL_U64, .flags = TL_REPEATS },
    [PROPERTY_ID] = { "mqtt.property_id", "Property", .type = TL_U8, .flags = TL_REPEATS, .names = properties_names },
    [PROP_NUMBER] = { "mqtt.prop_number", "Number", .type = TL_U32, .flags = TL_REPEATS },
    [PROP_CONTENT_TYPE] = { "mqtt.property.content_type", "Content type", .type = TL_TEXT, .flags = TL_REPEATS },
    [PROP_MAX_QOS] = { "mqtt.property.max_qos", "Highest quality", .type = TL_U8, .flags = TL_REPEATS },
    [PROP_ALIAS] = { "mqtt.property.topic_alias", "Topic alias", .type = TL_U16, .flags = TL_REPEATS },
    [PROP_STRING_LEN] = { "mqtt.prop_string_len", "Length", .type = TL_U32, .flags = TL_REPEATS },
    [PROP_STRING] = { "mqtt.prop_string", "Text", .type = TL_TEXT, .flags = TL_REPEATS },
    [PROP_KEY_LEN] = { "mqtt.prop_key_len", "Length of the key", .type = TL_U32, .flags = TL_REPEATS },
    [PROP_KEY] = { "mqtt.prop_key", "Key", .type = TL_TEXT, .flags = TL_REPEATS },
    [PROP_VALUE_LEN] = { "mqtt.prop_value_len", "Length of the value", .type = TL_U32, .flags = TL_REPEATS },
    [PROP_VALUE] = { "mqtt.prop_value", "Value", .type = TL_TEXT, .flags = TL_REPEATS },
    [LINE_PAYLOAD] = { "mqtt.line.payload", "Message", .type = TL_TEXT, .flags = TL_ONLY_LINE },
};

enum { PORT = 1883, COLLECTED = TL_STREAM_UNIT };

/* --- values --- */

static uint64_t variable(struct tl_dissection *d, unsigned field)
{
    uint32_t off = d->c.off;
    uint64_t value = 0;
    for (unsigned i = 0; i < 4; i++) {
        const uint8_t *p = tl_cursor_take(&d->c, 1);
        if (p == NULL)
            return 0;
        value |= (uint64_t)(*p & 0x7f) << 7 * i;
        if ((*p & 0x80) == 0) {
            tl_add(d, field, off, d->c.off - off, value);
            return value;
        }
    }
    tl_bad(d);
    return 0;
}

static struct tl_bytes text(struct tl_dissection *d, unsigned len_field, unsigned field)
{
    uint32_t n = tl_u16(d, len_field);
    if (n == 0 && tl_ok(d))
        tl_add_text(d, field, d->c.off, 0, "", 0);
    return tl_text_of(d, field, n);
}

/* Section 2.2.2.2. Returns false for a property that is not known: its length is not known either. Sets alias to one. */
static bool property(struct tl_dissection *d, uint16_t *alias)
{
    switch (tl_u8(d, PROPERTY_ID)) {
    case 0x01: case 0x17: case 0x19: case 0x25: case 0x28: case 0x29: case 0x2a:
        (void)tl_u8(d, PROP_NUMBER);
        return true;
    case 0x24:
        (void)tl_u8(d, PROP_MAX_QOS);
        return true;
    case 0x13: case 0x21: case 0x22:
        (void)tl_u16(d, PROP_NUMBER);
        return true;
    case 0x23:
        *alias = tl_u16(d, PROP_ALIAS);
        return true;
    case 0x02: case 0x11: case 0x18: case 0x27:
        (void)tl_u32(d, PROP_NUMBER);
        return true;
    case 0x0b:
        (void)variable(d, PROP_NUMBER);
        return true;
    case 0x03:
        (void)tl_text_of(d, PROP_CONTENT_TYPE, tl_u16(d, PROP_STRING_LEN));
        return true;
    case 0x16: { /* data of an authentication */
        uint32_t n = tl_u16(d, PROP_STRING_LEN);
        uint32_t off = d->c.off;
        tl_skip(d, n);
        if (tl_ok(d) && n > 0)
            tl_add_secret(d, PROP_STRING, off, n, TL_SECRET_WHOLE);
        return true;
    }
    case 0x08: case 0x09: case 0x12: case 0x15: case 0x1a: case 0x1c: case 0x1f:
        (void)text(d, PROP_STRING_LEN, PROP_STRING);
        return true;
    case 0x26: { /* a user property: its name tells whether it is a secret */
        struct tl_bytes key = text(d, PROP_KEY_LEN, PROP_KEY);
        if (!tl_secret_name(key)) {
            (void)text(d, PROP_VALUE_LEN, PROP_VALUE);
            return true;
        }
        uint32_t n = tl_u16(d, PROP_VALUE_LEN), off = d->c.off;
        tl_hide(d, tl_bytes_of(d->c.base + off, n < tl_cursor_left(&d->c) ? n : tl_cursor_left(&d->c)));
        tl_skip(d, n);
        if (tl_ok(d) && n > 0)
            tl_add_secret(d, PROP_VALUE, off, n, TL_SECRET_WHOLE);
        return true;
    }
    default:
        return false;
    }
}

/* Returns the topic alias; 0: none. */
static uint16_t properties(struct tl_dissection *d, const struct tl_mqtt_flow *f)
{
    uint16_t alias = 0;
    if (f->version != 5)
        return 0;
    uint64_t n = variable(d, PROPERTY_LEN);
    struct tl_part part = tl_part_enter(d, n < UINT32_MAX ? (uint32_t)n : UINT32_MAX);
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0 && property(d, &alias)) {
    }
    tl_part_leave(d, part);
    return alias;
}

/* --- messages --- */

static void connect(struct tl_dissection *d, struct tl_mqtt_flow *f)
{
    struct tl_mqtt_connect c = { .clean = false };
    c.name = text(d, PROTO_LEN, PROTONAME);
    f->version = tl_u8(d, VER) & 0x7f;
    uint32_t off = d->c.off;
    uint8_t flags = tl_u8(d, CONFLAGS);
    if (tl_ok(d))
        tl_add_all_bits(d, F_UNAME, F_RESERVED, off, 1, flags);
    c.clean = (flags & 2) != 0;
    c.keep_alive = tl_u16(d, KALIVE);
    (void)properties(d, f);
    c.client = text(d, CLIENTID_LEN, CLIENTID);
    if ((flags & 4) != 0) {
        (void)properties(d, f);
        c.will_topic = text(d, WILLTOPIC_LEN, WILLTOPIC);
        c.will = text(d, WILLMSG_LEN, WILLMSG);
    }
    if ((flags & 0x80) != 0)
        c.user = text(d, USERNAME_LEN, USERNAME);
    if ((flags & 0x40) != 0) {
        tl_hide(d, tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c)));
        const uint8_t *p = tl_cursor_take(&d->c, 2);
        uint32_t n = p != NULL ? tl_load_be16(p) : 0;
        if (p != NULL && tl_shows_secret(d, TL_SECRET_WHOLE))
            tl_add(d, PASSWD_LEN, d->c.off - 2, 2, n);
        (void)tl_text_of(d, PASSWD, n);
    }
    if (tl_ok(d))
        tl_mqtt_connected(d, f, &c);
}

static void connack(struct tl_dissection *d, struct tl_mqtt_flow *f)
{
    uint32_t off = d->c.off;
    if (f->version == 0 && tl_cursor_wire_left(&d->c) > 2) /* CONNECT was not seen: only version 5 has more */
        f->version = 5;
    uint8_t flags = tl_u8(d, ACK_FLAGS);
    if (tl_ok(d))
        tl_add_bits(d, SP, off, 1, flags);
    uint8_t code = tl_u8(d, f->version == 5 ? R_CONNACK : ACK_VAL);
    const char *name = tl_name_of(f->version == 5 && code != 0 ? reasons : returns, code);
    if (tl_ok(d))
        tl_mqtt_answered(d, f, name != NULL ? name : "unknown");
    (void)properties(d, f);
}

/* Where the handle of the alias's topic is. NULL: no room, or a number that is not kept. */
static uint32_t *alias_of(struct tl_dissection *d, uint32_t *table, uint16_t alias)
{
    if (alias == 0 || alias > TL_MQTT_ALIASES)
        return NULL;
    if (*table == 0)
        *table = tl_keep(d, NULL, TL_MQTT_ALIASES * sizeof(uint32_t));
    return *table != 0 ? (uint32_t *)(void *)tl_kept_mine(d, *table) + alias - 1 : NULL;
}

/* A topic gives its alias a meaning, until another does; an empty one stands for the alias's (section 3.3.2.3.4). */
static struct tl_bytes topic_of(struct tl_dissection *d, uint32_t *table, uint16_t alias, struct tl_bytes topic)
{
    const uint32_t *known = alias_of(d, table, alias);
    if (topic.len > 0 && known != NULL) {
        tl_forget(d, *known);
        uint32_t kept = tl_keep(d, topic.data, topic.len);
        *alias_of(d, table, alias) = kept;
    } else if (topic.len == 0) {
        if (known != NULL && *known != 0)
            topic = tl_kept(d, *known);
        tl_add_text(d, TOPIC, d->c.off, 0, topic.len > 0 ? (const char *)topic.data : "", topic.len);
    }
    return topic;
}

static void publish(struct tl_dissection *d, struct tl_mqtt_flow *f, bool client, uint8_t first)
{
    struct tl_mqtt_publish p = { .qos = first >> 1 & 3, .retain = (first & 1) != 0 };
    p.topic = tl_text_of(d, TOPIC, tl_u16(d, TOPIC_LEN));
    if (p.qos > 0)
        p.id = tl_u16(d, MSGID);
    uint16_t alias = properties(d, f);
    if (!tl_ok(d))
        return;
    p.topic = topic_of(d, &f->aliases[client ? 0 : 1], alias, p.topic);
    uint32_t n = tl_cursor_left(&d->c);
    p.payload_len = tl_cursor_wire_left(&d->c);
    p.payload = tl_bytes_of(tl_cursor_peek(&d->c, 0, n), n);
    if (n > 0) {
        tl_add(d, MSG_TEXT, d->c.off, n, 0);
        tl_add(d, MSG, d->c.off, n, 0);
        tl_add(d, LINE_PAYLOAD, d->c.off, n < 60 ? n : 60, 0);
    }
    tl_skip(d, n);
    tl_mqtt_published(d, f, client, &p);
}

static void subscribe(struct tl_dissection *d, struct tl_mqtt_flow *f, bool off)
{
    uint16_t id = tl_u16(d, MSGID);
    (void)properties(d, f);
    if (!tl_ok(d))
        return;
    tl_mqtt_subscribing(d, f, id, off);
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        struct tl_bytes topic = text(d, TOPIC_LEN, TOPIC);
        uint32_t at = d->c.off;
        uint8_t options = off ? 0 : tl_u8(d, f->version == 5 ? SUB_OPTIONS : SUB_QOS);
        if (tl_ok(d) && !off && f->version == 5)
            tl_add_all_bits(d, SUB_RETAIN, SUB_OPT_QOS, at, 1, options);
        if (tl_ok(d))
            tl_mqtt_topic(d, f, topic, off ? -1 : options & 3);
    }
    f->current = 0;
}

static void suback(struct tl_dissection *d, struct tl_mqtt_flow *f, bool off)
{
    uint16_t id = tl_u16(d, MSGID);
    (void)properties(d, f);
    int granted = -1;
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint8_t code = tl_u8(d, off ? R_UNSUBACK : f->version == 5 ? R_SUBACK : SUBACK_QOS);
        if (tl_ok(d) && granted < 0 && !off)
            granted = code;
    }
    if (tl_ok(d))
        tl_mqtt_subscribed(d, f, id, off, granted);
}

/* PUBACK and the like, DISCONNECT, AUTH: a reason of 0 may be left out (section 3.4.2.1). */
static void reason(struct tl_dissection *d, const struct tl_mqtt_flow *f, unsigned field)
{
    if (f->version != 5 || tl_cursor_wire_left(&d->c) == 0)
        return;
    (void)tl_u8(d, field);
    if (tl_cursor_wire_left(&d->c) > 0)
        (void)properties(d, f);
}

static void acknowledge(struct tl_dissection *d, struct tl_mqtt_flow *f, bool client, uint8_t type)
{
    uint16_t id = tl_u16(d, MSGID);
    if (tl_ok(d))
        tl_mqtt_acknowledged(d, f, client, type, id);
    reason(d, f, R_PUBACK + type - MQTT_PUBACK);
}

static void body(struct tl_dissection *d, struct tl_mqtt_flow *f, bool client, uint8_t first)
{
    uint8_t type = first >> 4;
    switch (type) {
    case MQTT_CONNECT:
        connect(d, f);
        break;
    case MQTT_CONNACK:
        connack(d, f);
        break;
    case MQTT_PUBLISH:
        publish(d, f, client, first);
        break;
    case MQTT_PUBACK: case MQTT_PUBREC: case MQTT_PUBREL: case MQTT_PUBCOMP:
        acknowledge(d, f, client, type);
        break;
    case MQTT_SUBSCRIBE: case MQTT_UNSUBSCRIBE:
        subscribe(d, f, type == MQTT_UNSUBSCRIBE);
        break;
    case MQTT_SUBACK: case MQTT_UNSUBACK:
        suback(d, f, type == MQTT_UNSUBACK);
        break;
    case MQTT_DISCONNECT:
        reason(d, f, R_DISCONNECT);
        break;
    case MQTT_AUTH:
        reason(d, f, R_AUTH);
        break;
    default:
        break;
    }
}

/* --- the stream --- */

static uint16_t port_of(const struct tl_dissection *d, unsigned side)
{
    return side == 0 ? d->flow.orig_port : d->flow.resp_port;
}

static bool is_server(const struct tl_dissection *d, const struct tl_mqtt_flow *f, unsigned side)
{
    if (f->server_port == 0)
        return side == 1;
    return port_of(d, side) == f->server_port && (d->flow.orig_port != d->flow.resp_port || side == 1);
}

/* The flags that a type must have (section 2.1.3). */
static bool is_first(uint8_t first)
{
    uint8_t type = first >> 4, flags = first & 0x0f;
    if (type == MQTT_PUBLISH)
        return true;
    return type != 0 && (flags == 0 || (flags & 2) != 0); /* version 3.1 has DUP and the quality elsewhere too */
}

static uint64_t length(struct tl_dissection *d, const struct tl_stream *s, const uint8_t *p, uint32_t n)
{
    uint64_t value = 0;
    (void)d;
    (void)s;
    for (uint32_t i = 1; i < 5; i++) {
        if (i == n)
            return TL_FRAMED_MORE | (n + 1);
        value |= (uint64_t)(p[i] & 0x7f) << 7 * (i - 1);
        if ((p[i] & 0x80) == 0)
            return is_first(p[0]) ? 1 + i + value : 0;
    }
    return 0;
}

static struct tl_want message(struct tl_dissection *d, struct tl_stream *s)
{
    struct tl_mqtt_flow *f = d->flow.slot;
    bool client = !is_server(d, f, s->side);
    tl_message(d);
    uint32_t off = d->c.off;
    uint8_t first = tl_u8(d, HDRFLAGS), type = first >> 4;
    tl_add_bits(d, MSGTYPE, off, 1, first);
    if (type == MQTT_PUBLISH)
        tl_add_all_bits(d, DUP, RETAIN, off, 1, first);
    else if (f->version == 3 && (type == MQTT_PUBREL || type == MQTT_SUBSCRIBE || type == MQTT_UNSUBSCRIBE))
        tl_add_all_bits(d, DUP, QOS, off, 1, first);
    else
        tl_add_bits(d, RESERVED, off, 1, first);
    (void)variable(d, LEN);
    if (!f->confirmed && (type == MQTT_CONNECT || type == MQTT_PUBLISH)) {
        f->confirmed = true;
        tl_confirm(d);
    }
    tl_mqtt_expire(d, f, false);
    body(d, f, client, first);
    return tl_framed_next;
}

/* After a loss: a message that fills what is there, or is followed by another. */
static bool begins(const struct tl_dissection *d, const struct tl_stream *s, struct tl_bytes bytes)
{
    uint64_t n = 0;
    uint32_t i = 1;
    (void)d;
    (void)s;
    if (bytes.len < 2 || !is_first(bytes.data[0]))
        return false;
    for (; i < bytes.len && i < 5; i++) {
        n |= (uint64_t)(bytes.data[i] & 0x7f) << 7 * (i - 1);
        if ((bytes.data[i] & 0x80) == 0)
            break;
    }
    n += i + 1;
    return n == bytes.len || (n < bytes.len && is_first(bytes.data[n]));
}

static const struct tl_framed framed = { 2, COLLECTED, length, message, begins };

static bool is_connect(const uint8_t *p, uint32_t n)
{
    uint32_t i = 1;
    while (i < n && i < 5 && (p[i] & 0x80) != 0)
        i++;
    i++;
    if (p[0] != 0x10 || i + 9 > n)
        return false;
    return (memcmp(p + i, "\0\4MQTT", 6) == 0 && (p[i + 6] & 0x7f) >= 4 && (p[i + 6] & 0x7f) <= 5) ||
           (memcmp(p + i, "\0\6MQIsdp", 8) == 0 && (p[i + 8] & 0x7f) == 3);
}

static void learn_roles(const struct tl_dissection *d, const struct tl_stream *s, struct tl_mqtt_flow *f)
{
    uint32_t n = tl_cursor_left(&d->c);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, n);
    bool server = s->side == 1;
    if (n > 0 && (p[0] >> 4 == MQTT_CONNECT || p[0] >> 4 == MQTT_SUBSCRIBE || p[0] >> 4 == MQTT_PINGREQ))
        server = false;
    else if ((d->flow.orig_port == PORT) != (d->flow.resp_port == PORT))
        server = port_of(d, s->side) == PORT;
    f->server_port = port_of(d, server ? s->side : s->side ^ 1u);
}

/* What was lost may have given an alias another topic. */
static void forget_aliases(struct tl_dissection *d, uint32_t *table)
{
    const uint32_t *known = *table != 0 ? (const uint32_t *)(const void *)tl_kept(d, *table).data : NULL;
    for (unsigned i = 0; known != NULL && i < TL_MQTT_ALIASES; i++)
        tl_forget(d, known[i]);
    tl_forget(d, *table);
    *table = 0;
}

static struct tl_want mqtt_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct tl_mqtt_flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    if (s->event == TL_EV_UNIT && f->server_port == 0)
        learn_roles(d, s, f);
    unsigned side = is_server(d, f, s->side);
    if (s->event == TL_EV_GAP)
        forget_aliases(d, &f->aliases[side]);
    return tl_framed_stream(d, s, &framed, &f->side[side]);
}

static void mqtt_finish(struct tl_dissection *d)
{
    struct tl_mqtt_flow *f = d->flow.slot;
    if (f != NULL)
        tl_mqtt_expire(d, f, true);
}

/* CONNECT names the protocol. At home, a session from its middle. */
static enum tl_probe mqtt_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.stream || n == 0)
        return TL_PROBE_NO;
    if (p[0] == 0x10)
        return is_connect(p, n) ? TL_PROBE_YES : n < 14 ? TL_PROBE_MAYBE : TL_PROBE_NO;
    if (!d->flow.home || !is_first(p[0]))
        return TL_PROBE_NO;
    return n < 2 ? TL_PROBE_MAYBE : begins(d, NULL, tl_bytes_of(p, n)) ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_mqtt = {
    .name = "mqtt",
    .title = "MQ Telemetry Transport",
    .service = "mqtt",
    .kind = TL_KIND_APPLICATION,
    .lifetime = TL_LIFETIME_LOGIN,
    .has_secrets = true,
    .aliases = { "alpn:mqtt", "service:mqtt" },
    TL_TABLE(fields),
    .records = { &tl_mqtt_connect_def, &tl_mqtt_publish_def, &tl_mqtt_subscribe_def },
    .flow_size = sizeof(struct tl_mqtt_flow),
    .on = { { TL_ON_TCP_PORT, PORT } },
    .info = "{msgtype}[ {clientid}][ ({msgid})][ \\[{topic,}\\]][ {line.payload}][ {conack.val}][ {connack.reason_code}]",
    TL_BEGINS("\x10\x10"), .probe = mqtt_probe,
    .stream = mqtt_stream,
    .finish = mqtt_finish,
};
