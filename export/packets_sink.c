/* packets_sink.c - one JSON object per packet, one per line: layers from outer to inner, every field typed. */
#include "core/protocol.h"
#include "core/time.h"
#include "core/values.h"
#include "export/comments.h"
#include "export/json.h"
#include "export/output.h"
#include "export/value.h"

#include <stdlib.h>

enum {
    FIELDS_MOST = 1024, /* maximum fields of a protocol; further ones are left out */
    DEPTH_MOST = 16,    /* nesting depth of groups; deeper ones are only marked */
};

/* `,"dns.id":` in s->text. */
struct key {
    uint32_t off, len;
};

struct packets_sink {
    struct tl_output_sink base;
    struct tl_protocols protocols;
    struct tl_buffer text;
    struct key *keys;  /* owned; the keys of all protocols */
    uint32_t *first;   /* owned; index of each protocol's first key */
};

struct writer {
    const struct packets_sink *s;
    struct tl_buffer *out;
    const struct tl_tree *tree;
    const struct tl_protocol *protocol; /* protocol of the layer */
    const struct key *keys;
    uint16_t index;  /* index of the protocol */
    uint16_t fields; /* field count, at most FIELDS_MOST */
};

static void put_members(const struct writer *w, uint32_t first, uint32_t after, unsigned depth);

/* Each member begins with a comma; the first comma becomes the brace. */
static void put_group(const struct writer *w, uint32_t index, unsigned depth)
{
    struct tl_buffer *out = w->out;
    size_t begin = out->len;
    if (depth < DEPTH_MOST)
        put_members(w, index + 1, tl_tree_after(w->tree, index), depth + 1);
    else
        tl_put_lit(out, ",\"_cut\":true");
    if (out->failed)
        return;
    if (out->len > begin)
        out->data[begin] = '{';
    else
        tl_put_char(out, '{');
    tl_put_char(out, '}');
}

static void put_hex_string(struct tl_buffer *out, struct tl_bytes bytes)
{
    tl_put_char(out, '"');
    tl_put_hex_bytes(out, bytes.data, bytes.len, 0);
    tl_put_char(out, '"');
}

static void put_value(const struct writer *w, uint32_t index, const struct tl_field *field, unsigned depth)
{
    const struct tl_node *node = &w->tree->nodes[index];
    struct tl_buffer *out = w->out;
    struct tl_bytes text;
    if (TL_LIKELY(field->type >= TL_U8 && field->type <= TL_U64)) {
        tl_put_u64(out, node->value); /* most are this: no jump table */
        return;
    }
    switch (field->type) {
    case TL_NONE:
        tl_put_lit(out, "true");
        break;
    case TL_BOOL:
        tl_puts(out, node->value != 0 ? "true" : "false");
        break;
    case TL_U8:
    case TL_U16:
    case TL_U24:
    case TL_U32:
    case TL_U64:
        break; /* written above */
    case TL_I8:
    case TL_I16:
    case TL_I32:
    case TL_I64:
        tl_put_i64(out, tl_value_signed(node, field));
        break;
    case TL_MAC:
    case TL_IPV4:
    case TL_IPV6:
    case TL_GUID:
    case TL_GUID_LE:
    case TL_OID:
        tl_put_char(out, '"');
        tl_put_value(out, w->tree, node, field, SIZE_MAX);
        tl_put_char(out, '"');
        break;
    case TL_BYTES:
        put_hex_string(out, tl_node_bytes(w->tree, node));
        break;
    case TL_TEXT:
        text = tl_node_bytes(w->tree, node);
        if (field->flags & TL_ESCAPED)
            tl_put_json_escaped(out, text.data, text.len);
        else
            tl_put_json_text(out, text.data, text.len);
        break;
    case TL_UTF16LE:
    case TL_UTF16BE:
        tl_put_json_utf16(out, tl_node_bytes(w->tree, node), field->type == TL_UTF16LE);
        break;
    case TL_FLOAT:
        tl_put_json_float(out, tl_float_of(node->value));
        break;
    case TL_DOUBLE:
        tl_put_json_double(out, tl_double_of(node->value));
        break;
    case TL_INTERVAL:
    case TL_TIME:
        tl_put_seconds(out, (int64_t)node->value, 9);
        break;
    case TL_GROUP:
        put_group(w, index, depth);
        break;
    }
}

static inline uint32_t next_sibling(const struct tl_tree *tree, uint32_t i)
{
    if (TL_LIKELY(i + 1 == tree->count || tree->nodes[i + 1].depth <= tree->nodes[i].depth))
        return i + 1;
    return tl_tree_after(tree, i);
}

/* Puts all occurrences of a repeating field. They need not be adjacent. */
static void put_array(const struct writer *w, uint32_t index, uint32_t after, const struct tl_field *field,
                      unsigned depth)
{
    uint16_t wanted = w->tree->nodes[index].field;
    tl_put_char(w->out, '[');
    put_value(w, index, field, depth);
    for (uint32_t i = next_sibling(w->tree, index); i < after; i = next_sibling(w->tree, i)) {
        const struct tl_node *node = &w->tree->nodes[i];
        if (node->field != wanted || node->protocol != w->index || !tl_value_there(w->tree, node, field))
            continue;
        tl_put_char(w->out, ',');
        put_value(w, i, field, depth);
    }
    tl_put_char(w->out, ']');
}

/* Keys are unique in an object: a field without TL_REPEATS is written only for its first occurrence. */
static void put_members(const struct writer *w, uint32_t first, uint32_t after, unsigned depth)
{
    uint64_t written[FIELDS_MOST / 64];
    memset(written, 0, (w->fields + 63U) / 64 * sizeof *written);
    for (uint32_t i = first; i < after; i = next_sibling(w->tree, i)) {
        const struct tl_node *node = &w->tree->nodes[i];
        if (node->protocol != w->index || node->field >= w->fields)
            continue;
        uint64_t *word = &written[node->field / 64], bit = UINT64_C(1) << (node->field % 64);
        const struct tl_field *field = &w->protocol->fields[node->field];
        if ((*word & bit) != 0 || (field->flags & (TL_ONLY_LINE | TL_OF_FLOW)) != 0 || !tl_value_there(w->tree, node, field))
            continue;
        *word |= bit;
        const struct key *key = &w->keys[node->field];
        tl_put(w->out, w->s->text.data + key->off, key->len);
        if (field->flags & TL_REPEATS)
            put_array(w, i, after, field, depth);
        else
            put_value(w, i, field, depth);
    }
}

static void put_layer(const struct packets_sink *s, struct tl_buffer *out, const struct tl_tree *tree, uint32_t index)
{
    const struct tl_node *layer = &tree->nodes[index];
    const struct tl_protocol *protocol = s->protocols.items[layer->protocol];
    uint16_t fields = (uint16_t)(protocol->field_count < FIELDS_MOST ? protocol->field_count : FIELDS_MOST);
    struct writer w = { s, out, tree, protocol, s->keys + s->first[layer->protocol], layer->protocol, fields };
    tl_put_lit(out, "{\"protocol\":\"");
    tl_puts(out, protocol->name);
    tl_put_char(out, '"');
    put_members(&w, index + 1, tl_tree_after(tree, index), 0);
    if (layer->flags & TL_NODE_BAD) {
        tl_put_lit(out, ",\"_malformed\":true,\"_malformed_at\":");
        tl_put_u64(out, layer->value);
    }
    if (layer->flags & TL_NODE_SHORT)
        tl_put_lit(out, ",\"_short\":true");
    if (layer->flags & TL_NODE_CUT)
        tl_put_lit(out, ",\"_cut\":true");
    if (layer->flags & TL_NODE_QUOTED)
        tl_put_lit(out, ",\"_quoted\":true");
    tl_put_char(out, '}');
}

static void put_packet(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_packet *packet,
                       const struct tl_interface *interface, const struct tl_tree *tree)
{
    const struct packets_sink *s = (const struct packets_sink *)sink;
    tl_put_lit(out, "{\"number\":");
    tl_put_u64(out, packet->number);
    if (TL_LIKELY(tl_time_fits(packet->ts))) {
        tl_put_lit(out, ",\"ts\":");
        tl_put_seconds(out, packet->ts, interface != NULL ? interface->decimals : 6);
    } else {
        tl_put_lit(out, ",\"_ts_out_of_range\":\"");
        tl_puts(out, tl_time_outside(packet->ts));
        tl_put_char(out, '"');
    }
    tl_put_lit(out, ",\"length\":");
    tl_put_u64(out, packet->len);
    tl_put_lit(out, ",\"captured\":");
    tl_put_u64(out, packet->caplen);
    tl_put_lit(out, ",\"interface\":");
    tl_put_u64(out, packet->interface);
    if (interface != NULL && interface->name[0] != '\0') {
        tl_put_lit(out, ",\"interface_name\":");
        tl_put_json_text(out, (const uint8_t *)interface->name, strnlen(interface->name, sizeof interface->name));
    }
    if (TL_UNLIKELY(tl_has_comments(packet, interface)))
        tl_put_json_comments(out, packet, interface);
    tl_put_lit(out, ",\"layers\":[");
    bool any = false;
    for (uint32_t i = 0; i < tree->count; i = next_sibling(tree, i)) {
        if (tree->nodes[i].field != TL_LAYER || tree->nodes[i].protocol >= s->protocols.count)
            continue;
        if (any)
            tl_put_char(out, ',');
        put_layer(s, out, tree, i);
        any = true;
    }
    tl_put_lit(out, "]}\n");
}

static void want(const struct tl_sink *sink, const struct tl_protocols *protocols, uint64_t *const wanted[])
{
    (void)sink; /* wants every field */
    for (uint32_t p = 0; p < protocols->count; p++) {
        for (uint32_t f = 0; f < protocols->items[p]->field_count; f++) {
            if ((protocols->items[p]->fields[f].flags & (TL_ONLY_LINE | TL_OF_FLOW)) == 0)
                wanted[p][f / 64] |= UINT64_C(1) << (f % 64);
        }
    }
}

static void free_sink(struct tl_sink *sink)
{
    struct packets_sink *s = (struct packets_sink *)sink;
    tl_buffer_fini(&s->text);
    free(s->keys);
    free(s->first);
    tl_output_sink_free(sink);
}

static bool make_keys(struct packets_sink *s)
{
    uint32_t count = 0;
    for (uint32_t p = 0; p < s->protocols.count; p++)
        count += s->protocols.items[p]->field_count;
    s->keys = calloc((size_t)count + 1, sizeof *s->keys);
    s->first = calloc((size_t)s->protocols.count + 1, sizeof *s->first);
    if (s->keys == NULL || s->first == NULL)
        return false;
    struct key *key = s->keys;
    for (uint32_t p = 0; p < s->protocols.count; p++) {
        const struct tl_protocol *protocol = s->protocols.items[p];
        s->first[p] = (uint32_t)(key - s->keys);
        for (uint32_t f = 0; f < protocol->field_count; f++, key++) {
            key->off = (uint32_t)s->text.len;
            tl_put_lit(&s->text, ",\"");
            tl_puts(&s->text, protocol->fields[f].key);
            tl_put_lit(&s->text, "\":");
            key->len = (uint32_t)s->text.len - key->off;
        }
    }
    return !s->text.failed;
}

struct tl_sink *tl_packets_sink(struct tl_output *output, const struct tl_protocols *protocols)
{
    struct packets_sink *s = tl_output_sink_new(sizeof *s, output);
    if (s == NULL)
        return NULL;
    if (output != NULL)
        tl_output_set_lines(output);
    s->base.sink.want = want;
    s->base.sink.packet = put_packet;
    s->base.sink.free = free_sink;
    s->protocols = *protocols;
    if (!make_keys(s)) {
        free_sink(&s->base.sink);
        return NULL;
    }
    return &s->base.sink;
}
