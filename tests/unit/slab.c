/* slab.c - flow memory: bounded, and no block size keeps memory forever. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/slab.h"

enum { LIMIT = 4 << 20, MOST = LIMIT / 16 };

/* Allocates blocks of n bytes until none is left; returns their number. */
static size_t flood(struct tl_slab *slab, size_t n, void **blocks)
{
    size_t count = 0;
    while (count < MOST && (blocks[count] = tl_slab_get(slab, n)) != NULL) {
        memset(blocks[count], (int)(count & 0xff), n);
        count++;
    }
    return count;
}

static void give_all(struct tl_slab *slab, size_t n, void **blocks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        tl_slab_put(slab, blocks[i], n);
}

static void test_no_kind_keeps_the_memory(void **state)
{
    (void)state;
    const size_t sizes[] = { 16, 144, 272, 1000, 30000, 200000, 144 };
    struct tl_slab *slab = tl_slab_new(LIMIT);
    void **blocks = calloc(MOST, sizeof *blocks);
    assert_non_null(slab);
    assert_non_null(blocks);
    for (size_t i = 0; i < TL_COUNT(sizes); i++) {
        size_t count = flood(slab, sizes[i], blocks);
        assert_true(count * sizes[i] > LIMIT / 2);
        assert_true(count * sizes[i] <= LIMIT);
        assert_true(tl_slab_used(slab) <= LIMIT);
        assert_null(tl_slab_get(slab, sizes[i]));
        give_all(slab, sizes[i], blocks, count);
        assert_int_equal(tl_slab_used(slab), 0);
    }
    free(blocks);
    tl_slab_free(slab);
}

static void test_blocks_are_apart(void **state)
{
    (void)state;
    struct tl_slab *slab = tl_slab_new(LIMIT);
    void *blocks[3000];
    size_t sizes[3000];
    uint32_t seed = 1;
    for (size_t i = 0; i < TL_COUNT(blocks); i++) {
        seed = seed * 1103515245 + 12345;
        sizes[i] = 1 + seed / 65536 % 1200;
        blocks[i] = tl_slab_get(slab, sizes[i]);
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % 16, 0);
        memset(blocks[i], (int)(i & 0xff), sizes[i]);
        if (i >= 100 && i % 3 == 0) {
            tl_slab_put(slab, blocks[i - 50], sizes[i - 50]);
            blocks[i - 50] = NULL;
        }
    }
    for (size_t i = 0; i < TL_COUNT(blocks); i++) {
        const uint8_t *p = blocks[i];
        for (size_t k = 0; p != NULL && k < sizes[i]; k++)
            assert_int_equal(p[k], i & 0xff);
        tl_slab_put(slab, blocks[i], sizes[i]);
    }
    assert_int_equal(tl_slab_used(slab), 0);
    tl_slab_free(slab);
}

static void test_handles(void **state)
{
    (void)state;
    struct tl_slab *slab = tl_slab_new(LIMIT);
    assert_int_equal(tl_slab_handle(slab, NULL), 0);
    for (unsigned i = 0; i < 1000; i++) {
        void *p = tl_slab_get(slab, 16 + i);
        assert_int_not_equal(tl_slab_handle(slab, p), 0);
        assert_ptr_equal(tl_slab_at(tl_slab_base(slab), tl_slab_handle(slab, p)), p);
    }
    tl_slab_free(slab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_kind_keeps_the_memory),
        cmocka_unit_test(test_blocks_are_apart),
        cmocka_unit_test(test_handles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
