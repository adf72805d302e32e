/* packet.c - builds packets from the inside out with the headers of inject/; nothing is sent. */
#include "gen.h"

#include "inject/header.h"

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
    tl_store16(at, value);
}

void put32(uint8_t *at, uint32_t value)
{
    tl_store32(at, value);
}

uint16_t checksum(const uint8_t *bytes, size_t len, uint32_t sum)
{
    return tl_header_checksum(sum, bytes, len);
}

static void put(struct pkt *p, struct tl_header header)
{
    if (header.len == 0)
        die(libnet_geterror(p->net));
    pkt_prepend(p, header.bytes, header.len);
}

void put_ethernet(struct pkt *p, enum direction dir, uint16_t type)
{
    put(p, tl_header_ethernet(p->net, mac_of[1 - dir], mac_of[dir], type));
}

void put_vlan(struct pkt *p, enum direction dir, uint16_t tpid, uint16_t vid, uint8_t priority, uint16_t type)
{
    put(p, tl_header_vlan(p->net, vid, priority, 0, type));
    put_ethernet(p, dir, tpid);
}

void put_ip4(struct pkt *p, const struct ip4 *h)
{
    uint8_t src[4], dst[4];
    put32(src, h->src);
    put32(dst, h->dst);
    struct tl_header_ipv4 header = {
        .src = src,
        .dst = dst,
        .version = 4,
        .tos = h->tos,
        .ttl = h->ttl ? h->ttl : 64,
        .proto = h->proto,
        .len = (uint16_t)(20 + h->options_len + p->len),
        .id = h->id,
        .frag = h->frag,
        .options = h->options,
        .options_len = h->options_len,
    };
    put(p, tl_header_ipv4(p->net, &header));
}

void put_ip4_dir(struct pkt *p, enum direction dir, uint8_t proto)
{
    put_ip4(p,
            &(struct ip4){ .src = ip4_of[dir], .dst = ip4_of[1 - dir], .proto = proto, .id = 0x1234, .frag = 0x4000 });
}

void put_ip6(struct pkt *p, enum direction dir, uint8_t next)
{
    struct tl_header_ipv6 header = {
        .src = ip6_of[dir],
        .dst = ip6_of[1 - dir],
        .version = 6,
        .next = next,
        .hop_limit = 64,
        .len = (uint16_t)p->len,
    };
    put(p, tl_header_ipv6(p->net, &header));
}

uint16_t pseudo_checksum(const struct pkt *p, enum direction dir, bool v6, uint8_t proto)
{
    uint8_t v4[2][4];
    put32(v4[0], ip4_of[dir]);
    put32(v4[1], ip4_of[1 - dir]);
    uint32_t sum = v6 ? tl_header_pseudo(ip6_of[dir], ip6_of[1 - dir], 16, proto, p->len)
                      : tl_header_pseudo(v4[0], v4[1], 4, proto, p->len);
    return checksum(p->buf + p->head, p->len, sum);
}

void put_udp(struct pkt *p, enum direction dir, bool v6, uint16_t sport, uint16_t dport)
{
    put(p, tl_header_udp(p->net, sport, dport, (uint16_t)(p->len + 8)));
    uint16_t sum = pseudo_checksum(p, dir, v6, 17);
    put16(pkt_bytes(p) + 6, sum ? sum : 0xffff);
}

void put_tcp(struct pkt *p, enum direction dir, bool v6, const struct tcp *h)
{
    struct tl_header_tcp header = {
        .sport = h->sport,
        .dport = h->dport,
        .window = h->window,
        .urgent = h->urgent,
        .seq = h->seq,
        .ack = h->ack,
        .flags = h->flags,
        .options = h->options,
        .options_len = h->options_len,
    };
    put(p, tl_header_tcp(p->net, &header));
    put16(pkt_bytes(p) + 16, pseudo_checksum(p, dir, v6, 6) ^ (h->bad_checksum ? 0x5555 : 0));
}

void put_echo(struct pkt *p, uint8_t type, uint16_t id, uint16_t seq)
{
    put(p, tl_header_echo(p->net, type, 0, id, seq));
    put16(pkt_bytes(p) + 2, checksum(pkt_bytes(p), p->len, 0));
}

void put_gre(struct pkt *p, uint16_t flags, uint16_t type, uint32_t key, uint32_t seq)
{
    put(p, tl_header_gre(p->net, flags, type, key, seq));
    if (flags & 0x8000)
        put16(pkt_bytes(p) + 4, checksum(pkt_bytes(p), p->len, 0));
}

void put_vxlan(struct pkt *p, uint32_t vni)
{
    put(p, tl_header_vxlan(0x0800, vni));
}
