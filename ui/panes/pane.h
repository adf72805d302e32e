/*
 * pane.h - a pane describes itself: one const descriptor a file, ui/panes/pane_<name>.c, and one line in panes.def. The
 * view does the rest: it lays panes out, gives them keys and clicks, and lists their keys in the help.
 *
 * Everything here is called in the view's thread. A pane draws with ui/screen/, reads the store, asks the reader, and
 * reaches the view through the functions below. It never waits.
 */
#ifndef TL_UI_PANE_H
#define TL_UI_PANE_H

#include "ui/screen/binding.h"
#include "ui/screen/list.h"
#include "ui/screen/screen.h"
#include "ui/tasks/search.h"

struct tl_buffer;
struct tl_packet_tree;
struct tl_reader;
struct tl_tally;
struct tl_transaction;
struct tl_inside; /* pipeline/conversation.h */
struct tl_view;

struct tl_pane {
    const char *name;          /* one word: for the configuration */
    const char *title;
    const char *page;          /* panes with the same page share the screen, one below the other */
    unsigned share;            /* of the page's rows, relative to other panes */
    size_t state_size;         /* bytes of state in a view, initially zero */
    const char *const *notes;  /* lines of the help after the keys; ends with NULL. NULL: none */
    const struct tl_binding *keys; /* its own keys; they go before those of the view. NULL: none */
    /* The user turned to its page, or the pane appears for the first time. NULL: nothing to do. */
    void (*enter)(struct tl_view *view, void *state);
    /* Called some 20 times a second while the engine runs. true: something changed, redraw. NULL: never. */
    bool (*changed)(struct tl_view *view, void *state);
    /* Draws its rows below its title; the area is empty cells. */
    void (*draw)(struct tl_view *view, void *state, const struct tl_area *area, bool focused);
    /*
     * Rows that its content needs in so many columns, without the title: rows it does not need go to the other panes of
     * the page that have this function. NULL: any number.
     */
    uint64_t (*needs)(struct tl_view *view, void *state, int columns);
    /* The text at the right end of its title, into note. NULL: none. */
    void (*note)(struct tl_view *view, void *state, char *note, size_t room);
    void (*move)(struct tl_view *view, void *state, enum tl_move move);
    /* A mouse click at a place in the area that was drawn last. */
    void (*click)(struct tl_view *view, void *state, const struct tl_area *area, int row, int column);
    /* Searches from what is chosen on, or backwards. NULL: the pane cannot be searched. */
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

/* --- what a pane reads --- */

struct tl_screen *tl_view_screen(const struct tl_view *view);
const struct tl_store *tl_view_store(const struct tl_view *view);
/* For tasks that a pane starts. */
const struct tl_packet_source *tl_view_source(const struct tl_view *view);
/* An eventfd that a task writes when a pane has something new to look at. */
int tl_view_news(const struct tl_view *view);
struct tl_reader *tl_view_reader(const struct tl_view *view);
const struct tl_tally *tl_view_tally(const struct tl_view *view);
/* The short name of a protocol, as tl_row.protocol. */
const char *tl_view_protocol_name(const struct tl_view *view, unsigned protocol);
/* The style of its name: a colour for applications, one for the layers below them, none for transports. */
enum tl_style tl_view_protocol_style(const struct tl_view *view, unsigned protocol);
/* The columns of the packet list, as the configuration has them. */
const char *tl_view_columns(const struct tl_view *view);
bool tl_view_is_live(const struct tl_view *view);
/* The engine has ended: no more packets come. */
bool tl_view_has_ended(const struct tl_view *view);
/* The state of a pane. */
void *tl_view_state(const struct tl_view *view, const struct tl_pane *pane);

/* --- what is chosen: the panes of a page show the same --- */

uint64_t tl_view_packet(const struct tl_view *view);
/* Chooses a packet: its tree is made, and it is scrolled into sight. */
void tl_view_choose(struct tl_view *view, uint64_t row);
/* Chooses it; if the list shows a subset without it, the list shows all packets again. */
void tl_view_go(struct tl_view *view, uint64_t row);
/* The newest packet stays chosen. */
bool tl_view_follows(const struct tl_view *view);
void tl_view_follow(struct tl_view *view, bool follow);
/* The tree of the chosen packet, or still of the one before; NULL: none yet. */
const struct tl_packet_tree *tl_view_tree(const struct tl_view *view);
/* The chosen line of the tree. */
uint32_t tl_view_tree_line(const struct tl_view *view);
void tl_view_choose_line(struct tl_view *view, uint32_t line);
/* It was chosen with the function above; otherwise the tree opened at it. */
bool tl_view_line_by_user(const struct tl_view *view);
bool tl_view_is_marked(const struct tl_view *view, uint64_t row);
uint32_t tl_view_marked(const struct tl_view *view);

/* --- which packets the list shows: all, or a subset; a place is a packet's position in the list --- */

const struct tl_subset *tl_view_subset(const struct tl_view *view);
/* The list shows this subset, and gets the keys. row: the packet that is chosen; TL_STORE_NONE: the first one. */
void tl_view_show_subset(struct tl_view *view, const struct tl_subset *subset, uint64_t row);
/* Shows what was shown before the subset. false: all packets are shown. */
bool tl_view_leave_subset(struct tl_view *view);
/* The same, and returns to the page where the subset was opened. */
void tl_view_back_from_subset(struct tl_view *view);
/* The subset for a title: "lines with "GET", 45 %: "; nothing if all packets are shown. */
void tl_view_put_subset(const struct tl_view *view, struct tl_buffer *out);
/* Places are from first up to (not with) end. */
uint64_t tl_view_first_place(const struct tl_view *view);
uint64_t tl_view_end_place(const struct tl_view *view);
uint64_t tl_view_row_at(const struct tl_view *view, uint64_t place);
/* The place of a packet, or of the last one shown before it. */
uint64_t tl_view_place_of(const struct tl_view *view, uint64_t row);

/* --- what a pane asks for --- */

/* Turns to a pane (and so to its page). */
void tl_view_turn_to(struct tl_view *view, const struct tl_pane *pane);
/* Takes a pane without the keys off its page, until it is turned to. */
void tl_view_hide(struct tl_view *view, const struct tl_pane *pane);
/* Shows a message in the status line. */
void tl_view_say(struct tl_view *view, bool wrong, const char *format, ...) TL_PRINTF(3, 4);
/* Says that a key ("Enter") does nothing in this pane. */
void tl_view_does_nothing(struct tl_view *view, const char *key);
/* Asks for a line of text in the status line; done() is called with it when Enter is typed. */
void tl_view_ask(struct tl_view *view, const char *label, void (*done)(struct tl_view *view, const char *text));
/* The same, with a text to edit (empty if it is too long). */
void tl_view_ask_again(struct tl_view *view, const char *label, const char *text,
                       void (*done)(struct tl_view *view, const char *text));
/* The same; Tab completes names of fields. */
void tl_view_ask_names(struct tl_view *view, const char *label, const char *text,
                       void (*done)(struct tl_view *view, const char *text));
/* Opens the filter line with this filter; Up and Down combine it with the filter that is shown. */
void tl_view_filter_by(struct tl_view *view, const char *filter, size_t len);
/* What is drawn is incomplete: something is still being decoded. */
void tl_view_draws_part(struct tl_view *view);
/* Searches packets from a place on, in the subset that is shown. */
void tl_view_search(struct tl_view *view, const struct tl_needle *needle, enum tl_search_scope scope,
                    const struct tl_search_place *from, bool backwards);
/* The place found last, once the tree of its packet is there; for the pane of this scope, once. */
bool tl_view_take_found(struct tl_view *view, enum tl_search_scope scope, struct tl_search_place *place);
/* Copies a text to the terminal and to the configured command; what: "the line", "the field", .. for the message. */
void tl_view_copy(struct tl_view *view, const char *what, const char *text, size_t len);
/* Copies bytes as hexadecimal digits, blanks between. */
void tl_view_copy_hex(struct tl_view *view, const char *what, const uint8_t *bytes, size_t len);
/* Asks for a file and saves what this record names: the first file of it. */
void tl_view_save_file(struct tl_view *view, const struct tl_transaction *transaction);
/* Asks for a file and saves a flow's bytes. sides: bit 0: the originator's, bit 1: the responder's. */
void tl_view_save_stream(struct tl_view *view, uint32_t flow, const struct tl_flow_id *id, unsigned sides,
                         const struct tl_inside *inside);

/* --- times, in the format that is chosen --- */

/* Chooses the next format and returns its name. */
const char *tl_view_next_time_format(struct tl_view *view);
/* `before`: the time of the packet before it. */
void tl_view_put_time(struct tl_view *view, struct tl_buffer *out, int64_t ts, int64_t before, unsigned decimals);
/* Writes the command that sends a packet again. Returns false where there is none. */
bool tl_view_put_send(const struct tl_view *view, struct tl_buffer *out, uint64_t packet);
/* Into a cell of a grid. */
void tl_view_put_time_cell(struct tl_view *view, char *cell, int64_t ts, unsigned decimals);
/* The same with the date, where the format is the time of day. */
void tl_view_put_date_cell(struct tl_view *view, char *cell, int64_t ts, unsigned decimals);
/* Cells that such a time takes. */
int tl_view_time_width(const struct tl_view *view);

#endif
