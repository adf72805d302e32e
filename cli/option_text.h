/* option_text.h - an option as a line of --help and as an item of a man page: those of the program and of its verbs. */
#ifndef TL_CLI_OPTION_TEXT_H
#define TL_CLI_OPTION_TEXT_H

#include "core/buffer.h"

#include <stdbool.h>

struct tl_option_text {
    char letter;          /* 0: none */
    bool optional;        /* the argument is: only --name=argument gives it */
    const char *name;     /* without the dashes; NULL: none */
    const char *argument; /* its name; NULL: takes none */
    const char *help;     /* one line */
    const char *more;     /* more sentences for the man page; NULL: none */
};

/* A line of --help; the description begins at column `at`. */
void tl_option_text_help(struct tl_buffer *out, const struct tl_option_text *o, int at);
void tl_option_text_man(struct tl_buffer *out, const struct tl_option_text *o);
/* Puts text into a man page: hyphens become minus signs, backslashes are escaped. */
void tl_put_troff(struct tl_buffer *out, const char *text);

#endif
