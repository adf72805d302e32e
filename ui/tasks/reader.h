/*
 * reader.h - the decode thread: fetches the bytes of packets again, from their file or from the store, and decodes them
 * with the same dissectors, for the lines of the list and for the tree. The view asks and goes on; it is told by a
 * descriptor when something is there.
 */
#ifndef TL_UI_READER_H
#define TL_UI_READER_H

#include "export/journal.h"
#include "ui/store/inputs.h"
#include "ui/store/memory.h"
#include "ui/store/store.h"

struct tl_reader;

struct tl_reader_options {
    const struct tl_store *store;
    const struct tl_interfaces *interfaces;
    const char *const *inputs; /* the engine's */
    uint32_t input_count;
    const struct tl_inputs *opened;
    const struct tl_journal *journal; /* of the file of -w, or NULL: has what the store keeps no longer */
    bool verify_checksums;
    bool secrets;
    size_t decode_memory;      /* bytes for each that decodes: the reader, a search, what saves */
    struct tl_memory *memory;  /* for what tasks collect */
};

enum { TL_LINE_ADDRESS = 64, TL_LINE_PROTOCOL = 24, TL_LINE_INFO = 512 };

/* The columns of a packet that are made from its bytes. */
struct tl_list_line {
    uint64_t row;
    bool gone; /* its bytes cannot be had any more */
    char source[TL_LINE_ADDRESS], destination[TL_LINE_ADDRESS];
    char protocol[TL_LINE_PROTOCOL];
    char info[TL_LINE_INFO];
};

/* What is searched in a line: all its columns, into text; returns its length. */
size_t tl_list_line_text(const struct tl_list_line *line, char *text, size_t room);

/* A line of the tree. */
struct tl_tree_line {
    uint32_t text, text_len; /* in tl_packet_tree.text */
    uint32_t off, len;       /* bytes of the source that it was read from */
    uint8_t source;
    uint8_t depth;
    bool layer, wrong;
};

struct tl_tree_bytes {
    const char *label;
    uint8_t *data;
    uint32_t len;
};

/* A packet as a tree, with the bytes that the tree was read from. Whoever takes it frees it. */
struct tl_packet_tree {
    uint64_t row;
    bool gone;
    struct tl_tree_line *lines;
    uint32_t line_count;
    char *text;
    struct tl_tree_bytes sources[TL_TREE_SOURCES];
    uint32_t source_count;
};
void tl_packet_tree_free(struct tl_packet_tree *tree);

/* Starts the thread. NULL and error on failure. */
struct tl_reader *tl_reader_new(const struct tl_reader_options *options, struct tl_error *error);
void tl_reader_free(struct tl_reader *reader);
/* Readable when there is something new; tl_reader_news() makes it quiet again. */
int tl_reader_fd(const struct tl_reader *reader);
void tl_reader_news(struct tl_reader *reader);

/* Lines of these rows (they grow) are wanted, what was wanted before is not. At most TL_READER_LINES. */
enum { TL_READER_LINES = 256 };
void tl_reader_want_lines(struct tl_reader *reader, const uint64_t *rows, uint32_t count);
/* false: not yet. */
bool tl_reader_line(struct tl_reader *reader, uint64_t row, struct tl_list_line *line);
/* The tree of this row is wanted, no other. */
void tl_reader_want_tree(struct tl_reader *reader, uint64_t row);
/* The newest that was made, once; NULL: none. */
struct tl_packet_tree *tl_reader_take_tree(struct tl_reader *reader);

#endif
