/* hide.c - hides payload that may have secrets that no dissector found. */
#include "decode/hide.h"

void tl_hide_of(struct tl_decoder *k, const struct tl_dissection *d, struct tl_cursor c, unsigned index)
{
    if (!k->options.secrets && d->tree != NULL && index < TL_PROTOCOL_COUNT && k->protocols.items[index]->has_secrets)
        tl_tree_hide(&k->tree, c.base + c.off, tl_cursor_left(&c));
}

void tl_hide_by_ports(struct tl_decoder *k, const struct tl_dissection *d)
{
    const enum tl_on table = d->net->protocol == 17 ? TL_ON_UDP_PORT : TL_ON_TCP_PORT;
    if (TL_LIKELY(d->tree == NULL) || k->options.secrets)
        return;
    tl_hide_of(k, d, d->c, tl_registry_find(k->options.registry, table, d->seg->dst_port));
    tl_hide_of(k, d, d->c, tl_registry_find(k->options.registry, table, d->seg->src_port));
}

bool tl_hide_reaches_beyond(const struct tl_tree *tree, struct tl_bytes bytes)
{
    for (uint32_t i = 0; i < tree->hidden_count && i < TL_TREE_HIDDEN; i++) {
        uintptr_t from = (uintptr_t)bytes.data, at = (uintptr_t)tree->hidden[i].data;
        if (at < from || at - from >= bytes.len)
            return true;
    }
    return tree->hidden_count > TL_TREE_HIDDEN;
}

void tl_hide_values(struct tl_decoder *k)
{
    struct tl_tree *tree = &k->tree;
    for (uint32_t i = 0; i < tree->count; i++) {
        struct tl_node *node = &tree->nodes[i];
        if (node->field == TL_LAYER || !(k->protocols.items[node->protocol]->fields[node->field].flags & TL_CARRIER))
            continue;
        struct tl_bytes bytes = tl_node_bytes(tree, node);
        /* Of unmasked or inflated bytes, the protocol inside has read a copy. */
        if (bytes.len == 0 || (!(node->flags & TL_NODE_ARENA) && !tl_tree_hides(tree, bytes.data, bytes.len)))
            continue;
        node->flags |= TL_NODE_ARENA;
        node->value = 0; /* no bytes; where they are is still known */
    }
}
