/* bgp_update.c - the UPDATE message of BGP (RFC 4271 section 4.3): withdrawn routes, path attributes, prefixes. */
#include "dissectors/bgp/bgp.h"

enum { EXTENDED = 0x10 };
enum { ORIGIN = 1, AS_PATH, NEXT_HOP, MED, LOCAL_PREF, AGGREGATOR = 7, COMMUNITIES, ORIGINATOR, CLUSTERS, MP_REACH = 14,
       MP_UNREACH, EXT_COMMUNITIES, AS4_PATH, AS4_AGGREGATOR, AIGP = 26, LARGE = 32, OTC = 35,
       SET = 128 };
enum { WELL_KNOWN = 0xffff, TWO_AS = 0x00, IPV4_ADDRESS = 0x01, FOUR_AS = 0x02, NOT_TRANSITIVE = 0x40 };

/* Do segments with AS numbers of this size fill the attribute exactly? */
static bool fits(const struct tl_dissection *d, uint32_t size)
{
    uint32_t left = tl_cursor_left(&d->c);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, left);
    while (p != NULL && left >= 2) {
        uint32_t segment = 2 + p[1] * size;
        if (p[0] < 1 || p[0] > 4 || p[1] == 0 || segment > left)
            return false;
        p += segment;
        left -= segment;
    }
    return left == 0;
}

/* Are AS numbers four bytes long? The OPEN messages told, or the bytes do: both sides must be able to. */
static bool is_four(const struct tl_dissection *d, const struct tl_bgp_session *s)
{
    if (s != NULL && s->opened[0] && s->opened[1])
        return s->four[0] && s->four[1];
    return fits(d, 4) && !fits(d, 2);
}

static void as_path(struct tl_dissection *d, bool four)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t group = tl_group(d, BGP_SEGMENT);
        tl_u8(d, BGP_SEGMENT_TYPE);
        for (unsigned n = tl_u8(d, BGP_SEGMENT_LENGTH); n > 0 && tl_ok(d); n--) {
            if (four)
                tl_u32(d, BGP_AS4);
            else
                tl_u16(d, BGP_AS2);
        }
        tl_group_end(d, group);
    }
}

static void aggregator(struct tl_dissection *d)
{
    if (tl_cursor_wire_left(&d->c) >= 8)
        tl_u32(d, BGP_AGGREGATOR_AS);
    else
        tl_add(d, BGP_AGGREGATOR_AS, d->c.off, 2, tl_cursor_left(&d->c) >= 2 ? tl_load_be16(d->c.base + d->c.off) : 0);
    if (tl_cursor_wire_left(&d->c) == 6)
        tl_skip(d, 2);
    tl_ipv4(d, BGP_AGGREGATOR);
}

/* RFC 1997: an AS and a value, or one of the well-known ones. */
static void communities(struct tl_dissection *d)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t group = tl_group(d, BGP_COMMUNITY);
        const uint8_t *p = tl_cursor_peek(&d->c, 0, 4);
        if (p != NULL && (tl_load_be16(p) == WELL_KNOWN || tl_load_be16(p) == 0)) {
            tl_u32(d, BGP_COMMUNITY_KNOWN);
        } else {
            tl_u16(d, BGP_COMMUNITY_AS);
            tl_u16(d, BGP_COMMUNITY_VALUE);
        }
        tl_group_end(d, group);
    }
}

/* RFC 4360 section 3, RFC 5668: a type, a subtype, and an administrator and a number by the type. */
static void extended_communities(struct tl_dissection *d)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t group = tl_group(d, BGP_EXT);
        uint8_t type = tl_flags8(d, BGP_EXT_TYPE, BGP_EXT_TRAN);
        switch (type & ~NOT_TRANSITIVE) {
        case TWO_AS:
            tl_u8(d, BGP_EXT_S2);
            tl_u16(d, BGP_EXT_AS2);
            tl_u32(d, BGP_EXT_AN4);
            break;
        case IPV4_ADDRESS:
            tl_u8(d, BGP_EXT_SIP);
            tl_ipv4(d, BGP_EXT_IP);
            tl_u16(d, BGP_EXT_AN2);
            break;
        case FOUR_AS:
            tl_u8(d, BGP_EXT_S4);
            tl_u32(d, BGP_EXT_AS4);
            tl_u16(d, BGP_EXT_AN2);
            break;
        default: {
            tl_u8(d, BGP_EXT_SUNKNOWN);
            const uint8_t *p = tl_cursor_take(&d->c, 6);
            if (p != NULL)
                tl_add(d, BGP_EXT_RAW, d->c.off - 6, 6, (uint64_t)tl_load_be16(p) << 32 | tl_load_be32(p + 2));
        }
        }
        tl_group_end(d, group);
    }
}

/* RFC 8092 section 3. */
static void large_communities(struct tl_dissection *d)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        tl_u32(d, BGP_LARGE_GA);
        tl_u32(d, BGP_LARGE_1);
        tl_u32(d, BGP_LARGE_2);
    }
}

/* The next hop of a family (RFC 4760 section 3): of VPNs behind an empty route distinguisher. */
static void next_hop(struct tl_dissection *d, unsigned safi)
{
    uint32_t rd = safi == TL_BGP_VPN || safi == TL_BGP_VPN_MULTICAST ? 8 : 0;
    uint32_t left = tl_cursor_wire_left(&d->c);
    if (left != rd + 4 && left != rd + 16 && left != 2 * (rd + 16)) {
        tl_run_left(d, BGP_NLRI_DATA);
        return;
    }
    if (rd > 0)
        tl_bgp_distinguisher(d, BGP_MP_HOP_RD);
    if (left == rd + 4) {
        tl_ipv4(d, BGP_MP_HOP4);
        return;
    }
    tl_ipv6(d, BGP_MP_HOP6);
    if (tl_cursor_wire_left(&d->c) > 0) {
        if (rd > 0)
            tl_bgp_distinguisher(d, BGP_MP_HOP_RD);
        tl_ipv6(d, BGP_MP_HOP_LL);
    }
}

static void mp_reach(struct tl_dissection *d, const struct tl_bgp_session *session)
{
    unsigned afi = tl_u16(d, BGP_MP_AFI), safi = tl_u8(d, BGP_MP_SAFI);
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    if (p == NULL)
        return;
    uint32_t len = p[0];
    if (len <= tl_cursor_left(&d->c))
        tl_add(d, BGP_MP_HOP, d->c.off - 1, 1 + len, 0);
    struct tl_part part = tl_part_enter(d, len);
    if (tl_ok(d))
        next_hop(d, safi);
    tl_part_leave(d, part);
    for (unsigned n = tl_u8(d, BGP_MP_SNPA); n > 0 && tl_ok(d); n--) {
        p = tl_cursor_take(&d->c, 1);
        if (p != NULL)
            tl_skip(d, (p[0] + 1u) / 2);
    }
    if (tl_ok(d))
        tl_bgp_prefixes(d, session, afi, safi, BGP_REACH4, BGP_REACH6);
}

static void mp_unreach(struct tl_dissection *d, const struct tl_bgp_session *session)
{
    unsigned afi = tl_u16(d, BGP_UN_AFI), safi = tl_u8(d, BGP_UN_SAFI);
    if (tl_ok(d))
        tl_bgp_prefixes(d, session, afi, safi, BGP_UNREACH4, BGP_UNREACH6);
}

/* RFC 7311 section 3. */
static void accumulated_metric(struct tl_dissection *d)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        tl_u8(d, BGP_AIGP_TYPE);
        uint32_t len = tl_u16(d, BGP_AIGP_LENGTH);
        if (tl_ok(d) && len != 11)
            tl_bad(d);
        tl_u64(d, BGP_AIGP_METRIC);
    }
}

static void attribute(struct tl_dissection *d, const struct tl_bgp_session *session, bool in_set);

/* RFC 6368 section 5: attributes of a customer's route; a set has no sets in it. */
static void attribute_set(struct tl_dissection *d, const struct tl_bgp_session *session)
{
    tl_u32(d, BGP_SET_AS);
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        attribute(d, session, true);
}

static void value(struct tl_dissection *d, const struct tl_bgp_session *session, uint8_t type, bool in_set)
{
    switch (in_set && type == SET ? 0 : type) {
    case ORIGIN:
        tl_u8(d, BGP_ORIGIN);
        break;
    case AS_PATH:
        as_path(d, is_four(d, session));
        break;
    case AS4_PATH:
        as_path(d, true);
        break;
    case NEXT_HOP:
        tl_ipv4(d, BGP_NEXT_HOP);
        break;
    case MED:
        tl_u32(d, BGP_MED);
        break;
    case LOCAL_PREF:
        tl_u32(d, BGP_LOCAL_PREF);
        break;
    case AGGREGATOR:
    case AS4_AGGREGATOR:
        aggregator(d);
        break;
    case COMMUNITIES:
        communities(d);
        break;
    case ORIGINATOR:
        tl_ipv4(d, BGP_ORIGINATOR);
        break;
    case CLUSTERS:
        while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
            tl_ipv4(d, BGP_CLUSTER);
        break;
    case MP_REACH:
        mp_reach(d, session);
        break;
    case MP_UNREACH:
        mp_unreach(d, session);
        break;
    case EXT_COMMUNITIES:
        extended_communities(d);
        break;
    case AIGP:
        accumulated_metric(d);
        break;
    case LARGE:
        large_communities(d);
        break;
    case OTC:
        tl_u32(d, BGP_OTC);
        break;
    case SET:
        attribute_set(d, session);
        break;
    default:
        tl_run_left(d, BGP_ATTR_DATA);
    }
}

static void attribute(struct tl_dissection *d, const struct tl_bgp_session *session, bool in_set)
{
    uint32_t group = tl_group(d, BGP_ATTR);
    uint8_t flags = tl_flags8(d, BGP_ATTR_FLAGS, BGP_ATTR_UNUSED), type = tl_u8(d, BGP_ATTR_TYPE);
    uint32_t len;
    if ((flags & EXTENDED) != 0) {
        len = tl_u16(d, BGP_ATTR_LENGTH);
    } else {
        len = tl_u8(d, BGP_ATTR_LENGTH);
    }
    if (tl_ok(d) && len > tl_cursor_wire_left(&d->c))
        tl_bad(d);
    struct tl_part part = tl_part_begin(d, len);
    if (tl_ok(d))
        value(d, session, type, in_set);
    tl_part_end(d, part);
    tl_group_end(d, group);
}

void tl_bgp_update(struct tl_dissection *d, const struct tl_bgp_session *session)
{
    uint32_t len = tl_u16(d, BGP_WITHDRAWN_LEN);
    struct tl_part part = tl_part_enter(d, len);
    if (tl_ok(d) && len > 0) {
        uint32_t group = tl_group(d, BGP_WITHDRAWN);
        tl_bgp_prefixes(d, session, TL_BGP_IPV4, TL_BGP_UNICAST, BGP_WITHDRAWN_PREFIX, BGP_WITHDRAWN_PREFIX);
        tl_group_end(d, group);
    }
    tl_part_leave(d, part);
    len = tl_u16(d, BGP_ATTRS_LEN);
    part = tl_part_enter(d, len);
    if (tl_ok(d) && len > 0) {
        uint32_t group = tl_group(d, BGP_ATTRS);
        while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
            attribute(d, session, false);
        tl_group_end(d, group);
    }
    tl_part_leave(d, part);
    if (tl_ok(d))
        tl_bgp_prefixes(d, session, TL_BGP_IPV4, TL_BGP_UNICAST, BGP_NLRI_PREFIX, BGP_NLRI_PREFIX);
}
