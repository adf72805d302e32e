/* rates.h - the engine's counters, and its rate now. */
#ifndef TL_UI_RATES_H
#define TL_UI_RATES_H

#include "pipeline/engine.h"

enum { TL_RATES_SAMPLES = 8 }; /* half a second each: the rate is over four seconds */

struct tl_rates {
    struct {
        int64_t at; /* monotonic, ns */
        uint64_t packets, bytes;
    } samples[TL_RATES_SAMPLES];
    unsigned taken;
    struct tl_counters counters; /* of the last sample */
    double packets, bits;        /* a second */
    size_t memory;               /* resident bytes of the process */
};

/* Takes a sample if it is due, or with `now` at once. true: it took one. */
bool tl_rates_look(struct tl_rates *rates, struct tl_engine *engine, bool now);

#endif
