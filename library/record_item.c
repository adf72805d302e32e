/*
 * record_item.c - records as items: the record's struct as it is, and after it what its pointers point to. On the way
 * pointers are offsets from the item.
 */
#include "library/item.h"

enum { TOKEN_MOST = 64 }; /* maximum bytes of one of our words, as in records_sink.c */

static size_t size_of(enum tl_record_type type)
{
    switch (type) {
    case TL_REC_BOOL:
        return sizeof(bool);
    case TL_REC_TEXT:
        return sizeof(struct tl_bytes);
    case TL_REC_TOKEN:
        return sizeof(const char *);
    case TL_REC_MAC:
        return 6;
    case TL_REC_TEXTS:
    case TL_REC_INTERVALS:
    case TL_REC_COUNTS:
        return sizeof(struct tl_text_list);
    case TL_REC_ADDR:
        return sizeof(struct tl_addr);
    case TL_REC_OBJECTS:
        return sizeof(struct tl_object_list);
    case TL_REC_COUNT:
    case TL_REC_INTERVAL:
    case TL_REC_TIME:
    case TL_REC_INT:
    case TL_REC_DOUBLE:
        break;
    }
    return sizeof(uint64_t);
}

/* Bytes of the struct up to the last of these fields. */
static size_t struct_size(const struct tl_record_def *def, uint64_t set)
{
    size_t size = sizeof(struct tl_record);
    for (; set != 0; set &= set - 1) {
        const struct tl_record_field *field = &def->fields[__builtin_ctzll(set)];
        size_t end = field->offset + size_of(field->type);
        size = end > size ? end : size;
    }
    return size;
}

static uint64_t fields_of(const struct tl_record_def *def, const struct tl_record *record)
{
    uint64_t known = def->field_count < 64 ? (UINT64_C(1) << def->field_count) - 1 : UINT64_MAX;
    return record->set & known;
}

/* Stores where something is in place of the pointer to it. */
static void set_place(struct tl_buffer *out, size_t begin, uint32_t pointer_at, uint32_t at)
{
    uintptr_t place = at;
    if (!out->failed)
        memcpy(out->data + begin + pointer_at, &place, sizeof place);
}

static void put_inner(struct tl_buffer *out, size_t begin, uint32_t at, const struct tl_record_def *def,
                      const struct tl_record *record, unsigned depth);

static uint32_t put_texts(struct tl_buffer *out, size_t begin, const struct tl_text_list *list)
{
    uint32_t at = tl_item_append(out, begin, list->items, list->count * sizeof *list->items);
    for (uint32_t i = 0; i < list->count; i++) {
        uint32_t text = tl_item_append(out, begin, list->items[i].data, list->items[i].len);
        set_place(out, begin, at + (uint32_t)(i * sizeof *list->items + offsetof(struct tl_bytes, data)), text);
    }
    return at;
}

static uint32_t put_objects(struct tl_buffer *out, size_t begin, const struct tl_record_def *def,
                            const struct tl_object_list *list, unsigned depth)
{
    uint32_t at = tl_item_append(out, begin, list->items, (size_t)list->count * list->size);
    for (uint32_t i = 0; i < list->count && depth < TL_OBJECT_DEPTH; i++) {
        const void *object = (const uint8_t *)list->items + (size_t)i * list->size;
        put_inner(out, begin, at + i * list->size, def, object, depth + 1);
    }
    return at;
}

/* Appends what the value at this place of the struct points to. Every pointer is the first member. */
static void put_field(struct tl_buffer *out, size_t begin, uint32_t at, const struct tl_record_field *field,
                      const void *value, unsigned depth)
{
    const struct tl_bytes *text = value;
    const struct tl_count_list *counts = value; /* as long as intervals */
    const char *token;
    uint32_t inner;
    switch (field->type) {
    case TL_REC_TEXT:
        inner = tl_item_append(out, begin, text->data, text->len);
        break;
    case TL_REC_TOKEN:
        memcpy(&token, value, sizeof token);
        inner = tl_item_append(out, begin, NULL, TOKEN_MOST + 1);
        if (!out->failed)
            memcpy(out->data + begin + inner, token, strnlen(token, TOKEN_MOST));
        break;
    case TL_REC_TEXTS:
        inner = put_texts(out, begin, value);
        break;
    case TL_REC_INTERVALS:
    case TL_REC_COUNTS:
        inner = tl_item_append(out, begin, counts->items, counts->count * sizeof *counts->items);
        break;
    case TL_REC_OBJECTS:
        inner = put_objects(out, begin, field->objects, value, depth);
        break;
    case TL_REC_COUNT:
    case TL_REC_BOOL:
    case TL_REC_INTERVAL:
    case TL_REC_MAC:
    case TL_REC_ADDR:
    case TL_REC_TIME:
    case TL_REC_INT:
    case TL_REC_DOUBLE:
    default:
        return;
    }
    set_place(out, begin, at, inner);
}

static void put_inner(struct tl_buffer *out, size_t begin, uint32_t at, const struct tl_record_def *def,
                      const struct tl_record *record, unsigned depth)
{
    for (uint64_t left = fields_of(def, record); left != 0; left &= left - 1) {
        const struct tl_record_field *field = &def->fields[__builtin_ctzll(left)];
        put_field(out, begin, at + field->offset, field, (const uint8_t *)record + field->offset, depth);
    }
}

void tl_item_put_record(struct tl_buffer *out, const struct tl_record_def *def, const struct tl_record *record,
                        const struct tl_flow_id *id, unsigned decimals)
{
    size_t begin = out->len;
    struct tl_record_item item = { .def = def, .decimals = (uint8_t)decimals, .flow = id != NULL };
    if (id != NULL)
        item.id = *id;
    tl_item_end_names(&item.id);
    (void)tl_item_append(out, begin, NULL, sizeof item);
    item.record_at = tl_item_append(out, begin, record, struct_size(def, fields_of(def, record)));
    put_inner(out, begin, item.record_at, def, record, 0);
    tl_item_end(out, begin, TL_ITEM_RECORD, &item.head, sizeof item);
}

/* --- and back --- */

static void *pointer_to(uint8_t *base, void *place)
{
    uintptr_t offset;
    memcpy(&offset, place, sizeof offset);
    void *pointer = base + offset;
    memcpy(place, &pointer, sizeof pointer);
    return pointer;
}

static void turn(uint8_t *base, const struct tl_record_def *def, uint8_t *record, unsigned depth);

static void turn_field(uint8_t *base, const struct tl_record_field *field, uint8_t *value, unsigned depth)
{
    const unsigned pointers = 1u << TL_REC_TEXT | 1u << TL_REC_TOKEN | 1u << TL_REC_TEXTS | 1u << TL_REC_INTERVALS |
                              1u << TL_REC_COUNTS | 1u << TL_REC_OBJECTS;
    if ((pointers >> field->type & 1) == 0)
        return;
    uint8_t *inner = pointer_to(base, value);
    const struct tl_text_list *texts = (const void *)value;
    const struct tl_object_list *objects = (const void *)value;
    if (field->type == TL_REC_TEXTS) {
        for (uint32_t i = 0; i < texts->count; i++)
            (void)pointer_to(base, inner + i * sizeof *texts->items);
    } else if (field->type == TL_REC_OBJECTS) {
        for (uint32_t i = 0; i < objects->count && depth < TL_OBJECT_DEPTH; i++)
            turn(base, field->objects, inner + (size_t)i * objects->size, depth + 1);
    }
}

static void turn(uint8_t *base, const struct tl_record_def *def, uint8_t *record, unsigned depth)
{
    for (uint64_t left = fields_of(def, (const void *)record); left != 0; left &= left - 1) {
        const struct tl_record_field *field = &def->fields[__builtin_ctzll(left)];
        turn_field(base, field, record + field->offset, depth);
    }
}

const struct tl_record *tl_item_record(struct tl_record_item *item)
{
    uint8_t *base = (uint8_t *)item;
    turn(base, item->def, base + item->record_at, 0);
    return (const void *)(base + item->record_at);
}
