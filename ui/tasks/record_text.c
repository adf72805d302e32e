/* record_text.c - walks over the definition of a record; all text is escaped. */
#include "ui/tasks/record_text.h"

#include "core/values.h"
#include "export/json.h"

enum { KEY_WIDTH = 22, LEVEL_BLANKS = 2 };

static void put_blanks(struct tl_buffer *b, unsigned level)
{
    for (unsigned i = 0; i < level * LEVEL_BLANKS; i++)
        tl_put_char(b, ' ');
}

static void put_key(struct tl_buffer *b, const char *key, unsigned level)
{
    put_blanks(b, level);
    tl_puts(b, key);
    for (size_t n = strlen(key) + level * LEVEL_BLANKS; n + 1 < KEY_WIDTH; n++)
        tl_put_char(b, ' ');
    tl_put_char(b, ' ');
}

static void put_text(struct tl_buffer *b, const struct tl_bytes *text, bool escaped)
{
    if (escaped)
        tl_put_safe_escaped(b, text->data, text->len);
    else
        tl_put_safe_text(b, text->data, text->len);
}

static void put_interval(struct tl_buffer *b, int64_t ns, unsigned decimals)
{
    if (ns < 0)
        tl_put_char(b, '-');
    tl_put_seconds(b, ns < 0 ? -ns : ns, decimals);
    tl_put_lit(b, " s");
}

static void put_single(struct tl_buffer *b, const struct tl_record_field *field, const void *value, unsigned decimals)
{
    const struct tl_addr *addr = value;
    switch (field->type) {
    case TL_REC_TEXT:
        put_text(b, value, field->escaped);
        break;
    case TL_REC_TOKEN:
        tl_puts(b, *(const char *const *)value);
        break;
    case TL_REC_COUNT:
        tl_put_u64(b, *(const uint64_t *)value);
        break;
    case TL_REC_INT:
        tl_put_i64(b, *(const int64_t *)value);
        break;
    case TL_REC_DOUBLE:
        tl_put_json_double(b, *(const double *)value);
        break;
    case TL_REC_BOOL:
        tl_puts(b, *(const bool *)value ? "yes" : "no");
        break;
    case TL_REC_INTERVAL:
        put_interval(b, *(const int64_t *)value, decimals);
        break;
    case TL_REC_TIME:
        tl_put_seconds(b, *(const int64_t *)value, decimals);
        break;
    case TL_REC_MAC:
        tl_put_mac(b, value);
        break;
    case TL_REC_ADDR:
        if (addr->version == 4)
            tl_put_ipv4(b, addr->bytes);
        else
            tl_put_ipv6(b, addr->bytes);
        break;
    case TL_REC_TEXTS:
    case TL_REC_INTERVALS:
    case TL_REC_COUNTS:
    case TL_REC_OBJECTS:
        break; /* put_items() */
    }
}

/* The first item is on the line of the key, the others are below it. */
static void put_items(struct tl_buffer *b, const struct tl_record_field *field, const void *value, unsigned level,
                      unsigned decimals)
{
    const struct tl_text_list *texts = value;
    const struct tl_interval_list *intervals = value;
    const struct tl_count_list *counts = value;
    uint32_t count = field->type == TL_REC_TEXTS       ? texts->count
                     : field->type == TL_REC_INTERVALS ? intervals->count
                                                       : counts->count;
    for (uint32_t i = 0; i < count; i++) {
        put_key(b, i == 0 ? field->key : "", level);
        if (field->type == TL_REC_TEXTS)
            put_text(b, &texts->items[i], field->escaped);
        else if (field->type == TL_REC_INTERVALS)
            put_interval(b, intervals->items[i], decimals);
        else
            tl_put_u64(b, counts->items[i]);
        tl_put_char(b, '\n');
    }
}

static bool is_list(enum tl_record_type type)
{
    return type == TL_REC_TEXTS || type == TL_REC_INTERVALS || type == TL_REC_COUNTS;
}

/* A list of objects waits on the stack, one a level, while one of its objects is written. */
struct level {
    const struct tl_record_def *def;
    const struct tl_object_list *list; /* NULL: the record itself */
    const struct tl_record *object;
    uint32_t at;    /* in list */
    uint32_t field; /* the next one */
};

/* Writes fields from *field on until one is a list of objects, which is returned with its definition; NULL: none is. */
static const struct tl_record_field *put_fields(struct tl_buffer *b, struct level *l, unsigned level, unsigned decimals)
{
    while (l->field < l->def->field_count) {
        uint32_t i = l->field++;
        const struct tl_record_field *field = &l->def->fields[i];
        const void *value = (const uint8_t *)l->object + field->offset;
        if ((l->object->set >> i & 1) == 0)
            continue;
        if (field->type == TL_REC_OBJECTS)
            return field;
        if (is_list(field->type)) {
            put_items(b, field, value, level, decimals);
            continue;
        }
        put_key(b, field->key, level);
        put_single(b, field, value, decimals);
        tl_puts(b, l->object->cut >> i & 1 ? " (cut)\n" : "\n");
    }
    return NULL;
}

/* The next object of the list; false: there is none. */
static bool next_object(struct tl_buffer *b, struct level *l, unsigned level)
{
    if (l->list == NULL || l->at >= l->list->count)
        return false;
    l->object = (const struct tl_record *)(const void *)((const uint8_t *)l->list->items +
                                                         (size_t)l->at * l->list->size);
    l->at++;
    l->field = 0;
    put_blanks(b, level - 1);
    tl_put_format(b, "- %u of %u\n", l->at, l->list->count);
    return true;
}

void tl_put_record_text(struct tl_buffer *out, const struct tl_record_def *def, const struct tl_record *record,
                        unsigned decimals)
{
    struct level levels[TL_OBJECT_DEPTH + 1] = { { .def = def, .object = record } };
    unsigned depth = 0;
    for (;;) {
        struct level *l = &levels[depth];
        const struct tl_record_field *field = put_fields(out, l, depth, decimals);
        if (field != NULL && depth < TL_OBJECT_DEPTH) {
            const void *value = (const uint8_t *)l->object + field->offset;
            put_key(out, field->key, depth);
            tl_put_char(out, '\n');
            levels[depth + 1] = (struct level){ .def = field->objects, .list = value };
            if (next_object(out, &levels[depth + 1], depth + 1))
                depth++;
            continue;
        }
        if (field != NULL)
            continue;
        if (depth == 0)
            return;
        if (!next_object(out, &levels[depth], depth)) /* the fields after the list follow */
            depth--;
    }
}
