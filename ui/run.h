/* run.h - the engine at work, in a thread of its own, filling a store. */
#ifndef TL_UI_RUN_H
#define TL_UI_RUN_H

#include <pthread.h>

#include "ui/view.h"

enum { TL_RUN_SINKS_MOST = 8 }; /* those beside the view, and its own two */

struct tl_run {
    struct tl_engine *engine;     /* owned */
    struct tl_store *store;       /* owned */
    struct tl_run *before;        /* owned: is ended first, so that the memory of one is used */
    struct tl_sink *sinks[TL_RUN_SINKS_MOST];
    struct tl_view_progress *progress;
    int news;                     /* eventfd: it has begun, it has ended */
    pthread_t thread;
    bool started;
    _Atomic bool superseded;      /* another follows: its end is nobody's business */
    struct tl_error failure;      /* once progress->ended */
};

/* Takes over the engine and the store, also on failure: NULL without memory. */
struct tl_run *tl_run_new(const struct tl_view *view, struct tl_engine *engine, struct tl_store *store);
/* before: the run in whose place it comes, or NULL; taken over. false: no thread can be had. */
bool tl_run_start(struct tl_run *run, struct tl_run *before);
/* Ends it and waits. */
void tl_run_stop(struct tl_run *run);
void tl_run_free(struct tl_run *run);

#endif
