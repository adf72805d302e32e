/* pace.c - waiting. */
#include "cli/pace.h"

#include "cli/signals.h"

#include <errno.h>
#include <time.h>

#define NS INT64_C(1000000000)

bool tl_pace_until(int64_t due)
{
    struct timespec at = { due / NS, due % NS }, now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec * NS + now.tv_nsec >= due) /* a sleep would set a timer, which costs more than most packets */
        return !tl_signals_interrupted();
    while (!tl_signals_interrupted() && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
        continue;
    return !tl_signals_interrupted();
}
