/* tls_keys.c - the key schedules of TLS 1.0 to 1.3 from the point where a key log begins, and record protection. */
#include "dissectors/tls/tls_keys.h"

#include "core/keylog.h"

/* --- suites --- */

struct bulk {
    const char *name; /* after WITH_, or after TLS_ in TLS 1.3 */
    enum tl_tls_mode mode;
    uint8_t kind, key_len, salt_len;
};

static const struct bulk bulks[] = {
    { "AES_128_GCM", TL_TLS_AEAD, TL_AES_128_GCM, 16, 4 },
    { "AES_256_GCM", TL_TLS_AEAD, TL_AES_256_GCM, 32, 4 },
    { "AES_128_CCM_8", TL_TLS_AEAD, TL_AES_128_CCM_8, 16, 4 },
    { "AES_256_CCM_8", TL_TLS_AEAD, TL_AES_256_CCM_8, 32, 4 },
    { "AES_128_CCM", TL_TLS_AEAD, TL_AES_128_CCM, 16, 4 },
    { "AES_256_CCM", TL_TLS_AEAD, TL_AES_256_CCM, 32, 4 },
    { "CHACHA20_POLY1305", TL_TLS_AEAD, TL_CHACHA20_POLY1305, 32, 12 },
    { "AES_128_CBC", TL_TLS_CBC, TL_AES_128_CBC, 16, 16 },
    { "AES_256_CBC", TL_TLS_CBC, TL_AES_256_CBC, 32, 16 },
    { "3DES_EDE_CBC", TL_TLS_CBC, TL_3DES_CBC, 24, 8 },
    { "RC4_128", TL_TLS_RC4, 0, 16, 0 },
    { "NULL", TL_TLS_PLAIN, 0, 0, 0 },
};

/* The hash that a suite's name ends with. A CCM suite of TLS 1.2 has none: it is SHA-256 (RFC 6655 section 3). */
static bool hash_of(const char *rest, enum tl_hash *hash)
{
    static const struct {
        const char *name;
        enum tl_hash hash;
    } names[] = { { "_SHA", TL_HASH_SHA1 },      { "_SHA256", TL_HASH_SHA256 }, { "_SHA384", TL_HASH_SHA384 },
                  { "_MD5", TL_HASH_MD5 },       { "", TL_HASH_SHA256 } };
    for (unsigned i = 0; i < TL_COUNT(names); i++) {
        if (strcmp(rest, names[i].name) == 0) {
            *hash = names[i].hash;
            return true;
        }
    }
    return false;
}

bool tl_tls_cipher_of(const char *suite, uint16_t version, struct tl_tls_cipher *cipher)
{
    if (suite == NULL || strncmp(suite, "TLS_", 4) != 0 || strstr(suite, "EXPORT") != NULL)
        return false;
    const char *with = strstr(suite, "_WITH_"), *name = with != NULL ? with + 6 : suite + 4;
    if ((with == NULL) != (version == 0x0304))
        return false;
    for (unsigned i = 0; i < TL_COUNT(bulks); i++) {
        const struct bulk *bulk = &bulks[i];
        size_t len = strlen(bulk->name);
        enum tl_hash hash;
        if (strncmp(name, bulk->name, len) != 0 || !hash_of(name + len, &hash))
            continue;
        bool aead = bulk->mode == TL_TLS_AEAD;
        *cipher = (struct tl_tls_cipher){ .mode = bulk->mode, .mac = hash, .key_len = bulk->key_len,
                                          .mac_len = aead ? 0 : (uint8_t)tl_hash_size(hash),
                                          .salt_len = bulk->salt_len,
                                          .hash = hash == TL_HASH_SHA384 ? TL_HASH_SHA384 : TL_HASH_SHA256 };
        if (aead)
            cipher->aead = (enum tl_aead)bulk->kind;
        else if (bulk->mode == TL_TLS_CBC)
            cipher->cbc = (enum tl_cbc)bulk->kind;
        return version == 0x0304 ? aead : version >= 0x0301 && (!aead || version == 0x0303);
    }
    return false;
}

size_t tl_tls_key_size(const struct tl_tls_cipher *cipher)
{
    return sizeof(struct tl_tls_key) + (cipher->mode == TL_TLS_RC4 ? TL_RC4_STATE : 0);
}

/* --- key derivation --- */

enum { PRF_SEED = 128, PRF_MOST = 256 };

/* P_hash of RFC 5246 section 5, added to what is in out. */
static bool p_hash(const struct tl_tls_crypto *c, enum tl_hash kind, struct tl_bytes secret, struct tl_bytes seed,
                   uint8_t *out, uint32_t out_len)
{
    uint8_t block[TL_HASH_MOST + PRF_SEED], mac[TL_HASH_MOST];
    uint32_t n = tl_hash_size(kind);
    bool good = seed.len <= PRF_SEED && c->crypto->hmac(c->state, kind, secret, seed, block) == TL_CRYPTO_OK;
    if (good)
        memcpy(block + n, seed.data, seed.len);
    for (uint32_t at = 0; good && at < out_len; at += n) {
        good = c->crypto->hmac(c->state, kind, secret, tl_bytes_of(block, n + seed.len), mac) == TL_CRYPTO_OK;
        for (uint32_t i = 0; good && i < n && at + i < out_len; i++)
            out[at + i] ^= mac[i];
        good = good && c->crypto->hmac(c->state, kind, secret, tl_bytes_of(block, n), mac) == TL_CRYPTO_OK;
        memcpy(block, mac, n);
    }
    tl_wipe(block, sizeof block);
    tl_wipe(mac, sizeof mac);
    return good;
}

bool tl_tls_prf(const struct tl_tls_crypto *c, uint16_t version, enum tl_hash hash, struct tl_bytes secret,
                const char *label, struct tl_bytes seed, uint8_t *out, uint32_t out_len)
{
    uint8_t text[PRF_SEED];
    size_t len = strlen(label);
    if (len + seed.len > sizeof text)
        return false;
    memcpy(text, label, len);
    if (seed.len > 0)
        memcpy(text + len, seed.data, seed.len);
    struct tl_bytes whole = { text, (uint32_t)len + seed.len };
    memset(out, 0, out_len);
    if (version >= 0x0303)
        return p_hash(c, hash, secret, whole, out, out_len);
    uint32_t half = (secret.len + 1) / 2; /* the halves share a byte if the length is odd */
    struct tl_bytes first = { secret.data, half }, second = { secret.data + (secret.len - half), half };
    return p_hash(c, TL_HASH_MD5, first, whole, out, out_len) && p_hash(c, TL_HASH_SHA1, second, whole, out, out_len);
}

/* RFC 5246 section 6.3: the block has the MAC keys, the keys and the IVs of client and server. */
bool tl_tls_legacy_key(const struct tl_tls_crypto *c, struct tl_tls_key *key, const uint8_t master[TL_TLS_MASTER],
                       const uint8_t randoms[64], bool client)
{
    const struct tl_tls_cipher *cipher = &key->cipher;
    uint8_t block[PRF_MOST];
    uint32_t mac = cipher->mac_len, len = cipher->key_len, iv = cipher->salt_len, n = 2 * (mac + len + iv);
    unsigned second = client ? 0 : 1;
    bool good = n <= sizeof block && tl_tls_prf(c, key->version, cipher->hash, tl_bytes_of(master, TL_TLS_MASTER),
                                                "key expansion", tl_bytes_of(randoms, 64), block, n);
    if (good) {
        memcpy(key->mac_key, block + second * mac, mac);
        memcpy(key->key, block + 2 * mac + second * len, len);
        memcpy(key->iv, block + 2 * (mac + len) + second * iv, iv);
        if (cipher->mode == TL_TLS_RC4)
            good = c->crypto->rc4_begin(key->rc4, tl_bytes_of(key->key, len)) == TL_CRYPTO_OK;
    }
    tl_wipe(block, sizeof block);
    return good;
}

static bool expand(const struct tl_tls_crypto *c, const struct tl_tls_key *key, const char *label, uint8_t *out,
                   uint16_t len)
{
    return tl_hkdf_expand_label(c->crypto, c->state, key->cipher.hash, tl_bytes_of(key->secret, key->secret_len),
                                key->version == 0xfefc ? "dtls13" : "tls13 ", label, tl_bytes_of(NULL, 0), out, len) == TL_CRYPTO_OK;
}

bool tl_tls_traffic_key(const struct tl_tls_crypto *c, struct tl_tls_key *key, struct tl_bytes secret)
{
    if (secret.len != tl_hash_size(key->cipher.hash) || secret.len > sizeof key->secret)
        return false;
    memmove(key->secret, secret.data, secret.len);
    key->secret_len = (uint8_t)secret.len;
    return expand(c, key, "key", key->key, key->cipher.key_len) && expand(c, key, "iv", key->iv, TL_NONCE) &&
           (key->version != 0xfefc || expand(c, key, "sn", key->number_key, key->cipher.key_len));
}

bool tl_tls_update_key(const struct tl_tls_crypto *c, struct tl_tls_key *key)
{
    uint8_t next[TL_HASH_MOST];
    bool good = expand(c, key, "traffic upd", next, key->secret_len) &&
                tl_tls_traffic_key(c, key, tl_bytes_of(next, key->secret_len));
    tl_wipe(next, sizeof next);
    return good;
}

/* --- records --- */

static void put_seq(uint8_t *p, uint64_t seq)
{
    tl_store_be32(p, (uint32_t)(seq >> 32));
    tl_store_be32(p + 4, (uint32_t)seq);
}

/* The number, and the header with another length. */
static void put_aad(uint8_t aad[TL_TLS_AAD], uint64_t seq, const uint8_t *header, uint32_t len)
{
    put_seq(aad, seq);
    memcpy(aad + 8, header, 3);
    tl_store_be16(aad + 11, (uint16_t)len);
}

bool tl_tls_number_mask(const struct tl_tls_crypto *c, const struct tl_tls_key *key, const uint8_t *sealed,
                        uint8_t mask[2])
{
    uint8_t block[TL_CHACHA_BLOCK];
    enum tl_crypto_status status =
        key->cipher.aead == TL_CHACHA20_POLY1305
            ? c->crypto->chacha_block(c->state, key->number_key, sealed, block)
            : c->crypto->aes_block(c->state, tl_bytes_of(key->number_key, key->cipher.key_len), sealed, block);
    if (status == TL_CRYPTO_OK)
        memcpy(mask, block, 2);
    return status == TL_CRYPTO_OK;
}

bool tl_tls_open_inner(const struct tl_tls_crypto *c, const struct tl_tls_key *key, uint64_t seq, struct tl_bytes aad,
                       struct tl_bytes sealed, uint8_t *work, struct tl_bytes *plain, uint8_t *type)
{
    uint8_t nonce[TL_NONCE];
    uint32_t tag = tl_aead_tag_size(key->cipher.aead);
    if (sealed.len <= tag)
        return false;
    tl_aead_nonce(key->iv, seq, nonce);
    if (c->crypto->aead_open(c->state, key->cipher.aead, key->key, nonce, aad, sealed, work) != TL_CRYPTO_OK)
        return false;
    uint32_t len = sealed.len - tag;
    while (len > 0 && work[len - 1] == 0)
        len--; /* padding */
    if (len == 0)
        return false;
    *type = work[len - 1];
    *plain = (struct tl_bytes){ work, len - 1 };
    return true;
}

/* RFC 5288 section 3, RFC 6655 section 3; RFC 7905 section 2 has no nonce in the record. */
static bool open_aead(const struct tl_tls_crypto *c, const struct tl_tls_key *key, uint64_t seq, const uint8_t *header,
                      struct tl_bytes sealed, uint8_t *work, struct tl_bytes *plain)
{
    uint8_t nonce[TL_NONCE], aad[TL_TLS_AAD];
    uint32_t explicit = TL_NONCE - key->cipher.salt_len, tag = tl_aead_tag_size(key->cipher.aead);
    if (sealed.len < explicit + tag)
        return false;
    if (explicit == 0) {
        tl_aead_nonce(key->iv, seq, nonce);
    } else {
        memcpy(nonce, key->iv, key->cipher.salt_len);
        memcpy(nonce + key->cipher.salt_len, sealed.data, explicit);
    }
    struct tl_bytes rest = { sealed.data + explicit, sealed.len - explicit };
    put_aad(aad, seq, header, rest.len - tag);
    *plain = (struct tl_bytes){ work, rest.len - tag };
    return c->crypto->aead_open(c->state, key->cipher.aead, key->key, nonce, tl_bytes_of(aad, sizeof aad), rest,
                                work) == TL_CRYPTO_OK;
}

/* work begins with room for the number and header; text follows, and mac is what comes with it. */
static bool verify(const struct tl_tls_crypto *c, const struct tl_tls_key *key, uint64_t seq, const uint8_t *header,
                   uint8_t *work, uint32_t len, const uint8_t *mac)
{
    uint8_t due[TL_HASH_MOST];
    put_aad(work, seq, header, len);
    return c->crypto->hmac(c->state, key->cipher.mac, tl_bytes_of(key->mac_key, key->cipher.mac_len),
                           tl_bytes_of(work, TL_TLS_AAD + len), due) == TL_CRYPTO_OK &&
           memcmp(due, mac, key->cipher.mac_len) == 0;
}

/* Returns the length without padding (RFC 5246 section 6.2.3.2); UINT32_MAX: the padding is wrong. */
static uint32_t without_padding(const uint8_t *p, uint32_t len)
{
    uint32_t pad = len > 0 ? p[len - 1] + 1u : 1;
    if (pad > len)
        return UINT32_MAX;
    for (uint32_t i = len - pad; i < len; i++) {
        if (p[i] != pad - 1)
            return UINT32_MAX;
    }
    return len - pad;
}

static bool open_cbc(const struct tl_tls_crypto *c, const struct tl_tls_key *key, uint64_t seq, const uint8_t *header,
                     struct tl_bytes sealed, uint8_t *work, struct tl_bytes *plain)
{
    uint32_t block = tl_cbc_block_size(key->cipher.cbc), mac = key->cipher.mac_len;
    uint8_t *text = work + TL_TLS_AAD;
    const uint8_t *iv = key->iv;
    if (key->etm) {
        if (sealed.len < mac)
            return false;
        sealed.len -= mac;
        memcpy(text, sealed.data, sealed.len);
        if (!verify(c, key, seq, header, work, sealed.len, sealed.data + sealed.len))
            return false;
    }
    if (key->version >= 0x0302) { /* RFC 4346 section 6.2.3.2: each record has its IV */
        if (sealed.len < block)
            return false;
        iv = sealed.data;
        sealed = (struct tl_bytes){ sealed.data + block, sealed.len - block };
    }
    if (sealed.len == 0 || sealed.len % block != 0 ||
        c->crypto->cbc_open(c->state, key->cipher.cbc, key->key, iv, sealed, text) != TL_CRYPTO_OK)
        return false;
    uint32_t len = without_padding(text, sealed.len);
    if (len == UINT32_MAX || (!key->etm && len < mac))
        return false;
    if (!key->etm)
        len -= mac;
    *plain = (struct tl_bytes){ text, len };
    return key->etm || verify(c, key, seq, header, work, len, text + len);
}

/* RC4, and no encryption: a MAC follows the text. */
static bool open_stream(const struct tl_tls_crypto *c, struct tl_tls_key *key, uint64_t seq, const uint8_t *header,
                        struct tl_bytes sealed, uint8_t *work, struct tl_bytes *plain)
{
    uint8_t *text = work + TL_TLS_AAD;
    if (key->cipher.mode == TL_TLS_RC4)
        c->crypto->rc4_next(key->rc4, sealed, text);
    else
        memcpy(text, sealed.data, sealed.len);
    if (sealed.len < key->cipher.mac_len)
        return false;
    uint32_t len = sealed.len - key->cipher.mac_len;
    *plain = (struct tl_bytes){ text, len };
    return verify(c, key, seq, header, work, len, text + len);
}

void tl_tls_skip(struct tl_tls_key *key, struct tl_bytes sealed)
{
    uint32_t block = key->cipher.mode == TL_TLS_CBC ? tl_cbc_block_size(key->cipher.cbc) : 0;
    uint32_t mac = key->etm ? key->cipher.mac_len : 0;
    if (block > 0 && key->version < 0x0302 && sealed.len >= block + mac)
        memcpy(key->iv, sealed.data + sealed.len - mac - block, block);
}

bool tl_tls_open(const struct tl_tls_crypto *c, struct tl_tls_key *key, uint64_t seq, const uint8_t *header,
                 struct tl_bytes sealed, uint8_t *work, struct tl_bytes *plain, uint8_t *type)
{
    bool good = false;
    if (sealed.len == 0)
        return false;
    *type = header[0];
    switch (key->cipher.mode) {
    case TL_TLS_AEAD:
        return key->version == 0x0304
                   ? tl_tls_open_inner(c, key, seq, tl_bytes_of(header, TL_TLS_HEADER), sealed, work, plain, type)
                   : open_aead(c, key, seq, header, sealed, work, plain);
    case TL_TLS_CBC:
        good = open_cbc(c, key, seq, header, sealed, work, plain);
        if (good)
            tl_tls_skip(key, sealed);
        return good;
    case TL_TLS_RC4:
    case TL_TLS_PLAIN:
        return open_stream(c, key, seq, header, sealed, work, plain);
    }
    return false;
}

uint32_t tl_tls_overhead(const struct tl_tls_key *key)
{
    const struct tl_tls_cipher *cipher = &key->cipher;
    if (cipher->mode == TL_TLS_AEAD && key->version == 0x0304)
        return TL_TLS_HEADER + tl_aead_tag_size(cipher->aead) + 1;
    if (cipher->mode == TL_TLS_AEAD)
        return TL_TLS_HEADER + TL_NONCE - cipher->salt_len + tl_aead_tag_size(cipher->aead);
    uint32_t iv = cipher->mode == TL_TLS_CBC && key->version >= 0x0302 ? tl_cbc_block_size(cipher->cbc) : 0;
    return TL_TLS_HEADER + iv + cipher->mac_len + (cipher->mode == TL_TLS_CBC ? 1 : 0);
}
