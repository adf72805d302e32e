/*
 * quick.c - tests that compare a number in the headers with a constant: most filters of packets are made of these, and
 * most packets need no more. Values are compared as they are read, without a list of them.
 */
#include "filter/run.h"

static const struct tl_constant *constant_in(const struct tl_program *program, uint16_t to)
{
    for (uint32_t i = 0; i < program->constant_count; i++) {
        if (program->constants[i].to == to)
            return &program->constants[i];
    }
    return NULL;
}

void tl_quick_prepare(struct tl_program *program, struct tl_test *test)
{
    const struct tl_instruction *load = &program->code[test->first];
    const struct tl_constant *constant = constant_in(program, test->b);
    if (test->question != TL_QUESTION_COMPARE || test->count != 1 || load->operation != TL_OPERATION_LOAD ||
        load->to != test->a || constant == NULL)
        return;
    const struct tl_reference *reference = &program->references[load->index];
    const struct tl_datum *value = &constant->value;
    bool simple = reference->special == TL_SPECIAL_NONE && reference->early_count > 0 && !reference->raw &&
                  reference->layer_count == 0 && !reference->as_text;
    bool known = value->type == TL_DATUM_BOOL || value->type == TL_DATUM_UNSIGNED || value->type == TL_DATUM_IPV4;
    if (!simple || !known || reference->kind.type != (enum tl_datum_type)value->type ||
        (value->type == TL_DATUM_IPV4 && (value->bits == 0 || value->bits > 32)))
        return;
    test->quick = reference;
    test->shift = value->type == TL_DATUM_IPV4 ? (uint8_t)(32 - value->bits) : 0;
    test->number = value->type == TL_DATUM_BOOL ? value->number != 0 : value->number >> test->shift;
}

/* Any value must pass, or all of them; without a value none does. */
enum tl_truth tl_quick_ask(const struct tl_headers *headers, const struct tl_test *test)
{
    const struct tl_reference *reference = test->quick;
    bool any = false;
    if (!headers->known)
        return TL_TRUTH_UNKNOWN;
    for (uint32_t i = 0; i < reference->early_count; i++) {
        const struct tl_early_field *field = reference->early[i];
        const uint8_t *layer = tl_early_layer(headers, field);
        if (layer == NULL)
            continue;
        uint64_t value = tl_early_number(reference, field, layer) >> test->shift;
        if (reference->kind.type == TL_DATUM_BOOL)
            value = value != 0;
        enum tl_order order = value < test->number    ? TL_ORDER_LESS
                              : value == test->number ? TL_ORDER_EQUAL
                                                      : TL_ORDER_GREATER;
        any = true;
        if (tl_order_holds((enum tl_token_kind)test->op, order) != test->all)
            return test->all ? TL_TRUTH_NO : TL_TRUTH_YES;
    }
    return test->all && any ? TL_TRUTH_YES : TL_TRUTH_NO;
}
