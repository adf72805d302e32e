/* tabs.c - one row, in which brackets mark the present page: that is seen without colours too. */
#include "ui/view/tabs.h"

#include <stdio.h>
#include <string.h>

#include "ui/view/layout.h"
#include "ui/view/state.h"

enum { ROWS_LEAST = 8 /* of the screen */, TAB_MOST = 32 };

int tl_tabs_rows(int rows)
{
    return rows >= ROWS_LEAST;
}

static int put_tab(const struct tl_view *view, char *text, unsigned number, unsigned pane, bool names)
{
    bool named = names || tl_layout_on_page(view, pane);
    return snprintf(text, TAB_MOST, "%u%s%s", number, named ? " " : "", named ? tl_panes[pane]->title : "");
}

/* A cell before each tab; one after the last, where there is room. */
static bool names_fit(const struct tl_view *view, int columns)
{
    char text[TAB_MOST];
    int width = 0;
    for (unsigned i = 1; tl_layout_page(i) < tl_pane_count; i++)
        width += 1 + put_tab(view, text, i, tl_layout_page(i), true);
    return width <= columns;
}

void tl_tabs_draw(const struct tl_view *view, const struct tl_area *area)
{
    char text[TAB_MOST];
    bool names = names_fit(view, area->columns), was = false;
    int column = 0;
    for (unsigned i = 1;; i++) {
        unsigned pane = tl_layout_page(i);
        bool there = pane < tl_pane_count, now = there && tl_layout_on_page(view, pane);
        const char *edge = now ? "[" : was ? "]" : " ";
        column += tl_screen_text(view->screen, area, 0, column, 1, TL_STYLE_FOCUS, edge, 1);
        if (!there)
            return;
        int len = put_tab(view, text, i, pane, names);
        enum tl_style style = now ? TL_STYLE_FOCUS : TL_STYLE_TITLE;
        column += tl_screen_text(view->screen, area, 0, column, area->columns, style, text, (size_t)len);
        was = now;
    }
}

unsigned tl_tabs_at(const struct tl_view *view, int columns, int column)
{
    char text[TAB_MOST];
    bool names = names_fit(view, columns);
    int at = 0;
    for (unsigned i = 1; tl_layout_page(i) < tl_pane_count; i++) {
        at += 1 + put_tab(view, text, i, tl_layout_page(i), names);
        if (column <= at)
            return tl_layout_page(i);
    }
    return tl_pane_count;
}
