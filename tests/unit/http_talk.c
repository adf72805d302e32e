/* http_talk.c - conversations of HTTP as real programs hold them: refused bodies, codings, old heads, folds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/http_fixture.h"

enum { STEPS = 12 };

struct talk {
    const char *name;
    const char *steps[STEPS]; /* the first character is the sender: '>' the client, '<' the server */
    const char *records;      /* METHOD URI HOST STATUS REQUEST-BODY RESPONSE-BODY; */
    const char *weirds;       /* NAME; */
};

/* The records are the same in all ways. */
static void run(const struct talk *talks, size_t count)
{
    static const char *const keys[] = { "method", "uri", "host", "status_code", "request_body_len",
                                        "response_body_len", NULL };
    static struct world w;
    struct tl_registry *registry = tl_registry_new();
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < TL_COUNT(ways); k++) {
            begin(&w, &ways[k], registry, keys);
            for (unsigned n = 0; n < STEPS && talks[i].steps[n] != NULL; n++)
                say(&w, *talks[i].steps[n] == '<', talks[i].steps[n] + 1, strlen(talks[i].steps[n] + 1));
            finish(&w);
            if (strcmp(w.records, talks[i].records) != 0 || strcmp(w.weirds, talks[i].weirds) != 0)
                fail_msg("%s, %s:\n%s\n%s\nnot\n%s\n%s", talks[i].name, ways[k].name, w.records, w.weirds,
                         talks[i].records, talks[i].weirds);
        }
    }
    tl_registry_free(registry);
}

#define EXPECT(length) ">POST /d HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: " length "\r\n\r\n"
#define EXPECT_CHUNKS ">POST /d HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nTransfer-Encoding: chunked\r\n\r\n"
#define FAILED "<HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n"
#define REPEATED ">POST /d HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\n\r\ntwelve bytes"
#define GET(path) ">GET " path " HTTP/1.1\r\nHost: h\r\n\r\n"
#define OK "<HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static void test_expect(void **state)
{
    static const struct talk talks[] = {
        { "refused, sent again", { EXPECT("500"), FAILED, REPEATED, OK, GET("/2"), OK },
          "POST /d h 417 0 0;POST /d h 200 12 2;GET /2 h 200 0 2;", "" },
        { "refused, short body", { EXPECT("5"), FAILED, GET("/2"), OK }, "POST /d h 417 0 0;GET /2 h 200 0 2;", "" },
        { "refused, sent all the same", { EXPECT("12"), FAILED, ">GET no query", GET("/2"), OK },
          "POST /d h 417 12 0;GET /2 h 200 0 2;", "" },
        { "refused, body sent", { EXPECT("12"), FAILED, ">twelve bytes", GET("/2"), OK },
          "POST /d h 417 12 0;GET /2 h 200 0 2;", "" },
        { "refused, body of 2 bytes sent", { EXPECT("2"), FAILED, ">ab", GET("/2"), OK },
          "POST /d h 417 2 0;GET /2 h 200 0 2;", "" },
        { "refused, end", { EXPECT("12"), FAILED }, "POST /d h 417 0 0;", "" },
        { "refused with a body", { EXPECT("12"), "<HTTP/1.1 401 No\r\nContent-Length: 4\r\n\r\nno", "<no", GET("/2"), OK },
          "POST /d h 401 0 4;GET /2 h 200 0 2;", "" },
        { "granted", { EXPECT("12"), "<HTTP/1.1 100 Continue\r\n\r\n", ">twelve ", ">bytes", OK, GET("/2"), OK },
          "POST /d h 200 12 2;GET /2 h 200 0 2;", "" },
        { "granted by another 1xx first",
          { EXPECT("12"), "<HTTP/1.1 102 Wait\r\n\r\n", "<HTTP/1.1 100 Continue\r\n\r\n", ">twelve bytes", OK },
          "POST /d h 200 12 2;", "" },
        { "no answer", { EXPECT("24"), ">twelve bytes", ">twelve bytes", OK, GET("/2"), OK },
          "POST /d h 200 24 2;GET /2 h 200 0 2;", "" },
        { "no answer, chunks", { EXPECT_CHUNKS, ">2\r\nab\r\n0\r\n\r\n", OK, GET("/2"), OK },
          "POST /d h 200 2 2;GET /2 h 200 0 2;", "" },
        { "refused, chunks, sent again", { EXPECT_CHUNKS, FAILED, REPEATED, OK },
          "POST /d h 417 0 0;POST /d h 200 12 2;", "" },
        { "refused, chunks sent", { EXPECT_CHUNKS, FAILED, ">2\r\nab\r\n0\r\n\r\n", GET("/2"), OK },
          "POST /d h 417 2 0;GET /2 h 200 0 2;", "" },
        { "behind another request", { GET("/1") "POST /d HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
                                      "Content-Length: 12\r\n\r\n", OK, FAILED, REPEATED, OK },
          "GET /1 h 200 0 2;POST /d h 417 0 0;POST /d h 200 12 2;", "" },
    };
    (void)state;
    run(talks, TL_COUNT(talks));
}

#define CODED(coding) "<HTTP/1.1 200 OK\r\nTransfer-Encoding: " coding "\r\nContent-Length: 4\r\n\r\n"

static void test_identity(void **state)
{
    static const struct talk talks[] = {
        { "response", { GET("/"), CODED("identity") "four", GET("/2"), OK }, "GET / h 200 0 4;GET /2 h 200 0 2;", "" },
        { "case", { GET("/"), CODED(" Identity ") "four", GET("/2"), OK }, "GET / h 200 0 4;GET /2 h 200 0 2;", "" },
        { "request", { ">PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity\r\nContent-Length: 4\r\n\r\nfour", OK },
          "PUT / h 200 4 2;", "" },
        { "to the end", { GET("/"), "<HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\nto the end" },
          "GET / h 200 0 10;", "" },
        { "before chunked", { GET("/"), "<HTTP/1.1 200 OK\r\nTransfer-Encoding: identity, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n" },
          "GET / h 200 0 2;", "" },
        { "then chunked, in another line",
          { GET("/"), "<HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n" },
          "GET / h 200 0 2;", "" },
        { "a coding that is one", { GET("/"), CODED("gzip") "to the end" }, "GET / h 200 0 10;",
          "http_length_and_coding " },
    };
    (void)state;
    run(talks, TL_COUNT(talks));
}

static void test_simple_with_headers(void **state)
{
    static const struct talk talks[] = {
        { "headers", { ">GET /old\r\nHost: h\r\nUser-Agent: x\r\n\r\n", "<body" }, "GET /old h - 0 4;", "" },
        { "status line", { ">GET /old\r\nHost: h\r\n\r\n", OK, ">GET /2\r\nHost: i\r\n\r\n", OK },
          "GET /old h 200 0 2;GET /2 i 200 0 2;", "" },
        { "then a request of 1.1", { ">GET /old\r\nAccept: x\r\n\r\n", OK, GET("/2"), OK },
          "GET /old - 200 0 2;GET /2 h 200 0 2;", "" },
        { "with a body", { ">POST /old\r\nHost: h\r\nContent-Length: 4\r\n\r\nfour", OK }, "POST /old h 200 4 2;", "" },
        { "without an empty line", { ">GET /old\r\nHost: h\r\n" }, "GET /old h - 0 -;", "" },
        { "answered before its header ends", { ">GET /old\r\n", ">Host: h\r\n", ">User-Agent: x", OK, OK },
          "GET /old - 200 0 2;- - - 200 - 2;", "http_unmatched_response " },
        { "behind another request", { GET("/"), ">GET /old\r\n", ">Host: h\r\n", OK, ">User-Agent: x", OK },
          "GET / h 200 0 2;GET /old h 200 0 2;", "" },
        { "a name without a value", { ">GET /old\r\nX:\r\nHost: h\r\n\r\n", OK }, "GET /old h 200 0 2;", "" },
    };
    (void)state;
    run(talks, TL_COUNT(talks));
}

#define ICY(line) "<ICY " line "\r\nicy-name: radio\r\nContent-Type: audio/mpeg\r\n\r\nsound"

static void test_icy(void **state)
{
    static const struct talk talks[] = {
        { "usual", { GET("/"), ICY("200 OK"), "<and more" }, "GET / h 200 0 13;", "" },
        { "without a reason", { GET("/"), ICY("200") }, "GET / h 200 0 5;", "" },
        { "refused", { GET("/"), "<ICY 401 Service Unavailable\r\n\r\n" }, "GET / h 401 0 0;", "" },
        { "with a length", { GET("/"), "<ICY 404 No\r\nContent-Length: 2\r\n\r\nno", GET("/2"), ICY("200 OK") },
          "GET / h 404 0 2;GET /2 h 200 0 5;", "" },
        { "bare line ends", { GET("/"), "<ICY 200 OK\nicy-br: 128\n\nsound" }, "GET / h 200 0 5;", "http_bare_lf " },
        { "no status line", { GET("/"), "<ICY 20 OK\r\n\r\n" }, "GET / h - 0 -;", "http_bad_start_line " },
    };
    (void)state;
    run(talks, TL_COUNT(talks));
}

static void test_connect(void **state)
{
    static const struct talk talks[] = {
        { "usual", { ">CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", "<HTTP/1.1 200 OK\r\n\r\n" },
          "CONNECT a:443 a:443 200 0 0;", "" },
        { "space before the port", { ">CONNECT a: 443 HTTP/1.1\r\n\r\n", "<HTTP/1.1 200 OK\r\n\r\n" },
          "CONNECT a: 443 a 200 0 0;", "http_host_missing " },
        { "words", { ">CONNECT a:443 b c HTTP/1.0\r\n\r\n", "<HTTP/1.0 403 No\r\nContent-Length: 0\r\n\r\n" },
          "CONNECT a:443 b c a:443 403 0 0;", "" },
        { "tab", { ">CONNECT a:443\tb HTTP/1.0\r\n\r\n", "<HTTP/1.0 403 No\r\nContent-Length: 0\r\n\r\n" },
          "CONNECT a:443\tb a:443 403 0 0;", "" },
        { "with Host", { ">CONNECT a :443 HTTP/1.1\r\nHost: a:443\r\n\r\n", "<HTTP/1.1 200 OK\r\n\r\n" },
          "CONNECT a :443 a:443 200 0 0;", "" },
        { "no target", { ">CONNECT HTTP/1.1\r\nHost: a\r\n\r\n", "<HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n" },
          "CONNECT - a 400 0 0;", "" },
    };
    (void)state;
    run(talks, TL_COUNT(talks));
}

#define FOLDED "http_folded_header "

static void test_folded(void **state)
{
    static const struct talk talks[] = {
        { "host", { ">GET / HTTP/1.1\r\nHost: \r\n h\r\n\r\n", OK }, "GET / h 200 0 2;", FOLDED },
        { "spaces around", { ">GET / HTTP/1.1\r\nHost: a  \r\n\t b\t\r\n  c \r\n\r\n", OK }, "GET / a b c 200 0 2;",
          FOLDED },
        { "codings", { GET("/"), "<HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip,\r\n chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n" },
          "GET / h 200 0 2;", FOLDED },
        { "length", { GET("/"), "<HTTP/1.1 200 OK\r\nContent-Length:\r\n\t 2\r\n\r\nok", GET("/2"), OK },
          "GET / h 200 0 2;GET /2 h 200 0 2;", FOLDED },
        { "lengths", { GET("/"), "<HTTP/1.1 200 OK\r\nContent-Length: 2 \r\n , 2\r\n\r\nok", GET("/2"), OK },
          "GET / h 200 0 2;GET /2 h 200 0 2;", FOLDED "http_length_repeated " },
        { "expectation", { ">POST /d HTTP/1.1\r\nHost: h\r\nExpect:\r\n 100-continue\r\nContent-Length: 9\r\n\r\n",
                           FAILED, GET("/2"), OK },
          "POST /d h 417 0 0;GET /2 h 200 0 2;", FOLDED },
        { "bare line ends", { ">GET / HTTP/1.1\nHost: a\n b\n\n", OK }, "GET / a b 200 0 2;", FOLDED "http_bare_lf " },
        { "empty lines of spaces", { ">GET / HTTP/1.1\r\nHost: a\r\n \r\n  b\r\n\r\n", OK }, "GET / a b 200 0 2;", FOLDED },
    };
    (void)state;
    run(talks, TL_COUNT(talks));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expect), cmocka_unit_test(test_identity), cmocka_unit_test(test_simple_with_headers),
        cmocka_unit_test(test_icy),    cmocka_unit_test(test_connect),  cmocka_unit_test(test_folded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
