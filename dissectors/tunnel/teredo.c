/*
 * teredo.c - Teredo (RFC 4380, section 5.1.1): IPv6 in UDP, after an authentication and an origin indication, each
 * optional.
 *
 *   0x0001 2 | id length 1 | authentication length 1 | id | authentication | nonce 8 | confirmation 1
 *   0x0000 2 | port 2, inverted | IPv4 address 4, inverted
 */
#include "dissectors/header.h"

enum { AUTH, ID_LENGTH, AUTH_LENGTH, ID, VALUE, NONCE, CONFIRMATION, ORIGIN, PORT, ADDRESS };
static const struct tl_field fields[] = {
    [AUTH] = { "teredo.auth", "Authentication", .type = TL_GROUP },
    [ID_LENGTH] = { "teredo.auth.idlen", "Length of the client identifier", .type = TL_U8, .unit = "bytes" },
    [AUTH_LENGTH] = { "teredo.auth.aulen", "Length of the authentication value", .type = TL_U8, .unit = "bytes" },
    [ID] = { "teredo.auth.id", "Client identifier", .type = TL_BYTES },
    [VALUE] = { "teredo.auth.value", "Authentication value", .type = TL_BYTES },
    [NONCE] = { "teredo.auth.nonce", "Nonce", .type = TL_BYTES },
    [CONFIRMATION] = { "teredo.auth.conf", "Confirmation", .type = TL_BYTES },
    [ORIGIN] = { "teredo.orig", "Origin indication", .type = TL_GROUP },
    [PORT] = { "teredo.orig.port", "Port", .type = TL_U16 },
    [ADDRESS] = { "teredo.orig.addr", "Address", .type = TL_IPV4 },
};

enum { AUTH_FIXED = 13, ORIGIN_LENGTH = 8, IPV6_HEADER = 40, NO_NEXT_HEADER = 59, IS_ORIGIN = 0, IS_AUTH = 1 };

/* Returns the offset of the IPv6 header after the indications, if it is captured. */
static uint32_t indications(const struct tl_cursor *c)
{
    uint32_t at = 0;
    const uint8_t *p = tl_cursor_peek(c, 0, 4);
    if (p != NULL && tl_load_be16(p) == IS_AUTH) {
        at = AUTH_FIXED + (uint32_t)p[2] + p[3];
        p = tl_cursor_peek(c, at, 2);
    }
    return p != NULL && tl_load_be16(p) == IS_ORIGIN ? at + ORIGIN_LENGTH : at;
}

/* The prefix 2001:0000::/32 is that of all Teredo clients (section 2.6). */
static bool is_client(const uint8_t *address)
{
    return tl_load_be32(address) == 0x20010000;
}

/*
 * YES needs an IPv6 packet that is exactly as long as the datagram, or a bubble, a packet without content, that trailers
 * follow ([MS-TERE] section 2.2.2). On other ports, where clients speak to each other, it also needs an address of a
 * client.
 */
static enum tl_probe teredo_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *first = tl_cursor_peek(&c, 0, 1);
    if (d->flow.ip_proto != 17 || first == NULL || (first[0] != 0 && first[0] >> 4 != 6))
        return TL_PROBE_NO;
    uint32_t at = indications(&c);
    const uint8_t *p = tl_cursor_peek(&c, at, IPV6_HEADER);
    if (p == NULL || p[0] >> 4 != 6)
        return TL_PROBE_NO;
    uint32_t end = at + IPV6_HEADER + tl_load_be16(p + 4), wire = tl_cursor_wire_left(&c);
    bool has_trailers = tl_load_be16(p + 4) == 0 && p[6] == NO_NEXT_HEADER && wire > end;
    if (end != wire && !has_trailers)
        return TL_PROBE_NO;
    return d->flow.home || is_client(p + 8) || is_client(p + 24) ? TL_PROBE_YES : TL_PROBE_NO;
}

static void authentication(struct tl_dissection *d)
{
    uint32_t group = tl_group(d, AUTH);
    tl_skip(d, 2);
    uint8_t id = tl_u8(d, ID_LENGTH), value = tl_u8(d, AUTH_LENGTH);
    if (id > 0)
        tl_run(d, ID, id);
    if (value > 0)
        tl_run(d, VALUE, value);
    tl_run(d, NONCE, 8);
    tl_run(d, CONFIRMATION, 1);
    tl_group_end(d, group);
}

/* The bits are inverted so that a NAT does not translate the address (section 5.1.1). */
static void origin(struct tl_dissection *d)
{
    uint32_t group = tl_group(d, ORIGIN);
    tl_skip(d, 2);
    const uint8_t *p = tl_cursor_take(&d->c, 2);
    if (p != NULL)
        tl_add(d, PORT, d->c.off - 2, 2, tl_load_be16(p) ^ 0xffffu);
    p = tl_cursor_take(&d->c, 4);
    if (p != NULL) {
        const uint8_t address[4] = { p[0] ^ 0xff, p[1] ^ 0xff, p[2] ^ 0xff, p[3] ^ 0xff };
        tl_add_text(d, ADDRESS, d->c.off - 4, 4, address, sizeof address);
    }
    tl_group_end(d, group);
}

static enum tl_status teredo_dissect(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 2);
    if (p != NULL && tl_load_be16(p) == IS_AUTH) {
        authentication(d);
        p = tl_cursor_peek(&d->c, 0, 2);
    }
    if (p != NULL && tl_load_be16(p) == IS_ORIGIN) {
        origin(d);
        p = tl_cursor_peek(&d->c, 0, 1);
    }
    if (!tl_ok(d) || p == NULL || p[0] >> 4 != 6)
        return tl_next_data(d);
    tl_confirm(d);
    return tl_next(d, TL_ON_ETHERTYPE, 0x86dd);
}

const struct tl_protocol tl_protocol_teredo = {
    .name = "teredo",
    .title = "Teredo",
    .service = "teredo",
    .kind = TL_KIND_APPLICATION,
    .carries = true,
    .info = "Teredo[ Origin={orig.addr}:{orig.port}]",
    TL_BEGINS("\0\0\x60\x6f"), .probe = teredo_probe,
    .dissect = teredo_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_UDP_PORT, 3544 } },
};
