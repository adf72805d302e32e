/* report.h - messages on standard error. */
#ifndef TL_CLI_REPORT_H
#define TL_CLI_REPORT_H

#include "core/status.h"

#include <stdbool.h>
#include <stdint.h>

struct tl_counters;

/* Prints "taplight: text" as one line. Bytes that could control a terminal become \xHH, so text may hold file names. */
void tl_tell(const char *format, ...) TL_PRINTF(1, 2);
/* Prints the text of a filter, and ^~~ under the bytes that are meant. len 0: its end. */
void tl_tell_place(const char *text, uint32_t at, uint32_t len);
/* Prints warnings for the counters. live: leaves out what tl_live_counts() prints. */
void tl_warn_of(const struct tl_counters *counters, bool live);

#endif
