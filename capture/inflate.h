/* inflate.h - gzip, zstd and lz4 input, decompressed ahead of the parser in a separate thread. */
#ifndef TL_CAPTURE_INFLATE_H
#define TL_CAPTURE_INFLATE_H

#include "capture/input.h"

/* Returns true if head, four bytes, is the start of a compressed file. */
bool tl_inflate_knows(const uint8_t head[4]);
/* Starts the thread. `first` holds len bytes already read from the input and must live until tl_inflater_free(). */
struct tl_inflater *tl_inflater_new(struct tl_input *in, const uint8_t head[4], const uint8_t *first, size_t len,
                                    struct tl_error *error);
/* Ends the thread. in->stopped must be set. */
void tl_inflater_free(struct tl_inflater *inflater);
/* Gets the next decompressed chunk, or the reason why there is none. Waits until `deadline` (0: no limit). */
enum tl_input_status tl_inflater_next(struct tl_inflater *inflater, struct tl_chunk **chunk, int64_t deadline,
                                      struct tl_error *error);

#endif
