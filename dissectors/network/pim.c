/*
 * pim.c - Protocol Independent Multicast, version 2 (RFC 7761, section 4.9): the header, and the packet in a Register.
 */
#include "dissectors/header.h"

enum { VERSION, TYPE, RESERVED, CHECKSUM, FLAGS, BORDER, NULL_REGISTER };

enum { TYPE_REGISTER = 1, IS_NULL = 0x40000000 };
static const struct tl_name types[] = {
    { 0, "Hello" },     { TYPE_REGISTER, "Register" }, { 2, "Register-Stop" }, { 3, "Join/Prune" },
    { 4, "Bootstrap" }, { 5, "Assert" },               { 6, "Graft" },         { 7, "Graft-Ack" },
    { 8, "Candidate-RP-Advertisement" },               { 9, "State-Refresh" }, { 10, "DF Election" }, { 0, NULL },
};

static const struct tl_field fields[] = {
    [VERSION] = { "pim.version", "Version", .type = TL_U8, .mask = 0xf0 },
    [TYPE] = { "pim.type", "Type", .type = TL_U8, .mask = 0x0f, .names = types },
    [RESERVED] = { "pim.res_bytes", "Reserved", .type = TL_BYTES },
    [CHECKSUM] = { "pim.cksum", "Checksum", .type = TL_U16, .base = TL_HEX },
    [FLAGS] = { "pim.register_flag", "Flags", .type = TL_U32, .base = TL_HEX },
    [BORDER] = { "pim.register_flag.border", "Border", .type = TL_BOOL, .mask = 0x80000000 },
    [NULL_REGISTER] = { "pim.register_flag.null_register", "Null-Register", .type = TL_BOOL, .mask = 0x40000000 },
};

static enum tl_status registered(struct tl_dissection *d)
{
    uint32_t flags = tl_u32(d, FLAGS);
    if (tl_ok(d))
        tl_add_all_bits(d, BORDER, NULL_REGISTER, d->c.off - 4, 4, flags);
    const uint8_t *first = tl_cursor_peek(&d->c, 0, 1);
    unsigned version = first != NULL ? first[0] >> 4 : 0;
    if (version != 4 && version != 6)
        return tl_next_data(d);
    uint32_t type = version == 4 ? 0x0800 : 0x86dd;
    /* The header in a Null-Register is not a packet: it names source and group of the register. */
    return (flags & IS_NULL) != 0 ? tl_next_quoted(d, TL_ON_ETHERTYPE, type) : tl_next(d, TL_ON_ETHERTYPE, type);
}

static enum tl_status pim_dissect(struct tl_dissection *d)
{
    if (tl_cursor_wire_left(&d->c) == 0) /* a Null-Register may contain only an IP header */
        return tl_next_none(d);
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    if (p == NULL)
        return d->c.status;
    tl_add_all_bits(d, VERSION, TYPE, d->c.off - 1, 1, p[0]);
    tl_run(d, RESERVED, 1);
    tl_u16(d, CHECKSUM);
    return p[0] == (2 << 4 | TYPE_REGISTER) ? registered(d) : tl_next_data(d);
}

const struct tl_protocol tl_protocol_pim = {
    .name = "pim",
    .title = "Protocol Independent Multicast",
    .kind = TL_KIND_LAYER,
    .info = "PIM[ {type}]",
    .dissect = pim_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_IP_PROTO, 103 } },
};
