/* needle.h - what is looked for: a text, or bytes given as hexadecimal digits. */
#ifndef TL_UI_NEEDLE_H
#define TL_UI_NEEDLE_H

#include "core/bytes.h"

enum { TL_NEEDLE_MOST = 256 };

struct tl_needle {
    char text[TL_NEEDLE_MOST]; /* as it was typed */
    uint8_t bytes[TL_NEEDLE_MOST];
    size_t len;                /* 0: nothing */
    bool fold;                 /* capitals and small letters (of ASCII) are the same */
};

/*
 * A text without capitals finds them too. 0x and an even number of digits, blanks between as one likes, are bytes.
 * false: digits that are not an even number; nothing was set then.
 */
bool tl_needle_set(struct tl_needle *needle, const char *text);
/* Where the first one begins in [from, len), or len. */
size_t tl_needle_first(const struct tl_needle *needle, const void *hay, size_t len, size_t from);
/* Where the last one begins that begins before `before`, or len. */
size_t tl_needle_last(const struct tl_needle *needle, const void *hay, size_t len, size_t before);

#endif
