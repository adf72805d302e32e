/* rate.h - packets and bits a second, over the last seconds. */
#ifndef TL_UI_RATE_H
#define TL_UI_RATE_H

#include <stdint.h>

enum { TL_RATE_SAMPLES = 16 };

struct tl_rate {
    struct tl_rate_sample {
        int64_t at; /* CLOCK_MONOTONIC, ns */
        uint64_t packets, bytes;
    } samples[TL_RATE_SAMPLES]; /* a ring, a quarter of a second apart at least */
    unsigned count;             /* ever taken */
};

/* What was counted so far, at this time (CLOCK_MONOTONIC, ns). Call it often; it takes what it needs. */
void tl_rate_note(struct tl_rate *rate, int64_t at, uint64_t packets, uint64_t bytes);
/* A second, between the oldest sample and the newest; 0 before there are two. */
void tl_rate_get(const struct tl_rate *rate, uint64_t *packets, uint64_t *bits);

#endif
