/* errand.c - a thread that is started, called off and waited for. */
#include "ui/errand.h"

#include <unistd.h>

void tl_errand_tell(const struct tl_errand *errand)
{
    uint64_t one = 1;
    if (write(errand->news, &one, sizeof one) < 0) /* full: it is readable already */
        return;
}

static void *run(void *context)
{
    struct tl_errand *errand = context;
    errand->run(errand, errand->context);
    atomic_store(&errand->done, true);
    tl_errand_tell(errand);
    return NULL;
}

bool tl_errand_start(struct tl_errand *errand, int news, void (*work)(struct tl_errand *errand, void *context),
                     void *context)
{
    tl_errand_stop(errand);
    errand->news = news;
    errand->run = work;
    errand->context = context;
    atomic_store(&errand->off, false);
    atomic_store(&errand->done, false);
    atomic_store(&errand->at, 0);
    atomic_store(&errand->total, 0);
    errand->started = pthread_create(&errand->thread, NULL, run, errand) == 0;
    return errand->started;
}

void tl_errand_stop(struct tl_errand *errand)
{
    if (!errand->started)
        return;
    atomic_store(&errand->off, true);
    pthread_join(errand->thread, NULL);
    errand->started = false;
}

bool tl_errand_runs(const struct tl_errand *errand)
{
    return errand->started && !atomic_load(&errand->done);
}

bool tl_errand_ended(struct tl_errand *errand)
{
    if (!errand->started || !atomic_load(&errand->done))
        return false;
    tl_errand_stop(errand);
    return true;
}

unsigned tl_errand_percent(const struct tl_errand *errand)
{
    uint64_t at = atomic_load(&errand->at), total = atomic_load(&errand->total);
    return total == 0 ? 0 : at >= total ? 100 : (unsigned)(at * 100 / total);
}
