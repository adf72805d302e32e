/* tally.c - counts rows, some thousands between two checks whether to stop. */
#include "ui/store/tally.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/time.h"

enum { BATCH = 4096, GROUP = 64, FLOWS_KNOWN_LEAST = 1024, NICE = 5, LAG_SHOWN = 1 << 18 };

/* The two hosts of a recent flow. */
struct known_flow {
    uint32_t flow;
    uint32_t hosts[2]; /* as tl_row.side */
};

struct tl_tally {
    const struct tl_store *store;
    int wake;
    struct tl_talkers hosts;
    struct tl_buckets buckets;
    struct known_flow *flows; /* owned: flow n is at n modulo flows_known, */
    uint32_t flows_known;     /* a power of two */
    _Atomic uint64_t stack_packets[TL_STORE_STACKS], stack_bytes[TL_STORE_STACKS];
    _Atomic uint64_t counted, missed, packets, bytes, hostless;
    pthread_t thread;
    bool started;

    pthread_mutex_t lock; /* of the view and this thread, for all fields below */
    pthread_cond_t change;
    bool stop, tell;
};

static void add(_Atomic uint64_t *to, uint64_t n)
{
    atomic_store_explicit(to, atomic_load_explicit(to, memory_order_relaxed) + n, memory_order_relaxed);
}

static uint64_t get(const _Atomic uint64_t *from)
{
    return atomic_load_explicit(from, memory_order_relaxed);
}

static const struct known_flow *hosts_of(struct tl_tally *t, uint32_t flow)
{
    struct known_flow *known = &t->flows[flow & (t->flows_known - 1)];
    struct tl_flow_row row;
    if (known->flow == flow && tl_talkers_there(&t->hosts, known->hosts[0]) &&
        tl_talkers_there(&t->hosts, known->hosts[1]))
        return known;
    if (!tl_store_flow(t->store, flow, &row))
        return NULL;
    known->flow = flow;
    known->hosts[row.orig_side & 1] = tl_talkers_find(&t->hosts, row.id.version, row.id.orig_addr);
    known->hosts[(row.orig_side & 1) ^ 1] = tl_talkers_find(&t->hosts, row.id.version, row.id.resp_addr);
    return known;
}

static void count_hosts(struct tl_tally *t, const struct tl_row *row)
{
    const struct known_flow *known = row->flow != TL_STORE_NONE ? hosts_of(t, row->flow) : NULL;
    if (known == NULL) {
        add(&t->hostless, 1);
        return;
    }
    tl_talkers_count(&t->hosts, known->hosts[row->side & 1], true, row->len, row->ts);
    tl_talkers_count(&t->hosts, known->hosts[(row->side & 1) ^ 1], false, row->len, row->ts);
}

static void count_row(struct tl_tally *t, const struct tl_row *row)
{
    add(&t->packets, 1);
    add(&t->bytes, row->len);
    add(&t->stack_packets[row->stack], 1);
    add(&t->stack_bytes[row->stack], row->len);
    if (tl_time_fits(row->ts))
        tl_buckets_count(&t->buckets, row->ts, row->protocol, row->len);
    count_hosts(t, row);
}

/* Fetches what counting this row will read, as far as is known. */
static void expect(const struct tl_tally *t, uint32_t flow)
{
    const struct known_flow *known = &t->flows[flow & (t->flows_known - 1)];
    if (flow == TL_STORE_NONE)
        return;
    if (known->flow != flow) {
        tl_store_expect_flow(t->store, flow);
        return;
    }
    tl_cells_prefetch(&t->hosts.cells, known->hosts[0]);
    tl_cells_prefetch(&t->hosts.cells, known->hosts[1]);
}

/* Counts a group of rows: memory is slow, so what they need is fetched for all of them first, step by step. */
static void count_group(struct tl_tally *t, uint64_t first, uint64_t end)
{
    struct tl_row rows[GROUP];
    unsigned count = 0;
    for (uint64_t i = first; i < end; i++) {
        if (tl_store_row(t->store, i, &rows[count]))
            __builtin_prefetch(&t->flows[rows[count++].flow & (t->flows_known - 1)], 1);
        else
            add(&t->missed, 1);
    }
    for (unsigned i = 0; i < count; i++)
        expect(t, rows[i].flow);
    for (unsigned i = 0; i < count; i++)
        count_row(t, &rows[i]);
}

/* Counts the next rows, a batch at most. false: there are none. */
static bool count_some(struct tl_tally *t)
{
    uint64_t next = get(&t->counted), end = tl_store_count(t->store), first = tl_store_first(t->store);
    if (next < first) {
        add(&t->missed, first - next);
        next = first;
    }
    if (end > next + BATCH)
        end = next + BATCH;
    for (uint64_t i = next; i < end; i += GROUP)
        count_group(t, i, end - i > GROUP ? i + GROUP : end);
    bool some = get(&t->counted) < end;
    atomic_store_explicit(&t->counted, end, memory_order_release);
    return some;
}

static void *run(void *context)
{
    struct tl_tally *t = context;
    uint64_t one = 1;
    (void)setpriority(PRIO_PROCESS, 0, NICE); /* of this thread only, on Linux: the engine goes first */
    pthread_mutex_lock(&t->lock);
    while (!t->stop) {
        pthread_mutex_unlock(&t->lock);
        bool some = count_some(t);
        pthread_mutex_lock(&t->lock);
        if (some || t->stop || tl_store_count(t->store) != get(&t->counted))
            continue;
        if (t->tell && write(t->wake, &one, sizeof one) < 0) /* full: it is readable already */
            t->tell = false;
        t->tell = false;
        pthread_cond_wait(&t->change, &t->lock);
    }
    pthread_mutex_unlock(&t->lock);
    return NULL;
}

void tl_tally_poke(struct tl_tally *t, bool tell)
{
    if (tl_store_count(t->store) == get(&t->counted))
        return;
    pthread_mutex_lock(&t->lock);
    t->tell |= tell;
    pthread_cond_signal(&t->change);
    pthread_mutex_unlock(&t->lock);
}

struct tl_tally *tl_tally_new(const struct tl_store *store, size_t memory, int wake)
{
    struct tl_tally *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->store = store;
    t->wake = wake;
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->change, NULL);
    t->flows_known = FLOWS_KNOWN_LEAST;
    while (t->flows_known * 2 * sizeof *t->flows <= memory / 8)
        t->flows_known *= 2;
    t->flows = malloc(t->flows_known * sizeof *t->flows);
    bool fine = tl_talkers_init(&t->hosts, memory / 8 * 3) && tl_buckets_init(&t->buckets, memory / 2) &&
                t->flows != NULL;
    for (uint32_t i = 0; i < t->flows_known && fine; i++)
        t->flows[i].flow = TL_STORE_NONE;
    t->started = fine && pthread_create(&t->thread, NULL, run, t) == 0;
    if (t->started)
        return t;
    tl_tally_free(t);
    return NULL;
}

void tl_tally_free(struct tl_tally *t)
{
    if (t == NULL)
        return;
    if (t->started) {
        pthread_mutex_lock(&t->lock);
        t->stop = true;
        pthread_cond_signal(&t->change);
        pthread_mutex_unlock(&t->lock);
        pthread_join(t->thread, NULL);
    }
    pthread_cond_destroy(&t->change);
    pthread_mutex_destroy(&t->lock);
    tl_talkers_fini(&t->hosts);
    tl_buckets_fini(&t->buckets);
    free(t->flows);
    free(t);
}

struct tl_tally_sums tl_tally_sums(const struct tl_tally *t)
{
    return (struct tl_tally_sums){ .counted = atomic_load_explicit(&t->counted, memory_order_acquire),
                                   .missed = get(&t->missed),
                                   .packets = get(&t->packets),
                                   .bytes = get(&t->bytes),
                                   .hostless = get(&t->hostless) };
}

const char *tl_tally_lag(const struct tl_tally *t)
{
    return tl_store_count(t->store) - get(&t->counted) > LAG_SHOWN ? ", still counting" : "";
}

const struct tl_talkers *tl_tally_talkers(const struct tl_tally *t)
{
    return &t->hosts;
}

const struct tl_buckets *tl_tally_buckets(const struct tl_tally *t)
{
    return &t->buckets;
}

void tl_tally_stack(const struct tl_tally *t, unsigned stack, uint64_t *packets, uint64_t *bytes)
{
    *packets = get(&t->stack_packets[stack]);
    *bytes = get(&t->stack_bytes[stack]);
}

size_t tl_tally_memory(const struct tl_tally *t)
{
    uint32_t hosts = tl_cells_count(&t->hosts.cells), most = t->hosts.cells.capacity;
    return (hosts < most ? hosts : most) * t->hosts.cells.words_each * sizeof(uint64_t) +
           ((size_t)t->hosts.table_mask + 1) * sizeof *t->hosts.table + t->flows_known * sizeof *t->flows + sizeof *t;
}
