/*
 * l2tp.c - Layer Two Tunneling Protocol, version 2 (RFC 2661 section 3) and version 3 over UDP (RFC 3931 4.1.2):
 * control messages with their AVPs; what data messages carry is PPP in version 2.
 */
#include "core/part.h"
#include "dissectors/header.h"
#include "dissectors/registry.h"

static const struct tl_name messages[] = {
    { 1, "SCCRQ" }, { 2, "SCCRP" }, { 3, "SCCCN" }, { 4, "StopCCN" }, { 6, "Hello" }, { 7, "OCRQ" }, { 8, "OCRP" },
    { 9, "OCCN" }, { 10, "ICRQ" }, { 11, "ICRP" }, { 12, "ICCN" }, { 14, "CDN" }, { 15, "WEN" }, { 16, "SLI" },
    { 20, "ACK" }, { 0, NULL },
};
static const struct tl_name avps[] = {
    { 0, "Message type" }, { 1, "Result code" }, { 2, "Protocol version" }, { 3, "Framing capabilities" },
    { 4, "Bearer capabilities" }, { 5, "Tie breaker" }, { 6, "Firmware revision" }, { 7, "Host name" },
    { 8, "Vendor name" }, { 9, "Assigned tunnel id" }, { 10, "Receive window size" }, { 11, "Challenge" },
    { 12, "Cause code" }, { 13, "Challenge response" }, { 14, "Assigned session id" }, { 15, "Call serial number" },
    { 16, "Minimum bps" }, { 17, "Maximum bps" }, { 18, "Bearer type" }, { 19, "Framing type" },
    { 21, "Called number" }, { 22, "Calling number" }, { 23, "Sub-address" }, { 24, "Connect speed" },
    { 25, "Physical channel id" }, { 26, "Initial received LCP CONFREQ" }, { 27, "Last sent LCP CONFREQ" },
    { 28, "Last received LCP CONFREQ" }, { 29, "Proxy authentication type" }, { 30, "Proxy authentication name" },
    { 31, "Proxy authentication challenge" }, { 32, "Proxy authentication id" },
    { 33, "Proxy authentication response" }, { 34, "Call errors" }, { 35, "ACCM" }, { 36, "Random vector" },
    { 37, "Private group id" }, { 38, "Receive connect speed" }, { 39, "Sequencing required" },
    { 58, "Extended vendor id" }, { 59, "Message digest" }, { 60, "Router id" },
    { 61, "Assigned control connection id" }, { 62, "Pseudowire capabilities" }, { 63, "Local session id" },
    { 64, "Remote session id" }, { 65, "Assigned cookie" }, { 66, "Remote end id" }, { 68, "Pseudowire type" },
    { 69, "Layer 2 specific sublayer" }, { 70, "Data sequencing" }, { 71, "Circuit status" }, { 0, NULL },
};
static const struct tl_name types[] = {
    { 0, "Data" }, { 1, "Control" }, { 0, NULL },
};

enum { TYPE, LENGTH_BIT, SEQ_BIT, OFFSET_BIT, PRIORITY, VERSION, LENGTH, TUNNEL, SESSION, CCID, SID, NS, NR, OFFSET,
       AVP, MANDATORY, HIDDEN, AVP_LENGTH, VENDOR, AVP_TYPE, MESSAGE, HOST, VENDOR_NAME, ASSIGNED_TUNNEL,
       ASSIGNED_SESSION, WINDOW, SERIAL, RESULT, ERROR_CODE, ERROR_TEXT, CALLED, CALLING, CONTROL_ID, LOCAL_SESSION,
       REMOTE_SESSION, VALUE, PROTOCOL, REVISION, FIRMWARE, CHALLENGE, RESPONSE, PROXY_NAME, PROXY_RESPONSE };
static const struct tl_field fields[] = {
    [TYPE] = { "l2tp.type", "Type", .type = TL_U16, .mask = 0x8000, .names = types },
    [LENGTH_BIT] = { "l2tp.length_bit", "Length", .type = TL_BOOL, .mask = 0x4000 },
    [SEQ_BIT] = { "l2tp.seq_bit", "Sequence", .type = TL_BOOL, .mask = 0x800 },
    [OFFSET_BIT] = { "l2tp.offset_bit", "Offset", .type = TL_BOOL, .mask = 0x200 },
    [PRIORITY] = { "l2tp.priority", "Priority", .type = TL_BOOL, .mask = 0x100 },
    [VERSION] = { "l2tp.version", "Version", .type = TL_U16, .mask = 0xf },
    [LENGTH] = { "l2tp.length", "Length", .type = TL_U16, .unit = "bytes" },
    [TUNNEL] = { "l2tp.tunnel", "Tunnel", .type = TL_U16 },
    [SESSION] = { "l2tp.session", "Session", .type = TL_U16 },
    [CCID] = { "l2tp.ccid", "Control connection", .type = TL_U32, .base = TL_HEX },
    [SID] = { "l2tp.sid", "Session", .type = TL_U32, .base = TL_HEX },
    [NS] = { "l2tp.Ns", "Ns", .type = TL_U16 },
    [NR] = { "l2tp.Nr", "Nr", .type = TL_U16 },
    [OFFSET] = { "l2tp.offset", "Offset", .type = TL_U16, .unit = "bytes" },
    [AVP] = { "l2tp.avp", "AVP", .type = TL_GROUP, .flags = TL_REPEATS },
    [MANDATORY] = { "l2tp.avp.mandatory", "Mandatory", .type = TL_BOOL, .mask = 0x8000 },
    [HIDDEN] = { "l2tp.avp.hidden", "Hidden", .type = TL_BOOL, .mask = 0x4000 },
    [AVP_LENGTH] = { "l2tp.avp.length", "Length", .type = TL_U16, .mask = 0x3ff, .unit = "bytes" },
    [VENDOR] = { "l2tp.avp.vendor_id", "Vendor", .type = TL_U16 },
    [AVP_TYPE] = { "l2tp.avp.type", "Type", .type = TL_U16, .names = avps },
    [MESSAGE] = { "l2tp.avp.message_type", "Message type", .type = TL_U16, .names = messages },
    [HOST] = { "l2tp.avp.host_name", "Host name", .type = TL_TEXT },
    [VENDOR_NAME] = { "l2tp.avp.vendor_name", "Vendor name", .type = TL_TEXT },
    [ASSIGNED_TUNNEL] = { "l2tp.avp.assigned_tunnel_id", "Assigned tunnel", .type = TL_U16 },
    [ASSIGNED_SESSION] = { "l2tp.avp.assigned_session_id", "Assigned session", .type = TL_U16 },
    [WINDOW] = { "l2tp.avp.receive_window_size", "Receive window size", .type = TL_U16 },
    [SERIAL] = { "l2tp.avp.call_serial_number", "Call serial number", .type = TL_U32 },
    [RESULT] = { "l2tp.result_code", "Result code", .type = TL_U16 },
    [ERROR_CODE] = { "l2tp.avp.error_code", "Error code", .type = TL_U16 },
    [ERROR_TEXT] = { "l2tp.avp.error_message", "Error message", .type = TL_TEXT },
    [CALLED] = { "l2tp.avp.called_number", "Called number", .type = TL_TEXT },
    [CALLING] = { "l2tp.avp.calling_number", "Calling number", .type = TL_TEXT },
    [CONTROL_ID] = { "l2tp.avp.assigned_control_conn_id", "Assigned control connection", .type = TL_U32 },
    [LOCAL_SESSION] = { "l2tp.avp.local_session_id", "Local session", .type = TL_U32 },
    [REMOTE_SESSION] = { "l2tp.avp.remote_session_id", "Remote session", .type = TL_U32 },
    [VALUE] = { "l2tp.avp.value", "Value", .type = TL_BYTES },
    [PROTOCOL] = { "l2tp.avp.protocol_version", "Version of the protocol", .type = TL_U8 },
    [REVISION] = { "l2tp.avp.protocol_revision", "Revision of the protocol", .type = TL_U8 },
    [FIRMWARE] = { "l2tp.avp.firmware_revision", "Firmware revision", .type = TL_U16, .base = TL_HEX },
    [CHALLENGE] = { "l2tp.avp.chap_challenge", "Challenge", .type = TL_BYTES },
    [RESPONSE] = { "l2tp.avp.chap_challenge_response", "Challenge response", .type = TL_BYTES, .secret = TL_SECRET_WHOLE },
    [PROXY_NAME] = { "l2tp.avp.proxy_authen_name", "Proxy authentication name", .type = TL_TEXT },
    [PROXY_RESPONSE] = { "l2tp.avp.proxy_authen_response", "Proxy authentication response", .type = TL_BYTES,
                         .secret = TL_SECRET_WHOLE },
};

enum { IS_CONTROL = 0x8000, HAS_LENGTH = 0x4000, HAS_SEQUENCE = 0x0800, HAS_OFFSET = 0x0200, IS_HIDDEN = 0x4000,
       AVP_HEADER = 6, RESULT_TYPE = 1, PROTOCOL_TYPE = 2, RESPONSE_TYPE = 13, PROXY_RESPONSE_TYPE = 33 };

/* AVPs of numbers, text or bytes that have a field of their own. */
static unsigned field_of(uint16_t type, uint32_t *size)
{
    static const struct {
        uint8_t type, field, size; /* size 0: text or bytes */
    } rows[] = {
        { 0, MESSAGE, 2 },          { 7, HOST, 0 },           { 8, VENDOR_NAME, 0 }, { 9, ASSIGNED_TUNNEL, 2 },
        { 10, WINDOW, 2 },          { 14, ASSIGNED_SESSION, 2 }, { 15, SERIAL, 4 },  { 21, CALLED, 0 },
        { 22, CALLING, 0 },         { 61, CONTROL_ID, 4 },    { 63, LOCAL_SESSION, 4 }, { 64, REMOTE_SESSION, 4 },
        { 6, FIRMWARE, 2 },         { 11, CHALLENGE, 0 },     { 30, PROXY_NAME, 0 },
    };
    for (unsigned i = 0; i < TL_COUNT(rows); i++) {
        if (rows[i].type == type) {
            *size = rows[i].size;
            return rows[i].field;
        }
    }
    *size = 0;
    return VALUE;
}

static void avp_value(struct tl_dissection *d, uint16_t type, uint16_t vendor, bool hidden)
{
    uint32_t size = 0, left = tl_cursor_wire_left(&d->c);
    unsigned field = vendor == 0 && !hidden ? field_of(type, &size) : VALUE;
    if (vendor == 0 && (type == RESPONSE_TYPE || type == PROXY_RESPONSE_TYPE)) {
        tl_hide(d, (struct tl_bytes){ d->c.base + d->c.off, tl_cursor_left(&d->c) });
        tl_run_left(d, type == RESPONSE_TYPE ? RESPONSE : PROXY_RESPONSE);
    } else if (vendor == 0 && !hidden && type == PROTOCOL_TYPE && left == 2) {
        tl_u8(d, PROTOCOL);
        tl_u8(d, REVISION);
    } else if (vendor == 0 && !hidden && type == RESULT_TYPE) {
        tl_u16(d, RESULT);
        if (left >= 4)
            tl_u16(d, ERROR_CODE);
        tl_run_left(d, ERROR_TEXT);
    } else if (size == 2 && left == 2) {
        tl_u16(d, field);
    } else if (size == 4 && left == 4) {
        tl_u32(d, field);
    } else {
        tl_run_left(d, size == 0 ? field : VALUE);
    }
}

static void avp(struct tl_dissection *d)
{
    uint32_t group = tl_group(d, AVP), flags = tl_bits(d, 2, MANDATORY, AVP_LENGTH), len = flags & 0x3ff;
    uint16_t vendor = tl_u16(d, VENDOR), type = tl_u16(d, AVP_TYPE);
    if (tl_ok(d) && len < AVP_HEADER)
        tl_bad(d);
    struct tl_part part = tl_part_begin(d, len - AVP_HEADER);
    if (tl_ok(d))
        avp_value(d, type, vendor, (flags & IS_HIDDEN) != 0);
    tl_part_end(d, part);
    tl_group_end(d, group);
}

static enum tl_status control(struct tl_dissection *d)
{
    if (d->wanted == NULL)
        return tl_next_none(d);
    struct tl_part part = tl_part_begin(d, tl_cursor_wire_left(&d->c));
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        avp(d);
    tl_part_close(d, part);
    return tl_next_none(d);
}

static enum tl_status version_3(struct tl_dissection *d, uint32_t flags)
{
    if ((flags & IS_CONTROL) == 0) {
        tl_skip(d, 2);
        tl_u32(d, SID);
        if (tl_ok(d))
            tl_confirm(d);
        return tl_next_data(d); /* a cookie of a negotiated length is next */
    }
    tl_limit(d, tl_u16(d, LENGTH), 12);
    tl_u32(d, CCID);
    tl_u16(d, NS);
    tl_u16(d, NR);
    if (!tl_ok(d))
        return d->c.status;
    tl_confirm(d);
    return control(d);
}

static enum tl_status version_2(struct tl_dissection *d, uint32_t flags)
{
    if ((flags & HAS_LENGTH) != 0)
        tl_limit(d, tl_u16(d, LENGTH), 8);
    tl_u16(d, TUNNEL);
    tl_u16(d, SESSION);
    if ((flags & HAS_SEQUENCE) != 0) {
        tl_u16(d, NS);
        tl_u16(d, NR);
    }
    if ((flags & HAS_OFFSET) != 0) {
        uint32_t offset = tl_u16(d, OFFSET);
        if (tl_ok(d))
            tl_skip(d, offset);
    }
    if (!tl_ok(d))
        return d->c.status;
    tl_confirm(d);
    if ((flags & IS_CONTROL) != 0)
        return control(d);
    return tl_cursor_wire_left(&d->c) == 0 ? tl_next_none(d) : tl_next_protocol(d, &tl_protocol_ppp);
}

static enum tl_status l2tp_dissect(struct tl_dissection *d)
{
    uint32_t flags = tl_bits(d, 2, TYPE, VERSION);
    if (!tl_ok(d))
        return d->c.status;
    if ((flags & 0x0f) == 3)
        return version_3(d, flags);
    if ((flags & 0x0f) != 2)
        return tl_next_data(d);
    return version_2(d, flags);
}

static enum tl_probe l2tp_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, 6);
    if (d->flow.stream || p == NULL || (p[0] & 0x34) != 0 || (p[1] & 0xf0) != 0)
        return TL_PROBE_NO;
    unsigned version = p[1] & 0x0f;
    if (version != 2 && version != 3)
        return TL_PROBE_NO;
    bool has_length = (p[0] & 0x40) != 0;
    if ((p[0] & 0x80) != 0 && !has_length)
        return TL_PROBE_NO;
    return !has_length || tl_load_be16(p + 2) <= tl_cursor_wire_left(&c) ? TL_PROBE_MAYBE : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_l2tp = {
    .name = "l2tp",
    .title = "Layer Two Tunneling Protocol",
    .service = "l2tp",
    .kind = TL_KIND_APPLICATION,
    .carries = true,
    .has_secrets = true,
    TL_TABLE(fields),
    .on = { { TL_ON_UDP_PORT, 1701 } },
    .info = "L2TPv{version} {type}[: {avp.message_type}][ tunnel {tunnel}][ session {session}]"
            "[ connection {ccid}][ ({avp.host_name})]",
    .only_at_home = true,
    .probe = l2tp_probe,
    .dissect = l2tp_dissect,
};
