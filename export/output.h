/* output.h - what the sinks of this room do with their output. */
#ifndef TL_EXPORT_OUTPUT_H
#define TL_EXPORT_OUTPUT_H

#include "export/sinks.h"

/*
 * The two halves of tl_output_close(): after finishing, tl_output_gone() may still be asked. Finishing twice is fine.
 */
enum tl_failure tl_output_finish(struct tl_output *output, struct tl_error *error);
void tl_output_free(struct tl_output *output);

/* "standard output" or the path. */
const char *tl_output_name(const struct tl_output *output);

/* Bytes that can still be put before the next write. */
size_t tl_output_room(const struct tl_output *output);
/* Everything up to here is whole records: a file is cut back to it when the disk is full. After tl_output_flush(). */
void tl_output_set_whole(struct tl_output *output);
/* The same for text: each of its lines is a record. */
void tl_output_set_lines(struct tl_output *output);
/* How long the file is: what was put so far. */
uint64_t tl_output_length(const struct tl_output *output);
/* Its descriptor, the output's. */
int tl_output_fd(const struct tl_output *output);
/* Was nothing put into it? */
bool tl_output_is_empty(const struct tl_output *output);
/*
 * A failure is forgotten, and what waited is dropped: writing may go on behind the last whole record. false: there was
 * no failure.
 */
bool tl_output_revive(struct tl_output *output);
/*
 * Writes what waits and goes on in another part, or with the one it has (part NULL) if that was moved away; *is_new
 * tells whether it was. The new file is cut to nothing if `cut`, else appended to.
 */
enum tl_failure tl_output_reopen(struct tl_output *output, const struct tl_file_part *part, bool cut, bool *is_new,
                                 struct tl_error *error);
enum tl_failure tl_output_remove(struct tl_output *output, const struct tl_file_part *part, struct tl_error *error);

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
