/* members.c - the members of a record's line, and lines that are no JSON: every read stays inside the line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "sinks/members.h"

static void is(const struct tl_member *m, const char *key, const char *value)
{
    assert_true(tl_member_is(m, key));
    assert_int_equal(m->len, strlen(value));
    assert_memory_equal(m->value, value, m->len);
}

static void of_a_record(void **state)
{
    static const char line[] = "{\"_path\":\"dns\",\"ts\":1.5,\"id.orig_h\":\"a\\\"b,}\\\\\","
                               "\"l\":[{\"x\":\"]\"},[1,2]],\"n\":null}\n";
    const uint8_t *data = (const uint8_t *)line, *p = data + 1, *end = data + sizeof line - 1, *kind;
    struct tl_member m;
    size_t len;
    (void)state;
    assert_true(tl_member_next(&p, end, &m));
    is(&m, "_path", "\"dns\"");
    assert_true(tl_member_next(&p, end, &m));
    is(&m, "ts", "1.5");
    assert_true(tl_member_next(&p, end, &m));
    is(&m, "id.orig_h", "\"a\\\"b,}\\\\\"");
    assert_true(tl_member_next(&p, end, &m));
    is(&m, "l", "[{\"x\":\"]\"},[1,2]]");
    assert_true(tl_member_next(&p, end, &m));
    is(&m, "n", "null");
    assert_false(tl_member_next(&p, end, &m));
    assert_true(tl_member_find(data, sizeof line - 1, "l", &m));
    assert_false(tl_member_find(data, sizeof line - 1, "x", &m));
    assert_false(tl_member_find(data, 0, "x", &m));
    assert_true(tl_member_kind(data, sizeof line - 1, &kind, &len));
    assert_int_equal(len, 3);
}

/* Reads all of a text that lies flush before the end of its memory: the sanitizer sees a step too far. */
static void read_all(const char *text, size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    const uint8_t *p = copy, *kind;
    struct tl_member m;
    size_t kind_len;
    assert_non_null(copy);
    memcpy(copy, text, len);
    for (unsigned members = 0; tl_member_next(&p, copy + len, &m); members++) {
        assert_true(members <= len);
        assert_true(m.key >= copy && m.key + m.key_len <= m.value && m.value + m.len <= copy + len);
        assert_true(p <= copy + len);
    }
    (void)tl_member_find(copy, len, "key", &m);
    if (tl_member_kind(copy, len, &kind, &kind_len))
        assert_true(kind >= copy && kind + kind_len < copy + len);
    free(copy);
}

static void hostile(void **state)
{
    static const char *const texts[] = {
        "{\"_path\":\"dns\",\"a\":[1,{\"b\":\"c\\\"\"}],\"d\":\"\\\\\\\\\\\"\"}\n",
        "\"", "\"a", "\"a\"", "\"a\":", "\"a\":1", "\"a\":,", "\"a\":}", "\"a\":\"", "\"a\":\"\\\"", "\"a\":\"\\\\\"",
        "\"a\":[[[[[[", "\"a\":]]]]]]", "\"a\":}{,", "\"a\":\"b\"\"c\"d,", "\"\":\"\",\"\":\"\",", "\\\"\\\":", ",,,,",
        "\"a\"\"b\":1,", "\"a\":1}}}}\"b\":2}", "\"\\\":\\\"\":1,", "{\"_path\":\"", "{\"_path\":", "{\"_path\":\"\"",
    };
    static const char parts[] = "\"\\:,{}[]1a\n";
    char text[12];
    (void)state;
    for (size_t i = 0; i < TL_COUNT(texts); i++)
        for (size_t len = 0; len <= strlen(texts[i]); len++)
            read_all(texts[i], len);
    srand(1);
    for (unsigned i = 0; i < 100000; i++) {
        size_t len = (size_t)rand() % (sizeof text + 1);
        for (size_t k = 0; k < len; k++)
            text[k] = parts[(size_t)rand() % (sizeof parts - 1)];
        if (len > 1 && i % 2 == 0)
            text[0] = '"', text[1] = '"';
        read_all(text, len);
    }
}

static void date(const char *value, const char *due)
{
    struct tl_buffer out = { 0 };
    const struct tl_member m = { .value = (const uint8_t *)value, .len = strlen(value) };
    bool good = tl_member_put_date(&out, &m, ' ', "");
    tl_put_char(&out, '\0');
    assert_int_equal(good, due[0] != '\0');
    assert_string_equal((const char *)out.data, due);
    tl_buffer_fini(&out);
}

static void dates(void **state)
{
    (void)state;
    date("0", "\"1970-01-01 00:00:00\"");
    date("951782399.5", "\"2000-02-28 23:59:59.5\"");
    date("951782400.123456789", "\"2000-02-29 00:00:00.123456789\"");
    date("4107542399", "\"2100-02-28 23:59:59\"");
    date("4107542400", "\"2100-03-01 00:00:00\"");
    date("9223372036", "\"2262-04-11 23:47:16\"");
    date("9223372037", "");
    date("99999999999999999999", "");
    date("-1", "");
    date("", "");
    date("1e9", "");
    date("null", "");
}

static void nested(void **state)
{
    struct tl_buffer out = { 0 };
    (void)state;
    tl_put_nested(&out, (const uint8_t *)"{\"a\":\"\\n\"}", 10);
    tl_put_char(&out, '\0');
    assert_string_equal((const char *)out.data, "\"{\\\"a\\\":\\\"\\\\n\\\"}\"");
    tl_buffer_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_a_record), cmocka_unit_test(hostile), cmocka_unit_test(dates), cmocka_unit_test(nested),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
