/* rip.c - Routing Information Protocol, version 1 (RFC 1058) and 2 (RFC 2453), with authentication (RFC 4822). */
#include "core/part.h"
#include "dissectors/header.h"

static const struct tl_name commands[] = {
    { 1, "Request" }, { 2, "Response" }, { 3, "Trace on" }, { 4, "Trace off" }, { 9, "Update request" },
    { 10, "Update response" }, { 11, "Update acknowledgment" }, { 0, NULL },
};
static const struct tl_name families[] = {
    { 0, "Unspecified" }, { 2, "IP" }, { 0, NULL },
};
static const struct tl_name auths[] = {
    { 2, "Simple password" }, { 3, "Keyed message digest" }, { 0, NULL },
};

enum { COMMAND, VERSION, ENTRY, FAMILY, TAG, ADDRESS, NETMASK, NEXT_HOP, METRIC, AUTH, PASSWORD, DIGEST_OFFSET,
       KEY_ID, AUTH_LEN, SEQUENCE, DIGEST };
static const struct tl_field fields[] = {
    [COMMAND] = { "rip.command", "Command", .type = TL_U8, .names = commands },
    [VERSION] = { "rip.version", "Version", .type = TL_U8 },
    [ENTRY] = { "rip.entry", "Route", .type = TL_GROUP, .flags = TL_REPEATS },
    [FAMILY] = { "rip.family", "Address family", .type = TL_U16, .names = families },
    [TAG] = { "rip.route_tag", "Route tag", .type = TL_U16 },
    [ADDRESS] = { "rip.ip", "Address", .type = TL_IPV4 },
    [NETMASK] = { "rip.netmask", "Netmask", .type = TL_IPV4 },
    [NEXT_HOP] = { "rip.next_hop", "Next hop", .type = TL_IPV4 },
    [METRIC] = { "rip.metric", "Metric", .type = TL_U16 },
    [AUTH] = { "rip.auth.type", "Authentication type", .type = TL_U16, .names = auths },
    [PASSWORD] = { "rip.auth.passwd", "Password", .type = TL_TEXT, .secret = TL_SECRET_WHOLE },
    [DIGEST_OFFSET] = { "rip.digest_offset", "Digest offset", .type = TL_U16, .unit = "bytes" },
    [KEY_ID] = { "rip.key_id", "Key id", .type = TL_U8 },
    [AUTH_LEN] = { "rip.auth_data_len", "Digest length", .type = TL_U8, .unit = "bytes" },
    [SEQUENCE] = { "rip.seq_num", "Sequence number", .type = TL_U32 },
    [DIGEST] = { "rip.authentication_data", "Digest", .type = TL_BYTES },
};

enum { HEADER = 4, ENTRY_SIZE = 20, AUTHENTICATION = 0xffff, DATA = 1, SIMPLE = 2, KEYED = 3, PASSWORD_SIZE = 16 };

static void authentication(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 2);
    uint16_t type = p != NULL ? tl_load_be16(p) : 0;
    if (type == DATA)
        tl_skip(d, 2);
    else
        tl_u16(d, AUTH);
    uint32_t left = tl_cursor_left(&d->c);
    switch (type) {
    case SIMPLE:
        tl_hide(d, (struct tl_bytes){ d->c.base + d->c.off, left < PASSWORD_SIZE ? left : PASSWORD_SIZE });
        tl_run(d, PASSWORD, PASSWORD_SIZE);
        break;
    case KEYED:
        tl_u16(d, DIGEST_OFFSET);
        tl_u8(d, KEY_ID);
        tl_u8(d, AUTH_LEN);
        tl_u32(d, SEQUENCE);
        tl_skip(d, 8);
        break;
    case DATA: /* behind the last entry */
        tl_run_left(d, DIGEST);
        break;
    default:
        tl_skip(d, ENTRY_SIZE - 4);
    }
}

static void entry(struct tl_dissection *d, uint8_t version)
{
    uint32_t group = tl_group(d, ENTRY);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 2);
    if (p != NULL && tl_load_be16(p) == AUTHENTICATION) {
        tl_skip(d, 2);
        authentication(d);
    } else {
        tl_u16(d, FAMILY);
        if (version == 1)
            tl_skip(d, 2);
        else
            tl_u16(d, TAG);
        tl_ipv4(d, ADDRESS);
        if (version == 1) {
            tl_skip(d, 8);
        } else {
            tl_ipv4(d, NETMASK);
            tl_ipv4(d, NEXT_HOP);
        }
        tl_u32(d, METRIC);
    }
    tl_group_end(d, group);
}

static enum tl_status rip_dissect(struct tl_dissection *d)
{
    tl_u8(d, COMMAND);
    uint8_t version = tl_u8(d, VERSION);
    tl_skip(d, 2);
    if (!tl_ok(d))
        return d->c.status;
    tl_confirm(d);
    if (d->wanted == NULL)
        return tl_next_none(d);
    struct tl_part part = tl_part_begin(d, tl_cursor_wire_left(&d->c));
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        entry(d, version);
    tl_part_close(d, part);
    return tl_next_none(d);
}

static enum tl_probe rip_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, HEADER);
    if (d->flow.stream || p == NULL || p[0] < 1 || p[0] > 11 || p[1] < 1 || p[1] > 2)
        return TL_PROBE_NO;
    uint32_t behind = tl_cursor_wire_left(&c) - HEADER;
    return behind >= ENTRY_SIZE ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_rip = {
    .name = "rip",
    .title = "Routing Information Protocol",
    .service = "rip",
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    TL_TABLE(fields),
    .on = { { TL_ON_UDP_PORT, 520 } },
    .info = "RIPv{version} {command}[ {ip,}]",
    .only_at_home = true,
    .probe = rip_probe,
    .dissect = rip_dissect,
};
