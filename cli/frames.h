/* frames.h - frames that a verb has sent or received: shown as trees, written to a capture file. */
#ifndef TL_CLI_FRAMES_H
#define TL_CLI_FRAMES_H

#include "core/bytes.h"
#include "core/packet.h"
#include "core/record.h"
#include "export/sinks.h"

struct tl_detail;

struct tl_frame_log {
    struct tl_interfaces *interfaces;
    struct tl_detail *detail; /* NULL: no trees are wanted */
    struct tl_sink *text;     /* standard output */
    struct tl_sink *records;  /* standard output: --json; NULL: none */
    struct tl_sink *file;     /* -w; NULL: none */
    struct tl_buffer line;
    uint64_t count;
};

/* What to make of frames. */
struct tl_frame_log_options {
    bool trees;        /* tl_frame_log_show() prints trees */
    bool text;         /* other text is printed */
    bool json;         /* tl_frame_log_record() prints records, nothing else is printed */
    const struct tl_decode_as_list *decode_as; /* of the trees; borrowed; NULL: none */
    const char *write; /* tl_frame_log_write() writes to this file; NULL: nothing */
};

/* Opens the outputs. Returns false and sets error. */
bool tl_frame_log_open(struct tl_frame_log *log, const struct tl_frame_log_options *options, struct tl_error *error);
/* Prints the tree of a frame, if trees are wanted. */
enum tl_failure tl_frame_log_show(struct tl_frame_log *log, int64_t ts, struct tl_bytes frame, struct tl_error *error);
/* Prints text, unless records are printed. */
enum tl_failure tl_frame_log_say(struct tl_frame_log *log, struct tl_error *error, const char *format, ...)
    TL_PRINTF(3, 4);
/* The same with a text of any length. */
enum tl_failure tl_frame_log_put(struct tl_frame_log *log, const struct tl_buffer *text, struct tl_error *error);
enum tl_failure tl_frame_log_record(struct tl_frame_log *log, const struct tl_record_def *def,
                                    const struct tl_record *record, struct tl_error *error);
/* The same for a record of a flow. */
enum tl_failure tl_frame_log_flow_record(struct tl_frame_log *log, const struct tl_record_def *def,
                                         const struct tl_record *record, const struct tl_flow_id *id,
                                         struct tl_error *error);
/* Writes a frame to the file. */
enum tl_failure tl_frame_log_write(struct tl_frame_log *log, int64_t ts, struct tl_bytes frame, struct tl_error *error);
/* Closes the outputs. */
enum tl_failure tl_frame_log_close(struct tl_frame_log *log, struct tl_error *error);
/* ns since 1970. */
int64_t tl_frame_log_now(void);

#endif
