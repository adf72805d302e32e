/* around.h - the flows that are tunnels around a packet. */
#ifndef TL_DECODE_AROUND_H
#define TL_DECODE_AROUND_H

#include "decode/state.h"

/* A flow begins inside of them: reports the tunnels, from the outside in. */
void tl_around_report(struct tl_decoder *k);
/* A flow ends, which may be a tunnel. */
void tl_around_end(struct tl_decoder *k, struct tl_flow *flow);

#endif
