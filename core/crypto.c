/* crypto.c - key derivation of TLS 1.3 and QUIC (RFC 8446) over the table of functions. */
#include "core/crypto.h"

enum tl_crypto_status tl_hkdf_expand_label(const struct tl_crypto *crypto, struct tl_crypto_state *s, enum tl_hash kind,
                                           struct tl_bytes secret, const char *prefix, const char *label,
                                           struct tl_bytes context, uint8_t *out, uint16_t out_len)
{
    uint8_t info[2 + 1 + 255 + 1 + 255];
    size_t prefix_len = strlen(prefix), label_len = strlen(label);
    if (prefix_len > 255 || label_len > 255 - prefix_len || context.len > 255)
        return TL_CRYPTO_REFUSED;
    uint8_t *p = info;
    tl_store_be16(p, out_len);
    p[2] = (uint8_t)(prefix_len + label_len);
    p += 3;
    memcpy(p, prefix, prefix_len);
    memcpy(p + prefix_len, label, label_len);
    p += prefix_len + label_len;
    *p++ = (uint8_t)context.len;
    if (context.len > 0)
        memcpy(p, context.data, context.len);
    p += context.len;
    return crypto->hkdf_expand(s, kind, secret, tl_bytes_of(info, (size_t)(p - info)), out, out_len);
}

void tl_aead_nonce(const uint8_t iv[TL_NONCE], uint64_t number, uint8_t nonce[TL_NONCE])
{
    memcpy(nonce, iv, TL_NONCE);
    for (unsigned i = 0; i < 8; i++)
        nonce[TL_NONCE - 1 - i] ^= (uint8_t)(number >> (8 * i));
}
