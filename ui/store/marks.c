/* marks.c - a sorted array. */
#include "ui/store/marks.h"

#include <string.h>

#include "ui/store/rows.h"

bool tl_marks_has(const struct tl_marks *marks, uint64_t row)
{
    uint32_t at = tl_rows_find(marks->rows, marks->count, row);
    return at < marks->count && marks->rows[at] == row;
}

bool tl_marks_turn(struct tl_marks *marks, uint64_t row)
{
    uint32_t at = tl_rows_find(marks->rows, marks->count, row), after = marks->count - at;
    if (at < marks->count && marks->rows[at] == row) {
        memmove(&marks->rows[at], &marks->rows[at + 1], (after - 1) * sizeof marks->rows[0]);
        marks->count--;
        return true;
    }
    if (marks->count == TL_MARKS_MOST)
        return false;
    memmove(&marks->rows[at + 1], &marks->rows[at], after * sizeof marks->rows[0]);
    marks->rows[at] = (uint32_t)row;
    marks->count++;
    return true;
}

bool tl_marks_next(const struct tl_marks *marks, uint64_t *row, bool after)
{
    uint32_t at = tl_rows_find(marks->rows, marks->count, after ? *row + 1 : *row);
    if (marks->count == 0)
        return false;
    if (after)
        *row = marks->rows[at < marks->count ? at : 0];
    else
        *row = marks->rows[at > 0 ? at - 1 : marks->count - 1];
    return true;
}
