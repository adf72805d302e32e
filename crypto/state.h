/* state.h - what the library keeps between calls. Private to crypto/. */
#ifndef TL_CRYPTO_STATE_H
#define TL_CRYPTO_STATE_H

#include <openssl/evp.h>
#include <openssl/provider.h>

#include "core/crypto.h"

enum {
    TL_AES_128_ECB = TL_AEADS,
    TL_AES_256_ECB,
    TL_CHACHA20,
    TL_FIRST_CBC,
    TL_CIPHERS = TL_FIRST_CBC + TL_CBCS,
    TL_CURVES = 16
};

/* The library context is the state's own: nothing here depends on a configuration file or on what others loaded. */
struct tl_crypto_state {
    OSSL_LIB_CTX *library;
    OSSL_LIB_CTX *bare; /* without algorithms: certificates are read with it (public_key.c) */
    OSSL_PROVIDER *nothing; /* of bare */
    EVP_CIPHER_CTX *cipher;
    EVP_CIPHER *ciphers[TL_CIPHERS]; /* NULL: not fetched yet, or not to be had */
    bool missing[TL_CIPHERS];
    struct tl_curve {
        int nid; /* 0: none */
        uint32_t bits;
    } curves[TL_CURVES];
    struct tl_remembered *certificates[TL_CERTIFICATES]; /* by fingerprint; owned */
    size_t certificate_bytes; /* sum of their sizes */
};

const struct tl_certificate *tl_certificate_read(struct tl_crypto_state *s, struct tl_bytes der);
void tl_certificates_forget(struct tl_crypto_state *s);

#endif
