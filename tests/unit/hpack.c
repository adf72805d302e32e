/* hpack.c - header fields of HTTP/2: the examples of RFC 7541, a table that was not seen from its beginning, memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "codec/zlib.h"
#include "core/slab.h"
#include "dissectors/http2/http2.h"

enum { MEMORY = 4 << 20, TEXT = 1024 };

/* Decodes a block, one representation at a time, as the dissector does; "name: value" in lines, "!" for an error. */
static const char *block(struct tl_headers *headers, const char *bytes, size_t len, char text[TEXT])
{
    const uint8_t *p = (const uint8_t *)bytes, *end = p + len;
    size_t used = 0;
    text[0] = '\0';
    while (p < end) {
        struct tl_http2_piece piece;
        struct tl_header_field field;
        if (tl_http2_piece(p, (uint32_t)(end - p), &piece) != TL_OK ||
            tl_inflate_zlib.feed_headers(headers, tl_bytes_of(p, piece.len), &field) != TL_INFLATE_DONE)
            return "!";
        p += piece.len;
        if (field.name.data != NULL)
            used += (size_t)snprintf(text + used, TEXT - used, "%.*s: %.*s\n", (int)field.name.len, field.name.data,
                                     (int)field.value.len, field.value.data);
    }
    tl_inflate_zlib.end_block(headers);
    return text;
}

#define BLOCK(headers, bytes) block(headers, bytes, sizeof bytes - 1, text)

/* RFC 7541 section C.4: requests in Huffman's code, on one connection. */
static void requests(void **state)
{
    char text[TEXT];
    struct tl_slab *slab = tl_slab_new(MEMORY);
    struct tl_headers *headers = tl_inflate_zlib.begin_headers(slab, false);
    (void)state;
    assert_non_null(headers);
    assert_int_equal(tl_inflate_zlib.header_entries(headers), TL_HEADERS_STATIC);
    assert_string_equal(BLOCK(headers, "\x82\x86\x84\x41\x8c\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff"),
                        ":method: GET\n:scheme: http\n:path: /\n:authority: www.example.com\n");
    assert_string_equal(BLOCK(headers, "\x82\x86\x84\xbe\x58\x86\xa8\xeb\x10\x64\x9c\xbf"),
                        ":method: GET\n:scheme: http\n:path: /\n:authority: www.example.com\n"
                        "cache-control: no-cache\n");
    assert_string_equal(BLOCK(headers, "\x82\x87\x85\xbf\x40\x88\x25\xa8\x49\xe9\x5b\xa9\x7d\x7f\x89\x25\xa8"
                                       "\x49\xe9\x5b\xb8\xe8\xb4\xbf"),
                        ":method: GET\n:scheme: https\n:path: /index.html\n:authority: www.example.com\n"
                        "custom-key: custom-value\n");
    assert_int_equal(tl_inflate_zlib.header_entries(headers), TL_HEADERS_STATIC + 3);
    tl_inflate_zlib.end_headers(headers);
    assert_int_equal(tl_slab_used(slab), 0);
    tl_slab_free(slab);
}

/* RFC 7541 section C.5: the table has 256 bytes, and entries leave it. */
static void small_table(void **state)
{
    char text[TEXT];
    struct tl_slab *slab = tl_slab_new(MEMORY);
    struct tl_headers *headers = tl_inflate_zlib.begin_headers(slab, false);
    (void)state;
    assert_string_equal(BLOCK(headers, "\x3f\xe1\x01\x48\x03" "302\x58\x07private\x61\x1dMon, 21 Oct 2013 20:13:21 GMT"
                                       "\x6e\x17https://www.example.com"),
                        ":status: 302\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:21 GMT\n"
                        "location: https://www.example.com\n");
    assert_int_equal(tl_inflate_zlib.header_entries(headers), TL_HEADERS_STATIC + 4);
    assert_string_equal(BLOCK(headers, "\x48\x03" "307\xc1\xc0\xbf"),
                        ":status: 307\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:21 GMT\n"
                        "location: https://www.example.com\n");
    assert_int_equal(tl_inflate_zlib.header_entries(headers), TL_HEADERS_STATIC + 4);
    assert_string_equal(BLOCK(headers, "\xc2"), "!"); /* an entry that has left it */
    tl_inflate_zlib.end_headers(headers);
    assert_int_equal(tl_slab_used(slab), 0);
    tl_slab_free(slab);
}

/* Where earlier fields were missed, entries that were added since have the same numbers as in the encoder's table. */
static void from_the_middle(void **state)
{
    char text[TEXT];
    struct tl_slab *slab = tl_slab_new(MEMORY);
    struct tl_headers *headers = tl_inflate_zlib.begin_headers(slab, true);
    (void)state;
    assert_int_equal(tl_inflate_zlib.header_entries(headers), TL_HEADERS_STATIC);
    assert_string_equal(BLOCK(headers, "\x40\1a\1" "1\x40\1b\1" "2"), "a: 1\nb: 2\n");
    assert_string_equal(BLOCK(headers, "\xbf\xbe"), "a: 1\nb: 2\n");
    assert_string_equal(BLOCK(headers, "\x3f\xe1\x1f\xbe"), "b: 2\n"); /* a change of the size */
    tl_inflate_zlib.end_headers(headers);
    assert_int_equal(tl_slab_used(slab), 0);
    tl_slab_free(slab);
}

static void without_memory(void **state)
{
    static char big[3 + 4 + 60000] = "\x40\1a\x7f\xe1\xd3\x03"; /* a value of 60,000 bytes */
    struct tl_slab *slab = tl_slab_new(1 << 15);
    struct tl_header_field field;
    (void)state;
    memset(big + 7, 'v', sizeof big - 7);
    struct tl_headers *headers = slab != NULL ? tl_inflate_zlib.begin_headers(slab, false) : NULL;
    if (headers != NULL)
        assert_int_equal(tl_inflate_zlib.feed_headers(headers, tl_bytes_of(big, sizeof big), &field), TL_INFLATE_CUT);
    tl_inflate_zlib.end_headers(headers);
    if (slab != NULL)
        assert_int_equal(tl_slab_used(slab), 0);
    tl_slab_free(slab);
}

/* Every beginning of a representation wants more, whatever its kind. */
static void beginnings(void **state)
{
    static const char *const whole[] = { "\x82", "\xff\x01", "\x40\1a\1b", "\x0f\x01\3xyz", "\x1f\x08\2ab",
                                         "\x3f\xe1\x01", "\x00\x01z\x01y" };
    static const uint8_t len[] = { 1, 2, 5, 6, 5, 3, 5 };
    struct tl_http2_piece piece;
    (void)state;
    for (size_t i = 0; i < TL_COUNT(len); i++) {
        for (uint32_t n = 0; n < len[i]; n++)
            assert_int_equal(tl_http2_piece((const uint8_t *)whole[i], n, &piece), TL_MORE);
        assert_int_equal(tl_http2_piece((const uint8_t *)whole[i], len[i], &piece), TL_OK);
        assert_int_equal(piece.len, len[i]);
    }
    assert_int_equal(tl_http2_piece((const uint8_t *)"\x80", 1, &piece), TL_BAD);
    assert_int_equal(tl_http2_piece((const uint8_t *)"\xff\xff\xff\xff\xff\xff", 6, &piece), TL_BAD);
    assert_int_equal(tl_http2_piece((const uint8_t *)"\x40\x7f\xff\xff\xff\x01", 6, &piece), TL_BAD); /* a long name */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests), cmocka_unit_test(small_table), cmocka_unit_test(from_the_middle),
        cmocka_unit_test(without_memory), cmocka_unit_test(beginnings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
