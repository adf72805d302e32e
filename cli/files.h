/* files.h - checks of the files named on the command line, and the reading of a filter file. */
#ifndef TL_CLI_FILES_H
#define TL_CLI_FILES_H

#include "cli/options.h"

/* Returns TL_E_USAGE if an output is also an input or another output. Call it before any file is opened. */
enum tl_failure tl_files_check(const struct tl_options *options, struct tl_error *error);
/* Reads options->filter_file into options->filter. */
enum tl_failure tl_files_read_filter(struct tl_options *options, struct tl_error *error);
/* --file-list: appends the names in the file, one per line, to options->inputs. Empty lines are skipped. */
enum tl_failure tl_files_read_list(struct tl_options *options, const char *name, struct tl_error *error) TL_MUST_CHECK;

#endif
