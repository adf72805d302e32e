/* encode.c - names (RFC 1035 section 3.1) and object identifiers (X.690 section 8.19) from text. */
#include "inject/layer.h"

#include <stdio.h>
#include <stdlib.h>

size_t tl_craft_encode_name(const char *text, uint8_t out[TL_CRAFT_NAME_MOST])
{
    size_t n = 1, label = 0;
    if (strcmp(text, ".") == 0 || *text == '\0') {
        out[0] = 0;
        return 1;
    }
    for (; *text != '\0'; text++) {
        unsigned byte = (uint8_t)*text;
        if (byte == '.') {
            if (n - label - 1 == 0)
                return 0;
            out[label] = (uint8_t)(n - label - 1);
            label = n++;
        } else {
            if (byte == '\\' && sscanf(text + 1, "%3u", &byte) == 1 && byte < 256 &&
                strspn(text + 1, "0123456789") >= 3)
                text += 3;
            else if ((uint8_t)*text == '\\' && text[1] != '\0')
                byte = (uint8_t) * ++text;
            if (n - label > 63)
                return 0;
            out[n++] = (uint8_t)byte;
        }
        if (n > 254)
            return 0;
    }
    out[label] = (uint8_t)(n - label - 1);
    if (out[label] != 0)
        out[n++] = 0;
    return n;
}

size_t tl_craft_encode_oid(const char *text, uint8_t out[TL_CRAFT_NAME_MOST])
{
    size_t n = 0;
    uint64_t first = 0;
    for (unsigned arc = 0; *text != '\0'; arc++) {
        char *end;
        unsigned long long v = strtoull(text, &end, 10);
        if (end == text || (*end != '.' && *end != '\0') || v > 0xffffffff || n > 240 || (arc == 0 && v > 2))
            return 0;
        text = end + (*end == '.');
        if (arc == 0) {
            first = v * 40;
            continue;
        }
        v += arc == 1 ? first : 0;
        for (int shift = 63; shift >= 0; shift -= 7)
            if (shift == 0 || v >> shift != 0)
                out[n++] = (uint8_t)((v >> shift & 0x7f) | (shift > 0 ? 0x80 : 0));
    }
    return n;
}
