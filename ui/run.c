/* run.c - starts an engine, once the one before has ended. */
#include "ui/run.h"

#include <stdlib.h>
#include <unistd.h>

struct tl_run *tl_run_new(const struct tl_view *view, struct tl_engine *engine, struct tl_store *store)
{
    const struct tl_view_options *o = view->options;
    struct tl_run *run = calloc(1, sizeof *run);
    uint32_t count = 0;
    if (run == NULL || store == NULL) {
        free(run);
        tl_engine_free(engine);
        tl_store_free(store);
        return NULL;
    }
    run->engine = engine;
    run->store = store;
    run->progress = o->progress;
    run->news = view->news;
    for (struct tl_sink *const *sink = o->sinks; *sink != NULL && count + 2 < TL_COUNT(run->sinks); sink++)
        run->sinks[count++] = *sink;
    run->sinks[count++] = tl_store_sink(store);
    if (!o->live) /* there are none */
        run->sinks[count++] = tl_store_extras_sink(store);
    tl_engine_set_sinks(engine, run->sinks, count);
    return run;
}

static void tell(const struct tl_run *run)
{
    uint64_t one = 1;
    if (write(run->news, &one, sizeof one) < 0) /* full: it is readable already */
        return;
}

static void *work(void *context)
{
    struct tl_run *run = context;
    tl_run_free(run->before);
    run->before = NULL;
    atomic_store(&run->progress->done, 0);
    atomic_store(&run->progress->total, 0);
    atomic_store(&run->progress->ended, false);
    tell(run);
    tl_engine_run(run->engine, &run->failure);
    if (!atomic_load(&run->superseded))
        atomic_store(&run->progress->ended, true);
    tell(run);
    return NULL;
}

bool tl_run_start(struct tl_run *run, struct tl_run *before)
{
    run->before = before;
    if (before != NULL)
        atomic_store(&before->superseded, true);
    run->started = pthread_create(&run->thread, NULL, work, run) == 0;
    return run->started;
}

void tl_run_stop(struct tl_run *run)
{
    if (!run->started)
        return;
    tl_engine_stop(run->engine);
    pthread_join(run->thread, NULL);
    run->started = false;
}

void tl_run_free(struct tl_run *run)
{
    if (run == NULL)
        return;
    tl_run_stop(run);
    tl_run_free(run->before);
    tl_engine_free(run->engine);
    tl_store_free(run->store);
    free(run);
}
