/* layers.c - the layer loop: from the link layer inwards, through fragments, tunnels and flows. */
#include "decode/layers.h"

#include "decode/around.h"
#include "decode/hide.h"
#include "decode/payload.h"
#include "decode/usual.h"
#include "dissectors/transport/tcp.h"
#include "flows/identity.h"

enum { LAYERS_MAX = 64 }; /* layers of a packet that are decoded */

/* The reading position and what the layers say: no layer was read yet. */
static void begin_layers(struct tl_dissection *d, const struct tl_packet *packet)
{
    struct tl_frame *frame = d->frame;
    frame->net.version = 0;
    frame->net.fragment = false;
    frame->net.checksum = TL_CHECKSUM_UNKNOWN;
    frame->vlan = frame->inner_vlan = 0;
    frame->l2_src = frame->l2_dst = NULL;
    d->length_clipped = false;
    d->c = tl_cursor_on(packet->bytes, packet->caplen, packet->len);
}

static void begin_packet(struct tl_decoder *k, struct tl_dissection *d, const struct tl_packet *packet)
{
    struct tl_frame *frame = &k->frame;
    frame->packet = packet;
    frame->ts = packet->ts;
    frame->number = packet->number;
    frame->quoted = false;
    k->tunnels.count = k->tunnels.depth = 0;
    k->tunnels.outer = 0;
    k->outer_flow = NULL;
    k->malformed = k->offloaded = k->believed = k->left_out = false;
    k->last_protocol = TL_PROTOCOL_data;
    k->fragment.len = 0;
    if (TL_UNLIKELY(packet->interface != k->interface)) {
        const struct tl_interface *interface = tl_interfaces_get(k->options.interfaces, packet->interface);
        k->interface = packet->interface;
        k->nano = frame->nano = interface != NULL && interface->decimals > 6;
    }
    tl_arena_reset(&k->scratch);
    d->wanted = NULL;
    d->tree = NULL;
    d->layer = TL_NO_NODE;
    begin_layers(d, packet);
    if (TL_UNLIKELY(k->wanted != NULL)) {
        tl_tree_reset(&k->tree, packet->bytes, packet->caplen);
        d->tree = &k->tree;
    }
}

/* Runs one dissector at the cursor. */
static enum tl_status run(struct tl_decoder *k, struct tl_dissection *d, unsigned index)
{
    d->protocol = k->protocols.items[index];
    d->protocol_index = (uint16_t)index;
    k->last_protocol = (uint16_t)index;
    d->start = d->c.off;
    d->next.kind = TL_NEXT_NONE;
    if (TL_UNLIKELY(k->options.listener.layer != NULL))
        k->options.listener.layer(k->options.listener.context, index);
    if (TL_LIKELY(d->tree == NULL))
        return d->protocol->dissect(d);
    d->wanted = k->wanted[index];
    tl_layer_begin(d);
    enum tl_status status = d->protocol->dissect(d);
    tl_layer_end(d);
    return status;
}

/*
 * The snaplen cuts a fragment: the datagram stays incomplete. The first fragment has the ports, and stands for it. The
 * others are counted as without a flow.
 */
static TL_COLD bool stand_for(struct tl_decoder *k, struct tl_dissection *d)
{
    if (d->net->frag_offset == 0) {
        d->net->fragment = false;
        return true;
    }
    k->counters.cut_headers++;
    return false;
}

/* The datagram is reassembled: the cursor continues in its payload. */
static bool reassemble(struct tl_decoder *k, struct tl_dissection *d)
{
    if (TL_UNLIKELY(d->c.end < d->c.wire_end))
        return stand_for(k, d);
    k->fragment = (struct tl_bytes){ d->c.base + d->c.off, tl_cursor_left(&d->c) };
    struct tl_bytes whole = tl_fragments_add(k->fragments, d, k->tunnels.outer);
    if (whole.len == 0)
        return false;
    d->net->total_len = d->net->header_len + whole.len;
    d->net->fragment = false;
    d->c = tl_cursor_on(whole.data, whole.len, whole.len);
    if (d->tree != NULL)
        k->tree.source = tl_tree_add_source(&k->tree, whole.data, whole.len,
                                            d->net->version == 4 ? "reassembled IPv4" : "reassembled IPv6");
    return true;
}

/* Another network layer begins: the flow of the previous one is a tunnel around it. */
static void enter_tunnel(struct tl_decoder *k)
{
    const struct tl_network *net = &k->frame.net;
    struct tl_tunnels *tunnels = &k->tunnels;
    if (tunnels->outer == 0)
        tunnels->outer = tl_pair_hash(net->src, net->dst, net->version == 6, k->options.seed);
    if (k->outer_flow != NULL && tunnels->count < TL_PARENTS_MAX) {
        const struct tl_flow *flow = k->outer_flow;
        k->around[tunnels->count] = k->outer_flow;
        tunnels->uids[tunnels->count++] = tl_flow_uid(flow, tl_ext_of(k, flow));
    }
    k->outer_flow = NULL;
    tunnels->depth++;
}

/* Returns the hash from the shard parser if it belongs to this flow. */
static uint64_t known_hash(const struct tl_decoder *k)
{
    const struct tl_frame *frame = &k->frame;
    bool plain = k->tunnels.outer == 0 && (frame->net.protocol == 6 || frame->net.protocol == 17);
    return plain ? frame->packet->hash : 0;
}

/* Counts wrong checksums: each wrong one, and once per packet if some were left to a network card. */
static void count_checksum(struct tl_decoder *k, bool offloaded)
{
    if (!offloaded)
        k->counters.bad_checksums++;
    else if (!k->offloaded)
        k->counters.offloaded++;
    k->offloaded |= offloaded;
}

/* Adds a mark to the packet's current layer. */
static void mark(struct tl_decoder *k, const struct tl_dissection *d, unsigned flag)
{
    if (k->wanted != NULL && d->layer != TL_NO_NODE)
        k->tree.nodes[d->layer].flags |= (uint16_t)flag;
}

/* A checksum of the layer is wrong, or left to a network card. */
static TL_COLD void note_checksum(struct tl_decoder *k, const struct tl_dissection *d, bool offloaded)
{
    count_checksum(k, offloaded);
    if (!offloaded)
        mark(k, d, TL_NODE_CHECKSUM);
}

static void tell_flow(const struct tl_decoder *k, const struct tl_flow_hit *hit)
{
    const struct tl_listener *listener = &k->options.listener;
    struct tl_sighting sighting = { .flow = hit->flow, .side = hit->side, .is_new = hit->is_new,
                                    .rejected = hit->rejected, .depth = k->tunnels.depth };
    if (k->options.carriers)
        sighting.carriers = tl_fragments_carriers(k->fragments, k->frame.packet->number, &sighting.carrier_count);
    listener->flow(listener->context, &sighting);
}

/* The frame has a network and a transport layer: finds the flow. hash 0: not known. */
static inline struct tl_flow_hit find_flow(struct tl_decoder *k, const struct tl_dissection *d, uint64_t hash)
{
    if (TL_UNLIKELY(k->frame.seg.checksum > TL_CHECKSUM_RIGHT))
        note_checksum(k, d, k->frame.seg.checksum == TL_CHECKSUM_OFFLOADED);
    struct tl_flow_hit hit = tl_flows_packet(k->flows, &k->frame, &k->tunnels, hash, k->nano);
    k->outer_flow = hit.flow;
    if (TL_UNLIKELY(((k->frame.seg.checksum | k->frame.net.checksum) & TL_CHECKSUM_WRONG) != 0)) {
        k->left_out |= hit.rejected;
        k->believed |= !hit.rejected;
    }
    if (TL_UNLIKELY(hit.is_new) && !hit.rejected)
        tl_flow_expected(k, hit.flow, &d->c);
    if (TL_UNLIKELY(k->options.listener.flow != NULL) && hit.flow != NULL)
        tell_flow(k, &hit);
    return hit;
}

/* The same where tunnels may be around the packet. */
static struct tl_flow_hit find_flow_inside(struct tl_decoder *k, const struct tl_dissection *d)
{
    struct tl_flow_hit hit = find_flow(k, d, known_hash(k));
    if (k->tunnels.count > 0 && hit.flow != NULL && !hit.rejected)
        tl_around_packet(k, hit.flow, hit.is_new);
    return hit;
}

/* The marks of the layer that say what the segment is in its flow. */
static unsigned marks_of(const struct tl_segment *segment)
{
    static const struct {
        uint32_t kinds;
        unsigned mark;
    } rows[] = {
        { TL_SEGMENT_SENT_AGAIN, TL_NODE_AGAIN },
        { TL_SEGMENT_OUT_OF_ORDER, TL_NODE_LATE },
        { TL_SEGMENT_DUPLICATE_ACK, TL_NODE_DUPLICATE_ACK },
        { TL_SEGMENT_ZERO_WINDOW, TL_NODE_ZERO_WINDOW },
        { TL_SEGMENT_KEEP_ALIVE, TL_NODE_KEEP_ALIVE },
        { TL_SEGMENT_LOST_BEFORE, TL_NODE_LOST_BEFORE },
        { TL_SEGMENT_ACK_OF_LOST, TL_NODE_ACK_OF_LOST },
    };
    unsigned marks = 0;
    for (unsigned i = 0; i < TL_COUNT(rows); i++)
        marks |= segment->kinds & rows[i].kinds ? rows[i].mark : 0;
    return marks;
}

/* Finds what the segment is in its flow. The state is updated also if nothing is shown of this packet. */
static TL_COLD void analyse(struct tl_decoder *k, struct tl_dissection *d, struct tl_flow_hit hit, struct tl_tcp *tcp)
{
    struct tl_segment segment;
    tl_analyse(tl_tcp_analysis(tcp), tl_flow_end(hit.flow, hit.side), &k->frame, tcp->half[hit.side].start,
               tl_slab_of(k), &segment);
    if (k->options.listener.segment != NULL)
        k->options.listener.segment(k->options.listener.context, hit.flow, hit.side, &segment);
    if (k->wanted == NULL)
        return;
    if (d->layer != TL_NO_NODE)
        k->tree.nodes[d->layer].flags |= (uint16_t)marks_of(&segment);
    if (d->tree != NULL)
        tl_tcp_show(d, &segment);
}

/* The numbers of the packet's line, counted from the flow's first ones. */
static TL_COLD void show_numbers(struct tl_decoder *k, const struct tl_tcp *tcp, unsigned side)
{
    const struct tl_transport *seg = &k->frame.seg;
    const struct tl_tcp_half *h = &tcp->half[side], *peer = &tcp->half[side ^ 1];
    if (k->options.absolute_numbers)
        return;
    if (seg->line_seq != 0 && seg->line_seq < k->tree.count)
        k->tree.nodes[seg->line_seq].value = seg->seq - h->start;
    if (seg->flags & TL_ACK && seg->line_ack != 0 && seg->line_ack < k->tree.count)
        k->tree.nodes[seg->line_ack].value = seg->ack - peer->start;
}

/* Is the payload, which is ahead of what is missing, inside of a body that is shown? */
static bool is_in_body(const struct tl_decoder *k, const struct tl_stream *s, const struct tl_tcp_half *half, uint32_t len)
{
    uint32_t ahead = k->frame.seg.seq - half->start - (uint32_t)half->range.next;
    return s->open && s->want.kind == TL_WANT_BODY && ahead < UINT32_MAX / 2 &&
           (s->want.n == UINT64_MAX || (uint64_t)ahead + len <= s->want.n);
}

/* Does the side's parser take no more bytes? */
static bool is_dead(const struct tl_channel *root, unsigned side)
{
    return root != NULL && root->kind == TL_CHANNEL_STREAM && root->side[side].dead;
}

/*
 * Hides the payload of a known protocol as far as its parser did not read it now: a secret that is sent again, or ahead
 * of what is missing. All of it is hidden if a secret ends in it that began in an earlier packet. was_dead: the parser
 * took no more bytes; one that ends in this packet hid what it left.
 */
static void hide_unread(struct tl_decoder *k, const struct tl_dissection *d, struct tl_flow_hit hit,
                        struct tl_bytes payload, bool was_dead)
{
    const struct tl_flow *flow = hit.flow;
    const struct tl_flow_ext *ext = tl_slab_at(k->slab_base, flow->ext); /* every TCP flow has one */
    const struct tl_channel *root = ext->channel;
    struct tl_bytes read = k->read;
    unsigned side = hit.side;
    bool unknown = flow->protocol < TL_FLOW_PROTOCOL_FIRST && (root == NULL || root->protocol >= TL_PROTOCOL_COUNT);
    if (flow->protocol == TL_FLOW_UNDECIDED || unknown) { /* the next bytes tell what these are, or nothing did */
        tl_hide_by_ports(k, d);
        return;
    }
    if (k->options.secrets || root == NULL || root->protocol >= TL_PROTOCOL_COUNT || payload.len == 0 ||
        !k->protocols.items[root->protocol]->has_secrets)
        return;
    bool stream = root->kind == TL_CHANNEL_STREAM;
    if (stream && read.len == 0 && is_in_body(k, &root->side[side], &ext->tcp->half[side], payload.len))
        return;
    uintptr_t from = (uintptr_t)payload.data, at = (uintptr_t)read.data;
    if (was_dead || root->unread || at < from || at - from + read.len > payload.len || tl_hide_reaches_beyond(&k->tree, payload)) {
        tl_tree_hide(&k->tree, payload.data, payload.len);
        return;
    }
    tl_tree_hide(&k->tree, payload.data, at - from);
    tl_tree_hide(&k->tree, read.data + read.len, payload.len - (at - from) - read.len);
}

static void hide_rejected(struct tl_decoder *k, const struct tl_dissection *d, const struct tl_flow *flow)
{
    const struct tl_flow_ext *ext = flow != NULL ? tl_ext_of(k, flow) : NULL;
    const struct tl_channel *root = ext != NULL ? ext->channel : NULL;
    if (root == NULL || root->protocol >= TL_PROTOCOL_COUNT)
        tl_hide_by_ports(k, d);
    else
        tl_hide_of(k, d, d->c, root->protocol);
}

/* The segment's payload, and all that is shown of the segment. */
static void read_tcp(struct tl_decoder *k, struct tl_dissection *d, struct tl_flow_hit hit)
{
    struct tl_flow *flow = hit.flow;
    struct tl_site site = tl_site_of_packet(k);
    struct tl_tcp_reader reader = tl_flow_reader(&site);
    struct tl_bytes payload = { d->c.base + d->c.off, tl_cursor_left(&d->c) };
    uint32_t room = tl_cursor_wire_left(&d->c);
    if (TL_UNLIKELY(d->seg->payload_len > room)) /* what the carrier has no room for was not sent here */
        d->seg->payload_len = room;
    const struct tl_flow_ext *ext = tl_slab_at(k->slab_base, flow->ext); /* every TCP flow has one */
    if (TL_UNLIKELY(k->options.analysis) && !d->seg->bare)
        analyse(k, d, hit, ext->tcp);
    uint32_t layers = k->tree.count;
    bool was_dead = is_dead(ext->channel, hit.side);
    k->read.len = 0;
    tl_tcp_payload(flow, ext->tcp, hit.side, d->seg, payload, &reader, tl_slab_of(k));
    if (TL_UNLIKELY(k->wanted != NULL) && !d->seg->bare)
        show_numbers(k, ext->tcp, hit.side);
    if (TL_UNLIKELY(k->turn))
        tl_flow_settle(k, flow);
    if (TL_UNLIKELY(k->at_rest == flow))
        tl_flow_free_channel(k, flow);
    if (TL_UNLIKELY(d->tree != NULL)) {
        hide_unread(k, d, hit, payload, was_dead);
        if (k->tree.count == layers)
            tl_show_data(d);
    }
}

/* The IPv4 header's checksum is wrong, and that alone keeps the packet out of its flow. */
static bool is_dropped(const struct tl_decoder *k)
{
    return TL_UNLIKELY(k->frame.net.checksum == TL_CHECKSUM_WRONG) && k->options.checksums == TL_CHECKSUMS_STRICT;
}

/* After a transport layer, which may quote another packet. Returns true if another layer follows. */
static bool carry_on(struct tl_decoder *k, struct tl_dissection *d, bool quotes)
{
    bool alone = d->frame->quoted || d->net->version == 0 || is_dropped(k);
    struct tl_flow_hit hit = { 0 };
    if (!alone)
        hit = find_flow_inside(k, d);
    if (quotes)
        return false;
    if (hit.flow == NULL || hit.rejected) {
        if (TL_UNLIKELY(d->tree != NULL) && d->net->protocol == 6)
            hide_rejected(k, d, hit.flow);
        if (TL_UNLIKELY(d->tree != NULL) && d->net->protocol == 132)
            tl_flowless_association(k, d, hit.flow);
        tl_flowless_payload(k, d);
    } else if (d->net->protocol == 6) {
        read_tcp(k, d, hit);
    } else if (d->net->protocol == 17) {
        return tl_flow_datagram(k, d, hit.flow, hit.side);
    } else {
        if (d->net->protocol == 132)
            tl_flow_association(k, d, hit.flow, hit.side);
        tl_show_data(d);
    }
    return false;
}

/* Has what an IP protocol carries no secrets? ICMP, IGMP, ESP, ICMPv6. */
static bool is_open(uint8_t protocol)
{
    return protocol == 1 || protocol == 2 || protocol == 50 || protocol == 58;
}

/*
 * The payload of a network layer: reassembles fragments, and finds the flow of protocols without a transport dissector.
 */
static bool enter_payload(struct tl_decoder *k, struct tl_dissection *d, unsigned index)
{
    *d->seg = (struct tl_transport){ .window_scale = -1 };
    if (d->net->fragment && (d->frame->quoted || is_dropped(k) || !reassemble(k, d))) {
        if (!k->options.secrets && d->tree != NULL && !is_open(d->net->protocol)) /* what it is part of is not known yet */
            tl_tree_hide(&k->tree, d->c.base + d->c.off, tl_cursor_left(&d->c));
        tl_show_data(d);
        return false;
    }
    enum tl_kind kind = index < TL_PROTOCOL_COUNT ? k->protocols.items[index]->kind : TL_KIND_LAYER;
    if (kind == TL_KIND_TRANSPORT || kind == TL_KIND_EXTENSION || d->frame->quoted || is_dropped(k))
        return true;
    (void)find_flow_inside(k, d); /* of its payload nothing is known: no bytes are counted */
    return true;
}

/*
 * The layer is malformed or cut: the fields before the error were added; counts it. No layer follows. Returns whether
 * the packet belongs to a flow: the ports of a cut transport header are known. No byte of its payload was captured.
 */
static TL_COLD bool stop_at(struct tl_decoder *k, struct tl_dissection *d, enum tl_status status, enum tl_kind kind)
{
    if (k->frame.quoted)
        return false;
    if (status == TL_BAD) {
        k->malformed = true;
    } else if (kind == TL_KIND_TRANSPORT && d->seg->known) {
        uint32_t room = d->c.wire_end - d->c.off, payload = d->seg->payload_len, off = d->c.off;
        d->c = (struct tl_cursor){ d->c.base, off, off, off + (payload < room ? payload : room), TL_OK };
        return true;
    } else if (kind == TL_KIND_TRANSPORT || kind == TL_KIND_NETWORK || kind == TL_KIND_EXTENSION) {
        k->counters.cut_headers++;
    }
    return false;
}

/* Returns the index of the next protocol, or TL_PROTOCOL_COUNT. */
static unsigned following(const struct tl_decoder *k, const struct tl_next *next)
{
    if (next->kind == TL_NEXT_PROTOCOL)
        return tl_protocols_index(&k->protocols, next->protocol);
    return tl_registry_find(k->options.registry, next->table, next->value);
}

/* The layer says what follows it. Returns the index of the next protocol, or TL_PROTOCOL_COUNT at the end. */
static unsigned leave(struct tl_decoder *k, struct tl_dissection *d, enum tl_kind kind)
{
    if (d->next.kind == TL_NEXT_NONE || d->next.kind == TL_NEXT_PORTS) {
        tl_show_data(d);
        return TL_PROTOCOL_COUNT;
    }
    if (d->next.kind == TL_NEXT_QUOTED) {
        if (d->tree == NULL)
            return TL_PROTOCOL_COUNT;
        d->frame->quoted = true;
    }
    unsigned next = following(k, &d->next);
    if (d->next.kind != TL_NEXT_QUOTED && d->next.table == TL_ON_IP_PROTO && d->next.kind == TL_NEXT_TABLE &&
        (kind == TL_KIND_NETWORK || kind == TL_KIND_EXTENSION) && !enter_payload(k, d, next))
        return TL_PROTOCOL_COUNT;
    if (next == TL_PROTOCOL_COUNT)
        tl_show_data(d);
    return next;
}

/* Decodes one layer and acts on it. Returns the index of the next protocol, or TL_PROTOCOL_COUNT at the end. */
static unsigned step(struct tl_decoder *k, struct tl_dissection *d, unsigned index)
{
    const struct tl_protocol *protocol = k->protocols.items[index];
    if (protocol->kind == TL_KIND_NETWORK && d->net->version != 0 && !d->frame->quoted)
        enter_tunnel(k);
    /* a cut layer must not show values of the previous one */
    if (protocol->kind == TL_KIND_NETWORK && !d->frame->quoted)
        d->net->checksum = TL_CHECKSUM_UNKNOWN;
    enum tl_status status = run(k, d, index);
    if (protocol->kind == TL_KIND_NETWORK && TL_UNLIKELY(d->net->checksum > TL_CHECKSUM_RIGHT) && !d->frame->quoted) {
        note_checksum(k, d, d->net->checksum == TL_CHECKSUM_OFFLOADED);
        k->left_out |= is_dropped(k);
    }
    bool cut = TL_UNLIKELY(status != TL_OK);
    if (cut && !stop_at(k, d, status, protocol->kind))
        return TL_PROTOCOL_COUNT;
    if (protocol->kind == TL_KIND_TRANSPORT) {
        bool quotes = d->next.kind == TL_NEXT_QUOTED && !cut;
        struct tl_tree *tree = d->tree;
        if (cut)
            d->tree = NULL; /* a layer of data would have no bytes, and a wrong place */
        bool goes_on = carry_on(k, d, quotes);
        d->tree = tree;
        if (cut || (!goes_on && !quotes))
            return TL_PROTOCOL_COUNT;
        if (goes_on && k->options.listener.layer != NULL && k->last_protocol != index) /* a tunnel in a datagram */
            k->options.listener.layer(k->options.listener.context, k->last_protocol);
    }
    return leave(k, d, protocol->kind);
}

/*
 * The layers of the packet are usual and not reported: their headers were read at once. Returns as step() does after
 * the transport layer.
 */
static unsigned step_usual(struct tl_decoder *k, struct tl_dissection *d)
{
    bool tcp = d->net->protocol == 6;
    unsigned index = tcp ? TL_PROTOCOL_tcp : TL_PROTOCOL_udp;
    d->protocol = tcp ? &tl_protocol_tcp : &tl_protocol_udp;
    d->protocol_index = k->last_protocol = (uint16_t)index;
    struct tl_flow_hit hit = find_flow(k, d, k->frame.packet->hash);
    if (TL_UNLIKELY(hit.flow == NULL || hit.rejected))
        return TL_PROTOCOL_COUNT;
    if (!tcp && tl_flow_is_unread(hit.flow, hit.side) && k->options.listener.datagram == NULL)
        return TL_PROTOCOL_COUNT;
    if (!tcp)
        return tl_flow_datagram(k, d, hit.flow, hit.side) ? leave(k, d, TL_KIND_TRANSPORT) : TL_PROTOCOL_COUNT;
    const struct tl_flow_ext *ext = tl_slab_at(k->slab_base, hit.flow->ext); /* every TCP flow has one */
    if (k->options.analysis || tl_tcp_moves(ext->tcp, hit.side, d->seg))
        read_tcp(k, d, hit);
    return TL_PROTOCOL_COUNT;
}

/* Returns the protocol of the link layer, or TL_PROTOCOL_COUNT. */
static unsigned first(struct tl_decoder *k, struct tl_dissection *d, const struct tl_packet *packet)
{
    unsigned index = tl_registry_find(k->options.registry, TL_ON_LINKTYPE, packet->linktype);
    if (TL_UNLIKELY(index == TL_PROTOCOL_COUNT)) {
        if (k->counters.undecoded++ == 0)
            k->counters.undecoded_linktype = packet->linktype;
        tl_show_data(d);
    }
    return index;
}

/* The layers from `index` inwards; `depth` were read before. */
static void read_layers(struct tl_decoder *k, struct tl_dissection *d, unsigned index, unsigned depth)
{
    for (; index != TL_PROTOCOL_COUNT; depth++) {
        if (depth == LAYERS_MAX) {
            k->malformed = true;
            tl_show_data(d);
            break;
        }
        index = step(k, d, index);
    }
}

/* Counts what all layers together say of the packet. */
static inline void end_packet(struct tl_decoder *k, const struct tl_packet *packet)
{
    if (TL_UNLIKELY(packet->caplen < packet->len))
        k->counters.snaplen_cut++;
    if (TL_LIKELY(!(k->malformed | k->believed | k->left_out)))
        return;
    k->counters.malformed += k->malformed;
    k->counters.left_out += k->left_out;
    k->counters.believed += k->believed && !k->left_out;
}

void tl_layers_packet(struct tl_decoder *k, const struct tl_packet *packet)
{
    struct tl_dissection *d = &k->packet;
    begin_packet(k, d, packet);
    if (TL_LIKELY(k->fused && packet->hash != 0 && k->wanted == NULL)) {
        if (TL_LIKELY(tl_usual_headers(d))) {
            unsigned index = step_usual(k, d);
            if (TL_UNLIKELY(index != TL_PROTOCOL_COUNT))
                read_layers(k, d, index, 3u + (k->frame.vlan != 0) + (k->frame.inner_vlan != 0));
            end_packet(k, packet);
            return;
        }
        begin_layers(d, packet);
    }
    read_layers(k, d, first(k, d, packet), 0);
    if (TL_UNLIKELY(d->tree != NULL) && k->fragment.len > 0 && k->tree.hidden_count > 0)
        tl_tree_hide(&k->tree, k->fragment.data, k->fragment.len); /* a part of what is hidden in the datagram */
    if (TL_UNLIKELY(d->tree != NULL) && k->tree.hidden_count > 0)
        tl_hide_values(k);
    end_packet(k, packet);
}
