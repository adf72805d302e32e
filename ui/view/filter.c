/* filter.c - changes the filter: files are read again, live capture continues. */
#include "ui/view/filter.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pipeline/engine.h"
#include "ui/tasks/session.h"
#include "ui/view/begin.h"
#include "ui/view/saving.h"
#include "ui/view/state.h"

/* Why the inputs cannot be read again; NULL: they can. */
static const char *why_not(const struct tl_view *view)
{
    struct stat st;
    if (view->options->sinks[0] != NULL)
        return "the filter cannot be changed while -w, --json or --streams write";
    if (tl_saving_why_not(view) != NULL)
        return tl_saving_why_not(view);
    for (uint32_t i = 0; i < view->source.input_count; i++) {
        if (stat(view->source.inputs[i], &st) != 0 || !S_ISREG(st.st_mode))
            return "the filter cannot be changed: only files can be read again";
    }
    return NULL;
}

/* For packets from now on; earlier packets stay. */
static void apply_live(struct tl_view *view, const char *filter)
{
    struct tl_error error = { 0 };
    char *copy = strdup(filter);
    const char *expression = *filter != '\0' ? filter : NULL;
    if (copy == NULL || tl_engine_set_filter(view->session->engine, expression, &error) != TL_E_NONE) {
        tl_view_say(view, true, "%s", copy != NULL ? error.text : "out of memory");
        free(copy);
        return;
    }
    free(view->filter);
    view->filter = copy;
    tl_view_say(view, false, "%s", "the filter applies from the next packet on");
}

static void apply(struct tl_view *view, const char *filter)
{
    const struct tl_view_options *o = view->options;
    if (o->live) {
        apply_live(view, filter);
        return;
    }
    struct tl_error error = { 0 };
    const char *why = why_not(view);
    char *copy = strdup(filter);
    if (why != NULL || copy == NULL) {
        tl_view_say(view, true, "%s", why != NULL ? why : "out of memory");
        free(copy);
        return;
    }
    struct tl_engine *engine = o->open(o->context, *copy != '\0' ? copy : NULL, &error);
    if (engine == NULL) {
        tl_view_say(view, true, "%s", error.text);
        free(copy);
        return;
    }
    free(view->filter);
    view->filter = copy;
    if (!tl_view_begin(view, engine, &error)) {
        tl_view_say(view, true, "%s", error.text);
        view->quit = true;
        view->failure = error;
    }
}

void tl_filter_ask(struct tl_view *view, void *state)
{
    (void)state;
    tl_view_ask_again(view, "Capture filter (BPF; empty: all): ", view->filter, apply);
}
