/* base64.c - decodes base64, piece by piece, and encodes it. */
#include "core/base64.h"

enum { NONE = 0xff };

static uint8_t value_of(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return (uint8_t)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (uint8_t)(c - 'a' + 26);
    if (c >= '0' && c <= '9')
        return (uint8_t)(c - '0' + 52);
    return c == '+' ? 62 : c == '/' ? 63 : NONE;
}

uint32_t tl_base64_decode(struct tl_base64 *b, struct tl_bytes in, uint8_t *out)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < in.len && !b->ended; i++) {
        uint8_t v = value_of(in.data[i]);
        if (v == NONE) {
            b->ended = in.data[i] == '=';
            continue;
        }
        b->bits = b->bits << 6 | v;
        b->count = (uint8_t)((b->count + 1) & 3);
        if (b->count == 1)
            continue;
        /* The second, third and fourth character each complete a byte. */
        unsigned spare = b->count == 2 ? 4 : b->count == 3 ? 2 : 0;
        if (out != NULL)
            out[n] = (uint8_t)(b->bits >> spare);
        n++;
    }
    return n;
}

void tl_base64_encode(struct tl_bytes in, char *text)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (uint32_t i = 0; i < in.len; i += 3) {
        uint32_t left = in.len - i, group = (uint32_t)in.data[i] << 16;
        group |= left > 1 ? (uint32_t)in.data[i + 1] << 8 : 0;
        group |= left > 2 ? in.data[i + 2] : 0;
        *text++ = alphabet[group >> 18];
        *text++ = alphabet[group >> 12 & 63];
        *text++ = left > 1 ? alphabet[group >> 6 & 63] : '=';
        *text++ = left > 2 ? alphabet[group & 63] : '=';
    }
    *text = 0;
}
