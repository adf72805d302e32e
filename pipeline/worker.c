/* worker.c - takes blocks and returns batches of formatted output. It is a listener of the decoder. */
#include "pipeline/worker.h"

#include <stdlib.h>

#include "core/time.h"
#include "codec/zlib.h"
#include "crypto/libcrypto.h"
#include "flows/conn.h"
#include "flows/identity.h"

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

/* --- events of the decoder --- */

/* plain: the record without what was added to it, for an index. */
static inline __attribute__((always_inline)) void give_record(struct tl_worker *w, const struct tl_record_def *def,
                                                              const struct tl_record *record,
                                                              const struct tl_record *plain, const struct tl_flow_id *id)
{
    unsigned decimals = tl_record_decimals(record, id);
    bool selected = TL_LIKELY(w->select_records == NULL) || tl_predicate_record(w->select_records, def, record, id);
    w->batch->records += selected;
    if (TL_UNLIKELY(w->plan->options->counted != NULL) && selected)
        w->plan->options->counted(w->plan->options->counted_context, def);
    if (TL_UNLIKELY(w->plan->judging != NULL)) {
        size_t before = w->batch->bytes.len;
        w->plan->judging->judge(w->plan->judging, &w->batch->bytes, w->judged.items, def, record, id, decimals);
        put_out(w, w->plan->judging_index, before);
    }
    for (uint32_t i = 0; i < w->plan->sink_count; i++) {
        const struct tl_sink *sink = w->plan->sinks[i];
        size_t before = w->batch->bytes.len;
        if (sink->record == NULL || !(selected || sink->every_record))
            continue;
        sink->record(sink, &w->batch->bytes, def, sink->member != NULL ? plain : record, id, decimals);
        put_out(w, i, before);
    }
}

static void on_record(void *context, const struct tl_record_def *def, const struct tl_record *record,
                      const struct tl_flow_id *id)
{
    give_record(context, def, record, record, id);
}

/* With `annotate` of the options. */
static void on_record_annotated(void *context, const struct tl_record_def *def, const struct tl_record *record,
                                const struct tl_flow_id *id)
{
    struct tl_worker *w = context;
    struct tl_conn_record more;
    const struct tl_record *plain = record;
    if (def == &tl_conn_record_def && id != NULL) {
        more = *(const struct tl_conn_record *)(const void *)record;
        w->plan->options->annotate(w->plan->options->annotate_context, &more, id);
        record = &more.head;
    }
    give_record(w, def, record, plain, id);
}

static void on_weird(void *context, const struct tl_joined_weird *weird)
{
    tl_weird_tell(on_record, context, weird);
}

/* Of several workers the writer has the only joins: they take the parts in the order of the capture. */
static void on_part(void *context, const struct tl_joiner *joiner, const void *part, const struct tl_flow_id *id)
{
    struct tl_worker *w = context;
    size_t before = w->batch->bytes.len;
    if (w->plan->workers == 1) {
        tl_joins_take(&w->joins, joiner, part, id, &(struct tl_joined){ on_record, on_weird, w });
        return;
    }
    tl_joins_pack(&w->batch->bytes, joiner, part, id);
    put_out(w, TL_PIECE_PART, before);
}

static void on_stream(void *context, const struct tl_piece_of_flow *from)
{
    struct tl_worker *w = context;
    struct tl_flow_id id;
    struct tl_flow *flow = (struct tl_flow *)(uintptr_t)from->flow;
    struct tl_stream_piece piece = { .id = &id, .side = from->side, .bytes = from->bytes, .gap = from->gap,
                                     .end = from->end };
    piece.side ^= tl_decoder_identify(w->decoder, flow, &id, !from->end);
    for (uint32_t i = 0; i < w->plan->sink_count; i++) {
        const struct tl_sink *sink = w->plan->sinks[i];
        size_t before = w->batch->bytes.len;
        if (sink->stream == NULL)
            continue;
        sink->stream(sink, &w->batch->bytes, &piece);
        put_out(w, i, before);
    }
}

static void on_said(void *context, const struct tl_said *said)
{
    struct tl_worker *w = context;
    struct tl_flow_id id;
    struct tl_stream_piece piece = { .id = &id, .side = said->side, .bytes = said->bytes, .gap = said->gap,
                                     .within = said->stream };
    piece.side ^= tl_decoder_identify(w->decoder, (struct tl_flow *)(uintptr_t)said->flow, &id, true);
    for (uint32_t i = 0; i < w->plan->sink_count; i++) {
        const struct tl_sink *sink = w->plan->sinks[i];
        size_t before = w->batch->bytes.len;
        if (sink->said == NULL)
            continue;
        sink->said(sink, &w->batch->bytes, &piece, said->protocol);
        put_out(w, i, before);
    }
}

static void on_file(void *context, const struct tl_file_piece *piece)
{
    struct tl_worker *w = context;
    char name[TL_FILE_NAME];
    (void)tl_file_name(piece->source, piece->first_ts, piece->fuid, name);
    const struct tl_file_bytes part = { .name = name, .bytes = piece->bytes, .gap = piece->gap, .end = piece->end,
                                        .drop = piece->drop };
    for (uint32_t i = 0; i < w->plan->sink_count; i++) {
        const struct tl_sink *sink = w->plan->sinks[i];
        size_t before = w->batch->bytes.len;
        if (sink->file == NULL)
            continue;
        sink->file(sink, &w->batch->bytes, &part);
        put_out(w, i, before);
    }
}

static bool on_keeps(void *context, const struct tl_record_def *def, const struct tl_record *record,
                     const struct tl_flow_id *id)
{
    struct tl_worker *w = context;
    return tl_predicate_record(w->keeps, def, record, id);
}

static void on_layer(void *context, unsigned protocol)
{
    struct tl_worker *w = context;
    struct tl_glance *glance = &w->glance;
    if (glance->layer_count < TL_GLANCE_LAYERS)
        glance->layer_count++;
    glance->layers[glance->layer_count - 1] = (uint8_t)protocol;
}

/* The first flow of a packet is the outermost: all flows of its two hosts have the same number. */
static uint64_t pair_of(const struct tl_flow *flow)
{
    uint8_t pair[32];
    unsigned n = tl_flow_addr_len(flow);
    bool swapped = memcmp(flow->addr, flow->addr + n, n) > 0;
    memcpy(pair, flow->addr + (swapped ? n : 0), n);
    memcpy(pair + n, flow->addr + (swapped ? 0 : n), n);
    uint64_t hash = tl_pair_hash(pair, pair + n, n == 16, 0);
    return hash != 0 ? hash : 1;
}

static void tell_member(struct tl_worker *w, const struct tl_sighting *sighting)
{
    if (w->pair == 0)
        w->pair = pair_of(sighting->flow);
    const struct tl_membership membership = { .flow = sighting->flow->first_pkt,
                                              .depth = (uint8_t)sighting->depth,
                                              .pair = w->pair,
                                              .carriers = sighting->carriers,
                                              .carrier_count = sighting->carrier_count };
    for (uint32_t i = 0; i < w->plan->sink_count; i++) {
        const struct tl_sink *sink = w->plan->sinks[i];
        size_t before = w->batch->bytes.len;
        if (sink->member == NULL)
            continue;
        sink->member(sink, &w->batch->bytes, w->packet, &membership);
        put_out(w, i, before);
    }
}

/* For an index: the flow is known now, and may have ended when the packet is finished. */
static void on_flow(void *context, const struct tl_sighting *sighting)
{
    struct tl_worker *w = context;
    const struct tl_flow *flow = sighting->flow;
    w->flow_number = flow->first_pkt;
    w->flow = flow;
    if (w->plan->members)
        tell_member(w, sighting);
    if (!w->plan->glances)
        return;
    w->glance.flow = flow->first_pkt;
    w->glance.side = (uint8_t)tl_flow_end(flow, sighting->side);
    w->glance.turned = (flow->flags & TL_FLOW_TURNED) != 0;
    w->glance.begun = NULL;
    const struct tl_tcp *tcp = tl_decoder_tcp(w->decoder, flow);
    w->services_len = tl_decoder_services(w->decoder, flow).len;
    w->rtt = tcp != NULL ? tcp->rtt_ns : 0;
    w->opened = tl_decoder_opened(w->decoder, flow);
    if (!sighting->is_new)
        return;
    w->begun = (struct tl_flow_id){ 0 };
    tl_flow_describe(flow, &w->begun);
    w->glance.begun = &w->begun;
}

/* With `begun` of the options. */
static void on_flow_told(void *context, const struct tl_sighting *sighting)
{
    const struct tl_worker *w = context;
    const struct tl_plan *plan = w->plan;
    if (sighting->is_new) {
        struct tl_flow_id id = { .version = 0 };
        tl_flow_describe(sighting->flow, &id);
        id.depth = (uint8_t)sighting->depth;
        plan->options->begun(plan->options->annotate_context, &id);
    }
    if (plan->glances || plan->members || plan->noting != NULL)
        on_flow(context, sighting);
}

/*
 * Finds the packet at which a flow ends: the first packet of the block, after the flow's last one, with an engine time
 * after the deadline. (A flow that changes its class may be overdue at once, with packets after the deadline before its
 * last one.) If the clock passed the deadline, the flow ends before the next packet to come. A file with the same
 * packets so gives the same order.
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

/* Flows that end because memory ran out, or because of a new flow, have the key of the current packet. */
static void on_flow_ending(void *context, const struct tl_flow_ending *ending)
{
    struct tl_worker *w = context;
    const struct tl_flow *flow = ending->flow;
    if (w->flow == flow)
        w->flow = NULL;
    if (ending->reason == TL_END_TIMEOUT)
        w->key = (struct tl_key){ expiry_number(w, flow, ending->deadline), ending->deadline, flow->first_pkt, false };
    else if (ending->reason == TL_END_EOF)
        w->key = (struct tl_key){ w->last_number + 1, ending->deadline, flow->first_pkt, false };
}

/* --- life --- */

static bool begin_run(struct tl_predicate_run **run, const struct tl_predicate *predicate)
{
    if (predicate != NULL)
        *run = tl_predicate_run_new(predicate);
    return predicate == NULL || *run != NULL;
}

/* Takes the filter on records, which may have changed, for the next ones. Returns false without memory. */
static bool take_record_filter(struct tl_worker *w)
{
    const struct tl_predicate *predicate = atomic_load(&w->plan->select_records);
    struct tl_predicate_run *run = NULL;
    if (TL_LIKELY(predicate == w->selecting))
        return true;
    if (!begin_run(&run, predicate))
        return false;
    tl_predicate_run_free(w->select_records);
    w->select_records = run;
    w->selecting = predicate;
    return true;
}

/* sink NULL: none are needed. */
static bool begin_runs(struct tl_worker_runs *runs, const struct tl_sink *sink)
{
    if (sink == NULL)
        return true;
    runs->items = calloc(sink->predicate_count + 1u, sizeof(struct tl_predicate_run *));
    while (runs->items != NULL && runs->count < sink->predicate_count &&
           begin_run(&runs->items[runs->count], sink->predicates[runs->count]))
        runs->count++;
    return runs->items != NULL && runs->count == sink->predicate_count;
}

static void end_runs(struct tl_worker_runs *runs)
{
    for (uint32_t i = 0; i < runs->count; i++) /* the sink may be freed already */
        tl_predicate_run_free(runs->items[i]);
    free(runs->items);
}

bool tl_worker_init(struct tl_worker *w, const struct tl_plan *plan)
{
    *w = (struct tl_worker){ .plan = plan, .joins.seed = plan->seed };
    tl_tree_init(&w->bare);
    const struct tl_predicate *keeps = plan->options->keeps;
    struct tl_decoder_options options = {
        .registry = plan->registry,
        .interfaces = plan->interfaces,
        .timeouts = &plan->options->timeouts,
        .memory = plan->memory,
        .seed = plan->seed,
        .crypto = &tl_crypto_libcrypto,
        .inflate = &tl_inflate_zlib,
        .keylog = plan->options->keylog,
        .checksums = plan->options->checksums,
        .absolute_numbers = plan->options->absolute_numbers,
        .analysis = plan->analysis,
        .secrets = plan->options->secrets,
        .sections = plan->options->sections,
        .carriers = plan->members,
        .files = plan->files || plan->said || plan->options->files || plan->options->hashes != 0,
        .hashes = plan->options->hashes,
        .keeps_asks = keeps != NULL ? tl_predicate_record_fields(keeps, &tl_files_record_def) : 0,
        .no_applications = plan->no_applications,
        .records_only = !plan->tree && !plan->glances && plan->packets == NULL,
        .listener = { .record = !plan->records                    ? NULL
                                : plan->options->annotate != NULL ? on_record_annotated
                                                                  : on_record,
                      .part = plan->records ? on_part : NULL,
                      .layer = plan->glances ? on_layer : NULL,
                      .flow = plan->options->begun != NULL ? on_flow_told
                              : plan->glances || plan->members || plan->noting != NULL ? on_flow : NULL,
                      .flow_ending = on_flow_ending,
                      .stream = plan->streams ? on_stream : NULL,
                      .said = plan->said ? on_said : NULL,
                      .file = plan->files ? on_file : NULL,
                      .keeps = keeps != NULL ? on_keeps : NULL,
                      .context = w },
    };
    w->decoder = tl_decoder_new(&options);
    if (w->decoder != NULL && plan->tree)
        tl_decoder_show(w->decoder, (const uint64_t *const *)plan->wanted);
    return w->decoder != NULL && begin_run(&w->packets, plan->packets) && begin_run(&w->names, plan->names) &&
           take_record_filter(w) && begin_run(&w->keeps, keeps) &&
           begin_runs(&w->noted, plan->noting) &&
           begin_runs(&w->judged, plan->judging);
}

bool tl_worker_init_joining(struct tl_worker *w, const struct tl_plan *plan, struct tl_batch *batch)
{
    *w = (struct tl_worker){ .plan = plan, .batch = batch, .joins.seed = plan->seed };
    return take_record_filter(w) && begin_runs(&w->judged, plan->judging);
}

void tl_worker_part(struct tl_worker *w, const uint8_t *bytes)
{
    (void)take_record_filter(w);
    tl_joins_unpack(&w->joins, bytes, &(struct tl_joined){ on_record, on_weird, w });
}

void tl_worker_end_joins(struct tl_worker *w)
{
    (void)take_record_filter(w);
    tl_joins_end(&w->joins, &(struct tl_joined){ on_record, on_weird, w });
}

void tl_worker_fini(struct tl_worker *w)
{
    tl_joins_fini(&w->joins);
    if (w->decoder != NULL)
        tl_decoder_free(w->decoder);
    tl_predicate_run_free(w->packets);
    tl_predicate_run_free(w->select_records);
    tl_predicate_run_free(w->names);
    tl_predicate_run_free(w->keeps);
    end_runs(&w->noted);
    end_runs(&w->judged);
}

/* --- packets --- */

/* The packet as display filters see it. */
static struct tl_scene scene_of(const struct tl_worker *w, const struct tl_packet *packet, const struct tl_tree *tree)
{
    const struct tl_block *block = w->block;
    int64_t first = w->begun_times ? w->first_ts : block->packets[0].ts;
    int64_t previous = w->begun_times ? w->last_ts : packet->ts;
    if (packet > block->packets)
        previous = packet[-1].ts;
    return (struct tl_scene){ .packet = packet,
                              .interface = tl_interfaces_get(w->plan->interfaces, packet->interface),
                              .tree = tree,
                              .other_layers = w->plan->other_layers,
                              .first_ts = first,
                              .previous_ts = previous };
}

static void show_values(struct tl_worker *w, const struct tl_scene *scene)
{
    for (uint32_t i = 0; i < w->plan->sink_count; i++) {
        const struct tl_sink *sink = w->plan->sinks[i];
        size_t before = w->batch->bytes.len;
        if (sink->values == NULL)
            continue;
        sink->values(sink, &w->batch->bytes, w->names, scene);
        put_out(w, i, before);
    }
}

static void show_packet(struct tl_worker *w, const struct tl_packet *packet)
{
    const struct tl_interface *interface = tl_interfaces_get(w->plan->interfaces, packet->interface);
    if (TL_UNLIKELY(w->names != NULL)) {
        const struct tl_scene scene = scene_of(w, packet, tl_decoder_tree(w->decoder));
        show_values(w, &scene);
    }
    for (uint32_t i = 0; i < w->plan->sink_count; i++) {
        const struct tl_sink *sink = w->plan->sinks[i];
        size_t before = w->batch->bytes.len;
        if (sink->packet == NULL)
            continue;
        sink->packet(sink, &w->batch->bytes, packet, interface, tl_decoder_tree(w->decoder));
        put_out(w, i, before);
    }
}

/* For statistics. */
static void note_packet(struct tl_worker *w, const struct tl_packet *packet)
{
    const struct tl_scene scene = scene_of(w, packet, tl_decoder_tree(w->decoder));
    size_t before = w->batch->bytes.len;
    struct tl_flow_id id;
    bool identified = w->plan->noting->identifies && w->flow != NULL;
    if (identified)
        (void)tl_decoder_identify(w->decoder, (struct tl_flow *)(uintptr_t)w->flow, &id, false);
    w->plan->noting->note(w->plan->noting, &w->batch->bytes, w->noted.items, &scene, w->flow_number,
                          identified ? &id : NULL);
    put_out(w, w->plan->noting_index, before);
}

static void glance_at_packet(struct tl_worker *w, const struct tl_packet *packet)
{
    struct tl_glance *glance = &w->glance;
    struct tl_outcome outcome = tl_decoder_outcome(w->decoder);
    if (glance->layer_count == 0 || glance->layers[glance->layer_count - 1] != outcome.last_protocol)
        on_layer(w, outcome.last_protocol); /* the innermost layer: an application, or data */
    glance->malformed = outcome.malformed;
    if (w->flow != NULL) {
        const struct tl_tcp *tcp = tl_decoder_tcp(w->decoder, w->flow);
        glance->services = tl_decoder_services(w->decoder, w->flow);
        glance->rtt = tcp != NULL ? tcp->rtt_ns : 0;
        glance->opened = tl_decoder_opened(w->decoder, w->flow);
        glance->told = glance->services.len != w->services_len || glance->rtt != w->rtt || glance->opened != w->opened;
    }
    for (uint32_t i = 0; i < w->plan->sink_count; i++) {
        const struct tl_sink *sink = w->plan->sinks[i];
        size_t before = w->batch->bytes.len;
        if (sink->glance == NULL)
            continue;
        sink->glance(sink, &w->batch->bytes, packet, glance);
        put_out(w, i, before);
    }
}

static void count_selected(struct tl_worker *w, const struct tl_packet *packet, enum tl_truth truth)
{
    w->counters.passed++;
    w->counters.bytes += packet->len;
    w->counters.selected += truth == TL_TRUTH_YES;
}

static void take_selected(struct tl_worker *w, const struct tl_packet *packet, enum tl_truth truth)
{
    count_selected(w, packet, truth);
    if (truth == TL_TRUTH_YES && w->plan->tree)
        show_packet(w, packet);
}

/* A packet that is not decoded. Returns false if it must be. */
static bool show_early(struct tl_worker *w, const struct tl_packet *packet)
{
    const struct tl_scene scene = scene_of(w, packet, &w->bare);
    if (!tl_predicate_early_values(w->names, &scene))
        return false;
    show_values(w, &scene);
    return true;
}

/* With a display filter: a tree is built unless the headers decide that none is needed. */
static void one_filtered_packet(struct tl_worker *w, const struct tl_packet *packet)
{
    struct tl_scene scene = scene_of(w, packet, NULL);
    enum tl_truth truth = tl_predicate_early(w->packets, &scene);
    bool decided = w->plan->skips && truth != TL_TRUTH_UNKNOWN && tl_predicate_alone(w->packets);
    if (decided && !w->plan->early_values) {
        take_selected(w, packet, truth);
        return;
    }
    if (decided && (truth == TL_TRUTH_NO || show_early(w, packet))) {
        count_selected(w, packet, truth);
        return;
    }
    bool tree = truth == TL_TRUTH_UNKNOWN || (truth == TL_TRUTH_YES && w->plan->tree) || w->plan->every_tree;
    tl_decoder_show(w->decoder, tree ? (const uint64_t *const *)w->plan->wanted : NULL);
    tl_decoder_packet(w->decoder, packet);
    scene.tree = tl_decoder_tree(w->decoder);
    if (truth == TL_TRUTH_UNKNOWN)
        truth = tl_predicate_packet(w->packets, &scene) ? TL_TRUTH_YES : TL_TRUTH_NO;
    if (w->names != NULL && tl_predicate_needs_all(w->plan->names))
        tl_predicate_follow(w->names, &scene);
    if (w->plan->noting != NULL)
        note_packet(w, packet);
    take_selected(w, packet, truth);
}

/* Sinks, filters or an index want more of a packet than its records. */
static void one_packet(struct tl_worker *w, const struct tl_packet *packet)
{
    w->flow_number = 0;
    w->flow = NULL;
    w->pair = 0;
    w->packet = packet;
    if (w->plan->glances)
        w->glance = (struct tl_glance){ 0 };
    if (w->packets != NULL) {
        one_filtered_packet(w, packet);
        return;
    }
    w->counters.passed++;
    w->counters.bytes += packet->len;
    if (w->plan->early_values && show_early(w, packet))
        return;
    tl_decoder_packet(w->decoder, packet);
    if (w->plan->noting != NULL)
        note_packet(w, packet);
    if (w->plan->tree)
        show_packet(w, packet);
    if (w->plan->glances)
        glance_at_packet(w, packet);
}

static void take_counters(struct tl_worker *w)
{
    struct tl_decoder_counters from = tl_decoder_counters(w->decoder);
    struct tl_counters *to = &w->counters;
    to->flows = from.flows;
    to->flows_active = from.flows_active;
    to->flows_evicted = from.flows_evicted;
    to->packets_refused = from.packets_refused;
    to->reassembly_truncated = from.reassembly_truncated;
    to->malformed = from.malformed;
    if (w->plan->skips) /* of some packets no checksum is known: none are counted */
        from.offloaded = from.believed = from.left_out = 0;
    to->bad_checksums = from.bad_checksums;
    to->offloaded = from.offloaded;
    to->believed = from.believed;
    to->left_out = from.left_out;
    to->snaplen_cut = from.snaplen_cut;
    to->cut_headers = from.cut_headers;
    to->weirds_suppressed = from.weirds_suppressed;
    to->undecoded = from.undecoded;
    to->undecoded_linktype = from.undecoded_linktype;
    w->batch->counters = *to;
    w->batch->failed |= w->batch->bytes.failed;
}

enum { AHEAD_BUCKET = 16, AHEAD_FLOW = 8 }; /* packets between a prefetch of the flow table and its use */

static inline const struct tl_packet *packet_at(const struct tl_block *block, const uint16_t *order, uint32_t i)
{
    return &block->packets[order != NULL ? order[i] : i];
}

/* The packets of the block from `first` to before `end` that are this worker's. order NULL: all are. */
static inline __attribute__((always_inline)) void run(struct tl_worker *w, const struct tl_block *block,
                                                      const uint16_t *order, uint32_t first, uint32_t end, bool plain)
{
    struct tl_decoder *decoder = w->decoder;
    const struct tl_expiry_clock *clock = tl_decoder_clock(decoder);
    const struct tl_table *table = tl_decoder_table(decoder);
    uint32_t near = w->plan->skips ? 0 : end; /* few packets look for their flow */
    for (uint32_t i = first; i < end; i++) {
        const struct tl_packet *packet = packet_at(block, order, i);
        if (i + AHEAD_BUCKET < near)
            tl_table_prefetch(table, packet_at(block, order, i + AHEAD_BUCKET)->hash);
        if (i + AHEAD_FLOW < near)
            tl_table_prefetch_flow(table, packet_at(block, order, i + AHEAD_FLOW)->hash);
        if (TL_UNLIKELY(tl_etime_before(clock->quiet_until, packet->etime)))
            tl_decoder_expire(decoder, packet->etime);
        w->key = (struct tl_key){ .number = packet->number, .own = true };
        if (!plain) {
            one_packet(w, packet);
            continue;
        }
        tl_decoder_packet(decoder, packet);
        w->counters.bytes += packet->len;
    }
    if (plain)
        w->counters.passed += end - first;
}

void tl_worker_block(struct tl_worker *w, const struct tl_block *block, uint32_t index)
{
    const struct tl_plan *plan = w->plan;
    w->block = block;
    (void)take_record_filter(w); /* without memory the old one goes on */
    uint32_t first = block->start != NULL ? block->start[index] : 0;
    uint32_t end = block->start != NULL ? block->start[index + 1] : block->count;
    if (plan->tree || plan->glances || plan->members || plan->noting != NULL || plan->packets != NULL)
        run(w, block, block->order, first, end, false);
    else if (block->order != NULL)
        run(w, block, block->order, first, end, true);
    else
        run(w, block, NULL, first, end, true);
    w->last_number = block->mark_number;
    if (block->count > 0) {
        w->first_ts = w->begun_times ? w->first_ts : block->packets[0].ts;
        w->last_ts = block->packets[block->count - 1].ts;
        w->begun_times = true;
    }
    if (block->count > 0) {
        tl_decoder_expire(w->decoder, block->packets[block->count - 1].etime);
        tl_decoder_expire_fragments(w->decoder, block->packets[block->count - 1].etime);
    }
    if (block->timed)
        tl_decoder_expire(w->decoder, block->mark);
    if (block->last) {
        tl_decoder_finish(w->decoder);
        tl_worker_end_joins(w);
    }
    take_counters(w);
}

void tl_worker_record(struct tl_worker *w, const struct tl_record_def *def, const struct tl_record *record,
                      const struct tl_flow_id *id)
{
    w->key.number++;
    if (w->plan->options->annotate != NULL)
        on_record_annotated(w, def, record, id);
    else
        on_record(w, def, record, id);
}
