/* server_url.c - the URL of --to and its credentials: what is read, what is refused, and that no password is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sinks/target.h"

static void right(const char *text, const char *scheme, const char *user, const char *host, unsigned port,
                  const char *path, const char *shown)
{
    struct tl_url url;
    struct tl_error error = { 0 };
    if (tl_url_parse(&url, text, &error) != TL_E_NONE)
        fail_msg("%s: %s", text, error.text);
    assert_string_equal(url.scheme, scheme);
    assert_string_equal(url.user, user);
    assert_string_equal(url.host, host);
    assert_int_equal(url.port, port);
    assert_string_equal(url.path, path);
    assert_string_equal(url.shown, shown);
}

static void parts(void **state)
{
    (void)state;
    right("loki://a", "loki", "", "a", 0, "", "loki://a");
    right("loki://a/", "loki", "", "a", 0, "", "loki://a");
    right("clickhouse://me@db.example.org:8123/taplight?create=1", "clickhouse", "me", "db.example.org", 8123,
          "taplight", "clickhouse://db.example.org:8123/taplight");
    right("elastic://[2001:db8::1]:9200/i", "elastic", "", "2001:db8::1", 9200, "i", "elastic://[2001:db8::1]:9200/i");
    right("elastic://[::1]", "elastic", "", "::1", 0, "", "elastic://[::1]");
    right("kafka://a:9092,b,[::1]:9094/t", "kafka", "", "a", 9092, "t", "kafka://a:9092,../t");
    right("file:///var/lib/a%20b@c/{kind}.zst?keep=2", "file", "", "", 0, "var/lib/a b@c/{kind}.zst",
          "file:///var/lib/a b@c/{kind}.zst");
    right("x://a%40b@h/%7Bkind%7D-%25", "x", "a@b", "h", 0, "{kind}-%", "x://h/{kind}-%");
}

/* Hosts after the first one. */
static void hosts(void **state)
{
    (void)state;
    struct tl_url url;
    struct tl_error error = { 0 };
    assert_int_equal(tl_url_parse(&url, "kafka://me@a:9092,b,[::1]:9094/t", &error), TL_E_NONE);
    assert_int_equal(url.other_count, 2);
    assert_string_equal(url.others[0].name, "b");
    assert_int_equal(url.others[0].port, 0);
    assert_string_equal(url.others[1].name, "::1");
    assert_int_equal(url.others[1].port, 9094);
    assert_int_equal(tl_url_parse(&url, "loki://a,b", &error), TL_E_NONE);
    assert_null(tl_scheme_of(&url, &error));
}

static void queries(void **state)
{
    (void)state;
    struct tl_url url;
    struct tl_error error = { 0 };
    assert_int_equal(tl_url_parse(&url, "clickhouse://h?a=1&b=x%26y&c&d=", &error), TL_E_NONE);
    assert_string_equal(tl_url_query(&url, "a"), "1");
    assert_string_equal(tl_url_query(&url, "b"), "x&y");
    assert_string_equal(tl_url_query(&url, "c"), "");
    assert_string_equal(tl_url_query(&url, "d"), "");
    assert_null(tl_url_query(&url, "e"));
    assert_null(strstr(url.shown, "x"));
}

/* Every one is refused, in one line that shows nothing of what may be a secret. */
static void refused(void **state)
{
    static const char *const texts[] = {
        "", ":", "://", "://h", "loki:/h", "loki//h", "loki://", "loki:///p", "loki://:80", "loki://h:", "loki://h:0",
        "loki://h:65536", "loki://h:080x", "loki://h:-1", "loki://h:99999999999999999999", "loki://[::1",
        "loki://[::1]x", "loki://[]", "loki://h/%", "loki://h/%0", "loki://h/%00", "loki://h/%zz", "loki://h/%0a",
        "loki://h/\x01", "loki://h,", "loki://,h", "loki://h,,i", "loki://h:1,i:x", "loki://a,b,c,d,e,f,g,h,i",
        "loki://h?=1", "loki://h?&", "loki://h?a=%00", "loki://h?password=s3cret", "loki://h?token=s3cret",
        "loki://me:s3cret@h", "loki://:s3cret@h", "loki://me:s3cret@h/p@q", "loki://me:12/s3cret@h",
        "loki://me:s3cret/x@h", "loki://s3cret/x@h", "loki://me:s3cret?@h", "loki://me:s3cret#@h",
        "averylongschemethatisnoschemeatall://h", "file://h/p", "file://me:s3cret@h/p", "file:///%Y",
        "loki://h?a=1&a=2&a=3&a=4&a=5&a=6&a=7&a=8&a=9&a=1&a=2&a=3&a=4&a=5&a=6&a=7&a=8",
    };
    (void)state;
    for (size_t i = 0; i < TL_COUNT(texts); i++) {
        struct tl_url url;
        struct tl_error error = { 0 };
        if (tl_url_parse(&url, texts[i], &error) == TL_E_NONE)
            fail_msg("%s is taken", texts[i]);
        assert_int_equal(error.kind, TL_E_USAGE);
        assert_null(strstr(error.text, "s3cret"));
        assert_null(strchr(error.text, '\n'));
        assert_true(strlen(error.text) > 20);
    }
}

/* No length of any part leaves its array. */
static void long_parts(void **state)
{
    static const char *const forms[] = { "%s://h", "x://%s@h", "x://%s", "x://h/%s", "x://h?%s=1", "x://h?a=%s" };
    char part[700], text[800];
    (void)state;
    for (size_t form = 0; form < TL_COUNT(forms); form++) {
        for (size_t len = 1; len < sizeof part; len++) {
            struct tl_url *url = malloc(sizeof *url);
            struct tl_error error = { 0 };
            memset(part, 'a', len);
            part[len] = '\0';
            const char *percent = strchr(forms[form], '%');
            snprintf(text, sizeof text, "%.*s%s%s", (int)(percent - forms[form]), forms[form], part, percent + 2);
            assert_non_null(url);
            enum tl_failure failure = tl_url_parse(url, text, &error);
            assert_true(failure == TL_E_NONE || failure == TL_E_USAGE);
            assert_true(strlen(url->shown) < sizeof url->shown);
            assert_true(failure == TL_E_NONE || error.text[0] != '\0');
            free(url);
        }
    }
}

static enum tl_failure read_credentials(const char *text, struct tl_credentials *credentials, struct tl_error *error)
{
    struct tl_url url;
    *error = (struct tl_error){ 0 };
    assert_int_equal(tl_url_parse(&url, text, error), TL_E_NONE);
    return tl_credentials_read(credentials, &url, error);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void credentials_of(void **state)
{
    char path[] = "/tmp/secret.XXXXXX", text[100], large[2000];
    struct tl_credentials c;
    struct tl_error error;
    (void)state;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    unsetenv("TAPLIGHT_PASSWORD");
    unsetenv("TAPLIGHT_TOKEN");
    assert_int_equal(read_credentials("x://me@h", &c, &error), TL_E_NONE);
    assert_string_equal(c.user, "me");
    assert_string_equal(c.password, "");
    setenv("TAPLIGHT_PASSWORD", "from here", 1);
    setenv("OTHER", "from there", 1);
    setenv("TAPLIGHT_TOKEN", "a token", 1);
    assert_int_equal(read_credentials("x://me@h", &c, &error), TL_E_NONE);
    assert_string_equal(c.password, "from here");
    assert_int_equal(read_credentials("clickhouse://h", &c, &error), TL_E_NONE); /* it asks for no login */
    assert_string_equal(c.password, "");
    assert_int_equal(read_credentials("elastic://h", &c, &error), TL_E_NONE);
    assert_string_equal(c.token, "a token");
    assert_int_equal(read_credentials("nats://h", &c, &error), TL_E_NONE);
    assert_string_equal(c.token, "");
    assert_int_equal(read_credentials("redis://h", &c, &error), TL_E_NONE);
    assert_string_equal(c.password, "");
    unsetenv("TAPLIGHT_TOKEN");
    assert_int_equal(read_credentials("redis://me@h", &c, &error), TL_E_NONE);
    assert_string_equal(c.password, "from here");
    assert_int_equal(read_credentials("x://h?password-env=OTHER&token-env=OTHER", &c, &error), TL_E_NONE);
    assert_string_equal(c.password, "from there");
    assert_string_equal(c.token, "from there");
    assert_int_equal(read_credentials("x://h?password-env=NOT_SET", &c, &error), TL_E_USAGE);
    setenv("TAPLIGHT_PASSWORD", "s3cret\r\nX-Header: 1", 1);
    assert_int_equal(read_credentials("x://me@h", &c, &error), TL_E_USAGE);
    assert_null(strstr(error.text, "s3cret"));
    snprintf(text, sizeof text, "x://h?password-file=%s", path);
    write_file(path, "first\r\nsecond\n");
    assert_int_equal(read_credentials(text, &c, &error), TL_E_NONE);
    assert_string_equal(c.password, "first");
    write_file(path, "\nsecond\n");
    assert_int_equal(read_credentials(text, &c, &error), TL_E_USAGE);
    memset(large, 's', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    write_file(path, large);
    assert_int_equal(read_credentials(text, &c, &error), TL_E_USAGE);
    assert_null(strstr(error.text, "sssss"));
    setenv("TAPLIGHT_PASSWORD", large, 1);
    assert_int_equal(read_credentials("x://me@h", &c, &error), TL_E_USAGE);
    assert_null(strstr(error.text, "sssss"));
    unsetenv("TAPLIGHT_PASSWORD");
    unlink(path);
    assert_int_equal(read_credentials(text, &c, &error), TL_E_RUNTIME);
}

static void schemes(void **state)
{
    static const char *const right_ones[] = { "clickhouse://h/d?table=x{kind}&cluster=c&create=1&compress=no",
                                              "elastics://h?ca=/x&verify=no", "lokis://h?tenant=t&token-file=/x" };
    static const char *const wrong_ones[] = { "http://h", "clickhouse://h?verify=no", "loki://h?create=1", "ela://h",
                                              "loki://h?tenan=1", "loki://h?t=1" };
    struct tl_url url;
    struct tl_error error;
    (void)state;
    for (size_t i = 0; i < TL_COUNT(right_ones) + TL_COUNT(wrong_ones); i++) {
        bool is_right = i < TL_COUNT(right_ones);
        const char *text = is_right ? right_ones[i] : wrong_ones[i - TL_COUNT(right_ones)];
        error = (struct tl_error){ 0 };
        assert_int_equal(tl_url_parse(&url, text, &error), TL_E_NONE);
        const struct tl_scheme *scheme = tl_scheme_of(&url, &error);
        if (scheme == NULL && strstr(error.text, "this build has no") != NULL)
            continue;
        if ((scheme != NULL) != is_right)
            fail_msg("%s: %s", text, error.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts),      cmocka_unit_test(hosts), cmocka_unit_test(queries),        cmocka_unit_test(refused),
        cmocka_unit_test(long_parts), cmocka_unit_test(credentials_of), cmocka_unit_test(schemes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
