/*
 * memory.h - the memory of panes and tasks, outside the store: sort buffers, rows of a subset, the bytes of a stream.
 */
#ifndef TL_UI_MEMORY_H
#define TL_UI_MEMORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct tl_memory {
    size_t most;         /* bytes */
    _Atomic size_t used;
};

/* false: that much is not left, and nothing was taken. Any thread. */
static inline bool tl_memory_take(struct tl_memory *memory, size_t bytes)
{
    size_t used = atomic_load_explicit(&memory->used, memory_order_relaxed);
    do {
        if (bytes > memory->most || used > memory->most - bytes)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(&memory->used, &used, used + bytes, memory_order_relaxed,
                                                    memory_order_relaxed));
    return true;
}

static inline void tl_memory_give(struct tl_memory *memory, size_t bytes)
{
    atomic_fetch_sub_explicit(&memory->used, bytes, memory_order_relaxed);
}

/* For what grows from its beginning, charged in steps. */
enum { TL_MEMORY_STEP = 1 << 16 };
/* Charges room for so many bytes in all, of which *charged are already charged. */
static inline bool tl_memory_grow(struct tl_memory *memory, size_t *charged, size_t bytes)
{
    while (*charged < bytes) {
        if (!tl_memory_take(memory, TL_MEMORY_STEP))
            return false;
        *charged += TL_MEMORY_STEP;
    }
    return true;
}

#endif
