/*
 * vntag.c - Cisco's tag of virtual interfaces (VN-Tag): the source and destination ports of a frame at a port extender.
 */
#include "dissectors/header.h"

enum { DIRECTION, POINTER, DST, LOOPED, RESERVED, VERSION, SRC, TYPE, LEN };
static const struct tl_field fields[] = {
    [DIRECTION] = { "vntag.dir", "From the bridge", .type = TL_BOOL, .mask = 0x80000000 },
    [POINTER] = { "vntag.ptr", "Destination is a list", .type = TL_BOOL, .mask = 0x40000000 },
    [DST] = { "vntag.dst", "Destination", .type = TL_U32, .mask = 0x3fff0000 },
    [LOOPED] = { "vntag.looped", "Looped", .type = TL_BOOL, .mask = 0x8000 },
    [RESERVED] = { "vntag.r", "Reserved", .type = TL_U32, .mask = 0x4000 },
    [VERSION] = { "vntag.version", "Version", .type = TL_U32, .mask = 0x3000 },
    [SRC] = { "vntag.src", "Source", .type = TL_U32, .mask = 0x0fff },
    [TYPE] = { "vntag.etype", "Type", .type = TL_U16, .base = TL_HEX, .names = tl_ethertype_names },
    [LEN] = { "vntag.len", "Length", .type = TL_U16, .unit = "bytes", .help = "Of an 802.2 frame" },
};

static const struct tl_place places[] = {
    { DIRECTION, 0, 4, 0 }, { POINTER, 0, 4, 0 }, { DST, 0, 4, 0 }, { LOOPED, 0, 4, 0 },
    { RESERVED, 0, 4, 0 },  { VERSION, 0, 4, 0 }, { SRC, 0, 4, 0 },
};

static enum tl_status vntag_dissect(struct tl_dissection *d)
{
    (void)tl_header(d, places, TL_COUNT(places), 4);
    return tl_next_type_or_length(d, TYPE, LEN, TYPE);
}

const struct tl_protocol tl_protocol_vntag = {
    .name = "vntag",
    .title = "VN-Tag",
    .kind = TL_KIND_LAYER,
    .info = "VN-Tag[ {src} > {dst}][ {etype}]",
    .dissect = vntag_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_ETHERTYPE, 0x8926 } },
};
