/* eigrp.c - Enhanced Interior Gateway Routing Protocol (RFC 7868 section 6): header, TLVs, routes of IPv4 and IPv6. */
#include "core/part.h"
#include "dissectors/header.h"

static const struct tl_name codes[] = {
    { 1, "Update" }, { 2, "Request" }, { 3, "Query" }, { 4, "Reply" }, { 5, "Hello" }, { 6, "IPX SAP" },
    { 7, "Probe" }, { 8, "Acknowledgment" }, { 10, "SIA query" }, { 11, "SIA reply" }, { 0, NULL },
};
static const struct tl_name tlvs[] = {
    { 0x0001, "Parameters" }, { 0x0002, "Authentication" }, { 0x0003, "Sequence" }, { 0x0004, "Software version" },
    { 0x0005, "Next multicast sequence" }, { 0x0006, "Peer stub information" }, { 0x0007, "Peer termination" },
    { 0x0008, "Topology list" }, { 0x0102, "IPv4 internal route" }, { 0x0103, "IPv4 external route" },
    { 0x0104, "IPv4 community" }, { 0x0202, "AppleTalk internal route" }, { 0x0203, "AppleTalk external route" },
    { 0x0302, "IPX internal route" }, { 0x0303, "IPX external route" }, { 0x0402, "IPv6 internal route" },
    { 0x0403, "IPv6 external route" }, { 0x0404, "IPv6 community" }, { 0x0602, "Internal route" },
    { 0x0603, "External route" }, { 0x0604, "Community" }, { 0, NULL },
};
static const struct tl_name protocols[] = {
    { 1, "IGRP" }, { 2, "EIGRP" }, { 3, "Static route" }, { 4, "RIP" }, { 5, "Hello" }, { 6, "OSPF" }, { 7, "IS-IS" },
    { 8, "EGP" }, { 9, "BGP" }, { 10, "IDRP" }, { 11, "Connected link" }, { 0, NULL },
};
static const struct tl_name auths[] = {
    { 2, "MD5" }, { 3, "SHA-256" }, { 0, NULL },
};

enum { VERSION, CODE, CHECKSUM, FLAGS, FLAG_INIT, FLAG_CONDITIONAL, FLAG_RESTART, FLAG_EOT, SEQUENCE, ACK, VRID, AS,
       TLV, TLV_TYPE, TLV_LENGTH, K1, K2, K3, K4, K5, K6, HOLD, AUTH, AUTH_LENGTH, AUTH_KEY, AUTH_SEQ, AUTH_PAD,
       AUTH_DIGEST, SEQ_LEN, SEQ_IPV4, SEQ_IPV6, RELEASE, TLV_VERSION, NEXT_SEQ, STUB, STUB_CONNECTED, STUB_STATIC,
       STUB_SUMMARY, STUB_REDIST, STUB_LEAK, STUB_RECEIVE, NEXT_HOP, NEXT_HOP6, ORIGIN, ORIGIN_AS, TAG, EXT_METRIC,
       EXT_RESERVED, PROTOCOL, DELAY, BANDWIDTH, MTU, HOPS, RELIABILITY, LOAD, INTERNAL_TAG, PREFIX_LEN, PREFIX,
       PREFIX_LEN6, PREFIX6, VALUE };
static const struct tl_field fields[] = {
    [VERSION] = { "eigrp.version", "Version", .type = TL_U8 },
    [CODE] = { "eigrp.opcode", "Code", .type = TL_U8, .names = codes },
    [CHECKSUM] = { "eigrp.checksum", "Checksum", .type = TL_U16, .base = TL_HEX },
    [FLAGS] = { "eigrp.flags", "Flags", .type = TL_U32, .base = TL_HEX },
    [FLAG_INIT] = { "eigrp.flags.init", "Init", .type = TL_BOOL, .mask = 0x1 },
    [FLAG_CONDITIONAL] = { "eigrp.flags.condrecv", "Conditional receive", .type = TL_BOOL, .mask = 0x2 },
    [FLAG_RESTART] = { "eigrp.flags.restart", "Restart", .type = TL_BOOL, .mask = 0x4 },
    [FLAG_EOT] = { "eigrp.flags.eot", "End of table", .type = TL_BOOL, .mask = 0x8 },
    [SEQUENCE] = { "eigrp.seq", "Sequence number", .type = TL_U32 },
    [ACK] = { "eigrp.ack", "Acknowledged", .type = TL_U32 },
    [VRID] = { "eigrp.vrid", "Virtual router", .type = TL_U16 },
    [AS] = { "eigrp.as", "Autonomous system", .type = TL_U16 },
    [TLV] = { "eigrp.tlv", "TLV", .type = TL_GROUP, .flags = TL_REPEATS },
    [TLV_TYPE] = { "eigrp.tlv_type", "Type", .type = TL_U16, .base = TL_HEX, .names = tlvs },
    [TLV_LENGTH] = { "eigrp.tlv.len", "Length", .type = TL_U16, .unit = "bytes" },
    [K1] = { "eigrp.par.k1", "K1", .type = TL_U8 },
    [K2] = { "eigrp.par.k2", "K2", .type = TL_U8 },
    [K3] = { "eigrp.par.k3", "K3", .type = TL_U8 },
    [K4] = { "eigrp.par.k4", "K4", .type = TL_U8 },
    [K5] = { "eigrp.par.k5", "K5", .type = TL_U8 },
    [K6] = { "eigrp.par.k6", "K6", .type = TL_U8 },
    [HOLD] = { "eigrp.par.holdtime", "Hold time", .type = TL_U16, .unit = "s" },
    [AUTH] = { "eigrp.auth.type", "Authentication type", .type = TL_U16, .names = auths },
    [AUTH_LENGTH] = { "eigrp.auth.length", "Digest length", .type = TL_U16, .unit = "bytes" },
    [AUTH_KEY] = { "eigrp.auth.keyid", "Key id", .type = TL_U32 },
    [AUTH_SEQ] = { "eigrp.auth.keyseq", "Key sequence", .type = TL_U32 },
    [AUTH_PAD] = { "eigrp.nullpad", "Padding", .type = TL_BYTES },
    [AUTH_DIGEST] = { "eigrp.auth.digest", "Digest", .type = TL_BYTES },
    [SEQ_LEN] = { "eigrp.seq.addrlen", "Address length", .type = TL_U8, .flags = TL_REPEATS },
    [SEQ_IPV4] = { "eigrp.seq.ipv4addr", "Address", .type = TL_IPV4, .flags = TL_REPEATS },
    [SEQ_IPV6] = { "eigrp.seq.ipv6addr", "Address", .type = TL_IPV6, .flags = TL_REPEATS },
    [RELEASE] = { "eigrp.release_version", "Release", .type = TL_U16, .base = TL_HEX },
    [TLV_VERSION] = { "eigrp.tlv_version", "TLV version", .type = TL_U16, .base = TL_HEX },
    [NEXT_SEQ] = { "eigrp.next_mcast_seq", "Next multicast sequence", .type = TL_U32 },
    [STUB] = { "eigrp.stub_options", "Stub options", .type = TL_U16, .base = TL_HEX },
    [STUB_CONNECTED] = { "eigrp.stub_options.connected", "Connected", .type = TL_BOOL, .mask = 0x1 },
    [STUB_STATIC] = { "eigrp.stub_options.static", "Static", .type = TL_BOOL, .mask = 0x2 },
    [STUB_SUMMARY] = { "eigrp.stub_options.summary", "Summary", .type = TL_BOOL, .mask = 0x4 },
    [STUB_REDIST] = { "eigrp.stub_options.redist", "Redistributed", .type = TL_BOOL, .mask = 0x8 },
    [STUB_LEAK] = { "eigrp.stub_options.leakmap", "Leak map", .type = TL_BOOL, .mask = 0x10 },
    [STUB_RECEIVE] = { "eigrp.stub_options.recvonly", "Receive only", .type = TL_BOOL, .mask = 0x20 },
    [NEXT_HOP] = { "eigrp.ipv4.nexthop", "Next hop", .type = TL_IPV4 },
    [NEXT_HOP6] = { "eigrp.ipv6.nexthop", "Next hop", .type = TL_IPV6 },
    [ORIGIN] = { "eigrp.extdata.origrid", "Originating router", .type = TL_IPV4 },
    [ORIGIN_AS] = { "eigrp.extdata.as", "Originating AS", .type = TL_U32 },
    [TAG] = { "eigrp.extdata.tag", "Administrative tag", .type = TL_U32 },
    [EXT_METRIC] = { "eigrp.extdata.metric", "External metric", .type = TL_U32 },
    [EXT_RESERVED] = { "eigrp.extdata.reserved", "Reserved", .type = TL_U16 },
    [PROTOCOL] = { "eigrp.extdata.proto", "External protocol", .type = TL_U8, .names = protocols },
    [DELAY] = { "eigrp.old_metric.delay", "Scaled delay", .type = TL_U32 },
    [BANDWIDTH] = { "eigrp.old_metric.bw", "Scaled bandwidth", .type = TL_U32 },
    [MTU] = { "eigrp.old_metric.mtu", "MTU", .type = TL_U24, .unit = "bytes" },
    [HOPS] = { "eigrp.old_metric.hopcount", "Hop count", .type = TL_U8 },
    [RELIABILITY] = { "eigrp.old_metric.rel", "Reliability", .type = TL_U8 },
    [LOAD] = { "eigrp.old_metric.load", "Load", .type = TL_U8 },
    [INTERNAL_TAG] = { "eigrp.old_metric.intag", "Route tag", .type = TL_U8 },
    [PREFIX_LEN] = { "eigrp.ipv4.prefixlen", "Prefix length", .type = TL_U8, .flags = TL_REPEATS, .unit = "bits" },
    [PREFIX] = { "eigrp.ipv4.destination", "Destination", .type = TL_IPV4, .flags = TL_REPEATS },
    [PREFIX_LEN6] = { "eigrp.ipv6.prefixlen", "Prefix length", .type = TL_U8, .flags = TL_REPEATS, .unit = "bits" },
    [PREFIX6] = { "eigrp.ipv6.destination", "Destination", .type = TL_IPV6, .flags = TL_REPEATS },
    [VALUE] = { "eigrp.tlv.value", "Value", .type = TL_BYTES },
};

enum { PARAMETERS = 1, AUTHENTICATION, SEQUENCES, SOFTWARE, NEXT_SEQUENCE, STUBS, IPV4_INTERNAL = 0x0102,
       IPV4_EXTERNAL = 0x0103, IPV6_INTERNAL = 0x0402, IPV6_EXTERNAL = 0x0403, EXTERNAL = 1 };

static void parameters(struct tl_dissection *d)
{
    for (unsigned field = K1; field <= K6; field++)
        tl_u8(d, field);
    tl_u16(d, HOLD);
}

static void authentication(struct tl_dissection *d)
{
    tl_u16(d, AUTH);
    uint32_t len = tl_u16(d, AUTH_LENGTH);
    tl_u32(d, AUTH_KEY);
    tl_u32(d, AUTH_SEQ);
    tl_run(d, AUTH_PAD, 8);
    tl_run(d, AUTH_DIGEST, len);
}

static void sequences(struct tl_dissection *d)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint8_t len = tl_u8(d, SEQ_LEN);
        if (len == 4)
            tl_ipv4(d, SEQ_IPV4);
        else if (len == 16)
            tl_ipv6(d, SEQ_IPV6);
        else
            tl_bad(d);
    }
}

/* Next hop, what another protocol said, metrics, destinations (RFC 7868 sections 6.8.2 and 6.8.3, classic metrics). */
static void route(struct tl_dissection *d, uint16_t type)
{
    bool six = type >> 8 == 4;
    if (six)
        tl_ipv6(d, NEXT_HOP6);
    else
        tl_ipv4(d, NEXT_HOP);
    if ((type & EXTERNAL) != 0) {
        tl_ipv4(d, ORIGIN);
        tl_u32(d, ORIGIN_AS);
        tl_u32(d, TAG);
        tl_u32(d, EXT_METRIC);
        tl_u16(d, EXT_RESERVED);
        tl_u8(d, PROTOCOL);
        tl_skip(d, 1);
    }
    tl_u32(d, DELAY);
    tl_u32(d, BANDWIDTH);
    tl_u24(d, MTU);
    tl_u8(d, HOPS);
    tl_u8(d, RELIABILITY);
    tl_u8(d, LOAD);
    tl_u8(d, INTERNAL_TAG);
    tl_skip(d, 1);
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t bits = tl_u8(d, six ? PREFIX_LEN6 : PREFIX_LEN);
        if (tl_ok(d))
            tl_prefix(d, six ? PREFIX6 : PREFIX, six ? 16 : 4, bits);
    }
}

static void value(struct tl_dissection *d, uint16_t type)
{
    switch (type) {
    case PARAMETERS:
        parameters(d);
        break;
    case AUTHENTICATION:
        authentication(d);
        break;
    case SEQUENCES:
        sequences(d);
        break;
    case SOFTWARE:
        tl_u16(d, RELEASE);
        tl_u16(d, TLV_VERSION);
        break;
    case NEXT_SEQUENCE:
        tl_u32(d, NEXT_SEQ);
        break;
    case STUBS:
        tl_flags16(d, STUB, STUB_RECEIVE);
        break;
    case IPV4_INTERNAL:
    case IPV4_EXTERNAL:
    case IPV6_INTERNAL:
    case IPV6_EXTERNAL:
        route(d, type);
        break;
    default:
        tl_run_left(d, VALUE);
    }
}

static void tlvs_of(struct tl_dissection *d)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) >= 4) {
        uint32_t group = tl_group(d, TLV);
        uint16_t type = tl_u16(d, TLV_TYPE);
        uint32_t len = tl_u16(d, TLV_LENGTH);
        if (tl_ok(d) && len < 4)
            tl_bad(d);
        struct tl_part part = tl_part_begin(d, len - 4);
        if (tl_ok(d))
            value(d, type);
        tl_part_end(d, part);
        tl_group_end(d, group);
    }
}

static enum tl_status eigrp_dissect(struct tl_dissection *d)
{
    tl_u8(d, VERSION);
    tl_u8(d, CODE);
    tl_u16(d, CHECKSUM);
    uint32_t flags = tl_u32(d, FLAGS);
    if (tl_ok(d) && d->wanted != NULL)
        tl_add_all_bits(d, FLAG_INIT, FLAG_EOT, d->c.off - 4, 4, flags);
    tl_u32(d, SEQUENCE);
    tl_u32(d, ACK);
    tl_u16(d, VRID);
    tl_u16(d, AS);
    if (!tl_ok(d) || d->wanted == NULL)
        return tl_next_none(d);
    struct tl_part part = tl_part_begin(d, tl_cursor_wire_left(&d->c));
    tlvs_of(d);
    tl_part_close(d, part);
    return tl_next_none(d);
}

const struct tl_protocol tl_protocol_eigrp = {
    .name = "eigrp",
    .title = "Enhanced Interior Gateway Routing Protocol",
    .kind = TL_KIND_LAYER,
    .info = "{opcode} AS {as}[ {ipv4.destination,}][ {ipv6.destination,}]",
    .dissect = eigrp_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_IP_PROTO, 88 } },
};
