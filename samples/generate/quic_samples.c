/*
 * quic_samples.c - QUIC that common programs do not produce: a hello in pieces out of order, versions by name, and
 * packets that are wrong. Initial packets are protected as RFC 9001 section 5 has it, with keys that everybody knows.
 */
#include "gen.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/kdf.h>

enum { PORT = 443, CLIENT = 50123, INITIAL_LEAST = 1162, MOST = 2048, TAG = 16 };

static const uint8_t salt_v1[20] = { 0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
                                     0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a };
static const uint8_t salt_29[20] = { 0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97,
                                     0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99 };
static const uint8_t salt_v2[20] = { 0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
                                     0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9 };
static const uint8_t client_id[8] = { 0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08 };
static const uint8_t server_id[4] = { 0xf0, 0x67, 0xa5, 0x50 };

struct text {
    size_t len;
    uint8_t bytes[2 * MOST];
};

static void put(struct text *t, const void *bytes, size_t len)
{
    memcpy(t->bytes + t->len, bytes, len);
    t->len += len;
}

static void put_number(struct text *t, unsigned value) /* a varint of two bytes */
{
    const uint8_t bytes[2] = { (uint8_t)(0x40 | value >> 8), (uint8_t)value };
    put(t, bytes, 2);
}

static void fill(struct text *t, uint8_t byte, size_t len)
{
    memset(t->bytes + t->len, byte, len);
    t->len += len;
}

/* --- protection --- */

static void hkdf(int mode, const uint8_t *key, size_t key_len, const uint8_t *other, size_t other_len, uint8_t *out,
                 size_t len)
{
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
    if (c == NULL || EVP_PKEY_derive_init(c) != 1 || EVP_PKEY_CTX_hkdf_mode(c, mode) != 1 ||
        EVP_PKEY_CTX_set_hkdf_md(c, EVP_sha256()) != 1 || EVP_PKEY_CTX_set1_hkdf_key(c, key, (int)key_len) != 1 ||
        (mode == EVP_PKEY_HKDEF_MODE_EXTRACT_ONLY ? EVP_PKEY_CTX_set1_hkdf_salt(c, other, (int)other_len)
                                                  : EVP_PKEY_CTX_add1_hkdf_info(c, other, (int)other_len)) != 1 ||
        EVP_PKEY_derive(c, out, &len) != 1)
        die("HKDF");
    EVP_PKEY_CTX_free(c);
}

static void expand(const uint8_t secret[32], const char *label, uint8_t *out, size_t len)
{
    uint8_t info[64] = { 0, (uint8_t)len, (uint8_t)(6 + strlen(label)) };
    memcpy(info + 3, "tls13 ", 6);
    memcpy(info + 9, label, strlen(label));
    hkdf(EVP_PKEY_HKDEF_MODE_EXPAND_ONLY, secret, 32, info, 10 + strlen(label), out, len);
}

static void cipher(const EVP_CIPHER *kind, const uint8_t *key, const uint8_t *nonce, const uint8_t *aad, size_t aad_len,
                   const uint8_t *in, size_t len, uint8_t *out)
{
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    int n = 0;
    if (c == NULL || EVP_EncryptInit_ex(c, kind, NULL, key, nonce) != 1 || EVP_CIPHER_CTX_set_padding(c, 0) != 1 ||
        (aad_len > 0 && EVP_EncryptUpdate(c, NULL, &n, aad, (int)aad_len) != 1) ||
        EVP_EncryptUpdate(c, out, &n, in, (int)len) != 1 ||
        (aad_len > 0 && (EVP_EncryptFinal_ex(c, out + n, &n) != 1 ||
                         EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, TAG, out + len) != 1)))
        die("encryption");
    EVP_CIPHER_CTX_free(c);
}

struct version {
    uint32_t number;
    const uint8_t *salt;
    const char *key, *iv, *hp; /* labels */
    uint8_t first;             /* of an Initial packet */
};
static const struct version v1 = { 1, salt_v1, "quic key", "quic iv", "quic hp", 0xc0 };
static const struct version draft = { 0xff00001d, salt_29, "quic key", "quic iv", "quic hp", 0xc0 };
static const struct version v2 = { 0x6b3343cf, salt_v2, "quicv2 key", "quicv2 iv", "quicv2 hp", 0xd0 };

/* Adds an Initial packet with these frames, as long as `least` bytes of frames. */
static void put_initial(struct text *t, const struct version *v, bool client, uint8_t number, const struct text *frames,
                        size_t least)
{
    uint8_t secret[32], initial[32], key[16], iv[12], hp[16], mask[16];
    struct text plain = *frames, head = { .len = 0 };
    hkdf(EVP_PKEY_HKDEF_MODE_EXTRACT_ONLY, client_id, sizeof client_id, v->salt, 20, initial, 32);
    expand(initial, client ? "client in" : "server in", secret, 32);
    expand(secret, v->key, key, 16);
    expand(secret, v->iv, iv, 12);
    expand(secret, v->hp, hp, 16);
    if (plain.len < least)
        fill(&plain, 0, least - plain.len);
    uint8_t begin[6] = { v->first };
    put32(begin + 1, v->number);
    begin[5] = client ? sizeof client_id : 0;
    put(&head, begin, 6);
    put(&head, client_id, begin[5]);
    fill(&head, client ? 0 : sizeof server_id, 1);
    put(&head, server_id, client ? 0 : sizeof server_id);
    fill(&head, 0, 1);
    put_number(&head, (unsigned)(plain.len + TAG + 1));
    fill(&head, number, 1);
    iv[11] ^= number;
    uint8_t *sealed = t->bytes + t->len + head.len;
    cipher(EVP_aes_128_gcm(), key, iv, head.bytes, head.len, plain.bytes, plain.len, sealed);
    cipher(EVP_aes_128_ecb(), hp, NULL, NULL, 0, sealed + 3, 16, mask);
    head.bytes[0] ^= mask[0] & 0x0f;
    head.bytes[head.len - 1] ^= mask[1];
    put(t, head.bytes, head.len);
    t->len += plain.len + TAG;
}

static void datagram(struct capture *c, enum direction dir, const struct text *t)
{
    struct pkt p;
    pkt_init(&p, c->net);
    pkt_append(&p, t->bytes, t->len);
    put_udp(&p, dir, false, dir == DIR_AB ? CLIENT : PORT, dir == DIR_AB ? PORT : CLIENT);
    put_ip4_dir(&p, dir, 17);
    put_ethernet(&p, dir, 0x0800);
    pcap_packet(c, &p);
}

/* --- hellos --- */

static void put_extension(struct text *t, unsigned type, const void *bytes, size_t len)
{
    uint8_t head[4];
    put16(head, type);
    put16(head + 2, (unsigned)len);
    put(t, head, 4);
    put(t, bytes, len);
}

/* A hello with a key share of `share` bytes, as those after quantum computers are. */
static void client_hello(struct text *t, const char *name, size_t share)
{
    struct text x = { .len = 0 }, value = { .len = 0 };
    uint8_t head[5] = { 0, (uint8_t)(strlen(name) + 3), 0, 0, (uint8_t)strlen(name) };
    put(&value, head, 5);
    put(&value, name, strlen(name));
    put_extension(&x, 0, value.bytes, value.len);
    put_extension(&x, 10, "\0\4\x11\xec\0\x1d", 6);
    put_extension(&x, 13, "\0\4\4\3\x08\4", 6);
    put_extension(&x, 16, "\0\6\2h3\2hq", 8);
    put_extension(&x, 43, "\2\3\4", 3);
    value.len = 0;
    fill(&value, 0, 6);
    put16(value.bytes, (unsigned)share + 4);
    put16(value.bytes + 2, 0x11ec);
    put16(value.bytes + 4, (unsigned)share);
    fill(&value, 0x5a, share);
    put_extension(&x, 51, value.bytes, value.len);
    put_extension(&x, 57, "\4\4\x80\x10\0\0\x0f\0", 8);
    struct text body = { .len = 0 };
    put(&body, "\3\3", 2);
    for (unsigned i = 0; i < 32; i++)
        fill(&body, (uint8_t)i, 1);
    put(&body, "\0\0\4\x13\1\x13\2\1\0", 9);
    fill(&body, 0, 2);
    put16(body.bytes + body.len - 2, (unsigned)x.len);
    put(&body, x.bytes, x.len);
    uint8_t begin[4] = { 1, 0 };
    put16(begin + 2, (unsigned)body.len);
    put(t, begin, 4);
    put(t, body.bytes, body.len);
}

static void server_hello(struct text *t)
{
    static const uint8_t rest[] = { 0, 0x13, 1, 0, 0, 46, 0, 43, 0, 2, 3, 4, 0, 51, 0, 36, 0, 0x1d, 0, 32 };
    put(t, "\2\0\0\x56\3\3", 6);
    fill(t, 0x77, 32);
    put(t, rest, sizeof rest);
    fill(t, 0x99, 32);
}

static void put_crypto(struct text *t, const struct text *of, unsigned from, unsigned len)
{
    fill(t, 6, 1);
    put_number(t, from);
    put_number(t, len);
    put(t, of->bytes + from, len);
}

/* The hello needs two packets; the second comes first, and each has its frames in another order. */
static void in_two(struct capture *c, const void *arg)
{
    struct text hello = { .len = 0 }, frames = { .len = 0 }, packet = { .len = 0 };
    (void)arg;
    pcap_begin(c, 1);
    client_hello(&hello, "www.example.test", 1216);
    put_crypto(&frames, &hello, 1100, (unsigned)hello.len - 1100);
    fill(&frames, 0, 3);
    put_crypto(&frames, &hello, 700, 400);
    put_initial(&packet, &v1, true, 1, &frames, INITIAL_LEAST);
    datagram(c, DIR_AB, &packet);
    frames.len = packet.len = 0;
    put_crypto(&frames, &hello, 300, 420); /* twenty bytes again */
    fill(&frames, 1, 1);
    put_crypto(&frames, &hello, 0, 100);
    put_crypto(&frames, &hello, 100, 200);
    put_initial(&packet, &v1, true, 0, &frames, INITIAL_LEAST);
    datagram(c, DIR_AB, &packet);
    hello.len = frames.len = packet.len = 0;
    server_hello(&hello);
    put(&frames, "\2\1\0\0\1", 5); /* ACK of both */
    put_crypto(&frames, &hello, 0, (unsigned)hello.len);
    put_initial(&packet, &v1, false, 0, &frames, 0);
    put(&packet, "\xe0\0\0\0\1\0\4\xf0\x67\xa5\x50\x40\x40", 13); /* Handshake, which is not opened */
    fill(&packet, 0xa5, 64);
    datagram(c, DIR_BA, &packet);
    frames.len = packet.len = 0;
    put(&frames, "\2\0\0\0\0\x1c\x41\x2a\6\2no", 12); /* CONNECTION_CLOSE with an alert */
    put_initial(&packet, &v1, true, 2, &frames, INITIAL_LEAST);
    datagram(c, DIR_AB, &packet);
    packet.len = 0;
    put(&packet, "\x41\xf0\x67\xa5\x50", 5);
    fill(&packet, 0xc3, 30);
    datagram(c, DIR_AB, &packet);
}

/* --- versions --- */

static void put_long(struct text *t, uint8_t first, uint32_t version, size_t rest)
{
    uint8_t head[6] = { first };
    put32(head + 1, version);
    head[5] = sizeof client_id;
    put(t, head, 6);
    put(t, client_id, sizeof client_id);
    fill(t, 0, 1);
    fill(t, 0xee, rest);
}

static void versions(struct capture *c, const void *arg)
{
    struct text hello = { .len = 0 }, frames = { .len = 0 }, packet = { .len = 0 };
    (void)arg;
    pcap_begin(c, 1);
    client_hello(&hello, "draft.example.test", 32);
    put_crypto(&frames, &hello, 0, (unsigned)hello.len);
    put_initial(&packet, &draft, true, 0, &frames, INITIAL_LEAST);
    datagram(c, DIR_AB, &packet);
    hello.len = frames.len = packet.len = 0;
    put(&packet, "\x80\0\0\0\0\0\4\xf0\x67\xa5\x50\x6b\x33\x43\xcf\xfa\xce\xb0\2\0\0\0\1\x1a\x2a\x3a\x4a", 27);
    datagram(c, DIR_BA, &packet); /* version negotiation */
    packet.len = 0;
    client_hello(&hello, "second.example.test", 32);
    put_crypto(&frames, &hello, 0, (unsigned)hello.len);
    put_initial(&packet, &v2, true, 0, &frames, INITIAL_LEAST);
    datagram(c, DIR_AB, &packet);
    packet.len = 0;
    put_long(&packet, 0xc3, 0xfaceb00e, 60); /* not known */
    datagram(c, DIR_BA, &packet);
    packet.len = 0;
    put(&packet, "\xc3Q046\x50", 6);
    put(&packet, client_id, sizeof client_id);
    fill(&packet, 0x5c, 40);
    datagram(c, DIR_AB, &packet);
}

/* --- wrong --- */

static void wrong(struct capture *c, const void *arg)
{
    struct text hello = { .len = 0 }, frames = { .len = 0 }, packet = { .len = 0 };
    (void)arg;
    pcap_begin(c, 1);
    client_hello(&hello, "wrong.example.test", 32);
    put_crypto(&frames, &hello, 0, 50);
    put(&frames, "\6\xc0\0\0\1\0\0\0\0\1\x77", 11); /* CRYPTO far ahead */
    put_initial(&packet, &v1, true, 0, &frames, INITIAL_LEAST);
    datagram(c, DIR_AB, &packet);
    packet.bytes[packet.len - 1] ^= 1; /* does not verify */
    datagram(c, DIR_AB, &packet);
    frames.len = packet.len = 0;
    put_crypto(&frames, &hello, 50, (unsigned)hello.len - 50);
    put(&frames, "\x1c\1\6\x7f\xffshort", 10); /* a reason that is longer than the packet */
    put_initial(&packet, &v1, true, 1, &frames, 0);
    datagram(c, DIR_AB, &packet);
    frames.len = packet.len = 0;
    put(&frames, "\x40\x99what", 6); /* a frame of an unknown type */
    put_initial(&packet, &v1, true, 2, &frames, INITIAL_LEAST);
    datagram(c, DIR_AB, &packet);
    packet.len = 0;
    put(&packet, "\xf0\0\0\0\1\0\4\xf0\x67\xa5\x50token", 16); /* Retry with a wrong tag */
    fill(&packet, 0x11, 16);
    datagram(c, DIR_BA, &packet);
    packet.len = 0;
    put(&packet, "\xe0\0\0\0\1\0\4\xf0\x67\xa5\x50\x4f\xff\1\2\3", 16); /* longer than its datagram */
    datagram(c, DIR_BA, &packet);
    packet.len = 0;
    put(&packet, "\xe0\0\0\0\1\x15", 6); /* an id that is too long */
    fill(&packet, 9, 40);
    datagram(c, DIR_BA, &packet);
    packet.len = 0;
    fill(&packet, 0x11, 20); /* without the fixed bit */
    datagram(c, DIR_BA, &packet);
}

const struct sample quic_samples[] = {
    { "quic/hello-in-two.pcap",
      "a hello in two packets, the second one first, its frames in any order; a close", in_two, NULL },
    { "quic/by-name.pcap",
      "draft-29, version negotiation, version 2, a version that is not known, Q046", versions, NULL },
    { "quic/wrong.pcap",
      "CRYPTO far ahead, a wrong tag, frames that are wrong, a forged Retry, lengths, no fixed bit", wrong, NULL },
    { NULL, NULL, NULL, NULL },
};
