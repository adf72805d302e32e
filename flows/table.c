/*
 * table.c - the flow table: linear hashing, with overflow buckets for the few buckets that fill before they are split.
 */
#include "flows/table.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <stdlib.h>
#include <sys/mman.h>

enum {
    WIDTH = 8,          /* flows per bucket */
    FIRST_BUCKETS = 64, /* a power of two */
    LOAD_PERCENT = 65,
    SPLIT_RESERVE = 64, /* overflow buckets reserved for a split */
    OVERFLOW_SHARE = 6, /* one overflow bucket per six others */
    HUGE_FROM = 1 << 15, /* buckets: memory after the first 2 MiB uses huge pages */
};

/*
 * 28 bits of each flow's hash are stored, starting at the first bit that can choose a bucket. So a bucket is split
 * without reading its flows, which are scattered in memory. The upper 16 bits are the tag that a search compares.
 */
enum { KEPT_FROM = 6, KEPT_BITS = 28, TAG_FROM = KEPT_FROM + 12 };
_Static_assert(FIRST_BUCKETS == 1 << KEPT_FROM, "the first split looks at the first bit that is kept");

struct bucket {
    uint16_t tag[WIDTH];
    uint32_t handle[WIDTH];  /* 0: free */
    uint32_t overflow;       /* index + 1 in the overflow buckets */
    uint8_t low[WIDTH];      /* stored bits below the tag: the lowest eight */
    uint8_t middle[WIDTH / 2]; /* the other four bits, two flows per byte */
};

/* One entry of a bucket. */
struct entry {
    uint32_t handle;
    uint32_t kept; /* stored bits of the hash */
};

struct tl_table {
    struct bucket *buckets; /* owned mapping of `most` */
    struct bucket *overflow; /* owned mapping of `overflow_most` */
    uint32_t most, overflow_most;
    uint32_t overflow_used, overflow_free; /* free: a list through .overflow, index + 1 */
    uint32_t overflow_left; /* buckets in that list and those that were never used */
    uint64_t mask;          /* buckets at the start of this round, minus one */
    uint64_t split;         /* the next bucket to split */
    uint64_t count;
    uint64_t seed;
    struct tl_slab *slab;
    uint8_t *base;          /* of the slab */
};

static void *reserve(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

struct tl_table *tl_table_new(size_t limit, struct tl_slab *slab, uint64_t seed)
{
    struct tl_table *table = calloc(1, sizeof *table);
    if (table == NULL)
        return NULL;
    size_t total = limit / sizeof(struct bucket);
    if (total < FIRST_BUCKETS * 2)
        total = FIRST_BUCKETS * 2;
    if (total > UINT32_MAX / 2)
        total = UINT32_MAX / 2;
    table->overflow_most = (uint32_t)(total / OVERFLOW_SHARE);
    table->overflow_left = table->overflow_most;
    table->most = (uint32_t)total - table->overflow_most;
    table->mask = FIRST_BUCKETS - 1;
    table->seed = seed;
    table->slab = slab;
    table->base = tl_slab_base(slab);
    table->buckets = reserve((size_t)table->most * sizeof(struct bucket));
    table->overflow = reserve((size_t)table->overflow_most * sizeof(struct bucket));
    if (table->buckets == NULL || table->overflow == NULL) {
        tl_table_free(table);
        return NULL;
    }
    return table;
}

void tl_table_free(struct tl_table *table)
{
    if (table == NULL)
        return;
    if (table->buckets != NULL)
        munmap(table->buckets, (size_t)table->most * sizeof(struct bucket));
    if (table->overflow != NULL)
        munmap(table->overflow, (size_t)table->overflow_most * sizeof(struct bucket));
    free(table);
}

uint64_t tl_pair_hash(const uint8_t *src, const uint8_t *dst, bool v6, uint64_t seed)
{
    unsigned n = v6 ? 16 : 4;
    uint8_t text[32];
    bool swap = memcmp(src, dst, n) > 0;
    memcpy(text, swap ? dst : src, n);
    memcpy(text + n, swap ? src : dst, n);
    uint64_t hash = XXH3_64bits_withSeed(text, (size_t)n * 2, seed);
    return hash | 1; /* 0 means no pair */
}

uint64_t tl_flow_hash(const struct tl_flow_key *key, uint64_t seed)
{
    if (TL_LIKELY(!key->v6 && key->outer == 0))
        return tl_ipv4_hash(tl_load_be32(key->src), key->src_port, tl_load_be32(key->dst), key->dst_port, key->ip_proto,
                            key->one_way, seed);
    unsigned n = key->v6 ? 16 : 4;
    uint8_t text[48];
    int order = memcmp(key->src, key->dst, n);
    bool swap = !key->one_way && (order > 0 || (order == 0 && key->src_port > key->dst_port));
    memcpy(text, swap ? key->dst : key->src, n);
    memcpy(text + n, swap ? key->src : key->dst, n);
    uint8_t *p = text + n * 2;
    uint16_t ports[2] = { swap ? key->dst_port : key->src_port, swap ? key->src_port : key->dst_port };
    memcpy(p, ports, 4);
    p[4] = key->ip_proto;
    p[5] = p[6] = p[7] = 0;
    memcpy(p + 8, &key->outer, 8);
    return XXH3_64bits_withSeed(text, key->outer ? (size_t)n * 2 + 16 : (size_t)n * 2 + 8, seed);
}

static struct tl_flow *flow_at(const struct tl_table *table, uint32_t handle)
{
    return tl_slab_at(table->base, handle);
}

uint64_t tl_table_hash(const struct tl_table *table, const struct tl_flow *f)
{
    unsigned n = tl_flow_addr_len(f);
    struct tl_flow_key key = { f->addr, f->addr + n, f->port[0], f->port[1], f->ip_proto, n == 16,
                               (f->flags & TL_FLOW_ONE_WAY) != 0, tl_flow_outer(f) };
    return tl_flow_hash(&key, table->seed);
}

static uint64_t bucket_of(const struct tl_table *table, uint64_t hash)
{
    uint64_t i = hash & table->mask;
    return i < table->split ? hash & (table->mask * 2 + 1) : i;
}

static uint16_t tag_of(uint64_t hash)
{
    return (uint16_t)(hash >> TAG_FROM);
}

static struct entry entry_of(uint32_t handle, uint64_t hash)
{
    return (struct entry){ handle, (uint32_t)(hash >> KEPT_FROM) & ((UINT32_C(1) << KEPT_BITS) - 1) };
}

static struct entry get(const struct bucket *b, unsigned i)
{
    uint32_t middle = b->middle[i / 2] >> (i % 2 * 4) & 15;
    return (struct entry){ b->handle[i], (uint32_t)b->tag[i] << 12 | middle << 8 | b->low[i] };
}

static void set(struct bucket *b, unsigned i, struct entry entry)
{
    unsigned shift = i % 2 * 4;
    b->handle[i] = entry.handle;
    b->tag[i] = (uint16_t)(entry.kept >> 12);
    b->low[i] = (uint8_t)entry.kept;
    b->middle[i / 2] = (uint8_t)((b->middle[i / 2] & ~(15U << shift)) | (entry.kept >> 8 & 15) << shift);
}

void tl_table_prefetch(const struct tl_table *table, uint64_t hash)
{
    __builtin_prefetch(&table->buckets[bucket_of(table, hash)]);
}

/* What must be equal in one word, in the order of a flow's bytes: the IP protocol and three of the flags. */
static uint16_t kind_of(uint8_t ip_proto, unsigned flags)
{
    return (uint16_t)(ip_proto | (flags & (TL_FLOW_V6 | TL_FLOW_ONE_WAY | TL_FLOW_INSIDE)) << 8);
}

static uint16_t kind_of_key(const struct tl_flow_key *key)
{
    uint16_t kind = kind_of(key->ip_proto, (key->v6 ? TL_FLOW_V6 : 0u) | (key->one_way ? TL_FLOW_ONE_WAY : 0u));
    if (TL_UNLIKELY(key->outer != 0))
        kind |= kind_of(0, TL_FLOW_INSIDE);
    return kind;
}

/* The IPv4 addresses, or the ports, in the order of the packet and the other way round. */
struct both_ways {
    uint64_t addr[2];
    uint32_t port[2];
};

static inline struct both_ways both_ways(const struct tl_flow_key *key)
{
    uint32_t src, dst;
    memcpy(&src, key->src, 4);
    memcpy(&dst, key->dst, 4);
    return (struct both_ways){ { src | (uint64_t)dst << 32, dst | (uint64_t)src << 32 },
                               { key->src_port | (uint32_t)key->dst_port << 16,
                                 key->dst_port | (uint32_t)key->src_port << 16 } };
}

static inline bool matches_ipv4(const struct tl_flow *f, const struct both_ways *ways, bool one_way, bool *reversed)
{
    uint32_t ends[2], port = f->port[0] | (uint32_t)f->port[1] << 16;
    memcpy(ends, f->addr, sizeof ends);
    uint64_t addr = ends[0] | (uint64_t)ends[1] << 32;
    *reversed = addr != ways->addr[0] || port != ways->port[0];
    return !*reversed || (!one_way && addr == ways->addr[1] && port == ways->port[1]);
}

/* Returns whether an IPv6 flow has this key. *reversed: the key is in the opposite direction. */
static bool matches_ipv6(const struct tl_flow *f, const struct tl_flow_key *key, bool *reversed)
{
    const unsigned n = 16;
    const uint8_t *a = f->addr, *b = f->addr + n;
    *reversed = f->port[0] != key->src_port || f->port[1] != key->dst_port || memcmp(a, key->src, n) != 0 ||
                memcmp(b, key->dst, n) != 0;
    return !*reversed || (!key->one_way && f->port[1] == key->src_port && f->port[0] == key->dst_port &&
                          memcmp(b, key->src, n) == 0 && memcmp(a, key->dst, n) == 0);
}

typedef int16_t tags __attribute__((vector_size(16)));
typedef int8_t narrow __attribute__((vector_size(8)));

/* Returns the entries of b that have this tag: eight bits each, all set or none, from the lowest. */
static inline uint64_t slots_with(const struct bucket *b, uint16_t tag)
{
    int16_t t = (int16_t)tag;
    tags all, wanted = { t, t, t, t, t, t, t, t };
    memcpy(&all, b->tag, sizeof all);
    narrow equal = __builtin_convertvector(all == wanted, narrow);
    uint64_t slots;
    memcpy(&slots, &equal, sizeof slots);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    slots = __builtin_bswap64(slots);
#endif
    return slots;
}

/* The first entry of what slots_with() returned, if that is not 0. */
static inline unsigned first_slot(uint64_t slots)
{
    return (unsigned)__builtin_ctzll(slots) / 8;
}

void tl_table_prefetch_flow(const struct tl_table *table, uint64_t hash)
{
    const struct bucket *b = &table->buckets[bucket_of(table, hash)];
    uint64_t slots = slots_with(b, tag_of(hash));
    if (slots == 0)
        return;
    const uint8_t *flow = (const uint8_t *)flow_at(table, b->handle[first_slot(slots)]);
    __builtin_prefetch(flow);
    __builtin_prefetch(flow + 64);
}

struct tl_flow *tl_table_find(const struct tl_table *table, const struct tl_flow_key *key, uint64_t hash,
                              bool *reversed)
{
    const struct bucket *b = &table->buckets[bucket_of(table, hash)];
    const struct both_ways ways = both_ways(key);
    uint16_t tag = tag_of(hash), kind = kind_of_key(key);
    for (;;) {
        for (uint64_t slots = slots_with(b, tag); slots != 0; slots &= ~(UINT64_C(0xff) << first_slot(slots) * 8)) {
            uint32_t handle = b->handle[first_slot(slots)];
            struct tl_flow *f = flow_at(table, handle);
            if (handle == 0 || kind_of(f->ip_proto, f->flags) != kind)
                continue;
            if (TL_UNLIKELY(key->outer != 0) && tl_flow_outer(f) != key->outer)
                continue;
            if (TL_LIKELY(!key->v6 ? matches_ipv4(f, &ways, key->one_way, reversed) : matches_ipv6(f, key, reversed)))
                return f;
        }
        if (TL_LIKELY(b->overflow == 0))
            return NULL;
        b = &table->overflow[b->overflow - 1];
    }
}

static uint32_t overflow_get(struct tl_table *table)
{
    uint32_t i = table->overflow_free;
    if (i != 0)
        table->overflow_free = table->overflow[i - 1].overflow;
    else if (table->overflow_used < table->overflow_most)
        i = ++table->overflow_used;
    else
        return 0;
    table->overflow_left--;
    memset(&table->overflow[i - 1], 0, sizeof(struct bucket));
    return i;
}

static bool put(struct tl_table *table, struct bucket *b, struct entry entry)
{
    for (;;) {
        for (unsigned i = 0; i < WIDTH; i++) {
            if (b->handle[i] == 0) {
                set(b, i, entry);
                return true;
            }
        }
        if (b->overflow == 0 && (b->overflow = overflow_get(table)) == 0)
            return false;
        b = &table->overflow[b->overflow - 1];
    }
}

/* Frees a list of empty overflow buckets. */
static void overflow_put(struct tl_table *table, uint32_t chain)
{
    while (chain != 0) {
        struct bucket *b = &table->overflow[chain - 1];
        uint32_t next = b->overflow;
        b->overflow = table->overflow_free;
        table->overflow_free = chain;
        table->overflow_left++;
        chain = next;
    }
}

/*
 * Splits the next bucket: each of its flows stays or moves to the new twin bucket. The entries fit in the buckets that
 * held them (as many entries in at least as many buckets), but the second list may need an overflow bucket. If none is
 * free, nothing is split.
 */
static void split(struct tl_table *table)
{
    uint64_t twin_index = table->split + table->mask + 1;
    unsigned decides = (unsigned)__builtin_ctzll(table->mask + 1) - KEPT_FROM; /* of the stored bits */
    if (twin_index >= table->most)
        return;
    struct bucket *b = &table->buckets[table->split], *twin = &table->buckets[twin_index], old = *b;
    uint32_t chain = old.overflow;
    if (chain != 0 && table->overflow_left < SPLIT_RESERVE)
        return;
    table->split++;
    if (twin_index == HUGE_FROM) /* huge pages if available: fewer TLB misses */
        (void)madvise(twin, (size_t)(table->most - twin_index) * sizeof *twin, MADV_HUGEPAGE);
    if (table->split > table->mask) {
        table->mask = table->mask * 2 + 1;
        table->split = 0;
    }
    memset(b, 0, sizeof *b);
    const struct bucket *from = &old;
    for (;;) {
        for (unsigned i = 0; i < WIDTH; i++) {
            if (from->handle[i] == 0)
                continue;
            struct entry entry = get(from, i);
            (void)put(table, entry.kept >> decides & 1 ? twin : b, entry);
        }
        if (from->overflow == 0)
            break;
        from = &table->overflow[from->overflow - 1];
    }
    overflow_put(table, chain);
}

bool tl_table_insert(struct tl_table *table, struct tl_flow *flow, uint64_t hash)
{
    uint64_t buckets = table->mask + 1 + table->split;
    if (table->count * 100 >= buckets * WIDTH * LOAD_PERCENT)
        split(table);
    if (!put(table, &table->buckets[bucket_of(table, hash)], entry_of(tl_slab_handle(table->slab, flow), hash)))
        return false;
    table->count++;
    return true;
}

static bool is_empty(const struct bucket *b)
{
    for (unsigned i = 0; i < WIDTH; i++) {
        if (b->handle[i] != 0)
            return false;
    }
    return true;
}

/* Fills the hole at b[i] with the last flow of the list, and frees an overflow bucket that becomes empty. */
static void close_hole(struct tl_table *table, struct bucket *b, unsigned i)
{
    struct bucket *last = b, *before = b;
    b->handle[i] = 0;
    if (b->overflow == 0)
        return;
    while (last->overflow != 0) {
        before = last;
        last = &table->overflow[last->overflow - 1];
    }
    unsigned k = 0, left = 0;
    for (unsigned n = 0; n < WIDTH; n++) {
        if (last->handle[n] != 0) {
            k = n;
            left++;
        }
    }
    if (left > 0) {
        set(b, i, get(last, k));
        last->handle[k] = 0;
    }
    if (left <= 1 && before != last) {
        overflow_put(table, before->overflow);
        before->overflow = 0;
    }
}

void tl_table_remove(struct tl_table *table, struct tl_flow *flow, uint64_t hash)
{
    uint32_t handle = tl_slab_handle(table->slab, flow);
    struct bucket *b = &table->buckets[bucket_of(table, hash)], *before = NULL;
    for (;;) {
        for (unsigned i = 0; i < WIDTH; i++) {
            if (b->handle[i] != handle)
                continue;
            close_hole(table, b, i);
            table->count--;
            if (before != NULL && b->overflow == 0 && is_empty(b)) {
                overflow_put(table, before->overflow);
                before->overflow = 0;
            }
            return;
        }
        if (b->overflow == 0)
            return;
        before = b;
        b = &table->overflow[b->overflow - 1];
    }
}

uint64_t tl_table_count(const struct tl_table *table)
{
    return table->count;
}

void tl_table_each(const struct tl_table *table, void (*visit)(void *context, struct tl_flow *flow), void *context)
{
    for (uint64_t i = 0; i <= table->mask + table->split; i++) {
        for (const struct bucket *b = &table->buckets[i];; b = &table->overflow[b->overflow - 1]) {
            for (unsigned k = 0; k < WIDTH; k++) {
                if (b->handle[k] != 0)
                    visit(context, flow_at(table, b->handle[k]));
            }
            if (b->overflow == 0)
                break;
        }
    }
}
