/* content.c - content codings by zlib, brotli and zstd, with memory from a slab. */
#include "codec/content.h"

#define ZLIB_CONST
#define ZSTD_STATIC_LINKING_ONLY /* ZSTD_createDCtx_advanced(): memory from the caller */
#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include "core/slab.h"

enum {
    BLOCK_HEAD = 16,         /* keeps the alignment of the slab */
    HEAD_MOST = 18 + 1,      /* bytes of a zstd frame's header, and of what narrow_zstd() adds */
    ZLIB_HEAD = 2,
    REACH_LOG = 19,          /* of zstd and brotli: the window that they get instead of a larger one */
    REACH_NEAR = 64 << 10,   /* so close to the end of the reach, an error may be of a reference beyond it */
    BETWEEN = 4096,          /* bytes between two codings that are decoded at once */
    FREE = 64 << 10, RATIO = 64, /* bytes between two codings: at most FREE, and RATIO for each byte of input */
};
_Static_assert(TL_CONTENT_REACH <= (1 << REACH_LOG) - 16, "brotli refers back 16 bytes less than its window");

/* The first of two codings, and what came out of it. */
struct outer {
    struct tl_content *content;
    enum tl_inflate_status status;
    enum tl_inflate_status inner; /* what the second coding said last */
    uint64_t taken, passed;       /* bytes that went into it, and that came out */
    uint32_t at, len;
    uint8_t bytes[BETWEEN];
};

struct tl_content {
    struct tl_slab *slab;
    struct outer *outer;     /* the input has another coding, which is undone first; NULL: it has not */
    enum tl_coding coding;
    bool ended;              /* the content is complete, as far as the input goes */
    bool begun;              /* of zlib: the stream is initialized; of brotli: the first byte was read */
    bool inside;             /* of zstd: a frame's header was read */
    bool over;               /* of zstd: after the last frame */
    bool wide;               /* the window is larger than the reach */
    bool refused;            /* there was no memory */
    uint8_t head_len;
    uint8_t head[HEAD_MOST]; /* the first bytes: of deflate, they decide whether it is zlib's; of a zstd frame */
    uint32_t memory;         /* bytes in use */
    uint64_t written;        /* bytes of the content, or of the zstd frame */
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
    uint8_t *block = NULL;
    if (size <= TL_CONTENT_MEMORY - BLOCK_HEAD && n <= TL_CONTENT_MEMORY - content->memory) {
        block = tl_slab_get(content->slab, n);
        if (block == NULL)
            tl_slab_wish(content->slab, n);
    }
    content->refused |= block == NULL;
    if (block == NULL)
        return NULL;
    content->memory += (uint32_t)n;
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
    content->memory -= (uint32_t)n;
    tl_slab_put(content->slab, block, n);
}

/* What an error means: without memory or beyond the reach, what was written before is right. */
static enum tl_inflate_status wrong(const struct tl_content *content)
{
    bool near = content->wide && content->written + REACH_NEAR >= TL_CONTENT_REACH;
    return content->refused || near ? TL_INFLATE_CUT : TL_INFLATE_BAD;
}

/* Returns how many of `room` bytes may be written. */
static uint32_t within_reach(const struct tl_content *content, uint32_t room)
{
    uint64_t left = TL_CONTENT_REACH - content->written;
    return content->wide && left < room ? (uint32_t)left : room;
}

/* After a call that used all of its room. */
static enum tl_inflate_status full(const struct tl_content *content)
{
    return content->wide && content->written >= TL_CONTENT_REACH ? TL_INFLATE_CUT : TL_INFLATE_FULL;
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
        return wrong(content);
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
        return wrong(content);
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

static enum tl_inflate_status run_brotli(struct tl_content *content, struct tl_bytes *in, uint8_t *out,
                                         uint32_t *out_len)
{
    size_t left = in->len, most = within_reach(content, *out_len), room = most;
    const uint8_t *next = in->data;
    BrotliDecoderResult result = BROTLI_DECODER_RESULT_SUCCESS;
    if (!content->ended)
        result = BrotliDecoderDecompressStream(content->brotli, &left, &next, &room, &out, NULL);
    content->ended = result == BROTLI_DECODER_RESULT_SUCCESS;
    *out_len = (uint32_t)(most - room);
    content->written += *out_len;
    *in = content->ended ? tl_bytes_of(in->data + in->len, 0) : tl_bytes_of(next, (uint32_t)left);
    return result == BROTLI_DECODER_RESULT_ERROR               ? wrong(content)
           : content->ended                                    ? TL_INFLATE_END
           : result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT ? full(content)
                                                               : TL_INFLATE_DONE;
}

/*
 * RFC 7932 section 9.1: the first bits are the size of the window, 18 to 24 in four bits. A smaller one in its place
 * changes nothing until the content is as long as that.
 */
static enum tl_inflate_status feed_brotli(struct tl_content *content, struct tl_bytes *in, uint8_t *out,
                                          uint32_t *out_len)
{
    if (!content->begun && in->len > 0) {
        uint8_t first = *in->data;
        struct tl_bytes head = { &first, 1 };
        uint32_t none = 0;
        content->begun = true;
        content->wide = (first & 1) != 0 && 17 + (first >> 1 & 7) > REACH_LOG;
        if (content->wide)
            first = (uint8_t)((first & 0xf0) | (REACH_LOG - 17) << 1 | 1);
        *in = tl_bytes_of(in->data + 1, in->len - 1);
        if (run_brotli(content, &head, out, &none) == TL_INFLATE_BAD) {
            *out_len = 0;
            return TL_INFLATE_BAD;
        }
    }
    return run_brotli(content, in, out, out_len);
}

/* --- zstd --- */

static bool begin_zstd(struct tl_content *content)
{
    content->zstd = ZSTD_createDCtx_advanced((ZSTD_customMem){ get, put, content });
    return content->zstd != NULL &&
           !ZSTD_isError(ZSTD_DCtx_setParameter(content->zstd, ZSTD_d_windowLogMax, REACH_LOG));
}

/* RFC 8878 sections 3.1.1 and 3.1.2: the magic number of a frame, or of one to skip. */
static bool may_begin_frame(const uint8_t *head, uint32_t len)
{
    static const uint8_t frame[] = { 0x28, 0xb5, 0x2f, 0xfd }, skipped[] = { 0x50, 0x2a, 0x4d, 0x18 };
    bool is_frame = true, is_skipped = true;
    for (uint32_t i = 0; i < len && i < sizeof frame; i++) {
        is_frame &= head[i] == frame[i];
        is_skipped &= (i == 0 ? head[i] & 0xf0 : head[i]) == skipped[i];
    }
    return is_frame || is_skipped;
}

/*
 * RFC 8878 section 3.1.1.1: puts a smaller window into the header, or adds it where the window is the whole content.
 * That changes nothing until the frame's content is as long as that.
 */
static void narrow_zstd(struct tl_content *content)
{
    enum { DESCRIPTOR = 4, WINDOW = 5, SINGLE_SEGMENT = 0x20 };
    uint8_t *head = content->head;
    if ((head[DESCRIPTOR] & SINGLE_SEGMENT) != 0) {
        memmove(head + WINDOW + 1, head + WINDOW, content->head_len - (size_t)WINDOW);
        content->head_len++;
        head[DESCRIPTOR] ^= SINGLE_SEGMENT;
    }
    head[WINDOW] = (REACH_LOG - 10) << 3;
}

/* Reads the header of a frame. Bytes after the last frame are ignored, as they are after gzip's. */
static enum tl_inflate_status begin_frame(struct tl_content *content, struct tl_bytes *in)
{
    ZSTD_frameHeader header;
    size_t missing = 1;
    while (missing > 0) {
        if (in->len == 0)
            return content->ended && content->head_len == 0 ? TL_INFLATE_END : TL_INFLATE_DONE;
        content->head[content->head_len++] = *in->data;
        *in = tl_bytes_of(in->data + 1, in->len - 1);
        content->over = !may_begin_frame(content->head, content->head_len);
        if (content->over) {
            *in = tl_bytes_of(in->data + in->len, 0);
            return content->ended ? TL_INFLATE_END : TL_INFLATE_BAD;
        }
        if (content->head_len < sizeof (uint32_t)) /* newer versions refuse so few bytes */
            continue;
        missing = ZSTD_getFrameHeader(&header, content->head, content->head_len);
        if (ZSTD_isError(missing) || (missing > 0 && content->head_len >= HEAD_MOST - 1))
            return TL_INFLATE_BAD;
    }
    content->wide = header.frameType == ZSTD_frame && header.windowSize > 1 << REACH_LOG;
    if (content->wide)
        narrow_zstd(content);
    ZSTD_inBuffer from = { content->head, content->head_len, 0 };
    ZSTD_outBuffer to = { NULL, 0, 0 };
    content->written = content->head_len = 0;
    size_t hint = ZSTD_decompressStream(content->zstd, &to, &from);
    if (ZSTD_isError(hint))
        return wrong(content);
    content->ended = hint == 0; /* a frame to skip, without content */
    content->inside = hint != 0;
    return from.pos < from.size ? TL_INFLATE_BAD : content->ended ? TL_INFLATE_END : TL_INFLATE_DONE;
}

/* Stops at the end of the frame. */
static enum tl_inflate_status run_frame(struct tl_content *content, struct tl_bytes *in, uint8_t *out,
                                        uint32_t *out_len)
{
    ZSTD_inBuffer from = { in->data, in->len, 0 };
    ZSTD_outBuffer to = { out, within_reach(content, *out_len), 0 };
    size_t hint = 1;
    do {
        size_t before = from.pos + to.pos;
        hint = ZSTD_decompressStream(content->zstd, &to, &from);
        if (ZSTD_isError(hint) || before == from.pos + to.pos)
            break;
    } while (hint != 0 && from.pos < from.size && to.pos < to.size);
    *out_len = (uint32_t)to.pos;
    *in = tl_bytes_of(in->data + from.pos, (uint32_t)(from.size - from.pos));
    content->written += to.pos;
    if (ZSTD_isError(hint))
        return wrong(content);
    content->ended = hint == 0;
    content->inside = hint != 0;
    return hint == 0 ? TL_INFLATE_END : to.pos == to.size ? full(content) : TL_INFLATE_DONE;
}

static enum tl_inflate_status feed_zstd(struct tl_content *content, struct tl_bytes *in, uint8_t *out,
                                        uint32_t *out_len)
{
    uint32_t room = *out_len;
    enum tl_inflate_status status = TL_INFLATE_END;
    *out_len = 0;
    if (content->over)
        *in = tl_bytes_of(in->data + in->len, 0);
    while (!content->over) {
        uint32_t n = room - *out_len;
        bool was_inside = content->inside;
        status = was_inside ? run_frame(content, in, out + *out_len, &n) : begin_frame(content, in);
        *out_len += was_inside ? n : 0;
        if (in->len == 0 || (status != TL_INFLATE_END && (was_inside || status != TL_INFLATE_DONE)))
            break;
    }
    return status;
}

/* --- one coding --- */

static void end_one(struct tl_content *content)
{
    if (content->coding == TL_CODING_BROTLI && content->brotli != NULL)
        BrotliDecoderDestroyInstance(content->brotli);
    else if (content->coding == TL_CODING_ZSTD)
        (void)ZSTD_freeDCtx(content->zstd);
    else if (content->begun)
        (void)inflateEnd(&content->zlib);
    tl_slab_put(content->slab, content, sizeof *content);
}

static struct tl_content *begin_one(struct tl_slab *slab, enum tl_coding coding)
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
    end_one(content);
    return NULL;
}

static enum tl_inflate_status feed_one(struct tl_content *content, struct tl_bytes *in, uint8_t *out, uint32_t *out_len)
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

/* --- two codings --- */

/* Undoes the first coding of some input. Returns false if nothing came out of it. */
static bool refill(struct outer *o, struct tl_bytes *in)
{
    uint64_t left = FREE + o->taken * RATIO - o->passed;
    uint32_t n = left < BETWEEN ? (uint32_t)left : BETWEEN, before = in->len;
    o->at = o->len = 0;
    if (n == 0 && o->status != TL_INFLATE_BAD)
        o->status = TL_INFLATE_CUT;
    if (o->status == TL_INFLATE_BAD || o->status == TL_INFLATE_CUT)
        return false;
    o->status = feed_one(o->content, in, o->bytes, &n);
    o->len = n;
    o->passed += n;
    o->taken += before - in->len;
    return n > 0;
}

static enum tl_inflate_status feed_both(struct tl_content *content, struct tl_bytes *in, uint8_t *out, uint32_t *out_len)
{
    struct outer *o = content->outer;
    uint32_t room = *out_len;
    *out_len = 0;
    do {
        uint32_t n = room - *out_len;
        struct tl_bytes between = { o->bytes + o->at, o->len - o->at };
        if (between.len > 0 || o->inner == TL_INFLATE_FULL) {
            o->inner = feed_one(content, &between, out + *out_len, &n);
            o->at = o->len - between.len;
            *out_len += n;
        }
        if (o->inner == TL_INFLATE_FULL || o->inner == TL_INFLATE_BAD || o->inner == TL_INFLATE_CUT)
            return o->inner;
        if (o->at < o->len && n == 0) /* it neither reads nor writes */
            return TL_INFLATE_BAD;
    } while (o->at < o->len || refill(o, in));
    return o->status == TL_INFLATE_END ? o->inner : o->status;
}

static struct tl_content *begin_both(struct tl_slab *slab, enum tl_coding first, enum tl_coding second)
{
    struct tl_content *content = begin_one(slab, second);
    struct outer *o = content != NULL ? tl_slab_get(slab, sizeof *o) : NULL;
    if (o != NULL) {
        o->content = begin_one(slab, first);
        o->status = o->inner = TL_INFLATE_DONE;
        o->taken = o->passed = o->at = o->len = 0;
        content->outer = o;
    }
    if (o != NULL && o->content != NULL)
        return content;
    tl_content_end(content);
    return NULL;
}

/* --- the table --- */

struct tl_content *tl_content_begin(struct tl_slab *slab, uint8_t codings)
{
    enum tl_coding first = codings & ((1 << TL_CODING_BITS) - 1), second = codings >> TL_CODING_BITS;
    return second == TL_CODING_NONE ? begin_one(slab, first) : begin_both(slab, first, second);
}

enum tl_inflate_status tl_content_feed(struct tl_content *content, struct tl_bytes *in, uint8_t *out,
                                       uint32_t *out_len)
{
    return content->outer != NULL ? feed_both(content, in, out, out_len) : feed_one(content, in, out, out_len);
}

void tl_content_end(struct tl_content *content)
{
    if (content == NULL)
        return;
    if (content->outer != NULL) {
        if (content->outer->content != NULL)
            end_one(content->outer->content);
        tl_slab_put(content->slab, content->outer, sizeof *content->outer);
    }
    end_one(content);
}
