/*
 * slip.c - Serial Line IP (RFC 1055) as BSD captures it (LINKTYPE_SLIP): a direction and the compressed header of
 * RFC 1144 as it was on the line, in 16 bytes, then the IP packet without compression.
 */
#include "dissectors/header.h"

enum { DIRECTION, TYPE, CONNECTION };

static const struct tl_name directions[] = { { 0, "Received" }, { 1, "Sent" }, { 0, NULL } };

/* The high bits of the first byte of the header on the line. */
enum { PLAIN = 0x40, UNCOMPRESSED = 0x70, COMPRESSED = 0x80 };
static const struct tl_name types[] = {
    { PLAIN, "IP" }, { UNCOMPRESSED, "Uncompressed TCP" }, { COMPRESSED, "Compressed TCP" }, { 0, NULL },
};

static const struct tl_field fields[] = {
    [DIRECTION] = { "slip.direction", "Direction", .type = TL_U8, .names = directions },
    [TYPE] = { "slip.type", "Packet type", .type = TL_U8, .base = TL_HEX, .names = types },
    [CONNECTION] = { "slip.connection", "Connection", .type = TL_U8 },
};

enum { HEADER = 16 };

static uint8_t type_of(uint8_t first)
{
    return (first & COMPRESSED) != 0 ? COMPRESSED : first & 0xf0;
}

static enum tl_status slip_dissect(struct tl_dissection *d)
{
    tl_u8(d, DIRECTION);
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    uint8_t type = p != NULL ? type_of(p[0]) : 0;
    if (p != NULL)
        tl_add(d, TYPE, d->c.off - 1, 1, type);
    if (type == UNCOMPRESSED)
        tl_u8(d, CONNECTION);
    else
        tl_skip(d, 1);
    tl_skip(d, HEADER - 3);
    return tl_next_ip(d);
}

const struct tl_protocol tl_protocol_slip = {
    .name = "slip",
    .title = "Serial Line IP",
    .kind = TL_KIND_LAYER,
    .info = "SLIP[ {direction}][ {type}]",
    .dissect = slip_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_LINKTYPE, 8 } },
};
