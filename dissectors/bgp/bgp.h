/* bgp.h - shared by the files of the BGP dissector. */
#ifndef TL_DISSECTORS_BGP_H
#define TL_DISSECTORS_BGP_H

#include "core/part.h"
#include "dissectors/header.h"

enum { BGP_MARKER, BGP_LENGTH, BGP_TYPE, BGP_VERSION, BGP_MYAS, BGP_HOLDTIME, BGP_IDENTIFIER, BGP_OPT_LEN, BGP_PARAM,
       BGP_PARAM_TYPE, BGP_PARAM_LEN, BGP_PARAM_DATA, BGP_CAP, BGP_CAP_TYPE, BGP_CAP_LENGTH, BGP_CAP_RESERVED,
       BGP_CAP_MP_AFI, BGP_CAP_MP_SAFI, BGP_CAP_ENH_AFI, BGP_CAP_ENH_SAFI, BGP_CAP_ENH_NEXT, BGP_CAP_GR,
       BGP_CAP_GR_R, BGP_CAP_GR_N, BGP_CAP_GR_TIME, BGP_CAP_GR_AFI, BGP_CAP_GR_SAFI, BGP_CAP_GR_FLAG, BGP_CAP_GR_PFS,
       BGP_CAP_4AS, BGP_CAP_AP_AFI, BGP_CAP_AP_SAFI, BGP_CAP_AP_SR, BGP_CAP_ORF_AFI, BGP_CAP_ORF_SAFI,
       BGP_CAP_ORF_NUMBER, BGP_CAP_ORF_TYPE, BGP_CAP_ORF_SR, BGP_CAP_HOST_LEN, BGP_CAP_HOST, BGP_CAP_DOMAIN_LEN,
       BGP_CAP_DOMAIN, BGP_CAP_ROLE, BGP_CAP_MULTI, BGP_CAP_UNKNOWN, BGP_WITHDRAWN_LEN, BGP_WITHDRAWN, BGP_ATTRS_LEN,
       BGP_ATTRS, BGP_ATTR, BGP_ATTR_FLAGS, BGP_ATTR_OPTIONAL, BGP_ATTR_TRANSITIVE, BGP_ATTR_PARTIAL,
       BGP_ATTR_EXTENDED, BGP_ATTR_UNUSED, BGP_ATTR_TYPE, BGP_ATTR_LENGTH, BGP_ORIGIN, BGP_SEGMENT, BGP_SEGMENT_TYPE,
       BGP_SEGMENT_LENGTH, BGP_AS2, BGP_AS4, BGP_NEXT_HOP, BGP_MED, BGP_LOCAL_PREF, BGP_AGGREGATOR_AS,
       BGP_AGGREGATOR, BGP_COMMUNITY, BGP_COMMUNITY_KNOWN, BGP_COMMUNITY_AS, BGP_COMMUNITY_VALUE, BGP_ORIGINATOR,
       BGP_CLUSTER, BGP_MP_AFI, BGP_MP_SAFI, BGP_MP_HOP, BGP_MP_HOP_RD, BGP_MP_HOP4, BGP_MP_HOP6, BGP_MP_HOP_LL,
       BGP_MP_SNPA, BGP_UN_AFI, BGP_UN_SAFI, BGP_EXT, BGP_EXT_TYPE, BGP_EXT_AUTH, BGP_EXT_TRAN, BGP_EXT_S2,
       BGP_EXT_S4, BGP_EXT_SIP, BGP_EXT_SUNKNOWN, BGP_EXT_AS2, BGP_EXT_AS4, BGP_EXT_IP, BGP_EXT_AN2, BGP_EXT_AN4,
       BGP_EXT_RAW, BGP_LARGE, BGP_LARGE_GA, BGP_LARGE_1, BGP_LARGE_2, BGP_AIGP_TYPE, BGP_AIGP_LENGTH,
       BGP_AIGP_METRIC, BGP_OTC, BGP_SET_AS,
       BGP_ATTR_DATA, BGP_PREFIX, BGP_PATH_ID, BGP_PREFIX_LENGTH, BGP_LABELS, BGP_RD,
       BGP_WITHDRAWN_PREFIX, BGP_NLRI_PREFIX, BGP_REACH4, BGP_REACH6, BGP_UNREACH4, BGP_UNREACH6, BGP_NLRI_DATA,
       BGP_NOTIFY_MAJOR, BGP_NOTIFY_MINOR, BGP_NOTIFY_OPEN, BGP_NOTIFY_UPDATE, BGP_NOTIFY_EXPIRED, BGP_NOTIFY_STATE,
       BGP_NOTIFY_CEASE, BGP_NOTIFY_CAP, BGP_NOTIFY_UNKNOWN, BGP_NOTIFY_DATA, BGP_NOTIFY_BAD_AS, BGP_COMM_LENGTH,
       BGP_COMM, BGP_RR_AFI, BGP_RR_SUBTYPE, BGP_RR_SAFI, BGP_RR_ORF };


enum { TL_BGP_IPV4 = 1, TL_BGP_IPV6 = 2, TL_BGP_UNICAST = 1, TL_BGP_MULTICAST = 2, TL_BGP_LABELED = 4, TL_BGP_VPN = 128,
       TL_BGP_VPN_MULTICAST = 129, TL_BGP_ROUTE_TARGET = 132 };

/* What the OPEN messages of a session said. */
struct tl_bgp_session {
    bool confirmed;
    bool opened[2];    /* by side */
    bool four[2];      /* AS numbers of four bytes (RFC 6793) */
    uint8_t paths[2][2]; /* several paths of a unicast prefix (RFC 7911), by side and family: 1 receives, 2 sends */
};

extern const struct tl_name tl_bgp_attributes[], tl_bgp_origins[], tl_bgp_segments[], tl_bgp_families[],
    tl_bgp_subfamilies[], tl_bgp_communities[], tl_bgp_subtypes[];

/* Reads an UPDATE message behind its header (RFC 4271 section 4.3). */
void tl_bgp_update(struct tl_dissection *d, const struct tl_bgp_session *session);
/* Reads prefixes to the end of the part (RFC 4271 section 4.3, RFC 4760 section 5). */
void tl_bgp_prefixes(struct tl_dissection *d, const struct tl_bgp_session *session, unsigned afi, unsigned safi,
                     unsigned field4, unsigned field6);

/* Reads a route distinguisher as text (RFC 4364 section 4.2). */
void tl_bgp_distinguisher(struct tl_dissection *d, unsigned field);

#endif
