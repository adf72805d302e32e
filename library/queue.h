/* queue.h - items from the thread that writes to the thread that reads: two buffers that change places. */
#ifndef TL_LIBRARY_QUEUE_H
#define TL_LIBRARY_QUEUE_H

#include <pthread.h>

#include "core/buffer.h"

struct tl_queue {
    pthread_mutex_t lock;
    pthread_cond_t filled, emptied;
    struct tl_buffer filling;  /* under lock */
    bool waiting;              /* under lock: the reader waits */
    bool ended;                /* under lock: nothing follows */
    bool closed;               /* under lock: nothing is taken any more */
    struct tl_buffer draining; /* the reader's */
    size_t at;                 /* in it */
};

bool tl_queue_init(struct tl_queue *queue) TL_MUST_CHECK;
void tl_queue_fini(struct tl_queue *queue);
/* Waits for room. Returns false if the queue is closed, or without memory. */
bool tl_queue_put(struct tl_queue *queue, const void *data, size_t len);
/* Nothing follows. */
void tl_queue_end(struct tl_queue *queue);
/* Nothing is taken any more: put() returns false. */
void tl_queue_close(struct tl_queue *queue);
bool tl_queue_is_closed(struct tl_queue *queue);

enum tl_queue_answer { TL_QUEUE_ITEMS, TL_QUEUE_ENDED, TL_QUEUE_LATE };

/* Makes more bytes available in draining, if need be. Waits at most so many milliseconds; negative: until there are. */
enum tl_queue_answer tl_queue_await(struct tl_queue *queue, int milliseconds);

#endif
