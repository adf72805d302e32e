/* clock.c - engine time from timestamps: steps are followed once the next packet confirms them. */
#include "capture/clock.h"

#include <stddef.h>

/* Saturating: timestamps come from the file and may be anything. */
static int64_t add(int64_t a, int64_t b)
{
    int64_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        return b < 0 ? INT64_MIN : INT64_MAX;
    return sum;
}

static int64_t subtract(int64_t a, int64_t b)
{
    int64_t difference;
    if (__builtin_sub_overflow(a, b, &difference))
        return b < 0 ? INT64_MAX : INT64_MIN;
    return difference;
}

/* Engine time stays where deadlines can be added to it: 146 years either side of 1970. */
#define MOST (INT64_MAX / 2)

static bool fits(int64_t ts)
{
    return ts != INT64_MIN && ts != INT64_MAX;
}

bool tl_clock_is_step(const struct tl_clock *clock, int64_t ts)
{
    if (!clock->started || !fits(ts))
        return false;
    int64_t t = add(ts, clock->offset);
    return t > add(clock->now, TL_CLOCK_STEP) || t < subtract(clock->now, TL_CLOCK_STEP);
}

int64_t tl_clock_advance(struct tl_clock *clock, int64_t ts, const int64_t *next)
{
    if (!fits(ts))
        return clock->now;
    if (!clock->started) {
        int64_t now = ts < -MOST ? -MOST : ts > MOST ? MOST : ts;
        *clock = (struct tl_clock){ .started = true, .now = now, .offset = subtract(now, ts) };
        return now;
    }
    int64_t t = add(ts, clock->offset);
    if (t > add(clock->now, TL_CLOCK_STEP)) {
        if (next == NULL || *next >= subtract(ts, TL_CLOCK_STEP))
            clock->now = t;
    } else if (t < subtract(clock->now, TL_CLOCK_STEP)) {
        if (next == NULL || add(*next, clock->offset) < subtract(clock->now, TL_CLOCK_STEP))
            clock->offset = subtract(clock->now, ts);
    } else if (t > clock->now) {
        clock->now = t;
    }
    if (clock->now > MOST)
        clock->now = MOST;
    return clock->now;
}
