/* view.h - the whole view: its main loop, and what its panes share. */
#ifndef TL_UI_VIEW_H
#define TL_UI_VIEW_H

#include "core/buffer.h"
#include "export/columns.h"
#include "export/local_time.h"
#include "pipeline/engine.h"
#include "ui/view/config.h"
#include "ui/screen/frames.h"
#include "ui/store/inputs.h"
#include "ui/store/marks.h"
#include "ui/store/notices.h"
#include "ui/panes/pane.h"
#include "ui/screen/prompt.h"
#include "ui/store/rates.h"
#include "ui/tasks/packet_tree.h"
#include "ui/tasks/reader.h"
#include "ui/screen/signals.h"
#include "ui/store/store.h"
#include "ui/store/tally.h"

/* How far the engine is: written by it, read by the view. */
struct tl_view_progress {
    _Atomic uint64_t done, total; /* bytes of the input; total 0: not known */
    _Atomic bool ended;
};
/* For tl_engine_options.progress; context: a struct tl_view_progress. */
void tl_view_on_progress(void *context, uint64_t done, uint64_t total, uint64_t packets);

/* What the view is opened with; all of it stays the caller's. */
struct tl_view_options {
    /* An engine that does not run yet, with this BPF filter (NULL: none); the view's. NULL and error on failure. */
    struct tl_engine *(*open)(void *context, const char *filter, struct tl_error *error);
    /* The command line that gives this view, with this filter ("": none). */
    void (*put_command)(void *context, struct tl_buffer *out, const char *filter);
    /* What was counted so far, in a line. */
    void (*put_counts)(void *context, struct tl_buffer *out, const struct tl_counters *counters);
    void *context;
    /* Others, that run beside the view; NULL behind the last. Looked at once the engine is open. */
    struct tl_sink *const *sinks;
    const struct tl_journal *journal; /* of the packets that one of them writes to a file, or NULL */
    struct tl_counters *counters; /* what was counted, once the view was left */
    const char *const *inputs;
    uint32_t input_count;
    const char *filter;        /* BPF, or NULL */
    struct tl_view_progress *progress; /* what the engine was told to report to */
    struct tl_notices *notices;        /* and what it was told to say things to */
    size_t memory;             /* bytes for the store */
    bool verify_checksums;
    bool secrets;
    bool live;                 /* packets come by themselves: the tail is followed at first */
    const struct tl_config *config;
    const struct tl_view_signals *signals;
    struct tl_screen *screen;  /* is open already, and closed by the view; NULL: the view opens one */
};

/* The terminal as the configuration has it. NULL and error on failure. */
struct tl_screen *tl_view_open_screen(const struct tl_config *config, struct tl_error *error);
/*
 * Opens the terminal, runs the engine in a thread of its own and the view in this one, until the user or a signal ends
 * it; gives the terminal back. Gives the engine's failure, or the view's.
 */
enum tl_failure tl_view_run(const struct tl_view_options *options, struct tl_error *error);

enum tl_time_format { TL_TIME_OF_DAY, TL_TIME_DATE, TL_TIME_SINCE_FIRST, TL_TIME_SINCE_BEFORE, TL_TIME_FORMATS };

enum tl_overlay { TL_OVERLAY_NONE, TL_OVERLAY_HELP, TL_OVERLAY_COMMAND, TL_OVERLAY_NOTICES };

struct tl_session;
struct tl_search;
struct tl_shown;
struct tl_save;
struct tl_save_packets;
struct tl_save_stream;

struct tl_view {
    const struct tl_view_options *options;
    struct tl_screen *screen;
    struct tl_session *session;
    struct tl_store *store;          /* the session's */
    char *filter;                    /* owned: BPF, of what is captured; "": none */
    struct tl_reader *reader;
    struct tl_packet_source source; /* what the reader has, and tasks */
    int news;                        /* eventfd: a task has something to look at */
    struct tl_inputs inputs;         /* the session's */
    struct tl_tally *tally;
    struct tl_memory memory;         /* of the panes and tasks */
    const struct tl_interfaces *interfaces;
    struct tl_columns *columns;      /* names of protocols */
    struct tl_local_zone zone;
    struct tl_rates rates;           /* for the status line */
    struct tl_error failure;         /* the engine's; once progress->ended */

    /* What is chosen: the panes of a page show the same. */
    uint64_t packet;                 /* row of the store */
    bool follow;                     /* the newest packet stays chosen */
    struct tl_packet_tree *tree;     /* of that packet, or still of the one before; NULL: none yet */
    uint32_t tree_line;              /* chosen in it */
    enum tl_time_format time_format;

    /* Panes. */
    void *states[TL_PANES_MOST];
    struct tl_area areas[TL_PANES_MOST]; /* below its title, as drawn last; no rows: not on the screen */
    unsigned order[TL_PANES_MOST];   /* panes as they stand below one another, page by page */
    bool hidden[TL_PANES_MOST];
    unsigned focus;                  /* index of the pane that has the keys; its page is the one that is shown */
    bool zoomed;                     /* it has the page to itself */

    enum tl_overlay overlay;
    int overlay_rows, overlay_top;   /* rows of it, as drawn last, and of those how many are above the screen */
    struct tl_prompt prompt;
    struct tl_needle needle;         /* looked for last */
    struct tl_search *search;
    struct tl_shown *shown;          /* the part that is shown; NULL: all packets are */
    struct tl_marks marks;
    struct tl_save *save;            /* what is being saved: one of these two; NULL: nothing */
    struct tl_save_packets *save_packets;
    struct tl_save_stream *save_stream;
    char save_path[256];             /* save.c's, from one question to the next */
    void (*save_begin)(struct tl_view *view, const char *path);
    char message[512];               /* in the status line until the next key */
    bool message_is_wrong;
    uint64_t shown_count;            /* packets, as drawn last */
    bool dirty, quit;
    bool partial;                    /* what was drawn last waits for something that is being decoded */
    struct tl_frames frames;
    uint32_t noticed;                /* of the engine's notices, how many were shown */
    int64_t notice_until;            /* CLOCK_MONOTONIC, ns: it makes room for the counts again; 0: none is shown */
    bool busy;                       /* a pane has more to look at: it is called again soon */
};

/* --- for panes --- */

/* Chooses a packet: its tree is made, and it is scrolled into sight. */
void tl_view_choose(struct tl_view *view, uint64_t row);
/* Chooses it; where the list shows a part of the packets and it is none of them, the list shows all again. */
void tl_view_go(struct tl_view *view, uint64_t row);
/*
 * Begins anew with an engine, which is taken over, in the place of the one before: all that was shown is gone. false
 * and error: nothing can be shown any more.
 */
bool tl_view_begin(struct tl_view *view, struct tl_engine *engine, struct tl_error *error);
/* The state of a pane. */
void *tl_view_state(const struct tl_view *view, const struct tl_pane *pane);
/* Turns to a pane (and so to its page). */
void tl_view_turn_to(struct tl_view *view, const struct tl_pane *pane);
/* Says something in the status line. */
void tl_view_say(struct tl_view *view, bool wrong, const char *format, ...) TL_PRINTF(3, 4);
/* Asks for a line of text in the status line; done() is called with it when Enter is typed. */
void tl_view_ask(struct tl_view *view, const char *label, void (*done)(struct tl_view *view, const char *text));
/* The same, with a text to begin with (none where it is too long). */
void tl_view_ask_again(struct tl_view *view, const char *label, const char *text,
                       void (*done)(struct tl_view *view, const char *text));
/* A packet's time in the format that is chosen now; `before`: the time of the packet before it. */
void tl_view_put_time(struct tl_view *view, struct tl_buffer *out, int64_t ts, int64_t before, unsigned decimals);
/* Cells that such a time takes. */
int tl_view_time_width(const struct tl_view *view);

/* --- the view's own files --- */

void tl_keys_typed(struct tl_view *view, struct tl_typed typed); /* keys.c */
void tl_layout_draw(struct tl_view *view);                       /* layout.c */
/* The pane at a place of the screen, or tl_pane_count. */
unsigned tl_layout_pane_at(const struct tl_view *view, int row);
bool tl_layout_on_page(const struct tl_view *view, unsigned pane);
void tl_status_draw(struct tl_view *view, const struct tl_area *screen); /* status.c: at its bottom */
void tl_prompt_typed(struct tl_view *view, struct tl_typed typed);     /* prompt.c */
void tl_prompt_draw(struct tl_view *view, const struct tl_area *line);
void tl_help_draw(struct tl_view *view, const struct tl_area *area);   /* help.c */
void tl_help_typed(struct tl_view *view, int key);
/* Rows that the keys take where this pane has the keys, on a screen with so many columns. */
int tl_help_rows(const struct tl_pane *pane, int columns);
extern const struct tl_binding tl_view_keys[];                             /* keys.c: those of the whole view */
/* The keys of the view and its panes as a part of the man page. */
void tl_help_put_man(struct tl_buffer *out);

#endif
