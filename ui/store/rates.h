/* rates.h - what the engine has counted, and how fast it goes now. */
#ifndef TL_UI_RATES_H
#define TL_UI_RATES_H

#include "pipeline/engine.h"

enum { TL_RATES_SAMPLES = 8 }; /* half a second each: the rate is that of four seconds */

struct tl_rates {
    struct {
        int64_t at; /* monotonic, ns */
        uint64_t packets, bytes;
    } samples[TL_RATES_SAMPLES];
    unsigned taken;
    struct tl_counters counters; /* of the last sample */
    double packets, bits;        /* a second */
    size_t memory;               /* bytes: what the process has in memory */
};

/* Takes a sample where it is time for one, or with `now` at once. true: it did. */
bool tl_rates_look(struct tl_rates *rates, struct tl_engine *engine, bool now);

#endif
