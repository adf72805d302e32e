/* packet_tree.c - a tree as lines and bytes that outlive the packet. */
#include "ui/tasks/packet_tree.h"

#include <stdlib.h>

#include "export/raw_bytes.h"
#include "export/tree_text.h"
#include "ui/tasks/field_filter.h"

enum { DEPTH_MOST = 24 };

void tl_packet_tree_free(struct tl_packet_tree *tree)
{
    if (tree == NULL)
        return;
    for (uint32_t i = 0; i < tree->source_count; i++)
        free(tree->sources[i].data);
    free(tree->lines);
    free(tree->text);
    free(tree->filters);
    free(tree);
}

static void add_line(struct tl_packet_tree *t, struct tl_buffer *text, size_t before, const struct tl_node *node,
                     uint32_t index, bool note)
{
    unsigned depth = note ? 1u : node->field == TL_LAYER ? 0u : node->depth;
    t->lines[t->line_count++] = (struct tl_tree_line){ .text = (uint32_t)before,
                                                       .text_len = (uint32_t)(text->len - before),
                                                       .off = node->off,
                                                       .len = node->len,
                                                       .source = node->source,
                                                       .depth = (uint8_t)(depth < DEPTH_MOST ? depth : DEPTH_MOST),
                                                       .layer = !note && node->field == TL_LAYER,
                                                       .protocol = node->protocol,
                                                       .field = note ? TL_LAYER : node->field,
                                                       .node = note ? TL_NO_NODE : index,
                                                       .wrong = note };
}

static void add_lines(struct tl_packet_tree *t, struct tl_buffer *text, const struct tl_protocols *protocols,
                      const struct tl_tree *tree)
{
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct tl_node *node = &tree->nodes[i];
        size_t before = text->len;
        if (!tl_put_node(text, protocols, tree, node)) {
            text->len = before;
            continue;
        }
        add_line(t, text, before, node, i, false);
        for (unsigned k = 0; node->field == TL_LAYER && k < TL_LAYER_NOTES; k++) {
            before = text->len;
            if (tl_put_layer_note(text, node, k))
                add_line(t, text, before, node, i, true);
        }
    }
}

/* Puts the comments below a line like that of a layer, which can be folded. */
static void add_comments(struct tl_packet_tree *t, struct tl_buffer *text, const struct tl_buffer *comments)
{
    static const char title[] = "Comments";
    if (comments->len == 0)
        return;
    tl_put(text, title, sizeof title - 1);
    t->lines[t->line_count++] = (struct tl_tree_line){ .text_len = sizeof title - 1, .layer = true,
                                                       .field = TL_LAYER, .node = TL_NO_NODE };
    for (size_t at = 0; at < comments->len;) {
        const uint8_t *line = comments->data + at, *end = memchr(line, '\n', comments->len - at);
        size_t len = end != NULL ? (size_t)(end - line) : comments->len - at;
        t->lines[t->line_count++] = (struct tl_tree_line){ .text = (uint32_t)text->len, .text_len = (uint32_t)len,
                                                           .depth = 1, .field = TL_LAYER, .node = TL_NO_NODE };
        tl_put(text, line, len);
        at += len + 1;
    }
}

void tl_packet_tree_make_filters(struct tl_packet_tree *t, const struct tl_protocols *protocols,
                                 const struct tl_tree *tree)
{
    struct tl_buffer text = { 0 };
    for (uint32_t i = 0; i < t->line_count && !text.failed; i++) {
        struct tl_tree_line *line = &t->lines[i];
        if (line->node == TL_NO_NODE)
            continue;
        size_t before = text.len;
        tl_put_field_filter(&text, protocols, tree, &tree->nodes[line->node]);
        line->filter = (uint32_t)before;
        line->filter_len = (uint32_t)(text.len - before);
    }
    for (uint32_t i = 0; i < t->line_count && text.failed; i++)
        t->lines[i].filter_len = 0;
    t->filters = (char *)text.data;
}

static uint32_t comment_lines(const struct tl_buffer *comments)
{
    uint32_t n = comments->len > 0;
    for (size_t i = 0; i < comments->len; i++)
        n += comments->data[i] == '\n';
    return n;
}

static uint32_t lines_most(const struct tl_tree *tree)
{
    uint32_t n = tree->count;
    for (uint32_t i = 0; i < tree->count; i++)
        n += tree->nodes[i].field == TL_LAYER ? TL_LAYER_NOTES : 0;
    return n;
}

static bool copy_sources(struct tl_packet_tree *t, const struct tl_protocols *protocols, const struct tl_tree *tree)
{
    struct tl_raw raw;
    tl_raw_init(&raw, protocols, tree);
    for (uint32_t i = 0; i < tree->source_count; i++) {
        const struct tl_tree_source *from = &tree->sources[i];
        struct tl_tree_bytes *to = &t->sources[i];
        *to = (struct tl_tree_bytes){ .label = from->label, .data = malloc((size_t)from->len + 1), .len = from->len };
        t->source_count = i + 1;
        if (to->data == NULL)
            return false;
        if (from->len > 0)
            tl_raw_copy(&raw, to->data, i, 0, from->len);
    }
    return true;
}

struct tl_packet_tree *tl_packet_tree_new(uint64_t row, const struct tl_protocols *protocols,
                                          const struct tl_tree *tree, const struct tl_buffer *comments)
{
    struct tl_packet_tree *t = calloc(1, sizeof *t);
    struct tl_buffer text = { 0 };
    if (t == NULL)
        return NULL;
    t->row = row;
    if (tree == NULL) {
        t->gone = true;
        return t;
    }
    t->lines = calloc((size_t)lines_most(tree) + comment_lines(comments) + 1, sizeof *t->lines);
    bool fine = t->lines != NULL && copy_sources(t, protocols, tree);
    if (fine)
        add_comments(t, &text, comments);
    if (fine)
        add_lines(t, &text, protocols, tree);
    t->text = (char *)text.data;
    if (!fine || text.failed) {
        tl_packet_tree_free(t);
        return NULL;
    }
    return t;
}
