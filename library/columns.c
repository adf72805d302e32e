/*
 * columns.c - whole columns: workers write a row of values for each packet, which are entered into the columns in the
 * order of the capture. An entry of a row is a byte, 1 or 0 (no value), and 8 bytes of a number; or its bytes, after
 * their length in 4 bytes if it is not fixed.
 */
#include <stdlib.h>

#include "export/raw_bytes.h"
#include "library/setup.h"

enum { FIRST_ROWS = 1024 };

/* A growing array. */
struct store {
    uint8_t *data; /* owned */
    size_t len, room;
};

struct column {
    struct taplight_column shown;
    struct store values, offsets, present;
    bool lacks;                     /* a packet has no value */
    uint8_t datum;                  /* enum tl_datum_type */
};

struct taplight_columns {
    struct tl_sink sink; /* first: functions of the sink get it */
    struct tl_sink *sinks[1];
    struct tl_setup setup;
    struct column *columns; /* owned */
    uint32_t count;
    uint64_t rows;
};

/* --- the form of a column --- */

struct form {
    uint8_t form, type; /* of the library */
    uint8_t width;
};

static struct form form_of(const struct tl_kind_of_value *kind)
{
    uint8_t width = kind->bits <= 8 ? 1 : kind->bits <= 16 ? 2 : kind->bits <= 32 ? 4 : 8;
    switch (kind->type) {
    case TL_DATUM_NONE:
        return (struct form){ TAPLIGHT_COLUMN_BOOL, TAPLIGHT_NONE, 1 };
    case TL_DATUM_BOOL:
        return (struct form){ TAPLIGHT_COLUMN_BOOL, TAPLIGHT_BOOL, 1 };
    case TL_DATUM_UNSIGNED:
        return (struct form){ TAPLIGHT_COLUMN_UINT, TAPLIGHT_UNSIGNED, width };
    case TL_DATUM_SIGNED:
        return (struct form){ TAPLIGHT_COLUMN_INT, TAPLIGHT_SIGNED, 8 };
    case TL_DATUM_DOUBLE:
        return (struct form){ TAPLIGHT_COLUMN_DOUBLE, TAPLIGHT_DOUBLE, 8 };
    case TL_DATUM_TIME:
        return (struct form){ TAPLIGHT_COLUMN_TIME, TAPLIGHT_TIME, 8 };
    case TL_DATUM_INTERVAL:
        return (struct form){ TAPLIGHT_COLUMN_INTERVAL, TAPLIGHT_INTERVAL, 8 };
    case TL_DATUM_IPV4:
        return (struct form){ TAPLIGHT_COLUMN_IPV4, TAPLIGHT_IPV4, 4 };
    case TL_DATUM_IPV6:
        return (struct form){ TAPLIGHT_COLUMN_FIXED, TAPLIGHT_IPV6, 16 };
    case TL_DATUM_MAC:
        return (struct form){ TAPLIGHT_COLUMN_FIXED, TAPLIGHT_MAC, 6 };
    case TL_DATUM_GUID:
        return (struct form){ TAPLIGHT_COLUMN_FIXED, TAPLIGHT_GUID, 16 };
    case TL_DATUM_OID:
        return (struct form){ TAPLIGHT_COLUMN_BYTES, TAPLIGHT_OID, 1 };
    case TL_DATUM_BYTES:
        return (struct form){ TAPLIGHT_COLUMN_BYTES, TAPLIGHT_BYTES, 1 };
    case TL_DATUM_PROTOCOL:
        return (struct form){ TAPLIGHT_COLUMN_BYTES, TAPLIGHT_LAYER, 1 };
    case TL_DATUM_TEXT:
    case TL_DATUM_ADDRESS:
        break;
    }
    return (struct form){ TAPLIGHT_COLUMN_TEXT, TAPLIGHT_TEXT, 1 };
}

static bool is_long(enum taplight_column_form form)
{
    return form == TAPLIGHT_COLUMN_TEXT || form == TAPLIGHT_COLUMN_BYTES;
}

/* --- in the workers --- */

static void put_number(struct tl_buffer *out, uint64_t number)
{
    uint8_t *p = tl_buffer_room(out, 9);
    if (p == NULL)
        return;
    p[0] = 1;
    memcpy(p + 1, &number, sizeof number);
    out->len += 9;
}

/* A value of another type than the column's is written as text, if the column has text. */
static void put_long(struct tl_buffer *out, const struct column *column, const struct tl_datum *datum)
{
    size_t at = out->len + 1;
    uint32_t len;
    tl_put(out, "\1\0\0\0\0", 5);
    bool plain = datum->type >= TL_DATUM_OID || column->shown.form == TAPLIGHT_COLUMN_BYTES;
    if (plain)
        tl_put(out, datum->bytes.data, datum->bytes.len);
    else
        tl_datum_put(out, datum);
    if (out->failed)
        return;
    len = (uint32_t)(out->len - at - sizeof len);
    memcpy(out->data + at, &len, sizeof len);
}

static void put_value(struct tl_buffer *out, const struct column *column, const struct tl_datum *datum)
{
    enum taplight_column_form form = column->shown.form;
    bool same = datum->type == column->datum;
    if (is_long(form)) {
        put_long(out, column, datum);
    } else if (!same || (form == TAPLIGHT_COLUMN_FIXED && datum->bytes.len < column->shown.width)) {
        tl_put_char(out, '\0');
    } else if (form == TAPLIGHT_COLUMN_FIXED) {
        tl_put_char(out, '\1');
        tl_put(out, datum->bytes.data, column->shown.width);
    } else {
        put_number(out, column->shown.type == TAPLIGHT_NONE ? 1 : datum->number);
    }
}

static void put_row(const struct tl_sink *sink, struct tl_buffer *out, struct tl_predicate_run *run,
                    const struct tl_scene *scene)
{
    const struct taplight_columns *c = (const struct taplight_columns *)sink;
    const struct tl_protocols *protocols = &c->setup.hold->names.protocols;
    tl_predicate_read(run, scene);
    for (uint32_t i = 0; i < c->count; i++) {
        const struct tl_field *field;
        uint32_t count;
        struct tl_datum *data = tl_predicate_values(run, i, &count, &field);
        if (count == 0) {
            tl_put_char(out, '\0');
            continue;
        }
        if (TL_UNLIKELY(scene->tree->hidden_count > 0) && is_long(c->columns[i].shown.form))
            data[0].bytes = tl_item_shown(scene->tree, protocols, data[0].bytes, tl_predicate_arena(run));
        put_value(out, &c->columns[i], &data[0]);
    }
    tl_predicate_read_end(run);
}

static void want_all(const struct tl_sink *sink, const struct tl_protocols *protocols, uint64_t *const wanted[])
{
    (void)sink;
    tl_want_all(protocols, wanted);
}

/* --- in the thread that writes --- */

/* Returns room for n more bytes, which are counted, or NULL. */
static uint8_t *grow(struct store *store, size_t n)
{
    if (TL_UNLIKELY(store->room - store->len < n)) {
        size_t room = store->room / 2 * 3 + n + FIRST_ROWS;
        uint8_t *more = realloc(store->data, room);
        if (more == NULL)
            return NULL;
        store->data = more;
        store->room = room;
    }
    store->len += n;
    return store->data + store->len - n;
}

/* The first packet without a value: until then all had one. */
static bool note_lack(struct column *column, uint64_t rows)
{
    if (column->lacks)
        return true;
    column->lacks = true;
    uint8_t *p = rows > 0 ? grow(&column->present, rows) : NULL;
    if (p != NULL && rows > 0)
        memset(p, 1, rows);
    return p != NULL || rows == 0;
}

static bool enter_long(struct column *column, const uint8_t **from, bool there)
{
    uint32_t len = 0;
    if (there) {
        memcpy(&len, *from, sizeof len);
        *from += sizeof len;
        uint8_t *to = len > 0 ? grow(&column->values, len) : NULL;
        if (to == NULL && len > 0)
            return false;
        if (len > 0)
            memcpy(to, *from, len);
        *from += len;
    }
    int64_t end = (int64_t)column->values.len;
    uint8_t *offset = grow(&column->offsets, sizeof end);
    if (offset != NULL)
        memcpy(offset, &end, sizeof end);
    return offset != NULL;
}

static bool enter(struct column *column, const uint8_t **from, uint64_t rows)
{
    bool there = *(*from)++ != 0;
    if (TL_UNLIKELY(!there) && !note_lack(column, rows))
        return false;
    if (column->lacks) {
        uint8_t *present = grow(&column->present, 1);
        if (present == NULL)
            return false;
        *present = there;
    }
    if (is_long(column->shown.form))
        return enter_long(column, from, there);
    uint32_t width = column->shown.width;
    uint8_t *to = grow(&column->values, width);
    if (to == NULL)
        return false;
    if (!there) {
        memset(to, 0, width);
        return true;
    }
    switch (width) { /* numbers are little-endian, as all else here is only where that is so */
    case 1:
        *to = **from;
        break;
    case 2:
        memcpy(to, *from, 2);
        break;
    case 4:
        memcpy(to, *from, 4);
        break;
    default:
        memcpy(to, *from, width);
        break;
    }
    *from += column->shown.form == TAPLIGHT_COLUMN_FIXED ? width : 8;
    return true;
}

static enum tl_failure write_rows(struct tl_sink *sink, const uint8_t *data, size_t len, struct tl_error *error)
{
    struct taplight_columns *c = (struct taplight_columns *)sink;
    const uint8_t *end = data + len;
    while (data < end) {
        for (uint32_t i = 0; i < c->count; i++) {
            if (!enter(&c->columns[i], &data, c->rows))
                return tl_error_set(error, TL_E_RUNTIME, "out of memory after %llu packets: name fewer fields",
                                    (unsigned long long)c->rows);
        }
        c->rows++;
    }
    return TL_E_NONE;
}

static enum tl_failure end_rows(struct tl_sink *sink, struct tl_error *error)
{
    (void)sink;
    (void)error;
    return TL_E_NONE;
}

static void no_free(struct tl_sink *sink)
{
    (void)sink;
}

/* --- the whole --- */

static bool make_columns(struct taplight_columns *c)
{
    static const int64_t zero = 0;
    uint32_t count = (uint32_t)c->setup.options.field_count;
    c->columns = calloc(count, sizeof *c->columns);
    for (; c->columns != NULL && c->count < count; c->count++) {
        struct column *column = &c->columns[c->count];
        const struct tl_kind_of_value kind = tl_predicate_kind(c->setup.names, c->count);
        const struct form form = form_of(&kind);
        column->datum = (uint8_t)kind.type;
        column->shown = (struct taplight_column){ .name = c->setup.fields[c->count],
                                                  .form = (enum taplight_column_form)form.form,
                                                  .type = (enum taplight_type)form.type, .width = form.width };
        uint8_t *first = is_long(column->shown.form) ? grow(&column->offsets, sizeof zero) : NULL;
        if (first != NULL)
            memcpy(first, &zero, sizeof zero);
        else if (is_long(column->shown.form))
            return false;
    }
    return c->columns != NULL;
}

/* Gives back what was reserved for more rows. */
static const void *shrink(struct store *store)
{
    uint8_t *less = realloc(store->data, store->len > 0 ? store->len : 1);
    if (less != NULL) {
        store->data = less;
        store->room = store->len;
    }
    return store->data;
}

static void show(struct taplight_columns *c)
{
    for (uint32_t i = 0; i < c->count; i++) {
        struct column *column = &c->columns[i];
        column->shown.count = c->rows;
        column->shown.values = shrink(&column->values);
        if (is_long(column->shown.form))
            column->shown.offsets = (const int64_t *)shrink(&column->offsets);
        if (column->lacks)
            column->shown.present = shrink(&column->present);
    }
}

static void set_sink(struct taplight_columns *c)
{
    const struct taplight_options *o = &c->setup.options;
    bool bytes = !o->secrets && tl_keys_have_bytes(o->fields, (uint32_t)o->field_count);
    c->sink = (struct tl_sink){ .want = bytes ? want_all : NULL, .values = put_row, .names = c->setup.names,
                                .only_values = true,
                                .write = write_rows, .close = end_rows, .free = no_free };
    c->sinks[0] = &c->sink;
}

static bool fill(struct taplight_columns *c, const struct taplight_options *options, struct taplight_error *error)
{
    struct tl_error reason = { .kind = TL_E_NONE };
    if (!tl_setup_init(&c->setup, options, true, error))
        return false;
    if (!make_columns(c)) {
        tl_set_failure(error, TL_E_RUNTIME, "out of memory");
        return false;
    }
    set_sink(c);
    struct tl_engine *engine = tl_setup_engine(&c->setup, c->sinks, error);
    if (engine == NULL)
        return false;
    enum tl_failure failure = tl_engine_run(engine, &reason);
    tl_engine_free(engine);
    if (failure != TL_E_NONE)
        tl_set_failure(error, failure, "%s", reason.text);
    show(c);
    return failure == TL_E_NONE || failure == TL_E_DAMAGED;
}

struct taplight_columns *taplight_columns(const struct taplight_options *options, struct taplight_error *error)
{
    struct taplight_columns *c = calloc(1, sizeof *c);
    if (error != NULL)
        *error = (struct taplight_error){ .kind = TAPLIGHT_FINE };
    if (c == NULL) {
        tl_set_failure(error, TL_E_RUNTIME, "out of memory");
        return NULL;
    }
    if (fill(c, options, error))
        return c;
    taplight_columns_free(c);
    return NULL;
}

const struct taplight_column *taplight_columns_get(const struct taplight_columns *columns, size_t index)
{
    return index < columns->count ? &columns->columns[index].shown : NULL;
}

void taplight_columns_free(struct taplight_columns *c)
{
    if (c == NULL)
        return;
    for (uint32_t i = 0; i < c->count; i++) {
        free(c->columns[i].values.data);
        free(c->columns[i].offsets.data);
        free(c->columns[i].present.data);
    }
    free(c->columns);
    tl_setup_fini(&c->setup);
    free(c);
}
