/*
 * ipoib.c - IP over InfiniBand (RFC 4391, section 6) as it is captured:
 *
 *   0                       8                24               40       42         44
 *   | global route header:  | source GID     | destination    | type   | reserved |
 *   | or, at 20, the destination: 1 byte, a queue pair of 3, then the same GID
 */
#include "dissectors/header.h"

enum { VERSION, CLASS, FLOW, SOURCE_GID, PAIR, GID, TYPE, RESERVED };
static const struct tl_field fields[] = {
    [VERSION] = { "ipoib.grh.ipver", "IP version", .type = TL_U8, .mask = 0xf0000000 },
    [CLASS] = { "ipoib.grh.tclass", "Traffic class", .type = TL_U16, .mask = 0x0ff00000 },
    [FLOW] = { "ipoib.grh.flowlabel", "Flow label", .type = TL_U32, .mask = 0x000fffff },
    [SOURCE_GID] = { "ipoib.grh.sgid", "Source GID", .type = TL_IPV6 },
    [PAIR] = { "ipoib.daddr.qpn", "Destination queue pair", .type = TL_U24, .base = TL_HEX },
    [GID] = { "ipoib.dgid", "Destination GID", .type = TL_IPV6 },
    [TYPE] = { "ipoib.type", "Type", .type = TL_U16, .base = TL_HEX, .names = tl_ethertype_names },
    [RESERVED] = { "ipoib.reserved", "Reserved", .type = TL_U16, .base = TL_HEX },
};

static enum tl_status ipoib_dissect(struct tl_dissection *d)
{
    const uint8_t *first = tl_cursor_peek(&d->c, 0, 4);
    if (first != NULL && first[0] >> 4 == 6) {
        tl_add_all_bits(d, VERSION, FLOW, d->c.off, 4, tl_load_be32(first));
        tl_skip(d, 8);
        tl_ipv6(d, SOURCE_GID);
    } else {
        tl_skip(d, 21);
        tl_u24(d, PAIR);
    }
    tl_ipv6(d, GID);
    uint16_t type = tl_u16(d, TYPE);
    tl_u16(d, RESERVED);
    return tl_next(d, TL_ON_ETHERTYPE, type);
}

const struct tl_protocol tl_protocol_ipoib = {
    .name = "ipoib",
    .title = "IP over InfiniBand",
    .kind = TL_KIND_LAYER,
    .info = "IP over InfiniBand[ > {dgid}][ {type}]",
    .dissect = ipoib_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_LINKTYPE, 242 } },
};
