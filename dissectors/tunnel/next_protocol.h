/*
 * next_protocol.h - the protocol that follows, with the numbers that NSH (RFC 8300 section 2.2) and VXLAN-GPE
 * (draft-ietf-nvo3-vxlan-gpe-13, section 3.2) share.
 */
#ifndef TL_TUNNEL_NEXT_PROTOCOL_H
#define TL_TUNNEL_NEXT_PROTOCOL_H

#include "dissectors/header.h"
#include "dissectors/registry.h"

enum { TL_TUNNEL_IPV4 = 1, TL_TUNNEL_IPV6, TL_TUNNEL_ETHERNET, TL_TUNNEL_NSH, TL_TUNNEL_MPLS };

#define TL_TUNNEL_NAMES                                                                                        \
    { TL_TUNNEL_IPV4, "IPv4" }, { TL_TUNNEL_IPV6, "IPv6" }, { TL_TUNNEL_ETHERNET, "Ethernet" }, { TL_TUNNEL_NSH, "NSH" }, \
        { TL_TUNNEL_MPLS, "MPLS" }

static inline enum tl_status tl_tunnel_next(struct tl_dissection *d, uint8_t protocol)
{
    switch (protocol) {
    case TL_TUNNEL_IPV4:
        return tl_next(d, TL_ON_ETHERTYPE, 0x0800);
    case TL_TUNNEL_IPV6:
        return tl_next(d, TL_ON_ETHERTYPE, 0x86dd);
    case TL_TUNNEL_ETHERNET:
        return tl_next_protocol(d, &tl_protocol_eth);
    case TL_TUNNEL_NSH:
        return tl_next_protocol(d, &tl_protocol_nsh);
    case TL_TUNNEL_MPLS:
        return tl_next_protocol(d, &tl_protocol_mpls);
    default:
        return tl_next_data(d);
    }
}

#endif
