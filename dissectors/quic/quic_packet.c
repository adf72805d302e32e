/* quic_packet.c - headers of packets (RFC 9000 section 17), and the packets that can be opened (RFC 9001 section 5). */
#include "core/keylog.h"
#include "core/part.h"
#include "dissectors/quic/quic.h"

enum {
    FAILED_MOST = 32,    /* Initial packets of a flow that are tried with keys of their own */
    UNOPENED_MOST = 255, /* packets in a row that do not open, before their side is given up */
    SAMPLE = 16,         /* bytes */
    CLIENT_ID_LEAST = 8, /* bytes of the id in a client's first packet (RFC 9000 section 7.2) */
};

uint64_t tl_quic_varint(struct tl_dissection *d, unsigned field)
{
    const uint8_t *first = tl_cursor_peek(&d->c, 0, 1);
    uint32_t off = d->c.off, len = first != NULL ? 1u << (*first >> 6) : 1;
    const uint8_t *p = tl_cursor_take(&d->c, len);
    if (p == NULL)
        return 0;
    uint64_t value = p[0] & 0x3f;
    for (uint32_t i = 1; i < len; i++)
        value = value << 8 | p[i];
    tl_add(d, field, off, len, value);
    return value;
}

/* --- keys of the flow --- */

static struct tl_quic_key *key_of(const struct tl_dissection *d, uint32_t handle)
{
    return handle != 0 ? (struct tl_quic_key *)(void *)tl_kept_mine(d, handle) : NULL;
}

static void wipe(struct tl_dissection *d, uint32_t *handle)
{
    if (*handle == 0)
        return;
    tl_wipe(tl_kept_mine(d, *handle), sizeof(struct tl_quic_key));
    tl_forget(d, *handle);
    *handle = 0;
}

void tl_quic_drop_keys(struct tl_dissection *d, struct tl_quic_flow *f)
{
    for (unsigned level = 0; level < QUIC_LEVELS; level++) {
        for (unsigned side = 0; side < 2; side++)
            wipe(d, &f->keys[level][side]);
    }
}

/* --- opening --- */

static bool is_same_id(const struct tl_quic_id *a, const struct tl_quic_id *b)
{
    return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

/* The whole number from the last bytes of it (RFC 9000 appendix A.3). expected: the one after the largest so far. */
static uint64_t whole_number(uint64_t expected, uint64_t part, unsigned len)
{
    uint64_t window = UINT64_C(1) << (8 * len), half = window / 2;
    uint64_t number = (expected & ~(window - 1)) | part;
    if (number + half <= expected && number < (UINT64_C(1) << 62) - window)
        return number + window;
    return number > expected + half && number >= window ? number - window : number;
}

/* A packet that is being opened. work has room for all of it and four bytes. */
struct opening {
    struct tl_quic_crypto crypto;
    uint8_t *work;
    uint32_t aad;        /* bytes of the header, in work */
};

/* Takes off the protection of the header. */
static bool open_header(const struct tl_dissection *d, const struct tl_quic_flow *f, struct tl_quic_packet *p,
                        struct opening *o, const struct tl_quic_key *key)
{
    uint8_t mask[5];
    const uint8_t *base = d->c.base;
    if (p->end - p->number_off < 4 + SAMPLE || !tl_quic_mask(&o->crypto, key, base + p->number_off + 4, mask))
        return false;
    p->first = base[p->start] ^ (mask[0] & (p->type == QUIC_SHORT ? 0x1f : 0x0f));
    p->number_len = (uint8_t)((p->first & 3) + 1);
    p->phase = (p->first & 4) != 0;
    o->aad = p->number_off - p->start + p->number_len;
    memcpy(o->work, base + p->start, o->aad);
    o->work[0] = p->first;
    uint64_t part = 0;
    for (unsigned i = 0; i < p->number_len; i++) {
        uint8_t *byte = &o->work[o->aad - p->number_len + i];
        *byte ^= mask[1 + i];
        part = part << 8 | *byte;
    }
    p->number = whole_number(f->largest[tl_quic_space(p->level)][d->flow.side], part, p->number_len);
    return true;
}

static bool open_payload(const struct tl_dissection *d, struct tl_quic_packet *p, const struct opening *o,
                         const struct tl_quic_key *key)
{
    uint8_t nonce[TL_NONCE];
    uint32_t off = p->number_off + p->number_len;
    if (p->end - off < QUIC_TAG)
        return false;
    tl_aead_nonce(key->iv, p->number, nonce);
    p->plain = tl_bytes_of(o->work + o->aad, p->end - off - QUIC_TAG);
    return o->crypto.crypto->aead_open(o->crypto.state, key->aead, key->key, nonce, tl_bytes_of(o->work, o->aad),
                                       tl_bytes_of(d->c.base + off, p->end - off), o->work + o->aad) == TL_CRYPTO_OK;
}

static bool open_with(const struct tl_dissection *d, const struct tl_quic_flow *f, struct tl_quic_packet *p,
                      struct opening *o, const struct tl_quic_key *key)
{
    return key != NULL && open_header(d, f, p, o, key) && open_payload(d, p, o, key);
}

/* Keeps keys of Initial packets of both sides. ready: that of this packet's side, if it was derived already, or NULL. */
static void keep_initial(struct tl_dissection *d, struct tl_quic_flow *f, const struct tl_quic_version *v,
                         unsigned client, const struct tl_quic_key *ready)
{
    const struct tl_quic_crypto crypto = { d->crypto, d->host->crypto_state(d) };
    for (unsigned side = 0; side < 2; side++) {
        uint32_t *kept = &f->keys[QUIC_LEVEL_INITIAL][side];
        struct tl_quic_key key;
        wipe(d, kept);
        if (ready != NULL && side == d->flow.side)
            *kept = tl_keep(d, ready, sizeof *ready);
        else if (tl_quic_initial_key(&crypto, v, &f->original, side == client, &key))
            *kept = tl_keep(d, &key, sizeof key);
    }
    f->client = (uint8_t)client;
    f->version = v;
}

static void begin_connection(struct tl_dissection *d, struct tl_quic_flow *f, const struct tl_quic_packet *p,
                             const struct tl_quic_version *v, const struct tl_quic_key *ready)
{
    f->original = p->dcid;
    if (!f->retried)
        f->first = p->dcid;
    f->notes.dcid = p->dcid;
    f->notes.has_dcid = true;
    keep_initial(d, f, v, d->flow.side, ready);
}

/* The server chose another version (RFC 9368), or the client tries one: keys come from the same id. */
static bool open_other_version(struct tl_dissection *d, struct tl_quic_flow *f, struct tl_quic_packet *p,
                               struct opening *o, const struct tl_quic_version *v)
{
    struct tl_quic_key key;
    if (!f->opened || v == f->version || f->failed >= FAILED_MOST ||
        !tl_quic_initial_key(&o->crypto, v, &f->original, d->flow.side == f->client, &key) ||
        !open_with(d, f, p, o, &key))
        return false;
    if (d->flow.side == f->client) { /* it begins again, after version negotiation */
        tl_quic_restart(d, f, false);
        begin_connection(d, f, p, v, NULL);
    } else {
        keep_initial(d, f, v, f->client, &key);
    }
    return true;
}

/* The client's first packet, or its first one after Retry: keys come from the id that it is sent to. */
static bool open_first(struct tl_dissection *d, struct tl_quic_flow *f, struct tl_quic_packet *p, struct opening *o,
                       const struct tl_quic_version *v)
{
    struct tl_quic_key key;
    if (f->failed >= FAILED_MOST || p->dcid.len < (f->notes.has_version ? 1 : CLIENT_ID_LEAST) ||
        (f->opened && (d->flow.side != f->client || is_same_id(&p->dcid, &f->original))) ||
        !tl_quic_initial_key(&o->crypto, v, &p->dcid, true, &key))
        return false;
    uint64_t largest = f->largest[0][d->flow.side];
    f->largest[0][d->flow.side] = 0;
    if (!open_with(d, f, p, o, &key)) {
        f->largest[0][d->flow.side] = largest;
        return false;
    }
    if (f->opened && f->notes.has_dcid) { /* another connection on the same ports */
        tl_quic_write(d, f);
        tl_quic_restart(d, f, true);
        tl_quic_history(d, f, d->flow.side, 'i');
    }
    begin_connection(d, f, p, v, &key);
    return true;
}

static bool open_initial(struct tl_dissection *d, struct tl_quic_flow *f, struct tl_quic_packet *p, struct opening *o)
{
    const struct tl_quic_version *v = tl_quic_version_of(p->version);
    if (v == NULL || v->salt == NULL)
        return false;
    if ((v == f->version && open_with(d, f, p, o, key_of(d, f->keys[QUIC_LEVEL_INITIAL][d->flow.side]))) ||
        open_other_version(d, f, p, o, v) || open_first(d, f, p, o, v))
        return true;
    if (f->failed < FAILED_MOST)
        f->failed++;
    if (f->opened || d->flow.side == 0)
        tl_weird(d, QUIC_WEIRD_INITIAL, (struct tl_bytes){ NULL, 0 });
    return false;
}

/* A packet in the next key phase (RFC 9001 section 6.3). */
static bool open_next_phase(struct tl_dissection *d, struct tl_quic_flow *f, struct tl_quic_packet *p,
                            const struct opening *o, struct tl_quic_key *key)
{
    struct tl_quic_key next;
    bool good = tl_quic_next_key(&o->crypto, f->version, key, &next) && open_payload(d, p, o, &next);
    if (good) {
        *key = next;
        f->phase[d->flow.side] = p->phase;
    }
    tl_wipe(&next, sizeof next);
    return good;
}

static bool open_secret(struct tl_dissection *d, struct tl_quic_flow *f, struct tl_quic_packet *p, struct opening *o)
{
    unsigned side = d->flow.side;
    uint32_t *handle = &f->keys[p->level][side];
    if (f->version == NULL || f->unopened[side] == UNOPENED_MOST)
        return false;
    if (*handle == 0)
        tl_quic_find_key(d, f, p->level, side);
    struct tl_quic_key *key = key_of(d, *handle);
    if (key == NULL)
        return false;
    bool good = open_header(d, f, p, o, key);
    if (good && p->type == QUIC_SHORT && p->phase != (f->phase[side] != 0))
        good = open_next_phase(d, f, p, o, key);
    else
        good = good && open_payload(d, p, o, key);
    f->unopened[side] = good ? 0 : (uint8_t)(f->unopened[side] + 1);
    if (!good && f->unopened[side] == UNOPENED_MOST)
        tl_weird(d, QUIC_WEIRD_DECRYPTION, (struct tl_bytes){ NULL, 0 });
    if (good && !f->secrets)
        d->host->opened(d, f->moved);
    f->secrets |= good;
    return good;
}

/* The packet is opened if it was captured whole and there is a key. */
static void open_packet(struct tl_dissection *d, struct tl_quic_flow *f, struct tl_quic_packet *p, uint32_t captured)
{
    struct opening o = { .crypto = tl_quic_crypto_of(d) };
    const struct tl_quic_version *v = tl_quic_version_of(p->version);
    if (p->number_off == 0 || o.crypto.state == NULL)
        return;
    if (p->end > captured) { /* not whole: keys of the server's packets can come from it */
        if (p->type == QUIC_INITIAL && f->version == NULL && p->dcid.len >= CLIENT_ID_LEAST && v != NULL &&
            v->salt != NULL)
            begin_connection(d, f, p, v, NULL);
        return;
    }
    uint32_t need = p->end - p->start + 4;
    o.work = d->tree != NULL ? tl_arena_alloc_spare(d->scratch, need) : tl_arena_alloc(d->scratch, need);
    if (o.work == NULL) {
        tl_truncated(d, need);
        return;
    }
    p->opened = p->level == QUIC_LEVEL_INITIAL ? open_initial(d, f, p, &o) : open_secret(d, f, p, &o);
    uint64_t *largest = &f->largest[tl_quic_space(p->level)][d->flow.side];
    if (p->opened && p->number >= *largest)
        *largest = p->number + 1;
}

/* --- headers --- */

static void read_id(struct tl_dissection *d, unsigned len_field, unsigned field, struct tl_quic_id *id)
{
    uint8_t len = tl_u8(d, len_field);
    if (len == 0 || !tl_ok(d))
        return;
    const uint8_t *bytes = tl_run(d, field, len);
    if (bytes == NULL || len > QUIC_ID_MOST)
        return;
    id->len = len;
    memcpy(id->bytes, bytes, len);
}

/* Up to Google's Q046 one byte has both lengths, less 3. */
static void read_old_ids(struct tl_dissection *d, struct tl_quic_packet *p)
{
    const uint8_t *lengths = tl_cursor_take(&d->c, 1);
    if (lengths == NULL)
        return;
    for (unsigned i = 0; i < 2; i++) {
        struct tl_quic_id *id = i == 0 ? &p->dcid : &p->scid;
        uint8_t len = i == 0 ? *lengths >> 4 : *lengths & 0xf;
        len = len > 0 ? (uint8_t)(len + 3) : 0;
        tl_add(d, i == 0 ? QUIC_DCIL : QUIC_SCIL, (uint32_t)(lengths - d->c.base), 1, len);
        const uint8_t *bytes = len > 0 ? tl_run(d, i == 0 ? QUIC_DCID : QUIC_SCID, len) : NULL;
        if (bytes == NULL)
            continue;
        id->len = len;
        memcpy(id->bytes, bytes, len);
    }
}

static enum tl_quic_type type_of(uint8_t first, const struct tl_quic_version *v)
{
    unsigned type = first >> 4 & 3;
    return (enum tl_quic_type)(v != NULL && v->second ? (type + 3) & 3 : type);
}

/* Bits of the first byte. */
static void note_first(struct tl_dissection *d, const struct tl_quic_packet *p)
{
    uint32_t off = p->start;
    uint8_t first = p->opened ? p->first : d->c.base[off];
    const struct tl_quic_version *v = tl_quic_version_of(p->version);
    tl_add_bits(d, QUIC_HEADER_FORM, off, 1, first);
    if (p->type == QUIC_NEGOTIATION) {
        tl_add_bits(d, QUIC_VN_UNUSED, off, 1, first);
        return;
    }
    tl_add_bits(d, QUIC_FIXED_BIT, off, 1, first);
    if (p->type == QUIC_SHORT) {
        tl_add_bits(d, QUIC_SPIN, off, 1, first);
        if (p->opened) {
            tl_add_bits(d, QUIC_SHORT_RESERVED, off, 1, first);
            tl_add_bits(d, QUIC_KEY_PHASE, off, 1, first);
        }
    } else if (p->known) {
        tl_add_bits(d, v != NULL && v->second ? QUIC_TYPE_V2 : QUIC_TYPE, off, 1, first);
        if (p->opened)
            tl_add_bits(d, QUIC_LONG_RESERVED, off, 1, first);
    }
    if (p->opened)
        tl_add_bits(d, QUIC_NUMBER_LENGTH, off, 1, first);
}

static void note_number(struct tl_dissection *d, const struct tl_quic_packet *p)
{
    if (p->opened)
        tl_add(d, QUIC_NUMBER, p->number_off, p->number_len, p->number);
}

static void read_negotiation(struct tl_dissection *d, struct tl_quic_packet *p)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) >= 4)
        tl_u32(d, QUIC_SUPPORTED);
    p->end = d->c.off;
}

static void read_retry(struct tl_dissection *d, struct tl_quic_packet *p)
{
    uint32_t left = tl_cursor_wire_left(&d->c);
    if (left < QUIC_TAG) {
        tl_bad(d);
        return;
    }
    if (left > QUIC_TAG)
        (void)tl_run(d, QUIC_RETRY_TOKEN, left - QUIC_TAG);
    (void)tl_run(d, QUIC_RETRY_TAG, QUIC_TAG);
    p->end = d->c.off;
}

/* The part of a long header after the ids. */
static void read_lengths(struct tl_dissection *d, struct tl_quic_packet *p)
{
    if (p->type == QUIC_INITIAL) {
        uint64_t token = tl_quic_varint(d, QUIC_TOKEN_LENGTH);
        if (token > tl_cursor_wire_left(&d->c))
            tl_bad(d);
        else if (token > 0)
            (void)tl_run(d, QUIC_TOKEN, (uint32_t)token);
    }
    uint64_t len = tl_quic_varint(d, QUIC_LENGTH);
    if (tl_ok(d) && len > tl_cursor_wire_left(&d->c))
        tl_bad(d);
    if (!tl_ok(d))
        return;
    p->number_off = d->c.off;
    p->end = d->c.off + (uint32_t)len;
    note_number(d, p);
}

static void read_long(struct tl_dissection *d, struct tl_quic_packet *p)
{
    const uint8_t *head = tl_cursor_peek(&d->c, 0, 5);
    p->version = head != NULL ? tl_load_be32(head + 1) : 0;
    const struct tl_quic_version *v = tl_quic_version_of(p->version);
    p->known = head != NULL && (v != NULL || tl_quic_is_reserved(p->version));
    p->type = head == NULL      ? QUIC_OTHER
              : p->version == 0 ? QUIC_NEGOTIATION
              : p->known        ? type_of(*head, v)
                                : QUIC_OTHER;
    p->level = p->type == QUIC_EARLY       ? QUIC_LEVEL_EARLY
               : p->type == QUIC_HANDSHAKE ? QUIC_LEVEL_HANDSHAKE
                                           : QUIC_LEVEL_INITIAL;
    note_first(d, p);
    tl_skip(d, 1);
    tl_u32(d, QUIC_VERSION);
    p->end = d->c.end;
    if (v != NULL && v->old) {
        read_old_ids(d, p);
        return;
    }
    read_id(d, QUIC_DCIL, QUIC_DCID, &p->dcid);
    read_id(d, QUIC_SCIL, QUIC_SCID, &p->scid);
    if (!tl_ok(d))
        return;
    if (p->type == QUIC_NEGOTIATION)
        read_negotiation(d, p);
    else if (p->type == QUIC_RETRY)
        read_retry(d, p);
    else if (p->known)
        read_lengths(d, p);
}

/* The id of a short header has no length: it is one that the receiver chose. */
static const struct tl_quic_id *receiver_id(const struct tl_dissection *d, struct tl_quic_flow *f, uint32_t at)
{
    unsigned other = d->flow.side ^ 1u;
    for (unsigned i = 0; i < f->id_count[other]; i++) {
        const struct tl_quic_id *id = &f->ids[other][i];
        const uint8_t *bytes = tl_cursor_peek(&d->c, at, id->len);
        if (bytes == NULL || memcmp(bytes, id->bytes, id->len) != 0)
            continue;
        return id;
    }
    return NULL;
}

static void read_short(struct tl_dissection *d, struct tl_quic_flow *f, struct tl_quic_packet *p)
{
    unsigned other = d->flow.side ^ 1u;
    p->type = QUIC_SHORT;
    p->level = QUIC_LEVEL_DATA;
    p->known = true;
    note_first(d, p);
    const struct tl_quic_id *id = receiver_id(d, f, 1);
    tl_skip(d, 1);
    p->dcid.len = id != NULL ? id->len : f->id_count[other] > 0 ? f->ids[other][0].len : 0;
    const uint8_t *bytes = p->dcid.len > 0 ? tl_run(d, QUIC_DCID, p->dcid.len) : NULL;
    if (bytes != NULL)
        memcpy(p->dcid.bytes, bytes, p->dcid.len);
    if (!tl_ok(d))
        return;
    if (f->id_count[other] > 0)
        p->number_off = d->c.off;
    p->end = d->c.wire_end;
    note_number(d, p);
}

static void read_header(struct tl_dissection *d, struct tl_quic_flow *f, struct tl_quic_packet *p)
{
    const uint8_t *first = tl_cursor_peek(&d->c, 0, 1);
    p->start = d->c.off;
    if (first == NULL) /* not captured */
        tl_skip(d, 1);
    else if ((*first & 0x80) != 0)
        read_long(d, p);
    else
        read_short(d, f, p);
}

void tl_quic_read_packet(struct tl_dissection *d, struct tl_quic_flow *f, struct tl_quic_packet *p)
{
    const struct tl_cursor c = d->c;
    const uint64_t *wanted = d->wanted;
    d->wanted = NULL;
    read_header(d, f, p);
    const struct tl_cursor after = d->c;
    if (tl_ok(d) && (p->type <= QUIC_HANDSHAKE || p->type == QUIC_SHORT)) {
        d->c = c;
        open_packet(d, f, p, c.end);
        d->c = after;
    }
    d->wanted = wanted;
    if (wanted == NULL)
        return;
    struct tl_quic_packet again = { .opened = p->opened, .first = p->first, .number_len = p->number_len,
                                    .number = p->number };
    d->c = c;
    read_header(d, f, &again);
}
