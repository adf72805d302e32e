/*
 * stp.c - Spanning tree BPDUs: STP and RSTP (IEEE 802.1D clause 9), MSTP (IEEE 802.1Q clause 14), PVST+ (the same
 * behind SNAP,
 * followed by an entry with the VLAN).
 *
 *   protocol 2 | version 1 | type 1 | flags 1 | root 8 | cost 4 | bridge 8 | port 2 | age 2 | maximum age 2 | hello 2
 * | delay 2
 *   RSTP: version 1 length 1     MSTP: version 3 length 2 | configuration 51 | cost 4 | bridge 8 | hops 1 | {
 * instance 16 } ..
 */
#include "core/part.h"
#include "dissectors/header.h"

enum {
    PROTOCOL, VERSION, TYPE, FLAGS, TC_ACK, AGREEMENT, FORWARDING, LEARNING, ROLE, PROPOSAL, TC, ROOT_PRIORITY,
    ROOT_EXT, ROOT_MAC,
    COST, BRIDGE_PRIORITY, BRIDGE_EXT, BRIDGE_MAC, PORT, AGE, MAX_AGE, HELLO, DELAY, VERSION_1_LENGTH, VERSION_3_LENGTH,
    SELECTOR, CONFIG_NAME, REVISION, DIGEST, INTERNAL_COST, CIST_PRIORITY, CIST_EXT, CIST_MAC, HOPS, MSTI, MSTI_FLAGS,
    MSTI_PRIORITY, MSTI_ID, MSTI_ROOT, MSTI_COST, MSTI_BRIDGE_PRIORITY, MSTI_PORT_PRIORITY, MSTI_HOPS,
    VERSION_4_LENGTH, AUXILIARY,
    AGREEMENT_DATA, PVST_TYPE, PVST_LENGTH,
    PVST_VLAN, PVST_VALUE, LINE, FIELDS
};

enum { CONFIGURATION = 0x00, RAPID = 0x02, NOTIFICATION = 0x80 };
static const struct tl_name versions[] = {
    { 0, "STP" }, { 2, "RSTP" }, { 3, "MSTP" }, { 4, "SPB" }, { 0, NULL },
};
static const struct tl_name bpdu_types[] = {
    { CONFIGURATION, "Configuration" }, { RAPID, "Rapid spanning tree" }, { NOTIFICATION,
    "Topology change notification" },
    { 0, NULL },
};
static const struct tl_name roles[] = {
    { 0, "Unknown" }, { 1, "Alternate or backup" }, { 2, "Root" }, { 3, "Designated" }, { 0, NULL },
};

static const struct tl_field fields[FIELDS] = {
    [PROTOCOL] = { "stp.protocol", "Protocol identifier", .type = TL_U16, .base = TL_HEX },
    [VERSION] = { "stp.version", "Version", .type = TL_U8, .names = versions },
    [TYPE] = { "stp.type", "BPDU type", .type = TL_U8, .base = TL_HEX, .names = bpdu_types },
    [FLAGS] = { "stp.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [TC_ACK] = { "stp.flags.tcack", "Topology change acknowledgment", .type = TL_BOOL, .mask = 0x80 },
    [AGREEMENT] = { "stp.flags.agreement", "Agreement", .type = TL_BOOL, .mask = 0x40 },
    [FORWARDING] = { "stp.flags.forwarding", "Forwarding", .type = TL_BOOL, .mask = 0x20 },
    [LEARNING] = { "stp.flags.learning", "Learning", .type = TL_BOOL, .mask = 0x10 },
    [ROLE] = { "stp.flags.port_role", "Port role", .type = TL_U8, .mask = 0x0c, .names = roles },
    [PROPOSAL] = { "stp.flags.proposal", "Proposal", .type = TL_BOOL, .mask = 0x02 },
    [TC] = { "stp.flags.tc", "Topology change", .type = TL_BOOL, .mask = 0x01 },
    [ROOT_PRIORITY] = { "stp.root.prio", "Root priority", .type = TL_U16 },
    [ROOT_EXT] = { "stp.root.ext", "Root system id extension", .type = TL_U16, .help = "The VLAN in PVST+" },
    [ROOT_MAC] = { "stp.root.hw", "Root MAC address", .type = TL_MAC },
    [COST] = { "stp.root.cost", "Root path cost", .type = TL_U32 },
    [BRIDGE_PRIORITY] = { "stp.bridge.prio", "Bridge priority", .type = TL_U16 },
    [BRIDGE_EXT] = { "stp.bridge.ext", "Bridge system id extension", .type = TL_U16 },
    [BRIDGE_MAC] = { "stp.bridge.hw", "Bridge MAC address", .type = TL_MAC },
    [PORT] = { "stp.port", "Port", .type = TL_U16, .base = TL_HEX },
    [AGE] = { "stp.msg_age", "Message age", .type = TL_DOUBLE, .unit = "seconds" },
    [MAX_AGE] = { "stp.max_age", "Maximum age", .type = TL_DOUBLE, .unit = "seconds" },
    [HELLO] = { "stp.hello", "Hello time", .type = TL_DOUBLE, .unit = "seconds" },
    [DELAY] = { "stp.forward", "Forward delay", .type = TL_DOUBLE, .unit = "seconds" },
    [VERSION_1_LENGTH] = { "stp.version_1_length", "Version 1 length", .type = TL_U8, .unit = "bytes" },
    [VERSION_3_LENGTH] = { "mstp.version_3_length", "Version 3 length", .type = TL_U16, .unit = "bytes" },
    [SELECTOR] = { "mstp.config_format_selector", "Format selector", .type = TL_U8 },
    [CONFIG_NAME] = { "mstp.config_name", "Configuration name", .type = TL_TEXT },
    [REVISION] = { "mstp.config_revision_level", "Configuration revision", .type = TL_U16 },
    [DIGEST] = { "mstp.config_digest", "Configuration digest", .type = TL_BYTES },
    [INTERNAL_COST] = { "mstp.cist_internal_root_path_cost", "CIST internal root path cost", .type = TL_U32 },
    [CIST_PRIORITY] = { "mstp.cist_bridge.prio", "CIST bridge priority", .type = TL_U16 },
    [CIST_EXT] = { "mstp.cist_bridge.ext", "CIST bridge system id extension", .type = TL_U16 },
    [CIST_MAC] = { "mstp.cist_bridge.hw", "CIST bridge MAC address", .type = TL_MAC },
    [HOPS] = { "mstp.cist_remaining_hops", "CIST remaining hops", .type = TL_U8 },
    [MSTI] = { "mstp.msti", "Instance", .type = TL_GROUP, .flags = TL_REPEATS },
    [MSTI_FLAGS] = { "mstp.msti.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [MSTI_PRIORITY] = { "mstp.msti.priority", "Regional root priority", .type = TL_U8, .base = TL_HEX, .mask = 0xf0 },
    [MSTI_ID] = { "mstp.msti.msti_id", "Instance id", .type = TL_U16, .mask = 0x0fff },
    [MSTI_ROOT] = { "mstp.msti.root.hw", "Regional root MAC address", .type = TL_MAC },
    [MSTI_COST] = { "mstp.msti.root_cost", "Internal root path cost", .type = TL_U32 },
    [MSTI_BRIDGE_PRIORITY] = { "mstp.msti.bridge_priority", "Bridge priority", .type = TL_U8, .mask = 0xf0 },
    [MSTI_PORT_PRIORITY] = { "mstp.msti.port_priority", "Port priority", .type = TL_U8, .mask = 0xf0 },
    [MSTI_HOPS] = { "mstp.msti.remaining_hops", "Remaining hops", .type = TL_U8 },
    [VERSION_4_LENGTH] = { "mstp.version_4_length", "Version 4 length", .type = TL_U16, .unit = "bytes" },
    [AUXILIARY] = { "stp.auxiliary", "Auxiliary configuration", .type = TL_GROUP },
    [AGREEMENT_DATA] = { "stp.agreement", "Agreement", .type = TL_BYTES },
    [PVST_TYPE] = { "stp.pvst.tlvtype", "Entry type", .type = TL_U16, .base = TL_HEX, .flags = TL_REPEATS },
    [PVST_LENGTH] = { "stp.pvst.tlvlen", "Entry length", .type = TL_U16, .unit = "bytes", .flags = TL_REPEATS },
    [PVST_VLAN] = { "stp.pvst.origvlan", "Originating VLAN", .type = TL_U16, .flags = TL_REPEATS },
    [PVST_VALUE] = { "stp.pvst.tlvval", "Value", .type = TL_BYTES, .flags = TL_REPEATS },
    [LINE] = { "stp.line", "BPDU", .type = TL_U8, .flags = TL_ONLY_LINE | TL_DERIVED, .names = bpdu_types },
};

enum { CONFIG_NAME_SIZE = 32, DIGEST_SIZE = 16, MSTI_SIZE = 16 };

/*
 * A bridge: priority and system id extension share two bytes, the MAC address follows. `priority` is its first field.
 */
static void bridge(struct tl_dissection *d, unsigned priority)
{
    const uint8_t *p = tl_cursor_take(&d->c, 2);
    if (p != NULL) {
        tl_add(d, priority, d->c.off - 2, 2, tl_load_be16(p) & 0xf000u);
        tl_add(d, priority + 1, d->c.off - 2, 2, tl_load_be16(p) & 0x0fffu);
    }
    tl_mac(d, priority + 2);
}

/* Times are in 1/256 of a second. */
static void seconds(struct tl_dissection *d, unsigned field)
{
    const uint8_t *p = tl_cursor_take(&d->c, 2);
    if (p == NULL)
        return;
    double value = tl_load_be16(p) / 256.0;
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    tl_add(d, field, d->c.off - 2, 2, bits);
}

static void text(struct tl_dissection *d, unsigned field, uint32_t size)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, size), *nul = p != NULL ? memchr(p, 0, size) : NULL;
    uint32_t n = nul != NULL ? (uint32_t)(nul - p) : size;
    if (n > 0)
        tl_run(d, field, n);
    tl_skip(d, size - n);
}

static void bits(struct tl_dissection *d, unsigned field)
{
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    if (p != NULL)
        tl_add_bits(d, field, d->c.off - 1, 1, p[0]);
}

/* IEEE 802.1Q 14.4.1. */
static void instance(struct tl_dissection *d)
{
    uint32_t group = tl_group(d, MSTI);
    uint8_t flags = tl_u8(d, MSTI_FLAGS);
    if (tl_ok(d))
        tl_add_all_bits(d, TC_ACK, TC, d->c.off - 1, 1, flags);
    const uint8_t *first = tl_cursor_peek(&d->c, 0, 1);
    if (first != NULL)
        tl_add_bits(d, MSTI_PRIORITY, d->c.off, 1, first[0]);
    const uint8_t *p = tl_cursor_take(&d->c, 2);
    if (p != NULL)
        tl_add_bits(d, MSTI_ID, d->c.off - 2, 2, tl_load_be16(p));
    tl_mac(d, MSTI_ROOT);
    tl_u32(d, MSTI_COST);
    bits(d, MSTI_BRIDGE_PRIORITY);
    bits(d, MSTI_PORT_PRIORITY);
    tl_u8(d, MSTI_HOPS);
    tl_group_end(d, group);
}

/* IEEE 802.1Q 13.8. */
static void configuration(struct tl_dissection *d)
{
    tl_u8(d, SELECTOR);
    text(d, CONFIG_NAME, CONFIG_NAME_SIZE);
    tl_u16(d, REVISION);
    tl_run(d, DIGEST, DIGEST_SIZE);
}

/* Shortest path bridging (IEEE 802.1Q 14.4.2): another configuration, what the ports agree on. */
static void agreement(struct tl_dissection *d)
{
    uint32_t len = tl_u16(d, VERSION_4_LENGTH);
    if (!tl_ok(d) || len == 0)
        return;
    struct tl_part part = tl_part_begin(d, len);
    uint32_t group = tl_group(d, AUXILIARY);
    configuration(d);
    tl_group_end(d, group);
    if (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        tl_run(d, AGREEMENT_DATA, tl_cursor_wire_left(&d->c));
    tl_part_end(d, part);
}

static void instances(struct tl_dissection *d)
{
    uint32_t len = tl_u16(d, VERSION_3_LENGTH);
    if (!tl_ok(d) || len == 0)
        return;
    struct tl_part part = tl_part_begin(d, len);
    configuration(d);
    tl_u32(d, INTERNAL_COST);
    bridge(d, CIST_PRIORITY);
    tl_u8(d, HOPS);
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) >= MSTI_SIZE)
        instance(d);
    tl_part_end(d, part);
}

/* PVST+: entries after the BPDU, the one of type 0 has the VLAN. */
static void pvst(struct tl_dissection *d)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) >= 4) {
        uint16_t type = tl_u16(d, PVST_TYPE);
        uint32_t len = tl_u16(d, PVST_LENGTH);
        if (!tl_ok(d))
            return;
        struct tl_part part = tl_part_enter(d, len);
        if (type == 0 && len == 2)
            tl_u16(d, PVST_VLAN);
        else if (len > 0)
            tl_run(d, PVST_VALUE, len);
        tl_part_leave(d, part);
    }
}

static void flags(struct tl_dissection *d, uint8_t version)
{
    uint8_t flags = tl_u8(d, FLAGS);
    if (!tl_ok(d))
        return;
    if (version == 0) {
        tl_add_bits(d, TC_ACK, d->c.off - 1, 1, flags);
        tl_add_bits(d, TC, d->c.off - 1, 1, flags);
    } else {
        tl_add_all_bits(d, TC_ACK, TC, d->c.off - 1, 1, flags);
    }
}

/* Is this frame to the address that PVST+ uses? */
static bool is_pvst(const struct tl_dissection *d)
{
    static const uint8_t group[] = { 0x01, 0x00, 0x0c, 0xcc, 0xcc, 0xcd };
    return d->frame->l2_dst != NULL && memcmp(d->frame->l2_dst, group, sizeof group) == 0;
}

static enum tl_status stp_dissect(struct tl_dissection *d)
{
    uint16_t protocol = tl_u16(d, PROTOCOL);
    uint8_t version = tl_u8(d, VERSION), type = tl_u8(d, TYPE);
    if (tl_ok(d) && protocol != 0)
        return tl_next_data(d);
    if (tl_ok(d))
        tl_add(d, LINE, d->c.off - 1, 1, type);
    if (!tl_ok(d) || type == NOTIFICATION)
        return tl_next_none(d);
    if (type != CONFIGURATION && type != RAPID)
        return tl_next_data(d);
    flags(d, version);
    bridge(d, ROOT_PRIORITY);
    tl_u32(d, COST);
    bridge(d, BRIDGE_PRIORITY);
    tl_u16(d, PORT);
    for (unsigned i = AGE; i <= DELAY; i++)
        seconds(d, i);
    if (tl_ok(d) && version >= 2 && type == RAPID && tl_cursor_wire_left(&d->c) > 0) {
        tl_u8(d, VERSION_1_LENGTH);
        if (version >= 3 && tl_cursor_wire_left(&d->c) > 1)
            instances(d);
        if (tl_ok(d) && version >= 4 && tl_cursor_wire_left(&d->c) > 1)
            agreement(d);
    }
    if (tl_ok(d) && is_pvst(d)) {
        const uint8_t *pad = tl_cursor_peek(&d->c, 0, 1);
        if (version == 0 && pad != NULL && (tl_cursor_wire_left(&d->c) == 7 || tl_cursor_wire_left(&d->c) == 1))
            tl_skip(d, 1);
        pvst(d);
    }
    return tl_next_none(d);
}

const struct tl_protocol tl_protocol_stp = {
    .name = "stp",
    .title = "Spanning Tree Protocol",
    .kind = TL_KIND_LAYER,
    .info = "{version} {line}[, root {root.prio}/{root.ext}/{root.hw}][, cost {root.cost}][, bridge {bridge.hw}]"
            "[, port {port}][, {flags.port_role}]",
    .dissect = stp_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_LLC_SAP, 0x42 } },
};
