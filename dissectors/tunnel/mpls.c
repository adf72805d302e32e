/*
 * mpls.c - a label of a Multiprotocol Label Switching stack (RFC 3032); each label is a layer. The first label can be in
 * UDP (RFC 7510).
 */
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

enum { ENTRY = 4, IS_BOTTOM = 0x100, LABEL_SHIFT = 12, ASSOCIATED_CHANNEL = 13 };
enum { ETHERNET = 14, SENDER = 6, TYPE = 12, CONTROL_WORD = 4, LENGTH_MAX = 1500, LLC = 3, LABELS_MAX = 16 };

/* CUT: the bytes that decide were on the wire and are not here. */
enum answer { NO, YES, CUT };

/* An Ethernet header `ahead` bytes from the cursor: a sender that is not a group, and a known type or an LLC frame. */
static enum answer is_ethernet(const struct tl_cursor *c, uint32_t ahead)
{
    uint32_t wire = tl_cursor_wire_left(c);
    const uint8_t *sender = tl_cursor_peek(c, ahead + SENDER, 1), *p = tl_cursor_peek(c, ahead + TYPE, 2);
    if (wire < ahead + ETHERNET || (sender != NULL && (*sender & 1) != 0))
        return NO;
    if (p == NULL)
        return CUT;
    uint16_t type = tl_load_be16(p);
    uint32_t inside = wire - ahead - ETHERNET;
    if (type > LENGTH_MAX)
        return tl_name_of(tl_ethertype_names, type) != NULL ? YES : NO;
    if (type < LLC || type > inside)
        return NO;
    const uint8_t *llc = tl_cursor_peek(c, ahead + ETHERNET, LLC);
    return llc == NULL ? CUT : (llc[2] & 0xef) == 0x03 ? YES : NO;
}

/* A frame with a VLAN tag looks like two headers: the type after the tag is where that after a control word would be. */
static bool is_tagged(const struct tl_cursor *c)
{
    const uint8_t *p = tl_cursor_peek(c, TYPE, 2);
    return p != NULL && (tl_load_be16(p) == 0x8100 || tl_load_be16(p) == 0x88a8);
}

/* Returns the protocol of a payload whose first four bits are zero, or NULL where the bytes that decide are cut off. */
static const struct tl_protocol *after_zeros(const struct tl_cursor *c)
{
    enum answer bare = is_ethernet(c, 0), worded = is_ethernet(c, CONTROL_WORD);
    if (bare == YES && is_tagged(c))
        return &tl_protocol_eth;
    if (bare == CUT || (bare == YES && worded == CUT))
        return NULL;
    if (bare == YES && worded == NO)
        return &tl_protocol_eth;
    return tl_cursor_wire_left(c) < CONTROL_WORD + ETHERNET ? NULL : &tl_protocol_pwethcw;
}

/*
 * The stack does not name its payload. The first four bits tell IP (RFC 4928 section 3), an associated channel and a
 * control word (RFC 4385). Ethernet without a control word can have any of these in its first address, so zeros are a
 * control word only if no better Ethernet header is there; where the snaplen cut off what decides, the payload is data.
 * Wireshark knows vendors' addresses and guesses by them.
 */
static enum tl_status payload(struct tl_dissection *d, uint32_t label)
{
    const uint8_t *first = tl_cursor_peek(&d->c, 0, 1);
    const struct tl_protocol *frame;
    if (first == NULL)
        return tl_next_data(d);
    if (label == ASSOCIATED_CHANNEL)
        return tl_next_protocol(d, &tl_protocol_pwach);
    switch (first[0] >> 4) {
    case 4:
        return tl_next(d, TL_ON_ETHERTYPE, 0x0800);
    case 6:
        return tl_next(d, TL_ON_ETHERTYPE, 0x86dd);
    case 1:
        return tl_next_protocol(d, &tl_protocol_pwach);
    case 0:
        frame = after_zeros(&d->c);
        return frame != NULL ? tl_next_protocol(d, frame) : tl_next_data(d);
    default:
        return is_ethernet(&d->c, 0) == YES ? tl_next_protocol(d, &tl_protocol_eth) : tl_next_data(d);
    }
}

static enum tl_status mpls_dissect(struct tl_dissection *d)
{
    const uint8_t *p = tl_header(d, places, TL_COUNT(places), ENTRY);
    if (p == NULL)
        return d->c.status;
    if ((tl_load_be32(p) & IS_BOTTOM) == 0)
        return tl_next_protocol(d, &tl_protocol_mpls);
    return payload(d, tl_load_be32(p) >> LABEL_SHIFT);
}

/* In UDP (RFC 7510): a stack that ends within the datagram, and no label that has expired. */
static enum tl_probe mpls_udp_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    for (uint32_t at = 0; d->flow.ip_proto == 17 && at < LABELS_MAX * ENTRY; at += ENTRY) {
        const uint8_t *p = tl_cursor_peek(&c, at, ENTRY);
        if (p == NULL || p[3] == 0)
            return TL_PROBE_NO;
        if ((p[2] & 1) != 0)
            return TL_PROBE_MAYBE;
    }
    return TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_mpls_udp = {
    .name = "mpls_udp",
    .title = "MPLS in UDP",
    .kind = TL_KIND_APPLICATION,
    .carries = true,
    .info = "MPLS {mpls.label}",
    .only_at_home = true, .probe = mpls_udp_probe,
    .dissect = mpls_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_UDP_PORT, 6635 } },
};

const struct tl_protocol tl_protocol_mpls = {
    .name = "mpls",
    .title = "Multiprotocol Label Switching",
    .kind = TL_KIND_LAYER,
    .info = "MPLS {label}",
    .dissect = mpls_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_ETHERTYPE, 0x8847 }, { TL_ON_ETHERTYPE, 0x8848 }, { TL_ON_PPP, 0x0281 }, { TL_ON_PPP, 0x0283 } },
};
