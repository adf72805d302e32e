/*
 * dns_samples.c - DNS over UDP that a correct server does not send: wrong pointers, names, counts and lengths; pairing.
 */
#include "gen.h"

#include <string.h>

static void query_first(struct capture *c, struct dns *m, uint16_t id, const char *name, unsigned type)
{
    pcap_begin(c, 1);
    dns_query(m, id, name, type);
    udp_dns(c, DIR_AB, m);
}

/* Leaves the message with a header and the question www.example.test A; the caller appends records. */
static void answer_start(struct dns *m, uint16_t id, unsigned answers)
{
    dns_header(m, id, 0x8180, 1, answers, 0, 0);
    dns_question(m, "www.example.test", 1);
}

static void compression_loop(struct capture *c, const void *arg)
{
    struct dns m;
    (void)arg;
    query_first(c, &m, 1, "www.example.test", 1);
    answer_start(&m, 1, 1);
    dns_u16(&m, 0xc000 | (unsigned)m.len); /* the owner points to itself */
    dns_u16(&m, 1);
    dns_u16(&m, 1);
    dns_u32(&m, 60);
    dns_u16(&m, 4);
    dns_u32(&m, IP4_B);
    udp_dns(c, DIR_BA, &m);
    answer_start(&m, 2, 1);
    unsigned at = (unsigned)m.len;
    dns_u16(&m, 0xc000 | (at + 2)); /* two pointers to each other */
    dns_u16(&m, 0xc000 | at);
    dns_u16(&m, 1);
    dns_u16(&m, 1);
    udp_dns(c, DIR_BA, &m);
    dns_header(&m, 3, 0x8180, 1, 0, 0, 0);
    dns_bytes(&m,
              "\x01"
              "a"
              "\xc0\x0c\x00\x01\x00\x01",
              8); /* a label and a pointer back to it */
    udp_dns(c, DIR_BA, &m);
}

static void pointer_forward(struct capture *c, const void *arg)
{
    struct dns m;
    (void)arg;
    query_first(c, &m, 1, "www.example.test", 1);
    answer_start(&m, 1, 2);
    dns_u16(&m, 0xc000 | (unsigned)(m.len + 16));
    dns_u16(&m, 1);
    dns_u16(&m, 1);
    dns_u32(&m, 60);
    dns_u16(&m, 4);
    dns_u32(&m, IP4_B);
    dns_name(&m, "later.test");
    dns_u16(&m, 1);
    dns_u16(&m, 1);
    dns_u32(&m, 60);
    dns_u16(&m, 4);
    dns_u32(&m, IP4_A);
    udp_dns(c, DIR_BA, &m);
    answer_start(&m, 2, 1);
    dns_u16(&m, 0xffff); /* beyond the message */
    dns_u16(&m, 1);
    dns_u16(&m, 1);
    udp_dns(c, DIR_BA, &m);
    answer_start(&m, 3, 1);
    dns_u16(&m, 0xc004); /* into the header */
    dns_u16(&m, 1);
    dns_u16(&m, 1);
    dns_u32(&m, 60);
    dns_u16(&m, 4);
    dns_u32(&m, IP4_B);
    udp_dns(c, DIR_BA, &m);
}

/*
 * The rdata of the first answer is a chain of pointers, each to the previous one; the owner of the second points to the
 * last.
 */
static void pointer_chain(struct capture *c, const void *arg)
{
    struct dns m;
    (void)arg;
    query_first(c, &m, 1, "www.example.test", 1);
    for (unsigned links = 1; links <= 200; links += 199) {
        answer_start(&m, 1, 2);
        dns_rr(&m, 10, 60, 2 * links);
        unsigned previous = 12;
        for (unsigned i = 0; i < links; i++) {
            unsigned here = (unsigned)m.len;
            dns_u16(&m, 0xc000 | previous);
            previous = here;
        }
        dns_u16(&m, 0xc000 | previous);
        dns_u16(&m, 1);
        dns_u16(&m, 1);
        dns_u32(&m, 60);
        dns_u16(&m, 4);
        dns_u32(&m, IP4_B);
        udp_dns(c, DIR_BA, &m);
    }
}

static void long_names(struct capture *c, const void *arg)
{
    struct dns m;
    uint8_t label[64];
    (void)arg;
    pcap_begin(c, 1);
    memset(label, 'x', sizeof label);
    for (unsigned last = 61; last <= 63; last++) { /* 255 bytes are allowed with the root: 3 * 64 + 62 + 1 */
        dns_header(&m, (uint16_t)last, 0x0100, 1, 0, 0, 0);
        for (unsigned i = 0; i < 3; i++) {
            dns_u8(&m, 63);
            dns_bytes(&m, label, 63);
        }
        dns_u8(&m, last);
        dns_bytes(&m, label, last);
        dns_bytes(&m, "\0\0\1\0\1", 5);
        udp_dns(c, DIR_AB, &m);
    }
    dns_header(&m, 64, 0x0100, 1, 0, 0, 0);
    for (unsigned i = 0; i < 16; i++) { /* 16 labels of 63 */
        dns_u8(&m, 63);
        dns_bytes(&m, label, 63);
    }
    dns_bytes(&m, "\0\0\1\0\1", 5);
    udp_dns(c, DIR_AB, &m);
    dns_header(&m, 65, 0x0100, 1, 0, 0, 0);
    dns_bytes(&m,
              "\x80"
              "abcdef\0\0\1\0\1",
              12); /* label types 10 and 01 */
    udp_dns(c, DIR_AB, &m);
    dns_header(&m, 66, 0x0100, 1, 0, 0, 0);
    dns_bytes(&m,
              "\x41"
              "abcdef\0\0\1\0\1",
              12);
    udp_dns(c, DIR_AB, &m);
}

static void odd_names(struct capture *c, const void *arg)
{
    static const struct {
        const char *bytes;
        size_t len;
    } names[] = {
        { "\x00", 1 }, /* the root */
        { "\x07"
          "a.b\\c\"d"
          "\x04"
          "test"
          "\x00",
          14 }, /* a dot, a backslash and a quote inside a label */
        { "\x05"
          "a\0b\x1b["
          "\x04"
          "test"
          "\x00",
          12 }, /* NUL and an escape sequence */
        { "\x04"
          "\xc3\xbc\xff\x80"
          "\x04"
          "test"
          "\x00",
          11 }, /* valid and invalid UTF-8 */
        { "\x06"
          "MiXeD-"
          "\x04"
          "TeSt"
          "\x00",
          13 },
        { "\x01"
          "*"
          "\x04"
          "_dmp"
          "\x04"
          "test"
          "\x00",
          13 },
    };
    struct dns m;
    (void)arg;
    pcap_begin(c, 1);
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        for (unsigned answer = 0; answer < 2; answer++) {
            dns_header(&m, (uint16_t)(100 + i), answer ? 0x8183 : 0x0100, 1, 0, 0, 0);
            dns_bytes(&m, names[i].bytes, names[i].len);
            dns_u16(&m, 1);
            dns_u16(&m, 1);
            udp_dns(c, answer ? DIR_BA : DIR_AB, &m);
        }
    }
}

static void wrong_counts(struct capture *c, const void *arg)
{
    struct dns m;
    (void)arg;
    query_first(c, &m, 1, "www.example.test", 1);
    dns_answer_a(&m, 1, "www.example.test", IP4_B);
    put16(m.buf + 6, 3); /* count 3, one answer present */
    udp_dns(c, DIR_BA, &m);
    dns_answer_a(&m, 2, "www.example.test", IP4_B);
    put16(m.buf + 6, 0xffff);
    put16(m.buf + 4, 0xffff);
    udp_dns(c, DIR_BA, &m);
    dns_answer_a(&m, 3, "www.example.test", IP4_B);
    put16(m.buf + 6, 0); /* one answer present, count 0: trailing bytes */
    udp_dns(c, DIR_BA, &m);
    dns_header(&m, 4, 0x0100, 0, 0, 0, 0); /* no question */
    udp_dns(c, DIR_AB, &m);
    dns_header(&m, 4, 0x8181, 0, 0, 0, 0); /* rcode 1 and no question */
    udp_dns(c, DIR_BA, &m);
    dns_header(&m, 5, 0x0100, 2, 0, 0, 0); /* two questions */
    dns_question(&m, "one.test", 1);
    dns_question(&m, "two.test", 28);
    udp_dns(c, DIR_AB, &m);
    dns_header(&m, 6, 0x0100, 1, 0, 0, 0);
    for (size_t cut = 2; cut <= 12; cut += 5) { /* shorter than a header */
        m.len = cut;
        udp_dns(c, DIR_AB, &m);
    }
}

static void wrong_rdata(struct capture *c, const void *arg)
{
    struct dns m;
    (void)arg;
    pcap_begin(c, 1);
    static const struct {
        uint16_t type, rdlength;
        const char *rdata;
        uint16_t have;
    } cases[] = {
        { 1, 3, "\x0a\x00\x00", 3 },         /* A of 3 bytes */
        { 1, 5, "\x0a\x00\x00\x01\x02", 5 }, /* A of 5 */
        { 28, 4, "\x0a\x00\x00\x01", 4 },    /* AAAA of 4 */
        { 1, 400, "\x0a\x00\x00\x01", 4 },   /* longer than the message */
        { 16, 4,
          "\x09"
          "abc",
          4 },                /* TXT string longer than its rdata */
        { 16, 0, "", 0 },     /* TXT without a string */
        { 15, 1, "\x00", 1 }, /* MX without a name */
        { 5, 3,
          "\x05"
          "ab",
          3 },                                                      /* CNAME whose label leaves the rdata */
        { 5, 2, "\xc0\x0c", 2 },                                    /* CNAME that is fine */
        { 33, 6, "\x00\x01\x00\x02\x00\x35", 6 },                   /* SRV without a target */
        { 6, 4, "\xc0\x0c\xc0\x0c", 4 },                            /* SOA without its numbers */
        { 46, 10, "\x00\x01\x08\x02\x00\x00\x0e\x10\x00\x00", 10 }, /* RRSIG cut */
        { 41, 6, "\x00\x08\x00\xff\x00\x01", 6 },                   /* OPT option longer than its rdata */
        { 64, 5, "\x00\x01\x00\x00\x01", 5 },                       /* SVCB parameter cut */
        { 257, 2, "\x00\x09", 2 },                                  /* CAA tag longer than its rdata */
        { 65280, 4, "\x00\x01\x02\x03", 4 },                        /* a private type */
        { 1, 0, "", 0 },                                            /* A without rdata */
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        dns_query(&m, (uint16_t)i, "www.example.test", cases[i].type);
        udp_dns(c, DIR_AB, &m);
        dns_header(&m, (uint16_t)i, 0x8180, 1, 1, 0, 0);
        dns_question(&m, "www.example.test", cases[i].type);
        dns_rr(&m, cases[i].type, 60, cases[i].rdlength);
        dns_bytes(&m, cases[i].rdata, cases[i].have);
        udp_dns(c, DIR_BA, &m);
    }
}

static void pairing(struct capture *c, const void *arg)
{
    struct dns m;
    (void)arg;
    pcap_begin(c, 1);
    dns_query(&m, 7, "first.test", 1);
    udp_dns(c, DIR_AB, &m);
    dns_query(&m, 7, "second.test", 1); /* the same id before the answer */
    udp_dns(c, DIR_AB, &m);
    dns_query(&m, 8, "twice.test", 1);
    udp_dns(c, DIR_AB, &m);
    udp_dns(c, DIR_AB, &m); /* repeated */
    dns_answer_a(&m, 8, "twice.test", IP4_B);
    udp_dns(c, DIR_BA, &m);
    dns_answer_a(&m, 7, "first.test", IP4_A);
    udp_dns(c, DIR_BA, &m);
    dns_answer_a(&m, 7, "second.test", IP4_B);
    udp_dns(c, DIR_BA, &m);
    dns_answer_a(&m, 9, "unasked.test", IP4_B);
    udp_dns(c, DIR_BA, &m);
    dns_query(&m, 10, "unanswered.test", 1);
    udp_dns(c, DIR_AB, &m);
    dns_query(&m, 11, "other.test", 1);
    udp_dns(c, DIR_AB, &m);
    dns_answer_a(&m, 11, "another.test", IP4_B); /* answers another question */
    udp_dns(c, DIR_BA, &m);
}

static void response_first(struct capture *c, const void *arg)
{
    struct dns m;
    (void)arg;
    pcap_begin(c, 1);
    dns_answer_a(&m, 5, "early.test", IP4_B);
    udp_dns(c, DIR_BA, &m);
    dns_query(&m, 6, "late.test", 1);
    udp_dns(c, DIR_AB, &m);
}

static void idle_flow(struct capture *c, const void *arg)
{
    struct dns m;
    (void)arg;
    query_first(c, &m, 1, "one.test", 1);
    dns_answer_a(&m, 1, "one.test", IP4_B);
    udp_dns(c, DIR_BA, &m);
    c->ns += INT64_C(9900000000);
    dns_query(&m, 2, "two.test", 1);
    udp_dns(c, DIR_AB, &m);
    c->ns += INT64_C(10100000000); /* the flow has ended */
    dns_answer_a(&m, 2, "two.test", IP4_B);
    udp_dns(c, DIR_BA, &m);
}

static void opcodes(struct capture *c, const void *arg)
{
    struct dns m;
    (void)arg;
    pcap_begin(c, 1);
    for (unsigned opcode = 0; opcode < 16; opcode++) {
        dns_header(&m, (uint16_t)(opcode + 1), (uint16_t)(opcode << 11), 1, 0, 0, 0);
        dns_question(&m, "zone.test", 6);
        udp_dns(c, DIR_AB, &m);
        put16(m.buf + 2, 0x8000 | opcode << 11 | opcode); /* each rcode once */
        udp_dns(c, DIR_BA, &m);
    }
    for (unsigned flags = 0; flags < 8; flags++) { /* Z, AD, CD in every combination, with AA TC RD RA */
        dns_header(&m, (uint16_t)(100 + flags), (uint16_t)(0x8000 | flags << 4 | flags << 8 | (flags & 1) << 7), 1, 0,
                   0, 0);
        dns_question(&m, "flags.test", 255);
        udp_dns(c, DIR_BA, &m);
    }
}

/* Updates of two zones that delete an alias, and what answers them; the file ends with a record without data. */
static void deleted_alias(struct capture *c, const void *arg)
{
    static const uint16_t flags[] = { 0x2800, 0xa800, 0x8180, 0xa800 };
    struct dns m;
    (void)arg;
    pcap_begin(c, 1);
    for (unsigned i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        dns_header(&m, (uint16_t)(i / 2 + 1), flags[i], 2, 1, 0, 0);
        dns_question(&m, "alias.test", 6);
        dns_question(&m, "other.test", 6);
        dns_u16(&m, 0xc00c);
        dns_u16(&m, 5); /* CNAME */
        dns_u16(&m, flags[i] == 0x8180 ? 1 : 255);
        dns_u32(&m, 0);
        dns_u16(&m, 0);
        udp_dns(c, flags[i] >> 15 != 0 ? DIR_BA : DIR_AB, &m);
    }
}

const struct sample dns_samples[] = {
    { "dns/compression-loop.pcap", "owner names that point to themselves, to each other, and back to their own label",
      compression_loop, NULL },
    { "dns/pointer-forward.pcap", "compression pointers forward, beyond the message, into the header", pointer_forward,
      NULL },
    { "dns/pointer-chain.pcap", "a name after 2 and after 201 backward pointers", pointer_chain, NULL },
    { "dns/long-names.pcap", "names of 255 (allowed), 256, 257 and 1024 bytes; label types 10 and 01", long_names,
      NULL },
    { "dns/odd-names.pcap", "the root, dots and quotes inside labels, NUL, escapes, valid and invalid UTF-8, mixed case",
      odd_names, NULL },
    { "dns/wrong-counts.pcap", "section counts too high, too low, zero; two questions; messages of 2, 7 and 12 bytes",
      wrong_counts, NULL },
    { "dns/wrong-rdata.pcap", "17 answers whose rdata is too short, too long or cut", wrong_rdata, NULL },
    { "dns/pairing.pcap", "reused ids, a repeated query, an unsolicited answer, an unanswered query, a wrong question", pairing, NULL },
    { "dns/response-first.pcap", "a response before any query: the roles are swapped", response_first, NULL },
    { "dns/idle-flow.pcap", "9.9 s and 10.1 s without a message: the second ends the flow", idle_flow, NULL },
    { "dns/opcodes.pcap", "every opcode and rcode of 4 bits, Z AD CD combinations", opcodes, NULL },
    { "dns/deleted-alias.pcap", "two zones, and an alias without data at the end of the message", deleted_alias, NULL },
    { NULL, NULL, NULL, NULL },
};
