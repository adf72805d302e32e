/* columns.h - the columns of a packet's line: source, destination, protocol, info. */
#ifndef TL_EXPORT_COLUMNS_H
#define TL_EXPORT_COLUMNS_H

#include "core/buffer.h"
#include "core/sink.h"

struct tl_columns;

/* What a line is built from: copies of two nodes, and indices of layers; TL_NO_NODE: none. */
struct tl_line {
    struct tl_node source, destination; /* addresses; see tl_line_has() */
    uint32_t named;  /* layer that gives the protocol column */
    uint32_t told;   /* layer whose info template is printed */
    uint32_t first;  /* the first of the messages of its protocol, which are printed with it */
    uint32_t messages; /* how many there are */
    uint32_t token;  /* the innermost layer that authenticates inside of that */
    uint32_t quote;  /* the first layer quoted in an ICMP error */
    uint32_t broken; /* innermost malformed layer */
    uint32_t cut;    /* innermost layer cut by the snapshot length */
    unsigned marks;  /* enum tl_node_flags of all layers */
};

/* Returns whether there is this address. Its place is marked as a layer's otherwise. */
static inline bool tl_line_has(const struct tl_node *address)
{
    return address->field != TL_LAYER;
}

/* Compiles the templates of all protocols. NULL: out of memory. Read-only afterwards, so threads may share it. */
struct tl_columns *tl_columns_new(const struct tl_protocols *protocols);
void tl_columns_free(struct tl_columns *columns);
/* Sets the bits of the fields that a line finds in the tree. Those in a header it reads from the packet. */
void tl_columns_want(const struct tl_columns *columns, uint64_t *const wanted[]);

struct tl_line tl_columns_look(const struct tl_columns *columns, const struct tl_tree *tree);
/* Appends an address of a line, or "?" if there is none. */
void tl_columns_put_address(const struct tl_columns *columns, struct tl_buffer *out, const struct tl_tree *tree,
                            const struct tl_node *address);
/* The same, as a mark for a name if it is an IP address: see tl_host_names_mark(). Returns false if it is none. */
bool tl_columns_mark_address(const struct tl_columns *columns, struct tl_buffer *out, const struct tl_tree *tree,
                             const struct tl_node *address, uint32_t width);
/* Appends the protocol name, such as "DNS", or "?". */
void tl_columns_put_protocol(const struct tl_columns *columns, struct tl_buffer *out, const struct tl_tree *tree,
                             const struct tl_line *line);
/*
 * Appends the info of the innermost layer and the packet's faults, with a leading space; nothing if there is neither.
 */
void tl_columns_put_info(const struct tl_columns *columns, struct tl_buffer *out, const struct tl_tree *tree,
                         const struct tl_line *line);
/* Appends the info of a layer, the node at `index`, without a leading space. */
void tl_columns_put_layer(const struct tl_columns *columns, struct tl_buffer *out, const struct tl_tree *tree,
                          uint32_t index);
/* Returns the name of a protocol as printed in the line; protocol: from tl_node.protocol. */
const char *tl_columns_name(const struct tl_columns *columns, uint32_t protocol);

#endif
