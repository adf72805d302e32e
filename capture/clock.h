/*
 * clock.h - engine time: packet time, made suitable for expiring flows.
 *
 * Engine time never goes back. It follows the running maximum of the timestamps. A step forward of more than
 * TL_CLOCK_STEP is followed only if the next packet confirms it, with a timestamp no further back than TL_CLOCK_STEP
 * before that of the step. After a step back of more than TL_CLOCK_STEP that the next packet confirms (it is as far
 * back), engine time does not jump: it continues from its value with the differences of the new timestamps. Merged
 * captures jump by years in both directions. A single wild timestamp changes nothing. At the end of an input a step
 * counts as confirmed. A step forward advances engine time by at most TL_ETIME_STEP_MOST; by then every flow is idle.
 * Engine time wraps (core/time.h), so any number of steps is possible. Timestamps outside the range (tl_time_fits())
 * are never followed. Engine time begins with the first timestamp that fits; packets before it have
 * engine time 0.
 */
#ifndef TL_CAPTURE_CLOCK_H
#define TL_CAPTURE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define TL_CLOCK_STEP INT64_C(60000000000) /* ns */

struct tl_clock {
    bool started;
    bool waited; /* packets came before it started */
    int64_t now; /* engine time, ns */
    int64_t at;  /* the timestamp that belongs to it, ns */
};

/* Returns whether judging this timestamp needs the next one. */
bool tl_clock_is_step(const struct tl_clock *clock, int64_t ts);
/* Returns the engine time of a packet stamped ts. next: timestamp of the next packet, NULL at the end of the input. */
int64_t tl_clock_advance(struct tl_clock *clock, int64_t ts, const int64_t *next);

#endif
