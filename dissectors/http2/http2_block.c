/*
 * http2_block.c - header blocks: the fields of HEADERS, PUSH_PROMISE and CONTINUATION (RFC 9113 section 4.3, RFC 7541).
 *
 * Fields are decoded frame by frame; only a representation that goes on in the next frame waits. Where fields were
 * missed, those that refer to them are unknown, and all others are right (see core/inflate.h).
 */
#include "core/slab.h"
#include "dissectors/http2/http2.h"

/* Bytes of the block that are read: of the frame, perhaps with bytes of the frame before it in front. */
struct input {
    const uint8_t *p;
    uint32_t len;
    uint32_t before;      /* bytes of earlier frames */
    uint32_t off;         /* where the frame's bytes are in the source */
};

/* With a name of their own, and with an indexed one. */
static const char *const representations[][2] = {
    [HTTP2_INDEXED] = { "Indexed Header Field", "Indexed Header Field" },
    [HTTP2_INCREMENTAL] = { "Literal Header Field with Incremental Indexing - New Name",
                            "Literal Header Field with Incremental Indexing - Indexed Name" },
    [HTTP2_NEVER] = { "Literal Header Field never Indexed - New Name",
                      "Literal Header Field never Indexed - Indexed Name" },
    [HTTP2_LITERAL] = { "Literal Header Field without Indexing - New Name",
                        "Literal Header Field without Indexing - Indexed Name" },
};

/* In place of the name of a field that is in the table, but whose name is not known. */
static const uint8_t no_name[1] = { 0 };

void tl_http2_block_fini(struct tl_dissection *d, struct tl_http2_half *h)
{
    struct tl_http2_block *b = &h->block;
    tl_http2_list_fini(d, &b->list);
    tl_slab_put(d->slab, b->carry, b->carry_room);
    *b = (struct tl_http2_block){ .on = false };
}

void tl_http2_forget_headers(struct tl_dissection *d, struct tl_http2_half *h)
{
    tl_http2_block_fini(d, h);
    if (h->headers != NULL)
        d->inflate->end_headers(h->headers);
    h->headers = NULL;
    h->unknown = true;
}

/* --- the tree --- */

/* Where bytes [at, at + len) of the input are in the source. */
static struct tl_http2_place place(const struct input *in, uint32_t at, uint32_t len)
{
    uint32_t end = at + len, from = at > in->before ? at : in->before;
    if (end <= in->before)
        return (struct tl_http2_place){ in->off, 0 };
    return (struct tl_http2_place){ in->off + (from - in->before), end - from };
}

static void hide(struct tl_dissection *d, const struct input *in, uint32_t at, uint32_t len)
{
    struct tl_http2_place where = place(in, at, len);
    if (where.len > 0)
        tl_hide(d, tl_bytes_of(d->c.base + where.off, where.len));
}

static struct tl_bytes shown_value(const struct tl_dissection *d, const struct tl_header_field *field)
{
    if (field->name.len > 0 && *field->name.data == ':') {
        bool authority = tl_http_same(field->name, ":authority");
        return tl_shown_text(d, authority ? TL_SECRET_AUTHORITY : TL_SECRET_URI, field->value);
    }
    return tl_http_shown_value(d, field->name, field->value);
}

static void add_text(struct tl_dissection *d, unsigned field, struct tl_http2_place where, struct tl_bytes text)
{
    tl_add_text(d, field, where.off, where.len, text.data, text.len);
}

static void note_texts(struct tl_dissection *d, const struct input *in, uint32_t at, const struct tl_http2_piece *piece,
                       const struct tl_header_field *field)
{
    const size_t used = d->scratch->used;
    struct tl_http2_place name = place(in, at + piece->name_off, piece->name_len);
    struct tl_http2_place value = place(in, at + piece->value_off, piece->value_len);
    struct tl_bytes shown = shown_value(d, field);
    tl_add(d, HTTP2_NAME_LENGTH, name.off, 0, field->name.len);
    add_text(d, HTTP2_NAME, name, field->name);
    tl_add(d, HTTP2_VALUE_LENGTH, value.off, 0, field->value.len);
    if (shown.len > 0 || field->value.len == 0)
        add_text(d, HTTP2_VALUE, value, shown);
    const unsigned known = tl_http2_field_of(field->name);
    if (known != 0 && (shown.len > 0 || field->value.len == 0))
        add_text(d, known, value, shown);
    if (shown.len != field->value.len)
        hide(d, in, at, piece->len);
    d->scratch->used = used; /* the tree has copies */
}

/* A representation. field NULL: not known. */
static void note(struct tl_dissection *d, const struct input *in, uint32_t at, const struct tl_http2_piece *piece,
                 const struct tl_header_field *field)
{
    struct tl_http2_place whole = place(in, at, piece->len);
    if (d->wanted == NULL)
        return;
    const uint32_t after = d->c.off;
    d->c.off = whole.off;
    uint32_t group = tl_group(d, HTTP2_FIELD_GROUP);
    if (piece->kind == HTTP2_RESIZE)
        tl_add(d, HTTP2_TABLE_SIZE, whole.off, whole.len, piece->index);
    else if (field != NULL)
        note_texts(d, in, at, piece, field);
    else
        hide(d, in, at, piece->len);
    const char *text = piece->kind != HTTP2_RESIZE ? representations[piece->kind][piece->index > 0] : NULL;
    if (text != NULL)
        tl_add_text(d, HTTP2_REPR, whole.off, whole.len > 0, text, (uint32_t)strlen(text));
    if (piece->index > 0 && piece->kind != HTTP2_RESIZE)
        tl_add(d, HTTP2_INDEX, whole.off, whole.len > 0, piece->index);
    d->c.off = whole.off + whole.len;
    tl_group_end(d, group);
    d->c.off = after;
}

/* --- decoding --- */

/* The name is not known: another takes its place in the table, since later fields can refer to the value. */
static enum tl_inflate_status stand_in(struct tl_dissection *d, struct tl_http2_half *h, const uint8_t *p,
                                       const struct tl_http2_piece *piece)
{
    const size_t used = d->scratch->used;
    struct tl_header_field field;
    uint8_t *whole = tl_arena_alloc(d->scratch, 3 + (size_t)piece->value_len);
    if (whole == NULL)
        return TL_INFLATE_CUT;
    whole[0] = 0x40; /* with incremental indexing, a name of one byte */
    whole[1] = 1;
    whole[2] = *no_name;
    memcpy(whole + 3, p + piece->value_off, piece->value_len);
    struct tl_bytes in = tl_bytes_of(whole, 3 + (size_t)piece->value_len);
    enum tl_inflate_status status = d->inflate->feed_headers(h->headers, in, &field);
    d->scratch->used = used;
    return status;
}

static enum tl_inflate_status resize(struct tl_dissection *d, struct tl_http2_half *h, const uint8_t *p,
                                     const struct tl_http2_piece *piece)
{
    static const uint8_t largest[] = { 0x3f, 0xe1, 0xff, 0x03 };
    struct tl_header_field field;
    if (piece->index > h->table_most && !h->unknown)
        tl_weird(d, HTTP2_WEIRD_TABLE, (struct tl_bytes){ NULL, 0 });
    struct tl_bytes in = tl_bytes_of(p, piece->len);
    if (piece->index > TL_HEADERS_TABLE) /* what is beyond is not known, as after a loss */
        in = tl_bytes_of(largest, sizeof largest);
    h->unknown |= piece->index > TL_HEADERS_TABLE;
    return d->inflate->feed_headers(h->headers, in, &field);
}

/* Decodes a representation. *known: the field is. */
static enum tl_inflate_status decode(struct tl_dissection *d, struct tl_http2_half *h, const uint8_t *p,
                                     const struct tl_http2_piece *piece, struct tl_header_field *field, bool *known)
{
    *known = false;
    if (piece->kind == HTTP2_RESIZE)
        return resize(d, h, p, piece);
    if (piece->index > d->inflate->header_entries(h->headers)) {
        if (!h->unknown)
            return TL_INFLATE_BAD;
        return piece->kind == HTTP2_INCREMENTAL ? stand_in(d, h, p, piece) : TL_INFLATE_DONE;
    }
    enum tl_inflate_status status = d->inflate->feed_headers(h->headers, tl_bytes_of(p, piece->len), field);
    *known = status == TL_INFLATE_DONE && !(field->name.len == 1 && *field->name.data == *no_name);
    return status;
}

/* Reads the whole representations of the input. Returns their bytes; *bad: what follows is not readable. */
static uint32_t pieces(struct tl_dissection *d, struct tl_http2_half *h, const struct input *in, bool *bad)
{
    struct tl_http2_list *list = &h->block.list;
    struct tl_http2_piece piece;
    uint32_t at = 0;
    *bad = false;
    while (at < in->len) {
        struct tl_header_field field;
        bool known;
        enum tl_status status = tl_http2_piece(in->p + at, in->len - at, &piece);
        if (status == TL_MORE)
            break;
        enum tl_inflate_status decoded = TL_INFLATE_BAD;
        if (status == TL_OK)
            decoded = decode(d, h, in->p + at, &piece, &field, &known);
        if (decoded != TL_INFLATE_DONE) {
            if (decoded == TL_INFLATE_BAD)
                tl_weird(d, HTTP2_WEIRD_HPACK, (struct tl_bytes){ NULL, 0 });
            *bad = true;
            break;
        }
        bool cut = list->cut;
        if (known)
            tl_http2_list_add(d, list, &field);
        else if (piece.kind != HTTP2_RESIZE)
            list->unknown = true;
        if (TL_UNLIKELY(d->wanted != NULL) && !list->cut)
            note(d, in, at, &piece, known ? &field : NULL);
        else if (list->cut)
            hide(d, in, at, piece.len);
        if (list->cut && !cut)
            tl_weird(d, HTTP2_WEIRD_LIST, (struct tl_bytes){ NULL, 0 });
        at += piece.len;
    }
    return at;
}

/* Appends to the bytes that wait for more. Returns false without memory. */
static bool carry(struct tl_dissection *d, struct tl_http2_block *b, const uint8_t *p, uint32_t len)
{
    const uint32_t need = b->carry_len + len;
    if (need > b->carry_room) {
        uint32_t room = b->carry_room > 0 ? b->carry_room : 256;
        while (room < need)
            room *= 2;
        uint8_t *grown = d->slab != NULL && room <= TL_SLAB_MAX ? tl_slab_get(d->slab, room) : NULL;
        if (grown == NULL)
            return false;
        if (b->carry_len > 0)
            memcpy(grown, b->carry, b->carry_len);
        tl_slab_put(d->slab, b->carry, b->carry_room);
        b->carry = grown;
        b->carry_room = room;
    }
    if (len > 0)
        memcpy(b->carry + b->carry_len, p, len);
    b->carry_len = need;
    return true;
}

/* The rest of the block is not read. The fields that it has so far are right. */
static void skip_rest(struct tl_dissection *d, struct tl_http2_half *h)
{
    if (h->headers != NULL)
        d->inflate->end_headers(h->headers);
    h->headers = NULL;
    h->unknown = true;
    h->block.skipped = h->block.list.unknown = true;
}

static bool have_headers(struct tl_dissection *d, struct tl_http2_half *h, uint32_t len)
{
    if (h->headers == NULL && d->inflate != NULL && d->slab != NULL)
        h->headers = d->inflate->begin_headers(d->slab, h->unknown);
    if (h->headers == NULL)
        tl_truncated(d, len);
    return h->headers != NULL;
}

/* Reads the fragment p, which is in the source and follows what is carried. */
static void read_fragment(struct tl_dissection *d, struct tl_http2_half *h, const uint8_t *p, uint32_t len, bool last)
{
    struct tl_http2_block *b = &h->block;
    struct input in = { p, len, 0, (uint32_t)(p - d->c.base) };
    bool bad;
    if (b->carry_len > 0) {
        in.before = b->carry_len;
        if (!carry(d, b, p, len)) {
            tl_truncated(d, len);
            skip_rest(d, h);
            return;
        }
        in.p = b->carry;
        in.len = b->carry_len;
    }
    uint32_t done = pieces(d, h, &in, &bad), left = in.len - done;
    if (left > 0) /* perhaps a part of a secret */
        hide(d, &in, done, left);
    if (!bad && last && left > 0)
        tl_weird(d, HTTP2_WEIRD_HPACK, (struct tl_bytes){ NULL, 0 });
    if (bad || (last && left > 0)) {
        skip_rest(d, h);
    } else if (b->carry_len > 0) {
        memmove(b->carry, b->carry + done, left);
        b->carry_len = left;
    } else if (left > 0 && !carry(d, b, p + done, left)) {
        tl_truncated(d, left);
        skip_rest(d, h);
    }
}

void tl_http2_fragment(struct tl_dissection *d, struct tl_http2_flow *f, unsigned half, uint32_t len, bool last)
{
    struct tl_http2_half *h = &f->half[half];
    struct tl_http2_block *b = &h->block;
    const uint8_t *p = tl_cursor_take(&d->c, len);
    if (p == NULL)
        return;
    if (!b->on)
        tl_http2_list_begin(d, &b->list, !last);
    const uint64_t counted = b->list.counted;
    const uint32_t count = b->list.count;
    b->on = !last;
    b->frames++;
    b->bytes += len;
    if (!b->skipped && (b->frames > HTTP2_CONTINUATIONS || b->bytes > HTTP2_BLOCK_MOST)) {
        tl_weird(d, HTTP2_WEIRD_FLOOD, (struct tl_bytes){ NULL, 0 });
        skip_rest(d, h);
    }
    if (!b->skipped && !have_headers(d, h, len))
        skip_rest(d, h);
    if (b->skipped)
        tl_hide(d, tl_bytes_of(p, len));
    else
        read_fragment(d, h, p, len, last);
    if (last && h->headers != NULL)
        d->inflate->end_block(h->headers);
    /* Of the fields in this frame; Wireshark counts their texts, and eight bytes for each. */
    const uint32_t here = b->list.count - count;
    tl_add(d, HTTP2_HEADER_LENGTH, 0, 0, b->list.counted - counted - (HTTP2_FIELD_EXTRA - 8) * (uint64_t)here);
    tl_add(d, HTTP2_HEADER_COUNT, 0, 0, here);
}
