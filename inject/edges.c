/* edges.c - a field's edge values as a series (taplight send --fuzz), and the values of a packet of a series. */
#include "inject/layer.h"

#include <stdio.h>
#include <stdlib.h>

enum { EDGES = 300, RANDOM = 16, SIDE_SIZES = 16 };

/* Whether `name`, up to its end or a #, is that of the field: ip.ttl, or its name in trees. */
static bool names_it(const struct tl_layer_type *type, const struct tl_craft_field *f, const char *name, size_t name_len)
{
    size_t len = strlen(type->name);
    if (f->key != NULL && strlen(f->key) == name_len && memcmp(f->key, name, name_len) == 0)
        return true;
    return name_len > len && memcmp(name, type->name, len) == 0 && name[len] == '.' &&
           strlen(f->name) == name_len - len - 1 && memcmp(name + len + 1, f->name, name_len - len - 1) == 0;
}

/* xorshift64*, so that the same seed gives the same packets everywhere. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545f4914f6cdd1d);
}

/* The values that a field takes. */
struct edges {
    struct tl_craft *craft;
    const struct tl_craft_field *field;
    const struct tl_craft_value *given; /* NULL: none */
    struct tl_craft_value values[EDGES];
    unsigned count;
    bool failed; /* no memory */
};

static void add_number(struct edges *e, uint64_t number)
{
    number -= number % tl_craft_unit(e->field);
    for (unsigned i = 0; i < e->count; i++)
        if (e->values[i].number == number)
            return;
    struct tl_craft_value *value = &e->values[e->count++];
    *value = (struct tl_craft_value){ .number = number, .last = number };
    if (e->given != NULL)
        memcpy(value->address, e->given->address, sizeof value->address);
}

static void add_bytes(struct edges *e, const void *data, size_t len)
{
    struct tl_craft_value value = { .len = len };
    for (unsigned i = 0; i < e->count; i++)
        if (e->values[i].len == len && memcmp(e->values[i].data, data, len) == 0)
            return;
    if (e->count == EDGES || e->failed)
        return;
    value.data = tl_craft_keep(e->craft, data, len);
    e->failed = value.data == NULL;
    if (!e->failed)
        e->values[e->count++] = value;
}

/* 0, the most, around each power of two, around the value that was given, and some at random. */
static void number_edges(struct edges *e, uint64_t most, uint64_t seed)
{
    add_number(e, 0);
    add_number(e, most);
    for (unsigned bit = 0; bit < 64 && UINT64_C(1) << bit <= most; bit++)
        for (int d = -1; d <= 1; d++) {
            uint64_t value = (UINT64_C(1) << bit) + (uint64_t)(int64_t)d;
            if (value <= most)
                add_number(e, value);
        }
    for (int d = -1; e->given != NULL && d <= 1; d++) {
        uint64_t value = e->given->number + (uint64_t)(int64_t)d;
        if (value <= most)
            add_number(e, value);
    }
    for (unsigned i = 0; i < RANDOM; i++) {
        uint64_t value = next_random(&seed);
        add_number(e, most == UINT64_MAX ? value : value % (most + 1));
    }
}

/*
 * Nothing, lengths around those of fields with a length of 6, 8 and 16 bits, bytes that programs take as more than text;
 * then the bytes that were given: without the last, twice, with one bit changed; and some at random.
 */
static void byte_edges(struct edges *e, uint64_t seed)
{
    static const uint16_t lengths[] = { 1, 2, 3, 4, 7, 8, 15, 16, 40, 63, 64, 127, 128, 255, 256, 511, 512, 1400 };
    static const char *const words[] = { "\xff\xfe", "\xc3", "%s%n%x", "../../x", "a.b", "-1", "*", "'\"`", "\r\n" };
    static const uint8_t fills[] = { 'A', 0, 0xff };
    uint8_t bytes[1500];
    add_bytes(e, "", 0);
    for (unsigned i = 0; i < TL_COUNT(lengths); i++)
        for (unsigned k = 0; k < TL_COUNT(fills); k++) {
            memset(bytes, fills[k], lengths[i]);
            add_bytes(e, bytes, lengths[i]);
        }
    for (unsigned i = 0; i < TL_COUNT(words); i++)
        add_bytes(e, words[i], strlen(words[i]));
    size_t len = e->given != NULL && e->given->len <= sizeof bytes / 2 ? e->given->len : 0;
    if (len > 0) {
        memcpy(bytes, e->given->data, len);
        memcpy(bytes + len, e->given->data, len);
        add_bytes(e, bytes, len);
        add_bytes(e, bytes, len - 1);
        add_bytes(e, bytes, 2 * len);
    }
    for (size_t i = 0; i < len && i < SIDE_SIZES; i++) {
        bytes[i] ^= (uint8_t)(1u << i % 8);
        add_bytes(e, bytes, len);
        bytes[i] ^= (uint8_t)(1u << i % 8);
    }
    for (unsigned i = 0; i < RANDOM; i++) {
        len = next_random(&seed) % 64 + 1;
        for (size_t k = 0; k < len; k++)
            bytes[k] = (uint8_t)(next_random(&seed) >> 32);
        add_bytes(e, bytes, len);
    }
}

/* The greatest value of a field. Returns false for those that are no numbers. */
static bool most_of(const struct tl_craft_field *f, uint64_t *most)
{
    *most = f->type == TL_CRAFT_IPV4   ? UINT32_MAX
            : f->type == TL_CRAFT_IPV6 ? UINT64_MAX /* the last 8 bytes */
            : f->type == TL_CRAFT_MAC  ? (UINT64_C(1) << 48) - 1
                                       : f->most;
    return !tl_craft_is_bytes(f);
}

/* ip.ttl#2 is the field of the second layer that has it, from the outside in. */
static bool find(const struct tl_craft *craft, const char *name, unsigned *layer, unsigned *field)
{
    size_t len = strcspn(name, "#");
    char *end = NULL;
    unsigned long which = name[len] == '#' ? strtoul(name + len + 1, &end, 10) : 1;
    if (which == 0 || (end != NULL && *end != '\0'))
        return false;
    for (*layer = 0; *layer < craft->layer_count; (*layer)++)
        for (*field = 0; *field < craft->layers[*layer].type->field_count; (*field)++)
            if (names_it(craft->layers[*layer].type, &craft->layers[*layer].type->fields[*field], name, len) &&
                --which == 0)
                return true;
    return false;
}

/* Makes the values those of the field. */
static enum tl_failure set(struct tl_craft *craft, unsigned layer, unsigned field, const struct edges *e,
                           struct tl_error *error)
{
    struct tl_craft_setting *s = &craft->layers[layer].settings[field];
    struct tl_craft_value *values = calloc(e->count, sizeof *values);
    void *order = realloc(craft->order, (craft->order_count + 1) * sizeof *craft->order);
    if (order != NULL)
        craft->order = order;
    if (values == NULL || order == NULL || e->failed) {
        free(values);
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    }
    memcpy(values, e->values, e->count * sizeof *values);
    if (s->total > 0) {
        craft->count /= s->total;
    } else {
        craft->order[craft->order_count].layer = (uint8_t)layer;
        craft->order[craft->order_count++].field = (uint8_t)field;
    }
    free(s->items);
    *s = (struct tl_craft_setting){ .items = values, .count = e->count, .total = e->count };
    if (__builtin_mul_overflow(craft->count, (uint64_t)e->count, &craft->count))
        return tl_error_set(error, TL_E_USAGE, "the series has too many packets: give smaller ranges");
    return TL_E_NONE;
}

enum tl_failure tl_craft_fuzz(struct tl_craft *craft, const char *name, uint64_t seed, struct tl_error *error)
{
    unsigned layer, field;
    uint64_t most;
    if (!find(craft, name, &layer, &field))
        return tl_error_set(error, TL_E_USAGE,
                            "--fuzz: no layer of the description has a field '%.40s': name it as ip.ttl, or ip.ttl#2 "
                            "in the second ip",
                            name);
    const struct tl_craft_setting *s = &craft->layers[layer].settings[field];
    struct edges *e = calloc(1, sizeof *e);
    if (e == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    e->craft = craft;
    e->field = &craft->layers[layer].type->fields[field];
    e->given = s->count > 0 ? &s->items[0] : NULL;
    if (most_of(e->field, &most))
        number_edges(e, most, seed != 0 ? seed : 1);
    else
        byte_edges(e, seed != 0 ? seed : 1);
    enum tl_failure failure = set(craft, layer, field, e, error);
    free(e);
    return failure;
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
                                              .number = value->number,
                                              .data = { value->data, (uint32_t)value->len } };
            if (field->type == TL_CRAFT_IPV6)
                memcpy(change.prefix, value->address, 8);
            if (!visit(context, &change))
                return false;
        }
    }
    return true;
}
