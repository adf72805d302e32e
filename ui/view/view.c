/* view.c - the main loop: keys, news, frames. */
#include "ui/view/view.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "dissectors/registry.h"
#include "ui/tasks/save_file.h"
#include "ui/tasks/save_packets.h"
#include "ui/tasks/save_stream.h"
#include "ui/tasks/session.h"
#include "ui/view/begin.h"
#include "ui/view/display.h"
#include "ui/view/finding.h"
#include "ui/view/frame.h"
#include "ui/view/keys.h"
#include "ui/view/layout.h"
#include "ui/view/saving.h"
#include "ui/view/shown.h"
#include "ui/view/state.h"

enum {
    PATIENCE_S = 10, /* after the terminal is gone */
    FRAME_MS = 50,  /* between frames without a key */
    BUSY_MS = 10,
};

/* --- the loop --- */

/* The line of the innermost protocol; of a packet with a comment of its own the first line, which is above it. */
static uint32_t opening_line(const struct tl_view *view, const struct tl_packet_tree *tree)
{
    struct tl_row row;
    if (tl_store_row(view->store, tree->row, &row) && row.commented)
        return 0;
    for (uint32_t i = tree->line_count; i-- > 0;) {
        if (tree->lines[i].layer)
            return i;
    }
    return 0;
}

/* The same field is in the same line of both. */
static bool has_same_field(const struct tl_packet_tree *a, const struct tl_packet_tree *b, uint32_t line)
{
    if (a == NULL || line >= a->line_count || line >= b->line_count)
        return false;
    const struct tl_tree_line *x = &a->lines[line], *y = &b->lines[line];
    return x->protocol == y->protocol && x->field == y->field && x->wrong == y->wrong;
}

/* Takes the newest tree. A line that was chosen by hand stays chosen if the packet has the same field there. */
static void take_tree(struct tl_view *view)
{
    struct tl_packet_tree *tree = tl_reader_take_tree(view->reader);
    if (tree == NULL)
        return;
    if (!view->line_by_user || !has_same_field(view->tree, tree, view->tree_line)) {
        view->line_by_user = false;
        view->tree_line = opening_line(view, tree);
    }
    tl_packet_tree_free(view->tree);
    view->tree = tree;
    view->dirty = true;
}

#define NOTICE_NS INT64_C(5000000000)

static int64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Shows the newest notice for a while: it hides the drops in the status line. */
static void look_at_notices(struct tl_view *view)
{
    struct tl_notice notice;
    uint32_t count = atomic_load(&view->options->notices->count);
    if (count != view->noticed && tl_notices_get(view->options->notices, count - 1, &notice)) {
        tl_view_say(view, true, "%s%s", notice.text, count - view->noticed > 1 ? " (e: more)" : "");
        view->noticed = count;
        view->notice_until = monotonic_ns() + NOTICE_NS;
    } else if (view->notice_until != 0 && monotonic_ns() > view->notice_until) {
        view->message[0] = '\0';
        view->notice_until = 0;
        view->dirty = true;
    }
}

/*
 * Shows the whole error for a while, but not over a notice that is shown; then as much as fits is in the status line,
 * and all of it in the list of messages.
 */
static void look_at_failure(struct tl_view *view)
{
    if (!atomic_load(&view->options->progress->ended) || view->failure.kind != TL_E_NONE)
        return;
    view->failure = view->session->failure;
    if (view->failure.kind == TL_E_NONE || view->notice_until != 0)
        return;
    tl_view_say(view, true, "%s", view->failure.text);
    view->notice_until = monotonic_ns() + NOTICE_NS;
}

static void look_around(struct tl_view *view)
{
    uint64_t first = tl_store_first(view->store), count = tl_store_count(view->store);
    look_at_failure(view);
    view->options->read_keylog(view->options->context);
    if (view->packet < first && count > first) /* it was overwritten */
        tl_view_choose(view, first);
    if (view->tree == NULL && count > 0 && view->shown_count == 0)
        tl_reader_want_tree(view->reader, view->packet);
    view->dirty |= view->shown_count != count;
    view->dirty |= tl_rates_look(&view->rates, view->session->engine, atomic_load(&view->options->progress->ended));
    view->busy = false;
    tl_tally_poke(view->tally, atomic_load(&view->options->progress->ended));
    view->shown_count = count;
    tl_inputs_look(&view->inputs, view->options->notices, &view->busy);
    look_at_notices(view);
    view->dirty |= tl_finding_look(view);
    view->dirty |= tl_shown_look(view);
    view->dirty |= tl_saving_look(view);
    for (unsigned i = 0; i < tl_pane_count; i++) {
        if (tl_panes[i]->changed != NULL && tl_layout_on_page(view, i))
            view->dirty |= tl_panes[i]->changed(view, view->states[i]);
    }
}

/* Work with a progress runs. */
static bool is_busy(const struct tl_view *view)
{
    char text[1];
    return tl_finding_progress(view, text, sizeof text) || tl_saving_progress(view, text, sizeof text) ||
           tl_shown_gathers(view);
}

static void take_news(struct tl_view *view)
{
    uint64_t count;
    if (read(view->news, &count, sizeof count) == sizeof count)
        view->dirty = true;
}

/* SIGUSR1 asks for the counters: they are a message, and are printed again after the view. */
static void take_signals(struct tl_view *view)
{
    enum tl_signalled came = tl_view_signals_take(view->options->signals, view->screen);
    view->quit |= came == TL_SIGNALLED_END;
    view->dirty = true;
    if (came != TL_SIGNALLED_QUESTION)
        return;
    struct tl_buffer counts = { 0 };
    struct tl_counters counters;
    tl_engine_counters(view->session->engine, &counters);
    view->options->put_counts(view->options->context, &counts, &counters);
    tl_put_char(&counts, '\0');
    if (!counts.failed)
        tl_notices_add(view->options->notices, (const char *)counts.data);
    tl_buffer_fini(&counts);
}

static void take_typed(struct tl_view *view)
{
    for (;;) {
        struct tl_typed typed = tl_screen_read(view->screen);
        if (typed.key == TL_KEY_NONE)
            return;
        tl_keys_typed(view, typed);
        if (view->quit)
            return;
    }
}

static void loop(struct tl_view *view)
{
    enum { TYPED, SIGNALS, NEWS, TASKS };
    struct pollfd fds[] = {
        [TYPED] = { .fd = tl_screen_fd(view->screen), .events = POLLIN },
        [SIGNALS] = { .fd = view->options->signals->fd, .events = POLLIN },
        [NEWS] = { .fd = tl_reader_fd(view->reader), .events = POLLIN },
        [TASKS] = { .fd = view->news, .events = POLLIN },
    };
    bool ended = false;
    while (!view->quit) {
        bool was_ended = ended;
        ended = atomic_load(&view->options->progress->ended);
        view->dirty |= ended != was_ended;
        look_around(view);
        fds[NEWS].fd = tl_reader_fd(view->reader); /* another filter has another reader */
        if (view->dirty) {
            view->dirty = view->partial = false;
            tl_frames_draw(&view->frames);
            tl_frame_draw(view);
            tl_frames_drawn(&view->frames, !view->partial);
        }
        bool waits = ended && !is_busy(view) && view->notice_until == 0;
        int n = poll(fds, TL_COUNT(fds), view->busy ? BUSY_MS : waits ? -1 : FRAME_MS);
        if (n < 0 && errno != EINTR)
            return;
        if (n > 0 && fds[SIGNALS].revents != 0)
            take_signals(view);
        if (n > 0 && fds[NEWS].revents != 0) {
            tl_reader_news(view->reader);
            take_tree(view);
            view->dirty = true;
        }
        if (n > 0 && fds[TASKS].revents != 0)
            take_news(view);
        if (n > 0 && fds[TYPED].revents != 0) {
            tl_frames_typed(&view->frames);
            take_typed(view);
        }
    }
}

/* --- the whole --- */

/* The named panes first, in this order, then the others. */
static void order_panes(struct tl_view *view, const char *names)
{
    unsigned count = 0;
    bool placed[TL_PANES_MOST] = { false };
    for (const char *name = names; *name != '\0'; name += strspn(name, " ")) {
        size_t len = strcspn(name, " ");
        for (unsigned i = 0; i < tl_pane_count; i++) {
            if (strlen(tl_panes[i]->name) != len || strncmp(tl_panes[i]->name, name, len) != 0 || placed[i])
                continue;
            view->order[count++] = i;
            placed[i] = true;
        }
        name += len;
    }
    for (unsigned i = 0; i < tl_pane_count; i++) {
        if (!placed[i])
            view->order[count++] = i;
    }
}

static void configure(struct tl_view *view)
{
    static const char *const formats[] = { "day", "date", "first", "before" };
    const struct tl_config *config = view->options->config;
    for (unsigned i = 0; i < TL_COUNT(formats); i++) {
        if (strcmp(formats[i], config->time) == 0)
            view->time_format = (enum tl_time_format)i;
    }
    order_panes(view, config->order);
    for (unsigned i = 0; i < tl_pane_count; i++) {
        if (strcmp(tl_panes[i]->name, "detail") == 0)
            view->hidden[i] = !config->detail;
        if (strcmp(tl_panes[i]->name, "hex") == 0)
            view->hidden[i] = !config->hex;
        if (tl_panes[i] == &tl_pane_record || tl_panes[i] == &tl_pane_content ||
            tl_panes[i] == &tl_pane_explanation) /* until something is opened */
            view->hidden[i] = true;
    }
}

/* Makes what is independent of the engine. */
static bool prepare(struct tl_view *view, struct tl_error *error)
{
    const struct tl_view_options *o = view->options;
    struct tl_protocols protocols = tl_protocols_all();
    view->columns = tl_columns_new(&protocols);
    view->search = tl_search_new();
    view->saving.packets = tl_save_packets_new();
    view->saving.stream = tl_save_stream_new();
    view->saving.file = tl_save_file_new();
    view->news = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    view->filter = strdup(o->filter != NULL ? o->filter : "");
    bool fine = view->columns != NULL && view->search != NULL && view->saving.packets != NULL &&
                view->saving.stream != NULL && view->saving.file != NULL && view->news >= 0 && view->filter != NULL;
    for (unsigned i = 0; i < tl_pane_count && fine; i++) {
        view->states[i] = calloc(1, tl_panes[i]->state_size + 1);
        fine = view->states[i] != NULL;
    }
    if (!fine)
        tl_error_set(error, TL_E_RUNTIME, "out of memory: ask for less with --mem");
    return fine;
}

static void finish(struct tl_view *view)
{
    tl_screen_close(view->screen);
    if (view->search != NULL)
        tl_view_forget(view);
    tl_search_free(view->search);
    tl_needle_patterns_free(view->regexes);
    tl_display_filters_free(view->filters);
    tl_save_packets_free(view->saving.packets);
    tl_save_stream_free(view->saving.stream);
    tl_save_file_free(view->saving.file);
    tl_inputs_close(&view->inputs);
    for (unsigned i = 0; i < tl_pane_count; i++)
        free(view->states[i]);
    tl_session_free(view->session);
    tl_columns_free(view->columns);
    if (view->news >= 0)
        close(view->news);
    free(view->filter);
    tl_frames_end(&view->frames);
    free(view);
}

struct tl_screen *tl_view_open_screen(const struct tl_config *config, struct tl_error *error)
{
    struct tl_screen_options screen = { .theme = config->theme, .ascii = config->ascii, .no_mouse = !config->mouse };
    return tl_screen_open(&screen, error);
}

_Static_assert(TL_STYLE_ALL - TL_STYLE_RULE == TL_COLOUR_RULES_MOST, "a style for each colour rule");

static enum tl_failure show(struct tl_view *view, struct tl_error *error)
{
    const struct tl_view_options *o = view->options;
    struct tl_engine *engine = o->open(o->context, o->filter, error);
    if (engine == NULL)
        return error->kind;
    if (!tl_view_begin(view, engine, error))
        return TL_E_RUNTIME;
    if (view->screen == NULL)
        view->screen = tl_view_open_screen(o->config, error);
    if (view->screen == NULL)
        return TL_E_RUNTIME;
    for (uint32_t i = 0; i < o->rules->count; i++)
        tl_screen_define(view->screen, i, o->rules->items[i].foreground, o->rules->items[i].background);
    configure(view);
    view->follow = o->live;
    if (o->display != NULL)
        tl_display_set(view, o->display);
    loop(view);
    tl_screen_close(view->screen); /* the terminal is restored before the engine ends its flows */
    view->screen = NULL;
    o->notices->aloud = true;
    if (tl_saving_stop(view))
        tl_notices_add(o->notices, view->message);
    tl_view_signals_release();
    if (!isatty(STDOUT_FILENO)) /* no user is left to interrupt an output that waits for its reader */
        alarm(PATIENCE_S);
    tl_session_stop(view->session);
    tl_engine_counters(view->session->engine, o->counters);
    const struct tl_error *failure = view->failure.kind != TL_E_NONE ? &view->failure : &view->session->failure;
    if (failure->kind == TL_E_NONE)
        return TL_E_NONE;
    return tl_error_set(error, failure->kind, "%s", failure->text);
}

enum tl_failure tl_view_run(const struct tl_view_options *options, struct tl_error *error)
{
    struct tl_view *view = calloc(1, sizeof *view);
    if (view == NULL) {
        tl_screen_close(options->screen);
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    }
    view->options = options;
    view->screen = options->screen;
    view->memory.most = tl_view_panes_memory(options);
    view->memory.used = sizeof view->marks;
    view->news = -1;
    tl_local_zone_init(&view->zone);
    tl_frames_begin(&view->frames);
    enum tl_failure failure = prepare(view, error) ? show(view, error) : TL_E_RUNTIME;
    finish(view);
    return failure;
}
