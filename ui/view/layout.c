/* layout.c - which panes are on the screen, and where. */
#include "ui/view/layout.h"

#include <limits.h>
#include <string.h>

#include "ui/view/state.h"

enum { PANE_LEAST = 3 }; /* least rows of a pane, with its title */

bool tl_layout_on_page(const struct tl_view *view, unsigned pane)
{
    return strcmp(tl_panes[pane]->page, tl_panes[view->focus]->page) == 0;
}

static bool is_shown(const struct tl_view *view, unsigned pane)
{
    if (pane == view->focus)
        return true;
    return tl_layout_on_page(view, pane) && !view->zoomed && !view->hidden[pane];
}

/* Rows that a pane does not need, of those above the least height; negative: rows that it lacks. */
static int spare_of(struct tl_view *view, unsigned pane, int height, int columns)
{
    uint64_t needed = tl_panes[pane]->needs(view, view->states[pane], columns) + 1;
    if (needed < PANE_LEAST)
        needed = PANE_LEAST;
    return needed > INT_MAX / 2 ? -INT_MAX / 2 : height - (int)needed;
}

/*
 * Rows that a pane does not need go to panes that lack some, among those that know. The first pane keeps its rows: it
 * must not jump from packet to packet.
 */
static void exchange(struct tl_view *view, const unsigned *shown, unsigned count, int *heights, int columns)
{
    for (unsigned from = 0; from < count; from++) {
        for (unsigned to = 0; to < count; to++) {
            if (from == to || tl_panes[shown[from]]->needs == NULL || tl_panes[shown[to]]->needs == NULL)
                continue;
            int spare = spare_of(view, shown[from], heights[from], columns);
            int lacks = -spare_of(view, shown[to], heights[to], columns);
            int moved = spare < lacks ? spare : lacks;
            heights[from] -= moved > 0 ? moved : 0;
            heights[to] += moved > 0 ? moved : 0;
        }
    }
}

/* Panes get rows by their shares; if the screen is too low for all, the last ones are left out. */
void tl_layout_divide(struct tl_view *view, int top, int rows, int columns)
{
    unsigned shown[TL_PANES_MOST], count = 0, shares = 0;
    for (unsigned i = 0; i < tl_pane_count; i++) {
        unsigned pane = view->order[i];
        view->areas[pane].rows = 0;
        if (is_shown(view, pane))
            shown[count++] = pane;
    }
    while (count > 1 && rows < (int)count * PANE_LEAST) {
        unsigned out = shown[count - 1] == view->focus ? count - 2 : count - 1;
        memmove(&shown[out], &shown[out + 1], (count - out - 1) * sizeof shown[0]);
        count--;
    }
    for (unsigned i = 0; i < count; i++)
        shares += tl_panes[shown[i]]->share;
    int heights[TL_PANES_MOST];
    for (unsigned i = 0, at = 0; i < count && shares > 0; i++) {
        unsigned share = tl_panes[shown[i]]->share, left = (unsigned)rows - at;
        heights[i] = (int)(i + 1 == count ? left : left * share / shares);
        shares -= share;
        at += (unsigned)heights[i];
    }
    exchange(view, shown, count, heights, columns);
    for (unsigned i = 0, at = 0; i < count; i++) {
        view->areas[shown[i]] =
            (struct tl_area){ .row = top + (int)at + 1, .column = 0, .rows = heights[i] - 1, .columns = columns };
        at += (unsigned)heights[i];
    }
}

bool tl_layout_begins_page(unsigned pane)
{
    return pane == 0 || strcmp(tl_panes[pane]->page, tl_panes[pane - 1]->page) != 0;
}

unsigned tl_layout_page(unsigned number)
{
    for (unsigned i = 0; i < tl_pane_count; i++) {
        number -= tl_layout_begins_page(i);
        if (number == 0)
            return i;
    }
    return tl_pane_count;
}

unsigned tl_layout_pane_at(const struct tl_view *view, int row)
{
    for (unsigned i = 0; i < tl_pane_count; i++) {
        const struct tl_area *area = &view->areas[i];
        if (area->rows > 0 && row >= area->row - 1 && row < area->row + area->rows)
            return i;
    }
    return tl_pane_count;
}
