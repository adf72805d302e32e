/* http.c - HTTP message heads: start lines, header lines, framing, at a guard page; endless pipelining. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "core/slab.h"
#include "dissectors/http/http.h"
#include "dissectors/mime_type.h"

extern const struct tl_protocol tl_protocol_http;

enum { PAGE = 4096, KEPT = 128, KEPT_BYTES = 64 << 10, SCRATCH = 1 << 17 };

struct world {
    struct tl_frame frame;
    uint8_t *guard; /* inaccessible page */
    uint64_t weird;
    uint64_t cut; /* for the last record */
    uint64_t truncated;
    bool leaked; /* a record contained a secret */
    unsigned named; /* records with a username */
    bool full;   /* nothing more can be kept */
    uint32_t bytes;
    uint32_t records, answered, phrases, informed, confirmed, violated, keeping;
    struct tl_bytes kept[KEPT];
    struct tl_http_flow flow;
    struct tl_stream side[2];
    struct tl_slab *slab;
    struct tl_arena scratch;
};

static void on_record(struct tl_dissection *d, const struct tl_record_def *def, struct tl_record *r)
{
    struct world *w = d->host_data;
    if (strcmp(def->path, "login") == 0)
        return;
    assert_ptr_equal(def, tl_protocol_http.records[0]);
    w->records++;
    w->cut = r->cut;
    for (uint32_t i = 0; i < def->field_count; i++) {
        const struct tl_bytes *text = (const void *)((const char *)r + def->fields[i].offset);
        if (def->fields[i].type == TL_REC_TEXT && (r->set >> i & 1) != 0 && text->len > 0) {
            w->leaked |= memmem(text->data, text->len, "s3cret", 6) != NULL;
            w->named += strcmp(def->fields[i].key, "username") == 0;
        }
    }
    for (uint32_t i = 0; i < def->field_count; i++)
        w->phrases += strcmp(def->fields[i].key, "status_msg") == 0 && (r->set >> i & 1) != 0 && (r->cut >> i & 1) == 0;
    for (uint32_t i = 0; i < def->field_count; i++)
        w->informed += strcmp(def->fields[i].key, "info_code") == 0 && (r->set >> i & 1) != 0;
    for (uint32_t i = 0; i < def->field_count; i++)
        w->answered += strcmp(def->fields[i].key, "status_code") == 0 && (r->set >> i & 1) != 0;
}

static uint32_t on_keep(struct tl_dissection *d, const void *data, uint32_t len)
{
    struct world *w = d->host_data;
    if (w->full || len > KEPT_BYTES - w->bytes)
        return 0;
    for (uint32_t i = 1; i < KEPT; i++) {
        if (w->kept[i].data != NULL)
            continue;
        uint8_t *copy = calloc(1, len + 1);
        assert_non_null(copy);
        if (data != NULL)
            memcpy(copy, data, len);
        w->bytes += len;
        w->kept[i] = (struct tl_bytes){ copy, len };
        w->keeping++;
        return i;
    }
    return 0;
}

static struct tl_bytes on_kept(const struct tl_dissection *d, uint32_t handle)
{
    const struct world *w = d->host_data;
    assert_non_null(w->kept[handle].data);
    return w->kept[handle];
}

static void on_forget(struct tl_dissection *d, uint32_t handle)
{
    struct world *w = d->host_data;
    if (handle == 0)
        return;
    w->bytes -= on_kept(d, handle).len;
    free((void *)(uintptr_t)on_kept(d, handle).data);
    w->kept[handle] = (struct tl_bytes){ NULL, 0 };
    w->keeping--;
}

static void on_confirm(struct tl_dissection *d)
{
    ((struct world *)d->host_data)->confirmed++;
}

static void on_violate(struct tl_dissection *d)
{
    ((struct world *)d->host_data)->violated++;
}

static void on_weird(struct tl_dissection *d, unsigned kind, struct tl_bytes addl)
{
    struct world *w = d->host_data;
    w->weird |= UINT64_C(1) << kind;
    w->leaked |= addl.len > 0 && memmem(addl.data, addl.len, "s3cret", 6) != NULL;
}

static void on_truncated(struct tl_dissection *d, uint64_t bytes)
{
    ((struct world *)d->host_data)->truncated += bytes;
}

/* No protocol follows HTTP here. */
static bool on_tell(struct tl_dissection *d, struct tl_bytes note)
{
    (void)d, (void)note;
    return false;
}

/* One side at a time: the other keeps nothing. */
static bool on_release(struct tl_dissection *d)
{
    (void)d;
    return true;
}

static const struct tl_host host = { .record = on_record, .keep = on_keep, .kept = on_kept, .forget = on_forget,
                                     .confirm = on_confirm, .violate = on_violate, .release = on_release, .weird = on_weird,
                                     .truncated = on_truncated, .tell = on_tell };

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    uint8_t *map = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(map, MAP_FAILED);
    w->guard = map + PAGE;
    assert_int_equal(mprotect(w->guard, PAGE, PROT_NONE), 0);
    w->slab = tl_slab_new(1 << 22);
    assert_non_null(w->slab);
    assert_true(tl_arena_init(&w->scratch, SCRATCH));
    w->side[1].side = 1;
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    munmap(w->guard - PAGE, 2 * PAGE);
    tl_stream_fini(&w->side[0], w->slab);
    tl_stream_fini(&w->side[1], w->slab);
    assert_int_equal(tl_slab_used(w->slab), 0);
    assert_int_equal(w->keeping, 0);
    tl_slab_free(w->slab);
    tl_arena_fini(&w->scratch);
    free(w);
    return 0;
}

static struct tl_dissection dissection(struct world *w)
{
    return (struct tl_dissection){ .protocol = &tl_protocol_http, .host = &host, .host_data = w, .slab = w->slab,
                                   .scratch = &w->scratch, .layer = TL_NO_NODE, .flow = { .slot = &w->flow },
                                   .frame = &w->frame, .net = &w->frame.net, .seg = &w->frame.seg };
}

static const uint8_t *flush(struct world *w, const char *text, size_t len)
{
    assert_true(len <= PAGE);
    return memcpy(w->guard - len, text, len);
}

static void say(struct world *w, unsigned side, const char *text)
{
    struct tl_dissection d = dissection(w);
    uint32_t len = (uint32_t)strlen(text);
    const uint8_t *p = flush(w, text, len);
    d.c = tl_cursor_on(p, len, len);
    assert_int_equal(tl_stream_push(&d, &w->side[side], tl_bytes_of(p, len)), len);
}

static void finish(struct world *w)
{
    struct tl_dissection d = dissection(w);
    tl_protocol_http.finish(&d);
}

static void test_start_lines(void **state)
{
    static const struct {
        const char *line;
        enum tl_http_kind kind;
        bool odd;
        unsigned status;
        const char *target;
    } rows[] = {
        { "GET / HTTP/1.1", HTTP_REQUEST, false, 0, "/" },
        { "GET  /a b  HTTP/1.0 ", HTTP_REQUEST, false, 0, "/a b" },
        { "x-1 * HTTP/9", HTTP_REQUEST, false, 0, "*" },
        { "GET HTTP/1.1", HTTP_REQUEST, false, 0, "" },
        { "GET /", HTTP_SIMPLE, false, 0, "/" },
        { "GET http://a/", HTTP_SIMPLE, false, 0, "http://a/" },
        { "GET / x", HTTP_NO_START, false, 0, NULL },
        { "EHLO /", HTTP_NO_START, false, 0, NULL },
        { "OPTIONS rtsp://a RTSP/1.0", HTTP_NO_START, false, 0, NULL },
        { "INVITE sip:a SIP/2.0", HTTP_NO_START, false, 0, NULL },
        { "", HTTP_NO_START, false, 0, NULL },
        { "GET", HTTP_NO_START, false, 0, NULL },
        { " GET / HTTP/1.1", HTTP_NO_START, false, 0, NULL },
        { "G(T / HTTP/1.1", HTTP_NO_START, false, 0, NULL },
        { "abcdefghijklmnopqrstuvwxyz0123456789 / HTTP/1.1", HTTP_NO_START, false, 0, NULL },
        { "HTTP/1.1 200 OK", HTTP_RESPONSE, false, 200, NULL },
        { "HTTP/1.1 200", HTTP_RESPONSE, false, 200, NULL },
        { "HTTP/1.1 2000", HTTP_RESPONSE, true, 200, NULL },
        { "HTTP/1.1 2", HTTP_RESPONSE, true, 2, NULL },
        { "HTTP/1.1", HTTP_RESPONSE, true, 0, NULL },
        { "HTTP/", HTTP_RESPONSE, true, 0, NULL },
        { "HTTP", HTTP_NO_START, false, 0, NULL },
    };
    struct world *w = *state;
    for (size_t i = 0; i < TL_COUNT(rows); i++) {
        size_t len = strlen(rows[i].line);
        struct tl_http_start s = tl_http_start_line(flush(w, rows[i].line, len), (uint32_t)len);
        assert_int_equal(s.kind, rows[i].kind);
        assert_int_equal(s.odd, rows[i].odd);
        assert_int_equal(s.status, rows[i].status);
        if (rows[i].target != NULL) {
            assert_int_equal(s.target.len, strlen(rows[i].target));
            assert_int_equal(s.target.len > 0 ? memcmp(s.target.data, rows[i].target, s.target.len) : 0, 0);
        }
        for (size_t n = 0; n <= len; n++) /* no prefix is read past its end */
            (void)tl_http_start_line(flush(w, rows[i].line, n), (uint32_t)n);
    }
}

#define BIT(kind) (UINT64_C(1) << HTTP_WEIRD_##kind)

static void test_framing(void **state)
{
    static const struct {
        const char *lines;
        bool has_length, chunked;
        uint64_t length, weird;
    } rows[] = {
        { "Content-Length: 5\r\n\r\n", true, false, 5, 0 },
        { "content-length:5\n", true, false, 5, 0 },
        { "Content-Length: 5, 5\r\n", true, false, 5, BIT(LENGTH_REPEATED) },
        { "Content-Length: 5\r\nContent-Length: 6\r\n", true, false, 5, BIT(LENGTHS_DIFFER) },
        { "Content-Length: 0x5\r\n", false, false, 0, BIT(LENGTH_INVALID) },
        { "Content-Length: -1\r\n", false, false, 0, BIT(LENGTH_INVALID) },
        { "Content-Length:\r\n", false, false, 0, BIT(LENGTH_INVALID) },
        { "Content-Length: 99999999999999999999\r\n", false, false, 0, BIT(LENGTH_INVALID) },
        { "Content-Length: 0000000000000000000000005\r\n", true, false, 5, 0 },
        { "Content-Length: 00000000000000000000\r\n", true, false, 0, 0 },
        { "Content-Length\t: 7\r\n", true, false, 7, BIT(SPACE_BEFORE_COLON) },
        { "Content\rLength: 7\r\n", false, false, 0, 0 },
        { "Content-Length 7\r\n", false, false, 0, 0 },
        { "Transfer-Encoding: gzip, chunked\r\n", false, true, 0, 0 },
        { "Transfer-Encoding: CHUNKED\r\n", false, true, 0, 0 },
        { "Transfer-Encoding: chunked, gzip\r\n", false, true, 0, BIT(CODING_ODD) },
        { "Transfer-Encoding: xchunked\r\n", false, false, 0, BIT(CODING_ODD) },
        { "Transfer-Encoding: identity\r\n", false, false, 0, 0 },
        { "Transfer-Encoding:\r\n chunked\r\n", false, true, 0, BIT(FOLDED_HEADER) },
        { "Transfer-Encoding: chunked;x=y\r\n", false, true, 0, BIT(CODING_ODD) },
    };
    struct world *w = *state;
    for (size_t i = 0; i < TL_COUNT(rows); i++) {
        struct tl_dissection d = dissection(w);
        size_t len = strlen(rows[i].lines);
        struct tl_http_message m = { .start = { .kind = HTTP_REQUEST } };
        w->weird = 0;
        tl_http_headers(&d, flush(w, rows[i].lines, len), (uint32_t)len, &m);
        assert_int_equal(m.framing.has_length, rows[i].has_length);
        assert_int_equal(m.framing.chunked, rows[i].chunked);
        assert_int_equal(m.framing.length, rows[i].length);
        assert_int_equal(w->weird, rows[i].weird);
        for (size_t n = 0; n < len; n++) {
            struct tl_http_message part = { .start = { .kind = HTTP_REQUEST } };
            tl_http_headers(&d, flush(w, rows[i].lines, n), (uint32_t)n, &part);
        }
    }
}

static void test_chunk_sizes(void **state)
{
    static const struct {
        const char *line;
        bool fine;
        uint64_t size;
    } rows[] = {
        { "0", true, 0 },       { "Ff", true, 255 },   { "5;x=y", true, 5 }, { "5 ", true, 5 }, { "", false, 0 },
        { "g", false, 0 },      { "-1", false, 0 },    { "0x5", false, 0 },  { " 5", false, 0 },
        { "3fffffffffffffff", true, UINT64_C(0x3fffffffffffffff) }, { "4000000000000000", false, 0 },
        { "00000000000000001", false, 0 },
    };
    struct world *w = *state;
    for (size_t i = 0; i < TL_COUNT(rows); i++) {
        uint64_t size;
        size_t len = strlen(rows[i].line);
        bool fine = tl_http_chunk_size(flush(w, rows[i].line, len), (uint32_t)len, &size);
        assert_int_equal(fine, rows[i].fine);
        if (fine)
            assert_int_equal(size, rows[i].size);
    }
}

/* Pending requests are bounded, each request has its record, and late responses match no other request. */
static void test_endless_pipeline(void **state)
{
    struct world *w = *state;
    for (unsigned i = 0; i < 100000; i++)
        say(w, 0, "GET /again HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(w->records, 100000 - TL_HTTP_WAITING);
    assert_int_equal(w->keeping, TL_HTTP_WAITING);
    assert_true(w->weird & BIT(PIPELINE_TOO_LONG));
    say(w, 1, "HTTP/1.1 204 No Content\r\n\r\n");
    assert_int_equal(w->answered, 1);
    assert_int_equal(w->flow.requests.count, TL_HTTP_WAITING);
    finish(w);
    assert_int_equal(w->records, 100000 + 1);
    assert_int_equal(w->answered, 1);
    assert_int_equal(w->confirmed, 1);
}

/* Requests with a body use no packet memory; a request without memory is counted. */
static void test_scratch(void **state)
{
    struct world *w = *state;
    for (unsigned i = 0; i < TL_HTTP_WAITING; i++)
        say(w, 0, "POST /again HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
    assert_int_equal(w->scratch.used, 0);
    assert_int_equal(w->flow.requests.count, TL_HTTP_WAITING);
    say(w, 0, "POST /again HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
    assert_int_equal(w->records, 1);
    assert_int_equal(w->truncated, 0);
    w->scratch.used = SCRATCH;
    say(w, 0, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(w->truncated > 0);
    finish(w);
    assert_int_equal(w->records, TL_HTTP_WAITING + 1);
}

static void test_not_http(void **state)
{
    struct world *w = *state;
    say(w, 0, "EHLO client\r\n");
    assert_int_equal(w->violated, 1);
    finish(w);
    assert_int_equal(w->records, 0);
}

/* An endless line full of status lines or paths is read once, and the message after it is found. */
static void test_lines_without_end(void **state)
{
    struct world *w = *state;
    char text[65 * 30 + 1];
    say(w, 0, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    say(w, 1, "HTTP/1.1 204 No\r\n\r\nx");
    for (unsigned i = 0; i < 30; i++)
        memcpy(text + 65 * i, "HTTP/1.1 200 HTTP/1.1 200 HTTP/1.1 200 HTTP/1.1 200 HTTP/1.1 200 ", 66);
    for (unsigned i = 0; i < 33; i++) {
        say(w, 1, text);
        say(w, 1, text);
    }
    assert_true(w->side[1].kept_len < 65536);
    uint64_t taken = w->side[1].pos;
    assert_true(taken > 65536);
    say(w, 0, "GET / HTTP/1.1\r\nHost: a\r\n\r\n / /x / / / GET /y HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(w->flow.requests.count, 2);
    finish(w);
    assert_int_equal(w->records, 3);
}

static void test_what_is_cut_is_named(void **state)
{
    struct world *w = *state;
    say(w, 0, "GET / HTTP/1.1\r\nHost: a\r\nCookie: a=1\r\nCookie: a=1\r\nCookie: a=1\r\nCookie: a=1\r\nCookie: a=1\r\n"
              "Via: 1\r\nVia: 1\r\nVia: 1\r\nVia: 1\r\nVia: 1\r\nVia: 1\r\nVia: 1\r\nVia: 1\r\nVia: 1\r\n\r\n");
    say(w, 1, "HTTP/1.12345678 204 No\r\n\r\n");
    assert_int_equal(w->records, 1);
    assert_int_equal(__builtin_popcountll(w->cut), 3);
    finish(w);
}

/* Pending requests, however long, leave room for responses; a field without room is named. */
static void test_room_for_responses(void **state)
{
    struct world *w = *state;
    char text[1100], padding[1001];
    memset(padding, 'a', sizeof padding);
    for (unsigned length = 830; length <= 1000; length += 10) {
        for (unsigned i = 0; i < TL_HTTP_WAITING; i++) {
            snprintf(text, sizeof text, "GET /%.*s HTTP/1.1\r\nHost: a\r\n\r\n", (int)length, padding);
            say(w, 0, text);
        }
        w->answered = w->phrases = 0;
        for (unsigned i = 0; i < TL_HTTP_WAITING; i++)
            say(w, 1, "HTTP/1.1 200 Fine\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nabc");
        assert_int_equal(w->answered, TL_HTTP_WAITING);
        assert_int_equal(w->phrases, TL_HTTP_WAITING);
    }
    say(w, 0, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    w->full = true;
    say(w, 1, "HTTP/1.1 103 Soon\r\n\r\nHTTP/1.1 200 Fine\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nabc");
    assert_int_equal(__builtin_popcountll(w->cut), 3);
    finish(w);
}

/* A lone 1xx belongs to the oldest request only. */
static void test_interim_alone(void **state)
{
    struct world *w = *state;
    say(w, 0, "GET / HTTP/1.1\r\nHost: a\r\n\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
    say(w, 1, "HTTP/1.1 103 Soon\r\n\r\nHTTP/1.1 204 No\r\n\r\n");
    assert_int_equal(w->informed, 1);
    say(w, 1, "HTTP/1.1 100 Go on\r\n\r\n");
    finish(w);
    assert_int_equal(w->records, 2);
    assert_int_equal(w->informed, 2);
    assert_int_equal(w->answered, 1);
}

/* A coding other than chunked ends with the stream, whatever Content-Length says (RFC 9112 section 6.3). */
static void test_coding_without_chunks(void **state)
{
    struct world *w = *state;
    say(w, 0, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    say(w, 1, "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nContent-Length: 2\r\n\r\nabcdef");
    assert_int_equal(w->records, 0);
    assert_int_equal(w->flow.half[1].left, UINT64_MAX);
    finish(w);
    assert_int_equal(w->records, 1);
}

/* A long path is detected with and without its line end. */
static void test_long_path(void **state)
{
    struct world *w = *state;
    char line[700];
    memset(line, 'a', sizeof line);
    memcpy(line, "GET /", 5);
    for (unsigned end = 0; end < 2; end++) {
        struct tl_dissection d = dissection(w);
        line[sizeof line - 1] = end ? '\n' : 'a';
        const uint8_t *p = flush(w, line, sizeof line);
        assert_int_equal(tl_protocol_http.probe(tl_cursor_on(p, sizeof line, sizeof line), &d), TL_PROBE_YES);
    }
}

static void test_mime_types(void **state)
{
    static const struct {
        const char *text;
        const char *type;
    } rows[] = {
        { "GIF89a..", "image/gif" },       { " \n<!DOCTYPE HTML>", "text/html" }, { "{\"a\":1}", "application/json" },
        { "{ not }", "text/plain" },       { "BMW is a word", "text/plain" },     { "BM\x01\x02", "image/x-ms-bmp" },
        { "\x01\x02\x03", NULL },          { "<?xml version", "application/xml" }, { "", NULL },
        { "RIFFabcdWEBP", "image/webp" },  { "RAFFabcdWEBP", "text/plain" },
    };
    struct world *w = *state;
    for (size_t i = 0; i < TL_COUNT(rows); i++) {
        size_t len = strlen(rows[i].text);
        const char *type = tl_mime_type(tl_bytes_of(flush(w, rows[i].text, len), len), true);
        if (rows[i].type == NULL)
            assert_null(type);
        else
            assert_string_equal(type, rows[i].type);
    }
    assert_null(tl_mime_type(tl_bytes_of("text", 4), false)); /* any text may follow */
}

static void test_mime_types_of_der(void **state)
{
    static const char response[] = "\x30\x82\x01\xcb\x0a\x01\x00\xa0\x82\x01\xc4\x30\x82";
    static const char refused[] = "\x30\x03\x0a\x01\x06";
    static const char request[] = "\x30\x49\x30\x47\x30\x45\x30\x43\x30\x41\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05";
    static const char deep[] = "\x30\x49\x30\x47\x30\x45\x30\x43\x30\x41\x30\x42\x06\x05\x2b\x0e\x03\x02\x1a\x05";
    static const char certificate[] = "\x30\x82\x03\x00\x30\x82\x02\x00\xa0\x03\x02\x01\x02";
    static const char first_version[] = "\x30\x82\x03\x00\x30\x82\x02\x00\x02\x01\x07\x30";
    static const char signed_data[] = "\x30\x82\x03\x00\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
#define ROW(text, type) { text, sizeof(text) - 1, type }
    static const struct {
        const char *bytes;
        size_t len;
        const char *type;
    } rows[] = {
        ROW(response, "application/ocsp-response"), ROW(refused, "application/ocsp-response"),
        ROW(request, "application/ocsp-request"),   ROW(deep, NULL), /* longer than what is around it */
        ROW(certificate, "application/pkix-cert"),  ROW(first_version, "application/pkix-cert"),
        ROW(signed_data, NULL),
    };
#undef ROW
    struct world *w = *state;
    for (size_t i = 0; i < TL_COUNT(rows); i++) {
        const char *type = tl_mime_type(tl_bytes_of(flush(w, rows[i].bytes, rows[i].len), rows[i].len), false);
        assert_true((type == NULL) == (rows[i].type == NULL));
        if (type != NULL)
            assert_string_equal(type, rows[i].type);
        for (size_t len = 0; len < rows[i].len; len++) /* no byte after the end is read */
            (void)tl_mime_type(tl_bytes_of(flush(w, rows[i].bytes, len), len), false);
    }
}

static void test_weird_names_no_secret(void **state)
{
    struct world *w = *state;
    say(w, 0, "POST / HTTP/1.1\r\nHost: a\r\nAuthorization : Basic s3cret\r\nTransfer-Encoding: chunked\r\n\r\n");
    say(w, 0, "pass=s3cret\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nCookie:\r\n s3cret\r\nX y\r\n s3cret\r\n\r\n");
    say(w, 0, "Authorization: s3cret\r\n\r\n");
    say(w, 0, "s3cret\r\ns3cret and more\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    say(w, 0, "s3cret\r\nGET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\ns3cret\r\n");
    assert_int_equal(w->weird, BIT(SPACE_BEFORE_COLON) | BIT(FOLDED_HEADER) | BIT(CHUNK_INVALID) | BIT(BAD_START_LINE));
    assert_false(w->leaked);
    finish(w);
}

/* Credentials that are not base64 user:password give no username. */
static void test_username(void **state)
{
    static const struct {
        const char *sent;
        bool named;
    } rows[] = {
        { "Basic dTpzM2NyZXQ=", true }, { "Basic   dTpzM2NyZXQ= ", true }, { "Basic dTpzM2NyZXQ", true },
        { "Basic czNjcmV0", false },    { "Basic s3cret:x", false },      { "Basic u:s3cret", false },
        { "Basic czNjcmV0 Og==", false }, { "Basic ", false },            { "Basic =", false },
    };
    struct world *w = *state;
    for (size_t i = 0; i < TL_COUNT(rows); i++) {
        char text[128];
        w->named = 0;
        snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: %s\r\n\r\n", rows[i].sent);
        say(w, 0, text);
        say(w, 1, "HTTP/1.1 204 No\r\n\r\n");
        assert_int_equal(w->records, i + 1);
        assert_int_equal(w->named, rows[i].named);
        assert_false(w->leaked);
    }
}

static uint32_t secrets_in_tree(struct world *w, const char *lines, bool show)
{
    struct tl_dissection d = dissection(w);
    const uint64_t all = UINT64_MAX;
    struct tl_http_message m = { .start = { .kind = HTTP_REQUEST } };
    uint32_t len = (uint32_t)strlen(lines), found = 0;
    const uint8_t *p = flush(w, lines, len);
    struct tl_tree tree;
    tl_tree_init(&tree);
    tl_tree_reset(&tree, p, len);
    d.c = tl_cursor_on(p, len, len);
    d.wanted = &all;
    d.tree = &tree;
    d.secrets = show;
    tl_http_headers(&d, p, len, &m);
    assert_true(tree.count > 0);
    for (uint32_t i = 0; i < tree.count; i++) {
        const struct tl_node *node = &tree.nodes[i];
        if (tl_protocol_http.fields[node->field].type == TL_TEXT) {
            struct tl_bytes text = tl_node_bytes(&tree, node);
            found += text.len > 0 && memmem(text.data, text.len, "s3cret", 6) != NULL;
        }
    }
    tl_tree_fini(&tree);
    return found;
}

static void test_tree_has_no_secret(void **state)
{
    static const char *const rows[] = {
        "Authorization: Basic s3cret\r\n", "authorization : Basic s3cret\r\n", "Authorization:\r\n Basic s3cret\r\n",
        "Proxy-Authorization: s3cret\r\n", "Cookie: a=s3cret; b=s3cret; s3cret\r\n", "Cookie: s3cret\r\n",
        "Set-Cookie: a=s3cret; x=s3cret\r\n", "X-Authorization: s3cret\r\n", "Authorization Basic s3cret\r\n",
        "Authorization: s3cret x\r\n", "Authorization: s3cret Basic\r\n", "Cookie2: a=s3cret:\r\n", "Authorization\x01: Basic s3cret",
    };
    struct world *w = *state;
    for (size_t i = 0; i < TL_COUNT(rows); i++) {
        assert_int_equal(secrets_in_tree(w, rows[i], false), 0);
        assert_int_equal(secrets_in_tree(w, rows[i], true), 1);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = { TEST(test_start_lines),      TEST(test_framing),  TEST(test_chunk_sizes),
                                        TEST(test_endless_pipeline), TEST(test_not_http), TEST(test_mime_types),
                                        TEST(test_mime_types_of_der),
                                        TEST(test_weird_names_no_secret), TEST(test_tree_has_no_secret),
                                        TEST(test_lines_without_end), TEST(test_what_is_cut_is_named),
                                        TEST(test_coding_without_chunks), TEST(test_long_path), TEST(test_scratch),
                                        TEST(test_room_for_responses), TEST(test_interim_alone), TEST(test_username) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
