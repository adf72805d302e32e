/*
 * base64.h - base64 as mail and HTTP send it (RFC 4648 section 4; RFC 2045 section 6.8: line ends inside are passed
 * over).
 */
#ifndef TL_CORE_BASE64_H
#define TL_CORE_BASE64_H

#include "core/bytes.h"

/* What is known of a text that is decoded piece by piece. Zeroed at its beginning. */
struct tl_base64 {
    uint32_t bits;  /* the last characters' */
    uint8_t count;  /* characters of the unfinished group, 0 to 3 */
    bool ended;     /* padding was met: the rest is not decoded */
};

/*
 * Decodes the next piece into out, which has room for in.len / 4 * 3 + 3 bytes; NULL: only counts. Returns the bytes
 * decoded. What is no base64 character is passed over, as decoders of mail do.
 */
uint32_t tl_base64_decode(struct tl_base64 *b, struct tl_bytes in, uint8_t *out);

/* Encodes in, with padding, into text, which has room for (in.len + 2) / 3 * 4 + 1 bytes; terminated. */
void tl_base64_encode(struct tl_bytes in, char *text);

#endif
