/* etag.c - the tag of bridge port extension (IEEE 802.1BR, clause 7.5). */
#include "dissectors/header.h"

enum { PRIORITY, DEI, INGRESS, RESERVED, GROUP, ECID, INGRESS_EXT, ECID_EXT, TYPE };
static const struct tl_field fields[] = {
    [PRIORITY] = { "etag.pcp", "Priority", .type = TL_U16, .mask = 0xe000 },
    [DEI] = { "etag.dei", "Drop eligible", .type = TL_U16, .mask = 0x1000 },
    [INGRESS] = { "etag.iecid_base", "Ingress channel", .type = TL_U16, .base = TL_HEX, .mask = 0x0fff },
    [RESERVED] = { "etag.resv", "Reserved", .type = TL_U16, .mask = 0xc000 },
    [GROUP] = { "etag.group", "Group", .type = TL_U16, .mask = 0x3000 },
    [ECID] = { "etag.ecid_base", "Channel", .type = TL_U16, .base = TL_HEX, .mask = 0x0fff },
    [INGRESS_EXT] = { "etag.iecid_ext", "Ingress channel, upper bits", .type = TL_U8, .base = TL_HEX },
    [ECID_EXT] = { "etag.ecid_ext", "Channel, upper bits", .type = TL_U8, .base = TL_HEX },
    [TYPE] = { "etag.etype", "Type", .type = TL_U16, .base = TL_HEX, .names = tl_ethertype_names },
};

static const struct tl_place places[] = {
    { PRIORITY, 0, 2, 0 }, { DEI, 0, 2, 0 },         { INGRESS, 0, 2, 0 },  { RESERVED, 2, 2, 0 }, { GROUP, 2, 2, 0 },
    { ECID, 2, 2, 0 },     { INGRESS_EXT, 4, 1, 0 }, { ECID_EXT, 5, 1, 0 }, { TYPE, 6, 2, 0 },
};

static enum tl_status etag_dissect(struct tl_dissection *d)
{
    const uint8_t *p = tl_header(d, places, TL_COUNT(places), 8);
    return p == NULL ? d->c.status : tl_next(d, TL_ON_ETHERTYPE, tl_load_be16(p + 6));
}

const struct tl_protocol tl_protocol_etag = {
    .name = "etag",
    .title = "802.1BR tag",
    .kind = TL_KIND_LAYER,
    .info = "E-Tag[ channel {ecid_base}][ {etype}]",
    .dissect = etag_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_ETHERTYPE, 0x893f } },
};
