/* place.c - reads fields at fixed places of a header. */
#include "core/place.h"

uint64_t tl_place_value(const struct tl_field *field, const uint8_t *p, const struct tl_place *place)
{
    if (field->type >= TL_MAC || place->size > 8)
        return 0;
    uint64_t value = 0;
    switch (place->size) {
    case 1:
        value = *p;
        break;
    case 2:
        value = tl_load_be16(p);
        break;
    case 4:
        value = tl_load_be32(p);
        break;
    default:
        for (unsigned i = 0; i < place->size; i++)
            value = value << 8 | p[i];
    }
    value = tl_masked_value(field->mask, value);
    return place->times ? value * place->times : value;
}

const struct tl_place *tl_place_of(const struct tl_protocol *protocol, unsigned field)
{
    for (uint32_t i = 0; i < protocol->header_count; i++) {
        if (protocol->header[i].field == field)
            return &protocol->header[i];
    }
    return NULL;
}

bool tl_place_node(const struct tl_place *place, const struct tl_protocol *protocol, const struct tl_tree *tree,
                   const struct tl_node *layer, struct tl_node *node)
{
    if (layer->source >= tree->source_count)
        return false;
    const struct tl_tree_source *source = &tree->sources[layer->source];
    if (layer->len < (uint32_t)place->off + place->size || (uint64_t)layer->off + place->off + place->size > source->len)
        return false;
    *node = (struct tl_node){ .protocol = layer->protocol, .field = place->field, .depth = 1, .source = layer->source,
                              .off = layer->off + place->off, .len = place->size };
    node->value = tl_place_value(&protocol->fields[place->field], source->data + node->off, place);
    return true;
}
