/* packet.c - the list of interfaces: chunks that never move, so readers need no lock. */
#include "core/packet.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "core/status.h"

enum {
    CHUNK_BITS = 8,
    CHUNK_SLOTS = 1 << CHUNK_BITS,
    CHUNKS = 65536 / CHUNK_SLOTS,
};

struct tl_interfaces {
    _Atomic uint32_t count; /* stored with release after the slot is filled */
    _Atomic uint32_t sections;
    struct tl_interface *chunks[CHUNKS];
};

struct tl_interfaces *tl_interfaces_new(void)
{
    return calloc(1, sizeof(struct tl_interfaces));
}

static struct tl_interface *slot(const struct tl_interfaces *list, uint32_t index)
{
    return &list->chunks[index >> CHUNK_BITS][index & (CHUNK_SLOTS - 1)];
}

void tl_interfaces_free(struct tl_interfaces *list)
{
    if (list == NULL)
        return;
    uint32_t count = tl_interfaces_count(list);
    for (uint32_t i = 0; i < count; i++)
        free((void *)(uintptr_t)slot(list, i)->block.data);
    for (uint32_t i = 0; i < CHUNKS; i++)
        free(list->chunks[i]);
    free(list);
}

uint32_t tl_interfaces_add(struct tl_interfaces *list, const struct tl_interface *in)
{
    uint32_t index = atomic_load_explicit(&list->count, memory_order_relaxed);
    if (index >= CHUNKS * CHUNK_SLOTS)
        return UINT32_MAX;
    struct tl_interface **chunk = &list->chunks[index >> CHUNK_BITS];
    if (*chunk == NULL && (*chunk = calloc(CHUNK_SLOTS, sizeof(**chunk))) == NULL)
        return UINT32_MAX;
    struct tl_bytes block = { NULL, 0 };
    if (in->block.len != 0) {
        void *copy = malloc(in->block.len);
        if (copy == NULL)
            return UINT32_MAX;
        memcpy(copy, in->block.data, in->block.len);
        block = tl_bytes_of(copy, in->block.len);
    }
    struct tl_interface *out = slot(list, index);
    *out = *in;
    out->block = block;
    atomic_store_explicit(&list->count, index + 1, memory_order_release);
    return index;
}

const struct tl_interface *tl_interfaces_get(const struct tl_interfaces *list, uint32_t index)
{
    return TL_LIKELY(index < tl_interfaces_count(list)) ? slot(list, index) : NULL;
}

uint32_t tl_interfaces_count(const struct tl_interfaces *list)
{
    return atomic_load_explicit(&list->count, memory_order_acquire);
}

uint32_t tl_interfaces_new_section(struct tl_interfaces *list)
{
    return atomic_fetch_add_explicit(&list->sections, 1, memory_order_relaxed);
}
