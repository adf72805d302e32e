/* store.c - the index, the flows, the transactions and the kept bytes. One writer; readers look, and look again. */
#include "ui/store.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "dissectors/registry.h"
#include "ui/cells.h"
#include "ui/kept.h"
#include "ui/store_sink.h"

enum {
    CHUNK_ROWS = 1 << 16,
    ROW_WORDS = 4,
    CHUNKS_LEAST = 2,
    LEN_MOST = (1 << 28) - 1,
    CAPLEN_MOST = (1 << 24) - 1,
    LOOK_FOR_ENDED = 64, /* places for a new flow that are looked at */
    STACK_MASK = TL_STORE_STACKS - 1,
    STACK_TABLE = 2 * TL_STORE_STACKS,
    EXTRAS_SHARE = 64, /* of the memory, and of the rest, in sixteenths: */
    ROWS_SHARE = 10,
    KEPT_SHARE = 3,
    FLOWS_SHARE = 2,
    TRANSACTIONS_SHARE = 1,
};

struct chunk {
    _Atomic uint64_t words[CHUNK_ROWS][ROW_WORDS];
};

/* A cache line with its version. */
struct count {
    uint64_t key;          /* number of the flow's first packet */
    uint64_t packets[2], bytes[2]; /* as tl_row.side */
    int64_t last_ts;
    uint32_t last_row;
    uint8_t protocol;
};

struct face {
    struct tl_flow_id id;
    int64_t first_ts, rtt;
    uint64_t retransmissions;
    uint32_t first_row;
    bool ended, turned;    /* turned: the originator is side 1 */
    char state[8], service[24];
};

_Static_assert(sizeof(struct count) + sizeof(uint64_t) == 64, "a cache line");

struct tl_store {
    struct tl_store_sink sink;
    struct chunk *_Atomic *chunks; /* owned; chunk k stands at k modulo chunk_count */
    uint32_t chunk_count;
    uint64_t written;              /* rows, of which the readers know up to count */
    _Atomic uint64_t count, first;

    struct tl_kept kept;           /* bytes of packets that no file holds */
    struct tl_extras extras;

    struct tl_cells counts;        /* of flows: what every packet changes, */
    struct tl_cells faces;         /* and what it does not; the same numbers */
    uint64_t *running;             /* the writer's: a bit for each place of theirs: its flow has not ended */
    _Atomic uint64_t flows_gone;
    uint32_t *flow_table;          /* the writer's: hashed by the number of the flow's first packet, flow + 1 */
    uint32_t table_mask;
    struct tl_cells transactions;

    struct tl_stack stacks[TL_STORE_STACKS]; /* those of one protocol alone first; the writer's until rows name them */
    uint16_t stack_count, last_stack;
    uint16_t stack_table[STACK_TABLE];       /* hashed by what they are, number + 1 */
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
        r->place << 16 | r->interface,
        (uint64_t)r->flow << 32 | r->previous,
        len << 36 | caplen << 12 | (uint64_t)(r->stack & STACK_MASK) << 3 | (uint64_t)(r->side & 1) << 2 |
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
                          .place = packed[1] >> 16,
                          .interface = (uint16_t)packed[1],
                          .flow = (uint32_t)(packed[2] >> 32),
                          .previous = (uint32_t)packed[2],
                          .len = (uint32_t)(packed[3] >> 36),
                          .caplen = (uint32_t)(packed[3] >> 12) & CAPLEN_MOST,
                          .stack = (uint16_t)(packed[3] >> 3 & STACK_MASK),
                          .side = (uint8_t)(packed[3] >> 2 & 1),
                          .malformed = packed[3] >> 1 & 1,
                          .kept = packed[3] & 1 };
}

/* The chunk of the next row; when all are full, the oldest one's, once the readers are told that it is gone. */
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

const struct tl_extras *tl_store_extras(const struct tl_store *store)
{
    return &store->extras;
}

/* --- flows --- */

static uint32_t hash_of(const struct tl_store *store, uint64_t key)
{
    return (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & store->table_mask;
}

static uint64_t key_of(const struct tl_store *store, uint32_t flow)
{
    struct count count;
    return tl_cells_get(&store->counts, flow, &count) ? count.key : 0;
}

/* Where the flow stands in the table, or the free place where it would. */
static uint32_t slot_of(const struct tl_store *store, uint64_t key)
{
    uint32_t at = hash_of(store, key);
    while (store->flow_table[at] != 0 && key_of(store, store->flow_table[at] - 1) != key)
        at = (at + 1) & store->table_mask;
    return at;
}

/* Takes a flow out; those behind it that stand further from their place than need be move up. */
static void forget(struct tl_store *store, uint64_t key)
{
    uint32_t hole = slot_of(store, key);
    if (store->flow_table[hole] == 0)
        return;
    for (uint32_t at = (hole + 1) & store->table_mask; store->flow_table[at] != 0; at = (at + 1) & store->table_mask) {
        uint32_t home = hash_of(store, key_of(store, store->flow_table[at] - 1));
        if (((at - home) & store->table_mask) < ((at - hole) & store->table_mask))
            continue;
        store->flow_table[hole] = store->flow_table[at];
        hole = at;
    }
    store->flow_table[hole] = 0;
}

static uint32_t find_flow(const struct tl_store *store, uint64_t key)
{
    uint32_t found = key != 0 ? store->flow_table[slot_of(store, key)] : 0;
    return found != 0 ? found - 1 : TL_STORE_NONE;
}

static void set_running(struct tl_store *store, uint32_t flow, bool running)
{
    uint32_t place = flow & (store->counts.capacity - 1);
    uint64_t bit = UINT64_C(1) << place % 64;
    store->running[place / 64] = running ? store->running[place / 64] | bit : store->running[place / 64] & ~bit;
}

static bool is_running(const struct tl_store *store, uint32_t flow)
{
    uint32_t place = flow & (store->counts.capacity - 1);
    return store->running[place / 64] >> place % 64 & 1;
}

/* The number of the next flow: the first whose place is free or has one that ended; where none is near, the next. */
static uint32_t next_flow(const struct tl_store *store)
{
    uint32_t next = tl_cells_count(&store->counts);
    for (uint32_t i = 0; i < LOOK_FOR_ENDED && next + i < TL_STORE_NONE; i++) {
        if (!is_running(store, next + i))
            return next + i;
    }
    return next;
}

/* Whoever stands in the place of this flow goes. */
static void make_place(struct tl_store *store, uint32_t flow)
{
    uint32_t before;
    if (!tl_cells_number(&store->counts, flow & (store->counts.capacity - 1), &before))
        return;
    forget(store, key_of(store, before));
    atomic_fetch_add_explicit(&store->flows_gone, 1, memory_order_relaxed);
}

static void begin_flow(struct tl_store *store, uint64_t key, const struct tl_flow_id *id, bool turned)
{
    struct count count = { .key = key, .last_row = TL_STORE_NONE };
    struct face face = { .id = *id, .first_row = TL_STORE_NONE, .rtt = -1, .turned = turned };
    uint32_t number = next_flow(store), outer = find_flow(store, key);
    if (number == TL_STORE_NONE) /* more than four billion: those that follow are not told apart */
        return;
    if (outer != TL_STORE_NONE) /* a tunnel that the same packet began: what is inside counts */
        set_running(store, outer, false);
    forget(store, key);
    make_place(store, number);
    set_running(store, number, true);
    tl_cells_add_at(&store->faces, number, &face);
    tl_cells_add_at(&store->counts, number, &count);
    store->flow_table[slot_of(store, key)] = number + 1;
}

static void count_packet(struct tl_store *store, uint32_t number, struct tl_row *row)
{
    struct count count;
    struct face face;
    if (number == TL_STORE_NONE || !tl_cells_get(&store->counts, number, &count))
        return;
    row->flow = number;
    row->previous = count.last_row;
    if (count.last_row == TL_STORE_NONE && tl_cells_get(&store->faces, number, &face)) {
        face.first_row = (uint32_t)store->written;
        face.first_ts = row->ts;
        tl_cells_set(&store->faces, number, &face);
    }
    count.last_row = (uint32_t)store->written;
    count.last_ts = row->ts;
    count.packets[row->side & 1]++;
    count.bytes[row->side & 1] += row->len;
    count.protocol = row->protocol;
    tl_cells_set(&store->counts, number, &count);
}

/* The ends of a flow may have turned out to be the other way round. */
static void end_flow(struct tl_store *store, uint32_t number, const struct tl_ending *end)
{
    struct face face;
    if (number == TL_STORE_NONE || !tl_cells_get(&store->faces, number, &face))
        return;
    size_t len = face.id.version == 4 ? 4 : 16; /* what is behind it is anything */
    bool same = face.id.orig_port == end->id.orig_port && memcmp(face.id.orig_addr, end->id.orig_addr, len) == 0;
    bool turned = face.id.orig_port == end->id.resp_port && memcmp(face.id.orig_addr, end->id.resp_addr, len) == 0;
    if (face.id.version != end->id.version || face.id.ip_proto != end->id.ip_proto || (!same && !turned)) /* a tunnel that began with the same packet */
        return;
    face.turned ^= !same;
    face.id = end->id;
    face.ended = true;
    set_running(store, number, false);
    face.rtt = end->rtt;
    face.retransmissions = end->retransmissions;
    memcpy(face.state, end->state, sizeof face.state);
    memcpy(face.service, end->service, sizeof face.service);
    tl_cells_set(&store->faces, number, &face);
}

uint32_t tl_store_flows_count(const struct tl_store *store)
{
    return tl_cells_count(&store->counts);
}

uint64_t tl_store_flows_gone(const struct tl_store *store)
{
    return atomic_load_explicit(&store->flows_gone, memory_order_relaxed);
}

uint32_t tl_store_flow_places(const struct tl_store *store)
{
    uint32_t count = tl_cells_count(&store->counts);
    return count < store->counts.capacity ? count : store->counts.capacity;
}

uint32_t tl_store_flow_at(const struct tl_store *store, uint32_t place)
{
    uint32_t number;
    return tl_cells_number(&store->counts, place, &number) ? number : TL_STORE_NONE;
}

bool tl_store_flow(const struct tl_store *store, uint32_t flow, struct tl_flow_row *row)
{
    struct count count;
    struct face face;
    if (!tl_cells_get(&store->counts, flow, &count) || !tl_cells_get(&store->faces, flow, &face))
        return false;
    unsigned orig = face.turned;
    *row = (struct tl_flow_row){ .id = face.id,
                                 .first_ts = face.first_ts,
                                 .last_ts = count.last_ts,
                                 .packets = { count.packets[orig], count.packets[orig ^ 1] },
                                 .bytes = { count.bytes[orig], count.bytes[orig ^ 1] },
                                 .first_row = face.first_row,
                                 .last_row = count.last_row,
                                 .orig_side = face.turned,
                                 .protocol = count.protocol,
                                 .ended = face.ended,
                                 .rtt = face.rtt,
                                 .retransmissions = face.retransmissions };
    memcpy(row->state, face.state, sizeof row->state);
    memcpy(row->service, face.service, sizeof row->service);
    return true;
}

void tl_store_expect_flow(const struct tl_store *store, uint32_t flow)
{
    tl_cells_prefetch(&store->counts, flow);
    tl_cells_prefetch(&store->faces, flow);
}

/* --- transactions --- */

static void add_transaction(struct tl_store *store, uint32_t number, const uint8_t *more)
{
    struct tl_transaction t;
    struct count count;
    memcpy(&t, more, sizeof t);
    bool known = number != TL_STORE_NONE && tl_cells_get(&store->counts, number, &count);
    t.flow = known ? number : TL_STORE_NONE;
    t.row = known ? count.last_row : TL_STORE_NONE;
    tl_cells_add(&store->transactions, &t);
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
    if (store->written == TL_STORE_NONE) /* more than four billion: the view shows no further */
        return true;
    struct chunk *chunk = chunk_for(store, store->written);
    if (chunk == NULL)
        return false;
    row.stack = number_stack(store, &entry->stack);
    row.protocol = innermost(&store->stacks[row.stack]);
    count_packet(store, find_flow(store, entry->flow), &row);
    uint32_t padded = (row.caplen + 3) & ~3u; /* options stand behind it */
    if (row.kept)
        row.place = tl_kept_add(&store->kept, more, entry->more, entry->more > padded ? entry->more - padded : 0);
    pack(chunk->words[store->written % CHUNK_ROWS], &row);
    store->written++;
    return true;
}

static void expect(void *context, const struct tl_entry *entry)
{
    const struct tl_store *store = context;
    __builtin_prefetch(&store->flow_table[hash_of(store, entry->flow)]);
}

static void await(void *context, const struct tl_entry *entry)
{
    const struct tl_store *store = context;
    uint32_t flow = store->flow_table[hash_of(store, entry->flow)];
    if (flow != 0)
        tl_cells_prefetch(&store->counts, flow - 1);
}

static bool take(void *context, const struct tl_entry *entry, const uint8_t *more)
{
    struct tl_store *store = context;
    struct tl_flow_id id;
    struct tl_ending end;
    switch ((enum tl_entry_kind)entry->kind) {
    case TL_ENTRY_PACKET:
        return add_row(store, entry, more);
    case TL_ENTRY_BEGIN:
        memcpy(&id, more, sizeof id);
        begin_flow(store, entry->flow, &id, entry->turned);
        return true;
    case TL_ENTRY_END:
        memcpy(&end, more, sizeof end);
        end_flow(store, find_flow(store, entry->flow), &end);
        return true;
    case TL_ENTRY_TRANSACTION:
        add_transaction(store, find_flow(store, entry->flow), more);
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
    fine = tl_cells_init(&store->counts, sizeof(struct count), memory / 16 * FLOWS_SHARE / 4) && fine;
    size_t faces = (size_t)store->counts.capacity * (sizeof(struct face) + sizeof(uint64_t));
    fine = tl_cells_init(&store->faces, sizeof(struct face), faces) && fine && store->faces.capacity == store->counts.capacity;
    fine = tl_cells_init(&store->transactions, sizeof(struct tl_transaction), memory / 16 * TRANSACTIONS_SHARE) && fine;
    store->table_mask = store->counts.capacity * 2 - 1;
    store->flow_table = calloc((size_t)store->table_mask + 1, sizeof *store->flow_table);
    store->running = calloc(store->counts.capacity / 64, sizeof *store->running);
    if (!fine || store->running == NULL || store->chunks == NULL || store->flow_table == NULL) {
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
    tl_cells_fini(&store->counts);
    tl_cells_fini(&store->faces);
    tl_cells_fini(&store->transactions);
    free(store->running);
    free(store->flow_table);
    free(store);
}

static size_t cells_memory(const struct tl_cells *cells)
{
    uint32_t count = tl_cells_count(cells);
    return (size_t)(count < cells->capacity ? count : cells->capacity) * cells->words_each * sizeof(uint64_t);
}

size_t tl_store_memory(const struct tl_store *store)
{
    uint64_t count = tl_store_count(store), chunks = (count + CHUNK_ROWS - 1) / CHUNK_ROWS;
    return (size_t)(chunks < store->chunk_count ? chunks : store->chunk_count) * sizeof(struct chunk) +
           tl_kept_memory(&store->kept) + atomic_load(&store->extras.len) + cells_memory(&store->counts) + cells_memory(&store->faces) +
           ((size_t)store->table_mask + 1) * sizeof *store->flow_table + cells_memory(&store->transactions);
}
