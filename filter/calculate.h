/* calculate.h - arithmetic on values, slices and functions of one value. */
#ifndef TL_FILTER_CALCULATE_H
#define TL_FILTER_CALCULATE_H

#include "filter/program.h"

/* a sign b. Returns false if there is no result: a division by zero, no memory. */
bool tl_calculate(enum tl_token_kind sign, const struct tl_datum *a, const struct tl_datum *b, struct tl_arena *arena,
                  struct tl_datum *result) TL_MUST_CHECK;
bool tl_calculate_negative(const struct tl_datum *a, struct tl_datum *result) TL_MUST_CHECK;
/* Joins the spans of a value's bytes. Returns false if one of them is not within the value. */
bool tl_calculate_slice(const struct tl_datum *a, const struct tl_span *spans, uint32_t count, struct tl_arena *arena,
                        struct tl_datum *result) TL_MUST_CHECK;
/* len, lower, upper, string, abs */
bool tl_calculate_function(enum tl_operation function, const struct tl_datum *a, struct tl_arena *arena,
                           struct tl_datum *result) TL_MUST_CHECK;
/* Returns whether the index (from 0) of `count` items is in the spans. */
bool tl_spans_have(const struct tl_span *spans, uint32_t count, uint32_t index, uint32_t items);

#endif
