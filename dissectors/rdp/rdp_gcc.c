/*
 * rdp_gcc.c - how an RDP connection without TLS begins (MS-RDPBCGR 2.2.1.3, 2.2.1.4): MCS connect-initial and
 * connect-response (T.125) in BER, in them a conference that is created (T.124) in PER, in it blocks of settings.
 */
#include "core/ber.h"
#include "dissectors/rdp/rdp.h"

#include "dissectors/x509/x509.h"
#include "dissectors/utf16.h"

enum {
    CONNECT_INITIAL = 101, CONNECT_RESPONSE = 102, BLOCK = 4, BLOCKS_MOST = 16, CERT_MOST = 1 << 14, RSA = 1, X509 = 2,
    CHAIN_MOST = 16, NAME_BYTES = 32, PRODUCT_BYTES = 64, IME_BYTES = 64,
};
enum {
    CS_CORE = 0xc001, CS_SECURITY, CS_NET, CS_CLUSTER, CS_MONITOR, CS_MCS_MSGCHANNEL, CS_MONITOR_EX = 0xc008,
    CS_MULTITRANSPORT = 0xc00a,
    SC_CORE = 0x0c01, SC_SECURITY, SC_NET, SC_MCS_MSGCHANNEL, SC_MULTITRANSPORT = 0x0c08,
};

/* --- blocks of the client --- */

/* Text in UTF-16, as long as the field or ended by a NUL. Returns its length in `out`, which has room for all of it. */
static uint8_t take_text(struct tl_dissection *d, unsigned field, uint32_t n, char *out, uint32_t room)
{
    const uint8_t *p = tl_cursor_take(&d->c, n);
    uint32_t len = 0;
    if (p == NULL)
        return 0;
    while (len + 2 <= n && (p[len] | p[len + 1]) != 0)
        len += 2;
    len = tl_utf16le(tl_bytes_of(p, len), (uint8_t *)out, room);
    tl_add_text(d, field, d->c.off - n, n, out, len);
    return (uint8_t)len;
}

/* What newer clients added to it; each field of it may be the last. */
static void client_core_rest(struct tl_dissection *d, struct tl_rdp_facts *f)
{
    if (tl_cursor_wire_left(&d->c) < 2)
        return;
    tl_le16(d, RDP_POST_BETA_DEPTH);
    tl_le16(d, RDP_PRODUCT);
    tl_le32(d, RDP_SERIAL);
    uint16_t depth = tl_le16(d, RDP_HIGH_DEPTH);
    tl_le16(d, RDP_DEPTHS);
    uint16_t early = tl_le16(d, RDP_EARLY);
    if (!tl_ok(d))
        return;
    f->deep = true;
    f->depth = depth;
    f->early = early;
    if (tl_cursor_wire_left(&d->c) < PRODUCT_BYTES)
        return;
    f->product_len = take_text(d, RDP_DIG_PRODUCT, PRODUCT_BYTES, f->product, sizeof f->product);
    if (tl_cursor_wire_left(&d->c) < 2)
        return;
    tl_u8(d, RDP_CONNECTION);
    tl_u8(d, RDP_PAD);
    if (tl_cursor_wire_left(&d->c) >= 4)
        tl_le32(d, RDP_SERVER_SELECTED);
}

/* Section 2.2.1.3.2. */
static void client_core(struct tl_dissection *d, struct tl_rdp_facts *f)
{
    tl_le16(d, RDP_MAJOR);
    tl_le16(d, RDP_MINOR);
    f->width = tl_le16(d, RDP_WIDTH);
    f->height = tl_le16(d, RDP_HEIGHT);
    tl_le16(d, RDP_COLOR_DEPTH);
    tl_le16(d, RDP_SAS);
    f->layout = tl_le32(d, RDP_LAYOUT);
    f->build = tl_le32(d, RDP_BUILD);
    f->name_len = take_text(d, RDP_CLIENT_NAME, NAME_BYTES, f->name, sizeof f->name);
    f->core = tl_ok(d);
    tl_le32(d, RDP_KEYBOARD);
    tl_le32(d, RDP_SUBTYPE);
    tl_le32(d, RDP_FUNCTION_KEYS);
    tl_run(d, RDP_IME, IME_BYTES);
    if (tl_ok(d))
        client_core_rest(d, f);
}

/* Section 2.2.1.3.4. */
static void client_network(struct tl_dissection *d, struct tl_rdp_facts *f)
{
    const uint8_t *at = tl_cursor_take(&d->c, 4);
    uint32_t count = at != NULL ? tl_load_le32(at) : 0;
    if (at != NULL)
        tl_add(d, RDP_CHANNELS, d->c.off - 4, 4, count & 0xffff);
    f->channel_count = 0;
    for (uint32_t i = 0; i < count && i < TL_RDP_CHANNELS && tl_ok(d); i++) {
        const uint8_t *p = tl_cursor_peek(&d->c, 0, TL_RDP_CHANNEL_NAME);
        if (p == NULL)
            break;
        tl_add(d, RDP_CHANNEL_NAME, d->c.off, (uint32_t)strnlen((const char *)p, TL_RDP_CHANNEL_NAME), 0);
        memcpy(f->channels[f->channel_count++], p, TL_RDP_CHANNEL_NAME);
        tl_skip(d, TL_RDP_CHANNEL_NAME);
        tl_le32(d, RDP_CHANNEL_OPTIONS);
    }
}

/* --- blocks of the server --- */

/* Section 2.2.1.4.3.1; a chain is in MS-RDPELE 2.1.4. The highest bit of the version says that it is temporary. */
static void certificate(struct tl_dissection *d, struct tl_rdp_facts *f, struct tl_bytes cert)
{
    if (cert.len < 4)
        return;
    uint32_t version = tl_load_le32(cert.data);
    f->certified = true;
    f->cert_permanent = version >> 31 == 0;
    f->cert_type = version & 0x7fffffff;
    f->cert_count = f->cert_type == RSA;
    if (f->cert_type != X509 || cert.len < 8)
        return;
    uint32_t said = tl_load_le32(cert.data + 4), at = 8;
    while (f->cert_count < said && f->cert_count < CHAIN_MOST && cert.len - at > 4) {
        uint32_t n = tl_load_le32(cert.data + at);
        if (n > cert.len - at - 4)
            break;
        const struct tl_certificate *c = d->recorded ? tl_x509_read(d, tl_bytes_of(cert.data + at + 4, n)) : NULL;
        if (c != NULL)
            tl_x509_emit(d, c, d->frame->ts, true, false);
        at += 4 + n;
        f->cert_count++;
    }
}

/* Section 2.2.1.4.3. */
static void server_security(struct tl_dissection *d, struct tl_rdp_facts *f)
{
    f->method = tl_le32(d, RDP_METHOD);
    f->level = tl_le32(d, RDP_LEVEL);
    f->secured = tl_ok(d);
    if (!tl_ok(d) || tl_cursor_wire_left(&d->c) < 8)
        return;
    uint32_t random = tl_le32(d, RDP_RANDOM_LEN), n = tl_le32(d, RDP_CERT_LEN);
    if (random > tl_cursor_wire_left(&d->c) || n > tl_cursor_wire_left(&d->c) - random) {
        tl_bad(d);
        return;
    }
    if (random > 0)
        tl_run(d, RDP_RANDOM, random);
    const uint8_t *p = n > 0 && n <= CERT_MOST ? tl_run(d, RDP_CERT, n) : NULL;
    if (p != NULL)
        certificate(d, f, tl_bytes_of(p, n));
}

static void server_network(struct tl_dissection *d)
{
    tl_le16(d, RDP_MCS_CHANNEL);
    uint16_t count = tl_le16(d, RDP_CHANNELS);
    for (uint16_t i = 0; i < count && tl_ok(d); i++)
        tl_le16(d, RDP_MCS_CHANNEL);
}

/* --- blocks --- */

static unsigned group_of(uint32_t type)
{
    switch (type) {
    case CS_CORE: return RDP_CLIENT_CORE;
    case CS_SECURITY: return RDP_CLIENT_SECURITY;
    case CS_NET: return RDP_CLIENT_NETWORK;
    case CS_CLUSTER: return RDP_CLIENT_CLUSTER;
    case CS_MONITOR: return RDP_CLIENT_MONITOR;
    case CS_MCS_MSGCHANNEL: return RDP_CLIENT_MESSAGE;
    case CS_MONITOR_EX: return RDP_CLIENT_MONITOR_EX;
    case CS_MULTITRANSPORT: return RDP_CLIENT_TRANSPORT;
    case SC_CORE: return RDP_SERVER_CORE;
    case SC_SECURITY: return RDP_SERVER_SECURITY;
    case SC_NET: return RDP_SERVER_NETWORK;
    case SC_MCS_MSGCHANNEL: return RDP_SERVER_MESSAGE;
    case SC_MULTITRANSPORT: return RDP_SERVER_TRANSPORT;
    default: return (type & 0xff00) == 0x0c00 ? RDP_SERVER_OTHER : RDP_CLIENT_OTHER;
    }
}

static void block_content(struct tl_dissection *d, struct tl_rdp_facts *f, uint32_t type)
{
    if (type == CS_CORE) {
        client_core(d, f);
    } else if (type == CS_NET) {
        client_network(d, f);
    } else if (type == CS_SECURITY) {
        tl_run(d, RDP_METHODS, 4);
        tl_run(d, RDP_EXT_METHODS, 4);
    } else if (type == CS_CLUSTER) {
        tl_le32(d, RDP_CLUSTER_FLAGS);
        tl_le32(d, RDP_SESSION);
    } else if (type == SC_CORE) {
        tl_le16(d, RDP_MAJOR);
        tl_le16(d, RDP_MINOR);
        if (tl_cursor_wire_left(&d->c) >= 4)
            tl_le32(d, RDP_CLIENT_REQUESTED);
    } else if (type == SC_SECURITY) {
        server_security(d, f);
    } else if (type == SC_NET) {
        server_network(d);
    }
}

/* Each has its type and its length with both (section 2.2.1.3.1). */
static void blocks(struct tl_dissection *d, struct tl_rdp_facts *f)
{
    for (unsigned i = 0; i < BLOCKS_MOST && tl_ok(d) && tl_cursor_left(&d->c) >= BLOCK; i++) {
        const uint8_t *p = tl_cursor_peek(&d->c, 0, BLOCK);
        uint32_t type = tl_load_le16(p), len = tl_load_le16(p + 2);
        if (len < BLOCK) {
            tl_bad(d);
            return;
        }
        uint32_t group = tl_group(d, group_of(type));
        tl_le16(d, RDP_BLOCK_TYPE);
        tl_le16(d, RDP_BLOCK_LENGTH);
        struct tl_part part = tl_part_begin(d, len - BLOCK);
        block_content(d, f, type);
        tl_part_end(d, part);
        tl_group_end(d, group);
    }
}

/* --- T.124 in PER: only what RDP sends is read --- */

/* A length of one or two bytes (X.691 section 10.9). */
static void pass_length(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    if (p != NULL && (*p & 0x80) != 0)
        tl_skip(d, 1);
}

/* Whether the next bytes are these; they are passed. */
static bool pass(struct tl_dissection *d, const char *bytes, uint32_t n)
{
    const uint8_t *p = tl_cursor_take(&d->c, n);
    if (p == NULL || memcmp(p, bytes, n) == 0)
        return p != NULL;
    tl_bad(d);
    return false;
}

/* conferenceCreateRequest: optional parts, a name of digits, one set of user data, whose key is "Duca". */
static void create_request(struct tl_dissection *d)
{
    tl_skip(d, 1);
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    if (p != NULL)
        tl_skip(d, (*p + 2u) / 2);
    tl_skip(d, 2);
    (void)pass(d, "\xc0\0Duca", 6);
}

/* conferenceCreateResponse: a node, a tag, the result, one set of user data, whose key is "McDn". */
static void create_response(struct tl_dissection *d, struct tl_rdp_facts *f)
{
    tl_skip(d, 2);
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    if (p != NULL)
        tl_skip(d, *p);
    uint8_t result = tl_u8(d, RDP_GCC_RESULT);
    tl_skip(d, 1);
    if (!pass(d, "\xc0\0McDn", 6))
        return;
    f->result = tl_name_of(tl_rdp_results, result);
    if (f->result == NULL)
        f->result = "unknown";
}

static void conference(struct tl_dissection *d, struct tl_rdp_facts *f, bool response)
{
    if (!pass(d, "\0\5\0\x14\x7c\0\1", 7)) /* the object identifier of T.124 */
        return;
    pass_length(d);
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    if (p != NULL)
        tl_add(d, RDP_GCC, d->c.off - 1, 1, response);
    if (response)
        create_response(d, f);
    else
        create_request(d);
    pass_length(d);
    if (tl_ok(d))
        blocks(d, f);
}

void tl_rdp_connect(struct tl_dissection *d, struct tl_rdp_facts *f)
{
    struct tl_ber r = { .d = d };
    struct tl_ber_value v, inner;
    if (!tl_ber_next(&r, &v))
        return;
    if (v.class != TL_BER_APPLICATION || (v.number != CONNECT_INITIAL && v.number != CONNECT_RESPONSE)) {
        tl_ber_skip(&r, &v);
        return;
    }
    bool response = v.number == CONNECT_RESPONSE;
    tl_add(d, RDP_MCS, v.start, d->c.off - v.start, v.number);
    struct tl_part part = tl_ber_enter(&r, &v);
    while (tl_ber_next(&r, &inner)) {
        struct tl_part value = tl_ber_enter(&r, &inner);
        if (tl_ber_is(&inner, TL_BER_UNIVERSAL, TL_BER_ENUMERATED) && inner.len == 1)
            tl_u8(d, RDP_MCS_RESULT);
        else if (tl_ber_is(&inner, TL_BER_UNIVERSAL, TL_BER_OCTET_STRING) && inner.len > 16)
            conference(d, f, response);
        tl_ber_leave(&r, &inner, value);
    }
    tl_ber_leave(&r, &v, part);
}
