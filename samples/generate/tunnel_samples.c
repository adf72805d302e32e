/* tunnel_samples.c - encapsulated packets: GRE (RFC 2784, 2890), IP in IP (2003), 6in4 (4213), VXLAN (7348). */
#include "gen.h"

enum { OUTER_A = 0xc0a80001, OUTER_B = 0xc0a80002 };

static void inner(struct pkt *p, libnet_t *net, enum direction dir, bool v6)
{
    struct dns m;
    if (dir == DIR_AB)
        dns_query(&m, 0x99, "inner.test", 1);
    else
        dns_answer_a(&m, 0x99, "inner.test", IP4_B);
    pkt_init(p, net);
    pkt_append(p, m.buf, m.len);
    put_udp(p, dir, v6, dir == DIR_AB ? 40053 : 53, dir == DIR_AB ? 53 : 40053);
    if (v6)
        put_ip6(p, dir, 17);
    else
        put_ip4_dir(p, dir, 17);
}

static void outer_ip4(struct pkt *p, enum direction dir, uint8_t proto)
{
    put_ip4(p, &(struct ip4){ .src = dir == DIR_AB ? OUTER_A : OUTER_B,
                              .dst = dir == DIR_AB ? OUTER_B : OUTER_A,
                              .proto = proto,
                              .id = 9,
                              .ttl = 255 });
}

static void finish(struct capture *c, struct pkt *p, enum direction dir, uint8_t proto)
{
    outer_ip4(p, dir, proto);
    put_ethernet(p, dir, 0x0800);
    pcap_packet(c, p);
}

static void gre(struct capture *c, const void *arg)
{
    static const uint16_t flags[] = { 0, 0x8000, 0x2000, 0x1000, 0xb000 }; /* plain, checksum, key, sequence, all */
    struct pkt p;
    (void)arg;
    pcap_begin(c, 1);
    for (unsigned i = 0; i < 5; i++) {
        for (enum direction dir = DIR_AB; dir <= DIR_BA; dir++) {
            inner(&p, c->net, dir, i == 2);
            put_gre(&p, flags[i], i == 2 ? 0x86dd : 0x0800, 0x1234, i);
            finish(c, &p, dir, 47);
        }
    }
    inner(&p, c->net, DIR_AB, false); /* a whole Ethernet frame inside */
    put_ethernet(&p, DIR_AB, 0x0800);
    put_gre(&p, 0, 0x6558, 0, 0);
    finish(c, &p, DIR_AB, 47);
    pkt_init(&p, c->net); /* PPTP's GRE, version 1 (RFC 2637) */
    pkt_append(&p, "\x30\x81\x88\x0b\x00\x04\x00\x07\x00\x00\x00\x01\x00\x00\x00\x00\xff\x03\xc0\x21", 20);
    finish(c, &p, DIR_AB, 47);
    pkt_init(&p, c->net); /* ends inside the key */
    pkt_append(&p, "\x20\x00\x08\x00\x12\x34", 6);
    finish(c, &p, DIR_AB, 47);
}

static void ipip(struct capture *c, const void *arg)
{
    struct pkt p;
    (void)arg;
    pcap_begin(c, 1);
    for (enum direction dir = DIR_AB; dir <= DIR_BA; dir++) {
        inner(&p, c->net, dir, false);
        finish(c, &p, dir, 4);
    }
}

static void sixin4(struct capture *c, const void *arg)
{
    struct pkt p;
    (void)arg;
    pcap_begin(c, 1);
    for (enum direction dir = DIR_AB; dir <= DIR_BA; dir++) {
        inner(&p, c->net, dir, true);
        finish(c, &p, dir, 41);
    }
}

static void in_ip6(struct capture *c, const void *arg)
{
    struct pkt p;
    (void)arg;
    pcap_begin(c, 1);
    for (enum direction dir = DIR_AB; dir <= DIR_BA; dir++) {
        inner(&p, c->net, dir, false);
        put_ip6(&p, dir, 4);
        put_ethernet(&p, dir, 0x86dd);
        pcap_packet(c, &p);
        inner(&p, c->net, dir, true);
        put_ip6(&p, dir, 41);
        put_ethernet(&p, dir, 0x86dd);
        pcap_packet(c, &p);
    }
}

static void put_vxlan_from(struct pkt *p, enum direction dir, uint16_t sport)
{
    put_vxlan(p, 77);
    put_udp(p, dir, false, sport, 4789);
    put16(pkt_bytes(p) + 6, 0); /* a checksum of zero is usual here */
}

static void put_vxlan_outer(struct pkt *p, enum direction dir)
{
    put_vxlan_from(p, dir, dir == DIR_AB ? 50001 : 50002);
}

static void vxlan(struct capture *c, const void *arg)
{
    struct pkt p;
    (void)arg;
    pcap_begin(c, 1);
    for (enum direction dir = DIR_AB; dir <= DIR_BA; dir++) {
        inner(&p, c->net, dir, dir == DIR_BA);
        put_ethernet(&p, dir, dir == DIR_BA ? 0x86dd : 0x0800);
        put_vxlan_outer(&p, dir);
        finish(c, &p, dir, 17);
        inner(&p, c->net, dir, false);
        put_vlan(&p, dir, 0x8100, 5, 0, 0x0800);
        put_vxlan_outer(&p, dir);
        finish(c, &p, dir, 17);
    }
}

/* A query over and over, each in another tunnel: a tunnel's end that puts no hash of the flow into the source port. */
static void moves(struct capture *c, const void *arg)
{
    (void)arg;
    pcap_begin(c, 1);
    for (uint16_t i = 0; i < 8; i++) {
        struct pkt p;
        inner(&p, c->net, DIR_AB, false);
        put_ethernet(&p, DIR_AB, 0x0800);
        put_vxlan_from(&p, DIR_AB, 50001 + i);
        finish(c, &p, DIR_AB, 17);
    }
}

/* One TCP segment both inside VXLAN and outside, as captured where both sides of a tunnel endpoint are visible. */
static void twice(struct capture *c, enum direction dir, uint8_t flags, uint32_t seq, uint32_t ack, size_t payload)
{
    for (int bare = 0; bare < 2; bare++) {
        struct pkt p;
        pkt_init(&p, c->net);
        pkt_pattern(&p, payload, 0);
        put_tcp(&p, dir, false,
                &(struct tcp){ .sport = dir == DIR_AB ? 40003 : 9000,
                               .dport = dir == DIR_AB ? 9000 : 40003,
                               .seq = seq,
                               .ack = ack,
                               .flags = flags,
                               .window = 8192 });
        put_ip4_dir(&p, dir, 6);
        put_ethernet(&p, dir, 0x0800);
        if (!bare) {
            put_vxlan_outer(&p, dir);
            outer_ip4(&p, dir, 17);
            put_ethernet(&p, dir, 0x0800);
        }
        pcap_packet(c, &p);
    }
}

static void vxlan_and_bare(struct capture *c, const void *arg)
{
    (void)arg;
    pcap_begin(c, 1);
    twice(c, DIR_AB, TH_SYN, 1000, 0, 0);
    twice(c, DIR_BA, TH_SYN | TH_ACK, 5000, 1001, 0);
    twice(c, DIR_AB, TH_ACK, 1001, 5001, 0);
    twice(c, DIR_AB, TH_ACK | TH_PUSH, 1001, 5001, 30);
    twice(c, DIR_BA, TH_ACK | TH_PUSH, 5001, 1031, 50);
    twice(c, DIR_AB, TH_FIN | TH_ACK, 1031, 5051, 0);
    twice(c, DIR_BA, TH_FIN | TH_ACK, 5051, 1032, 0);
    twice(c, DIR_AB, TH_ACK, 1032, 5052, 0);
}

/* Layers between Ethernet and IP: Cisco MetaData, MPLS (RFC 3032), PPPoE (RFC 2516). */
static void carriers(struct capture *c, const void *arg)
{
    static const uint8_t metadata[] = { 1, 1, 0, 1, 0, 2, 0x08, 0 };
    static const uint8_t labels[] = { 0x00, 0x01, 0x00, 0x40, 0x00, 0x02, 0x01, 0x3f }; /* 16, then 32 at the bottom */
    uint8_t session[] = { 0x11, 0, 0, 7, 0, 0, 0x00, 0x21 };
    struct pkt p;
    (void)arg;
    pcap_begin(c, 1);
    for (enum direction dir = DIR_AB; dir <= DIR_BA; dir++) {
        inner(&p, c->net, dir, false);
        pkt_prepend(&p, metadata, sizeof metadata);
        put_ethernet(&p, dir, 0x8909);
        pcap_packet(c, &p);
        inner(&p, c->net, dir, dir == DIR_BA);
        pkt_prepend(&p, labels, sizeof labels);
        put_ethernet(&p, dir, 0x8847);
        pcap_packet(c, &p);
        inner(&p, c->net, dir, false);
        put16(session + 4, (uint16_t)(p.len + 2));
        pkt_prepend(&p, session, sizeof session);
        put_ethernet(&p, dir, 0x8864);
        pcap_packet(c, &p);
    }
    pkt_init(&p, c->net);
    pkt_append(&p, "\x11\x09\x00\x00\x00\x04\x01\x01\x00\x00", 10); /* discovery: any service */
    put_ethernet(&p, DIR_AB, 0x8863);
    pcap_packet(c, &p);
    pkt_init(&p, c->net);
    pkt_append(&p, "\x00\x01\x00\x40\x00\x02", 6); /* ends inside the second label */
    put_ethernet(&p, DIR_AB, 0x8847);
    pcap_packet(c, &p);
}

static void finish_udp(struct capture *c, struct pkt *p, enum direction dir, uint16_t port)
{
    put_udp(p, dir, false, dir == DIR_AB ? 50001 : 50002, port);
    put16(pkt_bytes(p) + 6, 0);
    finish(c, p, dir, 17);
}

static void geneve(struct capture *c, const void *arg)
{
    static const uint8_t plain[] = { 0, 0, 0x65, 0x58, 0, 0, 77, 0 };
    static const uint8_t option[] = { 2, 0x40, 0x86, 0xdd, 0, 0, 78, 0, 1, 2, 0x80, 1, 0xde, 0xad, 0xbe, 0xef };
    struct pkt p;
    (void)arg;
    pcap_begin(c, 1);
    for (enum direction dir = DIR_AB; dir <= DIR_BA; dir++) {
        inner(&p, c->net, dir, false);
        put_ethernet(&p, dir, 0x0800);
        pkt_prepend(&p, plain, sizeof plain);
        finish_udp(c, &p, dir, 6081);
        inner(&p, c->net, dir, true);
        pkt_prepend(&p, option, sizeof option);
        finish_udp(c, &p, dir, 6081);
    }
}

static void gtp(struct capture *c, const void *arg)
{
    uint8_t header[] = { 0x30, 0xff, 0, 0, 0, 0, 0, 42 };
    uint8_t extended[] = { 0x34, 0xff, 0, 0, 0, 0, 0, 43, 0, 7, 0, 0x85, 1, 0x10, 5, 0 };
    struct pkt p;
    (void)arg;
    pcap_begin(c, 1);
    for (enum direction dir = DIR_AB; dir <= DIR_BA; dir++) {
        inner(&p, c->net, dir, dir == DIR_BA);
        put16(header + 2, (uint16_t)p.len);
        pkt_prepend(&p, header, sizeof header);
        finish_udp(c, &p, dir, 2152);
        inner(&p, c->net, dir, false);
        put16(extended + 2, (uint16_t)(p.len + 8));
        pkt_prepend(&p, extended, sizeof extended);
        finish_udp(c, &p, dir, 2152);
    }
    pkt_init(&p, c->net);
    pkt_append(&p, "\x32\x01\x00\x04\x00\x00\x00\x00\x00\x08\x00\x00", 12); /* an echo request */
    finish_udp(c, &p, DIR_AB, 2152);
}

static void nested(struct capture *c, const void *arg)
{
    struct pkt p;
    (void)arg;
    pcap_begin(c, 1);
    inner(&p, c->net, DIR_AB, true); /* IPv6 in IPv4 in GRE in IPv4 in VXLAN */
    outer_ip4(&p, DIR_AB, 41);
    put_gre(&p, 0x2000, 0x0800, 5, 0);
    outer_ip4(&p, DIR_AB, 47);
    put_ethernet(&p, DIR_AB, 0x0800);
    put_vxlan_outer(&p, DIR_AB);
    finish(c, &p, DIR_AB, 17);
    for (unsigned depth = 4; depth <= 40; depth *= 3) { /* IP in IP in IP .. */
        inner(&p, c->net, DIR_AB, false);
        for (unsigned i = 0; i < depth; i++)
            outer_ip4(&p, DIR_AB, 4);
        put_ethernet(&p, DIR_AB, 0x0800);
        pcap_packet(c, &p);
    }
}

const struct sample tunnel_samples[] = {
    { "tunnel/gre.pcap",
      "GRE plain, with checksum, key, sequence, all three; an Ethernet frame inside; PPTP's version 1; cut", gre,
      NULL },
    { "tunnel/ipip.pcap", "IPv4 in IPv4, a DNS query and answer", ipip, NULL },
    { "tunnel/6in4.pcap", "IPv6 in IPv4", sixin4, NULL },
    { "tunnel/in-ipv6.pcap", "IPv4 and IPv6 in IPv6", in_ip6, NULL },
    { "tunnel/vxlan.pcap", "VXLAN with IPv4, IPv6 and a VLAN tag inside, outer checksum zero", vxlan, NULL },
    { "tunnel/vxlan-moves.pcap", "a flow inside VXLAN that is in another tunnel with each packet: six are reported", moves,
      NULL },
    { "tunnel/vxlan-and-bare.pcap",
      "one TCP connection, each segment both inside VXLAN and outside: two SF flows besides the tunnel's", vxlan_and_bare,
      NULL },
    { "tunnel/carriers.pcap", "Cisco MetaData, MPLS, PPPoE session and discovery, a label stack that is cut", carriers,
      NULL },
    { "tunnel/geneve.pcap", "Geneve with Ethernet inside; with IPv6 and an option", geneve, NULL },
    { "tunnel/gtp.pcap", "GTP version 1 with IPv4 and IPv6 inside, an extension header, an echo request", gtp, NULL },
    { "tunnel/nested.pcap", "IPv6 in IPv4 in GRE in IPv4 in VXLAN; IPv4 in itself 4, 12 and 36 times", nested, NULL },
    { NULL, NULL, NULL, NULL },
};
