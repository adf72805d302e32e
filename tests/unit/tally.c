/* tally.c - hosts that are evicted for others, and time buckets that are overwritten. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "ui/store/buckets.h"
#include "ui/store/talkers.h"

static uint32_t host(struct tl_talkers *hosts, uint32_t n)
{
    uint8_t address[4];
    memcpy(address, &n, 4);
    return tl_talkers_find(hosts, 4, address);
}

/* With more hosts than fit, quiet hosts are evicted; busy hosts keep their counts. */
static void test_hosts(void **state)
{
    struct tl_talkers hosts;
    struct tl_talker is;
    uint8_t six[16] = { 0 };
    (void)state;
    assert_true(tl_talkers_init(&hosts, 1 << 16));
    uint32_t room = hosts.cells.capacity;
    uint32_t v6 = tl_talkers_find(&hosts, 6, six);
    assert_int_not_equal(v6, host(&hosts, 0)); /* another version is another host */
    for (uint32_t i = 0; i < 20 * room; i++) {
        tl_talkers_count(&hosts, host(&hosts, 7), true, 100, i);
        tl_talkers_count(&hosts, host(&hosts, 1000 + i), false, 50, i);
    }
    assert_true(tl_talkers_get(&hosts, host(&hosts, 7), &is));
    assert_int_equal(is.sent_packets, 20 * room);
    assert_int_equal(is.sent_bytes, 2000 * room);
    assert_false(tl_talkers_there(&hosts, v6));
    uint32_t there = 0;
    for (uint32_t i = tl_cells_first(&hosts.cells); i < tl_cells_count(&hosts.cells); i++)
        there += tl_talkers_get(&hosts, i, &is);
    assert_int_equal(there, room);
    assert_int_equal(atomic_load(&hosts.left), 20 * room + 3 - room);
    for (uint32_t i = 20 * room - 1; i > 20 * room - room / 2; i--) { /* those that came last are found again */
        assert_true(tl_talkers_get(&hosts, host(&hosts, 1000 + i), &is));
        assert_int_equal(is.received_packets, 1);
    }
    tl_talkers_fini(&hosts);
}

static void packets_are(const struct tl_buckets *buckets, int64_t width, int64_t number, double due)
{
    struct tl_amount is = tl_buckets_amount(buckets, width, number, TL_BUCKET_ALL);
    assert_true(is.packets > due - 1e-6 && is.packets < due + 1e-6);
    assert_true(is.bytes > 10 * due - 1e-6 && is.bytes < 10 * due + 1e-6);
}

static void test_buckets(void **state)
{
    enum { MS = 1000000, PROTOCOL = 3 };
    struct tl_buckets buckets;
    (void)state;
    assert_true(tl_buckets_init(&buckets, 0));
    int64_t each = (int64_t)buckets.each;
    packets_are(&buckets, MS, 0, 0);
    packets_are(&buckets, MS, -5, 0);
    for (int64_t i = 0; i < 10; i++)
        tl_buckets_count(&buckets, -5 * MS + i * MS / 2, PROTOCOL, 10); /* before 1970, from -5 to 0 ms */
    packets_are(&buckets, MS, -5, 2);
    packets_are(&buckets, MS, -1, 2);
    packets_are(&buckets, MS, 0, 0);
    packets_are(&buckets, 10 * MS, -1, 10);
    packets_are(&buckets, 5 * MS, -1, 10);
    assert_int_equal(tl_buckets_amount(&buckets, MS, -5, PROTOCOL).packets, 2);
    assert_int_equal(tl_buckets_amount(&buckets, MS, -5, PROTOCOL + 1).packets, 0);

    /* So much later that the finest buckets are overwritten: only their share of a wider bucket is left. */
    for (int64_t i = 0; i < each; i++)
        tl_buckets_count(&buckets, (each + i) * MS, PROTOCOL, 10);
    packets_are(&buckets, MS, each, 1);
    packets_are(&buckets, MS, -5, 1);
    packets_are(&buckets, 10 * MS, -1, 10);

    /* A time far ahead of all others takes only one place. */
    tl_buckets_count(&buckets, INT64_MAX, PROTOCOL, 10);
    tl_buckets_count(&buckets, INT64_MIN, PROTOCOL, 10);
    packets_are(&buckets, MS, each + 100, 1);
    tl_buckets_fini(&buckets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_buckets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
