/* shown.c - the subset that is shown, and what was shown before it. */
#include "ui/view/shown.h"

#include <stdlib.h>
#include <string.h>

#include "ui/tasks/subset_rows.h"
#include "ui/view/state.h"

struct tl_shown {
    struct tl_subset_rows *rows; /* owned */
    struct tl_subset before;     /* shown when this was opened */
    const struct tl_pane *from;  /* where it was opened; NULL: nowhere else */
    uint32_t looked;             /* rows, as drawn last */
    bool to_choose;              /* choose the packet `wanted`, or the next one in the subset, when it is there */
    uint64_t wanted;
};

/* --- the list --- */

const struct tl_subset_rows *tl_shown_rows(const struct tl_view *view)
{
    return view->shown != NULL ? view->shown->rows : NULL;
}

const struct tl_subset *tl_view_subset(const struct tl_view *view)
{
    static const struct tl_subset all = { .kind = TL_SUBSET_ALL };
    return view->shown != NULL ? tl_subset_rows_subset(view->shown->rows) : &all;
}

void tl_view_put_subset(const struct tl_view *view, struct tl_buffer *out)
{
    if (view->shown != NULL)
        tl_subset_rows_note(view->shown->rows, out, view->columns);
}

uint64_t tl_view_first_place(const struct tl_view *view)
{
    uint64_t first = tl_store_first(view->store);
    return view->shown != NULL ? tl_subset_rows_find(view->shown->rows, first) : first;
}

uint64_t tl_view_end_place(const struct tl_view *view)
{
    return view->shown != NULL ? tl_subset_rows_count(view->shown->rows) : tl_store_count(view->store);
}

uint64_t tl_view_row_at(const struct tl_view *view, uint64_t place)
{
    return view->shown != NULL ? tl_subset_rows_at(view->shown->rows, place) : place;
}

uint64_t tl_view_place_of(const struct tl_view *view, uint64_t row)
{
    if (view->shown == NULL)
        return row;
    const struct tl_subset_rows *rows = view->shown->rows;
    uint32_t place = tl_subset_rows_find(rows, row);
    bool here = place < tl_subset_rows_count(rows) && tl_subset_rows_at(rows, place) == row;
    return here || place == 0 ? place : place - 1;
}

bool tl_shown_has(const struct tl_view *view, uint64_t row)
{
    return view->shown == NULL || tl_subset_rows_may_have(view->shown->rows, row);
}

/* --- which subset --- */

void tl_shown_free(struct tl_view *view)
{
    struct tl_shown *s = view->shown;
    if (s == NULL)
        return;
    if (tl_search_stop(view->search)) /* it searches these packets */
        tl_view_say(view, false, "search stopped");
    view->shown = NULL;
    tl_subset_rows_free(s->rows);
    free(s);
}

static struct tl_shown *new(const struct tl_view *view, const struct tl_subset *subset)
{
    struct tl_shown *s = calloc(1, sizeof *s);
    struct tl_subset_rows *rows = tl_subset_rows_new(&view->source, subset);
    if (s == NULL || rows == NULL) {
        tl_subset_rows_free(rows);
        free(s);
        return NULL;
    }
    *s = (struct tl_shown){ .rows = rows, .to_choose = true, .wanted = view->packet };
    return s;
}

/* Shows this subset; NULL: all packets are shown. `subset` is not part of the present one, which is freed. */
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

void tl_view_show_subset(struct tl_view *view, const struct tl_subset *subset, uint64_t row)
{
    const struct tl_shown *now = view->shown;
    /* From a flow within a host, the way back leads to what was shown before the host. */
    bool nested = now != NULL && tl_subset_rows_subset(now->rows)->kind != TL_SUBSET_ALL;
    struct tl_subset wanted = *subset, before = nested ? now->before : *tl_view_subset(view);
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

bool tl_view_leave_subset(struct tl_view *view)
{
    if (view->shown == NULL)
        return false;
    struct tl_subset before = view->shown->before;
    (void)replace(view, &before);
    return true;
}

void tl_view_back_from_subset(struct tl_view *view)
{
    const struct tl_pane *from = view->shown != NULL ? view->shown->from : NULL;
    if (!tl_view_leave_subset(view))
        tl_view_say(view, false, "all packets are shown");
    else if (from != NULL)
        tl_view_turn_to(view, from);
}

/* If the chosen packet is not in the list, the next one that is becomes the chosen one. */
static void choose(struct tl_view *view, struct tl_shown *s)
{
    uint32_t count = tl_subset_rows_count(s->rows), place = tl_subset_rows_find(s->rows, s->wanted);
    bool looked_at = place < count || !tl_subset_rows_run(s->rows);
    if (count == 0 || !looked_at)
        return;
    s->to_choose = false;
    tl_view_choose(view, tl_subset_rows_at(s->rows, place < count ? place : count - 1));
}

bool tl_shown_gathers(const struct tl_view *view)
{
    return view->shown != NULL && tl_subset_rows_run(view->shown->rows);
}

bool tl_shown_look(struct tl_view *view)
{
    struct tl_shown *s = view->shown;
    if (s == NULL)
        return false;
    if (!tl_subset_rows_gather(s->rows, view->news)) {
        tl_shown_free(view);
        tl_view_say(view, true, "out of memory: all packets are shown");
        return true;
    }
    if (s->to_choose)
        choose(view, s);
    bool more = tl_subset_rows_count(s->rows) != s->looked || tl_subset_rows_run(s->rows);
    s->looked = tl_subset_rows_count(s->rows);
    return more;
}

/* Shows this subset in place of the present one: the way back is the same. */
static void alter(struct tl_view *view, const struct tl_subset *subset)
{
    const struct tl_shown *now = view->shown;
    struct tl_subset wanted = *subset, before = { .kind = TL_SUBSET_ALL };
    const struct tl_pane *from = now != NULL ? now->from : NULL;
    if (now != NULL)
        before = now->before;
    struct tl_shown *s = replace(view, &wanted);
    if (s != NULL) {
        s->before = before;
        s->from = from;
    }
}

static void typed(struct tl_view *view, const char *text)
{
    struct tl_subset subset = *tl_view_subset(view);
    subset.text = (struct tl_needle){ 0 };
    if (tl_needle_set(&subset.text, text))
        alter(view, &subset);
    else
        tl_view_say(view, true, "'%s': 0x needs an even number of hexadecimal digits", text);
}

void tl_shown_filter(struct tl_view *view, const struct tl_display_filter *filter)
{
    struct tl_subset subset = *tl_view_subset(view);
    subset.filter = filter;
    alter(view, &subset);
}

bool tl_shown_stop(struct tl_view *view)
{
    if (view->shown == NULL || !tl_subset_rows_stop(view->shown->rows))
        return false;
    tl_view_say(view, false, "stopped: only the packets found so far are shown");
    return true;
}

void tl_shown_ask(struct tl_view *view, void *state)
{
    (void)state;
    if (strcmp(tl_panes[view->focus]->page, tl_pane_packets.page) != 0)
        tl_view_say(view, false, "& shows only packets with a text: 1 turns to the packets; / searches");
    else
        tl_view_ask_again(view, "Show only lines with (empty: all): ", tl_view_subset(view)->text.text, typed);
}
