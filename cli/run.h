/* run.h - runs an engine as the options say. */
#ifndef TL_CLI_RUN_H
#define TL_CLI_RUN_H

#include "cli/options.h"
#include "core/buffer.h"
#include "core/status.h"

/* Reads or captures, until the end. */
enum tl_failure tl_run_options(const struct tl_options *options, struct tl_error *error);
/* Writes text that does not come from a run: help, schema, a count. Frees it. path NULL: standard output. */
enum tl_failure tl_run_print(const char *path, struct tl_buffer *text, struct tl_error *error);

#endif
