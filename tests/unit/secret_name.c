/* secret_name.c - names of secrets, and their values in forms, JSON, XML and multiparts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/secret_name.h"

static bool is_secret(const char *name)
{
    return tl_secret_name(tl_bytes_of(name, strlen(name)));
}

static void names(void **state)
{
    (void)state;
    assert_true(is_secret("password"));
    assert_true(is_secret("User-Password"));
    assert_true(is_secret("db_pwd"));
    assert_true(is_secret("X-API-Key"));
    assert_true(is_secret("access_token"));
    assert_true(is_secret("PIN"));
    assert_false(is_secret("shipping"));
    assert_false(is_secret("user"));
    assert_false(is_secret(""));
}

/* The text is at the end of its memory. */
static void check(const char *text, const char *due)
{
    size_t len = strlen(text);
    uint8_t *copy = malloc(len > 0 ? len : 1);
    assert_non_null(copy);
    memcpy(copy, text, len);
    tl_secret_names_mask(copy, len);
    assert_memory_equal(copy, due, len);
    free(copy);
}

static void masks(void **state)
{
    (void)state;
    check("user=joe&password=s3cr3t&x=1", "user=joe&password=******&x=1");
    check("password=s3cr3t", "password=******");
    check("password=", "password=");
    check("GET /?token=abc HTTP", "GET /?token=*** HTTP");
    check("{\"a\": 1, \"password\" : \"s3c\\\"r3t\", \"b\": 2}", "{\"a\": 1, \"password\" : \"********\", \"b\": 2}");
    check("{\"pin\":1234,\"b\":[1]}", "{\"pin\":****,\"b\":[1]}");
    check("{\"credentials\": {\"user\": \"joe\", \"pass\": \"x\"}}", "{\"credentials\": {\"user\": \"joe\", \"pass\": \"*\"}}");
    check("{\"password\":\"s3c", "{\"password\":\"***");
    check("{\"password\":", "{\"password\":");
    check("<a><ns:password type='x'>s3cr3t</ns:password><b>c</b>", "<a><ns:password type='x'>******</ns:password><b>c</b>");
    check("<password/>text<b>", "<password/>text<b>");
    check("<password>s3c", "<password>***");
    check("name=\"password\"\r\n\r\ns3cr3t\r\n--b", "name=\"password\"\r\n\r\n*******\n--b");
    check("name=\"password\"", "name=\"password\"");
    check("", "");
}

/* Every prefix of a text is masked without a read beyond it. */
static void prefixes(void **state)
{
    static const char text[] = "a=1&pw=2\n{\"token\": \"x\\\\\", \"k\": {\"pin\": 5}}<pass>q</pass>name=\"otp\"\r\n\r\n7\r\n--\r\n";
    (void)state;
    for (size_t n = 0; n < sizeof text; n++) {
        uint8_t *copy = malloc(n > 0 ? n : 1);
        assert_non_null(copy);
        memcpy(copy, text, n);
        tl_secret_names_mask(copy, n);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(masks),
        cmocka_unit_test(prefixes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
