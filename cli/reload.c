/* reload.c - the filters of a running capture are read again: SIGHUP. */
#include "cli/reload.h"

#include "cli/files.h"
#include "cli/report.h"
#include "pipeline/engine.h"

#include <stdlib.h>
#include <string.h>

void tl_reload_init(struct tl_reload *reload, const struct tl_options *options, struct tl_engine *engine)
{
    *reload = (struct tl_reload){ .options = options, .engine = engine };
}

static bool is_same(const char *a, const char *b)
{
    return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

/* Gives the engine the filters that differ. On failure both are as before. */
static enum tl_failure take_filters(struct tl_reload *r, const char *filter, const char *display,
                                    struct tl_error *error)
{
    const char *old_filter = r->changed ? r->filter : r->options->filter;
    const char *old_display = r->changed ? r->display : r->options->display;
    bool shows = !is_same(display, old_display);
    struct tl_predicate *predicate = NULL;
    struct tl_predicate **grown = realloc(r->predicates, (r->count + 1) * sizeof *grown);
    char *copies[2] = { strdup(filter != NULL ? filter : ""), strdup(display != NULL ? display : "") };
    enum tl_failure failure = TL_E_NONE;
    r->predicates = grown != NULL ? grown : r->predicates;
    if (grown == NULL || copies[0] == NULL || copies[1] == NULL)
        failure = tl_error_set(error, TL_E_RUNTIME, "out of memory");
    if (failure == TL_E_NONE && shows && !tl_engine_selects_records(r->engine))
        failure = tl_error_set(error, TL_E_USAGE, "-Y selects packets, so it cannot change in a run: start it again");
    if (failure == TL_E_NONE && shows && display != NULL)
        failure = tl_select_records(&r->names, display, &predicate, error);
    if (failure == TL_E_NONE && !is_same(filter, old_filter))
        failure = tl_engine_set_filter(r->engine, filter, error);
    if (failure != TL_E_NONE) {
        tl_predicate_free(predicate);
        free(copies[0]);
        free(copies[1]);
        return failure;
    }
    if (shows)
        tl_engine_select_records(r->engine, predicate);
    if (predicate != NULL)
        r->predicates[r->count++] = predicate;
    if ((shows || !is_same(filter, old_filter)) && !r->options->quiet)
        tl_tell("filters are read again: capture filter '%.200s', display filter '%.200s'", copies[0], copies[1]);
    free(r->filter);
    free(r->display);
    r->filter = copies[0];
    r->display = copies[1];
    r->changed = true;
    return TL_E_NONE;
}

void tl_reload_filters(struct tl_reload *r)
{
    const struct tl_options *o = r->options;
    struct tl_options again = { .option_file = NULL };
    struct tl_error error = { .kind = TL_E_NONE };
    if (o->option_file == NULL && o->filter_file == NULL) /* the command line is as it was */
        return;
    enum tl_failure failure = tl_options_parse(&again, o->argc, o->argv, &error);
    if (failure == TL_E_NONE && again.action == TL_ACTION_RUN && again.filter_file != NULL)
        failure = tl_files_read_filter(&again, &error);
    if (failure == TL_E_NONE)
        failure = take_filters(r, again.filter, again.display, &error);
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
