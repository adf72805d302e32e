/* marks.h - packets that were marked by hand, in capture order. */
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
/* Marks the packet, or removes its mark. false: there are too many marks. */
bool tl_marks_turn(struct tl_marks *marks, uint64_t row);
/* The next mark after the row (or before it), around the end; *row stays if there is none. */
bool tl_marks_next(const struct tl_marks *marks, uint64_t *row, bool after);

#endif
