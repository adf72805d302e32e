/* values.h - parsers for numbers on the command line. */
#ifndef TL_CLI_VALUES_H
#define TL_CLI_VALUES_H

#include "core/status.h"

#include <stdbool.h>
#include <stdint.h>

/* A decimal number up to `most`, and nothing else. */
bool tl_value_number(const char *text, uint64_t most, uint64_t *out) TL_MUST_CHECK;
/*
 * Bytes: a decimal number with an optional suffix K, M, G or T (powers of 1,024). Without a suffix it counts `unit`
 * bytes.
 */
bool tl_value_size(const char *text, uint64_t unit, uint64_t *out) TL_MUST_CHECK;
/* Seconds with up to nine decimals, returned as nanoseconds; more than 0 and at most TL_SECONDS_MOST. */
bool tl_value_seconds(const char *text, int64_t *out) TL_MUST_CHECK;

#define TL_SECONDS_MOST 100000000

#endif
