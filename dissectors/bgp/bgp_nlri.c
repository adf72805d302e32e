/*
 * bgp_nlri.c - prefixes in BGP: plain (RFC 4271 section 4.3), with several paths (RFC 7911), with labels (RFC 8277) and
 * in virtual private networks (RFC 4364 section 4.2).
 */
#include "dissectors/bgp/bgp.h"

#include <stdio.h>

enum { PATH_ID = 4, RD = 8, LABEL = 3, LABEL_BITS = 24, RD_BITS = 64, WITHDRAWN_LABEL = 0x800000, BOTTOM = 1,
       LABELS_MOST = 8, RECEIVES = 1, SENDS = 2 };

/* Do the bytes to the end parse as prefixes, with `ahead` bytes before each? Counts the default routes. */
static bool parses(const struct tl_dissection *d, uint32_t ahead, unsigned most, unsigned *defaults)
{
    uint32_t left = tl_cursor_left(&d->c);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, left);
    *defaults = 0;
    while (p != NULL && left > 0) {
        if (left <= ahead || p[ahead] > most)
            return false;
        uint32_t size = ahead + 1 + (p[ahead] + 7u) / 8;
        if (size > left)
            return false;
        *defaults += p[ahead] == 0;
        p += size;
        left -= size;
    }
    return left == 0;
}

/* Does a path id come before each prefix? Without the OPEN messages the bytes tell. */
static bool has_paths(const struct tl_dissection *d, const struct tl_bgp_session *s, unsigned afi, unsigned safi,
                      unsigned most)
{
    unsigned side = d->flow.side & 1, family = afi == TL_BGP_IPV6;
    if (s != NULL && s->opened[0] && s->opened[1] && safi == TL_BGP_UNICAST)
        return (s->paths[side][family] & SENDS) != 0 && (s->paths[side ^ 1][family] & RECEIVES) != 0;
    unsigned plain, with_ids;
    bool is_plain = parses(d, 0, most, &plain); /* zeros of small ids look like default routes, which come once */
    return (!is_plain || plain > 1) && parses(d, PATH_ID, most, &with_ids) && with_ids <= 1;
}

/* Reads the labels (RFC 8277 section 2.3); returns the bits they have. */
static uint32_t labels(struct tl_dissection *d, uint32_t bits)
{
    char text[LABELS_MOST * 10 + 24] = "";
    size_t used = 0;
    uint32_t start = d->c.off, taken = 0, label = 0;
    for (unsigned i = 0; i < LABELS_MOST && taken + LABEL_BITS <= bits; i++) {
        const uint8_t *p = tl_cursor_take(&d->c, LABEL);
        if (p == NULL)
            return 0;
        label = tl_load_be24(p);
        taken += LABEL_BITS;
        if (label == WITHDRAWN_LABEL || label == 0)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s0 (withdrawn)", i > 0 ? "," : "");
        else
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%u%s", i > 0 ? "," : "", label >> 4,
                                     (label & BOTTOM) != 0 ? " (bottom)" : "");
        if ((label & BOTTOM) != 0 || label == WITHDRAWN_LABEL || label == 0)
            break;
    }
    tl_add_text(d, BGP_LABELS, start, d->c.off - start, text, (uint32_t)used);
    return taken;
}

/* A route distinguisher (RFC 4364 section 4.2): a type, an administrator, a number. */
void tl_bgp_distinguisher(struct tl_dissection *d, unsigned field)
{
    char text[40];
    int len = 0;
    const uint8_t *p = tl_cursor_take(&d->c, RD);
    if (p == NULL)
        return;
    unsigned type = tl_load_be16(p);
    if (type == 0)
        len = snprintf(text, sizeof text, "%u:%u", tl_load_be16(p + 2), tl_load_be32(p + 4));
    else if (type == 1)
        len = snprintf(text, sizeof text, "%u.%u.%u.%u:%u", p[2], p[3], p[4], p[5], tl_load_be16(p + 6));
    else if (type == 2)
        len = snprintf(text, sizeof text, "%u:%u", tl_load_be32(p + 2), tl_load_be16(p + 6));
    else
        len = snprintf(text, sizeof text, "type %u", type);
    tl_add_text(d, field, d->c.off - RD, RD, text, (uint32_t)len);
}

static void prefix(struct tl_dissection *d, unsigned safi, bool paths, unsigned field, uint32_t size)
{
    uint32_t group = tl_group(d, BGP_PREFIX);
    if (paths)
        tl_u32(d, BGP_PATH_ID);
    uint32_t bits = tl_u8(d, BGP_PREFIX_LENGTH);
    if (safi == TL_BGP_LABELED || safi == TL_BGP_VPN)
        bits -= labels(d, bits);
    if (safi == TL_BGP_VPN || safi == TL_BGP_VPN_MULTICAST) {
        if (tl_ok(d) && bits < RD_BITS)
            tl_bad(d);
        tl_bgp_distinguisher(d, BGP_RD);
        bits -= RD_BITS;
    }
    if (tl_ok(d) && bits > size * 8)
        tl_bad(d);
    if (tl_ok(d))
        tl_prefix(d, field, size, bits);
    tl_group_end(d, group);
}

enum { TARGET_LEAST = 32, TARGET_MOST = 96 }; /* bits */

/* RFC 4684 section 4: an AS and a route target, of which the last bits may be left out. Without bits it is each one. */
static void route_targets(struct tl_dissection *d)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t group = tl_group(d, BGP_PREFIX);
        uint32_t bits = tl_u8(d, BGP_PREFIX_LENGTH);
        if (tl_ok(d) && bits != 0 && (bits < TARGET_LEAST || bits > TARGET_MOST))
            tl_bad(d);
        if (tl_ok(d) && bits > 0)
            tl_run(d, BGP_NLRI_DATA, (bits + 7) / 8);
        tl_group_end(d, group);
    }
}

void tl_bgp_prefixes(struct tl_dissection *d, const struct tl_bgp_session *session, unsigned afi, unsigned safi,
                     unsigned field4, unsigned field6)
{
    bool known = safi == TL_BGP_UNICAST || safi == TL_BGP_MULTICAST || safi == TL_BGP_LABELED || safi == TL_BGP_VPN ||
                 safi == TL_BGP_VPN_MULTICAST;
    if (afi == TL_BGP_IPV4 && safi == TL_BGP_ROUTE_TARGET) {
        route_targets(d);
        return;
    }
    if ((afi != TL_BGP_IPV4 && afi != TL_BGP_IPV6) || !known) {
        tl_run_left(d, BGP_NLRI_DATA);
        return;
    }
    unsigned size = afi == TL_BGP_IPV4 ? 4 : 16;
    bool plain = safi == TL_BGP_UNICAST || safi == TL_BGP_MULTICAST;
    bool paths = has_paths(d, session, afi, safi, plain ? size * 8 : UINT8_MAX);
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        prefix(d, safi, paths, afi == TL_BGP_IPV4 ? field4 : field6, size);
}
