/* state.h - the state of the view: for the files of ui/view/ alone. Panes see ui/panes/pane.h. */
#ifndef TL_UI_STATE_H
#define TL_UI_STATE_H

#include "pipeline/conversation.h"
#include "export/columns.h"
#include "export/local_time.h"
#include "ui/panes/pane.h"
#include "ui/screen/frames.h"
#include "ui/screen/prompt.h"
#include "ui/store/marks.h"
#include "ui/store/rates.h"
#include "ui/store/tally.h"
#include "ui/tasks/packet_tree.h"
#include "ui/tasks/reader.h"
#include "ui/tasks/save.h"
#include "ui/view/options.h"

enum tl_time_format { TL_TIME_OF_DAY, TL_TIME_DATE, TL_TIME_SINCE_FIRST, TL_TIME_SINCE_BEFORE, TL_TIME_FORMATS };

enum tl_overlay { TL_OVERLAY_NONE, TL_OVERLAY_HELP, TL_OVERLAY_COMMAND, TL_OVERLAY_NOTICES };

struct tl_save_file;
struct tl_save_packets;
struct tl_save_stream;
struct tl_session;
struct tl_shown;

/* The file that is saved, one at a time, and the questions before it. */
struct tl_saving {
    struct tl_save *now;             /* one of these three; NULL: nothing is saved */
    struct tl_save_packets *packets;
    struct tl_save_stream *stream;
    struct tl_save_file *file;
    struct tl_transaction transaction; /* that names the file */
    char path[TL_PROMPT_MOST];       /* kept from one question to the next */
    void (*begin)(struct tl_view *view, const char *path);
    char which;                      /* of the packets: 'a', 's' or 'm' */
    uint32_t flow;                   /* of the stream */
    struct tl_flow_id id;
    unsigned sides;
    struct tl_inside inside;
};

struct tl_view {
    const struct tl_view_options *options;
    struct tl_screen *screen;
    struct tl_session *session;
    struct tl_store *store;          /* the session's */
    char *filter;                    /* owned: BPF, of what is captured; "": none */
    struct tl_display_filter *filters; /* owned: all display filters so far, the newest first */
    struct tl_reader *reader;
    struct tl_packet_source source; /* for the reader and tasks */
    int news;                        /* eventfd: a task has something to look at */
    struct tl_inputs inputs;         /* the session's */
    struct tl_tally *tally;
    struct tl_memory memory;         /* of the panes and tasks */
    const struct tl_interfaces *interfaces;
    struct tl_columns *columns;      /* for names of protocols */
    struct tl_local_zone zone;
    struct tl_rates rates;           /* for the status line */
    struct tl_error failure;         /* the engine's; once progress->ended */

    /* What is chosen: the panes of a page show the same. */
    uint64_t packet;                 /* row of the store */
    bool follow;                     /* the newest packet stays chosen */
    struct tl_packet_tree *tree;     /* of that packet, or still of the one before; NULL: none yet */
    uint32_t tree_line;              /* the chosen one in it */
    bool line_by_user;               /* it was chosen by hand; otherwise it is that of the innermost protocol */
    enum tl_time_format time_format;

    /* Panes. */
    void *states[TL_PANES_MOST];
    struct tl_area areas[TL_PANES_MOST]; /* below its title, as drawn last; no rows: not on the screen */
    unsigned order[TL_PANES_MOST];   /* the order of panes, page by page */
    bool hidden[TL_PANES_MOST];
    unsigned focus;                  /* index of the pane that has the keys; its page is the one that is shown */
    bool zoomed;                     /* it fills the page */

    enum tl_overlay overlay;
    int overlay_rows, overlay_top;   /* its rows, as drawn last, and how many of them are above the screen */
    struct tl_prompt prompt;
    char filter_by[TL_PROMPT_MOST];  /* the filter of a field, while the filter line offers it */
    char filter_made[TL_PROMPT_MOST]; /* that, combined with what is shown */
    struct tl_needle needle;         /* the last search */
    struct tl_needle_pattern *regexes;        /* owned: of all searches so far */
    struct tl_search *search;
    bool to_land;                    /* the pane has not taken the place that was found */
    struct tl_shown *shown;          /* the subset that is shown; NULL: all packets are */
    struct tl_marks marks;
    struct tl_saving saving;
    char message[512];               /* in the status line until the next key */
    bool message_is_wrong;
    uint64_t shown_count;            /* packets, as drawn last */
    bool dirty, quit;
    bool partial;                    /* what was drawn last is incomplete: something is being decoded */
    struct tl_frames frames;
    uint32_t noticed;                /* notices that were shown */
    int64_t notice_until;            /* CLOCK_MONOTONIC, ns: end of a notice; 0: none is shown */
    bool busy;                       /* a pane has more to look at: call it again soon */
};

#endif
