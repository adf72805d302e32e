/* content.h - content codings over zlib, brotli and zstd; only for the files in this folder. */
#ifndef TL_CODEC_CONTENT_H
#define TL_CODEC_CONTENT_H

#include "core/inflate.h"

struct tl_content *tl_content_begin(struct tl_slab *slab, uint8_t codings);
enum tl_inflate_status tl_content_feed(struct tl_content *content, struct tl_bytes *in, uint8_t *out,
                                       uint32_t *out_len);
void tl_content_end(struct tl_content *content);

#endif
