/* base64.c - decodes whole, split and invalid input. */
#include "tests/unit/captures.h"

#include "core/base64.h"

static void decodes(const char *text, const char *due)
{
    size_t len = strlen(text);
    for (size_t piece = 1; piece <= len; piece++) { /* any split */
        struct tl_base64 b = { 0 };
        uint8_t out[64];
        uint32_t n = 0;
        for (size_t at = 0; at < len; at += piece) {
            size_t part = piece < len - at ? piece : len - at;
            n += tl_base64_decode(&b, tl_bytes_of(text + at, part), out + n);
        }
        assert_int_equal(n, strlen(due));
        assert_memory_equal(out, due, n);
    }
    struct tl_base64 b = { 0 };
    assert_int_equal(tl_base64_decode(&b, tl_bytes_of(text, len), NULL), strlen(due));
}

/* RFC 4648, section 10. */
static void test_vectors(void **state)
{
    (void)state;
    decodes("Zg==", "f");
    decodes("Zm8=", "fo");
    decodes("Zm9v", "foo");
    decodes("Zm9vYg==", "foob");
    decodes("Zm9vYmE=", "fooba");
    decodes("Zm9vYmFy", "foobar");
}

static void test_odd(void **state)
{
    (void)state;
    decodes("Zm9v\r\nYmFy\r\n", "foobar"); /* lines */
    decodes("Zm8", "fo");                  /* no padding */
    decodes("Zm9=vYg", "fo");              /* input after padding is ignored */
    decodes("Z", "");                      /* six bits are less than a byte */
    decodes("Z\x01m9v!", "foo");           /* other characters are skipped */
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_vectors), cmocka_unit_test(test_odd) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
