/*
 * subset.h - the packets of one flow: found by going back from packet to packet, a little at a time, so that the view
 * goes on meanwhile. Places count from 0, the oldest first; when older ones are found, those that are there move on.
 */
#ifndef TL_UI_SUBSET_H
#define TL_UI_SUBSET_H

#include "ui/store.h"

/* Rows of a flow, found so far. Zeroed: of none. */
struct tl_subset {
    uint32_t flow;
    bool active;
    bool cut;            /* there are more, older ones: no room for them */
    uint32_t *older;     /* owned: from the one where the search began backwards, */
    uint32_t *newer;     /* owned: and those that came since */
    uint32_t older_count, older_room, newer_count, newer_room;
    uint32_t next;       /* row to go on with backwards; TL_STORE_NONE: done */
};

void tl_subset_fini(struct tl_subset *subset);
/* From now on the packets of this flow. */
void tl_subset_begin(struct tl_subset *subset, uint32_t flow);
/* Looks on. Gives how many were found in front of the others; *behind: how many behind them. */
uint32_t tl_subset_look(struct tl_subset *subset, const struct tl_store *store, uint32_t *behind);
uint32_t tl_subset_count(const struct tl_subset *subset);
uint64_t tl_subset_row(const struct tl_subset *subset, uint64_t place);
/* The place of a row, or of the first one behind it, or the last place. */
uint64_t tl_subset_place(const struct tl_subset *subset, uint64_t row);

#endif
