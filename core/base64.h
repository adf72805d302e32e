/*
 * base64.h - base64 as mail and HTTP send it (RFC 4648 section 4). Line ends inside are skipped (RFC 2045 section
 * 6.8).
 */
#ifndef TL_CORE_BASE64_H
#define TL_CORE_BASE64_H

#include "core/bytes.h"

/* State of a text that is decoded piece by piece. Zero it before the first piece. */
struct tl_base64 {
    uint32_t bits;  /* of the last characters */
    uint8_t count;  /* characters of the unfinished group, 0 to 3 */
    bool ended;     /* padding was found: the rest is not decoded */
};

/*
 * Decodes the next piece into out, which must have room for in.len / 4 * 3 + 3 bytes. With out NULL it only counts.
 * Returns the number of bytes decoded. Characters outside the base64 alphabet are skipped, as mail decoders do.
 */
uint32_t tl_base64_decode(struct tl_base64 *b, struct tl_bytes in, uint8_t *out);

/* Encodes in, with padding, into text, which must have room for (in.len + 2) / 3 * 4 + 1 bytes. Adds a NUL. */
void tl_base64_encode(struct tl_bytes in, char *text);

#endif
