/* usage.h - the table of options as help text and shell completions. */
#ifndef TL_CLI_USAGE_H
#define TL_CLI_USAGE_H

#include "core/buffer.h"

/* --help: at most 80 columns and 48 lines. */
void tl_usage_help(struct tl_buffer *out);
/* Prints parts of docs/taplight.1 and completions/. what: "man" (list of options as troff), "bash" or "zsh". */
void tl_usage_generate(struct tl_buffer *out, const char *what);

#endif
