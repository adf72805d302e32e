/*
 * notices.h - what the engine says in between: an interface that went away and came back, a disk that is full. Its threads add,
 * the view shows, and what was said is told again where there is no view any more.
 */
#ifndef TL_UI_NOTICES_H
#define TL_UI_NOTICES_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum { TL_NOTICES_KEPT = 64, TL_NOTICE_TEXT = 256 };

struct tl_notices {
    pthread_mutex_t lock; /* held for a copy */
    _Atomic bool aloud;     /* the screen is gone: to standard error at once */
    _Atomic uint32_t count; /* of all that were said; the last TL_NOTICES_KEPT are there */
    struct {
        int64_t ts; /* CLOCK_REALTIME, ns */
        char text[TL_NOTICE_TEXT];
    } kept[TL_NOTICES_KEPT];
};

/* Zeroed memory and this. */
void tl_notices_init(struct tl_notices *notices);
void tl_notices_fini(struct tl_notices *notices);
/* For tl_engine_options.notice; context: a struct tl_notices. What is too long is cut. Any thread. */
void tl_notices_add(void *context, const char *text);
/* A copy of one, counted from 0; false: it is not there any more, or not yet. ts may be NULL. */
bool tl_notices_get(struct tl_notices *notices, uint32_t index, char text[TL_NOTICE_TEXT], int64_t *ts);

#endif
