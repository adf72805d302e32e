/*
 * public_key.c - what a certificate says of its public key (RFC 5280 section 4.1.2.7).
 *
 * libcrypto 3 makes a usable key of it when it reads a certificate: that takes ten times as long as all the rest. The
 * context that certificates are read with therefore has no such decoders, and the usual keys are read here: RSA and DSA
 * (RFC 3279 section 2.3) and named curves (RFC 5480). Others are given to the library's decoders.
 */
#include "crypto/public_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/objects.h>
#include <string.h>

static void put(char *to, size_t room, const char *text)
{
    size_t len = text != NULL ? strlen(text) : 0;
    if (len < room && len > 0)
        memcpy(to, text, len + 1);
}

static void put_exponent(struct tl_public_key *key, const BIGNUM *e)
{
    char *decimal = BN_num_bits(e) <= 256 ? BN_bn2dec(e) : NULL;
    put(key->exponent, sizeof key->exponent, decimal);
    OPENSSL_free(decimal);
}

/* The integer of a sequence; NULL: it has none there, or a negative one. Owned by the caller. */
static BIGNUM *integer_at(const ASN1_SEQUENCE_ANY *sequence, int index)
{
    const ASN1_TYPE *item = index < sk_ASN1_TYPE_num(sequence) ? sk_ASN1_TYPE_value(sequence, index) : NULL;
    return item != NULL && item->type == V_ASN1_INTEGER ? ASN1_INTEGER_to_BN(item->value.integer, NULL) : NULL;
}

/* RSAPublicKey: modulus and exponent. */
static bool read_rsa(struct tl_bytes bits, struct tl_public_key *key)
{
    const unsigned char *p = bits.data;
    ASN1_SEQUENCE_ANY *sequence = d2i_ASN1_SEQUENCE_ANY(NULL, &p, (long)bits.len);
    BIGNUM *n = integer_at(sequence, 0), *e = integer_at(sequence, 1);
    bool good = n != NULL && e != NULL && sk_ASN1_TYPE_num(sequence) == 2;
    if (good) {
        put(key->type, sizeof key->type, "rsa");
        key->bits = (uint32_t)BN_num_bits(n);
        put_exponent(key, e);
    }
    BN_free(n);
    BN_free(e);
    sk_ASN1_TYPE_pop_free(sequence, ASN1_TYPE_free);
    return good;
}

/* Dss-Parms: p, q and g. The length of the key is that of p. */
static bool read_dsa(const void *parameters, int type, struct tl_public_key *key)
{
    const ASN1_STRING *string = type == V_ASN1_SEQUENCE ? parameters : NULL;
    const unsigned char *at = string != NULL ? ASN1_STRING_get0_data(string) : NULL;
    ASN1_SEQUENCE_ANY *sequence = at != NULL ? d2i_ASN1_SEQUENCE_ANY(NULL, &at, ASN1_STRING_length(string)) : NULL;
    BIGNUM *p = integer_at(sequence, 0);
    bool good = p != NULL && sk_ASN1_TYPE_num(sequence) == 3;
    if (good) {
        put(key->type, sizeof key->type, "dsa");
        key->bits = (uint32_t)BN_num_bits(p);
    }
    BN_free(p);
    sk_ASN1_TYPE_pop_free(sequence, ASN1_TYPE_free);
    return good;
}

/* The length of a key on a curve is that of the order of its group. Groups take long to make: the last ones are kept. */
static uint32_t order_bits(struct tl_crypto_state *s, int nid)
{
    struct tl_curve *curve = &s->curves[(unsigned)nid % TL_CURVES];
    if (curve->nid != nid) {
        EC_GROUP *group = EC_GROUP_new_by_curve_name_ex(s->library, NULL, nid);
        *curve = (struct tl_curve){ nid, group != NULL ? (uint32_t)EC_GROUP_order_bits(group) : 0 };
        EC_GROUP_free(group);
    }
    return curve->bits;
}

/* ECParameters: the name of a curve. bits: a point (SEC 1 section 2.3.3). */
static bool read_ec(struct tl_crypto_state *s, const void *parameters, int type, struct tl_bytes bits,
                    struct tl_public_key *key)
{
    int nid = type == V_ASN1_OBJECT ? OBJ_obj2nid(parameters) : NID_undef;
    bool point = bits.len > 1 && bits.data[0] >= 2 && bits.data[0] <= 4;
    key->bits = nid != NID_undef && point ? order_bits(s, nid) : 0;
    if (key->bits == 0)
        return false;
    put(key->type, sizeof key->type, "ecdsa");
    put(key->curve, sizeof key->curve, OBJ_nid2sn(nid));
    return true;
}

/* A key of another kind, and one that is not as it should be. */
static void ask_library(struct tl_crypto_state *s, X509_PUBKEY *from, struct tl_public_key *out)
{
    unsigned char *der = NULL;
    int len = i2d_X509_PUBKEY(from, &der);
    const unsigned char *p = der;
    EVP_PKEY *key = len > 0 ? d2i_PUBKEY_ex(NULL, &p, len, s->library, NULL) : NULL;
    *out = (struct tl_public_key){ .bits = 0 };
    if (key != NULL) {
        int bits = EVP_PKEY_get_bits(key);
        out->bits = bits > 0 ? (uint32_t)bits : 0;
        BIGNUM *e = NULL;
        int kind = EVP_PKEY_get_base_id(key);
        size_t used = 0;
        put(out->type, sizeof out->type,
            kind == EVP_PKEY_RSA   ? "rsa"
            : kind == EVP_PKEY_DSA ? "dsa"
            : kind == EVP_PKEY_EC  ? "ecdsa"
                                   : EVP_PKEY_get0_type_name(key));
        if (kind == EVP_PKEY_RSA && EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) == 1)
            put_exponent(out, e);
        if (kind == EVP_PKEY_EC && EVP_PKEY_get_group_name(key, out->curve, sizeof out->curve, &used) != 1)
            out->curve[0] = '\0';
        BN_free(e);
    }
    EVP_PKEY_free(key);
    OPENSSL_free(der);
}

const ASN1_OBJECT *tl_public_key_read(struct tl_crypto_state *s, X509_PUBKEY *from, struct tl_public_key *key)
{
    ASN1_OBJECT *algorithm = NULL;
    const ASN1_OBJECT *object = NULL;
    X509_ALGOR *identifier = NULL;
    const unsigned char *data = NULL;
    const void *parameters = NULL;
    int len = 0, type = V_ASN1_UNDEF;
    *key = (struct tl_public_key){ .bits = 0 };
    if (X509_PUBKEY_get0_param(&algorithm, &data, &len, &identifier, from) != 1)
        return NULL;
    X509_ALGOR_get0(&object, &type, &parameters, identifier);
    struct tl_bytes bits = { data, len > 0 ? (uint32_t)len : 0 };
    int nid = OBJ_obj2nid(object);
    if (!(nid == NID_rsaEncryption && read_rsa(bits, key)) && !(nid == NID_dsa && read_dsa(parameters, type, key)) &&
        !(nid == NID_X9_62_id_ecPublicKey && read_ec(s, parameters, type, bits, key)))
        ask_library(s, from, key);
    return algorithm;
}
