/* tree.c - the detail of one packet as a flat array in preorder. */
#include "core/tree.h"

#include <stdlib.h>

enum { TEXT_MAX = 16 << 20 }; /* bytes of decoded text in the tree of a packet */

void tl_tree_init(struct tl_tree *tree)
{
    *tree = (struct tl_tree){ 0 };
}

void tl_tree_fini(struct tl_tree *tree)
{
    free(tree->nodes);
    free(tree->text);
    *tree = (struct tl_tree){ 0 };
}

void tl_tree_reset(struct tl_tree *tree, const uint8_t *data, uint32_t len)
{
    tree->count = 0;
    tree->text_len = 0;
    tree->depth = 0;
    tree->source = 0;
    tree->full = false;
    tree->hidden_count = 0;
    tree->sources[0] = (struct tl_tree_source){ data, len, "packet" };
    tree->source_count = 1;
}

void tl_tree_hide(struct tl_tree *tree, const uint8_t *data, size_t len)
{
    if (len == 0)
        return;
    if (tree->hidden_count < TL_TREE_HIDDEN)
        tree->hidden[tree->hidden_count] = (struct tl_bytes){ data, (uint32_t)len };
    if (tree->hidden_count <= TL_TREE_HIDDEN)
        tree->hidden_count++;
}

bool tl_tree_hides(const struct tl_tree *tree, const uint8_t *data, size_t len)
{
    uintptr_t from = (uintptr_t)data, to = from + len;
    for (uint32_t i = 0; i < tree->hidden_count && i < TL_TREE_HIDDEN; i++) {
        uintptr_t begin = (uintptr_t)tree->hidden[i].data;
        if (begin < to && from < begin + tree->hidden[i].len)
            return true;
    }
    return tree->hidden_count > TL_TREE_HIDDEN;
}

static bool grow(struct tl_tree *tree)
{
    uint32_t capacity = tree->capacity ? tree->capacity * 2 : 256;
    struct tl_node *nodes = capacity <= TL_TREE_NODES ? realloc(tree->nodes, capacity * sizeof *nodes) : NULL;
    if (nodes == NULL) {
        tree->full = true;
        return false;
    }
    tree->nodes = nodes;
    tree->capacity = capacity;
    return true;
}

uint32_t tl_tree_add(struct tl_tree *tree, struct tl_node node)
{
    if (TL_UNLIKELY(tree->count == tree->capacity) && !grow(tree))
        return TL_NO_NODE;
    tree->nodes[tree->count] = node;
    return tree->count++;
}

uint32_t tl_tree_add_text(struct tl_tree *tree, struct tl_node node, const void *text, uint32_t len)
{
    if (tree->text_capacity - tree->text_len < len) {
        size_t capacity = ((size_t)tree->text_len + len) * 2;
        uint8_t *grown = capacity <= TEXT_MAX ? realloc(tree->text, capacity) : NULL;
        if (grown == NULL) {
            tree->full = true;
            return TL_NO_NODE;
        }
        tree->text = grown;
        tree->text_capacity = (uint32_t)capacity;
    }
    node.flags |= TL_NODE_ARENA;
    node.value = (uint64_t)tree->text_len << 32 | len;
    if (len > 0)
        memcpy(tree->text + tree->text_len, text, len);
    tree->text_len += len;
    return tl_tree_add(tree, node);
}

uint8_t tl_tree_add_source(struct tl_tree *tree, const uint8_t *data, uint32_t len, const char *label)
{
    if (tree->source_count == TL_TREE_SOURCES)
        return TL_TREE_SOURCES;
    tree->sources[tree->source_count] = (struct tl_tree_source){ data, len, label };
    return (uint8_t)tree->source_count++;
}

struct tl_bytes tl_node_bytes(const struct tl_tree *tree, const struct tl_node *node)
{
    if (node->flags & TL_NODE_ARENA) {
        uint32_t len = (uint32_t)node->value; /* 0: the text buffer may not exist yet */
        return (struct tl_bytes){ len > 0 ? tree->text + (node->value >> 32) : NULL, len };
    }
    if (node->source >= tree->source_count)
        return (struct tl_bytes){ NULL, 0 };
    const struct tl_tree_source *source = &tree->sources[node->source];
    if (node->off > source->len || node->len > source->len - node->off)
        return (struct tl_bytes){ NULL, 0 };
    return (struct tl_bytes){ source->data + node->off, node->len };
}

uint32_t tl_tree_after(const struct tl_tree *tree, uint32_t index)
{
    uint8_t depth = tree->nodes[index].depth;
    do
        index++;
    while (index < tree->count && tree->nodes[index].depth > depth);
    return index;
}
