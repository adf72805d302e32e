/* tcp.h - what the decoder adds to a TCP layer when it has found the flow. */
#ifndef TL_DISSECTORS_TRANSPORT_TCP_H
#define TL_DISSECTORS_TRANSPORT_TCP_H

#include "core/dissect.h"
#include "core/segment.h"

/* d has a tree; its last layer is the TCP layer. */
void tl_tcp_show(struct tl_dissection *d, const struct tl_segment *segment);

#endif
