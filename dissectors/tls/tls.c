/*
 * tls.c - SSL and TLS over streams (RFC 8446, RFC 5246, RFC 6101): records, detection, the descriptor.
 *
 * Records that are read in clear are units of the stream. Records of encrypted data are passed over: they cost a header
 * each, and their fields are added in the packet that completes them.
 */
#include "dissectors/tls/tls.h"

#include "dissectors/tls/tls_keys.h"

enum {
    HEADER = 5,
    CIPHERTEXT_MOST = (1 << 14) + 2048, /* bytes of a record (RFC 5246 section 6.2.3) */
    WAIT_MOST = 64 << 10,  /* bytes that wait for the other side */
    CLOSE_NOTIFY = 0,
    SSL2_HELLO_MOST = 1024,             /* bytes of a hello of SSL 2.0 */
};

static const struct tl_want some = { TL_WANT_SOME, TL_STREAM_UNIT, NULL };
static const struct tl_want nothing = { TL_WANT_NOTHING, 0, NULL };

static struct tl_want bytes(uint64_t n)
{
    return (struct tl_want){ TL_WANT_BYTES, n, NULL };
}

static bool is_header(const uint8_t *p)
{
    return p[0] >= TLS_CHANGE_CIPHER_SPEC && p[0] <= TLS_HEARTBEAT && p[1] == 3 && p[2] <= 4 &&
           tl_load_be16(p + 3) <= CIPHERTEXT_MOST;
}

/* The lengths of SSL 2.0's hello must fit each other. p has eleven bytes. */
static bool is_ssl2_hello(const uint8_t *p)
{
    uint32_t len = (p[0] & 0x7fu) << 8 | p[1], specs = tl_load_be16(p + 5), id = tl_load_be16(p + 7),
             challenge = tl_load_be16(p + 9);
    bool version = tl_load_be16(p + 3) == 2 || (p[3] == 3 && p[4] <= 4);
    return p[0] >= 0x80 && len <= SSL2_HELLO_MOST && p[2] == TLS_CLIENT_HELLO && version && specs > 0 &&
           specs % 3 == 0 && (id == 0 || id == 16) && challenge >= 16 && challenge <= 32 &&
           len == 9 + specs + id + challenge;
}

/* --- records --- */

/* The records of a packet are a layer, and each is a group in it. */
static uint32_t begin_record(struct tl_dissection *d)
{
    if (d->wanted != NULL && d->layer == TL_NO_NODE)
        tl_layer_begin(d);
    return tl_group(d, TLS_RECORD);
}

/* The type of an encrypted record of TLS 1.3 is inside (RFC 8446 section 5.2). */
static unsigned type_field(const struct tl_tls_flow *f, uint8_t type)
{
    return type == TLS_APPLICATION_DATA && tl_tls_is_13(f->version) ? TLS_OPAQUE_TYPE : TLS_CONTENT_TYPE;
}

static void read_header(struct tl_dissection *d, unsigned type)
{
    tl_u8(d, type);
    tl_u16(d, TLS_RECORD_VERSION);
    tl_u16(d, TLS_RECORD_LENGTH);
}

/* What a record of encrypted data is called. */
static unsigned line_of(uint8_t type)
{
    switch (type) {
    case TLS_APPLICATION_DATA: return TLS_LINE_APPLICATION;
    case TLS_ALERT: return TLS_LINE_ENCRYPTED_ALERT;
    case TLS_HANDSHAKE_RECORD: return TLS_LINE_ENCRYPTED;
    case TLS_HEARTBEAT: return TLS_LINE_HEARTBEAT;
    default: return TLS_LINE_RECORD;
    }
}

/* The rest of the session is not read: says why, and writes what there is. */
static struct tl_want stop(struct tl_dissection *d, struct tl_tls_flow *f)
{
    f->stopped = true;
    for (unsigned side = 0; side < 2; side++)
        tl_tls_forget(d, &f->side[side]);
    tl_tls_keys_drop(d, f);
    if (!f->written)
        tl_tls_write(d, f);
    return nothing;
}

/* The next record of this side has to be found: bytes are missing, or there are other bytes. The record is over. */
static struct tl_want lose(struct tl_dissection *d, struct tl_tls_flow *f, struct tl_tls_side *side)
{
    side->lost = true;
    tl_tls_forget(d, side);
    if (f->keys != 0)
        tl_tls_keys_gap(d, f, (unsigned)(side - f->side));
    if (!f->written)
        tl_tls_write(d, f);
    return some;
}

/* Does a side begin with text? Then it does not speak TLS: a server answers in clear, for example. */
static bool is_text(const uint8_t *p)
{
    for (unsigned i = 0; i < 4; i++) {
        if (p[i] < 0x20 || p[i] > 0x7e)
            return false;
    }
    return true;
}

/* Where a record should begin, there is none. Returns false if nothing more is read. */
static bool broken(struct tl_dissection *d, struct tl_tls_flow *f, struct tl_tls_side *side, const uint8_t *p)
{
    tl_tls_weird(d, f, TLS_WEIRD_RECORD);
    if (side->begun || f->written || !is_text(p)) {
        (void)lose(d, f, side);
        return true;
    }
    (void)stop(d, f);
    tl_violate(d);
    return false;
}

/* Looks for a record at the beginning of a segment: one of its own, or with another one behind it. */
static bool find(struct tl_dissection *d, struct tl_tls_side *side, const uint8_t *p)
{
    uint32_t left = tl_cursor_left(&d->c), next = HEADER + tl_load_be16(p + 3);
    side->lost = !is_header(p) || next == HEADER || (left >= next + HEADER && !is_header(p + next));
    side->begun = true;
    if (side->lost)
        tl_skip(d, left);
    return !side->lost;
}

/* --- records in clear --- */

void tl_tls_change_cipher_spec(struct tl_dissection *d, struct tl_tls_flow *f, unsigned index, int64_t since)
{
    struct tl_tls_side *side = &f->side[index];
    struct tl_tls_session *x = tl_tls_begin(d, f, since);
    tl_tls_line(d, TLS_LINE_CCS);
    tl_u8(d, TLS_CCS);
    tl_tls_history(d, f, index, 'i', since);
    if (x != NULL && index == f->client && !x->key_exchange)
        x->early_change = true;
    /* In TLS 1.3 it means nothing; what comes after it is of a type of its own when it is encrypted. */
    side->changed = true;
    side->sealed = true;
    tl_tls_forget(d, side);
    if (f->keys != 0)
        tl_tls_keys_change(d, f, index);
}

/* opened: it was encrypted. Then the end of the data, which the other side's handshake may follow, is not noted. */
void tl_tls_alert(struct tl_dissection *d, struct tl_tls_flow *f, unsigned index, bool opened, int64_t since)
{
    unsigned most = tl_tls_is_13(f->version) ? 1 : 10;
    for (unsigned i = 0; i < most && tl_ok(d) && tl_cursor_wire_left(&d->c) > 0; i++) {
        struct tl_tls_session *x = tl_tls_begin(d, f, since);
        tl_tls_line(d, TLS_LINE_ALERT);
        tl_u8(d, TLS_ALERT_LEVEL);
        uint8_t desc = tl_u8(d, TLS_ALERT_DESC);
        if (opened && tl_ok(d) && desc == CLOSE_NOTIFY) {
            tl_tls_keys_end(d, f, index);
            return;
        }
        if (tl_ok(d) && x != NULL) {
            x->alert = desc;
            x->has_alert = true;
        }
        tl_tls_history(d, f, index, 'l', since);
    }
}

/* RFC 6520. A length beyond the record asks for memory of the other side. */
void tl_tls_heartbeat(struct tl_dissection *d, struct tl_tls_flow *f, unsigned index, int64_t since)
{
    tl_tls_line(d, TLS_LINE_HEARTBEAT);
    tl_u8(d, TLS_HEARTBEAT_TYPE);
    uint16_t len = tl_u16(d, TLS_HEARTBEAT_LENGTH);
    if (tl_ok(d) && len > tl_cursor_wire_left(&d->c))
        tl_tls_weird(d, f, TLS_WEIRD_HEARTBEAT);
    tl_tls_history(d, f, index, 'b', since);
}

/*
 * A hello in clear although the side has changed its cipher: in TLS 1.3 the change means nothing, and hellos may follow
 * it after a HelloRetryRequest.
 */
static bool is_clear_hello(const struct tl_cursor *c, uint32_t len)
{
    const uint8_t *p = tl_cursor_peek(c, HEADER, 6);
    return p != NULL && (p[0] == TLS_CLIENT_HELLO || p[0] == TLS_SERVER_HELLO) && len >= 4 &&
           tl_load_be24(p + 1) == len - 4 && p[4] == 3;
}

/*
 * Is the record encrypted? Two bytes of an alert cannot be; as many as an alert with the shortest MAC (10 bytes) are,
 * also if the change of ciphers was not seen, as in a capture that begins later. A longer change of ciphers is a second
 * one.
 */
static bool is_sealed(const struct tl_dissection *d, const struct tl_tls_side *side, uint8_t type, uint32_t len)
{
    enum { ALERT_SEALED_LEAST = 12 };
    if (type == TLS_APPLICATION_DATA)
        return true;
    if (type == TLS_ALERT)
        return side->sealed ? len != 2 : len >= ALERT_SEALED_LEAST;
    if (!side->sealed || (type == TLS_CHANGE_CIPHER_SPEC && len == 1))
        return false;
    return type != TLS_HANDSHAKE_RECORD || !is_clear_hello(&d->c, len);
}

/* Reads the content of a record. Returns false when nothing more is read. */
static bool content(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side, uint8_t type, bool opened,
                    int64_t since, struct tl_tls_chain *chain)
{
    switch (type) {
    case TLS_CHANGE_CIPHER_SPEC:
        tl_tls_change_cipher_spec(d, f, side, since);
        return true;
    case TLS_ALERT:
        tl_tls_alert(d, f, side, opened, since);
        return true;
    case TLS_HANDSHAKE_RECORD:
        return tl_tls_handshake(d, f, side, since, chain);
    case TLS_HEARTBEAT:
        tl_tls_heartbeat(d, f, side, since);
        return true;
    default:
        return true;
    }
}

/* Reads a record of which all bytes are there. Returns false when nothing more is read. */
static bool clear_record(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side, uint8_t type, uint16_t len,
                         int64_t since)
{
    struct tl_tls_chain chain;
    tl_tls_chain_begin(&chain);
    uint32_t group = begin_record(d);
    read_header(d, TLS_CONTENT_TYPE);
    struct tl_part part = tl_part_begin(d, len);
    bool goes_on = content(d, f, side, type, false, since, &chain);
    tl_part_end(d, part);
    tl_group_end(d, group);
    tl_tls_show_chain(d, &chain);
    return goes_on;
}

/* --- records of encrypted data --- */

static void whole_sealed(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side, uint8_t type, uint16_t len)
{
    uint32_t group = begin_record(d);
    tl_tls_line(d, line_of(type));
    read_header(d, type_field(f, type));
    tl_skip(d, len);
    tl_group_end(d, group);
    tl_tls_encrypted(d, f, side, type == TLS_APPLICATION_DATA);
}

/* --- records that are decrypted --- */

/* The text is a source of the tree of its own. Returns the source of the record. */
static uint8_t enter_text(struct tl_dissection *d, struct tl_bytes plain)
{
    d->c = tl_cursor_on(plain.data, plain.len, plain.len);
    if (d->tree == NULL)
        return 0;
    uint8_t source = d->tree->source;
    d->tree->source = tl_tree_add_source(d->tree, plain.data, plain.len, "decrypted TLS");
    return source;
}

/* Reads an opened record. Returns false when nothing more is read. */
static bool opened(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side, const struct tl_tls_record *r,
                   int64_t since)
{
    bool data = r->type == TLS_APPLICATION_DATA, new = tl_tls_is_13(f->version);
    struct tl_tls_chain chain;
    tl_tls_chain_begin(&chain);
    uint32_t group = begin_record(d);
    if (data)
        tl_tls_line(d, TLS_LINE_APPLICATION);
    read_header(d, new ? TLS_OPAQUE_TYPE : TLS_CONTENT_TYPE);
    if (new)
        tl_add(d, TLS_CONTENT_TYPE, d->c.off, 0, r->type);
    tl_skip(d, r->sealed.len);
    const struct tl_cursor c = d->c;
    uint8_t source = enter_text(d, r->plain);
    bool goes_on = data || content(d, f, side, r->type, true, since, &chain);
    uint8_t text = d->tree != NULL ? d->tree->source : 0;
    d->c = c;
    if (d->tree != NULL)
        d->tree->source = source;
    tl_group_end(d, group);
    tl_tls_show_chain(d, &chain);
    tl_tls_encrypted(d, f, side, new || f->version == 0 ? tl_tls_keys_finished(d, f, side) : data);
    if (data && d->tree != NULL)
        d->tree->source = text;
    if (data)
        tl_tls_keys_data(d, f, side, r);
    if (d->tree != NULL)
        d->tree->source = source;
    return goes_on;
}

enum sealed { SEALED_READ, SEALED_STOPS, SEALED_WAITS };

/* Opens a record of which all bytes are there, or shows that it is encrypted. */
static enum sealed sealed_record(struct tl_dissection *d, const struct tl_stream *s, struct tl_tls_flow *f,
                                 uint8_t type, uint16_t len)
{
    bool waited = s->want.kind == TL_WANT_WAIT && s->event == TL_EV_UNIT;
    const size_t used = d->scratch->used;
    struct tl_tls_record r = { .header = tl_cursor_peek(&d->c, 0, HEADER),
                               .sealed = { tl_cursor_peek(&d->c, HEADER, len), len },
                               .pos = s->pos + (d->c.off - d->start) };
    enum tl_tls_opening opening = TL_TLS_SEALED;
    if (r.sealed.data != NULL && tl_tls_keys_may_open(d, f, s->side)) {
        r.work = d->tree != NULL ? tl_arena_alloc_spare(d->scratch, len + TL_TLS_AAD)
                                 : tl_arena_alloc(d->scratch, len + TL_TLS_AAD);
        if (r.work == NULL) { /* a text that is not seen: as if the record were missing */
            tl_truncated(d, len);
            tl_tls_keys_gap(d, f, s->side);
        } else {
            opening = tl_tls_keys_open(d, f, s->side, waited, &r);
        }
    }
    bool goes_on = true;
    if (opening == TL_TLS_OPENED)
        goes_on = opened(d, f, s->side, &r, s->since);
    else if (opening == TL_TLS_SEALED)
        whole_sealed(d, f, s->side, type, len);
    if (d->tree == NULL)
        d->scratch->used = used;
    return opening == TL_TLS_WAITS ? SEALED_WAITS : goes_on ? SEALED_READ : SEALED_STOPS;
}

/* The record goes on in later packets: its fields are added in the last of them. */
static struct tl_want pass(struct tl_dissection *d, struct tl_tls_side *side, const uint8_t *header)
{
    uint32_t left = tl_cursor_left(&d->c);
    side->type = header[0];
    side->version = tl_load_be16(header + 1);
    side->length = tl_load_be16(header + 3);
    uint32_t rest = HEADER + side->length - left;
    tl_skip(d, left);
    return (struct tl_want){ TL_WANT_BODY, rest, NULL };
}

static struct tl_want passed(struct tl_dissection *d, const struct tl_stream *s, struct tl_tls_flow *f)
{
    struct tl_tls_side *side = &f->side[s->side];
    if (s->left > 0)
        return some;
    if (side->torn) {
        side->torn = false;
        tl_skip(d, tl_cursor_left(&d->c));
        return some;
    }
    uint32_t group = begin_record(d);
    tl_tls_line(d, line_of(side->type));
    tl_add(d, type_field(f, side->type), d->c.off, 0, side->type);
    tl_add(d, TLS_RECORD_VERSION, d->c.off, 0, side->version);
    tl_add(d, TLS_RECORD_LENGTH, d->c.off, 0, side->length);
    tl_skip(d, tl_cursor_left(&d->c));
    tl_group_end(d, group);
    tl_tls_encrypted(d, f, s->side, side->type == TLS_APPLICATION_DATA);
    return some;
}

/* --- streams --- */

static void ssl2_hello(struct tl_dissection *d, const struct tl_stream *s, struct tl_tls_flow *f, uint32_t len)
{
    uint32_t group = begin_record(d);
    tl_add(d, TLS_RECORD_VERSION, d->c.off, 0, 0x0002);
    tl_add(d, TLS_RECORD_LENGTH, d->c.off, 2, len);
    tl_skip(d, 2);
    struct tl_part part = tl_part_begin(d, len);
    tl_tls_ssl2_hello(d, f, s->side, s->since);
    tl_part_end(d, part);
    tl_group_end(d, group);
    f->side[s->side].begun = true;
}

static struct tl_want records(struct tl_dissection *d, const struct tl_stream *s, struct tl_tls_flow *f)
{
    struct tl_tls_side *side = &f->side[s->side], *other = &f->side[s->side ^ 1];
    side->awaits = false;
    while (tl_cursor_left(&d->c) > 0) {
        uint32_t left = tl_cursor_left(&d->c);
        const uint8_t *p = tl_cursor_peek(&d->c, 0, HEADER);
        if (p == NULL)
            return bytes(HEADER);
        if (side->lost && !find(d, side, p))
            continue;
        if (!side->begun && p[0] >= 0x80 && p[2] == TLS_CLIENT_HELLO) {
            uint32_t len = (p[0] & 0x7fu) << 8 | p[1];
            if (left < 11)
                return bytes(11);
            if (is_ssl2_hello(p) && left < 2 + len)
                return bytes(2 + len);
            if (is_ssl2_hello(p)) {
                ssl2_hello(d, s, f, len);
                continue;
            }
        }
        if (!is_header(p)) {
            if (!broken(d, f, side, p))
                return nothing;
            continue;
        }
        uint16_t len = tl_load_be16(p + 3);
        bool sealed = side->sealed || p[0] == TLS_APPLICATION_DATA || p[0] == TLS_ALERT;
        /* Enough of a message to tell whether it is in clear. */
        if (sealed && p[0] == TLS_HANDSHAKE_RECORD && len >= 6 && left < HEADER + 6)
            return bytes(HEADER + 6);
        if (sealed)
            sealed = is_sealed(d, side, p[0], len);
        bool opens = sealed && f->keys != 0 && len > 0 && tl_tls_keys_may_open(d, f, s->side);
        if (left < HEADER + (uint32_t)len) {
            if (!sealed || opens) {
                side->awaits = true;
                side->length = len;
                return bytes(HEADER + (uint32_t)len);
            }
            side->begun = true;
            return pass(d, side, p);
        }
        side->begun = true;
        if (opens && s->side == f->client && other->waits) {
            other->waits = false;
            tl_release(d);
            return some; /* what waits is read first */
        }
        if (opens) {
            enum sealed done = sealed_record(d, s, f, p[0], len);
            if (done == SEALED_STOPS)
                return stop(d, f);
            if (done == SEALED_WAITS) {
                side->waits = true;
                return (struct tl_want){ TL_WANT_WAIT, WAIT_MOST, NULL };
            }
        } else if (sealed)
            whole_sealed(d, f, s->side, p[0], len);
        else if (!clear_record(d, f, s->side, p[0], len, s->since))
            return stop(d, f);
        if (d->release)
            return some;
    }
    return some;
}

/* Bytes are missing. If they are all of a record whose beginning was there, the next one is found by its length. */
static struct tl_want gap(struct tl_dissection *d, const struct tl_stream *s, struct tl_tls_flow *f)
{
    struct tl_tls_side *side = &f->side[s->side];
    bool awaits = side->awaits && s->dropped >= HEADER;
    uint64_t of_record = awaits ? HEADER + (uint64_t)side->length - s->dropped : s->left;
    side->awaits = false;
    (void)lose(d, f, side);
    if (of_record == 0 || s->gap > of_record)
        return some;
    uint64_t rest = of_record - s->gap;
    side->lost = false;
    side->torn = awaits && rest > 0;
    return rest > 0 ? (struct tl_want){ TL_WANT_BODY, rest, NULL } : some;
}

static struct tl_want read_side(struct tl_dissection *d, struct tl_stream *s)
{
    struct tl_tls_flow *f = d->flow.slot;
    if (f == NULL || f->stopped)
        return nothing;
    switch (s->event) {
    case TL_EV_OPEN:
        f->side[s->side].waits = false;
        return some;
    case TL_EV_UNIT:
        return records(d, s, f);
    case TL_EV_RUN:
        return passed(d, s, f);
    case TL_EV_GAP:
        return gap(d, s, f);
    case TL_EV_END:
        tl_tls_keys_end(d, f, s->side);
        break;
    case TL_EV_OVERLONG:
        break;
    }
    return nothing;
}

/* The handshake of QUIC has messages without records (RFC 9001 section 4). Bytes that are missing end the reading. */
static struct tl_want read_messages(struct tl_dissection *d, const struct tl_stream *s, struct tl_tls_flow *f)
{
    struct tl_tls_chain chain;
    if (f->stopped || s->event == TL_EV_END)
        return nothing;
    if (s->event == TL_EV_GAP)
        return stop(d, f);
    if (s->event != TL_EV_UNIT)
        return some;
    tl_tls_chain_begin(&chain);
    tl_message(d);
    bool goes_on = tl_tls_handshake(d, f, s->side, s->since, &chain);
    tl_tls_show_chain(d, &chain);
    return goes_on ? some : stop(d, f);
}

/* After its record the session is for packets alone. */
static struct tl_want tls_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct tl_tls_flow *f = d->flow.slot;
    if (f != NULL && f->over == TL_TLS_OVER_QUIC)
        return read_messages(d, s, f);
    struct tl_want want = read_side(d, s);
    if (f == NULL || !f->written || f->stopped || !d->records_only || f->keys != 0)
        return want;
    want = stop(d, f);
    tl_rest(d);
    return want;
}

static void tls_finish(struct tl_dissection *d)
{
    struct tl_tls_flow *f = d->flow.slot;
    if (f != NULL && !f->stopped)
        (void)stop(d, f);
}

/* --- detection --- */

/* The first handshake message must be a hello that fits its record, or goes on in the next one. */
static enum tl_probe probe_handshake(const uint8_t *p, uint32_t n)
{
    uint32_t len = n >= HEADER ? tl_load_be16(p + 3) : HEADER;
    if (n > HEADER && p[5] != TLS_CLIENT_HELLO && p[5] != TLS_SERVER_HELLO)
        return TL_PROBE_NO;
    if (n >= HEADER && len < 4)
        return TL_PROBE_NO;
    if (n > 6 && p[6] != 0)
        return TL_PROBE_NO; /* a hello of 64 KiB */
    if (n > 9 && p[9] != 3)
        return TL_PROBE_NO;
    return n > 9 ? TL_PROBE_YES : TL_PROBE_MAYBE;
}

/* The middle of a session: two records in a row, or one that is whole. */
static enum tl_probe probe_middle(const uint8_t *p, uint32_t n, bool home)
{
    if (!home)
        return TL_PROBE_NO;
    if (n < HEADER)
        return TL_PROBE_MAYBE;
    uint32_t next = HEADER + tl_load_be16(p + 3);
    if (!is_header(p) || next == HEADER)
        return TL_PROBE_NO;
    if (n >= next + HEADER && !is_header(p + next))
        return TL_PROBE_NO;
    return TL_PROBE_YES;
}

static enum tl_probe tls_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.stream || n == 0)
        return TL_PROBE_NO;
    if (p[0] >= 0x80) {
        if (n > 2 && p[2] != TLS_CLIENT_HELLO)
            return TL_PROBE_NO;
        return n < 11 ? TL_PROBE_MAYBE : is_ssl2_hello(p) ? TL_PROBE_YES : TL_PROBE_NO;
    }
    if (p[0] < TLS_CHANGE_CIPHER_SPEC || p[0] > TLS_HEARTBEAT || (n > 1 && p[1] != 3) || (n > 2 && p[2] > 4))
        return TL_PROBE_NO;
    enum tl_probe answer = p[0] == TLS_HANDSHAKE_RECORD ? probe_handshake(p, n) : TL_PROBE_NO;
    return answer == TL_PROBE_NO ? probe_middle(p, n, d->flow.home) : answer;
}

const struct tl_protocol tl_protocol_tls = {
    .name = "tls",
    .title = "Transport Layer Security",
    .service = "ssl",
    .kind = TL_KIND_APPLICATION,
    .fields = tl_tls_fields,
    .field_count = TLS_FIELDS,
    .weirds = tl_tls_weirds,
    .weird_count = TLS_WEIRDS,
    .records = { &tl_tls_ssl_def },
    .flow_size = sizeof(struct tl_tls_flow),
    .on = { { TL_ON_TCP_PORT, 443 }, { TL_ON_TCP_PORT, 465 }, { TL_ON_TCP_PORT, 563 }, { TL_ON_TCP_PORT, 636 },
            { TL_ON_TCP_PORT, 853 }, { TL_ON_TCP_PORT, 989 }, { TL_ON_TCP_PORT, 990 }, { TL_ON_TCP_PORT, 992 },
            { TL_ON_TCP_PORT, 993 }, { TL_ON_TCP_PORT, 994 }, { TL_ON_TCP_PORT, 995 }, { TL_ON_TCP_PORT, 5061 },
            { TL_ON_TCP_PORT, 8443 } },
    .info = "[{line,}][ (SNI={handshake.extensions_server_name})][ {alert_message.level}: {alert_message.desc}]",
    TL_BEGINS("\x14\x18\x80\xff"), .probe = tls_probe,
    .stream = tls_stream,
    .finish = tls_finish,
};
