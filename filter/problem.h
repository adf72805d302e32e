/* problem.h - why a filter is refused, and the place in its text. */
#ifndef TL_FILTER_PROBLEM_H
#define TL_FILTER_PROBLEM_H

#include "core/status.h"

#include <stdbool.h>
#include <stdint.h>

struct tl_problem {
    char text[400];   /* one line: what is wrong, and what to write */
    uint32_t at, len; /* bytes of the filter that are meant; len 0: its end */
    bool set;
    bool unknown;     /* a name is unknown, or of another kind */
};

/* Sets the problem unless one is set: the first is reported. Returns false. */
bool tl_problem_set(struct tl_problem *problem, uint32_t at, uint32_t len, const char *format, ...) TL_PRINTF(4, 5);

#endif
