/*
 * capwap.c - the data channel between access points and their controller (CAPWAP, RFC 5415, section 4).
 *
 *   preamble 1 | header length 5 bits, radio 5, binding 5, flags T F L W M K 6, reserved 3 | fragment id 2, offset 2
 *   | if M: length 1, radio's address, padding | if W: length 1, information, padding | frame
 */
#include "core/part.h"
#include "dissectors/header.h"
#include "dissectors/registry.h"

enum { VERSION, TYPE, LENGTH, RADIO, BINDING, FLAGS, T, F, L, W, M, K, FRAGMENT, OFFSET, MAC_LENGTH, MAC, MAC_OTHER,
       WIRELESS_LENGTH, WIRELESS };
static const struct tl_field fields[] = {
    [VERSION] = { "capwap.preamble.version", "Version", .type = TL_U8, .mask = 0xf0 },
    [TYPE] = { "capwap.preamble.type", "Type", .type = TL_U8, .mask = 0x0f },
    [LENGTH] = { "capwap.header.length", "Header length", .type = TL_U24, .mask = 0xf80000, .help = "In 32-bit words" },
    [RADIO] = { "capwap.header.rid", "Radio", .type = TL_U24, .mask = 0x07c000 },
    [BINDING] = { "capwap.header.wbid", "Wireless binding", .type = TL_U24, .mask = 0x003e00 },
    [FLAGS] = { "capwap.header.flags", "Flags", .type = TL_U24, .base = TL_HEX, .mask = 0x0001ff },
    [T] = { "capwap.header.flags.t", "Frame of the wireless binding", .type = TL_BOOL, .mask = 0x100 },
    [F] = { "capwap.header.flags.f", "Fragment", .type = TL_BOOL, .mask = 0x80 },
    [L] = { "capwap.header.flags.l", "Last fragment", .type = TL_BOOL, .mask = 0x40 },
    [W] = { "capwap.header.flags.w", "Wireless information", .type = TL_BOOL, .mask = 0x20 },
    [M] = { "capwap.header.flags.m", "Radio's address", .type = TL_BOOL, .mask = 0x10 },
    [K] = { "capwap.header.flags.k", "Keepalive", .type = TL_BOOL, .mask = 0x08 },
    [FRAGMENT] = { "capwap.header.fragment.id", "Fragment id", .type = TL_U16 },
    [OFFSET] = { "capwap.header.fragment.offset", "Fragment offset", .type = TL_U16, .mask = 0xfff8 },
    [MAC_LENGTH] = { "capwap.header.mac.length", "Address length", .type = TL_U8, .unit = "bytes" },
    [MAC] = { "capwap.header.mac.eui48", "Address", .type = TL_MAC },
    [MAC_OTHER] = { "capwap.header.mac.data", "Address", .type = TL_BYTES },
    [WIRELESS_LENGTH] = { "capwap.header.wireless.length", "Information length", .type = TL_U8, .unit = "bytes" },
    [WIRELESS] = { "capwap.header.wireless.data", "Wireless information", .type = TL_BYTES },
};

static const struct tl_place places[] = {
    { VERSION, 0, 1, 0 }, { TYPE, 0, 1, 0 }, { LENGTH, 1, 3, 0 }, { RADIO, 1, 3, 0 }, { BINDING, 1, 3, 0 },
    { FLAGS, 1, 3, 0 },   { T, 1, 3, 0 },    { F, 1, 3, 0 },      { L, 1, 3, 0 },     { W, 1, 3, 0 },
    { M, 1, 3, 0 },       { K, 1, 3, 0 },    { FRAGMENT, 4, 2, 0 }, { OFFSET, 6, 2, 0 },
};

enum { PREAMBLE = 4, HEADER = 8, NATIVE = 0x100, IS_FRAGMENT = 0x80, HAS_WIRELESS = 0x20, HAS_MAC = 0x10,
       KEEPALIVE = 0x08,
       RESERVED = 0x07, IEEE_80211 = 1 };

static uint32_t header_length(const uint8_t *p)
{
    return (uint32_t)(p[1] >> 3) * 4;
}

/* A preamble of 0 is a CAPWAP header without DTLS. */
static enum tl_probe capwap_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, HEADER);
    if (d->flow.ip_proto != 17 || p == NULL || p[0] != 0 || (p[3] & RESERVED) != 0 || (p[7] & RESERVED) != 0)
        return TL_PROBE_NO;
    uint32_t len = header_length(p);
    return len >= HEADER && len <= tl_cursor_wire_left(&c) ? TL_PROBE_MAYBE : TL_PROBE_NO;
}

/* Reads a length, and that many bytes. The two are padded to four bytes. */
static void optional(struct tl_dissection *d, unsigned length, unsigned mac, unsigned other)
{
    uint32_t len = tl_u8(d, length);
    if (len > 0)
        tl_run(d, len == 6 ? mac : other, len);
    tl_skip(d, (4 - (1 + len) % 4) % 4);
}

/* Cisco's access points swap the two bytes of frame control. No frame has a version but 0 (IEEE 802.11 9.2.4.1.2). */
static bool is_swapped(const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 2);
    if (p == NULL || (p[1] & 3) != 0)
        return false;
    return (p[0] & 3) != 0 || (p[0] & 0x0c) != 0x08;
}

static enum tl_status capwap_dissect(struct tl_dissection *d)
{
    const uint8_t *first = tl_cursor_peek(&d->c, 0, 1);
    if (first != NULL && first[0] != 0) { /* DTLS follows four bytes of preamble, or it is another version */
        tl_add_bits(d, VERSION, d->c.off, 1, first[0]);
        tl_add_bits(d, TYPE, d->c.off, 1, first[0]);
        tl_skip(d, PREAMBLE);
        return tl_next_data(d);
    }
    const uint8_t *p = tl_header(d, places, TL_COUNT(places), HEADER);
    if (p == NULL)
        return d->c.status;
    if (header_length(p) < HEADER)
        tl_bad(d);
    uint32_t bits = tl_load_be24(p + 1);
    struct tl_part part = tl_part_enter(d, tl_ok(d) ? header_length(p) - HEADER : 0);
    if ((bits & HAS_MAC) != 0)
        optional(d, MAC_LENGTH, MAC, MAC_OTHER);
    if ((bits & HAS_WIRELESS) != 0)
        optional(d, WIRELESS_LENGTH, WIRELESS, WIRELESS);
    tl_part_leave(d, part);
    if ((bits & (IS_FRAGMENT | KEEPALIVE)) != 0 || tl_cursor_wire_left(&d->c) == 0)
        return tl_next_data(d);
    if ((bits & NATIVE) == 0)
        return tl_next_protocol(d, &tl_protocol_eth);
    if ((bits >> 9 & 0x1f) != IEEE_80211)
        return tl_next_data(d);
    return tl_next_protocol(d, is_swapped(d) ? &tl_protocol_wlan_bsfc : &tl_protocol_wlan);
}

const struct tl_protocol tl_protocol_capwap = {
    .name = "capwap",
    .title = "CAPWAP data",
    .kind = TL_KIND_APPLICATION,
    .carries = true,
    .info = "CAPWAP data[ radio {header.rid}]",
    .only_at_home = true, .probe = capwap_probe,
    .dissect = capwap_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_UDP_PORT, 5247 } },
};
