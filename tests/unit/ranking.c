/* ranking.c - things are sorted by their keys, as many as there is memory for; the others are counted. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "ui/ranking.h"

enum { THINGS = 10000, FROM = 5, EACH = 20 }; /* bytes that one takes to be sorted */

static uint32_t first(const void *context)
{
    (void)context;
    return FROM;
}

static uint32_t end(const void *context)
{
    (void)context;
    return FROM + THINGS;
}

static bool key_of(const void *context, uint32_t index, unsigned column, uint64_t *key)
{
    (void)context;
    (void)column;
    *key = index * UINT64_C(7919) % THINGS; /* a prime: each key once */
    return true;
}

static struct tl_order *sort(struct tl_memory *memory, struct tl_ranking **ranking)
{
    static const struct tl_ranked things = { .first = first, .end = end, .key = key_of };
    struct pollfd wake = { .fd = eventfd(0, EFD_CLOEXEC), .events = POLLIN };
    *ranking = tl_ranking_new(&things, THINGS, memory, wake.fd);
    assert_non_null(*ranking);
    tl_ranking_want(*ranking, 1, true);
    assert_int_equal(poll(&wake, 1, 10000), 1);
    struct tl_order *order = tl_ranking_take(*ranking);
    assert_non_null(order);
    tl_ranking_free(*ranking);
    close(wake.fd);
    return order;
}

static void check(size_t most, bool all, bool some)
{
    struct tl_memory memory = { .most = most };
    struct tl_ranking *ranking;
    struct tl_order *order = sort(&memory, &ranking);
    uint64_t before = UINT64_MAX, key;
    assert_int_equal(order->count + order->left_out, THINGS);
    assert_true(order->left_out == 0 ? all : !all);
    assert_true(order->count > 0 ? some : !some);
    for (uint32_t i = 0; i < order->count; i++) {
        key_of(NULL, order->items[i], 0, &key);
        assert_true(key < before);
        before = key;
    }
    tl_order_free(order);
    assert_int_equal(memory.used, 0);
}

static void test_sorted(void **state)
{
    (void)state;
    check(1 << 20, true, true);
    check((size_t)THINGS * EACH / 2, false, true);
    check(128, false, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_sorted) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
