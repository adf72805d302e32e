/* hpack.c - header fields of HTTP/2 (RFC 7541) by nghttp2, with memory from a slab. */
#include "codec/hpack.h"

#include <nghttp2/nghttp2.h>

#include "codec/memory.h"
#include "core/slab.h"

struct tl_headers {
    struct tl_slab *slab;
    nghttp2_mem memory;
    nghttp2_hd_inflater *inflater;
};

struct tl_headers *tl_headers_begin(struct tl_slab *slab, bool unknown)
{
    static const uint8_t largest[] = { 0x3f, 0xe1, 0xff, 0x03 }; /* a table of 65,536 bytes (RFC 7541 section 6.3) */
    struct tl_header_field field;
    struct tl_headers *headers = slab != NULL ? tl_slab_get(slab, sizeof *headers) : NULL;
    if (headers == NULL)
        return NULL;
    *headers = (struct tl_headers){ .slab = slab, .memory = { slab, tl_memory_get, tl_memory_put, tl_memory_get_zeroed,
                                                             tl_memory_resize } };
    if (nghttp2_hd_inflate_new2(&headers->inflater, &headers->memory) != 0) {
        tl_slab_put(slab, headers, sizeof *headers);
        return NULL;
    }
    /* A limit only: the table has 4,096 bytes until the encoder says otherwise. */
    if (nghttp2_hd_inflate_change_table_size(headers->inflater, TL_HEADERS_TABLE) == 0 &&
        (!unknown || tl_headers_feed(headers, tl_bytes_of(largest, sizeof largest), &field) == TL_INFLATE_DONE))
        return headers;
    tl_headers_end(headers);
    return NULL;
}

enum tl_inflate_status tl_headers_feed(struct tl_headers *headers, struct tl_bytes in, struct tl_header_field *field)
{
    nghttp2_nv nv;
    *field = (struct tl_header_field){ .name = { NULL, 0 } };
    while (in.len > 0) {
        int flags = 0;
        ssize_t n = nghttp2_hd_inflate_hd2(headers->inflater, &nv, &flags, in.data, in.len, 0);
        if (n == NGHTTP2_ERR_NOMEM)
            return TL_INFLATE_CUT;
        if (n < 0 || (n == 0 && (flags & NGHTTP2_HD_INFLATE_EMIT) == 0))
            return TL_INFLATE_BAD;
        in = tl_bytes_of(in.data + n, in.len - (size_t)n);
        if ((flags & NGHTTP2_HD_INFLATE_EMIT) == 0)
            continue;
        field->name = tl_bytes_of(nv.name, nv.namelen);
        field->value = tl_bytes_of(nv.value, nv.valuelen);
        return in.len == 0 ? TL_INFLATE_DONE : TL_INFLATE_BAD;
    }
    return TL_INFLATE_DONE;
}

void tl_headers_end_block(struct tl_headers *headers)
{
    (void)nghttp2_hd_inflate_end_headers(headers->inflater);
}

uint32_t tl_headers_entries(const struct tl_headers *headers)
{
    return (uint32_t)nghttp2_hd_inflate_get_num_table_entries(headers->inflater);
}

void tl_headers_end(struct tl_headers *headers)
{
    if (headers == NULL)
        return;
    if (headers->inflater != NULL)
        nghttp2_hd_inflate_del(headers->inflater);
    tl_slab_put(headers->slab, headers, sizeof *headers);
}
