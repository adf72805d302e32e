/* finding.h - searches: the questions, the progress, the result. */
#ifndef TL_UI_FINDING_H
#define TL_UI_FINDING_H

#include <stdbool.h>
#include <stddef.h>

struct tl_view;

/* Stops a search that runs; false: none does. */
bool tl_finding_stop(struct tl_view *view);
/* Shows the result of a search that has ended. true: something was found, and its packet is chosen. */
bool tl_finding_look(struct tl_view *view);
/* The progress for the status line; false: no search runs. */
bool tl_finding_progress(const struct tl_view *view, char *text, size_t room);

/* For the keys / n N: the pane that has the keys searches. */
void tl_finding_ask(struct tl_view *view, void *state);
void tl_finding_ask_regex(struct tl_view *view, void *state);
void tl_finding_next(struct tl_view *view, void *state);
void tl_finding_before(struct tl_view *view, void *state);

#endif
