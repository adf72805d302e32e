/* host.h - the functions that a decoder provides to dissectors (core/dissect.h). */
#ifndef TL_DECODE_HOST_H
#define TL_DECODE_HOST_H

#include "core/dissect.h"

/* host_data of the context is the decoder. */
extern const struct tl_host tl_decoder_host;

#endif
