/*
 * rdp.c - the connection request and confirm of the Remote Desktop Protocol (MS-RDPBCGR 2.2.1.1, 2.2.1.2): TPKT (RFC
 * 1006), X.224, a cookie, a negotiation. What follows is TLS where that was chosen. Without it, the headers of the data
 * units are read, and those of fast-path (2.2.8.1.2, 2.2.9.1.2); their content is mostly encrypted (5.3).
 */
#include "dissectors/framed.h"

enum {
    TPKT_VERSION, TPKT_RESERVED, TPKT_LENGTH, LI, TYPE, DST_REF, SRC_REF, CLASS, NUMBER, EOT, COOKIE, NEG_TYPE,
    REQ_FLAGS, RSP_FLAGS, NEG_LENGTH, REQUESTED, R_SSL, R_HYBRID, R_RDSTLS, R_HYBRID_EX, SELECTED, FAILURE, REST,
    FAST_HEADER, FAST_ACTION, FAST_FLAGS, FAST_LENGTH, FIELDS
};

enum { REQUEST = 0xe0, CONFIRM = 0xd0, DATA = 0xf0 };
static const struct tl_name types[] = { { 13, "Connect Confirm" }, { 14, "Connect Request" }, { 15, "Data" },
                                       { 0, NULL } };
static const struct tl_name negotiations[] = { { 1, "Request" }, { 2, "Response" }, { 3, "Failure" }, { 6,
"Correlation" }, { 0, NULL } };
static const struct tl_name protocols[] = {
    { 0, "RDP" }, { 1, "SSL" }, { 2, "HYBRID" }, { 4, "RDSTLS" }, { 8, "HYBRID_EX" }, { 0, NULL },
};
static const struct tl_name failures[] = {
    { 1, "SSL_REQUIRED_BY_SERVER" }, { 2, "SSL_NOT_ALLOWED_BY_SERVER" }, { 3, "SSL_CERT_NOT_ON_SERVER" },
    { 4, "INCONSISTENT_FLAGS" }, { 5, "HYBRID_REQUIRED_BY_SERVER" }, { 6, "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER" },
    { 0, NULL },
};

static const struct tl_field fields[FIELDS] = {
    [TPKT_VERSION] = { "tpkt.version", "TPKT version", .type = TL_U8 },
    [TPKT_RESERVED] = { "tpkt.reserved", "Reserved", .type = TL_U8 },
    [TPKT_LENGTH] = { "tpkt.length", "Length", .type = TL_U16, .unit = "bytes" },
    [LI] = { "cotp.li", "X.224 header length", .type = TL_U8, .unit = "bytes" },
    [TYPE] = { "cotp.type", "PDU", .type = TL_U8, .base = TL_HEX, .names = types },
    [DST_REF] = { "cotp.destref", "Destination reference", .type = TL_U16, .base = TL_HEX },
    [SRC_REF] = { "cotp.srcref", "Source reference", .type = TL_U16, .base = TL_HEX },
    [CLASS] = { "cotp.class", "Class", .type = TL_U8, .mask = 0xf0 },
    [NUMBER] = { "cotp.tpdu-number", "Number", .type = TL_U8, .base = TL_HEX },
    [EOT] = { "cotp.eot", "Last data unit", .type = TL_BOOL },
    [COOKIE] = { "rdp.rt_cookie", "Cookie", .type = TL_TEXT, .help = "A routing token, or the name of a user" },
    [NEG_TYPE] = { "rdp.neg_type", "Negotiation", .type = TL_U8, .base = TL_HEX, .names = negotiations },
    [REQ_FLAGS] = { "rdp.negReq.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [RSP_FLAGS] = { "rdp.negRsp.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [NEG_LENGTH] = { "rdp.neg_length", "Length", .type = TL_U16, .unit = "bytes" },
    [REQUESTED] = { "rdp.negReq.requestedProtocols", "Requested protocols", .type = TL_U32, .base = TL_HEX },
    [R_SSL] = { "rdp.negReq.requestedProtocols.ssl", "TLS", .type = TL_BOOL, .mask = 1 },
    [R_HYBRID] = { "rdp.negReq.requestedProtocols.hybrid", "CredSSP", .type = TL_BOOL, .mask = 2 },
    [R_RDSTLS] = { "rdp.negReq.requestedProtocols.rdstls", "RDSTLS", .type = TL_BOOL, .mask = 4 },
    [R_HYBRID_EX] = { "rdp.negReq.requestedProtocols.hybrid_ex", "CredSSP, early authorization", .type = TL_BOOL,
                      .mask = 8 },
    [SELECTED] = { "rdp.negReq.selectedProtocol", "Selected protocol", .type = TL_U32, .base = TL_HEX,
                   .names = protocols },
    [FAILURE] = { "rdp.negFailure.failureCode", "Failure", .type = TL_U32, .base = TL_HEX, .names = failures },
    [REST] = { "rdp.data", "Data", .type = TL_BYTES },
    [FAST_HEADER] = { "rdp.fastpath.header", "Fast-path header", .type = TL_U8, .base = TL_HEX },
    [FAST_ACTION] = { "rdp.fastpath.action", "Action", .type = TL_U8, .mask = 0x03 },
    [FAST_FLAGS] = { "rdp.fastpath.flags", "Encryption flags", .type = TL_U8, .mask = 0xc0,
                     .help = "1: with a checksum of the salted form, 2: encrypted" },
    [FAST_LENGTH] = { "rdp.fastpathPDULength", "Length", .type = TL_U16, .unit = "bytes" },
};

/* --- the record --- */

enum { O_COOKIE, O_RESULT, O_SECURITY };

struct rdp_record {
    struct tl_record head;
    struct tl_bytes cookie;
    const char *result, *security;
};

#define F(index, member, key, kind, help) TL_FIELD(struct rdp_record, index, member, key, kind, help)
static const struct tl_record_field record_fields[] = {
    F(O_COOKIE, cookie, "cookie", TL_REC_TEXT,
    "Of the client: a user's name, which it may have cut to nine characters"),
    F(O_RESULT, result, "result", TL_REC_TOKEN, "`encrypted` when TLS begins, or why the negotiation failed"),
    F(O_SECURITY, security, "security_protocol", TL_REC_TOKEN, "`RDP`, `SSL`, `HYBRID`, `HYBRID_EX`"),
};
#undef F

static const struct tl_record_def rdp_record_def =
    TL_RECORD_DEF("rdp", record_fields, "A connection of RDP", .summary = { "cookie", "security_protocol", "result" });

/* --- flow state --- */

enum { TPKT = 4, CONNECT_SIZE = 7, NEGOTIATION_SIZE = 8, PDU_MOST = 4096, COOKIE_MOST = 128, HELD = 1 << 16,
       PORT = 3389, DATA_SIZE = 7, FAST_HEAD = 2, FAST_LONG = 3 };

struct flow {
    int64_t since;
    const char *result, *security;
    uint8_t cookie_len;
    bool asked, emitted;
    bool plain;     /* the server confirmed, and no TLS follows */
    bool confirmed; /* data were seen */
    struct tl_framed_side side[2];
    char cookie[COOKIE_MOST];
};

static void emit(struct tl_dissection *d, struct flow *f)
{
    if (f->emitted || (!f->asked && f->result == NULL))
        return;
    f->emitted = true;
    struct rdp_record r = { .head = { .ts = f->since }, .cookie = tl_bytes_of(f->cookie, f->cookie_len),
    .result = f->result,
                            .security = f->security };
    if (f->asked)
        tl_record_set(&r.head, O_COOKIE);
    if (f->result != NULL)
        tl_record_set(&r.head, O_RESULT);
    if (f->security != NULL)
        tl_record_set(&r.head, O_SECURITY);
    tl_emit(d, &rdp_record_def, &r.head);
}

/* --- messages --- */

/* "Cookie: mstshash=name", or the token of a load balancer, up to CR LF. */
static void cookie(struct tl_dissection *d, struct flow *f)
{
    static const char name[] = "Cookie: mstshash=";
    uint32_t left = tl_cursor_left(&d->c), n = 0;
    const uint8_t *p = d->c.base + d->c.off;
    while (n + 1 < left && (p[n] != '\r' || p[n + 1] != '\n'))
        n++;
    if (n + 1 >= left || n == 0)
        return;
    tl_run(d, COOKIE, n);
    tl_skip(d, 2);
    uint32_t skip = sizeof name - 1;
    if (n < skip || memcmp(p, name, skip) != 0)
        return;
    f->cookie_len = (uint8_t)(n - skip < COOKIE_MOST ? n - skip : COOKIE_MOST);
    memcpy(f->cookie, p + skip, f->cookie_len);
}

static void negotiation(struct tl_dissection *d, struct flow *f)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, NEGOTIATION_SIZE);
    if (p == NULL || p[0] < 1 || p[0] > 3)
        return;
    uint8_t type = tl_u8(d, NEG_TYPE);
    tl_u8(d, type == 2 ? RSP_FLAGS : REQ_FLAGS);
    tl_le16(d, NEG_LENGTH);
    if (type == 1) {
        uint32_t wanted = tl_le32(d, REQUESTED);
        tl_add_all_bits(d, R_SSL, R_HYBRID_EX, d->c.off - 4, 4, wanted);
    } else if (type == 2) {
        f->security = tl_name_of(protocols, tl_le32(d, SELECTED));
    } else {
        const char *why = tl_name_of(failures, tl_le32(d, FAILURE));
        f->result = why != NULL ? why : "unknown";
    }
}

/* X.224 class 0 has one connection, so its data units name none. */
static void data_unit(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    if (p == NULL)
        return;
    tl_add(d, DST_REF, d->c.off, 0, 0);
    tl_add(d, NUMBER, d->c.off - 1, 1, *p & 0x7f);
    tl_add(d, EOT, d->c.off - 1, 1, *p >> 7);
}

static uint8_t message(struct tl_dissection *d, const struct tl_stream *s, struct flow *f)
{
    tl_message(d);
    tl_u8(d, TPKT_VERSION);
    tl_u8(d, TPKT_RESERVED);
    tl_u16(d, TPKT_LENGTH);
    tl_u8(d, LI);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    uint8_t type = p != NULL ? *p & 0xf0 : 0;
    if (p != NULL)
        tl_add(d, TYPE, d->c.off, 1, type >> 4);
    tl_skip(d, 1);
    if (type == DATA)
        data_unit(d);
    if (type != REQUEST && type != CONFIRM)
        return type;
    tl_u16(d, DST_REF);
    tl_u16(d, SRC_REF);
    p = tl_cursor_take(&d->c, 1);
    if (p != NULL)
        tl_add_bits(d, CLASS, d->c.off - 1, 1, *p);
    if (f->since == 0)
        f->since = s->since;
    if (type == REQUEST) {
        f->asked = true;
        cookie(d, f);
    }
    negotiation(d, f);
    if (tl_ok(d) && tl_cursor_left(&d->c) > 0)
        tl_run(d, REST, tl_cursor_left(&d->c));
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
    uint8_t header = tl_u8(d, FAST_HEADER);
    tl_add_all_bits(d, FAST_ACTION, FAST_FLAGS, d->c.off - 1, 1, header);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    if (p != NULL && (*p & 0x80) == 0) {
        tl_u8(d, FAST_LENGTH);
        return;
    }
    p = tl_cursor_take(&d->c, 2);
    if (p != NULL)
        tl_add(d, FAST_LENGTH, d->c.off - 2, 2, tl_load_be16(p) & 0x7fff);
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
        message(d, s, f);
    } else {
        tl_message(d);
        fast_path(d);
    }
    tl_hide(d, tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c)));
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
    bool tls = f->security != NULL && strcmp(f->security, "RDP") != 0;
    if (f->security == NULL && f->result == NULL)
        f->security = "RDP";
    if (tls)
        f->result = "encrypted";
    emit(d, f);
    if (tls)
        return (struct tl_want){ TL_WANT_SWITCH, 0, NULL };
    if (f->security == NULL || strcmp(f->security, "RDP") != 0)
        return nothing(); /* refused */
    f->plain = true;
    tl_release(d);
    return (struct tl_want){ TL_WANT_BYTES, FAST_HEAD, NULL };
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
    uint8_t type = message(d, s, f);
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
    if (s->event == TL_EV_UNIT)
        return unit(d, s, f);
    return (struct tl_want){ TL_WANT_BYTES, TPKT, NULL };
}

static void rdp_finish(struct tl_dissection *d)
{
    struct flow *f = d->flow.slot;
    if (f != NULL)
        emit(d, f);
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
    .records = { &rdp_record_def },
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_TCP_PORT, PORT } },
    .info = "[{cotp.type}][Fast-path, {fastpathPDULength} bytes][, {rt_cookie}][, negotiation {neg_type}]"
            "[, {negReq.selectedProtocol}][, {negFailure.failureCode}]",
    TL_BEGINS("\3\3"),
    .probe = rdp_probe,
    .stream = rdp_stream,
    .finish = rdp_finish,
};
