/* comments.h - the comments of a pcapng file: of a packet, and of the interface and section that it belongs to. */
#ifndef TL_EXPORT_COMMENTS_H
#define TL_EXPORT_COMMENTS_H

#include "core/buffer.h"
#include "core/packet.h"

/* Returns true if the packet has comments, or its interface (may be NULL), or its section. */
static inline bool tl_has_comments(const struct tl_packet *packet, const struct tl_interface *interface)
{
    return packet->commented || (interface != NULL && (interface->commented || interface->section_block.len > 0));
}

/* Appends a line for each comment, after `indent` spaces: "Comment: escaped text". */
void tl_put_comments(struct tl_buffer *b, const struct tl_packet *packet, const struct tl_interface *interface,
                     unsigned indent);
/* Appends `,"comments":["text"]` and the like for those that are there. */
void tl_put_json_comments(struct tl_buffer *b, const struct tl_packet *packet, const struct tl_interface *interface);

#endif
