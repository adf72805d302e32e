/*
 * tls_keys.h - keys of one side of a session, derived from secrets, and the records that they open (RFC 8446 sections
 * 5.2 and 7, RFC 5246 section 6, RFC 4346, RFC 7366).
 */
#ifndef TL_DISSECTORS_TLS_TLS_KEYS_H
#define TL_DISSECTORS_TLS_TLS_KEYS_H

#include "core/crypto.h"

enum tl_tls_mode { TL_TLS_AEAD, TL_TLS_CBC, TL_TLS_RC4, TL_TLS_PLAIN };

/* What a cipher suite encrypts with. */
struct tl_tls_cipher {
    enum tl_tls_mode mode;
    enum tl_aead aead;  /* TL_TLS_AEAD */
    enum tl_cbc cbc;    /* TL_TLS_CBC */
    enum tl_hash hash;  /* of the key derivation; not used up to TLS 1.1 */
    enum tl_hash mac;   /* all modes but AEAD */
    uint8_t key_len, mac_len;
    uint8_t salt_len;   /* bytes of the key block that begin every nonce, or are the first IV */
};

enum { TL_TLS_KEY = 32, TL_TLS_MAC_KEY = 48, TL_TLS_MASTER = 48, TL_TLS_AAD = 13, TL_TLS_HEADER = 5 };

/* The keys of one direction. */
struct tl_tls_key {
    struct tl_tls_cipher cipher;
    uint16_t version;   /* 0x0301 .. 0x0304, 0xfefc: DTLS 1.3 */
    bool etm;           /* encrypt-then-MAC */
    uint8_t secret_len; /* TLS 1.3 */
    uint8_t secret[TL_HASH_MOST], key[TL_TLS_KEY], iv[TL_CRYPTO_BLOCK], mac_key[TL_TLS_MAC_KEY];
    uint8_t number_key[TL_TLS_KEY]; /* DTLS 1.3: encrypts the numbers of records (RFC 9147 section 4.2.3) */
    _Alignas(8) uint8_t rc4[]; /* TL_TLS_RC4: TL_RC4_STATE bytes */
};

/* Where keys are derived and records opened. */
struct tl_tls_crypto {
    const struct tl_crypto *crypto;
    struct tl_crypto_state *state;
};

/* Reads the name of a suite, such as TLS_RSA_WITH_AES_128_CBC_SHA. Returns false for ciphers that are not read. */
bool tl_tls_cipher_of(const char *suite, uint16_t version, struct tl_tls_cipher *cipher);
/* Bytes of a key for this cipher. */
size_t tl_tls_key_size(const struct tl_tls_cipher *cipher);

/* The PRF of TLS 1.2 with this hash, or of TLS 1.0 and 1.1 (RFC 5246 section 5, RFC 2246 section 5). */
bool tl_tls_prf(const struct tl_tls_crypto *c, uint16_t version, enum tl_hash hash, struct tl_bytes secret,
                const char *label, struct tl_bytes seed, uint8_t *out, uint32_t out_len) TL_MUST_CHECK;
/*
 * Fills the key of a side up to TLS 1.2: cipher, version and etm are set. randoms: the server's, then the client's.
 */
bool tl_tls_legacy_key(const struct tl_tls_crypto *c, struct tl_tls_key *key, const uint8_t master[TL_TLS_MASTER],
                       const uint8_t randoms[64], bool client) TL_MUST_CHECK;
/* Fills the key of TLS 1.3 from a traffic secret: cipher is set. */
bool tl_tls_traffic_key(const struct tl_tls_crypto *c, struct tl_tls_key *key, struct tl_bytes secret) TL_MUST_CHECK;
/* Makes the next key of TLS 1.3, after a KeyUpdate. */
bool tl_tls_update_key(const struct tl_tls_crypto *c, struct tl_tls_key *key) TL_MUST_CHECK;

/*
 * Opens record number seq. header has its 5 bytes, sealed what follows. work has room for TL_TLS_AAD + sealed.len bytes.
 * Returns false if it does not verify; the key is then as before, but for the IV of TLS 1.0 and RC4. *plain lies in
 * work; *type is changed to the inner type in TLS 1.3.
 */
bool tl_tls_open(const struct tl_tls_crypto *c, struct tl_tls_key *key, uint64_t seq, const uint8_t *header,
                 struct tl_bytes sealed, uint8_t *work, struct tl_bytes *plain, uint8_t *type) TL_MUST_CHECK;
/*
 * Opens a record of TLS 1.3 or DTLS 1.3 with these additional data. work has room for sealed.len bytes. Returns false if
 * it does not verify, or has no type.
 */
bool tl_tls_open_inner(const struct tl_tls_crypto *c, const struct tl_tls_key *key, uint64_t seq, struct tl_bytes aad,
                       struct tl_bytes sealed, uint8_t *work, struct tl_bytes *plain, uint8_t *type) TL_MUST_CHECK;
/* DTLS 1.3: computes what the number of a record was encrypted with. sealed has 16 bytes at least. */
bool tl_tls_number_mask(const struct tl_tls_crypto *c, const struct tl_tls_key *key, const uint8_t *sealed,
                        uint8_t mask[2]) TL_MUST_CHECK;
/* Bytes that a record is longer than its text at least: header, nonce, tag or MAC. */
uint32_t tl_tls_overhead(const struct tl_tls_key *key);
/* A record was not opened: what the next one needs of it is kept. */
void tl_tls_skip(struct tl_tls_key *key, struct tl_bytes sealed);
/* Does opening a record need the ones before it? */
static inline bool tl_tls_is_chained(const struct tl_tls_key *key)
{
    return key->cipher.mode == TL_TLS_RC4 || (key->cipher.mode == TL_TLS_CBC && key->version < 0x0302);
}

#endif
