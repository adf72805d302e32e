/* filter_words.c - completion in the filter line, and filters that are combined. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ui/tasks/field_filter.h"
#include "ui/tasks/filter_words.h"

/* The cursor is at the |. */
struct question {
    const char *text, *becomes, *note; /* note: its beginning */
};

static void completes(const struct question *q)
{
    struct tl_completed_word done;
    char whole[512], text[256];
    size_t at = strcspn(q->text, "|");
    snprintf(text, sizeof text, "%.*s%s", (int)at, q->text, q->text + at + 1);
    tl_filter_complete(text, at, &done);
    assert_true(done.gone <= at);
    snprintf(whole, sizeof whole, "%.*s%s|%s", (int)(at - done.gone), text, done.text, text + at);
    assert_string_equal(whole, q->becomes);
    if (strncmp(done.note, q->note, strlen(q->note)) != 0 || (q->note[0] == '\0' && done.note[0] != '\0'))
        fail_msg("%s: the note is '%s'", q->text, done.note);
}

static void names(void **state)
{
    static const struct question questions[] = {
        { "dns.qry.ty|", "dns.qry.type|", "" },
        { "dns.qry.|", "dns.qry.|", "dns.qry.name" },
        { "ip.sr| == 1.2.3.4", "ip.src| == 1.2.3.4", "ip.src  ip.src_" },
        { "not (tcp.fl|", "not (tcp.flags|", "tcp.flags  tcp.flags." },
        { "udp.nothing|", "udp.nothing|", "no field begins like this" },
        { "dns and dns.qry.na|", "dns and dns.qry.name|", "" },
        { "frame contains \"dns.qry.ty|", "frame contains \"dns.qry.ty|", "no field" },
    };
    (void)state;
    for (size_t i = 0; i < TL_COUNT(questions); i++)
        completes(&questions[i]);
}

static void values(void **state)
{
    static const struct question questions[] = {
        { "dns.qry.type == aaa|", "dns.qry.type == \"AAAA\"|", "" },
        { "dns.qry.type==\"AAA|", "dns.qry.type==\"AAAA\"|", "" },
        { "dns.qry.type != NSEC|", "dns.qry.type != \"NSEC|", "NSEC  NSEC3" },
        { "dns.qry.type in {\"A\", tlsa|", "dns.qry.type in {\"A\", \"TLSA\"|", "" },
        { "dns.qry.type eq mx| or x", "dns.qry.type eq \"MX\"| or x", "" },
        { "dns.qry.type == zz|", "dns.qry.type == zz|", "no value of this field" },
        { "dns.qry.name == exa|", "dns.qry.name == exa|", "no field" },
        { "a == \"b\\\"\" and dns.qry.type == \"aaa|", "a == \"b\\\"\" and dns.qry.type == \"AAAA\"|", "" },
    };
    (void)state;
    for (size_t i = 0; i < TL_COUNT(questions); i++)
        completes(&questions[i]);
}

static void anywhere(void **state)
{
    static const char text[] = "dns.qry.type in { \"A\" , } == != \"\\\" not (\"x";
    struct tl_completed_word done;
    (void)state;
    for (size_t at = 0; at < sizeof text; at++) {
        tl_filter_complete(text, at, &done);
        assert_true(done.gone <= at);
        assert_true(strlen(done.note) < sizeof done.note);
    }
}

static void combined(void **state)
{
    static const struct {
        const char *shown, *more;
        enum tl_filter_use use;
        const char *due;
    } cases[] = {
        { "dns", "ip.ttl == 4", TL_FILTER_ONLY, "ip.ttl == 4" },
        { "dns", "ip.ttl == 4", TL_FILTER_NOT, "!(ip.ttl == 4)" },
        { "dns", "ip.ttl == 4", TL_FILTER_AND, "dns && ip.ttl == 4" },
        { "a && b", "c", TL_FILTER_AND, "a && b && c" },
        { "a or b", "c", TL_FILTER_AND_NOT, "(a or b) && !(c)" },
        { "a", "c", TL_FILTER_OR, "a || c" },
        { "a && b", "c", TL_FILTER_OR_NOT, "(a && b) || !(c)" },
        { "", "c", TL_FILTER_AND, "c" },
    };
    (void)state;
    for (size_t i = 0; i < TL_COUNT(cases); i++) {
        struct tl_buffer b = { 0 };
        tl_put_filters(&b, cases[i].shown, cases[i].more, cases[i].use);
        tl_put_char(&b, '\0');
        assert_string_equal((const char *)b.data, cases[i].due);
        tl_buffer_fini(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(names), cmocka_unit_test(values),
                                        cmocka_unit_test(anywhere), cmocka_unit_test(combined) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
