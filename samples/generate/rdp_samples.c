/*
 * rdp_samples.c - connections of RDP without TLS: the settings of both ends in the clear (MS-RDPBCGR 2.2.1.3, 2.2.1.4),
 * a chain of certificates, blocks whose lengths do not fit.
 */
#include <string.h>

#include "gen.h"

enum { ROOM = 2048 };

struct bytes {
    uint8_t data[ROOM];
    size_t len;
};

static void add(struct bytes *b, const void *data, size_t len)
{
    if (len > ROOM - b->len)
        die("a message of RDP that is too long");
    memcpy(b->data + b->len, data, len);
    b->len += len;
}

static void add_le(struct bytes *b, uint32_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        add(b, &(uint8_t){ (uint8_t)(value >> (8 * i)) }, 1);
}

static void add_wide(struct bytes *b, const char *text, size_t size)
{
    uint8_t wide[64] = { 0 };
    for (size_t i = 0; text[i] != '\0' && 2 * i + 2 < size; i++)
        wide[2 * i] = (uint8_t)text[i];
    add(b, wide, size);
}

static void add_block(struct bytes *b, uint32_t type, const struct bytes *content)
{
    add_le(b, type, 2);
    add_le(b, (uint32_t)content->len + 4, 2);
    add(b, content->data, content->len);
}

static struct bytes client_core(uint32_t layout, uint32_t build, const char *name, uint32_t depth, uint32_t early)
{
    static const uint8_t zeros[64];
    struct bytes b = { .len = 0 };
    add_le(&b, 4, 2);
    add_le(&b, 8, 2);
    add_le(&b, 1280, 2);
    add_le(&b, 1024, 2);
    add_le(&b, 0xca01, 2);
    add_le(&b, 0xaa03, 2);
    add_le(&b, layout, 4);
    add_le(&b, build, 4);
    add_wide(&b, name, 32);
    add_le(&b, 4, 4);
    add_le(&b, 0, 4);
    add_le(&b, 12, 4);
    add(&b, zeros, 64);
    add_le(&b, 0xca01, 2);
    add_le(&b, 1, 2);
    add_le(&b, 0, 4);
    add_le(&b, depth, 2);
    add_le(&b, 7, 2);
    add_le(&b, early, 2);
    add_wide(&b, "12345-678-9012345-67890", 64);
    add_le(&b, 6, 1);
    add_le(&b, 0, 1);
    add_le(&b, 0, 4);
    return b;
}

static struct bytes channels(unsigned count)
{
    static const char names[][8] = { "rdpdr", "rdpsnd", "cliprdr", "drdynvc" };
    struct bytes b = { .len = 0 };
    add_le(&b, count, 4);
    for (unsigned i = 0; i < 4; i++) {
        add(&b, names[i], 8);
        add_le(&b, 0xc0a00000, 4);
    }
    return b;
}

/* A BER value with a length of two bytes. */
static void wrap(struct bytes *b, const char *tag, size_t tag_len, const struct bytes *content)
{
    add(b, tag, tag_len);
    add(b, &(uint8_t[]){ 0x82, (uint8_t)(content->len >> 8), (uint8_t)content->len }, 3);
    add(b, content->data, content->len);
}

/* A data PDU with MCS, T.124 and the blocks. */
static struct bytes pdu(const struct bytes *blocks, bool response)
{
    static const char parameters[] = "\x30\x19\2\1\x22\2\1\2\2\1\0\2\1\1\2\1\0\2\1\1\2\2\xff\xff\2\1\2";
    static const char request[] = "\0\x08\0\x10\0\1\xc0\0" "Duca", answer[] = "\x14\x76\x0a\1\1\0\1\xc0\0" "McDn";
    struct bytes gcc = { .len = 0 }, mcs = { .len = 0 }, ber = { .len = 0 }, out = { .len = 0 };
    const size_t inner = (response ? sizeof answer : sizeof request) - 1 + 2 + blocks->len;
    add(&gcc, "\0\5\0\x14\x7c\0\1", 7);
    add(&gcc, &(uint8_t[]){ (uint8_t)(0x80 | inner >> 8), (uint8_t)inner }, 2);
    add(&gcc, response ? answer : request, (response ? sizeof answer : sizeof request) - 1);
    add(&gcc, &(uint8_t[]){ (uint8_t)(0x80 | blocks->len >> 8), (uint8_t)blocks->len }, 2);
    add(&gcc, blocks->data, blocks->len);
    if (response) {
        add(&mcs, "\x0a\1\0\2\1\0", 6);
        add(&mcs, parameters, sizeof parameters - 1);
    } else {
        add(&mcs, "\4\1\1\4\1\1\1\1\xff", 9);
        for (unsigned i = 0; i < 3; i++)
            add(&mcs, parameters, sizeof parameters - 1);
    }
    wrap(&mcs, "\4", 1, &gcc);
    wrap(&ber, response ? "\x7f\x66" : "\x7f\x65", 2, &mcs);
    size_t whole = ber.len + 7;
    add(&out, &(uint8_t[]){ 3, 0, (uint8_t)(whole >> 8), (uint8_t)whole, 2, 0xf0, 0x80 }, 7);
    add(&out, ber.data, ber.len);
    return out;
}

static void say(struct talk_line *l, enum direction dir, const void *bytes, size_t len)
{
    talk_segment(l, dir, 24, bytes, len, false);
}

/* Both ends connect, and say that it will be RDP's own security. */
static struct talk_line begin(struct capture *c)
{
    static const char ask[] = "\3\0\0\x2b\x26\xe0\0\0\0\0\0Cookie: mstshash=alice\r\n\1\0\x08\0\0\0\0\0";
    static const char answer[] = "\3\0\0\x13\x0e\xd0\0\0\x12\x34\0\2\0\x08\0\0\0\0\0";
    struct talk_line l = { .c = c, .port = 3389, .next = { 1000, 5000 } };
    pcap_begin(c, 1);
    talk_segment(&l, DIR_AB, 2, NULL, 0, false);
    talk_segment(&l, DIR_BA, 18, NULL, 0, false);
    talk_segment(&l, DIR_AB, 16, NULL, 0, false);
    say(&l, DIR_AB, ask, sizeof ask - 1);
    say(&l, DIR_BA, answer, sizeof answer - 1);
    return l;
}

static void end(struct talk_line *l)
{
    talk_segment(l, DIR_AB, 17, NULL, 0, false);
    talk_segment(l, DIR_BA, 17, NULL, 0, false);
}

static struct bytes server_security(uint32_t method, uint32_t level, const struct bytes *certificate)
{
    struct bytes b = { .len = 0 };
    add_le(&b, method, 4);
    add_le(&b, level, 4);
    if (certificate->len == 0)
        return b;
    add_le(&b, 32, 4);
    add_le(&b, (uint32_t)certificate->len, 4);
    for (unsigned i = 0; i < 32; i++)
        add_le(&b, i, 1);
    add(&b, certificate->data, certificate->len);
    return b;
}

/* A certificate of ts.example.test, made by openssl; its key was thrown away. */
static const uint8_t certificate_der[] = {
    0x30, 0x82, 0x01, 0x74, 0x30, 0x82, 0x01, 0x19, 0xa0, 0x03, 0x02, 0x01, 0x02, 0x02, 0x01, 0x01, 0x30, 0x0a, 0x06,
    0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02, 0x30, 0x1a, 0x31, 0x18, 0x30, 0x16, 0x06, 0x03, 0x55, 0x04,
    0x03, 0x0c, 0x0f, 0x74, 0x73, 0x2e, 0x65, 0x78, 0x61, 0x6d, 0x70, 0x6c, 0x65, 0x2e, 0x74, 0x65, 0x73, 0x74, 0x30,
    0x1e, 0x17, 0x0d, 0x32, 0x36, 0x31, 0x31, 0x33, 0x30, 0x32, 0x30, 0x35, 0x39, 0x33, 0x36, 0x5a, 0x17, 0x0d, 0x33,
    0x36, 0x31, 0x31, 0x32, 0x37, 0x32, 0x30, 0x35, 0x39, 0x33, 0x36, 0x5a, 0x30, 0x1a, 0x31, 0x18, 0x30, 0x16, 0x06,
    0x03, 0x55, 0x04, 0x03, 0x0c, 0x0f, 0x74, 0x73, 0x2e, 0x65, 0x78, 0x61, 0x6d, 0x70, 0x6c, 0x65, 0x2e, 0x74, 0x65,
    0x73, 0x74, 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04, 0x7f, 0x3c, 0x7b, 0x4d, 0x84, 0x67, 0x3c, 0x59, 0xe0,
    0x38, 0xe8, 0xe6, 0x8a, 0x75, 0x67, 0xaf, 0xbd, 0x0b, 0x58, 0xff, 0x84, 0x2c, 0x1c, 0x6c, 0xdd, 0xf3, 0xe2, 0xb6,
    0xf5, 0xbe, 0x05, 0xb7, 0x67, 0xc3, 0xee, 0x0a, 0xff, 0xf2, 0x97, 0x40, 0xc7, 0x53, 0xbe, 0x57, 0x52, 0x54, 0xea,
    0x57, 0xf2, 0x17, 0x20, 0x41, 0x9e, 0xc5, 0xe7, 0xfd, 0xfa, 0xaa, 0x6b, 0xd5, 0xe7, 0x60, 0x20, 0xcf, 0xa3, 0x50,
    0x30, 0x4e, 0x30, 0x1d, 0x06, 0x03, 0x55, 0x1d, 0x0e, 0x04, 0x16, 0x04, 0x14, 0x67, 0x7e, 0x0a, 0xf5, 0xb8, 0x3d,
    0x98, 0x40, 0x51, 0xb0, 0x09, 0xc4, 0x7f, 0x8d, 0x8c, 0x46, 0x73, 0xd7, 0x9f, 0x43, 0x30, 0x1f, 0x06, 0x03, 0x55,
    0x1d, 0x23, 0x04, 0x18, 0x30, 0x16, 0x80, 0x14, 0x67, 0x7e, 0x0a, 0xf5, 0xb8, 0x3d, 0x98, 0x40, 0x51, 0xb0, 0x09,
    0xc4, 0x7f, 0x8d, 0x8c, 0x46, 0x73, 0xd7, 0x9f, 0x43, 0x30, 0x0c, 0x06, 0x03, 0x55, 0x1d, 0x13, 0x01, 0x01, 0xff,
    0x04, 0x02, 0x30, 0x00, 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02, 0x03, 0x49, 0x00,
    0x30, 0x46, 0x02, 0x21, 0x00, 0xd1, 0x1e, 0x3a, 0x1b, 0x0f, 0x45, 0xb5, 0xd6, 0x7f, 0x14, 0x8e, 0xec, 0xf5, 0x09,
    0xe1, 0x85, 0xb0, 0xe3, 0x22, 0x02, 0x96, 0x23, 0x11, 0x1a, 0x42, 0x07, 0x2e, 0xcc, 0xda, 0xa5, 0xbe, 0xc0, 0x02,
    0x21, 0x00, 0xa0, 0xfc, 0xdc, 0x9d, 0x19, 0x35, 0x96, 0x71, 0xa3, 0x96, 0x90, 0xf1, 0xd7, 0xc8, 0x6f, 0x2b, 0xfd,
    0x7b, 0x29, 0x71, 0x79, 0x97, 0x55, 0x7b, 0x58, 0x5a, 0xdd, 0x93, 0x41, 0x65, 0x5a, 0x1c,
};

/* A variant of a known layout, an unknown build, 32 bits wanted; a temporary chain of two certificates. */
static void chain(struct capture *c, const void *arg)
{
    struct bytes core = client_core(0x40407, 19041, "DESK-7", 24, 3), net = channels(4), blocks = { .len = 0 };
    struct bytes certificate = { .len = 0 }, answer = { .len = 0 }, version = { .len = 0 }, message;
    struct talk_line l = begin(c);
    (void)arg;
    add_block(&blocks, 0xc001, &core);
    add_block(&blocks, 0xc003, &net);
    message = pdu(&blocks, false);
    say(&l, DIR_AB, message.data, message.len);
    add_le(&certificate, 0x80000002, 4);
    add_le(&certificate, 2, 4);
    add_le(&certificate, 8, 4);
    add(&certificate, "\x30\6\2\1\1\2\1\2", 8); /* it cannot be read */
    add_le(&certificate, sizeof certificate_der, 4);
    add(&certificate, certificate_der, sizeof certificate_der);
    add(&certificate, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    struct bytes security = server_security(2, 3, &certificate);
    add_le(&version, 4, 2);
    add_le(&version, 8, 2);
    add_block(&answer, 0x0c01, &version);
    add_block(&answer, 0x0c02, &security);
    message = pdu(&answer, true);
    say(&l, DIR_BA, message.data, 40); /* in two segments */
    say(&l, DIR_BA, message.data + 40, message.len - 40);
    end(&l);
}

/* More channels than there are, a certificate longer than its block, a block shorter than its header. */
static void wrong(struct capture *c, const void *arg)
{
    struct bytes core = client_core(99, 2600, "", 5, 0), net = channels(77), blocks = { .len = 0 };
    struct bytes answer = { .len = 0 }, security = { .len = 0 }, message;
    struct talk_line l = begin(c);
    (void)arg;
    core.len = 128; /* as the first clients sent it */
    add_block(&blocks, 0xc001, &core);
    add_block(&blocks, 0xc003, &net);
    add(&blocks, "\4\xc0\3\0", 4);
    message = pdu(&blocks, false);
    say(&l, DIR_AB, message.data, message.len);
    add_le(&security, 7, 4);
    add_le(&security, 9, 4);
    add_le(&security, 0, 4);
    add_le(&security, 4000, 4);
    add_block(&answer, 0x0c02, &security);
    message = pdu(&answer, true);
    say(&l, DIR_BA, message.data, message.len);
    end(&l);
}

const struct sample rdp_samples[] = {
    { "rdp/chain.pcap", "RDP: settings in the clear, a temporary chain of certificates", chain, NULL },
    { "rdp/settings-wrong.pcap", "RDP: settings whose lengths do not fit", wrong, NULL },
    { NULL, NULL, NULL, NULL },
};
