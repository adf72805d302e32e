/* http_pair.c - requests until their response: pipelines, 1xx, responses without a request (RFC 9112 section 9.3). */
#include "dissectors/http/http_record.h"

enum { INFO = 512 };

static uint32_t take_oldest(struct tl_dissection *d)
{
    struct tl_http_flow *f = tl_http_flow_of(d);
    uint32_t t = f->requests.first;
    tl_transaction_take(d, &f->requests, t);
    return t;
}

/* Writes the record of the oldest request without a response. informed: a 1xx for it was received. */
static void give_up_oldest(struct tl_dissection *d, bool informed)
{
    const struct tl_http_part nothing = { .known = false };
    uint32_t t = take_oldest(d);
    struct tl_http_part q = tl_http_request_part(d, t);
    tl_http_write(d, &q, &nothing, informed);
    tl_forget(d, t);
}

/* Drops the oldest request to make room for another. */
static void make_room(struct tl_dissection *d)
{
    struct tl_http_flow *f = tl_http_flow_of(d);
    if (f->debt == 0)
        tl_weird(d, HTTP_WEIRD_PIPELINE_TOO_LONG, (struct tl_bytes){ NULL, 0 });
    give_up_oldest(d, f->debt == 0);
    f->debt++;
}

/* Keeps a request if there is room next to the waiting requests and the space reserved for response texts. */
static uint32_t keep_beside(struct tl_dissection *d, const struct tl_draft *draft)
{
    uint32_t t = tl_draft_keep(d, draft);
    if (TL_LIKELY(tl_http_flow_of(d)->requests.count == 0) || t == 0)
        return t;
    uint32_t spare = tl_keep(d, NULL, TL_HTTP_SPARE);
    tl_forget(d, spare != 0 ? spare : t);
    return spare != 0 ? t : 0;
}

/* Keeps a request and drops older ones if necessary. Returns 0 if its record was written instead. */
static uint32_t keep_request(struct tl_dissection *d, const struct tl_draft *draft, const struct tl_http_half *h)
{
    struct tl_http_flow *f = tl_http_flow_of(d);
    const struct tl_http_part nothing = { .known = false };
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
        struct tl_http_part q = tl_http_part_in_progress(d, h, draft->values);
        tl_http_write(d, &q, &nothing, false);
    } else {
        tl_truncated(d, sizeof(struct tl_http_kept));
    }
    f->debt++;
    return 0;
}

/* Queues a kept request to wait for its response. */
static void wait_for_response(struct tl_dissection *d, uint32_t t)
{
    struct tl_http_flow *f = tl_http_flow_of(d);
    while (f->requests.count >= TL_HTTP_WAITING)
        make_room(d);
    tl_transaction_append(d, &f->requests, t);
}

/* The request is complete: what is known of its bytes moves from the half to the transaction. */
static void settle(const struct tl_dissection *d, uint32_t t, struct tl_http_half *h)
{
    struct tl_http_kept *k = tl_http_kept_of(d, t);
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
    struct tl_http_flow *f = tl_http_flow_of(d);
    struct tl_draft draft = tl_http_draft_request(d, m, h->first, ++f->depth);
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
    struct tl_http_flow *f = tl_http_flow_of(d);
    uint32_t t = f->requests.last;
    if (t == 0 || !tl_http_kept_of(d, t)->simple || h->live)
        return false;
    tl_transaction_take(d, &f->requests, t);
    h->message = t;
    h->live = true;
    return true;
}

void tl_http_add_headers(struct tl_dissection *d, const struct tl_http_message *m, struct tl_http_half *h)
{
    static const struct tl_http_header_field headers[] = {
        { HTTP_HOST, HOST }, { HTTP_REFERRER, REFERRER }, { HTTP_USER_AGENT, USER_AGENT }, { HTTP_ORIGIN, ORIGIN },
        { HTTP_CONTENT_TYPE, REQ_CONTENT_TYPE },
    };
    if (h->message == 0)
        return; /* it was answered before its header ended */
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
static struct tl_http_part live_part(const struct tl_dissection *d, const struct tl_http_half *h)
{
    struct tl_http_part q = tl_http_part_in_progress(d, h, tl_transaction_values(d, h->message));
    q.logins = tl_http_kept_of(d, h->message)->logins;
    return q;
}

/* Writes the response in progress with its request and frees both. */
static void emit_response(struct tl_dissection *d, const struct tl_http_part *a, struct tl_http_half *h)
{
    struct tl_http_flow *f = tl_http_flow_of(d);
    struct tl_http_half *client = &f->half[h == &f->half[0]];
    struct tl_http_part q = f->answers_live ? live_part(d, client) : tl_http_request_part(d, f->answered);
    tl_http_write(d, &q, a, true);
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
static struct tl_http_part response_part(const struct tl_dissection *d, const struct tl_http_half *h)
{
    struct tl_http_part a =
        tl_http_part_in_progress(d, h, h->message != 0 ? tl_transaction_values(d, h->message) : NULL);
    a.lost = h->lost_fields;
    return a;
}

void tl_http_end_request(struct tl_dissection *d, struct tl_http_half *h)
{
    struct tl_http_flow *f = tl_http_flow_of(d);
    if (TL_UNLIKELY(h->form != 0))
        tl_http_form_end(d, h);
    if (!h->live)
        return;
    if (f->answers_live && f->response_done) {
        struct tl_http_half *server = &f->half[h == &f->half[0]];
        struct tl_http_part a = response_part(d, server);
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
    const struct tl_http_kept *k = tl_http_kept_of(d, t);
    return (struct tl_http_asked){ .known = true, .head = k->head, .connect = k->connect, .simple = k->simple,
                                   .upgrade = k->upgrade };
}

struct tl_http_asked tl_http_last(const struct tl_dissection *d)
{
    return asked_by(d, tl_http_flow_of(d)->requests.last);
}

void tl_http_kept_texts(const struct tl_dissection *d, uint32_t t, struct tl_http_texts *texts)
{
    const size_t used = d->scratch->used;
    struct http_record r;
    memset(&r, 0, sizeof r);
    *texts = (struct tl_http_texts){ 0 };
    if (t == 0)
        return;
    const struct tl_http_kept *k = tl_http_kept_of(d, t);
    tl_transaction_load(d, t, &r.r);
    *texts = (struct tl_http_texts){ r.method, r.host, r.uri, r.user_agent, r.origin, r.upgrade,
                                     tl_bytes_of((const uint8_t *)(k + 1), k->for_next) };
    d->scratch->used = used; /* of lists, which are not needed */
}

struct tl_http_asked tl_http_oldest(const struct tl_dissection *d)
{
    return asked_by(d, tl_http_flow_of(d)->requests.first);
}

struct tl_http_asked tl_http_answered(const struct tl_dissection *d, const struct tl_http_half *h)
{
    const struct tl_http_flow *f = tl_http_flow_of(d);
    return asked_by(d, f->answers_live ? f->half[h == &f->half[0]].message : f->answered);
}

uint64_t tl_http_answered_target(const struct tl_dissection *d, const struct tl_http_half *h)
{
    const struct tl_http_flow *f = tl_http_flow_of(d);
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
    if (TL_LIKELY(!h->live || tl_http_flow_of(d)->server == 0 ||
                  h != &tl_http_flow_of(d)->half[tl_http_flow_of(d)->server - 1]))
        return;
    struct tl_http_part a = response_part(d, h);
    emit_response(d, &a, h);
}

struct tl_http_asked tl_http_pair(struct tl_dissection *d, struct tl_http_half *h)
{
    struct tl_http_flow *f = tl_http_flow_of(d);
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
    const struct tl_http_flow *f = tl_http_flow_of(d);
    struct tl_draft draft = tl_http_draft_response(d, m, h->first);
    h->status = m->start.status;
    if (ends && !f->answers_live && draft.values != NULL) {
        const size_t used = tl_draft_done(d, &draft);
        struct tl_http_part a = tl_http_part_in_progress(d, h, draft.values);
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
    struct tl_http_flow *f = tl_http_flow_of(d);
    if (!h->live)
        return;
    if (f->answers_live) { /* the request continues: its record waits for its end */
        f->response_done = true;
        return;
    }
    struct tl_http_part a = response_part(d, h);
    emit_response(d, &a, h);
}

void tl_http_interim(struct tl_dissection *d, const struct tl_http_message *m)
{
    struct tl_http_flow *f = tl_http_flow_of(d);
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
    struct tl_http_flow *f = tl_http_flow_of(d);
    const struct tl_http_part nothing = { .known = false };
    if (f == NULL)
        return;
    for (unsigned side = 0; side < 2; side++) {
        tl_http_content_end(d, &f->half[side]);
        tl_http_form_end(d, &f->half[side]);
    }
    if (f->server != 0 && f->half[f->server - 1].live) {
        struct tl_http_half *server = &f->half[f->server - 1];
        struct tl_http_part a = response_part(d, server);
        emit_response(d, &a, server);
    }
    while (f->requests.count > 0)
        give_up_oldest(d, f->debt == 0);
    for (unsigned side = 0; side < 2; side++) {
        struct tl_http_half *h = &f->half[side];
        tl_http_body_end(d, h);
        tl_http_body_finish(d, h);
        if (h->live) {
            struct tl_http_part q = live_part(d, h);
            tl_http_write(d, &q, &nothing, f->debt == 0);
        }
        tl_forget(d, h->message);
        h->message = 0;
        h->live = false;
    }
    tl_http_forget_info(d);
}
