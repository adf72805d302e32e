/*
 * assertion.h - the language of --assert: a figure over records, compared with a number.
 *
 *   count(dns where rcode_name != "NOERROR") == 0
 *   max(http.duration where status_code < 500) <= 0.5
 */
#ifndef TL_FILTER_ASSERTION_H
#define TL_FILTER_ASSERTION_H

#include "filter/datum.h"
#include "filter/predicate.h"

enum tl_figure { TL_FIGURE_COUNT, TL_FIGURE_SUM, TL_FIGURE_MIN, TL_FIGURE_MAX, TL_FIGURE_AVG };

enum tl_relation { TL_IS_EQUAL, TL_IS_NOT_EQUAL, TL_IS_GREATER, TL_IS_AT_LEAST, TL_IS_LESS, TL_IS_AT_MOST };

struct tl_assertion {
    const char *text;                /* borrowed */
    enum tl_figure figure;
    const struct tl_record_def *def; /* the kind of records; NULL: all but meta and stats */
    struct tl_predicate *where;      /* owned: which of them; NULL: all */
    struct tl_predicate *key;        /* owned: whose values; NULL: count */
    enum tl_relation relation;
    uint32_t compared_at;            /* offset of the comparison in the text */
    double number;
};

/*
 * Reads an assertion. `text` is borrowed, and so is what `names` points to. On failure returns false and sets the problem;
 * its place is an offset in `text`. The assertion must not be moved afterwards. Free it in either case.
 */
bool tl_assertion_init(struct tl_assertion *assertion, const char *text, const struct tl_names *names,
                       struct tl_problem *problem) TL_MUST_CHECK;
void tl_assertion_fini(struct tl_assertion *assertion);
/* Returns whether a figure of this value makes the assertion true. */
bool tl_assertion_holds(const struct tl_assertion *assertion, double value);

#endif
