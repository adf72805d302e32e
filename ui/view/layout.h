/* layout.h - which panes are on the screen, and where. */
#ifndef TL_UI_LAYOUT_H
#define TL_UI_LAYOUT_H

#include <stdbool.h>

struct tl_view;

/* Divides so many rows of the screen, from top on, among the panes of the page. */
void tl_layout_divide(struct tl_view *view, int top, int rows, int columns);
/* The pane is the first one of its page. */
bool tl_layout_begins_page(unsigned pane);
/* The first pane of a page, counted from 1, or tl_pane_count. */
unsigned tl_layout_page(unsigned number);
/* The pane at a row of the screen, or tl_pane_count. */
unsigned tl_layout_pane_at(const struct tl_view *view, int row);
/* The pane is on the page that is shown. */
bool tl_layout_on_page(const struct tl_view *view, unsigned pane);

#endif
