/* threads.c - an engine with workers: capture -> rings -> workers -> ordered writers. */
#include "capture/ring.h"
#include "pipeline/run.h"

enum {
    LOOK_NS = 100000000,      /* live: interval of the checks for requests */
    PATIENCE_NS = 1000000000, /* after the end, before a message that output waits for its reader */
};

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

static void count_captured(struct tl_captured *captured, const struct tl_block *block)
{
    uint64_t bytes = 0, cut = 0;
    atomic_store(&captured->numbered, block->mark_number);
    atomic_fetch_add(&captured->packets, block->count);
    if (!block->skipped)
        return;
    tl_run_measure(block, &bytes, &cut);
    atomic_fetch_add(&captured->past, block->count);
    atomic_fetch_add(&captured->past_bytes, bytes);
    atomic_fetch_add(&captured->past_cut, cut);
}

/* Passes a block to the writer of packets, to the workers, and to the writer of their records. */
static void hand_out(struct tl_engine *engine, struct tl_block *block)
{
    bool skipped = block->skipped;
    uint32_t readers = (engine->backlog != NULL) + (skipped ? 0 : engine->lane_count + 1);
    if (readers == 0) {
        tl_feed_release(engine->feed, block);
        return;
    }
    atomic_store_explicit(&block->refs, readers, memory_order_relaxed);
    if (engine->backlog != NULL)
        tl_backlog_put(engine->backlog, block);
    if (skipped)
        return;
    tl_ring_push(engine->written, block);
    for (uint32_t i = 0; i < engine->lane_count; i++)
        tl_ring_push(engine->lanes[i].blocks, block);
}

static void *capture_thread(void *context)
{
    struct tl_engine *engine = context;
    for (bool last = false; !last;) {
        struct tl_block *block = tl_feed_next(engine->feed);
        last = block->last;
        tl_run_take_secrets(engine, block);
        if (tl_run_is_live(engine))
            count_captured(&engine->captured, block);
        hand_out(engine, block);
    }
    atomic_store(&engine->captured.all, true);
    return NULL;
}

/* A worker's batch is written and more of the block follows. */
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
        tl_run_take_counters(&engine->lanes[i], &batches[i]->counters);
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
        if (!tl_run_is_live(engine))
            tl_run_write_packets(engine, block);
        write_records(engine);
        if (last)
            tl_run_end_joins(engine);
        tl_run_records_are_done(engine, block);
        if (!tl_run_is_live(engine))
            tl_run_packets_are_done(engine, block);
        else
            tl_feed_analysed(engine->feed);
        tl_feed_release(engine->feed, block);
    }
}

static void *records_thread(void *context)
{
    struct tl_engine *engine = context;
    write_all(engine);
    tl_run_tick(engine, &engine->records);
    return NULL;
}

static void *packets_thread(void *context)
{
    struct tl_engine *engine = context;
    for (bool last = false; !last;) {
        const struct tl_block *block = tl_backlog_take(engine->backlog);
        last = block->last;
        tl_run_write_packets(engine, block);
        tl_backlog_done(engine->backlog);
        tl_run_look_after(engine, &engine->packets);
    }
    tl_run_tick(engine, &engine->packets);
    return NULL;
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

/* Capture starts last, when all other threads can take blocks. */
static bool start_threads(struct tl_engine *engine)
{
    bool started = !tl_run_is_live(engine) || start_thread(&engine->recording, records_thread, engine);
    if (started && engine->backlog != NULL)
        started = start_thread(&engine->writing, packets_thread, engine);
    for (uint32_t i = 0; i < engine->lane_count && started; i++)
        started = start_thread(&engine->lanes[i].thread, worker_thread, &engine->lanes[i]);
    return started && start_thread(&engine->capture, capture_thread, engine);
}

/* No block will come: threads that wait for blocks end. */
static void give_up(struct tl_engine *engine)
{
    tl_ring_push(engine->written, engine);
    for (uint32_t i = 0; i < engine->lane_count; i++)
        tl_ring_push(engine->lanes[i].blocks, engine);
    if (engine->backlog != NULL)
        tl_backlog_end(engine->backlog);
}

static void say(const struct tl_engine *engine, const char *text)
{
    if (engine->options.notice != NULL)
        engine->options.notice(engine->options.notice_context, text);
}

/* The thread that writes the backlog may have ended; the counters then report what was left out. */
static void tell_news(struct tl_engine *engine)
{
    char text[128];
    bool writes = engine->backlog != NULL && !atomic_load(&engine->packets.done) && !atomic_load(&engine->captured.all);
    if (writes && tl_backlog_news(engine->backlog, tl_run_now(CLOCK_MONOTONIC), text, sizeof text))
        say(engine, text);
}

#ifdef __SANITIZE_THREAD__ /* does not know that pthread_clockjoin_np() orders accesses */
#define JOIN_CLOCK                    CLOCK_REALTIME
#define JOIN_UNTIL(id, clock, until)  pthread_timedjoin_np(id, NULL, until)
#else
#define JOIN_CLOCK                    CLOCK_MONOTONIC
#define JOIN_UNTIL(id, clock, until)  pthread_clockjoin_np(id, NULL, clock, until)
#endif

static bool join_within(struct tl_thread *thread, int64_t ns)
{
    int64_t then = tl_run_now(JOIN_CLOCK) + ns;
    const struct timespec until = { .tv_sec = then / 1000000000, .tv_nsec = then % 1000000000 };
    return JOIN_UNTIL(thread->id, JOIN_CLOCK, &until) == 0;
}

/*
 * Live: waits for a writing thread and reports the counters meanwhile. After the end of capture that thread may wait
 * for its reader for any time, so this is reported.
 */
static void await_writer(struct tl_engine *engine, struct tl_thread *thread, const char *what)
{
    int64_t all_since = 0;
    bool told = false;
    while (thread->started) {
        int64_t now = tl_run_now(CLOCK_MONOTONIC);
        tl_run_report_progress(engine, atomic_load(&engine->captured.numbered));
        tell_news(engine);
        if (all_since == 0 && (atomic_load(&engine->captured.all) || atomic_load(&engine->stopped)))
            all_since = now;
        if (!told && all_since != 0 && now - all_since >= PATIENCE_NS) {
            say(engine, what);
            told = true;
        }
        thread->started = !join_within(thread, LOOK_NS);
    }
}

#define LAST_PACKETS "the last packets are still being written: interrupt to leave them"
#define LAST_RECORDS "the last records are still being written: interrupt to leave them"

bool tl_run_threads(struct tl_engine *engine)
{
    bool started = start_threads(engine);
    if (!started) {
        give_up(engine);
    } else if (tl_run_is_live(engine)) {
        await_writer(engine, &engine->writing, LAST_PACKETS);
        await_writer(engine, &engine->recording, LAST_RECORDS);
        tl_run_report_progress(engine, atomic_load(&engine->captured.numbered)); /* that it stops */
    } else {
        write_all(engine);
    }
    join_thread(&engine->writing);
    join_thread(&engine->recording);
    for (uint32_t i = 0; i < engine->lane_count; i++)
        join_thread(&engine->lanes[i].thread);
    join_thread(&engine->capture);
    return started;
}

bool tl_run_one(struct tl_engine *engine, void *(*run)(void *context))
{
    bool live = tl_run_is_live(engine);
    if (live && !start_thread(&engine->writing, run, engine))
        return false;
    if (live) {
        await_writer(engine, &engine->writing, engine->packets.writer.sink_count > 0 ? LAST_PACKETS : LAST_RECORDS);
        tl_run_report_progress(engine, atomic_load(&engine->captured.numbered)); /* that it stops */
    } else {
        run(engine);
    }
    return true;
}
