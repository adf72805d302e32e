/* ipv6_ext.c - the extension headers of IPv6 (RFC 8200 4; RFC 2675, 2711, 5095, 6275, 6946, 8754). */
#include "dissectors/network/ipv6.h"

#include "core/part.h"

static const struct tl_name option_names[] = {
    { 0x00, "Pad1" },          { 0x01, "PadN" },           { 0x04, "Tunnel encapsulation limit" },
    { 0x05, "Router alert" },  { 0x07, "CALIPSO" },        { 0x08, "SMF_DPD" },
    { 0x0f, "PDM" },           { 0x26, "Quick-Start" },    { 0x30, "Path MTU" },
    { 0x63, "RPL" },           { 0x6d, "MPL" },            { 0x8a, "Endpoint identification" },
    { 0x8b, "ILNP nonce" },    { 0x8c, "Line identification" }, { 0xc2, "Jumbo payload" },
    { 0xc9, "Home address" },  { 0xee, "DFF" },            { 0, NULL },
};
static const struct tl_name routing_names[] = {
    { 0, "Source route" }, { 1, "Nimrod" },         { 2, "Mobile IPv6" }, { 3, "RPL source route" },
    { 4, "Segment routing" }, { 5, "CRH-16" },      { 6, "CRH-32" },      { 0, NULL },
};
static const struct tl_name mobility_names[] = {
    { 0, "Binding refresh request" }, { 1, "Home test init" },  { 2, "Care-of test init" },
    { 3, "Home test" },               { 4, "Care-of test" },    { 5, "Binding update" },
    { 6, "Binding acknowledgement" }, { 7, "Binding error" },   { 8, "Fast binding update" },
    { 9, "Fast binding acknowledgment" }, { 10, "Fast neighbor advertisement" }, { 0, NULL },
};

const struct tl_field tl_ipv6_fields[IPV6_FIELDS] = {
    [IPV6_IP_VERSION] = { "ip.version", "Version", .type = TL_U8, .mask = 0xf0, .flags = TL_HIDDEN },
    [IPV6_VERSION] = { "ipv6.version", "Version", .type = TL_U32, .mask = 0xf0000000 },
    [IPV6_TCLASS] = { "ipv6.tclass", "Traffic class", .type = TL_U32, .base = TL_HEX, .mask = 0x0ff00000 },
    [IPV6_DSCP] = { "ipv6.tclass.dscp", "Code point", .type = TL_U32, .mask = 0x0fc00000 },
    [IPV6_ECN] = { "ipv6.tclass.ecn", "Congestion", .type = TL_U32, .mask = 0x00300000 },
    [IPV6_FLOW] = { "ipv6.flow", "Flow label", .type = TL_U32, .base = TL_HEX, .mask = 0x000fffff },
    [IPV6_PLEN] = { "ipv6.plen", "Payload length", .type = TL_U16, .unit = "bytes" },
    [IPV6_NXT] = { "ipv6.nxt", "Next header", .type = TL_U8, .names = tl_ip_proto_names },
    [IPV6_HLIM] = { "ipv6.hlim", "Hop limit", .type = TL_U8 },
    [IPV6_SRC] = { "ipv6.src", "Source", .type = TL_IPV6, .flags = TL_SOURCE },
    [IPV6_DST] = { "ipv6.dst", "Destination", .type = TL_IPV6, .flags = TL_DESTINATION },
    [IPV6_HOPOPTS] = { "ipv6.hopopts", "Hop-by-hop options", .type = TL_GROUP, .flags = TL_REPEATS },
    [IPV6_HOPOPTS_NXT] = { "ipv6.hopopts.nxt", "Next header", .type = TL_U8, .names = tl_ip_proto_names },
    [IPV6_HOPOPTS_LEN] = { "ipv6.hopopts.len", "Length", .type = TL_U8, .help = "In 8 bytes, less the first 8" },
    [IPV6_DSTOPTS] = { "ipv6.dstopts", "Destination options", .type = TL_GROUP, .flags = TL_REPEATS },
    [IPV6_DSTOPTS_NXT] = { "ipv6.dstopts.nxt", "Next header", .type = TL_U8, .names = tl_ip_proto_names },
    [IPV6_DSTOPTS_LEN] = { "ipv6.dstopts.len", "Length", .type = TL_U8, .help = "In 8 bytes, less the first 8" },
    [IPV6_OPT] = { "ipv6.opt", "Option", .type = TL_GROUP, .flags = TL_REPEATS },
    [IPV6_OPT_TYPE] = { "ipv6.opt.type", "Type", .type = TL_U8, .base = TL_HEX, .names = option_names },
    [IPV6_OPT_LENGTH] = { "ipv6.opt.length", "Length", .type = TL_U8, .unit = "bytes" },
    [IPV6_OPT_PADN] = { "ipv6.opt.padn", "Padding", .type = TL_BYTES },
    [IPV6_OPT_ROUTER_ALERT] = { "ipv6.opt.router_alert", "Router alert", .type = TL_U16 },
    [IPV6_OPT_JUMBO] = { "ipv6.opt.jumbo", "Jumbo payload length", .type = TL_U32, .unit = "bytes" },
    [IPV6_OPT_TUNNEL] = { "ipv6.opt.tel", "Tunnel encapsulation limit", .type = TL_U8 },
    [IPV6_OPT_HOME] = { "ipv6.opt.mipv6.home_address", "Home address", .type = TL_IPV6 },
    [IPV6_OPT_DATA] = { "ipv6.opt.unknown", "Data", .type = TL_BYTES },
    [IPV6_ROUTING] = { "ipv6.routing", "Routing header", .type = TL_GROUP, .flags = TL_REPEATS },
    [IPV6_ROUTING_NXT] = { "ipv6.routing.nxt", "Next header", .type = TL_U8, .names = tl_ip_proto_names },
    [IPV6_ROUTING_LEN] = { "ipv6.routing.len", "Length", .type = TL_U8, .help = "In 8 bytes, less the first 8" },
    [IPV6_ROUTING_TYPE] = { "ipv6.routing.type", "Type", .type = TL_U8, .names = routing_names },
    [IPV6_SEGLEFT] = { "ipv6.routing.segleft", "Segments left", .type = TL_U8 },
    [IPV6_RT0_RESERVED] = { "ipv6.routing.src.reserved", "Reserved", .type = TL_BYTES },
    [IPV6_RT0_ADDR] = { "ipv6.routing.src.addr", "Address", .type = TL_IPV6, .flags = TL_REPEATS },
    [IPV6_RT2_RESERVED] = { "ipv6.routing.mipv6.reserved", "Reserved", .type = TL_BYTES },
    [IPV6_RT2_HOME] = { "ipv6.routing.mipv6.home_address", "Home address", .type = TL_IPV6 },
    [IPV6_SRH_LAST] = { "ipv6.routing.srh.last_entry", "Last entry", .type = TL_U8 },
    [IPV6_SRH_FLAGS] = { "ipv6.routing.srh.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [IPV6_SRH_TAG] = { "ipv6.routing.srh.tag", "Tag", .type = TL_BYTES },
    [IPV6_SRH_ADDR] = { "ipv6.routing.srh.addr", "Segment", .type = TL_IPV6, .flags = TL_REPEATS },
    [IPV6_ROUTING_DATA] = { "ipv6.routing.unknown_data", "Data", .type = TL_BYTES },
    [IPV6_FRAGHDR] = { "ipv6.fraghdr", "Fragment header", .type = TL_GROUP, .flags = TL_REPEATS },
    [IPV6_FRAG_NXT] = { "ipv6.fraghdr.nxt", "Next header", .type = TL_U8, .names = tl_ip_proto_names },
    [IPV6_FRAG_RESERVED] = { "ipv6.fraghdr.reserved_octet", "Reserved", .type = TL_U8, .base = TL_HEX },
    [IPV6_FRAG_OFFSET] = { "ipv6.fraghdr.offset", "Offset", .type = TL_U16, .mask = 0xfff8,
                           .help = "In units of 8 bytes" },
    [IPV6_FRAG_BITS] = { "ipv6.fraghdr.reserved_bits", "Reserved", .type = TL_U16, .mask = 0x0006 },
    [IPV6_FRAG_MORE] = { "ipv6.fraghdr.more", "More fragments", .type = TL_BOOL, .mask = 0x0001 },
    [IPV6_FRAG_IDENT] = { "ipv6.fraghdr.ident", "Identification", .type = TL_U32, .base = TL_HEX },
    [IPV6_MOBILITY] = { "mip6", "Mobility header", .type = TL_GROUP, .flags = TL_REPEATS },
    [IPV6_MOBILITY_NXT] = { "mip6.proto", "Next header", .type = TL_U8, .names = tl_ip_proto_names },
    [IPV6_MOBILITY_LEN] = { "mip6.hlen", "Length", .type = TL_U8, .help = "In 8 bytes, less the first 8" },
    [IPV6_MOBILITY_TYPE] = { "mip6.mhtype", "Type", .type = TL_U8, .names = mobility_names },
    [IPV6_MOBILITY_DATA] = { "mip6.data", "Data", .type = TL_BYTES },
    [IPV6_HIP] = { "hip", "Host Identity Protocol", .type = TL_GROUP, .flags = TL_REPEATS },
    [IPV6_HIP_NXT] = { "hip.proto", "Next header", .type = TL_U8, .names = tl_ip_proto_names },
    [IPV6_HIP_LEN] = { "hip.hdr_len", "Length", .type = TL_U8, .help = "In 8 bytes, less the first 8" },
    [IPV6_HIP_TYPE] = { "hip.packet_type", "Type", .type = TL_U8 },
    [IPV6_HIP_DATA] = { "hip.data", "Data", .type = TL_BYTES },
    [IPV6_SHIM6] = { "shim6", "Shim6", .type = TL_GROUP, .flags = TL_REPEATS },
    [IPV6_SHIM6_NXT] = { "shim6.nxt", "Next header", .type = TL_U8, .names = tl_ip_proto_names },
    [IPV6_SHIM6_LEN] = { "shim6.len", "Length", .type = TL_U8, .help = "In 8 bytes, less the first 8" },
    [IPV6_SHIM6_TYPE] = { "shim6.type", "Type", .type = TL_U8, .help = "128 and more: payload" },
    [IPV6_SHIM6_DATA] = { "shim6.data", "Data", .type = TL_BYTES },
    [IPV6_LINE_OFFSET] = { "ipv6.fraghdr.offset_bytes", "Offset", .type = TL_U16, .unit = "bytes",
                           .flags = TL_DERIVED | TL_ONLY_LINE },
};

enum { ADDRESS = 16 };
enum { NXT_HOPOPTS = 0, NXT_ROUTING = 43, NXT_FRAGMENT = 44, NXT_DSTOPTS = 60, NXT_MOBILITY = 135, NXT_HIP = 139,
       NXT_SHIM6 = 140 };
enum { OPTION_PAD1, OPTION_PADN, OPTION_TUNNEL = 4, OPTION_ROUTER_ALERT, OPTION_JUMBO = 0xc2, OPTION_HOME = 0xc9 };
enum { ROUTE_SOURCE = 0, ROUTE_MOBILE = 2, ROUTE_SEGMENTS = 4 };

static void option(struct tl_dissection *d, uint32_t *jumbo)
{
    uint8_t type = tl_u8(d, IPV6_OPT_TYPE);
    if (type == OPTION_PAD1)
        return;
    uint32_t len = tl_u8(d, IPV6_OPT_LENGTH);
    if (type == OPTION_PADN && len > 0) {
        tl_run(d, IPV6_OPT_PADN, len);
    } else if (type == OPTION_ROUTER_ALERT && len == 2) {
        tl_u16(d, IPV6_OPT_ROUTER_ALERT);
    } else if (type == OPTION_JUMBO && len == 4) {
        *jumbo = tl_u32(d, IPV6_OPT_JUMBO);
    } else if (type == OPTION_TUNNEL && len == 1) {
        tl_u8(d, IPV6_OPT_TUNNEL);
    } else if (type == OPTION_HOME && len == ADDRESS) {
        tl_ipv6(d, IPV6_OPT_HOME);
    } else if (len > 0) {
        tl_run(d, IPV6_OPT_DATA, len);
    }
}

/* Reads hop-by-hop or destination options: fields first..first + 2 are the group, the next header and the length. */
static uint8_t options(struct tl_dissection *d, unsigned first, uint32_t *jumbo)
{
    uint32_t group = tl_group(d, first);
    uint8_t next = tl_u8(d, first + 1);
    uint32_t len = tl_u8(d, first + 2) * 8u + 6;
    if (d->wanted == NULL && first != IPV6_HOPOPTS) {
        tl_skip(d, len);
    } else {
        struct tl_part part = tl_part_begin(d, len);
        while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
            uint32_t each = tl_group(d, IPV6_OPT);
            option(d, jumbo);
            tl_group_end(d, each);
        }
        tl_part_end(d, part);
    }
    tl_group_end(d, group);
    return next;
}

/* Reads the addresses of a routing header of `len` bytes, after its first four. */
static void route(struct tl_dissection *d, uint8_t type, uint32_t len)
{
    unsigned field = IPV6_RT0_ADDR;
    uint32_t count = UINT32_MAX;
    if (type == ROUTE_SOURCE) {
        tl_run(d, IPV6_RT0_RESERVED, 4);
    } else if (type == ROUTE_MOBILE) {
        tl_run(d, IPV6_RT2_RESERVED, 4);
        field = IPV6_RT2_HOME;
        count = 1;
    } else if (type == ROUTE_SEGMENTS) {
        count = tl_u8(d, IPV6_SRH_LAST) + 1u;
        tl_u8(d, IPV6_SRH_FLAGS);
        tl_run(d, IPV6_SRH_TAG, 2);
        field = IPV6_SRH_ADDR;
    } else {
        tl_run(d, IPV6_ROUTING_DATA, len);
        return;
    }
    for (; count > 0 && tl_ok(d) && tl_cursor_wire_left(&d->c) >= ADDRESS; count--)
        tl_ipv6(d, field);
    if (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        tl_run(d, IPV6_ROUTING_DATA, tl_cursor_wire_left(&d->c));
}

/* Returns the final destination: the last address of a list, but the first of a segment list. */
static void find_destination(struct tl_dissection *d, uint8_t type, uint32_t len)
{
    uint32_t addresses = (len - 4) / ADDRESS;
    uint32_t index = type == ROUTE_SOURCE && addresses > 0 ? addresses - 1 : 0;
    if (addresses > 0 && (type == ROUTE_SOURCE || type == ROUTE_MOBILE || type == ROUTE_SEGMENTS))
        d->net->route_dst = tl_cursor_peek(&d->c, 4 + index * ADDRESS, ADDRESS);
}

static uint8_t routing(struct tl_dissection *d)
{
    uint32_t group = tl_group(d, IPV6_ROUTING);
    uint8_t next = tl_u8(d, IPV6_ROUTING_NXT);
    uint32_t len = tl_u8(d, IPV6_ROUTING_LEN) * 8u + 4;
    uint8_t type = tl_u8(d, IPV6_ROUTING_TYPE);
    uint8_t left = tl_u8(d, IPV6_SEGLEFT);
    if (tl_ok(d) && left > 0)
        find_destination(d, type, len);
    if (d->wanted == NULL) {
        tl_skip(d, len);
    } else {
        struct tl_part part = tl_part_begin(d, len);
        route(d, type, len);
        tl_part_end(d, part);
    }
    tl_group_end(d, group);
    return next;
}

static uint8_t fragment(struct tl_dissection *d)
{
    uint32_t group = tl_group(d, IPV6_FRAGHDR);
    uint8_t next = tl_u8(d, IPV6_FRAG_NXT);
    tl_u8(d, IPV6_FRAG_RESERVED);
    const uint8_t *p = tl_cursor_take(&d->c, 2);
    uint32_t word = p != NULL ? tl_load_be16(p) : 0;
    if (p != NULL) {
        tl_add_all_bits(d, IPV6_FRAG_OFFSET, IPV6_FRAG_MORE, d->c.off - 2, 2, word);
        tl_add(d, IPV6_LINE_OFFSET, d->c.off - 2, 2, word & 0xfff8);
    }
    uint32_t ident = tl_u32(d, IPV6_FRAG_IDENT);
    tl_group_end(d, group);
    /* A fragment with offset 0 and no more fragments is a whole packet (RFC 6946). */
    if (tl_ok(d) && (word & 0xfff9) != 0) {
        d->net->fragment = true;
        d->net->more_fragments = (word & 1) != 0;
        d->net->frag_offset = word & 0xfff8;
        d->net->frag_id = ident;
    }
    return next;
}

/*
 * Reads a header with a type as its third byte: fields first..first + 4 are the group, next header, length, type and
 * rest.
 */
static uint8_t typed(struct tl_dissection *d, unsigned first)
{
    uint32_t group = tl_group(d, first);
    uint8_t next = tl_u8(d, first + 1);
    uint32_t len = tl_u8(d, first + 2) * 8u + 5;
    tl_u8(d, first + 3);
    tl_run(d, first + 4, len);
    tl_group_end(d, group);
    return next;
}

static bool is_extension(uint8_t next)
{
    return next == NXT_HOPOPTS || next == NXT_ROUTING || next == NXT_FRAGMENT || next == NXT_DSTOPTS ||
           next == NXT_MOBILITY || next == NXT_HIP || next == NXT_SHIM6;
}

/* Reads one extension header with the number `current`. Returns the number of the next header. */
static uint8_t extension(struct tl_dissection *d, uint8_t current, uint32_t *jumbo)
{
    switch (current) {
    case NXT_HOPOPTS:
        return options(d, IPV6_HOPOPTS, jumbo);
    case NXT_DSTOPTS:
        return options(d, IPV6_DSTOPTS, jumbo);
    case NXT_ROUTING:
        return routing(d);
    case NXT_FRAGMENT:
        return fragment(d);
    case NXT_MOBILITY:
        return typed(d, IPV6_MOBILITY);
    case NXT_HIP:
        return typed(d, IPV6_HIP);
    default:
        return typed(d, IPV6_SHIM6);
    }
}

enum tl_status tl_ipv6_chain(struct tl_dissection *d, uint8_t next)
{
    uint32_t start = d->c.off, jumbo = 0;
    bool piece = false;
    while (tl_ok(d) && !piece && is_extension(next)) {
        uint8_t current = next;
        next = extension(d, current, &jumbo);
        piece = current == NXT_FRAGMENT && d->net->fragment;
    }
    d->net->header_len += d->c.off - start;
    d->net->protocol = next;
    return tl_next(d, TL_ON_IP_PROTO, next);
}

uint32_t tl_ipv6_jumbo(const struct tl_dissection *d)
{
    struct tl_dissection ahead = *d;
    uint32_t jumbo = 0;
    ahead.wanted = NULL;
    options(&ahead, IPV6_HOPOPTS, &jumbo);
    return jumbo;
}

/* After a reassembled fragment or an authentication header the headers continue without an IPv6 header before them. */
static enum tl_status ipv6_ext_dissect(struct tl_dissection *d)
{
    if (d->net->version != 6) /* IPv4 has no such headers: the payload is unknown */
        return tl_next(d, TL_ON_IP_PROTO, UINT32_MAX);
    return tl_ipv6_chain(d, d->net->protocol);
}

const struct tl_protocol tl_protocol_ipv6_ext = {
    .name = "ipv6_ext",
    .title = "IPv6 extension headers",
    .kind = TL_KIND_EXTENSION,
    .info = "Extension headers[ ID={ipv6.fraghdr.ident}][{ipv6.fraghdr.offset_bytes?} off={ipv6.fraghdr.offset_bytes}]"
            "[{ipv6.fraghdr.more?} more fragments]",
    .dissect = ipv6_ext_dissect,
    TL_TABLE(tl_ipv6_fields),
    .on = { { TL_ON_IP_PROTO, NXT_HOPOPTS },
            { TL_ON_IP_PROTO, NXT_ROUTING },
            { TL_ON_IP_PROTO, NXT_FRAGMENT },
            { TL_ON_IP_PROTO, NXT_DSTOPTS },
            { TL_ON_IP_PROTO, NXT_MOBILITY },
            { TL_ON_IP_PROTO, NXT_HIP },
            { TL_ON_IP_PROTO, NXT_SHIM6 } },
};
