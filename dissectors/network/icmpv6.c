/* icmpv6.c - ICMP for IPv6 (RFC 4443), neighbor discovery (RFC 4861, 4191, 8106) and MLD (RFC 2710, RFC 9777). */
#include "core/checksum.h"
#include "core/part.h"
#include "dissectors/header.h"

enum { TYPE, CODE, CHECKSUM, RESERVED, MTU, POINTER, ECHO_ID, ECHO_SEQ, RA_HOPS, RA_FLAGS, RA_M, RA_O, RA_H,
       RA_PRF, RA_P, RA_LIFETIME, RA_REACHABLE, RA_RETRANS, NS_TARGET, NA_FLAGS, NA_R, NA_S, NA_O, NA_TARGET,
       RD_TARGET, RD_DESTINATION, OPT, OPT_TYPE, OPT_LENGTH, OPT_SOURCE, OPT_TARGET, PREFIX_LENGTH, PREFIX_FLAGS,
       PREFIX_L, PREFIX_A, PREFIX_R, PREFIX_VALID, PREFIX_PREFERRED, PREFIX, OPT_MTU, OPT_REDIRECTED,
       RDNSS_LIFETIME, RDNSS, DNSSL_LIFETIME, EXT_SEQ, EXT_LOCAL, EXT_STATE, DNSSL, ROUTE_PREF, ROUTE_LIFETIME,
       OPT_NONCE, OPT_DATA, MLD_DELAY, MLD_RESPONSE, MLD_ADDRESS, MLD_FLAGS, MLD_S, MLD_QRV, MLD_QQI, MLD_COUNT,
       MLD_SOURCE, RECORDS, RECORD, RECORD_TYPE, RECORD_AUX_LEN, RECORD_COUNT, RECORD_ADDRESS, RECORD_SOURCE,
       RECORD_AUX, DATA, CODE_NAME };

static const struct tl_name types[] = {
    { 1, "Destination unreachable" },
    { 2, "Packet too big" },
    { 3, "Time exceeded" },
    { 4, "Parameter problem" },
    { 128, "Echo request" },
    { 129, "Echo reply" },
    { 130, "Multicast listener query" },
    { 131, "Multicast listener report" },
    { 132, "Multicast listener done" },
    { 133, "Router solicitation" },
    { 134, "Router advertisement" },
    { 135, "Neighbor solicitation" },
    { 136, "Neighbor advertisement" },
    { 137, "Redirect" },
    { 138, "Router renumbering" },
    { 139, "Node information query" },
    { 140, "Node information reply" },
    { 141, "Inverse neighbor solicitation" },
    { 142, "Inverse neighbor advertisement" },
    { 143, "Multicast listener report v2" },
    { 144, "Home agent address discovery request" },
    { 145, "Home agent address discovery reply" },
    { 146, "Mobile prefix solicitation" },
    { 147, "Mobile prefix advertisement" },
    { 148, "Certification path solicitation" },
    { 149, "Certification path advertisement" },
    { 151, "Multicast router advertisement" },
    { 152, "Multicast router solicitation" },
    { 153, "Multicast router termination" },
    { 155, "RPL control" },
    { 160, "Extended echo request" },
    { 161, "Extended echo reply" },
    { 0, NULL },
};
/* Names of codes, by type (https://www.iana.org/assignments/icmpv6-parameters). */
static const struct tl_name codes[] = {
    { TL_ICMP_CODE(1, 0), "No route to destination" },
    { TL_ICMP_CODE(1, 1), "Administratively prohibited" },
    { TL_ICMP_CODE(1, 2), "Beyond scope of source address" },
    { TL_ICMP_CODE(1, 3), "Address unreachable" },
    { TL_ICMP_CODE(1, 4), "Port unreachable" },
    { TL_ICMP_CODE(1, 5), "Source address failed ingress/egress policy" },
    { TL_ICMP_CODE(1, 6), "Reject route to destination" },
    { TL_ICMP_CODE(1, 7), "Error in source routing header" },
    { TL_ICMP_CODE(1, 8), "Headers too long" },
    { TL_ICMP_CODE(1, 9), "Error in P-Route" },
    { TL_ICMP_CODE(3, 0), "Hop limit exceeded in transit" },
    { TL_ICMP_CODE(3, 1), "Fragment reassembly time exceeded" },
    { TL_ICMP_CODE(4, 0), "Erroneous header field" },
    { TL_ICMP_CODE(4, 1), "Unrecognized next header type" },
    { TL_ICMP_CODE(4, 2), "Unrecognized IPv6 option" },
    { TL_ICMP_CODE(4, 3), "Incomplete header chain in first fragment" },
    { TL_ICMP_CODE(4, 4), "Upper-layer header error" },
    { TL_ICMP_CODE(4, 5), "Unrecognized next header type by intermediate node" },
    { TL_ICMP_CODE(4, 6), "Extension header too big" },
    { TL_ICMP_CODE(4, 7), "Extension header chain too long" },
    { TL_ICMP_CODE(4, 8), "Too many extension headers" },
    { TL_ICMP_CODE(4, 9), "Too many options in extension header" },
    { TL_ICMP_CODE(4, 10), "Option too big" },
    { TL_ICMP_CODE(161, 0), "No error" },
    { TL_ICMP_CODE(161, 1), "Malformed query" },
    { TL_ICMP_CODE(161, 2), "No such interface" },
    { TL_ICMP_CODE(161, 3), "No such table entry" },
    { TL_ICMP_CODE(161, 4), "Multiple interfaces satisfy query" },
    { 0, NULL },
};

static const struct tl_name option_names[] = {
    { 1, "Source link-layer address" }, { 2, "Target link-layer address" }, { 3, "Prefix information" },
    { 4, "Redirected header" },         { 5, "MTU" },                       { 7, "Advertisement interval" },
    { 8, "Home agent information" },    { 11, "CGA" },                      { 12, "RSA signature" },
    { 13, "Timestamp" },                { 14, "Nonce" },                    { 15, "Trust anchor" },
    { 16, "Certificate" },              { 24, "Route information" },        { 25, "Recursive DNS server" },
    { 26, "RA flags extension" },       { 31, "DNS search list" },          { 33, "Address registration" },
    { 37, "Captive portal" },           { 38, "PREF64" },                   { 0, NULL },
};
static const struct tl_name preferences[] = {
    { 0, "Medium" }, { 1, "High" }, { 2, "Reserved" }, { 3, "Low" }, { 0, NULL },
};
static const struct tl_name record_types[] = {
    { 1, "Mode is include" },   { 2, "Mode is exclude" },   { 3, "Change to include" },
    { 4, "Change to exclude" }, { 5, "Allow new sources" }, { 6, "Block old sources" },
    { 0, NULL },
};

static const struct tl_field fields[] = {
    [TYPE] = { "icmpv6.type", "Type", .type = TL_U8, .names = types },
    [CODE] = { "icmpv6.code", "Code", .type = TL_U8 },
    [CODE_NAME] = { "icmpv6.code_name", "Name of the code", .type = TL_TEXT, .flags = TL_DERIVED },
    [CHECKSUM] = { "icmpv6.checksum", "Checksum", .type = TL_U16, .base = TL_HEX },
    [RESERVED] = { "icmpv6.reserved", "Reserved", .type = TL_BYTES, .flags = TL_REPEATS },
    [MTU] = { "icmpv6.mtu", "MTU", .type = TL_U32, .unit = "bytes" },
    [POINTER] = { "icmpv6.pointer", "Pointer", .type = TL_U32, .help = "Offset of the error in the quoted packet" },
    [ECHO_ID] = { "icmpv6.echo.identifier", "Identifier", .type = TL_U16, .base = TL_HEX },
    [ECHO_SEQ] = { "icmpv6.echo.sequence_number", "Sequence number", .type = TL_U16 },
    [EXT_SEQ] = { "icmpv6.ext.echo.seq", "Sequence number", .type = TL_U8 },
    [EXT_LOCAL] = { "icmpv6.ext.echo.req.local", "Local interface", .type = TL_BOOL, .mask = 0x01 },
    [EXT_STATE] = { "icmpv6.ext.echo.rsp.state", "State", .type = TL_U8, .mask = 0xe0 },
    [RA_HOPS] = { "icmpv6.nd.ra.cur_hop_limit", "Hop limit", .type = TL_U8 },
    [RA_FLAGS] = { "icmpv6.nd.ra.flag", "Flags", .type = TL_U8, .base = TL_HEX },
    [RA_M] = { "icmpv6.nd.ra.flag.m", "Managed addresses", .type = TL_BOOL, .mask = 0x80 },
    [RA_O] = { "icmpv6.nd.ra.flag.o", "Other configuration", .type = TL_BOOL, .mask = 0x40 },
    [RA_H] = { "icmpv6.nd.ra.flag.h", "Home agent", .type = TL_BOOL, .mask = 0x20 },
    [RA_PRF] = { "icmpv6.nd.ra.flag.prf", "Preference", .type = TL_U8, .mask = 0x18, .names = preferences },
    [RA_P] = { "icmpv6.nd.ra.flag.p", "Proxy", .type = TL_BOOL, .mask = 0x04 },
    [RA_LIFETIME] = { "icmpv6.nd.ra.router_lifetime", "Router lifetime", .type = TL_U16, .unit = "s" },
    [RA_REACHABLE] = { "icmpv6.nd.ra.reachable_time", "Reachable time", .type = TL_U32, .unit = "ms" },
    [RA_RETRANS] = { "icmpv6.nd.ra.retrans_timer", "Retransmission timer", .type = TL_U32, .unit = "ms" },
    [NS_TARGET] = { "icmpv6.nd.ns.target_address", "Target", .type = TL_IPV6 },
    [NA_FLAGS] = { "icmpv6.nd.na.flag", "Flags", .type = TL_U32, .base = TL_HEX },
    [NA_R] = { "icmpv6.nd.na.flag.r", "Router", .type = TL_BOOL, .mask = 0x80000000 },
    [NA_S] = { "icmpv6.nd.na.flag.s", "Solicited", .type = TL_BOOL, .mask = 0x40000000 },
    [NA_O] = { "icmpv6.nd.na.flag.o", "Override", .type = TL_BOOL, .mask = 0x20000000 },
    [NA_TARGET] = { "icmpv6.nd.na.target_address", "Target", .type = TL_IPV6 },
    [RD_TARGET] = { "icmpv6.nd.rd.target_address", "Target", .type = TL_IPV6 },
    [RD_DESTINATION] = { "icmpv6.rd.na.destination_address", "Destination", .type = TL_IPV6 },
    [OPT] = { "icmpv6.opt", "Option", .type = TL_GROUP, .flags = TL_REPEATS },
    [OPT_TYPE] = { "icmpv6.opt.type", "Type", .type = TL_U8, .names = option_names },
    [OPT_LENGTH] = { "icmpv6.opt.length", "Length", .type = TL_U8, .help = "In 8 bytes" },
    [OPT_SOURCE] = { "icmpv6.opt.src_linkaddr", "Source link-layer address", .type = TL_BYTES },
    [OPT_TARGET] = { "icmpv6.opt.target_linkaddr", "Target link-layer address", .type = TL_BYTES },
    [PREFIX_LENGTH] = { "icmpv6.opt.prefix.length", "Prefix length", .type = TL_U8, .unit = "bits" },
    [PREFIX_FLAGS] = { "icmpv6.opt.prefix.flag", "Flags", .type = TL_U8, .base = TL_HEX },
    [PREFIX_L] = { "icmpv6.opt.prefix.flag.l", "On-link", .type = TL_BOOL, .mask = 0x80 },
    [PREFIX_A] = { "icmpv6.opt.prefix.flag.a", "Autonomous configuration", .type = TL_BOOL, .mask = 0x40 },
    [PREFIX_R] = { "icmpv6.opt.prefix.flag.r", "Router address", .type = TL_BOOL, .mask = 0x20 },
    [PREFIX_VALID] = { "icmpv6.opt.prefix.valid_lifetime", "Valid lifetime", .type = TL_U32, .unit = "s" },
    [PREFIX_PREFERRED] = { "icmpv6.opt.prefix.preferred_lifetime", "Preferred lifetime", .type = TL_U32, .unit = "s" },
    [PREFIX] = { "icmpv6.opt.prefix", "Prefix", .type = TL_IPV6 },
    [OPT_MTU] = { "icmpv6.opt.mtu", "MTU", .type = TL_U32, .unit = "bytes" },
    [OPT_REDIRECTED] = { "icmpv6.opt.redirected_packet", "Redirected packet", .type = TL_BYTES },
    [RDNSS_LIFETIME] = { "icmpv6.opt.rdnss.lifetime", "Lifetime", .type = TL_U32, .unit = "s" },
    [RDNSS] = { "icmpv6.opt.rdnss", "Recursive DNS server", .type = TL_IPV6, .flags = TL_REPEATS },
    [DNSSL_LIFETIME] = { "icmpv6.opt.dnssl.lifetime", "Lifetime", .type = TL_U32, .unit = "s" },
    [DNSSL] = { "icmpv6.opt.dnssl", "Search domain", .type = TL_TEXT, .flags = TL_REPEATS },
    [ROUTE_PREF] = { "icmpv6.opt.route_info.flag.route_preference", "Preference", .type = TL_U8, .mask = 0x18,
                     .names = preferences },
    [ROUTE_LIFETIME] = { "icmpv6.opt.route_lifetime", "Lifetime", .type = TL_U32, .unit = "s" },
    [OPT_NONCE] = { "icmpv6.opt.nonce", "Nonce", .type = TL_BYTES },
    [OPT_DATA] = { "icmpv6.opt.data", "Data", .type = TL_BYTES },
    [MLD_DELAY] = { "icmpv6.mld.maximum_response_delay", "Maximum response delay", .type = TL_U16, .unit = "ms" },
    [MLD_RESPONSE] = { "icmpv6.mld.maximum_response_code", "Maximum response code", .type = TL_U16 },
    [MLD_ADDRESS] = { "icmpv6.mld.multicast_address", "Group", .type = TL_IPV6 },
    [MLD_FLAGS] = { "icmpv6.mld.flag", "Flags", .type = TL_U8, .base = TL_HEX },
    [MLD_S] = { "icmpv6.mld.flag.s", "Suppress router-side processing", .type = TL_BOOL, .mask = 0x08 },
    [MLD_QRV] = { "icmpv6.mld.flag.qrv", "Querier's robustness", .type = TL_U8, .mask = 0x07 },
    [MLD_QQI] = { "icmpv6.mld.qqi", "Querier's query interval", .type = TL_U8 },
    [MLD_COUNT] = { "icmpv6.mld.nb_sources", "Sources", .type = TL_U16 },
    [MLD_SOURCE] = { "icmpv6.mld.source_address", "Source", .type = TL_IPV6, .flags = TL_REPEATS },
    [RECORDS] = { "icmpv6.mldr.nb_mcast_records", "Records", .type = TL_U16 },
    [RECORD] = { "icmpv6.mldr.mar", "Address record", .type = TL_GROUP, .flags = TL_REPEATS },
    [RECORD_TYPE] = { "icmpv6.mldr.mar.record_type", "Record type", .type = TL_U8, .names = record_types },
    [RECORD_AUX_LEN] = { "icmpv6.mldr.mar.aux_data_len", "Auxiliary data length", .type = TL_U8,
                         .help = "In 32-bit words" },
    [RECORD_COUNT] = { "icmpv6.mldr.mar.nb_sources", "Sources", .type = TL_U16 },
    [RECORD_ADDRESS] = { "icmpv6.mldr.mar.multicast_address", "Group", .type = TL_IPV6 },
    [RECORD_SOURCE] = { "icmpv6.mldr.mar.source_address", "Source", .type = TL_IPV6, .flags = TL_REPEATS },
    [RECORD_AUX] = { "icmpv6.mldr.mar.auxiliary_data", "Auxiliary data", .type = TL_BYTES },
    [DATA] = { "icmpv6.data", "Data", .type = TL_BYTES },
};

enum { UNREACHABLE = 1, TOO_BIG, EXCEEDED, PROBLEM, ECHO_REQUEST = 128, ECHO_REPLY, QUERY, REPORT, DONE, SOLICIT_ROUTER,
       ADVERTISE_ROUTER, SOLICIT, ADVERTISE, REDIRECT, REPORT_2 = 143, EXT_ECHO_REQUEST = 160, EXT_ECHO_REPLY };
enum { OPT_TYPE_SOURCE = 1, OPT_TYPE_TARGET, OPT_TYPE_PREFIX, OPT_TYPE_REDIRECTED, OPT_TYPE_MTU, OPT_TYPE_NONCE = 14,
       OPT_TYPE_ROUTE = 24, OPT_TYPE_RDNSS, OPT_TYPE_DNSSL = 31 };
enum { NAME_MAX_LEN = 255 };

static const struct tl_icmp_pair pairs[] = {
    { 128, 129 }, { 129, 128 }, { 130, 131 }, { 131, 130 }, { 133, 134 }, { 134, 133 }, { 135, 136 },
    { 136, 135 }, { 139, 140 }, { 140, 139 }, { 144, 145 }, { 145, 144 }, { 0, 0 },
};

/* Reads one byte: the whole byte as `first`, its bits as the fields after it. */
static void flags(struct tl_dissection *d, unsigned first, unsigned last)
{
    uint8_t byte = tl_u8(d, first);
    if (tl_ok(d))
        tl_add_all_bits(d, first + 1, last, d->c.off - 1, 1, byte);
}

/* Reads a list of domain names, padded with zero bytes (RFC 8106 5.2). Compression is not allowed here. */
static void search_list(struct tl_dissection *d)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint8_t name[NAME_MAX_LEN];
        uint32_t start = d->c.off, used = 0;
        const uint8_t *p = tl_cursor_take(&d->c, 1);
        while (p != NULL && p[0] != 0) {
            uint32_t len = p[0];
            p = tl_cursor_take(&d->c, len);
            if (p == NULL || used + len + 1 > sizeof name) {
                tl_bad(d);
                return;
            }
            if (used > 0)
                name[used++] = '.';
            memcpy(name + used, p, len);
            used += len;
            p = tl_cursor_take(&d->c, 1);
        }
        if (tl_ok(d) && used > 0)
            tl_add_text(d, DNSSL, start, d->c.off - start, name, used);
    }
}

static void prefix_information(struct tl_dissection *d)
{
    tl_u8(d, PREFIX_LENGTH);
    flags(d, PREFIX_FLAGS, PREFIX_R);
    tl_u32(d, PREFIX_VALID);
    tl_u32(d, PREFIX_PREFERRED);
    tl_run(d, RESERVED, 4);
    tl_ipv6(d, PREFIX);
}

/* RFC 4191 2.3: a sender omits bytes of the prefix that its length does not need. */
static void route_information(struct tl_dissection *d)
{
    tl_u8(d, PREFIX_LENGTH);
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    if (p != NULL)
        tl_add_bits(d, ROUTE_PREF, d->c.off - 1, 1, p[0]);
    tl_u32(d, ROUTE_LIFETIME);
    uint32_t sent = tl_cursor_wire_left(&d->c);
    if (sent == 0 || sent > 16)
        return;
    p = tl_cursor_take(&d->c, sent);
    if (p != NULL) {
        uint8_t address[16] = { 0 };
        memcpy(address, p, sent);
        tl_add_text(d, PREFIX, d->c.off - sent, sent, address, sizeof address);
    }
}

static void option_body(struct tl_dissection *d, uint8_t type)
{
    uint32_t len = tl_cursor_wire_left(&d->c);
    switch (type) {
    case OPT_TYPE_SOURCE:
        tl_run(d, OPT_SOURCE, len);
        break;
    case OPT_TYPE_TARGET:
        tl_run(d, OPT_TARGET, len);
        break;
    case OPT_TYPE_PREFIX:
        prefix_information(d);
        break;
    case OPT_TYPE_REDIRECTED:
        tl_run(d, RESERVED, 6);
        if (len > 6)
            tl_run(d, OPT_REDIRECTED, len - 6);
        break;
    case OPT_TYPE_MTU:
        tl_run(d, RESERVED, 2);
        tl_u32(d, OPT_MTU);
        break;
    case OPT_TYPE_NONCE:
        tl_run(d, OPT_NONCE, len);
        break;
    case OPT_TYPE_ROUTE:
        route_information(d);
        break;
    case OPT_TYPE_RDNSS:
        tl_run(d, RESERVED, 2);
        tl_u32(d, RDNSS_LIFETIME);
        while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
            tl_ipv6(d, RDNSS);
        break;
    case OPT_TYPE_DNSSL:
        tl_run(d, RESERVED, 2);
        tl_u32(d, DNSSL_LIFETIME);
        search_list(d);
        break;
    default:
        tl_run(d, OPT_DATA, len);
        break;
    }
}

/*
 * Neighbor discovery options to the end of the message (RFC 4861 4.6). A length of 0 is an error: it would never end.
 */
static void options(struct tl_dissection *d)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t group = tl_group(d, OPT);
        uint8_t type = tl_u8(d, OPT_TYPE);
        uint32_t len = tl_u8(d, OPT_LENGTH) * 8u;
        if (tl_ok(d) && len == 0)
            tl_bad(d);
        struct tl_part part = tl_part_begin(d, len - 2);
        if (tl_ok(d))
            option_body(d, type);
        tl_part_end(d, part);
        tl_group_end(d, group);
    }
}

static void router_advertisement(struct tl_dissection *d)
{
    tl_u8(d, RA_HOPS);
    flags(d, RA_FLAGS, RA_P);
    tl_u16(d, RA_LIFETIME);
    tl_u32(d, RA_REACHABLE);
    tl_u32(d, RA_RETRANS);
    options(d);
}

static void neighbor_advertisement(struct tl_dissection *d)
{
    uint32_t word = tl_u32(d, NA_FLAGS);
    if (tl_ok(d))
        tl_add_all_bits(d, NA_R, NA_O, d->c.off - 4, 4, word);
    tl_ipv6(d, NA_TARGET);
    options(d);
}

static void listener_query(struct tl_dissection *d)
{
    bool second = tl_cursor_wire_left(&d->c) >= 24; /* RFC 9777 8.1: version 1 ends after the address */
    tl_u16(d, second ? MLD_RESPONSE : MLD_DELAY);
    tl_run(d, RESERVED, 2);
    tl_ipv6(d, MLD_ADDRESS);
    if (!second)
        return;
    flags(d, MLD_FLAGS, MLD_QRV);
    tl_u8(d, MLD_QQI);
    for (uint32_t count = tl_u16(d, MLD_COUNT); count > 0 && tl_ok(d); count--)
        tl_ipv6(d, MLD_SOURCE);
}

static void listener_report(struct tl_dissection *d)
{
    tl_run(d, RESERVED, 2);
    for (uint32_t count = tl_u16(d, RECORDS); count > 0 && tl_ok(d); count--) {
        uint32_t group = tl_group(d, RECORD);
        tl_u8(d, RECORD_TYPE);
        uint32_t aux = tl_u8(d, RECORD_AUX_LEN) * 4u, sources = tl_u16(d, RECORD_COUNT);
        tl_ipv6(d, RECORD_ADDRESS);
        for (; sources > 0 && tl_ok(d); sources--)
            tl_ipv6(d, RECORD_SOURCE);
        if (aux > 0)
            tl_run(d, RECORD_AUX, aux);
        tl_group_end(d, group);
    }
}

/* RFC 8335 */
static void extended_echo(struct tl_dissection *d, bool request)
{
    tl_u16(d, ECHO_ID);
    tl_u8(d, EXT_SEQ);
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    if (p != NULL)
        tl_add_bits(d, request ? EXT_LOCAL : EXT_STATE, d->c.off - 1, 1, p[0]);
}

static void body(struct tl_dissection *d, uint8_t type)
{
    switch (type) {
    case QUERY:
        listener_query(d);
        break;
    case REPORT:
    case DONE:
        tl_u16(d, MLD_DELAY);
        tl_run(d, RESERVED, 2);
        tl_ipv6(d, MLD_ADDRESS);
        break;
    case SOLICIT_ROUTER:
        tl_run(d, RESERVED, 4);
        options(d);
        break;
    case ADVERTISE_ROUTER:
        router_advertisement(d);
        break;
    case SOLICIT:
        tl_run(d, RESERVED, 4);
        tl_ipv6(d, NS_TARGET);
        options(d);
        break;
    case ADVERTISE:
        neighbor_advertisement(d);
        break;
    case REDIRECT:
        tl_run(d, RESERVED, 4);
        tl_ipv6(d, RD_TARGET);
        tl_ipv6(d, RD_DESTINATION);
        options(d);
        break;
    case REPORT_2:
        listener_report(d);
        break;
    case EXT_ECHO_REQUEST:
    case EXT_ECHO_REPLY:
        extended_echo(d, type == EXT_ECHO_REQUEST);
        break;
    default:
        break;
    }
    if (tl_ok(d) && tl_cursor_left(&d->c) > 0)
        tl_run(d, DATA, tl_cursor_left(&d->c));
}

static enum tl_status icmpv6_dissect(struct tl_dissection *d)
{
    uint8_t type = tl_u8(d, TYPE);
    uint8_t code = tl_u8(d, CODE);
    tl_icmp_code(d, CODE_NAME, codes, type, code);
    uint16_t checksum = tl_u16(d, CHECKSUM);
    tl_icmp_segment(d, pairs, type, code);
    tl_checksum_verify(d, 58, checksum, true);
    switch (type) {
    case ECHO_REQUEST:
    case ECHO_REPLY:
        tl_u16(d, ECHO_ID);
        tl_u16(d, ECHO_SEQ);
        return tl_next_data(d);
    case UNREACHABLE:
    case EXCEEDED:
        tl_run(d, RESERVED, 4);
        return tl_next_quoted(d, TL_ON_ETHERTYPE, 0x86dd);
    case TOO_BIG:
        tl_u32(d, MTU);
        return tl_next_quoted(d, TL_ON_ETHERTYPE, 0x86dd);
    case PROBLEM:
        tl_u32(d, POINTER);
        return tl_next_quoted(d, TL_ON_ETHERTYPE, 0x86dd);
    default:
        break;
    }
    if (d->wanted != NULL) { /* no flow depends on the rest: it is read only for the tree */
        struct tl_part part = tl_part_begin(d, tl_cursor_wire_left(&d->c));
        body(d, type);
        tl_part_close(d, part);
    }
    return tl_next_none(d);
}

const struct tl_protocol tl_protocol_icmpv6 = {
    .name = "icmpv6",
    .title = "Internet Control Message Protocol v6",
    .kind = TL_KIND_TRANSPORT,
    .info = "{type}[ ({code_name})|{code?} Code={code}][ Id={echo.identifier} Seq={echo.sequence_number}][ MTU={mtu}]"
            "[ for {nd.ns.target_address}][ {nd.na.target_address}][ to {nd.rd.target_address}]"
            "[ {mld.multicast_address}][ {mldr.mar.multicast_address,}]",
    .dissect = icmpv6_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_IP_PROTO, 58 } },
};
