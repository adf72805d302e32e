/* mail_text.c - encoded words, parameters, address lists and addresses in text, each at a guard page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "dissectors/mail/mail_text.h"

enum { GUARDED = 1 << 16 };
static uint8_t *guard; /* inaccessible page */

/* Places the text so that one byte more faults. */
static struct tl_bytes at_guard(const char *s)
{
    size_t n = strlen(s);
    memcpy(guard - n, s, n);
    return tl_bytes_of(guard - n, n);
}

static void decodes(const char *in, const char *want)
{
    uint8_t room[256];
    struct tl_mail_text out = { .data = room, .room = sizeof room - 1 };
    tl_mail_decode(NULL, at_guard(in), &out);
    room[out.len] = 0;
    assert_string_equal((char *)room, want);
    assert_false(out.cut);
}

static void test_words(void **state)
{
    (void)state;
    decodes("", "");
    decodes("plain = text", "plain = text");
    decodes("=?utf-8?q?Caf=C3=A9?= at four", "Café at four");
    decodes("=?UTF-8?B?Q2Fmw6k=?=", "Café");
    decodes("=?iso-8859-1?Q?a_b=E9?=", "a bé");
    decodes("=?utf-8?q?a?= \t =?utf-8?q?b?= c", "ab c");
    decodes("=?utf-8?q?a?= x =?utf-8?q?b?=", "a x b");
    decodes("=?utf-8?q?=C3?= =?utf-8?q?=A9?=", "é"); /* split inside a character */
    decodes("=?koi8-r?B?8NLJ18XU?=", "Привет");
    decodes("=?utf-8*en?q?a?=", "a");
    decodes("=?x-unknown?q?a=E9?=", "=?x-unknown?q?a=E9?=");
    decodes("=?utf-8?x?a?=", "=?utf-8?x?a?=");
    decodes("=?utf-8?q?a", "=?utf-8?q?a");
    decodes("=?utf-8?q?a?", "=?utf-8?q?a?");
    decodes("=?utf-8?q?=?=", "=");
    decodes("=?utf-8?q?=4?=", "=4");
    decodes("=?utf-8?q?" "?=", "");
    decodes("=?utf-8?q?=zz?=", "=zz");
    decodes("a=?utf-8?q?b?=c", "abc");
    decodes("=", "=");
    decodes("=?", "=?");
}

/* Every size gives what fits, and reports truncation. */
static void test_room(void **state)
{
    (void)state;
    for (uint32_t n = 0; n < 10; n++) {
        uint8_t room[16];
        struct tl_mail_text out = { .data = room, .room = n };
        tl_mail_decode(NULL, at_guard("abc =?iso-8859-1?q?d=E9f?= g"), &out);
        assert_true(out.len <= n);
        assert_int_equal(out.cut, n < 10);
    }
}

static void parameter(const char *in, const char *name, const char *want)
{
    uint8_t room[128];
    struct tl_mail_text out = { .data = room, .room = sizeof room - 1 };
    bool found = tl_mail_parameter(NULL, at_guard(in), name, &out);
    assert_int_equal(found, want != NULL);
    room[out.len] = 0;
    if (want != NULL)
        assert_string_equal((char *)room, want);
}

static void test_parameters(void **state)
{
    (void)state;
    parameter("attachment; filename=a.txt", "filename", "a.txt");
    parameter("attachment; x=1;FileName = \"a;b \\\"c\\\".txt\" ; y=2", "filename", "a;b \"c\".txt");
    parameter("attachment; filename=\"=?utf-8?q?caf=C3=A9.txt?=\"", "filename", "café.txt");
    parameter("attachment; filename*=UTF-8'en'caf%C3%A9.txt", "filename", "café.txt");
    parameter("attachment; filename*=iso-8859-1''caf%E9.txt; filename=no", "filename", "café.txt");
    parameter("attachment; filename*1=b; filename*0=a; filename*2=\"c\"", "filename", "abc");
    parameter("attachment; filename*0*=utf-8''%C3; filename*1*=%A9; filename*2=%41", "filename", "é%41");
    parameter("attachment; filename*0=a; filename*2=c", "filename", "a");
    parameter("attachment; filename*99=a", "filename", NULL);
    parameter("attachment; filename*=x-unknown''a%E9", "filename", "a\xe9");
    parameter("attachment; filenames=a", "filename", NULL);
    parameter("attachment", "filename", NULL);
    parameter("attachment;", "filename", NULL);
    parameter("attachment; filename", "filename", NULL);
    parameter("attachment; filename=", "filename", "");
    parameter("attachment; filename=\"", "filename", "");
    parameter("attachment; filename=\"a\\", "filename", "a\\");
    parameter("", "filename", NULL);
    struct tl_bytes main = tl_mail_main_value(at_guard(" Text/Plain ; charset=x"));
    assert_int_equal(main.len, 10);
    assert_true(tl_mail_is(main, "text/plain"));
}

static void addresses(const char *in, const char *want)
{
    char joined[256] = "";
    struct tl_bytes list = at_guard(in), item;
    while (tl_mail_next_address(&list, &item))
        snprintf(joined + strlen(joined), sizeof joined - strlen(joined), "{%.*s}", (int)item.len,
                 (const char *)item.data);
    assert_string_equal(joined, want);
}

static void test_addresses(void **state)
{
    (void)state;
    addresses("a@x.example, B <b@x.example>", "{a@x.example}{B <b@x.example>}");
    addresses("\"C, D\" <c@x.example>,,e(f, g)@x.example , ", "{\"C, D\" <c@x.example>}{e(f, g)@x.example}");
    addresses("<@a,@b:c@d>,e", "{<@a,@b:c@d>}{e}");
    addresses("\"open, never closed", "{\"open, never closed}");
    addresses("a\\", "{a\\}");
    addresses("(\\", "{(\\}");
    addresses("", "");
}

static void test_groups(void **state)
{
    (void)state;
    addresses("Friends: ann@x, \"B, C\" <bob@x>;, zoe@x", "{ann@x}{\"B, C\" <bob@x>}{zoe@x}");
    addresses("undisclosed-recipients:;", "{undisclosed-recipients:;}");
    addresses("a@x, Nobody : ;, b@x", "{a@x}{Nobody : ;}{b@x}");
    addresses("\"A: B\" <a@x>, (c: d;) b@x", "{\"A: B\" <a@x>}{(c: d;) b@x}");
    addresses("G:a@x;H:b@x,c@x;d@x", "{a@x}{b@x}{c@x}{d@x}");
    addresses("a@[IPv6:2001:db8::1], G: <b@[IPv6:::1]>;", "{a@[IPv6:2001:db8::1]}{<b@[IPv6:::1]>}");
    addresses("G: a@x, b@x", "{a@x}{b@x}"); /* never closed */
    addresses("G: , a@x;", "{a@x}");
    addresses("G:", "{G:}");
    addresses(":", "{:}");
    addresses(";;,;", "");
    addresses("\"G\" : a@x (c;) ;", "{a@x (c;)}");
    addresses("a@[x", "{a@[x}");
}

static void ips(const char *in, const char *want)
{
    char joined[256] = "";
    struct tl_bytes text = at_guard(in), ip;
    uint32_t at = 0;
    while (tl_mail_next_ip(text, &at, &ip))
        snprintf(joined + strlen(joined), sizeof joined - strlen(joined), "{%.*s}", (int)ip.len,
                 (const char *)ip.data);
    assert_string_equal(joined, want);
}

static void test_ips(void **state)
{
    (void)state;
    ips("from a (b [10.1.2.3]) by c", "{10.1.2.3}");
    ips("[IPv6:2001:db8::1] (fd00::2)", "{2001:db8::1}{fd00::2}");
    ips("by 8.14.4/8.14.4 at 10:20:30 id 1.2.3.4.5 300.1.1.1 1.2.3", "");
    ips("10.0.0.1", "{10.0.0.1}");
    ips("::1 :: 1::2::3 1:2:3:4:5:6:7:8 ::ffff:1.2.3.4", "{::1}{1:2:3:4:5:6:7:8}{::ffff:1.2.3.4}");
    ips("x10.0.0.1 10.0.0.1-y 10.0.0.2.", "{10.0.0.2}");
}

int main(void)
{
    uint8_t *map = mmap(NULL, GUARDED + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED || mprotect(map + GUARDED, 4096, PROT_NONE) != 0)
        return 1;
    guard = map + GUARDED;
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_words), cmocka_unit_test(test_room),
                                        cmocka_unit_test(test_parameters), cmocka_unit_test(test_addresses), cmocka_unit_test(test_groups),
                                        cmocka_unit_test(test_ips) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
