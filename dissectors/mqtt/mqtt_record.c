/* mqtt_record.c - records of connections, publications and subscriptions. */
#include "dissectors/mqtt/mqtt.h"

#include "core/time.h"

enum { TEXT_MOST = 512, PAYLOAD_MOST = 100, WAITING = 64, SUBSCRIBES = 1 << 17, OFF = 1 << 16 };
static const int64_t patience = INT64_C(5000000000); /* ns */

struct connect_record {
    struct tl_record r;
    struct tl_bytes proto_name;
    const char *proto_version;
    struct tl_bytes client_id;
    const char *connect_status;
    struct tl_bytes will_topic, will_payload, user;
    uint64_t keep_alive;
    bool clean_session;
};
enum { C_NAME, C_VERSION, C_CLIENT, C_STATUS, C_WILL_TOPIC, C_WILL, C_USER, C_KEEP_ALIVE, C_CLEAN };
#define F(index, member, key, kind, help) TL_FIELD(struct connect_record, index, member, key, kind, help)
static const struct tl_record_field connect_fields[] = {
    F(C_NAME, proto_name, "proto_name", TL_REC_TEXT, "MQTT, or MQIsdp of version 3.1"),
    F(C_VERSION, proto_version, "proto_version", TL_REC_TOKEN, "3.1, 3.1.1 or 5.0"),
    F(C_CLIENT, client_id, "client_id", TL_REC_TEXT, "The client's name"),
    F(C_STATUS, connect_status, "connect_status", TL_REC_TOKEN, "The server's answer"),
    F(C_WILL_TOPIC, will_topic, "will_topic", TL_REC_TEXT, "Where the server publishes if the client is lost"),
    F(C_WILL, will_payload, "will_payload", TL_REC_TEXT, "What it publishes then"),
    F(C_USER, user, "user", TL_REC_TEXT, "User of the login"),
    F(C_KEEP_ALIVE, keep_alive, "keep_alive", TL_REC_COUNT, "Seconds between messages at most"),
    F(C_CLEAN, clean_session, "clean_session", TL_REC_BOOL, "No earlier session is taken up"),
};
#undef F
const struct tl_record_def tl_mqtt_connect_def = TL_RECORD_DEF("mqtt_connect", connect_fields, "A connection of MQTT",
                                                               .summary = { "client_id", "user", "connect_status" });

struct publish_record {
    struct tl_record r;
    bool from_client, retain;
    const char *qos, *status;
    struct tl_bytes topic, payload;
    uint64_t payload_len;
};
enum { P_FROM, P_RETAIN, P_QOS, P_STATUS, P_TOPIC, P_PAYLOAD, P_PAYLOAD_LEN };
#define F(index, member, key, kind, help) TL_FIELD(struct publish_record, index, member, key, kind, help)
static const struct tl_record_field publish_fields[] = {
    F(P_FROM, from_client, "from_client", TL_REC_BOOL, "The client published it; else the server delivered it"),
    F(P_RETAIN, retain, "retain", TL_REC_BOOL, "The server keeps it for later subscribers"),
    F(P_QOS, qos, "qos", TL_REC_TOKEN, "at most once, at least once, exactly once"),
    F(P_STATUS, status, "status", TL_REC_TOKEN, "ok, or incomplete_qos: acknowledgements are missing"),
    F(P_TOPIC, topic, "topic", TL_REC_TEXT, "The topic"),
    F(P_PAYLOAD, payload, "payload", TL_REC_TEXT, "The first 100 bytes of the message"),
    F(P_PAYLOAD_LEN, payload_len, "payload_len", TL_REC_COUNT, "Bytes of the message"),
};
#undef F
const struct tl_record_def tl_mqtt_publish_def = TL_RECORD_DEF("mqtt_publish", publish_fields, "A message of MQTT",
                                                               .summary = { "topic", "payload", "qos", "status" });

struct subscribe_record {
    struct tl_record r;
    const char *action;
    struct tl_text_list topics;
    struct tl_count_list qos_levels;
    uint64_t granted;
    bool ack;
};
enum { S_ACTION, S_TOPICS, S_QOS, S_GRANTED, S_ACK };
#define F(index, member, key, kind, help) TL_FIELD(struct subscribe_record, index, member, key, kind, help)
static const struct tl_record_field subscribe_fields[] = {
    F(S_ACTION, action, "action", TL_REC_TOKEN, "MQTT::SUBSCRIBE or MQTT::UNSUBSCRIBE"),
    F(S_TOPICS, topics, "topics", TL_REC_TEXTS, "The topics"),
    F(S_QOS, qos_levels, "qos_levels", TL_REC_COUNTS, "The quality that is asked for of each"),
    F(S_GRANTED, granted, "granted_qos_level", TL_REC_COUNT, "The quality of the first that the server granted"),
    F(S_ACK, ack, "ack", TL_REC_BOOL, "The server answered"),
};
#undef F
const struct tl_record_def tl_mqtt_subscribe_def =
    TL_RECORD_DEF("mqtt_subscribe", subscribe_fields, "A subscription of MQTT", .summary = { "action", "topics" });

/* Of a publication that waits. */
struct wait {
    int64_t touched;
    uint8_t expects; /* type of the acknowledgement */
};

/* --- connections --- */

void tl_mqtt_connected(struct tl_dissection *d, struct tl_mqtt_flow *f, const struct tl_mqtt_connect *c)
{
    struct tl_transactions *list = &f->connects;
    tl_mqtt_answered(d, f, NULL);
    uint32_t t = tl_transaction_begin(d, list, &tl_mqtt_connect_def, 0, d->frame->ts, 0, 128);
    if (t == 0)
        return;
    const char *version = f->version == 3 ? "3.1" : f->version == 4 ? "3.1.1" : f->version == 5 ? "5.0" : NULL;
    tl_transaction_text(d, list, &t, C_NAME, c->name, TEXT_MOST);
    if (version != NULL)
        tl_transaction_token(d, list, &t, C_VERSION, version);
    tl_transaction_text(d, list, &t, C_CLIENT, c->client, TEXT_MOST);
    if (c->will_topic.data != NULL) {
        tl_transaction_text(d, list, &t, C_WILL_TOPIC, c->will_topic, TEXT_MOST);
        tl_transaction_text(d, list, &t, C_WILL, c->will, PAYLOAD_MOST);
    }
    if (c->user.data != NULL)
        tl_transaction_text(d, list, &t, C_USER, c->user, TEXT_MOST);
    tl_transaction_number(d, list, &t, C_KEEP_ALIVE, c->keep_alive);
    tl_transaction_number(d, list, &t, C_CLEAN, c->clean);
}

void tl_mqtt_answered(struct tl_dissection *d, struct tl_mqtt_flow *f, const char *status)
{
    uint32_t t = f->connects.first;
    if (t == 0)
        return;
    if (status != NULL)
        tl_transaction_token(d, &f->connects, &t, C_STATUS, status);
    tl_transaction_emit(d, &f->connects, t);
}

/* --- publications --- */

static void finish_publish(struct tl_dissection *d, struct tl_mqtt_flow *f, uint32_t t, bool complete)
{
    tl_transaction_token(d, &f->publishes, &t, P_STATUS, complete ? "ok" : "incomplete_qos");
    tl_transaction_emit(d, &f->publishes, t);
}

void tl_mqtt_published(struct tl_dissection *d, struct tl_mqtt_flow *f, bool client, const struct tl_mqtt_publish *p)
{
    static const char *const words[] = { "at most once", "at least once", "exactly once", "unknown" };
    struct tl_transactions *list = &f->publishes;
    uint64_t key = (uint64_t)p->id | (client ? OFF : 0);
    uint32_t old = p->qos > 0 ? tl_transaction_find(d, list, key) : 0;
    if (old != 0) { /* sent again */
        struct wait *wait = tl_transaction_extra(d, old);
        wait->touched = d->frame->ts;
        return;
    }
    if (list->count >= WAITING)
        finish_publish(d, f, list->first, false);
    uint32_t t = tl_transaction_begin(d, list, &tl_mqtt_publish_def, key, d->frame->ts, sizeof(struct wait), 192);
    if (t == 0)
        return;
    struct wait *wait = tl_transaction_extra(d, t);
    *wait = (struct wait){ d->frame->ts, p->qos == 1 ? MQTT_PUBACK : MQTT_PUBREC };
    tl_transaction_number(d, list, &t, P_FROM, client);
    tl_transaction_number(d, list, &t, P_RETAIN, p->retain);
    tl_transaction_token(d, list, &t, P_QOS, words[p->qos & 3]);
    tl_transaction_text(d, list, &t, P_TOPIC, p->topic, TEXT_MOST);
    tl_transaction_text(d, list, &t, P_PAYLOAD, p->payload, PAYLOAD_MOST);
    tl_transaction_number(d, list, &t, P_PAYLOAD_LEN, p->payload_len);
    if (p->qos == 0)
        finish_publish(d, f, t, true);
}

void tl_mqtt_acknowledged(struct tl_dissection *d, struct tl_mqtt_flow *f, bool client, uint8_t type, uint16_t id)
{
    bool of_client = type == MQTT_PUBREL ? client : !client; /* who published */
    uint32_t t = tl_transaction_find(d, &f->publishes, (uint64_t)id | (of_client ? OFF : 0));
    if (t == 0)
        return;
    struct wait *wait = tl_transaction_extra(d, t);
    if (wait->expects != type)
        return;
    wait->touched = d->frame->ts;
    wait->expects++;
    if (type == MQTT_PUBACK || type == MQTT_PUBCOMP)
        finish_publish(d, f, t, true);
}

/* --- subscriptions --- */

void tl_mqtt_subscribing(struct tl_dissection *d, struct tl_mqtt_flow *f, uint16_t id, bool off)
{
    if (f->subscribes.count >= WAITING)
        tl_transaction_emit(d, &f->subscribes, f->subscribes.first);
    f->current = tl_transaction_begin(d, &f->subscribes, &tl_mqtt_subscribe_def, (uint64_t)id | (off ? OFF : 0), d->frame->ts, 0, 96);
    if (f->current != 0)
        tl_transaction_token(d, &f->subscribes, &f->current, S_ACTION, off ? "MQTT::UNSUBSCRIBE" : "MQTT::SUBSCRIBE");
}

void tl_mqtt_topic(struct tl_dissection *d, struct tl_mqtt_flow *f, struct tl_bytes topic, int qos)
{
    if (f->current == 0)
        return;
    tl_transaction_add_text(d, &f->subscribes, &f->current, S_TOPICS, topic, TEXT_MOST);
    if (qos >= 0)
        tl_transaction_add_number(d, &f->subscribes, &f->current, S_QOS, (uint64_t)qos);
}

void tl_mqtt_subscribed(struct tl_dissection *d, struct tl_mqtt_flow *f, uint16_t id, bool off, int granted)
{
    uint32_t t = tl_transaction_find(d, &f->subscribes, (uint64_t)id | (off ? OFF : 0));
    if (t == 0)
        return;
    if (granted >= 0)
        tl_transaction_number(d, &f->subscribes, &t, S_GRANTED, (uint64_t)granted);
    tl_transaction_number(d, &f->subscribes, &t, S_ACK, true);
    tl_transaction_emit(d, &f->subscribes, t);
}

static void unanswered(struct tl_dissection *d, struct tl_mqtt_flow *f, uint32_t t)
{
    tl_transaction_number(d, &f->subscribes, &t, S_ACK, false);
    tl_transaction_emit(d, &f->subscribes, t);
}

void tl_mqtt_expire(struct tl_dissection *d, struct tl_mqtt_flow *f, bool all)
{
    uint32_t next;
    for (uint32_t t = f->publishes.first; t != 0; t = next) {
        next = tl_transaction_next(d, t);
        const struct wait *wait = tl_transaction_extra(d, t);
        if (all || tl_time_between(wait->touched, d->frame->ts) > patience)
            finish_publish(d, f, t, false);
    }
    while (f->subscribes.first != 0 &&
           (all || tl_time_between(tl_transaction_ts(d, f->subscribes.first), d->frame->ts) > patience))
        unanswered(d, f, f->subscribes.first);
    if (all)
        tl_mqtt_answered(d, f, NULL);
}
