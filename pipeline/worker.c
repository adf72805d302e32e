/* worker.c - takes blocks, gives batches of formatted output. */
#include "pipeline/worker.h"

#include "core/slab.h"
#include "core/time.h"
#include "flows/identity.h"
#include "pipeline/application.h"

enum { SCRATCH = 1 << 20 }; /* bytes of decoded names, copies and the like for one packet */

static void put_out(struct tl_worker *w, uint32_t sink, size_t before)
{
    size_t len = w->batch->bytes.len - before;
    if (w->plan->pieces && len > 0)
        tl_batch_note(w->batch, w->key, sink, len);
    if (TL_UNLIKELY(w->batch->bytes.len > TL_BATCH_BYTES)) {
        w->batch->more = true;
        w->batch->failed |= w->batch->bytes.failed;
        w->hand_on(w);
    }
}

static void swap_ends(struct tl_flow_id *id)
{
    uint8_t addr[sizeof id->orig_addr];
    uint16_t port = id->orig_port;
    memcpy(addr, id->orig_addr, sizeof addr);
    memcpy(id->orig_addr, id->resp_addr, sizeof addr);
    memcpy(id->resp_addr, addr, sizeof addr);
    id->orig_port = id->resp_port;
    id->resp_port = port;
}

/*
 * The names of a flow; worked out once where there is a place to keep them. true: its ends are turned in them already.
 */
static bool identify(const struct tl_worker *w, const struct tl_flow *flow, struct tl_flow_id *id)
{
    const struct tl_flow_ext *ext = flow->ext ? tl_slab_at(tl_slab_base(tl_flows_slab(w->flows)), flow->ext) : NULL;
    struct tl_app *app = ext != NULL ? ext->app : NULL;
    bool turned = app != NULL && app->turn; /* they will be, once this packet is done with: its records say so already */
    tl_flow_describe(flow, id);
    if (turned)
        swap_ends(id);
    if (app == NULL || !app->named) {
        tl_uid_text(tl_flow_uid(flow, ext), id->uid);
        tl_community_id(flow, id->community_id);
    }
    if (app != NULL && !app->named) {
        memcpy(app->uid, id->uid, TL_UID_LEN);
        memcpy(app->community_id, id->community_id, TL_COMMUNITY_ID_LEN);
        app->named = true;
    } else if (app != NULL) {
        memcpy(id->uid, app->uid, TL_UID_LEN);
        memcpy(id->community_id, app->community_id, TL_COMMUNITY_ID_LEN);
    }
    return turned;
}

void tl_worker_record(struct tl_worker *w, const struct tl_record_def *def, const struct tl_record *record,
                      const struct tl_flow *flow)
{
    if (!w->plan->records)
        return;
    struct tl_flow_id id;
    if (flow != NULL)
        (void)identify(w, flow, &id);
    unsigned decimals = flow != NULL ? id.decimals : 6;
    w->batch->records++;
    for (uint32_t i = 0; i < w->plan->sink_count; i++) {
        const struct tl_sink *sink = w->plan->sinks[i];
        size_t before = w->batch->bytes.len;
        if (sink->record == NULL)
            continue;
        sink->record(sink, &w->batch->bytes, def, record, flow != NULL ? &id : NULL, decimals);
        put_out(w, i, before);
    }
}

void tl_worker_stream(struct tl_worker *w, const struct tl_flow *flow, struct tl_stream_piece piece)
{
    struct tl_flow_id id;
    piece.side ^= identify(w, flow, &id);
    piece.id = &id;
    for (uint32_t i = 0; i < w->plan->sink_count; i++) {
        const struct tl_sink *sink = w->plan->sinks[i];
        size_t before = w->batch->bytes.len;
        if (sink->stream == NULL)
            continue;
        sink->stream(sink, &w->batch->bytes, &piece);
        put_out(w, i, before);
    }
}

/*
 * The first packet of the block, after the flow's last one, whose engine time passed the deadline: there the flow ends.
 * (A flow that changes its class may be overdue at once, and its deadline be passed by packets before.) Where the clock
 * passed it, before the packet that is to come: so a file of the same packets gives the same order.
 */
static uint64_t expiry_number(const struct tl_worker *w, const struct tl_flow *flow, int64_t deadline)
{
    const struct tl_block *block = w->block;
    uint32_t low = 0, high = block->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct tl_packet *packet = &block->packets[middle];
        if (packet->number > flow->last_pkt && tl_etime_before(deadline, packet->etime))
            high = middle;
        else
            low = middle + 1;
    }
    return low < block->count ? block->packets[low].number : block->mark_number + 1;
}

/*
 * A flow ends. This happens between packets, but also in the middle of one, when memory is made for it: what is known
 * of that packet is put aside meanwhile.
 */
static void flow_ended(void *context, struct tl_flow *flow, enum tl_flow_reason reason, int64_t deadline)
{
    struct tl_worker *w = context;
    struct tl_dissection saved = w->d;
    struct tl_flow *saved_flow = w->flow;
    struct tl_key saved_key = w->key;
    size_t saved_scratch = w->scratch.used;
    bool saved_turn = w->turn;
    void *base = tl_slab_base(tl_flows_slab(w->flows));
    if (reason == TL_END_TIMEOUT)
        w->key = (struct tl_key){ expiry_number(w, flow, deadline), deadline, flow->first_pkt, false };
    else if (reason == TL_END_EOF)
        w->key = (struct tl_key){ w->last_number + 1, deadline, flow->first_pkt, false };
    w->ended = true;
    w->d.net = (struct tl_network){ .version = flow->flags & TL_FLOW_V6 ? 6 : 4, .protocol = flow->ip_proto };
    w->d.seg = (struct tl_transport){ .src_port = tl_flow_port(flow, TL_ORIG),
                                      .dst_port = tl_flow_port(flow, TL_RESP),
                                      .window_scale = -1 };
    w->d.packet = NULL;
    w->d.tree = NULL;
    w->d.wanted = NULL;
    w->d.ts = flow->last_ns;
    w->d.number = flow->last_pkt; /* what is odd in what was still to be read was there by then */
    struct tl_flow_ext *ext = flow->ext ? tl_slab_at(base, flow->ext) : NULL;
    if (ext != NULL && ext->tcp != NULL) {
        tl_tcp_flush(flow, ext->tcp, &w->reader, tl_flows_slab(w->flows));
        tl_application_settle(w, flow);
    }
    struct tl_bytes service = tl_application_finish(w, flow);
    tl_application_settle(w, flow);
    if (w->plan->records) {
        struct tl_conn_record record;
        tl_conn_record_fill(&record, flow, base, reason, service);
        tl_worker_record(w, &tl_conn_record_def, &record.head, flow);
    }
    tl_application_free(w, flow);
    w->ended = false;
    w->d = saved;
    w->flow = saved_flow;
    w->key = saved_key;
    w->turn = saved_turn;
    w->scratch.used = saved_scratch;
}

bool tl_worker_init(struct tl_worker *w, const struct tl_plan *plan)
{
    *w = (struct tl_worker){ .plan = plan, .interface = UINT32_MAX };
    w->reader = (struct tl_tcp_reader){ tl_application_data, tl_application_gap, tl_application_truncated,
                                         tl_application_weird, w };
    struct tl_flows_options options = { .memory = plan->memory,
                                        .timeouts = &plan->options->timeouts,
                                        .seed = plan->seed,
                                        .ended = flow_ended,
                                        .context = w };
    tl_tree_init(&w->tree);
    w->flows = tl_flows_new(&options);
    if (w->flows == NULL || !tl_arena_init(&w->scratch, SCRATCH))
        return false;
    w->fragments = tl_fragments_new(tl_flows_slab(w->flows), plan->seed);
    w->charsets = tl_charsets_new();
    w->d = (struct tl_dissection){ .tree = plan->tree ? &w->tree : NULL,
                                   .verify = plan->options->verify_checksums,
                                   .secrets = plan->options->secrets,
                                   .scratch = &w->scratch,
                                   .charsets = w->charsets,
                                   .slab = tl_flows_slab(w->flows),
                                   .host = &tl_worker_host,
                                   .host_data = w };
    return w->fragments != NULL && w->charsets != NULL;
}

void tl_worker_fini(struct tl_worker *w)
{
    tl_charsets_free(w->charsets);
    tl_fragments_free(w->fragments);
    tl_flows_free(w->flows);
    tl_arena_fini(&w->scratch);
    tl_tree_fini(&w->tree);
}

static void show_packet(struct tl_worker *w, const struct tl_packet *packet)
{
    const struct tl_interface *interface = tl_interfaces_get(w->plan->interfaces, packet->interface);
    for (uint32_t i = 0; i < w->plan->sink_count; i++) {
        const struct tl_sink *sink = w->plan->sinks[i];
        size_t before = w->batch->bytes.len;
        if (sink->packet == NULL)
            continue;
        sink->packet(sink, &w->batch->bytes, packet, interface, &w->tree);
        put_out(w, i, before);
    }
}

static void glance_at_packet(struct tl_worker *w, const struct tl_packet *packet)
{
    const struct tl_glance *glance = &w->glance;
    if (glance->layer_count == 0 || glance->layers[glance->layer_count - 1] != w->d.protocol_index)
        tl_worker_note_layer(w, w->d.protocol_index); /* the application's, or data */
    w->glance.malformed = w->malformed;
    for (uint32_t i = 0; i < w->plan->sink_count; i++) {
        const struct tl_sink *sink = w->plan->sinks[i];
        size_t before = w->batch->bytes.len;
        if (sink->glance == NULL)
            continue;
        sink->glance(sink, &w->batch->bytes, packet, &w->glance);
        put_out(w, i, before);
    }
}

static void one_packet(struct tl_worker *w, const struct tl_packet *packet)
{
    tl_flows_expire(w->flows, packet->etime);
    w->key = (struct tl_key){ .number = packet->number, .own = true };
    tl_layers_packet(w, packet);
    w->counters.passed++;
    w->counters.bytes += packet->len;
    if (w->plan->tree)
        show_packet(w, packet);
    if (TL_UNLIKELY(w->plan->glances))
        glance_at_packet(w, packet);
}

enum { AHEAD_BUCKET = 16, AHEAD_FLOW = 8 }; /* packets between the look at the flow table and its use */

void tl_worker_block(struct tl_worker *w, const struct tl_block *block, uint32_t index)
{
    w->block = block;
    uint32_t first = block->start != NULL ? block->start[index] : 0;
    uint32_t end = block->start != NULL ? block->start[index + 1] : block->count;
    const uint16_t *order = block->order;
    for (uint32_t i = first; i < end; i++) {
        if (i + AHEAD_BUCKET < end)
            tl_flows_prefetch(w->flows, block->packets[order != NULL ? order[i + AHEAD_BUCKET] : i + AHEAD_BUCKET].hash);
        if (i + AHEAD_FLOW < end)
            tl_flows_prefetch_flow(w->flows, block->packets[order != NULL ? order[i + AHEAD_FLOW] : i + AHEAD_FLOW].hash);
        one_packet(w, &block->packets[order != NULL ? order[i] : i]);
    }
    tl_arena_reset(&w->scratch);
    w->last_number = block->mark_number;
    if (block->count > 0) {
        tl_flows_expire(w->flows, block->packets[block->count - 1].etime);
        tl_fragments_expire(w->fragments, block->packets[block->count - 1].etime);
    }
    if (block->timed)
        tl_flows_expire(w->flows, block->mark);
    if (block->last)
        tl_flows_finish(w->flows);
    struct tl_flow_counters flows = tl_flows_counters(w->flows);
    w->counters.flows = flows.begun;
    w->counters.flows_active = flows.active;
    w->counters.flows_evicted = flows.evicted + flows.refused;
    w->batch->counters = w->counters;
    w->batch->failed |= w->batch->bytes.failed;
}
