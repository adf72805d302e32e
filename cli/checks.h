/* checks.h - which options go together. */
#ifndef TL_CLI_CHECKS_H
#define TL_CLI_CHECKS_H

#include "cli/options.h"

/* Rejects options that contradict each other or have no effect. words: the filter's trailing words. */
enum tl_failure tl_options_check(const struct tl_options *options, char *const *words, uint32_t word_count,
                                 struct tl_error *error) TL_MUST_CHECK;

#endif
