/* report.h - lines for a person on standard error. */
#ifndef TL_CLI_REPORT_H
#define TL_CLI_REPORT_H

#include "core/status.h"

#include <stdbool.h>

struct tl_counters;

/* "taplight: text", one line; what could steer a terminal is shown as \xHH. Text may hold file names as they are. */
void tl_tell(const char *format, ...) TL_PRINTF(1, 2);
/* What of the counts the user should know; live: beside tl_live_counts(). */
void tl_warn_of(const struct tl_counters *counters, bool live);

#endif
