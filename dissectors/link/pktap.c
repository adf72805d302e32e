/* pktap.c - Darwin's packet tap (LINKTYPE_PKTAP): the process of a packet, in a header before it. Little-endian. */
#include "dissectors/header.h"

enum { LENGTH, RECORD, DLT, NAME, FLAGS, FAMILY, HEADER_LEN, TRAILER_LEN, PID, COMMAND, CLASS, IF_TYPE, IF_UNIT, EPID,
       ECOMMAND };

static const struct tl_field fields[] = {
    [LENGTH] = { "pktap.hdrlen", "Header length", .type = TL_U32, .unit = "bytes" },
    [RECORD] = { "pktap.rectype", "Record type", .type = TL_U32 },
    [DLT] = { "pktap.dlt", "Link type", .type = TL_U32 },
    [NAME] = { "pktap.ifname", "Interface", .type = TL_TEXT },
    [FLAGS] = { "pktap.flags", "Flags", .type = TL_U32, .base = TL_HEX },
    [FAMILY] = { "pktap.pfamily", "Protocol family", .type = TL_U32 },
    [HEADER_LEN] = { "pktap.llhdrlen", "Link-layer header", .type = TL_U32, .unit = "bytes" },
    [TRAILER_LEN] = { "pktap.lltrlrlen", "Link-layer trailer", .type = TL_U32, .unit = "bytes" },
    [PID] = { "pktap.pid", "Process", .type = TL_U32 },
    [COMMAND] = { "pktap.cmdname", "Command", .type = TL_TEXT },
    [CLASS] = { "pktap.svc_class", "Service class", .type = TL_U32 },
    [IF_TYPE] = { "pktap.iftype", "Interface type", .type = TL_U16 },
    [IF_UNIT] = { "pktap.ifunit", "Interface unit", .type = TL_U16 },
    [EPID] = { "pktap.epid", "Effective process", .type = TL_U32 },
    [ECOMMAND] = { "pktap.ecmdname", "Effective command", .type = TL_TEXT },
};

enum { HEADER = 108, IF_NAME = 24, COMMAND_NAME = 20, IS_PACKET = 1 };

/* Reads text in an array of `size` bytes, up to the first zero. */
static void name(struct tl_dissection *d, unsigned field, uint32_t size)
{
    const uint8_t *p = tl_cursor_take(&d->c, size);
    if (p == NULL)
        return;
    const uint8_t *zero = memchr(p, 0, size);
    tl_add_text(d, field, d->c.off - size, size, p, zero != NULL ? (uint32_t)(zero - p) : size);
}

static enum tl_status pktap_dissect(struct tl_dissection *d)
{
    uint32_t len = tl_le32(d, LENGTH), record = tl_le32(d, RECORD), dlt = tl_le32(d, DLT);
    name(d, NAME, IF_NAME);
    tl_le32(d, FLAGS);
    tl_le32(d, FAMILY);
    tl_le32(d, HEADER_LEN);
    tl_le32(d, TRAILER_LEN);
    tl_le32(d, PID);
    name(d, COMMAND, COMMAND_NAME);
    tl_le32(d, CLASS);
    tl_le16(d, IF_TYPE);
    tl_le16(d, IF_UNIT);
    tl_le32(d, EPID);
    name(d, ECOMMAND, COMMAND_NAME);
    if (tl_ok(d) && len < HEADER)
        tl_bad(d);
    if (tl_ok(d))
        tl_skip(d, len - HEADER);
    return record == IS_PACKET ? tl_next(d, TL_ON_LINKTYPE, dlt) : tl_next_data(d);
}

const struct tl_protocol tl_protocol_pktap = {
    .name = "pktap",
    .title = "Packet tap",
    .kind = TL_KIND_LAYER,
    .info = "Packet tap[ {ifname}][ {cmdname}][ (process {pid})]",
    .dissect = pktap_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_LINKTYPE, 258 } },
};
