/* item.c - packets as items: the packet, its tree, and values of names. */
#include "library/item.h"

#include "export/raw_bytes.h"

/* Appends the packet's bytes, what its options and its stored time need with them. Returns where the bytes are. */
static uint32_t put_bytes(struct tl_buffer *out, size_t begin, const struct tl_packet *packet)
{
    size_t len = packet->caplen;
    if (packet->options_len > 0)
        len = ((len + 3) & ~(size_t)3) + packet->options_len;
    size_t before = packet->stored_time ? 16 : 0;
    uint32_t at = tl_item_append(out, begin, packet->bytes - before, before + len);
    return at + (uint32_t)before;
}

/* Which sources have nodes; the packet always counts. */
static uint64_t used_sources(const struct tl_tree *tree)
{
    uint64_t used = 1;
    for (uint32_t i = 0; i < tree->count; i++)
        used |= UINT64_C(1) << (tree->nodes[i].source & 63);
    return used;
}

static void put_sources(struct tl_buffer *out, size_t begin, const struct tl_tree *tree, struct tl_packet_item *item)
{
    struct tl_item_source sources[TL_TREE_SOURCES];
    uint64_t used = used_sources(tree);
    uint32_t count = tree->source_count < TL_TREE_SOURCES ? tree->source_count : TL_TREE_SOURCES;
    memset(sources, 0, count * sizeof *sources);
    for (uint32_t i = 0; i < count; i++) {
        sources[i].label = tree->sources[i].label;
        sources[i].len = used >> i & 1 ? tree->sources[i].len : 0;
        if (i == 0)
            sources[i].at = item->bytes_at;
        else if (sources[i].len > 0)
            sources[i].at = tl_item_append(out, begin, tree->sources[i].data, sources[i].len);
    }
    item->source_count = count;
    item->sources_at = tl_item_append(out, begin, sources, count * sizeof *sources);
}

/* Secrets are ranges of sources; those of sources that are left out are shown nowhere. */
static void put_hidden(struct tl_buffer *out, size_t begin, const struct tl_tree *tree, struct tl_packet_item *item)
{
    struct tl_item_hidden hidden[TL_TREE_HIDDEN];
    uint32_t count = 0, have = tree->hidden_count < TL_TREE_HIDDEN ? tree->hidden_count : TL_TREE_HIDDEN;
    for (uint32_t i = 0; i < have; i++) {
        unsigned source;
        uint32_t off;
        if (tl_raw_find(tree, tree->hidden[i], &source, &off))
            hidden[count++] = (struct tl_item_hidden){ source, off, tree->hidden[i].len };
    }
    item->hidden_at = tl_item_append(out, begin, hidden, count * sizeof *hidden);
    item->hidden_count = count;
    item->hides_all = tree->hidden_count > TL_TREE_HIDDEN;
}

struct tl_bytes tl_item_shown(const struct tl_tree *tree, const struct tl_protocols *protocols, struct tl_bytes bytes,
                              struct tl_arena *arena)
{
    struct tl_raw raw;
    unsigned source;
    uint32_t off;
    if (TL_LIKELY(tree->hidden_count == 0) || bytes.len == 0 || !tl_raw_find(tree, bytes, &source, &off))
        return bytes;
    uint8_t *copy = tl_arena_alloc(arena, bytes.len);
    if (copy == NULL)
        return (struct tl_bytes){ NULL, 0 };
    tl_raw_init(&raw, protocols, tree);
    tl_raw_copy(&raw, copy, source, off, bytes.len);
    return (struct tl_bytes){ copy, bytes.len };
}

/* --- values of names --- */

/* A value whose bytes must go along. Those of addresses of IPv4 are its number. */
static bool has_bytes(const struct tl_datum *datum)
{
    return datum->bytes.len > 0 && datum->type != TL_DATUM_IPV4;
}

static void put_values(struct tl_buffer *out, size_t begin, const struct tl_scene *scene,
                       const struct tl_protocols *protocols, struct tl_predicate_run *run, uint32_t index,
                       struct tl_item_values *values)
{
    const struct tl_field *field;
    uint32_t count;
    struct tl_datum *data = tl_predicate_values(run, index, &count, &field);
    values->count = count;
    values->at = tl_item_append(out, begin, NULL, count * sizeof(struct tl_item_value));
    for (uint32_t i = 0; i < count; i++) {
        struct tl_item_value value = { .field = field, .number = data[i].number, .type = data[i].type,
                                       .bits = data[i].bits };
        if (has_bytes(&data[i])) {
            bool secret = scene->tree->hidden_count > 0 &&
                          (data[i].type == TL_DATUM_BYTES || data[i].type == TL_DATUM_PROTOCOL);
            struct tl_bytes bytes = data[i].bytes;
            if (TL_UNLIKELY(secret))
                bytes = tl_item_shown(scene->tree, protocols, bytes, tl_predicate_arena(run));
            value.len = bytes.len;
            value.at = tl_item_append(out, begin, bytes.data, bytes.len);
        }
        if (!out->failed)
            memcpy(out->data + begin + values->at + i * sizeof value, &value, sizeof value);
    }
}

static void put_row(struct tl_buffer *out, size_t begin, const struct tl_scene *scene,
                    const struct tl_protocols *protocols, struct tl_predicate_run *run, uint32_t names,
                    struct tl_packet_item *item)
{
    item->row_count = names;
    item->row_at = tl_item_append(out, begin, NULL, names * sizeof(struct tl_item_values));
    tl_predicate_read(run, scene);
    for (uint32_t i = 0; i < names; i++) {
        struct tl_item_values values;
        put_values(out, begin, scene, protocols, run, i, &values);
        if (!out->failed)
            memcpy(out->data + begin + item->row_at + i * sizeof values, &values, sizeof values);
    }
    tl_predicate_read_end(run);
}

static void put_tree(struct tl_buffer *out, size_t begin, const struct tl_packet *packet, const struct tl_tree *tree,
                     struct tl_packet_item *item)
{
    item->bytes_at = put_bytes(out, begin, packet);
    item->node_count = tree->count;
    item->nodes_at = tl_item_append(out, begin, tree->nodes, tree->count * sizeof *tree->nodes);
    item->text_len = tree->text_len;
    item->text_at = tl_item_append(out, begin, tree->text, tree->text_len);
    put_sources(out, begin, tree, item);
    if (TL_UNLIKELY(tree->hidden_count > 0))
        put_hidden(out, begin, tree, item);
}

void tl_item_put_packet(struct tl_buffer *out, const struct tl_scene *scene, const struct tl_protocols *protocols,
                        struct tl_predicate_run *run, uint32_t names, bool bare)
{
    const struct tl_tree *tree = scene->tree;
    size_t begin = out->len;
    struct tl_packet_item item = { .packet = *scene->packet, .first_ts = scene->first_ts,
                                   .previous_ts = scene->previous_ts };
    (void)tl_item_append(out, begin, NULL, sizeof item);
    if (bare)
        item.packet.caplen = item.packet.options_len = 0;
    else
        put_tree(out, begin, scene->packet, tree, &item);
    if (names > 0)
        put_row(out, begin, scene, protocols, run, names, &item);
    tl_item_end(out, begin, TL_ITEM_PACKET, &item.head, sizeof item);
}

void tl_item_tree(const struct tl_packet_item *item, struct tl_tree *tree)
{
    const uint8_t *base = (const uint8_t *)item;
    const struct tl_item_source *sources = (const void *)(base + item->sources_at);
    const struct tl_item_hidden *hidden = (const void *)(base + item->hidden_at);
    tree->nodes = (struct tl_node *)(uintptr_t)(base + item->nodes_at);
    tree->count = tree->capacity = item->node_count;
    tree->text = (uint8_t *)(uintptr_t)(base + item->text_at);
    tree->text_len = tree->text_capacity = item->text_len;
    tree->source_count = item->source_count;
    for (uint32_t i = 0; i < item->source_count; i++)
        tree->sources[i] = (struct tl_tree_source){ base + sources[i].at, sources[i].len, sources[i].label };
    for (uint32_t i = 0; i < item->hidden_count; i++)
        tree->hidden[i] = tl_bytes_of(tree->sources[hidden[i].source].data + hidden[i].off, hidden[i].len);
    tree->hidden_count = item->hides_all ? TL_TREE_HIDDEN + 1 : item->hidden_count;
}

struct tl_datum tl_item_datum(const struct tl_packet_item *item, const struct tl_item_value *value)
{
    return (struct tl_datum){ .type = value->type, .bits = value->bits, .number = value->number,
                              .bytes = tl_bytes_of((const uint8_t *)item + value->at, value->len) };
}

/* --- pieces of streams --- */

void tl_item_put_piece(struct tl_buffer *out, const struct tl_stream_piece *piece)
{
    size_t begin = out->len;
    struct tl_piece_item item = { .id = *piece->id, .gap = piece->gap, .side = piece->side, .len = piece->bytes.len,
                                  .end = piece->end };
    tl_item_end_names(&item.id);
    (void)tl_item_append(out, begin, NULL, sizeof item);
    item.bytes_at = tl_item_append(out, begin, piece->bytes.data, piece->bytes.len);
    tl_item_end(out, begin, TL_ITEM_PIECE, &item.head, sizeof item);
}
