/*
 * cells.h - numbered entries of one size that one thread writes and others read, without locks. An entry has a version:
 * a reader that sees it change reads again. Of more than the capacity, the oldest are overwritten.
 */
#ifndef TL_UI_CELLS_H
#define TL_UI_CELLS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tl_cells {
    _Atomic uint64_t *words; /* owned, at the beginning of a page; `words_each` an entry: its version, then its bytes */
    uint32_t capacity;       /* entries, a power of two */
    uint32_t words_each;
    size_t size;             /* of an entry, bytes */
    _Atomic uint32_t count;  /* written so far */
};

/* As many entries of `size` bytes as `memory` holds, 64 at least. false without memory. */
bool tl_cells_init(struct tl_cells *cells, size_t size, size_t memory);
void tl_cells_fini(struct tl_cells *cells);
uint32_t tl_cells_count(const struct tl_cells *cells);
uint32_t tl_cells_first(const struct tl_cells *cells);

/* Bytes that those there take. */
size_t tl_cells_memory(const struct tl_cells *cells);

/* The writer's: one more entry (its number is the count before), or an entry that is there anew. */
void tl_cells_add(struct tl_cells *cells, const void *entry);
void tl_cells_set(struct tl_cells *cells, uint32_t index, const void *entry);
/* One more, whose number is this one, not below the count: those between are left out, and what stood there stays. */
void tl_cells_add_at(struct tl_cells *cells, uint32_t index, const void *entry);
/* The number of the entry that stands at a place below the capacity; false: none. */
bool tl_cells_number(const struct tl_cells *cells, uint32_t place, uint32_t *index);
/* It will be looked at soon. */
static inline void tl_cells_prefetch(const struct tl_cells *cells, uint32_t index)
{
    __builtin_prefetch((const void *)(uintptr_t)(cells->words +
                                                 (size_t)(index & (cells->capacity - 1)) * cells->words_each), 1);
}

/* false: it was overwritten, or is not there yet. */
bool tl_cells_get(const struct tl_cells *cells, uint32_t index, void *entry);

/*
 * Copies between plain memory and shared words, a word at a time: what changes meanwhile is torn, and no more than
 * that.
 */
void tl_words_store(_Atomic uint64_t *words, const void *from, size_t size);
void tl_words_load(const _Atomic uint64_t *words, void *to, size_t size);

#endif
