/* analysis.c - what the segments of a TCP connection are. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "flows/analysis.h"

enum { ORIG_START = 1000, RESP_START = UINT32_MAX - 4, MEMORY = 4 << 20 };

struct connection {
    struct tl_slab *slab;
    struct tl_analysis analysis;
    struct tl_frame frame;
    struct tl_segment segment;
    int8_t shift; /* of the window scale option of the next SYN, less 1; 0: it has no such option */
};

static const struct {
    uint32_t kind;
    const char *word;
} words[] = {
    { TL_SEGMENT_RETRANSMISSION, "retransmission" }, { TL_SEGMENT_FAST_RETRANSMISSION, "fast" },
    { TL_SEGMENT_SPURIOUS_RETRANSMISSION, "spurious" }, { TL_SEGMENT_OUT_OF_ORDER, "order" },
    { TL_SEGMENT_LOST_BEFORE, "lost" }, { TL_SEGMENT_ACK_OF_LOST, "acklost" }, { TL_SEGMENT_DUPLICATE_ACK, "dup" },
    { TL_SEGMENT_WINDOW_UPDATE, "update" }, { TL_SEGMENT_WINDOW_FULL, "full" }, { TL_SEGMENT_ZERO_WINDOW, "zero" },
    { TL_SEGMENT_ZERO_WINDOW_PROBE, "probe" }, { TL_SEGMENT_ZERO_WINDOW_PROBE_ACK, "probeack" },
    { TL_SEGMENT_KEEP_ALIVE, "keep" }, { TL_SEGMENT_KEEP_ALIVE_ACK, "keepack" },
    { TL_SEGMENT_REUSED_PORTS, "reused" },
};

static void connect_ends(struct connection *c)
{
    *c = (struct connection){ .slab = tl_slab_new(MEMORY), .frame = { .ts = 5 } };
    assert_non_null(c->slab);
}

static void end_connection(struct connection *c)
{
    tl_analysis_fini(&c->analysis, c->slab);
    assert_int_equal(tl_slab_used(c->slab), 0);
    tl_slab_free(c->slab);
}

static uint8_t flags_of(const char *text)
{
    uint8_t flags = 0;
    for (; *text != '\0'; text++)
        flags |= *text == 'S' ? TL_SYN : *text == 'A' ? TL_ACK : *text == 'F' ? TL_FIN : *text == 'R' ? TL_RST
                 : *text == 'P' ? TL_PSH : 0;
    return flags;
}

/* A segment: "> SA seq ack length window ms", numbers relative to the SYNs, ms since the previous segment. */
static void take(struct connection *c, const char *line)
{
    char side, flags[8];
    unsigned seq, ack, len, window, ms;
    assert_int_equal(sscanf(line, "%c %7s %u %u %u %u %u", &side, flags, &seq, &ack, &len, &window, &ms), 7);
    unsigned end = side == '<';
    uint32_t start = end ? RESP_START : ORIG_START;
    c->frame.number++;
    c->frame.ts += (int64_t)ms * 1000000;
    c->frame.seg = (struct tl_transport){ .flags = flags_of(flags), .seq = start + seq, .payload_len = len,
                                          .window = (uint16_t)window, .window_scale = -1 };
    if (c->frame.seg.flags & TL_SYN)
        c->frame.seg.window_scale = (int8_t)(c->shift - 1);
    if (c->frame.seg.flags & TL_ACK)
        c->frame.seg.ack = (end ? ORIG_START : RESP_START) + ack;
    tl_analyse(&c->analysis, end, &c->frame, start, c->slab, &c->segment);
}

/* Takes a segment and compares the words of its kinds, in the order of the table. */
static void expect(struct connection *c, const char *line, const char *kinds)
{
    char text[200] = "";
    size_t used = 0;
    take(c, line);
    for (size_t i = 0; i < TL_COUNT(words); i++) {
        if (c->segment.kinds & words[i].kind)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", used > 0 ? " " : "", words[i].word);
    }
    if (strcmp(text, kinds) != 0)
        fail_msg("%s: %s, expected %s", line, text, kinds);
}

static void open_connection(struct connection *c)
{
    connect_ends(c);
    expect(c, "> S 0 0 0 8192 10", "");
    expect(c, "< SA 0 1 0 8192 10", "");
    assert_int_equal(c->segment.acks_frame, 1);
    assert_int_equal(c->segment.ack_rtt, 10000000);
    assert_int_equal(c->segment.initial_rtt, 0);
    expect(c, "> A 1 1 0 8192 10", "");
    assert_int_equal(c->segment.initial_rtt, 20000000);
}

static void test_in_order(void **state)
{
    (void)state;
    struct connection c;
    open_connection(&c);
    expect(&c, "> A 1 1 10 8192 10", "");
    assert_int_equal(c.segment.next, 11);
    assert_int_equal(c.segment.in_flight, 10);
    expect(&c, "> AP 11 1 10 8192 10", "");
    assert_int_equal(c.segment.in_flight, 20);
    assert_int_equal(c.segment.pushed, 20);
    expect(&c, "< A 1 11 0 8192 10", "");
    assert_int_equal(c.segment.acks_frame, 4);
    assert_int_equal(c.segment.ack_rtt, 20000000);
    expect(&c, "> AF 21 1 5 8192 10", ""); /* the FIN is no byte */
    assert_int_equal(c.segment.in_flight, 15);
    assert_int_equal(c.segment.pushed, 5);
    expect(&c, "< A 1 27 0 8192 10", "");
    assert_int_equal(c.segment.acks_frame, 7);
    assert_int_equal(c.segment.since_first, 70000000);
    assert_int_equal(c.segment.since_previous, 10000000);
    end_connection(&c);
}

static void check_window(struct connection *c, const char *line, uint32_t window, int32_t factor)
{
    take(c, line);
    assert_int_equal(c->segment.window, window);
    assert_int_equal(c->segment.factor, factor);
}

/* Windows are scaled if both ends offer it, but not those of the SYNs. */
static void test_scale(void **state)
{
    (void)state;
    struct connection c;
    connect_ends(&c);
    check_window(&c, "> A 1 1 0 100 10", 100, TL_FACTOR_UNKNOWN);
    end_connection(&c);
    connect_ends(&c);
    c.shift = 8;
    check_window(&c, "> S 0 0 0 100 10", 100, 128);
    c.shift = 3;
    check_window(&c, "< SA 0 1 0 100 10", 100, 4);
    check_window(&c, "> A 1 1 0 100 10", 12800, 128);
    check_window(&c, "< A 1 1 0 100 10", 400, 4);
    end_connection(&c);
    connect_ends(&c);
    c.shift = 8;
    take(&c, "> S 0 0 0 100 10");
    c.shift = 0;
    check_window(&c, "< SA 0 1 0 100 10", 100, TL_FACTOR_NONE);
    check_window(&c, "> A 1 1 0 100 10", 100, TL_FACTOR_NONE);
    end_connection(&c);
    connect_ends(&c);
    take(&c, "> S 0 0 0 100 10");
    c.shift = 8; /* it answers an option that was not there */
    check_window(&c, "< SA 0 1 0 100 10", 100, TL_FACTOR_NONE);
    check_window(&c, "< A 1 1 0 100 10", 100, TL_FACTOR_NONE);
    end_connection(&c);
}

static void test_sent_again(void **state)
{
    (void)state;
    struct connection c;
    open_connection(&c);
    take(&c, "> A 1 1 10 8192 10");
    take(&c, "> A 11 1 10 8192 10");
    take(&c, "> A 21 1 10 8192 10");
    expect(&c, "< A 1 11 0 8192 10", "");
    expect(&c, "< A 1 11 0 8192 10", "dup");
    expect(&c, "< A 1 11 0 8192 10", "dup");
    assert_int_equal(c.segment.duplicate, 2);
    assert_int_equal(c.segment.duplicate_frame, 7);
    expect(&c, "> A 11 1 10 8192 10", "fast");
    expect(&c, "> A 11 1 10 8192 30", "retransmission"); /* too late to be fast */
    assert_int_equal(c.segment.sent_frame, 5);
    assert_int_equal(c.segment.timeout, 80000000);
    expect(&c, "< A 1 31 0 8192 10", "");
    expect(&c, "> A 11 1 10 8192 500", "spurious");
    expect(&c, "< A 1 31 0 8192 10", "dup");
    expect(&c, "> A 31 1 10 8192 10", "");
    expect(&c, "> A 31 1 10 8192 400", "retransmission");
    assert_int_equal(c.segment.timeout, 400000000);
    end_connection(&c);
}

static void test_order(void **state)
{
    (void)state;
    struct connection c;
    open_connection(&c);
    expect(&c, "> A 11 1 10 8192 10", "lost");
    assert_int_equal(c.segment.in_flight, 0); /* it is not known what is missing */
    expect(&c, "> A 1 1 10 8192 5", "order");
    expect(&c, "> A 31 1 10 8192 10", "lost");
    expect(&c, "> A 21 1 10 8192 25", "retransmission"); /* later than a round trip */
    expect(&c, "< A 1 61 0 8192 10", "acklost");
    expect(&c, "< A 1 71 0 8192 10", "");
    expect(&c, "> A 71 1 10 8192 10", "lost");
    expect(&c, "< A 1 91 0 8192 10", "acklost");
    end_connection(&c);
}

static void test_windows(void **state)
{
    (void)state;
    struct connection c;
    open_connection(&c);
    expect(&c, "< A 1 1 0 20 10", "update");
    expect(&c, "> A 1 1 20 8192 10", "full");
    expect(&c, "< A 1 21 0 0 10", "zero");
    expect(&c, "> A 21 1 1 8192 10", "probe");
    expect(&c, "< A 1 21 0 0 10", "zero probeack");
    expect(&c, "< A 1 21 0 500 10", "update");
    end_connection(&c);
}

static void test_keep_alive(void **state)
{
    (void)state;
    struct connection c;
    open_connection(&c);
    take(&c, "> A 1 1 10 8192 10");
    take(&c, "< A 1 11 0 8192 10");
    expect(&c, "> A 10 1 1 8192 1000", "keep");
    expect(&c, "< A 1 11 0 8192 10", "keepack");
    expect(&c, "> A 10 1 0 8192 1000", "keep");
    expect(&c, "< A 1 11 0 8192 10", "keepack");
    expect(&c, "> A 11 1 0 8192 10", "dup");
    expect(&c, "< A 1 11 0 8192 10", "dup");
    end_connection(&c);
}

/* Numbers that wrap: the responder begins at 2^32 - 5. */
static void test_wrap(void **state)
{
    (void)state;
    struct connection c;
    open_connection(&c);
    for (unsigned i = 0; i < 20; i++) {
        char line[64];
        snprintf(line, sizeof line, "< A %u 1 1 8192 10", 1 + i);
        expect(&c, line, "");
        assert_int_equal(c.segment.in_flight, i + 1);
    }
    expect(&c, "> A 1 21 0 8192 10", "");
    expect(&c, "< A 3 1 1 8192 10", "spurious");
    end_connection(&c);
}

/* What waits for its acknowledgment is bounded. */
static void test_bounds(void **state)
{
    (void)state;
    struct connection c;
    char line[64];
    open_connection(&c);
    for (unsigned i = 0; i < 3 * TL_SENT_MOST; i++) {
        snprintf(line, sizeof line, "> A %u 1 1 8192 0", 1 + i);
        take(&c, line);
    }
    assert_true(tl_slab_used(c.slab) < 2 * TL_SENT_MOST * sizeof(struct tl_sent));
    assert_int_equal(c.segment.in_flight, TL_SENT_MOST);
    snprintf(line, sizeof line, "< A 1 %u 0 8192 10", 1 + 3 * TL_SENT_MOST);
    expect(&c, line, "");
    expect(&c, "> A 20000 1 10 8192 10", "lost");
    end_connection(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_order), cmocka_unit_test(test_scale), cmocka_unit_test(test_sent_again),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_windows),  cmocka_unit_test(test_keep_alive), cmocka_unit_test(test_wrap),
        cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
