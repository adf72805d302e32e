/*
 * fragment_samples.c - IPv4 (RFC 791, 815) and IPv6 (RFC 8200, 5722, 6946) fragments of one DNS answer in many orders.
 */
#include "gen.h"

#include <string.h>

/* A fragment of the datagram; off and len in bytes; other: with bytes that differ from the original. */
struct piece {
    unsigned off, len;
    bool more, other;
    int pause_s;
    uint16_t id; /* added to the usual one */
};

enum { PIECES = 16 };
struct plan {
    bool v6;
    struct piece pieces[PIECES]; /* ends with len 0 */
};

/* The answer is 12 + 15 + 9 * 113 + 8 bytes of UDP = 1052; the last fragment has the rest. */
enum { REST = 9999 };

static void emit_piece(struct capture *c, const uint8_t *datagram, size_t total, const struct piece *f, bool v6)
{
    struct pkt p;
    pkt_init(&p, c->net);
    size_t len = f->len == REST ? total - f->off : f->len;
    if (f->off < total)
        pkt_append(&p, datagram + f->off, f->off + len > total ? total - f->off : len);
    if (p.len < len)
        pkt_pattern(&p, len - p.len, 0);
    for (size_t i = 0; f->other && i < p.len; i++)
        pkt_bytes(&p)[i] ^= 0x20;
    c->ns += (int64_t)f->pause_s * 1000000000;
    if (v6) {
        uint8_t header[8] = { 17 };
        put16(header + 2, (f->off & 0xfff8) | f->more);
        put32(header + 4, 0xabcd0000U + f->id);
        pkt_prepend(&p, header, 8);
        put_ip6(&p, DIR_BA, 44);
        put_ethernet(&p, DIR_BA, 0x86dd);
    } else {
        put_ip4(&p, &(struct ip4){ .src = IP4_B,
                                   .dst = IP4_A,
                                   .proto = 17,
                                   .id = (uint16_t)(0x4321 + f->id),
                                   .frag = (uint16_t)(f->off / 8 | (f->more ? 0x2000 : 0)) });
        put_ethernet(&p, DIR_BA, 0x0800);
    }
    pcap_packet(c, &p);
}

static void query(struct capture *c, bool v6)
{
    struct dns m;
    struct pkt p;
    dns_query(&m, 0x55, "large.test", 16);
    pkt_init(&p, c->net);
    pkt_append(&p, m.buf, m.len);
    put_udp(&p, DIR_AB, v6, 40053, 53);
    if (v6)
        put_ip6(&p, DIR_AB, 17);
    else
        put_ip4_dir(&p, DIR_AB, 17);
    put_ethernet(&p, DIR_AB, v6 ? 0x86dd : 0x0800);
    pcap_packet(c, &p);
}

static void fragments(struct capture *c, const void *arg)
{
    const struct plan *plan = arg;
    struct dns m;
    struct pkt whole;
    pcap_begin(c, 1);
    query(c, plan->v6);
    dns_answer_txt(&m, 0x55, "large.test", 9);
    pkt_init(&whole, c->net);
    pkt_append(&whole, m.buf, m.len);
    put_udp(&whole, DIR_BA, plan->v6, 53, 40053);
    for (const struct piece *f = plan->pieces; f->len != 0; f++)
        emit_piece(c, pkt_bytes(&whole), whole.len, f, plan->v6);
}

#define IN_ORDER                                                                                                       \
    { .len = 400, .more = true }, { .off = 400, .len = 400, .more = true },                                            \
    {                                                                                                                  \
        .off = 800, .len = REST                                                                                        \
    }
#define REVERSED                                                                                                       \
    { .off = 800, .len = REST }, { .off = 400, .len = 400, .more = true },                                             \
    {                                                                                                                  \
        .len = 400, .more = true                                                                                       \
    }
#define SAME                                                                                                           \
    { .len = 400, .more = true }, { .off = 200, .len = 400, .more = true }, { .off = 400, .len = 400, .more = true },  \
    {                                                                                                                  \
        .off = 800, .len = REST                                                                                        \
    }
#define DIFFERENT                                                                                                      \
    { .len = 400, .more = true }, { .off = 200, .len = 400, .more = true, .other = true },                             \
        { .off = 400, .len = 400, .more = true },                                                                      \
    {                                                                                                                  \
        .off = 800, .len = REST                                                                                        \
    }
#define NO_FIRST                                                                                                       \
    { .off = 400, .len = 400, .more = true },                                                                          \
    {                                                                                                                  \
        .off = 800, .len = REST                                                                                        \
    }
#define NO_MIDDLE                                                                                                      \
    { .len = 400, .more = true },                                                                                      \
    {                                                                                                                  \
        .off = 800, .len = REST                                                                                        \
    }
#define NO_LAST                                                                                                        \
    { .len = 400, .more = true },                                                                                      \
    {                                                                                                                  \
        .off = 400, .len = 400, .more = true                                                                           \
    }
#define DUPLICATE                                                                                                      \
    { .len = 400, .more = true }, { .len = 400, .more = true }, { .off = 400, .len = 400, .more = true },              \
        { .off = 400, .len = 400, .more = true }, { .off = 800, .len = REST },                                         \
    {                                                                                                                  \
        .off = 800, .len = REST                                                                                        \
    }
#define TINY                                                                                                           \
    { .len = 8, .more = true }, { .off = 8, .len = 8, .more = true }, { .off = 16, .len = 8, .more = true },           \
        { .off = 24, .len = 800, .more = true },                                                                       \
    {                                                                                                                  \
        .off = 824, .len = REST                                                                                        \
    }
#define TEARDROP                                                                                                       \
    { .len = 400, .more = true },                                                                                      \
    {                                                                                                                  \
        .off = 80, .len = 40                                                                                           \
    }
#define COVERED                                                                                                        \
    { .off = 104, .len = 80, .more = true }, { .off = 400, .len = 80, .more = true, .other = true },                   \
        { .len = 800, .more = true },                                                                                  \
    {                                                                                                                  \
        .off = 800, .len = REST                                                                                        \
    }
#define LATE                                                                                                           \
    { .len = 400, .more = true }, { .off = 400, .len = 400, .more = true },                                            \
    {                                                                                                                  \
        .off = 800, .len = REST, .pause_s = 70                                                                         \
    }
#define REUSED                                                                                                         \
    { .len = 400, .more = true }, { .off = 400, .len = 400, .more = true }, { .off = 800, .len = REST },               \
        { .len = 400, .more = true, .pause_s = 1 }, { .off = 400, .len = 400, .more = true },                          \
    {                                                                                                                  \
        .off = 800, .len = REST                                                                                        \
    }
#define INTERLEAVED                                                                                                    \
    { .len = 400, .more = true }, { .len = 400, .more = true, .id = 1 },                                               \
        { .off = 400, .len = 400, .more = true, .id = 1 }, { .off = 400, .len = 400, .more = true },                   \
        { .off = 800, .len = REST },                                                                                   \
    {                                                                                                                  \
        .off = 800, .len = REST, .id = 1                                                                               \
    }
#define ODD                                                                                                            \
    { .len = 403, .more = true }, { .off = 400, .len = 400, .more = true },                                            \
    {                                                                                                                  \
        .off = 800, .len = REST                                                                                        \
    }
#define TWO_ENDS                                                                                                       \
    { .len = 400, .more = true }, { .off = 400, .len = 200 }, { .off = 400, .len = 400, .more = true },                \
    {                                                                                                                  \
        .off = 800, .len = REST                                                                                        \
    }
#define TOO_FAR                                                                                                        \
    { .len = 400, .more = true }, { .off = 400, .len = 400, .more = true },                                            \
    {                                                                                                                  \
        .off = 65528, .len = 600                                                                                       \
    }
#define ALONE                                                                                                          \
    { .off = 0, .len = REST },                                                                                         \
    {                                                                                                                  \
        .off = 65528, .len = 7                                                                                         \
    }

/* The v4 and the v6 plan of the same fragments. */
#define BOTH(name, ...) static const struct plan name[2] = { { false, { __VA_ARGS__ } }, { true, { __VA_ARGS__ } } }
BOTH(in_order, IN_ORDER);
BOTH(reversed, REVERSED);
BOTH(overlap_same, SAME);
BOTH(overlap_different, DIFFERENT);
BOTH(covered, COVERED);
BOTH(missing_first, NO_FIRST);
BOTH(missing_middle, NO_MIDDLE);
BOTH(missing_last, NO_LAST);
BOTH(duplicate, DUPLICATE);
BOTH(tiny, TINY);
BOTH(teardrop, TEARDROP);
BOTH(late, LATE);
BOTH(reused, REUSED);
BOTH(interleaved, INTERLEAVED);
BOTH(odd_length, ODD);
BOTH(two_ends, TWO_ENDS);
BOTH(too_far, TOO_FAR);
BOTH(alone, ALONE);

#define ROWS(file, holds, plan)                                                                                        \
    { "fragments/v4-" file ".pcap", "IPv4: " holds, fragments, &plan[0] },                                             \
    {                                                                                                                  \
        "fragments/v6-" file ".pcap", "IPv6: " holds, fragments, &plan[1]                                              \
    }

/* The first fragment is too short for the TCP header: it has the ports but not the flags (RFC 1858). */
static void tiny_tcp(struct capture *c, const void *arg)
{
    struct pkt whole, p;
    (void)arg;
    pcap_begin(c, 1);
    pkt_init(&whole, c->net);
    put_tcp(&whole, DIR_AB, false,
            &(struct tcp){ .sport = 40001, .dport = 9000, .seq = 1000, .flags = TH_SYN, .window = 8192 });
    for (size_t off = 0; off < 20; off += 8) {
        pkt_init(&p, c->net);
        pkt_append(&p, pkt_bytes(&whole) + off, off == 16 ? 4 : 8);
        put_ip4(&p, &(struct ip4){ .src = IP4_A,
                                   .dst = IP4_B,
                                   .proto = 6,
                                   .id = 5,
                                   .frag = (uint16_t)(off / 8 | (off < 16 ? 0x2000 : 0)) });
        put_ethernet(&p, DIR_AB, 0x0800);
        pcap_packet(c, &p);
    }
}

/* Fragments with equal id, addresses and offsets but two protocols: two datagrams. */
static void two_protocols(struct capture *c, const void *arg)
{
    struct pkt udp, icmp, p;
    (void)arg;
    pcap_begin(c, 1);
    pkt_init(&udp, c->net);
    pkt_pattern(&udp, 56, 0);
    put_udp(&udp, DIR_AB, false, 40001, 9001);
    pkt_init(&icmp, c->net);
    pkt_pattern(&icmp, 56, 0);
    put_echo(&icmp, 8, 1, 1);
    for (unsigned i = 0; i < 4; i++) {
        struct pkt *whole = i & 1 ? &icmp : &udp;
        size_t off = i < 2 ? 0 : 32;
        pkt_init(&p, c->net);
        pkt_append(&p, pkt_bytes(whole) + off, 32);
        put_ip4(&p, &(struct ip4){ .src = IP4_A,
                                   .dst = IP4_B,
                                   .proto = i & 1 ? 1 : 17,
                                   .id = 6,
                                   .frag = (uint16_t)(off / 8 | (off ? 0 : 0x2000)) });
        put_ethernet(&p, DIR_AB, 0x0800);
        pcap_packet(c, &p);
    }
}

const struct sample fragment_samples[] = {
    ROWS("in-order", "a DNS query, then the answer in three fragments in order", in_order),
    ROWS("reversed", "the same, in reverse order", reversed),
    ROWS("overlap-same", "a fragment that overlaps its neighbours with the same bytes", overlap_same),
    ROWS("overlap-different", "a fragment that overlaps with different bytes", overlap_different),
    ROWS("covered", "a late first fragment covers two buffered ones, one with different bytes", covered),
    ROWS("missing-first", "the first is missing", missing_first),
    ROWS("missing-middle", "the middle is missing", missing_middle),
    ROWS("missing-last", "the last is missing", missing_last),
    ROWS("duplicate", "each sent twice", duplicate),
    ROWS("tiny", "three fragments of 8 bytes, the first is only the UDP header", tiny),
    ROWS("teardrop", "a last fragment inside the first", teardrop),
    ROWS("late", "the last arrives 70 s later", late),
    ROWS("id-reused", "the same id reused a second later", reused),
    ROWS("interleaved", "two interleaved datagrams", interleaved),
    ROWS("odd-length", "the first has a length that is not a multiple of 8 and more fragments", odd_length),
    ROWS("two-ends", "two last fragments with different ends", two_ends),
    ROWS("beyond-64k", "a last fragment that ends beyond 65535", too_far),
    ROWS("alone", "offset 0 and no more fragments (v4: not a fragment, v6: atomic), and a lone last one at 65528",
         alone),
    { "fragments/v4-tiny-tcp.pcap", "a TCP SYN in fragments of 8, 8 and 4 bytes", tiny_tcp, NULL },
    { "fragments/v4-two-protocols.pcap", "UDP and ICMP datagrams with the same id, interleaved", two_protocols, NULL },
    { NULL, NULL, NULL, NULL },
};
