/* file_samples.c - classic pcap files: both byte orders, both resolutions, odd headers, damaged and truncated files. */
#include "gen.h"

static void three_packets(struct capture *c)
{
    struct dns m;
    dns_query(&m, 1, "file.test", 1);
    udp_dns(c, DIR_AB, &m);
    c->ns += 123456789;
    dns_answer_a(&m, 1, "file.test", IP4_B);
    udp_dns(c, DIR_BA, &m);
    dns_query(&m, 2, "file.test", 28);
    udp_dns(c, DIR_AB, &m);
}

struct kind {
    bool big, nano;
};

static void orders(struct capture *c, const void *arg)
{
    const struct kind *k = arg;
    c->big = k->big;
    c->nano = k->nano;
    pcap_begin(c, 1);
    three_packets(c);
}

static void empty(struct capture *c, const void *arg)
{
    (void)arg;
    pcap_begin(c, 1);
}

static void header_cut(struct capture *c, const void *arg)
{
    (void)arg;
    pcap_begin(c, 1);
    c->len = 15;
}

static void truncated(struct capture *c, const void *arg)
{
    pcap_begin(c, 1);
    three_packets(c);
    c->len -= *(const size_t *)arg;
}

/* Overwrites a 32-bit value at an offset of the file. */
static void patch(struct capture *c, size_t at, uint32_t value)
{
    size_t end = c->len;
    c->len = at;
    capture_u32(c, value);
    c->len = end;
}

/* The captured length of the second record is impossible; the rest cannot be found. */
static void impossible(struct capture *c, const void *arg)
{
    pcap_begin(c, 1);
    struct dns m;
    dns_query(&m, 1, "file.test", 1);
    udp_dns(c, DIR_AB, &m);
    size_t second = c->len;
    three_packets(c);
    patch(c, second + 8, *(const uint32_t *)arg);
}

static void caplen_above_len(struct capture *c, const void *arg)
{
    (void)arg;
    pcap_begin(c, 1);
    size_t first = c->len;
    three_packets(c);
    patch(c, first + 12, 40);
}

static void header_odd(struct capture *c, const void *arg)
{
    (void)arg;
    pcap_begin(c, 1);
    patch(c, 16, 0);          /* a snaplen of 0 */
    patch(c, 20, 0x20000001); /* the upper bits of the link type are used: a check sequence of 2 units */
    patch(c, 8, 3600);        /* a time zone, which is always 0 in practice */
    three_packets(c);
}

static void version(struct capture *c, const void *arg)
{
    (void)arg;
    pcap_begin(c, 1);
    c->data[6] = 9; /* 2.9 */
    three_packets(c);
}

static void unknown_link(struct capture *c, const void *arg)
{
    (void)arg;
    pcap_begin(c, 147); /* a user link type */
    three_packets(c);
}

static void not_a_capture(struct capture *c, const void *arg)
{
    (void)arg;
    capture_byte_run(c, "GET / HTTP/1.1\r\nHost: not.a.capture.test\r\n\r\n", 44);
}

static void nothing(struct capture *c, const void *arg)
{
    (void)arg;
    capture_byte_run(c, "", 0);
}

/* The modified format of patched libpcaps: 8 more bytes in every record header. */
static void modified(struct capture *c, const void *arg)
{
    struct pkt p;
    (void)arg;
    pcap_begin(c, 1);
    patch(c, 0, 0xa1b2cd34);
    for (unsigned i = 0; i < 2; i++) {
        pkt_init(&p, c->net);
        pkt_pattern(&p, 10, i);
        put_udp(&p, DIR_AB, false, 40001, 9001);
        put_ip4_dir(&p, DIR_AB, 17);
        put_ethernet(&p, DIR_AB, 0x0800);
        capture_u32(c, 1700000000 + i);
        capture_u32(c, 5);
        capture_u32(c, (uint32_t)p.len);
        capture_u32(c, (uint32_t)p.len);
        capture_u32(c, 2);
        capture_u32(c, 0x0800);
        capture_byte_run(c, pkt_bytes(&p), p.len);
    }
}

static const struct kind kinds[] = { { false, false }, { true, false }, { false, true }, { true, true } };
static const size_t cut_by[] = { 1, 70 };
static const uint32_t lengths[] = { 0xffffffff, 0x7fffffff, 300000 };

const struct sample file_samples[] = {
    { "files/little-micro.pcap", "three DNS packets, little-endian, microseconds", orders, &kinds[0] },
    { "files/big-micro.pcap", "the same, big-endian", orders, &kinds[1] },
    { "files/little-nano.pcap", "the same, nanoseconds", orders, &kinds[2] },
    { "files/big-nano.pcap", "the same, big-endian, nanoseconds", orders, &kinds[3] },
    { "files/empty.pcap", "a file header without packets", empty, NULL },
    { "files/header-cut.pcap", "15 bytes of the file header", header_cut, NULL },
    { "files/zero-bytes.pcap", "an empty file", nothing, NULL },
    { "files/truncated.pcap", "the last packet is one byte short", truncated, &cut_by[0] },
    { "files/truncated-header.pcap", "the file ends inside the last record's header", truncated, &cut_by[1] },
    { "files/impossible-length.pcap", "the second record is 2^32 - 1 bytes long", impossible, &lengths[0] },
    { "files/impossible-length-2g.pcap", "the second record is 2^31 - 1 bytes long", impossible, &lengths[1] },
    { "files/impossible-length-300k.pcap", "the second record is longer than any snaplen and than the file", impossible,
      &lengths[2] },
    { "files/caplen-above-len.pcap", "the first record has caplen above len", caplen_above_len,
      NULL },
    { "files/header-odd.pcap", "snaplen 0, a time zone, check-sequence bits in the link type", header_odd, NULL },
    { "files/version-2.9.pcap", "an unknown minor version", version, NULL },
    { "files/unknown-link.pcap", "link type 147", unknown_link, NULL },
    { "files/not-a-capture.pcap", "an HTTP request", not_a_capture, NULL },
    { "files/modified.pcap", "the modified format, magic a1b2cd34", modified, NULL },
    { NULL, NULL, NULL, NULL },
};
