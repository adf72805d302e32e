/*
 * flow_table.c - compares the flow table with a plain list: inserts 200,000 flows, looks up both directions, removes
 * them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flows/table.h"

enum { FLOWS = 200000, MEMORY = 128 << 20, BUCKETS = 16 << 20 };

static const uint64_t seed = 77;

struct entry {
    struct tl_flow *flow;
    uint64_t hash;
    bool in;
};

static uint64_t next_random(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static struct tl_flow_key key_of(const struct tl_flow *flow, bool reversed)
{
    unsigned n = tl_flow_addr_len(flow), s = reversed;
    return (struct tl_flow_key){ .src = flow->addr + s * n,
                                 .dst = flow->addr + (s ^ 1) * n,
                                 .src_port = flow->port[s],
                                 .dst_port = flow->port[s ^ 1],
                                 .ip_proto = flow->ip_proto,
                                 .v6 = (flow->flags & TL_FLOW_V6) != 0,
                                 .one_way = (flow->flags & TL_FLOW_ONE_WAY) != 0,
                                 .outer = tl_flow_outer(flow) };
}

/* Makes flow i: all keys differ, many in one bit only. */
static struct tl_flow *make(struct tl_slab *slab, uint32_t i, uint64_t *random)
{
    bool v6 = i % 3 == 0;
    unsigned flags = (v6 ? TL_FLOW_V6 : 0u) | (i % 11 == 0 ? TL_FLOW_ONE_WAY : 0u) | (i % 13 == 0 ? TL_FLOW_INSIDE : 0u);
    struct tl_flow *flow = tl_slab_get(slab, tl_flow_size(flags));
    assert_non_null(flow);
    memset(flow, 0, tl_flow_size(flags));
    unsigned n = v6 ? 16 : 4;
    for (unsigned k = 0; k < n * 2 - 8; k += 8)
        memcpy(flow->addr + k, random, v6 && i % 2 ? 8 : 0);
    tl_store_be32(flow->addr + n - 4, 0x0a000001 + i % 50);
    tl_store_be32(flow->addr + n * 2 - 4, 0x0a800001 + i / 50 % 40);
    flow->port[0] = (uint16_t)(1000 + i / 2000);
    flow->port[1] = (uint16_t)(i % 7);
    flow->ip_proto = i % 11 == 0 ? 1 : 6;
    flow->flags = (uint8_t)flags;
    if (flags & TL_FLOW_INSIDE) {
        uint64_t outer = next_random(random) | 1;
        memcpy(flow->addr + (size_t)n * 2, &outer, sizeof outer);
    }
    return flow;
}

static void check(const struct tl_table *table, const struct entry *e)
{
    bool reversed = true;
    struct tl_flow_key key = key_of(e->flow, false);
    assert_true(tl_flow_hash(&key, seed) == e->hash);
    assert_ptr_equal(tl_table_find(table, &key, e->hash, &reversed), e->in ? e->flow : NULL);
    if (e->in)
        assert_false(reversed);
    key = key_of(e->flow, true);
    uint64_t hash = tl_flow_hash(&key, seed);
    if (e->flow->flags & TL_FLOW_ONE_WAY) {
        assert_null(tl_table_find(table, &key, hash, &reversed));
        return;
    }
    assert_true(hash == e->hash);
    assert_ptr_equal(tl_table_find(table, &key, hash, &reversed), e->in ? e->flow : NULL);
    if (e->in)
        assert_true(reversed);
}

static void count_one(void *context, struct tl_flow *flow)
{
    uint64_t *seen = context;
    flow->pkts[0]++;
    (*seen)++;
}

static void check_all(const struct tl_table *table, struct entry *entries, uint32_t count)
{
    uint64_t in = 0, seen = 0;
    for (uint32_t i = 0; i < count; i++) {
        check(table, &entries[i]);
        in += entries[i].in;
        entries[i].flow->pkts[0] = 0;
    }
    assert_true(tl_table_count(table) == in);
    tl_table_each(table, count_one, &seen);
    assert_true(seen == in);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(entries[i].flow->pkts[0], entries[i].in);
}

static void test_against_a_list(void **state)
{
    uint64_t random = 1;
    (void)state;
    struct tl_slab *slab = tl_slab_new(MEMORY);
    struct tl_table *table = tl_table_new(BUCKETS, slab, seed);
    struct entry *entries = calloc(FLOWS, sizeof *entries);
    assert_non_null(table);
    assert_non_null(entries);
    for (uint32_t i = 0; i < FLOWS; i++) {
        struct entry *e = &entries[i];
        e->flow = make(slab, i, &random);
        struct tl_flow_key key = key_of(e->flow, false);
        e->hash = tl_flow_hash(&key, seed);
        assert_null(tl_table_find(table, &key, e->hash, &(bool){ false }));
        tl_table_prefetch(table, e->hash);
        assert_true(tl_table_insert(table, e->flow, e->hash));
        e->in = true;
        check(table, e);
        check(table, &entries[next_random(&random) % (i + 1)]); /* a split must not lose entries */
    }
    check_all(table, entries, FLOWS);
    for (uint32_t round = 0; round < 4; round++) { /* remove and insert again, in any order */
        for (uint32_t i = 0; i < FLOWS; i++) {
            struct entry *e = &entries[next_random(&random) % FLOWS];
            if (e->in)
                tl_table_remove(table, e->flow, tl_table_hash(table, e->flow));
            else
                assert_true(tl_table_insert(table, e->flow, e->hash));
            e->in = !e->in;
            check(table, e);
        }
        check_all(table, entries, FLOWS);
    }
    for (uint32_t i = 0; i < FLOWS; i++) {
        if (entries[i].in)
            tl_table_remove(table, entries[i].flow, tl_table_hash(table, entries[i].flow));
        entries[i].in = false;
    }
    check_all(table, entries, FLOWS);
    free(entries);
    tl_table_free(table);
    tl_slab_free(slab);
}

/* A full table reports it and keeps its entries; removal makes room. */
static void test_full(void **state)
{
    enum { MOST = 4000 };
    uint64_t random = 2;
    uint32_t count = 0, refused = 0;
    (void)state;
    struct tl_slab *slab = tl_slab_new(MEMORY);
    struct tl_table *table = tl_table_new(8192, slab, seed);
    struct entry *entries = calloc(MOST, sizeof *entries);
    assert_non_null(entries);
    for (; count < MOST; count++) {
        struct entry *e = &entries[count];
        e->flow = make(slab, count, &random);
        struct tl_flow_key key = key_of(e->flow, false);
        e->hash = tl_flow_hash(&key, seed);
        e->in = tl_table_insert(table, e->flow, e->hash);
        refused += !e->in;
    }
    assert_true(refused > MOST / 2);
    assert_true(MOST - refused >= 8192 / 64 * 4); /* at least half full */
    check_all(table, entries, MOST);
    for (uint32_t i = 0; i < MOST; i++) {
        if (entries[i].in)
            tl_table_remove(table, entries[i].flow, tl_table_hash(table, entries[i].flow));
        entries[i].in = false;
    }
    uint32_t again = 0;
    for (uint32_t i = 0; i < MOST; i++) {
        entries[i].in = tl_table_insert(table, entries[i].flow, entries[i].hash);
        again += entries[i].in;
    }
    assert_true(again >= 8192 / 64 * 4);
    check_all(table, entries, MOST);
    free(entries);
    tl_table_free(table);
    tl_slab_free(slab);
}

static void test_hashes(void **state)
{
    static const uint8_t a[16] = { 10, 1, 2, 3 }, b[16] = { 10, 1, 2, 4 };
    (void)state;
    assert_true(tl_pair_hash(a, b, false, seed) == tl_pair_hash(b, a, false, seed));
    assert_true(tl_pair_hash(a, b, true, seed) == tl_pair_hash(b, a, true, seed));
    assert_true(tl_pair_hash(a, b, false, seed) != tl_pair_hash(a, a, false, seed));
    assert_true(tl_pair_hash(a, b, false, seed) != tl_pair_hash(a, b, false, seed + 1));
    struct tl_flow_key key = { .src = a, .dst = b, .src_port = 1, .dst_port = 2, .ip_proto = 6 }, other = key;
    other.outer = 9;
    assert_true(tl_flow_hash(&key, seed) != tl_flow_hash(&other, seed));
    other = key;
    other.src_port = 2;
    other.dst_port = 1;
    assert_true(tl_flow_hash(&key, seed) != tl_flow_hash(&other, seed)); /* swapped ports: another flow */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_a_list),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_hashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
