/*
 * sctp.c - Stream Control Transmission Protocol (RFC 9260): the common header, chunks and their
 * parameters, I-DATA (RFC 8260) and FORWARD TSN (RFC 3758).
 */
#include "core/part.h"
#include "dissectors/header.h"
#include "dissectors/transport/sctp.h"

static const struct tl_name chunks[] = {
    { 0, "DATA" }, { 1, "INIT" }, { 2, "INIT ACK" }, { 3, "SACK" }, { 4, "HEARTBEAT" }, { 5, "HEARTBEAT ACK" },
    { 6, "ABORT" }, { 7, "SHUTDOWN" }, { 8, "SHUTDOWN ACK" }, { 9, "ERROR" }, { 10, "COOKIE ECHO" },
    { 11, "COOKIE ACK" }, { 12, "ECNE" }, { 13, "CWR" }, { 14, "SHUTDOWN COMPLETE" }, { 15, "AUTH" },
    { 16, "NR SACK" }, { 64, "I-DATA" }, { 128, "ASCONF ACK" }, { 129, "PKTDROP" }, { 130, "RE-CONFIG" },
    { 132, "PAD" }, { 192, "FORWARD TSN" }, { 193, "ASCONF" }, { 194, "I-FORWARD TSN" }, { 0, NULL },
};
static const struct tl_name payloads[] = {
    { 0, "Unspecified" }, { 1, "IUA" }, { 2, "M2UA" }, { 3, "M3UA" }, { 4, "SUA" }, { 5, "M2PA" }, { 6, "V5UA" },
    { 7, "H.248" }, { 8, "BICC" }, { 9, "TALI" }, { 10, "DUA" }, { 11, "ASAP" }, { 12, "ENRP" }, { 13, "H.323" },
    { 18, "S1AP" }, { 27, "X2AP" }, { 46, "Diameter" }, { 47, "Diameter over DTLS" }, { 50, "WebRTC DCEP" },
    { 51, "WebRTC string" }, { 53, "WebRTC binary" }, { 60, "NGAP" }, { 61, "XnAP" }, { 0, NULL },
};
static const struct tl_name parameters[] = {
    { 1, "Heartbeat information" }, { 5, "IPv4 address" }, { 6, "IPv6 address" }, { 7, "State cookie" },
    { 8, "Unrecognized parameter" }, { 9, "Cookie preservative" }, { 11, "Host name" },
    { 12, "Supported address types" }, { 13, "Outgoing SSN reset request" }, { 14, "Incoming SSN reset request" },
    { 15, "SSN/TSN reset request" }, { 16, "Reconfiguration response" }, { 17, "Add outgoing streams" },
    { 18, "Add incoming streams" }, { 0x8000, "ECN" }, { 0x8001, "Zero checksum" }, { 0x8002, "Random" },
    { 0x8003, "Chunk list" }, { 0x8004, "Requested HMAC algorithm" }, { 0x8008, "Supported extensions" },
    { 0xc000, "Forward TSN" }, { 0xc001, "Add IP address" }, { 0xc002, "Delete IP address" },
    { 0xc003, "Error cause" }, { 0xc004, "Set primary address" }, { 0xc005, "Success" },
    { 0xc006, "Adaptation layer indication" }, { 0, NULL },
};
static const struct tl_name causes[] = {
    { 1, "Invalid stream identifier" }, { 2, "Missing mandatory parameter" }, { 3, "Stale cookie" },
    { 4, "Out of resource" }, { 5, "Unresolvable address" }, { 6, "Unrecognized chunk type" },
    { 7, "Invalid mandatory parameter" }, { 8, "Unrecognized parameters" }, { 9, "No user data" },
    { 10, "Cookie received while shutting down" }, { 11, "Restart of an association with new addresses" },
    { 12, "User-initiated abort" }, { 13, "Protocol violation" }, { 160, "Request to delete last address" },
    { 161, "Operation refused, resources" }, { 162, "Request to delete source address" }, { 261, "Unsupported HMAC" },
    { 0, NULL },
};

enum { SRCPORT, DSTPORT, TAG, CHECKSUM, CHUNK, TYPE, FLAGS, LENGTH, I_BIT, U_BIT, B_BIT, E_BIT, TSN, SID, SSN, PPID,
       MID, FSN, PAYLOAD, INIT_TAG, INIT_CREDIT, INIT_OUT, INIT_IN, INIT_TSN, ACK_TAG, ACK_CREDIT, ACK_OUT, ACK_IN,
       ACK_TSN, PARAMETER, PARAMETER_TYPE, PARAMETER_LENGTH, PARAMETER_IPV4, PARAMETER_IPV6, PARAMETER_COOKIE,
       PARAMETER_HEARTBEAT, PARAMETER_ADDRESS_TYPE, PARAMETER_CHUNK, PARAMETER_VALUE, SACK_TSN, SACK_WINDOW,
       SACK_GAPS, SACK_DUPLICATES, SACK_START, SACK_END, SACK_DUPLICATE, SHUTDOWN_TSN, ABORT_T, COMPLETE_T, COOKIE,
       FORWARD_TSN, FORWARD_SID, FORWARD_SSN, CAUSE, CAUSE_CODE, CAUSE_LENGTH, CAUSE_INFO, VALUE };
static const struct tl_field fields[] = {
    [SRCPORT] = { "sctp.srcport", "Source port", .type = TL_U16 },
    [DSTPORT] = { "sctp.dstport", "Destination port", .type = TL_U16 },
    [TAG] = { "sctp.verification_tag", "Verification tag", .type = TL_U32, .base = TL_HEX },
    [CHECKSUM] = { "sctp.checksum", "Checksum", .type = TL_U32, .base = TL_HEX },
    [CHUNK] = { "sctp.chunk", "Chunk", .type = TL_GROUP, .flags = TL_REPEATS },
    [TYPE] = { "sctp.chunk_type", "Type", .type = TL_U8, .flags = TL_REPEATS, .names = chunks },
    [FLAGS] = { "sctp.chunk_flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [LENGTH] = { "sctp.chunk_length", "Length", .type = TL_U16, .unit = "bytes" },
    [I_BIT] = { "sctp.data_i_bit", "Immediately", .type = TL_BOOL, .mask = 0x8 },
    [U_BIT] = { "sctp.data_u_bit", "Unordered", .type = TL_BOOL, .mask = 0x4 },
    [B_BIT] = { "sctp.data_b_bit", "Beginning", .type = TL_BOOL, .mask = 0x2 },
    [E_BIT] = { "sctp.data_e_bit", "Ending", .type = TL_BOOL, .mask = 0x1 },
    [TSN] = { "sctp.data_tsn_raw", "TSN", .type = TL_U32 },
    [SID] = { "sctp.data_sid", "Stream", .type = TL_U16, .base = TL_HEX },
    [SSN] = { "sctp.data_ssn", "Stream sequence number", .type = TL_U16 },
    [PPID] = { "sctp.data_payload_proto_id", "Payload protocol", .type = TL_U32, .flags = TL_REPEATS,
               .names = payloads },
    [MID] = { "sctp.data_mid", "Message id", .type = TL_U32 },
    [FSN] = { "sctp.data_fsn", "Fragment sequence number", .type = TL_U32 },
    [PAYLOAD] = { "sctp.data", "Data", .type = TL_BYTES, .flags = TL_CARRIER },
    [INIT_TAG] = { "sctp.init_initiate_tag", "Initiate tag", .type = TL_U32, .base = TL_HEX },
    [INIT_CREDIT] = { "sctp.init_credit", "Receiver window", .type = TL_U32 },
    [INIT_OUT] = { "sctp.init_nr_out_streams", "Outbound streams", .type = TL_U16 },
    [INIT_IN] = { "sctp.init_nr_in_streams", "Inbound streams", .type = TL_U16 },
    [INIT_TSN] = { "sctp.init_initial_tsn", "Initial TSN", .type = TL_U32 },
    [ACK_TAG] = { "sctp.initack_initiate_tag", "Initiate tag", .type = TL_U32, .base = TL_HEX },
    [ACK_CREDIT] = { "sctp.initack_credit", "Receiver window", .type = TL_U32 },
    [ACK_OUT] = { "sctp.initack_nr_out_streams", "Outbound streams", .type = TL_U16 },
    [ACK_IN] = { "sctp.initack_nr_in_streams", "Inbound streams", .type = TL_U16 },
    [ACK_TSN] = { "sctp.initack_initial_tsn", "Initial TSN", .type = TL_U32 },
    [PARAMETER] = { "sctp.parameter", "Parameter", .type = TL_GROUP, .flags = TL_REPEATS },
    [PARAMETER_TYPE] = { "sctp.parameter_type", "Type", .type = TL_U16, .base = TL_HEX, .names = parameters },
    [PARAMETER_LENGTH] = { "sctp.parameter_length", "Length", .type = TL_U16, .unit = "bytes" },
    [PARAMETER_IPV4] = { "sctp.parameter_ipv4_address", "Address", .type = TL_IPV4 },
    [PARAMETER_IPV6] = { "sctp.parameter_ipv6_address", "Address", .type = TL_IPV6 },
    [PARAMETER_COOKIE] = { "sctp.parameter_state_cookie", "State cookie", .type = TL_BYTES },
    [PARAMETER_HEARTBEAT] = { "sctp.parameter_heartbeat_information", "Heartbeat information", .type = TL_BYTES },
    [PARAMETER_ADDRESS_TYPE] = { "sctp.parameter_supported_address_type", "Supported address type", .type = TL_U16,
                                 .flags = TL_REPEATS },
    [PARAMETER_CHUNK] = { "sctp.supported_chunk_type", "Supported chunk", .type = TL_U8, .flags = TL_REPEATS,
                          .names = chunks },
    [PARAMETER_VALUE] = { "sctp.parameter_value", "Value", .type = TL_BYTES },
    [SACK_TSN] = { "sctp.sack_cumulative_tsn_ack_raw", "Cumulative TSN acknowledged", .type = TL_U32 },
    [SACK_WINDOW] = { "sctp.sack_a_rwnd", "Receiver window", .type = TL_U32 },
    [SACK_GAPS] = { "sctp.sack_number_of_gap_blocks", "Gap blocks", .type = TL_U16 },
    [SACK_DUPLICATES] = { "sctp.sack_number_of_duplicated_tsns", "Duplicate TSNs", .type = TL_U16 },
    [SACK_START] = { "sctp.sack_gap_block_start", "Gap block start", .type = TL_U16, .flags = TL_REPEATS },
    [SACK_END] = { "sctp.sack_gap_block_end", "Gap block end", .type = TL_U16, .flags = TL_REPEATS },
    [SACK_DUPLICATE] = { "sctp.sack_duplicate_tsn", "Duplicate TSN", .type = TL_U32, .flags = TL_REPEATS },
    [SHUTDOWN_TSN] = { "sctp.shutdown_cumulative_tsn_ack", "Cumulative TSN acknowledged", .type = TL_U32 },
    [ABORT_T] = { "sctp.abort_t_bit", "Tag reflected", .type = TL_BOOL, .mask = 0x1 },
    [COMPLETE_T] = { "sctp.shutdown_complete_t_bit", "Tag reflected", .type = TL_BOOL, .mask = 0x1 },
    [COOKIE] = { "sctp.cookie", "Cookie", .type = TL_BYTES },
    [FORWARD_TSN] = { "sctp.forward_tsn_tsn", "New cumulative TSN", .type = TL_U32 },
    [FORWARD_SID] = { "sctp.forward_tsn_sid", "Stream", .type = TL_U16, .flags = TL_REPEATS },
    [FORWARD_SSN] = { "sctp.forward_tsn_ssn", "Stream sequence number", .type = TL_U16, .flags = TL_REPEATS },
    [CAUSE] = { "sctp.cause", "Error cause", .type = TL_GROUP, .flags = TL_REPEATS },
    [CAUSE_CODE] = { "sctp.cause_code", "Cause", .type = TL_U16, .base = TL_HEX, .names = causes },
    [CAUSE_LENGTH] = { "sctp.cause_length", "Length", .type = TL_U16, .unit = "bytes" },
    [CAUSE_INFO] = { "sctp.cause_information", "Information", .type = TL_BYTES, .flags = TL_CARRIER },
    [VALUE] = { "sctp.chunk_value", "Value", .type = TL_BYTES, .flags = TL_CARRIER },
};

enum { P_HEARTBEAT = 1, P_IPV4 = 5, P_IPV6, P_COOKIE, P_ADDRESS_TYPES = 12, P_CHUNKS = 0x8008 };

static const struct tl_place places[] = {
    { SRCPORT, 0, 2, 0 }, { DSTPORT, 2, 2, 0 }, { TAG, 4, 4, 0 }, { CHECKSUM, 8, 4, 0 },
};

/* Bytes up to a multiple of four, which the length does not count. */
static void padding(struct tl_dissection *d, uint32_t len)
{
    uint32_t left = tl_cursor_wire_left(&d->c), n = (4 - len % 4) % 4;
    if (tl_ok(d))
        tl_skip(d, n < left ? n : left);
}

static void parameter_value(struct tl_dissection *d, uint16_t type)
{
    switch (type) {
    case P_HEARTBEAT:
        tl_run_left(d, PARAMETER_HEARTBEAT);
        break;
    case P_IPV4:
        tl_ipv4(d, PARAMETER_IPV4);
        break;
    case P_IPV6:
        tl_ipv6(d, PARAMETER_IPV6);
        break;
    case P_COOKIE:
        tl_run_left(d, PARAMETER_COOKIE);
        break;
    case P_ADDRESS_TYPES:
        while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
            tl_u16(d, PARAMETER_ADDRESS_TYPE);
        break;
    case P_CHUNKS:
        while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
            tl_u8(d, PARAMETER_CHUNK);
        break;
    default:
        tl_run_left(d, PARAMETER_VALUE);
    }
}

/* Reads parameters (RFC 9260 section 3.2.1), or error causes, which have the same form (section 3.3.10). */
static void parameters_of(struct tl_dissection *d, bool errors)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) >= 4) {
        uint32_t group = tl_group(d, errors ? CAUSE : PARAMETER);
        uint16_t type = tl_u16(d, errors ? CAUSE_CODE : PARAMETER_TYPE);
        uint32_t len = tl_u16(d, errors ? CAUSE_LENGTH : PARAMETER_LENGTH);
        if (tl_ok(d) && len < 4)
            tl_bad(d);
        struct tl_part part = tl_part_begin(d, len - 4);
        if (tl_ok(d) && errors)
            tl_run_left(d, CAUSE_INFO);
        else if (tl_ok(d))
            parameter_value(d, type);
        tl_part_end(d, part);
        padding(d, len);
        tl_group_end(d, group);
    }
}

static void data(struct tl_dissection *d, uint8_t type, uint8_t flags)
{
    tl_u32(d, TSN);
    tl_u16(d, SID);
    if (type == SCTP_I_DATA) { /* RFC 8260 section 2.1 */
        tl_skip(d, 2);
        tl_u32(d, MID);
        tl_u32(d, (flags & SCTP_BEGINNING) != 0 ? PPID : FSN);
    } else {
        tl_u16(d, SSN);
        tl_u32(d, PPID);
    }
    tl_run_left(d, PAYLOAD);
}

static void initiation(struct tl_dissection *d, bool ack)
{
    tl_u32(d, ack ? ACK_TAG : INIT_TAG);
    tl_u32(d, ack ? ACK_CREDIT : INIT_CREDIT);
    tl_u16(d, ack ? ACK_OUT : INIT_OUT);
    tl_u16(d, ack ? ACK_IN : INIT_IN);
    tl_u32(d, ack ? ACK_TSN : INIT_TSN);
    parameters_of(d, false);
}

static void acknowledgment(struct tl_dissection *d)
{
    tl_u32(d, SACK_TSN);
    tl_u32(d, SACK_WINDOW);
    unsigned gaps = tl_u16(d, SACK_GAPS), duplicates = tl_u16(d, SACK_DUPLICATES);
    for (; gaps > 0 && tl_ok(d); gaps--) {
        tl_u16(d, SACK_START);
        tl_u16(d, SACK_END);
    }
    for (; duplicates > 0 && tl_ok(d); duplicates--)
        tl_u32(d, SACK_DUPLICATE);
}

static void forward(struct tl_dissection *d)
{
    tl_u32(d, FORWARD_TSN);
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        tl_u16(d, FORWARD_SID);
        tl_u16(d, FORWARD_SSN);
    }
}

static void value(struct tl_dissection *d, uint8_t type, uint8_t flags)
{
    switch (type) {
    case SCTP_DATA:
    case SCTP_I_DATA:
        data(d, type, flags);
        break;
    case SCTP_INIT:
    case SCTP_INIT_ACK:
        initiation(d, type == SCTP_INIT_ACK);
        break;
    case SCTP_SACK:
        acknowledgment(d);
        break;
    case SCTP_HEARTBEAT:
    case SCTP_HEARTBEAT_ACK:
        parameters_of(d, false);
        break;
    case SCTP_ABORT:
    case SCTP_ERROR:
        parameters_of(d, true);
        break;
    case SCTP_SHUTDOWN:
        tl_u32(d, SHUTDOWN_TSN);
        break;
    case SCTP_SHUTDOWN_COMPLETE:
        break;
    case SCTP_COOKIE_ECHO:
        tl_run_left(d, COOKIE);
        break;
    case SCTP_FORWARD_TSN:
        forward(d);
        break;
    default:
        tl_run_left(d, VALUE);
    }
}

/* The flags, which were just read, of the chunks that have some. */
static void bits(struct tl_dissection *d, uint8_t type, uint8_t flags)
{
    uint32_t at = d->c.off - 1;
    if (type == SCTP_DATA || type == SCTP_I_DATA)
        tl_add_all_bits(d, I_BIT, E_BIT, at, 1, flags);
    else if (type == SCTP_ABORT)
        tl_add_bits(d, ABORT_T, at, 1, flags);
    else if (type == SCTP_SHUTDOWN_COMPLETE)
        tl_add_bits(d, COMPLETE_T, at, 1, flags);
}

static void chunk(struct tl_dissection *d)
{
    uint32_t group = tl_group(d, CHUNK);
    uint8_t type = tl_u8(d, TYPE), flags = tl_u8(d, FLAGS);
    if (tl_ok(d))
        bits(d, type, flags);
    uint32_t len = tl_u16(d, LENGTH);
    if (tl_ok(d) && len < SCTP_CHUNK_HEADER)
        tl_bad(d);
    struct tl_part part = tl_part_begin(d, len - SCTP_CHUNK_HEADER);
    if (tl_ok(d))
        value(d, type, flags);
    tl_part_end(d, part);
    padding(d, len);
    tl_group_end(d, group);
}

static enum tl_status sctp_dissect(struct tl_dissection *d)
{
    *d->seg = (struct tl_transport){ .window_scale = -1 };
    const uint8_t *ports = tl_cursor_peek(&d->c, 0, 4);
    if (ports != NULL) {
        d->seg->src_port = tl_load_be16(ports);
        d->seg->dst_port = tl_load_be16(ports + 2);
        d->seg->known = true;
    }
    uint32_t around = d->net->header_len + SCTP_HEADER;
    d->seg->payload_len = d->net->total_len > around ? d->net->total_len - around : 0;
    if (tl_header(d, places, TL_COUNT(places), SCTP_HEADER) == NULL)
        return d->c.status;
    if (d->wanted == NULL)
        return tl_next_none(d);
    struct tl_part part = tl_part_begin(d, tl_cursor_wire_left(&d->c));
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        chunk(d);
    tl_part_close(d, part);
    return tl_next_none(d);
}

const struct tl_protocol tl_protocol_sctp = {
    .name = "sctp",
    .title = "Stream Control Transmission Protocol",
    .kind = TL_KIND_TRANSPORT,
    .info = "{srcport} > {dstport}[ {chunk_type,}][ TSN={data_tsn_raw}][ ack={sack_cumulative_tsn_ack_raw}][ window={sack_a_rwnd}][ {data_payload_proto_id,}][: {cause_code}]",
    .dissect = sctp_dissect,
    .flow_size = sizeof(struct tl_sctp_flow),
    TL_TABLE(fields),
    .on = { { TL_ON_IP_PROTO, 132 } },
};
