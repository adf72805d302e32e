/*
 * pane.h - a pane describes itself: one const descriptor a file, ui/pane_<name>.c, and one line in ui/panes.def. The
 * view does the rest: it lays panes out, gives them keys and clicks, and lists their keys in the help.
 *
 * Everything here is called in the view's thread. A pane draws with ui/screen.h, reads the store, asks the reader, and
 * uses view.h to say what is chosen. It never waits.
 */
#ifndef TL_UI_PANE_H
#define TL_UI_PANE_H

#include "ui/tasks/needle.h"
#include "ui/screen/screen.h"

struct tl_view;

/* Movement, the same keys in every pane. */
enum tl_move {
    TL_MOVE_UP,
    TL_MOVE_DOWN,
    TL_MOVE_PAGE_UP,
    TL_MOVE_PAGE_DOWN,
    TL_MOVE_HOME,
    TL_MOVE_END,
    TL_MOVE_LEFT,
    TL_MOVE_RIGHT,
    TL_MOVE_ENTER,
};

/* A key and what it does. Tables end with a key of 0. */
struct tl_binding {
    int key;           /* a character, or enum tl_key_code */
    const char *label; /* as the help spells it; NULL: as the row before, for another key of the same */
    const char *help;
    void (*act)(struct tl_view *view, void *state);
};

struct tl_pane {
    const char *name;          /* one word: for the configuration */
    const char *title;
    const char *page;          /* panes with the same page share the screen, one below the other */
    unsigned share;            /* of the page's rows, against the others */
    size_t state_size;         /* bytes of state in a view, zeroed at first */
    const struct tl_binding *keys; /* its own keys; looked at before those of the whole view. NULL: none */
    /* The page was turned to, or the pane is there for the first time. NULL: nothing to do. */
    void (*enter)(struct tl_view *view, void *state);
    /* Something may have changed (some 20 times a second while the engine runs). true: draw anew. NULL: no. */
    bool (*changed)(struct tl_view *view, void *state);
    /* Draws its rows below its title; the area is empty cells. */
    void (*draw)(struct tl_view *view, void *state, const struct tl_area *area, bool focused);
    /* What stands at the right end of its title, into note. NULL: nothing. */
    void (*note)(struct tl_view *view, void *state, char *note, size_t room);
    void (*move)(struct tl_view *view, void *state, enum tl_move move);
    /* The mouse was clicked at a place within the area that was drawn last. */
    void (*click)(struct tl_view *view, void *state, const struct tl_area *area, int row, int column);
    /* Looks for it from what is chosen on, or backwards. NULL: nothing can be searched here. */
    void (*find)(struct tl_view *view, void *state, const struct tl_needle *needle, bool backwards);
    /* Frees what the state owns. NULL: nothing. */
    void (*leave)(void *state);
};

enum { TL_PANES_MOST = 16 };

#define TL_PANE(name) extern const struct tl_pane tl_pane_##name;
#include "ui/panes/panes.def"
#undef TL_PANE

/* All panes, in the order of panes.def. */
extern const struct tl_pane *const tl_panes[];
extern const unsigned tl_pane_count;

#endif
