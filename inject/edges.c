/* edges.c - a field's edge values as a series (taplight send --fuzz), and the values of a packet of a series. */
#include "inject/layer.h"

#include <stdio.h>
#include <stdlib.h>

enum { EDGES = 300, RANDOM = 16 };

static bool names_it(const struct tl_layer_type *type, const struct tl_craft_field *f, const char *name)
{
    size_t len = strlen(type->name);
    if (f->key != NULL && strcmp(f->key, name) == 0)
        return true;
    return strncmp(name, type->name, len) == 0 && name[len] == '.' && strcmp(name + len + 1, f->name) == 0;
}

/* xorshift64*, so that the same seed gives the same packets everywhere. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545f4914f6cdd1d);
}

static unsigned add(struct tl_craft_value *values, unsigned count, uint64_t number, const uint8_t prefix[16])
{
    for (unsigned i = 0; i < count; i++)
        if (values[i].number == number)
            return count;
    values[count] = (struct tl_craft_value){ .number = number, .last = number };
    memcpy(values[count].address, prefix, 16);
    return count + 1;
}

/* 0, the most, around each power of two, around the value that was given, and some at random. */
static unsigned edges_of(uint64_t most, const struct tl_craft_value *given, uint64_t seed,
                         struct tl_craft_value *values)
{
    static const uint8_t none[16];
    const uint8_t *prefix = given != NULL ? given->address : none;
    unsigned n = add(values, 0, 0, prefix);
    n = add(values, n, most, prefix);
    for (unsigned bit = 0; bit < 64 && UINT64_C(1) << bit <= most; bit++)
        for (int d = -1; d <= 1; d++) {
            uint64_t value = (UINT64_C(1) << bit) + (uint64_t)(int64_t)d;
            if (value <= most)
                n = add(values, n, value, prefix);
        }
    for (int d = -1; given != NULL && d <= 1; d++) {
        uint64_t value = given->number + (uint64_t)(int64_t)d;
        if (value <= most)
            n = add(values, n, value, prefix);
    }
    uint64_t state = seed != 0 ? seed : 1;
    for (unsigned i = 0; i < RANDOM; i++) {
        uint64_t value = next_random(&state);
        n = add(values, n, most == UINT64_MAX ? value : value % (most + 1), prefix);
    }
    return n;
}

/* The greatest value of a field. Returns false for those that are no numbers. */
static bool most_of(const struct tl_craft_field *f, uint64_t *most)
{
    switch (f->type) {
    case TL_CRAFT_NUMBER:
    case TL_CRAFT_CHECKSUM:
    case TL_CRAFT_FLAGS:
        *most = f->most;
        return true;
    case TL_CRAFT_IPV4:
        *most = UINT32_MAX;
        return true;
    case TL_CRAFT_IPV6:
        *most = UINT64_MAX; /* the last 8 bytes */
        return true;
    case TL_CRAFT_MAC:
        *most = (UINT64_C(1) << 48) - 1;
        return true;
    case TL_CRAFT_TEXT:
    case TL_CRAFT_HEX:
        break;
    }
    return false;
}

static bool find(const struct tl_craft *craft, const char *name, unsigned *layer, unsigned *field)
{
    for (*layer = 0; *layer < craft->layer_count; (*layer)++)
        for (*field = 0; *field < craft->layers[*layer].type->field_count; (*field)++)
            if (names_it(craft->layers[*layer].type, &craft->layers[*layer].type->fields[*field], name))
                return true;
    return false;
}

enum tl_failure tl_craft_fuzz(struct tl_craft *craft, const char *name, uint64_t seed, struct tl_error *error)
{
    unsigned layer, field;
    uint64_t most;
    if (!find(craft, name, &layer, &field))
        return tl_error_set(error, TL_E_USAGE,
                            "--fuzz: no layer of the description has a field '%.40s': name it as ip.ttl", name);
    struct tl_craft_setting *s = &craft->layers[layer].settings[field];
    if (!most_of(&craft->layers[layer].type->fields[field], &most))
        return tl_error_set(error, TL_E_USAGE, "--fuzz: %.40s is no number and no address", name);
    struct tl_craft_value *values = calloc(EDGES, sizeof *values);
    void *order = realloc(craft->order, (craft->order_count + 1) * sizeof *craft->order);
    if (order != NULL)
        craft->order = order;
    if (values == NULL || order == NULL) {
        free(values);
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    }
    unsigned count = edges_of(most, s->count > 0 ? &s->items[0] : NULL, seed, values);
    if (s->total > 0) {
        craft->count /= s->total;
    } else {
        craft->order[craft->order_count].layer = (uint8_t)layer;
        craft->order[craft->order_count++].field = (uint8_t)field;
    }
    free(s->items);
    *s = (struct tl_craft_setting){ .items = values, .count = count, .total = count };
    if (__builtin_mul_overflow(craft->count, (uint64_t)count, &craft->count))
        return tl_error_set(error, TL_E_USAGE, "the series has too many packets: give smaller ranges");
    return TL_E_NONE;
}

bool tl_craft_visit(struct tl_craft *craft, uint64_t index, bool (*visit)(void *, const struct tl_craft_change *),
                    void *context)
{
    tl_craft_choose(craft, index);
    for (unsigned i = 0; i < craft->layer_count; i++) {
        const struct tl_layer *layer = &craft->layers[i];
        unsigned same = 0;
        for (unsigned k = 0; k < i; k++)
            same += craft->layers[k].type == layer->type;
        for (unsigned f = 0; f < layer->type->field_count; f++) {
            uint64_t most;
            const struct tl_craft_field *field = &layer->type->fields[f];
            const struct tl_craft_value *value = &layer->now[f];
            if (layer->settings[f].count == 0)
                continue;
            struct tl_craft_change change = { .layer = layer->type->name,
                                              .field = field->name,
                                              .key = field->key,
                                              .occurrence = same,
                                              .is_number = most_of(field, &most),
                                              .is_checksum = field->type == TL_CRAFT_CHECKSUM,
                                              .bad = value->bad,
                                              .number = value->number };
            if (field->type == TL_CRAFT_IPV6)
                memcpy(change.prefix, value->address, 8);
            if (!visit(context, &change))
                return false;
        }
    }
    return true;
}
