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

static void encodes(const char *text, const char *due)
{
    char out[64];
    memset(out, 'x', sizeof out);
    tl_base64_encode(tl_bytes_of(text, strlen(text)), out);
    assert_string_equal(out, due);
}

/* RFC 4648, section 10. */
static void test_vectors(void **state)
{
    (void)state;
    static const char *const vectors[][2] = { { "", "" },         { "f", "Zg==" },        { "fo", "Zm8=" },
                                              { "foo", "Zm9v" },  { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" },
                                              { "foobar", "Zm9vYmFy" } };
    for (unsigned i = 0; i < TL_COUNT(vectors); i++) {
        decodes(vectors[i][1], vectors[i][0]);
        encodes(vectors[i][0], vectors[i][1]);
    }
    encodes("\xfb\xff\xbe", "+/++");
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
