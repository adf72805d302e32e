/* streams.c - numbers of conversations: a hash table with open addressing, which doubles. */
#include "filter/streams.h"

#include <stdlib.h>

enum { ENTRIES_LEAST = 1024, ENTRIES_MOST = 1 << 23 };

struct key {
    uint8_t low[16], high[16]; /* the ends, the smaller first */
    uint16_t low_port, high_port;
    uint8_t version, tcp;
};

struct entry {
    struct key key;
    bool used;
    bool based[2];    /* a sequence number of that side is known */
    uint32_t base[2]; /* of the SYN */
    uint32_t number;
};

struct tl_streams {
    struct entry *entries;
    uint32_t most;            /* entries; a power of two */
    uint32_t capacity, count; /* capacity is a power of two */
    uint32_t next[2];         /* UDP, TCP */
};

struct tl_streams *tl_streams_new(void)
{
    return tl_streams_new_within(SIZE_MAX);
}

struct tl_streams *tl_streams_new_within(size_t memory)
{
    struct tl_streams *s = calloc(1, sizeof *s);
    if (s != NULL)
        s->entries = calloc(ENTRIES_LEAST, sizeof *s->entries);
    if (s == NULL || s->entries == NULL) {
        free(s);
        return NULL;
    }
    s->capacity = ENTRIES_LEAST;
    s->most = ENTRIES_LEAST;
    while (s->most < ENTRIES_MOST && s->most * 3 * sizeof *s->entries <= memory) /* a table and its successor */
        s->most *= 2;
    return s;
}

void tl_streams_free(struct tl_streams *s)
{
    if (s == NULL)
        return;
    free(s->entries);
    free(s);
}

/* FNV-1a. */
static uint32_t hash(const struct key *key)
{
    const uint8_t *p = (const uint8_t *)key;
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < sizeof *key; i++)
        h = (h ^ p[i]) * UINT64_C(0x100000001b3);
    return (uint32_t)(h ^ h >> 32);
}

static struct entry *slot_of(struct entry *entries, uint32_t capacity, const struct key *key)
{
    uint32_t i = hash(key) & (capacity - 1);
    while (entries[i].used && memcmp(&entries[i].key, key, sizeof *key) != 0)
        i = (i + 1) & (capacity - 1);
    return &entries[i];
}

/* Keeps at least half of the table empty. Returns false without memory. */
static bool make_room(struct tl_streams *s)
{
    if (s->count < s->capacity / 2)
        return true;
    struct entry *more = s->capacity < s->most ? calloc(s->capacity * 2u, sizeof *more) : NULL;
    if (more == NULL)
        return false;
    for (uint32_t i = 0; i < s->capacity; i++) {
        if (s->entries[i].used)
            *slot_of(more, s->capacity * 2, &s->entries[i].key) = s->entries[i];
    }
    free(s->entries);
    s->entries = more;
    s->capacity *= 2;
    return true;
}

/* Returns the side of the sender: 0 for the smaller end. */
static unsigned fill_key(struct key *key, const struct tl_endpoints *e)
{
    size_t size = e->version == 6 ? 16 : 4;
    int order = memcmp(e->src, e->dst, size);
    bool swap = order > 0 || (order == 0 && e->src_port > e->dst_port);
    memset(key, 0, sizeof *key);
    memcpy(key->low, swap ? e->dst : e->src, size);
    memcpy(key->high, swap ? e->src : e->dst, size);
    key->low_port = swap ? e->dst_port : e->src_port;
    key->high_port = swap ? e->src_port : e->dst_port;
    key->version = e->version;
    key->tcp = e->tcp;
    return swap;
}

bool tl_streams_find(struct tl_streams *s, const struct tl_endpoints *e, uint32_t *number)
{
    struct key key;
    unsigned side = fill_key(&key, e);
    struct entry *entry = slot_of(s->entries, s->capacity, &key);
    bool again = entry->used && e->syn && entry->based[side] && entry->base[side] != e->seq;
    if (!entry->used) {
        if (!make_room(s))
            return false;
        entry = slot_of(s->entries, s->capacity, &key);
        s->count++;
    }
    if (!entry->used || again)
        *entry = (struct entry){ .key = key, .used = true, .number = s->next[e->tcp]++ };
    if (!entry->based[side]) {
        entry->based[side] = true;
        entry->base[side] = e->syn ? e->seq : e->seq - 1;
    }
    *number = entry->number;
    return true;
}
