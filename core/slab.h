/*
 * slab.h - flow memory: blocks in size classes from one bounded region, addressed by 32-bit handles or by pointers.
 * One slab per worker; no locks. A request beyond the limit fails, and the caller evicts or goes on without.
 */
#ifndef TL_CORE_SLAB_H
#define TL_CORE_SLAB_H

#include "core/bytes.h"
#include "core/status.h"

/* The first member of struct tl_slab, for a cheap test at every packet. */
struct tl_slab_state {
    bool tight; /* more is in use than the mark says, or a request found no room: see tl_slab_wish() */
};

struct tl_slab;

/* Uses at most `limit` bytes of memory, and 64 GiB: handles have 32 bits. Returns NULL without memory. */
struct tl_slab *tl_slab_new(size_t limit);
void tl_slab_free(struct tl_slab *slab);
/* Returns n bytes (n <= TL_SLAB_LARGE), aligned to 16 and not zeroed, or NULL. */
void *tl_slab_get(struct tl_slab *slab, size_t n);
/* Frees p; n is the size passed to tl_slab_get(). p may be NULL. */
void tl_slab_put(struct tl_slab *slab, void *p, size_t n);
/* Bytes in use, rounded up to their classes. */
size_t tl_slab_used(const struct tl_slab *slab);
size_t tl_slab_limit(const struct tl_slab *slab);

/* Sets the mark: bytes in use above which the slab is tight. Without it there is none. */
void tl_slab_set_mark(struct tl_slab *slab, size_t mark);
/* Valid as long as the slab. */
const struct tl_slab_state *tl_slab_state(const struct tl_slab *slab);

/* A request for n bytes found no room: who owns the flows evicts some before the next packet. 0: no longer wanted. */
void tl_slab_wish(struct tl_slab *slab, size_t n);
/* Returns the bytes of the last wish; 0: none. */
size_t tl_slab_wished(const struct tl_slab *slab);

/*
 * Returns a 32-bit handle of the block, valid as long as the block. 0 is NULL. Only for blocks up to TL_SLAB_NAMED
 * bytes.
 */
uint32_t tl_slab_handle(const struct tl_slab *slab, const void *p);
/* The base address for tl_slab_at(). */
void *tl_slab_base(const struct tl_slab *slab);

static inline void *tl_slab_at(void *base, uint32_t handle)
{
    return (uint8_t *)base + (size_t)handle * 16;
}

/* TL_SLAB_MAX: more than that is taken only by who bounds it in another way. */
enum { TL_SLAB_LARGE = 6 << 20, TL_SLAB_MAX = 1 << 19, TL_SLAB_NAMED = 1 << 15 };

#endif
