/* verb.c - the command line of verbs, their --help and their man pages. */
#include "cli/verb.h"

#include "capture/devices.h"
#include "cli/devices.h"
#include "cli/namespace.h"
#include "cli/option_text.h"
#include "cli/report.h"
#include "cli/signals.h"
#include "cli/values.h"
#include "core/edits.h"
#include "export/sinks.h"

#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HELP_AT = 24 };

const struct tl_verb *const tl_verbs[] = { &tl_verb_explain, &tl_verb_objects, &tl_verb_send,   &tl_verb_ping,
                                          &tl_verb_trace,   &tl_verb_resolve, &tl_verb_replay, NULL };

static const struct tl_verb_option help_option = {
    'h', "help", NULL, "print this help", NULL, TL_VERB_FLAG, 0, 0, 0, false, false, NULL,
};

const struct tl_verb *tl_verb_of(const char *word)
{
    for (unsigned i = 0; tl_verbs[i] != NULL; i++)
        if (strcmp(tl_verbs[i]->name, word) == 0)
            return tl_verbs[i];
    return NULL;
}

/* Every message about the words says how a filter that begins with the name of a verb is written. */
static enum tl_failure refuse(const struct tl_verb *verb, struct tl_error *error, const char *format, ...)
    TL_PRINTF(3, 4);
static enum tl_failure refuse(const struct tl_verb *verb, struct tl_error *error, const char *format, ...)
{
    char text[300];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return tl_error_set(error, TL_E_USAGE, "%s (a filter that begins with '%s' is written after -f or --)", text,
                        verb->name);
}

static void spell(const struct tl_verb_option *o, char out[40])
{
    if (o->name != NULL)
        snprintf(out, 40, "--%s", o->name);
    else
        snprintf(out, 40, "-%c", o->letter);
}

static const char *nearest(const struct tl_verb *verb, const char *typed, size_t len)
{
    const char *best = NULL;
    unsigned edits = UINT_MAX;
    for (unsigned i = 0; i < verb->option_count; i++) {
        const char *name = verb->options[i].name;
        unsigned now = name == NULL ? UINT_MAX : tl_edits(name, typed, len);
        if (now < edits) {
            edits = now;
            best = name;
        }
    }
    return best;
}

static const struct tl_verb_option *find(const struct tl_verb *verb, char letter, const char *name, size_t len)
{
    for (unsigned i = 0; i <= verb->option_count; i++) {
        const struct tl_verb_option *o = i < verb->option_count ? &verb->options[i] : &help_option;
        if (letter != 0 ? o->letter == letter
                        : o->name != NULL && strlen(o->name) == len && memcmp(o->name, name, len) == 0)
            return o;
    }
    return NULL;
}

static bool is_choice(const char *choices, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = choices; *at != '\0'; at += strspn(at, " ")) {
        size_t n = strcspn(at, " ");
        if (n == len && memcmp(at, word, n) == 0)
            return true;
        at += n;
    }
    return false;
}

static enum tl_failure store(const struct tl_verb_option *o, void *options, const char *argument,
                             struct tl_error *error)
{
    void *at = (char *)options + o->offset;
    char name[40], *end;
    double value;
    spell(o, name);
    switch (o->kind) {
    case TL_VERB_FLAG:
        *(bool *)at = true;
        return TL_E_NONE;
    case TL_VERB_TEXT:
        if (o->choices != NULL && !is_choice(o->choices, argument))
            return tl_error_set(error, TL_E_USAGE, "%s '%.60s': give one of: %s", name, argument, o->choices);
        *(const char **)at = argument;
        return TL_E_NONE;
    case TL_VERB_NUMBER:
        if (!tl_value_number(argument, o->most, at) || *(uint64_t *)at < o->least)
            return tl_error_set(error, TL_E_USAGE, "%s '%.60s': give a number from %llu to %llu", name, argument,
                                (unsigned long long)o->least, (unsigned long long)o->most);
        return TL_E_NONE;
    case TL_VERB_SECONDS:
        if (!tl_value_seconds(argument, at))
            return tl_error_set(error, TL_E_USAGE, "%s '%.60s': give seconds, such as 0.5", name, argument);
        return TL_E_NONE;
    case TL_VERB_SIZE:
        errno = 0;
        value = strtod(argument, &end);
        if (end == argument || *end != '\0' || errno != 0 || !(value >= 1e-5 && value < 1e12))
            return tl_error_set(error, TL_E_USAGE, "%s '%.60s': give a number from 0.00001 to 1e12", name, argument);
        *(double *)at = value;
        return TL_E_NONE;
    }
    return TL_E_NONE;
}

/* Parses the option argv[*i]. Sets *help for --help. */
static enum tl_failure option(const struct tl_verb *verb, int argc, char *const argv[], int *i, void *options,
                              bool *help, struct tl_error *error)
{
    const char *word = argv[*i], *argument = NULL;
    bool is_long = word[1] == '-';
    for (const char *at = word + 1 + is_long; *at != '\0';) {
        size_t len = is_long ? strcspn(at, "=") : 1;
        const struct tl_verb_option *o = find(verb, is_long ? 0 : *at, at, len);
        const char *near = is_long && o == NULL ? nearest(verb, at, len) : NULL;
        if (o == NULL && near != NULL)
            return tl_error_set(error, TL_E_USAGE, "%s has no option '--%.*s': did you mean '--%s'?", verb->name,
                                (int)len, at, near);
        if (o == NULL)
            return refuse(verb, error, "%s has no option '%s%.*s': taplight %s --help lists them", verb->name,
                          is_long ? "--" : "-", (int)len, at, verb->name);
        at += len;
        if (o->argument == NULL) {
            if (*at == '=')
                return tl_error_set(error, TL_E_USAGE, "--%s takes no argument", o->name);
            if (o == &help_option)
                *help = true;
            else if (store(o, options, NULL, error) != TL_E_NONE)
                return error->kind;
            continue;
        }
        if (*at != '\0')
            argument = at + is_long; /* -w FILE or -wFILE, --name FILE or --name=FILE */
        else if (++*i < argc)
            argument = argv[*i];
        else
            return tl_error_set(error, TL_E_USAGE, "%.40s needs an argument: %s", word, o->argument);
        return store(o, options, argument, error);
    }
    return TL_E_NONE;
}

static enum tl_failure parse(const struct tl_verb *verb, int argc, char *const argv[], void *options, char **words,
                             unsigned *count, bool *help, struct tl_error *error)
{
    bool only_words = false;
    for (int i = 2; i < argc; i++) {
        if (!only_words && strcmp(argv[i], "--") == 0) {
            only_words = true;
        } else if (!only_words && argv[i][0] == '-' && argv[i][1] != '\0') {
            if (option(verb, argc, argv, &i, options, help, error) != TL_E_NONE)
                return error->kind;
        } else {
            words[(*count)++] = argv[i];
        }
    }
    return TL_E_NONE;
}

enum tl_failure tl_verb_run(const struct tl_verb *verb, int argc, char *const argv[], struct tl_error *error)
{
    unsigned count = 0;
    bool help = false;
    void *options = calloc(1, verb->size);
    char **words = calloc((size_t)argc, sizeof *words);
    struct tl_buffer text = { 0 };
    if (options == NULL || words == NULL)
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
    else if (parse(verb, argc, argv, options, words, &count, &help, error) == TL_E_NONE) {
        if (help) {
            tl_verb_help(&text, verb);
            if (tl_verb_print(&text, error) != TL_E_NONE)
                tl_error_set(error, TL_E_RUNTIME, "cannot write");
        } else if (count < verb->words_least || count > verb->words_most) {
            refuse(verb, error,
                   count < verb->words_least ? "%s: %s is missing: taplight %s --help"
                                             : "%s: more words than %s: taplight %s --help",
                   verb->name, verb->words, verb->name);
        } else {
            enum tl_failure failure = verb->run(options, words, count, error);
            if (failure != TL_E_NONE && error->kind == TL_E_NONE)
                tl_error_set(error, failure, "failed");
        }
    }
    free(options);
    free(words);
    return error->kind;
}

static struct tl_option_text text_of(const struct tl_verb_option *o)
{
    return (struct tl_option_text){ o->letter, false, o->name, o->argument, o->help, o->more };
}

static void help_option_line(struct tl_buffer *out, const struct tl_verb_option *o)
{
    const struct tl_option_text text = text_of(o);
    tl_option_text_help(out, &text, HELP_AT);
}

void tl_verb_help(struct tl_buffer *out, const struct tl_verb *verb)
{
    tl_put_format(out, "usage: taplight %s [options]%s%s\n%s\n\nOptions:\n", verb->name, *verb->words ? " " : "",
                  verb->words, verb->summary);
    for (unsigned i = 0; i < verb->option_count; i++)
        help_option_line(out, &verb->options[i]);
    help_option_line(out, &help_option);
    tl_puts(out, "\nExamples:\n");
    tl_puts(out, verb->examples);
}

static void man_option(struct tl_buffer *out, const struct tl_verb_option *o)
{
    const struct tl_option_text text = text_of(o);
    tl_option_text_man(out, &text);
}

void tl_verb_man(struct tl_buffer *out, const struct tl_verb *verb)
{
    char upper[20];
    size_t n = 0;
    for (; verb->name[n] != '\0' && n < sizeof upper - 1; n++)
        upper[n] = (char)(verb->name[n] - 'a' + 'A');
    upper[n] = '\0';
    tl_put_format(out, ".TH TAPLIGHT\\-%s 1 2026-11-29 \"taplight " TAPLIGHT_VERSION "\" \"User Commands\"\n", upper);
    tl_put_format(out, ".SH NAME\ntaplight\\-%s \\- ", verb->name);
    tl_put_troff(out, verb->summary);
    tl_put_format(out, "\n.SH SYNOPSIS\n.B taplight %s\n.RI [ options ]\n", verb->name);
    if (*verb->words != '\0')
        tl_put_format(out, ".I %s\n", verb->words);
    tl_puts(out, ".SH DESCRIPTION\n");
    tl_puts(out, verb->description);
    tl_puts(out, ".SH OPTIONS\n");
    for (unsigned i = 0; i < verb->option_count; i++)
        man_option(out, &verb->options[i]);
    man_option(out, &help_option);
    tl_put_lit(out, ".SH EXAMPLES\n.nf\n");
    tl_put_troff(out, verb->examples);
    tl_put_lit(out, ".fi\n.SH EXIT STATUS\n");
    char code = '0';
    for (const char *at = verb->status; *at != '\0'; code++) {
        size_t len = strcspn(at, "\n");
        tl_put_format(out, ".TP\n.B %c\n%.*s\n", code, (int)len, at);
        at += len + (at[len] == '\n');
    }
    tl_put_lit(out, ".SH SEE ALSO\n.BR taplight (1)\n");
}

enum tl_failure tl_verb_print(struct tl_buffer *text, struct tl_error *error)
{
    struct tl_output *output = text->failed ? NULL : tl_output_open(NULL, error);
    if (text->failed)
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
    if (output != NULL) {
        (void)tl_output_write(output, text->data, text->len, error);
        (void)tl_output_close(output, error);
    }
    tl_buffer_fini(text);
    return error->kind;
}

enum tl_failure tl_verb_enter(const struct tl_verb_network *network, struct tl_error *error)
{
    const struct tl_options options = { .netns = network->netns, .container = network->container };
    struct tl_namespace ns; /* it is not left: the descriptors end with the program */
    if (network->netns != NULL && network->container != NULL)
        return tl_error_set(error, TL_E_USAGE, "--container is found by itself: leave out --netns");
    return tl_namespace_enter(&ns, &options, error);
}

enum tl_failure tl_verb_drop(const char *user, struct tl_error *error)
{
    struct tl_identity identity;
    enum tl_failure failure = tl_privileges_choose(&identity, user, error);
    return failure != TL_E_NONE ? failure : tl_privileges_drop(&identity, false, error);
}

enum tl_failure tl_verb_interface(const char *name, struct tl_error *error)
{
    struct tl_devices devices = { 0 };
    const char *near = NULL;
    if (if_nametoindex(name) != 0)
        return TL_E_NONE;
    if (tl_devices_list(&devices, error) != TL_E_NONE)
        return error->kind;
    for (uint32_t i = 0; i < devices.count && near == NULL; i++)
        if (if_nametoindex(devices.items[i].name) != 0 &&
            tl_edits(devices.items[i].name, name, strlen(name)) != UINT_MAX)
            near = devices.items[i].name;
    if (near != NULL)
        tl_error_set(error, TL_E_RUNTIME, "no interface %.60s: did you mean %s?", name, near);
    else
        tl_error_set(error, TL_E_RUNTIME, "no interface %.60s: list interfaces with taplight -D", name);
    tl_devices_fini(&devices);
    return error->kind;
}
