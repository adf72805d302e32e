/* feed_live.c - tests of capture/feed.c with a live source: blocks that bypass the workers, time marks, the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/feed.h"
#include "capture/filter.h"

#define SECOND INT64_C(1000000000)

enum { BLOCKS = 8, PACKETS = 3 };

/* Returns PACKETS packets per call, one second apart, or a mark. */
struct fake {
    struct tl_source source;
    int64_t now;
    int64_t mark; /* returned instead of packets; 0: packets */
    bool stopped;
    uint32_t after; /* calls with packets after stop() */
    uint32_t released;
    const struct tl_filter *filter;
};

static enum tl_failure fake_next(struct tl_source *source, struct tl_block *block, uint32_t most, bool *end,
                                 struct tl_error *error)
{
    struct fake *f = (struct fake *)source;
    (void)error;
    assert_true(most >= PACKETS);
    block->backing = f;
    if (f->mark != 0) {
        block->timed = true;
        block->mark = f->mark;
        return TL_E_NONE;
    }
    if (f->stopped && f->after-- == 0) {
        *end = true;
        return TL_E_NONE;
    }
    for (unsigned i = 0; i < PACKETS; i++)
        block->packets[block->count++] = (struct tl_packet){ .ts = f->now += SECOND, .linktype = 1 };
    return TL_E_NONE;
}

static void fake_release(struct tl_source *source, struct tl_block *block)
{
    (void)block;
    ((struct fake *)source)->released++;
}

static enum tl_failure fake_filter(struct tl_source *source, struct tl_filter *filter, struct tl_error *error)
{
    (void)error;
    ((struct fake *)source)->filter = filter;
    return TL_E_NONE;
}

static void fake_stop(struct tl_source *source)
{
    ((struct fake *)source)->stopped = true;
}

static const struct tl_source_ops ops = {
    .next = fake_next, .release = fake_release, .filter = fake_filter, .stop = fake_stop
};

static struct tl_feed *begin(struct fake *f, bool skip, const char *filter)
{
    static struct tl_source *source;
    *f = (struct fake){ .source = { .ops = &ops, .live = true }, .now = 1000 * SECOND };
    source = &f->source;
    const struct tl_feed_options options = { .sources = &source,
                                             .source_count = 1,
                                             .filter = filter,
                                             .workers = 2,
                                             .skip = skip,
                                             .block_packets = 256,
                                             .block_count = BLOCKS };
    struct tl_feed *feed = tl_feed_new(&options, NULL);
    assert_non_null(feed);
    return feed;
}

/* Workers return no block: a quarter of the blocks bypass them, again each time they are released. */
static void test_skipped(void **state)
{
    (void)state;
    struct fake f;
    struct tl_feed *feed = begin(&f, true, NULL);
    struct tl_block *held[BLOCKS];
    for (unsigned i = 0; i < BLOCKS - BLOCKS / 4; i++) {
        held[i] = tl_feed_next(feed);
        assert_false(held[i]->skipped);
    }
    assert_int_equal(tl_feed_skipped(feed), 0);
    for (unsigned i = 0; i < 20; i++) {
        struct tl_block *block = tl_feed_next(feed);
        assert_true(block->skipped);
        assert_int_equal(block->count, PACKETS);
        tl_feed_release(feed, block);
    }
    assert_int_equal(tl_feed_skipped(feed), 20 * PACKETS);
    f.mark = f.now; /* time marks do not stay with them either */
    struct tl_block *mark = tl_feed_next(feed);
    assert_true(mark->skipped);
    tl_feed_release(feed, mark);
    f.mark = 0;
    tl_feed_release(feed, held[3]); /* in any order */
    held[3] = tl_feed_next(feed);
    assert_true(held[3]->skipped); /* released blocks are still used by the workers */
    tl_feed_release(feed, held[3]);
    tl_feed_analysed(feed);
    held[3] = tl_feed_next(feed);
    assert_false(held[3]->skipped);
    assert_int_equal(held[3]->packets[0].number, 27 * PACKETS + 1);
    /* The last block always goes to the workers: it marks the end. */
    tl_feed_stop(feed);
    struct tl_block *last = tl_feed_next(feed);
    assert_true(last->last);
    assert_false(last->skipped);
    assert_null(tl_feed_next(feed));
    tl_feed_release(feed, last);
    for (unsigned i = 0; i < BLOCKS - BLOCKS / 4; i++)
        tl_feed_release(feed, held[i]);
    assert_int_equal(f.released, 6 + 20 + 1 + 1 + 1 + 1);
    tl_feed_free(feed);
}

/* Without a packet sink no block bypasses the workers. */
static void test_not_skipped(void **state)
{
    (void)state;
    struct fake f;
    struct tl_feed *feed = begin(&f, false, NULL);
    struct tl_block *held[BLOCKS];
    for (unsigned i = 0; i < BLOCKS; i++) {
        held[i] = tl_feed_next(feed);
        assert_false(held[i]->skipped);
    }
    for (unsigned i = 0; i < BLOCKS; i++)
        tl_feed_release(feed, held[i]);
    tl_feed_free(feed);
}

/* The clock advances engine time, never backwards, and not before the first packet. */
static void test_marks(void **state)
{
    (void)state;
    struct fake f;
    struct tl_feed *feed = begin(&f, false, NULL);
    const struct {
        int64_t mark, due;
    } steps[] = { { 0, 1003 * SECOND },
                  { 1010 * SECOND, 1010 * SECOND },
                  { 1005 * SECOND, 1010 * SECOND },
                  { 1500 * SECOND, 1500 * SECOND },
                  { 0, 1500 * SECOND } };
    f.mark = 900 * SECOND;
    struct tl_block *block = tl_feed_next(feed);
    assert_false(block->timed);
    tl_feed_release(feed, block);
    for (size_t i = 0; i < TL_COUNT(steps); i++) {
        f.mark = steps[i].mark;
        if (i == 4)
            f.now = 1497 * SECOND - 1; /* a late packet */
        block = tl_feed_next(feed);
        assert_int_equal(block->timed, f.mark != 0);
        assert_int_equal(block->mark, steps[i].due);
        assert_int_equal(block->count, f.mark != 0 ? 0 : PACKETS);
        tl_feed_release(feed, block);
    }
    tl_feed_free(feed);
}

/* Packets from before the stop are returned. */
static void test_stop(void **state)
{
    (void)state;
    struct fake f;
    struct tl_feed *feed = begin(&f, false, NULL);
    f.after = 2;
    tl_feed_stop(feed);
    for (unsigned i = 0; i < 2; i++) {
        struct tl_block *block = tl_feed_next(feed);
        assert_false(block->last);
        assert_int_equal(block->count, PACKETS);
        tl_feed_release(feed, block);
    }
    struct tl_block *block = tl_feed_next(feed);
    assert_true(block->last);
    tl_feed_release(feed, block);
    tl_feed_free(feed);
}

/* The source filters: it gets each valid filter and no invalid one. */
static void test_filter(void **state)
{
    (void)state;
    struct fake f;
    struct tl_error error = { .kind = TL_E_NONE };
    struct tl_feed *feed = begin(&f, false, "udp");
    assert_string_equal(tl_filter_expression(f.filter), "udp");
    assert_string_equal(tl_feed_filter_text(feed), tl_filter_text(f.filter));
    assert_int_equal(tl_feed_set_filter(feed, "tcp port", &error), TL_E_USAGE);
    assert_int_equal(tl_feed_set_filter(feed, "tcp", &error), TL_E_NONE);
    assert_int_equal(tl_feed_set_filter(feed, "icmp", &error), TL_E_NONE);
    assert_string_equal(tl_filter_expression(f.filter), "udp");
    struct tl_block *block = tl_feed_next(feed);
    assert_string_equal(tl_filter_expression(f.filter), "icmp");
    assert_int_equal(block->count, PACKETS);
    tl_feed_release(feed, block);
    assert_int_equal(tl_feed_set_filter(feed, NULL, &error), TL_E_NONE);
    block = tl_feed_next(feed);
    assert_string_equal(tl_filter_expression(f.filter), "");
    tl_feed_release(feed, block);
    tl_feed_free(feed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_skipped), cmocka_unit_test(test_not_skipped), cmocka_unit_test(test_marks),
        cmocka_unit_test(test_stop),    cmocka_unit_test(test_filter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
