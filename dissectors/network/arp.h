/* arp.h - what messages of ARP say of a host, for those who remember hosts. */
#ifndef TL_DISSECTORS_ARP_H
#define TL_DISSECTORS_ARP_H

#include "core/bytes.h"

/* A message of Ethernet and IPv4 (RFC 826). Addresses are in the packet. */
struct tl_arp_message {
    uint16_t operation;
    const uint8_t *mac, *sender, *target; /* 6, 4 and 4 bytes */
};

/* A host that has an address: zero at first. */
struct tl_arp_host {
    uint8_t mac[6], other[6]; /* the first that had the address, and another one */
    bool known, doubled;
};

/* What a message is, and what it says of its sender: bits. */
enum tl_arp_fact {
    TL_ARP_ASKS = 1,       /* for the target's address */
    TL_ARP_ANNOUNCES = 2,  /* gratuitous: both addresses are the sender's */
    TL_ARP_IS_THERE = 4,   /* the sender has an address: with a request, too */
    TL_ARP_OTHER_MAC = 8,  /* another one had the address before: see `other` */
};

/* Returns what a message is: all but TL_ARP_OTHER_MAC. */
unsigned tl_arp_facts(const struct tl_arp_message *m);
/* The sender, which is there, is `host`. Returns TL_ARP_OTHER_MAC, or 0. */
unsigned tl_arp_meet(struct tl_arp_host *host, const struct tl_arp_message *m);

#endif
