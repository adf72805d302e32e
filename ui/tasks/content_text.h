/* content_text.h - the bytes of a file as lines for a reader: by their kind as text, as a picture's facts, or in hex. */
#ifndef TL_UI_CONTENT_TEXT_H
#define TL_UI_CONTENT_TEXT_H

#include "core/buffer.h"
#include "core/bytes.h"

/*
 * Appends lines, each with a newline. bytes: the beginning of a file of `whole` bytes. mime: its media type; NULL:
 * unknown. secrets: values with the names of secrets are shown, too.
 */
void tl_put_content(struct tl_buffer *out, struct tl_bytes bytes, uint64_t whole, const char *mime, bool secrets);
/* The same in hex, whatever it is. */
void tl_put_content_bytes(struct tl_buffer *out, struct tl_bytes bytes, uint64_t whole, bool secrets);
/* Whether it is shown as text. */
bool tl_content_is_text(struct tl_bytes bytes, const char *mime);

#endif
