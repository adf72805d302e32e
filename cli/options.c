/* options.c - the command line parser. */
#include "cli/options.h"

#include "capture/live.h"
#include "pipeline/engine.h"

#include "cli/arguments.h"
#include "cli/checks.h"
#include "cli/conditions.h"
#include "cli/decode_as.h"
#include "cli/files.h"
#include "cli/near.h"
#include "cli/option_file.h"
#include "cli/option_meaning.h"
#include "cli/select.h"
#include "cli/values.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MEMORY_DEFAULT ((size_t)1 << 30)
#define STATS_INTERVAL INT64_C(60000000000) /* ns */

/* State of the parser. */
struct reading {
    struct tl_options *options;
    struct tl_error *error;
    const struct tl_option *table;
    bool seen[TL_OPTIONS_MOST]; /* of the table */
    char **words; /* the trailing words of the filter */
    uint32_t word_count;
    bool with_fields; /* -T is given: -e takes a field */
};

static bool is_choice(const char *choices, const char *word)
{
    size_t len = strlen(word);
    for (const char *p = choices; len > 0 && p != NULL; p = strchr(p, ' ')) {
        p += *p == ' ';
        if (strncmp(p, word, len) == 0 && (p[len] == ' ' || p[len] == '\0'))
            return true;
    }
    return false;
}

static enum tl_failure add_interface(struct reading *r, const char *name)
{
    struct tl_options *o = r->options;
    for (uint32_t i = 0; i < o->interface_count; i++)
        if (strcmp(o->interfaces[i], name) == 0)
            return tl_error_set(r->error, TL_E_USAGE, "interface given twice '%s': give it once", name);
    if (o->interface_count == TL_LIVE_MOST)
        return tl_error_set(r->error, TL_E_USAGE, "too many interfaces: give at most 64, or -i any");
    o->interfaces[o->interface_count++] = name;
    return TL_E_NONE;
}

static enum tl_failure read_option_file(struct reading *r, const char *name);

static enum tl_failure set(struct reading *r, const struct tl_option *option, const char *arg)
{
    struct tl_options *o = r->options;
    void *at = (char *)o + option->offset;
    char name[64];
    tl_option_spell(option, name);
    if (arg != NULL && *arg == '\0')
        return tl_error_set(r->error, TL_E_USAGE, "option '%s': %s is empty: give a value", name, option->argument);
    if (arg != NULL && option->choices != NULL && !is_choice(option->choices, arg))
        return tl_error_set(r->error, TL_E_USAGE, "unknown '%s=%s': give one of: %s", name, arg, option->choices);
    if (option->argument != NULL && !option->optional && !tl_option_is_repeatable(option) && r->seen[option - r->table])
        return tl_error_set(r->error, TL_E_USAGE, "option '%s' given twice: give it once", name);
    bool condition = option->kind == TL_OPT_STOP || option->kind == TL_OPT_NEXT;
    if (condition || (!r->seen[option - r->table] && !tl_option_is_repeatable(option) && option->kind != TL_OPT_FILES))
        o->given[o->given_count++] = (struct tl_given){ option, arg };
    r->seen[option - r->table] = true;
    switch (option->kind) {
    case TL_OPT_FLAG:
        *(bool *)at = true;
        return TL_E_NONE;
    case TL_OPT_STAMP: /* read_stamp() follows */
        return TL_E_NONE;
    case TL_OPT_TEXT:
        *(const char **)at = arg;
        return TL_E_NONE;
    case TL_OPT_INPUT:
        o->inputs[o->input_count++] = arg;
        return TL_E_NONE;
    case TL_OPT_DEVICE:
        return add_interface(r, arg);
    case TL_OPT_STOP:
        return tl_condition_stop(o, arg, r->error);
    case TL_OPT_NEXT:
        return tl_condition_next(o, arg, r->error);
    case TL_OPT_FIELD:
        if (o->field_count == TL_FIELDS_MOST)
            return tl_error_set(r->error, TL_E_USAGE, "more than %d fields: run it twice", TL_FIELDS_MOST);
        o->fields[o->field_count++] = arg;
        return TL_E_NONE;
    case TL_OPT_FORMAT:
        return tl_select_format(&o->format, arg, r->error);
    case TL_OPT_LIST:
        o->action = (enum tl_action)option->value;
        o->listed = arg;
        return TL_E_NONE;
    case TL_OPT_STATISTIC:
        if (strcmp(arg, "help") == 0 && o->action == TL_ACTION_RUN)
            o->action = TL_ACTION_STATISTICS;
        if (o->statistic_count == TL_STATISTICS_GIVEN)
            return tl_error_set(r->error, TL_E_USAGE, "more than %d statistics: run it twice", TL_STATISTICS_GIVEN);
        o->statistics[o->statistic_count++] = arg;
        return TL_E_NONE;
    case TL_OPT_DECODE_AS:
        return tl_decode_as_read(o->decode_as, arg, r->error);
    case TL_OPT_ASSERTION:
        if (o->assertion_count == TL_ASSERTIONS_GIVEN)
            return tl_error_set(r->error, TL_E_USAGE, "more than %d assertions: run it twice", TL_ASSERTIONS_GIVEN);
        o->assertions[o->assertion_count++] = arg;
        return TL_E_NONE;
    case TL_OPT_RSA_KEY:
        if (o->rsa_key_count == TL_RSA_KEYS_GIVEN)
            return tl_error_set(r->error, TL_E_USAGE, "more than %d RSA keys: put several into one file", TL_RSA_KEYS_GIVEN);
        o->rsa_keys[o->rsa_key_count++] = arg;
        return TL_E_NONE;
    case TL_OPT_SERVER:
        if (o->server_count == TL_SERVERS_GIVEN)
            return tl_error_set(r->error, TL_E_USAGE, "more than %d servers: run it twice", TL_SERVERS_GIVEN);
        o->servers[o->server_count++] = arg;
        return TL_E_NONE;
    case TL_OPT_JSON:
        o->json_named = arg != NULL;
        return tl_argument_json(at, arg, r->error);
    case TL_OPT_KEYS:
        return tl_argument_separator(at, arg, r->error);
    case TL_OPT_COUNTED:
        ++*(uint32_t *)at;
        return TL_E_NONE;
    case TL_OPT_FILES:
        *(const char **)at = arg;
        return tl_files_read_list(o, arg, r->error);
    case TL_OPT_OPTIONS:
        *(const char **)at = arg;
        return read_option_file(r, arg);
    case TL_OPT_ASK:
    case TL_OPT_HIDDEN:
        *(const char **)at = arg;
        o->action = (enum tl_action)option->value;
        return TL_E_NONE;
    case TL_OPT_ACTION:
        if (o->action != TL_ACTION_HELP) /* --help takes precedence */
            o->action = (enum tl_action)option->value;
        return TL_E_NONE;
    default:
        return tl_argument_number(option, at, arg, r->error);
    }
}

static enum tl_failure unknown(struct tl_error *error, const char *typed, const char *name, size_t len)
{
    const char *near = tl_near_option(name, len), *known = tl_near_known(name, len);
    if (known != NULL)
        return tl_error_set(error, TL_E_USAGE, "unknown option '%.60s': %s", typed, known);
    if (near != NULL)
        return tl_error_set(error, TL_E_USAGE, "unknown option '%.60s': did you mean '--%s'?", typed, near);
    return tl_error_set(error, TL_E_USAGE, "unknown option '%.60s': taplight --help lists them", typed);
}

static enum tl_failure lacks(struct tl_error *error, const struct tl_option *option)
{
    char name[64];
    tl_option_spell(option, name);
    return tl_error_set(error, TL_E_USAGE, "option '%s' needs %s: add it", name, option->argument);
}

/* Parses --name, --name=argument and --name argument. Advances *i if the argument is the next word. */
static enum tl_failure read_long(struct reading *r, int argc, char *const argv[], int *i)
{
    const char *name = argv[*i] + 2;
    size_t len = strcspn(name, "=");
    const char *arg = name[len] == '=' ? name + len + 1 : NULL;
    const struct tl_option *option = tl_option_named(name, len);
    if (option == NULL) {
        char typed[64];
        snprintf(typed, sizeof(typed), "--%.*s", (int)(len < 60 ? len : 60), name);
        return unknown(r->error, typed, name, len);
    }
    if (option->argument == NULL && arg != NULL)
        return tl_error_set(r->error, TL_E_USAGE, "option '--%s' takes no value: leave it out", option->name);
    if (option->argument != NULL && arg == NULL && !option->optional) {
        if (*i + 1 >= argc)
            return lacks(r->error, option);
        arg = argv[++*i];
    }
    return set(r, option, arg);
}

/*
 * -t counts its letters as in tcpdump, unless a form of tshark follows: -t ad, -tad. A letter that is an option too
 * stays one: -tr FILE, -te; but -td is tshark's time. Advances *p to the last character that is used.
 */
static enum tl_failure read_stamp(struct reading *r, int argc, char *const argv[], int *i, const char **p)
{
    struct tl_options *o = r->options;
    const char *rest = *p + 1;
    bool first = o->stamp_letters == 0;
    if (*rest == '\0' && *i + 1 < argc && tl_argument_is_stamp(argv[*i + 1]) && (first || argv[*i + 1][1] != '\0'))
        return tl_argument_stamp(o, argv[++*i], r->error);
    if (first && tl_argument_is_stamp(rest) &&
        (rest[1] != '\0' || rest[0] == 'd' || tl_option_of(rest[0], r->with_fields) == NULL)) {
        *p = rest + strlen(rest) - 1;
        return tl_argument_stamp(o, rest, r->error);
    }
    return tl_argument_stamp(o, NULL, r->error);
}

/* Parses -v, -vx, -c10 and -c 10. */
static enum tl_failure read_short(struct reading *r, int argc, char *const argv[], int *i)
{
    const char *word = argv[*i];
    for (const char *p = word + 1; *p != '\0'; p++) {
        const struct tl_option *option = tl_option_of(*p, r->with_fields);
        if (option == NULL && p == word + 1 && p[1] != '\0')
            return unknown(r->error, word, p, strcspn(p, "="));
        if (option == NULL) {
            char typed[3] = { '-', *p, '\0' };
            return unknown(r->error, typed, typed + 1, 1);
        }
        if (option->argument == NULL) {
            enum tl_failure failure = set(r, option, NULL);
            if (failure == TL_E_NONE && option->kind == TL_OPT_STAMP)
                failure = read_stamp(r, argc, argv, i, &p);
            if (failure != TL_E_NONE)
                return failure;
            continue;
        }
        if (p[1] != '\0')
            return set(r, option, p + 1);
        if (*i + 1 >= argc)
            return lacks(r->error, option);
        return set(r, option, argv[++*i]);
    }
    return TL_E_NONE;
}

/* Makes room for the options of more lines. */
static bool make_room(struct tl_options *o, size_t lines)
{
    const char **inputs = realloc(o->inputs, (o->input_room + lines) * sizeof *inputs);
    if (inputs == NULL)
        return false;
    o->inputs = inputs;
    o->input_room += lines;
    struct tl_given *given = realloc(o->given, (TL_OPTIONS_MOST + o->input_room) * sizeof *given);
    o->given = given != NULL ? given : o->given;
    return given != NULL;
}

static enum tl_failure read_line(struct reading *r, const struct tl_option_line *line)
{
    char *words[] = { NULL, line->option, line->argument, NULL };
    int count = line->argument != NULL ? 3 : 2, i = 1;
    if (line->option[0] != '-' || line->option[1] == '\0' || strcmp(line->option, "--") == 0)
        return tl_error_set(r->error, TL_E_USAGE, "'%.60s' is no option: write one as on the command line", line->option);
    enum tl_failure failure = line->option[1] == '-' ? read_long(r, count, words, &i) : read_short(r, count, words, &i);
    if (failure == TL_E_NONE && i + 1 < count)
        return tl_error_set(r->error, TL_E_USAGE, "%.60s takes no value after a space: leave '%.60s' out", line->option,
                            line->argument);
    return failure;
}

static enum tl_failure read_option_file(struct reading *r, const char *name)
{
    struct tl_options *o = r->options;
    struct tl_error why = { .kind = TL_E_NONE }, *error = r->error;
    struct tl_option_line line = { .number = 0 };
    enum tl_failure failure = tl_option_file_read(name, &o->option_text, error);
    if (failure != TL_E_NONE)
        return failure;
    if (!make_room(o, tl_option_file_lines(o->option_text, &r->with_fields)))
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    r->error = &why;
    for (char *rest = o->option_text; failure == TL_E_NONE && tl_option_file_next(&rest, &line);)
        failure = read_line(r, &line);
    r->error = error;
    return failure == TL_E_NONE ? TL_E_NONE : tl_error_set(error, failure, "%s:%u: %.400s", name, line.number, why.text);
}

static enum tl_failure read_words(struct reading *r, int argc, char *const argv[])
{
    bool only_words = false;
    for (int i = 1; i < argc; i++)
        r->with_fields |= strncmp(argv[i], "-T", 2) == 0;
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        enum tl_failure failure = TL_E_NONE;
        if (only_words || word[0] != '-' || word[1] == '\0')
            r->words[r->word_count++] = argv[i];
        else if (strcmp(word, "--") == 0)
            only_words = true;
        else if (word[1] == '-')
            failure = read_long(r, argc, argv, &i);
        else
            failure = read_short(r, argc, argv, &i);
        if (failure != TL_E_NONE)
            return failure;
    }
    return TL_E_NONE;
}

/* Joins the trailing words into one filter expression. */
static enum tl_failure join(struct reading *r)
{
    size_t len = 1;
    for (uint32_t i = 0; i < r->word_count; i++)
        len += strlen(r->words[i]) + 1;
    char *p = malloc(len);
    if (p == NULL)
        return tl_error_set(r->error, TL_E_RUNTIME, "out of memory");
    r->options->filter = p;
    for (uint32_t i = 0; i < r->word_count; i++) {
        size_t n = strlen(r->words[i]);
        if (i > 0)
            *p++ = ' ';
        memcpy(p, r->words[i], n);
        p += n;
    }
    *p = '\0';
    return TL_E_NONE;
}

static enum tl_failure finish(struct reading *r)
{
    struct tl_options *o = r->options;
    o->hex = o->hex_letters > 0 || o->inner_letters > 0 || o->characters;
    o->tree |= o->only != NULL;
    tl_options_settle_statistics(o);
    if (o->action != TL_ACTION_RUN && o->action != TL_ACTION_SCHEMA && o->action != TL_ACTION_LINKTYPES &&
        o->action != TL_ACTION_BPF)
        return TL_E_NONE;
    enum tl_failure failure = tl_conditions_settle(o, r->error);
    tl_options_settle_form(o);
    if (failure == TL_E_NONE)
        failure = tl_options_check(o, r->words, r->word_count, r->error);
    if (failure != TL_E_NONE)
        return failure;
    bool asked = o->as != NULL || o->text || o->tree || o->hex || o->json || o->count || o->write != NULL ||
                 o->streams != NULL || o->files != NULL || o->split != NULL || o->statistic_count > 0 || o->assertion_count > 0 ||
                 o->server_count > 0 || o->metrics != NULL ||
                 (o->index && o->extract == NULL);
    if (!asked && tl_options_change_text(o))
        asked = o->text = true;
    o->view = o->beside || (!asked && o->output == NULL && o->display == NULL && o->extract == NULL);
    if (o->tree || o->hex || o->as != NULL || (!asked && !o->beside))
        o->text = true;
    o->separator_given = o->separator;
    if (o->separator == NULL)
        o->separator = ".";
    if (o->expression != NULL && (o->filter = strdup(o->expression)) == NULL)
        return tl_error_set(r->error, TL_E_RUNTIME, "out of memory");
    return r->word_count > 0 ? join(r) : TL_E_NONE;
}

/* Returns the number of CPUs this process may use. */
static uint32_t cores(void)
{
    cpu_set_t set_of;
    long n = 0;
    if (sched_getaffinity(0, sizeof(set_of), &set_of) == 0)
        n = CPU_COUNT(&set_of);
    if (n < 1)
        n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > TL_WORKERS_MOST ? TL_WORKERS_MOST : (uint32_t)n;
}

static enum tl_failure parse(struct tl_options *options, int argc, char *const argv[], bool again, struct tl_error *error)
{
    size_t room = argc > 0 ? (size_t)argc : 1;
    size_t count;
    struct reading r = { .options = options, .error = error, .table = tl_option_table(&count) };
    *options = (struct tl_options){ .workers = cores(), .memory = MEMORY_DEFAULT, .timeouts = TL_TIMEOUTS_DEFAULT,
                                    .stats_interval = STATS_INTERVAL, .argc = argc, .argv = argv, .again = again };
    options->pick = argc < 2;
    options->format = (struct tl_fields_format){ .separator = '\t', .aggregator = ',', .occurrence = 'a' };
    options->fields = calloc(TL_FIELDS_MOST, sizeof(*options->fields));
    options->statistics = calloc(TL_STATISTICS_GIVEN, sizeof(*options->statistics));
    options->decode_as = calloc(1, sizeof(*options->decode_as));
    options->assertions = calloc(TL_ASSERTIONS_GIVEN, sizeof(*options->assertions));
    options->interfaces = calloc(TL_LIVE_MOST, sizeof(*options->interfaces));
    options->inputs = calloc(room, sizeof(*options->inputs));
    options->input_room = room;
    options->given = calloc(TL_OPTIONS_MOST + room, sizeof(*options->given));
    r.words = calloc(room, sizeof(*r.words));
    enum tl_failure failure = TL_E_NONE;
    if (options->fields == NULL || options->statistics == NULL || options->assertions == NULL || options->decode_as == NULL ||
        options->inputs == NULL || options->interfaces == NULL || options->given == NULL || r.words == NULL)
        failure = tl_error_set(error, TL_E_RUNTIME, "out of memory");
    if (failure == TL_E_NONE)
        failure = read_words(&r, argc, argv);
    if (failure == TL_E_NONE)
        failure = finish(&r);
    free(r.words);
    return failure;
}

enum tl_failure tl_options_parse(struct tl_options *options, int argc, char *const argv[], struct tl_error *error)
{
    return parse(options, argc, argv, false, error);
}

enum tl_failure tl_options_parse_again(struct tl_options *options, int argc, char *const argv[], struct tl_error *error)
{
    return parse(options, argc, argv, true, error);
}

void tl_options_fini(struct tl_options *options)
{
    free(options->fields);
    free(options->statistics);
    free(options->assertions);
    free(options->decode_as);
    options->decode_as = NULL;
    free(options->inputs);
    free(options->interfaces);
    free(options->filter);
    free(options->given);
    free(options->file_names);
    free(options->option_text);
    free(options->numbered);
    options->file_names = options->numbered = options->option_text = NULL;
    options->given = NULL;
    options->fields = options->statistics = options->assertions = NULL;
    options->interfaces = NULL;
    options->inputs = NULL;
    options->filter = NULL;
}
