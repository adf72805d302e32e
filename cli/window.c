/* window.c - an engine with the view as its sink. Wiring only. */
#include "cli/window.h"

#include <string.h>

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

static void put_command(struct tl_buffer *out, const struct tl_options *o)
{
    tl_put_lit(out, "taplight");
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
    if (o->filter != NULL) {
        tl_put_lit(out, " -f ");
        put_word(out, o->filter);
    }
    tl_put_char(out, '\0');
}

static enum tl_failure show(const struct tl_options *o, struct tl_engine *engine, struct tl_view_progress *progress,
                            const struct tl_config *config, struct tl_error *error)
{
    struct tl_buffer command = { 0 };
    put_command(&command, o);
    const struct tl_view_options view = {
        .engine = engine,
        .inputs = o->inputs,
        .input_count = o->input_count,
        .filter = o->filter,
        .command = command.failed ? "" : (const char *)command.data,
        .progress = progress,
        .memory = o->memory - o->memory / ENGINE_SHARE,
        .verify_checksums = !o->no_checksums,
        .secrets = o->secrets,
        .config = config,
    };
    enum tl_failure failure = tl_view_run(&view, error);
    tl_buffer_fini(&command);
    return failure;
}

enum tl_failure tl_window_run(const struct tl_options *o, struct tl_error *error)
{
    struct tl_view_progress progress = { 0 };
    struct tl_config config;
    enum tl_failure failure = tl_config_load(&config, error);
    if (failure != TL_E_NONE)
        return failure;
    const struct tl_engine_options options = {
        .inputs = o->inputs,
        .input_count = o->input_count,
        .filter = o->filter,
        .most = o->most,
        .workers = o->workers,
        .memory = o->memory / ENGINE_SHARE,
        .decode = true,
        .verify_checksums = !o->no_checksums,
        .secrets = o->secrets,
        .timeouts = o->timeouts,
        .progress = tl_view_on_progress,
        .progress_context = &progress,
    };
    struct tl_engine *engine = tl_engine_new(&options, error);
    if (engine == NULL)
        return error->kind;
    failure = show(o, engine, &progress, &config, error);
    tl_engine_free(engine);
    return failure;
}
