/* ripng.c - RIP next generation, for IPv6 (RFC 2080 section 2.1). */
#include "core/part.h"
#include "dissectors/header.h"

static const struct tl_name commands[] = {
    { 1, "Request" }, { 2, "Response" }, { 0, NULL },
};

enum { COMMAND, VERSION, RESERVED, ENTRY, PREFIX, TAG, LENGTH, METRIC };
static const struct tl_field fields[] = {
    [COMMAND] = { "ripng.cmd", "Command", .type = TL_U8, .names = commands },
    [VERSION] = { "ripng.version", "Version", .type = TL_U8 },
    [RESERVED] = { "ripng.reserved", "Reserved", .type = TL_BYTES },
    [ENTRY] = { "ripng.rte", "Route", .type = TL_GROUP, .flags = TL_REPEATS },
    [PREFIX] = { "ripng.rte.ipv6_prefix", "Prefix", .type = TL_IPV6 },
    [TAG] = { "ripng.rte.route_tag", "Route tag", .type = TL_U16, .base = TL_HEX },
    [LENGTH] = { "ripng.rte.prefix_length", "Prefix length", .type = TL_U8, .unit = "bits" },
    [METRIC] = { "ripng.rte.metric", "Metric", .type = TL_U8,
                 .help = "255: the prefix is the next hop of the routes that follow (section 2.1.1)" },
};

enum { HEADER = 4, ENTRY_SIZE = 20 };

static enum tl_status ripng_dissect(struct tl_dissection *d)
{
    tl_u8(d, COMMAND);
    tl_u8(d, VERSION);
    tl_run(d, RESERVED, 2);
    if (!tl_ok(d))
        return d->c.status;
    tl_confirm(d);
    if (d->wanted == NULL)
        return tl_next_none(d);
    struct tl_part part = tl_part_begin(d, tl_cursor_wire_left(&d->c));
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t group = tl_group(d, ENTRY);
        tl_ipv6(d, PREFIX);
        tl_u16(d, TAG);
        tl_u8(d, LENGTH);
        tl_u8(d, METRIC);
        tl_group_end(d, group);
    }
    tl_part_close(d, part);
    return tl_next_none(d);
}

static enum tl_probe ripng_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, HEADER);
    if (d->flow.stream || p == NULL || p[0] < 1 || p[0] > 2 || p[1] != 1)
        return TL_PROBE_NO;
    return tl_cursor_wire_left(&c) >= HEADER + ENTRY_SIZE ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_ripng = {
    .name = "ripng",
    .title = "Routing Information Protocol for IPv6",
    .service = "ripng",
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .on = { { TL_ON_UDP_PORT, 521 } },
    .info = "RIPng {cmd}[ {rte.ipv6_prefix,}]",
    .only_at_home = true,
    .probe = ripng_probe,
    .dissect = ripng_dissect,
};
