/*
 * knxip.c - KNXnet/IP (ISO 22510, EN 13321-2): the header, end points, descriptions of devices, connections, tunnels
 * and
 * routing; in those the telegram of the bus (cEMI).
 *
 *   0         1         2                   4                   6
 *   +---------+---------+-------------------+-------------------+------
 *   | 6       | version | service           | length            | body
 *   +---------+---------+-------------------+-------------------+------
 */
#include "core/part.h"
#include "dissectors/framed.h"
#include "dissectors/header.h"

#include <stdio.h>

extern const struct tl_protocol tl_protocol_cemi, tl_protocol_kip;

/* --- cEMI: the telegram --- */

enum { MC, ADDED, FT, REP, BT, PRIO, ACK, CE, AT, HC, EFF, SA, DA, LEN, TPT, ST, NUM, TC, AC, AD, DATA, LINE,
       CEMI_FIELDS };

static const struct tl_name codes[] = {
    { 0x10, "L_Raw.req" }, { 0x11, "L_Data.req" }, { 0x13, "L_Poll_Data.req" }, { 0x25, "L_Poll_Data.con" },
    { 0x29, "L_Data.ind" }, { 0x2b, "L_Busmon.ind" }, { 0x2d, "L_Raw.ind" }, { 0x2e, "L_Data.con" },
    { 0x2f, "L_Raw.con" },
    { 0x41, "T_Data_Connected.req" }, { 0x4a, "T_Data_Individual.req" }, { 0x89, "T_Data_Connected.ind" },
    { 0x94, "T_Data_Individual.ind" }, { 0xf0, "M_Reset.ind" }, { 0xf1, "M_Reset.req" }, { 0xf5, "M_PropWrite.con" },
    { 0xf6, "M_PropWrite.req" }, { 0xf7, "M_PropInfo.ind" }, { 0xf8, "M_FuncPropCmd.req" },
    { 0xf9, "M_FuncPropRead.req" }, { 0xfa, "M_FuncProp.con" }, { 0xfb, "M_PropRead.con" }, { 0xfc, "M_PropRead.req" },
    { 0, NULL },
};
static const struct tl_name priorities[] = {
    { 0, "System" }, { 1, "Normal" }, { 2, "Urgent" }, { 3, "Low" }, { 0, NULL },
};
static const struct tl_name address_types[] = { { 0, "Individual" }, { 1, "Group" }, { 0, NULL } };
static const struct tl_name frame_types[] = { { 0, "Extended" }, { 1, "Standard" }, { 0, NULL } };
static const struct tl_name packet_types[] = { { 0, "Data" }, { 1, "Control" }, { 0, NULL } };
static const struct tl_name transport_services[] = { { 0, "Connect" }, { 1, "Disconnect" }, { 2, "Ack" }, { 3, "Nak" },
    { 0, NULL } };
static const struct tl_name application_services[] = {
    { 0, "GroupValueRead" }, { 1, "GroupValueResponse" }, { 2, "GroupValueWrite" }, { 3, "IndividualAddressWrite" },
    { 4, "IndividualAddressRead" }, { 5, "IndividualAddressResponse" }, { 6, "ADCRead" }, { 7, "ADCResponse" },
    { 8, "MemoryRead" }, { 9, "MemoryResponse" }, { 10, "MemoryWrite" }, { 11, "UserMessage" },
    { 12, "DeviceDescriptorRead" }, { 13, "DeviceDescriptorResponse" }, { 14, "Restart" }, { 15, "Escape" },
    { 0, NULL },
};

static const struct tl_field cemi_fields[CEMI_FIELDS] = {
    [MC] = { "cemi.mc", "Message", .type = TL_U8, .base = TL_HEX, .names = codes },
    [ADDED] = { "cemi.ai.n", "Additional information", .type = TL_U8, .unit = "bytes" },
    [FT] = { "cemi.ft", "Frame", .type = TL_U8, .mask = 0x80, .names = frame_types },
    [REP] = { "cemi.rep", "Not repeated", .type = TL_U8, .mask = 0x20 },
    [BT] = { "cemi.bt", "Broadcast in the domain", .type = TL_U8, .mask = 0x10 },
    [PRIO] = { "cemi.prio", "Priority", .type = TL_U8, .mask = 0x0c, .names = priorities },
    [ACK] = { "cemi.ack", "Acknowledgment wanted", .type = TL_U8, .mask = 0x02 },
    [CE] = { "cemi.ce", "Error", .type = TL_U8, .mask = 0x01, .help = "In a confirmation" },
    [AT] = { "cemi.at", "Destination is of", .type = TL_U8, .mask = 0x80, .names = address_types },
    [HC] = { "cemi.hc", "Hops", .type = TL_U8, .mask = 0x70 },
    [EFF] = { "cemi.eff", "Extended format", .type = TL_U8, .base = TL_HEX, .mask = 0x0f },
    [SA] = { "cemi.sa", "Source", .type = TL_U16, .base = TL_HEX, .help = "Area (4 bits), line (4), device (8)" },
    [DA] = { "cemi.da", "Destination", .type = TL_U16, .base = TL_HEX,
             .help = "As the source, or of a group: main (5 bits), middle (3), sub (8)" },
    [LEN] = { "cemi.len", "Length", .type = TL_U8, .help = "Of the data after the first byte" },
    [TPT] = { "cemi.tpt", "Packet", .type = TL_U8, .mask = 0x80, .names = packet_types },
    [ST] = { "cemi.st", "Numbered", .type = TL_U8, .mask = 0x40 },
    [NUM] = { "cemi.num", "Sequence number", .type = TL_U8, .mask = 0x3c },
    [TC] = { "cemi.tc", "Transport service", .type = TL_U8, .base = TL_HEX, .mask = 0x03, .names = transport_services },
    [AC] = { "cemi.ac", "Service", .type = TL_U16, .base = TL_HEX, .mask = 0x03c0, .names = application_services },
    [AD] = { "cemi.ad", "Data in the service", .type = TL_U8, .base = TL_HEX, .mask = 0x3f },
    [DATA] = { "cemi.data", "Data", .type = TL_BYTES },
    [LINE] = { "cemi.line", "Addresses", .type = TL_TEXT, .flags = TL_ONLY_LINE },
};

enum { GROUP_WRITE = 2, CONTROL = 0x80, NUMBERED = 0x40, TO_GROUP = 0x80 };

/* 2.2.10 > 1/2/3 */
static void addresses_line(struct tl_dissection *d, uint16_t from, uint16_t to, bool group)
{
    char text[32];
    int n;
    if (!tl_wants(d, LINE))
        return;
    if (group)
        n = snprintf(text, sizeof text, "%d.%d.%d > %d/%d/%d", from >> 12, from >> 8 & 15, from & 255, to >> 11, to >>
            8 & 7, to & 255);
    else
        n = snprintf(text, sizeof text, "%d.%d.%d > %d.%d.%d", from >> 12, from >> 8 & 15, from & 255, to >> 12, to >>
            8 & 15, to & 255);
    if (n > 0)
        tl_add_text(d, LINE, d->c.off, 0, text, (uint32_t)n);
}

/* The transport and the application layer's control information: one byte, or two that share the service. */
static void unit(struct tl_dissection *d, uint32_t len)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    if (p == NULL) {
        tl_skip(d, 1);
        return;
    }
    const uint32_t off = d->c.off;
    const bool numbered = (p[0] & NUMBERED) != 0, control = (p[0] & CONTROL) != 0;
    tl_add_all_bits(d, TPT, numbered ? NUM : ST, off, 1, p[0]);
    if (control) {
        tl_add_bits(d, TC, off, 1, p[0]);
        tl_skip(d, 1);
        return;
    }
    p = tl_cursor_take(&d->c, 2);
    if (p == NULL)
        return;
    uint16_t both = tl_load_be16(p);
    unsigned service = both >> 6 & 15;
    tl_add_bits(d, AC, off, 2, both);
    if (service <= GROUP_WRITE && len == 1)
        tl_add_bits(d, AD, off + 1, 1, p[1]);
    tl_run_left(d, DATA);
}

static void cemi(struct tl_dissection *d)
{
    uint8_t code = tl_u8(d, MC);
    if (code >= 0x80 || code == 0x13 || code == 0x25) { /* not of the link layer, or a poll: by name */
        if (tl_ok(d))
            tl_run_left(d, DATA);
        return;
    }
    uint8_t added = tl_u8(d, ADDED);
    if (tl_ok(d))
        tl_skip(d, added);
    if (code == 0x10 || code == 0x2b || code == 0x2d || code == 0x2f || code == 0x41 || code == 0x4a) {
        if (tl_ok(d))
            tl_run_left(d, DATA);
        return;
    }
    (void)tl_bits(d, 1, FT, CE);
    uint32_t second = tl_bits(d, 1, AT, EFF);
    uint16_t from = tl_u16(d, SA), to = tl_u16(d, DA);
    uint8_t len = tl_u8(d, LEN);
    if (!tl_ok(d))
        return;
    addresses_line(d, from, to, (second & TO_GROUP) != 0);
    struct tl_part part = tl_part_enter(d, len + 1u);
    if (tl_ok(d))
        unit(d, len);
    tl_part_leave(d, part);
}

const struct tl_protocol tl_protocol_cemi = {
    .name = "cemi",
    .title = "Common External Message Interface",
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(cemi_fields),
    .info = "{mc}[ {line}][ {tc}][ {ac}][ {ad}][ {data}]",
};

/* --- KNXnet/IP --- */

enum { HEADER_LENGTH, VERSION, SERVICE, FAMILY, TYPE, TOTAL, STRUCT, STRUCT_LENGTH, HOST_PROTOCOL, ADDRESS,
       PORT_NUMBER, DIB_TYPE,
       MEDIUM, DEVICE_STATUS, PROGRAMMING, KNX_ADDRESS, PROJECT, PROJECT_NUMBER, INSTALLATION, SERIAL, MULTICAST, MAC,
       NAME,
       SERVICE_VERSION, CONNECTION, LAYER, RESERVED, CHANNEL, STATUS, COUNTER, LOSS, WAIT, BUSY, FIELDS };

static const struct tl_name families[] = {
    { 2, "Core" }, { 3, "Device Management" }, { 4, "Tunneling" }, { 5, "Routing" }, { 6, "Remote Logging" },
    { 7, "Remote Configuration and Diagnosis" }, { 8, "Object Server" }, { 9, "Security" }, { 0, NULL },
};
enum { SEARCH_REQUEST = 0x0201, SEARCH_RESPONSE, DESCRIPTION_REQUEST, DESCRIPTION_RESPONSE, CONNECT_REQUEST,
       CONNECT_RESPONSE,
       STATE_REQUEST, STATE_RESPONSE, DISCONNECT_REQUEST, DISCONNECT_RESPONSE, SEARCH_EXT_REQUEST, SEARCH_EXT_RESPONSE,
       CONFIGURATION = 0x0310, CONFIGURATION_ACK, TUNNELING = 0x0420, TUNNELING_ACK, FEATURE_GET, FEATURE_RESPONSE,
       FEATURE_SET,
       FEATURE_INFO, ROUTING = 0x0530, ROUTING_LOST, ROUTING_BUSY, ROUTING_SYSTEM };
static const struct tl_name services[] = {
    { SEARCH_REQUEST, "Search Request" }, { SEARCH_RESPONSE, "Search Response" },
    { DESCRIPTION_REQUEST, "Description Request" }, { DESCRIPTION_RESPONSE, "Description Response" },
    { CONNECT_REQUEST, "Connect Request" }, { CONNECT_RESPONSE, "Connect Response" },
    { STATE_REQUEST, "Connection State Request" }, { STATE_RESPONSE, "Connection State Response" },
    { DISCONNECT_REQUEST, "Disconnect Request" }, { DISCONNECT_RESPONSE, "Disconnect Response" },
    { SEARCH_EXT_REQUEST, "Extended Search Request" }, { SEARCH_EXT_RESPONSE, "Extended Search Response" },
    { CONFIGURATION, "Configuration Request" }, { CONFIGURATION_ACK, "Configuration Acknowledgement" },
    { TUNNELING, "Tunneling Request" }, { TUNNELING_ACK, "Tunneling Acknowledgement" },
    { FEATURE_GET, "Tunneling Feature Get" }, { FEATURE_RESPONSE, "Tunneling Feature Response" },
    { FEATURE_SET, "Tunneling Feature Set" }, { FEATURE_INFO, "Tunneling Feature Info" },
    { ROUTING, "Routing Indication" }, { ROUTING_LOST, "Routing Loss" }, { ROUTING_BUSY, "Routing Busy" },
    { ROUTING_SYSTEM, "Routing System Broadcast" }, { 0x0740, "Remote Diagnostic Request" },
    { 0x0741, "Remote Diagnostic Response" }, { 0x0742, "Remote Configuration Request" },
    { 0x0743, "Remote Reset Request" },
    { 0x0950, "Secure Wrapper" }, { 0x0951, "Session Request" }, { 0x0952, "Session Response" },
    { 0x0953, "Session Authenticate" }, { 0x0954, "Session Status" }, { 0x0955, "Timer Notify" }, { 0, NULL },
};
static const struct tl_name host_protocols[] = { { 1, "IPv4 UDP" }, { 2, "IPv4 TCP" }, { 0, NULL } };
static const struct tl_name media[] = { { 1, "TP0" }, { 2, "TP1" }, { 4, "PL110" }, { 8, "PL132" }, { 16, "RF" }, { 32,
    "IP" }, { 0, NULL } };
enum { DEVICE_INFORMATION = 1, FAMILIES = 2 };
static const struct tl_name descriptions[] = {
    { DEVICE_INFORMATION, "Device Information" }, { FAMILIES, "Supported Service Families" }, { 3, "IP Configuration" },
    { 4, "Current IP Configuration" }, { 5, "KNX Addresses" }, { 6, "Secured Service Families" },
    { 7, "Tunneling Information" },
    { 8, "Extended Device Information" }, { 0xfe, "Manufacturer Data" }, { 0, NULL },
};
enum { TUNNEL_CONNECTION = 4 };
static const struct tl_name connections[] = {
    { 3, "Device Management Connection" }, { TUNNEL_CONNECTION, "Tunneling Connection" },
    { 6, "Remote Logging Connection" },
    { 7, "Remote Configuration Connection" }, { 8, "Object Server Connection" }, { 0, NULL },
};
static const struct tl_name layers[] = { { 2, "LinkLayer" }, { 4, "Raw" }, { 0x80, "Busmonitor" }, { 0, NULL } };
static const struct tl_name statuses[] = {
    { 0x00, "OK" }, { 0x01, "Host protocol type not supported" }, { 0x02, "Version not supported" },
    { 0x04, "Sequence number out of order" }, { 0x0f, "Error" }, { 0x21, "Connection ID" },
    { 0x22, "Connection type not supported" },
    { 0x23, "Connection option not supported" }, { 0x24, "No more connections" },
    { 0x25, "No more unique connections" },
    { 0x26, "Data connection" }, { 0x27, "KNX connection" }, { 0x28, "Authorisation" },
    { 0x29, "Tunneling layer not supported" },
    { 0x2d, "No tunneling address" }, { 0x2e, "Connection in use" }, { 0, NULL },
};

static const struct tl_field fields[FIELDS] = {
    [HEADER_LENGTH] = { "knxip.headerlength", "Length of the header", .type = TL_U8, .unit = "bytes" },
    [VERSION] = { "knxip.version", "Version", .type = TL_U8, .base = TL_HEX },
    [SERVICE] = { "knxip.service", "Service", .type = TL_U16, .base = TL_HEX, .names = services },
    [FAMILY] = { "knxip.service.family", "Family of services", .type = TL_U8, .base = TL_HEX, .flags = TL_REPEATS,
                 .names = families },
    [TYPE] = { "knxip.service.type", "Service", .type = TL_U16, .base = TL_HEX, .flags = TL_HIDDEN, .names = services },
    [TOTAL] = { "knxip.totallength", "Length", .type = TL_U16, .unit = "bytes" },
    [STRUCT] = { "knxip.structure", "Structure", .type = TL_GROUP, .flags = TL_REPEATS },
    [STRUCT_LENGTH] = { "knxip.struct.length", "Length", .type = TL_U8, .unit = "bytes" },
    [HOST_PROTOCOL] = { "knxip.hostprotocol", "Protocol", .type = TL_U8, .base = TL_HEX, .names = host_protocols },
    [ADDRESS] = { "knxip.ipaddr", "Address", .type = TL_IPV4 },
    [PORT_NUMBER] = { "knxip.port", "Port", .type = TL_U16 },
    [DIB_TYPE] = { "knxip.dibtype", "Description", .type = TL_U8, .base = TL_HEX, .names = descriptions },
    [MEDIUM] = { "knxip.medium", "Medium", .type = TL_U8, .base = TL_HEX, .names = media },
    [DEVICE_STATUS] = { "knxip.device.status", "Status", .type = TL_U8, .base = TL_HEX },
    [PROGRAMMING] = { "knxip.progmode", "Is programmed", .type = TL_U8, .mask = 0x01 },
    [KNX_ADDRESS] = { "knxip.knxaddr", "KNX address", .type = TL_U16, .base = TL_HEX },
    [PROJECT] = { "knxip.project", "Project and installation", .type = TL_U16, .base = TL_HEX },
    [PROJECT_NUMBER] = { "knxip.project.nr", "Project", .type = TL_U16, .mask = 0xfff0 },
    [INSTALLATION] = { "knxip.project.installation", "Installation", .type = TL_U16, .mask = 0x000f },
    [SERIAL] = { "knxip.sernr", "Serial number", .type = TL_U64, .base = TL_HEX },
    [MULTICAST] = { "knxip.mcaddr", "Multicast address", .type = TL_IPV4 },
    [MAC] = { "knxip.macaddr", "MAC address", .type = TL_MAC },
    [NAME] = { "knxip.device.name", "Name", .type = TL_TEXT },
    [SERVICE_VERSION] = { "knxip.service.version", "Version of the family", .type = TL_U8, .base = TL_HEX, .flags =
                          TL_REPEATS },
    [CONNECTION] = { "knxip.conn.type", "Connection", .type = TL_U8, .base = TL_HEX, .names = connections },
    [LAYER] = { "knxip.tunnel.layer", "Layer", .type = TL_U8, .base = TL_HEX, .names = layers },
    [RESERVED] = { "knxip.reserved", "Reserved", .type = TL_U8, .base = TL_HEX },
    [CHANNEL] = { "knxip.channel", "Channel", .type = TL_U8, .base = TL_HEX },
    [STATUS] = { "knxip.status", "Status", .type = TL_U8, .base = TL_HEX, .names = statuses },
    [COUNTER] = { "knxip.seqctr", "Sequence number", .type = TL_U8 },
    [LOSS] = { "knxip.loss", "Lost messages", .type = TL_U16 },
    [WAIT] = { "knxip.busy.time", "Wait", .type = TL_U16, .unit = "ms" },
    [BUSY] = { "knxip.busy.control", "Control", .type = TL_U16, .base = TL_HEX },
};

enum { PORT = 3671, HEADER = 6, NAME_ROOM = 30, STRUCTS_MOST = 32, FAMILIES_MOST = 127, COLLECTED = 2048 };

struct flow {
    struct tl_framed_side side[2];
    bool confirmed;
};

/* Begins a structure, which has its length in front; the part ends with it. */
static struct tl_part structure(struct tl_dissection *d, uint32_t *group, uint8_t *length)
{
    *group = tl_group(d, STRUCT);
    *length = tl_u8(d, STRUCT_LENGTH);
    if (tl_ok(d) && *length < 2)
        tl_bad(d);
    return tl_part_enter(d, tl_ok(d) ? *length - 1u : 0);
}

static void structure_end(struct tl_dissection *d, struct tl_part part, uint32_t group)
{
    tl_part_leave(d, part);
    tl_group_end(d, group);
}

/* An address and a port (HPAI). */
static void end_point(struct tl_dissection *d)
{
    uint32_t group;
    uint8_t length;
    struct tl_part part = structure(d, &group, &length);
    (void)tl_u8(d, HOST_PROTOCOL);
    tl_ipv4(d, ADDRESS);
    (void)tl_u16(d, PORT_NUMBER);
    structure_end(d, part, group);
}

/* What a client wants of a connection, or what it gets. */
static void connection(struct tl_dissection *d, bool response)
{
    uint32_t group;
    uint8_t length;
    struct tl_part part = structure(d, &group, &length);
    uint8_t type = tl_u8(d, CONNECTION);
    if (type == TUNNEL_CONNECTION && response)
        (void)tl_u16(d, KNX_ADDRESS);
    else if (type == TUNNEL_CONNECTION) {
        (void)tl_u8(d, LAYER);
        (void)tl_u8(d, RESERVED);
    }
    structure_end(d, part, group);
}

/* A text up to its NUL; the field is all of its room. */
static void device_name(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_take(&d->c, NAME_ROOM);
    const uint8_t *end = p != NULL ? memchr(p, 0, NAME_ROOM) : NULL;
    if (p != NULL && tl_wants(d, NAME))
        tl_add_text(d, NAME, d->c.off - NAME_ROOM, NAME_ROOM, p, end != NULL ? (uint32_t)(end - p) : NAME_ROOM);
}

static void device(struct tl_dissection *d)
{
    (void)tl_u8(d, MEDIUM);
    (void)tl_flags8(d, DEVICE_STATUS, PROGRAMMING);
    (void)tl_u16(d, KNX_ADDRESS);
    (void)tl_flags16(d, PROJECT, INSTALLATION);
    const uint8_t *p = tl_cursor_take(&d->c, 6);
    if (p != NULL)
        tl_add(d, SERIAL, d->c.off - 6, 6, (uint64_t)tl_load_be16(p) << 32 | tl_load_be32(p + 2));
    tl_ipv4(d, MULTICAST);
    tl_mac(d, MAC);
    device_name(d);
}

static void description(struct tl_dissection *d)
{
    uint32_t group;
    uint8_t length;
    struct tl_part part = structure(d, &group, &length);
    uint8_t type = tl_u8(d, DIB_TYPE);
    if (type == DEVICE_INFORMATION && tl_ok(d))
        device(d);
    for (unsigned i = 0; type == FAMILIES && i < FAMILIES_MOST && tl_ok(d) && tl_cursor_wire_left(&d->c) > 0; i++) {
        (void)tl_u8(d, FAMILY);
        (void)tl_u8(d, SERVICE_VERSION);
    }
    structure_end(d, part, group);
}

static void descriptions_left(struct tl_dissection *d)
{
    for (unsigned i = 0; i < STRUCTS_MOST && tl_ok(d) && tl_cursor_wire_left(&d->c) > 0; i++)
        description(d);
}

/* The header of a message in a connection: channel, number, and a status in an acknowledgment. */
static void numbered(struct tl_dissection *d, bool ack)
{
    uint32_t group;
    uint8_t length;
    struct tl_part part = structure(d, &group, &length);
    (void)tl_u8(d, CHANNEL);
    (void)tl_u8(d, COUNTER);
    (void)tl_u8(d, ack ? STATUS : RESERVED);
    structure_end(d, part, group);
}

static void telegram(struct tl_dissection *d)
{
    struct tl_dissection inner;
    struct tl_cursor c = d->c;
    if (d->tree == NULL || !tl_ok(d) || tl_cursor_wire_left(&d->c) == 0)
        return;
    tl_inner_begin(d, &inner, &tl_protocol_cemi, true);
    cemi(&inner);
    tl_inner_end(d, &inner);
    d->c = c;
}

static void channel_and_status(struct tl_dissection *d)
{
    (void)tl_u8(d, CHANNEL);
    (void)tl_u8(d, STATUS);
}

static void connect_response(struct tl_dissection *d)
{
    (void)tl_u8(d, CHANNEL);
    if (tl_u8(d, STATUS) != 0 || !tl_ok(d))
        return;
    end_point(d);
    if (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        connection(d, true);
}

static void lost_or_busy(struct tl_dissection *d, bool lost)
{
    uint32_t group;
    uint8_t length;
    struct tl_part part = structure(d, &group, &length);
    (void)tl_u8(d, STATUS);
    (void)tl_u16(d, lost ? LOSS : WAIT);
    if (!lost)
        (void)tl_u16(d, BUSY);
    structure_end(d, part, group);
}

static void body(struct tl_dissection *d, uint16_t service)
{
    switch (service) {
    case SEARCH_REQUEST:
    case SEARCH_EXT_REQUEST:
    case DESCRIPTION_REQUEST:
        end_point(d);
        break;
    case SEARCH_RESPONSE:
    case SEARCH_EXT_RESPONSE:
        end_point(d);
        descriptions_left(d);
        break;
    case DESCRIPTION_RESPONSE:
        descriptions_left(d);
        break;
    case CONNECT_REQUEST:
        end_point(d);
        end_point(d);
        connection(d, false);
        break;
    case CONNECT_RESPONSE:
        connect_response(d);
        break;
    case STATE_REQUEST:
    case DISCONNECT_REQUEST:
        (void)tl_u8(d, CHANNEL);
        (void)tl_u8(d, RESERVED);
        end_point(d);
        break;
    case STATE_RESPONSE:
    case DISCONNECT_RESPONSE:
        channel_and_status(d);
        break;
    case CONFIGURATION_ACK:
    case TUNNELING_ACK:
        numbered(d, true);
        break;
    case CONFIGURATION:
    case TUNNELING:
        numbered(d, false);
        telegram(d);
        break;
    case FEATURE_GET:
    case FEATURE_RESPONSE:
    case FEATURE_SET:
    case FEATURE_INFO:
        numbered(d, false);
        break;
    case ROUTING:
        telegram(d);
        break;
    case ROUTING_LOST:
    case ROUTING_BUSY:
        lost_or_busy(d, service == ROUTING_LOST);
        break;
    default:
        break;
    }
}

static void read_message(struct tl_dissection *d)
{
    struct flow *f = d->flow.slot;
    (void)tl_u8(d, HEADER_LENGTH);
    (void)tl_u8(d, VERSION);
    uint32_t off = d->c.off;
    uint16_t service = tl_u16(d, SERVICE);
    if (tl_ok(d)) {
        tl_add(d, FAMILY, off, 1, service >> 8);
        tl_add(d, TYPE, off, 2, service);
    }
    (void)tl_u16(d, TOTAL);
    if (!tl_ok(d))
        return;
    if (f == NULL || !f->confirmed)
        tl_confirm(d);
    if (f != NULL)
        f->confirmed = true;
    body(d, service);
    if (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        tl_skip(d, tl_cursor_wire_left(&d->c));
}

static bool is_header(const uint8_t *p)
{
    return p[0] == HEADER && (p[1] == 0x10 || p[1] == 0x20) && tl_name_of(services, tl_load_be16(p + 2)) != NULL &&
           tl_load_be16(p + 4) >= HEADER;
}

static enum tl_status kip_dissect(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, HEADER);
    if (p != NULL && (p[0] != HEADER || p[1] >> 4 > 2 || p[1] == 0)) {
        tl_cursor_fail(&d->c, TL_NOT_MINE);
        return tl_next_none(d);
    }
    if (p != NULL)
        tl_limit(d, tl_load_be16(p + 4), HEADER);
    read_message(d);
    return tl_next_none(d);
}

/* --- over TCP (version 2) --- */

static uint64_t length(struct tl_dissection *d, const struct tl_stream *s, const uint8_t *p, uint32_t n)
{
    (void)d;
    (void)s;
    (void)n;
    return is_header(p) ? tl_load_be16(p + 4) : 0;
}

static struct tl_want message(struct tl_dissection *d, struct tl_stream *s)
{
    (void)s;
    tl_message(d);
    read_message(d);
    return tl_framed_next;
}

static bool begins(const struct tl_dissection *d, const struct tl_stream *s, struct tl_bytes bytes)
{
    (void)d;
    (void)s;
    return bytes.len >= HEADER && is_header(bytes.data);
}

static const struct tl_framed framed = { HEADER, COLLECTED, length, message, begins };

static struct tl_want kip_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    return tl_framed_stream(d, s, &framed, &f->side[s->side]);
}

/* A known service, and in a datagram the right length. */
static enum tl_probe kip_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (n == 0 || p[0] != HEADER)
        return TL_PROBE_NO;
    if (n < HEADER)
        return d->flow.stream && (n < 2 || p[1] == 0x10 || p[1] == 0x20) ? TL_PROBE_MAYBE : TL_PROBE_NO;
    if (!is_header(p) || (!d->flow.stream && tl_load_be16(p + 4) != tl_cursor_wire_left(&c)))
        return TL_PROBE_NO;
    return TL_PROBE_YES;
}

const struct tl_protocol tl_protocol_kip = {
    .name = "kip",
    .title = "KNX/IP",
    .service = "knxip",
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_UDP_PORT, PORT }, { TL_ON_TCP_PORT, PORT } },
    .info = "{knxip.service}[ #{knxip.channel}][:{knxip.seqctr}][ {knxip.status}][ {knxip.conn.type}]"
            "[ \"{knxip.device.name}\"]",
    TL_BEGINS("\x06\x06"), .probe = kip_probe,
    .dissect = kip_dissect,
    .stream = kip_stream,
};
