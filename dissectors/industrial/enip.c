/*
 * enip.c - EtherNet/IP (CIP Networks Library, volume 2, chapter 2): encapsulation over TCP and UDP, items of the common
 * packet format, and the header of the Common Industrial Protocol in them (volume 1, chapter 2).
 */
#include "dissectors/framed.h"

#include "core/part.h"

extern const struct tl_protocol tl_protocol_cip;

/* --- CIP --- */

enum { SERVICE, RR, SC, PATH_SIZE, SEGMENT, CLASS, INSTANCE, ATTRIBUTE, SYMBOL, GENERAL, ADDITIONAL_SIZE, ADDITIONAL,
       CIP_FIELDS };

static const struct tl_name directions[] = { { 0, "Request" }, { 1, "Response" }, { 0, NULL } };
static const struct tl_name services[] = {
    { 0x01, "Get Attributes All" }, { 0x02, "Set Attributes All" }, { 0x03, "Get Attribute List" },
    { 0x04, "Set Attribute List" }, { 0x05, "Reset" }, { 0x06, "Start" }, { 0x07, "Stop" }, { 0x08, "Create" },
    { 0x09, "Delete" }, { 0x0a, "Multiple Service Packet" }, { 0x0d, "Apply Attributes" },
    { 0x0e, "Get Attribute Single" },
    { 0x10, "Set Attribute Single" }, { 0x11, "Find Next Object Instance" }, { 0x15, "Restore" }, { 0x16, "Save" },
    { 0x17, "Nop" }, { 0x18, "Get Member" }, { 0x19, "Set Member" }, { 0x1a, "Insert Member" },
    { 0x1b, "Remove Member" },
    { 0x1c, "Group Sync" }, { 0x4b, "Execute PCCC" }, { 0x4c, "Read Tag" }, { 0x4d, "Write Tag" },
    { 0x4e, "Forward Close" },
    { 0x52, "Unconnected Send" }, { 0x53, "Write Tag Fragmented" }, { 0x54, "Forward Open" },
    { 0x55, "Get Instance Attribute List" }, { 0x5b, "Large Forward Open" }, { 0, NULL },
};
static const struct tl_name classes[] = {
    { 0x01, "Identity" }, { 0x02, "Message Router" }, { 0x03, "DeviceNet" }, { 0x04, "Assembly" },
    { 0x05, "Connection" },
    { 0x06, "Connection Manager" }, { 0x07, "Register" }, { 0x08, "Discrete Input Point" },
    { 0x09, "Discrete Output Point" },
    { 0x0a, "Analog Input Point" }, { 0x0b, "Analog Output Point" }, { 0x0f, "Parameter" }, { 0x37, "File" },
    { 0x67, "PCCC" }, { 0x6b, "Symbol" }, { 0x6c, "Template" }, { 0xf4, "Port" }, { 0xf5, "TCP/IP Interface" },
    { 0xf6, "Ethernet Link" }, { 0, NULL },
};
static const struct tl_name statuses[] = {
    { 0x00, "Success" }, { 0x01, "Connection failure" }, { 0x02, "Resource unavailable" },
    { 0x03, "Invalid parameter value" },
    { 0x04, "Path segment error" }, { 0x05, "Path destination unknown" }, { 0x06, "Partial transfer" },
    { 0x07, "Connection lost" }, { 0x08, "Service not supported" }, { 0x09, "Invalid attribute value" },
    { 0x0a, "Attribute list error" }, { 0x0b, "Already in requested mode/state" }, { 0x0c, "Object state conflict" },
    { 0x0d, "Object already exists" }, { 0x0e, "Attribute not settable" }, { 0x0f, "Privilege violation" },
    { 0x10, "Device state conflict" }, { 0x11, "Reply data too large" }, { 0x13, "Not enough data" },
    { 0x14, "Attribute not supported" }, { 0x15, "Too much data" }, { 0x16, "Object does not exist" },
    { 0x1e, "Embedded service error" }, { 0, NULL },
};

static const struct tl_field cip_fields[CIP_FIELDS] = {
    [SERVICE] = { "cip.service", "Service and direction", .type = TL_U8, .flags = TL_REPEATS, .base = TL_HEX },
    [RR] = { "cip.rr", "Direction", .type = TL_U8, .flags = TL_REPEATS, .base = TL_HEX, .mask = 0x80,
             .names = directions },
    [SC] = { "cip.sc", "Service", .type = TL_U8, .flags = TL_REPEATS, .base = TL_HEX, .mask = 0x7f, .names = services },
    [PATH_SIZE] = { "cip.request_path_size", "Size of the path", .type = TL_U8, .flags = TL_REPEATS, .unit = "words" },
    [SEGMENT] = { "cip.path_segment", "Segment of the path", .type = TL_U8, .base = TL_HEX, .flags = TL_REPEATS },
    [CLASS] = { "cip.class", "Class", .type = TL_U16, .base = TL_HEX, .flags = TL_REPEATS, .names = classes },
    [INSTANCE] = { "cip.instance", "Instance", .type = TL_U16, .base = TL_HEX, .flags = TL_REPEATS },
    [ATTRIBUTE] = { "cip.attribute", "Attribute", .type = TL_U8, .flags = TL_REPEATS },
    [SYMBOL] = { "cip.symbol", "Symbol", .type = TL_TEXT, .flags = TL_REPEATS },
    [GENERAL] = { "cip.genstat", "Status", .type = TL_U8, .flags = TL_REPEATS, .base = TL_HEX, .names = statuses },
    [ADDITIONAL_SIZE] = { "cip.addstat_size", "Size of the additional status", .type = TL_U8, .flags = TL_REPEATS,
                          .unit = "words" },
    [ADDITIONAL] = { "cip.addstat", "Additional status", .type = TL_U16, .base = TL_HEX, .flags = TL_REPEATS },
};

/* Logical segments of 8 bits and names are fields, others of known size are passed over (volume 1, appendix C-1.4). */
static bool segment(struct tl_dissection *d)
{
    uint8_t type = tl_u8(d, SEGMENT);
    if (!tl_ok(d))
        return false;
    switch (type) {
    case 0x20:
        (void)tl_u8(d, CLASS);
        return true;
    case 0x24:
        (void)tl_u8(d, INSTANCE);
        return true;
    case 0x30:
        (void)tl_u8(d, ATTRIBUTE);
        return true;
    case 0x28:
    case 0x2c:
        tl_skip(d, 1);
        return true;
    case 0x21:
    case 0x25:
        tl_skip(d, 1); /* padding */
        (void)tl_le16(d, type == 0x21 ? CLASS : INSTANCE);
        return true;
    case 0x31:
    case 0x29:
    case 0x2d:
        tl_skip(d, 3); /* padding and 16 bits */
        return true;
    case 0x91: {
        const uint8_t *p = tl_cursor_take(&d->c, 1);
        if (p == NULL)
            return false;
        if (*p > 0)
            tl_run(d, SYMBOL, *p);
        if (*p % 2 != 0)
            tl_skip(d, 1);
        return true;
    }
    default:
        return false;
    }
}

/* Service and path of a request, or service and status of a response. Returns the service with its direction. */
static uint8_t message_header(struct tl_dissection *d)
{
    uint32_t off = d->c.off;
    uint8_t service = tl_u8(d, SERVICE);
    if (!tl_ok(d))
        return 0;
    tl_add_all_bits(d, RR, SC, off, 1, service);
    if ((service & 0x80) != 0) {
        tl_skip(d, 1);
        (void)tl_u8(d, GENERAL);
        for (uint8_t n = tl_u8(d, ADDITIONAL_SIZE); n > 0 && tl_ok(d); n--)
            (void)tl_le16(d, ADDITIONAL);
        return service;
    }
    struct tl_part part = tl_part_begin(d, tl_u8(d, PATH_SIZE) * 2u);
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0 && segment(d))
        continue;
    tl_part_end(d, part);
    return service;
}

enum { MULTIPLE = 0x0a, SERVICES_MOST = 64 };

/* Of several services: their number, the place of each from here, and the messages themselves (appendix ). */
static void several(struct tl_dissection *d)
{
    const uint32_t start = d->c.off;
    const uint8_t *p = tl_cursor_take(&d->c, 2);
    uint32_t n = p != NULL ? tl_load_le16(p) : 0;
    const uint8_t *offsets = n > 0 && n <= SERVICES_MOST ? tl_cursor_take(&d->c, n * 2) : NULL;
    for (uint32_t i = 0; offsets != NULL && i < n && tl_ok(d); i++) {
        uint32_t at = start + tl_load_le16(offsets + 2 * i), end = d->c.wire_end;
        if (i + 1 < n)
            end = start + tl_load_le16(offsets + 2 * i + 2);
        if (at < d->c.off || end <= at || end > d->c.wire_end)
            return;
        tl_skip(d, at - d->c.off);
        struct tl_part part = tl_part_begin(d, end - at);
        (void)message_header(d);
        tl_part_end(d, part);
    }
}

static void cip(struct tl_dissection *d)
{
    if ((message_header(d) & 0x7f) == MULTIPLE && tl_ok(d) && tl_cursor_left(&d->c) > 0)
        several(d);
}

const struct tl_protocol tl_protocol_cip = {
    .name = "cip",
    .title = "Common Industrial Protocol",
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(cip_fields),
    .info = "{rr} {sc}[, {class}][ {instance}][ attribute {attribute}][, {symbol}][, {genstat}]",
};

/* --- encapsulation --- */

enum { COMMAND, LENGTH, SESSION, STATUS, DELAY, CONTEXT, OPTIONS, RS_VERSION, RS_FLAGS, RR_INTERFACE, UD_INTERFACE,
       TIMEOUT, ITEM_COUNT,
       TYPE_ID, ITEM_LENGTH, ENCAPVER, FAMILY, SIN_PORT, SIN_ADDR, SIN_ZERO, VENDOR, DEVICE, PRODUCT, REVISION,
       DEVICE_STATUS,
       SERIAL, NAME_LENGTH, NAME, STATE, CAPABILITIES, CAPABILITY_TCP, CAPABILITY_UDP, SERVICE_NAME, CONNECTION,
       SEQ_CONNECTION,
       SEQ_NUMBER, CIP_SEQ, FIELDS };

enum { NOP, LIST_SERVICES = 4, LIST_IDENTITY = 0x63, LIST_INTERFACES = 0x64, REGISTER = 0x65, UNREGISTER = 0x66,
       SEND_RR = 0x6f,
       SEND_UNIT = 0x70, INDICATE = 0x72, CANCEL = 0x73, START_DTLS = 0xc8 };
static const struct tl_name commands[] = {
    { NOP, "NOP" }, { LIST_SERVICES, "List Services" }, { LIST_IDENTITY, "List Identity" },
    { LIST_INTERFACES, "List Interfaces" }, { REGISTER, "Register Session" }, { UNREGISTER, "Unregister Session" },
    { SEND_RR, "Send RR Data" }, { SEND_UNIT, "Send Unit Data" }, { INDICATE, "Indicate Status" }, { CANCEL, "Cancel" },
    { START_DTLS, "Start DTLS" }, { 0, NULL },
};
static const struct tl_name encap_statuses[] = {
    { 0x00, "Success" }, { 0x01, "Invalid Command" }, { 0x02, "No Memory Resources" }, { 0x03, "Incorrect Data" },
    { 0x64, "Invalid Session Handle" }, { 0x65, "Invalid Length" }, { 0x69, "Unsupported Protocol Revision" },
    { 0x6a, "Encapsulated CIP service not allowed on this port" }, { 0, NULL },
};
enum { NULL_ITEM = 0, IDENTITY_ITEM = 0x0c, CONNECTED_ADDRESS = 0xa1, CONNECTED_DATA = 0xb1, UNCONNECTED_DATA = 0xb2,
       SERVICES_ITEM = 0x100, SOCKADDR_O_T = 0x8000, SOCKADDR_T_O = 0x8001, SEQUENCED_ADDRESS = 0x8002 };
static const struct tl_name items[] = {
    { NULL_ITEM, "Null Address Item" }, { IDENTITY_ITEM, "List Identity Response" },
    { CONNECTED_ADDRESS, "Connected Address Item" }, { CONNECTED_DATA, "Connected Data Item" },
    { UNCONNECTED_DATA, "Unconnected Data Item" }, { SERVICES_ITEM, "List Services Response" },
    { SOCKADDR_O_T, "Socket Address Info O->T" }, { SOCKADDR_T_O, "Socket Address Info T->O" },
    { SEQUENCED_ADDRESS, "Sequenced Address Item" }, { 0, NULL },
};

static const struct tl_field fields[FIELDS] = {
    [COMMAND] = { "enip.command", "Command", .type = TL_U16, .base = TL_HEX, .names = commands },
    [LENGTH] = { "enip.length", "Length", .type = TL_U16, .unit = "bytes" },
    [SESSION] = { "enip.session", "Session", .type = TL_U32, .base = TL_HEX },
    [STATUS] = { "enip.status", "Status", .type = TL_U32, .base = TL_HEX, .names = encap_statuses },
    [DELAY] = { "enip.listid_delay", "Longest delay of the response", .type = TL_U16, .unit = "ms" },
    [CONTEXT] = { "enip.context", "Context of the sender", .type = TL_BYTES },
    [OPTIONS] = { "enip.options", "Options", .type = TL_U32, .base = TL_HEX },
    [RS_VERSION] = { "enip.rs.version", "Version", .type = TL_U16 },
    [RS_FLAGS] = { "enip.rs.flags", "Flags", .type = TL_U16, .base = TL_HEX },
    [RR_INTERFACE] = { "enip.srrd.iface", "Interface", .type = TL_U32, .base = TL_HEX },
    [UD_INTERFACE] = { "enip.sud.iface", "Interface", .type = TL_U32, .base = TL_HEX },
    [TIMEOUT] = { "enip.timeout", "Timeout", .type = TL_U16, .unit = "s" },
    [ITEM_COUNT] = { "enip.cpf.itemcount", "Items", .type = TL_U16 },
    [TYPE_ID] = { "enip.cpf.typeid", "Item", .type = TL_U16, .base = TL_HEX, .flags = TL_REPEATS, .names = items },
    [ITEM_LENGTH] = { "enip.cpf.length", "Length of the item", .type = TL_U16, .flags = TL_REPEATS, .unit = "bytes" },
    [ENCAPVER] = { "enip.encapver", "Version of the encapsulation", .type = TL_U16, .flags = TL_REPEATS },
    [FAMILY] = { "enip.sinfamily", "Address family", .type = TL_U16, .flags = TL_REPEATS },
    [SIN_PORT] = { "enip.sinport", "Port", .type = TL_U16, .flags = TL_REPEATS },
    [SIN_ADDR] = { "enip.sinaddr", "Address", .type = TL_IPV4, .flags = TL_REPEATS },
    [SIN_ZERO] = { "enip.sinzero", "Zero", .type = TL_BYTES, .flags = TL_REPEATS },
    [VENDOR] = { "enip.lir.vendor", "Vendor", .type = TL_U16, .base = TL_HEX, .flags = TL_REPEATS },
    [DEVICE] = { "enip.lir.devtype", "Type of the device", .type = TL_U16, .flags = TL_REPEATS },
    [PRODUCT] = { "enip.lir.prodcode", "Product code", .type = TL_U16, .flags = TL_REPEATS },
    [REVISION] = { "enip.lir.revision", "Revision", .type = TL_U16, .base = TL_HEX, .flags = TL_REPEATS,
                   .help = "Major in the first byte" },
    [DEVICE_STATUS] = { "enip.lir.status", "Status of the device", .type = TL_U16, .base = TL_HEX,
                        .flags = TL_REPEATS },
    [SERIAL] = { "enip.lir.serial", "Serial number", .type = TL_U32, .base = TL_HEX, .flags = TL_REPEATS },
    [NAME_LENGTH] = { "enip.lir.namelen", "Length of the name", .type = TL_U8, .flags = TL_REPEATS },
    [NAME] = { "enip.lir.name", "Product", .type = TL_TEXT, .flags = TL_REPEATS },
    [STATE] = { "enip.lir.state", "State", .type = TL_U8, .base = TL_HEX, .flags = TL_REPEATS },
    [CAPABILITIES] = { "enip.lsr.capaflags", "Capabilities", .type = TL_U16, .base = TL_HEX, .flags = TL_REPEATS },
    [CAPABILITY_TCP] = { "enip.lsr.capaflags.tcp", "CIP over TCP", .type = TL_BOOL, .mask = 0x20, .flags = TL_REPEATS },
    [CAPABILITY_UDP] = { "enip.lsr.capaflags.udp", "CIP class 0 or 1 over UDP", .type = TL_BOOL, .mask = 0x100,
                         .flags = TL_REPEATS },
    [SERVICE_NAME] = { "enip.lsr.servicename", "Service", .type = TL_TEXT, .flags = TL_REPEATS },
    [CONNECTION] = { "enip.cpf.cai.connid", "Connection", .type = TL_U32, .base = TL_HEX, .flags = TL_REPEATS },
    [SEQ_CONNECTION] = { "enip.cpf.sai.connid", "Connection", .type = TL_U32, .base = TL_HEX, .flags = TL_REPEATS },
    [SEQ_NUMBER] = { "enip.cpf.sai.seq", "Sequence number", .type = TL_U32, .flags = TL_REPEATS },
    [CIP_SEQ] = { "cip.seq", "Sequence number of CIP", .type = TL_U16, .flags = TL_REPEATS },
};

enum { PORT = 44818, IO_PORT = 2222, IO_LEAST = 14, HEADER = 24, ITEMS_MOST = 64, COLLECTED = 16384, ZERO = 8,
       SERVICE_NAME_SIZE = 16 };

struct flow {
    struct tl_framed_side side[2];
    bool confirmed;
};

static void address(struct tl_dissection *d)
{
    (void)tl_u16(d, FAMILY);
    (void)tl_u16(d, SIN_PORT);
    tl_ipv4(d, SIN_ADDR);
    tl_run(d, SIN_ZERO, ZERO);
}

static void identity(struct tl_dissection *d)
{
    (void)tl_le16(d, ENCAPVER);
    address(d);
    (void)tl_le16(d, VENDOR);
    (void)tl_le16(d, DEVICE);
    (void)tl_le16(d, PRODUCT);
    (void)tl_u16(d, REVISION);
    (void)tl_le16(d, DEVICE_STATUS);
    (void)tl_le32(d, SERIAL);
    uint8_t n = tl_u8(d, NAME_LENGTH);
    if (tl_ok(d) && n > 0)
        tl_run(d, NAME, n);
    (void)tl_u8(d, STATE);
}

static void services_item(struct tl_dissection *d)
{
    (void)tl_le16(d, ENCAPVER);
    uint32_t off = d->c.off;
    uint16_t flags = tl_le16(d, CAPABILITIES);
    if (tl_ok(d))
        tl_add_all_bits(d, CAPABILITY_TCP, CAPABILITY_UDP, off, 2, flags);
    const uint8_t *p = tl_cursor_take(&d->c, SERVICE_NAME_SIZE);
    const uint8_t *nul = p != NULL ? memchr(p, 0, SERVICE_NAME_SIZE) : NULL;
    if (p != NULL)
        tl_add(d, SERVICE_NAME, d->c.off - SERVICE_NAME_SIZE, nul != NULL ? (uint32_t)(nul - p) : SERVICE_NAME_SIZE, 0);
}

/* An item of the common packet format. Returns where a message of CIP is in it, 0: nowhere. */
static uint32_t item(struct tl_dissection *d, uint16_t type, uint16_t length)
{
    struct tl_part part = tl_part_begin(d, length);
    uint32_t found = 0;
    switch (type) {
    case IDENTITY_ITEM:
        identity(d);
        break;
    case SERVICES_ITEM:
        services_item(d);
        break;
    case CONNECTED_ADDRESS:
        (void)tl_le32(d, CONNECTION);
        break;
    case SEQUENCED_ADDRESS:
        (void)tl_le32(d, SEQ_CONNECTION);
        (void)tl_le32(d, SEQ_NUMBER);
        break;
    case SOCKADDR_O_T:
    case SOCKADDR_T_O:
        address(d);
        break;
    case CONNECTED_DATA:
        (void)tl_le16(d, CIP_SEQ);
        found = length > 2 ? d->c.off : 0;
        break;
    case UNCONNECTED_DATA:
        found = length > 0 ? d->c.off : 0;
        break;
    default:
        break;
    }
    tl_part_end(d, part);
    return tl_ok(d) ? found : 0;
}

/* Reads a message of CIP that was passed over, in a layer of its own. */
static void inside(struct tl_dissection *d, uint32_t from, uint32_t to)
{
    struct tl_dissection inner;
    struct tl_cursor c = d->c;
    if (d->tree == NULL)
        return;
    d->c.off = from;
    d->c.end = to < d->c.end ? to : d->c.end;
    d->c.wire_end = to;
    tl_inner_begin(d, &inner, &tl_protocol_cip, true);
    cip(&inner);
    tl_inner_end(d, &inner);
    d->c = c;
}

static void list(struct tl_dissection *d, bool cip_inside)
{
    uint32_t count = tl_le16(d, ITEM_COUNT), found = 0, end = 0;
    for (uint32_t i = 0; i < count && i < ITEMS_MOST && tl_ok(d); i++) {
        uint16_t type = tl_le16(d, TYPE_ID), length = tl_le16(d, ITEM_LENGTH);
        uint32_t at = tl_ok(d) ? item(d, type, length) : 0;
        if (at != 0 && found == 0) {
            found = at;
            end = d->c.off;
        }
    }
    if (cip_inside && found != 0)
        inside(d, found, end);
}

static void encapsulated(struct tl_dissection *d)
{
    uint16_t command = tl_le16(d, COMMAND), length = tl_le16(d, LENGTH);
    (void)tl_le32(d, SESSION);
    (void)tl_le32(d, STATUS);
    bool asked = (d->flow.side == 0 ? d->flow.resp_port : d->flow.orig_port) == PORT;
    bool delay = asked && command == LIST_IDENTITY; /* the first bytes of the context (section 2-4.2.2) */
    if (delay)
        (void)tl_le16(d, DELAY);
    tl_run(d, CONTEXT, delay ? 6 : 8);
    (void)tl_le32(d, OPTIONS);
    if (!tl_ok(d) || length == 0)
        return;
    switch (command) {
    case REGISTER:
        (void)tl_le16(d, RS_VERSION);
        (void)tl_le16(d, RS_FLAGS);
        break;
    case LIST_SERVICES:
    case LIST_IDENTITY:
    case LIST_INTERFACES:
        list(d, false);
        break;
    case SEND_RR:
    case SEND_UNIT:
        (void)tl_le32(d, command == SEND_RR ? RR_INTERFACE : UD_INTERFACE);
        (void)tl_le16(d, TIMEOUT);
        list(d, true);
        break;
    default:
        break;
    }
}

/* A header: a known command, a status of the standard, no options. */
static bool is_header(const uint8_t *p)
{
    uint16_t command = tl_load_le16(p);
    return tl_name_of(commands, command) != NULL && tl_load_le32(p + 8) <= 0xff && tl_load_le32(p + 20) == 0;
}

static struct tl_want message(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    (void)s;
    tl_message(d);
    encapsulated(d);
    if (!f->confirmed)
        tl_confirm(d);
    f->confirmed = true;
    return tl_framed_next;
}

static uint64_t length(struct tl_dissection *d, const struct tl_stream *s, const uint8_t *p, uint32_t n)
{
    (void)d;
    (void)s;
    (void)n;
    return is_header(p) ? UINT64_C(24) + tl_load_le16(p + 2) : 0;
}

static bool begins(const struct tl_dissection *d, const struct tl_stream *s, struct tl_bytes bytes)
{
    (void)d;
    (void)s;
    return bytes.len >= HEADER && is_header(bytes.data) && tl_load_le16(bytes.data) != NOP;
}

static const struct tl_framed framed = { HEADER, COLLECTED, length, message, begins };

static struct tl_want enip_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    return tl_framed_stream(d, s, &framed, &f->side[s->side]);
}

/* Data of a connection over UDP have no header: two items, the first of them the address with a sequence number. */
static bool is_io(const uint8_t *p)
{
    return tl_load_le16(p) == 2 && tl_load_le16(p + 2) == SEQUENCED_ADDRESS && tl_load_le16(p + 4) == 8;
}

static enum tl_status enip_dissect(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, IO_LEAST);
    if (p != NULL && is_io(p)) {
        list(d, false);
        if (tl_ok(d))
            tl_confirm(d);
        if (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
            tl_skip(d, tl_cursor_wire_left(&d->c));
        return tl_next_none(d);
    }
    p = tl_cursor_peek(&d->c, 0, HEADER);
    if (p != NULL && !is_header(p)) {
        tl_cursor_fail(&d->c, TL_NOT_MINE);
        return tl_next_none(d);
    }
    if (p != NULL)
        tl_limit(d, HEADER + (uint32_t)tl_load_le16(p + 2), HEADER);
    encapsulated(d);
    if (tl_ok(d))
        tl_confirm(d);
    if (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        tl_skip(d, tl_cursor_wire_left(&d->c));
    return tl_next_none(d);
}

static enum tl_probe enip_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.home || n == 0)
        return TL_PROBE_NO;
    if (!d->flow.stream && n >= IO_LEAST && is_io(p))
        return TL_PROBE_YES;
    if (n < HEADER)
        return d->flow.stream && (n < 2 || tl_name_of(commands, tl_load_le16(p)) != NULL) ? TL_PROBE_MAYBE
            : TL_PROBE_NO;
    return is_header(p) ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_enip = {
    .name = "enip",
    .title = "EtherNet/IP (Industrial Protocol)",
    .service = "enip",
    .kind = TL_KIND_APPLICATION,
    .lifetime = TL_LIFETIME_LOGIN,
    TL_TABLE(fields),
    .flow_size = sizeof(struct flow),
    .only_at_home = true,
    .on = { { TL_ON_TCP_PORT, PORT }, { TL_ON_UDP_PORT, PORT }, { TL_ON_UDP_PORT, IO_PORT } },
    .info = "[{command}][, session {session}][, {lir.name}][, {lsr.servicename}]"
            "[, connection {cpf.cai.connid}][Data of connection {cpf.sai.connid}, number {cpf.sai.seq}]",
    .probe = enip_probe,
    .dissect = enip_dissect,
    .stream = enip_stream,
};
