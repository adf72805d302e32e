/* output.h - the functions of an output for the sinks in this folder. */
#ifndef TL_EXPORT_OUTPUT_H
#define TL_EXPORT_OUTPUT_H

#include "export/sinks.h"

/*
 * The two halves of tl_output_close(). After tl_output_finish(), tl_output_gone() is still valid. Calling finish again
 * is allowed.
 */
enum tl_failure tl_output_finish(struct tl_output *output, struct tl_error *error);
void tl_output_free(struct tl_output *output);

/* Returns "standard output" or the path. */
const char *tl_output_name(const struct tl_output *output);

/* Returns the bytes that fit before the next write. */
size_t tl_output_room(const struct tl_output *output);
/* Marks the end of the last whole record; a full disk cuts the file back to it. Call it after tl_output_flush(). */
void tl_output_set_whole(struct tl_output *output);
/* The same for text: each line is a record. */
void tl_output_set_lines(struct tl_output *output);
/* Returns the length of the file including buffered data. */
uint64_t tl_output_length(const struct tl_output *output);
/* Returns its descriptor; the output keeps ownership. */
int tl_output_fd(const struct tl_output *output);
/* Returns true if nothing was put into it. */
bool tl_output_is_empty(const struct tl_output *output);
/*
 * Clears a failure and drops buffered data, so that writing continues after the last whole record. Returns false if
 * there was no failure.
 */
bool tl_output_revive(struct tl_output *output);
/*
 * Flushes and continues in another part. part NULL: reopens the current name, for a file that was moved. *is_new is set
 * if that is a different file. The new file is truncated if `cut`, else appended to.
 */
enum tl_failure tl_output_reopen(struct tl_output *output, const struct tl_file_part *part, bool cut, bool *is_new,
                                 struct tl_error *error);
enum tl_failure tl_output_remove(struct tl_output *output, const struct tl_file_part *part, struct tl_error *error);

struct tl_parts;

/* First member of every sink that writes formatted data. */
struct tl_output_sink {
    struct tl_sink sink;
    struct tl_output *output; /* owned */
    struct tl_parts *parts;   /* owned: a sequence of files, a new one between lines; NULL: one file */
    uint64_t lines;           /* in this part */
    bool flush_each;          /* -l */
};

/*
 * Returns a zeroed sink of `size` bytes that begins with a struct tl_output_sink, with write, tick, close and free set.
 * NULL if out of memory; output is then closed.
 */
void *tl_output_sink_new(size_t size, struct tl_output *output);
/* Frees the output and the sink; for sinks with their own free(). */
void tl_output_sink_free(struct tl_sink *sink);

#endif
