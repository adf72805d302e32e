/*
 * crypto.h - hashes, message authentication, key derivation and decryption as a table of functions.
 *
 * A room that needs cryptography is handed the table and links no library; crypto/ fills it. Decryption only: nothing
 * here encrypts, signs or makes random numbers.
 */
#ifndef TL_CORE_CRYPTO_H
#define TL_CORE_CRYPTO_H

#include "core/bytes.h"
#include "core/status.h"

enum tl_crypto_status {
    TL_CRYPTO_OK,
    TL_CRYPTO_REFUSED,     /* a tag is wrong, or a length cannot be: nothing came out */
    TL_CRYPTO_UNAVAILABLE, /* the library does not have this algorithm */
    TL_CRYPTO_FAILED,      /* the library failed, mostly for want of memory */
};

enum tl_hash { TL_HASH_MD5, TL_HASH_SHA1, TL_HASH_SHA256, TL_HASH_SHA384, TL_HASH_SHA512, TL_HASHES };

enum {
    TL_HASH_MOST = 64,   /* bytes of the longest digest */
    TL_HASH_STATE = 216, /* bytes of the largest state of a hash that is not finished */
};

/* Ciphers with a tag, and how long it is. Nonces are 12 bytes. */
enum tl_aead {
    TL_AES_128_GCM,        /* 16 bytes */
    TL_AES_256_GCM,
    TL_AES_128_CCM,
    TL_AES_128_CCM_8,      /* 8 bytes */
    TL_CHACHA20_POLY1305,
    TL_AEADS
};

/* Ciphers of whole blocks, each block chained to the one before. */
enum tl_cbc { TL_AES_128_CBC, TL_AES_256_CBC, TL_3DES_CBC, TL_CBCS };

enum { TL_NONCE = 12, TL_CRYPTO_BLOCK = 16, TL_CHACHA_BLOCK = 64, TL_RC4_STATE = 1040 /* bytes */ };

/* What the library keeps between calls: one a decoder, for one thread at a time. */
struct tl_crypto_state;

/* Keys and digests have the length of their algorithm: tl_hash_size(), tl_aead_key_size(). */
struct tl_crypto {
    /* The library and its version, static text. */
    const char *(*version)(void);
    /* Hashes need no state and do not fail. */
    void (*hash)(enum tl_hash kind, struct tl_bytes in, uint8_t *digest);
    /* Piece by piece, in memory of hash_state[kind] bytes, aligned to 8, that may be copied and dropped at any time. */
    uint16_t hash_state[TL_HASHES];
    void (*hash_begin)(enum tl_hash kind, void *memory);
    void (*hash_add)(enum tl_hash kind, void *memory, struct tl_bytes in);
    void (*hash_end)(enum tl_hash kind, void *memory, uint8_t *digest);
    /* RC4, in memory of TL_RC4_STATE bytes, aligned to 8. in and out may be the same place. */
    enum tl_crypto_status (*rc4_begin)(void *memory, struct tl_bytes key);
    void (*rc4_next)(void *memory, struct tl_bytes in, uint8_t *out);
    /* The state for what follows. NULL without memory. NULL may be freed. */
    struct tl_crypto_state *(*state_new)(void);
    void (*state_free)(struct tl_crypto_state *s);
    /* RFC 2104. */
    enum tl_crypto_status (*hmac)(struct tl_crypto_state *s, enum tl_hash kind, struct tl_bytes key, struct tl_bytes in,
                                  uint8_t *mac);
    /* RFC 5869: prk has the hash's size; at most 255 times that can be expanded to. */
    enum tl_crypto_status (*hkdf_extract)(struct tl_crypto_state *s, enum tl_hash kind, struct tl_bytes salt,
                                          struct tl_bytes key, uint8_t *prk);
    enum tl_crypto_status (*hkdf_expand)(struct tl_crypto_state *s, enum tl_hash kind, struct tl_bytes prk,
                                         struct tl_bytes info, uint8_t *out, uint32_t out_len);
    /*
     * sealed ends with its tag; out has room for the rest. Nothing comes out of what is not authentic: then out is
     * zeroed.
     */
    enum tl_crypto_status (*aead_open)(struct tl_crypto_state *s, enum tl_aead kind, const uint8_t *key,
                                       const uint8_t nonce[TL_NONCE], struct tl_bytes aad, struct tl_bytes sealed,
                                       uint8_t *out);
    /* in is whole blocks (16 bytes; 8 for 3DES), as is iv; padding stays. Not authentic: the caller checks a MAC. */
    enum tl_crypto_status (*cbc_open)(struct tl_crypto_state *s, enum tl_cbc kind, const uint8_t *key,
                                      const uint8_t *iv, struct tl_bytes in, uint8_t *out);
    /* One block of AES, encrypted, as header protection needs it (RFC 9001 section 5.4.3). key: 16 or 32 bytes. */
    enum tl_crypto_status (*aes_block)(struct tl_crypto_state *s, struct tl_bytes key,
                                       const uint8_t in[TL_CRYPTO_BLOCK], uint8_t out[TL_CRYPTO_BLOCK]);
    /* A block of ChaCha20's key stream (RFC 8439 section 2.3). place: the counter, little-endian, and the nonce. */
    enum tl_crypto_status (*chacha_block)(struct tl_crypto_state *s, const uint8_t key[32],
                                          const uint8_t place[TL_CRYPTO_BLOCK], uint8_t out[TL_CHACHA_BLOCK]);
};

/* Bytes of a digest. */
static inline uint32_t tl_hash_size(enum tl_hash kind)
{
    static const uint8_t sizes[TL_HASHES] = { 16, 20, 32, 48, 64 };
    return sizes[kind];
}

static inline uint32_t tl_aead_key_size(enum tl_aead kind)
{
    return kind == TL_AES_256_GCM || kind == TL_CHACHA20_POLY1305 ? 32 : 16;
}

static inline uint32_t tl_aead_tag_size(enum tl_aead kind)
{
    return kind == TL_AES_128_CCM_8 ? 8 : 16;
}

static inline uint32_t tl_cbc_block_size(enum tl_cbc kind)
{
    return kind == TL_3DES_CBC ? 8 : 16;
}

/*
 * HKDF-Expand-Label of TLS 1.3 and QUIC (RFC 8446 section 7.1; label without its prefix). prefix is "tls13 " but for
 * DTLS 1.3 ("dtls13"). REFUSED when label or context do not fit their lengths.
 */
enum tl_crypto_status tl_hkdf_expand_label(const struct tl_crypto *crypto, struct tl_crypto_state *s, enum tl_hash kind,
                                           struct tl_bytes secret, const char *prefix, const char *label,
                                           struct tl_bytes context, uint8_t *out, uint16_t out_len) TL_MUST_CHECK;
/* The nonce of record `number`: iv with the number in its last eight bytes (RFC 8446 section 5.3). */
void tl_aead_nonce(const uint8_t iv[TL_NONCE], uint64_t number, uint8_t nonce[TL_NONCE]);

#endif
