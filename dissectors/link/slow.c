/*
 * slow.c - Slow Protocols (IEEE 802.3 annex 57A): the subtype selects LACP, the marker protocol (IEEE 802.1AX clause
 * 6), Ethernet
 * OAM and others.
 */
#include "dissectors/header.h"
#include "dissectors/registry.h"

enum { SUBTYPE };

enum { LACP = 1, MARKER = 2 };
static const struct tl_name subtypes[] = {
    { LACP, "LACP" }, { MARKER, "Marker" }, { 3, "OAM" }, { 10, "Organization specific" }, { 0, NULL },
};

static const struct tl_field fields[] = {
    [SUBTYPE] = { "slow.subtype", "Subtype", .type = TL_U8, .base = TL_HEX, .names = subtypes },
};

static enum tl_status slow_dissect(struct tl_dissection *d)
{
    uint8_t subtype = tl_u8(d, SUBTYPE);
    if (subtype == LACP)
        return tl_next_protocol(d, &tl_protocol_lacp);
    if (subtype == MARKER)
        return tl_next_protocol(d, &tl_protocol_marker);
    return tl_next_data(d);
}

const struct tl_protocol tl_protocol_slow = {
    .name = "slow",
    .title = "Slow Protocols",
    .kind = TL_KIND_LAYER,
    .info = "{subtype}",
    .dissect = slow_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_ETHERTYPE, 0x8809 } },
};
