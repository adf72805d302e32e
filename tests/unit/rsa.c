/* rsa.c - premaster secrets opened with private keys: the right one of several, wrong padding, texts without keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "crypto/libcrypto.h"

enum { BITS = 1024, SIZE = BITS / 8 };

static struct tl_bytes pem_of(EVP_PKEY *key, const EVP_CIPHER *cipher, BIO **bio)
{
    char *text = NULL;
    unsigned char phrase[] = "sample";
    *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PrivateKey(*bio, key, cipher, cipher != NULL ? phrase : NULL, cipher != NULL ? 6 : 0,
                                              NULL, NULL), 1);
    long len = BIO_get_mem_data(*bio, &text);
    return tl_bytes_of(text, (size_t)len);
}

static enum tl_crypto_status add(struct tl_rsa_keys *keys, EVP_PKEY *key, const EVP_CIPHER *cipher)
{
    BIO *bio;
    enum tl_crypto_status status = tl_rsa_keys_add(keys, pem_of(key, cipher, &bio));
    BIO_free(bio);
    return status;
}

/* Encrypts a block as it is, or a secret with padding. */
static void seal(EVP_PKEY *key, int padding, const uint8_t *in, size_t len, uint8_t out[SIZE])
{
    size_t n = SIZE;
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL);
    assert_true(EVP_PKEY_encrypt_init(c) > 0 && EVP_PKEY_CTX_set_rsa_padding(c, padding) > 0 &&
                EVP_PKEY_encrypt(c, out, &n, in, len) > 0 && n == SIZE);
    EVP_PKEY_CTX_free(c);
}

static void test_opens(void **state)
{
    EVP_PKEY *first = EVP_RSA_gen(BITS), *second = EVP_RSA_gen(BITS), *other = EVP_RSA_gen(BITS);
    struct tl_rsa_keys *keys = tl_rsa_keys_new();
    uint8_t secret[TL_PREMASTER] = { 3, 3 }, sealed[SIZE], opened[TL_PREMASTER];
    (void)state;
    for (unsigned i = 2; i < sizeof secret; i++)
        secret[i] = (uint8_t)(i * 7);
    assert_int_equal(add(keys, first, NULL), TL_CRYPTO_OK);
    assert_int_equal(add(keys, second, NULL), TL_CRYPTO_OK);
    seal(second, RSA_PKCS1_PADDING, secret, sizeof secret, sealed);
    assert_true(tl_rsa_premaster(keys, tl_bytes_of(sealed, SIZE), opened));
    assert_memory_equal(opened, secret, sizeof secret);
    assert_false(tl_rsa_premaster(keys, tl_bytes_of(sealed, SIZE - 1), opened));
    sealed[SIZE - 1] ^= 1;
    assert_false(tl_rsa_premaster(keys, tl_bytes_of(sealed, SIZE), opened));
    seal(other, RSA_PKCS1_PADDING, secret, sizeof secret, sealed);
    assert_false(tl_rsa_premaster(keys, tl_bytes_of(sealed, SIZE), opened));
    seal(first, RSA_PKCS1_PADDING, secret, sizeof secret - 1, sealed); /* another length */
    assert_false(tl_rsa_premaster(keys, tl_bytes_of(sealed, SIZE), opened));
    tl_rsa_keys_free(keys);
    EVP_PKEY_free(first);
    EVP_PKEY_free(second);
    EVP_PKEY_free(other);
}

static void test_padding(void **state)
{
    EVP_PKEY *key = EVP_RSA_gen(BITS);
    struct tl_rsa_keys *keys = tl_rsa_keys_new();
    uint8_t block[SIZE], sealed[SIZE], opened[TL_PREMASTER];
    const unsigned zero = SIZE - TL_PREMASTER - 1;
    static const struct {
        unsigned at;
        uint8_t byte;
    } wrong[] = { { 1, 1 }, { 5, 0 }, { SIZE - TL_PREMASTER - 1, 9 }, { SIZE - TL_PREMASTER, 2 } };
    (void)state;
    assert_int_equal(add(keys, key, NULL), TL_CRYPTO_OK);
    for (unsigned i = 0; i <= TL_COUNT(wrong); i++) {
        memset(block, 0xff, sizeof block);
        block[0] = 0;
        block[1] = 2;
        block[zero] = 0;
        block[zero + 1] = 3;
        if (i < TL_COUNT(wrong))
            block[wrong[i].at] = wrong[i].byte;
        seal(key, RSA_NO_PADDING, block, sizeof block, sealed);
        assert_int_equal(tl_rsa_premaster(keys, tl_bytes_of(sealed, SIZE), opened), i == TL_COUNT(wrong));
    }
    tl_rsa_keys_free(keys);
    EVP_PKEY_free(key);
}

static void test_texts(void **state)
{
    static const char text[] = "-----BEGIN PRIVATE KEY-----\nbm8ga2V5\n-----END PRIVATE KEY-----\n";
    EVP_PKEY *key = EVP_RSA_gen(BITS), *curve = EVP_EC_gen("P-256");
    struct tl_rsa_keys *keys = tl_rsa_keys_new();
    (void)state;
    assert_int_equal(tl_rsa_keys_add(keys, tl_bytes_of(text, sizeof text - 1)), TL_CRYPTO_REFUSED);
    assert_int_equal(tl_rsa_keys_add(keys, tl_bytes_of("nothing", 7)), TL_CRYPTO_REFUSED);
    assert_int_equal(add(keys, curve, NULL), TL_CRYPTO_REFUSED);
    assert_int_equal(add(keys, key, EVP_aes_128_cbc()), TL_CRYPTO_UNAVAILABLE);
    for (unsigned i = 0; i < 16; i++)
        assert_int_equal(add(keys, key, NULL), TL_CRYPTO_OK);
    assert_int_equal(add(keys, key, NULL), TL_CRYPTO_FAILED); /* too many */
    tl_rsa_keys_free(keys);
    EVP_PKEY_free(key);
    EVP_PKEY_free(curve);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_opens),
        cmocka_unit_test(test_padding),
        cmocka_unit_test(test_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
