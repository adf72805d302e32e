/*
 * pcapng.c - pcapng files (draft-ietf-opsawg-pcapng): sections in both byte orders, interfaces, options, damaged
 * blocks.
 */
#include "gen.h"

#include <string.h>

/* Starts a block; its length is filled in at the end. */
static size_t block_begin(struct capture *c, uint32_t type)
{
    size_t start = c->len;
    capture_u32(c, type);
    capture_u32(c, 0);
    return start;
}

static void pad(struct capture *c)
{
    while (c->len % 4 != 0)
        capture_byte_run(c, "", 1);
}

static void block_end(struct capture *c, size_t start)
{
    pad(c);
    uint32_t total = (uint32_t)(c->len - start + 4);
    capture_u32(c, total);
    size_t end = c->len;
    c->len = start + 4;
    capture_u32(c, total);
    c->len = end;
}

static void option(struct capture *c, uint16_t code, const void *value, size_t len)
{
    capture_u16(c, code);
    capture_u16(c, (uint16_t)len);
    capture_byte_run(c, value, len);
    pad(c);
}

static void text_option(struct capture *c, uint16_t code, const char *text)
{
    option(c, code, text, strlen(text));
}

static void section(struct capture *c, bool big, const char *comment)
{
    c->big = big;
    size_t at = block_begin(c, 0x0a0d0d0a);
    capture_u32(c, 0x1a2b3c4d);
    capture_u16(c, 1);
    capture_u16(c, 0);
    capture_u32(c, 0xffffffff);
    capture_u32(c, 0xffffffff);
    if (comment != NULL) {
        text_option(c, 1, comment);
        text_option(c, 2, "sample machine");
        text_option(c, 3, "sample system");
        text_option(c, 4, "taplight-samples");
        option(c, 0, NULL, 0);
    }
    block_end(c, at);
}

/* resolution: as in if_tsresol, 0 for none (microseconds). */
static void interface(struct capture *c, uint16_t link, uint32_t snaplen, const char *name, uint8_t resolution,
                      int64_t offset)
{
    size_t at = block_begin(c, 1);
    capture_u16(c, link);
    capture_u16(c, 0);
    capture_u32(c, snaplen);
    if (name != NULL) {
        text_option(c, 2, name);
        text_option(c, 3, "an interface of the sample");
        if (resolution != 0)
            option(c, 9, &resolution, 1);
        if (offset != 0) {
            capture_u16(c, 14);
            capture_u16(c, 8);
            uint32_t high = (uint32_t)((uint64_t)offset >> 32), low = (uint32_t)offset;
            capture_u32(c, c->big ? high : low);
            capture_u32(c, c->big ? low : high);
        }
        option(c, 0, NULL, 0);
    }
    block_end(c, at);
}

static void packet(struct capture *c, uint32_t interface_id, uint64_t stamp, struct pkt *p, const char *comment)
{
    size_t at = block_begin(c, 6);
    capture_u32(c, interface_id);
    capture_u32(c, (uint32_t)(stamp >> 32));
    capture_u32(c, (uint32_t)stamp);
    capture_u32(c, (uint32_t)p->len);
    capture_u32(c, (uint32_t)p->len);
    capture_byte_run(c, pkt_bytes(p), p->len);
    pad(c);
    if (comment != NULL) {
        uint8_t inbound[4] = { 0 };
        inbound[c->big ? 3 : 0] = 1;
        text_option(c, 1, comment);
        option(c, 2, inbound, 4);
        option(c, 0, NULL, 0);
    }
    block_end(c, at);
}

static void simple_packet(struct capture *c, struct pkt *p)
{
    size_t at = block_begin(c, 3);
    capture_u32(c, (uint32_t)p->len);
    capture_byte_run(c, pkt_bytes(p), p->len);
    block_end(c, at);
}

static void query(struct pkt *p, libnet_t *net, unsigned n, bool ethernet)
{
    struct dns m;
    dns_query(&m, (uint16_t)n, "section.test", 1);
    pkt_init(p, net);
    pkt_append(p, m.buf, m.len);
    put_udp(p, DIR_AB, false, (uint16_t)(40000 + n), 53);
    put_ip4_dir(p, DIR_AB, 17);
    if (ethernet)
        put_ethernet(p, DIR_AB, 0x0800);
}

static void names_secrets_statistics(struct capture *c)
{
    static const char line[] = "CLIENT_RANDOM 00112233 44556677\n";
    size_t at = block_begin(c, 4); /* name resolution */
    capture_u16(c, 1);
    capture_u16(c, 19);
    capture_byte_run(c, "\x0a\x01\x00\x02server.example", 19);
    pad(c);
    capture_u16(c, 2);
    capture_u16(c, 23);
    capture_byte_run(c, ip6_of[1], 16);
    capture_byte_run(c, "srv6.x", 7);
    pad(c);
    capture_u32(c, 0);
    block_end(c, at);
    at = block_begin(c, 10); /* decryption secrets: a TLS key log */
    capture_u32(c, 0x544c534b);
    capture_u32(c, sizeof line - 1);
    capture_byte_run(c, line, sizeof line - 1);
    block_end(c, at);
    at = block_begin(c, 5); /* interface statistics */
    capture_u32(c, 0);
    capture_u32(c, 0x00060a24);
    capture_u32(c, 0x181e4000);
    for (uint16_t code = 4; code <= 5; code++) {
        capture_u16(c, code);
        capture_u16(c, 8);
        capture_u32(c, c->big ? 0 : 3);
        capture_u32(c, c->big ? 3 : 0);
    }
    option(c, 0, NULL, 0);
    block_end(c, at);
}

static const uint64_t BASE = 1700000000;

/* Two sections with opposite byte order, each with three interfaces of different link types and resolutions. */
static void sections(struct capture *c, const void *arg)
{
    struct pkt p;
    (void)arg;
    for (unsigned s = 0; s < 2; s++) {
        section(c, s == 1, s == 0 ? "first section, little-endian" : "second section, big-endian");
        interface(c, 1, 262144, "eth0", 0, 0);
        interface(c, 101, 0, "tun0", 9, 0);
        query(&p, c->net, 10 * s + 1, true);
        packet(c, 0, BASE * 1000000 + s * 1000000, &p, "the first packet");
        query(&p, c->net, 10 * s + 2, false);
        packet(c, 1, BASE * 1000000000 + s * 1000000000 + 123456789, &p, NULL);
        interface(c, 1, 262144, "eth1", 0x80 | 10, 0); /* an interface described late, in units of 2^-10 s */
        query(&p, c->net, 10 * s + 3, true);
        packet(c, 2, (BASE + s) * 1024 + 512, &p, "a comment with \"quotes\", \xc3\xbc and a\nline break");
        names_secrets_statistics(c);
        query(&p, c->net, 10 * s + 4, true);
        packet(c, 0, BASE * 1000000 + s * 1000000 + 900000, &p, NULL);
    }
}

static void resolutions(struct capture *c, const void *arg)
{
    static const uint8_t shown[] = { 0, 1, 3, 6, 9, 12, 0x80 | 1, 0x80 | 20, 0x80 | 32 };
    static const uint64_t units[] = { 1000000,       10, 1000,    1000000,          1000000000,
                                      1000000000000, 2,  1 << 20, UINT64_C(1) << 32 };
    struct pkt p;
    (void)arg;
    section(c, false, NULL);
    for (unsigned i = 0; i < sizeof shown; i++)
        interface(c, 1, 0, "any", shown[i], 0);
    interface(c, 1, 0, "shifted", 6, 3600);
    for (unsigned i = 0; i < sizeof shown; i++) {
        query(&p, c->net, i, true);
        packet(c, i, (BASE + i) * units[i] + units[i] / 2, &p, NULL);
    }
    query(&p, c->net, 20, true);
    packet(c, (uint32_t)sizeof shown, (BASE + 20) * 1000000, &p, NULL);
}

static void odd_blocks(struct capture *c, const void *arg)
{
    struct pkt p;
    (void)arg;
    section(c, false, NULL);
    interface(c, 1, 0, NULL, 0, 0);
    query(&p, c->net, 1, true);
    simple_packet(c, &p);
    static const uint32_t types[] = { 0x00000bad, 0x40000bad, 7, 11 };
    for (unsigned i = 0; i < 4; i++) { /* custom, unknown and local blocks */
        size_t at = block_begin(c, types[i]);
        capture_u32(c, 32473);
        capture_byte_run(c, "12345", 5);
        block_end(c, at);
    }
    size_t at = block_begin(c, 2); /* the obsolete packet block */
    capture_u16(c, 0);
    capture_u16(c, 0xffff);
    capture_u32(c, (uint32_t)(BASE * 1000000 >> 32));
    capture_u32(c, (uint32_t)(BASE * 1000000));
    capture_u32(c, (uint32_t)p.len);
    capture_u32(c, (uint32_t)p.len);
    capture_byte_run(c, pkt_bytes(&p), p.len);
    block_end(c, at);
    packet(c, 5, BASE * 1000000, &p, NULL); /* an interface without description */
    packet(c, 0, BASE * 1000000, &p, "after all that");
}

/* Times before 1677 and after 2262: 64 bits of nanoseconds do not express them. */
static void times_outside(struct capture *c, const void *arg)
{
    static const struct {
        unsigned interface;
        uint64_t stamp;
    } times[] = { { 0, BASE }, { 0, UINT64_C(1) << 40 }, { 1, 5 }, { 2, 7 }, { 3, UINT64_MAX }, { 3, BASE * 1000 } };
    struct pkt p;
    (void)arg;
    section(c, true, NULL);
    interface(c, 1, 0, "seconds", 0x80, 0);
    interface(c, 1, 96, "early", 6, INT64_MIN);
    interface(c, 1, 65535, "late", 6, INT64_MAX);
    interface(c, 1, 262144, "milliseconds", 3, 0);
    for (unsigned i = 0; i < sizeof times / sizeof times[0]; i++) {
        struct dns m;
        dns_query(&m, (uint16_t)i, "time.test", 1);
        if (i % 2 != 0)
            dns_answer_a(&m, (uint16_t)(i - 1), "time.test", IP4_B);
        pkt_init(&p, c->net);
        pkt_append(&p, m.buf, m.len);
        put_udp(&p, i % 2, false, i % 2 != 0 ? 53 : (uint16_t)(40000 + i), i % 2 != 0 ? (uint16_t)(40000 + i - 1) : 53);
        put_ip4_dir(&p, i % 2, 17);
        put_ethernet(&p, i % 2, 0x0800);
        packet(c, times[i].interface, times[i].stamp, &p, NULL);
    }
}

enum damage { CUT, TRAILER, LENGTH, ODD_LENGTH, OPTION, CAPLEN, NO_INTERFACE, MAGIC };

static void damaged(struct capture *c, const void *arg)
{
    struct pkt p;
    enum damage what = *(const enum damage *)arg;
    section(c, false, NULL);
    if (what == MAGIC)
        c->data[8] = 0;
    if (what != NO_INTERFACE)
        interface(c, 1, 0, "eth0", 0, 0);
    query(&p, c->net, 1, true);
    packet(c, 0, BASE * 1000000, &p, NULL);
    size_t at = c->len;
    packet(c, 0, BASE * 1000000 + 1, &p, what == OPTION ? "comment" : NULL);
    size_t end = c->len;
    packet(c, 0, BASE * 1000000 + 2, &p, NULL);
    switch (what) {
    case CUT:
        c->len -= 9;
        break;
    case TRAILER:
        c->data[end - 4] ^= 0x10;
        break;
    case LENGTH:
        memset(c->data + at + 4, 0xff, 3);
        break;
    case ODD_LENGTH:
        c->data[at + 4] = 6;
        memset(c->data + at + 5, 0, 3);
        break;
    case OPTION:
        memset(c->data + at + 28 + (p.len + 3) / 4 * 4 + 2, 0xff, 2);
        break;
    case CAPLEN:
        memset(c->data + at + 20, 0xff, 2);
        break;
    default:
        break;
    }
}

static const enum damage damages[] = { CUT, TRAILER, LENGTH, ODD_LENGTH, OPTION, CAPLEN, NO_INTERFACE, MAGIC };

const struct sample pcapng_samples[] = {
    { "files/sections.pcapng",
      "two sections, little- and big-endian, each with three interfaces (Ethernet, raw IP in nanoseconds, 2^-10 s), "
      "comments, names, secrets, statistics",
      sections, NULL },
    { "files/resolutions.pcapng", "nine time resolutions, decimal and binary, and a time offset of an hour",
      resolutions, NULL },
    { "files/times-outside.pcapng", "times before 1677 and after 2262, interfaces with different snaplens",
      times_outside, NULL },
    { "files/odd-blocks.pcapng",
      "simple and old packet blocks, custom and unknown blocks, an undescribed interface", odd_blocks,
      NULL },
    { "files/cut.pcapng", "the last block is 9 bytes short", damaged, &damages[0] },
    { "files/trailer.pcapng", "the two lengths of a block differ", damaged, &damages[1] },
    { "files/length.pcapng", "a block of 16 MB in a file of 500 bytes", damaged, &damages[2] },
    { "files/odd-length.pcapng", "a block length of 6", damaged, &damages[3] },
    { "files/option.pcapng", "a comment longer than its block", damaged, &damages[4] },
    { "files/caplen.pcapng", "a packet longer than its block", damaged, &damages[5] },
    { "files/no-interface.pcapng", "packets without any interface description", damaged, &damages[6] },
    { "files/magic.pcapng", "an invalid byte-order magic", damaged, &damages[7] },
    { NULL, NULL, NULL, NULL },
};
