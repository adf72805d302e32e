/* vlan.c - VLAN tags (IEEE 802.1Q clause 9), also stacked. */
#include "dissectors/header.h"

enum { PRIORITY, DEI, ID, ETYPE, LEN };
static const struct tl_field fields[] = {
    [PRIORITY] = { "vlan.priority", "Priority", .type = TL_U16, .mask = 0xe000 },
    [DEI] = { "vlan.dei", "Drop eligible", .type = TL_BOOL, .mask = 0x1000 },
    [ID] = { "vlan.id", "VLAN", .type = TL_U16, .mask = 0x0fff },
    [ETYPE] = { "vlan.etype", "Type", .type = TL_U16, .base = TL_HEX, .names = tl_ethertype_names },
    [LEN] = { "vlan.len", "Length", .type = TL_U16, .unit = "bytes", .help = "Of an 802.2 frame" },
};

static const struct tl_place places[] = { { PRIORITY, 0, 2, 0 }, { DEI, 0, 2, 0 }, { ID, 0, 2, 0 } };

static enum tl_status vlan_dissect(struct tl_dissection *d)
{
    const uint8_t *p = tl_header(d, places, TL_COUNT(places), 2);
    if (p != NULL) {
        uint16_t id = (uint16_t)((tl_load_be16(p) & 0x0fff) + 1);
        if (d->frame->vlan == 0)
            d->frame->vlan = id;
        else if (d->frame->inner_vlan == 0)
            d->frame->inner_vlan = id;
    }
    return tl_next_type_or_length(d, ETYPE, LEN, ETYPE);
}

const struct tl_protocol tl_protocol_vlan = {
    .name = "vlan",
    .title = "VLAN tag",
    .kind = TL_KIND_LAYER,
    .info = "VLAN {id}[ priority {priority}]",
    .dissect = vlan_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_ETHERTYPE, 0x8100 }, { TL_ON_ETHERTYPE, 0x88a8 }, { TL_ON_ETHERTYPE, 0x9100 } },
};
