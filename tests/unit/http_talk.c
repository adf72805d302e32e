/*
 * http_talk.c - conversations of HTTP as real programs hold them, each over IPv4 and IPv6, with a VLAN tag, on another
 * port, cut into small segments, and with segments in the wrong order: the records are the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/libcrypto.h"
#include "decode/decoder.h"

enum { STEPS = 12, TEXT = 2048, FRAME = 2048 };

struct talk {
    const char *name;
    const char *steps[STEPS]; /* the first character is the sender: '>' the client, '<' the server */
    const char *records;      /* METHOD URI HOST STATUS REQUEST-BODY RESPONSE-BODY; */
    const char *weirds;       /* NAME; */
};

struct way {
    const char *name;
    bool ip6, vlan, swapped;
    uint16_t port;
    uint32_t cut; /* bytes of a segment; 0: a step is a segment */
};

struct world {
    struct tl_decoder *decoder;
    const struct way *way;
    uint8_t frames[4][FRAME];
    uint64_t number;
    uint32_t seq[2];
    char records[TEXT], weirds[TEXT];
};

static void add_text(char *to, const char *format, ...)
{
    size_t used = strlen(to);
    va_list args;
    va_start(args, format);
    vsnprintf(to + used, TEXT - used, format, args);
    va_end(args);
}

static void add_field(char *to, const struct tl_record_def *def, const struct tl_record *r, const char *key)
{
    for (uint32_t i = 0; i < def->field_count; i++) {
        const void *member = (const char *)r + def->fields[i].offset;
        if (strcmp(def->fields[i].key, key) != 0)
            continue;
        if ((r->set >> i & 1) == 0) {
            add_text(to, "- ");
        } else if (def->fields[i].type == TL_REC_TEXT) {
            const struct tl_bytes *text = member;
            add_text(to, "%.*s ", (int)text->len, (const char *)text->data);
        } else if (def->fields[i].type == TL_REC_TOKEN) {
            add_text(to, "%s ", *(const char *const *)member);
        } else {
            add_text(to, "%u ", (unsigned)*(const uint64_t *)member);
        }
    }
}

static void on_record(void *context, const struct tl_record_def *def, const struct tl_record *record,
                      const struct tl_flow_id *id)
{
    static const char *const keys[] = { "method", "uri", "host", "status_code", "request_body_len",
                                        "response_body_len" };
    struct world *w = context;
    (void)id;
    if (strcmp(def->path, "weird") == 0)
        add_field(w->weirds, def, record, "name");
    if (strcmp(def->path, "http") != 0)
        return;
    for (size_t i = 0; i < TL_COUNT(keys); i++)
        add_field(w->records, def, record, keys[i]);
    w->records[strlen(w->records) - 1] = ';';
}

static uint8_t *put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
    return p + 2;
}

static uint8_t *put32(uint8_t *p, uint32_t v)
{
    return put16(put16(p, v >> 16), v & 0xffff);
}

static uint32_t sum(const uint8_t *p, size_t n, uint32_t v)
{
    for (size_t i = 0; i < n; i++)
        v += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
    return v;
}

static uint32_t folded_sum(uint32_t v)
{
    while (v > 0xffff)
        v = (v & 0xffff) + (v >> 16);
    return ~v & 0xffff;
}

/* Writes a frame to `at`. Returns its length. */
static uint32_t build(struct world *w, uint8_t *at, unsigned side, uint8_t flags, const char *text, uint32_t len)
{
    const struct way *way = w->way;
    const uint32_t size = way->ip6 ? 16 : 4;
    uint8_t *p = at, *ip, *tcp, *addresses;
    memset(p, 0, FRAME);
    p += 12;
    if (way->vlan)
        p = put16(put16(p, 0x8100), 7);
    p = put16(p, way->ip6 ? 0x86dd : 0x0800);
    ip = p;
    if (way->ip6) {
        p = put16(put32(p, 0x60000000), 20 + len);
        *p++ = 6, *p++ = 64;
    } else {
        p = put16(put16(p, 0x4500), 40 + len);
        p = put32(p, 0);
        *p++ = 64, *p++ = 6;
        p = put16(p, 0);
    }
    addresses = p;
    p[0] = p[size] = way->ip6 ? 0x20 : 10;
    p[size - 1] = (uint8_t)(1 + side);
    p[2 * size - 1] = (uint8_t)(2 - side);
    p += 2 * size;
    tcp = p;
    p = put16(p, side == 0 ? 40000 : way->port);
    p = put16(p, side == 0 ? way->port : 40000);
    p = put32(put32(p, w->seq[side]), (flags & 0x10) != 0 ? w->seq[side ^ 1] : 0);
    *p++ = 0x50, *p++ = flags;
    p = put16(p, 65000);
    p = put32(p, 0);
    if (len > 0)
        memcpy(p, text, len);
    p += len;
    put16(tcp + 16, folded_sum(sum(tcp, 20 + len, sum(addresses, 2 * (size_t)size, 6 + 20 + len))));
    if (!way->ip6)
        put16(ip + 10, folded_sum(sum(ip, 20, 0)));
    w->seq[side] += len + ((flags & 3) != 0);
    return (uint32_t)(p - at);
}

static void decode(struct world *w, const uint8_t *frame, uint32_t len)
{
    int64_t ts = (int64_t)++w->number * 1000000;
    struct tl_packet packet = { .ts = ts, .etime = ts, .number = w->number, .caplen = len, .len = len, .linktype = 1,
                                .bytes = frame };
    tl_decoder_expire(w->decoder, ts);
    tl_decoder_packet(w->decoder, &packet);
}

static void segment(struct world *w, unsigned side, uint8_t flags, const char *text, uint32_t len)
{
    decode(w, w->frames[0], build(w, w->frames[0], side, flags, text, len));
}

static void say(struct world *w, unsigned side, const char *text)
{
    uint32_t left = (uint32_t)strlen(text), most = w->way->cut > 0 ? w->way->cut : 1400;
    while (left > 0) {
        uint32_t n = left < most ? left : most, again = left - n < most ? left - n : most;
        if (w->way->swapped && again > 0) {
            uint32_t first = build(w, w->frames[0], side, 0x18, text, n);
            decode(w, w->frames[1], build(w, w->frames[1], side, 0x18, text + n, again));
            decode(w, w->frames[0], first);
            n += again;
        } else {
            segment(w, side, 0x18, text, n);
        }
        text += n;
        left -= n;
    }
    segment(w, side ^ 1, 0x10, NULL, 0);
}

static void hold(struct world *w, const struct talk *talk)
{
    w->seq[0] = 1000, w->seq[1] = 5000;
    segment(w, 0, 0x02, NULL, 0);
    segment(w, 1, 0x12, NULL, 0);
    segment(w, 0, 0x10, NULL, 0);
    for (unsigned i = 0; i < STEPS && talk->steps[i] != NULL; i++)
        say(w, *talk->steps[i] == '<', talk->steps[i] + 1);
    segment(w, 1, 0x11, NULL, 0);
    segment(w, 0, 0x11, NULL, 0);
    segment(w, 1, 0x10, NULL, 0);
}

static const struct way ways[] = {
    { "IPv4", .port = 80 },
    { "IPv6", .port = 80, .ip6 = true },
    { "VLAN", .port = 8123, .vlan = true },
    { "bytes", .port = 80, .cut = 1 },
    { "cut", .port = 8123, .cut = 7 },
    { "order", .port = 80, .ip6 = true, .cut = 11, .swapped = true },
};

static void run(const struct talk *talks, size_t count)
{
    struct tl_registry *registry = tl_registry_new();
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < TL_COUNT(ways); k++) {
            static struct world w;
            w = (struct world){ .way = &ways[k] };
            struct tl_interfaces *interfaces = tl_interfaces_new();
            const struct tl_interface ethernet = { .linktype = 1, .decimals = 6, .section = UINT32_MAX };
            assert_int_equal(tl_interfaces_add(interfaces, &ethernet), 0);
            struct tl_decoder_options options = { .registry = registry, .interfaces = interfaces,
                                                  .crypto = &tl_crypto_libcrypto, .memory = 64 << 20,
                                                  .listener = { .record = on_record, .context = &w } };
            w.decoder = tl_decoder_new(&options);
            assert_non_null(w.decoder);
            hold(&w, &talks[i]);
            tl_decoder_finish(w.decoder);
            tl_decoder_free(w.decoder);
            tl_interfaces_free(interfaces);
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
