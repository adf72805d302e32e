/* gather_early.c - the values of a name before the packet is decoded, where its headers tell them. */
#include "filter/run.h"

static void add(struct tl_predicate_run *run, const struct tl_reference *reference, const struct tl_early_field *field,
                const uint8_t *layer, struct tl_values *values)
{
    struct tl_datum value = { .type = (uint8_t)reference->kind.type, .bits = reference->kind.bits };
    const uint8_t *p = layer + (field->offset == UINT8_MAX ? 0 : field->offset);
    if (tl_datum_is_bytes(reference->kind.type))
        value.bytes = (struct tl_bytes){ p, reference->kind.bits / 8u };
    else
        value.number = tl_early_number(reference, field, layer);
    tl_values_add(run, values, &value);
}

void tl_gather_early(struct tl_predicate_run *run, const struct tl_reference *reference, struct tl_values *values)
{
    if (reference->special != TL_SPECIAL_NONE) {
        values->unknown = !tl_gather_frame(run, reference, values);
        return;
    }
    const struct tl_headers *headers = &run->headers;
    if (headers->known && reference->not_in_tcp)
        return;
    bool protocol = reference->kind.type == TL_DATUM_PROTOCOL;
    values->unknown = !headers->known || reference->early_count == 0 || reference->raw || reference->layer_count > 0;
    for (uint32_t i = 0; i < reference->early_count && !values->unknown; i++) {
        const uint8_t *layer = tl_early_layer(headers, reference->early[i]);
        if (layer == NULL)
            continue;
        add(run, reference, reference->early[i], layer, values);
        values->part = protocol; /* it is there, but its bytes are not all known */
    }
}
