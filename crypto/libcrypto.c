/*
 * libcrypto.c - the table of core/crypto.h over OpenSSL's libcrypto, version 3.
 *
 * Hashes and RC4 use the older interface, although it is deprecated: its state lies in the caller's memory, so what a
 * flow hashes counts against the flow's memory, and one block of SHA-1 costs a third of an EVP call. Everything else
 * uses EVP, with contexts made once a state.
 */
#include "crypto/libcrypto.h"

#define OPENSSL_SUPPRESS_DEPRECATED
#include <limits.h>
#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/md5.h>
#include <openssl/rc4.h>
#include <openssl/sha.h>

#include "crypto/state.h"

_Static_assert(sizeof(SHA512_CTX) <= TL_HASH_STATE, "the largest state");
_Static_assert(sizeof(RC4_KEY) <= TL_RC4_STATE, "RC4's state");

static const char *const cipher_names[TL_CIPHERS] = {
    [TL_AES_128_GCM] = "AES-128-GCM",
    [TL_AES_256_GCM] = "AES-256-GCM",
    [TL_AES_128_CCM] = "AES-128-CCM",
    [TL_AES_128_CCM_8] = "AES-128-CCM",
    [TL_CHACHA20_POLY1305] = "ChaCha20-Poly1305",
    [TL_AES_256_CCM] = "AES-256-CCM",
    [TL_AES_256_CCM_8] = "AES-256-CCM",
    [TL_AES_128_ECB] = "AES-128-ECB",
    [TL_AES_256_ECB] = "AES-256-ECB",
    [TL_CHACHA20] = "ChaCha20",
    [TL_FIRST_CBC + TL_AES_128_CBC] = "AES-128-CBC",
    [TL_FIRST_CBC + TL_AES_256_CBC] = "AES-256-CBC",
    [TL_FIRST_CBC + TL_3DES_CBC] = "DES-EDE3-CBC",
};

static const char *version(void)
{
    return OpenSSL_version(OPENSSL_VERSION);
}

/* --- hashes --- */

static void hash_begin(enum tl_hash kind, void *memory)
{
    switch (kind) {
    case TL_HASH_MD5:
        MD5_Init(memory);
        break;
    case TL_HASH_SHA1:
        SHA1_Init(memory);
        break;
    case TL_HASH_SHA256:
        SHA256_Init(memory);
        break;
    case TL_HASH_SHA384:
        SHA384_Init(memory);
        break;
    case TL_HASH_SHA512:
        SHA512_Init(memory);
        break;
    case TL_HASHES:
        break;
    }
}

static void hash_add(enum tl_hash kind, void *memory, struct tl_bytes in)
{
    switch (kind) {
    case TL_HASH_MD5:
        MD5_Update(memory, in.data, in.len);
        break;
    case TL_HASH_SHA1:
        SHA1_Update(memory, in.data, in.len);
        break;
    case TL_HASH_SHA256:
        SHA256_Update(memory, in.data, in.len);
        break;
    case TL_HASH_SHA384:
        SHA384_Update(memory, in.data, in.len);
        break;
    case TL_HASH_SHA512:
        SHA512_Update(memory, in.data, in.len);
        break;
    case TL_HASHES:
        break;
    }
}

static void hash_end(enum tl_hash kind, void *memory, uint8_t *digest)
{
    switch (kind) {
    case TL_HASH_MD5:
        MD5_Final(digest, memory);
        break;
    case TL_HASH_SHA1:
        SHA1_Final(digest, memory);
        break;
    case TL_HASH_SHA256:
        SHA256_Final(digest, memory);
        break;
    case TL_HASH_SHA384:
        SHA384_Final(digest, memory);
        break;
    case TL_HASH_SHA512:
        SHA512_Final(digest, memory);
        break;
    case TL_HASHES:
        break;
    }
}

/* At most 55 bytes are one block: padded here (FIPS 180-4 section 5.1.1), they need one call. */
static void sha1_block(struct tl_bytes in, uint8_t *digest)
{
    uint8_t block[SHA_CBLOCK] = { 0 };
    SHA_CTX sha;
    SHA1_Init(&sha);
    if (in.len > 0)
        memcpy(block, in.data, in.len);
    block[in.len] = 0x80;
    tl_store_be16(block + SHA_CBLOCK - 2, (uint16_t)(in.len * 8));
    SHA1_Transform(&sha, block);
    const SHA_LONG words[] = { sha.h0, sha.h1, sha.h2, sha.h3, sha.h4 };
    for (unsigned i = 0; i < TL_COUNT(words); i++)
        tl_store_be32(digest + (size_t)i * 4, words[i]);
}

static void hash(enum tl_hash kind, struct tl_bytes in, uint8_t *digest)
{
    if (kind == TL_HASH_SHA1 && in.len < SHA_CBLOCK - 8) {
        sha1_block(in, digest);
        return;
    }
    uint64_t memory[TL_HASH_STATE / sizeof(uint64_t)];
    hash_begin(kind, memory);
    hash_add(kind, memory, in);
    hash_end(kind, memory, digest);
}

/* --- RC4 --- */

static enum tl_crypto_status rc4_begin(void *memory, struct tl_bytes key)
{
    if (key.len == 0 || key.len > 256)
        return TL_CRYPTO_REFUSED;
    RC4_set_key(memory, (int)key.len, key.data);
    return TL_CRYPTO_OK;
}

static void rc4_next(void *memory, struct tl_bytes in, uint8_t *out)
{
    RC4(memory, in.len, in.data, out);
}

/* --- the state --- */

static void state_free(struct tl_crypto_state *s)
{
    if (s == NULL)
        return;
    for (unsigned i = 0; i < TL_CIPHERS; i++)
        EVP_CIPHER_free(s->ciphers[i]);
    EVP_CIPHER_CTX_free(s->cipher);
    tl_certificates_forget(s);
    OSSL_LIB_CTX_free(s->library);
    if (s->nothing != NULL)
        (void)OSSL_PROVIDER_unload(s->nothing);
    OSSL_LIB_CTX_free(s->bare);
    free(s);
}

static struct tl_crypto_state *state_new(void)
{
    struct tl_crypto_state *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->library = OSSL_LIB_CTX_new();
    s->bare = OSSL_LIB_CTX_new();
    if (s->bare != NULL)
        s->nothing = OSSL_PROVIDER_load(s->bare, "null"); /* without it reading is slower, no more */
    s->cipher = EVP_CIPHER_CTX_new();
    ERR_clear_error();
    if (s->library == NULL || s->cipher == NULL) {
        state_free(s);
        return NULL;
    }
    return s;
}

/* What the library noted of a failure is not read by anyone, and would pile up. */
static enum tl_crypto_status failed(enum tl_crypto_status why)
{
    ERR_clear_error();
    return why;
}

/* --- message authentication and key derivation --- */

/*
 * HMAC (RFC 2104) and HKDF (RFC 5869) over the hashes above. The library's own look their hash up by name in each call,
 * which then takes 1.4 us; the keys of a QUIC Initial packet take five.
 */
struct mac {
    uint64_t inner[TL_HASH_STATE / sizeof(uint64_t)], outer[TL_HASH_STATE / sizeof(uint64_t)];
};

static void mac_begin(struct mac *m, enum tl_hash kind, struct tl_bytes key)
{
    uint8_t block[SHA512_CBLOCK] = { 0 };
    size_t size = kind == TL_HASH_SHA384 || kind == TL_HASH_SHA512 ? SHA512_CBLOCK : SHA256_CBLOCK;
    if (key.len > size)
        hash(kind, key, block);
    else if (key.len > 0)
        memcpy(block, key.data, key.len);
    for (size_t i = 0; i < size; i++)
        block[i] ^= 0x36;
    hash_begin(kind, m->inner);
    hash_add(kind, m->inner, (struct tl_bytes){ block, (uint32_t)size });
    for (size_t i = 0; i < size; i++)
        block[i] ^= 0x36 ^ 0x5c;
    hash_begin(kind, m->outer);
    hash_add(kind, m->outer, (struct tl_bytes){ block, (uint32_t)size });
    OPENSSL_cleanse(block, sizeof block);
}

static void mac_end(struct mac *m, enum tl_hash kind, uint8_t *mac)
{
    uint8_t digest[TL_HASH_MOST];
    hash_end(kind, m->inner, digest);
    hash_add(kind, m->outer, (struct tl_bytes){ digest, tl_hash_size(kind) });
    hash_end(kind, m->outer, mac);
    OPENSSL_cleanse(m, sizeof *m);
}

static enum tl_crypto_status hmac(struct tl_crypto_state *s, enum tl_hash kind, struct tl_bytes key, struct tl_bytes in,
                                  uint8_t *mac)
{
    struct mac m;
    (void)s;
    mac_begin(&m, kind, key);
    hash_add(kind, m.inner, in);
    mac_end(&m, kind, mac);
    return TL_CRYPTO_OK;
}

/* RFC 5869 section 2.2. */
static enum tl_crypto_status hkdf_extract(struct tl_crypto_state *s, enum tl_hash kind, struct tl_bytes salt,
                                          struct tl_bytes key, uint8_t *prk)
{
    return hmac(s, kind, salt, key, prk);
}

/* RFC 5869 section 2.3. */
static enum tl_crypto_status hkdf_expand(struct tl_crypto_state *s, enum tl_hash kind, struct tl_bytes prk,
                                         struct tl_bytes info, uint8_t *out, uint32_t out_len)
{
    uint8_t block[TL_HASH_MOST] = { 0 };
    (void)s;
    uint32_t size = tl_hash_size(kind);
    if (out_len > 255 * size)
        return TL_CRYPTO_REFUSED;
    for (uint32_t at = 0; at < out_len; at += size) {
        struct mac m;
        uint8_t number = (uint8_t)(at / size + 1);
        mac_begin(&m, kind, prk);
        hash_add(kind, m.inner, (struct tl_bytes){ block, at > 0 ? size : 0 });
        hash_add(kind, m.inner, info);
        hash_add(kind, m.inner, (struct tl_bytes){ &number, 1 });
        mac_end(&m, kind, block);
        memcpy(out + at, block, out_len - at < size ? out_len - at : size);
    }
    OPENSSL_cleanse(block, sizeof block);
    return TL_CRYPTO_OK;
}

/* --- ciphers --- */

static const EVP_CIPHER *cipher_of(struct tl_crypto_state *s, unsigned kind)
{
    if (s->ciphers[kind] == NULL && !s->missing[kind]) {
        s->ciphers[kind] = EVP_CIPHER_fetch(s->library, cipher_names[kind], NULL);
        s->missing[kind] = s->ciphers[kind] == NULL;
    }
    if (s->missing[kind])
        ERR_clear_error();
    return s->ciphers[kind];
}

/* Key, nonce and tag. CCM takes the lengths before the key, and the tag before the text. */
static bool aead_begin(EVP_CIPHER_CTX *c, const EVP_CIPHER *cipher, enum tl_aead kind, const uint8_t *key,
                       const uint8_t *nonce, const uint8_t *tag)
{
    uint8_t copy[16];
    int tag_len = (int)tl_aead_tag_size(kind);
    memcpy(copy, tag, (size_t)tag_len); /* the call takes a pointer to what may be written */
    return EVP_DecryptInit_ex(c, cipher, NULL, NULL, NULL) == 1 &&
           EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_IVLEN, TL_NONCE, NULL) == 1 &&
           EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, tag_len, copy) == 1 &&
           EVP_DecryptInit_ex(c, NULL, NULL, key, nonce) == 1;
}

static enum tl_crypto_status open_sealed(struct tl_crypto_state *s, enum tl_aead kind, const uint8_t *key,
                                       const uint8_t nonce[TL_NONCE], struct tl_bytes aad, struct tl_bytes sealed,
                                       uint8_t *out)
{
    uint8_t none[16]; /* where the last call may write, though it has nothing to */
    int n = 0;
    uint32_t tag_len = tl_aead_tag_size(kind);
    if (sealed.len < tag_len || sealed.len > INT_MAX || aad.len > INT_MAX)
        return TL_CRYPTO_REFUSED;
    int len = (int)(sealed.len - tag_len);
    const EVP_CIPHER *cipher = cipher_of(s, kind);
    if (cipher == NULL)
        return TL_CRYPTO_UNAVAILABLE;
    EVP_CIPHER_CTX *c = s->cipher;
    EVP_CIPHER_CTX_reset(c);
    if (!aead_begin(c, cipher, kind, key, nonce, sealed.data + len))
        return failed(TL_CRYPTO_FAILED);
    bool ccm = kind == TL_AES_128_CCM || kind == TL_AES_128_CCM_8 || kind == TL_AES_256_CCM || kind == TL_AES_256_CCM_8;
    bool good = !ccm || EVP_DecryptUpdate(c, NULL, &n, NULL, len) == 1;
    good = good && (aad.len == 0 || EVP_DecryptUpdate(c, NULL, &n, aad.data, (int)aad.len) == 1);
    /* CCM checks its tag here, and wants the call without text too; the others check it at the end. */
    if (ccm || len > 0)
        good = good && EVP_DecryptUpdate(c, len > 0 ? out : none, &n, sealed.data, len) == 1;
    good = good && (ccm || EVP_DecryptFinal_ex(c, none, &n) == 1);
    if (!good) {
        if (len > 0)
            memset(out, 0, (size_t)len); /* GCM has written its text before it knew */
        return failed(TL_CRYPTO_REFUSED);
    }
    return TL_CRYPTO_OK;
}

/* The context does not keep the key. */
static enum tl_crypto_status aead_open(struct tl_crypto_state *s, enum tl_aead kind, const uint8_t *key,
                                       const uint8_t nonce[TL_NONCE], struct tl_bytes aad, struct tl_bytes sealed,
                                       uint8_t *out)
{
    enum tl_crypto_status status = open_sealed(s, kind, key, nonce, aad, sealed, out);
    EVP_CIPHER_CTX_reset(s->cipher);
    return status;
}

/* Without padding: as many bytes out as in. */
static enum tl_crypto_status plain(struct tl_crypto_state *s, unsigned kind, bool encrypt, const uint8_t *key,
                                   const uint8_t *iv, struct tl_bytes in, uint8_t *out)
{
    int n = 0, rest = 0;
    const EVP_CIPHER *cipher = cipher_of(s, kind);
    if (cipher == NULL)
        return TL_CRYPTO_UNAVAILABLE;
    EVP_CIPHER_CTX *c = s->cipher;
    EVP_CIPHER_CTX_reset(c);
    if (EVP_CipherInit_ex(c, cipher, NULL, key, iv, encrypt) != 1 || EVP_CIPHER_CTX_set_padding(c, 0) != 1 ||
        EVP_CipherUpdate(c, out, &n, in.data, (int)in.len) != 1 || EVP_CipherFinal_ex(c, out + n, &rest) != 1) {
        EVP_CIPHER_CTX_reset(c);
        return failed(TL_CRYPTO_FAILED);
    }
    EVP_CIPHER_CTX_reset(c); /* it does not keep the key */
    return TL_CRYPTO_OK;
}

static enum tl_crypto_status cbc_open(struct tl_crypto_state *s, enum tl_cbc kind, const uint8_t *key,
                                      const uint8_t *iv, struct tl_bytes in, uint8_t *out)
{
    if (in.len % tl_cbc_block_size(kind) != 0 || in.len > INT_MAX)
        return TL_CRYPTO_REFUSED;
    return in.len == 0 ? TL_CRYPTO_OK : plain(s, TL_FIRST_CBC + kind, false, key, iv, in, out);
}

static enum tl_crypto_status aes_block(struct tl_crypto_state *s, struct tl_bytes key,
                                       const uint8_t in[TL_CRYPTO_BLOCK], uint8_t out[TL_CRYPTO_BLOCK])
{
    if (key.len != 16 && key.len != 32)
        return TL_CRYPTO_REFUSED;
    return plain(s, key.len == 16 ? TL_AES_128_ECB : TL_AES_256_ECB, true, key.data, NULL,
                 tl_bytes_of(in, TL_CRYPTO_BLOCK), out);
}

static enum tl_crypto_status chacha_block(struct tl_crypto_state *s, const uint8_t key[32],
                                          const uint8_t place[TL_CRYPTO_BLOCK], uint8_t out[TL_CHACHA_BLOCK])
{
    static const uint8_t zeros[TL_CHACHA_BLOCK] = { 0 };
    return plain(s, TL_CHACHA20, true, key, place, tl_bytes_of(zeros, sizeof zeros), out);
}

const struct tl_crypto tl_crypto_libcrypto = {
    .version = version,
    .hash = hash,
    .hash_state = { sizeof(MD5_CTX), sizeof(SHA_CTX), sizeof(SHA256_CTX), sizeof(SHA512_CTX), sizeof(SHA512_CTX) },
    .hash_begin = hash_begin,
    .hash_add = hash_add,
    .hash_end = hash_end,
    .rc4_begin = rc4_begin,
    .rc4_next = rc4_next,
    .state_new = state_new,
    .state_free = state_free,
    .hmac = hmac,
    .hkdf_extract = hkdf_extract,
    .hkdf_expand = hkdf_expand,
    .aead_open = aead_open,
    .cbc_open = cbc_open,
    .aes_block = aes_block,
    .chacha_block = chacha_block,
    .certificate = tl_certificate_read,
};
