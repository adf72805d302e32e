/* diameter.c - Diameter over TCP (RFC 6733 section 3): headers, commands and AVPs of the base protocol. */
#include "core/part.h"
#include "dissectors/header.h"

static const struct tl_name commands[] = {
    { 257, "Capabilities-Exchange" }, { 258, "Re-Auth" }, { 265, "AA" }, { 268, "Diameter-EAP" },
    { 271, "Accounting" }, { 272, "Credit-Control" }, { 274, "Abort-Session" }, { 275, "Session-Termination" },
    { 280, "Device-Watchdog" }, { 282, "Disconnect-Peer" }, { 283, "User-Authorization" },
    { 284, "Server-Assignment" }, { 285, "Location-Info" }, { 286, "Multimedia-Auth" },
    { 287, "Registration-Termination" }, { 288, "Push-Profile" }, { 300, "User-Authorization (3GPP)" },
    { 301, "Server-Assignment (3GPP)" }, { 302, "Location-Info (3GPP)" }, { 303, "Multimedia-Auth (3GPP)" },
    { 304, "Registration-Termination (3GPP)" }, { 305, "Push-Profile (3GPP)" }, { 306, "User-Data" },
    { 307, "Profile-Update" }, { 308, "Subscribe-Notifications" }, { 309, "Push-Notification" },
    { 316, "Update-Location" }, { 317, "Cancel-Location" }, { 318, "Authentication-Information" },
    { 319, "Insert-Subscriber-Data" }, { 320, "Delete-Subscriber-Data" }, { 321, "Purge-UE" }, { 322, "Reset" },
    { 323, "Notify" }, { 324, "ME-Identity-Check" }, { 0, NULL },
};
static const struct tl_name applications[] = {
    { 0, "Common messages" }, { 1, "NASREQ" }, { 2, "Mobile IPv4" }, { 3, "Base accounting" },
    { 4, "Credit control" }, { 5, "EAP" }, { 6, "SIP" }, { 16777216, "Cx" }, { 16777217, "Sh" }, { 16777222, "Gq" },
    { 16777236, "Rx" }, { 16777238, "Gx" }, { 16777251, "S6a/S6d" }, { 16777252, "S13" }, { 16777265, "SWx" },
    { 16777272, "S6b" }, { 16777302, "Sy" }, { 0xffffffff, "Relay" }, { 0, NULL },
};
static const struct tl_name avps[] = {
    { 1, "User-Name" }, { 2, "User-Password" }, { 8, "Framed-IP-Address" }, { 25, "Class" },
    { 27, "Session-Timeout" }, { 30, "Called-Station-Id" }, { 31, "Calling-Station-Id" }, { 33, "Proxy-State" },
    { 44, "Accounting-Session-Id" }, { 50, "Acct-Multi-Session-Id" }, { 55, "Event-Timestamp" },
    { 85, "Acct-Interim-Interval" }, { 257, "Host-IP-Address" }, { 258, "Auth-Application-Id" },
    { 259, "Acct-Application-Id" }, { 260, "Vendor-Specific-Application-Id" }, { 261, "Redirect-Host-Usage" },
    { 262, "Redirect-Max-Cache-Time" }, { 263, "Session-Id" }, { 264, "Origin-Host" }, { 265, "Supported-Vendor-Id" },
    { 266, "Vendor-Id" }, { 267, "Firmware-Revision" }, { 268, "Result-Code" }, { 269, "Product-Name" },
    { 270, "Session-Binding" }, { 271, "Session-Server-Failover" }, { 272, "Multi-Round-Time-Out" },
    { 273, "Disconnect-Cause" }, { 274, "Auth-Request-Type" }, { 276, "Auth-Grace-Period" },
    { 277, "Auth-Session-State" }, { 278, "Origin-State-Id" }, { 279, "Failed-AVP" }, { 280, "Proxy-Host" },
    { 281, "Error-Message" }, { 282, "Route-Record" }, { 283, "Destination-Realm" }, { 284, "Proxy-Info" },
    { 285, "Re-Auth-Request-Type" }, { 287, "Accounting-Sub-Session-Id" }, { 291, "Authorization-Lifetime" },
    { 292, "Redirect-Host" }, { 293, "Destination-Host" }, { 294, "Error-Reporting-Host" },
    { 295, "Termination-Cause" }, { 296, "Origin-Realm" }, { 297, "Experimental-Result" },
    { 298, "Experimental-Result-Code" }, { 299, "Inband-Security-Id" }, { 415, "CC-Request-Number" },
    { 416, "CC-Request-Type" }, { 443, "Subscription-Id" }, { 444, "Subscription-Id-Data" },
    { 450, "Subscription-Id-Type" }, { 456, "Multiple-Services-Credit-Control" }, { 461, "Service-Context-Id" },
    { 480, "Accounting-Record-Type" }, { 483, "Accounting-Realtime-Required" }, { 485, "Accounting-Record-Number" },
    { 0, NULL },
};
static const struct tl_name results[] = {
    { 1001, "Multi round auth" }, { 2001, "Success" }, { 2002, "Limited success" }, { 3001, "Command unsupported" },
    { 3002, "Unable to deliver" }, { 3003, "Realm not served" }, { 3004, "Too busy" }, { 3005, "Loop detected" },
    { 3006, "Redirect indication" }, { 3007, "Application unsupported" }, { 3008, "Invalid header bits" },
    { 3009, "Invalid AVP bits" }, { 3010, "Unknown peer" }, { 4001, "Authentication rejected" },
    { 4002, "Out of space" }, { 4003, "Election lost" }, { 5001, "AVP unsupported" }, { 5002, "Unknown session id" },
    { 5003, "Authorization rejected" }, { 5004, "Invalid AVP value" }, { 5005, "Missing AVP" },
    { 5006, "Resources exceeded" }, { 5007, "Contradicting AVPs" }, { 5008, "AVP not allowed" },
    { 5009, "AVP occurs too many times" }, { 5010, "No common application" }, { 5011, "Unsupported version" },
    { 5012, "Unable to comply" }, { 5013, "Invalid bit in header" }, { 5014, "Invalid AVP length" },
    { 5015, "Invalid message length" }, { 5017, "No common security" }, { 0, NULL },
};

enum { VERSION, LENGTH, FLAGS, FLAG_R, FLAG_P, FLAG_E, FLAG_T, COMMAND, APPLICATION, HOP, END, AVP, AVP_CODE,
       AVP_FLAGS, AVP_V, AVP_M, AVP_P, AVP_LENGTH, VENDOR, SESSION, HOST, REALM, TO_HOST, TO_REALM, PRODUCT, RESULT,
       USER, MESSAGE, PASSWORD, VALUE };
static const struct tl_field fields[] = {
    [VERSION] = { "diameter.version", "Version", .type = TL_U8, .base = TL_HEX },
    [LENGTH] = { "diameter.length", "Length", .type = TL_U24, .unit = "bytes" },
    [FLAGS] = { "diameter.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [FLAG_R] = { "diameter.flags.request", "Request", .type = TL_BOOL, .mask = 0x80 },
    [FLAG_P] = { "diameter.flags.proxyable", "Proxiable", .type = TL_BOOL, .mask = 0x40 },
    [FLAG_E] = { "diameter.flags.error", "Error", .type = TL_BOOL, .mask = 0x20 },
    [FLAG_T] = { "diameter.flags.T", "Retransmitted", .type = TL_BOOL, .mask = 0x10 },
    [COMMAND] = { "diameter.cmd.code", "Command", .type = TL_U32, .names = commands },
    [APPLICATION] = { "diameter.applicationId", "Application", .type = TL_U32, .names = applications },
    [HOP] = { "diameter.hopbyhopid", "Hop-by-hop id", .type = TL_U32, .base = TL_HEX },
    [END] = { "diameter.endtoendid", "End-to-end id", .type = TL_U32, .base = TL_HEX },
    [AVP] = { "diameter.attribute", "AVP", .type = TL_GROUP, .flags = TL_REPEATS },
    [AVP_CODE] = { "diameter.avp.code", "Code", .type = TL_U32, .names = avps },
    [AVP_FLAGS] = { "diameter.avp.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [AVP_V] = { "diameter.flags.vendorspecific", "Vendor-specific", .type = TL_BOOL, .mask = 0x80 },
    [AVP_M] = { "diameter.flags.mandatory", "Mandatory", .type = TL_BOOL, .mask = 0x40 },
    [AVP_P] = { "diameter.avp.flags.protected", "Protected", .type = TL_BOOL, .mask = 0x20 },
    [AVP_LENGTH] = { "diameter.avp.len", "Length", .type = TL_U24, .unit = "bytes" },
    [VENDOR] = { "diameter.avp.vendorId", "Vendor", .type = TL_U32 },
    [SESSION] = { "diameter.Session-Id", "Session", .type = TL_TEXT },
    [HOST] = { "diameter.Origin-Host", "Origin host", .type = TL_TEXT },
    [REALM] = { "diameter.Origin-Realm", "Origin realm", .type = TL_TEXT },
    [TO_HOST] = { "diameter.Destination-Host", "Destination host", .type = TL_TEXT },
    [TO_REALM] = { "diameter.Destination-Realm", "Destination realm", .type = TL_TEXT },
    [PRODUCT] = { "diameter.Product-Name", "Product", .type = TL_TEXT },
    [RESULT] = { "diameter.Result-Code", "Result", .type = TL_I32, .names = results },
    [USER] = { "diameter.User-Name", "User", .type = TL_TEXT },
    [MESSAGE] = { "diameter.Error-Message", "Error message", .type = TL_TEXT },
    [PASSWORD] = { "diameter.User-Password", "Password", .type = TL_BYTES, .secret = TL_SECRET_WHOLE },
    [VALUE] = { "diameter.avp.value", "Value", .type = TL_BYTES },
};

enum { HEADER = 20, LONGEST = 1 << 18, IS_REQUEST = 0x80, FLAGS_RESERVED = 0x0f, HAS_VENDOR = 0x80 };

/* AVPs that have a field of their own. */
static unsigned field_of(uint32_t code)
{
    static const struct {
        uint16_t code;
        uint8_t field;
    } rows[] = {
        { 1, USER },      { 2, PASSWORD },  { 263, SESSION }, { 264, HOST },    { 268, RESULT }, { 269, PRODUCT },
        { 281, MESSAGE }, { 283, TO_REALM }, { 293, TO_HOST }, { 296, REALM },
    };
    for (unsigned i = 0; i < TL_COUNT(rows); i++) {
        if (rows[i].code == code)
            return rows[i].field;
    }
    return VALUE;
}

static void avp(struct tl_dissection *d)
{
    uint32_t group = tl_group(d, AVP), code = tl_u32(d, AVP_CODE), header = 8;
    uint8_t flags = tl_flags8(d, AVP_FLAGS, AVP_P);
    uint32_t len = tl_u24(d, AVP_LENGTH), vendor = 0;
    if ((flags & HAS_VENDOR) != 0) {
        vendor = tl_u32(d, VENDOR);
        header += 4;
    }
    if (tl_ok(d) && len < header)
        tl_bad(d);
    struct tl_part part = tl_part_begin(d, len - header);
    unsigned field = vendor == 0 ? field_of(code) : VALUE;
    if (tl_ok(d) && field == PASSWORD)
        tl_hide(d, (struct tl_bytes){ d->c.base + d->c.off, tl_cursor_left(&d->c) });
    if (tl_ok(d) && field == RESULT)
        tl_u32(d, RESULT);
    else if (tl_ok(d))
        tl_run_left(d, field);
    tl_part_end(d, part);
    uint32_t left = tl_cursor_wire_left(&d->c), padding = (4 - len % 4) % 4;
    if (tl_ok(d))
        tl_skip(d, padding < left ? padding : left);
    tl_group_end(d, group);
}

static bool is_header(const uint8_t *p)
{
    uint32_t len = tl_load_be24(p + 1);
    return p[0] == 1 && len >= HEADER && len % 4 == 0 && len <= LONGEST && (p[4] & FLAGS_RESERVED) == 0;
}

static struct tl_want diameter_stream(struct tl_dissection *d, struct tl_stream *s)
{
    const struct tl_want header = { TL_WANT_BYTES, HEADER, NULL }, nothing = { TL_WANT_NOTHING, 0, NULL };
    if (s->event == TL_EV_OPEN)
        return header;
    const uint8_t *p = tl_cursor_peek(&d->c, 0, HEADER);
    if (s->event != TL_EV_UNIT || p == NULL || !is_header(p))
        return nothing;
    uint32_t len = tl_load_be24(p + 1);
    if (tl_cursor_left(&d->c) < len)
        return (struct tl_want){ TL_WANT_BYTES, len, NULL };
    tl_message(d);
    tl_u8(d, VERSION);
    tl_u24(d, LENGTH);
    tl_flags8(d, FLAGS, FLAG_T);
    tl_u24(d, COMMAND);
    tl_u32(d, APPLICATION);
    tl_u32(d, HOP);
    tl_u32(d, END);
    tl_confirm(d);
    struct tl_part part = tl_part_begin(d, len - HEADER);
    while (tl_ok(d) && d->wanted != NULL && tl_cursor_wire_left(&d->c) > 0)
        avp(d);
    tl_part_end(d, part);
    return header;
}

/* The first message of a connection is a capabilities exchange (RFC 6733 section 5.3). */
static enum tl_probe diameter_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, 1);
    if (!d->flow.stream || p == NULL || p[0] != 1)
        return TL_PROBE_NO;
    p = tl_cursor_peek(&c, 0, HEADER);
    if (p == NULL)
        return d->flow.home ? TL_PROBE_MAYBE : TL_PROBE_NO;
    if (!is_header(p))
        return TL_PROBE_NO;
    return d->flow.home || (tl_load_be24(p + 5) == 257 && tl_load_be32(p + 8) == 0) ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_diameter = {
    .name = "diameter",
    .title = "Diameter",
    .service = "diameter",
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    TL_TABLE(fields),
    .on = { { TL_ON_TCP_PORT, 3868 } },
    .info = "{cmd.code}[, {applicationId}][ {Session-Id}][ {Origin-Host}][: {Result-Code}]",
    TL_BEGINS("\x01\x01"), .probe = diameter_probe,
    .stream = diameter_stream,
};
