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

const char *tl_filter_why_not(const struct tl_view *view)
{
    struct stat st;
    if (view->options->sinks[0] != NULL)
        return "packets are not read again while -w, --json or --streams write";
    if (tl_saving_why_not(view) != NULL)
        return tl_saving_why_not(view);
    for (uint32_t i = 0; i < view->source.input_count; i++) {
        if (stat(view->source.inputs[i], &st) != 0 || !S_ISREG(st.st_mode))
            return "only files can be read again";
    }
    return NULL;
}

/* Reads the inputs again, with this filter. Returns false if nothing changed; the message says why. */
static bool read_again(struct tl_view *view, const char *filter)
{
    const struct tl_view_options *o = view->options;
    struct tl_error error = { 0 };
    char *copy = strdup(filter);
    struct tl_engine *engine =
        copy != NULL ? o->open(o->context, *copy != '\0' ? copy : NULL, &error) : NULL;
    if (engine == NULL) {
        tl_view_say(view, true, "%s", copy != NULL ? error.text : "out of memory");
        free(copy);
        return false;
    }
    free(view->filter);
    view->filter = copy;
    if (tl_view_begin(view, engine, &error))
        return true;
    tl_view_say(view, true, "%s", error.text);
    view->quit = true;
    view->failure = error;
    return false;
}

bool tl_filter_read_again(struct tl_view *view)
{
    return read_again(view, view->filter);
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
    const char *why = view->options->live ? NULL : tl_filter_why_not(view);
    if (view->options->live)
        apply_live(view, filter);
    else if (why != NULL)
        tl_view_say(view, true, "the filter cannot be changed: %s", why);
    else
        (void)read_again(view, filter);
}

void tl_filter_ask(struct tl_view *view, void *state)
{
    (void)state;
    tl_view_ask_again(view, "Capture filter (BPF; empty: all): ", view->filter, apply);
}
