/* content.c - content codings by zlib, brotli and zstd, with memory from a slab. */
#include "codec/content.h"

#define ZLIB_CONST
#define ZSTD_STATIC_LINKING_ONLY /* ZSTD_createDCtx_advanced(): memory from the caller */
#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include "core/slab.h"

enum { BLOCK_HEAD = 16 /* keeps the alignment of the slab */, ZSTD_WINDOW_LOG = 21, ZLIB_HEAD = 2 };

struct tl_content {
    struct tl_slab *slab;
    enum tl_coding coding;
    bool ended;      /* the content is complete, as far as the input goes */
    bool begun;      /* of zlib: the stream is initialized */
    uint8_t head[ZLIB_HEAD]; /* of deflate: the first bytes decide whether it is zlib's */
    uint8_t head_len;
    union {
        z_stream zlib;
        BrotliDecoderState *brotli;
        ZSTD_DCtx *zstd;
    };
};

/* Libraries free a block without its size: it is in front of the block. */
static void *get(void *opaque, size_t size)
{
    struct tl_content *content = opaque;
    size_t n = size + BLOCK_HEAD;
    /* Flows need the other half. */
    if (size > TL_SLAB_LARGE - BLOCK_HEAD || tl_slab_used(content->slab) + n > tl_slab_limit(content->slab) / 2)
        return NULL;
    uint8_t *block = tl_slab_get(content->slab, n);
    if (block == NULL)
        return NULL;
    memcpy(block, &n, sizeof n);
    return block + BLOCK_HEAD;
}

static void put(void *opaque, void *address)
{
    struct tl_content *content = opaque;
    size_t n;
    if (address == NULL)
        return;
    uint8_t *block = (uint8_t *)address - BLOCK_HEAD;
    memcpy(&n, block, sizeof n);
    tl_slab_put(content->slab, block, n);
}

static voidpf get_items(voidpf opaque, uInt items, uInt size)
{
    return get(opaque, (size_t)items * size);
}

/* --- gzip and deflate --- */

static bool begin_zlib(struct tl_content *content, int window_bits)
{
    content->zlib.zalloc = get_items;
    content->zlib.zfree = put;
    content->zlib.opaque = content;
    /* The checksum would cost a quarter more and change nothing that is shown. */
    content->begun = inflateInit2(&content->zlib, window_bits) == Z_OK && inflateValidate(&content->zlib, 0) == Z_OK;
    return content->begun;
}

/* A member of gzip may follow another; what else follows is ignored, as browsers do. */
static bool another_member(struct tl_content *content)
{
    z_stream *stream = &content->zlib;
    content->ended = true;
    if (content->coding != TL_CODING_GZIP || stream->avail_in == 0 || *stream->next_in != 0x1f ||
        inflateReset(stream) != Z_OK)
        return false;
    content->ended = false;
    return true;
}

static enum tl_inflate_status run_zlib(struct tl_content *content, struct tl_bytes *in, uint8_t *out, uint32_t *out_len)
{
    z_stream *stream = &content->zlib;
    int status = Z_OK;
    stream->next_in = in->data;
    stream->avail_in = in->len;
    stream->next_out = out;
    stream->avail_out = *out_len;
    if (content->ended && !another_member(content)) {
        *out_len = 0;
        *in = tl_bytes_of(in->data + in->len, 0);
        return TL_INFLATE_END;
    }
    while (status == Z_OK && stream->avail_out > 0) {
        uint32_t before = stream->avail_in, room = stream->avail_out;
        status = inflate(stream, Z_SYNC_FLUSH);
        if (status == Z_STREAM_END && another_member(content))
            status = Z_OK;
        if (stream->avail_in == 0 || (before == stream->avail_in && room == stream->avail_out))
            break;
    }
    *out_len -= stream->avail_out;
    *in = tl_bytes_of(in->data + (in->len - stream->avail_in), content->ended ? 0 : stream->avail_in);
    if (status != Z_OK && status != Z_BUF_ERROR && status != Z_STREAM_END)
        return TL_INFLATE_BAD;
    return content->ended ? TL_INFLATE_END : stream->avail_out == 0 ? TL_INFLATE_FULL : TL_INFLATE_DONE;
}

/* RFC 1950 section 2.2: the method is 8, and the two bytes are a multiple of 31. */
static bool is_zlib(const uint8_t head[ZLIB_HEAD])
{
    return (head[0] & 0x0f) == 8 && ((uint32_t)head[0] << 8 | head[1]) % 31 == 0;
}

static enum tl_inflate_status feed_deflate(struct tl_content *content, struct tl_bytes *in, uint8_t *out,
                                           uint32_t *out_len)
{
    uint32_t room = *out_len, n = room;
    if (content->begun)
        return run_zlib(content, in, out, out_len);
    *out_len = 0;
    while (content->head_len < ZLIB_HEAD && in->len > 0) {
        content->head[content->head_len++] = *in->data;
        *in = tl_bytes_of(in->data + 1, in->len - 1);
    }
    if (content->head_len < ZLIB_HEAD)
        return TL_INFLATE_DONE;
    if (!begin_zlib(content, is_zlib(content->head) ? MAX_WBITS : -MAX_WBITS))
        return TL_INFLATE_BAD;
    struct tl_bytes head = { content->head, ZLIB_HEAD };
    enum tl_inflate_status status = run_zlib(content, &head, out, &n);
    *out_len = n;
    if (status != TL_INFLATE_DONE || in->len == 0)
        return status;
    n = room - *out_len;
    status = run_zlib(content, in, out + *out_len, &n);
    *out_len += n;
    return status;
}

/* --- brotli --- */

static enum tl_inflate_status feed_brotli(struct tl_content *content, struct tl_bytes *in, uint8_t *out,
                                          uint32_t *out_len)
{
    size_t left = in->len, room = *out_len;
    const uint8_t *next = in->data;
    BrotliDecoderResult result = BROTLI_DECODER_RESULT_SUCCESS;
    if (!content->ended)
        result = BrotliDecoderDecompressStream(content->brotli, &left, &next, &room, &out, NULL);
    content->ended = result == BROTLI_DECODER_RESULT_SUCCESS;
    *out_len -= (uint32_t)room;
    *in = content->ended ? tl_bytes_of(in->data + in->len, 0) : tl_bytes_of(next, left);
    return result == BROTLI_DECODER_RESULT_ERROR             ? TL_INFLATE_BAD
           : content->ended                                  ? TL_INFLATE_END
           : result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT ? TL_INFLATE_FULL
                                                             : TL_INFLATE_DONE;
}

/* --- zstd --- */

static bool begin_zstd(struct tl_content *content)
{
    content->zstd = ZSTD_createDCtx_advanced((ZSTD_customMem){ get, put, content });
    return content->zstd != NULL &&
           !ZSTD_isError(ZSTD_DCtx_setParameter(content->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG));
}

static enum tl_inflate_status feed_zstd(struct tl_content *content, struct tl_bytes *in, uint8_t *out,
                                        uint32_t *out_len)
{
    ZSTD_inBuffer from = { in->data, in->len, 0 };
    ZSTD_outBuffer to = { out, *out_len, 0 };
    size_t hint = 1;
    do {
        size_t before = from.pos + to.pos;
        hint = ZSTD_decompressStream(content->zstd, &to, &from);
        if (ZSTD_isError(hint) || before == from.pos + to.pos)
            break;
    } while (from.pos < from.size && to.pos < to.size);
    *out_len = (uint32_t)to.pos;
    *in = tl_bytes_of(in->data + from.pos, from.size - from.pos);
    if (ZSTD_isError(hint))
        return TL_INFLATE_BAD;
    return to.pos == to.size && hint != 0 ? TL_INFLATE_FULL : hint == 0 ? TL_INFLATE_END : TL_INFLATE_DONE;
}

/* --- the table --- */

struct tl_content *tl_content_begin(struct tl_slab *slab, enum tl_coding coding)
{
    struct tl_content *content = slab != NULL ? tl_slab_get(slab, sizeof *content) : NULL;
    bool begun = false;
    if (content == NULL)
        return NULL;
    *content = (struct tl_content){ .slab = slab, .coding = coding };
    switch (coding) {
    case TL_CODING_NONE:
        break;
    case TL_CODING_GZIP:
        begun = begin_zlib(content, MAX_WBITS + 16);
        break;
    case TL_CODING_DEFLATE:
        begun = true; /* with its first bytes */
        break;
    case TL_CODING_BROTLI:
        content->brotli = BrotliDecoderCreateInstance(get, put, content);
        begun = content->brotli != NULL;
        break;
    case TL_CODING_ZSTD:
        begun = begin_zstd(content);
        break;
    }
    if (begun)
        return content;
    tl_content_end(content);
    return NULL;
}

enum tl_inflate_status tl_content_feed(struct tl_content *content, struct tl_bytes *in, uint8_t *out,
                                       uint32_t *out_len)
{
    switch (content->coding) {
    case TL_CODING_NONE:
        break;
    case TL_CODING_GZIP:
        return run_zlib(content, in, out, out_len);
    case TL_CODING_DEFLATE:
        return feed_deflate(content, in, out, out_len);
    case TL_CODING_BROTLI:
        return feed_brotli(content, in, out, out_len);
    case TL_CODING_ZSTD:
        return feed_zstd(content, in, out, out_len);
    }
    return TL_INFLATE_BAD;
}

void tl_content_end(struct tl_content *content)
{
    if (content == NULL)
        return;
    if (content->coding == TL_CODING_BROTLI && content->brotli != NULL)
        BrotliDecoderDestroyInstance(content->brotli);
    else if (content->coding == TL_CODING_ZSTD)
        (void)ZSTD_freeDCtx(content->zstd);
    else if (content->begun)
        (void)inflateEnd(&content->zlib);
    tl_slab_put(content->slab, content, sizeof *content);
}
