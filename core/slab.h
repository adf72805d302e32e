/*
 * slab.h - flow memory: blocks in size classes out of one bounded region, named by 32-bit handles or by pointers.
 * One a worker; no locks. What does not fit the account is refused: the caller evicts or goes on without.
 */
#ifndef TL_CORE_SLAB_H
#define TL_CORE_SLAB_H

#include "core/bytes.h"
#include "core/status.h"

struct tl_slab;

/* At most `limit` bytes of memory are ever touched. NULL without memory. */
struct tl_slab *tl_slab_new(size_t limit);
void tl_slab_free(struct tl_slab *slab);
/* n bytes (n <= TL_SLAB_MAX), aligned to 16, not zeroed, or NULL. */
void *tl_slab_get(struct tl_slab *slab, size_t n);
/* n is what was asked for. NULL is allowed. */
void tl_slab_put(struct tl_slab *slab, void *p, size_t n);
/* Bytes handed out and not given back, rounded to their classes. */
size_t tl_slab_used(const struct tl_slab *slab);
size_t tl_slab_limit(const struct tl_slab *slab);

/*
 * A block's name in 32 bits; 0 is NULL's. Lives as long as the block. Only for blocks of TL_SLAB_NAMED bytes at most.
 */
uint32_t tl_slab_handle(const struct tl_slab *slab, const void *p);
/* What tl_slab_at() counts from. */
void *tl_slab_base(const struct tl_slab *slab);

static inline void *tl_slab_at(void *base, uint32_t handle)
{
    return (uint8_t *)base + (size_t)handle * 16;
}

enum { TL_SLAB_MAX = 1 << 19, TL_SLAB_NAMED = 1 << 15 };

#endif
