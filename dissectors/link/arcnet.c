/*
 * arcnet.c - ARCNET as Linux captures it, with the two bytes of the offset in the card's buffer
 * (LINKTYPE_ARCNET_LINUX). With RFC 1201 a split flag and a sequence number follow the protocol id; with RFC 1051 and
 * BACnet they do not.
 */
#include "dissectors/header.h"
#include "dissectors/registry.h"

enum { SRC, DST, OFFSET, PROTOCOL, EXCEPTION, PADDING, SPLIT, SEQUENCE };

enum { IS_EXCEPTION = 0xff };
enum { IPV6 = 0xc4, BACNET = 0xcd, IPV4_1201 = 0xd4, ARP_1201 = 0xd5, RARP_1201 = 0xd6, APPLETALK = 0xdd,
       IPV4_1051 = 0xf0, ARP_1051 = 0xf1, NOVELL = 0xfa };

static const struct tl_name protocols[] = {
    { IPV6, "IPv6" },           { BACNET, "BACnet" },       { IPV4_1201, "IPv4 (RFC 1201)" }, { ARP_1201, "ARP (RFC 1201)" },
    { RARP_1201, "RARP" },      { APPLETALK, "AppleTalk" }, { IPV4_1051, "IPv4 (RFC 1051)" }, { ARP_1051, "ARP (RFC 1051)" },
    { NOVELL, "IPX" },          { 0, NULL },
};

static const struct tl_field fields[] = {
    [SRC] = { "arcnet.src", "Source", .type = TL_U8, .base = TL_HEX },
    [DST] = { "arcnet.dst", "Destination", .type = TL_U8, .base = TL_HEX },
    [OFFSET] = { "arcnet.offset", "Offset", .type = TL_BYTES },
    [PROTOCOL] = { "arcnet.protID", "Protocol id", .type = TL_U8, .base = TL_HEX, .names = protocols },
    [EXCEPTION] = { "arcnet.exception_flag", "Exception flag", .type = TL_U8, .base = TL_HEX },
    [PADDING] = { "arcnet.padding", "Padding", .type = TL_U16, .base = TL_HEX },
    [SPLIT] = { "arcnet.split_flag", "Split flag", .type = TL_U8, .help = "0: the packet is whole" },
    [SEQUENCE] = { "arcnet.sequence", "Sequence number", .type = TL_U16 },
};

/* RFC 1201. Returns whether the packet is whole: its parts are not reassembled. */
static bool is_whole(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    if (p != NULL && p[0] == IS_EXCEPTION) { /* padding, in a packet of a size that no frame can have */
        tl_u8(d, EXCEPTION);
        tl_u16(d, PADDING);
        tl_skip(d, 1); /* the repeated protocol id */
    }
    uint8_t split = tl_u8(d, SPLIT);
    tl_u16(d, SEQUENCE);
    return split == 0;
}

static enum tl_status arcnet_dissect(struct tl_dissection *d)
{
    tl_u8(d, SRC);
    tl_u8(d, DST);
    tl_run(d, OFFSET, 2);
    switch (tl_u8(d, PROTOCOL)) {
    case IPV4_1051:
        return tl_next(d, TL_ON_ETHERTYPE, 0x0800);
    case ARP_1051:
        return tl_next(d, TL_ON_ETHERTYPE, 0x0806);
    case BACNET:
        return tl_next_protocol(d, &tl_protocol_llc);
    case IPV4_1201:
        return is_whole(d) ? tl_next(d, TL_ON_ETHERTYPE, 0x0800) : tl_next_data(d);
    case IPV6:
        return is_whole(d) ? tl_next(d, TL_ON_ETHERTYPE, 0x86dd) : tl_next_data(d);
    case ARP_1201:
    case RARP_1201:
        return is_whole(d) ? tl_next(d, TL_ON_ETHERTYPE, 0x0806) : tl_next_data(d);
    default:
        return tl_next_data(d);
    }
}

const struct tl_protocol tl_protocol_arcnet = {
    .name = "arcnet",
    .title = "ARCNET",
    .kind = TL_KIND_LAYER,
    .info = "ARCNET[ {src} > {dst}][ {protID}]",
    .dissect = arcnet_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_LINKTYPE, 129 } },
};
