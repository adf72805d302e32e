/*
 * dtls_unified.c - encrypted records of DTLS 1.3 (RFC 9147 sections 4 to 7): the unified header, numbers that are
 * encrypted, the keys of epochs, acknowledgements.
 */
#include "core/channel.h"
#include "dissectors/dtls/dtls.h"
#include "dissectors/tls/tls_keys.h"

enum {
    HAS_LENGTH = 0x04, HAS_WIDE_NUMBER = 0x08, HAS_CID = 0x10, EPOCH_BITS = 0x03, /* bits of the first byte */
    HEADER_MOST = 1 + 255 + 2 + 2,
    SAMPLE = 16,                          /* bytes of the text that its number is encrypted with */
    EPOCH_EARLY = 1, EPOCH_HANDSHAKE = 2, EPOCH_TRAFFIC = 3, /* key updates give later ones */
};

/* The key of an epoch of one side. */
struct epoch {
    uint64_t number;
    uint64_t next; /* number of a record that is the next one if none is missing */
    uint32_t key;  /* kept: struct tl_tls_key; 0: none */
};

/* By the two bits of an epoch that records have. */
struct tl_dtls_epochs {
    struct epoch side[2][4];
    uint64_t traffic[2]; /* the latest epoch of application data; 0: none was seen */
    uint8_t hellos;      /* of the server, when the keys were made */
};

/* A record, as far as it is not encrypted. */
struct unified {
    const uint8_t *head;
    uint32_t head_len, number_off, number_len; /* from its first byte */
    uint32_t len;                              /* bytes of text */
    uint64_t epoch, number;                    /* result: if it was opened */
};

/* --- keys --- */

static struct tl_dtls_epochs *epochs_of(const struct tl_dissection *d, const struct tl_dtls_flow *f)
{
    return f->epochs != 0 ? (struct tl_dtls_epochs *)(void *)tl_kept_mine(d, f->epochs) : NULL;
}

static void wipe(struct tl_dissection *d, uint32_t *handle)
{
    if (*handle == 0)
        return;
    tl_wipe(tl_kept_mine(d, *handle), tl_kept(d, *handle).len);
    tl_forget(d, *handle);
    *handle = 0;
}

void tl_dtls_epochs_drop(struct tl_dissection *d, struct tl_dtls_flow *f)
{
    struct tl_dtls_epochs *epochs = epochs_of(d, f);
    for (unsigned i = 0; epochs != NULL && i < 8; i++)
        wipe(d, &epochs->side[i / 4][i % 4].key);
    wipe(d, &f->epochs);
}

/* The keys of the session; those of another hello of the server are dropped. Returns NULL without memory. */
static struct tl_dtls_epochs *current(struct tl_dissection *d, struct tl_dtls_flow *f)
{
    struct tl_dtls_epochs *epochs = epochs_of(d, f);
    uint8_t hellos = f->tls.hellos[f->tls.client ^ 1];
    if (epochs != NULL && epochs->hellos != hellos)
        tl_dtls_epochs_drop(d, f);
    if (f->epochs != 0)
        return epochs;
    f->epochs = tl_keep(d, NULL, sizeof *epochs);
    epochs = epochs_of(d, f);
    if (epochs != NULL)
        epochs->hellos = hellos;
    return epochs;
}

static struct tl_tls_crypto crypto_of(const struct tl_dissection *d)
{
    return (struct tl_tls_crypto){ d->crypto, d->crypto != NULL ? d->host->crypto_state(d) : NULL };
}

static struct tl_tls_key *key_of(const struct tl_dissection *d, const struct epoch *e)
{
    return e->key != 0 ? (struct tl_tls_key *)(void *)tl_kept_mine(d, e->key) : NULL;
}

/* Makes the key of one of the first epochs from the secret of the key log. */
static bool make_key(struct tl_dissection *d, const struct tl_tls_crypto *c, struct epoch *e, uint64_t number,
                     bool client, const struct tl_tls_negotiated *n)
{
    static const enum tl_keylog_label labels[][2] = {
        [EPOCH_EARLY] = { TL_KEYLOG_CLIENT_EARLY, TL_KEYLOG_CLIENT_EARLY },
        [EPOCH_HANDSHAKE] = { TL_KEYLOG_SERVER_HANDSHAKE, TL_KEYLOG_CLIENT_HANDSHAKE },
        [EPOCH_TRAFFIC] = { TL_KEYLOG_SERVER_TRAFFIC, TL_KEYLOG_CLIENT_TRAFFIC },
    };
    uint8_t secret[TL_KEYLOG_SECRET];
    uint32_t len = d->host->secret(d, labels[number][client], n->random, secret);
    /* Early data has the suite of an earlier session, which the length of its secret tells in most cases. */
    uint16_t suite = n->server_hello ? n->suite : len == 48 ? 0x1302 : 0x1301;
    struct tl_tls_cipher cipher;
    bool good = len > 0 && tl_tls_cipher_of(tl_name_of(tl_tls_suites, suite), 0x0304, &cipher);
    *e = (struct epoch){ .number = number, .key = good ? tl_keep(d, NULL, (uint32_t)tl_tls_key_size(&cipher)) : 0 };
    struct tl_tls_key *key = key_of(d, e);
    if (key != NULL) {
        key->cipher = cipher;
        key->version = 0xfefc;
        good = tl_tls_traffic_key(c, key, tl_bytes_of(secret, len));
    }
    tl_wipe(secret, sizeof secret);
    if (!good)
        wipe(d, &e->key);
    return e->key != 0;
}

/* --- opening --- */

/* The number whose low bits these are, and that is the nearest to the next one (RFC 9147 section 4.2.2). */
static uint64_t nearest(uint64_t next, uint64_t low, uint32_t bits)
{
    uint64_t window = UINT64_C(1) << bits, number = (next & ~(window - 1)) | low;
    if (number + window / 2 < next)
        return number + window;
    return number > next + window / 2 && number >= window ? number - window : number;
}

/* Tries the key of an epoch. Returns false if the record does not verify. */
static bool try(struct tl_dissection *d, const struct tl_tls_crypto *c, struct epoch *e, struct unified *u,
                struct tl_tls_record *r)
{
    uint8_t header[HEADER_MOST], mask[2], *number = header + u->number_off;
    const struct tl_tls_key *key = key_of(d, e);
    memcpy(header, u->head, u->head_len);
    if (!tl_tls_number_mask(c, key, r->sealed.data, mask))
        return false;
    for (uint32_t i = 0; i < u->number_len; i++)
        number[i] ^= mask[i];
    uint64_t low = u->number_len == 2 ? tl_load_be16(number) : number[0];
    u->number = nearest(e->next, low, 8 * u->number_len);
    u->epoch = e->number;
    if (!tl_tls_open_inner(c, key, u->number, tl_bytes_of(header, u->head_len), r->sealed, r->work, &r->plain, &r->type))
        return false;
    if (u->number >= e->next)
        e->next = u->number + 1;
    return true;
}

/* The record may be the first one after a KeyUpdate (RFC 9147 section 8): its key follows from the latest one. */
static bool try_update(struct tl_dissection *d, const struct tl_tls_crypto *c, struct tl_dtls_epochs *epochs,
                       unsigned side, unsigned bits, struct unified *u, struct tl_tls_record *r)
{
    uint64_t latest = epochs->traffic[side];
    const struct tl_tls_key *from = key_of(d, &epochs->side[side][latest & EPOCH_BITS]);
    if (latest == 0 || ((latest + 1) & EPOCH_BITS) != bits || from == NULL)
        return false;
    struct epoch e = { .number = latest + 1, .key = tl_keep(d, from, sizeof *from) };
    struct tl_tls_key *key = key_of(d, &e);
    if (key == NULL || !tl_tls_update_key(c, key) || !try(d, c, &e, u, r)) {
        wipe(d, &e.key);
        return false;
    }
    wipe(d, &epochs->side[side][bits].key);
    epochs->side[side][bits] = e;
    epochs->traffic[side] = e.number;
    return true;
}

static bool open_record(struct tl_dissection *d, struct tl_dtls_flow *f, unsigned side, struct unified *u,
                        struct tl_tls_record *r)
{
    struct tl_tls_negotiated n;
    const struct tl_tls_crypto c = crypto_of(d);
    unsigned bits = *u->head & EPOCH_BITS;
    if (c.state == NULL || !tl_tls_keys_negotiated(d, &f->tls, &n) || (!n.server_hello && bits != EPOCH_EARLY))
        return false;
    struct tl_dtls_epochs *epochs = current(d, f);
    bool client = side == f->tls.client;
    if (epochs == NULL)
        return false;
    struct epoch *e = &epochs->side[side][bits];
    bool makes = e->key == 0 && bits > 0 && (bits != EPOCH_EARLY || (client && epochs->traffic[side] == 0));
    if (makes && make_key(d, &c, e, bits, client, &n) && bits == EPOCH_TRAFFIC)
        epochs->traffic[side] = EPOCH_TRAFFIC;
    return (e->key != 0 && try(d, &c, e, u, r)) || try_update(d, &c, epochs, side, bits, u, r);
}

/* --- records --- */

/* Reads the header without the tree. Returns false if it is not whole, or the length of its id is not known. */
static bool read_header(struct tl_dissection *d, const struct tl_dtls_flow *f, unsigned side, struct unified *u)
{
    const uint8_t *head = tl_cursor_peek(&d->c, 0, 1);
    if (head == NULL || ((*head & HAS_CID) != 0 && !f->tls.has_cid[side ^ 1]))
        return false;
    uint32_t id = (*head & HAS_CID) != 0 ? f->tls.cid_len[side ^ 1] : 0;
    u->number_off = 1 + id;
    u->number_len = (*head & HAS_WIDE_NUMBER) != 0 ? 2 : 1;
    u->head_len = u->number_off + u->number_len + ((*head & HAS_LENGTH) != 0 ? 2 : 0);
    u->head = tl_cursor_peek(&d->c, 0, u->head_len);
    if (u->head == NULL)
        return false;
    u->len = (*head & HAS_LENGTH) != 0 ? tl_load_be16(u->head + u->head_len - 2)
                                       : tl_cursor_wire_left(&d->c) - u->head_len;
    return true;
}

/* The fields of the header, and what it says when it is decrypted. */
static void show_header(struct tl_dissection *d, const struct unified *u, bool opened)
{
    uint32_t off = d->c.off;
    tl_add(d, DTLS_UNIFIED, off, 1, *u->head);
    tl_add_all_bits(d, DTLS_UNIFIED_FIXED, DTLS_UNIFIED_EPOCH, off, 1, *u->head);
    tl_skip(d, 1);
    if (opened)
        tl_add(d, DTLS_EPOCH, off, 1, u->epoch);
    if (u->number_off > 1)
        (void)tl_run(d, DTLS_CID, u->number_off - 1);
    if (opened)
        tl_add(d, DTLS_NUMBER, d->c.off, u->number_len, u->number);
    tl_skip(d, u->number_len);
    if (u->head_len > u->number_off + u->number_len)
        tl_u16(d, TLS_RECORD_LENGTH);
}

/* All bytes of the record are there and there may be a key: opens it. */
static bool may_open(struct tl_dissection *d, struct tl_dtls_flow *f, unsigned side, struct unified *u,
                     struct tl_tls_record *r)
{
    *r = (struct tl_tls_record){ .header = u->head };
    r->sealed = tl_bytes_of(tl_cursor_peek(&d->c, u->head_len, u->len), u->len);
    if (f->tls.keys == 0 || u->len < SAMPLE || r->sealed.data == NULL)
        return false;
    r->work = d->tree != NULL ? tl_arena_alloc_spare(d->scratch, u->len) : tl_arena_alloc(d->scratch, u->len);
    if (r->work == NULL) {
        tl_truncated(d, u->len);
        return false;
    }
    return open_record(d, f, side, u, r);
}

/* A record whose header cannot be read: up to the end of the datagram. */
static void pass_over(struct tl_dissection *d, struct tl_dtls_flow *f, unsigned side, uint32_t group)
{
    const uint8_t *first = tl_cursor_peek(&d->c, 0, 1);
    uint32_t off = d->c.off;
    if (first != NULL) {
        tl_add(d, DTLS_UNIFIED, off, 1, *first);
        tl_add_all_bits(d, DTLS_UNIFIED_FIXED, DTLS_UNIFIED_EPOCH, off, 1, *first);
    }
    tl_skip(d, tl_cursor_wire_left(&d->c));
    tl_tls_line(d, TLS_LINE_RECORD);
    tl_group_end(d, group);
    tl_tls_encrypted(d, &f->tls, side, first != NULL && (*first & EPOCH_BITS) == EPOCH_TRAFFIC);
}

void tl_dtls_unified(struct tl_dissection *d, struct tl_dtls_flow *f, unsigned side)
{
    struct tl_tls_record r;
    struct tl_tls_chain chain;
    struct unified u;
    const size_t used = d->scratch->used;
    uint32_t group = tl_dtls_begin_record(d);
    tl_tls_chain_begin(&chain);
    if (!read_header(d, f, side, &u)) {
        pass_over(d, f, side, group);
        return;
    }
    bool opened = may_open(d, f, side, &u, &r);
    show_header(d, &u, opened);
    if (opened)
        tl_add(d, TLS_CONTENT_TYPE, d->c.off, 0, r.type);
    tl_skip(d, u.len);
    if (opened) {
        tl_tls_keys_opened(d, &f->tls, u.epoch == EPOCH_EARLY && r.type == TLS_APPLICATION_DATA);
        tl_dtls_opened(d, f, side, &r, group, u.epoch >= EPOCH_TRAFFIC, &chain);
    } else {
        tl_tls_line(d, TLS_LINE_RECORD);
        tl_group_end(d, group);
        tl_tls_encrypted(d, &f->tls, side, (*u.head & EPOCH_BITS) == EPOCH_TRAFFIC);
    }
    if (d->tree == NULL)
        d->scratch->used = used;
}

void tl_dtls_ack(struct tl_dissection *d)
{
    tl_tls_line(d, TLS_LINE_ACK);
    struct tl_part part = tl_part_enter(d, tl_u16(d, DTLS_ACK_LEN));
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t group = tl_group(d, DTLS_ACK_RECORD);
        tl_u64(d, DTLS_ACK_EPOCH);
        tl_u64(d, DTLS_ACK_NUMBER);
        tl_group_end(d, group);
    }
    tl_part_leave(d, part);
}
