/*
 * bgp.c - Border Gateway Protocol 4 (RFC 4271): messages over TCP, OPEN with capabilities (RFC 5492), NOTIFICATION (RFC
 * 4486, RFC 9003), ROUTE-REFRESH (RFC 2918, RFC 7313).
 */
#include "dissectors/bgp/bgp.h"

#include <string.h>

static const struct tl_name types[] = {
    { 1, "OPEN" }, { 2, "UPDATE" }, { 3, "NOTIFICATION" }, { 4, "KEEPALIVE" }, { 5, "ROUTE-REFRESH" },
    { 6, "CAPABILITY" }, { 128, "ROUTE-REFRESH (Cisco)" }, { 0, NULL },
};
static const struct tl_name parameters[] = {
    { 1, "Authentication" }, { 2, "Capability" }, { 255, "Extended length" }, { 0, NULL },
};
static const struct tl_name capabilities[] = {
    { 1, "Multiprotocol extensions" }, { 2, "Route refresh" }, { 3, "Outbound route filtering" },
    { 4, "Multiple routes to a destination" }, { 5, "Extended next hop encoding" }, { 6, "Extended message" },
    { 7, "BGPsec" }, { 8, "Multiple labels" }, { 9, "BGP role" }, { 64, "Graceful restart" },
    { 65, "4-octet AS number" }, { 66, "Dynamic capability (deprecated)" }, { 67, "Dynamic capability" },
    { 68, "Multisession" }, { 69, "Additional paths" }, { 70, "Enhanced route refresh" },
    { 71, "Long-lived graceful restart" }, { 72, "Routing policy distribution" }, { 73, "FQDN" },
    { 128, "Route refresh (Cisco)" }, { 129, "Outbound route filtering (Cisco)" },
    { 130, "Outbound route filtering (Cisco)" }, { 131, "Multisession (Cisco)" }, { 0, NULL },
};
static const struct tl_name send_receive[] = {
    { 1, "Receive" }, { 2, "Send" }, { 3, "Both" }, { 0, NULL },
};
static const struct tl_name roles[] = {
    { 0, "Provider" }, { 1, "Route server" }, { 2, "Route server client" }, { 3, "Customer" }, { 4, "Peer" },
    { 0, NULL },
};
static const struct tl_name errors[] = {
    { 1, "Message header error" }, { 2, "OPEN message error" }, { 3, "UPDATE message error" },
    { 4, "Hold timer expired" }, { 5, "Finite state machine error" }, { 6, "Cease" },
    { 7, "ROUTE-REFRESH message error" }, { 8, "Send hold timer expired" }, { 0, NULL },
};
static const struct tl_name minor_header[] = {
    { 1, "Connection not synchronized" }, { 2, "Bad message length" }, { 3, "Bad message type" }, { 0, NULL },
};
static const struct tl_name minor_open[] = {
    { 1, "Unsupported version number" }, { 2, "Bad peer AS" }, { 3, "Bad BGP identifier" },
    { 4, "Unsupported optional parameter" }, { 5, "Authentication failure" }, { 6, "Unacceptable hold time" },
    { 7, "Unsupported capability" }, { 8, "No supported AFI and SAFI" }, { 11, "Role mismatch" }, { 0, NULL },
};
static const struct tl_name minor_update[] = {
    { 1, "Malformed attribute list" }, { 2, "Unrecognized well-known attribute" },
    { 3, "Missing well-known attribute" }, { 4, "Attribute flags error" }, { 5, "Attribute length error" },
    { 6, "Invalid ORIGIN" }, { 7, "AS routing loop" }, { 8, "Invalid NEXT_HOP" }, { 9, "Optional attribute error" },
    { 10, "Invalid network field" }, { 11, "Malformed AS_PATH" }, { 0, NULL },
};
static const struct tl_name minor_state[] = {
    { 0, "Unspecified" }, { 1, "Unexpected message in OpenSent" }, { 2, "Unexpected message in OpenConfirm" },
    { 3, "Unexpected message in Established" }, { 0, NULL },
};
static const struct tl_name minor_cease[] = {
    { 1, "Maximum number of prefixes reached" }, { 2, "Administrative shutdown" }, { 3, "Peer de-configured" },
    { 4, "Administrative reset" }, { 5, "Connection rejected" }, { 6, "Other configuration change" },
    { 7, "Connection collision resolution" }, { 8, "Out of resources" }, { 9, "Hard reset" }, { 10, "BFD down" },
    { 0, NULL },
};
static const struct tl_name refreshes[] = {
    { 0, "Normal route refresh" }, { 1, "Begin of route refresh" }, { 2, "End of route refresh" }, { 0, NULL },
};
const struct tl_name tl_bgp_families[] = {
    { 1, "IPv4" }, { 2, "IPv6" }, { 25, "L2VPN" }, { 16388, "Link state" }, { 16397, "MUP" }, { 0, NULL },
};
const struct tl_name tl_bgp_subfamilies[] = {
    { 1, "Unicast" }, { 2, "Multicast" }, { 4, "Labeled unicast" }, { 5, "MCAST-VPN" }, { 65, "VPLS" },
    { 66, "BGP-MDT" }, { 70, "EVPN" }, { 71, "Link state" }, { 73, "SR policy" }, { 128, "VPN" },
    { 129, "VPN multicast" }, { 132, "Route target constraint" }, { 133, "Flow specification" },
    { 134, "VPN flow specification" }, { 0, NULL },
};
const struct tl_name tl_bgp_attributes[] = {
    { 1, "ORIGIN" }, { 2, "AS_PATH" }, { 3, "NEXT_HOP" }, { 4, "MULTI_EXIT_DISC" }, { 5, "LOCAL_PREF" },
    { 6, "ATOMIC_AGGREGATE" }, { 7, "AGGREGATOR" }, { 8, "COMMUNITIES" }, { 9, "ORIGINATOR_ID" },
    { 10, "CLUSTER_LIST" }, { 14, "MP_REACH_NLRI" }, { 15, "MP_UNREACH_NLRI" }, { 16, "EXTENDED COMMUNITIES" },
    { 17, "AS4_PATH" }, { 18, "AS4_AGGREGATOR" }, { 22, "PMSI_TUNNEL" }, { 23, "Tunnel encapsulation" },
    { 25, "IPv6 extended communities" }, { 26, "AIGP" }, { 29, "BGP-LS" }, { 32, "LARGE_COMMUNITY" },
    { 33, "BGPsec_PATH" }, { 35, "ONLY_TO_CUSTOMER" }, { 40, "BGP prefix SID" }, { 128, "ATTR_SET" }, { 0, NULL },
};
const struct tl_name tl_bgp_origins[] = {
    { 0, "IGP" }, { 1, "EGP" }, { 2, "INCOMPLETE" }, { 0, NULL },
};
const struct tl_name tl_bgp_segments[] = {
    { 1, "AS_SET" }, { 2, "AS_SEQUENCE" }, { 3, "AS_CONFED_SEQUENCE" }, { 4, "AS_CONFED_SET" }, { 0, NULL },
};
const struct tl_name tl_bgp_communities[] = {
    { 0xffff0000, "GRACEFUL_SHUTDOWN" }, { 0xffff0001, "ACCEPT_OWN" }, { 0xffff0006, "LLGR_STALE" },
    { 0xffff0007, "NO_LLGR" }, { 0xffff029a, "BLACKHOLE" }, { 0xffffff01, "NO_EXPORT" },
    { 0xffffff02, "NO_ADVERTISE" }, { 0xffffff03, "NO_EXPORT_SUBCONFED" }, { 0xffffff04, "NOPEER" }, { 0, NULL },
};
const struct tl_name tl_bgp_subtypes[] = {
    { 2, "Route target" }, { 3, "Route origin" }, { 4, "Link bandwidth" }, { 5, "OSPF domain id" },
    { 7, "OSPF router id" }, { 8, "BGP data collection" }, { 9, "Source AS" }, { 0, NULL },
};

static const struct tl_field fields[] = {
    [BGP_MARKER] = { "bgp.marker", "Marker", .type = TL_BYTES },
    [BGP_LENGTH] = { "bgp.length", "Length", .type = TL_U16, .unit = "bytes" },
    [BGP_TYPE] = { "bgp.type", "Type", .type = TL_U8, .names = types },
    [BGP_VERSION] = { "bgp.open.version", "Version", .type = TL_U8 },
    [BGP_MYAS] = { "bgp.open.myas", "My AS", .type = TL_U16 },
    [BGP_HOLDTIME] = { "bgp.open.holdtime", "Hold time", .type = TL_U16, .unit = "s" },
    [BGP_IDENTIFIER] = { "bgp.open.identifier", "BGP identifier", .type = TL_IPV4 },
    [BGP_OPT_LEN] = { "bgp.open.opt.len", "Optional parameters length", .type = TL_U8, .unit = "bytes" },
    [BGP_PARAM] = { "bgp.open.opt.param", "Optional parameter", .type = TL_GROUP, .flags = TL_REPEATS },
    [BGP_PARAM_TYPE] = { "bgp.open.opt.param.type", "Type", .type = TL_U8, .names = parameters },
    [BGP_PARAM_LEN] = { "bgp.open.opt.param.len", "Length", .type = TL_U8, .unit = "bytes" },
    [BGP_PARAM_DATA] = { "bgp.open.opt.param.unknown", "Value", .type = TL_BYTES },
    [BGP_CAP] = { "bgp.cap", "Capability", .type = TL_GROUP, .flags = TL_REPEATS },
    [BGP_CAP_TYPE] = { "bgp.cap.type", "Type", .type = TL_U8, .names = capabilities },
    [BGP_CAP_LENGTH] = { "bgp.cap.length", "Length", .type = TL_U8, .unit = "bytes" },
    [BGP_CAP_RESERVED] = { "bgp.cap.reserved", "Reserved", .type = TL_BYTES },
    [BGP_CAP_MP_AFI] = { "bgp.cap.mp.afi", "Address family", .type = TL_U16, .names = tl_bgp_families },
    [BGP_CAP_MP_SAFI] = { "bgp.cap.mp.safi", "Subsequent address family", .type = TL_U8,
                          .names = tl_bgp_subfamilies },
    [BGP_CAP_ENH_AFI] = { "bgp.cap.enh.afi", "Address family", .type = TL_U16, .flags = TL_REPEATS,
                          .names = tl_bgp_families },
    [BGP_CAP_ENH_SAFI] = { "bgp.cap.enh.safi", "Subsequent address family", .type = TL_U16, .flags = TL_REPEATS,
                           .names = tl_bgp_subfamilies },
    [BGP_CAP_ENH_NEXT] = { "bgp.cap.enh.nhafi", "Next hop's address family", .type = TL_U16, .flags = TL_REPEATS,
                           .names = tl_bgp_families },
    [BGP_CAP_GR] = { "bgp.cap.gr.timers", "Restart timers", .type = TL_U16, .base = TL_HEX },
    [BGP_CAP_GR_R] = { "bgp.cap.gr.timers.restart_flag", "Restart state", .type = TL_BOOL, .mask = 0x8000 },
    [BGP_CAP_GR_N] = { "bgp.cap.gr.timers.notification_flag", "Graceful notification", .type = TL_BOOL,
                       .mask = 0x4000 },
    [BGP_CAP_GR_TIME] = { "bgp.cap.gr.timers.restart_time", "Restart time", .type = TL_U16, .mask = 0xfff,
                          .unit = "s" },
    [BGP_CAP_GR_AFI] = { "bgp.cap.gr.afi", "Address family", .type = TL_U16, .flags = TL_REPEATS,
                         .names = tl_bgp_families },
    [BGP_CAP_GR_SAFI] = { "bgp.cap.gr.safi", "Subsequent address family", .type = TL_U8, .flags = TL_REPEATS,
                          .names = tl_bgp_subfamilies },
    [BGP_CAP_GR_FLAG] = { "bgp.cap.gr.flag", "Flags", .type = TL_U8, .base = TL_HEX, .flags = TL_REPEATS },
    [BGP_CAP_GR_PFS] = { "bgp.cap.gr.flag.pfs", "Forwarding state preserved", .type = TL_BOOL, .mask = 0x80,
                         .flags = TL_REPEATS },
    [BGP_CAP_4AS] = { "bgp.cap.4as", "AS number", .type = TL_U32 },
    [BGP_CAP_AP_AFI] = { "bgp.cap.ap.afi", "Address family", .type = TL_U16, .flags = TL_REPEATS,
                         .names = tl_bgp_families },
    [BGP_CAP_AP_SAFI] = { "bgp.cap.ap.safi", "Subsequent address family", .type = TL_U8, .flags = TL_REPEATS,
                          .names = tl_bgp_subfamilies },
    [BGP_CAP_AP_SR] = { "bgp.cap.ap.sendreceive", "Send or receive", .type = TL_U8, .flags = TL_REPEATS,
                        .names = send_receive },
    [BGP_CAP_ORF_AFI] = { "bgp.cap.orf.afi", "Address family", .type = TL_U16, .flags = TL_REPEATS,
                          .names = tl_bgp_families },
    [BGP_CAP_ORF_SAFI] = { "bgp.cap.orf.safi", "Subsequent address family", .type = TL_U8, .flags = TL_REPEATS,
                           .names = tl_bgp_subfamilies },
    [BGP_CAP_ORF_NUMBER] = { "bgp.cap.orf.number", "Filters", .type = TL_U8, .flags = TL_REPEATS },
    [BGP_CAP_ORF_TYPE] = { "bgp.cap.orf.type", "Filter type", .type = TL_U8, .flags = TL_REPEATS },
    [BGP_CAP_ORF_SR] = { "bgp.cap.orf.sendreceive", "Send or receive", .type = TL_U8, .flags = TL_REPEATS,
                         .names = send_receive },
    [BGP_CAP_HOST_LEN] = { "bgp.cap.orf.fqdn.hostname.len", "Host name length", .type = TL_U8 },
    [BGP_CAP_HOST] = { "bgp.cap.orf.fqdn.hostname", "Host name", .type = TL_TEXT },
    [BGP_CAP_DOMAIN_LEN] = { "bgp.cap.orf.fqdn.domain_name.len", "Domain name length", .type = TL_U8 },
    [BGP_CAP_DOMAIN] = { "bgp.cap.orf.fqdn.domain_name", "Domain name", .type = TL_TEXT },
    [BGP_CAP_ROLE] = { "bgp.cap.role", "Role", .type = TL_U8, .names = roles },
    [BGP_CAP_MULTI] = { "bgp.cap.multisession.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [BGP_CAP_UNKNOWN] = { "bgp.cap.unknown", "Value", .type = TL_BYTES },
    [BGP_WITHDRAWN_LEN] = { "bgp.update.withdrawn_routes.length", "Withdrawn routes length", .type = TL_U16,
                            .unit = "bytes" },
    [BGP_WITHDRAWN] = { "bgp.update.withdrawn_routes", "Withdrawn routes", .type = TL_GROUP },
    [BGP_ATTRS_LEN] = { "bgp.update.path_attributes.length", "Path attributes length", .type = TL_U16,
                        .unit = "bytes" },
    [BGP_ATTRS] = { "bgp.update.path_attributes", "Path attributes", .type = TL_GROUP },
    [BGP_ATTR] = { "bgp.update.path_attribute", "Path attribute", .type = TL_GROUP, .flags = TL_REPEATS },
    [BGP_ATTR_FLAGS] = { "bgp.update.path_attribute.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [BGP_ATTR_OPTIONAL] = { "bgp.update.path_attribute.flags.optional", "Optional", .type = TL_BOOL, .mask = 0x80 },
    [BGP_ATTR_TRANSITIVE] = { "bgp.update.path_attribute.flags.transitive", "Transitive", .type = TL_BOOL,
                              .mask = 0x40 },
    [BGP_ATTR_PARTIAL] = { "bgp.update.path_attribute.flags.partial", "Partial", .type = TL_BOOL, .mask = 0x20 },
    [BGP_ATTR_EXTENDED] = { "bgp.update.path_attribute.flags.extended_length", "Extended length", .type = TL_BOOL,
                            .mask = 0x10 },
    [BGP_ATTR_UNUSED] = { "bgp.update.path_attribute.flags.unused", "Unused", .type = TL_U8, .base = TL_HEX,
                          .mask = 0xf },
    [BGP_ATTR_TYPE] = { "bgp.update.path_attribute.type_code", "Type", .type = TL_U8, .names = tl_bgp_attributes },
    [BGP_ATTR_LENGTH] = { "bgp.update.path_attribute.length", "Length", .type = TL_U16, .unit = "bytes" },
    [BGP_ORIGIN] = { "bgp.update.path_attribute.origin", "Origin", .type = TL_U8, .names = tl_bgp_origins },
    [BGP_SEGMENT] = { "bgp.update.path_attribute.as_path_segment", "AS path segment", .type = TL_GROUP,
                      .flags = TL_REPEATS },
    [BGP_SEGMENT_TYPE] = { "bgp.update.path_attribute.as_path_segment.type", "Type", .type = TL_U8,
                           .names = tl_bgp_segments },
    [BGP_SEGMENT_LENGTH] = { "bgp.update.path_attribute.as_path_segment.length", "AS numbers", .type = TL_U8 },
    [BGP_AS2] = { "bgp.update.path_attribute.as_path_segment.as2", "AS", .type = TL_U16, .flags = TL_REPEATS },
    [BGP_AS4] = { "bgp.update.path_attribute.as_path_segment.as4", "AS", .type = TL_U32, .flags = TL_REPEATS },
    [BGP_NEXT_HOP] = { "bgp.update.path_attribute.next_hop", "Next hop", .type = TL_IPV4 },
    [BGP_MED] = { "bgp.update.path_attribute.multi_exit_disc", "Multiple exit discriminator", .type = TL_U32 },
    [BGP_LOCAL_PREF] = { "bgp.update.path_attribute.local_pref", "Local preference", .type = TL_U32 },
    [BGP_AGGREGATOR_AS] = { "bgp.update.path_attribute.aggregator_as", "Aggregator's AS", .type = TL_U32 },
    [BGP_AGGREGATOR] = { "bgp.update.path_attribute.aggregator_origin", "Aggregator", .type = TL_IPV4 },
    [BGP_COMMUNITY] = { "bgp.update.path_attribute.community", "Community", .type = TL_GROUP, .flags = TL_REPEATS },
    [BGP_COMMUNITY_KNOWN] = { "bgp.update.path_attribute.community_wellknown", "Well-known community", .type = TL_U32,
                              .base = TL_HEX, .names = tl_bgp_communities },
    [BGP_COMMUNITY_AS] = { "bgp.update.path_attribute.community_as", "AS", .type = TL_U16 },
    [BGP_COMMUNITY_VALUE] = { "bgp.update.path_attribute.community_value", "Value", .type = TL_U16 },
    [BGP_ORIGINATOR] = { "bgp.update.path_attribute.originator_id", "Originator", .type = TL_IPV4 },
    [BGP_CLUSTER] = { "bgp.path_attribute.cluster_id", "Cluster", .type = TL_IPV4, .flags = TL_REPEATS },
    [BGP_MP_AFI] = { "bgp.update.path_attribute.mp_reach_nlri.afi", "Address family", .type = TL_U16,
                     .names = tl_bgp_families },
    [BGP_MP_SAFI] = { "bgp.update.path_attribute.mp_reach_nlri.safi", "Subsequent address family", .type = TL_U8,
                      .names = tl_bgp_subfamilies },
    [BGP_MP_HOP] = { "bgp.update.path_attribute.mp_reach_nlri.next_hop", "Next hop", .type = TL_BYTES },
    [BGP_MP_HOP_RD] = { "bgp.update.path_attribute.mp_reach_nlri.next_hop.rd", "Route distinguisher", .type = TL_TEXT,
                        .flags = TL_REPEATS },
    [BGP_MP_HOP4] = { "bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv4", "Next hop", .type = TL_IPV4,
                      .flags = TL_REPEATS },
    [BGP_MP_HOP6] = { "bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv6", "Next hop", .type = TL_IPV6,
                      .flags = TL_REPEATS },
    [BGP_MP_HOP_LL] = { "bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv6.link_local", "Local next hop",
                        .type = TL_IPV6,
                        .flags = TL_REPEATS },
    [BGP_MP_SNPA] = { "bgp.update.path_attribute.mp_reach_nlri.nbr_snpa", "Points of attachment", .type = TL_U8 },
    [BGP_UN_AFI] = { "bgp.update.path_attribute.mp_unreach_nlri.afi", "Address family", .type = TL_U16,
                     .names = tl_bgp_families },
    [BGP_UN_SAFI] = { "bgp.update.path_attribute.mp_unreach_nlri.safi", "Subsequent address family", .type = TL_U8,
                      .names = tl_bgp_subfamilies },
    [BGP_EXT] = { "bgp.ext_community", "Extended community", .type = TL_GROUP, .flags = TL_REPEATS },
    [BGP_EXT_TYPE] = { "bgp.ext_com.type", "Type", .type = TL_U8, .base = TL_HEX },
    [BGP_EXT_AUTH] = { "bgp.ext_com.type.auth", "First come, first served", .type = TL_BOOL, .mask = 0x80 },
    [BGP_EXT_TRAN] = { "bgp.ext_com.type.tran", "Not transitive", .type = TL_BOOL, .mask = 0x40 },
    [BGP_EXT_S2] = { "bgp.ext_com.stype_tr_as2", "Subtype", .type = TL_U8, .base = TL_HEX,
                     .names = tl_bgp_subtypes },
    [BGP_EXT_S4] = { "bgp.ext_com.stype_tr_as4", "Subtype", .type = TL_U8, .base = TL_HEX,
                     .names = tl_bgp_subtypes },
    [BGP_EXT_SIP] = { "bgp.ext_com.stype_tr_IP4", "Subtype", .type = TL_U8, .base = TL_HEX,
                      .names = tl_bgp_subtypes },
    [BGP_EXT_SUNKNOWN] = { "bgp.ext_com.stype_unknown", "Subtype", .type = TL_U8, .base = TL_HEX },
    [BGP_EXT_AS2] = { "bgp.ext_com.value_as2", "AS", .type = TL_U16 },
    [BGP_EXT_AS4] = { "bgp.ext_com.value_as4", "AS", .type = TL_U32 },
    [BGP_EXT_IP] = { "bgp.ext_com.value_IP4", "Address", .type = TL_IPV4 },
    [BGP_EXT_AN2] = { "bgp.ext_com.value_an2", "Number", .type = TL_U16 },
    [BGP_EXT_AN4] = { "bgp.ext_com.value_an4", "Number", .type = TL_U32 },
    [BGP_EXT_RAW] = { "bgp.ext_com.value_raw", "Value", .type = TL_U64, .base = TL_HEX },
    [BGP_LARGE] = { "bgp.large_communities", "Large community", .type = TL_TEXT, .flags = TL_REPEATS },
    [BGP_LARGE_GA] = { "bgp.large_communities.ga", "Global administrator", .type = TL_U32, .flags = TL_REPEATS },
    [BGP_LARGE_1] = { "bgp.large_communities.ldp1", "Local data 1", .type = TL_U32, .flags = TL_REPEATS },
    [BGP_LARGE_2] = { "bgp.large_communities.ldp2", "Local data 2", .type = TL_U32, .flags = TL_REPEATS },
    [BGP_AIGP_TYPE] = { "bgp.update.attribute.aigp.type", "Type", .type = TL_U8, .flags = TL_REPEATS },
    [BGP_AIGP_LENGTH] = { "bgp.update.attribute.aigp.length", "Length", .type = TL_U16, .flags = TL_REPEATS },
    [BGP_AIGP_METRIC] = { "bgp.update.attribute.aigp.accu_igp_metric", "Accumulated IGP metric", .type = TL_U64,
                          .flags = TL_REPEATS },
    [BGP_OTC] = { "bgp.update.path_attribute.otc", "Only to customer", .type = TL_U32 },
    [BGP_SET_AS] = { "bgp.update.path_attribute.attr_set.origin_as", "Origin AS of the set", .type = TL_U32 },
    [BGP_ATTR_DATA] = { "bgp.update.path_attribute.data", "Value", .type = TL_BYTES },
    [BGP_PREFIX] = { "bgp.nlri", "Prefix", .type = TL_GROUP, .flags = TL_REPEATS },
    [BGP_PATH_ID] = { "bgp.nlri_path_id", "Path id", .type = TL_U32 },
    [BGP_PREFIX_LENGTH] = { "bgp.prefix_length", "Prefix length", .type = TL_U8, .unit = "bits" },
    [BGP_LABELS] = { "bgp.label_stack", "Labels", .type = TL_TEXT },
    [BGP_RD] = { "bgp.rd", "Route distinguisher", .type = TL_TEXT },
    [BGP_WITHDRAWN_PREFIX] = { "bgp.withdrawn_prefix", "Withdrawn prefix", .type = TL_IPV4 },
    [BGP_NLRI_PREFIX] = { "bgp.nlri_prefix", "Prefix", .type = TL_IPV4 },
    [BGP_REACH4] = { "bgp.mp_reach_nlri_ipv4_prefix", "Prefix", .type = TL_IPV4 },
    [BGP_REACH6] = { "bgp.mp_reach_nlri_ipv6_prefix", "Prefix", .type = TL_IPV6 },
    [BGP_UNREACH4] = { "bgp.mp_unreach_nlri_ipv4_prefix", "Withdrawn prefix", .type = TL_IPV4 },
    [BGP_UNREACH6] = { "bgp.mp_unreach_nlri_ipv6_prefix", "Withdrawn prefix", .type = TL_IPV6 },
    [BGP_NLRI_DATA] = { "bgp.nlri.data", "Routes", .type = TL_BYTES, .flags = TL_REPEATS },
    [BGP_NOTIFY_MAJOR] = { "bgp.notify.major_error", "Error", .type = TL_U8, .names = errors },
    [BGP_NOTIFY_MINOR] = { "bgp.notify.minor_error", "Error detail", .type = TL_U8, .names = minor_header },
    [BGP_NOTIFY_OPEN] = { "bgp.notify.minor_error_open", "Error detail", .type = TL_U8, .names = minor_open },
    [BGP_NOTIFY_UPDATE] = { "bgp.notify.minor_error_update", "Error detail", .type = TL_U8, .names = minor_update },
    [BGP_NOTIFY_EXPIRED] = { "bgp.notify.minor_error_expired", "Error detail", .type = TL_U8 },
    [BGP_NOTIFY_STATE] = { "bgp.notify.minor_error_state", "Error detail", .type = TL_U8, .names = minor_state },
    [BGP_NOTIFY_CEASE] = { "bgp.notify.minor_error_cease", "Error detail", .type = TL_U8, .names = minor_cease },
    [BGP_NOTIFY_CAP] = { "bgp.notify.minor_error_capability", "Error detail", .type = TL_U8 },
    [BGP_NOTIFY_UNKNOWN] = { "bgp.notify.minor_error_unknown", "Error detail", .type = TL_U8 },
    [BGP_NOTIFY_DATA] = { "bgp.notify.minor_data", "Data", .type = TL_BYTES },
    [BGP_NOTIFY_BAD_AS] = { "bgp.notify.error_open.bad_peer_as", "Bad peer AS", .type = TL_U32 },
    [BGP_COMM_LENGTH] = { "bgp.notify.communication_length", "Shutdown communication length", .type = TL_U8 },
    [BGP_COMM] = { "bgp.notify.communication", "Shutdown communication", .type = TL_TEXT },
    [BGP_RR_AFI] = { "bgp.route_refresh.afi", "Address family", .type = TL_U16, .names = tl_bgp_families },
    [BGP_RR_SUBTYPE] = { "bgp.route_refresh.subtype", "Subtype", .type = TL_U8, .names = refreshes },
    [BGP_RR_SAFI] = { "bgp.route_refresh.safi", "Subsequent address family", .type = TL_U8,
                      .names = tl_bgp_subfamilies },
    [BGP_RR_ORF] = { "bgp.route_refresh.orf_data", "Outbound route filters", .type = TL_BYTES },
};

enum { HEADER = 19, MARKER = 16 };
enum { OPEN = 1, UPDATE, NOTIFICATION, REFRESH = 5, REFRESH_CISCO = 128 };
enum { PARAM_CAPABILITY = 2, EXTENDED = 255 };
enum { CAP_MP = 1, CAP_ORF = 3, CAP_ENH = 5, CAP_ROLE = 9, CAP_GR = 64, CAP_4AS = 65, CAP_MULTI = 68, CAP_PATHS = 69,
       CAP_FQDN = 73, CAP_ORF_CISCO = 130, CAP_MULTI_CISCO = 131 };
enum { ERROR_HEADER = 1, ERROR_OPEN, ERROR_UPDATE, ERROR_EXPIRED, ERROR_STATE, ERROR_CEASE, BAD_PEER_AS = 2,
       SHUTDOWN = 2, RESET = 4 };

/* --- OPEN --- */

static void several_paths(struct tl_dissection *d, struct tl_bgp_session *s)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        unsigned afi = tl_u16(d, BGP_CAP_AP_AFI), safi = tl_u8(d, BGP_CAP_AP_SAFI), how = tl_u8(d, BGP_CAP_AP_SR);
        if (tl_ok(d) && s != NULL && safi == TL_BGP_UNICAST && (afi == TL_BGP_IPV4 || afi == TL_BGP_IPV6))
            s->paths[d->flow.side & 1][afi - 1] = how & 3;
    }
}

static void restart(struct tl_dissection *d)
{
    tl_flags16(d, BGP_CAP_GR, BGP_CAP_GR_TIME);
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        tl_u16(d, BGP_CAP_GR_AFI);
        tl_u8(d, BGP_CAP_GR_SAFI);
        tl_flags8(d, BGP_CAP_GR_FLAG, BGP_CAP_GR_PFS);
    }
}

static void route_filters(struct tl_dissection *d)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        tl_u16(d, BGP_CAP_ORF_AFI);
        tl_skip(d, 1);
        tl_u8(d, BGP_CAP_ORF_SAFI);
        for (unsigned n = tl_u8(d, BGP_CAP_ORF_NUMBER); n > 0 && tl_ok(d); n--) {
            tl_u8(d, BGP_CAP_ORF_TYPE);
            tl_u8(d, BGP_CAP_ORF_SR);
        }
    }
}

static void capability_value(struct tl_dissection *d, struct tl_bgp_session *s, uint8_t type)
{
    switch (type) {
    case CAP_MP:
        tl_u16(d, BGP_CAP_MP_AFI);
        tl_run(d, BGP_CAP_RESERVED, 1);
        tl_u8(d, BGP_CAP_MP_SAFI);
        break;
    case CAP_ENH:
        while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
            tl_u16(d, BGP_CAP_ENH_AFI);
            tl_u16(d, BGP_CAP_ENH_SAFI);
            tl_u16(d, BGP_CAP_ENH_NEXT);
        }
        break;
    case CAP_ROLE:
        tl_u8(d, BGP_CAP_ROLE);
        break;
    case CAP_GR:
        restart(d);
        break;
    case CAP_4AS:
        tl_u32(d, BGP_CAP_4AS);
        if (tl_ok(d) && s != NULL)
            s->four[d->flow.side & 1] = true;
        break;
    case CAP_PATHS:
        several_paths(d, s);
        break;
    case CAP_ORF:
    case CAP_ORF_CISCO:
        route_filters(d);
        break;
    case CAP_FQDN:
        tl_run(d, BGP_CAP_HOST, tl_u8(d, BGP_CAP_HOST_LEN));
        tl_run(d, BGP_CAP_DOMAIN, tl_u8(d, BGP_CAP_DOMAIN_LEN));
        break;
    case CAP_MULTI:
    case CAP_MULTI_CISCO:
        tl_u8(d, BGP_CAP_MULTI);
        break;
    default:
        tl_run_left(d, BGP_CAP_UNKNOWN);
    }
}

static void capabilities_of(struct tl_dissection *d, struct tl_bgp_session *s)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t group = tl_group(d, BGP_CAP);
        uint8_t type = tl_u8(d, BGP_CAP_TYPE);
        struct tl_part part = tl_part_begin(d, tl_u8(d, BGP_CAP_LENGTH));
        if (tl_ok(d))
            capability_value(d, s, type);
        tl_part_end(d, part);
        tl_group_end(d, group);
    }
}

static void open_message(struct tl_dissection *d, struct tl_bgp_session *s)
{
    tl_u8(d, BGP_VERSION);
    tl_u16(d, BGP_MYAS);
    tl_u16(d, BGP_HOLDTIME);
    tl_ipv4(d, BGP_IDENTIFIER);
    uint32_t len = tl_u8(d, BGP_OPT_LEN);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 3);
    bool extended = len == EXTENDED && p != NULL && p[0] == EXTENDED; /* RFC 9072 section 2 */
    if (extended) {
        tl_skip(d, 3);
        len = tl_load_be16(p + 1);
    }
    if (s != NULL && tl_ok(d)) {
        s->opened[d->flow.side & 1] = true;
        s->four[d->flow.side & 1] = false;
    }
    struct tl_part all = tl_part_enter(d, len);
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t group = tl_group(d, BGP_PARAM);
        uint8_t type = tl_u8(d, BGP_PARAM_TYPE);
        uint32_t size = extended ? tl_u16(d, BGP_PARAM_LEN) : tl_u8(d, BGP_PARAM_LEN);
        struct tl_part part = tl_part_begin(d, size);
        if (tl_ok(d) && type == PARAM_CAPABILITY)
            capabilities_of(d, s);
        else if (tl_ok(d))
            tl_run_left(d, BGP_PARAM_DATA);
        tl_part_end(d, part);
        tl_group_end(d, group);
    }
    tl_part_leave(d, all);
}

/* --- the other messages --- */

static void notification(struct tl_dissection *d)
{
    static const uint8_t minors[] = { BGP_NOTIFY_UNKNOWN, BGP_NOTIFY_MINOR, BGP_NOTIFY_OPEN, BGP_NOTIFY_UPDATE,
                                      BGP_NOTIFY_EXPIRED, BGP_NOTIFY_STATE, BGP_NOTIFY_CEASE, BGP_NOTIFY_CAP };
    uint8_t major = tl_u8(d, BGP_NOTIFY_MAJOR);
    uint8_t minor = tl_u8(d, major < TL_COUNT(minors) ? minors[major] : BGP_NOTIFY_UNKNOWN);
    uint32_t left = tl_cursor_wire_left(&d->c);
    if (!tl_ok(d) || left == 0)
        return;
    if (major == ERROR_OPEN && minor == BAD_PEER_AS && left == 2)
        tl_add(d, BGP_NOTIFY_BAD_AS, d->c.off, 2, tl_cursor_left(&d->c) >= 2 ? tl_load_be16(d->c.base + d->c.off) : 0);
    if (major == ERROR_CEASE && (minor == SHUTDOWN || minor == RESET)) { /* RFC 9003 section 2 */
        uint32_t len = tl_u8(d, BGP_COMM_LENGTH);
        if (tl_ok(d) && len > 0 && len <= tl_cursor_wire_left(&d->c))
            tl_run(d, BGP_COMM, len);
    }
    tl_run_left(d, BGP_NOTIFY_DATA);
}

static void refresh(struct tl_dissection *d)
{
    tl_u16(d, BGP_RR_AFI);
    tl_u8(d, BGP_RR_SUBTYPE);
    tl_u8(d, BGP_RR_SAFI);
    tl_run_left(d, BGP_RR_ORF);
}

/* Reads one whole message. */
static void message(struct tl_dissection *d, struct tl_bgp_session *s)
{
    tl_message(d);
    tl_run(d, BGP_MARKER, MARKER);
    uint32_t len = tl_u16(d, BGP_LENGTH);
    uint8_t type = tl_u8(d, BGP_TYPE);
    struct tl_part part = tl_part_begin(d, len - HEADER);
    if (type == OPEN)
        open_message(d, s);
    else if (type == UPDATE && d->wanted != NULL)
        tl_bgp_update(d, s);
    else if (type == NOTIFICATION)
        notification(d);
    else if (type == REFRESH || type == REFRESH_CISCO)
        refresh(d);
    if (tl_ok(d) && s != NULL && !s->confirmed) {
        s->confirmed = true;
        tl_confirm(d);
    }
    tl_part_close(d, part);
    d->c.off = part.off + (len - HEADER);
    d->c.end = part.end;
}

/* --- the stream --- */

static bool is_marker(const uint8_t *p, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (p[i] != 0xff)
            return false;
    }
    return true;
}

static uint32_t length_of(const uint8_t *p)
{
    uint32_t len = tl_load_be16(p + MARKER);
    bool known = (p[18] >= OPEN && p[18] <= 6) || p[18] == REFRESH_CISCO;
    return is_marker(p, MARKER) && len >= HEADER && known ? len : 0;
}

/* Passes over bytes up to one that can begin a marker. */
static struct tl_want find_marker(struct tl_dissection *d)
{
    uint32_t left = tl_cursor_left(&d->c), n = 0;
    const uint8_t *p = tl_cursor_peek(&d->c, 0, left);
    while (n < left && (p[n] != 0xff || (left - n >= HEADER && length_of(p + n) == 0)))
        n++;
    tl_skip(d, n);
    return (struct tl_want){ TL_WANT_BYTES, HEADER, NULL };
}

static struct tl_want bgp_stream(struct tl_dissection *d, struct tl_stream *s)
{
    const struct tl_want header = { TL_WANT_BYTES, HEADER, NULL };
    struct tl_bgp_session *session = d->flow.slot;
    if (s->event == TL_EV_OPEN || s->event == TL_EV_GAP)
        return header;
    if (s->event != TL_EV_UNIT)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    uint32_t left = tl_cursor_left(&d->c);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, HEADER);
    if (p == NULL)
        return header;
    uint32_t len = length_of(p);
    if (len == 0)
        return find_marker(d);
    if (left < len)
        return (struct tl_want){ TL_WANT_BYTES, len, NULL };
    message(d, session);
    return header;
}

static enum tl_probe bgp_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c) < HEADER ? tl_cursor_left(&c) : HEADER;
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.stream || n == 0 || !is_marker(p, n < MARKER ? n : MARKER))
        return TL_PROBE_NO;
    if (n < HEADER)
        return TL_PROBE_MAYBE;
    return length_of(p) != 0 ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_bgp = {
    .name = "bgp",
    .title = "Border Gateway Protocol",
    .service = "bgp",
    .kind = TL_KIND_APPLICATION,
    .lifetime = TL_LIFETIME_LOGIN,
    TL_TABLE(fields),
    .flow_size = sizeof(struct tl_bgp_session),
    .on = { { TL_ON_TCP_PORT, 179 } },
    .info = "{type}[ AS {open.myas}][ id {open.identifier}][ hold {open.holdtime}][ {nlri_prefix}]"
            "[ {mp_reach_nlri_ipv6_prefix}][ withdraws {withdrawn_prefix}][: {notify.major_error}]"
            "[, {notify.minor_error_open}][, {notify.minor_error_update}][, {notify.minor_error_cease}]"
            "[, {notify.communication}]",
    TL_BEGINS("\xff\xff"), .probe = bgp_probe,
    .stream = bgp_stream,
};
