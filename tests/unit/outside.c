/* outside.c - times outside the range of 64 bits of nanoseconds: marked in every output, never printed as numbers. */
#include "export_fixture.h"

#include <time.h>

#include "core/time.h"
#include "export/local_time.h"

static const struct {
    int64_t ts;
    const char *mark; /* NULL: a number */
} cases[] = {
    { TL_TIME_EARLY, "before 1677" }, { TL_TIME_LATE, "after 2262" }, { TL_TIME_EARLY + 1, NULL },
    { TL_TIME_LATE - 1, NULL },       { 0, NULL },                    { -1, NULL },
    { 1700000000123456789, NULL },
};

static void assert_marked(struct tl_buffer *b, const char *mark, const char *number)
{
    const char *text = text_of(b);
    if ((mark != NULL && strstr(text, mark) == NULL) || (mark == NULL && strstr(text, number) == NULL))
        fail_msg("%s", text);
    static const char *const wrong[] = { "922337203685", "9223372036.854", "00:12:43.145224", "23:47:16.854775" };
    for (size_t i = 0; mark != NULL && i < TL_COUNT(wrong); i++)
        assert_null(strstr(text, wrong[i]));
}

static void in_text(void **state)
{
    (void)state;
    struct tl_local_zone zone;
    assert_int_equal(setenv("TZ", "UTC0", 1), 0);
    tl_local_zone_init(&zone);
    for (size_t i = 0; i < TL_COUNT(cases) * 2; i++) {
        struct tl_buffer b = { 0 };
        tl_put_time_of_day(&b, &zone, cases[i / 2].ts, i % 2 != 0 ? 9 : 6);
        assert_marked(&b, cases[i / 2].mark, ":");
        b.len = 0;
        tl_put_date_and_time(&b, &zone, cases[i / 2].ts, i % 2 != 0 ? 9 : 6);
        assert_marked(&b, cases[i / 2].mark, "+0000");
        tl_buffer_fini(&b);
    }
}

static void in_packets(void **state)
{
    (void)state;
    static const struct tl_interface interface = { .decimals = 9, .linktype = 1 };
    struct tl_tree tree;
    tl_tree_init(&tree);
    add_link_and_net(&tree);
    for (size_t i = 0; i < TL_COUNT(cases) * 3; i++) {
        const struct tl_text_options options = { .tree = i % 3 == 2 };
        struct tl_sink *sink = i % 3 == 0 ? tl_packets_sink(devnull(), &protocols)
                                          : tl_text_sink(devnull(), &protocols, &options);
        struct tl_packet packet = toy_packet();
        struct tl_buffer b = { 0 };
        packet.ts = cases[i / 3].ts;
        sink->packet(sink, &b, &packet, &interface, &tree);
        assert_marked(&b, cases[i / 3].mark, i % 3 == 0 ? "\"ts\":" : ":");
        if (i % 3 == 0) {
            struct json_object *line = parse_line(&b);
            assert_int_equal(json_object_object_get_ex(line, "ts", NULL), cases[i / 3].mark == NULL);
            assert_int_equal(json_object_object_get_ex(line, "_ts_out_of_range", NULL), cases[i / 3].mark != NULL);
            json_object_put(line);
        }
        assert_int_equal(sink->close(sink, NULL), TL_E_NONE);
        sink->free(sink);
        tl_buffer_fini(&b);
    }
    tl_tree_fini(&tree);
}

struct timed {
    struct tl_record record;
    int64_t before, at, after;
    uint64_t last;
};

static const struct tl_record_field fields[] = {
    TL_FIELD(struct timed, 0, before, "before", TL_REC_INTERVAL, ""),
    TL_FIELD(struct timed, 1, at, "at", TL_REC_TIME, ""),
    TL_FIELD(struct timed, 2, after, "after", TL_REC_INTERVAL, ""),
    TL_FIELD(struct timed, 3, last, "last.count", TL_REC_COUNT, ""),
};

/* Intervals to or from a time outside are left out, what follows stays. */
static void in_records(void **state)
{
    (void)state;
    static const struct tl_flow_id id = { .uid = "CabcdefghijklmnopQ", .version = 4, .ip_proto = 17 };
    const struct tl_record_def flow = TL_RECORD_DEF("timed", fields, ""),
                               meta = { .path = "timed", .fields = fields, .field_count = TL_COUNT(fields) };
    for (size_t i = 0; i < TL_COUNT(cases) * 4; i++) {
        int64_t ts = cases[i / 4].ts;
        struct tl_sink *sink = tl_records_sink(devnull(), i % 2 != 0 ? "_" : ".");
        const struct timed r = { .record = { .ts = ts, .set = 15 }, .before = tl_time_between(1000, ts), .at = ts,
                                 .after = tl_time_between(ts, 1000), .last = 42 };
        struct tl_buffer b = { 0 };
        const struct tl_record_def *def = i / 2 % 2 != 0 ? &meta : &flow;
        sink->record(sink, &b, def, &r.record, def == &flow ? &id : NULL, 9);
        assert_marked(&b, cases[i / 4].mark, "\"at\":");
        struct json_object *line = parse_line(&b);
        static const char *const keys[] = { "at", "before", "after" };
        for (size_t k = 0; k < TL_COUNT(keys); k++) {
            bool fits = k == 0 ? tl_time_fits(ts) : tl_time_fits(k == 1 ? r.before : r.after);
            assert_int_equal(json_object_object_get_ex(line, keys[k], NULL), fits);
        }
        assert_true(json_object_object_get_ex(line, i % 2 != 0 ? "last_count" : "last.count", NULL));
        json_object_put(line);
        assert_int_equal(sink->close(sink, NULL), TL_E_NONE);
        sink->free(sink);
        tl_buffer_fini(&b);
    }
}

static void between(void **state)
{
    (void)state;
    static const struct {
        int64_t from, to, ns;
    } times[] = {
        { 0, 5, 5 },
        { 5, 0, -5 },
        { 0, TL_TIME_LATE, INT64_MAX },
        { 5, TL_TIME_LATE, INT64_MAX },
        { TL_TIME_LATE, 5, INT64_MIN },
        { TL_TIME_EARLY, 5, INT64_MAX },
        { -5, TL_TIME_EARLY, INT64_MIN },
        { TL_TIME_LATE, TL_TIME_LATE, INT64_MIN }, /* not 0: it is unknown */
        { TL_TIME_EARLY, TL_TIME_LATE, INT64_MAX },
        { TL_TIME_EARLY + 1, TL_TIME_LATE - 1, INT64_MAX },
    };
    for (size_t i = 0; i < TL_COUNT(times); i++)
        assert_true(tl_time_between(times[i].from, times[i].to) == times[i].ns);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(in_text), cmocka_unit_test(in_packets),
                                        cmocka_unit_test(in_records), cmocka_unit_test(between) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
