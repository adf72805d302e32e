/* frame.c - draws the panes, the help over them, and the last line. */
#include "ui/view/frame.h"

#include "ui/view/help.h"
#include "ui/view/layout.h"
#include "ui/view/state.h"
#include "ui/view/status.h"
#include "ui/view/tabs.h"

enum { NOTE_MOST = 192 };

static void draw_pane(struct tl_view *view, unsigned i)
{
    const struct tl_pane *pane = tl_panes[i];
    const struct tl_area *area = &view->areas[i];
    struct tl_area title = { area->row - 1, area->column, 1, area->columns };
    char note[NOTE_MOST] = "";
    bool focused = i == view->focus && view->overlay == TL_OVERLAY_NONE;
    pane->draw(view, view->states[i], area, focused);
    if (pane->note != NULL)
        pane->note(view, view->states[i], note, sizeof note);
    tl_screen_rule(view->screen, &title, 0, focused, pane->title, note);
}

void tl_frame_draw(struct tl_view *view)
{
    int rows, columns;
    tl_screen_size(view->screen, &rows, &columns);
    struct tl_area screen = { 0, 0, rows, columns };
    tl_screen_erase(view->screen);
    int tabs = tl_tabs_rows(rows);
    tl_layout_divide(view, tabs, rows - 1 - tabs, columns);
    if (tabs > 0)
        tl_tabs_draw(view, &screen);
    for (unsigned i = 0; i < tl_pane_count; i++) {
        if (view->areas[i].rows > 0)
            draw_pane(view, i);
    }
    if (view->overlay != TL_OVERLAY_NONE) {
        struct tl_area below = { tabs, 0, rows - 1 - tabs, columns };
        tl_help_draw(view, &below);
    }
    if (view->prompt.label != NULL)
        tl_prompt_show(&view->prompt, view->screen, &screen);
    else
        tl_status_draw(view, &screen);
    tl_screen_show(view->screen);
}
