/* session.h - an engine with the thread that runs it and the store that it fills. */
#ifndef TL_UI_SESSION_H
#define TL_UI_SESSION_H

#include <pthread.h>

#include "pipeline/engine.h"
#include "ui/store/store.h"
#include "ui/tasks/progress.h"

enum { TL_SESSION_SINKS_MOST = 8 }; /* those of the caller, and the store's two */

struct tl_session_options {
    struct tl_sink *const *sinks;      /* besides the store's; ends with NULL */
    struct tl_view_progress *progress;
    int news;                          /* eventfd: written when the session begins and when it ends */
    bool live;
};

struct tl_session {
    struct tl_engine *engine;     /* owned */
    struct tl_store *store;       /* owned */
    struct tl_session *before;        /* owned: ended first, so that only one uses memory */
    struct tl_sink *sinks[TL_SESSION_SINKS_MOST];
    struct tl_view_progress *progress;
    int news;
    pthread_t thread;
    bool started;
    _Atomic bool superseded;      /* another session follows: the end of this one is not reported */
    struct tl_error failure;      /* once progress->ended */
};

/* Takes over the engine and the store, even on failure. NULL without memory. */
struct tl_session *tl_session_new(const struct tl_session_options *options, struct tl_engine *engine,
                                  struct tl_store *store);
/* before: the session that it replaces, or NULL; taken over. false: no thread could be started. */
bool tl_session_start(struct tl_session *session, struct tl_session *before);
/* Ends it and waits. */
void tl_session_stop(struct tl_session *session);
void tl_session_free(struct tl_session *session);

#endif
