/* options.h - what the view is opened with. */
#ifndef TL_UI_OPTIONS_H
#define TL_UI_OPTIONS_H

#include "core/buffer.h"
#include "export/journal.h"
#include "pipeline/engine.h"
#include "ui/screen/screen.h"
#include "ui/screen/signals.h"
#include "ui/store/notices.h"
#include "ui/tasks/progress.h"
#include "ui/view/config.h"

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

#endif
