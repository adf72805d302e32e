/* flow_set.c - workers ask the filter, the thread that writes collects the flows: a hash table with linear probing. */
#include "export/flow_set.h"

#include <stdlib.h>

#include "filter/predicate.h"

/* The number of the first packet, and the depth in tunnels in the upper byte; 0: empty. */
struct tl_flow_set {
    uint64_t *slots;
    size_t count, room, memory;
};

struct set_sink {
    struct tl_sink sink;
    struct tl_flow_set *set;
    const struct tl_predicate *predicate;
};

static uint64_t key_of(uint64_t first_pkt, uint8_t depth)
{
    return first_pkt | (uint64_t)depth << 56;
}

static size_t slot_of(const struct tl_flow_set *set, uint64_t key)
{
    size_t at = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (set->room - 1);
    while (set->slots[at] != 0 && set->slots[at] != key)
        at = (at + 1) & (set->room - 1);
    return at;
}

bool tl_flow_set_has(const struct tl_flow_set *set, uint64_t first_pkt, uint8_t depth)
{
    return set->room > 0 && set->slots[slot_of(set, key_of(first_pkt, depth))] != 0;
}

static bool grow(struct tl_flow_set *set)
{
    size_t room = set->room > 0 ? set->room * 2 : 1024, old_room = set->room;
    uint64_t *old = set->slots, *slots = NULL;
    if (room * sizeof *slots <= set->memory)
        slots = calloc(room, sizeof *slots);
    if (slots == NULL)
        return false;
    set->slots = slots;
    set->room = room;
    for (size_t i = 0; i < old_room; i++) {
        if (old[i] != 0)
            slots[slot_of(set, old[i])] = old[i];
    }
    free(old);
    return true;
}

static bool add(struct tl_flow_set *set, uint64_t key)
{
    if (set->count * 4 >= set->room * 3 && !grow(set))
        return false;
    size_t at = slot_of(set, key);
    set->count += set->slots[at] == 0;
    set->slots[at] = key;
    return true;
}

static void judge(const struct tl_sink *sink, struct tl_buffer *out, struct tl_predicate_run *const *runs,
                  const struct tl_record_def *def, const struct tl_record *record, const struct tl_flow_id *id,
                  unsigned decimals)
{
    (void)sink;
    (void)decimals;
    if (runs == NULL || id == NULL || !tl_predicate_record(runs[0], def, record, id))
        return;
    uint64_t key = key_of(id->first_pkt, id->depth);
    tl_put(out, &key, sizeof key);
}

static enum tl_failure write_keys(struct tl_sink *sink, const uint8_t *data, size_t len, struct tl_error *error)
{
    struct tl_flow_set *set = ((struct set_sink *)sink)->set;
    for (uint64_t key; len >= sizeof key; data += sizeof key, len -= sizeof key) {
        memcpy(&key, data, sizeof key);
        if (!add(set, key))
            return tl_error_set(error, TL_E_RUNTIME,
                                "the filter selects more flows than fit in the memory: raise --mem");
    }
    return TL_E_NONE;
}

static enum tl_failure close_sink(struct tl_sink *sink, struct tl_error *error)
{
    (void)sink;
    (void)error;
    return TL_E_NONE;
}

static void free_sink(struct tl_sink *sink)
{
    free(sink);
}

struct tl_sink *tl_flow_set_sink(struct tl_flow_set *set, const struct tl_predicate *predicate)
{
    struct set_sink *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->set = set;
    s->predicate = predicate;
    s->sink = (struct tl_sink){ .judge = judge, .write = write_keys, .close = close_sink, .free = free_sink,
                                .predicates = &s->predicate, .predicate_count = 1 };
    return &s->sink;
}

struct tl_flow_set *tl_flow_set_new(size_t memory)
{
    struct tl_flow_set *set = calloc(1, sizeof *set);
    if (set != NULL)
        set->memory = memory;
    return set;
}

void tl_flow_set_free(struct tl_flow_set *set)
{
    if (set == NULL)
        return;
    free(set->slots);
    free(set);
}
