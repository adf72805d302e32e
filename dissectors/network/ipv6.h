/* ipv6.h - shared by the IPv6 header and its extension headers: they are one layer with one table of fields. */
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
    IPV6_SHIM6, IPV6_SHIM6_NXT, IPV6_SHIM6_LEN, IPV6_SHIM6_TYPE, IPV6_SHIM6_DATA, IPV6_LINE_OFFSET,
    IPV6_FIELDS,
};

extern const struct tl_field tl_ipv6_fields[IPV6_FIELDS];

/*
 * Reads the extension headers from the cursor up to the payload, or up to a fragment header with only a fragment after
 * it. `next` is the number of the first header. Updates d->net and returns what the dissector returns.
 */
enum tl_status tl_ipv6_chain(struct tl_dissection *d, uint8_t next);

/* Returns the jumbo payload length in the hop-by-hop header at the cursor (RFC 2675); 0: none. */
uint32_t tl_ipv6_jumbo(const struct tl_dissection *d);

#endif
