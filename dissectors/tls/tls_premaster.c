/*
 * tls_premaster.c - master secrets of sessions up to TLS 1.2 whose key exchange is RSA, with the server's private key
 * (RFC 5246 sections 7.4.7.1 and 8.1, RFC 7627).
 */
#include "core/crypto.h"
#include "core/keylog.h"
#include "dissectors/tls/tls.h"
#include "dissectors/tls/tls_keys.h"

/* Which hash counts is known from the server's hello on, so all of them are computed. */
static const enum tl_hash kinds[] = { TL_HASH_MD5, TL_HASH_SHA1, TL_HASH_SHA256, TL_HASH_SHA384 };

static uint8_t *state_of(const struct tl_dissection *d, uint32_t handle, enum tl_hash kind)
{
    return tl_kept_mine(d, handle) + (size_t)kind * TL_HASH_STATE;
}

void tl_tls_transcript_begin(struct tl_dissection *d, uint32_t *handle)
{
    *handle = d->crypto != NULL ? tl_keep(d, NULL, TL_COUNT(kinds) * TL_HASH_STATE) : 0;
    for (unsigned i = 0; *handle != 0 && i < TL_COUNT(kinds); i++)
        d->crypto->hash_begin(kinds[i], state_of(d, *handle, kinds[i]));
}

void tl_tls_transcript_add(struct tl_dissection *d, uint32_t handle, unsigned type, struct tl_bytes body)
{
    const uint8_t head[4] = { (uint8_t)type, (uint8_t)(body.len >> 16), (uint8_t)(body.len >> 8), (uint8_t)body.len };
    for (unsigned i = 0; i < TL_COUNT(kinds); i++) {
        d->crypto->hash_add(kinds[i], state_of(d, handle, kinds[i]), tl_bytes_of(head, sizeof head));
        if (body.len > 0)
            d->crypto->hash_add(kinds[i], state_of(d, handle, kinds[i]), body);
    }
}

void tl_tls_transcript_drop(struct tl_dissection *d, uint32_t *handle)
{
    if (*handle != 0)
        tl_forget(d, *handle);
    *handle = 0;
}

/* The hash of the handshake (RFC 7627 section 3): MD5 and SHA-1 up to TLS 1.1. */
static struct tl_bytes session_hash(const struct tl_dissection *d, uint32_t handle, uint16_t version, enum tl_hash hash,
                                    uint8_t *digest)
{
    if (version >= 0x0303) {
        d->crypto->hash_end(hash, state_of(d, handle, hash), digest);
        return tl_bytes_of(digest, tl_hash_size(hash));
    }
    uint32_t first = tl_hash_size(TL_HASH_MD5);
    d->crypto->hash_end(TL_HASH_MD5, state_of(d, handle, TL_HASH_MD5), digest);
    d->crypto->hash_end(TL_HASH_SHA1, state_of(d, handle, TL_HASH_SHA1), digest + first);
    return tl_bytes_of(digest, first + tl_hash_size(TL_HASH_SHA1));
}

bool tl_tls_master(struct tl_dissection *d, uint16_t version, uint16_t suite, struct tl_bytes body,
                   const uint8_t randoms[2 * TL_KEYLOG_RANDOM], uint32_t transcript, uint8_t *master)
{
    const struct tl_tls_crypto c = { d->crypto, d->crypto != NULL ? d->host->crypto_state(d) : NULL };
    const char *name = tl_name_of(tl_tls_suites, suite);
    uint8_t secret[TL_PREMASTER], seed[2 * TL_KEYLOG_RANDOM];
    struct tl_tls_cipher cipher;
    if (c.state == NULL || name == NULL || strncmp(name, "TLS_RSA_WITH_", 13) != 0 || body.data == NULL ||
        body.len < 2 || tl_load_be16(body.data) != body.len - 2 || !tl_tls_cipher_of(name, version, &cipher) ||
        !d->host->premaster(d, tl_bytes_of(body.data + 2, body.len - 2), secret))
        return false;
    memcpy(seed, randoms + TL_KEYLOG_RANDOM, TL_KEYLOG_RANDOM);
    memcpy(seed + TL_KEYLOG_RANDOM, randoms, TL_KEYLOG_RANDOM);
    struct tl_bytes of = tl_bytes_of(seed, sizeof seed);
    if (transcript != 0)
        of = session_hash(d, transcript, version, cipher.hash, seed);
    bool good = tl_tls_prf(&c, version, cipher.hash, tl_bytes_of(secret, sizeof secret),
                           transcript != 0 ? "extended master secret" : "master secret", of, master, TL_TLS_MASTER);
    tl_wipe(secret, sizeof secret);
    return good;
}
