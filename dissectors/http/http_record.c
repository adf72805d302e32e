/* http_record.c - the http record: stores requests until their response, then writes both as one record. */
#include "dissectors/http/http.h"

#include <stddef.h>

#include "core/base64.h"
#include "core/time.h"

enum { CREDENTIALS = 512, COOKIE_NAME = 128, COOKIES_CUT = 1 << HTTP_TEXTS, PROXIED_CUT = 1 << (HTTP_TEXTS + 1),
       VERSION_CUT = 1 << (HTTP_TEXTS + 2) };

struct http_record {
    struct tl_record r;
    uint64_t trans_depth;
    struct tl_bytes text[HTTP_TEXTS];
    struct tl_bytes version;
    uint64_t request_body_len, response_body_len, status_code, info_code;
    struct tl_bytes info_msg, resp_content_type;
    struct tl_text_list proxied, orig_mime_types, resp_mime_types, cookies;
    int64_t ttfb, resp_time;
    struct tl_bytes mime[2];
    struct tl_bytes proxied_items[TL_HTTP_PROXIED];
    struct tl_bytes cookie_items[TL_HTTP_COOKIES];
};

enum {
    TRANS_DEPTH, METHOD, HOST, URI, REFERRER, VERSION, USER_AGENT, ORIGIN, REQUEST_BODY_LEN, RESPONSE_BODY_LEN,
    STATUS_CODE, STATUS_MSG, INFO_CODE, INFO_MSG, USERNAME, PASSWORD, PROXIED, ORIG_MIME_TYPES, RESP_MIME_TYPES,
    REQ_CONTENT_TYPE, RESP_CONTENT_TYPE, CONTENT_ENCODING, TTFB, RESP_TIME, COOKIES, UPGRADE,
};

#define F(index, member, key, kind, help) TL_FIELD(struct http_record, index, member, key, kind, help)
static const struct tl_record_field fields[] = {
    F(TRANS_DEPTH, trans_depth, "trans_depth", TL_REC_COUNT, "Which request of its connection, from 1"),
    F(METHOD, text[HTTP_METHOD], "method", TL_REC_TEXT, "Method"),
    F(HOST, text[HTTP_HOST], "host", TL_REC_TEXT, "Host header, or the authority of the request's target"),
    F(URI, text[HTTP_URI], "uri", TL_REC_TEXT, "Target as it was sent"),
    F(REFERRER, text[HTTP_REFERRER], "referrer", TL_REC_TEXT, "Referer header"),
    F(VERSION, version, "version", TL_REC_TEXT, "Version of the response, or of the request without one"),
    F(USER_AGENT, text[HTTP_USER_AGENT], "user_agent", TL_REC_TEXT, "User-Agent header"),
    F(ORIGIN, text[HTTP_ORIGIN], "origin", TL_REC_TEXT, "Origin header"),
    F(REQUEST_BODY_LEN, request_body_len, "request_body_len", TL_REC_COUNT, "Bytes of the request's body, chunking undone"),
    F(RESPONSE_BODY_LEN, response_body_len, "response_body_len", TL_REC_COUNT,
      "Bytes of the response's body, chunking undone"),
    F(STATUS_CODE, status_code, "status_code", TL_REC_COUNT, "Status"),
    F(STATUS_MSG, text[HTTP_PHRASE], "status_msg", TL_REC_TEXT, "Its reason"),
    F(INFO_CODE, info_code, "info_code", TL_REC_COUNT, "Status of the last interim response (1xx)"),
    F(INFO_MSG, info_msg, "info_msg", TL_REC_TEXT, "Its reason"),
    F(USERNAME, text[HTTP_USERNAME], "username", TL_REC_TEXT, "User of basic authentication"),
    F(PASSWORD, text[HTTP_PASSWORD], "password", TL_REC_TEXT, "Its password, with --show-secrets"),
    F(PROXIED, proxied, "proxied", TL_REC_TEXTS, "Headers that proxies add: NAME -> value"),
    F(ORIG_MIME_TYPES, orig_mime_types, "orig_mime_types", TL_REC_TEXTS, "Kind of the request's body, from its bytes"),
    F(RESP_MIME_TYPES, resp_mime_types, "resp_mime_types", TL_REC_TEXTS, "Kind of the response's body, from its bytes"),
    F(REQ_CONTENT_TYPE, text[HTTP_CONTENT_TYPE], "req_content_type", TL_REC_TEXT, "Content-Type of the request"),
    F(RESP_CONTENT_TYPE, resp_content_type, "resp_content_type", TL_REC_TEXT, "Content-Type of the response"),
    F(CONTENT_ENCODING, text[HTTP_CONTENT_ENCODING], "content_encoding", TL_REC_TEXT, "Content-Encoding of the response"),
    F(TTFB, ttfb, "ttfb", TL_REC_INTERVAL, "From the request's last byte to the response's first"),
    F(RESP_TIME, resp_time, "resp_time", TL_REC_INTERVAL, "From the request's last byte to the response's last"),
    F(COOKIES, cookies, "cookies", TL_REC_TEXTS, "Names of the cookies that the request brought"),
    F(UPGRADE, text[HTTP_UPGRADE], "upgrade", TL_REC_TEXT, "Protocol that was asked for, or, with 101, is spoken next"),
};
#undef F

const struct tl_record_def tl_http_record_def =
    TL_RECORD_DEF("http", fields, "An HTTP request and its response",
                  .summary = { "method", "host", "uri", "status_code", "status_msg" }, .latency = "ttfb",
                  .secret = UINT64_C(1) << PASSWORD);

static struct tl_http_flow *flow_of(const struct tl_dissection *d)
{
    return d->flow.slot;
}

/* --- stored messages --- */

struct writer {
    uint8_t *p, *end;
};

/* Writes as much of the text as the limits allow. Returns the number of bytes written. */
static uint16_t put(struct writer *w, struct tl_bytes text, uint32_t most, bool folded, bool *cut)
{
    uint32_t room = (uint32_t)(w->end - w->p), n = text.len < most ? text.len : most;
    n = n < room ? n : room;
    *cut = n < text.len;
    if (n == 0)
        return 0;
    uint16_t len = (uint16_t)n;
    if (TL_UNLIKELY(folded))
        len = (uint16_t)tl_http_unfold(w->p, tl_bytes_of(text.data, n));
    else
        memcpy(w->p, text.data, n);
    w->p += len;
    return len;
}

static void put_text(struct writer *w, struct tl_http_kept *k, unsigned which, struct tl_bytes text, bool folded)
{
    bool cut;
    k->len[which] = put(w, text, TL_HTTP_VALUE, folded, &cut);
    k->cut |= (uint32_t)cut << which;
}

static bool is_base64(struct tl_bytes text)
{
    uint32_t n = 0, padding = 0;
    for (; n < text.len && text.data[n] != '='; n++) {
        uint8_t c = text.data[n], letter = c | 0x20;
        if ((letter < 'a' || letter > 'z') && (c < '0' || c > '9') && c != '+' && c != '/')
            return false;
    }
    while (n + padding < text.len && text.data[n + padding] == '=')
        padding++;
    return n + padding == text.len && padding <= 2;
}

/*
 * Reads "Basic" and user:password in base64 (RFC 7617). Takes nothing from any other form, since all of it may be
 * secret.
 */
static void put_credentials(struct writer *w, struct tl_http_kept *k, struct tl_bytes sent)
{
    uint8_t plain[CREDENTIALS / 4 * 3 + 3];
    if (sent.len < 6 || !tl_http_same(tl_bytes_of(sent.data, 5), "basic") || sent.data[5] != ' ')
        return;
    struct tl_bytes coded = tl_http_trim_wide(sent.data + 6, sent.data + sent.len);
    bool cut = coded.len > CREDENTIALS;
    if (cut)
        coded.len = CREDENTIALS;
    if (!is_base64(coded))
        return;
    struct tl_base64 state = { 0 };
    uint32_t n = tl_base64_decode(&state, coded, plain);
    const uint8_t *colon = n > 0 ? memchr(plain, ':', n) : NULL;
    k->cut |= (uint32_t)(cut && colon == NULL) << HTTP_USERNAME;
    if (colon == NULL)
        return;
    uint32_t user = (uint32_t)(colon - plain);
    put_text(w, k, HTTP_USERNAME, tl_bytes_of(plain, user), false);
    put_text(w, k, HTTP_PASSWORD, tl_bytes_of(colon + 1, n - user - 1), false);
    k->cut |= (uint32_t)cut << HTTP_PASSWORD;
}

/* Writes a list entry: its length and its bytes. Returns false, with nothing written, if there is no room. */
static bool put_entry(struct writer *w, struct tl_bytes a, struct tl_bytes b, struct tl_bytes c, bool *cut)
{
    if (w->end - w->p < 2 + 64 + (ptrdiff_t)a.len + (ptrdiff_t)b.len)
        return false;
    uint8_t *start = w->p;
    bool any;
    w->p += 2;
    put(w, a, COOKIE_NAME, true, cut);
    put(w, b, COOKIE_NAME, false, &any);
    put(w, c, TL_HTTP_VALUE, true, &any);
    *cut |= any;
    uint16_t len = (uint16_t)(w->p - start - 2);
    memcpy(start, &len, 2);
    return true;
}

/* Writes the names of one Cookie header (RFC 6265 section 4.2). */
static void put_cookies(struct writer *w, struct tl_http_kept *k, struct tl_bytes header)
{
    const uint8_t *p = header.data, *end = header.data + header.len;
    const struct tl_bytes none = { NULL, 0 };
    while (p < end) {
        const uint8_t *semicolon = memchr(p, ';', (size_t)(end - p));
        const uint8_t *stop = semicolon != NULL ? semicolon : end;
        const uint8_t *equals = memchr(p, '=', (size_t)(stop - p));
        struct tl_bytes name = tl_http_trim_wide(p, equals != NULL ? equals : stop);
        bool cut = false;
        p = stop < end ? stop + 1 : end;
        if (name.len == 0 || equals == NULL) /* a cookie without a name is only a value, and values are secrets */
            continue;
        if (k->cookies == TL_HTTP_COOKIES || !put_entry(w, name, none, none, &cut)) {
            k->cut |= COOKIES_CUT;
            return;
        }
        k->cookies++;
        k->cut |= cut ? COOKIES_CUT : 0;
    }
}

static void put_proxied(struct writer *w, struct tl_http_kept *k, const struct tl_http_message *m)
{
    for (uint32_t i = 0; i < m->proxied_headers; i++) {
        const struct tl_http_proxied *p = &m->proxied[i];
        bool cut = false;
        if (!put_entry(w, tl_bytes_of(p->name, strlen(p->name)), tl_bytes_of(" -> ", 4), p->value, &cut)) {
            k->cut |= PROXIED_CUT;
            return;
        }
        k->proxied++;
        k->cut |= cut ? PROXIED_CUT : 0;
    }
}

static void put_for_next(struct writer *w, struct tl_http_kept *k, const struct tl_http_message *m)
{
    const uint8_t *start = w->p, *end = w->end - start > TL_HTTP_VALUE ? start + TL_HTTP_VALUE : w->end;
    for (uint32_t i = 0; i < m->headers_for_next; i++)
        w->p = tl_http_hand(w->p, end, m->for_next[i].what, m->for_next[i].value);
    k->len[HTTP_HANDED_HEADERS] = (uint16_t)(w->p - start);
}

static bool is_method(const struct tl_http_message *m, const char *name, size_t len)
{
    return m->start.method.len == len && memcmp(m->start.method.data, name, len) == 0;
}

/* Builds the stored form of the message in unreserved scratch memory. Returns NULL if there is no memory left. */
static struct tl_bytes build(struct tl_dissection *d, const struct tl_http_message *m, struct tl_http_kept *k)
{
    struct tl_arena *scratch = d->scratch;
    size_t used = (scratch->used + 7) & ~(size_t)7, left = scratch->capacity > used ? scratch->capacity - used : 0;
    size_t room = left < sizeof *k + TL_HTTP_MESSAGE ? left : sizeof *k + TL_HTTP_MESSAGE;
    uint8_t *start = scratch->base + used;
    if (room < sizeof *k)
        return (struct tl_bytes){ NULL, 0 };
    struct writer w = { start + sizeof *k, start + room };
    k->version_len = (uint8_t)(m->start.version.len < sizeof k->version ? m->start.version.len : sizeof k->version);
    if (m->start.version.len > 0)
        memcpy(k->version, m->start.version.data, k->version_len);
    k->cut |= (m->start.version.len > sizeof k->version ? VERSION_CUT : 0) | (m->more_cookies ? COOKIES_CUT : 0) |
              (m->more_proxied ? PROXIED_CUT : 0);
    k->status = m->start.code.len == 3 ? m->start.status : 0;
    k->simple = m->start.kind == HTTP_SIMPLE;
    k->head = is_method(m, "HEAD", 4);
    k->connect = is_method(m, "CONNECT", 7);
    k->upgrade = m->text[HTTP_UPGRADE].len > 0;
    put_text(&w, k, HTTP_METHOD, m->start.method, false);
    put_text(&w, k, HTTP_URI, m->start.target, false);
    for (unsigned i = HTTP_HOST; i < HTTP_USERNAME; i++) {
        if (m->text[i].len > 0)
            put_text(&w, k, i, m->text[i], m->folded);
    }
    if (TL_UNLIKELY(m->text[HTTP_USERNAME].len > 0))
        put_credentials(&w, k, m->text[HTTP_USERNAME]);
    for (unsigned i = HTTP_CONTENT_TYPE; i < HTTP_PHRASE; i++) {
        if (m->text[i].len > 0)
            put_text(&w, k, i, m->text[i], m->folded);
    }
    put_text(&w, k, HTTP_PHRASE, m->start.phrase, false);
    if (TL_UNLIKELY(m->headers_for_next > 0))
        put_for_next(&w, k, m);
    for (uint32_t i = 0; i < m->cookie_headers; i++)
        put_cookies(&w, k, m->cookies[i]);
    put_proxied(&w, k, m);
    memcpy(start, k, sizeof *k);
    return tl_bytes_of(start, (size_t)(w.p - start));
}

/* --- the record --- */

/* A message that is kept, or is still in scratch memory. */
struct part {
    struct tl_http_kept k;
    const uint8_t *text; /* NULL: the message does not exist */
};

static struct part part_of(struct tl_bytes blob)
{
    struct part p = { .text = NULL };
    if (blob.len < sizeof p.k)
        return p;
    memcpy(&p.k, blob.data, sizeof p.k);
    p.text = blob.data + sizeof p.k;
    return p;
}

static struct part load(const struct tl_dissection *d, uint32_t handle)
{
    return part_of(handle != 0 ? tl_kept(d, handle) : (struct tl_bytes){ NULL, 0 });
}

static void set(struct http_record *r, unsigned field)
{
    tl_record_set(&r->r, field);
}

static const uint8_t *fill_list(struct http_record *r, unsigned field, struct tl_text_list *list,
                                struct tl_bytes *items, uint32_t count, const uint8_t *p)
{
    for (uint32_t i = 0; i < count; i++) {
        uint16_t len;
        memcpy(&len, p, 2);
        items[i] = tl_bytes_of(p + 2, len);
        p += 2 + len;
    }
    *list = (struct tl_text_list){ items, count };
    if (count > 0)
        set(r, field);
    return p;
}

static void fill_mime(struct http_record *r, unsigned field, struct tl_text_list *list, struct tl_bytes *item,
                      const char *mime)
{
    if (mime == NULL)
        return;
    *item = tl_bytes_of(mime, strlen(mime));
    *list = (struct tl_text_list){ item, 1 };
    set(r, field);
}

static void fill_request(struct http_record *r, const struct part *q)
{
    static const uint8_t field_of[HTTP_TEXTS] = {
        [HTTP_METHOD] = METHOD, [HTTP_URI] = URI, [HTTP_HOST] = HOST, [HTTP_REFERRER] = REFERRER,
        [HTTP_USER_AGENT] = USER_AGENT, [HTTP_ORIGIN] = ORIGIN, [HTTP_USERNAME] = USERNAME,
        [HTTP_PASSWORD] = PASSWORD, [HTTP_CONTENT_TYPE] = REQ_CONTENT_TYPE, [HTTP_UPGRADE] = UPGRADE,
    };
    const uint8_t *p = q->text;
    for (unsigned i = 0; i < HTTP_TEXTS; i++) {
        if (i != HTTP_CONTENT_ENCODING && i < HTTP_PHRASE && (q->k.len[i] > 0 || (q->k.cut >> i & 1) != 0)) {
            r->text[i] = tl_bytes_of(p, q->k.len[i]);
            set(r, field_of[i]);
            r->r.cut |= (uint64_t)(q->k.cut >> i & 1) << field_of[i];
        }
        p += q->k.len[i];
    }
    p = fill_list(r, COOKIES, &r->cookies, r->cookie_items, q->k.cookies, p);
    fill_list(r, PROXIED, &r->proxied, r->proxied_items, q->k.proxied, p);
    r->r.cut |= (q->k.cut & COOKIES_CUT ? UINT64_C(1) << COOKIES : 0) |
                (q->k.cut & PROXIED_CUT ? UINT64_C(1) << PROXIED : 0);
    r->request_body_len = q->k.body;
    set(r, REQUEST_BODY_LEN);
    fill_mime(r, ORIG_MIME_TYPES, &r->orig_mime_types, &r->mime[0], q->k.mime);
}

static void fill_text(struct http_record *r, unsigned field, struct tl_bytes *member, const struct part *a,
                      unsigned which, const uint8_t *p)
{
    if (a->k.len[which] == 0 && (a->k.cut >> which & 1) == 0)
        return;
    *member = tl_bytes_of(p, a->k.len[which]);
    set(r, field);
    r->r.cut |= (uint64_t)(a->k.cut >> which & 1) << field;
}

static void fill_response(struct http_record *r, const struct part *a)
{
    const uint8_t *p = a->text;
    for (unsigned i = 0; i < HTTP_CONTENT_TYPE; i++)
        p += a->k.len[i];
    fill_text(r, RESP_CONTENT_TYPE, &r->resp_content_type, a, HTTP_CONTENT_TYPE, p);
    p += a->k.len[HTTP_CONTENT_TYPE];
    fill_text(r, CONTENT_ENCODING, &r->text[HTTP_CONTENT_ENCODING], a, HTTP_CONTENT_ENCODING, p);
    p += a->k.len[HTTP_CONTENT_ENCODING];
    if (a->k.status == 101)
        fill_text(r, UPGRADE, &r->text[HTTP_UPGRADE], a, HTTP_UPGRADE, p);
    p += a->k.len[HTTP_UPGRADE];
    fill_text(r, STATUS_MSG, &r->text[HTTP_PHRASE], a, HTTP_PHRASE, p);
    if (a->k.status != 0) {
        r->status_code = a->k.status;
        set(r, STATUS_CODE);
    }
    if (a->k.status == 101) {
        r->info_code = 101;
        set(r, INFO_CODE);
        fill_text(r, INFO_MSG, &r->info_msg, a, HTTP_PHRASE, p);
    }
    r->response_body_len = a->k.body;
    set(r, RESPONSE_BODY_LEN);
    fill_mime(r, RESP_MIME_TYPES, &r->resp_mime_types, &r->mime[1], a->k.mime);
}

/* Adds the last 1xx to this record. */
static void fill_info(const struct tl_dissection *d, struct http_record *r)
{
    const struct tl_http_flow *f = flow_of(d);
    if (f->info_code == 0)
        return;
    r->info_code = f->info_code;
    set(r, INFO_CODE);
    r->info_msg = f->info != 0 ? tl_kept(d, f->info) : (struct tl_bytes){ NULL, 0 };
    if (r->info_msg.len > 0 || f->info_cut)
        set(r, INFO_MSG);
    r->r.cut |= (uint64_t)f->info_cut << INFO_MSG;
}

static void forget_info(struct tl_dissection *d)
{
    struct tl_http_flow *f = flow_of(d);
    tl_forget(d, f->info);
    f->info = 0;
    f->info_code = 0;
}

/*
 * Writes the record of a request and a response (either may be missing). informed: the last 1xx answered this request.
 */
static void emit(struct tl_dissection *d, const struct part *q, const struct part *a, bool informed)
{
    struct http_record r;
    memset(&r, 0, offsetof(struct http_record, mime));
    bool asked = q->text != NULL, answered = a->text != NULL;
    r.r.ts = asked ? q->k.first : a->k.first;
    r.trans_depth = asked ? q->k.depth : a->k.depth;
    if (r.trans_depth > 0)
        set(&r, TRANS_DEPTH);
    if (asked)
        fill_request(&r, q);
    if (answered)
        fill_response(&r, a);
    if (informed)
        fill_info(d, &r);
    const struct tl_http_kept *version = answered && a->k.version_len > 0 ? &a->k : &q->k;
    r.version = version->version_len > 0 ? tl_bytes_of(version->version, version->version_len) : tl_bytes_of("0.9", 3);
    set(&r, VERSION);
    r.r.cut |= version->cut & VERSION_CUT ? UINT64_C(1) << VERSION : 0;
    if (asked && answered && a->k.first >= q->k.last) {
        r.ttfb = tl_time_between(q->k.last, a->k.first);
        r.resp_time = tl_time_between(q->k.last, a->k.last);
        set(&r, TTFB), set(&r, RESP_TIME);
    }
    tl_emit(d, &tl_http_record_def, &r.r);
    if (informed)
        forget_info(d);
}

/* --- waiting requests --- */

static uint32_t older_than(const struct tl_dissection *d, uint32_t handle)
{
    uint32_t older;
    memcpy(&older, tl_kept(d, handle).data + offsetof(struct tl_http_kept, older), sizeof older);
    return older;
}

static uint32_t oldest(const struct tl_dissection *d)
{
    const struct tl_http_flow *f = flow_of(d);
    uint32_t handle = f->newest;
    for (uint32_t i = 1; i < f->waiting; i++)
        handle = older_than(d, handle);
    return handle;
}

static uint32_t take_oldest(struct tl_dissection *d)
{
    struct tl_http_flow *f = flow_of(d);
    uint32_t handle = oldest(d);
    f->waiting--;
    if (f->waiting == 0)
        f->newest = 0;
    return handle;
}

/* Writes the record of the oldest request without a response. informed: a 1xx for it was received. */
static void give_up_oldest(struct tl_dissection *d, bool informed)
{
    const struct part nothing = { .text = NULL };
    uint32_t handle = take_oldest(d);
    struct part q = load(d, handle);
    emit(d, &q, &nothing, informed);
    tl_forget(d, handle);
}

/* Drops the oldest request to make room for another. */
static void make_room(struct tl_dissection *d)
{
    struct tl_http_flow *f = flow_of(d);
    if (f->debt == 0)
        tl_weird(d, HTTP_WEIRD_PIPELINE_TOO_LONG, (struct tl_bytes){ NULL, 0 });
    give_up_oldest(d, f->debt == 0);
    f->debt++;
}

/* Keeps a request if there is room next to the waiting requests and the space reserved for response texts. */
static uint32_t keep_beside(struct tl_dissection *d, struct tl_bytes blob)
{
    uint32_t handle = tl_keep(d, blob.data, blob.len);
    if (TL_LIKELY(flow_of(d)->waiting == 0) || handle == 0)
        return handle;
    uint32_t spare = tl_keep(d, NULL, TL_HTTP_SPARE);
    tl_forget(d, spare != 0 ? spare : handle);
    return spare != 0 ? handle : 0;
}

/* Keeps a request and drops older ones if necessary. Returns 0 if its record was written instead. */
static uint32_t keep_request(struct tl_dissection *d, struct tl_bytes blob)
{
    struct tl_http_flow *f = flow_of(d);
    const struct part nothing = { .text = NULL };
    uint32_t handle = 0;
    if (blob.len > 0 && f->waiting < TL_HTTP_WAITING)
        handle = keep_beside(d, blob);
    while (handle == 0 && f->waiting > 0 && blob.len > 0) {
        make_room(d);
        handle = keep_beside(d, blob);
    }
    if (handle != 0)
        return handle;
    struct part q = part_of(blob);
    if (q.text != NULL)
        emit(d, &q, &nothing, false);
    else
        tl_truncated(d, sizeof q.k);
    f->debt++;
    return 0;
}

/* Queues a kept request to wait for its response. */
static void wait_for_response(struct tl_dissection *d, uint32_t handle)
{
    struct tl_http_flow *f = flow_of(d);
    if (handle == 0)
        return;
    while (f->waiting >= TL_HTTP_WAITING)
        make_room(d);
    f->newest = handle;
    f->waiting++;
}

void tl_http_begin_request(struct tl_dissection *d, const struct tl_http_message *m, struct tl_http_half *h, bool ends)
{
    struct tl_http_flow *f = flow_of(d);
    struct tl_http_kept k = { .first = h->first, .last = h->last, .older = f->newest, .depth = ++f->depth };
    struct tl_bytes blob = build(d, m, &k);
    uint32_t handle = keep_request(d, blob);
    if (ends) {
        wait_for_response(d, handle);
        return;
    }
    h->message = handle;
    h->live = handle != 0;
}

/* Returns the stored part of a request that is still being sent, with the number of body bytes so far. */
static struct part live_part(const struct tl_dissection *d, const struct tl_http_half *h)
{
    struct part p = load(d, h->message);
    p.k.last = h->last;
    p.k.body = h->body;
    p.k.mime = h->mime;
    return p;
}

/* Writes the response in progress with its request and frees both. */
static void emit_response(struct tl_dissection *d, const struct part *a, struct tl_http_half *h)
{
    struct tl_http_flow *f = flow_of(d);
    struct tl_http_half *client = &f->half[h == &f->half[0]];
    struct part q = f->answers_live ? live_part(d, client) : load(d, f->answered);
    emit(d, &q, a, true);
    if (f->answers_live) {
        tl_forget(d, client->message);
        client->message = 0;
        client->live = false;
    }
    tl_forget(d, f->answered);
    f->answered = 0;
    f->answers_live = f->response_done = false;
    tl_forget(d, h->message);
    h->message = 0;
    h->live = false;
}

/* Returns the stored part of the response in progress. If it could not be allocated, uses the values in the half. */
static struct part response_part(const struct tl_dissection *d, const struct tl_http_half *h)
{
    struct part a = load(d, h->message);
    if (a.text == NULL) {
        a.text = (const uint8_t *)"";
        a.k.cut = h->lost_texts;
        a.k.status = h->status;
        a.k.depth = flow_of(d)->alone;
        a.k.first = h->first;
    }
    a.k.last = h->last;
    a.k.body = h->body;
    a.k.mime = h->mime;
    return a;
}

void tl_http_end_request(struct tl_dissection *d, struct tl_http_half *h)
{
    struct tl_http_flow *f = flow_of(d);
    if (!h->live)
        return;
    if (f->answers_live && f->response_done) {
        struct tl_http_half *server = &f->half[h == &f->half[0]];
        struct part a = response_part(d, server);
        emit_response(d, &a, server);
        return;
    }
    uint32_t handle = h->message;
    struct part q = live_part(d, h);
    q.k.older = f->newest;
    memcpy(tl_kept_mine(d, handle), &q.k, sizeof q.k);
    h->message = 0;
    h->live = false;
    if (f->answers_live) {
        f->answers_live = false;
        f->answered = handle;
    } else {
        wait_for_response(d, handle);
    }
}

static struct tl_http_asked asked_by(const struct tl_dissection *d, uint32_t handle)
{
    if (handle == 0)
        return (struct tl_http_asked){ .known = false };
    struct part q = load(d, handle);
    return (struct tl_http_asked){ .known = true, .head = q.k.head, .connect = q.k.connect, .simple = q.k.simple,
                                   .upgrade = q.k.upgrade };
}

struct tl_http_asked tl_http_last(const struct tl_dissection *d)
{
    return asked_by(d, flow_of(d)->newest);
}

void tl_http_kept_texts(const struct tl_dissection *d, uint32_t handle, struct tl_bytes text[HTTP_TEXTS])
{
    struct part p = load(d, handle);
    for (unsigned i = 0; i < HTTP_TEXTS; i++) {
        text[i] = p.text != NULL ? tl_bytes_of(p.text, p.k.len[i]) : (struct tl_bytes){ NULL, 0 };
        p.text = p.text != NULL ? p.text + p.k.len[i] : NULL;
    }
}

struct tl_http_asked tl_http_oldest(const struct tl_dissection *d)
{
    return asked_by(d, flow_of(d)->waiting > 0 ? oldest(d) : 0);
}

struct tl_http_asked tl_http_answered(const struct tl_dissection *d, const struct tl_http_half *h)
{
    const struct tl_http_flow *f = flow_of(d);
    return asked_by(d, f->answers_live ? f->half[h == &f->half[0]].message : f->answered);
}

/* The response is complete, its request is not, and the next response begins. */
void tl_http_abandon(struct tl_dissection *d, struct tl_http_half *h)
{
    if (TL_LIKELY(!h->live || flow_of(d)->server == 0 || h != &flow_of(d)->half[flow_of(d)->server - 1]))
        return;
    struct part a = response_part(d, h);
    emit_response(d, &a, h);
}

struct tl_http_asked tl_http_pair(struct tl_dissection *d, struct tl_http_half *h)
{
    struct tl_http_flow *f = flow_of(d);
    struct tl_http_half *client = &f->half[h == &f->half[0]];
    /*
     * Responses were lost. Clients rarely send the next request before they get them, so this response answers the
     * newest request.
     */
    if (h->lost) {
        while (f->waiting > 1 || (f->waiting == 1 && client->live))
            give_up_oldest(d, false);
        f->debt = 0;
    }
    h->lost = false;
    f->alone = 0;
    if (f->debt > 0) {
        f->debt--;
        return (struct tl_http_asked){ .known = false };
    }
    if (f->waiting > 0) {
        f->answered = take_oldest(d);
        return asked_by(d, f->answered);
    }
    if (client->live) {
        f->answers_live = true;
        return asked_by(d, client->message);
    }
    f->alone = ++f->depth;
    tl_weird(d, HTTP_WEIRD_UNMATCHED_RESPONSE, (struct tl_bytes){ NULL, 0 });
    return (struct tl_http_asked){ .known = false };
}

/* Returns a bit set of the texts that a message has. */
static uint32_t texts_of(const struct tl_http_kept *k)
{
    uint32_t set = k->cut;
    for (unsigned i = 0; i < HTTP_TEXTS; i++)
        set |= (uint32_t)(k->len[i] > 0) << i;
    return set;
}

void tl_http_begin_response(struct tl_dissection *d, const struct tl_http_message *m, struct tl_http_half *h, bool ends)
{
    struct tl_http_flow *f = flow_of(d);
    struct tl_http_kept k = { .first = h->first, .last = h->last, .depth = f->alone };
    struct tl_bytes blob = build(d, m, &k);
    h->status = m->start.status;
    if (ends && !f->answers_live && blob.len > 0) {
        struct part a = part_of(blob);
        emit_response(d, &a, h);
        return;
    }
    h->message = blob.len > 0 ? tl_keep(d, blob.data, blob.len) : 0;
    h->lost_texts = h->message == 0 ? texts_of(&k) : 0;
    h->live = true;
    if (ends)
        tl_http_end_response(d, h);
}

void tl_http_end_response(struct tl_dissection *d, struct tl_http_half *h)
{
    struct tl_http_flow *f = flow_of(d);
    if (!h->live)
        return;
    if (f->answers_live) { /* the request continues: its record waits for its end */
        f->response_done = true;
        return;
    }
    struct part a = response_part(d, h);
    emit_response(d, &a, h);
}

void tl_http_interim(struct tl_dissection *d, const struct tl_http_message *m)
{
    struct tl_http_flow *f = flow_of(d);
    struct tl_bytes reason = m->start.phrase;
    tl_forget(d, f->info);
    f->info = 0;
    f->info_code = m->start.status;
    f->info_cut = reason.len > CREDENTIALS;
    if (f->info_cut)
        reason.len = CREDENTIALS;
    if (reason.len > 0)
        f->info = tl_keep(d, reason.data, reason.len);
    f->info_cut |= reason.len > 0 && f->info == 0;
}

void tl_http_finish(struct tl_dissection *d)
{
    struct tl_http_flow *f = flow_of(d);
    const struct part nothing = { .text = NULL };
    if (f == NULL)
        return;
    if (f->server != 0 && f->half[f->server - 1].live) {
        struct tl_http_half *server = &f->half[f->server - 1];
        struct part a = response_part(d, server);
        emit_response(d, &a, server);
    }
    while (f->waiting > 0)
        give_up_oldest(d, f->debt == 0);
    for (unsigned side = 0; side < 2; side++) {
        struct tl_http_half *h = &f->half[side];
        tl_http_body_end(d, h);
        if (h->live) {
            struct part q = live_part(d, h);
            emit(d, &q, &nothing, f->debt == 0);
        }
        tl_forget(d, h->message);
        h->message = 0;
        h->live = false;
    }
    forget_info(d);
}
