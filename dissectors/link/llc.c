/* llc.c - logical link control (IEEE 802.2) and SNAP (IEEE 802 clause 9). */
#include "dissectors/header.h"
#include "dissectors/registry.h"

enum { DSAP, SSAP, CONTROL, OUI, TYPE, PID, CISCO_PID };

static const struct tl_name saps[] = {
    { 0x00, "Null" },
    { 0x02, "LLC sublayer management" },
    { 0x06, "IP" },
    { 0x0e, "PROWAY network management" },
    { 0x42, "Spanning tree" },
    { 0x4e, "Manufacturing messages" },
    { 0x7e, "X.25" },
    { 0x80, "XNS" },
    { 0xaa, "SNAP" },
    { 0xab, "SNAP response" },
    { 0xe0, "IPX" },
    { 0xf0, "NetBIOS" },
    { 0xf4, "LAN management" },
    { 0xfe, "ISO network layer" },
    { 0xff, "Global" },
    { 0, NULL },
};

static const struct tl_name organizations[] = {
    { 0x000000, "Encapsulated Ethernet" }, { 0x00000c, "Cisco" },
    { 0x0000f8, "Cisco 90-compatible" },   { 0x0080c2, "802.1 bridging" },
    { 0x00e02b, "Extreme" },               { 0x080007, "Apple" },
    { 0, NULL },
};

static const struct tl_name cisco_pids[] = {
    { 0x0104, "PAgP" }, { 0x0105, "VLAN bridge" }, { 0x010b, "PVST+" }, { 0x010c, "VLAN bridge" }, { 0x0111, "UDLD" },
    { 0x2000, "CDP" },  { 0x2001, "CGMP" },        { 0x2003, "VTP" },   { 0x2004, "DTP" },         { 0, NULL },
};

static const struct tl_field fields[] = {
    [DSAP] = { "llc.dsap", "Destination SAP", .type = TL_U8, .base = TL_HEX, .names = saps },
    [SSAP] = { "llc.ssap", "Source SAP", .type = TL_U8, .base = TL_HEX, .names = saps },
    [CONTROL] = { "llc.control", "Control", .type = TL_U16, .base = TL_HEX },
    [OUI] = { "llc.oui", "Organization", .type = TL_U24, .names = organizations },
    [TYPE] = { "llc.type", "Type", .type = TL_U16, .base = TL_HEX, .names = tl_ethertype_names },
    [PID] = { "llc.pid", "Protocol id", .type = TL_U16, .base = TL_HEX },
    [CISCO_PID] = { "llc.cisco_pid", "Protocol id", .type = TL_U16, .base = TL_HEX, .names = cisco_pids },
};

enum { SAP_SNAP = 0xaa, OUI_ETHERNET = 0, OUI_CISCO = 0x00000c, OUI_CISCO_90 = 0x0000f8, OUI_BRIDGED = 0x0080c2,
       PID_CDP = 0x2000, PID_PVST = 0x010b };

/* On ATM two bytes align a bridged frame (RFC 2684 section 5.2). There is no frame around the header there. */
static bool is_on_atm(const struct tl_dissection *d)
{
    if (d->frame->packet == NULL || d->frame->l2_src != NULL)
        return false;
    switch (d->frame->packet->linktype) {
    case 100: /* ATM_RFC1483 */
    case 123: /* SUNATM */
    case 135: /* JUNIPER_ATM2 */
    case 137: /* JUNIPER_ATM1 */
        return true;
    default:
        return false;
    }
}

static enum tl_status snap(struct tl_dissection *d)
{
    uint32_t oui = tl_u24(d, OUI);
    if (oui == OUI_ETHERNET || oui == OUI_CISCO_90) {
        uint16_t type = tl_u16(d, TYPE);
        return tl_next(d, TL_ON_ETHERTYPE, type);
    }
    uint16_t pid = tl_u16(d, oui == OUI_CISCO ? CISCO_PID : PID);
    if (oui == OUI_CISCO && pid == PID_CDP)
        return tl_next_protocol(d, &tl_protocol_cdp);
    if (oui == OUI_CISCO && pid == PID_PVST)
        return tl_next_protocol(d, &tl_protocol_stp);
    if (oui == OUI_BRIDGED && (pid == 0x0001 || pid == 0x0007)) {
        if (is_on_atm(d))
            tl_skip(d, 2);
        return tl_next(d, TL_ON_ETHERTYPE, 0x6558);
    }
    return tl_next_data(d);
}

static enum tl_status llc_dissect(struct tl_dissection *d)
{
    uint8_t dsap = tl_u8(d, DSAP);
    tl_u8(d, SSAP);
    const uint8_t *first = tl_cursor_peek(&d->c, 0, 1);
    /* Unnumbered frames have one control byte, others have two: N(S) or the function first. */
    bool unnumbered = first == NULL || (first[0] & 3) == 3;
    uint16_t control = unnumbered ? tl_u8(d, CONTROL) : tl_le16(d, CONTROL);
    if (dsap == SAP_SNAP && unnumbered)
        return snap(d);
    if (unnumbered && (control & 0xef) == 0x03) /* unnumbered information */
        return tl_next(d, TL_ON_LLC_SAP, dsap);
    return tl_next_data(d);
}

const struct tl_protocol tl_protocol_llc = {
    .name = "llc",
    .title = "Logical link control",
    .kind = TL_KIND_LAYER,
    .info = "{ssap} > {dsap}[ {oui}][ {type}][ PID {pid}][ PID {cisco_pid}]",
    .dissect = llc_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_LINKTYPE, 100 } },
};
