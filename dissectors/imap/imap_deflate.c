/*
 * imap_deflate.c - COMPRESS=DEFLATE (RFC 4978): each side goes on as raw deflate, and what comes out is read by the
 * same parser, in the same state.
 */
#include "dissectors/imap/imap.h"

#include "core/inflate.h"

enum {
    PIECE = 4096,            /* bytes inflated at a time */
    BLOCK = 256,             /* compressed bytes between two looks at the ratio, counted from the first one */
    RATIO = 100,             /* maximum average ratio of a side's inflated to compressed bytes, */
    INFLATED_FREE = 1 << 20, /* after these */
    WINDOW_BITS = 15,
};

void tl_imap_deflate_begin(struct tl_dissection *d, struct tl_imap_flow *f, unsigned side)
{
    struct tl_imap_deflate *z = &f->deflate[side];
    z->on = true;
    z->inner.side = (uint8_t)side;
    if (d->inflate != NULL)
        z->inflater = d->inflate->begin(d->slab, WINDOW_BITS);
    z->broken = z->inflater == NULL;
}

static void give_up(struct tl_dissection *d, struct tl_imap_deflate *z)
{
    if (z->inflater != NULL)
        d->inflate->end(z->inflater);
    z->inflater = NULL;
    z->broken = true;
}

/* Passes bytes to the parser. With a tree they become a source of their own, because its nodes outlive this call. */
static void pass(struct tl_dissection *d, struct tl_imap_deflate *z, struct tl_bytes bytes)
{
    struct tl_dissection inner = *d;
    uint8_t source = d->tree != NULL ? d->tree->source : 0;
    if (d->tree != NULL) {
        uint8_t *copy = tl_arena_alloc_spare(d->scratch, bytes.len);
        if (copy != NULL) {
            memcpy(copy, bytes.data, bytes.len);
            bytes.data = copy;
            d->tree->source = tl_tree_add_source(d->tree, copy, bytes.len, "inflated");
        } else {
            d->tree->source = TL_TREE_SOURCES;
        }
    }
    inner.layer = TL_NO_NODE;
    inner.c = tl_cursor_on(bytes.data, bytes.len, bytes.len);
    tl_stream_push(&inner, &z->inner, bytes);
    if (d->tree != NULL)
        d->tree->source = source;
}

/* Inflates a block. Returns false if nothing can follow. */
static bool block(struct tl_dissection *d, struct tl_imap_deflate *z, struct tl_bytes in)
{
    uint8_t out[PIECE];
    enum tl_inflate_status status = TL_INFLATE_FULL;
    while (status == TL_INFLATE_FULL) {
        uint32_t n = sizeof out;
        status = d->inflate->feed(z->inflater, &in, out, &n);
        z->out += n;
        if (n > 0)
            pass(d, z, (struct tl_bytes){ out, n });
    }
    if (status == TL_INFLATE_BAD)
        tl_weird(d, IMAP_WEIRD_COMPRESSION, (struct tl_bytes){ NULL, 0 });
    else if (z->in % BLOCK == 0 && z->out > INFLATED_FREE && (z->out - INFLATED_FREE) / RATIO > z->in)
        tl_weird(d, IMAP_WEIRD_RATIO, (struct tl_bytes){ NULL, 0 });
    else
        return true;
    return false;
}

struct tl_want tl_imap_deflated(struct tl_dissection *d, struct tl_stream *s, struct tl_imap_flow *f, bool client)
{
    struct tl_imap_deflate *z = &f->deflate[s->side];
    struct tl_bytes in = tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c));
    bool login = client && !f->auth_success; /* a login may be in it */
    if (login)
        tl_hide(d, in);
    tl_skip(d, in.len);
    if (s->event == TL_EV_GAP && !z->broken) {
        give_up(d, z); /* what follows refers to what is lost */
    } else if (s->event == TL_EV_END && !z->broken) {
        struct tl_dissection inner = *d;
        inner.layer = TL_NO_NODE;
        tl_stream_end(&inner, &z->inner);
    } else {
        while (in.len > 0 && !z->broken) {
            uint32_t n = BLOCK - (uint32_t)(z->in % BLOCK);
            n = n < in.len ? n : in.len;
            z->in += n;
            if (!block(d, z, (struct tl_bytes){ in.data, n }))
                give_up(d, z);
            in = (struct tl_bytes){ in.data + n, in.len - n };
        }
    }
    if (s->event == TL_EV_END || z->broken)
        return tl_imap_nothing();
    s->open = !login;
    return tl_imap_some();
}

void tl_imap_deflate_end(struct tl_dissection *d, struct tl_imap_flow *f)
{
    for (unsigned i = 0; i < 2; i++) {
        give_up(d, &f->deflate[i]);
        tl_stream_fini(&f->deflate[i].inner, d->slab);
    }
}
