/* rows.h - rows by key, in the order of their creation, within a limit of memory. */
#ifndef TL_STATISTICS_ROWS_H
#define TL_STATISTICS_ROWS_H

#include "core/bytes.h"
#include "core/status.h"

struct tl_rows_entry;

struct tl_rows {
    size_t row_size;
    size_t memory, used;            /* bytes: the limit, and what is used of it */
    struct tl_rows_entry **entries; /* owned: in order of creation */
    uint32_t *slots;                /* owned: indices of entries + 1, by hash; capacity is a power of two */
    uint32_t count, capacity;
    uint8_t *block; /* of the pool: the rest of its newest block */
    size_t left;
    void **blocks; /* owned */
    uint32_t block_count;
    uint64_t seed; /* of the hash */
    bool full;     /* a row found no room */
};

/* Nothing is allocated before the first row. */
void tl_rows_init(struct tl_rows *table, size_t row_size, size_t memory);
void tl_rows_fini(struct tl_rows *table);
/* Returns the row of the key, zeroed if it is new (*is_new). NULL: there is no room; table->full is set. */
void *tl_rows_row(struct tl_rows *table, const void *key, uint32_t len, bool *is_new);
/* Returns the row of the key, or NULL if there is none. */
void *tl_rows_find(const struct tl_rows *table, const void *key, uint32_t len);
/* Rows in the order of their creation; index < table->count. */
void *tl_rows_at(const struct tl_rows *table, uint32_t index);
struct tl_bytes tl_rows_key(const struct tl_rows *table, uint32_t index);
/* Returns a copy of bytes that lives as long as the table; NULL without room. */
void *tl_rows_keep(struct tl_rows *table, const void *data, size_t len);

/*
 * Returns the indices of all rows, sorted by `before` (whether row a comes before row b); equal rows stay in the order
 * of their creation. The caller frees them. NULL without memory.
 */
uint32_t *tl_rows_sorted(const struct tl_rows *table, bool (*before)(const void *a, const void *b));

#endif
