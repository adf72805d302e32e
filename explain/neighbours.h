/* neighbours.h - addresses that ARP asks for, and who answers: what is wrong with them. */
#ifndef TL_EXPLAIN_NEIGHBOURS_H
#define TL_EXPLAIN_NEIGHBOURS_H

#include "core/packet.h"
#include "explain/finding.h"

enum { TL_NEIGHBOURS = 256 };

/* An IPv4 address. */
struct tl_arp_neighbour {
    uint8_t addr[4];
    bool used, known, moved, doubled;
    uint8_t mac[6], other[6];  /* of the host that has it; of the one that had it before, or has it too */
    uint16_t interface, vlan;  /* that the host was seen at; id + 1, 0: none */
    int64_t last_ts;           /* of its last message */
    uint8_t asker[4];          /* who asked last */
    uint16_t asked_vlan;
    bool answered;             /* in the VLAN of the question */
    uint16_t strayed_vlan;
    struct tl_events asked, doubles, strayed;
};

struct tl_neighbours {
    struct tl_arp_neighbour all[TL_NEIGHBOURS];
};

/* Takes a packet, if it is ARP over Ethernet (RFC 826). */
void tl_neighbours_packet(struct tl_neighbours *n, const struct tl_packet *packet);
/* Returns NULL if ARP has not told of the address. */
const struct tl_arp_neighbour *tl_neighbours_get(const struct tl_neighbours *n, const uint8_t addr[4]);
/* Fills *finding with what is wrong with the address. Returns false if nothing is. */
bool tl_neighbour_find(const struct tl_arp_neighbour *n, struct tl_finding *finding);
/* The table as Markdown. */
void tl_neighbours_document(struct tl_buffer *out);

#endif
