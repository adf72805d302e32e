/* arena.c - memory for the time of one packet. */
#include "core/arena.h"

#include <stdlib.h>

bool tl_arena_init(struct tl_arena *arena, size_t capacity)
{
    *arena = (struct tl_arena){ .base = malloc(capacity), .capacity = capacity };
    return arena->base != NULL;
}

void tl_arena_fini(struct tl_arena *arena)
{
    free(arena->base);
    *arena = (struct tl_arena){ 0 };
}
