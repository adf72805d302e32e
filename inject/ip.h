/* ip.h - the headers of a frame that arrives, up to what IP carries, and packets that come in fragments. */
#ifndef TL_INJECT_IP_H
#define TL_INJECT_IP_H

#include "inject/craft.h"

enum { TL_ETHERNET_HEADER = 14 /* bytes */ };

/* An IP packet, or the beginning of one that an ICMP error quotes. */
struct tl_ip_packet {
    struct tl_address src, dst;
    uint8_t ttl, proto;
    uint32_t id;     /* IPv4, or of the fragment header of IPv6 */
    uint32_t offset; /* bytes, of a fragment */
    bool more;       /* other fragments follow */
    bool whole;      /* it is no fragment, and all of it is there */
    bool all;        /* all of it, or of the fragment, is there */
    uint32_t size;   /* as its header tells */
    const uint8_t *data;
    uint32_t len; /* bytes of data that are there */
};

/* Whether an EtherType announces a VLAN tag. */
static inline bool tl_ip_is_tag(uint16_t type)
{
    return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}
/* Returns the EtherType after VLAN tags, and where its data begins; 0: the frame is too short. */
uint16_t tl_ip_ethertype(const uint8_t *frame, uint32_t len, uint32_t *at);
/* Reads an IP packet with its extension headers. Returns false if its header is not there. */
bool tl_ip_read(const uint8_t *p, uint32_t len, struct tl_ip_packet *out);
static inline bool tl_ip_is_later(const struct tl_ip_packet *ip)
{
    return ip->offset > 0;
}

/* Puts fragments of a few packets together: RFC 791 section 3.2, RFC 8200 section 4.5. */
struct tl_ip_gather;
struct tl_ip_gather *tl_ip_gather_new(void);
void tl_ip_gather_free(struct tl_ip_gather *gather);
/*
 * Adds a fragment. Returns true if its packet is complete now: ip is the packet, valid until the next call. Fragments may
 * come in any order; an old packet is forgotten for a new one.
 */
bool tl_ip_gather_add(struct tl_ip_gather *gather, struct tl_ip_packet *ip);

#endif
