/*
 * icmp_layers.c - ICMP (RFC 792, RFC 1256), and ICMPv6 (RFC 4443) with neighbour discovery (RFC 4861), multicast
 * listener discovery (RFC 2710) and node information (RFC 4620).
 */
#include "inject/layer.h"

enum { QUOTED_PORT = 9, ANY_PORT = 50000, OUR_DST = 0, OUR_SRC = 1 /* fields of ip and ip6 */ };

/* The addresses of the IP layer around this one. Returns false, without an error if there is no such layer. */
static bool around(struct tl_building *b, struct tl_address *src, struct tl_address *dst)
{
    const struct tl_layer *ip = NULL;
    for (unsigned i = b->index; i-- > 0 && ip == NULL;)
        if (b->craft->layers[i].type == &tl_craft_layer_ip || b->craft->layers[i].type == &tl_craft_layer_ip6)
            ip = &b->craft->layers[i];
    if (ip == NULL || ip->settings[OUR_DST].count == 0)
        return false;
    dst->version = src->version = ip->type == &tl_craft_layer_ip6 ? 6 : 4;
    tl_craft_address_of(ip, OUR_DST, dst->bytes);
    return tl_craft_address_of(ip, OUR_SRC, src->bytes) ||
           b->world->source(b->world->context, dst, src->bytes, b->error);
}

/*
 * An error without layers inside quotes a datagram to UDP port 9 that the target of the error sent: no error comes
 * without a packet that it is about.
 */
static bool quote(struct tl_building *b)
{
    struct tl_address from = { 0 }, to = { 0 };
    struct tl_frame_bytes *f = tl_craft_whole(b);
    libnet_t *net = b->craft->net;
    if (tl_craft_len(b) > 0 || b->inner != NULL)
        return true;
    if (!around(b, &to, &from))
        return b->error->kind == TL_E_NONE;
    struct tl_header udp = tl_header_udp(net, ANY_PORT, QUOTED_PORT, 8);
    uint32_t sum = tl_header_pseudo(from.bytes, to.bytes, from.version == 6 ? 16 : 4, 17, 8);
    uint16_t checksum = tl_header_checksum(sum, udp.bytes, 8);
    tl_store16(udp.bytes + 6, checksum != 0 ? checksum : 0xffff); /* 0: none (RFC 768) */
    struct tl_header_ipv4 v4 = { .src = from.bytes, .dst = to.bytes, .version = 4, .ttl = 64, .proto = 17, .len = 28,
                                 .id = 1 };
    struct tl_header_ipv6 v6 = { .src = from.bytes, .dst = to.bytes, .version = 6, .next = 17, .hop_limit = 64,
                                 .len = 8 };
    return tl_craft_put(b, f, udp) &&
           tl_craft_put(b, f, from.version == 6 ? tl_header_ipv6(net, &v6) : tl_header_ipv4(net, &v4));
}

enum {
    REPLY = 0,
    UNREACHABLE = 3,
    QUENCH = 4,
    REDIRECT = 5,
    ECHO = 8,
    ADVERTISEMENT = 9,
    SOLICITATION = 10,
    EXCEEDED = 11,
    PARAMETER = 12,
    TIMESTAMP = 13,
    MASK = 17
};
static const struct tl_name icmp_types[] = {
    { REPLY, "reply" },         { UNREACHABLE, "unreachable" }, { QUENCH, "quench" },
    { REDIRECT, "redirect" },   { ECHO, "echo" },               { ADVERTISEMENT, "advertisement" },
    { SOLICITATION, "solicitation" }, { EXCEEDED, "exceeded" }, { PARAMETER, "parameter" },
    { TIMESTAMP, "timestamp" }, { MASK, "mask" },               { 0, NULL },
};

enum { ICMP_TYPE, ICMP_CODE, ICMP_SUM, ICMP_ID, ICMP_SEQ, ICMP_MTU, ICMP_GATEWAY, ICMP_POINTER };
static const struct tl_craft_field icmp_fields[] = {
    [ICMP_TYPE] = { "type", "icmp.type", TL_CRAFT_NUMBER, 255, icmp_types, "a number or a name; default: echo" },
    [ICMP_CODE] = { "code", "icmp.code", TL_CRAFT_NUMBER, 255, NULL, "default: 0" },
    [ICMP_SUM] = { "checksum", "icmp.checksum", TL_CRAFT_CHECKSUM, 0xffff, NULL, "a number or bad" },
    [ICMP_ID] = { "id", "icmp.ident", TL_CRAFT_NUMBER, 0xffff, NULL, "default: 1" },
    [ICMP_SEQ] = { "seq", "icmp.seq", TL_CRAFT_NUMBER, 0xffff, NULL, "default: counts from 1" },
    [ICMP_MTU] = { "mtu", "icmp.mtu", TL_CRAFT_NUMBER, 0xffff, NULL, "of unreachable, code 4; default: 0" },
    [ICMP_GATEWAY] = { "gateway", "icmp.redir_gw", TL_CRAFT_IPV4, 0, NULL, "of redirect" },
    [ICMP_POINTER] = { "pointer", "icmp.pointer", TL_CRAFT_NUMBER, 255, NULL, "of parameter: the byte; default: 0" },
};

static bool is_error(uint8_t type)
{
    return type == UNREACHABLE || type == QUENCH || type == REDIRECT || type == EXCEEDED || type == PARAMETER;
}

/* The header, with the fields that are not those of echo. */
static bool icmp_put(struct tl_building *b, uint8_t type, uint8_t code)
{
    libnet_t *net = b->craft->net;
    uint16_t id = (uint16_t)tl_craft_number(b, ICMP_ID, 1);
    uint16_t seq = (uint16_t)tl_craft_number(b, ICMP_SEQ, (b->number + 1) & 0xffff);
    uint8_t gateway[4] = { 0 };
    uint32_t to;
    libnet_ptag_t tag = -1;
    tl_craft_address(b, ICMP_GATEWAY, gateway);
    memcpy(&to, gateway, 4);
    if (type == UNREACHABLE)
        tag = libnet_build_icmpv4_unreach(type, code, 0, NULL, 0, net, 0);
    else if (type == REDIRECT)
        tag = libnet_build_icmpv4_redirect(type, code, 0, to, NULL, 0, net, 0);
    else if (type == EXCEEDED)
        tag = libnet_build_icmpv4_timeexceed(type, code, 0, NULL, 0, net, 0);
    else if (type == TIMESTAMP || type == TIMESTAMP + 1)
        tag = libnet_build_icmpv4_timestamp(type, code, 0, id, seq, 0, 0, 0, NULL, 0, net, 0);
    else if (type == MASK || type == MASK + 1)
        tag = libnet_build_icmpv4_mask(type, code, 0, id, seq, 0, NULL, 0, net, 0);
    return tag >= 0 ? tl_craft_take(b, tl_craft_whole(b), tag)
                    : tl_craft_put(b, tl_craft_whole(b), tl_header_echo(net, type, code, id, seq));
}

/* The layers inside an error are the packet that it quotes. */
static bool icmp_build(struct tl_building *b)
{
    enum { NO_ROUTERS = 0x0002 /* addresses, and words of each: RFC 1256 section 3 */, LIFETIME = 1800 };
    uint8_t type = (uint8_t)tl_craft_number(b, ICMP_TYPE, ECHO), code = (uint8_t)tl_craft_number(b, ICMP_CODE, 0);
    if ((is_error(type) && !quote(b)) || !icmp_put(b, type, code))
        return false;
    uint8_t *rest = tl_craft_whole(b)->memory + tl_craft_whole(b)->at + 4;
    if (type == UNREACHABLE)
        tl_store32(rest, tl_craft_number(b, ICMP_MTU, 0));
    else if (type == PARAMETER)
        tl_store32(rest, tl_craft_number(b, ICMP_POINTER, 0) << 24);
    else if (type == QUENCH || type == EXCEEDED || type == SOLICITATION)
        tl_store32(rest, 0);
    else if (type == ADVERTISEMENT)
        tl_store32(rest, (uint32_t)NO_ROUTERS << 16 | LIFETIME);
    tl_craft_checksum(b, ICMP_SUM, tl_craft_len(b), 2);
    return true;
}

const struct tl_layer_type tl_craft_layer_icmp = {
    "icmp", "Internet Control Message Protocol", -1, 1, 0, icmp_fields, TL_COUNT(icmp_fields), icmp_build,
};

enum {
    TOO_BIG = 2,
    PARAMETER6 = 4,
    ERRORS_END = 128,
    LISTENER_QUERY = 130,
    LISTENER_REPORT = 131,
    LISTENER_DONE = 132,
    ROUTER_SOLICITATION = 133,
    ROUTER_ADVERTISEMENT = 134,
    NEIGHBOUR_SOLICITATION = 135,
    NEIGHBOUR_ADVERTISEMENT = 136,
    REDIRECT6 = 137,
    NODE_QUERY = 139,
    NODE_REPLY = 140
};
static const struct tl_name icmp6_types[] = {
    { 1, "unreachable" },
    { TOO_BIG, "toobig" },
    { 3, "exceeded" },
    { PARAMETER6, "parameter" },
    { 128, "echo" },
    { 129, "reply" },
    { LISTENER_QUERY, "query" },
    { LISTENER_REPORT, "report" },
    { LISTENER_DONE, "done" },
    { ROUTER_SOLICITATION, "rs" },
    { ROUTER_ADVERTISEMENT, "ra" },
    { NEIGHBOUR_SOLICITATION, "ns" },
    { NEIGHBOUR_ADVERTISEMENT, "na" },
    { REDIRECT6, "redirect" },
    { NODE_QUERY, "nodequery" },
    { 0, NULL },
};
static const struct tl_name na_flags[] = { { 1, "override" }, { 2, "solicited" }, { 4, "router" }, { 0, NULL } };

enum {
    ICMP6_TYPE,
    ICMP6_CODE,
    ICMP6_SUM,
    ICMP6_ID,
    ICMP6_SEQ,
    ICMP6_MTU,
    ICMP6_TARGET,
    ICMP6_FLAGS,
    ICMP6_LINK,
    ICMP6_POINTER,
    ICMP6_LIFETIME,
    ICMP6_PREFIX
};
static const struct tl_craft_field icmp6_fields[] = {
    [ICMP6_TYPE] = { "type", "icmpv6.type", TL_CRAFT_NUMBER, 255, icmp6_types, "a number or a name; default: echo" },
    [ICMP6_CODE] = { "code", "icmpv6.code", TL_CRAFT_NUMBER, 255, NULL, "default: 0" },
    [ICMP6_SUM] = { "checksum", "icmpv6.checksum", TL_CRAFT_CHECKSUM, 0xffff, NULL, "a number or bad" },
    [ICMP6_ID] = { "id", "icmpv6.echo.identifier", TL_CRAFT_NUMBER, 0xffff, NULL, "default: 1" },
    [ICMP6_SEQ] = { "seq", "icmpv6.echo.sequence_number", TL_CRAFT_NUMBER, 0xffff, NULL, "default: counts from 1" },
    [ICMP6_MTU] = { "mtu", "icmpv6.mtu", TL_CRAFT_NUMBER, 0xffffffff, NULL, "of toobig; default: 1280" },
    [ICMP6_TARGET] = { "target", "icmpv6.nd.ns.target_address", TL_CRAFT_IPV6, 0, NULL,
                       "of ns, na, redirect; the group of query, report, done; the address of nodequery" },
    [ICMP6_FLAGS] = { "flags", "icmpv6.nd.na.flag", TL_CRAFT_FLAGS, 7, na_flags, "of na: router, solicited, override" },
    [ICMP6_LINK] = { "link", "icmpv6.opt.src_linkaddr", TL_CRAFT_MAC, 0, NULL,
                     "link-layer address option of rs, ra, ns, na; default for ra and ns: our own" },
    [ICMP6_POINTER] = { "pointer", "icmpv6.pointer", TL_CRAFT_NUMBER, 0xffffffff, NULL,
                        "of parameter: the byte; default: 0" },
    [ICMP6_LIFETIME] = { "lifetime", "icmpv6.nd.ra.router_lifetime", TL_CRAFT_NUMBER, 0xffff, NULL,
                         "of ra: seconds; default: 1800" },
    [ICMP6_PREFIX] = { "prefix", "icmpv6.opt.prefix", TL_CRAFT_IPV6, 0, NULL, "of ra: option: a prefix of 64 bits" },
};

/* Where messages of a link go, unless IPv6 says another: groups of RFC 4291 section 2.7.1, RFC 2710 section 8. */
static void choose_group(struct tl_building *b, uint8_t type, const uint8_t target[16])
{
    static const uint8_t all_nodes[16] = { 0xff, 2, [15] = 1 }, all_routers[16] = { 0xff, 2, [15] = 2 },
                         solicited[13] = { 0xff, 2, [11] = 1, [12] = 0xff }, none[16];
    b->has_group = type != REDIRECT6;
    memcpy(b->group, type == ROUTER_SOLICITATION || type == LISTENER_DONE ? all_routers : all_nodes, 16);
    if (type == NEIGHBOUR_SOLICITATION) {
        memcpy(b->group, solicited, 13);
        memcpy(b->group + 13, target + 13, 3);
    } else if ((type == LISTENER_QUERY || type == LISTENER_REPORT) && memcmp(target, none, 16) != 0) {
        memcpy(b->group, target, 16);
    }
    b->hop_limit = type <= LISTENER_DONE ? 1 : 255;
}

/* A router advertisement: RFC 4861 section 4.2, with options of section 4.6. */
static bool advertisement_build(struct tl_building *b, uint8_t link[6])
{
    enum { HOP_LIMIT = 64, LIFETIME = 1800, PREFIX = 64, DAY = 86400, ON_LINK_AUTONOMOUS = 0xc0 };
    uint8_t prefix[32] = { 3, 4, PREFIX, ON_LINK_AUTONOMOUS }, mtu[8] = { 5, 1 }, head[16] = { 0 };
    struct tl_frame_bytes *f = tl_craft_whole(b);
    tl_store32(prefix + 4, 30 * DAY);
    tl_store32(prefix + 8, 7 * DAY);
    tl_store32(mtu + 4, tl_craft_number(b, ICMP6_MTU, 0));
    if (tl_craft_address(b, ICMP6_PREFIX, prefix + 16) && !tl_craft_prepend(b, f, prefix, sizeof prefix))
        return false;
    if (tl_craft_has(b, ICMP6_MTU) && !tl_craft_prepend(b, f, mtu, sizeof mtu))
        return false;
    if (!tl_craft_take(b, f, libnet_build_icmpv6_ndp_opt(1, link, 6, b->craft->net, 0)))
        return false;
    head[0] = ROUTER_ADVERTISEMENT;
    head[4] = HOP_LIMIT;
    tl_store16(head + 6, tl_craft_number(b, ICMP6_LIFETIME, LIFETIME));
    return tl_craft_prepend(b, f, head, sizeof head);
}

/* Solicitations and advertisements: the target, and an option with a link-layer address. */
static bool neighbour_build(struct tl_building *b, uint8_t type, const uint8_t target[16])
{
    libnet_t *net = b->craft->net;
    uint8_t link[6];
    struct libnet_in6_addr to;
    struct tl_frame_bytes *f = tl_craft_whole(b);
    bool has_link = tl_craft_address(b, ICMP6_LINK, link);
    bool ours = type == NEIGHBOUR_SOLICITATION || type == ROUTER_ADVERTISEMENT;
    if (ours && !has_link) {
        if (!b->world->own(b->world->context, NULL, link, b->error))
            return false;
        has_link = true;
    }
    if (type == ROUTER_ADVERTISEMENT)
        return advertisement_build(b, link);
    if (has_link &&
        !tl_craft_take(b, f, libnet_build_icmpv6_ndp_opt(type == NEIGHBOUR_ADVERTISEMENT ? 2 : 1, link, 6, net, 0)))
        return false;
    memcpy(&to, target, 16);
    if (type == NEIGHBOUR_SOLICITATION)
        return tl_craft_take(b, f, libnet_build_icmpv6_ndp_nsol(type, 0, 0, to, NULL, 0, net, 0));
    if (type == NEIGHBOUR_ADVERTISEMENT)
        return tl_craft_take(b, f,
                             libnet_build_icmpv6_ndp_nadv(
                                 type, 0, 0, (uint32_t)tl_craft_number(b, ICMP6_FLAGS, 0) << 29, to, NULL, 0, net, 0));
    return tl_craft_take(b, f, libnet_build_icmpv6_unreach(type, 0, 0, NULL, 0, net, 0));
}

/*
 * Bytes after the first 8 that a message must have. Unless layers inside give them, they are zeros, and the target where
 * an address belongs. Router renumbering (RFC 2894), certification paths (RFC 3971), duplicate addresses (RFC 6775).
 */
static const struct body {
    uint8_t type, len, target; /* target: where it begins, from these bytes */
} bodies[] = {
    { LISTENER_QUERY, 16, 0 }, { LISTENER_REPORT, 16, 0 }, { LISTENER_DONE, 16, 0 }, { REDIRECT6, 32, 0 },
    { 138, 8, 8 },             { NODE_QUERY, 24, 8 },      { NODE_REPLY, 8, 8 },     { 149, 4, 4 },
    { 155, 2, 2 },             { 157, 24, 8 },             { 158, 24, 8 },
};

static bool body_build(struct tl_building *b, uint8_t type, const uint8_t target[16])
{
    uint8_t bytes[32] = { 0 };
    for (unsigned i = 0; i < TL_COUNT(bodies); i++) {
        const struct body *body = &bodies[i];
        if (body->type != type)
            continue;
        for (unsigned at = body->target; at + 16u <= body->len; at += 16)
            memcpy(bytes + at, target, 16);
        if (!tl_craft_prepend(b, tl_craft_whole(b), bytes, body->len))
            return false;
    }
    return true;
}

/* A message with an identifier and a sequence number, or 4 bytes of another meaning. */
static bool message_build(struct tl_building *b, uint8_t type, uint8_t code, const uint8_t target[16])
{
    libnet_t *net = b->craft->net;
    bool echo = type == 128 || type == 129, quotes = type < ERRORS_END && type != 0;
    uint16_t id = (uint16_t)tl_craft_number(b, ICMP6_ID, echo);
    uint16_t seq = (uint16_t)tl_craft_number(b, ICMP6_SEQ, echo ? (b->number + 1) & 0xffff : 0);
    if (quotes ? !quote(b) : !body_build(b, type, target))
        return false;
    if (!tl_craft_take(b, tl_craft_whole(b), libnet_build_icmpv6_echo(type, code, 0, id, seq, NULL, 0, net, 0)))
        return false;
    uint8_t *rest = tl_craft_whole(b)->memory + tl_craft_whole(b)->at + 4;
    if (type == TOO_BIG)
        tl_store32(rest, tl_craft_number(b, ICMP6_MTU, 1280));
    else if (type == PARAMETER6)
        tl_store32(rest, tl_craft_number(b, ICMP6_POINTER, 0));
    else if (type == NODE_QUERY && !tl_craft_has(b, ICMP6_ID))
        tl_store16(rest, 2); /* asks for names: RFC 4620 section 6.3 */
    return true;
}

static bool icmp6_build(struct tl_building *b)
{
    uint8_t type = (uint8_t)tl_craft_number(b, ICMP6_TYPE, 128), code = (uint8_t)tl_craft_number(b, ICMP6_CODE, 0);
    uint8_t target[16] = { 0 };
    bool has_target = tl_craft_address(b, ICMP6_TARGET, target);
    if (type == NEIGHBOUR_SOLICITATION && !has_target)
        return tl_craft_fail(b, "icmp6: give target, the address that is asked for");
    if (type >= LISTENER_QUERY && type <= REDIRECT6)
        choose_group(b, type, target);
    bool neighbour = type >= ROUTER_SOLICITATION && type <= NEIGHBOUR_ADVERTISEMENT;
    if (neighbour ? !neighbour_build(b, type, target) : !message_build(b, type, code, target))
        return false;
    tl_craft_whole(b)->memory[tl_craft_whole(b)->at + 1] = code;
    tl_craft_await(b, ICMP6_SUM, 58, 2);
    return true;
}

const struct tl_layer_type tl_craft_layer_icmp6 = {
    "icmp6", "ICMP for IPv6, with neighbour discovery", -1, 58, 0, icmp6_fields, TL_COUNT(icmp6_fields), icmp6_build,
};
