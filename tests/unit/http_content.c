/*
 * http_content.c - content codings of HTTP bodies: sizes before and after, the type of the content, bodies that end
 * early or go on, wrong bytes, lengths that a few bytes grow to; the parts of multiparts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/http_fixture.h"

/*
 * "<html>one two three one two three one two three</html>", 54 bytes; the bombs are 3 MiB of `a`. GZIP_TWICE is gzip of
 * GZIP (of other zlib), GZIP_THEN_ZLIB zlib of it.
 */
#define GZIP \
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xb3\xc9\x28\xc9\xcd\xb1\xcb\xcf\x4b\x55\x28\x29\xcf\x57" \
    "\x28\xc9\x28\x4a\x4d\x55\xc0\xc3\xb3\xd1\x07\xab\x07\x00\x96\xb3\x7f\x93\x36\x00\x00\x00"
#define ZLIB \
    "\x78\xda\xb3\xc9\x28\xc9\xcd\xb1\xcb\xcf\x4b\x55\x28\x29\xcf\x57\x28\xc9\x28\x4a\x4d\x55\xc0\xc3" \
    "\xb3\xd1\x07\xab\x07\x00\x1f\xe0\x13\xaa"
#define RAW \
    "\xb3\xc9\x28\xc9\xcd\xb1\xcb\xcf\x4b\x55\x28\x29\xcf\x57\x28\xc9\x28\x4a\x4d\x55\xc0\xc3\xb3\xd1" \
    "\x07\xab\x07\x00"
#define GZIP_TWICE \
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\x93\xef\xe6\x60\x00\x01\xa6\xff\x9b\x4f\x6a\x9c\x3c\xbb" \
    "\xf1\xf4\x79\xef\x50\x0d\xcd\xf3\xe1\x1a\x27\x35\xbc\x7c\x43\x0f\x1c\xde\x7c\x91\x7d\x35\x3b\xc3" \
    "\xb4\xcd\xf5\x93\xcd\x80\xaa\x00\x9f\x58\xd3\x27\x2e\x00\x00\x00"
#define GZIP_THEN_ZLIB \
    "\x78\xda\x93\xef\xe6\x60\x00\x01\xa6\xff\x9b\x4f\x6a\x9c\x3c\xbb\xf1\xf4\x79\xef\x50\x0d\xcd\xf3" \
    "\xe1\x1a\x27\x35\xbc\x7c\x43\x0f\x1c\xde\x7c\x91\x7d\x35\x3b\xc3\xb4\xcd\xf5\x93\xcd\x80\xaa\x00" \
    "\x97\x0d\x11\xa6"
#define ZLIB_CUT "\x78\xda\x93\xef\xe6\x60\x00\x01\xa6\xff\x9b\x4f\x6a\x9c\x3c\xbb\xf1\xf4\x79\xef"
#define BROTLI \
    "\x1b\x35\x00\xf8\x8d\x94\xae\xce\x4a\xfd\x52\xf6\x46\xa7\x41\x78\xdc\xee\x74\x21\x93\xcc\x42\x8c" \
    "\x7e\xe0\x07\x76\x4c\xc2\xc5\xb4\xe4\xeb\x70\x51\x04"
#define ZSTD \
    "\x28\xb5\x2f\xfd\x20\x36\x0d\x01\x00\xd8\x3c\x68\x74\x6d\x6c\x3e\x6f\x6e\x65\x20\x74\x77\x6f\x20" \
    "\x74\x68\x72\x65\x65\x20\x3c\x2f\x68\x74\x6d\x6c\x3e\x01\x00\x22\x9c\x4c"
#define BROTLI_BOMB \
    "\x9b\xff\xff\x2f\xf8\x25\xc2\xe2\xb1\x40\x20\xf7\xfe\x05"
#define ZSTD_2_MIB \
    "\x28\xb5\x2f\xfd\x00\x58\x0c\x01\x00\xd8\x3c\x68\x74\x6d\x6c\x3e\x6f\x6e\x65\x20\x74\x77\x6f\x20" \
    "\x74\x68\x72\x65\x65\x20\x3c\x2f\x68\x74\x6d\x6c\x3e\x01\x00\x22\x9c\x4c\x01\x00\x00"
#define ZSTD_17 \
    "\x28\xb5\x2f\xfd\x00\x38\x0c\x01\x00\xd8\x3c\x68\x74\x6d\x6c\x3e\x6f\x6e\x65\x20\x74\x77\x6f\x20" \
    "\x74\x68\x72\x65\x65\x20\x3c\x2f\x68\x74\x6d\x6c\x3e\x01\x00\x22\x9c\x4c\x01\x00\x00"

#define ZSTD_8_MIB \
    "\x28\xb5\x2f\xfd\x00\x68\x0c\x01\x00\xd8\x3c\x68\x74\x6d\x6c\x3e\x6f\x6e\x65\x20\x74\x77\x6f\x20" \
    "\x74\x68\x72\x65\x65\x20\x3c\x2f\x68\x74\x6d\x6c\x3e\x01\x00\x22\x9c\x4c\x01\x00\x00"
#define ZSTD_SKIPPED "\x50\x2a\x4d\x18\x03\x00\x00\x00\x28\xb5\x2f"

/*
 * 600 bytes as they are, in a gzip member, a zlib stream, a meta-block of brotli and a block of zstd, then a block of a
 * type that does not exist. Libraries drop some of the 600 bytes if they come in the same call as the error.
 */
#define A50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A600 A50 A50 A50 A50 A50 A50 A50 A50 A50 A50 A50 A50
#define BAD_GZIP(text, length) "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x00" length text "\x07"
#define BAD_ZLIB "\x78\x01\x00\x58\x02\xa7\xfd" A600 "\x07"
#define BAD_BROTLI(text, head) head text "\x0e"
#define BAD_ZSTD(text, head) "\x28\xb5\x2f\xfd\x00\x38" head text "\x0e\x00\x00"

#define ANSWER(coding, length) "HTTP/1.1 200 OK\r\nContent-Encoding: " coding "\r\nContent-Length: " length "\r\n\r\n"
#define CHUNKED(codings, headers, n, body) \
    "HTTP/1.1 200 OK\r\n" headers "Transfer-Encoding: " codings "\r\n\r\n" n "\r\n" body "\r\n0\r\n\r\n"
#define ROW(name, coding, length, body, record) \
    { name, ANSWER(coding, length) body, sizeof ANSWER(coding, length) + sizeof(body) - 2, record }

#define TRANSFER(codings, headers, n, body, record) \
    { codings "; " headers, CHUNKED(codings, headers, n, body), sizeof CHUNKED(codings, headers, n, body) - 1, record }

static const struct {
    const char *name, *answer;
    size_t len;
    const char *record; /* sizes before and after, type */
} rows[] = {
    ROW("gzip", "gzip", "46", GZIP, "46 54 text/html;"),
    ROW("old name", "X-GZip", "46", GZIP, "46 54 text/html;"),
    ROW("members", "gzip", "92", GZIP GZIP, "92 108 text/html;"),
    ROW("bytes after it", "gzip", "49", GZIP "xyz", "49 54 text/html;"),
    ROW("ends early", "gzip", "20", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xb3\xc9\x28\xc9\xcd\xb1\xcb\xcf\x4b\x55",
        "20 9+ -;"),
    ROW("not gzip", "gzip", "4", "text", "4 0+ -;"),
    ROW("zlib", "deflate", "34", ZLIB, "34 54 text/html;"),
    ROW("raw", "deflate", "28", RAW, "28 54 text/html;"),
    ROW("brotli", "br", "37", BROTLI, "37 54 text/html;"),
    ROW("zstd", "zstd", "42", ZSTD, "42 54 text/html;"),
    ROW("zstd without a length", "zstd", "45", ZSTD_17, "45 54 text/html;"),
    ROW("zstd, window of 2 MiB", "zstd", "45", ZSTD_2_MIB, "45 54 text/html;"),
    ROW("zstd, window of 8 MiB", "zstd", "45", ZSTD_8_MIB, "45 54 text/html;"),
    ROW("zstd frames", "zstd", "98", ZSTD ZSTD_SKIPPED ZSTD_8_MIB, "98 108 text/html;"),
    ROW("zstd, bytes after it", "zstd", "45", ZSTD "xyz", "45 54 text/html;"),
    ROW("zstd, one byte after it", "zstd", "46", ZSTD_17 "\0", "46 54 text/html;"),
    ROW("zstd, many bytes after it", "zstd", "642", ZSTD A600, "642 54 text/html;"),
    ROW("zstd, half a frame after it", "zstd", "45", ZSTD "\x28\xb5\x2f", "45 54+ -;"),
    ROW("zstd, almost a frame after it", "zstd", "46", ZSTD "\x28\xb5\x2f\xfe", "46 54 text/html;"),
    ROW("brotli, bytes after it", "br", "40", BROTLI "xyz", "40 54 text/html;"),
    ROW("not zstd", "zstd", "4", "text", "4 0+ -;"),
    ROW("not brotli", "br", "4", "\xff\xff\xff\xff", "4 0+ -;"),
    ROW("wrong gzip", "gzip", "616", BAD_GZIP(A600, "\x58\x02\xa7\xfd"), "616 0+ -;"),
    ROW("wrong zlib", "deflate", "608", BAD_ZLIB, "608 0+ -;"),
    ROW("wrong brotli", "br", "604", BAD_BROTLI(A600, "\x70\x25\x10"), "604 0+ -;"),
    ROW("wrong zstd", "zstd", "612", BAD_ZSTD(A600, "\xc0\x12\x00"), "612 0+ -;"),
    ROW("soon wrong gzip", "gzip", "66", BAD_GZIP(A50, "\x32\x00\xcd\xff"), "66 0+ -;"),
    ROW("soon wrong brotli", "br", "54", BAD_BROTLI(A50, "\x10\x03\x10"), "54 0+ -;"),
    ROW("soon wrong zstd", "zstd", "62", BAD_ZSTD(A50, "\x90\x01\x00"), "62 0+ -;"),
    ROW("with identity", "identity, gzip", "46", GZIP, "46 54 text/html;"),
    ROW("two codings", "gzip, deflate", "52", GZIP_THEN_ZLIB, "52 54 text/html;"),
    ROW("two codings, twice the content", "gzip, gzip", "128", GZIP_TWICE GZIP_TWICE, "128 108 text/html;"),
    ROW("two codings, one is wrong", "gzip, br", "46", GZIP, "46 0+ -;"),
    ROW("two codings, the other is wrong", "br, gzip", "46", GZIP, "46 0+ -;"),
    ROW("two codings, cut", "gzip, deflate", "20", ZLIB_CUT, "20 8+ -;"),
    ROW("three codings", "gzip, gzip, gzip", "46", GZIP, "46 - -;"),
    TRANSFER("gzip, chunked", "", "2e", GZIP, "46 54 text/html;"),
    TRANSFER("X-Gzip , chunked", "", "2e", GZIP, "46 54 text/html;"),
    TRANSFER("deflate, chunked", "", "1c", RAW, "28 54 text/html;"),
    TRANSFER("deflate, chunked", "Content-Encoding: gzip\r\n", "34", GZIP_THEN_ZLIB, "52 54 text/html;"),
    TRANSFER("gzip, gzip, chunked", "", "40", GZIP_TWICE, "64 54 text/html;"),
    TRANSFER("gzip, gzip, chunked", "Content-Encoding: gzip\r\n", "40", GZIP_TWICE, "64 - -;"),
    TRANSFER("compress, chunked", "", "2e", GZIP, "46 - -;"),
    TRANSFER("gzip, chunked", "Content-Range: bytes 0-53/100\r\n", "2e", GZIP, "46 - -;"),
    ROW("unknown coding", "compress", "4", "text", "4 - -;"),
    ROW("no coding", "identity", "4", "text", "4 - text/plain;"),
    ROW("no coding twice", "Identity, identity,", "6", "<html>", "6 - text/html;"),
    ROW("bomb", "br", "14", BROTLI_BOMB, "14 66432+ text/plain;"), /* 64 KiB, and 64 for each byte */
};

static const char *const keys[] = { "response_body_len", "response_decoded_len", "resp_mime_types", NULL };

static void test_answers(void **state)
{
    static struct world w;
    struct tl_registry *registry = tl_registry_new();
    (void)state;
    for (size_t i = 0; i < TL_COUNT(rows); i++) {
        for (size_t k = 0; k < TL_COUNT(ways); k++) {
            static const char ask[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
            begin(&w, &ways[k], registry, keys);
            say(&w, 0, ask, sizeof ask - 1);
            say(&w, 1, rows[i].answer, rows[i].len);
            finish(&w);
            if (strcmp(w.records, rows[i].record) != 0 || w.weirds[0] != '\0')
                fail_msg("%s, %s: %s %s not %s", rows[i].name, ways[k].name, w.records, w.weirds, rows[i].record);
        }
    }
    tl_registry_free(registry);
}

#define PARTS(type, body) "HTTP/1.1 200 OK\r\nContent-Type: multipart/" type "\r\n\r\n" body

/* A header line of a part is text of the tree in the packet that ends it, however it is cut. */
static void test_parts(void **state)
{
    static const struct {
        const char *name, *answer, *parts;
    } multiparts[] = {
        { "form-data", PARTS("form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b--\r\n"),
          "form-data; name=a|" },
        { "byteranges", PARTS("byteranges; boundary=b", "--b\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-0/2\r\n\r\n1\r\n"
                              "--b\r\nContent-Type: text/html\r\n\r\n2\r\n--b--"), "text/plain|text/html|" },
        { "mixed, nested", PARTS("mixed; boundary=\"b c\"", "preamble\r\n--b c\r\nContent-Type: multipart/related; boundary=d\r\n\r\n"
                                 "--d\r\nContent-ID: <1>\r\n\r\n1\r\n--d--\r\n--b c\r\nContent-Type: text/x\r\n\r\n2\r\n--b c--"),
          "multipart/related; boundary=d|<1>|text/x|" },
        { "related", PARTS("related; type=\"text/xml\"; boundary=b", "\r\n--b\r\ncontent-type: text/xml\r\n"
                           "Content-Transfer-Encoding: binary\r\n\r\n<a/>\r\n--b--"), "text/xml|binary|" },
        { "no last delimiter", PARTS("mixed; boundary=b", "--b\r\nContent-Type: text/plain\r\n\r\ncut"), "text/plain|" },
        { "no boundary", PARTS("mixed", "--b\r\nContent-Type: text/plain\r\n\r\n1\r\n--b--"), "" },
        { "no multipart", "HTTP/1.1 200 OK\r\nContent-Type: text/plain; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n1", "" },
    };
    static struct world w;
    struct tl_registry *registry = tl_registry_new();
    (void)state;
    for (size_t i = 0; i < TL_COUNT(multiparts); i++) {
        for (size_t k = 0; k < TL_COUNT(ways); k++) {
            static const char ask[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
            begin(&w, &ways[k], registry, keys);
            show_trees(&w);
            say(&w, 0, ask, sizeof ask - 1);
            say(&w, 1, multiparts[i].answer, strlen(multiparts[i].answer));
            finish(&w);
            if (strcmp(w.parts, multiparts[i].parts) != 0)
                fail_msg("%s, %s: %s not %s", multiparts[i].name, ways[k].name, w.parts, multiparts[i].parts);
        }
    }
    tl_registry_free(registry);
}

#define B64_PNG "iVBORw0KGgo="
#define PART(headers, body) "--b\r\n" headers "\r\n" body "\r\n"
#define MIXED(body) "HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" body

/* The types of the parts, by their decoded content, in order. */
static void test_kinds(void **state)
{
    static const struct {
        const char *name, *answer, *record;
    } multiparts[] = {
        { "in order", MIXED(PART("", "<html>") PART("", "%PDF-1.4") PART("", "text") "--b--"),
          "50 - text/html,application/pdf,text/plain;" },
        { "twice", MIXED(PART("", "a") PART("", "b") "--b--"), "25 - text/plain,text/plain;" },
        { "base64", MIXED(PART("Content-Transfer-Encoding: base64\r\n", B64_PNG) "--b--\r\n"), "63 - image/png;" },
        { "quoted-printable", MIXED(PART("Content-Transfer-Encoding: quoted-printable\r\n", "=25PDF=\r\n-1") "--b--"),
          "70 - application/pdf;" },
        { "unknown and empty", MIXED(PART("", "\1\2") PART("", "") PART("", "GIF89a\1") "--b--"), "41 - image/gif;" },
        { "text around them", MIXED("<html>\r\n" PART("", "\1") "--b--\r\n%PDF-1"), "31 - -;" },
        { "nested", MIXED(PART("Content-Type: multipart/related; boundary=d\r\n", "--d\r\n\r\n<?xml?>\r\n--d--")
                          PART("", "x") "--b--"), "90 - application/xml,text/plain;" },
        { "not closed", MIXED("--b\r\n\r\nPK\3\4"), "11 - application/zip;" },
        { "header only", MIXED("--b\r\nContent-Type: text/html\r\n"), "30 - -;" },
        { "more than are listed", MIXED(PART("", "1") PART("", "2") PART("", "3") PART("", "4") PART("", "5")
              PART("", "6") PART("", "7") PART("", "8") PART("", "9") PART("", "1") PART("", "2") PART("", "3")
              PART("", "4") PART("", "5") PART("", "6") PART("", "<html>") "--b--"),
          "170 - text/plain,text/plain,text/plain,text/plain,text/plain,text/plain,text/plain,text/plain,text/plain,"
          "text/plain,text/plain,text/plain,text/plain,text/plain,text/plain;" },
        { "ranges", "HTTP/1.1 206 Partial Content\r\nContent-Type: Multipart/ByteRanges; boundary=b\r\n\r\n"
                    PART("Content-Range: bytes 5-9/20\r\n", "GIF89a") "--b--", "49 - -;" },
    };
    static struct world w;
    struct tl_registry *registry = tl_registry_new();
    (void)state;
    for (size_t i = 0; i < TL_COUNT(multiparts); i++) {
        for (size_t k = 0; k < TL_COUNT(ways); k++) {
            static const char ask[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
            begin(&w, &ways[k], registry, keys);
            say(&w, 0, ask, sizeof ask - 1);
            say(&w, 1, multiparts[i].answer, strlen(multiparts[i].answer));
            finish(&w);
            if (strcmp(w.records, multiparts[i].record) != 0)
                fail_msg("%s, %s: %s not %s", multiparts[i].name, ways[k].name, w.records, multiparts[i].record);
        }
    }
    tl_registry_free(registry);
}

/* Parts of requests that wait for their responses keep their types. */
static void test_kinds_of_requests(void **state)
{
    static const char *const asked[] = { "orig_mime_types", "resp_mime_types", NULL };
    static const char ask[] = "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                              "Content-Length: 70\r\n\r\n"
                              "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nGIF89a\1\r\n--b--\r\n"
                              "         "
                              "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";
    static const char answer[] = "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n";
    static struct world w;
    struct tl_registry *registry = tl_registry_new();
    (void)state;
    for (size_t k = 0; k < TL_COUNT(ways); k++) {
        begin(&w, &ways[k], registry, asked);
        say(&w, 0, ask, sizeof ask - 1);
        say(&w, 1, answer, sizeof answer - 1);
        finish(&w);
        assert_string_equal(w.records, "image/gif -;text/plain -;");
    }
    tl_registry_free(registry);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_answers), cmocka_unit_test(test_parts),
                                        cmocka_unit_test(test_kinds), cmocka_unit_test(test_kinds_of_requests) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
