/*
 * cmd.c - Cisco MetaData: the security group of the sender, before an Ethernet type.
 *
 *   version 1 | length 1 | option: length 4 bits, type 12 bits | group 2 | Ethernet type 2
 *
 * In GRE the type comes first. The version 1 distinguishes the two: an Ethernet type is never below 0x0600.
 */
#include "dissectors/header.h"

enum { VERSION, LENGTH, OPTIONS, SGT, TYPE };
static const struct tl_field fields[] = {
    [VERSION] = { "cmd.version", "Version", .type = TL_U8 },
    [LENGTH] = { "cmd.length", "Length", .type = TL_U8 },
    [OPTIONS] = { "cmd.options", "Options", .type = TL_U16, .base = TL_HEX },
    [SGT] = { "cmd.sgt", "Security group", .type = TL_U16 },
    [TYPE] = { "cmd.type", "Type", .type = TL_U16, .base = TL_HEX, .names = tl_ethertype_names },
};

static const struct tl_place places[] = {
    { VERSION, 0, 1, 0 }, { LENGTH, 1, 1, 0 }, { OPTIONS, 2, 2, 0 }, { SGT, 4, 2, 0 }, { TYPE, 6, 2, 0 },
};
static const struct tl_place places_in_gre[] = {
    { TYPE, 0, 2, 0 }, { VERSION, 2, 1, 0 }, { LENGTH, 3, 1, 0 }, { OPTIONS, 4, 2, 0 }, { SGT, 6, 2, 0 },
};

enum { HEADER = 8 };

static enum tl_status cmd_dissect(struct tl_dissection *d)
{
    const uint8_t *first = tl_cursor_peek(&d->c, 0, 1);
    bool type_last = first == NULL || first[0] < 6;
    _Static_assert(TL_COUNT(places) == TL_COUNT(places_in_gre), "the same fields");
    const uint8_t *p = tl_header(d, type_last ? places : places_in_gre, TL_COUNT(places), HEADER);
    if (p == NULL)
        return d->c.status;
    return tl_next(d, TL_ON_ETHERTYPE, tl_load_be16(type_last ? p + 6 : p));
}

const struct tl_protocol tl_protocol_cmd = {
    .name = "cmd",
    .title = "Cisco MetaData",
    .kind = TL_KIND_LAYER,
    .info = "SGT {sgt}",
    .dissect = cmd_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_ETHERTYPE, 0x8909 } },
};
