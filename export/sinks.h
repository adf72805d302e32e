/* sinks.h - the sinks and the outputs they write to. */
#ifndef TL_EXPORT_SINKS_H
#define TL_EXPORT_SINKS_H

#include "core/sink.h"

/* A file descriptor with a 64 KiB buffer. A closed pipe is not an error: `gone` is set and further data is dropped. */
struct tl_output;
struct tl_host_names;

/*
 * Opens "-" or NULL as standard output; another path is created or truncated. Returns NULL and sets error on failure.
 */
struct tl_output *tl_output_open(const char *path, struct tl_error *error);
/* Takes ownership of fd, which is open for writing. fd -1: opening failed; reports errno. */
struct tl_output *tl_output_take(int fd, const char *name, struct tl_error *error);
enum tl_failure tl_output_write(struct tl_output *output, const void *data, size_t len, struct tl_error *error);
enum tl_failure tl_output_flush(struct tl_output *output, struct tl_error *error);
/* Flushes and closes. Reports a full disk at the latest here. */
enum tl_failure tl_output_close(struct tl_output *output, struct tl_error *error);
/*
 * Another sink writes to the output too: both take ownership, one after the other finishes it. The sinks write in the
 * same thread, and none of them queues.
 */
void tl_output_share(struct tl_output *output);
/* Returns true if the reader of the pipe is gone, so no more data is needed. Thread-safe. */
bool tl_output_gone(const struct tl_output *output);

/* One of the files written under one name; -w can rotate files. */
struct tl_file_part {
    int64_t time;    /* seconds since the epoch, for the strftime(3) conversions of a dated name */
    uint32_t number; /* 0: no number */
};

/* Callbacks that open files during the run, with the privileges that needs. */
struct tl_opening {
    /*
     * Opens a part for writing; creates it, never truncates. The caller owns the descriptor; -1 and errno on failure.
     * name: receives the file name, at most `size` bytes with the terminating 0.
     */
    int (*open)(void *context, uint32_t file, const struct tl_file_part *part, char *name, size_t size);
    /* Removes a part opened earlier. Returns 0, or -1 and errno. */
    int (*remove)(void *context, uint32_t file, const struct tl_file_part *part);
    /* A part, a regular file, is complete and closed. NULL: not wanted. Never blocks. */
    void (*finished)(void *context, uint32_t file, const struct tl_file_part *part);
    void *context;
    uint32_t file; /* index of the file in context */
};

/*
 * Like tl_output_open(), with `opening`, which is copied; its context must outlive the output. The file can be reopened
 * during the run (tl_sink.reopen).
 */
struct tl_output *tl_output_open_part(const struct tl_opening *opening, const struct tl_file_part *part,
                                      struct tl_error *error);
/*
 * Writes the part's name: applies strftime(3) in local time if dated, and puts the number before the extension. Returns
 * false if it is too long.
 */
bool tl_file_part_name(const char *name, bool dated, const struct tl_file_part *part, char *out, size_t size);

/*
 * The sinks below take ownership of `output`. They return NULL if out of memory, and then close it. Between close() and
 * free(), tl_output_gone() is still valid.
 */

/*
 * Flow and transaction records, one JSON object per line. `separator` replaces the dot in "id.orig_h". Of a sink without
 * an output (NULL) only record() is used.
 */
struct tl_sink *tl_records_sink(struct tl_output *output, const char *separator);

/*
 * Records of one kind as comma-separated values: a line with the keys, then a line for each record. kind and keys are
 * borrowed. Each file of a sequence has its lines only, not the keys.
 */
struct tl_sink *tl_csv_sink(struct tl_output *output, const char *kind, const char *const *keys, uint32_t count);

/* The files that flows carry as a table, from their records. */
struct tl_sink *tl_objects_sink(struct tl_output *output);

/* One JSON object per packet, with an array of its layers. Of a sink without an output only packet() is used. */
struct tl_sink *tl_packets_sink(struct tl_output *output, const struct tl_protocols *protocols);

/* The time in a packet's text. The last four depend on earlier packets. */
enum tl_stamp {
    TL_STAMP_CLOCK,       /* local time of day */
    TL_STAMP_NONE,
    TL_STAMP_EPOCH,       /* seconds since 1970 */
    TL_STAMP_DATE,        /* local date and time */
    TL_STAMP_UTC,         /* time of day */
    TL_STAMP_UTC_DATE,
    TL_STAMP_DELTA_CLOCK, /* since the previous line, as h:m:s */
    TL_STAMP_FIRST_CLOCK, /* since the first line, as h:m:s */
    TL_STAMP_DELTA,       /* since the previous line, in seconds */
    TL_STAMP_FIRST,       /* since the first line, in seconds */
};

/* Bytes of a packet after its line or tree. */
enum tl_dump {
    TL_DUMP_NONE,
    TL_DUMP_ALL,       /* -x: hex and ASCII of the packet and of data reassembled from it */
    TL_DUMP_HEX,       /* -xx: hex of the packet */
    TL_DUMP_INNER,     /* -X: hex and ASCII, without the link-layer header */
    TL_DUMP_PACKET,    /* -XX: hex and ASCII of the packet */
    TL_DUMP_CHARACTERS /* -A: ASCII, without the link-layer header */
};

struct tl_text_options {
    bool tree;          /* -v: every field, indented */
    enum tl_dump dump;
    enum tl_stamp stamp;
    bool number;        /* -#: begins with the packet's number */
    bool link;          /* -e: the link-layer headers */
    bool colour;        /* --color: escape sequences */
    struct tl_host_names *hosts; /* -N; borrowed; NULL: addresses are numbers */
    const bool *only;   /* -O: by protocol index, whether a tree shows its fields; borrowed; NULL: all */
};
/* One line per packet, or its tree. */
struct tl_sink *tl_text_sink(struct tl_output *output, const struct tl_protocols *protocols,
                             const struct tl_text_options *options);

/* -l: every piece of text is written at once. For a sink of lines: text or JSON. */
void tl_lines_flush_each(struct tl_sink *sink);

/*
 * Wraps a sink of lines (records, packets) so that it never blocks: a thread, started with the first line, writes what
 * `inner` formats. At most `memory` bytes wait; lines without room are dropped whole and counted. notice: reports that,
 * and lines that still wait at the end; called from any thread; may be NULL. Takes ownership of inner. NULL: out of
 * memory.
 */
struct tl_sink *tl_queued_sink(struct tl_sink *inner, size_t memory,
                               void (*notice)(void *context, const char *text), void *context);

/* A pcap or (if `pcapng`) pcapng file of the packets that match the filter. */
struct tl_sink *tl_capture_file_sink(struct tl_output *output, const struct tl_interfaces *interfaces, bool pcapng,
                                     const char *path);

/* When an output starts a new file. 0: not for that reason. */
struct tl_rotation {
    uint64_t bytes;   /* a packet that would make the file longer goes into the next file */
    bool after;       /* instead, the next packet does after the file has reached `bytes`, as with dumpcap */
    uint64_t packets; /* packets in a file */
    int64_t seconds;  /* packet time; periods follow each other from `begin` */
    bool aligned;     /* instead, they begin at whole multiples of `seconds` of the local time */
    uint32_t files;   /* the output is complete when so many files are full; 0: no limit */
    int64_t begin;    /* seconds since the epoch: start of the first period, and time in the first file's name */
    uint32_t keep;    /* keep the last so many files, remove older ones; 0: all */
    bool numbered;    /* number all names from 1; else only names that would be equal */
};
/* Returns the part of the first file. */
struct tl_file_part tl_rotation_first(const struct tl_rotation *rotation);
/* The sink's output must come from tl_output_open_part() with the first part. Returns false if out of memory. */
bool tl_capture_file_rotate(struct tl_sink *sink, const struct tl_rotation *rotation) TL_MUST_CHECK;
/*
 * The same for a sink of lines (text or JSON): a new file begins between two lines. Periods follow the clock, because a
 * line may tell of any time. Its files and packets are not counted. notice: as in tl_capture_file_notice().
 */
bool tl_lines_rotate(struct tl_sink *sink, const struct tl_rotation *rotation,
                     void (*notice)(void *context, const char *text), void *context) TL_MUST_CHECK;
/* Calls `ended` once, in the thread that writes, when the last of rotation->files is full. */
void tl_capture_file_on_end(struct tl_sink *sink, void (*ended)(void *context), void *context);
struct tl_journal;
/* Enters packet offsets in journal, which is borrowed until the sink is freed. A file started later has no journal. */
void tl_capture_file_journal(struct tl_sink *sink, struct tl_journal *journal);
/* Writes each packet at once. */
void tl_capture_file_flush_each(struct tl_sink *sink);
/* pcapng: every file gets a Decryption Secrets Block with these lines of a key log. Borrowed until the sink is freed. */
void tl_capture_file_secrets(struct tl_sink *sink, struct tl_bytes lines);
/*
 * Live: tick() writes the header of a file that has no packet yet, with the link type of the first interface. Without
 * this the first packet decides, whenever it comes.
 */
void tl_capture_file_early(struct tl_sink *sink);
/* Sets the callback for messages to the user during writing: one line, in the thread that writes. */
void tl_capture_file_notice(struct tl_sink *sink, void (*notice)(void *context, const char *text), void *context);

/* Passes to a sink of packets as captured only those that a display filter selects. Takes ownership of inner. */
struct tl_sink *tl_selected_sink(struct tl_sink *inner);

/* How values of fields are written: tshark's -E. */
struct tl_fields_format {
    bool header;     /* a first line with the names */
    char separator;  /* between fields */
    char aggregator; /* between values of a field */
    char quote;      /* around each field; 0: none */
    char occurrence; /* a: all values; f: the first; l: the last */
    bool secrets;    /* bytes are shown as they are */
};

/* A line of values for each packet. names: tl_predicate_of_names() of keys; both are borrowed. */
struct tl_sink *tl_fields_sink(struct tl_output *output, const struct tl_protocols *protocols,
                               const struct tl_predicate *names, const char *const *keys, uint32_t count,
                               const struct tl_fields_format *format);

/* Formats of tshark that hold whole packets. */
enum tl_document_form { TL_DOCUMENT_JSON, TL_DOCUMENT_JSONRAW, TL_DOCUMENT_EK, TL_DOCUMENT_PDML };

struct tl_document_options {
    enum tl_document_form form;
    bool secrets;            /* bytes are shown as they are */
    const char *input;       /* PDML: name of the first input, or NULL */
    const char *const *keys; /* only these fields; NULL: all */
    uint32_t count;
};

/*
 * Packets as tshark -T writes them. names: tl_predicate_of_names() of options->keys, or of tl_shape_names()
 * (export/shape.h); all is borrowed. The whole output is one document, except with EK.
 */
struct tl_sink *tl_documents_sink(struct tl_output *output, const struct tl_protocols *protocols,
                                  const struct tl_predicate *names, const struct tl_document_options *options);

/* Columns of a packet's line, and a field's values. */
enum tl_column_kind { TL_SHOW_NUMBER, TL_SHOW_TIME, TL_SHOW_SOURCE, TL_SHOW_DESTINATION, TL_SHOW_PROTOCOL,
                      TL_SHOW_LENGTH, TL_SHOW_INFO, TL_SHOW_FIELD };

struct tl_column {
    enum tl_column_kind kind;
    uint32_t index; /* TL_SHOW_FIELD: in the keys */
    uint32_t width; /* characters */
    bool titled;    /* the title was given */
    char title[48];
};

struct tl_columns_options {
    const struct tl_column *columns; /* borrowed */
    uint32_t count;
    const char *const *keys;         /* the first is the time's if it is a difference */
    uint32_t key_count;
    enum tl_stamp stamp;
    bool tabs;                       /* between columns; else they are padded to their widths */
    bool secrets;                    /* bytes are shown as they are */
    struct tl_host_names *hosts;     /* -N; borrowed; NULL: addresses are numbers */
};

/* A line of columns for each packet; before them the titles, if any is given. names: of options->keys. */
struct tl_sink *tl_columns_sink(struct tl_output *output, const struct tl_protocols *protocols,
                                const struct tl_predicate *names, const struct tl_columns_options *options);

/*
 * Writes each side of each TCP stream to a file in `directory`, which is created, or must be empty. Names follow
 * tcpflow; when the same endpoints connect again, c1, c2, .. is added. A gap becomes a hole (zeros), or with skip_gaps
 * nothing. Returns NULL and sets error on failure.
 */
struct tl_sink *tl_streams_sink(const char *directory, bool skip_gaps, struct tl_error *error);

/*
 * Files that flows carry, each in a file of `directory`, which is created or must be empty: extract-TIME-SOURCE-FUID, as
 * their records say. A gap becomes a hole. When one cannot be written, or all have 10 GiB, notice (may be NULL) is told
 * and the rest is left out. Returns NULL and sets error on failure.
 */
struct tl_sink *tl_files_sink(const char *directory, void (*notice)(void *context, const char *text), void *context,
                              struct tl_error *error);

/*
 * Flow and transaction records in files of `directory`, which is created: one for each kind, named as Zeek names its
 * logs (conn.log). Lines are appended. A rotated file gets the start of its period in its name
 * (conn.2026-11-29-10-00-00.log); rotation->keep counts the files of each kind. Returns NULL and sets error on failure.
 */
struct tl_sink *tl_split_sink(const char *directory, const char *separator, const struct tl_rotation *rotation,
                              struct tl_error *error);

/* Appends the JSON Schemas (draft 2020-12) of the two JSON sinks. defs: all record definitions. */
void tl_records_schema(struct tl_buffer *out, const struct tl_record_def *const *defs, uint32_t count,
                       const char *separator);
void tl_packets_schema(struct tl_buffer *out, const struct tl_protocols *protocols);

#endif
