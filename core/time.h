/* time.h - arithmetic on times. Timestamps come from a capture and may be any int64_t; engine time wraps. */
#ifndef TL_CORE_TIME_H
#define TL_CORE_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "core/status.h"

/*
 * Timestamps of capture files that are outside the range of int64_t, in ns: before 1677-09-21 and after 2262-04-11.
 * They are never printed as numbers.
 */
#define TL_TIME_EARLY INT64_MIN
#define TL_TIME_LATE INT64_MAX

/* Returns false for a time that is outside. */
static inline bool tl_time_fits(int64_t ts)
{
    return ts != TL_TIME_EARLY && ts != TL_TIME_LATE;
}

/* Names a time that is outside. */
static inline const char *tl_time_outside(int64_t ts)
{
    return ts == TL_TIME_EARLY ? "before 1677" : "after 2262";
}

/*
 * Returns the ns from one timestamp to another, negative if `to` is earlier. INT64_MIN and INT64_MAX stand for
 * intervals outside the range, also to or from a timestamp that is outside; records leave them out.
 */
static inline int64_t tl_time_between(int64_t from, int64_t to)
{
    int64_t ns;
    if (TL_UNLIKELY(!tl_time_fits(from) || !tl_time_fits(to)))
        return to > from ? INT64_MAX : INT64_MIN;
    if (__builtin_sub_overflow(to, from, &ns))
        return from < 0 ? INT64_MAX : INT64_MIN;
    return ns;
}

/*
 * Engine time, ns. It wraps: only differences are meaningful. Compared times must be less than 2^63 ns apart; tl_feed
 * and tl_expiry guarantee that.
 */
static inline int64_t tl_etime_add(int64_t etime, int64_t ns)
{
    return (int64_t)((uint64_t)etime + (uint64_t)ns);
}

/* ns from one engine time to another. */
static inline int64_t tl_etime_between(int64_t from, int64_t to)
{
    return (int64_t)((uint64_t)to - (uint64_t)from);
}

static inline bool tl_etime_before(int64_t a, int64_t b)
{
    return tl_etime_between(a, b) > 0;
}

/* The most that engine time advances from one packet to the next, in ns: 32 days. Every timeout is shorter. */
#define TL_ETIME_STEP_MOST INT64_C(2764800000000000)

#endif
