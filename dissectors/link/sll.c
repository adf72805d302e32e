/*
 * sll.c - Linux cooked capture (LINKTYPE_LINUX_SLL of libpcap).
 *
 *   0        2        4        6                   14       16
 *   | type   | ARPHRD | length | address, padded   | protocol |
 */
#include "dissectors/header.h"

#include "dissectors/registry.h"

enum { PKTTYPE, HATYPE, HALEN, SRC, OTHER, UNUSED, ETYPE, GRETYPE, LTYPE };
static const struct tl_field fields[] = {
    [PKTTYPE] = { "sll.pkttype", "Packet type", .type = TL_U16, .names = tl_packet_type_names },
    [HATYPE] = { "sll.hatype", "Link-layer address type", .type = TL_U16, .names = tl_hardware_names },
    [HALEN] = { "sll.halen", "Link-layer address length", .type = TL_U16, .unit = "bytes" },
    [SRC] = { "sll.src.eth", "Source", .type = TL_MAC, .flags = TL_SOURCE },
    [OTHER] = { "sll.src.other", "Source", .type = TL_BYTES },
    [UNUSED] = { "sll.unused", "Unused", .type = TL_BYTES },
    [ETYPE] = { "sll.etype", "Protocol", .type = TL_U16, .base = TL_HEX, .names = tl_ethertype_names },
    [GRETYPE] = { "sll.gretype", "Protocol", .type = TL_U16, .base = TL_HEX, .names = tl_ethertype_names },
    [LTYPE] = { "sll.ltype", "Protocol", .type = TL_U16, .base = TL_HEX, .help = "One of Linux's own numbers" },
};

enum { ADDRESS = 8, LINUX_802_2 = 4, HARDWARE_GRE = 778 };

static enum tl_status sll_dissect(struct tl_dissection *d)
{
    tl_u16(d, PKTTYPE);
    uint16_t hardware = tl_u16(d, HATYPE);
    uint32_t len = tl_u16(d, HALEN);
    if (len > ADDRESS)
        len = ADDRESS;
    if (len == 6)
        tl_mac(d, SRC);
    else if (len > 0)
        tl_run(d, OTHER, len);
    if (len < ADDRESS)
        tl_run(d, UNUSED, ADDRESS - len);
    const uint8_t *p = tl_cursor_take(&d->c, 2);
    uint16_t type = p != NULL ? tl_load_be16(p) : 0;
    if (p == NULL)
        return d->c.status;
    bool gre = hardware == HARDWARE_GRE;
    if (type >= 1536 || gre) {
        tl_add(d, gre ? GRETYPE : ETYPE, d->c.off - 2, 2, type);
        return tl_next(d, TL_ON_ETHERTYPE, type);
    }
    tl_add(d, LTYPE, d->c.off - 2, 2, type);
    return type == LINUX_802_2 ? tl_next_protocol(d, &tl_protocol_llc) : tl_next_data(d);
}

const struct tl_protocol tl_protocol_sll = {
    .name = "sll",
    .title = "Linux cooked capture",
    .kind = TL_KIND_LAYER,
    .info = "{pkttype}[ from {src.eth}][ {etype}]",
    .dissect = sll_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_LINKTYPE, 113 } },
};
