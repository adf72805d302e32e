/* link_layers.c - Ethernet (IEEE 802.3), VLAN tags (IEEE 802.1Q), ARP (RFC 826), MPLS (RFC 3032). */
#include "inject/layer.h"

static const struct tl_name ethertypes[] = {
    { 0x0800, "ip" },   { 0x0806, "arp" },  { 0x8100, "vlan" }, { 0x86dd, "ip6" },
    { 0x8847, "mpls" }, { 0x88a8, "qinq" }, { 0x88cc, "lldp" }, { 0, NULL },
};

enum { ETH_DST, ETH_SRC, ETH_TYPE };
static const struct tl_craft_field eth_fields[] = {
    [ETH_DST] = { "dst", "eth.dst", TL_CRAFT_MAC, 0, NULL, "MAC address; default: that of the next hop" },
    [ETH_SRC] = { "src", "eth.src", TL_CRAFT_MAC, 0, NULL, "MAC address; default: that of the interface" },
    [ETH_TYPE] = { "type", "eth.type", TL_CRAFT_NUMBER, 0xffff, ethertypes, "default: as the next layer is" },
};

enum { ARP_TPA, ARP_OP, ARP_THA, ARP_SPA, ARP_SHA, ARP_HTYPE, ARP_PTYPE };

/* Gets the destination of the first layer with addresses after layer `from`. */
static struct tl_address destination_after(const struct tl_craft *craft, unsigned from)
{
    struct tl_address address = { 0 };
    for (unsigned i = from; i < craft->layer_count && address.version == 0; i++) {
        const struct tl_layer *layer = &craft->layers[i];
        bool v6 = layer->type == &tl_craft_layer_ip6;
        if (tl_craft_is_for_all(craft, i)) {
            address.version = 4;
            memset(address.bytes, 0xff, 4);
            continue;
        }
        /* The destination is the first field of these layers. */
        if ((!v6 && layer->type != &tl_craft_layer_ip && layer->type != &tl_craft_layer_arp) ||
            layer->settings[0].count == 0)
            continue;
        address.version = v6 ? 6 : 4;
        if (v6) {
            memcpy(address.bytes, layer->now[0].address, 8);
            tl_store32(address.bytes + 8, layer->now[0].number >> 32);
        }
        tl_store32(address.bytes + (v6 ? 12 : 0), layer->now[0].number);
    }
    return address;
}

struct tl_address tl_craft_destination(struct tl_craft *craft)
{
    for (unsigned i = 0; i < craft->order_count; i++) {
        struct tl_layer *layer = &craft->layers[craft->order[i].layer];
        layer->now[craft->order[i].field] = layer->settings[craft->order[i].field].items[0];
    }
    return destination_after(craft, 0);
}

/* Maps group addresses (RFC 1112 section 6.4, RFC 2464 section 7) and the broadcast address. */
static bool group_mac(const struct tl_address *address, uint8_t mac[6])
{
    const uint8_t *a = address->bytes;
    if (address->version == 4 && tl_load_be32(a) == 0xffffffff) {
        memset(mac, 0xff, 6);
    } else if (address->version == 4 && a[0] >= 224 && a[0] < 240) {
        memcpy(mac, ((uint8_t[]){ 1, 0, 0x5e, a[1] & 0x7f, a[2], a[3] }), 6);
    } else if (address->version == 6 && a[0] == 0xff) {
        memcpy(mac, ((uint8_t[]){ 0x33, 0x33, a[12], a[13], a[14], a[15] }), 6);
    } else {
        return false;
    }
    return true;
}

static bool is_inside_ip(const struct tl_building *b)
{
    for (unsigned i = 0; i < b->index; i++)
        if (b->craft->layers[i].type == &tl_craft_layer_ip || b->craft->layers[i].type == &tl_craft_layer_ip6)
            return true;
    return false;
}

/* Without a destination of IPv6, ICMPv6 of a link goes to its group. */
static bool eth_build(struct tl_building *b)
{
    uint8_t dst[6] = { 0 }, src[6] = { 0 };
    bool has_dst = tl_craft_address(b, ETH_DST, dst), has_src = tl_craft_address(b, ETH_SRC, src);
    struct tl_address to = destination_after(b->craft, b->index + 1);
    bool outermost = !is_inside_ip(b), arp = false;
    for (unsigned i = b->index + 1; i < b->craft->layer_count; i++)
        arp = arp || b->craft->layers[i].type == &tl_craft_layer_arp;
    if (b->has_group && to.version == 0) {
        to.version = 6;
        memcpy(to.bytes, b->group, 16);
    }
    if (!has_dst && arp)
        memset(dst, 0xff, 6);
    else if (!has_dst && !group_mac(&to, dst) && outermost &&
             !b->world->hop(b->world->context, to.version != 0 ? &to : NULL, dst, b->error))
        return false;
    if (!has_src && outermost && !b->world->own(b->world->context, to.version != 0 && !arp ? &to : NULL, src, b->error))
        return false;
    uint16_t type = (uint16_t)tl_craft_number(b, ETH_TYPE, (uint64_t)tl_craft_ethertype(b));
    return tl_craft_put_all(b, tl_header_ethernet(b->craft->net, dst, src, type));
}

const struct tl_layer_type tl_craft_layer_eth = {
    "eth", "Ethernet", 0x6558, 143, 0, eth_fields, TL_COUNT(eth_fields), eth_build,
};

enum { VLAN_ID, VLAN_PRIORITY, VLAN_DEI, VLAN_TYPE };
static const struct tl_craft_field vlan_fields[] = {
    [VLAN_ID] = { "id", "vlan.id", TL_CRAFT_NUMBER, 4095, NULL, "VLAN id; default: 1" },
    [VLAN_PRIORITY] = { "priority", "vlan.priority", TL_CRAFT_NUMBER, 7, NULL, "default: 0" },
    [VLAN_DEI] = { "dei", "vlan.dei", TL_CRAFT_NUMBER, 1, NULL, "drop eligible; default: 0" },
    [VLAN_TYPE] = { "type", "vlan.etype", TL_CRAFT_NUMBER, 0xffff, ethertypes, "default: as the next layer is" },
};

static bool vlan_build(struct tl_building *b)
{
    uint16_t type = (uint16_t)tl_craft_number(b, VLAN_TYPE, (uint64_t)tl_craft_ethertype(b));
    return tl_craft_put_all(b, tl_header_vlan(b->craft->net, (uint16_t)tl_craft_number(b, VLAN_ID, 1),
                                              (uint8_t)tl_craft_number(b, VLAN_PRIORITY, 0),
                                              (uint8_t)tl_craft_number(b, VLAN_DEI, 0), type));
}

const struct tl_layer_type tl_craft_layer_vlan = {
    "vlan", "VLAN tag", 0x8100, -1, 0, vlan_fields, TL_COUNT(vlan_fields), vlan_build,
};

static const struct tl_name arp_ops[] = { { 1, "request" }, { 2, "reply" }, { 3, "rrequest" }, { 0, NULL } };
static const struct tl_craft_field arp_fields[] = {
    [ARP_TPA] = { "tpa", "arp.dst.proto_ipv4", TL_CRAFT_IPV4, 0, NULL, "target IPv4 address" },
    [ARP_OP] = { "op", "arp.opcode", TL_CRAFT_NUMBER, 0xffff, arp_ops, "request (default), reply" },
    [ARP_THA] = { "tha", "arp.dst.hw_mac", TL_CRAFT_MAC, 0, NULL, "target MAC address; default: zeros" },
    [ARP_SPA] = { "spa", "arp.src.proto_ipv4", TL_CRAFT_IPV4, 0, NULL, "sender IPv4 address; default: our own" },
    [ARP_SHA] = { "sha", "arp.src.hw_mac", TL_CRAFT_MAC, 0, NULL, "sender MAC address; default: our own" },
    [ARP_HTYPE] = { "htype", "arp.hw.type", TL_CRAFT_NUMBER, 0xffff, NULL, "default: 1" },
    [ARP_PTYPE] = { "ptype", "arp.proto.type", TL_CRAFT_NUMBER, 0xffff, ethertypes, "default: ip" },
};

static bool arp_build(struct tl_building *b)
{
    struct tl_address to = { .version = 4 };
    uint8_t tha[6] = { 0 }, spa[4] = { 0 }, sha[6] = { 0 };
    if (!tl_craft_address(b, ARP_TPA, to.bytes))
        return tl_craft_fail(b, "arp: give tpa, the address that is asked for");
    tl_craft_address(b, ARP_THA, tha);
    if (!tl_craft_address(b, ARP_SPA, spa) && !b->world->source(b->world->context, &to, spa, b->error))
        return false;
    if (!tl_craft_address(b, ARP_SHA, sha) && !b->world->own(b->world->context, NULL, sha, b->error))
        return false;
    return tl_craft_take(b, tl_craft_whole(b),
                         libnet_build_arp((uint16_t)tl_craft_number(b, ARP_HTYPE, 1),
                                          (uint16_t)tl_craft_number(b, ARP_PTYPE, 0x0800), 6, 4,
                                          (uint16_t)tl_craft_number(b, ARP_OP, 1), sha, spa, tha, to.bytes, NULL, 0,
                                          b->craft->net, 0));
}

const struct tl_layer_type tl_craft_layer_arp = {
    "arp", "Address Resolution Protocol", 0x0806, -1, 0, arp_fields, TL_COUNT(arp_fields), arp_build,
};

enum { MPLS_LABEL, MPLS_EXP, MPLS_BOTTOM, MPLS_TTL };
static const struct tl_craft_field mpls_fields[] = {
    [MPLS_LABEL] = { "label", "mpls.label", TL_CRAFT_NUMBER, 0xfffff, NULL, "default: 16" },
    [MPLS_EXP] = { "exp", "mpls.exp", TL_CRAFT_NUMBER, 7, NULL, "traffic class; default: 0" },
    [MPLS_BOTTOM] = { "bottom", "mpls.bottom", TL_CRAFT_NUMBER, 1, NULL, "default: 1 before a layer that is not mpls" },
    [MPLS_TTL] = { "ttl", "mpls.ttl", TL_CRAFT_NUMBER, 255, NULL, "default: 64" },
};

static bool mpls_build(struct tl_building *b)
{
    uint8_t bottom = (uint8_t)tl_craft_number(b, MPLS_BOTTOM, b->inner != &tl_craft_layer_mpls);
    return tl_craft_put_all(b, tl_header_mpls(b->craft->net, (uint32_t)tl_craft_number(b, MPLS_LABEL, 16),
                                              (uint8_t)tl_craft_number(b, MPLS_EXP, 0), bottom,
                                              (uint8_t)tl_craft_number(b, MPLS_TTL, 64)));
}

const struct tl_layer_type tl_craft_layer_mpls = {
    "mpls", "MPLS label", 0x8847, 137, 0, mpls_fields, TL_COUNT(mpls_fields), mpls_build,
};
