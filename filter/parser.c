/*
 * parser.c - a filter as a tree. From loose to tight: or, xor, and, not, a relation, &, + and -, * / %, a sign, [..].
 */
#include "filter/syntax.h"

enum { DEPTH_MOST = 128, NODES_MOST = 4096 };

struct parser {
    struct tl_lexer lexer;
    struct tl_token token; /* the next one */
    struct tl_arena *arena;
    struct tl_problem *problem;
    unsigned depth, nodes;
};

static struct tl_syntax *parse_or(struct parser *p);
static struct tl_syntax *parse_bits(struct parser *p);

static struct tl_syntax *refuse(struct parser *p, const char *expected)
{
    if (p->token.kind == TL_TOKEN_END)
        tl_problem_set(p->problem, p->token.at, 0, "the filter ends too early: %s", expected);
    else
        tl_problem_set(p->problem, p->token.at, p->token.len, "'%.*s' is not expected here: %s",
                       (int)(p->token.len < 60 ? p->token.len : 60), p->lexer.text.data + p->token.at, expected);
    return NULL;
}

static bool advance(struct parser *p)
{
    return tl_lexer_next(&p->lexer, &p->token);
}

static bool enter(struct parser *p)
{
    if (p->depth == DEPTH_MOST)
        return tl_problem_set(p->problem, p->token.at, p->token.len, "more than %d levels of nesting", DEPTH_MOST);
    p->depth++;
    return true;
}

static struct tl_syntax *make(struct parser *p, enum tl_syntax_kind kind, struct tl_syntax *left,
                              struct tl_syntax *right)
{
    struct tl_syntax *node = p->nodes++ < NODES_MOST ? tl_arena_alloc(p->arena, sizeof *node) : NULL;
    if (node == NULL) {
        tl_problem_set(p->problem, p->token.at, p->token.len, "the filter is too long");
        return NULL;
    }
    *node = (struct tl_syntax){ .kind = kind, .left = left, .right = right, .quantifier = TL_TOKEN_END,
                                .at = p->token.at, .len = p->token.len };
    if (left != NULL) {
        const struct tl_syntax *last = right != NULL ? right : left;
        node->at = left->at;
        node->len = last->at + last->len - left->at;
    }
    return node;
}

static bool is_relation(enum tl_token_kind kind)
{
    return kind >= TL_TOKEN_ANY_EQ || kind == TL_TOKEN_CONTAINS || kind == TL_TOKEN_MATCHES;
}

/* --- values --- */

static struct tl_syntax *check_value(struct parser *p, struct tl_syntax *node)
{
    if (node == NULL || !tl_syntax_is_test(node))
        return node;
    tl_problem_set(p->problem, node->at, node->len, "this is a test, not a value");
    return NULL;
}

/* Arguments, after the opening parenthesis. */
static struct tl_syntax *parse_arguments(struct parser *p, struct tl_syntax *name)
{
    struct tl_syntax **last = &name->left;
    name->kind = TL_SYNTAX_CALL;
    if (!advance(p))
        return NULL;
    while (p->token.kind != TL_TOKEN_CLOSE) {
        *last = check_value(p, parse_bits(p));
        if (*last == NULL)
            return NULL;
        last = &(*last)->next;
        if (p->token.kind == TL_TOKEN_CLOSE)
            break;
        if (p->token.kind != TL_TOKEN_COMMA)
            return refuse(p, "close the arguments with )");
        if (!advance(p))
            return NULL;
    }
    name->len = p->token.at + p->token.len - name->at;
    return advance(p) ? name : NULL;
}

/* #2 or #[1-2], after a name. */
static bool parse_layers(struct parser *p, struct tl_syntax *name)
{
    if (!advance(p))
        return false;
    struct tl_token layers = p->token;
    if (layers.kind != TL_TOKEN_WORD && layers.kind != TL_TOKEN_BRACKET)
        return refuse(p, "a number or [..] follows #") != NULL;
    if (!tl_spans_parse(&layers, p->arena, p->problem, &name->spans, &name->span_count))
        return false;
    name->len = layers.at + layers.len - name->at;
    return advance(p);
}

static struct tl_syntax *parse_word(struct parser *p)
{
    struct tl_syntax *node = make(p, TL_SYNTAX_WORD, NULL, NULL);
    if (node == NULL)
        return NULL;
    if (p->token.kind == TL_TOKEN_STRING)
        node->kind = TL_SYNTAX_STRING;
    else if (p->token.kind == TL_TOKEN_CHAR)
        node->kind = TL_SYNTAX_CHAR;
    node->text = p->token.text;
    node->field = p->token.field;
    if (!advance(p))
        return NULL;
    if (node->kind == TL_SYNTAX_WORD && p->token.kind == TL_TOKEN_OPEN)
        return parse_arguments(p, node);
    if (node->kind == TL_SYNTAX_WORD && p->token.kind == TL_TOKEN_HASH && !parse_layers(p, node))
        return NULL;
    return node;
}

static struct tl_syntax *parse_raw(struct parser *p)
{
    uint32_t at = p->token.at;
    if (!advance(p))
        return NULL;
    if (p->token.kind != TL_TOKEN_WORD)
        return refuse(p, "a field follows @");
    struct tl_syntax *node = parse_word(p);
    if (node == NULL || node->kind != TL_SYNTAX_WORD) {
        tl_problem_set(p->problem, at, 1, "@ is followed by a field, not by a function");
        return NULL;
    }
    node->raw = node->field = true;
    node->len += node->at - at;
    node->at = at;
    return node;
}

/* (..) around a test or a value, {..} around a value. */
static struct tl_syntax *parse_group(struct parser *p)
{
    bool braces = p->token.kind == TL_TOKEN_OPEN_BRACE;
    uint32_t at = p->token.at;
    if (!enter(p) || !advance(p))
        return NULL;
    struct tl_syntax *node = parse_or(p);
    if (node != NULL && braces)
        node = check_value(p, node);
    if (node == NULL)
        return NULL;
    if (p->token.kind != (braces ? TL_TOKEN_CLOSE_BRACE : TL_TOKEN_CLOSE))
        return refuse(p, braces ? "close the group with }" : "close the group with )");
    p->depth--;
    node->len = p->token.at + p->token.len - at;
    node->at = at;
    return advance(p) ? node : NULL;
}

static struct tl_syntax *parse_primary(struct parser *p)
{
    switch (p->token.kind) {
    case TL_TOKEN_WORD:
    case TL_TOKEN_STRING:
    case TL_TOKEN_CHAR:
        return parse_word(p);
    case TL_TOKEN_AT:
        return parse_raw(p);
    case TL_TOKEN_OPEN:
    case TL_TOKEN_OPEN_BRACE:
        return parse_group(p);
    default:
        return refuse(p, "a field or a value is needed");
    }
}

static struct tl_syntax *parse_slice(struct parser *p)
{
    struct tl_syntax *node = parse_primary(p);
    unsigned slices = 0;
    while (node != NULL && p->token.kind == TL_TOKEN_BRACKET) {
        struct tl_token bracket = p->token;
        struct tl_syntax *slice = check_value(p, node) != NULL ? make(p, TL_SYNTAX_SLICE, node, NULL) : NULL;
        if (slice == NULL || !tl_spans_parse(&bracket, p->arena, p->problem, &slice->spans, &slice->span_count))
            return NULL;
        if (++slices > DEPTH_MOST)
            return refuse(p, "too many slices of one value");
        slice->len = bracket.at + bracket.len - slice->at;
        if (!advance(p))
            return NULL;
        node = slice;
    }
    return node;
}

static struct tl_syntax *parse_sign(struct parser *p)
{
    bool negative = p->token.kind == TL_TOKEN_MINUS;
    if (!negative && p->token.kind != TL_TOKEN_PLUS)
        return parse_slice(p);
    uint32_t at = p->token.at;
    if (!enter(p) || !advance(p))
        return NULL;
    struct tl_syntax *node = check_value(p, parse_sign(p));
    p->depth--;
    if (node != NULL && negative)
        node = make(p, TL_SYNTAX_NEGATIVE, node, NULL);
    if (node != NULL) {
        node->len += node->at - at;
        node->at = at;
    }
    return node;
}

/* left op right op right .., from the left. */
static struct tl_syntax *parse_chain(struct parser *p, struct tl_syntax *(*operand)(struct parser *p),
                                     enum tl_token_kind first, enum tl_token_kind last)
{
    struct tl_syntax *node = operand(p);
    while (node != NULL && p->token.kind >= first && p->token.kind <= last) {
        enum tl_token_kind op = p->token.kind;
        struct tl_syntax *right = check_value(p, node) != NULL && advance(p) ? check_value(p, operand(p)) : NULL;
        node = right != NULL ? make(p, TL_SYNTAX_ARITHMETIC, node, right) : NULL;
        if (node != NULL)
            node->op = op;
    }
    return node;
}

static struct tl_syntax *parse_product(struct parser *p)
{
    return parse_chain(p, parse_sign, TL_TOKEN_TIMES, TL_TOKEN_MODULO);
}

static struct tl_syntax *parse_sum(struct parser *p)
{
    return parse_chain(p, parse_product, TL_TOKEN_PLUS, TL_TOKEN_MINUS);
}

static struct tl_syntax *parse_bits(struct parser *p)
{
    return parse_chain(p, parse_sum, TL_TOKEN_BITS_AND, TL_TOKEN_BITS_AND);
}

/* --- tests --- */

static struct tl_syntax *parse_element(struct parser *p)
{
    struct tl_syntax *node = check_value(p, parse_bits(p));
    if (node == NULL || p->token.kind != TL_TOKEN_TO)
        return node;
    struct tl_syntax *last = advance(p) ? check_value(p, parse_bits(p)) : NULL;
    return last != NULL ? make(p, TL_SYNTAX_RANGE, node, last) : NULL;
}

static struct tl_syntax *parse_set(struct parser *p, struct tl_syntax *left, bool negated)
{
    struct tl_syntax *in = make(p, TL_SYNTAX_IN, left, NULL);
    if (in == NULL || !advance(p))
        return NULL;
    struct tl_syntax **last = &in->right;
    in->negated = negated;
    if (p->token.kind != TL_TOKEN_OPEN_BRACE)
        return refuse(p, "write the set as {1, 2, 5 .. 9}");
    do {
        if (!advance(p))
            return NULL;
        *last = parse_element(p);
        if (*last == NULL)
            return NULL;
        last = &(*last)->next;
    } while (p->token.kind == TL_TOKEN_COMMA);
    if (p->token.kind != TL_TOKEN_CLOSE_BRACE)
        return refuse(p, "separate the elements of a set with commas and close it with }");
    in->len = p->token.at + p->token.len - in->at;
    return advance(p) ? in : NULL;
}

/* One comparison. In a chain, a < b < c, the operand in the middle belongs to two of them. */
static struct tl_syntax *parse_comparison(struct parser *p, struct tl_syntax *left)
{
    enum tl_token_kind op = p->token.kind;
    struct tl_syntax *right = advance(p) ? check_value(p, parse_bits(p)) : NULL;
    struct tl_syntax *node = right != NULL ? make(p, TL_SYNTAX_COMPARE, left, right) : NULL;
    if (node == NULL)
        return NULL;
    node->op = op;
    if (op == TL_TOKEN_CONTAINS || op == TL_TOKEN_MATCHES)
        node->kind = op == TL_TOKEN_CONTAINS ? TL_SYNTAX_CONTAINS : TL_SYNTAX_MATCHES;
    return node;
}

static struct tl_syntax *parse_comparisons(struct parser *p, struct tl_syntax *left, enum tl_token_kind quantifier)
{
    struct tl_syntax *node = NULL;
    do {
        struct tl_syntax *test = parse_comparison(p, left);
        if (test == NULL)
            return NULL;
        test->quantifier = quantifier;
        left = test->right;
        node = node != NULL ? make(p, TL_SYNTAX_AND, node, test) : test;
    } while (node != NULL && is_relation(p->token.kind));
    return node;
}

static struct tl_syntax *parse_relation(struct parser *p)
{
    enum tl_token_kind quantifier = TL_TOKEN_END;
    if (p->token.kind == TL_TOKEN_ANY || p->token.kind == TL_TOKEN_ALL) {
        quantifier = p->token.kind;
        if (!advance(p))
            return NULL;
    }
    struct tl_syntax *node = parse_bits(p);
    if (node == NULL)
        return NULL;
    bool negated = p->token.kind == TL_TOKEN_NOT && !tl_syntax_is_test(node);
    if (negated && !advance(p))
        return NULL;
    if (negated && p->token.kind != TL_TOKEN_IN)
        return refuse(p, "after a value, `not` is followed by `in`");
    if (p->token.kind == TL_TOKEN_IN || is_relation(p->token.kind)) {
        if (check_value(p, node) == NULL)
            return NULL;
        bool in = p->token.kind == TL_TOKEN_IN;
        node = in ? parse_set(p, node, negated) : parse_comparisons(p, node, quantifier);
        if (node != NULL && in)
            node->quantifier = quantifier;
        return node;
    }
    return quantifier == TL_TOKEN_END ? node : refuse(p, "`any` and `all` need a comparison");
}

static struct tl_syntax *parse_not(struct parser *p)
{
    uint32_t at = p->token.at;
    if (p->token.kind != TL_TOKEN_NOT)
        return parse_relation(p);
    if (!enter(p) || !advance(p))
        return NULL;
    struct tl_syntax *node = parse_not(p);
    p->depth--;
    node = node != NULL ? make(p, TL_SYNTAX_NOT, node, NULL) : NULL;
    if (node != NULL) {
        node->len += node->at - at;
        node->at = at;
    }
    return node;
}

static struct tl_syntax *parse_logic(struct parser *p, struct tl_syntax *(*operand)(struct parser *p),
                                     enum tl_token_kind op, enum tl_syntax_kind kind)
{
    struct tl_syntax *node = operand(p);
    while (node != NULL && p->token.kind == op) {
        struct tl_syntax *right = advance(p) ? operand(p) : NULL;
        node = right != NULL ? make(p, kind, node, right) : NULL;
    }
    return node;
}

static struct tl_syntax *parse_and(struct parser *p)
{
    return parse_logic(p, parse_not, TL_TOKEN_AND, TL_SYNTAX_AND);
}

static struct tl_syntax *parse_xor(struct parser *p)
{
    return parse_logic(p, parse_and, TL_TOKEN_XOR, TL_SYNTAX_XOR);
}

static struct tl_syntax *parse_or(struct parser *p)
{
    return parse_logic(p, parse_xor, TL_TOKEN_OR, TL_SYNTAX_OR);
}

struct tl_syntax *tl_syntax_parse(struct tl_bytes text, struct tl_arena *arena, struct tl_problem *problem)
{
    struct parser p = { .lexer = { text, 0, arena, problem }, .arena = arena, .problem = problem };
    struct tl_syntax *node = advance(&p) ? parse_or(&p) : NULL;
    if (node != NULL && p.token.kind != TL_TOKEN_END)
        return refuse(&p, "combine tests with and, or");
    return node;
}
