/*
 * gtpv2.c - GPRS Tunnelling Protocol version 2, control plane (3GPP TS 29.274): the header (clause 5), the information
 * elements by type (clause 8.1), and of those the cause, the subscriber, the access point and tunnel end points.
 */
#include "core/part.h"
#include "dissectors/header.h"

enum { FLAGS, VERSION, PIGGYBACK, T, MP, TYPE, LENGTH, TEID, SEQUENCE, SPARE, IE, IE_TYPE, IE_LENGTH, CR, INSTANCE,
       CAUSE, IMSI,
       APN, TEID_V4, TEID_V6, TEID_INTERFACE, TEID_KEY, TEID_IP4, TEID_IP6, FIELDS };

static const struct tl_name types[] = {
    { 1, "Echo Request" }, { 2, "Echo Response" }, { 3, "Version Not Supported Indication" },
    { 32, "Create Session Request" },
    { 33, "Create Session Response" }, { 34, "Modify Bearer Request" }, { 35, "Modify Bearer Response" },
    { 36, "Delete Session Request" }, { 37, "Delete Session Response" }, { 38, "Change Notification Request" },
    { 39, "Change Notification Response" }, { 64, "Modify Bearer Command" }, { 65, "Modify Bearer Failure Indication" },
    { 66, "Delete Bearer Command" }, { 67, "Delete Bearer Failure Indication" }, { 68, "Bearer Resource Command" },
    { 69, "Bearer Resource Failure Indication" }, { 70, "Downlink Data Notification Failure Indication" },
    { 71, "Trace Session Activation" }, { 72, "Trace Session Deactivation" }, { 73, "Stop Paging Indication" },
    { 95, "Create Bearer Request" }, { 96, "Create Bearer Response" }, { 97, "Update Bearer Request" },
    { 98, "Update Bearer Response" }, { 99, "Delete Bearer Request" }, { 100, "Delete Bearer Response" },
    { 101, "Delete PDN Connection Set Request" }, { 102, "Delete PDN Connection Set Response" },
    { 128, "Identification Request" }, { 129, "Identification Response" }, { 130, "Context Request" },
    { 131, "Context Response" }, { 132, "Context Acknowledge" }, { 133, "Forward Relocation Request" },
    { 134, "Forward Relocation Response" }, { 135, "Forward Relocation Complete Notification" },
    { 136, "Forward Relocation Complete Acknowledge" }, { 139, "Relocation Cancel Request" },
    { 140, "Relocation Cancel Response" }, { 149, "Detach Notification" }, { 150, "Detach Acknowledge" },
    { 160, "Create Forwarding Tunnel Request" }, { 161, "Create Forwarding Tunnel Response" },
    { 162, "Suspend Notification" },
    { 163, "Suspend Acknowledge" }, { 164, "Resume Notification" }, { 165, "Resume Acknowledge" },
    { 166, "Create Indirect Data Forwarding Tunnel Request" },
    { 167, "Create Indirect Data Forwarding Tunnel Response" },
    { 168, "Delete Indirect Data Forwarding Tunnel Request" },
    { 169, "Delete Indirect Data Forwarding Tunnel Response" },
    { 170, "Release Access Bearers Request" }, { 171, "Release Access Bearers Response" },
    { 176, "Downlink Data Notification" },
    { 177, "Downlink Data Notification Acknowledge" }, { 200, "Update PDN Connection Set Request" },
    { 201, "Update PDN Connection Set Response" }, { 211, "Modify Access Bearers Request" },
    { 212, "Modify Access Bearers Response" }, { 0, NULL },
};
enum { IE_IMSI = 1, IE_CAUSE = 2, IE_APN = 71, IE_F_TEID = 87, IE_BEARER = 93, IE_PDN = 109 };
static const struct tl_name ies[] = {
    { IE_IMSI, "IMSI" }, { IE_CAUSE, "Cause" }, { 3, "Recovery" }, { IE_APN, "Access Point Name" },
    { 72, "Aggregate Maximum Bit Rate" }, { 73, "EPS Bearer ID" }, { 74, "IP Address" },
    { 75, "Mobile Equipment Identity" },
    { 76, "MSISDN" }, { 77, "Indication" }, { 78, "Protocol Configuration Options" }, { 79, "PDN Address Allocation" },
    { 80, "Bearer Quality of Service" }, { 82, "RAT Type" }, { 83, "Serving Network" }, { 84, "Bearer TFT" },
    { 86, "User Location Information" }, { IE_F_TEID, "F-TEID" }, { 88, "TMSI" }, { IE_BEARER, "Bearer Context" },
    { 94, "Charging ID" }, { 95, "Charging Characteristics" }, { 99, "PDN Type" }, { 100, "Procedure Transaction ID" },
    { IE_PDN, "PDN Connection" }, { 114, "UE Time Zone" }, { 127, "APN Restriction" }, { 128, "Selection Mode" },
    { 136, "FQDN" }, { 155, "Allocation/Retention Priority" }, { 255, "Private Extension" }, { 0, NULL },
};
static const struct tl_name causes[] = {
    { 2, "Local Detach" }, { 3, "Complete Detach" }, { 4, "RAT changed" }, { 5, "ISR deactivation" },
    { 16, "Request accepted" }, { 17, "Request accepted partially" }, { 64, "Context Not Found" },
    { 65, "Invalid Message Format" }, { 66, "Version not supported by next peer" }, { 67, "Invalid length" },
    { 68, "Service not supported" }, { 69, "Mandatory IE incorrect" }, { 70, "Mandatory IE missing" },
    { 72, "System failure" }, { 73, "No resources available" }, { 78, "Missing or unknown APN" },
    { 82, "Denied in RAT" }, { 83, "Preferred PDN type not supported" }, { 87, "UE not responding" },
    { 88, "UE refuses" }, { 91, "No memory available" }, { 92, "User authentication failed" },
    { 93, "APN access denied" }, { 94, "Request rejected" }, { 0, NULL },
};

static const struct tl_field fields[FIELDS] = {
    [FLAGS] = { "gtpv2.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [VERSION] = { "gtpv2.version", "Version", .type = TL_U8, .mask = 0xe0 },
    [PIGGYBACK] = { "gtpv2.p", "Another message follows", .type = TL_U8, .mask = 0x10 },
    [T] = { "gtpv2.t", "Has a tunnel", .type = TL_U8, .mask = 0x08 },
    [MP] = { "gtpv2.mp", "Has a priority, priority", .type = TL_U8, .mask = 0x04, .flags = TL_REPEATS },
    [TYPE] = { "gtpv2.message_type", "Message", .type = TL_U8, .names = types },
    [LENGTH] = { "gtpv2.msg_length", "Length", .type = TL_U16, .unit = "bytes" },
    [TEID] = { "gtpv2.teid", "Tunnel", .type = TL_U32, .base = TL_HEX },
    [SEQUENCE] = { "gtpv2.seq", "Sequence number", .type = TL_U24, .base = TL_HEX },
    [SPARE] = { "gtpv2.spare", "Spare", .type = TL_U16 },
    [IE] = { "gtpv2.ie", "Information element", .type = TL_GROUP, .flags = TL_REPEATS },
    [IE_TYPE] = { "gtpv2.ie_type", "Type", .type = TL_U8, .names = ies },
    [IE_LENGTH] = { "gtpv2.ie_len", "Length", .type = TL_U16, .unit = "bytes" },
    [CR] = { "gtpv2.cr", "CR flag", .type = TL_U8, .mask = 0xf0 },
    [INSTANCE] = { "gtpv2.instance", "Instance", .type = TL_U8, .mask = 0x0f },
    [CAUSE] = { "gtpv2.cause", "Cause", .type = TL_U8, .names = causes },
    [IMSI] = { "e212.imsi", "Subscriber", .type = TL_TEXT },
    [APN] = { "gtpv2.apn", "Access point", .type = TL_TEXT },
    [TEID_V4] = { "gtpv2.f_teid_v4", "Has an IPv4 address", .type = TL_BOOL, .mask = 0x80 },
    [TEID_V6] = { "gtpv2.f_teid_v6", "Has an IPv6 address", .type = TL_BOOL, .mask = 0x40 },
    [TEID_INTERFACE] = { "gtpv2.f_teid_interface_type", "Interface", .type = TL_U8, .mask = 0x3f },
    [TEID_KEY] = { "gtpv2.f_teid_gre_key", "Tunnel", .type = TL_U32, .base = TL_HEX },
    [TEID_IP4] = { "gtpv2.f_teid_ipv4", "Address", .type = TL_IPV4 },
    [TEID_IP6] = { "gtpv2.f_teid_ipv6", "Address", .type = TL_IPV6 },
};

enum { PORT = 2123, HEADER = 4, VERSION_2 = 2, HAS_TEID = 0x08, HAS_PRIORITY = 0x04, IMSI_MOST = 16, APN_MOST = 100 };

/* Digits of half a byte each, the low half first, 0xf at the end (clause 8.3). */
static void imsi(struct tl_dissection *d, uint32_t n)
{
    char text[IMSI_MOST];
    uint32_t len = 0;
    const uint8_t *p = tl_cursor_take(&d->c, n);
    if (p == NULL || n == 0)
        return;
    for (uint32_t i = 0; i < 2 * n && len < IMSI_MOST; i++) {
        uint8_t digit = i % 2 == 0 ? p[i / 2] & 0x0f : p[i / 2] >> 4;
        if (digit > 9)
            break;
        text[len++] = (char)('0' + digit);
    }
    if (len > 0 && tl_wants(d, IMSI))
        tl_add_text(d, IMSI, d->c.off - n, n, text, len);
}

/* Labels with their lengths, as in DNS (clause 8.6): shown with dots. */
static void apn(struct tl_dissection *d, uint32_t n)
{
    char text[APN_MOST];
    const uint8_t *p = tl_cursor_take(&d->c, n);
    if (p == NULL || n < 2 || n > APN_MOST)
        return;
    memcpy(text, p, n);
    for (uint32_t at = 0; at < n; at += p[at] + 1u)
        text[at] = '.';
    if (tl_wants(d, APN))
        tl_add_text(d, APN, d->c.off - n, n, text + 1, n - 1);
}

static void f_teid(struct tl_dissection *d)
{
    uint32_t flags = tl_bits(d, 1, TEID_V4, TEID_INTERFACE);
    (void)tl_u32(d, TEID_KEY);
    if ((flags & 0x80) != 0)
        tl_ipv4(d, TEID_IP4);
    if ((flags & 0x40) != 0)
        tl_ipv6(d, TEID_IP6);
}

/* Elements in a grouped one follow it as if they stood alone. */
static void element(struct tl_dissection *d)
{
    uint32_t group = tl_group(d, IE);
    uint8_t type = tl_u8(d, IE_TYPE);
    uint16_t length = tl_u16(d, IE_LENGTH);
    (void)tl_bits(d, 1, CR, INSTANCE);
    if (tl_ok(d) && type != IE_BEARER && type != IE_PDN) {
        struct tl_part part = tl_part_begin(d, length);
        if (type == IE_IMSI)
            imsi(d, length);
        else if (type == IE_CAUSE)
            (void)tl_u8(d, CAUSE);
        else if (type == IE_APN)
            apn(d, length);
        else if (type == IE_F_TEID)
            f_teid(d);
        tl_part_end(d, part);
    }
    tl_group_end(d, group);
}

static bool is_header(const uint8_t *p)
{
    return p[0] >> 5 == VERSION_2 && (p[0] & 0x03) == 0;
}

/* One message. A second one may follow it (clause 5.5.1): it has a layer of its own. */
static void message(struct tl_dissection *d)
{
    uint8_t flags = tl_flags8(d, FLAGS, MP);
    (void)tl_u8(d, TYPE);
    uint16_t length = tl_u16(d, LENGTH);
    if (!tl_ok(d))
        return;
    struct tl_part part = tl_part_begin(d, length);
    if ((flags & HAS_TEID) != 0)
        (void)tl_u32(d, TEID);
    (void)tl_u24(d, SEQUENCE);
    if ((flags & HAS_PRIORITY) != 0) {
        const uint8_t *p = tl_cursor_take(&d->c, 1);
        if (p != NULL)
            tl_add(d, MP, d->c.off - 1, 1, *p >> 4);
    } else {
        (void)tl_u8(d, SPARE);
    }
    if (tl_ok(d))
        tl_confirm(d);
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        element(d);
    tl_part_end(d, part);
}

static enum tl_status gtpv2_dissect(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, HEADER);
    if (p != NULL && !is_header(p)) {
        tl_cursor_fail(&d->c, TL_NOT_MINE);
        return tl_next_none(d);
    }
    bool more = p != NULL && (p[0] & 0x10) != 0;
    message(d);
    if (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0 && more) {
        tl_message(d);
        message(d);
    }
    if (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        tl_skip(d, tl_cursor_wire_left(&d->c));
    return tl_next_none(d);
}

static enum tl_probe gtpv2_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, HEADER);
    if (!d->flow.home || d->flow.stream || p == NULL || !is_header(p) || tl_name_of(types, p[1]) == NULL)
        return TL_PROBE_NO;
    uint32_t whole = HEADER + (uint32_t)tl_load_be16(p + 2), wire = tl_cursor_wire_left(&c);
    return whole == wire || ((p[0] & 0x10) != 0 && whole < wire) ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_gtpv2 = {
    .name = "gtpv2",
    .title = "GPRS Tunneling Protocol V2",
    .service = "gtpv2",
    .kind = TL_KIND_APPLICATION,
    .lifetime = TL_LIFETIME_MESSAGES,
    TL_TABLE(fields),
    .only_at_home = true,
    .on = { { TL_ON_UDP_PORT, PORT } },
    .info = "{message_type}[, tunnel {teid}][, {cause}][, subscriber {e212.imsi}][, {apn}], number {seq}",
    .probe = gtpv2_probe,
    .dissect = gtpv2_dissect,
};
