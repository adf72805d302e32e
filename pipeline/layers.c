/* layers.c - the layer loop: from the link layer inwards, through fragments, tunnels and flows. */
#include <assert.h>

#include "flows/identity.h"
#include "pipeline/shard.h"
#include "pipeline/worker.h"

enum { LAYERS_MAX = 64 }; /* a packet is decoded no deeper than this */

/* What only sinks of packets want. */
static void begin_showing(struct tl_worker *w, const struct tl_packet *packet)
{
    w->glance = (struct tl_glance){ 0 };
    if (w->plan->tree)
        tl_tree_reset(&w->tree, packet->bytes, packet->caplen);
}

static void begin_packet(struct tl_worker *w, const struct tl_packet *packet)
{
    struct tl_dissection *d = &w->d;
    d->c = tl_cursor_on(packet->bytes, packet->caplen, packet->len);
    d->quoted = d->length_clipped = false;
    d->net.version = 0;
    d->net.fragment = false;
    d->net.bad_checksum = d->net.offloaded = false;
    d->vlan = d->inner_vlan = 0;
    d->l2_src = d->l2_dst = NULL;
    d->packet = packet;
    d->ts = packet->ts;
    d->number = packet->number;
    d->layer = TL_NO_NODE;
    w->tunnels.count = w->tunnels.depth = 0;
    w->tunnels.outer = 0;
    w->flow = w->outer_flow = NULL;
    w->malformed = w->offloaded = false;
    d->protocol_index = TL_PROTOCOL_data;
    if (TL_UNLIKELY(packet->interface != w->interface)) {
        const struct tl_interface *interface = tl_interfaces_get(w->plan->interfaces, packet->interface);
        w->interface = packet->interface;
        w->nano = interface != NULL && interface->decimals > 6;
    }
    tl_arena_reset(&w->scratch);
    if (TL_UNLIKELY(w->plan->tree | w->plan->glances))
        begin_showing(w, packet);
}

/* Runs one dissector at the cursor. */
static enum tl_status run(struct tl_worker *w, unsigned index)
{
    struct tl_dissection *d = &w->d;
    d->protocol = w->plan->protocols.items[index];
    d->protocol_index = (uint16_t)index;
    d->start = d->c.off;
    d->next.kind = TL_NEXT_NONE;
    d->wanted = NULL;
    if (TL_UNLIKELY(w->plan->glances))
        tl_worker_note_layer(w, index);
    if (!w->plan->tree)
        return d->protocol->dissect(d);
    d->wanted = w->plan->wanted[index];
    tl_layer_begin(d);
    enum tl_status status = d->protocol->dissect(d);
    tl_layer_end(d);
    return status;
}

/* What nobody decodes is shown as data; it costs nothing unless it is shown. */
static void run_data(struct tl_worker *w)
{
    if (w->plan->tree && tl_cursor_wire_left(&w->d.c) > 0)
        (void)run(w, TL_PROTOCOL_data);
}

/* The packet is put together: the cursor goes on in the whole payload. */
static bool reassemble(struct tl_worker *w)
{
    struct tl_dissection *d = &w->d;
    struct tl_bytes whole = tl_fragments_add(w->fragments, d, w->tunnels.outer);
    if (whole.len == 0)
        return false;
    d->net.total_len = d->net.header_len + whole.len;
    d->net.fragment = false;
    d->c = tl_cursor_on(whole.data, whole.len, whole.len);
    if (w->plan->tree)
        w->tree.source = tl_tree_add_source(&w->tree, whole.data, whole.len,
                                            d->net.version == 4 ? "reassembled IPv4" : "reassembled IPv6");
    return true;
}

/* Another network layer begins: the flow of the one before is a tunnel around it. */
static void enter_tunnel(struct tl_worker *w)
{
    struct tl_dissection *d = &w->d;
    struct tl_tunnels *tunnels = &w->tunnels;
    if (tunnels->outer == 0)
        tunnels->outer = tl_pair_hash(d->net.src, d->net.dst, d->net.version == 6, w->plan->seed);
    if (w->outer_flow != NULL && tunnels->count < TL_PARENTS_MAX) {
        const struct tl_flow *flow = w->outer_flow;
        const struct tl_flow_ext *ext =
            flow->ext ? tl_slab_at(tl_slab_base(tl_flows_slab(w->flows)), flow->ext) : NULL;
        tunnels->uids[tunnels->count++] = tl_flow_uid(flow, ext);
    }
    w->outer_flow = NULL;
    tunnels->depth++;
}

/* The hash that the shard parser worked out, where it is this flow's. */
static uint64_t known_hash(const struct tl_worker *w)
{
    const struct tl_dissection *d = &w->d;
    bool plain = w->tunnels.outer == 0 && (d->net.protocol == 6 || d->net.protocol == 17);
    return plain ? d->packet->hash : 0;
}

/* The shard parser, which saw the packet first, must have found what the dissectors found. */
static void check_shard(const struct tl_worker *w)
{
#ifndef NDEBUG
    const struct tl_dissection *d = &w->d;
    const struct tl_network *net = &d->net;
    const struct tl_packet *packet = d->packet;
    if (w->tunnels.outer != 0)
        return;
    bool v6 = net->version == 6;
    if (w->plan->workers > 1)
        assert(packet->shard == tl_shard_of(net->src, net->dst, v6, w->plan->seed, w->plan->workers));
    if (packet->hash != 0 && (net->protocol == 6 || net->protocol == 17)) {
        struct tl_flow_key key = { .src = net->src, .dst = net->dst, .src_port = d->seg.src_port,
                                   .dst_port = d->seg.dst_port, .ip_proto = net->protocol, .v6 = v6 };
        assert(packet->hash == tl_flow_hash(&key, w->plan->seed));
    }
#else
    (void)w;
#endif
}

/* For an index: the flow is known now, and may be gone when the packet is done with. */
static void note_flow(struct tl_worker *w, const struct tl_flow_hit *hit)
{
    w->glance.flow = hit->flow->first_pkt;
    w->glance.side = (uint8_t)tl_flow_end(hit->flow, hit->side);
    w->glance.turned = (hit->flow->flags & TL_FLOW_TURNED) != 0;
    w->glance.begun = NULL;
    if (!hit->is_new)
        return;
    w->begun = (struct tl_flow_id){ 0 };
    tl_flow_describe(hit->flow, &w->begun);
    w->glance.begun = &w->begun;
}

/* A checksum that does not hold: wrong ones are counted each, packets with some that were left to a card once. */
static void count_checksum(struct tl_worker *w, bool offloaded)
{
    if (!offloaded)
        w->counters.bad_checksums++;
    else if (!w->offloaded)
        w->counters.offloaded++;
    w->offloaded |= offloaded;
}

/* d->net and d->seg stand: finds the flow. */
static struct tl_flow_hit find_flow(struct tl_worker *w)
{
    struct tl_dissection *d = &w->d;
    if (TL_UNLIKELY(d->seg.bad_checksum | d->seg.offloaded))
        count_checksum(w, d->seg.offloaded);
    check_shard(w);
    struct tl_flow_hit hit = tl_flows_packet(w->flows, d, &w->tunnels, known_hash(w), w->nano);
    w->outer_flow = hit.flow;
    if (TL_UNLIKELY(w->plan->glances) && hit.flow != NULL)
        note_flow(w, &hit);
    return hit;
}

static void read_tcp(struct tl_worker *w, struct tl_flow_hit hit)
{
    struct tl_dissection *d = &w->d;
    struct tl_flow *flow = hit.flow;
    const struct tl_flow_ext *ext = tl_slab_at(tl_slab_base(tl_flows_slab(w->flows)), flow->ext);
    uint32_t layers = w->tree.count;
    struct tl_cursor c = d->c;
    struct tl_bytes payload = { c.base + c.off, tl_cursor_left(&c) };
    tl_tcp_payload(flow, ext->tcp, hit.side, &d->seg, payload, &w->reader, tl_flows_slab(w->flows));
    d->c = c;
    if (TL_UNLIKELY(w->turn))
        tl_application_settle(w, flow);
    if (w->plan->tree && w->tree.count == layers)
        run_data(w);
}

/*
 * Behind a transport layer, which may quote another packet. true: something is carried inside that the loop goes on
 * with.
 */
static bool carry_on(struct tl_worker *w, bool quotes)
{
    struct tl_dissection *d = &w->d;
    bool alone = d->quoted || d->net.version == 0 || d->net.bad_checksum;
    struct tl_flow_hit hit = { 0 };
    if (!alone)
        hit = find_flow(w);
    if (quotes)
        return false;
    if (hit.flow == NULL || hit.rejected)
        tl_application_lone(w);
    else if (d->net.protocol == 6)
        read_tcp(w, hit);
    else if (d->net.protocol == 17)
        return tl_application_datagram(w, hit.flow, hit.side);
    else
        run_data(w);
    return false;
}

/* The payload of a network layer: fragments come together, protocols without a transport dissector get their flow. */
static bool enter_payload(struct tl_worker *w, unsigned index)
{
    struct tl_dissection *d = &w->d;
    d->seg = (struct tl_transport){ .window_scale = -1 };
    if (d->net.fragment && (d->quoted || d->net.bad_checksum || !reassemble(w))) {
        run_data(w);
        return false;
    }
    enum tl_kind kind = index < TL_PROTOCOL_COUNT ? w->plan->protocols.items[index]->kind : TL_KIND_LAYER;
    if (kind == TL_KIND_TRANSPORT || kind == TL_KIND_EXTENSION || d->quoted || d->net.bad_checksum)
        return true;
    d->seg.payload_len = d->net.total_len > d->net.header_len ? d->net.total_len - d->net.header_len : 0;
    (void)find_flow(w);
    return true;
}

/* The layer is bad or cut: what stands above it was given; it is counted and nothing follows. */
static void stop_at(struct tl_worker *w, enum tl_status status)
{
    if (status == TL_BAD && !w->d.quoted)
        w->malformed = true;
}

/* The index of what follows, or TL_PROTOCOL_COUNT. */
static unsigned following(const struct tl_worker *w)
{
    const struct tl_next *next = &w->d.next;
    if (next->kind == TL_NEXT_PROTOCOL) {
        for (unsigned i = 0; i < TL_PROTOCOL_COUNT; i++) {
            if (w->plan->protocols.items[i] == next->protocol)
                return i;
        }
        return TL_PROTOCOL_COUNT;
    }
    return tl_registry_find(w->plan->registry, next->table, next->value);
}

/* One layer and what comes of it. Gives the index of the next, or TL_PROTOCOL_COUNT when the chain has ended. */
static unsigned step(struct tl_worker *w, unsigned index)
{
    struct tl_dissection *d = &w->d;
    const struct tl_protocol *protocol = w->plan->protocols.items[index];
    if (protocol->kind == TL_KIND_NETWORK && d->net.version != 0 && !d->quoted)
        enter_tunnel(w);
    if (protocol->kind == TL_KIND_NETWORK && !d->quoted) /* one that is cut says nothing of its own */
        d->net.bad_checksum = d->net.offloaded = false;
    enum tl_status status = run(w, index);
    if (protocol->kind == TL_KIND_NETWORK && TL_UNLIKELY(d->net.bad_checksum | d->net.offloaded) && !d->quoted)
        count_checksum(w, d->net.offloaded);
    if (TL_UNLIKELY(status != TL_OK)) {
        stop_at(w, status);
        return TL_PROTOCOL_COUNT;
    }
    if (protocol->kind == TL_KIND_TRANSPORT) {
        bool quotes = d->next.kind == TL_NEXT_QUOTED;
        if (!carry_on(w, quotes) && !quotes)
            return TL_PROTOCOL_COUNT;
    }
    if (d->next.kind == TL_NEXT_NONE || d->next.kind == TL_NEXT_PORTS) {
        run_data(w);
        return TL_PROTOCOL_COUNT;
    }
    if (d->next.kind == TL_NEXT_QUOTED) {
        if (!w->plan->tree)
            return TL_PROTOCOL_COUNT;
        d->quoted = true;
    }
    unsigned next = following(w);
    if (d->next.kind != TL_NEXT_QUOTED && d->next.table == TL_ON_IP_PROTO && d->next.kind == TL_NEXT_TABLE &&
        (protocol->kind == TL_KIND_NETWORK || protocol->kind == TL_KIND_EXTENSION) && !enter_payload(w, next))
        return TL_PROTOCOL_COUNT;
    if (next == TL_PROTOCOL_COUNT)
        run_data(w);
    return next;
}

void tl_layers_packet(struct tl_worker *w, const struct tl_packet *packet)
{
    begin_packet(w, packet);
    unsigned index = tl_registry_find(w->plan->registry, TL_ON_LINKTYPE, packet->linktype);
    if (TL_UNLIKELY(index == TL_PROTOCOL_COUNT)) {
        if (w->counters.undecoded++ == 0)
            w->counters.undecoded_linktype = packet->linktype;
        run_data(w);
    }
    for (unsigned depth = 0; index != TL_PROTOCOL_COUNT; depth++) {
        if (depth == LAYERS_MAX) {
            w->malformed = true;
            run_data(w);
            break;
        }
        index = step(w, index);
    }
    if (w->malformed)
        w->counters.malformed++;
    if (packet->caplen < packet->len)
        w->counters.snaplen_cut++;
}
