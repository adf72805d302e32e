/* stream.c - one side of a conversation split into lines, blocks, bytes and bodies, for any segmentation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/buffer.h"
#include "core/dissect.h"
#include "core/slab.h"

enum { WANTS = 16, MEMORY = 8 << 20, SCRATCH = 1 << 20 };

/* A parser with a script of requests: takes all but `leave` bytes of each unit and logs what it got. */
struct world {
    struct tl_dissection d;
    struct tl_frame frame;
    struct tl_stream s;
    struct tl_slab *slab;
    struct tl_arena scratch;
    struct tl_tree tree;
    struct tl_want script[WANTS];
    unsigned count, next;
    bool loop;               /* the script repeats; else it requests nothing at its end */
    uint32_t leave;          /* bytes left unread of the next unit; UINT32_MAX: all, of every unit */
    struct tl_buffer log;
    enum tl_event last;      /* last logged event: runs are joined */
    uint64_t truncated, random, fed;
    unsigned calls, changes;
    const struct tl_protocol *to; /* the result of change() */
    struct tl_stream other;  /* the released side */
    unsigned release_at;     /* number of the call that releases it; 0: none */
};

static struct tl_want following(struct world *w)
{
    if (w->next == w->count && w->loop)
        w->next = 0;
    return w->next < w->count ? w->script[w->next++] : (struct tl_want){ .kind = TL_WANT_NOTHING };
}

static struct tl_want parse(struct tl_dissection *d, struct tl_stream *s)
{
    static const char names[] = "OULRGE"; /* open, unit, overlong, run, gap, end */
    struct world *w = d->host_data;
    uint32_t n = tl_cursor_left(&d->c);
    if (++w->calls == w->release_at)
        tl_release(d);
    if (s->event != TL_EV_RUN || w->last != TL_EV_RUN)
        tl_put_format(&w->log, "|%c", names[s->event]);
    if (s->event == TL_EV_GAP)
        tl_put_format(&w->log, "%u", (unsigned)s->gap);
    if (s->event != TL_EV_OPEN && s->event != TL_EV_GAP && s->event != TL_EV_RUN)
        assert_true(s->pos == w->fed || w->fed == UINT64_MAX);
    w->last = s->event;
    tl_put(&w->log, d->c.base + d->c.off, n);
    if (s->event == TL_EV_UNIT || s->event == TL_EV_OVERLONG) {
        uint32_t leave = w->leave < n ? w->leave : n;
        w->leave = w->leave == UINT32_MAX ? UINT32_MAX : 0;
        tl_skip(d, n - leave);
        n -= leave;
    } else {
        tl_skip(d, n);
    }
    if (w->fed != UINT64_MAX && s->event != TL_EV_END)
        w->fed += n + (s->event == TL_EV_GAP ? s->gap : 0);
    if (s->event == TL_EV_RUN && s->left != 0)
        return s->want;
    return following(w);
}

static void on_truncated(struct tl_dissection *d, uint64_t bytes)
{
    struct world *w = d->host_data;
    w->truncated += bytes;
}

static bool on_change(struct tl_dissection *d, struct tl_stream *s, const struct tl_protocol *to)
{
    struct world *w = d->host_data;
    (void)s;
    w->changes++;
    assert_ptr_equal(to, w->to);
    d->protocol = to;
    return d->protocol != NULL;
}

static bool on_release(struct tl_dissection *d)
{
    struct world *w = d->host_data;
    d->c = tl_cursor_on((const uint8_t *)"", 0, 0);
    tl_put_lit(&w->log, "|(");
    tl_stream_resume(d, &w->other);
    tl_put_lit(&w->log, "|)");
    return w->to == NULL;
}

static const struct tl_host host = { .truncated = on_truncated, .change = on_change, .release = on_release };
static const struct tl_protocol protocol = { .name = "script", .title = "Script", .stream = parse };
static const struct tl_protocol other_protocol = { .name = "other", .title = "Other", .stream = parse };

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->slab = tl_slab_new(MEMORY);
    assert_true(tl_arena_init(&w->scratch, SCRATCH));
    tl_tree_init(&w->tree);
    w->random = 1;
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    tl_stream_fini(&w->s, w->slab);
    assert_int_equal(tl_slab_used(w->slab), 0);
    tl_slab_free(w->slab);
    tl_arena_fini(&w->scratch);
    tl_tree_fini(&w->tree);
    tl_buffer_fini(&w->log);
    free(w);
    return 0;
}

static uint64_t next_random(struct world *w)
{
    w->random += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = w->random;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void begin(struct world *w, const struct tl_want *script, unsigned count, bool loop)
{
    tl_stream_fini(&w->s, w->slab);
    w->s = (struct tl_stream){ 0 };
    w->d = (struct tl_dissection){ .protocol = &protocol, .scratch = &w->scratch, .slab = w->slab, .host = &host,
                                   .host_data = w, .layer = TL_NO_NODE, .frame = &w->frame };
    memcpy(w->script, script, count * sizeof *script);
    w->count = count;
    w->next = 0;
    w->loop = loop;
    w->leave = 0;
    w->log.len = 0;
    w->last = TL_EV_OPEN;
    w->truncated = w->fed = 0;
    w->calls = w->changes = 0;
}

/* Pushes bytes in the middle of a separate allocation that is freed afterwards. */
static uint32_t push(struct world *w, const void *data, uint32_t len)
{
    uint8_t *copy = malloc(len + 3);
    assert_non_null(copy);
    memcpy(copy + 3, data, len);
    w->d.c = tl_cursor_on(copy, len + 3, len + 3);
    tl_arena_reset(&w->scratch);
    uint32_t taken = tl_stream_push(&w->d, &w->s, (struct tl_bytes){ copy + 3, len });
    assert_ptr_equal(w->d.c.base, copy); /* also if the unit was in kept bytes: the caller continues from there */
    free(copy);
    return taken;
}

static void push_text(struct world *w, const char *text)
{
    assert_int_equal(push(w, text, (uint32_t)strlen(text)), strlen(text));
}

static void log_is(struct world *w, const char *text)
{
    tl_put_char(&w->log, 0);
    assert_string_equal((const char *)w->log.data, text);
    w->log.len--;
}

#define WANT(kind_, n_) { .kind = TL_WANT_##kind_, .n = (n_) }

static void test_units(void **state)
{
    static const struct tl_want script[] = { WANT(LINE, 100), WANT(BYTES, 4), WANT(BLOCK, 100), WANT(BODY, 5),
                                             WANT(BODY, 0), WANT(BYTES, 0), WANT(LINE, 100) };
    struct world *w = *state;
    begin(w, script, TL_COUNT(script), false);
    push_text(w, "one\r\n1234a: b\r\nc: d\r\n\r\nbody!\nrest that nobody wants");
    log_is(w, "|O|Uone\r\n|U1234|Ua: b\r\nc: d\r\n\r\n|Rbody!|U|U\n");
    assert_true(w->s.kept == NULL);
    push_text(w, "more");
    log_is(w, "|O|Uone\r\n|U1234|Ua: b\r\nc: d\r\n\r\n|Rbody!|U|U\n");
}

/* Bytes that the parser leaves unread are offered again before the following bytes. */
static void test_leftover(void **state)
{
    static const struct tl_want script[] = { WANT(BYTES, 6), WANT(LINE, 100), WANT(BYTES, 2) };
    struct world *w = *state;
    begin(w, script, TL_COUNT(script), false);
    w->leave = 4;
    push_text(w, "abcdefgh\nij");
    log_is(w, "|O|Uabcdef|Ucdefgh\n|Uij");
    for (unsigned split = 1; split < 11; split++) { /* also if the unit was kept */
        begin(w, script, TL_COUNT(script), false);
        w->leave = 4;
        push(w, "abcdefgh\nij", split);
        push(w, (const char *)"abcdefgh\nij" + split, 11 - split);
        log_is(w, "|O|Uabcdef|Ucdefgh\n|Uij");
    }
}

/* Blocks end at an empty line, with either line end; an empty block counts. */
static void test_blocks(void **state)
{
    static const struct tl_want script[] = { WANT(BLOCK, 1000) };
    struct world *w = *state;
    begin(w, script, 1, true);
    push_text(w, "a\n\nb\r\n\nc\n\r\n\r\n\nd\re\n\r\r\n\n");
    log_is(w, "|O|Ua\n\n|Ub\r\n\n|Uc\n\r\n|U\r\n|U\n|Ud\re\n\r\r\n\n");
}

static void test_overlong(void **state)
{
    static const struct tl_want script[] = { WANT(LINE, 8), WANT(BLOCK, 6), WANT(LINE, 100) };
    struct world *w = *state;
    for (unsigned step = 1; step < 25; step++) {
        begin(w, script, TL_COUNT(script), false);
        static const char text[] = "0123456789\na\nbcdef\nend\n"; /* "89\na\nb" is 6 bytes without an empty line */
        for (unsigned at = 0; at < sizeof text - 1; at += step)
            push(w, text + at, at + step < sizeof text - 1 ? step : (uint32_t)sizeof text - 1 - at);
        log_is(w, "|O|L01234567|L89\na\nb|Ucdef\n");
    }
    begin(w, script, TL_COUNT(script), false);
    push_text(w, "0123456\n"); /* the maximum length */
    log_is(w, "|O|U0123456\n");
    static const struct tl_want huge[] = { WANT(LINE, UINT64_MAX) };
    static uint8_t bytes[TL_STREAM_UNIT + 10];
    begin(w, huge, 1, true);
    memset(bytes, 'x', sizeof bytes);
    push(w, bytes, sizeof bytes); /* no unit is longer than TL_STREAM_UNIT */
    assert_int_equal(w->calls, 2);
    assert_int_equal(w->s.kept_len, 10);
}

/* A line of 64 KB, one byte at a time: no byte is searched twice, and there are few copies. */
static void test_one_byte_at_a_time(void **state)
{
    static const struct tl_want script[] = { WANT(LINE, 100000), WANT(BLOCK, 100000) };
    struct world *w = *state;
    for (unsigned kind = 0; kind < 2; kind++) {
        begin(w, script + kind, 1, false);
        const uint8_t *kept = NULL;
        unsigned moved = 0;
        for (uint32_t i = 1; i < 65536; i++) {
            assert_int_equal(push(w, "x", 1), 1);
            assert_int_equal(w->s.kept_len, i);
            assert_true(w->s.scanned >= i - 1); /* searched bytes are not searched again */
            moved += w->s.kept != kept;
            kept = w->s.kept;
        }
        assert_true(moved <= 16);
        assert_int_equal(w->calls, 1);
        push_text(w, "\n\n");
        assert_int_equal(w->calls, 2);
        assert_int_equal(w->log.len, 4 + 65536 + kind);
    }
}

/* A unit's first byte can be much older than its last; a new unit has its own time. */
static void test_since(void **state)
{
    static const struct tl_want script[] = { WANT(LINE, 100), WANT(LINE, 100), WANT(BYTES, 2), WANT(BYTES, 2),
                                            WANT(BYTES, 2) };
    struct world *w = *state;
    begin(w, script, 5, false);
    w->frame.ts = 1;
    push_text(w, "ab");
    w->frame.ts = 2;
    push_text(w, "c");
    w->frame.ts = 3;
    push_text(w, "d\n");
    assert_int_equal(w->s.since, 1);
    w->frame.ts = 4;
    push_text(w, "whole\nx");
    assert_int_equal(w->s.since, 4);
    w->frame.ts = 5;
    push_text(w, "y");
    assert_int_equal(w->s.since, 4);
    w->frame.ts = 6;
    push_text(w, "1");
    tl_stream_gap(&w->d, &w->s, 1); /* what was begun is dropped */
    w->frame.ts = 7;
    push_text(w, "z");
    assert_int_equal(w->s.since, 7);
}

static void test_gap(void **state)
{
    static const struct tl_want script[] = { WANT(LINE, 100), WANT(LINE, 100), WANT(BODY, 50), WANT(BODY, 10),
                                             WANT(LINE, 100) };
    struct world *w = *state;
    begin(w, script, TL_COUNT(script), false);
    w->fed = UINT64_MAX;
    push_text(w, "half");
    tl_stream_gap(&w->d, &w->s, 7); /* the unfinished unit is dropped */
    log_is(w, "|O|G7");
    assert_true(w->s.pos == 11);
    push_text(w, "line\nbody");
    log_is(w, "|O|G7|Uline\n|Rbody");
    tl_stream_gap(&w->d, &w->s, 30);
    assert_true(w->s.left == 46); /* bytes of the body before the gap: the parser knows where it continues */
    push_text(w, "0123456789tail\n");
    log_is(w, "|O|G7|Uline\n|Rbody|G30|R0123456789|Utail\n");
    assert_true(w->s.pos == 11 + 9 + 30 + 15);
}

static void test_end(void **state)
{
    static const struct tl_want script[] = { WANT(LINE, 100), WANT(BODY, UINT64_MAX) };
    struct world *w = *state;
    begin(w, script, 1, true);
    push_text(w, "line\nrest");
    tl_stream_end(&w->d, &w->s);
    tl_stream_end(&w->d, &w->s); /* at most one call */
    log_is(w, "|O|Uline\n|Erest");
    push_text(w, "late\n");
    log_is(w, "|O|Uline\n|Erest");
    begin(w, script + 1, 1, false);
    push_text(w, "to the ");
    push_text(w, "end");
    tl_stream_end(&w->d, &w->s);
    log_is(w, "|O|Rto the end|E");
    begin(w, script, 1, false);
    tl_stream_end(&w->d, &w->s); /* no data: no call */
    log_is(w, "");
}

static void test_switch(void **state)
{
    struct tl_want script[] = { WANT(LINE, 100), { .kind = TL_WANT_SWITCH, .to = &other_protocol }, WANT(BYTES, 3),
                                { .kind = TL_WANT_SWITCH, .to = NULL } };
    struct world *w = *state;
    begin(w, script, TL_COUNT(script), false);
    w->to = &other_protocol;
    push_text(w, "STARTTLS\n");
    assert_int_equal(push(w, "ab", 2), 2);
    assert_int_equal(w->changes, 1);
    assert_ptr_equal(w->d.protocol, &other_protocol);
    w->to = NULL;
    assert_int_equal(push(w, "cde", 3), 1); /* the following bytes are detected again */
    assert_int_equal(w->changes, 2);
    assert_null(w->d.protocol);
    log_is(w, "|O|USTARTTLS\n|O|Uabc");
}

/* SOME: offers what is there, in place; unread bytes are offered again; nothing is collected. */
static void test_some(void **state)
{
    static const struct tl_want script[] = { WANT(SOME, 4), WANT(SOME, 100), WANT(LINE, 100), WANT(SOME, 100) };
    struct world *w = *state;
    begin(w, script, TL_COUNT(script), false);
    w->leave = 2;
    push_text(w, "abcdef\nx");
    log_is(w, "|O|Uabcd|Ucdef\nx"); /* the log shows what was offered */
    assert_int_equal(w->s.kept_len, 0);
    push_text(w, "li");
    push_text(w, "ne\nrest");
    log_is(w, "|O|Uabcd|Ucdef\nx|Uline\n|Urest");
    begin(w, script, 2, false);
    push_text(w, "a");
    push_text(w, "b");
    log_is(w, "|O|Ua|Ub");
}

/* HOLD: bytes wait, and are dropped with the side if there are too many; a gap is reported. */
static void test_hold(void **state)
{
    static const struct tl_want script[] = { WANT(BYTES, 2), WANT(HOLD, 5), WANT(HOLD, 5), WANT(HOLD, 5) };
    struct world *w = *state;
    begin(w, script, TL_COUNT(script), false);
    push_text(w, "abc");
    push_text(w, "def");
    log_is(w, "|O|Uab");
    assert_int_equal(w->s.kept_len, 4);
    assert_memory_equal(w->s.kept, "cdef", 4);
    w->fed = UINT64_MAX;
    tl_stream_gap(&w->d, &w->s, 3);
    assert_int_equal(w->s.kept_len, 0);
    push_text(w, "ghijk");
    assert_false(w->s.dead);
    log_is(w, "|O|Uab|G3");
    push_text(w, "l");
    assert_true(w->s.dead);
    assert_true(w->truncated == 6);
}

/* Release: waiting bytes of the other side are offered between two units of this one, in byte order. */
static void test_release(void **state)
{
    static const struct tl_want script[] = { WANT(LINE, 9), WANT(LINE, 9), WANT(LINE, 9), WANT(LINE, 9), WANT(LINE, 9),
                                             WANT(LINE, 9), WANT(LINE, 9), WANT(LINE, 9) };
    struct world *w = *state;
    begin(w, script, TL_COUNT(script), false);
    w->fed = UINT64_MAX;
    w->other = (struct tl_stream){ .opened = true, .want = { .kind = TL_WANT_HOLD, .n = 20 } };
    static const uint8_t waits[] = "x\nyy\nz";
    w->d.c = tl_cursor_on(waits, 6, 6);
    assert_int_equal(tl_stream_push(&w->d, &w->other, (struct tl_bytes){ waits, 6 }), 6);
    w->release_at = w->calls + 2; /* at the first line */
    push_text(w, "a\nb\nc");
    log_is(w, "|O|Ua\n|(|O|Ux\n|Uyy\n|)|Ub\n");
    assert_int_equal(w->other.kept_len, 1); /* "z" waits for its line's end */
    assert_int_equal(w->s.kept_len, 1);
    tl_stream_fini(&w->other, w->slab);
    /* The other side hands over the stream: bytes left here are not taken. */
    begin(w, script, 2, false);
    w->release_at = w->calls + 2;
    w->to = &other_protocol;
    w->other = (struct tl_stream){ .opened = true };
    assert_int_equal(push(w, "a\nb\nc", 5), 2);
    w->to = NULL;
    w->release_at = 0;
}

/* A parser that never takes any bytes is removed from the stream. */
static void test_stuck(void **state)
{
    static const struct tl_want script[] = { WANT(BYTES, 3) };
    struct world *w = *state;
    begin(w, script, 1, true);
    w->fed = UINT64_MAX;
    w->leave = UINT32_MAX;
    for (unsigned i = 0; i < 100; i++)
        assert_int_equal(push(w, "abc", 3), 3);
    assert_true(w->s.dead);
    assert_true(w->calls < 100);
    static const struct tl_want nothing[] = { WANT(BYTES, 0) };
    begin(w, nothing, 1, true);
    w->fed = UINT64_MAX;
    push_text(w, "abc");
    assert_true(w->s.dead);
}

/*
 * No memory for an unfinished unit: the side goes dead and its bytes are counted; whole units in place need no memory.
 */
static void test_no_memory(void **state)
{
    static const struct tl_want script[] = { WANT(LINE, 100) };
    struct world *w = *state;
    begin(w, script, 1, true);
    struct tl_slab *small = tl_slab_new(32), *slab = w->slab;
    w->d.slab = small;
    push_text(w, "line\nline\n");
    assert_int_equal(w->calls, 3);
    assert_false(w->s.dead);
    push_text(w, "half");
    assert_true(w->s.dead);
    assert_true(w->truncated == 4);
    push_text(w, "line\n");
    assert_int_equal(w->calls, 3);
    tl_slab_free(small);
    w->d.slab = slab;
}

/* Any segmentation gives the same units, also with a tree. */
static void test_any_cut(void **state)
{
    static const struct tl_want script[] = { WANT(LINE, 30), WANT(BYTES, 17), WANT(BLOCK, 60), WANT(BODY, 41),
                                             WANT(LINE, 5), WANT(BODY, 1), WANT(BYTES, 1) };
    static char text[6000];
    static const uint64_t wanted[1] = { 0 };
    struct world *w = *state;
    for (unsigned i = 0; i < sizeof text; i++)
        text[i] = "abcdef\n\r\n\n"[next_random(w) % 10];
    begin(w, script, TL_COUNT(script), true);
    push(w, text, sizeof text);
    tl_stream_end(&w->d, &w->s);
    tl_put_char(&w->log, 0);
    char *expected = strdup((const char *)w->log.data);
    assert_non_null(expected);
    assert_true(strlen(expected) > sizeof text);
    for (unsigned round = 0; round < 300; round++) {
        begin(w, script, TL_COUNT(script), true);
        w->d.tree = round % 2 ? &w->tree : NULL;
        w->d.wanted = round % 2 ? wanted : NULL;
        for (uint32_t at = 0; at < sizeof text;) {
            uint32_t n = 1 + (uint32_t)(next_random(w) % (round % 3 ? 40 : 3));
            n = n < sizeof text - at ? n : (uint32_t)sizeof text - at;
            tl_tree_reset(&w->tree, (const uint8_t *)text + at, n);
            assert_int_equal(push(w, text + at, n), n);
            at += n;
        }
        tl_stream_end(&w->d, &w->s);
        assert_true(w->s.pos == sizeof text);
        log_is(w, expected);
    }
    free(expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_units, setup, teardown),
        cmocka_unit_test_setup_teardown(test_leftover, setup, teardown),
        cmocka_unit_test_setup_teardown(test_blocks, setup, teardown),
        cmocka_unit_test_setup_teardown(test_overlong, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_byte_at_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_gap, setup, teardown),
        cmocka_unit_test_setup_teardown(test_since, setup, teardown),
        cmocka_unit_test_setup_teardown(test_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_switch, setup, teardown),
        cmocka_unit_test_setup_teardown(test_some, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hold, setup, teardown),
        cmocka_unit_test_setup_teardown(test_release, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stuck, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_any_cut, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
