/* value.h - compares one of our JSON values with one of tshark's texts. */
#ifndef TL_TESTS_DIFFERENTIAL_VALUE_H
#define TL_TESTS_DIFFERENTIAL_VALUE_H

#include <json-c/json.h>
#include <stdbool.h>

bool value_equal(struct json_object *ours, const char *theirs);

#endif
