/* dccp.c - Datagram Congestion Control Protocol (RFC 4340 section 5): the header of all packet types, options. */
#include "core/part.h"
#include "dissectors/header.h"

static const struct tl_name types[] = {
    { 0, "Request" }, { 1, "Response" }, { 2, "Data" }, { 3, "Ack" }, { 4, "DataAck" }, { 5, "CloseReq" },
    { 6, "Close" }, { 7, "Reset" }, { 8, "Sync" }, { 9, "SyncAck" }, { 10, "Listen" }, { 0, NULL },
};
static const struct tl_name resets[] = {
    { 0, "Unspecified" }, { 1, "Closed" }, { 2, "Aborted" }, { 3, "No connection" }, { 4, "Packet error" },
    { 5, "Option error" }, { 6, "Mandatory error" }, { 7, "Connection refused" }, { 8, "Bad service code" },
    { 9, "Too busy" }, { 10, "Bad init cookie" }, { 11, "Aggression penalty" }, { 0, NULL },
};
static const struct tl_name options[] = {
    { 0, "Padding" }, { 1, "Mandatory" }, { 2, "Slow receiver" }, { 32, "Change L" }, { 33, "Confirm L" },
    { 34, "Change R" }, { 35, "Confirm R" }, { 36, "Init cookie" }, { 37, "NDP count" },
    { 38, "Ack vector, nonce 0" }, { 39, "Ack vector, nonce 1" }, { 40, "Data dropped" }, { 41, "Timestamp" },
    { 42, "Timestamp echo" }, { 43, "Elapsed time" }, { 44, "Data checksum" }, { 192, "CCID3 loss event rate" },
    { 193, "CCID3 loss intervals" }, { 194, "CCID3 receive rate" }, { 0, NULL },
};

enum { SRCPORT, DSTPORT, OFFSET, CCVAL, CSCOV, CHECKSUM, RES1, TYPE, X, RES2, SEQ, ACK_RES, ACK, SERVICE, RESET,
       DATA1, DATA2, DATA3, OPTION, OPTION_TYPE, OPTION_LENGTH, OPTION_VALUE };
static const struct tl_field fields[] = {
    [SRCPORT] = { "dccp.srcport", "Source port", .type = TL_U16 },
    [DSTPORT] = { "dccp.dstport", "Destination port", .type = TL_U16 },
    [OFFSET] = { "dccp.data_offset", "Data offset", .type = TL_U8, .help = "In 32-bit words" },
    [CCVAL] = { "dccp.ccval", "CCVal", .type = TL_U8 },
    [CSCOV] = { "dccp.cscov", "Checksum coverage", .type = TL_U8 },
    [CHECKSUM] = { "dccp.checksum", "Checksum", .type = TL_U16, .base = TL_HEX },
    [RES1] = { "dccp.res1", "Reserved", .type = TL_U8, .base = TL_HEX },
    [TYPE] = { "dccp.type", "Type", .type = TL_U8, .names = types },
    [X] = { "dccp.x", "Extended sequence numbers", .type = TL_BOOL },
    [RES2] = { "dccp.res2", "Reserved", .type = TL_U8, .base = TL_HEX },
    [SEQ] = { "dccp.seq_raw", "Sequence number", .type = TL_U64 },
    [ACK_RES] = { "dccp.ack_res", "Reserved", .type = TL_U16, .base = TL_HEX },
    [ACK] = { "dccp.ack_raw", "Acknowledged", .type = TL_U64 },
    [SERVICE] = { "dccp.service_code", "Service code", .type = TL_U32 },
    [RESET] = { "dccp.reset_code", "Reset code", .type = TL_U8, .names = resets },
    [DATA1] = { "dccp.data1", "Data 1", .type = TL_U8 },
    [DATA2] = { "dccp.data2", "Data 2", .type = TL_U8 },
    [DATA3] = { "dccp.data3", "Data 3", .type = TL_U8 },
    [OPTION] = { "dccp.option", "Option", .type = TL_GROUP, .flags = TL_REPEATS },
    [OPTION_TYPE] = { "dccp.option_type", "Type", .type = TL_U8, .names = options },
    [OPTION_LENGTH] = { "dccp.option_length", "Length", .type = TL_U8, .unit = "bytes" },
    [OPTION_VALUE] = { "dccp.option_value", "Value", .type = TL_BYTES },
};

enum { REQUEST, RESPONSE, DATA, RESET_PACKET = 7, HEADER = 12, ONE_BYTE = 32 };

/* Reads a sequence number of 48 bits, or of 24. */
static void number(struct tl_dissection *d, unsigned field, bool extended)
{
    const uint8_t *p = tl_cursor_take(&d->c, extended ? 6 : 3);
    if (p == NULL)
        return;
    uint64_t value = extended ? (uint64_t)tl_load_be16(p) << 32 | tl_load_be32(p + 2) : tl_load_be24(p);
    tl_add(d, field, d->c.off - (extended ? 6 : 3), extended ? 6 : 3, value);
}

static void options_of(struct tl_dissection *d)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t group = tl_group(d, OPTION);
        uint8_t type = tl_u8(d, OPTION_TYPE);
        if (tl_ok(d) && type >= ONE_BYTE) {
            uint8_t len = tl_u8(d, OPTION_LENGTH);
            if (tl_ok(d) && len < 2)
                tl_bad(d);
            if (tl_ok(d) && len > 2)
                tl_run(d, OPTION_VALUE, len - 2u);
        }
        tl_group_end(d, group);
    }
}

static void rest(struct tl_dissection *d, uint32_t size)
{
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    if (p == NULL)
        return;
    uint8_t type = p[0] >> 1 & 0x0f;
    bool extended = (p[0] & 1) != 0;
    tl_add(d, RES1, d->c.off - 1, 1, p[0] >> 5);
    tl_add(d, TYPE, d->c.off - 1, 1, type);
    tl_add(d, X, d->c.off - 1, 1, extended);
    if (extended)
        tl_u8(d, RES2);
    number(d, SEQ, extended);
    if (type != REQUEST && type != DATA) {
        if (extended)
            tl_u16(d, ACK_RES);
        else
            tl_skip(d, 1);
        number(d, ACK, extended);
    }
    if (type == REQUEST || type == RESPONSE)
        tl_u32(d, SERVICE);
    if (type == RESET_PACKET) {
        tl_u8(d, RESET);
        tl_u8(d, DATA1);
        tl_u8(d, DATA2);
        tl_u8(d, DATA3);
    }
    uint32_t read = d->c.off - d->start;
    if (tl_ok(d) && size < read)
        tl_bad(d);
    struct tl_part part = tl_part_enter(d, tl_ok(d) ? size - read : 0);
    options_of(d);
    tl_part_leave(d, part);
}

static enum tl_status dccp_dissect(struct tl_dissection *d)
{
    *d->seg = (struct tl_transport){ .window_scale = -1 };
    d->seg->src_port = tl_u16(d, SRCPORT);
    d->seg->dst_port = tl_u16(d, DSTPORT);
    d->seg->known = tl_ok(d);
    uint32_t size = tl_u8(d, OFFSET) * 4u, around = d->net->header_len + size;
    d->seg->payload_len = d->net->total_len > around ? d->net->total_len - around : 0;
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    if (p != NULL) {
        tl_add(d, CCVAL, d->c.off - 1, 1, p[0] >> 4);
        tl_add(d, CSCOV, d->c.off - 1, 1, p[0] & 0x0f);
    }
    tl_u16(d, CHECKSUM);
    if (tl_ok(d) && size < HEADER)
        tl_bad(d);
    if (!tl_ok(d) || d->wanted == NULL)
        return tl_next_none(d);
    struct tl_part part = tl_part_begin(d, tl_cursor_wire_left(&d->c));
    rest(d, size);
    tl_part_close(d, part);
    return tl_next_none(d);
}

const struct tl_protocol tl_protocol_dccp = {
    .name = "dccp",
    .title = "Datagram Congestion Control Protocol",
    .kind = TL_KIND_TRANSPORT,
    .info = "{srcport} > {dstport}[ \\[{type}\\]][ Seq={seq_raw}][ Ack={ack_raw}][: {reset_code}]",
    .dissect = dccp_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_IP_PROTO, 33 } },
};
