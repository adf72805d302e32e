/*
 * shard.c - finds the outermost addresses of a packet. The usual stacks are recognised by a few loads, so that the hash
 * of the flow is known early enough to prefetch it. For all others the dissectors run, with no field wanted, up to the
 * first network layer.
 */
#include "decode/shard.h"

#include "core/dissect.h"
#include "flows/table.h"

enum {
    ETHERNET = 1, /* LINKTYPE_ETHERNET */
    IPV4 = 0x0800, IPV6 = 0x86dd, VLAN = 0x8100, QINQ = 0x88a8,
    DEPTH_MAX = 64, /* the limit of the layer loop */
};

uint16_t tl_shard_of(const uint8_t *src, const uint8_t *dst, bool v6, uint64_t seed, uint32_t workers)
{
    return (uint16_t)((tl_pair_hash(src, dst, v6, seed) >> 32) % workers);
}

static bool has_ports(uint8_t ip_proto)
{
    return ip_proto == 6 || ip_proto == 17;
}

/* `ip` has 24 bytes at least. */
static inline bool is_usual_ipv4(const uint8_t *ip, struct tl_flow_key *key)
{
    if (ip[0] != 0x45 || !has_ports(ip[9]) || (tl_load_be16(ip + 6) & 0x3fff) != 0)
        return false;
    *key = (struct tl_flow_key){ .src = ip + 12, .dst = ip + 16, .src_port = tl_load_be16(ip + 20),
                                 .dst_port = tl_load_be16(ip + 22), .ip_proto = ip[9] };
    return true;
}

/* Matches Ethernet, up to two VLAN tags, IPv4 without options or IPv6, TCP or UDP, not cut and not a fragment. */
static bool is_usual(const struct tl_packet *packet, struct tl_flow_key *key)
{
    const uint8_t *p = packet->bytes;
    uint32_t at = 12;
    if (packet->linktype != ETHERNET || packet->caplen < 38)
        return false;
    uint16_t type = tl_load_be16(p + at);
    if (TL_LIKELY(type == IPV4 && is_usual_ipv4(p + 14, key)))
        return true;
    for (unsigned tags = 0; TL_UNLIKELY(type == VLAN || type == QINQ) && tags < 2; tags++) {
        at += 4;
        type = tl_load_be16(p + at);
    }
    const uint8_t *ip = p + at + 2;
    uint32_t left = packet->caplen - at - 2;
    if (type == IPV4)
        return left >= 24 && is_usual_ipv4(ip, key);
    if (type == IPV6 && left >= 44 && ip[0] >> 4 == 6 && has_ports(ip[6])) {
        *key = (struct tl_flow_key){ .src = ip + 8, .dst = ip + 24, .src_port = tl_load_be16(ip + 40),
                                     .dst_port = tl_load_be16(ip + 42), .ip_proto = ip[6], .v6 = true };
        return true;
    }
    return false;
}

static unsigned following(const struct tl_registry *registry, const struct tl_protocols *all,
                          const struct tl_next *next)
{
    if (next->kind == TL_NEXT_TABLE)
        return tl_registry_find(registry, next->table, next->value);
    if (next->kind != TL_NEXT_PROTOCOL)
        return TL_PROTOCOL_COUNT;
    return tl_protocols_index(all, next->protocol);
}

/* Runs the dissectors up to the first network layer. Returns false if there is none, or if it has no addresses. */
static bool find_network(const struct tl_shard *shard, const struct tl_packet *packet, struct tl_frame *frame)
{
    const struct tl_protocols all = tl_protocols_all();
    struct tl_dissection d = { .c = tl_cursor_on(packet->bytes, packet->caplen, packet->len), .layer = TL_NO_NODE,
                               .frame = frame, .net = &frame->net, .seg = &frame->seg };
    unsigned index = tl_registry_find(shard->registry, TL_ON_LINKTYPE, packet->linktype);
    for (unsigned depth = 0; index < TL_PROTOCOL_COUNT && depth < DEPTH_MAX; depth++) {
        d.protocol = all.items[index];
        d.protocol_index = (uint16_t)index;
        d.start = d.c.off;
        d.next.kind = TL_NEXT_NONE;
        enum tl_status status = d.protocol->dissect(&d);
        if (d.protocol->kind == TL_KIND_NETWORK)
            return frame->net.version != 0;
        if (status != TL_OK)
            return false;
        index = following(shard->registry, &all, &d.next);
    }
    return false;
}

void tl_shard_packet(const void *context, struct tl_packet *packet, uint32_t workers)
{
    const struct tl_shard *shard = context;
    struct tl_flow_key key;
    packet->shard = 0;
    if (TL_LIKELY(is_usual(packet, &key))) {
        packet->hash = tl_flow_hash(&key, shard->seed);
        if (workers > 1)
            packet->shard = tl_shard_of(key.src, key.dst, key.v6, shard->seed, workers);
        return;
    }
    packet->hash = 0;
    if (workers <= 1)
        return;
    struct tl_frame frame = { .packet = packet };
    if (find_network(shard, packet, &frame))
        packet->shard = tl_shard_of(frame.net.src, frame.net.dst, frame.net.version == 6, shard->seed, workers);
}
