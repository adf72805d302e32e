/* checks.c - rejects options that contradict each other or have no effect. */
#include "cli/checks.h"

#include "cli/outputs.h"

#include <string.h>
#include <sys/stat.h>

/* Options that change text. */
static enum tl_failure check_text(const struct tl_options *o, bool shown, struct tl_error *error)
{
    bool others = o->json || o->write || o->streams || o->split || o->count || o->beside || o->server_count > 0;
    const char *change = o->stamp_letters > 0 || o->stamp_formed ? "-t"
                         : o->number                              ? "-# (--number)"
                         : o->link                                ? "-e"
                         : o->absolute                            ? "-S"
                         : o->colour                              ? "--color"
                                                                  : NULL;
    if ((o->hex_letters > 0) + (o->inner_letters > 0) + o->characters > 1)
        return tl_error_set(error, TL_E_USAGE, "-x, -X and -A print the same bytes: give one of them");
    if (change != NULL && o->json)
        return tl_error_set(error, TL_E_USAGE, "%s changes text, not JSON: leave out one of them", change);
    if (change != NULL && !shown && others)
        return tl_error_set(error, TL_E_USAGE, "%s changes text: add --text, or leave it out", change);
    if (o->names != NULL && o->names[strspn(o->names, "nd")] != '\0')
        return tl_error_set(error, TL_E_USAGE, "-N %.20s: %s", o->names,
                            strchr(o->names, 'N') != NULL
                                ? "names are never looked up: give n, for those in DNS answers of the capture"
                                : "there are names of addresses only: give n or d; --hosts FILE adds those of a file");
    const char *named = o->names != NULL ? "-N" : o->hosts != NULL ? "--hosts" : NULL;
    if (named != NULL && (o->json || (o->form > TL_FORM_OF_NOTHING && o->form < TL_FORM_OF_TEXT)))
        return tl_error_set(error, TL_E_USAGE, "%s changes text: leave it out, other forms have addresses", named);
    if (named != NULL && !shown && others)
        return tl_error_set(error, TL_E_USAGE, "%s changes text: add --text, or leave it out", named);
    if (o->flush_lines && !shown && !o->json && others)
        return tl_error_set(error, TL_E_USAGE, "-l applies to text and JSON: add --text (-U is for the file of -w)");
    return TL_E_NONE;
}

/* What several rules ask. */
struct outcome {
    bool shown;   /* text is printed */
    bool packets; /* packets are printed in a form of -T that is not text */
    bool prints, records;
    bool silent; /* -o is given, and nothing of what -o is for */
    bool both;   /* standard output is asked for packets of -w, and for what else is printed */
    int filters;
};

struct rule {
    bool wrong;
    const char *why;
};

static enum tl_failure first_wrong(const struct rule *rules, size_t count, struct tl_error *error)
{
    for (size_t i = 0; i < count; i++)
        if (rules[i].wrong)
            return tl_error_set(error, TL_E_USAGE, "%s", rules[i].why);
    return TL_E_NONE;
}

/* Forms of what is printed. */
static enum tl_failure check_forms(const struct tl_options *o, const struct outcome *of, struct tl_error *error)
{
    const struct rule rules[] = {
        { of->shown && o->json, "text and JSON cannot be combined: leave out --json, or --text, -v and -x" },
        { o->csv != NULL && (o->json == TL_JSON_PACKETS || o->separator != NULL),
          "--csv prints records as CSV: leave out --json=packets and --json-sep" },
        { o->csv != NULL && o->statistic_count > 0, "--csv prints records and -z statistics: run it twice" },
        { o->csv != NULL && (o->rotate_bytes > 0 || o->rotate_ns > 0) && o->write == NULL,
          "--csv has the keys in the first line: -C and -G do not apply to it" },
        { o->count && (o->json || of->shown), "--count prints only a number: leave out --json, --text, -v and -x" },
        { o->quiet && o->tree, "-q and -v cannot be combined: leave out one of them" },
        { o->text && o->statistics_json && o->statistic_count > 0,
          "text and JSON cannot be combined: leave out --json, or --text, -v and -x" },
        { of->packets && (o->text || o->tree || o->hex), "-T cannot be combined with --text, -v and -x, except -T text" },
        { o->form == TL_FORM_OF_FIELDS && o->field_count == 0, "-T fields needs fields: add -e FIELD" },
        { o->field_count > 0 && (o->form == TL_FORM_OF_JSONRAW || o->form >= TL_FORM_OF_TEXT),
          "-e FIELD is for -T fields, json, ek and pdml: give one of them" },
        { o->columns != NULL && (of->packets || o->json || o->tree || o->hex || o->colour || o->link || o->number),
          "--columns prints lines of text: leave out --json, -v, -x, -e, -# and --color, and -T except text and tabs" },
        { o->form == TL_FORM_OF_TABS && (o->hex || o->colour || o->link || o->number),
          "-T tabs prints columns only: leave out -x, -e, -# and --color" },
        { o->form == TL_FORM_OF_TABS && o->tree, "-T tabs prints one line for each packet: leave out -v" },
        { (o->form == TL_FORM_OF_JSON || o->form == TL_FORM_OF_JSONRAW || o->form == TL_FORM_OF_PDML) &&
              o->output != NULL && o->write == NULL && (o->rotate_bytes > 0 || o->rotate_ns > 0),
          "-T json, jsonraw and pdml write one document, which -C and -G cannot divide: give -T ek" },
        { of->both && (o->json || of->shown || o->count),
          "packets and text cannot both go to standard output: give -w or -o a file" },
    };
    return first_wrong(rules, TL_COUNT(rules), error);
}

/* What is read, and where. */
static enum tl_failure check_reading(const struct tl_options *o, const struct outcome *of, struct tl_error *error)
{
    const struct rule rules[] = {
        { o->follow && o->input_count == 0, "--follow waits for a file to grow: add -r FILE" },
        { o->resolve && of->filters == 0, "--resolve looks up names in the filter: add a filter" },
        { of->filters > 1, "more than one filter: give one of -f, -F and trailing words" },
        { o->action == TL_ACTION_SCHEMA &&
              (o->input_count > 0 || o->most > 0 || o->write || o->streams || o->count || of->shown || of->filters > 0),
          "--schema reads no packets: combine it with --json and --json-sep only" },
        { o->extract && (o->interface_count > 0 || o->follow),
          "--extract reads a file twice: capture with -w first, then add -r FILE" },
        { o->index && (o->interface_count > 0 || o->follow), "--index is for a file that is complete: add -r FILE" },
        { o->index && o->input_count > 1, "--index is made for one file: give one -r" },
        { o->index && of->filters > 0, "--index is of all packets of the file: leave out the filter" },
        { o->netns && o->container, "--container is found by itself: leave out --netns" },
        { (o->netns || o->container) && o->interface_count == 0,
          "--netns and --container say where to capture: add -i IF, or -D" },
        { (o->netns || o->container) && o->wait,
          "--wait opens interfaces when root is given up, and another network namespace cannot be entered then: leave it out" },
    };
    return first_wrong(rules, TL_COUNT(rules), error);
}

/* Statistics and assertions. */
static enum tl_failure check_reports(const struct tl_options *o, const struct outcome *of, struct tl_error *error)
{
    const struct rule rules[] = {
        { o->display && o->statistic_count > 0 && !(o->json || of->shown || o->write),
          "-Y does not apply to statistics: give the filter in the argument of -z" },
        { o->statistic_count > 0 && o->count, "--count prints only a number: leave out -z" },
        { o->statistic_count > 0 && o->beside, "-z prints to standard output: leave out --view" },
        { o->statistic_count > 0 && of->both,
          "packets and statistics cannot both go to standard output: give -w or -o a file" },
        { o->assert_format && o->assertion_count == 0, "--assert-format is the form of a report: add --assert" },
        { o->assert_format && (o->json || of->shown || o->count || o->statistic_count > 0),
          "--assert-format prints a report and nothing else: leave it out (what fails is also on standard error), or "
          "run it twice" },
        { o->assert_format && of->both,
          "packets and a report cannot both go to standard output: give -w or -o a file" },
        { o->assertion_count > 0 && o->beside, "--assert ends with an exit code: leave out --view" },
        { o->display && o->assertion_count > 0 && !(o->json || of->shown || o->write || o->count),
          "-Y does not apply to --assert: write the filter after `where`" },
        { o->assertion_count > 0 && of->silent && !o->count,
          "--assert alone prints nothing for -o to write: add --assert-format, --text, -v or --json" },
    };
    return first_wrong(rules, TL_COUNT(rules), error);
}

/* A preference of tshark, as "tcp.relative_sequence_numbers:FALSE"? */
static bool is_preference(const char *text)
{
    size_t name = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_.");
    return name > 0 && text[name] == ':' && memchr(text, '.', name) != NULL && strchr(text, '/') == NULL;
}

/* Files beside what is printed, and the view. */
static enum tl_failure check_files(const struct tl_options *o, const struct outcome *of, struct tl_error *error)
{
    const struct rule rules[] = {
        { o->inject && (o->write == NULL || !tl_outputs_is_pcapng(o->write)),
          "--inject-secrets puts secrets into a pcapng file: add -w FILE.pcapng" },
        { o->inject && o->interface_count > 0,
          "--inject-secrets reads a key log that is complete: capture with -w first, then add -r FILE" },
        { o->output && is_preference(o->output),
          "-o names the file that is written, there are no preferences as in tshark (see -d, -K, -S): for a file of this "
          "name write ./ before it" },
        { o->after_file && (o->write == NULL || strcmp(o->write, "-") == 0) &&
              (o->output == NULL || strcmp(o->output, "-") == 0 || !(o->json || of->shown)),
          "--after-file runs for the files of -w and -o: add -w FILE" },
        { o->write && of->silent && !o->count, "-w alone prints nothing for -o to write: add --text, -v or --json" },
        { o->streams && of->silent, "--streams alone prints nothing for -o to write: add --text, -v or --json" },
        { o->display && o->files, "-Y does not apply to --extract-files: leave out one of them" },
        { o->match && !o->files, "--extract-match selects files of --extract-files: add --extract-files DIR" },
        { o->files && o->count, "--count and --extract-files cannot be combined: leave out one of them" },
        { o->files && of->silent, "--extract-files alone prints nothing for -o to write: add --text, -v or --json" },
        { o->display && o->streams, "-Y does not apply to --streams: leave out one of them" },
        { o->color_rules && !o->beside &&
              (of->prints || o->write || o->streams || o->split || o->server_count > 0 || o->output || o->display ||
               o->extract || o->index || tl_options_change_text(o)),
          "--color-rules applies to the view: leave it out (--color prints text in colours)" },
        { o->display && o->beside && (o->write || o->streams || o->split || o->output || o->files || o->index || o->extract ||
                                      o->form != TL_FORM_OF_NOTHING || o->field_count > 0),
          "with --view, -Y is the filter that the view begins with: leave out the other outputs, or run it twice" },
        { o->gaps && !o->streams, "--gaps applies to the files of --streams: add --streams DIR" },
        { o->split && o->count, "--count and --split-records cannot be combined: leave out one of them" },
        { o->streams && o->count, "--count and --streams cannot be combined: leave out one of them" },
    };
    return first_wrong(rules, TL_COUNT(rules), error);
}

/* Records, what is added to them, and servers that take them. */
static enum tl_failure check_records(const struct tl_options *o, const struct outcome *of, struct tl_error *error)
{
    const struct rule rules[] = {
        { o->no_meta && !of->records,
          "--no-meta applies to records, which --json without =packets writes: add --json" },
        { o->sections && !of->records,
          "--dns-sections applies to records, which --json without =packets writes: add --json" },
        { o->separator != NULL && !of->records && o->action != TL_ACTION_SCHEMA,
          "--json-sep applies to the records of --json: add --json" },
        { o->separator != NULL && o->json == TL_JSON_PACKETS, "--json-sep does not apply to --json=packets: drop it" },
        { o->hash && tl_options_hashes(o) == 0, "--hash: give md5, sha1 or sha256, or several of them with commas" },
        { o->hash && !of->records && o->action != TL_ACTION_SCHEMA && o->assertion_count == 0 && !o->match,
          "--hash applies to files records, which --json without =packets, --csv and --split-records write: add one of "
          "them" },
        { o->geoip && !of->records && o->action != TL_ACTION_SCHEMA && o->assertion_count == 0,
          "--geoip adds to conn records, which --json without =packets, --csv, --split-records and --to write: add one of "
          "them" },
        { o->geoip && o->beside, "--geoip and --view cannot be combined: run it twice" },
        { o->geoip && o->extract, "--geoip does not apply to --extract: leave out one of them" },
        { o->process && o->interface_count == 0 && o->action != TL_ACTION_SCHEMA,
          "--process asks the kernel who has a socket now, so it needs a capture: add -i IF" },
        { o->process && !of->records && o->action != TL_ACTION_SCHEMA && o->assertion_count == 0,
          "--process adds to conn records, which --json without =packets, --csv, --split-records and --to write: add one of "
          "them" },
        { o->process && o->beside, "--process and --view cannot be combined: run it twice" },
        { o->server_count > 0 && o->count, "--count and --to cannot be combined: leave out one of them" },
        { o->server_count > 0 && o->beside, "--to and --view cannot be combined: run it twice" },
        { o->metrics && o->beside, "--metrics and --view cannot be combined: leave out one of them" },
        { o->metrics && o->index && !o->extract, "--metrics is of a run that reads packets: leave out --index" },
        { o->metrics && of->silent && !o->count && !o->csv,
          "--metrics alone prints nothing for -o to write: add --text, -v or --json" },
        { o->server_count == 0 && (o->sensor || o->server_wait > 0), "--sensor and --to-wait apply to --to: add --to URL" },
        { o->server_count == 0 && o->spool, "--spool keeps records for a server: add --to URL" },
        { !o->spool && (o->spool_full || o->spool_size > 0), "--spool-full and --spool-size apply to --spool: add --spool DIR" },
        { o->spool && o->spool_size > 0 && o->spool_size < (UINT64_C(1) << 20), "--spool-size: give 1M or more" },
        { o->server_count > 0 && of->silent && !o->csv,
          "--to alone prints nothing for -o to write: add --text, -v or --json" },
    };
    return first_wrong(rules, TL_COUNT(rules), error);
}

/* Rejects options that contradict each other or have no effect. */
static enum tl_failure check(const struct tl_options *o, uint32_t word_count, struct tl_error *error)
{
    bool shown = o->text || o->tree || o->hex || o->as != NULL;
    const struct outcome of = {
        .shown = shown,
        .packets = o->form > TL_FORM_OF_NOTHING && o->form < TL_FORM_OF_TEXT,
        .prints = shown || o->json || o->count || o->statistic_count > 0 || o->assertion_count > 0,
        .records = o->json == TL_JSON_FLOWS || o->split || o->server_count > 0,
        .silent = o->output && !o->json && !shown && o->statistic_count == 0 && !o->assert_format,
        .both = o->write && strcmp(o->write, "-") == 0 && (o->output == NULL || strcmp(o->output, "-") == 0),
        .filters = (o->expression != NULL) + (o->filter_file != NULL) + (word_count > 0),
    };
    enum tl_failure failure = check_text(o, shown, error);
    if (failure == TL_E_NONE)
        failure = check_forms(o, &of, error);
    if (failure == TL_E_NONE)
        failure = check_reading(o, &of, error);
    if (failure == TL_E_NONE)
        failure = check_reports(o, &of, error);
    if (failure == TL_E_NONE)
        failure = check_files(o, &of, error);
    return failure == TL_E_NONE ? check_records(o, &of, error) : failure;
}

/* Rejects options for live capture without an interface. */
static enum tl_failure check_live(const struct tl_options *o, struct tl_error *error)
{
    bool live = o->interface_count > 0, lines = (o->json || o->text || o->tree || o->hex) && o->output != NULL;
    bool file = (o->write != NULL && strcmp(o->write, "-") != 0) || (lines && strcmp(o->output, "-") != 0) ||
                o->split != NULL;
    const char *only = o->no_promiscuous  ? "-p"
                       : o->immediate     ? "--immediate"
                       : o->wait          ? "--wait"
                       : o->linktype && o->action != TL_ACTION_BPF ? "-y"
                       : o->user          ? "-Z"
                       : o->direction     ? "-Q"
                       : o->snaplen > 0   ? "-s"
                       : o->buffer > 0    ? "-B"
                       : o->capture_threads > 0 ? "--capture-threads"
                       : o->rotate_ns > 0 ? "-G (-b duration, -b interval)"
                                          : NULL;
    if (o->immediate && o->snaplen == 0 && o->buffer > 0 && o->buffer < (UINT64_C(4) << 20))
        return tl_error_set(error, TL_E_USAGE, "--immediate: -B has room for too few packets: give -B 4M or more");
    if (live && o->input_count > 0)
        return tl_error_set(error, TL_E_USAGE, "-i and -r cannot be combined: run it twice");
    if (only != NULL && !live)
        return tl_error_set(error, TL_E_USAGE, "%s applies to live capture: add -i", only);
    if (!file && (o->rotate_bytes > 0 || o->rotate_ns > 0))
        return tl_error_set(error, TL_E_USAGE, "-C, -G and -b apply to the files of -w and -o: %s -w FILE or -o FILE",
                            o->write == NULL ? "add" : "instead of standard output give");
    if (o->flush_each && o->write == NULL)
        return tl_error_set(error, TL_E_USAGE, "-U applies to the file of -w: add -w FILE");
    if (o->rotate_keep > 0 && o->rotate_bytes == 0 && o->rotate_ns == 0 && o->rotate_packets == 0)
        return tl_error_set(error, TL_E_USAGE, "-W and -b files: keep the last files of -C, -G or another -b: add one of them");
    if (o->action == TL_ACTION_LINKTYPES && o->interface_count != 1)
        return tl_error_set(error, TL_E_USAGE, "-L lists one interface: give one -i");
    return TL_E_NONE;
}

/* With --view the terminal is in use, so other outputs need files. */
static enum tl_failure check_view(const struct tl_options *o, struct tl_error *error)
{
    bool to_terminal = o->text || o->tree || o->hex || o->count || (o->json && o->output == NULL) ||
                       (o->output != NULL && strcmp(o->output, "-") == 0) ||
                       (o->write != NULL && strcmp(o->write, "-") == 0);
    if (!o->beside)
        return TL_E_NONE;
    if (o->interface_count == 0 && o->display == NULL)
        return tl_error_set(error, TL_E_USAGE,
                            "--view needs a live capture: add -i (to save packets of a file, open it and press w)");
    if (to_terminal)
        return tl_error_set(error, TL_E_USAGE,
                            "--view uses the terminal: write to files with -w FILE, --json -o FILE or --streams DIR");
    if (o->output != NULL && !o->json)
        return tl_error_set(error, TL_E_USAGE, "with --view, -o writes JSON only: add --json");
    return TL_E_NONE;
}

static enum tl_failure check_input(const struct tl_options *o, char *const *words, uint32_t word_count,
                                   struct tl_error *error)
{
    struct stat st;
    uint32_t from_stdin = 0;
    for (uint32_t i = 0; i < o->input_count; i++)
        from_stdin += strcmp(o->inputs[i], "-") == 0;
    if (from_stdin > 1)
        return tl_error_set(error, TL_E_USAGE, "standard input can be read only once: give -r - once");
    if (o->input_count > 0 || o->interface_count > 0)
        return TL_E_NONE;
    if (word_count > 0 && stat(words[0], &st) == 0)
        return tl_error_set(error, TL_E_USAGE, "nothing to read: did you mean 'taplight -r %s'?", words[0]);
    return tl_error_set(error, TL_E_USAGE,
                        "nothing to read: give a capture file with -r FILE (-r - for standard input), or an interface "
                        "with -i");
}

enum tl_failure tl_options_check(const struct tl_options *o, char *const *words, uint32_t word_count,
                                 struct tl_error *error)
{
    enum tl_failure failure = check(o, word_count, error);
    if (failure == TL_E_NONE)
        failure = check_live(o, error);
    if (failure == TL_E_NONE && o->action == TL_ACTION_RUN)
        failure = check_view(o, error);
    if (failure == TL_E_NONE && o->action == TL_ACTION_RUN && !o->pick)
        failure = check_input(o, words, word_count, error);
    return failure;
}
