/* chdlc.c - Cisco's HDLC (RFC 1547, section 4.3.1): an address, a control byte and an Ethernet type. */
#include "dissectors/header.h"
#include "dissectors/registry.h"

enum { ADDRESS, CONTROL, PROTOCOL };

static const struct tl_name addresses[] = { { 0x0f, "Unicast" }, { 0x8f, "Multicast" }, { 0, NULL } };

static const struct tl_name protocols[] = {
    { 0x0800, "IPv4" }, { 0x2000, "CDP" },  { 0x8035, "SLARP" },          { 0x809b, "AppleTalk" }, { 0x8137, "IPX" },
    { 0x86dd, "IPv6" }, { 0x8847, "MPLS" }, { 0x8848, "MPLS multicast" }, { 0xfefe, "OSI" },       { 0, NULL },
};

static const struct tl_field fields[] = {
    [ADDRESS] = { "chdlc.address", "Address", .type = TL_U8, .base = TL_HEX, .names = addresses },
    [CONTROL] = { "chdlc.control", "Control", .type = TL_U8, .base = TL_HEX },
    [PROTOCOL] = { "chdlc.protocol", "Protocol", .type = TL_U16, .base = TL_HEX, .names = protocols },
};

/* On Ethernet the first is another protocol (RARP), the others are none. */
enum { SLARP = 0x8035, CDP = 0x2000, OSI = 0xfefe };

static enum tl_status chdlc_dissect(struct tl_dissection *d)
{
    tl_u8(d, ADDRESS);
    tl_u8(d, CONTROL);
    uint16_t protocol = tl_u16(d, PROTOCOL);
    if (protocol == SLARP || protocol == CDP)
        return tl_next_protocol(d, protocol == SLARP ? &tl_protocol_slarp : &tl_protocol_cdp);
    if (protocol == OSI) {
        tl_skip(d, 1); /* padding */
        return tl_next(d, TL_ON_LLC_SAP, OSI & 0xff);
    }
    return tl_next(d, TL_ON_ETHERTYPE, protocol);
}

const struct tl_protocol tl_protocol_chdlc = {
    .name = "chdlc",
    .title = "Cisco HDLC",
    .kind = TL_KIND_LAYER,
    .info = "Cisco HDLC[ {address}][ {protocol}]",
    .dissect = chdlc_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_LINKTYPE, 104 } },
};
