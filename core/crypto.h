/*
 * crypto.h - hashes, message authentication, key derivation and decryption as a table of functions.
 *
 * A room that needs cryptography receives the table and links no library; crypto/ fills the table. Decryption only:
 * nothing here encrypts data, signs, or makes random numbers.
 */
#ifndef TL_CORE_CRYPTO_H
#define TL_CORE_CRYPTO_H

#include "core/bytes.h"
#include "core/record.h"
#include "core/status.h"

enum tl_crypto_status {
    TL_CRYPTO_OK,
    TL_CRYPTO_REFUSED,     /* wrong tag, or an impossible length: no output */
    TL_CRYPTO_UNAVAILABLE, /* the library does not have this algorithm */
    TL_CRYPTO_FAILED,      /* the library failed, usually because memory ran out */
};

enum tl_hash { TL_HASH_MD5, TL_HASH_SHA1, TL_HASH_SHA256, TL_HASH_SHA384, TL_HASH_SHA512, TL_HASHES };

enum {
    TL_HASH_MOST = 64,   /* bytes of the longest digest */
    TL_HASH_STATE = 216, /* bytes of the largest state of an unfinished hash */
};

/* Ciphers with an authentication tag. The comments give the length of the tag. Nonces are 12 bytes. */
enum tl_aead {
    TL_AES_128_GCM,        /* 16 bytes */
    TL_AES_256_GCM,
    TL_AES_128_CCM,
    TL_AES_128_CCM_8,      /* 8 bytes */
    TL_CHACHA20_POLY1305,
    TL_AES_256_CCM,        /* 16 bytes */
    TL_AES_256_CCM_8,      /* 8 bytes */
    TL_AEADS
};

/* Block ciphers in CBC mode. */
enum tl_cbc { TL_AES_128_CBC, TL_AES_256_CBC, TL_3DES_CBC, TL_CBCS };

enum { TL_NONCE = 12, TL_CRYPTO_BLOCK = 16, TL_CHACHA_BLOCK = 64, TL_RC4_STATE = 1040 /* bytes */ };

enum {
    TL_CERTIFICATE_TEXT = 32 << 10,
    TL_CERTIFICATES = 512,              /* that a state remembers, */
    TL_CERTIFICATES_MEMORY = 1 << 20    /* in so many bytes */
};

/* What the library keeps between calls. One per decoder; used by one thread at a time. */
struct tl_crypto_state;

/* What a certificate says (RFC 5280). Texts are valid until the next call. */
struct tl_certificate {
    uint8_t fingerprint[32];  /* SHA-256 of the certificate */
    uint32_t version;         /* 1, 2, 3: the number on the wire and one */
    uint32_t key_bits;        /* 0: unknown */
    int64_t not_before, not_after; /* ns since 1970 */
    bool has_not_before, has_not_after; /* the times can be read */
    bool has_ca, ca;          /* basic constraints */
    bool has_path, names_cut;
    uint32_t path_len;        /* of basic constraints */
    struct tl_bytes serial;   /* upper-case hexadecimal, after `-` if it is negative */
    struct tl_bytes subject, issuer; /* RFC 2253: the most specific part comes first */
    struct tl_bytes common_name;     /* the last of the subject; empty: none */
    struct tl_bytes key_alg, sig_alg, key_type, exponent, curve; /* as the library names them; empty: none */
    struct tl_text_list dns, uri, email, ip; /* alternative names of the subject */
    bool has_names;           /* there are alternative names, whatever their types */
};

/* Keys and digests have the length of their algorithm: tl_hash_size(), tl_aead_key_size(). */
struct tl_crypto {
    /* Name and version of the library, static text. */
    const char *(*version)(void);
    /* Hashes need no state and do not fail. */
    void (*hash)(enum tl_hash kind, struct tl_bytes in, uint8_t *digest);
    /* Incremental hashing in hash_state[kind] bytes of memory, aligned to 8. The memory may be copied or dropped. */
    uint16_t hash_state[TL_HASHES];
    void (*hash_begin)(enum tl_hash kind, void *memory);
    void (*hash_add)(enum tl_hash kind, void *memory, struct tl_bytes in);
    void (*hash_end)(enum tl_hash kind, void *memory, uint8_t *digest);
    /* RC4, in TL_RC4_STATE bytes of memory, aligned to 8. in and out may be the same buffer. */
    enum tl_crypto_status (*rc4_begin)(void *memory, struct tl_bytes key);
    void (*rc4_next)(void *memory, struct tl_bytes in, uint8_t *out);
    /* State for the functions below. Returns NULL without memory. state_free() accepts NULL. */
    struct tl_crypto_state *(*state_new)(void);
    void (*state_free)(struct tl_crypto_state *s);
    /* RFC 2104. */
    enum tl_crypto_status (*hmac)(struct tl_crypto_state *s, enum tl_hash kind, struct tl_bytes key, struct tl_bytes in,
                                  uint8_t *mac);
    /* RFC 5869. prk has the size of the hash. out_len is at most 255 times that size. */
    enum tl_crypto_status (*hkdf_extract)(struct tl_crypto_state *s, enum tl_hash kind, struct tl_bytes salt,
                                          struct tl_bytes key, uint8_t *prk);
    enum tl_crypto_status (*hkdf_expand)(struct tl_crypto_state *s, enum tl_hash kind, struct tl_bytes prk,
                                         struct tl_bytes info, uint8_t *out, uint32_t out_len);
    /*
     * sealed ends with the tag; out has room for the rest. If the tag is wrong, out is zeroed.
     */
    enum tl_crypto_status (*aead_open)(struct tl_crypto_state *s, enum tl_aead kind, const uint8_t *key,
                                       const uint8_t nonce[TL_NONCE], struct tl_bytes aad, struct tl_bytes sealed,
                                       uint8_t *out);
    /*
     * in is whole blocks (16 bytes; 8 for 3DES), iv is one. Padding is kept. No authentication: the caller checks a
     * MAC.
     */
    enum tl_crypto_status (*cbc_open)(struct tl_crypto_state *s, enum tl_cbc kind, const uint8_t *key,
                                      const uint8_t *iv, struct tl_bytes in, uint8_t *out);
    /* Encrypts one AES block, as header protection needs it (RFC 9001 section 5.4.3). key: 16 or 32 bytes. */
    enum tl_crypto_status (*aes_block)(struct tl_crypto_state *s, struct tl_bytes key,
                                       const uint8_t in[TL_CRYPTO_BLOCK], uint8_t out[TL_CRYPTO_BLOCK]);
    /*
     * One block of the ChaCha20 key stream (RFC 8439 section 2.3). place: the counter, little-endian, then the nonce.
     */
    enum tl_crypto_status (*chacha_block)(struct tl_crypto_state *s, const uint8_t key[32],
                                          const uint8_t place[TL_CRYPTO_BLOCK], uint8_t out[TL_CHACHA_BLOCK]);
    /*
     * Reads a certificate in DER. NULL: it is no certificate, or there is no memory. The state remembers the last ones,
     * so one that is seen again costs its hash alone. At most TL_CERTIFICATE_TEXT bytes of texts are kept of each.
     */
    const struct tl_certificate *(*certificate)(struct tl_crypto_state *s, struct tl_bytes der);
};

/* Returns the size of a digest in bytes. */
static inline uint32_t tl_hash_size(enum tl_hash kind)
{
    static const uint8_t sizes[TL_HASHES] = { 16, 20, 32, 48, 64 };
    return sizes[kind];
}

static inline uint32_t tl_aead_key_size(enum tl_aead kind)
{
    return kind == TL_AES_128_GCM || kind == TL_AES_128_CCM || kind == TL_AES_128_CCM_8 ? 16 : 32;
}

static inline uint32_t tl_aead_tag_size(enum tl_aead kind)
{
    return kind == TL_AES_128_CCM_8 || kind == TL_AES_256_CCM_8 ? 8 : 16;
}

static inline uint32_t tl_cbc_block_size(enum tl_cbc kind)
{
    return kind == TL_3DES_CBC ? 8 : 16;
}

/*
 * HKDF-Expand-Label of TLS 1.3 and QUIC (RFC 8446 section 7.1). label comes without its prefix; prefix is "tls13 ", or
 * "dtls13" for DTLS 1.3. Returns REFUSED when label or context exceed their length fields.
 */
enum tl_crypto_status tl_hkdf_expand_label(const struct tl_crypto *crypto, struct tl_crypto_state *s, enum tl_hash kind,
                                           struct tl_bytes secret, const char *prefix, const char *label,
                                           struct tl_bytes context, uint8_t *out, uint16_t out_len) TL_MUST_CHECK;
/* Computes the nonce of record `number`: iv XOR the number in its last eight bytes (RFC 8446 section 5.3). */
void tl_aead_nonce(const uint8_t iv[TL_NONCE], uint64_t number, uint8_t nonce[TL_NONCE]);

#endif
