/* shown.c - rows of the part that is shown, in a list that one thread appends to and the view reads. */
#include "ui/tasks/shown.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "ui/tasks/decode.h"
#include "ui/tasks/task.h"
#include "ui/store/rows.h"

#define ROWS_SIZE (TL_SHOWN_MOST * sizeof(uint32_t))

struct tl_shown {
    struct tl_subset subset;
    struct tl_subset before;       /* was shown when this was opened */
    const struct tl_pane *from;  /* where it was opened; NULL: nowhere else */
    struct tl_task task;
    const struct tl_packet_source *source;
    struct tl_decode decode;  /* goes on where it was */
    bool begun, failed;
    size_t charged;           /* bytes of rows, of the panes' memory */
    _Atomic bool full;
    _Atomic uint64_t lost;    /* packets of which it cannot be told whether they are of it: their flows are gone, */
    _Atomic uint64_t gone;    /* or their bytes */
    _Atomic uint64_t next;    /* row that was not looked at */
    uint32_t *rows;           /* owned; pages come as they are written */
    _Atomic uint32_t count;
    uint32_t looked;          /* the view's: of them, drawn */
    bool to_choose;           /* this row, or the next there is, is chosen when it is there */
    uint64_t wanted;
};

/* --- gathering --- */

static bool passes(struct tl_shown *s, uint64_t index, const struct tl_row *row)
{
    bool has = tl_subset_has_row(&s->subset, s->source->store, row);
    if (!has && tl_subset_is_lost(&s->subset, s->source->store, row))
        atomic_fetch_add_explicit(&s->lost, 1, memory_order_relaxed);
    if (s->subset.text.len == 0)
        return has;
    const struct tl_tree *tree = has || tl_subset_cuts_flows(&s->subset) ? tl_decode_row(&s->decode, index, row) : NULL;
    struct tl_list_line line = { .row = index };
    if (has && tree == NULL)
        atomic_fetch_add_explicit(&s->gone, 1, memory_order_relaxed);
    if (!has || tree == NULL)
        return false;
    tl_decode_line(&s->decode, tree, &line);
    return tl_subset_has_line(&s->subset, &line);
}

static bool begin(struct tl_shown *s)
{
    uint64_t first = tl_subset_first(&s->subset, s->source->store);
    s->begun = true;
    atomic_store(&s->next, first);
    if (s->subset.text.len == 0)
        return true;
    if (!tl_decode_init(&s->decode, s->source))
        return false;
    tl_decode_begin(&s->decode, first, false);
    return true;
}

static bool has_room(struct tl_shown *s, uint32_t count)
{
    return count < TL_SHOWN_MOST &&
           tl_memory_grow(s->source->memory, &s->charged, ((size_t)count + 1) * sizeof *s->rows);
}

static void run(struct tl_task *task, void *context)
{
    struct tl_shown *s = context;
    const struct tl_store *store = s->source->store;
    uint32_t count = atomic_load_explicit(&s->count, memory_order_relaxed);
    struct tl_row row;
    if (!s->begun)
        s->failed = !begin(s);
    uint64_t end = tl_store_count(store), next = atomic_load(&s->next);
    atomic_store(&task->total, end);
    for (; next < end && !s->failed && !tl_task_is_off(task); next++) {
        atomic_store_explicit(&task->at, next, memory_order_relaxed);
        if (tl_store_row(store, next, &row) && passes(s, next, &row)) {
            atomic_store(&s->full, !has_room(s, count));
            if (s->full)
                return;
            s->rows[count++] = (uint32_t)next;
            atomic_store_explicit(&s->count, count, memory_order_release);
            if ((count & 4095) == 1)
                tl_task_tell(task);
        }
        atomic_store_explicit(&s->next, next + 1, memory_order_release);
    }
}

static uint32_t count_of(const struct tl_shown *s)
{
    return atomic_load_explicit(&s->count, memory_order_acquire);
}

/* --- the list --- */

const struct tl_subset *tl_shown_subset(const struct tl_view *view)
{
    static const struct tl_subset all = { .kind = TL_SUBSET_ALL };
    return view->shown != NULL ? &view->shown->subset : &all;
}

static uint32_t find(const struct tl_shown *s, uint64_t row)
{
    return tl_rows_find(s->rows, count_of(s), row);
}

uint64_t tl_shown_first(const struct tl_view *view)
{
    uint64_t first = tl_store_first(view->store);
    return view->shown != NULL ? find(view->shown, first) : first;
}

uint64_t tl_shown_end(const struct tl_view *view)
{
    return view->shown != NULL ? count_of(view->shown) : tl_store_count(view->store);
}

uint64_t tl_shown_row(const struct tl_view *view, uint64_t place)
{
    return view->shown != NULL ? view->shown->rows[place] : place;
}

uint64_t tl_shown_place(const struct tl_view *view, uint64_t row)
{
    const struct tl_shown *s = view->shown;
    if (s == NULL)
        return row;
    uint32_t place = find(s, row);
    bool here = place < count_of(s) && s->rows[place] == row;
    return here || place == 0 ? place : place - 1;
}

bool tl_shown_has(const struct tl_view *view, uint64_t row)
{
    const struct tl_shown *s = view->shown;
    if (s == NULL || row >= atomic_load_explicit(&s->next, memory_order_acquire))
        return true;
    uint32_t place = find(s, row);
    return place < count_of(s) && s->rows[place] == row;
}

void tl_shown_note(const struct tl_view *view, struct tl_buffer *out)
{
    const struct tl_shown *s = view->shown;
    if (s == NULL)
        return;
    tl_subset_put(out, &s->subset, view->columns);
    uint64_t lost = atomic_load_explicit(&s->lost, memory_order_relaxed);
    uint64_t gone = atomic_load_explicit(&s->gone, memory_order_relaxed);
    if (lost > 0)
        tl_put_format(out, ", maybe %llu of flows gone", (unsigned long long)lost);
    if (gone > 0)
        tl_put_format(out, ", maybe %llu whose bytes are gone", (unsigned long long)gone);
    if (atomic_load(&s->full))
        tl_puts(out, ", the first of them");
    else if (tl_task_runs(&s->task) && tl_task_percent(&s->task) < 100)
        tl_put_format(out, ", %u %%", tl_task_percent(&s->task));
    tl_puts(out, ": ");
}

/* --- the view's side --- */

void tl_shown_free(struct tl_view *view)
{
    struct tl_shown *s = view->shown;
    view->shown = NULL;
    if (s == NULL)
        return;
    tl_task_stop(&s->task);
    if (s->begun && s->subset.text.len > 0)
        tl_decode_fini(&s->decode);
    tl_memory_give(s->source->memory, s->charged);
    munmap(s->rows, ROWS_SIZE);
    free(s);
}

static struct tl_shown *new(const struct tl_view *view, const struct tl_subset *subset)
{
    struct tl_shown *s = calloc(1, sizeof *s);
    void *p = mmap(NULL, ROWS_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (s == NULL || p == MAP_FAILED) {
        if (p != MAP_FAILED)
            munmap(p, ROWS_SIZE);
        free(s);
        return NULL;
    }
    s->subset = *subset;
    s->rows = p;
    s->source = &view->source;
    s->to_choose = true;
    s->wanted = view->packet;
    return s;
}

/* This instead of what is shown now; NULL: all. part is not of what is shown now. */
static struct tl_shown *replace(struct tl_view *view, const struct tl_subset *subset)
{
    tl_shown_free(view);
    view->dirty = true;
    if (tl_subset_is_all(subset))
        return NULL;
    view->shown = new(view, subset);
    if (view->shown == NULL)
        tl_view_say(view, true, "out of memory: all packets are shown");
    return view->shown;
}

void tl_shown_open(struct tl_view *view, const struct tl_subset *subset, uint64_t row)
{
    const struct tl_shown *now = view->shown;
    /* From a flow within a host, the way back leads to what was shown before the host. */
    bool nested = now != NULL && now->subset.kind != TL_SUBSET_ALL;
    struct tl_subset wanted = *subset, before = nested ? now->before : *tl_shown_subset(view);
    struct tl_shown *s = replace(view, &wanted);
    if (s != NULL) {
        s->before = before;
        s->from = tl_panes[view->focus];
        s->wanted = row != TL_STORE_NONE ? row : 0;
    }
    view->follow = false;
    tl_view_turn_to(view, &tl_pane_packets);
    if (row < tl_store_count(view->store))
        tl_view_choose(view, row);
}

bool tl_shown_close(struct tl_view *view)
{
    if (view->shown == NULL)
        return false;
    struct tl_subset before = view->shown->before;
    (void)replace(view, &before);
    return true;
}

void tl_shown_back(struct tl_view *view)
{
    const struct tl_pane *from = view->shown != NULL ? view->shown->from : NULL;
    if (!tl_shown_close(view))
        tl_view_say(view, false, "all packets are shown");
    else if (from != NULL)
        tl_view_turn_to(view, from);
}

/* Where the chosen packet is not in the list, the next one that is becomes it. */
static void choose(struct tl_view *view, struct tl_shown *s)
{
    uint32_t count = count_of(s), place = find(s, s->wanted);
    bool looked_at = place < count || !tl_task_runs(&s->task);
    if (count == 0 || !looked_at)
        return;
    s->to_choose = false;
    tl_view_choose(view, s->rows[place < count ? place : count - 1]);
}

bool tl_shown_gathers(const struct tl_view *view)
{
    return view->shown != NULL && tl_task_runs(&view->shown->task);
}

bool tl_shown_look(struct tl_view *view)
{
    struct tl_shown *s = view->shown;
    if (s == NULL)
        return false;
    if (!tl_task_runs(&s->task)) {
        tl_task_stop(&s->task); /* its thread has returned */
        if (s->failed) {
            tl_shown_free(view);
            tl_view_say(view, true, "out of memory: all packets are shown");
            return true;
        }
        if (atomic_load(&s->next) < tl_store_count(view->store) && !atomic_load(&s->full))
            (void)tl_task_start(&s->task, view->news, run, s);
    }
    if (s->to_choose)
        choose(view, s);
    bool more = count_of(s) != s->looked || tl_task_runs(&s->task);
    s->looked = count_of(s);
    return more;
}

static void typed(struct tl_view *view, const char *text)
{
    const struct tl_shown *now = view->shown;
    struct tl_subset subset = *tl_shown_subset(view), before = { .kind = TL_SUBSET_ALL };
    const struct tl_pane *from = now != NULL ? now->from : NULL;
    if (now != NULL)
        before = now->before;
    subset.text = (struct tl_needle){ 0 };
    if (!tl_needle_set(&subset.text, text)) {
        tl_view_say(view, true, "0x and an even number of hexadecimal digits are bytes: '%s' is not", text);
        return;
    }
    struct tl_shown *s = replace(view, &subset);
    if (s != NULL) {
        s->before = before;
        s->from = from;
    }
}

void tl_shown_ask(struct tl_view *view, void *state)
{
    (void)state;
    tl_view_ask_again(view, "Show only lines with (nothing: all): ", tl_shown_subset(view)->text.text, typed);
}
