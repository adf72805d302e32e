/* help.h - draws over the panes: the keys, the command line of this view, the messages; and the keys as text. */
#ifndef TL_UI_HELP_H
#define TL_UI_HELP_H

#include "core/buffer.h"
#include "ui/panes/pane.h"

void tl_help_draw(struct tl_view *view, const struct tl_area *area);
void tl_help_typed(struct tl_view *view, int key);
/* Rows that the keys take where this pane has the keys, on a screen with so many columns. */
int tl_help_rows(const struct tl_pane *pane, int columns);
/* The keys of the view and its panes as a part of the man page. */
void tl_help_put_man(struct tl_buffer *out);

#endif
