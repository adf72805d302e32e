/* problem.c - why a filter is refused. */
#include "filter/problem.h"

#include <stdarg.h>
#include <stdio.h>

bool tl_problem_set(struct tl_problem *problem, uint32_t at, uint32_t len, const char *format, ...)
{
    va_list args;
    if (problem->set)
        return false;
    problem->set = true;
    problem->at = at;
    problem->len = len;
    va_start(args, format);
    vsnprintf(problem->text, sizeof problem->text, format, args);
    va_end(args);
    return false;
}
