/* window.c - runs an engine with the view as its sink. */
#include "cli/window.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/bpf.h"
#include "cli/command.h"
#include "cli/devices.h"
#include "cli/keylog.h"
#include "cli/live.h"
#include "cli/namespace.h"
#include "cli/outputs.h"
#include "cli/report.h"
#include "cli/select.h"
#include "pipeline/engine.h"
#include "ui/screen/picker.h"
#include "ui/view/view.h"

enum { ENGINE_SHARE = 4 }; /* fraction of the memory limit for the engine; the view gets the rest */

/* The parts from which each engine of the view is built. */
struct window {
    const struct tl_options *options;
    struct tl_colour_rules rules;
    const char *const *inputs;     /* from the command line or the picker */
    uint32_t input_count;
    const char *const *interfaces;
    uint32_t interface_count;
    struct tl_choice choice;
    const char *picked;            /* name of the chosen input */
    struct tl_engine *opened;      /* opened by the picker: the first engine of the view */
    struct tl_engine_options engine;
    struct tl_live_options live;
    struct tl_identity identity; /* user to change to once the interfaces are open */
    struct tl_outputs outputs;   /* --view: outputs that run with the view */
    size_t beside;               /* bytes they use */
    struct tl_secrets secrets;
    char *keylog;                /* owned: name of the key log that was chosen in the view; NULL: none */
    struct tl_keylog_file *chosen; /* the same, while it may grow; NULL: it does not */
    struct tl_notices notices;
    struct tl_counters counters; /* when the view closed */
};

static struct tl_command command_of(const struct window *window, const char *filter)
{
    return (struct tl_command){ .options = window->options,
                                .interfaces = window->interfaces,
                                .interface_count = window->interface_count,
                                .inputs = window->inputs,
                                .input_count = window->input_count,
                                .keylog = window->keylog,
                                .filter = filter };
}

static void put_command(void *context, struct tl_buffer *out, const char *filter)
{
    struct tl_command command = command_of(context, filter);
    tl_command_put(out, &command);
}

static bool put_send(void *context, struct tl_buffer *out, const char *filter, uint64_t number)
{
    struct tl_command command = command_of(context, filter);
    return tl_command_put_send(out, &command, number);
}

static enum tl_failure add_keylog(void *context, const char *path, struct tl_error *error)
{
    struct window *window = context;
    bool grows = window->interface_count > 0 || window->options->follow;
    char *name = strdup(path);
    struct tl_keylog_file *file = name != NULL && window->secrets.log != NULL ? tl_keylog_file_open(name, error) : NULL;
    if (name == NULL || window->secrets.log == NULL)
        (void)tl_error_set(error, TL_E_RUNTIME, "out of memory");
    enum tl_failure failure =
        file != NULL ? tl_keylog_file_read(file, window->secrets.log, !grows, error) : error->kind;
    const char *notice = failure == TL_E_NONE ? tl_keylog_file_notice(file) : NULL;
    if (notice != NULL)
        tl_notices_add(&window->notices, notice);
    if (failure != TL_E_NONE) {
        tl_keylog_file_close(file);
        free(name);
        return failure;
    }
    if (grows)
        tl_keylog_grows(window->secrets.log);
    tl_keylog_file_close(window->chosen);
    free(window->keylog);
    window->keylog = name;
    window->chosen = file;
    return TL_E_NONE;
}

static void read_keylog(void *context)
{
    struct window *window = context;
    struct tl_error error = { 0 };
    if (window->chosen != NULL && (window->interface_count > 0 || window->options->follow))
        (void)!tl_keylog_file_read(window->chosen, window->secrets.log, false, &error); /* it is read again */
}

static void put_counts(void *context, struct tl_buffer *out, const struct tl_counters *counters)
{
    const struct window *window = context;
    tl_live_put_counts(out, counters, window->interface_count > 0);
}

static struct tl_engine *new_engine(struct window *window, const char *filter, struct tl_error *error)
{
    window->engine.filter = filter;
    struct tl_namespace namespace;
    struct tl_engine *engine = NULL;
    if (tl_namespace_enter(&namespace, window->options, error) == TL_E_NONE)
        engine = tl_engine_new(&window->engine, error);
    tl_namespace_leave(&namespace);
    if (engine == NULL)
        tl_bpf_explain(filter, error);
    if (window->engine.live == NULL)
        return engine;
    if (engine == NULL && error->kind == TL_E_PERMISSION)
        tl_devices_explain(error);
    if (engine == NULL)
        return NULL;
    enum tl_failure failure = TL_E_NONE;
    if (window->options->beside)
        failure = tl_outputs_open(&window->outputs, tl_engine_interfaces(engine), &window->identity, error);
    if (failure == TL_E_NONE)
        failure = tl_live_settle(window->options, &window->identity, error);
    if (failure == TL_E_NONE)
        return engine;
    tl_outputs_close(&window->outputs);
    tl_engine_free(engine);
    return NULL;
}

static struct tl_engine *open_engine(void *context, const char *filter, struct tl_error *error)
{
    struct window *window = context;
    struct tl_engine *engine = window->opened;
    window->opened = NULL;
    return engine != NULL ? engine : new_engine(window, filter, error);
}

/* Sets the input of every engine. */
static enum tl_failure prepare_source(struct window *window, struct tl_error *error)
{
    const struct tl_options *o = window->options;
    window->engine.inputs = window->inputs;
    window->engine.input_count = window->input_count;
    window->engine.live = NULL;
    if (window->interface_count == 0)
        return TL_E_NONE;
    window->live = tl_live_of(o);
    window->live.names = window->interfaces;
    window->live.count = window->interface_count;
    window->engine.live = &window->live;
    window->engine.exact_filter = o->exact_filter;
    return o->beside ? tl_live_begin(o, window->outputs.opener, &window->identity, error)
                     : tl_privileges_choose(&window->identity, o->user, error);
}

static enum tl_failure open_source(struct window *window, struct tl_error *error)
{
    enum tl_failure failure = prepare_source(window, error);
    if (failure == TL_E_NONE && (window->opened = new_engine(window, window->options->filter, error)) == NULL)
        failure = error->kind;
    return failure;
}

/* Rejects special files: opening one can block without end while the view owns keys and signals. */
static enum tl_failure check_choice(const struct tl_choice *choice, struct tl_error *error)
{
    struct stat st;
    bool standard = strcmp(choice->name, "-") == 0;
    if (standard || (stat(choice->name, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
        return tl_error_set(error, TL_E_USAGE, "%s is not a regular file: quit and run taplight -r %s", choice->name,
                            choice->name);
    return TL_E_NONE;
}

static enum tl_failure open_choice(void *context, const struct tl_choice *choice, struct tl_error *error)
{
    struct window *window = context;
    if (!choice->interface && check_choice(choice, error) != TL_E_NONE)
        return error->kind;
    window->choice = *choice;
    window->picked = window->choice.name;
    window->inputs = window->interfaces = &window->picked;
    window->input_count = !choice->interface;
    window->interface_count = choice->interface;
    return open_source(window, error);
}

/* Returns false if the user quit, or if error says why there is no picker. */
static bool pick(struct window *window, const struct tl_config *config, const struct tl_view_signals *signals,
                 struct tl_screen **screen, struct tl_error *error)
{
    struct tl_error refused = { 0 };
    if (!tl_privileges_may_capture()) {
        tl_error_set(&refused, TL_E_PERMISSION, "no permission to capture");
        tl_devices_explain(&refused);
    }
    const struct tl_picker_options options = { .refused = refused.kind != TL_E_NONE ? refused.text : NULL,
                                               .open = open_choice,
                                               .context = window,
                                               .signals = signals };
    *screen = tl_view_open_screen(config, error);
    if (*screen == NULL)
        return false;
    bool opened = tl_picker_run(&options, *screen);
    if (!opened) {
        tl_screen_close(*screen);
        *screen = NULL;
    }
    return opened;
}

static enum tl_failure view_window(struct window *window, const struct tl_config *config,
                                   const struct tl_view_signals *signals, struct tl_error *error)
{
    const struct tl_options *o = window->options;
    struct tl_screen *screen = NULL;
    if (o->pick && !pick(window, config, signals, &screen, error))
        return error->kind;
    const struct tl_view_options view = { .open = open_engine,
                                          .put_command = put_command,
                                          .put_send = put_send,
                                          .add_keylog = add_keylog,
                                          .read_keylog = read_keylog,
                                          .put_counts = put_counts,
                                          .context = window,
                                          .inputs = window->inputs,
                                          .input_count = window->input_count,
                                          .filter = o->filter,
                                          .display = o->display,
                                          .progress = window->engine.progress_context,
                                          .notices = &window->notices,
                                          .sinks = window->outputs.sinks,
                                          .counters = &window->counters,
                                          .journal = window->outputs.journal,
                                          .memory = o->memory - window->engine.memory - window->beside,
                                          .checksums = tl_options_checksums(o),
                                          .decode_as = o->decode_as,
                                          .secrets = o->secrets,
                                          .keylog = window->engine.keylog,
                                          .live = window->interface_count > 0,
                                          .config = config,
                                          .rules = &window->rules,
                                          .signals = signals,
                                          .screen = screen };
    enum tl_failure failure = tl_view_run(&view, error);
    tl_outputs_close(&window->outputs);
    return failure;
}

/* Prints the notices that the view showed again, because the view is gone. */
static void tell(struct window *window)
{
    struct tl_notice notice;
    uint32_t count = atomic_load(&window->notices.count);
    for (uint32_t i = count > TL_NOTICES_KEPT ? count - TL_NOTICES_KEPT : 0; i < count; i++) {
        if (tl_notices_get(&window->notices, i, &notice))
            tl_tell("%s", notice.text);
    }
    if (window->interface_count > 0 && window->counters.received > 0 && !window->options->quiet)
        tl_live_counts(&window->counters, true);
}

/* A filter that is wrong is told before there is a view. */
static enum tl_failure check_display(const struct tl_options *o, struct tl_error *error)
{
    struct tl_select select;
    enum tl_failure failure = tl_select_init(&select, o, error);
    tl_select_fini(&select);
    return failure;
}

enum tl_failure tl_window_run(const struct tl_options *o, struct tl_error *error)
{
    struct tl_view_progress progress = { 0 };
    struct tl_config config;
    struct tl_view_signals signals;
    struct window window = { .options = o,
                             .inputs = o->inputs,
                             .input_count = o->input_count,
                             .interfaces = o->interfaces,
                             .interface_count = o->interface_count,
                             .engine = { .most = o->most,
                                         .follow = o->follow,
                                         .workers = o->workers,
                                         .memory = o->memory / ENGINE_SHARE,
                                         .decode = true,
                                         .checksums = tl_options_checksums(o),
                                         .decode_as = o->decode_as,
                                         .secrets = o->secrets,
                                         .sections = o->sections,
                                         .files = true,
                                         .hashes = tl_options_hashes(o),
                                         .meta = o->beside && !o->no_meta,
                                         .stats_interval = o->stats_interval,
                                         .timeouts = o->timeouts,
                                         .notice = tl_notices_add,
                                         .progress = tl_view_on_progress,
                                         .progress_context = &progress } };
    enum tl_failure failure = tl_config_load(&config, error);
    if (failure == TL_E_NONE)
        failure = check_display(o, error);
    if (failure == TL_E_NONE)
        failure = tl_colour_rules_load(&window.rules, o->color_rules != NULL ? o->color_rules : config.color_rules, error);
    if (failure != TL_E_NONE) {
        tl_colour_rules_free(&window.rules);
        return failure;
    }
    window.engine.notice_context = &window.notices;
    failure = tl_secrets_open(&window.secrets, o, error);
    if (window.secrets.log == NULL) /* for the secrets in files, which packets that are shown again need too */
        window.secrets.log = tl_keylog_new(o->memory / TL_KEYLOG_SHARE);
    window.engine.keylog = window.secrets.log;
    window.engine.keylog_file = window.secrets.file;
    if (failure == TL_E_NONE)
        failure = tl_outputs_init(&window.outputs, o, error);
    if (failure == TL_E_NONE && o->beside)
        window.beside = tl_outputs_beside(&window.outputs, o->memory, tl_notices_add, &window.notices);
    if (failure == TL_E_NONE && !o->pick)
        failure = tl_namespace_check(o, error);
    if (failure == TL_E_NONE && !o->pick) /* opening a pipe can block; signals still end the process */
        failure = open_source(&window, error);
    if (failure == TL_E_NONE)
        failure = tl_view_signals_begin(&signals, error);
    if (failure == TL_E_NONE) {
        failure = view_window(&window, &config, &signals, error);
        tl_view_signals_end(&signals);
    }
    tl_outputs_close(&window.outputs);
    tl_engine_free(window.opened); /* not NULL if the view did not run */
    tl_outputs_fini(&window.outputs);
    tl_keylog_file_close(window.chosen);
    free(window.keylog);
    tl_secrets_close(&window.secrets);
    tl_colour_rules_free(&window.rules);
    tell(&window);
    return failure;
}
