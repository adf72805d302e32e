/*
 * queued_sink.c - a sink that never blocks its caller: one buffer is filled while a thread writes the other to the
 * inner sink.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "export/sinks.h"

enum { PATIENCE_S = 1 }; /* seconds at the end before a message says that lines still wait */

struct queued {
    struct tl_sink sink;
    struct tl_sink *inner; /* owned; written only by the thread, once it runs */
    size_t most;           /* bytes of each buffer */
    void (*notice)(void *context, const char *text);
    void *context;

    pthread_t thread;
    bool started;          /* with the first line: the program may drop privileges after opening the sink */
    pthread_mutex_t lock;  /* held only to copy lines and to swap buffers; protects: */
    pthread_cond_t change;
    struct tl_buffer filling, writing;
    bool busy, ticked, reopened, closing;
    uint64_t lost, told;   /* lines without room, and how many of them were reported */
    struct tl_error error; /* of the inner sink; after an error nothing is written until it is reopened */
};

static struct queued *of(const struct tl_sink *sink)
{
    return (struct queued *)(uintptr_t)sink;
}

/* --- in the workers --- */

static void want(const struct tl_sink *sink, const struct tl_protocols *protocols, uint64_t *const wanted[])
{
    of(sink)->inner->want(of(sink)->inner, protocols, wanted);
}

static void record(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_record_def *def,
                   const struct tl_record *r, const struct tl_flow_id *id, unsigned decimals)
{
    of(sink)->inner->record(of(sink)->inner, out, def, r, id, decimals);
}

static void packet(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_packet *p,
                   const struct tl_interface *interface, const struct tl_tree *tree)
{
    of(sink)->inner->packet(of(sink)->inner, out, p, interface, tree);
}

/* --- in the queue's thread --- */

static bool has_work(const struct queued *q)
{
    return q->filling.len > 0 || q->ticked || q->reopened;
}

/* Call it without the lock. */
static void say(const struct queued *q, const char *text)
{
    if (q->notice != NULL)
        q->notice(q->context, text);
}

/* One round. The lock is released while the inner sink may block. */
static void work(struct queued *q)
{
    struct tl_error error = q->error, why = { .kind = TL_E_NONE };
    struct tl_sink *inner = q->inner;
    struct tl_buffer taken = q->filling;
    bool tick = q->ticked, reopen = q->reopened;
    q->filling = q->writing;
    q->filling.len = 0;
    q->filling.failed = false;
    q->writing = taken;
    q->busy = true;
    q->ticked = q->reopened = false;
    pthread_mutex_unlock(&q->lock);
    if (reopen && inner->reopen != NULL) {
        error.kind = TL_E_NONE; /* retry */
        if (inner->reopen(inner, &why) != TL_E_NONE)
            say(q, why.text);
    }
    if (error.kind == TL_E_NONE && taken.len > 0)
        (void)inner->write(inner, taken.data, taken.len, &error);
    if (error.kind == TL_E_NONE && tick && inner->tick != NULL)
        (void)inner->tick(inner, &error);
    pthread_mutex_lock(&q->lock);
    q->busy = false;
    q->error = error;
}

static void *run(void *context)
{
    struct queued *q = context;
    pthread_mutex_lock(&q->lock);
    while (!q->closing || has_work(q)) {
        if (has_work(q))
            work(q);
        else
            pthread_cond_wait(&q->change, &q->lock);
    }
    pthread_mutex_unlock(&q->lock);
    return NULL;
}

/* --- in the writer --- */

static uint64_t count_lines(const uint8_t *data, size_t len)
{
    uint64_t count = 0;
    for (const uint8_t *end = data + len; (data = memchr(data, '\n', (size_t)(end - data))) != NULL; data++)
        count++;
    return count;
}

static enum tl_failure failure_of(const struct tl_error *reason, struct tl_error *error)
{
    return reason->kind == TL_E_NONE ? TL_E_NONE : tl_error_set(error, reason->kind, "%s", reason->text);
}

static enum tl_failure put(struct tl_sink *sink, const uint8_t *data, size_t len, struct tl_error *error)
{
    struct queued *q = of(sink);
    if (!q->started && !(q->started = pthread_create(&q->thread, NULL, run, q) == 0))
        return tl_error_set(error, TL_E_RUNTIME, "cannot start the thread that writes records");
    pthread_mutex_lock(&q->lock);
    struct tl_error reason = q->error;
    size_t before = q->filling.len;
    bool room = before == 0 || before + len <= q->most, first = false;
    if (room)
        tl_put(&q->filling, data, len);
    if (!room || q->filling.failed) {
        q->filling.len = before; /* out of memory: drop all of data */
        q->filling.failed = false;
        first = q->lost == q->told;
        q->lost += count_lines(data, len);
    }
    pthread_cond_signal(&q->change);
    pthread_mutex_unlock(&q->lock);
    if (first)
        say(q, "records are left out, their reader is too slow: the number is shown at the end");
    return failure_of(&reason, error);
}

static enum tl_failure ask(struct tl_sink *sink, bool tick, struct tl_error *error)
{
    struct queued *q = of(sink);
    char text[128];
    pthread_mutex_lock(&q->lock);
    struct tl_error reason = q->error;
    uint64_t lost = q->lost - q->told;
    bool over = lost > 0 && !q->busy && q->filling.len == 0;
    if (over)
        q->told = q->lost;
    q->ticked |= tick;
    q->reopened |= !tick;
    pthread_cond_signal(&q->change);
    pthread_mutex_unlock(&q->lock);
    snprintf(text, sizeof text, "all records are written again: %" PRIu64 " were left out", lost);
    if (over)
        say(q, text);
    return tick ? failure_of(&reason, error) : TL_E_NONE; /* retry after a reopen */
}

static enum tl_failure tick(struct tl_sink *sink, struct tl_error *error)
{
    return ask(sink, true, error);
}

static enum tl_failure reopen(struct tl_sink *sink, struct tl_error *error)
{
    return ask(sink, false, error);
}

static bool is_gone(const struct tl_sink *sink)
{
    const struct tl_sink *inner = of(sink)->inner;
    return inner->gone != NULL && inner->gone(inner);
}

/* Writes all queued lines. Prints a message if that takes long. */
static void finish(struct queued *q)
{
    struct timespec until;
    pthread_mutex_lock(&q->lock);
    q->closing = true;
    pthread_cond_signal(&q->change);
    pthread_mutex_unlock(&q->lock);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_S;
    if (pthread_timedjoin_np(q->thread, NULL, &until) != 0) {
        say(q, "the last records are still being written: interrupt to discard them");
        pthread_join(q->thread, NULL);
    }
    q->started = false;
}

static enum tl_failure close_sink(struct tl_sink *sink, struct tl_error *error)
{
    struct queued *q = of(sink);
    char text[128];
    if (q->started)
        finish(q);
    enum tl_failure failure = failure_of(&q->error, error), closed = q->inner->close(q->inner, error);
    snprintf(text, sizeof text, "%" PRIu64 " records were left out, their reader was too slow", q->lost);
    if (q->lost > 0)
        say(q, text);
    return failure != TL_E_NONE ? failure : closed;
}

static void free_sink(struct tl_sink *sink)
{
    struct queued *q = of(sink);
    if (q->started)
        finish(q);
    q->inner->free(q->inner);
    tl_buffer_fini(&q->filling);
    tl_buffer_fini(&q->writing);
    pthread_cond_destroy(&q->change);
    pthread_mutex_destroy(&q->lock);
    free(q);
}

struct tl_sink *tl_queued_sink(struct tl_sink *inner, size_t memory,
                               void (*notice)(void *context, const char *text), void *context)
{
    struct queued *q = inner != NULL ? calloc(1, sizeof *q) : NULL;
    if (q == NULL) {
        if (inner != NULL)
            inner->free(inner);
        return NULL;
    }
    q->inner = inner;
    q->most = memory / 2;
    q->notice = notice;
    q->context = context;
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->change, NULL);
    q->sink = (struct tl_sink){ .want = inner->want != NULL ? want : NULL,
                                .record = inner->record != NULL ? record : NULL,
                                .packet = inner->packet != NULL ? packet : NULL,
                                .write = put,
                                .gone = is_gone,
                                .tick = tick,
                                .reopen = reopen,
                                .close = close_sink,
                                .free = free_sink };
    return &q->sink;
}
