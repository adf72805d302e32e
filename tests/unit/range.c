/*
 * range.c - byte ranges put in order, against an array: whatever way bytes are cut, mixed, repeated and lost, each
 * comes out once, in its place, and of two copies the first.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/range.h"

enum { LENGTH = 2000, MEMORY = 8 << 20 };

static const struct tl_range_limits wide = { UINT32_MAX, UINT32_MAX };

struct world {
    struct tl_slab *slab;
    struct tl_range range;
    uint64_t random;
    uint64_t base;          /* place of model[0] */
    uint8_t model[LENGTH];  /* the first copy of each byte */
    bool there[LENGTH], captured[LENGTH];
    uint64_t at;            /* place behind what came out */
    uint64_t data, gaps, cuts;
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

static void on_data(void *context, struct tl_bytes bytes)
{
    struct world *w = context;
    assert_true(bytes.len > 0);
    assert_true(w->range.next == w->at + bytes.len);
    for (uint32_t i = 0; w->compare && i < bytes.len; i++) {
        uint64_t at = w->at + i - w->base;
        assert_true(at < LENGTH && w->there[at] && w->captured[at]);
        assert_int_equal(bytes.data[i], w->model[at]);
    }
    w->at += bytes.len;
    w->data += bytes.len;
}

static void on_gap(void *context, uint64_t n, bool cut)
{
    struct world *w = context;
    assert_true(n > 0);
    assert_true(w->range.next == w->at + n);
    for (uint64_t i = 0; w->compare && i < n; i++) {
        uint64_t at = w->at + i - w->base;
        assert_true(at < LENGTH && w->there[at] == cut && !w->captured[at]);
    }
    w->at += n;
    *(cut ? &w->cuts : &w->gaps) += n;
}

static struct tl_range_reader reader(struct world *w)
{
    return (struct tl_range_reader){ on_data, on_gap, w };
}

static void begin(struct world *w, uint64_t base)
{
    w->range = (struct tl_range){ .next = base };
    w->base = w->at = base;
    w->data = w->gaps = w->cuts = 0;
    memset(w->there, 0, sizeof w->there);
    memset(w->captured, 0, sizeof w->captured);
    w->compare = true;
}

/* [from, from + len) of the string, of which the capture has `here`, in a block of its own size. */
static struct tl_range_result add(struct world *w, uint32_t from, uint32_t len, uint32_t here, uint8_t other,
                                  const struct tl_range_limits *limits)
{
    const struct tl_range_reader to = reader(w);
    uint8_t *copy = malloc(here > 0 ? here : 1);
    assert_non_null(copy);
    for (uint32_t i = 0; i < len; i++) {
        uint8_t byte = (uint8_t)((from + i) * 31 + other);
        if (i < here)
            copy[i] = byte;
        if (!w->there[from + i] && w->base + from + i >= w->at) {
            w->there[from + i] = true;
            w->captured[from + i] = i < here;
            w->model[from + i] = byte;
        }
    }
    uint64_t at = w->base + from;
    struct tl_range_result result =
        tl_range_add(&w->range, at, at + len, (struct tl_bytes){ copy, here }, limits, &to, w->slab);
    memset(copy, 0xee, here > 0 ? here : 1);
    free(copy);
    return result;
}

/* What can be said of a range at any time. */
static void check(const struct world *w)
{
    const struct tl_range *r = &w->range;
    assert_true(r->next == w->at);
    assert_int_equal(r->first == NULL, r->held_count == 0);
    assert_int_equal(r->first == NULL, r->tail == NULL);
    assert_true(r->held_count > 0 || r->held == 0);
}

static void finish(struct world *w)
{
    const struct tl_range_reader to = reader(w);
    tl_range_flush(&w->range, &to, w->slab);
    check(w);
    assert_null(w->range.first);
    assert_true(w->at - w->base == w->data + w->gaps + w->cuts);
    assert_int_equal(tl_slab_used(w->slab), 0);
}

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->slab = tl_slab_new(MEMORY);
    assert_non_null(w->slab);
    w->random = 1;
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    assert_int_equal(tl_slab_used(w->slab), 0);
    tl_slab_free(w->slab);
    free(w);
    return 0;
}

/* Every order of pieces that overlap, repeat and disagree; all of it comes in the end. */
static void test_any_order(void **state)
{
    struct world *w = *state;
    for (unsigned round = 0; round < 300; round++) {
        begin(w, round % 3 ? next_random(w) >> (next_random(w) % 60 + 1) : UINT64_MAX - LENGTH);
        uint32_t longest = 1 + (uint32_t)(next_random(w) % 200);
        bool cuts = round % 4 == 1;
        for (unsigned i = 0; i < 40; i++) {
            uint32_t from = (uint32_t)(next_random(w) % LENGTH), len = 1 + (uint32_t)(next_random(w) % longest);
            len = len > LENGTH - from ? LENGTH - from : len;
            uint32_t here = cuts && next_random(w) % 3 == 0 ? (uint32_t)(next_random(w) % (len + 1)) : len;
            uint64_t at = w->at;
            bool fresh = false;
            for (uint32_t k = 0; k < len; k++)
                fresh = fresh || (!w->there[from + k] && w->base + from + k >= at);
            assert_int_equal(add(w, from, len, here, (uint8_t)(round % 2 ? 0 : next_random(w)), &wide).fresh, fresh);
            check(w);
        }
        for (uint32_t from = 0; from < LENGTH; from += 97)
            add(w, from, LENGTH - from < 97 ? LENGTH - from : 97, LENGTH - from < 97 ? LENGTH - from : 97, 0, &wide);
        assert_true(w->at - w->base == LENGTH && w->gaps == 0);
        assert_true(cuts || w->cuts == 0);
        finish(w);
    }
}

/* Pieces are lost for good, and now and then it is known up to where. */
static void test_holes(void **state)
{
    struct world *w = *state;
    for (unsigned round = 0; round < 300; round++) {
        begin(w, UINT64_C(1) << (round % 63));
        const struct tl_range_reader to = reader(w);
        for (unsigned i = 0; i < 60; i++) {
            uint32_t from = (uint32_t)(next_random(w) % LENGTH), len = 1 + (uint32_t)(next_random(w) % 50);
            len = len > LENGTH - from ? LENGTH - from : len;
            add(w, from, len, len, 0, &wide);
            if (next_random(w) % 10 == 0) {
                uint64_t known = w->base + next_random(w) % LENGTH;
                tl_range_missing(&w->range, known, &to, w->slab);
                assert_true(w->range.next >= known);
            } else if (next_random(w) % 10 == 0) {
                bool held = w->range.first != NULL;
                uint64_t before = w->at;
                tl_range_give_up(&w->range, &to, w->slab);
                assert_int_equal(w->at > before, held);
            }
            check(w);
            assert_true(w->range.first == NULL || w->range.next < UINT64_MAX);
        }
        finish(w);
    }
}

/* Not a byte and not a piece more is held than the limits allow; what is given up is the oldest hole. */
static void test_limits(void **state)
{
    struct world *w = *state;
    const struct tl_range_limits narrow = { 100, 7 };
    for (unsigned round = 0; round < 200; round++) {
        begin(w, 0);
        for (unsigned i = 0; i < 200; i++) {
            uint32_t from = (uint32_t)(next_random(w) % LENGTH), len = 1 + (uint32_t)(next_random(w) % 40);
            len = len > LENGTH - from ? LENGTH - from : len;
            add(w, from, len, len, 0, &narrow);
            check(w);
            assert_true(w->range.held <= narrow.bytes && w->range.held_count <= narrow.pieces);
        }
        finish(w);
    }
    begin(w, 0);
    add(w, 10, 60, 60, 0, &narrow);
    assert_int_equal(w->at, 0);
    add(w, 100, 40, 40, 0, &narrow);
    assert_int_equal(w->at, 0);
    add(w, 200, 1, 1, 0, &narrow); /* the first byte too many */
    assert_int_equal(w->at, 70);
    assert_int_equal(w->range.held, 41);
    finish(w);
}

/* Copies that disagree: counted against what is held, early or in order; what was handed over is not kept. */
static void test_differs(void **state)
{
    struct world *w = *state;
    begin(w, 0);
    add(w, 20, 10, 10, 0, &wide);
    add(w, 20, 10, 10, 0, &wide);
    assert_int_equal(w->range.differs, 0);
    add(w, 25, 10, 10, 1, &wide);
    assert_int_equal(w->range.differs, 1);
    add(w, 0, 25, 25, 2, &wide);
    assert_int_equal(w->range.differs, 2);
    assert_int_equal(w->at, 35);
    add(w, 0, 35, 35, 3, &wide);
    assert_int_equal(w->range.differs, 2);
    finish(w);
}

/* Nobody reads: places are followed, bytes are not kept, and what is out of order says nothing. */
static void test_skip(void **state)
{
    struct world *w = *state;
    begin(w, 0);
    w->compare = false;
    w->range.skip = true;
    add(w, 100, 1000, 1000, 0, &wide);
    assert_int_equal(w->range.held, 0);
    assert_int_equal(w->range.held_count, 1);
    assert_true(tl_slab_used(w->slab) < 200);
    add(w, 0, 100, 100, 0, &wide);
    assert_true(w->range.next == 1100);
    assert_int_equal(w->data, 100);
    assert_int_equal(w->gaps + w->cuts, 0);
    w->at = 1100;
    w->data = 1100;
    finish(w);
}

/* The short way counts only what is next while nothing is held. */
static void test_pass(void **state)
{
    struct world *w = *state;
    begin(w, 5);
    assert_false(tl_range_pass(&w->range, 6, 8));
    assert_false(tl_range_pass(&w->range, 4, 8));
    assert_true(w->range.next == 5);
    assert_true(tl_range_pass(&w->range, 5, 8));
    assert_true(w->range.next == 8);
    w->at = 8;
    w->data = 3;
    add(w, 10, 2, 2, 0, &wide);
    assert_false(tl_range_pass(&w->range, 8, 9));
    finish(w);
}

/* Without memory early bytes are lost and counted; bytes in order pass. */
static void test_no_memory(void **state)
{
    struct world *w = *state;
    enum { BLOCK = 60000 };
    static uint8_t bytes[BLOCK];
    void *hoard[256];
    unsigned hoarded = 0;
    const struct tl_range_reader to = reader(w);
    begin(w, 0);
    w->compare = false;
    while (hoarded < TL_COUNT(hoard) && (hoard[hoarded] = tl_slab_get(w->slab, BLOCK)) != NULL)
        hoarded++;
    struct tl_range_result r =
        tl_range_add(&w->range, BLOCK, 2 * BLOCK, (struct tl_bytes){ bytes, BLOCK }, &wide, &to, w->slab);
    assert_true(r.fresh && r.lost == BLOCK && w->range.first == NULL);
    r = tl_range_add(&w->range, 0, BLOCK, (struct tl_bytes){ bytes, BLOCK }, &wide, &to, w->slab);
    assert_true(r.fresh && r.lost == 0 && w->data == BLOCK);
    while (hoarded > 0)
        tl_slab_put(w->slab, hoard[--hoarded], BLOCK);
    tl_range_missing(&w->range, 2 * BLOCK, &to, w->slab);
    assert_true(w->gaps == BLOCK);
    finish(w);
}

/* Places up to the end of 64 bits, in pieces longer than 32 bits can say. */
static void test_far(void **state)
{
    struct world *w = *state;
    const uint64_t far = UINT64_C(1) << 63;
    const struct tl_range_reader to = reader(w);
    static const uint8_t bytes[10] = { 0 };
    begin(w, 0);
    w->compare = false;
    tl_range_add(&w->range, far, far + 10, (struct tl_bytes){ bytes, 10 }, &wide, &to, w->slab);
    assert_true(w->range.next == 0 && w->range.held == 10);
    tl_range_add(&w->range, UINT64_MAX - 10, UINT64_MAX, (struct tl_bytes){ bytes, 10 }, &wide, &to, w->slab);
    tl_range_give_up(&w->range, &to, w->slab);
    assert_true(w->at == far + 10 && w->gaps == far && w->data == 10);
    tl_range_missing(&w->range, UINT64_MAX, &to, w->slab);
    assert_true(w->at == UINT64_MAX && w->data == 20);
    tl_range_add(&w->range, UINT64_MAX - 2, 4, (struct tl_bytes){ bytes, 7 }, &wide, &to, w->slab); /* wraps */
    assert_true(w->at == UINT64_MAX);
    finish(w);
    begin(w, 0);
    w->compare = false;
    tl_range_add(&w->range, 1, far, (struct tl_bytes){ bytes, 10 }, &wide, &to, w->slab); /* cut to 10 bytes */
    tl_range_add(&w->range, 0, 1, (struct tl_bytes){ bytes, 1 }, &wide, &to, w->slab);
    assert_true(w->at == far && w->data == 11 && w->cuts == far - 11);
    finish(w);
}

/* What is held is given back unread. */
static void test_fini(void **state)
{
    struct world *w = *state;
    begin(w, 0);
    for (uint32_t from = 1; from + 2 <= LENGTH; from += 3)
        add(w, from, 2, 2, 0, &wide);
    assert_true(w->range.held_count > 600);
    tl_range_fini(&w->range, w->slab);
    assert_int_equal(w->data, 0);
    assert_null(w->range.first);
    assert_int_equal(w->range.held, 0);
    assert_int_equal(tl_slab_used(w->slab), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_any_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_holes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_differs, setup, teardown),
        cmocka_unit_test_setup_teardown(test_skip, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pass, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_far, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fini, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
