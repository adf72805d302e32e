/* command.h - the command line that repeats a run. */
#ifndef TL_CLI_COMMAND_H
#define TL_CLI_COMMAND_H

#include "cli/options.h"
#include "core/buffer.h"

/* The inputs and the filter. They may differ from the command line, because the view can change them. */
struct tl_command {
    const struct tl_options *options;
    const char *const *interfaces;
    uint32_t interface_count;
    const char *const *inputs;
    uint32_t input_count;
    const char *keylog; /* in place of the one that is given; NULL: that one */
    const char *filter; /* "": none */
};

/* Appends the command line, quoted for a shell: the inputs, then all given options in their order. */
void tl_command_put(struct tl_buffer *out, const struct tl_command *command);
/*
 * Appends the command that sends packet `number` of the input again; INTERFACE and DESCRIPTION are left to write. Returns
 * false if the packets are not those of one file, so that no number names the packet.
 */
bool tl_command_put_send(struct tl_buffer *out, const struct tl_command *command, uint64_t number);

#endif
