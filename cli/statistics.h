/* statistics.h - the statistics of -z. */
#ifndef TL_CLI_STATISTICS_H
#define TL_CLI_STATISTICS_H

#include "cli/select.h"
#include "statistics/set.h"

/* Makes the statistics of the options; *statistics is NULL if there are none. The caller frees them before `select`. */
enum tl_failure tl_statistics_of(const struct tl_options *options, struct tl_select *select,
                                 struct tl_statistics **statistics, struct tl_error *error) TL_MUST_CHECK;
/* Returns the bytes of the memory limit that their tables may use. */
size_t tl_statistics_share(const struct tl_options *options);

#endif
