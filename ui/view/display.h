/* display.h - the filter line: a display filter for the list of packets. */
#ifndef TL_UI_DISPLAY_H
#define TL_UI_DISPLAY_H

struct tl_view;

/* Shows only what the filter selects. A wrong one opens the line, with a mark under what is wrong. */
void tl_display_set(struct tl_view *view, const char *text);
/* For the key F: asks for it. */
void tl_display_ask(struct tl_view *view, void *state);

#endif
