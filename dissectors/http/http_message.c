/* http_message.c - the head of an HTTP message: start line, header lines, body framing (RFC 9112). */
#include "core/inflate.h"
#include "dissectors/http/http.h"

static const uint8_t token_bits[16] = {
    0x00, 0x00, 0x00, 0x00, /* controls */
    0xfa, 0x6c, 0xff, 0x03, /* ! # $ % & ' * + - . 0-9 */
    0xfe, 0xff, 0xff, 0xc7, /* A-Z ^ _ */
    0xff, 0xff, 0xff, 0x57, /* ` a-z | ~ */
};

bool tl_http_is_token(uint8_t c)
{
    return c < 0x80 && (token_bits[c >> 3] >> (c & 7) & 1) != 0;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/* `word` is in lower case. */
bool tl_http_same(struct tl_bytes text, const char *word)
{
    uint32_t i = 0;
    while (i < text.len && word[i] != 0 && lower(text.data[i]) == (uint8_t)word[i])
        i++;
    return i == text.len && word[i] == 0;
}

struct tl_bytes tl_http_trim(const uint8_t *p, const uint8_t *end)
{
    while (p < end && is_space(*p))
        p++;
    while (end > p && is_space(end[-1]))
        end--;
    return tl_bytes_of(p, (size_t)(end - p));
}

/* Whitespace of any kind: some servers strip it and others do not. */
static bool is_wide_space(uint8_t c)
{
    return c == ' ' || (c >= 0x09 && c <= 0x0d);
}

struct tl_bytes tl_http_trim_wide(const uint8_t *p, const uint8_t *end)
{
    while (p < end && is_wide_space(*p))
        p++;
    while (end > p && is_wide_space(end[-1]))
        end--;
    return tl_bytes_of(p, (size_t)(end - p));
}

bool tl_http_is_known_method(struct tl_bytes method)
{
    static const char known[][12] = { "GET",      "POST",  "HEAD",  "PUT",   "DELETE",   "OPTIONS", "CONNECT", "TRACE",
                                      "PATCH",    "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK",
                                      "REPORT",   "SEARCH", "SUBSCRIBE", "NOTIFY", "M-SEARCH", "PURGE", "LINK", "UNLINK" };
    for (size_t i = 0; i < TL_COUNT(known); i++) {
        if (strlen(known[i]) == method.len && memcmp(known[i], method.data, method.len) == 0)
            return true;
    }
    return false;
}

/* --- the start line --- */

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* HTTP/0.9, 1.0 and 1.1: the versions that this dissector supports. */
bool tl_http_is_version(struct tl_bytes v)
{
    return v.len == 3 && v.data[1] == '.' &&
           ((v.data[0] == '1' && (v.data[2] == '0' || v.data[2] == '1')) || (v.data[0] == '0' && v.data[2] == '9'));
}

/*
 * Reads a status line such as "HTTP/1.1 200 OK". The reason may be missing. Reads a malformed status line as far as
 * possible.
 */
static void status_line(const uint8_t *p, uint32_t len, struct tl_http_start *start)
{
    uint32_t at = 5, code;
    while (at < len && p[at] > ' ')
        at++;
    start->version = tl_bytes_of(p + 5, at - 5);
    start->odd = at == 5 || !is_digit(p[5]) || at == len || !is_space(p[at]);
    while (at < len && is_space(p[at]))
        at++;
    code = at;
    for (; at < len && at - code < 3 && is_digit(p[at]); at++)
        start->status = (uint16_t)(start->status * 10 + (p[at] - '0'));
    start->code = tl_bytes_of(p + code, at - code);
    start->phrase = tl_http_trim(p + at, p + len);
    start->odd |= at - code != 3 || (at < len && !is_space(p[at]));
    start->kind = HTTP_RESPONSE;
}

/* SHOUTcast servers send "ICY 200 OK" in place of "HTTP/1.0 200 OK", with header lines and a body as in HTTP. */
static bool icy_line(const uint8_t *p, uint32_t len, struct tl_http_start *start)
{
    if (len < 7 || memcmp(p, "ICY ", 4) != 0 || !is_digit(p[4]) || !is_digit(p[5]) || !is_digit(p[6]) ||
        (len > 7 && p[7] != ' '))
        return false;
    start->kind = HTTP_RESPONSE;
    start->version = tl_bytes_of(p, 3);
    start->code = tl_bytes_of(p + 4, 3);
    start->status = (uint16_t)((p[4] - '0') * 100 + (p[5] - '0') * 10 + (p[6] - '0'));
    start->phrase = tl_http_trim(p + 7, p + len);
    start->icy = true;
    return true;
}

/* Removes the last word of the line if it names a version. */
static bool take_version(const uint8_t *p, uint32_t *len, struct tl_http_start *start)
{
    uint32_t end = *len, at = end;
    while (at > 0 && end - at < 12 && !is_space(p[at - 1]))
        at--;
    if (at == 0 || !is_space(p[at - 1]) || end - at < 5 || memcmp(p + at, "HTTP/", 5) != 0)
        return false;
    start->version = tl_bytes_of(p + at + 5, end - at - 5);
    *len = at;
    return true;
}

/* HTTP/0.9 has only a method and a path; no other line has this form. */
static bool is_simple(const struct tl_http_start *start)
{
    struct tl_bytes t = start->target;
    if (t.len == 0 || !tl_http_is_known_method(start->method))
        return false;
    if (*t.data != '/' && (t.len < 7 || memcmp(t.data, "http://", 7) != 0))
        return false;
    return memchr(t.data, ' ', t.len) == NULL && memchr(t.data, '\t', t.len) == NULL;
}

struct tl_http_start tl_http_start_line(const uint8_t *p, uint32_t len)
{
    struct tl_http_start start = { .kind = HTTP_NO_START };
    uint32_t at = 0;
    if (len >= 5 && memcmp(p, "HTTP/", 5) == 0) {
        status_line(p, len, &start);
        return start;
    }
    if (icy_line(p, len, &start))
        return start;
    while (at < len && at <= TL_HTTP_METHOD && tl_http_is_token(p[at]))
        at++;
    if (at == 0 || at >= len || at > TL_HTTP_METHOD || !is_space(p[at]))
        return start;
    start.method = tl_bytes_of(p, at);
    while (len > at && is_space(p[len - 1]))
        len--;
    bool version = take_version(p, &len, &start);
    if (len > at)
        start.target = tl_http_trim(p + at, p + len);
    if (version)
        start.kind = HTTP_REQUEST;
    else if (is_simple(&start))
        start.kind = HTTP_SIMPLE;
    return start;
}

bool tl_http_is_preface(const struct tl_http_start *start)
{
    return start->method.len == 3 && memcmp(start->method.data, "PRI", 3) == 0 && start->version.len > 0 &&
           *start->version.data == '2';
}

/* --- header lines --- */

enum header {
    OTHER, CONTENT_DISPOSITION, HOST, REFERER, USER_AGENT, ORIGIN, AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE, CONTENT_TYPE, CONTENT_LENGTH,
    CONTENT_ENCODING, CONTENT_RANGE, EXPECT, TRANSFER_ENCODING, UPGRADE, FORWARDED, X_FORWARDED_FOR, X_FORWARDED_FROM,
    CLIENT_IP, VIA, XROXY_CONNECTION, PROXY_CONNECTION,
    WS_KEY, WS_VERSION, WS_PROTOCOL, WS_EXTENSIONS, WS_ACCEPT, HTTP2_SETTINGS
};

struct name {
    const char *name;  /* in its usual capitalization */
    uint8_t len;
    uint8_t id;
};

#define NAME(name, id) { name, sizeof(name) - 1, id }

/* By first letter. */
static const struct name names_a[] = { NAME("Authorization", AUTHORIZATION), { NULL, 0, 0 } };
static const struct name names_c[] = { NAME("Content-Length", CONTENT_LENGTH),
                                       NAME("Content-Type", CONTENT_TYPE),
                                       NAME("Cookie", COOKIE),
                                       NAME("Content-Encoding", CONTENT_ENCODING),
                                       NAME("Content-Range", CONTENT_RANGE),
                                       NAME("Client-IP", CLIENT_IP),
                                       NAME("Content-Disposition", CONTENT_DISPOSITION),
                                       { NULL, 0, 0 } };
static const struct name names_e[] = { NAME("Expect", EXPECT), { NULL, 0, 0 } };
static const struct name names_f[] = { NAME("Forwarded", FORWARDED), { NULL, 0, 0 } };
static const struct name names_h[] = { NAME("Host", HOST), NAME("HTTP2-Settings", HTTP2_SETTINGS), { NULL, 0, 0 } };
static const struct name names_o[] = { NAME("Origin", ORIGIN), { NULL, 0, 0 } };
static const struct name names_p[] = { NAME("Proxy-Authorization", PROXY_AUTHORIZATION),
                                       NAME("Proxy-Connection", PROXY_CONNECTION),
                                       { NULL, 0, 0 } };
static const struct name names_r[] = { NAME("Referer", REFERER), { NULL, 0, 0 } };
static const struct name names_s[] = { NAME("Sec-WebSocket-Key", WS_KEY),
                                       NAME("Sec-WebSocket-Version", WS_VERSION),
                                       NAME("Sec-WebSocket-Protocol", WS_PROTOCOL),
                                       NAME("Sec-WebSocket-Extensions", WS_EXTENSIONS),
                                       NAME("Sec-WebSocket-Accept", WS_ACCEPT),
                                       { NULL, 0, 0 } };
static const struct name names_t[] = { NAME("Transfer-Encoding", TRANSFER_ENCODING), { NULL, 0, 0 } };
static const struct name names_u[] = { NAME("User-Agent", USER_AGENT), NAME("Upgrade", UPGRADE), { NULL, 0, 0 } };
static const struct name names_v[] = { NAME("Via", VIA), { NULL, 0, 0 } };
static const struct name names_x[] = { NAME("X-Forwarded-For", X_FORWARDED_FOR),
                                       NAME("X-Forwarded-From", X_FORWARDED_FROM),
                                       NAME("Xroxy-Connection", XROXY_CONNECTION),
                                       { NULL, 0, 0 } };

static const struct name *const names_of[32] = {
    ['a' & 31] = names_a, ['c' & 31] = names_c, ['e' & 31] = names_e, ['f' & 31] = names_f, ['h' & 31] = names_h,
    ['o' & 31] = names_o, ['p' & 31] = names_p, ['r' & 31] = names_r, ['s' & 31] = names_s, ['t' & 31] = names_t,
    ['u' & 31] = names_u, ['v' & 31] = names_v, ['x' & 31] = names_x,
};

static bool name_is(const uint8_t *p, const struct name *name)
{
    for (uint32_t i = 0; i < name->len; i++) {
        if (p[i] != (uint8_t)name->name[i] && lower(p[i]) != lower((uint8_t)name->name[i]))
            return false;
    }
    return true;
}

/*
 * Returns which header the line holds, if the record needs it. A colon must follow the name; attacks put a space before
 * the colon.
 */
static enum header look_up(const uint8_t *p, const uint8_t *end, const uint8_t **value, bool *spaced)
{
    const struct name *name = *p >= 'A' ? names_of[*p & 31] : NULL;
    for (; name != NULL && name->name != NULL; name++) {
        if (end - p <= name->len)
            continue;
        uint8_t behind = p[name->len];
        if ((behind != ':' && !is_space(behind)) || !name_is(p, name))
            continue;
        const uint8_t *colon = p + name->len;
        while (colon < end && is_space(*colon))
            colon++;
        if (colon == end || *colon != ':')
            continue;
        *spaced = behind != ':';
        *value = colon + 1;
        return name->id;
    }
    return OTHER;
}

static void odd(struct tl_dissection *d, unsigned kind, struct tl_bytes addl)
{
    if (addl.len > 64)
        addl.len = 64;
    tl_weird(d, kind, addl);
}

/* Reads one number of Content-Length. Returns false if it is not a number. */
static bool number(struct tl_bytes text, uint64_t *value)
{
    uint64_t v = 0;
    while (text.len > 1 && *text.data == '0')
        text = (struct tl_bytes){ text.data + 1, text.len - 1 };
    if (text.len == 0 || text.len > 19)
        return false;
    for (uint32_t i = 0; i < text.len; i++) {
        if (!is_digit(text.data[i]))
            return false;
        v = v * 10 + (text.data[i] - '0');
    }
    *value = v;
    return v < UINT64_C(1) << 62;
}

/*
 * Uses the first length. Further lengths (in another header line, or after a comma) are an anomaly even if they are
 * equal.
 */
static void content_length(struct tl_dissection *d, struct tl_http_framing *f, struct tl_bytes text)
{
    const uint8_t *p = text.data, *end = text.data + text.len;
    do {
        const uint8_t *comma = memchr(p, ',', (size_t)(end - p));
        const uint8_t *stop = comma != NULL ? comma : end;
        uint64_t value = 0;
        if (!number(tl_http_trim(p, stop), &value)) {
            odd(d, HTTP_WEIRD_LENGTH_INVALID, text);
        } else if (!f->has_length) {
            f->has_length = true;
            f->length = value;
        } else {
            odd(d, value == f->length ? HTTP_WEIRD_LENGTH_REPEATED : HTTP_WEIRD_LENGTHS_DIFFER, text);
        }
        p = stop < end ? stop + 1 : end;
    } while (p < end);
}

/* TL_CODING_NONE: one that cannot be undone. */
static void add_coding(struct tl_http_framing *f, enum tl_coding coding)
{
    f->codings = coding != TL_CODING_NONE ? tl_coded_again(f->codings, coding) : (uint8_t)TL_CODING_NONE;
    f->unknown |= f->codings == TL_CODING_NONE;
    f->compressed = true;
}

/* Reads one coding of a list. Ignores parameters. */
static void coding(struct tl_dissection *d, struct tl_http_framing *f, struct tl_bytes all, struct tl_bytes one)
{
    const uint8_t *p = one.data, *end = one.data + one.len;
    while (p < end && is_wide_space(*p))
        p++;
    const uint8_t *stop = p;
    while (stop < end && *stop != ';' && !is_wide_space(*stop))
        stop++;
    struct tl_bytes word = tl_bytes_of(p, (size_t)(stop - p));
    bool plain = tl_http_trim(one.data, end).len == word.len, identity = tl_http_same(word, "identity");
    f->coded |= !identity || f->chunked; /* identity is no coding (RFC 2616 section 3.6): the length counts */
    if (tl_http_same(word, "chunked")) {
        if (f->chunked || !plain)
            odd(d, HTTP_WEIRD_CODING_ODD, all);
        f->chunked = true;
    } else if (tl_http_coding_of(word) != TL_CODING_NONE || tl_http_same(word, "compress") ||
               tl_http_same(word, "x-compress")) {
        if (f->chunked) /* chunked must be the last coding (RFC 9112 section 6.1) */
            odd(d, HTTP_WEIRD_CODING_ODD, all);
        add_coding(f, f->chunked ? TL_CODING_NONE : tl_http_coding_of(word));
    } else if (word.len > 0 && (f->chunked || !identity)) {
        odd(d, HTTP_WEIRD_CODING_ODD, all);
    }
}

static void transfer_encoding(struct tl_dissection *d, struct tl_http_framing *f, struct tl_bytes text)
{
    const uint8_t *p = text.data, *end = text.data + text.len;
    f->coded |= text.len == 0;
    while (p < end) {
        const uint8_t *comma = memchr(p, ',', (size_t)(end - p));
        const uint8_t *stop = comma != NULL ? comma : end;
        coding(d, f, text, tl_bytes_of(p, (size_t)(stop - p)));
        p = stop < end ? stop + 1 : end;
    }
    if (text.len == 0)
        odd(d, HTTP_WEIRD_CODING_ODD, text);
}

static void first_of(struct tl_bytes *to, struct tl_bytes text)
{
    if (to->data == NULL)
        *to = text;
}

static void from_proxy(struct tl_http_message *m, const char *name, struct tl_bytes text)
{
    if (m->start.kind != HTTP_REQUEST)
        return;
    m->more_proxied |= m->proxied_headers == TL_HTTP_PROXIED;
    if (!m->more_proxied)
        m->proxied[m->proxied_headers++] = (struct tl_http_proxied){ name, text };
}

static void for_next(struct tl_http_message *m, unsigned what, struct tl_bytes text)
{
    if (m->headers_for_next < TL_HTTP_FOR_NEXT)
        m->for_next[m->headers_for_next++] = (struct tl_http_for_next){ (uint8_t)what, text };
}

/* Headers that are stored unchanged. */
static const uint8_t texts[] = { [REFERER] = HTTP_REFERRER, [USER_AGENT] = HTTP_USER_AGENT,
                                 [ORIGIN] = HTTP_ORIGIN, [CONTENT_TYPE] = HTTP_CONTENT_TYPE,
                                 [CONTENT_ENCODING] = HTTP_CONTENT_ENCODING, [UPGRADE] = HTTP_UPGRADE };

static const char *const proxies[] = { [FORWARDED] = "FORWARDED -> ", [X_FORWARDED_FOR] = "X-FORWARDED-FOR -> ",
                                       [X_FORWARDED_FROM] = "X-FORWARDED-FROM -> ", [CLIENT_IP] = "CLIENT-IP -> ",
                                       [VIA] = "VIA -> ", [XROXY_CONNECTION] = "XROXY-CONNECTION -> ",
                                       [PROXY_CONNECTION] = "PROXY-CONNECTION -> " };

static void header(struct tl_dissection *d, struct tl_http_message *m, enum header id, struct tl_bytes text)
{
    switch (id) {
    case HOST:
        if (m->hosts++ > 0)
            odd(d, HTTP_WEIRD_HOST_REPEATED, text);
        first_of(&m->text[HTTP_HOST], text);
        break;
    case CONTENT_LENGTH:
        content_length(d, &m->framing, text);
        break;
    case TRANSFER_ENCODING:
        transfer_encoding(d, &m->framing, text);
        break;
    case CONTENT_DISPOSITION:
        first_of(&m->disposition, text);
        break;
    case CONTENT_RANGE:
        m->framing.partial = true;
        first_of(&m->range, text);
        break;
    case EXPECT:
        m->framing.expects |= tl_http_same(text, "100-continue");
        break;
    case AUTHORIZATION:
        m->text[HTTP_USERNAME] = text;
        break;
    case PROXY_AUTHORIZATION:
        first_of(&m->text[HTTP_USERNAME], text);
        first_of(&m->text[HTTP_PROXY_CREDENTIALS], text);
        break;
    case COOKIE:
        if (m->cookie_headers < TL_HTTP_COOKIE_HEADERS)
            m->cookies[m->cookie_headers++] = text;
        else
            m->more_cookies = true;
        break;
    case OTHER:
        break;
    default:
        if (id < FORWARDED)
            first_of(&m->text[texts[id]], text);
        else if (id >= WS_KEY)
            for_next(m, id - WS_KEY + HTTP_HANDED_WS_KEY, text);
        else
            from_proxy(m, proxies[id], text);
    }
}

/*
 * Returns the end of a header's value: the end of its line, or of the last line that continues it (RFC 9112 section
 * 5.2).
 */
static const uint8_t *line_end(const uint8_t *p, const uint8_t *end, const uint8_t **next, bool *bare_lf,
                               bool *folded)
{
    for (;;) {
        const uint8_t *lf = memchr(p, '\n', (size_t)(end - p));
        const uint8_t *stop = lf != NULL ? lf : end;
        *next = lf != NULL ? lf + 1 : end;
        if (stop > p && stop[-1] == '\r')
            stop--;
        else if (lf != NULL)
            *bare_lf = true;
        if (TL_LIKELY(*next == end || !is_space(**next)) || stop == p)
            return stop;
        *folded = true;
        p = *next;
    }
}

/*
 * Returns the name of a header line without its value, which may be a secret. Returns an empty name if there is no
 * colon.
 */
static struct tl_bytes name_of(const uint8_t *p, const uint8_t *end)
{
    const uint8_t *stop = p, *colon;
    while (stop < end && tl_http_is_token(*stop))
        stop++;
    colon = stop;
    while (colon < end && is_space(*colon))
        colon++;
    return tl_bytes_of(p, colon < end && *colon == ':' ? (size_t)(stop - p) : 0);
}

bool tl_http_is_header(const uint8_t *p, const uint8_t *end)
{
    return name_of(p, end).len > 0;
}

uint32_t tl_http_unfold(uint8_t *to, struct tl_bytes text)
{
    const uint8_t *p = text.data, *end = text.data + text.len;
    uint8_t *at = to;
    while (p < end) {
        uint32_t ends = *p == '\n' ? 1 : *p == '\r' && end - p > 1 && p[1] == '\n' ? 2 : 0;
        if (ends == 0) {
            *at++ = *p++;
            continue;
        }
        for (p += ends; p < end && (is_space(*p) || *p == '\n' || (*p == '\r' && end - p > 1 && p[1] == '\n')); p++)
            ;
        while (at > to && is_space(at[-1]))
            at--;
        if (p < end)
            *at++ = ' ';
    }
    return (uint32_t)(at - to);
}

/* Returns the value in one line, in scratch memory; without memory, its first line. */
static struct tl_bytes unfolded(struct tl_dissection *d, struct tl_bytes text)
{
    uint8_t *plain = tl_arena_alloc(d->scratch, text.len);
    if (plain != NULL)
        return tl_bytes_of(plain, tl_http_unfold(plain, text));
    const uint8_t *lf = text.len > 0 ? memchr(text.data, '\n', text.len) : NULL;
    tl_truncated(d, text.len);
    return lf != NULL ? tl_http_trim_wide(text.data, lf) : text;
}

/* The whole value may be on the next line. */
static inline struct tl_bytes value_of(const uint8_t *value, const uint8_t *stop, bool folded)
{
    while (folded && value < stop && is_wide_space(*value))
        value++;
    return tl_http_trim(value, stop);
}

/* For the tree. A line that begins with a space has no name (RFC 9112 section 2.2). */
static void note_line(struct tl_dissection *d, const uint8_t *p, const uint8_t *stop, bool folded)
{
    struct tl_http_line line = { .whole = tl_bytes_of(p, (size_t)(stop - p)), .folded = folded };
    const uint8_t *colon = memchr(p, ':', line.whole.len);
    if (colon != NULL && !is_space(*p)) {
        line.name = tl_http_trim(p, colon);
        line.value = value_of(colon + 1, stop, folded);
    }
    tl_http_note_line(d, &line);
}

void tl_http_take(struct tl_dissection *d, struct tl_http_message *m, struct tl_bytes name, struct tl_bytes value)
{
    const struct name *known = name.len > 0 && *name.data >= 'A' ? names_of[*name.data & 31] : NULL;
    while (known != NULL && known->name != NULL && !(known->len == name.len && name_is(name.data, known)))
        known++;
    if (known != NULL && known->name != NULL && known->id != TRANSFER_ENCODING)
        header(d, m, known->id, value);
}

void tl_http_headers(struct tl_dissection *d, const uint8_t *p, uint32_t len, struct tl_http_message *m)
{
    const uint8_t *end = p + len, *next, *value;
    bool bare_lf = false;
    for (; p < end; p = next) {
        bool spaced = false, folded = false;
        const uint8_t *stop = line_end(p, end, &next, &bare_lf, &folded);
        if (stop == p)
            continue;
        if (TL_UNLIKELY(d->wanted != NULL))
            note_line(d, p, stop, folded);
        if (TL_UNLIKELY(m == NULL))
            continue;
        enum header id = look_up(p, stop, &value, &spaced);
        if (folded)
            odd(d, HTTP_WEIRD_FOLDED_HEADER, name_of(p, stop));
        if (id == OTHER)
            continue;
        if (spaced)
            odd(d, HTTP_WEIRD_SPACE_BEFORE_COLON, name_of(p, stop));
        struct tl_bytes text = value_of(value, stop, folded);
        header(d, m, id, TL_UNLIKELY(folded) ? unfolded(d, text) : text);
    }
    if (TL_UNLIKELY(bare_lf) && m != NULL)
        m->bare_lf = true;
}

bool tl_http_chunk_size(const uint8_t *p, uint32_t len, uint64_t *size)
{
    uint64_t v = 0;
    uint32_t i = 0;
    for (; i < len && i < 16; i++) {
        uint8_t c = lower(p[i]);
        if (!is_digit(c) && (c < 'a' || c > 'f'))
            break;
        v = v << 4 | (uint64_t)(is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    *size = v;
    return i > 0 && v < UINT64_C(1) << 62 &&
           (i == len || p[i] == ';' || p[i] == '\r' || p[i] == '\n' || is_space(p[i]));
}
