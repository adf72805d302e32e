/*
 * rsa.c - RSA private keys of TLS servers in PEM, and the premaster secrets that were encrypted for them (RFC 5246 section
 * 7.4.7.1, RFC 8017 section 7.2).
 *
 * The padding is removed here: libcrypto's own removal gives random bytes for what is wrong, or an error, depending on
 * its version.
 */
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>

#include "core/keylog.h"
#include "crypto/libcrypto.h"

enum {
    KEYS_MOST = 16,
    SIZE_LEAST = 64, SIZE_MOST = 2048,     /* bytes of a modulus */
    SECURE_MEMORY = 1 << 18, SECURE_PIECE = 32, /* for private numbers: locked, and not in core dumps */
};

struct tl_rsa_keys {
    EVP_PKEY *keys[KEYS_MOST]; /* owned; read by any thread after the last one was added */
    uint32_t count;
};

struct tl_rsa_keys *tl_rsa_keys_new(void)
{
    if (!CRYPTO_secure_malloc_initialized())
        (void)CRYPTO_secure_malloc_init(SECURE_MEMORY, SECURE_PIECE); /* without it they are in other memory */
    ERR_clear_error();
    return calloc(1, sizeof(struct tl_rsa_keys));
}

void tl_rsa_keys_free(struct tl_rsa_keys *keys)
{
    if (keys == NULL)
        return;
    for (uint32_t i = 0; i < keys->count; i++)
        EVP_PKEY_free(keys->keys[i]); /* which wipes private numbers */
    free(keys);
}

/* A key with a passphrase is refused: the program does not ask for one. */
static int no_passphrase(char *text, int size, int writes, void *context)
{
    (void)text;
    (void)size;
    (void)writes;
    *(bool *)context = true;
    return -1;
}

enum tl_crypto_status tl_rsa_keys_add(struct tl_rsa_keys *keys, struct tl_bytes pem)
{
    bool locked = false, found = false, full = false;
    EVP_PKEY *key;
    BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
    if (bio == NULL)
        return TL_CRYPTO_FAILED;
    while ((key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, &locked)) != NULL) {
        int size = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA ? EVP_PKEY_get_size(key) : 0;
        bool good = size >= SIZE_LEAST && size <= SIZE_MOST;
        full = full || (good && keys->count == KEYS_MOST);
        if (good && !full) {
            keys->keys[keys->count++] = key;
            found = true;
        } else {
            EVP_PKEY_free(key);
        }
    }
    BIO_free(bio);
    ERR_clear_error();
    return full     ? TL_CRYPTO_FAILED
           : found  ? TL_CRYPTO_OK
           : locked ? TL_CRYPTO_UNAVAILABLE
                    : TL_CRYPTO_REFUSED;
}

/* 0, 2, eight or more bytes that are not 0, 0, and the secret, whose first byte is that of an SSL version. */
static bool unpad(const uint8_t *block, size_t len, uint8_t secret[TL_PREMASTER])
{
    size_t zero = len - TL_PREMASTER - 1;
    bool good = block[0] == 0 && block[1] == 2 && block[zero] == 0 && block[zero + 1] == 3;
    for (size_t i = 2; i < zero; i++)
        good = good && block[i] != 0;
    if (good)
        memcpy(secret, block + zero + 1, TL_PREMASTER);
    return good;
}

static bool open_with(EVP_PKEY *key, struct tl_bytes sealed, uint8_t secret[TL_PREMASTER])
{
    uint8_t block[SIZE_MOST];
    size_t len = sizeof block;
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL);
    bool good = c != NULL && EVP_PKEY_decrypt_init(c) > 0 && EVP_PKEY_CTX_set_rsa_padding(c, RSA_NO_PADDING) > 0 &&
                EVP_PKEY_decrypt(c, block, &len, sealed.data, sealed.len) > 0 && len == sealed.len &&
                unpad(block, len, secret);
    EVP_PKEY_CTX_free(c);
    ERR_clear_error();
    tl_wipe(block, sizeof block);
    return good;
}

bool tl_rsa_premaster(const struct tl_rsa_keys *keys, struct tl_bytes sealed, uint8_t secret[TL_PREMASTER])
{
    for (uint32_t i = 0; sealed.data != NULL && i < keys->count; i++) {
        if ((size_t)EVP_PKEY_get_size(keys->keys[i]) == sealed.len && open_with(keys->keys[i], sealed, secret))
            return true;
    }
    return false;
}
