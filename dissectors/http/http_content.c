/*
 * http_content.c - undoes the codings of a body (RFC 9110 section 8.4, RFC 9112 section 7.2), to count its bytes and to
 * tell its type; reads the headers of a multipart's parts (RFC 2046 section 5.1) for the tree. Nothing of a body is
 * stored.
 */
#include "core/inflate.h"
#include "dissectors/http/http.h"
#include "dissectors/mail/mail_message.h"
#include "dissectors/mime_type.h"

enum {
    QUANTUM = 512,           /* coded bytes that are decoded at once, however the body is cut into segments */
    PIECE = 8 << 10,         /* bytes decoded at a time */
    BODY_MOST = 1 << 20,     /* decoded bytes of a body */
    FREE = 64 << 10, RATIO = 64, /* decoded bytes of one side: at most FREE, and RATIO for each coded byte */
};

/* A body that is being decoded; in kept bytes. */
struct decoding {
    struct tl_content *content; /* NULL: given up, or complete */
    uint32_t start_len, held_len;
    bool ended;                 /* the content is complete */
    bool cut;                   /* not all of it was decoded */
    uint8_t start[TL_MIME_LOOK];
    uint8_t held[QUANTUM];      /* coded bytes */
};

static struct decoding *decoding_of(const struct tl_dissection *d, const struct tl_http_half *h)
{
    return (struct decoding *)(void *)tl_kept_mine(d, h->decoding);
}

/* Takes the next coding off a list. Returns false after the last. */
static bool next_coding(struct tl_bytes *list, struct tl_bytes *name)
{
    while (list->len > 0) {
        const uint8_t *p = list->data, *end = p + list->len, *comma = memchr(p, ',', list->len);
        *name = tl_http_trim(p, comma != NULL ? comma : end);
        p = comma != NULL ? comma + 1 : end;
        *list = tl_bytes_of(p, (uint32_t)(end - p));
        if (name->len > 0 && !tl_http_same(*name, "identity"))
            return true;
    }
    return false;
}

bool tl_http_is_identity(struct tl_bytes codings)
{
    struct tl_bytes name;
    return !next_coding(&codings, &name);
}

enum tl_coding tl_http_coding_of(struct tl_bytes name)
{
    static const struct {
        const char *name;
        enum tl_coding coding;
    } codings[] = {
        { "gzip", TL_CODING_GZIP }, { "x-gzip", TL_CODING_GZIP },  { "deflate", TL_CODING_DEFLATE },
        { "br", TL_CODING_BROTLI }, { "zstd", TL_CODING_ZSTD },
    };
    enum tl_coding found = TL_CODING_NONE;
    for (size_t i = 0; i < TL_COUNT(codings); i++) {
        if (tl_http_same(name, codings[i].name))
            found = codings[i].coding;
    }
    return found;
}

/*
 * A transfer coding is applied last (RFC 9112 section 6.1). A range begins within the content's coding: of it only the
 * transfer coding is undone.
 */
uint8_t tl_http_codings(const struct tl_http_message *m)
{
    struct tl_bytes list = m->text[HTTP_CONTENT_ENCODING], name;
    uint8_t codings = TL_CODING_NONE;
    if (m->framing.unknown)
        return TL_CODING_NONE;
    while (!m->framing.partial && next_coding(&list, &name)) {
        enum tl_coding coding = tl_http_coding_of(name);
        codings = coding != TL_CODING_NONE ? tl_coded_again(codings, coding) : (uint8_t)TL_CODING_NONE;
        if (codings == TL_CODING_NONE)
            return TL_CODING_NONE;
    }
    if (m->framing.codings == TL_CODING_NONE)
        return codings;
    if (codings == TL_CODING_NONE)
        return m->framing.codings;
    return m->framing.codings < 1 << TL_CODING_BITS ? tl_coded_again(codings, m->framing.codings) : (uint8_t)TL_CODING_NONE;
}

static void give_up(const struct tl_dissection *d, struct decoding *g)
{
    if (g->content != NULL)
        d->inflate->end_content(g->content);
    g->content = NULL;
    g->cut = true;
}

/* --- multiparts --- */

/* A multipart that is being read; in kept bytes. */
struct parts {
    struct tl_mail mail;
    struct tl_mail_kinds kinds;
    bool ranges; /* pieces of one content: their beginnings say nothing about it */
};

_Static_assert((int)TL_HTTP_KINDS == (int)TL_MAIL_KINDS, "a copy");

static struct tl_mail *parts_of(const struct tl_dissection *d, const struct tl_http_half *h)
{
    struct parts *parts = (struct parts *)(void *)tl_kept_mine(d, h->parts);
    parts->mail.kinds = parts->ranges ? NULL : &parts->kinds;
    parts->mail.parent = parts->ranges ? 0 : tl_http_body_id(d, h);
    return &parts->mail;
}

static bool is_ranges(struct tl_bytes type)
{
    static const char name[] = "multipart/byteranges";
    return type.len >= sizeof name - 1 && tl_http_same(tl_bytes_of(type.data, sizeof name - 1), name);
}

static void begin_parts(struct tl_dissection *d, struct tl_http_half *h, struct tl_bytes type)
{
    const struct tl_http_flow *f = d->flow.slot;
    h->parts = tl_keep(d, NULL, sizeof(struct parts));
    if (h->parts == 0)
        return;
    ((struct parts *)(void *)tl_kept_mine(d, h->parts))->ranges = is_ranges(type);
    if (tl_mail_begin_multipart(d, parts_of(d, h), "HTTP", h == &f->half[1], type))
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
    struct tl_mail *parts = parts_of(d, h);
    tl_mail_end(d, parts);
    if (parts->kinds != NULL) {
        h->kinds.count = parts->kinds->count;
        memcpy(h->kinds.numbers, parts->kinds->numbers, sizeof h->kinds.numbers);
        if (parts->kinds->names_len > 0)
            tl_http_names_keep(d, h, parts->kinds->names, parts->kinds->names_len);
    }
    tl_mail_free(d, parts);
    tl_forget(d, h->parts);
    h->parts = 0;
}

/* --- codings --- */

void tl_http_content_begin(struct tl_dissection *d, struct tl_http_half *h, const struct tl_http_message *m)
{
    struct tl_bytes codings = m->text[HTTP_CONTENT_ENCODING];
    tl_http_content_end(d, h);
    h->decoded = (struct tl_http_decoded){ .known = false };
    h->kinds.count = 0;
    if (tl_http_is_identity(codings) && !m->framing.compressed && m->text[HTTP_CONTENT_TYPE].len > 0)
        begin_parts(d, h, m->text[HTTP_CONTENT_TYPE]);
    /* What is decoded is told in records only. */
    bool decode = d->recorded && d->inflate != NULL && !m->framing.partial;
    uint8_t coding = decode ? tl_http_codings(m) : (uint8_t)TL_CODING_NONE;
    if (coding == TL_CODING_NONE)
        return;
    h->decoding = tl_keep(d, NULL, sizeof(struct decoding));
    h->decoded.known = h->decoded.cut = h->decoding == 0;
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

/* Returns how many bytes may be decoded at once. */
static uint32_t room_in(const struct tl_http_half *h)
{
    uint32_t left = BODY_MOST - (uint32_t)h->decoded.len;
    int64_t credit = FREE + h->credit;
    left = credit < left ? (uint32_t)credit : left;
    return left < PIECE ? left : PIECE;
}

/* What came out of a wrong body depends on the library: none of it counts. */
static void forget_all(const struct tl_dissection *d, struct tl_http_half *h, struct decoding *g)
{
    give_up(d, g);
    h->decoded.len = 0;
    g->start_len = 0;
}

static void decode(const struct tl_dissection *d, struct tl_http_half *h, struct decoding *g, struct tl_bytes in)
{
    enum tl_inflate_status status = TL_INFLATE_FULL;
    uint8_t out[PIECE];
    h->credit += (int64_t)in.len * RATIO;
    while (g->content != NULL && (in.len > 0 || status == TL_INFLATE_FULL)) {
        uint32_t n = room_in(h);
        status = d->inflate->feed_content(g->content, &in, out, &n);
        take(g, tl_bytes_of(out, n));
        h->decoded.len += n;
        h->credit -= n;
        g->ended = status == TL_INFLATE_END;
        if (status == TL_INFLATE_BAD)
            forget_all(d, h, g);
        else if (status == TL_INFLATE_CUT || (status == TL_INFLATE_FULL && room_in(h) == 0))
            give_up(d, g);
        else if (status != TL_INFLATE_FULL && in.len > 0 && n == 0)
            break;
    }
}

/* Decodes the bytes that wait for more. */
static void flush(const struct tl_dissection *d, struct tl_http_half *h, struct decoding *g)
{
    uint32_t n = g->held_len;
    g->held_len = 0;
    if (n > 0 && g->content != NULL)
        decode(d, h, g, tl_bytes_of(g->held, n));
}

void tl_http_content_data(struct tl_dissection *d, struct tl_http_half *h, struct tl_bytes in)
{
    if (h->parts != 0)
        read_parts(d, h, in);
    if (h->decoding == 0)
        return;
    struct decoding *g = decoding_of(d, h);
    while (g->content != NULL && in.len > 0) {
        uint32_t room = QUANTUM - g->held_len, n = in.len < room ? in.len : room;
        if (n == QUANTUM) {
            decode(d, h, g, tl_bytes_of(in.data, n));
        } else {
            memcpy(g->held + g->held_len, in.data, n);
            g->held_len += n;
            if (g->held_len == QUANTUM)
                flush(d, h, g);
        }
        in = tl_bytes_of(in.data + n, in.len - n);
    }
}

void tl_http_content_gap(struct tl_dissection *d, struct tl_http_half *h, uint64_t n)
{
    if (h->parts != 0)
        tl_mail_gap(d, parts_of(d, h), n);
    if (h->decoding == 0)
        return;
    struct decoding *g = decoding_of(d, h);
    flush(d, h, g);
    give_up(d, g);
}

void tl_http_content_end(struct tl_dissection *d, struct tl_http_half *h)
{
    if (TL_UNLIKELY(h->parts != 0))
        end_parts(d, h);
    if (TL_LIKELY(h->decoding == 0))
        return;
    struct decoding *g = decoding_of(d, h);
    flush(d, h, g);
    h->decoded.known = h->body > 0;
    h->decoded.cut = g->cut || !g->ended;
    if (g->start_len > 0)
        h->mime = tl_mime_type(tl_bytes_of(g->start, g->start_len), g->ended && g->start_len == h->decoded.len);
    if (g->content != NULL)
        d->inflate->end_content(g->content);
    tl_forget(d, h->decoding);
    h->decoding = 0;
}
