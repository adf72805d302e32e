/* cells.c - versioned entries in a ring. */
#include "ui/store/cells.h"

#include <string.h>
#include <sys/mman.h>

enum { WORD = sizeof(uint64_t), LEAST = 64 };

void tl_words_store(_Atomic uint64_t *words, const void *from, size_t size)
{
    const uint8_t *p = from;
    for (size_t i = 0; i < size; i += WORD) {
        uint64_t word = 0;
        memcpy(&word, p + i, size - i < WORD ? size - i : WORD);
        atomic_store_explicit(&words[i / WORD], word, memory_order_relaxed);
    }
}

void tl_words_load(const _Atomic uint64_t *words, void *to, size_t size)
{
    uint8_t *p = to;
    for (size_t i = 0; i < size; i += WORD) {
        uint64_t word = atomic_load_explicit(&words[i / WORD], memory_order_relaxed);
        memcpy(p + i, &word, size - i < WORD ? size - i : WORD);
    }
}

bool tl_cells_init(struct tl_cells *cells, size_t size, size_t memory)
{
    *cells = (struct tl_cells){ .capacity = LEAST,
                                .words_each = (uint32_t)((size + WORD - 1) / WORD + 1),
                                .size = size };
    size_t each = cells->words_each * sizeof(uint64_t);
    while ((size_t)cells->capacity * 2 * each <= memory && cells->capacity < 1u << 30)
        cells->capacity *= 2;
    void *p = mmap(NULL, cells->capacity * each, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    cells->words = p != MAP_FAILED ? p : NULL; /* memory is used as pages are written */
    return cells->words != NULL;
}

void tl_cells_fini(struct tl_cells *cells)
{
    if (cells->words != NULL)
        munmap((void *)(uintptr_t)cells->words, (size_t)cells->capacity * cells->words_each * sizeof(uint64_t));
    cells->words = NULL;
}

uint32_t tl_cells_count(const struct tl_cells *cells)
{
    return atomic_load_explicit(&cells->count, memory_order_acquire);
}

uint32_t tl_cells_first(const struct tl_cells *cells)
{
    uint32_t count = tl_cells_count(cells);
    return count > cells->capacity ? count - cells->capacity : 0;
}

/* Odd while the entry is written; otherwise it identifies the entry and how often it was written. */
static uint64_t version_of(uint32_t index, uint64_t old)
{
    uint64_t times = old >> 32 == index ? (old & 0xffffffff) >> 1 : 0;
    return (uint64_t)index << 32 | ((times + 1) << 1 & 0xffffffff);
}

static void put(struct tl_cells *cells, uint32_t index, const void *entry)
{
    _Atomic uint64_t *words = cells->words + (size_t)(index & (cells->capacity - 1)) * cells->words_each;
    uint64_t version = version_of(index, atomic_load_explicit(&words[0], memory_order_relaxed));
    atomic_store_explicit(&words[0], version | 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    tl_words_store(words + 1, entry, cells->size);
    atomic_store_explicit(&words[0], version, memory_order_release);
}

void tl_cells_add(struct tl_cells *cells, const void *entry)
{
    tl_cells_add_at(cells, atomic_load_explicit(&cells->count, memory_order_relaxed), entry);
}

void tl_cells_add_at(struct tl_cells *cells, uint32_t index, const void *entry)
{
    put(cells, index, entry);
    atomic_store_explicit(&cells->count, index + 1, memory_order_release);
}

bool tl_cells_number(const struct tl_cells *cells, uint32_t place, uint32_t *index)
{
    uint64_t version = atomic_load_explicit(&cells->words[(size_t)place * cells->words_each], memory_order_relaxed);
    *index = (uint32_t)(version >> 32);
    return version != 0;
}

void tl_cells_set(struct tl_cells *cells, uint32_t index, const void *entry)
{
    put(cells, index, entry);
}

bool tl_cells_get(const struct tl_cells *cells, uint32_t index, void *entry)
{
    if (index >= tl_cells_count(cells))
        return false;
    const _Atomic uint64_t *words = cells->words + (size_t)(index & (cells->capacity - 1)) * cells->words_each;
    for (;;) {
        uint64_t version = atomic_load_explicit(&words[0], memory_order_acquire);
        if (version >> 32 != index)
            return false;
        if (version & 1) /* the writer is writing a few dozen words */
            continue;
        tl_words_load(words + 1, entry, cells->size);
        atomic_thread_fence(memory_order_acquire);
        if (atomic_load_explicit(&words[0], memory_order_relaxed) == version)
            return true;
    }
}

size_t tl_cells_memory(const struct tl_cells *cells)
{
    uint32_t count = tl_cells_count(cells);
    return (size_t)(count < cells->capacity ? count : cells->capacity) * cells->words_each * WORD;
}
