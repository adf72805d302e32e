/* mime_type.h - what kind of content bytes are, from their beginning. */
#ifndef TL_DISSECTORS_MIME_TYPE_H
#define TL_DISSECTORS_MIME_TYPE_H

#include "core/bytes.h"

enum { TL_MIME_LOOK = 128 }; /* bytes that are worth having; more tell no more */

/*
 * The content's type, one of our own constants, or NULL where it cannot be told. `whole`: there is no more than this.
 */
const char *tl_mime_type(struct tl_bytes start, bool whole);

#endif
