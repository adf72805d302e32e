/*
 * osi.c - the network layer protocol identifier (ISO/IEC TR 9577) behind an 802.2 header of the OSI network layer, as
 * in RFC 2684 section 5.1. A protocol of OSI has the identifier as its own first byte.
 */
#include "dissectors/header.h"
#include "dissectors/registry.h"

enum { NLPID, OUI, TYPE, PID };

static const struct tl_name nlpids[] = {
    { 0x00, "Null" },  { 0x08, "Q.933" }, { 0x80, "SNAP" },    { 0x81, "CLNP" }, { 0x82, "ES-IS" }, { 0x83, "IS-IS" },
    { 0x8e, "IPv6" },  { 0xb0, "FRF.9" }, { 0xb1, "FRF.12" },  { 0xcc, "IPv4" }, { 0xcf, "PPP" },   { 0, NULL },
};

static const struct tl_field fields[] = {
    [NLPID] = { "osi.nlpid", "Network layer protocol", .type = TL_U8, .base = TL_HEX, .names = nlpids },
    [OUI] = { "osi.snap.oui", "Organization", .type = TL_U24, .base = TL_HEX },
    [TYPE] = { "osi.snap.type", "Type", .type = TL_U16, .base = TL_HEX, .names = tl_ethertype_names },
    [PID] = { "osi.snap.pid", "Protocol id", .type = TL_U16, .base = TL_HEX },
};

enum { SNAP = 0x80, ISIS = 0x83, IPV6 = 0x8e, IPV4 = 0xcc, PPP = 0xcf };

static enum tl_status snap(struct tl_dissection *d)
{
    if (tl_u24(d, OUI) == 0)
        return tl_next(d, TL_ON_ETHERTYPE, tl_u16(d, TYPE));
    tl_u16(d, PID);
    return tl_next_data(d);
}

static enum tl_status osi_dissect(struct tl_dissection *d)
{
    const uint8_t *first = tl_cursor_peek(&d->c, 0, 1);
    if (first != NULL && first[0] == ISIS) {
        tl_add(d, NLPID, d->c.off, 1, ISIS);
        return tl_next_protocol(d, &tl_protocol_isis);
    }
    switch (tl_u8(d, NLPID)) {
    case IPV4:
        return tl_next(d, TL_ON_ETHERTYPE, 0x0800);
    case IPV6:
        return tl_next(d, TL_ON_ETHERTYPE, 0x86dd);
    case PPP:
        return tl_next(d, TL_ON_ETHERTYPE, 0x880b);
    case SNAP:
        return snap(d);
    default:
        return tl_next_data(d);
    }
}

const struct tl_protocol tl_protocol_osi = {
    .name = "osi",
    .title = "OSI network layer",
    .kind = TL_KIND_LAYER,
    .info = "OSI[ {nlpid}]",
    .dissect = osi_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_LLC_SAP, 0xfe } },
};
