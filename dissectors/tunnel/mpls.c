/* mpls.c - a label of a Multiprotocol Label Switching stack (RFC 3032); each label is a layer. */
#include "dissectors/header.h"
#include "dissectors/registry.h"

enum { LABEL, EXP, BOTTOM, TTL };

static const struct tl_name labels[] = {
    { 0, "IPv4 explicit null" }, { 1, "Router alert" },    { 2, "IPv6 explicit null" },
    { 3, "Implicit null" },      { 7, "Entropy indicator" }, { 13, "Generic associated channel" },
    { 14, "OAM alert" },         { 0, NULL },
};

static const struct tl_field fields[] = {
    [LABEL] = { "mpls.label", "Label", .type = TL_U32, .mask = 0xfffff000, .names = labels },
    [EXP] = { "mpls.exp", "Traffic class", .type = TL_U32, .mask = 0x00000e00 },
    [BOTTOM] = { "mpls.bottom", "Bottom of stack", .type = TL_BOOL, .mask = 0x00000100 },
    [TTL] = { "mpls.ttl", "Time to live", .type = TL_U32, .mask = 0x000000ff },
};

static const struct tl_place places[] = { { LABEL, 0, 4, 0 }, { EXP, 0, 4, 0 }, { BOTTOM, 0, 4, 0 }, { TTL, 0, 4, 0 } };

enum { ENTRY = 4, IS_BOTTOM = 0x100 };

/* The stack does not name its payload. IP is recognised by its version (RFC 4928 3); all else is data. */
static enum tl_status mpls_dissect(struct tl_dissection *d)
{
    const uint8_t *p = tl_header(d, places, TL_COUNT(places), ENTRY);
    if (p == NULL)
        return d->c.status;
    if ((tl_load_be32(p) & IS_BOTTOM) == 0)
        return tl_next_protocol(d, &tl_protocol_mpls);
    const uint8_t *first = tl_cursor_peek(&d->c, 0, 1);
    if (first != NULL && first[0] >> 4 == 4)
        return tl_next(d, TL_ON_ETHERTYPE, 0x0800);
    if (first != NULL && first[0] >> 4 == 6)
        return tl_next(d, TL_ON_ETHERTYPE, 0x86dd);
    return tl_next_data(d);
}

const struct tl_protocol tl_protocol_mpls = {
    .name = "mpls",
    .title = "Multiprotocol Label Switching",
    .kind = TL_KIND_LAYER,
    .info = "MPLS {label}",
    .dissect = mpls_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_ETHERTYPE, 0x8847 }, { TL_ON_ETHERTYPE, 0x8848 }, { TL_ON_PPP, 0x0281 }, { TL_ON_PPP, 0x0283 } },
};
