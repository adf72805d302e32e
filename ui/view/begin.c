/* begin.c - makes all that depends on an engine: its session, the source, the reader, the tally. */
#include "ui/view/begin.h"

#include <string.h>

#include "ui/tasks/session.h"
#include "ui/view/finding.h"
#include "ui/view/layout.h"
#include "ui/view/saving.h"
#include "ui/view/shown.h"
#include "ui/view/state.h"

enum {
    TALLY_SHARE = 16, /* of the memory: the counts of all packets, */
    PANES_SHARE = 16, /* the results of panes and tasks, */
    DECODE_SHARE = 40, /* each decoder; the store has the rest */
    DECODE_LEAST = 3 << 19, /* bytes: less is not enough for one flow */
    DECODERS = 5,      /* the reader, a subset with a text, a search, a stream and a file that is saved */
};

static size_t decode_memory(const struct tl_view_options *o)
{
    return o->memory / DECODE_SHARE > DECODE_LEAST ? o->memory / DECODE_SHARE : DECODE_LEAST;
}

static size_t store_memory(const struct tl_view_options *o)
{
    return o->memory - o->memory / TALLY_SHARE - o->memory / PANES_SHARE - DECODERS * decode_memory(o);
}

size_t tl_view_panes_memory(const struct tl_view_options *o)
{
    return o->memory / PANES_SHARE;
}

/* Ends all that depends on the store. */
void tl_view_forget(struct tl_view *view)
{
    (void)tl_finding_stop(view);
    (void)tl_saving_stop(view);
    tl_shown_free(view);
    for (unsigned i = 0; i < tl_pane_count && view->states[i] != NULL; i++) {
        if (tl_panes[i]->leave != NULL)
            tl_panes[i]->leave(view->states[i]);
        memset(view->states[i], 0, tl_panes[i]->state_size);
    }
    tl_tally_free(view->tally);
    tl_reader_free(view->reader); /* after the panes, whose threads wake the view through it */
    tl_packet_tree_free(view->tree);
    view->tally = NULL;
    view->reader = NULL;
    view->tree = NULL;
    view->marks.count = 0;
    view->packet = view->shown_count = 0;
    view->tree_line = 0;
}

bool tl_view_begin(struct tl_view *view, struct tl_engine *engine, struct tl_error *error)
{
    const struct tl_view_options *o = view->options;
    struct tl_session *before = view->session;
    tl_view_forget(view);
    tl_inputs_close(&view->inputs); /* the engine has opened the files as they are now */
    const struct tl_session_options session = { .sinks = o->sinks, .progress = o->progress, .news = view->news,
                                                .live = o->live };
    view->session = tl_session_new(&session, engine, tl_store_new(store_memory(o)));
    if (view->session == NULL) {
        view->session = before;
        tl_error_set(error, TL_E_RUNTIME, "out of memory: ask for less with --mem");
        return false;
    }
    view->store = view->session->store;
    view->interfaces = tl_engine_interfaces(engine);
    view->source = (struct tl_packet_source){ .store = view->store,
                                               .interfaces = view->interfaces,
                                               .inputs = o->inputs,
                                               .input_count = o->input_count,
                                               .opened = &view->inputs,
                                               .journal = o->journal,
                                               .checksums = o->checksums,
                                               .decode_as = o->decode_as,
                                               .secrets = o->secrets,
                                               .keylog = o->keylog,
                                               .decode_memory = decode_memory(o),
                                               .memory = &view->memory };
    if (tl_inputs_open(&view->inputs, o->inputs, o->live ? 0 : o->input_count))
        view->reader = tl_reader_new(&view->source, o->rules, error);
    if (view->reader != NULL)
        view->tally = tl_tally_new(view->store, o->memory / TALLY_SHARE, tl_reader_fd(view->reader));
    if (view->tally == NULL)
        tl_error_set(error, TL_E_RUNTIME, "out of memory: ask for less with --mem");
    view->failure = (struct tl_error){ 0 };
    view->rates = (struct tl_rates){ 0 };
    atomic_store(&o->progress->ended, false);
    bool fine = view->tally != NULL && tl_session_start(view->session, before);
    if (!fine) {
        tl_session_free(before);
        view->session->before = NULL;
        tl_error_set(error, TL_E_RUNTIME, "cannot start a thread");
    }
    for (unsigned i = 0; i < tl_pane_count && fine && before != NULL; i++) {
        if (tl_layout_on_page(view, i) && tl_panes[i]->enter != NULL)
            tl_panes[i]->enter(view, view->states[i]);
    }
    return fine;
}
