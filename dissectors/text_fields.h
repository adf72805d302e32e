/* text_fields.h - texts that end with a NUL, or that have their length in front: read as fields. */
#ifndef TL_DISSECTORS_TEXT_FIELDS_H
#define TL_DISSECTORS_TEXT_FIELDS_H

#include "core/dissect.h"

/* A text up to its NUL, which is passed over. Without one: TL_BAD, or TL_SHORT if it may follow. */
static inline struct tl_bytes tl_text_to_nul(struct tl_dissection *d, unsigned field)
{
    uint32_t left = tl_cursor_left(&d->c);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, left);
    const uint8_t *nul = p != NULL && left > 0 ? memchr(p, 0, left) : NULL;
    if (nul == NULL) {
        tl_cursor_fail(&d->c, tl_cursor_wire_left(&d->c) > left ? TL_SHORT : TL_BAD);
        return (struct tl_bytes){ NULL, 0 };
    }
    uint32_t n = (uint32_t)(nul - p);
    if (tl_wants(d, field))
        tl_add_text(d, field, d->c.off, n + 1, p, n);
    tl_skip(d, n + 1);
    return tl_bytes_of(p, n);
}

/* The next n bytes as a field; no node for none. */
static inline struct tl_bytes tl_text_of(struct tl_dissection *d, unsigned field, uint32_t n)
{
    if (n == 0)
        return tl_bytes_of("", 0);
    const uint8_t *p = tl_run(d, field, n);
    return tl_bytes_of(p, p != NULL ? n : 0);
}

/* A word of ours as the value of the next n bytes. */
static inline void tl_word(struct tl_dissection *d, unsigned field, uint32_t n, const char *word)
{
    if (tl_wants(d, field))
        tl_add_text(d, field, d->c.off, n, word, (uint32_t)strlen(word));
}

/* Does the text consist of this word, in any case? `word` is in lower case. */
static inline bool tl_text_is(struct tl_bytes text, const char *word)
{
    uint32_t i = 0;
    while (i < text.len && word[i] != 0 &&
           (text.data[i] >= 'A' && text.data[i] <= 'Z' ? text.data[i] | 0x20 : text.data[i]) == (uint8_t)word[i])
        i++;
    return i == text.len && word[i] == 0;
}

#endif
