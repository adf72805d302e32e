/* live.c - interfaces as a packet source: polls all, merges packets by time, copies packet bytes once. */
#include "capture/live.h"

#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "capture/filter.h"
#include "capture/slots.h"
#include "capture/stage.h"
#include "capture/statistics.h"
#include "capture/tap.h"

#define MS INT64_C(1000000)

enum {
    CHUNK_MOST = 1 << 20, /* bytes of packets in a block */
    CHUNK_LEAST = 128 << 10,
    BLOCKS_MOST = 48,
    BLOCKS_LEAST = 6,
    IDLE_MS = 100, /* interval of time updates without packets */
    WATCH_MS = 100,
    RETRY_MS = 300,
    STOP_MOST_MS = 5000,
    BUFFER_STEP = 4,         /* on drops, advise a buffer this many times larger */
    BUFFER_WORTH_MIB = 1024, /* larger buffers only slow down reading */
};

/* Holds the bytes of a block's packets. */
struct chunk {
    struct chunk *next; /* in the list of free chunks */
    size_t used;
    uint8_t bytes[];
};

struct live {
    struct tl_source source;
    struct tl_live_options options;
    struct tl_interfaces *interfaces;
    struct tl_filter *filter;       /* owned by the feed; NULL: none */
    struct tl_tap *taps;            /* those of an interface side by side */
    uint32_t tap_count, threads;    /* threads: taps of each interface */
    struct tl_stages *stages;       /* NULL for one tap */
    struct pollfd *polled;          /* array of tap_count + 1 */
    size_t chunk_bytes;
    int stop_event;
    int control; /* a socket for ioctl() on interfaces */
    bool stopping;
    int64_t stop_time;              /* time of day, ns */
    int64_t stop_at;                /* monotonic, ns */
    int64_t next_watch, next_retry; /* monotonic, ns */
    int64_t next_mark;
    int64_t end_at;                 /* monotonic, ns: options.duration is over; 0: not begun */
    bool drops_said;
    struct tl_error ended; /* why no more packets can arrive */
    _Atomic uint64_t received, dropped_kernel, dropped_interface;
    uint8_t (*statistics)[TL_STATISTICS_SIZE]; /* one block per interface, written at the end */
    pthread_mutex_t lock; /* protects: */
    struct chunk *spare;
};

static int64_t now_by(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void notice(const struct live *live, const char *text)
{
    if (live->options.notice != NULL && text[0] != '\0')
        live->options.notice(live->options.notice_context, text);
}

/* Chunks. */

static size_t chunk_size(size_t memory)
{
    size_t size = memory / BLOCKS_MOST;
    return size > CHUNK_MOST ? CHUNK_MOST : size < CHUNK_LEAST ? CHUNK_LEAST : size;
}

uint32_t tl_live_blocks(size_t memory)
{
    size_t blocks = memory / chunk_size(memory);
    return blocks > BLOCKS_MOST ? BLOCKS_MOST : blocks < BLOCKS_LEAST ? BLOCKS_LEAST : (uint32_t)blocks;
}

/* Takes the chunk freed last: its bytes may still be cached. */
static struct chunk *chunk_get(struct live *live)
{
    pthread_mutex_lock(&live->lock);
    struct chunk *chunk = live->spare;
    if (chunk != NULL)
        live->spare = chunk->next;
    pthread_mutex_unlock(&live->lock);
    if (chunk == NULL)
        chunk = malloc(sizeof(*chunk) + live->chunk_bytes + TL_LIVE_SNAPLEN);
    if (chunk != NULL)
        chunk->used = 0;
    return chunk;
}

static void live_release(struct tl_source *source, struct tl_block *block)
{
    struct live *live = (struct live *)source;
    struct chunk *chunk = block->backing;
    if (live->stages != NULL) {
        tl_stages_release(live->stages, block);
        return;
    }
    pthread_mutex_lock(&live->lock);
    chunk->next = live->spare;
    live->spare = chunk;
    pthread_mutex_unlock(&live->lock);
}

static enum tl_failure install(const struct live *live, struct tl_filter *filter, struct tl_tap *tap, struct tl_error *error)
{
    bool check = false;
    enum tl_failure failure = tl_filter_install(filter, tap->pcap, tap->netmask, &check, error);
    struct tl_filter *checks = failure == TL_E_NONE && check ? filter : NULL;
    tap->check = live->threads > 1 ? NULL : checks;
    tap->check_merged = live->threads > 1 ? checks : NULL;
    return failure;
}

/* The thread of a tap, if it has one, does not read it between these. */
static void lock_tap(struct live *live, uint32_t i)
{
    if (live->stages != NULL)
        tl_stages_lock(live->stages, i);
}

static void unlock_tap(struct live *live, uint32_t i)
{
    if (live->stages != NULL)
        tl_stages_unlock(live->stages, i);
}

/* Of the taps of an interface, the first one speaks for all. */
static bool is_first_tap(const struct live *live, uint32_t i)
{
    return i % live->threads == 0;
}

/* Interfaces that appear and disappear. */

/* An interface has a tap for each capture thread, one after another: returns the index of the first. */
static uint32_t first_tap(const struct live *live, uint32_t tap)
{
    return tap / live->threads * live->threads;
}

/* Opens a tap so that the kernel gives each packet of the interface to one of its taps. */
static enum tl_failure open_tap(struct live *live, struct tl_tap *tap, bool *absent, struct tl_error *error)
{
    uint32_t first = first_tap(live, (uint32_t)(tap - live->taps));
    struct tl_tap *open = NULL; /* another tap of the interface */
    for (uint32_t i = first; i < first + live->threads; i++) {
        if (live->taps[i].interface != UINT32_MAX)
            tap->interface = live->taps[i].interface;
        if (&live->taps[i] != tap && live->taps[i].pcap != NULL)
            open = &live->taps[i];
    }
    enum tl_failure failure = tl_tap_open(tap, live->interfaces, absent, error);
    return failure == TL_E_NONE && live->threads > 1 ? tl_tap_share(tap, open, error) : failure;
}

static enum tl_failure begin_tap(struct live *live, struct tl_tap *tap, bool *absent, struct tl_error *error)
{
    enum tl_failure failure = open_tap(live, tap, absent, error);
    if (failure == TL_E_NONE && live->filter != NULL)
        failure = install(live, live->filter, tap, error);
    if (failure != TL_E_NONE)
        tl_tap_close(tap);
    return failure;
}

static uint32_t open_taps(const struct live *live)
{
    uint32_t open = 0;
    for (uint32_t i = 0; i < live->tap_count; i++)
        open += live->taps[i].pcap != NULL;
    return open;
}

/* A tap of the interface that tap i is of is open. */
static bool is_open(const struct live *live, uint32_t i)
{
    uint32_t first = first_tap(live, i);
    for (uint32_t k = first; k < first + live->threads; k++)
        if (live->taps[k].pcap != NULL)
            return true;
    return false;
}

static void lose(struct live *live, struct tl_tap *tap)
{
    char text[192];
    tl_tap_close(tap);
    if (!live->options.wait && open_taps(live) == 0) {
        tl_error_set(&live->ended, TL_E_RUNTIME, "%s is gone: no interface is left (--wait waits for it)",
                     tap->name);
        return;
    }
    snprintf(text, sizeof(text), live->options.wait ? "%s is gone: waiting for it" : "%s is gone", tap->name);
    if (!is_open(live, (uint32_t)(tap - live->taps)))
        notice(live, text);
}

static void retry(struct live *live, struct tl_tap *tap)
{
    struct tl_error error = { .kind = TL_E_NONE };
    char text[sizeof(error.text) + 128];
    bool absent;
    if (strcmp(tap->name, "any") != 0 && if_nametoindex(tap->name) == 0)
        return;
    if (begin_tap(live, tap, &absent, &error) == TL_E_NONE)
        snprintf(text, sizeof(text), "%s is available: capturing on it", tap->name);
    else if (absent || tap->gone_at < 0) /* report it once */
        return;
    else
        snprintf(text, sizeof(text), "%s", error.text);
    if (tap->pcap == NULL)
        tap->gone_at = -1;
    if (tap->pcap == NULL || is_first_tap(live, (uint32_t)(tap - live->taps)))
        notice(live, text);
}

static void publish_counts(struct live *live)
{
    uint64_t received = 0, kernel = 0, interface = 0, most = 0; /* each tap has the drops of the whole interface */
    for (uint32_t i = 0; i < live->tap_count; i++) {
        lock_tap(live, i);
        tl_tap_count(&live->taps[i]);
        unlock_tap(live, i);
        received += live->taps[i].counts.received;
        kernel += live->taps[i].counts.dropped_kernel;
        if (is_first_tap(live, i))
            most = 0;
        uint64_t dropped = live->taps[i].counts.dropped_interface;
        interface += dropped > most ? dropped - most : 0;
        most = dropped > most ? dropped : most;
    }
    atomic_store_explicit(&live->received, received, memory_order_relaxed);
    atomic_store_explicit(&live->dropped_kernel, kernel, memory_order_relaxed);
    atomic_store_explicit(&live->dropped_interface, interface, memory_order_relaxed);
}

/* At the end: passes on the counters of each interface, for files that can store them. */
static void finish_counts(struct live *live, struct tl_block *block)
{
    int64_t now = now_by(CLOCK_REALTIME);
    publish_counts(live);
    for (uint32_t i = 0; i < live->options.count && block->extra_count < block->extra_capacity; i++) {
        const struct tl_tap *taps = &live->taps[i * live->threads];
        struct tl_source_stats counts = taps->counts;
        if (taps->interface == UINT32_MAX)
            continue;
        for (uint32_t k = 1; k < live->threads; k++) {
            counts.received += taps[k].counts.received;
            counts.dropped_kernel += taps[k].counts.dropped_kernel;
            if (taps[k].counts.dropped_interface > counts.dropped_interface)
                counts.dropped_interface = taps[k].counts.dropped_interface;
        }
        tl_statistics_put(live->statistics[i], taps->interface, (uint64_t)(taps->nanoseconds ? now : now / 1000),
                          &counts);
        block->extras[block->extra_count++] = (struct tl_extra){ .before = block->count,
                                                                 .type = TL_STATISTICS_BLOCK,
                                                                 .section = UINT32_MAX,
                                                                 .block = { live->statistics[i], TL_STATISTICS_SIZE } };
    }
}

/* Advises once. The buffer cannot be enlarged here: that needs a new socket, and the right to open one is dropped. */
static void advise(struct live *live)
{
    uint64_t dropped = atomic_load_explicit(&live->dropped_kernel, memory_order_relaxed);
    size_t mib = tl_slots_of(&live->options).buffer >> 20;
    size_t larger = mib * BUFFER_STEP;
    char text[192];
    if (dropped == 0 || live->drops_said)
        return;
    live->drops_said = true;
    int len = snprintf(text, sizeof(text), "the kernel dropped %llu packets so far, its buffer of %zu MiB was full: ",
                       (unsigned long long)dropped, mib);
    if (larger <= BUFFER_WORTH_MIB)
        snprintf(text + len, sizeof(text) - (size_t)len, "enlarge it with -B %zuM", larger);
    else
        snprintf(text + len, sizeof(text) - (size_t)len, "capture less with a filter");
    notice(live, text);
}

/* Ten times a second: reads the kernel's counters and checks the interfaces. */
static void look_after(struct live *live)
{
    int64_t now = now_by(CLOCK_MONOTONIC);
    if (now < live->next_watch)
        return;
    live->next_watch = now + WATCH_MS * MS;
    publish_counts(live);
    advise(live);
    for (uint32_t i = 0; i < live->tap_count; i++) {
        char line[192];
        lock_tap(live, i);
        tl_tap_watch(&live->taps[i], live->control, now, line, sizeof(line));
        unlock_tap(live, i);
        if (is_first_tap(live, i))
            notice(live, line);
    }
    if (!live->options.wait || live->stopping || now < live->next_retry)
        return;
    live->next_retry = now + RETRY_MS * MS;
    for (uint32_t i = 0; i < live->tap_count; i++) {
        lock_tap(live, i);
        if (live->taps[i].pcap == NULL)
            retry(live, &live->taps[i]);
        unlock_tap(live, i);
    }
}

/*
 * Closes interfaces that disappeared. They are read for a while longer, because the kernel's buffer still holds
 * packets.
 */
static void bury(struct live *live)
{
    int64_t now = now_by(CLOCK_MONOTONIC);
    for (uint32_t i = 0; i < live->tap_count; i++) {
        struct tl_tap *tap = &live->taps[i];
        lock_tap(live, i);
        if (tap->pcap != NULL && tap->gone_at != 0 && now - tap->gone_at > TL_TAP_BEHIND_MS * MS)
            lose(live, tap);
        unlock_tap(live, i);
    }
}

/* Reading. */

static struct tl_tray tray_of(const struct live *live, struct tl_block *block)
{
    struct chunk *chunk = block->backing;
    return (struct tl_tray){ block->packets, block->count, chunk->bytes, chunk->used, live->chunk_bytes };
}

static void read_one(struct live *live, struct tl_block *block, uint32_t most)
{
    struct tl_tap *tap = &live->taps[0];
    struct tl_tray tray = tray_of(live, block);
    while (tap->pcap != NULL && most > 0) {
        uint32_t got = tl_tap_read(tap, &tray, most);
        if (got == 0)
            break;
        most -= got;
    }
    block->count = tray.count;
    ((struct chunk *)block->backing)->used = tray.used;
}

/* Stops at the end of the duration, even if that is noticed later. */
static void check_duration(struct live *live)
{
    if (live->options.duration == 0 || live->stopping)
        return;
    int64_t now = now_by(CLOCK_MONOTONIC);
    if (live->end_at == 0)
        live->end_at = now + live->options.duration;
    if (now < live->end_at)
        return;
    live->stopping = true;
    live->stop_at = now;
    live->stop_time = now_by(CLOCK_REALTIME) - (now - live->end_at);
}

/* Waits for packets, for stop(), or for ms milliseconds. Does not poll interfaces whose packets wait to be merged. */
static void wait_for(struct live *live, int ms)
{
    struct tl_tap *tap = &live->taps[0];
    nfds_t count = 1;
    live->polled[0] = (struct pollfd){ .fd = live->stopping ? -1 : live->stop_event, .events = POLLIN };
    if (live->stages != NULL)
        count += tl_stages_poll(live->stages, live->polled + 1, &ms);
    else if (tap->pcap != NULL && tap->gone_at == 0)
        live->polled[count++] = (struct pollfd){ .fd = tap->fd, .events = POLLIN };
    int status = poll(live->polled, count, ms);
    if (live->stages != NULL)
        tl_stages_woken(live->stages);
    if (status < 0)
        return; /* EINTR: the caller checks again */
    if (!live->stopping && live->polled[0].revents != 0) {
        live->stopping = true;
        live->stop_time = now_by(CLOCK_REALTIME);
        live->stop_at = now_by(CLOCK_MONOTONIC);
    }
}

/* Returns true after stop(), once the blocks hold all packets that were on the wire before it. */
static bool has_ended(struct live *live, struct tl_block *block, uint32_t from)
{
    uint32_t count = block->count;
    while (live->stopping && count > from && block->packets[count - 1].ts > live->stop_time)
        count--;
    if (count != block->count) {
        block->count = count;
        return true;
    }
    int64_t since = live->stopping && count == from ? now_by(CLOCK_MONOTONIC) - live->stop_at : 0;
    if (since <= 2 * TL_TAP_BEHIND_MS * MS)
        return false;
    /* A thread that did not run holds up the others; one that does not come back at all does not. */
    return live->stages == NULL || since > STOP_MOST_MS * MS ||
           tl_stages_drained(live->stages, live->stop_time + TL_TAP_BEHIND_MS * MS);
}

/* Nothing arrived for a while: passes the time on, so that flows expire. */
static bool mark_time(struct live *live, struct tl_block *block, int64_t empty_since)
{
    int64_t now = now_by(CLOCK_MONOTONIC);
    if (now < live->next_mark)
        return false;
    live->next_mark = now + IDLE_MS * MS;
    block->timed = true;
    block->mark = empty_since - TL_TAP_BEHIND_MS * MS;
    return true;
}

static void read_some(struct live *live, struct tl_block *block, uint32_t most)
{
    if (live->stages == NULL)
        read_one(live, block, most);
    else
        tl_stages_merge(live->stages, block, most, live->chunk_bytes);
}

/* Returns how long to wait without packets, in ms. */
static int idle_ms(const struct live *live)
{
    int64_t left = live->end_at - now_by(CLOCK_MONOTONIC);
    return live->end_at == 0 || left > IDLE_MS * MS ? IDLE_MS : left < MS ? 1 : (int)(left / MS) + 1;
}

static bool begin_block(struct live *live, struct tl_block *block)
{
    if (live->stages != NULL)
        return tl_stages_begin(live->stages, block);
    block->backing = chunk_get(live);
    return block->backing != NULL;
}

static enum tl_failure live_next(struct tl_source *source, struct tl_block *block, uint32_t most, bool *end,
                                 struct tl_error *error)
{
    struct live *live = (struct live *)source;
    uint32_t from = block->count;
    if (block->backing == NULL && !begin_block(live, block)) {
        *end = true;
        return tl_error_set(error, TL_E_RUNTIME, "out of memory for captured packets");
    }
    if (live->stages != NULL && tl_stages_start(live->stages, error) != TL_E_NONE) {
        *end = true;
        return error->kind;
    }
    for (;;) {
        look_after(live);
        check_duration(live);
        int64_t before = now_by(CLOCK_REALTIME);
        read_some(live, block, most);
        *end = has_ended(live, block, from);
        if (block->count == from && !*end) {
            bury(live);
            *end = live->ended.kind != TL_E_NONE;
        }
        if (*end || block->count > 0 || mark_time(live, block, before))
            break;
        wait_for(live, live->stopping ? TL_TAP_TIMEOUT_MS : idle_ms(live));
    }
    if (block->count > 0)
        live->next_mark = now_by(CLOCK_MONOTONIC) + IDLE_MS * MS;
    if (!*end)
        return TL_E_NONE;
    finish_counts(live, block);
    return live->ended.kind == TL_E_NONE ? TL_E_NONE : tl_error_set(error, live->ended.kind, "%s", live->ended.text);
}

/* A new filter did not fit interface `end`: those before it get the old one again. */
static void take_back(struct live *live, uint32_t end)
{
    struct tl_error ignored = { .kind = TL_E_NONE };
    for (uint32_t i = 0; i < end; i++) {
        lock_tap(live, i);
        live->taps[i].check = live->taps[i].check_merged = NULL;
        if (live->filter != NULL && live->taps[i].pcap != NULL)
            (void)!install(live, live->filter, &live->taps[i], &ignored);
        unlock_tap(live, i);
    }
}

static enum tl_failure live_filter(struct tl_source *source, struct tl_filter *filter, struct tl_error *error)
{
    struct live *live = (struct live *)source;
    for (uint32_t i = 0; i < live->tap_count; i++) {
        lock_tap(live, i);
        enum tl_failure failure =
            live->taps[i].pcap != NULL ? install(live, filter, &live->taps[i], error) : TL_E_NONE;
        unlock_tap(live, i);
        if (failure != TL_E_NONE) {
            take_back(live, i);
            return failure;
        }
    }
    live->filter = filter;
    return TL_E_NONE;
}

static bool live_shards(struct tl_source *source, const struct tl_sharding *sharding)
{
    const struct live *live = (struct live *)source;
    return live->stages != NULL && tl_stages_shard(live->stages, sharding);
}

static void live_settle(struct tl_source *source, struct tl_block *block)
{
    finish_counts((struct live *)source, block);
}

static void live_stats(struct tl_source *source, struct tl_source_stats *stats)
{
    struct live *live = (struct live *)source;
    *stats = (struct tl_source_stats){
        .received = atomic_load_explicit(&live->received, memory_order_relaxed),
        .dropped_kernel = atomic_load_explicit(&live->dropped_kernel, memory_order_relaxed),
        .dropped_interface = atomic_load_explicit(&live->dropped_interface, memory_order_relaxed),
    };
}

static void live_stop(struct tl_source *source)
{
    int saved = errno;
    if (eventfd_write(((struct live *)source)->stop_event, 1) != 0)
        errno = saved; /* full: other stop requests are pending */
}

static void live_close(struct tl_source *source)
{
    struct live *live = (struct live *)source;
    tl_stages_free(live->stages);
    for (uint32_t i = 0; live->taps != NULL && i < live->tap_count; i++)
        tl_tap_close(&live->taps[i]);
    while (live->spare != NULL) {
        struct chunk *chunk = live->spare;
        live->spare = chunk->next;
        free(chunk);
    }
    if (live->stop_event >= 0)
        close(live->stop_event);
    if (live->control >= 0)
        close(live->control);
    pthread_mutex_destroy(&live->lock);
    free(live->statistics);
    free(live->taps);
    free(live->polled);
    free(live);
}

static const struct tl_source_ops ops = {
    .next = live_next,
    .release = live_release,
    .stats = live_stats,
    .filter = live_filter,
    .shards = live_shards,
    .settle = live_settle,
    .stop = live_stop,
    .close = live_close,
};

static struct live *live_new(const struct tl_live_options *options, struct tl_interfaces *interfaces)
{
    struct live *live = calloc(1, sizeof(*live));
    if (live == NULL || pthread_mutex_init(&live->lock, NULL) != 0) {
        free(live);
        return NULL;
    }
    live->source.ops = &ops;
    live->source.live = true;
    live->options = *options;
    live->interfaces = interfaces;
    live->chunk_bytes = chunk_size(options->memory);
    live->stop_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    live->control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    live->threads = options->threads > 1 ? options->threads : 1;
    live->tap_count = options->count * live->threads;
    live->taps = calloc(live->tap_count, sizeof(*live->taps));
    live->statistics = calloc(options->count, sizeof(*live->statistics));
    live->polled = calloc(live->tap_count + 1, sizeof(*live->polled));
    for (uint32_t i = 0; live->taps != NULL && i < live->tap_count; i++)
        tl_tap_init(&live->taps[i], options->names[i / live->threads], &live->options);
    if (live->taps != NULL && live->tap_count > 1)
        live->stages = tl_stages_new(live->taps, live->tap_count, live->threads > 1);
    if (live->stop_event < 0 || live->taps == NULL || live->statistics == NULL || live->polled == NULL ||
        (live->tap_count > 1 && live->stages == NULL)) {
        live_close(&live->source);
        return NULL;
    }
    return live;
}

struct tl_source *tl_live_open(const struct tl_live_options *options, struct tl_interfaces *interfaces,
                               struct tl_error *error)
{
    struct live *live = live_new(options, interfaces);
    if (live == NULL) {
        tl_error_set(error, TL_E_RUNTIME, "out of memory for captured packets");
        return NULL;
    }
    for (uint32_t i = 0; i < live->tap_count; i++) {
        struct tl_error why = { .kind = TL_E_NONE };
        char text[192];
        bool absent;
        enum tl_failure failure = begin_tap(live, &live->taps[i], &absent, &why);
        if (failure == TL_E_NONE)
            continue;
        if (!options->wait || !absent) {
            tl_error_set(error, failure, "%s", why.text);
            live_close(&live->source);
            return NULL;
        }
        snprintf(text, sizeof(text), "%s is missing or down: waiting for it", live->taps[i].name);
        if (is_first_tap(live, i))
            notice(live, text);
    }
    return &live->source;
}

enum tl_failure tl_live_linktypes(const char *name, struct tl_buffer *out, struct tl_error *error)
{
    const struct tl_live_options options = { .names = &name, .count = 1 };
    struct tl_interfaces *interfaces = tl_interfaces_new();
    struct tl_tap tap;
    bool absent;
    int *types = NULL, count = 0;
    tl_tap_init(&tap, name, &options);
    enum tl_failure failure = interfaces == NULL ? tl_error_set(error, TL_E_RUNTIME, "out of memory")
                                                 : tl_tap_open(&tap, interfaces, &absent, error);
    if (failure == TL_E_NONE && (count = pcap_list_datalinks(tap.pcap, &types)) < 0)
        failure =
            tl_error_set(error, TL_E_RUNTIME, "cannot list the link types of %s: %s", name, pcap_geterr(tap.pcap));
    for (int i = 0; i < count; i++) {
        const char *short_name = pcap_datalink_val_to_name(types[i]),
                   *title = pcap_datalink_val_to_description(types[i]);
        tl_put_format(out, "%s (%s)\n", short_name != NULL ? short_name : "?", title != NULL ? title : "?");
    }
    if (types != NULL)
        pcap_free_datalinks(types);
    tl_tap_close(&tap);
    tl_interfaces_free(interfaces);
    return failure;
}

enum tl_failure tl_live_program(const struct tl_live_options *options, const struct tl_filter *filter,
                                enum tl_program form, struct tl_buffer *out, struct tl_error *error)
{
    struct tl_interfaces *interfaces = tl_interfaces_new();
    struct tl_tap tap;
    bool absent;
    tl_tap_init(&tap, options->names[0], options);
    enum tl_failure failure = interfaces == NULL ? tl_error_set(error, TL_E_RUNTIME, "out of memory")
                                                 : tl_tap_open(&tap, interfaces, &absent, error);
    if (failure == TL_E_NONE)
        failure = tl_filter_print(filter, tap.linktype, tap.pcap, tap.netmask, form, out, error);
    tl_tap_close(&tap);
    tl_interfaces_free(interfaces);
    return failure;
}
