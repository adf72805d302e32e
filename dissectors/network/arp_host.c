/* arp_host.c - hosts that ARP tells of: one address that two of them have is an anomaly. */
#include <stdlib.h>
#include <xxhash.h>

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

/*
 * HOSTS at one time; then the one that was not heard for longest is forgotten, of those that were heard once. One that
 * was heard again stays: it cannot be pushed out by many that are heard once. At most OFTEN stay, so that new ones have
 * room.
 */
enum { BUCKETS = 8192, HOSTS = 16384, OFTEN = HOSTS / 4 * 3 };

struct entry {
    struct entry *same; /* of the bucket */
    struct entry *older, *newer; /* of its list */
    struct tl_arp_host host;
    uint32_t network; /* VLANs */
    uint32_t interface;
    uint8_t addr[4];
    bool often;       /* it is in that list */
    unsigned told;    /* anomalies that were reported */
};

/* In the order in which they were heard. */
struct list {
    struct entry *oldest, *newest;
    uint32_t count;
};

struct hosts {
    uint64_t seed; /* of the hash: outsiders cannot choose what collides */
    struct entry *buckets[BUCKETS]; /* owned */
    struct list once, often;
};

static struct list *list_of(struct hosts *all, const struct entry *e)
{
    return e->often ? &all->often : &all->once;
}

static void remove_from(struct list *list, struct entry *e)
{
    *(e->older != NULL ? &e->older->newer : &list->oldest) = e->newer;
    *(e->newer != NULL ? &e->newer->older : &list->newest) = e->older;
    list->count--;
}

static void append(struct list *list, struct entry *e)
{
    e->older = list->newest;
    e->newer = NULL;
    *(list->newest != NULL ? &list->newest->newer : &list->oldest) = e;
    list->newest = e;
    list->count++;
}

static struct entry **bucket_of(struct hosts *all, uint32_t interface, uint32_t network, const uint8_t addr[4])
{
    uint8_t text[12];
    memcpy(text, addr, 4);
    memcpy(text + 4, &network, 4);
    memcpy(text + 8, &interface, 4);
    return &all->buckets[XXH3_64bits_withSeed(text, sizeof text, all->seed) % BUCKETS];
}

static void forget(struct hosts *all, struct entry *e)
{
    struct entry **at = bucket_of(all, e->interface, e->network, e->addr);
    while (*at != e)
        at = &(*at)->same;
    *at = e->same;
    remove_from(list_of(all, e), e);
    free(e);
}

/* The host is heard. again: with the MAC address that it had. */
static void touch(struct hosts *all, struct entry *e, bool again)
{
    remove_from(list_of(all, e), e);
    e->often = e->often || again;
    append(list_of(all, e), e);
    if (all->often.count <= OFTEN)
        return;
    struct entry *oldest = all->often.oldest;
    remove_from(&all->often, oldest);
    oldest->often = false;
    append(&all->once, oldest);
}

/* Returns the sender, which may be new, or NULL without memory. */
static struct entry *find(struct hosts *all, const struct tl_arp_part *part)
{
    struct entry **bucket = bucket_of(all, part->interface, part->network, part->sender);
    for (struct entry *e = *bucket; e != NULL; e = e->same)
        if (e->network == part->network && e->interface == part->interface && memcmp(e->addr, part->sender, 4) == 0)
            return e;
    struct entry *e = calloc(1, sizeof *e);
    if (e == NULL)
        return NULL;
    if (all->once.count + all->often.count == HOSTS)
        forget(all, all->once.oldest);
    e->network = part->network;
    e->interface = part->interface;
    memcpy(e->addr, part->sender, 4);
    e->same = *bucket;
    *bucket = e;
    append(&all->once, e);
    return e;
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
    to->weird(to->context,
              &(struct tl_joined_weird){ .protocol = &tl_protocol_arp, .kind = kind, .ts = part->ts, .nano = part->nano,
                                         .packet = part->packet, .addl = tl_bytes_of(text.data, text.len) });
}

static void *joiner_make(uint64_t seed)
{
    struct hosts *all = calloc(1, sizeof *all);
    if (all != NULL)
        all->seed = seed;
    return all;
}

static void joiner_take(void *state, const void *from, const struct tl_flow_id *id, const struct tl_joined *to)
{
    const struct tl_arp_part *part = from;
    const struct tl_arp_message m = { part->operation, part->mac, part->sender, part->target };
    (void)id;
    struct entry *e = find(state, part);
    if (e == NULL)
        return;
    touch(state, e, e->host.known && memcmp(e->host.mac, part->mac, 6) == 0);
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

static void joiner_drop(void *state)
{
    struct hosts *all = state;
    while (all->once.oldest != NULL)
        forget(all, all->once.oldest);
    while (all->often.oldest != NULL)
        forget(all, all->often.oldest);
    free(all);
}

const struct tl_joiner tl_arp_joiner = { .part_size = sizeof(struct tl_arp_part), .make = joiner_make,
                                         .take = joiner_take, .end = joiner_end, .drop = joiner_drop };
