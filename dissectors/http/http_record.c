/* http_record.c - fills the http record of a request and its response, and writes it. */
#include "dissectors/http/http_record.h"

#include <stddef.h>

#include "core/channel.h"
#include "core/time.h"
#include "dissectors/mime_type.h"

struct tl_http_part tl_http_request_part(const struct tl_dissection *d, uint32_t t)
{
    if (t == 0)
        return (struct tl_http_part){ .known = false };
    const struct tl_http_kept *k = tl_http_kept_of(d, t);
    return (struct tl_http_part){ .known = true,
                                  .values = tl_transaction_values(d, t),
                                  .first = tl_transaction_ts(d, t),
                                  .last = k->last,
                                  .body = k->body,
                                  .decoded = k->decoded,
                                  .mime = k->mime,
                                  .kinds = k->kinds,
                                  .logins = k->logins,
                                  .file = k->file,
                                  .names = k->names,
                                  .kept = t };
}

struct tl_http_part tl_http_part_in_progress(const struct tl_dissection *d, const struct tl_http_half *h,
                                             const struct tl_values *values)
{
    return (struct tl_http_part){ .known = true, .values = values, .first = h->first, .last = h->last, .body = h->body,
                                  .decoded = h->decoded, .mime = h->mime, .kinds = h->kinds,
                                  .file = tl_http_body_file(d, h), .names = h->names };
}

static void set(struct http_record *r, unsigned field)
{
    tl_record_set(&r->r, field);
}

/* One type of a body, or those of its parts. */
static void fill_mime(struct http_record *r, unsigned field, struct tl_text_list *list, struct tl_bytes *items,
                      const struct tl_http_part *p)
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
static void fill_lost(struct http_record *r, const struct tl_http_part *a, uint16_t status)
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

static void fill_response(const struct tl_dissection *d, struct http_record *r, const struct tl_http_part *a,
                          uint16_t status)
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
    const struct tl_http_flow *f = tl_http_flow_of(d);
    if (f->info_code == 0)
        return;
    r->info_code = f->info_code;
    set(r, INFO_CODE);
    r->info_msg = f->info != 0 ? tl_kept(d, f->info) : (struct tl_bytes){ NULL, 0 };
    if (r->info_msg.len > 0 || f->info_cut)
        set(r, INFO_MSG);
    r->r.cut |= (uint64_t)f->info_cut << INFO_MSG;
}

void tl_http_forget_info(struct tl_dissection *d)
{
    struct tl_http_flow *f = tl_http_flow_of(d);
    tl_forget(d, f->info);
    f->info = 0;
    f->info_code = 0;
}

static void fill_grpc(const struct tl_dissection *d, struct http_record *r, const struct tl_http_h2 *h2,
                      unsigned client)
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
    const struct tl_http_flow *f = tl_http_flow_of(d);
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
static void fill_file(const struct tl_dissection *d, struct http_record *r, unsigned field,
                      const struct tl_http_part *p, unsigned side, char text[20], struct tl_bytes *item)
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

void tl_http_write(struct tl_dissection *d, const struct tl_http_part *q, const struct tl_http_part *a, bool informed)
{
    const struct tl_http_flow *f = tl_http_flow_of(d);
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
        set(&r, TTFB);
        if (r.resp_time >= 0) /* the capture's clock did not go back */
            set(&r, RESP_TIME);
    }
    fill_file(d, &r, ORIG_FUIDS, q, client, fuids[0], &items[0]);
    fill_file(d, &r, RESP_FUIDS, a, client ^ 1, fuids[1], &items[1]);
    fill_names(d, &r, ORIG_FILENAMES, &r.orig_filenames, names[0], q->names);
    fill_names(d, &r, RESP_FILENAMES, &r.resp_filenames, names[1], a->names);
    tl_emit(d, &tl_http_record_def, &r.r);
    if (TL_UNLIKELY(q->names != 0) && q->kept != 0)
        tl_http_names_forget(d, &tl_http_kept_of(d, q->kept)->names);
    if (TL_UNLIKELY(q->logins != 0))
        tl_http_logins_end(d, q->logins, r.status_code);
    if (informed)
        tl_http_forget_info(d);
    d->scratch->used = used;
}
