/* inflate.c - tests of core/inflate.h over zlib: pieces, room for output, blocks marked as last, memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codec/zlib.h"
#include "core/slab.h"

enum { MEMORY = 1 << 20 };

static const uint8_t hello[] = { 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00, 0x00, 0xff, 0xff };
static const uint8_t again[] = { 0xf2, 0x00, 0x11, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff }; /* refers to `hello` */

static int begin(void **state)
{
    *state = tl_slab_new(MEMORY);
    return *state == NULL;
}

/* Every inflater gives its memory back. */
static int end(void **state)
{
    int used = tl_slab_used(*state) != 0;
    tl_slab_free(*state);
    return used;
}

static uint32_t inflate(struct tl_inflation *inflater, struct tl_bytes in, uint8_t *out, uint32_t room,
                        enum tl_inflate_status expected)
{
    uint32_t n = room;
    assert_int_equal(tl_inflate_zlib.feed(inflater, &in, out, &n), expected);
    assert_true(expected != TL_INFLATE_DONE || in.len == 0);
    return n;
}

static void test_context_stays_until_reset(void **state)
{
    uint8_t out[16];
    struct tl_inflation *inflater = tl_inflate_zlib.begin(*state, 15);
    assert_non_null(inflater);
    for (size_t i = 0, n = 0; i < sizeof hello; i++) { /* byte by byte */
        n += inflate(inflater, tl_bytes_of(hello + i, 1), out + n, (uint32_t)(sizeof out - n), TL_INFLATE_DONE);
        assert_true(i + 1 < sizeof hello || n == 5);
    }
    assert_memory_equal(out, "Hello", 5);
    assert_int_equal(inflate(inflater, tl_bytes_of(again, sizeof again), out, sizeof out, TL_INFLATE_DONE), 5);
    assert_memory_equal(out, "Hello", 5);
    tl_inflate_zlib.reset(inflater);
    (void)inflate(inflater, tl_bytes_of(again, sizeof again), out, sizeof out, TL_INFLATE_BAD);
    tl_inflate_zlib.end(inflater);
}

static void test_output_waits_for_room(void **state)
{
    uint8_t out[5];
    struct tl_bytes in = { hello, sizeof hello };
    struct tl_inflation *inflater = tl_inflate_zlib.begin(*state, 8);
    assert_non_null(inflater);
    for (uint32_t i = 0; i < 5; i++) {
        uint32_t n = 1;
        assert_int_equal(tl_inflate_zlib.feed(inflater, &in, out + i, &n), TL_INFLATE_FULL);
        assert_int_equal(n, 1);
    }
    assert_memory_equal(out, "Hello", 5);
    uint32_t n = 1;
    assert_int_equal(tl_inflate_zlib.feed(inflater, &in, out, &n), TL_INFLATE_DONE);
    assert_int_equal(n, 0);
    assert_int_equal(in.len, 0);
    tl_inflate_zlib.end(inflater);
}

static void test_last_block_is_followed(void **state)
{
    static const uint8_t last[] = { 0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff };
    uint8_t out[16];
    struct tl_inflation *inflater = tl_inflate_zlib.begin(*state, 15);
    assert_non_null(inflater);
    assert_int_equal(inflate(inflater, tl_bytes_of(last, sizeof last), out, sizeof out, TL_INFLATE_DONE), 5);
    assert_int_equal(inflate(inflater, tl_bytes_of(again, sizeof again), out, sizeof out, TL_INFLATE_DONE), 5);
    assert_memory_equal(out, "Hello", 5);
    tl_inflate_zlib.end(inflater);
}

static void test_memory_is_bounded(void **state)
{
    uint8_t out[16];
    struct tl_inflation *inflaters[64];
    unsigned count = 0;
    while (count < 64 && (inflaters[count] = tl_inflate_zlib.begin(*state, 15)) != NULL) {
        uint32_t n = sizeof out;
        struct tl_bytes in = { hello, sizeof hello };
        size_t before = tl_slab_used(*state);
        enum tl_inflate_status status = tl_inflate_zlib.feed(inflaters[count++], &in, out, &n);
        if (status == TL_INFLATE_BAD)
            break;
        assert_true(tl_slab_used(*state) - before <= TL_INFLATE_MEMORY);
    }
    assert_in_range(count, MEMORY / TL_INFLATE_MEMORY / 2, 63);
    while (count > 0)
        tl_inflate_zlib.end(inflaters[--count]);
    tl_inflate_zlib.end(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_context_stays_until_reset, begin, end),
        cmocka_unit_test_setup_teardown(test_output_waits_for_room, begin, end),
        cmocka_unit_test_setup_teardown(test_last_block_is_followed, begin, end),
        cmocka_unit_test_setup_teardown(test_memory_is_bounded, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
