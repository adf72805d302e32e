/*
 * cdp.c - Cisco Discovery Protocol: what a device tells its neighbours about itself.
 *
 *   version 1 | time to live 1 | checksum 2 | { type 2 | length 2, of the whole entry | value } ..
 */
#include "core/part.h"
#include "dissectors/header.h"

enum {
    VERSION, TTL, CHECKSUM, TLV, TYPE, LENGTH, DEVICE, ADDRESS_COUNT, PROTOCOL_TYPE, PROTOCOL_LENGTH, PROTOCOL,
    ADDRESS_LENGTH,
    ADDRESS, ADDRESS6, ADDRESS_BYTES, PORT, CAPABILITIES, C_ROUTER, C_TB_BRIDGE, C_SR_BRIDGE, C_SWITCH, C_HOST, C_IGMP,
    C_REPEATER, C_PHONE, C_REMOTE, C_CVTA, C_MAC_RELAY, SOFTWARE, PLATFORM, DOMAIN, NATIVE_VLAN, DUPLEX, VOICE_VLAN,
    POWER, MTU,
    TRUST, UNTRUSTED, SYSTEM_NAME, SYSTEM_OBJECT, LOCATION, REQUEST_ID, MANAGEMENT_ID, REQUESTED, AVAILABLE, PREFIX,
    PREFIX_LENGTH, ODR,
    CLUSTER, VALUE, FIELDS
};

enum { T_DEVICE = 1, T_ADDRESSES, T_PORT, T_CAPABILITIES, T_SOFTWARE, T_PLATFORM, T_PREFIXES, T_HELLO, T_DOMAIN, T_VLAN,
       T_DUPLEX, T_VOICE_REPLY = 14, T_VOICE_QUERY, T_POWER, T_MTU, T_TRUST, T_UNTRUSTED, T_NAME, T_OBJECT,
       T_MANAGEMENT,
       T_LOCATION, T_POWER_REQUESTED = 25, T_POWER_AVAILABLE };
static const struct tl_name types[] = {
    { 0x0001, "Device id" },       { 0x0002, "Addresses" },        { 0x0003, "Port id" },
    { 0x0004, "Capabilities" },    { 0x0005, "Software version" }, { 0x0006, "Platform" },
    { 0x0007, "IP prefixes" },     { 0x0008, "Protocol hello" },   { 0x0009, "VTP management domain" },
    { 0x000a, "Native VLAN" },     { 0x000b, "Duplex" },           { 0x000e, "VoIP VLAN reply" },
    { 0x000f, "VoIP VLAN query" }, { 0x0010, "Power" },            { 0x0011, "MTU" },
    { 0x0012, "Trust bitmap" },    { 0x0013, "Untrusted port CoS" }, { 0x0014, "System name" },
    { 0x0015, "System object id" }, { 0x0016, "Management addresses" }, { 0x0017, "Location" },
    { 0x0018, "External port id" }, { 0x0019, "Power requested" }, { 0x001a, "Power available" },
    { 0x001b, "Unidirectional port" }, { 0x001d, "EnergyWise" },   { 0x001f, "Spare pair PoE" },
    { 0, NULL },
};
static const struct tl_name protocol_types[] = { { 1, "NLPID" }, { 2, "802.2" }, { 0, NULL } };

#define FLAG(key_, label_, mask_) { key_, label_, .type = TL_BOOL, .mask = mask_ }

static const struct tl_field fields[FIELDS] = {
    [VERSION] = { "cdp.version", "Version", .type = TL_U8 },
    [TTL] = { "cdp.ttl", "Time to live", .type = TL_U8, .unit = "seconds" },
    [CHECKSUM] = { "cdp.checksum", "Checksum", .type = TL_U16, .base = TL_HEX },
    [TLV] = { "cdp.tlv", "Entry", .type = TL_GROUP, .flags = TL_REPEATS },
    [TYPE] = { "cdp.tlv.type", "Type", .type = TL_U16, .base = TL_HEX, .names = types },
    [LENGTH] = { "cdp.tlv.len", "Length", .type = TL_U16, .unit = "bytes" },
    [DEVICE] = { "cdp.deviceid", "Device id", .type = TL_TEXT },
    [ADDRESS_COUNT] = { "cdp.number_of_addresses", "Number of addresses", .type = TL_U32 },
    [PROTOCOL_TYPE] = { "cdp.protocol_type", "Protocol type", .type = TL_U8, .flags = TL_REPEATS,
                        .names = protocol_types },
    [PROTOCOL_LENGTH] = { "cdp.protocol_length", "Protocol length", .type = TL_U8, .flags = TL_REPEATS,
                          .unit = "bytes" },
    [PROTOCOL] = { "cdp.protocol", "Protocol", .type = TL_BYTES, .flags = TL_REPEATS },
    [ADDRESS_LENGTH] = { "cdp.address_length", "Address length", .type = TL_U16, .flags = TL_REPEATS, .unit = "bytes" },
    [ADDRESS] = { "cdp.nrgyz.ip_address", "Address", .type = TL_IPV4, .flags = TL_REPEATS },
    [ADDRESS6] = { "cdp.address.ip6", "Address", .type = TL_IPV6, .flags = TL_REPEATS },
    [ADDRESS_BYTES] = { "cdp.address", "Address", .type = TL_BYTES, .flags = TL_REPEATS },
    [PORT] = { "cdp.portid", "Port id", .type = TL_TEXT },
    [CAPABILITIES] = { "cdp.capabilities", "Capabilities", .type = TL_U32, .base = TL_HEX },
    [C_ROUTER] = FLAG("cdp.capabilities.router", "Router", 0x001),
    [C_TB_BRIDGE] = FLAG("cdp.capabilities.trans_bridge", "Transparent bridge", 0x002),
    [C_SR_BRIDGE] = FLAG("cdp.capabilities.src_bridge", "Source-route bridge", 0x004),
    [C_SWITCH] = FLAG("cdp.capabilities.switch", "Switch", 0x008),
    [C_HOST] = FLAG("cdp.capabilities.host", "Host", 0x010),
    [C_IGMP] = FLAG("cdp.capabilities.igmp_capable", "IGMP", 0x020),
    [C_REPEATER] = FLAG("cdp.capabilities.repeater", "Repeater", 0x040),
    [C_PHONE] = FLAG("cdp.capabilities.voip_phone", "Phone", 0x080),
    [C_REMOTE] = FLAG("cdp.capabilities.remote", "Remotely managed", 0x100),
    [C_CVTA] = FLAG("cdp.capabilities.cvta", "CVTA or camera", 0x200),
    [C_MAC_RELAY] = FLAG("cdp.capabilities.mac_relay", "Two-port MAC relay", 0x400),
    [SOFTWARE] = { "cdp.software_version", "Software version", .type = TL_TEXT },
    [PLATFORM] = { "cdp.platform", "Platform", .type = TL_TEXT },
    [DOMAIN] = { "cdp.vtp_management_domain", "VTP management domain", .type = TL_TEXT },
    [NATIVE_VLAN] = { "cdp.native_vlan", "Native VLAN", .type = TL_U16 },
    [DUPLEX] = { "cdp.duplex", "Full duplex", .type = TL_BOOL },
    [VOICE_VLAN] = { "cdp.voice_vlan", "Voice VLAN", .type = TL_U16 },
    [POWER] = { "cdp.power_consumption", "Power consumption", .type = TL_U16, .unit = "mW" },
    [MTU] = { "cdp.mtu", "MTU", .type = TL_U32, .unit = "bytes" },
    [TRUST] = { "cdp.trust_bitmap", "Trust bitmap", .type = TL_U8, .base = TL_HEX },
    [UNTRUSTED] = { "cdp.untrusted_port_cos", "Untrusted port CoS", .type = TL_U8, .base = TL_HEX },
    [SYSTEM_NAME] = { "cdp.system_name", "System name", .type = TL_TEXT },
    [SYSTEM_OBJECT] = { "cdp.system_object_identifier", "System object id", .type = TL_BYTES },
    [LOCATION] = { "cdp.location", "Location", .type = TL_TEXT },
    [REQUEST_ID] = { "cdp.request_id", "Request id", .type = TL_U16 },
    [MANAGEMENT_ID] = { "cdp.management_id", "Management id", .type = TL_U16 },
    [REQUESTED] = { "cdp.power_requested", "Power requested", .type = TL_U32, .flags = TL_REPEATS, .unit = "mW" },
    [AVAILABLE] = { "cdp.power_available", "Power available", .type = TL_U32, .flags = TL_REPEATS, .unit = "mW" },
    [PREFIX] = { "cdp.ip_prefix", "Prefix", .type = TL_IPV4, .flags = TL_REPEATS },
    [PREFIX_LENGTH] = { "cdp.ip_prefix.length", "Prefix length", .type = TL_U8, .flags = TL_REPEATS },
    [ODR] = { "cdp.odr_default_gateway", "Default gateway", .type = TL_IPV4 },
    [CLUSTER] = { "cdp.oui", "Organization", .type = TL_U24, .base = TL_HEX },
    [VALUE] = { "cdp.tlv.value", "Value", .type = TL_BYTES },
};

enum { ENTRY = 4, NLPID_IP = 0xcc };

static void rest(struct tl_dissection *d, unsigned field)
{
    if (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        tl_run(d, field, tl_cursor_wire_left(&d->c));
}

/* A count, then for each: the protocol's type, length and value, the address's length and value. */
static void addresses(struct tl_dissection *d)
{
    uint32_t count = tl_u32(d, ADDRESS_COUNT);
    for (uint32_t i = 0; i < count && tl_ok(d) && tl_cursor_wire_left(&d->c) > 0; i++) {
        uint8_t type = tl_u8(d, PROTOCOL_TYPE), len = tl_u8(d, PROTOCOL_LENGTH);
        const uint8_t *protocol = len > 0 ? tl_run(d, PROTOCOL, len) : NULL;
        uint16_t size = tl_u16(d, ADDRESS_LENGTH);
        if (!tl_ok(d) || size == 0)
            continue;
        if (type == 1 && protocol != NULL && len == 1 && protocol[0] == NLPID_IP && size == 4)
            tl_ipv4(d, ADDRESS);
        else if (size == 16 && len == 8)
            tl_ipv6(d, ADDRESS6);
        else
            tl_run(d, ADDRESS_BYTES, size);
    }
}

/* Networks behind a stub router, or its default gateway. */
static void prefixes(struct tl_dissection *d, uint32_t len)
{
    if (len == 4) {
        tl_ipv4(d, ODR);
        return;
    }
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) >= 5) {
        tl_ipv4(d, PREFIX);
        tl_u8(d, PREFIX_LENGTH);
    }
}

static void powers(struct tl_dissection *d, unsigned field)
{
    tl_u16(d, REQUEST_ID);
    tl_u16(d, MANAGEMENT_ID);
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) >= 4)
        tl_u32(d, field);
}

static void capabilities(struct tl_dissection *d)
{
    uint32_t bits = tl_u32(d, CAPABILITIES);
    if (tl_ok(d))
        tl_add_all_bits(d, C_ROUTER, C_MAC_RELAY, d->c.off - 4, 4, bits);
}

static bool number(struct tl_dissection *d, uint16_t type, uint32_t len)
{
    static const struct {
        uint8_t type, len, field;
    } numbers[] = {
        { T_VLAN, 2, NATIVE_VLAN }, { T_DUPLEX, 1, DUPLEX }, { T_POWER, 2, POWER }, { T_MTU, 4, MTU }, { T_TRUST, 1,
        TRUST },
        { T_UNTRUSTED, 1, UNTRUSTED },
    };
    for (unsigned i = 0; i < TL_COUNT(numbers); i++) {
        if (numbers[i].type != type || numbers[i].len != len)
            continue;
        if (len == 1)
            tl_u8(d, numbers[i].field);
        else if (len == 2)
            tl_u16(d, numbers[i].field);
        else
            tl_u32(d, numbers[i].field);
        return true;
    }
    return false;
}

static void value(struct tl_dissection *d, uint16_t type, uint32_t len)
{
    static const uint8_t texts[] = { [T_DEVICE] = DEVICE, [T_PORT] = PORT, [T_SOFTWARE] = SOFTWARE,
    [T_PLATFORM] = PLATFORM,
                                     [T_DOMAIN] = DOMAIN, [T_NAME] = SYSTEM_NAME };
    if (type < sizeof texts && texts[type] != 0)
        rest(d, texts[type]);
    else if (type == T_ADDRESSES || type == T_MANAGEMENT)
        addresses(d);
    else if (type == T_CAPABILITIES && len == 4)
        capabilities(d);
    else if (type == T_PREFIXES)
        prefixes(d, len);
    else if (type == T_HELLO)
        tl_u24(d, CLUSTER);
    else if ((type == T_VOICE_REPLY || type == T_VOICE_QUERY) && len == 3) {
        tl_skip(d, 1);
        tl_u16(d, VOICE_VLAN);
    } else if (type == T_OBJECT)
        rest(d, SYSTEM_OBJECT);
    else if (type == T_LOCATION && len > 1) {
        tl_skip(d, 1);
        rest(d, LOCATION);
    } else if (type == T_POWER_REQUESTED || type == T_POWER_AVAILABLE)
        powers(d, type == T_POWER_REQUESTED ? REQUESTED : AVAILABLE);
    else
        (void)number(d, type, len);
    rest(d, VALUE);
}

static enum tl_status cdp_dissect(struct tl_dissection *d)
{
    tl_u8(d, VERSION);
    tl_u8(d, TTL);
    tl_u16(d, CHECKSUM);
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) >= ENTRY) {
        uint32_t group = tl_group(d, TLV);
        uint16_t type = tl_u16(d, TYPE);
        uint32_t len = tl_u16(d, LENGTH);
        if (tl_ok(d) && len < ENTRY)
            tl_bad(d);
        if (tl_ok(d) && len > ENTRY) {
            struct tl_part part = tl_part_enter(d, len - ENTRY);
            value(d, type, len - ENTRY);
            tl_part_leave(d, part);
        }
        tl_group_end(d, group);
    }
    return tl_next_data(d);
}

const struct tl_protocol tl_protocol_cdp = {
    .name = "cdp",
    .title = "Cisco Discovery Protocol",
    .kind = TL_KIND_LAYER,
    .info = "CDP[ {deviceid}][ {portid}]",
    .dissect = cdp_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_PPP, 0x0207 } },
};
