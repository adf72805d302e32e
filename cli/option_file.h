/* option_file.h - the file of --options: an option in each line, as on the command line. */
#ifndef TL_CLI_OPTION_FILE_H
#define TL_CLI_OPTION_FILE_H

#include <stdbool.h>

#include "core/status.h"

/* Reads the whole file into *text, which the caller frees. */
enum tl_failure tl_option_file_read(const char *name, char **text, struct tl_error *error) TL_MUST_CHECK;
/* Returns how many lines a text has at most. *fields is set if one of them gives -T: then -e is that of tshark. */
unsigned tl_option_file_lines(const char *text, bool *fields);

/* A line: the option, and the rest of the line without the spaces around it, or NULL. */
struct tl_option_line {
    char *option, *argument;
    unsigned number; /* from 1 */
};

/*
 * Takes the next line that is not empty and no comment (#) from *rest, which begins with the text. The text is changed.
 * line->number counts on: it is 0 at first. Returns false at the end.
 */
bool tl_option_file_next(char **rest, struct tl_option_line *line);

#endif
