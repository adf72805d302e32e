/*
 * fr.c - Frame Relay (ITU-T Q.922, annex A): the encapsulation of RFC 2427, and that of Cisco, with an Ethernet type.
 */
#include "dissectors/header.h"

enum { UPPER, CR, SECOND, FECN, BECN, DE, THIRD, LOWER, CORE, DC, EA, DLCI, CONTROL, NLPID, OUI, PID, SNAP_TYPE, TYPE };

static const struct tl_name nlpids[] = {
    { 0x00, "Null" },  { 0x08, "Q.933" }, { 0x80, "SNAP" },    { 0x81, "CLNP" }, { 0x82, "ES-IS" }, { 0x83, "IS-IS" },
    { 0x8e, "IPv6" },  { 0xb0, "FRF.9" }, { 0xb1, "FRF.12" },  { 0xcc, "IPv4" }, { 0xcf, "PPP" },   { 0, NULL },
};

static const struct tl_field fields[] = {
    [UPPER] = { "fr.upper_dlci", "Upper DLCI", .type = TL_U8, .base = TL_HEX, .mask = 0xfc },
    [CR] = { "fr.cr", "Command or response", .type = TL_BOOL, .mask = 0x02 },
    [SECOND] = { "fr.second_dlci", "Second DLCI", .type = TL_U8, .base = TL_HEX, .mask = 0xf0 },
    [FECN] = { "fr.fecn", "Forward congestion", .type = TL_BOOL, .mask = 0x08 },
    [BECN] = { "fr.becn", "Backward congestion", .type = TL_BOOL, .mask = 0x04 },
    [DE] = { "fr.de", "Discard eligible", .type = TL_BOOL, .mask = 0x02 },
    [THIRD] = { "fr.third_dlci", "Third DLCI", .type = TL_U8, .base = TL_HEX, .mask = 0xfe },
    [LOWER] = { "fr.lower_dlci", "Lower DLCI", .type = TL_U8, .base = TL_HEX, .mask = 0xfc },
    [CORE] = { "fr.dlcore_control", "DL-CORE control", .type = TL_U8, .base = TL_HEX, .mask = 0xfc },
    [DC] = { "fr.dc", "DL-CORE control instead of a DLCI", .type = TL_BOOL, .mask = 0x02 },
    [EA] = { "fr.ea", "Last address byte", .type = TL_BOOL, .mask = 0x01, .flags = TL_REPEATS },
    [DLCI] = { "fr.dlci", "Data link connection", .type = TL_U32 },
    [CONTROL] = { "fr.control", "Control", .type = TL_U8, .base = TL_HEX },
    [NLPID] = { "fr.nlpid", "Network layer protocol", .type = TL_U8, .base = TL_HEX, .names = nlpids },
    [OUI] = { "fr.snap.oui", "Organization", .type = TL_U24, .base = TL_HEX },
    [PID] = { "fr.snap.pid", "Protocol id", .type = TL_U16, .base = TL_HEX },
    [SNAP_TYPE] = { "fr.snaptype", "Type", .type = TL_U16, .base = TL_HEX, .names = tl_ethertype_names },
    [TYPE] = { "fr.chdlctype", "Type", .type = TL_U16, .base = TL_HEX, .names = tl_ethertype_names },
};

enum { IS_LAST = 0x01, IS_CONTROL = 0x02, UNNUMBERED_INFORMATION = 0x03, SLARP = 0x8035 };
enum { NLPID_SNAP = 0x80, NLPID_IPV6 = 0x8e, NLPID_IPV4 = 0xcc, NLPID_PPP = 0xcf };
enum { OUI_ETHERNET = 0, OUI_BRIDGED = 0x0080c2, BRIDGED_FCS = 1, BRIDGED = 7 };

/* Reads one byte of the address, with the fields first..last. Returns whether it is the last byte. */
static uint8_t part(struct tl_dissection *d, unsigned first, unsigned last)
{
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    if (p == NULL)
        return 0;
    tl_add_all_bits(d, first, last, d->c.off - 1, 1, p[0]);
    tl_add_bits(d, EA, d->c.off - 1, 1, p[0]);
    return p[0];
}

/* Reads the last byte of an address of three or four. It holds six more bits of the number, or other information. */
static uint32_t last_part(struct tl_dissection *d, uint32_t dlci)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    bool control = p != NULL && (p[0] & IS_CONTROL) != 0;
    if (p != NULL)
        tl_add_bits(d, control ? CORE : LOWER, d->c.off, 1, p[0]);
    uint8_t byte = part(d, DC, DC);
    if (tl_ok(d) && (byte & IS_LAST) == 0)
        tl_bad(d);
    return control ? dlci : dlci << 6 | byte >> 2;
}

/* Reads an address of two, three or four bytes (Q.922, figure 1 of annex A). */
static void address(struct tl_dissection *d)
{
    uint32_t start = d->c.off;
    uint8_t byte = part(d, UPPER, CR);
    uint32_t dlci = byte >> 2;
    if (tl_ok(d) && (byte & IS_LAST) != 0)
        tl_bad(d);
    byte = part(d, SECOND, DE);
    dlci = dlci << 4 | byte >> 4;
    if (tl_ok(d) && (byte & IS_LAST) == 0) {
        const uint8_t *third = tl_cursor_peek(&d->c, 0, 1);
        if (third != NULL && (third[0] & IS_LAST) == 0)
            dlci = dlci << 7 | part(d, THIRD, THIRD) >> 1;
        dlci = last_part(d, dlci);
    }
    if (tl_ok(d))
        tl_add(d, DLCI, start, d->c.off - start, dlci);
}

static enum tl_status snap(struct tl_dissection *d)
{
    uint32_t oui = tl_u24(d, OUI);
    if (oui == OUI_ETHERNET)
        return tl_next(d, TL_ON_ETHERTYPE, tl_u16(d, SNAP_TYPE));
    uint16_t pid = tl_u16(d, PID);
    if (oui == OUI_BRIDGED && (pid == BRIDGED_FCS || pid == BRIDGED))
        return tl_next(d, TL_ON_ETHERTYPE, 0x6558);
    return tl_next_data(d);
}

static enum tl_status multiprotocol(struct tl_dissection *d)
{
    tl_u8(d, CONTROL);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    if (p != NULL && p[0] == 0) /* a pad byte that aligns what follows */
        tl_skip(d, 1);
    switch (tl_u8(d, NLPID)) {
    case NLPID_IPV4:
        return tl_next(d, TL_ON_ETHERTYPE, 0x0800);
    case NLPID_IPV6:
        return tl_next(d, TL_ON_ETHERTYPE, 0x86dd);
    case NLPID_PPP:
        return tl_next(d, TL_ON_ETHERTYPE, 0x880b);
    case NLPID_SNAP:
        return snap(d);
    default:
        return tl_next_data(d);
    }
}

static enum tl_status fr_dissect(struct tl_dissection *d)
{
    address(d);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    if (p != NULL && p[0] == UNNUMBERED_INFORMATION)
        return multiprotocol(d);
    p = tl_cursor_peek(&d->c, 0, 2);
    if (tl_cursor_wire_left(&d->c) < 2 || (p != NULL && tl_load_be16(p) < 1536)) /* signalling: Q.933 and the like */
        return tl_next_data(d);
    uint16_t type = tl_u16(d, TYPE);
    return type == SLARP ? tl_next_data(d) : tl_next(d, TL_ON_ETHERTYPE, type);
}

const struct tl_protocol tl_protocol_fr = {
    .name = "fr",
    .title = "Frame Relay",
    .kind = TL_KIND_LAYER,
    .info = "Frame Relay[ DLCI {dlci}][ {nlpid}][ {snaptype}][ {chdlctype}]",
    .dissect = fr_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_LINKTYPE, 107 } },
};
