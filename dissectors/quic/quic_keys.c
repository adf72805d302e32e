/* quic_keys.c - keys of packet and header protection (RFC 9001 section 5). */
#include "core/keylog.h"
#include "dissectors/quic/quic.h"

enum { LABEL_MOST = 16 };

static bool expand(const struct tl_quic_crypto *c, enum tl_hash hash, struct tl_bytes secret, const char *first,
                   const char *second, uint8_t *out, uint32_t len)
{
    char label[LABEL_MOST];
    size_t n = strlen(first), m = strlen(second);
    if (n + m >= sizeof label)
        return false;
    memcpy(label, first, n);
    memcpy(label + n, second, m + 1);
    return tl_hkdf_expand_label(c->crypto, c->state, hash, secret, "tls13 ", label, tl_bytes_of(NULL, 0), out,
                                (uint16_t)len) == TL_CRYPTO_OK;
}

static bool derive(const struct tl_quic_crypto *c, const struct tl_quic_version *v, struct tl_quic_key *key, bool hp)
{
    const struct tl_bytes secret = { key->secret, key->secret_len };
    uint32_t len = tl_aead_key_size(key->aead);
    return expand(c, key->hash, secret, v->prefix, "key", key->key, len) &&
           expand(c, key->hash, secret, v->prefix, "iv", key->iv, TL_NONCE) &&
           (!hp || expand(c, key->hash, secret, v->prefix, "hp", key->hp, len));
}

bool tl_quic_initial_key(const struct tl_quic_crypto *c, const struct tl_quic_version *v, const struct tl_quic_id *dcid,
                         bool client, struct tl_quic_key *key)
{
    uint8_t initial[TL_HASH_MOST];
    *key = (struct tl_quic_key){ .aead = TL_AES_128_GCM, .hash = TL_HASH_SHA256, .secret_len = 32 };
    return c->state != NULL && v->salt != NULL &&
           c->crypto->hkdf_extract(c->state, TL_HASH_SHA256, tl_bytes_of(v->salt, 20),
                                   tl_bytes_of(dcid->bytes, dcid->len), initial) == TL_CRYPTO_OK &&
           expand(c, TL_HASH_SHA256, tl_bytes_of(initial, 32), client ? "client" : "server", " in", key->secret, 32) &&
           derive(c, v, key, true);
}

bool tl_quic_secret_key(const struct tl_quic_crypto *c, const struct tl_quic_version *v, struct tl_bytes secret,
                        struct tl_quic_key *key)
{
    if (c->state == NULL || secret.len != tl_hash_size(key->hash))
        return false;
    memcpy(key->secret, secret.data, secret.len);
    key->secret_len = (uint8_t)secret.len;
    return derive(c, v, key, true);
}

bool tl_quic_next_key(const struct tl_quic_crypto *c, const struct tl_quic_version *v, const struct tl_quic_key *key,
                      struct tl_quic_key *next)
{
    *next = *key;
    return c->state != NULL &&
           expand(c, key->hash, tl_bytes_of(key->secret, key->secret_len), v->prefix, "ku", next->secret,
                  key->secret_len) &&
           derive(c, v, next, false);
}

bool tl_quic_mask(const struct tl_quic_crypto *c, const struct tl_quic_key *key, const uint8_t *sample, uint8_t mask[5])
{
    uint8_t block[TL_CHACHA_BLOCK];
    enum tl_crypto_status status =
        key->aead == TL_CHACHA20_POLY1305
            ? c->crypto->chacha_block(c->state, key->hp, sample, block)
            : c->crypto->aes_block(c->state, tl_bytes_of(key->hp, tl_aead_key_size(key->aead)), sample, block);
    if (status == TL_CRYPTO_OK)
        memcpy(mask, block, 5);
    return status == TL_CRYPTO_OK;
}

bool tl_quic_cipher_of(uint16_t suite, struct tl_quic_key *key)
{
    static const struct {
        uint16_t suite;
        enum tl_aead aead;
        enum tl_hash hash;
    } suites[] = { { 0x1301, TL_AES_128_GCM, TL_HASH_SHA256 },
                   { 0x1302, TL_AES_256_GCM, TL_HASH_SHA384 },
                   { 0x1303, TL_CHACHA20_POLY1305, TL_HASH_SHA256 },
                   { 0x1304, TL_AES_128_CCM, TL_HASH_SHA256 } };
    for (unsigned i = 0; i < TL_COUNT(suites); i++) {
        if (suites[i].suite != suite)
            continue;
        key->aead = suites[i].aead;
        key->hash = suites[i].hash;
        return true;
    }
    return false;
}
