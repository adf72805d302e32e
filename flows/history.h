/* history.h - the letters of a flow's life. */
#ifndef TL_FLOWS_HISTORY_H
#define TL_FLOWS_HISTORY_H

#include "core/slab.h"
#include "flows/flow.h"

/* Adds a letter: upper case for the originator's side, lower for the responder's; '^' as it is. Full: nothing. */
void tl_history_add(struct tl_flow *flow, void *slab_base, unsigned side, char letter);
/* The same, at the 1st, 10th, 100th, ... time; count is the event's own counter. */
void tl_history_scaled(struct tl_flow *flow, void *slab_base, unsigned side, char letter, uint32_t *count);
/* Terminated; valid until the flow changes. text needs TL_HISTORY_MAX + 1 bytes. */
void tl_history_text(const struct tl_flow *flow, void *slab_base, char *text);

#endif
