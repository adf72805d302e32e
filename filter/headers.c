/* headers.c - the headers of common packets, before they are decoded. */
#include "filter/headers.h"

#include "core/cursor.h"

enum { LINKTYPE_ETHERNET = 1, TYPE_IPV4 = 0x0800, TYPE_IPV6 = 0x86dd, TCP = 6, WHOLE = UINT8_MAX };

#define LAYER(member) offsetof(struct tl_headers, member)

static const struct tl_early_field fields[] = {
    { "eth", LAYER(eth), WHOLE, 0 },          { "eth.dst", LAYER(eth), 0, 0 },
    { "eth.src", LAYER(eth), 6, 0 },          { "eth.type", LAYER(eth), 12, 0 },
    { "ip", LAYER(ip), WHOLE, 0 },            { "ip.len", LAYER(ip), 2, 0 },
    { "ip.id", LAYER(ip), 4, 0 },             { "ip.ttl", LAYER(ip), 8, 0 },
    { "ip.proto", LAYER(ip), 9, 0 },          { "ip.src", LAYER(ip), 12, 0 },
    { "ip.dst", LAYER(ip), 16, 0 },           { "ipv6", LAYER(ipv6), WHOLE, 0 },
    { "ipv6.src", LAYER(ipv6), 8, 0 },        { "ipv6.dst", LAYER(ipv6), 24, 0 },
    { "tcp", LAYER(tcp), WHOLE, 0 },          { "tcp.srcport", LAYER(tcp), 0, 0 },
    { "tcp.dstport", LAYER(tcp), 2, 0 },      { "tcp.flags", LAYER(tcp), 12, 0x0fff },
    { "tcp.flags.fin", LAYER(tcp), 12, 1 },   { "tcp.flags.syn", LAYER(tcp), 12, 2 },
    { "tcp.flags.reset", LAYER(tcp), 12, 4 }, { "tcp.flags.push", LAYER(tcp), 12, 8 },
    { "tcp.flags.ack", LAYER(tcp), 12, 16 },  { "tcp.flags.urg", LAYER(tcp), 12, 32 },
};

static const struct {
    const char *name, *parts[TL_EARLY_MOST];
} either[] = {
    { "eth.addr", { "eth.dst", "eth.src" } },     { "ip.addr", { "ip.src", "ip.dst" } },
    { "ipv6.addr", { "ipv6.src", "ipv6.dst" } },  { "tcp.port", { "tcp.srcport", "tcp.dstport" } },
};

static bool is_called(struct tl_bytes name, const char *text)
{
    return strlen(text) == name.len && memcmp(text, name.data, name.len) == 0;
}

static const struct tl_early_field *find(struct tl_bytes name)
{
    for (size_t i = 0; i < TL_COUNT(fields); i++) {
        if (is_called(name, fields[i].name))
            return &fields[i];
    }
    return NULL;
}

uint32_t tl_early_find(struct tl_bytes name, const struct tl_early_field *found[TL_EARLY_MOST])
{
    found[0] = find(name);
    if (found[0] != NULL)
        return 1;
    for (size_t i = 0; i < TL_COUNT(either); i++) {
        if (!is_called(name, either[i].name))
            continue;
        for (unsigned k = 0; k < TL_EARLY_MOST; k++)
            found[k] = find(tl_bytes_of(either[i].parts[k], strlen(either[i].parts[k])));
        return TL_EARLY_MOST;
    }
    return 0;
}

/* Reads a plain IPv4 header whose datagram is TCP, whole and no fragment. */
static bool read_ipv4(struct tl_cursor *c, struct tl_headers *h)
{
    const uint8_t *p = tl_cursor_peek(c, 0, 20);
    if (p == NULL || p[0] >> 4 != 4)
        return false;
    uint32_t header = (p[0] & 15u) * 4u, total = tl_load_be16(p + 2);
    bool fragment = (tl_load_be16(p + 6) & 0x3fff) != 0;
    if (header < 20 || total < header + 20 || total > tl_cursor_left(c) || fragment || p[9] != TCP)
        return false;
    h->ip = p;
    c->end = c->wire_end = c->off + total;
    return tl_cursor_take(c, header) != NULL;
}

static bool read_ipv6(struct tl_cursor *c, struct tl_headers *h)
{
    const uint8_t *p = tl_cursor_peek(c, 0, 40);
    if (p == NULL || p[0] >> 4 != 6 || p[6] != TCP)
        return false;
    uint32_t total = 40u + tl_load_be16(p + 4);
    if (total < 60 || total > tl_cursor_left(c))
        return false;
    h->ipv6 = p;
    c->end = c->wire_end = c->off + total;
    return tl_cursor_take(c, 40) != NULL;
}

void tl_headers_read(const struct tl_packet *packet, struct tl_headers *h)
{
    struct tl_cursor c = tl_cursor_on(packet->bytes, packet->caplen, packet->len);
    *h = (struct tl_headers){ .known = false };
    if (packet->linktype != LINKTYPE_ETHERNET)
        return;
    h->eth = tl_cursor_take(&c, 14);
    if (h->eth == NULL)
        return;
    uint16_t type = tl_load_be16(h->eth + 12);
    if (!(type == TYPE_IPV4 && read_ipv4(&c, h)) && !(type == TYPE_IPV6 && read_ipv6(&c, h)))
        return;
    h->tcp = tl_cursor_peek(&c, 0, 20);
    h->known = h->tcp != NULL && (h->tcp[12] >> 4) * 4u >= 20 && (h->tcp[12] >> 4) * 4u <= tl_cursor_left(&c);
}
