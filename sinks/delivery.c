/*
 * delivery.c - a sink that sends records to a server.
 *
 * The writer appends lines to a frame in memory. Without an outbox one thread sends full or old frames. With an outbox
 * one thread moves them into it at once, and another one sends what is in it. The writer never waits in a capture.
 */
#include "sinks/delivery.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "export/sinks.h"
#include "sinks/outbox.h"
#include "sinks/target.h"

#define MS        INT64_C(1000000)
#define SECOND    INT64_C(1000000000)
#define BATCH     ((size_t)8 << 20) /* bytes sent at once */
#define AGE       (1 * SECOND)      /* records wait so long for others */
#define BOX_AGE   (50 * MS)         /* until they are in the outbox: what kill -9 loses */
#define PAUSE_MIN (100 * MS)        /* after a failure; doubled up to */
#define PAUSE_MAX (15 * SECOND)
#define PAUSE_END (SECOND / 2)      /* at the end of the run */

enum { MARKS = 128 };

/* Records up to `count` were there at this time. */
struct mark {
    uint64_t count;
    int64_t at;
};

/* When records came, in steps that double when there is no room: how old the oldest one is. With the lock. */
struct marks {
    struct mark items[MARKS];
    unsigned used;
    uint64_t count; /* all records so far */
    int64_t step;
};

/* Frames in memory, the oldest first. */
struct waiting {
    struct waiting *next;
    struct tl_record_frame frame;
};

struct delivery {
    struct tl_sink sink;
    struct tl_delivery_options options; /* the strings in it are not used after opening */
    struct tl_url url;
    struct tl_sink *records;  /* owned: formats */
    struct tl_receiver *target; /* owned; used by the sender */
    struct tl_outbox *box;    /* owned; NULL: none */
    char sensor[TL_SENSOR_MOST + 1], run[TL_RUN_MOST + 1];
    uint64_t next;            /* number of the next record; of the writer */
    size_t batch;
    pthread_t sender, mover;
    bool started;

    pthread_mutex_t lock;     /* protects: */
    pthread_cond_t change;    /* monotonic */
    struct waiting *first, **last, *filling; /* owned */
    size_t queued;            /* bytes of all, also of the one that is sent */
    int64_t since;            /* of the first line in `filling` */
    int64_t boxed;            /* time of the oldest record in the outbox that nobody waited for; 0: none */
    bool closing, given_up, moved_all;
    bool bad;                 /* the server does not take records */
    int64_t good;             /* time of the last answer, or of the start of the end */
    uint64_t lost, lost_said, refused, sent;
    uint64_t held;            /* records in memory, also those that are being sent */
    uint64_t batches, batches_failed;
    struct marks marks;       /* of records in the outbox, or in memory if there is none */
    bool refused_said, box_said, full_said;
    atomic_bool stop;         /* the sender gives up what it waits for */
};

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * SECOND + t.tv_nsec;
}

static struct delivery *of(const struct tl_sink *sink)
{
    return (struct delivery *)(uintptr_t)sink;
}

static void say(const struct delivery *d, const char *format, ...) TL_PRINTF(2, 3);

static void say(const struct delivery *d, const char *format, ...)
{
    char text[TL_URL_TEXT + 512];
    va_list list;
    int n = snprintf(text, sizeof text, "%s: ", d->url.shown);
    va_start(list, format);
    vsnprintf(text + n, sizeof text - (size_t)n, format, list);
    va_end(list);
    if (d->options.notice != NULL)
        d->options.notice(d->options.notice_context, text);
}

/* Records came. A mark says when those after its count came. */
static void mark(struct delivery *d, uint64_t count)
{
    struct marks *m = &d->marks;
    int64_t at = now();
    if (m->used == MARKS) {
        m->used /= 2;
        for (unsigned i = 0; i < m->used; i++)
            m->items[i] = m->items[2 * i];
        m->step *= 2;
    }
    if (m->used == 0 || at - m->items[m->used - 1].at >= m->step)
        m->items[m->used++] = (struct mark){ m->count, at };
    m->count += count;
}

/*
 * Returns when the oldest record that waits came, or a little before; 0: none waits. Marks of older records are removed,
 * so it is called whenever records are gone: steps stay short.
 */
static int64_t waits_since(struct delivery *d)
{
    struct marks *m = &d->marks;
    uint64_t waiting = d->box != NULL ? tl_outbox_count(d->box).records : d->held;
    uint64_t oldest = m->count > waiting ? m->count - waiting : 0;
    unsigned gone = waiting == 0 ? m->used : 0;
    while (gone + 1 < m->used && m->items[gone + 1].count <= oldest)
        gone++;
    m->used -= gone;
    memmove(m->items, m->items + gone, m->used * sizeof *m->items);
    if (m->used < MARKS / 2)
        m->step = AGE / 10;
    return m->used > 0 ? m->items[0].at : 0;
}

static void wait_until(struct delivery *d, int64_t when)
{
    struct timespec t = { .tv_sec = when / SECOND, .tv_nsec = when % SECOND };
    pthread_cond_timedwait(&d->change, &d->lock, &t);
}

/* --- frames in memory; with the lock --- */

static void close_filling(struct delivery *d)
{
    if (d->filling == NULL)
        return;
    if (d->filling->frame.count == 0) { /* there was no memory for its first line */
        tl_buffer_fini(&d->filling->frame.lines);
        free(d->filling);
        d->filling = NULL;
        return;
    }
    *d->last = d->filling;
    d->last = &d->filling->next;
    d->filling = NULL;
    pthread_cond_broadcast(&d->change);
}

static struct waiting *take(struct delivery *d)
{
    struct waiting *w = d->first;
    if (w == NULL)
        return NULL;
    d->first = w->next;
    if (d->first == NULL)
        d->last = &d->first;
    return w;
}

static void drop(struct delivery *d, struct waiting *w)
{
    d->queued -= w->frame.lines.len;
    d->held -= w->frame.count;
    (void)waits_since(d);
    tl_buffer_fini(&w->frame.lines);
    free(w);
    pthread_cond_broadcast(&d->change);
}

/* Waits for a frame that is full or `age` old. Returns NULL at the end, and after `until` if that is not 0. */
static struct waiting *wait_for_frame(struct delivery *d, int64_t age, int64_t until)
{
    for (;;) {
        if (d->first == NULL && d->filling != NULL && (d->closing || now() >= d->since + age))
            close_filling(d);
        if (d->first != NULL)
            return take(d);
        if (d->closing || (until != 0 && now() >= until))
            return NULL;
        int64_t when = d->filling != NULL ? d->since + age : now() + SECOND;
        wait_until(d, until != 0 && until < when ? until : when);
    }
}

/* --- the sender --- */

/* Signals are for the main thread, not for this one nor for those that libraries start from it. */
static void block_signals(void)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
}

/* Whether two reasons say the same, whatever their numbers. */
static bool is_same(const char *a, const char *b)
{
    static const char digits[] = "0123456789";
    for (;; a++, b++) {
        a += strspn(a, digits);
        b += strspn(b, digits);
        if (*a != *b)
            return false;
        if (*a == '\0')
            return true;
    }
}

/* Waits after a failure. Returns whether all was given up. */
static bool wait_pause(struct delivery *d, int64_t pause)
{
    int64_t begun = now();
    pthread_mutex_lock(&d->lock);
    while (!d->given_up) {
        int64_t until = begun + (d->closing && pause > PAUSE_END ? PAUSE_END : pause);
        if (now() >= until)
            break;
        wait_until(d, until);
    }
    bool over = d->given_up;
    pthread_mutex_unlock(&d->lock);
    return over;
}

/* Sends a frame until the server has it. Returns false if it was given up. Call it without the lock. */
static bool send_frame(struct delivery *d, const struct tl_record_frame *frame)
{
    char why[TL_REASON] = "", said[TL_REASON] = "";
    int64_t pause = PAUSE_MIN, failed_at = 0;
    for (;;) {
        bool sent = d->target->send(d->target, frame, why);
        pthread_mutex_lock(&d->lock);
        d->batches += sent;
        d->batches_failed += !sent;
        if (sent) {
            d->good = now();
            d->sent += frame->count;
            bool was_bad = d->bad;
            d->bad = false;
            pthread_mutex_unlock(&d->lock);
            if (was_bad)
                say(d, "takes records again after %" PRId64 " s", (now() - failed_at) / SECOND);
            return true;
        }
        bool first = !d->bad || (said[0] != '\0' && !is_same(why, said));
        failed_at = failed_at == 0 ? now() : failed_at;
        d->bad = true;
        bool over = d->given_up;
        pthread_mutex_unlock(&d->lock);
        if (first && !over)
            say(d, "does not take records: %s: retrying", why);
        memcpy(said, why, sizeof said);
        if (wait_pause(d, pause))
            return false;
        pause = 2 * pause < PAUSE_MAX ? 2 * pause : PAUSE_MAX;
    }
}

static void *send_queue(void *context)
{
    struct delivery *d = context;
    block_signals();
    pthread_mutex_lock(&d->lock);
    for (struct waiting *w; (w = wait_for_frame(d, AGE, 0)) != NULL;) {
        bool sent = false;
        if (!d->given_up) {
            pthread_mutex_unlock(&d->lock);
            sent = send_frame(d, &w->frame);
            pthread_mutex_lock(&d->lock);
        }
        if (!sent)
            d->lost += w->frame.count;
        drop(d, w);
    }
    d->moved_all = true;
    pthread_cond_broadcast(&d->change);
    pthread_mutex_unlock(&d->lock);
    return NULL;
}

/* Waits until the outbox has a batch, or a record that is old enough. Returns false at the end. With the lock. */
static bool wait_for_box(struct delivery *d)
{
    while (!d->given_up) {
        const struct tl_outbox_counts counts = tl_outbox_count(d->box);
        if (counts.records > 0 && (counts.bytes >= d->batch || d->moved_all || now() >= d->boxed + AGE))
            return true;
        if (counts.records == 0 && d->moved_all)
            return false;
        wait_until(d, counts.records > 0 ? d->boxed + AGE : now() + SECOND);
    }
    return false;
}

static void *send_box(void *context)
{
    struct delivery *d = context;
    struct tl_record_frame frame = { .count = 0 };
    block_signals();
    pthread_mutex_lock(&d->lock);
    while (wait_for_box(d)) {
        pthread_mutex_unlock(&d->lock);
        bool read = tl_outbox_next(d->box, &frame, d->batch);
        if (read && send_frame(d, &frame))
            tl_outbox_acknowledge(d->box);
        else if (read)
            tl_outbox_keep(d->box);
        else if (tl_outbox_count(d->box).records > 0)
            wait_pause(d, PAUSE_END); /* no memory, or no descriptors */
        pthread_mutex_lock(&d->lock);
        d->bad |= !read && tl_outbox_count(d->box).records > 0;
        d->boxed = now();
        (void)waits_since(d);
        pthread_cond_broadcast(&d->change);
    }
    pthread_mutex_unlock(&d->lock);
    tl_buffer_fini(&frame.lines);
    return NULL;
}

/* --- into the outbox --- */

static bool is_interrupted(const struct delivery *d)
{
    return d->options.stopping != NULL && d->options.stopping(d->options.stopping_context);
}

/* Puts a frame into the outbox. A file is read no faster than that, unless the user chose what goes. */
static void put_into_box(struct delivery *d, const struct tl_record_frame *frame)
{
    struct tl_error error = { .kind = TL_E_NONE };
    enum tl_stored stored = tl_outbox_append(d->box, frame, &error);
    bool waits = !d->options.live && !d->options.spool_oldest && !d->options.spool_newest;
    while (stored == TL_STORED_FULL && waits && !is_interrupted(d)) {
        pthread_mutex_lock(&d->lock);
        bool over = d->given_up;
        wait_until(d, now() + 50 * MS);
        pthread_mutex_unlock(&d->lock);
        if (over)
            break;
        stored = tl_outbox_append(d->box, frame, &error);
    }
    uint64_t dropped = tl_outbox_count(d->box).dropped;
    pthread_mutex_lock(&d->lock);
    bool failed = stored == TL_STORED_FAILED && !d->box_said;
    bool full = (stored == TL_STORED_FULL || dropped > 0) && !d->full_said;
    d->box_said |= failed;
    d->full_said |= full;
    d->lost += stored != TL_STORED ? frame->count : 0;
    if (stored == TL_STORED)
        mark(d, frame->count);
    pthread_mutex_unlock(&d->lock);
    if (failed)
        say(d, "records are lost, %s: the number is shown at the end", error.text);
    if (full)
        say(d, "the outbox is full, its %s records are lost: the number is shown at the end",
            dropped > 0 ? "oldest" : "newest");
}

static void *move(void *context)
{
    struct delivery *d = context;
    int64_t synced = now();
    bool dirty = false;
    pthread_mutex_lock(&d->lock);
    for (;;) {
        struct waiting *w = wait_for_frame(d, BOX_AGE, dirty ? synced + SECOND : 0);
        if (w == NULL && d->closing)
            break;
        pthread_mutex_unlock(&d->lock);
        if (w != NULL)
            put_into_box(d, &w->frame);
        dirty = true;
        if (now() - synced >= SECOND) {
            tl_outbox_sync(d->box);
            synced = now();
            dirty = false;
        }
        pthread_mutex_lock(&d->lock);
        if (w != NULL) {
            d->boxed = d->boxed == 0 ? now() : d->boxed;
            drop(d, w);
        }
    }
    d->moved_all = true;
    pthread_cond_broadcast(&d->change);
    pthread_mutex_unlock(&d->lock);
    tl_outbox_sync(d->box);
    return NULL;
}

/* --- in the writer --- */

static void put_record(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_record_def *def,
                       const struct tl_record *record, const struct tl_flow_id *id, unsigned decimals)
{
    of(sink)->records->record(of(sink)->records, out, def, record, id, decimals);
}

/* The threads start with the first call after all is opened: root may be given up before. */
static enum tl_failure start(struct delivery *d, struct tl_error *error)
{
    if (d->started)
        return TL_E_NONE;
    d->good = now();
    if (pthread_create(&d->sender, NULL, d->box != NULL ? send_box : send_queue, d) != 0)
        return tl_error_set(error, TL_E_RUNTIME, "cannot start the thread that sends records");
    if (d->box != NULL && pthread_create(&d->mover, NULL, move, d) != 0) {
        pthread_mutex_lock(&d->lock);
        d->given_up = d->moved_all = true;
        pthread_cond_broadcast(&d->change);
        pthread_mutex_unlock(&d->lock);
        pthread_join(d->sender, NULL);
        return tl_error_set(error, TL_E_RUNTIME, "cannot start the thread of the outbox");
    }
    d->started = true;
    return TL_E_NONE;
}

static uint64_t count_lines(const uint8_t *data, size_t len)
{
    uint64_t count = 0;
    for (const uint8_t *end = data + len; (data = memchr(data, '\n', (size_t)(end - data))) != NULL; data++)
        count++;
    return count;
}

static bool has_room(const struct delivery *d, size_t len)
{
    return d->queued == 0 || d->queued + len <= d->options.memory;
}

/* Appends lines to the frame that is filled. Returns false without memory. */
static bool fill(struct delivery *d, const uint8_t *data, size_t len, uint64_t count)
{
    if (d->filling == NULL) {
        d->filling = calloc(1, sizeof *d->filling);
        if (d->filling == NULL)
            return false;
        memcpy(d->filling->frame.sensor, d->sensor, sizeof d->sensor);
        memcpy(d->filling->frame.run, d->run, sizeof d->run);
        d->filling->frame.first = d->next;
        d->since = now();
        pthread_cond_broadcast(&d->change);
    }
    struct tl_buffer *lines = &d->filling->frame.lines;
    size_t before = lines->len;
    tl_put(lines, data, len);
    if (lines->failed) {
        lines->len = before;
        lines->failed = false;
        return false;
    }
    d->filling->frame.count += count;
    d->held += count;
    if (d->box == NULL)
        mark(d, count);
    d->queued += len;
    if (lines->len >= d->batch)
        close_filling(d);
    return true;
}

static void put_lines(struct delivery *d, const uint8_t *data, size_t len)
{
    uint64_t count = count_lines(data, len);
    pthread_mutex_lock(&d->lock);
    int64_t interrupted = 0; /* since when: a capture file is read to its end, or the server has its patience */
    while (!d->options.live && !has_room(d, len) && (interrupted == 0 || now() < interrupted + d->options.patience)) {
        wait_until(d, now() + 100 * MS);
        interrupted = interrupted == 0 && is_interrupted(d) ? now() : interrupted;
    }
    bool room = has_room(d, len) && fill(d, data, len, count), first = !room && d->lost == d->lost_said;
    if (!room) {
        close_filling(d); /* numbers in a frame have no gap */
        d->lost += count;
    }
    pthread_mutex_unlock(&d->lock);
    d->next += count;
    if (first)
        say(d, "records are lost, it is too slow: the number is shown at the end%s",
            d->box == NULL ? "; --spool DIR keeps them on disk" : "");
}

static enum tl_failure put(struct tl_sink *sink, const uint8_t *data, size_t len, struct tl_error *error)
{
    struct delivery *d = of(sink);
    enum tl_failure failure = start(d, error);
    while (failure == TL_E_NONE && len > 0) {
        size_t n = len < d->batch ? len : d->batch; /* whole lines */
        const uint8_t *newline = n < len ? memrchr(data, '\n', n) : data + len - 1;
        if (newline == NULL)
            newline = memchr(data, '\n', len);
        n = newline != NULL ? (size_t)(newline - data) + 1 : len;
        put_lines(d, data, n);
        data += n;
        len -= n;
    }
    return failure;
}

static enum tl_failure tick(struct tl_sink *sink, struct tl_error *error)
{
    return start(of(sink), error); /* for what an earlier run left */
}

void tl_delivery_counts(const struct tl_sink *sink, struct tl_delivery_counts *counts)
{
    struct delivery *d = of(sink);
    const struct tl_outbox_counts box = d->box != NULL ? tl_outbox_count(d->box) : (struct tl_outbox_counts){ 0 };
    pthread_mutex_lock(&d->lock);
    *counts = (struct tl_delivery_counts){
        .url = d->url.shown,
        .sent = d->sent,
        .waiting = d->held + box.records,
        .lost = d->lost + box.dropped,
        .refused = d->refused,
        .batches = d->batches,
        .batches_failed = d->batches_failed,
        .outbox_bytes = box.bytes,
        .has_outbox = d->box != NULL,
        .works = !d->bad,
    };
    int64_t since = waits_since(d);
    if (since == 0 && d->held > 0) /* on the way to the outbox */
        since = d->since;
    if (since != 0)
        counts->lag = now() - since;
    pthread_mutex_unlock(&d->lock);
}

/* Waits for the threads. The server has `patience` after its last answer. */
static void finish(struct delivery *d)
{
    pthread_mutex_lock(&d->lock);
    d->closing = true;
    int64_t begun = now();
    bool told = false, ended_so = is_interrupted(d); /* a capture ends with an interrupt */
    pthread_cond_broadcast(&d->change);
    for (;;) {
        bool waits = d->box != NULL ? !d->moved_all || tl_outbox_count(d->box).records > 0 : !d->moved_all;
        int64_t good = d->good > begun ? d->good : begun;
        if (!waits)
            break;
        if ((is_interrupted(d) && !ended_so) || (d->bad && now() - good >= d->options.patience) ||
            now() - good >= d->options.patience + 60 * SECOND) {
            d->given_up = true;
            atomic_store(&d->stop, true);
            pthread_cond_broadcast(&d->change);
            break;
        }
        if (!told && now() - begun > 2 * SECOND) {
            told = true;
            pthread_mutex_unlock(&d->lock);
            say(d, "the last records are being sent: interrupt to %s",
                d->box != NULL ? "leave them in the outbox" : "give them up");
            pthread_mutex_lock(&d->lock);
            continue;
        }
        wait_until(d, now() + 50 * MS);
    }
    pthread_mutex_unlock(&d->lock);
    pthread_join(d->sender, NULL);
    if (d->box != NULL)
        pthread_join(d->mover, NULL);
    d->started = false;
}

static enum tl_failure close_sink(struct tl_sink *sink, struct tl_error *error)
{
    struct delivery *d = of(sink);
    enum tl_failure failure = TL_E_NONE;
    if (!d->started && d->box != NULL && tl_outbox_count(d->box).records > 0)
        failure = start(d, error);
    if (d->started)
        finish(d);
    const struct tl_outbox_counts counts = d->box != NULL ? tl_outbox_count(d->box) : (struct tl_outbox_counts){ 0 };
    uint64_t lost = d->lost + counts.dropped;
    if (d->refused > 0)
        say(d, "%" PRIu64 " records were refused by the server and set aside%s", d->refused,
            d->box != NULL ? ": refused.json in the outbox has them" : "");
    if (counts.damaged > 0)
        say(d, "%" PRIu64 " pieces of the outbox were damaged and left out", counts.damaged);
    if (counts.records > 0)
        say(d, "%" PRIu64 " records wait in the outbox: the next run with the same --to and --spool sends them",
            counts.records);
    if (lost > 0)
        failure = tl_error_set(error, TL_E_RUNTIME, "%s: %" PRIu64 " records were lost%s", d->url.shown, lost,
                               d->box == NULL ? ": --spool DIR keeps them on disk" : "");
    return failure;
}

static void free_sink(struct tl_sink *sink)
{
    struct delivery *d = of(sink);
    if (d->started)
        finish(d);
    for (struct waiting *w; (close_filling(d), w = take(d)) != NULL;)
        drop(d, w);
    if (d->target != NULL)
        d->target->free(d->target);
    if (d->records != NULL)
        d->records->free(d->records);
    tl_outbox_close(d->box);
    pthread_cond_destroy(&d->change);
    pthread_mutex_destroy(&d->lock);
    free(d);
}

/* --- opening --- */

static void set_aside(void *context, const uint8_t *line, size_t len, const char *why)
{
    struct delivery *d = context;
    struct tl_error error = { .kind = TL_E_NONE };
    bool kept = d->box == NULL || tl_outbox_set_aside(d->box, line, len, &error);
    pthread_mutex_lock(&d->lock);
    bool first = kept && !d->refused_said, failed = !kept && !d->box_said;
    d->refused_said |= first;
    d->box_said |= failed;
    d->refused += kept;
    d->lost += !kept;
    d->good = now();
    pthread_mutex_unlock(&d->lock);
    if (failed)
        say(d, "a record was refused (%s) and is lost, %s: the number is shown at the end", why, error.text);
    if (first)
        say(d, "a record was refused and set aside: %s: the number is shown at the end", why);
}

static void progress(void *context)
{
    struct delivery *d = context;
    pthread_mutex_lock(&d->lock);
    d->good = now();
    pthread_mutex_unlock(&d->lock);
}

static void notice(void *context, const char *text)
{
    say(context, "%s", text);
}

static bool is_name(const char *name, size_t most)
{
    size_t len = strlen(name);
    return len > 0 && len <= most &&
           len == strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");
}

/* The outbox of a URL is a folder of its own in DIR: SCHEME-HOST-CHECKSUM. */
static enum tl_failure open_box(struct delivery *d, struct tl_error *error)
{
    const struct tl_delivery_options *o = &d->options;
    char path[4096];
    uint32_t sum = (uint32_t)crc32_z(0, (const uint8_t *)o->url, strlen(o->url));
    char host[64];
    snprintf(host, sizeof host, "%.60s", d->url.host[0] != '\0' ? d->url.host : "local");
    for (char *p = host; *p != '\0'; p++)
        *p = is_name((char[]){ *p, '\0' }, 1) ? *p : '_';
    if (mkdir(o->spool, 0700) == 0 && o->owner_changes)
        (void)!lchown(o->spool, o->owner, o->group);
    if ((size_t)snprintf(path, sizeof path, "%s/%s-%s-%08x", o->spool, d->url.scheme, host, sum) >= sizeof path)
        return tl_error_set(error, TL_E_USAGE, "--spool: the name of the folder is too long");
    d->box = tl_outbox_open(path, o->spool_size, o->spool_oldest || (o->live && !o->spool_newest), error);
    if (d->box != NULL && o->owner_changes)
        tl_outbox_give(d->box, o->owner, o->group);
    return d->box != NULL ? TL_E_NONE : error->kind;
}

static enum tl_failure open_all(struct delivery *d, struct tl_error *error)
{
    struct tl_delivery_options *o = &d->options;
    struct tl_target_options target = { .url = &d->url, .defs = o->defs, .def_count = o->def_count, .stop = &d->stop,
                                        .set_aside = set_aside, .progress = progress, .notice = notice, .context = d };
    if (!is_name(o->sensor, TL_SENSOR_MOST) || !is_name(o->run, TL_RUN_MOST))
        return tl_error_set(error, TL_E_USAGE,
                            "--sensor: give a name of at most %d letters, digits, dots, dashes and underscores",
                            TL_SENSOR_MOST);
    snprintf(d->sensor, sizeof d->sensor, "%s", o->sensor);
    snprintf(d->run, sizeof d->run, "%s", o->run);
    if (tl_url_parse(&d->url, o->url, error) != TL_E_NONE)
        return error->kind;
    const struct tl_scheme *scheme = tl_scheme_of(&d->url, error);
    if (scheme == NULL || tl_credentials_read(&target.credentials, &d->url, error) != TL_E_NONE)
        return error->kind;
    d->records = tl_records_sink(NULL, o->separator != NULL ? o->separator : scheme->separator);
    if (d->records == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    d->target = scheme->open(&target, scheme, error);
    explicit_bzero(&target.credentials, sizeof target.credentials);
    if (d->target == NULL)
        return error->kind;
    if (o->spool != NULL && open_box(d, error) != TL_E_NONE)
        return error->kind;
    d->marks.step = AGE / 10;
    if (d->box != NULL && tl_outbox_count(d->box).records > 0)
        mark(d, tl_outbox_count(d->box).records); /* of an earlier run */
    return TL_E_NONE;
}

struct tl_sink *tl_delivery_sink(const struct tl_delivery_options *options, struct tl_error *error)
{
    struct delivery *d = calloc(1, sizeof *d);
    pthread_condattr_t monotonic;
    if (d == NULL) {
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
        return NULL;
    }
    pthread_mutex_init(&d->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&d->change, &monotonic);
    pthread_condattr_destroy(&monotonic);
    d->last = &d->first;
    d->options = *options;
    d->batch = options->memory / 4 < BATCH ? options->memory / 4 : BATCH;
    if (options->spool != NULL && options->spool_size / 16 < d->batch) /* several fit into a segment */
        d->batch = (size_t)(options->spool_size / 16);
    d->sink = (struct tl_sink){ .record = put_record, .write = put, .tick = tick, .close = close_sink,
                                .free = free_sink };
    if (open_all(d, error) != TL_E_NONE) {
        free_sink(&d->sink);
        return NULL;
    }
    return &d->sink;
}
