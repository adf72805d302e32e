/* sinks.h - the sinks of this build, and the output they share. */
#ifndef TL_EXPORT_SINKS_H
#define TL_EXPORT_SINKS_H

#include "core/sink.h"

/*
 * Where a sink writes: a file descriptor behind a 64 KiB buffer. A closed pipe is quiet: `gone` is set and the rest is
 * dropped.
 */
struct tl_output;

/* "-" or NULL: standard output. Anything else is created or truncated. NULL and error on failure. */
struct tl_output *tl_output_open(const char *path, struct tl_error *error);
/* A file that was opened for writing, which is taken over. fd -1: its opening failed, errno says why. */
struct tl_output *tl_output_take(int fd, const char *name, struct tl_error *error);
enum tl_failure tl_output_write(struct tl_output *output, const void *data, size_t len, struct tl_error *error);
enum tl_failure tl_output_flush(struct tl_output *output, struct tl_error *error);
/* Flushes and closes; a full disk shows here at the latest. */
enum tl_failure tl_output_close(struct tl_output *output, struct tl_error *error);
/* The reader of the pipe went away: nothing more needs to be made. Any thread. */
bool tl_output_gone(const struct tl_output *output);

/* Which of the files that one name stands for: -w may begin a new one from time to time. */
struct tl_file_part {
    int64_t time;    /* seconds since the epoch, for the conversions of strftime(3) in a dated name */
    uint32_t number; /* 0: not numbered */
};

/* How a file is opened while the run goes on, by whoever is still allowed to. */
struct tl_opening {
    /*
     * Opens a part for writing, made if it is not there, never cut. The descriptor is the caller's; -1 and errno on
     * failure. name: what it is called, at most `size` bytes with the 0.
     */
    int (*open)(void *context, uint32_t file, const struct tl_file_part *part, char *name, size_t size);
    /* Removes a part that was opened so before. 0, or -1 and errno. */
    int (*remove)(void *context, uint32_t file, const struct tl_file_part *part);
    void *context;
    uint32_t file; /* which of those that context knows */
};

/*
 * As tl_output_open(), by `opening`, which is copied; its context must outlive the output. The file can be opened anew
 * while the run goes on (tl_sink.reopen).
 */
struct tl_output *tl_output_open_part(const struct tl_opening *opening, const struct tl_file_part *part,
                                      struct tl_error *error);
/*
 * The part's name: dated, strftime(3) is applied, in local time; the number goes before the extension. false: too long.
 */
bool tl_file_part_name(const char *name, bool dated, const struct tl_file_part *part, char *out, size_t size);

/*
 * The sinks below take over `output`. NULL without memory: then it is closed. After close() and until free() it may
 * still be asked whether it is gone.
 */

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

/*
 * A sink of lines (records, packets) that is never waited for while it runs: what `inner` is given is written by a
 * thread of its own, begun with the first line. At most `memory` bytes wait; of what finds no room, whole lines are
 * left out, and counted. notice: is told of that, and at the end when lines still wait for their reader; any thread;
 * may be NULL. inner is taken over. NULL without memory.
 */
struct tl_sink *tl_queued_sink(struct tl_sink *inner, size_t memory,
                               void (*notice)(void *context, const char *text), void *context);

/* A pcap or pcapng file (by `pcapng`) of the packets that passed the filter. */
struct tl_sink *tl_capture_file_sink(struct tl_output *output, const struct tl_interfaces *interfaces, bool pcapng,
                                     const char *path);

/* When -w goes on in another file. 0: never for that reason. */
struct tl_rotation {
    uint64_t bytes;   /* a packet that would make the file longer goes into the next one */
    int64_t seconds;  /* of packet time; periods follow each other from `begin` on */
    int64_t begin;    /* seconds since the epoch: of the first period, and in the first file's name */
    uint32_t keep;    /* the last so many files: older ones are removed; 0: all */
    bool numbered;    /* names have numbers from 1 on, else only where two would be the same */
};
/* The part that the first file is. */
struct tl_file_part tl_rotation_first(const struct tl_rotation *rotation);
/* The sink's output must come from tl_output_open_part(), and stand at the first part. false without memory. */
bool tl_capture_file_rotate(struct tl_sink *sink, const struct tl_rotation *rotation) TL_MUST_CHECK;
struct tl_journal;
/*
 * Where its packets stand is written down; borrowed until the sink is freed. A file that is begun anew has no journal.
 */
void tl_capture_file_journal(struct tl_sink *sink, struct tl_journal *journal);
/* Each packet is written at once. */
void tl_capture_file_flush_each(struct tl_sink *sink);
/* Is told what a person should know while it is written: one line, in the thread that writes. */
void tl_capture_file_notice(struct tl_sink *sink, void (*notice)(void *context, const char *text), void *context);

/*
 * Each side of each TCP stream into a file of its own in `directory`, which is made, or is there and empty. Names are
 * tcpflow's; when the same ends meet again, c1, c2, .. is added. A gap is a hole (zeros), or with skip_gaps nothing.
 * NULL and error on failure.
 */
struct tl_sink *tl_streams_sink(const char *directory, bool skip_gaps, struct tl_error *error);

/* The JSON Schemas (draft 2020-12) of what the two JSON sinks write. defs: all record definitions. */
void tl_records_schema(struct tl_buffer *out, const struct tl_record_def *const *defs, uint32_t count,
                       const char *separator);
void tl_packets_schema(struct tl_buffer *out, const struct tl_protocols *protocols);

#endif
