/* needle.h - what is searched: a text, or bytes given as hexadecimal digits. */
#ifndef TL_UI_NEEDLE_H
#define TL_UI_NEEDLE_H

#include "core/bytes.h"

enum { TL_NEEDLE_MOST = 256 };

struct tl_needle {
    char text[TL_NEEDLE_MOST]; /* as it was typed */
    uint8_t bytes[TL_NEEDLE_MOST];
    size_t len;                /* 0: nothing */
    bool fold;                 /* ignore the case of ASCII letters */
};

/*
 * A text without capitals ignores case. 0x and an even number of digits, with optional blanks, are bytes. false: an odd
 * number of digits; the needle is not changed.
 */
bool tl_needle_set(struct tl_needle *needle, const char *text);
/* Offset of the first match in [from, len), or len. */
size_t tl_needle_first(const struct tl_needle *needle, const void *hay, size_t len, size_t from);
/* Offset of the last match that begins before `before`, or len. */
size_t tl_needle_last(const struct tl_needle *needle, const void *hay, size_t len, size_t before);

#endif
