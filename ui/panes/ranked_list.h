/*
 * ranked_list.h - a table of many numbered things that the user sorts by any column: what flows, talkers and
 * transactions share. Such a pane says what stands in its columns, and takes the rest from here.
 */
#ifndef TL_UI_RANKED_LIST_H
#define TL_UI_RANKED_LIST_H

#include "ui/panes/pane.h"
#include "ui/screen/grid.h"
#include "ui/screen/list.h"
#include "ui/tasks/ranking.h"

/* What makes one: const, the pane's. */
struct tl_ranked_list_kind {
    const char *things;    /* "flows": for what is said of them */
    struct tl_grid table; /* marked and descending are how it is sorted at first */
    unsigned time_column;  /* is as wide as times are now; table.count: there is none */
    void (*fill)(struct tl_view *view, uint32_t index, struct tl_grid_line *line); /* of empty cells */
    /* Differs when there may be another order. */
    uint64_t (*stamp)(const struct tl_view *view, const void *state);
    /* Enter. NULL: nothing. */
    void (*open)(struct tl_view *view, uint32_t index);
};

/* A pane's state begins with it, zeroed. */
struct tl_ranked_list {
    const struct tl_ranked_list_kind *kind;
    struct tl_grid table;
    struct tl_list list;         /* places in the order */
    struct tl_ranking *ranking;  /* owned */
    struct tl_order *order;      /* owned: shown now */
    uint32_t chosen;             /* number of the thing that is chosen; it stays so wherever it moves to */
    uint64_t asked;              /* the stamp that the order was last asked for with, */
    unsigned asked_column;       /* and how */
    bool asked_descending;
    bool held;                   /* the order stays as it is */
};

enum { TL_RANKED_MOST = 1 << 20 };

/* For the pane's enter(): begins, once. What cannot be had is said. */
void tl_ranked_list_start(struct tl_view *view, struct tl_ranked_list *ranked, const struct tl_ranked_list_kind *kind,
                          const struct tl_ranked *what);
/* For its note(): the place and how many there are. Returns the length. */
size_t tl_ranked_list_note(const struct tl_ranked_list *ranked, char *note, size_t room);

/* For its descriptor; state is a struct tl_ranked_list. */
bool tl_ranked_list_changed(struct tl_view *view, void *state);
void tl_ranked_list_draw(struct tl_view *view, void *state, const struct tl_area *area, bool focused);
/* Left and right choose the column. */
void tl_ranked_list_move(struct tl_view *view, void *state, enum tl_move move);
/* On a heading: sorts by it, or turns the order round. */
void tl_ranked_list_click(struct tl_view *view, void *state, const struct tl_area *area, int row, int column);
void tl_ranked_list_leave(void *state);
#define TL_RANKED_LIST_PANE                                                                                           \
    .changed = tl_ranked_list_changed, .draw = tl_ranked_list_draw, .move = tl_ranked_list_move,                      \
    .click = tl_ranked_list_click, .leave = tl_ranked_list_leave

/* For its keys. */
void tl_ranked_list_reverse(struct tl_view *view, void *state);
void tl_ranked_list_hold(struct tl_view *view, void *state);
#define TL_RANKED_LIST_KEYS                                                                                           \
    { 'r', "r", "reverse the order; Left and Right choose the column", tl_ranked_list_reverse },                   \
    { 's', "s", "hold the order, or sort as values change", tl_ranked_list_hold }

#endif
