/*
 * transport_layers.c - TCP (RFC 9293), UDP (RFC 768), and the tunnels GRE (RFC 2784, RFC 2890) and VXLAN (RFC 7348).
 */
#include "inject/layer.h"

enum { ANY_PORT = 50000 };

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
    [TCP_WINDOW] = { "window", "tcp.window_size_value", TL_CRAFT_NUMBER, 0xffff, NULL, "as sent, not scaled; default: 64240" },
    [TCP_SUM] = { "checksum", "tcp.checksum", TL_CRAFT_CHECKSUM, 0xffff, NULL, "a number or bad" },
    [TCP_URGENT] = { "urgent", "tcp.urgent_pointer", TL_CRAFT_NUMBER, 0xffff, NULL, "default: 0" },
    [TCP_HLEN] = { "hlen", "tcp.hdr_len", TL_CRAFT_FOURS, 60, NULL, "bytes, a multiple of 4; default: the right one" },
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
    tl_craft_await(b, TCP_SUM, 6, 16);
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
    tl_craft_await(b, UDP_SUM, 17, 6);
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
