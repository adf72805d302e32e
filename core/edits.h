/* edits.h - how far a mistyped name is from a known one. */
#ifndef TL_CORE_EDITS_H
#define TL_CORE_EDITS_H

#include <stddef.h>

enum { TL_EDITS_LONGEST = 32 };

/* Insertions, deletions, changes and swaps that make one of the other, without case. Both at most TL_EDITS_LONGEST. */
unsigned tl_edit_distance(const char *a, size_t a_len, const char *b, size_t b_len);
/* Returns the edits that are a typo in a name of so many bytes: errors in about a third of it. */
unsigned tl_edits_most(size_t len);
/* Returns the edits that make `name` of the first `len` bytes of typed, or UINT_MAX if they are too many for a typo. */
unsigned tl_edits(const char *name, const char *typed, size_t len);

#endif
