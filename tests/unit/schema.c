/* schema.c - the schemas accept the output of the sinks and reject other output. */
#include "export_fixture.h"

struct toy_record {
    struct tl_record record;
    uint64_t count;
    bool flag;
    int64_t rtt;
    struct tl_bytes query;
    uint8_t mac[6];
    struct tl_text_list answers;
};

enum { COUNT, FLAG, RTT, QUERY, MAC, ANSWERS, REC_FIELDS };
static const struct tl_record_field fields[] = {
    TL_FIELD(struct toy_record, COUNT, count, "count", TL_REC_COUNT, "How many"),
    TL_FIELD(struct toy_record, FLAG, flag, "AA", TL_REC_BOOL, ""),
    TL_FIELD(struct toy_record, RTT, rtt, "dotted.rtt", TL_REC_INTERVAL, "Says \"when\""),
    TL_FIELD(struct toy_record, QUERY, query, "query", TL_REC_TEXT, NULL),
    TL_FIELD(struct toy_record, MAC, mac, "orig_l2_addr", TL_REC_MAC, ""),
    TL_FIELD(struct toy_record, ANSWERS, answers, "answers", TL_REC_TEXTS, ""),
};
static const struct tl_record_def toy_def = TL_RECORD_DEF("toy", fields, "A record of everything");
static const struct tl_record_def meta_def = { .path = "meta", .help = "First", .fields = fields, .field_count = 1 };
static const struct tl_record_def bare_def = { .path = "bare", .help = "Nothing in it" };
static const struct tl_record_def *const defs[] = { &toy_def, &meta_def, &bare_def };

static const struct tl_flow_id flow = {
    .uid = "CabcdefghijklmnopQ", .community_id = "1:LQU9qZlK+B5F3KDmev6m5PMibrg=", .version = 4, .orig_port = 54585,
    .resp_port = 53, .orig_addr = { 192, 168, 1, 52 }, .resp_addr = { 8, 8, 8, 8 },
};

/* The JSON Schema keywords that we use; any other fails the test. */

static struct json_object *member(struct json_object *object, const char *key)
{
    struct json_object *value = NULL;
    return json_object_object_get_ex(object, key, &value) ? value : NULL;
}

static bool is_of_type(struct json_object *value, const char *type)
{
    enum json_type is = json_object_get_type(value);
    if (strcmp(type, "number") == 0)
        return is == json_type_double || is == json_type_int;
    if (strcmp(type, "integer") == 0)
        return is == json_type_int;
    return strcmp(json_type_to_name(is), type) == 0;
}

static bool holds(struct json_object *root, struct json_object *schema, struct json_object *value);

static bool object_holds(struct json_object *root, struct json_object *schema, struct json_object *value)
{
    struct json_object *required = member(schema, "required"), *properties = member(schema, "properties");
    for (size_t i = 0; required != NULL && i < json_object_array_length(required); i++) {
        if (member(value, json_object_get_string(json_object_array_get_idx(required, i))) == NULL)
            return false;
    }
    json_object_object_foreach(value, key, item)
    {
        struct json_object *property = properties != NULL ? member(properties, key) : NULL;
        if (property == NULL && member(schema, "additionalProperties") != NULL)
            return false;
        if (property != NULL && !holds(root, property, item))
            return false;
    }
    return true;
}

static bool array_holds(struct json_object *root, struct json_object *schema, struct json_object *value)
{
    struct json_object *items = member(schema, "items"), *least = member(schema, "minItems");
    if (least != NULL && json_object_array_length(value) < (size_t)json_object_get_int64(least))
        return false;
    for (size_t i = 0; items != NULL && i < json_object_array_length(value); i++) {
        if (!holds(root, items, json_object_array_get_idx(value, i)))
            return false;
    }
    return true;
}

static bool one_of_holds(struct json_object *root, struct json_object *choices, struct json_object *value)
{
    unsigned found = 0;
    for (size_t i = 0; i < json_object_array_length(choices); i++)
        found += holds(root, json_object_array_get_idx(choices, i), value);
    return found == 1;
}

static bool is_among(struct json_object *choices, struct json_object *value)
{
    bool found = false;
    for (size_t i = 0; i < json_object_array_length(choices); i++)
        found = found || json_object_equal(json_object_array_get_idx(choices, i), value);
    return found;
}

static bool word_holds(struct json_object *root, const char *word, struct json_object *rule, struct json_object *value)
{
    static const char notes[][24] = { "$schema", "$defs", "title", "description", "format", "pattern", "properties",
                                      "required", "additionalProperties", "items", "minItems" };
    for (size_t i = 0; i < TL_COUNT(notes); i++) {
        if (strcmp(word, notes[i]) == 0)
            return true;
    }
    if (strcmp(word, "type") == 0)
        return is_of_type(value, json_object_get_string(rule));
    if (strcmp(word, "const") == 0)
        return json_object_equal(rule, value) != 0;
    if (strcmp(word, "enum") == 0)
        return is_among(rule, value);
    if (strcmp(word, "oneOf") == 0)
        return one_of_holds(root, rule, value);
    if (strcmp(word, "minimum") == 0)
        return json_object_get_double(value) >= json_object_get_double(rule);
    if (strcmp(word, "maximum") == 0)
        return json_object_get_double(value) <= json_object_get_double(rule);
    const char *reference = json_object_get_string(rule);
    if (strcmp(word, "$ref") != 0 || strncmp(reference, "#/$defs/", 8) != 0)
        fail_msg("a word that is not known: %s", word);
    struct json_object *definition = member(member(root, "$defs"), reference + 8);
    assert_non_null(definition);
    return holds(root, definition, value);
}

static bool holds(struct json_object *root, struct json_object *schema, struct json_object *value)
{
    json_object_object_foreach(schema, word, rule)
    {
        if (!word_holds(root, word, rule, value))
            return false;
    }
    if (json_object_is_type(value, json_type_object))
        return object_holds(root, schema, value);
    return !json_object_is_type(value, json_type_array) || array_holds(root, schema, value);
}

static bool text_holds(struct json_object *schema, const char *text)
{
    struct json_object *value = parse(text, strlen(text));
    bool held = holds(schema, schema, value);
    json_object_put(value);
    return held;
}

static struct json_object *records_schema(const char *separator)
{
    struct tl_buffer b = { 0 };
    tl_records_schema(&b, defs, TL_COUNT(defs), separator);
    struct json_object *schema = parse(text_of(&b), b.len - 1);
    tl_buffer_fini(&b);
    assert_string_equal(json_object_get_string(member(schema, "$schema")),
                        "https://json-schema.org/draft/2020-12/schema");
    return schema;
}

static void written_records_hold(void **state)
{
    (void)state;
    static const struct tl_bytes answers[] = { { (const uint8_t *)"x", 1 } };
    const struct toy_record full = {
        .record = { .ts = 1, .set = (1 << REC_FIELDS) - 1, .cut = 1 << QUERY | 1 << RTT }, .count = 3,
        .query = { (const uint8_t *)"q", 1 }, .answers = { answers, 1 },
    };
    static const char *const separators[] = { ".", "_" };
    for (unsigned i = 0; i < TL_COUNT(separators); i++) {
        struct json_object *schema = records_schema(separators[i]);
        struct tl_sink *sink = tl_records_sink(devnull(), separators[i]);
        struct tl_buffer b = { 0 };
        for (unsigned set = 0; set < 1 << REC_FIELDS; set++) {
            struct toy_record record = full;
            record.record.set = set;
            b.len = 0;
            sink->record(sink, &b, &toy_def, &record.record, &flow, 6);
            struct json_object *value = parse_line(&b);
            assert_true(holds(schema, schema, value));
            json_object_put(value);
        }
        b.len = 0;
        sink->record(sink, &b, &meta_def, &full.record, NULL, 6);
        sink->record(sink, &b, &bare_def, &full.record, NULL, 6);
        char *second = strchr(text_of(&b), '\n');
        *second = '\0';
        b.data[b.len - 1] = '\0';
        assert_true(text_holds(schema, (const char *)b.data));
        assert_true(text_holds(schema, second + 1));
        tl_buffer_fini(&b);
        sink->free(sink);
        json_object_put(schema);
    }
}

static void other_records_do_not(void **state)
{
    (void)state;
    struct json_object *schema = records_schema(".");
    assert_true(text_holds(schema, "{\"_path\":\"meta\"}"));
    assert_true(text_holds(schema, "{\"_path\":\"meta\",\"count\":1,\"_trunc\":[\"count\"]}"));
    assert_false(text_holds(schema, "{\"_path\":\"nobody\"}"));
    assert_false(text_holds(schema, "{\"_path\":\"meta\",\"count\":\"1\"}"));
    assert_false(text_holds(schema, "{\"_path\":\"meta\",\"count\":-1}"));
    assert_false(text_holds(schema, "{\"_path\":\"meta\",\"query\":\"of another record\"}"));
    assert_false(text_holds(schema, "{\"_path\":\"meta\",\"_trunc\":[\"query\"]}"));
    assert_false(text_holds(schema, "{\"_path\":\"meta\",\"uid\":\"CabcdefghijklmnopQ\"}"));
    assert_false(text_holds(schema, "{\"_path\":\"bare\",\"_trunc\":[]}"));
    assert_false(text_holds(schema, "{\"_path\":\"toy\",\"ts\":1}"));
    assert_false(text_holds(schema, "{}"));
    json_object_put(schema);
}

static struct json_object *packets_schema(void)
{
    struct tl_buffer b = { 0 };
    tl_packets_schema(&b, &protocols);
    struct json_object *schema = parse(text_of(&b), b.len - 1);
    tl_buffer_fini(&b);
    return schema;
}

static void written_packets_hold(void **state)
{
    (void)state;
    struct json_object *schema = packets_schema();
    struct tl_sink *sink = tl_packets_sink(devnull(), &protocols);
    struct tl_packet packet = toy_packet();
    const struct tl_interface named = { .decimals = 9, .name = "eth0" };
    struct tl_tree tree;
    struct tl_buffer b = { 0 };
    tl_tree_init(&tree);
    add_link_and_net(&tree);
    add_layer(&tree, TOY, TL_NODE_BAD | TL_NODE_CUT | TL_NODE_QUOTED | TL_NODE_SHORT, 3);
    for (unsigned i = 0; i < TL_COUNT(toy_fields); i++)
        add_value(&tree, TOY, i, 1, 1);
    for (unsigned depth = 1; depth < 40; depth++) {
        add_value(&tree, TOY, TOY_GROUP, (uint8_t)depth, 0);
        add_value(&tree, TOY, TOY_LIST, (uint8_t)(depth + 1), depth);
    }
    add_layer(&tree, DATA, 0, 0);
    sink->packet(sink, &b, &packet, &named, &tree);
    struct json_object *value = parse_line(&b);
    assert_true(holds(schema, schema, value));
    json_object_put(value);
    tl_tree_fini(&tree);
    tl_buffer_fini(&b);
    sink->free(sink);
    json_object_put(schema);
}

#define PACKET "{\"number\":1,\"ts\":1.5,\"length\":60,\"captured\":60,\"interface\":0,\"layers\":["

static void other_packets_do_not(void **state)
{
    (void)state;
    struct json_object *schema = packets_schema();
    assert_true(text_holds(schema, PACKET "{\"protocol\":\"toy\",\"toy.list\":[1]}]}"));
    assert_false(text_holds(schema, PACKET "{\"protocol\":\"toy\",\"toy.list\":1}]}"));
    assert_false(text_holds(schema, PACKET "{\"protocol\":\"toy\",\"toy.list\":[]}]}"));
    assert_false(text_holds(schema, PACKET "{\"protocol\":\"toy\",\"toy.list\":[256]}]}"));
    assert_false(text_holds(schema, PACKET "{\"protocol\":\"toy\",\"toy.id\":\"0x1\"}]}"));
    assert_false(text_holds(schema, PACKET "{\"protocol\":\"toy\",\"link.src\":\"00:00:00:00:00:00\"}]}"));
    assert_false(text_holds(schema, PACKET "{\"protocol\":\"toy\",\"toy.group\":[{\"protocol\":\"toy\"}]}]}"));
    assert_false(text_holds(schema, PACKET "{\"protocol\":\"none\"}]}"));
    assert_false(text_holds(schema, "{\"number\":1,\"layers\":[]}"));
    json_object_put(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_records_hold), cmocka_unit_test(other_records_do_not),
        cmocka_unit_test(written_packets_hold), cmocka_unit_test(other_packets_do_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
