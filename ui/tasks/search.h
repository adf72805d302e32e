/*
 * search.h - looks for something from the chosen packet on: in the lines of the list, in the fields of packets, in
 * their bytes. A task; round the end once, and it says so.
 */
#ifndef TL_UI_SEARCH_H
#define TL_UI_SEARCH_H

#include "ui/view/view.h"

enum tl_search_scope { TL_SEARCH_LINES, TL_SEARCH_FIELDS, TL_SEARCH_BYTES };

/* A place within a packet; of two, the later has the higher number. */
struct tl_search_place {
    uint64_t row;
    uint32_t line;   /* TL_SEARCH_FIELDS: of the tree */
    uint32_t source; /* TL_SEARCH_BYTES: of the tree's */
    uint32_t off;    /* in it */
};

/* NULL without memory. */
struct tl_search *tl_search_new(void);
void tl_search_free(struct tl_search *search);
/* From `from` (which does not count) on, or backwards. */
void tl_search_start(struct tl_view *view, const struct tl_needle *needle, enum tl_search_scope scope,
                     const struct tl_search_place *from, bool backwards);
/* Called off; false: none was on its way. */
bool tl_search_stop(struct tl_view *view);
/* Something was found: true, and the packet is chosen. Called by the main loop. */
bool tl_search_look(struct tl_view *view);
/* How far it is, for the status line; false: none is on its way. */
bool tl_search_progress(const struct tl_view *view, char *text, size_t room);
/* What was found last, in that packet, and not shown yet: for the pane it is of, once. */
bool tl_search_land(struct tl_view *view, enum tl_search_scope scope, struct tl_search_place *place);

/* For the keys / n N: the pane that has the keys looks. */
void tl_search_ask(struct tl_view *view, void *state);
void tl_search_next(struct tl_view *view, void *state);
void tl_search_before(struct tl_view *view, void *state);

#endif
