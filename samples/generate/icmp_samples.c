/*
 * icmp_samples.c - ICMP (RFC 792, 4884) and ICMPv6 (RFC 4443, 4861, 3810): every type, errors quoting a packet, wrong
 * ones.
 */
#include "gen.h"

#include <string.h>

static void finish(struct capture *c, struct pkt *p, enum direction dir, bool v6)
{
    put16(pkt_bytes(p) + 2, 0);
    put16(pkt_bytes(p) + 2, v6 ? pseudo_checksum(p, dir, true, 58) : checksum(pkt_bytes(p), p->len, 0));
    if (v6)
        put_ip6(p, dir, 58);
    else
        put_ip4_dir(p, dir, 1);
    put_ethernet(p, dir, v6 ? 0x86dd : 0x0800);
    pcap_packet(c, p);
}

static void message(struct capture *c, enum direction dir, bool v6, uint8_t type, uint8_t code, uint32_t rest,
                    const struct pkt *quoted, size_t quote_len)
{
    struct pkt p;
    uint8_t header[8] = { type, code };
    put32(header + 4, rest);
    pkt_init(&p, c->net);
    if (quoted != NULL)
        pkt_append(&p, quoted->buf + quoted->head, quote_len < quoted->len ? quote_len : quoted->len);
    pkt_prepend(&p, header, 8);
    finish(c, &p, dir, v6);
}

/* The packet that an error quotes: A's DNS query to B. */
static void offender(struct pkt *p, libnet_t *net, bool v6)
{
    struct dns m;
    dns_query(&m, 0x42, "quoted.test", 1);
    pkt_init(p, net);
    pkt_append(p, m.buf, m.len);
    put_udp(p, DIR_AB, v6, 40053, 53);
    if (v6)
        put_ip6(p, DIR_AB, 17);
    else
        put_ip4_dir(p, DIR_AB, 17);
}

static void types4(struct capture *c, const void *arg)
{
    static const struct {
        uint8_t type, code;
        enum direction dir;
    } sent[] = {
        { 8, 0, DIR_AB },  { 0, 0, DIR_BA },  { 13, 0, DIR_AB }, { 14, 0, DIR_BA },  { 15, 0, DIR_AB },
        { 16, 0, DIR_BA }, { 17, 0, DIR_AB }, { 18, 0, DIR_BA }, { 10, 0, DIR_AB },  { 9, 0, DIR_BA },
        { 42, 0, DIR_AB }, { 43, 0, DIR_BA }, { 40, 1, DIR_AB }, { 200, 7, DIR_AB },
    };
    struct pkt body;
    (void)arg;
    pcap_begin(c, 1);
    pkt_init(&body, c->net);
    pkt_pattern(&body, 12, 0);
    for (unsigned i = 0; i < sizeof sent / sizeof *sent; i++)
        message(c, sent[i].dir, false, sent[i].type, sent[i].code, 0x00070001, &body, 12);
}

static void types6(struct capture *c, const void *arg)
{
    /* The bytes after the first 8: an address (at 0), a link-layer option (at 16), zeros (from 24). */
    static const struct {
        uint8_t type, from, len;
    } sent[] = {
        { 128, 0, 40 }, { 129, 0, 40 }, { 130, 0, 16 }, { 131, 0, 16 },  { 132, 0, 16 }, { 133, 16, 8 },
        { 134, 24, 8 }, { 135, 0, 24 }, { 136, 0, 24 }, { 137, 24, 32 }, { 138, 24, 8 }, { 139, 0, 24 },
        { 140, 0, 8 },  { 141, 16, 8 }, { 142, 16, 8 }, { 143, 24, 20 }, { 144, 0, 0 },  { 145, 0, 16 },
        { 151, 0, 0 },  { 155, 24, 8 }, { 200, 0, 40 },
    };
    uint8_t bytes[72] = { 0 };
    (void)arg;
    pcap_begin(c, 1);
    memcpy(bytes, ip6_of[1], 16);
    bytes[16] = 1; /* source link-layer address */
    bytes[17] = 1;
    memcpy(bytes + 18, mac_of[0], 6);
    for (unsigned i = 0; i < sizeof sent / sizeof *sent; i++) {
        struct pkt body;
        pkt_init(&body, c->net);
        pkt_append(&body, bytes + sent[i].from, sent[i].len);
        message(c, i & 1 ? DIR_BA : DIR_AB, true, sent[i].type, 0, 0x00070001, &body, sent[i].len);
    }
}

static void errors4(struct capture *c, const void *arg)
{
    struct pkt p;
    (void)arg;
    pcap_begin(c, 1);
    offender(&p, c->net, false);
    for (uint8_t code = 0; code <= 15; code++)
        message(c, DIR_BA, false, 3, code, code == 4 ? 1400 : 0, &p, 28);
    message(c, DIR_BA, false, 4, 0, 0, &p, 28);
    for (uint8_t code = 0; code <= 3; code++)
        message(c, DIR_BA, false, 5, code, IP4_B, &p, 28);
    message(c, DIR_BA, false, 11, 0, 0, &p, 1000);
    message(c, DIR_BA, false, 11, 1, 0, &p, 28);
    message(c, DIR_BA, false, 12, 0, 0x14000000, &p, 28);
    message(c, DIR_BA, false, 3, 3, 0, &p, 20); /* quotes only the IP header */
    message(c, DIR_BA, false, 3, 3, 0, &p, 9);  /* half of it */
    message(c, DIR_BA, false, 3, 3, 0, &p, 24); /* up to the ports */
    message(c, DIR_BA, false, 3, 3, 0, NULL, 0);
}

static void errors6(struct capture *c, const void *arg)
{
    struct pkt p;
    (void)arg;
    pcap_begin(c, 1);
    offender(&p, c->net, true);
    for (uint8_t code = 0; code <= 7; code++)
        message(c, DIR_BA, true, 1, code, 0, &p, 1000);
    message(c, DIR_BA, true, 2, 0, 1280, &p, 1000);
    message(c, DIR_BA, true, 3, 0, 0, &p, 1000);
    message(c, DIR_BA, true, 3, 1, 0, &p, 48);
    for (uint8_t code = 0; code <= 3; code++)
        message(c, DIR_BA, true, 4, code, 40, &p, 48);
    message(c, DIR_BA, true, 1, 4, 0, &p, 39);
}

static void quote_beside_flow(struct capture *c, const void *arg)
{
    struct pkt p;
    struct dns m;
    (void)arg;
    pcap_begin(c, 1);
    offender(&p, c->net, false);
    message(c, DIR_BA, false, 3, 3, 0, &p, 28); /* before the flow exists */
    dns_query(&m, 0x42, "quoted.test", 1);
    udp_dns(c, DIR_AB, &m);
    message(c, DIR_BA, false, 3, 3, 0, &p, 28);
    struct pkt tcp;
    pkt_init(&tcp, c->net);
    put_tcp(&tcp, DIR_AB, false,
            &(struct tcp){ .sport = 40009, .dport = 9000, .seq = 7, .flags = TH_SYN, .window = 1 });
    put_ip4_dir(&tcp, DIR_AB, 6);
    message(c, DIR_BA, false, 3, 13, 0, &tcp, 28); /* quotes a SYN that is not in the capture: no flow of its own */
    struct pkt nested, outer;                      /* an error that quotes an error */
    pkt_init(&nested, c->net);
    uint8_t header[8] = { 3, 1 };
    pkt_append(&nested, header, 8);
    pkt_append(&nested, pkt_bytes(&p), 28);
    put_ip4_dir(&nested, DIR_AB, 1);
    outer = nested;
    message(c, DIR_BA, false, 3, 1, 0, &outer, 200);
}

static void extensions(struct capture *c, const void *arg)
{
    /* RFC 4884: the quote is padded to 128 bytes, an MPLS label stack follows (RFC 4950). */
    static const uint8_t mpls[] = { 0x20, 0, 0, 0, 0, 8, 1, 1, 0x00, 0x01, 0x01, 0x01 };
    struct pkt p, q;
    uint8_t zero[128] = { 0 };
    (void)arg;
    pcap_begin(c, 1);
    for (unsigned good = 0; good < 2; good++) {
        offender(&p, c->net, false);
        size_t have = p.len;
        pkt_append(&p, zero, 128 - have);
        uint8_t ext[sizeof mpls];
        memcpy(ext, mpls, sizeof ext);
        put16(ext + 2, checksum(ext, sizeof ext, 0) ^ (good ? 0 : 0x1111));
        pkt_append(&p, ext, sizeof ext);
        q = p;
        message(c, DIR_BA, false, 11, 0, 32U << 16, &q, 1000);
    }
}

static void wrong(struct capture *c, const void *arg)
{
    struct pkt p;
    (void)arg;
    pcap_begin(c, 1);
    for (unsigned v6 = 0; v6 < 2; v6++) {
        for (size_t len = 0; len <= 6; len += 3) { /* 0, 3 and 6 bytes */
            pkt_init(&p, c->net);
            pkt_append(&p, "\x08\x00\xf7\xff\x00\x00", len);
            if (v6)
                put_ip6(&p, DIR_AB, 58);
            else
                put_ip4_dir(&p, DIR_AB, 1);
            put_ethernet(&p, DIR_AB, v6 ? 0x86dd : 0x0800);
            pcap_packet(c, &p);
        }
        pkt_init(&p, c->net); /* bad checksum */
        pkt_append(&p, v6 ? "\x80\x00\x12\x34\x00\x01\x00\x01" : "\x08\x00\x12\x34\x00\x01\x00\x01", 8);
        if (v6)
            put_ip6(&p, DIR_AB, 58);
        else
            put_ip4_dir(&p, DIR_AB, 1);
        put_ethernet(&p, DIR_AB, v6 ? 0x86dd : 0x0800);
        pcap_packet(c, &p);
    }
    for (uint8_t len = 0; len <= 9; len += 9) { /* a neighbour option of length 0, and one longer than the message */
        pkt_init(&p, c->net);
        pkt_append(&p, "\x87\0\0\0\0\0\0\0", 8);
        pkt_append(&p, ip6_of[1], 16);
        uint8_t option[8] = { 1, len };
        pkt_append(&p, option, 8);
        finish(c, &p, DIR_AB, true);
    }
}

/*
 * RFC 4191 route information with all, half and none of a prefix, a redirected packet (RFC 4861), an option for
 * experiments (RFC 4727); extended echo (RFC 8335).
 */
static void options6(struct capture *c, const void *arg)
{
    static const uint8_t advertised[] = {
        134, 0, 0, 0, 64, 0x40, 7, 8, 0, 0, 0x10, 0, 0, 0, 0x20, 0, /* hop limit 64, other configuration, lifetime 1800 */
        24, 3, 128, 0x08, 0, 0, 0x0e, 0x10, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1,
        24, 2, 48, 0x18, 0, 0, 0x0e, 0x10, 0x20, 0x01, 0x0d, 0xb8, 0, 2, 0, 0,
        24, 1, 0, 0x00, 0xff, 0xff, 0xff, 0xff,
        253, 1, 1, 2, 3, 4, 5, 6,
    };
    static const uint8_t redirect[] = {
        137, 0, 0, 0, 0, 0, 0, 0,
        0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9,             /* target */
        0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7,       /* destination */
        4, 3, 0, 0, 0, 0, 0, 0, 0x60, 0, 0, 0, 0, 8, 58, 64, 1, 2, 3, 4, 5, 6, 7, 8, /* the first bytes of what was redirected */
    };
    static const uint8_t probe[] = { 160, 0, 0, 0, 0x12, 0x34, 7, 1 }, state[] = { 161, 0, 0, 0, 0x12, 0x34, 7, 0x4c };
    static const struct given {
        const uint8_t *bytes;
        size_t len;
        enum direction dir;
    } messages[] = { { advertised, sizeof advertised, DIR_BA }, { redirect, sizeof redirect, DIR_BA },
                     { probe, sizeof probe, DIR_AB }, { state, sizeof state, DIR_BA } };
    struct pkt p;
    (void)arg;
    pcap_begin(c, 1);
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
        pkt_init(&p, c->net);
        pkt_append(&p, messages[i].bytes, messages[i].len);
        finish(c, &p, messages[i].dir, true);
    }
}

const struct sample icmp_samples[] = {
    { "icmp/types.pcap", "ICMP echo, timestamp, information, mask, router, extended echo, Photuris, an unknown type",
      types4, NULL },
    { "icmp/types-v6.pcap", "ICMPv6 types 128 to 145, 151, 155, 200", types6, NULL },
    { "icmp/errors.pcap",
      "unreachable 0 to 15, quench, redirects, time exceeded, parameter problem quoting a DNS query; short quotes",
      errors4, NULL },
    { "icmp/errors-v6.pcap", "ICMPv6 errors of every code quoting a DNS query", errors6, NULL },
    { "icmp/quote-beside-flow.pcap",
      "errors that quote a flow before and after it exists, or none; an error that quotes an error", quote_beside_flow, NULL },
    { "icmp/extensions.pcap", "time exceeded with an MPLS label stack, its checksum bad, then good", extensions, NULL },
    { "icmp/options-v6.pcap", "route information, a redirected packet, an unknown option; extended echo", options6, NULL },
    { "icmp/wrong.pcap", "0, 3 and 6 bytes, bad checksums, neighbour options of length 0 and too long", wrong, NULL },
    { NULL, NULL, NULL, NULL },
};
