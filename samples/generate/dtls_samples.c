/* dtls_samples.c - DTLS that common programs do not produce: fragments in any order, and records that are wrong. */
#include "gen.h"

#include <string.h>

enum { PORT = 4433, CLIENT = 50124 };

struct text {
    size_t len;
    uint8_t bytes[2048];
};

static void put(struct text *t, const void *bytes, size_t len)
{
    memcpy(t->bytes + t->len, bytes, len);
    t->len += len;
}

static void fill(struct text *t, uint8_t byte, size_t len)
{
    memset(t->bytes + t->len, byte, len);
    t->len += len;
}

static void put_record(struct text *t, uint8_t type, unsigned epoch, unsigned number, const struct text *content)
{
    uint8_t head[13] = { type, 0xfe, 0xfd };
    put16(head + 3, epoch);
    put16(head + 9, number);
    put16(head + 11, (unsigned)content->len);
    put(t, head, 13);
    put(t, content->bytes, content->len);
}

/* A fragment [from, from + len) of a message. */
static void put_fragment(struct text *t, uint8_t type, unsigned seq, const struct text *of, unsigned from, unsigned len)
{
    uint8_t head[12] = { type };
    put16(head + 2, (unsigned)of->len);
    put16(head + 4, seq);
    put16(head + 7, from);
    put16(head + 10, len);
    put(t, head, 12);
    put(t, of->bytes + from, len);
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

static void put_hello(struct text *t)
{
    put(t, "\xfe\xfd", 2);
    for (unsigned i = 0; i < 32; i++)
        fill(t, (uint8_t)i, 1);
    put(t, "\0\4cook\0\4\xc0\x2b\0\xff\1\0\0\x19", 16);
    put(t, "\0\0\0\x15\0\x13\0\0\x10www.example.test", 25);
}

static void one(struct capture *c, enum direction dir, uint8_t type, unsigned epoch, unsigned number,
                const struct text *content)
{
    struct text t = { .len = 0 };
    put_record(&t, type, epoch, number, content);
    datagram(c, dir, &t);
}

/* Fragments come in another order, overlap, and come again. */
static void fragments(struct capture *c, const void *arg)
{
    struct text hello = { .len = 0 }, part = { .len = 0 }, t = { .len = 0 };
    (void)arg;
    pcap_begin(c, 1);
    put_hello(&hello);
    put_fragment(&part, 1, 1, &hello, 40, (unsigned)hello.len - 40);
    one(c, DIR_AB, 22, 0, 0, &part);
    part.len = 0;
    put_fragment(&part, 1, 1, &hello, 20, 30);
    one(c, DIR_AB, 22, 0, 1, &part);
    part.len = 0;
    put_fragment(&part, 1, 1, &hello, 0, 20);
    one(c, DIR_AB, 22, 0, 2, &part);
    one(c, DIR_AB, 22, 0, 2, &part);
    part.len = hello.len = 0;
    put(&hello, "\xfe\xfd", 2);
    fill(&hello, 0x33, 32);
    put(&hello, "\0\xc0\x2b\0", 4);
    put_fragment(&part, 2, 1, &hello, 0, (unsigned)hello.len);
    put_record(&t, 22, 0, 1, &part);
    part.len = hello.len = 0;
    put_fragment(&part, 14, 2, &hello, 0, 0);
    put_record(&t, 22, 0, 2, &part);
    datagram(c, DIR_BA, &t);
    part.len = 0;
    fill(&part, 1, 1);
    t.len = 0;
    put_record(&t, 20, 0, 3, &part);
    part.len = 0;
    fill(&part, 0xab, 40);
    put_record(&t, 22, 1, 0, &part);
    put_record(&t, 23, 1, 1, &part);
    datagram(c, DIR_AB, &t);
    datagram(c, DIR_BA, &t);
}

static void wrong(struct capture *c, const void *arg)
{
    struct text hello = { .len = 0 }, part = { .len = 0 }, t = { .len = 0 };
    (void)arg;
    pcap_begin(c, 1);
    put_hello(&hello);
    put_fragment(&part, 1, 0, &hello, 0, (unsigned)hello.len);
    one(c, DIR_AB, 22, 0, 0, &part);
    part.bytes[10] = 0xff; /* a fragment that is longer than its message */
    one(c, DIR_AB, 22, 0, 1, &part);
    part.bytes[1] = 0xff; /* a message of 16 MiB */
    part.bytes[10] = 0;
    one(c, DIR_AB, 22, 0, 2, &part);
    part.len = 0;
    put(&part, "\2\x28", 2);
    put_record(&t, 21, 0, 0, &part);
    put(&t, "\x17\xfe\xfd\0\0\0\0\0\0\0\1\x7f\xff", 13); /* a record that is longer than any */
    datagram(c, DIR_BA, &t);
}

static void one_old(struct capture *c, enum direction dir, unsigned number, uint8_t type, const struct text *message)
{
    struct text part = { .len = 0 }, t = { .len = 0 };
    put_fragment(&part, type, number, message, 0, (unsigned)message->len);
    put_record(&t, 22, 0, number, &part);
    put16(t.bytes + 1, 0x0100);
    datagram(c, dir, &t);
}

/* The version of OpenSSL before 0.9.8f: the encrypted secret has no length, as in SSL 3.0. */
static void old_openssl(struct capture *c, const void *arg)
{
    struct text hello = { .len = 0 }, secret = { .len = 0 };
    (void)arg;
    pcap_begin(c, 1);
    put(&hello, "\x01\x00", 2);
    fill(&hello, 0x11, 32);
    put(&hello, "\0\0\0\2\0\x2f\1\0", 8);
    one_old(c, DIR_AB, 0, 1, &hello);
    hello.len = 0;
    put(&hello, "\x01\x00", 2);
    fill(&hello, 0x33, 32);
    put(&hello, "\0\0\x2f\0", 4);
    one_old(c, DIR_BA, 0, 2, &hello);
    fill(&secret, 0x7c, 128);
    one_old(c, DIR_AB, 1, 16, &secret);
}

const struct sample dtls_samples[] = {
    { "dtls/fragments.pcap",
      "a hello in fragments that come in another order, overlap and come again", fragments, NULL },
    { "dtls/wrong.pcap", "fragments and records whose lengths are wrong", wrong, NULL },
    { "dtls/old-openssl.pcap", "the version of OpenSSL before 0.9.8f, whose encrypted secret has no length", old_openssl,
      NULL },
    { NULL, NULL, NULL, NULL },
};
