/* json.c - untrusted text as JSON strings and as plain text. */
#include "export_fixture.h"

#include <sys/mman.h>

#include "export/json.h"

static void check(const char *text, size_t len, const char *json, const char *plain)
{
    struct tl_buffer b = { 0 };
    tl_put_json_text(&b, (const uint8_t *)text, len);
    assert_string_equal(text_of(&b), json);
    b.len = 0;
    tl_put_safe_text(&b, (const uint8_t *)text, len);
    assert_string_equal(text_of(&b), plain);
    tl_buffer_fini(&b);
}

#define CHECK(text, json, plain) check(text, sizeof(text) - 1, "\"" json "\"", plain)

static void escapes_are_exact(void **state)
{
    (void)state;
    CHECK("", "", "");
    CHECK("www.example.com", "www.example.com", "www.example.com");
    CHECK("a\"b\\c", "a\\\"b\\\\\\\\c", "a\"b\\\\c");
    CHECK("\n\r\t", "\\n\\r\\t", "\\n\\r\\t");
    CHECK("\0\x1b[31m\x7f", "\\u0000\\u001b[31m\\u007f", "\\x00\\x1b[31m\\x7f");
    CHECK("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80", "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80",
          "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80");
    CHECK("\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0", "\\u0080\\u009b\\u009f\xc2\xa0", "\\u0080\\u009b\\u009f\xc2\xa0");
    CHECK("\xd8\x9c\xe2\x80\x8e\xe2\x80\x8f", "\\u061c\\u200e\\u200f", "\\u061c\\u200e\\u200f");
    CHECK("\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa\xe2\x80\xae\xe2\x80\xaf",
          "\\u2028\\u2029\\u202a\\u202e\xe2\x80\xaf", "\\u2028\\u2029\\u202a\\u202e\xe2\x80\xaf");
    CHECK("\xe2\x81\xa5\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaa", "\xe2\x81\xa5\\u2066\\u2069\xe2\x81\xaa",
          "\xe2\x81\xa5\\u2066\\u2069\xe2\x81\xaa");
}

static void what_is_not_utf8_stays_as_bytes(void **state)
{
    (void)state;
    CHECK("\xff\xfe", "\\\\xff\\\\xfe", "\\xff\\xfe");
    CHECK("\x80x", "\\\\x80x", "\\x80x");
    CHECK("\xc0\xaf", "\\\\xc0\\\\xaf", "\\xc0\\xaf");                         /* overlong */
    CHECK("\xe0\x9f\xbf", "\\\\xe0\\\\x9f\\\\xbf", "\\xe0\\x9f\\xbf");
    CHECK("\xf0\x8f\xbf\xbf", "\\\\xf0\\\\x8f\\\\xbf\\\\xbf", "\\xf0\\x8f\\xbf\\xbf");
    CHECK("\xed\xa0\x80", "\\\\xed\\\\xa0\\\\x80", "\\xed\\xa0\\x80");         /* surrogate */
    CHECK("\xf4\x90\x80\x80", "\\\\xf4\\\\x90\\\\x80\\\\x80", "\\xf4\\x90\\x80\\x80"); /* past U+10FFFF */
    CHECK("\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf");
    CHECK("\xe2\x82", "\\\\xe2\\\\x82", "\\xe2\\x82");                         /* cut */
    CHECK("\xe2\x82z", "\\\\xe2\\\\x82z", "\\xe2\\x82z");
}

static int hex_digit(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* Reverses house rule 3: \xHH is a byte, \\ a backslash. */
static size_t undo(const char *text, size_t len, uint8_t *out)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\\' && text[i + 1] == 'x') {
            out[n++] = (uint8_t)(hex_digit(text[i + 2]) << 4 | hex_digit(text[i + 3]));
            i += 3;
        } else {
            i += text[i] == '\\';
            out[n++] = (uint8_t)text[i];
        }
    }
    return n;
}

static void no_control_gets_through(const struct tl_buffer *b)
{
    for (size_t i = 0; i < b->len; i++) {
        assert_true(b->data[i] >= 0x20 && b->data[i] != 0x7f);
        if (b->data[i] == 0xc2)
            assert_true(b->data[i + 1] >= 0xa0);
    }
}

static void round_trip(const uint8_t *text, size_t len)
{
    struct tl_buffer b = { 0 };
    tl_put_json_text(&b, text, len);
    no_control_gets_through(&b);
    struct json_object *value = parse(text_of(&b), b.len);
    uint8_t *back = malloc(len * 6 + 8);
    assert_non_null(back);
    size_t n = undo(json_object_get_string(value), (size_t)json_object_get_string_len(value), back);
    assert_int_equal(n, len);
    assert_memory_equal(back, text, len);
    free(back);
    json_object_put(value);
    b.len = 0;
    tl_put_safe_text(&b, text, len);
    no_control_gets_through(&b);
    tl_buffer_fini(&b);
}

/* Every byte at every offset near the scan widths, with the text's end at an inaccessible page. */
static void every_byte_at_every_place(void **state)
{
    (void)state;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *pages = mmap(NULL, page * 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(pages != MAP_FAILED);
    assert_int_equal(mprotect(pages + page, page, PROT_NONE), 0);
    for (size_t len = 1; len <= 40; len++) {
        uint8_t *text = pages + page - len;
        for (size_t at = 0; at < len; at++) {
            for (unsigned c = 0; c < 256; c += len > 20 && c > 0x22 && c < 0x5c ? 7 : 1) {
                memset(text, 'a', len);
                text[at] = (uint8_t)c;
                round_trip(text, len);
            }
        }
    }
    munmap(pages, page * 2);
}

static void random_text_comes_back(void **state)
{
    (void)state;
    static const uint8_t likely[] = { 0xc2, 0xe2, 0x80, 0x81, 0xa8, 0xf0, 0x9f, 0xed, 0xa0, '\\', '"', 'x', 0x9c, 0xd8 };
    uint64_t seed = 88172645463325252;
    for (unsigned round = 0; round < 20000; round++) {
        uint8_t text[64];
        size_t len = round % sizeof text;
        for (size_t i = 0; i < len; i++) {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            text[i] = (seed & 1) ? likely[(seed >> 8) % sizeof likely] : (uint8_t)(seed >> 16);
        }
        round_trip(text, len);
    }
}

static void keys_take_their_separator(void **state)
{
    (void)state;
    struct tl_buffer b = { 0 };
    tl_put_json_key(&b, "id.orig_h", "_");
    tl_put_char(&b, ' ');
    tl_put_json_key(&b, "a.b.c", "\"");
    tl_put_char(&b, ' ');
    tl_put_json_key(&b, "query", "_");
    assert_string_equal(text_of(&b), "id_orig_h a\\\"b\\\"c query");
    tl_buffer_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_are_exact),
        cmocka_unit_test(what_is_not_utf8_stays_as_bytes),
        cmocka_unit_test(every_byte_at_every_place),
        cmocka_unit_test(random_text_comes_back),
        cmocka_unit_test(keys_take_their_separator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
