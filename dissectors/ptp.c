/*
 * ptp.c - Precision Time Protocol, version 2 (IEEE 1588 clause 13), over UDP and over Ethernet (annexes C to E).
 * Version 1 has
 * another header; only its version is read.
 *
 *   type 1 | version 1 | length 2 | domain 1 | minor id 1 | flags 2 | correction 8 | specific 4 | clock 8 | port 2 |
 * sequence 2 |
 *   control 1 | period 1 | body
 */
#include "core/part.h"
#include "dissectors/header.h"

enum {
    MAJOR_SDO, TYPE, MINOR_VERSION, VERSION, LENGTH, DOMAIN, MINOR_SDO, FLAGS, F_SECURITY, F_SPECIFIC2, F_SPECIFIC1,
    F_UNICAST,
    F_TWO_STEP, F_ALTERNATE, F_UNCERTAIN, F_FREQUENCY, F_TIME, F_TIMESCALE, F_UTC, F_LI59, F_LI61, CORRECTION,
    SPECIFIC, CLOCK,
    PORT, SEQUENCE, CONTROL, PERIOD, SYNC_S, SYNC_NS, FOLLOW_S, FOLLOW_NS, RESP_S, RESP_NS, RESP_CLOCK, RESP_PORT,
    PDREQ_S,
    PDREQ_NS, PDRESP_S, PDRESP_NS, PDRESP_CLOCK, PDRESP_PORT, PDFU_S, PDFU_NS, PDFU_CLOCK, PDFU_PORT, ANN_S, ANN_NS,
    ANN_UTC,
    ANN_PRIORITY1, ANN_CLASS, ANN_ACCURACY, ANN_VARIANCE, ANN_PRIORITY2, ANN_CLOCK, ANN_STEPS, ANN_SOURCE, SIG_CLOCK,
    SIG_PORT,
    MGMT_CLOCK, MGMT_PORT, MGMT_START_HOPS, MGMT_HOPS, MGMT_ACTION, MGMT_TLV, MGMT_LENGTH, MGMT_ID, MGMT_DATA, TLV_TYPE,
    TLV_LENGTH, TLV_DATA, VERSION_1, FIELDS
};

enum { SYNC, DELAY_REQUEST, PATH_REQUEST, PATH_RESPONSE, FOLLOW_UP = 8, DELAY_RESPONSE, PATH_FOLLOW_UP, ANNOUNCE,
SIGNALLING,
       MANAGEMENT };
static const struct tl_name types[] = {
    { SYNC, "Sync Message" }, { DELAY_REQUEST, "Delay_Req Message" }, { PATH_REQUEST, "Peer_Delay_Req Message" },
    { PATH_RESPONSE, "Peer_Delay_Resp Message" }, { FOLLOW_UP, "Follow_Up Message" }, { DELAY_RESPONSE,
    "Delay_Resp Message" },
    { PATH_FOLLOW_UP, "Peer_Delay_Resp_Follow_Up Message" }, { ANNOUNCE, "Announce Message" },
    { SIGNALLING, "Signalling Message" }, { MANAGEMENT, "Management Message" }, { 0, NULL },
};
static const struct tl_name sources[] = {
    { 0x10, "Atomic clock" }, { 0x20, "GPS" }, { 0x30, "Terrestrial radio" }, { 0x39, "Serial time code" }, { 0x40,
    "PTP" },
    { 0x50, "NTP" }, { 0x60, "Hand set" }, { 0x90, "Other" }, { 0xa0, "Internal oscillator" }, { 0, NULL },
};
static const struct tl_name actions[] = {
    { 0, "GET" }, { 1, "SET" }, { 2, "RESPONSE" }, { 3, "COMMAND" }, { 4, "ACKNOWLEDGE" }, { 0, NULL },
};
static const struct tl_name management_ids[] = {
    { 0x0000, "NULL_MANAGEMENT" }, { 0x0001, "CLOCK_DESCRIPTION" }, { 0x0002, "USER_DESCRIPTION" }, { 0x0005,
    "INITIALIZE" },
    { 0x2000, "DEFAULT_DATA_SET" }, { 0x2001, "CURRENT_DATA_SET" }, { 0x2002, "PARENT_DATA_SET" },
    { 0x2003, "TIME_PROPERTIES_DATA_SET" }, { 0x2004, "PORT_DATA_SET" }, { 0x2005, "PRIORITY1" }, { 0x2006,
    "PRIORITY2" },
    { 0x2007, "DOMAIN" }, { 0x200f, "TIME" }, { 0, NULL },
};
static const struct tl_name tlv_types[] = {
    { 1, "Management" }, { 2, "Management error status" }, { 3, "Organization extension" }, { 4,
    "Request unicast transmission" },
    { 5, "Grant unicast transmission" }, { 6, "Cancel unicast transmission" }, { 7,
    "Acknowledge cancel unicast transmission" },
    { 8, "Path trace" }, { 9, "Alternate time offset indicator" }, { 0, NULL },
};

static const struct tl_field fields[FIELDS] = {
    [MAJOR_SDO] = { "ptp.v2.majorsdoid", "Major SDO id", .type = TL_U8, .base = TL_HEX, .mask = 0xf0 },
    [TYPE] = { "ptp.v2.messagetype", "Message type", .type = TL_U8, .base = TL_HEX, .mask = 0x0f, .names = types },
    [MINOR_VERSION] = { "ptp.v2.minorversionptp", "Minor version", .type = TL_U8, .mask = 0xf0 },
    [VERSION] = { "ptp.v2.versionptp", "Version", .type = TL_U8, .mask = 0x0f },
    [LENGTH] = { "ptp.v2.messagelength", "Message length", .type = TL_U16, .unit = "bytes" },
    [DOMAIN] = { "ptp.v2.domainnumber", "Domain", .type = TL_U8 },
    [MINOR_SDO] = { "ptp.v2.minorsdoid", "Minor SDO id", .type = TL_U8 },
    [FLAGS] = { "ptp.v2.flags", "Flags", .type = TL_U16, .base = TL_HEX },
    [F_SECURITY] = { "ptp.v2.flags.security", "Security", .type = TL_BOOL, .mask = 0x8000 },
    [F_SPECIFIC2] = { "ptp.v2.flags.specific2", "Profile specific 2", .type = TL_BOOL, .mask = 0x4000 },
    [F_SPECIFIC1] = { "ptp.v2.flags.specific1", "Profile specific 1", .type = TL_BOOL, .mask = 0x2000 },
    [F_UNICAST] = { "ptp.v2.flags.unicast", "Unicast", .type = TL_BOOL, .mask = 0x0400 },
    [F_TWO_STEP] = { "ptp.v2.flags.twostep", "Two steps", .type = TL_BOOL, .mask = 0x0200 },
    [F_ALTERNATE] = { "ptp.v2.flags.alternatemaster", "Alternate master", .type = TL_BOOL, .mask = 0x0100 },
    [F_UNCERTAIN] = { "ptp.v2.flags.synchronizationUncertain", "Synchronization uncertain", .type = TL_BOOL,
                      .mask = 0x0040 },
    [F_FREQUENCY] = { "ptp.v2.flags.frequencytraceable", "Frequency traceable", .type = TL_BOOL, .mask = 0x0020 },
    [F_TIME] = { "ptp.v2.flags.timetraceable", "Time traceable", .type = TL_BOOL, .mask = 0x0010 },
    [F_TIMESCALE] = { "ptp.v2.flags.timescale", "PTP timescale", .type = TL_BOOL, .mask = 0x0008 },
    [F_UTC] = { "ptp.v2.flags.utcreasonable", "UTC offset valid", .type = TL_BOOL, .mask = 0x0004 },
    [F_LI59] = { "ptp.v2.flags.li59", "Minute of 59 seconds", .type = TL_BOOL, .mask = 0x0002 },
    [F_LI61] = { "ptp.v2.flags.li61", "Minute of 61 seconds", .type = TL_BOOL, .mask = 0x0001 },
    [CORRECTION] = { "ptp.v2.correction.ns", "Correction", .type = TL_U64, .unit = "ns",
                     .help = "Its whole nanoseconds" },
    [SPECIFIC] = { "ptp.v2.messagetypespecific", "Specific to the type", .type = TL_U32 },
    [CLOCK] = { "ptp.v2.clockidentity", "Clock identity", .type = TL_U64, .base = TL_HEX },
    [PORT] = { "ptp.v2.sourceportid", "Port", .type = TL_U16 },
    [SEQUENCE] = { "ptp.v2.sequenceid", "Sequence id", .type = TL_U16 },
    [CONTROL] = { "ptp.v2.controlfield", "Control", .type = TL_U8 },
    [PERIOD] = { "ptp.v2.logmessageperiod", "Message period", .type = TL_I8, .help = "Logarithm of seconds, base 2" },
    [SYNC_S] = { "ptp.v2.sdr.origintimestamp.seconds", "Origin time, seconds", .type = TL_U64 },
    [SYNC_NS] = { "ptp.v2.sdr.origintimestamp.nanoseconds", "Origin time, nanoseconds", .type = TL_I32 },
    [FOLLOW_S] = { "ptp.v2.fu.preciseorigintimestamp.seconds", "Precise origin time, seconds", .type = TL_U64 },
    [FOLLOW_NS] = { "ptp.v2.fu.preciseorigintimestamp.nanoseconds", "Precise origin time, nanoseconds",
                    .type = TL_U32 },
    [RESP_S] = { "ptp.v2.dr.receivetimestamp.seconds", "Receive time, seconds", .type = TL_U64 },
    [RESP_NS] = { "ptp.v2.dr.receivetimestamp.nanoseconds", "Receive time, nanoseconds", .type = TL_I32 },
    [RESP_CLOCK] = { "ptp.v2.dr.requestingsourceportidentity", "Requesting clock", .type = TL_U64, .base = TL_HEX },
    [RESP_PORT] = { "ptp.v2.dr.requestingsourceportid", "Requesting port", .type = TL_U16 },
    [PDREQ_S] = { "ptp.v2.pdrq.origintimestamp.seconds", "Origin time, seconds", .type = TL_U64 },
    [PDREQ_NS] = { "ptp.v2.pdrq.origintimestamp.nanoseconds", "Origin time, nanoseconds", .type = TL_I32 },
    [PDRESP_S] = { "ptp.v2.pdrs.requestreceipttimestamp.seconds", "Request receipt time, seconds", .type = TL_U64 },
    [PDRESP_NS] = { "ptp.v2.pdrs.requestreceipttimestamp.nanoseconds", "Request receipt time, nanoseconds",
                    .type = TL_I32 },
    [PDRESP_CLOCK] = { "ptp.v2.pdrs.requestingportidentity", "Requesting clock", .type = TL_U64, .base = TL_HEX },
    [PDRESP_PORT] = { "ptp.v2.pdrs.requestingsourceportid", "Requesting port", .type = TL_U16 },
    [PDFU_S] = { "ptp.v2.pdfu.responseorigintimestamp.seconds", "Response origin time, seconds", .type = TL_U64 },
    [PDFU_NS] = { "ptp.v2.pdfu.responseorigintimestamp.nanoseconds", "Response origin time, nanoseconds",
                  .type = TL_I32 },
    [PDFU_CLOCK] = { "ptp.v2.pdfu.requestingportidentity", "Requesting clock", .type = TL_U64, .base = TL_HEX },
    [PDFU_PORT] = { "ptp.v2.pdfu.requestingsourceportid", "Requesting port", .type = TL_U16 },
    [ANN_S] = { "ptp.v2.an.origintimestamp.seconds", "Origin time, seconds", .type = TL_U64 },
    [ANN_NS] = { "ptp.v2.an.origintimestamp.nanoseconds", "Origin time, nanoseconds", .type = TL_I32 },
    [ANN_UTC] = { "ptp.v2.an.origincurrentutcoffset", "UTC offset", .type = TL_I16, .unit = "seconds" },
    [ANN_PRIORITY1] = { "ptp.v2.an.priority1", "Priority 1", .type = TL_U8 },
    [ANN_CLASS] = { "ptp.v2.an.grandmasterclockclass", "Grandmaster class", .type = TL_U8 },
    [ANN_ACCURACY] = { "ptp.v2.an.grandmasterclockaccuracy", "Grandmaster accuracy", .type = TL_U8, .base = TL_HEX },
    [ANN_VARIANCE] = { "ptp.v2.an.grandmasterclockvariance", "Grandmaster variance", .type = TL_U16 },
    [ANN_PRIORITY2] = { "ptp.v2.an.priority2", "Priority 2", .type = TL_U8 },
    [ANN_CLOCK] = { "ptp.v2.an.grandmasterclockidentity", "Grandmaster", .type = TL_U64, .base = TL_HEX },
    [ANN_STEPS] = { "ptp.v2.an.localstepsremoved", "Steps removed", .type = TL_U16 },
    [ANN_SOURCE] = { "ptp.v2.timesource", "Time source", .type = TL_U8, .base = TL_HEX, .names = sources },
    [SIG_CLOCK] = { "ptp.v2.sig.targetportidentity", "Target clock", .type = TL_U64, .base = TL_HEX },
    [SIG_PORT] = { "ptp.v2.sig.targetportid", "Target port", .type = TL_U16 },
    [MGMT_CLOCK] = { "ptp.v2.mm.targetportidentity", "Target clock", .type = TL_U64, .base = TL_HEX },
    [MGMT_PORT] = { "ptp.v2.mm.targetportid", "Target port", .type = TL_U16 },
    [MGMT_START_HOPS] = { "ptp.v2.mm.startingboundaryhops", "Starting boundary hops", .type = TL_U8 },
    [MGMT_HOPS] = { "ptp.v2.mm.boundaryhops", "Boundary hops", .type = TL_U8 },
    [MGMT_ACTION] = { "ptp.v2.mm.action", "Action", .type = TL_U8, .mask = 0x0f, .names = actions },
    [MGMT_TLV] = { "ptp.v2.mm.tlvType", "Entry", .type = TL_U16, .flags = TL_REPEATS, .names = tlv_types },
    [MGMT_LENGTH] = { "ptp.v2.mm.lengthField", "Length", .type = TL_U16, .flags = TL_REPEATS, .unit = "bytes" },
    [MGMT_ID] = { "ptp.v2.mm.managementId", "Management id", .type = TL_U16, .flags = TL_REPEATS,
                  .names = management_ids },
    [MGMT_DATA] = { "ptp.v2.mm.data", "Data", .type = TL_BYTES, .flags = TL_REPEATS },
    [TLV_TYPE] = { "ptp.tlv.type", "Entry", .type = TL_U16, .flags = TL_REPEATS, .names = tlv_types },
    [TLV_LENGTH] = { "ptp.tlv.length", "Length", .type = TL_U16, .flags = TL_REPEATS, .unit = "bytes" },
    [TLV_DATA] = { "ptp.tlv.data", "Data", .type = TL_BYTES, .flags = TL_REPEATS },
    [VERSION_1] = { "ptp.versionptp", "Version", .type = TL_U16 },
};

enum { HEADER = 34, TIMESTAMP = 10 };

/* Seconds in 48 bits, nanoseconds in 32 (clause 5.3.3). */
static void timestamp(struct tl_dissection *d, unsigned seconds)
{
    const uint8_t *p = tl_cursor_take(&d->c, 6);
    if (p != NULL)
        tl_add(d, seconds, d->c.off - 6, 6, (uint64_t)tl_load_be16(p) << 32 | tl_load_be32(p + 2));
    tl_u32(d, seconds + 1);
}

static void requester(struct tl_dissection *d, unsigned clock)
{
    tl_u64(d, clock);
    tl_u16(d, clock + 1);
}

static void announce(struct tl_dissection *d)
{
    timestamp(d, ANN_S);
    tl_u16(d, ANN_UTC);
    tl_skip(d, 1);
    tl_u8(d, ANN_PRIORITY1);
    tl_u8(d, ANN_CLASS);
    tl_u8(d, ANN_ACCURACY);
    tl_u16(d, ANN_VARIANCE);
    tl_u8(d, ANN_PRIORITY2);
    tl_u64(d, ANN_CLOCK);
    tl_u16(d, ANN_STEPS);
    tl_u8(d, ANN_SOURCE);
}

static void entries(struct tl_dissection *d, bool management)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) >= 4) {
        uint16_t type = tl_u16(d, management ? MGMT_TLV : TLV_TYPE);
        struct tl_part part = tl_part_enter(d, tl_u16(d, management ? MGMT_LENGTH : TLV_LENGTH));
        if (management && type == 1)
            tl_u16(d, MGMT_ID);
        if (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
            tl_run(d, management ? MGMT_DATA : TLV_DATA, tl_cursor_wire_left(&d->c));
        tl_part_leave(d, part);
    }
}

static void management(struct tl_dissection *d)
{
    requester(d, MGMT_CLOCK);
    tl_u8(d, MGMT_START_HOPS);
    tl_u8(d, MGMT_HOPS);
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    if (p != NULL)
        tl_add_bits(d, MGMT_ACTION, d->c.off - 1, 1, p[0]);
    tl_skip(d, 1);
}

static void body(struct tl_dissection *d, uint8_t type)
{
    switch (type) {
    case SYNC:
    case DELAY_REQUEST:
        timestamp(d, SYNC_S);
        break;
    case FOLLOW_UP:
        timestamp(d, FOLLOW_S);
        break;
    case DELAY_RESPONSE:
        timestamp(d, RESP_S);
        requester(d, RESP_CLOCK);
        break;
    case PATH_REQUEST:
        timestamp(d, PDREQ_S);
        tl_skip(d, 10);
        break;
    case PATH_RESPONSE:
        timestamp(d, PDRESP_S);
        requester(d, PDRESP_CLOCK);
        break;
    case PATH_FOLLOW_UP:
        timestamp(d, PDFU_S);
        requester(d, PDFU_CLOCK);
        break;
    case ANNOUNCE:
        announce(d);
        break;
    case SIGNALLING:
        requester(d, SIG_CLOCK);
        break;
    case MANAGEMENT:
        management(d);
        break;
    default:
        break;
    }
    entries(d, type == MANAGEMENT);
}

static enum tl_status ptp_dissect(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 2);
    if (p != NULL && (p[1] & 15) != 2) { /* in version 1 the version has two bytes */
        if (p[0] == 0 && p[1] == 1)
            tl_u16(d, VERSION_1);
        else
            tl_cursor_fail(&d->c, TL_NOT_MINE);
        return tl_next_none(d);
    }
    p = tl_cursor_take(&d->c, 2);
    uint8_t type = p != NULL ? p[0] & 15 : 0;
    if (p != NULL) {
        tl_add_all_bits(d, MAJOR_SDO, TYPE, d->c.off - 2, 1, p[0]);
        tl_add_all_bits(d, MINOR_VERSION, VERSION, d->c.off - 1, 1, p[1]);
    }
    tl_limit(d, tl_u16(d, LENGTH), HEADER);
    tl_u8(d, DOMAIN);
    tl_u8(d, MINOR_SDO);
    uint16_t flags = tl_u16(d, FLAGS);
    if (tl_ok(d))
        tl_add_all_bits(d, F_SECURITY, F_LI61, d->c.off - 2, 2, flags);
    p = tl_cursor_peek(&d->c, 0, 6); /* nanoseconds; 16 bits with parts of one follow */
    if (p != NULL)
        tl_add(d, CORRECTION, d->c.off, 6,
               (uint64_t)((int64_t)((uint64_t)tl_load_be32(p) << 32 | (uint64_t)tl_load_be16(p + 4) << 16) >> 16));
    tl_skip(d, 8);
    tl_u32(d, SPECIFIC);
    tl_u64(d, CLOCK);
    tl_u16(d, PORT);
    tl_u16(d, SEQUENCE);
    tl_u8(d, CONTROL);
    tl_u8(d, PERIOD);
    if (tl_ok(d) && d->flow.slot != NULL)
        tl_confirm(d);
    if (tl_ok(d))
        body(d, type);
    return tl_next_none(d);
}

static enum tl_probe ptp_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, 4);
    if (!d->flow.home || d->flow.stream || p == NULL)
        return TL_PROBE_NO;
    uint32_t len = tl_load_be16(p + 2), left = tl_cursor_wire_left(&c);
    if ((p[1] & 15) == 2 && tl_name_of(types, p[0] & 15) != NULL)
        return len >= HEADER && len <= left ? TL_PROBE_YES : TL_PROBE_NO;
    return p[0] == 0 && p[1] == 1 && left >= 72 ? TL_PROBE_YES : TL_PROBE_NO; /* version 1 */
}

const struct tl_protocol tl_protocol_ptp = {
    .name = "ptp",
    .title = "Precision Time Protocol",
    .service = "ptp",
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .flow_size = 1,
    .on = { { TL_ON_UDP_PORT, 319 }, { TL_ON_UDP_PORT, 320 }, { TL_ON_ETHERTYPE, 0x88f7 } },
    .info = "{v2.messagetype}[, sequence {v2.sequenceid}][, domain {v2.domainnumber}][, {v2.mm.action}]"
            "[, {v2.mm.managementId,}]",
    .only_at_home = true,
    .probe = ptp_probe,
    .dissect = ptp_dissect,
};
