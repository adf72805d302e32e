/* session.h - the engine at work, in a thread of its own, filling a store. */
#ifndef TL_UI_SESSION_H
#define TL_UI_SESSION_H

#include <pthread.h>

#include "ui/view/view.h"

enum { TL_SESSION_SINKS_MOST = 8 }; /* those beside the view, and its own two */

struct tl_session {
    struct tl_engine *engine;     /* owned */
    struct tl_store *store;       /* owned */
    struct tl_session *before;        /* owned: is ended first, so that the memory of one is used */
    struct tl_sink *sinks[TL_SESSION_SINKS_MOST];
    struct tl_view_progress *progress;
    int news;                     /* eventfd: it has begun, it has ended */
    pthread_t thread;
    bool started;
    _Atomic bool superseded;      /* another follows: its end is nobody's business */
    struct tl_error failure;      /* once progress->ended */
};

/* Takes over the engine and the store, also on failure: NULL without memory. */
struct tl_session *tl_session_new(const struct tl_view *view, struct tl_engine *engine, struct tl_store *store);
/* before: the session in whose place it comes, or NULL; taken over. false: no thread can be had. */
bool tl_session_start(struct tl_session *session, struct tl_session *before);
/* Ends it and waits. */
void tl_session_stop(struct tl_session *session);
void tl_session_free(struct tl_session *session);

#endif
