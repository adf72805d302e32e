/* channel.c - assigns protocols to channels, passes bytes to them, frees what they keep. */
#include "decode/channel.h"

#include "decode/detect.h"
#include "decode/hide.h"

/* --- contexts --- */

static void describe(struct tl_dissection *d, struct tl_flow *flow, const struct tl_channel *channel, unsigned side)
{
    struct tl_flow_view *view = &d->flow;
    bool v6 = (flow->flags & TL_FLOW_V6) != 0;
    view->slot = channel != NULL ? channel->slot : NULL;
    view->side = (uint8_t)side;
    view->nested = channel != NULL && channel->parent != NULL;
    view->continues = view->nested && channel->decrypted && channel->protocol < TL_PROTOCOL_COUNT &&
                      channel->parent->before == channel->protocol;
    view->stream = channel != NULL ? channel->kind == TL_CHANNEL_STREAM : flow->ip_proto == 6;
    view->ip_proto = flow->ip_proto;
    view->orig_port = tl_flow_port(flow, TL_ORIG);
    view->resp_port = tl_flow_port(flow, TL_RESP);
    view->version = v6 ? 6 : 4;
    view->orig_addr = tl_flow_addr(flow, TL_ORIG);
    view->resp_addr = tl_flow_addr(flow, TL_RESP);
    view->multicast = tl_addr_is_multicast(view->resp_addr, v6);
}

void tl_context_begin(const struct tl_site *site, struct tl_dissection *d, struct tl_flow *flow,
                      struct tl_channel *channel, unsigned side)
{
    *d = site->decoder->blank;
    d->tree = site->tree;
    d->frame = site->frame;
    d->net = &site->frame->net;
    d->seg = &site->frame->seg;
    d->channel = channel;
    d->of = flow;
    describe(d, flow, channel, side);
}

void tl_context_select(struct tl_dissection *d, unsigned index)
{
    const struct tl_decoder *k = d->host_data;
    d->protocol = index < TL_PROTOCOL_COUNT ? k->protocols.items[index] : NULL;
    d->protocol_index = (uint16_t)index;
    d->wanted = index < TL_PROTOCOL_COUNT && d->tree != NULL ? k->wanted[index] : NULL;
    d->layer = TL_NO_NODE;
    d->inner_first = 0;
}

/* The protocol becomes the innermost of the packet if it reads bytes of the packet. */
static void note_layer(const struct tl_site *site, const struct tl_channel *channel)
{
    if (site->frame == &site->decoder->frame)
        site->decoder->last_protocol = channel->protocol;
}

/* --- channels --- */

static size_t channel_size(const struct tl_channel *channel)
{
    return sizeof *channel + (channel->kind == TL_CHANNEL_STREAM ? 2 * sizeof(struct tl_stream) : 0);
}

struct tl_channel *tl_channel_new(struct tl_decoder *k, enum tl_channel_kind kind)
{
    struct tl_channel shape = { .kind = (uint8_t)kind };
    struct tl_channel *channel = tl_flows_alloc(k->flows, channel_size(&shape));
    if (channel == NULL)
        return NULL;
    memset(channel, 0, channel_size(&shape));
    channel->kind = (uint8_t)kind;
    channel->depth = 1;
    channel->protocol = channel->before = channel->closed = channel->hint = TL_PROTOCOL_COUNT;
    if (kind == TL_CHANNEL_STREAM)
        channel->side[TL_RESP].side = TL_RESP;
    return channel;
}

struct tl_channel *tl_channel_make(struct tl_decoder *k, struct tl_flow *flow)
{
    struct tl_flow_ext *ext = tl_flows_ext(k->flows, flow);
    if (ext == NULL || ext->channel != NULL)
        return ext != NULL ? ext->channel : NULL;
    ext->channel = tl_channel_new(k, flow->ip_proto == 6 ? TL_CHANNEL_STREAM : TL_CHANNEL_DATAGRAM);
    return ext->channel;
}

/* Copies the state of the root channel to tl_flow.protocol. */
static void set_state(struct tl_flow *flow, const struct tl_channel *channel, unsigned state)
{
    if (channel->parent == NULL)
        flow->protocol = (uint8_t)state;
}

bool tl_channel_assign(struct tl_decoder *k, struct tl_flow *flow, struct tl_channel *channel, unsigned index)
{
    const struct tl_protocol *protocol = k->protocols.items[index];
    tl_slab_put(tl_slab_of(k), channel->slot, channel->slot_size);
    channel->slot = NULL;
    channel->slot_size = protocol->flow_size;
    if (protocol->flow_size > 0) {
        channel->slot = tl_flows_alloc(k->flows, protocol->flow_size);
        if (channel->slot == NULL) {
            channel->slot_size = 0;
            return false;
        }
        memset(channel->slot, 0, protocol->flow_size);
    }
    channel->protocol = (uint16_t)index;
    channel->named = false;
    channel->began = channel->kind == TL_CHANNEL_STREAM ? channel->side[0].pos + channel->side[1].pos : 0;
    channel->settled = true;
    set_state(flow, channel, index + TL_FLOW_PROTOCOL_FIRST);
    return true;
}

void tl_channel_give_up(struct tl_decoder *k, struct tl_flow *flow, struct tl_channel *channel)
{
    channel->settled = channel->unread = true;
    set_state(flow, channel, TL_FLOW_NOBODYS);
    if (channel->kind != TL_CHANNEL_STREAM)
        return;
    const struct tl_flow_ext *ext = tl_ext_of(k, flow);
    for (unsigned side = 0; side < 2; side++) {
        tl_stream_fini(&channel->side[side], tl_slab_of(k));
        /* The bytes held in the flow's reassembly are then not needed. */
        if (channel->parent == NULL && ext != NULL && ext->tcp != NULL && k->options.listener.stream == NULL)
            ext->tcp->half[side].range.skip = true;
    }
}

void tl_channel_finish_protocol(const struct tl_site *site, struct tl_flow *flow, struct tl_channel *channel)
{
    while (channel->child != NULL) {
        tl_channel_over(site, flow, channel->child);
        tl_channel_free(site->decoder, channel->child);
    }
    if (channel->protocol == TL_PROTOCOL_COUNT || channel->slot == NULL)
        return;
    struct tl_dissection d;
    tl_context_begin(site, &d, flow, channel, TL_ORIG);
    tl_context_select(&d, channel->protocol);
    d.wanted = NULL;
    if (d.protocol->finish != NULL)
        d.protocol->finish(&d);
}

/* --- bytes --- */

/* Points the cursor at bytes: in the tree's current source if they are inside it, else in a new source. */
static void place(struct tl_dissection *d, struct tl_bytes *bytes)
{
    struct tl_tree *tree = d->tree;
    if (TL_LIKELY(tree == NULL)) {
        d->c = tl_cursor_on(bytes->data, bytes->len, bytes->len);
        return;
    }
    if (tree->source < tree->source_count) {
        const struct tl_tree_source *source = &tree->sources[tree->source];
        if (bytes->data >= source->data && bytes->data + bytes->len <= source->data + source->len) {
            uint32_t off = (uint32_t)(bytes->data - source->data);
            d->c = (struct tl_cursor){ source->data, off, off + bytes->len, off + bytes->len, TL_OK };
            return;
        }
    }
    uint8_t *copy = tl_arena_alloc_spare(d->scratch, bytes->len);
    if (copy != NULL) {
        memcpy(copy, bytes->data, bytes->len);
        bytes->data = copy;
        tree->source = tl_tree_add_source(tree, copy, bytes->len, "reassembled stream");
    } else {
        tree->source = TL_TREE_SOURCES;
    }
    d->c = tl_cursor_on(bytes->data, bytes->len, bytes->len);
}

/* Passes bytes to the channel's protocol. Returns the bytes taken: fewer than all if it handed the channel back. */
static uint32_t push(const struct tl_site *site, struct tl_flow *flow, struct tl_channel *channel, unsigned side,
                     struct tl_bytes bytes)
{
    struct tl_dissection d;
    uint8_t source = site->tree != NULL ? site->tree->source : 0;
    tl_context_begin(site, &d, flow, channel, side);
    tl_context_select(&d, channel->protocol);
    note_layer(site, channel);
    place(&d, &bytes);
    uint32_t taken = tl_stream_push(&d, &channel->side[side], bytes);
    if (site->tree != NULL)
        site->tree->source = source;
    const struct tl_stream *s = channel->side;
    bool unread = s[0].opened && s[0].want.kind == TL_WANT_NOTHING && s[1].opened &&
                  s[1].want.kind == TL_WANT_NOTHING;
    if (unread || channel->unread)
        tl_channel_give_up(site->decoder, flow, channel);
    return taken;
}

/*
 * Passes the bytes that were kept for detection to the protocol, starting with the side that spoke first. During the
 * replay the protocol may hand the channel back and bytes may be replayed again: once for each possible hand-over.
 */
static void replay(const struct tl_site *site, struct tl_flow *flow, struct tl_channel *channel)
{
    unsigned first = channel->first_side;
    for (unsigned i = 0; i < 2; i++) {
        unsigned side = first ^ i;
        struct tl_stream *s = &channel->side[side];
        uint8_t *kept = s->kept;
        uint32_t len = s->kept_len, capacity = s->kept_capacity;
        if (len == 0)
            continue;
        s->kept = NULL;
        s->kept_len = s->kept_capacity = 0;
        tl_channel_deliver(site, flow, channel, side, (struct tl_bytes){ kept, len });
        tl_slab_put(tl_slab_of(site->decoder), kept, capacity);
    }
}

/* Appends to the bytes kept for detection. Returns false without memory. */
static bool gather(const struct tl_site *site, struct tl_stream *s, struct tl_bytes bytes)
{
    struct tl_slab *slab = tl_slab_of(site->decoder);
    if (!s->begun)
        s->since = site->frame->ts;
    s->begun = true;
    if (bytes.len > s->kept_capacity - s->kept_len) {
        uint32_t capacity = TL_STREAM_DETECT;
        while (capacity < s->kept_len + bytes.len)
            capacity *= 2;
        uint8_t *grown = capacity <= TL_SLAB_MAX ? tl_slab_get(slab, capacity) : NULL;
        if (grown == NULL)
            return false;
        if (s->kept_len > 0)
            memcpy(grown, s->kept, s->kept_len);
        tl_slab_put(slab, s->kept, s->kept_capacity);
        s->kept = grown;
        s->kept_capacity = capacity;
    }
    if (bytes.len > 0)
        memcpy(s->kept + s->kept_len, bytes.data, bytes.len);
    s->kept_len += bytes.len;
    return true;
}

static void forget_said(struct tl_decoder *k, struct tl_stream *s)
{
    tl_slab_put(tl_slab_of(k), s->kept, s->kept_capacity);
    s->pos += s->kept_len;
    s->begun = false;
    s->kept = NULL;
    s->kept_len = s->kept_capacity = 0;
}

static struct tl_verdict look_at(const struct tl_site *site, struct tl_flow *flow, struct tl_channel *channel,
                                 unsigned side, struct tl_bytes all)
{
    uint32_t look = all.len < TL_STREAM_DETECT ? all.len : TL_STREAM_DETECT;
    struct tl_dissection d;
    tl_context_begin(site, &d, flow, channel, side);
    return tl_detect(site->decoder, &d, tl_cursor_on(all.data, look, look), true, channel->hint);
}

/* Detects the protocol by the first bytes of a side. Returns true if the channel was assigned and can be replayed. */
static bool settle(const struct tl_site *site, struct tl_flow *flow, struct tl_channel *channel, unsigned side,
                   struct tl_bytes all)
{
    struct tl_decoder *k = site->decoder;
    struct tl_verdict verdict = look_at(site, flow, channel, side, all);
    if (verdict.answer == TL_PROBE_MAYBE && all.len < TL_STREAM_DETECT)
        return false;
    if (verdict.index != TL_PROTOCOL_COUNT && tl_channel_assign(k, flow, channel, verdict.index))
        return true;
    channel->tried[side] = true;
    forget_said(k, &channel->side[side]); /* not replayed to the protocol found on the other side */
    if (channel->tried[0] && channel->tried[1])
        tl_channel_give_up(k, flow, channel);
    return false;
}

/* No protocol yet. Returns the bytes taken: all, or none; then the channel has a protocol that must take them. */
static uint32_t undecided(const struct tl_site *site, struct tl_flow *flow, struct tl_channel *channel, unsigned side,
                          struct tl_bytes bytes)
{
    struct tl_stream *s = &channel->side[side];
    if (channel->tried[side]) {
        s->pos += bytes.len;
        return bytes.len;
    }
    if (s->kept_len == 0 && channel->side[side ^ 1].kept_len == 0)
        channel->first_side = (uint8_t)side;
    if (s->kept_len == 0) {
        if (settle(site, flow, channel, side, bytes)) {
            replay(site, flow, channel);
            return 0;
        }
        if (!channel->settled && !channel->tried[side] && !gather(site, s, bytes))
            tl_channel_give_up(site->decoder, flow, channel);
        return bytes.len;
    }
    if (!gather(site, s, bytes))
        tl_channel_give_up(site->decoder, flow, channel);
    else if (settle(site, flow, channel, side, (struct tl_bytes){ s->kept, s->kept_len }))
        replay(site, flow, channel);
    return bytes.len;
}

/* Offers what a side keeps to the channel's protocol, or looks at it to find one. */
static void offer_kept(const struct tl_site *site, struct tl_flow *flow, struct tl_channel *channel, unsigned side)
{
    const struct tl_bytes none = { (const uint8_t *)"", 0 };
    if (channel->unread || channel->side[side].kept_len == 0)
        return;
    if (channel->protocol == TL_PROTOCOL_COUNT)
        (void)undecided(site, flow, channel, side, none);
    else
        (void)push(site, flow, channel, side, none);
}

/* The protocol changed at bytes of `side`. First what the other side kept for this is read, then the rest of `side`. */
static void wake(const struct tl_site *site, struct tl_flow *flow, struct tl_channel *channel, unsigned side)
{
    while (channel->wake) { /* at most TL_HANDOVERS_MOST times */
        channel->wake = false;
        offer_kept(site, flow, channel, side ^ 1);
        offer_kept(site, flow, channel, side);
    }
}

void tl_channel_deliver(const struct tl_site *site, struct tl_flow *flow, struct tl_channel *channel, unsigned side,
                        struct tl_bytes bytes)
{
    while (bytes.len > 0 && !channel->unread) {
        uint32_t taken = TL_LIKELY(channel->protocol < TL_PROTOCOL_COUNT)
                             ? push(site, flow, channel, side, bytes)
                             : undecided(site, flow, channel, side, bytes);
        bytes = (struct tl_bytes){ bytes.data + taken, bytes.len - taken };
        if (TL_UNLIKELY(channel->wake))
            wake(site, flow, channel, side);
    }
}

void tl_channel_missing(const struct tl_site *site, struct tl_flow *flow, struct tl_channel *channel, unsigned side,
                        uint64_t n)
{
    if (channel->unread)
        return;
    if (channel->protocol == TL_PROTOCOL_COUNT) { /* detection restarts after the gap */
        forget_said(site->decoder, &channel->side[side]);
        return;
    }
    struct tl_dissection d;
    tl_context_begin(site, &d, flow, channel, side);
    tl_context_select(&d, channel->protocol);
    note_layer(site, channel);
    tl_stream_gap(&d, &channel->side[side], n);
}

/* Reads one message: the protocol's layer, or data. Returns true if d->next is set. */
bool tl_channel_dissect(struct tl_dissection *d, unsigned index)
{
    struct tl_decoder *k = d->host_data;
    struct tl_cursor c = d->c;
    tl_context_select(d, index);
    k->last_protocol = (uint16_t)index;
    d->start = d->c.off;
    d->next.kind = TL_NEXT_NONE;
    if (d->wanted != NULL)
        tl_layer_begin(d);
    enum tl_status status = d->protocol->dissect(d);
    if (TL_UNLIKELY(status == TL_BAD))
        tl_hide_of(k, d, c, index); /* what is secret may not have been read */
    if (d->wanted != NULL)
        tl_layer_end(d);
    k->malformed |= status == TL_BAD;
    if (status == TL_OK && d->of->class == TL_CLASS_DNS && d->frame->packet != NULL)
        tl_flow_touch(d->of, d->frame->packet->etime);
    if (status == TL_NOT_MINE) {
        d->c = c;
        tl_hide_of(k, d, c, index);
        tl_show_data(d);
    }
    return status == TL_OK && d->next.kind != TL_NEXT_NONE;
}

void tl_channel_message(const struct tl_site *site, struct tl_flow *flow, struct tl_channel *channel, unsigned side,
                        struct tl_bytes bytes)
{
    if (channel->unread)
        return;
    struct tl_dissection d;
    uint8_t source = site->tree != NULL ? site->tree->source : 0;
    tl_context_begin(site, &d, flow, channel, side);
    place(&d, &bytes);
    if (channel->protocol == TL_PROTOCOL_COUNT && !channel->tried[side]) {
        struct tl_verdict verdict = tl_detect(site->decoder, &d, d.c, false, channel->hint);
        if (verdict.index == TL_PROTOCOL_COUNT || !tl_channel_assign(site->decoder, flow, channel, verdict.index))
            channel->tried[side] = true;
        d.flow.slot = channel->slot;
    }
    if (channel->protocol < TL_PROTOCOL_COUNT)
        (void)tl_channel_dissect(&d, channel->protocol);
    else
        tl_show_data(&d);
    if (site->tree != NULL)
        site->tree->source = source;
}

/* --- the end --- */

/* Detects a side with too few bytes to be sure: at its end, MAYBE is accepted. */
static void settle_late(const struct tl_site *site, struct tl_flow *flow, struct tl_channel *channel)
{
    for (unsigned i = 0; i < 2 && !channel->settled; i++) {
        unsigned side = channel->first_side ^ i;
        const struct tl_stream *s = &channel->side[side];
        if (s->kept_len == 0)
            continue;
        struct tl_verdict verdict = look_at(site, flow, channel, side, (struct tl_bytes){ s->kept, s->kept_len });
        if (verdict.index != TL_PROTOCOL_COUNT && tl_channel_assign(site->decoder, flow, channel, verdict.index))
            replay(site, flow, channel);
    }
}

void tl_channel_side_ended(const struct tl_site *site, struct tl_flow *flow, struct tl_channel *channel, unsigned side)
{
    if (channel->kind != TL_CHANNEL_STREAM || channel->protocol == TL_PROTOCOL_COUNT)
        return;
    struct tl_dissection d;
    tl_context_begin(site, &d, flow, channel, side);
    tl_context_select(&d, channel->protocol);
    tl_stream_end(&d, &channel->side[side]);
}

/* Ends both sides. A side that waits for the other then decides alone. */
static void end_sides(const struct tl_site *site, struct tl_flow *flow, struct tl_channel *channel)
{
    for (unsigned side = 0; side < 2; side++)
        tl_channel_side_ended(site, flow, channel, side);
    for (unsigned side = 0; side < 2; side++) {
        const struct tl_stream *s = &channel->side[side];
        if (!s->dead && s->ended && s->want.kind == TL_WANT_WAIT)
            tl_channel_side_ended(site, flow, channel, side);
        if (channel->wake)
            wake(site, flow, channel, side);
    }
}

void tl_channel_over(const struct tl_site *site, struct tl_flow *flow, struct tl_channel *channel)
{
    uint8_t handovers;
    do { /* repeated if the channel was handed over at its end: at most TL_HANDOVERS_MOST times */
        handovers = channel->handovers;
        if (channel->kind != TL_CHANNEL_STREAM)
            break;
        if (!channel->settled)
            settle_late(site, flow, channel);
        end_sides(site, flow, channel);
    } while (channel->handovers != handovers && !channel->unread);
    tl_channel_finish_protocol(site, flow, channel);
}

/* Frees what the parsers and the sides keep. */
static void release_memory(struct tl_decoder *k, struct tl_channel *channel)
{
    struct tl_slab *slab = tl_slab_of(k);
    struct tl_channel *root = tl_channel_root(channel);
    for (unsigned side = 0; side < 2 && channel->kind == TL_CHANNEL_STREAM; side++)
        tl_stream_fini(&channel->side[side], slab);
    for (uint32_t handle = channel->kept; handle != 0;) {
        struct tl_kept_bytes *kept = tl_slab_at(k->slab_base, handle);
        handle = kept->next;
        root->kept_bytes -= kept->len;
        tl_slab_put(slab, kept, sizeof *kept + kept->len);
    }
    tl_slab_put(slab, channel->slot, channel->slot_size);
}

void tl_channel_free_root(struct tl_decoder *k, struct tl_channel *channel)
{
    while (channel->child != NULL)
        tl_channel_free(k, channel->child);
    release_memory(k, channel);
    tl_slab_put(tl_slab_of(k), channel, channel_size(channel));
}

void tl_channel_free(struct tl_decoder *k, struct tl_channel *channel)
{
    while (channel->child != NULL)
        tl_channel_free(k, channel->child);
    release_memory(k, channel);
    tl_channel_root(channel)->descendants--;
    struct tl_channel **link = &channel->parent->child;
    while (*link != channel)
        link = &(*link)->sibling;
    *link = channel->sibling;
    tl_slab_put(tl_slab_of(k), channel, channel_size(channel));
}

void tl_show_data(struct tl_dissection *d)
{
    if (d->tree == NULL || tl_cursor_wire_left(&d->c) == 0)
        return;
    struct tl_decoder *k = d->host_data;
    tl_context_select(d, TL_PROTOCOL_data);
    k->last_protocol = TL_PROTOCOL_data;
    d->start = d->c.off;
    tl_layer_begin(d);
    (void)d->protocol->dissect(d);
    tl_layer_end(d);
}
