/* streams_sink.c - stream files: bytes and holes at the right offsets, bounded file sizes. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "export/sinks.h"

static const char name[] = "010.000.000.001.40000-010.000.000.002.00080";

struct world {
    char directory[40];
    struct tl_sink *sink;
};

static int setup(void **state)
{
    static struct world w;
    struct tl_error error = { 0 };
    memcpy(w.directory, "/tmp/taplight-streams-XXXXXX", sizeof "/tmp/taplight-streams-XXXXXX");
    assert_non_null(mkdtemp(w.directory));
    w.sink = tl_streams_sink(w.directory, false, &error);
    assert_non_null(w.sink);
    *state = &w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    int directory = open(w->directory, O_RDONLY | O_DIRECTORY);
    w->sink->free(w->sink);
    unlinkat(directory, name, 0);
    close(directory);
    rmdir(w->directory);
    return 0;
}

static void put(struct world *w, const char *bytes, uint64_t gap, bool end)
{
    const struct tl_flow_id id = { .uid = "C0123456789abcdefg", .version = 4, .orig_port = 40000, .resp_port = 80,
                                   .orig_addr = { 10, 0, 0, 1 }, .resp_addr = { 10, 0, 0, 2 } };
    struct tl_buffer out = { 0 };
    struct tl_error error = { 0 };
    w->sink->stream(w->sink, &out, &(struct tl_stream_piece){ .id = &id, .bytes = tl_bytes_of(bytes, strlen(bytes)),
                                                              .gap = gap, .end = end });
    assert_int_equal(w->sink->write(w->sink, out.data, out.len, &error), TL_E_NONE);
    tl_buffer_fini(&out);
}

static off_t size_of(const struct world *w)
{
    struct stat st;
    int directory = open(w->directory, O_RDONLY | O_DIRECTORY);
    assert_int_equal(fstatat(directory, name, &st, 0), 0);
    close(directory);
    return st.st_size;
}

static void test_hole(void **state)
{
    struct world *w = *state;
    put(w, "", 5, false);
    put(w, "abc", 0, false);
    put(w, "", 10, false);
    put(w, "d", 0, true);
    assert_int_equal(size_of(w), 5 + 3 + 10 + 1);
}

/* Sequence numbers that jump repeatedly: at most a gibibyte of holes, and the run goes on. */
static void test_many_holes(void **state)
{
    struct world *w = *state;
    for (unsigned i = 0; i < 20000; i++) {
        put(w, "a", 0, false);
        put(w, "", UINT64_C(1) << 30, false);
    }
    put(w, "z", 0, true);
    assert_int_equal(size_of(w), (INT64_C(1) << 30) + 20001);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(test_hole, setup, teardown),
                                        cmocka_unit_test_setup_teardown(test_many_holes, setup, teardown) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
