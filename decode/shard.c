/*
 * shard.c - finds the outermost addresses of a packet. The usual stacks are recognised by a few loads, so that the hash
 * of the flow is known early enough to prefetch it. For all others the dissectors run, with no field wanted, up to the
 * first network layer.
 */
#include "decode/shard.h"

#include "decode/usual.h"

enum { DEPTH_MAX = 64 }; /* the limit of the layer loop */

uint16_t tl_shard_of(const uint8_t *src, const uint8_t *dst, bool v6, uint64_t seed, uint32_t workers)
{
    return (uint16_t)((tl_pair_hash(src, dst, v6, seed) >> 32) % workers);
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

static void shard_packet(const struct tl_shard *shard, struct tl_packet *packet, uint32_t workers)
{
    struct tl_flow_key key;
    packet->shard = 0;
    packet->hash = 0;
    if (shard->sparse && workers <= 1)
        return;
    if (TL_LIKELY(!shard->unusual && tl_usual_key(packet, &key))) {
        packet->hash = tl_flow_hash(&key, shard->seed);
        if (workers > 1)
            packet->shard = tl_shard_of(key.src, key.dst, key.v6, shard->seed, workers);
        return;
    }
    if (workers <= 1)
        return;
    struct tl_frame frame = { .packet = packet };
    if (find_network(shard, packet, &frame))
        packet->shard = tl_shard_of(frame.net.src, frame.net.dst, frame.net.version == 6, shard->seed, workers);
}

void tl_shard_packets(const void *context, struct tl_packet *packets, uint32_t n, uint32_t workers)
{
    const struct tl_shard *shard = context;
    bool plain = workers <= 1 && !shard->sparse && !shard->unusual;
    for (uint32_t i = 0; i < n; i++) {
        struct tl_packet *packet = &packets[i];
        if (TL_LIKELY(plain && tl_usual_is_ipv4(packet))) {
            const uint8_t *ip = packet->bytes + TL_USUAL_ETHERNET;
            packet->shard = 0;
            packet->hash = tl_ipv4_hash(tl_load_be32(ip + 12), tl_load_be16(ip + 20), tl_load_be32(ip + 16),
                                        tl_load_be16(ip + 22), ip[9], false, shard->seed);
        } else {
            shard_packet(shard, packet, workers);
        }
    }
}
