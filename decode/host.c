/* host.c - records, kept bytes, services and changes of protocol, for the parsers of a channel. */
#include "decode/host.h"

#include "core/crypto.h"
#include "decode/channel.h"
#include "decode/child.h"
#include "decode/names.h"
#include "decode/weird.h"
#include "decode/resumed.h"

static void host_record(struct tl_dissection *d, const struct tl_record_def *def, struct tl_record *record)
{
    struct tl_decoder *k = d->host_data;
    struct tl_flow_id id;
    if (k->options.listener.record == NULL)
        return;
    if (d->of != NULL) {
        (void)tl_flow_identify(k, d->of, &id, true);
        id.decrypted = d->channel != NULL && d->channel->decrypted;
    } else {
        record->nano = k->nano;
    }
    k->options.listener.record(k->options.listener.context, def, record, d->of != NULL ? &id : NULL);
}

static void host_join(struct tl_dissection *d, const struct tl_joiner *joiner, const void *part)
{
    struct tl_decoder *k = d->host_data;
    struct tl_flow_id id;
    if (k->options.listener.part == NULL)
        return;
    if (d->of != NULL)
        (void)tl_flow_identify(k, d->of, &id, true);
    k->options.listener.part(k->options.listener.context, joiner, part, d->of != NULL ? &id : NULL);
}

/* --- kept bytes --- */

static uint32_t host_keep(struct tl_dissection *d, const void *data, uint32_t len)
{
    struct tl_decoder *k = d->host_data;
    struct tl_channel *channel = d->channel;
    if (channel == NULL || len > TL_SLAB_NAMED - sizeof(struct tl_kept_bytes))
        return 0;
    struct tl_channel *root = tl_channel_root(channel);
    if (root->kept_bytes > TL_KEPT_MOST - len)
        return 0;
    struct tl_kept_bytes *kept = tl_flows_alloc(k->flows, sizeof *kept + len);
    if (kept == NULL) {
        k->counters.reassembly_truncated += len;
        return 0;
    }
    uint32_t handle = tl_slab_handle(d->slab, kept);
    *kept = (struct tl_kept_bytes){ .next = channel->kept, .len = len };
    if (data != NULL)
        memcpy(kept + 1, data, len);
    else
        memset(kept + 1, 0, len);
    if (channel->kept != 0)
        ((struct tl_kept_bytes *)tl_slab_at(k->slab_base, channel->kept))->previous = handle;
    channel->kept = handle;
    root->kept_bytes += len;
    return handle;
}

static struct tl_bytes host_kept(const struct tl_dissection *d, uint32_t handle)
{
    const struct tl_decoder *k = d->host_data;
    if (handle == 0)
        return (struct tl_bytes){ NULL, 0 };
    const struct tl_kept_bytes *kept = tl_slab_at(k->slab_base, handle);
    return (struct tl_bytes){ (const uint8_t *)(kept + 1), kept->len };
}

static void host_forget(struct tl_dissection *d, uint32_t handle)
{
    const struct tl_decoder *k = d->host_data;
    struct tl_channel *channel = d->channel;
    if (handle == 0 || channel == NULL)
        return;
    struct tl_kept_bytes *kept = tl_slab_at(k->slab_base, handle);
    if (kept->previous != 0)
        ((struct tl_kept_bytes *)tl_slab_at(k->slab_base, kept->previous))->next = kept->next;
    else
        channel->kept = kept->next;
    if (kept->next != 0)
        ((struct tl_kept_bytes *)tl_slab_at(k->slab_base, kept->next))->previous = kept->previous;
    tl_channel_root(channel)->kept_bytes -= kept->len;
    tl_slab_put(d->slab, kept, sizeof *kept + kept->len);
}

/* --- services --- */

/* Returns where a name begins in the list of a flow's services, or the list's length where it is not in it. */
static size_t find_service(const struct tl_flow_names *names, const char *name, size_t len)
{
    size_t at = 0;
    while (at < names->services_len) {
        const char *comma = memchr(names->services + at, ',', names->services_len - at);
        size_t n = comma != NULL ? (size_t)(comma - names->services) - at : names->services_len - at;
        if (n == len && memcmp(names->services + at, name, len) == 0)
            return at;
        at += n + (comma != NULL);
    }
    return names->services_len;
}

static void note_failed(struct tl_flow_names *names, const char *name, size_t len)
{
    if (names->failed_len + len + (names->failed_len > 0) > TL_SERVICES_MOST)
        return;
    if (names->failed_len > 0)
        names->failed[names->failed_len++] = ',';
    memcpy(names->failed + names->failed_len, name, len);
    names->failed_len = (uint8_t)(names->failed_len + len);
}

static void remove_service(struct tl_flow_names *names, const char *name)
{
    size_t len = strlen(name), at = find_service(names, name, len), end = at + len;
    if (at == names->services_len)
        return;
    note_failed(names, name, len);
    if (end < names->services_len)
        end++; /* with the comma behind it */
    else if (at > 0)
        at--; /* with the comma before it */
    memmove(names->services + at, names->services + end, names->services_len - end);
    names->services_len = (uint8_t)(names->services_len - (end - at));
}

static const char *service_of(const struct tl_dissection *d)
{
    bool tcp = d->of->ip_proto == 6 && d->channel->parent == NULL;
    return tcp && d->protocol->service_tcp != NULL ? d->protocol->service_tcp : d->protocol->service;
}

static void host_confirm(struct tl_dissection *d)
{
    struct tl_decoder *k = d->host_data;
    const struct tl_protocol *protocol = d->protocol;
    if (d->channel == NULL || d->channel->named || protocol->service == NULL)
        return;
    if (protocol->lifetime == TL_LIFETIME_MESSAGES && d->of->ip_proto == 17)
        tl_flows_set_class(k->flows, d->of, TL_CLASS_DNS);
    if (protocol->lifetime == TL_LIFETIME_LOGIN && d->of->ip_proto == 6)
        tl_flows_set_class(k->flows, d->of, TL_CLASS_LOGIN);
    struct tl_flow_names *names = tl_flows_names(k->flows, d->of);
    if (names == NULL)
        return;
    const char *service = service_of(d);
    size_t len = strlen(service), need = len + (names->services_len > 0);
    if (find_service(names, service, len) < names->services_len ||
        names->services_len + need > TL_SERVICES_MOST)
        return;
    d->channel->named = true;
    if (names->services_len > 0)
        names->services[names->services_len++] = ',';
    memcpy(names->services + names->services_len, service, len);
    names->services_len = (uint8_t)(names->services_len + len);
}

static void host_violate(struct tl_dissection *d)
{
    struct tl_decoder *k = d->host_data;
    struct tl_channel *channel = d->channel;
    if (d->of == NULL)
        return;
    if (channel == NULL || channel->parent == NULL)
        d->of->protocol = TL_FLOW_NOBODYS;
    if (channel == NULL)
        return;
    const struct tl_flow_ext *ext = tl_ext_of(k, d->of);
    bool stream = channel->kind == TL_CHANNEL_STREAM;
    if (channel->named && ext != NULL && ext->names != NULL &&
        (!stream || channel->side[0].pos + channel->side[1].pos - channel->began < TL_VIOLATION_EARLY))
        remove_service(ext->names, service_of(d));
    for (unsigned side = 0; stream && side < 2; side++)
        channel->side[side].want = (struct tl_want){ .kind = TL_WANT_NOTHING };
    channel->settled = channel->unread = true;
}

static void host_rest(struct tl_dissection *d)
{
    struct tl_channel *channel = d->channel;
    if (d->of == NULL || channel == NULL || channel->kind != TL_CHANNEL_STREAM)
        return;
    if (channel->parent == NULL) {
        struct tl_decoder *k = d->host_data;
        d->of->protocol = TL_FLOW_NOBODYS;
        if (d->records_only)
            k->at_rest = d->of;
    }
    for (unsigned side = 0; side < 2; side++)
        channel->side[side].want = (struct tl_want){ .kind = TL_WANT_NOTHING };
    channel->settled = channel->unread = true;
}

static void host_turn(struct tl_dissection *d)
{
    struct tl_decoder *k = d->host_data;
    if (d->of == NULL)
        return;
    struct tl_channel *root = d->channel != NULL ? tl_channel_root(d->channel) : NULL;
    bool in_use = root != NULL && root->child != NULL;
    if (d->of->ip_proto == 6 || in_use) { /* its sides may be in use: tl_flow_settle() turns them */
        if (root != NULL)
            k->turn = root->turn = true;
        return;
    }
    tl_flows_turn(k->flows, d->of);
    d->flow.side ^= 1u;
    d->flow.orig_port = tl_flow_port(d->of, TL_ORIG);
    d->flow.resp_port = tl_flow_port(d->of, TL_RESP);
    d->flow.orig_addr = tl_flow_addr(d->of, TL_ORIG);
    d->flow.resp_addr = tl_flow_addr(d->of, TL_RESP);
    d->flow.multicast = tl_addr_is_multicast(d->flow.resp_addr, d->flow.version == 6);
}

/* --- the protocol of the channel --- */

/* Replaces the note that the old protocol received by the note that it wrote for the next one. */
static void hand_note(struct tl_dissection *d, unsigned from)
{
    struct tl_channel *channel = d->channel;
    if (TL_LIKELY((channel->handed | channel->handing) == 0))
        return;
    tl_forget(d, channel->handed);
    channel->handed = channel->handing;
    channel->handed_by = (uint16_t)from;
    channel->handing = 0;
}

static bool host_tell(struct tl_dissection *d, struct tl_bytes note)
{
    if (d->channel == NULL)
        return false;
    tl_forget(d, d->channel->handing);
    d->channel->handing = note.len > 0 ? tl_keep(d, note.data, note.len) : 0;
    return note.len == 0 || d->channel->handing != 0;
}

static struct tl_handed host_told(const struct tl_dissection *d)
{
    const struct tl_decoder *k = d->host_data;
    if (d->channel == NULL || d->channel->handed == 0)
        return (struct tl_handed){ .from = NULL };
    return (struct tl_handed){ k->protocols.items[d->channel->handed_by], tl_kept(d, d->channel->handed) };
}

static bool host_change(struct tl_dissection *d, struct tl_stream *s, const struct tl_protocol *to)
{
    struct tl_decoder *k = d->host_data;
    struct tl_channel *channel = d->channel;
    s->want = (struct tl_want){ .kind = TL_WANT_NOTHING };
    if (channel == NULL)
        return d->protocol != NULL;
    struct tl_site site = tl_site_of(d);
    tl_channel_finish_protocol(&site, d->of, channel);
    hand_note(d, d->protocol_index);
    channel->before = d->protocol_index;
    unsigned index = to != NULL ? tl_protocols_index(&k->protocols, to) : TL_PROTOCOL_COUNT;
    if (channel->handovers++ == TL_HANDOVERS_MOST ||
        (index < TL_PROTOCOL_COUNT && !tl_channel_assign(k, d->of, channel, index))) {
        tl_channel_give_up(k, d->of, channel);
        channel->protocol = TL_PROTOCOL_COUNT;
        tl_context_select(d, TL_PROTOCOL_COUNT);
        d->flow.slot = NULL;
        return false;
    }
    if (index == TL_PROTOCOL_COUNT) {
        channel->settled = channel->tried[0] = channel->tried[1] = false;
        channel->protocol = TL_PROTOCOL_COUNT;
        if (channel->parent == NULL)
            d->of->protocol = TL_FLOW_UNDECIDED;
    }
    for (unsigned side = 0; side < 2; side++) {
        channel->side[side].opened = false;
        channel->side[side].ended &= channel->side[side].dead;
        channel->at_upgrade[side] = false;
    }
    channel->wake = true;
    tl_context_select(d, index);
    d->flow.slot = channel->slot;
    return index < TL_PROTOCOL_COUNT && channel->side[s->side ^ 1].kept_len == 0;
}

static bool host_release(struct tl_dissection *d)
{
    struct tl_channel *channel = d->channel;
    if (channel == NULL)
        return true;
    struct tl_site site = tl_site_of(d);
    struct tl_dissection other;
    unsigned side = d->flow.side ^ 1u;
    channel->at_upgrade[side] = false; /* it will be asked again */
    tl_context_begin(&site, &other, d->of, channel, side);
    tl_context_select(&other, channel->protocol);
    tl_stream_resume(&other, &channel->side[side]);
    tl_context_select(d, channel->protocol); /* it may have been handed over, even to the same protocol */
    d->flow.slot = channel->slot;
    d->inner_first = 0;
    return channel->protocol < TL_PROTOCOL_COUNT;
}

static void host_select(struct tl_dissection *d, const struct tl_protocol *protocol)
{
    const struct tl_decoder *k = d->host_data;
    tl_context_select(d, tl_protocols_index(&k->protocols, protocol));
}

static bool host_at_upgrade(struct tl_dissection *d, const struct tl_stream *s)
{
    if (d->channel == NULL)
        return false;
    d->channel->at_upgrade[s->side] = true;
    return d->channel->at_upgrade[s->side ^ 1];
}

static void host_weird(struct tl_dissection *d, unsigned kind, struct tl_bytes addl)
{
    tl_weird_note(d->host_data, d->frame, d->of, d->protocol, kind, addl,
                  d->channel != NULL && d->channel->decrypted);
}

static void host_truncated(struct tl_dissection *d, uint64_t bytes)
{
    struct tl_decoder *k = d->host_data;
    k->counters.reassembly_truncated += bytes;
}

static struct tl_crypto_state *host_crypto_state(const struct tl_dissection *d)
{
    struct tl_decoder *k = d->host_data;
    if (k->crypto_state == NULL && k->options.crypto != NULL)
        k->crypto_state = k->options.crypto->state_new();
    return k->crypto_state;
}

static uint64_t number_for(const struct tl_dissection *d)
{
    const struct tl_decoder *k = d->host_data;
    return k->options.keylog_all ? UINT64_MAX : d->frame->number;
}

static unsigned host_secrets(const struct tl_dissection *d, const uint8_t random[TL_KEYLOG_RANDOM])
{
    const struct tl_decoder *k = d->host_data;
    struct tl_keylog *log = k->options.keylog;
    uint64_t number = number_for(d);
    if (log == NULL)
        return 0;
    return (tl_keylog_has(log, random, number) ? TL_SECRETS_THERE : 0u) |
           (tl_keylog_expects(log, number) ? TL_SECRETS_COME : 0u) |
           (tl_keylog_is_growing(log) ? TL_SECRETS_GROW : 0u) | (tl_keylog_has_rsa(log) ? TL_SECRETS_RSA : 0u);
}

static uint32_t host_secret(const struct tl_dissection *d, enum tl_keylog_label label,
                            const uint8_t random[TL_KEYLOG_RANDOM], uint8_t secret[TL_KEYLOG_SECRET])
{
    const struct tl_decoder *k = d->host_data;
    struct tl_keylog *log = k->options.keylog;
    return log != NULL ? tl_keylog_find(log, label, random, number_for(d), secret) : 0;
}

static bool host_premaster(const struct tl_dissection *d, struct tl_bytes sealed, uint8_t secret[TL_PREMASTER])
{
    const struct tl_decoder *k = d->host_data;
    return k->options.keylog != NULL && tl_keylog_premaster(k->options.keylog, sealed, secret);
}

static void host_opened(const struct tl_dissection *d, bool again)
{
    struct tl_decoder *k = d->host_data;
    struct tl_flow_ext *ext = d->of != NULL ? tl_flows_ext(k->flows, d->of) : NULL;
    if (ext != NULL)
        ext->opened = true;
    if (k->options.keylog != NULL && !again)
        tl_keylog_count(k->options.keylog);
}

const struct tl_host tl_decoder_host = {
    .record = host_record,
    .join = host_join,
    .keep = host_keep,
    .kept = host_kept,
    .forget = host_forget,
    .confirm = host_confirm,
    .violate = host_violate,
    .turn = host_turn,
    .rest = host_rest,
    .change = host_change,
    .release = host_release,
    .select = host_select,
    .at_upgrade = host_at_upgrade,
    .tell = host_tell,
    .told = host_told,
    .weird = host_weird,
    .truncated = host_truncated,
    .crypto_state = host_crypto_state,
    .secrets = host_secrets,
    .secret = host_secret,
    .premaster = host_premaster,
    .remember = tl_resumed_remember,
    .recall = tl_resumed_recall,
    .share = tl_resumed_share,
    .opened = host_opened,
    .channel = &tl_children,
};
