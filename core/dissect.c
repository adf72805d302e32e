/* dissect.c - the slow halves of the readers, which run only for wanted fields. */
#include "core/dissect.h"

#include "core/secret.h"

/* Adds the shown part of a secret. text is the value, at [off, off + len) of the source or decoded from there. */
static uint32_t note_secret(struct tl_dissection *d, unsigned field, uint32_t off, uint32_t len, struct tl_bytes text,
                            bool decoded, enum tl_secret kind)
{
    struct tl_tree *tree = d->tree;
    const size_t used = d->scratch->used;
    struct tl_node node = { .protocol = d->protocol_index, .field = (uint16_t)field, .depth = tree->depth,
                            .source = tree->source, .off = off, .len = len };
    struct tl_bytes shown;
    uint32_t index = TL_NO_NODE;
    if (tl_secret_shown(kind, text, d->scratch, &shown)) {
        if (!decoded && shown.data >= text.data && shown.data + shown.len <= text.data + text.len) {
            node.off = off + (uint32_t)(shown.data - text.data);
            node.len = shown.len;
            index = tl_tree_add(tree, node);
            const uint8_t *after = shown.data + shown.len;
            tl_tree_hide(tree, text.data, (size_t)(shown.data - text.data));
            tl_tree_hide(tree, after, (size_t)(text.data + text.len - after));
        } else {
            if (shown.data != text.data || shown.len != text.len)
                tl_tree_hide(tree, d->c.base + off, len);
            index = tl_tree_add_text(tree, node, shown.data, shown.len);
        }
    } else {
        tl_tree_hide(tree, d->c.base + off, len);
    }
    d->scratch->used = used; /* the tree has a copy */
    return index;
}

struct tl_bytes tl_shown_text(const struct tl_dissection *d, enum tl_secret kind, struct tl_bytes text)
{
    struct tl_bytes shown;
    if (d->secrets)
        return text;
    return tl_secret_shown(kind, text, d->scratch, &shown) ? shown : tl_bytes_of(text.data, 0);
}

void tl_add_secret(struct tl_dissection *d, unsigned field, uint32_t off, uint32_t len, enum tl_secret kind)
{
    if (!tl_wants(d, field))
        return;
    if (d->secrets)
        (void)tl_note(d, field, off, len, 0);
    else
        (void)note_secret(d, field, off, len, tl_bytes_of(d->c.base + off, len), false, kind);
}

uint32_t tl_note(struct tl_dissection *d, unsigned field, uint32_t off, uint32_t len, uint64_t value)
{
    struct tl_tree *tree = d->tree;
    enum tl_secret secret = d->protocol->fields[field].secret;
    if (TL_UNLIKELY(secret != TL_SECRET_NOT) && !d->secrets)
        return note_secret(d, field, off, len, tl_bytes_of(d->c.base + off, len), false, secret);
    struct tl_node node = { .protocol = d->protocol_index, .field = (uint16_t)field, .depth = tree->depth,
                            .source = tree->source, .off = off, .len = len, .value = value };
    return tl_tree_add(tree, node);
}

void tl_add_text(struct tl_dissection *d, unsigned field, uint32_t off, uint32_t len, const void *text,
                 uint32_t text_len)
{
    if (!tl_wants(d, field))
        return;
    enum tl_secret secret = d->protocol->fields[field].secret;
    if (TL_UNLIKELY(secret != TL_SECRET_NOT) && !d->secrets) {
        (void)note_secret(d, field, off, len, tl_bytes_of(text, text_len), true, secret);
        return;
    }
    struct tl_tree *tree = d->tree;
    struct tl_node node = { .protocol = d->protocol_index, .field = (uint16_t)field, .depth = tree->depth,
                            .source = tree->source, .off = off, .len = len };
    tl_tree_add_text(tree, node, text, text_len);
}

void tl_add_all_bits(struct tl_dissection *d, unsigned first, unsigned last, uint32_t off, uint32_t len,
                     uint64_t whole)
{
    if (d->wanted == NULL)
        return;
    for (unsigned field = first; field <= last; field++)
        tl_add_bits(d, field, off, len, whole);
}

/* --- layers --- */

void tl_layer_begin(struct tl_dissection *d)
{
    d->tree->depth = 0;
    struct tl_node node = { .protocol = d->protocol_index, .field = TL_LAYER, .source = d->tree->source,
                            .flags = d->frame->quoted ? TL_NODE_QUOTED : 0, .off = d->c.off, .len = d->c.end - d->c.off };
    d->layer = tl_tree_add(d->tree, node);
    d->inner_first = 0;
    d->tree->depth = 1;
}

static void reverse(struct tl_node *nodes, uint32_t n)
{
    for (uint32_t i = 0; i < n / 2; i++) {
        struct tl_node node = nodes[i];
        nodes[i] = nodes[n - 1 - i];
        nodes[n - 1 - i] = node;
    }
}

/* Moves the fields that the layer got after those inside it in front of them. */
static void gather(struct tl_dissection *d)
{
    struct tl_tree *tree = d->tree;
    uint32_t first = d->inner_first, from = tree->count;
    if (TL_LIKELY(first == 0)) /* no layer is inside it */
        return;
    while (from > first && tree->nodes[from - 1].protocol == d->protocol_index)
        from--;
    uint32_t moved = tree->count - from;
    if (moved == 0)
        return;
    reverse(tree->nodes + first, from - first);
    reverse(tree->nodes + from, moved);
    reverse(tree->nodes + first, tree->count - first);
    d->inner_first += moved;
    d->inner_last += moved;
}

void tl_layer_end(struct tl_dissection *d)
{
    struct tl_tree *tree = d->tree;
    tree->depth = 0;
    if (d->layer == TL_NO_NODE)
        return;
    gather(d);
    struct tl_node *layer = &tree->nodes[d->layer];
    if (layer->source == tree->source && d->c.off >= layer->off)
        layer->len = d->c.off - layer->off;
    if (d->c.status == TL_SHORT)
        layer->flags |= TL_NODE_SHORT;
    else if (d->c.status == TL_BAD) {
        layer->flags |= TL_NODE_BAD;
        layer->value = d->c.off;
    }
    if (tree->full)
        layer->flags |= TL_NODE_CUT;
}

void tl_inner_begin(struct tl_dissection *d, struct tl_dissection *inner, const struct tl_protocol *protocol,
                    bool new_layer)
{
    struct tl_tree *tree = d->tree;
    if (d->layer != TL_NO_NODE)
        gather(d);
    *inner = *d;
    d->host->select(inner, protocol);
    bool goes_on = !new_layer && d->inner_first != 0 && tree->nodes[d->inner_last].protocol == inner->protocol_index &&
                   tree->nodes[d->inner_last].source == tree->source;
    if (goes_on) {
        inner->layer = d->inner_last;
        inner->inner_first = 0;
        tree->depth = 1;
        return;
    }
    tl_layer_begin(inner);
    if (inner->layer == TL_NO_NODE)
        return;
    tree->nodes[inner->layer].len = 0;
    d->inner_last = inner->layer;
    if (d->inner_first == 0)
        d->inner_first = inner->layer;
}

/* The layer reaches from the first to the last byte of its fields. */
void tl_inner_end(struct tl_dissection *d, struct tl_dissection *inner)
{
    struct tl_tree *tree = d->tree;
    tree->depth = d->layer != TL_NO_NODE;
    if (inner->layer == TL_NO_NODE)
        return;
    struct tl_node *layer = &tree->nodes[inner->layer];
    for (uint32_t i = tree->count; i-- > inner->layer + 1;) {
        const struct tl_node *node = &tree->nodes[i];
        if (node->len == 0 || node->source != layer->source)
            continue;
        if (layer->len == 0)
            layer->off = node->off;
        if (node->off >= layer->off)
            layer->len = node->off + node->len - layer->off;
        break;
    }
}
