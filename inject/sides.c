/* sides.c - a table of conversations, which forgets old ones when it is full. */
#include "inject/sides.h"

#include "inject/ip.h"

#include <stdlib.h>
#include <string.h>

enum { TALKS = 1 << 16, STATIONS = 1 << 10, TCP = 6, UDP = 17 };

struct tl_sides {
    struct talk {
        uint64_t key; /* 0: free */
        bool low_is_server;
    } talks[TALKS];
    struct station {
        uint8_t mac[6];
        bool is_server;
    } stations[STATIONS];
    struct datagram {
        uint64_t key; /* of addresses, protocol and identification */
        bool is_server;
    } datagrams[STATIONS]; /* in fragments: only the first has ports */
};

/* An endpoint as bytes: address, port. */
struct endpoint {
    uint8_t bytes[18];
};

struct tl_sides *tl_sides_new(void)
{
    return calloc(1, sizeof(struct tl_sides));
}

void tl_sides_free(struct tl_sides *sides)
{
    free(sides);
}

static uint64_t hash(uint64_t seed, const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        seed = (seed ^ p[i]) * UINT64_C(0x100000001b3);
    return seed ^ seed >> 29;
}

struct ends {
    struct endpoint of[2];
    uint8_t proto;
    bool answers;             /* it is a SYN with ACK */
    bool fragment, later;     /* later: not the first */
    uint32_t identification;
};

/* Returns false if the frame is no IP packet. */
static bool read_ends(struct tl_bytes f, struct ends *e)
{
    uint32_t at;
    struct tl_ip_packet ip;
    uint16_t type = tl_ip_ethertype(f.data, f.len, &at);
    if ((type != 0x0800 && type != 0x86dd) || !tl_ip_read(f.data + at, f.len - at, &ip))
        return false;
    *e = (struct ends){ .proto = ip.proto,
                        .later = tl_ip_is_later(&ip),
                        .fragment = tl_ip_is_later(&ip) || ip.more,
                        .identification = ip.id };
    memcpy(e->of[0].bytes, ip.src.bytes, 16);
    memcpy(e->of[1].bytes, ip.dst.bytes, 16);
    if ((e->proto != TCP && e->proto != UDP) || e->later || ip.len < 4)
        return true;
    memcpy(e->of[0].bytes + 16, ip.data, 2);
    memcpy(e->of[1].bytes + 16, ip.data + 2, 2);
    e->answers = e->proto == TCP && ip.len >= 14 && (ip.data[13] & 0x12) == 0x12;
    return true;
}

/* A conversation that began before the capture: a port below 1,024 is the server's. */
static bool looks_like_server(const struct endpoint ends[2])
{
    uint16_t from = tl_load_be16(ends[0].bytes + 16), to = tl_load_be16(ends[1].bytes + 16);
    return from != 0 && from < 1024 && to >= 1024;
}

/* Of the datagram that the packet is a fragment of. */
static struct datagram *datagram_of(struct tl_sides *sides, const struct ends *e, uint64_t *key)
{
    *key = hash(e->proto + 1u, e->of[0].bytes, 16);
    *key = hash(*key, e->of[1].bytes, 16);
    *key = hash(*key, (const uint8_t *)&e->identification, sizeof e->identification) | 1;
    return &sides->datagrams[(*key >> 1) % STATIONS];
}

bool tl_sides_is_server(struct tl_sides *sides, struct tl_bytes frame)
{
    struct ends e;
    uint64_t whole;
    if (frame.len < TL_ETHERNET_HEADER)
        return false;
    struct station *s = &sides->stations[hash(0, frame.data + 6, 6) % STATIONS];
    if (!read_ends(frame, &e))
        return memcmp(s->mac, frame.data + 6, 6) == 0 && s->is_server;
    struct datagram *d = datagram_of(sides, &e, &whole);
    if (e.later && d->key == whole)
        return d->is_server;
    const struct endpoint *from = &e.of[0], *to = &e.of[1];
    bool from_low = memcmp(from, to, sizeof *from) <= 0;
    uint64_t key = hash(e.proto + 1u, (from_low ? from : to)->bytes, sizeof *from);
    key = hash(key, (from_low ? to : from)->bytes, sizeof *from) | 1;
    struct talk *t = &sides->talks[(key >> 1) % TALKS];
    if (t->key != key || e.answers) {
        bool server = e.answers || looks_like_server(e.of);
        *t = (struct talk){ .key = key, .low_is_server = server == from_low };
    }
    memcpy(s->mac, frame.data + 6, 6);
    s->is_server = t->low_is_server == from_low;
    if (e.fragment)
        *d = (struct datagram){ .key = whole, .is_server = s->is_server };
    return s->is_server;
}
