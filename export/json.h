/* json.h - untrusted text made safe, as a JSON string and as text for a terminal (JSON.md, house rule 3). */
#ifndef TL_EXPORT_JSON_H
#define TL_EXPORT_JSON_H

#include "core/buffer.h"

/*
 * Text from the wire as a JSON string, quotes included. Valid UTF-8 passes; controls and what turns the direction of
 * writing become \uXXXX; a byte that is not UTF-8 becomes the text \xHH and a backslash the text \\, so that the exact
 * bytes can be had back. text may be NULL when len is 0.
 */
void tl_put_json_text(struct tl_buffer *b, const uint8_t *text, size_t len);

/* The same for people: no quotes around it, and one backslash where JSON asks for two. */
void tl_put_safe_text(struct tl_buffer *b, const uint8_t *text, size_t len);

/* UTF-16 text from the wire, likewise. Half a pair and half a unit at the end become U+FFFD. */
void tl_put_json_utf16(struct tl_buffer *b, struct tl_bytes text, bool little);
void tl_put_safe_utf16(struct tl_buffer *b, struct tl_bytes text, bool little);

/* A number; what JSON has no number for is "NaN", "Infinity" or "-Infinity". */
void tl_put_json_double(struct tl_buffer *b, double value);
void tl_put_json_float(struct tl_buffer *b, float value);

/* One of our own words as a JSON string. */
void tl_put_json_word(struct tl_buffer *b, const char *word);

/* A key, without quotes, with `separator` in the place of each dot. */
void tl_put_json_key(struct tl_buffer *b, const char *key, const char *separator);

#endif
