/* rows.c - a hash table with open addressing over rows from a pool. */
#include "statistics/rows.h"

#include <stdlib.h>
#include <sys/random.h>
#include <xxhash.h>

enum { POOL_BLOCK = 64 << 10, SLOTS_LEAST = 256, ALIGN = 8, BLOCKS_STEP = 64 };

struct tl_rows_entry {
    uint32_t hash, key_len;
    /* the row follows, then the key */
};

void tl_rows_init(struct tl_rows *table, size_t row_size, size_t memory)
{
    *table = (struct tl_rows){ .row_size = (row_size + ALIGN - 1) & ~(size_t)(ALIGN - 1), .memory = memory };
    if (getrandom(&table->seed, sizeof table->seed, 0) != (ssize_t)sizeof table->seed)
        table->seed = (uint64_t)(uintptr_t)table; /* only early at boot */
}

void tl_rows_fini(struct tl_rows *table)
{
    for (uint32_t i = 0; i < table->block_count; i++)
        free(table->blocks[i]);
    free(table->blocks);
    free(table->entries);
    free(table->slots);
    *table = (struct tl_rows){ .row_size = table->row_size, .memory = table->memory, .seed = table->seed };
}

/* Seeded, so that no capture can be made whose keys collide. No output depends on it. */
static uint32_t hash_of(const struct tl_rows *table, const void *key, uint32_t len)
{
    return (uint32_t)XXH3_64bits_withSeed(key, len, table->seed);
}

static void *row_of(struct tl_rows_entry *entry)
{
    return entry + 1;
}

static const uint8_t *key_of(const struct tl_rows *table, const struct tl_rows_entry *entry)
{
    return (const uint8_t *)(entry + 1) + table->row_size;
}

/* Counts memory that is about to be used. Returns false if it is too much. */
static bool charge(struct tl_rows *table, size_t bytes)
{
    if (bytes > table->memory - table->used) {
        table->full = true;
        return false;
    }
    table->used += bytes;
    return true;
}

static void *allocate(struct tl_rows *table, size_t len)
{
    len = (len + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (len > table->left) {
        size_t size = len > POOL_BLOCK ? len : POOL_BLOCK;
        if (table->block_count % BLOCKS_STEP == 0) {
            void **more = realloc(table->blocks, (table->block_count + BLOCKS_STEP) * sizeof *more);
            if (more == NULL)
                return NULL;
            table->blocks = more;
        }
        void *block = charge(table, size) ? calloc(1, size) : NULL;
        if (block == NULL)
            return NULL;
        table->blocks[table->block_count++] = block;
        table->block = block;
        table->left = size;
    }
    void *p = table->block;
    table->block += len;
    table->left -= len;
    return p;
}

void *tl_rows_keep(struct tl_rows *table, const void *data, size_t len)
{
    void *copy = allocate(table, len + 1);
    if (copy != NULL && len > 0)
        memcpy(copy, data, len);
    return copy;
}

static uint32_t slot_of(const struct tl_rows *table, uint32_t hash, const void *key, uint32_t len)
{
    uint32_t i = hash & (table->capacity - 1);
    while (table->slots[i] != 0) {
        const struct tl_rows_entry *entry = table->entries[table->slots[i] - 1];
        if (entry->hash == hash && entry->key_len == len && memcmp(key_of(table, entry), key, len) == 0)
            break;
        i = (i + 1) & (table->capacity - 1);
    }
    return i;
}

/* Keeps at least half of the slots empty. */
static bool make_room(struct tl_rows *table)
{
    uint32_t capacity = table->capacity == 0 ? SLOTS_LEAST : table->capacity * 2;
    size_t slot = sizeof *table->slots + sizeof(struct tl_rows_entry *) / 2, old = table->capacity * slot;
    if (table->count < table->capacity / 2)
        return true;
    if (capacity > UINT32_C(1) << 30 || !charge(table, capacity * slot))
        return false;
    uint32_t *slots = calloc(capacity, sizeof *slots);
    struct tl_rows_entry **entries = realloc(table->entries, capacity / 2 * sizeof(struct tl_rows_entry *));
    table->entries = entries != NULL ? entries : table->entries;
    if (slots == NULL || entries == NULL) {
        free(slots);
        table->full = true;
        return false;
    }
    free(table->slots);
    table->slots = slots;
    table->capacity = capacity;
    table->used -= old;
    for (uint32_t i = 0; i < table->count; i++) {
        uint32_t at = entries[i]->hash & (capacity - 1);
        while (slots[at] != 0)
            at = (at + 1) & (capacity - 1);
        slots[at] = i + 1;
    }
    return true;
}

void *tl_rows_row(struct tl_rows *table, const void *key, uint32_t len, bool *is_new)
{
    uint32_t hash = hash_of(table, key, len);
    *is_new = false;
    if (table->capacity > 0) {
        uint32_t at = slot_of(table, hash, key, len);
        if (table->slots[at] != 0)
            return row_of(table->entries[table->slots[at] - 1]);
    }
    if (table->full || !make_room(table)) /* once full it stays so: which rows are in it depends on their order only */
        return NULL;
    struct tl_rows_entry *entry = allocate(table, sizeof *entry + table->row_size + len);
    if (entry == NULL) {
        table->full = true;
        return NULL;
    }
    *entry = (struct tl_rows_entry){ hash, len };
    memcpy((uint8_t *)(entry + 1) + table->row_size, key, len);
    table->slots[slot_of(table, hash, key, len)] = table->count + 1;
    table->entries[table->count++] = entry;
    *is_new = true;
    return row_of(entry);
}

void *tl_rows_find(const struct tl_rows *table, const void *key, uint32_t len)
{
    if (table->capacity == 0)
        return NULL;
    uint32_t at = slot_of(table, hash_of(table, key, len), key, len);
    return table->slots[at] != 0 ? row_of(table->entries[table->slots[at] - 1]) : NULL;
}

void *tl_rows_at(const struct tl_rows *table, uint32_t index)
{
    return row_of(table->entries[index]);
}

struct tl_bytes tl_rows_key(const struct tl_rows *table, uint32_t index)
{
    const struct tl_rows_entry *entry = table->entries[index];
    return (struct tl_bytes){ key_of(table, entry), entry->key_len };
}

/* --- sorting: a merge sort, which is stable --- */

struct sorting {
    const struct tl_rows *table;
    bool (*before)(const void *a, const void *b);
};

static void merge(const struct sorting *sorting, const uint32_t *from, uint32_t *to, uint32_t low, uint32_t middle,
                  uint32_t high)
{
    uint32_t a = low, b = middle;
    for (uint32_t i = low; i < high; i++) {
        bool second = a == middle || (b < high && sorting->before(tl_rows_at(sorting->table, from[b]),
                                                                  tl_rows_at(sorting->table, from[a])));
        to[i] = second ? from[b++] : from[a++];
    }
}

uint32_t *tl_rows_sorted(const struct tl_rows *table, bool (*before)(const void *a, const void *b))
{
    const struct sorting sorting = { table, before };
    uint32_t n = table->count;
    uint32_t *from = malloc((n + 1u) * sizeof *from), *to = malloc((n + 1u) * sizeof *to);
    if (from == NULL || to == NULL) {
        free(from);
        free(to);
        return NULL;
    }
    for (uint32_t i = 0; i < n; i++)
        from[i] = i;
    for (uint64_t width = 1; width < n; width *= 2) {
        for (uint64_t low = 0; low < n; low += 2 * width) {
            uint64_t middle = low + width < n ? low + width : n, high = low + 2 * width < n ? low + 2 * width : n;
            merge(&sorting, from, to, (uint32_t)low, (uint32_t)middle, (uint32_t)high);
        }
        uint32_t *spare = from;
        from = to;
        to = spare;
    }
    free(to);
    return from;
}
