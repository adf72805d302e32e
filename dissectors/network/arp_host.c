/* arp_host.c - hosts that ARP tells of: one address that two of them have is an anomaly. The joiner is behind the workers. */
#include <stdlib.h>

#include "core/buffer.h"
#include "core/time.h"
#include "dissectors/network/arp_host.h"
#include "dissectors/registry.h"

unsigned tl_arp_facts(const struct tl_arp_message *m)
{
    static const uint8_t nothing[4];
    unsigned facts = 0;
    bool same = memcmp(m->sender, m->target, 4) == 0;
    if (m->operation == 1 && !same)
        facts |= TL_ARP_ASKS;
    if (memcmp(m->sender, nothing, 4) == 0) /* a probe */
        return facts;
    return facts | TL_ARP_IS_THERE | (same ? TL_ARP_ANNOUNCES : 0u);
}

unsigned tl_arp_meet(struct tl_arp_host *host, const struct tl_arp_message *m)
{
    if (!host->known || memcmp(host->mac, m->mac, 6) == 0) {
        host->known = true;
        memcpy(host->mac, m->mac, 6);
        return 0;
    }
    host->doubled = true;
    memcpy(host->other, m->mac, 6);
    return TL_ARP_OTHER_MAC;
}

/* --- the joiner --- */

enum { HOSTS = 4096, NEAR = 16 }; /* places for an address; if all of them are taken the oldest is forgotten */

struct entry {
    struct tl_arp_host host;
    uint32_t network; /* VLANs */
    uint8_t addr[4];
    int64_t last;     /* ns */
    unsigned told;    /* anomalies that were reported */
};

struct hosts {
    struct entry entries[HOSTS];
};

static struct entry *find(struct hosts *all, const struct tl_arp_part *part)
{
    uint32_t hash = (tl_load_be32(part->sender) ^ part->network * 0x85ebca6bu) * 0x9e3779b1u >> 16;
    struct entry *oldest = NULL;
    for (uint32_t i = 0; i < NEAR; i++) {
        struct entry *e = &all->entries[(hash + i) % HOSTS];
        if (e->host.known && e->network == part->network && memcmp(e->addr, part->sender, 4) == 0)
            return e;
        if (oldest == NULL || (oldest->host.known && (!e->host.known || e->last < oldest->last)))
            oldest = e;
    }
    *oldest = (struct entry){ .network = part->network };
    memcpy(oldest->addr, part->sender, 4);
    return oldest;
}

/* "10.0.0.1: 02:00:00:00:00:01, 02:00:00:00:00:02" */
static void tell(const struct entry *e, const struct tl_arp_part *part, unsigned kind, const struct tl_joined *to)
{
    uint8_t room[64];
    struct tl_buffer text = { .data = room, .capacity = sizeof room, .failed = true };
    tl_put_ipv4(&text, e->addr);
    tl_put_lit(&text, ": ");
    tl_put_mac(&text, e->host.mac);
    tl_put_lit(&text, ", ");
    tl_put_mac(&text, e->host.other);
    to->weird(to->context, &tl_protocol_arp, kind, part->ts, part->packet, tl_bytes_of(text.data, text.len));
}

static void *joiner_make(uint64_t seed)
{
    (void)seed;
    return calloc(1, sizeof(struct hosts));
}

static void joiner_take(void *state, const void *from, const struct tl_flow_id *id, const struct tl_joined *to)
{
    const struct tl_arp_part *part = from;
    const struct tl_arp_message m = { part->operation, part->mac, part->sender, part->target };
    (void)id;
    struct entry *e = find(state, part);
    e->last = part->ts;
    if (tl_arp_meet(&e->host, &m) == 0)
        return;
    unsigned kind = (tl_arp_facts(&m) & TL_ARP_ANNOUNCES) != 0 ? TL_ARP_WEIRD_MOVED : TL_ARP_WEIRD_DUPLICATE;
    if ((e->told >> kind & 1) == 0)
        tell(e, part, kind, to);
    e->told |= 1u << kind;
}

static void joiner_end(void *state, const struct tl_joined *to)
{
    (void)state;
    (void)to;
}

const struct tl_joiner tl_arp_joiner = { .part_size = sizeof(struct tl_arp_part), .make = joiner_make,
                                         .take = joiner_take, .end = joiner_end, .drop = free };
