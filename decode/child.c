/* child.c - child channels, expectations and bodies of parsers (core/channel.h). */
#include "decode/child.h"

#include "decode/channel.h"
#include "decode/expect.h"
#include "decode/files.h"
#include "decode/names.h"
#include "flows/identity.h"

static struct tl_channel *open_child(struct tl_dissection *d, enum tl_channel_kind kind, uint64_t id,
                                     const struct tl_protocol *protocol)
{
    struct tl_decoder *k = d->host_data;
    struct tl_channel *parent = d->channel;
    if (parent == NULL || parent->depth >= TL_CHANNEL_DEPTH)
        return NULL;
    struct tl_channel *root = tl_channel_root(parent);
    struct tl_channel *child = root->descendants < TL_CHANNEL_CHILDREN ? tl_channel_new(k, kind) : NULL;
    if (child == NULL)
        return NULL;
    struct tl_channel **link = &parent->child;
    while (*link != NULL && (*link)->id <= id)
        link = &(*link)->sibling;
    child->sibling = *link;
    child->parent = parent;
    child->id = id;
    child->depth = (uint8_t)(parent->depth + 1);
    child->decrypted = parent->decrypted;
    *link = child;
    root->descendants++;
    if (protocol != NULL && !tl_channel_assign(k, d->of, child, tl_protocols_index(&k->protocols, protocol))) {
        tl_channel_free(k, child);
        return NULL;
    }
    return child;
}

static void child_decrypted(const struct tl_dissection *d, struct tl_channel *channel, const struct tl_protocol *like)
{
    const struct tl_decoder *k = d->host_data;
    channel->decrypted = true;
    if (like != NULL)
        channel->hint = (uint16_t)tl_protocols_index(&k->protocols, like);
    else if (d->channel->before < TL_PROTOCOL_COUNT)
        channel->hint = d->channel->before;
}

static void push_child(struct tl_dissection *d, struct tl_channel *channel, unsigned side, struct tl_bytes bytes)
{
    struct tl_site site = tl_site_of(d);
    if (channel->kind == TL_CHANNEL_STREAM)
        tl_channel_deliver(&site, d->of, channel, side, bytes);
    else
        tl_channel_message(&site, d->of, channel, side, bytes);
    if (d->tree != NULL) {
        d->layer = TL_NO_NODE;
        d->inner_first = 0;
    }
}

static void end_child(struct tl_dissection *d, struct tl_channel *channel, unsigned side)
{
    struct tl_site site = tl_site_of(d);
    tl_channel_side_ended(&site, d->of, channel, side);
}

static void gap_child(struct tl_dissection *d, struct tl_channel *channel, unsigned side, uint64_t n)
{
    struct tl_site site = tl_site_of(d);
    if (channel->kind == TL_CHANNEL_STREAM)
        tl_channel_missing(&site, d->of, channel, side, n);
}

static void close_child(struct tl_dissection *d, struct tl_channel *channel)
{
    struct tl_site site = tl_site_of(d);
    const struct tl_decoder *k = site.decoder;
    if (channel != NULL && channel->parent != NULL && channel->protocol < TL_PROTOCOL_COUNT &&
        k->protocols.items[channel->protocol]->has_secrets)
        channel->parent->closed = channel->protocol;
    tl_channel_over(&site, d->of, channel);
    tl_channel_free(d->host_data, channel);
}

static bool tell_child(struct tl_dissection *d, struct tl_channel *channel, struct tl_bytes note)
{
    struct tl_site site = tl_site_of(d);
    struct tl_dissection inside;
    tl_context_begin(&site, &inside, d->of, channel, TL_ORIG);
    tl_forget(&inside, channel->handed);
    channel->handed = note.len > 0 ? tl_keep(&inside, note.data, note.len) : 0;
    channel->handed_by = d->protocol_index;
    return note.len == 0 || channel->handed != 0;
}

static void *state_of_child(const struct tl_channel *channel)
{
    return channel->slot;
}

static struct tl_channel *find_child(const struct tl_dissection *d, uint64_t id)
{
    struct tl_channel *child = d->channel != NULL ? d->channel->child : NULL;
    while (child != NULL && child->id < id)
        child = child->sibling;
    return child != NULL && child->id == id ? child : NULL;
}

/* --- proxies --- */

static void proxied(struct tl_dissection *d, const struct tl_proxied *ends)
{
    struct tl_decoder *k = d->host_data;
    struct tl_flow_ext *ext = d->of != NULL ? tl_flows_ext(k->flows, d->of) : NULL;
    if (ext == NULL || ext->proxied != NULL)
        return;
    ext->proxied = tl_flows_alloc(k->flows, sizeof *ext->proxied);
    if (ext->proxied != NULL)
        *ext->proxied = *ends;
}

/* --- expectations --- */

static bool expect(struct tl_dissection *d, const struct tl_expected_flow *flow, struct tl_bytes note)
{
    struct tl_decoder *k = d->host_data;
    if (d->of == NULL || d->frame->packet == NULL)
        return false;
    struct tl_flow_id id;
    (void)tl_flow_identify(k, d->of, &id, true);
    return tl_expectations_add(k->expectations, d->of, d->frame->packet->etime, flow, id.uid, note);
}

static struct tl_expectation expectation(const struct tl_dissection *d)
{
    const struct tl_decoder *k = d->host_data;
    struct tl_expectation none = { .parent_uid = "" };
    const struct tl_channel *root = d->of != NULL ? tl_channel_of(k, d->of) : NULL;
    if (root == NULL || root->note == 0)
        return none;
    const struct tl_kept_bytes *kept = tl_slab_at(k->slab_base, root->note);
    return tl_expectation_of((struct tl_bytes){ (const uint8_t *)(kept + 1), kept->len });
}

/* --- bodies --- */

static void body(struct tl_dissection *d, struct tl_body *body, enum tl_body_event event,
                 const struct tl_body_facts *facts, struct tl_bytes bytes, uint64_t gap)
{
    const struct tl_decoder *k = d->host_data;
    const struct tl_listener *listener = &k->options.listener;
    if (event == TL_BODY_BEGIN)
        body->id = d->channel != NULL && d->bodies ? ++tl_channel_root(d->channel)->bodies : 0;
    if (body->id == 0)
        return;
    if (k->options.files)
        tl_file_event(d, body, event, facts, bytes, gap);
    if (listener->body == NULL)
        return;
    struct tl_body_piece piece = { .flow = d->of, .body = body, .protocol = d->protocol, .event = event,
                                   .facts = facts, .bytes = bytes, .missing = body->missing };
    listener->body(listener->context, &piece);
}

static void fuid(const struct tl_dissection *d, unsigned side, uint32_t number, char text[20])
{
    struct tl_flow_id id;
    (void)tl_flow_identify(d->host_data, d->of, &id, true);
    tl_file_uid(id.uid, side, number, text);
}

static bool carried(const struct tl_dissection *d, uint16_t port, struct tl_carried *file)
{
    struct tl_decoder *k = d->host_data;
    struct tl_flow_id id;
    if (!k->options.files || d->of == NULL)
        return false;
    (void)tl_flow_identify(k, d->of, &id, true);
    return tl_expectations_carried(k->expectations, id.uid, port, file);
}

static void said(const struct tl_dissection *d, uint64_t stream, unsigned side, struct tl_bytes bytes, uint64_t gap)
{
    const struct tl_decoder *k = d->host_data;
    const struct tl_said said = { .flow = d->of, .protocol = d->protocol, .stream = stream, .side = side,
                                  .bytes = bytes, .gap = gap };
    k->options.listener.said(k->options.listener.context, &said);
}

const struct tl_channel_host tl_children = {
    .open = open_child,
    .decrypted = child_decrypted,
    .find = find_child,
    .push = push_child,
    .gap = gap_child,
    .end = end_child,
    .close = close_child,
    .tell = tell_child,
    .state = state_of_child,
    .expect = expect,
    .expectation = expectation,
    .proxied = proxied,
    .said = said,
    .body = body,
    .fuid = fuid,
    .carried = carried,
};
