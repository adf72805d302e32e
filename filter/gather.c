/* gather.c - the values of a name in a decoded packet. */
#include "filter/run.h"

#include "core/protocol.h"
#include "core/range.h"
#include "filter/layers.h"

/* Counts the layers of each site's protocol, for # */
struct counting {
    uint32_t seen[TL_SITES_MOST], total[TL_SITES_MOST];
};

static bool is_layer_of(const struct tl_node *node, uint16_t protocol)
{
    return node->field == TL_LAYER && node->protocol == protocol;
}

static void count_layers(const struct tl_tree *tree, const struct tl_reference *reference, struct counting *counting)
{
    for (uint32_t i = 0; i < tree->count; i++) {
        for (uint32_t k = 0; k < reference->site_count; k++)
            counting->total[k] += is_layer_of(&tree->nodes[i], reference->sites[k].protocol);
    }
}

/* --- values of nodes --- */

static uint64_t signed_number(enum tl_type type, uint64_t value)
{
    if (type == TL_I8)
        return (uint64_t)(int64_t)(int8_t)(uint8_t)value;
    if (type == TL_I16)
        return (uint64_t)(int64_t)(int16_t)(uint16_t)value;
    return type == TL_I32 ? (uint64_t)(int64_t)(int32_t)(uint32_t)value : value;
}

/* UTF-16 as UTF-8; what is no character becomes U+FFFD. */
static struct tl_bytes from_utf16(struct tl_predicate_run *run, struct tl_bytes text, bool little)
{
    uint8_t *out = tl_arena_alloc(&run->arena, text.len * 2u + 4);
    uint32_t n = 0;
    for (uint32_t i = 0; out != NULL && i + 1 < text.len; i += 2) {
        uint32_t c = little ? tl_load_le16(text.data + i) : tl_load_be16(text.data + i);
        if (c >= 0xd800 && c < 0xdc00 && i + 3 < text.len) {
            uint32_t low = little ? tl_load_le16(text.data + i + 2) : tl_load_be16(text.data + i + 2);
            if (low >= 0xdc00 && low < 0xe000) {
                c = 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff));
                i += 2;
            }
        }
        if (c >= 0xd800 && c < 0xe000)
            c = 0xfffd;
        unsigned more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
        out[n++] = (uint8_t)(more == 0 ? c : (0xf00u >> more & 0xff) | c >> (6 * more));
        for (unsigned k = 1; k <= more; k++)
            out[n++] = (uint8_t)(0x80 | (c >> (6 * (more - k)) & 0x3f));
    }
    return (struct tl_bytes){ out, n };
}

/* The first three parts of a GUID in network order. */
static struct tl_bytes turned_guid(struct tl_predicate_run *run, struct tl_bytes guid)
{
    static const uint8_t from[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
    uint8_t *out = guid.len >= 16 ? tl_arena_alloc(&run->arena, 16) : NULL;
    for (unsigned i = 0; out != NULL && i < 16; i++)
        out[i] = guid.data[from[i]];
    return (struct tl_bytes){ out, out != NULL ? 16 : 0 };
}

static uint32_t fixed_size(enum tl_type type)
{
    return type == TL_MAC ? 6 : type == TL_IPV4 ? 4 : type >= TL_IPV6 && type <= TL_GUID_LE ? 16 : 0;
}

/* Returns false if the node has no value: an address that is not whole. */
static bool value_of(struct tl_predicate_run *run, const struct tl_node *node, const struct tl_field *field,
                     const struct tl_kind_of_value *kind, struct tl_datum *value)
{
    *value = (struct tl_datum){ .type = (uint8_t)kind->type, .bits = kind->bits, .number = node->value };
    if (field->type >= TL_I8 && field->type <= TL_I64)
        value->number = signed_number(field->type, node->value);
    if (field->type == TL_FLOAT) {
        float small;
        uint32_t bits = (uint32_t)node->value;
        memcpy(&small, &bits, sizeof small);
        double wide = (double)small;
        memcpy(&value->number, &wide, sizeof wide);
    }
    if (field->type < TL_MAC || field->type > TL_UTF16BE)
        return true;
    value->bytes = tl_node_bytes(run->scene->tree, node);
    if (value->bytes.len < fixed_size(field->type))
        return false;
    if (field->type == TL_IPV4)
        value->number = tl_load_be32(value->bytes.data);
    else if (field->type == TL_UTF16LE || field->type == TL_UTF16BE)
        value->bytes = from_utf16(run, value->bytes, field->type == TL_UTF16LE);
    else if (field->type == TL_GUID_LE)
        value->bytes = turned_guid(run, value->bytes);
    return true;
}

bool tl_predicate_node(struct tl_predicate_run *run, const struct tl_node *node, const struct tl_field *field,
                       struct tl_datum *value)
{
    const struct tl_kind_of_value kind = tl_kind_of_field(field);
    return value_of(run, node, field, &kind, value);
}

static void add_raw(struct tl_predicate_run *run, const struct tl_node *node, struct tl_values *values)
{
    const struct tl_tree *tree = run->scene->tree;
    struct tl_node plain = *node;
    plain.flags &= (uint16_t)~TL_NODE_ARENA;
    tl_values_add(run, values, &(struct tl_datum){ .type = TL_DATUM_BYTES, .bytes = tl_node_bytes(tree, &plain) });
}

static void add_node(struct tl_predicate_run *run, const struct tl_reference *reference, uint32_t index,
                     struct tl_field_site site, struct tl_values *values)
{
    const struct tl_protocols *protocols = &run->predicate->names.protocols;
    const struct tl_node *node = &run->scene->tree->nodes[index];
    struct tl_datum value;
    if (site.field == TL_LAYER) {
        value = (struct tl_datum){ .type = TL_DATUM_PROTOCOL,
                                   .bytes = tl_layer_bytes(protocols, run->scene->tree, index),
                                   .after = tl_layer_after(protocols, run->scene->tree, index) };
        tl_values_add(run, values, &value);
        return;
    }
    if (reference->raw) {
        add_raw(run, node, values);
        return;
    }
    const struct tl_field *field = &protocols->items[site.protocol]->fields[site.field];
    struct tl_kind_of_value kind = reference->kind;
    if (reference->as_text)
        kind = (struct tl_kind_of_value){ field->type == TL_IPV4 ? TL_DATUM_IPV4 : TL_DATUM_IPV6, 128, NULL };
    if (!value_of(run, node, field, &kind, &value))
        return;
    struct tl_datum text;
    if (!reference->as_text)
        tl_values_add(run, values, &value);
    else if (tl_calculate_function(TL_OPERATION_STRING, &value, &run->arena, &text))
        tl_values_add(run, values, &text);
}

/* --- conversations --- */

static bool is_special_layer(const struct tl_protocols *protocols, const struct tl_node *node, enum tl_special special)
{
    enum tl_layer_kind kind = tl_layer_kind_of(protocols, node);
    bool tcp = special == TL_SPECIAL_TCP_STREAM || special == TL_SPECIAL_TCP_PAYLOAD;
    return kind == (tcp ? TL_LAYER_TCP : TL_LAYER_UDP);
}

static void add_special(struct tl_predicate_run *run, const struct tl_reference *reference, uint32_t index,
                        struct tl_values *values)
{
    const struct tl_protocols *protocols = &run->predicate->names.protocols;
    struct tl_datum value = { .type = (uint8_t)reference->kind.type, .bits = reference->kind.bits };
    struct tl_endpoints endpoints;
    uint32_t number;
    if (reference->kind.type == TL_DATUM_BYTES) {
        value.bytes = tl_layer_payload(protocols, run->scene->tree, index);
        if (value.bytes.len > 0)
            tl_values_add(run, values, &value);
        return;
    }
    if (run->streams == NULL || !tl_layer_endpoints(protocols, run->scene->tree, index, &endpoints) ||
        !tl_streams_find(run->streams, &endpoints, &number))
        return;
    value.number = number;
    tl_values_add(run, values, &value);
}

static void gather_special(struct tl_predicate_run *run, const struct tl_reference *reference, struct tl_values *values)
{
    const struct tl_protocols *protocols = &run->predicate->names.protocols;
    const struct tl_tree *tree = run->scene->tree;
    uint32_t layers = 0, total = 0;
    for (uint32_t i = 0; reference->layer_count > 0 && i < tree->count; i++)
        total += is_special_layer(protocols, &tree->nodes[i], reference->special);
    for (uint32_t i = 0; i < tree->count; i++) {
        if (reference->special == TL_SPECIAL_MALFORMED) {
            if (tree->nodes[i].field == TL_LAYER && (tree->nodes[i].flags & TL_NODE_BAD) != 0)
                tl_values_add(run, values, &(struct tl_datum){ .type = TL_DATUM_NONE });
            continue;
        }
        if (!is_special_layer(protocols, &tree->nodes[i], reference->special))
            continue;
        layers++;
        if (reference->layer_count == 0 ||
            tl_spans_have(reference->layers, reference->layer_count, layers, total + 1))
            add_special(run, reference, i, values);
    }
}

void tl_gather_packet(struct tl_predicate_run *run, const struct tl_reference *reference, struct tl_values *values)
{
    const struct tl_tree *tree = run->scene->tree;
    struct counting counting = { .seen = { 0 } };
    if (reference->special != TL_SPECIAL_NONE) {
        if (!tl_gather_frame(run, reference, values))
            gather_special(run, reference, values);
        return;
    }
    if (reference->layer_count > 0)
        count_layers(tree, reference, &counting);
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct tl_node *node = &tree->nodes[i];
        for (uint32_t k = 0; k < reference->site_count; k++) {
            const struct tl_field_site site = reference->sites[k];
            counting.seen[k] += is_layer_of(node, site.protocol);
            if (node->protocol != site.protocol || node->field != site.field)
                continue;
            /* layers count from 1; from the end, -1 is the last */
            if (reference->layer_count == 0 ||
                tl_spans_have(reference->layers, reference->layer_count, counting.seen[k], counting.total[k] + 1))
                add_node(run, reference, i, site, values);
        }
    }
}
