/* value.h - makes values of what records have. Private to library/. */
#ifndef TL_LIBRARY_VALUE_H
#define TL_LIBRARY_VALUE_H

#include "core/record.h"
#include "include/taplight/taplight.h"

struct taplight_value tl_value_of_address(uint8_t version, const uint8_t *bytes);
struct taplight_value tl_value_of_word(const char *word);
struct taplight_value tl_value_of_number(enum taplight_type type, uint64_t number);
/* The value of a field, which is at this place. */
struct taplight_value tl_value_of_record(const struct tl_record_field *field, const void *at);
/* Sets the nth key of _trunc, a list whose inner[1] is the record. */
bool tl_value_of_cut(const struct taplight_value *list, uint32_t index, struct taplight_value *item);

#endif
