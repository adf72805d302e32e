/*
 * reassembly.c - compares TCP reassembly with an array: for any segmentation, order, repetition and loss, each byte is
 * delivered once and in place, and of two copies the first one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flows/tcp.h"

enum { LENGTH = 3000, SEGMENTS = 400, MEMORY = 32 << 20 };

struct world {
    struct tl_slab *slab;
    struct tl_flow *flow;
    struct tl_tcp tcp;
    uint32_t isn[2];
    uint64_t random;
    uint8_t model[LENGTH]; /* the first copy of each byte */
    bool there[LENGTH];
    uint64_t at;           /* bytes delivered, gaps included */
    uint64_t gaps, data, truncated, weirds;
    bool compare;
};

static uint64_t next_random(struct world *w)
{
    w->random += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = w->random;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void on_data(void *context, struct tl_flow *flow, unsigned side, struct tl_bytes bytes)
{
    struct world *w = context;
    assert_ptr_equal(flow, w->flow);
    assert_int_equal(side, TL_ORIG);
    assert_true(bytes.len > 0);
    for (uint32_t i = 0; w->compare && i < bytes.len; i++) {
        assert_true(w->at + i < LENGTH);
        assert_true(w->there[w->at + i]);
        assert_int_equal(bytes.data[i], w->model[w->at + i]);
    }
    w->at += bytes.len;
    w->data += bytes.len;
}

static void on_gap(void *context, struct tl_flow *flow, unsigned side, uint64_t n)
{
    struct world *w = context;
    (void)flow;
    assert_int_equal(side, TL_ORIG);
    assert_true(n > 0);
    for (uint64_t i = 0; w->compare && i < n; i++) {
        assert_true(w->at + i < LENGTH);
        assert_false(w->there[w->at + i]);
    }
    w->at += n;
    w->gaps += n;
}

static void on_truncated(void *context, uint64_t bytes)
{
    struct world *w = context;
    w->truncated += bytes;
}

static void on_differs(void *context, struct tl_flow *flow, unsigned side)
{
    struct world *w = context;
    (void)flow;
    assert_int_equal(side, TL_ORIG);
    w->weirds++;
}

static void segment(struct world *w, unsigned side, unsigned flags, uint32_t relative, uint32_t ack,
                    const uint8_t *data, uint32_t len, uint32_t captured)
{
    const struct tl_tcp_reader reader = { on_data, on_gap, on_truncated, on_differs, w };
    struct tl_transport seg = { .flags = (uint8_t)flags,
                                .window = 8192,
                                .window_scale = -1,
                                .seq = w->isn[side] + relative,
                                .ack = flags & TL_ACK ? w->isn[side ^ 1] + ack : 0,
                                .payload_len = len };
    assert_int_equal(tl_tcp_segment(w->flow, &w->tcp, side, &seg, 1000, tl_slab_base(w->slab)), TL_TCP_GOES_ON);
    tl_tcp_payload(w->flow, &w->tcp, side, &seg, (struct tl_bytes){ data, captured }, &reader, w->slab);
}

static void begin(struct world *w, uint32_t isn)
{
    memset(w->flow, 0, tl_flow_size(0));
    struct tl_flow_ext *ext = tl_slab_get(w->slab, sizeof *ext);
    assert_non_null(ext);
    memset(ext, 0, sizeof *ext);
    w->flow->ext = tl_slab_handle(w->slab, ext);
    w->tcp = (struct tl_tcp){ 0 };
    w->isn[0] = isn;
    w->isn[1] = isn * 7;
    w->at = w->gaps = w->data = w->truncated = w->weirds = 0;
    memset(w->there, 0, sizeof w->there);
    w->compare = true;
    segment(w, 0, TL_SYN, 0, 0, NULL, 0, 0);
    segment(w, 1, TL_SYN | TL_ACK, 0, 1, NULL, 0, 0);
    segment(w, 0, TL_ACK, 1, 1, NULL, 0, 0);
}

static void finish(struct world *w)
{
    const struct tl_tcp_reader reader = { on_data, on_gap, on_truncated, on_differs, w };
    tl_tcp_flush(w->flow, &w->tcp, &reader, w->slab);
    tl_tcp_fini(&w->tcp, w->slab);
    tl_slab_put(w->slab, tl_slab_at(tl_slab_base(w->slab), w->flow->ext), sizeof(struct tl_flow_ext));
}

/* Sends [from, from + len) of the stream in its own memory; other: with different bytes. */
static void send(struct world *w, uint32_t from, uint32_t len, uint8_t other)
{
    uint8_t *copy = malloc(len); /* exact size, so that reading past the end is detected */
    assert_non_null(copy);
    for (uint32_t i = 0; i < len; i++) {
        copy[i] = (uint8_t)((from + i) * 31 + other);
        if (!w->there[from + i] && from + i >= w->at) { /* bytes before a given-up gap no longer count */
            w->there[from + i] = true;
            w->model[from + i] = copy[i];
        }
    }
    segment(w, 0, TL_ACK, from + 1, 1, copy, len, len);
    memset(copy, 0xee, len);
    free(copy);
}

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->slab = tl_slab_new(MEMORY);
    w->flow = tl_slab_get(w->slab, tl_flow_size(0));
    w->random = 1;
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    tl_slab_put(w->slab, w->flow, tl_flow_size(0));
    assert_int_equal(tl_slab_used(w->slab), 0); /* all buffered memory was freed */
    tl_slab_free(w->slab);
    free(w);
    return 0;
}

struct piece {
    uint32_t from, len;
};

/* Cuts the stream into segments, some of them repeated or overlapping, in any order. */
static unsigned cut(struct world *w, struct piece pieces[SEGMENTS], uint32_t longest)
{
    unsigned count = 0;
    for (uint32_t at = 0; at < LENGTH;) {
        uint32_t n = 1 + (uint32_t)(next_random(w) % longest);
        n = n > LENGTH - at || count > SEGMENTS / 2 - 2 ? LENGTH - at : n;
        pieces[count++] = (struct piece){ at, n };
        at += n;
    }
    for (unsigned i = count; i > 0 && count < SEGMENTS; i--) {
        uint32_t from = (uint32_t)(next_random(w) % LENGTH), n = 1 + (uint32_t)(next_random(w) % (longest * 2));
        if (next_random(w) % 3 == 0)
            pieces[count++] = (struct piece){ from, n > LENGTH - from ? LENGTH - from : n };
    }
    for (unsigned i = count - 1; i > 0; i--) {
        unsigned k = (unsigned)(next_random(w) % (i + 1));
        struct piece p = pieces[i];
        pieces[i] = pieces[k];
        pieces[k] = p;
    }
    return count;
}

static void test_any_order(void **state)
{
    struct world *w = *state;
    for (unsigned round = 0; round < 400; round++) {
        struct piece pieces[SEGMENTS];
        unsigned count = cut(w, pieces, round % 4 ? 100 : 15);
        begin(w, round % 2 ? 0u - (uint32_t)(next_random(w) % LENGTH) : (uint32_t)next_random(w));
        for (unsigned i = 0; i < count; i++)
            send(w, pieces[i].from, pieces[i].len, round % 3 ? 0 : (uint8_t)next_random(w));
        assert_true(w->at == LENGTH); /* nothing is delivered only at the end */
        finish(w);
        assert_true(w->data == LENGTH && w->gaps == 0 && w->truncated == 0);
        assert_true(tl_tcp_bytes(&w->tcp, TL_ORIG) == LENGTH);
    }
}

/* Some segments never arrive. The peer acknowledges sometimes, correctly or not. */
static void test_gaps(void **state)
{
    struct world *w = *state;
    for (unsigned round = 0; round < 400; round++) {
        struct piece pieces[SEGMENTS];
        unsigned count = cut(w, pieces, 60);
        uint32_t end = 0;
        begin(w, (uint32_t)next_random(w));
        for (unsigned i = 0; i < count; i++) {
            if (next_random(w) % 4 == 0)
                continue;
            send(w, pieces[i].from, pieces[i].len, (uint8_t)next_random(w));
            end = pieces[i].from + pieces[i].len > end ? pieces[i].from + pieces[i].len : end;
            if (round % 2 && next_random(w) % 20 == 0) {
                uint32_t ack = (uint32_t)(next_random(w) % (end + 1));
                segment(w, 1, TL_ACK, 1, ack + 1, NULL, 0, 0);
                assert_true(w->at >= ack);
            }
        }
        finish(w);
        assert_true(w->at == end || w->gaps > 0);
        assert_true(w->at >= end && w->data + w->gaps == w->at);
        assert_null(w->tcp.half[0].range.first);
        assert_int_equal(w->tcp.half[0].range.held, 0);
        assert_int_equal(w->tcp.half[0].range.held_count, 0);
    }
}

/* Acknowledged but not captured: counted, and in the history. Not acknowledged: only a gap for the parser. */
static void test_missed(void **state)
{
    struct world *w = *state;
    begin(w, 5);
    send(w, 0, 10, 0);
    send(w, 30, 10, 0);
    assert_true(w->at == 10 && w->tcp.half[0].missed == 0);
    segment(w, 1, TL_ACK, 1, 41, NULL, 0, 0);
    assert_true(w->at == 40 && w->gaps == 20 && w->tcp.half[0].missed == 20 && w->tcp.half[0].gaps == 1);
    send(w, 60, 10, 0);
    finish(w);
    assert_true(w->at == 70 && w->gaps == 40);
    assert_true(w->tcp.half[0].missed == 20);
}

/*
 * Conflicting copies are reported while the first one is buffered: buffered against buffered, and buffered against
 * in-order.
 */
static void test_differs(void **state)
{
    struct world *w = *state;
    begin(w, 5);
    send(w, 20, 10, 0);
    send(w, 20, 10, 0);
    assert_int_equal(w->weirds, 0);
    send(w, 25, 10, 1);
    assert_int_equal(w->weirds, 1);
    send(w, 0, 25, 2);
    assert_int_equal(w->weirds, 2);
    assert_true(w->at == 35);
    finish(w);
}

/* Bytes cut by the snaplen are gaps in their place, in order and out of order. */
static void test_snaplen(void **state)
{
    struct world *w = *state;
    uint8_t bytes[100] = { 0 };
    begin(w, 5);
    w->compare = false;
    segment(w, 0, TL_ACK, 1, 1, bytes, 100, 42);
    assert_true(w->data == 42 && w->gaps == 58);
    segment(w, 0, TL_ACK, 201, 1, bytes, 100, 0);
    segment(w, 0, TL_ACK, 101, 1, bytes, 100, 100);
    assert_true(w->data == 142 && w->gaps == 158 && w->at == 300);
    finish(w);
}

/* After a gap only so many bytes are buffered; then the gap is given up. */
static void test_bounded(void **state)
{
    struct world *w = *state;
    static uint8_t bytes[1400];
    begin(w, 5);
    w->compare = false;
    uint32_t most = 0;
    for (uint32_t i = 1; i < 5000; i++) {
        segment(w, 0, TL_ACK, 1 + i * 1400, 1, bytes, 1400, 1400);
        most = w->tcp.half[0].range.held > most ? w->tcp.half[0].range.held : most;
    }
    assert_true(most <= 1 << 20);
    assert_true(w->data > 5000 * 1400 - (2 << 20));
    finish(w);
    assert_true(w->at == 5000 * 1400);
    begin(w, 5);
    w->compare = false;
    most = 0;
    for (uint32_t i = 1; i < 20000; i++) { /* a gap before every byte */
        segment(w, 0, TL_ACK, 1 + i * 2, 1, bytes, 1, 1);
        most = w->tcp.half[0].range.held_count > most ? w->tcp.half[0].range.held_count : most;
    }
    assert_true(most <= 4096);
    assert_true(tl_slab_used(w->slab) < MEMORY / 8);
    finish(w);
}

/* Without memory bytes are lost and counted; nothing else changes. */
static void test_no_memory(void **state)
{
    struct world *w = *state;
    static uint8_t bytes[60000];
    void *hoard[4096];
    unsigned hoarded = 0;
    begin(w, 5);
    w->compare = false;
    while (hoarded < TL_COUNT(hoard) && (hoard[hoarded] = tl_slab_get(w->slab, 60000)) != NULL)
        hoarded++;
    segment(w, 0, TL_ACK, 1 + 60000, 1, bytes, 60000, 60000);
    assert_true(w->truncated == 60000);
    segment(w, 0, TL_ACK, 1, 1, bytes, 60000, 60000);
    assert_true(w->data == 60000);
    while (hoarded > 0)
        tl_slab_put(w->slab, hoard[--hoarded], 60000);
    finish(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_any_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_gaps, setup, teardown),
        cmocka_unit_test_setup_teardown(test_missed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_differs, setup, teardown),
        cmocka_unit_test_setup_teardown(test_snaplen, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_memory, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
