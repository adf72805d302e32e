/*
 * http.c - requests to one server, over libcurl.
 *
 * The library is loaded when the first URL needs it: it and the thirty libraries that it uses would cost each run of
 * the program milliseconds.
 */
#ifdef TAPLIGHT_CURL

#include "sinks/http.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <strings.h>
#include <zlib.h>
#include <zstd.h>

#include "core/loaded.h"

enum { CONNECT_S = 10, SILENCE_S = 60, REQUEST_S = 600, LEVEL = 1 };
#define ANSWER_MOST ((size_t)64 << 20)

static struct {
    __typeof__(curl_global_init) *global_init;
    __typeof__(curl_easy_init) *init;
    __typeof__(curl_easy_cleanup) *cleanup;
    __typeof__(curl_easy_setopt) *set;
    __typeof__(curl_easy_perform) *perform;
    __typeof__(curl_easy_getinfo) *info;
    __typeof__(curl_easy_strerror) *error;
    __typeof__(curl_slist_append) *append;
    __typeof__(curl_slist_free_all) *free_list;
} curl;

static const struct tl_loaded_name names[] = {
    { "curl_global_init", (void **)&curl.global_init },   { "curl_easy_init", (void **)&curl.init },
    { "curl_easy_cleanup", (void **)&curl.cleanup },      { "curl_easy_setopt", (void **)&curl.set },
    { "curl_easy_perform", (void **)&curl.perform },      { "curl_easy_getinfo", (void **)&curl.info },
    { "curl_easy_strerror", (void **)&curl.error },       { "curl_slist_append", (void **)&curl.append },
    { "curl_slist_free_all", (void **)&curl.free_list },
};

struct tl_http {
    CURL *easy;
    struct curl_slist *headers; /* without that of the packing */
    char base[300];
    char error[CURL_ERROR_SIZE];
    const atomic_bool *stop;
    struct tl_buffer packed, url;
    ZSTD_CCtx *zstd;
};

static size_t take(char *data, size_t size, size_t count, void *context)
{
    struct tl_buffer *body = context;
    (void)size;
    if (body->len + count > ANSWER_MOST)
        return 0;
    tl_put(body, data, count);
    return body->failed ? 0 : count;
}

static int on_progress(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const struct tl_http *http = context;
    (void)a, (void)b, (void)c, (void)d;
    return atomic_load(http->stop);
}

bool tl_http_header(struct tl_http *http, const char *name, const char *value)
{
    char line[1400];
    if ((size_t)snprintf(line, sizeof line, "%s: %s", name, value) >= sizeof line)
        return false;
    struct curl_slist *longer = curl.append(http->headers, line);
    explicit_bzero(line, sizeof line);
    if (longer != NULL)
        http->headers = longer;
    return longer != NULL;
}

bool tl_http_log_in(struct tl_http *http, const struct tl_credentials *credentials, const char *kind)
{
    char value[1100];
    if (credentials->token[0] != '\0') {
        snprintf(value, sizeof value, "%s %s", kind, credentials->token);
        bool good = tl_http_header(http, "Authorization", value);
        explicit_bzero(value, sizeof value);
        return good;
    }
    if (credentials->user[0] == '\0')
        return true;
    return curl.set(http->easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC) == CURLE_OK &&
           curl.set(http->easy, CURLOPT_USERNAME, credentials->user) == CURLE_OK &&
           curl.set(http->easy, CURLOPT_PASSWORD, credentials->password) == CURLE_OK;
}

static void set_up(struct tl_http *http, const struct tl_target_options *options, const struct tl_scheme *scheme)
{
    const char *ca = tl_url_query(options->url, "ca"), *verify = tl_url_query(options->url, "verify");
    bool unverified = verify != NULL && strcmp(verify, "no") == 0;
    curl.set(http->easy, CURLOPT_NOSIGNAL, 1L);
    curl.set(http->easy, CURLOPT_PROTOCOLS_STR, scheme->tls ? "https" : "http");
    curl.set(http->easy, CURLOPT_FOLLOWLOCATION, 0L); /* a redirect would take the credentials along */
    curl.set(http->easy, CURLOPT_PROXY, ""); /* those of the environment are for what users fetch, not for records */
    curl.set(http->easy, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
    curl.set(http->easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl.set(http->easy, CURLOPT_LOW_SPEED_TIME, (long)SILENCE_S);
    curl.set(http->easy, CURLOPT_TIMEOUT, (long)REQUEST_S);
    curl.set(http->easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl.set(http->easy, CURLOPT_ERRORBUFFER, http->error);
    curl.set(http->easy, CURLOPT_WRITEFUNCTION, take);
    curl.set(http->easy, CURLOPT_NOPROGRESS, 0L);
    curl.set(http->easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl.set(http->easy, CURLOPT_XFERINFODATA, http);
    curl.set(http->easy, CURLOPT_USERAGENT, "taplight/" TAPLIGHT_VERSION);
    curl.set(http->easy, CURLOPT_UPLOAD_BUFFERSIZE, 512L << 10);
    curl.set(http->easy, CURLOPT_SSL_VERIFYPEER, unverified ? 0L : 1L);
    curl.set(http->easy, CURLOPT_SSL_VERIFYHOST, unverified ? 0L : 2L);
    if (ca != NULL)
        curl.set(http->easy, CURLOPT_CAINFO, ca);
}

struct tl_http *tl_http_open(const struct tl_target_options *options, const struct tl_scheme *scheme, const char *type,
                             struct tl_error *error)
{
    static const char *const files[] = { "libcurl.so.4", "libcurl-gnutls.so.4", NULL };
    if (!tl_load(files, names, TL_COUNT(names))) {
        tl_error_set(error, TL_E_RUNTIME, "--to: %s:// needs libcurl: install libcurl4", scheme->name);
        return NULL;
    }
    struct tl_http *http = calloc(1, sizeof *http);
    const struct tl_url *url = options->url;
    bool colons = strchr(url->host, ':') != NULL;
    if (http == NULL || curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || (http->easy = curl.init()) == NULL ||
        !tl_http_header(http, "Content-Type", type) || !tl_http_header(http, "Expect", "")) {
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
        tl_http_close(http);
        return NULL;
    }
    http->stop = options->stop;
    snprintf(http->base, sizeof http->base, "%s://%s%s%s:%u", scheme->tls ? "https" : "http", colons ? "[" : "",
             url->host, colons ? "]" : "", url->port != 0 ? url->port : scheme->port);
    set_up(http, options, scheme);
    return http;
}

void tl_http_close(struct tl_http *http)
{
    if (http == NULL)
        return;
    if (http->easy != NULL)
        curl.cleanup(http->easy);
    if (http->headers != NULL)
        curl.free_list(http->headers);
    ZSTD_freeCCtx(http->zstd);
    tl_buffer_fini(&http->packed);
    tl_buffer_fini(&http->url);
    free(http);
}

static bool pack_gzip(struct tl_buffer *out, const struct tl_buffer *body)
{
    z_stream z = { .next_in = body->data, .avail_in = (uInt)body->len };
    if (deflateInit2(&z, LEVEL, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    uint8_t *p = tl_buffer_room(out, deflateBound(&z, body->len));
    z.next_out = p;
    z.avail_out = p != NULL ? (uInt)(out->capacity - out->len) : 0;
    bool good = p != NULL && deflate(&z, Z_FINISH) == Z_STREAM_END;
    out->len += good ? z.total_out : 0;
    deflateEnd(&z);
    return good;
}

static bool pack_zstd(struct tl_http *http, const struct tl_buffer *body)
{
    size_t most = ZSTD_compressBound(body->len);
    uint8_t *p = tl_buffer_room(&http->packed, most);
    if (http->zstd == NULL)
        http->zstd = ZSTD_createCCtx();
    size_t n = 0;
    if (p != NULL && http->zstd != NULL)
        n = ZSTD_compressCCtx(http->zstd, p, most, body->data, body->len, LEVEL);
    if (n == 0 || ZSTD_isError(n))
        return false;
    http->packed.len += n;
    return true;
}

bool tl_http_post(struct tl_http *http, const char *path, const struct tl_buffer *body, enum tl_packing packing,
                  struct tl_http_answer *answer, char why[TL_REASON])
{
    answer->body.len = 0;
    answer->status = 0;
    http->packed.len = 0;
    const struct tl_buffer *sent = body;
    struct curl_slist encoding = { .data = packing == TL_PACKING_ZSTD ? (char[]){ "Content-Encoding: zstd" }
                                                                      : (char[]){ "Content-Encoding: gzip" },
                                   .next = http->headers };
    bool packed = packing == TL_PACKING_GZIP ? pack_gzip(&http->packed, body)
                  : packing == TL_PACKING_ZSTD ? pack_zstd(http, body)
                                               : false;
    if (packed)
        sent = &http->packed;
    http->url.len = 0;
    http->url.failed = false;
    tl_puts(&http->url, http->base);
    tl_puts(&http->url, path);
    tl_put_char(&http->url, '\0');
    if (http->url.failed) {
        snprintf(why, TL_REASON, "out of memory");
        return false;
    }
    http->packed.failed = false;
    http->error[0] = '\0';
    curl.set(http->easy, CURLOPT_URL, (const char *)http->url.data);
    curl.set(http->easy, CURLOPT_HTTPHEADER, packed ? &encoding : http->headers);
    curl.set(http->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)sent->len);
    curl.set(http->easy, CURLOPT_POSTFIELDS, sent->len > 0 ? (const char *)sent->data : "");
    curl.set(http->easy, CURLOPT_WRITEDATA, &answer->body);
    CURLcode code = curl.perform(http->easy);
    if (code != CURLE_OK) {
        snprintf(why, TL_REASON, "%.200s%s", http->error[0] != '\0' ? http->error : curl.error(code),
                 code == CURLE_PEER_FAILED_VERIFICATION ? ": give the name in its certificate, and its authority as ca=FILE"
                                                        : "");
        return false;
    }
    curl.info(http->easy, CURLINFO_RESPONSE_CODE, &answer->status);
    return true;
}

void tl_http_escape(struct tl_buffer *out, const char *text)
{
    for (; *text != '\0'; text++) {
        bool plain = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
                     (*text >= '0' && *text <= '9') || strchr("-._~", *text) != NULL;
        if (plain)
            tl_put_char(out, *text);
        else
            tl_put_format(out, "%%%02X", (unsigned char)*text);
    }
}

void tl_http_reason(const struct tl_http_answer *answer, char why[TL_REASON])
{
    int n = snprintf(why, TL_REASON, "status %ld", answer->status);
    size_t at = (size_t)n;
    if (answer->body.len > 0)
        at += (size_t)snprintf(why + at, TL_REASON - at, ": ");
    for (size_t i = 0; i < answer->body.len && at < TL_REASON - 1 && i < 240; i++) {
        uint8_t c = answer->body.data[i];
        if (c == '\n' || c == '\r')
            break;
        why[at++] = c < 0x20 || c >= 0x7f ? '?' : (char)c;
    }
    why[at] = '\0';
}

#endif
