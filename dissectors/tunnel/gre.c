/*
 * gre.c - Generic Routing Encapsulation (RFC 2784, RFC 2890, RFC 1701), its version 1 (PPTP, RFC 2637), and the headers
 * of mirrored Ethernet frames in it (ERSPAN types II and III, draft-foschiano-erspan). It can be in UDP (RFC 8086).
 */
#include "dissectors/header.h"
#include "dissectors/registry.h"

enum { FLAGS, F_CHECKSUM, F_ROUTING, F_KEY, F_SEQUENCE, F_STRICT, F_RECURSION, F_ACK, F_VERSION, PROTO, CHECKSUM,
       OFFSET, KEY, KEY_LENGTH, KEY_CALL, SEQUENCE, ACK, ROUTING, AF, SRE_OFFSET, SRE_LENGTH, SRE_DATA, WCCP,
       SPAN_VERSION, SPAN_VLAN, SPAN_COS, SPAN_ENCAP, SPAN_TRUNCATED, SPAN_ID, SPAN_INDEX, SPAN_TIMESTAMP, SPAN_SGT,
       SPAN_PDU, SPAN_FT, SPAN_HW, SPAN_DIRECTION, SPAN_GRA, SPAN_OPTIONAL, SPAN_PLATFORM };

static const struct tl_field fields[] = {
    [FLAGS] = { "gre.flags_and_version", "Flags and version", .type = TL_U16, .base = TL_HEX },
    [F_CHECKSUM] = { "gre.flags.checksum", "Checksum", .type = TL_BOOL, .mask = 0x8000 },
    [F_ROUTING] = { "gre.flags.routing", "Routing", .type = TL_BOOL, .mask = 0x4000 },
    [F_KEY] = { "gre.flags.key", "Key", .type = TL_BOOL, .mask = 0x2000 },
    [F_SEQUENCE] = { "gre.flags.sequence_number", "Sequence number", .type = TL_BOOL, .mask = 0x1000 },
    [F_STRICT] = { "gre.flags.strict_source_route", "Strict source route", .type = TL_BOOL, .mask = 0x0800 },
    [F_RECURSION] = { "gre.flags.recursion_control", "Recursion control", .type = TL_U16, .mask = 0x0700 },
    [F_ACK] = { "gre.flags.ack", "Acknowledgment", .type = TL_BOOL, .mask = 0x0080 },
    [F_VERSION] = { "gre.flags.version", "Version", .type = TL_U16, .mask = 0x0007 },
    [PROTO] = { "gre.proto", "Protocol", .type = TL_U16, .base = TL_HEX, .names = tl_ethertype_names },
    [CHECKSUM] = { "gre.checksum", "Checksum", .type = TL_U16, .base = TL_HEX },
    [OFFSET] = { "gre.offset", "Offset of the active route", .type = TL_U16 },
    [KEY] = { "gre.key", "Key", .type = TL_U32, .base = TL_HEX },
    [KEY_LENGTH] = { "gre.key.payload_length", "Payload length", .type = TL_U16, .unit = "bytes" },
    [KEY_CALL] = { "gre.key.call_id", "Call id", .type = TL_U16 },
    [SEQUENCE] = { "gre.sequence_number", "Sequence number", .type = TL_U32 },
    [ACK] = { "gre.ack_number", "Acknowledgment number", .type = TL_U32 },
    [ROUTING] = { "gre.routing", "Source route entry", .type = TL_GROUP, .flags = TL_REPEATS },
    [AF] = { "gre.routing.address_family", "Address family", .type = TL_U16 },
    [SRE_OFFSET] = { "gre.routing.sre_offset", "Offset", .type = TL_U8 },
    [SRE_LENGTH] = { "gre.routing.src_length", "Length", .type = TL_U8, .unit = "bytes" },
    [SRE_DATA] = { "gre.routing.information", "Routing information", .type = TL_BYTES },
    [WCCP] = { "gre.wccp.redirect_header", "WCCP redirect header", .type = TL_BYTES },
    [SPAN_VERSION] = { "erspan.version", "ERSPAN version", .type = TL_U16, .mask = 0xf000 },
    [SPAN_VLAN] = { "erspan.vlan", "VLAN", .type = TL_U16, .mask = 0x0fff },
    [SPAN_COS] = { "erspan.cos", "Class of service", .type = TL_U16, .mask = 0xe000 },
    [SPAN_ENCAP] = { "erspan.encap", "Encapsulation", .type = TL_U16, .mask = 0x1800 },
    [SPAN_TRUNCATED] = { "erspan.truncated", "Truncated", .type = TL_BOOL, .mask = 0x0400 },
    [SPAN_ID] = { "erspan.spanid", "Session", .type = TL_U16, .mask = 0x03ff },
    [SPAN_INDEX] = { "erspan.index", "Port index", .type = TL_U32, .mask = 0x000fffff },
    [SPAN_TIMESTAMP] = { "erspan.timestamp", "Timestamp", .type = TL_U32 },
    [SPAN_SGT] = { "erspan.sgt", "Security group tag", .type = TL_U16 },
    [SPAN_PDU] = { "erspan.p", "Holds an Ethernet frame", .type = TL_BOOL, .mask = 0x8000 },
    [SPAN_FT] = { "erspan.ft", "Frame type", .type = TL_U16, .mask = 0x7c00 },
    [SPAN_HW] = { "erspan.hw", "Hardware id", .type = TL_U16, .mask = 0x03f0 },
    [SPAN_DIRECTION] = { "erspan.direction", "Egress", .type = TL_BOOL, .mask = 0x0008 },
    [SPAN_GRA] = { "erspan.gra", "Timestamp granularity", .type = TL_U16, .mask = 0x0006 },
    [SPAN_OPTIONAL] = { "erspan.o", "Platform header", .type = TL_BOOL, .mask = 0x0001 },
    [SPAN_PLATFORM] = { "erspan.platform", "Platform header", .type = TL_BYTES },
};

enum { HAS_CHECKSUM = 0x8000, HAS_ROUTING = 0x4000, HAS_KEY = 0x2000, HAS_SEQUENCE = 0x1000, HAS_ACK = 0x0080,
       VERSION = 0x0007, RESERVED = 0x4f78, VLAN_BITS = 0x0fff };
enum { PROTO_IP = 0x0800, PROTO_CDP = 0x2000, PROTO_ERSPAN_3 = 0x22eb, PROTO_ETHERNET = 0x6558, PROTO_PPP = 0x880b,
       PROTO_WCCP = 0x883e, PROTO_ERSPAN = 0x88be };

/* Reads two bytes whose bits are the fields first..last. */
static uint16_t bits(struct tl_dissection *d, unsigned first, unsigned last)
{
    const uint8_t *p = tl_cursor_take(&d->c, 2);
    if (p == NULL)
        return 0;
    tl_add_all_bits(d, first, last, d->c.off - 2, 2, tl_load_be16(p));
    return tl_load_be16(p);
}

/* Reads entries up to one with family 0 and length 0 (RFC 1701). Each takes at least four bytes. */
static void routing(struct tl_dissection *d)
{
    bool more = true;
    while (more && tl_ok(d)) {
        uint32_t group = tl_group(d, ROUTING);
        uint16_t family = tl_u16(d, AF);
        tl_u8(d, SRE_OFFSET);
        uint8_t len = tl_u8(d, SRE_LENGTH);
        if (len > 0)
            tl_run(d, SRE_DATA, len);
        tl_group_end(d, group);
        more = family != 0 || len != 0;
    }
}

/*
 * The VLAN of the mirrored frame is a fact of its flows, as a tag in the frame would be. If the frame kept its tag, that
 * tells it.
 */
static void mirrored_vlan(struct tl_dissection *d, uint16_t vlan)
{
    const uint8_t *type = tl_cursor_peek(&d->c, 12, 2);
    bool tagged = type != NULL && (tl_load_be16(type) == 0x8100 || tl_load_be16(type) == 0x88a8);
    if (vlan == 0 || tagged || !tl_ok(d))
        return;
    if (d->frame->vlan == 0)
        d->frame->vlan = (uint16_t)(vlan + 1);
    else if (d->frame->inner_vlan == 0)
        d->frame->inner_vlan = (uint16_t)(vlan + 1);
}

static enum tl_status mirrored(struct tl_dissection *d, bool third)
{
    uint16_t vlan = bits(d, SPAN_VERSION, SPAN_VLAN) & VLAN_BITS;
    bits(d, SPAN_COS, SPAN_ID);
    if (!third) {
        const uint8_t *p = tl_cursor_take(&d->c, 4);
        if (p != NULL)
            tl_add_bits(d, SPAN_INDEX, d->c.off - 4, 4, tl_load_be32(p));
        mirrored_vlan(d, vlan);
        return tl_next(d, TL_ON_ETHERTYPE, PROTO_ETHERNET);
    }
    tl_u32(d, SPAN_TIMESTAMP);
    tl_u16(d, SPAN_SGT);
    uint16_t frame = bits(d, SPAN_PDU, SPAN_OPTIONAL);
    if ((frame & 1) != 0)
        tl_run(d, SPAN_PLATFORM, 8);
    if ((frame & 0x7c00) == 0) /* an Ethernet frame */
        mirrored_vlan(d, vlan);
    if ((frame & 0x7c00) == 0)
        return tl_next(d, TL_ON_ETHERTYPE, PROTO_ETHERNET);
    if ((frame & 0x7c00) == 2 << 10) /* an IP packet */
        return tl_next(d, TL_ON_LINKTYPE, 101);
    return tl_next_data(d);
}

/* Aruba's access points tunnel 802.11 frames: a number for each queue. 0x9000 is also Ethernet's loopback test. */
static bool is_wlan(const struct tl_dissection *d, uint16_t proto)
{
    enum { FIRST = 0x8200, LAST = 0x8370, OTHER = 0x9000, DATA_FRAME = 0x08 };
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    if (proto == OTHER)
        return p != NULL && (p[0] & 0x0f) == DATA_FRAME;
    return proto >= FIRST && proto <= LAST && (proto & 0x0e0f) == 0x0200;
}

static enum tl_status payload(struct tl_dissection *d, uint16_t flags, uint16_t proto)
{
    const uint8_t *first = tl_cursor_peek(&d->c, 0, 1);
    switch (proto) {
    case PROTO_ERSPAN:
        /* Without a sequence number it is type I, which has no header. */
        return (flags & HAS_SEQUENCE) != 0 ? mirrored(d, false) : tl_next(d, TL_ON_ETHERTYPE, PROTO_ETHERNET);
    case PROTO_ERSPAN_3:
        return mirrored(d, true);
    case PROTO_CDP: /* the number of Cisco's SNAP, which is no Ethernet type */
        return tl_next_protocol(d, &tl_protocol_cdp);
    case PROTO_WCCP:
        if (first != NULL && first[0] >> 4 != 4) /* WCCP version 2 puts four bytes before the packet */
            tl_run(d, WCCP, 4);
        return tl_next(d, TL_ON_ETHERTYPE, PROTO_IP);
    default:
        return is_wlan(d, proto) ? tl_next_protocol(d, &tl_protocol_wlan) : tl_next(d, TL_ON_ETHERTYPE, proto);
    }
}

static enum tl_status gre_dissect(struct tl_dissection *d)
{
    uint16_t flags = tl_u16(d, FLAGS);
    if (tl_ok(d))
        tl_add_all_bits(d, F_CHECKSUM, F_VERSION, d->c.off - 2, 2, flags);
    uint16_t proto = tl_u16(d, PROTO);
    bool pptp = (flags & VERSION) == 1;
    if ((flags & VERSION) > 1)
        return tl_next_data(d);
    if ((flags & (HAS_CHECKSUM | HAS_ROUTING)) != 0) {
        tl_u16(d, CHECKSUM);
        tl_u16(d, OFFSET);
    }
    if ((flags & HAS_KEY) != 0 && pptp) {
        uint16_t len = tl_u16(d, KEY_LENGTH);
        tl_u16(d, KEY_CALL);
        uint32_t numbers = ((flags & HAS_SEQUENCE) != 0 ? 4u : 0) + ((flags & HAS_ACK) != 0 ? 4u : 0);
        if (tl_ok(d) && proto == PROTO_PPP)
            tl_limit(d, d->c.off - d->start + numbers + len, 0);
    } else if ((flags & HAS_KEY) != 0) {
        tl_u32(d, KEY);
    }
    if ((flags & HAS_SEQUENCE) != 0)
        tl_u32(d, SEQUENCE);
    if ((flags & HAS_ACK) != 0 && pptp)
        tl_u32(d, ACK);
    if ((flags & HAS_ROUTING) != 0)
        routing(d);
    if (pptp && tl_cursor_wire_left(&d->c) == 0) /* an acknowledgment without payload */
        return tl_next_none(d);
    return payload(d, flags, proto);
}

/* In UDP (RFC 8086): version 0, no reserved flags, and a type of Ethernet. */
static enum tl_probe gre_udp_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, 4);
    if (d->flow.ip_proto != 17 || p == NULL || (tl_load_be16(p) & (RESERVED | VERSION)) != 0)
        return TL_PROBE_NO;
    return tl_load_be16(p + 2) >= 1536 ? TL_PROBE_MAYBE : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_gre_udp = {
    .name = "gre_udp",
    .title = "GRE in UDP",
    .kind = TL_KIND_APPLICATION,
    .carries = true,
    .info = "Encapsulated {gre.proto}[ Key={gre.key}][ Seq={gre.sequence_number}]",
    .only_at_home = true, .probe = gre_udp_probe,
    .dissect = gre_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_UDP_PORT, 4754 } },
};

const struct tl_protocol tl_protocol_gre = {
    .name = "gre",
    .title = "Generic Routing Encapsulation",
    .kind = TL_KIND_LAYER,
    .info = "Encapsulated {proto}[ Key={key}][ Call={key.call_id}][ Seq={sequence_number}][ Session={erspan.spanid}]",
    .dissect = gre_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_IP_PROTO, 47 } },
};
