/* edits.c - edit distance with transpositions (Damerau, 1964). */
#include "core/edits.h"

#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static bool is_same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

unsigned tl_edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    unsigned rows[3][TL_EDITS_LONGEST + 1];
    unsigned *before = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b_len; j++)
        last[j] = (unsigned)j;
    for (size_t i = 1; i <= a_len; i++) {
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_len; j++) {
            unsigned change = last[j - 1] + !is_same(a[i - 1], b[j - 1]);
            row[j] = least(change, least(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && is_same(a[i - 1], b[j - 2]) && is_same(a[i - 2], b[j - 1]))
                row[j] = least(row[j], before[j - 2] + 1);
        }
        unsigned *free_row = before;
        before = last;
        last = row;
        row = free_row;
    }
    return last[b_len];
}

/* Allows errors in about a third of the name. */
unsigned tl_edits_most(size_t len)
{
    return (unsigned)(len / 3 + 1);
}

unsigned tl_edits(const char *name, const char *typed, size_t len)
{
    size_t name_len = strlen(name);
    if (len == 0 || len > TL_EDITS_LONGEST || name_len > TL_EDITS_LONGEST)
        return UINT_MAX;
    unsigned edits = tl_edit_distance(typed, len, name, name_len);
    return edits <= tl_edits_most(len) ? edits : UINT_MAX;
}
