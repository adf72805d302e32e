/* kafka.c - Apache Kafka's protocol: requests with their key and version, the topics of some, responses. */
#include "dissectors/framed.h"
#include "dissectors/text_fields.h"

enum { LEN, API_KEY, API_VERSION, CORRELATION, CLIENT, TOPIC, REQUEST_KEY, RESPONSE_KEY, FIELDS };

static const struct tl_name keys[] = {
    { 0, "Produce" }, { 1, "Fetch" }, { 2, "Offsets" }, { 3, "Metadata" }, { 4, "LeaderAndIsr" }, { 5, "StopReplica" },
    { 6, "UpdateMetadata" }, { 7, "ControlledShutdown" }, { 8, "OffsetCommit" }, { 9, "OffsetFetch" },
    { 10, "FindCoordinator" }, { 11, "JoinGroup" }, { 12, "Heartbeat" }, { 13, "LeaveGroup" }, { 14, "SyncGroup" },
    { 15, "DescribeGroups" }, { 16, "ListGroups" }, { 17, "SaslHandshake" }, { 18, "ApiVersions" }, { 19, "CreateTopics" },
    { 20, "DeleteTopics" }, { 21, "DeleteRecords" }, { 22, "InitProducerId" }, { 23, "OffsetForLeaderEpoch" },
    { 24, "AddPartitionsToTxn" }, { 25, "AddOffsetsToTxn" }, { 26, "EndTxn" }, { 27, "WriteTxnMarkers" },
    { 28, "TxnOffsetCommit" }, { 29, "DescribeAcls" }, { 30, "CreateAcls" }, { 31, "DeleteAcls" }, { 32, "DescribeConfigs" },
    { 33, "AlterConfigs" }, { 34, "AlterReplicaLogDirs" }, { 35, "DescribeLogDirs" }, { 36, "SaslAuthenticate" },
    { 37, "CreatePartitions" }, { 38, "CreateDelegationToken" }, { 39, "RenewDelegationToken" },
    { 40, "ExpireDelegationToken" }, { 41, "DescribeDelegationToken" }, { 42, "DeleteGroups" }, { 43, "ElectLeaders" },
    { 44, "IncAlterConfigs" }, { 45, "AlterPartitionReassignments" }, { 46, "ListPartitionReassignments" },
    { 47, "OffsetDelete" }, { 0, NULL },
};

static const struct tl_field fields[FIELDS] = {
    [LEN] = { "kafka.len", "Length", .type = TL_I32, .unit = "bytes" },
    [API_KEY] = { "kafka.api_key", "Key", .type = TL_I16, .names = keys },
    [API_VERSION] = { "kafka.api_version", "Version", .type = TL_I16 },
    [CORRELATION] = { "kafka.correlation_id", "Correlation id", .type = TL_I32 },
    [CLIENT] = { "kafka.client_id", "Client", .type = TL_TEXT },
    [TOPIC] = { "kafka.topic_name", "Topic", .type = TL_TEXT, .flags = TL_REPEATS, .help = "Of Produce, Fetch and Metadata" },
    [REQUEST_KEY] = { "kafka.request_key", "Request", .type = TL_I16, .flags = TL_DERIVED | TL_HIDDEN, .names = keys },
    [RESPONSE_KEY] = { "kafka.response_key", "Response", .type = TL_I16, .flags = TL_DERIVED, .names = keys },
};

enum { PORT = 9092, WAITING = 32, KEY_MOST = 92, VERSION_MOST = 24, LENGTH_MOST = 100 << 20, COLLECTED = 1 << 14, TOPICS = 64 };

struct flow {
    struct tl_framed_side side[2];
    struct {
        int32_t correlation;
        int16_t key, version;
        bool open;
    } requests[WAITING];
    uint8_t next;
    uint16_t server_port; /* 0: not known */
    bool confirmed;
};

static uint16_t port_of(const struct tl_dissection *d, unsigned side)
{
    return side == 0 ? d->flow.orig_port : d->flow.resp_port;
}

static bool is_server(const struct tl_dissection *d, const struct flow *f, unsigned side)
{
    if (f->server_port == 0 || d->flow.orig_port == d->flow.resp_port)
        return side == 1;
    return port_of(d, side) == f->server_port;
}

/* A text of which -1 as length means none. Returns false if it is not whole. */
static bool text(struct tl_dissection *d, unsigned field)
{
    const uint8_t *p = tl_cursor_take(&d->c, 2);
    int16_t n = p != NULL ? (int16_t)tl_load_be16(p) : 0;
    if (n > 0 && field < FIELDS)
        (void)tl_text_of(d, field, (uint32_t)n);
    else if (n > 0)
        tl_skip(d, (uint32_t)n);
    return tl_ok(d);
}

static void metadata_topics(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_take(&d->c, 4);
    int32_t n = p != NULL ? (int32_t)tl_load_be32(p) : 0;
    for (int32_t i = 0; i < n && i < TOPICS && text(d, TOPIC); i++) {
    }
}

/* The first topic of several: its partitions follow it. */
static void first_topic(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_take(&d->c, 4);
    if (p != NULL && (int32_t)tl_load_be32(p) > 0)
        (void)text(d, TOPIC);
}

/* Versions from `flexible` on write lengths in another form (KIP-482). */
static void topics(struct tl_dissection *d, int16_t key, int16_t version)
{
    if (key == 3 && version < 9) {
        metadata_topics(d);
    } else if (key == 0 && version < 9) {
        if (version >= 3)
            (void)text(d, FIELDS); /* the transaction */
        tl_skip(d, 6);
        first_topic(d);
    } else if (key == 1 && version < 12) {
        tl_skip(d, 12u + (version >= 3 ? 4 : 0) + (version >= 4 ? 1 : 0) + (version >= 7 ? 8 : 0));
        first_topic(d);
    }
}

static void request(struct tl_dissection *d, struct flow *f)
{
    uint32_t off = d->c.off;
    int16_t key = (int16_t)tl_u16(d, API_KEY);
    tl_add(d, REQUEST_KEY, off, 2, (uint16_t)key);
    int16_t version = (int16_t)tl_u16(d, API_VERSION);
    int32_t correlation = (int32_t)tl_u32(d, CORRELATION);
    if (!tl_ok(d))
        return;
    unsigned at = f->next++ % WAITING;
    f->requests[at].correlation = correlation;
    f->requests[at].key = key;
    f->requests[at].version = version;
    f->requests[at].open = true;
    if (!text(d, CLIENT))
        return;
    if (key == 36 || key == 17 || key == 38) /* passwords and tokens */
        tl_hide(d, tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c)));
    else
        topics(d, key, version);
    d->c.status = TL_OK; /* what is behind the header is read as far as it is known */
}

static void response(struct tl_dissection *d, struct flow *f)
{
    int32_t correlation = (int32_t)tl_u32(d, CORRELATION);
    for (unsigned i = 0; i < WAITING; i++) {
        if (!f->requests[i].open || f->requests[i].correlation != correlation)
            continue;
        f->requests[i].open = false;
        tl_add(d, RESPONSE_KEY, d->c.off, 0, (uint16_t)f->requests[i].key);
        tl_add(d, API_VERSION, d->c.off, 0, (uint16_t)f->requests[i].version);
        return;
    }
}

static uint64_t length(struct tl_dissection *d, const struct tl_stream *s, const uint8_t *p, uint32_t n)
{
    uint32_t len = tl_load_be32(p);
    (void)d;
    (void)s;
    (void)n;
    return len >= 4 && len <= LENGTH_MOST ? UINT64_C(4) + len : 0;
}

static struct tl_want message(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    tl_message(d);
    (void)tl_u32(d, LEN);
    if (is_server(d, f, s->side))
        response(d, f);
    else
        request(d, f);
    if (!f->confirmed)
        tl_confirm(d);
    f->confirmed = true;
    return tl_framed_next;
}

/* The header of a request: a key, a version, a client with a printable name. */
static bool is_request(const uint8_t *p, uint32_t n)
{
    uint32_t len = n >= 14 ? tl_load_be32(p) : 0;
    if (len < 10 || len > LENGTH_MOST || tl_load_be16(p + 4) > KEY_MOST || tl_load_be16(p + 6) > VERSION_MOST)
        return false;
    int16_t client = (int16_t)tl_load_be16(p + 12);
    if (client < -1 || client > 255 || (uint32_t)(client > 0 ? client : 0) + 10 > len)
        return false;
    for (int16_t i = 0; i < client && 14u + (uint32_t)i < n; i++)
        if (p[14 + i] < ' ' || p[14 + i] > '~')
            return false;
    return true;
}

static bool begins(const struct tl_dissection *d, const struct tl_stream *s, struct tl_bytes bytes)
{
    if (is_server(d, d->flow.slot, s->side))
        return bytes.len >= 8 && tl_load_be32(bytes.data) + UINT64_C(4) == bytes.len;
    return is_request(bytes.data, bytes.len) && tl_load_be32(bytes.data) + UINT64_C(4) >= bytes.len;
}

static const struct tl_framed framed = { 4, COLLECTED, length, message, begins };

static struct tl_want kafka_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    if (f->server_port == 0)
        f->server_port = d->flow.orig_port == PORT && d->flow.resp_port != PORT ? d->flow.orig_port : d->flow.resp_port;
    return tl_framed_stream(d, s, &framed, &f->side[s->side]);
}

static enum tl_probe kafka_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.home || !d->flow.stream || n == 0 || port_of(d, d->flow.side) == PORT)
        return TL_PROBE_NO;
    if (n < 14)
        return p[0] == 0 ? TL_PROBE_MAYBE : TL_PROBE_NO;
    return is_request(p, n) ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_kafka = {
    .name = "kafka",
    .title = "Apache Kafka",
    .service = "kafka",
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    TL_TABLE(fields),
    .flow_size = sizeof(struct flow),
    .only_at_home = true,
    .on = { { TL_ON_TCP_PORT, PORT } },
    .info = "[{api_key} v{api_version}][ Request {client_id}][{response_key} Response][ {topic_name,}]",
    .probe = kafka_probe,
    .stream = kafka_stream,
};
