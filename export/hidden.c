/* hidden.c - the bytes of a packet that are secret. */
#include "export/hidden.h"

#include "core/protocol.h"

/* A text whose value is shown, as it is in the bytes. */
static bool shows_text(const struct tl_node *node, const struct tl_protocols *protocols)
{
    if (node->field == TL_LAYER || (node->flags & TL_NODE_ARENA) != 0 || node->len == 0)
        return false;
    enum tl_type type = protocols->items[node->protocol]->fields[node->field].type;
    return type == TL_TEXT || type == TL_BYTES;
}

/* Of a line that is secret as a whole, another field can show the first word. */
static void each_part(const struct tl_tree *tree, const struct tl_protocols *protocols, struct tl_bytes secret,
                      void (*hide)(void *context, struct tl_bytes secret, uint32_t from, uint32_t to), void *context)
{
    for (uint32_t from = 0, next; from < secret.len; from = next) {
        uint32_t to = secret.len;
        next = secret.len;
        for (uint32_t i = 0; i < tree->count; i++) {
            const struct tl_node *node = &tree->nodes[i];
            if (!shows_text(node, protocols) || node->source >= tree->source_count)
                continue;
            uintptr_t begin = (uintptr_t)tree->sources[node->source].data + node->off, at = (uintptr_t)secret.data;
            uintptr_t end = begin + node->len;
            if (end <= at + from || begin >= at + to)
                continue;
            to = begin > at + from ? (uint32_t)(begin - at) : from;
            next = end < at + secret.len ? (uint32_t)(end - at) : secret.len;
        }
        if (to > from)
            hide(context, secret, from, to);
    }
}

void tl_hidden_each(const struct tl_tree *tree, const struct tl_protocols *protocols,
                    void (*hide)(void *context, struct tl_bytes secret, uint32_t from, uint32_t to), void *context)
{
    for (uint32_t i = 0; i < tree->hidden_count && i < TL_TREE_HIDDEN; i++)
        each_part(tree, protocols, tree->hidden[i], hide, context);
    if (tree->hidden_count > TL_TREE_HIDDEN)
        hide(context, (struct tl_bytes){ NULL, 0 }, 0, 0);
}
