/* inflate.h - gzip, zstd and lz4 input, decompressed ahead of the parser by a thread of its own. */
#ifndef TL_CAPTURE_INFLATE_H
#define TL_CAPTURE_INFLATE_H

#include "capture/input.h"

/* Is this the beginning of a compressed file? head has four bytes. */
bool tl_inflate_knows(const uint8_t head[4]);
/* Starts the thread. `first` (len bytes that were read from the input already) must live until tl_inflater_free(). */
struct tl_inflater *tl_inflater_new(struct tl_input *in, const uint8_t head[4], const uint8_t *first, size_t len,
                                    struct tl_error *error);
/* Ends the thread. in->stopped is set. */
void tl_inflater_free(struct tl_inflater *inflater);
/* The next decompressed chunk, or why there is none; waits until `deadline` (0: for ever). */
enum tl_input_status tl_inflater_next(struct tl_inflater *inflater, struct tl_chunk **chunk, int64_t deadline,
                                      struct tl_error *error);

#endif
