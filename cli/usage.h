/* usage.h - the table of options as a person or a shell reads it. */
#ifndef TL_CLI_USAGE_H
#define TL_CLI_USAGE_H

#include "core/buffer.h"

/* --help: one screen of 80 columns. */
void tl_usage_help(struct tl_buffer *out);
/* What docs/taplight.1 and completions/ contain: `what` is "man" (the list of options as troff), "bash" or "zsh". */
void tl_usage_generate(struct tl_buffer *out, const char *what);

#endif
