/* clock.c - tests of capture/clock.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/clock.h"
#include "core/status.h"
#include "core/time.h"

#define SECOND INT64_C(1000000000)
#define YEAR   (INT64_C(31557600) * SECOND)
#define FAR    TL_ETIME_STEP_MOST
#define START  (INT64_C(1500000000) * SECOND)

/* Runs n timestamps through a new clock. */
static void run(const int64_t *ts, int64_t *etime, size_t n)
{
    struct tl_clock clock = { .started = false };
    for (size_t i = 0; i < n; i++) {
        etime[i] = tl_clock_advance(&clock, ts[i], i + 1 < n ? &ts[i + 1] : NULL);
        if (i > 0)
            assert_false(tl_etime_before(etime[i], etime[i - 1]));
    }
}

static void check(const int64_t *ts, const int64_t *expected, size_t n)
{
    int64_t etime[16];
    assert_true(n <= TL_COUNT(etime));
    run(ts, etime, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(etime[i], expected[i]);
}

static void test_steady(void **state)
{
    (void)state;
    const int64_t ts[] = { START, START + 5, START + 3, START + 60 * SECOND, START + 1, START + 61 * SECOND };
    const int64_t expected[] = {
        START, START + 5, START + 5, START + 60 * SECOND, START + 60 * SECOND, START + 61 * SECOND
    };
    check(ts, expected, TL_COUNT(ts));
}

static void test_sparse(void **state)
{
    (void)state;
    int64_t ts[10];
    for (int i = 0; i < 10; i++)
        ts[i] = START + i * 1000 * SECOND;
    check(ts, ts, TL_COUNT(ts));
}

static void test_wild_forwards(void **state)
{
    (void)state;
    const int64_t ts[] = { START, START + SECOND, START + 5 * YEAR, START + 2 * SECOND, START + 3 * SECOND };
    const int64_t expected[] = { START, START + SECOND, START + SECOND, START + 2 * SECOND, START + 3 * SECOND };
    check(ts, expected, TL_COUNT(ts));
}

static void test_wild_back(void **state)
{
    (void)state;
    const int64_t ts[] = { START, START + SECOND, 0, START + 2 * SECOND, START + 3 * SECOND };
    const int64_t expected[] = { START, START + SECOND, START + SECOND, START + 2 * SECOND, START + 3 * SECOND };
    check(ts, expected, TL_COUNT(ts));
}

static void test_confirmed_forwards(void **state)
{
    (void)state;
    const int64_t ts[] = { START, START + 5 * YEAR, START + 5 * YEAR - 60 * SECOND, START + 5 * YEAR + 1 };
    const int64_t expected[] = { START, START + FAR, START + FAR, START + FAR + 1 };
    check(ts, expected, TL_COUNT(ts));
}

/* Time continues from the old value at the pace of the new packets. */
static void test_confirmed_back(void **state)
{
    (void)state;
    const int64_t old = START - 5 * YEAR;
    const int64_t ts[] = { START, old, old + SECOND, old + 2 * SECOND, START + SECOND, START + 2 * SECOND };
    const int64_t expected[] = {
        START, START, START + SECOND, START + 2 * SECOND, START + 2 * SECOND + FAR, START + 3 * SECOND + FAR
    };
    check(ts, expected, TL_COUNT(ts));
}

/* Two captures from different years, merged packet by packet: the time of the first one counts. */
static void test_interleaved(void **state)
{
    (void)state;
    const int64_t other = START + 10 * YEAR;
    const int64_t ts[] = {
        START, other, START + SECOND, other + SECOND, START + 2 * SECOND, other + 2 * SECOND, other + 3 * SECOND
    };
    const int64_t expected[] = {
        START, START, START + SECOND, START + SECOND, START + 2 * SECOND, START + 2 * SECOND + FAR,
        START + 3 * SECOND + FAR
    };
    check(ts, expected, TL_COUNT(ts));
}

static void test_end_confirms(void **state)
{
    (void)state;
    const int64_t forwards[] = { START, START + YEAR };
    const int64_t expected[] = { START, START + FAR };
    check(forwards, expected, 2);
    struct tl_clock clock = { .started = false };
    tl_clock_advance(&clock, START, NULL);
    assert_int_equal(tl_clock_advance(&clock, START - YEAR, NULL), START);
    assert_int_equal(tl_clock_advance(&clock, START - YEAR + SECOND, NULL), START + SECOND);
}

static void test_is_step(void **state)
{
    (void)state;
    struct tl_clock clock = { .started = false };
    assert_false(tl_clock_is_step(&clock, START));
    tl_clock_advance(&clock, START, NULL);
    assert_false(tl_clock_is_step(&clock, START + TL_CLOCK_STEP));
    assert_true(tl_clock_is_step(&clock, START + TL_CLOCK_STEP + 1));
    assert_false(tl_clock_is_step(&clock, START - TL_CLOCK_STEP));
    assert_true(tl_clock_is_step(&clock, START - TL_CLOCK_STEP - 1));
    assert_int_equal(clock.now, START);
}

static void test_extremes(void **state)
{
    (void)state;
    const int64_t most = INT64_MAX - 1, least = INT64_MIN + 1;
    const int64_t wild[] = { INT64_MAX, START, INT64_MAX, INT64_MAX, START + SECOND, INT64_MIN, START + 2 * SECOND };
    const int64_t expected[] = { 0, 0, 0, 0, SECOND, SECOND, 2 * SECOND };
    check(wild, expected, TL_COUNT(wild));
    const int64_t ts[] = { least, most, most, least, least, 0, most, least, most };
    int64_t etime[TL_COUNT(ts)];
    run(ts, etime, TL_COUNT(ts));
    assert_int_equal(etime[0], least);
    assert_int_equal(etime[2], least + FAR);
}

/* However often time jumps: engine time goes on as if it were for the first time. */
static void test_never_ends(void **state)
{
    (void)state;
    struct tl_clock clock = { .started = false };
    const int64_t old = START - 30 * YEAR, start = START;
    int64_t now = tl_clock_advance(&clock, old, &old);
    for (unsigned i = 0; i < 10000; i++) {
        int64_t then = now;
        now = tl_clock_advance(&clock, start, &start);
        assert_int_equal(tl_etime_between(then, now), FAR);
        assert_int_equal(tl_clock_advance(&clock, old, &old), now);
        then = now;
        now = tl_clock_advance(&clock, old + SECOND, &old);
        assert_int_equal(tl_etime_between(then, now), SECOND);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steady),
        cmocka_unit_test(test_sparse),
        cmocka_unit_test(test_wild_forwards),
        cmocka_unit_test(test_wild_back),
        cmocka_unit_test(test_confirmed_forwards),
        cmocka_unit_test(test_confirmed_back),
        cmocka_unit_test(test_interleaved),
        cmocka_unit_test(test_end_confirms),
        cmocka_unit_test(test_is_step),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_never_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
