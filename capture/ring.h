/*
 * ring.h - a single-producer single-consumer ring of pointers. Head and tail stand on cache lines of their own and each
 * side caches the other's index; a side that must wait spins briefly, then sleeps.
 */
#ifndef TL_CAPTURE_RING_H
#define TL_CAPTURE_RING_H

#include <stdbool.h>
#include <stdint.h>

struct tl_ring;

/* Room for at least `slots` pointers. NULL without memory. */
struct tl_ring *tl_ring_new(uint32_t slots);
void tl_ring_free(struct tl_ring *ring);
/* Producer. Waits for room. */
void tl_ring_push(struct tl_ring *ring, void *item);
/* Producer. false when full. */
bool tl_ring_try_push(struct tl_ring *ring, void *item);
/* Consumer. Waits for an item. */
void *tl_ring_pop(struct tl_ring *ring);
/* Consumer. NULL when empty. */
void *tl_ring_try_pop(struct tl_ring *ring);

#endif
