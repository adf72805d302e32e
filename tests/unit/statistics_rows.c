/* statistics_rows.c - the table of the statistics: keys, order, the limit of memory, sorting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "filter/streams.h"
#include "statistics/rows.h"

static void finds_rows_by_key(void **state)
{
    struct tl_rows rows;
    bool is_new;
    (void)state;
    tl_rows_init(&rows, sizeof(uint64_t), 1 << 20);
    assert_null(tl_rows_find(&rows, "a", 1));
    for (uint32_t i = 0; i < 5000; i++) {
        uint64_t *row = tl_rows_row(&rows, &i, sizeof i, &is_new);
        assert_non_null(row);
        assert_true(is_new);
        assert_int_equal(*row, 0);
        *row = i * 3;
    }
    for (uint32_t i = 0; i < 5000; i++) {
        assert_int_equal(*(uint64_t *)tl_rows_row(&rows, &i, sizeof i, &is_new), i * 3);
        assert_false(is_new);
        assert_int_equal(*(uint64_t *)tl_rows_at(&rows, i), i * 3);
        assert_memory_equal(tl_rows_key(&rows, i).data, &i, sizeof i);
    }
    assert_int_equal(rows.count, 5000);
    tl_rows_fini(&rows);
}

/* Keys of different lengths are different, also where one begins with the other. */
static void tells_lengths_apart(void **state)
{
    struct tl_rows rows;
    bool is_new;
    (void)state;
    tl_rows_init(&rows, 1, 1 << 20);
    assert_non_null(tl_rows_row(&rows, "host", 4, &is_new));
    assert_non_null(tl_rows_row(&rows, "host", 3, &is_new));
    assert_true(is_new);
    assert_non_null(tl_rows_row(&rows, "", 0, &is_new));
    assert_true(is_new);
    assert_int_equal(rows.count, 3);
    assert_null(tl_rows_find(&rows, "ho", 2));
    tl_rows_fini(&rows);
}

/* A full table keeps its rows, takes no more, and stays within its memory. */
static void stops_at_its_memory(void **state)
{
    struct tl_rows rows;
    bool is_new;
    uint32_t taken = 0;
    (void)state;
    tl_rows_init(&rows, 100, 256 << 10);
    for (uint32_t i = 0; i < 100000; i++)
        taken += tl_rows_row(&rows, &i, sizeof i, &is_new) != NULL;
    assert_true(rows.full);
    assert_in_range(taken, 500, 2600);
    assert_int_equal(taken, rows.count);
    assert_true(rows.used <= rows.memory);
    for (uint32_t i = 0; i < 100000; i++)
        assert_int_equal(tl_rows_find(&rows, &i, sizeof i) != NULL, i < taken);
    tl_rows_fini(&rows);
}

static bool is_more(const void *a, const void *b)
{
    return *(const uint64_t *)a > *(const uint64_t *)b;
}

static void sorts_and_keeps_the_order_of_equals(void **state)
{
    static const uint64_t values[] = { 3, 1, 3, 7, 1, 7, 2 };
    static const uint32_t due[] = { 3, 5, 0, 2, 6, 1, 4 };
    struct tl_rows rows;
    bool is_new;
    (void)state;
    tl_rows_init(&rows, sizeof(uint64_t), 1 << 20);
    for (uint32_t i = 0; i < 7; i++)
        *(uint64_t *)tl_rows_row(&rows, &i, sizeof i, &is_new) = values[i];
    uint32_t *order = tl_rows_sorted(&rows, is_more);
    assert_non_null(order);
    assert_memory_equal(order, due, sizeof due);
    free(order);
    tl_rows_fini(&rows);
    order = tl_rows_sorted(&rows, is_more); /* of an empty table */
    assert_non_null(order);
    free(order);
}

/* Numbers of conversations end where their limit of memory is reached; those that have one keep it. */
static void conversations_stay_within_memory(void **state)
{
    uint8_t src[4] = { 10, 0, 0, 0 }, dst[4] = { 10, 1, 1, 1 };
    struct tl_streams *streams = tl_streams_new_within(1 << 20);
    uint32_t number, given = 0;
    (void)state;
    assert_non_null(streams);
    for (uint32_t i = 0; i < 60000; i++) {
        const struct tl_endpoints e = { .version = 4, .src = src, .dst = dst, .src_port = (uint16_t)i, .dst_port = 53 };
        if (tl_streams_find(streams, &e, &number)) {
            assert_int_equal(number, i);
            given++;
        }
    }
    assert_in_range(given, 2000, 16000);
    const struct tl_endpoints first = { .version = 4, .src = dst, .dst = src, .src_port = 53, .dst_port = 0 };
    assert_true(tl_streams_find(streams, &first, &number));
    assert_int_equal(number, 0);
    tl_streams_free(streams);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_rows_by_key),
        cmocka_unit_test(tells_lengths_apart),
        cmocka_unit_test(stops_at_its_memory),
        cmocka_unit_test(sorts_and_keeps_the_order_of_equals),
        cmocka_unit_test(conversations_stay_within_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
