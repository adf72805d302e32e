/* http_record.c - the http record: stores requests until their response, then writes both as one record. */
#include "dissectors/http/http_record.h"

#include <stddef.h>

#include "core/channel.h"
#include "core/time.h"
#include "dissectors/mime_type.h"

enum { INFO = 512, COOKIE_NAME = 128, ITEM_HEADS = 512 /* room for what the items of a message need besides */ };

static struct tl_http_flow *flow_of(const struct tl_dissection *d)
{
    return d->flow.slot;
}

/* --- building a message --- */

struct writer {
    struct tl_draft draft;
    uint32_t left; /* bytes of values that the message may still have */
};

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static void put_text(struct writer *w, unsigned field, struct tl_bytes text)
{
    uint32_t n = least(text.len, least(w->left, TL_HTTP_VALUE));
    uint8_t *item = text.len > 0 ? tl_draft_item(&w->draft, field, n) : NULL;
    if (item == NULL)
        return;
    if (n > 0)
        memcpy(item, text.data, n);
    if (TL_UNLIKELY(n < text.len))
        tl_draft_cut(&w->draft, field);
    w->left -= n;
}

static void put_credentials(struct writer *w, struct tl_bytes sent)
{
    struct tl_http_credentials c;
    tl_http_credentials(&c, sent);
    if (c.user.data == NULL && !c.user_cut)
        return;
    if (c.user_cut) {
        (void)tl_draft_item(&w->draft, USERNAME, 0);
        tl_draft_cut(&w->draft, USERNAME);
        return;
    }
    put_text(w, USERNAME, c.user);
    put_text(w, PASSWORD, c.password);
    if (c.password_cut)
        tl_draft_cut(&w->draft, PASSWORD);
}

/* Copies as much of the text as there is room for. */
static uint8_t *copy(uint8_t *p, const uint8_t *end, struct tl_bytes text, uint32_t most)
{
    uint32_t n = least(least(text.len, most), (uint32_t)(end - p));
    return n > 0 ? (uint8_t *)memcpy(p, text.data, n) + n : p;
}

/* Adds an item, a then b, to a list. Returns false, with nothing added, if there is no room. */
static bool put_entry(struct writer *w, unsigned field, const char *a, struct tl_bytes b, uint32_t most)
{
    const struct tl_bytes name = tl_bytes_of(a, strlen(a));
    uint8_t *item = NULL;
    uint32_t n = 0;
    if (w->left >= 2 + 64 + name.len + least(b.len, COOKIE_NAME)) {
        n = least(name.len + least(b.len, most), w->left - 2);
        item = tl_draft_item(&w->draft, field, n);
    }
    if (item == NULL) {
        tl_draft_cut(&w->draft, field);
        return false;
    }
    copy(copy(item, item + n, name, n), item + n, b, most);
    if (n < name.len + b.len)
        tl_draft_cut(&w->draft, field);
    w->left -= 2 + n;
    return true;
}

/* Adds the names of one Cookie header (RFC 6265 section 4.2). */
static void put_cookies(struct writer *w, uint32_t *count, struct tl_bytes header)
{
    const uint8_t *p = header.data, *end = header.data + header.len;
    while (p < end) {
        const uint8_t *semicolon = memchr(p, ';', (size_t)(end - p));
        const uint8_t *stop = semicolon != NULL ? semicolon : end;
        const uint8_t *equals = memchr(p, '=', (size_t)(stop - p));
        struct tl_bytes name = tl_http_trim_wide(p, equals != NULL ? equals : stop);
        p = stop < end ? stop + 1 : end;
        if (name.len == 0 || equals == NULL) /* a cookie without a name is only a value, and values are secrets */
            continue;
        if (*count == TL_HTTP_COOKIES) {
            tl_draft_cut(&w->draft, COOKIES);
            return;
        }
        if (!put_entry(w, COOKIES, "", name, COOKIE_NAME))
            return;
        ++*count;
    }
}

static void put_proxied(struct writer *w, const struct tl_http_message *m)
{
    for (uint32_t i = 0; i < m->proxied_headers; i++) {
        if (!put_entry(w, PROXIED, m->proxied[i].name, m->proxied[i].value, TL_HTTP_VALUE))
            return;
    }
}

static uint32_t size_for_next(const struct tl_http_message *m)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < m->headers_for_next; i++)
        n += TL_HTTP_ENTRY_HEAD + m->for_next[i].value.len;
    return n < TL_HTTP_VALUE ? n : TL_HTTP_VALUE;
}

static void put_for_next(uint8_t *p, struct tl_http_kept *k, const struct tl_http_message *m, uint32_t room)
{
    const uint8_t *start = p, *end = p + room;
    for (uint32_t i = 0; i < m->headers_for_next; i++)
        p = tl_http_hand(p, end, m->for_next[i].what, m->for_next[i].value);
    k->for_next = (uint16_t)(p - start);
}

static bool is_method(const struct tl_http_message *m, const char *name, size_t len)
{
    return m->start.method.len == len && memcmp(m->start.method.data, name, len) == 0;
}

static void put_version(struct writer *w, struct tl_bytes version)
{
    uint32_t n = version.len < TL_HTTP_VERSION ? version.len : TL_HTTP_VERSION;
    uint8_t *item = n > 0 ? tl_draft_item(&w->draft, VERSION, n) : NULL;
    if (item == NULL)
        return;
    memcpy(item, version.data, n);
    if (n < version.len)
        tl_draft_cut(&w->draft, VERSION);
}

struct header_field {
    uint8_t text, field;
};

static void put_headers(struct writer *w, const struct tl_http_message *m, const struct header_field *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (m->text[list[i].text].len > 0)
            put_text(w, list[i].field, m->text[list[i].text]);
    }
}

static struct tl_draft build_request(const struct tl_dissection *d, const struct tl_http_message *m, int64_t ts,
                                     uint32_t depth)
{
    static const struct header_field first[] = { { HTTP_USER_AGENT, USER_AGENT }, { HTTP_ORIGIN, ORIGIN } };
    static const struct header_field more[] = { { HTTP_CONTENT_TYPE, REQ_CONTENT_TYPE }, { HTTP_UPGRADE, UPGRADE } };
    /* Before the draft, which is the last in scratch memory. */
    const struct tl_bytes uri = tl_shown_text(d, tl_http_target_secret(&m->start), m->start.target);
    const struct tl_bytes host = tl_shown_text(d, TL_SECRET_AUTHORITY, m->text[HTTP_HOST]);
    const struct tl_bytes referrer = tl_shown_text(d, TL_SECRET_URI, m->text[HTTP_REFERRER]);
    uint32_t for_next = TL_UNLIKELY(m->headers_for_next > 0) ? size_for_next(m) : 0, cookies = 0;
    uint32_t extra = (uint32_t)sizeof(struct tl_http_kept) + for_next;
    struct writer w = { tl_draft_begin(d, &tl_http_record_def, ts, extra, TL_HTTP_MESSAGE + ITEM_HEADS),
                        TL_HTTP_MESSAGE };
    if (w.draft.values == NULL)
        return w.draft;
    struct tl_http_kept *k = tl_draft_extra(&w.draft);
    *k = (struct tl_http_kept){ .packet = d->frame->number, .simple = m->start.kind == HTTP_SIMPLE, .head = is_method(m, "HEAD", 4),
                                .connect = is_method(m, "CONNECT", 7), .upgrade = m->text[HTTP_UPGRADE].len > 0 };
    if (for_next > 0)
        put_for_next((uint8_t *)(k + 1), k, m, for_next);
    (void)tl_draft_number(&w.draft, TRANS_DEPTH, depth);
    put_version(&w, m->start.version);
    put_text(&w, METHOD, m->start.method);
    put_text(&w, URI, uri);
    put_text(&w, REFERRER, referrer);
    put_text(&w, HOST, host);
    put_headers(&w, m, first, TL_COUNT(first));
    if (TL_UNLIKELY(m->text[HTTP_USERNAME].len > 0))
        put_credentials(&w, m->text[HTTP_USERNAME]);
    put_headers(&w, m, more, TL_COUNT(more));
    for (uint32_t i = 0; i < m->cookie_headers; i++)
        put_cookies(&w, &cookies, m->cookies[i]);
    put_proxied(&w, m);
    if (m->more_cookies)
        tl_draft_cut(&w.draft, COOKIES);
    if (m->more_proxied)
        tl_draft_cut(&w.draft, PROXIED);
    return w.draft;
}

static struct tl_draft build_response(const struct tl_dissection *d, const struct tl_http_message *m, int64_t ts)
{
    static const struct header_field headers[] = { { HTTP_CONTENT_TYPE, RESP_CONTENT_TYPE },
                                                   { HTTP_CONTENT_ENCODING, CONTENT_ENCODING } };
    struct writer w = { tl_draft_begin(d, &tl_http_record_def, ts, 0, TL_HTTP_MESSAGE + ITEM_HEADS), TL_HTTP_MESSAGE };
    if (w.draft.values == NULL)
        return w.draft;
    put_version(&w, m->start.version);
    put_headers(&w, m, headers, TL_COUNT(headers));
    if (m->start.code.len == 3 && m->start.status == 101)
        put_text(&w, UPGRADE, m->text[HTTP_UPGRADE]);
    put_text(&w, STATUS_MSG, m->start.phrase);
    if (m->start.code.len == 3 && m->start.status != 0)
        (void)tl_draft_number(&w.draft, STATUS_CODE, m->start.status);
    return w.draft;
}

/* --- the record --- */

/* A request or a response, kept or still a draft. */
struct part {
    bool known;
    const struct tl_values *values; /* NULL: they could not be kept */
    uint64_t lost;                  /* bit set of the fields that could not be kept */
    int64_t first, last;            /* ns, of its first and last bytes */
    uint64_t body;
    struct tl_http_decoded decoded;
    const char *mime;
    struct tl_http_kinds kinds;
    uint32_t logins;                /* kept; 0: none */
    uint32_t file;                  /* its body: tl_body_file() */
    uint32_t names;                 /* kept; 0: none */
    uint32_t kept;                  /* the request that has them; 0: the half has */
};

static struct tl_http_kept *kept_of(const struct tl_dissection *d, uint32_t t)
{
    return tl_transaction_extra(d, t);
}

/* A request that was sent completely. t may be 0. */
static struct part request_part(const struct tl_dissection *d, uint32_t t)
{
    if (t == 0)
        return (struct part){ .known = false };
    const struct tl_http_kept *k = kept_of(d, t);
    return (struct part){ .known = true, .values = tl_transaction_values(d, t), .first = tl_transaction_ts(d, t),
                          .last = k->last, .body = k->body, .decoded = k->decoded, .mime = k->mime,
                          .kinds = k->kinds, .logins = k->logins, .file = k->file, .names = k->names, .kept = t };
}

/* A message in progress on the half: a request that is still being sent, or a response. */
static struct part part_in_progress(const struct tl_dissection *d, const struct tl_http_half *h,
                                    const struct tl_values *values)
{
    return (struct part){ .known = true, .values = values, .first = h->first, .last = h->last, .body = h->body,
                          .decoded = h->decoded, .mime = h->mime, .kinds = h->kinds,
                          .file = tl_http_body_file(d, h), .names = h->names };
}

static void set(struct http_record *r, unsigned field)
{
    tl_record_set(&r->r, field);
}

/* One type of a body, or those of its parts. */
static void fill_mime(struct http_record *r, unsigned field, struct tl_text_list *list, struct tl_bytes *items,
                      const struct part *p)
{
    const char *mime = p->mime;
    unsigned n = 0;
    for (unsigned i = 0; i < p->kinds.count && (mime = tl_mime_of_number(p->kinds.numbers[i])) != NULL; i++)
        items[n++] = tl_bytes_of(mime, strlen(mime));
    if (n == 0 && mime != NULL)
        items[n++] = tl_bytes_of(mime, strlen(mime));
    if (n == 0)
        return;
    *list = (struct tl_text_list){ items, n };
    set(r, field);
}

static void fill_decoded(struct http_record *r, unsigned field, uint64_t *member, struct tl_http_decoded decoded)
{
    if (TL_LIKELY(!decoded.known))
        return;
    *member = decoded.len;
    set(r, field);
    r->r.cut |= (uint64_t)decoded.cut << field;
}

/* The texts that could not be kept are empty, and marked as cut. */
static void fill_lost(struct http_record *r, const struct part *a, uint16_t status)
{
    uint64_t lost = a->lost & ~(UINT64_C(1) << STATUS_CODE | UINT64_C(1) << VERSION);
    r->r.set |= lost;
    r->r.cut |= lost;
    if (lost >> UPGRADE & 1)
        r->upgrade = (struct tl_bytes){ NULL, 0 };
    if (status != 0) {
        r->status_code = status;
        set(r, STATUS_CODE);
    }
}

static void fill_response(const struct tl_dissection *d, struct http_record *r, const struct part *a, uint16_t status)
{
    if (TL_LIKELY(a->values != NULL))
        tl_transaction_merge(d, a->values, &r->r);
    else
        fill_lost(r, a, status);
    if (TL_UNLIKELY(r->status_code == 101)) {
        const uint64_t phrase = UINT64_C(1) << STATUS_MSG;
        r->info_code = 101;
        set(r, INFO_CODE);
        r->info_msg = r->status_msg;
        r->r.set |= r->r.set & phrase ? UINT64_C(1) << INFO_MSG : 0;
        r->r.cut |= r->r.cut & phrase ? UINT64_C(1) << INFO_MSG : 0;
    }
    r->response_body_len = a->body;
    set(r, RESPONSE_BODY_LEN);
    fill_decoded(r, RESPONSE_DECODED_LEN, &r->response_decoded_len, a->decoded);
    fill_mime(r, RESP_MIME_TYPES, &r->resp_mime_types, r->mime[1], a);
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

static void fill_grpc(const struct tl_dissection *d, struct http_record *r, const struct tl_http_h2 *h2, unsigned client)
{
    for (unsigned i = 0; i < 2; i++) {
        r->grpc_messages[i] = h2->messages[client ^ i];
        r->grpc_bytes[i] = h2->bytes[client ^ i];
    }
    r->r.set |= UINT64_C(1) << GRPC_REQUESTS | UINT64_C(1) << GRPC_REQUEST_BYTES | UINT64_C(1) << GRPC_RESPONSES |
                UINT64_C(1) << GRPC_RESPONSE_BYTES;
    if (r->r.set >> URI & 1) {
        r->grpc_method = r->uri;
        set(r, GRPC_METHOD);
        r->r.cut |= (r->r.cut >> URI & 1) << GRPC_METHOD;
    }
    if (h2->has_status) {
        r->grpc_status = h2->status;
        set(r, GRPC_STATUS);
    }
    if (h2->message != 0) {
        r->grpc_message = tl_kept(d, h2->message);
        set(r, GRPC_MESSAGE);
    }
}

static void fill_h2(const struct tl_dissection *d, struct http_record *r, bool asked, bool answered)
{
    const struct tl_http_flow *f = flow_of(d);
    const struct tl_http_h2 *h2 = f->h2;
    const unsigned client = f->server == 1;
    r->version = tl_bytes_of(h2->third ? "3" : "2", 1);
    r->h2_stream = h2->stream;
    set(r, VERSION), set(r, H2_STREAM);
    if (h2->reset != NULL) {
        r->h2_reset = h2->reset;
        set(r, H2_RESET);
    }
    if (h2->goaway != NULL) {
        r->h2_goaway = h2->goaway;
        set(r, H2_GOAWAY);
    }
    if (h2->pushed) {
        r->h2_pushed = true;
        set(r, H2_PUSHED);
    }
    if (h2->headers_lost) {
        r->h2_headers_lost = true;
        set(r, H2_HEADERS_LOST);
    }
    r->r.cut |= (uint64_t)(asked && h2->lost[client]) << REQUEST_BODY_LEN |
                (uint64_t)(answered && h2->lost[client ^ 1]) << RESPONSE_BODY_LEN;
    if (h2->grpc)
        fill_grpc(d, r, h2, client);
}

/* The files of the bodies; text and item last until the record is written. */
static void fill_file(const struct tl_dissection *d, struct http_record *r, unsigned field, const struct part *p,
                      unsigned side, char text[20], struct tl_bytes *item)
{
    if (TL_LIKELY(p->file == 0))
        return;
    *item = tl_file_fuid(d, side, p->file, text);
    *(field == ORIG_FUIDS ? &r->orig_fuids : &r->resp_fuids) = (struct tl_text_list){ item, 1 };
    set(r, field);
}

static void fill_names(const struct tl_dissection *d, struct http_record *r, unsigned field, struct tl_text_list *list,
                       struct tl_bytes *items, uint32_t names)
{
    if (TL_LIKELY(names == 0))
        return;
    *list = (struct tl_text_list){ items, tl_http_names_list(d, names, items) };
    if (list->count > 0)
        set(r, field);
}

/*
 * Writes the record of a request and a response (either may be missing). informed: the last 1xx answered this request.
 */
static void emit(struct tl_dissection *d, const struct part *q, const struct part *a, bool informed)
{
    const struct tl_http_flow *f = flow_of(d);
    const size_t used = d->scratch->used;
    const unsigned client = f->server == 1;
    char fuids[2][20];
    struct tl_bytes items[2], names[2][TL_HTTP_KINDS];
    struct http_record r;
    memset(&r, 0, offsetof(struct http_record, mime));
    r.r.ts = q->known ? q->first : a->first;
    if (q->known) {
        tl_transaction_merge(d, q->values, &r.r);
        r.request_body_len = q->body;
        set(&r, REQUEST_BODY_LEN);
        fill_decoded(&r, REQUEST_DECODED_LEN, &r.request_decoded_len, q->decoded);
        fill_mime(&r, ORIG_MIME_TYPES, &r.orig_mime_types, r.mime[0], q);
    } else if (f->alone > 0) {
        r.trans_depth = f->alone;
        set(&r, TRANS_DEPTH);
    }
    if (a->known)
        fill_response(d, &r, a, f->server != 0 ? f->half[f->server - 1].status : 0);
    if (informed)
        fill_info(d, &r);
    if (TL_UNLIKELY(f->h2 != NULL))
        fill_h2(d, &r, q->known, a->known);
    if ((r.r.set >> VERSION & 1) == 0) {
        r.version = tl_bytes_of("0.9", 3);
        set(&r, VERSION);
    }
    if (q->known && a->known && a->first >= q->last) {
        r.ttfb = tl_time_between(q->last, a->first);
        r.resp_time = tl_time_between(q->last, a->last);
        set(&r, TTFB), set(&r, RESP_TIME);
    }
    fill_file(d, &r, ORIG_FUIDS, q, client, fuids[0], &items[0]);
    fill_file(d, &r, RESP_FUIDS, a, client ^ 1, fuids[1], &items[1]);
    fill_names(d, &r, ORIG_FILENAMES, &r.orig_filenames, names[0], q->names);
    fill_names(d, &r, RESP_FILENAMES, &r.resp_filenames, names[1], a->names);
    tl_emit(d, &tl_http_record_def, &r.r);
    if (TL_UNLIKELY(q->names != 0) && q->kept != 0)
        tl_http_names_forget(d, &kept_of(d, q->kept)->names);
    if (TL_UNLIKELY(q->logins != 0))
        tl_http_logins_end(d, q->logins, r.status_code);
    if (informed)
        forget_info(d);
    d->scratch->used = used;
}

/* --- waiting requests --- */

static uint32_t take_oldest(struct tl_dissection *d)
{
    struct tl_http_flow *f = flow_of(d);
    uint32_t t = f->requests.first;
    tl_transaction_take(d, &f->requests, t);
    return t;
}

/* Writes the record of the oldest request without a response. informed: a 1xx for it was received. */
static void give_up_oldest(struct tl_dissection *d, bool informed)
{
    const struct part nothing = { .known = false };
    uint32_t t = take_oldest(d);
    struct part q = request_part(d, t);
    emit(d, &q, &nothing, informed);
    tl_forget(d, t);
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
static uint32_t keep_beside(struct tl_dissection *d, const struct tl_draft *draft)
{
    uint32_t t = tl_draft_keep(d, draft);
    if (TL_LIKELY(flow_of(d)->requests.count == 0) || t == 0)
        return t;
    uint32_t spare = tl_keep(d, NULL, TL_HTTP_SPARE);
    tl_forget(d, spare != 0 ? spare : t);
    return spare != 0 ? t : 0;
}

/* Keeps a request and drops older ones if necessary. Returns 0 if its record was written instead. */
static uint32_t keep_request(struct tl_dissection *d, const struct tl_draft *draft, const struct tl_http_half *h)
{
    struct tl_http_flow *f = flow_of(d);
    const struct part nothing = { .known = false };
    bool built = draft->values != NULL;
    uint32_t t = 0;
    if (built && f->requests.count < TL_HTTP_WAITING)
        t = keep_beside(d, draft);
    while (t == 0 && f->requests.count > 0 && built) {
        make_room(d);
        t = keep_beside(d, draft);
    }
    if (t != 0)
        return t;
    if (built) {
        struct part q = part_in_progress(d, h, draft->values);
        emit(d, &q, &nothing, false);
    } else {
        tl_truncated(d, sizeof(struct tl_http_kept));
    }
    f->debt++;
    return 0;
}

/* Queues a kept request to wait for its response. */
static void wait_for_response(struct tl_dissection *d, uint32_t t)
{
    struct tl_http_flow *f = flow_of(d);
    while (f->requests.count >= TL_HTTP_WAITING)
        make_room(d);
    tl_transaction_append(d, &f->requests, t);
}

/* The request is complete: what is known of its bytes moves from the half to the transaction. */
static void settle(const struct tl_dissection *d, uint32_t t, struct tl_http_half *h)
{
    struct tl_http_kept *k = kept_of(d, t);
    k->last = h->last;
    k->body = h->body;
    k->decoded = h->decoded;
    k->mime = h->mime;
    k->kinds = h->kinds;
    k->file = tl_http_body_file(d, h);
    k->names = h->names;
    h->names = 0;
}

void tl_http_begin_request(struct tl_dissection *d, const struct tl_http_message *m, struct tl_http_half *h, bool ends)
{
    struct tl_http_flow *f = flow_of(d);
    struct tl_draft draft = build_request(d, m, h->first, ++f->depth);
    const size_t used = tl_draft_done(d, &draft);
    uint32_t t = keep_request(d, &draft, h);
    d->scratch->used = used;
    if (TL_UNLIKELY(m->text[HTTP_USERNAME].len > 0))
        tl_http_login_head(d, m, t);
    if (!ends) {
        h->message = t;
        h->live = t != 0;
        tl_http_form_begin(d, m, h);
    } else if (t != 0) {
        settle(d, t, h);
        wait_for_response(d, t);
    }
}

bool tl_http_reopen(struct tl_dissection *d, struct tl_http_half *h)
{
    struct tl_http_flow *f = flow_of(d);
    uint32_t t = f->requests.last;
    if (t == 0 || !kept_of(d, t)->simple || h->live)
        return false;
    tl_transaction_take(d, &f->requests, t);
    h->message = t;
    h->live = true;
    return true;
}

void tl_http_add_headers(struct tl_dissection *d, const struct tl_http_message *m, struct tl_http_half *h)
{
    static const struct header_field headers[] = {
        { HTTP_HOST, HOST }, { HTTP_REFERRER, REFERRER }, { HTTP_USER_AGENT, USER_AGENT }, { HTTP_ORIGIN, ORIGIN },
        { HTTP_CONTENT_TYPE, REQ_CONTENT_TYPE },
    };
    struct tl_transactions alone = { h->message, h->message, 1 };
    for (size_t i = 0; i < TL_COUNT(headers); i++) {
        struct tl_bytes text = m->text[headers[i].text];
        if (headers[i].field == REFERRER || headers[i].field == HOST)
            text = tl_shown_text(d, headers[i].field == HOST ? TL_SECRET_AUTHORITY : TL_SECRET_URI, text);
        if (text.len > 0 && !tl_transaction_has(d, h->message, headers[i].field))
            (void)tl_transaction_text(d, &alone, &h->message, headers[i].field, text, TL_HTTP_VALUE);
    }
}

/* A request that is still being sent. */
static struct part live_part(const struct tl_dissection *d, const struct tl_http_half *h)
{
    struct part q = part_in_progress(d, h, tl_transaction_values(d, h->message));
    q.logins = kept_of(d, h->message)->logins;
    return q;
}

/* Writes the response in progress with its request and frees both. */
static void emit_response(struct tl_dissection *d, const struct part *a, struct tl_http_half *h)
{
    struct tl_http_flow *f = flow_of(d);
    struct tl_http_half *client = &f->half[h == &f->half[0]];
    struct part q = f->answers_live ? live_part(d, client) : request_part(d, f->answered);
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

/* The response in progress. */
static struct part response_part(const struct tl_dissection *d, const struct tl_http_half *h)
{
    struct part a = part_in_progress(d, h, h->message != 0 ? tl_transaction_values(d, h->message) : NULL);
    a.lost = h->lost_fields;
    return a;
}

void tl_http_end_request(struct tl_dissection *d, struct tl_http_half *h)
{
    struct tl_http_flow *f = flow_of(d);
    if (TL_UNLIKELY(h->form != 0))
        tl_http_form_end(d, h);
    if (!h->live)
        return;
    if (f->answers_live && f->response_done) {
        struct tl_http_half *server = &f->half[h == &f->half[0]];
        struct part a = response_part(d, server);
        emit_response(d, &a, server);
        return;
    }
    uint32_t t = h->message;
    settle(d, t, h);
    h->message = 0;
    h->live = false;
    if (f->answers_live) {
        f->answers_live = false;
        f->answered = t;
    } else {
        wait_for_response(d, t);
    }
}

static struct tl_http_asked asked_by(const struct tl_dissection *d, uint32_t t)
{
    if (t == 0)
        return (struct tl_http_asked){ .known = false };
    const struct tl_http_kept *k = kept_of(d, t);
    return (struct tl_http_asked){ .known = true, .head = k->head, .connect = k->connect, .simple = k->simple,
                                   .upgrade = k->upgrade };
}

struct tl_http_asked tl_http_last(const struct tl_dissection *d)
{
    return asked_by(d, flow_of(d)->requests.last);
}

void tl_http_kept_texts(const struct tl_dissection *d, uint32_t t, struct tl_http_texts *texts)
{
    const size_t used = d->scratch->used;
    struct http_record r;
    memset(&r, 0, sizeof r);
    *texts = (struct tl_http_texts){ 0 };
    if (t == 0)
        return;
    const struct tl_http_kept *k = kept_of(d, t);
    tl_transaction_load(d, t, &r.r);
    *texts = (struct tl_http_texts){ r.method, r.host, r.uri, r.user_agent, r.origin, r.upgrade,
                                     tl_bytes_of((const uint8_t *)(k + 1), k->for_next) };
    d->scratch->used = used; /* of lists, which are not needed */
}

struct tl_http_asked tl_http_oldest(const struct tl_dissection *d)
{
    return asked_by(d, flow_of(d)->requests.first);
}

struct tl_http_asked tl_http_answered(const struct tl_dissection *d, const struct tl_http_half *h)
{
    const struct tl_http_flow *f = flow_of(d);
    return asked_by(d, f->answers_live ? f->half[h == &f->half[0]].message : f->answered);
}

uint64_t tl_http_answered_target(const struct tl_dissection *d, const struct tl_http_half *h)
{
    const struct tl_http_flow *f = flow_of(d);
    uint32_t t = f->answers_live ? f->half[h == &f->half[0]].message : f->answered;
    struct tl_http_texts texts;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    if (t == 0)
        return 0;
    tl_http_kept_texts(d, t, &texts);
    const struct tl_bytes parts[] = { texts.host, texts.uri };
    for (unsigned i = 0; i < TL_COUNT(parts); i++) {
        hash = (hash ^ parts[i].len) * UINT64_C(0x100000001b3);
        for (uint32_t k = 0; k < parts[i].len; k++)
            hash = (hash ^ parts[i].data[k]) * UINT64_C(0x100000001b3);
    }
    return hash != 0 ? hash : 1;
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
        while (f->requests.count > 1 || (f->requests.count == 1 && client->live))
            give_up_oldest(d, false);
        f->debt = 0;
    }
    h->lost = false;
    f->alone = 0;
    if (f->debt > 0) {
        f->debt--;
        return (struct tl_http_asked){ .known = false };
    }
    if (f->requests.count > 0) {
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

void tl_http_begin_response(struct tl_dissection *d, const struct tl_http_message *m, struct tl_http_half *h, bool ends)
{
    const struct tl_http_flow *f = flow_of(d);
    struct tl_draft draft = build_response(d, m, h->first);
    h->status = m->start.status;
    if (ends && !f->answers_live && draft.values != NULL) {
        const size_t used = tl_draft_done(d, &draft);
        struct part a = part_in_progress(d, h, draft.values);
        emit_response(d, &a, h);
        d->scratch->used = used;
        return;
    }
    h->message = tl_draft_keep(d, &draft);
    h->lost_fields = h->message == 0 && draft.values != NULL ? tl_values_fields(draft.values) : 0;
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
    f->info_cut = reason.len > INFO;
    if (f->info_cut)
        reason.len = INFO;
    if (reason.len > 0)
        f->info = tl_keep(d, reason.data, reason.len);
    f->info_cut |= reason.len > 0 && f->info == 0;
}

void tl_http_finish(struct tl_dissection *d)
{
    struct tl_http_flow *f = flow_of(d);
    const struct part nothing = { .known = false };
    if (f == NULL)
        return;
    for (unsigned side = 0; side < 2; side++) {
        tl_http_content_end(d, &f->half[side]);
        tl_http_form_end(d, &f->half[side]);
    }
    if (f->server != 0 && f->half[f->server - 1].live) {
        struct tl_http_half *server = &f->half[f->server - 1];
        struct part a = response_part(d, server);
        emit_response(d, &a, server);
    }
    while (f->requests.count > 0)
        give_up_oldest(d, f->debt == 0);
    for (unsigned side = 0; side < 2; side++) {
        struct tl_http_half *h = &f->half[side];
        tl_http_body_end(d, h);
        tl_http_body_finish(d, h);
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
