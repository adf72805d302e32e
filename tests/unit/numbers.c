/* numbers.c - numbers of packets behind gaps, and behind too many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ui/numbers.h"

static void test_gaps(void **state)
{
    struct tl_numbers *numbers = calloc(1, sizeof *numbers);
    (void)state;
    assert_non_null(numbers);
    assert_int_equal(tl_numbers_get(numbers, 0), 0);
    uint64_t row = 0;
    for (uint64_t number = 5; number < 1000; number += number % 10 == 9 ? 11 : 1)
        tl_numbers_add(numbers, row++, number);
    row = 0;
    for (uint64_t number = 5; number < 1000; number += number % 10 == 9 ? 11 : 1)
        assert_int_equal(tl_numbers_get(numbers, row++), number);
    assert_int_equal(tl_numbers_get(numbers, row), 0);
    free(numbers);
}

static void test_too_many(void **state)
{
    struct tl_numbers *numbers = calloc(1, sizeof *numbers);
    (void)state;
    assert_non_null(numbers);
    for (uint64_t row = 0; row < 2 * TL_NUMBERS_GAPS; row++)
        tl_numbers_add(numbers, row, 2 * row + 1);
    assert_int_equal(tl_numbers_get(numbers, 0), 1);
    assert_int_equal(tl_numbers_get(numbers, TL_NUMBERS_GAPS - 1), 2 * TL_NUMBERS_GAPS - 1);
    assert_int_equal(tl_numbers_get(numbers, TL_NUMBERS_GAPS), 0);
    assert_int_equal(tl_numbers_get(numbers, 2 * TL_NUMBERS_GAPS - 1), 0);
    free(numbers);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_gaps), cmocka_unit_test(test_too_many) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
