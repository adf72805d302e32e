/* libcrypto.h - the table of core/crypto.h over OpenSSL's libcrypto. */
#ifndef TL_CRYPTO_LIBCRYPTO_H
#define TL_CRYPTO_LIBCRYPTO_H

#include "core/crypto.h"
#include "core/keylog.h"

extern const struct tl_crypto tl_crypto_libcrypto;

/* RSA private keys. Any thread may use them once they are all added. */
struct tl_rsa_keys;
/* Returns NULL without memory. */
struct tl_rsa_keys *tl_rsa_keys_new(void);
/* May be NULL. */
void tl_rsa_keys_free(struct tl_rsa_keys *keys);
/*
 * Adds the RSA keys of a text in PEM. REFUSED: it has none. UNAVAILABLE: those that it has need a passphrase. FAILED:
 * there are too many.
 */
enum tl_crypto_status tl_rsa_keys_add(struct tl_rsa_keys *keys, struct tl_bytes pem) TL_MUST_CHECK;
/* Opens a premaster secret with the key that it was encrypted for. Returns false if there is none. */
bool tl_rsa_premaster(const struct tl_rsa_keys *keys, struct tl_bytes sealed, uint8_t secret[TL_PREMASTER]);

#endif
