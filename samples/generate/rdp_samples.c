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
    for (unsigned i = 0; i < 2; i++) {
        add_le(&certificate, 8, 4);
        add(&certificate, "\x30\6\2\1\1\2\1\2", 8);
    }
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
