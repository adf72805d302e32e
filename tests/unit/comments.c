/* comments.c - comments of pcapng packets, interfaces and sections: as text and as JSON, in either byte order. */
#include "export_fixture.h"

#include "export/comments.h"

enum { ROOM = 512, SHB_HEAD = 24, IDB_HEAD = 16 };

/* Options under construction, after `len` bytes of a packet or a block. */
struct options {
    uint8_t data[ROOM];
    uint32_t len;
    bool big_endian;
};

static void put16(struct options *o, unsigned v)
{
    o->data[o->len++] = (uint8_t)(o->big_endian ? v >> 8 : v);
    o->data[o->len++] = (uint8_t)(o->big_endian ? v : v >> 8);
}

static void put_option(struct options *o, unsigned code, const char *value, unsigned len)
{
    put16(o, code);
    put16(o, len);
    memcpy(o->data + o->len, value, strlen(value));
    o->len += ((uint32_t)strlen(value) + 3) & ~3U;
}

static void put_text(struct options *o, const char *text)
{
    put_option(o, 1, text, (unsigned)strlen(text));
}

static void one(struct options *o)
{
    put_text(o, "hello");
    put16(o, 0);
    put16(o, 0);
}

static void two_with_others(struct options *o)
{
    put_option(o, 2, "\1\0\0\0", 4);
    put_text(o, "first");
    put_option(o, 4, "12345678", 8);
    put_text(o, "second");
}

static void hostile(struct options *o)
{
    put_text(o, "\x1b[31m\"\\\xff\nline");
}

static void empty(struct options *o)
{
    put_text(o, "");
    put_text(o, "after");
}

static void after_the_end(struct options *o)
{
    put_text(o, "before");
    put16(o, 0);
    put16(o, 0);
    put_text(o, "not an option");
}

static void too_long(struct options *o)
{
    put_text(o, "fits");
    put_option(o, 1, "does not", 5000);
}

static void cut_header(struct options *o)
{
    put_text(o, "fits");
    put16(o, 1);
}

static void others_only(struct options *o)
{
    put_option(o, 2, "\1\0\0\0", 4);
}

static const struct {
    void (*fill)(struct options *o);
    const char *texts[2], *json; /* NULL: none */
} cases[] = {
    { one, { "hello" }, "[\"hello\"]" },
    { two_with_others, { "first", "second" }, "[\"first\",\"second\"]" },
    { hostile, { "\\x1b[31m\"\\\\\\xff\\nline" }, "[\"\\u001b[31m\\\"\\\\\\\\\\\\xff\\nline\"]" },
    { empty, { "", "after" }, "[\"\",\"after\"]" },
    { after_the_end, { "before" }, "[\"before\"]" },
    { too_long, { "fits" }, "[\"fits\"]" },
    { cut_header, { "fits" }, "[\"fits\"]" },
    { others_only, { NULL }, NULL },
};

enum { OF_PACKET, OF_INTERFACE, OF_SECTION, OWNERS };

/* Builds a packet or a block with these options and formats its comments. */
static void check(unsigned which, unsigned owner, bool big_endian)
{
    static const char *const labels[OWNERS] = { "Comment", "Interface comment", "Section comment" };
    static const char *const keys[OWNERS] = { "comments", "interface_comments", "section_comments" };
    static const uint32_t heads[OWNERS] = { 44, IDB_HEAD, SHB_HEAD };
    struct options o = { .len = heads[owner], .big_endian = big_endian };
    cases[which].fill(&o);
    uint8_t *exact = malloc(o.len + 4); /* flush: a sanitizer sees a read behind it */
    assert_non_null(exact);
    memcpy(exact, o.data, o.len + 4);
    struct tl_interface interface = { .big_endian = big_endian, .linktype = 1 };
    struct tl_packet packet = { .bytes = exact, .caplen = 42 };
    if (owner == OF_PACKET) {
        packet.commented = true;
        packet.options_len = o.len - heads[owner];
    } else if (owner == OF_INTERFACE) {
        interface.commented = true;
        interface.block = tl_bytes_of(exact, o.len + 4);
    } else {
        interface.section_block = tl_bytes_of(exact, o.len + 4);
    }
    assert_true(tl_has_comments(&packet, &interface));
    struct tl_buffer text = { 0 }, json = { 0 }, expected = { 0 };
    for (unsigned i = 0; i < 2 && cases[which].texts[i] != NULL; i++)
        tl_put_format(&expected, "  %s: %s\n", labels[owner], cases[which].texts[i]);
    tl_put_comments(&text, &packet, &interface, 2);
    assert_string_equal(text_of(&text), text_of(&expected));
    expected.len = 0;
    if (cases[which].json != NULL)
        tl_put_format(&expected, ",\"%s\":%s", keys[owner], cases[which].json);
    tl_put_json_comments(&json, &packet, &interface);
    assert_string_equal(text_of(&json), text_of(&expected));
    tl_buffer_fini(&text);
    tl_buffer_fini(&json);
    tl_buffer_fini(&expected);
    free(exact);
}

static void every_owner_and_order(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TL_COUNT(cases) * OWNERS * 2; i++)
        check(i / OWNERS / 2, i / 2 % OWNERS, i % 2 != 0);
}

static void none(void **state)
{
    (void)state;
    struct tl_buffer b = { 0 };
    const struct tl_packet packet = toy_packet();
    const struct tl_interface interface = { .linktype = 1 };
    assert_false(tl_has_comments(&packet, &interface));
    assert_false(tl_has_comments(&packet, NULL));
    tl_put_comments(&b, &packet, &interface, 4);
    tl_put_json_comments(&b, &packet, &interface);
    tl_put_comments(&b, &packet, NULL, 4);
    tl_put_json_comments(&b, &packet, NULL);
    assert_int_equal(b.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_owner_and_order), cmocka_unit_test(none) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
