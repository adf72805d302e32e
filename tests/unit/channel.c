/* channel.c - channels: changes of protocol, children, what they keep, and how they end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decoder_fixture.h"

enum { MEMORY = 8 << 20, PORT = 40000 };

static int setup(void **state)
{
    struct script *w = calloc(1, sizeof *w);
    assert_non_null(w);
    assert_true(script_new(w, MEMORY));
    *state = w;
    return 0;
}

/* Records are all that is wanted. */
static int setup_records(void **state)
{
    struct script *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->records_only = true;
    assert_true(script_new(w, MEMORY));
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    script_feed();
    script_free(*state);
    free(*state);
    return 0;
}

static const char *log_of(struct script *w)
{
    tl_put_char(&w->log, '\0');
    assert_false(w->log.failed);
    w->log.len = 0;
    return (const char *)w->log.data;
}

static const char *events_of(struct script *w)
{
    tl_put_char(&w->events, '\0');
    assert_false(w->events.failed);
    w->events.len = 0;
    return (const char *)w->events.data;
}

static uint64_t used(const struct script *w)
{
    return tl_decoder_counters(w->decoder).memory_used;
}

/* All flows end, and all memory comes back. */
static void end(struct script *w, uint64_t before)
{
    script_feed();
    tl_decoder_finish(w->decoder);
    assert_int_equal(used(w), before);
    w->log.len = w->events.len = 0;
}

/* A talk of one side, in the lines of the log. */
static void one_side(const char *log, char side, char *out, size_t room)
{
    size_t n = 0;
    while (*log != '\0') {
        const char *stop = strchr(log, ';');
        assert_non_null(stop);
        if (log[1] == side || log[1] == '~') {
            assert_true(n + (size_t)(stop - log) + 2 < room);
            memcpy(out + n, log, (size_t)(stop - log) + 1);
            n += (size_t)(stop - log) + 1;
        }
        log = stop + 1;
    }
    out[n] = '\0';
}

/* --- changes of protocol --- */

static void send_piece(struct script *w, struct script_talk *t, unsigned side, const char *text, size_t from, size_t to)
{
    if (to > from)
        script_bytes(w, t, side, text + from, (uint32_t)(to - from));
}

static void test_upgrade_anywhere(void **state)
{
    static const char *const said[2] = { "Ahi\n=upgrade b 1000\none\ntwo\n", "Aok\n=upgrade b 1000\nthree\n" };
    struct script *w = *state;
    char side[2][256];
    uint16_t port = 1024;
    uint64_t before = used(w);
    for (size_t i = 0; i <= strlen(said[0]); i++) {
        for (size_t k = 0; k <= strlen(said[1]); k++) {
            for (unsigned order = 0; order < 4; order++) {
                struct script_talk t = script_talk(6, port++);
                size_t cut[2] = { i, k };
                unsigned first = order & 1;
                bool turns = (order & 2) != 0; /* they take turns, or one says all before the other begins */
                send_piece(w, &t, first, said[first], 0, cut[first]);
                if (turns)
                    send_piece(w, &t, first ^ 1, said[first ^ 1], 0, cut[first ^ 1]);
                send_piece(w, &t, first, said[first], cut[first], strlen(said[first]));
                send_piece(w, &t, first ^ 1, said[first ^ 1], turns ? cut[first ^ 1] : 0, strlen(said[first ^ 1]));
                const char *log = log_of(w);
                one_side(log, '0', side[0], sizeof side[0]);
                one_side(log, '1', side[1], sizeof side[1]);
                assert_string_equal(side[0], "a0:Ahi;a~;b0:one;b0:two;");
                assert_string_equal(side[1], "a1:Aok;a~;b1:three;");
                if (port % 16 == 0)
                    end(w, before);
            }
        }
    }
    end(w, before);
}

/*
 * What waits is read as soon as the protocol is there, though it leads to the next one. It is read before the rest of
 * the side that brought the protocol: what was sent first comes first.
 */
static void test_upgrades_in_a_row(void **state)
{
    struct script *w = *state;
    uint64_t before = used(w);
    for (unsigned first = 0; first < 2; first++) {
        struct script_talk t = script_talk(6, (uint16_t)(PORT + first));
        char log[2][256];
        script_text(w, &t, first, "A1\n=upgrade b 1000\nx\n=upgrade c 1000\ny\n=upgrade a 1000\nz\n");
        script_text(w, &t, first ^ 1, "A2\n=upgrade b 1000\n=upgrade c 1000\nu\n=upgrade a 1000\nv\n");
        const char *all = log_of(w);
        one_side(all, first ? '1' : '0', log[0], sizeof log[0]);
        one_side(all, first ? '0' : '1', log[1], sizeof log[1]);
        assert_string_equal(log[0], first ? "a1:A1;a~;b1:x;b~;c1:y;c~;a1:z;" : "a0:A1;a~;b0:x;b~;c0:y;c~;a0:z;");
        assert_string_equal(log[1], first ? "a0:A2;a~;b~;c0:u;c~;a0:v;" : "a1:A2;a~;b~;c1:u;c~;a1:v;");
    }
    end(w, before);
}

static void test_hold_limit(void **state)
{
    struct script *w = *state;
    uint64_t before = used(w);
    struct script_talk t = script_talk(6, PORT), u = script_talk(6, PORT + 1);
    script_text(w, &t, 0, "A\n=upgrade b 6\n12345\n");
    assert_int_equal(tl_decoder_counters(w->decoder).reassembly_truncated, 0);
    script_text(w, &t, 1, "A\n=upgrade b 6\nx\n");
    assert_string_equal(log_of(w), "a0:A;a1:A;a~;b0:12345;b1:x;");
    script_text(w, &u, 0, "A\n=upgrade b 5\n12345\n");
    assert_int_equal(tl_decoder_counters(w->decoder).reassembly_truncated, 6);
    script_text(w, &u, 1, "A\n=upgrade b 5\nx\n");
    script_text(w, &u, 0, "more\n"); /* nothing reads that side */
    assert_string_equal(log_of(w), "a0:A;a1:A;a~;b1:x;");
    end(w, before);
}

static void test_agreed(void **state)
{
    struct script *w = *state;
    uint64_t before = used(w);
    struct script_talk t = script_talk(6, PORT), u = script_talk(6, PORT + 1), v = script_talk(6, PORT + 2);
    struct script_talk x = script_talk(6, PORT + 3);
    script_text(w, &t, 0, "A\n=ask\nb\n");
    script_text(w, &t, 1, "A\n=grant b\nok\n");
    assert_string_equal(log_of(w), "a0:A;a1:A;a~;b0:b;b1:ok;");
    script_text(w, &u, 0, "A\n=ask\nstill a\n");
    script_text(w, &u, 1, "A\n=refuse\nno\n");
    assert_string_equal(log_of(w), "a0:A;a1:A;a0:still a;a1:no;");
    /* A side that waited and was told to go on waits no more. */
    script_text(w, &v, 0, "A\n=upgrade b 100\nstill a\n");
    script_text(w, &v, 1, "A\n=refuse\n=upgrade b 100\nwaits\n");
    assert_string_equal(log_of(w), "a0:A;a1:A;a0:still a;");
    script_text(w, &v, 0, "=upgrade b 100\nnow\n");
    assert_string_equal(log_of(w), "a~;b1:waits;b0:now;");
    /* A gap ends the wait, too. */
    script_text(w, &x, 0, "A\n=open 3 s a\n=push 3 0 A|=ask|still a|\n=push 3 1 A|\n=gap 3 1 5\n");
    assert_string_equal(log_of(w), "a0:A;3a0:A;3a1:A;3a1!5;3a0:still a;");
    end(w, before);
}

static void test_switch(void **state)
{
    struct script *w = *state;
    uint64_t before = used(w);
    struct script_talk t = script_talk(6, PORT), u = script_talk(6, PORT + 1);
    script_text(w, &t, 1, "A\nun");
    script_text(w, &t, 0, "A\n=switch b\nx\n");
    script_text(w, &t, 1, "finished\n");
    assert_string_equal(log_of(w), "a1:A;a0:A;a~;b0:x;b1:unfinished;");
    script_text(w, &u, 0, "A\n=switch ?\nC x\n");
    script_text(w, &u, 1, "y\n");
    assert_string_equal(log_of(w), "a0:A;a~;c0:C x;c1:y;");
    for (unsigned i = 0; i < 40; i++) /* no more than so many times; then nothing reads it */
        script_text(w, &u, 0, i % 2 ? "=switch c\n" : "=switch b\n");
    unsigned finished = 0;
    for (const char *p = log_of(w); *p != '\0'; p++)
        finished += *p == '~';
    assert_int_equal(finished, TL_HANDOVERS_MOST);
    end(w, before);
}

/* There is no memory for the state of the protocol that should begin. */
static void test_upgrade_without_memory(void **state)
{
    struct script *w = *state;
    uint64_t before = used(w);
    struct script_talk t = script_talk(6, PORT);
    script_text(w, &t, 0, "A\n");
    script_text(w, &t, 1, "A\n=starve\n=switch c\nlost\n");
    script_text(w, &t, 0, "lost\n");
    assert_string_equal(log_of(w), "a0:A;a1:A;a~;");
    end(w, before);
}

/* --- children --- */

static void test_children(void **state)
{
    struct script *w = *state;
    uint64_t before = used(w);
    struct script_talk t = script_talk(6, PORT);
    script_text(w, &t, 0, "A\n=open 3 s b\n=push 3 0 he\n=push 3 1 answer|an\n=find 3\n=find 4\n");
    script_text(w, &t, 1, "A\n=push 3 0 llo|un\n=gap 3 0 77\n=push 3 0 after|rest\n=end 3 0\n=push 3 0 late|\n");
    assert_string_equal(log_of(w), "a0:A;3b1:answer;a0:found;a0:none;a1:A;3b0:hello;3b0!77;3b0:after;3b0$rest;");
    script_text(w, &t, 0, "=close 3\n=find 3\n=push 3 0 x|\n");
    assert_string_equal(log_of(w), "3b1$an;3b~;a0:none;");
    script_text(w, &t, 0, "=open 5 s a\n=open 3 d b\n=open 9 s c\n=open 4 s b\n=push 9 0 x|\n=push 5 1 y|\n");
    assert_string_equal(log_of(w), "9c0:x;5a1:y;");
    script_feed();
    tl_decoder_finish(w->decoder);
    assert_string_equal(log_of(w), "a0$;a1$;3b~;4b~;5a1$;5a~;9c0$;9c~;a~;");
    assert_int_equal(used(w), before);
}

static void test_limits(void **state)
{
    struct script *w = *state;
    uint64_t before = used(w);
    struct script_talk t = script_talk(6, PORT), u = script_talk(6, PORT + 1);
    char due[64];
    snprintf(due, sizeof due, "1a0:depth %u;", TL_CHANNEL_DEPTH);
    script_text(w, &t, 0, "A\n");
    log_of(w);
    script_text(w, &t, 0, "=deep\n");
    assert_string_equal(log_of(w), due);
    script_text(w, &t, 0, "=close 1\n=find 1\n");
    assert_non_null(strstr(log_of(w), "a0:none;"));
    snprintf(due, sizeof due, "a0:A;a0:%u opened;a0:no room;", TL_CHANNEL_CHILDREN);
    script_text(w, &u, 0, "A\n=many 1100\n=open 7 s b\n");
    assert_string_equal(log_of(w), due);
    script_text(w, &u, 0, "=close 1000\n=open 7 s b\n=push 7 0 x|\n=open 8 s b\n");
    assert_string_equal(log_of(w), "1000c~;7b0:x;a0:no room;");
    end(w, before);
}

static void test_kept(void **state)
{
    struct script *w = *state;
    uint64_t before = used(w);
    struct script_talk t = script_talk(6, PORT);
    script_text(w, &t, 0, "A\n=open 1 s b\n=push 1 0 =keep 30000|=keep 30000|\n=keep 6000\n=keep 5000\n");
    assert_string_equal(log_of(w), "a0:A;a0:not kept;");
    script_text(w, &t, 0, "=push 1 0 =forget|\n=keep 20000\n=push 1 0 =keep 20000|\n");
    assert_string_equal(log_of(w), "1b0:not kept;");
    script_text(w, &t, 0, "=close 1\n=keep 30000\n=keep 20000\n");
    assert_string_equal(log_of(w), "1b0$;1b~;a0:not kept;");
    end(w, before);
    script_text(w, &t, 0, "A\n=open 1 s b\n=push 1 0 =open 2 d c|=push 2 0 =keep 10^=keep 10|unfinished\n=keep 10\n");
    end(w, before);
}

static void test_children_without_memory(void **state)
{
    struct script *w = *state;
    uint64_t before = used(w);
    struct script_talk t = script_talk(6, PORT);
    script_text(w, &t, 0, "A\n=open 1 s b\n=starve\n=open 2 s a\n=open 3 s c\n=push 2 0 x|\n"
                          "=push 1 0 whole|=keep 9|un\n");
    assert_string_equal(log_of(w), "a0:A;a0:no room;a0:no room;1b0:whole;1b0:not kept;");
    script_feed();
    script_text(w, &t, 0, "=open 2 s a\n=push 2 0 x|\n=push 1 1 y|\n");
    assert_string_equal(log_of(w), "2a0:x;1b1:y;");
    end(w, before);
}

static void test_detection(void **state)
{
    struct script *w = *state;
    uint64_t before = used(w);
    struct script_talk t = script_talk(6, PORT), u = script_talk(6, PORT + 1);
    script_text(w, &t, 0, "A\n=open 1 s ?\n=push 1 0 Bx|y\n=push 1 1 Az|\n=open 2 d ?\n=push 2 1 C\n=push 2 0 A\n");
    assert_string_equal(log_of(w), "a0:A;1b0:Bx;1b1:Az;2c1:C;2c0:A;");
    /* Two sides that tell nothing: nothing reads them. */
    script_text(w, &t, 0, "=open 3 s ?\n=push 3 0 hm|\n=push 3 1 hm|\n=push 3 0 Bx|\n=push 3 1 Bx|\n=close 3\n");
    assert_string_equal(log_of(w), "");
    /* One that tells nothing, one that does. */
    script_text(w, &t, 0, "=open 3 s ?\n=push 3 0 hm|\n=push 3 1 Bx|\n=push 3 0 Ay|\n");
    assert_string_equal(log_of(w), "3b1:Bx;3b0:Ay;");
    /* Undecided at first: then the side that spoke first is read first. */
    script_text(w, &u, 0, "A\n=open 4 s ?\n=push 4 1 ?1|\n=push 4 0 ?2|\n=push 4 0 Cde|fg|\n");
    const char *log = log_of(w);
    assert_string_equal(strchr(log, '4') + 2, "1:?1;4c0:?2;4c0:Cde;4c0:fg;");
    end(w, before);
}

static void test_datagrams(void **state)
{
    struct script *w = *state;
    uint64_t before = used(w);
    struct script_talk t = script_talk(17, PORT);
    script_text(w, &t, 0, "A\n=open 1 s b\n=open 2 d c\n=push 1 0 lin\n=push 2 1 whole\n=gap 2 0 5\n=end 2 0\n");
    script_text(w, &t, 1, "=push 1 0 e|\n=push 2 0 =open 7 s b|=push 7 0 in\n");
    assert_string_equal(log_of(w), "a0:A;2c1:whole;1b0:line;");
    script_text(w, &t, 1, "=push 2 0 =push 7 0 ner^\n");
    assert_string_equal(log_of(w), "7b0:inner;");
    end(w, before);
}

static void test_records(void **state)
{
    struct script *w = *state;
    uint64_t before = used(w);
    struct script_talk t = script_talk(6, PORT);
    script_text(w, &t, 0, "A\n=record root\n=open 1 s b\n"
                          "=push 1 1 =record child|=confirm|=open 2 d c|=push 2 0 =record low|\n");
    assert_string_equal(events_of(w), "script 1 40000>7777 root\nscript 1 40000>7777 child\nscript 1 40000>7777 low\n");
    end(w, before);
}

/* --- ends that turn out to be the other way round --- */

static void test_turn(void **state)
{
    struct script *w = *state;
    uint64_t before = used(w);
    for (unsigned i = 0; i < 4; i++) {
        bool tcp = i % 2 == 0, by_child = i >= 2;
        struct script_talk t = script_talk(tcp ? 6 : 17, (uint16_t)(PORT + i));
        script_text(w, &t, 0, "A\n=open 1 s b\n=push 1 0 par\n=open 2 s c\n=push 2 1 se\n=open 3 d b\n");
        script_text(w, &t, 0, by_child ? "=push 1 1 =turn|x|y\n" : "=turn\n");
        assert_string_equal(log_of(w), by_child ? "a0:A;1b1:x;" : "a0:A;");
        /* what was side 0 is side 1 now */
        script_text(w, &t, 0, by_child ? "x\n=push 1 0 es|\n=push 1 1 tial|\n=push 2 0 cond|\n"
                                       : "x\n=push 1 0 yes|\n=push 1 1 tial|\n=push 2 0 cond|\n");
        assert_string_equal(log_of(w), "a1:x;1b0:yes;1b1:partial;2c0:second;");
        script_text(w, &t, 0, "=record now\n=push 2 1 =record child|\n");
        char due[128];
        unsigned first = (unsigned)w->number - (tcp ? 6 : 3); /* packet of the flow */
        snprintf(due, sizeof due, "script %u 7777>%u now\nscript %u 7777>%u child\n", first, PORT + i, first, PORT + i);
        assert_string_equal(events_of(w), due);
    }
    end(w, before);
}

/* --- a protocol that reads no more --- */

/* Nothing of the flow is read after its rest; its last record was written, and the flow goes on. */
static void rests(struct script *w, const char *last, unsigned flags)
{
    uint64_t before = used(w);
    struct script_talk t = script_talk(6, PORT);
    script_text(w, &t, 0, "A\n=keep 20000\n=open 1 s b\n=push 1 0 =keep 20000|part\n");
    assert_true(used(w) > before + 40000);
    script_packet(w, &t, 0, TL_ACK | flags, last, (uint32_t)strlen(last));
    script_text(w, &t, 1, "B an answer\n=record no more\n");
    const char *events = events_of(w), *record = strstr(events, "script");
    assert_non_null(record);
    assert_null(strstr(record + 1, "script")); /* one, the last */
    assert_non_null(strstr(record, " last\n"));
    /* Where records alone are wanted the channel's memory is back before the flow ends. */
    assert_int_equal(w->records_only, used(w) < before + 40000);
    script_packet(w, &t, 1, TL_RST, NULL, 0);
    end(w, before);
}

static void test_rest(void **state)
{
    struct script *w = *state;
    rests(w, "=record last\n=rest\n=record not read\n", 0);
    rests(w, "=record last\n=rest\n", TL_FIN);
    rests(w, "=record last\n=turn\n=rest\n", 0);
}

/* A child that rests leaves the others as they are. */
static void test_child_rests(void **state)
{
    struct script *w = *state;
    uint64_t before = used(w);
    struct script_talk t = script_talk(6, PORT);
    script_text(w, &t, 0, "A\n=open 1 s b\n=open 2 s c\n=push 1 0 x|=rest|y|\n=push 1 1 z|\n=push 2 0 two|\nroot\n");
    assert_string_equal(log_of(w), "a0:A;1b0:x;2c0:two;a0:root;");
    script_text(w, &t, 1, "=push 1 0 w|\n=close 1\n=push 2 1 more|\n");
    assert_string_equal(log_of(w), "1b~;2c1:more;");
    end(w, before);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_upgrade_anywhere), TEST(test_upgrades_in_a_row), TEST(test_hold_limit), TEST(test_agreed),
        TEST(test_switch), TEST(test_upgrade_without_memory), TEST(test_children), TEST(test_limits), TEST(test_kept),
        TEST(test_children_without_memory), TEST(test_detection), TEST(test_datagrams), TEST(test_records),
        TEST(test_turn), TEST(test_rest), TEST(test_child_rests),
        cmocka_unit_test_setup_teardown(test_rest, setup_records, teardown),
        cmocka_unit_test_setup_teardown(test_child_rests, setup_records, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
