/* marks.h - packets that were marked by hand, in their order. */
#ifndef TL_UI_MARKS_H
#define TL_UI_MARKS_H

#include <stdbool.h>
#include <stdint.h>

enum { TL_MARKS_MOST = 1 << 14 };

struct tl_marks {
    uint32_t rows[TL_MARKS_MOST];
    uint32_t count;
};

bool tl_marks_has(const struct tl_marks *marks, uint64_t row);
/* Marks it, or unmarks it. false: there are too many. */
bool tl_marks_turn(struct tl_marks *marks, uint64_t row);
/* The next one behind the row (or before it), round the end; *row stays where there is none. */
bool tl_marks_next(const struct tl_marks *marks, uint64_t *row, bool behind);

#endif
