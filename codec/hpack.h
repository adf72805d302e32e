/* hpack.h - header fields of HTTP/2 over nghttp2; only for the files in this folder. */
#ifndef TL_CODEC_HPACK_H
#define TL_CODEC_HPACK_H

#include "core/inflate.h"

struct tl_headers *tl_headers_begin(struct tl_slab *slab, bool unknown);
enum tl_inflate_status tl_headers_feed(struct tl_headers *headers, struct tl_bytes in, struct tl_header_field *field);
void tl_headers_end_block(struct tl_headers *headers);
uint32_t tl_headers_entries(const struct tl_headers *headers);
void tl_headers_end(struct tl_headers *headers);

#endif
