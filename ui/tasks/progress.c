/* progress.c - takes the engine's reports. */
#include "ui/tasks/progress.h"

void tl_view_on_progress(void *context, uint64_t done, uint64_t total, uint64_t packets)
{
    struct tl_view_progress *progress = context;
    (void)packets;
    atomic_store(&progress->done, done);
    atomic_store(&progress->total, total);
}
