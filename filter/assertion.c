/* assertion.c - reads an assertion: its tokens are those of a filter, and its `where` is a filter on records. */
#include "filter/assertion.h"

#include "filter/lexer.h"

enum { ARENA = 1 << 20 };

struct reader {
    struct tl_assertion *to;
    const struct tl_names *names;
    struct tl_problem *problem;
    struct tl_lexer lexer;
    struct tl_token token; /* the next one */
};

static const struct {
    const char *name;
    enum tl_figure figure;
} figures[] = {
    { "count", TL_FIGURE_COUNT }, { "sum", TL_FIGURE_SUM }, { "min", TL_FIGURE_MIN },
    { "max", TL_FIGURE_MAX },     { "avg", TL_FIGURE_AVG },
};

static bool advance(struct reader *r)
{
    return tl_lexer_next(&r->lexer, &r->token);
}

static bool refuse(struct reader *r, const char *expected)
{
    if (r->token.kind == TL_TOKEN_END)
        return tl_problem_set(r->problem, r->token.at, 0, "the assertion ends too early: %s", expected);
    return tl_problem_set(r->problem, r->token.at, r->token.len, "'%.*s' is not expected here: %s",
                          (int)(r->token.len < 60 ? r->token.len : 60), r->lexer.text.data + r->token.at, expected);
}

static bool is_word(const struct tl_token *token, const char *word)
{
    return token->kind == TL_TOKEN_WORD && token->text.len == strlen(word) &&
           memcmp(token->text.data, word, token->text.len) == 0;
}

static bool read_figure(struct reader *r)
{
    for (size_t i = 0; i < TL_COUNT(figures); i++) {
        if (!is_word(&r->token, figures[i].name))
            continue;
        r->to->figure = figures[i].figure;
        if (!advance(r))
            return false;
        return r->token.kind == TL_TOKEN_OPEN || refuse(r, "( follows the name of the figure");
    }
    return refuse(r, "begin with count(..), sum(..), min(..), max(..) or avg(..)");
}

/* Finds the kind of records whose path the word is, or begins with before a dot. Returns the length of the path. */
static uint32_t find_kind(struct reader *r, struct tl_bytes word)
{
    uint32_t longest = 0;
    for (uint32_t i = 0; i < r->names->record_count; i++) {
        const char *path = r->names->records[i]->path;
        uint32_t len = (uint32_t)strlen(path);
        bool begins = len <= word.len && memcmp(path, word.data, len) == 0;
        if (!begins || len <= longest || (len < word.len && word.data[len] != '.'))
            continue;
        longest = len;
        r->to->def = r->names->records[i];
    }
    return longest;
}

/* The names that a key or `where` can have: those of the one kind of records. */
static struct tl_names names_of(const struct reader *r)
{
    if (r->to->def == NULL)
        return (struct tl_names){ .records = r->names->records, .record_count = r->names->record_count };
    return (struct tl_names){ .records = &r->to->def, .record_count = 1 };
}

/* Moves the place of a problem in a part of the text that begins at `at`. */
static bool move(struct reader *r, struct tl_problem *inner, uint32_t at, uint32_t len)
{
    return tl_problem_set(r->problem, at + inner->at, inner->len > 0 ? inner->len : len, "%s", inner->text);
}

static bool is_numeric(enum tl_datum_type type)
{
    return type >= TL_DATUM_UNSIGNED && type <= TL_DATUM_INTERVAL;
}

static bool read_key(struct reader *r, struct tl_bytes word)
{
    struct tl_problem inner;
    const struct tl_names names = names_of(r);
    r->to->key = tl_predicate_of_key(word, &names, &inner);
    if (r->to->key == NULL)
        return move(r, &inner, r->token.at, r->token.len);
    enum tl_datum_type type = tl_predicate_key_type(r->to->key);
    return is_numeric(type) || tl_problem_set(r->problem, r->token.at, r->token.len, "this key is %s, not a number",
                                              tl_datum_type_name(type));
}

/* KIND, or KIND.KEY, or * for all kinds. */
static bool read_subject(struct reader *r)
{
    bool counts = r->to->figure == TL_FIGURE_COUNT;
    if (counts && r->token.kind == TL_TOKEN_TIMES)
        return advance(r);
    if (r->token.kind != TL_TOKEN_WORD)
        return refuse(r, counts ? "a kind of records is needed: dns, http, conn; or *" : "a key is needed: dns.rtt");
    struct tl_bytes word = r->token.text;
    uint32_t len = find_kind(r, word);
    if (len == 0)
        return tl_problem_set(r->problem, r->token.at, r->token.len,
                              "there are no records of kind '%.*s': give conn, dns, http or another _path",
                              (int)strcspn((const char *)word.data, ". ()"), word.data);
    if (counts && len < word.len)
        return tl_problem_set(r->problem, r->token.at + len, r->token.len - len,
                              "count(..) takes a kind of records: write count(%.*s where %.*s)", (int)len, word.data,
                              (int)(word.len < 60 ? word.len : 60), word.data);
    if (!counts && len == word.len)
        return tl_problem_set(r->problem, r->token.at, r->token.len, "a key is needed: %.*s.KEY", (int)len, word.data);
    return (counts || read_key(r, word)) && advance(r);
}

/* The filter reaches up to the parenthesis that closes the figure. */
static bool read_where(struct reader *r)
{
    uint32_t depth = 0, begin = r->token.at + r->token.len;
    if (!is_word(&r->token, "where"))
        return true;
    do {
        if (!advance(r))
            return false;
        if (r->token.kind == TL_TOKEN_CLOSE && depth-- == 0)
            break;
        depth += r->token.kind == TL_TOKEN_OPEN;
    } while (r->token.kind != TL_TOKEN_END);
    if (r->token.kind == TL_TOKEN_END)
        return refuse(r, "close the figure with )");
    struct tl_problem inner;
    const struct tl_names names = names_of(r);
    struct tl_bytes text = { r->lexer.text.data + begin, r->token.at - begin };
    r->to->where = tl_predicate_new(text, &names, true, &inner);
    if (r->to->where == NULL)
        return move(r, &inner, begin, 0);
    return tl_predicate_takes_records(r->to->where) ||
           tl_problem_set(r->problem, begin, text.len, "`where` names keys of records, not fields of packets");
}

static bool read_relation(struct reader *r)
{
    static const struct {
        enum tl_token_kind token;
        enum tl_relation relation;
    } relations[] = {
        { TL_TOKEN_ANY_EQ, TL_IS_EQUAL },     { TL_TOKEN_ALL_EQ, TL_IS_EQUAL },  { TL_TOKEN_ANY_NE, TL_IS_NOT_EQUAL },
        { TL_TOKEN_ALL_NE, TL_IS_NOT_EQUAL }, { TL_TOKEN_GT, TL_IS_GREATER },    { TL_TOKEN_GE, TL_IS_AT_LEAST },
        { TL_TOKEN_LT, TL_IS_LESS },          { TL_TOKEN_LE, TL_IS_AT_MOST },
    };
    for (size_t i = 0; i < TL_COUNT(relations); i++) {
        if (r->token.kind != relations[i].token)
            continue;
        r->to->relation = relations[i].relation;
        r->to->compared_at = r->token.at;
        return advance(r);
    }
    return refuse(r, "compare the figure with a number: ==, !=, <, <=, > or >=");
}

/* Digits, a dot, digits. Not strtod(), which depends on the locale. */
static bool read_number(struct reader *r)
{
    bool negative = r->token.kind == TL_TOKEN_MINUS, digits = false;
    if (negative && !advance(r))
        return false;
    const uint8_t *p = r->token.text.data, *end = p + r->token.text.len;
    double value = 0, unit = 1;
    if (r->token.kind != TL_TOKEN_WORD)
        return refuse(r, "a number is needed");
    for (; p < end && *p >= '0' && *p <= '9'; p++, digits = true)
        value = value * 10 + (*p - '0');
    if (p < end && *p == '.')
        p++;
    for (; p < end && *p >= '0' && *p <= '9' && digits; p++) {
        value = value * 10 + (*p - '0');
        unit *= 10;
    }
    if (!digits || p < end)
        return refuse(r, "a number is needed, such as 0 or 1.5; of an interval in seconds");
    r->to->number = negative ? -value / unit : value / unit;
    if (!advance(r))
        return false;
    return r->token.kind == TL_TOKEN_END || refuse(r, "give one comparison in each --assert");
}

bool tl_assertion_init(struct tl_assertion *assertion, const char *text, const struct tl_names *names,
                       struct tl_problem *problem)
{
    struct tl_arena arena;
    *assertion = (struct tl_assertion){ .text = text };
    *problem = (struct tl_problem){ .set = false };
    if (strlen(text) > TL_PREDICATE_TEXT_MOST)
        return tl_problem_set(problem, 0, 0, "the assertion is too long");
    if (!tl_arena_init(&arena, ARENA))
        return tl_problem_set(problem, 0, 0, "out of memory");
    struct reader r = { .to = assertion, .names = names, .problem = problem };
    r.lexer = (struct tl_lexer){ tl_bytes_of(text, strlen(text)), 0, &arena, problem };
    bool read = advance(&r) && read_figure(&r) && advance(&r) && read_subject(&r) && read_where(&r) &&
                (r.token.kind == TL_TOKEN_CLOSE || refuse(&r, "`where` and a filter follow, or )")) && advance(&r) &&
                read_relation(&r) && read_number(&r);
    tl_arena_fini(&arena);
    return read;
}

void tl_assertion_fini(struct tl_assertion *assertion)
{
    tl_predicate_free(assertion->where);
    tl_predicate_free(assertion->key);
    assertion->where = assertion->key = NULL;
}

bool tl_assertion_holds(const struct tl_assertion *assertion, double value)
{
    switch (assertion->relation) {
    case TL_IS_EQUAL:
        return !(value < assertion->number) && !(value > assertion->number);
    case TL_IS_NOT_EQUAL:
        return value < assertion->number || value > assertion->number;
    case TL_IS_GREATER:
        return value > assertion->number;
    case TL_IS_AT_LEAST:
        return value >= assertion->number;
    case TL_IS_LESS:
        return value < assertion->number;
    case TL_IS_AT_MOST:
        return value <= assertion->number;
    }
    return false;
}
