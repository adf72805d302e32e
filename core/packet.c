/* packet.c - the list of interfaces: chunks that never move, so readers need no lock. */
#include "core/packet.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "core/status.h"

enum {
    CHUNK_BITS = 8,
    CHUNK_SLOTS = 1 << CHUNK_BITS,
    CHUNKS = 65536 / CHUNK_SLOTS,
    KEPT_MOST = 16 << 20, /* bytes of the blocks of all interfaces */
};

struct tl_interfaces {
    _Atomic uint32_t count; /* stored with release after the slot is filled */
    _Atomic uint32_t sections;
    size_t kept; /* bytes of blocks */
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
    for (uint32_t i = 0; i < count; i++) {
        const struct tl_interface *interface = slot(list, i);
        free((void *)(uintptr_t)interface->block.data);
        if (i == 0 || interface->section_block.data != slot(list, i - 1)->section_block.data)
            free((void *)(uintptr_t)interface->section_block.data);
    }
    for (uint32_t i = 0; i < CHUNKS; i++)
        free(list->chunks[i]);
    free(list);
}

/* Copies them, or none if they are too many. Returns false if out of memory. */
static bool copy_bytes(struct tl_interfaces *list, struct tl_bytes *to, struct tl_bytes from)
{
    *to = (struct tl_bytes){ NULL, 0 };
    if (from.len == 0 || from.len > TL_INTERFACE_KEPT_MOST || from.len > KEPT_MOST - list->kept)
        return true;
    void *copy = malloc(from.len);
    if (copy == NULL)
        return false;
    memcpy(copy, from.data, from.len);
    *to = tl_bytes_of(copy, from.len);
    list->kept += from.len;
    return true;
}

/* The interfaces of a section follow each other and share one copy of its header. */
static bool copy_section(struct tl_interfaces *list, uint32_t index, struct tl_bytes *to,
                         const struct tl_interface *in)
{
    const struct tl_interface *before = index > 0 ? slot(list, index - 1) : NULL;
    if (before == NULL || before->section != in->section || in->section_block.len == 0)
        return copy_bytes(list, to, in->section_block);
    *to = before->section_block;
    return true;
}

uint32_t tl_interfaces_add(struct tl_interfaces *list, const struct tl_interface *in)
{
    uint32_t index = atomic_load_explicit(&list->count, memory_order_relaxed);
    if (index >= CHUNKS * CHUNK_SLOTS)
        return UINT32_MAX;
    struct tl_interface **chunk = &list->chunks[index >> CHUNK_BITS];
    if (*chunk == NULL && (*chunk = calloc(CHUNK_SLOTS, sizeof(**chunk))) == NULL)
        return UINT32_MAX;
    struct tl_bytes block, section_block;
    if (!copy_bytes(list, &block, in->block))
        return UINT32_MAX;
    if (!copy_section(list, index, &section_block, in)) {
        free((void *)(uintptr_t)block.data);
        return UINT32_MAX;
    }
    struct tl_interface *out = slot(list, index);
    *out = *in;
    out->block = block;
    out->section_block = section_block;
    out->commented = in->commented && block.len > 0;
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
