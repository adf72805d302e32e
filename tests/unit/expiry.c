/* expiry.c - compares the timer wheel with a plain list: every flow ends in order, whatever time does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/time.h"
#include "flows/expiry.h"

#define SECOND INT64_C(1000000000)
#define YEAR (365 * 86400 * SECOND)

enum { FLOWS = 600, STEPS = 30000 };

static const int64_t timeouts[TL_CLASSES] = { 5 * SECOND,   5 * SECOND, 300 * SECOND, 10 * 3600 * SECOND,
                                              60 * SECOND,  SECOND / 7, 10 * SECOND };

struct world {
    struct tl_slab *slab;
    struct tl_expiry *expiry;
    struct tl_flow *flows[FLOWS]; /* all flows, unordered */
    unsigned count;
    uint64_t random, next_pkt;
    int64_t now;
};

static uint64_t next_random(struct world *w)
{
    w->random += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = w->random;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static int64_t deadline_of(const struct tl_flow *flow)
{
    return tl_etime_add(flow->touched, timeouts[flow->class]);
}

/* Returns the index of the flow that ends first. */
static unsigned earliest(const struct world *w)
{
    unsigned best = 0;
    for (unsigned i = 1; i < w->count; i++) {
        const struct tl_flow *a = w->flows[i], *b = w->flows[best];
        int64_t apart = tl_etime_between(deadline_of(a), deadline_of(b));
        if (apart > 0 || (apart == 0 && a->first_pkt < b->first_pkt))
            best = i;
    }
    return best;
}

static void forget(struct world *w, unsigned place)
{
    tl_expiry_give_back(w->expiry, w->flows[place]);
    w->flows[place] = w->flows[--w->count];
}

static void add(struct world *w, unsigned class)
{
    struct tl_flow *flow = tl_slab_get(w->slab, tl_flow_size(0));
    assert_non_null(flow);
    memset(flow, 0, tl_flow_size(0));
    flow->class = class & 7;
    flow->touched = w->now;
    flow->first_pkt = TL_FLOW_PKT(++w->next_pkt);
    assert_true(tl_expiry_add(w->expiry, flow));
    w->flows[w->count++] = flow;
}

/* Advances time to now: exactly the flows with an earlier deadline come out, in order. */
static unsigned drain(struct world *w, int64_t now)
{
    unsigned ended = 0;
    if (w->count > 0 && tl_etime_before(deadline_of(w->flows[earliest(w)]), tl_expiry_clock(w->expiry)->quiet_until))
        fail_msg("quiet until %lld, but a flow is due before", (long long)tl_expiry_clock(w->expiry)->quiet_until);
    for (struct tl_flow *flow; (flow = tl_expiry_next(w->expiry, now)) != NULL; ended++) {
        assert_true(w->count > 0);
        unsigned place = earliest(w);
        assert_ptr_equal(flow, w->flows[place]);
        assert_true(tl_expiry_deadline(w->expiry, flow) == deadline_of(flow));
        assert_true(tl_etime_before(deadline_of(flow), now));
        forget(w, place);
    }
    if (w->count > 0)
        assert_false(tl_etime_before(deadline_of(w->flows[earliest(w)]), now));
    w->now = now;
    return ended;
}

/* The end: every flow comes out, in order. */
static unsigned drain_all(struct world *w)
{
    unsigned ended = 0;
    for (struct tl_flow *flow; (flow = tl_expiry_evict(w->expiry)) != NULL; ended++) {
        assert_true(w->count > 0);
        unsigned place = earliest(w);
        assert_ptr_equal(flow, w->flows[place]);
        forget(w, place);
    }
    return ended;
}

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->slab = tl_slab_new(16 << 20);
    w->expiry = tl_expiry_new(w->slab, timeouts);
    assert_non_null(w->expiry);
    w->now = 1700000000 * SECOND;
    w->random = 1;
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    tl_expiry_free(w->expiry);
    tl_slab_free(w->slab);
    free(w);
    return 0;
}

static int64_t step_of_time(struct world *w)
{
    uint64_t kind = next_random(w) % 100;
    if (kind < 60)
        return (int64_t)(next_random(w) % (SECOND / 10));
    if (kind < 90)
        return (int64_t)(next_random(w) % (20 * SECOND));
    if (kind < 96)
        return (int64_t)(next_random(w) % (400 * SECOND));
    if (kind < 99)
        return (int64_t)(next_random(w) % (5 * 3600)) * SECOND;
    return (int64_t)(next_random(w) % 5) * YEAR;
}

static void change(struct world *w, struct tl_flow *flow, uint64_t how)
{
    switch (how) {
    case 0: /* a packet */
        flow->touched = w->now;
        break;
    case 1: /* another class */
        flow->class = next_random(w) % TL_CLASSES & 7;
        tl_expiry_move(w->expiry, flow);
        break;
    default: /* touched moves back, but the deadline stays in the future */
        flow->touched = w->now - (int64_t)(next_random(w) % (uint64_t)timeouts[flow->class]);
        tl_expiry_move(w->expiry, flow);
        break;
    }
}

static void test_against_a_list(void **state)
{
    struct world *w = *state;
    unsigned ended = 0;
    for (unsigned i = 0; i < STEPS; i++) {
        uint64_t what = next_random(w) % 100;
        if (what < 35 && w->count < FLOWS) {
            add(w, (unsigned)(next_random(w) % TL_CLASSES));
        } else if (what < 65 && w->count > 0) {
            change(w, w->flows[next_random(w) % w->count], next_random(w) % 3);
        } else if (what < 68 && w->count > 0) {
            unsigned place = (unsigned)(next_random(w) % w->count);
            tl_expiry_remove(w->expiry, w->flows[place]);
            forget(w, place);
        } else {
            ended += drain(w, w->now + step_of_time(w));
        }
    }
    ended += drain_all(w);
    assert_int_equal(w->count, 0);
    assert_true(ended > STEPS / 10);
    assert_null(tl_expiry_evict(w->expiry));
    assert_int_equal(tl_slab_used(w->slab), 0);
}

/*
 * Flows that wait in the heap end early, or their deadlines move: their entries stay in the heap, and the memory of those
 * that ended, but never more than as many as there are flows, and a few.
 */
static void test_early_ends(void **state)
{
    struct world *w = *state;
    for (unsigned round = 0; round < 50; round++) {
        while (w->count < FLOWS)
            add(w, TL_CLASS_UDP);
        w->flows[0]->touched -= 1000;
        tl_expiry_move(w->expiry, w->flows[0]);
        struct tl_flow *first = tl_expiry_evict(w->expiry); /* loads the heap */
        assert_ptr_equal(first, w->flows[0]);
        forget(w, 0);
        for (unsigned i = 0; i < 8 * FLOWS && w->count > 4; i++) {
            unsigned place = (unsigned)(next_random(w) % w->count);
            w->flows[place]->touched -= 1 + (int64_t)(next_random(w) % 5); /* 8 entries a flow, if none were taken out */
            tl_expiry_move(w->expiry, w->flows[place]);
            if (i % 8 == 0) {
                tl_expiry_remove(w->expiry, w->flows[place]);
                forget(w, place);
            }
        }
        assert_true(tl_slab_used(w->slab) <= 200 * 144);
    }
    assert_true(drain_all(w) > 0);
    assert_int_equal(tl_slab_used(w->slab), 0);
}

/* Flows with equal deadlines end in the order they began. */
static void test_ties(void **state)
{
    struct world *w = *state;
    for (unsigned i = 0; i < FLOWS; i++)
        add(w, i % 2 ? TL_CLASS_ATTEMPT : TL_CLASS_CLOSED);
    assert_int_equal(drain(w, w->now + 5 * SECOND), 0); /* a deadline equal to now is not over */
    assert_int_equal(drain(w, w->now + 1), FLOWS);
}

/* Timeouts of ten hours and jumps of years: the wheel covers 73 minutes. */
static void test_beyond_the_wheel(void **state)
{
    struct world *w = *state;
    add(w, TL_CLASS_LOGIN);
    int64_t start = w->now;
    for (unsigned i = 0; i < 9 * 60; i++)
        assert_int_equal(drain(w, w->now + 60 * SECOND), 0);
    w->flows[0]->touched = start + 1;
    assert_int_equal(drain(w, start + 10 * 3600 * SECOND + 1), 0);
    assert_int_equal(drain(w, start + 10 * 3600 * SECOND + 2), 1);
    for (unsigned year = 0; year < 200; year++) {
        add(w, TL_CLASS_LOGIN);
        add(w, TL_CLASS_TCP);
        assert_int_equal(drain(w, w->now + YEAR), 2);
    }
}

/* Engine time wraps: the same wherever it stands. */
static void test_wraps(void **state)
{
    struct world *w = *state;
    w->now = INT64_MAX - 5 * SECOND;
    add(w, TL_CLASS_UDP);
    add(w, TL_CLASS_LOGIN);
    assert_int_equal(drain(w, w->now + 2 * SECOND), 0);
    add(w, TL_CLASS_ATTEMPT);
    assert_int_equal(drain(w, tl_etime_add(w->now, 5 * SECOND + 1)), 1);
    assert_int_equal(drain(w, tl_etime_add(w->now, 60 * SECOND)), 1);
    assert_int_equal(drain(w, tl_etime_add(w->now, 10 * 3600 * SECOND)), 1);
    for (unsigned i = 0; i < 1000; i++) { /* 30 times round */
        add(w, TL_CLASS_LOGIN);
        add(w, TL_CLASS_ICMP);
        assert_int_equal(drain(w, tl_etime_add(w->now, 60 * SECOND)), 1);
        assert_int_equal(drain(w, tl_etime_add(w->now, 18 * YEAR)), 1);
    }
    add(w, TL_CLASS_LOGIN);
    assert_int_equal(drain_all(w), 1);
}

/* Deadlines far from the present: flows come out at once, and time stays where it is. */
static void test_centuries(void **state)
{
    struct world *w = *state;
    for (unsigned i = 0; i < 3; i++) {
        add(w, TL_CLASS_UDP);
        int64_t quiet = tl_expiry_clock(w->expiry)->quiet_until;
        w->flows[0]->touched = tl_etime_add(w->now, (100 + i * 60) * YEAR);
        assert_int_equal(drain_all(w), 1);
        assert_int_equal(tl_expiry_clock(w->expiry)->quiet_until, quiet);
    }
}

/* Eviction takes the flow that would end first, also after other evictions and after time moved. */
static void test_evict(void **state)
{
    struct world *w = *state;
    assert_null(tl_expiry_evict(w->expiry));
    for (unsigned i = 0; i < 4000; i++) {
        uint64_t what = next_random(w) % 10;
        if (what < 5 && w->count < FLOWS) {
            add(w, (unsigned)(next_random(w) % TL_CLASSES));
        } else if (what < 6 && w->count > 0) {
            struct tl_flow *flow = w->flows[next_random(w) % w->count];
            change(w, flow, next_random(w) % 3); /* slots that lie ahead are in the heap: an entry can be far too late */
            if (next_random(w) % 2)
                flow->touched = w->now;
        } else if (what < 9 && w->count > 0) {
            unsigned place = earliest(w);
            struct tl_flow *flow = tl_expiry_evict(w->expiry);
            assert_ptr_equal(flow, w->flows[place]);
            forget(w, place);
        } else {
            drain(w, w->now + (int64_t)(next_random(w) % (2 * SECOND)));
        }
    }
    while (w->count > 0) {
        struct tl_flow *flow = tl_expiry_evict(w->expiry);
        assert_non_null(flow);
        tl_expiry_give_back(w->expiry, flow);
        w->count--;
    }
    assert_null(tl_expiry_evict(w->expiry));
    assert_int_equal(tl_slab_used(w->slab), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_against_a_list, setup, teardown),
        cmocka_unit_test_setup_teardown(test_early_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ties, setup, teardown),
        cmocka_unit_test_setup_teardown(test_beyond_the_wheel, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wraps, setup, teardown),
        cmocka_unit_test_setup_teardown(test_centuries, setup, teardown),
        cmocka_unit_test_setup_teardown(test_evict, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
