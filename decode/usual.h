/*
 * usual.h - the usual stacks, recognised by a few loads: Ethernet, up to two VLAN tags, IPv4 without options or IPv6,
 * TCP or UDP. The capture thread reads the flow's key this way, and the layer loop the headers of a packet of which no
 * tree is wanted. Whatever is not as usual is left to the dissectors; tests/property/usual.c holds both against each other.
 */
#ifndef TL_DECODE_USUAL_H
#define TL_DECODE_USUAL_H

#include "core/dissect.h"
#include "dissectors/registry.h"
#include "flows/table.h"

enum {
    TL_USUAL_LINKTYPE = 1,  /* LINKTYPE_ETHERNET */
    TL_USUAL_ETHERNET = 14, /* bytes of its header */
    TL_USUAL_PORTS = TL_USUAL_ETHERNET + 24, /* bytes up to the end of the ports, after an IPv4 header without options */
};

/* The commonest stack: Ethernet, IPv4 that is not a fragment and has no options, the ports of TCP or UDP. */
static inline bool tl_usual_is_ipv4(const struct tl_packet *packet)
{
    const uint8_t *p = packet->bytes;
    return packet->linktype == TL_USUAL_LINKTYPE && packet->caplen >= TL_USUAL_PORTS &&
           (tl_load_be32(p + 12) & 0xffffff00) == 0x08004500 && (tl_load_be16(p + 20) & 0x3fff) == 0 &&
           (p[23] == 6 || p[23] == 17);
}

/* Finds the key of the packet's flow. Returns false if the stack is not usual, or its ports were not captured. */
bool tl_usual_key(const struct tl_packet *packet, struct tl_flow_key *key);

/* Do the link type, the EtherTypes and the IP protocols belong to the dissectors whose work is done here? */
bool tl_usual_registered(const struct tl_registry *registry, const struct tl_protocols *protocols);

/*
 * Reads the headers of a packet that tl_usual_key() knows, as the dissectors do without a tree: sets the frame's
 * addresses, network and transport layer, verifies checksums, and leaves d->c at the payload, d->start at the transport
 * header and d->next as the transport dissector does. d and its frame are as at the start of a packet. Returns false,
 * and leaves both unspecified, when a header is cut or malformed, has a length that does not fit, is a SYN (whose options
 * matter), or a checksum of IPv4 is wrong.
 */
bool tl_usual_headers(struct tl_dissection *d);

#endif
