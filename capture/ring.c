/* ring.c - a single-producer single-consumer ring of pointers with cached indices. */
#include "capture/ring.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

#include "core/status.h"

enum {
    CACHE_LINE = 64,
    SPINS = 256, /* polls before a side sleeps */
    SLOTS_MAX = 1 << 30,
};

/* Indices increase without wrapping; the slot is index & mask. */
struct tl_ring {
    alignas(CACHE_LINE) _Atomic uint32_t tail;  /* next to push; the producer's cache line */
    uint32_t head_seen;                         /* the producer's cached head */
    alignas(CACHE_LINE) _Atomic uint32_t head;  /* next to pop; the consumer's cache line */
    uint32_t tail_seen;                         /* the consumer's cached tail */
    alignas(CACHE_LINE) _Atomic bool sleeps[2]; /* producer, consumer sleeps on `changed` */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    uint32_t mask;
    void **slots; /* owned */
};

enum { PRODUCER, CONSUMER };

static void pause_briefly(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

struct tl_ring *tl_ring_new(uint32_t slots)
{
    uint32_t size = 1;
    if (slots > SLOTS_MAX)
        return NULL;
    while (size < slots)
        size *= 2;
    struct tl_ring *ring = aligned_alloc(CACHE_LINE, sizeof(*ring));
    if (ring == NULL)
        return NULL;
    memset(ring, 0, sizeof(*ring));
    ring->mask = size - 1;
    ring->slots = calloc(size, sizeof(*ring->slots));
    if (ring->slots == NULL) {
        free(ring);
        return NULL;
    }
    if (pthread_mutex_init(&ring->lock, NULL) != 0) {
        free(ring->slots);
        free(ring);
        return NULL;
    }
    if (pthread_cond_init(&ring->changed, NULL) != 0) {
        pthread_mutex_destroy(&ring->lock);
        free(ring->slots);
        free(ring);
        return NULL;
    }
    return ring;
}

void tl_ring_free(struct tl_ring *ring)
{
    if (ring == NULL)
        return;
    pthread_cond_destroy(&ring->changed);
    pthread_mutex_destroy(&ring->lock);
    free(ring->slots);
    free(ring);
}

/*
 * No wake-up is lost: a sleeper sets its flag and then reads the index, the other side moves the index and then reads
 * the flag. All four are sequentially consistent, so at least one side sees the other's write.
 */
static void wake(struct tl_ring *ring, int side)
{
    if (TL_LIKELY(!atomic_load(&ring->sleeps[side])))
        return;
    pthread_mutex_lock(&ring->lock);
    pthread_cond_broadcast(&ring->changed);
    pthread_mutex_unlock(&ring->lock);
}

/* Waits until *index differs from `was`. */
static void wait_for_change(struct tl_ring *ring, int side, _Atomic uint32_t *index, uint32_t was)
{
    for (int i = 0; i < SPINS; i++) {
        if (atomic_load_explicit(index, memory_order_acquire) != was)
            return;
        pause_briefly();
    }
    pthread_mutex_lock(&ring->lock);
    atomic_store(&ring->sleeps[side], true);
    while (atomic_load(index) == was)
        pthread_cond_wait(&ring->changed, &ring->lock);
    atomic_store(&ring->sleeps[side], false);
    pthread_mutex_unlock(&ring->lock);
}

bool tl_ring_try_push(struct tl_ring *ring, void *item)
{
    uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    if (tail - ring->head_seen > ring->mask) {
        ring->head_seen = atomic_load_explicit(&ring->head, memory_order_acquire);
        if (tail - ring->head_seen > ring->mask)
            return false;
    }
    ring->slots[tail & ring->mask] = item;
    atomic_store(&ring->tail, tail + 1);
    wake(ring, CONSUMER);
    return true;
}

void tl_ring_push(struct tl_ring *ring, void *item)
{
    while (!tl_ring_try_push(ring, item))
        wait_for_change(ring, PRODUCER, &ring->head, ring->head_seen);
}

void *tl_ring_try_pop(struct tl_ring *ring)
{
    uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    if (head == ring->tail_seen) {
        ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
        if (head == ring->tail_seen)
            return NULL;
    }
    void *item = ring->slots[head & ring->mask];
    atomic_store(&ring->head, head + 1);
    wake(ring, PRODUCER);
    return item;
}

void *tl_ring_pop(struct tl_ring *ring)
{
    void *item;
    while ((item = tl_ring_try_pop(ring)) == NULL)
        wait_for_change(ring, CONSUMER, &ring->tail, ring->tail_seen);
    return item;
}
