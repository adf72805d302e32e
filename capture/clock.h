/*
 * clock.h - engine time: the packets' own time made fit to expire flows by.
 *
 * Engine time never goes back. It follows the running maximum of timestamps; a step of more than TL_CLOCK_STEP forwards
 * is followed only if the next packet confirms it (its timestamp is not further back than TL_CLOCK_STEP before the
 * step's); a step back of more than TL_CLOCK_STEP that the next packet confirms (it too is that far back) leaves engine
 * time where it is, and time goes on from there at the new packets' pace (merged captures jump by years, both ways). A
 * wild timestamp alone changes nothing. At the end of an input a step counts as confirmed. A step forwards advances
 * engine time by at most TL_ETIME_STEP_MOST: every flow is idle by then. However often time jumps, it does not run out:
 * engine time wraps (core/time.h). INT64_MIN and INT64_MAX are timestamps that do not fit: they are never followed.
 * Engine time begins with the first timestamp that fits, or with 0 where packets come before it.
 */
#ifndef TL_CAPTURE_CLOCK_H
#define TL_CAPTURE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define TL_CLOCK_STEP INT64_C(60000000000) /* ns */

struct tl_clock {
    bool started;
    bool waited; /* packets were stamped before it started */
    int64_t now; /* engine time, ns */
    int64_t at;  /* the timestamp that belongs to it, ns */
};

/* Would this timestamp need the next one to be judged? */
bool tl_clock_is_step(const struct tl_clock *clock, int64_t ts);
/* Engine time of a packet stamped ts; next is the following packet's timestamp, NULL at the end of the input. */
int64_t tl_clock_advance(struct tl_clock *clock, int64_t ts, const int64_t *next);

#endif
