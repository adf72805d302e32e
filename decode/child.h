/* child.h - what parsers do outside their own channel: child channels, expectations, bodies. */
#ifndef TL_DECODE_CHILD_H
#define TL_DECODE_CHILD_H

#include "core/channel.h"

/* host_data of the context is the decoder. */
extern const struct tl_channel_host tl_children;

#endif
