/*
 * framed.h - streams of messages that tell their length in a header of known size. A message is collected as a whole, of
 * a long one the beginning. A loss inside a message costs that message; after any other loss the next one is looked for.
 */
#ifndef TL_DISSECTORS_FRAMED_H
#define TL_DISSECTORS_FRAMED_H

#include "core/dissect.h"

/* Of tl_framed.length: so many bytes of the message tell its length. */
#define TL_FRAMED_MORE UINT64_C(0x8000000000000000)

/* State of one side; zero at first. */
struct tl_framed_side {
    uint64_t whole; /* bytes of the message that is collected; 0: not known yet */
    bool seeking;   /* the beginning of a message is looked for */
};

struct tl_framed {
    uint32_t head; /* bytes that may tell the length */
    uint32_t most; /* bytes of a message that are collected */
    /* Returns the bytes of the message that begins with these n, TL_FRAMED_MORE and a number, or 0: it is none. */
    uint64_t (*length)(struct tl_dissection *d, const struct tl_stream *s, const uint8_t *p, uint32_t n);
    /*
     * Reads a message. Bytes that it leaves are passed over. Returns tl_framed_next, or what the stream wants instead.
     * The cursor ends with the message on the wire: reading beyond what was collected is TL_SHORT.
     */
    struct tl_want (*message)(struct tl_dissection *d, struct tl_stream *s);
    /* Can a message begin with these bytes? Asked after a loss. NULL: nothing is read any more. */
    bool (*begins)(const struct tl_dissection *d, const struct tl_stream *s, struct tl_bytes bytes);
};

/* The next message. */
static const struct tl_want tl_framed_next = { TL_WANT_BYTES, 0, NULL };

struct tl_want tl_framed_stream(struct tl_dissection *d, struct tl_stream *s, const struct tl_framed *kind,
                                struct tl_framed_side *side);

#endif
