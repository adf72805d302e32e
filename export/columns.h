/* columns.h - the columns of a packet's line: who, to whom, which protocol, what it says. */
#ifndef TL_EXPORT_COLUMNS_H
#define TL_EXPORT_COLUMNS_H

#include "core/buffer.h"
#include "core/sink.h"

struct tl_columns;

/* What a line is made of: indices of nodes, TL_NO_NODE where there is none. */
struct tl_line {
    uint32_t source, destination;
    uint32_t named;  /* layer that names the packet */
    uint32_t told;   /* layer whose template is filled in */
    uint32_t broken; /* innermost layer that contradicts itself */
    uint32_t cut;    /* innermost layer that was cut by the snapshot length */
};

/* The templates of all protocols, compiled. NULL without memory. Only read afterwards: threads may share it. */
struct tl_columns *tl_columns_new(const struct tl_protocols *protocols);
void tl_columns_free(struct tl_columns *columns);
/* Sets the bits of the fields that a line needs. */
void tl_columns_want(const struct tl_columns *columns, uint64_t *const wanted[]);

struct tl_line tl_columns_look(const struct tl_columns *columns, const struct tl_tree *tree);
/* An address, or "?" for TL_NO_NODE. */
void tl_columns_put_address(const struct tl_columns *columns, struct tl_buffer *out, const struct tl_tree *tree,
                            uint32_t node);
/* "DNS", or "?". */
void tl_columns_put_protocol(const struct tl_columns *columns, struct tl_buffer *out, const struct tl_tree *tree,
                             const struct tl_line *line);
/* What the innermost layer says, and what is wrong with the packet. With a blank in front of it, or empty. */
void tl_columns_put_info(const struct tl_columns *columns, struct tl_buffer *out, const struct tl_tree *tree,
                         const struct tl_line *line);
/* The name of a protocol as it stands in the line: of tl_node.protocol. */
const char *tl_columns_name(const struct tl_columns *columns, uint32_t protocol);

#endif
