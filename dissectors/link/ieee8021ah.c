/* ieee8021ah.c - the service instance tag of provider backbone bridges (IEEE 802.1Q clause 9.7, once 802.1ah). */
#include "dissectors/header.h"

enum { PRIORITY, DROP, NCA, RES1, RES2, ISID, DST, SRC, TYPE };
static const struct tl_field fields[] = {
    [PRIORITY] = { "ieee8021ah.priority", "Priority", .type = TL_U32, .mask = 0xe0000000 },
    [DROP] = { "ieee8021ah.drop", "Drop eligible", .type = TL_U32, .mask = 0x10000000 },
    [NCA] = { "ieee8021ah.nca", "Customer addresses are not used", .type = TL_U32, .mask = 0x08000000 },
    [RES1] = { "ieee8021ah.res1", "Reserved", .type = TL_U32, .mask = 0x04000000 },
    [RES2] = { "ieee8021ah.res2", "Reserved", .type = TL_U32, .mask = 0x03000000 },
    [ISID] = { "ieee8021ah.isid", "Service instance", .type = TL_U32, .mask = 0x00ffffff },
    [DST] = { "ieee8021ah.cdst", "Customer's destination", .type = TL_MAC, .flags = TL_DESTINATION },
    [SRC] = { "ieee8021ah.csrc", "Customer's source", .type = TL_MAC, .flags = TL_SOURCE },
    [TYPE] = { "ieee8021ah.etype", "Type", .type = TL_U16, .base = TL_HEX, .names = tl_ethertype_names },
};

static const struct tl_place places[] = {
    { PRIORITY, 0, 4, 0 }, { DROP, 0, 4, 0 }, { NCA, 0, 4, 0 }, { RES1, 0, 4, 0 },
    { RES2, 0, 4, 0 },     { ISID, 0, 4, 0 }, { DST, 4, 6, 0 }, { SRC, 10, 6, 0 },
};

enum { HEADER = 16 };

static enum tl_status ieee8021ah_dissect(struct tl_dissection *d)
{
    if (tl_header(d, places, TL_COUNT(places), HEADER) == NULL)
        return d->c.status;
    return tl_next_type_or_length(d, TYPE, TYPE, TYPE);
}

const struct tl_protocol tl_protocol_ieee8021ah = {
    .name = "ieee8021ah",
    .title = "802.1ah service instance tag",
    .kind = TL_KIND_LAYER,
    .info = "I-Tag service {isid}[ priority {priority}][ {etype}]",
    .dissect = ieee8021ah_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_ETHERTYPE, 0x88e7 } },
};
