/* window.c - an engine with the view as its sink. Wiring only. */
#include "cli/window.h"

#include <string.h>

#include "cli/devices.h"
#include "cli/live.h"
#include "pipeline/engine.h"
#include "ui/view.h"

enum { ENGINE_SHARE = 4 }; /* of the memory: a quarter for the engine, the rest for what the view keeps */

static bool is_plain(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:,+=@%";
    return word[0] != '\0' && strspn(word, plain) == strlen(word);
}

/* A word as a shell would read it. */
static void put_word(struct tl_buffer *out, const char *word)
{
    if (is_plain(word)) {
        tl_puts(out, word);
        return;
    }
    tl_put_char(out, '\'');
    for (; *word != '\0'; word++) {
        if (*word == '\'')
            tl_put_lit(out, "'\\'");
        tl_put_char(out, *word);
    }
    tl_put_char(out, '\'');
}

/* What every engine of the window is made of. */
struct window {
    const struct tl_options *options;
    struct tl_engine_options engine;
    struct tl_live_options live;
    struct tl_identity identity; /* who goes on once the interfaces are open */
};

static void put_command(void *context, struct tl_buffer *out, const char *filter)
{
    const struct tl_options *o = ((const struct window *)context)->options;
    tl_put_lit(out, "taplight");
    for (uint32_t i = 0; i < o->interface_count; i++) {
        tl_put_lit(out, " -i ");
        put_word(out, o->interfaces[i]);
    }
    for (uint32_t i = 0; i < o->input_count; i++) {
        tl_put_lit(out, " -r ");
        put_word(out, o->inputs[i]);
    }
    if (o->most > 0)
        tl_put_format(out, " -c %llu", (unsigned long long)o->most);
    if (o->secrets)
        tl_put_lit(out, " --show-secrets");
    if (o->no_checksums)
        tl_put_lit(out, " --no-checksums");
    if (filter[0] != '\0') {
        tl_put_lit(out, " -f ");
        put_word(out, filter);
    }
}

static struct tl_engine *open_engine(void *context, const char *filter, struct tl_error *error)
{
    struct window *window = context;
    window->engine.filter = filter;
    struct tl_engine *engine = tl_engine_new(&window->engine, error);
    if (window->engine.live == NULL)
        return engine;
    if (engine == NULL && error->kind == TL_E_PERMISSION)
        tl_devices_explain(error);
    if (engine != NULL && tl_live_settle(window->options, &window->identity, error) != TL_E_NONE) {
        tl_engine_free(engine);
        return NULL;
    }
    return engine;
}

enum tl_failure tl_window_run(const struct tl_options *o, struct tl_error *error)
{
    struct tl_view_progress progress = { 0 };
    struct tl_config config;
    enum tl_failure failure = tl_config_load(&config, error);
    if (failure != TL_E_NONE)
        return failure;
    struct window window = { .options = o,
                             .engine = { .inputs = o->inputs,
                                         .input_count = o->input_count,
                                         .most = o->most,
                                         .workers = o->workers,
                                         .memory = o->memory / ENGINE_SHARE,
                                         .decode = true,
                                         .verify_checksums = !o->no_checksums,
                                         .secrets = o->secrets,
                                         .timeouts = o->timeouts,
                                         .progress = tl_view_on_progress,
                                         .progress_context = &progress } };
    bool live = o->interface_count > 0;
    if (live) {
        window.live = tl_live_of(o);
        window.engine.live = &window.live;
        window.engine.exact_filter = o->exact_filter;
        failure = tl_devices_check(o, error);
        if (failure == TL_E_NONE)
            failure = tl_privileges_choose(&window.identity, o->user, error);
        if (failure != TL_E_NONE)
            return failure;
    }
    const struct tl_view_options view = { .open = open_engine,
                                          .put_command = put_command,
                                          .context = &window,
                                          .inputs = o->inputs,
                                          .input_count = o->input_count,
                                          .filter = o->filter,
                                          .progress = &progress,
                                          .memory = o->memory - o->memory / ENGINE_SHARE,
                                          .verify_checksums = !o->no_checksums,
                                          .secrets = o->secrets,
                                          .live = live,
                                          .config = &config };
    return tl_view_run(&view, error);
}
