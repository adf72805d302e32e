/* json.h - escapes untrusted text for JSON strings and for terminals (JSON.md, house rule 3). */
#ifndef TL_EXPORT_JSON_H
#define TL_EXPORT_JSON_H

#include "core/buffer.h"

/*
 * Appends text from the wire as a JSON string with quotes. Valid UTF-8 is kept. Controls and direction marks become
 * \uXXXX, a byte that is not UTF-8 becomes the text \xHH, and a backslash the text \\, so that the exact bytes can be
 * recovered. text may be NULL if len is 0.
 */
void tl_put_json_text(struct tl_buffer *b, const uint8_t *text, size_t len);

/* The same for terminals: no quotes, and one backslash where JSON has two. */
void tl_put_safe_text(struct tl_buffer *b, const uint8_t *text, size_t len);

/* The same for text with escapes (enum tl_field_flags, TL_ESCAPED): its backslashes are not doubled. */
void tl_put_json_escaped(struct tl_buffer *b, const uint8_t *text, size_t len);
void tl_put_safe_escaped(struct tl_buffer *b, const uint8_t *text, size_t len);

/* UTF-16 text from the wire, likewise. Half a pair and half a unit at the end become U+FFFD. */
void tl_put_json_utf16(struct tl_buffer *b, struct tl_bytes text, bool little);
void tl_put_safe_utf16(struct tl_buffer *b, struct tl_bytes text, bool little);

/* A number; what JSON has no number for is "NaN", "Infinity" or "-Infinity". */
void tl_put_json_double(struct tl_buffer *b, double value);
void tl_put_json_float(struct tl_buffer *b, float value);

/* One of our own words as a JSON string. */
void tl_put_json_word(struct tl_buffer *b, const char *word);

/* Appends a key without quotes; each dot is replaced by `separator`. */
void tl_put_json_key(struct tl_buffer *b, const char *key, const char *separator);

#endif
