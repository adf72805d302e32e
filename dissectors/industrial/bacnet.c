/*
 * bacnet.c - BACnet (ANSI/ASHRAE 135): the virtual link layer over UDP (BVLL, annex J; IPv6: annex U),
 * the network layer (clause 6) and the header of the application layer with the object that a service names (clauses
 * 20.1 and 20.2).
 */
#include "dissectors/header.h"

extern const struct tl_protocol tl_protocol_bacnet, tl_protocol_bacapp;

/* --- application layer --- */

enum { APDU_TYPE, SEGMENTED, MORE, SA, NAK, SERVER, RESPONSE_SEGMENTS, MAX_APDU, INVOKE, SEQUENCE, WINDOW, CONFIRMED,
       UNCONFIRMED,
       REJECT, ABORT, OBJECT_TYPE, INSTANCE, PROPERTY, ERROR_CLASS, ERROR_CODE, APP_FIELDS };

enum { CONFIRMED_REQ, UNCONFIRMED_REQ, SIMPLE_ACK, COMPLEX_ACK, SEGMENT_ACK, ERROR_PDU, REJECT_PDU, ABORT_PDU };
static const struct tl_name apdus[] = {
    { CONFIRMED_REQ, "Confirmed-REQ" }, { UNCONFIRMED_REQ, "Unconfirmed-REQ" }, { SIMPLE_ACK, "Simple-ACK" },
    { COMPLEX_ACK, "Complex-ACK" }, { SEGMENT_ACK, "Segment-ACK" }, { ERROR_PDU, "Error" }, { REJECT_PDU, "Reject" },
    { ABORT_PDU, "Abort" }, { 0, NULL },
};
static const struct tl_name confirmed[] = {
    { 0, "acknowledgeAlarm" }, { 1, "confirmedCOVNotification" }, { 2, "confirmedEventNotification" },
    { 3, "getAlarmSummary" },
    { 4, "getEnrollmentSummary" }, { 5, "subscribeCOV" }, { 6, "atomicReadFile" }, { 7, "atomicWriteFile" },
    { 8, "addListElement" }, { 9, "removeListElement" }, { 10, "createObject" }, { 11, "deleteObject" },
    { 12, "readProperty" }, { 13, "readPropertyConditional" }, { 14, "readPropertyMultiple" }, { 15, "writeProperty" },
    { 16, "writePropertyMultiple" }, { 17, "deviceCommunicationControl" }, { 18, "confirmedPrivateTransfer" },
    { 19, "confirmedTextMessage" }, { 20, "reinitializeDevice" }, { 21, "vtOpen" }, { 22, "vtClose" }, { 23, "vtData" },
    { 24, "authenticate" }, { 25, "requestKey" }, { 26, "readRange" }, { 27, "lifeSafetyOperation" },
    { 28, "subscribeCOVProperty" }, { 29, "getEventInformation" }, { 30, "subscribeCOVPropertyMultiple" },
    { 31, "confirmedCOVNotificationMultiple" }, { 32, "confirmedAuditNotification" }, { 33, "auditLogQuery" },
    { 0, NULL },
};
static const struct tl_name unconfirmed[] = {
    { 0, "i-Am" }, { 1, "i-Have" }, { 2, "unconfirmedCOVNotification" }, { 3, "unconfirmedEventNotification" },
    { 4, "unconfirmedPrivateTransfer" }, { 5, "unconfirmedTextMessage" }, { 6, "timeSynchronization" },
    { 7, "who-Has" },
    { 8, "who-Is" }, { 9, "utcTimeSynchronization" }, { 10, "writeGroup" },
    { 11, "unconfirmedCOVNotificationMultiple" },
    { 12, "unconfirmedAuditNotification" }, { 13, "who-Am-I" }, { 14, "you-Are" }, { 0, NULL },
};
static const struct tl_name rejects[] = {
    { 0, "other" }, { 1, "buffer-overflow" }, { 2, "inconsistent-parameters" }, { 3, "invalid-parameter-data-type" },
    { 4, "invalid-tag" }, { 5, "missing-required-parameter" }, { 6, "parameter-out-of-range" },
    { 7, "too-many-arguments" },
    { 8, "undefined-enumeration" }, { 9, "unrecognized-service" }, { 0, NULL },
};
static const struct tl_name aborts[] = {
    { 0, "other" }, { 1, "buffer-overflow" }, { 2, "invalid-apdu-in-this-state" },
    { 3, "preempted-by-higher-priority-task" },
    { 4, "segmentation-not-supported" }, { 5, "security-error" }, { 6, "insufficient-security" },
    { 7, "window-size-out-of-range" }, { 8, "application-exceeded-reply-time" }, { 9, "out-of-resources" },
    { 10, "tsm-timeout" }, { 11, "apdu-too-long" }, { 0, NULL },
};
static const struct tl_name objects[] = {
    { 0, "analog-input" }, { 1, "analog-output" }, { 2, "analog-value" }, { 3, "binary-input" }, { 4, "binary-output" },
    { 5, "binary-value" }, { 6, "calendar" }, { 7, "command" }, { 8, "device" }, { 9, "event-enrollment" },
    { 10, "file" },
    { 11, "group" }, { 12, "loop" }, { 13, "multi-state-input" }, { 14, "multi-state-output" },
    { 15, "notification-class" },
    { 16, "program" }, { 17, "schedule" }, { 18, "averaging" }, { 19, "multi-state-value" }, { 20, "trend-log" },
    { 21, "life-safety-point" }, { 22, "life-safety-zone" }, { 23, "accumulator" }, { 24, "pulse-converter" },
    { 56, "network-port" }, { 0, NULL },
};
static const struct tl_name properties[] = {
    { 8, "all" }, { 12, "application-software-version" }, { 28, "description" }, { 36, "event-state" },
    { 44, "firmware-revision" }, { 70, "model-name" }, { 75, "object-identifier" }, { 76, "object-list" },
    { 77, "object-name" }, { 79, "object-type" }, { 81, "out-of-service" }, { 85, "present-value" },
    { 87, "priority-array" },
    { 103, "reliability" }, { 111, "status-flags" }, { 112, "system-status" }, { 117, "units" },
    { 120, "vendor-identifier" },
    { 121, "vendor-name" }, { 0, NULL },
};
static const struct tl_name error_classes[] = {
    { 0, "device" }, { 1, "object" }, { 2, "property" }, { 3, "resources" }, { 4, "security" }, { 5, "services" },
    { 6, "vt" },
    { 7, "communication" }, { 0, NULL },
};

static const struct tl_field app_fields[APP_FIELDS] = {
    [APDU_TYPE] = { "bacapp.type", "Type", .type = TL_U8, .mask = 0xf0, .names = apdus },
    [SEGMENTED] = { "bacapp.segmented_request", "Segmented", .type = TL_BOOL, .mask = 0x08 },
    [MORE] = { "bacapp.more_segments", "More segments follow", .type = TL_BOOL, .mask = 0x04 },
    [SA] = { "bacapp.SA", "Segmented responses are accepted", .type = TL_BOOL, .mask = 0x02 },
    [NAK] = { "bacapp.NAK", "Negative", .type = TL_BOOL, .mask = 0x02 },
    [SERVER] = { "bacapp.server", "From the server", .type = TL_BOOL, .mask = 0x01 },
    [RESPONSE_SEGMENTS] = { "bacapp.response_segments", "Segments accepted", .type = TL_U8, .mask = 0x70 },
    [MAX_APDU] = { "bacapp.max_adpu_size", "Size accepted", .type = TL_U8, .mask = 0x0f },
    [INVOKE] = { "bacapp.invoke_id", "Invocation", .type = TL_U8 },
    [SEQUENCE] = { "bacapp.sequence_number", "Sequence number", .type = TL_U8 },
    [WINDOW] = { "bacapp.window_size", "Window", .type = TL_U8 },
    [CONFIRMED] = { "bacapp.confirmed_service", "Service", .type = TL_U8, .names = confirmed },
    [UNCONFIRMED] = { "bacapp.unconfirmed_service", "Service", .type = TL_U8, .names = unconfirmed },
    [REJECT] = { "bacapp.reject_reason", "Reason", .type = TL_U8, .names = rejects },
    [ABORT] = { "bacapp.abort_reason", "Reason", .type = TL_U8, .names = aborts },
    [OBJECT_TYPE] = { "bacapp.objectType", "Type of the object", .type = TL_U32, .flags = TL_REPEATS,
                      .mask = 0xffc00000, .names = objects },
    [INSTANCE] = { "bacapp.instance_number", "Instance", .type = TL_U32, .flags = TL_REPEATS, .mask = 0x003fffff },
    [PROPERTY] = { "bacapp.property_identifier", "Property", .type = TL_U32, .flags = TL_REPEATS, .names = properties },
    [ERROR_CLASS] = { "bacapp.error_class", "Class of the error", .type = TL_U32, .names = error_classes },
    [ERROR_CODE] = { "bacapp.error_code", "Error", .type = TL_U32 },
};

/* Where a service has objects and properties: bits of context tags outside lists, the tag of a property
   there and in lists. */
struct places {
    uint8_t objects;
    int8_t property, listed;
};

static struct places confirmed_places(uint8_t service)
{
    switch (service) {
    case 0:
    case 5:
        return (struct places){ 2, -1, -1 };
    case 1:
        return (struct places){ 6, -1, 0 };
    case 2:
        return (struct places){ 6, -1, -1 };
    case 8:
    case 9:
    case 12:
    case 15:
    case 26:
        return (struct places){ 1, 1, -1 };
    case 14:
        return (struct places){ 1, -1, 0 };
    case 16:
        return (struct places){ 1, -1, 0 };
    case 28:
        return (struct places){ 2, -1, -1 };
    default:
        return (struct places){ 0, -1, -1 };
    }
}

static struct places unconfirmed_places(uint8_t service)
{
    if (service == 2)
        return (struct places){ 6, -1, 0 };
    if (service == 3)
        return (struct places){ 6, -1, -1 };
    return (struct places){ service == 7 ? 4 : 0, -1, -1 };
}

enum { OBJECT_IDENTIFIER = 12, ENUMERATED_OF_1 = 0x91, EXTENDED = 5, OPENING = 6, CLOSING = 7, TAGS_MOST = 256 };

/* The length of the value of a tag; UINT32_MAX: it has more than 253 bytes, or is cut. The cursor is after the tag. */
static uint32_t length_of(struct tl_dissection *d, uint8_t tag)
{
    uint32_t n = tag & 7;
    if ((tag & 8) == 0 && tag >> 4 == 1) /* a boolean: the value is in the tag */
        return 0;
    if (n != EXTENDED)
        return n;
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    return p != NULL && *p < 254 ? *p : UINT32_MAX;
}

static void property(struct tl_dissection *d, const uint8_t *p, uint32_t n)
{
    if (n <= 4)
        tl_add(d, PROPERTY, d->c.off, n, n == 1 ? p[0] : n == 2 ? tl_load_be16(p) : n == 3 ? tl_load_be24(p)
               : tl_load_be32(p));
}

/* The objects and properties that the parameters of a service name (clause 20.2): its tags, one after the other. */
static void parameters(struct tl_dissection *d, struct places places)
{
    uint32_t depth = 0;
    for (unsigned i = 0; i < TAGS_MOST && tl_cursor_left(&d->c) > 0; i++) {
        uint8_t tag = d->c.base[d->c.off], number = tag >> 4;
        bool context = (tag & 8) != 0;
        tl_skip(d, 1);
        if (number == 15)
            return;
        if (context && (tag & 7) == OPENING) {
            depth++;
            continue;
        }
        if (context && (tag & 7) == CLOSING) {
            depth -= depth > 0;
            continue;
        }
        uint32_t n = length_of(d, tag);
        const uint8_t *p = n != UINT32_MAX ? tl_cursor_peek(&d->c, 0, n) : NULL;
        if (p == NULL)
            return;
        if (n == 4 && (context ? depth == 0 && (places.objects >> number & 1) != 0 : number == OBJECT_IDENTIFIER))
            tl_add_all_bits(d, OBJECT_TYPE, INSTANCE, d->c.off, 4, tl_load_be32(p));
        else if (context && n > 0 && number == (depth == 0 ? places.property : places.listed))
            property(d, p, n);
        tl_skip(d, n);
    }
}

/* Class and code of an error: two enumerated values, if they are small. */
static void error(struct tl_dissection *d)
{
    for (unsigned field = ERROR_CLASS; field <= ERROR_CODE; field++) {
        const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
        if (p == NULL || *p != ENUMERATED_OF_1)
            return;
        tl_skip(d, 1);
        (void)tl_u8(d, field);
    }
}

static void segment(struct tl_dissection *d, bool segmented)
{
    if (!segmented)
        return;
    (void)tl_u8(d, SEQUENCE);
    (void)tl_u8(d, WINDOW);
}

/* Bits of the first byte of the types that have some. */
static void flags(struct tl_dissection *d, uint8_t type, uint32_t off, uint8_t first)
{
    if (type == CONFIRMED_REQ)
        tl_add_all_bits(d, SEGMENTED, SA, off, 1, first);
    else if (type == COMPLEX_ACK)
        tl_add_all_bits(d, SEGMENTED, MORE, off, 1, first);
    else if (type == SEGMENT_ACK)
        tl_add_all_bits(d, NAK, SERVER, off, 1, first);
    else if (type == ABORT_PDU)
        tl_add_all_bits(d, SERVER, SERVER, off, 1, first);
}

static void confirmed_service(struct tl_dissection *d, uint8_t type, bool first)
{
    uint8_t service = tl_u8(d, CONFIRMED);
    if (type == ERROR_PDU)
        error(d);
    else if (type != SIMPLE_ACK && first && tl_ok(d))
        parameters(d, confirmed_places(service));
}

static enum tl_status bacapp_dissect(struct tl_dissection *d)
{
    uint32_t off = d->c.off;
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    if (p == NULL)
        return tl_next_none(d);
    uint8_t first = *p, type = first >> 4;
    bool segmented = (first & 0x08) != 0;
    tl_add_bits(d, APDU_TYPE, off, 1, first);
    flags(d, type, off, first);
    switch (type) {
    case CONFIRMED_REQ:
        (void)tl_bits(d, 1, RESPONSE_SEGMENTS, MAX_APDU);
        (void)tl_u8(d, INVOKE);
        segment(d, segmented);
        confirmed_service(d, type, !segmented);
        break;
    case UNCONFIRMED_REQ:
        first = tl_u8(d, UNCONFIRMED);
        if (tl_ok(d))
            parameters(d, unconfirmed_places(first));
        break;
    case COMPLEX_ACK:
        (void)tl_u8(d, INVOKE);
        segment(d, segmented);
        confirmed_service(d, type, !segmented);
        break;
    case SIMPLE_ACK:
    case ERROR_PDU:
        (void)tl_u8(d, INVOKE);
        confirmed_service(d, type, true);
        break;
    case SEGMENT_ACK:
        (void)tl_u8(d, INVOKE);
        segment(d, true);
        break;
    case REJECT_PDU:
        (void)tl_u8(d, INVOKE);
        (void)tl_u8(d, REJECT);
        break;
    case ABORT_PDU:
        (void)tl_u8(d, INVOKE);
        (void)tl_u8(d, ABORT);
        break;
    default:
        break;
    }
    if (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) /* parameters of the service */
        tl_skip(d, tl_cursor_wire_left(&d->c));
    return tl_next_none(d);
}

const struct tl_protocol tl_protocol_bacapp = {
    .name = "bacapp",
    .title = "Building Automation and Control Network APDU",
    .kind = TL_KIND_LAYER,
    .dissect = bacapp_dissect,
    .info = "{type}[ {unconfirmed_service}][ {confirmed_service}][ ({invoke_id})][ {objectType},{instance_number}]"
            "[ {property_identifier}][ {error_class}][: {reject_reason}][: {abort_reason}]",
    TL_TABLE(app_fields),
};

/* --- network layer --- */

enum { NET_VERSION, CONTROL, CONTROL_NET, CONTROL_RES1, CONTROL_DEST, CONTROL_RES2, CONTROL_SRC, CONTROL_EXPECT,
       CONTROL_HIGH,
       CONTROL_LOW, DNET, DLEN, DADR_ETH, DADR_MSTP, DADR, SNET, SLEN, SADR_ETH, SADR_MSTP, SADR, HOPS, MESSAGE, VENDOR,
       NET_FIELDS };

static const struct tl_name messages[] = {
    { 0x00, "Who-Is-Router-To-Network" }, { 0x01, "I-Am-Router-To-Network" }, { 0x02, "I-Could-Be-Router-To-Network" },
    { 0x03, "Reject-Message-To-Network" }, { 0x04, "Router-Busy-To-Network" }, { 0x05, "Router-Available-To-Network" },
    { 0x06, "Initialize-Routing-Table" }, { 0x07, "Initialize-Routing-Table-Ack" },
    { 0x08, "Establish-Connection-To-Network" },
    { 0x09, "Disconnect-Connection-To-Network" }, { 0x0a, "Challenge-Request" }, { 0x0b, "Security-Payload" },
    { 0x0c, "Security-Response" }, { 0x0d, "Request-Key-Update" }, { 0x0e, "Update-Key-Set" },
    { 0x0f, "Update-Distribution-Key" }, { 0x10, "Request-Master-Key" }, { 0x11, "Set-Master-Key" },
    { 0x12, "What-Is-Network-Number" }, { 0x13, "Network-Number-Is" }, { 0, NULL },
};

static const struct tl_field net_fields[NET_FIELDS] = {
    [NET_VERSION] = { "bacnet.version", "Version", .type = TL_U8 },
    [CONTROL] = { "bacnet.control", "Control", .type = TL_U8, .base = TL_HEX },
    [CONTROL_NET] = { "bacnet.control_net", "Message of the network layer", .type = TL_BOOL, .mask = 0x80 },
    [CONTROL_RES1] = { "bacnet.control_res1", "Reserved", .type = TL_BOOL, .mask = 0x40 },
    [CONTROL_DEST] = { "bacnet.control_dest", "Destination", .type = TL_BOOL, .mask = 0x20 },
    [CONTROL_RES2] = { "bacnet.control_res2", "Reserved", .type = TL_BOOL, .mask = 0x10 },
    [CONTROL_SRC] = { "bacnet.control_src", "Source", .type = TL_BOOL, .mask = 0x08 },
    [CONTROL_EXPECT] = { "bacnet.control_expect", "A reply is expected", .type = TL_BOOL, .mask = 0x04 },
    [CONTROL_HIGH] = { "bacnet.control_prio_high", "Priority, high bit", .type = TL_BOOL, .mask = 0x02 },
    [CONTROL_LOW] = { "bacnet.control_prio_low", "Priority, low bit", .type = TL_BOOL, .mask = 0x01 },
    [DNET] = { "bacnet.dnet", "Destination network", .type = TL_U16, .flags = TL_REPEATS },
    [DLEN] = { "bacnet.dlen", "Length of the destination", .type = TL_U8 },
    [DADR_ETH] = { "bacnet.dadr_eth", "Destination", .type = TL_MAC },
    [DADR_MSTP] = { "bacnet.dadr_mstp", "Destination", .type = TL_U8 },
    [DADR] = { "bacnet.dadr_tmp", "Destination", .type = TL_BYTES },
    [SNET] = { "bacnet.snet", "Source network", .type = TL_U16 },
    [SLEN] = { "bacnet.slen", "Length of the source", .type = TL_U8 },
    [SADR_ETH] = { "bacnet.sadr_eth", "Source", .type = TL_MAC },
    [SADR_MSTP] = { "bacnet.sadr_mstp", "Source", .type = TL_U8 },
    [SADR] = { "bacnet.sadr_tmp", "Source", .type = TL_BYTES },
    [HOPS] = { "bacnet.hopc", "Hops left", .type = TL_U8 },
    [MESSAGE] = { "bacnet.mesgtyp", "Message", .type = TL_U8, .base = TL_HEX, .names = messages },
    [VENDOR] = { "bacnet.vendor", "Vendor", .type = TL_U16 },
};

enum { NET_MESSAGE = 0x80, HAS_DESTINATION = 0x20, HAS_SOURCE = 0x08, FIRST_OF_VENDORS = 0x80 };

static void address(struct tl_dissection *d, unsigned net)
{
    (void)tl_u16(d, net);
    uint8_t n = tl_u8(d, net + 1);
    if (n == 6)
        tl_mac(d, net + 2);
    else if (n == 1)
        (void)tl_u8(d, net + 3);
    else if (n > 0)
        tl_run(d, net + 4, n);
}

/* Messages that are a list of networks (clause 6.4). */
static bool has_networks(uint8_t message)
{
    return message <= 1 || message == 4 || message == 5;
}

static enum tl_status bacnet_dissect(struct tl_dissection *d)
{
    (void)tl_u8(d, NET_VERSION);
    uint8_t control = tl_flags8(d, CONTROL, CONTROL_LOW);
    if ((control & HAS_DESTINATION) != 0)
        address(d, DNET);
    if ((control & HAS_SOURCE) != 0)
        address(d, SNET);
    if ((control & HAS_DESTINATION) != 0)
        (void)tl_u8(d, HOPS);
    if (!tl_ok(d))
        return d->c.status;
    if ((control & NET_MESSAGE) == 0)
        return tl_cursor_wire_left(&d->c) > 0 ? tl_next_protocol(d, &tl_protocol_bacapp) : tl_next_none(d);
    uint8_t message = tl_u8(d, MESSAGE);
    if (message >= FIRST_OF_VENDORS)
        (void)tl_u16(d, VENDOR);
    while (tl_ok(d) && has_networks(message) && tl_cursor_wire_left(&d->c) >= 2)
        (void)tl_u16(d, DNET);
    if (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        tl_skip(d, tl_cursor_wire_left(&d->c));
    return tl_next_none(d);
}

const struct tl_protocol tl_protocol_bacnet = {
    .name = "bacnet",
    .title = "Building Automation and Control Network NPDU",
    .kind = TL_KIND_LAYER,
    .dissect = bacnet_dissect,
    .info = "[{mesgtyp}][ from {snet}][ to {dnet}]",
    .on = { { TL_ON_LLC_SAP, 0x82 } },
    TL_TABLE(net_fields),
};

/* --- virtual link layer --- */

enum { TYPE, FUNCTION, FUNCTION6, LENGTH, RESULT, FWD_IP, FWD_PORT, REG_TTL, BDT_IP, BDT_PORT, BDT_MASK, FDT_IP,
       FDT_PORT, FDT_TTL,
       FDT_TIMEOUT, VIRTUAL_SOURCE, VIRTUAL_DEST, FIELDS };

enum { BVLC_RESULT, WRITE_BDT, READ_BDT, READ_BDT_ACK, FORWARDED, REGISTER, READ_FDT, READ_FDT_ACK, DELETE_FDT,
       DISTRIBUTE, UNICAST,
       BROADCAST, SECURE };
static const struct tl_name functions[] = {
    { BVLC_RESULT, "BVLC-Result" }, { WRITE_BDT, "Write-Broadcast-Distribution-Table" },
    { READ_BDT, "Read-Broadcast-Distribution-Table" }, { READ_BDT_ACK, "Read-Broadcast-Distribution-Table-Ack" },
    { FORWARDED, "Forwarded-NPDU" }, { REGISTER, "Register-Foreign-Device" }, { READ_FDT, "Read-Foreign-Device-Table" },
    { READ_FDT_ACK, "Read-Foreign-Device-Table-Ack" }, { DELETE_FDT, "Delete-Foreign-Device-Table-Entry" },
    { DISTRIBUTE, "Distribute-Broadcast-To-Network" }, { UNICAST, "Original-Unicast-NPDU" },
    { BROADCAST, "Original-Broadcast-NPDU" }, { SECURE, "Secured-BVLL" }, { 0, NULL },
};
enum { UNICAST6 = 1, BROADCAST6, RESOLUTION, FORWARDED_RESOLUTION, RESOLUTION_ACK, VIRTUAL_RESOLUTION, VIRTUAL_ACK,
       FORWARDED6,
       REGISTER6, DELETE6, SECURE6, DISTRIBUTE6 };
static const struct tl_name functions6[] = {
    { 0, "BVLC-Result" }, { UNICAST6, "Original-Unicast-NPDU" }, { BROADCAST6, "Original-Broadcast-NPDU" },
    { RESOLUTION, "Address-Resolution" }, { FORWARDED_RESOLUTION, "Forwarded-Address-Resolution" },
    { RESOLUTION_ACK, "Address-Resolution-ACK" }, { VIRTUAL_RESOLUTION, "Virtual-Address-Resolution" },
    { VIRTUAL_ACK, "Virtual-Address-Resolution-ACK" }, { FORWARDED6, "Forwarded-NPDU" },
    { REGISTER6, "Register-Foreign-Device" }, { DELETE6, "Delete-Foreign-Device-Table-Entry" },
    { SECURE6, "Secure-BVLL" },
    { DISTRIBUTE6, "Distribute-Broadcast-To-Network" }, { 0, NULL },
};
static const struct tl_name results[] = {
    { 0x00, "Successful completion" }, { 0x10, "Write-Broadcast-Distribution-Table NAK" },
    { 0x20, "Read-Broadcast-Distribution-Table NAK" }, { 0x30, "Register-Foreign-Device NAK" },
    { 0x40, "Read-Foreign-Device-Table NAK" }, { 0x50, "Delete-Foreign-Device-Table-Entry NAK" },
    { 0x60, "Distribute-Broadcast-To-Network NAK" }, { 0, NULL },
};
static const struct tl_name links[] = { { 0x81, "BACnet/IP" }, { 0x82, "BACnet/IPv6" }, { 0, NULL } };

static const struct tl_field fields[FIELDS] = {
    [TYPE] = { "bvlc.type", "Type", .type = TL_U8, .base = TL_HEX, .names = links },
    [FUNCTION] = { "bvlc.function", "Function", .type = TL_U8, .base = TL_HEX, .names = functions },
    [FUNCTION6] = { "bvlc.function_ipv6", "Function", .type = TL_U8, .base = TL_HEX, .names = functions6 },
    [LENGTH] = { "bvlc.packet_length", "Length", .type = TL_U16, .unit = "bytes" },
    [RESULT] = { "bvlc.result", "Result", .type = TL_U16, .base = TL_HEX, .names = results },
    [FWD_IP] = { "bvlc.fwd_ip", "First sender", .type = TL_IPV4 },
    [FWD_PORT] = { "bvlc.fwd_port", "Its port", .type = TL_U16 },
    [REG_TTL] = { "bvlc.reg_ttl", "Time of the registration", .type = TL_U16, .unit = "s" },
    [BDT_IP] = { "bvlc.bdt_ip", "Device of the table", .type = TL_IPV4, .flags = TL_REPEATS },
    [BDT_PORT] = { "bvlc.bdt_port", "Its port", .type = TL_U16, .flags = TL_REPEATS },
    [BDT_MASK] = { "bvlc.bdt_mask", "Its mask", .type = TL_BYTES, .flags = TL_REPEATS },
    [FDT_IP] = { "bvlc.fdt_ip", "Foreign device", .type = TL_IPV4, .flags = TL_REPEATS },
    [FDT_PORT] = { "bvlc.fdt_port", "Its port", .type = TL_U16, .flags = TL_REPEATS },
    [FDT_TTL] = { "bvlc.fdt_ttl", "Time of its registration", .type = TL_U16, .flags = TL_REPEATS, .unit = "s" },
    [FDT_TIMEOUT] = { "bvlc.fdt_timeout", "Time left", .type = TL_U16, .flags = TL_REPEATS, .unit = "s" },
    [VIRTUAL_SOURCE] = { "bvlc.virtual_source", "Source", .type = TL_U24 },
    [VIRTUAL_DEST] = { "bvlc.virtual_dest", "Destination", .type = TL_U24 },
};

enum { UDP_PORT = 47808, IPV4_LINK = 0x81, IPV6_LINK = 0x82, HEADER = 4 };

static void tables(struct tl_dissection *d, uint8_t function)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        bool foreign = function == READ_FDT_ACK || function == DELETE_FDT;
        tl_ipv4(d, foreign ? FDT_IP : BDT_IP);
        (void)tl_u16(d, foreign ? FDT_PORT : BDT_PORT);
        if (!foreign) {
            tl_run(d, BDT_MASK, 4);
        } else if (function == READ_FDT_ACK) {
            (void)tl_u16(d, FDT_TTL);
            (void)tl_u16(d, FDT_TIMEOUT);
        }
    }
}

static enum tl_status ipv4_link(struct tl_dissection *d, uint8_t function)
{
    switch (function) {
    case BVLC_RESULT:
        (void)tl_u16(d, RESULT);
        break;
    case WRITE_BDT:
    case READ_BDT_ACK:
    case READ_FDT_ACK:
    case DELETE_FDT:
        tables(d, function);
        break;
    case REGISTER:
        (void)tl_u16(d, REG_TTL);
        break;
    case FORWARDED:
        tl_ipv4(d, FWD_IP);
        (void)tl_u16(d, FWD_PORT);
        return tl_next_protocol(d, &tl_protocol_bacnet);
    case DISTRIBUTE:
    case UNICAST:
    case BROADCAST:
        return tl_next_protocol(d, &tl_protocol_bacnet);
    default:
        break;
    }
    return tl_next_none(d);
}

static enum tl_status ipv6_link(struct tl_dissection *d, uint8_t function)
{
    (void)tl_u24(d, VIRTUAL_SOURCE);
    switch (function) {
    case 0:
        (void)tl_u16(d, RESULT);
        break;
    case UNICAST6:
        (void)tl_u24(d, VIRTUAL_DEST);
        return tl_next_protocol(d, &tl_protocol_bacnet);
    case BROADCAST6:
    case DISTRIBUTE6:
        return tl_next_protocol(d, &tl_protocol_bacnet);
    case FORWARDED6:
        tl_skip(d, 18); /* address and port of the first sender */
        return tl_next_protocol(d, &tl_protocol_bacnet);
    case RESOLUTION:
    case RESOLUTION_ACK:
    case VIRTUAL_ACK:
        (void)tl_u24(d, VIRTUAL_DEST);
        break;
    default:
        break;
    }
    return tl_next_none(d);
}

static bool is_bvlc(const uint8_t *p, uint32_t n, uint32_t wire)
{
    return n >= HEADER && (p[0] == IPV4_LINK || p[0] == IPV6_LINK) && p[1] <= SECURE && tl_load_be16(p + 2) == wire;
}

static enum tl_status bvlc_dissect(struct tl_dissection *d)
{
    uint8_t type = tl_u8(d, TYPE);
    if (tl_ok(d) && type != IPV4_LINK && type != IPV6_LINK) {
        tl_cursor_fail(&d->c, TL_NOT_MINE);
        return tl_next_none(d);
    }
    uint8_t function = tl_u8(d, type == IPV6_LINK ? FUNCTION6 : FUNCTION);
    uint16_t length = tl_u16(d, LENGTH);
    if (!tl_ok(d))
        return tl_next_none(d);
    tl_limit(d, length, HEADER);
    tl_confirm(d);
    return type == IPV6_LINK ? ipv6_link(d, function) : ipv4_link(d, function);
}

static enum tl_probe bvlc_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (d->flow.stream || p == NULL || !is_bvlc(p, n, tl_cursor_wire_left(&c)))
        return TL_PROBE_NO;
    if (d->flow.home)
        return TL_PROBE_YES;
    return p[0] == IPV4_LINK && n >= 6 && p[1] >= DISTRIBUTE && p[1] <= BROADCAST && p[4] == 1 ? TL_PROBE_YES
           : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_bvlc = {
    .name = "bvlc",
    .title = "BACnet Virtual Link Control",
    .service = "bacnet",
    .kind = TL_KIND_APPLICATION,
    .lifetime = TL_LIFETIME_MESSAGES,
    .carries = true,
    TL_TABLE(fields),
    .on = { { TL_ON_UDP_PORT, UDP_PORT } },
    .info = "[{bvlc.function}][{function_ipv6}][: {result}][ for {reg_ttl}]",
    TL_BEGINS("\x81\x81"), .probe = bvlc_probe,
    .dissect = bvlc_dissect,
};
