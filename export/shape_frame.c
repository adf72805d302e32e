/* shape_frame.c - the layer `frame`: what is known of a packet as a whole. */
#include "export/shape.h"

#include "core/time.h"

enum { DEPTH = 1 };

/* Numbers of link types in Wireshark, by LINKTYPE_ value. */
static unsigned encapsulation_of(uint16_t linktype)
{
    static const struct {
        uint16_t linktype, number;
    } known[] = {
        { 0, 15 },   { 1, 1 },    { 6, 2 },    { 8, 3 },     { 9, 4 },     { 10, 5 },    { 12, 7 },   { 50, 19 },
        { 51, 19 },  { 100, 11 }, { 101, 7 },  { 104, 28 },  { 105, 20 },  { 107, 27 },  { 108, 15 }, { 113, 25 },
        { 119, 21 }, { 127, 23 }, { 144, 44 }, { 163, 22 },  { 192, 74 },  { 195, 104 }, { 228, 129 }, { 229, 130 },
        { 276, 210 },
    };
    for (size_t i = 0; i < TL_COUNT(known); i++)
        if (known[i].linktype == linktype)
            return known[i].number;
    return 0;
}

static void add_number(struct tl_shape *shape, const char *key, uint64_t number, enum tl_wire_type type)
{
    struct tl_element *e = tl_shape_add(shape, key, DEPTH);
    if (e == NULL)
        return;
    tl_put_u64(&shape->text, number);
    e->type = (uint8_t)type;
    tl_shape_value_end(shape, e);
}

static void add_flag(struct tl_shape *shape, const char *key)
{
    struct tl_element *e = tl_shape_add(shape, key, DEPTH);
    if (e == NULL)
        return;
    tl_put_char(&shape->text, '0');
    e->type = TL_WIRE_BOOL;
    e->form = TL_FORM_BOOL;
    tl_shape_value_end(shape, e);
}

static void add_seconds(struct tl_shape *shape, const char *key, int64_t ns)
{
    struct tl_element *e = ns != INT64_MIN && ns != INT64_MAX ? tl_shape_add(shape, key, DEPTH) : NULL;
    if (e == NULL)
        return;
    tl_put_seconds(&shape->text, ns, 9);
    e->type = TL_WIRE_INTERVAL;
    tl_shape_value_end(shape, e);
}

/* Adds the values of a name. */
static void add_values(struct tl_shape *shape, const char *key, struct tl_predicate_run *run, enum tl_shape_name name,
                       unsigned depth)
{
    const struct tl_field *field;
    uint32_t count;
    const struct tl_datum *values = tl_predicate_values(run, name, &count, &field);
    for (uint32_t i = 0; i < count; i++) {
        struct tl_element *e = tl_shape_add(shape, key, depth);
        if (e == NULL)
            return;
        tl_datum_put(&shape->text, &values[i]);
        e->type = values[i].type == TL_DATUM_TEXT       ? TL_WIRE_STRING
                  : values[i].type == TL_DATUM_INTERVAL ? TL_WIRE_INTERVAL
                                                        : TL_WIRE_U32;
        e->form = values[i].type == TL_DATUM_TEXT ? TL_FORM_WIRE : TL_FORM_PLAIN;
        tl_shape_value_end(shape, e);
    }
}

static bool has(struct tl_predicate_run *run, enum tl_shape_name name)
{
    const struct tl_field *field;
    uint32_t count;
    tl_predicate_values(run, name, &count, &field);
    return count > 0;
}

static void add_layer(struct tl_shape *shape, const char *key, const struct tl_scene *scene)
{
    struct tl_element *e = tl_shape_add(shape, key, 0);
    if (e == NULL)
        return;
    e->kind = TL_ELEMENT_LAYER;
    e->type = TL_WIRE_PROTOCOL;
    e->len = scene->packet->caplen;
}

static void add_times(struct tl_shape *shape, struct tl_predicate_run *run, const struct tl_scene *scene)
{
    int64_t ts = scene->packet->ts;
    if (!tl_time_fits(ts))
        return;
    struct tl_element *e = tl_shape_add(shape, "frame.time", DEPTH);
    if (e != NULL) {
        tl_datum_put(&shape->text, &(struct tl_datum){ .type = TL_DATUM_TIME, .number = (uint64_t)ts });
        e->type = TL_WIRE_TIME;
        e->form = TL_FORM_TIME;
        e->number = (uint64_t)ts;
        tl_shape_value_end(shape, e);
    }
    add_seconds(shape, "frame.offset_shift", 0);
    add_seconds(shape, "frame.time_epoch", ts);
    add_seconds(shape, "frame.time_delta", tl_time_between(scene->previous_ts, ts));
    add_values(shape, "frame.time_delta_displayed", run, TL_SHAPE_DISPLAYED, DEPTH);
    add_seconds(shape, "frame.time_relative", tl_time_between(scene->first_ts, ts));
}

void tl_shape_frame(struct tl_shape *shape, struct tl_predicate_run *run, const struct tl_scene *scene)
{
    const struct tl_packet *packet = scene->packet;
    unsigned encapsulation = encapsulation_of(packet->linktype);
    if (has(run, TL_SHAPE_COMMENT)) {
        add_layer(shape, "pkt_comment", scene);
        add_values(shape, "frame.comment", run, TL_SHAPE_COMMENT, DEPTH);
    }
    add_layer(shape, "frame", scene);
    if (has(run, TL_SHAPE_INTERFACE)) {
        if (scene->interface != NULL && scene->interface->section != UINT32_MAX)
            add_number(shape, "frame.section_number", (uint64_t)scene->interface->section + 1, TL_WIRE_U32);
        add_values(shape, "frame.interface_id", run, TL_SHAPE_INTERFACE, DEPTH);
        add_values(shape, "frame.interface_name", run, TL_SHAPE_INTERFACE_NAME, DEPTH + 1);
        add_values(shape, "frame.interface_description", run, TL_SHAPE_INTERFACE_DESCRIPTION, DEPTH + 1);
    }
    if (encapsulation != 0)
        add_number(shape, "frame.encap_type", encapsulation, TL_WIRE_I16);
    add_times(shape, run, scene);
    add_number(shape, "frame.number", packet->number, TL_WIRE_U32);
    add_number(shape, "frame.len", packet->len, TL_WIRE_U32);
    add_number(shape, "frame.cap_len", packet->caplen, TL_WIRE_U32);
    add_flag(shape, "frame.marked");
    add_flag(shape, "frame.ignored");
    add_values(shape, "frame.protocols", run, TL_SHAPE_PROTOCOLS, DEPTH);
}
