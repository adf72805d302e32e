/* engine.c - the threads: capture -> rings -> workers -> ordered writer. */
#include "pipeline/engine.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "capture/feed.h"
#include "capture/live.h"
#include "capture/ring.h"
#include "pipeline/shard.h"
#include "pipeline/summary.h"
#include "pipeline/weird.h"
#include "pipeline/worker.h"
#include "pipeline/writer.h"

enum {
    WORKER_MEMORY = 12 << 20,  /* bytes: --mem must have so much for each worker, or there are fewer */
    BLOCK_PACKETS = 4096,
    BLOCK_PACKETS_ALONE = 128, /* without threads: what fits the second-level cache */
    BLOCKS_EACH = 2,           /* in flight: so many a worker, and a few */
    BLOCKS_MORE = 4,
    BATCHES = 3,               /* a worker's batches: one filled, one written, one between */
    LIVE_BLOCKS_ALONE = 2,
    TICK_NS = 100000000,
};

struct lane { /* one worker and its rings */
    struct tl_engine *engine;
    struct tl_worker worker;
    uint32_t index;
    bool worker_ready, started;
    pthread_t thread;
    struct tl_ring *blocks;  /* capture -> worker */
    struct tl_ring *batches; /* worker -> writer */
    struct tl_ring *spare;   /* writer -> worker */
    struct tl_batch batch[BATCHES];
    struct tl_counters counters; /* the worker's, behind the block that was written last */
};

/* Live: blocks whose packets are written, in their order, while the workers are still at them. */
struct backlog {
    struct tl_block **blocks; /* a ring of `size`; owned */
    uint32_t size, first, count;
};

struct tl_engine {
    struct tl_engine_options options;
    struct tl_live_options live;
    uint32_t block_count;       /* in flight at most */
    struct backlog backlog;
    const char **inputs;        /* copies of the pointers */
    struct tl_interfaces *interfaces;
    struct tl_source **sources; /* those that could be opened */
    struct tl_error unopened;   /* why the first of the others could not */
    uint32_t source_count;
    struct tl_feed *feed;
    struct tl_registry *registry;
    struct tl_shard shard;
    struct tl_plan plan;
    struct tl_writer writer;
    struct lane *lanes;
    uint32_t lane_count;
    struct tl_ring *written;    /* capture -> writer: blocks in their order */
    struct tl_counters counters; /* what no worker counts */
    pthread_mutex_t lock;        /* for: */
    struct tl_counters published;
    atomic_bool stopped;         /* tl_engine_stop() was called */
    atomic_bool reopen;          /* tl_engine_reopen() was */
    int64_t last_ts;
    int64_t next_tick, next_stats; /* monotonic, ns */
};

static int64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static bool open_live(struct tl_engine *engine, struct tl_error *error)
{
    const struct tl_engine_options *o = &engine->options;
    engine->live = *o->live;
    engine->live.memory = o->memory / 16;
    engine->live.notice = o->notice;
    engine->live.notice_context = o->notice_context;
    engine->sources = calloc(1, sizeof *engine->sources);
    if (engine->sources == NULL)
        return false;
    engine->sources[0] = tl_live_open(&engine->live, engine->interfaces, error);
    engine->source_count = engine->sources[0] != NULL;
    return engine->source_count > 0;
}

static bool open_sources(struct tl_engine *engine, struct tl_error *error)
{
    const struct tl_engine_options *o = &engine->options;
    if (o->live != NULL)
        return open_live(engine, error);
    engine->sources = calloc(o->input_count, sizeof *engine->sources);
    if (engine->sources == NULL)
        return false;
    for (uint32_t i = 0; i < o->input_count; i++) {
        struct tl_file_options file = { .memory = o->memory / 16, .input = i };
        struct tl_source *source = tl_file_open(o->inputs[i], engine->interfaces, &file, &engine->unopened);
        if (source != NULL)
            engine->sources[engine->source_count++] = source;
    }
    if (engine->source_count > 0) /* one that cannot be read does not keep the others from being read */
        return true;
    if (engine->unopened.kind != TL_E_NONE)
        tl_error_set(error, engine->unopened.kind, "%s", engine->unopened.text);
    return false;
}

static uint32_t blocks_in_flight(const struct tl_engine_options *o, uint32_t workers)
{
    bool threads = o->decode && o->workers > 0;
    if (o->live != NULL)
        return threads ? tl_live_blocks(o->memory / 16) : LIVE_BLOCKS_ALONE;
    return o->workers > 0 ? workers * BLOCKS_EACH + BLOCKS_MORE : 2;
}

static bool open_feed(struct tl_engine *engine, struct tl_error *error)
{
    const struct tl_engine_options *o = &engine->options;
    uint32_t workers = o->decode && o->workers > 0 ? o->workers : 1;
    engine->block_count = blocks_in_flight(o, workers);
    struct tl_feed_options feed = {
        .sources = engine->sources,
        .source_count = engine->source_count,
        .interfaces = engine->interfaces,
        .filter = o->filter,
        .exact_filter = o->exact_filter,
        .skip = o->live != NULL && o->decode && o->workers > 0,
        .most = o->most,
        .workers = workers,
        .block_packets = o->decode && o->workers > 0 ? BLOCK_PACKETS : BLOCK_PACKETS_ALONE,
        .block_count = engine->block_count,
        .shard = o->decode ? tl_shard_packet : NULL,
        .shard_context = &engine->shard,
    };
    engine->feed = tl_feed_new(&feed, error);
    return engine->feed != NULL;
}

struct tl_engine *tl_engine_new(const struct tl_engine_options *options, struct tl_error *error)
{
    struct tl_engine *engine = calloc(1, sizeof *engine);
    if (engine == NULL || pthread_mutex_init(&engine->lock, NULL) != 0) {
        free(engine);
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
        return NULL;
    }
    engine->options = *options;
    uint32_t most = (uint32_t)(options->memory / WORKER_MEMORY < TL_WORKERS_MOST ? options->memory / WORKER_MEMORY
                                                                               : TL_WORKERS_MOST);
    if (engine->options.workers > most)
        engine->options.workers = most > 0 ? most : 1;
    if (getrandom(&engine->shard.seed, sizeof engine->shard.seed, GRND_NONBLOCK) < 0)
        engine->shard.seed = (uint64_t)monotonic_ns() * UINT64_C(0x9e3779b97f4a7c15);
    engine->interfaces = tl_interfaces_new();
    engine->registry = tl_registry_new();
    if (engine->interfaces == NULL || engine->registry == NULL)
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
    else if (open_sources(engine, error) && open_feed(engine, error))
        return engine;
    tl_engine_free(engine);
    tl_error_set(error, TL_E_RUNTIME, "out of memory"); /* stays as it was if a reason is there already */
    return NULL;
}

static void free_lanes(struct tl_engine *engine)
{
    for (uint32_t i = 0; i < engine->lane_count; i++) {
        struct lane *lane = &engine->lanes[i];
        tl_worker_fini(&lane->worker);
        tl_ring_free(lane->blocks);
        tl_ring_free(lane->batches);
        tl_ring_free(lane->spare);
        for (unsigned k = 0; k < BATCHES; k++)
            tl_batch_fini(&lane->batch[k]);
    }
    free(engine->lanes);
    tl_ring_free(engine->written);
}

void tl_engine_free(struct tl_engine *engine)
{
    if (engine == NULL)
        return;
    free_lanes(engine);
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT; i++)
        free(engine->plan.wanted[i]);
    if (engine->feed != NULL)
        tl_feed_free(engine->feed);
    for (uint32_t i = 0; i < engine->source_count; i++)
        engine->sources[i]->ops->close(engine->sources[i]);
    free(engine->sources);
    if (engine->registry != NULL)
        tl_registry_free(engine->registry);
    if (engine->interfaces != NULL)
        tl_interfaces_free(engine->interfaces);
    free(engine->backlog.blocks);
    pthread_mutex_destroy(&engine->lock);
    free(engine);
}

const struct tl_interfaces *tl_engine_interfaces(const struct tl_engine *engine)
{
    return engine->interfaces;
}

void tl_engine_set_sinks(struct tl_engine *engine, struct tl_sink *const *sinks, uint32_t count)
{
    engine->options.sinks = sinks;
    engine->options.sink_count = count;
}

void tl_engine_stop(struct tl_engine *engine)
{
    atomic_store(&engine->stopped, true);
    tl_feed_stop(engine->feed);
}

void tl_engine_reopen(struct tl_engine *engine)
{
    atomic_store(&engine->reopen, true);
}

enum tl_failure tl_engine_set_filter(struct tl_engine *engine, const char *expression, struct tl_error *error)
{
    return tl_feed_set_filter(engine->feed, expression, error);
}

void tl_engine_counters(struct tl_engine *engine, struct tl_counters *counters)
{
    pthread_mutex_lock(&engine->lock);
    *counters = engine->published;
    pthread_mutex_unlock(&engine->lock);
}

/* --- the plan --- */

static bool any_field(const struct tl_protocol *protocol, const uint64_t *wanted)
{
    for (uint32_t i = 0; i < (protocol->field_count + 63) / 64; i++) {
        if (wanted[i] != 0)
            return true;
    }
    return false;
}

static bool plan_fields(struct tl_engine *engine)
{
    struct tl_plan *plan = &engine->plan;
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT; i++) {
        plan->wanted[i] = calloc(plan->protocols.items[i]->field_count / 64 + 1, sizeof(uint64_t));
        if (plan->wanted[i] == NULL)
            return false;
    }
    for (uint32_t i = 0; i < plan->sink_count; i++) {
        plan->records |= plan->sinks[i]->record != NULL;
        plan->tree |= plan->sinks[i]->packet != NULL;
        plan->glances |= plan->sinks[i]->glance != NULL;
        plan->streams |= plan->sinks[i]->stream != NULL;
        if (plan->sinks[i]->want != NULL)
            plan->sinks[i]->want(plan->sinks[i], &plan->protocols, plan->wanted);
    }
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT && !plan->tree; i++)
        plan->tree |= any_field(plan->protocols.items[i], plan->wanted[i]);
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT && !plan->tree; i++) {
        free(plan->wanted[i]);
        plan->wanted[i] = NULL;
    }
    return true;
}

static bool make_plan(struct tl_engine *engine)
{
    const struct tl_engine_options *o = &engine->options;
    struct tl_plan *plan = &engine->plan;
    uint32_t workers = o->workers > 0 ? o->workers : 1, formatting = 0;
    *plan = (struct tl_plan){ .options = o,
                              .registry = engine->registry,
                              .protocols = tl_protocols_all(),
                              .interfaces = engine->interfaces,
                              .sinks = o->sinks,
                              .sink_count = o->sink_count,
                              .seed = engine->shard.seed,
                              .workers = workers,
                              .memory = o->memory / 8 * 7 / workers };
    for (uint32_t i = 0; i < o->sink_count; i++)
        formatting += tl_sink_formats(o->sinks[i]);
    plan->pieces = workers > 1 || formatting > 1;
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT; i++) {
        if (plan->protocols.items[i]->probe != NULL)
            plan->probes[plan->probe_count++] = (uint8_t)i;
    }
    return plan_fields(engine);
}

static bool make_lanes(struct tl_engine *engine)
{
    uint32_t count = engine->plan.workers;
    engine->lanes = calloc(count, sizeof *engine->lanes);
    engine->written = tl_ring_new(engine->block_count + 1);
    engine->backlog = (struct backlog){ .blocks = calloc(engine->block_count, sizeof(struct tl_block *)),
                                        .size = engine->block_count };
    if (engine->lanes == NULL || engine->written == NULL || engine->backlog.blocks == NULL)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        struct lane *lane = &engine->lanes[i];
        lane->engine = engine;
        lane->index = i;
        engine->lane_count++;
        lane->blocks = tl_ring_new(engine->block_count + 1);
        lane->batches = tl_ring_new(BATCHES);
        lane->spare = tl_ring_new(BATCHES);
        if (!tl_worker_init(&lane->worker, &engine->plan) || lane->blocks == NULL || lane->batches == NULL ||
            lane->spare == NULL)
            return false;
        lane->worker.context = lane;
        for (unsigned k = 0; k < BATCHES; k++)
            tl_ring_push(lane->spare, &lane->batch[k]);
    }
    return true;
}

/* --- the run --- */

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

static void add_counters(struct tl_counters *sum, const struct tl_counters *c)
{
    sum->passed += c->passed;
    sum->bytes += c->bytes;
    sum->flows += c->flows;
    sum->flows_active += c->flows_active;
    sum->flows_evicted += c->flows_evicted;
    sum->reassembly_truncated += c->reassembly_truncated;
    sum->weirds_suppressed += c->weirds_suppressed;
    sum->malformed += c->malformed;
    sum->bad_checksums += c->bad_checksums;
    sum->offloaded += c->offloaded;
    if (sum->undecoded == 0)
        sum->undecoded_linktype = c->undecoded_linktype;
    sum->undecoded += c->undecoded;
    sum->snaplen_cut += c->snaplen_cut;
}

/* Adds up what everybody counted, as of the block that was written last. */
static void publish_counters(struct tl_engine *engine)
{
    struct tl_counters sum = engine->counters;
    for (uint32_t i = 0; i < engine->lane_count; i++)
        add_counters(&sum, &engine->lanes[i].counters);
    sum.records = engine->writer.records;
    if (engine->options.live != NULL) {
        struct tl_source_stats stats = { 0 };
        engine->sources[0]->ops->stats(engine->sources[0], &stats);
        sum.received = stats.received;
        sum.dropped_kernel = stats.dropped_kernel;
        sum.dropped_interface = stats.dropped_interface;
        sum.dropped_ring = tl_feed_skipped(engine->feed);
    }
    pthread_mutex_lock(&engine->lock);
    engine->published = sum;
    pthread_mutex_unlock(&engine->lock);
}

static void write_stats(struct tl_engine *engine)
{
    struct tl_stats_record record;
    struct tl_counters counters;
    bool live = engine->options.live != NULL;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    publish_counters(engine);
    tl_engine_counters(engine, &counters);
    int64_t ts = live ? now.tv_sec * INT64_C(1000000000) + now.tv_nsec : engine->last_ts;
    tl_stats_record_fill(&record, &counters, engine->interfaces, ts, live);
    tl_writer_record(&engine->writer, &tl_stats_record_def, &record.head);
}

static void tick_live(struct tl_engine *engine, int64_t now)
{
    const struct tl_engine_options *o = &engine->options;
    if (o->meta && o->decode && o->stats_interval > 0 && now >= engine->next_stats) {
        engine->next_stats = now + o->stats_interval;
        write_stats(engine);
    }
    tl_writer_tick(&engine->writer);
}

/* Between blocks, at most ten times a second. */
static void tick(struct tl_engine *engine, uint64_t packets)
{
    int64_t now = monotonic_ns();
    if (now < engine->next_tick)
        return;
    engine->next_tick = now + TICK_NS;
    publish_counters(engine);
    if (atomic_exchange(&engine->reopen, false))
        tl_writer_reopen(&engine->writer);
    if (engine->options.live != NULL)
        tick_live(engine, now);
    report_progress(engine, packets);
}

/* What the writer does with a block that all workers are done with, and whose packets are written. */
static void retire(struct tl_engine *engine, struct tl_block *block)
{
    engine->counters.packets = block->mark_number;
    if (block->count > 0)
        engine->last_ts = block->packets[block->count - 1].ts;
    tick(engine, block->mark_number);
    if (tl_writer_done(&engine->writer))
        tl_engine_stop(engine);
}

static void count_packets(struct tl_engine *engine, const struct tl_block *block)
{
    struct tl_counters *c = &engine->counters;
    c->passed += block->count;
    if (engine->options.sink_count == 0)
        return;
    for (uint32_t i = 0; i < block->count; i++) {
        c->bytes += block->packets[i].len;
        c->snaplen_cut += block->packets[i].caplen < block->packets[i].len;
    }
}

/* Packets are only counted, or written as they are. */
static void run_undecoded(struct tl_engine *engine)
{
    struct tl_block *block;
    while ((block = tl_feed_next(engine->feed)) != NULL) {
        bool last = block->last;
        count_packets(engine, block);
        tl_writer_block(&engine->writer, block);
        retire(engine, block);
        tl_feed_release(engine->feed, block);
        if (last)
            break;
    }
}

static void write_alone(struct tl_worker *w)
{
    struct lane *lane = w->context;
    tl_writer_batch(&lane->engine->writer, w->batch);
    lane->counters = w->counters;
    tl_batch_reset(w->batch);
}

static void run_alone(struct tl_engine *engine)
{
    struct lane *lane = &engine->lanes[0];
    struct tl_block *block;
    lane->worker.batch = &lane->batch[0];
    lane->worker.hand_on = write_alone;
    while ((block = tl_feed_next(engine->feed)) != NULL) {
        bool last = block->last;
        tl_worker_block(&lane->worker, block, 0);
        write_alone(&lane->worker);
        tl_writer_block(&engine->writer, block);
        retire(engine, block);
        tl_feed_release(engine->feed, block);
        if (last)
            break;
    }
}

static void next_batch(struct lane *lane)
{
    lane->worker.batch = tl_ring_pop(lane->spare);
    tl_batch_reset(lane->worker.batch);
}

static void hand_on(struct tl_worker *w)
{
    struct lane *lane = w->context;
    tl_ring_push(lane->batches, w->batch);
    next_batch(lane);
}

static void *worker_thread(void *context)
{
    struct lane *lane = context;
    lane->worker.hand_on = hand_on;
    for (bool last = false; !last;) {
        void *item = tl_ring_pop(lane->blocks);
        if (item == lane->engine) /* the run was given up before it began */
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

static void *capture_thread(void *context)
{
    struct tl_engine *engine = context;
    for (bool last = false; !last;) {
        struct tl_block *block = tl_feed_next(engine->feed);
        last = block->last;
        bool skipped = block->skipped;
        atomic_store_explicit(&block->refs, skipped ? 1 : engine->lane_count + 1, memory_order_relaxed);
        tl_ring_push(engine->written, block);
        for (uint32_t i = 0; i < engine->lane_count && !skipped; i++)
            tl_ring_push(engine->lanes[i].blocks, block);
    }
    return NULL;
}

/* For the writer: a worker's batch is done with and more of the block follows. */
static struct tl_batch *following_batch(void *context, uint32_t i, struct tl_batch *done)
{
    struct tl_engine *engine = context;
    tl_ring_push(engine->lanes[i].spare, done);
    return tl_ring_pop(engine->lanes[i].batches);
}

/* Its packets are written at once, whatever the workers are at. true: workers have it, their batches are to come. */
static bool receive(struct tl_engine *engine, struct tl_block *block)
{
    tl_writer_block(&engine->writer, block);
    if (!block->skipped)
        return true;
    count_packets(engine, block);
    retire(engine, block);
    tl_feed_release(engine->feed, block);
    return false;
}

/* The next block that workers have. */
static struct tl_block *next_block(struct tl_engine *engine)
{
    struct backlog *b = &engine->backlog;
    struct tl_block *block;
    while ((block = b->count > 0 ? tl_ring_try_pop(engine->written) : tl_ring_pop(engine->written)) != NULL)
        if (receive(engine, block))
            b->blocks[(b->first + b->count++) % b->size] = block;
    block = b->blocks[b->first];
    b->first = (b->first + 1) % b->size;
    b->count--;
    return block;
}

static void write_all(struct tl_engine *engine)
{
    struct tl_batch *batches[TL_WORKERS_MOST];
    for (bool last = false; !last;) {
        struct tl_block *block = next_block(engine);
        last = block->last;
        for (uint32_t i = 0; i < engine->lane_count; i++)
            batches[i] = tl_ring_pop(engine->lanes[i].batches);
        tl_writer_batches(&engine->writer, batches, engine->lane_count, following_batch, engine);
        for (uint32_t i = 0; i < engine->lane_count; i++) {
            engine->lanes[i].counters = batches[i]->counters;
            tl_ring_push(engine->lanes[i].spare, batches[i]);
        }
        retire(engine, block);
        tl_feed_release(engine->feed, block);
    }
}

static bool start_threads(struct tl_engine *engine, pthread_t *capture)
{
    for (uint32_t i = 0; i < engine->lane_count; i++) {
        struct lane *lane = &engine->lanes[i];
        lane->started = pthread_create(&lane->thread, NULL, worker_thread, lane) == 0;
        if (!lane->started)
            return false;
    }
    return pthread_create(capture, NULL, capture_thread, engine) == 0;
}

static bool run_threads(struct tl_engine *engine)
{
    pthread_t capture;
    bool started = start_threads(engine, &capture);
    if (started)
        write_all(engine);
    for (uint32_t i = 0; i < engine->lane_count; i++) {
        if (!engine->lanes[i].started)
            break;
        if (!started)
            tl_ring_push(engine->lanes[i].blocks, engine);
        pthread_join(engine->lanes[i].thread, NULL);
    }
    if (started)
        pthread_join(capture, NULL);
    return started;
}

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
    tl_writer_record(&engine->writer, &tl_meta_record_def, &record.head);
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

enum tl_failure tl_engine_run(struct tl_engine *engine, struct tl_error *error)
{
    const struct tl_engine_options *o = &engine->options;
    enum tl_failure failure = TL_E_NONE;
    tl_writer_init(&engine->writer, o->sinks, o->sink_count);
    engine->writer.survives = o->live != NULL;
    engine->writer.notice = o->notice;
    engine->writer.notice_context = o->notice_context;
    engine->next_tick = monotonic_ns() + TICK_NS;
    engine->next_stats = monotonic_ns() + o->stats_interval;
    if (o->decode)
        failure = decode(engine, error);
    else
        run_undecoded(engine);
    tl_writer_close(&engine->writer);
    publish_counters(engine);
    if (failure != TL_E_NONE)
        return failure;
    if (engine->writer.failure != TL_E_NONE)
        return tl_error_set(error, engine->writer.failure, "%s", engine->writer.error.text);
    struct tl_error reason = { 0 };
    failure = tl_feed_failure(engine->feed, &reason);
    if (failure == TL_E_DAMAGED && atomic_load(&engine->stopped))
        return TL_E_NONE; /* stopped in the middle of a record: that is no damage */
    if (failure != TL_E_NONE)
        return tl_error_set(error, failure, "%s", reason.text);
    if (engine->unopened.kind != TL_E_NONE)
        return tl_error_set(error, engine->unopened.kind, "%s", engine->unopened.text);
    return TL_E_NONE;
}

uint32_t tl_engine_record_defs(const struct tl_record_def **defs, uint32_t most)
{
    struct tl_protocols protocols = tl_protocols_all();
    const struct tl_record_def *const ours[] = { &tl_meta_record_def, &tl_conn_record_def, &tl_weird_record_def,
                                               &tl_stats_record_def };
    uint32_t n = 0;
    for (uint32_t i = 0; i < TL_COUNT(ours) && n < most; i++)
        defs[n++] = ours[i];
    for (uint32_t i = 0; i < protocols.count; i++) {
        const struct tl_record_def *const *records = protocols.items[i]->records;
        for (uint32_t k = 0; k < TL_RECORDS_MAX && records[k] != NULL && n < most; k++)
            defs[n++] = records[k];
    }
    return n;
}
