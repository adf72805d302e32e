/* value.h - one of our JSON values and one of tshark's texts: do they mean the same? */
#ifndef TL_TESTS_DIFFERENTIAL_VALUE_H
#define TL_TESTS_DIFFERENTIAL_VALUE_H

#include <json-c/json.h>
#include <stdbool.h>

bool value_equal(struct json_object *ours, const char *theirs);

#endif
