/* session.c - starts an engine, once the one before has ended. */
#include "ui/tasks/session.h"

#include <stdlib.h>
#include <unistd.h>

struct tl_session *tl_session_new(const struct tl_session_options *options, struct tl_engine *engine,
                                  struct tl_store *store)
{
    struct tl_session *session = calloc(1, sizeof *session);
    uint32_t count = 0;
    if (session == NULL || store == NULL) {
        free(session);
        tl_engine_free(engine);
        tl_store_free(store);
        return NULL;
    }
    session->engine = engine;
    session->store = store;
    session->progress = options->progress;
    session->news = options->news;
    for (struct tl_sink *const *sink = options->sinks; *sink != NULL && count + 2 < TL_COUNT(session->sinks); sink++)
        session->sinks[count++] = *sink;
    session->sinks[count++] = tl_store_sink(store);
    if (!options->live) /* there are none */
        session->sinks[count++] = tl_store_extras_sink(store);
    tl_engine_set_sinks(engine, session->sinks, count);
    return session;
}

static void tell(const struct tl_session *session)
{
    uint64_t one = 1;
    if (write(session->news, &one, sizeof one) < 0) /* full: it is readable already */
        return;
}

static void *work(void *context)
{
    struct tl_session *session = context;
    tl_session_free(session->before);
    session->before = NULL;
    atomic_store(&session->progress->done, 0);
    atomic_store(&session->progress->total, 0);
    atomic_store(&session->progress->ended, false);
    tell(session);
    tl_engine_run(session->engine, &session->failure);
    if (!atomic_load(&session->superseded))
        atomic_store(&session->progress->ended, true);
    tell(session);
    return NULL;
}

bool tl_session_start(struct tl_session *session, struct tl_session *before)
{
    session->before = before;
    if (before != NULL)
        atomic_store(&before->superseded, true);
    session->started = pthread_create(&session->thread, NULL, work, session) == 0;
    return session->started;
}

void tl_session_stop(struct tl_session *session)
{
    if (!session->started)
        return;
    tl_engine_stop(session->engine);
    pthread_join(session->thread, NULL);
    session->started = false;
}

void tl_session_free(struct tl_session *session)
{
    if (session == NULL)
        return;
    tl_session_stop(session);
    tl_session_free(session->before);
    tl_engine_free(session->engine);
    tl_store_free(session->store);
    free(session);
}
