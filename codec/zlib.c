/* zlib.c - inflate by zlib, with memory from a slab. */
#include "codec/zlib.h"

#define ZLIB_CONST
#include <zlib.h>

#include "codec/content.h"
#include "codec/hpack.h"
#include "codec/qpack.h"
#include "core/slab.h"

/* zlib allocates its state and its window, and allocates the window when it is first needed. */
enum { BLOCKS = 2 };

struct block {
    void *memory;
    size_t size;
};

struct tl_inflation {
    z_stream stream;
    struct tl_slab *slab;
    struct block blocks[BLOCKS];
};

static voidpf get(voidpf opaque, uInt items, uInt size)
{
    struct tl_inflation *inflater = opaque;
    size_t n = (size_t)items * size;
    if (n > TL_SLAB_MAX)
        return NULL;
    for (unsigned i = 0; i < BLOCKS; i++) {
        struct block *block = &inflater->blocks[i];
        if (block->memory != NULL)
            continue;
        *block = (struct block){ tl_slab_get(inflater->slab, n), n };
        return block->memory;
    }
    return NULL;
}

static void put(voidpf opaque, voidpf memory)
{
    struct tl_inflation *inflater = opaque;
    for (unsigned i = 0; i < BLOCKS; i++) {
        struct block *block = &inflater->blocks[i];
        if (block->memory != memory)
            continue;
        tl_slab_put(inflater->slab, block->memory, block->size);
        block->memory = NULL;
    }
}

static struct tl_inflation *begin(struct tl_slab *slab, unsigned window_bits)
{
    struct tl_inflation *inflater = slab != NULL ? tl_slab_get(slab, sizeof *inflater) : NULL;
    if (inflater == NULL)
        return NULL;
    *inflater = (struct tl_inflation){ .slab = slab };
    inflater->stream.zalloc = get;
    inflater->stream.zfree = put;
    inflater->stream.opaque = inflater;
    /* zlib's deflate uses 9 where it is asked for 8. */
    unsigned bits = window_bits < 9 ? 9 : window_bits > 15 ? 15 : window_bits;
    if (inflateInit2(&inflater->stream, -(int)bits) == Z_OK)
        return inflater;
    tl_slab_put(slab, inflater, sizeof *inflater);
    return NULL;
}

static enum tl_inflate_status feed(struct tl_inflation *inflater, struct tl_bytes *in, uint8_t *out, uint32_t *out_len)
{
    z_stream *stream = &inflater->stream;
    stream->next_in = in->data;
    stream->avail_in = in->len;
    stream->next_out = out;
    stream->avail_out = *out_len;
    int status;
    do {
        status = inflate(stream, Z_SYNC_FLUSH);
        if (status == Z_STREAM_END)
            status = inflateResetKeep(stream); /* the next block may refer to what came before */
    } while (status == Z_OK && stream->avail_in > 0 && stream->avail_out > 0);
    *in = tl_bytes_of(in->data + (in->len - stream->avail_in), stream->avail_in);
    *out_len -= stream->avail_out;
    if (status != Z_OK && status != Z_BUF_ERROR)
        return TL_INFLATE_BAD;
    return stream->avail_out == 0 ? TL_INFLATE_FULL : TL_INFLATE_DONE;
}

static void reset(struct tl_inflation *inflater)
{
    (void)inflateReset(&inflater->stream);
}

static void end(struct tl_inflation *inflater)
{
    if (inflater == NULL)
        return;
    (void)inflateEnd(&inflater->stream);
    tl_slab_put(inflater->slab, inflater, sizeof *inflater);
}

const struct tl_inflate tl_inflate_zlib = { .begin = begin, .feed = feed, .reset = reset, .end = end,
                                            .begin_content = tl_content_begin, .feed_content = tl_content_feed,
                                            .end_content = tl_content_end,
                                            .begin_headers = tl_headers_begin, .feed_headers = tl_headers_feed,
                                            .end_block = tl_headers_end_block, .header_entries = tl_headers_entries,
                                            .end_headers = tl_headers_end, .begin_qpack = tl_qpack_begin,
                                            .feed_qpack = tl_qpack_instructions, .qpack_section = tl_qpack_section,
                                            .end_qpack = tl_qpack_end };
