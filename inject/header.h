/*
 * header.h - the headers that are sent and that samples are made of, one function each, as libnet builds them. Where
 * libnet's own are not right (docs/ARCHITECTURE.md) they are mended here. Private to inject/ and the sample generators.
 */
#ifndef TL_INJECT_HEADER_H
#define TL_INJECT_HEADER_H

#include <libnet.h>

#include <stdint.h>
#include <string.h>

/* A header with its options. len 0: libnet refused, libnet_geterror() says why. */
struct tl_header {
    uint32_t len;
    uint8_t bytes[64];
};

static inline void tl_store16(uint8_t *at, uint64_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static inline void tl_store32(uint8_t *at, uint64_t value)
{
    tl_store16(at, value >> 16);
    tl_store16(at + 2, value);
}

/* The checksum (RFC 1071) of data; sum: of what else it covers, as tl_checksum_add() gives it. */
uint16_t tl_header_checksum(uint32_t sum, const uint8_t *data, size_t len);
/* The sum of the pseudo-header (RFC 9293 section 3.1, RFC 8200 section 8.1). address_len: 4 or 16; len: of the upper layer. */
uint32_t tl_header_pseudo(const uint8_t *src, const uint8_t *dst, size_t address_len, uint8_t proto, size_t len);

struct tl_header tl_header_ethernet(libnet_t *net, const uint8_t dst[6], const uint8_t src[6], uint16_t type);
/* A tag without the EtherType that announces it (IEEE 802.1Q). */
struct tl_header tl_header_vlan(libnet_t *net, uint16_t id, uint8_t priority, uint8_t dei, uint16_t type);
struct tl_header tl_header_mpls(libnet_t *net, uint32_t label, uint8_t exp, uint8_t bottom, uint8_t ttl);

struct tl_header_ipv4 {
    const uint8_t *src, *dst;
    uint8_t version, tos, ttl, proto;
    uint16_t len, id, frag; /* len: of the packet; frag: flags and offset as on the wire */
    uint8_t header_words;   /* as announced; 0: the right number */
    const uint8_t *options;
    size_t options_len; /* 0 to 40, a multiple of 4 */
};
/* RFC 791. The checksum is set. */
struct tl_header tl_header_ipv4(libnet_t *net, const struct tl_header_ipv4 *h);

struct tl_header_ipv6 {
    const uint8_t *src, *dst;
    uint8_t version, traffic_class, next, hop_limit;
    uint32_t flow_label;
    uint16_t len; /* of what follows */
};
/* RFC 8200. */
struct tl_header tl_header_ipv6(libnet_t *net, const struct tl_header_ipv6 *h);

struct tl_header_tcp {
    uint16_t sport, dport, window, urgent;
    uint32_t seq, ack;
    uint8_t flags;
    uint8_t header_words; /* as announced; 0: the right number */
    const uint8_t *options;
    size_t options_len; /* 0 to 40, a multiple of 4 */
};
/* RFC 9293. Checksum 0. */
struct tl_header tl_header_tcp(libnet_t *net, const struct tl_header_tcp *h);
/* RFC 768. len: with the header. Checksum 0. */
struct tl_header tl_header_udp(libnet_t *net, uint16_t sport, uint16_t dport, uint16_t len);
/* RFC 792: echo, and messages of the same form. Checksum 0. */
struct tl_header tl_header_echo(libnet_t *net, uint8_t type, uint8_t code, uint16_t id, uint16_t seq);
/* RFC 2784, RFC 2890. flags 0x8000, 0x2000, 0x1000: with checksum (0 here), key, sequence number. */
struct tl_header tl_header_gre(libnet_t *net, uint16_t flags, uint16_t type, uint32_t key, uint32_t seq);
/* RFC 7348; libnet has no builder for it. */
struct tl_header tl_header_vxlan(uint16_t flags, uint32_t vni);

#endif
