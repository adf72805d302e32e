/* stage.c - packets read ahead from several taps, merged by time. */
#include "capture/stage.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define MS INT64_C(1000000)

enum {
    LOAD_PACKETS = 1024,
    LOAD_BYTES = 256 << 10,
    READ_MOST = 256,    /* packets while a tap is locked */
    AHEAD_MOST = 8,     /* full loads of a thread that were not merged: the kernel's buffer holds what comes after them */
    BUNDLE_LOADS = 128,
    WAIT_MS = 10,       /* for memory */
};

/* Packets of one tap. Its thread appends, the merging thread reads, and blocks refer to the bytes. */
struct tl_load {
    struct tl_load *spare;          /* in the list of free ones */
    _Atomic(struct tl_load *) next; /* set when this one is full: no packets follow in it */
    _Atomic uint32_t count;
    _Atomic uint32_t refs;          /* the stage, and blocks */
    size_t used;                    /* bytes */
    struct tl_packet packets[LOAD_PACKETS];
    uint8_t bytes[];                /* LOAD_BYTES and one packet more */
};

/* The backing of a block: what its packets are in. */
struct bundle {
    struct bundle *spare;
    uint64_t id;
    uint32_t count;
    size_t used; /* bytes of the block's packets */
    struct tl_load *loads[BUNDLE_LOADS];
};

struct stage {
    struct tl_stages *stages;
    struct tl_tap *tap;
    pthread_mutex_t lock;    /* of the tap */
    pthread_t thread;
    bool started;
    struct tl_load *filling; /* the newest load; whoever reads the tap */
    struct tl_load *load;    /* the oldest one, and the first packet in it that is not merged yet; the merging thread */
    uint32_t first;
    uint64_t held_by;        /* the bundle that has a reference to load; 0: none */
    _Atomic int64_t drained; /* time of day, ns, when the tap had no more packets */
    _Atomic uint32_t ahead;  /* loads from `load` on, before the one that is filled */
};

struct tl_stages {
    uint32_t count;
    bool threads;
    _Atomic bool quit;
    _Atomic bool sleeps; /* the merging thread waits for bell */
    int bell;            /* eventfd; -1: no threads */
    uint64_t bundle_id;  /* of the newest bundle */
    struct tl_sharding sharding; /* .shard NULL: the feed does it */
    pthread_mutex_t lock; /* protects the next two */
    struct tl_load *loads;
    struct bundle *bundles;
    pthread_cond_t merged; /* a load was merged, or quit is set; with lock */
    struct stage stage[];
};

static int64_t time_of_day(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Loads. */

static struct tl_load *load_get(struct tl_stages *stages)
{
    pthread_mutex_lock(&stages->lock);
    struct tl_load *load = stages->loads;
    if (load != NULL)
        stages->loads = load->spare;
    pthread_mutex_unlock(&stages->lock);
    if (load == NULL)
        load = malloc(sizeof *load + LOAD_BYTES + TL_LIVE_SNAPLEN);
    if (load == NULL)
        return NULL;
    atomic_init(&load->next, NULL);
    atomic_init(&load->count, 0);
    atomic_init(&load->refs, 1);
    load->used = 0;
    return load;
}

/* Call it with the lock held. */
static void load_drop(struct tl_stages *stages, struct tl_load *load)
{
    if (atomic_fetch_sub_explicit(&load->refs, 1, memory_order_acq_rel) != 1)
        return;
    load->spare = stages->loads;
    stages->loads = load;
}

/* Reading ahead. */

static bool is_full(const struct tl_load *load)
{
    return atomic_load_explicit(&load->count, memory_order_relaxed) == LOAD_PACKETS || load->used > LOAD_BYTES;
}

/* Returns the load to fill, or NULL without memory. */
static struct tl_load *load_to_fill(struct stage *stage)
{
    struct tl_load *load = stage->filling;
    if (TL_LIKELY(!is_full(load)))
        return load;
    struct tl_load *fresh = load_get(stage->stages);
    if (fresh == NULL)
        return NULL;
    atomic_fetch_add_explicit(&stage->ahead, 1, memory_order_relaxed);
    stage->filling = fresh;
    atomic_store_explicit(&load->next, fresh, memory_order_release);
    return fresh;
}

/* Returns how many packets it read from the tap. */
static uint32_t read_ahead(struct stage *stage)
{
    struct tl_load *load = load_to_fill(stage);
    if (load == NULL) {
        (void)poll(NULL, 0, WAIT_MS);
        return 0;
    }
    uint32_t count = atomic_load_explicit(&load->count, memory_order_relaxed), got = 0;
    struct tl_tray tray = { load->packets, count, load->bytes, load->used, LOAD_BYTES };
    uint32_t most = LOAD_PACKETS - count < READ_MOST ? LOAD_PACKETS - count : READ_MOST;
    pthread_mutex_lock(&stage->lock);
    int64_t now = time_of_day();
    if (stage->tap->pcap != NULL)
        got = tl_tap_read(stage->tap, &tray, most);
    pthread_mutex_unlock(&stage->lock);
    if (stage->stages->sharding.shard != NULL)
        stage->stages->sharding.shard(stage->stages->sharding.context, load->packets + count, tray.count - count,
                                      stage->stages->sharding.workers);
    load->used = tray.used;
    atomic_store_explicit(&load->count, tray.count, memory_order_release);
    if (got == 0)
        atomic_store_explicit(&stage->drained, now, memory_order_release);
    return got;
}

/* The thread of a tap. */

static void ring(struct tl_stages *stages)
{
    atomic_thread_fence(memory_order_seq_cst); /* with that in tl_stages_poll(): one of the two sees the other */
    if (atomic_load_explicit(&stages->sleeps, memory_order_relaxed) && atomic_exchange(&stages->sleeps, false))
        (void)!eventfd_write(stages->bell, 1);
}

static void wait_for_room(struct stage *stage)
{
    struct tl_stages *stages = stage->stages;
    if (TL_LIKELY(atomic_load_explicit(&stage->ahead, memory_order_relaxed) < AHEAD_MOST))
        return;
    pthread_mutex_lock(&stages->lock);
    while (atomic_load(&stage->ahead) >= AHEAD_MOST && !atomic_load(&stages->quit))
        pthread_cond_wait(&stages->merged, &stages->lock);
    pthread_mutex_unlock(&stages->lock);
}

static void wait_for_packets(struct stage *stage)
{
    pthread_mutex_lock(&stage->lock);
    const struct tl_tap *tap = stage->tap;
    struct pollfd polled = { .fd = tap->pcap == NULL || tap->gone_at != 0 ? -1 : tap->fd, .events = POLLIN };
    pthread_mutex_unlock(&stage->lock);
    (void)poll(&polled, 1, TL_TAP_TIMEOUT_MS); /* others wait for the time at which this tap had no more packets */
}

static void *stage_thread(void *context)
{
    struct stage *stage = context;
    while (!atomic_load_explicit(&stage->stages->quit, memory_order_relaxed)) {
        wait_for_room(stage);
        if (read_ahead(stage) > 0)
            ring(stage->stages);
        else
            wait_for_packets(stage);
    }
    return NULL;
}

enum tl_failure tl_stages_start(struct tl_stages *stages, struct tl_error *error)
{
    sigset_t all, before;
    int status = 0;
    if (!stages->threads || stages->stage[0].started)
        return TL_E_NONE;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are the main thread's */
    for (uint32_t i = 0; i < stages->count && status == 0; i++) {
        struct stage *stage = &stages->stage[i];
        status = pthread_create(&stage->thread, NULL, stage_thread, stage);
        stage->started = status == 0;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status == 0 ? TL_E_NONE
                       : tl_error_set(error, TL_E_RUNTIME, "cannot start a capture thread: %s", strerror(status));
}

bool tl_stages_shard(struct tl_stages *stages, const struct tl_sharding *sharding)
{
    if (stages->threads)
        stages->sharding = *sharding;
    return stages->threads;
}

void tl_stages_lock(struct tl_stages *stages, uint32_t tap)
{
    pthread_mutex_lock(&stages->stage[tap].lock);
}

void tl_stages_unlock(struct tl_stages *stages, uint32_t tap)
{
    pthread_mutex_unlock(&stages->stage[tap].lock);
}

/* Merging. */

/* The stage's first packet, without reading the tap; NULL: it has none. */
static const struct tl_packet *staged(struct stage *stage)
{
    struct tl_stages *stages = stage->stages;
    for (;;) {
        struct tl_load *load = stage->load, *next = atomic_load_explicit(&load->next, memory_order_acquire);
        if (stage->first < atomic_load_explicit(&load->count, memory_order_acquire))
            return &load->packets[stage->first];
        if (next == NULL)
            return NULL;
        stage->load = next;
        stage->first = 0;
        stage->held_by = 0;
        atomic_fetch_sub_explicit(&stage->ahead, 1, memory_order_relaxed);
        pthread_mutex_lock(&stages->lock);
        load_drop(stages, load);
        if (stages->threads)
            pthread_cond_broadcast(&stages->merged);
        pthread_mutex_unlock(&stages->lock);
    }
}

/* Packets of one stage that come before those of all others. */
struct turn {
    struct stage *stage; /* NULL: none, or a tap may still deliver an earlier one */
    int64_t until;       /* up to this time */
};

static struct turn next_turn(struct tl_stages *stages)
{
    struct turn turn = { NULL, INT64_MAX };
    int64_t best = INT64_MAX;
    for (uint32_t i = 0; i < stages->count; i++) {
        struct stage *stage = &stages->stage[i];
        if (!stages->threads && staged(stage) == NULL)
            (void)read_ahead(stage);
        /* Before the look at the stage: packets that come after both are later than that. */
        int64_t bound = atomic_load_explicit(&stage->drained, memory_order_acquire) - TL_TAP_BEHIND_MS * MS;
        const struct tl_packet *packet = staged(stage);
        if (packet != NULL && (turn.stage == NULL || packet->ts < best)) {
            bound = best; /* that of the stage that was the first so far */
            best = packet->ts;
            turn.stage = stage;
        } else if (packet != NULL) {
            bound = packet->ts;
        } else if (stage->tap->pcap == NULL) {
            continue;
        }
        if (bound < turn.until)
            turn.until = bound;
    }
    if (best > turn.until)
        turn.stage = NULL;
    return turn;
}

/* The block refers to the load of the stage. Returns false if it refers to too many. */
static bool hold(struct bundle *bundle, struct stage *stage)
{
    if (TL_LIKELY(stage->held_by == bundle->id))
        return true;
    if (bundle->count == BUNDLE_LOADS)
        return false;
    atomic_fetch_add_explicit(&stage->load->refs, 1, memory_order_relaxed);
    bundle->loads[bundle->count++] = stage->load;
    stage->held_by = bundle->id;
    return true;
}

bool tl_stages_begin(struct tl_stages *stages, struct tl_block *block)
{
    pthread_mutex_lock(&stages->lock);
    struct bundle *bundle = stages->bundles;
    if (bundle != NULL)
        stages->bundles = bundle->spare;
    pthread_mutex_unlock(&stages->lock);
    if (bundle == NULL && (bundle = malloc(sizeof *bundle)) == NULL)
        return false;
    bundle->id = ++stages->bundle_id;
    bundle->count = 0;
    bundle->used = 0;
    block->backing = bundle;
    return true;
}

void tl_stages_merge(struct tl_stages *stages, struct tl_block *block, uint32_t most, size_t full)
{
    struct bundle *bundle = block->backing;
    while (most > 0 && bundle->used <= full) {
        const struct turn turn = next_turn(stages);
        if (turn.stage == NULL)
            return;
        const struct tl_packet *packet = staged(turn.stage);
        for (; packet != NULL && packet->ts <= turn.until && most > 0 && bundle->used <= full; most--) {
            struct tl_filter *check = turn.stage->tap->check_merged;
            if (TL_UNLIKELY(check != NULL) && !tl_filter_passes(check, packet)) {
                turn.stage->first++;
                packet = staged(turn.stage);
                continue;
            }
            if (!hold(bundle, turn.stage))
                return;
            block->packets[block->count++] = *packet;
            bundle->used += packet->caplen;
            turn.stage->first++;
            packet = staged(turn.stage);
        }
    }
}

bool tl_stages_drained(const struct tl_stages *stages, int64_t since)
{
    for (uint32_t i = 0; i < stages->count; i++) {
        const struct stage *stage = &stages->stage[i];
        if (stage->tap->pcap != NULL && atomic_load_explicit(&stage->drained, memory_order_acquire) < since)
            return false;
    }
    return true;
}

void tl_stages_release(struct tl_stages *stages, struct tl_block *block)
{
    struct bundle *bundle = block->backing;
    pthread_mutex_lock(&stages->lock);
    for (uint32_t i = 0; i < bundle->count; i++)
        load_drop(stages, bundle->loads[i]);
    bundle->spare = stages->bundles;
    stages->bundles = bundle;
    pthread_mutex_unlock(&stages->lock);
}

/* Waiting. */

nfds_t tl_stages_poll(struct tl_stages *stages, struct pollfd *polled, int *ms)
{
    nfds_t count = 0;
    if (stages->threads) {
        atomic_store_explicit(&stages->sleeps, true, memory_order_relaxed);
        atomic_thread_fence(memory_order_seq_cst);
        polled[count++] = (struct pollfd){ .fd = stages->bell, .events = POLLIN };
    }
    for (uint32_t i = 0; i < stages->count; i++) {
        const struct tl_tap *tap = stages->stage[i].tap;
        if (staged(&stages->stage[i]) != NULL)
            *ms = *ms < TL_TAP_TIMEOUT_MS ? *ms : TL_TAP_TIMEOUT_MS;
        else if (!stages->threads && tap->pcap != NULL && tap->gone_at == 0)
            polled[count++] = (struct pollfd){ .fd = tap->fd, .events = POLLIN };
    }
    if (stages->threads && next_turn(stages).stage != NULL) /* arrived since the last merge */
        *ms = 0;
    return count;
}

void tl_stages_woken(struct tl_stages *stages)
{
    eventfd_t rings;
    atomic_store_explicit(&stages->sleeps, false, memory_order_relaxed);
    if (stages->threads)
        (void)!eventfd_read(stages->bell, &rings);
}

/* Life. */

struct tl_stages *tl_stages_new(struct tl_tap *taps, uint32_t count, bool threads)
{
    struct tl_stages *stages = calloc(1, sizeof *stages + count * sizeof(struct stage));
    if (stages == NULL)
        return NULL;
    stages->count = count;
    stages->threads = threads;
    stages->bell = threads ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1;
    bool whole = !threads || stages->bell >= 0;
    pthread_mutex_init(&stages->lock, NULL);
    pthread_cond_init(&stages->merged, NULL);
    for (uint32_t i = 0; i < count; i++) {
        struct stage *stage = &stages->stage[i];
        stage->stages = stages;
        stage->tap = &taps[i];
        pthread_mutex_init(&stage->lock, NULL);
        stage->load = stage->filling = load_get(stages);
        whole = whole && stage->load != NULL;
    }
    if (whole)
        return stages;
    tl_stages_free(stages);
    return NULL;
}

static void free_loads(struct stage *stage)
{
    struct tl_load *load = stage->load;
    while (load != NULL) {
        struct tl_load *next = atomic_load(&load->next);
        free(load);
        load = next;
    }
}

void tl_stages_free(struct tl_stages *stages)
{
    if (stages == NULL)
        return;
    pthread_mutex_lock(&stages->lock);
    atomic_store(&stages->quit, true);
    pthread_cond_broadcast(&stages->merged);
    pthread_mutex_unlock(&stages->lock);
    for (uint32_t i = 0; i < stages->count; i++) {
        struct stage *stage = &stages->stage[i];
        if (stage->started)
            pthread_join(stage->thread, NULL);
        free_loads(stage);
        pthread_mutex_destroy(&stage->lock);
    }
    for (struct tl_load *load = stages->loads, *next; load != NULL; load = next) {
        next = load->spare;
        free(load);
    }
    for (struct bundle *bundle = stages->bundles, *next; bundle != NULL; bundle = next) {
        next = bundle->spare;
        free(bundle);
    }
    if (stages->bell >= 0)
        close(stages->bell);
    pthread_cond_destroy(&stages->merged);
    pthread_mutex_destroy(&stages->lock);
    free(stages);
}
