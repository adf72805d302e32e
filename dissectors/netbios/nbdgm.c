/*
 * nbdgm.c - the datagram service of NetBIOS over UDP (RFC 1002 section 4.4): type 1 | flags 1 | id 2 | source address
 * 4 | port 2,
 * then length 2 | offset 2 | source name | destination name | data, or an error, or the name of a query.
 */
#include "dissectors/gss/gss.h"
#include "dissectors/netbios/netbios_name.h"
#include "dissectors/smb/smb.h"

enum { TYPE, FLAGS, NEXT, FIRST, NODE, ID, SRC_IP, SRC_PORT, LENGTH, OFFSET, ERROR_CODE, SRC_NAME, DST_NAME, DATA,
FIELDS };

enum { TRANSACTION = 0x25, SMB_HEADER = 32 };
enum { UNIQUE = 0x10, GROUP, BROADCAST, ERROR, QUERY, POSITIVE, NEGATIVE };
static const struct tl_name types[] = {
    { UNIQUE, "Direct unique datagram" }, { GROUP, "Direct group datagram" }, { BROADCAST, "Broadcast datagram" },
    { ERROR, "Datagram error" }, { QUERY, "Datagram query request" }, { POSITIVE, "Datagram positive query response" },
    { NEGATIVE, "Datagram negative query response" }, { 0, NULL },
};
static const struct tl_name errors[] = {
    { 0x82, "Destination name not present" }, { 0x83, "Invalid source name format" }, { 0x84,
    "Invalid destination name format" },
    { 0, NULL },
};
static const struct tl_name nodes[] = { { 0, "B-node" }, { 1, "P-node" }, { 2, "M-node" }, { 3, "NBDD" }, { 0, NULL } };

static const struct tl_field fields[FIELDS] = {
    [TYPE] = { "nbdgm.type", "Type", .type = TL_U8, .names = types },
    [FLAGS] = { "nbdgm.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [NEXT] = { "nbdgm.next", "More fragments", .type = TL_BOOL, .mask = 0x01 },
    [FIRST] = { "nbdgm.first", "First fragment", .type = TL_BOOL, .mask = 0x02 },
    [NODE] = { "nbdgm.node_type", "Node type", .type = TL_U8, .mask = 0x0c, .names = nodes },
    [ID] = { "nbdgm.dgram_id", "Datagram id", .type = TL_U16, .base = TL_HEX },
    [SRC_IP] = { "nbdgm.src.ip", "Source address", .type = TL_IPV4 },
    [SRC_PORT] = { "nbdgm.src.port", "Source port", .type = TL_U16 },
    [LENGTH] = { "nbdgm.dgram_len", "Datagram length", .type = TL_U16, .unit = "bytes" },
    [OFFSET] = { "nbdgm.pkt_offset", "Offset", .type = TL_U16, .unit = "bytes" },
    [ERROR_CODE] = { "nbdgm.error_code", "Error", .type = TL_U8, .base = TL_HEX, .names = errors },
    [SRC_NAME] = { "nbdgm.source_name", "Source name", .type = TL_TEXT },
    [DST_NAME] = { "nbdgm.destination_name", "Destination name", .type = TL_TEXT },
    [DATA] = { "nbdgm.data", "Data", .type = TL_BYTES },
};

static void name(struct tl_dissection *d, unsigned field)
{
    struct tl_netbios_name out;
    uint32_t after = 0;
    enum tl_status status = tl_ok(d) ? tl_netbios_name(d->c.base, d->start, d->c.off, d->c.end, &after, &out) : TL_BAD;
    if (status != TL_OK) {
        tl_cursor_fail(&d->c, status == TL_MORE && after <= d->c.wire_end ? TL_SHORT : TL_BAD);
        return;
    }
    if (tl_wants(d, field))
        tl_add_text(d, field, d->c.off, after - d->c.off, out.text, out.len);
    tl_skip(d, after - d->c.off);
}

/*
 * A transaction of SMB (MS-CIFS section 2.2.4.33), to a mailslot: each datagram is a message of its own, what it would
 * leave for a later one is dropped. Returns whether it is one.
 */
static bool transaction(struct tl_dissection *d)
{
    static const uint8_t lead[] = { 0xff, 'S', 'M', 'B', TRANSACTION };
    const uint8_t *p = tl_cursor_peek(&d->c, 0, sizeof lead);
    uint32_t there = tl_cursor_left(&d->c), wire = tl_cursor_wire_left(&d->c);
    struct tl_dissection inner;
    if (p == NULL || memcmp(p, lead, sizeof lead) != 0)
        return false;
    /* It has fields only. A header that is cut does not tell which of two forms its status has. */
    if (d->tree == NULL || there < SMB_HEADER) {
        tl_skip(d, wire);
        return true;
    }
    struct tl_smb_flow *f = tl_arena_alloc(d->scratch, sizeof *f);
    if (f == NULL)
        return false;
    memset(f, 0, sizeof *f);
    tl_gss_inner_begin(d, &inner, &tl_protocol_smb, tl_bytes_of(p, there));
    inner.c.wire_end = inner.c.off + wire;
    tl_smb1_read(&inner, f);
    tl_gss_inner_end(d, &inner);
    tl_smb_finish(d, f);
    tl_skip(d, wire);
    return true;
}

static enum tl_status nbdgm_dissect(struct tl_dissection *d)
{
    uint8_t type = tl_u8(d, TYPE);
    if (tl_ok(d) && (type < UNIQUE || type > NEGATIVE))
        tl_cursor_fail(&d->c, TL_NOT_MINE);
    uint8_t flags = tl_u8(d, FLAGS);
    if (tl_ok(d)) /* the lowest bit is shown first */
        tl_add_all_bits(d, NEXT, NODE, d->c.off - 1, 1, flags);
    tl_u16(d, ID);
    tl_ipv4(d, SRC_IP);
    tl_u16(d, SRC_PORT);
    if (tl_ok(d))
        tl_confirm(d);
    if (type <= BROADCAST) {
        tl_u16(d, LENGTH);
        tl_u16(d, OFFSET);
        name(d, SRC_NAME);
        name(d, DST_NAME);
        if (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0 && !transaction(d))
            tl_run(d, DATA, tl_cursor_wire_left(&d->c));
    } else if (type == ERROR) {
        tl_u8(d, ERROR_CODE);
    } else {
        name(d, DST_NAME);
    }
    return tl_next_none(d);
}

static enum tl_probe nbdgm_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, 10);
    if (!d->flow.home || d->flow.stream || p == NULL || p[0] < UNIQUE || p[0] > NEGATIVE || (p[1] & 0xe0) != 0)
        return TL_PROBE_NO;
    return TL_PROBE_YES;
}

const struct tl_protocol tl_protocol_nbdgm = {
    .name = "nbdgm",
    .title = "NetBIOS Datagram Service",
    .service = "nbdgm",
    .lifetime = TL_LIFETIME_MESSAGES,
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .on = { { TL_ON_UDP_PORT, 138 } },
    .info = "{type}[ {source_name} > {destination_name}][, {error_code}]",
    .only_at_home = true,
    .probe = nbdgm_probe,
    .dissect = nbdgm_dissect,
};
