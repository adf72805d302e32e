/* queued_sink.c - a stalled inner sink does not block the caller; whole lines are left out and counted. */
#include "export_fixture.h"

#include <pthread.h>
#include <stdatomic.h>

enum { LINE = 100, MEMORY = 4096 };

/* The inner sink: stalls while the gate is closed. */
struct inner {
    struct tl_sink sink;
    pthread_mutex_t gate;
    struct tl_buffer got;
    unsigned ticks;
    bool closed, freed, fails;
    pthread_t by;
};

static enum tl_failure write_inner(struct tl_sink *sink, const uint8_t *data, size_t len, struct tl_error *error)
{
    struct inner *inner = (struct inner *)sink;
    pthread_mutex_lock(&inner->gate);
    inner->by = pthread_self();
    tl_put(&inner->got, data, len);
    pthread_mutex_unlock(&inner->gate);
    return inner->fails ? tl_error_set(error, TL_E_RUNTIME, "the disk is full") : TL_E_NONE;
}

static enum tl_failure tick_inner(struct tl_sink *sink, struct tl_error *error)
{
    (void)error;
    ((struct inner *)sink)->ticks++;
    return TL_E_NONE;
}

static enum tl_failure close_inner(struct tl_sink *sink, struct tl_error *error)
{
    (void)error;
    ((struct inner *)sink)->closed = true;
    return TL_E_NONE;
}

static void free_inner(struct tl_sink *sink)
{
    ((struct inner *)sink)->freed = true;
}

static void init(struct inner *inner)
{
    *inner = (struct inner){ .sink = { .write = write_inner, .tick = tick_inner, .close = close_inner, .free = free_inner } };
    pthread_mutex_init(&inner->gate, NULL);
}

struct notices {
    _Atomic unsigned count;
    char last[256];
};

static void hear(void *context, const char *text)
{
    struct notices *n = context;
    snprintf(n->last, sizeof n->last, "%s", text);
    n->count++;
}

static void put_line(struct tl_sink *sink, unsigned n)
{
    struct tl_error error = { 0 };
    char line[LINE + 1];
    snprintf(line, sizeof line, "%0*u\n", LINE - 1, n);
    assert_int_equal(sink->write(sink, (const uint8_t *)line, LINE, &error), TL_E_NONE);
}

/* Checks whole lines in order; none is missing before this one. */
static void check_lines(const struct inner *inner, unsigned count, unsigned first_gap)
{
    unsigned long due = 0;
    assert_int_equal(inner->got.len, count * LINE);
    for (unsigned i = 0; i < count; i++) {
        char *end;
        unsigned long number = strtoul((const char *)inner->got.data + i * LINE, &end, 10);
        assert_ptr_equal(end, inner->got.data + (i + 1) * LINE - 1);
        assert_true(number == due || (number > due && i >= first_gap));
        due = number + 1;
    }
}

static void test_all_comes(void **state)
{
    struct inner inner;
    struct notices notices = { 0 };
    struct tl_error error = { 0 };
    (void)state;
    init(&inner);
    struct tl_sink *sink = tl_queued_sink(&inner.sink, 1 << 20, hear, &notices);
    assert_non_null(sink);
    for (unsigned i = 0; i < 1000; i++)
        put_line(sink, i);
    assert_int_equal(sink->tick(sink, &error), TL_E_NONE);
    assert_int_equal(sink->close(sink, &error), TL_E_NONE);
    check_lines(&inner, 1000, 1000);
    assert_false(pthread_equal(inner.by, pthread_self()));
    assert_int_equal(inner.ticks, 1);
    assert_true(inner.closed);
    assert_int_equal(notices.count, 0);
    sink->free(sink);
    assert_true(inner.freed);
    tl_buffer_fini(&inner.got);
}

static void test_stands_still(void **state)
{
    enum { LINES = 1000, FIRST = 20 };
    struct inner inner;
    struct notices notices = { 0 };
    struct tl_error error = { 0 };
    (void)state;
    init(&inner);
    struct tl_sink *sink = tl_queued_sink(&inner.sink, MEMORY, hear, &notices);
    pthread_mutex_lock(&inner.gate);
    for (unsigned i = 0; i < LINES; i++)
        put_line(sink, i);
    assert_int_equal(notices.count, 1); /* once, not a thousand times */
    assert_non_null(strstr(notices.last, "left out"));
    pthread_mutex_unlock(&inner.gate);
    assert_int_equal(sink->close(sink, &error), TL_E_NONE);
    unsigned there = (unsigned)(inner.got.len / LINE);
    assert_true(there >= FIRST && there <= MEMORY / LINE + 1);
    check_lines(&inner, there, FIRST);
    char due[64];
    snprintf(due, sizeof due, "%u records were left out", LINES - there);
    assert_non_null(strstr(notices.last, due));
    sink->free(sink);
    tl_buffer_fini(&inner.got);
}

static void test_failure(void **state)
{
    struct inner inner;
    struct tl_error error = { 0 };
    (void)state;
    init(&inner);
    inner.fails = true;
    struct tl_sink *sink = tl_queued_sink(&inner.sink, MEMORY, NULL, NULL);
    put_line(sink, 0);
    assert_int_equal(sink->close(sink, &error), TL_E_RUNTIME);
    assert_string_equal(error.text, "the disk is full");
    check_lines(&inner, 1, 1);
    sink->free(sink);
    tl_buffer_fini(&inner.got);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_all_comes), cmocka_unit_test(test_stands_still),
                                        cmocka_unit_test(test_failure) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
