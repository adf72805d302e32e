/* shape.c - arranges the nodes of a tree as tshark does. */
#include "export/shape.h"

#include <stdlib.h>

#include "core/protocol.h"
#include "core/values.h"
#include "export/info.h"
#include "export/json.h"
#include "export/value.h"
#include "filter/layers.h"

enum {
    DEPTH_MOST = 28,   /* deeper elements are beside those at this depth */
    PARENTS_MOST = 4,  /* fields that are open for their parts */
    NO_FIELD = 0xffff,
    FIRST = 128,       /* elements of a new shape */
};

static const char *const names[] = {
    [TL_SHAPE_PROTOCOLS] = "frame.protocols",     [TL_SHAPE_DISPLAYED] = "frame.time_delta_displayed",
    [TL_SHAPE_COMMENT] = "frame.comment",         [TL_SHAPE_INTERFACE] = "frame.interface_id",
    [TL_SHAPE_INTERFACE_NAME] = "frame.interface_name",
    [TL_SHAPE_INTERFACE_DESCRIPTION] = "frame.interface_description",
    [TL_SHAPE_TCP_STREAM] = "tcp.stream",         [TL_SHAPE_UDP_STREAM] = "udp.stream",
};

/* Values that Wireshark repeats under wider names. `below`: as a part of the field. */
struct wider {
    const char *key;
    const char *names[3];
    bool below;
};

static const struct wider wider[] = {
    { "eth.dst", { "eth.addr", NULL, NULL }, true },
    { "eth.src", { "eth.addr", NULL, NULL }, true },
    { "ip.src", { "ip.addr", "ip.src_host", "ip.host" }, false },
    { "ip.dst", { "ip.addr", "ip.dst_host", "ip.host" }, false },
    { "ipv6.src", { "ipv6.addr", "ipv6.src_host", "ipv6.host" }, false },
    { "ipv6.dst", { "ipv6.addr", "ipv6.dst_host", "ipv6.host" }, false },
    { "tcp.srcport", { "tcp.port", NULL, NULL }, false },
    { "tcp.dstport", { "tcp.port", NULL, NULL }, false },
    { "udp.srcport", { "udp.port", NULL, NULL }, false },
    { "udp.dstport", { "udp.port", NULL, NULL }, false },
};

/* What is known of a field before the first packet. */
struct field_shape {
    uint32_t hash;
    uint16_t parent; /* field whose key is the longest one that this key goes on after; NO_FIELD: none */
    bool shown;
    const struct wider *wider; /* NULL: none */
    struct tl_info title;
};

struct tl_shaper {
    struct tl_protocols protocols;
    struct field_shape **fields; /* owned: by protocol and field */
};

struct builder {
    struct tl_shape *shape;
    const struct tl_shaper *shaper;
    const struct tl_tree *tree;
    const struct tl_protocol *protocol; /* of the layer */
    const struct field_shape *fields;
    unsigned bottom;                    /* depth of the layer */
    uint8_t depth_of[256];              /* of elements, by depth in the tree */
    uint32_t parents[PARENTS_MOST];     /* elements whose parts may follow */
    unsigned parent_count;
    uint32_t heading;                   /* element of the last heading; 0: none */
    uint16_t headed;                    /* its field */
};

/* FNV-1a. */
static uint32_t hash_of(const void *name, size_t len)
{
    const uint8_t *p = name;
    uint32_t h = 0x811c9dc5;
    for (size_t i = 0; i < len; i++)
        h = (h ^ p[i]) * 0x01000193;
    return h;
}

const char *const *tl_shape_names(uint32_t *count)
{
    *count = (uint32_t)TL_COUNT(names);
    return names;
}

/* --- elements --- */

static struct tl_element *add_hashed(struct tl_shape *shape, const char *key, uint32_t hash, unsigned depth)
{
    if (shape->count == shape->capacity) {
        uint32_t capacity = shape->capacity > 0 ? shape->capacity * 2 : FIRST;
        struct tl_element *grown = realloc(shape->elements, capacity * sizeof *grown);
        if (grown == NULL) {
            shape->failed = true;
            return NULL;
        }
        shape->elements = grown;
        shape->capacity = capacity;
    }
    struct tl_element *e = &shape->elements[shape->count++];
    *e = (struct tl_element){ .key = key, .hash = hash, .node = TL_NO_NODE, .kind = TL_ELEMENT_VALUE,
                              .depth = (uint8_t)(depth < DEPTH_MOST ? depth : DEPTH_MOST) };
    e->text = (uint32_t)shape->text.len;
    return e;
}

struct tl_element *tl_shape_add(struct tl_shape *shape, const char *key, unsigned depth)
{
    return add_hashed(shape, key, hash_of(key, strlen(key)), depth);
}

void tl_shape_value_end(struct tl_shape *shape, struct tl_element *element)
{
    element->text_len = (uint32_t)shape->text.len - element->text;
}

/* Names an element by the text that was appended since it was added. */
static void name_by_text(struct tl_shape *shape, struct tl_element *e)
{
    e->name = e->text;
    e->name_len = (uint32_t)shape->text.len - e->text;
    e->text += e->name_len;
    e->kind = TL_ELEMENT_GROUP;
    e->hash = e->name_len > 0 && !shape->text.failed ? hash_of(shape->text.data + e->name, e->name_len) : 0;
}

/* --- values --- */

static enum tl_wire_type wire_type_of(enum tl_type type)
{
    static const uint8_t types[] = {
        [TL_NONE] = TL_WIRE_NONE,        [TL_BOOL] = TL_WIRE_BOOL,        [TL_U8] = TL_WIRE_U8,
        [TL_U16] = TL_WIRE_U16,          [TL_U24] = TL_WIRE_U24,          [TL_U32] = TL_WIRE_U32,
        [TL_U64] = TL_WIRE_U64,          [TL_I8] = TL_WIRE_I8,            [TL_I16] = TL_WIRE_I16,
        [TL_I32] = TL_WIRE_I32,          [TL_I64] = TL_WIRE_I64,          [TL_MAC] = TL_WIRE_ETHER,
        [TL_IPV4] = TL_WIRE_IPV4,        [TL_IPV6] = TL_WIRE_IPV6,        [TL_GUID] = TL_WIRE_GUID,
        [TL_GUID_LE] = TL_WIRE_GUID,     [TL_OID] = TL_WIRE_OID,          [TL_BYTES] = TL_WIRE_BYTES,
        [TL_TEXT] = TL_WIRE_STRING,      [TL_UTF16LE] = TL_WIRE_STRING,   [TL_UTF16BE] = TL_WIRE_STRING,
        [TL_INTERVAL] = TL_WIRE_INTERVAL, [TL_TIME] = TL_WIRE_TIME,       [TL_FLOAT] = TL_WIRE_FLOAT,
        [TL_DOUBLE] = TL_WIRE_DOUBLE,    [TL_GROUP] = TL_WIRE_NONE,
    };
    return types[type];
}

static unsigned digits_of(enum tl_type type)
{
    return type == TL_U8 ? 2 : type == TL_U16 ? 4 : type == TL_U24 ? 6 : type == TL_U32 ? 8 : 16;
}

/* Puts the value as tshark shows it: text unescaped, all digits of a hexadecimal number. Returns its form. */
static enum tl_element_form put_value(struct tl_buffer *b, const struct tl_raw *raw, const struct tl_node *node,
                                      const struct tl_field *field)
{
    const struct tl_tree *tree = raw->tree;
    struct tl_bytes bytes;
    switch (field->type) {
    case TL_NONE:
    case TL_GROUP:
        return TL_FORM_NOTHING;
    case TL_BOOL:
        tl_put_char(b, node->value != 0 ? '1' : '0');
        return TL_FORM_BOOL;
    case TL_U8:
    case TL_U16:
    case TL_U24:
    case TL_U32:
    case TL_U64:
        if (field->base != TL_HEX) {
            tl_put_u64(b, node->value);
        } else {
            tl_put_lit(b, "0x");
            tl_put_hex(b, node->value, digits_of(field->type));
        }
        return TL_FORM_PLAIN;
    case TL_I8:
    case TL_I16:
    case TL_I32:
    case TL_I64:
        tl_put_i64(b, tl_value_signed(node, field));
        return TL_FORM_PLAIN;
    case TL_BYTES:
        tl_raw_put_bytes(raw, b, tl_node_bytes(tree, node), ':');
        return TL_FORM_PLAIN;
    case TL_TEXT:
        bytes = tl_node_bytes(tree, node);
        tl_put(b, bytes.len > 0 ? (const void *)bytes.data : "", bytes.len);
        return field->flags & TL_ESCAPED ? TL_FORM_ESCAPED : TL_FORM_WIRE;
    case TL_UTF16LE:
    case TL_UTF16BE:
        tl_put_safe_utf16(b, tl_node_bytes(tree, node), field->type == TL_UTF16LE);
        return TL_FORM_ESCAPED;
    case TL_TIME:
        tl_datum_put(b, &(struct tl_datum){ .type = TL_DATUM_TIME, .number = node->value });
        return TL_FORM_TIME;
    case TL_MAC:
    case TL_IPV4:
    case TL_IPV6:
    case TL_GUID:
    case TL_GUID_LE:
    case TL_OID:
    case TL_INTERVAL:
    case TL_FLOAT:
    case TL_DOUBLE:
        break;
    }
    tl_put_value(b, tree, node, field, SIZE_MAX);
    return TL_FORM_PLAIN;
}

/* --- layers --- */

/* The value under the wider names of its field. */
static void add_wider(struct builder *b, const struct wider *wide, uint32_t index)
{
    for (unsigned i = 0; i < TL_COUNT(wide->names) && wide->names[i] != NULL; i++) {
        const struct tl_element of = b->shape->elements[index];
        struct tl_element *e = tl_shape_add(b->shape, wide->names[i], of.depth + wide->below);
        if (e == NULL)
            return;
        struct tl_element copy = of;
        copy.key = e->key;
        copy.hash = e->hash;
        copy.depth = e->depth;
        copy.hidden = true;
        if (strstr(copy.key, "host") != NULL) /* text in Wireshark */
            copy.type = TL_WIRE_STRING;
        *e = copy;
    }
}

static bool holds(const struct tl_element *parent, const struct tl_node *node)
{
    return parent->source == node->source && node->len > 0 && node->off >= parent->off &&
           (uint64_t)node->off + node->len <= (uint64_t)parent->off + parent->len;
}

/* Returns the depth of a field: below the field that it is a part of, or that of the level. */
static unsigned place_of(struct builder *b, const struct tl_node *node, unsigned level)
{
    uint16_t wanted = b->fields[node->field].parent;
    while (b->parent_count > 0) {
        const struct tl_element *parent = &b->shape->elements[b->parents[b->parent_count - 1]];
        if (wanted != NO_FIELD && parent->field == &b->protocol->fields[wanted] && holds(parent, node))
            return parent->depth + 1u;
        b->parent_count--;
    }
    return level;
}

static void add_value(struct builder *b, uint32_t index, const struct tl_node *node, const struct tl_field *field)
{
    const struct field_shape *known = &b->fields[node->field];
    unsigned depth = place_of(b, node, b->depth_of[node->depth]);
    struct tl_element *e = add_hashed(b->shape, field->key, known->hash, depth);
    if (e == NULL)
        return;
    uint32_t at = b->shape->count - 1;
    e->field = field;
    e->node = index;
    e->number = node->value;
    e->source = node->source;
    e->off = node->off;
    e->len = node->len;
    e->type = (uint8_t)wire_type_of(field->type);
    e->hidden = (field->flags & TL_HIDDEN) != 0;
    e->form = (uint8_t)put_value(&b->shape->text, &b->shape->raw, node, field);
    tl_shape_value_end(b->shape, e);
    if (known->wider != NULL)
        add_wider(b, known->wider, at);
    if (b->parent_count < PARENTS_MOST && node->len > 0)
        b->parents[b->parent_count++] = at;
}

static void add_group(struct builder *b, uint32_t index, const struct tl_node *node, const struct tl_field *field)
{
    const struct field_shape *known = &b->fields[node->field];
    unsigned depth = b->depth_of[node->depth];
    struct tl_element *e;
    b->parent_count = 0;
    if (field->heading != NULL) {
        if (b->heading == 0 || b->headed != node->field) {
            e = tl_shape_add(b->shape, field->heading, depth);
            if (e == NULL)
                return;
            e->kind = TL_ELEMENT_GROUP;
            b->heading = b->shape->count - 1;
            b->headed = node->field;
        }
        depth++;
    }
    e = add_hashed(b->shape, known->title.count > 0 ? NULL : field->key, known->hash, depth);
    if (e == NULL)
        return;
    if (e->key == NULL) {
        tl_info_put(&b->shape->text, &known->title, b->protocol, b->tree, index);
        name_by_text(b->shape, e);
    }
    e->kind = TL_ELEMENT_GROUP;
    e->field = field;
    e->node = index;
    e->source = node->source;
    e->off = node->off;
    e->len = node->len;
    if (node->depth < UINT8_MAX)
        b->depth_of[node->depth + 1] = (uint8_t)(e->depth + 1);
}

/* The payload, and the number of the conversation, of a TCP or UDP layer. */
static void add_transport(struct builder *b, uint32_t index, const struct tl_datum *stream)
{
    enum tl_layer_kind kind = tl_layer_kind_of(&b->shaper->protocols, &b->tree->nodes[index]);
    bool tcp = kind == TL_LAYER_TCP;
    unsigned source;
    uint32_t off;
    struct tl_element *e = stream != NULL ? tl_shape_add(b->shape, tcp ? "tcp.stream" : "udp.stream", b->bottom + 1)
                                          : NULL;
    if (e != NULL) {
        tl_put_u64(&b->shape->text, stream->number);
        e->type = TL_WIRE_U32;
        e->source = b->tree->nodes[index].source;
        e->off = b->tree->nodes[index].off + b->tree->nodes[index].len;
        tl_shape_value_end(b->shape, e);
    }
    struct tl_bytes payload = tl_layer_payload(&b->shaper->protocols, b->tree, index);
    if (payload.len == 0 || !tl_raw_find(b->tree, payload, &source, &off))
        return;
    e = tl_shape_add(b->shape, tcp ? "tcp.payload" : "udp.payload", b->bottom + 1);
    if (e == NULL)
        return;
    tl_raw_put(&b->shape->raw, &b->shape->text, source, off, payload.len, ':');
    e->type = TL_WIRE_BYTES;
    e->source = (uint8_t)source;
    e->off = off;
    e->len = payload.len;
    tl_shape_value_end(b->shape, e);
}

static void add_layer(struct builder *b, uint32_t index, const struct tl_datum *stream)
{
    const struct tl_node *layer = &b->tree->nodes[index];
    uint32_t after = tl_tree_after(b->tree, index);
    b->protocol = b->shaper->protocols.items[layer->protocol];
    b->fields = b->shaper->fields[layer->protocol];
    b->bottom = (layer->flags & TL_NODE_QUOTED) != 0; /* inside the layer that quotes it */
    b->parent_count = 0;
    b->heading = 0;
    memset(b->depth_of, (int)b->bottom + 1, sizeof b->depth_of);
    struct tl_element *e = tl_shape_add(b->shape, b->protocol->name, b->bottom);
    if (e == NULL)
        return;
    e->kind = TL_ELEMENT_LAYER;
    e->type = TL_WIRE_PROTOCOL;
    e->protocol = b->protocol;
    e->node = index;
    e->source = layer->source;
    e->off = layer->off;
    e->len = layer->len;
    for (uint32_t i = index + 1; i < after; i++) {
        const struct tl_node *node = &b->tree->nodes[i];
        if (node->protocol != layer->protocol || node->field >= b->protocol->field_count ||
            !b->fields[node->field].shown)
            continue;
        const struct tl_field *field = &b->protocol->fields[node->field];
        if (field->type == TL_GROUP)
            add_group(b, i, node, field);
        else if (tl_value_there(b->tree, node, field))
            add_value(b, i, node, field);
    }
    add_transport(b, index, stream);
}

static void add_malformed(struct tl_shape *shape)
{
    struct tl_element *e = tl_shape_add(shape, "_ws.malformed", 0);
    if (e == NULL)
        return;
    e->kind = TL_ELEMENT_LAYER;
    e->type = TL_WIRE_PROTOCOL;
    e = tl_shape_add(shape, "_ws.malformed", 1);
    if (e == NULL)
        return;
    tl_put_lit(&shape->text, "Malformed Packet");
    e->type = TL_WIRE_STRING;
    tl_shape_value_end(shape, e);
}

/* Numbers of conversations, in the order of their layers; none if some layers have none. */
struct streams {
    const struct tl_datum *values;
    uint32_t count, next;
};

static struct streams find_streams(const struct tl_shaper *shaper, const struct tl_tree *tree,
                                   struct tl_predicate_run *run, enum tl_shape_name name, enum tl_layer_kind kind)
{
    const struct tl_field *field;
    struct streams s = { NULL, 0, 0 };
    uint32_t layers = 0;
    for (uint32_t i = 0; i < tree->count; i = tl_tree_after(tree, i))
        layers += tree->nodes[i].field == TL_LAYER && tl_layer_kind_of(&shaper->protocols, &tree->nodes[i]) == kind;
    s.values = tl_predicate_values(run, name, &s.count, &field);
    if (s.count != layers)
        s.count = 0;
    return s;
}

static const struct tl_datum *next_stream(struct streams *streams)
{
    return streams->next < streams->count ? &streams->values[streams->next++] : NULL;
}

void tl_shape_packet(struct tl_shape *shape, const struct tl_shaper *shaper, struct tl_predicate_run *run,
                     const struct tl_scene *scene)
{
    const struct tl_tree *tree = scene->tree;
    struct streams tcp = find_streams(shaper, tree, run, TL_SHAPE_TCP_STREAM, TL_LAYER_TCP);
    struct streams udp = find_streams(shaper, tree, run, TL_SHAPE_UDP_STREAM, TL_LAYER_UDP);
    struct builder b;
    bool malformed = false;
    *shape = (struct tl_shape){ 0 };
    tl_raw_init(&shape->raw, &shaper->protocols, tree);
    tl_shape_frame(shape, run, scene);
    b.shape = shape;
    b.shaper = shaper;
    b.tree = tree;
    for (uint32_t i = 0; i < tree->count; i = tl_tree_after(tree, i)) {
        const struct tl_node *node = &tree->nodes[i];
        if (node->field != TL_LAYER || node->protocol >= shaper->protocols.count)
            continue;
        enum tl_layer_kind kind = tl_layer_kind_of(&shaper->protocols, node);
        malformed |= (node->flags & TL_NODE_BAD) != 0;
        add_layer(&b, i, kind == TL_LAYER_TCP ? next_stream(&tcp) : kind == TL_LAYER_UDP ? next_stream(&udp) : NULL);
    }
    if (malformed)
        add_malformed(shape);
    for (uint32_t i = shape->count; i-- > 0;) {
        struct tl_element *e = &shape->elements[i];
        e->after = i + 1;
        while (e->after < shape->count && shape->elements[e->after].depth > e->depth)
            e->after = shape->elements[e->after].after;
    }
    shape->failed |= shape->text.failed;
}

void tl_shape_fini(struct tl_shape *shape)
{
    free(shape->elements);
    tl_buffer_fini(&shape->text);
}

/* --- names that repeat --- */

struct slot {
    uint32_t parent;
    uint32_t first, last; /* elements, + 1; first 0: the slot is free */
};

static bool same_name(const struct tl_shape *shape, const struct tl_element *a, const struct tl_element *b)
{
    if (a->hash != b->hash)
        return false;
    if (a->key != NULL && b->key != NULL)
        return a->key == b->key || strcmp(a->key, b->key) == 0;
    const char *text = (const char *)shape->text.data;
    const char *x = a->key != NULL ? a->key : text + a->name, *y = b->key != NULL ? b->key : text + b->name;
    size_t m = a->key != NULL ? strlen(a->key) : a->name_len, n = b->key != NULL ? strlen(b->key) : b->name_len;
    return m == n && memcmp(x, y, m) == 0;
}

static void link_one(struct tl_shape *shape, struct slot *slots, uint32_t mask, uint32_t index, uint32_t parent)
{
    struct tl_element *e = &shape->elements[index];
    for (uint32_t i = (e->hash ^ parent * 0x9e3779b1u) & mask;; i = (i + 1) & mask) {
        struct slot *slot = &slots[i];
        if (slot->first == 0) {
            *slot = (struct slot){ parent, index + 1, index + 1 };
            return;
        }
        if (slot->parent != parent || !same_name(shape, &shape->elements[slot->first - 1], e))
            continue;
        shape->elements[slot->last - 1].next = index;
        e->again = true;
        slot->last = index + 1;
        return;
    }
}

void tl_shape_link(struct tl_shape *shape, bool flat)
{
    uint32_t capacity = 64, parents[DEPTH_MOST + 2] = { 0 };
    while (capacity < shape->count * 2)
        capacity *= 2;
    struct slot *slots = calloc(capacity, sizeof *slots);
    if (slots == NULL) {
        shape->failed = true;
        return;
    }
    for (uint32_t i = 0; i < shape->count; i++) { /* parents are index + 1, by the depth of what is below them */
        const struct tl_element *e = &shape->elements[i];
        uint32_t parent = parents[e->depth];
        bool place = !flat || e->kind != TL_ELEMENT_GROUP;
        parents[e->depth + 1] = flat && e->kind != TL_ELEMENT_LAYER ? parent : i + 1;
        if (place)
            link_one(shape, slots, capacity - 1, i, parent);
    }
    free(slots);
}

/* --- what is known before the first packet --- */

static const struct wider *wider_of(const char *key)
{
    for (size_t i = 0; i < TL_COUNT(wider); i++)
        if (strcmp(wider[i].key, key) == 0)
            return &wider[i];
    return NULL;
}

/* Of fields that have bits or parts of their own. */
static uint16_t parent_of(const struct tl_protocol *protocol, const char *key)
{
    uint16_t found = NO_FIELD;
    size_t longest = 0;
    for (uint32_t i = 0; i < protocol->field_count; i++) {
        const struct tl_field *field = &protocol->fields[i];
        size_t len = field->key != NULL ? strlen(field->key) : 0;
        if (len <= longest || field->type < TL_U8 || field->type > TL_BYTES || (field->flags & TL_DERIVED) != 0)
            continue;
        if (strncmp(field->key, key, len) == 0 && key[len] == '.') {
            found = (uint16_t)i;
            longest = len;
        }
    }
    return found;
}

static bool know_protocol(struct field_shape *fields, const struct tl_protocol *protocol)
{
    for (uint32_t i = 0; i < protocol->field_count; i++) {
        const struct tl_field *field = &protocol->fields[i];
        struct field_shape *f = &fields[i];
        /* Of what is for lines alone, the numbers that come from the flow have Wireshark's names. */
        bool line = (field->flags & (TL_ONLY_LINE | TL_OF_FLOW)) == TL_ONLY_LINE;
        f->shown = field->key != NULL && !line;
        f->parent = NO_FIELD;
        if (!f->shown)
            continue;
        f->hash = hash_of(field->key, strlen(field->key));
        f->parent = parent_of(protocol, field->key);
        f->wider = wider_of(field->key);
        if (tl_info_compile_title(&f->title, protocol, field->title, NULL) == TL_E_RUNTIME)
            return false;
    }
    return true;
}

struct tl_shaper *tl_shaper_new(const struct tl_protocols *protocols)
{
    struct tl_shaper *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->protocols = *protocols;
    s->fields = calloc(protocols->count + 1u, sizeof *s->fields);
    for (uint32_t i = 0; s->fields != NULL && i < protocols->count; i++) {
        s->fields[i] = calloc(protocols->items[i]->field_count + 1u, sizeof *s->fields[i]);
        if (s->fields[i] == NULL || !know_protocol(s->fields[i], protocols->items[i])) {
            tl_shaper_free(s);
            return NULL;
        }
    }
    if (s->fields == NULL) {
        free(s);
        return NULL;
    }
    return s;
}

void tl_shaper_free(struct tl_shaper *s)
{
    for (uint32_t i = 0; s != NULL && i < s->protocols.count; i++) {
        for (uint32_t f = 0; s->fields[i] != NULL && f < s->protocols.items[i]->field_count; f++)
            tl_info_fini(&s->fields[i][f].title);
        free(s->fields[i]);
    }
    if (s != NULL)
        free(s->fields);
    free(s);
}

void tl_shaper_want(const struct tl_shaper *s, const struct tl_protocols *protocols, uint64_t *const wanted[])
{
    for (uint32_t p = 0; p < protocols->count; p++) {
        for (uint32_t f = 0; f < protocols->items[p]->field_count; f++) {
            if (s->fields[p][f].shown)
                wanted[p][f / 64] |= UINT64_C(1) << (f % 64);
        }
    }
}
