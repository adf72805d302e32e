/*
 * store.c - the index, the flows, the transactions and the kept bytes. One writer; readers check that what they read
 * was not overwritten.
 */
#include "ui/store/store.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "dissectors/registry.h"
#include "ui/store/cells.h"
#include "ui/store/kept.h"
#include "ui/store/numbers.h"
#include "ui/store/store_flows.h"
#include "ui/store/store_sink.h"

enum {
    CHUNK_ROWS = 1 << 16,
    ROW_WORDS = 4,
    CHUNKS_LEAST = 2,
    LEN_MOST = (1 << 27) - 1,
    CAPLEN_MOST = (1 << 24) - 1,
    STACK_MASK = TL_STORE_STACKS - 1,
    STACK_TABLE = 2 * TL_STORE_STACKS,
    EARLY_MOST = 32, /* transactions that wait for their flow to begin */
    EXTRAS_SHARE = 64, /* of the memory, and of the rest, in sixteenths: */
    ROWS_SHARE = 10,
    KEPT_SHARE = 3,
    FLOWS_SHARE = 2,
    TRANSACTIONS_SHARE = 1,
};

struct chunk {
    _Atomic uint64_t words[CHUNK_ROWS][ROW_WORDS];
};

struct tl_store {
    struct tl_store_sink sink;
    struct chunk *_Atomic *chunks; /* owned; chunk k is at k modulo chunk_count */
    uint32_t chunk_count;
    uint64_t written;              /* rows; readers see those below count */
    _Atomic uint64_t count, first;

    struct tl_kept kept;           /* bytes of packets that are in no file */
    struct tl_extras extras;
    struct tl_numbers numbers;     /* of packets whose bytes are kept */

    struct tl_store_flows flows;
    struct tl_cells transactions;
    struct early {
        uint64_t flow;  /* number of its first packet; 0: free */
        uint32_t index; /* of the transaction */
    } early[EARLY_MOST]; /* a ring: records of a flow's first packet come before the flow */
    unsigned next_early;

    struct tl_stack stacks[TL_STORE_STACKS]; /* single protocols first; writer only until rows refer to them */
    uint16_t stack_count, last_stack;
    uint16_t stack_table[STACK_TABLE];       /* hashed by the protocols, number + 1 */
};

/* --- stacks of protocols --- */

static uint8_t innermost(const struct tl_stack *stack)
{
    return stack->count > 0 ? stack->layers[stack->count - 1] : TL_PROTOCOL_data;
}

static uint32_t stack_slot(const struct tl_store *store, const struct tl_stack *stack)
{
    uint64_t words[2];
    _Static_assert(sizeof words == sizeof *stack, "two words");
    memcpy(words, stack, sizeof words);
    uint64_t hash = (words[0] ^ words[1] * UINT64_C(0xd6e8feb86659fd93)) * UINT64_C(0x9e3779b97f4a7c15);
    uint32_t at = (uint32_t)(hash >> 32) % STACK_TABLE;
    while (store->stack_table[at] != 0 && memcmp(&store->stacks[store->stack_table[at] - 1], stack, sizeof *stack) != 0)
        at = (at + 1) % STACK_TABLE;
    return at;
}

static uint16_t number_stack(struct tl_store *store, const struct tl_stack *stack)
{
    if (memcmp(&store->stacks[store->last_stack], stack, sizeof *stack) == 0)
        return store->last_stack;
    uint32_t at = stack_slot(store, stack);
    if (store->stack_table[at] == 0 && store->stack_count == TL_STORE_STACKS)
        return innermost(stack);
    if (store->stack_table[at] == 0) {
        store->stacks[store->stack_count++] = *stack;
        store->stack_table[at] = store->stack_count;
    }
    store->last_stack = (uint16_t)(store->stack_table[at] - 1);
    return store->last_stack;
}

static void begin_stacks(struct tl_store *store)
{
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT; i++)
        number_stack(store, &(struct tl_stack){ .layers = { (uint8_t)i }, .count = 1 });
}

const struct tl_stack *tl_store_stack(const struct tl_store *store, unsigned stack)
{
    return &store->stacks[stack & STACK_MASK];
}

/* --- rows --- */

static void pack(_Atomic uint64_t *words, const struct tl_row *r)
{
    uint64_t len = r->len < LEN_MOST ? r->len : LEN_MOST, caplen = r->caplen < CAPLEN_MOST ? r->caplen : CAPLEN_MOST;
    const uint64_t packed[ROW_WORDS] = {
        (uint64_t)r->ts,
        (uint64_t)r->untimed << 63 | r->place << 16 | r->interface,
        (uint64_t)r->flow << 32 | r->previous,
        (uint64_t)r->commented << 63 | len << 36 | caplen << 12 |
            (uint64_t)(r->stack & STACK_MASK) << 3 | (uint64_t)(r->side & 1) << 2 |
            (uint64_t)r->malformed << 1 | r->kept,
    };
    for (unsigned i = 0; i < ROW_WORDS; i++)
        atomic_store_explicit(&words[i], packed[i], memory_order_relaxed);
}

static void unpack(struct tl_row *r, const _Atomic uint64_t *words)
{
    uint64_t packed[ROW_WORDS];
    for (unsigned i = 0; i < ROW_WORDS; i++)
        packed[i] = atomic_load_explicit(&words[i], memory_order_relaxed);
    *r = (struct tl_row){ .ts = (int64_t)packed[0],
                          .place = packed[1] << 1 >> 17,
                          .interface = (uint16_t)packed[1],
                          .flow = (uint32_t)(packed[2] >> 32),
                          .previous = (uint32_t)packed[2],
                          .len = (uint32_t)(packed[3] >> 36) & LEN_MOST,
                          .caplen = (uint32_t)(packed[3] >> 12) & CAPLEN_MOST,
                          .stack = (uint16_t)(packed[3] >> 3 & STACK_MASK),
                          .side = (uint8_t)(packed[3] >> 2 & 1),
                          .malformed = packed[3] >> 1 & 1,
                          .commented = packed[3] >> 63 & 1,
                          .untimed = packed[1] >> 63 & 1,
                          .kept = packed[3] & 1 };
}

/* The chunk of the next row; when all are full, the oldest one, after readers can see that its rows are gone. */
static struct chunk *chunk_for(struct tl_store *store, uint64_t index)
{
    uint64_t k = index / CHUNK_ROWS;
    struct chunk *_Atomic *slot = &store->chunks[k % store->chunk_count];
    struct chunk *chunk = atomic_load_explicit(slot, memory_order_relaxed);
    if (index % CHUNK_ROWS != 0 && chunk != NULL)
        return chunk;
    if (k >= store->chunk_count) {
        atomic_store_explicit(&store->first, (k - store->chunk_count + 1) * CHUNK_ROWS, memory_order_relaxed);
        atomic_thread_fence(memory_order_release);
    }
    if (chunk == NULL) {
        void *p = mmap(NULL, sizeof *chunk, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        chunk = p != MAP_FAILED ? p : NULL;
        atomic_store_explicit(slot, chunk, memory_order_relaxed);
    }
    return chunk;
}

uint64_t tl_store_first(const struct tl_store *store)
{
    return atomic_load_explicit(&store->first, memory_order_acquire);
}

uint64_t tl_store_count(const struct tl_store *store)
{
    return atomic_load_explicit(&store->count, memory_order_acquire);
}

bool tl_store_row(const struct tl_store *store, uint64_t index, struct tl_row *row)
{
    if (index >= tl_store_count(store) || index < tl_store_first(store))
        return false;
    struct chunk *chunk =
        atomic_load_explicit(&store->chunks[index / CHUNK_ROWS % store->chunk_count], memory_order_relaxed);
    unpack(row, chunk->words[index % CHUNK_ROWS]);
    atomic_thread_fence(memory_order_acquire);
    uint64_t first = atomic_load_explicit(&store->first, memory_order_relaxed);
    row->protocol = innermost(tl_store_stack(store, row->stack));
    if (row->previous != TL_STORE_NONE && row->previous < first)
        row->previous = TL_STORE_NONE;
    return index >= first;
}

/* --- kept bytes --- */

bool tl_store_bytes(const struct tl_store *store, const struct tl_row *row, uint8_t *out)
{
    return tl_kept_get(&store->kept, row->place, out, row->caplen);
}

uint32_t tl_store_options(const struct tl_store *store, const struct tl_row *row)
{
    return row->kept ? tl_kept_options(&store->kept, row->place) : 0;
}

bool tl_store_bytes_and_options(const struct tl_store *store, const struct tl_row *row, uint8_t *out, uint32_t options)
{
    return tl_kept_get(&store->kept, row->place, out, ((row->caplen + 3) & ~3u) + options);
}

uint64_t tl_store_number(const struct tl_store *store, uint64_t index)
{
    return tl_numbers_get(&store->numbers, index);
}

const struct tl_extras *tl_store_extras(const struct tl_store *store)
{
    return &store->extras;
}

/* --- flows --- */

uint32_t tl_store_flows_count(const struct tl_store *store)
{
    return tl_cells_count(&store->flows.counts);
}

uint64_t tl_store_flows_gone(const struct tl_store *store)
{
    return atomic_load_explicit(&store->flows.gone, memory_order_relaxed);
}

uint32_t tl_store_flow_places(const struct tl_store *store)
{
    return tl_store_flows_places(&store->flows);
}

uint32_t tl_store_flow_at(const struct tl_store *store, uint32_t place)
{
    uint32_t number;
    return tl_cells_number(&store->flows.counts, place, &number) ? number : TL_STORE_NONE;
}

bool tl_store_flow(const struct tl_store *store, uint32_t flow, struct tl_flow_row *row)
{
    return tl_store_flows_get(&store->flows, flow, row);
}

bool tl_store_hello(const struct tl_store *store, const struct tl_flow_row *flow, struct tl_flow_hello *hello)
{
    return flow->hello != TL_STORE_NONE && tl_cells_get(&store->flows.hellos, flow->hello, hello);
}

void tl_store_expect_flow(const struct tl_store *store, uint32_t flow)
{
    tl_cells_prefetch(&store->flows.counts, flow);
    tl_cells_prefetch(&store->flows.faces, flow);
}

/* --- transactions --- */

static void add_transaction(struct tl_store *store, uint64_t flow, const uint8_t *more)
{
    struct tl_transaction t;
    memcpy(&t, more, sizeof t);
    t.flow = tl_store_flows_find(&store->flows, flow);
    t.row = tl_store_flows_last(&store->flows, t.flow);
    if (t.flow == TL_STORE_NONE && flow != 0)
        store->early[store->next_early++ % EARLY_MOST] =
            (struct early){ .flow = flow, .index = tl_cells_count(&store->transactions) };
    tl_cells_add(&store->transactions, &t);
}

/* The flow began: transactions of its first packet, which is the next row, become its own. */
static void take_early(struct tl_store *store, uint64_t flow)
{
    struct tl_transaction t;
    for (unsigned i = 0; i < EARLY_MOST; i++) {
        if (store->early[i].flow != flow || !tl_cells_get(&store->transactions, store->early[i].index, &t))
            continue;
        t.flow = tl_store_flows_find(&store->flows, flow);
        t.row = (uint32_t)store->written;
        tl_cells_set(&store->transactions, store->early[i].index, &t);
        store->early[i].flow = 0;
    }
}

uint32_t tl_store_transactions_first(const struct tl_store *store)
{
    return tl_cells_first(&store->transactions);
}

uint32_t tl_store_transactions_count(const struct tl_store *store)
{
    return tl_cells_count(&store->transactions);
}

bool tl_store_transaction(const struct tl_store *store, uint32_t index, struct tl_transaction *row)
{
    return tl_cells_get(&store->transactions, index, row);
}

/* --- the writer's side --- */

static bool add_row(struct tl_store *store, const struct tl_entry *entry, const uint8_t *more)
{
    struct tl_row row = entry->row;
    row.flow = row.previous = TL_STORE_NONE;
    if (store->written == TL_STORE_NONE) /* more than four billion: later packets are not shown */
        return true;
    struct chunk *chunk = chunk_for(store, store->written);
    if (chunk == NULL)
        return false;
    row.stack = number_stack(store, &entry->stack);
    row.protocol = innermost(&store->stacks[row.stack]);
    tl_store_flows_count_packet(&store->flows, tl_store_flows_find(&store->flows, entry->flow), store->written, &row);
    uint32_t padded = (row.caplen + 3) & ~3u; /* the options are after it */
    if (row.kept)
        tl_numbers_add(&store->numbers, store->written, row.place);
    if (row.kept)
        row.place = tl_kept_add(&store->kept, more, entry->more, entry->more > padded ? entry->more - padded : 0);
    pack(chunk->words[store->written % CHUNK_ROWS], &row);
    store->written++;
    return true;
}

static void expect(void *context, const struct tl_entry *entry)
{
    const struct tl_store *store = context;
    __builtin_prefetch(&store->flows.table[tl_store_flows_slot(&store->flows, entry->flow)]);
}

static void await(void *context, const struct tl_entry *entry)
{
    const struct tl_store *store = context;
    uint32_t flow = store->flows.table[tl_store_flows_slot(&store->flows, entry->flow)];
    if (flow != 0)
        tl_cells_prefetch(&store->flows.counts, flow - 1);
}

static bool take(void *context, const struct tl_entry *entry, const uint8_t *more)
{
    struct tl_store *store = context;
    struct tl_flow_id id;
    struct tl_ending end;
    struct tl_flow_hello hello;
    switch ((enum tl_entry_kind)entry->kind) {
    case TL_ENTRY_PACKET:
        return add_row(store, entry, more);
    case TL_ENTRY_BEGIN:
        memcpy(&id, more, sizeof id);
        tl_store_flows_begin(&store->flows, entry->flow, &id, entry->turned);
        take_early(store, entry->flow);
        return true;
    case TL_ENTRY_END:
        memcpy(&end, more, sizeof end);
        tl_store_flows_end(&store->flows, tl_store_flows_find(&store->flows, entry->flow), &end);
        return true;
    case TL_ENTRY_FLOW:
        memcpy(&end, more, sizeof end);
        tl_store_flows_tell(&store->flows, tl_store_flows_find(&store->flows, entry->flow), &end);
        return true;
    case TL_ENTRY_HELLO:
        memcpy(&hello, more, sizeof hello);
        tl_store_flows_hello(&store->flows, tl_store_flows_find(&store->flows, entry->flow), &hello);
        return true;
    case TL_ENTRY_TRANSACTION:
        add_transaction(store, entry->flow, more);
        return true;
    }
    return true;
}

static void publish(void *context)
{
    struct tl_store *store = context;
    atomic_store_explicit(&store->count, store->written, memory_order_release);
}

static const struct tl_store_taker taker = { expect, await, take, publish };

struct tl_sink *tl_store_sink(struct tl_store *store)
{
    return &store->sink.sink;
}

struct tl_sink *tl_store_extras_sink(struct tl_store *store)
{
    return &store->extras.sink;
}

/* --- the whole --- */

struct tl_store *tl_store_new(size_t memory)
{
    struct tl_store *store = calloc(1, sizeof *store);
    if (store == NULL)
        return NULL;
    bool fine = tl_extras_init(&store->extras, memory / EXTRAS_SHARE);
    memory -= memory / EXTRAS_SHARE;
    fine = tl_kept_init(&store->kept, memory / 16 * KEPT_SHARE) && fine;
    size_t chunks = memory / 16 * ROWS_SHARE / sizeof(struct chunk);
    store->chunk_count = (uint32_t)(chunks > CHUNKS_LEAST ? chunks : CHUNKS_LEAST);
    store->chunks = calloc(store->chunk_count, sizeof *store->chunks);
    fine = tl_store_flows_init(&store->flows, memory / 16 * FLOWS_SHARE) && fine;
    fine = tl_cells_init(&store->transactions, sizeof(struct tl_transaction), memory / 16 * TRANSACTIONS_SHARE) && fine;
    if (!fine || store->chunks == NULL) {
        tl_store_free(store);
        return NULL;
    }
    begin_stacks(store);
    tl_store_sink_init(&store->sink, store, &taker);
    return store;
}

void tl_store_free(struct tl_store *store)
{
    if (store == NULL)
        return;
    for (uint32_t i = 0; store->chunks != NULL && i < store->chunk_count; i++) {
        struct chunk *chunk = atomic_load_explicit(&store->chunks[i], memory_order_relaxed);
        if (chunk != NULL)
            munmap((void *)(uintptr_t)chunk, sizeof *chunk);
    }
    free((void *)(uintptr_t)store->chunks);
    tl_kept_fini(&store->kept);
    tl_extras_fini(&store->extras);
    tl_store_flows_fini(&store->flows);
    tl_cells_fini(&store->transactions);
    free(store);
}

size_t tl_store_memory(const struct tl_store *store)
{
    uint64_t count = tl_store_count(store), chunks = (count + CHUNK_ROWS - 1) / CHUNK_ROWS;
    return (size_t)(chunks < store->chunk_count ? chunks : store->chunk_count) * sizeof(struct chunk) +
           tl_kept_memory(&store->kept) + atomic_load(&store->extras.len) + tl_store_flows_memory(&store->flows) +
           tl_cells_memory(&store->transactions);
}
