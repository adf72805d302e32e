/* ppi.c - Per-Packet Information (CACE): typed fields, then a packet of the given link type. Little-endian. */
#include "core/part.h"
#include "dissectors/header.h"

enum { VERSION, FLAGS, LENGTH, DLT, TYPE, SIZE, COMMON_FLAGS, FCS, TIME, FREQUENCY, VALUE };

static const struct tl_name types[] = {
    { 2, "802.11 common" }, { 3, "802.11n MAC" },     { 4, "802.11n MAC and PHY" }, { 5, "Spectrum map" },
    { 6, "Process" },       { 7, "Capture" },         { 8, "Aggregation" },         { 9, "802.3" },
    { 30002, "GPS" },       { 30003, "Vector" },      { 30004, "Sensor" },          { 30005, "Antenna" },
    { 0, NULL },
};

static const struct tl_field fields[] = {
    [VERSION] = { "ppi.version", "Version", .type = TL_U8 },
    [FLAGS] = { "ppi.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [LENGTH] = { "ppi.length", "Header length", .type = TL_U16, .unit = "bytes" },
    [DLT] = { "ppi.dlt", "Link type", .type = TL_U32 },
    [TYPE] = { "ppi.field_type", "Field", .type = TL_U16, .flags = TL_REPEATS, .names = types },
    [SIZE] = { "ppi.field_len", "Field length", .type = TL_U16, .flags = TL_REPEATS, .unit = "bytes" },
    [COMMON_FLAGS] = { "ppi.80211-common.flags", "Flags", .type = TL_U16, .base = TL_HEX, .flags = TL_REPEATS },
    [FCS] = { "ppi.80211-common.flags.fcs", "Check sequence at the end", .type = TL_BOOL, .mask = 0x0001,
              .flags = TL_REPEATS },
    [TIME] = { "ppi.80211-common.tsft", "Time of arrival", .type = TL_U64, .flags = TL_REPEATS },
    [FREQUENCY] = { "ppi.80211-common.chan.freq", "Channel frequency", .type = TL_U16, .flags = TL_REPEATS,
                    .unit = "MHz" },
    [VALUE] = { "ppi.field_value", "Value", .type = TL_BYTES, .flags = TL_REPEATS },
};

enum { HEADER = 8, FIELD_HEADER = 4, COMMON = 2, COMMON_SIZE = 20, HAS_FCS = 0x0001, IS_ALIGNED = 0x01, FCS_SIZE = 4 };

static bool common(struct tl_dissection *d)
{
    tl_le64(d, TIME);
    uint16_t flags = tl_le16(d, COMMON_FLAGS);
    if (tl_ok(d))
        tl_add_bits(d, FCS, d->c.off - 2, 2, flags);
    tl_skip(d, 2); /* the rate */
    tl_le16(d, FREQUENCY);
    tl_skip(d, COMMON_SIZE - 14);
    return (flags & HAS_FCS) != 0;
}

/*
 * Reads the fields to the end of the header. Returns whether one of them says that the frame ends in a check sequence.
 */
static bool all_fields(struct tl_dissection *d, bool aligned)
{
    bool fcs = false;
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) >= FIELD_HEADER) {
        uint16_t type = tl_le16(d, TYPE);
        uint32_t size = tl_le16(d, SIZE);
        if (type == COMMON && size == COMMON_SIZE)
            fcs = common(d);
        else if (size > 0)
            tl_run(d, VALUE, size);
        uint32_t left = tl_cursor_wire_left(&d->c), padding = aligned ? (4 - size % 4) % 4 : 0;
        tl_skip(d, padding < left ? padding : left);
    }
    return fcs;
}

static enum tl_status ppi_dissect(struct tl_dissection *d)
{
    tl_u8(d, VERSION);
    uint8_t flags = tl_u8(d, FLAGS);
    uint32_t len = tl_le16(d, LENGTH), dlt = tl_le32(d, DLT);
    if (tl_ok(d) && len < HEADER) {
        tl_bad(d);
        return d->c.status;
    }
    struct tl_part header = tl_part_begin(d, len - HEADER);
    bool fcs = all_fields(d, (flags & IS_ALIGNED) != 0);
    tl_part_end(d, header);
    uint32_t left = tl_cursor_wire_left(&d->c);
    if (tl_ok(d) && fcs && left >= FCS_SIZE)
        tl_limit(d, d->c.off - d->start + left - FCS_SIZE, 0);
    return tl_next(d, TL_ON_LINKTYPE, dlt);
}

const struct tl_protocol tl_protocol_ppi = {
    .name = "ppi",
    .title = "Per-Packet Information",
    .kind = TL_KIND_LAYER,
    .info = "PPI[, link type {dlt}]",
    .dissect = ppi_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_LINKTYPE, 192 } },
};
