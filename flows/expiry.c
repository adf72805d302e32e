/* expiry.c - a wheel of 134 ms slots, and a heap of the flows in the current slot. */
#include "flows/expiry.h"

#include <stdlib.h>

#include "core/time.h"

enum {
    SHIFT = 27,             /* ns per slot: 2^27 */
    SLOTS = 1 << 15,        /* 73 minutes; a flow with a later deadline is reached early and put back */
};
#define SLOT_NS (INT64_C(1) << SHIFT)
#define TURN    (SLOTS * SLOT_NS)
#define HEAD UINT32_C(0x80000000) /* tl_flow.prev of the first in a list: HEAD | slot */

struct due {
    int64_t deadline;
    uint64_t first_pkt;
    uint32_t handle;
    uint32_t depth;
};

struct tl_expiry {
    struct tl_expiry_clock clock;
    struct tl_slab *slab;
    uint8_t *base;          /* of the slab */
    const int64_t *timeouts;
    int64_t origin;         /* engine time at which slot 0 begins: advances by whole turns of the wheel */
    int64_t current;        /* current slot number; its flows are in the heap */
    int64_t scan;           /* all slots before this one are empty */
    bool started;
    uint64_t waiting;       /* flows in lists */
    struct due *heap;       /* owned; heap[0] is the earliest */
    uint32_t due_count, due_capacity;
    uint32_t head[SLOTS];
};

/* The slot, or the first flow of the heap, has changed. */
static void wind(struct tl_expiry *expiry)
{
    int64_t end = tl_etime_add(expiry->origin, (expiry->current << SHIFT) + (SLOT_NS - 1));
    if (expiry->due_count > 0 && tl_etime_before(expiry->heap[0].deadline, end))
        end = expiry->heap[0].deadline;
    expiry->clock.quiet_until = end;
}

struct tl_expiry *tl_expiry_new(struct tl_slab *slab, const int64_t *timeouts)
{
    struct tl_expiry *expiry = calloc(1, sizeof *expiry);
    if (expiry == NULL)
        return NULL;
    expiry->slab = slab;
    expiry->base = tl_slab_base(slab);
    expiry->timeouts = timeouts;
    wind(expiry);
    return expiry;
}

void tl_expiry_free(struct tl_expiry *expiry)
{
    if (expiry != NULL)
        free(expiry->heap);
    free(expiry);
}

static struct tl_flow *flow_at(const struct tl_expiry *expiry, uint32_t handle)
{
    return tl_slab_at(expiry->base, handle);
}

int64_t tl_expiry_deadline(const struct tl_expiry *expiry, const struct tl_flow *flow)
{
    return tl_etime_add(flow->touched, expiry->timeouts[flow->class]);
}

static int64_t slot_of(const struct tl_expiry *expiry, int64_t etime)
{
    return tl_etime_between(expiry->origin, etime) >> SHIFT;
}

static bool earlier(const struct due *a, const struct due *b)
{
    if (a->deadline != b->deadline)
        return tl_etime_before(a->deadline, b->deadline);
    return a->first_pkt != b->first_pkt ? a->first_pkt < b->first_pkt : a->depth < b->depth;
}

/* For a flow in the heap, tl_flow.next is its index there. */
static void place(struct tl_expiry *expiry, uint32_t at, struct due due)
{
    expiry->heap[at] = due;
    flow_at(expiry, due.handle)->next = at;
}

static void sift_up(struct tl_expiry *expiry, uint32_t at, struct due due)
{
    while (at > 0 && earlier(&due, &expiry->heap[(at - 1) / 2])) {
        place(expiry, at, expiry->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    place(expiry, at, due);
}

static void sift_down(struct tl_expiry *expiry, uint32_t at, struct due due)
{
    for (;;) {
        uint32_t child = at * 2 + 1;
        if (child >= expiry->due_count)
            break;
        if (child + 1 < expiry->due_count && earlier(&expiry->heap[child + 1], &expiry->heap[child]))
            child++;
        if (!earlier(&expiry->heap[child], &due))
            break;
        place(expiry, at, expiry->heap[child]);
        at = child;
    }
    place(expiry, at, due);
}

static bool heap_push(struct tl_expiry *expiry, struct tl_flow *flow, int64_t deadline)
{
    if (expiry->due_count == expiry->due_capacity) {
        uint32_t capacity = expiry->due_capacity ? expiry->due_capacity * 2 : 256;
        struct due *heap = realloc(expiry->heap, capacity * sizeof *heap);
        if (heap == NULL)
            return false;
        expiry->heap = heap;
        expiry->due_capacity = capacity;
    }
    flow->flags |= TL_FLOW_DUE;
    const struct tl_flow_ext *ext = flow->ext ? tl_slab_at(expiry->base, flow->ext) : NULL;
    sift_up(expiry, expiry->due_count++,
            (struct due){ deadline, flow->first_pkt, tl_slab_handle(expiry->slab, flow), ext != NULL ? ext->depth : 0 });
    return true;
}

static void heap_remove(struct tl_expiry *expiry, struct tl_flow *flow)
{
    uint32_t at = flow->next;
    flow->flags &= (uint8_t)~TL_FLOW_DUE;
    struct due last = expiry->heap[--expiry->due_count];
    if (at == expiry->due_count)
        return;
    if (at > 0 && earlier(&last, &expiry->heap[(at - 1) / 2]))
        sift_up(expiry, at, last);
    else
        sift_down(expiry, at, last);
}

static void list_add(struct tl_expiry *expiry, struct tl_flow *flow, int64_t slot)
{
    uint32_t i = (uint32_t)(slot & (SLOTS - 1)), handle = tl_slab_handle(expiry->slab, flow);
    flow->next = expiry->head[i];
    flow->prev = HEAD | i;
    if (flow->next != 0)
        flow_at(expiry, flow->next)->prev = handle;
    expiry->head[i] = handle;
    expiry->waiting++;
    if (slot < expiry->scan)
        expiry->scan = slot;
}

static void list_remove(struct tl_expiry *expiry, struct tl_flow *flow)
{
    if (flow->prev & HEAD)
        expiry->head[flow->prev & ~HEAD] = flow->next;
    else
        flow_at(expiry, flow->prev)->next = flow->next;
    if (flow->next != 0)
        flow_at(expiry, flow->next)->prev = flow->prev;
    expiry->waiting--;
}

static void start(struct tl_expiry *expiry, int64_t now)
{
    expiry->started = true;
    expiry->origin = now & -SLOT_NS;
    expiry->current = expiry->scan = 0;
}

/* Slot numbers restart after each turn of the wheel, because engine time wraps; no flow changes its place. */
static void turn(struct tl_expiry *expiry)
{
    int64_t turns = expiry->current / SLOTS;
    expiry->origin = tl_etime_add(expiry->origin, turns * TURN);
    expiry->current -= turns * SLOTS;
    expiry->scan -= turns * SLOTS;
}

static void add(struct tl_expiry *expiry, struct tl_flow *flow)
{
    if (!expiry->started)
        start(expiry, flow->touched);
    int64_t deadline = tl_expiry_deadline(expiry, flow), slot = slot_of(expiry, deadline);
    if (slot <= expiry->current && heap_push(expiry, flow, deadline))
        return;
    if (slot <= expiry->current)
        slot = expiry->current + 1;
    if (slot - expiry->current >= SLOTS)
        slot = expiry->current + SLOTS - 1;
    list_add(expiry, flow, slot);
}

static void take_out(struct tl_expiry *expiry, struct tl_flow *flow)
{
    if (flow->flags & TL_FLOW_DUE)
        heap_remove(expiry, flow);
    else
        list_remove(expiry, flow);
}

/* Prefetches the next flow while this one ends. */
static struct tl_flow *take(struct tl_expiry *expiry, struct tl_flow *flow)
{
    heap_remove(expiry, flow);
    if (expiry->due_count > 0) {
        const uint8_t *next = (const uint8_t *)flow_at(expiry, expiry->heap[0].handle);
        __builtin_prefetch(next);
        __builtin_prefetch(next + 64);
        __builtin_prefetch(next + 128);
    }
    return flow;
}

/* Moves the flows of a slot to the heap, or to their current slots. */
static void load(struct tl_expiry *expiry, int64_t slot)
{
    uint32_t i = (uint32_t)(slot & (SLOTS - 1)), handle = expiry->head[i];
    expiry->head[i] = 0;
    while (handle != 0) {
        struct tl_flow *flow = flow_at(expiry, handle);
        handle = flow->next;
        expiry->waiting--;
        int64_t deadline = tl_expiry_deadline(expiry, flow), to = slot_of(expiry, deadline);
        if (to - expiry->current >= SLOTS)
            to = expiry->current + SLOTS - 1;
        if (to > slot)
            list_add(expiry, flow, to);
        else if (!heap_push(expiry, flow, deadline))
            list_add(expiry, flow, slot + 1 < expiry->current + SLOTS ? slot + 1 : slot);
    }
}

/* Returns the earliest flow of the heap, or NULL, after stale ones were put back. The flow stays in the heap. */
static struct tl_flow *top(struct tl_expiry *expiry)
{
    while (expiry->due_count > 0) {
        struct tl_flow *flow = flow_at(expiry, expiry->heap[0].handle);
        int64_t deadline = tl_expiry_deadline(expiry, flow);
        if (deadline == expiry->heap[0].deadline)
            return flow;
        heap_remove(expiry, flow);
        add(expiry, flow);
    }
    return NULL;
}

static struct tl_flow *next(struct tl_expiry *expiry, int64_t now)
{
    if (!expiry->started)
        start(expiry, now);
    turn(expiry);
    int64_t last = slot_of(expiry, now);
    for (;;) {
        struct tl_flow *flow = top(expiry);
        int64_t due = flow != NULL ? expiry->heap[0].deadline : now;
        if (tl_etime_before(due, now) && slot_of(expiry, due) <= expiry->current)
            return take(expiry, flow);
        if (expiry->current >= last)
            return NULL;
        if (expiry->waiting == 0) {
            /* No flow is between here and the heap's next, if any. */
            int64_t to = flow != NULL ? slot_of(expiry, due) : last;
            expiry->current = to > expiry->current && to < last ? to : last;
        } else {
            int64_t slot = expiry->current + 1;
            while (slot < last && flow == NULL && expiry->head[slot & (SLOTS - 1)] == 0)
                slot++;
            expiry->current = slot;
            load(expiry, slot);
        }
        if (expiry->scan <= expiry->current)
            expiry->scan = expiry->current + 1;
    }
}

static struct tl_flow *evict(struct tl_expiry *expiry)
{
    for (unsigned tries = 0; tries < 2 * SLOTS; tries++) {
        struct tl_flow *flow = top(expiry);
        if (flow != NULL && (expiry->waiting == 0 || slot_of(expiry, expiry->heap[0].deadline) < expiry->scan))
            return take(expiry, flow);
        if (expiry->waiting == 0)
            return NULL;
        if (expiry->scan <= expiry->current)
            expiry->scan = expiry->current + 1;
        int64_t slot = expiry->scan++;
        load(expiry, slot);
    }
    return NULL;
}

/* --- the functions above, and what the clock says after them --- */

void tl_expiry_add(struct tl_expiry *expiry, struct tl_flow *flow)
{
    add(expiry, flow);
    wind(expiry);
}

void tl_expiry_remove(struct tl_expiry *expiry, struct tl_flow *flow)
{
    take_out(expiry, flow);
    wind(expiry);
}

void tl_expiry_move(struct tl_expiry *expiry, struct tl_flow *flow)
{
    take_out(expiry, flow);
    add(expiry, flow);
    wind(expiry);
}

struct tl_flow *tl_expiry_next(struct tl_expiry *expiry, int64_t now)
{
    struct tl_flow *flow = next(expiry, now);
    wind(expiry);
    return flow;
}

struct tl_flow *tl_expiry_evict(struct tl_expiry *expiry)
{
    struct tl_flow *flow = evict(expiry);
    wind(expiry);
    return flow;
}

const struct tl_expiry_clock *tl_expiry_clock(const struct tl_expiry *expiry)
{
    return &expiry->clock;
}
