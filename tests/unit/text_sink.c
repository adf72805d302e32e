/* text_sink.c - packets as text: the line, the tree, the bytes, and the templates of the info column. */
#include "export_fixture.h"

#include <time.h>

#include "dissectors/registry.h"
#include "export/info.h"

static const struct tl_interface plain = { .decimals = 6, .linktype = 1 };

static const char *format(struct tl_buffer *b, const struct tl_tree *tree, const struct tl_interface *interface,
                          bool detail, bool hex)
{
    const struct tl_text_options options = { .tree = detail, .dump = hex ? TL_DUMP_ALL : TL_DUMP_NONE };
    struct tl_sink *sink = tl_text_sink(devnull(), &protocols, &options);
    struct tl_packet packet = toy_packet();
    b->len = 0;
    sink->packet(sink, b, &packet, interface, tree);
    assert_int_equal(sink->close(sink, NULL), TL_E_NONE);
    sink->free(sink);
    const char *text = text_of(b);
    for (size_t i = 0; i < b->len; i++)
        assert_true(b->data[i] == '\n' || (b->data[i] >= 0x20 && b->data[i] != 0x7f));
    return text;
}

static void zone(const char *tz)
{
    assert_int_equal(setenv("TZ", tz, 1), 0);
    tzset();
}

static void add_toy(struct tl_tree *tree, uint16_t flags)
{
    add_layer(tree, TOY, flags, 42);
    add_value(tree, TOY, TOY_KIND, 1, 1);
    add_value(tree, TOY, TOY_ID, 1, 0x1a2);
    add_range(tree, TOY, TOY_NAME, 38, 6);
    add_value(tree, TOY, TOY_LIST, 1, 1);
    add_value(tree, TOY, TOY_LIST, 1, 20);
}

static void a_line_a_packet(void **state)
{
    (void)state;
    struct tl_tree tree;
    struct tl_buffer b = { 0 };
    tl_tree_init(&tree);
    zone("UTC0");
    add_link_and_net(&tree);
    assert_string_equal(format(&b, &tree, &plain, false, false),
                        "22:13:20.123456 192.168.1.2 > 8.8.8.8 NETv4 60 66:77:88:99:aa:bb > 00:11:22:33:44:55\n");
    add_toy(&tree, 0);
    add_layer(&tree, DATA, 0, 0);
    assert_string_equal(format(&b, &tree, &plain, false, false),
        "22:13:20.123456 192.168.1.2 > 8.8.8.8 TOY 60 query 0x01a2 [hi\\x1b\\\\\\xff\"] list=1,20\n");
    zone("<+0545>-5:45");
    const struct tl_interface nanoseconds = { .decimals = 9 };
    assert_string_equal(format(&b, &tree, &nanoseconds, false, false),
        "03:58:20.123456789 192.168.1.2 > 8.8.8.8 TOY 60 query 0x01a2 [hi\\x1b\\\\\\xff\"] list=1,20\n");
    zone("UTC0");
    tl_tree_fini(&tree);
    tl_buffer_fini(&b);
}

/* Layers quoted in an error message do not set this packet's columns. */
static void quoted_layers_are_not_columns(void **state)
{
    (void)state;
    struct tl_tree tree;
    struct tl_buffer b = { 0 };
    tl_tree_init(&tree);
    add_link_and_net(&tree);
    add_layer(&tree, NET, TL_NODE_QUOTED, 0);
    add_range(&tree, NET, NET_SRC, 18, 4);
    add_toy(&tree, TL_NODE_QUOTED | TL_NODE_SHORT);
    assert_string_equal(format(&b, &tree, &plain, false, false),
                        "22:13:20.123456 192.168.1.2 > 8.8.8.8 NETv4 60 66:77:88:99:aa:bb > 00:11:22:33:44:55\n");
    tl_tree_fini(&tree);
    tl_buffer_fini(&b);
}

static void lines_of_odd_packets(void **state)
{
    (void)state;
    struct tl_tree tree;
    struct tl_buffer b = { 0 };
    tl_tree_init(&tree);
    tl_tree_reset(&tree, packet_bytes, sizeof packet_bytes);
    assert_string_equal(format(&b, &tree, NULL, false, false), "22:13:20.123456 ? 60\n");
    add_layer(&tree, DATA, 0, 0);
    add_value(&tree, DATA, 0, 1, 44);
    assert_string_equal(format(&b, &tree, &plain, false, false), "22:13:20.123456 DATA 60 Len=44\n");
    tl_tree_reset(&tree, packet_bytes, sizeof packet_bytes);
    add_layer(&tree, NET, TL_NODE_BAD, 16);
    add_range(&tree, NET, NET_SRC, 14, 4);
    assert_string_equal(format(&b, &tree, &plain, false, false),
                        "22:13:20.123456 192.168.1.2 > ? NETv4 60 [malformed NETv4]\n");
    add_layer(&tree, TOY, TL_NODE_SHORT, 0);
    assert_string_equal(format(&b, &tree, &plain, false, false),
                        "22:13:20.123456 192.168.1.2 > ? TOY 60 [malformed NETv4] [cut TOY]\n");
    tl_tree_fini(&tree);
    tl_buffer_fini(&b);
}

static void the_tree(void **state)
{
    (void)state;
    struct tl_tree tree;
    struct tl_buffer b = { 0 };
    tl_tree_init(&tree);
    add_link_and_net(&tree);
    add_toy(&tree, TL_NODE_BAD);
    add_value(&tree, TOY, TOY_GROUP, 1, 0);
    add_text(&tree, TOY, TOY_ITEM, 2, "x\033[2J");
    add_value(&tree, TOY, TOY_SIGNED, 2, 0xfffffffe);
    add_value(&tree, TOY, TOY_TIME, 1, 1500000000);
    add_value(&tree, TOY, TOY_FLAG, 1, 1);
    const struct tl_interface named = { .decimals = 6, .name = "eth\0330" };
    assert_string_equal(format(&b, &tree, &named, true, false),
        "Packet 7: 2023-11-14 22:13:20.123456 +0000, 60 bytes, 44 captured, interface 0 (eth\\x1b0)\n"
        "Link (link), bytes 0-3\n"
        "    Destination: 00:11:22:33:44:55\n"
        "    Source: 66:77:88:99:aa:bb\n"
        "    Type: 0x0800 (IPv4)\n"
        "Network (netv4), bytes 0-3\n"
        "    Source: 192.168.1.2\n"
        "    Destination: 8.8.8.8\n"
        "Toy Protocol (toy), bytes 0-3\n"
        "    [Malformed: invalid value or length at byte 42]\n"
        "    Kind: 1 (query)\n"
        "    Identifier: 0x01a2\n"
        "    Name: hi\\x1b\\\\\\xff\"\n"
        "    List: 1\n"
        "    List: 20\n"
        "    Group\n"
        "        Item: x\\x1b[2J\n"
        "        Signed: -2 degrees\n"
        "    [Time: 1.500000000 seconds]\n"
        "    Flag: true\n"
        "\n");
    tl_tree_fini(&tree);
    tl_buffer_fini(&b);
}

static void the_bytes(void **state)
{
    (void)state;
    struct tl_tree tree;
    struct tl_buffer b = { 0 };
    tl_tree_init(&tree);
    tl_tree_reset(&tree, packet_bytes, sizeof packet_bytes);
    assert_string_equal(format(&b, &tree, &plain, false, true),
        "22:13:20.123456 ? 60\n"
        "  0000  00 11 22 33 44 55 66 77  88 99 aa bb 08 00 c0 a8  ..\"3DUfw........\n"
        "  0010  01 02 08 08 08 08 20 01  0d b8 00 00 00 00 00 00  ...... .........\n"
        "  0020  00 00 00 00 00 01 68 69  1b 5c ff 22              ......hi.\\.\"\n");
    tl_tree_reset(&tree, packet_bytes, 2);
    tl_tree_add_source(&tree, packet_bytes + 38, 2, "reassembled TCP");
    assert_string_equal(format(&b, &tree, &plain, true, true),
        "Packet 7: 2023-11-14 22:13:20.123456 +0000, 60 bytes, 44 captured, interface 0\n"
        "packet (2 bytes):\n"
        "  0000  00 11                                             ..\n"
        "reassembled TCP (2 bytes):\n"
        "  0000  68 69                                             hi\n"
        "\n");
    tl_tree_fini(&tree);
    tl_buffer_fini(&b);
}

static void times_of_day(void **state)
{
    (void)state;
    static const struct {
        int64_t ts;
        const char *text;
    } cases[] = {
        { 0, "00:00:00.000000" },
        { -1, "23:59:59.999999" },
        { INT64_C(-86400000000000), "00:00:00.000000" },
        { INT64_C(1711846799999999999), "01:59:59.999999" }, /* the hour before summer time in Berlin */
        { INT64_C(1711846800000000000), "03:00:00.000000" },
        { INT64_MAX, NULL },
        { INT64_MIN, NULL },
    };
    const struct tl_text_options options = { .tree = false };
    for (unsigned pass = 0; pass < 2; pass++) {
        zone("UTC0");
        struct tl_sink *sink = tl_text_sink(devnull(), &protocols, &options);
        struct tl_sink *berlin = NULL;
        struct tl_buffer b = { 0 };
        struct tl_tree tree;
        tl_tree_init(&tree);
        for (unsigned i = 0; i < TL_COUNT(cases); i++) {
            if (i == 3) {
                zone("CET-1CEST,M3.5.0,M10.5.0/3");
                berlin = tl_text_sink(devnull(), &protocols, &options);
            }
            struct tl_packet packet = toy_packet();
            packet.ts = cases[i].ts;
            struct tl_sink *used = berlin != NULL ? berlin : sink;
            b.len = 0;
            used->packet(used, &b, &packet, &plain, &tree);
            if (cases[i].text != NULL)
                assert_memory_equal(text_of(&b), cases[i].text, strlen(cases[i].text));
        }
        tl_tree_fini(&tree);
        tl_buffer_fini(&b);
        sink->free(sink);
        berlin->free(berlin);
    }
    zone("UTC0");
}

static void only_what_the_line_needs_is_wanted(void **state)
{
    (void)state;
    struct tl_text_options options = { .tree = false };
    uint64_t bits[PROTOCOLS] = { 0 }, *wanted[PROTOCOLS];
    for (unsigned i = 0; i < PROTOCOLS; i++)
        wanted[i] = &bits[i];
    struct tl_sink *sink = tl_text_sink(devnull(), &protocols, &options);
    sink->want(sink, &protocols, wanted);
    sink->free(sink);
    assert_int_equal(bits[LINK], 1 << LINK_SRC | 1 << LINK_DST);
    assert_int_equal(bits[NET], 1 << NET_SRC | 1 << NET_DST | 1 << NET_SRC6);
    assert_int_equal(bits[TOY], 1 << TOY_KIND | 1 << TOY_ID | 1 << TOY_NAME | 1 << TOY_LIST | 1 << TOY_ITEM |
                                    1 << TOY_SIGNED | 1 << TOY_GROUP);
    options.tree = true;
    sink = tl_text_sink(devnull(), &protocols, &options);
    sink->want(sink, &protocols, wanted);
    sink->free(sink);
    assert_int_equal(bits[TOY], (1 << TL_COUNT(toy_fields)) - 1);
}

static void check_template(const char *template, const char *expected)
{
    struct tl_protocol protocol = toy_protocol;
    protocol.info = template;
    struct tl_info info;
    struct tl_error error = { 0 };
    enum tl_failure failure = tl_info_compile(&info, &protocol, &error);
    if (expected == NULL) {
        assert_int_equal(failure, TL_E_USAGE);
        assert_true(error.text[0] != '\0');
        assert_null(info.steps);
        return;
    }
    assert_int_equal(failure, TL_E_NONE);
    struct tl_tree tree;
    struct tl_buffer b = { 0 };
    tl_tree_init(&tree);
    tl_tree_reset(&tree, packet_bytes, sizeof packet_bytes);
    add_layer(&tree, TOY, 0, 0);
    add_value(&tree, TOY, TOY_LIST, 1, 0); /* of another layer */
    add_toy(&tree, 0);
    tl_info_put(&b, &info, &protocol, &tree, 2);
    assert_string_equal(text_of(&b), expected);
    tl_info_fini(&info);
    tl_buffer_fini(&b);
    tl_tree_fini(&tree);
}

static void templates(void **state)
{
    (void)state;
    check_template("", "");
    check_template("plain", "plain");
    check_template("{kind} {toy.kind}", "query query");
    check_template("{list} {list,}", "1 1,20");
    check_template("a[ {big}]b[ {id}]c", "ab 0x01a2c");
    check_template("[{id}[ {big}] {kind}]", "0x01a2 query");
    check_template("[{id}[ {kind}] {big}]x", "x");
    check_template("\\[\\]\\{\\}\\\\{big}", "[]{}\\");
    check_template("[{id?}x]{kind}", "xquery");
    check_template("[{big?}x]y", "y");
    check_template("a[{id}|b]c", "a0x01a2c");
    check_template("a[{big}|b]c", "abc");
    check_template("[x{big}|y{big}]z", "z");
    check_template("[{big}|y[{big}]{id}]z|", "y0x01a2z|");
    check_template("[a|b|c]", NULL);
    check_template("{nothing}", NULL);
    check_template("{}", NULL);
    check_template("{,}", NULL);
    check_template("{id", NULL);
    check_template("[{id}", NULL);
    check_template("{id}]", NULL);
    check_template("\\n", NULL);
    check_template("\\", NULL);
    check_template("[[[[[x]]]]]", NULL);
}

/* Keys are unique per protocol: each key is one field. */
static void the_tables_of_this_build(void **state)
{
    (void)state;
    struct tl_protocols all = tl_protocols_all();
    for (uint32_t p = 0; p < all.count; p++) {
        const struct tl_protocol *protocol = all.items[p];
        struct tl_info info;
        struct tl_error error = { 0 };
        if (tl_info_compile(&info, protocol, &error) != TL_E_NONE)
            fail_msg("%s", error.text);
        tl_info_fini(&info);
        assert_true(protocol->field_count <= 1024);
        for (uint32_t f = 0; f < protocol->field_count; f++) {
            if (protocol->fields[f].key == NULL || protocol->fields[f].label == NULL)
                fail_msg("%s: field %u has no key or label", protocol->name, f);
            for (uint32_t g = 0; g < f; g++) {
                if (strcmp(protocol->fields[f].key, protocol->fields[g].key) == 0)
                    fail_msg("%s: two fields are called %s", protocol->name, protocol->fields[f].key);
            }
        }
    }
}

int main(void)
{
    zone("UTC0");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_a_packet), cmocka_unit_test(quoted_layers_are_not_columns),
        cmocka_unit_test(lines_of_odd_packets), cmocka_unit_test(the_tree),
        cmocka_unit_test(the_bytes), cmocka_unit_test(times_of_day),
        cmocka_unit_test(only_what_the_line_needs_is_wanted), cmocka_unit_test(templates),
        cmocka_unit_test(the_tables_of_this_build),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
