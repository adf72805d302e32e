/* run.c - a run from its first record to its last. Without workers it runs in one thread. */
#include "pipeline/run.h"

#include <assert.h>
#include <stdlib.h>

#include "capture/ring.h"
#include "pipeline/secrets.h"
#include "pipeline/summary.h"

enum {
    TICK_NS = 100000000,
    BACKLOG_SHARE = 16, /* of the memory: packets that wait for -w */
};

int64_t tl_run_now(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

bool tl_run_is_live(const struct tl_engine *engine)
{
    return engine->options.live != NULL;
}

/* --- shared state --- */

/* A sink takes either records or packets: each kind has a writer of its own. */
static bool sort_sinks(struct tl_engine *engine)
{
    const struct tl_engine_options *o = &engine->options;
    uint32_t count = 0;
    engine->sinks = calloc(o->sink_count + 1, sizeof(struct tl_sink *));
    if (engine->sinks == NULL)
        return false;
    for (uint32_t i = 0; i < o->sink_count; i++) {
        assert(o->sinks[i]->block == NULL || !tl_sink_formats(o->sinks[i]));
        if (o->sinks[i]->block == NULL)
            engine->sinks[count++] = o->sinks[i];
    }
    tl_writer_init(&engine->records.writer, engine->sinks, count);
    for (uint32_t i = 0; i < o->sink_count; i++) {
        if (o->sinks[i]->block != NULL)
            engine->sinks[count++] = o->sinks[i];
    }
    uint32_t records = engine->records.writer.sink_count;
    tl_writer_init(&engine->packets.writer, engine->sinks + records, count - records);
    return true;
}

static void begin_outlet(const struct tl_engine *engine, struct tl_outlet *outlet)
{
    outlet->writer.survives = tl_run_is_live(engine);
    outlet->writer.notice = engine->options.notice;
    outlet->writer.notice_context = engine->options.notice_context;
    outlet->next_tick = tl_run_now(CLOCK_MONOTONIC) + TICK_NS;
}

/* In live mode packets have a thread of their own, so a slow reader of records does not delay them. */
static bool make_backlog(struct tl_engine *engine)
{
    const struct tl_engine_options *o = &engine->options;
    if (!tl_run_is_live(engine) || o->workers == 0 || engine->packets.writer.sink_count == 0)
        return true;
    const struct tl_backlog_options options = { .feed = engine->feed,
                                                .blocks = tl_feed_spare(engine->feed),
                                                .memory = o->memory / BACKLOG_SHARE };
    struct tl_backlog *backlog = tl_backlog_new(&options);
    pthread_mutex_lock(&engine->lock); /* tl_engine_counters() may read the backlog from now on */
    engine->backlog = backlog;
    pthread_mutex_unlock(&engine->lock);
    return backlog != NULL;
}

static bool make_plan(struct tl_engine *engine)
{
    engine->plan = (struct tl_plan){ .options = &engine->options,
                                     .reserved = engine->backlog != NULL ? engine->options.memory / BACKLOG_SHARE : 0,
                                     .registry = engine->registry,
                                     .interfaces = engine->interfaces,
                                     .sinks = engine->records.writer.sinks,
                                     .sink_count = engine->records.writer.sink_count,
                                     .seed = engine->shard.seed };
    bool made = tl_plan_complete(&engine->plan);
    engine->shard.sparse = engine->plan.skips;
    return made;
}

static bool make_lane(struct tl_engine *engine, struct tl_lane *lane)
{
    lane->engine = engine;
    lane->index = engine->lane_count;
    pthread_mutex_lock(&engine->lock); /* tl_engine_counters() may read its counters from now on */
    engine->lane_count++;
    pthread_mutex_unlock(&engine->lock);
    lane->blocks = tl_ring_new(engine->block_count + 1);
    lane->batches = tl_ring_new(TL_BATCHES);
    lane->spare = tl_ring_new(TL_BATCHES);
    if (!tl_worker_init(&lane->worker, &engine->plan) || lane->blocks == NULL || lane->batches == NULL ||
        lane->spare == NULL)
        return false;
    lane->worker.context = lane;
    for (unsigned k = 0; k < TL_BATCHES; k++)
        tl_ring_push(lane->spare, &lane->batch[k]);
    return true;
}

/* Writes what joins made of a part, where the part was. */
static void write_joined(struct tl_worker *w)
{
    struct tl_engine *engine = w->context;
    w->batch->failed |= w->batch->bytes.failed;
    tl_writer_batch(&engine->records.writer, w->batch);
    tl_batch_reset(w->batch);
}

static void take_part(void *context, const uint8_t *bytes)
{
    struct tl_engine *engine = context;
    tl_worker_part(&engine->joining, bytes);
    write_joined(&engine->joining);
}

void tl_run_end_joins(struct tl_engine *engine)
{
    tl_worker_end_joins(&engine->joining);
    write_joined(&engine->joining);
}

static bool make_joining(struct tl_engine *engine)
{
    bool made = tl_worker_init_joining(&engine->joining, &engine->plan, &engine->joined);
    engine->joining.context = engine;
    engine->joining.hand_on = write_joined;
    engine->records.writer.part = take_part;
    engine->records.writer.part_context = engine;
    return made;
}

static bool make_lanes(struct tl_engine *engine)
{
    uint32_t count = engine->plan.workers;
    engine->lanes = calloc(count, sizeof *engine->lanes);
    engine->written = tl_ring_new(engine->block_count + 1);
    bool made = engine->lanes != NULL && engine->written != NULL && make_joining(engine);
    while (made && engine->lane_count < count)
        made = make_lane(engine, &engine->lanes[engine->lane_count]);
    return made;
}

void tl_run_fini(struct tl_engine *engine)
{
    for (uint32_t i = 0; i < engine->lane_count; i++) {
        struct tl_lane *lane = &engine->lanes[i];
        tl_worker_fini(&lane->worker);
        tl_ring_free(lane->blocks);
        tl_ring_free(lane->batches);
        tl_ring_free(lane->spare);
        for (unsigned k = 0; k < TL_BATCHES; k++)
            tl_batch_fini(&lane->batch[k]);
    }
    free(engine->lanes);
    if (engine->joining.plan != NULL)
        tl_worker_fini(&engine->joining);
    tl_batch_fini(&engine->joined);
    tl_ring_free(engine->written);
    tl_backlog_free(engine->backlog);
    tl_plan_fini(&engine->plan);
    free(engine->sinks);
}

/* --- between blocks --- */

void tl_run_report_progress(struct tl_engine *engine, uint64_t packets)
{
    const struct tl_engine_options *o = &engine->options;
    if (o->progress == NULL)
        return;
    uint64_t done = 0, total = 0;
    bool known = true;
    for (uint32_t i = 0; i < engine->source_count; i++) {
        struct tl_source_stats stats = { 0 };
        engine->sources[i]->ops->stats(engine->sources[i], &stats);
        done += stats.input_done;
        total += stats.input_bytes;
        known &= stats.input_bytes > 0;
    }
    o->progress(o->progress_context, done, known ? total : 0, packets);
}

static void add_counters(struct tl_counters *sum, const struct tl_counters *c)
{
    sum->passed += c->passed;
    sum->selected += c->selected;
    sum->bytes += c->bytes;
    sum->flows += c->flows;
    sum->flows_active += c->flows_active;
    sum->flows_evicted += c->flows_evicted;
    sum->packets_refused += c->packets_refused;
    sum->reassembly_truncated += c->reassembly_truncated;
    sum->weirds_suppressed += c->weirds_suppressed;
    sum->malformed += c->malformed;
    sum->bad_checksums += c->bad_checksums;
    sum->offloaded += c->offloaded;
    sum->believed += c->believed;
    sum->left_out += c->left_out;
    if (sum->undecoded == 0)
        sum->undecoded_linktype = c->undecoded_linktype;
    sum->undecoded += c->undecoded;
    sum->snaplen_cut += c->snaplen_cut;
    sum->cut_headers += c->cut_headers;
}

static void add_captured(struct tl_engine *engine, struct tl_counters *sum)
{
    struct tl_captured *captured = &engine->captured;
    uint64_t numbered = atomic_load(&captured->numbered), packets = atomic_load(&captured->packets);
    sum->passed += atomic_load(&captured->past);
    sum->bytes += atomic_load(&captured->past_bytes);
    sum->snaplen_cut += atomic_load(&captured->past_cut);
    if (sum->packets < numbered)
        sum->packets = numbered;
    if (sum->passed < packets) /* workers have not finished the others yet */
        sum->passed = packets;
}

void tl_run_counters(struct tl_engine *engine, struct tl_counters *counters)
{
    pthread_mutex_lock(&engine->lock);
    *counters = engine->counters;
    for (uint32_t i = 0; i < engine->lane_count; i++)
        add_counters(counters, &engine->lanes[i].counters);
    const struct tl_backlog *backlog = engine->backlog;
    pthread_mutex_unlock(&engine->lock);
    add_captured(engine, counters);
    for (uint32_t i = 0; i < engine->source_count; i++) {
        struct tl_source_stats stats = { 0 };
        engine->sources[i]->ops->stats(engine->sources[i], &stats);
        counters->received += stats.received;
        counters->dropped_kernel += stats.dropped_kernel;
        counters->dropped_interface += stats.dropped_interface;
        counters->wrong_options += stats.wrong_options;
        counters->not_kept += stats.not_kept;
    }
    counters->decrypted = tl_keylog_counted(engine->options.keylog);
    counters->secrets_wrong = atomic_load(&engine->secrets_wrong);
    counters->secrets_left_out = atomic_load(&engine->secrets_left_out);
    if (engine->options.live == NULL)
        return;
    counters->dropped_ring = tl_feed_skipped(engine->feed);
    counters->dropped_write = atomic_load(&engine->unwritten);
    if (backlog != NULL)
        counters->dropped_write += tl_backlog_left_out(backlog);
    if (counters->received < counters->passed) /* the kernel's counters are older */
        counters->received = counters->passed;
}

void tl_run_stop(struct tl_engine *engine)
{
    atomic_store(&engine->stopped, true);
    tl_feed_stop(engine->feed);
}

static void write_stats(struct tl_engine *engine)
{
    struct tl_stats_record record;
    struct tl_counters counters;
    tl_run_counters(engine, &counters);
    int64_t ts = tl_run_is_live(engine) ? tl_run_now(CLOCK_REALTIME) : engine->last_ts;
    tl_stats_record_fill(&record, &counters, engine->interfaces, ts, tl_run_is_live(engine));
    tl_writer_record(&engine->records.writer, &tl_stats_record_def, &record.head);
}

static bool is_idle(const struct tl_outlet *outlet)
{
    return outlet->writer.sink_count == 0 || atomic_load(&outlet->done);
}

void tl_run_tick(struct tl_engine *engine, struct tl_outlet *outlet)
{
    if (atomic_exchange(&outlet->reopen, false))
        tl_writer_reopen(&outlet->writer);
    tl_writer_tick(&outlet->writer);
    if (outlet == &engine->packets)
        atomic_store(&engine->unwritten, tl_writer_lost(&outlet->writer));
}

/* No message if it ends the run, only if others go on. */
static void tell_gone(struct tl_engine *engine)
{
    const struct tl_engine_options *o = &engine->options;
    if (engine->packets.gone_said || o->notice == NULL || !tl_writer_is_gone(&engine->packets.writer))
        return;
    engine->packets.gone_said = true;
    o->notice(o->notice_context, "the reader of -w is gone: further packets are only counted");
}

bool tl_run_look_after(struct tl_engine *engine, struct tl_outlet *outlet)
{
    int64_t now = tl_run_now(CLOCK_MONOTONIC);
    bool due = now >= outlet->next_tick;
    if (due) {
        outlet->next_tick = now + TICK_NS;
        tl_run_tick(engine, outlet);
    }
    bool done = tl_writer_done(&outlet->writer);
    atomic_store(&outlet->done, done); /* a sink that had failed may be written again */
    if (done) {
        bool failed = outlet->writer.failure != TL_E_NONE && !outlet->writer.survives;
        bool all = is_idle(&engine->records) && is_idle(&engine->packets);
        if (failed || all)
            tl_run_stop(engine);
        else if (outlet == &engine->packets)
            tell_gone(engine);
    }
    return due;
}

void tl_run_write_packets(struct tl_engine *engine, const struct tl_block *block)
{
    tl_writer_block(&engine->packets.writer, block);
    atomic_store(&engine->unwritten, tl_writer_lost(&engine->packets.writer));
}

void tl_run_packets_are_done(struct tl_engine *engine, const struct tl_block *block)
{
    pthread_mutex_lock(&engine->lock);
    engine->counters.packets = block->mark_number;
    pthread_mutex_unlock(&engine->lock);
    if (block->waits)
        tl_writer_tick(&engine->packets.writer);
    if (tl_run_look_after(engine, &engine->packets) && !tl_run_is_live(engine))
        tl_run_report_progress(engine, block->mark_number);
}

void tl_run_records_are_done(struct tl_engine *engine, const struct tl_block *block)
{
    const struct tl_engine_options *o = &engine->options;
    if (block->count > 0)
        engine->last_ts = block->packets[block->count - 1].ts;
    bool at_times = o->meta && tl_run_is_live(engine) && o->stats_interval > 0;
    if (at_times && tl_run_now(CLOCK_MONOTONIC) >= engine->next_stats) {
        engine->next_stats = tl_run_now(CLOCK_MONOTONIC) + o->stats_interval;
        write_stats(engine);
    }
    if (block->waits)
        tl_writer_tick(&engine->records.writer);
    tl_run_look_after(engine, &engine->records);
}

/* --- without workers --- */

void tl_run_measure(const struct tl_block *block, uint64_t *bytes, uint64_t *cut)
{
    for (uint32_t i = 0; i < block->count; i++) {
        *bytes += block->packets[i].len;
        *cut += block->packets[i].caplen < block->packets[i].len;
    }
}

/* Counts packets that no worker sees. */
static void count_packets(struct tl_engine *engine, const struct tl_block *block)
{
    uint64_t bytes = 0, cut = 0;
    if (engine->options.sink_count > 0)
        tl_run_measure(block, &bytes, &cut);
    pthread_mutex_lock(&engine->lock);
    engine->counters.passed += block->count;
    engine->counters.bytes += bytes;
    engine->counters.snaplen_cut += cut;
    pthread_mutex_unlock(&engine->lock);
}

void tl_run_take_secrets(struct tl_engine *engine, const struct tl_block *block)
{
    struct tl_keylog_faults faults = { 0 };
    tl_secrets_take(&engine->options, block, &faults);
    atomic_fetch_add(&engine->secrets_wrong, faults.wrong);
    atomic_fetch_add(&engine->secrets_left_out, faults.full);
}

static struct tl_block *next_block(struct tl_engine *engine)
{
    struct tl_block *block = tl_feed_next(engine->feed);
    if (block != NULL)
        tl_run_take_secrets(engine, block);
    if (block == NULL || block->last)
        atomic_store(&engine->captured.all, true);
    return block;
}

/* Packets are only counted, or written unchanged. */
static void *run_undecoded(void *context)
{
    struct tl_engine *engine = context;
    struct tl_block *block;
    while ((block = next_block(engine)) != NULL) {
        bool last = block->last;
        count_packets(engine, block);
        tl_run_write_packets(engine, block);
        tl_run_packets_are_done(engine, block);
        tl_feed_release(engine->feed, block);
        if (last)
            break;
    }
    tl_run_tick(engine, &engine->packets);
    return NULL;
}

void tl_run_take_counters(struct tl_lane *lane, const struct tl_counters *counters)
{
    struct tl_engine *engine = lane->engine;
    pthread_mutex_lock(&engine->lock);
    lane->counters = *counters;
    engine->counters.records = engine->records.writer.records;
    pthread_mutex_unlock(&engine->lock);
}

static void write_alone(struct tl_worker *w)
{
    struct tl_lane *lane = w->context;
    tl_writer_batch(&lane->engine->records.writer, w->batch);
    tl_run_take_counters(lane, &w->counters);
    tl_batch_reset(w->batch);
}

static void *run_alone(void *context)
{
    struct tl_engine *engine = context;
    struct tl_lane *lane = &engine->lanes[0];
    struct tl_block *block;
    lane->worker.batch = &lane->batch[0];
    lane->worker.hand_on = write_alone;
    while ((block = next_block(engine)) != NULL) {
        bool last = block->last;
        tl_run_write_packets(engine, block);
        tl_worker_block(&lane->worker, block, 0);
        write_alone(&lane->worker);
        tl_run_records_are_done(engine, block);
        tl_run_packets_are_done(engine, block);
        tl_feed_release(engine->feed, block);
        if (last)
            break;
    }
    tl_run_tick(engine, &engine->packets);
    return NULL;
}

static void emit(void *context, const struct tl_record_def *def, const struct tl_record *record,
                 const struct tl_flow_id *id)
{
    struct tl_worker *w = context;
    tl_worker_record(w, def, record, id);
}

/* The records come from elsewhere. */
static void run_answer(struct tl_engine *engine)
{
    struct tl_lane *lane = &engine->lanes[0];
    lane->worker.batch = &lane->batch[0];
    lane->worker.hand_on = write_alone;
    engine->options.answer(engine->options.answer_context, emit, &lane->worker);
    write_alone(&lane->worker);
    tl_run_tick(engine, &engine->records);
}

/* --- the run --- */

static void write_meta(struct tl_engine *engine)
{
    const struct tl_engine_options *o = &engine->options;
    uint32_t count = o->live != NULL ? o->live->count : o->input_count;
    const char *const *names = o->live != NULL ? o->live->names : o->inputs;
    struct tl_bytes *sources = calloc(count + 1, sizeof *sources);
    struct tl_meta_record record;
    if (sources == NULL)
        return;
    for (uint32_t i = 0; i < count; i++)
        sources[i] = tl_bytes_of(names[i], strlen(names[i]));
    tl_meta_record_fill(&record, o, tl_feed_filter_text(engine->feed), (struct tl_text_list){ sources, count });
    tl_writer_record(&engine->records.writer, &tl_meta_record_def, &record.head);
    free(sources);
}

static enum tl_failure decode(struct tl_engine *engine, struct tl_error *error)
{
    const struct tl_engine_options *o = &engine->options;
    if (!make_backlog(engine) || !make_plan(engine) || !make_lanes(engine))
        return tl_error_set(error, TL_E_RUNTIME, "out of memory: reduce --mem or --workers");
    if (o->meta)
        write_meta(engine);
    if (o->answer != NULL) {
        run_answer(engine);
        return TL_E_NONE;
    }
    if (!(o->workers == 0 ? tl_run_one(engine, run_alone) : tl_run_threads(engine)))
        return tl_error_set(error, TL_E_RUNTIME, "cannot start a thread: use --workers 0 or allow more threads");
    if (o->meta)
        write_stats(engine);
    return TL_E_NONE;
}

static enum tl_failure close_outlet(struct tl_outlet *outlet, enum tl_failure failure, struct tl_error *error)
{
    tl_writer_close(&outlet->writer);
    if (failure == TL_E_NONE && outlet->writer.failure != TL_E_NONE)
        failure = tl_error_set(error, outlet->writer.failure, "%s", outlet->writer.error.text);
    return failure;
}

static enum tl_failure close_packets(struct tl_engine *engine, enum tl_failure failure, struct tl_error *error)
{
    failure = close_outlet(&engine->packets, failure, error);
    atomic_store(&engine->unwritten, tl_writer_lost(&engine->packets.writer));
    return failure;
}

enum tl_failure tl_run_to_end(struct tl_engine *engine, struct tl_error *error)
{
    enum tl_failure failure = TL_E_NONE;
    if (!sort_sinks(engine))
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    begin_outlet(engine, &engine->records);
    begin_outlet(engine, &engine->packets);
    engine->next_stats = tl_run_now(CLOCK_MONOTONIC) + engine->options.stats_interval;
    if (engine->options.decode)
        failure = decode(engine, error);
    else if (!tl_run_one(engine, run_undecoded))
        failure = tl_error_set(error, TL_E_RUNTIME, "cannot start a thread: allow more threads");
    failure = close_outlet(&engine->records, failure, error);
    return close_packets(engine, failure, error);
}
