/* http2_stream.c - the streams of a connection: a request and its response each (RFC 9113 section 5). */
#include "core/slab.h"
#include "dissectors/grpc/grpc.h"
#include "dissectors/http2/http2.h"
#include "dissectors/registry.h"

static struct tl_http2_stream **bucket(struct tl_http2_flow *f, uint32_t id)
{
    return &f->buckets[id / 2 % HTTP2_BUCKETS];
}

struct tl_http2_stream *tl_http2_find(const struct tl_http2_flow *f, uint32_t id)
{
    struct tl_http2_stream *x = f->buckets[id / 2 % HTTP2_BUCKETS];
    while (x != NULL && x->id != id)
        x = x->next;
    return x;
}

struct tl_http2_stream *tl_http2_begin_stream(struct tl_dissection *d, struct tl_http2_flow *f, uint32_t id)
{
    if (f->streams == HTTP2_STREAMS) {
        tl_weird(d, HTTP2_WEIRD_STREAMS, (struct tl_bytes){ NULL, 0 });
        tl_http2_close(d, f, f->oldest);
    }
    struct tl_http2_stream *x = d->slab != NULL ? tl_slab_get(d->slab, sizeof *x) : NULL;
    if (x == NULL) {
        tl_truncated(d, sizeof *x);
        return NULL;
    }
    struct tl_http2_stream **first = bucket(f, id);
    memset(x, 0, sizeof *x);
    x->id = id;
    x->h2.credentials = f->credentials;
    x->h2.stream = f->third ? (id - 1) * 2 : id;
    x->third = x->h2.third = f->third;
    x->http.h2 = &x->h2;
    x->http.server = (uint8_t)((f->client ^ 1u) + 1);
    x->http.confirmed = true;
    x->next = *first;
    *first = x;
    x->older = f->newest;
    if (f->newest != NULL)
        f->newest->newer = x;
    else
        f->oldest = x;
    f->newest = x;
    f->streams++;
    return x;
}

struct tl_dissection tl_http2_inside(const struct tl_dissection *d, struct tl_http2_stream *x)
{
    struct tl_dissection inside = *d;
    d->host->select(&inside, &tl_protocol_http);
    inside.wanted = NULL;
    inside.flow.slot = &x->http;
    return inside;
}

/* --- the protocol inside --- */

/* The counts of the child outlive it. */
static void count(const struct tl_dissection *d, const struct tl_http2_flow *f, struct tl_http2_stream *x)
{
    if (!x->h2.grpc || x->child == NULL)
        return;
    const struct tl_grpc_flow *grpc = tl_channel_state(d, x->child);
    for (unsigned side = 0; side < 2; side++) {
        const unsigned half = tl_http2_half_of(d, f, side);
        x->h2.messages[half] = grpc->half[side].messages;
        x->h2.bytes[half] = grpc->half[side].bytes;
    }
}

void tl_http2_open_child(struct tl_dissection *d, struct tl_http2_stream *x, const struct tl_protocol *protocol,
                         const struct tl_http_message *m)
{
    if (x->child != NULL)
        return;
    x->child = tl_channel_open(d, TL_CHANNEL_STREAM, x->id, protocol);
    if (x->child == NULL || m == NULL)
        return;
    struct tl_dissection inside = tl_http2_inside(d, x);
    struct tl_http_texts texts;
    uint8_t note[TL_HTTP_NOTE];
    const uint32_t len = tl_http_note(&inside, x->http.answered, m, &texts, note);
    (void)tl_channel_tell(&inside, x->child, tl_bytes_of(note, len));
}

static void push(struct tl_dissection *d, const struct tl_http2_flow *f, struct tl_http2_stream *x, unsigned side,
                 struct tl_bytes bytes)
{
    if (x->child == NULL)
        return;
    if (x->early > 0)
        tl_channel_gap(d, x->child, side, x->early);
    x->early = 0;
    tl_channel_push(d, x->child, side, bytes);
    count(d, f, x);
}

/* --- bodies --- */

static bool is_multipart(struct tl_bytes type)
{
    return type.len > 10 && tl_http_same(tl_bytes_of(type.data, 10), "multipart/");
}

void tl_http2_begin_body(struct tl_dissection *d, struct tl_http2_stream *x, unsigned half, struct tl_http_message *m)
{
    struct tl_dissection inside = tl_http2_inside(d, x);
    struct tl_http_half *h = &x->http.half[half];
    const bool look = tl_http_is_identity(m->text[HTTP_CONTENT_ENCODING]) && !m->framing.partial &&
                      !is_multipart(m->text[HTTP_CONTENT_TYPE]);
    x->looked[half] = !look || x->h2.grpc;
    if (m->disposition.len > 0)
        tl_http_names_of_head(&inside, h, m);
    if (!look)
        tl_http_content_begin(&inside, h, m);
    h->left = m->framing.has_length ? m->framing.length : UINT64_MAX;
    if (TL_UNLIKELY(d->bodies))
        tl_http_body_begin(&inside, h, m, !m->framing.has_length);
}

/* The first bytes of a body tell its type, however they are cut. */
static void look(struct tl_dissection *d, struct tl_http2_stream *x, unsigned half, struct tl_bytes bytes, bool whole)
{
    struct tl_http_half *h = &x->http.half[half];
    uint32_t room = TL_MIME_LOOK - x->look_len[half];
    if (x->look[half] == 0 && (whole || bytes.len >= TL_MIME_LOOK)) {
        if (bytes.len > 0)
            h->mime = tl_mime_type(tl_bytes_of(bytes.data, bytes.len < room ? bytes.len : room),
                                   whole || (x->has_length[half] && x->length[half] <= TL_MIME_LOOK));
        x->looked[half] = true;
        return;
    }
    if (x->look[half] == 0)
        x->look[half] = tl_keep(d, NULL, TL_MIME_LOOK);
    if (x->look[half] == 0) {
        x->looked[half] = true;
        return;
    }
    uint8_t *kept = tl_kept_mine(d, x->look[half]);
    uint32_t n = bytes.len < room ? bytes.len : room;
    if (n > 0)
        memcpy(kept + x->look_len[half], bytes.data, n);
    x->look_len[half] = (uint8_t)(x->look_len[half] + n);
    if (x->look_len[half] < TL_MIME_LOOK && !whole)
        return;
    h->mime = tl_mime_type(tl_bytes_of(kept, x->look_len[half]),
                           whole || (x->has_length[half] && x->length[half] <= TL_MIME_LOOK));
    tl_forget(d, x->look[half]);
    x->look[half] = 0;
    x->looked[half] = true;
}

void tl_http2_data(struct tl_dissection *d, struct tl_http2_flow *f, struct tl_http2_stream *x, unsigned half,
                   unsigned side, struct tl_bytes bytes)
{
    struct tl_http_half *h = &x->http.half[half];
    if (bytes.len == 0)
        return;
    if (x->connect) {
        x->early += x->child == NULL ? bytes.len : 0;
        push(d, f, x, side, bytes);
        return;
    }
    h->body += bytes.len;
    h->last = d->frame->ts;
    if (!x->looked[half])
        look(d, x, half, bytes, false);
    if (TL_UNLIKELY((h->decoding | h->parts | h->form) != 0 || d->bodies)) {
        struct tl_dissection inside = tl_http2_inside(d, x);
        tl_http_form_data(&inside, h, bytes);
        tl_http_content_data(&inside, h, bytes);
        tl_http_body_data(&inside, h, bytes);
    }
    push(d, f, x, side, bytes);
}

void tl_http2_data_gap(struct tl_dissection *d, struct tl_http2_flow *f, struct tl_http2_stream *x, unsigned half,
                       unsigned side, uint64_t n)
{
    struct tl_http_half *h = &x->http.half[half];
    if (n == 0)
        return;
    if (!x->connect) {
        struct tl_dissection inside = tl_http2_inside(d, x);
        h->body += n;
        h->last = d->frame->ts;
        x->looked[half] = true;
        tl_http_content_gap(&inside, h, n);
        tl_http_form_gap(&inside, h);
        tl_http_body_gap(&inside, h, n);
    }
    tl_channel_gap(d, x->child, side, n);
    count(d, f, x);
}

void tl_http2_unsure(struct tl_dissection *d, struct tl_http2_flow *f, unsigned half, unsigned side)
{
    for (struct tl_http2_stream *x = f->oldest; x != NULL; x = x->newer) {
        if (x->ended[half])
            continue;
        struct tl_dissection inside = tl_http2_inside(d, x);
        x->h2.lost[half] = true;
        x->looked[half] = true;
        tl_http_content_gap(&inside, &x->http.half[half], 1);
        tl_http_form_gap(&inside, &x->http.half[half]);
        /* More than any unit of the protocol inside: how much is missing is not known. */
        tl_channel_gap(d, x->child, side, UINT32_MAX);
    }
}

/* --- the end --- */

/* RFC 9113 section 8.1.1. */
static void check_length(struct tl_dissection *d, const struct tl_http2_stream *x, unsigned half)
{
    const struct tl_http_half *h = &x->http.half[half];
    bool none = x->http.server == half + 1 && (x->head || h->status == 304);
    if (x->has_length[half] && !none && !x->h2.lost[half] && x->length[half] != h->body)
        tl_weird(d, HTTP2_WEIRD_LENGTH, (struct tl_bytes){ NULL, 0 });
}

void tl_http2_end_side(struct tl_dissection *d, struct tl_http2_flow *f, struct tl_http2_stream *x, unsigned half,
                       unsigned side)
{
    struct tl_http_half *h = &x->http.half[half];
    if (x->ended[half])
        return;
    x->ended[half] = true;
    tl_channel_end(d, x->child, side);
    count(d, f, x);
    if (!x->connect || !x->tunnel) {
        struct tl_dissection inside = tl_http2_inside(d, x);
        if (!x->looked[half] && x->look[half] != 0)
            look(d, x, half, (struct tl_bytes){ NULL, 0 }, true);
        check_length(d, x, half);
        h->last = d->frame->ts;
        tl_http_content_end(&inside, h);
        tl_http_body_end(&inside, h);
        if (half == f->client)
            tl_http_end_request(&inside, h);
        else
            tl_http_end_response(&inside, h);
    }
    if (x->ended[0] && x->ended[1])
        tl_http2_close(d, f, x);
}

static void unlink_stream(struct tl_http2_flow *f, struct tl_http2_stream *x)
{
    struct tl_http2_stream **link = bucket(f, x->id);
    while (*link != x)
        link = &(*link)->next;
    *link = x->next;
    if (x->older != NULL)
        x->older->newer = x->newer;
    else
        f->oldest = x->newer;
    if (x->newer != NULL)
        x->newer->older = x->older;
    else
        f->newest = x->older;
    f->streams--;
}

void tl_http2_close(struct tl_dissection *d, struct tl_http2_flow *f, struct tl_http2_stream *x)
{
    count(d, f, x);
    for (unsigned half = 0; half < 2; half++) {
        if (x->look[half] != 0 && !x->looked[half])
            x->http.half[half].mime =
                tl_mime_type(tl_bytes_of(tl_kept(d, x->look[half]).data, x->look_len[half]), false);
    }
    struct tl_dissection inside = tl_http2_inside(d, x);
    tl_http_finish(&inside);
    if (x->child != NULL)
        tl_channel_close(d, x->child);
    for (unsigned half = 0; half < 2; half++)
        tl_forget(d, x->look[half]), tl_http_names_forget(d, &x->http.half[half].names);
    tl_forget(d, x->h2.message);
    unlink_stream(f, x);
    tl_slab_put(d->slab, x, sizeof *x);
}

void tl_http2_upgraded(struct tl_dissection *d, struct tl_http2_flow *f, const struct tl_http_handed *handed)
{
    struct tl_http_message m;
    struct tl_http2_stream *x = tl_http2_begin_stream(d, f, 1);
    if (x == NULL)
        return;
    memset(&m, 0, offsetof(struct tl_http_message, cookies));
    m.start = (struct tl_http_start){ .kind = HTTP_REQUEST, .version = tl_bytes_of("2", 1),
                                      .method = handed->text[HTTP_HANDED_METHOD],
                                      .target = handed->text[HTTP_HANDED_URI] };
    m.text[HTTP_HOST] = handed->text[HTTP_HANDED_HOST];
    m.text[HTTP_USER_AGENT] = handed->text[HTTP_HANDED_USER_AGENT];
    m.text[HTTP_ORIGIN] = handed->text[HTTP_HANDED_ORIGIN];
    struct tl_dissection inside = tl_http2_inside(d, x);
    struct tl_http_half *h = &x->http.half[f->client];
    x->asked = x->ended[f->client] = true;
    x->head = m.start.method.len == 4 && memcmp(m.start.method.data, "HEAD", 4) == 0;
    /* When the request came is in its own record: no time since then. */
    *h = (struct tl_http_half){ .first = d->frame->ts, .last = INT64_MAX, .seen = true };
    x->http.depth = f->depth++;
    f->last[f->client] = 1;
    tl_http_begin_request(&inside, &m, h, true);
}

void tl_http2_finish(struct tl_dissection *d)
{
    struct tl_http2_flow *f = d->flow.slot;
    if (f == NULL)
        return;
    const char *error = NULL;
    for (unsigned half = 0; half < 2; half++) {
        if (f->half[half].goaway)
            error = tl_http2_error_name(f->half[half].goaway_error);
    }
    while (f->oldest != NULL) {
        f->oldest->child = NULL; /* children of a channel end before it */
        f->oldest->h2.goaway = error;
        tl_http2_close(d, f, f->oldest);
    }
    for (unsigned half = 0; half < 2; half++) {
        tl_http2_follow_drop(d, &f->half[half]);
        tl_http2_forget_headers(d, &f->half[half]);
    }
}
