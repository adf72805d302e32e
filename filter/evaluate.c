/* evaluate.c - runs a program. Answers have three values: before a packet is decoded, some registers are unknown. */
#include "filter/run.h"

#include <stdlib.h>

enum { PAIRS_MOST = 1 << 20 }; /* comparisons and calculations of one test; further ones are left out */

void tl_values_add(struct tl_predicate_run *run, struct tl_values *values, const struct tl_datum *value)
{
    if (values->count == values->capacity) {
        uint32_t capacity = values->capacity > 0 ? values->capacity * 2 : 4;
        struct tl_datum *items = tl_arena_alloc(&run->arena, capacity * sizeof *items);
        if (items == NULL)
            return;
        if (values->count > 0)
            memcpy(items, values->items, values->count * sizeof *items);
        values->items = items;
        values->capacity = capacity;
    }
    values->items[values->count++] = *value;
}

/* --- instructions --- */

static void run_arithmetic(struct tl_predicate_run *run, const struct tl_instruction *i, const struct tl_values *a,
                           const struct tl_values *b, struct tl_values *to)
{
    uint32_t pairs = 0;
    struct tl_datum result;
    for (uint32_t x = 0; x < a->count; x++) {
        for (uint32_t y = 0; y < b->count && pairs < PAIRS_MOST; y++, pairs++) {
            if (tl_calculate((enum tl_token_kind)i->sign, &a->items[x], &b->items[y], &run->arena, &result))
                tl_values_add(run, to, &result);
        }
    }
}

/* Keeps the largest or smallest value so far. */
static void run_extreme(struct tl_predicate_run *run, bool largest, const struct tl_values *a, struct tl_values *to)
{
    for (uint32_t x = 0; x < a->count; x++) {
        if (to->count == 0) {
            tl_values_add(run, to, &a->items[x]);
            continue;
        }
        if (tl_datum_compare(&a->items[x], &to->items[0]) == (largest ? TL_ORDER_GREATER : TL_ORDER_LESS))
            to->items[0] = a->items[x];
    }
}

static void run_each(struct tl_predicate_run *run, const struct tl_instruction *i, const struct tl_values *a,
                     struct tl_values *to)
{
    struct tl_datum result;
    for (uint32_t x = 0; x < a->count; x++) {
        bool made;
        if (i->operation == TL_OPERATION_SLICE)
            made = tl_calculate_slice(&a->items[x], i->spans, i->span_count, &run->arena, &result);
        else if (i->operation == TL_OPERATION_NEGATIVE)
            made = tl_calculate_negative(&a->items[x], &result);
        else
            made = tl_calculate_function((enum tl_operation)i->operation, &a->items[x], &run->arena, &result);
        if (made)
            tl_values_add(run, to, &result);
    }
}

static void run_instruction(struct tl_predicate_run *run, const struct tl_instruction *i, tl_gather_function *gather)
{
    struct tl_values *to = &run->registers[i->to];
    const struct tl_values *a = &run->registers[i->a], *b = &run->registers[i->b];
    bool continues = (i->operation == TL_OPERATION_MAX || i->operation == TL_OPERATION_MIN) && i->b != 0;
    if (!continues) {
        if (to->stamp == run->stamp)
            return; /* an earlier test loaded the same field */
        *to = (struct tl_values){ .stamp = run->stamp };
    }
    if (i->operation == TL_OPERATION_LOAD) {
        gather(run, &run->predicate->program.references[i->index], to);
        return;
    }
    to->unknown |= a->unknown || a->part || (i->operation == TL_OPERATION_ARITHMETIC && (b->unknown || b->part));
    if (to->unknown)
        return;
    switch ((enum tl_operation)i->operation) {
    case TL_OPERATION_ARITHMETIC:
        run_arithmetic(run, i, a, b, to);
        break;
    case TL_OPERATION_COUNT:
        if (a->count > 0)
            tl_values_add(run, to, &(struct tl_datum){ .type = TL_DATUM_UNSIGNED, .bits = 32, .number = a->count });
        break;
    case TL_OPERATION_MAX:
    case TL_OPERATION_MIN:
        run_extreme(run, i->operation == TL_OPERATION_MAX, a, to);
        break;
    default:
        run_each(run, i, a, to);
        break;
    }
}

/* --- questions --- */

bool tl_order_holds(enum tl_token_kind op, enum tl_order order)
{
    switch (op) {
    case TL_TOKEN_ANY_EQ:
    case TL_TOKEN_ALL_EQ:
        return order == TL_ORDER_EQUAL;
    case TL_TOKEN_ANY_NE:
    case TL_TOKEN_ALL_NE:
        return order != TL_ORDER_EQUAL;
    case TL_TOKEN_GT:
        return order == TL_ORDER_GREATER;
    case TL_TOKEN_GE:
        return order == TL_ORDER_GREATER || order == TL_ORDER_EQUAL;
    case TL_TOKEN_LT:
        return order == TL_ORDER_LESS;
    case TL_TOKEN_LE:
        return order == TL_ORDER_LESS || order == TL_ORDER_EQUAL;
    default:
        return false;
    }
}

static bool pair_passes(const struct tl_test *test, const struct tl_datum *a, const struct tl_datum *b)
{
    if (test->question == TL_QUESTION_CONTAINS)
        return tl_datum_contains(a, b);
    return tl_order_holds((enum tl_token_kind)test->op, tl_datum_compare(a, b));
}

/* Any pair must pass, or all of them; without a value none does. */
static bool ask_pairs(const struct tl_test *test, const struct tl_values *a, const struct tl_values *b)
{
    uint32_t pairs = 0;
    for (uint32_t x = 0; x < a->count; x++) {
        for (uint32_t y = 0; y < b->count && pairs < PAIRS_MOST; y++, pairs++) {
            if (pair_passes(test, &a->items[x], &b->items[y]) != test->all)
                return !test->all;
        }
    }
    return test->all && a->count > 0 && b->count > 0;
}

/* A value is between two ends if it is not before any value of the low one and not after any of the high one. */
static bool is_between(const struct tl_datum *value, const struct tl_values *low, const struct tl_values *high)
{
    bool above = false, below = false;
    for (uint32_t i = 0; i < low->count; i++)
        above |= tl_order_holds(TL_TOKEN_GE, tl_datum_compare(value, &low->items[i]));
    for (uint32_t i = 0; i < high->count; i++)
        below |= tl_order_holds(TL_TOKEN_LE, tl_datum_compare(value, &high->items[i]));
    return above && below;
}

static bool is_equal_to_any(const struct tl_datum *value, const struct tl_values *others)
{
    for (uint32_t i = 0; i < others->count; i++) {
        if (tl_datum_compare(value, &others->items[i]) == TL_ORDER_EQUAL)
            return true;
    }
    return false;
}

static bool is_in(const struct tl_predicate_run *run, const struct tl_test *test, const struct tl_datum *value)
{
    for (uint32_t i = 0; i < test->element_count; i++) {
        const struct tl_element *e = &test->elements[i];
        if (e->range ? is_between(value, &run->registers[e->low], &run->registers[e->high])
                     : is_equal_to_any(value, &run->registers[e->low]))
            return true;
    }
    return false;
}

static bool value_passes(const struct tl_predicate_run *run, const struct tl_test *test, const struct tl_datum *value)
{
    if (test->question == TL_QUESTION_NONZERO)
        return tl_datum_is_set(value);
    if (test->question == TL_QUESTION_MATCHES)
        return tl_regex_matches(test->regex, run->regex, tl_datum_haystack(value));
    return is_in(run, test, value);
}

static bool ask_values(const struct tl_predicate_run *run, const struct tl_test *test, const struct tl_values *a)
{
    for (uint32_t x = 0; x < a->count; x++) {
        if (value_passes(run, test, &a->items[x]) != test->all)
            return !test->all;
    }
    return test->all && a->count > 0;
}

static bool is_unknown(const struct tl_predicate_run *run, const struct tl_test *test)
{
    bool unknown = run->registers[test->a].unknown;
    if (test->question != TL_QUESTION_EXISTS)
        unknown |= run->registers[test->a].part;
    if (test->question == TL_QUESTION_COMPARE || test->question == TL_QUESTION_CONTAINS)
        unknown |= run->registers[test->b].unknown || run->registers[test->b].part;
    for (uint32_t i = 0; i < test->element_count; i++)
        unknown |= run->registers[test->elements[i].low].unknown || run->registers[test->elements[i].high].unknown;
    return unknown;
}

static enum tl_truth ask(struct tl_predicate_run *run, const struct tl_test *test, tl_gather_function *gather)
{
    const struct tl_values *a = &run->registers[test->a], *b = &run->registers[test->b];
    if (test->quick != NULL && gather == tl_gather_early)
        return tl_quick_ask(&run->headers, test);
    for (uint32_t i = 0; i < test->count; i++)
        run_instruction(run, &run->predicate->program.code[test->first + i], gather);
    if (is_unknown(run, test))
        return TL_TRUTH_UNKNOWN;
    switch ((enum tl_question)test->question) {
    case TL_QUESTION_EXISTS:
        return a->count > 0 ? TL_TRUTH_YES : TL_TRUTH_NO;
    case TL_QUESTION_COMPARE:
    case TL_QUESTION_CONTAINS:
        return ask_pairs(test, a, b) ? TL_TRUTH_YES : TL_TRUTH_NO;
    default:
        return ask_values(run, test, a) ? TL_TRUTH_YES : TL_TRUTH_NO;
    }
}

/* --- logic --- */

static enum tl_truth evaluate(struct tl_predicate_run *run, uint16_t index, tl_gather_function *gather)
{
    const struct tl_logic *logic = &run->predicate->program.logic[index];
    if (logic->kind == TL_LOGIC_TEST)
        return ask(run, &run->predicate->program.tests[logic->left], gather);
    enum tl_truth left = evaluate(run, logic->left, gather), right;
    switch ((enum tl_logic_kind)logic->kind) {
    case TL_LOGIC_AND:
        if (left == TL_TRUTH_NO)
            return left;
        right = evaluate(run, logic->right, gather);
        return right == TL_TRUTH_NO || left == TL_TRUTH_YES ? right : TL_TRUTH_UNKNOWN;
    case TL_LOGIC_OR:
        if (left == TL_TRUTH_YES)
            return left;
        right = evaluate(run, logic->right, gather);
        return right == TL_TRUTH_YES || left == TL_TRUTH_NO ? right : TL_TRUTH_UNKNOWN;
    case TL_LOGIC_XOR:
        right = evaluate(run, logic->right, gather);
        if (left == TL_TRUTH_UNKNOWN || right == TL_TRUTH_UNKNOWN)
            return TL_TRUTH_UNKNOWN;
        return left != right ? TL_TRUTH_YES : TL_TRUTH_NO;
    default:
        return left == TL_TRUTH_UNKNOWN ? left : left == TL_TRUTH_YES ? TL_TRUTH_NO : TL_TRUTH_YES;
    }
}

enum tl_truth tl_evaluate(struct tl_predicate_run *run, tl_gather_function *gather)
{
    run->stamp++;
    tl_arena_reset(&run->arena);
    return evaluate(run, (uint16_t)(run->predicate->program.logic_count - 1), gather);
}
