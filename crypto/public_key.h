/* public_key.h - what is said of a public key in a certificate. Private to crypto/. */
#ifndef TL_CRYPTO_PUBLIC_KEY_H
#define TL_CRYPTO_PUBLIC_KEY_H

#include <openssl/x509.h>

#include "crypto/state.h"

struct tl_public_key {
    char type[24];     /* "rsa", "dsa", "ecdsa", or the library's name; "": the key cannot be read */
    char exponent[80]; /* RSA, decimal; "": none, or over 256 bits */
    char curve[64];    /* "": none, or it has no name */
    uint32_t bits;     /* 0: not known */
};

/* Reads a key. Returns the algorithm, borrowed from it, or NULL. */
const ASN1_OBJECT *tl_public_key_read(struct tl_crypto_state *s, X509_PUBKEY *from, struct tl_public_key *key);

#endif
