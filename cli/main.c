/* main.c - the command: parses options, answers questions about the program, or runs. Returns the exit code. */
#include "capture/lookup.h"
#include "cli/bpf.h"
#include "cli/devices.h"
#include "cli/files.h"
#include "cli/live.h"
#include "cli/namespace.h"
#include "cli/options.h"
#include "cli/probe_records.h"
#include "cli/report.h"
#include "cli/run.h"
#include "cli/select.h"
#include "cli/signals.h"
#include "cli/statistics.h"
#include "cli/usage.h"
#include "cli/verb.h"
#include "cli/version.h"
#include "cli/window.h"

#include "dissectors/registry.h"
#include "explain/explain.h"
#include "export/sinks.h"
#include "pipeline/engine.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { RECORD_DEFS_MOST = 256, VERB_DEFS = 4 /* of verbs */ };

static enum tl_failure tell_about(const struct tl_options *options, struct tl_error *error)
{
    struct tl_buffer text = { 0 };
    struct tl_config config;
    enum tl_failure failure = TL_E_NONE;
    if (options->action == TL_ACTION_DEVICES) {
        failure = tl_devices_show(&text, error);
    } else if (options->action == TL_ACTION_LINKTYPES) {
        failure = tl_devices_check(options, error);
        if (failure == TL_E_NONE)
            failure = tl_live_linktypes(options->interfaces[0], &text, error);
        if (failure == TL_E_PERMISSION)
            tl_devices_explain(error);
    } else if (options->action == TL_ACTION_BPF) {
        failure = tl_bpf_print(options, &text, error);
    } else if (options->action == TL_ACTION_HELP) {
        tl_usage_help(&text);
    } else if (options->action == TL_ACTION_FIELDS) {
        failure = tl_select_list(options->listed, &text, error);
    } else if (options->action == TL_ACTION_STATISTICS) {
        tl_statistics_list(&text);
    } else if (options->action == TL_ACTION_VERSION) {
        tl_version(&text);
    } else if (options->action == TL_ACTION_CONFIG) {
        failure = tl_config_load(&config, error);
        if (failure == TL_E_NONE)
            tl_config_put(&text, &config);
    } else if (options->action == TL_ACTION_GENERATE) {
        tl_usage_generate(&text, options->generate);
    } else if (options->json == TL_JSON_PACKETS) {
        struct tl_protocols protocols = tl_protocols_all();
        tl_packets_schema(&text, &protocols);
    } else {
        const struct tl_record_def *defs[RECORD_DEFS_MOST];
        uint32_t count = tl_engine_record_defs(defs, RECORD_DEFS_MOST - VERB_DEFS);
        defs[count++] = &tl_probe_record_def;
        defs[count++] = &tl_probe_summary_record_def;
        defs[count++] = &tl_explain_record_def;
        defs[count++] = &tl_explain_arp_record_def;
        tl_records_schema(&text, defs, count, options->separator);
    }
    if (failure == TL_E_NONE)
        return tl_run_print(options->output, &text, error);
    tl_buffer_fini(&text);
    return failure;
}

static enum tl_failure obey(struct tl_options *options, struct tl_error *error)
{
    struct tl_namespace namespace;
    enum tl_failure failure = tl_namespace_number(options, error);
    if (!options->resolve)
        tl_lookup_forbid();
    if (failure == TL_E_NONE && options->filter_file != NULL)
        failure = tl_files_read_filter(options, error);
    if (failure == TL_E_NONE && options->action != TL_ACTION_RUN) {
        failure = tl_namespace_enter(&namespace, options, error);
        if (failure == TL_E_NONE)
            failure = tell_about(options, error);
        tl_namespace_leave(&namespace);
        return failure;
    }
    if (failure == TL_E_NONE)
        failure = tl_files_check(options, error);
    if (failure == TL_E_NONE && options->view && tl_screen_possible())
        return tl_window_run(options, error);
    if (failure == TL_E_NONE && options->beside)
        return tl_error_set(error, TL_E_USAGE, "--view needs a terminal: leave it out, or check TERM and redirections");
    return failure != TL_E_NONE ? failure : tl_run_options(options, error);
}

/*
 * Opens /dev/null in place of closed standard streams, so that no other file gets their descriptors. The mode makes any
 * use of such a stream fail.
 */
static void keep_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            _exit(TL_E_RUNTIME);
    }
}

int main(int argc, char *argv[])
{
    struct tl_options options;
    struct tl_error error = { 0 };
    keep_standard_streams();
    tl_signals_init();
    if (argc < 2 && !(isatty(STDIN_FILENO) && tl_screen_possible())) {
        fputs("usage: taplight [-r FILE | -i IF] [options] [filter]\n"
              "run 'taplight --help' for options and examples\n",
              stderr);
        return TL_E_USAGE;
    }
    const struct tl_verb *verb = argc > 1 ? tl_verb_of(argv[1]) : NULL;
    if (verb != NULL) {
        enum tl_failure ended = tl_verb_run(verb, argc, argv, &error);
        if (ended != TL_E_NONE)
            tl_tell("%s", error.text);
        return (int)ended;
    }
    enum tl_failure failure = tl_options_parse(&options, argc, argv, &error);
    if (failure == TL_E_NONE)
        failure = obey(&options, &error);
    tl_options_fini(&options);
    if (failure != TL_E_NONE)
        tl_tell("%s", error.kind != TL_E_NONE ? error.text : "failed");
    return (int)failure;
}
