/* detect.h - detects the protocol of a channel by its first payload. */
#ifndef TL_DECODE_DETECT_H
#define TL_DECODE_DETECT_H

#include "decode/state.h"

struct tl_verdict {
    unsigned index;       /* TL_PROTOCOL_COUNT: none */
    enum tl_probe answer; /* MAYBE without an index: undecided; wait for more bytes */
};

/*
 * Asks the protocols of the flow's ports first, then all others that have a probe. `d` describes flow and side; the
 * payload is in c. stream: look for a protocol of byte streams, else for one of datagrams. In a child channel ports are
 * ignored, and protocol `hint` is asked first; TL_PROTOCOL_COUNT: none.
 */
struct tl_verdict tl_detect(const struct tl_decoder *k, struct tl_dissection *d, struct tl_cursor c, bool stream,
                            unsigned hint);

#endif
