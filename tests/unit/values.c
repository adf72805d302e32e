/* values.c - the rarer types of fields and records: as JSON, as text, in the schema. */
#include <locale.h>
#include <math.h>

#include "core/values.h"
#include "export_fixture.h"

#include "export/json.h"
#include "export/tree_text.h"

enum { I8, I16, GUID, GUID_LE, OID, UTF16LE, UTF16BE, TIME, FLOAT, DOUBLE, FIELDS };
static const struct tl_field rare_fields[] = {
    [I8] = { "rare.i8", "Small", TL_I8, .unit = "dB" },
    [I16] = { "rare.i16", "Middling", TL_I16, .base = TL_HEX },
    [GUID] = { "rare.guid", "Identity", TL_GUID, .base = TL_DEC },
    [GUID_LE] = { "rare.guid_le", "Identity, turned", TL_GUID_LE, .base = TL_DEC },
    [OID] = { "rare.oid", "Object", TL_OID, .base = TL_DEC },
    [UTF16LE] = { "rare.name", "Name", TL_UTF16LE, .base = TL_DEC },
    [UTF16BE] = { "rare.title", "Title", TL_UTF16BE, .base = TL_DEC },
    [TIME] = { "rare.time", "Time", TL_TIME, .base = TL_DEC },
    [FLOAT] = { "rare.float", "Share", TL_FLOAT, .unit = "percent" },
    [DOUBLE] = { "rare.double", "Ratio", TL_DOUBLE, .base = TL_DEC },
};
static const struct tl_protocol rare_protocol = { .name = "rare", .title = "Rare", TL_TABLE(rare_fields) };
static const struct tl_protocol *const rare_items[] = { &rare_protocol };
static const struct tl_protocols rare = { rare_items, 1 };

static const uint8_t source[] = {
    0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, /* 0: a GUID */
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x80, /* 16: 1.2.840.113549 in six bytes; in seven it is none */
    'h', 0, 0xe9, 0, 0x3d, 0xd8, 0x00, 0xde,  /* 23: h, e acute, a face, little-endian */
    0, 'a', 0, '"', 0, 0x1b, 0xdc, 0x00, 'x', /* 31: a, a quote, an escape, half a pair, half a unit, big-endian */
};

static uint64_t bits(double v)
{
    uint64_t value;
    memcpy(&value, &v, sizeof value);
    return value;
}

static uint64_t float_bits(float v)
{
    uint32_t value;
    memcpy(&value, &v, sizeof value);
    return value;
}

static void add_all(struct tl_tree *tree)
{
    tl_tree_reset(tree, source, sizeof source);
    add_layer(tree, 0, 0, 0);
    add_value(tree, 0, I8, 1, 0xff80); /* what stands above the low byte is nobody's */
    add_value(tree, 0, I16, 1, 0xfffe);
    add_range(tree, 0, GUID, 0, 16);
    add_range(tree, 0, GUID_LE, 0, 16);
    add_range(tree, 0, OID, 16, 6);
    add_range(tree, 0, UTF16LE, 23, 8);
    add_range(tree, 0, UTF16BE, 31, 9);
    add_value(tree, 0, TIME, 1, (uint64_t)INT64_C(1700000000123456789));
    add_value(tree, 0, FLOAT, 1, float_bits(0.1f));
    add_value(tree, 0, DOUBLE, 1, bits(-1e300));
}

static const char *packet(struct tl_buffer *b, const struct tl_tree *tree)
{
    struct tl_sink *sink = tl_packets_sink(devnull(), &rare);
    struct tl_packet p = toy_packet();
    b->len = 0;
    sink->packet(sink, b, &p, NULL, tree);
    json_object_put(parse_line(b));
    sink->free(sink);
    const char *layers = strstr(text_of(b), "\"layers\":");
    assert_non_null(layers);
    return layers;
}

static void json_of_packets(void **state)
{
    (void)state;
    struct tl_tree tree;
    struct tl_buffer b = { 0 };
    tl_tree_init(&tree);
    add_all(&tree);
    assert_string_equal(packet(&b, &tree), "\"layers\":[{\"protocol\":\"rare\",\"rare.i8\":-128,\"rare.i16\":-2,"
        "\"rare.guid\":\"00112233-4455-6677-8899-aabbccddeeff\","
        "\"rare.guid_le\":\"33221100-5544-7766-8899-aabbccddeeff\",\"rare.oid\":\"1.2.840.113549\","
        "\"rare.name\":\"h\xc3\xa9\xf0\x9f\x98\x80\",\"rare.title\":\"a\\\"\\u001b\xef\xbf\xbd\xef\xbf\xbd\","
        "\"rare.time\":1700000000.123456789,\"rare.float\":0.1,\"rare.double\":-1e+300}]}\n");
    tl_tree_reset(&tree, source, sizeof source);
    add_layer(&tree, 0, 0, 0);
    add_range(&tree, 0, GUID, 30, 16); /* not all of it is there */
    add_range(&tree, 0, OID, 16, 7);
    add_value(&tree, 0, TIME, 1, (uint64_t)-1);
    add_value(&tree, 0, FLOAT, 1, float_bits(-INFINITY));
    add_value(&tree, 0, DOUBLE, 1, bits(NAN));
    assert_string_equal(packet(&b, &tree), "\"layers\":[{\"protocol\":\"rare\",\"rare.oid\":\"2a864886f70d80\","
        "\"rare.time\":-0.000000001,\"rare.float\":\"-Infinity\",\"rare.double\":\"NaN\"}]}\n");
    tl_tree_fini(&tree);
    tl_buffer_fini(&b);
}

static void text_of_trees(void **state)
{
    (void)state;
    static const char *const due[FIELDS] = {
        [I8] = "Small: -128 dB",
        [I16] = "Middling: 0xfffe",
        [GUID] = "Identity: 00112233-4455-6677-8899-aabbccddeeff",
        [GUID_LE] = "Identity, turned: 33221100-5544-7766-8899-aabbccddeeff",
        [OID] = "Object: 1.2.840.113549",
        [UTF16LE] = "Name: h\xc3\xa9\xf0\x9f\x98\x80",
        [UTF16BE] = "Title: a\"\\x1b\xef\xbf\xbd\xef\xbf\xbd",
        [TIME] = "Time: 2023-11-14 22:13:20.123456789 UTC",
        [FLOAT] = "Share: 0.1 percent",
        [DOUBLE] = "Ratio: -1e+300",
    };
    struct tl_tree tree;
    struct tl_buffer b = { 0 };
    tl_tree_init(&tree);
    add_all(&tree);
    for (unsigned i = 0; i < FIELDS; i++) {
        b.len = 0;
        assert_true(tl_put_node(&b, &rare, &tree, &tree.nodes[i + 1]));
        assert_string_equal(text_of(&b), due[i]);
    }
    tl_tree_fini(&tree);
    tl_buffer_fini(&b);
}

/* UTF-16 longer than what is turned at a time: nothing is lost where pieces meet. */
static void long_utf16(void **state)
{
    (void)state;
    for (unsigned shift = 0; shift < 4; shift++) {
        uint8_t text[2000];
        uint32_t n = 0;
        struct tl_buffer b = { 0 }, due = { 0 };
        for (unsigned i = 0; i < shift; i++, n += 2)
            tl_store_be16(text + n, 'x');
        for (; n + 4 <= sizeof text; n += 4)
            tl_store_be32(text + n, 0xd83dde00);
        tl_put_json_utf16(&b, tl_bytes_of(text, n), false);
        tl_put_char(&due, '"');
        for (unsigned i = 0; i < shift; i++)
            tl_put_char(&due, 'x');
        for (uint32_t at = shift * 2; at < n; at += 4)
            tl_put_lit(&due, "\xf0\x9f\x98\x80");
        tl_put_char(&due, '"');
        assert_int_equal(b.len, due.len);
        assert_memory_equal(b.data, due.data, due.len);
        tl_buffer_fini(&b);
        tl_buffer_fini(&due);
    }
}

static void oid_is(const char *hex_text, uint32_t len, const char *due)
{
    struct tl_buffer b = { 0 };
    tl_put_char(&b, '>');
    assert_int_equal(tl_put_oid(&b, tl_bytes_of(hex_text, len)), due[0] != '\0');
    assert_int_equal(b.len, strlen(due) + 1);
    assert_string_equal(text_of(&b) + 1, due);
    tl_buffer_fini(&b);
}

static void oids(void **state)
{
    (void)state;
    oid_is("", 0, "");
    oid_is("\x00", 1, "0.0");
    oid_is("\x27", 1, "0.39");
    oid_is("\x28", 1, "1.0");
    oid_is("\x4f", 1, "1.39");
    oid_is("\x50", 1, "2.0");
    oid_is("\x88\x37\x03", 3, "2.999.3");
    oid_is("\x55\x04\x03", 3, "2.5.4.3");
    oid_is("\x55\x84", 2, "");         /* ends within an arc */
    oid_is("\x55\x80\x03", 3, "");     /* padded */
    /* 2.25. and a UUID of 128 bits (X.667): the largest that is shown. One bit more is not. */
    oid_is("\x69\x83\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 20,
           "2.25.340282366920938463463374607431768211455");
    oid_is("\x69\x84\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 20, "");
}

static void numbers(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } rows[] = { { 0, "0" },       { -0.0, "-0" },         { 1.0 / 3, "0.3333333333333333" }, { 1e22, "1e+22" },
                 { 123456789, "123456789" },               { 5e-324, "4.94065645841247e-324" },
                 { 1.7976931348623157e308, "1.7976931348623157e+308" }, { INFINITY, "inf" }, { NAN, "nan" } };
    const char *names[] = { "C", "de_DE.UTF-8", "fa_IR.UTF-8" };
    for (size_t l = 0; l < TL_COUNT(names); l++) {
        setlocale(LC_ALL, names[l]); /* not every machine has them */
        for (size_t i = 0; i < TL_COUNT(rows); i++) {
            struct tl_buffer b = { 0 };
            tl_put_double(&b, rows[i].value);
            assert_string_equal(text_of(&b), rows[i].text);
            tl_buffer_fini(&b);
        }
    }
    setlocale(LC_ALL, "C");
    struct tl_buffer b = { 0 };
    tl_put_float(&b, 16777217.0f);
    tl_put_char(&b, ' ');
    tl_put_float(&b, 1.1f);
    tl_put_char(&b, ' ');
    tl_put_float(&b, 3.4028235e38f);
    assert_string_equal(text_of(&b), "16777216 1.1 3.4028235e+38");
    b.len = 0;
    tl_put_utc(&b, INT64_MIN);
    tl_put_char(&b, ' ');
    tl_put_utc(&b, INT64_MAX);
    assert_string_equal(text_of(&b), "1677-09-21 00:12:43.145224192 UTC 2262-04-11 23:47:16.854775807 UTC");
    tl_buffer_fini(&b);
    assert_true(tl_time_ns(1700000000, 5) == INT64_C(1700000000000000005));
    assert_true(tl_time_ns(INT64_MAX / 1000000000, UINT32_MAX) == INT64_MAX);
    assert_true(tl_time_ns(INT64_MAX, 0) == INT64_MAX && tl_time_ns(INT64_MIN, 9) == INT64_MIN);
}

/* The readers leave what the types need. */
static void readers(void **state)
{
    (void)state;
    static const uint8_t wire[] = { 0x3f, 0x80, 0, 0, 0, 0, 0, 0xc0, 0x40, 9, 0x21, 0xfb, 0x54, 0x44, 0x2d, 0x18,
                                    0, 0, 0, 0, 0, 0, 0xf0, 0xbf };
    struct tl_dissection d = { .c = tl_cursor_on(wire, sizeof wire, sizeof wire), .layer = TL_NO_NODE };
    assert_true(tl_float(&d, FLOAT) == 1.0f);
    assert_true(tl_le_float(&d, FLOAT) == -2.0f);
    assert_true(tl_double(&d, DOUBLE) == 0x1.921fb54442d18p+1);
    assert_true(tl_le_double(&d, DOUBLE) == -1.0);
    assert_true(tl_ok(&d));
    assert_null(tl_guid(&d, GUID));
    assert_int_equal(d.c.status, TL_BAD);
}

/* --- records --- */

struct part_record {
    struct tl_record record;
    uint64_t number;
    struct tl_bytes name;
    struct tl_object_list parts;
};

enum { PART_NUMBER, PART_NAME, PART_PARTS };
static const struct tl_record_def part_def; /* holds itself */
static const struct tl_record_field part_fields[] = {
    TL_FIELD(struct part_record, PART_NUMBER, number, "number", TL_REC_COUNT, "Which"),
    TL_FIELD(struct part_record, PART_NAME, name, "part.name", TL_REC_TEXT, "What"),
    TL_FIELD_OBJECTS(struct part_record, PART_PARTS, parts, "parts", &part_def, "In it"),
};
static const struct tl_record_def part_def = TL_OBJECT_DEF(part_fields, "A part");

struct rare_record {
    struct tl_record record;
    struct tl_addr host, other;
    int64_t until, offset, least;
    double share;
    struct tl_object_list parts;
};

enum { HOST, OTHER, UNTIL, OFFSET, LEAST, SHARE, PARTS, RARE_FIELDS };
static const struct tl_record_field record_fields[] = {
    TL_FIELD(struct rare_record, HOST, host, "host", TL_REC_ADDR, ""),
    TL_FIELD(struct rare_record, OTHER, other, "other", TL_REC_ADDR, ""),
    TL_FIELD(struct rare_record, UNTIL, until, "until", TL_REC_TIME, ""),
    TL_FIELD(struct rare_record, OFFSET, offset, "offset", TL_REC_INT, ""),
    TL_FIELD(struct rare_record, LEAST, least, "least", TL_REC_INT, ""),
    TL_FIELD(struct rare_record, SHARE, share, "share", TL_REC_DOUBLE, ""),
    TL_FIELD_OBJECTS(struct rare_record, PARTS, parts, "parts", &part_def, "Its parts"),
};
static const struct tl_record_def rare_def = { .path = "rare", .fields = record_fields, .field_count = RARE_FIELDS };

static const char *record(struct tl_buffer *b, const struct rare_record *r, const char *separator)
{
    struct tl_sink *sink = tl_records_sink(devnull(), separator);
    b->len = 0;
    sink->record(sink, b, &rare_def, &r->record, NULL, 6);
    json_object_put(parse_line(b));
    sink->free(sink);
    return text_of(b);
}

static void json_of_records(void **state)
{
    (void)state;
    struct tl_buffer b = { 0 };
    const struct part_record inner[] = { { .record = { .set = 1 << PART_NUMBER }, .number = 7 } };
    const struct part_record parts[] = {
        { .record = { .set = 1 << PART_NUMBER | 1 << PART_NAME, .cut = 1 << PART_NAME }, .number = 1,
          .name = { (const uint8_t *)"a\"", 2 } },
        { .record = { .set = 0 } },
        { .record = { .set = 1 << PART_PARTS }, .parts = { inner, 1, sizeof inner[0] } },
    };
    struct rare_record r = {
        .record = { .set = (1 << RARE_FIELDS) - 1 },
        .host = { 4, { 192, 0, 2, 1 } },
        .other = { 6, { 0x20, 1, 0xd, 0xb8, [15] = 1 } },
        .until = INT64_C(1700000000123456789),
        .offset = -5,
        .least = INT64_MIN,
        .share = 0.25,
        .parts = { parts, 3, sizeof parts[0] },
    };
    assert_string_equal(record(&b, &r, "."), "{\"_path\":\"rare\",\"host\":\"192.0.2.1\",\"other\":\"2001:db8::1\","
        "\"until\":1700000000.123456,\"offset\":-5,\"least\":-9223372036854775808,\"share\":0.25,"
        "\"parts\":[{\"number\":1,\"part.name\":\"a\\\"\",\"_trunc\":[\"part.name\"]},{},"
        "{\"parts\":[{\"number\":7}]}]}\n");
    r.record.set = 1 << SHARE | 1 << PARTS;
    r.share = INFINITY;
    assert_string_equal(record(&b, &r, "_"), "{\"_path\":\"rare\",\"share\":\"Infinity\","
        "\"parts\":[{\"number\":1,\"part_name\":\"a\\\"\",\"_trunc\":[\"part_name\"]},{},"
        "{\"parts\":[{\"number\":7}]}]}\n");
    tl_buffer_fini(&b);
}

/* Objects that hold objects without end are written to a depth. */
static void depth_has_a_limit(void **state)
{
    (void)state;
    struct tl_buffer b = { 0 };
    struct part_record endless = { .record = { .set = 1 << PART_PARTS } };
    endless.parts = (struct tl_object_list){ &endless, 1, sizeof endless };
    struct rare_record r = { .record = { .set = 1 << PARTS }, .parts = { &endless, 1, sizeof endless } };
    assert_string_equal(record(&b, &r, "."), "{\"_path\":\"rare\",\"parts\":[{\"parts\":[{\"parts\":[{\"parts\":"
                                             "[{\"parts\":[]}]}]}]}]}\n");
    tl_buffer_fini(&b);
}

/* Both schemas are JSON and say the types. tests/golden/validate holds real output against them. */
static void schemas(void **state)
{
    (void)state;
    struct tl_buffer b = { 0 };
    tl_packets_schema(&b, &rare);
    const char *text = text_of(&b);
    json_object_put(parse(text, b.len - 1));
    assert_non_null(strstr(text, "\"rare.guid_le\": {"));
    assert_non_null(strstr(text, "\"minimum\": -128, \"maximum\": 127"));
    assert_non_null(strstr(text, "\"pattern\": \"^([0-9a-f]{2}){4}(-([0-9a-f]{2}){2}){3}-([0-9a-f]{2}){6}$\""));
    assert_non_null(strstr(text, "\"pattern\": \"^([0-2](\\\\.[0-9]+)+|([0-9a-f]{2})*)$\""));
    assert_non_null(strstr(text, "\"anyOf\": [{\"type\": \"number\"}, "
                                 "{\"enum\": [\"NaN\", \"Infinity\", \"-Infinity\"]}]"));
    b.len = 0;
    const struct tl_record_def *const all[] = { &rare_def };
    tl_records_schema(&b, all, 1, "_");
    struct json_object *schema = parse(text_of(&b), b.len - 1), *at = schema;
    at = json_object_array_get_idx(json_object_object_get(at, "oneOf"), 0);
    at = json_object_object_get(json_object_object_get(at, "properties"), "parts");
    assert_string_equal(json_object_get_string(json_object_object_get(at, "type")), "array");
    for (unsigned depth = 1; depth <= TL_OBJECT_DEPTH; depth++) {
        at = json_object_object_get(json_object_object_get(at, "items"), "properties");
        assert_non_null(json_object_object_get(at, "part_name"));
        assert_non_null(json_object_object_get(at, "_trunc"));
        at = json_object_object_get(at, "parts");
    }
    assert_int_equal(json_object_get_int(json_object_object_get(at, "maxItems")), 0);
    assert_non_null(json_object_object_get(at, "maxItems"));
    json_object_put(schema);
    tl_buffer_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_of_packets), cmocka_unit_test(text_of_trees),   cmocka_unit_test(long_utf16),
        cmocka_unit_test(oids),            cmocka_unit_test(numbers),         cmocka_unit_test(readers),
        cmocka_unit_test(json_of_records), cmocka_unit_test(depth_has_a_limit), cmocka_unit_test(schemas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
