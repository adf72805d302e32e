/* run.c - the threads: capture -> rings -> workers -> ordered writer. */
#include "pipeline/run.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>

#include "capture/ring.h"
#include "pipeline/summary.h"

enum {
    TICK_NS = 100000000,
    PATIENCE_S = 1, /* after the end, before it is said that records wait for their reader */
};

static int64_t now_by(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static bool is_live(const struct tl_engine *engine)
{
    return engine->options.live != NULL;
}

/* --- what is shared --- */

/* A sink has to do with records or with packets: each kind has a writer of its own. */
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
    outlet->writer.survives = is_live(engine);
    outlet->writer.notice = engine->options.notice;
    outlet->writer.notice_context = engine->options.notice_context;
    outlet->next_tick = now_by(CLOCK_MONOTONIC) + TICK_NS;
}

static bool make_plan(struct tl_engine *engine)
{
    engine->plan = (struct tl_plan){ .options = &engine->options,
                                     .registry = engine->registry,
                                     .interfaces = engine->interfaces,
                                     .sinks = engine->records.writer.sinks,
                                     .sink_count = engine->records.writer.sink_count,
                                     .seed = engine->shard.seed };
    return tl_plan_complete(&engine->plan);
}

static bool make_lane(struct tl_engine *engine, struct tl_lane *lane)
{
    lane->engine = engine;
    lane->index = engine->lane_count;
    pthread_mutex_lock(&engine->lock); /* its counters may be asked for from now on */
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

static bool make_lanes(struct tl_engine *engine)
{
    uint32_t count = engine->plan.workers;
    bool packets_apart = is_live(engine) && engine->options.workers > 0;
    engine->lanes = calloc(count, sizeof *engine->lanes);
    engine->written = tl_ring_new(engine->block_count + 1);
    engine->captured = packets_apart ? tl_ring_new(engine->block_count + 1) : NULL;
    bool made = engine->lanes != NULL && engine->written != NULL && (engine->captured != NULL || !packets_apart);
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
    tl_ring_free(engine->written);
    tl_ring_free(engine->captured);
    tl_plan_fini(&engine->plan);
    free(engine->sinks);
}

/* --- between blocks --- */

static void report_progress(struct tl_engine *engine, uint64_t packets)
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

static void write_stats(struct tl_engine *engine)
{
    struct tl_stats_record record;
    struct tl_counters counters;
    tl_engine_counters(engine, &counters);
    int64_t ts = is_live(engine) ? now_by(CLOCK_REALTIME) : engine->last_ts;
    tl_stats_record_fill(&record, &counters, engine->interfaces, ts, is_live(engine));
    tl_writer_record(&engine->records.writer, &tl_stats_record_def, &record.head);
}

static bool is_idle(const struct tl_outlet *outlet)
{
    return outlet->writer.sink_count == 0 || atomic_load(&outlet->done);
}

static void tick(struct tl_engine *engine, struct tl_outlet *outlet)
{
    if (atomic_exchange(&outlet->reopen, false))
        tl_writer_reopen(&outlet->writer);
    if (is_live(engine))
        tl_writer_tick(&outlet->writer);
}

/* The outlet's own thread, behind each block. true: a tenth of a second has passed. */
static bool look_after(struct tl_engine *engine, struct tl_outlet *outlet)
{
    int64_t now = now_by(CLOCK_MONOTONIC);
    bool due = now >= outlet->next_tick;
    if (due) {
        outlet->next_tick = now + TICK_NS;
        tick(engine, outlet);
    }
    bool done = tl_writer_done(&outlet->writer);
    atomic_store(&outlet->done, done); /* one that had failed may be written again */
    if (done) {
        bool failed = outlet->writer.failure != TL_E_NONE && !outlet->writer.survives;
        if (failed || (is_idle(&engine->records) && is_idle(&engine->packets)))
            tl_engine_stop(engine);
    }
    return due;
}

/* A block's packets are where they belong. */
static void packets_are_done(struct tl_engine *engine, const struct tl_block *block)
{
    pthread_mutex_lock(&engine->lock);
    engine->counters.packets = block->mark_number;
    pthread_mutex_unlock(&engine->lock);
    if (look_after(engine, &engine->packets))
        report_progress(engine, block->mark_number);
}

/* So is what workers made of them. */
static void records_are_done(struct tl_engine *engine, const struct tl_block *block)
{
    const struct tl_engine_options *o = &engine->options;
    if (block->count > 0)
        engine->last_ts = block->packets[block->count - 1].ts;
    if (o->meta && is_live(engine) && o->stats_interval > 0 && now_by(CLOCK_MONOTONIC) >= engine->next_stats) {
        engine->next_stats = now_by(CLOCK_MONOTONIC) + o->stats_interval;
        write_stats(engine);
    }
    look_after(engine, &engine->records);
}

/* --- without workers --- */

/* Packets that no worker sees. */
static void count_packets(struct tl_engine *engine, const struct tl_block *block)
{
    uint64_t bytes = 0, cut = 0;
    for (uint32_t i = 0; i < block->count && engine->options.sink_count > 0; i++) {
        bytes += block->packets[i].len;
        cut += block->packets[i].caplen < block->packets[i].len;
    }
    pthread_mutex_lock(&engine->lock);
    engine->counters.passed += block->count;
    engine->counters.bytes += bytes;
    engine->counters.snaplen_cut += cut;
    pthread_mutex_unlock(&engine->lock);
}

/* Packets are only counted, or written as they are. */
static void run_undecoded(struct tl_engine *engine)
{
    struct tl_block *block;
    while ((block = tl_feed_next(engine->feed)) != NULL) {
        bool last = block->last;
        count_packets(engine, block);
        tl_writer_block(&engine->packets.writer, block);
        packets_are_done(engine, block);
        tl_feed_release(engine->feed, block);
        if (last)
            break;
    }
}

static void take_counters(struct tl_lane *lane, const struct tl_counters *counters)
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
    take_counters(lane, &w->counters);
    tl_batch_reset(w->batch);
}

static void run_alone(struct tl_engine *engine)
{
    struct tl_lane *lane = &engine->lanes[0];
    struct tl_block *block;
    lane->worker.batch = &lane->batch[0];
    lane->worker.hand_on = write_alone;
    while ((block = tl_feed_next(engine->feed)) != NULL) {
        bool last = block->last;
        tl_writer_block(&engine->packets.writer, block);
        tl_worker_block(&lane->worker, block, 0);
        write_alone(&lane->worker);
        records_are_done(engine, block);
        packets_are_done(engine, block);
        tl_feed_release(engine->feed, block);
        if (last)
            break;
    }
}

/* --- with workers --- */

static void next_batch(struct tl_lane *lane)
{
    lane->worker.batch = tl_ring_pop(lane->spare);
    tl_batch_reset(lane->worker.batch);
}

static void hand_on(struct tl_worker *w)
{
    struct tl_lane *lane = w->context;
    tl_ring_push(lane->batches, w->batch);
    next_batch(lane);
}

static void *worker_thread(void *context)
{
    struct tl_lane *lane = context;
    lane->worker.hand_on = hand_on;
    for (bool last = false; !last;) {
        void *item = tl_ring_pop(lane->blocks);
        if (item == lane->engine)
            break;
        struct tl_block *block = item;
        last = block->last;
        next_batch(lane);
        tl_worker_block(&lane->worker, block, lane->index);
        tl_feed_release(lane->engine->feed, block);
        tl_ring_push(lane->batches, lane->worker.batch);
    }
    return NULL;
}

/* To the workers, to the records that they make of it, and where packets have a thread to that one. */
static void *capture_thread(void *context)
{
    struct tl_engine *engine = context;
    uint32_t apart = engine->captured != NULL;
    for (bool last = false; !last;) {
        struct tl_block *block = tl_feed_next(engine->feed);
        bool skipped = block->skipped;
        last = block->last;
        atomic_store_explicit(&block->refs, apart + (skipped ? 0 : engine->lane_count + 1), memory_order_relaxed);
        if (apart)
            tl_ring_push(engine->captured, block);
        if (skipped)
            continue;
        tl_ring_push(engine->written, block);
        for (uint32_t i = 0; i < engine->lane_count; i++)
            tl_ring_push(engine->lanes[i].blocks, block);
    }
    return NULL;
}

/* A worker's batch is done with and more of the block follows. */
static struct tl_batch *following_batch(void *context, uint32_t i, struct tl_batch *done)
{
    struct tl_engine *engine = context;
    tl_ring_push(engine->lanes[i].spare, done);
    return tl_ring_pop(engine->lanes[i].batches);
}

static void write_records(struct tl_engine *engine)
{
    struct tl_batch *batches[TL_WORKERS_MOST];
    for (uint32_t i = 0; i < engine->lane_count; i++)
        batches[i] = tl_ring_pop(engine->lanes[i].batches);
    tl_writer_batches(&engine->records.writer, batches, engine->lane_count, following_batch, engine);
    for (uint32_t i = 0; i < engine->lane_count; i++) {
        take_counters(&engine->lanes[i], &batches[i]->counters);
        tl_ring_push(engine->lanes[i].spare, batches[i]);
    }
}

static void write_all(struct tl_engine *engine)
{
    for (bool last = false; !last;) {
        void *item = tl_ring_pop(engine->written);
        if (item == engine) /* the run was given up before it began */
            break;
        struct tl_block *block = item;
        last = block->last;
        if (engine->captured == NULL)
            tl_writer_block(&engine->packets.writer, block);
        write_records(engine);
        records_are_done(engine, block);
        if (engine->captured == NULL)
            packets_are_done(engine, block);
        else
            tl_feed_analysed(engine->feed);
        tl_feed_release(engine->feed, block);
    }
}

static void *records_thread(void *context)
{
    write_all(context);
    return NULL;
}

/*
 * Live: each block's packets as soon as they are captured, wherever the workers are and however long the reader of the
 * records stands still.
 */
static void write_captured(struct tl_engine *engine)
{
    for (bool last = false; !last;) {
        struct tl_block *block = tl_ring_pop(engine->captured);
        last = block->last;
        tl_writer_block(&engine->packets.writer, block);
        if (block->skipped)
            count_packets(engine, block);
        pthread_mutex_lock(&engine->lock);
        engine->captured_packets += block->count;
        pthread_mutex_unlock(&engine->lock);
        packets_are_done(engine, block);
        tl_feed_release(engine->feed, block);
    }
    tick(engine, &engine->packets);
}

/* All packets are written; the records may have to wait for whoever reads them. */
static void await_records(struct tl_engine *engine)
{
    const struct tl_engine_options *o = &engine->options;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_S;
    engine->recording.started = pthread_timedjoin_np(engine->recording.id, NULL, &until) != 0;
    if (engine->recording.started && o->notice != NULL)
        o->notice(o->notice_context, "the last records are still being written: interrupt to leave them");
}

static bool start_thread(struct tl_thread *thread, void *(*run)(void *), void *context)
{
    thread->started = pthread_create(&thread->id, NULL, run, context) == 0;
    return thread->started;
}

static void join_thread(struct tl_thread *thread)
{
    if (thread->started)
        pthread_join(thread->id, NULL);
}

static bool start_threads(struct tl_engine *engine)
{
    bool started = engine->captured == NULL || start_thread(&engine->recording, records_thread, engine);
    for (uint32_t i = 0; i < engine->lane_count && started; i++)
        started = start_thread(&engine->lanes[i].thread, worker_thread, &engine->lanes[i]);
    return started && start_thread(&engine->capture, capture_thread, engine);
}

/* Nothing will come: threads that wait for blocks end. */
static void give_up(struct tl_engine *engine)
{
    tl_ring_push(engine->written, engine);
    for (uint32_t i = 0; i < engine->lane_count; i++)
        tl_ring_push(engine->lanes[i].blocks, engine);
}

static bool run_threads(struct tl_engine *engine)
{
    bool started = start_threads(engine);
    if (!started) {
        give_up(engine);
    } else if (engine->captured != NULL) {
        write_captured(engine);
        await_records(engine);
    } else {
        write_all(engine);
    }
    join_thread(&engine->recording);
    for (uint32_t i = 0; i < engine->lane_count; i++)
        join_thread(&engine->lanes[i].thread);
    join_thread(&engine->capture);
    return started;
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
    if (!make_plan(engine) || !make_lanes(engine))
        return tl_error_set(error, TL_E_RUNTIME, "out of memory: ask for less with --mem or --workers");
    if (o->meta)
        write_meta(engine);
    if (o->workers == 0)
        run_alone(engine);
    else if (!run_threads(engine))
        return tl_error_set(error, TL_E_RUNTIME, "cannot start a thread: try --workers 0");
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

enum tl_failure tl_run_to_end(struct tl_engine *engine, struct tl_error *error)
{
    enum tl_failure failure = TL_E_NONE;
    if (!sort_sinks(engine))
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    begin_outlet(engine, &engine->records);
    begin_outlet(engine, &engine->packets);
    engine->next_stats = now_by(CLOCK_MONOTONIC) + engine->options.stats_interval;
    if (engine->options.decode)
        failure = decode(engine, error);
    else
        run_undecoded(engine);
    failure = close_outlet(&engine->records, failure, error);
    return close_outlet(&engine->packets, failure, error);
}
