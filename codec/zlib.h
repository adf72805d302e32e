/* zlib.h - the table of core/inflate.h over zlib, brotli, zstd and nghttp2. */
#ifndef TL_CODEC_ZLIB_H
#define TL_CODEC_ZLIB_H

#include "core/inflate.h"

extern const struct tl_inflate tl_inflate_zlib;

#endif
