/* crypto.c - the table of cryptography against published vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "crypto/libcrypto.h"

enum { ROOM = 512 };

static const struct tl_crypto *const crypto = &tl_crypto_libcrypto;

struct text {
    uint8_t data[ROOM];
    uint32_t len;
};

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Pairs of digits, blanks between them. */
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

static struct text times(uint8_t byte, uint32_t n)
{
    struct text t = { .len = n };
    memset(t.data, byte, n);
    return t;
}

/* first, first + 1, ... */
static struct text rising(uint8_t first, uint32_t n)
{
    struct text t = { .len = n };
    for (uint32_t i = 0; i < n; i++)
        t.data[i] = (uint8_t)(first + i);
    return t;
}

static struct tl_bytes bytes(const struct text *t)
{
    return (struct tl_bytes){ t->data, t->len };
}

static struct tl_bytes string(const char *s)
{
    return tl_bytes_of(s, strlen(s));
}

static void same(const uint8_t *there, const char *due)
{
    struct text t = hex(due);
    assert_memory_equal(there, t.data, t.len);
}

static int setup(void **state)
{
    *state = crypto->state_new();
    assert_non_null(*state);
    return 0;
}

static int teardown(void **state)
{
    crypto->state_free(*state);
    return 0;
}

/* RFC 1321 A.5, FIPS 180-4 examples. */
static void test_hashes(void **state)
{
    (void)state;
    static const char *const abc[TL_HASHES] = {
        "900150983cd24fb0d6963f7d28e17f72",
        "a9993e364706816aba3e25717850c26c9cd0d89d",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
        ("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd"
         "454d4423643ce80e2a9ac94fa54ca49f"),
    };
    for (unsigned kind = 0; kind < TL_HASHES; kind++) {
        uint8_t digest[TL_HASH_MOST];
        assert_int_equal(strlen(abc[kind]), 2 * tl_hash_size(kind));
        crypto->hash(kind, string("abc"), digest);
        same(digest, abc[kind]);
    }
    uint8_t digest[TL_HASH_MOST];
    crypto->hash(TL_HASH_MD5, (struct tl_bytes){ NULL, 0 }, digest);
    same(digest, "d41d8cd98f00b204e9800998ecf8427e");
    crypto->hash(TL_HASH_SHA1, (struct tl_bytes){ NULL, 0 }, digest);
    same(digest, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    const char *two_blocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"; /* 56 bytes */
    crypto->hash(TL_HASH_SHA1, string(two_blocks), digest);
    same(digest, "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
}

/* At once, in two pieces, and with a copy of the state taken between them. */
static void test_hash_pieces(void **state)
{
    (void)state;
    struct text in = rising(7, 300);
    for (unsigned kind = 0; kind < TL_HASHES; kind++) {
        assert_true(crypto->hash_state[kind] <= TL_HASH_STATE);
        for (uint32_t len = 0; len <= in.len; len++) {
            uint8_t whole[TL_HASH_MOST], pieces[TL_HASH_MOST], copied[TL_HASH_MOST];
            void *memory = malloc(crypto->hash_state[kind]), *copy = malloc(crypto->hash_state[kind]);
            assert_true(memory != NULL && copy != NULL);
            crypto->hash(kind, tl_bytes_of(in.data, len), whole);
            crypto->hash_begin(kind, memory);
            crypto->hash_add(kind, memory, tl_bytes_of(in.data, len / 3));
            memcpy(copy, memory, crypto->hash_state[kind]);
            crypto->hash_add(kind, memory, tl_bytes_of(in.data + len / 3, len - len / 3));
            crypto->hash_end(kind, memory, pieces);
            crypto->hash_add(kind, copy, tl_bytes_of(in.data + len / 3, len - len / 3));
            crypto->hash_end(kind, copy, copied);
            free(memory);
            free(copy);
            assert_memory_equal(whole, pieces, tl_hash_size(kind));
            assert_memory_equal(whole, copied, tl_hash_size(kind));
        }
    }
}

/* RFC 2202 and RFC 4231. */
static void test_hmac(void **state)
{
    static const struct {
        enum tl_hash kind;
        uint8_t key;
        uint32_t key_len;
        const char *in, *mac;
    } vectors[] = {
        { TL_HASH_MD5, 0x0b, 16, "Hi There", "9294727a3638bb1c13f48ef8158bfc9d" },
        { TL_HASH_SHA1, 0x0b, 20, "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00" },
        { TL_HASH_SHA256, 0x0b, 20, "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
        { TL_HASH_SHA384, 0x0b, 20, "Hi There",
          "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6" },
        { TL_HASH_SHA512, 0x0b, 20, "Hi There",
          "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
          "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854" },
        { TL_HASH_SHA256, 0xaa, 131, "Test Using Larger Than Block-Size Key - Hash Key First",
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
        { TL_HASH_SHA256, 0, 0, "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad" },
    };
    for (unsigned i = 0; i < TL_COUNT(vectors); i++) {
        struct text key = times(vectors[i].key, vectors[i].key_len);
        uint8_t mac[TL_HASH_MOST];
        assert_int_equal(crypto->hmac(*state, vectors[i].kind, bytes(&key), string(vectors[i].in), mac), TL_CRYPTO_OK);
        same(mac, vectors[i].mac);
    }
}

/* RFC 5869 A.1 and A.3. */
static void test_hkdf(void **state)
{
    struct text key = times(0x0b, 22), salt = rising(0, 13), info = rising(0xf0, 10);
    uint8_t prk[TL_HASH_MOST], out[64];
    assert_int_equal(crypto->hkdf_extract(*state, TL_HASH_SHA256, bytes(&salt), bytes(&key), prk), TL_CRYPTO_OK);
    same(prk, "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
    assert_int_equal(crypto->hkdf_expand(*state, TL_HASH_SHA256, tl_bytes_of(prk, 32), bytes(&info), out, 42),
                     TL_CRYPTO_OK);
    same(out, "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
    const struct tl_bytes none = { NULL, 0 };
    assert_int_equal(crypto->hkdf_extract(*state, TL_HASH_SHA256, none, bytes(&key), prk), TL_CRYPTO_OK);
    same(prk, "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04");
    assert_int_equal(crypto->hkdf_expand(*state, TL_HASH_SHA256, tl_bytes_of(prk, 32), none, out, 42), TL_CRYPTO_OK);
    same(out, "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
    assert_int_equal(crypto->hkdf_expand(*state, TL_HASH_SHA256, tl_bytes_of(prk, 32), none, out, 0), TL_CRYPTO_OK);
    assert_int_equal(crypto->hkdf_expand(*state, TL_HASH_SHA256, tl_bytes_of(prk, 32), none, out, 255 * 32 + 1),
                     TL_CRYPTO_REFUSED);
}

static void label(void *state, const uint8_t *secret, const char *name, uint16_t len, const char *due)
{
    uint8_t out[64];
    assert_int_equal(tl_hkdf_expand_label(crypto, state, TL_HASH_SHA256, tl_bytes_of(secret, 32), "tls13 ", name,
                                          (struct tl_bytes){ NULL, 0 }, out, len), TL_CRYPTO_OK);
    same(out, due);
}

/* RFC 9001 A.1 and A.2: QUIC's client keys, and the mask of its first packet. */
static void test_quic(void **state)
{
    struct text salt = hex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"), id = hex("8394c8f03e515708");
    uint8_t secret[32];
    assert_int_equal(crypto->hkdf_extract(*state, TL_HASH_SHA256, bytes(&salt), bytes(&id), secret), TL_CRYPTO_OK);
    same(secret, "7db5df06e7a69e432496adedb00851923595221596ae2ae9fb8115c1e9ed0a44");
    label(*state, secret, "client in", 32, "c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea");
    struct text client = hex("c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea");
    label(*state, client.data, "quic key", 16, "1f369613dd76d5467730efcbe3b1a22d");
    label(*state, client.data, "quic iv", 12, "fa044b2f42a3fd3b46fb255c");
    label(*state, client.data, "quic hp", 16, "9f50449e04a0e810283a1e9933adedd2");
    struct text key = hex("9f50449e04a0e810283a1e9933adedd2"), sample = hex("d1b1c98dd7689fb8ec11d242b123dc9b");
    uint8_t mask[TL_CHACHA_BLOCK];
    assert_int_equal(crypto->aes_block(*state, bytes(&key), sample.data, mask), TL_CRYPTO_OK);
    same(mask, "437b9aec36");
    key = hex("25a282b9e82f06f21f488917a4fc8f1b73573685608597d0efcb076b0ab7a7a4"); /* A.5 */
    sample = hex("5e5cd55c41f69080575d7999c25a5bfb");
    assert_int_equal(crypto->chacha_block(*state, key.data, sample.data, mask), TL_CRYPTO_OK);
    same(mask, "aefefe7d03");
}

static void test_label_limits(void **state)
{
    char long_label[260];
    uint8_t out[16], context[256] = { 0 };
    struct text secret = times(1, 32);
    memset(long_label, 'x', sizeof long_label);
    long_label[249] = '\0';
    const struct tl_bytes none = { NULL, 0 };
    assert_int_equal(tl_hkdf_expand_label(crypto, *state, TL_HASH_SHA256, bytes(&secret), "tls13 ", long_label,
                                          tl_bytes_of(context, 255), out, 16), TL_CRYPTO_OK);
    assert_int_equal(tl_hkdf_expand_label(crypto, *state, TL_HASH_SHA256, bytes(&secret), "tls13 ", long_label,
                                          tl_bytes_of(context, 256), out, 16), TL_CRYPTO_REFUSED);
    long_label[249] = 'x';
    long_label[250] = '\0';
    assert_int_equal(tl_hkdf_expand_label(crypto, *state, TL_HASH_SHA256, bytes(&secret), "tls13 ", long_label, none,
                                          out, 16), TL_CRYPTO_REFUSED);
}

struct sealed {
    enum tl_aead kind;
    const char *key, *nonce, *aad, *text, *sealed;
};

#define GCM_KEY "feffe9928665731c6d6a8f9467308308"
#define GCM_AAD "feedfacedeadbeeffeedfacedeadbeefabaddad2"
#define GCM_TEXT "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72" \
                 "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"

/* GCM's specification (McGrew, Viega), cases 1, 4, 16; SP 800-38C example 3; RFC 8439 2.8.2; RFC 9001 A.5. */
static const struct sealed vectors[] = {
    { TL_AES_128_GCM, "00000000000000000000000000000000", "000000000000000000000000", "", "",
      "58e2fccefa7e3061367f1d57a4e7455a" },
    { TL_AES_128_GCM, GCM_KEY, "cafebabefacedbaddecaf888", GCM_AAD, GCM_TEXT,
      "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
      "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091 5bc94fbc3221a5db94fae95ae7121a47" },
    { TL_AES_256_GCM, GCM_KEY GCM_KEY, "cafebabefacedbaddecaf888", GCM_AAD, GCM_TEXT,
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
      "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662 76fc6ece0f4e1768cddf8853bb2d551b" },
    { TL_AES_128_CCM_8, "404142434445464748494a4b4c4d4e4f", "101112131415161718191a1b",
      "000102030405060708090a0b0c0d0e0f10111213", "202122232425262728292a2b2c2d2e2f3031323334353637",
      "e3b201a9f5b71a7a9b1ceaeccd97e70b6176aad9a4428aa5 484392fbc1b09951" },
    { TL_CHACHA20_POLY1305, "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
      "070000004041424344454647", "50515253c0c1c2c3c4c5c6c7",
      "4c616469657320616e642047656e746c656d656e206f662074686520636c6173"
      "73206f66202739393a204966204920636f756c64206f6666657220796f75206f"
      "6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73"
      "637265656e20776f756c642062652069742e",
      "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
      "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
      "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
      "3ff4def08e4b7a9de576d26586cec64b6116 1ae10b594f09e26a7e902ecbd0600691" },
    { TL_CHACHA20_POLY1305, "c6d98ff3441c3fe1b2182094f69caa2ed4b716b65488960a7a984979fb23e1c8",
      "e0459b3474bdd0e46d417eb0", "4200bff4", "01", "655e5cd55c41f69080575d7999c25a5bfb" },
};

static enum tl_crypto_status open_it(void *state, enum tl_aead kind, const struct text *key, const struct text *nonce,
                                     const struct text *aad, const struct text *sealed, uint8_t *out)
{
    return crypto->aead_open(state, kind, key->data, nonce->data, bytes(aad), bytes(sealed), out);
}

/* Right once, and with any bit of it changed nothing comes out; then right again. */
static void test_aead(void **state)
{
    for (unsigned i = 0; i < TL_COUNT(vectors); i++) {
        const struct sealed *v = &vectors[i];
        struct text key = hex(v->key), nonce = hex(v->nonce), aad = hex(v->aad);
        struct text due = hex(v->text), in = hex(v->sealed);
        uint32_t len = in.len - tl_aead_tag_size(v->kind);
        uint8_t *out = malloc(len > 0 ? len : 1); /* exact, so that a byte too many is seen */
        assert_non_null(out);
        assert_int_equal(key.len, tl_aead_key_size(v->kind));
        assert_int_equal(len, due.len);
        for (uint32_t bit = 0; bit < in.len * 8; bit++) {
            in.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
            memset(out, 0xee, len);
            assert_int_equal(open_it(*state, v->kind, &key, &nonce, &aad, &in, out), TL_CRYPTO_REFUSED);
            for (uint32_t k = 0; k < len; k++)
                assert_int_equal(out[k], 0);
            in.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        struct text other = aad;
        other.data[other.len++] = 0;
        assert_int_equal(open_it(*state, v->kind, &key, &nonce, &other, &in, out), TL_CRYPTO_REFUSED);
        assert_int_equal(open_it(*state, v->kind, &key, &nonce, &aad, &in, out), TL_CRYPTO_OK);
        assert_memory_equal(out, due.data, len);
        for (in.len = 0; in.len < tl_aead_tag_size(v->kind); in.len++)
            assert_int_equal(open_it(*state, v->kind, &key, &nonce, &aad, &in, out), TL_CRYPTO_REFUSED);
        free(out);
    }
}

static void test_nonce(void **state)
{
    (void)state;
    struct text iv = hex("e0459b3474bdd0e44a41c144");
    uint8_t nonce[TL_NONCE];
    tl_aead_nonce(iv.data, 654360564, nonce);
    same(nonce, "e0459b3474bdd0e46d417eb0");
    tl_aead_nonce(iv.data, UINT64_MAX, nonce);
    same(nonce, "e0459b34 8b422f1b b5be3ebb");
}

/* There is no vector with a nonce of 12 bytes and a tag of 16: what the library seals is opened. Also without text. */
static void test_ccm_16(void **state)
{
    struct text key = rising(1, 16), nonce = rising(9, TL_NONCE), aad = rising(50, 5), text = rising(100, 33);
    for (unsigned round = 0; round < 2; round++) {
        text.len = round == 0 ? 33 : 0;
        struct text sealed = { .len = text.len + 16 };
        int n;
        uint8_t out[64], none[16];
        EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
        assert_int_equal(EVP_EncryptInit_ex(c, EVP_aes_128_ccm(), NULL, NULL, NULL), 1);
        EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_IVLEN, TL_NONCE, NULL);
        EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, 16, NULL);
        assert_int_equal(EVP_EncryptInit_ex(c, NULL, NULL, key.data, nonce.data), 1);
        assert_int_equal(EVP_EncryptUpdate(c, NULL, &n, NULL, (int)text.len), 1);
        assert_int_equal(EVP_EncryptUpdate(c, NULL, &n, aad.data, (int)aad.len), 1);
        assert_int_equal(EVP_EncryptUpdate(c, text.len > 0 ? sealed.data : none, &n, text.data, (int)text.len), 1);
        assert_int_equal(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, 16, sealed.data + text.len), 1);
        EVP_CIPHER_CTX_free(c);
        assert_int_equal(open_it(*state, TL_AES_128_CCM, &key, &nonce, &aad, &sealed, out), TL_CRYPTO_OK);
        assert_memory_equal(out, text.data, text.len);
        sealed.data[sealed.len - 1] ^= 1;
        assert_int_equal(open_it(*state, TL_AES_128_CCM, &key, &nonce, &aad, &sealed, out), TL_CRYPTO_REFUSED);
    }
}

/* FIPS 197 C.1 and C.3; RFC 8439 2.3.2. */
static void test_blocks(void **state)
{
    struct text in = hex("00112233445566778899aabbccddeeff"), key = rising(0, 16);
    uint8_t out[TL_CHACHA_BLOCK];
    assert_int_equal(crypto->aes_block(*state, bytes(&key), in.data, out), TL_CRYPTO_OK);
    same(out, "69c4e0d86a7b0430d8cdb78070b4c55a");
    key = rising(0, 32);
    assert_int_equal(crypto->aes_block(*state, bytes(&key), in.data, out), TL_CRYPTO_OK);
    same(out, "8ea2b7ca516745bfeafc49904b496089");
    key.len = 24;
    assert_int_equal(crypto->aes_block(*state, bytes(&key), in.data, out), TL_CRYPTO_REFUSED);
    in = hex("01000000 000000090000004a00000000");
    assert_int_equal(crypto->chacha_block(*state, key.data, in.data, out), TL_CRYPTO_OK);
    same(out, "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
              "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e");
}

/* SP 800-38A F.2.2 and F.2.6; triple DES with three equal keys is DES (FIPS 81's example). */
static void test_cbc(void **state)
{
    struct text iv = rising(0, 16), key = hex("2b7e151628aed2a6abf7158809cf4f3c");
    struct text in = hex("7649abac8119b246cee98e9b12e9197d 5086cb9b507219ee95db113a917678b2");
    uint8_t out[ROOM];
    assert_int_equal(crypto->cbc_open(*state, TL_AES_128_CBC, key.data, iv.data, bytes(&in), out), TL_CRYPTO_OK);
    same(out, "6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51");
    key = hex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
    in = hex("f58c4c04d6e5f1ba779eabfb5f7bfbd6");
    assert_int_equal(crypto->cbc_open(*state, TL_AES_256_CBC, key.data, iv.data, bytes(&in), out), TL_CRYPTO_OK);
    same(out, "6bc1bee22e409f96e93d7e117393172a");
    key = hex("0123456789abcdef 0123456789abcdef 0123456789abcdef");
    iv = hex("1234567890abcdef");
    in = hex("e5c7cdde872bf27c 43e934008c389c0f 683788499a7c05f6");
    assert_int_equal(crypto->cbc_open(*state, TL_3DES_CBC, key.data, iv.data, bytes(&in), out), TL_CRYPTO_OK);
    assert_memory_equal(out, "Now is the time for all ", 24);
    in.len = 0;
    assert_int_equal(crypto->cbc_open(*state, TL_AES_128_CBC, key.data, iv.data, bytes(&in), out), TL_CRYPTO_OK);
    in.len = 23;
    assert_int_equal(crypto->cbc_open(*state, TL_3DES_CBC, key.data, iv.data, bytes(&in), out), TL_CRYPTO_REFUSED);
}

/* The often printed vector; in two pieces, and in place. */
static void test_rc4(void **state)
{
    (void)state;
    uint64_t memory[TL_RC4_STATE / sizeof(uint64_t)];
    uint8_t out[9];
    assert_int_equal(crypto->rc4_begin(memory, string("Key")), TL_CRYPTO_OK);
    crypto->rc4_next(memory, string("Plai"), out);
    memcpy(out + 4, "ntext", 5);
    crypto->rc4_next(memory, tl_bytes_of(out + 4, 5), out + 4);
    same(out, "bbf316e8d940af0ad3");
    assert_int_equal(crypto->rc4_begin(memory, string("")), TL_CRYPTO_REFUSED);
}

static void test_version(void **state)
{
    (void)state;
    assert_memory_equal(crypto->version(), "OpenSSL ", 8);
    crypto->state_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hashes), cmocka_unit_test(test_hash_pieces), cmocka_unit_test(test_hmac),
        cmocka_unit_test(test_hkdf),   cmocka_unit_test(test_quic),        cmocka_unit_test(test_label_limits),
        cmocka_unit_test(test_aead),   cmocka_unit_test(test_nonce),       cmocka_unit_test(test_ccm_16),
        cmocka_unit_test(test_blocks), cmocka_unit_test(test_cbc),         cmocka_unit_test(test_rc4),
        cmocka_unit_test(test_version),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
