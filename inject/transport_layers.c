/*
 * transport_layers.c - ICMP (RFC 792), ICMPv6 (RFC 4443, RFC 4861), TCP (RFC 9293), UDP (RFC 768), and the tunnels GRE
 * (RFC 2784, RFC 2890) and VXLAN (RFC 7348).
 */
#include "inject/layer.h"

enum { ANY_PORT = 50000 };

/* The layer of the addresses computes the checksum, unless the field gives it. */
static void await_checksum(struct tl_building *b, unsigned field, uint8_t proto, size_t at)
{
    if (tl_craft_has(b, field) && !b->layer->now[field].bad) {
        tl_store16(tl_craft_whole(b)->memory + tl_craft_whole(b)->at + at, b->layer->now[field].number);
        b->awaited.wanted = false;
        return;
    }
    b->awaited = (struct tl_awaited){ .wanted = true,
                                      .bad = tl_craft_has(b, field),
                                      .zero_is_ones = proto == 17,
                                      .proto = proto,
                                      .span = tl_craft_len(b),
                                      .at = at };
}

static const struct tl_name icmp_types[] = {
    { 0, "reply" },     { 3, "unreachable" }, { 4, "quench" },     { 5, "redirect" }, { 8, "echo" },
    { 11, "exceeded" }, { 12, "parameter" },  { 13, "timestamp" }, { 17, "mask" },    { 0, NULL },
};

enum { ICMP_TYPE, ICMP_CODE, ICMP_SUM, ICMP_ID, ICMP_SEQ, ICMP_MTU, ICMP_GATEWAY };
static const struct tl_craft_field icmp_fields[] = {
    [ICMP_TYPE] = { "type", "icmp.type", TL_CRAFT_NUMBER, 255, icmp_types, "a number or a name; default: echo" },
    [ICMP_CODE] = { "code", "icmp.code", TL_CRAFT_NUMBER, 255, NULL, "default: 0" },
    [ICMP_SUM] = { "checksum", "icmp.checksum", TL_CRAFT_CHECKSUM, 0xffff, NULL, "a number or bad" },
    [ICMP_ID] = { "id", "icmp.ident", TL_CRAFT_NUMBER, 0xffff, NULL, "default: 1" },
    [ICMP_SEQ] = { "seq", "icmp.seq", TL_CRAFT_NUMBER, 0xffff, NULL, "default: counts from 1" },
    [ICMP_MTU] = { "mtu", "icmp.mtu", TL_CRAFT_NUMBER, 0xffff, NULL, "of unreachable, code 4; default: 0" },
    [ICMP_GATEWAY] = { "gateway", "icmp.redir_gw", TL_CRAFT_IPV4, 0, NULL, "of redirect" },
};

/* The layers inside an error are the packet that it quotes. */
static bool icmp_build(struct tl_building *b)
{
    libnet_t *net = b->craft->net;
    uint8_t type = (uint8_t)tl_craft_number(b, ICMP_TYPE, 8), code = (uint8_t)tl_craft_number(b, ICMP_CODE, 0);
    uint16_t id = (uint16_t)tl_craft_number(b, ICMP_ID, 1);
    uint16_t seq = (uint16_t)tl_craft_number(b, ICMP_SEQ, (b->number + 1) & 0xffff);
    uint8_t gateway[4] = { 0 };
    uint32_t to;
    libnet_ptag_t tag = -1;
    tl_craft_address(b, ICMP_GATEWAY, gateway);
    memcpy(&to, gateway, 4);
    if (type == 3)
        tag = libnet_build_icmpv4_unreach(type, code, 0, NULL, 0, net, 0);
    else if (type == 5)
        tag = libnet_build_icmpv4_redirect(type, code, 0, to, NULL, 0, net, 0);
    else if (type == 11)
        tag = libnet_build_icmpv4_timeexceed(type, code, 0, NULL, 0, net, 0);
    else if (type == 13 || type == 14)
        tag = libnet_build_icmpv4_timestamp(type, code, 0, id, seq, 0, 0, 0, NULL, 0, net, 0);
    else if (type == 17 || type == 18)
        tag = libnet_build_icmpv4_mask(type, code, 0, id, seq, 0, NULL, 0, net, 0);
    if (tag >= 0 ? !tl_craft_take(b, tl_craft_whole(b), tag)
                 : !tl_craft_put(b, tl_craft_whole(b), tl_header_echo(net, type, code, id, seq)))
        return false;
    uint8_t *at = tl_craft_whole(b)->memory + tl_craft_whole(b)->at;
    if (type == 3)
        tl_store32(at + 4, tl_craft_number(b, ICMP_MTU, 0));
    else if (type == 4 || type == 11 || type == 12)
        tl_store32(at + 4, 0);
    tl_craft_checksum(b, ICMP_SUM, tl_craft_len(b), 2);
    return true;
}

const struct tl_layer_type tl_craft_layer_icmp = {
    "icmp", "Internet Control Message Protocol", -1, 1, 0, icmp_fields, TL_COUNT(icmp_fields), icmp_build,
};

static const struct tl_name icmp6_types[] = {
    { 1, "unreachable" }, { 2, "toobig" }, { 3, "exceeded" }, { 4, "parameter" }, { 128, "echo" }, { 129, "reply" },
    { 133, "rs" },        { 134, "ra" },   { 135, "ns" },     { 136, "na" },      { 0, NULL },
};
static const struct tl_name na_flags[] = { { 1, "override" }, { 2, "solicited" }, { 4, "router" }, { 0, NULL } };

enum { ICMP6_TYPE, ICMP6_CODE, ICMP6_SUM, ICMP6_ID, ICMP6_SEQ, ICMP6_MTU, ICMP6_TARGET, ICMP6_FLAGS, ICMP6_LINK };
static const struct tl_craft_field icmp6_fields[] = {
    [ICMP6_TYPE] = { "type", "icmpv6.type", TL_CRAFT_NUMBER, 255, icmp6_types, "a number or a name; default: echo" },
    [ICMP6_CODE] = { "code", "icmpv6.code", TL_CRAFT_NUMBER, 255, NULL, "default: 0" },
    [ICMP6_SUM] = { "checksum", "icmpv6.checksum", TL_CRAFT_CHECKSUM, 0xffff, NULL, "a number or bad" },
    [ICMP6_ID] = { "id", "icmpv6.echo.identifier", TL_CRAFT_NUMBER, 0xffff, NULL, "default: 1" },
    [ICMP6_SEQ] = { "seq", "icmpv6.echo.sequence_number", TL_CRAFT_NUMBER, 0xffff, NULL, "default: counts from 1" },
    [ICMP6_MTU] = { "mtu", "icmpv6.mtu", TL_CRAFT_NUMBER, 0xffffffff, NULL, "of toobig; default: 1280" },
    [ICMP6_TARGET] = { "target", "icmpv6.nd.ns.target_address", TL_CRAFT_IPV6, 0, NULL, "of ns and na" },
    [ICMP6_FLAGS] = { "flags", "icmpv6.nd.na.flag", TL_CRAFT_FLAGS, 7, na_flags, "of na: router, solicited, override" },
    [ICMP6_LINK] = { "link", "icmpv6.opt.linkaddr", TL_CRAFT_MAC, 0, NULL,
                     "link-layer address option of rs, ns, na; default for ns: our own" },
};

/* Solicitations and advertisements: the target, and an option with a link-layer address. */
static bool neighbour_build(struct tl_building *b, uint8_t type)
{
    libnet_t *net = b->craft->net;
    uint8_t target[16] = { 0 }, link[6];
    struct libnet_in6_addr to;
    struct tl_frame_bytes *f = tl_craft_whole(b);
    b->neighbours = true;
    bool has_target = tl_craft_address(b, ICMP6_TARGET, target);
    bool has_link = tl_craft_address(b, ICMP6_LINK, link);
    if (type == 135 && !has_target)
        return tl_craft_fail(b, "icmp6: give target, the address that is asked for");
    if (type == 135) { /* the group of the target: RFC 4291 section 2.7.1 */
        memcpy(b->final, "\xff\x02\0\0\0\0\0\0\0\0\0\x01\xff", 13);
        memcpy(b->final + 13, target + 13, 3);
    } else {
        memcpy(b->final, "\xff\x02\0\0\0\0\0\0\0\0\0\0\0\0\0", 15);
        b->final[15] = type == 133 ? 2 : 1;
    }
    b->has_final = true;
    if (!has_link && type == 135)
        has_link = b->world->own(b->world->context, NULL, link, b->error);
    if (type == 135 && !has_link)
        return false;
    if (has_link && !tl_craft_take(b, f, libnet_build_icmpv6_ndp_opt(type == 136 ? 2 : 1, link, 6, net, 0)))
        return false;
    memcpy(&to, target, 16);
    if (type == 135)
        return tl_craft_take(b, f, libnet_build_icmpv6_ndp_nsol(type, 0, 0, to, NULL, 0, net, 0));
    if (type == 136)
        return tl_craft_take(b, f,
                             libnet_build_icmpv6_ndp_nadv(
                                 type, 0, 0, (uint32_t)tl_craft_number(b, ICMP6_FLAGS, 0) << 29, to, NULL, 0, net, 0));
    return tl_craft_take(b, f, libnet_build_icmpv6_unreach(type, 0, 0, NULL, 0, net, 0));
}

static bool icmp6_build(struct tl_building *b)
{
    libnet_t *net = b->craft->net;
    uint8_t type = (uint8_t)tl_craft_number(b, ICMP6_TYPE, 128), code = (uint8_t)tl_craft_number(b, ICMP6_CODE, 0);
    if (type == 133 || type == 135 || type == 136) {
        if (!neighbour_build(b, type))
            return false;
    } else if (type < 128) {
        if (!tl_craft_take(b, tl_craft_whole(b), libnet_build_icmpv6_unreach(type, code, 0, NULL, 0, net, 0)))
            return false;
        if (type == 2)
            tl_store32(tl_craft_whole(b)->memory + tl_craft_whole(b)->at + 4, tl_craft_number(b, ICMP6_MTU, 1280));
    } else if (!tl_craft_take(
                   b, tl_craft_whole(b),
                   libnet_build_icmpv6_echo(type, code, 0, (uint16_t)tl_craft_number(b, ICMP6_ID, 1),
                                            (uint16_t)tl_craft_number(b, ICMP6_SEQ, (b->number + 1) & 0xffff), NULL, 0,
                                            net, 0))) {
        return false;
    }
    tl_craft_whole(b)->memory[tl_craft_whole(b)->at + 1] = code;
    await_checksum(b, ICMP6_SUM, 58, 2);
    return true;
}

const struct tl_layer_type tl_craft_layer_icmp6 = {
    "icmp6", "ICMP for IPv6, with neighbour discovery", -1, 58, 0, icmp6_fields, TL_COUNT(icmp6_fields), icmp6_build,
};

static const struct tl_name tcp_flags[] = {
    { 1, "fin" },  { 2, "syn" },  { 4, "rst" },   { 8, "psh" }, { 16, "ack" },
    { 32, "urg" }, { 64, "ece" }, { 128, "cwr" }, { 0, NULL },
};

enum {
    TCP_DPORT,
    TCP_SPORT,
    TCP_FLAGS,
    TCP_SEQ,
    TCP_ACK,
    TCP_WINDOW,
    TCP_SUM,
    TCP_URGENT,
    TCP_HLEN,
    TCP_MSS,
    TCP_SCALE,
    TCP_SACK,
    TCP_TSVAL,
    TCP_TSECR,
    TCP_OPTIONS
};
static const struct tl_craft_field tcp_fields[] = {
    [TCP_DPORT] = { "dport", "tcp.dstport", TL_CRAFT_NUMBER, 0xffff, NULL, "default: that of the next layer, else 80" },
    [TCP_SPORT] = { "sport", "tcp.srcport", TL_CRAFT_NUMBER, 0xffff, NULL, "default: 50000" },
    [TCP_FLAGS] = { "flags", "tcp.flags", TL_CRAFT_FLAGS, 255, tcp_flags,
                    "fin+syn+rst+psh+ack+urg+ece+cwr; default: syn" },
    [TCP_SEQ] = { "seq", "tcp.seq_raw", TL_CRAFT_NUMBER, 0xffffffff, NULL, "default: 1000" },
    [TCP_ACK] = { "ack", "tcp.ack_raw", TL_CRAFT_NUMBER, 0xffffffff, NULL, "default: 0" },
    [TCP_WINDOW] = { "window", "tcp.window_size_value", TL_CRAFT_NUMBER, 0xffff, NULL, "default: 64240" },
    [TCP_SUM] = { "checksum", "tcp.checksum", TL_CRAFT_CHECKSUM, 0xffff, NULL, "a number or bad" },
    [TCP_URGENT] = { "urgent", "tcp.urgent_pointer", TL_CRAFT_NUMBER, 0xffff, NULL, "default: 0" },
    [TCP_HLEN] = { "hlen", "tcp.hdr_len", TL_CRAFT_NUMBER, 60, NULL, "bytes, a multiple of 4; default: the right one" },
    [TCP_MSS] = { "mss", "tcp.options.mss_val", TL_CRAFT_NUMBER, 0xffff, NULL, "option: largest segment" },
    [TCP_SCALE] = { "wscale", "tcp.options.wscale.shift", TL_CRAFT_NUMBER, 255, NULL, "option: window scale" },
    [TCP_SACK] = { "sack", "tcp.options.sack_perm", TL_CRAFT_NUMBER, 1, NULL, "1: option: SACK permitted" },
    [TCP_TSVAL] = { "tsval", "tcp.options.timestamp.tsval", TL_CRAFT_NUMBER, 0xffffffff, NULL, "option: timestamp" },
    [TCP_TSECR] = { "tsecr", "tcp.options.timestamp.tsecr", TL_CRAFT_NUMBER, 0xffffffff, NULL, "its echo" },
    [TCP_OPTIONS] = { "options", NULL, TL_CRAFT_HEX, 0, NULL, "hex, before the others; padded" },
};

/* Returns the length of the options, a multiple of 4; more than 40: they do not fit. */
static size_t tcp_options(const struct tl_building *b, uint8_t options[80])
{
    struct tl_bytes given = tl_craft_bytes(b, TCP_OPTIONS);
    size_t n = given.len;
    memset(options, 0, 80);
    if (n > 40)
        return n;
    if (n > 0)
        memcpy(options, given.data, n);
    if (tl_craft_has(b, TCP_MSS)) {
        memcpy(options + n, "\x02\x04", 2);
        tl_store16(options + n + 2, tl_craft_number(b, TCP_MSS, 0));
        n += 4;
    }
    if (tl_craft_number(b, TCP_SACK, 0) != 0) {
        memcpy(options + n, "\x04\x02", 2);
        n += 2;
    }
    if (tl_craft_has(b, TCP_TSVAL) || tl_craft_has(b, TCP_TSECR)) {
        memcpy(options + n, "\x08\x0a", 2);
        tl_store32(options + n + 2, tl_craft_number(b, TCP_TSVAL, 0));
        tl_store32(options + n + 6, tl_craft_number(b, TCP_TSECR, 0));
        n += 10;
    }
    if (tl_craft_has(b, TCP_SCALE)) {
        memcpy(options + n, "\x03\x03", 2);
        options[n + 2] = (uint8_t)tl_craft_number(b, TCP_SCALE, 0);
        n += 3;
    }
    return (n + 3) & ~(size_t)3;
}

static bool tcp_build(struct tl_building *b)
{
    uint8_t options[80];
    struct tl_frame_bytes *f = tl_craft_whole(b);
    uint16_t port = b->inner != NULL && b->inner->port != 0 ? b->inner->port : 80;
    uint64_t flags = f->end > f->at ? 0x18 : 2;
    size_t len = tcp_options(b, options);
    if (len > 40)
        return tl_craft_fail(b, "tcp: the options are longer than 40 bytes");
    struct tl_header_tcp header = {
        .sport = (uint16_t)tl_craft_number(b, TCP_SPORT, ANY_PORT),
        .dport = (uint16_t)tl_craft_number(b, TCP_DPORT, port),
        .seq = (uint32_t)tl_craft_number(b, TCP_SEQ, 1000),
        .ack = (uint32_t)tl_craft_number(b, TCP_ACK, 0),
        .flags = (uint8_t)tl_craft_number(b, TCP_FLAGS, flags),
        .window = (uint16_t)tl_craft_number(b, TCP_WINDOW, 64240),
        .urgent = (uint16_t)tl_craft_number(b, TCP_URGENT, 0),
        .options = options,
        .options_len = len,
    };
    struct tl_header built = tl_header_tcp(b->craft->net, &header);
    if (tl_craft_has(b, TCP_HLEN)) /* 0 is a length that may be asked for */
        built.bytes[12] = (uint8_t)(tl_craft_number(b, TCP_HLEN, 0) / 4 << 4);
    if (!tl_craft_put(b, f, built))
        return false;
    await_checksum(b, TCP_SUM, 6, 16);
    return true;
}

const struct tl_layer_type tl_craft_layer_tcp = {
    "tcp", "Transmission Control Protocol", -1, 6, 0, tcp_fields, TL_COUNT(tcp_fields), tcp_build,
};

enum { UDP_DPORT, UDP_SPORT, UDP_LEN, UDP_SUM };
static const struct tl_craft_field udp_fields[] = {
    [UDP_DPORT] = { "dport", "udp.dstport", TL_CRAFT_NUMBER, 0xffff, NULL, "default: that of the next layer, else 9" },
    [UDP_SPORT] = { "sport", "udp.srcport", TL_CRAFT_NUMBER, 0xffff, NULL, "default: 50000" },
    [UDP_LEN] = { "len", "udp.length", TL_CRAFT_NUMBER, 0xffff, NULL, "default: the right one" },
    [UDP_SUM] = { "checksum", "udp.checksum", TL_CRAFT_CHECKSUM, 0xffff, NULL, "a number or bad; 0: none" },
};

static bool udp_build(struct tl_building *b)
{
    uint16_t port = b->inner != NULL && b->inner->port != 0 ? b->inner->port : 9;
    uint16_t source = b->inner == &tl_craft_layer_dhcp ? 68 : ANY_PORT;
    size_t len = tl_craft_len(b) + 8;
    if (len > 0xffff && !tl_craft_has(b, UDP_LEN))
        return tl_craft_fail(b, "udp: %zu bytes are more than a datagram holds", len);
    if (!tl_craft_put(b, tl_craft_whole(b),
                      tl_header_udp(b->craft->net, (uint16_t)tl_craft_number(b, UDP_SPORT, source),
                                    (uint16_t)tl_craft_number(b, UDP_DPORT, port),
                                    (uint16_t)tl_craft_number(b, UDP_LEN, len))))
        return false;
    await_checksum(b, UDP_SUM, 17, 6);
    return true;
}

const struct tl_layer_type tl_craft_layer_udp = {
    "udp", "User Datagram Protocol", -1, 17, 0, udp_fields, TL_COUNT(udp_fields), udp_build,
};

enum { TUNNEL_KEY, TUNNEL_SEQ, TUNNEL_SUM, TUNNEL_TYPE };
static const struct tl_craft_field gre_fields[] = {
    [TUNNEL_KEY] = { "key", "gre.key", TL_CRAFT_NUMBER, 0xffffffff, NULL, "default: none" },
    [TUNNEL_SEQ] = { "seq", "gre.sequence_number", TL_CRAFT_NUMBER, 0xffffffff, NULL, "default: none" },
    [TUNNEL_SUM] = { "checksum", "gre.checksum", TL_CRAFT_CHECKSUM, 0xffff, NULL,
                     "a number, bad, or 1: the right one; default: none" },
    [TUNNEL_TYPE] = { "proto", "gre.proto", TL_CRAFT_NUMBER, 0xffff, NULL, "default: as the next layer is" },
};

static bool gre_build(struct tl_building *b)
{
    bool sum = tl_craft_has(b, TUNNEL_SUM), right = sum && tl_craft_number(b, TUNNEL_SUM, 0) == 1;
    uint16_t flags = (uint16_t)((sum ? 0x8000 : 0) | (tl_craft_has(b, TUNNEL_KEY) ? 0x2000 : 0) |
                                (tl_craft_has(b, TUNNEL_SEQ) ? 0x1000 : 0));
    struct tl_frame_bytes *f = tl_craft_whole(b);
    uint16_t type = (uint16_t)tl_craft_number(b, TUNNEL_TYPE, (uint64_t)tl_craft_ethertype(b));
    if (!tl_craft_put(b, f, tl_header_gre(b->craft->net, flags, type, (uint32_t)tl_craft_number(b, TUNNEL_KEY, 0),
                                          (uint32_t)tl_craft_number(b, TUNNEL_SEQ, 0))))
        return false;
    if (right)
        b->layer->settings[TUNNEL_SUM].count = 0;
    if (sum)
        tl_craft_checksum(b, TUNNEL_SUM, tl_craft_len(b), 4);
    if (right)
        b->layer->settings[TUNNEL_SUM].count = 1;
    return true;
}

const struct tl_layer_type tl_craft_layer_gre = {
    "gre", "Generic Routing Encapsulation", -1, 47, 0, gre_fields, TL_COUNT(gre_fields), gre_build,
};

enum { VXLAN_VNI, VXLAN_FLAGS };
static const struct tl_craft_field vxlan_fields[] = {
    [VXLAN_VNI] = { "vni", "vxlan.vni", TL_CRAFT_NUMBER, 0xffffff, NULL, "network identifier; default: 1" },
    [VXLAN_FLAGS] = { "flags", "vxlan.flags", TL_CRAFT_NUMBER, 0xffff, NULL, "default: 0x0800, the VNI is valid" },
};

static bool vxlan_build(struct tl_building *b)
{
    for (uint32_t i = 0; i < b->frames->count; i++)
        if (b->frames->count > 1)
            return tl_craft_fail(b, "vxlan: the packet inside is in fragments: put frag into the outer ip");
    return tl_craft_put(b, tl_craft_whole(b), tl_header_vxlan((uint16_t)tl_craft_number(b, VXLAN_FLAGS, 0x0800),
                                                              (uint32_t)tl_craft_number(b, VXLAN_VNI, 1)));
}

const struct tl_layer_type tl_craft_layer_vxlan = {
    "vxlan", "Virtual eXtensible LAN", -1, -1, 4789, vxlan_fields, TL_COUNT(vxlan_fields), vxlan_build,
};
