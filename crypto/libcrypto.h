/* libcrypto.h - the table of core/crypto.h over OpenSSL's libcrypto. */
#ifndef TL_CRYPTO_LIBCRYPTO_H
#define TL_CRYPTO_LIBCRYPTO_H

#include "core/crypto.h"

extern const struct tl_crypto tl_crypto_libcrypto;

#endif
