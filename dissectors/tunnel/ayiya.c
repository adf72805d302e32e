/*
 * ayiya.c - Anything In Anything (draft-massar-v6ops-ayiya-02, section 3): packets in UDP, signed with a shared secret.
 *
 *   identity length 4 bits, type 4 | signature length 4, hash 4 | method 4, operation 4 | next header 8
 *   epoch 4 | identity, 1 << length | signature, 4 * length
 */
#include "core/values.h"
#include "dissectors/header.h"

enum { ID_LENGTH, ID_TYPE, SIGNATURE_LENGTH, HASH, METHOD, OPERATION, NEXT, EPOCH, IDENTITY, SIGNATURE };

static const struct tl_name id_types[] = { { 0, "None" }, { 1, "Integer" }, { 2, "ASCII text" }, { 0, NULL } };
static const struct tl_name hashes[] = { { 0, "None" }, { 1, "MD5" }, { 2, "SHA-1" }, { 0, NULL } };
static const struct tl_name methods[] = {
    { 0, "None" }, { 1, "Shared secret" }, { 2, "Public and private key" }, { 0, NULL },
};
static const struct tl_name operations[] = {
    { 0, "No operation" },       { 1, "Forward" }, { 2, "Echo request" }, { 3, "Echo request and forward" },
    { 4, "Echo response" },      { 5, "Message of the day" }, { 6, "Query request" }, { 7, "Query response" },
    { 0, NULL },
};

static const struct tl_field fields[] = {
    [ID_LENGTH] = { "ayiya.idlen", "Identity length", .type = TL_U8, .mask = 0xf0, .help = "A power of two" },
    [ID_TYPE] = { "ayiya.idtype", "Identity type", .type = TL_U8, .mask = 0x0f, .names = id_types },
    [SIGNATURE_LENGTH] = { "ayiya.siglen", "Signature length", .type = TL_U8, .mask = 0xf0, .help = "In 32-bit words" },
    [HASH] = { "ayiya.hashmethod", "Hash method", .type = TL_U8, .mask = 0x0f, .names = hashes },
    [METHOD] = { "ayiya.authmethod", "Authentication method", .type = TL_U8, .mask = 0xf0, .names = methods },
    [OPERATION] = { "ayiya.opcode", "Operation", .type = TL_U8, .mask = 0x0f, .names = operations },
    [NEXT] = { "ayiya.nextheader", "Next header", .type = TL_U8, .names = tl_ip_proto_names },
    [EPOCH] = { "ayiya.epoch", "Time of sending", .type = TL_TIME },
    [IDENTITY] = { "ayiya.identity", "Identity", .type = TL_BYTES },
    [SIGNATURE] = { "ayiya.signature", "Signature", .type = TL_BYTES },
};

enum { HEADER = 8, FORWARD = 1, ECHO_FORWARD = 3, OPERATION_MAX = 7, ID_BITS_MAX = 8 };

static uint32_t identity_length(const uint8_t *p)
{
    return p[0] >> 4 <= ID_BITS_MAX ? 1u << (p[0] >> 4) : 0;
}

static uint32_t signature_length(const uint8_t *p)
{
    return (uint32_t)(p[1] >> 4) * 4;
}

static enum tl_probe ayiya_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, HEADER);
    if (d->flow.ip_proto != 17 || p == NULL || p[0] >> 4 > ID_BITS_MAX || (p[0] & 0x0f) > 2 || (p[1] & 0x0f) > 2)
        return TL_PROBE_NO;
    if (p[2] >> 4 > 2 || (p[2] & 0x0f) > OPERATION_MAX)
        return TL_PROBE_NO;
    uint32_t len = HEADER + identity_length(p) + signature_length(p);
    return len <= tl_cursor_wire_left(&c) ? TL_PROBE_MAYBE : TL_PROBE_NO;
}

static enum tl_status ayiya_dissect(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_take(&d->c, 4);
    if (p == NULL)
        return d->c.status;
    uint32_t off = d->c.off - 4;
    tl_add_bits(d, ID_LENGTH, off, 1, p[0]);
    tl_add_bits(d, ID_TYPE, off, 1, p[0]);
    tl_add_bits(d, SIGNATURE_LENGTH, off + 1, 1, p[1]);
    tl_add_bits(d, HASH, off + 1, 1, p[1]);
    tl_add_bits(d, METHOD, off + 2, 1, p[2]);
    tl_add_bits(d, OPERATION, off + 2, 1, p[2]);
    tl_add(d, NEXT, off + 3, 1, p[3]);
    const uint8_t *epoch = tl_cursor_take(&d->c, 4);
    if (epoch != NULL)
        tl_add(d, EPOCH, d->c.off - 4, 4, (uint64_t)tl_time_ns(tl_load_be32(epoch), 0));
    if (identity_length(p) > 0)
        tl_run(d, IDENTITY, identity_length(p));
    if (signature_length(p) > 0)
        tl_run(d, SIGNATURE, signature_length(p));
    bool forwards = (p[2] & 0x0f) == FORWARD || (p[2] & 0x0f) == ECHO_FORWARD;
    if (!forwards || tl_cursor_wire_left(&d->c) == 0)
        return tl_next_data(d);
    tl_confirm(d);
    return tl_next(d, TL_ON_IP_PROTO, p[3]);
}

const struct tl_protocol tl_protocol_ayiya = {
    .name = "ayiya",
    .title = "Anything In Anything",
    .service = "ayiya",
    .kind = TL_KIND_APPLICATION,
    .carries = true,
    .info = "AYIYA {opcode}",
    .only_at_home = true, .probe = ayiya_probe,
    .dissect = ayiya_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_UDP_PORT, 5072 } },
};
