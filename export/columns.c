/* columns.c - finds the values of a packet's line in its tree. */
#include "export/columns.h"

#include <stdlib.h>

#include "core/place.h"
#include "export/host_names.h"
#include "export/info.h"
#include "export/value.h"

/* Properties of a protocol, computed before the first packet. */
struct column {
    struct tl_info info;
    char name[24];  /* as printed in the line */
    bool is_token;  /* authenticates inside the messages of another protocol, whose line it is */
    bool in_token;  /* the same, if it is inside of such a layer */
    bool is_quiet;  /* bytes without a protocol, or an empty template: named only if there is no other layer */
    const struct tl_place *source, *destination; /* of its addresses in its header; NULL: they are in the tree */
    const struct tl_place *port; /* of a destination in the header of a transport; NULL: none */
    uint32_t ends_at; /* length of a layer that has the first of them; UINT32_MAX: not in the header */
    uint8_t *ends;  /* owned; one per field: TL_SOURCE, TL_DESTINATION. NULL: the tree has neither */
};

struct tl_columns {
    struct tl_protocols protocols;
    struct column columns[]; /* one per protocol */
};

enum { MESSAGES_SHOWN = 4 }; /* of one protocol in a packet */

/* The line tells this layer. Messages of one application protocol that follow each other are told together. */
static void tell(const struct tl_columns *s, const struct tl_tree *tree, uint32_t index, struct tl_line *line)
{
    uint16_t protocol = tree->nodes[index].protocol;
    bool another = line->told != TL_NO_NODE && tree->nodes[line->told].protocol == protocol &&
                   s->protocols.items[protocol]->kind == TL_KIND_APPLICATION;
    if (!another)
        line->first = index;
    line->messages = another ? line->messages + 1 : 1;
    line->told = index;
}

static void look_at_layer(const struct tl_columns *s, const struct tl_tree *tree, uint32_t index, struct tl_line *line)
{
    const struct tl_node *node = &tree->nodes[index];
    const struct column *column = &s->columns[node->protocol];
    line->marks |= node->flags;
    if (node->flags & TL_NODE_BAD)
        line->broken = index;
    if (node->flags & TL_NODE_SHORT)
        line->cut = index;
    if ((column->is_token && line->messages > 0) || (column->in_token && line->token != TL_NO_NODE)) {
        line->token = index;
        return;
    }
    if (column->is_quiet && line->named != TL_NO_NODE)
        return;
    line->named = index;
    if (column->info.count > 0)
        tell(s, tree, index, line);
}

static void take_end(struct tl_line *line, const struct tl_node *node, unsigned flags)
{
    if ((flags & TL_SOURCE) && !tl_line_has(&line->source))
        line->source = *node;
    if ((flags & TL_DESTINATION) && !tl_line_has(&line->destination))
        line->destination = *node;
}

static const struct tl_node no_address = { .field = TL_LAYER };

/* Reads the addresses in the header of a layer: they take the place of those of outer layers. */
static void read_ends(const struct tl_columns *s, const struct tl_tree *tree, const struct tl_node *layer,
                      struct tl_line *line)
{
    const struct column *column = &s->columns[layer->protocol];
    const struct tl_protocol *protocol = s->protocols.items[layer->protocol];
    if (!tl_place_node(column->source, protocol, tree, layer, &line->source))
        line->source = no_address;
    if (!tl_place_node(column->destination, protocol, tree, layer, &line->destination))
        line->destination = no_address;
}

/* Layers quoted in an ICMP error are skipped: they do not describe the sender of this packet. */
struct tl_line tl_columns_look(const struct tl_columns *s, const struct tl_tree *tree)
{
    struct tl_line line = { .source = no_address, .destination = no_address, .named = TL_NO_NODE, .told = TL_NO_NODE,
                            .first = TL_NO_NODE, .token = TL_NO_NODE, .quote = TL_NO_NODE, .broken = TL_NO_NODE,
                            .cut = TL_NO_NODE };
    uint32_t layer = 0, addressed = TL_NO_NODE, header = TL_NO_NODE; /* layers: the last with addresses in its header */
    const uint8_t *ends = NULL; /* for the layer's fields; NULL: the tree has no addresses of it */
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct tl_node *node = &tree->nodes[i];
        if (node->field == TL_LAYER) {
            layer = i;
            ends = NULL;
            if ((node->flags & TL_NODE_QUOTED) && line.quote == TL_NO_NODE)
                line.quote = i;
            if (node->protocol >= s->protocols.count || (node->flags & TL_NODE_QUOTED))
                continue;
            look_at_layer(s, tree, i, &line);
            ends = s->columns[node->protocol].ends;
            if (node->len >= s->columns[node->protocol].ends_at)
                header = i;
            continue;
        }
        unsigned flags = ends != NULL ? ends[node->field] : 0;
        if (flags == 0)
            continue;
        if (layer != addressed) { /* a more inner layer: take both columns from it */
            addressed = layer;
            header = TL_NO_NODE;
            line.source = line.destination = no_address;
        }
        take_end(&line, node, flags);
    }
    if (header != TL_NO_NODE)
        read_ends(s, tree, &tree->nodes[header], &line);
    return line;
}

void tl_columns_put_address(const struct tl_columns *s, struct tl_buffer *out, const struct tl_tree *tree,
                            const struct tl_node *address)
{
    if (!tl_line_has(address)) {
        tl_put_char(out, '?');
        return;
    }
    tl_put_value(out, tree, address, &s->protocols.items[address->protocol]->fields[address->field], SIZE_MAX);
}

bool tl_columns_mark_address(const struct tl_columns *s, struct tl_buffer *out, const struct tl_tree *tree,
                             const struct tl_node *address, uint32_t width)
{
    const struct tl_field *field =
        tl_line_has(address) ? &s->protocols.items[address->protocol]->fields[address->field] : NULL;
    if (field == NULL || (field->type != TL_IPV4 && field->type != TL_IPV6) || !tl_value_there(tree, address, field)) {
        tl_columns_put_address(s, out, tree, address);
        return false;
    }
    tl_host_names_mark(out, tl_node_bytes(tree, address).data, field->type == TL_IPV6, width, false);
    return true;
}

static const char *name_at(const struct tl_columns *s, const struct tl_tree *tree, uint32_t index)
{
    const struct tl_node *node = &tree->nodes[index];
    unsigned variant = (node->flags & TL_NODE_VARIANT) >> 8;
    return variant != 0 ? s->protocols.items[node->protocol]->variants[variant - 1] : s->columns[node->protocol].name;
}

static void put_note(const struct tl_columns *s, struct tl_buffer *out, const struct tl_tree *tree, const char *what,
                     uint32_t index)
{
    if (index == TL_NO_NODE)
        return;
    tl_puts(out, what);
    tl_puts(out, name_at(s, tree, index));
    tl_put_char(out, ']');
}

/* What is odd about a packet in its flow. */
static void put_marks(struct tl_buffer *out, unsigned marks)
{
    static const struct {
        uint16_t mark;
        const char *text;
    } texts[] = {
        { TL_NODE_KEEP_ALIVE, " [keep-alive]" },
        { TL_NODE_AGAIN, " [retransmission]" },
        { TL_NODE_LATE, " [out of order]" },
        { TL_NODE_LOST_BEFORE, " [previous segment not captured]" },
        { TL_NODE_ACK_OF_LOST, " [ACK of a segment not captured]" },
        { TL_NODE_DUPLICATE_ACK, " [duplicate ACK]" },
        { TL_NODE_ZERO_WINDOW, " [zero window]" },
        { TL_NODE_CHECKSUM, " [wrong checksum]" },
    };
    for (unsigned i = 0; i < TL_COUNT(texts); i++) {
        if (marks & texts[i].mark)
            tl_puts(out, texts[i].text);
    }
}

void tl_columns_put_protocol(const struct tl_columns *s, struct tl_buffer *out, const struct tl_tree *tree,
                             const struct tl_line *line)
{
    tl_puts(out, line->named != TL_NO_NODE ? name_at(s, tree, line->named) : "?");
}

/* Appends the destination of the packet that an ICMP error quotes: " for 192.0.2.1 UDP port 53". */
static void put_quote(const struct tl_columns *s, struct tl_buffer *out, const struct tl_tree *tree, uint32_t quote)
{
    struct tl_node node, port = { 0 };
    const struct tl_field *port_field = NULL;
    uint32_t network = TL_NO_NODE, inside = TL_NO_NODE;
    for (uint32_t i = quote; i < tree->count && inside == TL_NO_NODE; i = tl_tree_after(tree, i)) {
        const struct tl_node *layer = &tree->nodes[i];
        if (layer->field != TL_LAYER || !(layer->flags & TL_NODE_QUOTED) || layer->protocol >= s->protocols.count)
            return;
        const struct tl_protocol *protocol = s->protocols.items[layer->protocol];
        if (protocol->kind == TL_KIND_NETWORK)
            network = i;
        else if (protocol->kind == TL_KIND_TRANSPORT)
            inside = i;
        const struct tl_place *place = s->columns[layer->protocol].port;
        if (inside == i && place != NULL && tl_place_node(place, protocol, tree, layer, &port))
            port_field = &protocol->fields[place->field];
    }
    if (network == TL_NO_NODE)
        return;
    const struct tl_node *layer = &tree->nodes[network];
    const struct column *column = &s->columns[layer->protocol];
    if (column->destination == NULL ||
        !tl_place_node(column->destination, s->protocols.items[layer->protocol], tree, layer, &node))
        return;
    tl_put_lit(out, " for ");
    tl_columns_put_address(s, out, tree, &node);
    if (inside != TL_NO_NODE) {
        tl_put_char(out, ' ');
        tl_puts(out, name_at(s, tree, inside));
    }
    if (port_field != NULL) {
        tl_put_lit(out, " port ");
        tl_put_value(out, tree, &port, port_field, SIZE_MAX);
    }
}

void tl_columns_put_layer(const struct tl_columns *s, struct tl_buffer *out, const struct tl_tree *tree,
                          uint32_t index)
{
    uint16_t protocol = tree->nodes[index].protocol;
    tl_info_put(out, &s->columns[protocol].info, s->protocols.items[protocol], tree, index);
    while (out->len > 0 && out->data[out->len - 1] == ' ') /* trailing spaces */
        out->len--;
}

/* Appends the info of a layer after `before`; nothing if it is empty. Returns whether it is not. */
static bool put_after(const struct tl_columns *s, struct tl_buffer *out, const struct tl_tree *tree, const char *before,
                      uint32_t index)
{
    size_t at = out->len;
    uint16_t protocol = tree->nodes[index].protocol;
    tl_puts(out, before);
    size_t begin = out->len;
    tl_info_put(out, &s->columns[protocol].info, s->protocols.items[protocol], tree, index);
    while (out->len > begin && out->data[out->len - 1] == ' ') /* trailing spaces */
        out->len--;
    if (out->len == begin)
        out->len = at;
    return out->len > at;
}

/* Appends name and info of a layer; not the name if the info begins with it ("NTLMSSP_CHALLENGE"). */
static void put_token(const struct tl_columns *s, struct tl_buffer *out, const struct tl_tree *tree, uint32_t index)
{
    const char *name = name_at(s, tree, index);
    size_t len = strlen(name), at = out->len;
    tl_puts(out, name);
    if (!put_after(s, out, tree, " ", index))
        return;
    uint8_t *text = out->data + at;
    size_t rest = out->len - at - len - 1;
    if (rest >= len && memcmp(text + len + 1, name, len) == 0) {
        memmove(text, text + len + 1, rest);
        out->len -= len + 1;
    }
}

/* Several messages: " GET /a; GET /b". Of many, the first ones, and how many more there are. */
static void put_messages(const struct tl_columns *s, struct tl_buffer *out, const struct tl_tree *tree,
                         const struct tl_line *line)
{
    uint16_t protocol = tree->nodes[line->told].protocol;
    uint32_t shown = 0, left = line->messages;
    for (uint32_t i = line->first; i <= line->told && shown < MESSAGES_SHOWN; i = tl_tree_after(tree, i)) {
        if (tree->nodes[i].protocol != protocol)
            continue;
        shown += put_after(s, out, tree, shown > 0 ? "; " : " ", i);
        left--;
    }
    if (left > 0) {
        tl_put_lit(out, "; ");
        tl_put_u64(out, left);
        tl_put_lit(out, " more");
    }
}

void tl_columns_put_info(const struct tl_columns *s, struct tl_buffer *out, const struct tl_tree *tree,
                         const struct tl_line *line)
{
    if (line->messages == 1)
        put_after(s, out, tree, " ", line->told);
    else if (line->messages > 1)
        put_messages(s, out, tree, line);
    if (TL_UNLIKELY(line->quote != TL_NO_NODE))
        put_quote(s, out, tree, line->quote);
    if (TL_UNLIKELY(line->token != TL_NO_NODE)) {
        tl_put_lit(out, ", ");
        put_token(s, out, tree, line->token);
    }
    put_marks(out, line->marks);
    put_note(s, out, tree, " [malformed ", line->broken);
    put_note(s, out, tree, " [cut ", line->cut);
}

const char *tl_columns_name(const struct tl_columns *s, uint32_t protocol)
{
    return protocol < s->protocols.count ? s->columns[protocol].name : "?";
}

void tl_columns_want(const struct tl_columns *s, uint64_t *const wanted[])
{
    for (uint32_t p = 0; p < s->protocols.count; p++) {
        const struct tl_protocol *protocol = s->protocols.items[p];
        tl_info_want(&s->columns[p].info, protocol, wanted[p]);
        for (uint32_t f = 0; f < protocol->field_count; f++) {
            if (s->columns[p].ends != NULL && s->columns[p].ends[f] != 0)
                wanted[p][f / 64] |= UINT64_C(1) << (f % 64);
        }
    }
}

void tl_columns_free(struct tl_columns *s)
{
    for (uint32_t i = 0; s != NULL && i < s->protocols.count; i++) {
        tl_info_fini(&s->columns[i].info);
        free(s->columns[i].ends);
    }
    free(s);
}

/* Converts "dns" to DNS and "icmpv6" to ICMPv6. */
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

/* Finds addresses that are both in the header. */
static bool find_in_header(struct column *column, const struct tl_protocol *protocol)
{
    const struct tl_place *source = NULL, *destination = NULL;
    for (uint32_t i = 0; i < protocol->header_count; i++) {
        const struct tl_place *place = &protocol->header[i];
        if (protocol->fields[place->field].flags & TL_SOURCE)
            source = place;
        if (protocol->fields[place->field].flags & TL_DESTINATION)
            destination = place;
    }
    if (source == NULL || destination == NULL)
        return false;
    uint32_t source_end = (uint32_t)source->off + source->size;
    uint32_t destination_end = (uint32_t)destination->off + destination->size;
    column->source = source;
    column->destination = destination;
    column->ends_at = source_end < destination_end ? source_end : destination_end;
    return true;
}

/* Finds the layer's source and destination fields. Returns false if out of memory. */
static bool make_ends(struct column *column, const struct tl_protocol *protocol)
{
    for (uint32_t i = 0; i < protocol->header_count && protocol->kind == TL_KIND_TRANSPORT; i++) {
        const char *dot = strchr(protocol->fields[protocol->header[i].field].key, '.');
        if (dot != NULL && strcmp(dot, ".dstport") == 0)
            column->port = &protocol->header[i];
    }
    column->ends_at = UINT32_MAX;
    if (find_in_header(column, protocol))
        return true;
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

struct tl_columns *tl_columns_new(const struct tl_protocols *protocols)
{
    struct tl_columns *s = calloc(1, sizeof *s + (protocols->count + 1) * sizeof s->columns[0]);
    if (s == NULL)
        return NULL;
    s->protocols = *protocols;
    for (uint32_t i = 0; i < protocols->count; i++) {
        const struct tl_protocol *protocol = protocols->items[i];
        /* An invalid template leaves the column empty; the tests reject such templates. */
        if (tl_info_compile(&s->columns[i].info, protocol, NULL) == TL_E_RUNTIME ||
            !make_ends(&s->columns[i], protocol)) {
            tl_columns_free(s);
            return NULL;
        }
        make_name(&s->columns[i], protocol->name);
        s->columns[i].is_token = strcmp(protocol->name, "spnego") == 0 || strcmp(protocol->name, "ntlmssp") == 0;
        s->columns[i].in_token = strcmp(protocol->name, "kerberos") == 0;
        s->columns[i].is_quiet = strcmp(protocol->name, "data") == 0 || (protocol->info != NULL && protocol->info[0] == '\0');
    }
    return s;
}
