/* compile.c - gives the names and constants of a filter their meaning, checks types, and writes the program. */
#include "filter/compile.h"

#include <stdio.h>

/* --- parts of the program --- */

bool tl_compile_full(struct tl_compiler *c, const struct tl_syntax *node)
{
    return tl_problem_set(c->problem, node->at, node->len, "the filter is too long");
}

bool tl_compile_register(struct tl_compiler *c, const struct tl_syntax *node, uint16_t *to)
{
    if (c->program->registers == c->program->most)
        return tl_compile_full(c, node);
    *to = (uint16_t)c->program->registers++;
    return true;
}

bool tl_compile_emit(struct tl_compiler *c, const struct tl_syntax *node, struct tl_instruction instruction)
{
    if (c->program->code_count == c->program->most)
        return tl_compile_full(c, node);
    c->program->code[c->program->code_count++] = instruction;
    return true;
}

static bool add_logic(struct tl_compiler *c, const struct tl_syntax *node, struct tl_logic logic, uint16_t *index)
{
    if (c->program->logic_count == 2 * c->program->most)
        return tl_compile_full(c, node);
    *index = (uint16_t)c->program->logic_count;
    c->program->logic[c->program->logic_count++] = logic;
    return true;
}

/* Adds a test whose instructions began at `first`. */
static bool add_test(struct tl_compiler *c, const struct tl_syntax *node, uint32_t first, struct tl_test test,
                     uint16_t *index)
{
    if (c->program->test_count == c->program->most)
        return tl_compile_full(c, node);
    test.first = (uint16_t)first;
    test.count = (uint16_t)(c->program->code_count - first);
    c->program->tests[c->program->test_count] = test;
    return add_logic(c, node, (struct tl_logic){ .kind = TL_LOGIC_TEST, .left = (uint16_t)c->program->test_count++ },
                     index);
}

/* --- tests --- */

/* A decimal number compared with bytes is hexadecimal, as in Wireshark: the user may mean something else. */
static void note_hexadecimal(struct tl_compiler *c, const struct tl_syntax *node, const struct tl_operand *left)
{
    if (left->kind.type != TL_DATUM_BYTES || node->kind != TL_SYNTAX_WORD || node->text.len < 2)
        return;
    for (uint32_t i = 0; i < node->text.len; i++) {
        if (node->text.data[i] < '0' || node->text.data[i] > '9')
            return;
    }
    if (c->program->note != NULL)
        return;
    c->program->note = "bytes are written in hexadecimal: this number is too";
    c->program->note_at = node->at;
    c->program->note_len = node->len;
}

/* Compiles a constant or a value that is compared with left. */
static bool compile_other(struct tl_compiler *c, const struct tl_syntax *node, const struct tl_operand *left,
                          uint16_t *to)
{
    struct tl_operand right;
    if (!tl_compile_operand(c, node, &right))
        return false;
    if (right.constant) {
        note_hexadecimal(c, node, left);
        return tl_compile_constant(c, node, &left->kind, to);
    }
    *to = right.to;
    if (tl_datum_comparable(left->kind.type, right.kind.type))
        return true;
    return tl_problem_set(c->problem, node->at, node->len, "this is %s and cannot be compared with %s%s",
                          tl_datum_type_name(right.kind.type), tl_datum_type_name(left->kind.type),
                          node->kind == TL_SYNTAX_WORD && left->kind.type == TL_DATUM_TEXT
                              ? ": write text in quotes" : "");
}

/* The operand that a test is about. */
static bool compile_subject(struct tl_compiler *c, const struct tl_syntax *node, struct tl_operand *operand)
{
    if (!tl_compile_operand(c, node, operand))
        return false;
    if (operand->constant && node->kind == TL_SYNTAX_WORD)
        return tl_compile_unknown(c, node);
    if (operand->constant)
        return tl_problem_set(c->problem, node->at, node->len, "a field is needed on one side");
    if (operand->kind.type == TL_DATUM_NONE)
        return tl_problem_set(c->problem, node->at, node->len,
                              "this field has no value: write it alone to test whether it is there");
    return true;
}

static enum tl_token_kind mirrored(enum tl_token_kind op)
{
    switch (op) {
    case TL_TOKEN_GT:
        return TL_TOKEN_LT;
    case TL_TOKEN_GE:
        return TL_TOKEN_LE;
    case TL_TOKEN_LT:
        return TL_TOKEN_GT;
    case TL_TOKEN_LE:
        return TL_TOKEN_GE;
    default:
        return op;
    }
}

static bool asks_all(const struct tl_syntax *node)
{
    bool own = node->kind == TL_SYNTAX_COMPARE && (node->op == TL_TOKEN_ALL_EQ || node->op == TL_TOKEN_ALL_NE);
    return node->quantifier == TL_TOKEN_ALL || (own && node->quantifier == TL_TOKEN_END);
}

static bool compile_compare(struct tl_compiler *c, const struct tl_syntax *node, uint16_t *index)
{
    uint32_t first = c->program->code_count;
    const struct tl_syntax *left = node->left, *right = node->right;
    struct tl_test test = { .question = TL_QUESTION_COMPARE, .op = (uint8_t)node->op, .all = asks_all(node) };
    struct tl_operand operand;
    if (tl_compile_is_constant(c, left) && !tl_compile_is_constant(c, right)) {
        left = node->right;
        right = node->left;
        test.op = (uint8_t)mirrored(node->op);
    }
    if (!compile_subject(c, left, &operand) || !compile_other(c, right, &operand, &test.b))
        return false;
    test.a = operand.to;
    return add_test(c, node, first, test, index);
}

static bool is_searchable(enum tl_datum_type type)
{
    return type >= TL_DATUM_MAC && type <= TL_DATUM_TEXT;
}

static bool compile_contains(struct tl_compiler *c, const struct tl_syntax *node, uint16_t *index)
{
    uint32_t first = c->program->code_count;
    struct tl_test test = { .question = TL_QUESTION_CONTAINS, .all = asks_all(node) };
    struct tl_operand left;
    if (!compile_subject(c, node->left, &left))
        return false;
    if (!is_searchable(left.kind.type))
        return tl_problem_set(c->problem, node->left->at, node->left->len,
                              "this is %s: `contains` searches text and bytes", tl_datum_type_name(left.kind.type));
    test.a = left.to;
    if (left.kind.type != TL_DATUM_TEXT)
        left.kind.type = TL_DATUM_BYTES;
    return compile_other(c, node->right, &left, &test.b) && add_test(c, node, first, test, index);
}

static bool compile_matches(struct tl_compiler *c, const struct tl_syntax *node, uint16_t *index)
{
    char reason[128];
    uint32_t first = c->program->code_count;
    struct tl_test test = { .question = TL_QUESTION_MATCHES, .all = asks_all(node) };
    struct tl_operand left;
    if (!compile_subject(c, node->left, &left))
        return false;
    if (!is_searchable(left.kind.type))
        return tl_problem_set(c->problem, node->left->at, node->left->len,
                              "this is %s: `matches` searches text and bytes; string(..) makes text of it",
                              tl_datum_type_name(left.kind.type));
    if (node->right->kind != TL_SYNTAX_STRING)
        return tl_problem_set(c->problem, node->right->at, node->right->len,
                              "`matches` takes a pattern in quotes: \"..\" or r\"..\"");
    if (c->program->regex_count == c->program->most)
        return tl_compile_full(c, node);
    struct tl_regex *regex = tl_regex_new(node->right->text, reason, sizeof reason);
    if (regex == NULL)
        return tl_problem_set(c->problem, node->right->at, node->right->len, "bad pattern: %s", reason);
    c->program->regexes[c->program->regex_count++] = regex;
    test.a = left.to;
    test.regex = regex;
    return add_test(c, node, first, test, index);
}

static bool compile_in(struct tl_compiler *c, const struct tl_syntax *node, uint16_t *index)
{
    uint32_t first = c->program->code_count, n = 0;
    struct tl_operand left;
    if (!compile_subject(c, node->left, &left))
        return false;
    for (const struct tl_syntax *e = node->right; e != NULL; e = e->next)
        n++;
    struct tl_element *elements = tl_arena_alloc(c->arena, n * sizeof *elements);
    if (elements == NULL)
        return tl_compile_full(c, node);
    struct tl_test test = { .question = TL_QUESTION_IN, .all = !node->negated && asks_all(node), .a = left.to,
                            .elements = elements, .element_count = n };
    for (const struct tl_syntax *e = node->right; e != NULL; e = e->next, elements++) {
        elements->range = e->kind == TL_SYNTAX_RANGE;
        if (!compile_other(c, elements->range ? e->left : e, &left, &elements->low))
            return false;
        elements->high = elements->low;
        if (elements->range && !compile_other(c, e->right, &left, &elements->high))
            return false;
    }
    if (!add_test(c, node, first, test, index))
        return false;
    return !node->negated || add_logic(c, node, (struct tl_logic){ .kind = TL_LOGIC_NOT, .left = *index }, index);
}

/* A value that stands alone. */
static bool compile_alone(struct tl_compiler *c, const struct tl_syntax *node, uint16_t *index)
{
    uint32_t first = c->program->code_count;
    struct tl_operand operand;
    struct tl_test test = { .question = TL_QUESTION_EXISTS };
    if (!tl_compile_operand(c, node, &operand))
        return false;
    if (node->kind == TL_SYNTAX_WORD && operand.constant)
        return tl_compile_unknown(c, node);
    if (operand.constant)
        return tl_problem_set(c->problem, node->at, node->len, "a constant alone is no test: compare a field with it");
    if (node->kind == TL_SYNTAX_CALL)
        return tl_problem_set(c->problem, node->at, node->len, "a function alone is no test: compare its result");
    if (node->kind == TL_SYNTAX_ARITHMETIC || node->kind == TL_SYNTAX_NEGATIVE)
        test.question = TL_QUESTION_NONZERO;
    test.a = operand.to;
    return add_test(c, node, first, test, index);
}

/* --- logic --- */

static bool compile_test(struct tl_compiler *c, const struct tl_syntax *node, uint16_t *index)
{
    struct tl_logic logic = { .kind = TL_LOGIC_AND };
    switch (node->kind) {
    case TL_SYNTAX_AND:
    case TL_SYNTAX_OR:
    case TL_SYNTAX_XOR:
        if (node->kind != TL_SYNTAX_AND)
            logic.kind = node->kind == TL_SYNTAX_OR ? TL_LOGIC_OR : TL_LOGIC_XOR;
        return compile_test(c, node->left, &logic.left) && compile_test(c, node->right, &logic.right) &&
               add_logic(c, node, logic, index);
    case TL_SYNTAX_NOT:
        logic.kind = TL_LOGIC_NOT;
        return compile_test(c, node->left, &logic.left) && add_logic(c, node, logic, index);
    case TL_SYNTAX_COMPARE:
        return compile_compare(c, node, index);
    case TL_SYNTAX_CONTAINS:
        return compile_contains(c, node, index);
    case TL_SYNTAX_MATCHES:
        return compile_matches(c, node, index);
    case TL_SYNTAX_IN:
        return compile_in(c, node, index);
    default:
        return compile_alone(c, node, index);
    }
}

static bool allocate(struct tl_program *program, struct tl_arena *arena)
{
    size_t most = program->most;
    program->code = tl_arena_alloc(arena, most * sizeof *program->code);
    program->tests = tl_arena_alloc(arena, most * sizeof *program->tests);
    program->logic = tl_arena_alloc(arena, 2u * most * sizeof *program->logic);
    program->constants = tl_arena_alloc(arena, most * sizeof *program->constants);
    program->references = tl_arena_alloc(arena, most * sizeof *program->references);
    program->regexes = tl_arena_alloc(arena, most * sizeof(struct tl_regex *));
    return program->code != NULL && program->tests != NULL && program->logic != NULL && program->constants != NULL &&
           program->references != NULL && program->regexes != NULL;
}

bool tl_program_compile(struct tl_program *program, const struct tl_syntax *syntax, const struct tl_names *names,
                        struct tl_arena *arena, struct tl_problem *problem)
{
    struct tl_compiler c = { .program = program, .names = names, .arena = arena, .problem = problem };
    uint16_t last;
    *program = (struct tl_program){ .records = program->records, .most = program->most };
    if (!allocate(program, arena))
        return tl_problem_set(problem, 0, 0, "out of memory");
    return compile_test(&c, syntax, &last);
}

void tl_program_fini(struct tl_program *program)
{
    for (uint32_t i = 0; i < program->regex_count; i++)
        tl_regex_free(program->regexes[i]);
    program->regex_count = 0;
}
