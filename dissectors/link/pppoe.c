/* pppoe.c - PPP over Ethernet, discovery and session (RFC 2516). */
#include "dissectors/header.h"
#include "dissectors/registry.h"

enum { VERSION, TYPE, CODE, SESSION, LENGTH };

static const struct tl_name codes[] = {
    { 0x00, "Session data" }, { 0x07, "Offer" },     { 0x09, "Initiation" },           { 0x0a, "Session grant" },
    { 0x0b, "Session credit response" },             { 0x0c, "Quality" },              { 0x19, "Request" },
    { 0x65, "Session confirmation" },                { 0xa7, "Terminate" },            { 0, NULL },
};

static const struct tl_field fields[] = {
    [VERSION] = { "pppoe.version", "Version", .type = TL_U8, .mask = 0xf0 },
    [TYPE] = { "pppoe.type", "Type", .type = TL_U8, .mask = 0x0f },
    [CODE] = { "pppoe.code", "Code", .type = TL_U8, .base = TL_HEX, .names = codes },
    [SESSION] = { "pppoe.session_id", "Session", .type = TL_U16, .base = TL_HEX },
    [LENGTH] = { "pppoe.payload_length", "Payload length", .type = TL_U16, .unit = "bytes" },
};

static const struct tl_place places[] = {
    { VERSION, 0, 1, 0 }, { TYPE, 0, 1, 0 }, { CODE, 1, 1, 0 }, { SESSION, 2, 2, 0 }, { LENGTH, 4, 2, 0 },
};

enum { HEADER = 6, CODE_SESSION = 0 };

static enum tl_status pppoe_dissect(struct tl_dissection *d)
{
    const uint8_t *p = tl_header(d, places, TL_COUNT(places), HEADER);
    if (p == NULL)
        return d->c.status;
    tl_limit(d, HEADER + (uint32_t)tl_load_be16(p + 4), HEADER); /* Ethernet padding may follow */
    if (p[1] != CODE_SESSION)
        return tl_next_data(d);
    return tl_next_protocol(d, &tl_protocol_ppp);
}

const struct tl_protocol tl_protocol_pppoe = {
    .name = "pppoe",
    .title = "PPP over Ethernet",
    .kind = TL_KIND_LAYER,
    .info = "PPPoE {code}[ Session={session_id}]",
    .dissect = pppoe_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_ETHERTYPE, 0x8863 }, { TL_ON_ETHERTYPE, 0x8864 }, { TL_ON_LINKTYPE, 51 } },
};
