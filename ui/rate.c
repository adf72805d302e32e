/* rate.c - keeps samples of counters. */
#include "ui/rate.h"

enum { APART = 250000000 }; /* ns */

static const struct tl_rate_sample *newest(const struct tl_rate *rate)
{
    return &rate->samples[(rate->count - 1) % TL_RATE_SAMPLES];
}

void tl_rate_note(struct tl_rate *rate, int64_t at, uint64_t packets, uint64_t bytes)
{
    if (rate->count > 0 && packets < newest(rate)->packets) /* another run */
        rate->count = 0;
    if (rate->count > 0 && at - newest(rate)->at < APART)
        return;
    rate->samples[rate->count++ % TL_RATE_SAMPLES] = (struct tl_rate_sample){ at, packets, bytes };
}

void tl_rate_get(const struct tl_rate *rate, uint64_t *packets, uint64_t *bits)
{
    *packets = *bits = 0;
    if (rate->count < 2)
        return;
    const struct tl_rate_sample *last = newest(rate);
    const struct tl_rate_sample *first =
        &rate->samples[rate->count > TL_RATE_SAMPLES ? rate->count % TL_RATE_SAMPLES : 0];
    double seconds = (double)(last->at - first->at) / 1e9;
    *packets = (uint64_t)((double)(last->packets - first->packets) / seconds + 0.5);
    *bits = (uint64_t)((double)(last->bytes - first->bytes) * 8 / seconds + 0.5);
}
