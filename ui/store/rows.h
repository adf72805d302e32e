/* rows.h - sorted arrays of rows. */
#ifndef TL_UI_ROWS_H
#define TL_UI_ROWS_H

#include <stdint.h>

/* The first of them that is not before this one, or count. */
static inline uint32_t tl_rows_find(const uint32_t *rows, uint32_t count, uint64_t row)
{
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (rows[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

#endif
