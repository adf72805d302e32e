/* arguments.c - the arguments of options: checked by kind and stored. */
#include "cli/arguments.h"

#include "capture/live.h"
#include "pipeline/engine.h"

#include "cli/values.h"

#include <stdio.h>
#include <string.h>

#define MEMORY_LEAST ((uint64_t)16 << 20)
enum { SEPARATOR_MOST = 8 };

void tl_option_spell(const struct tl_option *option, char out[64])
{
    if (option->name != NULL)
        snprintf(out, 64, "--%s", option->name);
    else
        snprintf(out, 64, "-%c", option->letter);
}

/* Like usage(), for the argument of an option. */
static enum tl_failure refuse(const struct tl_option *option, struct tl_error *error, const char *what, const char *arg,
                              const char *advice)
{
    char name[64];
    tl_option_spell(option, name);
    return tl_error_set(error, TL_E_USAGE, "%s: %s '%s': %s", name, what, arg, advice);
}

static enum tl_failure set_bytes(const struct tl_option *option, void *at, const char *arg, struct tl_error *error)
{
    uint64_t unit = option->kind == TL_OPT_KIB ? 1024 : option->kind == TL_OPT_MB ? 1000000 : 1, bytes;
    if (!tl_value_size(arg, unit, &bytes) || bytes > SIZE_MAX / 2)
        return refuse(option, error, "bad size", arg, "give a number with K, M or G, such as 512M");
    if (option->kind == TL_OPT_SIZE && bytes < MEMORY_LEAST)
        return refuse(option, error, "too little memory", arg, "give at least --mem 16M");
    if (option->kind == TL_OPT_KIB && (bytes < TL_LIVE_BUFFER_LEAST || bytes > INT32_MAX))
        return refuse(option, error, "bad buffer size", arg, "give 1M to 2047M");
    if (bytes == 0)
        return refuse(option, error, "bad size", arg, "give more than 0");
    *(uint64_t *)at = bytes;
    return TL_E_NONE;
}

static enum tl_failure set_number(const struct tl_option *option, void *at, const char *arg, struct tl_error *error)
{
    uint32_t most = option->most > 0 ? option->most : UINT16_MAX;
    uint64_t number = 0;
    char advice[40];
    snprintf(advice, sizeof advice, "give 1 to %u", most);
    if (!tl_value_number(arg, most, &number) || number == 0)
        return refuse(option, error, "bad number", arg, advice);
    *(uint32_t *)at = (uint32_t)number;
    return TL_E_NONE;
}

enum tl_failure tl_argument_number(const struct tl_option *option, void *at, const char *arg, struct tl_error *error)
{
    uint64_t number = 0;
    switch (option->kind) {
    case TL_OPT_PACKETS:
        if (!tl_value_number(arg, UINT64_MAX, &number))
            return refuse(option, error, "bad packet count", arg, "give a number, such as -c 100");
        if (number == 0)
            return refuse(option, error, "bad packet count", arg, "give 1 or more");
        *(uint64_t *)at = number;
        return TL_E_NONE;
    case TL_OPT_WORKERS:
        if (!tl_value_number(arg, TL_WORKERS_MOST, &number))
            return refuse(option, error, "bad number of workers", arg, "give 0 to 64");
        *(uint32_t *)at = (uint32_t)number;
        return TL_E_NONE;
    case TL_OPT_NUMBER:
        return set_number(option, at, arg, error);
    case TL_OPT_SNAPLEN:
        if (!tl_value_number(arg, TL_LIVE_SNAPLEN, &number))
            return refuse(option, error, "bad snapshot length", arg, "give 0 to 262144");
        *(uint32_t *)at = (uint32_t)number;
        return TL_E_NONE;
    case TL_OPT_WHOLE:
        if (!tl_value_number(arg, TL_SECONDS_MOST, &number) || number == 0)
            return refuse(option, error, "bad time", arg, "give whole seconds, such as 3600");
        *(int64_t *)at = (int64_t)number * 1000000000;
        return TL_E_NONE;
    case TL_OPT_SIZE:
    case TL_OPT_KIB:
    case TL_OPT_MB:
        return set_bytes(option, at, arg, error);
    default:
        if (!tl_value_seconds(arg, at))
            return refuse(option, error, "bad time", arg, "give seconds, such as 0.5 or 300");
        return TL_E_NONE;
    }
}

enum tl_failure tl_argument_separator(const char **at, const char *arg, struct tl_error *error)
{
    size_t len = strlen(arg);
    for (size_t i = 0; i < len; i++)
        if (arg[i] <= ' ' || arg[i] > '~' || arg[i] == '"' || arg[i] == '\\')
            return tl_error_set(error, TL_E_USAGE, "bad separator '%s': %s", arg,
                                "give printable ASCII without quotes, backslashes and spaces");
    if (len == 0 || len > SEPARATOR_MOST)
        return tl_error_set(error, TL_E_USAGE, "bad separator '%s': %s", arg, "give 1 to 8 characters, such as _");
    *at = arg;
    return TL_E_NONE;
}

enum tl_failure tl_argument_json(enum tl_json *at, const char *arg, struct tl_error *error)
{
    enum tl_json json = arg != NULL && strcmp(arg, "packets") == 0 ? TL_JSON_PACKETS : TL_JSON_FLOWS;
    if (*at != TL_JSON_NONE && *at != json)
        return tl_error_set(error, TL_E_USAGE, "--json=flows and --json=packets cannot be combined: run it twice");
    *at = json;
    return TL_E_NONE;
}

static const struct {
    const char *name;
    enum tl_stamp stamp;
    bool unknown;
} forms[] = {
    { "a", TL_STAMP_CLOCK, false }, { "ad", TL_STAMP_DATE, false },  { "d", TL_STAMP_DELTA, false },
    { "dd", TL_STAMP_DELTA, false }, { "e", TL_STAMP_EPOCH, false }, { "r", TL_STAMP_FIRST, false },
    { "u", TL_STAMP_UTC, false },   { "ud", TL_STAMP_UTC_DATE, false }, { "adoy", TL_STAMP_DATE, true },
    { "udoy", TL_STAMP_DATE, true },
};

bool tl_argument_is_stamp(const char *word)
{
    for (size_t i = 0; i < TL_COUNT(forms); i++)
        if (strcmp(forms[i].name, word) == 0)
            return true;
    return false;
}

enum tl_failure tl_argument_stamp(struct tl_options *options, const char *form, struct tl_error *error)
{
    static const enum tl_stamp letters[] = { TL_STAMP_CLOCK, TL_STAMP_NONE, TL_STAMP_EPOCH, TL_STAMP_DELTA_CLOCK,
                                             TL_STAMP_DATE,  TL_STAMP_FIRST_CLOCK };
    bool formed = options->stamp_formed;
    if (formed || (form != NULL && options->stamp_letters > 0))
        return tl_error_set(error, TL_E_USAGE, "-t: two forms of time: give one");
    if (form == NULL) {
        if (++options->stamp_letters >= TL_COUNT(letters))
            return tl_error_set(error, TL_E_USAGE, "-t: more than five letters: give -t to -ttttt");
        options->stamp = letters[options->stamp_letters];
        return TL_E_NONE;
    }
    options->stamp_formed = true;
    for (size_t i = 0; i < TL_COUNT(forms); i++) {
        if (strcmp(forms[i].name, form) != 0)
            continue;
        if (forms[i].unknown)
            return tl_error_set(error, TL_E_USAGE, "-t: bad form '%s': give a, ad, d, e, r, u or ud", form);
        options->stamp = forms[i].stamp;
    }
    return TL_E_NONE;
}
