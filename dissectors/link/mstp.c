/* mstp.c - BACnet MS/TP (ASHRAE 135 clause 9): frames of a token ring on a serial line. */
#include "dissectors/header.h"

enum { FIRST, SECOND, TYPE, DST, SRC, LENGTH, HEADER_CRC, VENDOR, DATA_CRC };

static const struct tl_name types[] = {
    { 0, "Token" },
    { 1, "Poll for master" },
    { 2, "Reply to poll for master" },
    { 3, "Test request" },
    { 4, "Test response" },
    { 5, "BACnet data, expects a reply" },
    { 6, "BACnet data" },
    { 7, "Reply postponed" },
    { 32, "BACnet extended data, expects a reply" },
    { 33, "BACnet extended data" },
    { 34, "IPv6" },
    { 0, NULL },
};

static const struct tl_field fields[] = {
    [FIRST] = { "mstp.preamble_55", "Preamble", .type = TL_U8, .base = TL_HEX },
    [SECOND] = { "mstp.preamble_FF", "Preamble, second byte", .type = TL_U8, .base = TL_HEX },
    [TYPE] = { "mstp.frame_type", "Frame", .type = TL_U8, .names = types },
    [DST] = { "mstp.dst", "Destination", .type = TL_U8, .flags = TL_DESTINATION },
    [SRC] = { "mstp.src", "Source", .type = TL_U8, .flags = TL_SOURCE },
    [LENGTH] = { "mstp.len", "Length", .type = TL_U16, .unit = "bytes" },
    [HEADER_CRC] = { "mstp.hdr_crc", "Check sequence of the header", .type = TL_U8, .base = TL_HEX },
    [VENDOR] = { "mstp.vendorid", "Vendor", .type = TL_U16 },
    [DATA_CRC] = { "mstp.data_crc", "Check sequence of the data", .type = TL_U16, .base = TL_HEX },
};

enum { CRC_SIZE = 2, DATA_EXPECTING_REPLY = 5, DATA_NOT_EXPECTING_REPLY = 6, FIRST_OF_VENDORS = 128,
       BACNET_SAP = 0x82 };

/* The check sequence is after the data, which are dissected later. */
static void data_crc(struct tl_dissection *d, uint32_t len)
{
    const uint8_t *p = tl_cursor_peek(&d->c, len, CRC_SIZE);
    if (p != NULL)
        tl_add(d, DATA_CRC, d->c.off + len, CRC_SIZE, tl_load_be16(p));
}

static enum tl_status mstp_dissect(struct tl_dissection *d)
{
    tl_u8(d, FIRST);
    tl_u8(d, SECOND);
    uint8_t type = tl_u8(d, TYPE);
    tl_u8(d, DST);
    tl_u8(d, SRC);
    uint32_t len = tl_u16(d, LENGTH);
    tl_u8(d, HEADER_CRC);
    if (!tl_ok(d) || len == 0)
        return tl_next_none(d);
    if (tl_cursor_wire_left(&d->c) >= len + CRC_SIZE) {
        data_crc(d, len);
        tl_limit(d, d->c.off - d->start + len, 0);
    }
    if (type >= FIRST_OF_VENDORS)
        tl_u16(d, VENDOR);
    if (type == DATA_EXPECTING_REPLY || type == DATA_NOT_EXPECTING_REPLY)
        return tl_next(d, TL_ON_LLC_SAP, BACNET_SAP);
    return tl_next_data(d);
}

const struct tl_protocol tl_protocol_mstp = {
    .name = "mstp",
    .title = "BACnet MS/TP",
    .kind = TL_KIND_LAYER,
    .info = "MS/TP[ {src} > {dst}][ {frame_type}]",
    .dissect = mstp_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_LINKTYPE, 165 } },
};
