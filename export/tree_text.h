/* tree_text.h - the detail of a packet as indented text, and its bytes. */
#ifndef TL_EXPORT_TREE_TEXT_H
#define TL_EXPORT_TREE_TEXT_H

#include "core/sink.h"

enum { TL_LAYER_NOTES = 3 }; /* what can be wrong with a layer */

/* A node's line, without indentation and line end; false (and nothing) for one that people are not shown. */
bool tl_put_node(struct tl_buffer *b, const struct tl_protocols *protocols, const struct tl_tree *tree,
                 const struct tl_node *node);
/* Note `which` below a layer; false where there is nothing to say. */
bool tl_put_layer_note(struct tl_buffer *b, const struct tl_node *layer, unsigned which);

/* Every layer with its fields, a line each. */
void tl_put_tree(struct tl_buffer *b, const struct tl_protocols *protocols, const struct tl_tree *tree);

/* The bytes of the packet and of what was reassembled from it. */
void tl_put_sources(struct tl_buffer *b, const struct tl_tree *tree);

#endif
