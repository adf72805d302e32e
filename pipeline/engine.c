/* engine.c - sets up an engine, and answers calls while it runs. */
#include "decode/usual.h"
#include "pipeline/engine.h"

#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "core/charset.h"
#include "dissectors/tunnel/tunnel.h"
#include "pipeline/run.h"
#include "pipeline/summary.h"

enum {
    WORKER_MEMORY = 12 << 20,  /* bytes of --mem needed per worker; with less there are fewer workers */
    BLOCK_PACKETS = 4096,
    BLOCK_PACKETS_ALONE = 128, /* without threads: fits the second-level cache */
    BLOCKS_EACH = 2,           /* in flight per worker, plus a few */
    BLOCKS_MORE = 4,
    LIVE_BLOCKS_ALONE = 2,
};

/* For systems that have no random numbers yet. */
static uint64_t seed_of_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return ((uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec) * UINT64_C(0x9e3779b97f4a7c15);
}

static bool open_live(struct tl_engine *engine, struct tl_error *error)
{
    const struct tl_engine_options *o = &engine->options;
    engine->charsets = tl_charsets_new();
    if (engine->charsets == NULL)
        return false;
    tl_charsets_load(engine->charsets);
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
        struct tl_file_options file = { .memory = o->memory / 16, .input = i, .follow = o->follow,
                                        .places = o->places, .contexts = o->contexts, .noted = o->noted };
        struct tl_source *source = tl_file_open(o->inputs[i], engine->interfaces, &file, &engine->unopened);
        if (source != NULL)
            engine->sources[engine->source_count++] = source;
    }
    if (engine->source_count > 0) /* an unreadable source does not prevent reading the others */
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
    uint32_t usual = o->decode && o->workers > 0 ? BLOCK_PACKETS : BLOCK_PACKETS_ALONE;
    struct tl_feed_options feed = {
        .sources = engine->sources,
        .source_count = engine->source_count,
        .interfaces = engine->interfaces,
        .filter = o->filter,
        .exact_filter = o->exact_filter,
        .skip = o->live != NULL && o->decode && o->workers > 0,
        .chosen = o->chosen,
        .most = o->most,
        .workers = workers,
        .block_packets = o->block_packets != 0 ? o->block_packets : usual,
        .block_count = engine->block_count,
        .sharding = { .shard = o->decode ? tl_shard_packets : NULL, .context = &engine->shard },
    };
    engine->feed = tl_feed_new(&feed, error);
    return engine->feed != NULL;
}

/* Values that depend on all packets before them need one worker. */
static bool is_ordered(const struct tl_engine_options *o)
{
    return o->ordered || (o->predicate != NULL && tl_predicate_is_ordered(o->predicate));
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
    if (is_ordered(options) && options->workers > 1)
        engine->options.workers = 1;
    uint32_t most = (uint32_t)(options->memory / WORKER_MEMORY < TL_WORKERS_MOST ? options->memory / WORKER_MEMORY
                                                                               : TL_WORKERS_MOST);
    if (engine->options.workers > most)
        engine->options.workers = most > 0 ? most : 1;
    if (getrandom(&engine->shard.seed, sizeof engine->shard.seed, GRND_NONBLOCK) < 0)
        engine->shard.seed = seed_of_time();
    if (engine->options.keylog == NULL)
        engine->options.keylog = engine->own_keylog = tl_keylog_new(options->memory / TL_KEYLOG_SHARE);
    engine->interfaces = options->interfaces != NULL ? options->interfaces : tl_interfaces_new();
    engine->registry = tl_registry_new_as(engine->options.decode_as);
    engine->shard.registry = engine->registry;
    const struct tl_protocols protocols = tl_protocols_all();
    engine->shard.unusual = engine->registry != NULL && !tl_usual_registered(engine->registry, &protocols);
    if (engine->interfaces == NULL || engine->registry == NULL || engine->options.keylog == NULL)
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
    else if (open_sources(engine, error) && open_feed(engine, error))
        return engine;
    tl_engine_free(engine);
    tl_error_set(error, TL_E_RUNTIME, "out of memory"); /* keeps an earlier error */
    return NULL;
}

void tl_engine_free(struct tl_engine *engine)
{
    if (engine == NULL)
        return;
    tl_run_fini(engine);
    if (engine->feed != NULL)
        tl_feed_free(engine->feed);
    for (uint32_t i = 0; i < engine->source_count; i++)
        engine->sources[i]->ops->close(engine->sources[i]);
    free(engine->sources);
    tl_charsets_free(engine->charsets);
    tl_keylog_free(engine->own_keylog);
    if (engine->registry != NULL)
        tl_registry_free(engine->registry);
    if (engine->interfaces != NULL && engine->options.interfaces == NULL)
        tl_interfaces_free(engine->interfaces);
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
    tl_run_stop(engine);
}

bool tl_engine_is_stopping(const struct tl_engine *engine)
{
    return atomic_load(&engine->stopped);
}

void tl_engine_reopen(struct tl_engine *engine)
{
    atomic_store(&engine->records.reopen, true);
    atomic_store(&engine->packets.reopen, true);
}

enum tl_failure tl_engine_set_filter(struct tl_engine *engine, const char *expression, struct tl_error *error)
{
    return tl_feed_set_filter(engine->feed, expression, error);
}

bool tl_engine_selects_records(const struct tl_engine *engine)
{
    return engine->plan.packets == NULL && engine->plan.records;
}

void tl_engine_select_records(struct tl_engine *engine, const struct tl_predicate *predicate)
{
    atomic_store(&engine->plan.select_records, predicate);
}

void tl_engine_counters(struct tl_engine *engine, struct tl_counters *counters)
{
    tl_run_counters(engine, counters);
}

enum tl_failure tl_engine_run(struct tl_engine *engine, struct tl_error *error)
{
    enum tl_failure failure = tl_run_to_end(engine, error);
    if (failure != TL_E_NONE)
        return failure;
    struct tl_error reason = { 0 };
    failure = tl_feed_failure(engine->feed, &reason);
    if (failure == TL_E_DAMAGED && atomic_load(&engine->stopped))
        return TL_E_NONE; /* stopped in the middle of a record: no damage */
    if (failure != TL_E_NONE)
        return tl_error_set(error, failure, "%s", reason.text);
    if (engine->unopened.kind != TL_E_NONE)
        return tl_error_set(error, engine->unopened.kind, "%s", engine->unopened.text);
    return TL_E_NONE;
}

static bool is_listed(const struct tl_record_def *const *defs, uint32_t n, const struct tl_record_def *def)
{
    for (uint32_t i = 0; i < n; i++)
        if (defs[i] == def)
            return true;
    return false;
}

uint32_t tl_engine_record_defs(const struct tl_record_def **defs, uint32_t most)
{
    struct tl_protocols protocols = tl_protocols_all();
    const struct tl_record_def *const ours[] = { &tl_meta_record_def, &tl_conn_record_def, &tl_weird_record_def, &tl_files_record_def,
                                               &tl_tunnel_record_def, &tl_stats_record_def };
    uint32_t n = 0;
    for (uint32_t i = 0; i < TL_COUNT(ours) && n < most; i++)
        defs[n++] = ours[i];
    for (uint32_t i = 0; i < protocols.count; i++) {
        const struct tl_record_def *const *records = protocols.items[i]->records;
        for (uint32_t k = 0; k < TL_RECORDS_MAX && records[k] != NULL && n < most; k++)
            if (!is_listed(defs, n, records[k])) /* some protocols share a record */
                defs[n++] = records[k];
    }
    return n;
}
