/* around.h - the flows that are tunnels around a packet. */
#ifndef TL_DECODE_AROUND_H
#define TL_DECODE_AROUND_H

#include "decode/state.h"

/* A packet of a flow is inside of them: reports them, from the outside in, if the flow begins or moved to others. */
void tl_around_packet(struct tl_decoder *k, struct tl_flow *flow, bool is_new);
/* A flow ends, which may be a tunnel. */
void tl_around_end(struct tl_decoder *k, struct tl_flow *flow);

#endif
