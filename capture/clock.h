/*
 * clock.h - engine time: the packets' own time made fit to expire flows by.
 *
 * Engine time never goes back. It follows the running maximum of timestamps; a step of more than TL_CLOCK_STEP forwards
 * is followed only if the next packet confirms it (its timestamp is not further back than TL_CLOCK_STEP before the
 * step's); a step back of more than TL_CLOCK_STEP that the next packet confirms (it too is that far back) shifts the
 * offset between timestamps and engine time, so time goes on from where it was (merged captures jump by years, both
 * ways). A wild timestamp alone changes nothing. At the end of an input a step counts as confirmed. Engine time stays
 * within 146 years of 1970, so that deadlines can be added to it. INT64_MIN and
 * INT64_MAX stand for times that do not fit: they are never followed.
 */
#ifndef TL_CAPTURE_CLOCK_H
#define TL_CAPTURE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define TL_CLOCK_STEP INT64_C(60000000000) /* ns */

struct tl_clock {
    bool started;
    int64_t now;    /* engine time, ns */
    int64_t offset; /* engine time less timestamp, ns */
};

/* Would this timestamp need the next one to be judged? */
bool tl_clock_is_step(const struct tl_clock *clock, int64_t ts);
/* Engine time of a packet stamped ts; next is the following packet's timestamp, NULL at the end of the input. */
int64_t tl_clock_advance(struct tl_clock *clock, int64_t ts, const int64_t *next);

#endif
