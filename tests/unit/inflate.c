/* inflate.c - tests of core/inflate.h over zlib: pieces, room for output, blocks marked as last, memory; windows of content codings. */
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

enum { CONTENT_SLAB = 4 << 20, PIECE = 512, OUTPUT = 8 << 10 };
#define RLE "\x02\x00\x10" "a" /* 128 KiB of `a` */

static const struct {
    const char *name, *bytes;
    size_t len;
    enum tl_coding coding;
    enum tl_inflate_status status;
    uint64_t size; /* decoded */
} contents[] = {
#define ROW(name, coding, bytes, status, size) { name, bytes, sizeof(bytes) - 1, TL_CODING_##coding, TL_INFLATE_##status, size }
    ROW("zstd, 512 KiB", ZSTD, "\x28\xb5\x2f\xfd\x00\x48" RLE RLE RLE RLE RLE "\x01\x00\x00", END, 655360),
    ROW("zstd, a little more", ZSTD, "\x28\xb5\x2f\xfd\x00\x49" RLE RLE RLE RLE RLE "\x01\x00\x00", CUT, 524272),
    ROW("zstd, 8 MiB", ZSTD, "\x28\xb5\x2f\xfd\x00\x68" RLE RLE RLE RLE RLE "\x01\x00\x00", CUT, 524272),
    ROW("zstd, 8 MiB, short", ZSTD, "\x28\xb5\x2f\xfd\x00\x68" RLE RLE RLE "\x01\x00\x00", END, 393216),
    ROW("zstd, window of the content", ZSTD, "\x28\xb5\x2f\xfd\xa0\x00\x00\x0a\x00" RLE RLE RLE RLE RLE "\x01\x00\x00", CUT, 524272),
    ROW("zstd, two wide frames", ZSTD, "\x28\xb5\x2f\xfd\x00\x68" RLE RLE RLE "\x01\x00\x00"
        "\x28\xb5\x2f\xfd\x00\x70" RLE RLE "\x01\x00\x00", END, 655360),
    ROW("zstd, an empty frame to skip", ZSTD, "\x5f\x2a\x4d\x18\0\0\0\0\x28\xb5\x2f\xfd\x00\x68" RLE "\x01\x00\x00", END, 131072),
    ROW("zstd, error beyond the reach", ZSTD, "\x28\xb5\x2f\xfd\x00\x68" RLE RLE RLE RLE "\x06\x00\x10", CUT, 524272),
    ROW("zstd, error before it", ZSTD, "\x28\xb5\x2f\xfd\x00\x68" RLE "\x06\x00\x10", BAD, UINT64_MAX),
    ROW("brotli, 4 MiB", BROTLI, "\x9b\xff\xff\x2f\xf8\x25\xc2\xe2\xb1\x40\x20\xf7\xfe\x05", CUT, 524272),
    ROW("brotli, 1 MiB", BROTLI, "\x97\xff\xff\x2f\xf8\x25\xc2\xe2\xb1\x40\x20\xf7\xfe\x05", CUT, 524272),
    ROW("brotli, 512 KiB", BROTLI, "\x95\xff\xff\x2f\xf8\x25\xc2\xe2\xb1\x40\x20\xf7\xfe\x05", END, 3145728),
#undef ROW
};

/* Feeds it in pieces of `step` bytes. Returns the last status. */
static enum tl_inflate_status decode(struct tl_slab *slab, size_t row, uint32_t step, uint64_t *size)
{
    struct tl_content *content = tl_inflate_zlib.begin_content(slab, contents[row].coding);
    enum tl_inflate_status status = TL_INFLATE_CUT;
    size_t at = 0, before = tl_slab_used(slab);
    static uint8_t out[OUTPUT];
    *size = 0;
    while (content != NULL && at < contents[row].len) {
        size_t left = contents[row].len - at;
        struct tl_bytes in = { (const uint8_t *)contents[row].bytes + at, left < step ? (uint32_t)left : step };
        at += in.len;
        do {
            uint32_t n = OUTPUT;
            status = tl_inflate_zlib.feed_content(content, &in, out, &n);
            for (uint32_t i = 0; i < n; i++)
                assert_int_equal(out[i], 'a');
            *size += n;
            assert_true(tl_slab_used(slab) - before <= TL_CONTENT_MEMORY);
        } while (status == TL_INFLATE_FULL);
        if (status == TL_INFLATE_BAD || status == TL_INFLATE_CUT)
            break;
    }
    tl_inflate_zlib.end_content(content);
    return status;
}

/* Wide windows get less memory, and as much content as refers to nothing beyond it. */
static void test_contents_have_a_reach(void **state)
{
    (void)state;
    for (size_t i = 0; i < TL_COUNT(contents); i++) {
        for (uint32_t step = 1; step <= PIECE; step += PIECE - 1) {
            struct tl_slab *slab = tl_slab_new(CONTENT_SLAB);
            uint64_t size = 0;
            enum tl_inflate_status status = decode(slab, i, step, &size);
            if (status != contents[i].status || (size != contents[i].size && contents[i].size != UINT64_MAX))
                fail_msg("%s, pieces of %u: %d, %u bytes", contents[i].name, step, status, (unsigned)size);
            assert_int_equal(tl_slab_used(slab), 0);
            assert_int_equal(tl_slab_wished(slab), 0);
            tl_slab_free(slab);
        }
    }
}

/* What else is in the slab does not count while there is room; without room flows are to be evicted. */
static void test_contents_wish_for_room(void **state)
{
    (void)state;
    for (size_t i = 0; i < TL_COUNT(contents); i++) {
        struct tl_slab *slab = tl_slab_new(CONTENT_SLAB);
        void *half = tl_slab_get(slab, CONTENT_SLAB / 2 + 4096), *rest;
        uint64_t size = 0;
        assert_int_equal(decode(slab, i, PIECE, &size), contents[i].status);
        assert_int_equal(tl_slab_wished(slab), 0);
        rest = tl_slab_get(slab, CONTENT_SLAB / 2 - 4096 - (1 << 17));
        assert_int_equal(decode(slab, i, PIECE, &size), TL_INFLATE_CUT);
        assert_int_not_equal(tl_slab_wished(slab), 0);
        tl_slab_put(slab, half, CONTENT_SLAB / 2 + 4096);
        tl_slab_put(slab, rest, CONTENT_SLAB / 2 - 4096 - (1 << 17));
        assert_int_equal(tl_slab_used(slab), 0);
        tl_slab_free(slab);
    }
}

/* What comes out of the first coding is bounded, even if nothing comes out of the second: here a frame to skip. */
static void test_two_codings_have_a_bound(void **state)
{
    static const uint8_t head[] = "\x28\xb5\x2f\xfd\x00\x48" "\x40\x00\x00" "\x50\x2a\x4d\x18\xff\xff\xff\x7f";
    static const uint8_t zeros[] = "\x02\x00\x10"; /* 128 KiB of them */
    const uint8_t codings = tl_coded_again(TL_CODING_ZSTD, TL_CODING_ZSTD);
    (void)state;
    for (unsigned blocks = 0; blocks < 2; blocks++) {
        struct tl_slab *slab = tl_slab_new(CONTENT_SLAB);
        struct tl_content *content = tl_inflate_zlib.begin_content(slab, codings);
        struct tl_bytes in = { head, sizeof head - 1 };
        static uint8_t out[OUTPUT];
        uint32_t n = OUTPUT;
        assert_non_null(content);
        assert_int_equal(tl_inflate_zlib.feed_content(content, &in, out, &n), TL_INFLATE_DONE);
        in = tl_bytes_of(zeros, blocks > 0 ? sizeof zeros : 0);
        n = OUTPUT;
        assert_int_equal(tl_inflate_zlib.feed_content(content, &in, out, &n), blocks > 0 ? TL_INFLATE_CUT : TL_INFLATE_DONE);
        assert_int_equal(n, 0);
        tl_inflate_zlib.end_content(content);
        assert_int_equal(tl_slab_used(slab), 0);
        tl_slab_free(slab);
    }
    assert_int_equal(tl_coded_again(codings, TL_CODING_GZIP), TL_CODING_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_context_stays_until_reset, begin, end),
        cmocka_unit_test_setup_teardown(test_output_waits_for_room, begin, end),
        cmocka_unit_test_setup_teardown(test_last_block_is_followed, begin, end),
        cmocka_unit_test_setup_teardown(test_memory_is_bounded, begin, end),
        cmocka_unit_test(test_contents_have_a_reach),
        cmocka_unit_test(test_contents_wish_for_room),
        cmocka_unit_test(test_two_codings_have_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
