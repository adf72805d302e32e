/*
 * reader.h - the decode thread: reads the bytes of packets again, from their file or from the store, and decodes them
 * with the same dissectors, for the lines of the list and for the tree. The view asks and goes on; a descriptor becomes
 * readable when a result is there.
 */
#ifndef TL_UI_READER_H
#define TL_UI_READER_H

#include "ui/store/source.h"
#include "ui/tasks/list_line.h"

struct tl_colour_rules;
struct tl_packet_tree;
struct tl_reader;

/* Starts the thread. Colour rules (NULL: none) are borrowed. NULL and error on failure. */
struct tl_reader *tl_reader_new(const struct tl_packet_source *source, const struct tl_colour_rules *rules,
                                struct tl_error *error);
void tl_reader_free(struct tl_reader *reader);
/* Readable when there is a new result; tl_reader_news() clears it. */
int tl_reader_fd(const struct tl_reader *reader);
void tl_reader_news(struct tl_reader *reader);

/* Requests the lines of these ascending rows, in place of earlier requests. At most TL_READER_LINES. */
enum { TL_READER_LINES = 256 };
void tl_reader_want_lines(struct tl_reader *reader, const uint64_t *rows, uint32_t count);
/* false: not yet. */
bool tl_reader_line(struct tl_reader *reader, uint64_t row, struct tl_list_line *line);
/*
 * From now on lines have the values of these fields. Lines made before are forgotten. false: a name is unknown, or out
 * of memory.
 */
bool tl_reader_want_fields(struct tl_reader *reader, const char *const *keys, uint32_t count);
/* Requests the tree of this row, in place of an earlier request. */
void tl_reader_want_tree(struct tl_reader *reader, uint64_t row);
/* The newest tree, once; NULL: none. */
struct tl_packet_tree *tl_reader_take_tree(struct tl_reader *reader);

#endif
