/*
 * voice_samples.c - SIP as it is rarely sent (compact names, folded lines, lost segments), RTP with packets that are lost,
 * late and repeated, and headers that contradict themselves.
 */
#include "gen.h"

#include <string.h>

static void converse(struct capture *c, const void *arg)
{
    talk_write(c, 5060, arg);
}

static const struct talk_step odd[] = {
    { .text = ">\r\n\r\n" },
    { .text = ">OPTIONS sip:b@10.1.0.2;transport=tcp SIP/2.0\r\nv: SIP / 2.0 / TCP [fd00:1::1]:5070;branch=z9hG4bK1;rport\r\n"
              "f: sip:a@10.1.0.1;tag=1\r\nt: <sip:b@10.1.0.2>\r\ni: one@10.1.0.1\r\nCSeq: 1\r\n OPTIONS\r\n"
              "X-Own: unknown\r\nno colon here\r\nl: 0\r\n\r\n" },
    { .text = "<SIP/2.0 200\r\nVia: SIP/2.0/TCP 10.1.0.1:5070;branch=z9hG4bK1;received=10.1.0.1;rport=40000\r\n"
              "From: \"A \\\"quoted\\\" name\" <sip:a@10.1.0.1>;tag=1\r\nTo: <sip:b@10.1.0.2>;tag=2\r\nCall-ID: one@10.1.0.1\r\n"
              "CSeq: 1\r\n OPTIONS\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello" },
    { .text = ">OPTIONS sip:b@10.1.0.2 SIP/2.0\r\nVia: SIP/2.0/TCP 10.1.0.3:5070;branch=z9hG4bK3, SIP/2.0/UDP 10.1.0.1;branch=z9hG4bK2\r\n"
              "f: \"A\"\r\n\t  <sip:a@10.1.0.1>;tag=3\r\nTo: <sip:b@10.1.0.2>\r\nCall-ID: five\r\nCSeq: 8\r\n OPTIONS\r\nl: 0\r\n\r\n" },
    { .text = "<SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP 10.1.0.3:5070;branch=z9hG4bK3\r\nVia: SIP/2.0/UDP 10.1.0.1;branch=z9hG4bK2\r\n"
              "From: \"A\" <sip:a@10.1.0.1>;tag=3\r\nTo: <sip:b@10.1.0.2>;tag=4\r\nCall-ID: five\r\nCSeq: 8 OPTIONS\r\nl: 0\r\n\r\n" },
    { .text = ">MESSAGE sip:b:word-not-shown@10.1.0.2 SIP/2.0\r\nFrom: <sip:a@10.1.0.1>\r\nTo: <sip:b@10.1.0.2>\r\n"
              "Call-ID: two\r\nCSeq: 7 MESSAGE\r\nAuthorization: Basic bm90LXNob3duOm5vdC1zaG93bg==\r\nContent-Length: 11\r\n\r\nin two" },
    { .text = "> parts" },
    { .text = "<SIP/2.0 202 Accepted\r\nCall-ID: two\r\nCSeq: 7 MESSAGE\r\nContent-Length: 0\r\n\r\n" },
    { .text = NULL },
};

static const struct talk_step lossy[] = {
    { .text = ">REGISTER sip:10.1.0.2 SIP/2.0\r\nCall-ID: three\r\nCSeq: 1 REGISTER\r\n" },
    { .text = "~>Content-Length: 0\r\n\r\nREGISTER sip:10.1.0.2 SIP/2.0\r\n" },
    { .text = ">CSeq: 2 REGISTER\r\n\r\nREGISTER sip:10.1.0.2 SIP/2.0\r\nCall-ID: four\r\nCSeq: 3 REGISTER\r\nContent-Length: 0\r\n\r\n" },
    { .text = "<SIP/2.0 100 Trying\r\nCall-ID: four\r\nCSeq: 3 REGISTER\r\nContent-Length: 0\r\n\r\n" },
    { .text = "~<SIP/2.0 200 OK\r\nCall-ID: four\r\n" },
    { .text = "<not a message\r\n" },
    { .text = NULL },
};

static void datagram(struct capture *c, enum direction dir, uint16_t from, uint16_t to, const void *bytes, size_t len)
{
    struct pkt p;
    pkt_init(&p, c->net);
    pkt_append(&p, bytes, len);
    put_udp(&p, dir, false, from, to);
    put_ip4_dir(&p, dir, 17);
    put_ethernet(&p, dir, 0x0800);
    pcap_packet(c, &p);
}

/* A packet of RTP: 160 bytes of payload. */
static void rtp(struct capture *c, uint8_t type, uint16_t seq, uint32_t timestamp, uint32_t ssrc)
{
    uint8_t b[172] = { 0x80, type };
    put16(b + 2, seq);
    put32(b + 4, timestamp);
    put32(b + 8, ssrc);
    memset(b + 12, 0xd5, 160);
    datagram(c, DIR_AB, 4000, 4002, b, sizeof b);
}

/* Found by content: lost, late and repeated packets, a second source, a sender that begins again. */
static void loss(struct capture *c, const void *arg)
{
    static const uint16_t seqs[] = { 65530, 65531, 65532, 65533, 65535, 65534, 0, 0, 1, 2, 5, 6, 7, 8, 10, 9, 11 };
    (void)arg;
    pcap_begin(c, 1);
    for (size_t i = 0; i < sizeof seqs / sizeof *seqs; i++)
        rtp(c, i == 0 ? 0x88 : 8, seqs[i], 160u * (uint32_t)(uint16_t)(seqs[i] - 65530), 0x11223344);
    for (unsigned i = 0; i < 5; i++)
        rtp(c, 0, (uint16_t)(100 + i), 160 * i, 0x55667788);
    for (unsigned i = 0; i < 5; i++)
        rtp(c, 8, (uint16_t)(30000 + i), 160 * i, 0x11223344);
}

/* Headers of RTP and RTCP that go beyond the packet, and one that only looks like RTP. */
static void wrong(struct capture *c, const void *arg)
{
    static const uint8_t sender[] = { 0x81, 200, 0, 12, 0x11, 0x22, 0x33, 0x44, 0xe9, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 160, 0, 0,
                                      0, 9, 0, 0, 5, 0xa0, 0x55, 0x66, 0x77, 0x88, 26, 0xff, 0xff, 0xfe, 0, 0, 0, 104, 0, 0, 0, 12,
                                      0, 0x80, 0, 0, 0, 0, 0x80, 0 };
    static const uint8_t bye[] = { 0x80, 201, 0, 1, 0x11, 0x22, 0x33, 0x44, 0x81, 203, 0, 4, 0x11, 0x22, 0x33, 0x44, 9, 't', 'h',
                                   'e', ' ', 'e', 'n', 'd', '.', '.', 0, 0 };
    static const uint8_t cut[] = { 0x80, 201, 0, 1, 0x11, 0x22, 0x33, 0x44, 0x81, 202, 0, 9, 1, 2, 3, 4, 1, 200, 'x', 0 };
    uint8_t b[60] = { 0x9f, 0, 0, 1, 0, 0, 0, 1, 1, 2, 3, 4 };
    (void)arg;
    pcap_begin(c, 1);
    for (unsigned i = 0; i < 4; i++)
        rtp(c, 0, (uint16_t)i, 160 * i, 0x01020304);
    datagram(c, DIR_AB, 4000, 4002, b, sizeof b); /* 15 contributing sources, an extension of no length */
    b[0] = 0xb0;                                  /* padding and an extension beyond the end */
    put16(b + 14, 900);
    datagram(c, DIR_AB, 4000, 4002, b, sizeof b);
    datagram(c, DIR_AB, 4001, 4003, sender, sizeof sender);
    datagram(c, DIR_BA, 4003, 4001, bye, sizeof bye);
    datagram(c, DIR_AB, 4001, 4003, cut, sizeof cut);
    b[0] = 0x80;
    b[1] = 99;
    datagram(c, DIR_AB, 5000, 5002, b, sizeof b);
    b[3] = 77;
    datagram(c, DIR_AB, 5000, 5002, b, sizeof b);
}

/* STUN whose attributes go beyond the message, an address of an unknown family, an old message without the cookie. */
static void stun(struct capture *c, const void *arg)
{
    uint8_t b[44] = { 0, 1, 0, 24, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0, 0x20, 0, 8, 0, 9, 0x12, 0x34,
                      1, 2, 3, 4, 0, 6, 0, 200, 'u', 's', 'e', 'r' };
    (void)arg;
    pcap_begin(c, 1);
    datagram(c, DIR_AB, 40000, 3478, b, sizeof b);
    b[4] = 0;
    datagram(c, DIR_AB, 40001, 3478, b, sizeof b);
    b[4] = 0x21;
    b[1] = 0x17; /* a data indication */
    b[32] = 0;
    b[33] = 0x13;
    b[35] = 4;
    datagram(c, DIR_BA, 3478, 40000, b, sizeof b);
}

const struct sample voice_samples[] = {
    { "sip/odd.pcap", "compact names, folded lines, two Vias in one, keep-alives, a body in two segments, credentials", converse, odd },
    { "sip/loss.pcap", "over TCP: bytes missing in a header, text that is no message", converse, lossy },
    { "rtp/loss.pcap", "packets that are lost, late and repeated, two sources, a sender that begins again", loss, NULL },
    { "rtp/wrong.pcap", "RTP and RTCP beyond their ends; a payload that only looks like RTP", wrong, NULL },
    { "stun/wrong.pcap", "attributes beyond the message, an unknown family, no cookie", stun, NULL },
    { NULL, NULL, NULL, NULL },
};
