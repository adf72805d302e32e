/* packets_sink.c - packets as JSON: exact text of every type, arrays, groups, marks; parsed by json-c. */
#include "export_fixture.h"

static const struct tl_interface plain = { .decimals = 6, .linktype = 1 };

static const char *format(struct tl_buffer *b, const struct tl_tree *tree, const struct tl_interface *interface)
{
    struct tl_sink *sink = tl_packets_sink(devnull(), &protocols);
    struct tl_packet packet = toy_packet();
    b->len = 0;
    sink->packet(sink, b, &packet, interface, tree);
    json_object_put(parse_line(b));
    assert_int_equal(sink->close(sink, NULL), TL_E_NONE);
    sink->free(sink);
    return text_of(b);
}

#define HEAD "{\"number\":7,\"ts\":1700000000.123456,\"length\":60,\"captured\":44,\"interface\":0,\"layers\":["

static void layers_and_addresses(void **state)
{
    (void)state;
    struct tl_tree tree;
    struct tl_buffer b = { 0 };
    tl_tree_init(&tree);
    add_link_and_net(&tree);
    add_range(&tree, NET, NET_SRC6, 22, 16);
    assert_string_equal(format(&b, &tree, &plain), HEAD
        "{\"protocol\":\"link\",\"link.dst\":\"00:11:22:33:44:55\",\"link.src\":\"66:77:88:99:aa:bb\",\"link.type\":2048},"
        "{\"protocol\":\"netv4\",\"net.src\":\"192.168.1.2\",\"net.dst\":\"8.8.8.8\",\"net.src6\":\"2001:db8::1\"}]}\n");
    tl_tree_reset(&tree, packet_bytes, sizeof packet_bytes);
    struct tl_interface named = { .decimals = 9, .name = "eth\"0" };
    assert_string_equal(format(&b, &tree, &named),
        "{\"number\":7,\"ts\":1700000000.123456789,\"length\":60,\"captured\":44,\"interface\":0,"
        "\"interface_name\":\"eth\\\"0\",\"layers\":[]}\n");
    tl_tree_fini(&tree);
    tl_buffer_fini(&b);
}

static void every_type_has_its_json(void **state)
{
    (void)state;
    struct tl_tree tree;
    struct tl_buffer b = { 0 };
    tl_tree_init(&tree);
    tl_tree_reset(&tree, packet_bytes, sizeof packet_bytes);
    add_layer(&tree, TOY, 0, 0);
    add_value(&tree, TOY, TOY_ID, 1, 0xffff);
    add_value(&tree, TOY, TOY_FLAG, 1, 1);
    add_range(&tree, TOY, TOY_NAME, 38, 6);
    add_range(&tree, TOY, TOY_BYTES, 12, 4);
    add_value(&tree, TOY, TOY_TIME, 1, (uint64_t)INT64_C(-1500000001));
    add_value(&tree, TOY, TOY_SIGNED, 1, 0xffffffff); /* as a 32-bit read leaves it */
    add_value(&tree, TOY, TOY_BIG, 1, UINT64_MAX);
    add_value(&tree, TOY, TOY_MARK, 1, 0);
    add_value(&tree, TOY, TOY_SIGNED64, 1, (uint64_t)INT64_MIN);
    add_value(&tree, TOY, TOY_KIND, 1, 1);
    assert_string_equal(format(&b, &tree, &plain), HEAD
        "{\"protocol\":\"toy\",\"toy.id\":65535,\"toy.flag\":true,\"toy.name\":\"hi\\u001b\\\\\\\\\\\\xff\\\"\","
        "\"toy.bytes\":\"0800c0a8\",\"toy.time\":-1.500000001,\"toy.signed\":-1,\"toy.big\":18446744073709551615,"
        "\"toy.mark\":true,\"toy.signed64\":-9223372036854775808,\"toy.kind\":1}]}\n");
    tl_tree_fini(&tree);
    tl_buffer_fini(&b);
}

/* Occurrences need not be adjacent; a single one is an array too; a non-repeating field is written once. */
static void what_repeats_is_an_array(void **state)
{
    (void)state;
    struct tl_tree tree;
    struct tl_buffer b = { 0 };
    tl_tree_init(&tree);
    tl_tree_reset(&tree, packet_bytes, sizeof packet_bytes);
    add_layer(&tree, TOY, 0, 0);
    add_value(&tree, TOY, TOY_LIST, 1, 1);
    add_value(&tree, TOY, TOY_GROUP, 1, 0);
    add_text(&tree, TOY, TOY_ITEM, 2, "a");
    add_value(&tree, TOY, TOY_LIST, 2, 10);
    add_value(&tree, TOY, TOY_ID, 1, 5);
    add_value(&tree, TOY, TOY_LIST, 1, 2);
    add_value(&tree, TOY, TOY_GROUP, 1, 0);
    add_value(&tree, TOY, TOY_GROUP, 1, 0);
    add_value(&tree, TOY, TOY_GROUP, 2, 0);
    add_text(&tree, TOY, TOY_ITEM, 3, "deep");
    add_text(&tree, TOY, TOY_ITEM, 2, "b");
    add_text(&tree, TOY, TOY_ITEM, 2, "dropped");
    add_value(&tree, TOY, TOY_ID, 1, 6);
    add_value(&tree, TOY, TOY_LIST, 1, 3);
    add_layer(&tree, TOY, 0, 0);
    add_value(&tree, TOY, TOY_LIST, 1, 4);
    assert_string_equal(format(&b, &tree, &plain), HEAD
        "{\"protocol\":\"toy\",\"toy.list\":[1,2,3],\"toy.group\":[{\"toy.item.value\":\"a\",\"toy.list\":[10]},{},"
        "{\"toy.group\":[{\"toy.item.value\":\"deep\"}],\"toy.item.value\":\"b\"}],\"toy.id\":5},"
        "{\"protocol\":\"toy\",\"toy.list\":[4]}]}\n");
    tl_tree_fini(&tree);
    tl_buffer_fini(&b);
}

static void damage_is_marked(void **state)
{
    (void)state;
    struct tl_tree tree;
    struct tl_buffer b = { 0 };
    tl_tree_init(&tree);
    tl_tree_reset(&tree, packet_bytes, sizeof packet_bytes);
    add_layer(&tree, LINK, TL_NODE_BAD, 42);
    add_layer(&tree, NET, TL_NODE_SHORT, 0);
    add_range(&tree, NET, NET_SRC, 42, 4); /* past the end of the packet: not an address */
    add_layer(&tree, TOY, TL_NODE_CUT | TL_NODE_QUOTED, 0);
    add_layer(&tree, 200, 0, 0);                    /* unknown protocol */
    add_value(&tree, TOY, TL_COUNT(toy_fields), 1, 0); /* unknown field */
    assert_string_equal(format(&b, &tree, &plain), HEAD
        "{\"protocol\":\"link\",\"_malformed\":true,\"_malformed_at\":42},{\"protocol\":\"netv4\",\"_short\":true},"
        "{\"protocol\":\"toy\",\"_cut\":true,\"_quoted\":true}]}\n");
    tl_tree_fini(&tree);
    tl_buffer_fini(&b);
}

static void depth_has_a_limit(void **state)
{
    (void)state;
    struct tl_tree tree;
    struct tl_buffer b = { 0 };
    tl_tree_init(&tree);
    tl_tree_reset(&tree, packet_bytes, sizeof packet_bytes);
    add_layer(&tree, TOY, 0, 0);
    for (unsigned depth = 1; depth < 256; depth++)
        add_value(&tree, TOY, TOY_GROUP, (uint8_t)depth, 0);
    assert_non_null(strstr(format(&b, &tree, &plain), "{\"toy.group\":[{\"_cut\":true}]}"));
    tl_tree_fini(&tree);
    tl_buffer_fini(&b);
}

/* A packet with the maximum number of nodes does not take quadratic time. */
static void many_repeats(void **state)
{
    (void)state;
    struct tl_tree tree;
    struct tl_buffer b = { 0 };
    tl_tree_init(&tree);
    tl_tree_reset(&tree, packet_bytes, sizeof packet_bytes);
    add_layer(&tree, TOY, 0, 0);
    for (unsigned i = 0; i < TL_TREE_NODES - 1; i++)
        add_value(&tree, TOY, i % 2 ? TOY_LIST : TOY_GROUP, 1, i & 0xff);
    struct tl_sink *sink = tl_packets_sink(devnull(), &protocols);
    struct tl_packet packet = toy_packet();
    sink->packet(sink, &b, &packet, &plain, &tree);
    struct json_object *object = parse_line(&b);
    struct json_object *layer = json_object_array_get_idx(json_object_object_get(object, "layers"), 0);
    assert_int_equal(json_object_array_length(json_object_object_get(layer, "toy.list")), TL_TREE_NODES / 2 - 1);
    assert_int_equal(json_object_array_length(json_object_object_get(layer, "toy.group")), TL_TREE_NODES / 2);
    json_object_put(object);
    sink->free(sink);
    tl_tree_fini(&tree);
    tl_buffer_fini(&b);
}

static void every_field_is_wanted(void **state)
{
    (void)state;
    struct tl_sink *sink = tl_packets_sink(devnull(), &protocols);
    uint64_t bits[PROTOCOLS] = { 0 }, *wanted[PROTOCOLS];
    for (unsigned i = 0; i < PROTOCOLS; i++)
        wanted[i] = &bits[i];
    sink->want(sink, &protocols, wanted);
    for (unsigned i = 0; i < PROTOCOLS; i++)
        assert_int_equal(bits[i], (UINT64_C(1) << protocol_items[i]->field_count) - 1);
    assert_null(sink->record);
    sink->free(sink);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_and_addresses), cmocka_unit_test(every_type_has_its_json),
        cmocka_unit_test(what_repeats_is_an_array), cmocka_unit_test(damage_is_marked),
        cmocka_unit_test(depth_has_a_limit), cmocka_unit_test(many_repeats),
        cmocka_unit_test(every_field_is_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
