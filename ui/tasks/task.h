/*
 * task.h - work that takes longer than a frame (search, reading a stream, saving): a thread for as long as it runs. It
 * reports its progress, can be stopped, and wakes the view when there is something new.
 */
#ifndef TL_UI_TASK_H
#define TL_UI_TASK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct tl_task {
    pthread_t thread;
    bool started;              /* for the view: there is a thread to wait for */
    _Atomic bool off, done;    /* stopped; the thread has returned */
    _Atomic uint64_t at, total; /* progress; total 0: not known */
    int news;                  /* eventfd of the view */
    void (*run)(struct tl_task *task, void *context);
    void *context;
};

/* --- in the view --- */

/* Starts it, after stopping an earlier one. false: no thread could be started. context stays until tl_task_stop(). */
bool tl_task_start(struct tl_task *task, int news, void (*run)(struct tl_task *task, void *context),
                     void *context);
/* Stops it and waits, at most for one packet. Does nothing if none was started. */
void tl_task_stop(struct tl_task *task);
/* The thread has not returned. */
bool tl_task_runs(const struct tl_task *task);
/* true, once, when the thread has returned: it is joined. */
bool tl_task_ended(struct tl_task *task);
/* Percent done. */
unsigned tl_task_percent(const struct tl_task *task);

/* --- in its thread --- */

static inline bool tl_task_is_off(const struct tl_task *task)
{
    return atomic_load_explicit(&task->off, memory_order_relaxed);
}
/* Wakes the view. */
void tl_task_tell(const struct tl_task *task);

#endif
