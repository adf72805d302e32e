/* packet_tree.h - the tree of a packet as lines of text, with the bytes that the tree was read from. */
#ifndef TL_UI_PACKET_TREE_H
#define TL_UI_PACKET_TREE_H

#include "core/buffer.h"
#include "core/sink.h"
#include "core/tree.h"

/* A line of the tree. */
struct tl_tree_line {
    uint32_t text, text_len; /* in tl_packet_tree.text */
    uint32_t off, len;       /* bytes of the source that it was read from */
    uint8_t source;
    uint8_t depth;
    bool layer, wrong;
    uint16_t protocol;       /* as tl_node.protocol; of comments 0 */
    uint16_t field;          /* as tl_node.field; TL_LAYER: a layer, a note or a comment */
    uint32_t filter, filter_len; /* in tl_packet_tree.filters: one for this field and value; len 0: none */
    uint32_t node;           /* index in the tree that the line was made from; TL_NO_NODE: of comments and notes */
};

struct tl_tree_bytes {
    const char *label;
    uint8_t *data;
    uint32_t len;
};

/* A packet as a tree, with the bytes that the tree was read from. The caller that takes it frees it. */
struct tl_packet_tree {
    uint64_t row;
    bool gone;
    struct tl_tree_line *lines;
    uint32_t line_count;
    char *text;
    char *filters;           /* NULL: not made */
    struct tl_tree_bytes sources[TL_TREE_SOURCES];
    uint32_t source_count;
};

/* tree NULL: the packet is gone. comments: a line each, shown first. NULL without memory. */
struct tl_packet_tree *tl_packet_tree_new(uint64_t row, const struct tl_protocols *protocols,
                                          const struct tl_tree *tree, const struct tl_buffer *comments);
/* Makes the filters of the lines, from the same tree; without memory there are none. */
void tl_packet_tree_make_filters(struct tl_packet_tree *made, const struct tl_protocols *protocols,
                                 const struct tl_tree *tree);
void tl_packet_tree_free(struct tl_packet_tree *tree);

#endif
