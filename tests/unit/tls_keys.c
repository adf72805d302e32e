/* tls_keys.c - keys and records of TLS against published vectors: RFC 8448 section 3, and the PRF of TLS 1.2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "crypto/libcrypto.h"
#include "dissectors/tls/tls_keys.h"

enum { ROOM = 256 };

struct text {
    uint8_t data[ROOM];
    uint32_t len;
};

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static struct text hex(const char *digits)
{
    struct text t = { .len = 0 };
    for (; *digits != '\0'; digits++) {
        if (*digits == ' ')
            continue;
        assert_true(t.len < ROOM && digit(digits[0]) >= 0 && digit(digits[1]) >= 0);
        t.data[t.len++] = (uint8_t)(digit(digits[0]) << 4 | digit(digits[1]));
        digits++;
    }
    return t;
}

static struct tl_bytes bytes(const struct text *t)
{
    return (struct tl_bytes){ t->data, t->len };
}

static struct tl_tls_crypto crypto;

static int setup(void **state)
{
    (void)state;
    crypto = (struct tl_tls_crypto){ &tl_crypto_libcrypto, tl_crypto_libcrypto.state_new() };
    return crypto.state == NULL;
}

static int teardown(void **state)
{
    (void)state;
    tl_crypto_libcrypto.state_free(crypto.state);
    return 0;
}

static struct tl_tls_key begin(const char *suite, uint16_t version)
{
    struct tl_tls_key key = { .version = version };
    assert_true(tl_tls_cipher_of(suite, version, &key.cipher));
    return key;
}

/* RFC 8448 section 3: secret, key and iv of each direction. */
static void test_traffic_keys(void **state)
{
    (void)state;
    static const struct {
        const char *secret, *key, *iv;
    } rows[] = {
        { "b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38", "3fce516009c21727d0f2e4e86ee403bc",
          "5d313eb2671276ee13000b30" },
        { "b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21", "dbfaa693d1762c5b666af5d950258d01",
          "5bd3c71b836e0b76bb73265f" },
        { "a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643", "9f02283b6c9c07efc26bb9f2ac92e356",
          "cf782b88dd83549aadf1e984" },
        { "9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5", "17422dda596ed5d9acd890e3c63f5051",
          "5b78923dee08579033e523d9" },
    };
    for (unsigned i = 0; i < TL_COUNT(rows); i++) {
        struct tl_tls_key key = begin("TLS_AES_128_GCM_SHA256", 0x0304);
        struct text secret = hex(rows[i].secret), due = hex(rows[i].key), iv = hex(rows[i].iv);
        assert_true(tl_tls_traffic_key(&crypto, &key, bytes(&secret)));
        assert_memory_equal(key.key, due.data, 16);
        assert_memory_equal(key.iv, iv.data, 12);
    }
    struct tl_tls_key key = begin("TLS_AES_256_GCM_SHA384", 0x0304);
    struct text secret = hex(rows[0].secret);
    assert_false(tl_tls_traffic_key(&crypto, &key, bytes(&secret))); /* a secret of another hash */
}

static const char client_traffic[] = "9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5";
static const char client_data[] =
    "1703030043 a23f7054b62c94d0affafe8228ba55cbefacea42f914aa66bcab3f2b9819a8a5b46b395bd54a9a20441e2b62974e1f5a6292a2"
    "977014bd1e3deae63aeebb21694915e4";

static bool opens(struct tl_tls_key *key, uint64_t seq, const struct text *record, struct tl_bytes *plain, uint8_t *type)
{
    static uint8_t work[ROOM + TL_TLS_AAD];
    return tl_tls_open(&crypto, key, seq, record->data, tl_bytes_of(record->data + 5, record->len - 5), work, plain, type);
}

/* RFC 8448 section 3: the client's data are the bytes 0 to 49. */
static void test_record(void **state)
{
    (void)state;
    struct tl_tls_key key = begin("TLS_AES_128_GCM_SHA256", 0x0304);
    struct text secret = hex(client_traffic), record = hex(client_data);
    struct tl_bytes plain;
    uint8_t type = 0;
    assert_true(tl_tls_traffic_key(&crypto, &key, bytes(&secret)));
    assert_true(opens(&key, 0, &record, &plain, &type));
    assert_int_equal(type, 23);
    assert_int_equal(plain.len, 50);
    for (uint8_t i = 0; i < 50; i++)
        assert_int_equal(plain.data[i], i);
    assert_false(opens(&key, 1, &record, &plain, &type));
    for (uint32_t i = 0; i < record.len; i++) { /* every byte counts, also those of the header */
        struct text wrong = record;
        wrong.data[i] ^= 1;
        assert_false(opens(&key, 0, &wrong, &plain, &type));
    }
    for (uint32_t len = 5; len < record.len; len++) {
        struct text cut = record;
        cut.len = len;
        assert_false(opens(&key, 0, &cut, &plain, &type));
    }
    assert_true(tl_tls_update_key(&crypto, &key));
    assert_false(opens(&key, 0, &record, &plain, &type));
}

/* The vector that is used for the PRF of TLS 1.2 with SHA-256. */
static void test_prf(void **state)
{
    (void)state;
    struct text secret = hex("9bbe436ba940f017b17652849a71db35"), seed = hex("a0ba9f936cda311827a6f796ffd5198c");
    struct text due = hex("e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af"
                          "0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701"
                          "87347b66");
    uint8_t out[100];
    assert_true(tl_tls_prf(&crypto, 0x0303, TL_HASH_SHA256, bytes(&secret), "test label", bytes(&seed), out, sizeof out));
    assert_memory_equal(out, due.data, sizeof out);
    uint8_t shorter[33];
    assert_true(tl_tls_prf(&crypto, 0x0303, TL_HASH_SHA256, bytes(&secret), "test label", bytes(&seed), shorter,
                           sizeof shorter));
    assert_memory_equal(shorter, due.data, sizeof shorter);
}

static void test_suites(void **state)
{
    (void)state;
    struct tl_tls_cipher c;
    assert_true(tl_tls_cipher_of("TLS_RSA_WITH_3DES_EDE_CBC_SHA", 0x0301, &c));
    assert_true(c.mode == TL_TLS_CBC && c.cbc == TL_3DES_CBC && c.key_len == 24 && c.mac_len == 20 && c.salt_len == 8);
    assert_true(tl_tls_cipher_of("TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8", 0x0303, &c));
    assert_true(c.mode == TL_TLS_AEAD && c.aead == TL_AES_256_CCM_8 && c.hash == TL_HASH_SHA256);
    assert_true(tl_tls_cipher_of("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", 0x0303, &c));
    assert_true(c.mac == TL_HASH_SHA384 && c.hash == TL_HASH_SHA384 && c.mac_len == 48);
    assert_true(tl_tls_cipher_of("TLS_RSA_WITH_RC4_128_MD5", 0x0301, &c));
    assert_true(c.mode == TL_TLS_RC4 && c.mac == TL_HASH_MD5);
    static const char *const none[] = { "TLS_RSA_EXPORT_WITH_RC4_40_MD5", "TLS_RSA_WITH_DES_CBC_SHA", "SSL_CK_RC4",
                                        "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA", "TLS_FALLBACK_SCSV",
                                        "TLS_RSA_WITH_AES_128_CBC_SHA512" };
    for (unsigned i = 0; i < TL_COUNT(none); i++)
        assert_false(tl_tls_cipher_of(none[i], 0x0303, &c));
    assert_false(tl_tls_cipher_of(NULL, 0x0303, &c));
    assert_false(tl_tls_cipher_of("TLS_AES_128_GCM_SHA256", 0x0303, &c));
    assert_false(tl_tls_cipher_of("TLS_RSA_WITH_AES_128_GCM_SHA256", 0x0304, &c));
    assert_false(tl_tls_cipher_of("TLS_RSA_WITH_AES_128_GCM_SHA256", 0x0302, &c)); /* AEAD came with TLS 1.2 */
    assert_false(tl_tls_cipher_of("TLS_RSA_WITH_AES_128_CBC_SHA", 0x0300, &c));
}

/* Records of lengths that cannot be are refused, without a look beyond them. */
static void test_short_records(void **state)
{
    (void)state;
    static const struct {
        const char *suite;
        uint16_t version;
    } rows[] = { { "TLS_RSA_WITH_AES_128_CBC_SHA", 0x0301 },      { "TLS_RSA_WITH_AES_128_CBC_SHA", 0x0303 },
                 { "TLS_RSA_WITH_3DES_EDE_CBC_SHA", 0x0302 },     { "TLS_RSA_WITH_AES_256_GCM_SHA384", 0x0303 },
                 { "TLS_RSA_WITH_AES_128_CCM_8", 0x0303 },        { "TLS_RSA_WITH_NULL_SHA256", 0x0303 },
                 { "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", 0x0303 } };
    const uint8_t master[TL_TLS_MASTER] = { 1 }, randoms[64] = { 2 };
    for (unsigned i = 0; i < TL_COUNT(rows) * 2; i++) {
        struct tl_tls_key key = begin(rows[i / 2].suite, rows[i / 2].version);
        key.etm = i % 2 == 1 && key.cipher.mode == TL_TLS_CBC;
        assert_true(tl_tls_legacy_key(&crypto, &key, master, randoms, i % 2 == 0));
        for (uint32_t len = 0; len < 80; len++) {
            uint8_t *record = malloc(5 + len), *work = malloc(len + TL_TLS_AAD), type;
            struct tl_bytes plain;
            memset(record, 23, 5 + len);
            assert_false(tl_tls_open(&crypto, &key, 0, record, tl_bytes_of(record + 5, len), work, &plain, &type));
            tl_tls_skip(&key, tl_bytes_of(record + 5, len));
            free(record);
            free(work);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_traffic_keys), cmocka_unit_test(test_record), cmocka_unit_test(test_prf),
        cmocka_unit_test(test_suites),       cmocka_unit_test(test_short_records),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
