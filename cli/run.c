/* run.c - a run: an engine with the sinks that the options ask for. */
#include "cli/run.h"

#include "capture/lookup.h"
#include "cli/assertions.h"
#include "cli/bpf.h"
#include "cli/devices.h"
#include "cli/enrichment.h"
#include "cli/exporter.h"
#include "cli/extract.h"
#include "cli/keylog.h"
#include "cli/live.h"
#include "cli/metrics.h"
#include "cli/namespace.h"
#include "cli/notify.h"
#include "cli/outputs.h"
#include "cli/progress.h"
#include "cli/reload.h"
#include "cli/report.h"
#include "cli/select.h"
#include "cli/servers.h"
#include "cli/signals.h"
#include "cli/statistics.h"

#include "export/host_names.h"
#include "export/sinks.h"
#include "pipeline/engine.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAMES_SHARE = 64 /* a fraction of the memory limit */ };

/* A run and what it owns. */
struct run {
    const struct tl_options *options;
    struct tl_engine *engine;
    struct tl_outputs outputs;
    struct tl_select select;
    struct tl_statistics *statistics; /* NULL: no -z */
    struct tl_assertions *assertions; /* NULL: no --assert */
    struct tl_extract extract;
    struct tl_secrets secrets;
    struct tl_host_names *hosts; /* NULL: no -N and no --hosts */
    struct tl_progress progress;
    struct tl_metrics *metrics; /* owned; NULL: no --metrics */
    struct tl_exporter *exporter;
    struct tl_notify notify;
    struct tl_reload reload;
    struct tl_enrichment enrichment;
};

enum tl_failure tl_run_print(const char *path, struct tl_buffer *text, struct tl_error *error)
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

static void on_progress(void *context, uint64_t done, uint64_t total, uint64_t packets)
{
    struct run *run = context;
    if (tl_outputs_gone(&run->outputs)) /* all readers of the results closed their pipes */
        tl_engine_stop(run->engine);
    if (run->options->interface_count == 0)
        tl_progress_show(&run->progress, done, total, packets);
    if (tl_signals_hung_up() && !tl_engine_is_stopping(run->engine)) {
        tl_notify_reloading(&run->notify);
        tl_reload_filters(&run->reload);
        tl_enrichment_reload(&run->enrichment);
        tl_notify_reloaded(&run->notify);
    }
    tl_notify_alive(&run->notify, tl_engine_is_stopping(run->engine));
    if (tl_signals_asked()) {
        struct tl_counters counters;
        tl_engine_counters(run->engine, &counters);
        tl_live_counts(&counters, run->options->interface_count > 0);
    }
}

static void on_end(void *context)
{
    tl_engine_stop(context);
}

static enum tl_failure print_count(const struct run *run, struct tl_error *error)
{
    struct tl_buffer text = { 0 };
    struct tl_counters counters;
    tl_engine_counters(run->engine, &counters);
    tl_put_u64(&text, run->options->display != NULL ? counters.selected : counters.passed);
    tl_put_char(&text, '\n');
    return tl_run_print(run->options->output, &text, error);
}

/* Drops are printed even with -q. */
static void tell_counts(struct run *run)
{
    const struct tl_options *o = run->options;
    struct tl_counters c;
    tl_engine_counters(run->engine, &c);
    bool dropped = c.dropped_kernel + c.dropped_interface + c.dropped_ring + c.dropped_write > 0;
    if (o->interface_count > 0 && (!o->quiet || dropped))
        tl_live_counts(&c, true);
    if (!o->quiet)
        tl_warn_of(&c, o->interface_count > 0);
    tl_secrets_tell(&run->secrets, o, &c);
}

/* Returns whether there is an output besides an index. */
static bool writes(const struct tl_options *o)
{
    return o->json || o->text || o->count || o->write != NULL || o->streams != NULL || o->files != NULL ||
           o->split != NULL || o->statistic_count > 0 || o->assertion_count > 0 || o->server_count > 0;
}

static bool decodes(const struct run *run)
{
    const struct tl_options *o = run->options;
    return o->json || o->text || o->streams != NULL || o->files != NULL || o->split != NULL || o->server_count > 0 ||
           o->display != NULL || (o->metrics != NULL && !writes(o)) || run->statistics != NULL ||
           run->assertions != NULL;
}

/* The figures of --metrics are of the engine and of the servers, which exist now. */
static enum tl_failure start_metrics(struct run *run, struct tl_error *error)
{
    struct tl_metrics *metrics = run->metrics;
    if (metrics == NULL)
        return TL_E_NONE;
    metrics->engine = run->engine;
    metrics->server_count = run->outputs.server_count;
    memcpy(metrics->servers, run->outputs.servers, sizeof run->outputs.servers);
    metrics->decodes = decodes(run);
    metrics->counts = !writes(run->options); /* --metrics alone */
    for (uint32_t i = 0; i < run->outputs.sink_count; i++)
        metrics->counts |= run->outputs.sinks[i]->record != NULL || run->outputs.sinks[i]->judge != NULL;
    enum tl_failure failure = tl_exporter_start(run->exporter, error);
    if (failure == TL_E_NONE && !run->options->quiet)
        tl_tell("metrics at %s", tl_exporter_url(run->exporter));
    return failure;
}

/* --metrics: before root is given up. */
static enum tl_failure open_metrics(struct run *run, struct tl_error *error)
{
    const struct tl_options *o = run->options;
    if (o->metrics == NULL)
        return TL_E_NONE;
    run->metrics = calloc(1, sizeof *run->metrics);
    if (run->metrics == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    tl_metrics_init(run->metrics);
    run->metrics->memory = o->memory;
    run->metrics->live = o->interface_count > 0;
    run->exporter = tl_exporter_open(o->metrics, tl_metrics_put, run->metrics, error);
    return run->exporter != NULL ? TL_E_NONE : error->kind;
}

static enum tl_failure run_engine(struct run *run, const struct tl_identity *identity, struct tl_error *error)
{
    const struct tl_options *o = run->options;
    bool live = o->interface_count > 0;
    enum tl_failure failure = tl_outputs_open(&run->outputs, tl_engine_interfaces(run->engine), identity, error);
    if (failure == TL_E_NONE)
        tl_signals_for(run->engine, live);
    if (failure == TL_E_NONE && live)
        failure = tl_live_settle(o, identity, error);
    if (failure != TL_E_NONE)
        return failure;
    if (live)
        tl_live_listening(o, run->engine);
    failure = start_metrics(run, error);
    if (failure == TL_E_NONE)
        failure = tl_enrichment_start(&run->enrichment, error);
    if (failure != TL_E_NONE)
        return failure;
    tl_engine_set_sinks(run->engine, run->outputs.sinks, run->outputs.sink_count);
    bool on_screen = (o->json || o->text || run->statistics != NULL) && o->output == NULL && isatty(STDOUT_FILENO);
    tl_progress_init(&run->progress, !o->quiet && !on_screen && !live);
    failure = tl_engine_run(run->engine, error);
    tl_notify_alive(&run->notify, true);
    tl_progress_clear(&run->progress);
    if (o->count) { /* counts what was read, also after an error */
        enum tl_failure printed = print_count(run, error);
        failure = printed != TL_E_NONE ? printed : failure;
    }
    tell_counts(run);
    return failure;
}

static struct tl_engine_options engine_options(struct run *run, const struct tl_live_options *live)
{
    const struct tl_options *o = run->options;
    struct tl_engine_options options = {
        .inputs = o->inputs,
        .input_count = o->input_count,
        .follow = o->follow,
        .live = o->interface_count > 0 ? live : NULL,
        .filter = o->filter,
        .exact_filter = o->exact_filter,
        .chosen = o->extract != NULL ? &run->extract.chosen : NULL,
        .places = run->extract.chosen.listed ? &run->extract.places : NULL,
        .contexts = run->extract.chosen.listed ? tl_index_contexts(run->extract.index) : NULL,
        .answer = run->extract.answers ? tl_extract_answer : NULL,
        .answer_context = &run->extract,
        .most = o->most,
        .workers = o->workers,
        .memory = o->memory - tl_statistics_share(o) - tl_servers_share(o),
        .decode = decodes(run),
        .predicate = run->select.predicate,
        .ordered = run->select.ordered || (run->statistics != NULL && tl_statistics_are_ordered(run->statistics)),
        .checksums = tl_options_checksums(o),
        .absolute_numbers = o->absolute,
        .meta = !o->no_meta,
        .secrets = o->secrets,
        .keylog = run->secrets.log,
        .keylog_file = run->secrets.file,
        .sections = o->sections,
        .hashes = tl_options_hashes(o),
        .files = o->objects,
        .keeps = run->select.files,
        .decode_as = o->decode_as,
        .timeouts = o->timeouts,
        .counted = run->metrics != NULL ? tl_metrics_count : NULL,
        .counted_context = run->metrics,
        .stats_interval = o->stats_interval,
        .notice = tl_live_notice,
        .progress = on_progress,
        .progress_context = run,
    };
    tl_enrichment_of(&run->enrichment, &options);
    return options;
}

/* What is opened in the network namespace of the capture. */
static enum tl_failure open_engine(struct run *run, const struct tl_engine_options *options,
                                   const struct tl_identity *identity, struct tl_error *error)
{
    struct tl_namespace namespace;
    enum tl_failure failure = tl_namespace_enter(&namespace, run->options, error);
    if (failure != TL_E_NONE)
        return failure;
    failure = tl_enrichment_fork(&run->enrichment, identity, error);
    if (failure == TL_E_NONE)
        run->engine = tl_engine_new(options, error);
    tl_namespace_leave(&namespace);
    return run->engine != NULL ? TL_E_NONE : error->kind;
}

static enum tl_failure run_with_engine(struct run *run, struct tl_error *error)
{
    const struct tl_options *o = run->options;
    bool live = o->interface_count > 0;
    struct tl_identity identity = { .changes = false };
    const struct tl_live_options live_options = tl_live_of(o);
    const struct tl_engine_options options = engine_options(run, &live_options);
    enum tl_failure failure = TL_E_NONE;
    if (live)
        failure = tl_namespace_check(o, error);
    if (failure == TL_E_NONE && live)
        failure = tl_live_begin(o, run->outputs.opener, &identity, error);
    if (!live && o->after_file != NULL)
        failure = tl_opener_run_after(run->outputs.opener, o->after_file, &identity, error);
    if (failure != TL_E_NONE)
        return failure;
    failure = open_engine(run, &options, &identity, error);
    if (failure == TL_E_PERMISSION && live && o->netns == NULL && o->container == NULL)
        tl_devices_explain(error);
    if (failure != TL_E_NONE)
        tl_bpf_explain(o->filter, error);
    if (failure != TL_E_NONE)
        return failure;
    if (o->server_count > 0)
        tl_lookup_allow_hosts();
    tl_reload_init(&run->reload, o, run->engine);
    run->outputs.ended = on_end;
    run->outputs.ended_context = run->engine;
    run->outputs.engine = run->engine;
    failure = run_engine(run, &identity, error);
    tl_signals_for(NULL, false);
    tl_exporter_free(run->exporter); /* its thread asks the engine and the sinks */
    run->exporter = NULL;
    tl_outputs_close(&run->outputs);
    tl_engine_free(run->engine);
    tl_reload_fini(&run->reload);
    return failure;
}

/* -N and --hosts. Files are read before root is given up. */
static enum tl_failure read_hosts(struct run *run, struct tl_error *error)
{
    const struct tl_options *o = run->options;
    if (o->names == NULL && o->hosts == NULL)
        return TL_E_NONE;
    run->hosts = tl_host_names_new(o->memory / NAMES_SHARE, o->names != NULL);
    if (run->hosts == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    return o->hosts != NULL ? tl_host_names_read(run->hosts, o->hosts, error) : TL_E_NONE;
}

static void end_run(struct run *run)
{
    tl_notify_fini(&run->notify);
    tl_enrichment_close(&run->enrichment);
    tl_exporter_free(run->exporter);
    free(run->metrics);
    tl_host_names_free(run->hosts);
    tl_secrets_close(&run->secrets);
    tl_extract_fini(&run->extract);
    tl_assertions_free(run->assertions);
    tl_statistics_free(run->statistics);
    tl_select_fini(&run->select);
}

enum tl_failure tl_run_options(const struct tl_options *o, struct tl_error *error)
{
    struct run run = { .options = o };
    tl_notify_init(&run.notify);
    enum tl_failure failure = tl_select_init(&run.select, o, error);
    if (failure == TL_E_NONE)
        failure = tl_statistics_of(o, &run.select, &run.statistics, error);
    if (failure == TL_E_NONE)
        failure = tl_assertions_of(o, &run.select, &run.assertions, error);
    if (failure == TL_E_NONE)
        failure = tl_extract_init(&run.extract, o, &run.select, error);
    if (failure == TL_E_NONE)
        failure = tl_extract_find(&run.extract, o, run.select.predicate, error);
    bool only_index = o->index && o->extract == NULL && !writes(o);
    if (failure != TL_E_NONE || run.extract.stopped || only_index) {
        end_run(&run);
        return failure;
    }
    failure = read_hosts(&run, error);
    if (failure == TL_E_NONE)
        failure = tl_enrichment_open(&run.enrichment, o, error);
    if (failure == TL_E_NONE)
        failure = open_metrics(&run, error);
    if (failure == TL_E_NONE)
        failure = tl_secrets_open(&run.secrets, o, error);
    if (failure == TL_E_NONE)
        failure = tl_outputs_init(&run.outputs, o, error);
    if (failure == TL_E_NONE) {
        run.outputs.fields = run.select.fields;
        run.outputs.columns = &run.select.columns;
        run.outputs.csv = &run.select.csv;
        run.outputs.statistics = run.statistics;
        run.outputs.assertions = run.assertions;
        run.outputs.hosts = run.hosts;
        run.outputs.secrets = tl_bytes_of(run.secrets.inject, run.secrets.inject_len);
        failure = run_with_engine(&run, error);
        tl_outputs_fini(&run.outputs);
    }
    if (failure == TL_E_NONE && run.extract.damage.kind != TL_E_NONE)
        failure = tl_error_set(error, run.extract.damage.kind, "%s", run.extract.damage.text);
    if (run.assertions != NULL)
        failure = tl_assertions_tell(run.assertions, failure, error);
    end_run(&run);
    return failure;
}
