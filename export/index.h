/*
 * index.h - an index of a capture file: its flows, with their conn records, and where the packets of each are. With it
 * the packets of a flow are read without reading the file. docs/INDEX.md has the format.
 */
#ifndef TL_EXPORT_INDEX_H
#define TL_EXPORT_INDEX_H

#include "core/sink.h"

/* What a capture file and its analysis were. An index is used only where all of it is the same. */
struct tl_index_origin {
    uint64_t size;
    int64_t mtime;       /* ns since 1970 */
    uint64_t head, tail; /* hashes of the first and the last 4 KiB */
    uint64_t options;    /* hash of the options that decide what is a flow; of the program's version */
};

/* Reads it from a file, except for options. */
enum tl_failure tl_index_origin_of(const char *capture, struct tl_index_origin *origin,
                                   struct tl_error *error) TL_MUST_CHECK;
/* The name of the index of a capture file: FILE.tlx. Returns false if it is too long. */
bool tl_index_name(const char *capture, char *name, size_t size) TL_MUST_CHECK;

/* --- writing --- */

struct tl_index_writer;

struct tl_index_writer_options {
    const char *path;  /* of the index; NULL: a temporary file, which is removed at once */
    size_t memory;     /* bytes for flows that go on */
    bool places;       /* places of packets are those of one file */
};

/* Begins an index in a temporary file in the same folder. */
struct tl_index_writer *tl_index_writer_new(const struct tl_index_writer_options *options, struct tl_error *error);
/* The sink that fills it; the writer is borrowed and outlives it. Returns NULL without memory. */
struct tl_sink *tl_index_sink(struct tl_index_writer *writer);
/*
 * After the run: completes the index and gives it its name. packets: numbered in all. contexts: blocks of the file that
 * are no packets, or NULL.
 */
enum tl_failure tl_index_writer_finish(struct tl_index_writer *writer, const struct tl_index_origin *origin,
                                       uint64_t packets, const struct tl_places *contexts,
                                       struct tl_error *error) TL_MUST_CHECK;
/* Returns the descriptor of the finished index, which the caller owns from now on. */
int tl_index_writer_take(struct tl_index_writer *writer);
/* An index that is not finished is removed. */
void tl_index_writer_free(struct tl_index_writer *writer);

/* --- reading --- */

struct tl_index;

enum tl_index_state {
    TL_INDEX_FINE,
    TL_INDEX_NONE,    /* there is no such file */
    TL_INDEX_STALE,   /* the capture file changed */
    TL_INDEX_OTHER,   /* made with other options, or by another version */
    TL_INDEX_DAMAGED, /* or not to be read */
};

/* A flow in an index. All is valid until the next flow is read. */
struct tl_indexed_flow {
    const struct tl_flow_id *id;
    const struct tl_record *record; /* its conn record */
    uint64_t pair;                  /* see struct tl_membership */
    uint64_t packets;
    uint64_t chunk;                 /* private: its packets */
    struct tl_bytes rest;
};

/*
 * Opens an index. def: of conn records, whose struct has at most TL_RECORD_SIZE bytes. origin NULL: is not compared.
 * *index is set only if the state is TL_INDEX_FINE.
 */
enum tl_index_state tl_index_open(const char *path, const struct tl_record_def *def,
                                  const struct tl_index_origin *origin, struct tl_index **index) TL_MUST_CHECK;
/* The same with a descriptor, which is owned, also in case of failure. */
enum tl_index_state tl_index_take(int fd, const struct tl_record_def *def, const struct tl_index_origin *origin,
                                  struct tl_index **index) TL_MUST_CHECK;
void tl_index_free(struct tl_index *index);

uint64_t tl_index_packets(const struct tl_index *index);
uint64_t tl_index_flows(const struct tl_index *index);
/* Returns false if packets have no places: the input was compressed, or several files. */
bool tl_index_has_places(const struct tl_index *index);
const struct tl_places *tl_index_contexts(const struct tl_index *index);
/* Begins again with the first flow. */
void tl_index_rewind(struct tl_index *index);
/* Reads the next flow, in the order in which they ended. Returns false at the end, or if the index is damaged. */
bool tl_index_next(struct tl_index *index, struct tl_indexed_flow *flow) TL_MUST_CHECK;
/* Calls `packet` for each packet of a flow, in no particular order. Returns false if the index is damaged. */
bool tl_index_each_packet(struct tl_index *index, const struct tl_indexed_flow *flow,
                          void (*packet)(void *context, struct tl_carrier packet), void *context) TL_MUST_CHECK;
/* Returns true if what was read is damaged. */
bool tl_index_is_damaged(const struct tl_index *index);

#endif
