/* tabs.h - the first row of the screen: the numbers and names of the pages. */
#ifndef TL_UI_TABS_H
#define TL_UI_TABS_H

struct tl_area;
struct tl_view;

/* The rows that tabs take on a screen of this height: none where it is low. */
int tl_tabs_rows(int rows);
/* Draws them in the first row of the area; where the names do not fit, only the present page has one. */
void tl_tabs_draw(const struct tl_view *view, const struct tl_area *area);
/* The first pane of the page whose tab is in this column, or tl_pane_count. */
unsigned tl_tabs_at(const struct tl_view *view, int columns, int column);

#endif
