/* main.c - the command: options in, an engine and its sinks, an exit code out. Wiring only. */
#include "cli/files.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/signals.h"
#include "cli/usage.h"
#include "cli/version.h"
#include "cli/window.h"

#include "dissectors/registry.h"
#include "export/sinks.h"
#include "pipeline/engine.h"

#include <stdio.h>
#include <unistd.h>

enum { SINKS_MOST = 3 };

/* A run and what it owns. */
enum { RECORD_DEFS_MOST = 256 };

struct run {
    const struct tl_options *options;
    struct tl_engine *engine;
    struct tl_sink *sinks[SINKS_MOST];
    const struct tl_output *outputs[SINKS_MOST]; /* the sinks', NULL: writes files of its own */
    uint32_t sink_count;
    struct tl_protocols protocols;
    struct tl_progress progress;
};

/* Writes text that is no run's output: help, schema, a count. */
static enum tl_failure print(const char *path, struct tl_buffer *text, struct tl_error *error)
{
    struct tl_output *output = text->failed ? NULL : tl_output_open(path, error);
    enum tl_failure failure = TL_E_RUNTIME;
    if (text->failed) {
        failure = tl_error_set(error, TL_E_RUNTIME, "out of memory");
    } else if (output == NULL) {
        failure = error->kind;
    } else {
        failure = tl_output_write(output, text->data, text->len, error);
        enum tl_failure closed = tl_output_close(output, error);
        failure = failure != TL_E_NONE ? failure : closed;
    }
    tl_buffer_fini(text);
    return failure;
}

static enum tl_failure tell_about(const struct tl_options *options, struct tl_error *error)
{
    struct tl_buffer text = { 0 };
    struct tl_config config;
    if (options->action == TL_ACTION_HELP) {
        tl_usage_help(&text);
    } else if (options->action == TL_ACTION_VERSION) {
        tl_version(&text);
    } else if (options->action == TL_ACTION_CONFIG) {
        enum tl_failure failure = tl_config_load(&config, error);
        if (failure != TL_E_NONE)
            return failure;
        tl_config_put(&text, &config);
    } else if (options->action == TL_ACTION_GENERATE) {
        tl_usage_generate(&text, options->generate);
    } else if (options->json == TL_JSON_PACKETS) {
        struct tl_protocols protocols = tl_protocols_all();
        tl_packets_schema(&text, &protocols);
    } else {
        const struct tl_record_def *defs[RECORD_DEFS_MOST];
        uint32_t count = tl_engine_record_defs(defs, RECORD_DEFS_MOST);
        tl_records_schema(&text, defs, count, options->separator);
    }
    return print(options->output, &text, error);
}

static struct tl_sink *printing_sink(const struct run *run, struct tl_output *output)
{
    const struct tl_options *o = run->options;
    const struct tl_text_options text = { .tree = o->tree, .hex = o->hex };
    if (o->json == TL_JSON_FLOWS)
        return tl_records_sink(output, o->separator);
    if (o->json == TL_JSON_PACKETS)
        return tl_packets_sink(output, &run->protocols);
    return tl_text_sink(output, &run->protocols, &text);
}

static bool is_pcapng(const char *name)
{
    size_t len = strlen(name), end = strlen(".pcapng");
    return len > end && strcmp(name + len - end, ".pcapng") == 0;
}

static enum tl_failure add_sink(struct run *run, bool packets, struct tl_error *error)
{
    const char *path = packets ? run->options->write : run->options->output;
    struct tl_output *output = tl_output_open(path, error);
    if (output == NULL)
        return error->kind;
    struct tl_sink *sink = packets
                               ? tl_capture_file_sink(output, tl_engine_interfaces(run->engine), is_pcapng(path), path)
                               : printing_sink(run, output);
    if (sink == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    run->outputs[run->sink_count] = output;
    run->sinks[run->sink_count++] = sink;
    return TL_E_NONE;
}

static enum tl_failure add_streams(struct run *run, struct tl_error *error)
{
    const struct tl_options *o = run->options;
    struct tl_sink *sink = tl_streams_sink(o->streams, o->gaps != NULL && strcmp(o->gaps, "skip") == 0, error);
    if (sink == NULL)
        return error->kind;
    run->sinks[run->sink_count++] = sink;
    return TL_E_NONE;
}

static void on_progress(void *context, uint64_t done, uint64_t total, uint64_t packets)
{
    struct run *run = context;
    bool gone = run->sink_count > 0;
    for (uint32_t i = 0; i < run->sink_count; i++)
        gone = gone && run->outputs[i] != NULL && tl_output_gone(run->outputs[i]);
    if (gone) /* whoever read the results has left */
        tl_engine_stop(run->engine);
    tl_progress_show(&run->progress, done, total, packets);
}

static enum tl_failure print_count(const struct run *run, struct tl_error *error)
{
    struct tl_buffer text = { 0 };
    struct tl_counters counters;
    tl_engine_counters(run->engine, &counters);
    tl_put_u64(&text, counters.passed);
    tl_put_char(&text, '\n');
    return print(run->options->output, &text, error);
}

static enum tl_failure run_engine(struct run *run, struct tl_error *error)
{
    const struct tl_options *o = run->options;
    enum tl_failure failure = TL_E_NONE;
    if (o->json || o->text)
        failure = add_sink(run, false, error);
    if (failure == TL_E_NONE && o->write != NULL)
        failure = add_sink(run, true, error);
    if (failure == TL_E_NONE && o->streams != NULL)
        failure = add_streams(run, error);
    if (failure != TL_E_NONE)
        return failure;
    tl_engine_set_sinks(run->engine, run->sinks, run->sink_count);
    bool on_screen = (o->json || o->text) && o->output == NULL && isatty(STDOUT_FILENO);
    tl_progress_init(&run->progress, !o->quiet && !on_screen);
    failure = tl_engine_run(run->engine, error);
    tl_progress_clear(&run->progress);
    if (o->count) { /* of what could be read */
        enum tl_failure printed = print_count(run, error);
        failure = printed != TL_E_NONE ? printed : failure;
    }
    return failure;
}

static enum tl_failure run_options(const struct tl_options *o, struct tl_error *error)
{
    struct run run = { .options = o, .protocols = tl_protocols_all() };
    const struct tl_engine_options engine = {
        .inputs = o->inputs,
        .input_count = o->input_count,
        .filter = o->filter,
        .most = o->most,
        .workers = o->workers,
        .memory = o->memory,
        .decode = o->json || o->text || o->streams != NULL,
        .verify_checksums = !o->no_checksums,
        .meta = !o->no_meta,
        .secrets = o->secrets,
        .timeouts = o->timeouts,
        .progress = on_progress,
        .progress_context = &run,
    };
    run.engine = tl_engine_new(&engine, error);
    if (run.engine == NULL)
        return error->kind;
    tl_signals_for(run.engine);
    enum tl_failure failure = run_engine(&run, error);
    if (!o->quiet) {
        struct tl_counters counters;
        tl_engine_counters(run.engine, &counters);
        tl_warn_of(&counters);
    }
    tl_signals_for(NULL);
    for (uint32_t i = 0; i < run.sink_count; i++)
        run.sinks[i]->free(run.sinks[i]);
    tl_engine_free(run.engine);
    return failure;
}

static enum tl_failure obey(struct tl_options *options, struct tl_error *error)
{
    enum tl_failure failure = TL_E_NONE;
    if (options->action != TL_ACTION_RUN)
        return tell_about(options, error);
    if (options->filter_file != NULL)
        failure = tl_files_read_filter(options, error);
    if (failure == TL_E_NONE)
        failure = tl_files_check(options, error);
    if (failure == TL_E_NONE && options->view && tl_screen_possible())
        return tl_window_run(options, error);
    return failure != TL_E_NONE ? failure : run_options(options, error);
}

int main(int argc, char *argv[])
{
    struct tl_options options;
    struct tl_error error = { 0 };
    tl_signals_init();
    if (argc < 2) {
        fputs("usage: taplight -r FILE [options] [filter]\ntaplight --help lists the options and shows examples\n",
              stderr);
        return TL_E_USAGE;
    }
    enum tl_failure failure = tl_options_parse(&options, argc, argv, &error);
    if (failure == TL_E_NONE)
        failure = obey(&options, &error);
    tl_options_fini(&options);
    if (failure != TL_E_NONE)
        tl_tell("%s", error.kind != TL_E_NONE ? error.text : "failed");
    return (int)failure;
}
