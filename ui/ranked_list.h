/* ranked_list.h - a table of many numbered things that the user sorts by any column: what flows and talkers share. */
#ifndef TL_UI_RANKED_LIST_H
#define TL_UI_RANKED_LIST_H

#include "ui/list.h"
#include "ui/ranking.h"
#include "ui/table.h"

/* A pane's state begins with it, zeroed. */
struct tl_ranked_list {
    struct tl_table table;       /* the pane's: set before all else; marked and descending are how it is sorted at first */
    struct tl_list list;         /* places in the order */
    struct tl_ranking *ranking;  /* owned */
    struct tl_order *order;      /* owned: shown now */
    uint32_t chosen;             /* number of the thing that is chosen; it stays so wherever it moves to */
    uint64_t asked;              /* the stamp that the order was last asked for with, */
    unsigned asked_column;       /* and how */
    bool asked_descending;
    bool held;                   /* the order stays as it is */
    void (*fill)(struct tl_view *view, uint32_t index, struct tl_table_line *line); /* the pane's */
};

enum { TL_RANKED_MOST = 1 << 20 };

/* false: no thread or memory. */
bool tl_ranked_list_start(struct tl_view *view, struct tl_ranked_list *ranked, const struct tl_ranked *what);
void tl_ranked_list_fini(struct tl_ranked_list *ranked);
/* stamp: differs when there may be another order. true: draw anew. */
bool tl_ranked_list_changed(struct tl_ranked_list *ranked, uint64_t stamp);
void tl_ranked_list_draw(struct tl_view *view, struct tl_ranked_list *ranked, const struct tl_area *area, bool focused);
/* Left and right choose the column. */
void tl_ranked_list_move(struct tl_ranked_list *ranked, enum tl_move move);
/* On a heading: sorts by it, or turns the order round. true: on a line, which is chosen now. */
bool tl_ranked_list_click(struct tl_ranked_list *ranked, const struct tl_area *area, int row, int column);
/* false: nothing is there. */
bool tl_ranked_list_chosen(const struct tl_ranked_list *ranked, uint32_t *index);
void tl_ranked_list_note(const struct tl_ranked_list *ranked, char *note, size_t room);

/* For key tables: state is a struct tl_ranked_list. */
void tl_ranked_list_reverse(struct tl_view *view, void *state);
void tl_ranked_list_hold(struct tl_view *view, void *state);

#endif
