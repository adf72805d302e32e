/* arp_host.h - the hosts that a run remembers, by what ARP said of them. */
#ifndef TL_DISSECTORS_ARP_HOST_H
#define TL_DISSECTORS_ARP_HOST_H

#include "core/join.h"
#include "dissectors/network/arp.h"

/* Indexes in the weirds of tl_protocol_arp. */
enum { TL_ARP_WEIRD_MOVED, TL_ARP_WEIRD_DUPLICATE };

/* A message whose sender has an address. */
struct tl_arp_part {
    int64_t ts;
    uint64_t packet;
    uint32_t network; /* VLANs */
    uint32_t interface; /* that the packet is from: networks at two, or in two files, may use the same addresses */
    uint16_t operation;
    bool nano;        /* ts has nine decimals */
    uint8_t mac[6], sender[4], target[4];
};

extern const struct tl_joiner tl_arp_joiner;

#endif
