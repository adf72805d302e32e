/*
 * coap.c - Constrained Application Protocol (RFC 7252), with observations (RFC 7641), blockwise transfer (RFC 7959), and
 * over TCP (RFC 8323).
 */
#include "core/part.h"
#include "core/time.h"
#include "core/transaction.h"
#include "dissectors/framed.h"
#include "dissectors/text_fields.h"

/* --- fields --- */

enum {
    LENGTH, VERSION, TYPE, TOKEN_LEN, CODE, MID, TOKEN, OPT_NAME, CTYPE, ACCEPT, MAX_AGE, PROXY_URI, PROXY_SCHEME, SIZE1, ETAG,
    URI_HOST, LOCATION_PATH, URI_PORT, LOCATION_QUERY, URI_PATH, OBSERVE, HOP_LIMIT, IF_MATCH, BLOCK_NUMBER, BLOCK_MORE,
    BLOCK_SIZE, URI_QUERY, OPT_UNKNOWN, PAYLOAD, PAYLOAD_TEXT, PAYLOAD_LENGTH, LINE_PATH, FIELDS
};

static const struct tl_name types[] = { { 0, "CON" }, { 1, "NON" }, { 2, "ACK" }, { 3, "RST" }, { 0, NULL } };
static const struct tl_name codes[] = {
    { 0, "Empty Message" }, { 1, "GET" }, { 2, "POST" }, { 3, "PUT" }, { 4, "DELETE" }, { 5, "FETCH" }, { 6, "PATCH" },
    { 7, "iPATCH" }, { 65, "2.01 Created" }, { 66, "2.02 Deleted" }, { 67, "2.03 Valid" }, { 68, "2.04 Changed" },
    { 69, "2.05 Content" }, { 95, "2.31 Continue" }, { 128, "4.00 Bad Request" }, { 129, "4.01 Unauthorized" },
    { 130, "4.02 Bad Option" }, { 131, "4.03 Forbidden" }, { 132, "4.04 Not Found" }, { 133, "4.05 Method Not Allowed" },
    { 134, "4.06 Not Acceptable" }, { 136, "4.08 Request Entity Incomplete" }, { 137, "4.09 Conflict" },
    { 140, "4.12 Precondition Failed" }, { 141, "4.13 Request Entity Too Large" },
    { 143, "4.15 Unsupported Content-Format" }, { 150, "4.22 Unprocessable Entity" }, { 157, "4.29 Too Many Requests" },
    { 160, "5.00 Internal Server Error" }, { 161, "5.01 Not Implemented" }, { 162, "5.02 Bad Gateway" },
    { 163, "5.03 Service Unavailable" }, { 164, "5.04 Gateway Timeout" }, { 165, "5.05 Proxying Not Supported" },
    { 168, "5.08 Hop Limit Reached" }, { 225, "7.01 CSM" }, { 226, "7.02 Ping" }, { 227, "7.03 Pong" },
    { 228, "7.04 Release" }, { 229, "7.05 Abort" }, { 0, NULL },
};
static const struct tl_name formats[] = {
    { 0, "text/plain; charset=utf-8" }, { 16, "application/cose; cose-type=\"cose-encrypt0\"" },
    { 40, "application/link-format" }, { 41, "application/xml" }, { 42, "application/octet-stream" },
    { 47, "application/exi" }, { 50, "application/json" }, { 51, "application/json-patch+json" },
    { 52, "application/merge-patch+json" }, { 60, "application/cbor" }, { 61, "application/cwt" },
    { 110, "application/senml+json" }, { 112, "application/senml+cbor" }, { 11542, "application/vnd.oma.lwm2m+tlv" },
    { 11543, "application/vnd.oma.lwm2m+json" }, { 0, NULL },
};
static const struct tl_name sizes[] = {
    { 0, "16" }, { 1, "32" }, { 2, "64" }, { 3, "128" }, { 4, "256" }, { 5, "512" }, { 6, "1024" }, { 7, "Reserved" }, { 0, NULL },
};

static const struct tl_field fields[FIELDS] = {
    [LENGTH] = { "coap.length", "Length", .type = TL_U32, .unit = "bytes", .help = "Over TCP" },
    [VERSION] = { "coap.version", "Version", .type = TL_U8, .mask = 0xc0 },
    [TYPE] = { "coap.type", "Type", .type = TL_U8, .mask = 0x30, .names = types },
    [TOKEN_LEN] = { "coap.token_len", "Length of the token", .type = TL_U8, .mask = 0x0f },
    [CODE] = { "coap.code", "Code", .type = TL_U8, .names = codes },
    [MID] = { "coap.mid", "Message id", .type = TL_U16 },
    [TOKEN] = { "coap.token", "Token", .type = TL_BYTES },
    [OPT_NAME] = { "coap.opt.name", "Option", .type = TL_TEXT, .flags = TL_REPEATS },
    [CTYPE] = { "coap.opt.ctype", "Content format", .type = TL_TEXT, .flags = TL_REPEATS },
    [ACCEPT] = { "coap.opt.accept", "Accept", .type = TL_TEXT, .flags = TL_REPEATS },
    [MAX_AGE] = { "coap.opt.max_age", "Max age", .type = TL_U32, .unit = "seconds", .flags = TL_REPEATS },
    [PROXY_URI] = { "coap.opt.proxy_uri", "Proxy URI", .type = TL_TEXT, .flags = TL_REPEATS, .secret = TL_SECRET_URI },
    [PROXY_SCHEME] = { "coap.opt.proxy_scheme", "Proxy scheme", .type = TL_TEXT, .flags = TL_REPEATS },
    [SIZE1] = { "coap.opt.size1", "Size", .type = TL_U32, .flags = TL_REPEATS },
    [ETAG] = { "coap.opt.etag", "Entity tag", .type = TL_BYTES, .flags = TL_REPEATS },
    [URI_HOST] = { "coap.opt.uri_host", "Host", .type = TL_TEXT, .flags = TL_REPEATS },
    [LOCATION_PATH] = { "coap.opt.location_path", "Location", .type = TL_TEXT, .flags = TL_REPEATS },
    [URI_PORT] = { "coap.opt.uri_port", "Port", .type = TL_U16, .flags = TL_REPEATS },
    [LOCATION_QUERY] = { "coap.opt.location_query", "Query of the location", .type = TL_TEXT, .flags = TL_REPEATS },
    [URI_PATH] = { "coap.opt.uri_path", "Path", .type = TL_TEXT, .flags = TL_REPEATS },
    [OBSERVE] = { "coap.opt.observe", "Observe", .type = TL_U32, .flags = TL_REPEATS },
    [HOP_LIMIT] = { "coap.opt.hop_limit", "Hop limit", .type = TL_U8, .flags = TL_REPEATS },
    [IF_MATCH] = { "coap.opt.if_match", "If match", .type = TL_BYTES, .flags = TL_REPEATS },
    [BLOCK_NUMBER] = { "coap.opt.block_number", "Block", .type = TL_U32, .flags = TL_REPEATS },
    [BLOCK_MORE] = { "coap.opt.block_mflag", "More blocks", .type = TL_U8, .flags = TL_REPEATS },
    [BLOCK_SIZE] = { "coap.opt.block_size", "Size of blocks", .type = TL_U8, .flags = TL_REPEATS, .names = sizes },
    [URI_QUERY] = { "coap.opt.uri_query", "Query", .type = TL_TEXT, .flags = TL_REPEATS },
    [OPT_UNKNOWN] = { "coap.opt.unknown", "Unknown option", .type = TL_BYTES, .flags = TL_REPEATS },
    [PAYLOAD] = { "coap.block_payload", "Bytes of the payload", .type = TL_BYTES, .flags = TL_HIDDEN },
    [PAYLOAD_TEXT] = { "coap.payload_text", "Payload", .type = TL_TEXT },
    [PAYLOAD_LENGTH] = { "coap.payload_length", "Length of the payload", .type = TL_U32, .flags = TL_DERIVED, .unit = "bytes",
                         .help = "Not of blocks" },
    [LINE_PATH] = { "coap.line.path", "Path", .type = TL_TEXT, .flags = TL_ONLY_LINE },
};

/* --- the record --- */

struct coap_record {
    struct tl_record r;
    uint64_t version, message_id;
    const char *type;
    struct tl_bytes token;
    const char *method;
    struct tl_bytes uri_host, uri_path, uri_query;
    const char *content_format, *accept;
    uint64_t observe;
    struct tl_bytes code;
    const char *code_name, *resp_type;
    uint64_t payload_len, resp_payload_len;
    struct tl_bytes block;
    int64_t rtt;
    uint64_t retransmissions;
};
enum {
    R_VERSION, R_TYPE, R_MID, R_TOKEN, R_METHOD, R_HOST, R_PATH, R_QUERY, R_FORMAT, R_ACCEPT, R_OBSERVE, R_CODE,
    R_CODE_NAME, R_RESP_TYPE, R_PAYLOAD, R_RESP_PAYLOAD, R_BLOCK, R_RTT, R_RETRANSMISSIONS
};
#define F(index, member, key, kind, help) TL_FIELD(struct coap_record, index, member, key, kind, help)
static const struct tl_record_field record_fields[] = {
    F(R_VERSION, version, "version", TL_REC_COUNT, "1"),
    F(R_TYPE, type, "type", TL_REC_TOKEN, "CON or NON; absent over TCP"),
    F(R_MID, message_id, "message_id", TL_REC_COUNT, "Message id of the request"),
    F(R_TOKEN, token, "token", TL_REC_TEXT, "Token, in hex"),
    F(R_METHOD, method, "method", TL_REC_TOKEN, "GET, PUT, .."),
    F(R_HOST, uri_host, "uri_host", TL_REC_TEXT, "Host of the URI"),
    F(R_PATH, uri_path, "uri_path", TL_REC_TEXT, "Path of the URI"),
    F(R_QUERY, uri_query, "uri_query", TL_REC_TEXT, "Query of the URI"),
    F(R_FORMAT, content_format, "content_format", TL_REC_TOKEN, "Format of the payload, of the response if it has one"),
    F(R_ACCEPT, accept, "accept", TL_REC_TOKEN, "Format that is asked for"),
    F(R_OBSERVE, observe, "observe", TL_REC_COUNT, "0: begins an observation, 1: ends it; of a notification its number"),
    F(R_CODE, code, "code", TL_REC_TEXT, "Code of the response: 2.05"),
    F(R_CODE_NAME, code_name, "code_name", TL_REC_TOKEN, "Its name: Content"),
    F(R_RESP_TYPE, resp_type, "resp_type", TL_REC_TOKEN, "CON, NON, ACK of a response with the acknowledgement, RST"),
    F(R_PAYLOAD, payload_len, "payload_len", TL_REC_COUNT, "Bytes of the request's payload"),
    F(R_RESP_PAYLOAD, resp_payload_len, "resp_payload_len", TL_REC_COUNT, "Bytes of the response's payload"),
    F(R_BLOCK, block, "block", TL_REC_TEXT, "Number of the block, 1 if more follow, bytes: 2/1/512"),
    F(R_RTT, rtt, "rtt", TL_REC_INTERVAL, "Time from the request to the response"),
    F(R_RETRANSMISSIONS, retransmissions, "retransmissions", TL_REC_COUNT, "Times the request was sent again"),
};
#undef F
static const struct tl_record_def coap_record_def =
    TL_RECORD_DEF("coap", record_fields, "A request of CoAP and its response",
                  .summary = { "method", "uri_path", "code", "code_name" }, .latency = "rtt");

/* --- state --- */

enum { PORT = 5683, PATH_MOST = 256, WAITING = 64, COLLECTED = 1 << 16, BLOCK_TEXT = 24, TOKEN_MOST = 8,
       TOKEN_TEXT = 16 /* bytes in a record */, TOKEN_BYTE = 13, TOKEN_TWO = 14, TOKEN_RESERVED = 15 };

/* Of an exchange that waits, and of an observation that goes on. */
struct exchange {
    uint8_t side;
    uint16_t mid;
    bool answered; /* it stays for notifications */
    uint8_t token[TOKEN_MOST]; /* of a longer one its hash: short_form() */
    uint32_t token_len, sent_again;
};

struct flow {
    struct tl_transactions waiting;
    struct tl_framed_side side[2];
    bool confirmed;
};

/* What was read of a message. */
struct message {
    uint8_t type, code;
    uint16_t mid;
    uint32_t token_len;
    bool tcp, has_observe, has_block;
    const uint8_t *token;
    struct tl_bytes host;
    uint32_t path_len, query_len;
    char path[PATH_MOST], query[PATH_MOST];
    const char *format, *accept;
    uint32_t observe, block;
    uint64_t payload_len;
};

/* --- options --- */

static void append(char text[PATH_MOST], uint32_t *len, char separator, struct tl_bytes with)
{
    if (with.len + 1 > PATH_MOST - *len)
        return;
    if (separator == '/' || *len > 0)
        text[(*len)++] = separator;
    memcpy(text + *len, with.data, with.len);
    *len += with.len;
}

static uint32_t number(const uint8_t *p, uint32_t n)
{
    uint32_t value = 0;
    for (uint32_t i = 0; i < n && i < 4; i++)
        value = value << 8 | p[i];
    return value;
}

static const struct option {
    uint16_t number;
    const char *name;
    uint8_t field;
    uint8_t kind; /* n: number, t: text, b: bytes, f: format, k: block */
} options[] = {
    { 1, "If-Match", IF_MATCH, 'b' }, { 3, "Uri-Host", URI_HOST, 't' }, { 4, "Etag", ETAG, 'b' },
    { 5, "If-None-Match", FIELDS, 'e' }, { 6, "Observe", OBSERVE, 'n' }, { 7, "Uri-Port", URI_PORT, 'n' },
    { 8, "Location-Path", LOCATION_PATH, 't' }, { 9, "OSCORE", OPT_UNKNOWN, 'b' }, { 11, "Uri-Path", URI_PATH, 't' },
    { 12, "Content-Format", CTYPE, 'f' }, { 14, "Max-age", MAX_AGE, 'n' }, { 15, "Uri-Query", URI_QUERY, 't' },
    { 16, "Hop-Limit", HOP_LIMIT, 'n' }, { 17, "Accept", ACCEPT, 'f' }, { 20, "Location-Query", LOCATION_QUERY, 't' },
    { 23, "Block2", BLOCK_NUMBER, 'k' }, { 27, "Block1", BLOCK_NUMBER, 'k' }, { 28, "Size2", BLOCK_SIZE, 's' },
    { 35, "Proxy-Uri", PROXY_URI, 't' }, { 39, "Proxy-Scheme", PROXY_SCHEME, 't' }, { 60, "Size1", SIZE1, 'n' },
};

static const struct option *find_option(uint32_t n)
{
    for (unsigned i = 0; i < TL_COUNT(options); i++)
        if (options[i].number == n)
            return &options[i];
    return NULL;
}

static void option_name(struct tl_dissection *d, unsigned count, const char *name)
{
    char text[40] = "#";
    uint32_t n = 1;
    if (!tl_wants(d, OPT_NAME))
        return;
    if (count >= 100)
        text[n++] = (char)('0' + count / 100 % 10);
    if (count >= 10)
        text[n++] = (char)('0' + count / 10 % 10);
    text[n++] = (char)('0' + count % 10);
    text[n++] = ':';
    text[n++] = ' ';
    uint32_t len = (uint32_t)strlen(name);
    memcpy(text + n, name, len < 30 ? len : 30);
    tl_add_text(d, OPT_NAME, d->c.off, 0, text, n + (len < 30 ? len : 30));
}

static void block(struct tl_dissection *d, struct message *m, const uint8_t *p, uint32_t n)
{
    uint32_t value = number(p, n), off = d->c.off - n;
    tl_add(d, BLOCK_NUMBER, off, n, value >> 4);
    tl_add(d, BLOCK_MORE, off, n, value >> 3 & 1);
    tl_add(d, BLOCK_SIZE, off, n, value & 7);
    m->has_block = true;
    m->block = value;
}

static void format(struct tl_dissection *d, struct message *m, unsigned field, const uint8_t *p, uint32_t n)
{
    const char *name = tl_name_of(formats, number(p, n));
    if (name == NULL)
        name = "unknown";
    if (field == CTYPE)
        m->format = name;
    else
        m->accept = name;
    if (tl_wants(d, field))
        tl_add_text(d, field, d->c.off - n, n, name, (uint32_t)strlen(name));
}

/* Section 5.10. */
static void option_value(struct tl_dissection *d, struct message *m, const struct option *o, uint32_t n)
{
    uint32_t off = d->c.off;
    const uint8_t *p = tl_cursor_take(&d->c, n);
    if (p == NULL)
        return;
    struct tl_bytes value = tl_bytes_of(p, n);
    switch (o != NULL ? o->kind : 'b') {
    case 'n':
        tl_add(d, o->field, off, n, number(p, n));
        if (o->number == 6) {
            m->has_observe = true;
            m->observe = number(p, n);
        }
        break;
    case 'k':
        block(d, m, p, n);
        break;
    case 's':
        tl_add(d, BLOCK_SIZE, off, n, number(p, n) & 7); /* as Wireshark shows it */
        break;
    case 'f':
        format(d, m, o->field, p, n);
        break;
    case 't':
        tl_add(d, o->field, off, n, 0);
        if (o->number == 3)
            m->host = value;
        else if (o->number == 11)
            append(m->path, &m->path_len, '/', value);
        else if (o->number == 15)
            append(m->query, &m->query_len, '&', value);
        break;
    case 'e':
        break;
    default:
        tl_add(d, o != NULL ? o->field : OPT_UNKNOWN, off, n, 0);
        break;
    }
}

/* Section 3.1: 13 and 14 stand for bytes that follow, 15 is reserved. */
static uint32_t extended(struct tl_dissection *d, uint32_t nibble)
{
    const uint8_t *p;
    if (nibble == 13)
        return (p = tl_cursor_take(&d->c, 1)) != NULL ? UINT32_C(13) + *p : 0;
    if (nibble == 14)
        return (p = tl_cursor_take(&d->c, 2)) != NULL ? UINT32_C(269) + tl_load_be16(p) : 0;
    if (nibble == 15)
        tl_bad(d);
    return nibble;
}

static void option_list(struct tl_dissection *d, struct message *m)
{
    uint32_t at = 0;
    for (unsigned count = 1; tl_ok(d) && tl_cursor_wire_left(&d->c) > 0; count++) {
        const uint8_t *p = tl_cursor_take(&d->c, 1);
        if (p == NULL || *p == 0xff)
            return;
        at += extended(d, *p >> 4);
        uint32_t n = extended(d, *p & 15u);
        if (!tl_ok(d) || at > 65535)
            return;
        const struct option *o = find_option(at);
        option_name(d, count, o != NULL ? o->name : "Unknown Option");
        option_value(d, m, o, n);
    }
}

static void payload(struct tl_dissection *d, struct message *m)
{
    uint32_t n = tl_cursor_left(&d->c);
    m->payload_len = tl_cursor_wire_left(&d->c);
    if (m->payload_len > 0 && !m->has_block)
        tl_add(d, PAYLOAD_LENGTH, d->c.off, 0, m->payload_len);
    if (n > 0) {
        tl_add(d, PAYLOAD_TEXT, d->c.off, n, 0);
        tl_add(d, PAYLOAD, d->c.off, n, 0);
    }
    tl_skip(d, n);
}

static void rest(struct tl_dissection *d, struct message *m)
{
    if (m->token_len > 0)
        m->token = tl_run(d, TOKEN, m->token_len);
    option_list(d, m);
    if (tl_ok(d))
        payload(d, m);
    if (m->path_len + m->query_len > 0 && tl_wants(d, LINE_PATH)) {
        char line[2 * PATH_MOST + 1];
        memcpy(line, m->path, m->path_len);
        uint32_t len = m->path_len;
        if (m->query_len > 0)
            line[len++] = '?';
        memcpy(line + len, m->query, m->query_len);
        tl_add_text(d, LINE_PATH, d->c.off, 0, line, len + m->query_len);
    }
}

/* --- pairing --- */

static uint32_t hex(char *to, const uint8_t *from, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        to[2 * i] = "0123456789abcdef"[from[i] >> 4];
        to[2 * i + 1] = "0123456789abcdef"[from[i] & 15];
    }
    return 2 * n;
}

static uint32_t block_text(char text[BLOCK_TEXT], uint32_t value)
{
    char digits[10];
    uint32_t n = 0, at = 0, size = 16u << (value & 7), number_of_block = value >> 4;
    do
        digits[n++] = (char)('0' + number_of_block % 10);
    while ((number_of_block /= 10) > 0);
    while (n > 0)
        text[at++] = digits[--n];
    text[at++] = '/';
    text[at++] = (char)('0' + (value >> 3 & 1));
    text[at++] = '/';
    do
        digits[n++] = (char)('0' + size % 10);
    while ((size /= 10) > 0);
    while (n > 0)
        text[at++] = digits[--n];
    return at;
}

static void finish_exchange(struct tl_dissection *d, struct flow *f, uint32_t t)
{
    const struct exchange *e = tl_transaction_extra(d, t);
    uint32_t again = e->sent_again;
    if (e->answered) {
        tl_transaction_drop(d, &f->waiting, t);
        return;
    }
    if (again > 0)
        tl_transaction_number(d, &f->waiting, &t, R_RETRANSMISSIONS, again);
    tl_transaction_emit(d, &f->waiting, t);
}

/* A token, or the hash (FNV-1a) of one that is longer than exchanges keep. */
static void short_form(const struct message *m, uint8_t form[TOKEN_MOST])
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    memset(form, 0, TOKEN_MOST);
    if (m->token_len > 0 && m->token_len <= TOKEN_MOST)
        memcpy(form, m->token, m->token_len);
    if (m->token_len <= TOKEN_MOST)
        return;
    for (uint32_t i = 0; i < m->token_len; i++)
        hash = (hash ^ m->token[i]) * UINT64_C(0x100000001b3);
    memcpy(form, &hash, sizeof hash);
}

static uint32_t find(struct tl_dissection *d, const struct flow *f, unsigned side, const struct message *m, bool by_id)
{
    uint8_t token[TOKEN_MOST];
    short_form(m, token);
    for (uint32_t t = f->waiting.first; t != 0; t = tl_transaction_next(d, t)) {
        const struct exchange *e = tl_transaction_extra(d, t);
        if (e->side != side)
            continue;
        if (by_id ? e->mid == m->mid && !m->tcp
                  : e->token_len == m->token_len && memcmp(e->token, token, sizeof token) == 0)
            return t;
    }
    return 0;
}

static void set_request(struct tl_dissection *d, struct flow *f, uint32_t *t, const struct message *m)
{
    char text[2 * TOKEN_TEXT];
    uint32_t shown = m->token_len < TOKEN_TEXT ? m->token_len : TOKEN_TEXT;
    struct tl_transactions *list = &f->waiting;
    tl_transaction_number(d, list, t, R_VERSION, 1);
    if (!m->tcp) {
        tl_transaction_token(d, list, t, R_TYPE, m->type == 0 ? "CON" : "NON");
        tl_transaction_number(d, list, t, R_MID, m->mid);
    }
    if (m->token_len > 0)
        tl_transaction_text(d, list, t, R_TOKEN, tl_bytes_of(text, hex(text, m->token, shown)), 2 * TOKEN_TEXT);
    if (m->token_len > TOKEN_TEXT)
        tl_transaction_cut(d, *t, R_TOKEN);
    const char *method = tl_name_of(codes, m->code);
    tl_transaction_token(d, list, t, R_METHOD, method != NULL ? method : "unknown");
    if (m->host.len > 0)
        tl_transaction_text(d, list, t, R_HOST, m->host, PATH_MOST);
    tl_transaction_text(d, list, t, R_PATH, tl_bytes_of(m->path_len > 0 ? m->path : "/", m->path_len > 0 ? m->path_len : 1), PATH_MOST);
    if (m->query_len > 0)
        tl_transaction_text(d, list, t, R_QUERY, tl_bytes_of(m->query, m->query_len), PATH_MOST);
    if (m->accept != NULL)
        tl_transaction_token(d, list, t, R_ACCEPT, m->accept);
    if (m->payload_len > 0)
        tl_transaction_number(d, list, t, R_PAYLOAD, m->payload_len);
}

static void request(struct tl_dissection *d, struct flow *f, const struct message *m)
{
    uint32_t t = find(d, f, d->flow.side, m, true);
    struct exchange *e = t != 0 ? tl_transaction_extra(d, t) : NULL;
    if (e != NULL && !e->answered && e->token_len == m->token_len && !m->tcp) { /* sent again (section 4.2) */
        e->sent_again++;
        return;
    }
    t = find(d, f, d->flow.side, m, false);
    if (t != 0)
        finish_exchange(d, f, t);
    if (f->waiting.count >= WAITING)
        finish_exchange(d, f, f->waiting.first);
    t = tl_transaction_begin(d, &f->waiting, &coap_record_def, 0, d->frame->ts, sizeof *e, 192);
    if (t == 0)
        return;
    e = tl_transaction_extra(d, t);
    *e = (struct exchange){ .side = d->flow.side, .mid = m->mid, .token_len = m->token_len };
    short_form(m, e->token);
    set_request(d, f, &t, m);
    if (m->has_observe)
        tl_transaction_number(d, &f->waiting, &t, R_OBSERVE, m->observe);
    if (m->format != NULL)
        tl_transaction_token(d, &f->waiting, &t, R_FORMAT, m->format);
    if (m->has_block) {
        char text[BLOCK_TEXT];
        tl_transaction_text(d, &f->waiting, &t, R_BLOCK, tl_bytes_of(text, block_text(text, m->block)), BLOCK_TEXT);
    }
}

static void emit_response(struct tl_dissection *d, uint32_t t, const struct message *m, const struct exchange *e)
{
    struct coap_record r = { .rtt = 0 };
    char code[4] = { (char)('0' + (m->code >> 5)), '.', (char)('0' + (m->code & 31) / 10), (char)('0' + (m->code & 31) % 10) };
    char text[BLOCK_TEXT];
    const char *name = tl_name_of(codes, m->code);
    tl_transaction_load(d, t, &r.r);
    bool notification = e->answered;
    if (notification)
        r.r.ts = d->frame->ts;
    r.code = tl_bytes_of(code, 4);
    r.resp_payload_len = m->payload_len;
    r.r.set |= UINT64_C(1) << R_CODE | UINT64_C(1) << R_RESP_PAYLOAD;
    if (name != NULL && strlen(name) > 5) {
        r.code_name = name + 5;
        tl_record_set(&r.r, R_CODE_NAME);
    }
    if (!m->tcp) {
        r.resp_type = types[m->type].name;
        tl_record_set(&r.r, R_RESP_TYPE);
    }
    if (m->format != NULL) {
        r.content_format = m->format;
        tl_record_set(&r.r, R_FORMAT);
    }
    if (m->has_observe) {
        r.observe = m->observe;
        tl_record_set(&r.r, R_OBSERVE);
    }
    if (m->has_block) {
        r.block = tl_bytes_of(text, block_text(text, m->block));
        tl_record_set(&r.r, R_BLOCK);
    }
    if (!notification) {
        r.rtt = tl_time_between(tl_transaction_ts(d, t), d->frame->ts);
        tl_record_set(&r.r, R_RTT);
    }
    if (e->sent_again > 0 && !notification) {
        r.retransmissions = e->sent_again;
        tl_record_set(&r.r, R_RETRANSMISSIONS);
    }
    tl_emit(d, &coap_record_def, &r.r);
}

static void response(struct tl_dissection *d, struct flow *f, const struct message *m)
{
    uint32_t t = find(d, f, d->flow.side ^ 1u, m, false);
    if (t == 0)
        return;
    struct exchange *e = tl_transaction_extra(d, t);
    if (e->answered && e->mid == m->mid && !m->tcp) /* sent again */
        return;
    emit_response(d, t, m, e);
    e->answered = true;
    e->mid = m->mid;
    if (!m->has_observe)
        finish_exchange(d, f, t);
}

static void reset(struct tl_dissection *d, struct flow *f, const struct message *m)
{
    uint32_t t = find(d, f, d->flow.side ^ 1u, m, true);
    if (t == 0)
        return;
    const struct exchange *e = tl_transaction_extra(d, t);
    if (!e->answered)
        tl_transaction_token(d, &f->waiting, &t, R_RESP_TYPE, "RST");
    finish_exchange(d, f, t);
}

static void pair(struct tl_dissection *d, struct flow *f, const struct message *m)
{
    if (f == NULL || d->frame->quoted || !tl_ok(d))
        return;
    if (!f->confirmed)
        tl_confirm(d);
    f->confirmed = true;
    if (!m->tcp && m->type == 3)
        reset(d, f, m);
    else if (m->code > 0 && m->code < 32)
        request(d, f, m);
    else if (m->code >= 64 && m->code < 192)
        response(d, f, m);
}

/* The bytes that extend the length of a token (RFC 8974 section 2.1), by the field of its length. */
static uint32_t token_more(uint32_t field)
{
    return field == TOKEN_BYTE ? 1 : field == TOKEN_TWO ? 2 : 0;
}

/* The length of a token; p: what extends the field. */
static uint32_t token_length(uint32_t field, const uint8_t *p)
{
    return field == TOKEN_BYTE ? 13u + p[0] : field == TOKEN_TWO ? 269u + tl_load_be16(p) : field;
}

/* Lengths from 9 to 12 are not used before RFC 8974, which allows them. */
static bool is_token_field(uint32_t field)
{
    return field != TOKEN_RESERVED;
}

/* --- datagrams --- */

static enum tl_status coap_dissect(struct tl_dissection *d)
{
    struct message m = { .type = 0 };
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    if (p == NULL)
        return tl_next_none(d);
    tl_add_all_bits(d, VERSION, TOKEN_LEN, d->c.off - 1, 1, *p);
    m.type = *p >> 4 & 3;
    m.code = tl_u8(d, CODE);
    m.mid = tl_u16(d, MID);
    if (*p >> 6 != 1 || !is_token_field(*p & 15))
        tl_bad(d);
    const uint8_t *extended = tl_cursor_take(&d->c, token_more(*p & 15));
    m.token_len = extended != NULL ? token_length(*p & 15, extended) : 0;
    rest(d, &m);
    pair(d, d->flow.slot, &m);
    return tl_next_none(d);
}

/* --- TCP (RFC 8323 section 3.2) --- */

static uint64_t length(struct tl_dissection *d, const struct tl_stream *s, const uint8_t *p, uint32_t n)
{
    uint32_t len = p[0] >> 4, token = p[0] & 15, more = len == 13 ? 1 : len == 14 ? 2 : len == 15 ? 4 : 0;
    (void)d;
    (void)s;
    uint32_t ahead = 1 + more + 1 + token_more(token);
    if (!is_token_field(token))
        return 0;
    if (n < ahead)
        return TL_FRAMED_MORE | ahead;
    uint64_t value = more == 1 ? UINT64_C(13) + p[1] : more == 2 ? UINT64_C(269) + tl_load_be16(p + 1)
                     : more == 4 ? UINT64_C(65805) + tl_load_be32(p + 1) : len;
    return ahead + token_length(token, p + 1 + more + 1) + value;
}

static struct tl_want message(struct tl_dissection *d, struct tl_stream *s)
{
    struct message m = { .tcp = true };
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    (void)s;
    tl_message(d);
    if (p == NULL)
        return tl_framed_next;
    uint32_t off = d->c.off, len = *p >> 4, more = len == 13 ? 1 : len == 14 ? 2 : len == 15 ? 4 : 0;
    const uint32_t extension = token_more(*p & 15);
    const uint8_t *extended = tl_cursor_peek(&d->c, 1 + more + 1, extension);
    if (extended == NULL)
        return tl_framed_next;
    m.token_len = token_length(*p & 15, extended);
    tl_skip(d, 1 + more);
    tl_add(d, LENGTH, off, 1 + more, tl_cursor_wire_left(&d->c) - 1 - extension - m.token_len);
    tl_add_bits(d, TOKEN_LEN, off, 1, *p);
    m.code = tl_u8(d, CODE);
    tl_skip(d, extension);
    if (m.code >= 224) { /* signals have options of their own (section 5) */
        if (m.token_len > 0)
            (void)tl_run(d, TOKEN, m.token_len);
        return tl_framed_next;
    }
    rest(d, &m);
    pair(d, d->flow.slot, &m);
    return tl_framed_next;
}

static const struct tl_framed framed = { 1, COLLECTED, length, message, NULL };

static struct tl_want coap_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    return tl_framed_stream(d, s, &framed, &f->side[s->side]);
}

static void coap_finish(struct tl_dissection *d)
{
    struct flow *f = d->flow.slot;
    while (f != NULL && f->waiting.first != 0)
        finish_exchange(d, f, f->waiting.first);
}

/* --- detection --- */

static bool is_code(uint8_t code)
{
    return code <= 7 || tl_name_of(codes, code) != NULL;
}

/* Over TCP both sides begin with a CSM (RFC 8323 section 5.3). */
static enum tl_probe coap_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.home || n == 0)
        return TL_PROBE_NO;
    if (d->flow.stream)
        return n < 2 ? TL_PROBE_MAYBE : (p[0] & 15) == 0 && p[0] >> 4 < 13 && p[1] == 225 ? TL_PROBE_YES : TL_PROBE_NO;
    bool right = n >= 4 && p[0] >> 6 == 1 && is_token_field(p[0] & 15) && is_code(p[1]);
    if (right && p[1] == 0)
        right = tl_cursor_wire_left(&c) == 4;
    return right ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_coap = {
    .name = "coap",
    .title = "Constrained Application Protocol",
    .service = "coap",
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    .aliases = { "alpn:coap" },
    TL_TABLE(fields),
    .records = { &coap_record_def },
    .flow_size = sizeof(struct flow),
    .only_at_home = true,
    .on = { { TL_ON_UDP_PORT, PORT }, { TL_ON_TCP_PORT, PORT } },
    .info = "[{type} ]{code}[ {mid}][ {line.path}][ ({opt.ctype})]",
    .probe = coap_probe,
    .dissect = coap_dissect,
    .stream = coap_stream,
    .finish = coap_finish,
};
