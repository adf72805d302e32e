/*
 * cells.h - numbered entries of one size that one thread writes and others read, without locks. An entry has a version:
 * a reader that sees it change reads again. Beyond the capacity the oldest entries are overwritten.
 */
#ifndef TL_UI_CELLS_H
#define TL_UI_CELLS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tl_cells {
    _Atomic uint64_t *words; /* owned, page-aligned; `words_each` an entry: its version, then its bytes */
    uint32_t capacity;       /* entries, a power of two */
    uint32_t words_each;
    size_t size;             /* of an entry, bytes */
    _Atomic uint32_t count;  /* written so far */
};

/* Allocates as many entries of `size` bytes as fit in `memory`, at least 64. false without memory. */
bool tl_cells_init(struct tl_cells *cells, size_t size, size_t memory);
void tl_cells_fini(struct tl_cells *cells);
uint32_t tl_cells_count(const struct tl_cells *cells);
uint32_t tl_cells_first(const struct tl_cells *cells);

/* Bytes of memory that the entries use. */
size_t tl_cells_memory(const struct tl_cells *cells);

/* Writer only: adds an entry (its number is the count before), or replaces one. */
void tl_cells_add(struct tl_cells *cells, const void *entry);
void tl_cells_set(struct tl_cells *cells, uint32_t index, const void *entry);
/*
 * Adds an entry with this number, which is not below the count. Numbers between are skipped: their slots keep what they
 * have.
 */
void tl_cells_add_at(struct tl_cells *cells, uint32_t index, const void *entry);
/* The number of the entry in a slot below the capacity; false: none. */
bool tl_cells_number(const struct tl_cells *cells, uint32_t place, uint32_t *index);
/* Fetches the entry into the cache. */
static inline void tl_cells_prefetch(const struct tl_cells *cells, uint32_t index)
{
    __builtin_prefetch((const void *)(uintptr_t)(cells->words +
                                                 (size_t)(index & (cells->capacity - 1)) * cells->words_each), 1);
}

/* false: the entry was overwritten, or does not exist yet. */
bool tl_cells_get(const struct tl_cells *cells, uint32_t index, void *entry);

/*
 * Copy between plain memory and shared words, a word at a time: a concurrent write can tear the copy, and nothing else.
 */
void tl_words_store(_Atomic uint64_t *words, const void *from, size_t size);
void tl_words_load(const _Atomic uint64_t *words, void *to, size_t size);

#endif
