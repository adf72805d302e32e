/* ldp.c - Label Distribution Protocol (RFC 5036 section 3): PDUs over UDP (hellos) and TCP, messages and their TLVs. */
#include "core/part.h"
#include "dissectors/header.h"

#include <stdio.h>

static const struct tl_name messages[] = {
    { 0x0001, "Notification" }, { 0x0100, "Hello" }, { 0x0200, "Initialization" }, { 0x0201, "Keepalive" },
    { 0x0202, "Capability" }, { 0x0300, "Address" }, { 0x0301, "Address withdraw" }, { 0x0400, "Label mapping" },
    { 0x0401, "Label request" }, { 0x0402, "Label withdraw" }, { 0x0403, "Label release" },
    { 0x0404, "Label abort request" }, { 0, NULL },
};
static const struct tl_name tlvs[] = {
    { 0x0100, "FEC" }, { 0x0101, "Address list" }, { 0x0103, "Hop count" }, { 0x0104, "Path vector" },
    { 0x0200, "Generic label" }, { 0x0201, "ATM label" }, { 0x0202, "Frame Relay label" },
    { 0x0203, "FT protection" }, { 0x0300, "Status" }, { 0x0301, "Extended status" }, { 0x0302, "Returned PDU" },
    { 0x0303, "Returned message" }, { 0x0400, "Common hello parameters" }, { 0x0401, "IPv4 transport address" },
    { 0x0402, "Configuration sequence number" }, { 0x0403, "IPv6 transport address" }, { 0x0404, "MAC list" },
    { 0x0500, "Common session parameters" }, { 0x0501, "ATM session parameters" },
    { 0x0502, "Frame Relay session parameters" }, { 0x0503, "FT session" }, { 0x0504, "FT acknowledgment" },
    { 0x0506, "Dynamic capability" }, { 0x0508, "P2MP capability" }, { 0x050b, "Typed wildcard FEC capability" },
    { 0x0600, "Label request message id" }, { 0x0603, "Unrecognized notification capability" },
    { 0x096a, "PW status" }, { 0x096b, "PW interface parameters" }, { 0x096c, "PW group id" }, { 0, NULL },
};
static const struct tl_name fecs[] = {
    { 1, "Wildcard" }, { 2, "Prefix" }, { 3, "Host address" }, { 5, "Typed wildcard" }, { 6, "P2MP" },
    { 128, "Pseudowire" }, { 129, "Generalized pseudowire" }, { 0, NULL },
};
static const struct tl_name families[] = {
    { 1, "IPv4" }, { 2, "IPv6" }, { 0, NULL },
};
static const struct tl_name statuses[] = {
    { 0, "Success" }, { 1, "Bad LDP identifier" }, { 2, "Bad protocol version" }, { 3, "Bad PDU length" },
    { 4, "Unknown message type" }, { 5, "Bad message length" }, { 6, "Unknown TLV" }, { 7, "Bad TLV length" },
    { 8, "Malformed TLV value" }, { 9, "Hold timer expired" }, { 10, "Shutdown" }, { 11, "Loop detected" },
    { 12, "Unknown FEC" }, { 13, "No route" }, { 14, "No label resources" }, { 15, "Label resources available" },
    { 16, "Session rejected, no hello" }, { 17, "Session rejected, advertisement mode" },
    { 18, "Session rejected, maximum PDU length" }, { 19, "Session rejected, label range" },
    { 20, "Keepalive timer expired" }, { 21, "Label request aborted" }, { 22, "Missing message parameters" },
    { 23, "Unsupported address family" }, { 24, "Session rejected, keepalive time" }, { 25, "Internal error" },
    { 0, NULL },
};

enum { VERSION, PDU_LENGTH, LSR, LABEL_SPACE, MESSAGE, UNKNOWN_BIT, TYPE, LENGTH, ID, TLV, TLV_UNKNOWN, TLV_TYPE,
       TLV_LENGTH, TLV_VALUE, HOLD, TARGETED, REQUESTED, GTSM, HELLO_RESERVED, ADDRESS4, CONFIG_SEQ, ADDRESS6,
       SESSION_VERSION, KEEPALIVE, ON_DEMAND, LOOP_DETECTION, PATH_LIMIT, MAX_PDU, RECEIVER, RECEIVER_SPACE, FEC,
       FEC_TYPE, FEC_FAMILY, FEC_LENGTH, FEC_PREFIX, FEC_HOST, LIST_FAMILY, LIST_ADDRESS, HOPS, LABEL, STATUS_FATAL,
       STATUS_FORWARD, STATUS, STATUS_ID, STATUS_TYPE, REQUEST_ID };
static const struct tl_field fields[] = {
    [VERSION] = { "ldp.hdr.version", "Version", .type = TL_U16 },
    [PDU_LENGTH] = { "ldp.hdr.pdu_len", "PDU length", .type = TL_U16, .unit = "bytes" },
    [LSR] = { "ldp.hdr.ldpid.lsr", "LSR", .type = TL_IPV4 },
    [LABEL_SPACE] = { "ldp.hdr.ldpid.lsid", "Label space", .type = TL_U16 },
    [MESSAGE] = { "ldp.msg", "Message", .type = TL_GROUP, .flags = TL_REPEATS },
    [UNKNOWN_BIT] = { "ldp.msg.ubit", "Forward if unknown", .type = TL_BOOL, .mask = 0x80 },
    [TYPE] = { "ldp.msg.type", "Type", .type = TL_U16, .base = TL_HEX, .mask = 0x7fff, .names = messages },
    [LENGTH] = { "ldp.msg.len", "Length", .type = TL_U16, .unit = "bytes" },
    [ID] = { "ldp.msg.id", "Message id", .type = TL_U32, .base = TL_HEX },
    [TLV] = { "ldp.msg.tlv", "TLV", .type = TL_GROUP, .flags = TL_REPEATS },
    [TLV_UNKNOWN] = { "ldp.msg.tlv.unknown", "Unknown bits", .type = TL_U8, .base = TL_HEX, .mask = 0xc0 },
    [TLV_TYPE] = { "ldp.msg.tlv.type", "Type", .type = TL_U16, .base = TL_HEX, .mask = 0x3fff, .names = tlvs },
    [TLV_LENGTH] = { "ldp.msg.tlv.len", "Length", .type = TL_U16, .unit = "bytes" },
    [TLV_VALUE] = { "ldp.msg.tlv.value", "Value", .type = TL_BYTES },
    [HOLD] = { "ldp.msg.tlv.hello.hold", "Hold time", .type = TL_U16, .unit = "s" },
    [TARGETED] = { "ldp.msg.tlv.hello.targeted", "Targeted hello", .type = TL_BOOL, .mask = 0x8000 },
    [REQUESTED] = { "ldp.msg.tlv.hello.requested", "Hello requested", .type = TL_BOOL, .mask = 0x4000 },
    [GTSM] = { "ldp.msg.tlv.hello.gtsm", "GTSM", .type = TL_BOOL, .mask = 0x2000 },
    [HELLO_RESERVED] = { "ldp.msg.tlv.hello.res", "Reserved", .type = TL_U16, .base = TL_HEX, .mask = 0x1fff },
    [ADDRESS4] = { "ldp.msg.tlv.ipv4.taddr", "Transport address", .type = TL_IPV4 },
    [CONFIG_SEQ] = { "ldp.msg.tlv.hello.cnf_seqno", "Configuration sequence number", .type = TL_U32 },
    [ADDRESS6] = { "ldp.msg.tlv.ipv6.taddr", "Transport address", .type = TL_IPV6 },
    [SESSION_VERSION] = { "ldp.msg.tlv.sess.ver", "Session protocol version", .type = TL_U16 },
    [KEEPALIVE] = { "ldp.msg.tlv.sess.ka", "Keepalive time", .type = TL_U16, .unit = "s" },
    [ON_DEMAND] = { "ldp.msg.tlv.sess.advbit", "Label advertisement on demand", .type = TL_BOOL, .mask = 0x80 },
    [LOOP_DETECTION] = { "ldp.msg.tlv.sess.ldetbit", "Loop detection", .type = TL_BOOL, .mask = 0x40 },
    [PATH_LIMIT] = { "ldp.msg.tlv.sess.pvlim", "Path vector limit", .type = TL_U8 },
    [MAX_PDU] = { "ldp.msg.tlv.sess.mxpdu", "Maximum PDU length", .type = TL_U16, .unit = "bytes" },
    [RECEIVER] = { "ldp.msg.tlv.sess.rxlsr", "Receiver LSR", .type = TL_IPV4 },
    [RECEIVER_SPACE] = { "ldp.msg.tlv.sess.rxls", "Receiver label space", .type = TL_U16 },
    [FEC] = { "ldp.msg.tlv.fec", "FEC element", .type = TL_GROUP, .flags = TL_REPEATS },
    [FEC_TYPE] = { "ldp.msg.tlv.fec.type", "Type", .type = TL_U8, .names = fecs },
    [FEC_FAMILY] = { "ldp.msg.tlv.fec.af", "Address family", .type = TL_U16, .names = families },
    [FEC_LENGTH] = { "ldp.msg.tlv.fec.len", "Length", .type = TL_U8 },
    [FEC_PREFIX] = { "ldp.msg.tlv.fec.pfval", "Prefix", .type = TL_TEXT },
    [FEC_HOST] = { "ldp.msg.tlv.fec.hoval", "Host", .type = TL_TEXT },
    [LIST_FAMILY] = { "ldp.msg.tlv.addrl.addr_family", "Address family", .type = TL_U16, .names = families },
    [LIST_ADDRESS] = { "ldp.msg.tlv.addrl.addr", "Address", .type = TL_TEXT, .flags = TL_REPEATS },
    [HOPS] = { "ldp.msg.tlv.hc.value", "Hop count", .type = TL_U8 },
    [LABEL] = { "ldp.msg.tlv.generic.label", "Label", .type = TL_U32, .mask = 0xfffff },
    [STATUS_FATAL] = { "ldp.msg.tlv.status.ebit", "Fatal error", .type = TL_BOOL, .mask = 0x80 },
    [STATUS_FORWARD] = { "ldp.msg.tlv.status.fbit", "Forward", .type = TL_BOOL, .mask = 0x40 },
    [STATUS] = { "ldp.msg.tlv.status.data", "Status", .type = TL_U32, .base = TL_HEX, .mask = 0x3fffffff,
                 .names = statuses },
    [STATUS_ID] = { "ldp.msg.tlv.status.msg.id", "Message id", .type = TL_U32, .base = TL_HEX },
    [STATUS_TYPE] = { "ldp.msg.tlv.status.msg.type", "Message type", .type = TL_U16, .base = TL_HEX,
                      .names = messages },
    [REQUEST_ID] = { "ldp.msg.tlv.lbl_req_msg_id", "Label request message id", .type = TL_U32, .base = TL_HEX },
};

enum { HEADER = 10, LENGTH_END = 4, LONGEST = 4096 };
enum { FEC_TLV = 0x0100, ADDRESSES = 0x0101, HOP_COUNT = 0x0103, LABEL_TLV = 0x0200, STATUS_TLV = 0x0300,
       HELLO_TLV = 0x0400, TRANSPORT4 = 0x0401, CONFIGURATION = 0x0402, TRANSPORT6 = 0x0403, SESSION_TLV = 0x0500,
       REQUEST_ID_TLV = 0x0600 };
enum { FEC_IS_PREFIX = 2, FEC_IS_HOST = 3 };

/* Reads the first `bits` of an address as text. */
static void address_text(struct tl_dissection *d, unsigned field, unsigned family, uint32_t bits)
{
    uint8_t a[16] = { 0 };
    char text[48];
    int len = 0;
    uint32_t sent = (bits + 7) / 8, size = family == 1 ? 4 : 16;
    if (sent > size) {
        tl_bad(d);
        return;
    }
    const uint8_t *p = tl_cursor_take(&d->c, sent);
    if (p == NULL)
        return;
    memcpy(a, p, sent);
    if (family == 1)
        len = snprintf(text, sizeof text, "%u.%u.%u.%u", a[0], a[1], a[2], a[3]);
    for (unsigned i = 0; family != 1 && i < 16; i += 2)
        len += snprintf(text + len, sizeof text - (size_t)len, i == 0 ? "%x" : ":%x", tl_load_be16(a + i));
    tl_add_text(d, field, d->c.off - sent, sent, text, (uint32_t)len);
}

static void forwarding_classes(struct tl_dissection *d)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t group = tl_group(d, FEC);
        uint8_t type = tl_u8(d, FEC_TYPE);
        if (type == FEC_IS_PREFIX || type == FEC_IS_HOST) {
            unsigned family = tl_u16(d, FEC_FAMILY);
            uint32_t len = tl_u8(d, FEC_LENGTH);
            if (tl_ok(d))
                address_text(d, type == FEC_IS_PREFIX ? FEC_PREFIX : FEC_HOST, family,
                             type == FEC_IS_PREFIX ? len : len * 8);
        } else {
            tl_run_left(d, TLV_VALUE);
        }
        tl_group_end(d, group);
    }
}

static void session_parameters(struct tl_dissection *d)
{
    tl_u16(d, SESSION_VERSION);
    tl_u16(d, KEEPALIVE);
    tl_bits(d, 1, ON_DEMAND, LOOP_DETECTION);
    tl_u8(d, PATH_LIMIT);
    tl_u16(d, MAX_PDU);
    tl_ipv4(d, RECEIVER);
    tl_u16(d, RECEIVER_SPACE);
}

static void status(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_take(&d->c, 4);
    if (p != NULL) {
        tl_add_bits(d, STATUS_FATAL, d->c.off - 4, 1, p[0]);
        tl_add_bits(d, STATUS_FORWARD, d->c.off - 4, 1, p[0]);
        tl_add_bits(d, STATUS, d->c.off - 4, 4, tl_load_be32(p));
    }
    tl_u32(d, STATUS_ID);
    tl_u16(d, STATUS_TYPE);
}

static void addresses(struct tl_dissection *d)
{
    unsigned family = tl_u16(d, LIST_FAMILY);
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        address_text(d, LIST_ADDRESS, family, family == 1 ? 32 : 128);
}

static void value(struct tl_dissection *d, unsigned type)
{
    switch (type) {
    case FEC_TLV:
        forwarding_classes(d);
        break;
    case ADDRESSES:
        addresses(d);
        break;
    case HOP_COUNT:
        tl_u8(d, HOPS);
        break;
    case LABEL_TLV:
        tl_bits(d, 4, LABEL, LABEL);
        break;
    case STATUS_TLV:
        status(d);
        break;
    case HELLO_TLV:
        tl_u16(d, HOLD);
        tl_bits(d, 2, TARGETED, HELLO_RESERVED);
        break;
    case TRANSPORT4:
        tl_ipv4(d, ADDRESS4);
        break;
    case TRANSPORT6:
        tl_ipv6(d, ADDRESS6);
        break;
    case CONFIGURATION:
        tl_u32(d, CONFIG_SEQ);
        break;
    case SESSION_TLV:
        session_parameters(d);
        break;
    case REQUEST_ID_TLV:
        tl_u32(d, REQUEST_ID);
        break;
    default:
        tl_run_left(d, TLV_VALUE);
    }
}

static void tlv(struct tl_dissection *d)
{
    uint32_t group = tl_group(d, TLV);
    const uint8_t *first = tl_cursor_peek(&d->c, 0, 1);
    if (first != NULL)
        tl_add_bits(d, TLV_UNKNOWN, d->c.off, 1, first[0]);
    const uint8_t *p = tl_cursor_take(&d->c, 2);
    unsigned type = 0;
    if (p != NULL) {
        tl_add_bits(d, TLV_TYPE, d->c.off - 2, 2, tl_load_be16(p));
        type = tl_load_be16(p) & 0x3fff;
    }
    struct tl_part part = tl_part_begin(d, tl_u16(d, TLV_LENGTH));
    if (tl_ok(d))
        value(d, type);
    tl_part_end(d, part);
    tl_group_end(d, group);
}

static void message(struct tl_dissection *d)
{
    uint32_t group = tl_group(d, MESSAGE);
    const uint8_t *first = tl_cursor_peek(&d->c, 0, 1);
    if (first != NULL)
        tl_add_bits(d, UNKNOWN_BIT, d->c.off, 1, first[0]);
    const uint8_t *p = tl_cursor_take(&d->c, 2);
    if (p != NULL)
        tl_add_bits(d, TYPE, d->c.off - 2, 2, tl_load_be16(p));
    struct tl_part part = tl_part_begin(d, tl_u16(d, LENGTH));
    tl_u32(d, ID);
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        tlv(d);
    tl_part_end(d, part);
    tl_group_end(d, group);
}

/* Reads one PDU, whose length is known to be there. */
static void pdu(struct tl_dissection *d)
{
    tl_u16(d, VERSION);
    uint32_t len = tl_u16(d, PDU_LENGTH);
    tl_ipv4(d, LSR);
    tl_u16(d, LABEL_SPACE);
    if (tl_ok(d) && len < HEADER - LENGTH_END)
        tl_bad(d);
    if (!tl_ok(d))
        return;
    struct tl_part part = tl_part_begin(d, len - (HEADER - LENGTH_END));
    while (tl_ok(d) && d->wanted != NULL && tl_cursor_wire_left(&d->c) > 0)
        message(d);
    tl_part_end(d, part);
}

static bool is_header(const uint8_t *p)
{
    uint32_t len = tl_load_be16(p + 2);
    return tl_load_be16(p) == 1 && len >= HEADER - LENGTH_END && len <= LONGEST;
}

static enum tl_status ldp_dissect(struct tl_dissection *d)
{
    pdu(d);
    if (tl_ok(d))
        tl_confirm(d);
    return tl_next_none(d);
}

static struct tl_want ldp_stream(struct tl_dissection *d, struct tl_stream *s)
{
    const struct tl_want header = { TL_WANT_BYTES, HEADER, NULL }, nothing = { TL_WANT_NOTHING, 0, NULL };
    if (s->event == TL_EV_OPEN)
        return header;
    const uint8_t *p = tl_cursor_peek(&d->c, 0, HEADER);
    if (s->event != TL_EV_UNIT || p == NULL || !is_header(p))
        return nothing;
    uint32_t size = LENGTH_END + (uint32_t)tl_load_be16(p + 2);
    if (tl_cursor_left(&d->c) < size)
        return (struct tl_want){ TL_WANT_BYTES, size, NULL };
    tl_message(d);
    pdu(d);
    if (tl_ok(d))
        tl_confirm(d);
    return header;
}

static enum tl_probe ldp_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, HEADER);
    if (p == NULL)
        return d->flow.stream && tl_cursor_left(&c) > 0 ? TL_PROBE_MAYBE : TL_PROBE_NO;
    return is_header(p) ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_ldp = {
    .name = "ldp",
    .title = "Label Distribution Protocol",
    .service = "ldp",
    .kind = TL_KIND_APPLICATION,
    .lifetime = TL_LIFETIME_LOGIN,
    TL_TABLE(fields),
    .on = { { TL_ON_UDP_PORT, 646 }, { TL_ON_TCP_PORT, 646 } },
    .info = "{msg.type,} LSR {hdr.ldpid.lsr}[ {msg.tlv.fec.pfval,}][: {msg.tlv.status.data}]",
    .only_at_home = true,
    .probe = ldp_probe,
    .dissect = ldp_dissect,
    .stream = ldp_stream,
};
