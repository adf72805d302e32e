/* vxlan.c - Virtual eXtensible Local Area Network (RFC 7348), with the group policy extension. */
#include "dissectors/header.h"

enum { FLAGS, FLAG_G, FLAG_I, FLAG_D, FLAG_A, GBP, VNI, RESERVED };
static const struct tl_field fields[] = {
    [FLAGS] = { "vxlan.flags", "Flags", .type = TL_U16, .base = TL_HEX },
    [FLAG_G] = { "vxlan.flag_g", "Group policy", .type = TL_BOOL, .mask = 0x8000 },
    [FLAG_I] = { "vxlan.flag_i", "Network id is valid", .type = TL_BOOL, .mask = 0x0800 },
    [FLAG_D] = { "vxlan.flag_d", "Do not learn", .type = TL_BOOL, .mask = 0x0040 },
    [FLAG_A] = { "vxlan.flag_a", "Policy applied", .type = TL_BOOL, .mask = 0x0008 },
    [GBP] = { "vxlan.gbp", "Group policy id", .type = TL_U16 },
    [VNI] = { "vxlan.vni", "Network identifier", .type = TL_U24 },
    [RESERVED] = { "vxlan.reserved8", "Reserved", .type = TL_U8 },
};

enum { HAS_VNI = 0x0800 }; /* in the flags: must be set (RFC 7348 section 5) */

static enum tl_probe vxlan_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, 22); /* the VXLAN header and an Ethernet header */
    if (d->flow.ip_proto != 17 || p == NULL || (p[0] & 0x08) == 0)
        return TL_PROBE_NO;
    /* Reserved bits are ignored (RFC 7348 5), except on a foreign port, where they must be zero. */
    bool policy = (p[0] & 0x80) != 0;
    if ((p[0] & 0x77) != 0 || p[7] != 0 || (!policy && tl_load_be24(p + 1) != 0))
        return TL_PROBE_MAYBE;
    switch (tl_load_be16(p + 20)) {
    case 0x0800:
    case 0x0806:
    case 0x8100:
    case 0x86dd:
        return TL_PROBE_YES;
    default:
        return TL_PROBE_MAYBE;
    }
}

static enum tl_status vxlan_dissect(struct tl_dissection *d)
{
    uint16_t flags = tl_u16(d, FLAGS);
    if (tl_ok(d))
        tl_add_all_bits(d, FLAG_G, FLAG_A, d->c.off - 2, 2, flags);
    tl_u16(d, GBP);
    tl_u24(d, VNI);
    tl_u8(d, RESERVED);
    if (tl_ok(d) && (flags & HAS_VNI) != 0)
        tl_confirm(d);
    return tl_next(d, TL_ON_ETHERTYPE, 0x6558);
}

const struct tl_protocol tl_protocol_vxlan = {
    .name = "vxlan",
    .title = "Virtual eXtensible Local Area Network",
    .service = "vxlan",
    .kind = TL_KIND_APPLICATION,
    .carries = true,
    .info = "VNI {vni}",
    TL_BEGINS("\x08\x08\x88\x88"), .probe = vxlan_probe,
    .dissect = vxlan_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_UDP_PORT, 4789 }, { TL_ON_UDP_PORT, 8472 } },
};
