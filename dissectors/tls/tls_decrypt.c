/*
 * tls_decrypt.c - which key opens the next record of a side, and where its text goes.
 *
 * A flow has this state only if there are secrets for its client's random, or some may still come. Records are opened
 * in order. After bytes that are missing, the numbers that may follow are tried: only the right one verifies.
 */
#include "core/channel.h"
#include "core/keylog.h"
#include "dissectors/registry.h"
#include "dissectors/tls/tls.h"
#include "dissectors/tls/tls_keys.h"

enum {
    TLS_ID_MOST = 32,  /* bytes of a session's id */
    TICKET_HEAD = 6,   /* bytes before a ticket */
    LOST_MOST = 64,    /* records that may be missing before the one that is opened */
    FAILED_MOST = 64,  /* records after missing bytes that are not opened, before decryption ends */
    CHILD = 0,         /* id of the channel of the text */
    UNKNOWN_MOST = 256, /* sealed records, while secrets may still come */
};

/* Which secret the key of a side comes from. */
enum epoch { EPOCH_NONE, EPOCH_EARLY, EPOCH_HANDSHAKE, EPOCH_TRAFFIC, EPOCH_UPDATE, EPOCH_LEGACY, EPOCH_BROKEN };

struct direction {
    uint64_t seq;      /* of the next record */
    uint64_t end;      /* offset in the stream after the last record that was opened; 0: none */
    uint32_t key;      /* kept: struct tl_tls_key; 0: none */
    uint32_t pending;  /* the same, up to TLS 1.2: of the key that the next ChangeCipherSpec brings */
    uint32_t sealed;   /* records that were not opened since the keys changed */
    uint8_t epoch;
    uint8_t next;      /* epoch that begins with the next record; EPOCH_NONE: the same */
    uint8_t failed;    /* records after missing bytes that were not opened */
    bool lost;         /* records before the next one are missing */
    bool chain_lost;   /* and with them what the next one is opened with */
    bool finished;     /* the side's Finished was read */
    bool ended;        /* its text ended */
};

struct tl_tls_keys {
    uint8_t randoms[2 * TL_KEYLOG_RANDOM]; /* the server's, then the client's */
    const struct tl_protocol *protocol;    /* that was negotiated; NULL: none, or unknown */
    struct direction side[2];
    uint32_t transcript; /* kept hashes of the handshake, where there are private keys; 0: none */
    uint8_t master[TL_TLS_MASTER]; /* made with a private key, if has_master */
    uint16_t suite;
    uint32_t ticket;     /* kept: of the client's hello, where there are private keys; 0: none */
    uint8_t id[2][TLS_ID_MOST], id_len[2]; /* of the session: the client's, the server's */
    bool recalled;       /* master is that of a session that may be resumed here */
    bool server_hello, etm, ems, compressed, has_master;
    bool early;        /* the client offered early data */
    bool early_text;   /* and sent some, which is in the channel */
    bool opened;       /* something was decrypted */
    bool child_failed; /* there is no channel for the text */
    bool waited;       /* the server's side has waited for secrets */
};

static struct tl_tls_keys *keys_of(const struct tl_dissection *d, const struct tl_tls_flow *f)
{
    return f->keys != 0 ? (struct tl_tls_keys *)(void *)tl_kept_mine(d, f->keys) : NULL;
}

static struct tl_tls_key *key_at(const struct tl_dissection *d, uint32_t handle)
{
    return handle != 0 ? (struct tl_tls_key *)(void *)tl_kept_mine(d, handle) : NULL;
}

static struct tl_tls_key *key_of(const struct tl_dissection *d, const struct direction *dir)
{
    return key_at(d, dir->key);
}

static struct tl_tls_crypto crypto_of(const struct tl_dissection *d)
{
    return (struct tl_tls_crypto){ d->crypto, d->crypto != NULL ? d->host->crypto_state(d) : NULL };
}

static const uint8_t *client_random(const struct tl_tls_keys *keys)
{
    return keys->randoms + TL_KEYLOG_RANDOM;
}

/* --- life --- */

static void wipe(struct tl_dissection *d, uint32_t *handle)
{
    if (*handle == 0)
        return;
    tl_wipe(tl_kept_mine(d, *handle), tl_kept(d, *handle).len);
    tl_forget(d, *handle);
    *handle = 0;
}

void tl_tls_keys_drop(struct tl_dissection *d, struct tl_tls_flow *f)
{
    struct tl_tls_keys *keys = keys_of(d, f);
    if (keys == NULL)
        return;
    for (unsigned side = 0; side < 2; side++) {
        wipe(d, &keys->side[side].key);
        wipe(d, &keys->side[side].pending);
    }
    tl_tls_transcript_drop(d, &keys->transcript);
    wipe(d, &keys->ticket);
    wipe(d, &f->keys);
}

/* Decryption of a side ends. */
static void give_up(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side)
{
    struct tl_tls_keys *keys = keys_of(d, f);
    if (keys == NULL)
        return;
    wipe(d, &keys->side[side].key);
    wipe(d, &keys->side[side].pending);
    keys->side[side].epoch = EPOCH_BROKEN;
    if (keys->side[side ^ 1].epoch == EPOCH_BROKEN)
        tl_tls_keys_drop(d, f);
}

/* The protocol of the server's list, which has one name. */
void tl_tls_keys_alpn(struct tl_dissection *d, struct tl_tls_flow *f, struct tl_bytes list)
{
    struct tl_tls_keys *keys = keys_of(d, f);
    if (keys != NULL && list.len > 1 && list.data[0] < list.len)
        keys->protocol = tl_protocol_called("alpn", tl_bytes_of(list.data + 1, list.data[0]));
}

void tl_tls_keys_change(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side)
{
    struct tl_tls_keys *keys = keys_of(d, f);
    if (keys == NULL || tl_tls_is_13(f->version) || keys->side[side].epoch == EPOCH_BROKEN)
        return;
    struct direction *dir = &keys->side[side];
    wipe(d, &dir->key);
    *dir = (struct direction){ .end = dir->end, .ended = dir->ended, .key = dir->pending };
    dir->epoch = dir->key != 0 ? EPOCH_LEGACY : EPOCH_NONE;
}

static void make_legacy(struct tl_dissection *d, const struct tl_tls_flow *f, struct tl_tls_keys *keys, unsigned side,
                        uint32_t *handle);

/* --- sessions that are resumed, with a private key --- */

/* Only a private key may help. */
static bool needs_rsa(const struct tl_dissection *d, const struct tl_tls_keys *keys)
{
    return (d->host->secrets(d, client_random(keys)) & (TL_SECRETS_THERE | TL_SECRETS_RSA)) == TL_SECRETS_RSA;
}

/* What the client offers to resume. */
static void note_offer(struct tl_dissection *d, struct tl_tls_keys *keys, const struct tl_tls_hello *h)
{
    wipe(d, &keys->ticket);
    keys->recalled = false;
    if (h->session.data != NULL && h->session.len > 0 && needs_rsa(d, keys))
        keys->ticket = tl_keep(d, h->session.data, h->session.len);
}

static void note_id(struct tl_tls_keys *keys, const struct tl_tls_hello *h)
{
    const unsigned i = h->client ? 0 : 1;
    keys->id_len[i] = h->id.data != NULL && h->id.len <= TLS_ID_MOST ? (uint8_t)h->id.len : 0;
    if (keys->id_len[i] > 0)
        memcpy(keys->id[i], h->id.data, keys->id_len[i]);
}

/*
 * The server's hello: if it has the client's id, the session goes on (RFC 5246 section 7.4.1.3, RFC 5077 section 3.4). With
 * a ticket and no id only what follows tells; a key exchange then makes another secret.
 */
static void recall(struct tl_dissection *d, struct tl_tls_keys *keys)
{
    const struct tl_bytes id = { keys->id[1], keys->id_len[1] };
    bool same = id.len > 0 && id.len == keys->id_len[0] && memcmp(keys->id[0], id.data, id.len) == 0;
    keys->recalled = same && d->host->recall(d, id, keys->master);
    if (!keys->recalled && keys->ticket != 0 && (same || keys->id_len[0] == 0))
        keys->recalled = d->host->recall(d, tl_kept(d, keys->ticket), keys->master);
    keys->has_master = keys->recalled;
    wipe(d, &keys->ticket);
}

/* The session is not resumed. */
static void forget_recalled(struct tl_dissection *d, struct tl_tls_keys *keys)
{
    for (unsigned side = 0; keys->recalled && side < 2; side++)
        wipe(d, &keys->side[side].pending);
    if (keys->recalled)
        keys->has_master = false;
    keys->recalled = false;
}

/* A ticket of the server, up to TLS 1.2: a lifetime, and the ticket with its length. */
static void remember_ticket(struct tl_dissection *d, const struct tl_tls_keys *keys, struct tl_bytes body)
{
    if (keys->has_master && body.len > TICKET_HEAD && tl_load_be16(body.data + 4) == body.len - TICKET_HEAD)
        d->host->remember(d, tl_bytes_of(body.data + TICKET_HEAD, body.len - TICKET_HEAD), keys->master);
}

/* Hashes the messages up to the client's key exchange, which may be for one of the private keys. */
static void follow_handshake(struct tl_dissection *d, const struct tl_tls_flow *f, struct tl_tls_keys *keys,
                             unsigned type, struct tl_bytes body)
{
    uint16_t version = tl_tls_basis(f->version);
    bool exchange = type == TLS_CLIENT_KEY_EXCHANGE && keys->server_hello && !tl_tls_is_13(f->version);
    if (keys->transcript != 0 && type != TLS_HELLO_REQUEST)
        tl_tls_transcript_add(d, keys->transcript, type, body);
    if (exchange)
        forget_recalled(d, keys);
    if (exchange && (!keys->ems || keys->transcript != 0) && needs_rsa(d, keys))
        keys->has_master = tl_tls_master(d, version, keys->suite, body, keys->randoms,
                                         keys->ems ? keys->transcript : 0, keys->master);
    for (unsigned side = 0; keys->has_master && exchange && side < 2; side++)
        make_legacy(d, f, keys, side, &keys->side[side].pending);
    if (exchange && keys->has_master)
        d->host->remember(d, tl_bytes_of(keys->id[1], keys->id_len[1]), keys->master);
    if (exchange || tl_tls_is_13(f->version))
        tl_tls_transcript_drop(d, &keys->transcript);
}

void tl_tls_keys_message(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side, unsigned type,
                         struct tl_bytes body)
{
    struct tl_tls_keys *keys = keys_of(d, f);
    if (keys == NULL)
        return;
    if (keys->transcript != 0 || type == TLS_CLIENT_KEY_EXCHANGE)
        follow_handshake(d, f, keys, type, body);
    if (type == TLS_NEW_SESSION_TICKET && !tl_tls_is_13(f->version))
        remember_ticket(d, keys, body);
    struct direction *dir = &keys->side[side];
    if (type == TLS_FINISHED && dir->epoch == EPOCH_HANDSHAKE) {
        dir->next = EPOCH_TRAFFIC;
        dir->finished = true;
    } else if (type == TLS_END_OF_EARLY_DATA && dir->epoch == EPOCH_EARLY) {
        dir->next = EPOCH_HANDSHAKE;
    } else if (type == TLS_KEY_UPDATE_MESSAGE && dir->epoch == EPOCH_TRAFFIC) {
        dir->next = EPOCH_UPDATE;
    }
}

bool tl_tls_keys_finished(const struct tl_dissection *d, const struct tl_tls_flow *f, unsigned side)
{
    const struct tl_tls_keys *keys = keys_of(d, f);
    return keys != NULL && (keys->side[side].finished || keys->side[side].epoch == EPOCH_TRAFFIC);
}

bool tl_tls_keys_may_open(const struct tl_dissection *d, const struct tl_tls_flow *f, unsigned side)
{
    const struct tl_tls_keys *keys = keys_of(d, f);
    return keys != NULL && keys->side[side].epoch != EPOCH_BROKEN;
}

void tl_tls_keys_gap(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side)
{
    struct tl_tls_keys *keys = keys_of(d, f);
    if (keys == NULL || keys->side[side].epoch == EPOCH_BROKEN)
        return;
    const struct tl_tls_key *key = key_of(d, &keys->side[side]);
    keys->side[side].lost = true;
    keys->side[side].chain_lost = key != NULL && tl_tls_is_chained(key);
    if (key != NULL && key->cipher.mode == TL_TLS_RC4)
        give_up(d, f, side);
}

/* --- keys --- */

/* Puts a key without content in the place of the last one. Returns NULL without memory. */
static struct tl_tls_key *begin_key(struct tl_dissection *d, uint32_t *handle, const struct tl_tls_cipher *cipher,
                                    uint16_t version)
{
    wipe(d, handle);
    *handle = tl_keep(d, NULL, (uint32_t)tl_tls_key_size(cipher));
    struct tl_tls_key *key = key_at(d, *handle);
    if (key == NULL)
        return NULL;
    key->cipher = *cipher;
    key->version = version;
    return key;
}

static bool use_traffic(struct tl_dissection *d, struct tl_tls_keys *keys, struct direction *dir,
                        enum tl_keylog_label label, enum epoch epoch, const char *suite)
{
    const struct tl_tls_crypto c = crypto_of(d);
    struct tl_tls_cipher cipher;
    uint8_t secret[TL_KEYLOG_SECRET];
    uint32_t len = d->host->secret(d, label, client_random(keys), secret);
    bool good = len > 0 && c.state != NULL && tl_tls_cipher_of(suite, 0x0304, &cipher);
    struct tl_tls_key *key = good ? begin_key(d, &dir->key, &cipher, 0x0304) : NULL;
    good = key != NULL && tl_tls_traffic_key(&c, key, tl_bytes_of(secret, len));
    tl_wipe(secret, sizeof secret);
    if (!good) {
        wipe(d, &dir->key);
        return false;
    }
    dir->epoch = (uint8_t)epoch;
    dir->next = EPOCH_NONE;
    dir->seq = 0;
    dir->lost |= dir->sealed > 0; /* the secrets came late */
    return true;
}

static bool use_epoch(struct tl_dissection *d, const struct tl_tls_flow *f, struct tl_tls_keys *keys, unsigned side,
                      enum epoch epoch)
{
    bool client = side == f->client;
    enum tl_keylog_label label = epoch == EPOCH_HANDSHAKE
                                     ? (client ? TL_KEYLOG_CLIENT_HANDSHAKE : TL_KEYLOG_SERVER_HANDSHAKE)
                                     : (client ? TL_KEYLOG_CLIENT_TRAFFIC : TL_KEYLOG_SERVER_TRAFFIC);
    return use_traffic(d, keys, &keys->side[side], label, epoch, tl_name_of(tl_tls_suites, keys->suite));
}

/* Makes the key of a side up to TLS 1.2, if there is a secret. */
static void make_legacy(struct tl_dissection *d, const struct tl_tls_flow *f, struct tl_tls_keys *keys, unsigned side,
                        uint32_t *handle)
{
    const struct tl_tls_crypto c = crypto_of(d);
    struct tl_tls_cipher cipher;
    uint8_t secret[TL_KEYLOG_SECRET];
    uint16_t version = tl_tls_basis(f->version);
    wipe(d, handle);
    if (keys->compressed || c.state == NULL ||
        !tl_tls_cipher_of(tl_name_of(tl_tls_suites, keys->suite), version, &cipher))
        return;
    bool good = d->host->secret(d, TL_KEYLOG_MASTER, client_random(keys), secret) == TL_TLS_MASTER;
    if (!good && keys->has_master)
        memcpy(secret, keys->master, TL_TLS_MASTER);
    good = good || keys->has_master;
    struct tl_tls_key *key = good ? begin_key(d, handle, &cipher, version) : NULL;
    if (key != NULL) {
        key->etm = keys->etm && cipher.mode == TL_TLS_CBC;
        good = tl_tls_legacy_key(&c, key, secret, keys->randoms, side == f->client);
    }
    tl_wipe(secret, sizeof secret);
    if (!good)
        wipe(d, handle);
}

/* The secret, or the server's hello, came after the change of the cipher. */
static bool use_legacy(struct tl_dissection *d, const struct tl_tls_flow *f, struct tl_tls_keys *keys, unsigned side)
{
    struct direction *dir = &keys->side[side];
    if (f->side[side].changed && dir->pending == 0)
        make_legacy(d, f, keys, side, &dir->pending);
    if (f->side[side].changed) {
        dir->key = dir->pending;
        dir->pending = 0;
    }
    if (dir->key == 0)
        return false;
    dir->epoch = EPOCH_LEGACY;
    dir->seq = dir->sealed;
    dir->chain_lost = dir->sealed > 0 && tl_tls_is_chained(key_of(d, dir));
    return true;
}

void tl_tls_keys_hello(struct tl_dissection *d, struct tl_tls_flow *f, const struct tl_tls_hello *h)
{
    if (h->random.data == NULL || h->random.len != TL_KEYLOG_RANDOM || (f->keys == 0 && !h->client))
        return;
    if (f->keys == 0) {
        unsigned known = d->crypto != NULL ? d->host->secrets(d, h->random.data) : 0;
        if ((known & (TL_SECRETS_THERE | TL_SECRETS_COME | TL_SECRETS_RSA)) == 0)
            return;
        f->keys = tl_keep(d, NULL, sizeof(struct tl_tls_keys));
    }
    struct tl_tls_keys *keys = keys_of(d, f);
    if (keys == NULL)
        return;
    if (h->client) {
        memcpy(keys->randoms + TL_KEYLOG_RANDOM, h->random.data, TL_KEYLOG_RANDOM);
        keys->early = h->early;
        keys->server_hello = keys->has_master = false; /* a renegotiation has others */
        tl_tls_transcript_drop(d, &keys->transcript);
        if (f->over != TL_TLS_OVER_DTLS && (d->host->secrets(d, h->random.data) & TL_SECRETS_RSA) != 0)
            tl_tls_transcript_begin(d, &keys->transcript);
        note_id(keys, h);
        note_offer(d, keys, h);
        return;
    }
    if (h->retry) {
        tl_tls_keys_refused(d, f);
        return;
    }
    memcpy(keys->randoms, h->random.data, TL_KEYLOG_RANDOM);
    keys->suite = h->suite;
    keys->etm = h->etm;
    keys->compressed = h->compressed;
    keys->ems = h->ems;
    keys->server_hello = true;
    note_id(keys, h);
    if (!tl_tls_is_13(f->version) && needs_rsa(d, keys))
        recall(d, keys);
    tl_tls_keys_alpn(d, f, h->alpn);
    for (unsigned side = 0; side < 2 && !tl_tls_is_13(f->version); side++)
        make_legacy(d, f, keys, side, &keys->side[side].pending);
    if (f->side[f->client].waits)
        tl_release(d);
}

bool tl_tls_keys_negotiated(const struct tl_dissection *d, const struct tl_tls_flow *f, struct tl_tls_negotiated *n)
{
    const struct tl_tls_keys *keys = keys_of(d, f);
    if (keys == NULL)
        return false;
    *n = (struct tl_tls_negotiated){ .protocol = keys->protocol, .suite = keys->suite,
                                     .server_hello = keys->server_hello };
    memcpy(n->random, client_random(keys), sizeof n->random);
    return true;
}

void tl_tls_keys_opened(struct tl_dissection *d, const struct tl_tls_flow *f, bool early)
{
    struct tl_tls_keys *keys = keys_of(d, f);
    if (keys == NULL)
        return;
    if (!keys->opened)
        d->host->opened(d, false);
    keys->opened = true;
    keys->early_text |= early;
}

/* Makes the key of the next record, if there is none. Returns false if there is no secret. */
static bool prepare(struct tl_dissection *d, const struct tl_tls_flow *f, struct tl_tls_keys *keys, unsigned side)
{
    struct direction *dir = &keys->side[side];
    if (dir->next == EPOCH_UPDATE) {
        const struct tl_tls_crypto c = crypto_of(d);
        dir->next = EPOCH_NONE;
        dir->seq = 0;
        return c.state != NULL && tl_tls_update_key(&c, key_of(d, dir));
    }
    if (dir->next != EPOCH_NONE)
        return keys->server_hello && use_epoch(d, f, keys, side, dir->next);
    if (dir->key != 0)
        return true;
    if (!keys->server_hello)
        return false;
    if (!tl_tls_is_13(f->version))
        return use_legacy(d, f, keys, side);
    return use_epoch(d, f, keys, side, EPOCH_HANDSHAKE) || use_epoch(d, f, keys, side, EPOCH_TRAFFIC);
}

/* --- records --- */

/* Tries the numbers that the record can have. */
static bool try(struct tl_dissection *d, struct direction *dir, struct tl_tls_record *r)
{
    const struct tl_tls_crypto c = crypto_of(d);
    struct tl_tls_key *key = key_of(d, dir);
    if (r->numbered)
        return tl_tls_open(&c, key, r->number, r->header, r->sealed, r->work, &r->plain, &r->type);
    for (unsigned i = 0; i <= (dir->lost ? LOST_MOST : 0); i++) {
        if (!tl_tls_open(&c, key, dir->seq + i, r->header, r->sealed, r->work, &r->plain, &r->type))
            continue;
        r->missing = i;
        dir->seq += i + 1;
        return true;
    }
    return false;
}

/* The suite of early data is that of an earlier session: found by trying (RFC 8446 section 4.2.10). */
static bool try_early(struct tl_dissection *d, struct tl_tls_keys *keys, struct direction *dir, struct tl_tls_record *r)
{
    static const char *const suites[] = { "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
                                          "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_CCM_SHA256",
                                          "TLS_AES_128_CCM_8_SHA256" };
    for (unsigned i = 0; i < TL_COUNT(suites); i++) {
        if (use_traffic(d, keys, dir, TL_KEYLOG_CLIENT_EARLY, EPOCH_EARLY, suites[i]) && try(d, dir, r))
            return true;
    }
    wipe(d, &dir->key);
    dir->epoch = EPOCH_NONE;
    return false;
}

/* A record did not verify: it may be the first one with other keys. */
static bool try_next(struct tl_dissection *d, const struct tl_tls_flow *f, struct tl_tls_keys *keys, unsigned side,
                     struct tl_tls_record *r)
{
    struct direction *dir = &keys->side[side];
    if (dir->epoch == EPOCH_EARLY && keys->server_hello)
        return use_epoch(d, f, keys, side, EPOCH_HANDSHAKE) && try(d, dir, r);
    if (dir->epoch != EPOCH_HANDSHAKE || !dir->lost)
        return false;
    struct direction before = *dir;
    dir->key = 0; /* it is needed again if the other one does not fit */
    if (use_epoch(d, f, keys, side, EPOCH_TRAFFIC) && try(d, dir, r)) {
        wipe(d, &before.key);
        dir->finished = true;
        return true;
    }
    wipe(d, &dir->key);
    *dir = before;
    return false;
}

static struct tl_channel *child_of(struct tl_dissection *d, const struct tl_tls_flow *f, struct tl_tls_keys *keys)
{
    static const struct {
        uint16_t port;
        const char *name;
    } ports[] = { { 443, "http" }, { 465, "smtp" }, { 990, "ftp" }, { 993, "imap" }, { 995, "pop3" },
                  { 8443, "http" }, { 853, "dns" } };
    struct tl_channel *child = tl_channel_find(d, CHILD);
    const struct tl_protocol *like = keys->protocol;
    if (child != NULL || keys->child_failed)
        return child;
    for (unsigned i = 0; i < TL_COUNT(ports) && like == NULL; i++) {
        if (ports[i].port == (f->client == 0 ? d->flow.resp_port : d->flow.orig_port))
            like = tl_protocol_by_name(ports[i].name);
    }
    child = tl_channel_open(d, d->flow.stream ? TL_CHANNEL_STREAM : TL_CHANNEL_DATAGRAM, CHILD, NULL);
    keys->child_failed = child == NULL;
    tl_channel_decrypted(d, child, like);
    return child;
}

void tl_tls_keys_data(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side, const struct tl_tls_record *r)
{
    struct tl_tls_keys *keys = keys_of(d, f);
    if (keys == NULL)
        return;
    struct tl_channel *child = child_of(d, f, keys);
    if (r->gap > 0)
        tl_channel_gap(d, child, side, r->gap);
    keys->early_text |= keys->side[side].epoch == EPOCH_EARLY;
    if (r->plain.len > 0) {
        tl_said(d, side, r->plain, r->gap);
        tl_channel_push(d, child, side, r->plain);
    }
}

void tl_tls_keys_end(struct tl_dissection *d, const struct tl_tls_flow *f, unsigned side)
{
    struct tl_tls_keys *keys = keys_of(d, f);
    if (keys == NULL || keys->side[side].ended)
        return;
    keys->side[side].ended = true;
    tl_channel_end(d, tl_channel_find(d, CHILD), side);
}

void tl_tls_keys_refused(struct tl_dissection *d, const struct tl_tls_flow *f)
{
    struct tl_tls_keys *keys = keys_of(d, f);
    if (keys == NULL || !keys->early_text)
        return;
    keys->early_text = false;
    tl_channel_close(d, tl_channel_find(d, CHILD));
}

/* The record is open: notes where it was, and what is missing before it. */
static void note_opened(struct tl_dissection *d, struct tl_tls_keys *keys, struct direction *dir,
                        struct tl_tls_record *r)
{
    uint64_t between = dir->end > 0 && r->pos > dir->end ? r->pos - dir->end : 0;
    uint64_t more = (uint64_t)r->missing * tl_tls_overhead(key_of(d, dir));
    r->gap = between > more ? between - more : 0;
    dir->end = r->pos + TL_TLS_HEADER + r->sealed.len;
    dir->lost = dir->chain_lost = false;
    dir->failed = 0;
    dir->sealed = 0;
    if (!keys->opened)
        d->host->opened(d, false);
    if (!keys->opened && keys->recalled) /* for who decodes the flow again, alone */
        d->host->share(d, client_random(keys), keys->master);
    keys->opened = true;
}

/* Returns whether decryption of the side goes on although the record was not opened. */
static bool goes_on(const struct tl_tls_flow *f, const struct tl_tls_keys *keys, unsigned side)
{
    const struct direction *dir = &keys->side[side];
    if (dir->lost)
        return dir->failed < FAILED_MOST;
    /* Early data that the server refused comes before the client's handshake. */
    return side == f->client && keys->early && dir->epoch == EPOCH_HANDSHAKE && dir->seq == 0 && !dir->finished &&
           dir->sealed < UNKNOWN_MOST;
}

/* There is no key for the record. */
static enum tl_tls_opening without_key(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side, bool waited)
{
    struct tl_tls_keys *keys = keys_of(d, f);
    unsigned known = d->host->secrets(d, client_random(keys));
    bool client = side == f->client;
    if (client && !keys->server_hello && !waited)
        return TL_TLS_WAITS; /* the record came before the hello that tells how to open it */
    if (!client && (known & (TL_SECRETS_GROW | TL_SECRETS_THERE)) == TL_SECRETS_GROW && !waited && !keys->waited) {
        keys->waited = true;
        return TL_TLS_WAITS; /* until the client sends encrypted records: then its secrets were written */
    }
    if (++keys->side[side].sealed > UNKNOWN_MOST)
        give_up(d, f, side);
    else if ((known & (TL_SECRETS_THERE | TL_SECRETS_GROW)) == 0)
        tl_tls_keys_drop(d, f);
    return TL_TLS_SEALED;
}

enum tl_tls_opening tl_tls_keys_open(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side, bool waited,
                                     struct tl_tls_record *r)
{
    struct tl_tls_keys *keys = keys_of(d, f);
    r->missing = 0;
    r->gap = 0;
    if (keys == NULL)
        return TL_TLS_SEALED;
    struct direction *dir = &keys->side[side];
    if (!keys->server_hello && side == f->client && dir->key == 0 && keys->early && try_early(d, keys, dir, r)) {
        note_opened(d, keys, dir, r);
        return TL_TLS_OPENED;
    }
    if (!prepare(d, f, keys, side))
        return without_key(d, f, side, waited);
    if (dir->chain_lost) {
        tl_tls_skip(key_of(d, dir), r->sealed);
        dir->chain_lost = false;
        dir->lost = true;
        dir->seq++;
        return TL_TLS_SEALED;
    }
    if (try(d, dir, r) || try_next(d, f, keys, side, r)) {
        note_opened(d, keys, dir, r);
        return TL_TLS_OPENED;
    }
    if (dir->epoch == EPOCH_EARLY && !keys->server_hello && !waited)
        return TL_TLS_WAITS; /* early data was over before */
    if (dir->key != 0)
        tl_tls_skip(key_of(d, dir), r->sealed);
    dir->failed++;
    dir->sealed++;
    if (r->numbered && dir->failed < FAILED_MOST) /* it may be of another epoch, or not be theirs */
        return TL_TLS_SEALED;
    if (!goes_on(f, keys, side)) {
        tl_weird(d, TLS_WEIRD_DECRYPTION, (struct tl_bytes){ NULL, 0 });
        give_up(d, f, side);
    }
    return TL_TLS_SEALED;
}
