/* arguments.h - the arguments of options. */
#ifndef TL_CLI_ARGUMENTS_H
#define TL_CLI_ARGUMENTS_H

#include "cli/options.h"

/* Writes the option as the user types it: "-r" or "--json". */
void tl_option_spell(const struct tl_option *option, char out[64]);
/* Stores a number, size or time of the option's kind at `at`, which is a member of struct tl_options. */
enum tl_failure tl_argument_number(const struct tl_option *option, void *at, const char *arg, struct tl_error *error);
/* Stores the text that replaces the dot in JSON keys. */
enum tl_failure tl_argument_separator(const char **at, const char *arg, struct tl_error *error);
/* Returns whether word is a form of time that tshark knows. */
bool tl_argument_is_stamp(const char *word);
/* Sets the form of times. form: tshark's; NULL: one more letter of tcpdump's -t. */
enum tl_failure tl_argument_stamp(struct tl_options *options, const char *form, struct tl_error *error);
/* arg NULL: flows. */
enum tl_failure tl_argument_json(enum tl_json *at, const char *arg, struct tl_error *error);

#endif
