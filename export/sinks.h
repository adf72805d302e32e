/* sinks.h - the sinks of this build, and the output they share. */
#ifndef TL_EXPORT_SINKS_H
#define TL_EXPORT_SINKS_H

#include "core/sink.h"

/* Where a sink writes: a file descriptor behind a 64 KiB buffer. A closed pipe is quiet: `gone` is set and the rest is dropped. */
struct tl_output;

/* "-" or NULL: standard output. Anything else is created or truncated. NULL and error on failure. */
struct tl_output *tl_output_open(const char *path, struct tl_error *error);
enum tl_failure tl_output_write(struct tl_output *output, const void *data, size_t len, struct tl_error *error);
enum tl_failure tl_output_flush(struct tl_output *output, struct tl_error *error);
/* Flushes and closes; a full disk shows here at the latest. */
enum tl_failure tl_output_close(struct tl_output *output, struct tl_error *error);
/* The reader of the pipe went away: nothing more needs to be made. Any thread. */
bool tl_output_gone(const struct tl_output *output);

/* The sinks below take over `output`. NULL without memory: then it is closed. After close() and until free() it may still be
 * asked whether it is gone. */

/* Flow and transaction records, one JSON object a line. `separator` stands for the dot in "id.orig_h". */
struct tl_sink *tl_records_sink(struct tl_output *output, const char *separator);

/* One JSON object a packet, its layers an array. */
struct tl_sink *tl_packets_sink(struct tl_output *output, const struct tl_protocols *protocols);

struct tl_text_options {
    bool tree;    /* -v: every field, indented */
    bool hex;     /* -x: the bytes beside it */
};
/* One line a packet, or the tree of it. */
struct tl_sink *tl_text_sink(struct tl_output *output, const struct tl_protocols *protocols,
                             const struct tl_text_options *options);

/* A pcap or pcapng file (by `pcapng`) of the packets that passed the filter. */
struct tl_sink *tl_capture_file_sink(struct tl_output *output, const struct tl_interfaces *interfaces, bool pcapng,
                                     const char *path);

/*
 * Each side of each TCP stream into a file of its own in `directory`, which is made, or is there and empty. Names are
 * tcpflow's; when the same ends meet again, c1, c2, .. is added. A gap is a hole (zeros), or with skip_gaps nothing.
 * NULL and error on failure.
 */
struct tl_sink *tl_streams_sink(const char *directory, bool skip_gaps, struct tl_error *error);

/* The JSON Schemas (draft 2020-12) of what the two JSON sinks write. defs: all record definitions. */
void tl_records_schema(struct tl_buffer *out, const struct tl_record_def *const *defs, uint32_t count, const char *separator);
void tl_packets_schema(struct tl_buffer *out, const struct tl_protocols *protocols);

#endif
