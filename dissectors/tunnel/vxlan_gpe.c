/* vxlan_gpe.c - VXLAN with the Generic Protocol Extension (draft-ietf-nvo3-vxlan-gpe-13, section 3). */
#include "dissectors/tunnel/next_protocol.h"

enum { VERSION, INSTANCE, NEXT_BIT, OAM, NEXT, VNI, RESERVED };

static const struct tl_name protocols[] = { TL_TUNNEL_NAMES, { 0, NULL } };

static const struct tl_field fields[] = {
    [VERSION] = { "vxlan.ver", "Version", .type = TL_U8, .mask = 0x30 },
    [INSTANCE] = { "vxlan.i_bit", "Network id is valid", .type = TL_U8, .mask = 0x08 },
    [NEXT_BIT] = { "vxlan.p_bit", "Next protocol is valid", .type = TL_U8, .mask = 0x04 },
    [OAM] = { "vxlan.o_bit", "OAM packet", .type = TL_U8, .mask = 0x01 },
    [NEXT] = { "vxlan.next_proto", "Next protocol", .type = TL_U8, .names = protocols },
    [VNI] = { "vxlan.vni", "Network identifier", .type = TL_U24 },
    [RESERVED] = { "vxlan.reserved8", "Reserved", .type = TL_U8 },
};

static const struct tl_place places[] = {
    { VERSION, 0, 1, 0 }, { INSTANCE, 0, 1, 0 }, { NEXT_BIT, 0, 1, 0 }, { OAM, 0, 1, 0 },
    { NEXT, 3, 1, 0 },    { VNI, 4, 3, 0 },      { RESERVED, 7, 1, 0 },
};

enum { HEADER = 8, VERSION_BITS = 0x30, RESERVED_BITS = 0xc2, HAS_NEXT = 0x04 };

static enum tl_probe vxlan_gpe_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, HEADER);
    if (d->flow.ip_proto != 17 || p == NULL || (p[0] & (VERSION_BITS | RESERVED_BITS)) != 0 || p[7] != 0)
        return TL_PROBE_NO;
    return tl_load_be16(p + 1) == 0 ? TL_PROBE_MAYBE : TL_PROBE_NO;
}

/*
 * Without the bit P the packet is as in VXLAN, and the next protocol is 0 (section 3.1). Senders that name a protocol and forget
 * the bit mean the protocol.
 */
static enum tl_status vxlan_gpe_dissect(struct tl_dissection *d)
{
    const uint8_t *p = tl_header(d, places, TL_COUNT(places), HEADER);
    if (p == NULL)
        return d->c.status;
    if ((p[0] & VERSION_BITS) != 0)
        return tl_next_data(d);
    return tl_tunnel_next(d, (p[0] & HAS_NEXT) != 0 || p[3] != 0 ? p[3] : TL_TUNNEL_ETHERNET);
}

const struct tl_protocol tl_protocol_vxlan_gpe = {
    .name = "vxlan_gpe",
    .title = "VXLAN with Generic Protocol Extension",
    .kind = TL_KIND_APPLICATION,
    .carries = true,
    .info = "VNI {vxlan.vni}",
    .only_at_home = true, .probe = vxlan_gpe_probe,
    .dissect = vxlan_gpe_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_UDP_PORT, 4790 } },
};
