/* layout.h - which panes are on the screen, and where. */
#ifndef TL_UI_LAYOUT_H
#define TL_UI_LAYOUT_H

#include <stdbool.h>

struct tl_view;

/* Divides so many rows among the panes of the page. */
void tl_layout_divide(struct tl_view *view, int rows, int columns);
/* The pane at a row of the screen, or tl_pane_count. */
unsigned tl_layout_pane_at(const struct tl_view *view, int row);
/* The pane is on the page that is shown. */
bool tl_layout_on_page(const struct tl_view *view, unsigned pane);

#endif
