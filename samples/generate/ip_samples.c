/* ip_samples.c - IPv4 options (RFC 791), IPv6 extension headers (RFC 8200), wrong lengths and wrong checksums. */
#include "gen.h"

#include <string.h>

static void udp_payload(struct pkt *p, libnet_t *net, bool v6)
{
    pkt_init(p, net);
    pkt_pattern(p, 24, 0);
    put_udp(p, DIR_AB, v6, 40001, 9001);
}

static void emit(struct capture *c, struct pkt *p, bool v6)
{
    put_ethernet(p, DIR_AB, v6 ? 0x86dd : 0x0800);
    pcap_packet(c, p);
}

static void ip4_options(struct capture *c, const void *arg)
{
    static const struct {
        const char *bytes;
        size_t len;
    } options[] = {
        { "\x01\x01\x01\x00", 4 },                                  /* NOP, end of list */
        { "\x07\x0b\x08\x0a\x01\x00\x01\x00\x00\x00\x00\x00", 12 }, /* record route */
        { "\x44\x0c\x05\x00\x00\x00\x00\x01\x00\x00\x00\x00", 12 }, /* timestamps */
        { "\x44\x0c\x0d\x01\x0a\x01\x00\x01\x00\x00\x00\x07", 12 }, /* timestamps with addresses */
        { "\x83\x07\x08\x0a\x01\x00\x63\x00", 8 },                  /* loose source route, done */
        { "\x89\x07\x08\x0a\x01\x00\x63\x00", 8 },                  /* strict source route, done */
        { "\x94\x04\x00\x00", 4 },                                  /* router alert */
        { "\x82\x0b\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 12 }, /* security */
        { "\x88\x04\x00\x07", 4 },                                  /* stream id */
        { "\x19\x08\x11\x22\x33\x44\x55\x66", 8 },                  /* quick start */
        { "\x01\x94\x04\x00\x00\x07\x07\x04\x00\x00\x00\x00", 12 }, /* several */
        { "\x07\x00\x04\x00", 4 },                                  /* length 0 */
        { "\x07\x01\x04\x00", 4 },                                  /* length 1 */
        { "\x07\x28\x04\x00", 4 },                                  /* longer than the header */
        { "\x01\x01\x01\x07", 4 },                                  /* no room for the length */
        { "\x00\x07\x03\x04", 4 },                                  /* bytes after the end of list */
        { "\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01"
          "\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01",
          40 }, /* a header of 60 bytes */
    };
    struct pkt p;
    (void)arg;
    pcap_begin(c, 1);
    for (unsigned i = 0; i < sizeof options / sizeof *options; i++) {
        uint8_t bytes[40];
        memcpy(bytes, options[i].bytes, options[i].len);
        udp_payload(&p, c->net, false);
        put_ip4(&p, &(struct ip4){ .src = IP4_A,
                                   .dst = IP4_B,
                                   .proto = 17,
                                   .id = (uint16_t)i,
                                   .options = bytes,
                                   .options_len = options[i].len });
        emit(c, &p, false);
    }
}

static void ip4_wrong(struct capture *c, const void *arg)
{
    static const struct {
        unsigned at;
        uint8_t high, low;
        bool fix;
    } wrong[] = {
        { 10, 0xde, 0xad, false },                     /* header checksum */
        { 2, 0, 40, true },                            /* total length 12 short */
        { 2, 0, 10, true },                            /* less than the header */
        { 2, 0, 0, true },                             /* zero: segmentation offload */
        { 2, 0, 200, true },                           /* longer than the packet */
        { 0, 0x44, 0, true },                          /* header of 16 bytes */
        { 0, 0x40, 0, true },                          /* header of 0 bytes */
        { 0, 0x4f, 0, true },                          /* header of 60 bytes, overlapping the payload */
        { 0, 0x55, 0, true },                          /* version 5 */
        { 6, 0x80, 0, true },                          /* reserved flag */
        { 6, 0xc0, 0, true },      { 8, 0, 17, true }, /* time to live 0 */
    };
    struct pkt p;
    (void)arg;
    pcap_begin(c, 1);
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        udp_payload(&p, c->net, false);
        put_ip4_dir(&p, DIR_AB, 17);
        uint8_t *at = pkt_bytes(&p);
        at[wrong[i].at] = wrong[i].high;
        at[wrong[i].at + 1] = wrong[i].low;
        if (wrong[i].fix) {
            size_t said = (size_t)(at[0] & 15) * 4;
            size_t header = said < 20 ? 20 : said > p.len ? p.len : said;
            put16(at + 10, 0);
            put16(at + 10, checksum(at, header, 0));
        }
        emit(c, &p, false);
    }
}

/* A's card fills in header checksums after the capture point. */
static void ip4_offloaded(struct capture *c, const void *arg)
{
    static const struct {
        enum direction dir;
        uint16_t stored; /* 0xffff: the correct one */
    } sent[] = {
        { DIR_AB, 0 },
        { DIR_BA, 0xffff },
        { DIR_AB, 0 },
        { DIR_AB, 0xdead }, /* in another flow */
    };
    (void)arg;
    pcap_begin(c, 1);
    for (unsigned i = 0; i < sizeof sent / sizeof *sent; i++) {
        bool ab = sent[i].dir == DIR_AB;
        struct pkt p;
        pkt_init(&p, c->net);
        pkt_pattern(&p, 24, i);
        put_udp(&p, sent[i].dir, false, ab ? 40001 : 9001, ab ? 9001 : 40001);
        put_ip4_dir(&p, sent[i].dir, 17);
        if (sent[i].stored != 0xffff)
            put16(pkt_bytes(&p) + 10, sent[i].stored);
        put_ethernet(&p, sent[i].dir, 0x0800);
        pcap_packet(c, &p);
    }
}

static void protocols(struct capture *c, const void *arg)
{
    static const uint8_t numbers[] = { 0, 1, 2, 6, 17, 33, 46, 50, 51, 88, 89, 103, 112, 115, 132, 136, 253, 255 };
    struct pkt p;
    (void)arg;
    pcap_begin(c, 1);
    for (unsigned i = 0; i < sizeof numbers; i++) {
        for (unsigned v6 = 0; v6 < 2; v6++) {
            pkt_init(&p, c->net);
            pkt_pattern(&p, 40, numbers[i]);
            if (v6)
                put_ip6(&p, DIR_AB, numbers[i]);
            else
                put_ip4_dir(&p, DIR_AB, numbers[i]);
            emit(c, &p, v6);
        }
    }
}

enum chain { HOP, DEST, ROUTE0, ROUTE2, ROUTE4, ATOMIC, AH, ESP, NONE, MOBILITY, HIP, SHIM6, COUNT_OF_CHAIN };
static const uint8_t chain_number[COUNT_OF_CHAIN] = { 0, 60, 43, 43, 43, 44, 51, 50, 59, 135, 139, 140 };

static void put_extension(struct pkt *p, enum chain what, uint8_t next)
{
    uint8_t h[32] = { next };
    size_t len = 8;
    switch (what) {
    case HOP:
        memcpy(h + 2, "\x05\x02\x00\x00\x01\x00", 6);
        break; /* router alert, PadN */
    case DEST:
        memcpy(h + 2, "\x01\x04\x00\x00\x00\x00", 6);
        break;
    case ROUTE0:
    case ROUTE2:
        h[1] = 2;
        h[2] = what == ROUTE0 ? 0 : 2;
        h[3] = 1;
        memcpy(h + 8, ip6_of[1], 16);
        len = 24;
        break;
    case ROUTE4:
        h[1] = 2;
        h[2] = 4;
        h[3] = 0;
        memcpy(h + 8, ip6_of[1], 16);
        len = 24;
        break; /* segment routing */
    case ATOMIC:
        put32(h + 4, 0x1001);
        break;
    case AH:
        h[1] = 4;
        put32(h + 4, 0x300);
        put32(h + 8, 1);
        memset(h + 12, 0xaa, 12);
        len = 24;
        break;
    case ESP:
        put32(h, 0x400);
        put32(h + 4, 1);
        break;
    case MOBILITY:
        h[0] = 59;
        h[2] = 1;
        break;
    case HIP:
        h[1] = 4;
        h[2] = 1;
        h[3] = 0x11;
        len = 32;
        break;
    case SHIM6:
        h[2] = 0x80;
        break;
    default:
        return;
    }
    pkt_prepend(p, h, len);
}

static void ip6_extensions(struct capture *c, const void *arg)
{
    static const enum chain chains[][8] = {
        { HOP, COUNT_OF_CHAIN },
        { DEST, COUNT_OF_CHAIN },
        { ROUTE0, COUNT_OF_CHAIN },
        { ROUTE2, COUNT_OF_CHAIN },
        { ROUTE4, COUNT_OF_CHAIN },
        { ATOMIC, COUNT_OF_CHAIN },
        { AH, COUNT_OF_CHAIN },
        { ESP, COUNT_OF_CHAIN },
        { NONE, COUNT_OF_CHAIN },
        { MOBILITY, COUNT_OF_CHAIN },
        { HIP, COUNT_OF_CHAIN },
        { SHIM6, COUNT_OF_CHAIN },
        { HOP, DEST, ROUTE2, ATOMIC, AH, DEST, COUNT_OF_CHAIN },
        { DEST, DEST, DEST, DEST, DEST, DEST, DEST, COUNT_OF_CHAIN },
        { DEST, HOP, COUNT_OF_CHAIN },
    };
    struct pkt p;
    (void)arg;
    pcap_begin(c, 1);
    for (unsigned i = 0; i < sizeof chains / sizeof *chains; i++) {
        uint8_t next = 17;
        unsigned n = 0;
        udp_payload(&p, c->net, true);
        while (chains[i][n] != COUNT_OF_CHAIN)
            n++;
        while (n-- > 0) {
            put_extension(&p, chains[i][n], next);
            next = chain_number[chains[i][n]];
        }
        put_ip6(&p, DIR_AB, next);
        emit(c, &p, true);
    }
}

static void ip6_wrong(struct capture *c, const void *arg)
{
    static const struct {
        const char *bytes;
        size_t len;
        uint8_t next;
    } chains[] = {
        { "\x11\xff\x01\x04\x00\x00\x00\x00", 8, 60 }, /* longer than the packet */
        { "\x11\x00\x01\x40\x00\x00\x00\x00", 8, 60 }, /* an option longer than its header */
        { "\x11\x00\x05\x02\x00\x00\x01", 7, 0 },      /* cut */
        { "\x11", 1, 43 },
        { "\x2c\x00\x00\x00\x00\x00\x00\x01\x11\x00\x00\x01\x00\x00\x00\x02", 16, 44 }, /* a fragment in a fragment */
        { "\x11\x00\xc2\x04\x00\x01\x00\x10", 8, 0 }, /* jumbogram option with a payload length that is not 0 */
    };
    static const unsigned lengths[] = { 0, 4, 20, 500 };
    struct pkt p;
    (void)arg;
    pcap_begin(c, 1);
    for (unsigned i = 0; i < sizeof chains / sizeof *chains; i++) {
        pkt_init(&p, c->net);
        pkt_append(&p, chains[i].bytes, chains[i].len);
        put_ip6(&p, DIR_AB, chains[i].next);
        emit(c, &p, true);
    }
    for (unsigned i = 0; i < 4; i++) {
        udp_payload(&p, c->net, true);
        put_ip6(&p, DIR_AB, 17);
        put16(pkt_bytes(&p) + 4, lengths[i]);
        emit(c, &p, true);
    }
    udp_payload(&p, c->net, true);
    for (unsigned i = 0; i < 60; i++)
        put_extension(&p, DEST, i == 0 ? 17 : 60);
    put_ip6(&p, DIR_AB, 60); /* sixty headers */
    emit(c, &p, true);
}

static void udp_wrong(struct capture *c, const void *arg)
{
    static const struct {
        unsigned at;
        uint16_t value;
    } wrong[] = {
        { 6, 0x1111 }, { 6, 0 }, { 4, 0 }, { 4, 7 }, { 4, 8 }, { 4, 20 }, { 4, 33 }, { 4, 60000 }, { 2, 0 },
    };
    struct pkt p;
    (void)arg;
    pcap_begin(c, 1);
    for (unsigned v6 = 0; v6 < 2; v6++) {
        for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
            udp_payload(&p, c->net, v6);
            put16(pkt_bytes(&p) + wrong[i].at, wrong[i].value);
            if (wrong[i].at != 6) {
                put16(pkt_bytes(&p) + 6, 0);
                put16(pkt_bytes(&p) + 6, pseudo_checksum(&p, DIR_AB, v6, 17));
            }
            if (v6)
                put_ip6(&p, DIR_AB, 17);
            else
                put_ip4_dir(&p, DIR_AB, 17);
            emit(c, &p, v6);
        }
    }
    pkt_init(&p, c->net);
    pkt_pattern(&p, 5, 0); /* five bytes of UDP */
    put_ip4_dir(&p, DIR_AB, 17);
    emit(c, &p, false);
}

static void udp_flows(struct capture *c, const void *arg)
{
    static const struct {
        enum direction dir;
        uint16_t a, b;
        int pause_s;
        bool bad;
    } sent[] = {
        { DIR_AB, 40001, 9001, 0, false },  { DIR_BA, 40001, 9001, 0, false },  /* both: SF */
        { DIR_AB, 40002, 9001, 0, false },                                      /* S0 */
        { DIR_BA, 40003, 123, 0, false },                                       /* from a server port: SHR */
        { DIR_AB, 40004, 9001, 0, true },                                       /* bad checksum only: OTH */
        { DIR_AB, 40001, 9001, 59, false }, { DIR_AB, 40001, 9001, 61, false }, /* same flow, then a new one */
    };
    struct pkt p;
    (void)arg;
    pcap_begin(c, 1);
    for (unsigned i = 0; i < sizeof sent / sizeof *sent; i++) {
        bool ab = sent[i].dir == DIR_AB;
        c->ns += (int64_t)sent[i].pause_s * 1000000000;
        pkt_init(&p, c->net);
        pkt_pattern(&p, 10, i);
        put_udp(&p, sent[i].dir, false, ab ? sent[i].a : sent[i].b, ab ? sent[i].b : sent[i].a);
        if (sent[i].bad)
            pkt_bytes(&p)[6] ^= 0x55;
        put_ip4_dir(&p, sent[i].dir, 17);
        put_ethernet(&p, sent[i].dir, 0x0800);
        pcap_packet(c, &p);
    }
}

/* A datagram from one of many hosts to B at a second since 1970; absent checksum. */
static void datagram_at(struct capture *c, unsigned host, int64_t second)
{
    static const uint8_t udp[16] = { 0x9c, 0x40, 0x23, 0x29, 0, sizeof udp, 0, 0, 't', 'a', 'p', 'l', 'i', 'g', 'h', 't' };
    struct pkt p;
    pkt_init(&p, c->net);
    pkt_append(&p, udp, sizeof udp);
    put_ip4(&p, &(struct ip4){ .src = 0x0a010100 + host, .dst = IP4_B, .proto = 17 });
    put_ethernet(&p, DIR_AB, 0x0800);
    pcap_packet_at(c, &p, second * 1000000000);
}

/* As captures of different years that were joined, back and forth, by more than 146 years in all. */
static void time_jumps(struct capture *c, const void *arg)
{
    static const int64_t years[] = { 0, 4000000000, 300000000, 3600000000, 1700000000 };
    unsigned host = 0;
    (void)arg;
    pcap_begin(c, 1);
    for (unsigned year = 0; year < sizeof years / sizeof *years; year++) {
        for (int64_t second = 0; second < 4; second++)
            datagram_at(c, host++, years[year] + second);
    }
    int64_t now = years[4] + 3;
    datagram_at(c, host++, now + 900000000); /* wild: the next packet does not confirm it */
    datagram_at(c, 19, now + 50);
    datagram_at(c, 19, now + 100);           /* host 18 and before are idle by now, 19 is not */
    for (unsigned i = 0; i < 6; i++) {       /* two captures, packet by packet: the first one's time counts */
        datagram_at(c, 100, now + 101 + i);
        datagram_at(c, 101, 100 + i);
    }
    datagram_at(c, 102, now + 200);
}

const struct sample ip_samples[] = {
    { "ip/options.pcap",
      "IPv4 options: route, timestamps, source routes, router alert, security and others; wrong lengths; 40 NOPs",
      ip4_options, NULL },
    { "ip/wrong.pcap",
      "IPv4: bad checksum, total length too small, zero, too large, header lengths 0, 16, 60, version 5, reserved flag",
      ip4_wrong, NULL },
    { "ip/offloaded.pcap",
      "IPv4: header checksums left to A's card are zero, another packet's is wrong: 3 packets in a flow",
      ip4_offloaded, NULL },
    { "ip/protocols.pcap", "18 protocol numbers in IPv4 and IPv6 with 40 meaningless bytes", protocols, NULL },
    { "ip6/extensions.pcap",
      "every extension header alone (hop-by-hop, destination, routing 0 2 4, fragment, AH, ESP, none, mobility, HIP, "
      "shim6), chains",
      ip6_extensions, NULL },
    { "ip6/wrong.pcap",
      "extension headers too long, cut, nested fragments, wrong jumbogram, payload lengths 0 4 20 500, 60 headers",
      ip6_wrong, NULL },
    { "udp/wrong.pcap", "UDP: bad and absent checksum, lengths 0, 7, 8, 20, 33, 60000, port 0, five bytes; v4 and v6",
      udp_wrong, NULL },
    { "udp/flows.pcap",
      "UDP flows SF, S0, SHR (roles swapped at the first packet), OTH (bad checksum), one idle for 59 s and 61 s", udp_flows,
      NULL },
    { "udp/time-jumps.pcap", "UDP flows while timestamps jump by years, back and forth: all but the last end idle",
      time_jumps, NULL },
    { NULL, NULL, NULL, NULL },
};
