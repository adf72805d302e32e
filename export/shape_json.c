/*
 * shape_json.c - shapes as tshark's JSON. Keys are unique in an object: values of one name are in an array, as with
 * --no-duplicate-keys. A value that has parts is followed by an object of the same name and `_tree`.
 */
#include "export/shape_text.h"

#include <time.h>

#include "core/time.h"
#include "export/json.h"

enum { INDENT = 4 }; /* levels around the members of "layers" */

struct writer {
    struct tl_buffer *out;
    const struct tl_shape *shape;
    bool raw;
};

void tl_put_index_name(struct tl_buffer *out, int64_t ts)
{
    time_t seconds = (time_t)(ts / 1000000000 - (ts % 1000000000 < 0));
    struct tm tm;
    char day[32] = "1970-01-01";
    if (tl_time_fits(ts) && localtime_r(&seconds, &tm) != NULL)
        (void)!strftime(day, sizeof day, "%Y-%m-%d", &tm);
    tl_put_lit(out, "packets-");
    tl_puts(out, day);
}

static void new_line(const struct writer *w, unsigned level)
{
    size_t n = (size_t)(level + INDENT) * 2;
    uint8_t *p = tl_buffer_room(w->out, n + 1);
    if (p == NULL)
        return;
    *p = '\n';
    memset(p + 1, ' ', n);
    w->out->len += n + 1;
}

static void put_name(const struct writer *w, const struct tl_element *e, const char *suffix)
{
    if (e->key != NULL) {
        tl_put_char(w->out, '"');
        tl_puts(w->out, e->key);
    } else {
        tl_put_json_text(w->out, w->shape->text.data + e->name, e->name_len);
        if (!w->out->failed)
            w->out->len--; /* the quote */
    }
    tl_puts(w->out, suffix);
    tl_put_lit(w->out, "\": ");
}

static void put_text(struct tl_buffer *out, const struct tl_shape *shape, const struct tl_element *e)
{
    const uint8_t *text = e->text_len > 0 && !shape->text.failed ? shape->text.data + e->text : NULL;
    if (e->form == TL_FORM_WIRE) {
        tl_put_json_text(out, text, text != NULL ? e->text_len : 0);
    } else if (e->form == TL_FORM_ESCAPED) {
        tl_put_json_escaped(out, text, text != NULL ? e->text_len : 0);
    } else {
        tl_put_char(out, '"');
        if (text != NULL)
            tl_put(out, text, e->text_len);
        tl_put_char(out, '"');
    }
}

static void put_members(const struct writer *w, uint32_t first, uint32_t after, unsigned level);

static void put_object(const struct writer *w, uint32_t index, unsigned level)
{
    const struct tl_element *e = &w->shape->elements[index];
    tl_put_char(w->out, '{');
    if (e->after > index + 1) {
        put_members(w, index + 1, e->after, level + 1);
        new_line(w, level);
    }
    tl_put_char(w->out, '}');
}

/* [bytes, offset, length, bitmask, type] */
static void put_bytes(const struct writer *w, const struct tl_element *e, unsigned level)
{
    uint64_t mask = e->field != NULL && e->kind == TL_ELEMENT_VALUE ? e->field->mask : 0;
    const uint64_t numbers[] = { e->off, e->len, mask, e->type };
    tl_put_char(w->out, '[');
    new_line(w, level + 1);
    tl_put_char(w->out, '"');
    if (mask != 0)
        tl_put_format(w->out, "%llX", (unsigned long long)e->number);
    else if (e->len > 0)
        tl_raw_put(&w->shape->raw, w->out, e->source, e->off, e->len, 0);
    tl_put_char(w->out, '"');
    for (size_t i = 0; i < TL_COUNT(numbers); i++) {
        tl_put_char(w->out, ',');
        new_line(w, level + 1);
        tl_put_u64(w->out, numbers[i]);
    }
    new_line(w, level);
    tl_put_char(w->out, ']');
}

enum part { PART_BYTES, PART_VALUE, PART_TREE };

static bool has_part(const struct tl_element *e, uint32_t index, enum part part)
{
    if (part == PART_TREE)
        return e->kind != TL_ELEMENT_VALUE || e->after > index + 1;
    if (part == PART_VALUE)
        return e->kind == TL_ELEMENT_VALUE;
    /* Groups are named by their contents. Relative numbers have no bytes, and tcp.seq_raw is the name of a field. */
    return e->kind != TL_ELEMENT_GROUP && (e->field == NULL || (e->field->flags & TL_ONLY_LINE) == 0);
}

static void put_part(const struct writer *w, uint32_t index, enum part part, unsigned level)
{
    const struct tl_element *e = &w->shape->elements[index];
    if (part == PART_TREE)
        put_object(w, index, level);
    else if (part == PART_VALUE)
        put_text(w->out, w->shape, e);
    else
        put_bytes(w, e, level);
}

/* Puts one member: what all elements of a name have of one part. Returns whether there is any. */
static bool put_member(const struct writer *w, uint32_t index, enum part part, unsigned level, bool first)
{
    static const char *const suffixes[] = { [PART_BYTES] = "_raw", [PART_VALUE] = "", [PART_TREE] = "_tree" };
    const struct tl_element *elements = w->shape->elements, *e = &elements[index];
    uint32_t count = 0;
    for (uint32_t i = index;; i = elements[i].next) {
        count += has_part(&elements[i], i, part);
        if (elements[i].next == 0)
            break;
    }
    if (count == 0)
        return false;
    if (!first)
        tl_put_char(w->out, ',');
    new_line(w, level);
    put_name(w, e, part == PART_TREE && e->kind != TL_ELEMENT_VALUE ? "" : suffixes[part]);
    if (count > 1)
        tl_put_char(w->out, '[');
    uint32_t done = 0;
    for (uint32_t i = index; done < count; i = elements[i].next) {
        if (!has_part(&elements[i], i, part))
            continue;
        if (done++ > 0)
            tl_put_char(w->out, ',');
        if (count > 1)
            new_line(w, level + 1);
        put_part(w, i, part, level + (count > 1));
    }
    if (count > 1) {
        new_line(w, level);
        tl_put_char(w->out, ']');
    }
    return true;
}

static void put_members(const struct writer *w, uint32_t first, uint32_t after, unsigned level)
{
    bool any = false;
    for (uint32_t i = first; i < after; i = w->shape->elements[i].after) {
        if (w->shape->elements[i].again)
            continue;
        for (unsigned part = PART_BYTES; part <= PART_TREE; part++)
            if (part == PART_TREE || (part == PART_BYTES) == w->raw) /* bytes in place of values */
                any |= put_member(w, i, (enum part)part, level, !any);
    }
}

void tl_put_shape_json(struct tl_buffer *out, struct tl_shape *shape, bool raw)
{
    const struct writer w = { out, shape, raw };
    tl_shape_link(shape, false);
    if (!shape->failed)
        put_members(&w, 0, shape->count, 0);
}

/* --- EK --- */

/* Dots become underscores. */
static void put_underscored(struct tl_buffer *out, const char *key)
{
    for (; *key != '\0'; key++)
        tl_put_char(out, *key == '.' ? '_' : *key);
}

static void put_utc(struct tl_buffer *out, int64_t ns)
{
    int64_t seconds = ns / 1000000000 - (ns % 1000000000 < 0);
    time_t t = (time_t)seconds;
    struct tm tm;
    char text[40];
    if (gmtime_r(&t, &tm) == NULL || strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm) == 0)
        return;
    tl_puts(out, text);
    tl_put_format(out, ".%09dZ", (int)(ns - seconds * 1000000000));
}

static void put_ek_value(struct tl_buffer *out, const struct tl_shape *shape, const struct tl_element *e)
{
    if (e->form == TL_FORM_BOOL) {
        tl_puts(out, e->text_len == 1 && !shape->text.failed && shape->text.data[e->text] == '1' ? "true" : "false");
    } else if (e->form == TL_FORM_NOTHING) {
        tl_put_lit(out, "null");
    } else if (e->form == TL_FORM_TIME) {
        tl_put_char(out, '"');
        put_utc(out, (int64_t)e->number);
        tl_put_char(out, '"');
    } else {
        put_text(out, shape, e);
    }
}

static void put_ek_layer(struct tl_buffer *out, const struct tl_shape *shape, uint32_t index);

static void put_ek_member(struct tl_buffer *out, const struct tl_shape *shape, uint32_t index, const char *layer)
{
    const struct tl_element *elements = shape->elements, *e = &elements[index];
    bool array = e->next != 0;
    tl_put_char(out, '"');
    if (e->kind != TL_ELEMENT_LAYER) {
        put_underscored(out, layer);
        tl_put_char(out, '_');
    }
    put_underscored(out, e->key);
    tl_put_lit(out, "\":");
    if (array)
        tl_put_char(out, '[');
    for (uint32_t i = index;; i = elements[i].next) {
        if (elements[i].kind == TL_ELEMENT_LAYER)
            put_ek_layer(out, shape, i);
        else
            put_ek_value(out, shape, &elements[i]);
        if (elements[i].next == 0)
            break;
        tl_put_char(out, ',');
    }
    if (array)
        tl_put_char(out, ']');
}

/* All values below a layer are beside each other; a layer inside it is an object. */
static void put_ek_layer(struct tl_buffer *out, const struct tl_shape *shape, uint32_t index)
{
    const struct tl_element *layer = &shape->elements[index];
    bool any = false;
    tl_put_char(out, '{');
    for (uint32_t i = index + 1; i < layer->after;) {
        const struct tl_element *e = &shape->elements[i];
        uint32_t next = e->kind == TL_ELEMENT_LAYER ? e->after : i + 1;
        if (e->kind != TL_ELEMENT_GROUP && !e->again) {
            if (any)
                tl_put_char(out, ',');
            put_ek_member(out, shape, i, layer->key);
            any = true;
        }
        i = next;
    }
    tl_put_char(out, '}');
}

void tl_put_shape_ek(struct tl_buffer *out, struct tl_shape *shape)
{
    bool any = false;
    tl_shape_link(shape, true);
    for (uint32_t i = 0; i < shape->count && !shape->failed; i = shape->elements[i].after) {
        if (shape->elements[i].again)
            continue;
        if (any)
            tl_put_char(out, ',');
        put_ek_member(out, shape, i, "");
        any = true;
    }
}
