/* store_flows.c - flows of the store: hashed for the writer, numbered for the readers. */
#include "ui/store/store_flows.h"

#include <stdlib.h>

enum {
    LOOK_FOR_ENDED = 64, /* slots for a new flow that are looked at */
    HELLOS_SHARE = 16,   /* of the memory */
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
    uint32_t hello;        /* number, + 1; 0: none */
    bool ended, turned;    /* turned: the originator is side 1 */
    bool opened;
    char state[8], service[24];
};

_Static_assert(sizeof(struct count) + sizeof(uint64_t) == 64, "a cache line");

static uint32_t hash_of(const struct tl_store_flows *flows, uint64_t key)
{
    return (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & flows->mask;
}

static uint64_t key_of(const struct tl_store_flows *flows, uint32_t flow)
{
    struct count count;
    return tl_cells_get(&flows->counts, flow, &count) ? count.key : 0;
}

/* The slot of the flow in the table, or the free slot where it would be. */
static uint32_t slot_of(const struct tl_store_flows *flows, uint64_t key)
{
    uint32_t at = hash_of(flows, key);
    while (flows->table[at] != 0 && key_of(flows, flows->table[at] - 1) != key)
        at = (at + 1) & flows->mask;
    return at;
}

/* Removes a flow; later entries of the same run move up towards their own slots. */
static void forget(struct tl_store_flows *flows, uint64_t key)
{
    uint32_t hole = slot_of(flows, key);
    if (flows->table[hole] == 0)
        return;
    for (uint32_t at = (hole + 1) & flows->mask; flows->table[at] != 0; at = (at + 1) & flows->mask) {
        uint32_t home = hash_of(flows, key_of(flows, flows->table[at] - 1));
        if (((at - home) & flows->mask) < ((at - hole) & flows->mask))
            continue;
        flows->table[hole] = flows->table[at];
        hole = at;
    }
    flows->table[hole] = 0;
}

uint32_t tl_store_flows_find(const struct tl_store_flows *flows, uint64_t key)
{
    uint32_t found = key != 0 ? flows->table[slot_of(flows, key)] : 0;
    return found != 0 ? found - 1 : TL_STORE_NONE;
}

static void set_running(struct tl_store_flows *flows, uint32_t flow, bool running)
{
    uint32_t place = flow & (flows->counts.capacity - 1);
    uint64_t bit = UINT64_C(1) << place % 64;
    flows->running[place / 64] = running ? flows->running[place / 64] | bit : flows->running[place / 64] & ~bit;
}

static bool is_running(const struct tl_store_flows *flows, uint32_t flow)
{
    uint32_t place = flow & (flows->counts.capacity - 1);
    return flows->running[place / 64] >> place % 64 & 1;
}

/*
 * The number of the next flow: the first whose slot is free or has a flow that ended; if none is near, the next number.
 */
static uint32_t next_flow(const struct tl_store_flows *flows)
{
    uint32_t next = tl_cells_count(&flows->counts);
    for (uint32_t i = 0; i < LOOK_FOR_ENDED && next + i < TL_STORE_NONE; i++) {
        if (!is_running(flows, next + i))
            return next + i;
    }
    return next;
}

/* Removes the flow that has this number's slot. */
static void make_place(struct tl_store_flows *flows, uint32_t flow)
{
    uint32_t before;
    if (!tl_cells_number(&flows->counts, flow & (flows->counts.capacity - 1), &before))
        return;
    uint64_t key = key_of(flows, before);
    if (tl_store_flows_find(flows, key) == before) /* the table may have the flow inside this tunnel */
        forget(flows, key);
    atomic_fetch_add_explicit(&flows->gone, 1, memory_order_relaxed);
}

void tl_store_flows_begin(struct tl_store_flows *flows, uint64_t key, const struct tl_flow_id *id, bool turned)
{
    struct count count = { .key = key, .last_row = TL_STORE_NONE };
    struct face face = { .id = *id, .first_row = TL_STORE_NONE, .rtt = -1, .turned = turned };
    uint32_t number = next_flow(flows), outer = tl_store_flows_find(flows, key);
    if (number == TL_STORE_NONE) /* more than four billion flows: later ones have no number */
        return;
    if (outer != TL_STORE_NONE) /* a tunnel that the same packet began: the inner flow counts */
        set_running(flows, outer, false);
    forget(flows, key);
    make_place(flows, number);
    set_running(flows, number, true);
    tl_cells_add_at(&flows->faces, number, &face);
    tl_cells_add_at(&flows->counts, number, &count);
    flows->table[slot_of(flows, key)] = number + 1;
}

void tl_store_flows_count_packet(struct tl_store_flows *flows, uint32_t number, uint64_t index, struct tl_row *row)
{
    struct count count;
    struct face face;
    if (number == TL_STORE_NONE || !tl_cells_get(&flows->counts, number, &count))
        return;
    row->flow = number;
    row->previous = count.last_row;
    if (count.last_row == TL_STORE_NONE && tl_cells_get(&flows->faces, number, &face)) {
        face.first_row = (uint32_t)index;
        face.first_ts = row->ts;
        tl_cells_set(&flows->faces, number, &face);
    }
    count.last_row = (uint32_t)index;
    count.last_ts = row->ts;
    count.packets[row->side & 1]++;
    count.bytes[row->side & 1] += row->len;
    count.protocol = row->protocol;
    tl_cells_set(&flows->counts, number, &count);
}

/* The endpoints of a flow may have been swapped since. */
void tl_store_flows_end(struct tl_store_flows *flows, uint32_t number, const struct tl_ending *end)
{
    struct face face;
    if (number == TL_STORE_NONE || !tl_cells_get(&flows->faces, number, &face))
        return;
    size_t len = face.id.version == 4 ? 4 : 16; /* the bytes after it have any value */
    bool same = face.id.orig_port == end->id.orig_port && memcmp(face.id.orig_addr, end->id.orig_addr, len) == 0;
    bool turned = face.id.orig_port == end->id.resp_port && memcmp(face.id.orig_addr, end->id.resp_addr, len) == 0;
    /* a tunnel that began with the same packet */
    if (face.id.version != end->id.version || face.id.ip_proto != end->id.ip_proto || (!same && !turned))
        return;
    face.turned ^= !same;
    face.id = end->id;
    face.ended = true;
    set_running(flows, number, false);
    face.rtt = end->rtt;
    face.retransmissions = end->retransmissions;
    memcpy(face.state, end->state, sizeof face.state);
    memcpy(face.service, end->service, sizeof face.service);
    tl_cells_set(&flows->faces, number, &face);
}

void tl_store_flows_tell(struct tl_store_flows *flows, uint32_t number, const struct tl_ending *so_far)
{
    struct face face;
    if (number == TL_STORE_NONE || !tl_cells_get(&flows->faces, number, &face) || face.ended)
        return;
    face.rtt = so_far->rtt;
    face.opened = so_far->opened;
    memcpy(face.service, so_far->service, sizeof face.service);
    tl_cells_set(&flows->faces, number, &face);
}

void tl_store_flows_hello(struct tl_store_flows *flows, uint32_t number, const struct tl_flow_hello *hello)
{
    struct face face;
    if (number == TL_STORE_NONE || !tl_cells_get(&flows->faces, number, &face) || face.hello != 0)
        return;
    tl_cells_add(&flows->hellos, hello);
    face.hello = tl_cells_count(&flows->hellos);
    tl_cells_set(&flows->faces, number, &face);
}

bool tl_store_flows_get(const struct tl_store_flows *flows, uint32_t flow, struct tl_flow_row *row)
{
    struct count count;
    struct face face;
    if (!tl_cells_get(&flows->counts, flow, &count) || !tl_cells_get(&flows->faces, flow, &face))
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
                                 .opened = face.opened,
                                 .hello = face.hello != 0 ? face.hello - 1 : TL_STORE_NONE,
                                 .ended = face.ended,
                                 .rtt = face.rtt,
                                 .retransmissions = face.retransmissions };
    memcpy(row->state, face.state, sizeof row->state);
    memcpy(row->service, face.service, sizeof row->service);
    return true;
}

uint32_t tl_store_flows_last(const struct tl_store_flows *flows, uint32_t number)
{
    struct count count;
    return number != TL_STORE_NONE && tl_cells_get(&flows->counts, number, &count) ? count.last_row : TL_STORE_NONE;
}

uint32_t tl_store_flows_places(const struct tl_store_flows *flows)
{
    uint32_t count = tl_cells_count(&flows->counts);
    return count < flows->counts.capacity ? count : flows->counts.capacity;
}

uint32_t tl_store_flows_slot(const struct tl_store_flows *flows, uint64_t key)
{
    return hash_of(flows, key);
}

/* --- the whole --- */

bool tl_store_flows_init(struct tl_store_flows *flows, size_t memory)
{
    *flows = (struct tl_store_flows){ .table = NULL };
    bool fine = tl_cells_init(&flows->counts, sizeof(struct count), memory / 4);
    size_t faces = (size_t)flows->counts.capacity * (sizeof(struct face) + sizeof(uint64_t));
    fine = tl_cells_init(&flows->faces, sizeof(struct face), faces) && fine &&
           flows->faces.capacity == flows->counts.capacity;
    fine = tl_cells_init(&flows->hellos, sizeof(struct tl_flow_hello), memory / HELLOS_SHARE) && fine;
    flows->mask = flows->counts.capacity * 2 - 1;
    flows->table = calloc((size_t)flows->mask + 1, sizeof *flows->table);
    flows->running = calloc(flows->counts.capacity / 64, sizeof *flows->running);
    return fine && flows->table != NULL && flows->running != NULL;
}

void tl_store_flows_fini(struct tl_store_flows *flows)
{
    tl_cells_fini(&flows->counts);
    tl_cells_fini(&flows->faces);
    tl_cells_fini(&flows->hellos);
    free(flows->table);
    free(flows->running);
}

size_t tl_store_flows_memory(const struct tl_store_flows *flows)
{
    return tl_cells_memory(&flows->counts) + tl_cells_memory(&flows->faces) + tl_cells_memory(&flows->hellos) +
           ((size_t)flows->mask + 1) * sizeof *flows->table;
}
