/* data.c - bytes that no protocol claims. */
#include "core/dissect.h"

enum { DATA, LEN };
static const struct tl_field fields[] = {
    [DATA] = { "data.data", "Data", .type = TL_BYTES, .help = "What was captured of it" },
    [LEN] = { "data.len", "Length", .type = TL_U32, .flags = TL_DERIVED, .unit = "bytes", .help = "On the wire" },
};

static enum tl_status data_dissect(struct tl_dissection *d)
{
    tl_add(d, LEN, d->c.off, 0, tl_cursor_wire_left(&d->c));
    if (d->tree == NULL || !tl_tree_hides(d->tree, d->c.base + d->c.off, tl_cursor_left(&d->c)))
        tl_run(d, DATA, tl_cursor_left(&d->c));
    return tl_next_none(d);
}

const struct tl_protocol tl_protocol_data = {
    .name = "data",
    .title = "Data",
    .kind = TL_KIND_APPLICATION,
    .info = "Len={len}",
    .dissect = data_dissect,
    TL_TABLE(fields),
};
