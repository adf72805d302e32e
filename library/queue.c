/* queue.c - items from the thread that writes to the thread that reads. */
#include "library/queue.h"

#include <errno.h>
#include <time.h>

enum { QUEUE_MOST = 4 << 20 /* bytes that wait before the writer does */ };

bool tl_queue_init(struct tl_queue *queue)
{
    pthread_condattr_t attributes;
    *queue = (struct tl_queue){ .at = 0 };
    if (pthread_condattr_init(&attributes) != 0)
        return false;
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    bool made = pthread_mutex_init(&queue->lock, NULL) == 0;
    made = made && pthread_cond_init(&queue->filled, &attributes) == 0 && pthread_cond_init(&queue->emptied, NULL) == 0;
    pthread_condattr_destroy(&attributes);
    return made;
}

void tl_queue_fini(struct tl_queue *queue)
{
    pthread_cond_destroy(&queue->filled);
    pthread_cond_destroy(&queue->emptied);
    pthread_mutex_destroy(&queue->lock);
    tl_buffer_fini(&queue->filling);
    tl_buffer_fini(&queue->draining);
}

bool tl_queue_put(struct tl_queue *queue, const void *data, size_t len)
{
    pthread_mutex_lock(&queue->lock);
    while (!queue->closed && queue->filling.len > QUEUE_MOST)
        pthread_cond_wait(&queue->emptied, &queue->lock);
    bool taken = !queue->closed;
    if (taken) {
        tl_put(&queue->filling, data, len);
        taken = !queue->filling.failed;
    }
    if (queue->waiting)
        pthread_cond_signal(&queue->filled);
    pthread_mutex_unlock(&queue->lock);
    return taken;
}

void tl_queue_end(struct tl_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->ended = true;
    pthread_cond_signal(&queue->filled);
    pthread_mutex_unlock(&queue->lock);
}

void tl_queue_close(struct tl_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    pthread_cond_signal(&queue->emptied);
    pthread_mutex_unlock(&queue->lock);
}

bool tl_queue_is_closed(struct tl_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    bool closed = queue->closed;
    pthread_mutex_unlock(&queue->lock);
    return closed;
}

static struct timespec deadline_in(int milliseconds)
{
    struct timespec deadline;
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += milliseconds / 1000;
    deadline.tv_nsec += milliseconds % 1000 * 1000000L;
    if (deadline.tv_nsec >= 1000000000) {
        deadline.tv_nsec -= 1000000000;
        deadline.tv_sec++;
    }
    return deadline;
}

enum tl_queue_answer tl_queue_await(struct tl_queue *queue, int milliseconds)
{
    if (queue->at < queue->draining.len)
        return TL_QUEUE_ITEMS;
    struct timespec deadline = deadline_in(milliseconds > 0 ? milliseconds : 0);
    int late = 0;
    pthread_mutex_lock(&queue->lock);
    queue->waiting = true;
    while (queue->filling.len == 0 && !queue->ended && late != ETIMEDOUT)
        late = milliseconds < 0 ? pthread_cond_wait(&queue->filled, &queue->lock)
                                : pthread_cond_timedwait(&queue->filled, &queue->lock, &deadline);
    queue->waiting = false;
    struct tl_buffer filled = queue->filling;
    bool ended = queue->ended;
    if (filled.len > 0) {
        queue->filling = queue->draining;
        queue->filling.len = 0;
        queue->draining = filled;
        queue->at = 0;
        pthread_cond_signal(&queue->emptied);
    }
    pthread_mutex_unlock(&queue->lock);
    return filled.len > 0 ? TL_QUEUE_ITEMS : ended ? TL_QUEUE_ENDED : TL_QUEUE_LATE;
}
