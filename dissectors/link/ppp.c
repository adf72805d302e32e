/* ppp.c - Point-to-Point Protocol in HDLC-like framing (RFC 1661, RFC 1662). */
#include "dissectors/header.h"
#include "dissectors/registry.h"

enum { DIRECTION, ADDRESS, CONTROL, PROTOCOL };

static const struct tl_name protocols[] = {
    { 0x0001, "Padding" },
    { 0x0021, "IPv4" },
    { 0x0023, "OSI" },
    { 0x0029, "AppleTalk" },
    { 0x002b, "IPX" },
    { 0x002d, "VJ compressed TCP" },
    { 0x002f, "VJ uncompressed TCP" },
    { 0x0031, "Bridging" },
    { 0x003d, "Multilink" },
    { 0x0053, "Encrypted" },
    { 0x0057, "IPv6" },
    { 0x00fb, "Compressed, one link of several" },
    { 0x00fd, "Compressed" },
    { 0x0207, "CDP" },
    { 0x0281, "MPLS" },
    { 0x0283, "MPLS multicast" },
    { 0x8021, "IP control" },
    { 0x8031, "Bridging control" },
    { 0x8053, "Encryption control" },
    { 0x8057, "IPv6 control" },
    { 0x80fb, "Compression control, one link of several" },
    { 0x80fd, "Compression control" },
    { 0x8207, "CDP control" },
    { 0x8281, "MPLS control" },
    { 0xc021, "Link control" },
    { 0xc023, "Password authentication" },
    { 0xc025, "Link quality report" },
    { 0xc02b, "Bandwidth allocation control" },
    { 0xc02d, "Bandwidth allocation" },
    { 0xc223, "Challenge handshake authentication" },
    { 0xc227, "Extensible authentication" },
    { 0, NULL },
};

static const struct tl_name directions[] = { { 0, "Received" }, { 1, "Sent" }, { 0, NULL } };

static const struct tl_field fields[] = {
    [DIRECTION] = { "ppp.direction", "Direction", .type = TL_U8, .names = directions },
    [ADDRESS] = { "ppp.address", "Address", .type = TL_U8, .base = TL_HEX },
    [CONTROL] = { "ppp.control", "Control", .type = TL_U8, .base = TL_HEX },
    [PROTOCOL] = { "ppp.protocol", "Protocol", .type = TL_U16, .base = TL_HEX, .names = protocols },
};

/* Link types. */
enum { PPPD = 166, WITH_DIRECTION = 204 };

/*
 * On a serial line the first byte of a frame can also be Cisco's HDLC. In a tunnel these bytes would be compressed
 * protocol numbers, which no protocol has.
 */
static bool is_chdlc(const struct tl_dissection *d, const uint8_t *first)
{
    return d->start == 0 && first != NULL && (first[0] == 0x0f || first[0] == 0x8f);
}

/*
 * Reads the direction that some captures have before the frame: in a byte of its own (LINKTYPE_PPP_WITH_DIR), or in
 * place of the address, which has only one value (LINKTYPE_PPP_PPPD).
 */
static void direction(struct tl_dissection *d)
{
    if (d->start != 0 || d->frame->packet == NULL)
        return;
    if (d->frame->packet->linktype == WITH_DIRECTION) {
        tl_u8(d, DIRECTION);
    } else if (d->frame->packet->linktype == PPPD) {
        const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
        if (p == NULL || p[0] <= 1) {
            tl_u8(d, DIRECTION);
            tl_u8(d, CONTROL);
        }
    }
}

static enum tl_status ppp_dissect(struct tl_dissection *d)
{
    direction(d);
    /* Address and control are omitted if both ends agreed on it (RFC 1661 6.6). No protocol number begins with 0xff. */
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    if (is_chdlc(d, p))
        return tl_next_protocol(d, &tl_protocol_chdlc);
    if (p != NULL && p[0] == 0xff) {
        tl_u8(d, ADDRESS);
        tl_u8(d, CONTROL);
        p = tl_cursor_peek(&d->c, 0, 1);
    }
    /* Only the last byte of a protocol number is odd: if the first byte is odd the number is compressed to it (6.5). */
    uint16_t protocol = p != NULL && (p[0] & 1) != 0 ? tl_u8(d, PROTOCOL) : tl_u16(d, PROTOCOL);
    return tl_next(d, TL_ON_PPP, protocol);
}

const struct tl_protocol tl_protocol_ppp = {
    .name = "ppp",
    .title = "Point-to-Point Protocol",
    .kind = TL_KIND_LAYER,
    .info = "PPP {protocol}",
    .dissect = ppp_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_LINKTYPE, 9 }, { TL_ON_LINKTYPE, 50 }, { TL_ON_LINKTYPE, PPPD }, { TL_ON_LINKTYPE, WITH_DIRECTION },
            { TL_ON_ETHERTYPE, 0x880b } },
};
