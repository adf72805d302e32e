/* clock.c - computes engine time from timestamps: a step is followed after the next packet confirms it. */
#include "capture/clock.h"

#include <stddef.h>

#include "core/time.h"

bool tl_clock_is_step(const struct tl_clock *clock, int64_t ts)
{
    if (!clock->started || !tl_time_fits(ts))
        return false;
    int64_t ahead = tl_time_between(clock->at, ts);
    return ahead > TL_CLOCK_STEP || ahead < -TL_CLOCK_STEP;
}

int64_t tl_clock_advance(struct tl_clock *clock, int64_t ts, const int64_t *next)
{
    if (!tl_time_fits(ts)) {
        clock->waited = true;
        return clock->now;
    }
    if (!clock->started) {
        *clock = (struct tl_clock){ .started = true, .now = clock->waited ? clock->now : ts, .at = ts };
        return clock->now;
    }
    int64_t ahead = tl_time_between(clock->at, ts);
    bool followed = ahead > 0;
    if (ahead > TL_CLOCK_STEP)
        followed = next == NULL || tl_time_between(ts, *next) >= -TL_CLOCK_STEP;
    else if (ahead < -TL_CLOCK_STEP)
        followed = next == NULL || tl_time_between(clock->at, *next) < -TL_CLOCK_STEP;
    if (!followed)
        return clock->now;
    clock->at = ts;
    if (ahead > 0)
        clock->now = tl_etime_add(clock->now, ahead < TL_ETIME_STEP_MOST ? ahead : TL_ETIME_STEP_MOST);
    return clock->now;
}
