/* marker.c - the marker protocol of link aggregation (IEEE 802.1AX clause 6.5): shows that a conversation may move. */
#include "dissectors/header.h"

enum { VERSION, TYPE, LENGTH, PORT, SYSTEM, TRANSACTION, PAD, RESERVED };

static const struct tl_name types[] = {
    { 0, "Terminator" }, { 1, "Marker information" }, { 2, "Marker response" }, { 0, NULL },
};

static const struct tl_field fields[] = {
    [VERSION] = { "marker.version", "Version", .type = TL_U8, .base = TL_HEX },
    [TYPE] = { "marker.tlvType", "Entry", .type = TL_U8, .base = TL_HEX, .flags = TL_REPEATS, .names = types },
    [LENGTH] = { "marker.tlvLen", "Length", .type = TL_U8, .base = TL_HEX, .flags = TL_REPEATS },
    [PORT] = { "marker.requesterPort", "Requester port", .type = TL_U16 },
    [SYSTEM] = { "marker.requesterSystem", "Requester system", .type = TL_MAC },
    [TRANSACTION] = { "marker.requesterTransId", "Requester transaction", .type = TL_U32 },
    [PAD] = { "marker.requesterPad", "Pad", .type = TL_U32 },
    [RESERVED] = { "marker.reserved", "Reserved", .type = TL_BYTES },
};

static enum tl_status marker_dissect(struct tl_dissection *d)
{
    tl_u8(d, VERSION);
    uint8_t type = tl_u8(d, TYPE), len = tl_u8(d, LENGTH);
    if (tl_ok(d) && (len != 16 || type == 0 || type > 2))
        tl_bad(d);
    tl_u16(d, PORT);
    tl_mac(d, SYSTEM);
    tl_u32(d, TRANSACTION);
    const uint8_t *pad = tl_cursor_take(&d->c, 2);
    if (pad != NULL)
        tl_add(d, PAD, d->c.off - 2, 2, tl_load_be16(pad));
    tl_u8(d, TYPE);
    tl_u8(d, LENGTH);
    if (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        tl_run(d, RESERVED, tl_cursor_wire_left(&d->c));
    return tl_next_none(d);
}

const struct tl_protocol tl_protocol_marker = {
    .name = "marker",
    .title = "Marker Protocol",
    .kind = TL_KIND_LAYER,
    .info = "{tlvType}[ from {requesterSystem}][ port {requesterPort}][ transaction {requesterTransId}]",
    .dissect = marker_dissect,
    TL_TABLE(fields),
};
