/* geneve.c - Generic Network Virtualization Encapsulation (RFC 8926). */
#include "core/part.h"
#include "dissectors/header.h"

enum { VERSION, FLAGS, OAM, CRITICAL, PROTO, VNI, RESERVED, OPTION, OPT_CLASS, OPT_TYPE, OPT_LENGTH, OPT_DATA };
static const struct tl_field fields[] = {
    [VERSION] = { "geneve.version", "Version", .type = TL_U8, .mask = 0xc0 },
    [FLAGS] = { "geneve.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [OAM] = { "geneve.flags.oam", "Control message", .type = TL_BOOL, .mask = 0x80 },
    [CRITICAL] = { "geneve.flags.critical", "Critical options", .type = TL_BOOL, .mask = 0x40 },
    [PROTO] = { "geneve.proto_type", "Type", .type = TL_U16, .base = TL_HEX, .names = tl_ethertype_names },
    [VNI] = { "geneve.vni", "Network identifier", .type = TL_U24 },
    [RESERVED] = { "geneve.reserved", "Reserved", .type = TL_U8, .base = TL_HEX },
    [OPTION] = { "geneve.opt", "Option", .type = TL_GROUP, .flags = TL_REPEATS },
    [OPT_CLASS] = { "geneve.option.class", "Class", .type = TL_U16, .base = TL_HEX },
    [OPT_TYPE] = { "geneve.option.type", "Type", .type = TL_U8, .base = TL_HEX },
    [OPT_LENGTH] = { "geneve.option.length", "Length", .type = TL_U8, .unit = "bytes" },
    [OPT_DATA] = { "geneve.option.unknown.data", "Data", .type = TL_BYTES },
};

static const struct tl_place places[] = {
    { VERSION, 0, 1, 0 }, { FLAGS, 1, 1, 0 }, { OAM, 1, 1, 0 },      { CRITICAL, 1, 1, 0 },
    { PROTO, 2, 2, 0 },   { VNI, 4, 3, 0 },   { RESERVED, 7, 1, 0 },
};

enum { HEADER = 8, OPTION_HEADER = 4, LENGTH_BITS = 0x3f, OPTION_LENGTH_BITS = 0x1f, RESERVED_BITS = 0x3f };

static enum tl_probe geneve_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, HEADER);
    if (d->flow.ip_proto != 17 || p == NULL || p[0] >> 6 != 0 || (p[1] & RESERVED_BITS) != 0)
        return TL_PROBE_NO;
    return tl_load_be16(p + 2) >= 1536 ? TL_PROBE_MAYBE : TL_PROBE_NO;
}

static void options(struct tl_dissection *d)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t group = tl_group(d, OPTION);
        tl_u16(d, OPT_CLASS);
        tl_u8(d, OPT_TYPE);
        const uint8_t *p = tl_cursor_take(&d->c, 1);
        uint32_t len = p != NULL ? (p[0] & OPTION_LENGTH_BITS) * 4u : 0;
        if (p != NULL)
            tl_add(d, OPT_LENGTH, d->c.off - 1, 1, len);
        if (len > 0)
            tl_run(d, OPT_DATA, len);
        tl_group_end(d, group);
    }
}

static enum tl_status geneve_dissect(struct tl_dissection *d)
{
    const uint8_t *p = tl_header(d, places, TL_COUNT(places), HEADER);
    if (p == NULL)
        return d->c.status;
    uint32_t len = (p[0] & LENGTH_BITS) * 4u;
    if (d->wanted == NULL) {
        tl_skip(d, len);
    } else {
        struct tl_part part = tl_part_begin(d, len);
        options(d);
        tl_part_end(d, part);
    }
    if (tl_ok(d) && p[0] >> 6 == 0) /* the version */
        tl_confirm(d);
    return tl_next(d, TL_ON_ETHERTYPE, tl_load_be16(p + 2));
}

const struct tl_protocol tl_protocol_geneve = {
    .name = "geneve",
    .title = "Generic Network Virtualization Encapsulation",
    .service = "geneve",
    .kind = TL_KIND_APPLICATION,
    .carries = true,
    .info = "VNI {vni}",
    .only_at_home = true, .probe = geneve_probe,
    .dissect = geneve_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_UDP_PORT, 6081 } },
};
