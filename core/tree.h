/* tree.h - the detail of one packet: a flat array of nodes in preorder, without pointers between them. */
#ifndef TL_CORE_TREE_H
#define TL_CORE_TREE_H

#include "core/arena.h"
#include "core/bytes.h"
#include "core/status.h"

enum {
    TL_LAYER = 0xffff,        /* tl_node.field of a node that is a layer */
    TL_NO_NODE = 0xffffffff,
    TL_TREE_SOURCES = 64,     /* source buffers of a tree: the packet and reassembled buffers */
    TL_TREE_HIDDEN = 64,      /* ranges of secrets that a tree remembers */
    TL_TREE_NODES = 1 << 17,  /* nodes of a tree; with more the layer gets TL_NODE_CUT */
};

enum tl_node_flags {
    TL_NODE_ARENA = 1,   /* value is an offset in the tree's arena, of `len` decoded bytes (see tl_node_bytes) */
    TL_NODE_SHORT = 2,   /* layer: cut by the snaplen */
    TL_NODE_BAD = 4,     /* layer: malformed; value is the offset of the error in its source */
    TL_NODE_CUT = 8,     /* layer: has more nodes than a tree holds */
    TL_NODE_QUOTED = 16, /* layer: quoted inside an ICMP error */
    TL_NODE_CHECKSUM = 32, /* layer: wrong checksum */
    TL_NODE_AGAIN = 64,    /* TCP: retransmission */
    TL_NODE_LATE = 128,    /* TCP: out of order */
    TL_NODE_DUPLICATE_ACK = 0x400, TL_NODE_ZERO_WINDOW = 0x800, TL_NODE_KEEP_ALIVE = 0x1000, /* TCP */
    TL_NODE_LOST_BEFORE = 0x2000,  /* TCP: what comes before it is not in the capture */
    TL_NODE_ACK_OF_LOST = 0x4000,  /* TCP: acknowledges what is not in the capture */
    TL_NODE_VARIANT = 0x300, /* layer: index + 1 in the protocol's variants, in these bits; 0: none */
};

struct tl_node {
    uint16_t protocol; /* index in the registry */
    uint16_t field;    /* index in the protocol's fields, or TL_LAYER */
    uint8_t depth;     /* 0: a layer; members of a group are one deeper than the group */
    uint8_t source;    /* 0: the packet; else a reassembled buffer */
    uint16_t flags;    /* enum tl_node_flags */
    uint32_t off;      /* of the node's bytes in the source */
    uint32_t len;
    uint64_t value;    /* a number; for addresses, bytes and text: unused, or TL_NODE_ARENA: offset << 32 | length */
};

struct tl_tree_source {
    const uint8_t *data;
    uint32_t len;
    const char *label; /* "packet", "reassembled IPv4", ... */
};

struct tl_tree {
    struct tl_node *nodes; /* owned, grown on demand */
    uint32_t count;
    uint32_t capacity;
    struct tl_tree_source sources[TL_TREE_SOURCES];
    uint32_t source_count;
    uint8_t depth;         /* of the next node */
    uint8_t source;        /* of the next node */
    uint8_t *text;         /* owned: decoded text */
    uint32_t text_len;
    uint32_t text_capacity;
    bool full;
    struct tl_bytes hidden[TL_TREE_HIDDEN]; /* bytes of the sources that are secret, and not shown */
    uint32_t hidden_count; /* more than TL_TREE_HIDDEN: not all are in it */
};

void tl_tree_init(struct tl_tree *tree);
void tl_tree_fini(struct tl_tree *tree);
/* Empties the tree for the next packet; data becomes source 0. The memory is kept. */
void tl_tree_reset(struct tl_tree *tree, const uint8_t *data, uint32_t len);
/* Adds a node. Returns its index, or TL_NO_NODE when the tree is full. */
uint32_t tl_tree_add(struct tl_tree *tree, struct tl_node node);
/* As tl_tree_add(); copies `text` into the tree as the value of the node. */
uint32_t tl_tree_add_text(struct tl_tree *tree, struct tl_node node, const void *text, uint32_t len);
/*
 * Adds a reassembled buffer as a source and returns its index. data must live as long as the tree's packet. Returns
 * TL_TREE_SOURCES when there are too many; nodes of that source have no bytes.
 */
uint8_t tl_tree_add_source(struct tl_tree *tree, const uint8_t *data, uint32_t len, const char *label);
/* Remembers bytes that are not shown. */
void tl_tree_hide(struct tl_tree *tree, const uint8_t *data, size_t len);
/* Returns true if one of these bytes is not to be shown. */
bool tl_tree_hides(const struct tl_tree *tree, const uint8_t *data, size_t len);
/* Returns the bytes of an address, bytes or text node. */
struct tl_bytes tl_node_bytes(const struct tl_tree *tree, const struct tl_node *node);
/* Returns the index after the node and all its descendants. */
uint32_t tl_tree_after(const struct tl_tree *tree, uint32_t index);

#endif
