/*
 * opcua.c - OPC UA over TCP (OPC 10000-6, clauses 6.7 and 7.1): hello, acknowledgement, error, secure channels, and the
 * service of each message that is not encrypted.
 */
#include "dissectors/framed.h"

enum { TYPE, CHUNK, SIZE, VERSION, RECEIVE, SEND, MESSAGE_MAX, CHUNK_MAX, ENDPOINT, ERROR, REASON, SERVER, CHANNEL,
       POLICY,
       CERTIFICATE, THUMBPRINT, TOKEN, SEQUENCE, REQUEST, SERVICE, FIELDS };

static const struct tl_name services[] = {
    { 397, "ServiceFault" }, { 422, "FindServersRequest" }, { 425, "FindServersResponse" },
    { 428, "GetEndpointsRequest" },
    { 431, "GetEndpointsResponse" }, { 437, "RegisterServerRequest" }, { 440, "RegisterServerResponse" },
    { 446, "OpenSecureChannelRequest" }, { 449, "OpenSecureChannelResponse" }, { 452, "CloseSecureChannelRequest" },
    { 455, "CloseSecureChannelResponse" }, { 461, "CreateSessionRequest" }, { 464, "CreateSessionResponse" },
    { 467, "ActivateSessionRequest" }, { 470, "ActivateSessionResponse" }, { 473, "CloseSessionRequest" },
    { 476, "CloseSessionResponse" }, { 479, "CancelRequest" }, { 482, "CancelResponse" }, { 488, "AddNodesRequest" },
    { 491, "AddNodesResponse" }, { 500, "DeleteNodesRequest" }, { 503, "DeleteNodesResponse" },
    { 527, "BrowseRequest" },
    { 530, "BrowseResponse" }, { 533, "BrowseNextRequest" }, { 536, "BrowseNextResponse" },
    { 554, "TranslateBrowsePathsToNodeIdsRequest" }, { 557, "TranslateBrowsePathsToNodeIdsResponse" },
    { 560, "RegisterNodesRequest" }, { 563, "RegisterNodesResponse" }, { 631, "ReadRequest" }, { 634, "ReadResponse" },
    { 664, "HistoryReadRequest" }, { 667, "HistoryReadResponse" }, { 673, "WriteRequest" }, { 676, "WriteResponse" },
    { 712, "CallRequest" }, { 715, "CallResponse" }, { 751, "CreateMonitoredItemsRequest" },
    { 754, "CreateMonitoredItemsResponse" }, { 763, "ModifyMonitoredItemsRequest" },
    { 766, "ModifyMonitoredItemsResponse" }, { 781, "DeleteMonitoredItemsRequest" },
    { 784, "DeleteMonitoredItemsResponse" }, { 787, "CreateSubscriptionRequest" },
    { 790, "CreateSubscriptionResponse" },
    { 793, "ModifySubscriptionRequest" }, { 796, "ModifySubscriptionResponse" }, { 799, "SetPublishingModeRequest" },
    { 802, "SetPublishingModeResponse" }, { 826, "PublishRequest" }, { 829, "PublishResponse" },
    { 832, "RepublishRequest" }, { 835, "RepublishResponse" }, { 847, "DeleteSubscriptionsRequest" },
    { 850, "DeleteSubscriptionsResponse" }, { 0, NULL },
};

static const struct tl_field fields[FIELDS] = {
    [TYPE] = { "opcua.transport.type", "Type", .type = TL_TEXT },
    [CHUNK] = { "opcua.transport.chunk", "Chunk", .type = TL_TEXT,
                .help = "F: the last one, C: others follow, A: aborted" },
    [SIZE] = { "opcua.transport.size", "Size", .type = TL_U32, .unit = "bytes" },
    [VERSION] = { "opcua.transport.ver", "Version", .type = TL_U32 },
    [RECEIVE] = { "opcua.transport.rbs", "Largest chunk received", .type = TL_U32, .unit = "bytes" },
    [SEND] = { "opcua.transport.sbs", "Largest chunk sent", .type = TL_U32, .unit = "bytes" },
    [MESSAGE_MAX] = { "opcua.transport.mms", "Largest message", .type = TL_U32, .unit = "bytes" },
    [CHUNK_MAX] = { "opcua.transport.mcc", "Most chunks", .type = TL_U32 },
    [ENDPOINT] = { "opcua.transport.endpoint", "Endpoint", .type = TL_TEXT, .secret = TL_SECRET_URI },
    [ERROR] = { "opcua.transport.error", "Error", .type = TL_U32, .base = TL_HEX },
    [REASON] = { "opcua.transport.reason", "Reason", .type = TL_TEXT },
    [SERVER] = { "opcua.transport.suri", "Server", .type = TL_TEXT, .secret = TL_SECRET_URI },
    [CHANNEL] = { "opcua.transport.scid", "Secure channel", .type = TL_U32 },
    [POLICY] = { "opcua.security.spu", "Security policy", .type = TL_TEXT },
    [CERTIFICATE] = { "opcua.security.scert", "Certificate of the sender", .type = TL_BYTES },
    [THUMBPRINT] = { "opcua.security.rcthumb", "Thumbprint of the receiver's certificate", .type = TL_BYTES },
    [TOKEN] = { "opcua.security.tokenid", "Security token", .type = TL_U32 },
    [SEQUENCE] = { "opcua.security.seq", "Sequence number", .type = TL_U32 },
    [REQUEST] = { "opcua.security.rqid", "Request", .type = TL_U32 },
    [SERVICE] = { "opcua.servicenodeid.numeric", "Service", .type = TL_U32, .names = services },
};

enum { PORT = 4840, HEADER = 8, SIZE_LEAST = 8, SIZE_MOST = 1 << 24, COLLECTED = 8192 };

struct flow {
    struct tl_framed_side side[2];
    bool confirmed;
    bool clear;      /* the security policy is None */
    bool started[2]; /* the next chunk of the side continues a message */
};

/* A string of bytes: its length, -1 for none. */
static struct tl_bytes string(struct tl_dissection *d, unsigned field)
{
    const uint8_t *p = tl_cursor_take(&d->c, 4);
    uint32_t n = p != NULL ? tl_load_le32(p) : 0;
    if (p == NULL || n == 0 || n == UINT32_MAX)
        return tl_bytes_of("", 0);
    p = tl_run(d, field, n);
    return tl_bytes_of(p, p != NULL ? n : 0);
}

static void limits(struct tl_dissection *d)
{
    (void)tl_le32(d, VERSION);
    (void)tl_le32(d, RECEIVE);
    (void)tl_le32(d, SEND);
    (void)tl_le32(d, MESSAGE_MAX);
    (void)tl_le32(d, CHUNK_MAX);
}

/* The node id of the encoding of a request or response: numbers in two or four bytes, in the namespace of OPC UA. */
static void service(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 4);
    if (p == NULL)
        return;
    if (p[0] == 0)
        tl_add(d, SERVICE, d->c.off + 1, 1, p[1]);
    else if (p[0] == 1 && p[1] == 0)
        tl_add(d, SERVICE, d->c.off + 2, 2, tl_load_le16(p + 2));
}

static bool ends_with(struct tl_bytes text, const char *word)
{
    size_t n = strlen(word);
    return text.len >= n && memcmp(text.data + text.len - n, word, n) == 0;
}

static void sequence(struct tl_dissection *d, bool first)
{
    (void)tl_le32(d, SEQUENCE);
    (void)tl_le32(d, REQUEST);
    if (first && tl_ok(d))
        service(d);
}

static bool is(const uint8_t *p, const char *type)
{
    return memcmp(p, type, 3) == 0;
}

static void chunk(struct tl_dissection *d, struct flow *f, const uint8_t *type, unsigned side)
{
    (void)tl_le32(d, CHANNEL);
    if (is(type, "OPN")) {
        struct tl_bytes policy = string(d, POLICY);
        f->clear = ends_with(policy, "#None");
        (void)string(d, CERTIFICATE);
        (void)string(d, THUMBPRINT);
    } else {
        (void)tl_le32(d, TOKEN);
    }
    if (f->clear && tl_ok(d))
        sequence(d, !f->started[side]);
    f->started[side] = type[3] == 'C';
}

static bool is_header(const uint8_t *p)
{
    static const char *const types[] = { "HEL", "ACK", "ERR", "RHE", "OPN", "MSG", "CLO" };
    uint32_t size = tl_load_le32(p + 4);
    for (unsigned i = 0; i < TL_COUNT(types); i++)
        if (is(p, types[i]))
            return (p[3] == 'F' || (i > 3 && (p[3] == 'C' || p[3] == 'A'))) && size >= SIZE_LEAST && size <= SIZE_MOST;
    return false;
}

static struct tl_want message(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    const uint8_t *type = tl_cursor_peek(&d->c, 0, HEADER);
    tl_message(d);
    if (type == NULL)
        return tl_framed_next;
    tl_run(d, TYPE, 3);
    tl_run(d, CHUNK, 1);
    (void)tl_le32(d, SIZE);
    if (is(type, "HEL") || is(type, "ACK")) {
        limits(d);
        if (type[0] == 'H')
            (void)string(d, ENDPOINT);
    } else if (is(type, "ERR")) {
        (void)tl_le32(d, ERROR);
        (void)string(d, REASON);
    } else if (is(type, "RHE")) {
        (void)string(d, SERVER);
        (void)string(d, ENDPOINT);
    } else {
        chunk(d, f, type, s->side);
        tl_hide(d, tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c))); /* nonces, passwords of sessions */
    }
    if (!f->confirmed)
        tl_confirm(d);
    f->confirmed = true;
    return tl_framed_next;
}

static uint64_t length(struct tl_dissection *d, const struct tl_stream *s, const uint8_t *p, uint32_t n)
{
    (void)d;
    (void)s;
    (void)n;
    return is_header(p) ? tl_load_le32(p + 4) : 0;
}

static bool begins(const struct tl_dissection *d, const struct tl_stream *s, struct tl_bytes bytes)
{
    (void)d;
    (void)s;
    return bytes.len >= HEADER && is_header(bytes.data);
}

static const struct tl_framed framed = { HEADER, COLLECTED, length, message, begins };

static struct tl_want opcua_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    return tl_framed_stream(d, s, &framed, &f->side[s->side]);
}

/* Elsewhere than on its port: a hello or an acknowledgement, which begin every conversation. */
static enum tl_probe opcua_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.stream || n == 0)
        return TL_PROBE_NO;
    if (n < HEADER) {
        uint32_t most = n < 4 ? n : 4;
        return memcmp(p, "HELF", most) == 0 || memcmp(p, "ACKF", most) == 0 || memcmp(p, "RHEF", most) == 0
            ? TL_PROBE_MAYBE
                                                                                                          : TL_PROBE_NO;
    }
    if (!is_header(p))
        return TL_PROBE_NO;
    bool hello = is(p, "HEL") || is(p, "ACK") || is(p, "RHE");
    return d->flow.home || (hello && tl_load_le32(p + 4) <= 8192) ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_opcua = {
    .name = "opcua",
    .title = "OpcUa Binary Protocol",
    .service = "opcua",
    .kind = TL_KIND_APPLICATION,
    .lifetime = TL_LIFETIME_LOGIN,
    .has_secrets = true,
    TL_TABLE(fields),
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_TCP_PORT, PORT } },
    .info = "{transport.type}[ {transport.endpoint}][ {transport.error}][ {transport.reason}][ {servicenodeid.numeric}]"
            "[, channel {transport.scid}][, {security.spu}][, request {security.rqid}]",
    TL_BEGINS("AAHHRR"), .probe = opcua_probe,
    .stream = opcua_stream,
};
