/* files.h - files named on the command line: is one of them another, and a filter that stands in one. */
#ifndef TL_CLI_FILES_H
#define TL_CLI_FILES_H

#include "cli/options.h"

/* No file that will be written is one that will be read, or written twice (TL_E_USAGE). Before anything is opened. */
enum tl_failure tl_files_check(const struct tl_options *options, struct tl_error *error);
/* The text of options->filter_file becomes options->filter. */
enum tl_failure tl_files_read_filter(struct tl_options *options, struct tl_error *error);

#endif
