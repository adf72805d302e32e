/*
 * ospf.c - Open Shortest Path First, version 2 (RFC 2328 appendix A) and version 3 (RFC 5340 appendix A), with the
 * authentication of RFC 2328 appendix D and RFC 7166.
 */
#include "dissectors/ospf/ospf.h"

static const struct tl_name types[] = {
    { 1, "Hello" }, { 2, "Database description" }, { 3, "Link state request" }, { 4, "Link state update" },
    { 5, "Link state acknowledgment" }, { 0, NULL },
};
static const struct tl_name auths[] = {
    { 0, "None" }, { 1, "Simple password" }, { 2, "Cryptographic" }, { 0, NULL },
};

static const struct tl_field fields[] = {
    [OSPF_VERSION] = { "ospf.version", "Version", .type = TL_U8 },
    [OSPF_MSG] = { "ospf.msg", "Message type", .type = TL_U8, .names = types },
    [OSPF_LENGTH] = { "ospf.packet_length", "Packet length", .type = TL_U16, .unit = "bytes" },
    [OSPF_ROUTER] = { "ospf.srcrouter", "Router", .type = TL_IPV4 },
    [OSPF_AREA] = { "ospf.area_id", "Area", .type = TL_IPV4 },
    [OSPF_CHECKSUM] = { "ospf.checksum", "Checksum", .type = TL_U16, .base = TL_HEX },
    [OSPF_INSTANCE] = { "ospf.instance_id", "Instance", .type = TL_U8 },
    [OSPF_RESERVED] = { "ospf.reserved", "Reserved", .type = TL_BYTES, .flags = TL_REPEATS },
    [OSPF_AUTH] = { "ospf.auth.type", "Authentication type", .type = TL_U16, .names = auths },
    [OSPF_AUTH_NONE] = { "ospf.auth.none", "Authentication data", .type = TL_BYTES },
    [OSPF_AUTH_SIMPLE] = { "ospf.auth.simple", "Password", .type = TL_TEXT, .secret = TL_SECRET_WHOLE },
    [OSPF_AUTH_KEY] = { "ospf.auth.crypt.key_id", "Key id", .type = TL_U8 },
    [OSPF_AUTH_LEN] = { "ospf.auth.crypt.data_length", "Digest length", .type = TL_U8, .unit = "bytes" },
    [OSPF_AUTH_SEQ] = { "ospf.auth.crypt.seq_nbr", "Cryptographic sequence number", .type = TL_U32 },
    [OSPF_AUTH_DATA] = { "ospf.auth.crypt.data", "Digest", .type = TL_BYTES },
    [OSPF_AUTH_UNKNOWN] = { "ospf.auth.unknown", "Authentication data", .type = TL_BYTES },
    [OSPF_MASK] = { "ospf.hello.network_mask", "Network mask", .type = TL_IPV4 },
    [OSPF_INTERFACE] = { "ospf.hello.interface_id", "Interface", .type = TL_U32 },
    [OSPF_HELLO] = { "ospf.hello.hello_interval", "Hello interval", .type = TL_U32, .unit = "s" },
    [OSPF_PRIORITY] = { "ospf.hello.router_priority", "Router priority", .type = TL_U8 },
    [OSPF_DEAD] = { "ospf.hello.router_dead_interval", "Router dead interval", .type = TL_U32, .unit = "s" },
    [OSPF_DR] = { "ospf.hello.designated_router", "Designated router", .type = TL_IPV4 },
    [OSPF_BDR] = { "ospf.hello.backup_designated_router", "Backup designated router", .type = TL_IPV4 },
    [OSPF_NEIGHBOR] = { "ospf.hello.active_neighbor", "Neighbor", .type = TL_IPV4, .flags = TL_REPEATS },
    [OSPF_OPT] = { "ospf.v2.options", "Options", .type = TL_U8, .base = TL_HEX },
    [OSPF_OPT_DN] = { "ospf.v2.options.dn", "DN", .type = TL_BOOL, .mask = 0x80 },
    [OSPF_OPT_O] = { "ospf.v2.options.o", "Opaque", .type = TL_BOOL, .mask = 0x40 },
    [OSPF_OPT_DC] = { "ospf.v2.options.dc", "Demand circuits", .type = TL_BOOL, .mask = 0x20 },
    [OSPF_OPT_L] = { "ospf.v2.options.l", "LLS block", .type = TL_BOOL, .mask = 0x10 },
    [OSPF_OPT_N] = { "ospf.v2.options.n", "NSSA", .type = TL_BOOL, .mask = 0x8 },
    [OSPF_OPT_MC] = { "ospf.v2.options.mc", "Multicast", .type = TL_BOOL, .mask = 0x4 },
    [OSPF_OPT_E] = { "ospf.v2.options.e", "External routing", .type = TL_BOOL, .mask = 0x2 },
    [OSPF_OPT_MT] = { "ospf.v2.options.mt", "Multi-topology", .type = TL_BOOL, .mask = 0x1 },
    [OSPF_OPT3] = { "ospf.v3.options", "Options", .type = TL_U24, .base = TL_HEX },
    [OSPF_OPT3_AT] = { "ospf.v3.options.at", "Authentication trailer", .type = TL_BOOL, .mask = 0x400 },
    [OSPF_OPT3_L] = { "ospf.v3.options.l", "LLS block", .type = TL_BOOL, .mask = 0x200 },
    [OSPF_OPT3_AF] = { "ospf.v3.options.af", "Address families", .type = TL_BOOL, .mask = 0x100 },
    [OSPF_OPT3_DC] = { "ospf.v3.options.dc", "Demand circuits", .type = TL_BOOL, .mask = 0x20 },
    [OSPF_OPT3_R] = { "ospf.v3.options.r", "Router", .type = TL_BOOL, .mask = 0x10 },
    [OSPF_OPT3_N] = { "ospf.v3.options.n", "NSSA", .type = TL_BOOL, .mask = 0x8 },
    [OSPF_OPT3_MC] = { "ospf.v3.options.mc", "Multicast", .type = TL_BOOL, .mask = 0x4 },
    [OSPF_OPT3_E] = { "ospf.v3.options.e", "External routing", .type = TL_BOOL, .mask = 0x2 },
    [OSPF_OPT3_V6] = { "ospf.v3.options.v6", "IPv6", .type = TL_BOOL, .mask = 0x1 },
    [OSPF_MTU] = { "ospf.db.interface_mtu", "Interface MTU", .type = TL_U16, .unit = "bytes" },
    [OSPF_DBD] = { "ospf.dbd", "Flags", .type = TL_U8, .base = TL_HEX },
    [OSPF_DBD_R] = { "ospf.dbd.r", "Resynchronization", .type = TL_BOOL, .mask = 0x8 },
    [OSPF_DBD_I] = { "ospf.dbd.i", "Init", .type = TL_BOOL, .mask = 0x4 },
    [OSPF_DBD_M] = { "ospf.dbd.m", "More", .type = TL_BOOL, .mask = 0x2 },
    [OSPF_DBD_MS] = { "ospf.dbd.ms", "Master", .type = TL_BOOL, .mask = 0x1 },
    [OSPF_DD_SEQ] = { "ospf.db.dd_sequence", "Sequence number", .type = TL_U32 },
    [OSPF_LSAS] = { "ospf.ls.number_of_lsas", "LSAs", .type = TL_U32 },
    [OSPF_LSA] = { "ospf.lsa_header", "LSA", .type = TL_GROUP, .flags = TL_REPEATS },
    [OSPF_AGE] = { "ospf.lsa.age", "Age", .type = TL_U16, .mask = 0x7fff, .unit = "s" },
    [OSPF_DONOTAGE] = { "ospf.lsa.donotage", "Do not age", .type = TL_U16, .mask = 0x8000 },
    [OSPF_DONOTAGE3] = { "ospf.v3.lsa.do_not_age", "Do not age", .type = TL_BOOL, .mask = 0x8000 },
    [OSPF_TYPE] = { "ospf.lsa", "Type", .type = TL_U8, .names = tl_ospf_lsas },
    [OSPF_TYPE3] = { "ospf.v3.lsa", "Type", .type = TL_U16, .base = TL_HEX, .names = tl_ospf_lsas3 },
    [OSPF_TYPE3_U] = { "ospf.v3.lsa.u", "Flood if unknown", .type = TL_BOOL, .mask = 0x8000 },
    [OSPF_TYPE3_S] = { "ospf.v3.lsa.s12", "Flooding scope", .type = TL_U16, .base = TL_HEX, .mask = 0x6000,
                       .names = tl_ospf_scopes },
    [OSPF_TYPE3_F] = { "ospf.v3.lsa.fc", "Function", .type = TL_U16, .mask = 0x1fff },
    [OSPF_ID] = { "ospf.lsa.id", "Link state id", .type = TL_IPV4 },
    [OSPF_ADVROUTER] = { "ospf.advrouter", "Advertising router", .type = TL_IPV4 },
    [OSPF_SEQ] = { "ospf.lsa.seqnum", "Sequence number", .type = TL_U32, .base = TL_HEX },
    [OSPF_LSA_SUM] = { "ospf.lsa.chksum", "Checksum", .type = TL_U16, .base = TL_HEX },
    [OSPF_LSA_LEN] = { "ospf.lsa.length", "Length", .type = TL_U16, .unit = "bytes" },
    [OSPF_ROUTER_FLAGS] = { "ospf.v2.router.lsa.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [OSPF_ROUTER_H] = { "ospf.v2.router.lsa.flags.h", "Host", .type = TL_BOOL, .mask = 0x80 },
    [OSPF_ROUTER_N] = { "ospf.v2.router.lsa.flags.n", "NSSA translation", .type = TL_BOOL, .mask = 0x10 },
    [OSPF_ROUTER_W] = { "ospf.v2.router.lsa.flags.w", "Wild-card multicast", .type = TL_BOOL, .mask = 0x8 },
    [OSPF_ROUTER_V] = { "ospf.v2.router.lsa.flags.v", "Virtual link", .type = TL_BOOL, .mask = 0x4 },
    [OSPF_ROUTER_E] = { "ospf.v2.router.lsa.flags.e", "AS boundary router", .type = TL_BOOL, .mask = 0x2 },
    [OSPF_ROUTER_B] = { "ospf.v2.router.lsa.flags.b", "Area border router", .type = TL_BOOL, .mask = 0x1 },
    [OSPF_ROUTER3_FLAGS] = { "ospf.v3.router.lsa.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [OSPF_ROUTER3_W] = { "ospf.v3.router.lsa.flags.w", "Wild-card multicast", .type = TL_BOOL, .mask = 0x8 },
    [OSPF_ROUTER3_V] = { "ospf.v3.router.lsa.flags.v", "Virtual link", .type = TL_BOOL, .mask = 0x4 },
    [OSPF_ROUTER3_E] = { "ospf.v3.router.lsa.flags.e", "AS boundary router", .type = TL_BOOL, .mask = 0x2 },
    [OSPF_ROUTER3_B] = { "ospf.v3.router.lsa.flags.b", "Area border router", .type = TL_BOOL, .mask = 0x1 },
    [OSPF_LINKS] = { "ospf.lsa.number_of_links", "Links", .type = TL_U16 },
    [OSPF_LINK] = { "ospf.lsa.router.link", "Link", .type = TL_GROUP, .flags = TL_REPEATS },
    [OSPF_LINK_ID] = { "ospf.lsa.router.linkid", "Link id", .type = TL_IPV4 },
    [OSPF_LINK_DATA] = { "ospf.lsa.router.linkdata", "Link data", .type = TL_IPV4 },
    [OSPF_LINK_TYPE] = { "ospf.lsa.router.linktype", "Link type", .type = TL_U8, .names = tl_ospf_links },
    [OSPF_LINK_METRICS] = { "ospf.lsa.router.nummetrics", "Metrics", .type = TL_U8 },
    [OSPF_LINK_METRIC] = { "ospf.lsa.router.metric0", "Metric", .type = TL_U16 },
    [OSPF_NETMASK] = { "ospf.lsa.network.netmask", "Network mask", .type = TL_IPV4 },
    [OSPF_ATTACHED] = { "ospf.lsa.network.attchrtr", "Attached router", .type = TL_IPV4, .flags = TL_REPEATS },
    [OSPF_SUMMARY_MASK] = { "ospf.lsa.asbr.netmask", "Network mask", .type = TL_IPV4 },
    [OSPF_TOS] = { "ospf.lsa.tos", "Type of service", .type = TL_U8, .flags = TL_REPEATS },
    [OSPF_METRIC] = { "ospf.metric", "Metric", .type = TL_U32, .flags = TL_REPEATS },
    [OSPF_EXT_MASK] = { "ospf.lsa.asext.netmask", "Network mask", .type = TL_IPV4 },
    [OSPF_EXT_TYPE] = { "ospf.lsa.asext.type", "External type 2", .type = TL_BOOL, .mask = 0x80 },
    [OSPF_EXT_FORWARD] = { "ospf.lsa.asext.fwdaddr", "Forwarding address", .type = TL_IPV4, .flags = TL_REPEATS },
    [OSPF_EXT_TAG] = { "ospf.lsa.asext.extrttag", "External route tag", .type = TL_U32, .flags = TL_REPEATS },
    [OSPF_OPAQUE] = { "ospf.lsa.data", "Data", .type = TL_BYTES },
    [OSPF_GRACE_PERIOD] = { "ospf.v2.grace.period", "Grace period", .type = TL_U32, .unit = "s" },
    [OSPF_GRACE_REASON] = { "ospf.v2.grace.reason", "Restart reason", .type = TL_U8, .names = tl_ospf_reasons },
    [OSPF_GRACE_IP] = { "ospf.v2.grace.ip", "Interface address", .type = TL_IPV4 },
    [OSPF_LINK3_TYPE] = { "ospf.v3.lsa.type", "Link type", .type = TL_U8, .names = tl_ospf_links },
    [OSPF_INTERFACE3] = { "ospf.v3.lsa.interface_id", "Interface", .type = TL_U32 },
    [OSPF_NEIGHBOR_INTERFACE] = { "ospf.v3.lsa.neighbor_interface_id", "Neighbor's interface", .type = TL_U32 },
    [OSPF_NEIGHBOR_ROUTER] = { "ospf.v3.lsa.neighbor_router_id", "Neighbor", .type = TL_IPV4 },
    [OSPF_ATTACHED3] = { "ospf.v3.lsa.attached_router", "Attached router", .type = TL_IPV4, .flags = TL_REPEATS },
    [OSPF_DEST_ROUTER] = { "ospf.v3.lsa.destination_router_id", "Destination", .type = TL_IPV4 },
    [OSPF_PREFIX_GROUP] = { "ospf.v3.prefix", "Prefix", .type = TL_GROUP, .flags = TL_REPEATS },
    [OSPF_PREFIX_LEN] = { "ospf.prefix_length", "Prefix length", .type = TL_U8, .unit = "bits" },
    [OSPF_PREFIX_OPT] = { "ospf.v3.prefix.options", "Options", .type = TL_U8, .base = TL_HEX },
    [OSPF_PREFIX_P] = { "ospf.v3.prefix.options.p", "Propagate", .type = TL_BOOL, .mask = 0x8 },
    [OSPF_PREFIX_MC] = { "ospf.v3.prefix.options.mc", "Multicast", .type = TL_BOOL, .mask = 0x4 },
    [OSPF_PREFIX_LA] = { "ospf.v3.prefix.options.la", "Local address", .type = TL_BOOL, .mask = 0x2 },
    [OSPF_PREFIX_NU] = { "ospf.v3.prefix.options.nu", "No unicast", .type = TL_BOOL, .mask = 0x1 },
    [OSPF_PREFIX] = { "ospf.v3.address_prefix.ipv6", "Prefix", .type = TL_IPV6 },
    [OSPF_EXT3_FLAGS] = { "ospf.v3.as.external.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [OSPF_EXT3_E] = { "ospf.v3.as.external.flags.e", "External type 2", .type = TL_BOOL, .mask = 0x4 },
    [OSPF_EXT3_F] = { "ospf.v3.as.external.flags.f", "Forwarding address", .type = TL_BOOL, .mask = 0x2 },
    [OSPF_EXT3_T] = { "ospf.v3.as.external.flags.t", "External route tag", .type = TL_BOOL, .mask = 0x1 },
    [OSPF_REF_TYPE] = { "ospf.v3.lsa.referenced_ls_type", "Referenced type", .type = TL_U16, .base = TL_HEX,
                        .names = tl_ospf_lsas3 },
    [OSPF_REF_ID] = { "ospf.v3.lsa.referenced_ls_id", "Referenced link state id", .type = TL_IPV4 },
    [OSPF_REF_ROUTER] = { "ospf.v3.lsa.referenced_advertising_router", "Referenced router", .type = TL_IPV4 },
    [OSPF_FORWARD3] = { "ospf.v3.lsa.forwarding_address.ipv6", "Forwarding address", .type = TL_IPV6 },
    [OSPF_PRIORITY3] = { "ospf.v3.lsa.router_priority", "Router priority", .type = TL_U8 },
    [OSPF_LINK_LOCAL] = { "ospf.v3.lsa.link_local_interface_address.ipv6", "Link-local address", .type = TL_IPV6 },
    [OSPF_PREFIXES] = { "ospf.v3.lsa.num_prefixes", "Prefixes", .type = TL_U32 },
    [OSPF_REQUEST] = { "ospf.lsreq", "Request", .type = TL_GROUP, .flags = TL_REPEATS },
    [OSPF_REQUEST_ID] = { "ospf.link_state_id", "Link state id", .type = TL_IPV4 },
    [OSPF_OPAQUE_TYPE] = { "ospf.lsid_opaque_type", "Opaque type", .type = TL_U8 },
    [OSPF_OPAQUE_ID] = { "ospf.lsid.opaque_id", "Opaque id", .type = TL_U24 },
    [OSPF_LLS_SUM] = { "ospf.lls.checksum", "LLS checksum", .type = TL_U16, .base = TL_HEX },
    [OSPF_LLS_LEN] = { "ospf.lls.data_length", "LLS length", .type = TL_U16, .unit = "bytes" },
    [OSPF_LLS_DATA] = { "ospf.lls.data", "LLS data", .type = TL_BYTES },
    [OSPF_AT_TYPE] = { "ospf.at.auth_type", "Authentication type", .type = TL_U16 },
    [OSPF_AT_LEN] = { "ospf.at.auth_data_len", "Authentication length", .type = TL_U16, .unit = "bytes" },
    [OSPF_AT_RESERVED] = { "ospf.at.reserved", "Reserved", .type = TL_U16, .base = TL_HEX },
    [OSPF_AT_SA] = { "ospf.at.sa_id", "Security association", .type = TL_U16, .base = TL_HEX },
    [OSPF_AT_SEQ] = { "ospf.at.crypto_seq_nbr", "Cryptographic sequence number", .type = TL_U64 },
    [OSPF_AT_DATA] = { "ospf.at.auth_data", "Digest", .type = TL_BYTES },
};

enum { HELLO = 1, DESCRIPTION, REQUEST, UPDATE, ACKNOWLEDGMENT, HEADER = 24, HEADER_3 = 16, AUTH_DATA = 8, SIMPLE = 1,
       CRYPTOGRAPHIC = 2, HAS_LLS = 0x10, HAS_LLS_3 = 0x200, HAS_TRAILER = 0x400 };

/* Reads the eight bytes of authentication. Returns the length of the digest behind the packet. */
static uint32_t authentication(struct tl_dissection *d)
{
    uint16_t type = tl_u16(d, OSPF_AUTH);
    if (type == CRYPTOGRAPHIC) {
        tl_skip(d, 2);
        tl_u8(d, OSPF_AUTH_KEY);
        uint32_t len = tl_u8(d, OSPF_AUTH_LEN);
        tl_u32(d, OSPF_AUTH_SEQ);
        return tl_ok(d) ? len : 0;
    }
    uint32_t left = tl_cursor_left(&d->c);
    if (type == SIMPLE)
        tl_hide(d, (struct tl_bytes){ d->c.base + d->c.off, left < AUTH_DATA ? left : AUTH_DATA });
    tl_run(d, type == 0 ? OSPF_AUTH_NONE : type == SIMPLE ? OSPF_AUTH_SIMPLE : OSPF_AUTH_UNKNOWN, AUTH_DATA);
    return 0;
}

/* Returns the options. */
static uint32_t hello(struct tl_dissection *d, bool third)
{
    uint32_t options;
    if (third) {
        tl_u32(d, OSPF_INTERFACE);
        tl_u8(d, OSPF_PRIORITY);
        options = tl_ospf_options3(d);
        tl_u16(d, OSPF_HELLO);
        tl_u16(d, OSPF_DEAD);
    } else {
        tl_ipv4(d, OSPF_MASK);
        tl_u16(d, OSPF_HELLO);
        options = tl_ospf_options(d);
        tl_u8(d, OSPF_PRIORITY);
        tl_u32(d, OSPF_DEAD);
    }
    tl_ipv4(d, OSPF_DR);
    tl_ipv4(d, OSPF_BDR);
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) >= 4)
        tl_ipv4(d, OSPF_NEIGHBOR);
    return options;
}

static void lsa(struct tl_dissection *d, bool third, bool body)
{
    if (third)
        tl_ospf_lsa3(d, body);
    else
        tl_ospf_lsa(d, body);
}

/* Returns the options. */
static uint32_t description(struct tl_dissection *d, bool third)
{
    uint32_t options;
    if (third) {
        tl_run(d, OSPF_RESERVED, 1);
        options = tl_ospf_options3(d);
        tl_u16(d, OSPF_MTU);
        tl_run(d, OSPF_RESERVED, 1);
    } else {
        tl_u16(d, OSPF_MTU);
        options = tl_ospf_options(d);
    }
    tl_flags8(d, OSPF_DBD, OSPF_DBD_MS);
    tl_u32(d, OSPF_DD_SEQ);
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        lsa(d, third, false);
    return options;
}

static void request(struct tl_dissection *d, bool third)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t group = tl_group(d, OSPF_REQUEST);
        if (third) {
            tl_run(d, OSPF_RESERVED, 2);
            tl_flags16(d, OSPF_TYPE3, OSPF_TYPE3_F);
        } else { /* a type of 32 bits */
            tl_skip(d, 3);
            tl_u8(d, OSPF_TYPE);
        }
        tl_ipv4(d, OSPF_REQUEST_ID);
        tl_ipv4(d, OSPF_ADVROUTER);
        tl_group_end(d, group);
    }
}

/* Returns the options of a Hello or a database description. */
static uint32_t message(struct tl_dissection *d, uint8_t type, bool third)
{
    switch (type) {
    case HELLO:
        return hello(d, third);
    case DESCRIPTION:
        return description(d, third);
    case REQUEST:
        request(d, third);
        break;
    case UPDATE:
        for (uint32_t n = tl_u32(d, OSPF_LSAS); n > 0 && tl_ok(d); n--)
            lsa(d, third, true);
        break;
    case ACKNOWLEDGMENT:
        while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
            lsa(d, third, false);
        break;
    default:
        break;
    }
    return 0;
}

/* Link-local signaling behind the packet (RFC 5613 section 2). */
static void local_signaling(struct tl_dissection *d)
{
    tl_u16(d, OSPF_LLS_SUM);
    const uint8_t *p = tl_cursor_take(&d->c, 2);
    uint32_t words = p != NULL ? tl_load_be16(p) : 0;
    if (p != NULL)
        tl_add(d, OSPF_LLS_LEN, d->c.off - 2, 2, words * 4);
    if (tl_ok(d) && words > 1)
        tl_run(d, OSPF_LLS_DATA, words * 4 - 4);
}

/* RFC 7166 section 4. */
static void trailer(struct tl_dissection *d)
{
    tl_u16(d, OSPF_AT_TYPE);
    uint32_t len = tl_u16(d, OSPF_AT_LEN);
    tl_u16(d, OSPF_AT_RESERVED);
    tl_u16(d, OSPF_AT_SA);
    tl_u64(d, OSPF_AT_SEQ);
    if (tl_ok(d) && len > 16)
        tl_run(d, OSPF_AT_DATA, len - 16);
}

static void rest(struct tl_dissection *d, uint8_t type, uint32_t len, uint32_t header, bool third)
{
    uint32_t digest = 0;
    if (third) {
        tl_u8(d, OSPF_INSTANCE);
        tl_run(d, OSPF_RESERVED, 1);
    } else {
        digest = authentication(d);
    }
    if (tl_ok(d) && len < header)
        tl_bad(d);
    struct tl_part part = tl_part_enter(d, tl_ok(d) ? len - header : 0);
    uint32_t options = tl_ok(d) ? message(d, type, third) : 0;
    tl_part_leave(d, part);
    if (tl_ok(d) && digest > 0)
        tl_run(d, OSPF_AUTH_DATA, digest);
    bool greets = type == HELLO || type == DESCRIPTION;
    if (tl_ok(d) && greets && (options & (third ? HAS_LLS_3 : HAS_LLS)) != 0 && tl_cursor_wire_left(&d->c) >= 4)
        local_signaling(d);
    if (tl_ok(d) && third && greets && (options & HAS_TRAILER) != 0 && tl_cursor_wire_left(&d->c) >= 16)
        trailer(d);
}

static enum tl_status ospf_dissect(struct tl_dissection *d)
{
    uint8_t version = tl_u8(d, OSPF_VERSION), type = tl_u8(d, OSPF_MSG);
    uint32_t len = tl_u16(d, OSPF_LENGTH);
    tl_ipv4(d, OSPF_ROUTER);
    tl_ipv4(d, OSPF_AREA);
    tl_u16(d, OSPF_CHECKSUM);
    if (!tl_ok(d) || d->wanted == NULL || (version != 2 && version != 3))
        return tl_next_none(d);
    struct tl_part part = tl_part_begin(d, tl_cursor_wire_left(&d->c));
    rest(d, type, len, version == 3 ? HEADER_3 : HEADER, version == 3);
    tl_part_close(d, part);
    return tl_next_none(d);
}

const struct tl_protocol tl_protocol_ospf = {
    .name = "ospf",
    .title = "Open Shortest Path First",
    .kind = TL_KIND_LAYER,
    .has_secrets = true,
    .info = "OSPFv{version} {msg}[, router {srcrouter}][ area {area_id}][ DR {hello.designated_router}]"
            "[, neighbors {hello.active_neighbor,}][, {lsa,}][, {v3.lsa,}]",
    .dissect = ospf_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_IP_PROTO, 89 } },
};
