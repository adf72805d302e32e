/* ospf_lsa.c - link state advertisements of OSPFv2 (RFC 2328 appendix A.4, 3101, 5250) and OSPFv3 (RFC 5340). */
#include "dissectors/ospf/ospf.h"

const struct tl_name tl_ospf_lsas[] = {
    { 1, "Router" }, { 2, "Network" }, { 3, "Summary (network)" }, { 4, "Summary (AS boundary router)" },
    { 5, "AS external" }, { 6, "Group membership" }, { 7, "NSSA external" }, { 8, "External attributes" },
    { 9, "Opaque, link" }, { 10, "Opaque, area" }, { 11, "Opaque, AS" }, { 0, NULL },
};
const struct tl_name tl_ospf_lsas3[] = {
    { 0x0008, "Link" }, { 0x000b, "Grace" }, { 0x2001, "Router" }, { 0x2002, "Network" },
    { 0x2003, "Inter-area prefix" }, { 0x2004, "Inter-area router" }, { 0x2006, "Group membership" },
    { 0x2007, "NSSA external" }, { 0x2009, "Intra-area prefix" }, { 0x4005, "AS external" }, { 0, NULL },
};
const struct tl_name tl_ospf_scopes[] = {
    { 0, "Link" }, { 1, "Area" }, { 2, "AS" }, { 3, "Reserved" }, { 0, NULL },
};
const struct tl_name tl_ospf_links[] = {
    { 1, "Point-to-point" }, { 2, "Transit" }, { 3, "Stub" }, { 4, "Virtual" }, { 0, NULL },
};
const struct tl_name tl_ospf_reasons[] = {
    { 0, "Unknown" }, { 1, "Software restart" }, { 2, "Software reload or upgrade" },
    { 3, "Switch to redundant control processor" }, { 0, NULL },
};

enum { HEADER = 20, ROUTER = 1, NETWORK, SUMMARY, SUMMARY_ASBR, EXTERNAL, NSSA = 7, OPAQUE_LINK = 9, OPAQUE_AREA,
       OPAQUE_AS, GRACE = 3, LINK3 = 8, INTRA3 = 9, FUNCTION = 0x1fff };
enum { HAS_TAG = 1, HAS_FORWARD = 2 };

uint8_t tl_ospf_options(struct tl_dissection *d)
{
    return tl_flags8(d, OSPF_OPT, OSPF_OPT_MT);
}

uint32_t tl_ospf_options3(struct tl_dissection *d)
{
    uint32_t value = tl_u24(d, OSPF_OPT3);
    if (d->wanted != NULL && tl_ok(d))
        tl_add_all_bits(d, OSPF_OPT3_AT, OSPF_OPT3_V6, d->c.off - 3, 3, value);
    return value;
}

/* --- version 2 --- */

/* A metric for each further type of service (RFC 2328 appendix A.4.2, obsolete). */
static void service_metric(struct tl_dissection *d)
{
    tl_u8(d, OSPF_TOS);
    tl_skip(d, 1);
    tl_u16(d, OSPF_METRIC);
}

static void router(struct tl_dissection *d)
{
    tl_flags8(d, OSPF_ROUTER_FLAGS, OSPF_ROUTER_B);
    tl_skip(d, 1);
    for (unsigned n = tl_u16(d, OSPF_LINKS); n > 0 && tl_ok(d); n--) {
        uint32_t group = tl_group(d, OSPF_LINK);
        tl_ipv4(d, OSPF_LINK_ID);
        tl_ipv4(d, OSPF_LINK_DATA);
        tl_u8(d, OSPF_LINK_TYPE);
        unsigned metrics = tl_u8(d, OSPF_LINK_METRICS);
        tl_u16(d, OSPF_LINK_METRIC);
        for (; metrics > 0 && tl_ok(d); metrics--)
            service_metric(d);
        tl_group_end(d, group);
    }
}

static void summary(struct tl_dissection *d)
{
    tl_ipv4(d, OSPF_SUMMARY_MASK);
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        tl_u8(d, OSPF_TOS);
        tl_u24(d, OSPF_METRIC);
    }
}

static void external(struct tl_dissection *d)
{
    tl_ipv4(d, OSPF_EXT_MASK);
    for (bool first = true; tl_ok(d) && tl_cursor_wire_left(&d->c) > 0; first = false) {
        const uint8_t *p = tl_cursor_take(&d->c, 1);
        if (p == NULL)
            return;
        if (first)
            tl_add_bits(d, OSPF_EXT_TYPE, d->c.off - 1, 1, p[0]);
        tl_add(d, OSPF_TOS, d->c.off - 1, 1, p[0] & 0x7f);
        tl_u24(d, OSPF_METRIC);
        tl_ipv4(d, OSPF_EXT_FORWARD);
        tl_u32(d, OSPF_EXT_TAG);
    }
}

/* RFC 3623 appendix A. */
static void grace(struct tl_dissection *d)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) >= 4) {
        const uint8_t *p = tl_cursor_take(&d->c, 4);
        if (p == NULL)
            return;
        uint32_t type = tl_load_be16(p), len = tl_load_be16(p + 2);
        struct tl_part part = tl_part_enter(d, (len + 3) & ~3u);
        if (type == 2 && len == 1)
            tl_u8(d, OSPF_GRACE_REASON);
        else if (type == 1 && len == 4)
            tl_u32(d, OSPF_GRACE_PERIOD);
        else if (type == 3 && len == 4)
            tl_ipv4(d, OSPF_GRACE_IP);
        tl_part_leave(d, part);
    }
}

static void body2(struct tl_dissection *d, uint32_t type, uint8_t opaque)
{
    switch (type) {
    case ROUTER:
        router(d);
        break;
    case NETWORK:
        tl_ipv4(d, OSPF_NETMASK);
        while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
            tl_ipv4(d, OSPF_ATTACHED);
        break;
    case SUMMARY:
    case SUMMARY_ASBR:
        summary(d);
        break;
    case EXTERNAL:
    case NSSA:
        external(d);
        break;
    default:
        if (type == OPAQUE_LINK && opaque == GRACE)
            grace(d);
        else
            tl_run_left(d, OSPF_OPAQUE);
    }
}

/* Reads what the two versions have in common at the end of the header, and the body. Returns with the group closed. */
static void finish(struct tl_dissection *d, uint32_t group, bool with_body, uint32_t type, uint8_t opaque,
                   void (*read)(struct tl_dissection *d, uint32_t type, uint8_t opaque))
{
    tl_u32(d, OSPF_SEQ);
    tl_u16(d, OSPF_LSA_SUM);
    uint32_t len = tl_u16(d, OSPF_LSA_LEN);
    if (with_body) {
        if (tl_ok(d) && len < HEADER)
            tl_bad(d);
        struct tl_part part = tl_part_enter(d, tl_ok(d) ? len - HEADER : 0);
        if (tl_ok(d))
            read(d, type, opaque);
        tl_part_leave(d, part);
    }
    tl_group_end(d, group);
}

void tl_ospf_lsa(struct tl_dissection *d, bool with_body)
{
    uint32_t group = tl_group(d, OSPF_LSA);
    tl_bits(d, 2, OSPF_AGE, OSPF_DONOTAGE);
    tl_ospf_options(d);
    uint8_t type = tl_u8(d, OSPF_TYPE);
    uint8_t opaque = 0;
    if (type >= OPAQUE_LINK && type <= OPAQUE_AS) { /* RFC 5250 section 3 */
        opaque = tl_u8(d, OSPF_OPAQUE_TYPE);
        tl_u24(d, OSPF_OPAQUE_ID);
    } else {
        tl_ipv4(d, OSPF_ID);
    }
    tl_ipv4(d, OSPF_ADVROUTER);
    finish(d, group, with_body, type, opaque, body2);
}

/* --- version 3 --- */

/* Behind length and options: a metric or a type, and the prefix in whole words (RFC 5340 appendix A.4.1). */
static void prefix(struct tl_dissection *d, unsigned with)
{
    uint32_t group = tl_group(d, OSPF_PREFIX_GROUP);
    uint32_t bits = tl_u8(d, OSPF_PREFIX_LEN);
    tl_flags8(d, OSPF_PREFIX_OPT, OSPF_PREFIX_NU);
    if (with == 0)
        tl_run(d, OSPF_RESERVED, 2);
    else
        tl_u16(d, with);
    if (tl_ok(d) && bits > 128)
        tl_bad(d);
    if (tl_ok(d) && bits > 0) {
        tl_prefix(d, OSPF_PREFIX, 16, bits);
        tl_skip(d, (bits + 31) / 32 * 4 - (bits + 7) / 8);
    }
    tl_group_end(d, group);
}

static void router3(struct tl_dissection *d)
{
    tl_flags8(d, OSPF_ROUTER3_FLAGS, OSPF_ROUTER3_B);
    tl_ospf_options3(d);
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t group = tl_group(d, OSPF_LINK);
        tl_u8(d, OSPF_LINK3_TYPE);
        tl_run(d, OSPF_RESERVED, 1);
        tl_u16(d, OSPF_METRIC);
        tl_u32(d, OSPF_INTERFACE3);
        tl_u32(d, OSPF_NEIGHBOR_INTERFACE);
        tl_ipv4(d, OSPF_NEIGHBOR_ROUTER);
        tl_group_end(d, group);
    }
}

static void external3(struct tl_dissection *d)
{
    uint8_t flags = tl_flags8(d, OSPF_EXT3_FLAGS, OSPF_EXT3_T);
    tl_u24(d, OSPF_METRIC);
    const uint8_t *p = tl_cursor_peek(&d->c, 2, 2);
    bool refers = p != NULL && tl_load_be16(p) != 0;
    prefix(d, OSPF_REF_TYPE);
    if ((flags & HAS_FORWARD) != 0)
        tl_ipv6(d, OSPF_FORWARD3);
    if ((flags & HAS_TAG) != 0)
        tl_u32(d, OSPF_EXT_TAG);
    if (refers)
        tl_ipv4(d, OSPF_REF_ID);
}

static void link3(struct tl_dissection *d)
{
    tl_u8(d, OSPF_PRIORITY3);
    tl_ospf_options3(d);
    tl_ipv6(d, OSPF_LINK_LOCAL);
    for (uint32_t n = tl_u32(d, OSPF_PREFIXES); n > 0 && tl_ok(d); n--)
        prefix(d, 0);
}

static void intra_area(struct tl_dissection *d)
{
    unsigned n = tl_u16(d, OSPF_PREFIXES);
    tl_u16(d, OSPF_REF_TYPE);
    tl_ipv4(d, OSPF_REF_ID);
    tl_ipv4(d, OSPF_REF_ROUTER);
    for (; n > 0 && tl_ok(d); n--)
        prefix(d, OSPF_METRIC);
}

static void body3(struct tl_dissection *d, uint32_t type, uint8_t opaque)
{
    (void)opaque;
    switch (type & FUNCTION) {
    case ROUTER:
        router3(d);
        break;
    case NETWORK:
        tl_run(d, OSPF_RESERVED, 1);
        tl_ospf_options3(d);
        while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
            tl_ipv4(d, OSPF_ATTACHED3);
        break;
    case SUMMARY:
        tl_run(d, OSPF_RESERVED, 1);
        tl_u24(d, OSPF_METRIC);
        prefix(d, 0);
        break;
    case SUMMARY_ASBR:
        tl_run(d, OSPF_RESERVED, 1);
        tl_ospf_options3(d);
        tl_run(d, OSPF_RESERVED, 1);
        tl_u24(d, OSPF_METRIC);
        tl_ipv4(d, OSPF_DEST_ROUTER);
        break;
    case EXTERNAL:
    case NSSA:
        external3(d);
        break;
    case LINK3:
        link3(d);
        break;
    case INTRA3:
        intra_area(d);
        break;
    case OPAQUE_AS:
        grace(d);
        break;
    default:
        tl_run_left(d, OSPF_OPAQUE);
    }
}

void tl_ospf_lsa3(struct tl_dissection *d, bool with_body)
{
    uint32_t group = tl_group(d, OSPF_LSA);
    const uint8_t *p = tl_cursor_take(&d->c, 2);
    if (p != NULL) {
        tl_add_bits(d, OSPF_AGE, d->c.off - 2, 2, tl_load_be16(p));
        tl_add_bits(d, OSPF_DONOTAGE3, d->c.off - 2, 2, tl_load_be16(p));
    }
    uint16_t type = tl_flags16(d, OSPF_TYPE3, OSPF_TYPE3_F);
    tl_ipv4(d, OSPF_ID);
    tl_ipv4(d, OSPF_ADVROUTER);
    finish(d, group, with_body, type, 0, body3);
}
