/* fragments.c - IP fragment reassembly. */
#include "flows/fragments.h"

#include <stdlib.h>

#include "core/time.h"
#include "flows/table.h"

enum {
    DATAGRAM_MAX = 65535,    /* bytes of payload */
    BLOCK = 8,               /* fragments begin at multiples of this */
    BLOCKS = (DATAGRAM_MAX + BLOCK) / BLOCK,
    SHARE = 16,              /* part of the slab that incomplete datagrams may take: flows are not ended for them */
    HASH_SIZE = 1024,
    CARRIERS_MAX = 1 << 14,          /* packets noted for one datagram, and for one packet */
    GIVEN_MAX = 16,          /* nested datagrams reassembled in one packet */
};
/* ns from the first fragment (RFC 1122 3.3.2 asks for 60 to 120 s; Linux waits 30). */
#define FRAGMENT_TIMEOUT INT64_C(30000000000)

struct datagram {
    struct datagram *chain;          /* next with the same hash */
    struct datagram *older, *newer;  /* in order of arrival */
    int64_t since;                   /* engine time of the first fragment */
    uint64_t outer;                  /* hash of the outermost address pair; 0: this pair */
    uint32_t id, total;              /* total: payload bytes, 0: the last fragment is missing */
    uint32_t blocks, end;            /* blocks received; highest end seen */
    uint32_t capacity;
    uint8_t *data;                   /* from the slab */
    struct tl_carrier *carriers;     /* packets that brought its fragments; from the slab */
    uint32_t carrier_count, carrier_room;
    uint8_t addr[32];
    uint8_t protocol, version;
    uint8_t there[BLOCKS / 8 + 1];   /* one bit per block */
};

struct given {
    uint8_t *data;
    uint32_t capacity;
};

struct tl_fragments {
    struct tl_slab *slab;
    struct datagram *oldest, *newest;
    size_t held, most;               /* bytes of incomplete datagrams */
    uint64_t truncated;
    uint64_t seed;                   /* of the hash: outsiders cannot choose what collides */
    struct given given[GIVEN_MAX];   /* buffers returned for one packet, freed later */
    uint32_t given_count;
    bool noting;                     /* carriers are noted */
    uint64_t carried;                /* number of the packet that has these carriers */
    struct tl_carrier *carriers;     /* from the slab */
    uint32_t carrier_count, carrier_room;
    struct datagram *hash[HASH_SIZE];
};

struct tl_fragments *tl_fragments_new(struct tl_slab *slab, uint64_t seed, bool carriers)
{
    struct tl_fragments *fragments = calloc(1, sizeof *fragments);
    if (fragments != NULL)
        *fragments = (struct tl_fragments){ .slab = slab, .seed = seed, .noting = carriers,
                                            .most = tl_slab_limit(slab) / SHARE };
    return fragments;
}

uint64_t tl_fragments_truncated(const struct tl_fragments *fragments)
{
    return fragments != NULL ? fragments->truncated : 0;
}

static struct datagram **place_of(struct tl_fragments *fragments, uint32_t id, const uint8_t *addr)
{
    uint64_t h = tl_pair_hash(addr, addr + 16, true, fragments->seed + id);
    return &fragments->hash[h >> 32 & (HASH_SIZE - 1)];
}

static void drop(struct tl_fragments *fragments, struct datagram *g)
{
    struct datagram **at = place_of(fragments, g->id, g->addr);
    while (*at != g)
        at = &(*at)->chain;
    *at = g->chain;
    *(g->older != NULL ? &g->older->newer : &fragments->oldest) = g->newer;
    *(g->newer != NULL ? &g->newer->older : &fragments->newest) = g->older;
    fragments->held -= sizeof *g + g->capacity;
    tl_slab_put(fragments->slab, g->data, g->capacity);
    tl_slab_put(fragments->slab, g->carriers, g->carrier_room * sizeof *g->carriers);
    tl_slab_put(fragments->slab, g, sizeof *g);
}

/* Frees buffers returned for an earlier packet. Those that contain this fragment, or enclose it, are kept. */
static void give_back(struct tl_fragments *fragments, const uint8_t *base)
{
    if (fragments->given_count > 0 && fragments->given[fragments->given_count - 1].data == base)
        return;
    while (fragments->given_count > 0) {
        struct given *given = &fragments->given[--fragments->given_count];
        tl_slab_put(fragments->slab, given->data, given->capacity);
    }
}

void tl_fragments_free(struct tl_fragments *fragments)
{
    if (fragments == NULL)
        return;
    give_back(fragments, NULL);
    while (fragments->oldest != NULL)
        drop(fragments, fragments->oldest);
    tl_slab_put(fragments->slab, fragments->carriers, fragments->carrier_room * sizeof *fragments->carriers);
    free(fragments);
}

void tl_fragments_expire(struct tl_fragments *fragments, int64_t now)
{
    while (fragments->oldest != NULL && tl_etime_between(fragments->oldest->since, now) > FRAGMENT_TIMEOUT)
        drop(fragments, fragments->oldest);
}

/* Makes room for n more bytes by dropping the oldest datagrams but `keep`. Returns false if that is not enough. */
static bool make_room(struct tl_fragments *fragments, size_t n, const struct datagram *keep)
{
    while (n > fragments->most - fragments->held) {
        struct datagram *g = fragments->oldest;
        if (g == keep && g != NULL)
            g = g->newer;
        if (g == NULL)
            return false;
        fragments->truncated += g->blocks * BLOCK;
        drop(fragments, g);
    }
    return true;
}

static struct datagram *find(struct tl_fragments *fragments, const struct tl_dissection *d, uint64_t outer)
{
    const struct tl_network *net = d->net;
    uint8_t addr[32] = { 0 };
    unsigned n = net->version == 4 ? 4 : 16;
    memcpy(addr, net->src, n);
    memcpy(addr + 16, net->dst, n);
    int64_t now = d->frame->packet->etime;
    struct datagram **at = place_of(fragments, net->frag_id, addr);
    for (struct datagram *g = *at; g != NULL; g = g->chain) {
        if (g->id != net->frag_id || g->version != net->version || g->protocol != net->protocol ||
            g->outer != outer || memcmp(g->addr, addr, sizeof addr) != 0)
            continue;
        if (tl_etime_between(g->since, now) <= FRAGMENT_TIMEOUT)
            return g;
        drop(fragments, g);
        break;
    }
    tl_fragments_expire(fragments, now);
    struct datagram *g = make_room(fragments, sizeof *g, NULL) ? tl_slab_get(fragments->slab, sizeof *g) : NULL;
    if (g == NULL)
        return NULL;
    fragments->held += sizeof *g;
    *g = (struct datagram){ .since = now, .outer = outer, .id = net->frag_id, .protocol = net->protocol, .version = net->version };
    memcpy(g->addr, addr, sizeof addr);
    at = place_of(fragments, g->id, g->addr);
    g->chain = *at;
    *at = g;
    g->older = fragments->newest;
    *(g->older != NULL ? &g->older->newer : &fragments->oldest) = g;
    fragments->newest = g;
    return g;
}

static bool grow(struct tl_fragments *fragments, struct datagram *g, uint32_t need)
{
    if (need <= g->capacity)
        return true;
    uint32_t capacity = g->capacity ? g->capacity : 4096;
    while (capacity < need)
        capacity *= 2;
    uint8_t *data = make_room(fragments, capacity, g) ? tl_slab_get(fragments->slab, capacity) : NULL;
    if (data == NULL)
        return false;
    fragments->held += capacity - g->capacity;
    if (g->data != NULL)
        memcpy(data, g->data, g->capacity);
    tl_slab_put(fragments->slab, g->data, g->capacity);
    g->data = data;
    g->capacity = capacity;
    return true;
}

/* After all blocks received so far: no overlap is possible. */
static void fill_fresh(struct datagram *g, uint32_t offset, const uint8_t *data, uint32_t len)
{
    uint32_t block = offset / BLOCK, end = (offset + len + BLOCK - 1) / BLOCK;
    memcpy(g->data + offset, data, len);
    g->blocks += end - block;
    g->end = offset + len;
    for (; block < end && (block & 7) != 0; block++)
        g->there[block / 8] |= (uint8_t)(1u << (block & 7));
    for (; block + 8 <= end; block += 8)
        g->there[block / 8] = 0xff;
    for (; block < end; block++)
        g->there[block / 8] |= (uint8_t)(1u << (block & 7));
}

/* Copies the blocks that are still missing. */
static void fill(struct datagram *g, uint32_t offset, const uint8_t *data, uint32_t len)
{
    if (offset >= (g->end + BLOCK - 1) / BLOCK * BLOCK) {
        fill_fresh(g, offset, data, len);
        return;
    }
    for (uint32_t at = 0; at < len; at += BLOCK) {
        uint32_t block = (offset + at) / BLOCK, n = len - at < BLOCK ? len - at : BLOCK;
        uint8_t bit = (uint8_t)(1u << (block & 7));
        if (g->there[block / 8] & bit)
            continue;
        memcpy(g->data + offset + at, data + at, n);
        g->there[block / 8] |= bit;
        g->blocks++;
    }
    if (offset + len > g->end)
        g->end = offset + len;
}

/*
 * Two last fragments with different ends, or a fragment after the last one: no datagram can contain both, so the
 * datagram is dropped.
 */
static bool contradicts(const struct datagram *g, uint32_t end, bool last)
{
    if (last)
        return g->end > end || (g->total != 0 && g->total != end);
    return g->total != 0 && end > g->total;
}

/* Appends to a list in the slab. Without memory, or beyond the limit, the packet is left out. */
static void add_carrier(struct tl_slab *slab, struct tl_carrier **list, uint32_t *count, uint32_t *room,
                        struct tl_carrier carrier)
{
    if (*count == *room) {
        uint32_t more = *room > 0 ? *room * 2 : 4;
        struct tl_carrier *grown = more <= CARRIERS_MAX ? tl_slab_get(slab, more * sizeof *grown) : NULL;
        if (grown == NULL)
            return;
        if (*count > 0)
            memcpy(grown, *list, *count * sizeof *grown);
        tl_slab_put(slab, *list, *room * sizeof *grown);
        *list = grown;
        *room = more;
    }
    (*list)[(*count)++] = carrier;
}

/* This packet, and the packets that brought what it is in, brought a fragment of g. */
static void note_carriers(struct tl_fragments *fragments, struct datagram *g, const struct tl_packet *packet)
{
    if (fragments->carried != packet->number)
        fragments->carrier_count = 0;
    fragments->carried = packet->number;
    for (uint32_t i = 0; i < fragments->carrier_count; i++)
        add_carrier(fragments->slab, &g->carriers, &g->carrier_count, &g->carrier_room, fragments->carriers[i]);
    add_carrier(fragments->slab, &g->carriers, &g->carrier_count, &g->carrier_room,
                (struct tl_carrier){ packet->number, packet->place });
}

/* The datagram is complete: its fragments brought what follows in this packet. */
static void take_carriers(struct tl_fragments *fragments, const struct datagram *g)
{
    for (uint32_t i = 0; i < g->carrier_count; i++) {
        if (g->carriers[i].number != fragments->carried)
            add_carrier(fragments->slab, &fragments->carriers, &fragments->carrier_count, &fragments->carrier_room,
                        g->carriers[i]);
    }
}

const struct tl_carrier *tl_fragments_carriers(const struct tl_fragments *fragments, uint64_t packet, uint32_t *count)
{
    *count = fragments->carried == packet ? fragments->carrier_count : 0;
    return fragments->carriers;
}

struct tl_bytes tl_fragments_add(struct tl_fragments *fragments, const struct tl_dissection *d, uint64_t outer)
{
    const struct tl_bytes none = { NULL, 0 };
    const struct tl_network *net = d->net;
    give_back(fragments, d->c.base);
    uint32_t len = tl_cursor_wire_left(&d->c), offset = net->frag_offset;
    bool cut = tl_cursor_left(&d->c) < len;
    if (cut || len == 0 || offset > DATAGRAM_MAX || len > DATAGRAM_MAX - offset ||
        (net->more_fragments && len % BLOCK != 0) || fragments->given_count == GIVEN_MAX)
        return none;
    struct datagram *g = find(fragments, d, outer);
    if (g == NULL || !grow(fragments, g, offset + len)) {
        fragments->truncated += len;
        return none;
    }
    if (contradicts(g, offset + len, !net->more_fragments)) {
        drop(fragments, g);
        return none;
    }
    if (!net->more_fragments)
        g->total = offset + len;
    fill(g, offset, d->c.base + d->c.off, len);
    if (TL_UNLIKELY(fragments->noting))
        note_carriers(fragments, g, d->frame->packet);
    if (g->total == 0 || g->blocks < (g->total + BLOCK - 1) / BLOCK)
        return none;
    if (TL_UNLIKELY(fragments->noting))
        take_carriers(fragments, g);
    fragments->given[fragments->given_count++] = (struct given){ g->data, g->capacity };
    struct tl_bytes whole = { g->data, g->total };
    fragments->held -= g->capacity;
    g->data = NULL;
    g->capacity = 0;
    drop(fragments, g);
    return whole;
}
