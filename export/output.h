/* output.h - what the sinks of this room do with their output. */
#ifndef TL_EXPORT_OUTPUT_H
#define TL_EXPORT_OUTPUT_H

#include "export/sinks.h"

/* The two halves of tl_output_close(): after finishing, tl_output_gone() may still be asked. Finishing twice is fine. */
enum tl_failure tl_output_finish(struct tl_output *output, struct tl_error *error);
void tl_output_free(struct tl_output *output);

/* "standard output" or the path. */
const char *tl_output_name(const struct tl_output *output);

/* First member of every sink that writes what was formatted. */
struct tl_output_sink {
    struct tl_sink sink;
    struct tl_output *output; /* owned */
};

/*
 * A zeroed sink of `size` bytes that begins with a struct tl_output_sink, its write, tick, close and free set. Without
 * memory: NULL, and output is closed.
 */
void *tl_output_sink_new(size_t size, struct tl_output *output);
/* For a free() of their own: frees the output and the sink. */
void tl_output_sink_free(struct tl_sink *sink);

#endif
