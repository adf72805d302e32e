/* shown.c - rows that pass the display filter, in a list that one thread appends to and the view reads. */
#include "ui/shown.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "ui/decode.h"
#include "ui/errand.h"
#include "ui/rows.h"

#define ROWS_SIZE (TL_SHOWN_MOST * sizeof(uint32_t))

struct tl_shown {
    struct tl_errand errand;
    const struct tl_reader_options *source;
    struct tl_needle needle;
    struct tl_decode decode;  /* goes on where it was */
    bool begun, failed;
    uint64_t next;            /* row that was not looked at */
    uint32_t *rows;           /* owned; pages come as they are written */
    _Atomic uint32_t count;
    uint32_t looked;          /* the view's: of them, drawn */
    bool to_choose;           /* the first one is chosen when it is there */
};

/* --- gathering --- */

static bool passes(struct tl_shown *s, uint64_t index, const struct tl_tree *tree)
{
    struct tl_list_line line = { .row = index };
    char text[sizeof line];
    tl_decode_line(&s->decode, tree, &line);
    size_t len = tl_list_line_text(&line, text, sizeof text);
    return tl_needle_first(&s->needle, text, len, 0) < len;
}

static void run(struct tl_errand *errand, void *context)
{
    struct tl_shown *s = context;
    const struct tl_store *store = s->source->store;
    uint64_t end = tl_store_count(store), first = tl_store_first(store);
    uint32_t count = atomic_load_explicit(&s->count, memory_order_relaxed);
    struct tl_row row;
    if (!s->begun) {
        s->failed = !tl_decode_init(&s->decode, s->source);
        s->begun = true;
        s->next = first;
        if (!s->failed)
            tl_decode_begin(&s->decode, first, false);
    }
    atomic_store(&errand->total, end);
    for (; s->next < end && !s->failed && count < TL_SHOWN_MOST && !tl_errand_is_off(errand); s->next++) {
        atomic_store_explicit(&errand->at, s->next, memory_order_relaxed);
        const struct tl_tree *tree =
            tl_store_row(store, s->next, &row) ? tl_decode_row(&s->decode, s->next, &row) : NULL;
        if (tree == NULL || !passes(s, s->next, tree))
            continue;
        s->rows[count++] = (uint32_t)s->next;
        atomic_store_explicit(&s->count, count, memory_order_release);
        if ((count & 255) == 1)
            tl_errand_tell(errand);
    }
}

static uint32_t count_of(const struct tl_shown *s)
{
    return atomic_load_explicit(&s->count, memory_order_acquire);
}

/* --- the list --- */

bool tl_shown_is_part(const struct tl_view *view)
{
    return view->shown != NULL;
}

void tl_shown_needle(const struct tl_view *view, struct tl_needle *needle)
{
    *needle = view->shown != NULL ? view->shown->needle : (struct tl_needle){ 0 };
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

void tl_shown_note(const struct tl_view *view, struct tl_buffer *out)
{
    const struct tl_shown *s = view->shown;
    if (s == NULL)
        return;
    tl_put_format(out, "those with \"%.20s\"", s->needle.text);
    if (count_of(s) == TL_SHOWN_MOST)
        tl_puts(out, ", the first of them");
    else if (tl_errand_runs(&s->errand))
        tl_put_format(out, ", %u %%", tl_errand_percent(&s->errand));
    tl_puts(out, ": ");
}

/* --- the view's side --- */

void tl_shown_free(struct tl_view *view)
{
    struct tl_shown *s = view->shown;
    view->shown = NULL;
    if (s == NULL)
        return;
    tl_errand_stop(&s->errand);
    if (s->begun)
        tl_decode_fini(&s->decode);
    if (s->rows != NULL)
        munmap(s->rows, ROWS_SIZE);
    free(s);
}

void tl_shown_set(struct tl_view *view, const struct tl_needle *needle)
{
    tl_shown_free(view);
    view->dirty = true;
    if (needle->len == 0)
        return;
    struct tl_shown *s = calloc(1, sizeof *s);
    void *p = mmap(NULL, ROWS_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    view->shown = s;
    if (s != NULL)
        s->rows = p != MAP_FAILED ? p : NULL;
    if (s == NULL || s->rows == NULL) {
        if (s == NULL && p != MAP_FAILED)
            munmap(p, ROWS_SIZE);
        tl_shown_free(view);
        tl_view_say(view, true, "out of memory: all packets are shown");
        return;
    }
    s->source = &view->source;
    s->needle = *needle;
    s->to_choose = true;
}

/* Where the chosen packet is not in the list, the next one that is becomes it. */
static void choose(struct tl_view *view, struct tl_shown *s)
{
    uint32_t count = count_of(s), place = find(s, view->packet);
    bool looked_at = place < count || !tl_errand_runs(&s->errand);
    if (count == 0 || !looked_at)
        return;
    s->to_choose = false;
    tl_view_choose(view, s->rows[place < count ? place : count - 1]);
}

bool tl_shown_look(struct tl_view *view)
{
    struct tl_shown *s = view->shown;
    if (s == NULL)
        return false;
    if (!tl_errand_runs(&s->errand)) {
        tl_errand_stop(&s->errand); /* its thread has returned */
        if (s->failed) {
            tl_shown_free(view);
            tl_view_say(view, true, "out of memory: all packets are shown");
            return true;
        }
        uint64_t next = s->begun ? s->next : 0;
        if (next < tl_store_count(view->store) && count_of(s) < TL_SHOWN_MOST)
            (void)tl_errand_start(&s->errand, view->news, run, s);
    }
    if (s->to_choose)
        choose(view, s);
    bool more = count_of(s) != s->looked || tl_errand_runs(&s->errand);
    s->looked = count_of(s);
    return more;
}

static void typed(struct tl_view *view, const char *text)
{
    struct tl_needle needle = { 0 };
    if (!tl_needle_set(&needle, text))
        tl_view_say(view, true, "0x and an even number of hexadecimal digits are bytes: '%s' is not", text);
    else
        tl_shown_set(view, &needle);
    if (view->subset.active) /* the text is looked for in all packets */
        tl_view_show_flow(view, TL_STORE_NONE, view->packet);
}

void tl_shown_ask(struct tl_view *view, void *state)
{
    (void)state;
    tl_view_ask_again(view, "Show only lines with (nothing: all): ", view->shown != NULL ? view->shown->needle.text : "",
                      typed);
}
