/* reload.c - the filters of a running capture are read again: SIGHUP. */
#include "cli/reload.h"

#include "cli/files.h"
#include "cli/report.h"
#include "pipeline/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void tl_reload_init(struct tl_reload *reload, const struct tl_options *options, struct tl_engine *engine)
{
    *reload = (struct tl_reload){ .options = options, .engine = engine };
}

static bool is_same(const char *a, const char *b)
{
    return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

/* --- what is read again --- */

/* A pipe would be empty now, or keep the capture waiting; a file that is being written is empty for a moment. */
static enum tl_failure check_file(const char *name, bool filters, struct tl_error *error)
{
    struct stat st;
    if (stat(name, &st) != 0)
        return tl_error_set(error, errno == EACCES ? TL_E_PERMISSION : TL_E_RUNTIME, "cannot read %.200s: %s", name,
                            strerror(errno));
    if (!S_ISREG(st.st_mode))
        return tl_error_set(error, TL_E_USAGE, "%.200s is no regular file: it cannot be read again", name);
    if (st.st_size == 0 && filters)
        return tl_error_set(error, TL_E_USAGE, "%.200s is empty: to take all packets, start again", name);
    return TL_E_NONE;
}

static bool is_blank(const char *text)
{
    return text == NULL || text[strspn(text, " \t\r\n")] == '\0';
}

/* Parses the options again and reads the file of -F. The caller frees the options, also after an error. */
static enum tl_failure read_again(const struct tl_reload *r, struct tl_options *again, struct tl_error *error)
{
    const struct tl_options *o = r->options;
    const char *old_filter = r->changed ? r->filter : o->filter;
    bool filters = !is_blank(old_filter) || !is_blank(r->changed ? r->display : o->display);
    enum tl_failure failure = TL_E_NONE;
    if (o->option_file != NULL)
        failure = check_file(o->option_file, filters, error);
    if (failure == TL_E_NONE)
        failure = tl_options_parse_again(again, o->argc, o->argv, error);
    if (failure == TL_E_NONE && again->action != TL_ACTION_RUN)
        failure = tl_error_set(error, TL_E_USAGE, "the options ask for something else than a capture, as --help does");
    if (failure != TL_E_NONE || again->filter_file == NULL)
        return failure;
    failure = check_file(again->filter_file, !is_blank(old_filter), error);
    if (failure == TL_E_NONE)
        failure = tl_files_read_filter(again, error);
    if (failure == TL_E_NONE && is_blank(again->filter) && !is_blank(old_filter))
        failure = tl_error_set(error, TL_E_USAGE, "%.200s is empty: to take all packets, start again",
                               again->filter_file);
    return failure;
}

/* The options that can change in a run. */
static bool is_filter(const struct tl_option *option)
{
    return option->letter == 'f' || option->letter == 'F' || option->letter == 'Y';
}

static const struct tl_given *next_given(const struct tl_options *o, uint32_t *at)
{
    while (*at < o->given_count && is_filter(o->given[*at].option))
        ++*at;
    return *at < o->given_count ? &o->given[(*at)++] : NULL;
}

/* Returns whether the options that only a new start takes are as they were. */
static bool others_are_same(const struct tl_options *a, const struct tl_options *b)
{
    const struct tl_given *x, *y;
    uint32_t i = 0, k = 0;
    bool same = a->interface_count == b->interface_count;
    for (uint32_t n = 0; same && n < a->interface_count && a->numbered == NULL; n++) /* numbers became names */
        same = strcmp(a->interfaces[n], b->interfaces[n]) == 0;
    do {
        x = next_given(a, &i);
        y = next_given(b, &k);
        same = same && (x != NULL) == (y != NULL) &&
               (x == NULL || (x->option == y->option && is_same(x->argument, y->argument)));
    } while (same && x != NULL);
    return same;
}

/* --- the filters --- */

/* Compiles the display filter, if there is one, and checks it against the outputs. On success the caller frees it. */
static enum tl_failure compile_display(struct tl_reload *r, const struct tl_options *again,
                                       struct tl_predicate **predicate, struct tl_error *error)
{
    enum tl_failure failure = TL_E_NONE;
    if (again->display != NULL)
        failure = tl_select_records(&r->names, again->display, predicate, error);
    if (failure == TL_E_NONE && *predicate != NULL)
        failure = tl_select_check(*predicate, again, error);
    return failure;
}

static void tell_filters(const struct tl_reload *r, const struct tl_options *again, bool changed)
{
    const char *more = others_are_same(r->options, again) ? "" : "; other options changed: they need a new start";
    if (r->options->quiet)
        return;
    if (changed)
        tl_tell("filters are read again: capture filter '%.200s', display filter '%.200s'%s", r->filter, r->display,
                more);
    else
        tl_tell("the filters are the same%s", more);
}

/* Gives the engine the filters that differ. On failure both are as before. */
static enum tl_failure take_filters(struct tl_reload *r, const struct tl_options *again, struct tl_error *error)
{
    const char *old_filter = r->changed ? r->filter : r->options->filter;
    const char *old_display = r->changed ? r->display : r->options->display;
    bool shows = !is_same(again->display, old_display), captures = !is_same(again->filter, old_filter);
    struct tl_predicate *predicate = NULL;
    struct tl_predicate **grown = realloc(r->predicates, (r->count + 1) * sizeof *grown);
    char *copies[2] = { strdup(again->filter != NULL ? again->filter : ""),
                        strdup(again->display != NULL ? again->display : "") };
    enum tl_failure failure = TL_E_NONE;
    r->predicates = grown != NULL ? grown : r->predicates;
    if (grown == NULL || copies[0] == NULL || copies[1] == NULL)
        failure = tl_error_set(error, TL_E_RUNTIME, "out of memory");
    if (failure == TL_E_NONE && shows && !tl_engine_selects_records(r->engine))
        failure = tl_error_set(error, TL_E_USAGE, "-Y selects packets, so it cannot change in a run: start it again");
    if (failure == TL_E_NONE && tl_engine_selects_records(r->engine))
        failure = compile_display(r, again, &predicate, error);
    if (failure == TL_E_NONE && captures)
        failure = tl_engine_set_filter(r->engine, again->filter, error);
    if (failure != TL_E_NONE) {
        tl_predicate_free(predicate);
        free(copies[0]);
        free(copies[1]);
        return failure;
    }
    if (shows)
        tl_engine_select_records(r->engine, predicate);
    if (shows && predicate != NULL)
        r->predicates[r->count++] = predicate;
    else
        tl_predicate_free(predicate); /* it was only checked */
    free(r->filter);
    free(r->display);
    r->filter = copies[0];
    r->display = copies[1];
    r->changed = true;
    tell_filters(r, again, shows || captures);
    return TL_E_NONE;
}

void tl_reload_filters(struct tl_reload *r)
{
    struct tl_options again = { .option_file = NULL };
    struct tl_error error = { .kind = TL_E_NONE };
    if (r->options->option_file == NULL && r->options->filter_file == NULL) /* the command line is as it was */
        return;
    enum tl_failure failure = read_again(r, &again, &error);
    if (failure == TL_E_NONE)
        failure = take_filters(r, &again, &error);
    if (failure != TL_E_NONE)
        tl_tell("the old filters stay: %s", error.text);
    tl_options_fini(&again);
}

void tl_reload_fini(struct tl_reload *r)
{
    for (size_t i = 0; i < r->count; i++)
        tl_predicate_free(r->predicates[i]);
    free(r->predicates);
    free(r->filter);
    free(r->display);
    *r = (struct tl_reload){ .count = 0 };
}
