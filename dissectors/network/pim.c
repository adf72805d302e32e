/* pim.c - Protocol Independent Multicast, version 2 (RFC 7761 section 4.9, RFC 3973, RFC 5059). */
#include "core/part.h"
#include "dissectors/header.h"

static const struct tl_name types[] = {
    { 0, "Hello" }, { 1, "Register" }, { 2, "Register-Stop" }, { 3, "Join/Prune" }, { 4, "Bootstrap" },
    { 5, "Assert" }, { 6, "Graft" }, { 7, "Graft-Ack" }, { 8, "Candidate-RP-Advertisement" }, { 9, "State-Refresh" },
    { 10, "DF Election" }, { 12, "PIM flooding mechanism" }, { 13, "Register extension" }, { 0, NULL },
};
static const struct tl_name options[] = {
    { 1, "Hold time" }, { 2, "LAN prune delay" }, { 19, "DR priority" }, { 20, "Generation id" },
    { 21, "State refresh capable" }, { 22, "Bidirectional capable" }, { 24, "Address list" },
    { 26, "Join attribute" }, { 0, NULL },
};
static const struct tl_name families[] = {
    { 1, "IPv4" }, { 2, "IPv6" }, { 0, NULL },
};

enum { VERSION, TYPE, RESERVED, CHECKSUM, FLAGS, BORDER, NULL_REGISTER, OPTION, OPTION_TYPE, OPTION_LENGTH,
       OPTION_VALUE, HOLD, T, PROPAGATION, OVERRIDE, DR_PRIORITY, GENERATION, REFRESH_VERSION, REFRESH_INTERVAL,
       REFRESH_RESERVED, FAMILY, ENCODING, GROUP_FLAGS, GROUP_B, GROUP_RESERVED, GROUP_Z, SOURCE_FLAGS,
       SOURCE_RESERVED, SOURCE_S, SOURCE_W, SOURCE_R, MASK_LENGTH, LIST, LIST6, GROUP, GROUP6, SOURCE, SOURCE6,
       UPSTREAM, UPSTREAM6, GROUPS, JOINS, PRUNES, JOIN, JOIN6, PRUNE, PRUNE6, FRAGMENT, HASH_LENGTH, BSR_PRIORITY,
       BSR, BSR6, RP_COUNT, FRP_COUNT, RP, RP6, PRIORITY, PREFIX_COUNT, RPT, METRIC_PREFERENCE, METRIC, ORIGINATOR,
       ORIGINATOR6, TTL, PRUNE_INDICATOR, PRUNE_NOW, ASSERT_OVERRIDE, INTERVAL, DATA };
static const struct tl_field fields[] = {
    [VERSION] = { "pim.version", "Version", .type = TL_U8, .mask = 0xf0 },
    [TYPE] = { "pim.type", "Type", .type = TL_U8, .mask = 0xf, .names = types },
    [RESERVED] = { "pim.res_bytes", "Reserved", .type = TL_BYTES },
    [CHECKSUM] = { "pim.cksum", "Checksum", .type = TL_U16, .base = TL_HEX },
    [FLAGS] = { "pim.register_flag", "Flags", .type = TL_U32, .base = TL_HEX },
    [BORDER] = { "pim.register_flag.border", "Border", .type = TL_BOOL, .mask = 0x80000000 },
    [NULL_REGISTER] = { "pim.register_flag.null_register", "Null-Register", .type = TL_BOOL, .mask = 0x40000000 },
    [OPTION] = { "pim.option", "Option", .type = TL_GROUP, .flags = TL_REPEATS },
    [OPTION_TYPE] = { "pim.optiontype", "Type", .type = TL_U16, .names = options },
    [OPTION_LENGTH] = { "pim.optionlength", "Length", .type = TL_U16, .unit = "bytes" },
    [OPTION_VALUE] = { "pim.optionvalue", "Value", .type = TL_BYTES },
    [HOLD] = { "pim.holdtime", "Hold time", .type = TL_U16, .flags = TL_REPEATS, .unit = "s" },
    [T] = { "pim.t", "Tracking", .type = TL_BOOL, .mask = 0x80 },
    [PROPAGATION] = { "pim.propagation_delay", "Propagation delay", .type = TL_U16, .mask = 0x7fff, .unit = "ms" },
    [OVERRIDE] = { "pim.override_interval", "Override interval", .type = TL_U16, .unit = "ms" },
    [DR_PRIORITY] = { "pim.dr_priority", "DR priority", .type = TL_U32 },
    [GENERATION] = { "pim.generation_id", "Generation id", .type = TL_U32, .base = TL_HEX },
    [REFRESH_VERSION] = { "pim.state_refresh_version", "Version", .type = TL_U8 },
    [REFRESH_INTERVAL] = { "pim.state_refresh_interval", "Interval", .type = TL_U8, .unit = "s" },
    [REFRESH_RESERVED] = { "pim.state_refresh_reserved", "Reserved", .type = TL_U16 },
    [FAMILY] = { "pim.addr_address_family", "Address family", .type = TL_U8, .flags = TL_REPEATS,
                 .names = families },
    [ENCODING] = { "pim.addr_encoding_type", "Encoding type", .type = TL_U8, .flags = TL_REPEATS },
    [GROUP_FLAGS] = { "pim.group_addr.flags", "Flags", .type = TL_U8, .base = TL_HEX, .flags = TL_REPEATS },
    [GROUP_B] = { "pim.group_addr.flags.b", "Bidirectional", .type = TL_BOOL, .mask = 0x80, .flags = TL_REPEATS },
    [GROUP_RESERVED] = { "pim.group_addr.flags.reserved", "Reserved", .type = TL_U8, .base = TL_HEX, .mask = 0x7e,
                         .flags = TL_REPEATS },
    [GROUP_Z] = { "pim.group_addr.flags.z", "Admin scope zone", .type = TL_BOOL, .mask = 0x1, .flags = TL_REPEATS },
    [SOURCE_FLAGS] = { "pim.source_addr.flags", "Flags", .type = TL_U8, .base = TL_HEX, .flags = TL_REPEATS },
    [SOURCE_RESERVED] = { "pim.source_addr.flags.reserved", "Reserved", .type = TL_U8, .base = TL_HEX,
                          .mask = 0xf8, .flags = TL_REPEATS },
    [SOURCE_S] = { "pim.source_addr.flags.s", "Sparse", .type = TL_BOOL, .mask = 0x4, .flags = TL_REPEATS },
    [SOURCE_W] = { "pim.source_addr.flags.w", "Wildcard", .type = TL_BOOL, .mask = 0x2, .flags = TL_REPEATS },
    [SOURCE_R] = { "pim.source_addr.flags.r", "Rendezvous point tree", .type = TL_BOOL, .mask = 0x1,
                   .flags = TL_REPEATS },
    [MASK_LENGTH] = { "pim.mask_len", "Mask length", .type = TL_U8, .flags = TL_REPEATS, .unit = "bits" },
    [LIST] = { "pim.address_list", "Address", .type = TL_IPV4, .flags = TL_REPEATS },
    [LIST6] = { "pim.address_list_ip6", "Address", .type = TL_IPV6, .flags = TL_REPEATS },
    [GROUP] = { "pim.group", "Group", .type = TL_IPV4, .flags = TL_REPEATS },
    [GROUP6] = { "pim.group_ip6", "Group", .type = TL_IPV6, .flags = TL_REPEATS },
    [SOURCE] = { "pim.source", "Source", .type = TL_IPV4 },
    [SOURCE6] = { "pim.source_ip6", "Source", .type = TL_IPV6 },
    [UPSTREAM] = { "pim.upstream_neighbor", "Upstream neighbor", .type = TL_IPV4 },
    [UPSTREAM6] = { "pim.upstream_neighbor_ip6", "Upstream neighbor", .type = TL_IPV6 },
    [GROUPS] = { "pim.numgroups", "Groups", .type = TL_U16 },
    [JOINS] = { "pim.numjoins", "Joins", .type = TL_U16, .flags = TL_REPEATS },
    [PRUNES] = { "pim.numprunes", "Prunes", .type = TL_U16, .flags = TL_REPEATS },
    [JOIN] = { "pim.join_ip", "Join", .type = TL_IPV4, .flags = TL_REPEATS },
    [JOIN6] = { "pim.join_ip6", "Join", .type = TL_IPV6, .flags = TL_REPEATS },
    [PRUNE] = { "pim.prune_ip", "Prune", .type = TL_IPV4, .flags = TL_REPEATS },
    [PRUNE6] = { "pim.prune_ip6", "Prune", .type = TL_IPV6, .flags = TL_REPEATS },
    [FRAGMENT] = { "pim.fragment_tag", "Fragment tag", .type = TL_U16, .base = TL_HEX },
    [HASH_LENGTH] = { "pim.hash_mask_len", "Hash mask length", .type = TL_U8 },
    [BSR_PRIORITY] = { "pim.bsr_priority", "BSR priority", .type = TL_U8 },
    [BSR] = { "pim.bsr", "BSR", .type = TL_IPV4 },
    [BSR6] = { "pim.bsr_ip6", "BSR", .type = TL_IPV6 },
    [RP_COUNT] = { "pim.rp_count", "RPs", .type = TL_U8, .flags = TL_REPEATS },
    [FRP_COUNT] = { "pim.frp_count", "RPs in this fragment", .type = TL_U8, .flags = TL_REPEATS },
    [RP] = { "pim.rp", "RP", .type = TL_IPV4, .flags = TL_REPEATS },
    [RP6] = { "pim.rp_ip6", "RP", .type = TL_IPV6, .flags = TL_REPEATS },
    [PRIORITY] = { "pim.priority", "Priority", .type = TL_U8, .flags = TL_REPEATS },
    [PREFIX_COUNT] = { "pim.prefix_count", "Groups", .type = TL_U8 },
    [RPT] = { "pim.rpt", "RP tree", .type = TL_BOOL, .mask = 0x80 },
    [METRIC_PREFERENCE] = { "pim.metric_pref", "Metric preference", .type = TL_U32, .mask = 0x7fffffff },
    [METRIC] = { "pim.metric", "Metric", .type = TL_U32 },
    [ORIGINATOR] = { "pim.originator", "Originator", .type = TL_IPV4 },
    [ORIGINATOR6] = { "pim.originator_ip6", "Originator", .type = TL_IPV6 },
    [TTL] = { "pim.ttl", "TTL", .type = TL_U8 },
    [PRUNE_INDICATOR] = { "pim.prune_indicator", "Prune indicator", .type = TL_BOOL, .mask = 0x80 },
    [PRUNE_NOW] = { "pim.prune_now", "Prune now", .type = TL_BOOL, .mask = 0x40 },
    [ASSERT_OVERRIDE] = { "pim.assert_override", "Assert override", .type = TL_BOOL, .mask = 0x20 },
    [INTERVAL] = { "pim.interval", "Interval", .type = TL_U8, .unit = "s" },
    [DATA] = { "pim.data", "Data", .type = TL_BYTES },
};

enum { HELLO = 0, REGISTER, REGISTER_STOP, JOIN_PRUNE, BOOTSTRAP, ASSERT, GRAFT, GRAFT_ACK, CANDIDATE, STATE_REFRESH };
enum { IS_NULL = 0x40000000, IPV6 = 2 };
enum { OPTION_HOLD = 1, OPTION_DELAY = 2, OPTION_PRIORITY = 19, OPTION_GENERATION = 20, OPTION_REFRESH = 21,
       OPTION_LIST = 24 };

static enum tl_status registered(struct tl_dissection *d)
{
    uint32_t flags = tl_u32(d, FLAGS);
    if (tl_ok(d))
        tl_add_all_bits(d, BORDER, NULL_REGISTER, d->c.off - 4, 4, flags);
    const uint8_t *first = tl_cursor_peek(&d->c, 0, 1);
    unsigned version = first != NULL ? first[0] >> 4 : 0;
    if (version != 4 && version != 6)
        return tl_next_data(d);
    uint32_t type = version == 4 ? 0x0800 : 0x86dd;
    /* The header in a Null-Register is not a packet: it names source and group of the register. */
    return (flags & IS_NULL) != 0 ? tl_next_quoted(d, TL_ON_ETHERTYPE, type) : tl_next(d, TL_ON_ETHERTYPE, type);
}

/* --- encoded addresses (RFC 7761 section 4.9.1); the field of IPv6 follows that of IPv4 --- */

static uint8_t family(struct tl_dissection *d)
{
    uint8_t af = tl_u8(d, FAMILY);
    tl_u8(d, ENCODING);
    if (tl_ok(d) && af != 1 && af != IPV6)
        tl_bad(d);
    return af;
}

static void address(struct tl_dissection *d, uint8_t af, unsigned field)
{
    if (!tl_ok(d))
        return;
    if (af == IPV6)
        tl_ipv6(d, field + 1);
    else
        tl_ipv4(d, field);
}

static void unicast(struct tl_dissection *d, unsigned field)
{
    uint8_t af = family(d);
    address(d, af, field);
}

static void group_address(struct tl_dissection *d)
{
    uint8_t af = family(d);
    tl_flags8(d, GROUP_FLAGS, GROUP_Z);
    tl_u8(d, MASK_LENGTH);
    address(d, af, GROUP);
}

static void source_address(struct tl_dissection *d, unsigned field)
{
    uint8_t af = family(d);
    tl_flags8(d, SOURCE_FLAGS, SOURCE_R);
    tl_u8(d, MASK_LENGTH);
    address(d, af, field);
}

/* --- messages --- */

static void option_value(struct tl_dissection *d, uint16_t type)
{
    switch (type) {
    case OPTION_HOLD:
        tl_u16(d, HOLD);
        break;
    case OPTION_DELAY:
        if (tl_cursor_left(&d->c) >= 1)
            tl_add_bits(d, T, d->c.off, 1, d->c.base[d->c.off]);
        tl_bits(d, 2, PROPAGATION, PROPAGATION);
        tl_u16(d, OVERRIDE);
        break;
    case OPTION_PRIORITY:
        tl_u32(d, DR_PRIORITY);
        break;
    case OPTION_GENERATION:
        tl_u32(d, GENERATION);
        break;
    case OPTION_REFRESH:
        tl_u8(d, REFRESH_VERSION);
        tl_u8(d, REFRESH_INTERVAL);
        tl_u16(d, REFRESH_RESERVED);
        break;
    case OPTION_LIST:
        while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
            unicast(d, LIST);
        break;
    default:
        tl_run_left(d, OPTION_VALUE);
    }
}

static void hello(struct tl_dissection *d)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t group = tl_group(d, OPTION);
        uint16_t type = tl_u16(d, OPTION_TYPE);
        struct tl_part part = tl_part_begin(d, tl_u16(d, OPTION_LENGTH));
        if (tl_ok(d))
            option_value(d, type);
        tl_part_end(d, part);
        tl_group_end(d, group);
    }
}

static void join_prune(struct tl_dissection *d)
{
    unicast(d, UPSTREAM);
    tl_skip(d, 1);
    unsigned groups = tl_u8(d, GROUPS);
    tl_u16(d, HOLD);
    for (; groups > 0 && tl_ok(d); groups--) {
        group_address(d);
        unsigned joins = tl_u16(d, JOINS), prunes = tl_u16(d, PRUNES);
        for (; joins > 0 && tl_ok(d); joins--)
            source_address(d, JOIN);
        for (; prunes > 0 && tl_ok(d); prunes--)
            source_address(d, PRUNE);
    }
}

static void bootstrap(struct tl_dissection *d)
{
    tl_u16(d, FRAGMENT);
    tl_u8(d, HASH_LENGTH);
    tl_u8(d, BSR_PRIORITY);
    unicast(d, BSR);
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        group_address(d);
        tl_u8(d, RP_COUNT);
        unsigned count = tl_u8(d, FRP_COUNT);
        tl_skip(d, 2);
        for (; count > 0 && tl_ok(d); count--) {
            unicast(d, RP);
            tl_u16(d, HOLD);
            tl_u8(d, PRIORITY);
            tl_skip(d, 1);
        }
    }
}

static void metrics(struct tl_dissection *d)
{
    if (tl_cursor_left(&d->c) >= 4)
        tl_add_bits(d, RPT, d->c.off, 1, d->c.base[d->c.off]);
    tl_bits(d, 4, METRIC_PREFERENCE, METRIC_PREFERENCE);
    tl_u32(d, METRIC);
}

static void candidate(struct tl_dissection *d)
{
    unsigned count = tl_u8(d, PREFIX_COUNT);
    tl_u8(d, PRIORITY);
    tl_u16(d, HOLD);
    unicast(d, RP);
    for (; count > 0 && tl_ok(d); count--)
        group_address(d);
}

/* RFC 3973 section 4.7.10. */
static void state_refresh(struct tl_dissection *d)
{
    group_address(d);
    unicast(d, SOURCE);
    unicast(d, ORIGINATOR);
    metrics(d);
    tl_u8(d, MASK_LENGTH);
    tl_u8(d, TTL);
    tl_bits(d, 1, PRUNE_INDICATOR, ASSERT_OVERRIDE);
    tl_u8(d, INTERVAL);
}

static void message(struct tl_dissection *d, uint8_t type)
{
    switch (type) {
    case HELLO:
        hello(d);
        break;
    case REGISTER_STOP:
        group_address(d);
        unicast(d, SOURCE);
        break;
    case JOIN_PRUNE:
    case GRAFT:
    case GRAFT_ACK:
        join_prune(d);
        break;
    case BOOTSTRAP:
        bootstrap(d);
        break;
    case ASSERT:
        group_address(d);
        unicast(d, SOURCE);
        metrics(d);
        break;
    case CANDIDATE:
        candidate(d);
        break;
    case STATE_REFRESH:
        state_refresh(d);
        break;
    default:
        tl_run_left(d, DATA);
    }
}

static enum tl_status pim_dissect(struct tl_dissection *d)
{
    if (tl_cursor_wire_left(&d->c) == 0) /* a Null-Register may contain only an IP header */
        return tl_next_none(d);
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    if (p == NULL)
        return d->c.status;
    tl_add_all_bits(d, VERSION, TYPE, d->c.off - 1, 1, p[0]);
    tl_run(d, RESERVED, 1);
    tl_u16(d, CHECKSUM);
    if (p[0] == (2 << 4 | REGISTER))
        return registered(d);
    if (p[0] >> 4 != 2)
        return tl_next_data(d);
    if (!tl_ok(d) || d->wanted == NULL)
        return tl_next_none(d);
    struct tl_part part = tl_part_begin(d, tl_cursor_wire_left(&d->c));
    message(d, p[0] & 0x0f);
    tl_part_close(d, part);
    return tl_next_none(d);
}

const struct tl_protocol tl_protocol_pim = {
    .name = "pim",
    .title = "Protocol Independent Multicast",
    .kind = TL_KIND_LAYER,
    .info = "PIM[ {type}][ group {group,}][ group {group_ip6,}]"
            "[ join {join_ip,}][ prune {prune_ip,}][ BSR {bsr}][ RP {rp,}]",
    .dissect = pim_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_IP_PROTO, 103 } },
};
