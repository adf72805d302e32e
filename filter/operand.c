/* operand.c - compiles the values in tests: fields, constants, slices, calculations, functions. */
#include "filter/compile.h"

#include <stdio.h>

/* --- names --- */

static bool find(struct tl_compiler *c, struct tl_bytes name, bool records, struct tl_reference *reference)
{
    return records ? tl_names_record(c->names, name, c->arena, reference) : tl_names_packet(c->names, name, reference);
}

bool tl_compile_unknown(struct tl_compiler *c, const struct tl_syntax *node)
{
    struct tl_reference other;
    char near[176];
    int len = (int)(node->text.len < 80 ? node->text.len : 80);
    c->problem->unknown = !c->problem->set;
    if (find(c, node->text, !c->program->records, &other))
        return tl_problem_set(c->problem, node->at, node->len,
                              c->program->records
                                  ? "'%.*s' is a field of packets, this filter names keys of records: use one kind only"
                                  : "'%.*s' is a key of records, this filter selects packets: use one kind only",
                              len, (const char *)node->text.data);
    return tl_problem_set(c->problem, node->at, node->len, "there is no field or protocol '%.*s'%s", len,
                          (const char *)node->text.data, tl_names_hint(c->names, node->text, near, sizeof near));
}

static bool same_layers(const struct tl_reference *a, const struct tl_syntax *node)
{
    return a->layer_count == node->span_count &&
           (node->span_count == 0 || memcmp(a->layers, node->spans, node->span_count * sizeof *node->spans) == 0);
}

/* Loads a field, or uses the register that an earlier test loads it into. */
static bool load(struct tl_compiler *c, const struct tl_syntax *node, struct tl_reference *reference,
                 struct tl_operand *operand)
{
    struct tl_program *program = c->program;
    uint32_t index = 0;
    if (node->raw)
        reference->kind = (struct tl_kind_of_value){ .type = TL_DATUM_BYTES };
    operand->kind = reference->kind;
    while (index < program->reference_count) {
        const struct tl_reference *known = &program->references[index];
        if (known->name.len == node->text.len && memcmp(known->name.data, node->text.data, node->text.len) == 0 &&
            known->raw == node->raw && same_layers(known, node))
            break;
        index++;
    }
    if (index == program->most)
        return tl_compile_full(c, node);
    if (index == program->reference_count) {
        reference->raw = node->raw;
        reference->layers = node->spans;
        reference->layer_count = node->span_count;
        if (!tl_compile_register(c, node, &reference->to))
            return false;
        program->references[program->reference_count++] = *reference;
    }
    operand->to = program->references[index].to;
    return tl_compile_emit(c, node, (struct tl_instruction){ .operation = TL_OPERATION_LOAD, .to = operand->to,
                                                             .index = (uint16_t)index });
}

static bool compile_word(struct tl_compiler *c, const struct tl_syntax *node, struct tl_operand *operand)
{
    struct tl_reference reference;
    if (find(c, node->text, c->program->records, &reference))
        return load(c, node, &reference, operand);
    if (node->field || node->span_count > 0)
        return tl_compile_unknown(c, node);
    operand->constant = true;
    return true;
}

/* --- constants --- */

bool tl_compile_is_constant(struct tl_compiler *c, const struct tl_syntax *node)
{
    struct tl_reference reference;
    switch (node->kind) {
    case TL_SYNTAX_STRING:
    case TL_SYNTAX_CHAR:
        return true;
    case TL_SYNTAX_WORD:
        return !node->field && node->span_count == 0 && !find(c, node->text, c->program->records, &reference);
    case TL_SYNTAX_NEGATIVE:
        return tl_compile_is_constant(c, node->left);
    case TL_SYNTAX_ARITHMETIC:
        return tl_compile_is_constant(c, node->left) && tl_compile_is_constant(c, node->right);
    default:
        return false;
    }
}

static bool read_constant(struct tl_compiler *c, const struct tl_syntax *node, const struct tl_kind_of_value *kind,
                          struct tl_datum *value)
{
    char reason[TL_REASON];
    struct tl_datum left, right;
    if (node->kind == TL_SYNTAX_NEGATIVE) {
        if (!read_constant(c, node->left, kind, &left))
            return false;
        return tl_calculate_negative(&left, value) ||
               tl_problem_set(c->problem, node->at, node->len, "%s has no sign", tl_datum_type_name(kind->type));
    }
    if (node->kind == TL_SYNTAX_ARITHMETIC) {
        if (!read_constant(c, node->left, kind, &left) || !read_constant(c, node->right, kind, &right))
            return false;
        return tl_calculate(node->op, &left, &right, c->arena, value) ||
               tl_problem_set(c->problem, node->at, node->len, "this calculation has no result");
    }
    if (tl_literal_read(node, kind, c->arena, value, reason))
        return true;
    return tl_problem_set(c->problem, node->at, node->len, "'%.*s' %s",
                          (int)(node->text.len < 80 ? node->text.len : 80), (const char *)node->text.data, reason);
}

bool tl_compile_constant(struct tl_compiler *c, const struct tl_syntax *node, const struct tl_kind_of_value *kind,
                         uint16_t *to)
{
    struct tl_constant constant;
    if (c->program->constant_count == c->program->most)
        return tl_compile_full(c, node);
    if (!read_constant(c, node, kind, &constant.value) || !tl_compile_register(c, node, to))
        return false;
    constant.to = *to;
    if (kind->type == TL_DATUM_UNSIGNED && constant.value.type == TL_DATUM_SIGNED && (int64_t)constant.value.number < 0)
        constant.value.type = TL_DATUM_NONE; /* neither less nor more than an unsigned number, as in Wireshark */
    c->program->constants[c->program->constant_count++] = constant;
    return true;
}

/* --- calculations --- */

static bool can_calculate(enum tl_token_kind sign, enum tl_datum_type type)
{
    if (sign == TL_TOKEN_BITS_AND)
        return tl_datum_is_number(type) || type == TL_DATUM_IPV4 || (type >= TL_DATUM_IPV6 && type <= TL_DATUM_BYTES);
    if (type == TL_DATUM_INTERVAL || type == TL_DATUM_TIME)
        return sign == TL_TOKEN_PLUS || sign == TL_TOKEN_MINUS;
    return tl_datum_is_number(type) || (type == TL_DATUM_DOUBLE && sign != TL_TOKEN_MODULO);
}

static bool check_calculation(struct tl_compiler *c, const struct tl_syntax *node, enum tl_token_kind sign,
                              enum tl_datum_type type)
{
    return can_calculate(sign, type) || tl_problem_set(c->problem, node->at, node->len,
                                                       "this is %s: it has no such calculation",
                                                       tl_datum_type_name(type));
}

/* The result of a calculation is signed, see tl_calculate(), and has no names. */
static struct tl_kind_of_value result_of(enum tl_token_kind sign, struct tl_kind_of_value kind)
{
    if (kind.type == TL_DATUM_UNSIGNED && kind.bits <= 32 && sign != TL_TOKEN_BITS_AND)
        kind = (struct tl_kind_of_value){ .type = TL_DATUM_SIGNED, .bits = 64 };
    else if (tl_datum_is_number(kind.type) && kind.bits < 32)
        kind.bits = 32;
    kind.names = NULL;
    return kind;
}

static bool compile_arithmetic(struct tl_compiler *c, const struct tl_syntax *node, struct tl_operand *operand)
{
    struct tl_operand left = { 0 }, right = { 0 };
    if (!tl_compile_operand(c, node->left, &left) || !tl_compile_operand(c, node->right, &right))
        return false;
    operand->constant = left.constant && right.constant;
    if (operand->constant)
        return true;
    struct tl_kind_of_value kind = left.constant ? right.kind : left.kind;
    if (!check_calculation(c, left.constant ? node->right : node->left, node->op, kind.type))
        return false;
    struct tl_kind_of_value other = result_of(node->op, kind);
    if (other.type == TL_DATUM_TIME)
        other.type = TL_DATUM_INTERVAL;
    if (left.constant && !tl_compile_constant(c, node->left, &other, &left.to))
        return false;
    if (right.constant && !tl_compile_constant(c, node->right, &other, &right.to))
        return false;
    bool fits = left.constant || right.constant || tl_datum_comparable(left.kind.type, right.kind.type) ||
                (left.kind.type == TL_DATUM_TIME && right.kind.type == TL_DATUM_INTERVAL);
    if (!fits)
        return tl_problem_set(c->problem, node->at, node->len, "%s and %s have no such calculation",
                              tl_datum_type_name(left.kind.type), tl_datum_type_name(right.kind.type));
    operand->kind = result_of(node->op, kind);
    return tl_compile_register(c, node, &operand->to) &&
           tl_compile_emit(c, node, (struct tl_instruction){ .operation = TL_OPERATION_ARITHMETIC,
                                                             .sign = (uint8_t)node->op, .to = operand->to,
                                                             .a = left.to, .b = right.to });
}

static bool compile_negative(struct tl_compiler *c, const struct tl_syntax *node, struct tl_operand *operand)
{
    struct tl_operand inner = { 0 };
    if (!tl_compile_operand(c, node->left, &inner))
        return false;
    operand->constant = inner.constant;
    if (inner.constant)
        return true;
    operand->kind = result_of(TL_TOKEN_MINUS, inner.kind);
    return check_calculation(c, node->left, TL_TOKEN_MINUS, inner.kind.type) &&
           tl_compile_register(c, node, &operand->to) &&
           tl_compile_emit(c, node, (struct tl_instruction){ .operation = TL_OPERATION_NEGATIVE, .to = operand->to,
                                                             .a = inner.to });
}

static bool compile_slice(struct tl_compiler *c, const struct tl_syntax *node, struct tl_operand *operand)
{
    struct tl_operand inner = { 0 };
    if (!tl_compile_operand(c, node->left, &inner))
        return false;
    if (inner.constant && node->left->kind == TL_SYNTAX_WORD)
        return tl_compile_unknown(c, node->left);
    if (inner.constant || !(tl_datum_is_bytes(inner.kind.type) || inner.kind.type == TL_DATUM_IPV4))
        return tl_problem_set(c->problem, node->left->at, node->left->len, "this is %s: it has no parts%s",
                              inner.constant ? "a constant" : tl_datum_type_name(inner.kind.type),
                              node->left->kind == TL_SYNTAX_WORD ? "; @ in front of a field gives its bytes" : "");
    operand->kind = (struct tl_kind_of_value){ .type = TL_DATUM_BYTES };
    return tl_compile_register(c, node, &operand->to) &&
           tl_compile_emit(c, node, (struct tl_instruction){ .operation = TL_OPERATION_SLICE, .to = operand->to,
                                                             .a = inner.to, .spans = node->spans,
                                                             .span_count = node->span_count });
}

/* --- functions --- */

static const struct function {
    const char *name;
    enum tl_operation operation;
    bool many; /* several arguments */
} functions[] = {
    { "len", TL_OPERATION_LEN, false },       { "count", TL_OPERATION_COUNT, false },
    { "lower", TL_OPERATION_LOWER, false },   { "upper", TL_OPERATION_UPPER, false },
    { "string", TL_OPERATION_STRING, false }, { "abs", TL_OPERATION_ABS, false },
    { "max", TL_OPERATION_MAX, true },        { "min", TL_OPERATION_MIN, true },
};

static bool takes(enum tl_operation function, enum tl_datum_type type)
{
    switch (function) {
    case TL_OPERATION_LOWER:
    case TL_OPERATION_UPPER:
        return type == TL_DATUM_TEXT;
    case TL_OPERATION_ABS:
        return tl_datum_is_number(type) || type == TL_DATUM_DOUBLE || type == TL_DATUM_INTERVAL;
    case TL_OPERATION_COUNT:
        return true;
    default:
        return type != TL_DATUM_NONE;
    }
}

static struct tl_kind_of_value returns(enum tl_operation function, struct tl_kind_of_value kind)
{
    if (function == TL_OPERATION_LEN || function == TL_OPERATION_COUNT)
        return (struct tl_kind_of_value){ .type = TL_DATUM_UNSIGNED, .bits = 32 };
    if (function == TL_OPERATION_STRING)
        return (struct tl_kind_of_value){ .type = TL_DATUM_TEXT };
    kind.names = NULL;
    return kind;
}

static const struct function *find_function(struct tl_compiler *c, const struct tl_syntax *node)
{
    for (size_t i = 0; i < TL_COUNT(functions); i++) {
        if (strlen(functions[i].name) == node->text.len &&
            memcmp(functions[i].name, node->text.data, node->text.len) == 0)
            return &functions[i];
    }
    tl_problem_set(c->problem, node->at, node->text.len,
                   "there is no function '%.*s': there are len, count, lower, upper, string, abs, max and min",
                   (int)(node->text.len < 80 ? node->text.len : 80), (const char *)node->text.data);
    return NULL;
}

/* One argument; constants are of the kind of the first. */
static bool compile_argument(struct tl_compiler *c, const struct function *function, const struct tl_syntax *argument,
                             bool first, struct tl_operand *operand)
{
    struct tl_operand one = { 0 };
    if (!tl_compile_operand(c, argument, &one))
        return false;
    if (one.constant && first)
        return tl_problem_set(c->problem, argument->at, argument->len, "%s() takes a field here", function->name);
    if (one.constant && !tl_compile_constant(c, argument, &operand->kind, &one.to))
        return false;
    if (!one.constant && !takes(function->operation, one.kind.type))
        return tl_problem_set(c->problem, argument->at, argument->len, "this is %s: %s() does not take it",
                              tl_datum_type_name(one.kind.type), function->name);
    if (!one.constant && !first && !tl_datum_comparable(operand->kind.type, one.kind.type))
        return tl_problem_set(c->problem, argument->at, argument->len, "%s() takes arguments of one type",
                              function->name);
    if (first)
        operand->kind = one.kind;
    return tl_compile_emit(c, argument, (struct tl_instruction){ .operation = (uint8_t)function->operation,
                                                                 .to = operand->to, .a = one.to, .b = !first });
}

static bool compile_call(struct tl_compiler *c, const struct tl_syntax *node, struct tl_operand *operand)
{
    const struct function *function = find_function(c, node);
    if (function == NULL || !tl_compile_register(c, node, &operand->to))
        return false;
    if (node->left == NULL || (node->left->next != NULL && !function->many))
        return tl_problem_set(c->problem, node->at, node->len, "%s() takes %s", function->name,
                              function->many ? "at least one argument" : "one argument");
    for (const struct tl_syntax *argument = node->left; argument != NULL; argument = argument->next) {
        if (!compile_argument(c, function, argument, argument == node->left, operand))
            return false;
    }
    operand->kind = returns(function->operation, operand->kind);
    return true;
}

bool tl_compile_operand(struct tl_compiler *c, const struct tl_syntax *node, struct tl_operand *operand)
{
    *operand = (struct tl_operand){ .constant = false };
    switch (node->kind) {
    case TL_SYNTAX_WORD:
        return compile_word(c, node, operand);
    case TL_SYNTAX_STRING:
    case TL_SYNTAX_CHAR:
        operand->constant = true;
        return true;
    case TL_SYNTAX_SLICE:
        return compile_slice(c, node, operand);
    case TL_SYNTAX_CALL:
        return compile_call(c, node, operand);
    case TL_SYNTAX_NEGATIVE:
        return compile_negative(c, node, operand);
    case TL_SYNTAX_ARITHMETIC:
        return compile_arithmetic(c, node, operand);
    default:
        return tl_problem_set(c->problem, node->at, node->len, "this is a test, not a value");
    }
}
