/*
 * task.h - work that takes longer than a frame (search, reading a conversation, saving): a thread of its own for as
 * long as it lasts. It says how far it is, can be called off, and tells the view when there is something to look at.
 */
#ifndef TL_UI_TASK_H
#define TL_UI_TASK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct tl_task {
    pthread_t thread;
    bool started;              /* the view's: there is a thread to wait for */
    _Atomic bool off, done;    /* called off; it has returned */
    _Atomic uint64_t at, total; /* how far it is; total 0: not known */
    int news;                  /* eventfd, the view's */
    void (*run)(struct tl_task *task, void *context);
    void *context;
};

/* --- in the view --- */

/* Begins, once an earlier one was stopped. false: no thread can be had. context stays until tl_task_stop(). */
bool tl_task_start(struct tl_task *task, int news, void (*run)(struct tl_task *task, void *context),
                     void *context);
/* Calls it off and waits: as long as one packet takes. Nothing to do where none was started. */
void tl_task_stop(struct tl_task *task);
/* Is it on its way? */
bool tl_task_runs(const struct tl_task *task);
/* It has come to its end since it was asked last: it is tidied away, once. */
bool tl_task_ended(struct tl_task *task);
/* Hundredths that are done. */
unsigned tl_task_percent(const struct tl_task *task);

/* --- in its thread --- */

static inline bool tl_task_is_off(const struct tl_task *task)
{
    return atomic_load_explicit(&task->off, memory_order_relaxed);
}
/* There is something new to look at. */
void tl_task_tell(const struct tl_task *task);

#endif
