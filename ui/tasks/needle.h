/* needle.h - what is searched: a text, bytes given as hexadecimal digits, or a regular expression. */
#ifndef TL_UI_NEEDLE_H
#define TL_UI_NEEDLE_H

#include "core/bytes.h"

enum { TL_NEEDLE_MOST = 1024 };

/* A regular expression; kept in a list of its owner, as copies of needles borrow it. */
struct tl_needle_pattern;

struct tl_needle {
    char text[TL_NEEDLE_MOST]; /* as it was typed */
    uint8_t bytes[TL_NEEDLE_MOST];
    size_t len;                /* 0: nothing */
    bool fold;                 /* ignore the case of ASCII letters */
    const struct tl_needle_pattern *regex; /* borrowed; NULL: text or bytes */
};

/*
 * A text without capitals ignores case. 0x and an even number of digits, with optional blanks, are bytes. false: an odd
 * number of digits; the needle is not changed.
 */
bool tl_needle_set(struct tl_needle *needle, const char *text);
/*
 * An extended regular expression (POSIX); without capitals it ignores case, and `^` and `$` are at lines too. It is
 * added to the list, which is freed after all copies of the needle. false: it is wrong, and why; the needle is not
 * changed.
 */
bool tl_needle_set_regex(struct tl_needle *needle, const char *text, struct tl_needle_pattern **list, char *why,
                         size_t room);
void tl_needle_patterns_free(struct tl_needle_pattern *list);
/* The length of the match at this offset. */
size_t tl_needle_length(const struct tl_needle *needle, const void *hay, size_t len, size_t at);
/* Offset of the first match in [from, len), or len. */
size_t tl_needle_first(const struct tl_needle *needle, const void *hay, size_t len, size_t from);
/* Offset of the last match that begins before `before`, or len. */
size_t tl_needle_last(const struct tl_needle *needle, const void *hay, size_t len, size_t before);

#endif
