/*
 * rdp.c - how a connection of the Remote Desktop Protocol begins (MS-RDPBCGR 1.3.1.1): TPKT (RFC 1006), X.224, a cookie,
 * a negotiation (2.2.1.1, 2.2.1.2). What follows is TLS where that was chosen; without it, both ends send their
 * settings in the clear. Of what comes after, the headers of the data units are read, and those of fast-path (2.2.8.1.2,
 * 2.2.9.1.2); their content is mostly encrypted (5.3).
 */
#include "dissectors/rdp/rdp.h"

#include "dissectors/framed.h"
#include "dissectors/x509/x509.h"

enum { REQUEST = 0xe0, CONFIRM = 0xd0, DATA = 0xf0, CONNECT = 0x7f /* the tag of a connect PDU of MCS begins so */ };
static const struct tl_name types[] = { { 13, "Connect Confirm" }, { 14, "Connect Request" }, { 15, "Data" },
                                       { 0, NULL } };
static const struct tl_name negotiations[] = {
    { 1, "Request" }, { 2, "Response" }, { 3, "Failure" }, { 6, "Correlation" }, { 0, NULL },
};
static const struct tl_name protocols[] = {
    { 0, "RDP" }, { 1, "SSL" }, { 2, "HYBRID" }, { 4, "RDSTLS" }, { 8, "HYBRID_EX" }, { 16, "RDSAAD" },
    { 0, NULL },
};
static const struct tl_name failures[] = {
    { 1, "SSL_REQUIRED_BY_SERVER" }, { 2, "SSL_NOT_ALLOWED_BY_SERVER" }, { 3, "SSL_CERT_NOT_ON_SERVER" },
    { 4, "INCONSISTENT_FLAGS" }, { 5, "HYBRID_REQUIRED_BY_SERVER" }, { 6, "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER" },
    { 0, NULL },
};

static const struct tl_name connects[] = {
    { 101, "connect-initial" }, { 102, "connect-response" }, { 0, NULL },
};
static const struct tl_name conferences[] = { { 0, "create request" }, { 1, "create response" }, { 0, NULL } };
/* T.125 section 7, Result. */
static const struct tl_name mcs_results[] = {
    { 0, "rt-successful" }, { 1, "rt-domain-merging" }, { 2, "rt-domain-not-hierarchical" },
    { 3, "rt-no-such-channel" }, { 4, "rt-no-such-domain" }, { 5, "rt-no-such-user" }, { 6, "rt-not-admitted" },
    { 7, "rt-other-user-id" }, { 8, "rt-parameters-unacceptable" }, { 9, "rt-token-not-available" },
    { 10, "rt-token-not-possessed" }, { 11, "rt-too-many-channels" }, { 12, "rt-too-many-tokens" },
    { 13, "rt-too-many-users" }, { 14, "rt-unspecified-failure" }, { 15, "rt-user-rejected" }, { 0, NULL },
};

static const struct tl_field fields[RDP_FIELDS] = {
    [RDP_TPKT_VERSION] = { "tpkt.version", "TPKT version", .type = TL_U8 },
    [RDP_TPKT_RESERVED] = { "tpkt.reserved", "Reserved", .type = TL_U8 },
    [RDP_TPKT_LENGTH] = { "tpkt.length", "Length", .type = TL_U16, .unit = "bytes" },
    [RDP_LI] = { "cotp.li", "X.224 header length", .type = TL_U8, .unit = "bytes" },
    [RDP_TYPE] = { "cotp.type", "PDU", .type = TL_U8, .base = TL_HEX, .names = types },
    [RDP_DST_REF] = { "cotp.destref", "Destination reference", .type = TL_U16, .base = TL_HEX },
    [RDP_SRC_REF] = { "cotp.srcref", "Source reference", .type = TL_U16, .base = TL_HEX },
    [RDP_CLASS] = { "cotp.class", "Class", .type = TL_U8, .mask = 0xf0 },
    [RDP_NUMBER] = { "cotp.tpdu-number", "TPDU number", .type = TL_U8, .base = TL_HEX, .mask = 0x7f },
    [RDP_EOT] = { "cotp.eot", "Last data unit", .type = TL_BOOL, .mask = 0x80 },
    [RDP_COOKIE] = { "rdp.rt_cookie", "Cookie", .type = TL_TEXT, .help = "A routing token, or the name of a user" },
    [RDP_NEG_TYPE] = { "rdp.neg_type", "Negotiation", .type = TL_U8, .base = TL_HEX, .names = negotiations },
    [RDP_REQ_FLAGS] = { "rdp.negReq.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [RDP_RSP_FLAGS] = { "rdp.negRsp.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [RDP_NEG_LENGTH] = { "rdp.neg_length", "Length", .type = TL_U16, .unit = "bytes" },
    [RDP_REQUESTED] = { "rdp.negReq.requestedProtocols", "Requested protocols", .type = TL_U32, .base = TL_HEX },
    [RDP_R_SSL] = { "rdp.negReq.requestedProtocols.ssl", "TLS", .type = TL_BOOL, .mask = 1 },
    [RDP_R_HYBRID] = { "rdp.negReq.requestedProtocols.hybrid", "CredSSP", .type = TL_BOOL, .mask = 2 },
    [RDP_R_RDSTLS] = { "rdp.negReq.requestedProtocols.rdstls", "RDSTLS", .type = TL_BOOL, .mask = 4 },
    [RDP_R_HYBRID_EX] = { "rdp.negReq.requestedProtocols.hybrid_ex", "CredSSP, early authorization", .type = TL_BOOL,
                      .mask = 8 },
    [RDP_SELECTED] = { "rdp.negReq.selectedProtocol", "Selected protocol", .type = TL_U32, .base = TL_HEX,
                   .names = protocols },
    [RDP_FAILURE] = { "rdp.negFailure.failureCode", "Failure", .type = TL_U32, .base = TL_HEX, .names = failures },
    [RDP_MCS] = { "t125.ConnectMCSPDU", "MCS", .type = TL_U32, .names = connects },
    [RDP_MCS_RESULT] = { "t125.result", "Result", .type = TL_U32, .names = mcs_results },
    [RDP_GCC] = { "t124.connectGCCPDU", "Conference", .type = TL_U32, .names = conferences },
    [RDP_GCC_RESULT] = { "t124.result", "Conference result", .type = TL_U32, .names = tl_rdp_results },
    [RDP_CLIENT_CORE] = { "rdp.client.coreData", "Client core data", .type = TL_GROUP, .flags = TL_REPEATS },
    [RDP_CLIENT_SECURITY] = { "rdp.client.securityData", "Client security data", .type = TL_GROUP,
                              .flags = TL_REPEATS },
    [RDP_CLIENT_NETWORK] = { "rdp.client.networkData", "Client network data", .type = TL_GROUP, .flags = TL_REPEATS },
    [RDP_CLIENT_CLUSTER] = { "rdp.client.clusterData", "Client cluster data", .type = TL_GROUP, .flags = TL_REPEATS },
    [RDP_CLIENT_MONITOR] = { "rdp.client.monitorData", "Client monitor data", .type = TL_GROUP, .flags = TL_REPEATS },
    [RDP_CLIENT_MESSAGE] = { "rdp.client.msgChannelData", "Client message channel data", .type = TL_GROUP,
                             .flags = TL_REPEATS },
    [RDP_CLIENT_MONITOR_EX] = { "rdp.client.monitorExData", "Client monitor extended data", .type = TL_GROUP,
                                .flags = TL_REPEATS },
    [RDP_CLIENT_TRANSPORT] = { "rdp.client.multiTransportData", "Client multitransport data", .type = TL_GROUP,
                               .flags = TL_REPEATS },
    [RDP_CLIENT_OTHER] = { "rdp.unknownData.client", "Other data", .type = TL_GROUP, .flags = TL_REPEATS },
    [RDP_SERVER_CORE] = { "rdp.server.coreData", "Server core data", .type = TL_GROUP, .flags = TL_REPEATS },
    [RDP_SERVER_SECURITY] = { "rdp.server.securityData", "Server security data", .type = TL_GROUP,
                              .flags = TL_REPEATS },
    [RDP_SERVER_NETWORK] = { "rdp.server.networkData", "Server network data", .type = TL_GROUP, .flags = TL_REPEATS },
    [RDP_SERVER_MESSAGE] = { "rdp.server.msgChannelData", "Server message channel data", .type = TL_GROUP,
                             .flags = TL_REPEATS },
    [RDP_SERVER_TRANSPORT] = { "rdp.server.multiTransportData", "Server multitransport data", .type = TL_GROUP,
                               .flags = TL_REPEATS },
    [RDP_SERVER_OTHER] = { "rdp.unknownData.server", "Other data", .type = TL_GROUP, .flags = TL_REPEATS },
    [RDP_BLOCK_TYPE] = { "rdp.header.type", "Type", .type = TL_U16, .base = TL_HEX },
    [RDP_BLOCK_LENGTH] = { "rdp.header.length", "Length", .type = TL_U16, .unit = "bytes" },
    [RDP_MAJOR] = { "rdp.version.major", "Major version", .type = TL_U16 },
    [RDP_MINOR] = { "rdp.version.minor", "Minor version", .type = TL_U16 },
    [RDP_WIDTH] = { "rdp.desktop.width", "Desktop width", .type = TL_U16, .unit = "pixels" },
    [RDP_HEIGHT] = { "rdp.desktop.height", "Desktop height", .type = TL_U16, .unit = "pixels" },
    [RDP_COLOR_DEPTH] = { "rdp.colorDepth", "Color depth", .type = TL_U16, .base = TL_HEX },
    [RDP_SAS] = { "rdp.SASSequence", "SAS sequence", .type = TL_U16 },
    [RDP_LAYOUT] = { "rdp.keyboardLayout", "Keyboard layout", .type = TL_U32 },
    [RDP_BUILD] = { "rdp.client.build", "Client build", .type = TL_U32 },
    [RDP_CLIENT_NAME] = { "rdp.client.name", "Client name", .type = TL_TEXT },
    [RDP_KEYBOARD] = { "rdp.keyboard.type", "Keyboard type", .type = TL_U32 },
    [RDP_SUBTYPE] = { "rdp.keyboard.subtype", "Keyboard subtype", .type = TL_U32 },
    [RDP_FUNCTION_KEYS] = { "rdp.keyboard.functionkey", "Function keys", .type = TL_U32 },
    [RDP_IME] = { "rdp.imeFileName", "IME file name", .type = TL_BYTES },
    [RDP_POST_BETA_DEPTH] = { "rdp.postBeta2ColorDepth", "Color depth of newer clients", .type = TL_U16,
                              .base = TL_HEX },
    [RDP_PRODUCT] = { "rdp.client.productId", "Client product id", .type = TL_U16 },
    [RDP_SERIAL] = { "rdp.serialNumber", "Serial number", .type = TL_U32 },
    [RDP_HIGH_DEPTH] = { "rdp.highColorDepth", "High color depth", .type = TL_U16, .base = TL_HEX },
    [RDP_DEPTHS] = { "rdp.supportedColorDepths", "Supported color depths", .type = TL_U16, .base = TL_HEX },
    [RDP_EARLY] = { "rdp.earlyCapabilityFlags", "Early capability flags", .type = TL_U16 },
    [RDP_DIG_PRODUCT] = { "rdp.client.digProductId", "Product id of the machine", .type = TL_TEXT },
    [RDP_CONNECTION] = { "rdp.connectionType", "Connection type", .type = TL_U8 },
    [RDP_PAD] = { "rdp.pad1octet", "Padding", .type = TL_U8, .base = TL_HEX },
    [RDP_SERVER_SELECTED] = { "rdp.serverSelectedProtocol", "Protocol that the server selected", .type = TL_U32 },
    [RDP_METHODS] = { "rdp.encryptionMethods", "Encryption methods", .type = TL_BYTES },
    [RDP_EXT_METHODS] = { "rdp.extEncryptionMethods", "Extended encryption methods", .type = TL_BYTES },
    [RDP_CLUSTER_FLAGS] = { "rdp.clusterFlags", "Cluster flags", .type = TL_U32, .base = TL_HEX },
    [RDP_SESSION] = { "rdp.redirectedSessionId", "Redirected session", .type = TL_U32, .base = TL_HEX },
    [RDP_CHANNELS] = { "rdp.channelCount", "Channels", .type = TL_U16 },
    [RDP_CHANNEL_NAME] = { "rdp.name", "Channel", .type = TL_TEXT, .flags = TL_REPEATS },
    [RDP_CHANNEL_OPTIONS] = { "rdp.options", "Channel options", .type = TL_U32, .base = TL_HEX, .flags = TL_REPEATS },
    [RDP_MCS_CHANNEL] = { "rdp.MCSChannelId", "MCS channel", .type = TL_U16, .flags = TL_REPEATS },
    [RDP_CLIENT_REQUESTED] = { "rdp.client.requestedProtocols", "Protocols that the client requested", .type = TL_U32,
                               .base = TL_HEX },
    [RDP_METHOD] = { "rdp.encryptionMethod", "Encryption method", .type = TL_U32, .base = TL_HEX,
                     .names = tl_rdp_methods },
    [RDP_LEVEL] = { "rdp.encryptionLevel", "Encryption level", .type = TL_U32, .base = TL_HEX, .names = tl_rdp_levels },
    [RDP_RANDOM_LEN] = { "rdp.serverRandomLen", "Random length", .type = TL_U32, .unit = "bytes" },
    [RDP_CERT_LEN] = { "rdp.serverCertLen", "Certificate length", .type = TL_U32, .unit = "bytes" },
    [RDP_RANDOM] = { "rdp.serverRandom", "Random", .type = TL_BYTES },
    [RDP_CERT] = { "rdp.serverCertificate", "Certificate", .type = TL_BYTES },
    [RDP_REST] = { "rdp.data", "Data", .type = TL_BYTES },
    [RDP_FAST_HEADER] = { "rdp.fastpath.header", "Fast-path header", .type = TL_U8, .base = TL_HEX },
    [RDP_FAST_ACTION] = { "rdp.fastpath.action", "Action", .type = TL_U8, .mask = 0x03 },
    [RDP_FAST_FLAGS] = { "rdp.fastpath.flags", "Encryption flags", .type = TL_U8, .mask = 0xc0,
                         .help = "1: with a checksum of the salted form, 2: encrypted" },
    [RDP_FAST_LENGTH] = { "rdp.fastpathPDULength", "Length", .type = TL_U16, .unit = "bytes" },
};

enum {
    TPKT = 4, CONNECT_SIZE = 7, NEGOTIATION_SIZE = 8, PDU_MOST = 4096, HELD = 1 << 16, PORT = 3389, DATA_SIZE = 7,
    FAST_HEAD = 2, FAST_LONG = 3,
};

struct flow {
    struct tl_rdp_facts facts;
    bool plain;     /* the server confirmed, and no TLS follows */
    bool confirmed; /* data were seen */
    struct tl_framed_side side[2];
};

/* --- messages --- */

/* "Cookie: mstshash=name", or the token of a load balancer, up to CR LF. */
static void cookie(struct tl_dissection *d, struct tl_rdp_facts *f)
{
    static const char name[] = "Cookie: mstshash=";
    uint32_t left = tl_cursor_left(&d->c), n = 0;
    const uint8_t *p = d->c.base + d->c.off;
    while (n + 1 < left && (p[n] != '\r' || p[n + 1] != '\n'))
        n++;
    if (n + 1 >= left || n == 0)
        return;
    tl_run(d, RDP_COOKIE, n);
    tl_skip(d, 2);
    uint32_t skip = sizeof name - 1;
    if (n < skip || memcmp(p, name, skip) != 0)
        return;
    f->cookie_len = (uint8_t)(n - skip < sizeof f->cookie ? n - skip : sizeof f->cookie);
    memcpy(f->cookie, p + skip, f->cookie_len);
}

static void negotiation(struct tl_dissection *d, struct tl_rdp_facts *f)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, NEGOTIATION_SIZE);
    if (p == NULL || p[0] < 1 || p[0] > 3)
        return;
    uint8_t type = tl_u8(d, RDP_NEG_TYPE);
    tl_u8(d, type == 2 ? RDP_RSP_FLAGS : RDP_REQ_FLAGS);
    tl_le16(d, RDP_NEG_LENGTH);
    if (type == 1) {
        uint32_t wanted = tl_le32(d, RDP_REQUESTED);
        tl_add_all_bits(d, RDP_R_SSL, RDP_R_HYBRID_EX, d->c.off - 4, 4, wanted);
    } else if (type == 2) {
        const char *name = tl_name_of(protocols, tl_le32(d, RDP_SELECTED));
        if (tl_ok(d))
            f->security = name != NULL ? name : "unknown"; /* all but RDP itself are inside TLS (MS-RDPBCGR 5.4.5) */
    } else {
        const char *why = tl_name_of(failures, tl_le32(d, RDP_FAILURE));
        f->result = why != NULL ? why : "unknown";
    }
}

/* The rest of a connect request or confirm. */
static void connection(struct tl_dissection *d, struct tl_rdp_facts *f, uint8_t type)
{
    tl_u16(d, RDP_DST_REF);
    tl_u16(d, RDP_SRC_REF);
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    if (p != NULL)
        tl_add_bits(d, RDP_CLASS, d->c.off - 1, 1, *p);
    if (type == REQUEST) {
        f->asked = true;
        cookie(d, f);
    }
    negotiation(d, f);
}

/*
 * The rest of a data unit: the settings of an end, or more, which is not read. X.224 class 0 has one connection, so its
 * data units name none.
 */
static void data_unit(struct tl_dissection *d, struct tl_rdp_facts *f)
{
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    if (p == NULL)
        return;
    tl_add(d, RDP_DST_REF, d->c.off, 0, 0);
    tl_add_all_bits(d, RDP_NUMBER, RDP_EOT, d->c.off - 1, 1, *p);
    p = tl_cursor_peek(&d->c, 0, 1);
    if (p != NULL && *p == CONNECT)
        tl_rdp_connect(d, f);
}

static uint8_t message(struct tl_dissection *d, const struct tl_stream *s, struct tl_rdp_facts *f)
{
    tl_message(d);
    tl_u8(d, RDP_TPKT_VERSION);
    tl_u8(d, RDP_TPKT_RESERVED);
    tl_u16(d, RDP_TPKT_LENGTH);
    tl_u8(d, RDP_LI);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    uint8_t type = p != NULL ? *p & 0xf0 : 0;
    if (p != NULL)
        tl_add(d, RDP_TYPE, d->c.off, 1, type >> 4);
    tl_skip(d, 1);
    if (f->since == 0)
        f->since = s->since;
    if (type == REQUEST || type == CONFIRM)
        connection(d, f, type);
    else if (type == DATA)
        data_unit(d, f);
    if (type != DATA && tl_ok(d) && tl_cursor_left(&d->c) > 0)
        tl_run(d, RDP_REST, tl_cursor_left(&d->c));
    return type;
}

static struct tl_want nothing(void)
{
    return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
}

/* --- data without TLS --- */

static uint64_t data_length(struct tl_dissection *d, const struct tl_stream *s, const uint8_t *p, uint32_t n)
{
    (void)d;
    (void)s;
    if (p[0] == 3) {
        uint32_t len = n < TPKT ? 0 : tl_load_be16(p + 2);
        return n < TPKT ? TL_FRAMED_MORE | TPKT : len >= DATA_SIZE ? len : 0;
    }
    if ((p[0] & 3) != 0)
        return 0;
    if ((p[1] & 0x80) == 0)
        return p[1] > FAST_HEAD ? p[1] : 0;
    if (n < FAST_LONG)
        return TL_FRAMED_MORE | FAST_LONG;
    uint32_t len = tl_load_be16(p + 1) & 0x7fff;
    return len > FAST_LONG ? len : 0;
}

static void fast_path(struct tl_dissection *d)
{
    uint8_t header = tl_u8(d, RDP_FAST_HEADER);
    tl_add_all_bits(d, RDP_FAST_ACTION, RDP_FAST_FLAGS, d->c.off - 1, 1, header);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    if (p != NULL && (*p & 0x80) == 0) {
        tl_u8(d, RDP_FAST_LENGTH);
        return;
    }
    p = tl_cursor_take(&d->c, 2);
    if (p != NULL)
        tl_add(d, RDP_FAST_LENGTH, d->c.off - 2, 2, tl_load_be16(p) & 0x7fff);
}

/* The keys that a user presses, and a login, are in units of the client, which need not be encrypted. */
static struct tl_want data_message(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    if (!f->confirmed)
        tl_confirm(d);
    f->confirmed = true;
    if (p != NULL && *p == 3) {
        (void)message(d, s, &f->facts);
    } else {
        tl_message(d);
        fast_path(d);
    }
    tl_hide(d, tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c)));
    if (f->facts.secured)
        tl_rdp_emit(d, &f->facts);
    return tl_framed_next;
}

static bool data_begins(const struct tl_dissection *d, const struct tl_stream *s, struct tl_bytes bytes)
{
    (void)d;
    (void)s;
    const uint8_t *p = bytes.data;
    return bytes.len >= DATA_SIZE && p[0] == 3 && p[1] == 0 && tl_load_be16(p + 2) == bytes.len && p[4] == 2 &&
           p[5] == DATA;
}

static const struct tl_framed data_units = { FAST_HEAD, 1 << 16, data_length, data_message, data_begins };

/* After the confirm, what was negotiated decides what both sides speak. */
static struct tl_want confirmed(struct tl_dissection *d, struct flow *f)
{
    struct tl_rdp_facts *facts = &f->facts;
    bool tls = facts->security != NULL && strcmp(facts->security, "RDP") != 0;
    if (facts->security == NULL && facts->result == NULL)
        facts->security = "RDP";
    if (!tls && facts->result == NULL) {
        f->plain = true;
        tl_release(d);
        return (struct tl_want){ TL_WANT_BYTES, FAST_HEAD, NULL };
    }
    if (tls)
        facts->result = "encrypted";
    tl_rdp_emit(d, facts);
    if (tls)
        return (struct tl_want){ TL_WANT_SWITCH, 0, NULL };
    return nothing();
}

static struct tl_want unit(struct tl_dissection *d, struct tl_stream *s, struct flow *f)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, TPKT);
    uint32_t len = p != NULL ? tl_load_be16(p + 2) : 0;
    if (p == NULL || p[0] != 3 || len < TPKT + CONNECT_SIZE || len > PDU_MOST) {
        tl_violate(d);
        return nothing();
    }
    if (tl_cursor_left(&d->c) < len)
        return (struct tl_want){ TL_WANT_BYTES, len, NULL };
    uint8_t type = message(d, s, &f->facts);
    d->c.off = d->c.end;
    if (type == CONFIRM)
        return confirmed(d, f);
    return type == REQUEST ? (struct tl_want){ TL_WANT_HOLD, HELD, NULL } : nothing();
}

static struct tl_want rdp_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f != NULL && f->plain)
        return tl_framed_stream(d, s, &data_units, &f->side[s->side]);
    if (f == NULL || s->event == TL_EV_GAP || s->event == TL_EV_END)
        return nothing();
    return s->event == TL_EV_UNIT ? unit(d, s, f) : (struct tl_want){ TL_WANT_BYTES, TPKT, NULL };
}

static void rdp_finish(struct tl_dissection *d)
{
    struct flow *f = d->flow.slot;
    if (f != NULL)
        tl_rdp_emit(d, &f->facts);
}

/* A connect request or confirm in TPKT whose lengths agree; on other ports with a cookie or a negotiation. */
static enum tl_probe rdp_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.stream || n == 0 || p == NULL || p[0] != 3 || (n > 1 && p[1] != 0))
        return TL_PROBE_NO;
    if (n < TPKT + CONNECT_SIZE)
        return TL_PROBE_MAYBE;
    uint32_t len = tl_load_be16(p + 2);
    if (len < TPKT + CONNECT_SIZE || len > PDU_MOST || p[4] != len - TPKT - 1 || (p[5] != REQUEST && p[5] != CONFIRM))
        return TL_PROBE_NO;
    if (d->flow.home)
        return TL_PROBE_YES;
    if (n < len)
        return TL_PROBE_MAYBE;
    const uint8_t *rest = p + TPKT + CONNECT_SIZE;
    uint32_t left = len - TPKT - CONNECT_SIZE;
    bool cookie = left > 8 && memcmp(rest, "Cookie: ", 8) == 0;
    const uint8_t *last = left >= NEGOTIATION_SIZE ? rest + left - NEGOTIATION_SIZE : NULL;
    bool negotiates = last != NULL && last[0] >= 1 && last[0] <= 3 && last[2] == NEGOTIATION_SIZE && last[3] == 0;
    return cookie || negotiates ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_rdp = {
    .name = "rdp",
    .title = "Remote Desktop Protocol",
    .service = "rdp",
    .lifetime = TL_LIFETIME_LOGIN,
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    TL_TABLE(fields),
    .records = { &tl_rdp_record_def, &tl_x509_def },
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_TCP_PORT, PORT } },
    .info = "[{cotp.type}][Fast-path, {fastpathPDULength} bytes][, {rt_cookie}][, negotiation {neg_type}]"
            "[, {negReq.selectedProtocol}][, {negFailure.failureCode}][, {t125.ConnectMCSPDU}][, {client.name}]"
            "[, {encryptionMethod}]",
    TL_BEGINS("\3\3"),
    .probe = rdp_probe,
    .stream = rdp_stream,
    .finish = rdp_finish,
};
