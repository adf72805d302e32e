/* tree_text.h - a packet's fields as indented text, and its bytes. */
#ifndef TL_EXPORT_TREE_TEXT_H
#define TL_EXPORT_TREE_TEXT_H

#include "core/sink.h"
#include "export/raw_bytes.h"

enum { TL_LAYER_NOTES = 4 }; /* kinds of notes on a layer */

/* Puts a node's line without indentation and newline. Returns false and puts nothing for a hidden node. */
bool tl_put_node(struct tl_buffer *b, const struct tl_protocols *protocols, const struct tl_tree *tree,
                 const struct tl_node *node);
/* Puts note `which` of a layer. Returns false if it does not apply. */
bool tl_put_layer_note(struct tl_buffer *b, const struct tl_node *layer, unsigned which);

/*
 * Puts every layer with its fields, one per line. only: as in tl_text_options. marks: IP addresses are marks for names,
 * see tl_host_names_mark().
 */
void tl_put_tree(struct tl_buffer *b, const struct tl_protocols *protocols, const struct tl_tree *tree,
                 const bool *only, bool marks);

/* Puts the bytes of the packet and of data reassembled from it. */
void tl_put_sources(struct tl_buffer *b, const struct tl_raw *raw);
/* Puts the packet's bytes after `from` in rows of 16: offset and hex, and the printable characters if `ascii`. */
void tl_put_rows(struct tl_buffer *b, const struct tl_raw *raw, uint32_t from, bool ascii);
/* Puts them as text: newlines and tabs stay, other bytes that do not print become dots. Ends with a newline. */
void tl_put_characters(struct tl_buffer *b, const struct tl_raw *raw, uint32_t from);

#endif
