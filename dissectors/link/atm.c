/*
 * atm.c - packets of ATM (AAL5) as SunATM captures them: a header with direction, kind of traffic, path and circuit.
 * RFC 2684 has the encapsulations, the ATM Forum's LAN Emulation the bridged ones. LINKTYPE_ATM_RFC1483 has no such
 * header: see llc.c.
 *
 *     +-+-------+-----+-------+---------------+
 *     |d| traffic     | VPI   | VCI           |
 *     +-+-------+-----+-------+---------------+
 */
#include "dissectors/header.h"
#include "dissectors/registry.h"

enum { CHANNEL, TRAFFIC, AAL, VPI, VCI, CLIENT, MARKER };

enum { UNKNOWN, LLC, LANE = 3, ILMI };
enum { AAL5 = 4, SIGNALLING = 6 };

static const struct tl_name channels[] = { { 0, "From the host" }, { 1, "To the host" }, { 0, NULL } };
static const struct tl_name traffics[] = {
    { UNKNOWN, "Unknown" }, { LLC, "LLC multiplexed" }, { LANE, "LAN Emulation" }, { ILMI, "ILMI" }, { 0, NULL },
};
static const struct tl_name layers[] = { { AAL5, "AAL5" }, { SIGNALLING, "Signalling" }, { 0, NULL } };

static const struct tl_field fields[] = {
    [CHANNEL] = { "atm.channel", "Direction", .type = TL_U16, .names = channels },
    [TRAFFIC] = { "atm.traffic_type", "Traffic", .type = TL_U8, .names = traffics },
    [AAL] = { "atm.aal", "Adaptation layer", .type = TL_U8, .names = layers },
    [VPI] = { "atm.vpi", "Virtual path", .type = TL_U8 },
    [VCI] = { "atm.vci", "Virtual circuit", .type = TL_U16 },
    [CLIENT] = { "atm.le_client.client", "LAN Emulation client", .type = TL_U16, .base = TL_HEX },
    [MARKER] = { "atm.le_control.marker", "LAN Emulation control", .type = TL_U16, .base = TL_HEX },
};

/* The first byte. */
enum { FROM_HOST = 0x80, TRAFFIC_BITS = 0x0f, SUN_LANE = 1, SUN_LLC = 2, SUN_ILMI = 5, SUN_SIGNALLING = 6 };
enum { HEADER = 4, SIGNALLING_VCI = 5, CONTROL_MARKER = 0xff00 };

static unsigned traffic_of(uint8_t first, uint8_t vpi, uint16_t vci)
{
    unsigned sun = first & TRAFFIC_BITS;
    if (sun == SUN_SIGNALLING || (vpi == 0 && vci == SIGNALLING_VCI))
        return SIGNALLING;
    return sun == SUN_LANE ? LANE : sun == SUN_LLC ? LLC : sun == SUN_ILMI ? ILMI : UNKNOWN;
}

static enum tl_status emulated_lan(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 2);
    if (p != NULL && tl_load_be16(p) == CONTROL_MARKER) {
        tl_u16(d, MARKER);
        return tl_next_data(d);
    }
    tl_u16(d, CLIENT);
    return tl_next_protocol(d, &tl_protocol_eth);
}

static enum tl_status atm_dissect(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    uint8_t first = p != NULL ? p[0] : 0;
    if (p != NULL)
        tl_add(d, CHANNEL, d->c.off - 1, 1, (first & FROM_HOST) == 0);
    uint8_t vpi = tl_u8(d, VPI);
    uint16_t vci = tl_u16(d, VCI);
    if (!tl_ok(d))
        return d->c.status;
    unsigned traffic = traffic_of(first, vpi, vci);
    tl_add(d, AAL, d->c.off - HEADER, HEADER, traffic == SIGNALLING ? SIGNALLING : AAL5);
    if (traffic == SIGNALLING)
        return tl_next_data(d);
    tl_add(d, TRAFFIC, d->c.off - HEADER, HEADER, traffic);
    if (traffic == LLC)
        return tl_next_protocol(d, &tl_protocol_llc);
    if (traffic == LANE)
        return emulated_lan(d);
    /* One protocol to a circuit, without a header: RFC 2684 section 6. */
    return traffic == UNKNOWN ? tl_next_ip(d) : tl_next_data(d);
}

const struct tl_protocol tl_protocol_atm = {
    .name = "atm",
    .title = "ATM (SunATM)",
    .kind = TL_KIND_LAYER,
    .info = "ATM[ {vpi}/{vci}][ {traffic_type}]",
    .dissect = atm_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_LINKTYPE, 123 } },
};
