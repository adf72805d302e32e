/* ip.c - Internet Protocol version 4 (RFC 791, RFC 2474, RFC 3168). */
#include "core/checksum.h"
#include "core/part.h"
#include "dissectors/header.h"

enum { VERSION, HDR_LEN, DSFIELD, DSCP, ECN, LEN, ID, FLAGS, RB, DF, MF, FRAG_OFFSET, TTL, PROTO, CHECKSUM, SRC, DST,
       OPTION, OPT_TYPE, OPT_LEN, OPT_PTR, OPT_ROUTER_ALERT, OPT_STREAM, OPT_MTU, RECORDED, SOURCE_ROUTE, OPT_OVERFLOW,
       OPT_FLAG, OPT_TIME, OPT_TIME_ADDR, OPT_DATA, LINE_OFFSET };

static const struct tl_name dscp_names[] = {
    { 0, "CS0" },   { 1, "LE" },    { 8, "CS1" },   { 10, "AF11" }, { 12, "AF12" }, { 14, "AF13" },
    { 16, "CS2" },  { 18, "AF21" }, { 20, "AF22" }, { 22, "AF23" }, { 24, "CS3" },  { 26, "AF31" },
    { 28, "AF32" }, { 30, "AF33" }, { 32, "CS4" },  { 34, "AF41" }, { 36, "AF42" }, { 38, "AF43" },
    { 40, "CS5" },  { 44, "VA" },   { 46, "EF" },   { 48, "CS6" },  { 56, "CS7" },  { 0, NULL },
};
static const struct tl_name ecn_names[] = {
    { 0, "Not-ECT" }, { 1, "ECT(1)" }, { 2, "ECT(0)" }, { 3, "CE" }, { 0, NULL },
};
static const struct tl_name option_names[] = {
    { 0, "End of options" },       { 1, "No operation" },   { 7, "Record route" },   { 11, "MTU probe" },
    { 12, "MTU reply" },           { 25, "Quick-Start" },   { 30, "Experiment" },    { 68, "Timestamp" },
    { 82, "Traceroute" },          { 130, "Security" },     { 131, "Loose source route" },
    { 133, "Extended security" },  { 134, "Commercial security" }, { 136, "Stream id" },
    { 137, "Strict source route" }, { 145, "Extended internet protocol" }, { 147, "Address extension" },
    { 148, "Router alert" },       { 149, "Selective directed broadcast" }, { 0, NULL },
};
static const struct tl_name time_flags[] = {
    { 0, "Times only" }, { 1, "Times and addresses" }, { 3, "Addresses given" }, { 0, NULL },
};

static const struct tl_field fields[] = {
    [VERSION] = { "ip.version", "Version", .type = TL_U8, .mask = 0xf0 },
    [HDR_LEN] = { "ip.hdr_len", "Header length", .type = TL_U8, .mask = 0x0f, .unit = "bytes" },
    [DSFIELD] = { "ip.dsfield", "Differentiated services", .type = TL_U8, .base = TL_HEX },
    [DSCP] = { "ip.dsfield.dscp", "Code point", .type = TL_U8, .mask = 0xfc, .names = dscp_names },
    [ECN] = { "ip.dsfield.ecn", "Congestion", .type = TL_U8, .mask = 0x03, .names = ecn_names },
    [LEN] = { "ip.len", "Total length", .type = TL_U16, .unit = "bytes" },
    [ID] = { "ip.id", "Identification", .type = TL_U16, .base = TL_HEX },
    [FLAGS] = { "ip.flags", "Flags", .type = TL_U8, .base = TL_HEX, .mask = 0xe0 },
    [RB] = { "ip.flags.rb", "Reserved", .type = TL_BOOL, .mask = 0x80 },
    [DF] = { "ip.flags.df", "Don't fragment", .type = TL_BOOL, .mask = 0x40 },
    [MF] = { "ip.flags.mf", "More fragments", .type = TL_BOOL, .mask = 0x20 },
    [FRAG_OFFSET] = { "ip.frag_offset", "Fragment offset", .type = TL_U16, .mask = 0x1fff,
                      .help = "In units of 8 bytes" },
    [TTL] = { "ip.ttl", "Time to live", .type = TL_U8 },
    [PROTO] = { "ip.proto", "Protocol", .type = TL_U8, .names = tl_ip_proto_names },
    [CHECKSUM] = { "ip.checksum", "Header checksum", .type = TL_U16, .base = TL_HEX },
    [SRC] = { "ip.src", "Source", .type = TL_IPV4, .flags = TL_SOURCE },
    [DST] = { "ip.dst", "Destination", .type = TL_IPV4, .flags = TL_DESTINATION },
    [OPTION] = { "ip.opt", "Option", .type = TL_GROUP, .flags = TL_REPEATS },
    [OPT_TYPE] = { "ip.opt.type", "Type", .type = TL_U8, .names = option_names },
    [OPT_LEN] = { "ip.opt.len", "Length", .type = TL_U8, .unit = "bytes" },
    [OPT_PTR] = { "ip.opt.ptr", "Pointer", .type = TL_U8 },
    [OPT_ROUTER_ALERT] = { "ip.opt.ra", "Router alert", .type = TL_U16 },
    [OPT_STREAM] = { "ip.opt.sid", "Stream id", .type = TL_U16 },
    [OPT_MTU] = { "ip.opt.mtu", "MTU", .type = TL_U16, .unit = "bytes" },
    [RECORDED] = { "ip.rec_rt", "Recorded route", .type = TL_IPV4, .flags = TL_REPEATS },
    [SOURCE_ROUTE] = { "ip.src_rt", "Source route", .type = TL_IPV4, .flags = TL_REPEATS },
    [OPT_OVERFLOW] = { "ip.opt.overflow", "Overflow", .type = TL_U8, .mask = 0xf0, .help = "Hosts that found no room" },
    [OPT_FLAG] = { "ip.opt.flag", "Flag", .type = TL_U8, .base = TL_HEX, .mask = 0x0f, .names = time_flags },
    [OPT_TIME] = { "ip.opt.time_stamp", "Timestamp", .type = TL_U32, .flags = TL_REPEATS, .unit = "ms" },
    [OPT_TIME_ADDR] = { "ip.opt.time_stamp_addr", "Timestamped by", .type = TL_IPV4, .flags = TL_REPEATS },
    [OPT_DATA] = { "ip.opt.data", "Data", .type = TL_BYTES },
    [LINE_OFFSET] = { "ip.frag_offset_bytes", "Fragment offset", .type = TL_U16, .mask = 0x1fff, .unit = "bytes",
                      .flags = TL_DERIVED | TL_ONLY_LINE },
};

static const struct tl_place places[] = {
    { VERSION, 0, 1, 0 }, { HDR_LEN, 0, 1, 4 }, { DSFIELD, 1, 1, 0 }, { DSCP, 1, 1, 0 },   { ECN, 1, 1, 0 },
    { LEN, 2, 2, 0 },     { ID, 4, 2, 0 },      { FLAGS, 6, 1, 0 },   { RB, 6, 1, 0 },     { DF, 6, 1, 0 },
    { MF, 6, 1, 0 },      { FRAG_OFFSET, 6, 2, 0 }, { LINE_OFFSET, 6, 2, 8 }, { TTL, 8, 1, 0 },
    { PROTO, 9, 1, 0 },  { CHECKSUM, 10, 2, 0 },
    { SRC, 12, 4, 0 },    { DST, 16, 4, 0 },
};

enum { HEADER = 20, CHECKSUM_AT = 10, MORE_FRAGMENTS = 0x2000, OFFSET = 0x1fff };
enum { TYPE_END, TYPE_NOP, TYPE_RECORD_ROUTE = 7, TYPE_MTU_PROBE = 11, TYPE_MTU_REPLY, TYPE_TIMESTAMP = 68,
       TYPE_LOOSE_ROUTE = 131, TYPE_STREAM = 136, TYPE_STRICT_ROUTE, TYPE_ROUTER_ALERT = 148 };

/*
 * Reads a pointer (from 1, at the option's type) and addresses. Those before the pointer are filled in (RFC 791 3.1).
 */
static void route(struct tl_dissection *d, unsigned field, uint32_t len)
{
    uint32_t filled = tl_u8(d, OPT_PTR), at = 4, all = len + 2;
    const uint8_t *addresses = tl_cursor_peek(&d->c, 0, len - 1);
    if (field == SOURCE_ROUTE && addresses != NULL && len >= 5 && filled <= all) /* the route has not reached its end */
        d->net->route_dst = addresses + (len - 5) / 4 * 4;
    for (len--; len >= 4 && tl_ok(d); len -= 4, at += 4) {
        if (field == RECORDED && at >= filled)
            break;
        tl_ipv4(d, field);
    }
    if (len > 0 && tl_ok(d))
        tl_run(d, OPT_DATA, len);
}

static void timestamps(struct tl_dissection *d, uint32_t len)
{
    uint32_t filled = tl_u8(d, OPT_PTR), at = 5;
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    if (p == NULL)
        return;
    tl_add_all_bits(d, OPT_OVERFLOW, OPT_FLAG, d->c.off - 1, 1, p[0]);
    bool addresses = (p[0] & 0x0f) == 1 || (p[0] & 0x0f) == 3;
    uint32_t entry = addresses ? 8 : 4;
    for (len -= 2; len >= entry && at < filled && tl_ok(d); len -= entry, at += entry) {
        if (addresses)
            tl_ipv4(d, OPT_TIME_ADDR);
        tl_u32(d, OPT_TIME);
    }
    if (len > 0 && tl_ok(d))
        tl_run(d, OPT_DATA, len);
}

/* Reads one option. Returns false at the end of the list. */
static bool option(struct tl_dissection *d)
{
    uint8_t type = tl_u8(d, OPT_TYPE);
    if (type == TYPE_END || type == TYPE_NOP)
        return tl_ok(d) && type == TYPE_NOP;
    uint32_t len = tl_u8(d, OPT_LEN);
    if (tl_ok(d) && len < 2)
        tl_bad(d);
    if (!tl_ok(d))
        return false;
    len -= 2;
    if (type == TYPE_RECORD_ROUTE && len >= 1)
        route(d, RECORDED, len);
    else if ((type == TYPE_LOOSE_ROUTE || type == TYPE_STRICT_ROUTE) && len >= 1)
        route(d, SOURCE_ROUTE, len);
    else if (type == TYPE_TIMESTAMP && len >= 2)
        timestamps(d, len);
    else if (type == TYPE_ROUTER_ALERT && len == 2)
        tl_u16(d, OPT_ROUTER_ALERT);
    else if (type == TYPE_STREAM && len == 2)
        tl_u16(d, OPT_STREAM);
    else if ((type == TYPE_MTU_PROBE || type == TYPE_MTU_REPLY) && len == 2)
        tl_u16(d, OPT_MTU);
    else if (len > 0)
        tl_run(d, OPT_DATA, len);
    return tl_ok(d);
}

static void options(struct tl_dissection *d, uint32_t len)
{
    struct tl_part part = tl_part_begin(d, len);
    bool more = true;
    while (more && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t group = tl_group(d, OPTION);
        more = option(d);
        tl_group_end(d, group);
    }
    tl_part_end(d, part);
}

static void describe(struct tl_dissection *d, const uint8_t *p, uint32_t header, uint32_t total)
{
    uint16_t fragment = tl_load_be16(p + 6);
    *d->net = (struct tl_network){
        .version = 4,
        .protocol = p[9],
        .fragment = (fragment & (MORE_FRAGMENTS | OFFSET)) != 0,
        .more_fragments = (fragment & MORE_FRAGMENTS) != 0,
        .src = p + 12,
        .dst = p + 16,
        .total_len = total,
        .header_len = header,
        .frag_offset = (fragment & OFFSET) * 8u,
        .frag_id = tl_load_be16(p + 4),
    };
}

static enum tl_status ip_dissect(struct tl_dissection *d)
{
    const uint8_t *first = tl_cursor_peek(&d->c, 0, 1);
    if (first != NULL && (first[0] >> 4 != 4 || (first[0] & 0x0f) * 4 < HEADER)) {
        tl_add_bits(d, VERSION, d->c.off, 1, first[0]);
        if (first[0] >> 4 == 4)
            tl_add(d, HDR_LEN, d->c.off, 1, (first[0] & 0x0fu) * 4);
        tl_bad(d);
    }
    const uint8_t *p = tl_header(d, places, TL_COUNT(places), HEADER);
    if (p == NULL)
        return d->c.status;
    uint32_t header = (p[0] & 0x0fu) * 4, total = tl_load_be16(p + 2);
    uint32_t room = d->c.wire_end - d->start;
    if (total == 0) /* the length was left to a network card that segments packets */
        total = room;
    else if (d->frame->quoted && total > room) /* the quote contains only the beginning of the packet */
        d->c.wire_end = d->start + total;
    tl_limit(d, total, header);
    if (!tl_ok(d))
        return d->c.status;
    describe(d, p, header, total);
    const uint8_t *rest = tl_cursor_peek(&d->c, 0, header - HEADER);
    if (d->verify && !d->frame->quoted && rest != NULL) {
        if (TL_LIKELY(tl_checksum_header_ok(p, header)))
            d->net->checksum = TL_CHECKSUM_RIGHT;
        else
            d->net->checksum = !d->strict && tl_load_be16(p + CHECKSUM_AT) == 0 ? TL_CHECKSUM_OFFLOADED
                                                                                : TL_CHECKSUM_WRONG;
    }
    if (header > HEADER)
        options(d, header - HEADER);
    return tl_next(d, TL_ON_IP_PROTO, p[9]);
}

const struct tl_protocol tl_protocol_ip = {
    .name = "ip",
    .title = "Internet Protocol Version 4",
    .kind = TL_KIND_NETWORK,
    .info = "[{src} > {dst}][ {proto}][ Len={len}][ ID={id}][{frag_offset_bytes?} off={frag_offset_bytes}]"
            "[{flags.mf?} more fragments]",
    .dissect = ip_dissect,
    TL_TABLE(fields), TL_HEADER(places),
    .on = { { TL_ON_ETHERTYPE, 0x0800 },
            { TL_ON_LINKTYPE, 228 },
            { TL_ON_IP_PROTO, 4 },
            { TL_ON_IP_PROTO, 94 },
            { TL_ON_PPP, 0x0021 },
            { TL_ON_LLC_SAP, 0x06 } },
};
