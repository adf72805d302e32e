/* spans.c - the inside of [..]: i, i:n, i-j, :n, i: and lists of them. */
#include "filter/syntax.h"

enum { SPANS_MOST = 64, OFFSET_MOST = 1 << 28 };

struct reader {
    struct tl_bytes text;
    uint32_t at;
};

static void skip_blanks(struct reader *r)
{
    while (r->at < r->text.len && (r->text.data[r->at] == ' ' || r->text.data[r->at] == '\t'))
        r->at++;
}

static bool is_next(struct reader *r, char c)
{
    skip_blanks(r);
    if (r->at == r->text.len || r->text.data[r->at] != (uint8_t)c)
        return false;
    r->at++;
    return true;
}

/* A number, decimal or with 0x, with or without a sign. */
static bool read_number(struct reader *r, int32_t *value)
{
    bool negative = is_next(r, '-');
    unsigned base = 10, digits = 0;
    int64_t v = 0;
    skip_blanks(r);
    if (r->text.len - r->at > 2 && r->text.data[r->at] == '0' && (r->text.data[r->at + 1] | 0x20) == 'x') {
        base = 16;
        r->at += 2;
    }
    for (; r->at < r->text.len; r->at++, digits++) {
        uint8_t c = r->text.data[r->at];
        uint8_t letter = c | 0x20;
        unsigned digit = 99;
        if (c >= '0' && c <= '9')
            digit = c - (unsigned)'0';
        else if (letter >= 'a' && letter <= 'f')
            digit = letter - (unsigned)'a' + 10;
        if (digit >= base)
            break;
        v = v * base + digit;
        if (v > OFFSET_MOST)
            return false;
    }
    *value = (int32_t)(negative ? -v : v);
    return digits > 0;
}

static bool at_end_of_span(struct reader *r)
{
    skip_blanks(r);
    return r->at == r->text.len || r->text.data[r->at] == ',';
}

/* Returns NULL, or what is wrong. */
static const char *read_span(struct reader *r, struct tl_span *span)
{
    static const char *const forms = "write [i], [i:n], [i-j], [:n], [i:] or several of them with commas";
    *span = (struct tl_span){ .length = true, .end = 1 };
    if (is_next(r, ':')) {
        if (!read_number(r, &span->end))
            return forms;
    } else if (!read_number(r, &span->start)) {
        return forms;
    } else if (is_next(r, ':')) {
        span->open = at_end_of_span(r);
        if (!span->open && !read_number(r, &span->end))
            return forms;
    } else if (is_next(r, '-')) {
        span->length = false;
        if (!read_number(r, &span->end))
            return forms;
        if ((span->start < 0) == (span->end < 0) && span->end < span->start)
            return "the end is before the start";
    }
    if (span->length && !span->open && span->end <= 0)
        return "the length is not positive";
    return at_end_of_span(r) ? NULL : forms;
}

bool tl_spans_parse(const struct tl_token *bracket, struct tl_arena *arena, struct tl_problem *problem,
                    struct tl_span **spans, uint32_t *count)
{
    struct reader r = { bracket->text, 0 };
    struct tl_span list[SPANS_MOST];
    uint32_t n = 0;
    do {
        const char *wrong = n < SPANS_MOST ? read_span(&r, &list[n++]) : "too many parts";
        if (wrong != NULL)
            return tl_problem_set(problem, bracket->at, bracket->len, "bad range: %s", wrong);
    } while (is_next(&r, ','));
    *spans = tl_arena_alloc(arena, n * sizeof **spans);
    if (*spans == NULL)
        return tl_problem_set(problem, bracket->at, bracket->len, "the filter is too long");
    memcpy(*spans, list, n * sizeof **spans);
    *count = n;
    return true;
}
