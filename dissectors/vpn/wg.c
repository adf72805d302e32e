/*
 * wg.c - WireGuard (the white paper of the protocol, section 5.4), all integers little-endian.
 *
 *   type 1 | reserved 3 (zeros) |
 *   1 initiation: sender 4, ephemeral key 32, static key 48, timestamp 28, MACs 2 x 16
 *   2 response: sender 4, receiver 4, ephemeral key 32, empty 16, MACs 2 x 16
 *   3 cookie reply: receiver 4, nonce 24, cookie 32 | 4 transport data: receiver 4, counter 8, packet and 16
 */
#include "dissectors/header.h"

static const struct tl_name types[] = {
    { 1, "Handshake initiation" }, { 2, "Handshake response" }, { 3, "Cookie reply" }, { 4, "Transport data" },
    { 0, NULL },
};

enum { TYPE, RESERVED, SENDER, RECEIVER, EPHEMERAL, STATIC, TIMESTAMP, EMPTY, MAC1, MAC2, NONCE, COOKIE, COUNTER,
       DATA };
static const struct tl_field fields[] = {
    [TYPE] = { "wg.type", "Type", .type = TL_U8, .names = types },
    [RESERVED] = { "wg.reserved", "Reserved", .type = TL_BYTES },
    [SENDER] = { "wg.sender", "Sender", .type = TL_U32, .base = TL_HEX },
    [RECEIVER] = { "wg.receiver", "Receiver", .type = TL_U32, .base = TL_HEX },
    [EPHEMERAL] = { "wg.ephemeral_key", "Ephemeral public key", .type = TL_BYTES },
    [STATIC] = { "wg.encrypted_static", "Encrypted static key", .type = TL_BYTES },
    [TIMESTAMP] = { "wg.encrypted_timestamp", "Encrypted timestamp", .type = TL_BYTES },
    [EMPTY] = { "wg.encrypted_empty", "Encrypted empty", .type = TL_BYTES },
    [MAC1] = { "wg.mac1", "MAC 1", .type = TL_BYTES },
    [MAC2] = { "wg.mac2", "MAC 2", .type = TL_BYTES },
    [NONCE] = { "wg.nonce", "Nonce", .type = TL_BYTES },
    [COOKIE] = { "wg.encrypted_cookie", "Encrypted cookie", .type = TL_BYTES },
    [COUNTER] = { "wg.counter", "Counter", .type = TL_U64 },
    [DATA] = { "wg.encrypted_data", "Encrypted packet", .type = TL_BYTES },
};

enum { INITIATION = 1, RESPONSE, COOKIE_REPLY, TRANSPORT, HEADER = 4 };
enum { INITIATION_SIZE = 148, RESPONSE_SIZE = 92, COOKIE_SIZE = 64, LEAST_TRANSPORT = 32 };

static void handshake(struct tl_dissection *d, uint8_t type)
{
    tl_le32(d, SENDER);
    if (type == RESPONSE)
        tl_le32(d, RECEIVER);
    tl_run(d, EPHEMERAL, 32);
    if (type == RESPONSE) {
        tl_run(d, EMPTY, 16);
    } else {
        tl_run(d, STATIC, 48);
        tl_run(d, TIMESTAMP, 28);
    }
    tl_run(d, MAC1, 16);
    tl_run(d, MAC2, 16);
}

static enum tl_status wg_dissect(struct tl_dissection *d)
{
    uint8_t type = tl_u8(d, TYPE);
    tl_run(d, RESERVED, 3);
    if (type == INITIATION || type == RESPONSE) {
        handshake(d, type);
    } else if (type == COOKIE_REPLY) {
        tl_le32(d, RECEIVER);
        tl_run(d, NONCE, 24);
        tl_run(d, COOKIE, 32);
    } else {
        tl_le32(d, RECEIVER);
        tl_le64(d, COUNTER);
        if (tl_cursor_left(&d->c) > 0) /* the captured part */
            tl_run(d, DATA, tl_cursor_left(&d->c));
    }
    if (tl_ok(d))
        tl_confirm(d);
    return tl_next_none(d);
}

/* Handshakes have one size each and three zeros: found on any port. Data is padded to 16 bytes (section 5.4.6). */
static enum tl_probe wg_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, HEADER);
    uint32_t size = tl_cursor_wire_left(&c);
    if (d->flow.stream || p == NULL || (p[1] | p[2] | p[3]) != 0)
        return TL_PROBE_NO;
    if (p[0] == INITIATION && size == INITIATION_SIZE)
        return TL_PROBE_YES;
    if (!d->flow.home)
        return TL_PROBE_NO;
    bool known = (p[0] == RESPONSE && size == RESPONSE_SIZE) || (p[0] == COOKIE_REPLY && size == COOKIE_SIZE) ||
                 (p[0] == TRANSPORT && size >= LEAST_TRANSPORT && size % 16 == 0);
    return known ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_wg = {
    .name = "wg",
    .title = "WireGuard",
    .service = "wireguard",
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .on = { { TL_ON_UDP_PORT, 51820 } },
    .info = "{type}[ sender {sender}][ receiver {receiver}][ counter {counter}]",
    TL_BEGINS("\x01\x01"), .probe = wg_probe,
    .dissect = wg_dissect,
};
