/* secret_name.h - names of values that are secrets: fields of forms, properties, keys of JSON. */
#ifndef TL_CORE_SECRET_NAME_H
#define TL_CORE_SECRET_NAME_H

#include "core/bytes.h"

/* Returns whether a value with this name is a secret: a password, a token, a key. Letter case and _ - . do not matter. */
bool tl_secret_name(struct tl_bytes name);
/*
 * Overwrites with asterisks the values with such names in a text: of a form (name=value), of JSON ("name": "value"), of
 * XML (<name>value<) and of a part of a multipart (name="name", an empty line, the value).
 */
void tl_secret_names_mask(uint8_t *text, size_t len);

#endif
