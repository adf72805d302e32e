/* bpf.h - --dump-bpf, and what to write instead of words that are no BPF. */
#ifndef TL_CLI_BPF_H
#define TL_CLI_BPF_H

#include "cli/options.h"
#include "core/buffer.h"

/* Prints the compiled filter. */
enum tl_failure tl_bpf_print(const struct tl_options *options, struct tl_buffer *out,
                             struct tl_error *error) TL_MUST_CHECK;
/*
 * The filter was refused: if a word of it is the name of a protocol that BPF does not know, error says what to write
 * for it.
 */
void tl_bpf_explain(const char *filter, struct tl_error *error);

#endif
