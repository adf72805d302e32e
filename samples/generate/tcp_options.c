/*
 * tcp_options.c - TCP options (RFC 9293, 7323, 2018, 7413, 8684, 2385, 5925), valid and invalid, and invalid TCP
 * headers.
 */
#include "gen.h"

#include <string.h>

struct option_case {
    uint8_t flags;
    const char *bytes;
    size_t len;
};

static void emit(struct capture *c, struct pkt *p, bool v6)
{
    if (v6)
        put_ip6(p, DIR_AB, 6);
    else
        put_ip4_dir(p, DIR_AB, 6);
    put_ethernet(p, DIR_AB, v6 ? 0x86dd : 0x0800);
    pcap_packet(c, p);
}

static void one(struct capture *c, unsigned n, const struct option_case *o)
{
    struct pkt p;
    uint8_t bytes[40];
    struct tcp h = { .sport = (uint16_t)(41000 + n),
                     .dport = 9000,
                     .seq = 1000,
                     .ack = o->flags & TH_ACK ? 5001 : 0,
                     .flags = o->flags,
                     .window = 8192,
                     .options = bytes,
                     .options_len = o->len };
    memcpy(bytes, o->bytes, o->len);
    pkt_init(&p, c->net);
    put_tcp(&p, DIR_AB, false, &h);
    emit(c, &p, false);
}

static void good(struct capture *c, const void *arg)
{
    static const struct option_case options[] = {
        { TH_SYN, "\x02\x04\x05\xb4", 4 },                                  /* MSS 1460 */
        { TH_SYN, "\x01\x03\x03\x07", 4 },                                  /* window scale 7 */
        { TH_SYN, "\x01\x01\x04\x02", 4 },                                  /* SACK permitted */
        { TH_SYN, "\x01\x01\x08\x0a\x00\x00\x00\x64\x00\x00\x00\x00", 12 }, /* timestamps */
        { TH_SYN, "\x02\x04\x05\xb4\x04\x02\x08\x0a\x01\x02\x03\x04\x00\x00\x00\x00\x01\x03\x03\x0a",
          20 },                                                             /* as Linux sends */
        { TH_ACK, "\x01\x01\x05\x0a\x00\x00\x13\x9c\x00\x00\x13\xa6", 12 }, /* SACK, one block */
        { TH_ACK,
          "\x01\x01\x05\x22\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\x00\x04"
          "\x00\x00\x00\x05\x00\x00\x00\x06\x00\x00\x00\x07\x00\x00\x00\x08",
          36 },                                                             /* four blocks */
        { TH_SYN, "\x01\x01\x22\x02", 4 },                                  /* fast open, cookie request */
        { TH_SYN, "\x01\x01\x22\x0a\x11\x22\x33\x44\x55\x66\x77\x88", 12 }, /* fast open, cookie */
        { TH_SYN, "\xfe\x04\xf9\x89", 4 },                                  /* experimental fast open */
        { TH_SYN, "\x1e\x0c\x01\x81\x01\x02\x03\x04\x05\x06\x07\x08", 12 }, /* MPTCP capable */
        { TH_SYN, "\x1e\x0c\x10\x01\x0a\x0b\x0c\x0d\x00\x00\x00\x09", 12 }, /* MPTCP join */
        { TH_ACK, "\x1e\x08\x20\x01\x00\x00\x00\x05", 8 },                  /* MPTCP DSS, data ack */
        { TH_ACK, "\x1e\x08\x30\x01\x0a\x01\x00\x03", 8 },                  /* MPTCP address (version 0 form) */
        { TH_SYN, "\x13\x12\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff\x01\x01",
          20 },                                                                             /* MD5 signature */
        { TH_SYN, "\x1d\x10\x01\x02\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb", 16 }, /* authentication option */
        { TH_SYN, "\x1c\x04\x80\x1e", 4 },                                                  /* user timeout */
        { TH_SYN, "\x0b\x06\x00\x00\x00\x01\x01\x01", 8 },                                  /* CC */
        { TH_SYN,
          "\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01"
          "\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x00",
          40 },
        { TH_SYN, "\x00\x02\x04\x05", 4 }, /* bytes after the end of list */
    };
    (void)arg;
    pcap_begin(c, 1);
    for (unsigned i = 0; i < sizeof options / sizeof *options; i++)
        one(c, i, &options[i]);
}

static void bad(struct capture *c, const void *arg)
{
    static const struct option_case options[] = {
        { TH_SYN, "\x02\x00\x05\xb4", 4 },                 /* length 0 */
        { TH_SYN, "\x02\x01\x05\xb4", 4 },                 /* length 1 */
        { TH_SYN, "\x02\x03\x05\x01", 4 },                 /* MSS of 3 */
        { TH_SYN, "\x02\x06\x05\xb4\x00\x00\x01\x01", 8 }, /* MSS of 6 */
        { TH_SYN, "\x02\x28\x05\xb4", 4 },                 /* longer than the header */
        { TH_SYN, "\x01\x01\x01\x02", 4 },                 /* no room for the length */
        { TH_SYN, "\x03\x03\x0f\x01", 4 },                 /* window scale 15 */
        { TH_SYN, "\x03\x02\x01\x01", 4 },                 /* window scale of 2 */
        { TH_ACK, "\x05\x06\x00\x00\x00\x01\x01\x01", 8 }, /* half a SACK block */
        { TH_ACK, "\x05\x02\x01\x01", 4 },                 /* SACK without a block */
        { TH_ACK, "\x08\x08\x00\x00\x00\x64\x00\x00", 8 }, /* timestamps of 8 */
        { TH_SYN, "\x22\x03\x11\x01", 4 },                 /* fast open cookie of 1 */
        { TH_SYN, "\x1e\x02\x01\x01", 4 },                 /* MPTCP without a subtype */
        { TH_SYN, "\x1e\x04\x01\x81", 4 },                 /* MPTCP capable, cut */
        { TH_SYN, "\x02\x04\x05\xb4\x02\x04\x02\x00", 8 }, /* MSS twice */
        { TH_ACK, "\x02\x04\x05\xb4", 4 },                 /* MSS without a SYN */
        { TH_SYN, "\xc8\x04\x01\x02", 4 },                 /* an unknown kind */
        { TH_SYN, "\xc8\x00\x01\x02", 4 },                 /* an unknown kind of length 0 */
    };
    (void)arg;
    pcap_begin(c, 1);
    for (unsigned i = 0; i < sizeof options / sizeof *options; i++)
        one(c, i, &options[i]);
}

static void wrong_headers(struct capture *c, const void *arg)
{
    static const struct {
        unsigned at;
        uint8_t value;
    } wrong[] = {
        { 12, 0x00 }, { 12, 0x40 }, { 12, 0xf0 }, /* data offsets of 0, 16 and 60 bytes */
        { 12, 0x5f },                             /* reserved bits and AE */
        { 16, 0x99 },                             /* checksum */
        { 13, 0x00 }, { 13, 0xff },               /* no flags, all flags */
    };
    struct tcp h = {
        .sport = 42000, .dport = 9000, .seq = 1000, .ack = 5000, .flags = TH_ACK | TH_PUSH, .window = 8192
    };
    struct pkt p;
    (void)arg;
    pcap_begin(c, 1);
    for (unsigned v6 = 0; v6 < 2; v6++) {
        for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
            h.sport++;
            pkt_init(&p, c->net);
            pkt_pattern(&p, 16, 0);
            put_tcp(&p, DIR_AB, v6, &h);
            pkt_bytes(&p)[wrong[i].at] = wrong[i].value;
            if (wrong[i].at != 16) {
                put16(pkt_bytes(&p) + 16, 0);
                put16(pkt_bytes(&p) + 16, pseudo_checksum(&p, DIR_AB, v6, 6));
            }
            emit(c, &p, v6);
        }
        for (size_t len = 0; len < 20; len += 7) { /* 0, 7 and 14 bytes of TCP */
            h.sport++;
            pkt_init(&p, c->net);
            put_tcp(&p, DIR_AB, v6, &h);
            p.len = len;
            emit(c, &p, v6);
        }
    }
}

/* A connection with window scale 7, timestamps and SACK between two Linux hosts, with one loss. */
static void scaled(struct capture *c, const void *arg)
{
    static const struct {
        enum direction dir;
        uint8_t flags;
        uint32_t seq, ack;
        uint16_t window;
        uint8_t payload;
        uint32_t left, right;
    } sent[] = {
        { DIR_AB, TH_SYN, 1000, 0, 64240, 0, 0, 0 },           { DIR_BA, TH_SYN | TH_ACK, 5000, 1001, 65160, 0, 0, 0 },
        { DIR_AB, TH_ACK, 1001, 5001, 502, 0, 0, 0 },          { DIR_AB, TH_ACK, 1001, 5001, 502, 100, 0, 0 },
        { DIR_AB, TH_ACK, 1201, 5001, 502, 100, 0, 0 },        { DIR_BA, TH_ACK, 5001, 1101, 509, 0, 1201, 1301 },
        { DIR_AB, TH_ACK, 1101, 5001, 502, 100, 0, 0 },        { DIR_BA, TH_ACK, 5001, 1301, 509, 0, 0, 0 },
        { DIR_BA, TH_ACK, 5001, 1301, 509, 0, 1101, 1201 }, /* a duplicate, reported by D-SACK (RFC 2883) */
        { DIR_AB, TH_FIN | TH_ACK, 1301, 5001, 502, 0, 0, 0 }, { DIR_BA, TH_FIN | TH_ACK, 5001, 1302, 509, 0, 0, 0 },
        { DIR_AB, TH_ACK, 1302, 5002, 502, 0, 0, 0 },
    };
    (void)arg;
    pcap_begin(c, 1);
    for (unsigned i = 0; i < sizeof sent / sizeof *sent; i++) {
        uint8_t o[40] = { 1, 1, 8, 10 };
        size_t len = 12;
        struct pkt p;
        put32(o + 4, 1000 + i);
        put32(o + 8, i == 0 ? 0 : 999 + i);
        if (sent[i].flags & TH_SYN) {
            memcpy(o + 12, "\x02\x04\x05\xb4\x01\x01\x04\x02\x01\x03\x03\x07", 12);
            len = 24;
        } else if (sent[i].right != 0) {
            memcpy(o + 12, "\x01\x01\x05\x0a", 4);
            put32(o + 16, sent[i].left);
            put32(o + 20, sent[i].right);
            len = 24;
        }
        bool ab = sent[i].dir == DIR_AB;
        pkt_init(&p, c->net);
        pkt_pattern(&p, sent[i].payload, sent[i].seq % 26);
        put_tcp(&p, sent[i].dir, false,
                &(struct tcp){ .sport = ab ? 40001 : 9000,
                               .dport = ab ? 9000 : 40001,
                               .seq = sent[i].seq,
                               .ack = sent[i].ack,
                               .flags = sent[i].flags,
                               .window = sent[i].window,
                               .options = o,
                               .options_len = len });
        put_ip4_dir(&p, sent[i].dir, 6);
        put_ethernet(&p, sent[i].dir, 0x0800);
        pcap_packet(c, &p);
    }
}

const struct sample tcp_option_samples[] = {
    { "tcp/options.pcap",
      "MSS, window scale, SACK, timestamps, fast open, MPTCP, MD5, AO, user timeout, CC, 40 bytes, end of list", good,
      NULL },
    { "tcp/options-wrong.pcap", "options of length 0, 1, too long, cut, twice, unknown", bad, NULL },
    { "tcp/header-wrong.pcap",
      "data offsets of 0, 16, 60 bytes, reserved bits, bad checksum, no and all flags, cut; v4 and v6", wrong_headers,
      NULL },
    { "tcp/scaled-sack.pcap", "window scale 7, timestamps, a loss reported by SACK, a D-SACK: SF", scaled, NULL },
    { NULL, NULL, NULL, NULL },
};
