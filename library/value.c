/* value.c - values for callers of the library: of packets and of records. */
#include "library/value.h"

#include "library/hold.h"

static enum taplight_type type_of(enum tl_datum_type type)
{
    static const uint8_t types[] = {
        [TL_DATUM_NONE] = TAPLIGHT_NONE,         [TL_DATUM_BOOL] = TAPLIGHT_BOOL,
        [TL_DATUM_UNSIGNED] = TAPLIGHT_UNSIGNED, [TL_DATUM_SIGNED] = TAPLIGHT_SIGNED,
        [TL_DATUM_DOUBLE] = TAPLIGHT_DOUBLE,     [TL_DATUM_TIME] = TAPLIGHT_TIME,
        [TL_DATUM_INTERVAL] = TAPLIGHT_INTERVAL, [TL_DATUM_IPV4] = TAPLIGHT_IPV4,
        [TL_DATUM_IPV6] = TAPLIGHT_IPV6,         [TL_DATUM_MAC] = TAPLIGHT_MAC,
        [TL_DATUM_GUID] = TAPLIGHT_GUID,         [TL_DATUM_OID] = TAPLIGHT_OID,
        [TL_DATUM_BYTES] = TAPLIGHT_BYTES,       [TL_DATUM_PROTOCOL] = TAPLIGHT_LAYER,
        [TL_DATUM_TEXT] = TAPLIGHT_TEXT,
    };
    return (size_t)type < sizeof types ? (enum taplight_type)types[type] : TAPLIGHT_NONE;
}

struct taplight_value tl_value_of_datum(const struct tl_datum *datum, const struct tl_field *field)
{
    struct taplight_value value = { .type = type_of(datum->type), .number = datum->number, .bytes = datum->bytes.data,
                                    .len = datum->bytes.len };
    if (field != NULL && field->names != NULL && value.type == TAPLIGHT_UNSIGNED && datum->number <= UINT32_MAX)
        value.name = tl_name_of(field->names, (uint32_t)datum->number);
    return value;
}

static struct tl_datum datum_of(const struct taplight_value *value)
{
    static const uint8_t types[] = {
        [TAPLIGHT_NONE] = TL_DATUM_NONE,         [TAPLIGHT_BOOL] = TL_DATUM_BOOL,
        [TAPLIGHT_UNSIGNED] = TL_DATUM_UNSIGNED, [TAPLIGHT_SIGNED] = TL_DATUM_SIGNED,
        [TAPLIGHT_DOUBLE] = TL_DATUM_DOUBLE,     [TAPLIGHT_TIME] = TL_DATUM_TIME,
        [TAPLIGHT_INTERVAL] = TL_DATUM_INTERVAL, [TAPLIGHT_IPV4] = TL_DATUM_IPV4,
        [TAPLIGHT_IPV6] = TL_DATUM_IPV6,         [TAPLIGHT_MAC] = TL_DATUM_MAC,
        [TAPLIGHT_GUID] = TL_DATUM_GUID,         [TAPLIGHT_OID] = TL_DATUM_OID,
        [TAPLIGHT_BYTES] = TL_DATUM_BYTES,       [TAPLIGHT_TEXT] = TL_DATUM_TEXT,
        [TAPLIGHT_LAYER] = TL_DATUM_BYTES,
    };
    struct tl_datum datum = { .type = TL_DATUM_NONE, .bits = 64, .number = value->number,
                              .bytes = tl_bytes_of(value->bytes, value->len) };
    if ((size_t)value->type < sizeof types)
        datum.type = types[value->type];
    return datum;
}

size_t taplight_value_text(const struct taplight_value *value, char *text, size_t size)
{
    struct tl_buffer out = { 0 };
    struct tl_datum datum = datum_of(value);
    tl_datum_put(&out, &datum);
    size_t len = out.failed ? 0 : out.len, n = len < size ? len : size - 1;
    if (size > 0) {
        if (n > 0)
            memcpy(text, out.data, n);
        text[n] = '\0';
    }
    tl_buffer_fini(&out);
    return len;
}

/* --- of records --- */

static struct taplight_value text_value(struct tl_bytes text)
{
    return (struct taplight_value){ .type = TAPLIGHT_TEXT, .bytes = text.data, .len = text.len };
}

struct taplight_value tl_value_of_address(uint8_t version, const uint8_t *bytes)
{
    if (version == 4)
        return (struct taplight_value){ .type = TAPLIGHT_IPV4, .number = tl_load_be32(bytes) };
    return (struct taplight_value){ .type = TAPLIGHT_IPV6, .bytes = bytes, .len = 16 };
}

struct taplight_value tl_value_of_word(const char *word)
{
    return text_value(tl_bytes_of(word, strlen(word)));
}

struct taplight_value tl_value_of_number(enum taplight_type type, uint64_t number)
{
    return (struct taplight_value){ .type = type, .number = number };
}

struct taplight_value tl_value_of_record(const struct tl_record_field *field, const void *at)
{
    const struct tl_addr *address = at;
    const struct tl_object_list *objects = at;
    struct taplight_value list = { .type = TAPLIGHT_LIST, .inner = { field, at } };
    switch (field->type) {
    case TL_REC_BOOL:
        return tl_value_of_number(TAPLIGHT_BOOL, *(const bool *)at);
    case TL_REC_INTERVAL:
        return tl_value_of_number(TAPLIGHT_INTERVAL, *(const uint64_t *)at);
    case TL_REC_TIME:
        return tl_value_of_number(TAPLIGHT_TIME, *(const uint64_t *)at);
    case TL_REC_INT:
        return tl_value_of_number(TAPLIGHT_SIGNED, *(const uint64_t *)at);
    case TL_REC_DOUBLE:
        return tl_value_of_number(TAPLIGHT_DOUBLE, *(const uint64_t *)at); /* the bits */
    case TL_REC_TEXT:
        return text_value(*(const struct tl_bytes *)at);
    case TL_REC_TOKEN:
        return tl_value_of_word(*(const char *const *)at);
    case TL_REC_MAC:
        return (struct taplight_value){ .type = TAPLIGHT_MAC, .bytes = at, .len = 6 };
    case TL_REC_ADDR:
        return tl_value_of_address(address->version, address->bytes);
    case TL_REC_TEXTS:
        list.count = ((const struct tl_text_list *)at)->count;
        return list;
    case TL_REC_INTERVALS:
        list.count = ((const struct tl_interval_list *)at)->count;
        return list;
    case TL_REC_COUNTS:
        list.count = ((const struct tl_count_list *)at)->count;
        return list;
    case TL_REC_OBJECTS:
        list.type = TAPLIGHT_OBJECTS;
        list.count = objects->count;
        return list;
    case TL_REC_COUNT:
        break;
    }
    return tl_value_of_number(TAPLIGHT_UNSIGNED, *(const uint64_t *)at);
}

bool taplight_value_item(const struct taplight_value *list, uint32_t index, struct taplight_value *item)
{
    const struct tl_record_field *field = list->inner[0];
    const void *at = list->inner[1];
    if (list->type != TAPLIGHT_LIST || index >= list->count)
        return false;
    if (field == NULL) /* the keys that were cut */
        return tl_value_of_cut(list, index, item);
    if (field->type == TL_REC_TEXTS)
        *item = text_value(((const struct tl_text_list *)at)->items[index]);
    else if (field->type == TL_REC_INTERVALS)
        *item = tl_value_of_number(TAPLIGHT_INTERVAL, (uint64_t)((const struct tl_interval_list *)at)->items[index]);
    else
        *item = tl_value_of_number(TAPLIGHT_UNSIGNED, ((const struct tl_count_list *)at)->items[index]);
    return true;
}
