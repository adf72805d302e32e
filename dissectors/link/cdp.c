/*
 * cdp.c - Cisco Discovery Protocol: what a device tells its neighbours about itself.
 *
 *   version 1 | time to live 1 | checksum 2 | { type 2 | length 2, of the whole entry | value } ..
 */
#include "core/part.h"
#include "dissectors/header.h"

enum { VERSION, TTL, CHECKSUM, TLV, TYPE, LENGTH, DEVICE, PORT, CAPABILITIES, SOFTWARE, PLATFORM, DOMAIN, NATIVE_VLAN,
       VALUE };

static const struct tl_name types[] = {
    { 0x0001, "Device id" },       { 0x0002, "Addresses" },        { 0x0003, "Port id" },
    { 0x0004, "Capabilities" },    { 0x0005, "Software version" }, { 0x0006, "Platform" },
    { 0x0007, "IP prefixes" },     { 0x0008, "Protocol hello" },   { 0x0009, "VTP management domain" },
    { 0x000a, "Native VLAN" },     { 0x000b, "Duplex" },           { 0x000e, "VoIP VLAN reply" },
    { 0x000f, "VoIP VLAN query" }, { 0x0010, "Power" },            { 0x0011, "MTU" },
    { 0x0012, "Trust bitmap" },    { 0x0013, "Untrusted port CoS" }, { 0x0014, "System name" },
    { 0x0015, "System object id" }, { 0x0016, "Management addresses" }, { 0x0017, "Location" },
    { 0, NULL },
};

static const struct tl_field fields[] = {
    [VERSION] = { "cdp.version", "Version", .type = TL_U8 },
    [TTL] = { "cdp.ttl", "Time to live", .type = TL_U8, .unit = "seconds" },
    [CHECKSUM] = { "cdp.checksum", "Checksum", .type = TL_U16, .base = TL_HEX },
    [TLV] = { "cdp.tlv", "Entry", .type = TL_GROUP, .flags = TL_REPEATS },
    [TYPE] = { "cdp.tlv.type", "Type", .type = TL_U16, .base = TL_HEX, .names = types },
    [LENGTH] = { "cdp.tlv.len", "Length", .type = TL_U16, .unit = "bytes" },
    [DEVICE] = { "cdp.deviceid", "Device id", .type = TL_TEXT },
    [PORT] = { "cdp.portid", "Port id", .type = TL_TEXT },
    [CAPABILITIES] = { "cdp.capabilities", "Capabilities", .type = TL_U32, .base = TL_HEX },
    [SOFTWARE] = { "cdp.software_version", "Software version", .type = TL_TEXT },
    [PLATFORM] = { "cdp.platform", "Platform", .type = TL_TEXT },
    [DOMAIN] = { "cdp.vtp_management_domain", "VTP management domain", .type = TL_TEXT },
    [NATIVE_VLAN] = { "cdp.native_vlan", "Native VLAN", .type = TL_U16 },
    [VALUE] = { "cdp.tlv.value", "Value", .type = TL_BYTES },
};

enum { ENTRY = 4 };

static void value(struct tl_dissection *d, uint16_t type, uint32_t len)
{
    static const uint8_t texts[] = { [1] = DEVICE, [3] = PORT, [5] = SOFTWARE, [6] = PLATFORM, [9] = DOMAIN };
    if (type < sizeof texts && texts[type] != 0)
        tl_run(d, texts[type], len);
    else if (type == 4 && len == 4)
        tl_u32(d, CAPABILITIES);
    else if (type == 10 && len == 2)
        tl_u16(d, NATIVE_VLAN);
    else
        tl_run(d, VALUE, len);
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
