/* charset.c - compares the tables with libc's conversion; multibyte sets, truncated and unknown ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <iconv.h>

#include "core/charset.h"
#include "core/charset_tables.h"

static struct tl_bytes text(const char *s)
{
    return tl_bytes_of(s, strlen(s));
}

/* Every byte of every table equals libc's result; U+FFFD if libc has none. */
static void test_tables(void **state)
{
    (void)state;
    for (unsigned t = 0; t < TL_CHARSET_TABLES; t++) {
        const char *name = tl_charset_tables[t].name;
        char libc[32];
        snprintf(libc, sizeof libc, "%s", name);
        if (strncmp(name, "windows-", 8) == 0)
            snprintf(libc, sizeof libc, "CP%s", name + 8);
        for (unsigned byte = 1; byte < 256; byte++) {
            iconv_t set = iconv_open("UTF-8", libc);
            assert_true(set != (iconv_t)-1);
            char in = (char)byte, *from = &in, want[8], *to = want;
            size_t left = 1, room = sizeof want;
            bool defined = iconv(set, &from, &left, &to, &room) != (size_t)-1 &&
                           iconv(set, NULL, NULL, &to, &room) != (size_t)-1;
            iconv_close(set);
            uint8_t out[8], given = (uint8_t)byte;
            uint32_t n;
            assert_int_equal(tl_charset_utf8(NULL, text(name), tl_bytes_of(&given, 1), out, sizeof out, &n),
                             TL_CHARSET_WHOLE);
            if (defined) {
                assert_int_equal(n, to - want);
                assert_memory_equal(out, want, n);
            } else {
                assert_int_equal(n, 3);
                assert_memory_equal(out, "\357\277\275", 3);
            }
        }
    }
}

static void converts(struct tl_charsets *sets, const char *name, const char *in, const char *want)
{
    uint8_t out[64];
    uint32_t n;
    assert_int_equal(tl_charset_utf8(sets, text(name), text(in), out, sizeof out, &n), TL_CHARSET_WHOLE);
    assert_int_equal(n, strlen(want));
    assert_memory_equal(out, want, n);
}

static void test_multi(void **state)
{
    (void)state;
    struct tl_charsets *sets = tl_charsets_new();
    assert_non_null(sets);
    for (unsigned round = 0; round < 2; round++) {
        converts(sets, "GB2312", "\xc4\xe3\xba\xc3", "你好");
        converts(sets, "gbk", "\xc4\xe3\xba\xc3", "你好");
        converts(sets, "gb18030", "\x81\x30\x81\x30", "\xc2\x80");
        converts(sets, "Big5", "\xa7\x41\xa6\x6e", "你好");
        converts(sets, "Shift_JIS", "\x93\xfa\x96\x7b", "日本");
        converts(sets, "EUC-JP", "\xc6\xfc\xcb\xdc", "日本");
        converts(sets, "ISO-2022-JP", "\x1b$BF|K\\\x1b(B.", "日本.");
        converts(sets, "euc-kr", "\xc7\xd1\xb1\xdb", "한글");
    }
    converts(sets, "EUC-JP", "a\xff\xff z", "a\357\277\275\357\277\275 z");
    converts(sets, "EUC-JP", "a\xc6", "a\357\277\275");
    assert_true(tl_charsets_load(sets));
    tl_charsets_free(sets);
    tl_charsets_free(NULL);
}

static void test_cut_and_unknown(void **state)
{
    (void)state;
    uint8_t out[8];
    uint32_t n;
    struct tl_charsets *sets = tl_charsets_new();
    converts(NULL, "UTF-8*en", "caf\303\251", "café");
    converts(NULL, "US-ASCII", "caf\351", "caf\351");
    for (uint32_t room = 0; room < 5; room++) {
        static const uint32_t want_plain[] = { 0, 1, 2, 3, 3 };
        assert_int_equal(tl_charset_utf8(NULL, text("utf-8"), text("caf\303\251"), out, room, &n), TL_CHARSET_CUT);
        assert_int_equal(n, want_plain[room]);
        assert_int_equal(tl_charset_utf8(NULL, text("iso-8859-1"), text("caf\351"), out, room, &n), TL_CHARSET_CUT);
        assert_int_equal(n, want_plain[room]);
        assert_int_equal(tl_charset_utf8(sets, text("big5"), text("\xa7\x41\xa6\x6e"), out, room, &n), TL_CHARSET_CUT);
        assert_int_equal(n, room / 3 * 3);
    }
    assert_int_equal(tl_charset_utf8(sets, text("x-unknown"), text("a"), out, 8, &n), TL_CHARSET_UNKNOWN);
    assert_int_equal(tl_charset_utf8(NULL, text("big5"), text("a"), out, 8, &n), TL_CHARSET_UNKNOWN);
    assert_int_equal(tl_charset_utf8(sets, (struct tl_bytes){ NULL, 0 }, text("a"), out, 8, &n), TL_CHARSET_UNKNOWN);
    assert_true(tl_charset_known(text("KOI8-R")));
    assert_false(tl_charset_known(text("KOI8-RR")));
    tl_charsets_free(sets);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_tables), cmocka_unit_test(test_multi),
                                        cmocka_unit_test(test_cut_and_unknown) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
