/*
 * display_filter.h - the display filters of the view: compiled once, and kept in a list of their owner, as subsets
 * borrow them. A run of one asks packets in their order, in the thread of a task.
 */
#ifndef TL_UI_DISPLAY_FILTER_H
#define TL_UI_DISPLAY_FILTER_H

#include "filter/predicate.h"
#include "ui/tasks/decode.h"

/* A display filter. */
struct tl_display_filter {
    struct tl_display_filter *next;          /* the one before it */
    struct tl_predicate *predicate; /* owned */
    char *text;                     /* owned: as it was typed */
};

/* The names that filters of packets know. */
struct tl_names tl_display_filter_names(void);
/*
 * The filter of this text: that of the list, or a new one; it becomes the first of the list. NULL and the problem: it
 * is refused. The list is freed after all that borrows from it.
 */
const struct tl_display_filter *tl_display_filter_of(struct tl_display_filter **list, const char *text,
                                                     struct tl_problem *problem);
void tl_display_filters_free(struct tl_display_filter *list);

/* Asks the packet that was fetched last, and decodes it. tree: always make one, and return it. */
bool tl_display_filter_passes(struct tl_predicate_run *run, struct tl_decode *decode, bool with_tree,
                     const struct tl_tree **tree);

#endif
