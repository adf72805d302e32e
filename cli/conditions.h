/* conditions.h - the conditions of -a (stop) and -b (next file), as dumpcap and tshark have them. */
#ifndef TL_CLI_CONDITIONS_H
#define TL_CLI_CONDITIONS_H

#include "cli/options.h"

/* Takes one argument of -a: duration:S, filesize:KB, packets:N or files:N. */
enum tl_failure tl_condition_stop(struct tl_options *options, const char *arg, struct tl_error *error) TL_MUST_CHECK;
/* Takes one argument of -b: duration:S, interval:S, filesize:KB, packets:N or files:N. */
enum tl_failure tl_condition_next(struct tl_options *options, const char *arg, struct tl_error *error) TL_MUST_CHECK;
/* Rejects conditions that contradict each other, and combines those of -a and -b. After all options are read. */
enum tl_failure tl_conditions_settle(struct tl_options *options, struct tl_error *error) TL_MUST_CHECK;

#endif
