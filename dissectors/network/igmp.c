/* igmp.c - Internet Group Management Protocol (RFC 1112, RFC 2236, RFC 9776). DVMRP and PIM v1 use the same number. */
#include "core/part.h"
#include "dissectors/header.h"

enum { TYPE, CODE, MAX_RESP, RESERVED, CHECKSUM, MADDR, S, QRV, QQIC, NUM_SRC, SADDR, NUM_RECORDS, RECORD, RECORD_TYPE,
       AUX_LEN, AUX, DATA };

static const struct tl_name types[] = {
    { 0x11, "Membership query" },
    { 0x12, "IGMPv1 membership report" },
    { 0x13, "DVMRP" },
    { 0x14, "PIMv1" },
    { 0x15, "Cisco trace" },
    { 0x16, "IGMPv2 membership report" },
    { 0x17, "IGMPv2 leave group" },
    { 0x1e, "Multicast traceroute response" },
    { 0x1f, "Multicast traceroute" },
    { 0x22, "IGMPv3 membership report" },
    { 0x24, "Multicast router advertisement" },
    { 0x25, "Multicast router solicitation" },
    { 0x26, "Multicast router termination" },
    { 0, NULL },
};
static const struct tl_name record_types[] = {
    { 1, "Mode is include" },      { 2, "Mode is exclude" },   { 3, "Change to include" },
    { 4, "Change to exclude" },    { 5, "Allow new sources" }, { 6, "Block old sources" },
    { 0, NULL },
};

static const struct tl_field fields[] = {
    [TYPE] = { "igmp.type", "Type", .type = TL_U8, .base = TL_HEX, .names = types },
    [CODE] = { "igmp.code", "Code", .type = TL_U8 },
    [MAX_RESP] = { "igmp.max_resp", "Maximum response time", .type = TL_U8, .help = "In tenths of a second" },
    [RESERVED] = { "igmp.reserved", "Reserved", .type = TL_BYTES, .flags = TL_REPEATS },
    [CHECKSUM] = { "igmp.checksum", "Checksum", .type = TL_U16, .base = TL_HEX },
    [MADDR] = { "igmp.maddr", "Group", .type = TL_IPV4 },
    [S] = { "igmp.s", "Suppress router-side processing", .type = TL_BOOL, .mask = 0x08 },
    [QRV] = { "igmp.qrv", "Querier's robustness", .type = TL_U8, .mask = 0x07 },
    [QQIC] = { "igmp.qqic", "Querier's query interval", .type = TL_U8 },
    [NUM_SRC] = { "igmp.num_src", "Sources", .type = TL_U16 },
    [SADDR] = { "igmp.saddr", "Source", .type = TL_IPV4, .flags = TL_REPEATS },
    [NUM_RECORDS] = { "igmp.num_grp_recs", "Group records", .type = TL_U16 },
    [RECORD] = { "igmp.record", "Group record", .type = TL_GROUP, .flags = TL_REPEATS },
    [RECORD_TYPE] = { "igmp.record_type", "Record type", .type = TL_U8, .names = record_types },
    [AUX_LEN] = { "igmp.aux_data_len", "Auxiliary data length", .type = TL_U8, .help = "In 32-bit words" },
    [AUX] = { "igmp.aux_data", "Auxiliary data", .type = TL_BYTES },
    [DATA] = { "igmp.data", "Data", .type = TL_BYTES },
};

enum { QUERY = 0x11, REPORT_1 = 0x12, DVMRP = 0x13, PIM_1 = 0x14, REPORT_2 = 0x16, LEAVE = 0x17, TRACE_RESPONSE = 0x1e,
       TRACE = 0x1f, REPORT_3 = 0x22 };

static void sources(struct tl_dissection *d, uint32_t count)
{
    for (; count > 0 && tl_ok(d); count--)
        tl_ipv4(d, SADDR);
}

static void query(struct tl_dissection *d)
{
    tl_u8(d, MAX_RESP);
    tl_u16(d, CHECKSUM);
    tl_ipv4(d, MADDR);
    if (tl_cursor_wire_left(&d->c) < 4) /* version 1 or 2 */
        return;
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    if (p != NULL)
        tl_add_all_bits(d, S, QRV, d->c.off - 1, 1, p[0]);
    tl_u8(d, QQIC);
    sources(d, tl_u16(d, NUM_SRC));
}

static void report(struct tl_dissection *d)
{
    tl_run(d, RESERVED, 1);
    tl_u16(d, CHECKSUM);
    tl_run(d, RESERVED, 2);
    for (uint32_t count = tl_u16(d, NUM_RECORDS); count > 0 && tl_ok(d); count--) {
        uint32_t group = tl_group(d, RECORD);
        tl_u8(d, RECORD_TYPE);
        uint32_t aux = tl_u8(d, AUX_LEN) * 4u, number = tl_u16(d, NUM_SRC);
        tl_ipv4(d, MADDR);
        sources(d, number);
        if (aux > 0)
            tl_run(d, AUX, aux);
        tl_group_end(d, group);
    }
}

static enum tl_status igmp_dissect(struct tl_dissection *d)
{
    uint8_t type = tl_u8(d, TYPE);
    if (d->wanted == NULL)
        return tl_next_none(d);
    struct tl_part part = tl_part_begin(d, tl_cursor_wire_left(&d->c));
    if (type == QUERY) {
        query(d);
    } else if (type == REPORT_3) {
        report(d);
    } else if (type == REPORT_1 || type == REPORT_2 || type == LEAVE) {
        tl_u8(d, MAX_RESP);
        tl_u16(d, CHECKSUM);
        tl_ipv4(d, MADDR);
    } else {
        tl_u8(d, CODE);
        tl_u16(d, CHECKSUM);
        if (type == TRACE || type == TRACE_RESPONSE)
            tl_ipv4(d, MADDR);
    }
    if (tl_ok(d) && tl_cursor_left(&d->c) > 0)
        tl_run(d, DATA, tl_cursor_left(&d->c));
    tl_part_close(d, part);
    return tl_next_none(d);
}

const struct tl_protocol tl_protocol_igmp = {
    .name = "igmp",
    .title = "Internet Group Management Protocol",
    .kind = TL_KIND_LAYER,
    .info = "{type}[ {maddr,}]",
    .dissect = igmp_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_IP_PROTO, 2 } },
};
