/*
 * hsrp.c - Cisco's Hot Standby Router Protocol, version 1 (RFC 2281 section 5) and version 2, a list of TLVs.
 *
 *   version 2: type 1 | length 1 | value
 *   group state (1): version 1, code 1, state 1, IP version 1, group 2, identifier 6, priority 4, hello time 4,
 *   hold time 4, address 16
 *   interface state (2): active groups 2, passive groups 2 | text authentication (3): 8 bytes
 *   MD5 authentication (4): algorithm 1, padding 1, flags 2, address 4, key id 4, digest 16
 */
#include "core/part.h"
#include "dissectors/header.h"

static const struct tl_name codes[] = {
    { 0, "Hello" }, { 1, "Coup" }, { 2, "Resign" }, { 3, "Advertise" }, { 0, NULL },
};
static const struct tl_name states[] = {
    { 0, "Initial" }, { 1, "Learn" }, { 2, "Listen" }, { 4, "Speak" }, { 8, "Standby" }, { 16, "Active" },
    { 0, NULL },
};
static const struct tl_name states2[] = {
    { 0, "Disabled" }, { 1, "Init" }, { 2, "Learn" }, { 3, "Listen" }, { 4, "Speak" }, { 5, "Standby" },
    { 6, "Active" }, { 0, NULL },
};
static const struct tl_name adv_states[] = {
    { 1, "Dormant" }, { 2, "Passive" }, { 3, "Active" }, { 0, NULL },
};

enum { VERSION, CODE, STATE, HELLO, HOLD, PRIORITY, GROUP, RESERVED, PASSWORD, ADDRESS, ADV_TYPE, ADV_LENGTH,
       ADV_STATE, ADV_RESERVED1, ADV_ACTIVE, ADV_PASSIVE, ADV_RESERVED2, SENDER, TLV, TLV_GROUP, TLV_INTERFACE,
       TLV_TEXT, TLV_MD5, TLV_LENGTH, VERSION2, CODE2, STATE2, IP_VERSION, GROUP2, IDENTIFIER, PRIORITY2, HELLO2,
       HOLD2, ADDRESS2, ADDRESS2_6, ACTIVE2, PASSIVE2, PASSWORD2, ALGORITHM, PADDING, MD5_FLAGS, KEY_ID, DIGEST,
       TLV_DATA };
static const struct tl_field fields[] = {
    [VERSION] = { "hsrp.version", "Version", .type = TL_U8 },
    [CODE] = { "hsrp.opcode", "Code", .type = TL_U8, .names = codes },
    [STATE] = { "hsrp.state", "State", .type = TL_U8, .names = states },
    [HELLO] = { "hsrp.hellotime", "Hello time", .type = TL_U8, .unit = "s" },
    [HOLD] = { "hsrp.holdtime", "Hold time", .type = TL_U8, .unit = "s" },
    [PRIORITY] = { "hsrp.priority", "Priority", .type = TL_U8 },
    [GROUP] = { "hsrp.group", "Group", .type = TL_U8 },
    [RESERVED] = { "hsrp.reserved", "Reserved", .type = TL_U8 },
    [PASSWORD] = { "hsrp.auth_data", "Password", .type = TL_TEXT, .secret = TL_SECRET_WHOLE },
    [ADDRESS] = { "hsrp.virt_ip", "Virtual address", .type = TL_IPV4 },
    [ADV_TYPE] = { "hsrp.adv.tlvtype", "TLV type", .type = TL_U16 },
    [ADV_LENGTH] = { "hsrp.adv.tlvlength", "TLV length", .type = TL_U16, .unit = "bytes" },
    [ADV_STATE] = { "hsrp.adv.state", "State", .type = TL_U8, .names = adv_states },
    [ADV_RESERVED1] = { "hsrp.adv.reserved1", "Reserved", .type = TL_U8 },
    [ADV_ACTIVE] = { "hsrp.adv.activegrp", "Active groups", .type = TL_U16 },
    [ADV_PASSIVE] = { "hsrp.adv.passivegrp", "Passive groups", .type = TL_U16 },
    [ADV_RESERVED2] = { "hsrp.adv.reserved2", "Reserved", .type = TL_U32 },
    [SENDER] = { "hsrp.md5_ip_address", "Sender's address", .type = TL_IPV4 },
    [TLV] = { "hsrp2.tlv", "TLV", .type = TL_GROUP, .flags = TL_REPEATS },
    [TLV_GROUP] = { "hsrp2.group_state_tlv", "Group state", .type = TL_U8 },
    [TLV_INTERFACE] = { "hsrp2.interface_state_tlv", "Interface state", .type = TL_U8 },
    [TLV_TEXT] = { "hsrp2.text_auth_tlv", "Text authentication", .type = TL_U8 },
    [TLV_MD5] = { "hsrp2.md5_auth_tlv", "MD5 authentication", .type = TL_U8 },
    [TLV_LENGTH] = { "hsrp2.tlv_length", "Length", .type = TL_U8, .unit = "bytes" },
    [VERSION2] = { "hsrp2.version", "Version", .type = TL_U8 },
    [CODE2] = { "hsrp2.opcode", "Code", .type = TL_U8, .names = codes },
    [STATE2] = { "hsrp2.state", "State", .type = TL_U8, .names = states2 },
    [IP_VERSION] = { "hsrp2.ipversion", "IP version", .type = TL_U8 },
    [GROUP2] = { "hsrp2.group", "Group", .type = TL_U16 },
    [IDENTIFIER] = { "hsrp2.identifier", "Identifier", .type = TL_MAC },
    [PRIORITY2] = { "hsrp2.priority", "Priority", .type = TL_U32 },
    [HELLO2] = { "hsrp2.hellotime", "Hello time", .type = TL_U32, .unit = "ms" },
    [HOLD2] = { "hsrp2.holdtime", "Hold time", .type = TL_U32, .unit = "ms" },
    [ADDRESS2] = { "hsrp2.virt_ip", "Virtual address", .type = TL_IPV4 },
    [ADDRESS2_6] = { "hsrp2.virt_ip_v6", "Virtual address", .type = TL_IPV6 },
    [ACTIVE2] = { "hsrp2.active_groups", "Active groups", .type = TL_U16 },
    [PASSIVE2] = { "hsrp2.passive_groups", "Passive groups", .type = TL_U16 },
    [PASSWORD2] = { "hsrp2.auth_data", "Password", .type = TL_TEXT, .secret = TL_SECRET_WHOLE },
    [ALGORITHM] = { "hsrp2.md5_algorithm", "Algorithm", .type = TL_U8 },
    [PADDING] = { "hsrp2.md5_padding", "Padding", .type = TL_U8, .base = TL_HEX },
    [MD5_FLAGS] = { "hsrp2.md5_flags", "Flags", .type = TL_U16 },
    [KEY_ID] = { "hsrp2.md5_key_id", "Key id", .type = TL_U32 },
    [DIGEST] = { "hsrp2.md5_auth_data", "Digest", .type = TL_BYTES },
    [TLV_DATA] = { "hsrp2.tlv_data", "Value", .type = TL_BYTES },
};

enum { ADVERTISE = 3, PASSWORD_SIZE = 8, GROUP_STATE = 1, INTERFACE_STATE, TEXT_AUTH, MD5_AUTH, FIRST_SIZE = 20,
       GROUP_SIZE = 40, ADVERTISE_SIZE = 16 };

static void password(struct tl_dissection *d, unsigned field)
{
    uint32_t left = tl_cursor_left(&d->c);
    tl_hide(d, (struct tl_bytes){ d->c.base + d->c.off, left < PASSWORD_SIZE ? left : PASSWORD_SIZE });
    tl_run(d, field, PASSWORD_SIZE);
}

static void md5(struct tl_dissection *d)
{
    tl_u8(d, ALGORITHM);
    tl_u8(d, PADDING);
    tl_u16(d, MD5_FLAGS);
    tl_ipv4(d, SENDER);
    tl_u32(d, KEY_ID);
    tl_run(d, DIGEST, 16);
}

static void group_state(struct tl_dissection *d)
{
    tl_u8(d, VERSION2);
    tl_u8(d, CODE2);
    tl_u8(d, STATE2);
    uint8_t version = tl_u8(d, IP_VERSION);
    tl_u16(d, GROUP2);
    tl_mac(d, IDENTIFIER);
    tl_u32(d, PRIORITY2);
    tl_u32(d, HELLO2);
    tl_u32(d, HOLD2);
    if (version == 6) {
        tl_ipv6(d, ADDRESS2_6);
    } else {
        tl_ipv4(d, ADDRESS2);
        tl_skip(d, 12);
    }
}

/* TLVs to the end of the datagram: those of version 2, and of MD5 behind a message of version 1. */
static void tlvs(struct tl_dissection *d)
{
    static const uint8_t names[] = { TLV_DATA, TLV_GROUP, TLV_INTERFACE, TLV_TEXT, TLV_MD5 };
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) >= 2) {
        uint32_t group = tl_group(d, TLV);
        const uint8_t *p = tl_cursor_take(&d->c, 1);
        uint8_t type = p != NULL && p[0] < TL_COUNT(names) ? p[0] : 0;
        if (type != 0)
            tl_add(d, names[type], d->c.off - 1, 1, type);
        struct tl_part part = tl_part_begin(d, tl_u8(d, TLV_LENGTH));
        if (type == GROUP_STATE) {
            group_state(d);
        } else if (type == INTERFACE_STATE) {
            tl_u16(d, ACTIVE2);
            tl_u16(d, PASSIVE2);
        } else if (type == TEXT_AUTH) {
            password(d, PASSWORD2);
        } else if (type == MD5_AUTH) {
            md5(d);
        } else if (tl_ok(d)) {
            tl_run_left(d, TLV_DATA);
        }
        tl_part_end(d, part);
        tl_group_end(d, group);
    }
}

static void first_version(struct tl_dissection *d)
{
    tl_u8(d, VERSION);
    if (tl_u8(d, CODE) == ADVERTISE) { /* of interfaces without a group that is active here */
        tl_u16(d, ADV_TYPE);
        tl_u16(d, ADV_LENGTH);
        tl_u8(d, ADV_STATE);
        tl_u8(d, ADV_RESERVED1);
        tl_u16(d, ADV_ACTIVE);
        tl_u16(d, ADV_PASSIVE);
        tl_u32(d, ADV_RESERVED2);
        return;
    }
    tl_u8(d, STATE);
    tl_u8(d, HELLO);
    tl_u8(d, HOLD);
    tl_u8(d, PRIORITY);
    tl_u8(d, GROUP);
    tl_u8(d, RESERVED);
    password(d, PASSWORD);
    tl_ipv4(d, ADDRESS);
    if (tl_ok(d))
        tlvs(d);
}

static enum tl_status hsrp_dissect(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 2);
    if (p == NULL) {
        tl_skip(d, 2);
        return d->c.status;
    }
    tl_confirm(d);
    if (d->wanted == NULL)
        return tl_next_none(d);
    struct tl_part part = tl_part_begin(d, tl_cursor_wire_left(&d->c));
    if (p[0] == 0)
        first_version(d);
    else
        tlvs(d);
    tl_part_close(d, part);
    return tl_next_none(d);
}

static enum tl_probe hsrp_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, 2);
    uint32_t size = tl_cursor_wire_left(&c);
    if (d->flow.stream || p == NULL)
        return TL_PROBE_NO;
    uint32_t least = p[1] == ADVERTISE ? ADVERTISE_SIZE : FIRST_SIZE;
    bool first = p[0] == 0 && p[1] <= ADVERTISE && size >= least;
    bool second = p[0] >= GROUP_STATE && p[0] <= INTERFACE_STATE && p[1] + 2u <= size && p[1] <= GROUP_SIZE;
    return first || second ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_hsrp = {
    .name = "hsrp",
    .title = "Hot Standby Router Protocol",
    .service = "hsrp",
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    TL_TABLE(fields),
    .on = { { TL_ON_UDP_PORT, 1985 }, { TL_ON_UDP_PORT, 2029 } },
    .info = "[{opcode}][ ({state})][ group {group}][ {virt_ip}][{hsrp2.opcode}][ ({hsrp2.state})]"
            "[ group {hsrp2.group}][ {hsrp2.virt_ip}][ {hsrp2.virt_ip_v6}]",
    .only_at_home = true,
    .probe = hsrp_probe,
    .dissect = hsrp_dissect,
};
