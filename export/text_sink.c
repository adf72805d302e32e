/* text_sink.c - packets for people: one line each, or the tree of every field. */
#include "export/info.h"
#include "export/json.h"
#include "export/local_time.h"
#include "export/output.h"
#include "export/tree_text.h"
#include "export/value.h"

#include <stdlib.h>

/* What is known of a protocol before the first packet. */
struct column {
    struct tl_info info;
    char name[24];  /* as it stands in the line */
    bool is_data;   /* bytes without a protocol: named only where there is nothing else */
    uint8_t *ends;  /* owned; a field each: TL_SOURCE, TL_DESTINATION. NULL: it has neither */
};

struct text_sink {
    struct tl_output_sink base;
    struct tl_protocols protocols;
    struct tl_text_options options;
    struct tl_local_zone *zone; /* owned; a cache that formatting threads share */
    struct column *columns;     /* owned; a protocol each */
};

/* What the line is made of: indices of nodes, TL_NO_NODE where there is none. */
struct line {
    uint32_t source, destination;
    uint32_t named;  /* layer that names the packet */
    uint32_t told;   /* layer whose template is filled in */
    uint32_t broken; /* innermost layer that contradicts itself */
    uint32_t cut;    /* innermost layer that was cut by the snapshot length */
};

static void look_at_layer(const struct text_sink *s, const struct tl_node *node, uint32_t index, struct line *line)
{
    const struct column *column = &s->columns[node->protocol];
    if (node->flags & TL_NODE_BAD)
        line->broken = index;
    if (node->flags & TL_NODE_SHORT)
        line->cut = index;
    if (column->is_data && line->named != TL_NO_NODE)
        return;
    line->named = index;
    if (column->info.count > 0)
        line->told = index;
}

/* What is quoted in an ICMP error says nothing about who sent this packet. */
static struct line look(const struct text_sink *s, const struct tl_tree *tree)
{
    struct line line = { TL_NO_NODE, TL_NO_NODE, TL_NO_NODE, TL_NO_NODE, TL_NO_NODE, TL_NO_NODE };
    uint32_t layer = 0, addressed = TL_NO_NODE;
    const uint8_t *ends = NULL; /* of the layer's fields; NULL: nothing is to be found in it */
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct tl_node *node = &tree->nodes[i];
        if (node->field == TL_LAYER) {
            layer = i;
            ends = NULL;
            if (node->protocol >= s->protocols.count || (node->flags & TL_NODE_QUOTED))
                continue;
            look_at_layer(s, node, i, &line);
            ends = s->columns[node->protocol].ends;
            continue;
        }
        unsigned flags = ends != NULL ? ends[node->field] : 0;
        if (flags == 0)
            continue;
        if (layer != addressed) { /* further in: both columns are this layer's */
            addressed = layer;
            line.source = line.destination = TL_NO_NODE;
        }
        if ((flags & TL_SOURCE) && line.source == TL_NO_NODE)
            line.source = i;
        if ((flags & TL_DESTINATION) && line.destination == TL_NO_NODE)
            line.destination = i;
    }
    return line;
}

static void put_address(const struct text_sink *s, struct tl_buffer *out, const struct tl_tree *tree, uint32_t index)
{
    if (index == TL_NO_NODE) {
        tl_put_char(out, '?');
        return;
    }
    const struct tl_node *node = &tree->nodes[index];
    tl_put_value(out, tree, node, &s->protocols.items[node->protocol]->fields[node->field], SIZE_MAX);
}

static const char *name_at(const struct text_sink *s, const struct tl_tree *tree, uint32_t index)
{
    return s->columns[tree->nodes[index].protocol].name;
}

static void put_note(const struct text_sink *s, struct tl_buffer *out, const struct tl_tree *tree, const char *what,
                     uint32_t index)
{
    if (index == TL_NO_NODE)
        return;
    tl_puts(out, what);
    tl_puts(out, name_at(s, tree, index));
    tl_put_char(out, ']');
}

static void put_line(const struct text_sink *s, struct tl_buffer *out, const struct tl_packet *packet,
                     const struct tl_interface *interface, const struct tl_tree *tree)
{
    struct line line = look(s, tree);
    tl_put_time_of_day(out, s->zone, packet->ts, interface != NULL ? interface->decimals : 6);
    tl_put_char(out, ' ');
    if (line.source != TL_NO_NODE || line.destination != TL_NO_NODE) {
        put_address(s, out, tree, line.source);
        tl_put_lit(out, " > ");
        put_address(s, out, tree, line.destination);
        tl_put_char(out, ' ');
    }
    tl_puts(out, line.named != TL_NO_NODE ? name_at(s, tree, line.named) : "?");
    tl_put_char(out, ' ');
    tl_put_u64(out, packet->len);
    if (line.told != TL_NO_NODE) {
        uint16_t protocol = tree->nodes[line.told].protocol;
        tl_put_char(out, ' ');
        tl_info_put(out, &s->columns[protocol].info, s->protocols.items[protocol], tree, line.told);
        while (out->len > 0 && out->data[out->len - 1] == ' ') /* what was to follow is not there */
            out->len--;
    }
    put_note(s, out, tree, " [malformed ", line.broken);
    put_note(s, out, tree, " [cut ", line.cut);
    tl_put_char(out, '\n');
}

static void put_summary(const struct text_sink *s, struct tl_buffer *out, const struct tl_packet *packet,
                        const struct tl_interface *interface)
{
    tl_put_lit(out, "Packet ");
    tl_put_u64(out, packet->number);
    tl_put_lit(out, ": ");
    tl_put_date_and_time(out, s->zone, packet->ts, interface != NULL ? interface->decimals : 6);
    tl_put_lit(out, ", ");
    tl_put_u64(out, packet->len);
    tl_put_lit(out, " bytes");
    if (packet->caplen != packet->len) {
        tl_put_lit(out, ", ");
        tl_put_u64(out, packet->caplen);
        tl_put_lit(out, " captured");
    }
    tl_put_lit(out, ", interface ");
    tl_put_u64(out, packet->interface);
    if (interface != NULL && interface->name[0] != '\0') {
        tl_put_lit(out, " (");
        tl_put_safe_text(out, (const uint8_t *)interface->name, strnlen(interface->name, sizeof interface->name));
        tl_put_char(out, ')');
    }
    tl_put_char(out, '\n');
}

static void put_packet(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_packet *packet,
                       const struct tl_interface *interface, const struct tl_tree *tree)
{
    const struct text_sink *s = (const struct text_sink *)sink;
    if (s->options.tree) {
        put_summary(s, out, packet, interface);
        tl_put_tree(out, &s->protocols, tree);
    } else {
        put_line(s, out, packet, interface, tree);
    }
    if (s->options.hex)
        tl_put_sources(out, tree);
    if (s->options.tree)
        tl_put_char(out, '\n');
}

static void want(const struct tl_sink *sink, const struct tl_protocols *protocols, uint64_t *const wanted[])
{
    const struct text_sink *s = (const struct text_sink *)sink;
    for (uint32_t p = 0; p < protocols->count; p++) {
        const struct tl_protocol *protocol = protocols->items[p];
        if (!s->options.tree)
            tl_info_want(&s->columns[p].info, protocol, wanted[p]);
        for (uint32_t f = 0; f < protocol->field_count; f++) {
            if (s->options.tree || (protocol->fields[f].flags & (TL_SOURCE | TL_DESTINATION)) != 0)
                wanted[p][f / 64] |= UINT64_C(1) << (f % 64);
        }
    }
}

static void free_sink(struct tl_sink *sink)
{
    struct text_sink *s = (struct text_sink *)sink;
    for (uint32_t i = 0; s->columns != NULL && i < s->protocols.count; i++) {
        tl_info_fini(&s->columns[i].info);
        free(s->columns[i].ends);
    }
    free(s->columns);
    free(s->zone);
    tl_output_sink_free(sink);
}

/* "dns" is DNS, "icmpv6" is ICMPv6. */
static void make_name(struct column *column, const char *name)
{
    size_t i = 0;
    for (; name[i] != '\0' && i < sizeof column->name - 1; i++) {
        bool version = name[i] == 'v' && i > 0 && name[i + 1] >= '0' && name[i + 1] <= '9';
        column->name[i] = name[i];
        if (name[i] >= 'a' && name[i] <= 'z' && !version)
            column->name[i] = (char)(name[i] - 'a' + 'A');
    }
    column->name[i] = '\0';
}

/* Which fields are the layer's two ends. false without memory. */
static bool make_ends(struct column *column, const struct tl_protocol *protocol)
{
    for (uint32_t i = 0; i < protocol->field_count; i++) {
        unsigned end = protocol->fields[i].flags & (TL_SOURCE | TL_DESTINATION);
        if (end == 0)
            continue;
        if (column->ends == NULL && (column->ends = calloc(protocol->field_count, 1)) == NULL)
            return false;
        column->ends[i] = (uint8_t)end;
    }
    return true;
}

static bool make_columns(struct text_sink *s)
{
    for (uint32_t i = 0; i < s->protocols.count; i++) {
        const struct tl_protocol *protocol = s->protocols.items[i];
        /* A template that is wrong leaves its column empty; the tests do not let one through. */
        if (tl_info_compile(&s->columns[i].info, protocol, NULL) == TL_E_RUNTIME || !make_ends(&s->columns[i], protocol))
            return false;
        make_name(&s->columns[i], protocol->name);
        s->columns[i].is_data = strcmp(protocol->name, "data") == 0;
    }
    return true;
}

struct tl_sink *tl_text_sink(struct tl_output *output, const struct tl_protocols *protocols,
                             const struct tl_text_options *options)
{
    struct text_sink *s = tl_output_sink_new(sizeof *s, output);
    if (s == NULL)
        return NULL;
    s->base.sink.want = want;
    s->base.sink.packet = put_packet;
    s->base.sink.free = free_sink;
    s->protocols = *protocols;
    s->options = *options;
    s->zone = malloc(sizeof *s->zone);
    s->columns = calloc(protocols->count + 1, sizeof *s->columns);
    if (s->zone == NULL || s->columns == NULL || !make_columns(s)) {
        free_sink(&s->base.sink);
        return NULL;
    }
    tl_local_zone_init(s->zone);
    return &s->base.sink;
}
