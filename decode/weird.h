/* weird.h - the record of an anomaly: one per kind and flow, a bounded number per flow; the rest is counted. */
#ifndef TL_DECODE_WEIRD_H
#define TL_DECODE_WEIRD_H

#include "decode/state.h"

/* Anomaly `kind` of `protocol` in a flow. addl may be empty. */
void tl_weird_note(struct tl_decoder *k, const struct tl_frame *frame, struct tl_flow *flow,
                   const struct tl_protocol *protocol, unsigned kind, struct tl_bytes addl);

#endif
