/* task.c - starts a thread, stops it and waits for it. */
#include "ui/tasks/task.h"

#include <unistd.h>

void tl_task_tell(const struct tl_task *task)
{
    uint64_t one = 1;
    if (write(task->news, &one, sizeof one) < 0) /* full: it is readable already */
        return;
}

static void *run(void *context)
{
    struct tl_task *task = context;
    task->run(task, task->context);
    atomic_store(&task->done, true);
    tl_task_tell(task);
    return NULL;
}

bool tl_task_start(struct tl_task *task, int news, void (*work)(struct tl_task *task, void *context),
                     void *context)
{
    tl_task_stop(task);
    task->news = news;
    task->run = work;
    task->context = context;
    atomic_store(&task->off, false);
    atomic_store(&task->done, false);
    atomic_store(&task->at, 0);
    atomic_store(&task->total, 0);
    task->started = pthread_create(&task->thread, NULL, run, task) == 0;
    return task->started;
}

void tl_task_stop(struct tl_task *task)
{
    if (!task->started)
        return;
    atomic_store(&task->off, true);
    pthread_join(task->thread, NULL);
    task->started = false;
}

bool tl_task_runs(const struct tl_task *task)
{
    return task->started && !atomic_load(&task->done);
}

bool tl_task_ended(struct tl_task *task)
{
    if (!task->started || !atomic_load(&task->done))
        return false;
    tl_task_stop(task);
    return true;
}

unsigned tl_task_percent(const struct tl_task *task)
{
    uint64_t at = atomic_load(&task->at), total = atomic_load(&task->total);
    return total == 0 ? 0 : at >= total ? 100 : (unsigned)(at * 100 / total);
}
