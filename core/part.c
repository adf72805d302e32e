/* part.c - closes lenient parts. */
#include "core/part.h"

static void mark(struct tl_dissection *d, bool cut)
{
    if (d->wanted == NULL || d->layer == TL_NO_NODE)
        return;
    struct tl_node *layer = &d->tree->nodes[d->layer];
    if (d->c.status == TL_BAD) {
        layer->flags |= TL_NODE_BAD;
        layer->value = d->c.off;
    } else if (d->c.status == TL_SHORT && cut) {
        layer->flags |= TL_NODE_SHORT;
    }
}

void tl_part_end(struct tl_dissection *d, struct tl_part part)
{
    if (!part.open)
        return;
    mark(d, false);
    d->c.status = TL_OK;
    d->c.off = part.off;
    d->c.end = part.end;
    d->c.wire_end = part.wire_end;
    tl_skip(d, part.len);
}

void tl_part_close(struct tl_dissection *d, struct tl_part part)
{
    if (!part.open)
        return;
    mark(d, true);
    d->c.status = TL_OK;
    d->c.end = part.end;
    d->c.wire_end = part.wire_end;
}
