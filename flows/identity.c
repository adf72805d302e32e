/* identity.c - uid and Community ID. */
#include "flows/identity.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

struct tl_uid tl_flow_uid(const struct tl_flow *flow, const struct tl_flow_ext *ext)
{
    uint8_t text[64] = { 0 };
    unsigned n = tl_flow_addr_len(flow) * 2;
    memcpy(text, flow->addr, n);
    uint8_t *p = text + n;
    tl_store_be16(p, flow->port[0]);
    tl_store_be16(p + 2, flow->port[1]);
    p[4] = flow->ip_proto;
    p[5] = ext != NULL ? ext->parent_count : 0;
    for (unsigned i = 0; i < 8; i++) {
        p[6 + i] = (uint8_t)(flow->first_ns >> (8 * i));
        p[14 + i] = (uint8_t)((uint64_t)flow->first_pkt >> (8 * i));
    }
    XXH128_hash_t hash = XXH3_128bits(text, n + 22);
    return (struct tl_uid){ hash.high64, hash.low64 };
}

/* Writes a binary fraction in base 62: multiplies by 62 repeatedly and takes the whole parts. */
static void digits(uint64_t fraction, char *text, unsigned n)
{
    static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for (unsigned i = 0; i < n; i++) {
        unsigned __int128 product = (unsigned __int128)fraction * 62;
        text[i] = alphabet[(unsigned)(product >> 64)];
        fraction = (uint64_t)product;
    }
}

void tl_uid_text(struct tl_uid uid, char text[20])
{
    text[0] = 'C';
    digits(uid.high, text + 1, 9);
    digits(uid.low, text + 10, 8);
    text[18] = 0;
}

void tl_file_uid(const char uid[TL_UID_LEN], unsigned side, uint32_t number, char text[20])
{
    uint8_t in[TL_UID_LEN + 5];
    memcpy(in, uid, TL_UID_LEN);
    in[TL_UID_LEN] = (uint8_t)side;
    tl_store_be32(in + TL_UID_LEN + 1, number);
    XXH128_hash_t hash = XXH3_128bits(in, sizeof in);
    tl_uid_text((struct tl_uid){ hash.high64, hash.low64 }, text);
    text[0] = 'F';
}

static void base64(const uint8_t *p, char *text) /* of 20 bytes */
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (unsigned i = 0; i < 18; i += 3) {
        uint32_t v = tl_load_be24(p + i);
        *text++ = alphabet[v >> 18];
        *text++ = alphabet[v >> 12 & 63];
        *text++ = alphabet[v >> 6 & 63];
        *text++ = alphabet[v & 63];
    }
    uint32_t v = (uint32_t)p[18] << 16 | (uint32_t)p[19] << 8;
    *text++ = alphabet[v >> 18];
    *text++ = alphabet[v >> 12 & 63];
    *text++ = alphabet[v >> 6 & 63];
    *text++ = '=';
    *text = 0;
}

void tl_community_id(const struct tl_flow *flow, const struct tl_crypto *crypto, char text[32])
{
    uint8_t in[2 + 2 * 16 + 6], digest[20];
    unsigned n = tl_flow_addr_len(flow);
    const uint8_t *a = flow->addr, *b = flow->addr + n;
    uint16_t port_a = flow->port[0], port_b = flow->port[1];
    bool ports = flow->ip_proto == 6 || flow->ip_proto == 17 || flow->ip_proto == 132 || flow->ip_proto == 1 ||
                 flow->ip_proto == 58;
    int order = memcmp(a, b, n);
    if (!(flow->flags & TL_FLOW_ONE_WAY) && (order > 0 || (order == 0 && ports && port_a > port_b))) {
        const uint8_t *addr = a;
        a = b;
        b = addr;
        port_a = flow->port[1];
        port_b = flow->port[0];
    }
    in[0] = in[1] = 0; /* the seed */
    if (n == 4) { /* constant lengths: the compiler inlines the copies */
        memcpy(in + 2, a, 4);
        memcpy(in + 2 + 4, b, 4);
    } else {
        memcpy(in + 2, a, 16);
        memcpy(in + 2 + 16, b, 16);
    }
    uint8_t *p = in + 2 + n * 2;
    p[0] = flow->ip_proto;
    p[1] = 0;
    tl_store_be16(p + 2, port_a);
    tl_store_be16(p + 4, port_b);
    crypto->hash(TL_HASH_SHA1, tl_bytes_of(in, 2 + n * 2 + (ports ? 6 : 2)), digest);
    text[0] = '1';
    text[1] = ':';
    base64(digest, text + 2);
}

void tl_flow_describe(const struct tl_flow *flow, struct tl_flow_id *id)
{
    unsigned n = tl_flow_addr_len(flow);
    id->version = n == 4 ? 4 : 6;
    id->ip_proto = flow->ip_proto;
    id->decimals = flow->flags & TL_FLOW_NANO ? 9 : 6;
    id->orig_port = tl_flow_port(flow, TL_ORIG);
    id->resp_port = tl_flow_port(flow, TL_RESP);
    id->first_pkt = flow->first_pkt;
    memset(id->orig_addr, 0, sizeof id->orig_addr); /* whole addresses are compared */
    memset(id->resp_addr, 0, sizeof id->resp_addr);
    memcpy(id->orig_addr, tl_flow_addr(flow, TL_ORIG), n);
    memcpy(id->resp_addr, tl_flow_addr(flow, TL_RESP), n);
    id->proxied.version = 0;
    id->decrypted = false;
    id->depth = 0;
}
