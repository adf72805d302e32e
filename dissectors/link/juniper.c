/*
 * juniper.c - the header before packets that Juniper's routers capture (LINKTYPE_JUNIPER_*). The link type is the kind
 * of card; it decides about the cookie, a few bytes from the card, and about the layer that follows.
 *
 *     +-----------------------+-------+---------------+- - - - - - - -+- - - - -+- - -
 *     | magic number          | flags | length        | extensions    | cookie  | packet
 *     +-----------------------+-------+---------------+- - - - - - - -+- - - - -+- - -
 *
 * The length and the extensions (type, length, value) are there if a flag says so. A packet without link layer has
 * four bytes with the protocol in place of the cookie.
 */
#include "core/part.h"
#include "dissectors/header.h"
#include "dissectors/registry.h"

enum { MAGIC, FLAGS, DIRECTION, NO_L2, EXTENSIONS, IFD, IFD_NAME, IFMT, IFL, UNIT, IFLE, TTP_IFMT, TTP_IFLE, EXT_TYPE,
       EXT_VALUE, PROTO, COOKIE_LEN, ATM1_COOKIE, ATM2_COOKIE, ML_COOKIE, LS_COOKIE, AS_COOKIE, COOKIE, SERVICE,
       GGSN_PROTO, VLAN, SA, TTL, SA_TYPE, SPI, TUNNEL_SRC, TUNNEL_DST, CONTROL, TYPE };

static const struct tl_name directions[] = { { 0, "Out" }, { 1, "In" }, { 0, NULL } };
static const struct tl_name presences[] = { { 0, "Present" }, { 1, "Not present" }, { 0, NULL } };

/* Of a packet without link layer; those above 199 are layers. */
enum { P_IPV4 = 2, P_MPLS_IPV4 = 3, P_IPV4_MPLS = 4, P_MPLS = 5, P_IPV6 = 6, P_MPLS_IPV6 = 7, P_IPV6_MPLS = 8 };
static const struct tl_name protos[] = {
    { 0, "Unknown" },   { P_IPV4, "IPv4" }, { P_MPLS_IPV4, "MPLS, IPv4" }, { P_IPV4_MPLS, "IPv4, MPLS" },
    { P_MPLS, "MPLS" }, { P_IPV6, "IPv6" }, { P_MPLS_IPV6, "MPLS, IPv6" }, { P_IPV6_MPLS, "IPv6, MPLS" },
    { 0, NULL },
};

static const struct tl_name media[] = {
    { 1, "Ethernet" },        { 2, "FDDI" },           { 3, "Token ring" },      { 4, "PPP" },
    { 5, "Frame Relay" },     { 6, "Cisco HDLC" },     { 8, "ATM" },             { 11, "IP in IP" },
    { 12, "GRE" },            { 13, "PIM" },           { 17, "Multilink PPP" },  { 18, "Multilink Frame Relay" },
    { 19, "Multilink" },      { 20, "LSI" },           { 23, "IPsec" },          { 24, "GGSN" },
    { 31, "VPN loopback" },   { 34, "Monitor" },       { 40, "Link services" },  { 44, "Logical tunnel" },
    { 45, "Services" },       { 53, "Flow collector" }, { 56, "PPPoE" },         { 60, "PIC peer" },
    { 0, NULL },
};

static const struct tl_name encapsulations[] = {
    { 2, "ATM SNAP" },        { 3, "ATM NLPID" },      { 4, "ATM VC multiplexed" }, { 5, "ATM LLC" },
    { 6, "PPP over ATM" },    { 10, "Frame Relay NLPID" }, { 11, "Frame Relay SNAP" }, { 12, "PPP over Frame Relay" },
    { 14, "Ethernet" },       { 15, "802.3 SNAP" },    { 16, "802.3 LLC" },      { 17, "PPP" },
    { 18, "Cisco HDLC" },     { 20, "IP in IP" },      { 22, "GRE" },            { 23, "PPP over GRE" },
    { 28, "Multilink PPP" },  { 29, "Multilink Frame Relay" }, { 33, "IPsec" },  { 34, "GGSN" },
    { 44, "Monitor" },        { 52, "Services" },      { 62, "PPPoE over Ethernet" }, { 63, "PPPoE" },
    { 0, NULL },
};

static const struct tl_name sa_types[] = {
    { 1, "ESP encryption and authentication" }, { 2, "ESP encryption, AH authentication" }, { 3, "ESP authentication" },
    { 4, "AH authentication" }, { 5, "ESP encryption" }, { 0, NULL },
};

static const struct tl_field fields[] = {
    [MAGIC] = { "juniper.magic-number", "Magic number", .type = TL_U24, .base = TL_HEX },
    [FLAGS] = { "juniper.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [DIRECTION] = { "juniper.direction", "Direction", .type = TL_U8, .base = TL_HEX, .mask = 0x01,
                    .names = directions },
    [NO_L2] = { "juniper.l2hdr", "Link layer", .type = TL_U8, .base = TL_HEX, .mask = 0x02, .names = presences },
    [EXTENSIONS] = { "juniper.ext_total_len", "Length of the extensions", .type = TL_U16, .unit = "bytes" },
    [IFD] = { "juniper.ext.ifd", "Device", .type = TL_U32 },
    [IFD_NAME] = { "juniper.ext.ifd_name", "Device name", .type = TL_TEXT },
    [IFMT] = { "juniper.ext.ifmt", "Medium", .type = TL_U16, .names = media },
    [IFL] = { "juniper.ext.ifl", "Logical interface", .type = TL_U32 },
    [UNIT] = { "juniper.ext.unit", "Unit", .type = TL_U32 },
    [IFLE] = { "juniper.ext.ifle", "Encapsulation", .type = TL_U16, .names = encapsulations },
    [TTP_IFMT] = { "juniper.ext.ttp_ifmt", "Medium, as TTP has it", .type = TL_U16, .names = media },
    [TTP_IFLE] = { "juniper.ext.ttp_ifle", "Encapsulation, as TTP has it", .type = TL_U16, .names = encapsulations },
    [EXT_TYPE] = { "juniper.ext.type", "Other extension", .type = TL_U8, .flags = TL_REPEATS },
    [EXT_VALUE] = { "juniper.ext.value", "Its value", .type = TL_BYTES, .flags = TL_REPEATS },
    [PROTO] = { "juniper.no_l2.proto", "Protocol", .type = TL_U8, .names = protos },
    [COOKIE_LEN] = { "juniper.cookie_len", "Length of the cookie", .type = TL_U32, .flags = TL_DERIVED,
                     .unit = "bytes" },
    [ATM1_COOKIE] = { "juniper.atm1.cookie", "Cookie", .type = TL_U32, .base = TL_HEX },
    [ATM2_COOKIE] = { "juniper.atm2.cookie", "Cookie", .type = TL_U64, .base = TL_HEX },
    [ML_COOKIE] = { "juniper.mlpic.cookie", "Cookie", .type = TL_U16, .base = TL_HEX },
    [LS_COOKIE] = { "juniper.lspic.cookie", "Cookie", .type = TL_U32, .base = TL_HEX },
    [AS_COOKIE] = { "juniper.aspic.cookie", "Cookie", .type = TL_U64, .base = TL_HEX },
    [COOKIE] = { "juniper.cookie", "Cookie", .type = TL_BYTES },
    [SERVICE] = { "juniper.service", "Service", .type = TL_U8 },
    [GGSN_PROTO] = { "juniper.proto", "Protocol", .type = TL_U16 },
    [VLAN] = { "juniper.vlan", "VLAN", .type = TL_U16 },
    [SA] = { "juniper.sa", "Security association", .type = TL_U16 },
    [TTL] = { "juniper.sa.ttl", "Time to live", .type = TL_U8 },
    [SA_TYPE] = { "juniper.sa.type", "Protection", .type = TL_U8, .names = sa_types },
    [SPI] = { "juniper.sa.spi", "SPI", .type = TL_U32, .base = TL_HEX },
    [TUNNEL_SRC] = { "juniper.sa.src", "Source of the tunnel", .type = TL_IPV4 },
    [TUNNEL_DST] = { "juniper.sa.dst", "Destination of the tunnel", .type = TL_IPV4 },
    [CONTROL] = { "juniper.control", "Control", .type = TL_U8, .base = TL_HEX },
    [TYPE] = { "juniper.type", "Type", .type = TL_U16, .base = TL_HEX, .names = tl_ethertype_names },
};

/* The link types. */
enum { MLPPP = 130, MLFR, ES, GGSN, MFR, ATM2, SERVICES, ATM1, MONITOR = 164, PPPOE = 167, PPPOE_ATM, ETHER = 178, PPP,
       FRELAY, CHDLC, VP = 183 };

enum { MAGIC_NUMBER = 0x4d4743, IS_IN = 0x01, HAS_NO_L2 = 0x02, HAS_EXTENSIONS = 0x80 };

/* Reads the value of an extension: little-endian if its type is below 128. */
static void number(struct tl_dissection *d, unsigned field, bool little, uint32_t len)
{
    const uint8_t *p = tl_cursor_take(&d->c, len);
    if (p == NULL)
        return;
    uint64_t value = 0;
    for (uint32_t i = 0; i < len; i++)
        value = value << 8 | p[little ? len - 1 - i : i];
    tl_add(d, field, d->c.off - len, len, value);
}

/* Reads a value. `seen` has the types that were read: a second one of a type is shown as it is. */
static void extension(struct tl_dissection *d, uint8_t type, uint32_t len, unsigned *seen)
{
    static const uint8_t known[] = { [1] = IFD, [2] = IFD_NAME, [3] = IFMT, [4] = IFL, [5] = UNIT, [6] = IFLE,
                                     [7] = TTP_IFMT, [8] = TTP_IFLE };
    static const uint8_t sizes[] = { [1] = 4, [3] = 2, [4] = 4, [5] = 4, [6] = 2, [7] = 2, [8] = 2 };
    bool first = type < TL_COUNT(known) && (*seen >> type & 1) == 0;
    unsigned field = first ? known[type] : 0;
    if (first)
        *seen |= 1U << type;
    if (field == IFD_NAME) {
        tl_run(d, IFD_NAME, len);
    } else if (field != 0 && len <= sizes[type]) {
        number(d, field, type < 128, len);
    } else {
        tl_add(d, EXT_TYPE, d->c.off - 2, 2, type); /* its length is one reason to show it so */
        tl_run(d, EXT_VALUE, len);
    }
}

static void extensions(struct tl_dissection *d)
{
    unsigned seen = 0;
    struct tl_part all = tl_part_begin(d, tl_u16(d, EXTENSIONS));
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 2) {
        const uint8_t *p = tl_cursor_take(&d->c, 2);
        if (p == NULL || p[0] == 0 || p[1] == 0) /* zeros fill the rest */
            break;
        extension(d, p[0], p[1], &seen);
    }
    tl_part_end(d, all);
}

static enum tl_status without_link_layer(struct tl_dissection *d)
{
    uint8_t proto = tl_u8(d, PROTO);
    tl_skip(d, 3);
    switch (proto) {
    case P_MPLS_IPV4:
    case P_MPLS:
    case P_MPLS_IPV6:
        return tl_next(d, TL_ON_ETHERTYPE, 0x8847);
    default:
        return tl_next_ip(d);
    }
}

/*
 * The cookies of cards for multilink and services begin with a byte that identifies them. The last but two of the
 * second kind has the network protocol.
 */
enum { LS_ID = 0x54, AS_ID = 0x47, AS_SIZE = 8, AS_PROTO = 5, AS_FLAGS = 4, AS_FROM_ENGINE = 0x0c };
enum as_proto { AS_IPV4 = 0x00, AS_IPV6 = 0x10, AS_MPLS = 0x20, AS_OSI = 0x30, AS_PROTO_MASK = 0x70 };

struct cookie {
    uint8_t bytes[AS_SIZE];
    uint32_t len;
};

static struct cookie read_cookie(struct tl_dissection *d, unsigned field, uint32_t len)
{
    struct cookie cookie = { .len = len };
    const uint8_t *p = tl_cursor_take(&d->c, len);
    if (p == NULL)
        return cookie;
    memcpy(cookie.bytes, p, len);
    uint64_t value = 0;
    for (uint32_t i = 0; i < len; i++)
        value = value << 8 | p[i];
    tl_add(d, field, d->c.off - len, len, value);
    return cookie;
}

/* `plain` is the size of a cookie of neither kind. */
static struct cookie multilink_cookie(struct tl_dissection *d, uint32_t plain)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    uint8_t id = p != NULL ? p[0] : 0;
    uint32_t len = id == AS_ID ? AS_SIZE : id == LS_ID ? plain + 2 : plain;
    if (p != NULL)
        tl_add(d, COOKIE_LEN, d->c.off, 0, len);
    return read_cookie(d, len == AS_SIZE ? AS_COOKIE : len == 2 ? ML_COOKIE : len == 4 ? LS_COOKIE : COOKIE, len);
}

static enum tl_status as_payload(struct tl_dissection *d, const struct cookie *cookie)
{
    switch (cookie->bytes[AS_PROTO] & AS_PROTO_MASK) {
    case AS_IPV4:
        /* A packet from the routing engine has no cookie: this is PPP that arrived. */
        if (cookie->bytes[AS_FLAGS] == AS_FROM_ENGINE)
            return tl_next_protocol(d, &tl_protocol_ppp);
        return tl_next(d, TL_ON_ETHERTYPE, 0x0800);
    case AS_IPV6:
        return tl_next(d, TL_ON_ETHERTYPE, 0x86dd);
    case AS_MPLS:
        return tl_next(d, TL_ON_ETHERTYPE, 0x8847);
    case AS_OSI:
        return tl_next_protocol(d, &tl_protocol_osi);
    default:
        return tl_next_data(d);
    }
}

/* Do the next bytes begin like this? What was not captured is taken to fit. */
static bool begins(const struct tl_dissection *d, const char *bytes, uint32_t len)
{
    uint32_t n = tl_cursor_left(&d->c);
    if (n == 0 || tl_cursor_wire_left(&d->c) < len)
        return false;
    n = n < len ? n : len;
    return memcmp(tl_cursor_peek(&d->c, 0, n), bytes, n) == 0;
}

/* Is this the number of a protocol that a router sends in PPP? */
static bool is_ppp(const uint8_t *p)
{
    static const uint16_t usual[] = { 0x0021, 0x0023, 0x003d, 0x0057, 0x0281, 0x0283, 0x8021, 0x8023,
                                      0x8057, 0x8281, 0xc021, 0xc023, 0xc223 };
    for (unsigned i = 0; p != NULL && i < TL_COUNT(usual); i++) {
        if (tl_load_be16(p) == usual[i])
            return true;
    }
    return false;
}

static enum tl_status mlppp(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 2);
    if (begins(d, "\xff\x03", 2) || is_ppp(p)) { /* captured on one of the links */
        tl_add(d, COOKIE_LEN, d->c.off, 0, 0);
        return tl_next_protocol(d, &tl_protocol_ppp);
    }
    struct cookie cookie = multilink_cookie(d, 2);
    return cookie.len == AS_SIZE ? as_payload(d, &cookie) : tl_next_protocol(d, &tl_protocol_ppp);
}

enum { UNNUMBERED_INFORMATION = 0x03 };

/* Multilink Frame Relay: an OSI network layer header after its control byte. */
static enum tl_status mlfr(struct tl_dissection *d, uint32_t plain)
{
    struct cookie cookie = multilink_cookie(d, plain);
    if (cookie.len == AS_SIZE)
        return as_payload(d, &cookie);
    if (begins(d, "\xfe\xfe", 2))
        return tl_next_protocol(d, &tl_protocol_llc);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    if (p == NULL || p[0] != UNNUMBERED_INFORMATION)
        return tl_next_data(d);
    tl_u8(d, CONTROL);
    return tl_next_protocol(d, &tl_protocol_osi);
}

static enum tl_status mfr(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    if (p != NULL && (p[0] & 0xc0) == 0xc0) /* a fragment with both its ends, on one of the links: without a cookie */
        return tl_next_data(d);
    return mlfr(d, 4);
}

/* RFC 2684 in its forms, none of which says which it is. */
static enum tl_status on_circuit(struct tl_dissection *d, bool ethernet, bool ppp)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    if (begins(d, "\xfe\xfe\x03", 3) || begins(d, "\xaa\xaa\x03", 3))
        return tl_next_protocol(d, &tl_protocol_llc);
    if (ethernet)
        return tl_next_protocol(d, &tl_protocol_eth);
    if (p != NULL && p[0] == UNNUMBERED_INFORMATION) {
        tl_u8(d, CONTROL);
        return tl_next_protocol(d, &tl_protocol_osi);
    }
    if (ppp && is_ppp(tl_cursor_peek(&d->c, 0, 2)))
        return tl_next_protocol(d, &tl_protocol_ppp);
    return tl_next_ip(d);
}

static enum tl_status atm1(struct tl_dissection *d)
{
    struct cookie cookie = read_cookie(d, ATM1_COOKIE, 4);
    if (cookie.bytes[0] == 0x80) /* a cell of operation and maintenance */
        return tl_next_data(d);
    return on_circuit(d, false, false);
}

static enum tl_status atm2(struct tl_dissection *d, bool in)
{
    struct cookie cookie = read_cookie(d, ATM2_COOKIE, 8);
    if ((cookie.bytes[7] & 0x70) != 0) /* a cell of operation and maintenance */
        return tl_next_data(d);
    return on_circuit(d, !in && (cookie.bytes[3] & 0x3f) != 0, true);
}

static enum tl_status ggsn(struct tl_dissection *d)
{
    tl_u8(d, SERVICE);
    tl_skip(d, 1); /* flags and a length */
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    uint8_t proto = p != NULL ? p[0] : 0;
    if (p != NULL)
        tl_add(d, GGSN_PROTO, d->c.off - 1, 1, proto);
    tl_skip(d, 1);
    tl_u16(d, VLAN);
    tl_skip(d, 2);
    return proto == P_IPV4   ? tl_next(d, TL_ON_ETHERTYPE, 0x0800)
           : proto == P_IPV6 ? tl_next(d, TL_ON_ETHERTYPE, 0x86dd)
                             : tl_next_data(d);
}

/* Encryption services: one association has a header of 16 bytes, a bundle of them a header that is not captured. */
static enum tl_status encrypted(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 3, 1);
    if (p != NULL && (p[0] == 1 || p[0] == 2))
        return tl_next_ip(d);
    tl_u16(d, SA);
    tl_u8(d, TTL);
    uint8_t type = tl_u8(d, SA_TYPE);
    if (!tl_ok(d) || type < 3 || type > 5)
        return tl_next_data(d);
    tl_u32(d, SPI);
    tl_ipv4(d, TUNNEL_SRC);
    tl_ipv4(d, TUNNEL_DST);
    return tl_next_ip(d);
}

static enum tl_status packet(struct tl_dissection *d, uint16_t linktype, bool in)
{
    switch (linktype) {
    case MLPPP:
        return mlppp(d);
    case MLFR:
        return mlfr(d, 2);
    case MFR:
        return mfr(d);
    case ES:
        return encrypted(d);
    case GGSN:
        return ggsn(d);
    case ATM1:
        return atm1(d);
    case ATM2:
        return atm2(d, in);
    case MONITOR:
    case SERVICES:
        (void)read_cookie(d, AS_COOKIE, AS_SIZE);
        return tl_next_ip(d);
    case PPPOE_ATM:
        return tl_next(d, TL_ON_ETHERTYPE, tl_u16(d, TYPE));
    case PPP:
        return tl_next_protocol(d, &tl_protocol_ppp);
    case FRELAY:
        return tl_next_protocol(d, &tl_protocol_fr);
    case CHDLC:
        return tl_next_protocol(d, &tl_protocol_chdlc);
    case VP:
        tl_skip(d, 18);
        return tl_next_ip(d);
    default: /* ETHER, PPPOE */
        return tl_next_protocol(d, &tl_protocol_eth);
    }
}

static enum tl_status juniper_dissect(struct tl_dissection *d)
{
    uint32_t magic = tl_u24(d, MAGIC);
    if (tl_ok(d) && magic != MAGIC_NUMBER)
        tl_bad(d);
    uint8_t flags = tl_u8(d, FLAGS);
    if (tl_ok(d))
        tl_add_all_bits(d, DIRECTION, NO_L2, d->c.off - 1, 1, flags);
    if ((flags & HAS_EXTENSIONS) != 0)
        extensions(d);
    if ((flags & HAS_NO_L2) != 0)
        return without_link_layer(d);
    return packet(d, d->frame->packet != NULL ? d->frame->packet->linktype : ETHER, (flags & IS_IN) != 0);
}

const struct tl_protocol tl_protocol_juniper = {
    .name = "juniper",
    .title = "Juniper",
    .kind = TL_KIND_LAYER,
    .info = "Juniper[ {direction}][ {ext.ifle}]",
    .dissect = juniper_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_LINKTYPE, MLPPP }, { TL_ON_LINKTYPE, MLFR }, { TL_ON_LINKTYPE, ES }, { TL_ON_LINKTYPE, GGSN },
            { TL_ON_LINKTYPE, MFR }, { TL_ON_LINKTYPE, ATM2 }, { TL_ON_LINKTYPE, SERVICES }, { TL_ON_LINKTYPE, ATM1 },
            { TL_ON_LINKTYPE, MONITOR }, { TL_ON_LINKTYPE, PPPOE }, { TL_ON_LINKTYPE, PPPOE_ATM },
            { TL_ON_LINKTYPE, ETHER }, { TL_ON_LINKTYPE, PPP }, { TL_ON_LINKTYPE, FRELAY }, { TL_ON_LINKTYPE, CHDLC },
            { TL_ON_LINKTYPE, VP } },
};
