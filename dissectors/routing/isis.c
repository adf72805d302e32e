/*
 * isis.c - Intermediate System to Intermediate System (ISO/IEC 10589 section 9): hellos, link state and sequence number
 * PDUs with the TLVs of RFC 1195, 5303, 5304, 5305, 5308 and 5120.
 */
#include "core/part.h"
#include "dissectors/header.h"

#include <stdio.h>

static const struct tl_name types[] = {
    { 15, "L1 hello" }, { 16, "L2 hello" }, { 17, "P2P hello" }, { 18, "L1 LSP" }, { 20, "L2 LSP" },
    { 24, "L1 CSNP" }, { 25, "L2 CSNP" }, { 26, "L1 PSNP" }, { 27, "L2 PSNP" }, { 0, NULL },
};
static const struct tl_name circuits[] = {
    { 0, "Reserved" }, { 1, "Level 1" }, { 2, "Level 2" }, { 3, "Level 1 and 2" }, { 0, NULL },
};
static const struct tl_name tlvs[] = {
    { 1, "Area addresses" }, { 2, "IS reachability" }, { 3, "ES neighbors" }, { 6, "IS neighbors" }, { 8, "Padding" },
    { 9, "LSP entries" }, { 10, "Authentication" }, { 11, "ESN" }, { 12, "Checksum" }, { 13, "Purge originator" },
    { 14, "LSP buffer size" }, { 22, "Extended IS reachability" }, { 128, "IP internal reachability" },
    { 129, "Protocols supported" }, { 130, "IP external reachability" }, { 132, "IP interface addresses" },
    { 133, "IP authentication" }, { 134, "Traffic engineering router id" }, { 135, "Extended IP reachability" },
    { 137, "Host name" }, { 138, "Shared risk link group" }, { 140, "IPv6 traffic engineering router id" },
    { 148, "BFD enabled" }, { 149, "SID binding" }, { 211, "Restart signaling" },
    { 222, "Multi-topology IS reachability" }, { 229, "Multi-topology" }, { 232, "IPv6 interface addresses" },
    { 233, "IPv6 global interface addresses" }, { 235, "Multi-topology IP reachability" },
    { 236, "IPv6 reachability" }, { 237, "Multi-topology IPv6 reachability" },
    { 240, "Point-to-point adjacency state" }, { 242, "Router capability" }, { 250, "Experimental" }, { 0, NULL },
};
static const struct tl_name adjacencies[] = {
    { 0, "Up" }, { 1, "Initializing" }, { 2, "Down" }, { 0, NULL },
};
static const struct tl_name auths[] = {
    { 1, "Password" }, { 3, "Generic cryptographic" }, { 54, "HMAC-MD5" }, { 0, NULL },
};

enum { IRPD, HEADER_LEN, PROTOCOL_VERSION, ID_LENGTH, RESERVED_BITS, TYPE, VERSION2, RESERVED, MAX_AREAS,
       HELLO_RESERVED, CIRCUIT, HELLO_SOURCE, HELLO_HOLD, HELLO_LENGTH, HELLO_PRIORITY, HELLO_LAN, HELLO_CIRCUIT,
       LSP_LENGTH, LSP_LIFE, LSP_ID, LSP_SEQ, LSP_SUM, LSP_P, LSP_ATT, LSP_OVERLOAD, LSP_IS, CSNP_LENGTH,
       CSNP_SOURCE, CSNP_CIRCUIT, CSNP_START, CSNP_END, PSNP_LENGTH, PSNP_SOURCE, PSNP_CIRCUIT, TLV, HELLO_TLV,
       HELLO_TLV_LENGTH, LSP_TLV, LSP_TLV_LENGTH, CSNP_TLV, CSNP_TLV_LENGTH, PSNP_TLV, PSNP_TLV_LENGTH, HELLO_AREA,
       LSP_AREA, HELLO_NEIGHBOR, HELLO_NLPID, LSP_NLPID, HELLO_IPV4, LSP_IPV4, HELLO_IPV6, LSP_IPV6, HELLO_SUM,
       RESTART, RESTART_SA, RESTART_RA, RESTART_RR, RESTART_TIME, RESTART_NEIGHBOR, ADJACENCY, ADJ_CIRCUIT,
       ADJ_NEIGHBOR, ADJ_NEIGHBOR_CIRCUIT, HOSTNAME, TE_ROUTER, TE_ROUTER6, BUFFER, REACH, IS_NEIGHBOR, IS_METRIC,
       EIS_NEIGHBOR, EIS_METRIC, EIS_SUB_LENGTH, EIS_SUB, IP_METRIC, IP_PREFIX, IP_MASK, EIP_METRIC, EIP_DOWN,
       EIP_SUB, EIP_LENGTH, EIP_PREFIX, IPV6_METRIC, IPV6_DOWN, IPV6_EXTERNAL, IPV6_SUB, IPV6_RESERVED, IPV6_LENGTH,
       IPV6_PREFIX, MTID, ENTRY_SEQ, ENTRY_LIFE, ENTRY_ID, ENTRY_SUM, AUTH, PASSWORD, AUTH_DATA, VALUE };
static const struct tl_field fields[] = {
    [IRPD] = { "isis.irpd", "Protocol discriminator", .type = TL_U8, .base = TL_HEX },
    [HEADER_LEN] = { "isis.len", "Header length", .type = TL_U8, .unit = "bytes" },
    [PROTOCOL_VERSION] = { "isis.version", "Version", .type = TL_U8 },
    [ID_LENGTH] = { "isis.sysid_len", "System id length", .type = TL_U8 },
    [RESERVED_BITS] = { "isis.type.reserved", "Reserved", .type = TL_U8, .base = TL_HEX, .mask = 0xe0 },
    [TYPE] = { "isis.type", "Type", .type = TL_U8, .mask = 0x1f, .names = types },
    [VERSION2] = { "isis.version2", "Version", .type = TL_U8 },
    [RESERVED] = { "isis.reserved", "Reserved", .type = TL_U8 },
    [MAX_AREAS] = { "isis.max_area_adr", "Maximum area addresses", .type = TL_U8 },
    [HELLO_RESERVED] = { "isis.hello.reserved", "Reserved", .type = TL_U8, .base = TL_HEX, .mask = 0xfc },
    [CIRCUIT] = { "isis.hello.circuit_type", "Circuit type", .type = TL_U8, .base = TL_HEX, .mask = 0x3,
                  .names = circuits },
    [HELLO_SOURCE] = { "isis.hello.source_id", "Source", .type = TL_TEXT },
    [HELLO_HOLD] = { "isis.hello.holding_timer", "Holding timer", .type = TL_U16, .unit = "s" },
    [HELLO_LENGTH] = { "isis.hello.pdu_length", "PDU length", .type = TL_U16, .unit = "bytes" },
    [HELLO_PRIORITY] = { "isis.hello.priority", "Priority", .type = TL_U8, .mask = 0x7f },
    [HELLO_LAN] = { "isis.hello.lan_id", "Designated system", .type = TL_TEXT },
    [HELLO_CIRCUIT] = { "isis.hello.local_circuit_id", "Local circuit", .type = TL_U8 },
    [LSP_LENGTH] = { "isis.lsp.pdu_length", "PDU length", .type = TL_U16, .unit = "bytes" },
    [LSP_LIFE] = { "isis.lsp.remaining_life", "Remaining lifetime", .type = TL_U16, .unit = "s" },
    [LSP_ID] = { "isis.lsp.lsp_id", "LSP", .type = TL_TEXT },
    [LSP_SEQ] = { "isis.lsp.sequence_number", "Sequence number", .type = TL_U32, .base = TL_HEX },
    [LSP_SUM] = { "isis.lsp.checksum", "Checksum", .type = TL_U16, .base = TL_HEX },
    [LSP_P] = { "isis.lsp.partition_repair", "Partition repair", .type = TL_BOOL, .mask = 0x80 },
    [LSP_ATT] = { "isis.lsp.att", "Attached", .type = TL_U8, .mask = 0x78 },
    [LSP_OVERLOAD] = { "isis.lsp.overload", "Overload", .type = TL_BOOL, .mask = 0x4 },
    [LSP_IS] = { "isis.lsp.is_type", "System type", .type = TL_U8, .mask = 0x3, .names = circuits },
    [CSNP_LENGTH] = { "isis.csnp.pdu_length", "PDU length", .type = TL_U16, .unit = "bytes" },
    [CSNP_SOURCE] = { "isis.csnp.source_id", "Source", .type = TL_TEXT },
    [CSNP_CIRCUIT] = { "isis.csnp.source_circuit", "Source circuit", .type = TL_BYTES },
    [CSNP_START] = { "isis.csnp.start_lsp_id", "First LSP", .type = TL_TEXT },
    [CSNP_END] = { "isis.csnp.end_lsp_id", "Last LSP", .type = TL_TEXT },
    [PSNP_LENGTH] = { "isis.psnp.pdu_length", "PDU length", .type = TL_U16, .unit = "bytes" },
    [PSNP_SOURCE] = { "isis.psnp.source_id", "Source", .type = TL_TEXT },
    [PSNP_CIRCUIT] = { "isis.psnp.source_circuit", "Source circuit", .type = TL_BYTES },
    [TLV] = { "isis.tlv", "TLV", .type = TL_GROUP, .flags = TL_REPEATS },
    [HELLO_TLV] = { "isis.hello.clv.type", "Type", .type = TL_U8, .names = tlvs },
    [HELLO_TLV_LENGTH] = { "isis.hello.clv.length", "Length", .type = TL_U8, .unit = "bytes" },
    [LSP_TLV] = { "isis.lsp.clv.type", "Type", .type = TL_U8, .names = tlvs },
    [LSP_TLV_LENGTH] = { "isis.lsp.clv.length", "Length", .type = TL_U8, .unit = "bytes" },
    [CSNP_TLV] = { "isis.csnp.clv.type", "Type", .type = TL_U8, .names = tlvs },
    [CSNP_TLV_LENGTH] = { "isis.csnp.clv.length", "Length", .type = TL_U8, .unit = "bytes" },
    [PSNP_TLV] = { "isis.psnp.clv.type", "Type", .type = TL_U8, .names = tlvs },
    [PSNP_TLV_LENGTH] = { "isis.psnp.clv.length", "Length", .type = TL_U8, .unit = "bytes" },
    [HELLO_AREA] = { "isis.hello.area_address", "Area address", .type = TL_BYTES, .flags = TL_REPEATS },
    [LSP_AREA] = { "isis.lsp.area_address", "Area address", .type = TL_BYTES, .flags = TL_REPEATS },
    [HELLO_NEIGHBOR] = { "isis.hello.is_neighbor", "Neighbor", .type = TL_MAC, .flags = TL_REPEATS },
    [HELLO_NLPID] = { "isis.hello.clv_nlpid.nlpid", "Protocol", .type = TL_U8, .base = TL_HEX, .flags = TL_REPEATS },
    [LSP_NLPID] = { "isis.lsp.clv_nlpid.nlpid", "Protocol", .type = TL_U8, .base = TL_HEX, .flags = TL_REPEATS },
    [HELLO_IPV4] = { "isis.hello.clv_ipv4_int_addr", "Interface address", .type = TL_IPV4, .flags = TL_REPEATS },
    [LSP_IPV4] = { "isis.lsp.clv_ipv4_int_addr", "Interface address", .type = TL_IPV4, .flags = TL_REPEATS },
    [HELLO_IPV6] = { "isis.hello.clv_ipv6_int_addr", "Interface address", .type = TL_IPV6, .flags = TL_REPEATS },
    [LSP_IPV6] = { "isis.lsp.clv_ipv6_int_addr", "Interface address", .type = TL_IPV6, .flags = TL_REPEATS },
    [HELLO_SUM] = { "isis.hello.checksum", "Checksum", .type = TL_U16, .base = TL_HEX },
    [RESTART] = { "isis.hello.clv_restart_flags", "Restart flags", .type = TL_U8, .base = TL_HEX },
    [RESTART_SA] = { "isis.hello.clv_restart_flags.sa", "Suppress adjacency", .type = TL_BOOL, .mask = 0x4 },
    [RESTART_RA] = { "isis.hello.clv_restart_flags.ra", "Restart acknowledged", .type = TL_BOOL, .mask = 0x2 },
    [RESTART_RR] = { "isis.hello.clv_restart_flags.rr", "Restart requested", .type = TL_BOOL, .mask = 0x1 },
    [RESTART_TIME] = { "isis.hello.clv_restart.remain_time", "Remaining time", .type = TL_U16, .unit = "s" },
    [RESTART_NEIGHBOR] = { "isis.hello.clv_restart.neighbor", "Neighbor", .type = TL_TEXT },
    [ADJACENCY] = { "isis.hello.adjacency_state", "Adjacency state", .type = TL_U8, .names = adjacencies },
    [ADJ_CIRCUIT] = { "isis.hello.extended_local_circuit_id", "Local circuit", .type = TL_U32, .base = TL_HEX },
    [ADJ_NEIGHBOR] = { "isis.hello.neighbor_systemid", "Neighbor", .type = TL_TEXT },
    [ADJ_NEIGHBOR_CIRCUIT] = { "isis.hello.neighbor_extended_local_circuit_id", "Neighbor's circuit", .type = TL_U32,
                               .base = TL_HEX },
    [HOSTNAME] = { "isis.lsp.hostname", "Host name", .type = TL_TEXT },
    [TE_ROUTER] = { "isis.lsp.clv_te_router_id", "Traffic engineering router id", .type = TL_IPV4 },
    [TE_ROUTER6] = { "isis.lsp.clv_ipv6_te_router_id", "Traffic engineering router id", .type = TL_IPV6 },
    [BUFFER] = { "isis.lsp.originating_lsp_buffer_size", "LSP buffer size", .type = TL_U16, .unit = "bytes" },
    [REACH] = { "isis.reachability", "Reachability", .type = TL_GROUP, .flags = TL_REPEATS },
    [IS_NEIGHBOR] = { "isis.lsp.eis_neighbors.is_neighbor", "Neighbor", .type = TL_TEXT },
    [IS_METRIC] = { "isis.lsp.eis_neighbors.default_metric", "Metric", .type = TL_U8, .mask = 0x3f },
    [EIS_NEIGHBOR] = { "isis.lsp.ext_is_reachability.is_neighbor_id", "Neighbor", .type = TL_TEXT },
    [EIS_METRIC] = { "isis.lsp.ext_is_reachability.metric", "Metric", .type = TL_U24 },
    [EIS_SUB_LENGTH] = { "isis.lsp.ext_is_reachability.sub_length", "Sub-TLVs length", .type = TL_U8,
                         .unit = "bytes" },
    [EIS_SUB] = { "isis.lsp.ext_is_reachability.sub_data", "Sub-TLVs", .type = TL_BYTES },
    [IP_METRIC] = { "isis.lsp.ip_reachability.default_metric", "Metric", .type = TL_U8, .mask = 0x3f },
    [IP_PREFIX] = { "isis.lsp.ip_reachability.ipv4_prefix", "Prefix", .type = TL_IPV4 },
    [IP_MASK] = { "isis.lsp.ip_reachability.mask", "Mask", .type = TL_IPV4 },
    [EIP_METRIC] = { "isis.lsp.ext_ip_reachability.metric", "Metric", .type = TL_U32 },
    [EIP_DOWN] = { "isis.lsp.ext_ip_reachability.distribution", "Distributed down", .type = TL_BOOL, .mask = 0x80 },
    [EIP_SUB] = { "isis.lsp.ext_ip_reachability.subtlv", "Sub-TLVs", .type = TL_BOOL, .mask = 0x40 },
    [EIP_LENGTH] = { "isis.lsp.ext_ip_reachability.prefix_length", "Prefix length", .type = TL_U8, .mask = 0x3f,
                     .unit = "bits" },
    [EIP_PREFIX] = { "isis.lsp.ext_ip_reachability.ipv4_prefix", "Prefix", .type = TL_IPV4 },
    [IPV6_METRIC] = { "isis.lsp.ipv6_reachability.metric", "Metric", .type = TL_U32 },
    [IPV6_DOWN] = { "isis.lsp.ipv6_reachability.distribution", "Distributed down", .type = TL_BOOL, .mask = 0x80 },
    [IPV6_EXTERNAL] = { "isis.lsp.ipv6_reachability.distribution_internal", "External", .type = TL_BOOL,
                        .mask = 0x40 },
    [IPV6_SUB] = { "isis.lsp.ipv6_reachability.subtlv", "Sub-TLVs", .type = TL_BOOL, .mask = 0x20 },
    [IPV6_RESERVED] = { "isis.lsp.ipv6_reachability.reserved_bits", "Reserved", .type = TL_U8, .base = TL_HEX,
                        .mask = 0x1f },
    [IPV6_LENGTH] = { "isis.lsp.ipv6_reachability.prefix_length", "Prefix length", .type = TL_U8, .unit = "bits" },
    [IPV6_PREFIX] = { "isis.lsp.ipv6_reachability.ipv6_prefix", "Prefix", .type = TL_IPV6 },
    [MTID] = { "isis.lsp.mtid", "Topology", .type = TL_U16, .mask = 0xfff, .flags = TL_REPEATS },
    [ENTRY_SEQ] = { "isis.csnp.lsp_seq_num", "Sequence number", .type = TL_U32, .base = TL_HEX },
    [ENTRY_LIFE] = { "isis.csnp.lsp_remain_life", "Remaining lifetime", .type = TL_U16, .unit = "s" },
    [ENTRY_ID] = { "isis.csnp.lsp_id", "LSP", .type = TL_TEXT },
    [ENTRY_SUM] = { "isis.csnp.lsp_checksum", "Checksum", .type = TL_U16, .base = TL_HEX },
    [AUTH] = { "isis.auth.type", "Authentication type", .type = TL_U8, .names = auths },
    [PASSWORD] = { "isis.auth.password", "Password", .type = TL_TEXT, .secret = TL_SECRET_WHOLE },
    [AUTH_DATA] = { "isis.auth.data", "Authentication data", .type = TL_BYTES },
    [VALUE] = { "isis.tlv.value", "Value", .type = TL_BYTES },
};

enum { L1_HELLO = 15, L2_HELLO, P2P_HELLO, L1_LSP, L2_LSP = 20, L1_CSNP = 24, L2_CSNP, L1_PSNP, L2_PSNP, SYSTEM = 6,
       NODE = 7, LSP_NAME = 8 };
enum { AREAS = 1, IS_REACH = 2, NEIGHBORS = 6, PADDING = 8, ENTRIES = 9, AUTHENTICATION = 10, CHECKSUM = 12,
       BUFFER_SIZE = 14, EXTENDED_IS = 22, IP_INTERNAL = 128, PROTOCOLS = 129, IP_EXTERNAL = 130, IP_ADDRESSES = 132,
       TE_ID = 134, EXTENDED_IP = 135, HOST_NAME = 137, TE_ID6 = 140, RESTART_TLV = 211, MT_IS = 222,
       IPV6_ADDRESSES = 232, MT_IP = 235, IPV6_REACH = 236, MT_IPV6 = 237, P2P_STATE = 240 };

/* Which of the four kinds of PDUs, for the keys of their TLVs. */
enum kind { HELLO, LSP, CSNP, PSNP };

/* Reads the id of a system, of one of its circuits, or of an LSP, as text. */
static void identifier(struct tl_dissection *d, unsigned field, uint32_t size)
{
    char text[24];
    const uint8_t *p = tl_cursor_take(&d->c, size);
    if (p == NULL || !tl_wants(d, field))
        return;
    int len = snprintf(text, sizeof text, "%02x%02x.%02x%02x.%02x%02x", p[0], p[1], p[2], p[3], p[4], p[5]);
    if (size >= NODE)
        len += snprintf(text + len, sizeof text - (size_t)len, ".%02x", p[6]);
    if (size >= LSP_NAME)
        len += snprintf(text + len, sizeof text - (size_t)len, "-%02x", p[7]);
    tl_add_text(d, field, d->c.off - size, size, text, (uint32_t)len);
}

/* --- values --- */

static void areas(struct tl_dissection *d, unsigned field)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        const uint8_t *p = tl_cursor_take(&d->c, 1);
        if (p != NULL && p[0] > 0)
            tl_run(d, field, p[0]);
    }
}

/* Metrics of four kinds and a neighbor (ISO/IEC 10589 section 9.8). */
static void is_reachability(struct tl_dissection *d)
{
    tl_skip(d, 1);
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t group = tl_group(d, REACH);
        tl_bits(d, 1, IS_METRIC, IS_METRIC);
        tl_skip(d, 3);
        identifier(d, IS_NEIGHBOR, NODE);
        tl_group_end(d, group);
    }
}

/* RFC 5305 section 3. */
static void extended_is(struct tl_dissection *d)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t group = tl_group(d, REACH);
        identifier(d, EIS_NEIGHBOR, NODE);
        tl_u24(d, EIS_METRIC);
        uint32_t len = tl_u8(d, EIS_SUB_LENGTH);
        if (tl_ok(d) && len > 0)
            tl_run(d, EIS_SUB, len);
        tl_group_end(d, group);
    }
}

/* RFC 1195 section 5.3.1. */
static void ip_reachability(struct tl_dissection *d)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t group = tl_group(d, REACH);
        tl_bits(d, 1, IP_METRIC, IP_METRIC);
        tl_skip(d, 3);
        tl_ipv4(d, IP_PREFIX);
        tl_ipv4(d, IP_MASK);
        tl_group_end(d, group);
    }
}

static void sub_tlvs(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    if (p != NULL)
        tl_skip(d, p[0]);
}

/* RFC 5305 section 4. */
static void extended_ip(struct tl_dissection *d)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t group = tl_group(d, REACH);
        tl_u32(d, EIP_METRIC);
        uint32_t control = tl_bits(d, 1, EIP_DOWN, EIP_LENGTH);
        if (tl_ok(d))
            tl_prefix(d, EIP_PREFIX, 4, control & 0x3f);
        if ((control & 0x40) != 0)
            sub_tlvs(d);
        tl_group_end(d, group);
    }
}

/* RFC 5308 section 2. */
static void ipv6_reachability(struct tl_dissection *d)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t group = tl_group(d, REACH);
        tl_u32(d, IPV6_METRIC);
        uint32_t control = tl_bits(d, 1, IPV6_DOWN, IPV6_RESERVED);
        uint32_t bits = tl_u8(d, IPV6_LENGTH);
        if (tl_ok(d))
            tl_prefix(d, IPV6_PREFIX, 16, bits);
        if ((control & 0x20) != 0)
            sub_tlvs(d);
        tl_group_end(d, group);
    }
}

static void entries(struct tl_dissection *d)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t group = tl_group(d, REACH);
        tl_u16(d, ENTRY_LIFE);
        identifier(d, ENTRY_ID, LSP_NAME);
        tl_u32(d, ENTRY_SEQ);
        tl_u16(d, ENTRY_SUM);
        tl_group_end(d, group);
    }
}

static void authentication(struct tl_dissection *d)
{
    uint8_t type = tl_u8(d, AUTH);
    if (type == 1) {
        tl_hide(d, (struct tl_bytes){ d->c.base + d->c.off, tl_cursor_left(&d->c) });
        tl_run_left(d, PASSWORD);
    } else {
        tl_run_left(d, AUTH_DATA);
    }
}

/* RFC 5306 section 3.1. */
static void restart(struct tl_dissection *d)
{
    tl_flags8(d, RESTART, RESTART_RR);
    if (tl_cursor_wire_left(&d->c) >= 2)
        tl_u16(d, RESTART_TIME);
    if (tl_cursor_wire_left(&d->c) >= SYSTEM)
        identifier(d, RESTART_NEIGHBOR, SYSTEM);
}

/* RFC 5303 section 3.1. */
static void adjacency(struct tl_dissection *d)
{
    tl_u8(d, ADJACENCY);
    if (tl_cursor_wire_left(&d->c) >= 4)
        tl_u32(d, ADJ_CIRCUIT);
    if (tl_cursor_wire_left(&d->c) >= SYSTEM)
        identifier(d, ADJ_NEIGHBOR, SYSTEM);
    if (tl_cursor_wire_left(&d->c) >= 4)
        tl_u32(d, ADJ_NEIGHBOR_CIRCUIT);
}

static void each(struct tl_dissection *d, unsigned field, uint32_t size)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        if (size == 1)
            tl_u8(d, field);
        else
            tl_run(d, field, size);
    }
}

static bool hello_value(struct tl_dissection *d, uint8_t type)
{
    switch (type) {
    case AREAS:
        areas(d, HELLO_AREA);
        return true;
    case NEIGHBORS:
        each(d, HELLO_NEIGHBOR, 6);
        return true;
    case PROTOCOLS:
        each(d, HELLO_NLPID, 1);
        return true;
    case IP_ADDRESSES:
        each(d, HELLO_IPV4, 4);
        return true;
    case IPV6_ADDRESSES:
        each(d, HELLO_IPV6, 16);
        return true;
    case CHECKSUM:
        tl_u16(d, HELLO_SUM);
        return true;
    case RESTART_TLV:
        restart(d);
        return true;
    case P2P_STATE:
        adjacency(d);
        return true;
    default:
        return false;
    }
}

static bool reachability(struct tl_dissection *d, uint8_t type)
{
    if (type == MT_IS || type == MT_IP || type == MT_IPV6) /* RFC 5120 section 7 */
        tl_bits(d, 2, MTID, MTID);
    switch (type) {
    case IS_REACH:
        is_reachability(d);
        return true;
    case EXTENDED_IS:
    case MT_IS:
        extended_is(d);
        return true;
    case IP_INTERNAL:
    case IP_EXTERNAL:
        ip_reachability(d);
        return true;
    case EXTENDED_IP:
    case MT_IP:
        extended_ip(d);
        return true;
    case IPV6_REACH:
    case MT_IPV6:
        ipv6_reachability(d);
        return true;
    default:
        return false;
    }
}

static bool lsp_value(struct tl_dissection *d, uint8_t type)
{
    switch (type) {
    case AREAS:
        areas(d, LSP_AREA);
        return true;
    case PROTOCOLS:
        each(d, LSP_NLPID, 1);
        return true;
    case IP_ADDRESSES:
        each(d, LSP_IPV4, 4);
        return true;
    case IPV6_ADDRESSES:
        each(d, LSP_IPV6, 16);
        return true;
    case HOST_NAME:
        tl_run_left(d, HOSTNAME);
        return true;
    case TE_ID:
        tl_ipv4(d, TE_ROUTER);
        return true;
    case TE_ID6:
        tl_ipv6(d, TE_ROUTER6);
        return true;
    case BUFFER_SIZE:
        tl_u16(d, BUFFER);
        return true;
    default:
        return reachability(d, type);
    }
}

static void value(struct tl_dissection *d, enum kind kind, uint8_t type)
{
    if (type == AUTHENTICATION) {
        authentication(d);
        return;
    }
    if (type == PADDING || (kind == HELLO && hello_value(d, type)) || (kind == LSP && lsp_value(d, type)))
        return;
    if ((kind == CSNP || kind == PSNP) && type == ENTRIES)
        entries(d);
    else
        tl_run_left(d, VALUE);
}

static void tlvs_of(struct tl_dissection *d, enum kind kind)
{
    static const uint8_t types_of[] = { HELLO_TLV, LSP_TLV, CSNP_TLV, PSNP_TLV };
    static const uint8_t lengths_of[] = { HELLO_TLV_LENGTH, LSP_TLV_LENGTH, CSNP_TLV_LENGTH, PSNP_TLV_LENGTH };
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t group = tl_group(d, TLV);
        uint8_t type = tl_u8(d, types_of[kind]);
        struct tl_part part = tl_part_begin(d, tl_u8(d, lengths_of[kind]));
        if (tl_ok(d))
            value(d, kind, type);
        tl_part_end(d, part);
        tl_group_end(d, group);
    }
}

/* --- PDUs --- */

/* Limits the cursor to the PDU: the length field, whose header began at `start`. */
static void limit(struct tl_dissection *d, uint32_t len)
{
    if (tl_ok(d))
        tl_limit(d, len, d->c.off - d->start);
}

static void hello(struct tl_dissection *d, uint8_t type)
{
    tl_bits(d, 1, HELLO_RESERVED, CIRCUIT);
    identifier(d, HELLO_SOURCE, SYSTEM);
    tl_u16(d, HELLO_HOLD);
    limit(d, tl_u16(d, HELLO_LENGTH));
    if (type == P2P_HELLO) {
        tl_u8(d, HELLO_CIRCUIT);
    } else {
        tl_bits(d, 1, HELLO_PRIORITY, HELLO_PRIORITY);
        identifier(d, HELLO_LAN, NODE);
    }
    tlvs_of(d, HELLO);
}

static void link_state(struct tl_dissection *d)
{
    limit(d, tl_u16(d, LSP_LENGTH));
    tl_u16(d, LSP_LIFE);
    identifier(d, LSP_ID, LSP_NAME);
    tl_u32(d, LSP_SEQ);
    tl_u16(d, LSP_SUM);
    tl_bits(d, 1, LSP_P, LSP_IS);
    tlvs_of(d, LSP);
}

static void sequence_numbers(struct tl_dissection *d, bool complete)
{
    limit(d, tl_u16(d, complete ? CSNP_LENGTH : PSNP_LENGTH));
    identifier(d, complete ? CSNP_SOURCE : PSNP_SOURCE, SYSTEM);
    tl_run(d, complete ? CSNP_CIRCUIT : PSNP_CIRCUIT, 1);
    if (complete) {
        identifier(d, CSNP_START, LSP_NAME);
        identifier(d, CSNP_END, LSP_NAME);
    }
    tlvs_of(d, complete ? CSNP : PSNP);
}

static void pdu(struct tl_dissection *d, uint8_t type)
{
    switch (type) {
    case L1_HELLO:
    case L2_HELLO:
    case P2P_HELLO:
        hello(d, type);
        break;
    case L1_LSP:
    case L2_LSP:
        link_state(d);
        break;
    case L1_CSNP:
    case L2_CSNP:
        sequence_numbers(d, true);
        break;
    case L1_PSNP:
    case L2_PSNP:
        sequence_numbers(d, false);
        break;
    default:
        break;
    }
}

static enum tl_status isis_dissect(struct tl_dissection *d)
{
    tl_u8(d, IRPD);
    tl_u8(d, HEADER_LEN);
    tl_u8(d, PROTOCOL_VERSION);
    uint8_t id_length = tl_u8(d, ID_LENGTH);
    uint32_t type = tl_bits(d, 1, RESERVED_BITS, TYPE);
    tl_u8(d, VERSION2);
    tl_u8(d, RESERVED);
    tl_u8(d, MAX_AREAS);
    if (!tl_ok(d) || d->wanted == NULL || (id_length != 0 && id_length != SYSTEM)) /* 0: six bytes */
        return tl_next_none(d);
    struct tl_part part = tl_part_begin(d, tl_cursor_wire_left(&d->c));
    pdu(d, type & 0x1f);
    tl_part_close(d, part);
    return tl_next_none(d);
}

const struct tl_protocol tl_protocol_isis = {
    .name = "isis",
    .title = "Intermediate System to Intermediate System",
    .kind = TL_KIND_LAYER,
    .has_secrets = true,
    .info = "{type}[ {hello.source_id}][ {lsp.lsp_id}][ seq {lsp.sequence_number}][ {csnp.source_id}]"
            "[ {psnp.source_id}][ {lsp.hostname}]",
    .dissect = isis_dissect,
    TL_TABLE(fields),
};
