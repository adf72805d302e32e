/* sql.c - statements of databases without the values in them. */
#include "core/sql.h"

enum { PLACE_DIGITS = 5 }; /* of the number of a parameter */

struct reader {
    const uint8_t *p, *end;
    uint8_t *to;
    bool mysql;
};

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* A character of a name. Bytes of other alphabets count as letters. */
static bool is_word(uint8_t c)
{
    return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' || c >= 0x80;
}

static bool begins(const struct reader *r, const char *with)
{
    size_t n = strlen(with);
    return (size_t)(r->end - r->p) >= n && memcmp(r->p, with, n) == 0;
}

/* Passes over text in quotes; a doubled quote is a part of it. */
static void skip_quoted(struct reader *r, bool escapes)
{
    const uint8_t quote = *r->p++;
    while (r->p < r->end) {
        uint8_t c = *r->p++;
        if (c == '\\' && escapes && r->p < r->end)
            r->p++;
        else if (c == quote && (r->p == r->end || *r->p != quote))
            return;
        else if (c == quote)
            r->p++;
    }
}

static void skip_line(struct reader *r)
{
    const uint8_t *lf = memchr(r->p, '\n', (size_t)(r->end - r->p));
    r->p = lf != NULL ? lf : r->end;
}

/* Comments nest in standard SQL, not in MySQL. */
static void skip_comment(struct reader *r)
{
    unsigned depth = 0;
    while (r->p < r->end) {
        if (begins(r, "/*") && (depth == 0 || !r->mysql)) {
            depth++;
            r->p += 2;
        } else if (begins(r, "*/")) {
            r->p += 2;
            if (--depth == 0)
                return;
        } else {
            r->p++;
        }
    }
}

/* $tag$ text $tag$ of PostgreSQL. Returns false if there is no such tag here: $1 is the place of a parameter. */
static bool skip_dollars(struct reader *r)
{
    const uint8_t *tag = r->p, *q = r->p + 1;
    while (q < r->end && is_word(*q) && (q > tag + 1 || !is_digit(*q)))
        q++;
    if (q == r->end || *q != '$')
        return false;
    size_t n = (size_t)(++q - tag);
    for (; q < r->end; q++) {
        if (*q == '$' && (size_t)(r->end - q) >= n && memcmp(q, tag, n) == 0) {
            r->p = q + n;
            return true;
        }
    }
    r->p = r->end;
    return true;
}

static void copy_word(struct reader *r)
{
    do
        *r->to++ = *r->p++;
    while (r->p < r->end && (is_word(*r->p) || *r->p == '$'));
}

static void skip_number(struct reader *r)
{
    while (r->p < r->end &&
           (is_word(*r->p) || *r->p == '.' || ((*r->p == '+' || *r->p == '-') && (r->p[-1] | 0x20) == 'e')))
        r->p++;
}

static void hide(struct reader *r)
{
    *r->to++ = '?';
}

/* Does an E stand in front of the quote, on its own: E'..' has escapes. */
static bool is_escaped(const struct reader *r, const uint8_t *begin)
{
    const uint8_t *p = r->p;
    return r->mysql || (p > begin && (p[-1] | 0x20) == 'e' && (p == begin + 1 || !is_word(p[-2])));
}

/* The place of a parameter, or a variable: a number behind it that is no parameter's is a literal. */
static void copy_place(struct reader *r)
{
    const uint8_t *digits = r->p + 1;
    size_t n = 0;
    while (digits + n < r->end && is_digit(digits[n]))
        n++;
    bool place = *r->p != '@' && n <= PLACE_DIGITS;
    *r->to++ = *r->p++;
    if (n > 0 && place)
        memcpy(r->to, digits, n);
    else if (n > 0)
        *r->to = '?';
    r->to += n > 0 && !place ? 1 : n;
    r->p += n;
}

static bool at_line_comment(const struct reader *r)
{
    if (r->mysql && *r->p == '#')
        return true;
    return begins(r, "--") && (!r->mysql || r->end - r->p == 2 || r->p[2] <= ' ');
}

/* Is there another quote behind blanks with a line end, and comments: the literal goes on, with the same escapes. */
static bool continues(struct reader *r)
{
    struct reader next = *r;
    bool line_end = false;
    while (next.p < next.end) {
        if (begins(&next, "--")) {
            skip_line(&next);
        } else if (*next.p == ' ' || (*next.p >= '\t' && *next.p <= '\r')) {
            line_end |= *next.p == '\n' || *next.p == '\r';
            next.p++;
        } else {
            break;
        }
    }
    if (!line_end || next.p == next.end || *next.p != '\'')
        return false;
    r->p = next.p;
    return true;
}

/*
 * A backslash before a quote may take its meaning away (PostgreSQL, standard_conforming_strings off): where the literal
 * ends is not known then.
 */
static void skip_literal(struct reader *r, const uint8_t *begin)
{
    const uint8_t *from = r->p;
    bool escapes = is_escaped(r, begin);
    do
        skip_quoted(r, escapes);
    while (continues(r));
    for (; !escapes && r->p - from > 1; from++)
        if (from[0] == '\\' && from[1] == '\'')
            r->p = r->end, escapes = true;
}

static void step(struct reader *r, const uint8_t *begin)
{
    uint8_t c = *r->p;
    if (c == '\'') {
        skip_literal(r, begin);
        hide(r);
    } else if (c == '"' && r->mysql) {
        skip_quoted(r, true);
        hide(r);
    } else if (c == '"' || (c == '`' && r->mysql)) { /* a name */
        const uint8_t *from = r->p;
        skip_quoted(r, false);
        memcpy(r->to, from, (size_t)(r->p - from));
        r->to += r->p - from;
    } else if (at_line_comment(r)) {
        skip_line(r);
    } else if (begins(r, "/*")) {
        skip_comment(r);
        *r->to++ = ' ';
    } else if (c == '$' && !r->mysql && skip_dollars(r)) {
        hide(r);
    } else if (c == '$' || c == '@' || c == ':') {
        copy_place(r);
    } else if (is_digit(c) || (c == '.' && r->end - r->p > 1 && is_digit(r->p[1]) && (r->p == begin || !is_word(r->p[-1])))) {
        skip_number(r);
        hide(r);
    } else if (is_word(c)) {
        copy_word(r);
    } else {
        *r->to++ = *r->p++;
    }
}

bool tl_sql_without_literals(struct tl_bytes text, bool mysql, struct tl_arena *scratch, struct tl_bytes *shown)
{
    uint8_t *to = tl_arena_alloc(scratch, (size_t)text.len + 1);
    struct reader r = { text.data, text.data + text.len, to, mysql };
    if (to == NULL)
        return false;
    while (r.p < r.end)
        step(&r, text.data);
    *shown = tl_bytes_of(to, (size_t)(r.to - to));
    return true;
}

/* --- errors --- */

/* Does what is read up to p end with the word? */
static bool follows(const uint8_t *begin, const uint8_t *p, const char *word)
{
    size_t n = strlen(word);
    return (size_t)(p - begin) >= n && memcmp(p - n, word, n) == 0;
}

static const uint8_t *last_of(const uint8_t *p, const uint8_t *end, uint8_t c)
{
    const uint8_t *last = end;
    for (; p < end; p++)
        if (*p == c)
            last = p;
    return last;
}

/* Length of a quotation mark beyond ASCII, as messages in other languages have them; 0: none. */
static uint32_t mark_length(const uint8_t *p, const uint8_t *end)
{
    if (end - p >= 2 && p[0] == 0xc2 && (p[1] == 0xab || p[1] == 0xbb))
        return 2;
    if (end - p < 3)
        return 0;
    bool curved = p[0] == 0xe2 && p[1] == 0x80 && ((p[2] >= 0x98 && p[2] <= 0x9e) || p[2] == 0xb9 || p[2] == 0xba);
    bool corner = p[0] == 0xe3 && p[1] == 0x80 && p[2] >= 0x8c && p[2] <= 0x8f;
    return curved || corner ? 3 : 0;
}

/* What is quoted is not escaped: a quote ends it where no word follows. Behind "near" the rest of a statement stands. */
static const uint8_t *after_quoted(const uint8_t *begin, const uint8_t *p, const uint8_t *end)
{
    const uint8_t quote = *p;
    if (follows(begin, p, "near ")) {
        const uint8_t *last = last_of(p + 1, end, quote);
        return last < end ? last + 1 : end;
    }
    for (p++; p < end; p++)
        if (*p == quote && (p + 1 == end || (!is_word(p[1]) && p[1] != quote)))
            return p + 1;
    return end;
}

static const uint8_t *after_marked(const uint8_t *p, const uint8_t *end)
{
    const uint8_t *after = p + mark_length(p, end), *only = after;
    for (p = after; p < end; p++)
        if (mark_length(p, end) > 0)
            after = p + mark_length(p, end);
    return after > only ? after : end;
}

/* Returns where something that is hidden ends; p: nothing is. */
static const uint8_t *after_value(const uint8_t *begin, const uint8_t *p, const uint8_t *end)
{
    bool in_word = p > begin && is_word(p[-1]);
    if (*p == '"' || (*p == '\'' && !in_word))
        return after_quoted(begin, p, end);
    if (mark_length(p, end) > 0)
        return after_marked(p, end);
    if (*p == '(' && (follows(begin, p, "=") || follows(begin, p, "contains "))) {
        const uint8_t *last = last_of(p, end, ')');
        return last < end ? last + 1 : end;
    }
    const uint8_t *q = p;
    while (q < end && is_digit(*q) && !in_word)
        q++;
    return q - p > PLACE_DIGITS ? q : p;
}

bool tl_sql_error_without_values(struct tl_bytes text, struct tl_arena *scratch, struct tl_bytes *shown)
{
    uint8_t *to = tl_arena_alloc(scratch, (size_t)text.len + 1), *from = to;
    const uint8_t *p = text.data, *end = text.data + text.len;
    if (to == NULL)
        return false;
    while (p < end) {
        const uint8_t *after = after_value(text.data, p, end);
        *to++ = after > p ? '?' : *p;
        p = after > p ? after : p + 1;
    }
    *shown = tl_bytes_of(from, (size_t)(to - from));
    return true;
}
