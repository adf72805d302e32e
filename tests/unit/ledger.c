/* ledger.c - which records of a frame are done: acknowledgements in any order, the same frame again, another frame. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "sinks/ledger.h"

static char aside[256];

static void set_aside(void *context, const uint8_t *line, size_t len, const char *why)
{
    (void)context;
    snprintf(aside, sizeof aside, "%s: %.*s", why, (int)len, (const char *)line);
}

static struct tl_record_frame frame_of(const char *run, uint64_t first, uint64_t count, const char *lines)
{
    struct tl_record_frame frame = { .sensor = "s", .first = first, .count = count };
    snprintf(frame.run, sizeof frame.run, "%s", run);
    tl_puts(&frame.lines, lines);
    return frame;
}

static void order(void **state)
{
    struct tl_ledger l = { .count = 0 };
    struct tl_record_frame frame = frame_of("r", 7, 3, "{\"_path\":\"a\"}\n{\"_path\":\"bcd\"}\n{\"_path\":\"e\"}\n");
    (void)state;
    assert_true(tl_ledger_begin(&l, &frame));
    assert_int_equal(l.waits, 3);
    assert_int_equal(l.entries[1].at, 14);
    assert_int_equal(l.entries[1].len, 16);
    for (size_t i = 0; i < 3; i++)
        tl_ledger_put(&l, i, TL_ENTRY_SENT);
    tl_ledger_put(&l, 2, TL_ENTRY_DONE);
    assert_false(tl_ledger_over(&l));
    assert_true(tl_ledger_begin(&l, &frame)); /* the same again: what is done stays so */
    assert_int_equal(l.sent, 2);
    tl_ledger_forget_sent(&l);
    assert_int_equal(l.waits, 2);
    assert_int_equal(l.sent, 0);
    const struct tl_target_options options = { .set_aside = set_aside };
    tl_ledger_set_aside(&l, &frame, 1, &options, "no");
    assert_string_equal(aside, "no: {\"_path\":\"bcd\",\"_sensor\":\"s\",\"_run\":\"r\",\"_seq\":8}\n");
    tl_ledger_put(&l, 0, TL_ENTRY_DONE);
    tl_ledger_put(&l, 0, TL_ENTRY_DONE);
    assert_true(tl_ledger_over(&l));
    assert_true(tl_ledger_begin(&l, &frame)); /* the frame was done: the next call starts with all of its records */
    assert_int_equal(l.waits, 3);
    tl_ledger_fini(&l);
    tl_buffer_fini(&frame.lines);
}

static void others(void **state)
{
    struct tl_ledger l = { .count = 0 };
    struct tl_record_frame a = frame_of("r", 0, 1, "{}\n"), b = frame_of("q", 0, 1, "{}\n");
    struct tl_record_frame c = frame_of("r", 0, 3, "{}\n{}");
    (void)state;
    assert_true(tl_ledger_begin(&l, &a));
    tl_ledger_put(&l, 0, TL_ENTRY_SENT);
    assert_true(tl_ledger_begin(&l, &b)); /* of another run */
    assert_int_equal(l.waits, 1);
    assert_int_equal(l.sent, 0);
    assert_true(tl_ledger_begin(&l, &c)); /* fewer lines than it says */
    assert_int_equal(l.waits, 2);
    tl_ledger_fini(&l);
    tl_buffer_fini(&a.lines);
    tl_buffer_fini(&b.lines);
    tl_buffer_fini(&c.lines);
}

static void names(void **state)
{
    static const char line[] = "{\"_path\":\"dns\",\"ts\":1}";
    struct tl_buffer out = { 0 };
    (void)state;
    tl_frame_put_name(&out, "a-{kind}-b", (const uint8_t *)line, strlen(line));
    tl_frame_put_name(&out, " plain ", (const uint8_t *)line, strlen(line));
    tl_frame_put_name(&out, "{kind}", (const uint8_t *)"{}", 2);
    tl_put_char(&out, '\0');
    assert_string_equal((const char *)out.data, "a-dns-b plain ");
    tl_buffer_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(order), cmocka_unit_test(others), cmocka_unit_test(names) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
