/* tree_text.c - a packet's fields as indented text, and its bytes. */
#include "export/tree_text.h"

#include "core/protocol.h"
#include "export/host_names.h"
#include "export/value.h"

enum {
    BYTES_SHOWN = 32, /* maximum bytes shown of a TL_BYTES value */
    INDENT = 4,
    DEPTH_SHOWN = 24, /* deeper nodes are printed at this depth */
    ROW = 16,         /* bytes of a line of the hex dump */
    PIECE = 256,      /* bytes that are printed as text at once */
};

static void put_indent(struct tl_buffer *b, unsigned depth)
{
    size_t n = (depth < DEPTH_SHOWN ? depth : DEPTH_SHOWN) * INDENT;
    uint8_t *p = tl_buffer_room(b, n);
    if (p == NULL)
        return;
    memset(p, ' ', n);
    b->len += n;
}

static void put_layer(struct tl_buffer *b, const struct tl_protocol *protocol, const struct tl_tree *tree,
                      const struct tl_node *layer)
{
    tl_puts(b, protocol->title);
    tl_put_lit(b, " (");
    tl_puts(b, protocol->name);
    tl_put_char(b, ')');
    if (layer->len > 0) {
        tl_put_lit(b, ", bytes ");
        tl_put_u64(b, layer->off);
        tl_put_char(b, '-');
        tl_put_u64(b, (uint64_t)layer->off + layer->len - 1);
    }
    if (layer->source > 0 && layer->source < tree->source_count) {
        tl_put_lit(b, " of ");
        tl_puts(b, tree->sources[layer->source].label);
    }
    if (layer->flags & TL_NODE_QUOTED)
        tl_put_lit(b, ", quoted");
}

bool tl_put_layer_note(struct tl_buffer *b, const struct tl_node *layer, unsigned which)
{
    static const uint16_t flags[] = { TL_NODE_BAD, TL_NODE_SHORT, TL_NODE_CUT, TL_NODE_CHECKSUM };
    static const char *const notes[] = { "[Malformed: invalid value or length at byte ",
                                         "[Cut short: the rest was not captured]", "[More fields than can be shown]",
                                         "[Wrong checksum]" };
    if (which >= TL_LAYER_NOTES || (layer->flags & flags[which]) == 0)
        return false;
    bool quoted = (layer->flags & TL_NODE_QUOTED) != 0 && flags[which] == TL_NODE_SHORT;
    tl_puts(b, quoted ? "[The quote ends here]" : notes[which]); /* who quotes sends only the beginning */
    if (flags[which] == TL_NODE_BAD) {
        tl_put_u64(b, layer->value);
        tl_put_char(b, ']');
    }
    return true;
}

static void put_field(struct tl_buffer *b, const struct tl_tree *tree, const struct tl_node *node,
                      const struct tl_field *field, bool marks)
{
    bool derived = (field->flags & TL_DERIVED) != 0;
    if (derived)
        tl_put_char(b, '[');
    tl_puts(b, field->label);
    if (field->type != TL_GROUP && field->type != TL_NONE) {
        tl_put_lit(b, ": ");
        if (marks && (field->type == TL_IPV4 || field->type == TL_IPV6))
            tl_host_names_mark(b, tl_node_bytes(tree, node).data, field->type == TL_IPV6, 0, true);
        else
            tl_put_value(b, tree, node, field, BYTES_SHOWN);
        const char *name = tl_value_name(node, field);
        if (name != NULL) {
            tl_put_lit(b, " (");
            tl_puts(b, name);
            tl_put_char(b, ')');
        }
        const char *unit = field->unit != NULL ? field->unit : field->type == TL_INTERVAL ? "seconds" : NULL;
        if (unit != NULL) {
            tl_put_char(b, ' ');
            tl_puts(b, unit);
        }
    }
    if (derived)
        tl_put_char(b, ']');
}

static bool put_node(struct tl_buffer *b, const struct tl_protocols *protocols, const struct tl_tree *tree,
                     const struct tl_node *node, bool marks)
{
    if (node->protocol >= protocols->count)
        return false;
    const struct tl_protocol *protocol = protocols->items[node->protocol];
    if (node->field == TL_LAYER) {
        put_layer(b, protocol, tree, node);
        return true;
    }
    if (node->field >= protocol->field_count ||
        (protocol->fields[node->field].flags & (TL_HIDDEN | TL_ONLY_LINE)) != 0 ||
        !tl_value_there(tree, node, &protocol->fields[node->field]))
        return false;
    put_field(b, tree, node, &protocol->fields[node->field], marks);
    return true;
}

bool tl_put_node(struct tl_buffer *b, const struct tl_protocols *protocols, const struct tl_tree *tree,
                 const struct tl_node *node)
{
    return put_node(b, protocols, tree, node, false);
}

void tl_put_tree(struct tl_buffer *b, const struct tl_protocols *protocols, const struct tl_tree *tree,
                 const bool *only, bool marks)
{
    bool shown = true;
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct tl_node *node = &tree->nodes[i];
        if (node->field == TL_LAYER)
            shown = only == NULL || node->protocol >= protocols->count || only[node->protocol];
        else if (!shown)
            continue;
        size_t before = b->len;
        put_indent(b, node->field == TL_LAYER ? 0 : node->depth);
        if (!put_node(b, protocols, tree, node, marks)) {
            b->len = before;
            continue;
        }
        tl_put_char(b, '\n');
        for (unsigned k = 0; node->field == TL_LAYER && k < TL_LAYER_NOTES; k++) {
            before = b->len;
            put_indent(b, 1);
            if (tl_put_layer_note(b, node, k))
                tl_put_char(b, '\n');
            else
                b->len = before;
        }
    }
}

/* Prints offset, bytes in two halves, and the printable ASCII characters; other bytes never reach the terminal. */
static void put_row(struct tl_buffer *b, uint32_t off, const uint8_t *p, uint32_t n, bool with_ascii)
{
    static const char digits[] = "0123456789abcdef";
    char hex[ROW * 3 + 2], ascii[ROW];
    memset(hex, ' ', sizeof hex);
    for (uint32_t i = 0; i < n; i++) {
        size_t at = (size_t)i * 3 + (i >= ROW / 2);
        hex[at] = digits[p[i] >> 4];
        hex[at + 1] = digits[p[i] & 15];
        ascii[i] = '.';
        if (p[i] >= 0x20 && p[i] < 0x7f)
            ascii[i] = (char)p[i];
    }
    tl_put_lit(b, "  ");
    tl_put_hex(b, off, 4);
    tl_put_lit(b, "  ");
    if (with_ascii) {
        tl_put(b, hex, sizeof hex);
        tl_put(b, ascii, n);
    } else {
        tl_put(b, hex, (size_t)n * 3 + (n > ROW / 2) - 1);
    }
    tl_put_char(b, '\n');
}

static void put_rows(struct tl_buffer *b, const struct tl_raw *raw, unsigned source, uint32_t from, bool ascii)
{
    uint32_t len = raw->tree->sources[source].len;
    for (uint32_t at = from; at < len; at += ROW) {
        uint8_t row[ROW];
        uint32_t n = len - at < ROW ? len - at : ROW;
        tl_raw_copy(raw, row, source, at, n);
        put_row(b, at - from, row, n, ascii);
    }
}

void tl_put_rows(struct tl_buffer *b, const struct tl_raw *raw, uint32_t from, bool ascii)
{
    put_rows(b, raw, 0, from, ascii);
}

void tl_put_characters(struct tl_buffer *b, const struct tl_raw *raw, uint32_t from)
{
    uint32_t len = raw->tree->sources[0].len;
    for (uint32_t at = from; at < len; at += PIECE) {
        uint8_t piece[PIECE];
        uint32_t n = len - at < PIECE ? len - at : PIECE;
        tl_raw_copy(raw, piece, 0, at, n);
        for (uint32_t i = 0; i < n; i++) {
            bool shown = (piece[i] >= 0x20 && piece[i] < 0x7f) || piece[i] == '\n' || piece[i] == '\t';
            tl_put_char(b, shown ? (char)piece[i] : '.');
        }
    }
    tl_put_char(b, '\n');
}

void tl_put_sources(struct tl_buffer *b, const struct tl_raw *raw)
{
    for (unsigned i = 0; i < raw->tree->source_count; i++) {
        const struct tl_tree_source *source = &raw->tree->sources[i];
        if (raw->tree->source_count > 1) {
            tl_puts(b, source->label);
            tl_put_lit(b, " (");
            tl_put_u64(b, source->len);
            tl_put_lit(b, " bytes):\n");
        }
        put_rows(b, raw, i, 0, true);
    }
}
