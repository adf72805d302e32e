/* ring.c - tests of capture/ring.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <unistd.h>

#include "capture/ring.h"
#include "core/status.h"

enum { ITEMS = 200000 };

static int items[ITEMS];

static void test_order_and_room(void **state)
{
    (void)state;
    struct tl_ring *ring = tl_ring_new(4);
    assert_non_null(ring);
    assert_null(tl_ring_try_pop(ring));
    for (int round = 0; round < 100; round++) {
        int pushed = 0;
        while (tl_ring_try_push(ring, &items[pushed]))
            pushed++;
        assert_int_equal(pushed, 4);
        assert_ptr_equal(tl_ring_pop(ring), &items[0]);
        tl_ring_push(ring, &items[4]);
        assert_false(tl_ring_try_push(ring, &items[5]));
        for (int i = 1; i <= 4; i++)
            assert_ptr_equal(tl_ring_pop(ring), &items[i]);
        assert_null(tl_ring_try_pop(ring));
    }
    tl_ring_free(ring);
    tl_ring_free(NULL);
}

static void test_sizes(void **state)
{
    (void)state;
    const uint32_t sizes[] = { 0, 1, 3, 5, 64 };
    for (size_t i = 0; i < TL_COUNT(sizes); i++) {
        struct tl_ring *ring = tl_ring_new(sizes[i]);
        assert_non_null(ring);
        for (uint32_t n = 0; n < sizes[i]; n++)
            assert_true(tl_ring_try_push(ring, &items[n]));
        for (uint32_t n = 0; n < sizes[i]; n++)
            assert_ptr_equal(tl_ring_try_pop(ring), &items[n]);
        tl_ring_free(ring);
    }
    assert_null(tl_ring_new(UINT32_MAX));
}

struct peer {
    struct tl_ring *ring;
    unsigned pause_every; /* 0: never */
};

static void *produce(void *context)
{
    const struct peer *peer = context;
    for (unsigned i = 0; i < ITEMS; i++) {
        if (peer->pause_every != 0 && i % peer->pause_every == 0)
            usleep(200);
        tl_ring_push(peer->ring, &items[i]);
    }
    return NULL;
}

/* Everything arrives once and in order, whichever side sleeps; a lost wake-up would hang here. */
static void two_threads(uint32_t slots, unsigned producer_pauses, unsigned consumer_pauses)
{
    struct peer peer = { tl_ring_new(slots), producer_pauses };
    assert_non_null(peer.ring);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, produce, &peer), 0);
    for (unsigned i = 0; i < ITEMS; i++) {
        if (consumer_pauses != 0 && i % consumer_pauses == 0)
            usleep(200);
        assert_ptr_equal(tl_ring_pop(peer.ring), &items[i]);
    }
    pthread_join(thread, NULL);
    assert_null(tl_ring_try_pop(peer.ring));
    tl_ring_free(peer.ring);
}

static void test_threads(void **state)
{
    (void)state;
    two_threads(64, 0, 0);
    two_threads(1, 0, 0);
}

static void test_sleeping_consumer(void **state)
{
    (void)state;
    two_threads(16, 1000, 0);
}

static void test_sleeping_producer(void **state)
{
    (void)state;
    two_threads(16, 0, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_and_room),    cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_threads),           cmocka_unit_test(test_sleeping_consumer),
        cmocka_unit_test(test_sleeping_producer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
