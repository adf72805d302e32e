/* saving.h - saves one thing at a time: the questions, the progress, the result. */
#ifndef TL_UI_SAVING_H
#define TL_UI_SAVING_H

#include <stdbool.h>
#include <stddef.h>

struct tl_view;

/* Why nothing can be saved now; NULL: it can. */
const char *tl_saving_why_not(const struct tl_view *view);
/* Shows the result of what was saved. true: it has ended. */
bool tl_saving_look(struct tl_view *view);
/* The progress for the status line; false: nothing is saved. */
bool tl_saving_progress(const struct tl_view *view, char *text, size_t room);
/* Stops what is saved, and says so; false: nothing is saved. */
bool tl_saving_stop(struct tl_view *view);

/* For the key w: asks which packets, and where to. */
void tl_saving_ask(struct tl_view *view, void *state);

#endif
