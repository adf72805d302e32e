/* weird.h - anomaly records: one per kind and flow, up to a limit per flow; further ones are counted. */
#ifndef TL_DECODE_WEIRD_H
#define TL_DECODE_WEIRD_H

#include "decode/state.h"

/* Reports anomaly `kind` of `protocol` in a flow. addl may be empty. decrypted: it is in decrypted data. */
void tl_weird_note(struct tl_decoder *k, const struct tl_frame *frame, struct tl_flow *flow,
                   const struct tl_protocol *protocol, unsigned kind, struct tl_bytes addl, bool decrypted);

#endif
