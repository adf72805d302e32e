/* mime_type.h - detects the media type of content by its first bytes. */
#ifndef TL_DISSECTORS_MIME_TYPE_H
#define TL_DISSECTORS_MIME_TYPE_H

#include "core/bytes.h"

enum { TL_MIME_LOOK = 128 }; /* bytes that are examined; more do not help */

/* Returns the media type, a static string, or NULL if it is unknown. `whole`: the bytes are the whole content. */
const char *tl_mime_type(struct tl_bytes start, bool whole);

/* A number of one byte for each type that tl_mime_type() returns, to store many of them. NULL: 0. */
uint8_t tl_mime_number(const char *type);
const char *tl_mime_of_number(uint8_t number);

#endif
