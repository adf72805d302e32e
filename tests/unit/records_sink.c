/* records_sink.c - records as JSON lines: exact text, and every line parsed by json-c. */
#include "export_fixture.h"

struct toy_record {
    struct tl_record record;
    uint64_t count;
    bool flag;
    int64_t rtt;
    struct tl_bytes query;
    const char *token;
    uint8_t mac[6];
    struct tl_text_list answers;
    struct tl_interval_list ttls;
    struct tl_count_list sizes;
};

enum { COUNT, FLAG, RTT, QUERY, TOKEN, MAC, ANSWERS, TTLS, SIZES, REC_FIELDS };
static const struct tl_record_field fields[] = {
    TL_FIELD(struct toy_record, COUNT, count, "count", TL_REC_COUNT, ""),
    TL_FIELD(struct toy_record, FLAG, flag, "AA", TL_REC_BOOL, ""),
    TL_FIELD(struct toy_record, RTT, rtt, "rtt", TL_REC_INTERVAL, ""),
    TL_FIELD(struct toy_record, QUERY, query, "query", TL_REC_TEXT, ""),
    TL_FIELD(struct toy_record, TOKEN, token, "proto", TL_REC_TOKEN, ""),
    TL_FIELD(struct toy_record, MAC, mac, "orig_l2_addr", TL_REC_MAC, ""),
    TL_FIELD(struct toy_record, ANSWERS, answers, "answers", TL_REC_TEXTS, ""),
    TL_FIELD(struct toy_record, TTLS, ttls, "TTLs", TL_REC_INTERVALS, ""),
    TL_FIELD(struct toy_record, SIZES, sizes, "dotted.sizes", TL_REC_COUNTS, ""),
};
static const struct tl_record_def toy_def = TL_RECORD_DEF("toy", fields, "A record of everything");
static const struct tl_record_def meta_def = { .path = "meta", .fields = fields, .field_count = REC_FIELDS };

static const struct tl_bytes answers[] = { { (const uint8_t *)"1.2.3.4", 7 }, { (const uint8_t *)"a\"\xff", 3 } };
static const int64_t ttls[] = { INT64_C(300000000000), -1500000000 };
static const uint64_t sizes[] = { 0, UINT64_MAX };

static const struct tl_flow_id flow4 = {
    .uid = "CabcdefghijklmnopQ", .community_id = "1:LQU9qZlK+B5F3KDmev6m5PMibrg=", .version = 4, .ip_proto = 17,
    .orig_port = 54585, .resp_port = 53, .orig_addr = { 192, 168, 1, 52 }, .resp_addr = { 8, 8, 8, 8 },
};

static struct toy_record toy_record(void)
{
    return (struct toy_record){
        .record = { .ts = INT64_C(1700000000123456789), .set = (1 << REC_FIELDS) - 1 },
        .count = 42, .flag = true, .rtt = -123456, .query = { (const uint8_t *)"example.com", 11 }, .token = "udp",
        .mac = { 0, 0x11, 0x22, 0xaa, 0xbb, 0xff }, .answers = { answers, 2 }, .ttls = { ttls, 2 },
        .sizes = { sizes, 2 },
    };
}

static const char *format(struct tl_sink *sink, struct tl_buffer *b, const struct tl_record_def *def,
                          const struct toy_record *record, const struct tl_flow_id *id, unsigned decimals)
{
    b->len = 0;
    sink->record(sink, b, def, &record->record, id, decimals);
    json_object_put(parse_line(b));
    return text_of(b);
}

static void all_types_are_written(void **state)
{
    (void)state;
    struct tl_sink *sink = tl_records_sink(devnull(), ".");
    struct tl_buffer b = { 0 };
    struct toy_record record = toy_record();
    assert_null(sink->packet);
    assert_null(sink->want);
    assert_string_equal(format(sink, &b, &toy_def, &record, &flow4, 6),
        "{\"_path\":\"toy\",\"ts\":1700000000.123456,\"uid\":\"CabcdefghijklmnopQ\",\"id.orig_h\":\"192.168.1.52\","
        "\"id.orig_p\":54585,\"id.resp_h\":\"8.8.8.8\",\"id.resp_p\":53,"
        "\"community_id\":\"1:LQU9qZlK+B5F3KDmev6m5PMibrg=\",\"count\":42,\"AA\":true,\"rtt\":-0.000123,"
        "\"query\":\"example.com\",\"proto\":\"udp\",\"orig_l2_addr\":\"00:11:22:aa:bb:ff\","
        "\"answers\":[\"1.2.3.4\",\"a\\\"\\\\xff\"],\"TTLs\":[300.000000,-1.500000],"
        "\"dotted.sizes\":[0,18446744073709551615]}\n");
    assert_string_equal(format(sink, &b, &toy_def, &record, &flow4, 9), "{\"_path\":\"toy\",\"ts\":1700000000.123456789,"
        "\"uid\":\"CabcdefghijklmnopQ\",\"id.orig_h\":\"192.168.1.52\","
        "\"id.orig_p\":54585,\"id.resp_h\":\"8.8.8.8\",\"id.resp_p\":53,"
        "\"community_id\":\"1:LQU9qZlK+B5F3KDmev6m5PMibrg=\",\"count\":42,\"AA\":true,\"rtt\":-0.000123456,"
        "\"query\":\"example.com\",\"proto\":\"udp\",\"orig_l2_addr\":\"00:11:22:aa:bb:ff\","
        "\"answers\":[\"1.2.3.4\",\"a\\\"\\\\xff\"],\"TTLs\":[300.000000000,-1.500000000],"
        "\"dotted.sizes\":[0,18446744073709551615]}\n");
    tl_buffer_fini(&b);
    sink->free(sink);
}

static void unset_is_absent(void **state)
{
    (void)state;
    struct tl_sink *sink = tl_records_sink(devnull(), ".");
    struct tl_buffer b = { 0 };
    struct toy_record record = toy_record();
    struct tl_flow_id id = flow4;
    id.version = 6;
    memcpy(id.orig_addr, (const uint8_t[16]){ 0x20, 1, 0xd, 0xb8, [15] = 1 }, 16);
    memset(id.resp_addr, 0, 16);
    id.community_id[0] = '\0';
    record.record.set = 1 << FLAG | 1 << ANSWERS;
    record.flag = false;
    record.answers.count = 0;
    record.record.cut = 1 << QUERY; /* truncated, but not set */
    assert_string_equal(format(sink, &b, &toy_def, &record, &id, 6),
        "{\"_path\":\"toy\",\"ts\":1700000000.123456,\"uid\":\"CabcdefghijklmnopQ\",\"id.orig_h\":\"2001:db8::1\","
        "\"id.orig_p\":54585,\"id.resp_h\":\"::\",\"id.resp_p\":53,\"AA\":false,\"answers\":[]}\n");
    tl_buffer_fini(&b);
    sink->free(sink);
}

static void what_was_cut_is_named(void **state)
{
    (void)state;
    struct tl_sink *sink = tl_records_sink(devnull(), "_");
    struct tl_buffer b = { 0 };
    struct toy_record record = toy_record();
    record.record.set = 1 << QUERY | 1 << SIZES;
    record.record.cut = record.record.set;
    record.query = (struct tl_bytes){ NULL, 0 };
    assert_string_equal(format(sink, &b, &toy_def, &record, &flow4, 6),
        "{\"_path\":\"toy\",\"ts\":1700000000.123456,\"uid\":\"CabcdefghijklmnopQ\",\"id_orig_h\":\"192.168.1.52\","
        "\"id_orig_p\":54585,\"id_resp_h\":\"8.8.8.8\",\"id_resp_p\":53,"
        "\"community_id\":\"1:LQU9qZlK+B5F3KDmev6m5PMibrg=\",\"query\":\"\","
        "\"dotted_sizes\":[0,18446744073709551615],\"_trunc\":[\"query\",\"dotted_sizes\"]}\n");
    tl_buffer_fini(&b);
    sink->free(sink);
}

static void records_without_a_flow(void **state)
{
    (void)state;
    struct tl_sink *sink = tl_records_sink(devnull(), ".");
    struct tl_buffer b = { 0 };
    struct toy_record record = toy_record();
    record.record.ts = 0;
    record.record.set = 1 << COUNT;
    assert_string_equal(format(sink, &b, &meta_def, &record, NULL, 6), "{\"_path\":\"meta\",\"count\":42}\n");
    record.record.ts = -1;
    assert_string_equal(format(sink, &b, &meta_def, &record, NULL, 9),
                        "{\"_path\":\"meta\",\"ts\":-0.000000001,\"count\":42}\n");
    tl_buffer_fini(&b);
    sink->free(sink);
}

static void what_was_formatted_is_written(void **state)
{
    (void)state;
    struct temporary file = temporary_file();
    struct tl_error error = { 0 };
    struct tl_sink *sink = tl_records_sink(tl_output_open(file.path, &error), ".");
    assert_non_null(sink);
    assert_int_equal(sink->write(sink, (const uint8_t *)"{}\n", 3, &error), TL_E_NONE);
    assert_int_equal(sink->tick(sink, &error), TL_E_NONE);
    struct stat st;
    assert_int_equal(stat(file.path, &st), 0);
    assert_int_equal(st.st_size, 3);
    assert_int_equal(sink->write(sink, (const uint8_t *)"[]\n", 3, &error), TL_E_NONE);
    assert_int_equal(sink->close(sink, &error), TL_E_NONE);
    sink->free(sink);
    struct tl_buffer b = take_file(&file);
    assert_string_equal(text_of(&b), "{}\n[]\n");
    tl_buffer_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_types_are_written),   cmocka_unit_test(unset_is_absent),
        cmocka_unit_test(what_was_cut_is_named),   cmocka_unit_test(records_without_a_flow),
        cmocka_unit_test(what_was_formatted_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
