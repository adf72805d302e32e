/* ranking.c - sorts items by key, as many as fit into memory; the others are counted. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "ui/tasks/ranking.h"

enum { THINGS = 10000, FROM = 5, EACH = 20 }; /* EACH: bytes per item to sort */

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

static bool key_of(const void *context, uint32_t index, unsigned column, unsigned word, uint64_t *key)
{
    (void)context;
    (void)column;
    (void)word;
    *key = index * UINT64_C(7919) % THINGS; /* 7919 is a prime: each key occurs once */
    return true;
}

static struct tl_rank_order *sort(struct tl_memory *memory, struct tl_ranking **ranking)
{
    static const uint8_t words[] = { 1, 1 };
    static const struct tl_ranked things = { .first = first, .end = end, .key = key_of, .words = words };
    struct pollfd wake = { .fd = eventfd(0, EFD_CLOEXEC), .events = POLLIN };
    *ranking = tl_ranking_new(&things, THINGS, memory, wake.fd);
    assert_non_null(*ranking);
    tl_ranking_want(*ranking, 1, true);
    assert_int_equal(poll(&wake, 1, 10000), 1);
    struct tl_rank_order *order = tl_ranking_take(*ranking);
    assert_non_null(order);
    tl_ranking_free(*ranking);
    close(wake.fd);
    return order;
}

static void check(size_t most, bool all, bool some)
{
    struct tl_memory memory = { .most = most };
    struct tl_ranking *ranking;
    struct tl_rank_order *order = sort(&memory, &ranking);
    uint64_t before = UINT64_MAX, key;
    assert_int_equal(order->count + order->left_out, THINGS);
    assert_true(order->left_out == 0 ? all : !all);
    assert_true(order->count > 0 ? some : !some);
    for (uint32_t i = 0; i < order->count; i++) {
        key_of(NULL, order->items[i], 0, 0, &key);
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

/* Addresses and texts that differ only in their last bytes, and equal items: sorted by number. */
enum { ADDRESS, TEXT };
static const struct {
    unsigned version;
    uint8_t address[16];
    const char *text;
} named[] = {
    { 6, { 0xfe, 0x80, [14] = 1, [15] = 2 }, "GET http://host.example/a/long/path/2" },
    { 6, { 0xfe, 0x80, [14] = 1, [15] = 1 }, "GET http://host.example/a/long/path/1" },
    { 6, { 0x7e, 0x80 }, "GET http://host.example/a/long/path" },
    { 4, { 192, 168, 0, 2 }, "" },
    { 4, { 10, 0, 0, 1 }, "GET http" },
    { 6, { [15] = 1 }, "GET http:" },
    { 6, { 0xfe, 0x80, [14] = 1, [15] = 2 }, "GET http://host.example/a/long/path/2" },
};

static uint32_t none(const void *context)
{
    (void)context;
    return 0;
}

static uint32_t all(const void *context)
{
    (void)context;
    return sizeof named / sizeof named[0];
}

static bool name_of(const void *context, uint32_t index, unsigned column, unsigned word, uint64_t *key)
{
    (void)context;
    *key = column == ADDRESS ? tl_ranking_address(named[index].version, named[index].address, word)
                             : tl_ranking_text(named[index].text, word);
    return true;
}

static void check_order(unsigned column, bool descending, const uint32_t *due)
{
    static const uint8_t words[] = { [ADDRESS] = TL_RANKING_ADDRESS_WORDS, [TEXT] = TL_RANKING_TEXT_WORDS(160) };
    static const struct tl_ranked things = { .first = none, .end = all, .key = name_of, .words = words };
    struct tl_memory memory = { .most = 1 << 16 };
    struct pollfd wake = { .fd = eventfd(0, EFD_CLOEXEC), .events = POLLIN };
    struct tl_ranking *ranking = tl_ranking_new(&things, 100, &memory, wake.fd);
    assert_non_null(ranking);
    tl_ranking_want(ranking, column, descending);
    assert_int_equal(poll(&wake, 1, 10000), 1);
    struct tl_rank_order *order = tl_ranking_take(ranking);
    assert_non_null(order);
    assert_int_equal(order->count, all(NULL));
    assert_memory_equal(order->items, due, order->count * sizeof *due);
    tl_order_free(order);
    tl_ranking_free(ranking);
    close(wake.fd);
}

static void test_whole_keys(void **state)
{
    (void)state;
    check_order(ADDRESS, false, (const uint32_t[]){ 4, 3, 5, 2, 1, 0, 6 });
    check_order(ADDRESS, true, (const uint32_t[]){ 0, 6, 1, 2, 5, 3, 4 });
    check_order(TEXT, false, (const uint32_t[]){ 3, 4, 5, 2, 1, 0, 6 });
    check_order(TEXT, true, (const uint32_t[]){ 0, 6, 1, 2, 5, 4, 3 });
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_sorted), cmocka_unit_test(test_whole_keys) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
