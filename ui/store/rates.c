/* rates.c - samples in a ring: a rate is the difference of the newest and the oldest. */
#include "ui/store/rates.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { SAMPLE_NS = 500000000 };

/* The second number of /proc/self/statm (proc(5)), in pages. */
static size_t resident(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%*u %lu", &pages) != 1)
        pages = 0;
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

bool tl_rates_look(struct tl_rates *rates, struct tl_engine *engine, bool now)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    int64_t at = ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
    unsigned newest = (rates->taken + TL_RATES_SAMPLES - 1) % TL_RATES_SAMPLES;
    if (!now && rates->taken > 0 && at - rates->samples[newest].at < SAMPLE_NS)
        return false;
    tl_engine_counters(engine, &rates->counters);
    rates->memory = resident();
    unsigned place = rates->taken++ % TL_RATES_SAMPLES;
    rates->samples[place].at = at;
    rates->samples[place].packets = rates->counters.passed;
    rates->samples[place].bytes = rates->counters.bytes;
    unsigned oldest = rates->taken < TL_RATES_SAMPLES ? 0 : rates->taken % TL_RATES_SAMPLES;
    double seconds = (double)(at - rates->samples[oldest].at) / 1e9;
    if (seconds > 0) {
        rates->packets = (double)(rates->counters.passed - rates->samples[oldest].packets) / seconds;
        rates->bits = (double)(rates->counters.bytes - rates->samples[oldest].bytes) * 8 / seconds;
    }
    return true;
}
