/* layers.h - the layer loop. */
#ifndef TL_DECODE_LAYERS_H
#define TL_DECODE_LAYERS_H

#include "decode/state.h"

/* Decodes a packet from the link layer inwards. */
void tl_layers_packet(struct tl_decoder *k, const struct tl_packet *packet);

#endif
