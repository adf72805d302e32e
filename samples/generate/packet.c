/* packet.c - builds packets from the inside out with libnet headers; nothing is sent. */
#include "gen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const uint8_t mac_of[2][6] = { { 2, 0, 0, 0, 0, 1 }, { 2, 0, 0, 0, 0, 2 } };
const uint8_t ip6_of[2][16] = { { 0xfd, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 },
                                { 0xfd, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2 } };
static const uint32_t ip4_of[2] = { IP4_A, IP4_B };

_Noreturn void die(const char *what)
{
    fprintf(stderr, "taplight-samples: %s\n", what);
    exit(1);
}

void pkt_init(struct pkt *p, libnet_t *net)
{
    p->net = net;
    p->head = PKT_ROOM;
    p->len = 0;
}

uint8_t *pkt_bytes(struct pkt *p)
{
    return p->buf + p->head;
}

void pkt_append(struct pkt *p, const void *bytes, size_t len)
{
    if (p->head + p->len + len > sizeof p->buf)
        die("packet too large");
    if (len != 0)
        memcpy(p->buf + p->head + p->len, bytes, len);
    p->len += len;
}

void pkt_prepend(struct pkt *p, const void *bytes, size_t len)
{
    if (len > p->head)
        die("too many headers");
    p->head -= len;
    p->len += len;
    memcpy(p->buf + p->head, bytes, len);
}

void pkt_pattern(struct pkt *p, size_t len, unsigned seed)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = (uint8_t)('a' + (seed + i) % 26);
        pkt_append(p, &byte, 1);
    }
}

void put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}

uint16_t checksum(const uint8_t *bytes, size_t len, uint32_t sum)
{
    for (size_t i = 0; i + 1 < len; i += 2)
        sum += (uint32_t)(bytes[i] << 8 | bytes[i + 1]);
    if (len & 1)
        sum += (uint32_t)bytes[len - 1] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

/* Prepends the header that libnet built last. */
static void take(struct pkt *p, libnet_ptag_t tag)
{
    if (tag < 0)
        die(libnet_geterror(p->net));
    pkt_prepend(p, libnet_getpbuf(p->net, tag), libnet_getpbuf_size(p->net, tag));
    libnet_clear_packet(p->net);
}

void put_ethernet(struct pkt *p, enum direction dir, uint16_t type)
{
    take(p, libnet_build_ethernet(mac_of[1 - dir], mac_of[dir], type, NULL, 0, p->net, 0));
}

void put_vlan(struct pkt *p, enum direction dir, uint16_t tpid, uint16_t vid, uint8_t priority, uint16_t type)
{
    take(p, libnet_build_802_1q(mac_of[1 - dir], mac_of[dir], tpid, priority, 0, vid, type, NULL, 0, p->net, 0));
}

void put_ip4(struct pkt *p, const struct ip4 *h)
{
    size_t header = 20 + h->options_len;
    if (h->options_len != 0)
        pkt_prepend(p, h->options, h->options_len);
    take(p, libnet_build_ipv4((uint16_t)(20 + p->len), h->tos, h->id, h->frag, h->ttl ? h->ttl : 64, h->proto, 0,
                              htonl(h->src), htonl(h->dst), NULL, 0, p->net, 0));
    uint8_t *at = pkt_bytes(p);
    at[0] = (uint8_t)(0x40 | header / 4);
    put16(at + 10, 0);
    put16(at + 10, checksum(at, header, 0));
}

void put_ip4_dir(struct pkt *p, enum direction dir, uint8_t proto)
{
    put_ip4(p,
            &(struct ip4){ .src = ip4_of[dir], .dst = ip4_of[1 - dir], .proto = proto, .id = 0x1234, .frag = 0x4000 });
}

void put_ip6(struct pkt *p, enum direction dir, uint8_t next)
{
    struct libnet_in6_addr src, dst;
    memcpy(&src, ip6_of[dir], 16);
    memcpy(&dst, ip6_of[1 - dir], 16);
    take(p, libnet_build_ipv6(0, 0, (uint16_t)p->len, next, 64, src, dst, NULL, 0, p->net, 0));
}

uint16_t pseudo_checksum(const struct pkt *p, enum direction dir, bool v6, uint8_t proto)
{
    uint32_t sum = (uint32_t)p->len + proto;
    for (int i = 0; i < 2; i++) {
        if (v6)
            sum += (uint16_t)~checksum(ip6_of[dir ? 1 - i : i], 16, 0);
        else
            sum += (ip4_of[i] >> 16) + (ip4_of[i] & 0xffff);
    }
    return checksum(p->buf + p->head, p->len, sum);
}

void put_udp(struct pkt *p, enum direction dir, bool v6, uint16_t sport, uint16_t dport)
{
    take(p, libnet_build_udp(sport, dport, (uint16_t)(p->len + 8), 0, NULL, 0, p->net, 0));
    put16(pkt_bytes(p) + 6, 0);
    uint16_t sum = pseudo_checksum(p, dir, v6, 17);
    put16(pkt_bytes(p) + 6, sum ? sum : 0xffff);
}

void put_tcp(struct pkt *p, enum direction dir, bool v6, const struct tcp *h)
{
    if (h->options_len != 0)
        pkt_prepend(p, h->options, h->options_len);
    take(p, libnet_build_tcp(h->sport, h->dport, h->seq, h->ack, h->flags, h->window, 0, h->urgent, 20, NULL, 0, p->net,
                             0));
    uint8_t *at = pkt_bytes(p);
    at[12] = (uint8_t)((20 + h->options_len) / 4 << 4);
    put16(at + 16, 0);
    put16(at + 16, pseudo_checksum(p, dir, v6, 6) ^ (h->bad_checksum ? 0x5555 : 0));
}

void put_echo(struct pkt *p, uint8_t type, uint16_t id, uint16_t seq)
{
    take(p, libnet_build_icmpv4_echo(type, 0, 0, id, seq, NULL, 0, p->net, 0));
    put16(pkt_bytes(p) + 2, 0);
    put16(pkt_bytes(p) + 2, checksum(pkt_bytes(p), p->len, 0));
}

void put_gre(struct pkt *p, uint16_t flags, uint16_t type, uint32_t key, uint32_t seq)
{
    take(p, libnet_build_egre(flags, type, 0, 0, key, seq, (uint16_t)(p->len + 20), NULL, 0, p->net, 0));
    if (flags & 0x8000) {
        put16(pkt_bytes(p) + 4, 0);
        put16(pkt_bytes(p) + 4, checksum(pkt_bytes(p), p->len, 0));
    }
}

void put_vxlan(struct pkt *p, uint32_t vni)
{
    uint8_t header[8] = { 0x08 };
    put32(header + 4, vni << 8);
    pkt_prepend(p, header, sizeof header);
}
