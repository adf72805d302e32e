/* frames.c - writes the packets of frames.h. */
#include "frames.h"

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void put_hex(struct pkt *p, const char *hex)
{
    uint8_t bytes[256];
    size_t n = 0;
    for (; *hex != '\0'; hex++) {
        if (digit(*hex) < 0)
            continue;
        if (n == sizeof bytes || digit(hex[1]) < 0)
            die("a header is not hex, or too long");
        bytes[n++] = (uint8_t)(digit(hex[0]) << 4 | digit(hex[1]));
        hex++;
    }
    pkt_prepend(p, bytes, n);
}

static void put_inner(struct pkt *p, enum inner inner)
{
    static const uint8_t arp[] = { 0, 7, 8, 0, 1, 4, 0, 1, 0xbe, 10, 1, 0, 1, 0, 10, 1, 0, 2 }, check[] = { 1, 2, 3, 4 };
    struct dns m;
    bool v6 = inner == V6;
    if (inner == NOTHING)
        return;
    if (inner == ARP) {
        pkt_append(p, arp, sizeof arp);
        return;
    }
    dns_query(&m, 1, "link.test", 1);
    pkt_append(p, m.buf, m.len);
    put_udp(p, DIR_AB, v6, 40001, 53);
    if (v6)
        put_ip6(p, DIR_AB, 17);
    else
        put_ip4_dir(p, DIR_AB, 17);
    if (inner == CHECKED)
        pkt_append(p, check, sizeof check);
    if (inner == SEALED)
        pkt_pattern(p, 16, 3);
    if (inner == ETHERNET)
        put_ethernet(p, DIR_AB, 0x0800);
}

void write_frames(struct capture *c, const void *arg)
{
    const struct link *link = arg;
    struct pkt p;
    pcap_begin(c, link->type);
    for (const struct frame *f = link->frames; f->header != NULL; f++) {
        pkt_init(&p, c->net);
        put_inner(&p, f->inner);
        put_hex(&p, f->header);
        pcap_packet(c, &p);
    }
}

void write_datagrams(struct capture *c, const void *arg)
{
    const struct datagrams *datagrams = arg;
    struct pkt p;
    bool v6 = false;
    pcap_begin(c, 1);
    for (const struct frame *f = datagrams->frames; f->header != NULL; f++, v6 = !v6) {
        pkt_init(&p, c->net);
        put_inner(&p, f->inner);
        put_hex(&p, f->header);
        put_udp(&p, DIR_AB, v6, 50001, datagrams->port);
        if (v6)
            put_ip6(&p, DIR_AB, 17);
        else
            put_ip4_dir(&p, DIR_AB, 17);
        put_ethernet(&p, DIR_AB, v6 ? 0x86dd : 0x0800);
        pcap_packet(c, &p);
    }
}
