/* packet_tree.h - makes a tl_packet_tree from a packet's tree. */
#ifndef TL_UI_PACKET_TREE_H
#define TL_UI_PACKET_TREE_H

#include "ui/tasks/reader.h"

/* tree NULL: the packet is gone. NULL without memory. */
struct tl_packet_tree *tl_packet_tree_new(uint64_t row, const struct tl_protocols *protocols,
                                          const struct tl_tree *tree);

#endif
