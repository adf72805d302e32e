/* secret.c - how much of a secret is shown: each kind, with values that are odd, at their last byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/dissect.h"
#include "core/secret.h"

/* `expected` NULL: nothing is shown. The value lies in memory of its length: an over-read is found by the sanitizers. */
static void check(enum tl_secret kind, const char *value, const char *expected)
{
    struct tl_arena scratch;
    struct tl_bytes shown;
    size_t len = strlen(value);
    uint8_t *copy = malloc(len + (len == 0));
    assert_non_null(copy);
    memcpy(copy, value, len);
    assert_true(tl_arena_init(&scratch, 4096));
    bool any = tl_secret_shown(kind, tl_bytes_of(copy, len), &scratch, &shown);
    assert_int_equal(any, expected != NULL);
    if (expected != NULL) {
        assert_int_equal(shown.len, strlen(expected));
        assert_memory_equal(shown.data, expected, shown.len);
    }
    tl_arena_fini(&scratch);
    free(copy);
}

static void words(void **state)
{
    (void)state;
    check(TL_SECRET_NOT, "s3cret", "s3cret");
    check(TL_SECRET_WHOLE, "s3cret", NULL);
    check(TL_SECRET_WHOLE, "", NULL);
    check(TL_SECRET_WORD, "PLAIN AHMzY3JldA==", "PLAIN");
    check(TL_SECRET_WORD, "PLAIN", "PLAIN");
    check(TL_SECRET_WORD, "", "");
    check(TL_SECRET_MECHANISM, "SCRAM-SHA_1 c2Vj", "SCRAM-SHA_1");
    check(TL_SECRET_MECHANISM, "PLAIN=c2Vj", "PLAIN");
    check(TL_SECRET_MECHANISM, "PLAIN\tc2Vj", "PLAIN");
    check(TL_SECRET_MECHANISM, "=c2Vj", NULL);
    check(TL_SECRET_MECHANISM, "", NULL);
    check(TL_SECRET_VERB, "AUTH=PLAIN", "AUTH");
    check(TL_SECRET_VERB, "AUTHc2Vj", "AUTH");
    check(TL_SECRET_VERB, "AU", "AU");
    check(TL_SECRET_VERB, "", "");
}

static void uris(void **state)
{
    (void)state;
    check(TL_SECRET_URI, "http://user:s3cret@host:80/a?b=c", "http://user:@host:80/a?b=c");
    check(TL_SECRET_URI, "http://user:s3:c@r@et@host", "http://user:@host");
    check(TL_SECRET_URI, "//:s3cret@host/", "//:@host/");
    check(TL_SECRET_URI, "http://user@host:80/", "http://user@host:80/");
    check(TL_SECRET_URI, "http://host:80/a@b", "http://host:80/a@b");
    check(TL_SECRET_URI, "http://host:80?a@b", "http://host:80?a@b");
    check(TL_SECRET_URI, "/a:b@c", "/a:b@c");
    check(TL_SECRET_URI, "user@host", "user@host");
    check(TL_SECRET_URI, "http:/", "http:/");
    check(TL_SECRET_URI, "http://", "http://");
    check(TL_SECRET_URI, "http://u:p@", "http://u:@");
    check(TL_SECRET_URI, "/r?to=http://a:b@c/&or=ftp://d:e@f g", "/r?to=http://a:@c/&or=ftp://d:@f g");
    check(TL_SECRET_SQL, "select 'a''b', 12.5e-3, x1, $1, $$a'b$$, \"N'1\", E'\\'', '\\' from t1",
          "select ?, ?, x1, $1, ?, \"N'1\", E?, ?");
    check(TL_SECRET_SQL, "a -- don't\nb /* it's /* 1 */ 'x' */ 'y' 'z", "a \nb   ? ?");
    check(TL_SECRET_MYSQL, "select \"a\\\"b\", 'c\\'d', `e'f` # 'x\n, @v1, 0x1F --1", "select ?, ?, `e'f` \n, @v1, ? --?");
    check(TL_SECRET_MYSQL, "set password = 'x", "set password = ?");
    check(TL_SECRET_HEADER, "Link: <http://a:b@c/>; rel=next", "Link: <http://a:@c/>; rel=next");
    check(TL_SECRET_URI, "", "");
}

static void schemes(void **state)
{
    (void)state;
    check(TL_SECRET_SCHEME, "Basic czNjcmV0", "Basic");
    check(TL_SECRET_SCHEME, "  NTLM\ts3cret", "NTLM");
    check(TL_SECRET_SCHEME, "s3cret", "");
    check(TL_SECRET_SCHEME, "s3cret too", "");
    check(TL_SECRET_SCHEME, "Basic", ""); /* may be the secret: nothing follows it */
    check(TL_SECRET_SCHEME, "Basics x", "");
    check(TL_SECRET_SCHEME, "Basic,s3cret", "");
    check(TL_SECRET_SCHEME, "", "");
}

static void cookies(void **state)
{
    (void)state;
    check(TL_SECRET_COOKIES, "a=s3cret; b=s3cret", "a; b");
    check(TL_SECRET_COOKIES, "s3cret; =s3cret;c=", "c");
    check(TL_SECRET_COOKIES, "a=1;\r\n b=2", "a; b");
    check(TL_SECRET_COOKIES, ";", "");
    check(TL_SECRET_COOKIE, "sid=s3cret; Path=/; HttpOnly", "sid");
    check(TL_SECRET_COOKIE, "s3cret; Path=/", "");
}

static void headers(void **state)
{
    (void)state;
    check(TL_SECRET_HEADER, "X-Plain: seen", "X-Plain: seen");
    check(TL_SECRET_HEADER, "X-Cookie-Too: s3cret", "X-Cookie-Too");
    check(TL_SECRET_HEADER, "X-AUTHORIZATION : s3cret", "X-AUTHORIZATION");
    check(TL_SECRET_HEADER, "X-Other: cookie", "X-Other: cookie"); /* the value does not count */
    check(TL_SECRET_HEADER, "Cookie s3cret", "Cookie");            /* no colon: it may be all name */
    check(TL_SECRET_HEADER, "cooki", "cooki");
}

struct said {
    unsigned count;
    uint64_t set, cut;
};

static void on_record(struct tl_dissection *d, const struct tl_record_def *def, struct tl_record *r)
{
    struct said *said = d->host_data;
    (void)def;
    *said = (struct said){ said->count + 1, r->set, r->cut };
}

static void records(void **state)
{
    static const struct tl_record_field fields[3];
    static const struct tl_record_def def = TL_RECORD_DEF("test", fields, "A test", .secret = 2);
    static const struct tl_host host = { .record = on_record };
    struct said said = { 0 };
    struct tl_dissection d = { .host = &host, .host_data = &said };
    struct tl_record r = { .set = 7, .cut = 6 };
    (void)state;
    tl_emit(&d, &def, &r);
    assert_int_equal(said.set, 5);
    assert_int_equal(said.cut, 4);
    d.secrets = true;
    r = (struct tl_record){ .set = 7, .cut = 6 };
    tl_emit(&d, &def, &r);
    assert_int_equal(said.set, 7);
    assert_int_equal(said.cut, 6);
    assert_int_equal(said.count, 2);
}

struct texts {
    struct tl_record r;
    struct tl_bytes a, b;
    uint64_t n;
};

static void on_texts(struct tl_dissection *d, const struct tl_record_def *def, struct tl_record *r)
{
    (void)def;
    *(struct texts *)d->host_data = *(const struct texts *)(const void *)r;
}

/* Fields that are secret in some records only. */
static void some_records(void **state)
{
    static const struct tl_record_field fields[] = { TL_FIELD(struct texts, 0, a, "a", TL_REC_TEXT, "A"),
                                                     TL_FIELD(struct texts, 1, b, "b", TL_REC_TEXT, "B"),
                                                     TL_FIELD(struct texts, 2, n, "n", TL_REC_COUNT, "N") };
    static const struct tl_record_def def = TL_RECORD_DEF("test", fields, "A test", .secret = 1);
    static const struct tl_host host = { .record = on_texts };
    static const struct {
        bool show;
        struct tl_record given;
        uint64_t set, cut;
        const char *b;
    } rows[] = {
        { false, { .set = 7, .cut = 7 }, 6, 6, "real" },
        { false, { .set = 7, .cut = 7, .open = 1 }, 7, 7, "real" },
        { false, { .set = 7, .cut = 7, .masked = 2 }, 6, 4, "<hidden>" },
        { false, { .set = 4, .masked = 2 }, 6, 0, "<hidden>" }, /* an empty secret looks like any other */
        { false, { .set = 7, .open = 5, .masked = 2 }, 7, 0, "<hidden>" },
        { true, { .set = 7, .cut = 2, .masked = 2 }, 7, 2, "real" },
        { true, { .set = 5, .masked = 2 }, 5, 0, "real" },
    };
    (void)state;
    for (unsigned i = 0; i < TL_COUNT(rows); i++) {
        struct texts seen = { .n = 0 }, t = { .r = rows[i].given, .a = tl_bytes_of("a", 1), .b = tl_bytes_of("real", 4), .n = 3 };
        struct tl_dissection d = { .host = &host, .host_data = &seen, .secrets = rows[i].show };
        tl_emit(&d, &def, &t.r);
        assert_int_equal(seen.r.set, rows[i].set);
        assert_int_equal(seen.r.cut, rows[i].cut);
        assert_int_equal(seen.b.len, strlen(rows[i].b));
        assert_memory_equal(seen.b.data, rows[i].b, seen.b.len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words),   cmocka_unit_test(uris),
        cmocka_unit_test(schemes), cmocka_unit_test(cookies),
        cmocka_unit_test(headers), cmocka_unit_test(records),
        cmocka_unit_test(some_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
