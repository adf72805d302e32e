/* filter.h - the filter line: another BPF expression for the capture, while the view goes on. */
#ifndef TL_UI_FILTER_H
#define TL_UI_FILTER_H

#include <stdbool.h>

struct tl_view;

/* For the key B: asks for the expression. */
void tl_filter_ask(struct tl_view *view, void *state);
/* Why the inputs cannot be read again; NULL: they can. */
const char *tl_filter_why_not(const struct tl_view *view);
/* Reads them again, with the same filter. Returns false if nothing changed; then the message says why. */
bool tl_filter_read_again(struct tl_view *view);

#endif
