/* backlog.c - tests of pipeline/backlog.c: order, copies, packets left out; capture never blocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pipeline/backlog.h"

#define SECOND INT64_C(1000000000)

enum { BLOCKS = 8, PACKETS = 3, BYTES = 100, CALLS = 1024,
       CAPTURED = 60 /* of BYTES, the rest are options */ };

/* Returns PACKETS packets per call. Their bytes are overwritten when the block is released. */
struct fake {
    struct tl_source source;
    uint8_t bytes[CALLS][PACKETS][BYTES];
    unsigned calls, most;
    uint32_t released;
};

static uint8_t byte_of(uint64_t number)
{
    return (uint8_t)(number * 37 + 1);
}

static enum tl_failure fake_next(struct tl_source *source, struct tl_block *block, uint32_t most, bool *end,
                                 struct tl_error *error)
{
    struct fake *f = (struct fake *)source;
    (void)error;
    assert_true(most >= PACKETS);
    block->backing = f;
    for (unsigned i = 0; i < PACKETS; i++) {
        uint8_t *bytes = f->bytes[f->calls % CALLS][i];
        memset(bytes, byte_of((uint64_t)f->calls * PACKETS + i + 1), BYTES);
        block->packets[block->count++] = (struct tl_packet){ .ts = f->calls, .linktype = 1, .bytes = bytes,
                                                             .caplen = CAPTURED, .len = BYTES,
                                                             .options_len = BYTES - CAPTURED };
    }
    block->extras[block->extra_count++] = (struct tl_extra){ .before = block->count, .type = 5,
                                                             .block = { f->bytes[f->calls % CALLS][0], BYTES } };
    *end = ++f->calls == f->most;
    return TL_E_NONE;
}

static void fake_release(struct tl_source *source, struct tl_block *block)
{
    struct fake *f = (struct fake *)source;
    for (uint32_t i = 0; i < block->count; i++)
        memset((void *)(uintptr_t)block->packets[i].bytes, 0, BYTES);
    f->released++;
}

static const struct tl_source_ops ops = { .next = fake_next, .release = fake_release };

struct fixture {
    struct fake fake;
    struct tl_source *source;
    struct tl_feed *feed;
    struct tl_backlog *backlog;
};

/* blocks: how many may be held; copies: how many fit into memory. */
static void begin(struct fixture *f, unsigned most, uint32_t blocks, size_t memory)
{
    *f = (struct fixture){ .fake = { .source = { .ops = &ops, .live = true }, .most = most } };
    f->source = &f->fake.source;
    const struct tl_feed_options feed = { .sources = &f->source,
                                          .source_count = 1,
                                          .workers = 1,
                                          .skip = true,
                                          .block_packets = PACKETS,
                                          .block_count = BLOCKS };
    f->feed = tl_feed_new(&feed, NULL);
    assert_non_null(f->feed);
    const struct tl_backlog_options options = { .feed = f->feed, .blocks = blocks, .memory = memory };
    f->backlog = tl_backlog_new(&options);
    assert_non_null(f->backlog);
}

static void finish(struct fixture *f)
{
    tl_backlog_free(f->backlog);
    tl_feed_free(f->feed);
}

/* Gives the next block to the backlog only. */
static void put(struct fixture *f)
{
    struct tl_block *block = tl_feed_next(f->feed);
    assert_non_null(block);
    tl_feed_analysed(f->feed);
    tl_backlog_put(f->backlog, block);
}

/* Takes a block whose first packet has this number. Returns true if it is the last block. */
static bool take(struct fixture *f, uint64_t first)
{
    const struct tl_block *block = tl_backlog_take(f->backlog);
    bool last = block->last;
    assert_int_equal(block->count, PACKETS);
    for (uint32_t i = 0; i < PACKETS; i++) {
        const struct tl_packet *p = &block->packets[i];
        assert_int_equal(p->number, first + i);
        assert_int_equal(p->caplen, CAPTURED);
        for (unsigned k = 0; k < BYTES; k++)
            assert_int_equal(p->bytes[k], byte_of(p->number));
    }
    assert_int_equal(block->extra_count, 1);
    assert_int_equal(block->extras[0].before, PACKETS);
    assert_int_equal(block->extras[0].block.len, BYTES);
    assert_int_equal(block->extras[0].block.data[BYTES - 1], byte_of(first));
    tl_backlog_done(f->backlog);
    return last;
}

static void assert_says_now(struct fixture *f, int64_t now, const char *words)
{
    char text[128];
    assert_true(tl_backlog_news(f->backlog, now, text, sizeof text));
    assert_non_null(strstr(text, words));
}

static void assert_silent(struct fixture *f, int64_t now)
{
    char text[128];
    assert_false(tl_backlog_news(f->backlog, now, text, sizeof text));
}

/* Blocks arrive in order with their bytes, held or copied. */
static void test_order(void **state)
{
    static struct fixture f;
    (void)state;
    for (uint32_t held = 0; held < 4; held++) {
        uint64_t next = 1;
        begin(&f, 50, held, 1 << 20);
        for (unsigned i = 0; i < 20; i++)
            put(&f);
        assert_int_equal(f.fake.released, 20 - held);
        for (unsigned i = 0; i < 30; i++, next += PACKETS) {
            assert_false(take(&f, next));
            put(&f);
        }
        for (unsigned i = 0; i < 20; i++, next += PACKETS)
            assert_int_equal(take(&f, next), i == 19);
        assert_int_equal(f.fake.released, 50);
        assert_int_equal(tl_backlog_left_out(f.backlog), 0);
        assert_silent(&f, 100 * SECOND);
        finish(&f);
    }
}

/*
 * Packets without room are counted; then there is room again. A message is sent at the start and some time after the
 * end.
 */
static void test_left_out(void **state)
{
    static struct fixture f;
    (void)state;
    int64_t now = 1000 * SECOND;
    begin(&f, 1000, 1, 4096);
    for (unsigned round = 0, first = 0; round < 2; round++, first = f.fake.calls) {
        uint64_t before = tl_backlog_left_out(f.backlog);
        for (unsigned i = 0; i < 100; i++)
            put(&f);
        uint64_t left_out = tl_backlog_left_out(f.backlog) - before, kept = 100 - left_out / PACKETS;
        assert_in_range(left_out, 80 * PACKETS, 98 * PACKETS);
        assert_says_now(&f, now, "packets are left out of -w");
        assert_silent(&f, now += 10 * SECOND); /* some are still queued */
        for (unsigned i = 0; i < kept; i++)
            take(&f, (first + i) * PACKETS + 1);
        char due[64];
        snprintf(due, sizeof due, "-w is written again: %u packets", (unsigned)left_out);
        assert_says_now(&f, now, due);
        assert_silent(&f, now += 10 * SECOND);
    }
    finish(&f);
}

/* The last block is handed on even if there is no room. */
static void test_last(void **state)
{
    static struct fixture f;
    (void)state;
    begin(&f, 3, 0, 0);
    for (unsigned i = 0; i < 3; i++)
        put(&f);
    const struct tl_block *block = tl_backlog_take(f.backlog);
    assert_true(block->last);
    assert_int_equal(block->count, 0);
    tl_backlog_done(f.backlog);
    assert_int_equal(tl_backlog_left_out(f.backlog), 3 * PACKETS);
    finish(&f);
}

/* Workers and writer return no block: capture still gets blocks. */
static void test_never_blocks(void **state)
{
    static struct fixture f;
    static struct tl_block *kept[BLOCKS];
    unsigned count = 0;
    (void)state;
    begin(&f, 2000, 0, 4096);
    tl_backlog_free(f.backlog);
    const struct tl_backlog_options options = { .feed = f.feed, .blocks = tl_feed_spare(f.feed), .memory = 4096 };
    f.backlog = tl_backlog_new(&options);
    assert_non_null(f.backlog);
    for (unsigned i = 0; i < 1000; i++) {
        struct tl_block *block = tl_feed_next(f.feed);
        if (!block->skipped) {
            assert_true(count < BLOCKS);
            kept[count++] = block;
            atomic_fetch_add(&block->refs, 1);
        }
        tl_backlog_put(f.backlog, block);
    }
    assert_int_equal(count, BLOCKS - BLOCKS / 4);
    assert_int_equal(tl_feed_skipped(f.feed), (1000 - count) * PACKETS);
    assert_true(tl_backlog_left_out(f.backlog) > 900 * PACKETS);
    while (count > 0)
        tl_feed_release(f.feed, kept[--count]);
    finish(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_left_out),
        cmocka_unit_test(test_last),
        cmocka_unit_test(test_never_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
