/*
 * sll2.c - Linux cooked capture, version 2 (LINKTYPE_LINUX_SLL2 of libpcap).
 *
 *   0          2          4           8        10     11       12                20
 *   | protocol | reserved | interface | ARPHRD | type | length | address, padded |
 */
#include "dissectors/header.h"

#include "dissectors/registry.h"

enum { ETYPE, GRETYPE, LTYPE, RESERVED, IFINDEX, HATYPE, PKTTYPE, HALEN, SRC, OTHER, UNUSED };
static const struct tl_field fields[] = {
    [ETYPE] = { "sll.etype", "Protocol", .type = TL_U16, .base = TL_HEX, .names = tl_ethertype_names },
    [GRETYPE] = { "sll.gretype", "Protocol", .type = TL_U16, .base = TL_HEX, .names = tl_ethertype_names },
    [LTYPE] = { "sll.ltype", "Protocol", .type = TL_U16, .base = TL_HEX, .help = "One of Linux's own numbers" },
    [RESERVED] = { "sll.reserved", "Reserved", .type = TL_U16, .base = TL_HEX },
    [IFINDEX] = { "sll.ifindex", "Interface index", .type = TL_U32 },
    [HATYPE] = { "sll.hatype", "Link-layer address type", .type = TL_U16, .names = tl_hardware_names },
    [PKTTYPE] = { "sll.pkttype", "Packet type", .type = TL_U16, .names = tl_packet_type_names },
    [HALEN] = { "sll.halen", "Link-layer address length", .type = TL_U16, .unit = "bytes" },
    [SRC] = { "sll.src.eth", "Source", .type = TL_MAC, .flags = TL_SOURCE },
    [OTHER] = { "sll.src.other", "Source", .type = TL_BYTES },
    [UNUSED] = { "sll.unused", "Unused", .type = TL_BYTES },
};

enum { ADDRESS = 8, LINUX_802_2 = 4, HARDWARE_GRE = 778 };

static enum tl_status sll2_dissect(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_take(&d->c, 2);
    if (p == NULL)
        return d->c.status;
    uint16_t type = tl_load_be16(p);
    const uint8_t *hw = tl_cursor_peek(&d->c, 6, 2);
    bool gre = hw != NULL && tl_load_be16(hw) == HARDWARE_GRE;
    bool ethernet = gre || type >= 1536;
    tl_add(d, gre ? GRETYPE : ethernet ? ETYPE : LTYPE, d->c.off - 2, 2, type);
    tl_u16(d, RESERVED);
    tl_u32(d, IFINDEX);
    tl_u16(d, HATYPE);
    tl_u8(d, PKTTYPE);
    uint32_t len = tl_u8(d, HALEN);
    if (len > ADDRESS)
        len = ADDRESS;
    if (len == 6)
        tl_mac(d, SRC);
    else if (len > 0)
        tl_run(d, OTHER, len);
    if (len < ADDRESS)
        tl_run(d, UNUSED, ADDRESS - len);
    if (ethernet)
        return tl_next(d, TL_ON_ETHERTYPE, type);
    return type == LINUX_802_2 ? tl_next_protocol(d, &tl_protocol_llc) : tl_next_data(d);
}

const struct tl_protocol tl_protocol_sll2 = {
    .name = "sll2",
    .title = "Linux cooked capture v2",
    .kind = TL_KIND_LAYER,
    .info = "{sll.pkttype}[ from {sll.src.eth}][ {sll.etype}]",
    .dissect = sll2_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_LINKTYPE, 276 } },
};
