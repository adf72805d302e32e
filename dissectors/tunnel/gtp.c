/*
 * gtp.c - GPRS Tunnelling Protocol version 1: the user plane (3GPP TS 29.281, clause 5), and the header of the control
 * plane (3GPP TS 29.060, clause 6). Of GTP', which carries charging data, the header (3GPP TS 32.295, clause 6).
 */
#include "dissectors/header.h"

enum { FLAGS, VERSION, PAYLOAD, RESERVED, E, S, PN, MESSAGE, LENGTH, TEID, SEQUENCE, NPDU, NEXT, EXT, EXT_LENGTH,
       EXT_DATA, EXT_NEXT, SHORT_HEADER };

enum { ECHO_REQUEST = 1, ECHO_RESPONSE = 2, ERROR_INDICATION = 26, EXTENSIONS = 31, TRANSFER_REQUEST = 240,
       TRANSFER_RESPONSE = 241, END_MARKER = 254, PACKET = 255 };
static const struct tl_name messages[] = {
    { ECHO_REQUEST, "Echo request" },
    { ECHO_RESPONSE, "Echo response" },
    { 3, "Version not supported" },
    { 4, "Node alive request" },
    { 5, "Node alive response" },
    { 6, "Redirection request" },
    { 7, "Redirection response" },
    { 16, "Create PDP context request" },
    { 17, "Create PDP context response" },
    { 18, "Update PDP context request" },
    { 19, "Update PDP context response" },
    { 20, "Delete PDP context request" },
    { 21, "Delete PDP context response" },
    { ERROR_INDICATION, "Error indication" },
    { 27, "PDU notification request" },
    { 28, "PDU notification response" },
    { EXTENSIONS, "Supported extension headers" },
    { 32, "Send routeing information for GPRS request" },
    { 33, "Send routeing information for GPRS response" },
    { 48, "Identification request" },
    { 49, "Identification response" },
    { 50, "SGSN context request" },
    { 51, "SGSN context response" },
    { 52, "SGSN context acknowledge" },
    { 53, "Forward relocation request" },
    { 54, "Forward relocation response" },
    { 55, "Forward relocation complete" },
    { TRANSFER_REQUEST, "Data record transfer request" },
    { TRANSFER_RESPONSE, "Data record transfer response" },
    { END_MARKER, "End marker" },
    { PACKET, "Packet" },
    { 0, NULL },
};

static const struct tl_field fields[] = {
    [FLAGS] = { "gtp.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [VERSION] = { "gtp.flags.version", "Version", .type = TL_U8, .mask = 0xe0 },
    [PAYLOAD] = { "gtp.flags.payload", "Protocol type", .type = TL_U8, .mask = 0x10 },
    [RESERVED] = { "gtp.flags.reserved", "Reserved", .type = TL_U8, .mask = 0x08 },
    [E] = { "gtp.flags.e", "Extension headers", .type = TL_BOOL, .mask = 0x04 },
    [S] = { "gtp.flags.s", "Sequence number", .type = TL_BOOL, .mask = 0x02 },
    [PN] = { "gtp.flags.pn", "N-PDU number", .type = TL_BOOL, .mask = 0x01 },
    [MESSAGE] = { "gtp.message", "Message", .type = TL_U8, .base = TL_HEX, .names = messages },
    [LENGTH] = { "gtp.length", "Length", .type = TL_U16, .unit = "bytes" },
    [TEID] = { "gtp.teid", "Tunnel", .type = TL_U32, .base = TL_HEX },
    [SEQUENCE] = { "gtp.seq_number", "Sequence number", .type = TL_U16, .base = TL_HEX },
    [NPDU] = { "gtp.npdu_number", "N-PDU number", .type = TL_U8, .base = TL_HEX },
    [NEXT] = { "gtp.next", "Next extension header", .type = TL_U8, .base = TL_HEX },
    [EXT] = { "gtp.ext", "Extension header", .type = TL_GROUP, .flags = TL_REPEATS },
    [EXT_LENGTH] = { "gtp.ext_hdr.length", "Length", .type = TL_U8, .help = "In 32-bit words" },
    [EXT_DATA] = { "gtp.ext.data", "Data", .type = TL_BYTES },
    [SHORT_HEADER] = { "gtp.flags.hdr_length", "Header of 6 bytes", .type = TL_BOOL, .mask = 0x01, .help = "Of GTP'" },
    [EXT_NEXT] = { "gtp.ext_hdr.next", "Next extension header", .type = TL_U8, .base = TL_HEX },
};

static const struct tl_place places[] = {
    { FLAGS, 0, 1, 0 }, { VERSION, 0, 1, 0 }, { PAYLOAD, 0, 1, 0 }, { RESERVED, 0, 1, 0 }, { E, 0, 1, 0 },
    { S, 0, 1, 0 },     { PN, 0, 1, 0 },      { MESSAGE, 1, 1, 0 }, { LENGTH, 2, 2, 0 },   { TEID, 4, 4, 0 },
};

enum { HEADER = 8, OPTIONAL = 7, VERSION_1 = 0x30, USER_PORT = 2152, CONTROL_PORT = 2123,
       PRIME_PORT = 3386, PRIME_HEADER = 6, PRIME_LONG_HEADER = 20 };

/* The protocol type is that of GTP'. Version 0 has the long header unless it says otherwise. */
static bool is_prime(const uint8_t *p)
{
    return (p[0] & 0x10) == 0 && p[0] >> 5 <= 2;
}

static uint32_t prime_header(const uint8_t *p)
{
    return p[0] >> 5 == 0 && (p[0] & 1) == 0 ? PRIME_LONG_HEADER : PRIME_HEADER;
}

static enum tl_probe prime_probe(struct tl_cursor c)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, PRIME_HEADER);
    if (p == NULL || !is_prime(p) || tl_name_of(messages, p[1]) == NULL)
        return TL_PROBE_NO;
    return prime_header(p) + tl_load_be16(p + 2) == tl_cursor_wire_left(&c) ? TL_PROBE_YES : TL_PROBE_NO;
}

static enum tl_probe gtp_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, HEADER);
    if (d->flow.ip_proto == 17 && !d->flow.nested && (d->flow.resp_port == PRIME_PORT || d->flow.orig_port ==
        PRIME_PORT))
        return prime_probe(c);
    if (d->flow.ip_proto != 17 || p == NULL || (p[0] & 0xf0) != VERSION_1)
        return TL_PROBE_NO;
    if (HEADER + (uint32_t)tl_load_be16(p + 2) != tl_cursor_wire_left(&c))
        return TL_PROBE_NO;
    if (d->flow.home)
        return TL_PROBE_MAYBE;
    bool control = d->flow.resp_port == CONTROL_PORT || d->flow.orig_port == CONTROL_PORT;
    return control && !d->flow.nested && tl_name_of(messages, p[1]) != NULL ? TL_PROBE_YES : TL_PROBE_NO;
}

/* Each extension header begins with its length in words and ends with the type of the next one (clause 5.2.1). */
static void extensions(struct tl_dissection *d, uint8_t next)
{
    while (tl_ok(d) && next != 0) {
        uint32_t group = tl_group(d, EXT);
        uint32_t words = tl_u8(d, EXT_LENGTH);
        if (tl_ok(d) && words == 0)
            tl_bad(d);
        if (tl_ok(d))
            tl_run(d, EXT_DATA, words * 4 - 2);
        next = tl_u8(d, EXT_NEXT);
        tl_group_end(d, group);
    }
}

/* What follows the header is not read. */
static enum tl_status prime(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, PRIME_HEADER);
    uint32_t off = d->c.off, header = p != NULL ? prime_header(p) : PRIME_HEADER;
    tl_layer_variant(d, 0);
    if (p != NULL)
        tl_limit(d, header + tl_load_be16(p + 2), header);
    uint8_t flags = tl_u8(d, FLAGS);
    if (tl_ok(d)) {
        tl_add_all_bits(d, VERSION, PAYLOAD, off, 1, flags);
        tl_add_bits(d, SHORT_HEADER, off, 1, flags);
    }
    (void)tl_u8(d, MESSAGE);
    (void)tl_u16(d, LENGTH);
    (void)tl_u16(d, SEQUENCE);
    if (tl_ok(d))
        tl_skip(d, header - PRIME_HEADER);
    if (tl_ok(d))
        tl_confirm(d);
    return tl_next_data(d);
}

static enum tl_status gtp_dissect(struct tl_dissection *d)
{
    const uint8_t *first_byte = tl_cursor_peek(&d->c, 0, 1);
    if (first_byte != NULL && d->flow.ip_proto == 17 && is_prime(first_byte) &&
        (d->flow.resp_port == PRIME_PORT || d->flow.orig_port == PRIME_PORT))
        return prime(d);
    const uint8_t *p = tl_header(d, places, TL_COUNT(places), HEADER);
    if (p == NULL)
        return d->c.status;
    if ((p[0] & 0xf0) != VERSION_1) {
        tl_cursor_fail(&d->c, TL_NOT_MINE);
        return d->c.status;
    }
    tl_limit(d, HEADER + (uint32_t)tl_load_be16(p + 2), HEADER);
    if ((p[0] & OPTIONAL) != 0) {
        tl_u16(d, SEQUENCE);
        tl_u8(d, NPDU);
        uint8_t next = tl_u8(d, NEXT);
        extensions(d, (p[0] & 0x04) != 0 ? next : 0);
    }
    if (tl_ok(d))
        tl_confirm(d);
    const uint8_t *first = tl_cursor_peek(&d->c, 0, 1);
    if (p[1] == PACKET && first != NULL && first[0] >> 4 == 4)
        return tl_next(d, TL_ON_ETHERTYPE, 0x0800);
    if (p[1] == PACKET && first != NULL && first[0] >> 4 == 6)
        return tl_next(d, TL_ON_ETHERTYPE, 0x86dd);
    return tl_next_data(d);
}

const struct tl_protocol tl_protocol_gtp = {
    .name = "gtp",
    .title = "GPRS Tunnelling Protocol",
    .service = "gtpv1",
    .kind = TL_KIND_APPLICATION,
    .carries = true,
    .info = "{message}[ TEID={teid}]",
    TL_BEGINS("\x30\x3f"), .probe = gtp_probe,
    .dissect = gtp_dissect,
    TL_TABLE(fields),
    .variants = { "gtpprime" },
    .on = { { TL_ON_UDP_PORT, USER_PORT }, { TL_ON_UDP_PORT, PRIME_PORT } }, /* 2123 is that of version 2, whose probe
        refuses version 1 */
};
