/*
 * shard.c - finds the outermost addresses of a packet, and as little else as will do. What it takes for IP is what the
 * dissectors take for IP; it may find more than they do (in a packet that they call bad there is no flow), never less.
 */
#include "pipeline/shard.h"

#include "core/cursor.h"
#include "flows/table.h"
#include "pipeline/shard_link.h"

enum {
    ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_IPV6 = 0x86dd, ETHERTYPE_VLAN = 0x8100, ETHERTYPE_QINQ = 0x88a8,
    ETHERTYPE_QINQ_OLD = 0x9100, ETHERTYPE_CMD = 0x8909, ETHERTYPE_VNTAG = 0x8926, ETHERTYPE_ETAG = 0x893f, ETHERTYPE_MPLS = 0x8847,
    ETHERTYPE_MPLS_MULTICAST = 0x8848,
    ETHERTYPE_PPPOE = 0x8863, ETHERTYPE_PPPOE_SESSION = 0x8864,
    ETHERTYPE_PPP = 0x880b, ETHERTYPE_ETHERNET = 0x6558, ETHERTYPE_FIRST = 1536,
    LENGTH_LAST = 1500,
    SAP_IP = 0x06, SAP_SNAP = 0xaa, OUI_ETHERNET = 0, OUI_CISCO_90 = 0x0000f8, OUI_BRIDGED = 0x0080c2,
    LINUX_802_2 = 4, HARDWARE_GRE = 778, PPP_IPV4 = 0x21, PPP_IPV6 = 0x57, PPP_MPLS = 0x281, PPP_MPLS_MULTICAST = 0x283,
    DEPTH_MAX = 64, /* as many layers as are decoded */
};

static uint16_t u16(struct tl_cursor *c)
{
    const uint8_t *p = tl_cursor_take(c, 2);
    return p != NULL ? tl_load_be16(p) : 0;
}

static uint8_t u8(struct tl_cursor *c)
{
    const uint8_t *p = tl_cursor_take(c, 1);
    return p != NULL ? *p : 0;
}

/* All of these give the Ethernet type of what follows, or 0. */
static uint16_t snap(struct tl_cursor *c)
{
    const uint8_t *p = tl_cursor_take(c, 5);
    if (p == NULL)
        return 0;
    uint32_t oui = tl_load_be24(p);
    uint16_t type = tl_load_be16(p + 3);
    if (oui == OUI_ETHERNET || oui == OUI_CISCO_90)
        return type;
    return oui == OUI_BRIDGED && (type == 1 || type == 7) ? ETHERTYPE_ETHERNET : 0;
}

static uint16_t llc(struct tl_cursor *c)
{
    uint8_t dsap = u8(c);
    (void)u8(c);
    uint8_t control = u8(c);
    if (dsap == SAP_SNAP && (control & 3) == 3)
        return snap(c);
    return dsap == SAP_IP && (control & 0xef) == 3 ? ETHERTYPE_IPV4 : 0;
}

static uint16_t type_or_length(struct tl_cursor *c)
{
    uint16_t value = u16(c);
    if (value >= ETHERTYPE_FIRST)
        return value;
    return value > 0 && value <= LENGTH_LAST ? llc(c) : 0;
}

static uint16_t ethernet(struct tl_cursor *c)
{
    (void)tl_cursor_take(c, 12);
    return type_or_length(c);
}

static uint16_t vlan(struct tl_cursor *c)
{
    (void)u16(c);
    return type_or_length(c);
}

static uint16_t ppp(struct tl_cursor *c)
{
    const uint8_t *p = tl_cursor_peek(c, 0, 1);
    if (p != NULL && p[0] == 0xff) {
        (void)u16(c);
        p = tl_cursor_peek(c, 0, 1);
    }
    uint16_t protocol = p != NULL && (p[0] & 1) != 0 ? u8(c) : u16(c);
    if (protocol == PPP_MPLS || protocol == PPP_MPLS_MULTICAST)
        return ETHERTYPE_MPLS;
    return protocol == PPP_IPV4 ? ETHERTYPE_IPV4 : protocol == PPP_IPV6 ? ETHERTYPE_IPV6 : 0;
}

/* By the version nibble. */
static uint16_t raw(const struct tl_cursor *c)
{
    const uint8_t *p = tl_cursor_peek(c, 0, 1);
    if (p == NULL)
        return 0;
    return p[0] >> 4 == 4 ? ETHERTYPE_IPV4 : p[0] >> 4 == 6 ? ETHERTYPE_IPV6 : 0;
}

/* One label; behind the last one the version tells. */
static uint16_t mpls(struct tl_cursor *c)
{
    const uint8_t *p = tl_cursor_take(c, 4);
    if (p == NULL)
        return 0;
    return (p[2] & 1) != 0 ? raw(c) : ETHERTYPE_MPLS;
}

static uint16_t pppoe(struct tl_cursor *c)
{
    const uint8_t *p = tl_cursor_take(c, 6);
    return p != NULL && p[1] == 0 ? ppp(c) : 0;
}

/* Cisco MetaData: the type stands last, or (as in GRE) first. */
static uint16_t metadata(struct tl_cursor *c)
{
    const uint8_t *p = tl_cursor_take(c, 8);
    return p != NULL ? tl_load_be16(p[0] < 6 ? p + 6 : p) : 0;
}

static uint16_t null(struct tl_cursor *c)
{
    const uint8_t *p = tl_cursor_take(c, 4);
    if (p == NULL)
        return 0;
    uint32_t family = tl_load_be32(p);
    if (family > 0xffff)
        family = tl_load_le32(p);
    if (family > 0xffff)
        family = tl_load_be16(p + 2);
    if (family >= ETHERTYPE_FIRST)
        return (uint16_t)family;
    if (family == 2)
        return ETHERTYPE_IPV4;
    return family == 10 || family == 23 || family == 24 || family == 28 || family == 30 ? ETHERTYPE_IPV6 : 0;
}

/* Linux's cooked headers: the type, and that of the hardware, stand at offsets of their own. */
static uint16_t cooked(struct tl_cursor *c, uint32_t size, uint32_t type_at, uint32_t hardware_at)
{
    const uint8_t *p = tl_cursor_take(c, size);
    if (p == NULL)
        return 0;
    uint16_t type = tl_load_be16(p + type_at);
    if (type >= ETHERTYPE_FIRST || tl_load_be16(p + hardware_at) == HARDWARE_GRE)
        return type;
    return type == LINUX_802_2 ? llc(c) : 0;
}

static uint16_t link_type(struct tl_cursor *c, uint16_t *linktype)
{
    switch (*linktype) {
    case 1:
        return ethernet(c);
    case 0:
    case 108:
        return null(c);
    case 9:
    case 50:
        return ppp(c);
    case 12:
    case 14:
    case 101:
        return raw(c);
    case 113:
        return cooked(c, 16, 14, 2);
    case 228:
        return ETHERTYPE_IPV4;
    case 229:
        return ETHERTYPE_IPV6;
    case 276:
        return cooked(c, 20, 0, 8);
    default:
        return tl_shard_link(c, linktype);
    }
}

/* Follows tags and encapsulations to an IP header; ETHERTYPE_IPV4, ETHERTYPE_IPV6 or 0. */
static uint16_t to_network(struct tl_cursor *c, uint16_t linktype)
{
    uint16_t type = link_type(c, &linktype);
    for (unsigned depth = 0; depth < DEPTH_MAX && c->status == TL_OK; depth++) {
        switch (type) {
        case ETHERTYPE_IPV4:
        case ETHERTYPE_IPV6:
            return type;
        case TL_SHARD_LINK:
            type = link_type(c, &linktype);
            break;
        case TL_SHARD_LLC:
            type = llc(c);
            break;
        case ETHERTYPE_VLAN:
        case ETHERTYPE_QINQ:
        case ETHERTYPE_QINQ_OLD:
            type = vlan(c);
            break;
        case ETHERTYPE_ETHERNET:
            type = ethernet(c);
            break;
        case ETHERTYPE_PPP:
            type = ppp(c);
            break;
        case ETHERTYPE_CMD:
            type = metadata(c);
            break;
        case ETHERTYPE_VNTAG:
            (void)tl_cursor_take(c, 4);
            type = type_or_length(c);
            break;
        case ETHERTYPE_ETAG:
            (void)tl_cursor_take(c, 6);
            type = u16(c);
            break;
        case ETHERTYPE_MPLS:
        case ETHERTYPE_MPLS_MULTICAST:
            type = mpls(c);
            break;
        case ETHERTYPE_PPPOE:
        case ETHERTYPE_PPPOE_SESSION:
            type = pppoe(c);
            break;
        default:
            return 0;
        }
    }
    return 0;
}

/* The flow's hash, where transport and ports are plainly there; else 0. */
static uint64_t plain_hash(struct tl_flow_key *key, const struct tl_cursor *c, uint64_t seed)
{
    const uint8_t *ports = tl_cursor_peek(c, 0, 4);
    if ((key->ip_proto != 6 && key->ip_proto != 17) || ports == NULL)
        return 0;
    key->src_port = tl_load_be16(ports);
    key->dst_port = tl_load_be16(ports + 2);
    return tl_flow_hash(key, seed);
}

/* Ethernet, IPv4 without options, TCP or UDP, whole: most of what there is. */
static bool is_usual(const struct tl_packet *packet)
{
    const uint8_t *p = packet->bytes;
    return packet->linktype == 1 && packet->caplen >= 38 && tl_load_be16(p + 12) == ETHERTYPE_IPV4 && p[14] == 0x45 &&
           (p[23] == 6 || p[23] == 17) && (tl_load_be16(p + 20) & 0x3fff) == 0;
}

uint16_t tl_shard_of(const uint8_t *src, const uint8_t *dst, bool v6, uint64_t seed, uint32_t workers)
{
    return (uint16_t)((tl_pair_hash(src, dst, v6, seed) >> 32) % workers);
}

static void choose_worker(struct tl_packet *packet, const struct tl_flow_key *key, uint64_t seed, uint32_t workers)
{
    if (workers > 1)
        packet->shard = tl_shard_of(key->src, key->dst, key->v6, seed, workers);
}

void tl_shard_packet(const void *context, struct tl_packet *packet, uint32_t workers)
{
    const struct tl_shard *shard = context;
    if (TL_LIKELY(is_usual(packet))) {
        const uint8_t *ip = packet->bytes + 14;
        struct tl_flow_key usual = { .src = ip + 12, .dst = ip + 16, .src_port = tl_load_be16(ip + 20),
                                     .dst_port = tl_load_be16(ip + 22), .ip_proto = ip[9] };
        packet->hash = tl_flow_hash(&usual, shard->seed);
        packet->shard = 0;
        choose_worker(packet, &usual, shard->seed, workers);
        return;
    }
    struct tl_cursor c = tl_cursor_on(packet->bytes, packet->caplen, packet->len);
    struct tl_flow_key key = { 0 };
    uint16_t type = to_network(&c, packet->linktype);
    packet->hash = 0;
    packet->shard = 0;
    if (type == ETHERTYPE_IPV4) {
        const uint8_t *ip = tl_cursor_take(&c, 20);
        if (ip == NULL || ip[0] >> 4 != 4 || (ip[0] & 15) < 5)
            return;
        key = (struct tl_flow_key){ .src = ip + 12, .dst = ip + 16, .ip_proto = ip[9] };
        (void)tl_cursor_take(&c, (uint32_t)(ip[0] & 15) * 4 - 20);
        if ((tl_load_be16(ip + 6) & 0x3fff) == 0)
            packet->hash = plain_hash(&key, &c, shard->seed);
    } else if (type == ETHERTYPE_IPV6) {
        const uint8_t *ip = tl_cursor_take(&c, 40);
        if (ip == NULL || ip[0] >> 4 != 6)
            return;
        key = (struct tl_flow_key){ .src = ip + 8, .dst = ip + 24, .ip_proto = ip[6], .v6 = true };
        packet->hash = plain_hash(&key, &c, shard->seed);
    } else {
        return;
    }
    choose_worker(packet, &key, shard->seed, workers);
}
