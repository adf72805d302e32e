/* qpack.c - header fields of HTTP/3 (RFC 9204) by nghttp3, with memory from a slab. */
#include "codec/qpack.h"

#include <nghttp3/nghttp3.h>

#include "codec/memory.h"
#include "core/slab.h"

enum { BLOCKED_MOST = 128 /* streams that the library lets wait */, ANSWERS = 256 };

struct tl_qpack {
    struct tl_slab *slab;
    nghttp3_mem memory;
    nghttp3_qpack_decoder *decoder;
    bool broken; /* after an error the library refuses everything */
};

struct tl_qpack *tl_qpack_begin(struct tl_slab *slab, uint32_t table)
{
    struct tl_qpack *qpack = slab != NULL ? tl_slab_get(slab, sizeof *qpack) : NULL;
    if (qpack == NULL)
        return NULL;
    *qpack = (struct tl_qpack){ .slab = slab, .memory = { slab, tl_memory_get, tl_memory_put, tl_memory_get_zeroed,
                                                          tl_memory_resize } };
    if (table > TL_HEADERS_TABLE)
        table = TL_HEADERS_TABLE;
    if (nghttp3_qpack_decoder_new(&qpack->decoder, table, BLOCKED_MOST, &qpack->memory) == 0)
        return qpack;
    tl_slab_put(slab, qpack, sizeof *qpack);
    return NULL;
}

/* What a decoder would answer is made all the same: it is dropped, or it would pile up. */
static void drop_answers(struct tl_qpack *qpack)
{
    uint8_t text[ANSWERS];
    nghttp3_buf out;
    size_t n = nghttp3_qpack_decoder_get_decoder_streamlen(qpack->decoder);
    if (n == 0)
        return;
    if (n > sizeof text) {
        qpack->broken = true;
        return;
    }
    nghttp3_buf_init(&out);
    out.begin = out.pos = out.last = text;
    out.end = text + sizeof text;
    nghttp3_qpack_decoder_write_decoder(qpack->decoder, &out);
}

enum tl_inflate_status tl_qpack_instructions(struct tl_qpack *qpack, struct tl_bytes in)
{
    if (qpack->broken || (in.len > 0 && nghttp3_qpack_decoder_read_encoder(qpack->decoder, in.data, in.len) < 0)) {
        qpack->broken = true;
        return TL_INFLATE_BAD;
    }
    drop_answers(qpack);
    return TL_INFLATE_DONE;
}

/* Passes one field on. Returns false if the section is over, is wrong, or waits: see *status. */
static bool next_field(struct tl_qpack *qpack, nghttp3_qpack_stream_context *section, struct tl_bytes *in,
                       void (*take)(void *context, const struct tl_header_field *field), void *context,
                       enum tl_inflate_status *status)
{
    nghttp3_qpack_nv nv;
    uint8_t flags = 0;
    nghttp3_ssize n = nghttp3_qpack_decoder_read_request(qpack->decoder, section, &nv, &flags, in->data, in->len, 1);
    if (n < 0) {
        qpack->broken = true;
        *status = TL_INFLATE_BAD;
        return false;
    }
    *in = tl_bytes_of(in->data + n, in->len - (size_t)n);
    if ((flags & NGHTTP3_QPACK_DECODE_FLAG_EMIT) != 0) {
        nghttp3_vec name = nghttp3_rcbuf_get_buf(nv.name), value = nghttp3_rcbuf_get_buf(nv.value);
        const struct tl_header_field field = { tl_bytes_of(name.base, name.len), tl_bytes_of(value.base, value.len) };
        take(context, &field);
        nghttp3_rcbuf_decref(nv.name);
        nghttp3_rcbuf_decref(nv.value);
    }
    if ((flags & NGHTTP3_QPACK_DECODE_FLAG_BLOCKED) != 0)
        *status = TL_INFLATE_CUT;
    bool over = (flags & (NGHTTP3_QPACK_DECODE_FLAG_FINAL | NGHTTP3_QPACK_DECODE_FLAG_BLOCKED)) != 0;
    return !over && (n > 0 || (flags & NGHTTP3_QPACK_DECODE_FLAG_EMIT) != 0);
}

enum tl_inflate_status tl_qpack_section(struct tl_qpack *qpack, uint64_t stream, struct tl_bytes in,
                                        void (*take)(void *context, const struct tl_header_field *field), void *context)
{
    nghttp3_qpack_stream_context *section;
    enum tl_inflate_status status = TL_INFLATE_DONE;
    if (qpack->broken)
        return TL_INFLATE_BAD;
    if (nghttp3_qpack_stream_context_new(&section, (int64_t)stream, &qpack->memory) != 0)
        return TL_INFLATE_CUT;
    while (next_field(qpack, section, &in, take, context, &status))
        ;
    nghttp3_qpack_stream_context_del(section);
    drop_answers(qpack);
    return status;
}

void tl_qpack_end(struct tl_qpack *qpack)
{
    if (qpack == NULL)
        return;
    nghttp3_qpack_decoder_del(qpack->decoder);
    tl_slab_put(qpack->slab, qpack, sizeof *qpack);
}
