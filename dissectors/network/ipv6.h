/* ipv6.h - what the IPv6 header and its extension headers share: one table of fields, for they are one layer. */
#ifndef TL_DISSECTORS_IPV6_H
#define TL_DISSECTORS_IPV6_H

#include "dissectors/header.h"

enum tl_ipv6_field {
    IPV6_IP_VERSION, IPV6_VERSION, IPV6_TCLASS, IPV6_DSCP, IPV6_ECN, IPV6_FLOW, IPV6_PLEN, IPV6_NXT, IPV6_HLIM, IPV6_SRC, IPV6_DST,
    IPV6_HOPOPTS, IPV6_HOPOPTS_NXT, IPV6_HOPOPTS_LEN, IPV6_DSTOPTS, IPV6_DSTOPTS_NXT, IPV6_DSTOPTS_LEN, IPV6_OPT,
    IPV6_OPT_TYPE, IPV6_OPT_LENGTH, IPV6_OPT_PADN, IPV6_OPT_ROUTER_ALERT, IPV6_OPT_JUMBO, IPV6_OPT_TUNNEL,
    IPV6_OPT_HOME, IPV6_OPT_DATA, IPV6_ROUTING, IPV6_ROUTING_NXT, IPV6_ROUTING_LEN, IPV6_ROUTING_TYPE, IPV6_SEGLEFT,
    IPV6_RT0_RESERVED, IPV6_RT0_ADDR, IPV6_RT2_RESERVED, IPV6_RT2_HOME, IPV6_SRH_LAST, IPV6_SRH_FLAGS, IPV6_SRH_TAG,
    IPV6_SRH_ADDR, IPV6_ROUTING_DATA, IPV6_FRAGHDR, IPV6_FRAG_NXT, IPV6_FRAG_RESERVED, IPV6_FRAG_OFFSET,
    IPV6_FRAG_BITS, IPV6_FRAG_MORE, IPV6_FRAG_IDENT, IPV6_MOBILITY, IPV6_MOBILITY_NXT, IPV6_MOBILITY_LEN,
    IPV6_MOBILITY_TYPE, IPV6_MOBILITY_DATA, IPV6_HIP, IPV6_HIP_NXT, IPV6_HIP_LEN, IPV6_HIP_TYPE, IPV6_HIP_DATA,
    IPV6_SHIM6, IPV6_SHIM6_NXT, IPV6_SHIM6_LEN, IPV6_SHIM6_TYPE, IPV6_SHIM6_DATA, IPV6_FIELDS,
};

extern const struct tl_field tl_ipv6_fields[IPV6_FIELDS];

/*
 * The extension headers from the cursor to the payload, or to the end of a fragment header that leaves only a piece.
 * `next` is the number of the first. Moves d->net on and returns the dissector's last words.
 */
enum tl_status tl_ipv6_chain(struct tl_dissection *d, uint8_t next);

/* What the hop-by-hop header at the cursor says in its jumbo payload option (RFC 2675); 0: nothing. */
uint32_t tl_ipv6_jumbo(const struct tl_dissection *d);

#endif
