/*
 * http_content.c - undoes the content coding of a body (RFC 9110 section 8.4), to count its bytes and to tell its type;
 * reads the headers of a multipart's parts (RFC 2046 section 5.1) for the tree. Nothing of a body is stored.
 */
#include "core/inflate.h"
#include "dissectors/http/http.h"
#include "dissectors/mail/mail_message.h"
#include "dissectors/mime_type.h"

enum {
    PIECE = 8 << 10,         /* bytes decoded at a time */
    BODY_MOST = 1 << 20,     /* decoded bytes of a body */
    FLOW_MOST = 16 << 20,    /* decoded bytes of a flow: bounds what a few packets can cost */
};

/* A body that is being decoded; in kept bytes. */
struct decoding {
    struct tl_content *content; /* NULL: given up, or complete */
    uint32_t start_len;
    bool ended;                 /* the content is complete */
    bool cut;                   /* not all of it was decoded */
    uint8_t start[TL_MIME_LOOK];
};

static struct decoding *decoding_of(const struct tl_dissection *d, const struct tl_http_half *h)
{
    return (struct decoding *)(void *)tl_kept_mine(d, h->decoding);
}

/* A list of one coding, next to `identity`. Other lists are not undone. */
static enum tl_coding coding_of(struct tl_bytes text)
{
    static const struct {
        const char *name;
        enum tl_coding coding;
    } codings[] = {
        { "gzip", TL_CODING_GZIP }, { "x-gzip", TL_CODING_GZIP },  { "deflate", TL_CODING_DEFLATE },
        { "br", TL_CODING_BROTLI }, { "zstd", TL_CODING_ZSTD },
    };
    const uint8_t *p = text.data, *end = text.data + text.len;
    enum tl_coding found = TL_CODING_NONE;
    while (p < end) {
        const uint8_t *comma = memchr(p, ',', (size_t)(end - p)), *stop = comma != NULL ? comma : end;
        struct tl_bytes word = tl_http_trim(p, stop);
        enum tl_coding coding = TL_CODING_NONE;
        p = stop < end ? stop + 1 : end;
        if (word.len == 0 || tl_http_same(word, "identity"))
            continue;
        for (size_t i = 0; i < TL_COUNT(codings); i++) {
            if (tl_http_same(word, codings[i].name))
                coding = codings[i].coding;
        }
        if (coding == TL_CODING_NONE || found != TL_CODING_NONE)
            return TL_CODING_NONE;
        found = coding;
    }
    return found;
}

static void give_up(const struct tl_dissection *d, struct decoding *g)
{
    if (g->content != NULL)
        d->inflate->end_content(g->content);
    g->content = NULL;
    g->cut = true;
}

/* --- multiparts --- */

static struct tl_mail *parts_of(const struct tl_dissection *d, const struct tl_http_half *h)
{
    return (struct tl_mail *)(void *)tl_kept_mine(d, h->parts);
}

static void begin_parts(struct tl_dissection *d, struct tl_http_half *h, struct tl_bytes type)
{
    const struct tl_http_flow *f = d->flow.slot;
    h->parts = tl_keep(d, NULL, sizeof(struct tl_mail));
    if (h->parts == 0 || tl_mail_begin_multipart(d, parts_of(d, h), type, h == &f->half[1]))
        return;
    tl_forget(d, h->parts);
    h->parts = 0;
}

/* Only a packet with a delimiter or a part's header gets a layer. */
static void read_parts(struct tl_dissection *d, struct tl_http_half *h, struct tl_bytes in)
{
    struct tl_mail *parts = parts_of(d, h);
    if (d->wanted != NULL && d->layer == TL_NO_NODE && in.len > 0 &&
        (parts->in_header || *in.data == '-' || memmem(in.data, in.len, "\n--", 3) != NULL))
        tl_message(d);
    tl_mail_feed(d, parts, in);
}

static void end_parts(struct tl_dissection *d, struct tl_http_half *h)
{
    tl_mail_end(d, parts_of(d, h));
    tl_mail_free(d, parts_of(d, h));
    tl_forget(d, h->parts);
    h->parts = 0;
}

/* --- content codings --- */

void tl_http_content_begin(struct tl_dissection *d, struct tl_http_half *h, const struct tl_http_message *m)
{
    struct tl_bytes codings = m->text[HTTP_CONTENT_ENCODING];
    tl_http_content_end(d, h);
    h->decoded = (struct tl_http_decoded){ .known = false };
    if (m->framing.compressed)
        return;
    if (codings.len == 0 && m->text[HTTP_CONTENT_TYPE].len > 0)
        begin_parts(d, h, m->text[HTTP_CONTENT_TYPE]);
    enum tl_coding coding = d->inflate != NULL && !m->framing.partial ? coding_of(codings) : TL_CODING_NONE;
    if (coding == TL_CODING_NONE)
        return;
    h->decoding = tl_keep(d, NULL, sizeof(struct decoding));
    if (h->decoding == 0)
        return;
    struct decoding *g = decoding_of(d, h);
    g->content = d->inflate->begin_content(d->slab, coding);
    g->cut = g->content == NULL;
}

static void take(struct decoding *g, struct tl_bytes bytes)
{
    uint32_t room = TL_MIME_LOOK - g->start_len, n = bytes.len < room ? bytes.len : room;
    if (n > 0)
        memcpy(g->start + g->start_len, bytes.data, n);
    g->start_len += n;
}

/* Bytes that may be decoded at once; the sums do not depend on how the body is cut into segments. */
static uint32_t room_in(const struct tl_http_flow *f, const struct tl_http_half *h)
{
    uint32_t left = BODY_MOST - (uint32_t)h->decoded.len;
    left = left < FLOW_MOST - f->decoded ? left : FLOW_MOST - f->decoded;
    return left < PIECE ? left : PIECE;
}

void tl_http_content_data(struct tl_dissection *d, struct tl_http_half *h, struct tl_bytes in)
{
    struct tl_http_flow *f = d->flow.slot;
    if (h->parts != 0)
        read_parts(d, h, in);
    if (h->decoding == 0)
        return;
    struct decoding *g = decoding_of(d, h);
    enum tl_inflate_status status = TL_INFLATE_FULL;
    uint8_t out[PIECE];
    while (g->content != NULL && (in.len > 0 || status == TL_INFLATE_FULL)) {
        uint32_t n = room_in(f, h);
        status = d->inflate->feed_content(g->content, &in, out, &n);
        take(g, tl_bytes_of(out, n));
        h->decoded.len += n;
        f->decoded += n;
        g->ended = status == TL_INFLATE_END;
        if (status == TL_INFLATE_BAD || (status == TL_INFLATE_FULL && room_in(f, h) == 0))
            give_up(d, g);
        else if (status != TL_INFLATE_FULL && in.len > 0 && n == 0)
            break;
    }
}

void tl_http_content_gap(struct tl_dissection *d, struct tl_http_half *h, uint64_t n)
{
    if (h->parts != 0)
        tl_mail_gap(d, parts_of(d, h), n);
    if (h->decoding != 0)
        give_up(d, decoding_of(d, h));
}

void tl_http_content_end(struct tl_dissection *d, struct tl_http_half *h)
{
    if (TL_UNLIKELY(h->parts != 0))
        end_parts(d, h);
    if (TL_LIKELY(h->decoding == 0))
        return;
    struct decoding *g = decoding_of(d, h);
    h->decoded.known = h->body > 0 && (h->decoded.len > 0 || !g->cut);
    h->decoded.cut = g->cut || !g->ended;
    if (g->start_len > 0)
        h->mime = tl_mime_type(tl_bytes_of(g->start, g->start_len), g->ended && g->start_len == h->decoded.len);
    if (g->content != NULL)
        d->inflate->end_content(g->content);
    tl_forget(d, h->decoding);
    h->decoding = 0;
}
