/* names.h - everything of a flow's id, for its records. */
#ifndef TL_DECODE_NAMES_H
#define TL_DECODE_NAMES_H

#include "decode/state.h"

/* See tl_decoder_identify(). */
bool tl_flow_identify(struct tl_decoder *k, struct tl_flow *flow, struct tl_flow_id *id, bool keep);

#endif
