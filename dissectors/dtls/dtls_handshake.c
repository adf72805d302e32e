/* dtls_handshake.c - handshake messages in fragments (RFC 6347 section 4.2.3). */
#include "core/slab.h"
#include "dissectors/dtls/dtls.h"

static void drop(struct tl_dissection *d, struct tl_dtls_message *m)
{
    if (!m->used)
        return;
    tl_range_fini(&m->range, d->slab);
    tl_slab_put(d->slab, m->bytes, m->capacity);
    *m = (struct tl_dtls_message){ .used = false };
}

void tl_dtls_forget(struct tl_dissection *d, struct tl_dtls_flow *f)
{
    for (unsigned i = 0; i < 2 * DTLS_PARTS; i++)
        drop(d, &f->messages[i / DTLS_PARTS][i % DTLS_PARTS]);
}

/* The place of a message: its own, a free one, or that of the oldest. */
static struct tl_dtls_message *place_of(struct tl_dissection *d, struct tl_dtls_flow *f, unsigned side, uint8_t type,
                                        uint32_t length, uint16_t seq)
{
    struct tl_dtls_message *best = &f->messages[side][0];
    for (unsigned i = 0; i < DTLS_PARTS; i++) {
        struct tl_dtls_message *m = &f->messages[side][i];
        if (m->used && m->seq == seq && m->type == type && m->length == length)
            return m;
        if (best->used && (!m->used || m->age < best->age))
            best = m;
    }
    drop(d, best);
    *best = (struct tl_dtls_message){ .length = length, .seq = seq, .type = type, .used = true, .age = ++f->age };
    return best;
}

struct collecting {
    struct tl_dissection *d;
    struct tl_dtls_message *m;
    bool failed;
};

static bool grow(const struct tl_dissection *d, struct tl_dtls_message *m, uint32_t need)
{
    uint32_t capacity = m->capacity > 0 ? m->capacity : 512;
    while (capacity < need)
        capacity *= 2;
    if (capacity == m->capacity)
        return true;
    uint8_t *grown = tl_slab_get(d->slab, capacity);
    if (grown == NULL)
        return false;
    if (m->have > 0)
        memcpy(grown, m->bytes, m->have);
    tl_slab_put(d->slab, m->bytes, m->capacity);
    m->bytes = grown;
    m->capacity = capacity;
    return true;
}

static void on_data(void *context, struct tl_bytes bytes)
{
    struct collecting *c = context;
    if (c->failed || !grow(c->d, c->m, c->m->have + bytes.len)) {
        c->failed = true;
        return;
    }
    memcpy(c->m->bytes + c->m->have, bytes.data, bytes.len);
    c->m->have += bytes.len;
}

static void on_gap(void *context, uint64_t n, bool cut)
{
    struct collecting *c = context;
    (void)n;
    (void)cut;
    c->failed = true;
}

/* Reads the message that is whole. With a tree it is copied, because nodes outlive this call. */
static void read_collected(struct tl_dissection *d, struct tl_dtls_flow *f, unsigned side, struct tl_dtls_message *m,
                           struct tl_tls_chain *chain)
{
    const struct tl_cursor c = d->c;
    const uint8_t *bytes = m->bytes;
    uint8_t source = 0;
    if (d->tree != NULL) {
        uint8_t *copy = tl_arena_alloc_spare(d->scratch, m->have);
        source = d->tree->source;
        d->tree->source = TL_TREE_SOURCES;
        if (copy != NULL) {
            memcpy(copy, bytes, m->have);
            bytes = copy;
            d->tree->source = tl_tree_add_source(d->tree, copy, m->have, "reassembled DTLS handshake");
        }
    }
    d->c = tl_cursor_on(bytes, m->have, m->have);
    tl_tls_message_body(d, &f->tls, side, m->type, d->frame->ts, chain);
    d->c = c;
    if (d->tree != NULL)
        d->tree->source = source;
    if (bytes == m->bytes)
        chain->read = 0; /* there is no copy that the tree could show */
}

/* A fragment at the cursor, which is limited to it. Returns true if its message is whole, and was read. */
static bool fragment(struct tl_dissection *d, struct tl_dtls_flow *f, unsigned side, struct tl_dtls_message *m,
                     uint32_t offset, struct tl_tls_chain *chain)
{
    static const struct tl_range_limits limits = { DTLS_MESSAGE_MOST, 64 };
    struct collecting c = { d, m, false };
    const struct tl_range_reader reader = { on_data, on_gap, &c };
    uint32_t len = tl_cursor_left(&d->c);
    const uint8_t *bytes = tl_cursor_take(&d->c, len);
    if (bytes == NULL || d->slab == NULL)
        return false;
    (void)tl_range_add(&m->range, offset, offset + len, tl_bytes_of(bytes, len), &limits, &reader, d->slab);
    bool whole = !c.failed && m->have == m->length;
    if (whole)
        read_collected(d, f, side, m, chain);
    if (whole || c.failed)
        drop(d, m);
    return whole;
}

/* A message, or a fragment of one. */
static void message(struct tl_dissection *d, struct tl_dtls_flow *f, unsigned side, struct tl_tls_chain *chain)
{
    const uint8_t *random = tl_cursor_peek(&d->c, DTLS_HEAD + 2, 32);
    uint32_t group = tl_group(d, TLS_HANDSHAKE);
    uint8_t type = tl_u8(d, TLS_TYPE);
    uint32_t length = tl_u24(d, TLS_LENGTH);
    uint16_t seq = tl_u16(d, DTLS_MESSAGE_SEQ);
    uint32_t offset = tl_u24(d, DTLS_FRAGMENT_OFFSET), len = tl_u24(d, DTLS_FRAGMENT_LENGTH);
    if (tl_ok(d) && (offset > length || len > length - offset || length > DTLS_MESSAGE_MOST)) {
        tl_tls_weird(d, &f->tls, length > DTLS_MESSAGE_MOST ? TLS_WEIRD_LONG : TLS_WEIRD_HANDSHAKE);
        tl_bad(d);
    }
    struct tl_part part = tl_part_enter(d, len);
    bool cut = tl_cursor_left(&d->c) < len, shown = false;
    if (part.open && tl_ok(d) && len == length) {
        tl_tls_line(d, type == TLS_SERVER_HELLO && tl_tls_is_retry(random) ? TLS_HELLO_RETRY_REQUEST : type);
        shown = true;
        tl_tls_message_body(d, &f->tls, side, type, d->frame->ts, chain);
    } else if (part.open && tl_ok(d) && !cut && len > 0) {
        shown = fragment(d, f, side, place_of(d, f, side, type, length, seq), offset, chain);
        if (shown)
            tl_tls_line(d, type);
    }
    if (!shown)
        tl_tls_line(d, TLS_LINE_FRAGMENT);
    tl_part_end(d, part);
    tl_group_end(d, group);
}

void tl_dtls_handshake(struct tl_dissection *d, struct tl_dtls_flow *f, unsigned side, struct tl_tls_chain *chain)
{
    while (tl_ok(d) && tl_cursor_left(&d->c) > 0) {
        struct tl_tls_chain second, *to = chain->read > 0 ? &second : chain; /* a record shows one chain */
        to->read = 0;
        message(d, f, side, to);
    }
}
