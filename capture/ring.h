/*
 * ring.h - a single-producer single-consumer ring of pointers. Head and tail are on separate cache lines, and each side
 * caches the other's index. A side that must wait spins briefly, then sleeps.
 */
#ifndef TL_CAPTURE_RING_H
#define TL_CAPTURE_RING_H

#include <stdbool.h>
#include <stdint.h>

struct tl_ring;

/* Creates a ring with at least `slots` slots. NULL: out of memory. */
struct tl_ring *tl_ring_new(uint32_t slots);
void tl_ring_free(struct tl_ring *ring);
/* Producer. Waits for room. */
void tl_ring_push(struct tl_ring *ring, void *item);
/* Producer. Returns false if full. */
bool tl_ring_try_push(struct tl_ring *ring, void *item);
/* Consumer. Waits for an item. */
void *tl_ring_pop(struct tl_ring *ring);
/* Consumer. Returns NULL if empty. */
void *tl_ring_try_pop(struct tl_ring *ring);

#endif
