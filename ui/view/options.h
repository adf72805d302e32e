/* options.h - what the view is opened with. */
#ifndef TL_UI_OPTIONS_H
#define TL_UI_OPTIONS_H

#include "core/buffer.h"
#include "export/journal.h"
#include "pipeline/engine.h"
#include "ui/screen/screen.h"
#include "ui/screen/signals.h"
#include "ui/store/notices.h"
#include "ui/tasks/colour_rules.h"
#include "ui/tasks/progress.h"
#include "ui/view/config.h"

/* All of it stays the caller's. */
struct tl_view_options {
    /*
     * Opens an engine that does not run yet, with this BPF filter (NULL: none); the view owns it. NULL and error on
     * failure.
     */
    struct tl_engine *(*open)(void *context, const char *filter, struct tl_error *error);
    /* Writes the command line for this view, with this filter ("": none). */
    void (*put_command)(void *context, struct tl_buffer *out, const char *filter);
    /* Writes the command that sends a packet again. Returns false if its number names no packet of one file. */
    bool (*put_send)(void *context, struct tl_buffer *out, const char *filter, uint64_t number);
    /*
     * Adds the secrets in this file to `keylog`. While a capture or a file goes on, read_keylog() reads what was appended to
     * the file since.
     */
    enum tl_failure (*add_keylog)(void *context, const char *path, struct tl_error *error);
    void (*read_keylog)(void *context);
    /* Writes the counters, in a line. */
    void (*put_counts)(void *context, struct tl_buffer *out, const struct tl_counters *counters);
    void *context;
    /* Other sinks of the same engine; ends with NULL. Read once the engine is open. */
    struct tl_sink *const *sinks;
    const struct tl_journal *journal; /* of the packets that one of them writes to a file, or NULL */
    struct tl_counters *counters; /* set to the counters at the end of the view */
    const char *const *inputs;
    uint32_t input_count;
    const char *filter;        /* BPF, or NULL */
    const char *display;       /* the display filter that the list begins with, or NULL */
    struct tl_view_progress *progress; /* the progress that the engine reports to */
    struct tl_notices *notices;        /* the notices that the engine adds to */
    size_t memory;             /* bytes for the whole view */
    enum tl_checksums checksums;
    const struct tl_decode_as_list *decode_as; /* NULL: none */
    bool secrets;
    struct tl_keylog *keylog; /* borrowed: secrets of TLS sessions; NULL: none */
    bool live;                 /* live capture: the newest packet is followed at first */
    const struct tl_config *config;
    const struct tl_colour_rules *rules; /* colours of the lines of the list */
    const struct tl_view_signals *signals;
    struct tl_screen *screen;  /* already open; the view closes it. NULL: the view opens one */
};

#endif
