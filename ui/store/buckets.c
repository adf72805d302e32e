/* buckets.c - a bucket has its number: a reader that sees the number change reads a wider bucket. */
#include "ui/store/buckets.h"

#include <sys/mman.h>

enum { EACH_LEAST = 512 };

#define MS INT64_C(1000000)

const int64_t tl_bucket_widths[TL_BUCKET_WIDTHS] = { 1 * MS,     10 * MS,     100 * MS,     1000 * MS,    10000 * MS,
                                                     60000 * MS, 600000 * MS, 3600000 * MS, 86400000 * MS };
static const int64_t none = INT64_MIN; /* no time is so early that its bucket has this number */

static int64_t floor_div(int64_t n, int64_t by)
{
    return n / by - (n % by < 0);
}

bool tl_buckets_init(struct tl_buckets *buckets, size_t memory)
{
    *buckets = (struct tl_buckets){ .each = EACH_LEAST };
    while (buckets->each * 2 * TL_BUCKET_WIDTHS * sizeof *buckets->all <= memory)
        buckets->each *= 2;
    void *p = mmap(NULL, tl_buckets_memory(buckets), PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);
    buckets->all = p != MAP_FAILED ? p : NULL; /* memory is used as pages are written */
    return buckets->all != NULL;
}

void tl_buckets_fini(struct tl_buckets *buckets)
{
    if (buckets->all != NULL)
        munmap(buckets->all, tl_buckets_memory(buckets));
    buckets->all = NULL;
}

size_t tl_buckets_memory(const struct tl_buckets *buckets)
{
    return buckets->each * TL_BUCKET_WIDTHS * sizeof *buckets->all;
}

/* In an empty page every number is 0: bucket 0 with no packets in it, which is correct. */
static struct tl_bucket *bucket_at(const struct tl_buckets *buckets, unsigned width, int64_t number)
{
    return &buckets->all[width * buckets->each + ((uint64_t)number & (buckets->each - 1))];
}

static void add(_Atomic uint64_t *to, uint64_t n)
{
    atomic_store_explicit(to, atomic_load_explicit(to, memory_order_relaxed) + n, memory_order_relaxed);
}

static struct tl_bucket *turn_to(struct tl_buckets *buckets, unsigned width, int64_t ts)
{
    int64_t number = floor_div(ts, tl_bucket_widths[width]);
    struct tl_bucket *bucket = bucket_at(buckets, width, number);
    buckets->now[width] = bucket;
    buckets->begin[width] = tl_bucket_begin(number, tl_bucket_widths[width]);
    if (atomic_load_explicit(&bucket->number, memory_order_relaxed) == number)
        return bucket;
    atomic_store_explicit(&bucket->number, none, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    for (unsigned i = 0; i < TL_BUCKET_SERIES; i++) {
        atomic_store_explicit(&bucket->packets[i], 0, memory_order_relaxed);
        atomic_store_explicit(&bucket->bytes[i], 0, memory_order_relaxed);
    }
    atomic_store_explicit(&bucket->number, number, memory_order_release);
    return bucket;
}

void tl_buckets_count(struct tl_buckets *buckets, int64_t ts, unsigned protocol, uint64_t bytes)
{
    for (unsigned width = 0; width < TL_BUCKET_WIDTHS; width++) {
        struct tl_bucket *bucket = buckets->now[width];
        uint64_t since = (uint64_t)ts - (uint64_t)buckets->begin[width];
        if (bucket == NULL || since >= (uint64_t)tl_bucket_widths[width])
            bucket = turn_to(buckets, width, ts);
        add(&bucket->packets[protocol], 1);
        add(&bucket->bytes[protocol], bytes);
        add(&bucket->packets[TL_BUCKET_ALL], 1);
        add(&bucket->bytes[TL_BUCKET_ALL], bytes);
    }
}

/* false: the slot now has another bucket. */
static bool look(const struct tl_buckets *buckets, unsigned width, int64_t number, unsigned protocol,
                 struct tl_amount *amount)
{
    const struct tl_bucket *bucket = bucket_at(buckets, width, number);
    int64_t is = atomic_load_explicit(&bucket->number, memory_order_acquire);
    uint64_t packets = atomic_load_explicit(&bucket->packets[protocol], memory_order_relaxed);
    uint64_t bytes = atomic_load_explicit(&bucket->bytes[protocol], memory_order_relaxed);
    uint64_t any = atomic_load_explicit(&bucket->packets[TL_BUCKET_ALL], memory_order_relaxed);
    atomic_thread_fence(memory_order_acquire);
    if (atomic_load_explicit(&bucket->number, memory_order_relaxed) != is)
        return false;
    *amount = (struct tl_amount){ 0, 0 };
    if (is == number)
        *amount = (struct tl_amount){ (double)packets, (double)bytes };
    return is == number || (is == 0 && any == 0);
}

struct tl_amount tl_buckets_amount(const struct tl_buckets *buckets, int64_t width, int64_t number, unsigned protocol)
{
    struct tl_amount sum = { 0, 0 }, part;
    unsigned w = TL_BUCKET_WIDTHS - 1;
    while (w > 0 && (tl_bucket_widths[w] > width || width % tl_bucket_widths[w] != 0))
        w--;
    int64_t times = width / tl_bucket_widths[w];
    bool whole = true;
    for (int64_t i = 0; i < times && whole; i++) {
        whole = look(buckets, w, number * times + i, protocol, &part);
        sum.packets += whole ? part.packets : 0;
        sum.bytes += whole ? part.bytes : 0;
    }
    while (!whole && ++w < TL_BUCKET_WIDTHS) {
        double share = (double)width / (double)tl_bucket_widths[w];
        whole = look(buckets, w, floor_div(tl_bucket_begin(number, width), tl_bucket_widths[w]), protocol, &part);
        if (whole)
            sum = (struct tl_amount){ part.packets * share, part.bytes * share };
    }
    return whole ? sum : (struct tl_amount){ 0, 0 };
}
