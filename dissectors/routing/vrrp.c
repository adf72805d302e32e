/* vrrp.c - Virtual Router Redundancy Protocol, version 2 (RFC 3768, authentication of RFC 2338) and 3 (RFC 9568). */
#include "core/part.h"
#include "dissectors/header.h"

static const struct tl_name types[] = {
    { 1, "Advertisement" }, { 0, NULL },
};
static const struct tl_name priorities[] = {
    { 0, "Leaves" }, { 100, "Default" }, { 255, "Owner" }, { 0, NULL },
};
static const struct tl_name auths[] = {
    { 0, "None" }, { 1, "Simple password" }, { 2, "IP authentication header" }, { 254, "MD5" }, { 0, NULL },
};

enum { TYPEVER, VERSION, TYPE, ROUTER, PRIORITY, COUNT, AUTH, INTERVAL, RESERVED, SHORT_INTERVAL, CHECKSUM, ADDRESS,
       ADDRESS6, PASSWORD, DIGEST };
static const struct tl_field fields[] = {
    [TYPEVER] = { "vrrp.typever", "Version and type", .type = TL_U8, .base = TL_HEX },
    [VERSION] = { "vrrp.version", "Version", .type = TL_U8, .mask = 0xf0 },
    [TYPE] = { "vrrp.type", "Type", .type = TL_U8, .mask = 0xf, .names = types },
    [ROUTER] = { "vrrp.virt_rtr_id", "Virtual router", .type = TL_U8 },
    [PRIORITY] = { "vrrp.prio", "Priority", .type = TL_U8, .names = priorities },
    [COUNT] = { "vrrp.addr_count", "Addresses", .type = TL_U8 },
    [AUTH] = { "vrrp.auth_type", "Authentication type", .type = TL_U8, .names = auths },
    [INTERVAL] = { "vrrp.adver_int", "Advertisement interval", .type = TL_U8, .unit = "s" },
    [RESERVED] = { "vrrp.reserved_mbz", "Reserved", .type = TL_U8, .mask = 0xf0 },
    [SHORT_INTERVAL] = { "vrrp.short_adver_int", "Advertisement interval", .type = TL_U16, .mask = 0xfff,
                         .help = "In hundredths of a second" },
    [CHECKSUM] = { "vrrp.checksum", "Checksum", .type = TL_U16, .base = TL_HEX },
    [ADDRESS] = { "vrrp.ip_addr", "Address", .type = TL_IPV4, .flags = TL_REPEATS },
    [ADDRESS6] = { "vrrp.ipv6_addr", "Address", .type = TL_IPV6, .flags = TL_REPEATS },
    [PASSWORD] = { "vrrp.auth_string", "Password", .type = TL_TEXT, .secret = TL_SECRET_WHOLE },
    [DIGEST] = { "vrrp.md5_auth_data", "Authentication data", .type = TL_BYTES },
};

enum { VERSION_2 = 2, VERSION_3 = 3, SIMPLE = 1, MD5 = 254, PASSWORD_SIZE = 8 };

static void addresses(struct tl_dissection *d, unsigned count)
{
    for (; count > 0 && tl_ok(d); count--) {
        if (d->net->version == 6)
            tl_ipv6(d, ADDRESS6);
        else
            tl_ipv4(d, ADDRESS);
    }
}

static void rest(struct tl_dissection *d, unsigned version, unsigned count)
{
    uint8_t auth = 0;
    if (version == VERSION_3) {
        if (tl_cursor_left(&d->c) >= 1)
            tl_add_bits(d, RESERVED, d->c.off, 1, d->c.base[d->c.off]);
        tl_bits(d, 2, SHORT_INTERVAL, SHORT_INTERVAL);
    } else {
        auth = tl_u8(d, AUTH);
        tl_u8(d, INTERVAL);
    }
    tl_u16(d, CHECKSUM);
    addresses(d, count);
    uint32_t left = tl_cursor_left(&d->c);
    if (!tl_ok(d) || version == VERSION_3 || tl_cursor_wire_left(&d->c) == 0)
        return;
    if (auth == SIMPLE) {
        tl_hide(d, (struct tl_bytes){ d->c.base + d->c.off, left });
        tl_run(d, PASSWORD, PASSWORD_SIZE);
    } else if (auth == MD5) {
        tl_run(d, DIGEST, tl_cursor_wire_left(&d->c));
    }
}

static enum tl_status vrrp_dissect(struct tl_dissection *d)
{
    uint8_t first = tl_flags8(d, TYPEVER, TYPE);
    tl_u8(d, ROUTER);
    tl_u8(d, PRIORITY);
    unsigned count = tl_u8(d, COUNT), version = first >> 4;
    if (!tl_ok(d) || d->wanted == NULL || (version != VERSION_2 && version != VERSION_3))
        return tl_next_none(d);
    struct tl_part part = tl_part_begin(d, tl_cursor_wire_left(&d->c));
    rest(d, version, count);
    tl_part_close(d, part);
    return tl_next_none(d);
}

const struct tl_protocol tl_protocol_vrrp = {
    .name = "vrrp",
    .title = "Virtual Router Redundancy Protocol",
    .kind = TL_KIND_LAYER,
    .has_secrets = true,
    .info = "VRRPv{version} {type} router {virt_rtr_id}[ priority {prio}][ {ip_addr,}][ {ipv6_addr,}]",
    .dissect = vrrp_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_IP_PROTO, 112 } },
};
