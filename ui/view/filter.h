/* filter.h - the filter line: another BPF expression for the capture, while the view goes on. */
#ifndef TL_UI_FILTER_H
#define TL_UI_FILTER_H

struct tl_view;

/* For the key F: asks for the expression. */
void tl_filter_ask(struct tl_view *view, void *state);

#endif
