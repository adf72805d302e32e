/* decoder.c - the life of a decoder: options, packets, ends of flows. */
#include "decode/decoder.h"

#include <stdlib.h>

#include "decode/around.h"
#include "decode/expect.h"
#include "decode/host.h"
#include "decode/layers.h"
#include "decode/names.h"
#include "decode/payload.h"
#include "decode/state.h"
#include "decode/usual.h"

enum { SCRATCH = 1 << 20 }; /* bytes of decoded names, copies and the like per packet */

static const struct tl_timeouts default_timeouts = TL_TIMEOUTS_DEFAULT;

/* --- records of flows --- */

static void emit_conn(struct tl_decoder *k, struct tl_flow *flow, enum tl_flow_reason reason)
{
    struct tl_conn_record record;
    struct tl_flow_id id;
    tl_conn_record_fill(&record, flow, k->slab_base, reason, tl_decoder_services(k, flow));
    (void)tl_flow_identify(k, flow, &id, false);
    k->options.listener.record(k->options.listener.context, &tl_conn_record_def, &record.head, &id);
}

/* Files in the flows that it announced are asked for no more. */
static void uncarry(struct tl_decoder *k, struct tl_flow *flow)
{
    struct tl_flow_id id;
    if (TL_LIKELY(!tl_expectations_carries(k->expectations)))
        return;
    (void)tl_flow_identify(k, flow, &id, false);
    tl_expectations_uncarry(k->expectations, id.uid);
}

/* A flow ends: before a packet, or because the current packet begins a new flow between the same endpoints. */
static void flow_ended(void *context, struct tl_flow *flow, enum tl_flow_reason reason, int64_t deadline)
{
    struct tl_decoder *k = context;
    const struct tl_listener *listener = &k->options.listener;
    size_t mark = k->scratch.used;
    bool turn = k->turn;
    struct tl_frame frame = {
        .ts = flow->last_ns,
        .last_etime = flow->touched,
        .number = flow->last_pkt, /* anomalies in the remaining bytes belong to the last packet */
        .net = { .version = flow->flags & TL_FLOW_V6 ? 6 : 4, .protocol = flow->ip_proto },
        .seg = { .src_port = tl_flow_port(flow, TL_ORIG), .dst_port = tl_flow_port(flow, TL_RESP), .window_scale = -1 },
    };
    struct tl_site site = { k, &frame, NULL };
    if (listener->flow_ending != NULL) {
        struct tl_flow_ending ending = { flow, reason, deadline };
        listener->flow_ending(listener->context, &ending);
    }
    const struct tl_flow_ext *ext = tl_ext_of(k, flow);
    if (ext != NULL && ext->tcp != NULL) {
        struct tl_tcp_reader reader = tl_flow_reader(&site);
        tl_tcp_flush(flow, ext->tcp, &reader, tl_slab_of(k));
        tl_flow_settle(k, flow);
    }
    if (flow->ip_proto == 132)
        tl_flow_association_end(&site, flow);
    tl_flow_finish(&site, flow);
    tl_flow_settle(k, flow);
    tl_around_end(k, flow);
    uncarry(k, flow);
    if (listener->record != NULL)
        emit_conn(k, flow, reason);
    tl_flow_free_channel(k, flow);
    k->turn = turn;
    k->scratch.used = mark;
}

/* --- life --- */

static void add_probe(struct tl_protocol_set *sets, unsigned index, const struct tl_begins *begins)
{
    static const struct tl_begins all = { "\0\xff", 2 };
    if (begins->len == 0)
        begins = &all;
    for (uint32_t i = 0; i + 1 < begins->len; i += 2)
        for (unsigned byte = (uint8_t)begins->ranges[i]; byte <= (uint8_t)begins->ranges[i + 1]; byte++)
            sets[byte].bits[index / 64] |= (uint64_t)1 << index % 64;
}

struct tl_decoder *tl_decoder_new(const struct tl_decoder_options *options)
{
    struct tl_decoder *k = calloc(1, sizeof *k);
    if (k == NULL)
        return NULL;
    k->options = *options;
    if (k->options.timeouts == NULL)
        k->options.timeouts = &default_timeouts;
    k->protocols = tl_protocols_all();
    if (options->protocols != NULL)
        k->protocols.items = options->protocols;
    k->interface = UINT32_MAX;
    k->fused = options->listener.layer == NULL && tl_usual_registered(options->registry, &k->protocols);
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT; i++) {
        const struct tl_protocol *protocol = k->protocols.items[i];
        if (protocol->probe == NULL || protocol->only_at_home)
            continue;
        if (protocol->before_any) {
            k->before[k->before_count++] = (uint8_t)i;
            continue;
        }
        if (protocol->dissect != NULL)
            add_probe(k->probes[0], i, &protocol->begins);
        if (protocol->stream != NULL)
            add_probe(k->probes[1], i, &protocol->begins);
    }
    struct tl_flows_options flows = { .analysis = options->analysis, .memory = options->memory, .timeouts = k->options.timeouts,
                                      .seed = options->seed, .crypto = options->crypto, .ended = flow_ended,
                                      .context = k, .strict_checksums = options->checksums == TL_CHECKSUMS_STRICT };
    tl_tree_init(&k->tree);
    k->flows = tl_flows_new(&flows);
    if (k->flows == NULL || !tl_arena_init(&k->scratch, SCRATCH)) {
        tl_decoder_free(k);
        return NULL;
    }
    k->slab_base = tl_slab_base(tl_slab_of(k));
    k->fragments = tl_fragments_new(tl_slab_of(k), options->seed, options->carriers);
    k->expectations = tl_expectations_new(tl_slab_of(k), k->options.seed);
    k->charsets = tl_charsets_new();
    k->blank = (struct tl_dissection){ .c = tl_cursor_on((const uint8_t *)"", 0, 0),
                                       .layer = TL_NO_NODE,
                                       .verify = options->checksums != TL_CHECKSUMS_OFF,
                                       .strict = options->checksums == TL_CHECKSUMS_STRICT,
                                       .secrets = options->secrets,
                                       .sections = options->sections,
                                       .records_only = options->records_only,
                                       .recorded = options->listener.record != NULL,
                                       .bodies = options->listener.body != NULL || options->files,
                                       .scratch = &k->scratch,
                                       .charsets = k->charsets,
                                       .slab = tl_slab_of(k),
                                       .followed = options->listener.said != NULL,
                                       .crypto = options->crypto,
                                       .inflate = options->inflate,
                                       .host = &tl_decoder_host,
                                       .host_data = k };
    k->packet = k->blank;
    k->packet.frame = &k->frame;
    k->packet.net = &k->frame.net;
    k->packet.seg = &k->frame.seg;
    if (k->fragments == NULL || k->expectations == NULL || k->charsets == NULL) {
        tl_decoder_free(k);
        return NULL;
    }
    return k;
}

void tl_decoder_free(struct tl_decoder *k)
{
    if (k == NULL)
        return;
    if (k->flows != NULL && k->charsets != NULL && k->fragments != NULL && k->expectations != NULL) {
        k->options.listener = (struct tl_listener){ .context = NULL };
        tl_flows_finish(k->flows); /* large blocks of memory belong to flows, not to the slab */
    }
    tl_charsets_free(k->charsets);
    if (k->crypto_state != NULL)
        k->options.crypto->state_free(k->crypto_state);
    tl_keylog_free(k->resumed[0]);
    tl_keylog_free(k->resumed[1]);
    tl_fragments_free(k->fragments);
    tl_expectations_free(k->expectations);
    tl_flows_free(k->flows);
    tl_arena_fini(&k->scratch);
    tl_tree_fini(&k->tree);
    free(k);
}

bool tl_decoder_identify(struct tl_decoder *k, struct tl_flow *flow, struct tl_flow_id *id, bool keep)
{
    return tl_flow_identify(k, flow, id, keep);
}

/* --- packets --- */

void tl_decoder_show(struct tl_decoder *k, const uint64_t *const *wanted)
{
    k->wanted = wanted;
}

void tl_decoder_renew(struct tl_decoder *k, const struct tl_flow_id *id)
{
    tl_flows_renew(k->flows, id);
}

void tl_decoder_packet(struct tl_decoder *k, const struct tl_packet *packet)
{
    if (TL_UNLIKELY(tl_flows_tight(k->flows)))
        tl_flows_make_room(k->flows);
    tl_layers_packet(k, packet);
}

const struct tl_tree *tl_decoder_tree(const struct tl_decoder *k)
{
    return &k->tree;
}

struct tl_outcome tl_decoder_outcome(const struct tl_decoder *k)
{
    return (struct tl_outcome){ k->last_protocol, k->malformed };
}

const struct tl_frame *tl_decoder_frame(const struct tl_decoder *k)
{
    return &k->frame;
}

void tl_decoder_expire(struct tl_decoder *k, int64_t now)
{
    tl_flows_expire(k->flows, now);
}

void tl_decoder_expire_fragments(struct tl_decoder *k, int64_t now)
{
    tl_fragments_expire(k->fragments, now);
}

void tl_decoder_finish(struct tl_decoder *k)
{
    tl_flows_finish(k->flows);
    tl_expectations_forget(k->expectations);
}

bool tl_decoder_forget_fragments(struct tl_decoder *k)
{
    k->counters.reassembly_truncated += tl_fragments_truncated(k->fragments);
    tl_fragments_free(k->fragments);
    k->fragments = tl_fragments_new(tl_slab_of(k), k->options.seed, k->options.carriers);
    return k->fragments != NULL;
}

struct tl_decoder_counters tl_decoder_counters(const struct tl_decoder *k)
{
    struct tl_decoder_counters counters = k->counters;
    struct tl_flow_counters flows = tl_flows_counters(k->flows);
    counters.flows = flows.begun;
    counters.flows_active = flows.active;
    counters.flows_evicted = flows.evicted;
    counters.packets_refused = flows.refused;
    counters.reassembly_truncated += tl_fragments_truncated(k->fragments);
    counters.memory_used = tl_slab_used(tl_slab_of(k));
    return counters;
}

const struct tl_tcp *tl_decoder_tcp(const struct tl_decoder *k, const struct tl_flow *flow)
{
    const struct tl_flow_ext *ext = tl_ext_of(k, flow);
    return ext != NULL ? ext->tcp : NULL;
}

struct tl_bytes tl_decoder_services(const struct tl_decoder *k, const struct tl_flow *flow)
{
    const struct tl_flow_ext *ext = tl_ext_of(k, flow);
    if (ext == NULL || ext->names == NULL)
        return (struct tl_bytes){ NULL, 0 };
    return (struct tl_bytes){ (const uint8_t *)ext->names->services, ext->names->services_len };
}

bool tl_decoder_opened(const struct tl_decoder *k, const struct tl_flow *flow)
{
    const struct tl_flow_ext *ext = tl_ext_of(k, flow);
    return ext != NULL && ext->opened;
}

const struct tl_expiry_clock *tl_decoder_clock(const struct tl_decoder *k)
{
    return tl_flows_state(k->flows)->clock;
}

const struct tl_table *tl_decoder_table(const struct tl_decoder *k)
{
    return tl_flows_state(k->flows)->table;
}
