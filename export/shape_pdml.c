/* shape_pdml.c - shapes as PDML: <proto> for a layer, <field> for everything in it. */
#include "export/shape_text.h"

#include "core/protocol.h"
#include "core/time.h"
#include "export/json.h"
#include "export/tree_text.h"
#include "export/value.h"

enum { INDENT = 2 };

void tl_put_xml_text(struct tl_buffer *out, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        switch (data[i]) {
        case '&':
            tl_put_lit(out, "&amp;");
            break;
        case '<':
            tl_put_lit(out, "&lt;");
            break;
        case '>':
            tl_put_lit(out, "&gt;");
            break;
        case '"':
            tl_put_lit(out, "&quot;");
            break;
        default:
            tl_put_char(out, (char)data[i]);
        }
    }
}

static void put_indent(struct tl_buffer *out, unsigned level)
{
    for (unsigned i = 0; i < level * INDENT; i++)
        tl_put_char(out, ' ');
}

/* Appends the text between `from` and the end of out again, as the value of an attribute, in its place. */
static void escape_from(struct tl_buffer *out, size_t from)
{
    struct tl_buffer text = { 0 };
    if (out->failed || out->len <= from)
        return;
    tl_put(&text, out->data + from, out->len - from);
    out->len = from;
    tl_put_xml_text(out, text.data, text.failed ? 0 : text.len);
    out->failed |= text.failed;
    tl_buffer_fini(&text);
}

static void put_attribute(struct tl_buffer *out, const char *name)
{
    tl_put_char(out, ' ');
    tl_puts(out, name);
    tl_put_lit(out, "=\"");
}

/* A label with the value, as in the tree for people. */
static void put_show_name(struct tl_buffer *out, const struct tl_shape *shape, const struct tl_element *e,
                          const struct tl_protocols *protocols)
{
    size_t from = out->len;
    if (e->kind == TL_ELEMENT_LAYER) {
        tl_puts(out, e->protocol != NULL ? e->protocol->title : "");
        return;
    }
    bool bytes = e->field != NULL && e->field->type == TL_BYTES; /* without secrets */
    if (e->field == NULL || e->node == TL_NO_NODE || bytes ||
        !tl_put_node(out, protocols, shape->raw.tree, &shape->raw.tree->nodes[e->node])) {
        tl_puts(out, bytes ? e->field->label : e->key != NULL ? e->key : "");
        tl_put_lit(out, ": ");
        if (e->text_len > 0 && !shape->text.failed)
            tl_put_safe_text(out, shape->text.data + e->text, e->text_len);
    }
    escape_from(out, from);
}

static void put_show(struct tl_buffer *out, const struct tl_shape *shape, const struct tl_element *e)
{
    size_t from = out->len;
    const uint8_t *text = e->text_len > 0 && !shape->text.failed ? shape->text.data + e->text : NULL;
    if (text == NULL)
        return;
    if (e->form == TL_FORM_WIRE)
        tl_put_safe_text(out, text, e->text_len);
    else if (e->form == TL_FORM_ESCAPED)
        tl_put_safe_escaped(out, text, e->text_len);
    else
        tl_put(out, text, e->text_len);
    escape_from(out, from);
}

static void put_place(struct tl_buffer *out, const struct tl_element *e)
{
    put_attribute(out, "size");
    tl_put_u64(out, e->len);
    tl_put_lit(out, "\"");
    put_attribute(out, "pos");
    tl_put_u64(out, e->off);
    tl_put_lit(out, "\"");
}

/* The bytes of a value; of a number with a mask, the number, and the bytes beside it. */
static void put_bytes(struct tl_buffer *out, const struct tl_shape *shape, const struct tl_element *e)
{
    uint64_t mask = e->field != NULL && e->kind == TL_ELEMENT_VALUE ? e->field->mask : 0;
    if (e->len == 0)
        return;
    put_attribute(out, "value");
    if (mask != 0) {
        tl_put_format(out, "%llX\"", (unsigned long long)e->number);
        put_attribute(out, "unmaskedvalue");
    }
    tl_raw_put(&shape->raw, out, e->source, e->off, e->len, 0);
    tl_put_char(out, '"');
}

static void put_element(struct tl_buffer *out, const struct tl_shape *shape, uint32_t index,
                        const struct tl_protocols *protocols)
{
    const struct tl_element *e = &shape->elements[index];
    bool layer = e->kind == TL_ELEMENT_LAYER, closed = e->after == index + 1;
    size_t from;
    put_indent(out, e->depth + 1u);
    tl_puts(out, layer ? "<proto" : "<field");
    put_attribute(out, "name");
    if (e->key != NULL)
        tl_puts(out, e->key);
    tl_put_char(out, '"');
    if (e->kind == TL_ELEMENT_GROUP) { /* of text */
        put_attribute(out, "show");
        from = out->len;
        if (e->key == NULL && !shape->text.failed)
            tl_put_safe_text(out, shape->text.data + e->name, e->name_len);
        else if (e->field != NULL)
            tl_puts(out, e->field->label);
        else if (e->key != NULL)
            tl_puts(out, e->key);
        escape_from(out, from);
    } else {
        put_attribute(out, "showname");
        put_show_name(out, shape, e, protocols);
    }
    tl_put_char(out, '"');
    if (e->hidden)
        tl_put_lit(out, " hide=\"yes\"");
    put_place(out, e);
    if (e->kind == TL_ELEMENT_VALUE) {
        put_attribute(out, "show");
        put_show(out, shape, e);
        tl_put_char(out, '"');
    }
    if (!layer)
        put_bytes(out, shape, e);
    tl_puts(out, closed ? "/>\n" : ">\n");
}

void tl_put_pdml_packet(struct tl_buffer *out, const struct tl_scene *scene)
{
    const struct tl_packet *p = scene->packet;
    static const char *const labels[][2] = { { "num", "Number" }, { "len", "Frame Length" },
                                             { "caplen", "Captured Length" } };
    const uint64_t numbers[] = { p->number, p->len, p->caplen };
    tl_put_format(out, "  <proto name=\"geninfo\" pos=\"0\" showname=\"General information\" size=\"%u\">\n",
                  p->caplen);
    for (size_t i = 0; i < TL_COUNT(numbers); i++)
        tl_put_format(out,
                      "    <field name=\"%s\" pos=\"0\" show=\"%llu\" showname=\"%s\" value=\"%llx\" size=\"%u\"/>\n",
                      labels[i][0], (unsigned long long)numbers[i], labels[i][1], (unsigned long long)numbers[i],
                      p->caplen);
    if (tl_time_fits(p->ts)) {
        tl_put_lit(out, "    <field name=\"timestamp\" pos=\"0\" show=\"");
        tl_datum_put(out, &(struct tl_datum){ .type = TL_DATUM_TIME, .number = (uint64_t)p->ts });
        tl_put_lit(out, "\" showname=\"Captured Time\" value=\"");
        tl_put_seconds(out, p->ts, 9);
        tl_put_format(out, "\" size=\"%u\"/>\n", p->caplen);
    }
    tl_put_lit(out, "  </proto>\n");
}

/* Elements are closed when one follows that is not below them. */
void tl_put_shape_pdml(struct tl_buffer *out, const struct tl_shape *shape, const struct tl_protocols *protocols,
                       const struct tl_scene *scene)
{
    uint32_t open[UINT8_MAX + 1];
    unsigned depth = 0;
    tl_put_pdml_packet(out, scene);
    for (uint32_t i = 0; i <= shape->count && !shape->failed; i++) {
        while (depth > 0 && (i == shape->count || shape->elements[open[depth - 1]].after <= i)) {
            const struct tl_element *e = &shape->elements[open[--depth]];
            put_indent(out, e->depth + 1u);
            tl_puts(out, e->kind == TL_ELEMENT_LAYER ? "</proto>\n" : "</field>\n");
        }
        if (i == shape->count)
            break;
        put_element(out, shape, i, protocols);
        if (shape->elements[i].after > i + 1)
            open[depth++] = i;
    }
}
