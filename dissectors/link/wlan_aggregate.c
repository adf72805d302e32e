/*
 * wlan_aggregate.c - several packets in one 802.11 frame (A-MSDU, IEEE 802.11-2020, clause 9.3.2.2.2).
 *
 *   { destination 6 | source 6 | length 2 | LLC frame | padding to 4 bytes, not after the last } ..
 *
 * The first one is decoded. Of the others the headers are fields.
 */
#include "dissectors/header.h"
#include "dissectors/registry.h"

enum { SUBFRAME, DA, SA, LENGTH };
static const struct tl_field fields[] = {
    [SUBFRAME] = { "wlan_aggregate.a_mdsu.subframe", "Packet", .type = TL_GROUP, .flags = TL_REPEATS },
    [DA] = { "wlan.da", "Destination", .type = TL_MAC },
    [SA] = { "wlan.sa", "Source", .type = TL_MAC },
    [LENGTH] = { "wlan_aggregate.a_mdsu.length", "Length", .type = TL_U16, .unit = "bytes" },
};

enum { HEADER = 14 };

static uint32_t subframe(struct tl_dissection *d)
{
    uint32_t group = tl_group(d, SUBFRAME);
    tl_mac(d, DA);
    tl_mac(d, SA);
    uint32_t len = tl_u16(d, LENGTH);
    tl_group_end(d, group);
    return len;
}

/* Reads the headers after a packet of this length. The cursor does not move; a cut or wrong header changes nothing. */
static void others(struct tl_dissection *d, uint32_t len)
{
    struct tl_cursor at = d->c;
    while (tl_ok(d) && len <= tl_cursor_wire_left(&d->c)) {
        tl_skip(d, len);
        uint32_t padding = (4 - (HEADER + len) % 4) % 4, left = tl_cursor_wire_left(&d->c);
        if (left < padding + HEADER)
            break;
        tl_skip(d, padding);
        if (tl_ok(d))
            len = subframe(d);
    }
    d->c = at;
}

static enum tl_status wlan_aggregate_dissect(struct tl_dissection *d)
{
    uint32_t len = subframe(d);
    if (tl_ok(d) && d->wanted != NULL)
        others(d, len);
    if (tl_ok(d) && len > tl_cursor_wire_left(&d->c))
        tl_bad(d);
    tl_limit(d, d->c.off - d->start + len, 0);
    return tl_cursor_wire_left(&d->c) == 0 ? tl_next_none(d) : tl_next_protocol(d, &tl_protocol_llc);
}

const struct tl_protocol tl_protocol_wlan_aggregate = {
    .name = "wlan_aggregate",
    .title = "802.11 A-MSDU",
    .kind = TL_KIND_LAYER,
    .info = "A-MSDU lengths {a_mdsu.length,}",
    .dissect = wlan_aggregate_dissect,
    TL_TABLE(fields),
};
