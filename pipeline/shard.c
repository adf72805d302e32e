/* shard.c - finds the outermost addresses of a packet, and as little else as will do. */
#include "pipeline/shard.h"

#include "core/cursor.h"
#include "flows/table.h"

enum {
    ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_IPV6 = 0x86dd, ETHERTYPE_VLAN = 0x8100, ETHERTYPE_QINQ = 0x88a8,
    ETHERTYPE_QINQ_OLD = 0x9100, ETHERTYPE_PPP = 0x880b, ETHERTYPE_ETHERNET = 0x6558, ETHERTYPE_FIRST = 0x600,
    DEPTH_MAX = 32,
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

static uint16_t llc(struct tl_cursor *c)
{
    uint8_t dsap = u8(c), ssap = u8(c), control = u8(c);
    if (dsap == 0x06 && (control & 3) == 3)
        return ETHERTYPE_IPV4;
    if (dsap != 0xaa || ssap != 0xaa || control != 3)
        return 0;
    const uint8_t *oui = tl_cursor_take(c, 3);
    uint16_t type = u16(c);
    return oui != NULL && (tl_load_be24(oui) == 0 || tl_load_be24(oui) == 0x0000f8) ? type : 0;
}

static uint16_t ppp_type(struct tl_cursor *c)
{
    const uint8_t *p = tl_cursor_peek(c, 0, 2);
    if (p != NULL && tl_load_be16(p) == 0xff03)
        (void)u16(c);
    p = tl_cursor_peek(c, 0, 1);
    uint16_t type = p != NULL && *p & 1 ? u8(c) : u16(c);
    return type == 0x21 ? ETHERTYPE_IPV4 : type == 0x57 ? ETHERTYPE_IPV6 : 0;
}

/* By the version nibble. */
static uint16_t raw_type(const struct tl_cursor *c)
{
    const uint8_t *p = tl_cursor_peek(c, 0, 1);
    if (p == NULL)
        return 0;
    return *p >> 4 == 4 ? ETHERTYPE_IPV4 : *p >> 4 == 6 ? ETHERTYPE_IPV6 : 0;
}

static uint16_t null_type(struct tl_cursor *c)
{
    const uint8_t *p = tl_cursor_take(c, 4);
    if (p == NULL)
        return 0;
    uint32_t family = tl_load_be32(p);
    if (family > 0xffff)
        family = tl_load_le32(p);
    if (family == 2)
        return ETHERTYPE_IPV4;
    return family == 10 || family == 23 || family == 24 || family == 28 || family == 30 ? ETHERTYPE_IPV6 : 0;
}

static uint16_t link_type(struct tl_cursor *c, uint16_t linktype)
{
    switch (linktype) {
    case 1:
        (void)tl_cursor_take(c, 12);
        return u16(c);
    case 0:
    case 108:
        return null_type(c);
    case 9:
    case 50:
        return ppp_type(c);
    case 12:
    case 14:
    case 101:
        return raw_type(c);
    case 113:
        (void)tl_cursor_take(c, 14);
        return u16(c);
    case 228:
        return ETHERTYPE_IPV4;
    case 229:
        return ETHERTYPE_IPV6;
    case 276: {
        uint16_t type = u16(c);
        (void)tl_cursor_take(c, 18);
        return type;
    }
    default:
        return 0;
    }
}

/* Follows tags and encapsulations to an IP header; ETHERTYPE_IPV4, ETHERTYPE_IPV6 or 0. */
static uint16_t to_network(struct tl_cursor *c, uint16_t linktype)
{
    uint16_t type = link_type(c, linktype);
    for (unsigned depth = 0; depth < DEPTH_MAX && c->status == TL_OK; depth++) {
        switch (type) {
        case ETHERTYPE_IPV4:
        case ETHERTYPE_IPV6:
            return type;
        case ETHERTYPE_VLAN:
        case ETHERTYPE_QINQ:
        case ETHERTYPE_QINQ_OLD:
            (void)u16(c);
            type = u16(c);
            break;
        case ETHERTYPE_ETHERNET:
            (void)tl_cursor_take(c, 12);
            type = u16(c);
            break;
        case ETHERTYPE_PPP:
            type = ppp_type(c);
            break;
        case 4: /* SLL: 802.2 */
            type = llc(c);
            break;
        default:
            if (type >= ETHERTYPE_FIRST || type == 0)
                return 0;
            type = llc(c);
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

static void choose_worker(struct tl_packet *packet, const struct tl_flow_key *key, uint64_t seed, uint32_t workers)
{
    if (workers > 1)
        packet->shard = (uint16_t)((tl_pair_hash(key->src, key->dst, key->v6, seed) >> 32) % workers);
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
