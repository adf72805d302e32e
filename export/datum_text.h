/* datum_text.h - the values of -e as text. */
#ifndef TL_EXPORT_DATUM_TEXT_H
#define TL_EXPORT_DATUM_TEXT_H

#include "core/field.h"
#include "export/raw_bytes.h"
#include "filter/datum.h"

/*
 * Appends a value as tshark -T fields prints it, escaped for terminals: numbers in the base of their field, which may
 * be NULL. raw: of the packet, so that its bytes appear without secrets.
 */
void tl_put_datum(struct tl_buffer *out, const struct tl_datum *value, const struct tl_field *field,
                  const struct tl_raw *raw);
/* The same as a JSON string. */
void tl_put_json_datum(struct tl_buffer *out, const struct tl_datum *value, const struct tl_field *field,
                       const struct tl_raw *raw);

#endif
