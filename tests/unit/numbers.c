/* numbers.c - numbers of packets after gaps, and after more gaps than are kept. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ui/store/numbers.h"

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

/* The newest gaps are known, however many there were. */
static void test_many(void **state)
{
    struct tl_numbers *numbers = calloc(1, sizeof *numbers);
    const uint64_t rows = 3 * TL_NUMBERS_GAPS + 7, oldest = rows - TL_NUMBERS_GAPS + 1;
    (void)state;
    assert_non_null(numbers);
    for (uint64_t row = 0; row < rows; row++)
        tl_numbers_add(numbers, row, 2 * row + 1);
    for (uint64_t row = 0; row < rows; row++)
        assert_int_equal(tl_numbers_get(numbers, row), row < oldest ? 0 : 2 * row + 1);
    assert_int_equal(tl_numbers_get(numbers, rows), 0);
    free(numbers);
}

static struct tl_numbers busy;
enum { EACH = 2000000 };

static void *add(void *context)
{
    for (uint64_t row = 0; row < EACH; row++)
        tl_numbers_add(&busy, row, 3 * row + 1);
    return context;
}

/* Lookups while entries are overwritten: the right number, or none. */
static void test_meanwhile(void **state)
{
    pthread_t writer;
    uint64_t known = 0, back = 1;
    (void)state;
    assert_int_equal(pthread_create(&writer, NULL, add, NULL), 0);
    while ((known = atomic_load(&busy.known)) < EACH) {
        back = back * 5 % (TL_NUMBERS_GAPS + 3);
        if (known <= back)
            continue;
        uint64_t number = tl_numbers_get(&busy, known - back);
        assert_true(number == 0 || number == 3 * (known - back) + 1);
    }
    pthread_join(writer, NULL);
    assert_int_equal(tl_numbers_get(&busy, EACH - 1), 3 * (EACH - 1) + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_gaps), cmocka_unit_test(test_many),
                                        cmocka_unit_test(test_meanwhile) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
