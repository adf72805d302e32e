/* shard_link.h - the link layers that shard.c has not in itself: those that are met in few captures. */
#ifndef TL_PIPELINE_SHARD_LINK_H
#define TL_PIPELINE_SHARD_LINK_H

#include "core/cursor.h"

/* What follows a link layer, beside Ethernet types: no type is so small. */
enum { TL_SHARD_NOTHING = 0, TL_SHARD_LLC = 1, TL_SHARD_LINK = 2 };

/*
 * Passes the header of *linktype: an Ethernet type or one of the above; TL_SHARD_LINK: a frame of the link type that is
 * then in *linktype.
 */
uint16_t tl_shard_link(struct tl_cursor *c, uint16_t *linktype);

#endif
