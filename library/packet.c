/* packet.c - packets for callers of the library. */
#include <stdlib.h>

#include "core/protocol.h"
#include "library/hold.h"

static const uint8_t *bytes_of(const struct taplight_packet *packet)
{
    return (const uint8_t *)packet->item + packet->item->bytes_at;
}

uint64_t taplight_packet_number(const struct taplight_packet *packet)
{
    return packet->item->packet.number;
}

int64_t taplight_packet_time(const struct taplight_packet *packet)
{
    return packet->item->packet.ts;
}

uint32_t taplight_packet_length(const struct taplight_packet *packet)
{
    return packet->item->packet.len;
}

uint16_t taplight_packet_linktype(const struct taplight_packet *packet)
{
    return packet->item->packet.linktype;
}

const uint8_t *taplight_packet_bytes(const struct taplight_packet *packet, size_t *len)
{
    *len = packet->item->packet.caplen;
    return bytes_of(packet);
}

const char *taplight_packet_interface(const struct taplight_packet *packet)
{
    const struct tl_interface *interface = tl_interfaces_get(packet->hold->interfaces, packet->item->packet.interface);
    return interface != NULL ? interface->name : "";
}

/* --- layers and fields --- */

static const struct tl_protocol *protocol_of(const struct tl_hold *hold, const struct tl_node *node)
{
    return node->protocol < hold->names.protocols.count ? hold->names.protocols.items[node->protocol] : NULL;
}

/* Returns the node of the nth layer; NULL: there is none. */
static const struct tl_node *layer_at(struct taplight_packet *packet, uint32_t index, uint32_t *count)
{
    const struct tl_tree *tree = tl_packet_scene(packet)->tree;
    *count = 0;
    for (uint32_t i = 0; i < tree->count; i++) {
        if (tree->nodes[i].field != TL_LAYER || protocol_of(packet->hold, &tree->nodes[i]) == NULL)
            continue;
        if ((*count)++ == index)
            return &tree->nodes[i];
    }
    return NULL;
}

uint32_t taplight_packet_layers(struct taplight_packet *packet)
{
    uint32_t count;
    (void)layer_at(packet, UINT32_MAX, &count);
    return count;
}

const char *taplight_packet_layer(struct taplight_packet *packet, uint32_t index)
{
    uint32_t count;
    const struct tl_node *node = layer_at(packet, index, &count);
    const struct tl_protocol *protocol = node != NULL ? protocol_of(packet->hold, node) : NULL;
    return protocol != NULL ? protocol->name : NULL;
}

/* Bytes of secrets are crossed out. */
static struct taplight_value shown(struct tl_hold *hold, struct tl_datum *datum, const struct tl_field *field)
{
    if (hold->tree.hidden_count > 0 && (datum->type == TL_DATUM_BYTES || datum->type == TL_DATUM_PROTOCOL))
        datum->bytes = tl_item_shown(&hold->tree, &hold->names.protocols, datum->bytes, &hold->crossed);
    return tl_value_of_datum(datum, field);
}

static int values_of_row(const struct taplight_packet *packet, uint32_t row, struct taplight_value *values, uint32_t most)
{
    const struct tl_packet_item *item = packet->item;
    const uint8_t *base = (const uint8_t *)item;
    if (row >= item->row_count)
        return 0;
    const struct tl_item_values *all = (const void *)(base + item->row_at);
    const struct tl_item_value *value = (const void *)(base + all[row].at);
    for (uint32_t i = 0; i < all[row].count && i < most; i++) {
        const struct tl_datum datum = tl_item_datum(item, &value[i]);
        values[i] = tl_value_of_datum(&datum, value[i].field);
    }
    return (int)all[row].count;
}

int taplight_packet_values(struct taplight_packet *packet, const char *key, struct taplight_value *values,
                           uint32_t most, struct taplight_error *error)
{
    struct tl_hold *hold = packet->hold;
    const struct tl_held_name *name = tl_hold_name(hold, key, error);
    const struct tl_field *field;
    uint32_t count;
    if (name == NULL)
        return -1;
    if (name->row != UINT32_MAX)
        return values_of_row(packet, name->row, values, most);
    tl_predicate_read(name->run, tl_packet_scene(packet));
    struct tl_datum *data = tl_predicate_values(name->run, 0, &count, &field);
    for (uint32_t i = 0; i < count && i < most; i++)
        values[i] = shown(hold, &data[i], field);
    return (int)count;
}

bool taplight_packet_get(struct taplight_packet *packet, const char *name, struct taplight_value *value)
{
    return taplight_packet_values(packet, name, value, 1, NULL) > 0;
}

bool taplight_packet_at(const struct taplight_packet *packet, uint32_t index, struct taplight_value *value)
{
    return values_of_row(packet, index, value, 1) > 0;
}

/* A run that reads values of nodes: of no names. */
static struct tl_predicate_run *node_run(struct tl_hold *hold)
{
    struct tl_held_name *name = tl_hold_name(hold, "frame", NULL);
    return name != NULL && name->run != NULL ? name->run : NULL;
}

static bool set_field(struct taplight_packet *packet, const struct tl_node *node, struct taplight_field *field)
{
    struct tl_hold *hold = packet->hold;
    const struct tl_protocol *protocol = protocol_of(hold, node);
    struct tl_datum datum = { .type = TL_DATUM_PROTOCOL };
    if (protocol == NULL || (node->field != TL_LAYER && node->field >= protocol->field_count))
        return false;
    *field = (struct taplight_field){ .name = protocol->name, .label = protocol->title, .depth = node->depth };
    if (node->field == TL_LAYER) {
        field->malformed = (node->flags & TL_NODE_BAD) != 0;
        field->cut = (node->flags & (TL_NODE_SHORT | TL_NODE_CUT)) != 0;
        datum.bytes = tl_node_bytes(&hold->tree, &(struct tl_node){ .source = node->source, .off = node->off,
                                                                    .len = node->len });
        field->value = shown(hold, &datum, NULL);
        return true;
    }
    const struct tl_field *row = &protocol->fields[node->field];
    struct tl_predicate_run *run = node_run(hold);
    if ((row->flags & TL_ONLY_LINE) != 0)
        return false;
    field->name = row->key;
    field->label = row->label;
    field->derived = (row->flags & TL_DERIVED) != 0;
    if (run == NULL)
        return false;
    tl_predicate_read(run, &hold->scene);
    if (!tl_predicate_node(run, node, row, &datum))
        return false;
    field->value = shown(hold, &datum, row);
    if (row->type == TL_GROUP)
        field->value.type = TAPLIGHT_GROUP;
    return true;
}

bool taplight_packet_next(struct taplight_packet *packet, uint32_t *cursor, struct taplight_field *field)
{
    const struct tl_tree *tree = tl_packet_scene(packet)->tree;
    while (*cursor < tree->count) {
        if (set_field(packet, &tree->nodes[(*cursor)++], field))
            return true;
    }
    return false;
}

/* --- lines --- */

const char *taplight_packet_line(struct taplight_packet *packet)
{
    struct tl_hold *hold = packet->hold;
    const struct tl_tree *tree = tl_packet_scene(packet)->tree;
    size_t len;
    if (hold->columns == NULL && (hold->columns = tl_columns_new(&hold->names.protocols)) == NULL)
        return NULL;
    const struct tl_line line = tl_columns_look(hold->columns, tree);
    struct tl_buffer *out = &hold->text;
    out->len = 0;
    if (tl_line_has(&line.source) || tl_line_has(&line.destination)) {
        tl_columns_put_address(hold->columns, out, tree, &line.source);
        tl_put_lit(out, " > ");
        tl_columns_put_address(hold->columns, out, tree, &line.destination);
        tl_put_char(out, ' ');
    }
    tl_columns_put_protocol(hold->columns, out, tree, &line);
    tl_put_char(out, ' ');
    tl_put_u64(out, packet->item->packet.len);
    tl_columns_put_info(hold->columns, out, tree, &line);
    return tl_hold_line(hold, &len);
}

const char *taplight_packet_json(struct taplight_packet *packet, size_t *len)
{
    struct tl_hold *hold = packet->hold;
    const struct tl_scene *scene = tl_packet_scene(packet);
    if (hold->json_packets == NULL &&
        (hold->json_packets = tl_packets_sink(NULL, &hold->names.protocols)) == NULL)
        return NULL;
    hold->text.len = 0;
    hold->json_packets->packet(hold->json_packets, &hold->text, scene->packet, scene->interface, scene->tree);
    return tl_hold_line(hold, len);
}

/* --- copies --- */

void taplight_packet_free(struct taplight_packet *copy)
{
    if (copy == NULL)
        return;
    free(copy->owned);
    tl_hold_release(copy->hold);
    free(copy);
}

struct taplight_packet *taplight_packet_copy(const struct taplight_packet *packet, struct taplight_packet *old)
{
    size_t size = packet->item->head.size;
    struct taplight_packet *copy = old;
    if (old != NULL && old->hold != packet->hold) {
        taplight_packet_free(old);
        copy = NULL;
    }
    if (copy == NULL) {
        copy = calloc(1, sizeof *copy);
        if (copy == NULL)
            return NULL;
        copy->hold = packet->hold;
        atomic_fetch_add(&copy->hold->refs, 1);
    }
    if (copy->room < size) {
        free(copy->owned);
        copy->owned = malloc(size);
        copy->room = copy->owned != NULL ? size : 0;
    }
    if (copy->owned == NULL) {
        taplight_packet_free(copy);
        return NULL;
    }
    memcpy(copy->owned, packet->item, size);
    tl_packet_set(copy, copy->hold, copy->owned);
    return copy;
}
