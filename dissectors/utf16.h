/* utf16.h - text in UTF-16, little-endian, as Microsoft's protocols send it. */
#ifndef TL_DISSECTORS_UTF16_H
#define TL_DISSECTORS_UTF16_H

#include "core/bytes.h"

static inline uint32_t tl_utf8_put(uint32_t c, uint8_t out[4])
{
    if (c < 0x80)
        return out[0] = (uint8_t)c, 1;
    uint32_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (uint32_t i = n - 1; i > 0; i--, c >>= 6)
        out[i] = (uint8_t)(0x80 | (c & 0x3f));
    out[0] = (uint8_t)(0xf00 >> n | c);
    return n;
}

/*
 * Converts text to UTF-8, as much of it as fits in out[0..room); halves of pairs that are alone become U+FFFD. Returns
 * the bytes written, which end after a whole character.
 */
static inline uint32_t tl_utf16le(struct tl_bytes text, uint8_t *out, uint32_t room)
{
    uint32_t len = 0;
    for (uint32_t i = 0; i + 2 <= text.len; i += 2) {
        uint32_t c = tl_load_le16(text.data + i);
        if (c >= 0xd800 && c < 0xe000) {
            uint32_t low = c < 0xdc00 && i + 4 <= text.len ? tl_load_le16(text.data + i + 2) : 0;
            bool pair = low >= 0xdc00 && low < 0xe000;
            c = pair ? 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00) : 0xfffd;
            i += pair ? 2 : 0;
        }
        uint8_t one[4];
        uint32_t n = tl_utf8_put(c, one);
        if (n > room - len)
            break;
        memcpy(out + len, one, n);
        len += n;
    }
    return len;
}

#endif
