/* history.h - the history letters of a flow. */
#ifndef TL_FLOWS_HISTORY_H
#define TL_FLOWS_HISTORY_H

#include "core/slab.h"
#include "flows/flow.h"

/*
 * Appends a letter: upper case for the originator, lower case for the responder, '^' unchanged. Does nothing when full.
 */
void tl_history_add(struct tl_flow *flow, void *slab_base, unsigned side, char letter);
/* The same, for the 1st, 10th, 100th, ... occurrence; count is the event's counter. */
void tl_history_scaled(struct tl_flow *flow, void *slab_base, unsigned side, char letter, uint32_t *count);
/* Returns the history with a NUL, valid until the flow changes. text needs TL_HISTORY_MAX + 1 bytes. */
void tl_history_text(const struct tl_flow *flow, void *slab_base, char *text);

#endif
