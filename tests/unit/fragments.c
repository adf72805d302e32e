/*
 * fragments.c - compares reassembly with an array of 8-byte blocks: datagrams split anywhere, reordered, repeated,
 * mixed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flows/fragments.h"

#define SECOND INT64_C(1000000000)

enum { LONGEST = 4000, PIECES = 600, MEMORY = 64 << 20 };

struct world {
    struct tl_slab *slab;
    struct tl_fragments *fragments;
    struct tl_packet packet;
    uint64_t random;
};

struct datagram {
    uint8_t version;
    uint8_t last_byte; /* of the source address */
    uint32_t id, len;
    uint64_t outer;
    uint8_t model[LONGEST];
    bool there[LONGEST / 8 + 1];
};

static uint64_t next_random(struct world *w)
{
    w->random += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = w->random;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->slab = tl_slab_new(MEMORY);
    w->fragments = tl_fragments_new(w->slab, 1, false);
    assert_non_null(w->fragments);
    w->packet.etime = 1700000000 * SECOND;
    w->random = 1;
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    tl_fragments_free(w->fragments);
    tl_slab_free(w->slab);
    free(w);
    return 0;
}

/* Gives a fragment whose captured bytes end at the end of their memory. */
static struct tl_bytes give(struct world *w, const struct datagram *g, uint32_t offset, const uint8_t *data,
                            uint32_t len, uint32_t captured, bool more)
{
    uint8_t src[16] = { 10, 0, 0, g->last_byte }, dst[16] = { 10, 0, 0, 2 };
    uint8_t *copy = malloc(captured + 1);
    assert_non_null(copy);
    memcpy(copy + 1, data, captured);
    struct tl_frame frame = { .packet = &w->packet,
                              .net = { .version = g->version,
                                       .protocol = 17,
                                       .fragment = true,
                                       .more_fragments = more,
                                       .src = src,
                                       .dst = dst,
                                       .frag_offset = offset,
                                       .frag_id = g->id } };
    struct tl_dissection d = { .c = { copy, 1, captured + 1, len + 1, TL_OK }, .frame = &frame, .net = &frame.net };
    struct tl_bytes whole = tl_fragments_add(w->fragments, &d, g->outer);
    free(copy);
    return whole;
}

static void new_datagram(struct world *w, struct datagram *g, uint32_t id)
{
    *g = (struct datagram){ .version = next_random(w) % 2 ? 4 : 6,
                            .last_byte = (uint8_t)(1 + next_random(w) % 3 * 7),
                            .id = id,
                            .len = 9 + (uint32_t)(next_random(w) % (LONGEST - 9)),
                            .outer = next_random(w) % 3 };
}

static uint32_t blocks_of(const struct datagram *g)
{
    return (g->len + 7) / 8;
}

/* Gives blocks [from, to) with random bytes. Returns true if the datagram is complete; checks its contents. */
static bool give_blocks(struct world *w, struct datagram *g, uint32_t from, uint32_t to)
{
    uint8_t data[LONGEST + 8];
    uint32_t len = to * 8 < g->len ? (to - from) * 8 : g->len - from * 8;
    for (uint32_t i = 0; i < len; i++)
        data[i] = (uint8_t)next_random(w);
    for (uint32_t b = from; b < to; b++) {
        if (g->there[b])
            continue;
        uint32_t n = g->len - b * 8 < 8 ? g->len - b * 8 : 8;
        memcpy(g->model + b * 8, data + (b - from) * 8, n);
        g->there[b] = true;
    }
    struct tl_bytes whole = give(w, g, from * 8, data, len, len, to < blocks_of(g));
    bool all = true;
    for (uint32_t b = 0; b < blocks_of(g); b++)
        all &= g->there[b];
    assert_int_equal(whole.len, all ? g->len : 0);
    if (all)
        assert_memory_equal(whole.data, g->model, g->len);
    return all;
}

/* Any order, with repeats and conflicting overlaps: the first copy of a block wins. */
static void test_any_order(void **state)
{
    struct world *w = *state;
    for (uint32_t round = 0; round < 3000; round++) {
        struct datagram g;
        new_datagram(w, &g, round % 5);
        bool done = false;
        for (unsigned i = 0; !done && i < PIECES; i++) {
            uint32_t count = blocks_of(&g), from = (uint32_t)(next_random(w) % count);
            if (next_random(w) % 2) { /* start at a missing block */
                while (g.there[from])
                    from = (from + 1) % count;
            }
            uint32_t n = 1 + (uint32_t)(next_random(w) % (count / 3 + 1));
            if (from == 0 && n == count)
                n--; /* would not be a fragment */
            done = give_blocks(w, &g, from, from + n < count ? from + n : count);
        }
        assert_true(done);
        assert_int_equal(tl_fragments_truncated(w->fragments), 0);
    }
}

/* Many datagrams at once: a different id, address, version or outermost pair never mixes. */
static void test_interleaved(void **state)
{
    struct world *w = *state;
    enum { AT_ONCE = 24 };
    static struct datagram g[AT_ONCE];
    for (unsigned i = 0; i < AT_ONCE; i++) {
        new_datagram(w, &g[i], i / 8);
        g[i].version = i & 1 ? 6 : 4;
        g[i].outer = i & 2;
        g[i].last_byte = i & 4 ? 9 : 1;
    }
    unsigned done = 0;
    bool whole[AT_ONCE] = { false };
    for (uint32_t b = 0; b < LONGEST / 8 + 1; b++) {
        for (unsigned i = 0; i < AT_ONCE; i++) {
            uint32_t count = blocks_of(&g[i]);
            if (whole[i] || b >= count)
                continue;
            uint32_t from = i % 3 ? b : count - 1 - b;
            whole[i] = give_blocks(w, &g[i], from, from + 1);
            done += whole[i];
        }
    }
    assert_int_equal(done, AT_ONCE);
}

/* 30 seconds after the first fragment the datagram is dropped; later fragments start a new one. */
static void test_late(void **state)
{
    struct world *w = *state;
    static const uint8_t bytes[16] = "0123456789abcdef";
    struct datagram g = { .version = 4, .id = 7, .len = 16 };
    assert_int_equal(give(w, &g, 0, bytes, 8, 8, true).len, 0);
    w->packet.etime += 30 * SECOND;
    assert_int_equal(give(w, &g, 8, bytes, 8, 8, false).len, 16);
    assert_int_equal(give(w, &g, 0, bytes, 8, 8, true).len, 0);
    w->packet.etime += 30 * SECOND + 1;
    assert_int_equal(give(w, &g, 8, bytes + 8, 8, 8, false).len, 0);
    struct tl_bytes whole = give(w, &g, 0, bytes, 8, 8, true);
    assert_int_equal(whole.len, 16);
    assert_memory_equal(whole.data, bytes, 16);
}

/* Fragments that fit no datagram. */
static void test_wrong(void **state)
{
    struct world *w = *state;
    static uint8_t bytes[65535];
    struct datagram g = { .version = 4, .id = 7, .len = 16 };
    assert_int_equal(give(w, &g, 65528, bytes, 8, 8, false).len, 0);      /* beyond 65535 */
    assert_int_equal(give(w, &g, 8, bytes, 65535, 65535, false).len, 0);
    assert_int_equal(give(w, &g, 0, bytes, 7, 7, true).len, 0);           /* not a multiple of 8, with more fragments */
    assert_int_equal(give(w, &g, 8, bytes, 8, 7, false).len, 0);          /* cut by the snaplen */
    assert_int_equal(give(w, &g, 8, bytes, 0, 0, false).len, 0);
    assert_int_equal(tl_slab_used(w->slab), 0); /* nothing was kept */
    for (uint32_t at = 0; at < 65528; at += 8)  /* the longest datagram, without its end */
        assert_int_equal(give(w, &g, at, bytes, 8, 8, true).len, 0);
    assert_int_equal(give(w, &g, 65528, bytes, 7, 7, false).len, 65535);
    /* Two ends, or a fragment past the end: the datagram is dropped, and later fragments start a new one. */
    g.id++;
    assert_int_equal(give(w, &g, 16, bytes, 8, 8, false).len, 0);
    assert_int_equal(give(w, &g, 24, bytes, 8, 8, false).len, 0);
    assert_int_equal(give(w, &g, 0, bytes, 8, 8, true).len, 0);
    assert_int_equal(give(w, &g, 8, bytes, 8, 8, true).len, 0);
    assert_int_equal(give(w, &g, 16, bytes, 8, 8, false).len, 24);
    assert_int_equal(give(w, &g, 16, bytes, 8, 8, true).len, 0);
    assert_int_equal(give(w, &g, 8, bytes, 8, 8, false).len, 0); /* ends before a fragment that is there */
    assert_int_equal(give(w, &g, 0, bytes, 8, 8, true).len, 0);
}

/* First fragments of many datagrams: memory is bounded, and drops are counted. */
static void test_flood(void **state)
{
    struct world *w = *state;
    static uint8_t bytes[1024];
    for (uint32_t i = 0; i < 50000; i++) {
        struct datagram g = { .version = 4, .id = i, .last_byte = (uint8_t)(i >> 16) };
        assert_int_equal(give(w, &g, 0, bytes, sizeof bytes, sizeof bytes, true).len, 0);
        assert_true(tl_slab_used(w->slab) < MEMORY / 8); /* the rest is for flows */
    }
    assert_true(tl_fragments_truncated(w->fragments) >= 40000 * sizeof bytes);
    struct datagram g = { .version = 4, .id = 49999, .last_byte = 0 }; /* the newest is still reassembled */
    assert_int_equal(give(w, &g, sizeof bytes, bytes, 8, 8, false).len, sizeof bytes + 8);
    w->packet.etime += 60 * SECOND; /* the old ones are dropped when the next arrives */
    g.id++;
    assert_int_equal(give(w, &g, 0, bytes, 8, 8, true).len, 0);
    assert_true(tl_slab_used(w->slab) < 32768);
    /* One block each, at the end of the longest datagram. */
    for (uint32_t i = 0; i < 5000; i++) {
        g = (struct datagram){ .version = 4, .id = i, .len = 65504 };
        assert_int_equal(give(w, &g, 65504, bytes, 8, 8, true).len, 0);
        assert_true(tl_slab_used(w->slab) < MEMORY / 8);
    }
}

/* A fragment inside a datagram that was just reassembled: the outer one must stay valid meanwhile. */
static void test_nested(void **state)
{
    struct world *w = *state;
    uint8_t outer[64], copy[64];
    for (unsigned i = 0; i < sizeof outer; i++)
        outer[i] = (uint8_t)next_random(w);
    const struct datagram around = { .version = 4, .id = 1, .last_byte = 1 };
    assert_int_equal(give(w, &around, 0, outer, 32, 32, true).len, 0);
    struct tl_bytes whole = give(w, &around, 32, outer + 32, 32, 32, false);
    assert_int_equal(whole.len, sizeof outer);
    memcpy(copy, outer, sizeof outer);
    struct tl_frame frame = { .packet = &w->packet,
                              .net = { .version = 4, .protocol = 17, .fragment = true, .more_fragments = true,
                                       .src = whole.data + 12, .dst = whole.data + 16, .frag_id = 2 } };
    struct tl_dissection d = { .c = { whole.data, 24, 64, 64, TL_OK }, .frame = &frame, .net = &frame.net };
    assert_int_equal(tl_fragments_add(w->fragments, &d, 5).len, 0);
    assert_memory_equal(whole.data, copy, sizeof copy);
    d.c = (struct tl_cursor){ whole.data, 0, 8, 8, TL_OK };
    d.net->frag_offset = 40;
    d.net->more_fragments = false;
    struct tl_bytes inner = tl_fragments_add(w->fragments, &d, 5);
    assert_int_equal(inner.len, 48);
    assert_memory_equal(inner.data, copy + 24, 40);
    assert_memory_equal(inner.data + 40, copy, 8);
    assert_memory_equal(whole.data, copy, sizeof copy);
    assert_int_equal(give(w, &around, 0, outer, 8, 8, true).len, 0); /* another packet: both are freed */
    assert_true(tl_slab_used(w->slab) < 16384);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_any_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_interleaved, setup, teardown),
        cmocka_unit_test_setup_teardown(test_late, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrong, setup, teardown),
        cmocka_unit_test_setup_teardown(test_flood, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nested, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
