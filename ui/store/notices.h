/*
 * notices.h - messages of the engine: an interface that went away and came back, a disk that is full. Its threads add
 * them, the view shows them, and they are printed once the view has ended. No thread waits for another.
 */
#ifndef TL_UI_NOTICES_H
#define TL_UI_NOTICES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

enum { TL_NOTICES_KEPT = 64, TL_NOTICE_TEXT = sizeof(((struct tl_error *)NULL)->text) };

struct tl_notice {
    int64_t ts; /* CLOCK_REALTIME, ns */
    char text[TL_NOTICE_TEXT];
};
enum { TL_NOTICE_WORDS = sizeof(struct tl_notice) / sizeof(uint64_t) };

/* Zeroed at first. */
struct tl_notices {
    _Atomic bool aloud;     /* the screen is closed: print to standard error at once */
    _Atomic uint32_t count; /* of all notices; the last TL_NOTICES_KEPT are kept */
    struct tl_notice_slot {
        _Atomic uint64_t version; /* odd while it is written; then 2 more than twice its number */
        _Atomic uint64_t words[TL_NOTICE_WORDS];
    } kept[TL_NOTICES_KEPT];
};

/* For tl_engine_options.notice; context: a struct tl_notices. Long texts are cut. Any thread. */
void tl_notices_add(void *context, const char *text);
/* A copy of a notice, counted from 0; false: it was overwritten, or does not exist yet. Any thread. */
bool tl_notices_get(const struct tl_notices *notices, uint32_t index, struct tl_notice *notice);

#endif
