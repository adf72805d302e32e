/* http2_hpack.c - where the representations of header fields end (RFC 7541 sections 5 and 6). */
#include "dissectors/http2/http2.h"

enum { INTEGER_MOST = 1 << 28 };

/* Reads an integer with a prefix of so many bits, at *at. */
static enum tl_status integer(const uint8_t *p, uint32_t len, uint32_t *at, unsigned bits, uint32_t *value)
{
    const uint32_t most = (1u << bits) - 1;
    if (*at >= len)
        return TL_MORE;
    *value = p[(*at)++] & most;
    if (*value < most)
        return TL_OK;
    for (unsigned shift = 0; shift <= 21; shift += 7) {
        if (*at >= len)
            return TL_MORE;
        uint8_t byte = p[(*at)++];
        *value += (uint32_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return *value < INTEGER_MOST ? TL_OK : TL_BAD;
    }
    return TL_BAD;
}

/* Passes over a string. Its length is in front of it. */
static enum tl_status string(const uint8_t *p, uint32_t len, uint32_t *at, uint32_t *off, uint32_t *size)
{
    uint32_t n = 0;
    *off = *at;
    enum tl_status status = integer(p, len, at, 7, &n);
    if (status != TL_OK)
        return status;
    if (n > TL_HEADERS_STRING)
        return TL_BAD;
    if (len - *at < n)
        return TL_MORE;
    *at += n;
    *size = *at - *off;
    return TL_OK;
}

enum tl_status tl_http2_piece(const uint8_t *p, uint32_t len, struct tl_http2_piece *piece)
{
    static const struct {
        uint8_t kind, bits;
    } shapes[] = { { HTTP2_INDEXED, 7 }, { HTTP2_INCREMENTAL, 6 }, { HTTP2_RESIZE, 5 }, { HTTP2_NEVER, 4 },
                   { HTTP2_LITERAL, 4 } };
    uint32_t at = 0, shape = 0;
    *piece = (struct tl_http2_piece){ .kind = HTTP2_LITERAL };
    if (len == 0)
        return TL_MORE;
    while (shape < 4 && (*p << shape & 0x80) == 0)
        shape++;
    piece->kind = shapes[shape].kind;
    enum tl_status status = integer(p, len, &at, shapes[shape].bits, &piece->index);
    if (status != TL_OK)
        return status;
    if (piece->kind == HTTP2_INDEXED && piece->index == 0)
        return TL_BAD;
    if (piece->kind != HTTP2_INDEXED && piece->kind != HTTP2_RESIZE) {
        if (piece->index == 0)
            status = string(p, len, &at, &piece->name_off, &piece->name_len);
        if (status == TL_OK)
            status = string(p, len, &at, &piece->value_off, &piece->value_len);
    }
    piece->len = at;
    return status;
}
