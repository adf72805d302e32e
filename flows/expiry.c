/*
 * expiry.c - a wheel of 134 ms slots, and a heap of the flows in the current slot. A slot lists its flows by handle, in
 * pages, so that many of them are fetched from memory at a time. The heap does not know where in it a flow is: what no
 * longer counts stays there until it comes up, and so does the memory of its flow.
 */
#include "flows/expiry.h"

#include <stdlib.h>

#include "core/time.h"

enum {
    SHIFT = 27,             /* ns per slot: 2^27 */
    SLOTS = 1 << 15,        /* 73 minutes; a flow with a later deadline is reached early and put back */
    PAGE_FLOWS = 28,
    PAGE_SHIFT = 5,         /* tl_flow.place of a flow in the wheel: page << PAGE_SHIFT | index in it */
    AHEAD = 8,              /* flows that are fetched from memory at a time */
    VOIDS_MOST = 64,        /* void entries that the heap keeps whatever its size */
};
#define SLOT_NS (INT64_C(1) << SHIFT)
#define TURN    (SLOTS * SLOT_NS)
/* tl_flow.place of a flow in the heap: the number of its entries there, and flags. */
#define ENDED UINT32_C(0x80000000)
#define GIVEN UINT32_C(0x40000000) /* back: its memory waits for the last entry */
#define FLAGS (ENDED | GIVEN)

struct due {
    int64_t deadline;
    uint64_t first_pkt;
    uint32_t handle;
    uint32_t depth;
};

/* Flows of one slot, two cache lines. */
struct page {
    uint32_t next, previous; /* pages of the slot, 0: none; of a free page: the next free one */
    uint16_t filled, live;   /* entries used so far; those that are not 0 */
    uint32_t slot;           /* index in head */
    uint32_t handle[PAGE_FLOWS]; /* 0: the flow has left */
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
    uint64_t flows;         /* in the wheel and in the heap */
    uint64_t waiting;       /* flows in the wheel */
    struct page *pages;     /* owned; more than there are flows, so there is always one; page 0 is none */
    uint64_t page_capacity;
    uint32_t page_fresh;    /* pages from here on were never used */
    uint32_t page_free;     /* list */
    struct due *heap;       /* owned; heap[0] is the earliest */
    uint32_t due_count, due_capacity;
    uint32_t voids, sweep_from; /* entries of the heap that are of no use; the number that makes sweep() worth it */
    uint32_t head[SLOTS];   /* first page of each slot */
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
    expiry->page_fresh = 1;
    expiry->sweep_from = VOIDS_MOST;
    wind(expiry);
    return expiry;
}

void tl_expiry_free(struct tl_expiry *expiry)
{
    if (expiry == NULL)
        return;
    free(expiry->heap);
    free(expiry->pages);
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

/* --- the heap --- */

static void sift_up(struct tl_expiry *expiry, uint32_t at, struct due due)
{
    struct due *heap = expiry->heap;
    for (; at > 0 && earlier(&due, &heap[(at - 1) / 2]); at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = due;
}

static void sift_down(struct tl_expiry *expiry, uint32_t at, struct due due)
{
    struct due *heap = expiry->heap;
    for (;;) {
        uint32_t child = at * 2 + 1;
        if (child >= expiry->due_count)
            break;
        if (child + 1 < expiry->due_count && earlier(&heap[child + 1], &heap[child]))
            child++;
        if (!earlier(&heap[child], &due))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = due;
}

static void heap_pop(struct tl_expiry *expiry)
{
    struct due last = expiry->heap[--expiry->due_count];
    if (expiry->due_count > 0)
        sift_down(expiry, 0, last);
}

/* The flow has one more entry. */
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
    flow->place = flow->flags & TL_FLOW_DUE ? flow->place + 1 : 1;
    flow->flags |= TL_FLOW_DUE;
    const struct tl_flow_ext *ext = flow->ext ? tl_slab_at(expiry->base, flow->ext) : NULL;
    sift_up(expiry, expiry->due_count++,
            (struct due){ deadline, flow->first_pkt, tl_slab_handle(expiry->slab, flow), ext != NULL ? ext->depth : 0 });
    return true;
}

static void free_flow(struct tl_expiry *expiry, struct tl_flow *flow)
{
    tl_slab_put(expiry->slab, flow, tl_flow_size(flow->flags));
}

/* An entry of the flow has left the heap. Returns whether the flow has no other there; then it may be freed. */
static bool forget_entry(struct tl_expiry *expiry, struct tl_flow *flow)
{
    if ((--flow->place & ~FLAGS) != 0)
        return false;
    flow->flags &= (uint8_t)~TL_FLOW_DUE;
    if (flow->place & GIVEN)
        free_flow(expiry, flow);
    return true;
}

/*
 * An entry is void if its flow has ended, or if it is later than the flow's deadline: each flow in the heap that goes on has
 * an entry at its deadline or before.
 */
static bool is_void(const struct tl_expiry *expiry, const struct due *due, const struct tl_flow *flow)
{
    return flow->place & ENDED || tl_etime_before(tl_expiry_deadline(expiry, flow), due->deadline);
}

/* Takes void entries out, so that they never are more than half of the heap for long. */
static TL_COLD void sweep(struct tl_expiry *expiry)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < expiry->due_count; i++) {
        struct tl_flow *flow = flow_at(expiry, expiry->heap[i].handle);
        if (!is_void(expiry, &expiry->heap[i], flow)) {
            expiry->heap[kept++] = expiry->heap[i];
            continue;
        }
        expiry->voids--;
        (void)forget_entry(expiry, flow);
    }
    expiry->due_count = kept;
    for (uint32_t i = kept / 2; i-- > 0;)
        sift_down(expiry, i, expiry->heap[i]);
    expiry->sweep_from = VOIDS_MOST + expiry->voids * 2;
}

static void count_void(struct tl_expiry *expiry)
{
    if (++expiry->voids > expiry->sweep_from && expiry->voids > expiry->due_count / 2)
        sweep(expiry);
}

/* --- the wheel --- */

/* There is a page for one more flow, whatever slots the flows are in. */
static bool reserve_page(struct tl_expiry *expiry)
{
    uint64_t wanted = expiry->flows + 3; /* page 0, the one that is being emptied, the new one */
    if (TL_LIKELY(wanted <= expiry->page_capacity))
        return true;
    uint64_t capacity = expiry->page_capacity ? expiry->page_capacity * 2 : 64;
    if (capacity > UINT32_MAX >> PAGE_SHIFT)
        return false;
    struct page *pages = realloc(expiry->pages, capacity * sizeof *pages);
    if (pages == NULL)
        return false;
    expiry->pages = pages;
    expiry->page_capacity = capacity;
    return true;
}

static uint32_t take_page(struct tl_expiry *expiry, uint32_t slot)
{
    uint32_t i = expiry->page_free, next = expiry->head[slot];
    if (i != 0)
        expiry->page_free = expiry->pages[i].next;
    else
        i = expiry->page_fresh++;
    expiry->pages[i].next = next;
    expiry->pages[i].previous = 0;
    expiry->pages[i].filled = expiry->pages[i].live = 0;
    expiry->pages[i].slot = slot;
    if (next != 0)
        expiry->pages[next].previous = i;
    expiry->head[slot] = i;
    return i;
}

static void free_page(struct tl_expiry *expiry, uint32_t i)
{
    expiry->pages[i].next = expiry->page_free;
    expiry->page_free = i;
}

static void wheel_add(struct tl_expiry *expiry, struct tl_flow *flow, int64_t slot)
{
    uint32_t i = expiry->head[slot & (SLOTS - 1)];
    if (i == 0 || expiry->pages[i].filled == PAGE_FLOWS)
        i = take_page(expiry, (uint32_t)(slot & (SLOTS - 1)));
    struct page *page = &expiry->pages[i];
    flow->place = i << PAGE_SHIFT | page->filled;
    page->handle[page->filled++] = tl_slab_handle(expiry->slab, flow);
    page->live++;
    expiry->waiting++;
    if (slot < expiry->scan)
        expiry->scan = slot;
}

static void wheel_remove(struct tl_expiry *expiry, const struct tl_flow *flow)
{
    uint32_t i = flow->place >> PAGE_SHIFT;
    struct page *page = &expiry->pages[i];
    page->handle[flow->place & ((1u << PAGE_SHIFT) - 1)] = 0;
    expiry->waiting--;
    if (--page->live > 0)
        return;
    if (page->previous != 0)
        expiry->pages[page->previous].next = page->next;
    else
        expiry->head[page->slot] = page->next;
    if (page->next != 0)
        expiry->pages[page->next].previous = page->previous;
    free_page(expiry, i);
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
    wheel_add(expiry, flow, slot);
}

/* Takes the first flow out of the heap, and prefetches the next while this one ends. */
static struct tl_flow *take(struct tl_expiry *expiry, struct tl_flow *flow)
{
    heap_pop(expiry);
    expiry->flows--;
    if (!forget_entry(expiry, flow))
        flow->place |= ENDED;
    if (expiry->due_count > 0) {
        const uint8_t *next = (const uint8_t *)flow_at(expiry, expiry->heap[0].handle);
        __builtin_prefetch(next);
        __builtin_prefetch(next + 64);
    }
    return flow;
}

/* Fetches what tl_expiry_deadline() reads of a flow. */
static void prefetch_deadline(const struct tl_expiry *expiry, uint32_t handle)
{
    const struct tl_flow *flow = flow_at(expiry, handle);
    __builtin_prefetch(&flow->touched);
    __builtin_prefetch(&flow->flags);
}

/* Moves a flow of a slot to the heap, or to its current slot. */
static void settle(struct tl_expiry *expiry, struct tl_flow *flow, int64_t slot)
{
    int64_t deadline = tl_expiry_deadline(expiry, flow), to = slot_of(expiry, deadline);
    expiry->waiting--;
    if (to - expiry->current >= SLOTS)
        to = expiry->current + SLOTS - 1;
    if (to > slot)
        wheel_add(expiry, flow, to);
    else if (!heap_push(expiry, flow, deadline))
        wheel_add(expiry, flow, slot + 1 < expiry->current + SLOTS ? slot + 1 : slot);
}

static void load(struct tl_expiry *expiry, int64_t slot)
{
    uint32_t i = expiry->head[slot & (SLOTS - 1)];
    expiry->head[slot & (SLOTS - 1)] = 0;
    while (i != 0) {
        const struct page *page = &expiry->pages[i];
        uint32_t next = page->next;
        if (next != 0)
            __builtin_prefetch(&expiry->pages[next]);
        for (unsigned n = 0; n < AHEAD && n < page->filled; n++)
            prefetch_deadline(expiry, page->handle[n]);
        for (unsigned n = 0; n < page->filled; n++) {
            if (n + AHEAD < page->filled)
                prefetch_deadline(expiry, page->handle[n + AHEAD]);
            if (page->handle[n] != 0)
                settle(expiry, flow_at(expiry, page->handle[n]), slot);
        }
        free_page(expiry, i);
        i = next;
    }
}

/* Returns the earliest flow of the heap, or NULL, after stale ones were put back. The flow stays in the heap. */
static struct tl_flow *top(struct tl_expiry *expiry)
{
    while (expiry->due_count > 0) {
        struct tl_flow *flow = flow_at(expiry, expiry->heap[0].handle);
        int64_t deadline = flow->place & ENDED ? 0 : tl_expiry_deadline(expiry, flow);
        bool is_of_no_use = is_void(expiry, &expiry->heap[0], flow), ended = flow->place & ENDED;
        if (!is_of_no_use && deadline == expiry->heap[0].deadline)
            return flow;
        heap_pop(expiry);
        bool last = forget_entry(expiry, flow);
        if (is_of_no_use)
            expiry->voids--;
        if (ended || (is_of_no_use && !last))
            continue;
        if (last)
            add(expiry, flow);
        else /* touched since, and its other entries may be later than its deadline; the heap has room for one */
            (void)!heap_push(expiry, flow, deadline);
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

bool tl_expiry_add(struct tl_expiry *expiry, struct tl_flow *flow)
{
    if (!reserve_page(expiry))
        return false;
    expiry->flows++;
    add(expiry, flow);
    wind(expiry);
    return true;
}

void tl_expiry_remove(struct tl_expiry *expiry, struct tl_flow *flow)
{
    expiry->flows--;
    if (flow->flags & TL_FLOW_DUE) {
        flow->place |= ENDED;
        count_void(expiry);
        wind(expiry);
    } else {
        wheel_remove(expiry, flow);
    }
}

void tl_expiry_give_back(struct tl_expiry *expiry, struct tl_flow *flow)
{
    if (flow->flags & TL_FLOW_DUE)
        flow->place |= GIVEN;
    else
        free_flow(expiry, flow);
}

void tl_expiry_move(struct tl_expiry *expiry, struct tl_flow *flow)
{
    if (!(flow->flags & TL_FLOW_DUE)) {
        wheel_remove(expiry, flow);
        add(expiry, flow);
    } else if (heap_push(expiry, flow, tl_expiry_deadline(expiry, flow))) {
        count_void(expiry);
    }
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
