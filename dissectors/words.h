/* words.h - lines of text protocols: words, numbers, names and values of header fields. */
#ifndef TL_DISSECTORS_WORDS_H
#define TL_DISSECTORS_WORDS_H

#include "core/dissect.h"

static inline bool tl_is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static inline struct tl_bytes tl_trimmed(struct tl_bytes text)
{
    while (text.len > 0 && tl_is_blank(text.data[0]))
        text = tl_bytes_of(text.data + 1, text.len - 1);
    while (text.len > 0 && tl_is_blank(text.data[text.len - 1]))
        text.len--;
    return text;
}

/* Takes the text in front of the next separator, without the blanks around it; *rest is what follows the separator. */
static inline struct tl_bytes tl_take_until(struct tl_bytes *rest, uint8_t separator)
{
    if (rest->len == 0) /* its data may be NULL */
        return *rest;
    const uint8_t *end = memchr(rest->data, separator, rest->len);
    uint32_t n = end != NULL ? (uint32_t)(end - rest->data) : rest->len;
    struct tl_bytes taken = tl_bytes_of(rest->data, n);
    n += end != NULL;
    *rest = tl_bytes_of(rest->data + n, rest->len - n);
    return tl_trimmed(taken);
}

/* Takes the next line of a text, without its end. Returns false if nothing is left. */
static inline bool tl_take_line(struct tl_bytes *rest, struct tl_bytes *line)
{
    if (rest->len == 0)
        return false;
    const uint8_t *end = memchr(rest->data, '\n', rest->len);
    uint32_t n = end != NULL ? (uint32_t)(end - rest->data) + 1 : rest->len;
    *line = tl_without_line_end(tl_bytes_of(rest->data, n));
    *rest = tl_bytes_of(rest->data + n, rest->len - n);
    return true;
}

static inline bool tl_text_begins(struct tl_bytes text, const char *word)
{
    size_t n = strlen(word);
    return text.len >= n && memcmp(text.data, word, n) == 0;
}

/* The number at the start of a text. Returns false if there is none, or one greater than `most`. */
static inline bool tl_number_of(struct tl_bytes text, uint64_t most, uint64_t *value)
{
    uint32_t n = 0;
    *value = 0;
    for (; n < text.len && text.data[n] >= '0' && text.data[n] <= '9' && *value <= most && n < 18; n++)
        *value = *value * 10 + (text.data[n] - '0');
    return n > 0 && *value <= most;
}

/* A text in d's source as a field. No node for an empty one. */
static inline void tl_show_text(struct tl_dissection *d, unsigned field, struct tl_bytes text)
{
    if (text.len > 0)
        tl_add(d, field, (uint32_t)(text.data - d->c.base), text.len, 0);
}

#endif
