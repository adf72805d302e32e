/* http_draft.c - what a request or a response says for the http record, as a draft that can be kept. */
#include "dissectors/http/http_record.h"

enum { COOKIE_NAME = 128, ITEM_HEADS = 512 /* room for what the items of a message need besides */ };

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

static void put_headers(struct writer *w, const struct tl_http_message *m, const struct tl_http_header_field *list,
                        size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (m->text[list[i].text].len > 0)
            put_text(w, list[i].field, m->text[list[i].text]);
    }
}

struct tl_draft tl_http_draft_request(const struct tl_dissection *d, const struct tl_http_message *m, int64_t ts,
                                      uint32_t depth)
{
    static const struct tl_http_header_field first[] = { { HTTP_USER_AGENT, USER_AGENT }, { HTTP_ORIGIN, ORIGIN } };
    static const struct tl_http_header_field more[] = { { HTTP_CONTENT_TYPE, REQ_CONTENT_TYPE },
                                                        { HTTP_UPGRADE, UPGRADE } };
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
    *k = (struct tl_http_kept){ .packet = d->frame->number,
                                .simple = m->start.kind == HTTP_SIMPLE,
                                .head = is_method(m, "HEAD", 4),
                                .connect = is_method(m, "CONNECT", 7),
                                .upgrade = m->text[HTTP_UPGRADE].len > 0 };
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

struct tl_draft tl_http_draft_response(const struct tl_dissection *d, const struct tl_http_message *m, int64_t ts)
{
    static const struct tl_http_header_field headers[] = { { HTTP_CONTENT_TYPE, RESP_CONTENT_TYPE },
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
