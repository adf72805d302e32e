/* progress.h - how far the engine is. */
#ifndef TL_UI_PROGRESS_H
#define TL_UI_PROGRESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Written by the engine's thread, read by the view. */
struct tl_view_progress {
    _Atomic uint64_t done, total; /* bytes of the input; total 0: not known */
    _Atomic bool ended;
};

/* For tl_engine_options.progress; context: a struct tl_view_progress. */
void tl_view_on_progress(void *context, uint64_t done, uint64_t total, uint64_t packets);

#endif
