/* snoop_samples.c - snoop files (RFC 1761): complete, cut in the padding and in a packet, with invalid lengths. */
#include "gen.h"

enum { RECORD_HEADER = 24, ETHERNET = 4 };

static void snoop_begin(struct capture *c, uint32_t version, uint32_t datalink)
{
    c->big = true;
    capture_byte_run(c, "snoop\0\0", 8);
    capture_u32(c, version);
    capture_u32(c, datalink);
}

static void snoop_packet(struct capture *c, struct pkt *p, size_t captured)
{
    static const uint8_t padding[4] = { 'p', 'a', 'd', '!' };
    size_t pad = (4 - captured % 4) % 4;
    capture_u32(c, (uint32_t)p->len);
    capture_u32(c, (uint32_t)captured);
    capture_u32(c, (uint32_t)(RECORD_HEADER + captured + pad));
    capture_u32(c, 0); /* dropped so far */
    capture_u32(c, (uint32_t)(c->ns / 1000000000));
    capture_u32(c, (uint32_t)(c->ns % 1000000000 / 1000));
    capture_byte_run(c, pkt_bytes(p), captured);
    capture_byte_run(c, padding, pad);
    c->ns += c->step;
}

/* UDP both ways with one to four bytes, so that each padding length occurs; the last packet is cut to 60 bytes. */
static void four_packets(struct capture *c, uint32_t version, uint32_t datalink)
{
    struct pkt p;
    snoop_begin(c, version, datalink);
    for (unsigned i = 1; i <= 4; i++) {
        enum direction dir = i % 2 ? DIR_AB : DIR_BA;
        pkt_init(&p, c->net);
        pkt_pattern(&p, i == 4 ? 40 : i, i);
        put_udp(&p, dir, false, dir == DIR_AB ? 40001 : 9001, dir == DIR_AB ? 9001 : 40001);
        put_ip4_dir(&p, dir, 17);
        put_ethernet(&p, dir, 0x0800);
        snoop_packet(c, &p, i == 4 ? 60 : p.len);
    }
}

static void whole(struct capture *c, const void *arg)
{
    (void)arg;
    four_packets(c, 2, ETHERNET);
}

static void cut(struct capture *c, const void *arg)
{
    struct pkt p;
    whole(c, NULL);
    pkt_init(&p, c->net);
    pkt_pattern(&p, 61, 5);
    snoop_packet(c, &p, p.len);
    c->len -= *(const size_t *)arg;
}

struct patch {
    size_t at;
    uint32_t value;
};

/* One 32-bit word of the file is changed. */
static void patched(struct capture *c, const void *arg)
{
    const struct patch *patch = arg;
    whole(c, NULL);
    put32(c->data + patch->at, patch->value);
}

enum { FIRST = 16, SECOND = FIRST + RECORD_HEADER + 44 }; /* the records */
static const size_t cut_by[] = { 2, 10, 70 };
static const struct patch wrong[] = {
    { SECOND + 8, RECORD_HEADER + 43 }, /* shorter than its packet */
    { SECOND + 4, 0xfffffff0 },         /* a packet of 4 GB */
    { SECOND, 20 },                     /* caplen above len */
    { 8, 3 },                           /* Shomiti's version */
    { 12, 5 },                          /* HDLC */
    { 4, 0x70000001 },                  /* "snoop" without the 0 after it */
};

const struct sample snoop_samples[] = {
    { "files/solaris.snoop", "a snoop file: four packets with 0 to 3 bytes of padding, the last cut", whole, NULL },
    { "files/solaris-padding.snoop", "cut inside the padding of the last packet", cut, &cut_by[0] },
    { "files/solaris-cut.snoop", "cut inside the last packet", cut, &cut_by[1] },
    { "files/solaris-header.snoop", "cut inside the last record's header", cut, &cut_by[2] },
    { "files/solaris-size.snoop", "the second record is shorter than its packet", patched, &wrong[0] },
    { "files/solaris-caplen.snoop", "the second packet has 4 GB", patched, &wrong[1] },
    { "files/solaris-len.snoop", "the second record has caplen above len", patched, &wrong[2] },
    { "files/solaris-version.snoop", "version 3", patched, &wrong[3] },
    { "files/solaris-link.snoop", "a data link type without a LINKTYPE value (HDLC)", patched, &wrong[4] },
    { "files/solaris-magic.snoop", "the format name followed by a wrong byte", patched, &wrong[5] },
    { NULL, NULL, NULL, NULL },
};
