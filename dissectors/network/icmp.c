/* icmp.c - Internet Control Message Protocol (RFC 792, RFC 950, RFC 1191, RFC 1256, RFC 4884, RFC 4950, RFC 8335). */
#include "core/checksum.h"
#include "core/part.h"
#include "dissectors/header.h"

enum { TYPE, CODE, CHECKSUM, IDENT, SEQ, UNUSED, LENGTH, MTU, GATEWAY, POINTER, NUM_ADDRS, ENTRY_SIZE, LIFETIME, ROUTER,
       PREFERENCE, ORIGINATE, RECEIVE, TRANSMIT, MASK, EXT_SEQ, EXT_LOCAL, EXT_STATE, EXT, EXT_VERSION, EXT_CHECKSUM,
       OBJECT, OBJECT_LENGTH, OBJECT_CLASS, OBJECT_TYPE, OBJECT_DATA, MPLS, LABEL, MPLS_EXP, MPLS_S, MPLS_TTL,
       CODE_NAME };

static const struct tl_name types[] = {
    { 0, "Echo reply" },           { 3, "Destination unreachable" },  { 4, "Source quench" },
    { 5, "Redirect" },             { 6, "Alternate host address" },   { 8, "Echo request" },
    { 9, "Router advertisement" }, { 10, "Router solicitation" },     { 11, "Time exceeded" },
    { 12, "Parameter problem" },   { 13, "Timestamp request" },       { 14, "Timestamp reply" },
    { 15, "Information request" }, { 16, "Information reply" },       { 17, "Address mask request" },
    { 18, "Address mask reply" },  { 30, "Traceroute" },              { 37, "Domain name request" },
    { 38, "Domain name reply" },   { 40, "Photuris" },                { 42, "Extended echo request" },
    { 43, "Extended echo reply" }, { 0, NULL },
};

/* Names of codes, by type (https://www.iana.org/assignments/icmp-parameters). */
static const struct tl_name codes[] = {
    { TL_ICMP_CODE(3, 0), "Network unreachable" },
    { TL_ICMP_CODE(3, 1), "Host unreachable" },
    { TL_ICMP_CODE(3, 2), "Protocol unreachable" },
    { TL_ICMP_CODE(3, 3), "Port unreachable" },
    { TL_ICMP_CODE(3, 4), "Fragmentation needed" },
    { TL_ICMP_CODE(3, 5), "Source route failed" },
    { TL_ICMP_CODE(3, 6), "Destination network unknown" },
    { TL_ICMP_CODE(3, 7), "Destination host unknown" },
    { TL_ICMP_CODE(3, 8), "Source host isolated" },
    { TL_ICMP_CODE(3, 9), "Network administratively prohibited" },
    { TL_ICMP_CODE(3, 10), "Host administratively prohibited" },
    { TL_ICMP_CODE(3, 11), "Network unreachable for TOS" },
    { TL_ICMP_CODE(3, 12), "Host unreachable for TOS" },
    { TL_ICMP_CODE(3, 13), "Communication administratively prohibited" },
    { TL_ICMP_CODE(3, 14), "Host precedence violation" },
    { TL_ICMP_CODE(3, 15), "Precedence cutoff in effect" },
    { TL_ICMP_CODE(5, 0), "Redirect for network" },
    { TL_ICMP_CODE(5, 1), "Redirect for host" },
    { TL_ICMP_CODE(5, 2), "Redirect for TOS and network" },
    { TL_ICMP_CODE(5, 3), "Redirect for TOS and host" },
    { TL_ICMP_CODE(9, 0), "Normal router advertisement" },
    { TL_ICMP_CODE(9, 16), "Does not route common traffic" },
    { TL_ICMP_CODE(11, 0), "Time to live exceeded in transit" },
    { TL_ICMP_CODE(11, 1), "Fragment reassembly time exceeded" },
    { TL_ICMP_CODE(12, 0), "Pointer indicates the error" },
    { TL_ICMP_CODE(12, 1), "Missing a required option" },
    { TL_ICMP_CODE(12, 2), "Bad length" },
    { TL_ICMP_CODE(40, 0), "Bad SPI" },
    { TL_ICMP_CODE(40, 1), "Authentication failed" },
    { TL_ICMP_CODE(40, 2), "Decompression failed" },
    { TL_ICMP_CODE(40, 3), "Decryption failed" },
    { TL_ICMP_CODE(40, 4), "Need authentication" },
    { TL_ICMP_CODE(40, 5), "Need authorization" },
    { TL_ICMP_CODE(43, 0), "No error" },
    { TL_ICMP_CODE(43, 1), "Malformed query" },
    { TL_ICMP_CODE(43, 2), "No such interface" },
    { TL_ICMP_CODE(43, 3), "No such table entry" },
    { TL_ICMP_CODE(43, 4), "Multiple interfaces satisfy query" },
    { 0, NULL },
};

static const struct tl_field fields[] = {
    [TYPE] = { "icmp.type", "Type", .type = TL_U8, .names = types },
    [CODE] = { "icmp.code", "Code", .type = TL_U8 },
    [CODE_NAME] = { "icmp.code_name", "Name of the code", .type = TL_TEXT, .flags = TL_DERIVED },
    [CHECKSUM] = { "icmp.checksum", "Checksum", .type = TL_U16, .base = TL_HEX },
    [IDENT] = { "icmp.ident", "Identifier", .type = TL_U16 },
    [SEQ] = { "icmp.seq", "Sequence number", .type = TL_U16 },
    [UNUSED] = { "icmp.unused", "Unused", .type = TL_BYTES, .flags = TL_REPEATS },
    [LENGTH] = { "icmp.length", "Length of the quote", .type = TL_U8, .help = "In 32-bit words; 0: to the end" },
    [MTU] = { "icmp.mtu", "MTU of the next hop", .type = TL_U16, .unit = "bytes" },
    [GATEWAY] = { "icmp.redir_gw", "Gateway", .type = TL_IPV4 },
    [POINTER] = { "icmp.pointer", "Pointer", .type = TL_U32, .help = "Offset of the error in the quoted packet" },
    [NUM_ADDRS] = { "icmp.num_addrs", "Addresses", .type = TL_U8 },
    [ENTRY_SIZE] = { "icmp.addr_entry_size", "Entry size", .type = TL_U8, .help = "In 32-bit words" },
    [LIFETIME] = { "icmp.lifetime", "Lifetime", .type = TL_U16, .unit = "s" },
    [ROUTER] = { "icmp.router_address", "Router", .type = TL_IPV4, .flags = TL_REPEATS },
    [PREFERENCE] = { "icmp.pref_level", "Preference", .type = TL_I32, .flags = TL_REPEATS },
    [ORIGINATE] = { "icmp.originate_timestamp", "Originate timestamp", .type = TL_U32, .unit = "ms" },
    [RECEIVE] = { "icmp.receive_timestamp", "Receive timestamp", .type = TL_U32, .unit = "ms" },
    [TRANSMIT] = { "icmp.transmit_timestamp", "Transmit timestamp", .type = TL_U32, .unit = "ms" },
    [MASK] = { "icmp.address_mask", "Address mask", .type = TL_IPV4 },
    [EXT_SEQ] = { "icmp.ext.echo.seq", "Sequence number", .type = TL_U8 },
    [EXT_LOCAL] = { "icmp.ext.echo.req.local", "Local interface", .type = TL_BOOL, .mask = 0x01 },
    [EXT_STATE] = { "icmp.ext.echo.rsp.state", "State", .type = TL_U8, .mask = 0xe0 },
    [EXT] = { "icmp.ext", "Extensions", .type = TL_GROUP },
    [EXT_VERSION] = { "icmp.ext.version", "Version", .type = TL_U16, .mask = 0xf000 },
    [EXT_CHECKSUM] = { "icmp.ext.checksum", "Checksum", .type = TL_U16, .base = TL_HEX },
    [OBJECT] = { "icmp.ext.object", "Object", .type = TL_GROUP, .flags = TL_REPEATS },
    [OBJECT_LENGTH] = { "icmp.ext.length", "Length", .type = TL_U16, .unit = "bytes" },
    [OBJECT_CLASS] = { "icmp.ext.class", "Class", .type = TL_U8 },
    [OBJECT_TYPE] = { "icmp.ext.ctype", "Type", .type = TL_U8 },
    [OBJECT_DATA] = { "icmp.ext.data", "Data", .type = TL_BYTES },
    [MPLS] = { "icmp.mpls", "MPLS stack entry", .type = TL_GROUP, .flags = TL_REPEATS },
    [LABEL] = { "icmp.mpls.label", "Label", .type = TL_U32, .mask = 0xfffff000 },
    [MPLS_EXP] = { "icmp.mpls.exp", "Traffic class", .type = TL_U32, .mask = 0x00000e00 },
    [MPLS_S] = { "icmp.mpls.s", "Bottom of stack", .type = TL_BOOL, .mask = 0x00000100 },
    [MPLS_TTL] = { "icmp.mpls.ttl", "Time to live", .type = TL_U32, .mask = 0x000000ff },
};

enum { ECHO_REPLY = 0, UNREACHABLE = 3, QUENCH = 4, REDIRECT = 5, ECHO_REQUEST = 8, ROUTER_ADVERTISEMENT = 9,
       EXCEEDED = 11, PROBLEM = 12, TIME_REQUEST = 13, TIME_REPLY, INFO_REQUEST, INFO_REPLY, MASK_REQUEST, MASK_REPLY,
       EXT_ECHO_REQUEST = 42, EXT_ECHO_REPLY };
enum { HEADER = 8, TOO_BIG = 4, QUOTE_MIN = 128, OBJECT_HEADER = 4, CLASS_MPLS = 1 };

static const struct tl_icmp_pair pairs[] = {
    { 8, 0 }, { 0, 8 }, { 13, 14 }, { 14, 13 }, { 15, 16 }, { 16, 15 }, { 10, 9 }, { 9, 10 }, { 17, 18 }, { 18, 17 },
    { 0, 0 },
};

static void object(struct tl_dissection *d)
{
    uint16_t len = tl_u16(d, OBJECT_LENGTH);
    uint8_t class = tl_u8(d, OBJECT_CLASS);
    uint8_t type = tl_u8(d, OBJECT_TYPE);
    if (tl_ok(d) && len < OBJECT_HEADER)
        tl_bad(d);
    if (!tl_ok(d))
        return;
    uint32_t left = len - OBJECT_HEADER;
    if (class != CLASS_MPLS || type != 1) {
        if (left > 0)
            tl_run(d, OBJECT_DATA, left);
        return;
    }
    for (; left >= 4 && tl_ok(d); left -= 4) {
        uint32_t group = tl_group(d, MPLS);
        const uint8_t *p = tl_cursor_take(&d->c, 4);
        if (p != NULL)
            tl_add_all_bits(d, LABEL, MPLS_TTL, d->c.off - 4, 4, tl_load_be32(p));
        tl_group_end(d, group);
    }
    tl_skip(d, left);
}

/*
 * Reads the RFC 4884 extensions after the quoted packet, `ahead` bytes from here. Then the cursor returns to the quote.
 */
static void extensions(struct tl_dissection *d, uint32_t ahead)
{
    struct tl_cursor here = d->c;
    struct tl_part part = tl_part_begin(d, tl_cursor_wire_left(&d->c));
    tl_skip(d, ahead);
    if (tl_cursor_wire_left(&d->c) >= 4) {
        uint32_t group = tl_group(d, EXT);
        const uint8_t *p = tl_cursor_take(&d->c, 2);
        if (p != NULL)
            tl_add_bits(d, EXT_VERSION, d->c.off - 2, 2, tl_load_be16(p));
        tl_u16(d, EXT_CHECKSUM);
        while (tl_ok(d) && tl_cursor_wire_left(&d->c) >= OBJECT_HEADER) {
            uint32_t each = tl_group(d, OBJECT);
            object(d);
            tl_group_end(d, each);
        }
        tl_group_end(d, group);
    }
    tl_part_close(d, part);
    d->c = here;
}

/* Reads the second word of an error message, and the packet that caused the error. */
static enum tl_status error(struct tl_dissection *d, uint8_t type, uint8_t code)
{
    uint32_t words = 0;
    if (type == REDIRECT) {
        tl_ipv4(d, GATEWAY);
    } else if (type == QUENCH) {
        tl_run(d, UNUSED, 4);
    } else {
        if (type == PROBLEM)
            tl_u8(d, POINTER);
        else
            tl_run(d, UNUSED, 1);
        words = tl_u8(d, LENGTH);
        if (type == UNREACHABLE && code == TOO_BIG)
            tl_u16(d, MTU);
        else
            tl_run(d, UNUSED, 2);
    }
    if (d->wanted != NULL && tl_ok(d) && words * 4 >= QUOTE_MIN && words * 4 < tl_cursor_wire_left(&d->c)) {
        extensions(d, words * 4);
        tl_limit(d, HEADER + words * 4, HEADER);
    }
    return tl_next_quoted(d, TL_ON_ETHERTYPE, 0x0800);
}

static void router_advertisement(struct tl_dissection *d)
{
    uint32_t count = tl_u8(d, NUM_ADDRS), words = tl_u8(d, ENTRY_SIZE);
    tl_u16(d, LIFETIME);
    for (; count > 0 && words >= 2 && tl_ok(d); count--) {
        tl_ipv4(d, ROUTER);
        const uint8_t *p = tl_cursor_take(&d->c, 4);
        if (p != NULL)
            tl_add(d, PREFERENCE, d->c.off - 4, 4, (uint64_t)(int64_t)(int32_t)tl_load_be32(p));
        tl_skip(d, (words - 2) * 4);
    }
}

/* Reads a message up to the end of the packet. No flow depends on it, so it is read only for the tree. */
static enum tl_status query(struct tl_dissection *d, uint8_t type)
{
    if (d->wanted == NULL)
        return tl_next_none(d);
    struct tl_part part = tl_part_begin(d, tl_cursor_wire_left(&d->c));
    if (type == ROUTER_ADVERTISEMENT) {
        router_advertisement(d);
    } else if (type == TIME_REQUEST || type == TIME_REPLY) {
        tl_u16(d, IDENT);
        tl_u16(d, SEQ);
        tl_u32(d, ORIGINATE);
        tl_u32(d, RECEIVE);
        tl_u32(d, TRANSMIT);
    } else if (type == MASK_REQUEST || type == MASK_REPLY) {
        tl_u16(d, IDENT);
        tl_u16(d, SEQ);
        tl_ipv4(d, MASK);
    } else if (type == INFO_REQUEST || type == INFO_REPLY) {
        tl_u16(d, IDENT);
        tl_u16(d, SEQ);
    } else if (type == EXT_ECHO_REQUEST || type == EXT_ECHO_REPLY) {
        tl_u16(d, IDENT);
        tl_u8(d, EXT_SEQ);
        const uint8_t *p = tl_cursor_take(&d->c, 1);
        if (p != NULL)
            tl_add_bits(d, type == EXT_ECHO_REQUEST ? EXT_LOCAL : EXT_STATE, d->c.off - 1, 1, p[0]);
    }
    tl_part_close(d, part);
    return tl_next_data(d);
}

static enum tl_status icmp_dissect(struct tl_dissection *d)
{
    uint8_t type = tl_u8(d, TYPE);
    uint8_t code = tl_u8(d, CODE);
    tl_icmp_code(d, CODE_NAME, codes, type, code);
    uint16_t checksum = tl_u16(d, CHECKSUM);
    tl_icmp_segment(d, pairs, type, code);
    tl_checksum_verify(d, 1, checksum, false);
    switch (type) {
    case ECHO_REQUEST:
    case ECHO_REPLY:
        tl_u16(d, IDENT);
        tl_u16(d, SEQ);
        return tl_next_data(d);
    case UNREACHABLE:
    case QUENCH:
    case REDIRECT:
    case EXCEEDED:
    case PROBLEM:
        return error(d, type, code);
    default:
        return query(d, type);
    }
}

const struct tl_protocol tl_protocol_icmp = {
    .name = "icmp",
    .title = "Internet Control Message Protocol",
    .kind = TL_KIND_TRANSPORT,
    .info = "{type}[ ({code_name})|{code?} Code={code}][ Id={ident} Seq={seq}][ MTU={mtu}][ Gateway={redir_gw}]",
    .dissect = icmp_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_IP_PROTO, 1 } },
};
