/*
 * http2_side.c - one side of a connection: where its frames begin and end (RFC 9113 sections 3.4 and 4.1).
 *
 * DATA is passed on as it comes; all other frames are read whole. After a loss inside a frame the next frame is known;
 * else frames are found again at a SETTINGS, a PING or a HEADERS that fits, and nothing before it is read.
 */
#include "dissectors/http2/http2.h"

enum { SIZE_TEXT = 24, SETTINGS_FIT = 40 * 6, STREAM_FIT = 1 << 24 };

static const struct tl_want some = { TL_WANT_SOME, TL_STREAM_UNIT, NULL };
static const struct tl_want nothing = { TL_WANT_NOTHING, 0, NULL };
static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

static struct tl_want bytes(uint64_t n)
{
    return (struct tl_want){ TL_WANT_BYTES, n, NULL };
}

static struct tl_want body(uint64_t n)
{
    return (struct tl_want){ TL_WANT_BODY, n, NULL };
}

static bool has_headers(uint8_t type)
{
    return type == HTTP2_HEADERS || type == HTTP2_PUSH_PROMISE || type == HTTP2_CONTINUATION;
}

static void read_header(struct tl_http2_half *h, const uint8_t *p)
{
    h->length = tl_load_be24(p);
    h->type = p[3];
    h->flags = p[4];
    h->reserved = p[5] >= 0x80;
    h->stream = tl_load_be32(p + 5) & 0x7fffffff;
}

static void confirm(struct tl_dissection *d, struct tl_http2_flow *f)
{
    if (!f->confirmed)
        tl_confirm(d);
    f->confirmed = true;
}

/* --- after a loss --- */

/* Where the next frame begins is not known. */
static void lose(struct tl_dissection *d, struct tl_http2_flow *f, unsigned half, uint64_t n)
{
    struct tl_http2_half *h = &f->half[half];
    h->lost = true;
    h->held = h->passing = false;
    h->awaits = 0;
    h->tail_len = 0;
    h->passed += n;
    tl_http2_forget_headers(d, h);
    tl_http2_unsure(d, f, half, d->flow.side);
}

/* A header that is hardly anything else. */
static bool fits(const struct tl_http2_flow *f, unsigned half, const uint8_t *p)
{
    const uint32_t length = tl_load_be24(p), stream = tl_load_be32(p + 5);
    const uint8_t flags = p[4];
    switch (p[3]) {
    case HTTP2_SETTINGS:
        return stream == 0 && length <= SETTINGS_FIT &&
               ((flags == 0 && length > 0 && length % 6 == 0) || (flags == HTTP2_ACK && length == 0));
    case HTTP2_PING:
        return stream == 0 && length == 8 && flags <= HTTP2_ACK;
    case HTTP2_HEADERS:
        if (length == 0 || length > HTTP2_FRAME_DEFAULT || (flags & HTTP2_END_HEADERS) == 0 ||
            (flags & ~(HTTP2_END_STREAM | HTTP2_END_HEADERS | HTTP2_PADDED | HTTP2_PRIORITIZED)) != 0 || stream == 0)
            return false;
        if (!f->has_client || half == f->client)
            return stream % 2 == 1 && stream < STREAM_FIT && stream + 2 > f->last[half];
        return tl_http2_find(f, stream) != NULL;
    default:
        return false;
    }
}

/* What is passed over can be a part of a secret. */
static void pass_over(struct tl_dissection *d, uint32_t n)
{
    tl_hide(d, tl_bytes_of(d->c.base + d->c.off, n));
    tl_skip(d, n);
}

/* Looks for a frame. Its header is then read, and the cursor is after it. */
static bool find(struct tl_dissection *d, struct tl_http2_flow *f, unsigned half)
{
    struct tl_http2_half *h = &f->half[half];
    const uint32_t len = tl_cursor_left(&d->c), before = h->tail_len;
    const uint8_t *p = tl_cursor_peek(&d->c, 0, len);
    uint8_t seam[2 * (HTTP2_HEADER - 1)];
    const uint32_t more = len < HTTP2_HEADER - 1 ? len : HTTP2_HEADER - 1;
    memcpy(seam, h->tail, before);
    memcpy(seam + before, p, more);
    /* Headers that begin before these bytes, then those within them. */
    for (uint32_t at = 0; at < before && at + HTTP2_HEADER <= before + more; at++) {
        if (!fits(f, half, seam + at))
            continue;
        read_header(h, seam + at);
        h->passed += at;
        pass_over(d, at + HTTP2_HEADER - before);
        return true;
    }
    for (uint32_t at = 0; at + HTTP2_HEADER <= len; at++) {
        if (!fits(f, half, p + at))
            continue;
        read_header(h, p + at);
        h->passed += before + at;
        pass_over(d, at);
        tl_skip(d, HTTP2_HEADER);
        return true;
    }
    const uint32_t all = before + more < before + len ? 0 : before + more;
    if (all > 0) { /* few bytes: the seam has all of them */
        h->tail_len = (uint8_t)(all < HTTP2_HEADER - 1 ? all : HTTP2_HEADER - 1);
        memcpy(h->tail, seam + all - h->tail_len, h->tail_len);
        h->passed += all - h->tail_len;
    } else {
        h->tail_len = HTTP2_HEADER - 1;
        memcpy(h->tail, p + len - h->tail_len, h->tail_len);
        h->passed += before + len - h->tail_len;
    }
    pass_over(d, len);
    return false;
}

/* --- DATA, and frames that are not read --- */

static void check_stream(struct tl_dissection *d, const struct tl_http2_flow *f, unsigned half)
{
    const struct tl_http2_half *h = &f->half[half];
    const struct tl_http2_stream *x = tl_http2_find(f, h->stream);
    const unsigned from = h->stream % 2 == 1 ? f->client : f->client ^ 1u;
    bool sure = f->has_client && !f->half[0].unknown && !f->half[1].unknown;
    if (x == NULL && (h->stream == 0 || (sure && h->stream > f->last[from])))
        tl_weird(d, h->stream == 0 ? HTTP2_WEIRD_STREAM : HTTP2_WEIRD_IDLE, (struct tl_bytes){ NULL, 0 });
    if (x != NULL && x->ended[half])
        tl_weird(d, HTTP2_WEIRD_HALF_CLOSED, (struct tl_bytes){ NULL, 0 });
}

/* Takes n bytes of the frame at the cursor: DATA, then padding. */
static void take(struct tl_dissection *d, struct tl_http2_flow *f, unsigned half, uint32_t n)
{
    struct tl_http2_half *h = &f->half[half];
    const uint32_t data = n < h->data_left ? n : h->data_left;
    struct tl_bytes piece = tl_bytes_of(d->c.base + d->c.off, data);
    struct tl_http2_stream *x = data > 0 ? tl_http2_find(f, h->stream) : NULL;
    h->data_left -= data;
    h->pad_left -= n - data;
    tl_skip(d, n);
    if (x != NULL && !x->ended[half])
        tl_http2_data(d, f, x, half, d->flow.side, piece);
}

static void end_data(struct tl_dissection *d, struct tl_http2_flow *f, unsigned half)
{
    const struct tl_http2_half *h = &f->half[half];
    struct tl_http2_stream *x = NULL;
    if (h->type == HTTP2_DATA && (h->flags & HTTP2_END_STREAM) != 0)
        x = tl_http2_find(f, h->stream);
    if (x != NULL)
        tl_http2_end_side(d, f, x, half, d->flow.side);
}

/* "37 bytes, end". */
static struct tl_bytes size_text(uint32_t n, bool ends, char text[SIZE_TEXT])
{
    char digits[12];
    uint32_t at = 0, count = 0;
    do
        digits[count++] = (char)('0' + n % 10);
    while ((n /= 10) != 0);
    while (count > 0)
        text[at++] = digits[--count];
    memcpy(text + at, " bytes, end", 11);
    return tl_bytes_of(text, at + (ends ? 11 : 6));
}

static void note_frame(struct tl_dissection *d, struct tl_http2_half *h, bool here, uint32_t pad)
{
    char size[SIZE_TEXT];
    bool ends = h->type == HTTP2_DATA && (h->flags & HTTP2_END_STREAM) != 0;
    uint32_t group = tl_http2_group(d);
    tl_http2_note_header(d, h, here);
    if (h->type == HTTP2_DATA)
        tl_add(d, HTTP2_PAD_LENGTH, d->c.off, here && (h->flags & HTTP2_PADDED) != 0, pad);
    tl_http2_line(d, tl_http2_type_name(h->type), h->stream, size_text(h->length, ends, size));
    tl_group_end(d, group);
}

/* The frame goes on in later packets: its fields are added in the last of them. n of its bytes are at the cursor. */
static struct tl_want pass(struct tl_dissection *d, struct tl_http2_flow *f, unsigned half, uint32_t n)
{
    struct tl_http2_half *h = &f->half[half];
    h->passing = true;
    if (d->wanted != NULL && d->layer == TL_NO_NODE)
        tl_layer_begin(d);
    tl_add(d, HTTP2_PART, d->c.off, n, n);
    tl_http2_line(d, tl_http2_type_name(h->type), h->stream, tl_bytes_of("begins", 6));
    const uint32_t rest = h->data_left + h->pad_left - n;
    take(d, f, half, n);
    return body(rest);
}

static void check_length(struct tl_dissection *d, const struct tl_http2_flow *f, unsigned half)
{
    const struct tl_http2_half *other = &f->half[half ^ 1];
    if (f->half[half].length > f->half[half].frame_most && other->settled && !other->unknown)
        tl_weird(d, HTTP2_WEIRD_TOO_LONG, (struct tl_bytes){ NULL, 0 });
}

/* The header of a DATA frame was read; `head` bytes of it are still at the cursor. false: *want says what is wanted. */
static bool data_frame(struct tl_dissection *d, struct tl_http2_flow *f, unsigned half, uint32_t head,
                       struct tl_want *want)
{
    struct tl_http2_half *h = &f->half[half];
    const bool padded = (h->flags & HTTP2_PADDED) != 0 && h->length > 0;
    uint32_t left = tl_cursor_left(&d->c), pad = 0;
    const uint8_t *first = padded ? tl_cursor_peek(&d->c, head, 1) : NULL;
    if (padded && first == NULL) {
        *want = bytes(head + 1);
        return false;
    }
    if (first != NULL)
        pad = *first;
    if (pad + padded > h->length || ((h->flags & HTTP2_PADDED) != 0 && h->length == 0)) {
        tl_weird(d, HTTP2_WEIRD_PADDING, (struct tl_bytes){ NULL, 0 });
        pad = h->length > 0 ? h->length - padded : 0;
    }
    check_length(d, f, half);
    check_stream(d, f, half);
    h->pad_left = pad;
    h->data_left = h->length - padded - pad;
    h->pad_length = (uint8_t)pad;
    if (left < head + h->length) {
        tl_http2_follow_begin(d, h, tl_bytes_of(d->c.base + d->c.off + head, left - head));
        tl_skip(d, head + padded);
        *want = pass(d, f, half, left - head - padded);
        return false;
    }
    tl_http2_follow_frame(d, h, tl_bytes_of(d->c.base + d->c.off + head, h->length));
    note_frame(d, h, head > 0, pad);
    tl_skip(d, padded);
    take(d, f, half, h->data_left + h->pad_left);
    end_data(d, f, half);
    return true;
}

/* A frame that is too long to be read, or of which bytes are missing. */
static struct tl_want skip_frame(struct tl_dissection *d, struct tl_http2_flow *f, unsigned half, uint32_t head)
{
    struct tl_http2_half *h = &f->half[half];
    uint32_t left = tl_cursor_left(&d->c) - head;
    if (left > h->length)
        left = h->length;
    check_length(d, f, half);
    if (has_headers(h->type))
        tl_http2_forget_headers(d, h);
    tl_skip(d, head);
    tl_hide(d, tl_bytes_of(d->c.base + d->c.off, left));
    h->data_left = 0;
    h->pad_left = h->length;
    return pass(d, f, half, left);
}

/* --- frames --- */

/* It is known which side is the client. After an upgrade its first request was one of HTTP/1 (RFC 7540 section 3.2). */
static void know_client(struct tl_dissection *d, struct tl_http2_flow *f, unsigned client)
{
    if (!f->has_client)
        f->client = (uint8_t)client;
    f->has_client = true;
    confirm(d, f);
    if (!f->upgraded)
        return;
    f->upgraded = false;
    f->half[f->client ^ 1].frame_most = 1u << 24; /* HTTP2-Settings may allow it */
    f->half[f->client ^ 1].table_most = TL_HEADERS_TABLE;
    struct tl_http_handed handed = tl_http_handed(d);
    tl_http2_upgraded(d, f, &handed);
}

/* The first bytes of a side. false: *want says what is wanted. */
static bool begin(struct tl_dissection *d, struct tl_http2_flow *f, unsigned half, struct tl_want *want)
{
    struct tl_http2_half *h = &f->half[half];
    const uint32_t left = tl_cursor_left(&d->c);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, left);
    if (*p == 'P' && memcmp(p, preface, left < HTTP2_PREFACE ? left : HTTP2_PREFACE) == 0) {
        if (left < HTTP2_PREFACE) {
            *want = bytes(HTTP2_PREFACE);
            return false;
        }
        uint32_t group = tl_http2_group(d);
        tl_http2_line(d, "Magic", 0, (struct tl_bytes){ NULL, 0 });
        tl_run(d, HTTP2_MAGIC, HTTP2_PREFACE);
        tl_group_end(d, group);
        h->begun = true;
        know_client(d, f, half);
        return true;
    }
    if (left < HTTP2_HEADER) {
        *want = bytes(HTTP2_HEADER);
        return false;
    }
    h->begun = true;
    if (p[3] == HTTP2_SETTINGS && tl_load_be32(p + 5) == 0 && (!f->has_client || half != f->client)) {
        know_client(d, f, half ^ 1);
        return true;
    }
    tl_weird(d, HTTP2_WEIRD_PREFACE, (struct tl_bytes){ NULL, 0 });
    if (!f->confirmed) {
        tl_violate(d);
        *want = nothing;
        return false;
    }
    lose(d, f, half, 0);
    return true;
}

/* A header block has to be continued at once (RFC 9113 section 6.10). */
static void check_order(struct tl_dissection *d, struct tl_http2_half *h)
{
    bool continues = h->type == HTTP2_CONTINUATION;
    if (h->block.on == continues && (!continues || h->block.stream == h->stream))
        return;
    if (!continues || !h->unknown) /* after a loss, the beginning of the block may be missing */
        tl_weird(d, HTTP2_WEIRD_CONTINUATION, (struct tl_bytes){ NULL, 0 });
    tl_http2_forget_headers(d, h);
    if (!continues)
        return;
    h->block.on = h->block.skipped = true;
    h->block.stream = h->stream;
    h->block.list.unknown = true;
}

static bool is_open(const struct tl_http2_half *h)
{
    return !has_headers(h->type);
}

/* Reads the frame whose header was read. head: bytes of the header that are still at the cursor. */
static bool frame(struct tl_dissection *d, struct tl_stream *s, struct tl_http2_flow *f, unsigned half, uint32_t head,
                  struct tl_want *want)
{
    struct tl_http2_half *h = &f->half[half];
    const uint32_t left = tl_cursor_left(&d->c);
    if (h->type == HTTP2_DATA) {
        check_order(d, h);
        return data_frame(d, f, half, head, want);
    }
    if (h->length > HTTP2_FRAME_MOST) {
        *want = skip_frame(d, f, half, head);
        return false;
    }
    if (left < head + h->length) {
        h->awaits = head + h->length;
        s->open = is_open(h);
        *want = bytes(h->awaits);
        return false;
    }
    h->awaits = 0;
    check_order(d, h);
    check_length(d, f, half);
    tl_http2_read_frame(d, f, half, s->since, head > 0);
    return true;
}

static struct tl_want frames(struct tl_dissection *d, struct tl_stream *s, struct tl_http2_flow *f, unsigned half)
{
    struct tl_http2_half *h = &f->half[half];
    struct tl_want want = some;
    while (tl_cursor_left(&d->c) > 0 || h->held) {
        uint32_t head = HTTP2_HEADER;
        if (!h->begun && !begin(d, f, half, &want)) {
            s->open = true;
            return want;
        }
        if (tl_cursor_left(&d->c) == 0 && !h->held)
            break;
        if (h->lost) {
            if (!find(d, f, half))
                continue;
            h->lost = false;
            h->held = true;
            confirm(d, f);
        }
        if (h->held) {
            head = 0;
        } else {
            const uint8_t *p = tl_cursor_peek(&d->c, 0, HTTP2_HEADER);
            if (p == NULL) {
                s->open = true;
                return bytes(HTTP2_HEADER);
            }
            read_header(h, p);
        }
        if (!frame(d, s, f, half, head, &want)) {
            if (want.kind == TL_WANT_BODY)
                h->held = false;
            s->open = s->open || h->type == HTTP2_DATA;
            return want;
        }
        h->held = false;
    }
    return some;
}

/* A piece of a frame that is passed on. */
static struct tl_want run(struct tl_dissection *d, struct tl_stream *s, struct tl_http2_flow *f, unsigned half)
{
    struct tl_http2_half *h = &f->half[half];
    const uint32_t n = tl_cursor_left(&d->c);
    s->open = h->type == HTTP2_DATA && s->left > 0;
    if (h->type != HTTP2_DATA)
        tl_hide(d, tl_bytes_of(d->c.base + d->c.off, n));
    tl_http2_follow_add(d, h, tl_bytes_of(d->c.base + d->c.off, n));
    take(d, f, half, n);
    if (s->left > 0)
        return some;
    h->passing = false;
    note_frame(d, h, false, h->pad_length);
    end_data(d, f, half);
    return some;
}

/* --- losses --- */

/* n bytes of the frame that is passed on are missing. */
static void lose_part(struct tl_dissection *d, struct tl_http2_flow *f, unsigned half, uint64_t n)
{
    struct tl_http2_half *h = &f->half[half];
    const uint32_t data = n < h->data_left ? (uint32_t)n : h->data_left;
    struct tl_http2_stream *x = data > 0 ? tl_http2_find(f, h->stream) : NULL;
    const uint64_t pad = n - data;
    h->data_left -= data;
    h->pad_left -= pad < h->pad_left ? (uint32_t)pad : h->pad_left;
    if (x != NULL && !x->ended[half])
        tl_http2_data_gap(d, f, x, half, d->flow.side, data);
}

/* A frame that was waited for is missing in part: where the next one begins is known. */
static struct tl_want lose_frame(struct tl_dissection *d, struct tl_http2_flow *f, unsigned half, uint32_t left)
{
    struct tl_http2_half *h = &f->half[half];
    struct tl_http2_stream *x = h->type == HTTP2_HEADERS ? tl_http2_find(f, h->stream) : NULL;
    h->awaits = 0;
    h->held = false;
    if (has_headers(h->type))
        tl_http2_forget_headers(d, h);
    if (x != NULL) {
        x->h2.headers_lost = true;
        if ((h->flags & HTTP2_END_STREAM) != 0)
            tl_http2_end_side(d, f, x, half, d->flow.side);
    }
    h->passing = left > 0;
    h->data_left = 0;
    h->pad_left = left;
    return left > 0 ? body(left) : some;
}

static struct tl_want gap(struct tl_dissection *d, const struct tl_stream *s, struct tl_http2_flow *f, unsigned half)
{
    struct tl_http2_half *h = &f->half[half];
    const uint64_t lost = s->dropped + s->gap;
    tl_http2_follow_drop(d, h);
    if (!h->begun || h->lost) {
        h->begun = true;
        lose(d, f, half, lost + h->tail_len);
        return some;
    }
    if (h->passing && lost <= s->left) {
        lose_part(d, f, half, lost);
        if (lost < s->left)
            return body(s->left - lost);
        h->passing = false;
        end_data(d, f, half);
        return some;
    }
    if (h->passing)
        lose_part(d, f, half, h->data_left);
    else if (h->awaits > 0 && lost <= h->awaits)
        return lose_frame(d, f, half, (uint32_t)(h->awaits - lost));
    lose(d, f, half, lost);
    return some;
}

/* --- events --- */

static void open_flow(struct tl_dissection *d, struct tl_http2_flow *f)
{
    struct tl_http_handed handed = tl_http_handed(d);
    f->opened = true;
    f->port = d->flow.orig_port;
    for (unsigned half = 0; half < 2; half++) {
        f->half[half].frame_most = HTTP2_FRAME_DEFAULT;
        f->half[half].table_most = 4096;
    }
    f->upgraded = handed.from_http;
}

struct tl_want tl_http2_parse(struct tl_dissection *d, struct tl_stream *s)
{
    struct tl_http2_flow *f = d->flow.slot;
    if (f == NULL)
        return nothing;
    if (!f->opened)
        open_flow(d, f);
    const unsigned half = tl_http2_half_of(d, f, s->side);
    switch (s->event) {
    case TL_EV_UNIT:
        return frames(d, s, f, half);
    case TL_EV_RUN:
        return run(d, s, f, half);
    case TL_EV_GAP:
        return gap(d, s, f, half);
    case TL_EV_END:
        return nothing;
    default:
        return some;
    }
}
