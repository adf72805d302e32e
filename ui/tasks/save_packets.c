/*
 * save_packets.c - writes packets to a capture file sink; for records, the output of that sink is the input of an
 * engine, through a pipe.
 */
#include "ui/tasks/save_packets.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "export/output.h"
#include "pipeline/engine.h"
#include "ui/store/gone.h"
#include "ui/tasks/fetch.h"

struct tl_save_packets {
    struct tl_save save;
    const struct tl_packet_source *source;
    uint64_t first, count;  /* all packets: rows */
    uint64_t end;           /* of all rows, when the request was made */
    uint32_t *rows;         /* owned; NULL: all from first on */
    size_t charged;         /* for them, of the panes' memory */
    int pipe[2];
    uint64_t saved;         /* the result: packets */
    struct tl_gone gone;
};

static bool ends_with(const char *name, const char *end)
{
    size_t len = strlen(name), n = strlen(end);
    return len > n && strcmp(name + len - n, end) == 0;
}

/* --- packets --- */

/* Writes the blocks of pcapng inputs before this row, from *at on. */
static enum tl_failure write_extras(struct tl_save_packets *s, struct tl_sink *sink, size_t *at, uint64_t row)
{
    const struct tl_extras *extras = tl_store_extras(s->source->store);
    enum tl_failure failure = TL_E_NONE;
    struct tl_extra extra;
    uint64_t before;
    for (size_t next = *at; failure == TL_E_NONE && tl_extras_next(extras, &next, &extra, &before) && before <= row;
         *at = next) {
        struct tl_block block = { .extras = &extra, .extra_count = 1 };
        failure = sink->block(sink, &block, &s->save.error);
    }
    return failure;
}

/* false: not all rows were written. */
static bool write_rows(struct tl_save_packets *s, struct tl_fetch *fetch, struct tl_sink *sink)
{
    enum tl_failure failure = TL_E_NONE;
    struct tl_row row;
    struct tl_packet packet;
    size_t extras = 0;
    atomic_store(&s->save.task.total, s->count);
    uint64_t i;
    for (i = 0; i < s->count && failure == TL_E_NONE && !tl_task_is_off(&s->save.task); i++) {
        uint64_t index = s->rows != NULL ? s->rows[i] : s->first + i;
        struct tl_block block = { .packets = &packet, .count = 1, .capacity = 1 };
        atomic_store_explicit(&s->save.task.at, i, memory_order_relaxed);
        if (!tl_store_row(s->source->store, index, &row)) {
            s->gone.evicted++;
            continue;
        }
        if (!tl_fetch_whole(fetch, index, &row, &packet)) {
            tl_gone_count(&s->gone, s->source, &row);
            continue;
        }
        failure = write_extras(s, sink, &extras, index);
        if (failure == TL_E_NONE)
            failure = sink->block(sink, &block, &s->save.error);
        s->saved += failure == TL_E_NONE;
    }
    return i == s->count && failure == TL_E_NONE && write_extras(s, sink, &extras, s->end) == TL_E_NONE;
}

/* Takes over the output. */
static bool write_packets(struct tl_save_packets *s, struct tl_output *output, bool pcapng)
{
    struct tl_fetch fetch;
    struct tl_sink *sink = tl_capture_file_sink(output, s->source->interfaces, pcapng, s->save.path);
    bool whole = false;
    if (sink == NULL) {
        tl_error_set(&s->save.error, TL_E_RUNTIME, "out of memory");
        return false;
    }
    if (!tl_fetch_init(&fetch, s->source))
        tl_error_set(&s->save.error, TL_E_RUNTIME, "out of memory");
    else
        whole = write_rows(s, &fetch, sink);
    (void)sink->close(sink, &s->save.error); /* fails too if packets of other link types were left out */
    whole = tl_output_finish(output, NULL) == TL_E_NONE && whole;
    tl_fetch_fini(&fetch);
    sink->free(sink);
    return whole;
}

/* --- records --- */

static void *feed(void *context)
{
    struct tl_save_packets *s = context;
    char name[32];
    snprintf(name, sizeof name, "/dev/fd/%d", s->pipe[1]);
    struct tl_output *output = tl_output_open(name, &s->save.error);
    close(s->pipe[1]);
    if (output != NULL)
        (void)write_packets(s, output, true);
    return NULL;
}

static void run_engine(struct tl_save_packets *s, struct tl_sink *sink, struct tl_error *error)
{
    char name[32];
    const char *const inputs[] = { name };
    snprintf(name, sizeof name, "/dev/fd/%d", s->pipe[0]);
    const struct tl_engine_options options = { .inputs = inputs,
                                               .input_count = 1,
                                               .memory = s->source->decode_memory,
                                               .decode = true,
                                               .checksums = s->source->checksums,
                                               .secrets = s->source->secrets,
                                               .timeouts = TL_TIMEOUTS_DEFAULT,
                                               .sinks = &sink,
                                               .sink_count = 1 };
    struct tl_engine *engine = tl_engine_new(&options, error);
    close(s->pipe[0]);
    if (engine != NULL)
        (void)tl_engine_run(engine, error);
    tl_engine_free(engine);
}

static bool write_records(struct tl_save_packets *s, struct tl_output *output)
{
    pthread_t feeder;
    struct tl_error error = { 0 };
    struct tl_sink *sink = tl_records_sink(output, ".");
    if (sink == NULL) {
        tl_error_set(&s->save.error, TL_E_RUNTIME, "out of memory");
        return false;
    }
    if (pipe2(s->pipe, O_CLOEXEC) != 0) {
        tl_error_set(&s->save.error, TL_E_RUNTIME, "cannot save records: %s", strerror(errno));
    } else if (pthread_create(&feeder, NULL, feed, s) != 0) {
        tl_error_set(&s->save.error, TL_E_RUNTIME, "cannot start a thread");
        close(s->pipe[0]);
        close(s->pipe[1]);
    } else {
        run_engine(s, sink, &error);
        pthread_join(feeder, NULL);
        if (error.kind != TL_E_NONE && !tl_task_is_off(&s->save.task))
            tl_error_set(&s->save.error, error.kind, "%s", error.text);
    }
    sink->free(sink);
    bool given = s->save.error.kind == TL_E_NONE || s->save.error.kind == TL_E_DAMAGED;
    return given && !tl_task_is_off(&s->save.task);
}

/* --- what is saved --- */

static bool write_file(struct tl_save *save, struct tl_output *output)
{
    struct tl_save_packets *s = (struct tl_save_packets *)save;
    if (ends_with(save->path, ".json") || ends_with(save->path, ".jsonl"))
        return write_records(s, output);
    return write_packets(s, output, ends_with(save->path, ".pcapng"));
}

static void release(struct tl_save *save)
{
    struct tl_save_packets *s = (struct tl_save_packets *)save;
    free(s->rows);
    if (s->charged > 0)
        tl_memory_give(s->source->memory, s->charged);
    s->rows = NULL;
    s->charged = 0;
}

static bool put_result(const struct tl_save *save, struct tl_buffer *out)
{
    const struct tl_save_packets *s = (const struct tl_save_packets *)save;
    const struct tl_extras *extras = tl_store_extras(s->source->store);
    uint64_t left_out = ends_with(save->path, ".pcapng") ? atomic_load(&extras->left_out) : 0;
    tl_put_format(out, "%" PRIu64 " packet%s saved: %s", s->saved, s->saved == 1 ? "" : "s", save->path);
    tl_gone_put(out, &s->gone, s->saved > 0);
    if (left_out > 0)
        tl_put_format(out, "; %" PRIu64 " block%s of names or secrets left out (raise --mem)", left_out,
                      left_out == 1 ? "" : "s");
    return tl_gone_all(&s->gone) > 0 || left_out > 0;
}

/* --- in the caller's thread --- */

static void begin(struct tl_save_packets *s, const struct tl_packet_source *source)
{
    s->source = source;
    s->saved = 0;
    s->gone = (struct tl_gone){ 0 };
    s->first = tl_store_first(source->store);
    s->end = tl_store_count(source->store);
    s->count = s->end - s->first;
}

struct tl_save *tl_save_packets_all(struct tl_save_packets *s, const struct tl_packet_source *source)
{
    begin(s, source);
    return &s->save;
}

uint32_t *tl_save_packets_room(struct tl_save_packets *s, const struct tl_packet_source *source, uint64_t count)
{
    size_t size = (size_t)(count + 1) * sizeof *s->rows;
    begin(s, source);
    s->count = count;
    if (!tl_memory_take(source->memory, size))
        return NULL;
    s->charged = size;
    s->rows = malloc(size);
    if (s->rows == NULL)
        release(&s->save);
    return s->rows;
}

struct tl_save *tl_save_packets_some(struct tl_save_packets *s)
{
    return &s->save;
}

struct tl_save_packets *tl_save_packets_new(void)
{
    struct tl_save_packets *s = calloc(1, sizeof *s);
    if (s != NULL)
        s->save = (struct tl_save){ .write = write_file, .release = release, .put_result = put_result };
    return s;
}

void tl_save_packets_free(struct tl_save_packets *s)
{
    free(s);
}
