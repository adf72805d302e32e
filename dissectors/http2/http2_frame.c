/* http2_frame.c - the contents of frames (RFC 9113 section 6; RFC 7838, 8336, 9218 for the rarer types). */
#include "core/http_reasons.h"
#include "core/part.h"
#include "dissectors/http2/http2.h"

static struct tl_bytes no_text(void)
{
    return (struct tl_bytes){ NULL, 0 };
}

static struct tl_bytes text_of(const char *text)
{
    return tl_bytes_of(text, strlen(text));
}

static void weird(struct tl_dissection *d, unsigned kind)
{
    tl_weird(d, kind, no_text());
}

uint32_t tl_http2_group(struct tl_dissection *d)
{
    if (d->wanted != NULL && d->layer == TL_NO_NODE)
        tl_layer_begin(d);
    return tl_group(d, HTTP2_STREAM);
}

/* --- the header --- */

static void note_flags(struct tl_dissection *d, const struct tl_http2_half *h, uint32_t off, uint32_t len)
{
    static const uint8_t of_type[][4] = {
        [HTTP2_DATA] = { HTTP2_FLAG_END_STREAM, HTTP2_FLAG_PADDED },
        [HTTP2_HEADERS] = { HTTP2_FLAG_END_STREAM, HTTP2_FLAG_END_HEADERS, HTTP2_FLAG_PADDED, HTTP2_FLAG_PRIORITY },
        [HTTP2_SETTINGS] = { HTTP2_FLAG_ACK_SETTINGS },
        [HTTP2_PUSH_PROMISE] = { HTTP2_FLAG_END_HEADERS, HTTP2_FLAG_PADDED },
        [HTTP2_PING] = { HTTP2_FLAG_ACK_PING },
        [HTTP2_CONTINUATION] = { HTTP2_FLAG_END_HEADERS },
    };
    tl_add(d, HTTP2_FLAGS, off, len, h->flags);
    for (unsigned i = 0; h->type < TL_COUNT(of_type) && i < 4 && of_type[h->type][i] != 0; i++)
        tl_add_bits(d, of_type[h->type][i], off, len, h->flags);
}

void tl_http2_note_header(struct tl_dissection *d, struct tl_http2_half *h, bool here)
{
    const uint32_t off = d->c.off, one = here, off3 = off + 3 * one;
    if (TL_UNLIKELY(d->wanted != NULL)) {
        if (h->passed > 0)
            tl_add(d, HTTP2_LOST, off, 0, h->passed);
        tl_add(d, HTTP2_LENGTH, off, 3 * one, h->length);
        tl_add(d, HTTP2_TYPE, off3, one, h->type);
        note_flags(d, h, off3 + one, one);
        tl_add_bits(d, HTTP2_RESERVED, off3 + 2 * one, 4 * one, h->reserved ? 0x80000000 : 0);
        tl_add_bits(d, HTTP2_STREAM_ID, off3 + 2 * one, 4 * one, h->stream);
    }
    h->passed = 0;
    if (here)
        tl_skip(d, HTTP2_HEADER);
}

const char *tl_http2_type_name(uint8_t type)
{
    const char *name = tl_name_of(tl_http2_fields[HTTP2_TYPE].names, type);
    return name != NULL ? name : "UNKNOWN";
}

/* --- contents --- */

/* What a frame means for streams, once its part of the tree is complete. */
struct outcome {
    bool block;           /* a header block is complete */
    bool reset, goaway;
    uint32_t error, last;
};

/* Reads the length of the padding, and cuts the padding off. */
static uint32_t padding(struct tl_dissection *d, const struct tl_http2_half *h, uint32_t *left)
{
    if ((h->flags & HTTP2_PADDED) == 0) {
        tl_add(d, HTTP2_PAD_LENGTH, d->c.off, 0, 0);
        return 0;
    }
    if (*left == 0) {
        weird(d, HTTP2_WEIRD_PADDING);
        return 0;
    }
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    uint8_t n = p != NULL ? *p : 0;
    tl_add(d, HTTP2_PAD_LENGTH, d->c.off - 1, 1, n);
    --*left;
    if (n > *left) {
        weird(d, HTTP2_WEIRD_PADDING);
        n = (uint8_t)*left;
    }
    *left -= n;
    return n;
}

static void priority(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_take(&d->c, 5);
    if (p == NULL)
        return;
    tl_add_bits(d, HTTP2_EXCLUSIVE, d->c.off - 5, 4, tl_load_be32(p));
    tl_add_bits(d, HTTP2_DEPENDENCY, d->c.off - 5, 4, tl_load_be32(p));
    tl_add(d, HTTP2_WEIGHT, d->c.off - 1, 1, p[4]);
}

static struct tl_bytes join(struct tl_dissection *d, struct tl_bytes a, struct tl_bytes b)
{
    uint8_t *text = tl_arena_alloc(d->scratch, (size_t)a.len + 1 + b.len);
    if (text == NULL || a.len == 0 || b.len == 0)
        return a;
    memcpy(text, a.data, a.len);
    text[a.len] = ' ';
    memcpy(text + a.len + 1, b.data, b.len);
    return tl_bytes_of(text, (size_t)a.len + 1 + b.len);
}

static struct tl_bytes status_text(struct tl_dissection *d, struct tl_bytes status)
{
    uint32_t number = 0;
    for (uint32_t i = 0; i < status.len && i < 3; i++)
        number = number * 10 + (uint32_t)(status.data[i] - '0');
    const char *reason = tl_name_of(tl_http_reasons, number);
    return reason != NULL && status.len == 3 ? join(d, status, text_of(reason)) : status;
}

/* The line of a header block: what it asks for, or the status. */
static void block_line(struct tl_dissection *d, const struct tl_http2_half *h, const char *word)
{
    const struct tl_http2_list *list = &h->block.list;
    const size_t used = d->scratch->used;
    struct tl_bytes method = tl_http2_value(list, ":method"), path = tl_http2_value(list, ":path");
    struct tl_bytes status = tl_http2_value(list, ":status"), code = tl_http2_value(list, "grpc-status");
    struct tl_bytes text = { NULL, 0 };
    if (!tl_wants(d, HTTP2_LINE))
        return;
    if (method.len > 0 && path.len > 0)
        text = join(d, method, tl_shown_text(d, TL_SECRET_URI, path));
    else if (method.len > 0)
        text = join(d, method, tl_shown_text(d, TL_SECRET_AUTHORITY, tl_http2_value(list, ":authority")));
    else if (status.len > 0)
        text = status_text(d, status);
    else if (code.len == 0 && list->count > 0)
        text = text_of("trailers");
    if (code.len > 0)
        text = join(d, text.len > 0 ? text : text_of("trailers,"), join(d, text_of("grpc-status"), code));
    tl_http2_line(d, word, h->stream, text);
    d->scratch->used = used;
}

static void fragment(struct tl_dissection *d, struct tl_http2_flow *f, unsigned half, uint32_t len,
                     struct outcome *outcome)
{
    struct tl_http2_half *h = &f->half[half];
    const bool last = (h->flags & HTTP2_END_HEADERS) != 0;
    tl_http2_fragment(d, f, half, len, last);
    if (last)
        block_line(d, h, tl_http2_type_name(h->type));
    else
        tl_http2_line(d, tl_http2_type_name(h->type), h->stream, no_text());
    outcome->block = last;
}

static void headers(struct tl_dissection *d, struct tl_http2_flow *f, unsigned half, int64_t since,
                    struct outcome *outcome)
{
    struct tl_http2_half *h = &f->half[half];
    uint32_t left = h->length;
    uint32_t pad = padding(d, h, &left);
    h->block.stream = h->stream;
    h->block.promised = 0;
    h->block.end_stream = (h->flags & HTTP2_END_STREAM) != 0;
    h->block.first = since;
    if ((h->flags & HTTP2_PRIORITIZED) != 0 && left >= 5) {
        priority(d);
        left -= 5;
    } else if ((h->flags & HTTP2_PRIORITIZED) != 0) {
        weird(d, HTTP2_WEIRD_SIZE);
    }
    if (h->stream == 0)
        weird(d, HTTP2_WEIRD_STREAM);
    fragment(d, f, half, left, outcome);
    tl_skip(d, pad);
}

static void push_promise(struct tl_dissection *d, struct tl_http2_flow *f, unsigned half, int64_t since,
                         struct outcome *outcome)
{
    struct tl_http2_half *h = &f->half[half];
    uint32_t left = h->length;
    uint32_t pad = padding(d, h, &left);
    const uint8_t *p = left >= 4 ? tl_cursor_take(&d->c, 4) : NULL;
    if (p == NULL) {
        weird(d, HTTP2_WEIRD_SIZE);
        tl_http2_forget_headers(d, h);
        return;
    }
    h->block.stream = h->stream;
    h->block.promised = tl_load_be32(p) & 0x7fffffff;
    h->block.end_stream = false;
    h->block.first = since;
    tl_add_bits(d, HTTP2_PROMISED_ID, d->c.off - 4, 4, tl_load_be32(p));
    if (h->block.promised == 0 || h->block.promised % 2 == 1 || h->stream == 0 ||
        (f->has_client && half == f->client))
        weird(d, HTTP2_WEIRD_STREAM);
    fragment(d, f, half, left - 4, outcome);
    tl_skip(d, pad);
}

/* What a setting allows the other side. A larger value that was allowed before may still be in use. */
static void apply(struct tl_dissection *d, struct tl_http2_half *other, uint16_t id, uint32_t value)
{
    bool valid = true;
    switch (id) {
    case 1:
        other->table_most = value > other->table_most ? value : other->table_most;
        break;
    case 2:
    case 8:
        valid = value <= 1;
        break;
    case 4:
        valid = value <= 0x7fffffff;
        break;
    case 5:
        valid = value >= HTTP2_FRAME_DEFAULT && value < 1u << 24;
        other->frame_most = value > other->frame_most ? value : other->frame_most;
        break;
    default:
        break;
    }
    if (!valid)
        weird(d, HTTP2_WEIRD_SETTING);
}

static void settings(struct tl_dissection *d, struct tl_http2_half *h, struct tl_http2_half *other)
{
    static const uint8_t values[] = { 0, HTTP2_SETTING_TABLE, HTTP2_SETTING_PUSH, HTTP2_SETTING_STREAMS,
                                      HTTP2_SETTING_WINDOW, HTTP2_SETTING_FRAME, HTTP2_SETTING_LIST, 0,
                                      HTTP2_SETTING_CONNECT };
    bool ack = (h->flags & HTTP2_ACK) != 0;
    if (h->length % 6 != 0 || (ack && h->length > 0))
        weird(d, HTTP2_WEIRD_SIZE);
    for (uint32_t left = h->length; left >= 6; left -= 6) {
        uint32_t group = tl_group(d, HTTP2_SETTINGS_GROUP);
        uint16_t id = tl_u16(d, HTTP2_SETTING_ID);
        unsigned field = id < TL_COUNT(values) && values[id] != 0 ? values[id] : HTTP2_SETTING_UNKNOWN;
        uint32_t value = tl_u32(d, field);
        tl_group_end(d, group);
        if (!ack)
            apply(d, other, id, value);
    }
    h->settled = true;
    tl_http2_line(d, ack ? "SETTINGS ACK" : "SETTINGS", 0, no_text());
}

static void goaway(struct tl_dissection *d, struct tl_http2_half *h, struct outcome *outcome)
{
    if (h->length < 8)
        return;
    const uint8_t *p = tl_cursor_take(&d->c, 4);
    outcome->last = p != NULL ? tl_load_be32(p) & 0x7fffffff : 0;
    tl_add_bits(d, HTTP2_LAST_ID, d->c.off - 4, 4, outcome->last);
    outcome->error = tl_u32(d, HTTP2_GOAWAY_ERROR);
    if (h->length > 8)
        tl_run(d, HTTP2_GOAWAY_TEXT, h->length - 8);
    outcome->goaway = true;
    tl_http2_line(d, "GOAWAY", 0, text_of(tl_http2_error_name(outcome->error)));
}

static void window_update(struct tl_dissection *d, const struct tl_http2_half *h)
{
    const uint8_t *p = h->length == 4 ? tl_cursor_take(&d->c, 4) : NULL;
    if (p == NULL)
        return;
    tl_add_bits(d, HTTP2_INCREMENT, d->c.off - 4, 4, tl_load_be32(p));
    if ((tl_load_be32(p) & 0x7fffffff) == 0)
        weird(d, HTTP2_WEIRD_WINDOW);
    tl_http2_line(d, "WINDOW_UPDATE", h->stream, no_text());
}

static void altsvc(struct tl_dissection *d, const struct tl_http2_half *h)
{
    uint16_t len = tl_u16(d, HTTP2_ALTSVC_LENGTH);
    if (!tl_ok(d) || h->length < 2 || len > h->length - 2)
        return;
    if (len > 0)
        tl_run(d, HTTP2_ALTSVC_ORIGIN, len);
    if (h->length > 2u + len)
        tl_run(d, HTTP2_ALTSVC_VALUE, h->length - 2 - len);
}

static void origins(struct tl_dissection *d, uint32_t left)
{
    while (left >= 2 && tl_ok(d)) {
        uint16_t len = tl_u16(d, HTTP2_ORIGIN_LENGTH);
        left -= 2;
        if (len > left)
            return;
        if (len > 0)
            tl_run(d, HTTP2_ORIGIN_TEXT, len);
        left -= len;
    }
}

static void priority_update(struct tl_dissection *d, const struct tl_http2_half *h)
{
    const uint8_t *p = h->length >= 4 ? tl_cursor_take(&d->c, 4) : NULL;
    if (p == NULL)
        return;
    tl_add_bits(d, HTTP2_UPDATED_ID, d->c.off - 4, 4, tl_load_be32(p));
    if (h->length > 4)
        tl_run(d, HTTP2_UPDATED_VALUE, h->length - 4);
}

/* The lengths of frames that have a fixed one. */
static bool has_right_length(const struct tl_http2_half *h)
{
    switch (h->type) {
    case HTTP2_PRIORITY:
        return h->length == 5;
    case HTTP2_RST_STREAM:
    case HTTP2_WINDOW_UPDATE:
        return h->length == 4;
    case HTTP2_PING:
        return h->length == 8;
    case HTTP2_GOAWAY:
        return h->length >= 8;
    default:
        return true;
    }
}

static bool has_right_stream(const struct tl_http2_half *h)
{
    switch (h->type) {
    case HTTP2_PRIORITY:
    case HTTP2_RST_STREAM:
        return h->stream != 0;
    case HTTP2_SETTINGS:
    case HTTP2_PING:
    case HTTP2_GOAWAY:
        return h->stream == 0;
    default:
        return true;
    }
}

static void contents(struct tl_dissection *d, struct tl_http2_flow *f, unsigned half, int64_t since,
                     struct outcome *outcome)
{
    struct tl_http2_half *h = &f->half[half];
    switch (h->type) {
    case HTTP2_HEADERS:
        headers(d, f, half, since, outcome);
        break;
    case HTTP2_PUSH_PROMISE:
        push_promise(d, f, half, since, outcome);
        break;
    case HTTP2_CONTINUATION:
        fragment(d, f, half, h->length, outcome);
        break;
    case HTTP2_SETTINGS:
        settings(d, h, &f->half[half ^ 1]);
        break;
    case HTTP2_PRIORITY:
        priority(d);
        tl_http2_line(d, "PRIORITY", h->stream, no_text());
        break;
    case HTTP2_RST_STREAM:
        outcome->error = tl_u32(d, HTTP2_RST_ERROR);
        outcome->reset = true;
        tl_http2_line(d, "RST_STREAM", h->stream, text_of(tl_http2_error_name(outcome->error)));
        break;
    case HTTP2_PING:
        tl_run(d, h->flags & HTTP2_ACK ? HTTP2_PONG_DATA : HTTP2_PING_DATA, h->length);
        tl_http2_line(d, h->flags & HTTP2_ACK ? "PING ACK" : "PING", 0, no_text());
        break;
    case HTTP2_GOAWAY:
        goaway(d, h, outcome);
        break;
    case HTTP2_WINDOW_UPDATE:
        window_update(d, h);
        break;
    default:
        if (h->type == HTTP2_ALTSVC)
            altsvc(d, h);
        else if (h->type == HTTP2_ORIGIN)
            origins(d, h->length);
        else if (h->type == HTTP2_PRIORITY_UPDATE)
            priority_update(d, h);
        else if (h->length > 0)
            tl_run(d, HTTP2_UNKNOWN, h->length);
        tl_http2_line(d, tl_http2_type_name(h->type), h->stream, no_text());
    }
}

/* --- what they mean --- */

static void reset(struct tl_dissection *d, struct tl_http2_flow *f, const struct tl_http2_half *h, uint32_t error)
{
    struct tl_http2_stream *x = tl_http2_find(f, h->stream);
    const unsigned from = h->stream % 2 == 1 ? f->client : f->client ^ 1u;
    if (x != NULL) {
        x->h2.reset = tl_http2_error_name(error);
        tl_http2_close(d, f, x);
    } else if (h->stream > f->last[from] && f->has_client && !f->half[0].unknown && !f->half[1].unknown) {
        weird(d, HTTP2_WEIRD_IDLE);
    }
}

/* Streams of the other side beyond the last one that is named are not answered any more. */
static void go_away(struct tl_dissection *d, struct tl_http2_flow *f, unsigned half, const struct outcome *outcome)
{
    struct tl_http2_stream *x = f->oldest;
    f->half[half].goaway = true;
    f->half[half].goaway_error = outcome->error;
    while (x != NULL) {
        struct tl_http2_stream *newer = x->newer;
        const unsigned from = x->id % 2 == 1 ? f->client : f->client ^ 1u;
        if (x->id > outcome->last && from != half) {
            x->h2.goaway = tl_http2_error_name(outcome->error);
            tl_http2_close(d, f, x);
        }
        x = newer;
    }
}

static void message(struct tl_dissection *d, struct tl_http2_flow *f, unsigned half)
{
    struct tl_http2_half *h = &f->half[half];
    const uint32_t id = h->block.stream;
    const bool ends = h->block.end_stream && h->block.promised == 0;
    tl_http2_follow_headers(d, &h->block);
    tl_http2_message(d, f, half, &h->block);
    tl_http2_block_fini(d, h);
    struct tl_http2_stream *x = ends ? tl_http2_find(f, id) : NULL;
    if (x != NULL)
        tl_http2_end_side(d, f, x, half, d->flow.side);
}

void tl_http2_read_frame(struct tl_dissection *d, struct tl_http2_flow *f, unsigned half, int64_t since, bool here)
{
    struct tl_http2_half *h = &f->half[half];
    const size_t used = d->scratch->used;
    struct outcome outcome = { .block = false };
    const uint32_t group = tl_http2_group(d);
    tl_http2_note_header(d, h, here);
    struct tl_part part = tl_part_begin(d, h->length);
    if (h->type != HTTP2_HEADERS && h->type != HTTP2_PUSH_PROMISE && h->type != HTTP2_CONTINUATION)
        tl_http2_follow_frame(d, h, tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c)));
    if (has_right_length(h)) {
        contents(d, f, half, since, &outcome);
    } else {
        weird(d, HTTP2_WEIRD_SIZE);
        tl_http2_line(d, tl_http2_type_name(h->type), h->stream, no_text());
    }
    if (!has_right_stream(h))
        weird(d, HTTP2_WEIRD_STREAM);
    tl_part_end(d, part);
    tl_group_end(d, group);
    if (outcome.block)
        message(d, f, half);
    if (outcome.reset)
        reset(d, f, h, outcome.error);
    if (outcome.goaway)
        go_away(d, f, half, &outcome);
    d->scratch->used = used;
}
