/* nsh.c - Network Service Header (RFC 8300): the path of a packet through services, and metadata. */
#include "core/part.h"
#include "dissectors/tunnel/next_protocol.h"

enum { VERSION, OAM, CRITICAL, TTL, LENGTH, MD_TYPE, NEXT, SPI, SI, CONTEXT, TLV, CLASS, TYPE, UNASSIGNED, TLV_LENGTH,
       METADATA };

static const struct tl_name protocols[] = { TL_TUNNEL_NAMES, { 0, NULL } };

static const struct tl_field fields[] = {
    [VERSION] = { "nsh.version", "Version", .type = TL_U16, .mask = 0xc000 },
    [OAM] = { "nsh.Obit", "OAM packet", .type = TL_U16, .mask = 0x2000 },
    [CRITICAL] = { "nsh.CBit", "Critical metadata", .type = TL_U16, .mask = 0x1000 },
    [TTL] = { "nsh.ttl", "Time to live", .type = TL_U16, .mask = 0x0fc0 },
    [LENGTH] = { "nsh.length", "Length", .type = TL_U16, .mask = 0x003f, .help = "In 32-bit words" },
    [MD_TYPE] = { "nsh.mdtype", "Metadata type", .type = TL_U8 },
    [NEXT] = { "nsh.nextproto", "Next protocol", .type = TL_U8, .names = protocols },
    [SPI] = { "nsh.spi", "Service path", .type = TL_U24 },
    [SI] = { "nsh.si", "Service index", .type = TL_U8 },
    [CONTEXT] = { "nsh.contextheader", "Context header", .type = TL_BYTES, .flags = TL_REPEATS },
    [TLV] = { "nsh.tlv", "Metadata", .type = TL_GROUP, .flags = TL_REPEATS },
    [CLASS] = { "nsh.metadataclass", "Class", .type = TL_U16 },
    [TYPE] = { "nsh.metadatatype", "Type", .type = TL_U8 },
    [UNASSIGNED] = { "nsh.metadataunassignedbit", "Unassigned bit", .type = TL_U8, .mask = 0x80 },
    [TLV_LENGTH] = { "nsh.metadatalen", "Length", .type = TL_U8, .mask = 0x7f, .unit = "bytes" },
    [METADATA] = { "nsh.metadata", "Value", .type = TL_BYTES },
};

static const struct tl_place places[] = {
    { VERSION, 0, 2, 0 }, { OAM, 0, 2, 0 },  { CRITICAL, 0, 2, 0 }, { TTL, 0, 2, 0 }, { LENGTH, 0, 2, 0 },
    { MD_TYPE, 2, 1, 0 }, { NEXT, 3, 1, 0 }, { SPI, 4, 3, 0 },      { SI, 7, 1, 0 },
};

enum { HEADER = 8, CONTEXT_LENGTH = 4, FIXED = 1, VARIABLE = 2, LENGTH_BITS = 0x3f };

/* Values are padded to four bytes (section 2.5.1). */
static void variable(struct tl_dissection *d)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t group = tl_group(d, TLV);
        tl_u16(d, CLASS);
        tl_u8(d, TYPE);
        const uint8_t *p = tl_cursor_take(&d->c, 1);
        uint32_t len = p != NULL ? p[0] & 0x7fu : 0;
        if (p != NULL)
            tl_add_all_bits(d, UNASSIGNED, TLV_LENGTH, d->c.off - 1, 1, p[0]);
        if (len > 0)
            tl_run(d, METADATA, len);
        tl_skip(d, (4 - len % 4) % 4);
        tl_group_end(d, group);
    }
}

static void metadata(struct tl_dissection *d, uint8_t type, uint32_t len)
{
    struct tl_part part = tl_part_enter(d, len);
    if (type == VARIABLE)
        variable(d);
    while (type == FIXED && tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        tl_run(d, CONTEXT, CONTEXT_LENGTH);
    tl_part_leave(d, part);
}

static enum tl_status nsh_dissect(struct tl_dissection *d)
{
    const uint8_t *p = tl_header(d, places, TL_COUNT(places), HEADER);
    if (p == NULL)
        return d->c.status;
    uint32_t len = (tl_load_be16(p) & LENGTH_BITS) * 4u;
    if (len < HEADER)
        tl_bad(d);
    if (tl_ok(d) && len > HEADER)
        metadata(d, p[2], len - HEADER);
    return tl_tunnel_next(d, p[3]);
}

const struct tl_protocol tl_protocol_nsh = {
    .name = "nsh",
    .title = "Network Service Header",
    .kind = TL_KIND_LAYER,
    .info = "NSH path {spi} index {si}",
    .dissect = nsh_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_ETHERTYPE, 0x894f } },
};
