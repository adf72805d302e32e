/*
 * kept.c - a place is a multiple of 8. Bit 0: options are kept, and their length is before the bytes. Bit 1: not a
 * place.
 */
#include "ui/store/kept.h"

#include <sys/mman.h>

#include "ui/store/cells.h"

enum { LEAST = 1 << 20, WORD = 8, HAS_OPTIONS = 1, NOWHERE = 2 };

bool tl_kept_init(struct tl_kept *kept, size_t memory)
{
    *kept = (struct tl_kept){ .size = LEAST };
    while (kept->size <= memory / 2)
        kept->size *= 2;
    void *p = mmap(NULL, kept->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    kept->words = p != MAP_FAILED ? p : NULL;
    return kept->words != NULL;
}

void tl_kept_fini(struct tl_kept *kept)
{
    if (kept->words != NULL)
        munmap((void *)(uintptr_t)kept->words, kept->size);
    kept->words = NULL;
}

size_t tl_kept_memory(const struct tl_kept *kept)
{
    uint64_t head = atomic_load_explicit(&kept->head, memory_order_relaxed);
    return head < kept->size ? head : kept->size;
}

static _Atomic uint64_t *word_at(const struct tl_kept *kept, uint64_t place)
{
    return kept->words + (place & (kept->size - 1)) / WORD;
}

uint64_t tl_kept_add(struct tl_kept *kept, const uint8_t *bytes, uint32_t len, uint32_t options)
{
    uint64_t front = options > 0 ? WORD : 0, size = front + (((uint64_t)len + WORD - 1) & ~(uint64_t)(WORD - 1));
    uint64_t place = atomic_load_explicit(&kept->head, memory_order_relaxed);
    uint64_t left = kept->size - (place & (kept->size - 1));
    if (size > kept->size / 2)
        return NOWHERE;
    if (left < size) /* without wrapping around */
        place += left;
    uint64_t end = place + size;
    if (end > kept->size) {
        atomic_store_explicit(&kept->tail, end - kept->size, memory_order_relaxed);
        atomic_thread_fence(memory_order_release);
    }
    if (front > 0)
        atomic_store_explicit(word_at(kept, place), options, memory_order_relaxed);
    tl_words_store(word_at(kept, place + front), bytes, len);
    atomic_store_explicit(&kept->head, end, memory_order_relaxed);
    return place | (front > 0 ? HAS_OPTIONS : 0);
}

/* It was not overwritten since it was looked at. */
static bool is_there(const struct tl_kept *kept, uint64_t place)
{
    atomic_thread_fence(memory_order_acquire);
    return (place & NOWHERE) == 0 && place >= atomic_load_explicit(&kept->tail, memory_order_relaxed);
}

uint32_t tl_kept_options(const struct tl_kept *kept, uint64_t place)
{
    if ((place & HAS_OPTIONS) == 0 || !is_there(kept, place))
        return 0;
    uint32_t options = (uint32_t)atomic_load_explicit(word_at(kept, place), memory_order_relaxed);
    return is_there(kept, place) ? options : 0;
}

bool tl_kept_get(const struct tl_kept *kept, uint64_t place, uint8_t *out, uint32_t len)
{
    uint64_t front = (place & HAS_OPTIONS) != 0 ? WORD : 0, at = place + front;
    size_t room = kept->size - (at & (kept->size - 1) & ~(uint64_t)(WORD - 1));
    if (len > room || !is_there(kept, place))
        return false;
    tl_words_load(word_at(kept, at), out, len);
    return is_there(kept, place);
}
