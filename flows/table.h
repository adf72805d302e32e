/*
 * table.h - finds flows by key: linear hashing over 64-byte buckets of eight 16-bit tags and eight handles. One bucket
 * is split for every few flows that come, so there is never a long pause, and a look-up is one line of the table and
 * one of the flow.
 */
#ifndef TL_FLOWS_TABLE_H
#define TL_FLOWS_TABLE_H

#include "core/slab.h"
#include "flows/flow.h"

/* What tells flows apart. Source and destination are a packet's. */
struct tl_flow_key {
    const uint8_t *src, *dst; /* 4 or 16 bytes */
    uint16_t src_port, dst_port;
    uint8_t ip_proto;
    bool v6;
    bool one_way;    /* the two directions are two flows */
    uint64_t outer;  /* hash of the outermost address pair; 0: this is it */
};

struct tl_table;

/* limit: bytes of buckets at most; flows live in slab. NULL without memory. */
struct tl_table *tl_table_new(size_t limit, struct tl_slab *slab, uint64_t seed);
void tl_table_free(struct tl_table *table);

/* The same for both directions (unless one_way). */
uint64_t tl_flow_hash(const struct tl_flow_key *key, uint64_t seed);
/* That of a flow in the table. */
uint64_t tl_table_hash(const struct tl_table *table, const struct tl_flow *flow);
/* Of an address pair, the same both ways. */
uint64_t tl_pair_hash(const uint8_t *src, const uint8_t *dst, bool v6, uint64_t seed);

/* Two steps ahead of a look-up: first the bucket, some packets later the flow that it names. */
void tl_table_prefetch(const struct tl_table *table, uint64_t hash);
void tl_table_prefetch_flow(const struct tl_table *table, uint64_t hash);
/* The flow, or NULL. *reversed: the key's source is the flow's port[1] end. */
struct tl_flow *tl_table_find(const struct tl_table *table, const struct tl_flow_key *key, uint64_t hash,
                              bool *reversed);
/* Adds a flow whose key fields are set; false when the table is full. */
bool tl_table_insert(struct tl_table *table, struct tl_flow *flow, uint64_t hash) TL_MUST_CHECK;
/* hash: tl_table_hash() of it. */
void tl_table_remove(struct tl_table *table, struct tl_flow *flow, uint64_t hash);
uint64_t tl_table_count(const struct tl_table *table);
/* Calls visit for every flow, in no particular order; the table must not change meanwhile. */
void tl_table_each(const struct tl_table *table, void (*visit)(void *context, struct tl_flow *flow), void *context);

#endif
