/* http.c - Hypertext Transfer Protocol, versions 1.1, 1.0 and 0.9 (RFC 9110, RFC 9112, RFC 1945): fields, detection. */
#include "dissectors/http/http.h"

#include "core/time.h"

enum {
    REQUEST, RESPONSE, REQUEST_METHOD, REQUEST_URI, REQUEST_PATH, REQUEST_QUERY, REQUEST_VERSION, REQUEST_FULL_URI,
    RESPONSE_VERSION, RESPONSE_CODE, RESPONSE_PHRASE, CONTENT_LENGTH, UNKNOWN_HEADER,
    ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, AUTHORIZATION, CACHE_CONTROL, CONNECTION, CONTENT_ENCODING,
    CONTENT_LENGTH_HEADER, CONTENT_TYPE, COOKIE, DATE, HOST, HTTP2_SETTINGS, LAST_MODIFIED, LOCATION,
    PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, REFERER, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS,
    SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, SERVER, SET_COOKIE, TRANSFER_ENCODING, UPGRADE,
    USER_AGENT, WWW_AUTHENTICATE, X_FORWARDED_FOR, REQUEST_IN, TIME, RESPONSE_FOR_URI,
};

#define HEADER(key, label) { key, label, .type = TL_TEXT, .flags = TL_REPEATS }
#define URI(key, label) { key, label, .type = TL_TEXT, .flags = TL_REPEATS, .secret = TL_SECRET_URI }
#define SECRET(key, label, kind, what) \
    { key, label, .type = TL_TEXT, .flags = TL_REPEATS, .help = what ", unless secrets are to be shown", .secret = kind }

static const struct tl_field fields[] = {
    [REQUEST] = { "http.request", "Request", .type = TL_BOOL, .flags = TL_DERIVED },
    [RESPONSE] = { "http.response", "Response", .type = TL_BOOL, .flags = TL_DERIVED },
    [REQUEST_METHOD] = { "http.request.method", "Request method", .type = TL_TEXT },
    [REQUEST_URI] = { "http.request.uri", "Request URI", .type = TL_TEXT, .secret = TL_SECRET_URI },
    [REQUEST_PATH] = { "http.request.uri.path", "Request URI path", .type = TL_TEXT, .secret = TL_SECRET_URI },
    [REQUEST_QUERY] = { "http.request.uri.query", "Request URI query", .type = TL_TEXT },
    [REQUEST_VERSION] = { "http.request.version", "Request version", .type = TL_TEXT },
    [REQUEST_FULL_URI] = { "http.request.full_uri", "Full request URI", .type = TL_TEXT, .flags = TL_DERIVED,
                           .secret = TL_SECRET_URI },
    [RESPONSE_VERSION] = { "http.response.version", "Response version", .type = TL_TEXT },
    [RESPONSE_CODE] = { "http.response.code", "Status code", .type = TL_U16 },
    [RESPONSE_PHRASE] = { "http.response.phrase", "Response phrase", .type = TL_TEXT },
    [CONTENT_LENGTH] = { "http.content_length", "Content length", .type = TL_U64, .flags = TL_DERIVED },
    [UNKNOWN_HEADER] = { "http.unknown_header", "Header", .type = TL_TEXT, .flags = TL_REPEATS, .secret = TL_SECRET_HEADER },
    [ACCEPT] = HEADER("http.accept", "Accept"),
    [ACCEPT_ENCODING] = HEADER("http.accept_encoding", "Accept-Encoding"),
    [ACCEPT_LANGUAGE] = HEADER("http.accept_language", "Accept-Language"),
    [AUTHORIZATION] = SECRET("http.authorization", "Authorization", TL_SECRET_SCHEME, "Only the scheme"),
    [CACHE_CONTROL] = HEADER("http.cache_control", "Cache-Control"),
    [CONNECTION] = HEADER("http.connection", "Connection"),
    [CONTENT_ENCODING] = HEADER("http.content_encoding", "Content-Encoding"),
    [CONTENT_LENGTH_HEADER] = HEADER("http.content_length_header", "Content-Length"),
    [CONTENT_TYPE] = HEADER("http.content_type", "Content-Type"),
    [COOKIE] = SECRET("http.cookie", "Cookie", TL_SECRET_COOKIES, "Only the names"),
    [DATE] = HEADER("http.date", "Date"),
    [HOST] = { "http.host", "Host", .type = TL_TEXT, .flags = TL_REPEATS, .secret = TL_SECRET_AUTHORITY },
    [HTTP2_SETTINGS] = HEADER("http.http2_settings", "HTTP2-Settings"),
    [LAST_MODIFIED] = HEADER("http.last_modified", "Last-Modified"),
    [LOCATION] = URI("http.location", "Location"),
    [PROXY_AUTHENTICATE] = HEADER("http.proxy_authenticate", "Proxy-Authenticate"),
    [PROXY_AUTHORIZATION] = SECRET("http.proxy_authorization", "Proxy-Authorization", TL_SECRET_SCHEME, "Only the scheme"),
    [REFERER] = URI("http.referer", "Referer"),
    [SEC_WEBSOCKET_ACCEPT] = HEADER("http.sec_websocket_accept", "Sec-WebSocket-Accept"),
    [SEC_WEBSOCKET_EXTENSIONS] = HEADER("http.sec_websocket_extensions", "Sec-WebSocket-Extensions"),
    [SEC_WEBSOCKET_KEY] = HEADER("http.sec_websocket_key", "Sec-WebSocket-Key"),
    [SEC_WEBSOCKET_PROTOCOL] = SECRET("http.sec_websocket_protocol", "Sec-WebSocket-Protocol", TL_SECRET_PROTOCOLS,
                                      "Bearer tokens without the token"),
    [SEC_WEBSOCKET_VERSION] = HEADER("http.sec_websocket_version", "Sec-WebSocket-Version"),
    [SERVER] = HEADER("http.server", "Server"),
    [SET_COOKIE] = SECRET("http.set_cookie", "Set-Cookie", TL_SECRET_COOKIE, "Only the name"),
    [TRANSFER_ENCODING] = HEADER("http.transfer_encoding", "Transfer-Encoding"),
    [UPGRADE] = HEADER("http.upgrade", "Upgrade"),
    [USER_AGENT] = HEADER("http.user_agent", "User-Agent"),
    [WWW_AUTHENTICATE] = HEADER("http.www_authenticate", "WWW-Authenticate"),
    [X_FORWARDED_FOR] = HEADER("http.x_forwarded_for", "X-Forwarded-For"),
    [REQUEST_IN] = { "http.request_in", "Request in packet", .type = TL_U32, .flags = TL_DERIVED | TL_OF_FLOW,
                     .help = "The packet with the head of the request" },
    [TIME] = { "http.time", "Time since the request", .type = TL_INTERVAL, .flags = TL_DERIVED | TL_OF_FLOW,
               .help = "From the end of the request to the end of the head of the response" },
    [RESPONSE_FOR_URI] = { "http.response_for.uri", "URI of the request", .type = TL_TEXT,
                           .flags = TL_DERIVED | TL_OF_FLOW, .secret = TL_SECRET_URI },
};

/* --- the detail tree --- */

static void note(struct tl_dissection *d, unsigned field, struct tl_bytes text)
{
    if (text.data != NULL)
        tl_add(d, field, (uint32_t)(text.data - d->c.base), text.len, 0);
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/* Returns the field whose label equals the header name, ignoring case. */
static unsigned field_of(struct tl_bytes name)
{
    for (unsigned i = ACCEPT; i < TL_COUNT(fields); i++) {
        const char *label = fields[i].label;
        uint32_t n = 0;
        while (n < name.len && label[n] != 0 && lower(name.data[n]) == lower((uint8_t)label[n]))
            n++;
        if (n == name.len && label[n] == 0)
            return i;
    }
    return UNKNOWN_HEADER;
}

struct tl_bytes tl_http_shown_value(const struct tl_dissection *d, struct tl_bytes name, struct tl_bytes value)
{
    const unsigned field = field_of(name);
    if (fields[field].secret != TL_SECRET_HEADER)
        return tl_shown_text(d, fields[field].secret, value);
    uint8_t *line = tl_arena_alloc(d->scratch, (size_t)name.len + 1 + value.len);
    if (line == NULL)
        return tl_bytes_of(value.data, 0);
    memcpy(line, name.data, name.len);
    line[name.len] = ':';
    if (value.len > 0)
        memcpy(line + name.len + 1, value.data, value.len);
    struct tl_bytes all = tl_bytes_of(line, (size_t)name.len + 1 + value.len);
    struct tl_bytes shown = tl_shown_text(d, TL_SECRET_HEADER, all);
    if (shown.len == all.len)
        return value;
    /* Either no more than the name is left, or the value without passwords. */
    return shown.len > name.len ? tl_bytes_of(shown.data + name.len + 1, shown.len - name.len - 1)
                                : tl_bytes_of(value.data, 0);
}

void tl_http_note_line(struct tl_dissection *d, const struct tl_http_line *line)
{
    unsigned field = line->name.len > 0 ? field_of(line->name) : UNKNOWN_HEADER;
    struct tl_bytes text = field == UNKNOWN_HEADER ? line->whole : line->value;
    if (TL_LIKELY(!line->folded)) {
        note(d, field, text);
        return;
    }
    const size_t used = d->scratch->used;
    uint8_t *plain = tl_wants(d, field) ? tl_arena_alloc(d->scratch, text.len) : NULL;
    if (plain != NULL)
        tl_add_text(d, field, (uint32_t)(text.data - d->c.base), text.len, plain, tl_http_unfold(plain, text));
    d->scratch->used = used; /* the tree keeps its own copy */
}

static void note_full_uri(struct tl_dissection *d, unsigned field, struct tl_bytes host, struct tl_bytes target,
                          enum tl_secret secret)
{
    if (target.len == 0 || !tl_wants(d, field))
        return;
    if (*target.data != '/' && *target.data != '*') {
        target = tl_shown_text(d, secret, target);
        tl_add_text(d, field, 0, 0, target.data, target.len);
        return;
    }
    const size_t used = d->scratch->used;
    char *text = host.len > 0 ? tl_arena_alloc(d->scratch, 7 + (size_t)host.len + target.len) : NULL;
    if (text == NULL)
        return;
    memcpy(text, "http://", 7);
    memcpy(text + 7, host.data, host.len);
    memcpy(text + 7 + host.len, target.data, target.len);
    tl_add_text(d, field, 0, 0, text, 7 + host.len + target.len);
    d->scratch->used = used; /* the tree keeps its own copy */
}

static void note_request(struct tl_dissection *d, const struct tl_http_start *start, const uint8_t *p)
{
    struct tl_bytes target = start->target;
    tl_add(d, REQUEST, 0, 0, 1);
    tl_add(d, REQUEST_METHOD, (uint32_t)(p - d->c.base), start->method.len, 0);
    if (target.len > 0) {
        const enum tl_secret secret = tl_http_target_secret(start);
        const uint8_t *question = secret == TL_SECRET_URI ? memchr(target.data, '?', target.len) : NULL;
        tl_add_secret(d, REQUEST_URI, (uint32_t)(target.data - d->c.base), target.len, secret);
        if (question != NULL) {
            uint32_t path = (uint32_t)(question - target.data);
            note(d, REQUEST_PATH, tl_bytes_of(target.data, path));
            note(d, REQUEST_QUERY, tl_bytes_of(question + 1, target.len - path - 1));
        }
    }
    if (start->version.len > 0)
        note(d, REQUEST_VERSION, tl_bytes_of(start->version.data - 5, start->version.len + 5));
}

static void note_response(struct tl_dissection *d, const struct tl_http_start *start)
{
    tl_add(d, RESPONSE, 0, 0, 1);
    const uint32_t name = start->icy ? 0 : 5; /* bytes of "HTTP/" */
    note(d, RESPONSE_VERSION, tl_bytes_of(start->version.data - name, start->version.len + name));
    if (start->code.len > 0)
        tl_add(d, RESPONSE_CODE, (uint32_t)(start->code.data - d->c.base), start->code.len, start->status);
    if (start->phrase.len > 0)
        note(d, RESPONSE_PHRASE, start->phrase);
}

void tl_http_note_start(struct tl_dissection *d, const struct tl_http_message *m, const uint8_t *p)
{
    if (m->start.kind == HTTP_RESPONSE)
        note_response(d, &m->start);
    else
        note_request(d, &m->start, p);
}

void tl_http_note_end(struct tl_dissection *d, const struct tl_http_message *m)
{
    if (m->framing.has_length)
        tl_add(d, CONTENT_LENGTH, 0, 0, m->framing.length);
    if (m->start.kind != HTTP_RESPONSE)
        note_full_uri(d, REQUEST_FULL_URI, m->text[HTTP_HOST], m->start.target,
                      tl_http_target_secret(&m->start));
}

void tl_http_note_pair(struct tl_dissection *d, uint32_t request, int64_t last)
{
    struct tl_http_texts texts;
    if (request == 0)
        return;
    const struct tl_http_kept *k = tl_transaction_extra(d, request);
    const int64_t time = tl_time_between(last, d->frame->ts);
    tl_add(d, REQUEST_IN, 0, 0, k->packet);
    if (time != INT64_MAX && time != INT64_MIN)
        tl_add(d, TIME, 0, 0, (uint64_t)time);
    if (!tl_wants(d, RESPONSE_FOR_URI))
        return;
    tl_http_kept_texts(d, request, &texts);
    note_full_uri(d, RESPONSE_FOR_URI, texts.host, texts.uri, TL_SECRET_URI);
}

/* --- detection --- */

enum { PATH_SURE = 512 }; /* bytes of an unended path after a method */

static const uint16_t ports[] = { 80, 81, 591, 631, 2869, 3128, 3132, 5985, 8000, 8008, 8080, 8088, 8888, 11371, 1900, 2710 };

static bool is_port(uint16_t port)
{
    for (size_t i = 0; i < TL_COUNT(ports); i++) {
        if (ports[i] == port)
            return true;
    }
    return false;
}

/* The line may be complete or not. */
static bool is_long_path(const uint8_t *p, uint32_t len)
{
    uint32_t at = 0;
    while (at < len && at <= TL_HTTP_METHOD && tl_http_is_token(p[at]))
        at++;
    return at < len && len - at > PATH_SURE && p[at] == ' ' && p[at + 1] == '/' &&
           tl_http_is_known_method(tl_bytes_of(p, at));
}

/* A complete line. more: a header line follows. */
static enum tl_probe probe_line(const uint8_t *p, uint32_t len, bool more, const struct tl_dissection *d)
{
    struct tl_http_start start = tl_http_start_line(p, len);
    bool home = is_port(d->flow.orig_port) || is_port(d->flow.resp_port);
    switch (start.kind) {
    case HTTP_REQUEST:
        return tl_http_is_preface(&start) ? TL_PROBE_NO : TL_PROBE_YES;
    case HTTP_RESPONSE: /* a SHOUTcast server also answers what is not HTTP: the request decides */
        return start.odd || start.icy ? TL_PROBE_NO : TL_PROBE_YES;
    case HTTP_SIMPLE:
        return home || more ? TL_PROBE_YES : TL_PROBE_MAYBE;
    default:
        return TL_PROBE_NO;
    }
}

/* The beginning of a line. */
static enum tl_probe probe_part(const uint8_t *p, uint32_t len)
{
    uint32_t at = 0;
    if (len >= 13 && memcmp(p, "HTTP/", 5) == 0 && p[12] == ' ')
        return tl_http_start_line(p, len).odd ? TL_PROBE_NO : TL_PROBE_YES;
    if (memcmp(p, "HTTP/", len < 5 ? len : 5) == 0)
        return TL_PROBE_MAYBE;
    while (at < len && at <= TL_HTTP_METHOD && tl_http_is_token(p[at]))
        at++;
    if (at == len)
        return TL_PROBE_MAYBE;
    if (at == 0 || at > TL_HTTP_METHOD || p[at] != ' ' || (at + 1 < len && p[at + 1] < ' '))
        return TL_PROBE_NO;
    return TL_PROBE_MAYBE;
}

static enum tl_probe http_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t len = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, len);
    while (len > 0 && (*p == '\r' || *p == '\n')) { /* some clients send an empty line after a body (RFC 9112 2.2) */
        p++;
        len--;
    }
    if (len == 0)
        return TL_PROBE_MAYBE;
    if (!tl_http_is_token(*p))
        return TL_PROBE_NO;
    const uint8_t *lf = memchr(p, '\n', len);
    if (is_long_path(p, lf != NULL ? (uint32_t)(lf - p) : len))
        return TL_PROBE_YES;
    if (lf == NULL)
        return probe_part(p, len);
    bool more = tl_http_is_header(lf + 1, p + len);
    len = (uint32_t)(lf - p);
    return probe_line(p, len > 0 && p[len - 1] == '\r' ? len - 1 : len, more, d);
}

/* These names never change; docs/PROTOCOLS.md lists them. */
static const struct tl_weird_name weirds[] = {
    [HTTP_WEIRD_BAD_START_LINE] = { "http_bad_start_line",
        "A line where a message should begin is neither a request nor a status line; the next one is looked for" },
    [HTTP_WEIRD_UNMATCHED_RESPONSE] = { "http_unmatched_response", "A response to a request that was not seen" },
    [HTTP_WEIRD_PIPELINE_TOO_LONG] = { "http_pipeline_too_long",
        "More requests wait for their responses than are kept; the oldest were written without theirs" },
    [HTTP_WEIRD_VERSION_UNKNOWN] = { "http_version_unknown", "A version other than 0.9, 1.0 and 1.1; read as 1.1" },
    [HTTP_WEIRD_HEAD_TOO_LONG] = { "http_head_too_long",
        "A head is longer than what is kept of one; only its framing is read to its end" },
    [HTTP_WEIRD_BARE_LF] = { "http_bare_lf", "A line ends in LF alone" },
    [HTTP_WEIRD_FOLDED_HEADER] = { "http_folded_header", "A header goes on in the next line" },
    [HTTP_WEIRD_SPACE_BEFORE_COLON] = { "http_space_before_colon",
        "Space between a header's name and its colon; read as if there were none" },
    [HTTP_WEIRD_NUL_IN_HEAD] = { "http_nul_in_head", "A NUL byte in a head" },
    [HTTP_WEIRD_HOST_REPEATED] = { "http_host_repeated", "More than one Host header; the first counts" },
    [HTTP_WEIRD_HOST_MISSING] = { "http_host_missing", "A request of HTTP/1.1 without a Host header" },
    [HTTP_WEIRD_LENGTH_INVALID] = { "http_length_invalid", "A Content-Length that is no number; it does not count" },
    [HTTP_WEIRD_LENGTH_REPEATED] = { "http_length_repeated", "Content-Length more than once, with the same value" },
    [HTTP_WEIRD_LENGTHS_DIFFER] = { "http_lengths_differ",
        "Content-Length more than once, with different values; the first counts" },
    [HTTP_WEIRD_LENGTH_AND_CODING] = { "http_length_and_coding",
        "Content-Length beside Transfer-Encoding, which counts" },
    [HTTP_WEIRD_CODING_ODD] = { "http_coding_odd",
        "A Transfer-Encoding that is unknown, repeated, out of order or oddly spaced; chunked counts wherever it stands" },
    [HTTP_WEIRD_CHUNK_INVALID] = { "http_chunk_invalid",
        "A chunk without a size, or that does not end where it says; the next message is looked for" },
};

const struct tl_protocol tl_protocol_http = {
    .name = "http",
    .title = "Hypertext Transfer Protocol",
    .service = "http",
    .aliases = { "alpn:http/1.1", "alpn:http/1.0" },
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    TL_TABLE(fields), TL_WEIRDS(weirds),
    .records = { &tl_http_record_def, &tl_login_record_def },
    .flow_size = sizeof(struct tl_http_flow),
    .on = { { TL_ON_TCP_PORT, 80 }, { TL_ON_TCP_PORT, 81 }, { TL_ON_TCP_PORT, 591 }, { TL_ON_TCP_PORT, 631 },
            { TL_ON_TCP_PORT, 2869 }, { TL_ON_TCP_PORT, 3128 }, { TL_ON_TCP_PORT, 3132 }, { TL_ON_TCP_PORT, 5985 },
            { TL_ON_TCP_PORT, 8000 }, { TL_ON_TCP_PORT, 8008 }, { TL_ON_TCP_PORT, 8080 }, { TL_ON_TCP_PORT, 8088 },
            { TL_ON_TCP_PORT, 8888 }, { TL_ON_TCP_PORT, 11371 }, { TL_ON_TCP_PORT, 1900 }, { TL_ON_TCP_PORT, 2710 } },
    .info = "[{request.method} {request.uri}][ {request.version}][{response.version} {response.code}]"
            "[ {response.phrase}]",
    TL_BEGINS("\n\n\r\r!~"), .probe = http_probe,
    .stream = tl_http_stream,
    .finish = tl_http_finish,
};
