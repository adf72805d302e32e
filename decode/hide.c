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
