/* tree_text.h - the detail of a packet as indented text, and its bytes. */
#ifndef TL_EXPORT_TREE_TEXT_H
#define TL_EXPORT_TREE_TEXT_H

#include "core/sink.h"

/* Every layer with its fields, a line each. */
void tl_put_tree(struct tl_buffer *b, const struct tl_protocols *protocols, const struct tl_tree *tree);

/* The bytes of the packet and of what was reassembled from it. */
void tl_put_sources(struct tl_buffer *b, const struct tl_tree *tree);

#endif
