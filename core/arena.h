/* arena.h - memory for one packet: allocation moves a mark, tl_arena_reset() frees everything at once. */
#ifndef TL_CORE_ARENA_H
#define TL_CORE_ARENA_H

#include "core/bytes.h"
#include "core/status.h"

struct tl_arena {
    uint8_t *base; /* owned */
    size_t used;
    size_t capacity;
};

/* Reserves capacity bytes once. Returns false when memory runs out. */
bool tl_arena_init(struct tl_arena *arena, size_t capacity) TL_MUST_CHECK;
void tl_arena_fini(struct tl_arena *arena);

static inline void tl_arena_reset(struct tl_arena *arena)
{
    arena->used = 0;
}

/* Returns n bytes aligned to 8, or NULL when the arena is full. The caller then leaves the value out. */
static inline void *tl_arena_alloc(struct tl_arena *arena, size_t n)
{
    size_t at = (arena->used + 7) & ~(size_t)7;
    if (TL_UNLIKELY(n > arena->capacity || at > arena->capacity - n))
        return NULL;
    arena->used = at + n;
    return arena->base + at;
}

/*
 * As tl_arena_alloc(), but fails when fewer than TL_ARENA_SPARE bytes would be left. For copies that only the detail
 * tree needs.
 */
enum { TL_ARENA_SPARE = 128 << 10 };

static inline void *tl_arena_alloc_spare(struct tl_arena *arena, size_t n)
{
    size_t most = arena->capacity > TL_ARENA_SPARE ? arena->capacity - TL_ARENA_SPARE : 0;
    return arena->used < most && n < most - arena->used ? tl_arena_alloc(arena, n) : NULL;
}

#endif
