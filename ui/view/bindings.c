/* bindings.c - the keys of the whole view. */
#include "ui/view/bindings.h"

#include <string.h>

#include "ui/view/display.h"
#include "ui/view/filter.h"
#include "ui/view/finding.h"
#include "ui/view/keylog.h"
#include "ui/view/layout.h"
#include "ui/view/saving.h"
#include "ui/view/shown.h"
#include "ui/view/state.h"

enum { FAR = 1 << 16 };

static void quit(struct tl_view *view, void *state)
{
    (void)state;
    view->quit = true;
}

static void help(struct tl_view *view, void *state)
{
    (void)state;
    view->overlay = TL_OVERLAY_HELP;
    view->overlay_top = 0;
}

static void command(struct tl_view *view, void *state)
{
    (void)state;
    view->overlay = TL_OVERLAY_COMMAND;
}

static void notices(struct tl_view *view, void *state)
{
    (void)state;
    view->overlay = TL_OVERLAY_NOTICES;
    view->overlay_top = FAR; /* the newest message is the last */
}

static unsigned place_of(const struct tl_view *view, unsigned pane)
{
    unsigned place = 0;
    while (view->order[place] != pane)
        place++;
    return place;
}

/* The next pane on the page in this direction that is not hidden; the focused one if there is no other. */
static unsigned neighbour(const struct tl_view *view, unsigned by)
{
    for (unsigned n = 1, at = place_of(view, view->focus); n < tl_pane_count; n++) {
        at = (at + by) % tl_pane_count;
        if (tl_layout_on_page(view, view->order[at]) && !view->hidden[view->order[at]])
            return view->order[at];
    }
    return view->focus;
}

static void step(struct tl_view *view, unsigned by)
{
    unsigned next = neighbour(view, by);
    if (next == view->focus)
        tl_view_say(view, false, "only one pane is shown: p turns to the next page");
    else
        tl_view_turn_to(view, tl_panes[next]);
}

/* Swaps the focused pane and the next one. */
static void swap(struct tl_view *view, void *state)
{
    unsigned other = neighbour(view, 1);
    (void)state;
    if (other == view->focus) {
        tl_view_say(view, false, "only one pane is shown");
        return;
    }
    unsigned here = place_of(view, view->focus), there = place_of(view, other);
    view->order[here] = other;
    view->order[there] = view->focus;
    view->zoomed = false;
}

static void next_pane(struct tl_view *view, void *state)
{
    (void)state;
    step(view, 1);
}

static void pane_before(struct tl_view *view, void *state)
{
    (void)state;
    step(view, tl_pane_count - 1);
}

static void zoom(struct tl_view *view, void *state)
{
    (void)state;
    view->zoomed = !view->zoomed;
    if (neighbour(view, 1) == view->focus) {
        view->zoomed = false;
        tl_view_say(view, false, "only one pane is shown");
    }
}

static void hide(struct tl_view *view, void *state)
{
    unsigned pane = view->focus;
    (void)state;
    step(view, 1);
    if (view->focus == pane)
        tl_view_say(view, false, "only one pane is shown");
    else
        view->hidden[pane] = true;
    view->zoomed = false;
}

static void show_all(struct tl_view *view, void *state)
{
    bool any = view->zoomed;
    (void)state;
    for (unsigned i = 0; i < tl_pane_count; i++)
        any |= view->hidden[i] && tl_layout_on_page(view, i);
    if (!any)
        tl_view_say(view, false, "no pane is hidden on this page");
    memset(view->hidden, 0, sizeof view->hidden);
    view->zoomed = false;
}

/* Turns to the next page in this direction. */
static void step_page(struct tl_view *view, unsigned by)
{
    unsigned at = view->focus;
    for (unsigned n = 1; n < tl_pane_count; n++) {
        at = (at + by) % tl_pane_count;
        if (tl_layout_begins_page(at) && !tl_layout_on_page(view, at)) {
            tl_view_turn_to(view, tl_panes[at]);
            return;
        }
    }
    tl_view_say(view, false, "there is no other page");
}

static void next_page(struct tl_view *view, void *state)
{
    (void)state;
    step_page(view, 1);
}

static void page_before(struct tl_view *view, void *state)
{
    (void)state;
    step_page(view, tl_pane_count - 1);
}

#define PAGE(number)                                                                                                  \
    static void page_##number(struct tl_view *view, void *state)                                                      \
    {                                                                                                                 \
        (void)state;                                                                                                  \
        tl_view_turn_to(view, tl_panes[tl_layout_page(number)]);                                                      \
    }
PAGE(1)
PAGE(2)
PAGE(3)
PAGE(4)
PAGE(5)
PAGE(6)
PAGE(7)
PAGE(8)

/* Chooses the next or previous packet, in whichever pane has the keys. */
static void step_packet(struct tl_view *view, bool forward)
{
    uint64_t first = tl_view_first_place(view), end = tl_view_end_place(view);
    uint64_t place = tl_view_place_of(view, view->packet);
    view->follow = false;
    if (forward ? place + 1 < end : place > first && place < end)
        tl_view_choose(view, tl_view_row_at(view, forward ? place + 1 : place - 1));
    else
        tl_view_say(view, false, forward ? "there is no later packet" : "there is no earlier packet");
}

static void packet_before(struct tl_view *view, void *state)
{
    (void)state;
    step_packet(view, false);
}

static void next_packet(struct tl_view *view, void *state)
{
    (void)state;
    step_packet(view, true);
}

static void move(struct tl_view *view, enum tl_move how)
{
    if (tl_panes[view->focus]->move != NULL)
        tl_panes[view->focus]->move(view, view->states[view->focus], how);
    else
        tl_view_does_nothing(view, "this key");
}

#define MOVE(name, how)                                                                                               \
    static void name(struct tl_view *view, void *state)                                                               \
    {                                                                                                                 \
        (void)state;                                                                                                  \
        move(view, how);                                                                                              \
    }
MOVE(up, TL_MOVE_UP)
MOVE(down, TL_MOVE_DOWN)
MOVE(page_up, TL_MOVE_PAGE_UP)
MOVE(page_down, TL_MOVE_PAGE_DOWN)
MOVE(home, TL_MOVE_HOME)
MOVE(end, TL_MOVE_END)
MOVE(left, TL_MOVE_LEFT)
MOVE(right, TL_MOVE_RIGHT)
MOVE(enter, TL_MOVE_ENTER)

static void mark(struct tl_view *view, void *state)
{
    (void)state;
    if (tl_store_count(view->store) == 0)
        tl_view_say(view, false, "there is no packet to mark");
    else if (!tl_marks_turn(&view->marks, view->packet))
        tl_view_say(view, true, "cannot mark more than %d packets", TL_MARKS_MOST);
}

static void to_mark(struct tl_view *view, bool forward)
{
    uint64_t row = view->packet;
    view->follow = false;
    if (tl_marks_next(&view->marks, &row, forward))
        tl_view_go(view, row);
    else
        tl_view_say(view, false, "no packet is marked: m marks the chosen packet");
}

static void next_mark(struct tl_view *view, void *state)
{
    (void)state;
    to_mark(view, true);
}

static void mark_before(struct tl_view *view, void *state)
{
    (void)state;
    to_mark(view, false);
}

static void stream(struct tl_view *view, void *state)
{
    (void)state;
    tl_view_turn_to(view, &tl_pane_stream);
}

enum { CTRL_B = 2, CTRL_F = 6, CTRL_L = 12, CTRL_D = 4, CTRL_U = 21 };

static void redraw(struct tl_view *view, void *state)
{
    (void)state;
    tl_screen_resize(view->screen);
}

const struct tl_binding tl_view_bindings[] = {
    { '?', "?", "this help; any key closes it", help },
    { 'q', "q", "quit", quit },
    { TL_KEY_UP, "Arrows", "move (also h j k l)", up },
    { 'k', NULL, NULL, up },
    { TL_KEY_DOWN, NULL, NULL, down },
    { 'j', NULL, NULL, down },
    { TL_KEY_LEFT, NULL, NULL, left },
    { 'h', NULL, NULL, left },
    { TL_KEY_RIGHT, NULL, NULL, right },
    { 'l', NULL, NULL, right },
    { TL_KEY_PAGE_UP, "PgUp PgDn", "one page (also b, Space)", page_up },
    { 'b', NULL, NULL, page_up },
    { CTRL_B, NULL, NULL, page_up },
    { CTRL_U, NULL, NULL, page_up },
    { TL_KEY_PAGE_DOWN, NULL, NULL, page_down },
    { ' ', NULL, NULL, page_down },
    { CTRL_F, NULL, NULL, page_down },
    { CTRL_D, NULL, NULL, page_down },
    { TL_KEY_HOME, "Home End", "first, last (also g, G)", home },
    { 'g', NULL, NULL, home },
    { TL_KEY_END, NULL, NULL, end },
    { 'G', NULL, NULL, end },
    { TL_KEY_ENTER, "Enter", "open, or fold and unfold", enter },
    { TL_KEY_TAB, "Tab", "next pane; Shift-Tab: back", next_pane },
    { TL_KEY_BACK_TAB, NULL, NULL, pane_before },
    { 'p', "p P 1-8", "next, previous, nth page", next_page },
    { 'P', NULL, NULL, page_before },
    { '1', NULL, NULL, page_1 },
    { '2', NULL, NULL, page_2 },
    { '3', NULL, NULL, page_3 },
    { '4', NULL, NULL, page_4 },
    { '5', NULL, NULL, page_5 },
    { '6', NULL, NULL, page_6 },
    { '7', NULL, NULL, page_7 },
    { '8', NULL, NULL, page_8 },
    { '/', "/ \\", "search text, a pattern", tl_finding_ask },
    { '\\', NULL, NULL, tl_finding_ask_regex },
    { 'n', "n N", "next match, previous match", tl_finding_next },
    { 'N', NULL, NULL, tl_finding_before },
    { 'F', "F B L", "display filter, BPF, key log", tl_display_ask },
    { 'B', NULL, NULL, tl_filter_ask },
    { 'L', NULL, NULL, tl_keylog_ask },
    { '&', "&", "show packets with a text", tl_shown_ask },
    { 'm', "m", "mark or unmark the packet", mark },
    { '\'', "' \"", "next mark, previous mark", next_mark },
    { '"', NULL, NULL, mark_before },
    { 'w', "w", "save packets or records", tl_saving_ask },
    { 's', "s", "the stream of its flow", stream },
    { ',', ", .", "previous, next packet", packet_before },
    { '.', NULL, NULL, next_packet },
    { 'z', "z", "zoom the pane, or unzoom", zoom },
    { 'x', "x X", "hide the pane, show all", hide },
    { 'X', NULL, NULL, show_all },
    { 'S', "S", "swap with the next pane", swap },
    { 'c', "c e", "command line, messages", command },
    { 'e', NULL, NULL, notices },
    { CTRL_L, "Ctrl-L", "redraw the screen", redraw },
    { 0 },
};
