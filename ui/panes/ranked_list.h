/*
 * ranked_list.h - a table of many numbered things that the user sorts by any column: shared by flows, talkers and
 * transactions. Such a pane describes its columns and fills the cells; the rest is here.
 */
#ifndef TL_UI_RANKED_LIST_H
#define TL_UI_RANKED_LIST_H

#include "ui/panes/pane.h"
#include "ui/screen/grid.h"
#include "ui/screen/list.h"
#include "ui/tasks/ranking.h"

/* Describes a pane's table; const. */
struct tl_ranked_list_kind {
    const char *things;    /* "flows": for messages */
    struct tl_grid table; /* marked and descending: the initial order */
    unsigned time_column;  /* gets the width of times; table.count: there is none */
    void (*fill)(struct tl_view *view, uint32_t index, struct tl_grid_line *line); /* the cells are empty */
    /* Changes when the order may have changed. */
    uint64_t (*stamp)(const struct tl_view *view, const void *state);
    /* Why there is nothing to show, a text; NULL, or no function: there are none. */
    const char *(*none)(const struct tl_view *view, const void *state);
    /* Another thing was chosen by a key or a search. NULL: nothing. */
    void (*follow)(struct tl_view *view, uint32_t index);
    /* Enter. NULL: nothing. */
    void (*open)(struct tl_view *view, uint32_t index);
};

/* First member of a pane's state, zeroed. */
struct tl_ranked_list {
    const struct tl_ranked_list_kind *kind;
    struct tl_grid table;
    struct tl_list list;         /* places in the order */
    struct tl_ranking *ranking;  /* owned */
    struct tl_rank_order *order;      /* owned: shown now */
    uint32_t chosen;             /* number of the chosen thing; it stays chosen when its place changes */
    uint64_t asked;              /* the stamp of the last request, */
    unsigned asked_column;       /* and its order */
    bool asked_descending;
    int columns;                 /* cells, as drawn last */
    bool stale;                  /* an order was asked for and has not come */
    bool held;                   /* the order does not change */
    struct tl_seek {
        struct tl_needle needle;
        uint32_t from, done;     /* place where it began, and rows that were looked at */
        bool backwards, runs;
    } seek;
};

enum { TL_RANKED_MOST = 1 << 20 };

/* For the pane's enter(): begins, once. Shows a message on failure. */
void tl_ranked_list_start(struct tl_view *view, struct tl_ranked_list *ranked, const struct tl_ranked_list_kind *kind,
                          const struct tl_ranked *what);
/* For its note(): the place and how many there are. Returns the length. */
size_t tl_ranked_list_note(const struct tl_ranked_list *ranked, char *note, size_t room);

/* The begin of its note: how many columns are left out. Returns the length. */
size_t tl_ranked_list_note_columns(const struct tl_ranked_list *ranked, char *note, size_t room);

/* For its descriptor; state is a struct tl_ranked_list. */
bool tl_ranked_list_changed(struct tl_view *view, void *state);
/* Scrolls as draw() does before it draws; returns the first place that is shown. */
uint64_t tl_ranked_list_fit(struct tl_ranked_list *ranked, const struct tl_area *area);
void tl_ranked_list_draw(struct tl_view *view, void *state, const struct tl_area *area, bool focused);
/* Left and right choose the column. */
void tl_ranked_list_move(struct tl_view *view, void *state, enum tl_move move);
/* On a heading: sorts by it, or reverses the order. */
void tl_ranked_list_click(struct tl_view *view, void *state, const struct tl_area *area, int row, int column);
/* Searches the rows by the text of their cells, also of columns that are left out. A part at a time: see changed(). */
void tl_ranked_list_find(struct tl_view *view, void *state, const struct tl_needle *needle, bool backwards);
void tl_ranked_list_leave(void *state);
#define TL_RANKED_LIST_PANE                                                                                           \
    .changed = tl_ranked_list_changed, .draw = tl_ranked_list_draw, .move = tl_ranked_list_move,                      \
    .click = tl_ranked_list_click, .find = tl_ranked_list_find, .leave = tl_ranked_list_leave

/* For its keys. */
void tl_ranked_list_reverse(struct tl_view *view, void *state);
void tl_ranked_list_hold(struct tl_view *view, void *state);
#define TL_RANKED_LIST_KEYS                                                                                           \
    { 'r', "r", "reverse the order; Left and Right choose the column", tl_ranked_list_reverse },                   \
    { 's', "s", "hold the order, or sort as values change", tl_ranked_list_hold }

/* Is the needle in the texts of a table's row? */
bool tl_row_has(const struct tl_grid *table, const struct tl_grid_line *line, const struct tl_needle *needle);

#endif
