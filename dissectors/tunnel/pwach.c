/* pwach.c - the associated channel of a pseudowire or an MPLS path (RFC 4385 section 5, RFC 5586 section 2). */
#include "dissectors/header.h"

enum { VERSION, RESERVED, TYPE };

static const struct tl_name types[] = {
    { 0x0001, "Management control" }, { 0x0002, "Management communication" }, { 0x0007, "BFD without IP" },
    { 0x000a, "Direct loss" },        { 0x000c, "Direct delay" },             { 0x0021, "IPv4" },
    { 0x0022, "BFD check" },          { 0x0023, "BFD verification" },         { 0x0024, "Protection switching" },
    { 0x0025, "On-demand check" },    { 0x0026, "Lock instruct" },            { 0x0027, "Protection status" },
    { 0x0057, "IPv6" },               { 0x0058, "Fault management" },         { 0x7ff8, "Experimental" },
    { 0x7ffa, "Y.1731" },             { 0, NULL },
};

static const struct tl_field fields[] = {
    [VERSION] = { "pwach.ver", "Version", .type = TL_U8, .mask = 0x0f },
    [RESERVED] = { "pwach.res", "Reserved", .type = TL_U8, .base = TL_HEX },
    [TYPE] = { "pwach.channel_type", "Channel type", .type = TL_U16, .base = TL_HEX, .names = types },
};

static const struct tl_place places[] = { { VERSION, 0, 1, 0 }, { RESERVED, 1, 1, 0 }, { TYPE, 2, 2, 0 } };

enum { HEADER = 4, IPV4 = 0x21, IPV6 = 0x57 }; /* as in PPP */

static enum tl_status pwach_dissect(struct tl_dissection *d)
{
    const uint8_t *p = tl_header(d, places, TL_COUNT(places), HEADER);
    if (p == NULL)
        return d->c.status;
    uint16_t type = tl_load_be16(p + 2);
    return type == IPV4 || type == IPV6 ? tl_next(d, TL_ON_PPP, type) : tl_next_data(d);
}

const struct tl_protocol tl_protocol_pwach = {
    .name = "pwach",
    .title = "Associated channel of a pseudowire",
    .kind = TL_KIND_LAYER,
    .info = "Associated channel {channel_type}",
    .dissect = pwach_dissect,
    TL_TABLE(fields),
};
