/*
 * grpc_compressed.c - messages that are compressed, for the tree. grpc-encoding names the coding in the header of the call;
 * here it is told by the first bytes, as what gzip, zlib and zstd write cannot be mistaken for one another.
 */
#include "core/inflate.h"
#include "dissectors/grpc/grpc.h"

enum { OUT_MOST = 256 << 10 /* bytes that a message becomes at most */, OUT_FIRST = 4096 };

static enum tl_coding coding_of(const uint8_t *p, uint32_t len)
{
    if (len >= 4 && p[0] == 0x28 && p[1] == 0xb5 && p[2] == 0x2f && p[3] == 0xfd)
        return TL_CODING_ZSTD;
    if (len >= 2 && p[0] == 0x1f && p[1] == 0x8b)
        return TL_CODING_GZIP;
    if (len >= 2 && (p[0] & 0x0f) == 8 && (p[0] << 8 | p[1]) % 31 == 0)
        return TL_CODING_DEFLATE;
    return TL_CODING_NONE;
}

/* Returns the bytes that came out, in scratch memory; no data: the message is not as coded, too long, or no memory. */
static struct tl_bytes inflate(struct tl_dissection *d, struct tl_content *content, struct tl_bytes in)
{
    uint32_t have = 0, room = OUT_FIRST;
    uint8_t *out = tl_arena_alloc_spare(d->scratch, room);
    enum tl_inflate_status status = TL_INFLATE_FULL;
    while (out != NULL && status == TL_INFLATE_FULL) {
        uint32_t n = room - have;
        status = d->inflate->feed_content(content, &in, out + have, &n);
        have += n;
        if (status != TL_INFLATE_FULL || have < room)
            break;
        uint8_t *grown = room < OUT_MOST ? tl_arena_alloc_spare(d->scratch, (size_t)room * 4) : NULL;
        if (grown != NULL)
            memcpy(grown, out, have);
        out = grown;
        room *= 4;
    }
    bool good = status == TL_INFLATE_END || status == TL_INFLATE_DONE;
    return tl_bytes_of(good ? out : NULL, good && out != NULL ? have : 0);
}

void tl_grpc_compressed(struct tl_dissection *d, uint32_t len)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, len);
    enum tl_coding coding = p != NULL ? coding_of(p, len) : TL_CODING_NONE;
    struct tl_content *content = NULL;
    if (coding != TL_CODING_NONE && d->tree != NULL && d->inflate != NULL && d->slab != NULL)
        content = d->inflate->begin_content(d->slab, (uint8_t)coding);
    if (content != NULL) {
        struct tl_bytes out = inflate(d, content, tl_bytes_of(p, len));
        d->inflate->end_content(content);
        if (out.len > 0) {
            const struct tl_cursor c = d->c;
            uint8_t source = d->tree->source;
            d->tree->source = tl_tree_add_source(d->tree, out.data, out.len, "decompressed gRPC message");
            d->c = tl_cursor_on(out.data, out.len, out.len);
            tl_grpc_protobuf(d, out.len);
            d->tree->source = source;
            d->c = c;
        }
    }
    tl_skip(d, len);
}
