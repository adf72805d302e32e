/* export_fixture.h - shared by the sink tests: a few protocols, trees of them, and files to write to. */
#ifndef TL_TESTS_EXPORT_FIXTURE_H
#define TL_TESTS_EXPORT_FIXTURE_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include <json-c/json.h>

#include "core/protocol.h"
#include "export/sinks.h"

#define UNUSED __attribute__((unused))

enum { LINK, NET, TOY, DATA, PROTOCOLS };

enum { LINK_DST, LINK_SRC, LINK_TYPE };
static const struct tl_name link_types[] = { { 0x0800, "IPv4" }, { 0, NULL } };
static const struct tl_field link_fields[] = {
    [LINK_DST] = { "link.dst", "Destination", TL_MAC, .flags = TL_DESTINATION },
    [LINK_SRC] = { "link.src", "Source", TL_MAC, .flags = TL_SOURCE },
    [LINK_TYPE] = { "link.type", "Type", TL_U16, TL_HEX, .names = link_types },
};

enum { NET_SRC, NET_DST, NET_SRC6 };
static const struct tl_field net_fields[] = {
    [NET_SRC] = { "net.src", "Source", TL_IPV4, .flags = TL_SOURCE },
    [NET_DST] = { "net.dst", "Destination", TL_IPV4, .flags = TL_DESTINATION },
    [NET_SRC6] = { "net.src6", "Source", TL_IPV6, .flags = TL_SOURCE },
};

enum { TOY_ID, TOY_FLAG, TOY_NAME, TOY_BYTES, TOY_TIME, TOY_SIGNED, TOY_BIG, TOY_LIST, TOY_GROUP, TOY_ITEM, TOY_MARK,
       TOY_SIGNED64, TOY_KIND };
static const struct tl_name toy_kinds[] = { { 1, "query" }, { 2, "answer" }, { 0, NULL } };
static const struct tl_field toy_fields[] = {
    [TOY_ID] = { "toy.id", "Identifier", TL_U16, .base = TL_HEX },
    [TOY_FLAG] = { "toy.flag", "Flag", TL_BOOL, .mask = 0x80 },
    [TOY_NAME] = { "toy.name", "Name", TL_TEXT, .base = TL_DEC },
    [TOY_BYTES] = { "toy.bytes", "Bytes", TL_BYTES, .base = TL_DEC },
    [TOY_TIME] = { "toy.time", "Time", TL_INTERVAL, .flags = TL_DERIVED },
    [TOY_SIGNED] = { "toy.signed", "Signed", TL_I32, .unit = "degrees", .help = "May be negative" },
    [TOY_BIG] = { "toy.big", "Big", TL_U64, .base = TL_DEC },
    [TOY_LIST] = { "toy.list", "List", TL_U8, .flags = TL_REPEATS },
    [TOY_GROUP] = { "toy.group", "Group", TL_GROUP, .flags = TL_REPEATS },
    [TOY_ITEM] = { "toy.item.value", "Item", TL_TEXT, .base = TL_DEC },
    [TOY_MARK] = { "toy.mark", "Mark", TL_NONE, .base = TL_DEC },
    [TOY_SIGNED64] = { "toy.signed64", "Signed, wide", TL_I64, .base = TL_DEC },
    [TOY_KIND] = { "toy.kind", "Kind", TL_U8, .names = toy_kinds },
};

static const struct tl_field data_fields[] = { { "data.len", "Length", TL_U32, .unit = "bytes" } };

static const struct tl_protocol link_protocol = { .name = "link", .title = "Link", TL_TABLE(link_fields),
                                                  .info = "{src} > {dst}" };
static const struct tl_protocol net_protocol = { .name = "netv4", .title = "Network", TL_TABLE(net_fields) };
static const struct tl_protocol toy_protocol = { .name = "toy", .title = "Toy Protocol", TL_TABLE(toy_fields),
    .info = "{kind} {toy.id}[ \\[{name}\\]][ list={list,}][ {item.value,} {signed}]" };
static const struct tl_protocol data_protocol = { .name = "data", .title = "Data", TL_TABLE(data_fields),
                                                  .info = "Len={len}" };
static const struct tl_protocol *const protocol_items[PROTOCOLS] = { &link_protocol, &net_protocol, &toy_protocol,
                                                                     &data_protocol };
static const struct tl_protocols protocols = { protocol_items, PROTOCOLS };

/* Two MAC addresses, a type, two IPv4 addresses, an IPv6 address, then bytes. */
static const uint8_t packet_bytes[] = {
    0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0x08, 0x00, 192, 168, 1, 2, 8, 8, 8, 8,
    0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 'h', 'i', '\x1b', '\\', 0xff, '"',
};

static UNUSED struct tl_packet toy_packet(void)
{
    return (struct tl_packet){ .ts = INT64_C(1700000000123456789), .number = 7, .bytes = packet_bytes,
                               .caplen = sizeof packet_bytes, .len = 60, .interface = 0, .linktype = 1 };
}

static UNUSED uint32_t add_layer(struct tl_tree *tree, unsigned protocol, uint16_t flags, uint64_t value)
{
    struct tl_node node = { .protocol = (uint16_t)protocol, .field = TL_LAYER, .flags = flags, .value = value,
                            .off = 0, .len = 4 };
    return tl_tree_add(tree, node);
}

static UNUSED void add_value(struct tl_tree *tree, unsigned protocol, unsigned field, uint8_t depth, uint64_t value)
{
    struct tl_node node = { .protocol = (uint16_t)protocol, .field = (uint16_t)field, .depth = depth, .value = value };
    assert_int_not_equal(tl_tree_add(tree, node), TL_NO_NODE);
}

static UNUSED void add_range(struct tl_tree *tree, unsigned protocol, unsigned field, uint32_t off, uint32_t len)
{
    struct tl_node node = { .protocol = (uint16_t)protocol, .field = (uint16_t)field, .depth = 1, .off = off,
                            .len = len };
    assert_int_not_equal(tl_tree_add(tree, node), TL_NO_NODE);
}

static UNUSED void add_text(struct tl_tree *tree, unsigned protocol, unsigned field, uint8_t depth, const char *text)
{
    struct tl_node node = { .protocol = (uint16_t)protocol, .field = (uint16_t)field, .depth = depth };
    assert_int_not_equal(tl_tree_add_text(tree, node, text, (uint32_t)strlen(text)), TL_NO_NODE);
}

static UNUSED void add_link_and_net(struct tl_tree *tree)
{
    tl_tree_reset(tree, packet_bytes, sizeof packet_bytes);
    add_layer(tree, LINK, 0, 0);
    add_range(tree, LINK, LINK_DST, 0, 6);
    add_range(tree, LINK, LINK_SRC, 6, 6);
    add_value(tree, LINK, LINK_TYPE, 1, 0x0800);
    add_layer(tree, NET, 0, 0);
    add_range(tree, NET, NET_SRC, 14, 4);
    add_range(tree, NET, NET_DST, 18, 4);
}

/* Returns the buffer as a C string. */
static UNUSED const char *text_of(struct tl_buffer *b)
{
    tl_put_char(b, '\0');
    assert_false(b->failed);
    b->len--;
    return (const char *)b->data;
}

/* Parses one JSON value without trailing data. */
static UNUSED struct json_object *parse(const char *text, size_t len)
{
    struct json_tokener *tokener = json_tokener_new_ex(64);
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    struct json_object *value = json_tokener_parse_ex(tokener, text, (int)len);
    if (json_tokener_get_error(tokener) != json_tokener_success || value == NULL)
        fail_msg("not JSON: %s: %.200s", json_tokener_error_desc(json_tokener_get_error(tokener)), text);
    assert_int_equal(json_tokener_get_parse_end(tokener), len);
    json_tokener_free(tokener);
    return value;
}

/* Parses a line of output: one object and a newline. */
static UNUSED struct json_object *parse_line(struct tl_buffer *b)
{
    const char *text = text_of(b);
    assert_true(b->len > 2 && text[b->len - 1] == '\n' && strchr(text, '\n') == text + b->len - 1);
    struct json_object *value = parse(text, b->len - 1);
    assert_true(json_object_is_type(value, json_type_object));
    return value;
}

struct temporary {
    char path[32];
};

static UNUSED struct temporary temporary_file(void)
{
    struct temporary file = { "taplight-test-XXXXXX" };
    int fd = mkstemp(file.path);
    assert_true(fd >= 0);
    close(fd);
    return file;
}

/* Reads the whole of a temporary file and removes it. */
static UNUSED struct tl_buffer take_file(const struct temporary *file)
{
    struct tl_buffer b = { 0 };
    int fd = open(file->path, O_RDONLY);
    assert_true(fd >= 0);
    ssize_t n = 1;
    while (n > 0) {
        uint8_t *p = tl_buffer_room(&b, 65536);
        assert_non_null(p);
        n = read(fd, p, 65536);
        assert_true(n >= 0);
        b.len += (size_t)n;
    }
    close(fd);
    unlink(file->path);
    return b;
}

static UNUSED struct tl_output *devnull(void)
{
    struct tl_output *output = tl_output_open("/dev/null", NULL);
    assert_non_null(output);
    return output;
}

#endif
