/* subset_rows.c - a list of packets that one thread appends to and the view reads. */
#include "ui/tasks/subset_rows.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "ui/store/rows.h"
#include "ui/tasks/decode.h"
#include "ui/tasks/task.h"

#define ROWS_SIZE (TL_SUBSET_ROWS_MOST * sizeof(uint32_t))

struct tl_subset_rows {
    struct tl_subset subset;
    struct tl_task task;
    const struct tl_packet_source *source;
    struct tl_decode decode;  /* continues from run to run */
    struct tl_predicate_run *asked; /* owned: of the filter; NULL: none */
    bool begun, caught_up;
    _Atomic bool failed, stopped;
    size_t charged;           /* bytes of rows, of the panes' memory */
    _Atomic bool full;
    _Atomic uint64_t lost;    /* packets that may belong to it: their flows were evicted, */
    _Atomic uint64_t gone;    /* or their bytes */
    _Atomic uint64_t next;    /* next row to look at */
    uint32_t *rows;           /* owned; memory is used as pages are written */
    _Atomic uint32_t count;
};

/* --- gathering --- */

/* Decodes the packet and asks it. has: it belongs to that flow, host or protocol. */
static bool passes_decoded(struct tl_subset_rows *s, uint64_t index, const struct tl_row *row, bool has)
{
    const struct tl_tree *tree = NULL;
    bool text = s->subset.text.len > 0, passed = has;
    if (!tl_decode_fetch(&s->decode, index, row)) {
        if (has)
            atomic_fetch_add_explicit(&s->gone, 1, memory_order_relaxed);
        return false;
    }
    if (!has) {
        tree = tl_decode_fetched(&s->decode, tl_subset_is_ordered(&s->subset));
        const struct tl_scene scene = tl_decode_scene(&s->decode, tree);
        if (tree != NULL)
            tl_predicate_follow(s->asked, &scene);
    } else if (s->asked != NULL) {
        passed = tl_display_filter_passes(s->asked, &s->decode, text, &tree);
    } else {
        tree = tl_decode_fetched(&s->decode, true);
    }
    if (!passed || !text)
        return passed;
    struct tl_list_line line = { .row = index };
    tl_decode_line(&s->decode, tree, &line);
    return tl_subset_has_line(&s->subset, &line);
}

static bool passes(struct tl_subset_rows *s, uint64_t index, const struct tl_row *row)
{
    bool has = tl_subset_has_row(&s->subset, s->source->store, row);
    if (!has && tl_subset_is_lost(&s->subset, s->source->store, row))
        atomic_fetch_add_explicit(&s->lost, 1, memory_order_relaxed);
    if (!tl_subset_decodes(&s->subset))
        return has;
    return (has || tl_subset_cuts_flows(&s->subset)) && passes_decoded(s, index, row, has);
}

static bool begin(struct tl_subset_rows *s)
{
    uint64_t first = tl_subset_first(&s->subset, s->source->store);
    s->begun = true;
    atomic_store(&s->next, first);
    if (!tl_subset_decodes(&s->subset))
        return true;
    if (!tl_decode_init(&s->decode, s->source))
        return false;
    tl_decode_in_order(&s->decode);
    if (s->subset.filter != NULL) {
        s->asked = tl_predicate_run_new_within(s->subset.filter->predicate, s->source->decode_memory);
        if (s->asked == NULL)
            return false;
    }
    if (s->subset.text.len == 0) /* otherwise the lines need all fields */
        tl_decode_narrow(&s->decode, s->subset.filter->predicate);
    tl_decode_begin(&s->decode, first, false);
    return true;
}

static bool has_room(struct tl_subset_rows *s, uint32_t count)
{
    return count < TL_SUBSET_ROWS_MOST &&
           tl_memory_grow(s->source->memory, &s->charged, ((size_t)count + 1) * sizeof *s->rows);
}

static void run(struct tl_task *task, void *context)
{
    struct tl_subset_rows *s = context;
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

static uint32_t count_of(const struct tl_subset_rows *s)
{
    return atomic_load_explicit(&s->count, memory_order_acquire);
}

/* --- in the caller's thread --- */

struct tl_subset_rows *tl_subset_rows_new(const struct tl_packet_source *source, const struct tl_subset *subset)
{
    struct tl_subset_rows *s = calloc(1, sizeof *s);
    void *p = mmap(NULL, ROWS_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (s == NULL || p == MAP_FAILED) {
        if (p != MAP_FAILED)
            munmap(p, ROWS_SIZE);
        free(s);
        return NULL;
    }
    s->subset = *subset;
    s->rows = p;
    s->source = source;
    return s;
}

void tl_subset_rows_free(struct tl_subset_rows *s)
{
    if (s == NULL)
        return;
    tl_task_stop(&s->task);
    if (s->begun && tl_subset_decodes(&s->subset))
        tl_decode_fini(&s->decode);
    tl_predicate_run_free(s->asked);
    tl_memory_give(s->source->memory, s->charged);
    munmap(s->rows, ROWS_SIZE);
    free(s);
}

bool tl_subset_rows_gather(struct tl_subset_rows *s, int news)
{
    if (tl_task_runs(&s->task))
        return true;
    tl_task_stop(&s->task); /* its thread has returned */
    if (s->failed)
        return false;
    bool more = atomic_load(&s->next) < tl_store_count(s->source->store);
    s->caught_up |= !more;
    if (more && !s->full && !s->stopped)
        (void)tl_task_start(&s->task, news, run, s);
    return true;
}

bool tl_subset_rows_stop(struct tl_subset_rows *s)
{
    if (s->caught_up || s->stopped || s->full || !tl_subset_decodes(&s->subset))
        return false;
    tl_task_stop(&s->task);
    s->stopped = true;
    return true;
}

bool tl_subset_rows_will_look(const struct tl_subset_rows *s, uint64_t row)
{
    return row >= atomic_load_explicit(&s->next, memory_order_acquire) && !s->full && !s->stopped && !s->failed;
}

bool tl_subset_rows_run(const struct tl_subset_rows *s)
{
    return tl_task_runs(&s->task);
}

const struct tl_subset *tl_subset_rows_subset(const struct tl_subset_rows *s)
{
    return &s->subset;
}

uint32_t tl_subset_rows_count(const struct tl_subset_rows *s)
{
    return count_of(s);
}

uint32_t tl_subset_rows_at(const struct tl_subset_rows *s, uint64_t place)
{
    return s->rows[place];
}

uint32_t tl_subset_rows_find(const struct tl_subset_rows *s, uint64_t row)
{
    return tl_rows_find(s->rows, count_of(s), row);
}

bool tl_subset_rows_have(const struct tl_subset_rows *s, uint64_t row)
{
    uint32_t count = count_of(s), place = tl_rows_find(s->rows, count, row);
    return place < count && s->rows[place] == row;
}

bool tl_subset_rows_may_have(const struct tl_subset_rows *s, uint64_t row)
{
    return row >= atomic_load_explicit(&s->next, memory_order_acquire) || tl_subset_rows_have(s, row);
}

void tl_subset_rows_note(const struct tl_subset_rows *s, struct tl_buffer *out, const struct tl_columns *columns)
{
    tl_subset_put(out, &s->subset, columns);
    uint64_t lost = atomic_load_explicit(&s->lost, memory_order_relaxed);
    uint64_t gone = atomic_load_explicit(&s->gone, memory_order_relaxed);
    if (lost > 0)
        tl_put_format(out, ", maybe %llu more of evicted flows", (unsigned long long)lost);
    if (gone > 0)
        tl_put_format(out, ", maybe %llu more without their bytes", (unsigned long long)gone);
    if (atomic_load(&s->full))
        tl_puts(out, ", only the first ones");
    else if (s->stopped)
        tl_put_format(out, ", stopped at %u %%", tl_task_percent(&s->task));
    else if (tl_task_runs(&s->task) && tl_task_percent(&s->task) < 100)
        tl_put_format(out, ", %u %%", tl_task_percent(&s->task));
    tl_puts(out, ": ");
}
