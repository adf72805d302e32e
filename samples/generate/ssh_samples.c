/*
 * ssh_samples.c - SSH that the installed programs do not speak: mlkem768x25519, version 1, texts before a banner,
 * messages in clear, loss, lengths that are wrong.
 */
#include "gen.h"

#include <string.h>

enum { MOST = 4096, COOKIE = 16 };

/* A message on its way into a packet. */
struct message {
    uint8_t bytes[MOST];
    size_t len;
};

static void raw(struct message *m, const void *bytes, size_t len)
{
    if (len > MOST - m->len)
        die("an SSH message is too long");
    memcpy(m->bytes + m->len, bytes, len);
    m->len += len;
}

static void number(struct message *m, uint32_t value)
{
    uint8_t bytes[4];
    put32(bytes, value);
    raw(m, bytes, sizeof bytes);
}

static void byte(struct message *m, unsigned value)
{
    uint8_t b = (uint8_t)value;
    raw(m, &b, 1);
}

static void filler(struct message *m, size_t len, unsigned seed)
{
    for (size_t i = 0; i < len; i++)
        byte(m, seed + (unsigned)i * 7u);
}

static void text(struct message *m, const char *s)
{
    number(m, (uint32_t)strlen(s));
    raw(m, s, strlen(s));
}

/* A string of len bytes. */
static void string(struct message *m, size_t len, unsigned seed)
{
    number(m, (uint32_t)len);
    filler(m, len, seed);
}

static struct message begin(unsigned code)
{
    struct message m = { .len = 0 };
    byte(&m, code);
    return m;
}

/* Appends a message to the bytes of a segment, as a packet that is padded to 8 bytes. */
static void packet(struct message *segment, const struct message *m)
{
    size_t padding = 8 - (m->len + 5) % 8;
    padding += padding < 4 ? 8 : 0;
    number(segment, (uint32_t)(1 + m->len + padding));
    byte(segment, (unsigned)padding);
    raw(segment, m->bytes, m->len);
    filler(segment, padding, 0xa0);
}

static void transmit(struct talk_line *l, enum direction dir, const struct message *segment)
{
    talk_segment(l, dir, TH_PUSH | TH_ACK, segment->bytes, segment->len, false);
}

static void transmit_one(struct talk_line *l, enum direction dir, const struct message *m)
{
    struct message segment = { .len = 0 };
    packet(&segment, m);
    transmit(l, dir, &segment);
}

static void say(struct talk_line *l, const char *line)
{
    talk_say(l, &(struct talk_step){ .text = line });
}

/* Encrypted bytes. */
static void sealed(struct talk_line *l, enum direction dir, size_t len)
{
    struct message m = { .len = 0 };
    filler(&m, len, (unsigned)len);
    transmit(l, dir, &m);
}

static struct message kexinit(const char *kex, const char *key, const char *cipher, const char *mac)
{
    const char *const lists[] = { kex, key, cipher, cipher, mac, mac, "none", "none", "", "" };
    struct message m = begin(20);
    filler(&m, COOKIE, 1);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        text(&m, lists[i]);
    byte(&m, 0);
    number(&m, 0);
    return m;
}

static struct talk_line dial(struct capture *c, uint16_t port)
{
    struct talk_line l = { .c = c, .port = port, .next = { 1000, 5000 } };
    pcap_begin(c, 1);
    talk_segment(&l, DIR_AB, TH_SYN, NULL, 0, false);
    talk_segment(&l, DIR_BA, TH_SYN | TH_ACK, NULL, 0, false);
    talk_segment(&l, DIR_AB, TH_ACK, NULL, 0, false);
    return l;
}

static void hang_up(struct talk_line *l)
{
    talk_segment(l, DIR_AB, TH_FIN | TH_ACK, NULL, 0, false);
    talk_segment(l, DIR_BA, TH_FIN | TH_ACK, NULL, 0, false);
    talk_segment(l, DIR_AB, TH_ACK, NULL, 0, false);
}

static void ed25519(struct message *m)
{
    struct message key = { .len = 0 };
    text(&key, "ssh-ed25519");
    string(&key, 32, 3);
    number(m, (uint32_t)key.len);
    raw(m, key.bytes, key.len);
}

static void signature(struct message *m, const char *type, size_t len)
{
    struct message sig = { .len = 0 };
    text(&sig, type);
    string(&sig, len, 5);
    number(m, (uint32_t)sig.len);
    raw(m, sig.bytes, sig.len);
}

/* The sizes of a login with a key: one failure for "none", then success. */
static void login(struct talk_line *l)
{
    static const struct {
        enum direction dir;
        uint16_t len;
    } sizes[] = { { DIR_AB, 44 }, { DIR_BA, 44 }, { DIR_AB, 60 }, { DIR_BA, 76 }, { DIR_AB, 372 }, { DIR_BA, 28 },
                  { DIR_AB, 112 } };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        sealed(l, sizes[i].dir, sizes[i].len);
}

/* draft-ietf-sshm-mlkem-hybrid-kex: a public key of 1184 bytes, a ciphertext of 1088, and 32 bytes of the curve. */
static void mlkem(struct capture *c, const void *arg)
{
    struct talk_line l = dial(c, 22);
    struct message reply = begin(31), init = begin(30), newkeys = begin(21), segment = { .len = 0 };
    (void)arg;
    say(&l, ">SSH-2.0-OpenSSH_10.0\r\n");
    say(&l, "<SSH-2.0-OpenSSH_9.9\r\n");
    struct message m = kexinit("mlkem768x25519-sha256,curve25519-sha256,ext-info-c,kex-strict-c-v00@openssh.com",
                               "ssh-ed25519", "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com", "hmac-sha2-256");
    transmit_one(&l, DIR_AB, &m);
    m = kexinit("mlkem768x25519-sha256,ext-info-s,kex-strict-s-v00@openssh.com", "ssh-ed25519,rsa-sha2-512",
                "aes256-gcm@openssh.com,chacha20-poly1305@openssh.com", "hmac-sha2-256");
    transmit_one(&l, DIR_BA, &m);
    string(&init, 1184 + 32, 9);
    transmit_one(&l, DIR_AB, &init);
    ed25519(&reply);
    string(&reply, 1088 + 32, 11);
    signature(&reply, "ssh-ed25519", 64);
    packet(&segment, &reply);
    packet(&segment, &newkeys);
    transmit(&l, DIR_BA, &segment);
    transmit_one(&l, DIR_AB, &newkeys);
    login(&l);
    hang_up(&l);
}

/* Version 1: a packet is its length, 1 to 8 bytes of padding, a type, the data, and a check sequence. */
static void packet1(struct talk_line *l, enum direction dir, unsigned type, const struct message *data)
{
    struct message m = { .len = 0 };
    size_t len = 1 + data->len + 4;
    number(&m, (uint32_t)len);
    filler(&m, 8 - len % 8, 0);
    byte(&m, type);
    raw(&m, data->bytes, data->len);
    number(&m, 0x01020304);
    transmit(l, dir, &m);
}

static void integer1(struct message *m, unsigned bits, unsigned seed)
{
    byte(m, bits >> 8);
    byte(m, bits);
    filler(m, (bits + 7) / 8, seed);
}

static void old(struct capture *c, const void *arg)
{
    struct talk_line l = dial(c, 22);
    struct message key = { .len = 0 }, session = { .len = 0 };
    (void)arg;
    say(&l, "<SSH-1.99-OpenSSH_3.9p1\n");
    say(&l, ">SSH-1.5-PuTTY-Release-0.52\n");
    filler(&key, 8, 1);
    for (unsigned i = 0; i < 2; i++) {
        number(&key, i == 0 ? 768 : 1024);
        integer1(&key, 6, 35);
        integer1(&key, i == 0 ? 768 : 1024, 201 + i);
    }
    for (unsigned i = 0; i < 3; i++)
        number(&key, 0x48);
    packet1(&l, DIR_BA, 2, &key);
    byte(&session, 3);
    filler(&session, 8, 1);
    integer1(&session, 1024, 77);
    number(&session, 0);
    packet1(&l, DIR_AB, 3, &session);
    packet1(&l, DIR_BA, 200, &(struct message){ .len = 0 });
    session.len = 20;
    packet1(&l, DIR_AB, 201, &session);
    hang_up(&l);
}

/* Everything in clear that a peer may send, an old group exchange, a key of DSA. */
static void odd(struct capture *c, const void *arg)
{
    struct talk_line l = dial(c, 22);
    (void)arg;
    say(&l, "<Welcome.\r\nNo smoking.\r\n");
    say(&l, "<SSH-2.0-odd server\r\n");
    talk_say(&l, &(struct talk_step){ .text = ">SSH-2.0-odd client\r\n", .single = true });
    struct message m = kexinit("diffie-hellman-group-exchange-sha1", "ssh-dss",
                               "3des-cbc,aes128-cbc", "hmac-sha1,hmac-md5");
    transmit_one(&l, DIR_AB, &m);
    m = kexinit("diffie-hellman-group-exchange-sha1", "ssh-dss", "aes128-cbc", "hmac-md5");
    transmit_one(&l, DIR_BA, &m);
    m = begin(2);
    string(&m, 20, 4);
    transmit_one(&l, DIR_BA, &m);
    m = begin(4);
    byte(&m, 1);
    text(&m, "a message to look at");
    text(&m, "en");
    transmit_one(&l, DIR_BA, &m);
    m = begin(30);
    number(&m, 2048);
    transmit_one(&l, DIR_AB, &m);
    m = begin(31);
    string(&m, 257, 0);
    string(&m, 1, 2);
    transmit_one(&l, DIR_BA, &m);
    m = begin(32);
    string(&m, 256, 1);
    transmit_one(&l, DIR_AB, &m);
    m = begin(33);
    struct message key = { .len = 0 };
    text(&key, "ssh-dss");
    string(&key, 129, 0);
    string(&key, 21, 0);
    string(&key, 128, 2);
    string(&key, 128, 3);
    number(&m, (uint32_t)key.len);
    raw(&m, key.bytes, key.len);
    string(&m, 256, 6);
    signature(&m, "ssh-dss", 40);
    transmit_one(&l, DIR_BA, &m);
    m = begin(99);
    filler(&m, 9, 0);
    transmit_one(&l, DIR_BA, &m);
    m = begin(1);
    number(&m, 11);
    text(&m, "no more of this");
    text(&m, "");
    transmit_one(&l, DIR_AB, &m);
    hang_up(&l);
}

/* arg: where bytes of the server are lost: in its lists, or after the keys are in use. */
static void lossy(struct capture *c, const void *arg)
{
    bool late = arg != NULL;
    struct talk_line l = dial(c, 22);
    struct message newkeys = begin(21), reply = begin(31), init = begin(30);
    say(&l, ">SSH-2.0-a\r\n");
    say(&l, "<SSH-2.0-b\r\n");
    struct message m = kexinit("curve25519-sha256", "ssh-ed25519", "aes128-ctr", "hmac-sha2-256");
    struct message segment = { .len = 0 };
    transmit_one(&l, DIR_AB, &m);
    packet(&segment, &m);
    talk_segment(&l, DIR_BA, TH_PUSH | TH_ACK, segment.bytes, 100, false);
    talk_segment(&l, DIR_BA, TH_PUSH | TH_ACK, segment.bytes + 100, segment.len - 100, !late);
    string(&init, 32, 1);
    transmit_one(&l, DIR_AB, &init);
    ed25519(&reply);
    string(&reply, 32, 2);
    signature(&reply, "ssh-ed25519", 64);
    transmit_one(&l, DIR_BA, &reply);
    transmit_one(&l, DIR_BA, &newkeys);
    transmit_one(&l, DIR_AB, &newkeys);
    sealed(&l, DIR_AB, 44);
    sealed(&l, DIR_BA, 44);
    talk_segment(&l, DIR_BA, TH_PUSH | TH_ACK, segment.bytes, 76, true);
    sealed(&l, DIR_BA, 28);
    hang_up(&l);
}

static void bad(struct capture *c, const void *arg)
{
    struct talk_line l = dial(c, 22);
    struct message m = { .len = 0 }, short_list = begin(20);
    (void)arg;
    say(&l, ">SSH-2.0-a\r\n");
    say(&l, "<SSH-2.0-b\r\n");
    filler(&short_list, COOKIE, 1);
    number(&short_list, 5000);
    transmit_one(&l, DIR_AB, &short_list);
    number(&m, 0x7fffffff);
    filler(&m, 60, 4);
    transmit(&l, DIR_BA, &m);
    m.len = 0;
    number(&m, 12);
    byte(&m, 11);
    filler(&m, 60, 21);
    transmit(&l, DIR_AB, &m);
    hang_up(&l);
}

static const struct talk_step web[] = {
    { .text = ">GET / HTTP/1.1\r\nHost: web.test\r\n\r\n" },
    { .text = "<HTTP/1.1 204 No Content\r\n\r\n" },
    { .text = NULL },
};
static const struct talk_step silent[] = {
    { .text = ">SSH-2.0-nobody answers\r\n" },
    { .text = NULL },
};

static void converse(struct capture *c, const void *arg)
{
    talk_write(c, 22, arg);
}

static const bool yes = true;

const struct sample ssh_samples[] = {
    { "ssh/mlkem.pcap", "a key exchange with ML-KEM-768 and X25519, strict; a login with a key", mlkem, NULL },
    { "ssh/version-1.pcap", "version 1: a server that speaks both versions", old, NULL },
    { "ssh/odd.pcap", "a text before the banner, messages in clear, an old group exchange, a key of DSA", odd, NULL },
    { "ssh/loss.pcap", "bytes missing in the server's lists", lossy, NULL },
    { "ssh/loss-late.pcap", "bytes missing during the login", lossy, &yes },
    { "ssh/bad-packet.pcap", "a list longer than its message, lengths that no packet has", bad, NULL },
    { "ssh/banner-only.pcap", "a client without an answer", converse, silent },
    { "ssh/web.pcap", "port 22, but a web request: HTTP", converse, web },
    { NULL, NULL, NULL, NULL },
};
