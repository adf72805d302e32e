/* link_samples.c - link layers: VLAN tags (IEEE 802.1Q, 802.1ad), LLC and SNAP (IEEE 802.2), Linux cooked, null, loop
 * and raw. */
#include "gen.h"

#include <string.h>

enum {
    LINK_NULL = 0,
    LINK_ETHERNET = 1,
    LINK_RAW = 101,
    LINK_LOOP = 108,
    LINK_SLL = 113,
    LINK_IPV4 = 228,
    LINK_IPV6 = 229,
    LINK_SLL2 = 276
};

/* A DNS query (A to B) or its answer in an IP packet. */
static void dns_packet(struct pkt *p, libnet_t *net, enum direction dir, bool v6)
{
    struct dns m;
    if (dir == DIR_AB)
        dns_query(&m, 0x77, "link.test", 1);
    else
        dns_answer_a(&m, 0x77, "link.test", IP4_B);
    pkt_init(p, net);
    pkt_append(p, m.buf, m.len);
    put_udp(p, dir, v6, dir == DIR_AB ? 40053 : 53, dir == DIR_AB ? 53 : 40053);
    if (v6)
        put_ip6(p, dir, 17);
    else
        put_ip4_dir(p, dir, 17);
}

static void vlan(struct capture *c, const void *arg)
{
    struct pkt p;
    (void)arg;
    pcap_begin(c, LINK_ETHERNET);
    for (enum direction dir = DIR_AB; dir <= DIR_BA; dir++) {
        dns_packet(&p, c->net, dir, false);
        put_vlan(&p, dir, 0x8100, 42, 5, 0x0800);
        pcap_packet(c, &p);
    }
    dns_packet(&p, c->net, DIR_AB, true);
    put_vlan(&p, DIR_AB, 0x8100, 4095, 0, 0x86dd);
    pcap_packet(c, &p);
    dns_packet(&p, c->net, DIR_AB, false);
    put_vlan(&p, DIR_AB, 0x8100, 0, 7, 0x0800); /* priority tag */
    pcap_packet(c, &p);
}

static void qinq(struct capture *c, const void *arg)
{
    static const uint16_t outer[] = { 0x88a8, 0x9100, 0x8100 };
    struct pkt p;
    uint8_t inner[4] = { 0x60, 0x64, 0x08, 0x00 };
    (void)arg;
    pcap_begin(c, LINK_ETHERNET);
    for (unsigned i = 0; i < 3; i++) {
        for (enum direction dir = DIR_AB; dir <= DIR_BA; dir++) {
            dns_packet(&p, c->net, dir, false);
            pkt_prepend(&p, inner, 4); /* priority 3, VLAN 100 */
            put_vlan(&p, dir, outer[i], (uint16_t)(200 + i), 1, 0x8100);
            pcap_packet(c, &p);
        }
    }
}

static void vlan_depth(struct capture *c, const void *arg)
{
    struct pkt p;
    (void)arg;
    pcap_begin(c, LINK_ETHERNET);
    for (unsigned depth = 3; depth <= 24; depth *= 2) {
        dns_packet(&p, c->net, DIR_AB, false);
        for (unsigned i = 0; i < depth; i++) {
            uint8_t tag[4] = { 0, (uint8_t)(i + 1) };
            put16(tag + 2, i == 0 ? 0x0800 : 0x8100);
            pkt_prepend(&p, tag, 4);
        }
        put_ethernet(&p, DIR_AB, 0x8100);
        pcap_packet(c, &p);
    }
    uint8_t half[2] = { 0, 1 }; /* the frame ends inside a tag */
    pkt_init(&p, c->net);
    pkt_append(&p, half, 2);
    put_ethernet(&p, DIR_AB, 0x8100);
    pcap_packet(c, &p);
}

static void put_802_3(struct pkt *p, enum direction dir)
{
    uint16_t len = (uint16_t)p->len;
    if (p->len < 46) {
        static const uint8_t zero[46];
        pkt_append(p, zero, 46 - p->len);
    }
    put_ethernet(p, dir, len); /* the type field is the length */
}

static void llc_snap(struct capture *c, const void *arg)
{
    static const uint8_t snap_ip[] = { 0xaa, 0xaa, 3, 0, 0, 0, 8, 0 },
                         snap_cdp[] = { 0xaa, 0xaa, 3, 0, 0, 0x0c, 0x20, 0 };
    static const uint8_t stp[] = { 0x42, 0x42, 3, 0, 0, 0, 0, 0, 0x80, 0,    2, 0, 0, 0,  0, 1, 0, 0,  0,
                                   0,    0x80, 0, 2, 0, 0, 0, 0, 1,    0x80, 1, 0, 0, 20, 0, 2, 0, 15, 0 };
    static const uint8_t ipx[] = { 0xe0, 0xe0, 3, 0xff, 0xff, 0, 30 }, raw_ipx[] = { 0xff, 0xff, 0, 30 };
    struct pkt p;
    (void)arg;
    pcap_begin(c, LINK_ETHERNET);
    for (enum direction dir = DIR_AB; dir <= DIR_BA; dir++) {
        dns_packet(&p, c->net, dir, false);
        pkt_prepend(&p, snap_ip, sizeof snap_ip);
        put_802_3(&p, dir);
        pcap_packet(c, &p);
    }
    static const struct {
        const uint8_t *bytes;
        size_t len;
    } others[] = {
        { snap_cdp, sizeof snap_cdp }, { stp, sizeof stp }, { ipx, sizeof ipx },
        { raw_ipx, sizeof raw_ipx },   { stp, 2 },
    };
    for (unsigned i = 0; i < sizeof others / sizeof *others; i++) {
        pkt_init(&p, c->net);
        pkt_append(&p, others[i].bytes, others[i].len);
        put_802_3(&p, DIR_AB);
        pcap_packet(c, &p);
    }
    dns_packet(&p, c->net, DIR_AB, false);
    pkt_prepend(&p, snap_ip, sizeof snap_ip);
    put_ethernet(&p, DIR_AB, 1500); /* length exceeds the frame */
    pcap_packet(c, &p);
}

static void ethernet_odd(struct capture *c, const void *arg)
{
    struct pkt p;
    uint8_t trailer[] = { 0, 0, 0, 0, 0, 0, 0xde, 0xad, 0xbe, 0xef };
    (void)arg;
    pcap_begin(c, LINK_ETHERNET);
    dns_packet(&p, c->net, DIR_AB, false);
    pkt_append(&p, trailer, sizeof trailer); /* padding and a check sequence after the IP packet */
    put_ethernet(&p, DIR_AB, 0x0800);
    pcap_packet(c, &p);
    static const uint16_t types[] = { 0x0600, 0x88cc, 0x8863, 0x88e7, 0x05ff, 0xffff };
    for (unsigned i = 0; i < sizeof types / sizeof *types; i++) {
        pkt_init(&p, c->net);
        pkt_pattern(&p, 46, i);
        put_ethernet(&p, DIR_AB, types[i]);
        pcap_packet(c, &p);
    }
    for (size_t len = 0; len <= 13; len += 13) { /* an empty frame, half a header */
        pkt_init(&p, c->net);
        pkt_pattern(&p, len, 0);
        pcap_packet(c, &p);
    }
    dns_packet(&p, c->net, DIR_AB, true);
    put_ethernet(&p, DIR_AB, 0x0800); /* IPv6 with the type of IPv4 */
    pcap_packet(c, &p);
}

static void arp(struct capture *c, const void *arg)
{
    static const uint8_t gratuitous[] = { 0,  1, 8, 0, 6, 4, 0, 1, 2, 0, 0,  0, 0, 1,
                                          10, 1, 0, 1, 0, 0, 0, 0, 0, 0, 10, 1, 0, 1 };
    struct pkt p;
    uint8_t body[28];
    (void)arg;
    pcap_begin(c, LINK_ETHERNET);
    for (unsigned op = 1; op <= 9; op++) { /* request, reply, RARP, DRARP, InARP */
        memcpy(body, gratuitous, sizeof body);
        body[7] = (uint8_t)op;
        body[27] = 2;
        pkt_init(&p, c->net);
        pkt_append(&p, body, sizeof body);
        put_ethernet(&p, DIR_AB, op == 3 || op == 4 ? 0x8035 : 0x0806);
        pcap_packet(c, &p);
    }
    pkt_init(&p, c->net);
    pkt_append(&p, gratuitous, sizeof gratuitous);
    put_ethernet(&p, DIR_AB, 0x0806);
    pcap_packet(c, &p);
    static const struct {
        unsigned at;
        uint8_t value;
    } wrong[] = { { 4, 255 }, { 5, 16 }, { 5, 0 }, { 1, 6 }, { 2, 0x86 } };
    for (unsigned i = 0; i < 5; i++) { /* wrong lengths, other hardware, another protocol */
        memcpy(body, gratuitous, sizeof body);
        body[wrong[i].at] = wrong[i].value;
        pkt_init(&p, c->net);
        pkt_append(&p, body, sizeof body);
        put_ethernet(&p, DIR_AB, 0x0806);
        pcap_packet(c, &p);
    }
    pkt_init(&p, c->net);
    pkt_append(&p, gratuitous, 20);
    put_ethernet(&p, DIR_AB, 0x0806);
    pcap_packet(c, &p);
}

static void sll(struct capture *c, const void *arg)
{
    struct pkt p;
    bool two = *(const uint32_t *)arg == LINK_SLL2;
    pcap_begin(c, *(const uint32_t *)arg);
    for (unsigned i = 0; i < 5; i++) {
        uint8_t header[20] = { 0 };
        bool v6 = i == 2;
        enum direction dir = i == 1 ? DIR_BA : DIR_AB;
        dns_packet(&p, c->net, dir, v6);
        if (i == 3) { /* a VLAN tag after the cooked header */
            uint8_t tag[4] = { 0, 9, 8, 0 };
            pkt_prepend(&p, tag, 4);
        }
        unsigned type = v6 ? 0x86dd : i == 3 ? 0x8100 : i == 4 ? 0x0004 : 0x0800; /* 4: 802.2 follows */
        if (two) {
            put16(header, type);
            put32(header + 4, 3);
            put16(header + 8, 1);
            header[10] = dir == DIR_AB ? 4 : 0;
            header[11] = 6;
            memcpy(header + 12, mac_of[dir], 6);
        } else {
            put16(header, dir == DIR_AB ? 4 : 0);
            put16(header + 2, 1);
            put16(header + 4, 6);
            memcpy(header + 6, mac_of[dir], 6);
            put16(header + 14, type);
        }
        pkt_prepend(&p, header, two ? 20 : 16);
        pcap_packet(c, &p);
    }
}

static void null_or_loop(struct capture *c, const void *arg)
{
    static const uint32_t families6[] = { 30, 28, 24, 10 };
    uint32_t link = *(const uint32_t *)arg;
    struct pkt p;
    c->big = link == LINK_NULL + 1000;
    pcap_begin(c, link % 1000);
    for (unsigned i = 0; i < 7; i++) { /* v4 both ways, v6 under four family numbers, an unknown one */
        uint32_t family = i < 2 ? 2 : i == 6 ? 99 : families6[i - 2];
        uint8_t header[4] = { (uint8_t)family };
        if (link == LINK_LOOP || c->big)
            put32(header, family);
        dns_packet(&p, c->net, i == 1 ? DIR_BA : DIR_AB, i >= 2);
        pkt_prepend(&p, header, 4);
        pcap_packet(c, &p);
    }
}

static void raw_ip(struct capture *c, const void *arg)
{
    uint32_t link = *(const uint32_t *)arg;
    struct pkt p;
    pcap_begin(c, link);
    for (unsigned i = 0; i < 4; i++) {
        bool v6 = i >= 2;
        if ((link == LINK_IPV4 && v6) || (link == LINK_IPV6 && !v6))
            continue;
        dns_packet(&p, c->net, i & 1 ? DIR_BA : DIR_AB, v6);
        pcap_packet(c, &p);
    }
    if (link == LINK_RAW) {
        pkt_init(&p, c->net);
        pkt_append(&p, "\x75 not IP", 8);
        pcap_packet(c, &p);
    }
}

static const uint32_t link_type[] = { LINK_NULL, LINK_NULL + 1000, LINK_LOOP, LINK_RAW,
                                      LINK_IPV4, LINK_IPV6,        LINK_SLL,  LINK_SLL2 };

const struct sample link_samples[] = {
    { "link/vlan.pcap",
      "802.1Q: VLAN 42 with priority 5 both ways, VLAN 4095, a priority tag; a DNS query and answer inside", vlan,
      NULL },
    { "link/qinq.pcap", "two tags, the outer 0x88a8, 0x9100 or 0x8100", qinq, NULL },
    { "link/vlan-depth.pcap", "3, 6, 12 and 24 tags; a frame cut inside a tag", vlan_depth, NULL },
    { "link/llc-snap.pcap",
      "802.3 with SNAP carrying IP, CDP's SNAP, spanning tree, IPX, 2 bytes of LLC, a length too long", llc_snap,
      NULL },
    { "link/ethernet-odd.pcap", "a trailer, unknown types, an empty frame, half a header, IPv6 under IPv4's type",
      ethernet_odd, NULL },
    { "link/arp.pcap", "ARP operations 1 to 9, gratuitous, wrong address lengths, other hardware, cut", arp, NULL },
    { "link/null.pcap", "BSD null, little-endian families 2, 30, 28, 24, 10 and an unknown one", null_or_loop,
      &link_type[0] },
    { "link/null-big.pcap", "the same in a big-endian file", null_or_loop, &link_type[1] },
    { "link/loop.pcap", "OpenBSD loop, families in network order", null_or_loop, &link_type[2] },
    { "link/raw.pcap", "raw IP of both versions, and a packet that is neither", raw_ip, &link_type[3] },
    { "link/raw-ipv4.pcap", "link type IPV4", raw_ip, &link_type[4] },
    { "link/raw-ipv6.pcap", "link type IPV6", raw_ip, &link_type[5] },
    { "link/sll.pcap", "Linux cooked: both directions, IPv6, a VLAN tag, 802.2", sll, &link_type[6] },
    { "link/sll2.pcap", "Linux cooked version 2, the same", sll, &link_type[7] },
    { NULL, NULL, NULL, NULL },
};
