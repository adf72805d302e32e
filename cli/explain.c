/* explain.c - `taplight explain`: what is wrong with the flows of a capture. */
#include "capture/live.h"
#include "cli/keylog.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/select.h"
#include "cli/signals.h"
#include "cli/verb.h"
#include "explain/explain.h"
#include "export/sinks.h"
#include "pipeline/engine.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

struct options {
    const char *file, *interface, *user;
    int64_t seconds;
    uint64_t memory;
    bool json, findings, quiet;
};

struct run {
    const struct options *options;
    struct tl_engine *engine;
    struct tl_explain *explain;
    struct tl_select select;
    struct tl_progress progress;
};

#define AT(member) offsetof(struct options, member)
static const struct tl_verb_option options[] = {
    { 'r', NULL, "FILE", "read packets from FILE; - is standard input", NULL, TL_VERB_TEXT, .offset = AT(file), .file = true },
    { 'i', NULL, "IF", "capture on interface IF, for the time of --for", NULL, TL_VERB_TEXT, .offset = AT(interface),
      .device = true },
    { 0, "for", "SECONDS", "with -i: how long (default: 30)", NULL, TL_VERB_SECONDS, .offset = AT(seconds) },
    { 0, "json", NULL, "print explain records, one JSON object a line",
      "The schema of taplight --schema has them.", TL_VERB_FLAG, .offset = AT(json) },
    { 0, "findings", NULL, "print what can be found, and how it is recognised", NULL, TL_VERB_FLAG, .offset = AT(findings) },
    { 0, "mem", "MIB", "memory limit in MiB (default: 1024)", NULL, TL_VERB_NUMBER, .offset = AT(memory), .least = 64,
      .most = 1 << 20 },
    { 'q', NULL, NULL, "no progress, no warnings", NULL, TL_VERB_FLAG, .offset = AT(quiet) },
    { 'Z', NULL, "USER", "change to USER when started as root",
      "The interface and the file are opened first. Then the process runs as USER. Without -Z it runs as the user "
      "of sudo, or as nobody without sudo. With -Z root it stays root.", TL_VERB_TEXT, .offset = AT(user) },
};

/* --- which flows --- */

static bool has_only(const char *text, const char *letters)
{
    return text[strspn(text, letters)] == '\0';
}

#define ALNUM "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* Reads ADDRESS, ADDRESS:PORT, [ADDRESS]:PORT or :PORT. */
static bool read_end(const char *word, struct tl_explain_options *o)
{
    char addr[64];
    const char *port = strrchr(word, ':'), *close = strrchr(word, ']');
    size_t len = strlen(word);
    if (len >= sizeof addr)
        return false;
    if (port != NULL && port != strchr(word, ':') && close == NULL)
        port = NULL; /* IPv6 alone */
    if (port != NULL) {
        char *end;
        unsigned long value = strtoul(port + 1, &end, 10);
        if (port[1] < '0' || port[1] > '9' || *end != '\0' || value > UINT16_MAX)
            return false;
        o->by_port = true;
        o->port = (uint16_t)value;
        len = (size_t)(port - word);
    }
    if (len == 0)
        return o->by_port;
    if (word[0] == '[' && len > 2 && word[len - 1] == ']') {
        word++;
        len -= 2;
    }
    memcpy(addr, word, len);
    addr[len] = '\0';
    o->by_address = true;
    o->version = strchr(addr, ':') != NULL ? 6 : 4;
    return inet_pton(o->version == 6 ? AF_INET6 : AF_INET, addr, o->address) == 1;
}

static enum tl_failure read_filter(struct run *run, const char *word, struct tl_error *error)
{
    const struct tl_names names = tl_select_names(&run->select);
    struct tl_problem problem;
    run->select.predicate = tl_predicate_new(tl_bytes_of(word, strlen(word)), &names, true, &problem);
    if (run->select.predicate == NULL) {
        tl_tell_place(word, problem.at, problem.len);
        return tl_error_set(error, TL_E_USAGE, "explain: %s", problem.text);
    }
    if (!tl_predicate_takes_records(run->select.predicate))
        return tl_error_set(error, TL_E_USAGE,
                            "explain takes a uid, a Community ID, ADDRESS:PORT or a filter on records, such as "
                            "conn.duration > 5");
    return TL_E_NONE;
}

static enum tl_failure choose(struct run *run, const char *word, struct tl_explain_options *o, struct tl_error *error)
{
    struct tl_explain_options end = *o;
    if (word == NULL)
        return TL_E_NONE;
    if (strlen(word) == TL_UID_LEN && word[0] == 'C' && has_only(word, ALNUM)) {
        o->uid = word;
    } else if (strlen(word) == TL_COMMUNITY_ID_LEN && word[0] == '1' && word[1] == ':') {
        o->community_id = word;
    } else if (read_end(word, &end)) {
        *o = end;
    } else {
        enum tl_failure failure = read_filter(run, word, error);
        o->predicate = run->select.predicate;
        return failure;
    }
    return TL_E_NONE;
}

/* --- the run --- */

static void on_progress(void *context, uint64_t done, uint64_t total, uint64_t packets)
{
    struct run *run = context;
    if (run->options->interface == NULL)
        tl_progress_show(&run->progress, done, total, packets);
}

static void on_notice(void *context, const char *text)
{
    (void)context;
    tl_tell("%s", text);
}

static enum tl_failure print(struct run *run, struct tl_error *error)
{
    struct tl_buffer text = { 0 };
    if (!run->options->json) {
        tl_explain_put(&text, run->explain);
        return tl_verb_print(&text, error);
    }
    struct tl_output *output = tl_output_open(NULL, error);
    struct tl_sink *sink = output != NULL ? tl_records_sink(output, ".") : NULL;
    if (sink == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    tl_explain_put_records(&text, run->explain, sink);
    enum tl_failure failure = text.failed ? tl_error_set(error, TL_E_RUNTIME, "out of memory")
                                          : sink->write(sink, text.data, text.len, error);
    enum tl_failure closed = sink->close(sink, error);
    sink->free(sink);
    tl_buffer_fini(&text);
    return failure != TL_E_NONE ? failure : closed;
}

static enum tl_failure open_engine(struct run *run, struct tl_error *error)
{
    const struct options *o = run->options;
    const size_t memory = (size_t)(o->memory > 0 ? o->memory : 1024) << 20;
    const struct tl_live_options live = { .names = &o->interface, .count = 1,
                                          .duration = o->seconds > 0 ? o->seconds : INT64_C(30000000000) };
    const struct tl_engine_options engine = { .inputs = &o->file,
                                              .input_count = o->file != NULL,
                                              .live = o->interface != NULL ? &live : NULL,
                                              .memory = memory / 4,
                                              .notice = on_notice,
                                              .progress = on_progress,
                                              .progress_context = run };
    run->engine = tl_engine_new(&engine, error);
    return run->engine != NULL ? TL_E_NONE : error->kind;
}

static enum tl_failure run_all(struct run *run, struct tl_explain_options *choice, struct tl_error *error)
{
    const struct options *o = run->options;
    enum tl_failure failure = open_engine(run, error);
    if (failure == TL_E_NONE && o->interface != NULL)
        failure = tl_verb_drop(o->user, error);
    if (failure != TL_E_NONE)
        return failure;
    choice->interfaces = tl_engine_interfaces(run->engine);
    choice->memory = (size_t)(o->memory > 0 ? o->memory : 1024) << 20;
    choice->memory -= choice->memory / 4;
    run->explain = tl_explain_new(choice);
    struct tl_sink *sink = run->explain != NULL ? tl_explain_sink(run->explain) : NULL;
    if (sink == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    tl_engine_set_sinks(run->engine, &sink, 1);
    tl_signals_for(run->engine, false);
    tl_progress_init(&run->progress, !o->quiet && o->interface == NULL);
    failure = tl_engine_run(run->engine, error);
    tl_progress_clear(&run->progress);
    tl_signals_for(NULL, false);
    sink->free(sink);
    struct tl_error told = { .kind = TL_E_NONE };
    enum tl_failure printed = print(run, &told); /* what could be read is explained */
    if (failure == TL_E_NONE && printed != TL_E_NONE)
        *error = told;
    return failure != TL_E_NONE ? failure : printed;
}

static enum tl_failure run_explain(void *given, char *const *words, unsigned count, struct tl_error *error)
{
    const struct options *o = given;
    struct run run = { .options = o };
    struct tl_explain_options choice = { .memory = 0 };
    if (o->findings) {
        struct tl_buffer text = { 0 };
        tl_findings_document(&text);
        return tl_verb_print(&text, error);
    }
    if ((o->file != NULL) == (o->interface != NULL))
        return tl_error_set(error, TL_E_USAGE, "explain: give a file with -r, or an interface with -i");
    if (o->seconds > 0 && o->interface == NULL)
        return tl_error_set(error, TL_E_USAGE, "explain: --for is for -i");
    if (o->interface != NULL && tl_verb_interface(o->interface, error) != TL_E_NONE)
        return error->kind;
    enum tl_failure failure = choose(&run, count > 0 ? words[0] : NULL, &choice, error);
    if (failure == TL_E_NONE)
        failure = run_all(&run, &choice, error);
    tl_explain_free(run.explain);
    tl_engine_free(run.engine);
    tl_select_fini(&run.select);
    return failure;
}

static const char description[] =
    "Reads a capture and says what is wrong with its connections: in plain English, with packet numbers as evidence.\n"
    ".PP\nWithout\n.I FLOW\nthe ten flows with the most time lost are explained, and what flows with trouble have in common.\n"
    ".I FLOW\nis a uid, a Community ID, ADDRESS, ADDRESS:PORT, [ADDRESS]:PORT or :PORT of either end, or a filter on records as "
    "-Y\ntakes it, such as conn.duration > 5: then the flows with such a record are explained, also those without trouble.\n"
    ".PP\nOf each flow are told: a verdict of one sentence, its confidence, what would raise it, where the capture was made, the\n"
    "parts of its time and who is responsible for each, and all findings with their packets.\n"
    "A finding is a note, a warning or a problem. The verdict is the worst one; of those that are equal, the one that explains "
    "others.\nThe confidence is low, medium or high: one, two, three or more independent pieces of evidence.\n"
    "\"Not enough seen\" is a verdict, too.\n"
    ".PP\nThe manual docs/EXPLAIN.md, or --findings, has all findings: how each is recognised, what to check next, and what it\n"
    "can be mistaken for.\n"
    ".PP\nConnections are kept for two hours without a packet, longer than by --json, so that a silence is seen as one.\n";

const struct tl_verb tl_verb_explain = {
    .name = "explain",
    .words = "[FLOW]",
    .words_least = 0,
    .words_most = 1,
    .summary = "Explain what is wrong with the connections of a capture",
    .description = description,
    .examples = "  taplight explain -r trace.pcap\n"
                "  taplight explain -r trace.pcap 192.0.2.1:443\n"
                "  taplight explain -r trace.pcap 'http.status_code >= 500'\n"
                "  taplight explain -i eth0 --for 60\n",
    .status = "Something was explained.\n"
              "A file that cannot be read.\n"
              "The command line is wrong.\n"
              "No permission to read a file.\n"
              "The capture is damaged: what comes before the damage was explained.\n",
    .options = options,
    .option_count = TL_COUNT(options),
    .size = sizeof(struct options),
    .run = run_explain,
};
