/* payload.c - passes the payload of flows to their channels and to the listener. */
#include "decode/payload.h"

#include <assert.h>

#include "decode/detect.h"
#include "decode/expect.h"
#include "decode/hide.h"
#include "decode/weird.h"
#include "dissectors/transport/sctp.h"

/* --- streams --- */

static void tell_stream(const struct tl_decoder *k, const struct tl_piece_of_flow *piece)
{
    if (TL_UNLIKELY(k->options.listener.stream != NULL))
        k->options.listener.stream(k->options.listener.context, piece);
}

static void on_data(void *context, struct tl_flow *flow, unsigned side, struct tl_bytes bytes)
{
    const struct tl_site *site = context;
    struct tl_decoder *k = site->decoder;
    tell_stream(k, &(struct tl_piece_of_flow){ .flow = flow, .side = side, .bytes = bytes });
    if (TL_UNLIKELY(k->wanted != NULL) && k->read.len == 0) /* bytes that follow came in earlier packets */
        k->read = bytes;
    if (flow->protocol == TL_FLOW_NOBODYS)
        return;
    struct tl_channel *channel = tl_channel_of(k, flow);
    if (TL_UNLIKELY(channel == NULL)) {
        channel = k->options.no_applications ? NULL : tl_channel_make(k, flow);
        if (channel == NULL) {
            flow->protocol = TL_FLOW_NOBODYS;
            return;
        }
    }
    tl_channel_deliver(site, flow, channel, side, bytes);
}

static void on_gap(void *context, struct tl_flow *flow, unsigned side, uint64_t n)
{
    const struct tl_site *site = context;
    struct tl_channel *channel = tl_channel_of(site->decoder, flow);
    tell_stream(site->decoder, &(struct tl_piece_of_flow){ .flow = flow, .side = side, .gap = n });
    if (channel != NULL && flow->protocol != TL_FLOW_NOBODYS)
        tl_channel_missing(site, flow, channel, side, n);
}

static void on_truncated(void *context, uint64_t bytes)
{
    const struct tl_site *site = context;
    site->decoder->counters.reassembly_truncated += bytes;
}

static void on_differs(void *context, struct tl_flow *flow, unsigned side)
{
    const struct tl_site *site = context;
    (void)side;
    tl_weird_note(site->decoder, site->frame, flow, &tl_protocol_tcp, TL_TCP_WEIRD_OVERLAP_DIFFERS,
                  (struct tl_bytes){ NULL, 0 }, false);
}

struct tl_tcp_reader tl_flow_reader(struct tl_site *site)
{
    return (struct tl_tcp_reader){ on_data, on_gap, on_truncated, on_differs, site };
}

/* --- datagrams --- */

static unsigned decide(struct tl_decoder *k, struct tl_dissection *d, struct tl_flow *flow, unsigned side)
{
    if (flow->protocol >= TL_FLOW_PROTOCOL_FIRST)
        return flow->protocol - TL_FLOW_PROTOCOL_FIRST;
    if (tl_cursor_wire_left(&d->c) == 0)
        return TL_PROTOCOL_COUNT;
    uint8_t mine = tl_flow_tried(side);
    struct tl_verdict verdict = tl_detect(k, d, d->c, false, TL_PROTOCOL_COUNT);
    if (verdict.index != TL_PROTOCOL_COUNT) {
        flow->protocol = (uint8_t)(verdict.index + TL_FLOW_PROTOCOL_FIRST);
        return verdict.index;
    }
    flow->protocol = flow->protocol == TL_FLOW_UNDECIDED ? mine : TL_FLOW_NOBODYS;
    return TL_PROTOCOL_COUNT;
}

static void tell_datagram(const struct tl_decoder *k, const struct tl_dissection *d, const struct tl_flow *flow,
                          unsigned side)
{
    const struct tl_listener *listener = &k->options.listener;
    struct tl_piece_of_flow piece = { .flow = flow, .side = side,
                                      .bytes = { d->c.base + d->c.off, tl_cursor_left(&d->c) },
                                      .gap = tl_cursor_wire_left(&d->c) - tl_cursor_left(&d->c) };
    listener->datagram(listener->context, &piece);
}

/* Assigns protocol `index` to the flow's channel if the protocol keeps state. Returns false without memory. */
static bool prepare(struct tl_decoder *k, struct tl_dissection *d, struct tl_flow *flow, unsigned index)
{
    const struct tl_protocol *protocol = k->protocols.items[index];
    if (protocol->flow_size == 0 && protocol->service == NULL)
        return true;
    struct tl_channel *channel = tl_channel_make(k, flow);
    if (channel == NULL || (channel->protocol != index && !tl_channel_assign(k, flow, channel, index)))
        return false;
    d->channel = channel;
    d->flow.slot = channel->slot;
    return true;
}

bool tl_flow_datagram(struct tl_decoder *k, struct tl_dissection *layer, struct tl_flow *flow, unsigned side)
{
    if (TL_UNLIKELY(k->options.listener.datagram != NULL))
        tell_datagram(k, layer, flow, side);
    if (tl_flow_is_unread(flow, side)) {
        tl_hide_by_ports(k, layer);
        tl_show_data(layer);
        return false;
    }
    struct tl_site site = tl_site_of_packet(k);
    struct tl_dissection d;
    tl_context_begin(&site, &d, flow, tl_channel_of(k, flow), side);
    d.c = layer->c;
    unsigned index = decide(k, &d, flow, side);
    bool left = index != TL_PROTOCOL_COUNT && k->options.no_applications &&
                !k->protocols.items[index]->carries;
    if (index == TL_PROTOCOL_COUNT || left || !prepare(k, &d, flow, index)) {
        tl_hide_by_ports(k, layer);
        tl_hide_of(k, layer, layer->c, index);
        tl_show_data(layer);
        return false;
    }
    bool carries = tl_channel_dissect(&d, index);
    assert(!carries || k->protocols.items[index]->carries);
    if (TL_UNLIKELY(k->turn))
        tl_flow_settle(k, flow);
    layer->c = d.c;
    layer->next = d.next;
    return carries;
}

/* The chunks of SCTP's layer. */
static struct tl_cursor chunks_of(const struct tl_dissection *layer)
{
    struct tl_cursor c = layer->c;
    c.off = layer->start + SCTP_HEADER;
    c.status = TL_OK;
    return c;
}

/*
 * Chunks that were not read as whole messages now may have secrets of what is read elsewhere, or was before. channel
 * NULL: none is known.
 */
static TL_COLD void hide_chunks(struct tl_decoder *k, const struct tl_dissection *layer,
                                const struct tl_channel *channel)
{
    struct tl_dissection d = *layer;
    d.c = chunks_of(layer);
    if (d.tree == NULL || d.c.off >= d.c.end)
        return;
    tl_hide_by_ports(k, &d);
    if (channel == NULL || channel->protocol != TL_PROTOCOL_sctp)
        return;
    tl_hide_of(k, &d, d.c, channel->closed);
    for (const struct tl_channel *child = channel->child; child != NULL; child = child->sibling)
        tl_hide_of(k, &d, d.c, child->protocol);
}

void tl_flowless_association(struct tl_decoder *k, const struct tl_dissection *layer, const struct tl_flow *flow)
{
    hide_chunks(k, layer, flow != NULL ? tl_channel_of(k, flow) : NULL);
}

void tl_flow_association(struct tl_decoder *k, const struct tl_dissection *layer, struct tl_flow *flow, unsigned side)
{
    const struct tl_cursor chunks = chunks_of(layer);
    const bool none = k->options.no_applications || chunks.off > chunks.end;
    struct tl_channel *channel = none ? NULL : tl_channel_make(k, flow);
    if (channel == NULL ||
        (channel->protocol != TL_PROTOCOL_sctp && !tl_channel_assign(k, flow, channel, TL_PROTOCOL_sctp))) {
        hide_chunks(k, layer, channel);
        return;
    }
    struct tl_site site = tl_site_of_packet(k);
    struct tl_dissection d;
    tl_context_begin(&site, &d, flow, channel, side);
    tl_context_select(&d, TL_PROTOCOL_sctp);
    d.c = chunks;
    bool whole = tl_sctp_association(&d);
    const struct tl_bytes bytes = { d.c.base + d.c.off, tl_cursor_left(&d.c) };
    if (d.tree != NULL && (!whole || tl_hide_reaches_beyond(d.tree, bytes)))
        hide_chunks(k, layer, channel);
    if (TL_UNLIKELY(k->turn))
        tl_flow_settle(k, flow);
}

void tl_flow_association_end(const struct tl_site *site, struct tl_flow *flow)
{
    struct tl_channel *channel = tl_channel_of(site->decoder, flow);
    if (channel == NULL || channel->protocol != TL_PROTOCOL_sctp)
        return;
    struct tl_dissection d;
    tl_context_begin(site, &d, flow, channel, TL_ORIG);
    tl_context_select(&d, TL_PROTOCOL_sctp);
    tl_sctp_association_end(&d);
}

void tl_flowless_payload(struct tl_decoder *k, struct tl_dissection *d)
{
    unsigned index = TL_PROTOCOL_COUNT;
    uint16_t ports[2] = { d->seg->dst_port, d->seg->src_port };
    if (d->tree == NULL)
        return;
    d->flow = (struct tl_flow_view){ .ip_proto = d->net->protocol, .orig_port = ports[1], .resp_port = ports[0] };
    for (unsigned i = 0; i < 2 && index == TL_PROTOCOL_COUNT && d->net->protocol == 17; i++) {
        index = tl_registry_find(k->options.registry, TL_ON_UDP_PORT, ports[i]);
        d->flow.home = true;
        if (index != TL_PROTOCOL_COUNT && (k->protocols.items[index]->probe == NULL ||
                                           k->protocols.items[index]->probe(d->c, d) == TL_PROBE_NO))
            index = TL_PROTOCOL_COUNT;
    }
    if (index == TL_PROTOCOL_COUNT) {
        if (d->net->protocol == 17)
            tl_hide_by_ports(k, d);
        tl_show_data(d);
        return;
    }
    tl_context_select(d, index);
    k->last_protocol = (uint16_t)index;
    d->start = d->c.off;
    tl_layer_begin(d);
    const struct tl_cursor c = d->c;
    if (d->protocol->dissect(d) == TL_BAD)
        tl_hide_of(k, d, c, index);
    tl_layer_end(d);
}

/* --- flows --- */

void tl_flow_expected(struct tl_decoder *k, struct tl_flow *flow, const struct tl_cursor *first)
{
    const struct tl_protocol *protocol;
    struct tl_bytes told;
    if (TL_LIKELY(!tl_expectations_take(k->expectations, flow, k->frame.packet->etime, first, &protocol, &told)))
        return;
    struct tl_channel *channel = tl_channel_make(k, flow);
    if (channel == NULL)
        return;
    struct tl_kept_bytes *kept = tl_flows_alloc(k->flows, sizeof *kept + told.len);
    if (kept != NULL) {
        *kept = (struct tl_kept_bytes){ .len = told.len };
        memcpy(kept + 1, told.data, told.len);
        channel->note = channel->kept = tl_slab_handle(tl_slab_of(k), kept);
        channel->kept_bytes = told.len;
    }
    if (protocol != NULL)
        (void)tl_channel_assign(k, flow, channel, tl_protocols_index(&k->protocols, protocol));
}

/* For all channels of the tree; its depth is at most TL_CHANNEL_DEPTH. */
static void turn_channel(struct tl_channel *channel)
{
    channel->first_side ^= 1;
    for (struct tl_channel *child = channel->child; child != NULL; child = child->sibling)
        turn_channel(child);
    if (channel->kind != TL_CHANNEL_STREAM)
        return;
    struct tl_stream first = channel->side[0];
    bool tried = channel->tried[0], at_upgrade = channel->at_upgrade[0];
    channel->side[0] = channel->side[1];
    channel->side[1] = first;
    channel->tried[0] = channel->tried[1];
    channel->tried[1] = tried;
    channel->at_upgrade[0] = channel->at_upgrade[1];
    channel->at_upgrade[1] = at_upgrade;
    channel->side[0].side = TL_ORIG;
    channel->side[1].side = TL_RESP;
}

void tl_flow_settle(struct tl_decoder *k, struct tl_flow *flow)
{
    struct tl_channel *channel = tl_channel_of(k, flow);
    k->turn = false;
    if (channel == NULL || !channel->turn)
        return;
    channel->turn = false;
    tl_flows_turn(k->flows, flow);
    turn_channel(channel);
}

void tl_flow_finish(struct tl_site *site, struct tl_flow *flow)
{
    struct tl_decoder *k = site->decoder;
    struct tl_channel *channel = tl_channel_of(k, flow);
    for (unsigned side = 0; flow->ip_proto == 6 && side < 2; side++)
        tell_stream(k, &(struct tl_piece_of_flow){ .flow = flow, .side = side, .end = true });
    if (channel != NULL)
        tl_channel_over(site, flow, channel);
}

void tl_flow_free_channel(struct tl_decoder *k, struct tl_flow *flow)
{
    struct tl_flow_ext *ext = tl_ext_of(k, flow);
    if (k->at_rest == flow)
        k->at_rest = NULL;
    if (ext == NULL || ext->channel == NULL)
        return;
    tl_channel_free_root(k, ext->channel);
    ext->channel = NULL;
}
