/* qpack.h - header fields of HTTP/3 over nghttp3; only for the files in this folder. */
#ifndef TL_CODEC_QPACK_H
#define TL_CODEC_QPACK_H

#include "core/inflate.h"

struct tl_qpack *tl_qpack_begin(struct tl_slab *slab, uint32_t table);
enum tl_inflate_status tl_qpack_instructions(struct tl_qpack *qpack, struct tl_bytes in);
enum tl_inflate_status tl_qpack_section(struct tl_qpack *qpack, uint64_t stream, struct tl_bytes in,
                                        void (*take)(void *context, const struct tl_header_field *field),
                                        void *context);
void tl_qpack_end(struct tl_qpack *qpack);

#endif
