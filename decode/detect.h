/* detect.h - which protocol a channel's first payload speaks. */
#ifndef TL_DECODE_DETECT_H
#define TL_DECODE_DETECT_H

#include "decode/state.h"

struct tl_verdict {
    unsigned index;       /* TL_PROTOCOL_COUNT: none */
    enum tl_probe answer; /* MAYBE without an index: undecided; more bytes may tell */
};

/*
 * Asks the protocols of the flow's ports first, then all that have a probe. `d` describes flow and side; the payload is
 * in c. stream: a protocol of byte streams is looked for, else one of datagrams. In a child channel ports say nothing.
 */
struct tl_verdict tl_detect(const struct tl_decoder *k, struct tl_dissection *d, struct tl_cursor c, bool stream);

#endif
