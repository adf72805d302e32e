/* quic.c - QUIC: detection, the packets of a datagram, the descriptor (RFC 9000, RFC 8999). */
#include "dissectors/quic/quic.h"

enum {
    LINE_MOST = 256,
    LOOK_BACK = 4096,      /* nodes */
    INITIAL_LEAST = 1200,  /* bytes of a datagram with a client's Initial packet (RFC 9000 section 14.1) */
};

/* --- the packet's line --- */

struct text {
    char bytes[LINE_MOST];
    uint32_t len;
};

static void put(struct text *t, const void *bytes, size_t len)
{
    uint32_t n = len < LINE_MOST - t->len ? (uint32_t)len : LINE_MOST - t->len;
    memcpy(t->bytes + t->len, bytes, n);
    t->len += n;
}

static void put_word(struct text *t, const char *word)
{
    put(t, word, strlen(word));
}

static void put_number(struct text *t, uint64_t value)
{
    char digits[20];
    unsigned n = 0;
    do
        digits[n++] = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    while (n > 0)
        put(t, &digits[--n], 1);
}

/* The line of a packet is that of its last layer: it begins with the text of the layer of the packet before. */
static void put_earlier(const struct tl_dissection *d, struct text *t)
{
    const struct tl_tree *tree = d->tree;
    for (uint32_t i = d->layer; i-- > 0 && d->layer - i < LOOK_BACK;) {
        const struct tl_node *node = &tree->nodes[i];
        if (node->protocol != d->protocol_index || node->field != QUIC_LINE)
            continue;
        struct tl_bytes text = tl_node_bytes(tree, node);
        put(t, text.data, text.len);
        put_word(t, "; ");
        return;
    }
}

static const char *word_of(const struct tl_quic_packet *p)
{
    static const char *const words[] = { "Initial", "0-RTT", "Handshake", "Retry", "Protected Payload",
                                         "Version Negotiation", "Unknown version" };
    return words[p->type];
}

static void begin_line(const struct tl_dissection *d, const struct tl_quic_packet *p, struct text *t)
{
    t->len = 0;
    if (!tl_wants(d, QUIC_LINE) || d->layer == TL_NO_NODE)
        return;
    put_earlier(d, t);
    put_word(t, word_of(p));
    if (p->opened) {
        put_word(t, "[");
        put_number(t, p->number);
        put_word(t, "]");
    }
}

static void end_line(struct tl_dissection *d, const struct text *t)
{
    if (t->len > 0)
        tl_add_text(d, QUIC_LINE, 0, 0, t->bytes, t->len);
}

/* --- frames --- */

/* Adds the frames to the tree, and their names to the line. */
static void show_frames(struct tl_dissection *d, bool google, struct text *t)
{
    const char *last = NULL;
    bool first = true;
    while (tl_ok(d) && tl_cursor_left(&d->c) > 0) {
        struct tl_quic_frame frame;
        tl_quic_read_frame(d, google, &frame);
        const char *name = frame.type < 0x100 ? tl_name_of(tl_quic_frame_names, (uint32_t)frame.type) : NULL;
        name = name != NULL ? name : "UNKNOWN";
        if (frame.type == 0 || name == last)
            continue;
        put_word(t, first ? ": " : ", ");
        put_word(t, name);
        first = false;
        last = name;
    }
}

static void remember_id(struct tl_quic_flow *f, unsigned side, const struct tl_quic_id *id)
{
    uint8_t *count = &f->id_count[side];
    for (unsigned i = 0; i < *count; i++) {
        if (f->ids[side][i].len == id->len && memcmp(f->ids[side][i].bytes, id->bytes, id->len) == 0)
            return;
    }
    if (*count == QUIC_IDS_MOST) { /* the oldest but the first goes */
        memmove(&f->ids[side][1], &f->ids[side][2], sizeof f->ids[side][0] * (QUIC_IDS_MOST - 2));
        *count = QUIC_IDS_MOST - 1;
    }
    f->ids[side][(*count)++] = *id;
}

/* What the frames say to the state of the connection. Returns true if the connection is closed. */
static bool act(struct tl_dissection *d, struct tl_quic_flow *f, const struct tl_quic_packet *p)
{
    const bool google = p->type == QUIC_INITIAL && tl_quic_is_google(p->version);
    bool closed = false, moves = false;
    while (tl_ok(d) && tl_cursor_left(&d->c) > 0) {
        struct tl_quic_frame frame;
        tl_quic_read_frame(d, google, &frame);
        if (!tl_ok(d))
            break;
        if (frame.type == 0x06)
            tl_quic_crypto_data(d, f, p->level, frame.offset, frame.data);
        else if (p->level == QUIC_LEVEL_INITIAL && frame.type == 0x1c)
            closed = true;
        else if (p->level != QUIC_LEVEL_EARLY && p->level != QUIC_LEVEL_DATA)
            continue;
        else if (f->moved && (frame.type == 0x04 || (frame.type >= 0x08 && frame.type <= 0x0f)))
            tl_hide(d, frame.data);
        else if (frame.type >= 0x08 && frame.type <= 0x0f)
            tl_quic_stream_data(d, f, &frame);
        else if (frame.type == 0x04)
            tl_quic_stream_reset(d, f, frame.stream, d->flow.side);
        else if (frame.type == 0x18)
            remember_id(f, d->flow.side, &frame.id);
        moves |= frame.type == 0x18 && d->flow.side != f->client && p->level == QUIC_LEVEL_DATA;
    }
    if (moves)
        tl_quic_may_move(d, f);
    if (d->c.status == TL_BAD)
        tl_weird(d, QUIC_WEIRD_FRAME, (struct tl_bytes){ NULL, 0 });
    return closed;
}

/* Reads the frames of an opened packet: once for the tree, once for the connection. The layer is then complete. */
static bool read_frames(struct tl_dissection *d, struct tl_quic_flow *f, const struct tl_quic_packet *p,
                        struct text *line)
{
    const struct tl_cursor c = d->c;
    const uint64_t *wanted = d->wanted;
    uint8_t source = d->tree != NULL ? d->tree->source : 0;
    if (d->tree != NULL)
        d->tree->source = tl_tree_add_source(d->tree, p->plain.data, p->plain.len, "decrypted QUIC");
    if (wanted != NULL) {
        d->c = tl_cursor_on(p->plain.data, p->plain.len, p->plain.len);
        show_frames(d, p->type == QUIC_INITIAL && tl_quic_is_google(p->version), line);
        end_line(d, line);
        uint8_t text = d->tree->source;
        d->c = c;
        d->tree->source = source;
        tl_layer_end(d);
        d->tree->source = text;
    }
    d->c = tl_cursor_on(p->plain.data, p->plain.len, p->plain.len);
    d->wanted = NULL;
    bool closed = act(d, f, p);
    d->wanted = wanted;
    d->c = c;
    if (d->tree != NULL)
        d->tree->source = source;
    d->layer = wanted != NULL ? TL_NO_NODE : d->layer;
    return closed;
}

/* --- packets --- */

/* The id that the packet is sent to is not the one of the packets before. */
static bool is_other_id(struct tl_quic_flow *f, unsigned receiver, const struct tl_quic_packet *p)
{
    unsigned i = 0;
    if (f->id_count[receiver] == 0 || p->dcid.len == 0)
        return false;
    while (i < f->id_count[receiver] && memcmp(f->ids[receiver][i].bytes, p->dcid.bytes, p->dcid.len) != 0)
        i++;
    bool known = i < f->id_count[receiver];
    if (known && i == f->current[receiver])
        return false;
    if (!known)
        remember_id(f, receiver, &p->dcid);
    f->current[receiver] = (uint8_t)(known ? i : f->id_count[receiver] - 1u);
    return true;
}

static void note_short(struct tl_dissection *d, struct tl_quic_flow *f, const struct tl_quic_packet *p)
{
    unsigned side = d->flow.side;
    uint32_t n = ++f->notes.shorts[side];
    if ((d->c.base[p->start] & 0x40) == 0)
        tl_quic_history(d, f, side, 'x');
    else if ((n & (n - 1)) == 0)
        tl_quic_history(d, f, side, 'o');
    if (f->id_count[side ^ 1u] == 0) {
        tl_add(d, QUIC_UNKNOWN_CONNECTION, p->start, 1, true);
    } else if (is_other_id(f, side ^ 1u, p)) {
        tl_add(d, QUIC_MIGRATED, p->start + 1, p->dcid.len, true);
        f->announced = false; /* it would be without this id */
    }
    if (side == f->client)
        tl_quic_keep_announced(d, f);
}

/* The integrity tag of Retry covers the id that the client sent to (RFC 9001 section 5.8). False: it is wrong. */
static bool check_retry(struct tl_dissection *d, const struct tl_quic_flow *f, const struct tl_quic_packet *p)
{
    const struct tl_quic_version *v = tl_quic_version_of(p->version);
    const struct tl_quic_crypto c = tl_quic_crypto_of(d);
    uint8_t head[1 + QUIC_ID_MOST], none[1];
    uint32_t len = p->end - p->start, id = f->first.len;
    const size_t used = d->scratch->used;
    if (v == NULL || v->retry == NULL || c.state == NULL || id == 0 || len < QUIC_TAG)
        return true;
    uint8_t *aad = tl_arena_alloc(d->scratch, len + sizeof head);
    if (aad == NULL)
        return true;
    head[0] = (uint8_t)id;
    memcpy(head + 1, f->first.bytes, id);
    memcpy(aad, head, 1 + id);
    memcpy(aad + 1 + id, d->c.base + p->start, len - QUIC_TAG);
    bool good = c.crypto->aead_open(c.state, TL_AES_128_GCM, v->retry, v->retry + 16,
                                    tl_bytes_of(aad, 1 + id + len - QUIC_TAG),
                                    tl_bytes_of(d->c.base + p->end - QUIC_TAG, QUIC_TAG), none) == TL_CRYPTO_OK;
    d->scratch->used = used;
    if (!good)
        tl_weird(d, QUIC_WEIRD_RETRY, (struct tl_bytes){ NULL, 0 });
    return good;
}

static void note_long(struct tl_dissection *d, struct tl_quic_flow *f, const struct tl_quic_packet *p)
{
    static const char letters[] = "izhr?uu";
    unsigned side = d->flow.side;
    bool known = tl_quic_version_of(p->version) != NULL;
    tl_quic_history(d, f, side, known ? letters[p->type] : 'u');
    f->notes.version = p->version;
    f->notes.has_version = true;
    f->notes.scid[side] = p->scid;
    f->notes.has_scid[side] = true;
    f->ids[side][0] = p->scid;
    if (f->id_count[side] == 0)
        f->id_count[side] = 1;
    if (known && p->type == QUIC_RETRY) {
        if (!check_retry(d, f, p) || f->retried)
            return;
        f->retried = true;
        tl_quic_write(d, f);
        tl_quic_restart(d, f, false);
    } else if (!known) {
        tl_quic_write(d, f);
    }
}

static void read_packet(struct tl_dissection *d, struct tl_quic_flow *f)
{
    struct tl_quic_packet p = { .type = QUIC_OTHER };
    struct text line;
    bool closed = false;
    const size_t used = d->scratch->used;
    tl_quic_read_packet(d, f, &p);
    if (!tl_ok(d)) {
        if (d->c.status == TL_BAD)
            tl_weird(d, QUIC_WEIRD_HEADER, (struct tl_bytes){ NULL, 0 });
        return;
    }
    if (p.type == QUIC_SHORT)
        note_short(d, f, &p);
    else
        note_long(d, f, &p);
    if (p.opened && !f->opened) {
        f->opened = true;
        tl_confirm(d);
    }
    begin_line(d, &p, &line);
    tl_add(d, QUIC_PACKET_LENGTH, p.start, p.end - p.start, p.end - p.start);
    if (!p.opened) {
        end_line(d, &line);
        if (p.end > d->c.off && d->c.end > d->c.off && p.type != QUIC_OTHER)
            tl_add(d, QUIC_REMAINING, d->c.off, (p.end < d->c.end ? p.end : d->c.end) - d->c.off, 0);
    }
    if (p.end > d->c.off)
        tl_skip(d, p.end - d->c.off);
    if (p.opened)
        closed = read_frames(d, f, &p, &line);
    if (closed) {
        tl_quic_history(d, f, d->flow.side, 'c');
        tl_quic_write(d, f);
    }
    if (d->tree == NULL)
        d->scratch->used = used;
}

/* Does a packet follow in the datagram, or padding? Without the fixed bit its id must be known. */
static bool is_packet(const struct tl_dissection *d, const struct tl_quic_flow *f, uint8_t first)
{
    unsigned other = d->flow.side ^ 1u;
    if ((first & 0xc0) != 0)
        return true;
    for (unsigned i = 0; i < f->id_count[other]; i++) {
        const struct tl_quic_id *id = &f->ids[other][i];
        const uint8_t *bytes = tl_cursor_peek(&d->c, 1, id->len);
        if (id->len > 0 && bytes != NULL && memcmp(bytes, id->bytes, id->len) == 0)
            return true;
    }
    return false;
}

static enum tl_status quic_dissect(struct tl_dissection *d)
{
    struct tl_quic_flow outside, *f = d->flow.slot;
    const uint8_t *first = tl_cursor_peek(&d->c, 0, 1);
    bool begun = false;
    if (f == NULL) {
        memset(&outside, 0, sizeof outside);
        f = &outside;
    }
    if (d->flow.slot != NULL && !f->asked) {
        f->asked = true;
        tl_quic_moved(d, f);
    }
    if (first != NULL && (*first & 0xc0) == 0 && !f->opened)
        return TL_NOT_MINE; /* neither a long header nor the fixed bit, which can be left out later (RFC 9287) */
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        first = tl_cursor_peek(&d->c, 0, 1);
        if (begun && first != NULL && !is_packet(d, f, *first)) {
            tl_add(d, QUIC_COALESCED_PADDING, d->c.off, tl_cursor_left(&d->c), tl_cursor_wire_left(&d->c));
            tl_skip(d, tl_cursor_wire_left(&d->c));
            break;
        }
        if (begun && d->wanted != NULL) {
            tl_layer_end(d);
            tl_layer_begin(d);
        }
        read_packet(d, f);
        begun = true;
    }
    return tl_next_none(d);
}

static void quic_finish(struct tl_dissection *d)
{
    struct tl_quic_flow *f = d->flow.slot;
    if (f == NULL)
        return;
    for (struct tl_quic_stream *x = f->streams; x != NULL; x = x->next)
        x->channel = NULL; /* children of a channel end before it */
    tl_quic_write(d, f);
    tl_quic_restart(d, f, true);
}

/* --- detection --- */

/* A varint at `at`, if it is there; else the greatest number. Moves at after it. */
static uint64_t peek_varint(const uint8_t *p, uint32_t n, uint32_t *at)
{
    uint32_t len = *at < n ? 1u << (p[*at] >> 6) : 1;
    if (*at > n || n - *at < len)
        return UINT64_MAX;
    uint64_t value = p[*at] & 0x3f;
    for (uint32_t i = 1; i < len; i++)
        value = value << 8 | p[*at + i];
    *at += len;
    return value;
}

/* The versions in a packet of version negotiation: one of them at least is known. */
static bool is_negotiation(const uint8_t *p, uint32_t n)
{
    bool known = false;
    if (n == 0 || n % 4 != 0)
        return false;
    for (uint32_t i = 0; i < n; i += 4)
        known |= tl_quic_version_of(tl_load_be32(p + i)) != NULL;
    return known;
}

enum tl_probe tl_quic_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c), wire = tl_cursor_wire_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (d->flow.stream || n < 7 || (p[0] & 0x80) == 0)
        return TL_PROBE_NO;
    uint32_t number = tl_load_be32(p + 1), at = 6u + p[5];
    const struct tl_quic_version *v = tl_quic_version_of(number);
    if (v != NULL && v->old)
        return (p[0] & 0x40) != 0 && (p[5] == 0x50 || p[5] == 0x05) ? TL_PROBE_YES : TL_PROBE_NO;
    if ((v == NULL && number != 0 && !tl_quic_is_reserved(number)) || p[5] > QUIC_ID_MOST || at >= n ||
        p[at] > QUIC_ID_MOST || n - at - 1 < p[at])
        return TL_PROBE_NO;
    uint32_t dcil = p[5];
    at += 1u + p[at];
    if (number == 0)
        return n == wire && is_negotiation(p + at, n - at) ? TL_PROBE_YES : TL_PROBE_NO;
    if ((p[0] & 0x40) == 0)
        return TL_PROBE_NO;
    if (v == NULL && (wire < INITIAL_LEAST || dcil < 8 || (p[0] & 0x30) != 0))
        return TL_PROBE_NO;
    unsigned type = (p[0] >> 4 & 3u) + (v != NULL && v->second ? 3u : 0u);
    if ((type & 3) == QUIC_RETRY)
        return wire - at >= QUIC_TAG ? TL_PROBE_YES : TL_PROBE_NO;
    if ((type & 3) == QUIC_INITIAL) {
        uint64_t token = peek_varint(p, n, &at);
        if (token > wire - at)
            return TL_PROBE_NO;
        at += (uint32_t)token;
    }
    if (at >= n)
        return n < wire ? TL_PROBE_YES : TL_PROBE_NO;
    uint64_t len = peek_varint(p, n, &at);
    return len >= QUIC_TAG + 4 && len <= wire - at ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_quic = {
    .name = "quic",
    .title = "QUIC",
    .service = "quic",
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    .fields = tl_quic_fields,
    .field_count = QUIC_FIELDS,
    .weirds = tl_quic_weirds,
    .weird_count = QUIC_WEIRDS,
    .records = { &tl_quic_def },
    .flow_size = sizeof(struct tl_quic_flow),
    .on = { { TL_ON_UDP_PORT, 443 } },
    .info = "{line,}",
    TL_BEGINS("\x80\xff"), .probe = tl_quic_probe,
    .dissect = quic_dissect,
    .finish = quic_finish,
};
