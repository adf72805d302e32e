/* command.h - the command line that gives a run again. */
#ifndef TL_CLI_COMMAND_H
#define TL_CLI_COMMAND_H

#include "cli/options.h"
#include "core/buffer.h"

/* What is read: it may have been chosen since the command was given. */
struct tl_command {
    const struct tl_options *options;
    const char *const *interfaces;
    uint32_t interface_count;
    const char *const *inputs;
    uint32_t input_count;
    const char *filter; /* "": none */
};

/* Appends it, as a shell would read it: with all options that were given, in their order. */
void tl_command_put(struct tl_buffer *out, const struct tl_command *command);

#endif
