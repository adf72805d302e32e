/* ip.c - walks headers, and keeps fragments. */
#include "inject/ip.h"

#include "core/bytes.h"

#include <stdlib.h>
#include <string.h>

enum { PACKETS = 4, UNITS = 8192 /* of 8 bytes in a packet */ };

uint16_t tl_ip_ethertype(const uint8_t *frame, uint32_t len, uint32_t *at)
{
    *at = TL_ETHERNET_HEADER;
    if (len < TL_ETHERNET_HEADER)
        return 0;
    uint16_t type = tl_load_be16(frame + 12);
    while (tl_ip_is_tag(type) && *at + 4 <= len) {
        type = tl_load_be16(frame + *at + 2);
        *at += 4;
    }
    return type;
}

static bool read_v4(const uint8_t *p, uint32_t len, struct tl_ip_packet *out)
{
    uint32_t header = (p[0] & 15u) * 4, total = tl_load_be16(p + 2), fragment = tl_load_be16(p + 6);
    if (header < 20 || header > len)
        return false;
    out->src.version = out->dst.version = 4;
    memcpy(out->src.bytes, p + 12, 4);
    memcpy(out->dst.bytes, p + 16, 4);
    out->ttl = p[8];
    out->proto = p[9];
    out->id = tl_load_be16(p + 4);
    out->offset = (fragment & 0x1fff) * 8;
    out->more = (fragment & 0x2000) != 0;
    out->all = total >= header && total <= len;
    out->whole = out->all && out->offset == 0 && !out->more;
    out->size = total;
    out->data = p + header;
    out->len = (total < len && total >= header ? total : len) - header;
    return true;
}

static bool read_v6(const uint8_t *p, uint32_t len, struct tl_ip_packet *out)
{
    enum { HEADER = 40, HOP_BY_HOP = 0, ROUTING = 43, FRAGMENT = 44, DESTINATION = 60 };
    if (len < HEADER)
        return false;
    uint32_t total = HEADER + tl_load_be16(p + 4), at = HEADER;
    uint8_t next = p[6];
    out->src.version = out->dst.version = 6;
    memcpy(out->src.bytes, p + 8, 16);
    memcpy(out->dst.bytes, p + 24, 16);
    out->ttl = p[7];
    out->size = total;
    out->all = total <= len;
    if (total < len)
        len = total;
    while ((next == HOP_BY_HOP || next == ROUTING || next == FRAGMENT || next == DESTINATION) && out->offset == 0) {
        if (at + 8 > len)
            return false;
        if (next == FRAGMENT) {
            out->offset = tl_load_be16(p + at + 2) & 0xfff8;
            out->more = (p[at + 3] & 1) != 0;
            out->id = tl_load_be32(p + at + 4);
        }
        uint32_t extent = next == FRAGMENT ? 8 : (p[at + 1] + 1u) * 8;
        next = p[at];
        at += extent;
        if (at > len)
            return false;
    }
    out->whole = out->all && out->offset == 0 && !out->more;
    out->proto = next;
    out->data = p + at;
    out->len = len - at;
    return true;
}

bool tl_ip_read(const uint8_t *p, uint32_t len, struct tl_ip_packet *out)
{
    *out = (struct tl_ip_packet){ .ttl = 0 };
    if (len < 20)
        return false;
    return p[0] >> 4 == 4 ? read_v4(p, len, out) : p[0] >> 4 == 6 && read_v6(p, len, out);
}

/* A packet of which not all fragments have come. */
struct pieces {
    struct tl_ip_packet first; /* the header, of the fragment at 0 or else of any; version 0: free */
    uint8_t here[UNITS];       /* units of 8 bytes that have come */
    uint32_t end;              /* bytes of the whole; 0: the last fragment has not come */
    uint8_t data[UNITS * 8];
};

struct tl_ip_gather {
    struct pieces packets[PACKETS];
    unsigned next; /* the one that is used for the next packet */
};

struct tl_ip_gather *tl_ip_gather_new(void)
{
    return calloc(1, sizeof(struct tl_ip_gather));
}

void tl_ip_gather_free(struct tl_ip_gather *gather)
{
    free(gather);
}

static bool same_packet(const struct tl_ip_packet *a, const struct tl_ip_packet *b)
{
    return a->src.version == b->src.version && a->id == b->id && (a->src.version == 6 || a->proto == b->proto) &&
           memcmp(&a->src, &b->src, sizeof a->src) == 0 && memcmp(&a->dst, &b->dst, sizeof a->dst) == 0;
}

static struct pieces *pieces_of(struct tl_ip_gather *g, const struct tl_ip_packet *ip)
{
    for (unsigned i = 0; i < PACKETS; i++)
        if (same_packet(&g->packets[i].first, ip))
            return &g->packets[i];
    struct pieces *p = &g->packets[g->next];
    g->next = (g->next + 1) % PACKETS;
    memset(p->here, 0, sizeof p->here);
    p->end = 0;
    p->first = *ip;
    return p;
}

bool tl_ip_gather_add(struct tl_ip_gather *g, struct tl_ip_packet *ip)
{
    uint32_t end = ip->offset + ip->len;
    if (!ip->all || end > sizeof g->packets[0].data || (ip->more && ip->len % 8 != 0) || ip->len == 0)
        return false;
    struct pieces *p = pieces_of(g, ip);
    memcpy(p->data + ip->offset, ip->data, ip->len);
    memset(p->here + ip->offset / 8, 1, (ip->len + 7) / 8);
    if (ip->offset == 0)
        p->first = *ip;
    if (!ip->more)
        p->end = end;
    if (p->end == 0 || memchr(p->here, 0, (p->end + 7) / 8) != NULL)
        return false;
    uint32_t header = p->first.size - p->first.len;
    *ip = p->first;
    ip->data = p->data;
    ip->len = p->end;
    ip->size = header + p->end;
    ip->offset = 0;
    ip->more = false;
    ip->all = ip->whole = true;
    p->first.src.version = 0; /* free; its data is used until the next call */
    return true;
}
