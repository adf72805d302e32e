/* malformed_samples.c - truncated captures and jumping times. */
#include "gen.h"

#include <string.h>

static void udp_packet(struct pkt *p, libnet_t *net, unsigned n, size_t len)
{
    pkt_init(p, net);
    pkt_pattern(p, len, n);
    put_udp(p, DIR_AB, false, (uint16_t)(40000 + n), 9001);
    put_ip4_dir(p, DIR_AB, 17);
    put_ethernet(p, DIR_AB, 0x0800);
}

/* DNS and TCP cut at 96 bytes: the question is captured, the answer is not. */
static void snaplen(struct capture *c, const void *arg)
{
    struct dns m;
    struct pkt p;
    c->snaplen = *(const uint32_t *)arg;
    pcap_begin(c, 1);
    dns_query(&m, 1, "snaplen.test", 16);
    udp_dns(c, DIR_AB, &m);
    dns_answer_txt(&m, 1, "snaplen.test", 8);
    udp_dns(c, DIR_BA, &m);
    for (enum direction dir = DIR_AB; dir <= DIR_BA; dir++) {
        pkt_init(&p, c->net);
        pkt_pattern(&p, 500, 0);
        put_tcp(&p, dir, true,
                &(struct tcp){ .sport = dir ? 80 : 40001,
                               .dport = dir ? 40001 : 80,
                               .seq = 1,
                               .ack = dir ? 501 : 1,
                               .flags = TH_ACK | TH_PUSH,
                               .window = 8192 });
        put_ip6(&p, dir, 6);
        put_ethernet(&p, dir, 0x86dd);
        pcap_packet(c, &p);
    }
    pkt_init(&p, c->net);
    pkt_pattern(&p, 200, 0);
    put_echo(&p, 8, 1, 1);
    put_ip4_dir(&p, DIR_AB, 1);
    put_ethernet(&p, DIR_AB, 0x0800);
    pcap_packet(c, &p);
}

/* One query, and its answer cut after every number of bytes. */
static void every_cut(struct capture *c, const void *arg)
{
    struct dns m;
    struct pkt p;
    (void)arg;
    pcap_begin(c, 1);
    dns_answer_a(&m, 1, "cut.test", IP4_B);
    for (uint32_t cut = 0; cut <= 84; cut++) {
        pkt_init(&p, c->net);
        pkt_append(&p, m.buf, m.len);
        put_udp(&p, DIR_BA, false, 53, 40053);
        put_ip4_dir(&p, DIR_BA, 17);
        put_ethernet(&p, DIR_BA, 0x0800);
        c->snaplen = cut ? cut : 1;
        pcap_packet(c, &p);
    }
}

static void times(struct capture *c, const void *arg)
{
    static const int64_t wild[] = { 0, 1, 2, 4000000, 3, 4, -4, 5, 6 }; /* seconds, one far ahead, one back */
    static const int64_t backward[] = { 60, 50, 40, 30, 20, 10, 0 };
    static const int64_t merged[] = {
        0, 1, 2, 40000000, 40000001, 40000002, 40000003, 3, 4, 5, 6
    }; /* a year ahead, confirmed, and back */
    static const struct {
        const int64_t *list;
        unsigned count;
    } all[] = {
        { wild, sizeof wild / sizeof *wild },
        { backward, sizeof backward / sizeof *backward },
        { merged, sizeof merged / sizeof *merged },
    };
    unsigned which = *(const unsigned *)arg;
    struct pkt p;
    pcap_begin(c, 1);
    for (unsigned i = 0; i < all[which].count; i++) {
        udp_packet(&p, c->net, 0, 10);
        pcap_packet_at(c, &p, c->ns + all[which].list[i] * 1000000000);
    }
}

static void extreme_times(struct capture *c, const void *arg)
{
    static const uint32_t stamps[][2] = {
        { 0, 0 },          { 0, 999999 },     { 1700000000, 1000000 }, { 1700000000, 0xffffffff },
        { 0x7fffffff, 0 }, { 0x80000000, 0 }, { 0xffffffff, 999999 },  { 1700000001, 0 }
    };
    struct pkt p;
    (void)arg;
    pcap_begin(c, 1);
    for (unsigned i = 0; i < sizeof stamps / sizeof *stamps; i++) {
        udp_packet(&p, c->net, i, 10);
        capture_u32(c, stamps[i][0]);
        capture_u32(c, stamps[i][1]);
        capture_u32(c, (uint32_t)p.len);
        capture_u32(c, (uint32_t)p.len);
        capture_byte_run(c, pkt_bytes(&p), p.len);
    }
}

/* A simple pseudo-random generator with a fixed seed. */
static uint32_t scramble(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static void noise(struct capture *c, const void *arg)
{
    static const uint16_t types[] = { 0x0800, 0x86dd, 0x8100, 0x0806, 0x88a8, 0x0026 };
    uint32_t state = 2463534242;
    (void)arg;
    pcap_begin(c, 1);
    for (unsigned i = 0; i < 60; i++) {
        struct pkt p;
        pkt_init(&p, c->net);
        for (uint32_t len = scramble(&state) % 120; len > 0; len--) {
            uint8_t byte = (uint8_t)(scramble(&state) >> 11);
            pkt_append(&p, &byte, 1);
        }
        if (p.len > 0 && i % 6 == 0)
            pkt_bytes(&p)[0] = 0x45;
        if (p.len > 0 && i % 6 == 1)
            pkt_bytes(&p)[0] = 0x60;
        put_ethernet(&p, DIR_AB, types[i % 6]);
        pcap_packet(c, &p);
    }
}

static void dns_noise(struct capture *c, const void *arg)
{
    uint32_t state = 88172645;
    (void)arg;
    pcap_begin(c, 1);
    for (unsigned i = 0; i < 60; i++) { /* a correct answer with four changed bytes */
        struct dns m;
        dns_answer_txt(&m, (uint16_t)i, "noise.test", 2);
        for (unsigned k = 0; k < 4; k++)
            m.buf[2 + scramble(&state) % (m.len - 2)] = (uint8_t)(scramble(&state) >> 9);
        udp_dns(c, DIR_BA, &m);
    }
}

static const uint32_t snaplens[] = { 96, 34, 14, 60 };
static const unsigned time_lists[] = { 0, 1, 2 };

const struct sample malformed_samples[] = {
    { "malformed/snaplen-96.pcap", "DNS, TCP over IPv6 and a ping cut at 96 bytes", snaplen, &snaplens[0] },
    { "malformed/snaplen-60.pcap", "the same cut at 60", snaplen, &snaplens[3] },
    { "malformed/snaplen-34.pcap", "the same cut at 34: no transport header", snaplen, &snaplens[1] },
    { "malformed/snaplen-14.pcap", "the same cut at 14: Ethernet alone", snaplen, &snaplens[2] },
    { "malformed/every-cut.pcap", "a DNS answer cut after 1, 1, 2, 3 .. 84 bytes", every_cut, NULL },
    { "malformed/time-wild.pcap", "a packet 46 days ahead and one 4 s back among steady ones", times, &time_lists[0] },
    { "malformed/time-backward.pcap", "time goes back by 10 s a packet", times, &time_lists[1] },
    { "malformed/time-merged.pcap", "a step of a year that the next packets confirm, and back", times, &time_lists[2] },
    { "malformed/time-extreme.pcap", "timestamps 0, 2^31, 2^32 - 1, microseconds of a million and 2^32 - 1",
      extreme_times, NULL },
    { "malformed/noise.pcap", "60 frames of random bytes with known types", noise, NULL },
    { "malformed/dns-noise.pcap", "60 DNS answers with four random bytes changed", dns_noise, NULL },
    { NULL, NULL, NULL, NULL },
};
