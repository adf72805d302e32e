/*
 * table.h - finds flows by key: linear hashing over 64-byte buckets of eight 16-bit tags and eight handles. One bucket
 * is split for every few new flows, so there is no long pause. A look-up reads one cache line of the table and one of
 * the flow.
 */
#ifndef TL_FLOWS_TABLE_H
#define TL_FLOWS_TABLE_H

#include "core/slab.h"
#include "flows/flow.h"

/* The key of a flow. Source and destination are those of a packet. */
struct tl_flow_key {
    const uint8_t *src, *dst; /* 4 or 16 bytes */
    uint16_t src_port, dst_port;
    uint8_t ip_proto;
    bool v6;
    bool one_way;    /* each direction is a flow of its own */
    uint64_t outer;  /* hash of the outermost address pair; 0: this pair */
};

struct tl_table;

/* limit: bytes of all buckets; flows are in slab. Returns NULL without memory. */
struct tl_table *tl_table_new(size_t limit, struct tl_slab *slab, uint64_t seed);
void tl_table_free(struct tl_table *table);

/*
 * The hash of an IPv4 flow outside tunnels. As in XXH3 for 16 bytes: a product of two seeded words, folded and mixed.
 * Addresses and ports are numbers in the host's order.
 */
static inline uint64_t tl_ipv4_hash(uint32_t src, uint16_t src_port, uint32_t dst, uint16_t dst_port, uint8_t ip_proto,
                                    bool one_way, uint64_t seed)
{
    uint64_t from = (uint64_t)src << 16 | src_port, to = (uint64_t)dst << 16 | dst_port;
    uint64_t least = from < to || one_way ? from : to, most = from ^ to ^ least;
    uint64_t low = least ^ (seed + UINT64_C(0x9e3779b97f4a7c15));
    uint64_t high = (most | (uint64_t)ip_proto << 56) ^ (seed * UINT64_C(0xd6e8feb86659fd93) | 1);
    unsigned __int128 product = (unsigned __int128)low * high;
    uint64_t mixed = (uint64_t)product ^ (uint64_t)(product >> 64);
    return (mixed ^ mixed >> 37) * UINT64_C(0x165667919e3779f9);
}

/* The same for both directions unless one_way is set. */
uint64_t tl_flow_hash(const struct tl_flow_key *key, uint64_t seed);
/* The hash of a flow in the table. */
uint64_t tl_table_hash(const struct tl_table *table, const struct tl_flow *flow);
/* The hash of an address pair, the same for both directions. */
uint64_t tl_pair_hash(const uint8_t *src, const uint8_t *dst, bool v6, uint64_t seed);

/* Prefetch for a later look-up: first the bucket, some packets later the flow that the bucket names. */
void tl_table_prefetch(const struct tl_table *table, uint64_t hash);
void tl_table_prefetch_flow(const struct tl_table *table, uint64_t hash);
/* Returns the flow, or NULL. *reversed: the source of the key is the endpoint with port[1] of the flow. */
struct tl_flow *tl_table_find(const struct tl_table *table, const struct tl_flow_key *key, uint64_t hash,
                              bool *reversed);
/* Adds a flow whose key is set. Returns false when the table is full. */
bool tl_table_insert(struct tl_table *table, struct tl_flow *flow, uint64_t hash) TL_MUST_CHECK;
/* hash: tl_table_hash() of the flow. */
void tl_table_remove(struct tl_table *table, struct tl_flow *flow, uint64_t hash);
uint64_t tl_table_count(const struct tl_table *table);
/* Calls visit for every flow, in no particular order. visit must not change the table. */
void tl_table_each(const struct tl_table *table, void (*visit)(void *context, struct tl_flow *flow), void *context);

#endif
