/*
 * expect.c - expected flows. An entry is found by the listening endpoint. Both endpoints of a new flow are tried,
 * because its first packet may come from either side.
 */
#include "decode/expect.h"

#include <stdlib.h>
#include <xxhash.h>

#include "core/slab.h"
#include "core/time.h"

/* The oldest of a full bucket is dropped first, so that a search takes a bounded time whoever chose the ports. */
enum { BUCKET_BITS = 14, BUCKETS = 1 << BUCKET_BITS, BUCKET_MOST = 64 };
enum { CARRIED_BUCKETS = 4096, CARRIED_ALL = 65536 };
#define LIFETIME (TL_EXPECT_SECONDS * INT64_C(1000000000)) /* ns */

struct entry {
    struct entry *next;            /* in its bucket, oldest first */
    struct entry *older, *newer;   /* in the list of all entries */
    const struct tl_protocol *protocol;
    bool (*takes)(struct tl_bytes note, const struct tl_cursor *first); /* NULL: any first packet */
    uint64_t outer;                /* as tl_flow.outer: the outermost address pair of the parent */
    int64_t since;                 /* engine time, ns */
    uint32_t bucket;
    uint16_t port;
    uint16_t told_len;
    uint8_t ip_proto, addr_len;
    bool any_peer;
    uint8_t addr[16], peer[16];
    uint8_t told[TL_UID_LEN + TL_EXPECT_NOTE]; /* the parent's uid, then the note */
};

struct carried {
    struct carried *next;          /* in its bucket, oldest first */
    struct carried *older, *newer; /* in the list of all */
    bool waits;                    /* it was not asked for */
    char parent[TL_UID_LEN];
    uint16_t ports[2];
    struct tl_carried file;
};

struct tl_expectations {
    struct tl_slab *slab;
    struct entry *oldest, *newest;
    uint32_t count;
    struct entry *buckets[BUCKETS];
    uint8_t told[TL_UID_LEN + TL_EXPECT_NOTE]; /* of the entry taken last */
    uint64_t seed;
    struct carried *carried[CARRIED_BUCKETS]; /* by the parent */
    struct carried *first_carried, *last_carried;
    uint32_t carried_count;
};

struct tl_expectations *tl_expectations_new(struct tl_slab *slab, uint64_t seed)
{
    struct tl_expectations *list = calloc(1, sizeof *list);
    if (list == NULL)
        return NULL;
    list->slab = slab;
    list->seed = seed;
    return list;
}

static size_t entry_size(uint32_t told)
{
    return offsetof(struct entry, told) + told;
}

static void drop(struct tl_expectations *list, struct entry *entry)
{
    struct entry **link = &list->buckets[entry->bucket];
    while (*link != entry)
        link = &(*link)->next;
    *link = entry->next;
    if (entry->older != NULL)
        entry->older->newer = entry->newer;
    else
        list->oldest = entry->newer;
    if (entry->newer != NULL)
        entry->newer->older = entry->older;
    else
        list->newest = entry->older;
    list->count--;
    tl_slab_put(list->slab, entry, entry_size(entry->told_len));
}

static struct carried **carried_bucket(struct tl_expectations *list, const char *parent)
{
    return &list->carried[XXH3_64bits_withSeed(parent, TL_UID_LEN, list->seed) % CARRIED_BUCKETS];
}

static bool is_carried_by(const struct carried *c, const char *parent)
{
    return memcmp(c->parent, parent, TL_UID_LEN) == 0;
}

static void drop_carried(struct tl_expectations *list, struct carried *c)
{
    struct carried **link = carried_bucket(list, c->parent);
    while (*link != c)
        link = &(*link)->next;
    *link = c->next;
    *(c->older != NULL ? &c->older->newer : &list->first_carried) = c->newer;
    *(c->newer != NULL ? &c->newer->older : &list->last_carried) = c->older;
    list->carried_count--;
    tl_slab_put(list->slab, c, sizeof *c);
}

void tl_expectations_forget(struct tl_expectations *list)
{
    while (list->oldest != NULL)
        drop(list, list->oldest);
    while (list->first_carried != NULL)
        drop_carried(list, list->first_carried);
}

void tl_expectations_free(struct tl_expectations *list)
{
    if (list == NULL)
        return;
    tl_expectations_forget(list);
    free(list);
}

/* peer counts outside tunnels, where it is always known: a server's many clients are in many buckets. */
static uint32_t bucket_of(uint8_t ip_proto, const uint8_t *addr, const uint8_t *peer, unsigned addr_len, uint16_t port,
                          uint64_t outer)
{
    uint32_t hash = ip_proto * 31u + port;
    for (unsigned i = 0; i < addr_len; i++)
        hash = hash * 31 + addr[i];
    for (unsigned i = 0; i < addr_len && outer == 0; i++)
        hash = hash * 31 + peer[i];
    return hash * UINT32_C(2654435769) >> (32 - BUCKET_BITS); /* Fibonacci hashing */
}

static void drop_old(struct tl_expectations *list, int64_t now)
{
    while (list->oldest != NULL && tl_etime_between(list->oldest->since, now) > LIFETIME)
        drop(list, list->oldest);
}

/*
 * Returns the address that must connect; NULL: any. Outside tunnels it is the parent's other host, because flows of
 * other address pairs may belong to another worker. *fits: such a flow always reaches this worker.
 */
static const uint8_t *peer_of(const struct tl_flow *parent, const struct tl_expected_flow *flow, bool *fits)
{
    unsigned n = tl_flow_addr_len(parent);
    *fits = true;
    if (tl_flow_outer(parent) != 0)
        return flow->peer;
    unsigned side = memcmp(flow->addr, tl_flow_addr(parent, TL_ORIG), n) == 0 ? TL_ORIG : TL_RESP;
    const uint8_t *other = tl_flow_addr(parent, side ^ 1);
    *fits = memcmp(flow->addr, tl_flow_addr(parent, side), n) == 0 &&
            (flow->peer == NULL || memcmp(flow->peer, other, n) == 0);
    return other;
}

/* The same flow, announced by the same one. */
static bool is_same(const struct entry *a, const struct entry *b)
{
    return a->ip_proto == b->ip_proto && a->port == b->port && a->addr_len == b->addr_len && a->outer == b->outer &&
           a->any_peer == b->any_peer && a->protocol == b->protocol && a->takes == b->takes &&
           memcmp(a->addr, b->addr, sizeof a->addr) == 0 && memcmp(a->peer, b->peer, sizeof a->peer) == 0 &&
           memcmp(a->told, b->told, TL_UID_LEN) == 0;
}

/*
 * Puts the entry at the end of its bucket, which gets room if it is full. What was announced before with another note
 * counts no more.
 */
static void put(struct tl_expectations *list, struct entry *entry)
{
    struct entry *old = list->buckets[entry->bucket], *last = NULL;
    unsigned count = 0;
    while (old != NULL) {
        struct entry *next = old->next;
        bool same_note = old->told_len == entry->told_len && memcmp(old->told, entry->told, entry->told_len) == 0;
        if ((!same_note || entry->takes != NULL) && is_same(old, entry)) {
            drop(list, old);
        } else {
            last = old;
            count++;
        }
        old = next;
    }
    if (last != NULL)
        last->next = entry;
    else
        list->buckets[entry->bucket] = entry;
    if (count >= BUCKET_MOST)
        drop(list, list->buckets[entry->bucket]);
}

bool tl_expectations_add(struct tl_expectations *list, const struct tl_flow *parent, int64_t now,
                         const struct tl_expected_flow *flow, const char *uid, struct tl_bytes note)
{
    uint32_t note_len = note.len < TL_EXPECT_NOTE ? note.len : TL_EXPECT_NOTE;
    bool may_come;
    if (flow->port == 0 || flow->addr == NULL)
        return false;
    const uint8_t *peer = peer_of(parent, flow, &may_come);
    if (!may_come)
        return false;
    drop_old(list, now);
    if (list->count >= TL_EXPECT_MOST)
        drop(list, list->oldest);
    struct entry *entry = tl_slab_get(list->slab, entry_size(TL_UID_LEN + note_len));
    if (entry == NULL)
        return false;
    unsigned n = tl_flow_addr_len(parent);
    memset(entry, 0, offsetof(struct entry, told));
    entry->protocol = flow->protocol;
    entry->takes = flow->takes;
    entry->outer = tl_flow_outer(parent);
    entry->since = now;
    entry->port = flow->port;
    entry->ip_proto = flow->ip_proto;
    entry->addr_len = (uint8_t)n;
    entry->any_peer = peer == NULL;
    memcpy(entry->addr, flow->addr, n);
    if (peer != NULL)
        memcpy(entry->peer, peer, n);
    memcpy(entry->told, uid, TL_UID_LEN);
    if (note_len > 0)
        memcpy(entry->told + TL_UID_LEN, note.data, note_len);
    entry->told_len = (uint16_t)(TL_UID_LEN + note_len);
    entry->bucket = bucket_of(flow->ip_proto, flow->addr, peer, n, flow->port, tl_flow_outer(parent));
    put(list, entry);
    entry->older = list->newest;
    if (list->newest != NULL)
        list->newest->newer = entry;
    else
        list->oldest = entry;
    list->newest = entry;
    list->count++;
    return true;
}

/* Returns whether the flow matches, with the endpoint of this side as the listening one. */
static bool fits(const struct entry *entry, const struct tl_flow *flow, unsigned side, const struct tl_cursor *first)
{
    const struct tl_bytes note = { entry->told + TL_UID_LEN, entry->told_len - (uint32_t)TL_UID_LEN };
    unsigned n = tl_flow_addr_len(flow);
    return entry->ip_proto == flow->ip_proto && entry->port == tl_flow_port(flow, side) && entry->addr_len == n &&
           entry->outer == tl_flow_outer(flow) && memcmp(entry->addr, tl_flow_addr(flow, side), n) == 0 &&
           (entry->any_peer || memcmp(entry->peer, tl_flow_addr(flow, side ^ 1), n) == 0) &&
           (entry->takes == NULL || entry->takes(note, first));
}

bool tl_expectations_take(struct tl_expectations *list, const struct tl_flow *flow, int64_t now,
                          const struct tl_cursor *first, const struct tl_protocol **protocol, struct tl_bytes *told)
{
    if (TL_LIKELY(list->count == 0))
        return false;
    drop_old(list, now);
    for (unsigned i = 0; i < 2; i++) {
        unsigned side = i == 0 ? TL_RESP : TL_ORIG;
        uint32_t bucket = bucket_of(flow->ip_proto, tl_flow_addr(flow, side), tl_flow_addr(flow, side ^ 1),
                                    tl_flow_addr_len(flow), tl_flow_port(flow, side), tl_flow_outer(flow));
        struct entry *entry = list->buckets[bucket];
        while (entry != NULL && !fits(entry, flow, side, first))
            entry = entry->next;
        if (entry == NULL)
            continue;
        *protocol = entry->protocol;
        memcpy(list->told, entry->told, entry->told_len);
        *told = (struct tl_bytes){ list->told, entry->told_len };
        drop(list, entry);
        return true;
    }
    return false;
}

struct tl_expectation tl_expectation_of(struct tl_bytes told)
{
    struct tl_expectation e = { .parent_uid = "" };
    if (told.len < TL_UID_LEN)
        return e;
    memcpy(e.parent_uid, told.data, TL_UID_LEN);
    e.note = (struct tl_bytes){ told.data + TL_UID_LEN, told.len - TL_UID_LEN };
    return e;
}

void tl_expectations_carry(struct tl_expectations *list, const char *parent, const uint16_t ports[2],
                           const struct tl_carried *file)
{
    struct carried *oldest = NULL;
    unsigned count = 0;
    for (struct carried *c = *carried_bucket(list, parent); c != NULL; c = c->next) {
        if (!is_carried_by(c, parent))
            continue;
        if (memcmp(c->file.fuid, file->fuid, TL_UID_LEN) == 0) {
            c->file = *file;
            return;
        }
        oldest = count++ == 0 ? c : oldest;
    }
    if (count >= TL_CARRIED_MOST)
        drop_carried(list, oldest);
    else if (list->carried_count >= CARRIED_ALL)
        drop_carried(list, list->first_carried);
    struct carried *c = tl_slab_get(list->slab, sizeof *c);
    if (c == NULL)
        return;
    *c = (struct carried){ .older = list->last_carried, .waits = true, .ports = { ports[0], ports[1] }, .file = *file };
    memcpy(c->parent, parent, TL_UID_LEN);
    struct carried **end = carried_bucket(list, parent);
    while (*end != NULL)
        end = &(*end)->next;
    *end = c;
    *(c->older != NULL ? &c->older->newer : &list->first_carried) = c;
    list->last_carried = c;
    list->carried_count++;
}

bool tl_expectations_carried(struct tl_expectations *list, const char *parent, uint16_t port, struct tl_carried *file)
{
    struct carried *c = *carried_bucket(list, parent);
    while (c != NULL && (!c->waits || (c->ports[0] != port && c->ports[1] != port) || !is_carried_by(c, parent)))
        c = c->next;
    if (c == NULL)
        return false;
    c->waits = false;
    *file = c->file;
    return true;
}

void tl_expectations_uncarry(struct tl_expectations *list, const char *parent)
{
    for (struct carried *c = *carried_bucket(list, parent), *next; c != NULL; c = next) {
        next = c->next;
        if (is_carried_by(c, parent))
            drop_carried(list, c);
    }
}

bool tl_expectations_carries(const struct tl_expectations *list)
{
    return list->carried_count > 0;
}

uint32_t tl_expectations_count(const struct tl_expectations *list)
{
    return list->count;
}
