/*
 * http2_follow.c - what a stream of HTTP/2 carries, for those who follow it: whole frames, and of header blocks the list
 * of names and values with lengths of four bytes in front, as Wireshark's "follow" has them.
 */
#include "core/slab.h"
#include "dissectors/http2/http2.h"

static void put_header(const struct tl_http2_half *h, uint8_t p[HTTP2_HEADER])
{
    tl_store_be32(p, h->length << 8 | h->type);
    p[4] = h->flags;
    tl_store_be32(p + 5, h->stream | (h->reserved ? 0x80000000u : 0));
}

void tl_http2_follow_frame(struct tl_dissection *d, const struct tl_http2_half *h, struct tl_bytes payload)
{
    const size_t used = d->scratch->used;
    if (!d->followed || payload.len < h->length)
        return;
    uint8_t *p = tl_arena_alloc(d->scratch, (size_t)HTTP2_HEADER + payload.len);
    if (p != NULL) {
        put_header(h, p);
        if (payload.len > 0)
            memcpy(p + HTTP2_HEADER, payload.data, payload.len);
        tl_said_in(d, h->stream, d->flow.side, tl_bytes_of(p, HTTP2_HEADER + payload.len), 0);
    }
    d->scratch->used = used;
}

void tl_http2_follow_headers(struct tl_dissection *d, const struct tl_http2_block *b)
{
    const size_t used = d->scratch->used;
    struct tl_http2_walk walk = tl_http2_walk(&b->list);
    struct tl_header_field field;
    if (!d->followed || b->list.len == 0)
        return;
    uint8_t *p = tl_arena_alloc(d->scratch, b->list.len), *at = p;
    while (p != NULL && tl_http2_walk_next(&walk, &field)) {
        const struct tl_bytes texts[2] = { field.name, field.value };
        for (unsigned i = 0; i < 2; i++) {
            tl_store_be32(at, texts[i].len);
            if (texts[i].len > 0)
                memcpy(at + 4, texts[i].data, texts[i].len);
            at += 4 + texts[i].len;
        }
    }
    if (p != NULL)
        tl_said_in(d, b->stream, d->flow.side, tl_bytes_of(p, (size_t)(at - p)), 0);
    d->scratch->used = used;
}

/* --- frames of DATA that come in several packets --- */

void tl_http2_follow_drop(struct tl_dissection *d, struct tl_http2_half *h)
{
    tl_slab_put(d->slab, h->frame, h->frame_room);
    h->frame = NULL;
    h->frame_have = h->frame_room = 0;
}

void tl_http2_follow_begin(struct tl_dissection *d, struct tl_http2_half *h, struct tl_bytes payload)
{
    tl_http2_follow_drop(d, h);
    if (!d->followed || d->slab == NULL || h->length > HTTP2_FRAME_MOST)
        return;
    h->frame = tl_slab_get(d->slab, h->length > 0 ? h->length : 1);
    h->frame_room = h->frame != NULL ? (h->length > 0 ? h->length : 1) : 0;
    tl_http2_follow_add(d, h, payload);
}

void tl_http2_follow_add(struct tl_dissection *d, struct tl_http2_half *h, struct tl_bytes payload)
{
    if (h->frame == NULL || payload.len > h->length - h->frame_have)
        return;
    if (payload.len > 0)
        memcpy(h->frame + h->frame_have, payload.data, payload.len);
    h->frame_have += payload.len;
    if (h->frame_have < h->length)
        return;
    tl_http2_follow_frame(d, h, tl_bytes_of(h->frame, h->length));
    tl_http2_follow_drop(d, h);
}
