/*
 * buckets.h - packets and bytes over time, by protocol, in buckets of several widths; of each width the newest buckets
 * are kept. One thread counts, others read, without locks.
 */
#ifndef TL_UI_BUCKETS_H
#define TL_UI_BUCKETS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dissectors/registry.h"

enum { TL_BUCKET_WIDTHS = 9, TL_BUCKET_SERIES = TL_PROTOCOL_COUNT + 1, TL_BUCKET_ALL = TL_PROTOCOL_COUNT };

/* Widths in ns, the finest first; each is a multiple of the one before. */
extern const int64_t tl_bucket_widths[TL_BUCKET_WIDTHS];

struct tl_bucket {
    _Atomic int64_t number; /* its begin divided by its width */
    _Atomic uint64_t packets[TL_BUCKET_SERIES], bytes[TL_BUCKET_SERIES];
};

struct tl_buckets {
    struct tl_bucket *all; /* owned: `each` buckets a width; bucket n is at n modulo each */
    size_t each;           /* a power of two */
    struct tl_bucket *now[TL_BUCKET_WIDTHS]; /* writer only: the bucket of the last packet */
    int64_t begin[TL_BUCKET_WIDTHS];         /* of that bucket, as a time */
};

struct tl_amount {
    double packets, bytes;
};

/* The begin of a bucket, ns; wraps around for extreme times. */
static inline int64_t tl_bucket_begin(int64_t number, int64_t width)
{
    return (int64_t)((uint64_t)number * (uint64_t)width);
}

/* Allocates as many buckets as fit in memory, at least 512 a width. false without memory. */
bool tl_buckets_init(struct tl_buckets *buckets, size_t memory);
void tl_buckets_fini(struct tl_buckets *buckets);
/* Writer only: counts a packet. */
void tl_buckets_count(struct tl_buckets *buckets, int64_t ts, unsigned protocol, uint64_t bytes);
/*
 * The amount in [width * number, width * (number + 1)) of a protocol, or of TL_BUCKET_ALL; width is a multiple of 1 ms.
 * If buckets that fine are no longer kept, the share of a wider one.
 */
struct tl_amount tl_buckets_amount(const struct tl_buckets *buckets, int64_t width, int64_t number, unsigned protocol);
size_t tl_buckets_memory(const struct tl_buckets *buckets);

#endif
